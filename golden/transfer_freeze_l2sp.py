"""Penalties on the way from a start in PyTorch: packages/transfer-freeze/test/golden/l2sp.json.

out = tanh(x A) B of test/net.ts, mean squared error plus α ‖A − A0‖² / 2 by autograd, torch.optim in float64, 8 steps.

python golden/transfer_freeze_l2sp.py
"""

import json
from pathlib import Path

import torch

OUT = Path(__file__).resolve().parent.parent / "packages" / "transfer-freeze" / "test" / "golden"
STEPS, ALPHA = 8, 2.0


def spread(rows, columns, stride):
    """Values of `spread` in test/spread.ts: distinct, in (-1, 1), exact in float32."""
    n = rows * columns
    i = torch.arange(n, dtype=torch.float64)
    x = torch.floor(((i * stride) % n + 1) / n * 256) / 256 * torch.where(i % 2 == 0, 1.0, -1.0)
    return x.reshape(rows, columns)


X, Y = spread(6, 3, 7), spread(6, 1, 5)


def trained(name, make):
    a, b = spread(3, 4, 5).requires_grad_(), spread(4, 1, 3).requires_grad_()
    start = a.detach().clone()
    optimizer = make([a, b])

    def penalty():
        return ALPHA / 2 * torch.sum((a - start) ** 2)

    for _ in range(STEPS):
        optimizer.zero_grad()
        (torch.mean((torch.tanh(X @ a) @ b - Y) ** 2) + penalty()).backward()
        optimizer.step()
    flat = {key: value.detach().reshape(-1).tolist() for key, value in (("a", a), ("b", b))}
    return {"optimizer": name, **flat, "penalty": penalty().item()}


content = {
    "made": {"by": "golden/transfer_freeze_l2sp.py", "versions": {"torch": torch.__version__.split("+")[0]}},
    "steps": STEPS,
    "strength": ALPHA,
    "cases": [
        trained("sgd", lambda p: torch.optim.SGD(p, lr=0.125)),
        trained("momentum", lambda p: torch.optim.SGD(p, lr=0.0625, momentum=0.875)),
        trained("adam", lambda p: torch.optim.Adam(p, lr=0.03125, betas=(0.875, 0.96875), eps=2**-20)),
    ],
}
(OUT / "l2sp.json").write_text(json.dumps(content) + "\n")
