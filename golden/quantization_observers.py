"""Goldens of @weightkit/quantization's observers: those of torch.ao.quantization.observer on several batches, with ranges, scales and zero
points. HistogramObserver runs in float64, so that its bins can be compared to the last digits, and once more in float32, as people run it.

Usage: python golden/quantization_observers.py
"""
import base64
import json
import pathlib
import warnings

import numpy as np
import torch
from torch.ao.quantization import observer as ao

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/quantization/test/golden/observers.json"
rng = np.random.default_rng(19)
GRIDS = {
    "uint8 affine": (torch.quint8, "affine"),
    "int8 symmetric": (torch.qint8, "symmetric"),
    "int8 affine": (torch.qint8, "affine"),
    "uint8 symmetric": (torch.quint8, "symmetric"),
}


def encoded(batches):
    return [base64.b64encode(batch.astype(np.float32).tobytes()).decode() for batch in batches]


def grids(make, batches, axis=None):
    """Scales and zero points of each grid, and the ranges, which are the same for all."""
    found = {}
    for name, (dtype, law) in GRIDS.items():
        scheme = getattr(torch, f"per_{'tensor' if axis is None else 'channel'}_{law}")
        one = make(dtype=dtype, qscheme=scheme)
        for batch in batches:
            one(torch.tensor(batch.astype(np.float32)))
        scales, zeros = one.calculate_qparams()
        found[name] = {"scales": scales.tolist(), "zeroPoints": zeros.tolist()}
    return {
        "min": one.min_val.reshape(-1).tolist(),
        "max": one.max_val.reshape(-1).tolist(),
        "grids": found,
    }


def extremes(name, batches):
    shape = list(batches[0].shape)
    case = {"name": name, "shapes": [list(b.shape) for b in batches], "batches": encoded(batches)}
    case["minMax"] = grids(ao.MinMaxObserver, batches)
    case["movingAverage"] = {
        str(c): grids(lambda **o: ao.MovingAverageMinMaxObserver(averaging_constant=c, **o), batches) for c in (0.01, 0.3)
    }
    case["channels"] = [
        {
            "axis": axis,
            "minMax": grids(lambda **o: ao.PerChannelMinMaxObserver(ch_axis=axis, **o), batches, axis),
            "movingAverage": grids(
                lambda **o: ao.MovingAveragePerChannelMinMaxObserver(averaging_constant=0.3, ch_axis=axis, **o), batches, axis
            ),
        }
        for axis in range(1, len(shape))
    ]
    return case


def histogram(name, batches, bins):
    case = {"name": name, "bins": bins, "batches": encoded(batches)}
    for kind, dtype in (("float64", torch.float64), ("float32", torch.float32)):
        torch.set_default_dtype(dtype)
        one = ao.HistogramObserver(bins=bins, dtype=torch.quint8)
        both = ao.HistogramObserver(bins=bins, dtype=torch.qint8, qscheme=torch.per_tensor_symmetric)
        for batch in batches:
            values = torch.tensor(batch.astype(np.float32)).to(dtype)
            one(values)
            both(values)
        low, high = one._non_linear_param_search()
        scale, zero = one.calculate_qparams()
        case[kind] = {
            "low": one.min_val.item(),
            "high": one.max_val.item(),
            "range": [low.item(), high.item()],
            "scale": scale.item(),
            "zeroPoint": zero.item(),
            "symmetric": both.calculate_qparams()[0].item(),
        }
        if kind == "float64":
            case[kind]["counts"] = one.histogram.tolist()
    torch.set_default_dtype(torch.float32)
    return case


normal = rng.standard_normal
positive = np.maximum(normal((3, 40)), 0)
outlier = normal((200,))
outlier[17] = 30
cases = {
    "extremes": [
        extremes("normal", [normal((4, 3, 5)), 2 * normal((4, 3, 5)) + 1, normal((2, 3, 5)) - 0.5]),
        extremes("positive", [np.abs(normal((6, 4))) + 0.5, np.abs(normal((5, 4))) + 0.25]),
        extremes("constant", [np.full((2, 3), 5.0), np.full((1, 3), 5.0)]),
        extremes("zeros", [np.zeros((2, 2))]),
        extremes("tiny", [normal((3, 2)) * 1e-6, normal((3, 2)) * 1e-7]),
        extremes("one value", [np.array([[-3.25]])]),
    ],
    "histograms": [
        histogram("growing", [normal(400), 3 * normal(300), normal(200) - 4, 0.1 * normal(100)], 256),
        histogram("outlier", [normal(500), outlier, normal(300)], 2048),
        histogram("relu", list(positive), 128),
        histogram("constant, then not", [np.full(50, 0.75), normal(300)], 64),
        histogram("constant", [np.full(20, 2.5)], 64),
        histogram("heavy tails", [rng.laplace(0, 1, 600) ** 3, rng.laplace(0.5, 2, 500) ** 3], 512),
    ],
}
versions = {"numpy": np.__version__, "torch": torch.__version__}
made = {"by": "golden/quantization_observers.py", "versions": versions}
lines = [json.dumps({"of": kind, **case}) for kind, all_of in cases.items() for case in all_of]
OUT.write_text('{"made": %s, "cases": [\n%s\n]}\n' % (json.dumps(made), ",\n".join("  " + line for line in lines)))
