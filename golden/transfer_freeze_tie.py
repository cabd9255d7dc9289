"""Training of tied weights in PyTorch: packages/transfer-freeze/test/golden/tie.json.

out = tanh(x W) Wᵀ in float64, mean squared error against x by autograd, torch.optim, 6 steps.

python golden/transfer_freeze_tie.py
"""

import json
from pathlib import Path

import torch

OUT = Path(__file__).resolve().parent.parent / "packages" / "transfer-freeze" / "test" / "golden"
STEPS = 6


def spread(rows, columns, stride):
    """Values of `spread` in test/spread.ts: distinct, in (-1, 1), exact in float32."""
    n = rows * columns
    i = torch.arange(n, dtype=torch.float64)
    x = torch.floor(((i * stride) % n + 1) / n * 256) / 256 * torch.where(i % 2 == 0, 1.0, -1.0)
    return x.reshape(rows, columns)


X = spread(5, 4, 7)


def trained(name, make):
    w = spread(4, 3, 5).requires_grad_()
    optimizer = make([w])
    for _ in range(STEPS):
        optimizer.zero_grad()
        torch.mean((torch.tanh(X @ w) @ w.T - X) ** 2).backward()
        optimizer.step()
    return {"optimizer": name, "weights": w.detach().reshape(-1).tolist()}


content = {
    "made": {"by": "golden/transfer_freeze_tie.py", "versions": {"torch": torch.__version__.split("+")[0]}},
    "steps": STEPS,
    "cases": [
        trained("sgd", lambda p: torch.optim.SGD(p, lr=0.125)),
        trained("momentum", lambda p: torch.optim.SGD(p, lr=0.0625, momentum=0.875)),
        trained("adam", lambda p: torch.optim.Adam(p, lr=0.03125, betas=(0.875, 0.96875), eps=2**-20)),
    ],
}
(OUT / "tie.json").write_text(json.dumps(content) + "\n")
