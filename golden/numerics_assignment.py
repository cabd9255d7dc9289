"""Writes packages/numerics/test/golden/assignment.json from scipy.optimize.linear_sum_assignment; see golden/README.md.

Entry i of a matrix is u |u| with u = n / 1001 - 1 and n = (i * 7919 + 104729 * seed) mod 2003, or, where `integers` says so, n mod 7.
"""

import json
import pathlib

import numpy as np
import scipy
from scipy.optimize import linear_sum_assignment

OUT = pathlib.Path(__file__).parent.parent / "packages/numerics/test/golden/assignment.json"


def matrix(rows, cols, seed, integers):
    i = np.arange(rows * cols, dtype=np.int64)
    n = (i * 7919 + 104729 * seed) % 2003
    u = n / 1001 - 1
    return (n % 7 if integers else u * np.abs(u)).reshape(rows, cols).astype(np.float64)


def cases():
    sizes = [(1, 1), (1, 5), (5, 1), (2, 2), (3, 3), (4, 7), (7, 4), (10, 10), (25, 25), (30, 41), (64, 64), (120, 90)]
    for seed, (rows, cols) in enumerate(sizes):
        for integers in [False, True]:
            for maximize in [False, True]:
                cost = matrix(rows, cols, seed, integers)
                found = linear_sum_assignment(cost, maximize)
                yield {
                    "call": "linear_sum_assignment",
                    "rows": rows,
                    "cols": cols,
                    "seed": seed,
                    "integers": integers,
                    "maximize": maximize,
                    "row_ind": found[0].tolist(),
                    "col_ind": found[1].tolist(),
                    "cost": float(cost[found].sum()),
                }


if __name__ == "__main__":
    made = {"by": "golden/numerics_assignment.py", "versions": {"numpy": np.__version__, "scipy": scipy.__version__}}
    text = json.dumps({"made": made, "cases": list(cases())})
    OUT.write_text(text.replace('{"call"', '\n{"call"') + "\n")
