"""Writes packages/weight-metrics/test/golden/*.json: numpy 2.4.6 and scipy 1.17.1 on weights that any language can remake.

Entry i of a weight is ((i * 7919 + 104729 * seed) mod 2003) / 1001 - 1, squared with its sign kept, times scale, in float32;
every `zero`-th entry is 0.
"""

import json
import pathlib

import numpy as np
import scipy
from scipy import stats

OUT = pathlib.Path(__file__).parent.parent / "packages" / "weight-metrics" / "test" / "golden"
MADE = {"by": "golden/weight_metrics.py", "versions": {"numpy": np.__version__, "scipy": scipy.__version__}}


def weight(shape, seed, scale, zero):
    i = np.arange(np.prod(shape), dtype=np.float64)
    u = np.mod(i * 7919 + 104729 * seed, 2003) / 1001 - 1
    x = np.sign(u) * u * u * scale
    x[:: zero] = 0
    return x.astype(np.float32).reshape(shape)


def spectrum(w):
    return np.linalg.svd(w.astype(np.float64).reshape(-1, w.shape[-1]), compute_uv=False)


CASES = [
    {"shape": [24, 16], "seed": 1, "scale": 0.1, "zero": 5},
    {"shape": [3, 3, 4, 6], "seed": 2, "scale": 1.0, "zero": 7},
    {"shape": [5, 40], "seed": 3, "scale": 1e-12, "zero": 11},
    {"shape": [7, 7], "seed": 4, "scale": 3e18, "zero": 3},
]


def summaries():
    for case in CASES:
        w = weight(**case)
        x = w.astype(np.float64).ravel()
        s = spectrum(w)
        p = s / s.sum()
        yield {
            "call": f"summarize of weight({case})",
            "weight": case,
            "summary": {
                "count": x.size,
                "mean": x.mean(),
                "std": x.std(),
                "skewness": stats.skew(x),
                "kurtosis": stats.kurtosis(x),
                "min": x.min(),
                "max": x.max(),
                "l1": np.abs(x).sum(),
                "l2": np.linalg.norm(x),
                "zeros": int((x == 0).sum()),
                "sparsity": (x == 0).mean(),
                "spectralNorm": s[0],
                "stableRank": (np.linalg.norm(x) / s[0]) ** 2,
                "conditionNumber": np.linalg.cond(w.astype(np.float64).reshape(-1, w.shape[-1])),
                "effectiveRank": np.exp(stats.entropy(p)),
            },
            "spectrum": s.tolist(),
        }


def histograms():
    for case in CASES:
        x = weight(**case).astype(np.float64).ravel()
        for bins, span in [(10, None), (7, (-0.05 * case["scale"], 0.5 * case["scale"]))]:
            counts, edges = np.histogram(x, bins, span)
            density, _ = np.histogram(x, bins, span, density=True)
            yield {
                "call": f"numpy.histogram(weight({case}), {bins}, {span})",
                "weight": case,
                "bins": bins,
                "range": span,
                "counts": counts.tolist(),
                "edges": edges.tolist(),
                "density": density.tolist(),
            }


def deltas():
    for case in CASES:
        before = weight(**case).astype(np.float64).ravel()
        after = weight(case["shape"], case["seed"] + 10, case["scale"] * 0.7, case["zero"] + 1).astype(np.float64).ravel()
        l2 = np.linalg.norm(after - before)
        yield {
            "call": f"numpy on weight({case}) and the weight of seed + 10, scale * 0.7, zero + 1",
            "weight": case,
            "delta": {
                "l2": l2,
                "relative": l2 / np.linalg.norm(before),
                "cosine": after @ before / np.linalg.norm(after) / np.linalg.norm(before),
                "maxAbs": np.abs(after - before).max(),
                "changed": int((after != before).sum()),
                "signFlips": int((np.sign(after) * np.sign(before) < 0).sum()),
                "zerosGained": int(((after == 0) & (before != 0)).sum()),
                "zerosLost": int(((after != 0) & (before == 0)).sum()),
            },
        }


for name, cases in [("summarize", summaries()), ("histograms", histograms()), ("compare", deltas())]:
    path = OUT / f"{name}.json"
    path.write_text(json.dumps({"made": MADE, "cases": list(cases)}, indent=1) + "\n")
