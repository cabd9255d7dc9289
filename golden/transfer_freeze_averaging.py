"""Moving averages of weights in PyTorch: packages/transfer-freeze/test/golden/ema.json.

out = tanh(x A) B, mean squared error, float64. `first` is torch's AveragedModel with get_ema_multi_avg_fn, `corrected` the closed form
Σ (1 − d) d^(T−t) w_t / (1 − d^T) of numpy over the weights that torch had.

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
