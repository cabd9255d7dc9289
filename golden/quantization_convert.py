"""Golden of @weightkit/quantization's prepare, calibrate, convert: a dense net in torch whose weights lie on the converter's uint8 grid, and
whose activations go through torch.fake_quantize_per_tensor_affine with scales of torch.ao's MinMaxObserver.

A seed is taken with which no activation lies within a thousandth of a step of a tie, so that the order of sums cannot change a code.

Usage: python golden/quantization_convert.py
"""
import json
import pathlib

import numpy as np
import torch
from torch.ao.quantization.observer import MinMaxObserver

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/quantization/test/golden/convert.json"


def on_grid(w):
    """The converter's uint8 values, decoded in float64 and rounded once, as stock TensorFlow.js does it."""
    x = w.astype(np.float64)
    scale = (x.max() - x.min()) / 255
    low = -np.round(-x.min() / scale) * scale
    codes = np.round((np.clip(x, low, low + 255 * scale) - low) / scale)
    return (codes * scale + low).astype(np.float32)


def observed(values):
    one = MinMaxObserver(dtype=torch.quint8)
    for batch in values.split(3):
        one(batch)
    scale, zero = one.calculate_qparams()
    return scale.item(), int(zero.item())


def distance_to_ties(x, scale):
    part = (x.double() / scale).abs() % 1
    return (part - 0.5).abs().min().item()


def attempt(seed):
    rng = np.random.default_rng(seed)
    x, a, b = (rng.standard_normal(shape).astype(np.float32) for shape in ((6, 4), (4, 5), (5, 3)))
    t = torch.tensor
    hidden = torch.relu(t(x) @ t(a))
    grids = {"x": observed(t(x)), "hidden": observed(hidden), "out": observed(hidden @ t(b))}
    nearest = []

    def fake(values, name):
        scale, zero = grids[name]
        nearest.append(distance_to_ties(values, scale))
        return torch.fake_quantize_per_tensor_affine(values, scale, zero, 0, 255)

    inner = fake(torch.relu(fake(t(x), "x") @ t(on_grid(a))), "hidden")
    out = fake(inner @ t(on_grid(b)), "out")
    numbers = {name: values.reshape(-1).tolist() for name, values in (("x", x), ("a", a), ("b", b))}
    case = {"seed": seed, **numbers, "grids": {k: list(v) for k, v in grids.items()}, "out": out.reshape(-1).tolist()}
    return case, min(nearest)


for seed in range(1000):
    case, nearest = attempt(seed)
    if nearest > 1e-3:
        break
assert nearest > 1e-3
versions = {"numpy": np.__version__, "torch": torch.__version__}
made = {"by": "golden/quantization_convert.py", "versions": versions}
OUT.write_text('{"made": %s, "cases": [\n  %s\n]}\n' % (json.dumps(made), json.dumps(case)))
