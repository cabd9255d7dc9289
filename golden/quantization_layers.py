"""GPTQ and AWQ of recurrent, separable and transposed layers in numpy, for packages/quantization.

What each kernel is multiplied with is written out step by step: states of cells in loops over time (the equations of Keras' cells with
reset before the product), windows of a depthwise convolution place by place, and transposed convolutions by what each input adds to
which outputs. Each kernel is rounded by what the layer computes with the rounded ones before it.
"""

import json
from pathlib import Path

import numpy as np

import quantization_awq as awq
import quantization_gptq as gptq
from quantization_gptq import grid, values

OUT = Path(__file__).resolve().parent.parent / "packages" / "quantization" / "test" / "golden"


def hard_sigmoid(x):
    return np.clip(0.2 * x + 0.5, 0, 1)


def simple_rnn(x, h, k, r, b):
    return (np.tanh(x @ k + h[0] @ r + b),), [(h[0], slice(None))]


def lstm(x, h, k, r, b):
    i, f, c, o = np.split(x @ k + h[0] @ r + b, 4, axis=1)
    cell = hard_sigmoid(f) * h[1] + hard_sigmoid(i) * np.tanh(c)
    return (hard_sigmoid(o) * np.tanh(cell), cell), [(h[0], slice(None))]


def gru(x, h, k, r, b):
    n = len(r)
    xz, xr, xh = np.split(x @ k + b, 3, axis=1)
    z, reset = hard_sigmoid(xz + h[0] @ r[:, :n]), hard_sigmoid(xr + h[0] @ r[:, n : 2 * n])
    candidate = np.tanh(xh + (reset * h[0]) @ r[:, 2 * n :])
    return (z * h[0] + (1 - z) * candidate,), [(h[0], slice(0, 2 * n)), (reset * h[0], slice(2 * n, None))]


def states_seen(step, X, k, r, b, carries):
    """What each part of the recurrent kernel is multiplied with, of all steps."""
    h = tuple(np.zeros((len(X), len(r))) for _ in range(carries))
    seen = []
    for t in range(X.shape[1]):
        h, parts = step(X[:, t], h, k, r, b)
        seen.append(parts)
    return [(np.concatenate([s[p][0] for s in seen]), seen[0][p][1]) for p in range(len(seen[0]))]


def by_gptq(X, W, bits):
    return gptq.quantized(W, 2 / len(X) * X.T @ X, bits=bits)[1]


def by_awq(X, W, bits):
    return awq.quantized(X, W, bits=bits)[3]


def rounded_parts(round_, parts, W, bits):
    made = np.zeros_like(W)
    for X, columns in parts:
        made[:, columns] = round_(X, W[:, columns], bits)
    return made


def error(parts, W, found):
    """By how much the sums of a kernel change, over all of its parts."""
    lost = sum(np.sum((X @ (W[:, c] - found[:, c].astype(np.float64))) ** 2) for X, c in parts)
    return float(np.sqrt(lost / sum(np.sum((X @ W[:, c]) ** 2) for X, c in parts)))


def recurrent_case(name, step, gates, carries, seed):
    rng = np.random.default_rng(seed)
    examples, steps, inputs, units = 12, 6, 4, 5
    X = grid(rng.standard_normal((examples, steps, inputs)) @ rng.standard_normal((inputs, inputs)))
    k, r = grid(rng.standard_normal((inputs, gates * units)) / 2), grid(rng.standard_normal((units, gates * units)) / 2)
    b = grid(rng.standard_normal(gates * units) / 4)
    found = {}
    for method, round_ in [("gptq", by_gptq), ("awq", by_awq)]:
        rows = [(X.reshape(-1, inputs), slice(None))]
        qk = rounded_parts(round_, rows, k, 4)
        seen = states_seen(step, X, qk, r, b, carries)
        qr = rounded_parts(round_, seen, r, 4)
        found[method] = {"kernel": values(qk), "recurrentKernel": values(qr)}
        if method == "gptq":
            errors = {"kernel": error(rows, k, qk), "recurrentKernel": error(seen, r, qr)}
    return {
        "call": name,
        "shape": list(X.shape),
        "x": values(X),
        "weights": {"kernel": values(k), "recurrentKernel": values(r), "bias": values(b)},
        "rows": examples * steps,
        "values": found,
        "errors": errors,
    }


def windows(X, size):
    """[examples, places, window, channels] of a convolution without padding."""
    n = X.shape[1] - size + 1
    places = [X[:, i : i + size, j : j + size].reshape(len(X), size * size, -1) for i in range(n) for j in range(n)]
    return np.stack(places, axis=1)


def separable_case(seed):
    rng = np.random.default_rng(seed)
    examples, side, channels, multiplier, filters, size = 6, 5, 3, 2, 4, 3
    X = grid(rng.standard_normal((examples, side, side, channels)))
    d = grid(rng.standard_normal((size * size, channels, multiplier)))
    p = grid(rng.standard_normal((channels * multiplier, filters)))
    seen = windows(X, size).reshape(-1, size * size, channels)
    found = {}
    for method, round_ in [("gptq", by_gptq), ("awq", by_awq)]:
        qd = np.stack([round_(seen[:, :, c], d[:, c], 4) for c in range(channels)], axis=1).astype(np.float64)
        middle = np.einsum("rwc,wcm->rcm", seen, qd).reshape(len(seen), -1)
        found[method] = {"depthwiseKernel": values(qd), "pointwiseKernel": values(round_(middle, p, 4))}
    return {
        "call": "separableConv2d",
        "shape": list(X.shape),
        "x": values(X),
        "weights": {"depthwiseKernel": values(d), "pointwiseKernel": values(p), "bias": [0] * filters},
        "rows": len(seen),
        "values": found,
    }


def transposed_case(seed):
    """Size 3, strides of 2, padding 'same': of (n - 1) 2 + 3 outputs on an axis those from the first to the 2 n-th."""
    rng = np.random.default_rng(seed)
    examples, side, channels, filters, size, stride = 5, 4, 3, 4, 3, 2
    X = grid(rng.standard_normal((examples, side, side, channels)))
    W = grid(rng.standard_normal((size, size, filters, channels)))
    whole = (side - 1) * stride + size
    seen = np.zeros((examples, whole, whole, size, size, channels))
    for i, j, y, x in np.ndindex(size, size, side, side):
        seen[:, y * stride + i, x * stride + j, i, j] = X[:, y, x]
    seen = seen[:, : side * stride, : side * stride].reshape(-1, size * size * channels)
    matrix = W.transpose(0, 1, 3, 2).reshape(-1, filters)
    found = {
        method: {"kernel": values(round_(seen, matrix, 4).reshape(size, size, channels, filters).transpose(0, 1, 3, 2))}
        for method, round_ in [("gptq", by_gptq), ("awq", by_awq)]
    }
    return {
        "call": "conv2dTranspose",
        "shape": list(X.shape),
        "x": values(X),
        "weights": {"kernel": values(W), "bias": [0] * filters},
        "rows": len(seen),
        "values": found,
    }


made = {"by": "golden/quantization_layers.py", "versions": {"numpy": np.__version__}}
cases = [
    recurrent_case("simpleRNN", simple_rnn, 1, 1, 1),
    recurrent_case("lstm", lstm, 4, 2, 2),
    recurrent_case("gru", gru, 3, 1, 3),
    separable_case(4),
    transposed_case(5),
]
(OUT / "kernels-of-layers.json").write_text(json.dumps({"made": made, "cases": cases}) + "\n")
