"""Writes packages/weight-metrics/test/golden/spectral.json: numpy on weights of weight_metrics.py, and the singular values of convolutions
by the code in the paper of Sedghi, Gupta and Long 2018 (https://arxiv.org/abs/1805.10408, section 2)."""

import json
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).parent.parent / "packages" / "weight-metrics" / "test" / "golden" / "spectral.json"


def weight(shape, seed, scale, zero):
    i = np.arange(np.prod(shape), dtype=np.float64)
    u = np.mod(i * 7919 + 104729 * seed, 2003) / 1001 - 1
    x = np.sign(u) * u * u * scale
    x[::zero] = 0
    return x.astype(np.float32).astype(np.float64).reshape(shape)


def matrices():
    for case in [
        {"shape": [7, 7], "seed": 4, "scale": 3e18, "zero": 3},
        {"shape": [12, 12], "seed": 6, "scale": 1.0, "zero": 1000},
        {"shape": [24, 16], "seed": 1, "scale": 0.1, "zero": 5},
        {"shape": [3, 3, 4, 6], "seed": 2, "scale": 1.0, "zero": 7},
        {"shape": [5, 40], "seed": 3, "scale": 1e-12, "zero": 11},
    ]:
        a = weight(**case)
        a = a.reshape(-1, a.shape[-1])
        s = np.linalg.svd(a, compute_uv=False)
        square = a.shape[0] == a.shape[1]
        inverse = np.linalg.pinv(a, rcond=1e-14)
        yield {
            "call": f"numpy.linalg of weight({case})",
            "weight": case,
            "nuclearNorm": float(np.linalg.norm(a, "nuc")),
            "numericalRank": int(np.linalg.matrix_rank(a)),
            "participationRatio": float((s**2).sum() ** 2 / (s**4).sum()),
            "cond": {
                "2": float(np.linalg.cond(a)),
                "fro": float(np.linalg.norm(a) * np.linalg.norm(inverse)),
                "nuc": float(np.linalg.norm(a, "nuc") * np.linalg.norm(inverse, "nuc")),
                **({"1": float(np.linalg.cond(a, 1)), "inf": float(np.linalg.cond(a, np.inf))} if square else {}),
            },
        }


def singular_values(kernel, input_shape):
    transforms = np.fft.fft2(kernel, input_shape, axes=[0, 1])
    return np.linalg.svd(transforms, compute_uv=False)


def convolutions():
    for shape, size in [([3, 3, 2, 3], [8, 8]), ([3, 5, 4, 2], [5, 7]), ([1, 1, 3, 3], [4, 4]), ([2, 2, 1, 1], [2, 3]), ([3, 3, 8, 8], [6, 6])]:
        case = {"shape": shape, "seed": 5, "scale": 0.5, "zero": 1000}
        s = np.sort(singular_values(weight(**case), size).ravel())[::-1]
        yield {"call": f"SingularValues(weight({case}), {size})", "weight": case, "size": size, "values": s.tolist()}


if __name__ == "__main__":
    made = {"by": "golden/weight_metrics_spectral.py", "versions": {"numpy": np.__version__}}
    data = {"made": made, "matrices": list(matrices()), "convolutions": list(convolutions())}
    OUT.write_text(json.dumps(data).replace('{"call"', '\n{"call"') + "\n")
