"""Writes packages/quantization/test/golden/float32-law.json: affine codes by float32 steps, as numpy takes them.

The tensorflowjs converter computes round((clip(x, min, max) - min) / scale); under NumPy 1 the Python floats min, max and scale
became float32 beside a float32 array. Here they are made float32 by hand, so that any NumPy gives those codes.
"""

import base64
import json
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/quantization/test/golden/float32-law.json"


def b64(array) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def codes(x, kind):
    levels = np.iinfo(kind).max
    low, high = float(x.min()), float(x.max())
    scale = (high - low) / levels
    if low <= 0 <= high:
        zero = np.round((0 - low) / scale)
        low = 0 - zero * scale
        high = levels * scale + low
    f = np.float32
    return np.round((np.clip(x, f(low), f(high)) - f(low)) / f(scale)).astype(kind)


r = np.random.RandomState(3)
n = r.standard_normal(600).astype(np.float32)
arrays = {
    "normal": n * np.float32(0.05),
    "shifted": n + np.float32(3),
    "negative": -np.abs(n) - np.float32(0.25),
    "outliers": np.concatenate([n * np.float32(1e-3), np.array([40, -3], np.float32)]),
    "small": n * np.float32(1e-20),
    "large": n * np.float32(1e20),
}
cases = [
    {"title": title, "dtype": kind, "values": b64(x), "codes": b64(codes(x, np.dtype(kind)))}
    for title, x in arrays.items()
    for kind in ("uint8", "uint16")
]
OUT.write_text(json.dumps({"versions": {"numpy": np.__version__}, "cases": cases}) + "\n")
