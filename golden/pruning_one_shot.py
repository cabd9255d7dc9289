"""SparseGPT in numpy, for packages/pruning and for its benchmark: fasterprune of IST-DASLab/sparsegpt, line by line, in float64.

One thing differs: where that prunes every entry of a block with a score of at most the int(n * sparsity)-th, which is one more, this
prunes exactly as many as the sparsity says of the rows so far. `python golden/pruning_one_shot.py time 1024` prints the milliseconds
that it takes for a matrix of that size.
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


def write(name, cases):
    made = {"by": "golden/pruning_one_shot.py", "versions": {"numpy": np.__version__}}
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
