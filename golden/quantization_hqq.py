"""Half-quadratic quantization in numpy, for packages/quantization: optimize_weights_proximal_legacy of mobiusml/hqq for one group of
one output at a time, in float64, with scales and zero points kept in float32.

Two things differ from it, as the docs say: scales are not cut at 2e4, and the zero point with the least mean error is kept.
"""

import json
from pathlib import Path

import numpy as np

OUT = Path(__file__).resolve().parent.parent / "packages" / "quantization" / "test" / "golden"


def shrink_lp_op(x, beta, lp_norm):
    if lp_norm == 1:
        return np.sign(x) * np.maximum(np.abs(x) - 1.0 / beta, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        out = np.sign(x) * np.maximum(np.abs(x) - (1.0 / beta) * np.power(np.abs(x), lp_norm - 1), 0)
    return np.where(x == 0, 0, out)


def quantized(w, bits, lp_norm=0.7, beta=10.0, kappa=1.01, iters=20):
    most = 2**bits - 1
    step = float(np.float32((w.max() - w.min()) / most))
    scale = 1 / step
    zero = float(np.float32(-w.min() / step))
    best, least = zero, np.inf
    for _ in range(iters + 1):
        W_q = np.clip(np.rint(w * scale + zero), 0, most)
        W_r = (W_q - zero) / scale
        error = np.abs(w - W_r).mean()
        if not error < least:
            break
        best, least = zero, error
        W_e = shrink_lp_op(w - W_r, beta, lp_norm)
        zero = float(np.float32(np.mean(W_q - (w - W_e) * scale)))
        beta *= kappa
    return np.clip(np.rint(w / step + best), 0, most).astype(int), step, best


def case(name, inputs, outputs, seed, spread=1.0, **options):
    rng = np.random.default_rng(seed)
    # Students' t has the outliers that the method is for.
    W = np.round(rng.standard_t(3, (inputs, outputs)) * spread * 256) / 256
    group, bits = options.pop("group"), options.pop("bits")
    codes, scales, zeros = np.zeros(W.shape, dtype=int), [], []
    for g in range(0, inputs, group):
        for o in range(outputs):
            codes[g : g + group, o], step, zero = quantized(W[g : g + group, o], bits, **options)
            scales.append(step)
            zeros.append(zero)
    return {
        "call": name,
        "shape": [inputs, outputs],
        "options": {"group": group, "bits": bits, **options},
        "w": W.reshape(-1).tolist(),
        "codes": codes.reshape(-1).tolist(),
        "scales": scales,
        "zeros": zeros,
    }


cases = [
    case("4 bits, groups of 16", 32, 4, 1, bits=4, group=16),
    case("3 bits, groups of 12, the last of 7", 31, 3, 2, bits=3, group=12),
    case("2 bits, one group", 24, 5, 3, bits=2, group=64),
    case("4 bits, p = 1", 20, 4, 4, bits=4, group=10, lp_norm=1.0),
    case("8 bits, small weights", 16, 3, 5, spread=1 / 16, bits=8, group=8),
    case("3 bits, beta = 2, kappa = 1.5", 24, 3, 6, bits=3, group=24, beta=2.0, kappa=1.5, iters=5),
]
made = {"by": "golden/quantization_hqq.py", "versions": {"numpy": np.__version__}}
(OUT / "hqq.json").write_text(json.dumps({"made": made, "cases": cases}) + "\n")
