"""Writes packages/weight-metrics/test/golden/representations.json: linear CKA with and without bias from its definitions, in numpy,
with centering matrices and the full formula of HSIC_1 (Song et al. 2012; Nguyen et al. 2021, equation 3), on weights of weight_metrics.py."""

import json
import pathlib

import numpy as np

from weight_metrics_spectral import weight

OUT = pathlib.Path(__file__).parent.parent / "packages" / "weight-metrics" / "test" / "golden" / "representations.json"


def hsic0(k, l):
    n = len(k)
    h = np.eye(n) - np.ones((n, n)) / n
    return np.trace(k @ h @ l @ h) / (n - 1) ** 2


def hsic1(k, l):
    n = len(k)
    k, l = k - np.diag(np.diag(k)), l - np.diag(np.diag(l))
    one = np.ones(n)
    return (np.trace(k @ l) + one @ k @ one * (one @ l @ one) / ((n - 1) * (n - 2)) - 2 / (n - 2) * (one @ k @ l @ one)) / (n * (n - 3))


def cka(x, y, hsic, pieces=None):
    sums = np.zeros(3)
    for start, end in pieces or [(0, len(x))]:
        k, l = x[start:end] @ x[start:end].T, y[start:end] @ y[start:end].T
        sums += hsic(k, l), hsic(k, k), hsic(l, l)
    return float(sums[0] / np.sqrt(sums[1] * sums[2]))


def cases():
    for first, second, shift in [
        ({"shape": [20, 6], "seed": 1, "scale": 1.0, "zero": 1000}, {"shape": [20, 9], "seed": 2, "scale": 3.0, "zero": 4}, 0.0),
        ({"shape": [12, 40], "seed": 3, "scale": 0.01, "zero": 3}, {"shape": [12, 30], "seed": 4, "scale": 1.0, "zero": 2}, 5.0),
        ({"shape": [4, 3], "seed": 5, "scale": 1.0, "zero": 1000}, {"shape": [4, 2], "seed": 6, "scale": 1.0, "zero": 1000}, 0.0),
        ({"shape": [16, 2, 3], "seed": 7, "scale": 1e18, "zero": 1000}, {"shape": [16, 4], "seed": 8, "scale": 1e-18, "zero": 1000}, 0.0),
    ]:
        x = weight(**first).reshape(first["shape"][0], -1)
        y = weight(**second).reshape(second["shape"][0], -1) + shift
        n = len(x)
        yield {
            "call": f"cka(weight({first}), weight({second}) + {shift})",
            "x": first,
            "y": second,
            "shift": shift,
            "plain": cka(x, y, hsic0),
            "debiased": cka(x, y, hsic1),
            "batches": cka(x, y, hsic1, [(i, min(i + 8, n)) for i in range(0, n - 3, 8)]) if n >= 8 else None,
        }


if __name__ == "__main__":
    made = {"by": "golden/weight_metrics_representations.py", "versions": {"numpy": np.__version__}}
    OUT.write_text(json.dumps({"made": made, "cases": list(cases())}).replace('{"call"', '\n{"call"') + "\n")
