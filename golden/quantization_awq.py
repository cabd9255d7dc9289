"""AWQ in numpy, for packages/quantization: auto_scale and auto_clip of mit-han-lab/llm-awq for one linear layer, on its inputs.

Losses are those of the outputs X W, never of a product XᵀX. Three things differ from the reference, as the docs say: scales have the
laws of torchao (golden/quantization_grids.py), factors are cut at 1e-4 of the greatest, and the clipped groups of an output stay only
where the whole output changes less.
"""

import json
from pathlib import Path

import numpy as np

from quantization_gptq import grid, parameters, rounded, values

OUT = Path(__file__).resolve().parent.parent / "packages" / "quantization" / "test" / "golden"
F = np.float32


def pseudo_quantize(W, bits, scheme, group):
    codes, found = np.zeros(W.shape), np.zeros(W.shape, dtype=F)
    for g in range(0, len(W), group):
        part = slice(g, g + group)
        codes[part], found[part] = rounded(W[part], *parameters(W[part], bits, scheme))
    return codes, found


def auto_scale(X, W, n_grid, **q):
    x_max = np.abs(X).mean(axis=0)
    org_out = X @ W.astype(np.float64)
    best_error, best = np.inf, None
    for n in range(n_grid):
        ratio = n / n_grid
        scales = np.maximum((x_max / x_max.max()) ** ratio, 1e-4)
        scales = (scales / np.sqrt(scales.max() * scales.min())).astype(F)[:, None]
        if n == 0:
            scales[:] = 1
        found = (pseudo_quantize(W * scales, **q)[1] / scales).astype(F)
        loss = ((org_out - X @ found.astype(np.float64)) ** 2).mean()
        if loss < best_error:
            best_error, best = loss, (ratio, scales)
    return best


def auto_clip(X, W, group, n_grid=20, max_shrink=0.5, **q):
    """W is that of scaled weights, and X divided by the same scales."""
    cut = W.copy()
    for g in range(0, len(W), group):
        x, w = X[:, g : g + group], W[g : g + group]
        org_max_val = np.abs(w).max(axis=0)
        org_out = x @ w.astype(np.float64)
        min_errs, best_max_val = np.full(w.shape[1], 1e300), org_max_val.copy()
        for i_s in range(int(max_shrink * n_grid)):
            max_val = (org_max_val.astype(np.float64) * (1 - i_s / n_grid)).astype(F)
            q_w = pseudo_quantize(np.clip(w, -max_val, max_val), group=group, **q)[1]
            err = ((x @ q_w.astype(np.float64) - org_out) ** 2).mean(axis=0)
            better = err < min_errs
            min_errs[better], best_max_val[better] = err[better], max_val[better]
        cut[g : g + group] = np.clip(w, -best_max_val, best_max_val)
    return cut


def quantized(X, W, bits, scheme="noClipping", group=None, n_grid=20, clip=True):
    W = W.astype(F)
    q = {"bits": bits, "scheme": scheme, "group": group or len(W)}
    ratio, scales = auto_scale(X, W, n_grid, **q)
    large = (W * scales).astype(F)
    codes, found = pseudo_quantize(large, **q)
    if clip:
        cut_codes, cut = pseudo_quantize(auto_clip(X / scales.astype(np.float64).T, large, **q), **q)
        error = lambda v: ((X @ W.astype(np.float64) - X @ (v / scales).astype(F).astype(np.float64)) ** 2).sum(axis=0)
        better = error(cut) < error(found)
        codes[:, better], found[:, better] = cut_codes[:, better], cut[:, better]
    return ratio, scales[:, 0], codes, (found / scales).astype(F)


def inputs_of(rng, examples, inputs):
    """A few inputs are much larger than the others, as in language models."""
    X = rng.standard_normal((examples, inputs)) @ rng.standard_normal((inputs, inputs)) / np.sqrt(inputs)
    return grid(X * np.exp(1.5 * rng.standard_normal(inputs)))


def case(name, inputs, outputs, examples, seed, dead=(), **options):
    rng = np.random.default_rng(seed)
    X = inputs_of(rng, examples, inputs)
    X[:, list(dead)] = 0
    W = grid(rng.standard_t(4, (inputs, outputs)))
    ratio, scales, codes, found = quantized(X, W, **options)
    return {
        "call": name,
        "inputs": inputs,
        "outputs": outputs,
        "options": options,
        "x": values(X),
        "w": values(W),
        "alpha": ratio,
        "factors": values(scales),
        "codes": [int(c) for c in values(codes)],
        "values": values(found),
    }


def model_case(seed):
    """Two dense layers, x a -> relu -> b: the inputs of the second are those that the rounded first gives."""
    rng = np.random.default_rng(seed)
    X = inputs_of(rng, 60, 8)
    a, b = grid(rng.standard_normal((8, 12))), grid(rng.standard_normal((12, 4)))
    *_, qa = quantized(X, a, bits=4)
    *_, qb = quantized(np.maximum(X @ qa.astype(np.float64), 0), b, bits=4)
    return {
        "call": "int4 of a, then of b by relu(x a) of the rounded a",
        "x": values(X),
        "a": values(a),
        "b": values(b),
        "values": {"a/kernel": values(qa), "b/kernel": values(qb)},
    }


def write(name, cases):
    made = {"by": "golden/quantization_awq.py", "versions": {"numpy": np.__version__}}
    (OUT / name).write_text(json.dumps({"made": made, "cases": cases}) + "\n")


if __name__ == "__main__":
    write(
        "awq.json",
        [
            case("int4, one group", 12, 8, 40, 1, bits=4),
            case("int3, groups of 4", 20, 6, 60, 2, bits=3, group=4),
            case("int4, groups of 8 of 19 inputs, the last of 3", 19, 7, 60, 3, bits=4, group=8),
            case("int4, groups of 8, scales alone", 24, 6, 50, 4, bits=4, group=8, clip=False),
            case("uint4, affine, fewer examples than inputs", 16, 5, 6, 5, bits=4, scheme="affine"),
            case("uint3, affine, groups of 4, dead inputs", 16, 6, 50, 6, dead=(3, 8, 9), bits=3, scheme="affine", group=4),
            case("int2, groups of 8, five powers", 24, 5, 60, 7, bits=2, group=8, n_grid=5),
            case("int8, clipping alone", 12, 6, 40, 8, bits=8, n_grid=1),
        ],
    )
    write("awq-model.json", [model_case(9)])
