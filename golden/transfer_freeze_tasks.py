"""Task vectors by the rules of the papers: packages/transfer-freeze/test/golden/tasks.json.

TIES-Merging (Yadav et al. 2023, algorithm 1) in numpy, float64: trim to the top k % by magnitude over the whole vector, elect the sign
of the sum, mean of those that have it. Written from the paper, no code of it. Values are multiples of 1/256, without ties at the edge.

python golden/transfer_freeze_tasks.py
"""

import json
from pathlib import Path

import numpy as np

OUT = Path(__file__).resolve().parent.parent / "packages" / "transfer-freeze" / "test" / "golden"
generator = np.random.default_rng(11)
SIZES = [12, 4, 8, 2]
N = sum(SIZES)
# Distinct magnitudes within a vector: no ties in trimming.
TAUS = [
    (generator.permutation(4 * N)[:N] + 1) / 256 * generator.choice([-1.0, 1.0], N) * scale for scale in (1.0, 2.0, 1.0)
]


def ties(keep, weights):
    trimmed = []
    for tau, weight in zip(TAUS, weights):
        k = int(np.floor(keep * N + 0.5))
        edge = np.sort(np.abs(tau))[::-1][k - 1]
        trimmed.append(weight * np.where(np.abs(tau) >= edge, tau, 0))
    t = np.stack(trimmed)
    gamma = np.sign(t.sum(axis=0))
    same = (np.sign(t) == gamma) & (gamma != 0)
    count = same.sum(axis=0)
    return np.where(count > 0, (t * same).sum(axis=0) / np.maximum(count, 1), 0).tolist()


content = {
    "made": {"by": "golden/transfer_freeze_tasks.py", "versions": {"numpy": np.__version__}},
    "sizes": SIZES,
    "vectors": [tau.tolist() for tau in TAUS],
    "ties": [
        {"keep": keep, "weights": weights, "values": ties(keep, weights)}
        for keep, weights in [(0.2, [1, 1, 1]), (0.5, [1, 1, 1]), (1, [1, 0.5, 2]), (0.7, [1, -1, 0.25])]
    ],
    "sum": (TAUS[0] - 0.5 * TAUS[1] + 2 * TAUS[2]).tolist(),
}
(OUT / "tasks.json").write_text(json.dumps(content) + "\n")
