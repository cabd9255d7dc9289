"""SmoothQuant in numpy, for packages/quantization: equation 4 of Xiao et al. 2022, and what it makes of two small networks.

Unlike smooth_ln_fcs of mit-han-lab/smoothquant, which raises factors to 1e-5, a unit that is never there or never read keeps its scale.
"""

import json
from pathlib import Path

import numpy as np

OUT = Path(__file__).resolve().parent.parent / "packages" / "quantization" / "test" / "golden"


def f32(values):
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def flat(values):
    return np.asarray(values, dtype=np.float64).ravel().tolist()


def factors(x, kernels, alpha):
    act = np.abs(x).reshape(-1, x.shape[-1]).max(axis=0)
    weight = np.abs(np.concatenate(kernels, axis=1)).max(axis=1)
    s = np.ones_like(act)
    both = (act > 0) & (weight > 0)
    s[both] = act[both] ** alpha / weight[both] ** (1 - alpha)
    return s


def dense_case(seed, alpha, dead=()):
    """x a + c -> relu -> b + d"""
    rng = np.random.default_rng(seed)
    x, a, c = f32(rng.standard_normal((20, 5))), rng.standard_normal((5, 6)), rng.standard_normal(6)
    large = np.exp(2 * rng.standard_normal(6))
    a, c = f32(a * large), f32(c * large)
    a[:, list(dead)], c[list(dead)] = 0, 0
    b, d = f32(rng.standard_normal((6, 4))), f32(rng.standard_normal(4))
    s = factors(np.maximum(x @ a + c, 0), [b], alpha)
    weights = {"a/kernel": a / s, "a/bias": c / s, "b/kernel": b * s[:, None], "b/bias": d}
    before = {"a/kernel": a, "a/bias": c, "b/kernel": b, "b/bias": d}
    return case("dense", x, alpha, s, before, weights)


def norm_case(seed, alpha):
    """The layer norm of x, read by two dense layers."""
    rng = np.random.default_rng(seed)
    x, gamma, beta = f32(rng.standard_normal((20, 6))), f32(np.exp(2 * rng.standard_normal(6))), f32(rng.standard_normal(6))
    p, q = f32(rng.standard_normal((6, 3))), f32(3 * rng.standard_normal((6, 2)))
    normal = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-3)
    s = factors(normal * gamma + beta, [p, q], alpha)
    before = {"n/gamma": gamma, "n/beta": beta, "p/kernel": p, "q/kernel": q}
    weights = {"n/gamma": gamma / s, "n/beta": beta / s, "p/kernel": p * s[:, None], "q/kernel": q * s[:, None]}
    return case("norm", x, alpha, s, before, weights)


def case(kind, x, alpha, s, before, weights):
    return {
        "kind": kind,
        "alpha": alpha,
        "x": flat(x),
        "factors": flat(s),
        "before": {path: flat(values) for path, values in before.items()},
        "weights": {path: flat(values) for path, values in weights.items()},
    }


cases = [
    dense_case(1, 0.5),
    dense_case(2, 0.5, dead=(1, 4)),
    dense_case(3, 0.8),
    dense_case(4, 0),
    dense_case(5, 1),
    norm_case(6, 0.5),
    norm_case(7, 0.75),
]
made = {"by": "golden/quantization_smooth_quant.py", "versions": {"numpy": np.__version__}}
(OUT / "smooth-quant.json").write_text(json.dumps({"made": made, "cases": cases}) + "\n")
