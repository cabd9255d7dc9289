"""Writes packages/weight-metrics/test/golden/ranks.json: numpy on a weight and the same with a merged adapter of a known rank.

Weights are those of weight_metrics.py, without zeros; the sum with the adapter, added up in order in float64, is rounded to float32.
"""

import json
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).parent.parent / "packages" / "weight-metrics" / "test" / "golden" / "ranks.json"


def weight(rows, cols, seed):
    i = np.arange(rows * cols, dtype=np.float64)
    u = np.mod(i * 7919 + 104729 * seed, 2003) / 1001 - 1
    x = np.sign(u) * u * u
    x[0] = 0
    return x.astype(np.float32).astype(np.float64).reshape(rows, cols)


def cases():
    for shape, rank, scale, error in [((30, 20), 4, 0.1, 0.1), ((3, 3, 6, 10), 2, 0.01, 0.1), ((50, 50), 8, 1.0, 0.5), ((12, 40), 1, 1e-3, 0.0)]:
        rows, cols = int(np.prod(shape[:-1])), shape[-1]
        w, b, a = weight(rows, cols, 1), weight(rows, rank, 2), weight(rank, cols, 3)
        update = np.zeros((rows, cols))
        for k in range(rank):
            update += np.outer(b[:, k], a[k])
        after = (w + scale * update).astype(np.float32).astype(np.float64)
        s = np.linalg.svd(after - w, compute_uv=False)
        tail = np.sqrt(np.append(np.cumsum(s[::-1] ** 2)[::-1], 0))
        lora = int(np.argmax(tail <= error * np.linalg.norm(after - w)))
        yield {
            "call": f"numpy.linalg.svd of the difference, {shape}, rank {rank}, scale {scale}, error {error}",
            "shape": list(shape),
            "rank": rank,
            "scale": scale,
            "error": error,
            "sizes": rows + cols,
            "norm": float(np.linalg.norm(after - w)),
            "loraRank": min(rank, lora),
            "singularValues": s.tolist(),
        }


if __name__ == "__main__":
    made = {"by": "golden/weight_metrics_ranks.py", "versions": {"numpy": np.__version__}}
    OUT.write_text(json.dumps({"made": made, "cases": list(cases())}).replace('{"call"', '\n{"call"') + "\n")
