"""Goldens of @weightkit/quantization's searches for ranges: numpy.quantile, scipy.stats.entropy, torch's HistogramObserver, and
re-derivations in numpy of the square error on the converter's grid and of OCTAV's recursion (equation 9 of the paper, by sums over all values).

Usage: python golden/quantization_ranges.py
"""
import base64
import json
import pathlib

import numpy as np
import scipy
import torch
from scipy.stats import entropy
from torch.ao.quantization.observer import HistogramObserver

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/quantization/test/golden/ranges.json"
rng = np.random.default_rng(11)
torch.set_default_dtype(torch.float64)  # the observer's own arithmetic, in float64


def widened(low, high, x):
    if x.min() <= 0 <= x.max():
        low, high = min(low, 0), max(high, 0)
    return float(max(low, x.min())), float(min(high, x.max()))


def percentile(x, percent):
    tail = (1 - percent / 100) / 2
    low, high = np.quantile(x, [tail, 1 - tail])
    return widened(low, high, x)


def affine_error(x, low, high, levels):
    scale = (high - low) / levels
    if low <= 0 <= high:
        low = -np.round(-low / scale) * scale
        high = levels * scale + low
    y = np.round((np.clip(x, low, high) - low) / scale) * scale + low
    return np.sum((x - y) ** 2)


def symmetric_error(x, t, codes):
    scale = t / max(codes / 2 - 1, 1)
    return np.sum((x - np.clip(np.round(x / scale), -codes / 2, codes / 2 - 1) * scale) ** 2)


def mse(x, codes):
    places = np.arange(0, 65) / 64
    middle = 0 if x.min() <= 0 <= x.max() else np.sort(x)[len(x) // 2]
    lows, highs = (middle + (end - middle) * places for end in (x.min(), x.max()))

    def error(low, high):
        return affine_error(x, low, high, codes - 1) if low < high else np.inf

    together = [error(low, high) for low, high in zip(lows, highs)]
    k = np.argmin(together)
    low, high, least = lows[k], highs[k], together[k]
    for _ in range(3):
        before = least
        errors = [error(low, other) for other in highs]
        if min(errors) < least:
            high, least = highs[np.argmin(errors)], min(errors)
        errors = [error(other, high) for other in lows]
        if min(errors) < least:
            low, least = lows[np.argmin(errors)], min(errors)
        if least == before:
            break
    return float(least), float(error(x.min(), x.max()))


def mse_symmetric(x, codes):
    widest = np.abs(x).max()
    return float(min(symmetric_error(x, widest * k / 64, codes) for k in range(1, 65)))


def octav_symmetric(x, codes):
    a = np.abs(x)
    s = a.mean()
    for _ in range(200):
        s = a[a > s].sum() / (codes**-2.0 / 3 * np.sum(a <= s) + np.sum(a > s))
    return float(s)


def octav_noise(x, low, high, codes):
    inside = np.sum((x >= low) & (x <= high))
    return (high - low) ** 2 / (12 * codes**2) * inside + np.sum(np.maximum(x - high, 0) ** 2) + np.sum(np.maximum(low - x, 0) ** 2)


def kl(x, codes, symmetric):
    low, high = (-np.abs(x).max(), np.abs(x).max()) if symmetric else (x.min(), x.max())
    edges = np.linspace(low, high, 8 * codes + 1)
    counts = np.bincount(np.minimum(np.floor((x - low) * (8 * codes / (high - low))).astype(int), 8 * codes - 1), minlength=8 * codes)
    start, end, best = 0, 8 * codes, (np.inf, None)
    while end - start >= codes:
        part = counts[start:end].astype(float)
        p = part.copy()
        p[0] += counts[:start].sum()
        p[-1] += counts[end:].sum()
        q = np.zeros_like(p)
        bounds = np.arange(codes + 1) * len(p) // codes
        for a, b in zip(bounds[:-1], bounds[1:]):
            held = p[a:b] > 0
            if held.any():
                q[a:b][held] = part[a:b].sum() / held.sum()
        if part.sum() > 0:
            even = np.full(len(p), 1e-4 / len(p))
            d = entropy((1 - 1e-4) * p / p.sum() + even, (1 - 1e-4) * q / part.sum() + even)
            if d < best[0]:
                best = (d, (edges[start], edges[end]))
        if symmetric:
            start, end = start + 1, end - 1
        elif abs(edges[start]) > abs(edges[end]):
            start += 1
        else:
            end -= 1
    return [float(e) for e in best[1]]


def observer(x, bits, bins):
    observed = HistogramObserver(bins=bins, quant_min=0, quant_max=2**bits - 1, dtype=torch.quint8)
    observed.dst_nbins = 2**bits
    t = torch.tensor(x)
    observed.histogram = torch.histc(t, bins, min=t.min().item(), max=t.max().item())
    observed.min_val, observed.max_val = t.min(), t.max()
    low, high = observed._non_linear_param_search()
    return {"bins": bins, "counts": [int(n) for n in observed.histogram], "range": [low.item(), high.item()]}


def case(name, values, bits):
    stored = values.astype(np.float32)
    x = stored.astype(np.float64)
    codes = 2**bits
    least, plain = mse(x, codes)
    s = octav_symmetric(x, codes)
    return {
        "name": name,
        "bits": bits,
        "values": base64.b64encode(stored.tobytes()).decode(),
        "percentile": percentile(x, 99),
        "mse": {"least": least, "plain": plain, "symmetric": mse_symmetric(x, codes)},
        "octav": min(s, float(np.abs(x).max())),
        "entropy": {"affine": kl(x, codes, False), "symmetric": kl(x, codes, True)},
        "observer": observer(x, bits, 256),
    }


normal = rng.standard_normal(800)
outliers = rng.standard_normal(900)
outliers[[3, 50, 700]] = [14, -9, 22]
cases = [
    case("normal", normal, 4),
    case("normal", normal, 8),
    case("outliers", outliers, 8),
    case("outliers", outliers, 3),
    case("laplace", rng.laplace(0.3, 1, 1000), 4),
    case("positive", np.abs(rng.standard_normal(700)) ** 3 + 0.5, 5),
    case("uniform", rng.uniform(-2, 1, 600), 2),
]
versions = {"numpy": np.__version__, "scipy": scipy.__version__, "torch": torch.__version__}
made = {"by": "golden/quantization_ranges.py", "versions": versions}
OUT.write_text('{"made": %s, "cases": [\n%s\n]}\n' % (json.dumps(made), ",\n".join("  " + json.dumps(c) for c in cases)))
