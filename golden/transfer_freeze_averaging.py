"""Averages of weights in PyTorch: packages/transfer-freeze/test/golden/ema.json and swa.json.

out = tanh(x A) B, mean squared error, float64. `first` is torch's AveragedModel with get_ema_multi_avg_fn, `corrected` the closed form
Σ (1 − d) d^(T−t) w_t / (1 − d^T) of numpy over the weights that torch had. SWA is AveragedModel with its own mean, then update_bn.

python golden/transfer_freeze_averaging.py
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

OUT = Path(__file__).resolve().parent.parent / "packages" / "transfer-freeze" / "test" / "golden"
VERSIONS = {"torch": torch.__version__.split("+")[0], "numpy": np.__version__}
STEPS, DECAY = 8, 0.75


def write(name, content):
    made = {"by": "golden/transfer_freeze_averaging.py", "versions": VERSIONS}
    (OUT / name).write_text(json.dumps({"made": made, **content}) + "\n")


def spread(rows, columns, stride):
    """Values of `spread` in test/spread.ts: distinct, in (-1, 1), exact in float32."""
    n = rows * columns
    i = torch.arange(n, dtype=torch.float64)
    x = torch.floor(((i * stride) % n + 1) / n * 256) / 256 * torch.where(i % 2 == 0, 1.0, -1.0)
    return x.reshape(rows, columns)


class Net(torch.nn.Module):
    """That of test/net.ts."""

    def __init__(self):
        super().__init__()
        self.a = torch.nn.Parameter(spread(3, 4, 5))
        self.b = torch.nn.Parameter(spread(4, 1, 3))

    def forward(self, x):
        return torch.tanh(x @ self.a) @ self.b


X, Y = spread(6, 3, 7), spread(6, 1, 5)


def flat(module):
    return {name: value.detach().reshape(-1).tolist() for name, value in module.named_parameters()}


def averaged(name, make):
    net = Net()
    optimizer = make(net.parameters())
    first = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(DECAY))
    path = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        torch.mean((net(X) - Y) ** 2).backward()
        optimizer.step()
        first.update_parameters(net)
        path.append(flat(net))
    shares = (1 - DECAY) * DECAY ** np.arange(STEPS - 1, -1, -1) / (1 - DECAY**STEPS)
    corrected = {key: (shares @ np.array([one[key] for one in path])).tolist() for key in ("a", "b")}
    return {"optimizer": name, "first": flat(first.module), "corrected": corrected, "last": path[-1]}


write(
    "ema.json",
    {
        "steps": STEPS,
        "decay": DECAY,
        "cases": [
            averaged("sgd", lambda p: torch.optim.SGD(p, lr=0.125)),
            averaged("adam", lambda p: torch.optim.Adam(p, lr=0.03125, betas=(0.875, 0.96875), eps=2**-20)),
        ],
    },
)


class Normalized(torch.nn.Module):
    """Two batch normalizations, the second of what the first makes."""

    def __init__(self):
        super().__init__()
        self.one = torch.nn.Linear(3, 4)
        self.norm = torch.nn.BatchNorm1d(4, eps=1e-3)
        self.two = torch.nn.Linear(4, 3)
        self.last = torch.nn.BatchNorm1d(3, eps=1e-3)
        self.head = torch.nn.Linear(3, 1)
        with torch.no_grad():
            self.one.weight.copy_(spread(3, 4, 5).mT)
            self.two.weight.copy_(spread(4, 3, 7).mT)
            self.head.weight.copy_(spread(3, 1, 2).mT)
            for layer in (self.one, self.two, self.head):
                layer.bias.zero_()

    def forward(self, x):
        h = torch.tanh(self.norm(self.one(x)))
        return self.head(torch.tanh(self.last(self.two(h))))


def named(module):
    """Kernels as TensorFlow.js has them."""
    out = {}
    for layer, part in module.named_children():
        linear = isinstance(part, torch.nn.Linear)
        names = ("kernel", "bias") if linear else ("gamma", "beta")
        out[f"{layer}/{names[0]}"] = (part.weight.mT if linear else part.weight).detach().reshape(-1).tolist()
        out[f"{layer}/{names[1]}"] = part.bias.detach().tolist()
        if not linear:
            out[f"{layer}/movingMean"] = part.running_mean.tolist()
            out[f"{layer}/movingVariance"] = part.running_var.tolist()
    return out


def stochastic(start, every, epochs=6, batch=4):
    """SWA of `epochs` epochs of all examples at once; statistics from batches of `batch`, and what the average predicts with them."""
    torch.set_default_dtype(torch.float64)
    x, y = spread(12, 3, 7), spread(12, 1, 5)
    net = Normalized()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.125)
    average = AveragedModel(net)
    for epoch in range(epochs):
        optimizer.zero_grad()
        torch.mean((net(x) - y) ** 2).backward()
        optimizer.step()
        if epoch >= start and (epoch - start) % every == 0:
            average.update_parameters(net)
    torch.optim.swa_utils.update_bn(torch.split(x, batch), average)
    average.eval()
    with torch.no_grad():
        out = average(x).reshape(-1).tolist()
    return {"start": start, "every": every, "epochs": epochs, "batch": batch, "weights": named(average.module), "out": out}


write("swa.json", {"cases": [stochastic(2, 1), stochastic(1, 2, batch=6), stochastic(0, 1, batch=12)]})
