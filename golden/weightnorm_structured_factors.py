"""Goldens for weights of low rank, Kronecker products and doubly stochastic ones: torch and numpy in float64.

The nearest of a rank are numpy's svd, those of Kronecker products its svd of the matrix with a row for each block (Van Loan and
Pitsianis), trained by torch.nn parameters that torch.linalg composes, from these; Sinkhorn's steps are torch.logsumexp, as often as ours.

Run: python golden/weightnorm_structured_factors.py (versions: golden/requirements.txt)
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

OUT = Path(__file__).parent.parent / "packages" / "weightnorm" / "test" / "golden"
rng = np.random.default_rng(31)
SINKHORN = 20


def f32(shape, scale=1.0):
    """Random values that float32 holds exactly, in float64."""
    return (rng.standard_normal(shape) * scale).astype(np.float32).astype(np.float64)


def flat(tensor):
    return [float(x) for x in np.asarray(tensor).reshape(-1)]


def nearest_of_rank(w, rank):
    """Factors of columns and rows of equal lengths."""
    u, s, vt = np.linalg.svd(w, full_matrices=False)
    root = np.sqrt(s[..., :rank])
    return u[..., :rank] * root[..., None, :], root[..., :, None] * vt[..., :rank, :]


def blocks(w, rows, cols):
    inner, outer = w.shape[-2] // rows, w.shape[-1] // cols
    split = w.reshape(*w.shape[:-2], rows, inner, cols, outer)
    return np.moveaxis(split, -3, -2).reshape(*w.shape[:-2], rows * cols, inner * outer)


def separated(shape, rank, gap=0.25):
    """Matrices whose singular values behind the rank are smaller by a gap."""
    w = f32(shape)
    u, s, vt = np.linalg.svd(w, full_matrices=False)
    s[..., rank:] *= gap * s[..., rank - 1 : rank] / s[..., rank : rank + 1]
    return ((u * s[..., None, :]) @ vt).astype(np.float32).astype(np.float64)


def factor_cases():
    cases = []
    for shape, rank in (((4, 3), 1), ((5, 6), 2), ((6, 3), 3), ((2, 2, 4, 3), 2)):
        w = separated(shape, rank) if rank < min(shape[-2:]) else f32(shape)
        left, right = nearest_of_rank(w, rank)
        cases.append({"options": {"structure": "lowRank", "rank": rank}, "shape": list(shape), "kernel": flat(w), "nearest": flat(left @ right)})
    for shape, (rows, cols) in (((4, 6), (2, 3)), ((6, 2), (3, 1)), ((2, 4, 4), (2, 2))):
        a, b = f32((*shape[:-2], rows, cols)), f32((*shape[:-2], shape[-2] // rows, shape[-1] // cols))
        w = np.stack([np.kron(x, y) for x, y in zip(a.reshape(-1, rows, cols), b.reshape(-1, *b.shape[-2:]))]).reshape(shape)
        w = (w + f32(shape, 0.05)).astype(np.float32).astype(np.float64)
        left, right = nearest_of_rank(blocks(w, rows, cols), 1)
        inner, outer = shape[-2] // rows, shape[-1] // cols
        both = (left @ right).reshape(*shape[:-2], rows, cols, inner, outer)
        nearest = np.moveaxis(both, -3, -2).reshape(shape)
        cases.append({"options": {"structure": "kronecker", "factor": [rows, cols]}, "shape": list(shape), "kernel": flat(w), "nearest": flat(nearest)})
    return cases


def training_cases(steps=5, lr=0.125):
    """Dense(4 -> 6) without bias, mean squared error, full batch, SGD, from the nearest weight. L and R turn into each other's inverse
    turns, which changes no step; signs of both do not either."""
    cases = []
    for options in ({"structure": "lowRank", "rank": 2}, {"structure": "kronecker", "factor": [2, 3]}):
        kernel, x, y = separated((4, 6), 2, 0.1), f32((8, 4)), f32((8, 6))
        if options["structure"] == "lowRank":
            first, second = nearest_of_rank(kernel, 2)
            compose = lambda a, b: a @ b
        else:
            first, second = nearest_of_rank(blocks(kernel, 2, 3), 1)
            first, second = first.reshape(2, 3), second.reshape(2, 2)
            compose = torch.kron
        first, second = (torch.tensor(np.array(one), requires_grad=True) for one in (first, second))
        optimizer = torch.optim.SGD([first, second], lr=lr)
        for _ in range(steps):
            optimizer.zero_grad()
            F.mse_loss(torch.tensor(x) @ compose(first, second), torch.tensor(y)).backward()
            optimizer.step()
        cases.append({
            "options": options, "lr": lr, "steps": steps, "kernel": flat(kernel), "x": flat(x), "y": flat(y),
            "trained": flat(compose(first, second).detach()),
        })
    return cases


def sinkhorn(x):
    logs = x
    for _ in range(SINKHORN):
        logs = logs - torch.logsumexp(logs, -1, keepdim=True)
        logs = logs - torch.logsumexp(logs, -2, keepdim=True)
    return torch.exp(logs)


def sinkhorn_cases():
    cases = []
    for shape, scale in (((3, 3), 0.5), ((4, 4), 3.0), ((1, 1), 1.0), ((2, 3, 3), 1.0)):
        x = torch.tensor(f32(shape, scale), requires_grad=True)
        dw = torch.tensor(f32(shape))
        w = sinkhorn(x)
        w.backward(dw)
        cases.append({"shape": list(shape), "x": flat(x.detach()), "dw": flat(dw), "w": flat(w.detach()), "dx": flat(x.grad)})
    return cases


golden = {
    "made": {
        "by": "golden/weightnorm_structured_factors.py",
        "versions": {"torch": torch.__version__.split("+")[0], "numpy": np.__version__},
    },
    "nearest": factor_cases(),
    "training": training_cases(),
    "sinkhorn": sinkhorn_cases(),
}
(OUT / "structured-factors.json").write_text(json.dumps(golden) + "\n")
