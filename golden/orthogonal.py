"""Goldens for the orthogonal maps of packages/weightnorm: torch.nn.utils.parametrizations.orthogonal in float64, values and gradients.

Run: python golden/orthogonal.py (versions: golden/requirements.txt)
"""

import json
from pathlib import Path

import numpy as np
import scipy
import torch
from torch import nn
from torch.nn.utils.parametrizations import orthogonal

OUT = Path(__file__).parent.parent / "packages" / "weightnorm" / "test" / "golden"
rng = np.random.default_rng(7)
NAMES = {"matrixExp": "matrix_exp", "cayley": "cayley", "householder": "householder"}


def f32(shape, scale=1.0):
    """Random values that float32 holds exactly, in float64."""
    return (rng.standard_normal(shape) * scale).astype(np.float32).astype(np.float64)


def flat(tensor):
    return [float(x) for x in np.asarray(tensor).reshape(-1)]


class Weight(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(shape, dtype=torch.float64))


def maps():
    cases = []
    for name, theirs in NAMES.items():
        for shape in ((4, 4), (6, 3), (2, 5), (1, 3), (12, 12)):
            for scale in (0.25, 2.0):
                module = Weight(shape)
                orthogonal(module, "weight", theirs, use_trivialization=False)
                x = f32(shape, scale)
                if name == "householder":
                    np.fill_diagonal(x, np.where(rng.random(min(shape)) < 0.5, -1.0, 1.0))
                original = module.parametrizations.weight.original
                with torch.no_grad():
                    original.copy_(torch.tensor(x))
                dq = torch.tensor(f32(shape))
                q = module.weight
                q.backward(dq)
                cases.append({
                    "call": f"orthogonal(module, 'weight', '{theirs}', use_trivialization=False)",
                    "map": name, "shape": list(shape), "x": flat(x), "dq": flat(dq),
                    "q": flat(q.detach()), "dx": flat(original.grad),
                })
    return cases


def training():
    """Steps of gradient descent from an orthogonal weight with trivialization: the loss is 〈q, c〉."""
    cases = []
    for name, theirs in NAMES.items():
        for shape in ((4, 4),):
            start, _ = scipy.linalg.polar(f32(shape))
            start = start.astype(np.float32).astype(np.float64)
            start, _ = scipy.linalg.polar(start)
            module = Weight(shape)
            with torch.no_grad():
                module.weight.copy_(torch.tensor(start))
            orthogonal(module, "weight", theirs)
            with torch.no_grad():
                module.parametrizations.weight[0].base.copy_(torch.tensor(start))
            c = torch.tensor(f32(shape))
            optimizer = torch.optim.SGD(module.parameters(), lr=0.125)
            for _ in range(5):
                optimizer.zero_grad()
                (module.weight * c).sum().backward()
                optimizer.step()
            cases.append({
                "call": f"orthogonal(module, 'weight', '{theirs}'), 5 steps of SGD(lr=0.125)",
                "map": name, "shape": list(shape), "start": flat(start), "c": flat(c), "q": flat(module.weight.detach()),
            })
    return cases


golden = {
    "versions": {"torch": torch.__version__, "numpy": np.__version__, "scipy": scipy.__version__},
    "maps": maps(),
    "training": training(),
}
(OUT / "orthogonal.json").write_text(json.dumps(golden) + "\n")
