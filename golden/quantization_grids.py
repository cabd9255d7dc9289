"""Goldens of grids: torch's quantizers and casts, torchao's laws derived again in torch, gguf's blocks, NF4 from scipy.

Usage: python golden/quantization_grids.py
torchao's laws are those of torchao.quantization.quant_primitives: choose_qparams_affine and quantize_affine.
"""
import base64
import json
import pathlib

import gguf
import numpy as np
import scipy
import torch
from gguf import GGMLQuantizationType, quants
from scipy.stats import norm

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/quantization/test/golden"
MADE = {
    "by": "golden/quantization_grids.py",
    "versions": {"numpy": np.__version__, "torch": torch.__version__, "scipy": scipy.__version__, "gguf": "0.19.0"},
}


def packed(array):
    if isinstance(array, torch.Tensor):
        array = array.numpy()
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def write(name, cases):
    text = ",\n".join("  " + json.dumps(case) for case in cases)
    (OUT / name).write_text('{"made": %s, "cases": [\n%s\n]}\n' % (json.dumps(MADE), text))


g = torch.Generator().manual_seed(5)


def normal(*shape):
    return torch.randn(*shape, generator=g) * 0.05


def blocks_of(x, block):
    """Each block's number, one for a value: the granularity law in a few lines."""
    index = torch.zeros(x.shape, dtype=torch.int64)
    for axis, edge in enumerate(block):
        n = -(-x.shape[axis] // edge)
        at = torch.arange(x.shape[axis]) // edge
        index = index * n + at.reshape([-1 if a == axis else 1 for a in range(x.dim())])
    return index, int(index.max()) + 1


def torchao(x, block, qmin, qmax, mapping):
    """choose_qparams_affine with its float32 steps, and quantize_affine."""
    index, count = blocks_of(x, block)
    eps = torch.finfo(torch.float32).eps
    scales, zeros = torch.zeros(count), torch.zeros(count, dtype=torch.int32)
    for k in range(count):
        v = x[index == k]
        low, high = torch.clamp(v.min(), max=0), torch.clamp(v.max(), min=0)
        zero = torch.tensor(int((qmax + qmin + 1) / 2))
        if mapping == "symmetric":
            scale = torch.maximum(-low, high) / (float(qmax - qmin) / 2)
        elif mapping == "noClipping":
            scale = torch.maximum(low / float(qmin - zero), high / float(qmax - zero))
        else:
            scale = (high - low) / float(qmax - qmin)
        scale = torch.clamp(scale, min=eps)
        if mapping == "affine":
            zero = torch.clamp(qmin - torch.round(low / scale), qmin, qmax)
        scales[k], zeros[k] = scale, zero.int()
    s, z = scales[index], zeros[index]
    codes = torch.clamp(torch.round(x * (1.0 / s)) + z, qmin, qmax)
    return codes, scales, zeros, (codes - z) * s


def integers():
    shapes = [
        ([6, 10], "tensor", [6, 10]),
        ([6, 10], {"axis": 0}, [1, 10]),
        ([6, 10], {"axis": -1}, [6, 1]),
        ([5, 70], {"group": 32}, [1, 32]),
        ([70, 3], {"group": 32, "axis": 0}, [32, 1]),
        ([3, 3, 4, 6], {"axis": 3}, [3, 3, 4, 1]),
        ([7, 5, 6], {"block": [3, 2, 4]}, [3, 2, 4]),
    ]
    for dtype, bits in [("int2", 2), ("int4", 4), ("int8", 8), ("uint4", 4), ("uint8", 8), ("uint16", 16)]:
        for shape, granularity, block in shapes:
            for scheme in ["symmetric", "noClipping", "affine"]:
                qmin, qmax = (0, 2**bits - 1) if dtype[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
                x = normal(*shape) + (0.02 if scheme == "affine" else 0)
                codes, scales, zeros, decoded = torchao(x, block, qmin, qmax, scheme)
                kind = np.uint16 if bits > 8 else (np.uint8 if dtype[0] == "u" else np.int8)
                yield {
                    "grid": {"dtype": dtype, "granularity": granularity, "scheme": scheme},
                    "shape": shape,
                    "data": packed(x),
                    "codes": packed(codes.numpy().astype(kind)),
                    "scales": packed(scales),
                    "zeroPoints": zeros.tolist(),
                    "decoded": packed(decoded),
                }


def torch_integers():
    """torch's own operators with given scales and zero points; the scheme gives those from ranges made to fit."""
    for kind, dtype in [(torch.quint8, "uint8"), (torch.qint8, "int8")]:
        for axis in [None, 0, 1]:
            x = normal(9, 31)
            n = 1 if axis is None else x.shape[axis]
            scales = torch.rand(n, generator=g) * 0.001 + 0.0002
            zeros = torch.randint(-20, 20, (n,), generator=g) + (128 if dtype == "uint8" else 0)
            if axis is None:
                q = torch.quantize_per_tensor(x, scales.item(), int(zeros), kind)
            else:
                q = torch.quantize_per_channel(x, scales, zeros, axis, kind)
            yield {
                "dtype": dtype,
                "axis": axis,
                "shape": list(x.shape),
                "data": packed(x),
                "codes": packed(q.int_repr()),
                "scales": packed(scales),
                "zeroPoints": zeros.tolist(),
                "decoded": packed(q.dequantize()),
            }


def floats():
    edges = torch.tensor([0.0, -0.0, 2.0**-9, 2.0**-10, 3 * 2.0**-10, 448, -464, 2.0**-16, 2.0**-17, 1.0625, 1.1875, 1e-30, 17, 19])
    x = torch.cat([normal(300) * 20, edges])
    for dtype, kind in [
        ("bfloat16", torch.bfloat16), ("float8_e4m3fn", torch.float8_e4m3fn), ("float8_e5m2", torch.float8_e5m2),
        ("float16", torch.float16),
    ]:
        cast = x.to(kind)
        bits = cast.view(torch.uint8 if "8" in dtype[:6] else torch.int16)
        yield {"grid": {"dtype": dtype, "granularity": "none"}, "shape": [len(x)], "data": packed(x),
               "codes": packed(bits), "decoded": packed(cast.float())}
        if dtype.startswith("float8"):
            y = normal(4, 33)
            index, count = blocks_of(y, [1, 33])
            scales = y.abs().amax(1) / torch.finfo(kind).max
            cast = (y / scales[:, None]).to(kind)
            yield {"grid": {"dtype": dtype, "granularity": {"axis": 0}}, "shape": [4, 33], "data": packed(y),
                   "codes": packed(cast.view(torch.uint8)), "scales": packed(scales), "decoded": packed(cast.float() * scales[:, None])}


def every_small_float():
    for dtype, kind in [("float8_e4m3fn", torch.float8_e4m3fn), ("float8_e5m2", torch.float8_e5m2)]:
        codes = torch.arange(256, dtype=torch.uint8)
        yield {"dtype": dtype, "values": packed(codes.view(kind).float())}


def microscaling():
    for dtype, kind, emax, largest in [
        ("mxfp8_e4m3", torch.float8_e4m3fn, 8, 448), ("mxfp8_e5m2", torch.float8_e5m2, 15, 57344),
        ("mxfp4", None, 2, 6), ("mxint8", None, 0, 127 / 64),
    ]:
        for shape in [[3, 64], [4, 50]]:
            x = normal(*shape) * torch.exp(3 * normal(shape[0], 1) * 20)
            index, count = blocks_of(x, [1, 32])
            scales = torch.tensor([2.0 ** (np.floor(np.log2(float(x[index == k].abs().max()))) - emax) for k in range(count)], dtype=torch.float32)
            y = torch.clamp(x / scales[index], -largest, largest)
            if kind is not None:
                cast = y.to(kind)
                codes, values = cast.view(torch.uint8), cast.float()
            elif dtype == "mxint8":
                q = torch.round(y * 64)
                codes, values = q.to(torch.int8), q / 64
            else:
                table = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6])
                distance = (y.abs()[..., None] - table).abs()
                # Halves go to the even code.
                near = (distance + 1e-9 * (torch.arange(8) % 2)).argmin(-1)
                codes, values = (near + 8 * (y < 0)).to(torch.uint8), table[near] * torch.sign(y)
            yield {"grid": {"dtype": dtype}, "shape": shape, "data": packed(x), "codes": packed(codes),
                   "scales": packed(scales), "decoded": packed(values * scales[index])}


def others():
    x = normal(4, 130)
    # The paper's Appendix E, with the offset of its code.
    offset = 0.9677083
    positive = norm.ppf(np.linspace(offset, 0.5, 9)[:-1])
    negative = -norm.ppf(np.linspace(offset, 0.5, 8)[:-1])
    table = np.sort(np.concatenate([positive, negative, [0]]))
    table = torch.tensor((table / table.max()).astype(np.float32))
    index, count = blocks_of(x, [1, 64])
    scales = torch.tensor([x[index == k].abs().max() for k in range(count)])
    codes = ((x / scales[index]).double()[..., None] > (table[1:].double() + table[:-1].double()) / 2).sum(-1)
    yield {"grid": {"dtype": "nf4"}, "shape": [4, 130], "data": packed(x), "codes": packed(codes.to(torch.uint8)),
           "scales": packed(scales), "decoded": packed(table[codes] * scales[index]), "table": table.tolist()}
    mean = x.double().abs().mean(1).float()
    codes = torch.clamp(torch.round(x * (1.0 / mean[:, None])), -1, 1)
    yield {"grid": {"dtype": "ternary", "granularity": {"axis": 0}}, "shape": [4, 130], "data": packed(x),
           "codes": packed(codes.to(torch.int8)), "scales": packed(mean), "decoded": packed(codes * mean[:, None])}


def ggml():
    r = np.random.RandomState(11)
    for name in ["Q4_0", "Q8_0"]:
        kind = GGMLQuantizationType[name]
        x = np.concatenate([
            r.standard_normal(64 * 32) * 0.04, np.zeros(32), np.full(32, 0.3), np.full(32, -2.0), r.standard_normal(32) * 1e-9,
            np.arange(32) - 15.5, r.standard_normal(32) * 300, np.arange(-16, 16) * 0.5,
        ]).astype(np.float32)
        bytes_ = quants.quantize(x.reshape(1, -1), kind)
        yield {"type": name, "data": packed(x), "bytes": packed(bytes_), "decoded": packed(quants.dequantize(bytes_, kind))}
    # gguf has no quantizer for Q4_K: blocks of any bytes, with finite scales.
    bytes_ = r.randint(0, 256, (1, 20, 144)).astype(np.uint8)
    bytes_[0, :, 0:4] = (r.standard_normal((20, 2)) * 0.01).astype(np.float16).view(np.uint8)
    bytes_ = bytes_.reshape(1, -1)
    yield {"type": "Q4_K", "bytes": packed(bytes_), "decoded": packed(quants.dequantize(bytes_, GGMLQuantizationType.Q4_K))}


def q4_k(x):
    """ggml's quantize_row_q4_K_ref, derived again: float32 scalars, one operation after the other."""
    f, block = np.float32, bytearray(144)

    def fit(v):
        total = f(0)
        for value in v:
            total = f(total + value * value)
        rms = np.sqrt(f(total / f(32)))
        w = [f(rms + abs(value)) for value in v]
        low, high = min(min(v), f(0)), max(v)
        sw = sx = f(0)
        for a, b in zip(w, v):
            sw, sx = f(sw + a), f(sx + f(a * b))
        if high == low:
            return f(0), f(-low), [0] * 32

        def codes(inverse):
            return [int(np.clip(np.rint(f(inverse * f(b - low))), 0, 15)) for b in v]

        def error(scale, start, l):
            e = f(0)
            for a, b, c in zip(w, v, l):
                diff = f(f(f(scale * f(c)) + start) - b)
                e = f(e + f(a * f(diff * diff)))
            return e

        inverse = f(f(15) / f(high - low))
        best = (f(f(1) / inverse), low, codes(inverse))
        least = error(*best)
        for step in range(21):
            l = codes(f(f(f(f(-1) + f(f(0.1) * f(step))) + f(15)) / f(high - low)))
            sl = sll = sxl = f(0)
            for a, b, c in zip(w, v, l):
                sl, sll, sxl = f(sl + f(a * f(c))), f(sll + f(f(a * f(c)) * f(c))), f(sxl + f(f(a * f(c)) * b))
            det = f(f(sw * sll) - f(sl * sl))
            if det > 0:
                scale, start = f(f(f(sw * sxl) - f(sx * sl)) / det), f(f(f(sll * sx) - f(sl * sxl)) / det)
                if start > 0:
                    scale, start = f(sxl / sll), f(0)
                e = error(scale, start, l)
                if e < least:
                    least, best = e, (scale, start, l)
        return best[0], f(-best[1]), best[2]

    fits = [fit(x[32 * j : 32 * j + 32]) for j in range(8)]
    top, bottom = max(f(0), *(s for s, _, _ in fits)), max(f(0), *(m for _, m, _ in fits))
    a, b = (f(f(63) / top) if top > 0 else f(0)), (f(f(63) / bottom) if bottom > 0 else f(0))
    sc = [min(63, int(np.rint(f(a * s)))) for s, _, _ in fits]
    mn = [min(63, int(np.rint(f(b * m)))) for _, m, _ in fits]
    halves = np.array([f(top / f(63)), f(bottom / f(63))], np.float16)
    block[0:4] = halves.tobytes()
    for j in range(4):
        block[4 + j] = sc[j] | (sc[j + 4] >> 4) << 6
        block[8 + j] = mn[j] | (mn[j + 4] >> 4) << 6
        block[12 + j] = (sc[j + 4] & 15) | (mn[j + 4] & 15) << 4
    d, dmin = halves.astype(np.float32)
    for j, (_, _, l) in enumerate(fits):
        unit, offset = f(d * f(sc[j])), f(dmin * f(mn[j]))
        if unit:
            l = [int(np.clip(np.rint(f(f(v + offset) / unit)), 0, 15)) for v in x[32 * j : 32 * j + 32]]
        for i in range(32):
            block[16 + 32 * (j // 2) + i] |= l[i] << 4 * (j % 2)
    return bytes(block)


def k_blocks():
    r = np.random.RandomState(12)
    x = np.concatenate([
        r.standard_normal(256 * 4) * 0.04, r.uniform(0, 1, 256), -r.uniform(0, 1, 256), np.zeros(256),
        np.repeat([0, 0.5, -2, 3, 0, 1e-3, -1e-6, 7], 32), r.standard_normal(256) ** 5, np.arange(256) * 0.25 - 30,
        r.standard_normal(256) * np.repeat(10.0 ** np.arange(-4, 4), 32),
    ]).astype(np.float32)
    made = np.frombuffer(b"".join(q4_k(row) for row in x.reshape(-1, 256)), np.uint8)
    decoded = quants.dequantize(made.reshape(1, -1), GGMLQuantizationType.Q4_K)
    yield {"type": "Q4_K", "data": packed(x), "bytes": packed(made), "decoded": packed(decoded)}


write("grid-integers.json", integers())
write("grid-torch.json", torch_integers())
write("grid-floats.json", [*floats(), *microscaling(), *others()])
write("grid-tables.json", every_small_float())
write("grid-blocks.json", [*ggml(), *k_blocks()])
