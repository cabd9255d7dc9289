"""SparseGPT in numpy, for packages/pruning and for its benchmark: fasterprune of IST-DASLab/sparsegpt, line by line, in float64.

One thing differs: where that prunes every entry of a block with a score of at most the int(n * sparsity)-th, which is one more, this
prunes exactly as many as the sparsity says of the rows so far. `python golden/pruning_one_shot.py time 1024` prints the milliseconds
that it takes for a matrix of that size; benchmarks/pruning.mjs times it too.

Of recurrent, separable and transposed layers: what a kernel is multiplied with is derived here by numpy's own time steps, and by torch's
unfold and conv_transpose2d of kernels with a single 1.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
OUT = Path(__file__).resolve().parent.parent / "packages" / "pruning" / "test" / "golden"


def inverse_factor(H):
    """torch.cholesky, torch.cholesky_inverse, torch.cholesky(upper=True)."""
    L = np.linalg.cholesky(H)
    half = np.linalg.inv(L)
    return np.linalg.cholesky(half.T @ half).T


def fasterprune(W, H, sparsity=0.0, prunen=0, prunem=0, blocksize=128, percdamp=0.01):
    """W is [outputs, inputs] as torch has it; prunen of prunem go. Returns the weights and what is pruned."""
    W, H = W.copy(), H.copy()
    rows, columns = W.shape
    dead = np.diag(H) == 0
    H[dead, dead] = 1
    W[:, dead] = 0
    pruned = np.zeros(W.shape, dtype=bool)
    damp = percdamp * np.mean(np.diag(H))
    H[np.arange(columns), np.arange(columns)] += damp
    Hinv = inverse_factor(H)
    for i1 in range(0, columns, blocksize):
        i2 = min(i1 + blocksize, columns)
        count = i2 - i1
        W1 = W[:, i1:i2].copy()
        Q1 = np.zeros_like(W1)
        Err1 = np.zeros_like(W1)
        Hinv1 = Hinv[i1:i2, i1:i2]
        mask1 = np.zeros(W1.shape, dtype=bool)
        if prunen == 0:
            scores = W1**2 / np.diag(Hinv1).reshape((1, -1)) ** 2
            zeros = int(np.round(sparsity * i2 * rows)) - int(np.round(sparsity * i1 * rows))
            if zeros > 0:
                thresh = np.sort(scores.flatten())[zeros - 1]
                mask1 = scores <= thresh
                assert mask1.sum() == zeros or dead.any()
        for i in range(count):
            w = W1[:, i]
            d = Hinv1[i, i]
            if prunen != 0 and i % prunem == 0:
                scores = W1[:, i : i + prunem] ** 2 / np.diag(Hinv1)[i : i + prunem].reshape((1, -1)) ** 2
                order = np.argsort(scores, axis=1, kind="stable")[:, :prunen]
                np.put_along_axis(mask1[:, i : i + prunem], order, True, axis=1)
            q = w.copy()
            q[mask1[:, i]] = 0
            Q1[:, i] = q
            err1 = (w - q) / d
            W1[:, i:] -= np.outer(err1, Hinv1[i, i:])
            Err1[:, i] = err1
        W[:, i1:i2] = Q1
        pruned[:, i1:i2] = mask1
        W[:, i2:] -= Err1 @ Hinv[i1:i2, i2:]
    return W, pruned


def float32(a):
    return np.asarray(a, dtype=np.float32).astype(np.float64)


def grid(a):
    """Multiples of 1/256, which are short in JSON and which float32 holds."""
    return np.round(a * 256) / 256


def values(a):
    return np.asarray(a).reshape(-1).tolist()


def case(name, inputs, outputs, examples, seed, dead=(), **options):
    rng = np.random.default_rng(seed)
    mix = rng.standard_normal((inputs, inputs))
    X = grid(rng.standard_normal((examples, inputs)) @ mix / np.sqrt(inputs))
    X[:, list(dead)] = 0
    W = grid(rng.standard_normal((outputs, inputs)))
    w, pruned = fasterprune(W, 2 / examples * X.T @ X, **options)
    return {
        "call": name,
        "inputs": inputs,
        "outputs": outputs,
        "options": options,
        "x": values(X),
        "w": values(W.T),
        "pruned": [int(p) for p in values(pruned.T)],
        "corrected": values(w.T),
    }


def model_case(seed):
    """Two dense layers, x a -> relu -> b: the inputs of the second are those that the pruned first gives."""
    rng = np.random.default_rng(seed)
    X = grid(rng.standard_normal((60, 8)) @ rng.standard_normal((8, 8)))
    a, b = grid(rng.standard_normal((8, 12))), grid(rng.standard_normal((12, 4)))
    pa, _ = fasterprune(a.T, X.T @ X, sparsity=0.5)
    Y = np.maximum(X @ float32(pa.T), 0)
    pb, _ = fasterprune(b.T, Y.T @ Y, sparsity=0.5)
    return {
        "call": "fasterprune of a, then of b by relu(x a) of the pruned a",
        "x": values(X),
        "a": values(a),
        "b": values(b),
        "corrected": {"a/kernel": values(pa.T), "b/kernel": values(pb.T)},
    }


def wanda(W, X, sparsity):
    """|w| ||x||, the smallest of each output go. W is [outputs, inputs]."""
    scores = np.abs(W) * np.sqrt((X**2).sum(axis=0))
    zeros = int(np.round(sparsity * W.shape[1]))
    pruned = np.zeros(W.shape, dtype=bool)
    np.put_along_axis(pruned, np.argsort(scores, axis=1, kind="stable")[:, :zeros], True, axis=1)
    return np.where(pruned, 0, W)


def prune_matrix(W, X, method, sparsity):
    """W is [inputs, outputs] as tfjs has it; back in float32, which the next kernel sees."""
    return float32(wanda(W.T, X, sparsity).T if method == "wanda" else fasterprune(W.T, X.T @ X, sparsity)[0].T)


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def simple_rnn(x, h, w, u, b):
    return np.tanh(x @ w + h[0] @ u + b), None


def lstm(x, h, w, u, b):
    i, f, c, o = np.split(x @ w + h[0] @ u + b, 4, axis=1)
    new = sigmoid(f) * h[1] + sigmoid(i) * np.tanh(c)
    return sigmoid(o) * np.tanh(new), new


def gru_gates(x, h, w, u, b):
    z, r = np.split((x @ w + b)[:, : 2 * len(u)] + h @ u[:, : 2 * len(u)], 2, axis=1)
    return sigmoid(z), sigmoid(r)


def gru(x, h, w, u, b):
    """The reset gate before the product, as in Cho et al. 2014."""
    z, r = gru_gates(x, h[0], w, u, b)
    n = len(u)
    new = np.tanh((x @ w + b)[:, 2 * n :] + (r * h[0]) @ u[:, 2 * n :])
    return z * h[0] + (1 - z) * new, None


def states_of(step, X, w, u, b):
    """The states before each time step, one under the other."""
    h, before = (np.zeros((len(X), len(u))), np.zeros((len(X), len(u)))), []
    for t in range(X.shape[1]):
        before.append(h[0])
        h = step(X[:, t], h, w, u, b)
    return before


def recurrent_case(layer, step, gates, method, seed, examples=20, steps=5, features=6, units=4, sparsity=0.5):
    rng = np.random.default_rng(seed)
    X = grid(rng.standard_normal((examples, steps, features)) @ rng.standard_normal((features, features)) / 2)
    w, u, b = (grid(rng.standard_normal(s) / 2) for s in [(features, gates * units), (units, gates * units), gates * units])
    pw = prune_matrix(w, X.reshape(-1, features), method, sparsity)
    before = states_of(step, X, pw, u, b)
    H = np.concatenate(before)
    if layer != "GRU":
        pu = prune_matrix(u, H, method, sparsity)
    else:
        R = np.concatenate([gru_gates(X[:, t], h, pw, u, b)[1] * h for t, h in enumerate(before)])
        parts = (u[:, : 2 * units], H), (u[:, 2 * units :], R)
        pu = np.concatenate([prune_matrix(part, seen, method, sparsity) for part, seen in parts], axis=1)
    return {
        "call": f"{layer} by {method}",
        "layer": layer,
        "config": {"units": units} if layer == "SimpleRNN" else {"units": units, "recurrentActivation": "sigmoid"},
        "method": method,
        "sparsity": sparsity,
        "shape": list(X.shape),
        "x": values(X),
        "weights": {"kernel": values(w), "recurrentKernel": values(u), "bias": values(b)},
        "corrected": {"kernel": values(pw), "recurrentKernel": values(pu)},
    }


def unfolded(x, size, stride, before, after):
    """Windows of one channel, examples * places by size * size."""
    import torch
    import torch.nn.functional as F

    padded = F.pad(torch.tensor(x[:, None]), (before, after, before, after))
    return F.unfold(padded, size, stride=stride).transpose(1, 2).reshape(-1, size * size).numpy()


def separable_case(method, seed, examples=8, side=6, channels=2, multiplier=2, filters=4, size=3, sparsity=0.5):
    """Stride 2, same: of 6 places 3, no zeros before and one behind."""
    rng = np.random.default_rng(seed)
    X = grid(rng.standard_normal((examples, side, side, channels)))
    depth, point = grid(rng.standard_normal((size, size, channels, multiplier))), grid(rng.standard_normal((channels * multiplier, filters)))
    pd, between = depth.copy(), []
    # 9 inputs of 2 outputs: 9 entries of 18 go; of each output 4 by Wanda, half to even.
    for c in range(channels):
        windows = unfolded(X[..., c], size, 2, 0, 1)
        own = prune_matrix(depth[:, :, c].reshape(size * size, multiplier), windows, method, sparsity)
        pd[:, :, c] = own.reshape(size, size, multiplier)
        between.append(windows @ own)
    pp = prune_matrix(point, np.concatenate(between, axis=1), method, sparsity)
    return {
        "call": f"SeparableConv2D by {method}",
        "layer": "SeparableConv2D",
        "config": {"filters": filters, "kernelSize": size, "strides": 2, "padding": "same", "depthMultiplier": multiplier},
        "method": method,
        "sparsity": sparsity,
        "shape": list(X.shape),
        "x": values(X),
        "weights": {"depthwiseKernel": values(depth), "pointwiseKernel": values(point)},
        "corrected": {"depthwiseKernel": values(pd), "pointwiseKernel": values(pp)},
    }


def transposed_case(method, padding, seed, examples=6, side=3, channels=2, filters=3, size=4, sparsity=0.5):
    """Stride 2. What each entry of the window adds to the outputs, one column an entry."""
    import torch
    import torch.nn.functional as F

    rng = np.random.default_rng(seed)
    X = grid(rng.standard_normal((examples, side, side, channels)))
    w = grid(rng.standard_normal((size, size, filters, channels)))
    images = torch.tensor(X.transpose(0, 3, 1, 2).copy())
    # 2 * 3 + 2 places in all; of same 6, the windows that end there begin one place before.
    keep = slice(None) if padding == "valid" else slice(1, 1 + 2 * side)
    columns = []
    for k in range(size * size):
        for i in range(channels):
            one = torch.zeros((channels, 1, size, size), dtype=torch.float64)
            one[i, 0, k // size, k % size] = 1
            columns.append(F.conv_transpose2d(images, one, stride=2)[:, 0, keep, keep].reshape(-1).numpy())
    seen = np.stack(columns, axis=1)
    matrix = w.reshape(size * size, filters, channels).transpose(0, 2, 1).reshape(-1, filters)
    pruned = prune_matrix(matrix, seen, method, sparsity)
    return {
        "call": f"Conv2DTranspose, {padding}, by {method}",
        "layer": "Conv2DTranspose",
        "config": {"filters": filters, "kernelSize": size, "strides": 2, "padding": padding},
        "method": method,
        "sparsity": sparsity,
        "shape": list(X.shape),
        "x": values(X),
        "weights": {"kernel": values(w)},
        "corrected": {"kernel": values(pruned.reshape(size * size, channels, filters).transpose(0, 2, 1))},
    }


def layer_cases():
    cases = []
    for method in ("sparsegpt", "wanda"):
        cases.append(recurrent_case("SimpleRNN", simple_rnn, 1, method, 21))
        cases.append(recurrent_case("LSTM", lstm, 4, method, 22))
        cases.append(recurrent_case("GRU", gru, 3, method, 23))
        cases.append(separable_case(method, 24))
        for padding in ("same", "valid"):
            cases.append(transposed_case(method, padding, 25))
    return cases


def write(name, cases):
    import torch

    made = {"by": "golden/pruning_one_shot.py", "versions": {"numpy": np.__version__, "torch": torch.__version__}}
    (OUT / name).write_text(json.dumps({"made": made, "cases": cases}) + "\n")


def timed(n):
    rng = np.random.default_rng(1)
    X, W = rng.standard_normal((2 * n, n)), rng.standard_normal((n, n))
    H = X.T @ X
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        fasterprune(W, H, sparsity=0.5)
        times.append(1000 * (time.perf_counter() - begin))
    print(min(times))


if __name__ == "__main__":
    if sys.argv[1:2] == ["time"]:
        timed(int(sys.argv[2]))
    else:
        write(
            "sparse-gpt.json",
            [
                case("50 %, one block", 12, 10, 40, 1, sparsity=0.5),
                case("50 %, blocks of 4", 20, 6, 60, 2, sparsity=0.5, blocksize=4),
                case("70 %, blocks that do not divide", 19, 7, 60, 3, sparsity=0.7, blocksize=8),
                case("2:4", 16, 6, 50, 4, prunen=2, prunem=4),
                case("3 of 8, blocks of 8", 24, 5, 60, 5, prunen=5, prunem=8, blocksize=8),
                case("fewer examples than inputs", 16, 5, 6, 6, sparsity=0.5, percdamp=0.01),
                case("dead inputs, 2:4", 16, 6, 50, 7, dead=(3, 8), prunen=2, prunem=4),
                case("dampening of 10 %", 12, 6, 40, 8, sparsity=0.6, percdamp=0.1),
            ],
        )
        write("one-shot-model.json", [model_case(11)])
        write("one-shot-layers.json", layer_cases())
