"""Writes packages/weight-metrics/test/golden/power-law.json: the method of Clauset, Shalizi and Newman 2009
(https://arxiv.org/abs/0706.1062), written down from the paper in numpy, and what its table 6.1 states of the data set `blackouts`
(customers of 211 power failures in the United States, 1984 to 2002, from the authors' page https://aaronclauset.github.io/powerlaws/)."""

import json
import pathlib

import numpy as np

from weight_metrics_spectral import weight

OUT = pathlib.Path(__file__).parent.parent / "packages" / "weight-metrics" / "test" / "golden" / "power-law.json"

BLACKOUTS = [
    570000, 210882, 190000, 46000, 17000, 360000, 74000, 19000, 460000, 65000, 18351, 25000, 25000, 63500, 1000, 9000, 50000, 114500,
    350000, 25000, 50000, 25000, 242910, 55000, 164500, 877000, 43000, 1140000, 464000, 90000, 2100000, 385000, 95630, 166000, 71000,
    100000, 234000, 300000, 258000, 130000, 246000, 114000, 120000, 24506, 36073, 10000, 160000, 600000, 12000, 203000, 50462, 40000,
    59000, 15000, 1646, 500000, 60000, 133000, 62000, 173000, 81000, 20000, 112000, 600000, 24000, 37000, 238000, 50000, 50000,
    147000, 32000, 40911, 30500, 14273, 160000, 230000, 92000, 75000, 130000, 124000, 120000, 11000, 235000, 50000, 94285, 240000,
    870000, 70000, 50000, 50000, 18000, 51000, 51000, 145000, 557354, 219000, 191000, 2900, 163000, 257718, 1660000, 1600000, 1300000,
    80000, 500000, 10000, 290000, 375000, 95000, 725000, 128000, 148000, 100000, 2000, 48000, 18000, 5300, 32000, 250000, 45000,
    38500, 126000, 284000, 70000, 400000, 207200, 39500, 363476, 113200, 1500000, 15000, 7500000, 8000, 56000, 88000, 60000, 29000,
    75000, 80000, 7500, 82500, 272000, 272000, 122000, 145000, 660000, 50000, 92000, 60000, 173000, 106850, 25000, 146000, 158000,
    1500000, 40000, 100000, 300000, 1800, 300000, 70000, 70000, 29000, 18819, 875000, 100000, 50000, 1500000, 650000, 58000, 142000,
    350000, 71000, 312000, 25000, 35000, 315000, 500000, 404000, 246000, 43696, 71000, 65000, 29900, 30000, 20000, 899000, 10300,
    490000, 115000, 2085000, 206000, 400000, 26334, 598000, 160000, 91000, 33000, 53000, 300000, 60000, 55000, 60000, 66005, 11529,
    56000, 4150, 40000, 320831, 30001, 200000,
]


def fit(x, xmin=None):
    """Equations 3.1 and 3.9; the shares of the data are of the values before each, as in the authors' plfit."""
    x = np.sort(np.asarray(x, dtype=np.float64))
    x = x[x > 0]
    best = None
    for candidate in [xmin] if xmin is not None else np.unique(x)[:-1]:
        tail = x[x >= candidate]
        n = len(tail)
        total = np.log(tail / candidate).sum()
        if not total > 0:
            continue
        alpha = 1 + n / total
        distance = np.abs(1 - (candidate / tail) ** (alpha - 1) - np.arange(n) / n).max()
        if best is None or distance < best["distance"]:
            best = {"alpha": alpha, "xmin": float(candidate), "distance": float(distance), "tail": n}
    return best


def simulated(x, law, rng):
    """Section 4.1."""
    x = x[x > 0]
    below = x[x < law["xmin"]]
    from_tail = rng.random(len(x)) < law["tail"] / len(x)
    return np.where(
        from_tail,
        law["xmin"] * (1 - rng.random(len(x))) ** (-1 / (law["alpha"] - 1)),
        rng.choice(below, len(x)) if len(below) else np.nan,
    )


def with_samples(x, xmin=None, replicates=2000):
    law = fit(x, xmin)
    rng = np.random.default_rng(7)
    alphas = [one["alpha"] for one in (fit(rng.choice(x, len(x)), xmin) for _ in range(replicates)) if one]
    distances = [one["distance"] for one in (fit(simulated(x, law, rng), xmin) for _ in range(replicates)) if one]
    return {
        **law,
        "replicates": replicates,
        # Quantiles a little to either side, between which those of other samples lie.
        "interval": [np.quantile(alphas, [0.025 - 0.02, 0.025, 0.025 + 0.02]).tolist(), np.quantile(alphas, [0.975 - 0.02, 0.975, 0.975 + 0.02]).tolist()],
        "pValue": float(np.mean(np.array(distances) >= law["distance"])),
    }


def cases():
    blackouts = np.array(BLACKOUTS, dtype=np.float64)
    yield {"call": "with_samples(BLACKOUTS)", "values": BLACKOUTS, **with_samples(blackouts)}
    yield {"call": "with_samples(BLACKOUTS, xmin=1e5)", "values": BLACKOUTS, "given": 1e5, **with_samples(blackouts, 1e5)}
    uniform = ((np.arange(300) * 7919 + 1) % 2003 + 1).astype(float)
    yield {"call": "with_samples(uniform)", "values": uniform.tolist(), **with_samples(uniform)}
    heavy = (uniform / 2004) ** (-1 / 1.2)
    heavy = np.float32(heavy).astype(float)
    yield {"call": "with_samples(heavy)", "values": heavy.tolist(), **with_samples(heavy)}


def spectra():
    """Eigenvalues by weightwatcher's definitions, and its columns from them."""
    for shape in ([40, 24], [3, 3, 6, 16], [5, 4, 12]):
        case = {"shape": shape, "seed": 5, "scale": 0.5, "zero": 1000}
        w = weight(**case)
        matrices = w.reshape(-1, *w.shape[-2:])
        scale = np.sqrt(len(matrices) / 2) if w.ndim > 2 else 1.0
        evals = np.sort(np.concatenate([np.linalg.svd(m * scale, compute_uv=False) ** 2 for m in matrices]))
        law = fit(evals)
        yield {
            "call": f"eigenvalues of weight({case})",
            "weight": case,
            "eigenvalues": evals[::-1].tolist(),
            **law,
            "logNorm": np.log10(evals.sum()),
            "logSpectralNorm": np.log10(evals.max()),
            "alphaWeighted": law["alpha"] * np.log10(evals.max()),
            "logAlphaNorm": np.log10((evals ** law["alpha"]).sum()),
        }


PUBLISHED = {
    "source": "Clauset, Shalizi and Newman 2009, table 6.1, row blackouts: xmin and its spread in thousands",
    "n": 211, "alpha": 2.3, "alphaSpread": 0.3, "xmin": 230, "xminSpread": 90, "tail": 59, "tailSpread": 35, "pValue": 0.62,
}

if __name__ == "__main__":
    made = {"by": "golden/weight_metrics_power_law.py", "versions": {"numpy": np.__version__}}
    data = {"made": made, "published": PUBLISHED, "laws": list(cases()), "spectra": list(spectra())}
    OUT.write_text(json.dumps(data).replace('{"call"', '\n{"call"') + "\n")
