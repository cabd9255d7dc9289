"""GPTQ in numpy, for packages/quantization and for its benchmark.

The cases are optimal brain quantization as the paper derives it, with an inverse of the matrix of what is left computed anew for each
input: no Cholesky factor, no blocks. `python golden/quantization_gptq.py time 1024` prints the milliseconds that `fasterquant` of
IST-DASLab/gptq takes, transcribed with its factor, blocks, groups and order, int4 per output; benchmarks/quantization.mjs times it too.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

OUT = Path(__file__).resolve().parent.parent / "packages" / "quantization" / "test" / "golden"
F = np.float32


def parameters(W, bits, scheme):
    """torchao's choose_qparams_affine for each column, in float32."""
    low, high = np.minimum(W.min(axis=0), F(0)), np.maximum(W.max(axis=0), F(0))
    if scheme == "affine":
        most = 2**bits - 1
        scale = ((high - low) / F(most)).astype(F)
        scale[scale == 0] = 1
        zero = np.clip(-np.rint(low / scale), 0, most)
        return scale, zero, 0, most
    least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    scale = np.maximum(low / F(least), high / F(most)).astype(F)
    scale[scale == 0] = 1
    return scale, np.zeros_like(scale), least, most


def rounded(w, scale, zero, least, most):
    codes = np.clip(np.rint(w.astype(F) * (F(1) / scale)) + zero, least, most)
    return codes, ((codes - zero) * scale).astype(F)


def quantized(W, H, bits, scheme="noClipping", group=None, act_order=False, percdamp=0.01):
    """W is [inputs, outputs]. Returns codes and values."""
    W, H = W.astype(np.float64), H.copy()
    inputs = len(W)
    group = group or inputs
    dead = np.diag(H) == 0
    H[dead, dead] = 1
    W[dead] = 0
    order = np.argsort(-np.where(dead, 0, np.diag(H)), kind="stable") if act_order else np.arange(inputs)
    H[np.diag_indices(inputs)] += percdamp * np.mean(np.diag(H))
    laws = [parameters(W[g : g + group].astype(F), bits, scheme) for g in range(0, inputs, group)]
    codes, values = np.zeros(W.shape), np.zeros(W.shape, dtype=F)
    left = list(order)
    for j in order:
        if not act_order and j % group == 0:
            laws[j // group] = parameters(W[j : j + group].astype(F), bits, scheme)
        codes[j], values[j] = rounded(W[j], *laws[j // group])
        inverse = np.linalg.inv(H[np.ix_(left, left)])
        W[left] -= np.outer(inverse[:, 0], (W[j] - values[j]) / inverse[0, 0])
        left.remove(j)
    return codes, values


def fasterquant(W, H, bits=4, blocksize=128, percdamp=0.01, groupsize=-1, actorder=False):
    """Line by line; W is [outputs, inputs] as torch has it. Groups are static where the order is not that of the inputs."""
    W, H = W.copy(), H.copy()
    columns = W.shape[1]
    find = lambda part: parameters(part.T.astype(F), bits, "noClipping")
    scale, zero, least, most = find(W)
    if actorder:
        groups = [find(W[:, i : i + groupsize]) for i in range(0, columns, groupsize)] if groupsize != -1 else []
        perm = np.argsort(-np.diag(H))
        W, H = W[:, perm], H[perm][:, perm]
        invperm = np.argsort(perm)
    H[np.diag_indices(columns)] += percdamp * np.mean(np.diag(H))
    half = np.linalg.inv(np.linalg.cholesky(H))
    Hinv = np.linalg.cholesky(half.T @ half).T
    Q = np.zeros_like(W)
    for i1 in range(0, columns, blocksize):
        i2 = min(i1 + blocksize, columns)
        W1 = W[:, i1:i2].copy()
        Err1 = np.zeros_like(W1)
        Hinv1 = Hinv[i1:i2, i1:i2]
        for i in range(i2 - i1):
            w = W1[:, i]
            if groupsize != -1 and actorder:
                scale, zero, least, most = groups[perm[i1 + i] // groupsize]
            elif groupsize != -1 and (i1 + i) % groupsize == 0:
                scale, zero, least, most = find(W[:, i1 + i : i1 + i + groupsize])
            q = rounded(w, scale, zero, least, most)[1]
            err1 = (w - q) / Hinv1[i, i]
            W1[:, i:] -= np.outer(err1, Hinv1[i, i:])
            Q[:, i1 + i] = q
            Err1[:, i] = err1
        W[:, i2:] -= Err1 @ Hinv[i1:i2, i2:]
    return Q[:, invperm] if actorder else Q


def grid(a):
    """Multiples of 1/256, which are short in JSON and which float32 holds."""
    return np.round(a * 256) / 256


def values(a):
    return np.asarray(a, dtype=np.float64).reshape(-1).tolist()


def case(name, inputs, outputs, examples, seed, dead=(), **options):
    rng = np.random.default_rng(seed)
    X = grid(rng.standard_normal((examples, inputs)) @ rng.standard_normal((inputs, inputs)) / np.sqrt(inputs))
    X[:, list(dead)] = 0
    W = grid(rng.standard_normal((inputs, outputs)))
    codes, found = quantized(W, 2 / examples * X.T @ X, **options)
    return {
        "call": name,
        "inputs": inputs,
        "outputs": outputs,
        "options": options,
        "x": values(X),
        "w": values(W),
        "codes": [int(c) for c in values(codes)],
        "values": values(found),
    }


def model_case(seed):
    """Two dense layers, x a -> relu -> b: the inputs of the second are those that the rounded first gives."""
    rng = np.random.default_rng(seed)
    X = grid(rng.standard_normal((60, 8)) @ rng.standard_normal((8, 8)))
    a, b = grid(rng.standard_normal((8, 12))), grid(rng.standard_normal((12, 4)))
    _, qa = quantized(a, 2 / 60 * X.T @ X, bits=4)
    Y = np.maximum(X @ qa.astype(np.float64), 0)
    _, qb = quantized(b, 2 / 60 * Y.T @ Y, bits=4)
    return {
        "call": "int4 of a, then of b by relu(x a) of the rounded a",
        "x": values(X),
        "a": values(a),
        "b": values(b),
        "values": {"a/kernel": values(qa), "b/kernel": values(qb)},
    }


def write(name, cases):
    made = {"by": "golden/quantization_gptq.py", "versions": {"numpy": np.__version__}}
    (OUT / name).write_text(json.dumps({"made": made, "cases": cases}) + "\n")


def timed(n):
    rng = np.random.default_rng(1)
    X, W = rng.standard_normal((2 * n, n)), rng.standard_normal((n, n))
    H = X.T @ X
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        fasterquant(W, H)
        times.append(1000 * (time.perf_counter() - begin))
    print(min(times))


if __name__ == "__main__":
    if sys.argv[1:2] == ["time"]:
        timed(int(sys.argv[2]))
    else:
        write(
            "gptq.json",
            [
                case("int4, one block", 12, 10, 40, 1, bits=4),
                case("int3, groups of 4", 20, 6, 60, 2, bits=3, group=4),
                case("int4, groups of 8 of 19 inputs", 19, 7, 60, 3, bits=4, group=8),
                case("int4, act order", 16, 6, 50, 4, bits=4, act_order=True),
                case("int2, act order, groups of 8", 24, 5, 60, 5, bits=2, group=8, act_order=True),
                case("uint4, affine, fewer examples than inputs", 16, 5, 6, 6, bits=4, scheme="affine"),
                case("uint3, affine, groups of 4, dead inputs", 16, 6, 50, 7, dead=(3, 8, 9), bits=3, scheme="affine", group=4),
                case("int8, dampening of 10 %", 12, 6, 40, 8, bits=8, percdamp=0.1),
            ],
        )
        write("gptq-model.json", [model_case(9)])
