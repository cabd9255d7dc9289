"""What freezing mid-training is compared with: torch.optim in float64, for packages/transfer-freeze.

out = tanh(x A) B, mean squared error. Steps of all weights, then with A.requires_grad_(False), then of all again. Where tfjs and
torch have other formulas the run ends before: torch corrects the bias of Adam by steps of the parameter, tfjs by steps of the
optimizer, which differ once A goes on.
"""

import json
from pathlib import Path

import torch

OUT = Path(__file__).resolve().parent.parent / "packages" / "transfer-freeze" / "test" / "golden"
OUT.mkdir(exist_ok=True)
STEPS = 4


def write(name, cases):
    versions = {"torch": torch.__version__.split("+")[0]}
    made = {"by": "golden/transfer_freeze.py", "versions": versions}
    (OUT / name).write_text(json.dumps({"made": made, "cases": cases}) + "\n")


def spread(rows, columns, stride):
    """Values of `spread` in test/spread.ts: distinct, in (-1, 1), exact in float32."""
    n = rows * columns
    i = torch.arange(n, dtype=torch.float64)
    x = torch.floor(((i * stride) % n + 1) / n * 256) / 256 * torch.where(i % 2 == 0, 1.0, -1.0)
    return x.reshape(rows, columns)


def net():
    x, y = spread(6, 3, 7), spread(6, 1, 5)
    a, b = spread(3, 4, 5).requires_grad_(), spread(4, 1, 3).requires_grad_()
    return a, b, lambda: torch.mean((torch.tanh(x @ a) @ b - y) ** 2)


def step(optimizer, loss):
    optimizer.zero_grad(set_to_none=True)
    loss().backward()
    optimizer.step()


def frozen(name, make, phases=3):
    a, b, loss = net()
    optimizer = make([a, b])
    after = []
    for phase in range(phases):
        a.requires_grad_(phase != 1)
        for _ in range(STEPS):
            step(optimizer, loss)
        after.append({"a": a.detach().reshape(-1).tolist(), "b": b.detach().reshape(-1).tolist()})
    return {"optimizer": name, "after": after}


write(
    "frozen.json",
    [
        frozen("sgd", lambda p: torch.optim.SGD(p, lr=0.125)),
        frozen("momentum", lambda p: torch.optim.SGD(p, lr=0.0625, momentum=0.875)),
        frozen("nesterov", lambda p: torch.optim.SGD(p, lr=0.0625, momentum=0.875, nesterov=True)),
        frozen("adagrad", lambda p: torch.optim.Adagrad(p, lr=0.125, initial_accumulator_value=0.125, eps=0)),
        frozen("rmsprop", lambda p: torch.optim.RMSprop(p, lr=0.03125, alpha=0.875, momentum=0.5, eps=0)),
        frozen("adam", lambda p: torch.optim.Adam(p, lr=0.03125, betas=(0.875, 0.96875), eps=2**-20), phases=2),
        frozen("adamax", lambda p: torch.optim.Adamax(p, lr=0.03125, betas=(0.875, 0.96875), eps=2**-40), phases=2),
    ],
)
