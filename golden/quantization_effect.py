"""Goldens of @weightkit/quantization's effect on outputs: a network before and after in numpy, the interval from scipy.

Usage: python golden/quantization_effect.py
"""
import json
import pathlib

import numpy as np
import scipy
from scipy.special import softmax
from scipy.stats import binomtest

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/quantization/test/golden/effect.json"
rng = np.random.default_rng(7)
f32 = np.float32


def run(x, w1, b1, w2):
    hidden = np.maximum(x @ w1 + b1, 0)
    return hidden, softmax(hidden @ w2, axis=1)


def db(y, z):
    return 10 * np.log10(np.sum(y**2) / np.sum((y - z) ** 2))


def case(noise):
    x = rng.standard_normal((60, 5)).astype(f32)
    before = [rng.standard_normal(s).astype(f32) for s in [(5, 7), (7,), (7, 3)]]
    after = [(w + noise * rng.standard_normal(w.shape)).astype(f32) for w in before]
    (h, y), (g, z) = [run(x.astype(float), *(w.astype(float) for w in ws)) for ws in (before, after)]
    few = slice(0, 8)  # layers are looked at on the first eight examples
    tops = np.argmax(y, 1)
    equal = int(np.sum(tops == np.argmax(z, 1)))
    low, high = binomtest(equal, 60).proportion_ci(0.95, "wilson")
    return {
        "x": x.ravel().tolist(),
        "before": [w.ravel().tolist() for w in before],
        "after": [w.ravel().tolist() for w in after],
        "equal": equal,
        "interval": [low, high],
        "largestClass": float(np.bincount(tops).max() / 60),
        "relative": float(np.linalg.norm(z - y) / np.linalg.norm(y)),
        "largest": float(np.abs(z - y).max()),
        "sqnr": [float(db(h[few], g[few])), float(db(y[few], z[few]))],
    }


made = {"by": "golden/quantization_effect.py", "versions": {"numpy": np.__version__, "scipy": scipy.__version__}}
cases = ",\n".join("  " + json.dumps(case(noise)) for noise in (0.02, 0.5))
OUT.write_text('{"made": %s, "cases": [\n%s\n]}\n' % (json.dumps(made), cases))
