"""Goldens for the structures of packages/weightnorm: torch.nn.utils.parametrize in float64, values and gradients.

The maps are torch's own operations in the layout of tfjs, matrices in the last two axes.

Run: python golden/weightnorm_structured.py (versions: golden/requirements.txt)
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

OUT = Path(__file__).parent.parent / "packages" / "weightnorm" / "test" / "golden"
rng = np.random.default_rng(22)


def f32(shape, scale=1.0):
    """Random values that float32 holds exactly, in float64."""
    return (rng.standard_normal(shape) * scale).astype(np.float32).astype(np.float64)


def flat(tensor):
    return [float(x) for x in np.asarray(tensor).reshape(-1)]


class Map(nn.Module):
    def __init__(self, forward):
        super().__init__()
        self.map = forward

    def forward(self, x):
        return self.map(x)


def blocks_of(count):
    return lambda x: x * torch.block_diag(*[torch.ones(x.shape[-2] // count, x.shape[-1] // count)] * count)


def circulant(x):
    """The nearest circulant matrix: in each wrapped diagonal its mean."""
    n = x.shape[-1]
    row, place = torch.arange(n)[:, None], torch.arange(n)
    means = x[..., row, (row + place) % n].mean(-2)
    return means[..., (place - row) % n]


# As in torch's tutorial on parametrizations, a matrix that is half of a sum with its transposed.
MAPS = {
    "symmetric": (lambda x: (x + x.mT) / 2, {}, ((3, 3), (1, 1), (2, 2, 4, 4))),
    "skew": (lambda x: (x - x.mT) / 2, {}, ((3, 3), (1, 1), (2, 2, 4, 4))),
    "lowerTriangular": (torch.tril, {}, ((3, 3), (4, 2), (2, 2, 3, 5))),
    "upperTriangular": (torch.triu, {}, ((3, 3), (4, 2), (2, 2, 3, 5))),
    "blockDiagonal 2": (blocks_of(2), {"blocks": 2}, ((4, 4), (4, 2), (2, 2, 2, 6))),
    "blockDiagonal 3": (blocks_of(3), {"blocks": 3}, ((3, 3), (6, 3))),
    "circulant": (circulant, {}, ((3, 3), (1, 1), (5, 5), (2, 2, 4, 4))),
    "positive": (F.softplus, {}, ((3, 4), (5,))),
    "positive exp": (torch.exp, {"map": "exp"}, ((3, 4), (5,))),
}


def map_cases():
    cases = []
    for name, (forward, options, shapes) in MAPS.items():
        for shape in shapes:
            for scale in (0.5, 4.0):
                x = torch.tensor(f32(shape, scale), requires_grad=True)
                dw = torch.tensor(f32(shape))
                w = forward(x)
                w.backward(dw)
                cases.append({
                    "call": f"{name} by torch.{forward.__name__}" if "lambda" not in forward.__name__ else name,
                    "options": {"structure": name.split()[0], **options}, "shape": list(shape),
                    "x": flat(x.detach()), "dw": flat(dw), "w": flat(w.detach()), "dx": flat(x.grad),
                })
    return cases


def training_cases(steps=5, lr=0.125):
    """Dense(3 -> 3) without bias, mean squared error, full batch, SGD, from free numbers of a weight of the structure."""
    cases = []
    for name, (forward, options, shapes) in MAPS.items():
        if (3, 3) not in shapes and name[:8] != "positive":
            continue
        start, x, y = f32((3, 3), 0.5), f32((6, 3)), f32((6, 3))
        kernel = forward(torch.tensor(start)).float().double()
        # Layout of tfjs: y = x @ kernel.
        net = nn.Module()
        free = {"positive": lambda w: torch.log(torch.expm1(w)), "positive exp": torch.log}.get(name, lambda w: w)
        net.kernel = nn.Parameter(free(kernel).clone())
        parametrize.register_parametrization(net, "kernel", Map(forward))
        optimizer = torch.optim.SGD(net.parameters(), lr=lr)
        for _ in range(steps):
            optimizer.zero_grad()
            F.mse_loss(torch.tensor(x) @ net.kernel, torch.tensor(y)).backward()
            optimizer.step()
        cases.append({
            "call": f"register_parametrization({name}), {steps} steps of SGD(lr={lr})",
            "options": {"structure": name.split()[0], **options}, "lr": lr, "steps": steps,
            "kernel": flat(kernel), "x": flat(x), "y": flat(y), "trained": flat(net.kernel.detach()),
        })
    return cases


golden = {
    "made": {
        "by": "golden/weightnorm_structured.py",
        "versions": {"torch": torch.__version__.split("+")[0], "numpy": np.__version__},
    },
    "maps": map_cases(),
    "training": training_cases(),
}
(OUT / "structured.json").write_text(json.dumps(golden) + "\n")
