"""Diagonals of the Fisher matrix, and training held by them, in PyTorch: packages/transfer-freeze/test/golden/ewc.json.

p = softmax(tanh(x A) B + c) in float64, one example at a time by torch.autograd.grad: squares of gradients of −log p of the given label, and of
all labels weighed by p; and of p itself, as the means of normal distributions. Then torch.optim, 8 steps of the mean of −log p on other labels plus λ/2 Σ F (w − w0)² by autograd.

python golden/transfer_freeze_ewc.py
"""

import json
from pathlib import Path

import torch

OUT = Path(__file__).resolve().parent.parent / "packages" / "transfer-freeze" / "test" / "golden"
STEPS, STRENGTH = 8, 16.0


def spread(shape, stride):
    """Values of `spread` in test/spread.ts: distinct, in (-1, 1), exact in float32."""
    n = 1
    for size in shape:
        n *= size
    i = torch.arange(n, dtype=torch.float64)
    x = torch.floor(((i * stride) % n + 1) / n * 256) / 256 * torch.where(i % 2 == 0, 1.0, -1.0)
    return x.reshape(shape)


X = spread((6, 3), 7)
FIRST = torch.tensor([0, 1, 2, 1, 0, 0])
SECOND = torch.tensor([2, 2, 0, 1, 1, 2])


def start():
    return [spread((3, 4), 5).requires_grad_(), spread((4, 3), 5).requires_grad_(), spread((3,), 2).requires_grad_()]


def logs(w, x):
    return torch.log_softmax(torch.tanh(x @ w[0]) @ w[1] + w[2], dim=-1)


def fisher(labels):
    """Mean over examples; labels: one for each, or None for all as often as they are expected."""
    w = start()
    sums = [torch.zeros_like(one) for one in w]
    for i, x in enumerate(X):
        for k in range(3):
            p = logs(w, x)
            share = p[k].exp().item() if labels is None else float(labels[i] == k)
            for total, g in zip(sums, torch.autograd.grad(p[k], w)):
                total += share * g**2 / len(X)
    return sums


def gaussian(variance):
    """Of normal distributions around each probability, as if these were means: mean over examples of the sum of (dp/dw)² / variance."""
    w = start()
    sums = [torch.zeros_like(one) for one in w]
    for x in X:
        for k in range(3):
            for total, g in zip(sums, torch.autograd.grad(logs(w, x)[k].exp(), w)):
                total += g**2 / variance / len(X)
    return sums


def trained(name, make):
    w, f = start(), fisher(FIRST)
    begin = [one.detach().clone() for one in w]
    optimizer = make(w)

    def penalty():
        return STRENGTH / 2 * sum(torch.sum(fi * (one - old) ** 2) for fi, one, old in zip(f, w, begin))

    for _ in range(STEPS):
        optimizer.zero_grad()
        (torch.nn.functional.nll_loss(logs(w, X), SECOND) + penalty()).backward()
        optimizer.step()
    return {"optimizer": name, "weights": flat(w), "penalty": penalty().item()}


def flat(tensors):
    return [one.detach().reshape(-1).tolist() for one in tensors]


content = {
    "made": {"by": "golden/transfer_freeze_ewc.py", "versions": {"torch": torch.__version__.split("+")[0]}},
    "steps": STEPS,
    "strength": STRENGTH,
    "first": FIRST.tolist(),
    "second": SECOND.tolist(),
    "given": flat(fisher(FIRST)),
    "all": flat(fisher(None)),
    "gaussian": flat(gaussian(3 / 2)),
    "cases": [
        trained("sgd", lambda p: torch.optim.SGD(p, lr=0.125)),
        trained("momentum", lambda p: torch.optim.SGD(p, lr=0.0625, momentum=0.875)),
        trained("adam", lambda p: torch.optim.Adam(p, lr=0.03125, betas=(0.875, 0.96875), eps=2**-20)),
    ],
}
(OUT / "ewc.json").write_text(json.dumps(content) + "\n")
