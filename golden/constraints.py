"""Goldens for the constraints of packages/weightnorm: keras.constraints in float32, and the projections that Keras lacks in float64.

Run: python golden/constraints.py (versions: golden/requirements.txt, and keras with any backend)
"""

import json
from pathlib import Path

import keras
import numpy as np
import scipy

OUT = Path(__file__).parent.parent / "packages" / "weightnorm" / "test" / "golden"
rng = np.random.default_rng(42)

SHAPES = {"dense": ((5, 4), 0), "conv2d": ((2, 3, 2, 3), [0, 1, 2]), "bias": ((6,), 0)}
# Keras's axis is what the norm is taken over, ours what numbers the units.
UNITS = {"dense": -1, "conv2d": -1, "bias": None}


def flat(x):
    return [float(v) for v in np.asarray(x).reshape(-1)]


def norms():
    cases = []
    for kind, (shape, axis) in SHAPES.items():
        for scale in (1e-6, 0.3, 2.0):
            w = (rng.standard_normal(shape) * scale).astype(np.float32)
            for name, made, options in (
                ("maxNorm", keras.constraints.MaxNorm(1.5, axis=axis), {"maxValue": 1.5}),
                ("maxNorm", keras.constraints.MaxNorm(axis=axis), {}),
                ("unitNorm", keras.constraints.UnitNorm(axis=axis), {}),
                ("minMaxNorm", keras.constraints.MinMaxNorm(0.5, 1.25, 0.75, axis=axis),
                 {"minValue": 0.5, "maxValue": 1.25, "rate": 0.75}),
                ("minMaxNorm", keras.constraints.MinMaxNorm(axis=axis), {}),
                ("nonNeg", keras.constraints.NonNeg(), None),
            ):
                value = keras.ops.convert_to_numpy(made(keras.ops.convert_to_tensor(w)))
                cases.append({
                    "name": name, "kind": kind, "options": options, "axis": UNITS[kind],
                    "shape": list(shape), "w": flat(w), "value": flat(value),
                })
    return cases


def to_simplex(w):
    """The projection by bisection for tau, of which sum(max(w - tau, 0)) = 1: another way than the package's."""
    low, high = w.min() - 1, w.max()
    for _ in range(200):
        tau = (low + high) / 2
        low, high = (tau, high) if np.maximum(w - tau, 0).sum() > 1 else (low, tau)
    return np.maximum(w - low, 0)


def projections():
    cases = []
    for rows, cols in ((6, 4), (4, 4), (3, 5), (1, 4), (8, 1)):
        w = rng.standard_normal((rows, cols)).astype(np.float32)
        u, _ = scipy.linalg.polar(w.astype(np.float64))
        cases.append({"name": "orthonormal", "shape": [rows, cols], "w": flat(w), "value": flat(u)})
        columns = [to_simplex(w[:, c].astype(np.float64)) for c in range(cols)]
        cases.append({"name": "simplex", "shape": [rows, cols], "w": flat(w), "value": flat(np.stack(columns, 1))})
    return cases


golden = {
    "versions": {"keras": keras.__version__, "numpy": np.__version__, "scipy": scipy.__version__},
    "keras": {"call": "keras.constraints.<Name>(...)(w), float32", "cases": norms()},
    "nearest": {"call": "scipy.linalg.polar(w)[0], and bisection for the simplex, float64", "cases": projections()},
}
(OUT / "constraints.json").write_text(json.dumps(golden) + "\n")
