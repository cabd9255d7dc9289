"""Writes packages/weight-metrics/test/golden/bulk.json: the law of Marchenko and Pastur by scipy's quadrature of its density, fits to
singular values by numpy, and distances of spectra by scipy.stats.ks_2samp."""

import json
import pathlib

import numpy as np
import scipy
from scipy import integrate, optimize, stats

OUT = pathlib.Path(__file__).parent.parent / "packages" / "weight-metrics" / "test" / "golden" / "bulk.json"


def share(x, beta):
    """The integral of the density √((high - x)(x - low)) / (2 π β x), with x = low + (high - low) sin², which has no corners."""
    low, high = (1 - np.sqrt(beta)) ** 2, (1 + np.sqrt(beta)) ** 2
    x = min(max(x, low), high)
    end = np.arcsin(np.sqrt((x - low) / (high - low)))

    def integrand(t):
        at = low + (high - low) * np.sin(t) ** 2
        return 2 * (high - low) ** 2 * (np.sin(t) * np.cos(t)) ** 2 / (2 * np.pi * beta * at) if at > 0 else 2 * (high - low) * np.cos(t) ** 2 / (2 * np.pi * beta)

    return integrate.quad(integrand, 0, end, epsabs=1e-13, epsrel=1e-13, limit=500)[0]


def laws():
    for beta in [1.0, 0.9, 0.5, 0.1, 0.01]:
        low, high = (1 - np.sqrt(beta)) ** 2, (1 + np.sqrt(beta)) ** 2
        xs = (low + (high - low) * np.array([0.001, 0.1, 0.3, 0.5, 0.8, 0.999])).tolist()
        median = optimize.brentq(lambda x: share(x, beta) - 0.5, low, high, xtol=1e-14)
        yield {"call": f"share(x, {beta})", "beta": beta, "xs": xs, "shares": [share(x, beta) for x in xs], "median": median}


def fits():
    rng = np.random.default_rng(1)
    for rows, cols, sigma, spikes in [(60, 40, 0.1, []), (30, 50, 2.0, [60.0, 40.0]), (40, 40, 1.0, [30.0])]:
        w = rng.normal(0, sigma, (rows, cols))
        for size in spikes:
            u, v = rng.normal(size=rows), rng.normal(size=cols)
            w += size * np.outer(u / np.linalg.norm(u), v / np.linalg.norm(v))
        s = np.linalg.svd(w, compute_uv=False)
        n, m = max(rows, cols), min(rows, cols)
        beta = m / n
        low, high = (1 - np.sqrt(beta)) ** 2, (1 + np.sqrt(beta)) ** 2
        median = optimize.brentq(lambda x: share(x, beta) - 0.5, low, high, xtol=1e-14)
        fitted = np.median(s) / np.sqrt(n * median)
        # Johnstone 2001, equations 1.4 and 1.5, and the 99 % quantile of Tracy and Widom's law of real matrices.
        a, b = np.sqrt(n - 1), np.sqrt(m)
        threshold = fitted * np.sqrt((a + b) ** 2 + 2.0234 * (a + b) * (1 / a + 1 / b) ** (1 / 3))
        inside = s[s <= threshold]
        distance = stats.kstest((inside / fitted) ** 2 / n, np.vectorize(lambda x: share(x, beta))).statistic
        yield {
            "call": f"fit to {rows} x {cols}, sigma {sigma}, {spikes}", "rows": rows, "cols": cols, "values": s.tolist(),
            "sigma": fitted, "threshold": threshold, "spikes": int((s > threshold).sum()), "planted": len(spikes), "true": sigma,
            "bulk": [fitted * np.sqrt(n * low), fitted * np.sqrt(n * high)],
            "softRank": (fitted**2 * n * high) / s.max() ** 2, "distance": float(distance),
        }


if __name__ == "__main__":
    made = {"by": "golden/weight_metrics_bulk.py", "versions": {"numpy": np.__version__, "scipy": scipy.__version__}}
    OUT.write_text(json.dumps({"made": made, "laws": list(laws()), "fits": list(fits())}).replace('{"call"', '\n{"call"') + "\n")
