"""Writes packages/numerics/test/golden/*.json from JAX, numpy and scipy; see golden/README.md."""

import json
import pathlib

import jax
import numpy as np
import scipy
import scipy.linalg
import scipy.special
import scipy.stats
from jax.extend.random import threefry_2x32

jax.config.update("jax_enable_x64", True)
OUT = pathlib.Path(__file__).parent.parent / "packages/numerics/test/golden"
SEEDS = [0, 1, 42, 2**32 + 5, -1]


def write(name, cases, packages):
    made = {"by": "golden/numerics.py", "versions": {p.__name__: p.__version__ for p in packages}}
    text = json.dumps({"made": made, "cases": cases}, allow_nan=False)
    (OUT / f"{name}.json").write_text(text.replace('{"call"', '\n{"call"') + "\n")


def floats(x):
    return [float(v) for v in np.asarray(x, np.float64).ravel()]


def ints(x):
    return [int(v) for v in np.asarray(x).ravel()]


# ---- streams ----
def streams():
    cases = []
    f32 = np.float32
    for seed in SEEDS:
        key = jax.random.key(seed)
        data = jax.random.key_data(key)
        fold = [[d, ints(jax.random.key_data(jax.random.fold_in(key, np.uint32(d))))] for d in [0, 1, 7, 2**32 - 1]]
        cases.append({"call": "key, fold_in", "seed": seed, "key": ints(data), "fold": fold})
        cases.append({"call": "bits", "seed": seed, "values": ints(jax.random.bits(key, (19,), np.uint32))})
        for low, high in [(0, 1), (-0.3, 0.7), (2, 2.5), (-1e-3, 1e3)]:
            # Compiled for a CPU, XLA may fuse the product and the sum; op by op, each is rounded as written.
            compiled = floats(jax.random.uniform(key, (19,), f32, f32(low), f32(high)))
            with jax.disable_jit():
                values = floats(jax.random.uniform(key, (19,), f32, f32(low), f32(high)))
            case = {"call": "uniform", "seed": seed, "min": low, "max": high, "values": values}
            cases.append(case | {"compiled": compiled})
        cases.append({"call": "normal", "seed": seed, "values": floats(jax.random.normal(key, (64,), f32))})
        for low, high in [(-2, 2), (-1, 3), (0.5, 0.75), (-5, 1.5)]:
            values = floats(jax.random.truncated_normal(key, low, high, (64,), f32))
            cases.append({"call": "truncated_normal", "seed": seed, "lower": low, "upper": high, "values": values})
    for seed in SEEDS:
        index = [0, 5, 2**32 - 2, 2**32 - 1, 2**32, 2**32 + 1, 2**40 + 3, 2**53 - 2]
        count = np.array([i >> 32 for i in index] + [i & 0xFFFFFFFF for i in index], np.uint32)
        x, y = np.split(np.asarray(threefry_2x32(jax.random.key_data(jax.random.key(seed)), count)), 2)
        cases.append({"call": "threefry_2x32", "seed": seed, "index": index, "x": ints(x), "y": ints(y)})
    write("streams", cases, [jax])


# The exact values for the words of the stream, in float64: what float32 implementations approximate.
def tails():
    cases = []
    for low, high in [(4, 6), (-9, -8), (2, 3), (30, 31), (37, np.inf), (-np.inf, -5)]:
        mirrored = high < 0
        a, b = (-high, -low) if mirrored else (low, high)
        f = floats(jax.random.uniform(jax.random.key(0), (64,), np.float32))
        g = np.array([1 - v - 2**-24 if mirrored else v + 2**-24 for v in f])
        # ln of the upper tail at the result, then its inverse.
        log = scipy.special.log_ndtr(-a) + np.log1p(-g * -np.expm1(scipy.special.log_ndtr(-b) - scipy.special.log_ndtr(-a)))
        z = -scipy.special.ndtri_exp(log)
        name = lambda v: "inf" if v == np.inf else "-inf" if v == -np.inf else v
        values = floats(np.float32(-z if mirrored else z))
        cases.append({"call": "ndtri_exp", "lower": name(low), "upper": name(high), "values": values})
    grid = np.linspace(-6.5, 6.5, 105)
    cases.append({"call": "erf", "x": floats(grid), "values": floats(scipy.special.erf(grid))})
    far = np.array([1.5, 2, 3, 5, 10, 30, 100, 1e4])
    cases.append({"call": "log_ndtr", "x": floats(far), "values": floats(scipy.special.log_ndtr(-far))})
    write("tails", cases, [jax, scipy])


# ---- statistics: data are lists, or uniforms of a stream that the tests make again ----
def data(recipe):
    if "list" in recipe:
        return np.array(recipe["list"], np.float64)
    u = jax.random.uniform(jax.random.key(recipe["seed"]), (recipe["n"],), np.float32)
    return np.float64(u) * recipe["scale"] + recipe["shift"]


RECIPES = [
    {"list": [1, 2, 3, 4]},
    {"list": [0, -0.0, 1, -1, 0.5, 2]},
    {"list": [3, 3, 3, 3.5]},
    {"list": [1e-3 * k for k in range(-20, 25)]},
    {"list": [-7]},
    {"seed": 3, "n": 1001, "scale": 2, "shift": -1},
    {"seed": 4, "n": 5003, "scale": 1, "shift": 1e6},
    {"seed": 5, "n": 4097, "scale": 1e-3, "shift": 1},
]


def statistics():
    cases = []
    for recipe in RECIPES:
        x = data(recipe)
        values = {
            "count": len(x), "mean": float(np.mean(x.astype(np.longdouble))), "std": float(np.std(x.astype(np.longdouble))),
            "skewness": float(scipy.stats.skew(x.astype(np.longdouble))) if len(x) > 1 else None,
            "kurtosis": float(scipy.stats.kurtosis(x.astype(np.longdouble))) if len(x) > 1 else None,
            "min": float(x.min()), "max": float(x.max()),
            "l1": float(np.abs(x).sum()), "l2": float(np.linalg.norm(x)), "zeros": int((x == 0).sum()),
        }
        cases.append({"call": "moments", "data": recipe, "values": values})
        ps = [0, 0.05, 0.25, 1 / 3, 0.5, 0.75, 0.9, 0.999, 1]
        cases.append({"call": "quantile", "data": recipe, "ps": ps, "values": floats(np.quantile(x, ps))})
    histograms = [
        ({"list": [1, 2, 3, 4]}, 3, None), ({"list": []}, 4, None), ({"list": [5, 5, 5]}, 4, None),
        ({"list": [0.1 * k for k in range(11)]}, 10, None), ({"list": [k / 10 for k in range(11)]}, 10, (0, 1)),
        ({"list": [k / 7 for k in range(-30, 31)]}, 60, None), ({"list": [-2, -1, 0, 0.5, 1, 2, 3]}, 5, (-1, 2)),
        ({"list": [0.1 + 0.1, 0.3, 0.1 + 0.2, 0.7, 0.6000000000000001, 0.6]}, 10, (0, 1)), ({"list": [1, 1, 2]}, 2, (1, 1)),
        ({"list": [0, 5e-324, 1e-323]}, 2, None), ({"list": [-1e300, 0, 1e300]}, 7, None),
        (RECIPES[5], 64, None), (RECIPES[6], 100, None), (RECIPES[7], 37, (1.0001, 1.0007)),
    ]
    for k in range(40):
        # Entries exactly on computed edges, the case that a plain floor gets wrong.
        low, high, bins = 0.1 * k - 1.7, 0.1 * k + 0.3 + 0.013 * k * k, 5 + 3 * k
        histograms.append(({"list": floats(np.linspace(low, high, bins + 1))}, bins, (low, high)))
    for recipe, bins, limits in histograms:
        counts, edges = np.histogram(data(recipe), bins, limits)
        case = {"call": "histogram", "data": recipe, "bins": bins, "range": limits, "counts": ints(counts)}
        cases.append(case | {"edges": floats(edges)})
    write("statistics", cases, [np, scipy])


def selection():
    cases = []
    rng = np.random.default_rng(0)
    lists = [[3, -1, 4, -1, 5, -9, 2, 6], [0.0, -0.0, 0.0, -0.0, 1.0], [2.0] * 9, ints(rng.integers(-4, 5, 37)), floats(np.float32(rng.normal(size=50)))]
    for values in lists:
        x = np.array(values, np.float32)
        for keep in sorted({0, 1, 2, len(x) // 2, len(x) - 1, len(x)}):
            case = {"call": "argsort(kind='stable')", "x": floats(x), "keep": keep}
            for name, score in [("largest", x), ("magnitude", np.abs(x))]:
                mask = np.zeros(len(x), int)
                mask[np.argsort(-score, kind="stable")[:keep]] = 1
                case[name] = ints(mask)
            case["kth"] = float(np.sort(np.abs(x))[-keep]) if keep else None
            cases.append(case)
    write("selection", cases, [np])


# ---- matrices: uniforms in [-1, 1), then rows and columns times powers of two ----
def matrices():
    cases = []
    shapes = [(1, 1, 0, 0), (1, 7, 0, 0), (7, 1, 0, 0), (5, 5, 0, 0), (8, 5, 0, 0), (5, 8, 0, 0), (40, 9, 0, 0), (33, 33, 0, 0),
              (12, 12, -1, 0), (12, 12, 0, -1), (12, 12, 1, 0), (20, 6, -1, -1), (17, 11, 0, -2)]
    for rows, cols, by_row, by_col in shapes:
        u = np.float64(jax.random.uniform(jax.random.key(rows * 100 + cols), (rows * cols,), np.float32)) * 2 - 1
        a = u.reshape(rows, cols) * 2.0 ** (by_row * np.arange(rows))[:, None] * 2.0 ** (by_col * np.arange(cols))
        values = floats(np.linalg.svd(a, compute_uv=False))
        cases.append({"call": "svd", "rows": rows, "cols": cols, "byRow": by_row, "byCol": by_col, "values": values})
    for n in [2, 5, 16]:
        z = jax.random.orthogonal(jax.random.key(n), n, dtype=np.float32)
        cases.append({"call": "orthogonal", "n": n, "values": floats(z)})
    write("matrices", cases, [jax, np])


# ---- factorizations: uniforms in [-1, 1), rows and columns times powers of two; triangles and definite ones get a diagonal ----
def uniforms(seed, rows, cols):
    u = jax.random.uniform(jax.random.key(seed), (rows * cols,), np.float32)
    return (np.float64(u) * 2 - 1).reshape(rows, cols)


def graded(a, by_row, by_col):
    rows, cols = a.shape
    return a * 2.0 ** (by_row * np.arange(rows))[:, None] * 2.0 ** (by_col * np.arange(cols))


def equilibrated(a):
    inverse = lambda largest: 2.0 ** -np.floor(np.log2(largest))
    a = a * inverse(np.abs(a).max(0))
    return a * inverse(np.abs(a).max(1))[:, None]


def factors():
    cases = []
    for n, by in [(1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (9, -3), (21, 1)]:
        a = np.tril(uniforms(n, n, n)) + n * np.eye(n)
        a = graded(a + np.tril(a, -1).T, by, by)
        cases.append({"call": "cholesky", "n": n, "by": by, "values": floats(np.linalg.cholesky(a))})
    for n, cols, by in [(1, 1, 0), (3, 2, 0), (6, 1, 0), (7, 5, 4), (50, 3, 0)]:
        a = graded(uniforms(n, n, n), by, -by)
        b = uniforms(n + 1, n, cols)
        case = {"n": n, "cols": cols, "by": by}
        rcond = float(1 / np.linalg.cond(equilibrated(a), 1))
        cases.append({"call": "solve", **case, "values": floats(np.linalg.solve(a, b)), "rcond": rcond})
        t = a + 2 * np.eye(n)
        for lower in [True, False]:
            for trans in [False, True]:
                for unit in [False, True]:
                    if unit and n > 7:
                        continue
                    x = scipy.linalg.solve_triangular(t, b, lower=lower, trans=int(trans), unit_diagonal=unit)
                    flags = {"lower": lower, "transposed": trans, "unitDiagonal": unit}
                    cases.append({"call": "solve_triangular", **case, **flags, "values": floats(x)})
    for rows, cols, by in [(1, 1, 0), (1, 4, 0), (4, 1, 0), (5, 5, 0), (9, 4, 0), (4, 9, 0), (12, 7, -9), (50, 6, 0)]:
        a = graded(uniforms(rows * 100 + cols, rows, cols), 0, by)
        q, r = np.linalg.qr(a)
        signs = np.where(np.diag(r) < 0, -1.0, 1.0)
        cases.append({"call": "qr", "rows": rows, "cols": cols, "by": by, "q": floats(q * signs), "r": floats(r * signs[:, None])})
    for rows, cols, targets in [(1, 1, 1), (5, 5, 2), (20, 3, 1), (30, 7, 2)]:
        a, b = uniforms(rows, rows, cols), uniforms(rows + 1, rows, targets)
        x = np.linalg.lstsq(a, b)[0]
        norms = floats(np.linalg.norm(a @ x - b, axis=0))
        cases.append({"call": "lstsq", "rows": rows, "cols": cols, "targets": targets, "values": floats(x), "norms": norms})
    write("factors", cases, [jax, np, scipy])


def transforms():
    cases = []
    for n in [1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 32, 45, 64, 97]:
        x = uniforms(n, 1, n)[0] + 1j * uniforms(n + 1, 1, n)[0]
        for call, f in [("fft", np.fft.fft), ("ifft", np.fft.ifft)]:
            cases.append({"call": call, "n": n, "re": floats(f(x).real), "im": floats(f(x).imag)})
        cases.append({"call": "real fft", "n": n, "re": floats(np.fft.fft(x.real).real), "im": floats(np.fft.fft(x.real).imag)})
    write("transforms", cases, [jax, np])


def draws():
    cases = []
    top = 2**31
    spans = [("int32", 0, 10), ("int32", -3, 4), ("int32", 5, 6), ("int32", 0, 65536), ("int32", -1, 65536), ("int32", 0, 65537),
             ("int32", 0, 10**6), ("int32", -top, top - 1), ("int32", -top, top), ("int32", 0, top), ("uint32", 0, 2 * top),
             ("uint32", 7, 3 * 10**9), ("uint32", 0, 256)]
    for seed in SEEDS:
        for dtype, low, high in spans:
            values = jax.random.randint(jax.random.key(seed), (17,), np.int64(low), np.int64(high), dtype)
            cases.append({"call": "randint", "seed": seed, "dtype": dtype, "min": low, "max": high, "values": ints(values)})
        for p in [0, 1e-3, 0.1, 0.5, 0.7, 1]:
            values = jax.random.bernoulli(jax.random.key(seed), np.float32(p), (41,))
            cases.append({"call": "bernoulli", "seed": seed, "p": p, "values": ints(values)})
    write("draws", cases, [jax])
# ---- decompositions: entries as they are, vectors with the sign rule of the package ----
def orient(u, vt):
    for j in range(u.shape[1]):
        size = np.abs(u[:, j])
        if u[np.argmax(size >= size.max() * (1 - 1e-6)), j] < 0:
            u[:, j] *= -1
            vt[j] *= -1
    return u, vt


def decompositions():
    cases = []
    rng = np.random.default_rng(7)
    i, j = np.indices((8, 8))
    turn = np.linalg.qr(rng.normal(size=(8, 8)))[0]
    wilkinson = np.diag(np.abs(np.arange(21.0) - 10)) + np.diag(np.ones(20), 1) + np.diag(np.ones(20), -1)
    clustered = turn @ np.diag([1, 1 + 1e-9, 1 + 2e-9, 0.5, 0.5, 1e-3, 1e-3 + 1e-12, 2]) @ turn.T
    general = {
        "random 6 x 4": rng.normal(size=(6, 4)), "random 4 x 6": rng.normal(size=(4, 6)), "random 9 x 3": rng.normal(size=(9, 3)),
        "random 7 x 7": rng.normal(size=(7, 7)), "1 x 4": rng.normal(size=(1, 4)), "4 x 1": rng.normal(size=(4, 1)),
        "Hilbert": 1 / (i + j + 1.0), "graded": rng.normal(size=(8, 8)) * 2.0 ** (-4 * (i + j)), "clustered": clustered,
        "rank 2": rng.normal(size=(7, 2)) @ rng.normal(size=(2, 5)), "Kahan": np.triu(np.where(i == j, 1, -0.6)) * 0.8**i,
    }
    for name, a in general.items():
        u, s, vt = np.linalg.svd(a, full_matrices=False)
        u, vt = orient(u, vt)
        case = {"call": "svd", "name": name, "rows": a.shape[0], "cols": a.shape[1], "a": floats(a)}
        cases.append(case | {"u": floats(u), "s": floats(s), "vt": floats(vt)})
    b = rng.normal(size=(7, 7))
    symmetric = {
        "random": b + b.T, "Hilbert": 1 / (i + j + 1.0), "Wilkinson": wilkinson, "clustered": (clustered + clustered.T) / 2,
        "graded": (b + b.T) * 2.0 ** (-4 * np.add.outer(np.arange(7), np.arange(7))), "1 x 1": np.array([[-3.0]]),
    }
    for name, a in symmetric.items():
        values, vectors = scipy.linalg.eigh(a)
        vectors, _ = orient(vectors, vectors.T.copy())
        case = {"call": "eigh", "name": name, "rows": len(a), "cols": len(a), "a": floats(a)}
        cases.append(case | {"values": floats(values), "vectors": floats(vectors)})
    write("decompositions", cases, [np, scipy])


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for make in [streams, tails, statistics, selection, matrices, factors, transforms, draws, decompositions]:
        make()
