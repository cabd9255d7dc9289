"""Goldens for weights whose columns are probabilities or in the unit ball: torch in float64, values and gradients.

Layout of tfjs, matrices in the last two axes: torch.softmax over the inputs, and w / max(1, ‖w‖) by torch.linalg.vector_norm. Trained as in
golden/weightnorm_structured.py.

Run: python golden/weightnorm_structured_columns.py (versions: golden/requirements.txt)
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

OUT = Path(__file__).parent.parent / "packages" / "weightnorm" / "test" / "golden"
rng = np.random.default_rng(23)


def f32(shape, scale=1.0):
    """Random values that float32 holds exactly, in float64."""
    return (rng.standard_normal(shape) * scale).astype(np.float32).astype(np.float64)


def flat(tensor):
    return [float(x) for x in np.asarray(tensor).reshape(-1)]


class Simplex(nn.Module):
    def forward(self, x):
        return torch.softmax(x, -2)


class UnitBall(nn.Module):
    def forward(self, x):
        return x / torch.clamp(torch.linalg.vector_norm(x, dim=-2, keepdim=True), min=1)


MAPS = {"simplex": Simplex(), "unitBall": UnitBall()}


def map_cases():
    cases = []
    for name, forward in MAPS.items():
        for shape in ((3, 3), (1, 2), (5, 2), (2, 2, 3, 4)):
            for scale in (0.3, 4.0):
                x = torch.tensor(f32(shape, scale), requires_grad=True)
                dw = torch.tensor(f32(shape))
                w = forward(x)
                w.backward(dw)
                cases.append({
                    "structure": name, "shape": list(shape), "scale": scale,
                    "x": flat(x.detach()), "dw": flat(dw), "w": flat(w.detach()), "dx": flat(x.grad),
                })
    return cases


def training_cases(steps=5, lr=0.125):
    """Dense(3 -> 3) without bias, mean squared error, full batch, SGD, from a weight of the structure, resp. any weight."""
    cases = []
    for name, forward in MAPS.items():
        start, x, y = f32((3, 3)), f32((6, 3)), f32((6, 3))
        # Not on the sphere, where the gradient jumps.
        kernel = forward(torch.tensor(start)).float().double() if name == "simplex" else torch.tensor(start)
        net = nn.Module()
        net.kernel = nn.Parameter(torch.log(kernel) if name == "simplex" else kernel.clone())
        parametrize.register_parametrization(net, "kernel", forward)
        optimizer = torch.optim.SGD(net.parameters(), lr=lr)
        for _ in range(steps):
            optimizer.zero_grad()
            F.mse_loss(torch.tensor(x) @ net.kernel, torch.tensor(y)).backward()
            optimizer.step()
        cases.append({
            "structure": name, "lr": lr, "steps": steps,
            "kernel": flat(kernel), "x": flat(x), "y": flat(y), "trained": flat(net.kernel.detach()),
        })
    return cases


golden = {
    "made": {
        "by": "golden/weightnorm_structured_columns.py",
        "versions": {"torch": torch.__version__.split("+")[0], "numpy": np.__version__},
    },
    "maps": map_cases(),
    "training": training_cases(),
}
(OUT / "structured-columns.json").write_text(json.dumps(golden) + "\n")
