"""Goldens for weights of a fixed rank and almost orthogonal ones: numpy's svd and torch.linalg in float64.

The maps are those of geotorch (Lezcano-Casado 2019): U diag(s) V' with s = softplus(x) + floor (its FixedRank), and with s = 1 + radius tanh(x) (its
AlmostOrthogonal). The nearest have numpy's singular vectors and values that are set to what the maps reach. Trained are torch.nn parameters from
there: U and V as the polar factors of free ones, by torch.linalg.inv.

Run: python golden/weightnorm_structured_spectrum.py (versions: golden/requirements.txt)
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

OUT = Path(__file__).parent.parent / "packages" / "weightnorm" / "test" / "golden"
rng = np.random.default_rng(37)
# What the maps are not begun beyond.
LEAST, MOST = 1e-4, 1 - 2**-10


def f32(shape, scale=1.0):
    """Random values that float32 holds exactly, in float64."""
    return (rng.standard_normal(shape) * scale).astype(np.float32).astype(np.float64)


def flat(tensor):
    return [float(x) for x in np.asarray(tensor).reshape(-1)]


def starting(s, options):
    if options["structure"] == "fixedRank":
        return np.maximum(s, options["floor"] + LEAST)
    return 1 + options["radius"] * np.clip((s - 1) / options["radius"], -MOST, MOST)


def with_values(s, rows, cols):
    """A matrix of these singular values."""
    u = np.linalg.qr(f32((rows, rows)))[0][:, : len(s)]
    v = np.linalg.qr(f32((cols, cols)))[0][:, : len(s)]
    return (u * s @ v.T).astype(np.float32).astype(np.float64)


def nearest(w, options):
    rank = options.get("rank", min(w.shape[-2:]))
    u, s, vt = np.linalg.svd(w, full_matrices=False)
    return (u[..., :rank] * starting(s[..., :rank], options)[..., None, :]) @ vt[..., :rank, :]


def nearest_cases():
    fixed = lambda rank, floor: {"structure": "fixedRank", "rank": rank, "floor": floor}
    almost = lambda radius: {"structure": "almostOrthogonal", "radius": radius}
    cases = []
    for options, w in (
        (fixed(2, 0.5), with_values([3.0, 2.75, 0.25, 0.125], 5, 4)),
        # One of the largest is below the floor.
        (fixed(3, 0.5), with_values([3.0, 1.5, 0.375, 0.0625], 4, 6)),
        (fixed(3, 0.125), f32((3, 3))),
        (fixed(1, 0.0), f32((1, 4))),
        (fixed(2, 0.25), np.stack([with_values([2.0, 1.0, 0.125], 4, 3) for _ in range(4)]).reshape(2, 2, 4, 3)),
        (almost(0.25), f32((4, 4))),
        (almost(0.5), f32((7, 3), 0.5)),
        (almost(1.0), with_values([1.5, 1.25, 0.5], 3, 5)),
        (almost(0.125), f32((2, 5, 5), 0.5)),
    ):
        cases.append({"options": options, "shape": list(w.shape), "kernel": flat(w), "nearest": flat(nearest(w, options))})
    return cases


def polar(x):
    """x (x' x)^(-1/2), the root by the iteration of Denman and Beavers: gradients of svd are infinite where singular values are equal."""
    y, z = x.T @ x, torch.eye(x.shape[1], dtype=torch.float64)
    for _ in range(20):
        y, z = (y + torch.linalg.inv(z)) / 2, (z + torch.linalg.inv(y)) / 2
    return x @ z


def training_cases(steps=5, lr=0.125):
    """Dense(4 -> 6) without bias, mean squared error, full batch, SGD, from the nearest weight."""
    cases = []
    for options in ({"structure": "fixedRank", "rank": 2, "floor": 0.25}, {"structure": "almostOrthogonal", "radius": 0.5}):
        fixed = options["structure"] == "fixedRank"
        kernel = with_values([2.0, 1.25, 0.25, 0.125] if fixed else [1.375, 1.125, 0.875, 0.625], 4, 6)
        x, y = f32((8, 4)), f32((8, 6))
        rank = options.get("rank", 4)
        u, s, vt = np.linalg.svd(kernel, full_matrices=False)
        s = s[:rank]
        if fixed:
            free = s - options["floor"]
            free = free + np.log(-np.expm1(-free))
            values = lambda v: F.softplus(v) + options["floor"]
        else:
            free = np.arctanh((s - 1) / options["radius"])
            values = lambda v: 1 + options["radius"] * torch.tanh(v)
        left, right, v = (torch.tensor(np.array(one), requires_grad=True) for one in (u[:, :rank], vt[:rank].T, free))
        compose = lambda: polar(left) * values(v) @ polar(right).T
        optimizer = torch.optim.SGD([left, right, v], lr=lr)
        for _ in range(steps):
            optimizer.zero_grad()
            F.mse_loss(torch.tensor(x) @ compose(), torch.tensor(y)).backward()
            optimizer.step()
        cases.append({
            "options": options, "lr": lr, "steps": steps, "kernel": flat(kernel), "x": flat(x), "y": flat(y),
            "trained": flat(compose().detach()),
        })
    return cases


golden = {
    "made": {
        "by": "golden/weightnorm_structured_spectrum.py",
        "versions": {"torch": torch.__version__.split("+")[0], "numpy": np.__version__},
    },
    "nearest": nearest_cases(),
    "training": training_cases(),
}
(OUT / "structured-spectrum.json").write_text(json.dumps(golden) + "\n")
