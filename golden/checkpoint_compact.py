"""Goldens of the format `compact`: files made from its page alone (website/docs/formats/compact.md), values by numpy in float32.

Usage: python golden/checkpoint_compact.py
"""
import base64
import json
import pathlib
import struct
import zlib

import numpy as np

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/checkpoint/test/golden/compact.json"
r = np.random.RandomState(19)


def crc(data):
    return struct.pack("<I", zlib.crc32(data))


def packed(codes, bits):
    each = (codes.astype(np.int64)[:, None] >> np.arange(bits)) & 1
    return np.packbits(each.astype(np.uint8).ravel(), bitorder="little").tobytes()


def blocks(view, block):
    """The block of each entry, row-major, by np.indices."""
    number = np.zeros(view, np.int64)
    for place, length, edge in zip(np.indices(view), view, block):
        number = number * -(-length // edge) + place // edge
    return number.ravel()


def coded(name, shape, grid, bits, signed, view, block, scales, zeros=False, codebook=None, factors=None):
    size = int(np.prod(shape))
    of = blocks(view, block)
    count = int(np.prod([-(-n // e) for n, e in zip(view, block)]))
    low = -(2 ** (bits - 1)) if signed else 0
    codes = r.randint(low, low + 2**bits if codebook is None else len(codebook), size)
    if scales == "e8m0":
        stored = r.randint(100, 140, count).astype(np.uint8)
        scale = np.exp2(stored.astype(np.float64) - 127).astype(np.float32)
        scale_bytes = stored.tobytes()
    else:
        scale = np.exp(r.randn(count)).astype(np.float32)
        scale_bytes = scale.tobytes()
    if zeros == "float32":
        zero = (low + 2**bits * r.rand(count)).astype(np.float32)
        elements = codes - zero[of].astype(np.float64)
    else:
        zero = r.randint(low, low + 2**bits, count) if zeros else np.zeros(count, np.int64)
        elements = codebook[codes] if codebook is not None else (codes - zero[of]).astype(np.float32)
    values = (elements * scale[of]).astype(np.float32)
    sections = [codebook.tobytes()] if codebook is not None else []
    sections += [scale_bytes]
    if zeros:
        sections += [zero.tobytes() if zeros == "float32" else packed(zero, bits)]
    if factors:
        factor = np.exp(r.randn(int(np.prod([-(-n // e) for n, e in zip(view, factors)])))).astype(np.float32)
        sections += [factor.tobytes()]
        values = values / factor[blocks(view, factors)]
    sections += [packed(codes, bits)]
    encoding = {
        "kind": "codes",
        "grid": grid,
        "bits": bits,
        "signed": signed,
        "view": view,
        "block": block,
        "scales": scales,
        "zeroPoints": zeros,
        "codebook": 0 if codebook is None else len(codebook),
        **({"factors": factors} if factors else {}),
    }
    return {"name": name, "shape": shape, "dtype": "float32", "encoding": encoding}, sections, values


def plain(name, array, dtype, encoding=None, values=None):
    info = {"name": name, "shape": list(array.shape), "dtype": dtype}
    if encoding:
        info["encoding"] = encoding
    return info, [array.tobytes()], array if values is None else values


NORMAL = np.array([-1, -0.5, -0.25, -0.1, 0, 0.07, 0.2, 0.4, 0.6, 0.8, 1], np.float32)
half = r.randn(5).astype(np.float16)
levels = r.randint(0, 256, 6).astype(np.uint8)
step, least = 0.1, -1.3
tensors = [
    plain("bias", r.randn(3).astype(np.float32), "float32"),
    plain("shape", np.array([1, -2], np.int32), "int32"),
    plain("empty", np.zeros((0, 2), np.float32), "float32"),
    plain("half", half, "float32", {"kind": "float16"}, half.astype(np.float32)),
    plain(
        "levels",
        levels,
        "float32",
        {"kind": "affine", "storage": "uint8", "scale": step, "min": least},
        (levels * step + least).astype(np.float32),
    ),
    coded("int4", [3, 70], "int4", 4, True, [3, 70], [1, 32], "float32"),
    coded("uint3", [7, 5], "uint3", 3, False, [7, 5], [4, 1], "float32", zeros=True),
    coded("int8", [2, 3, 4], "int8", 8, True, [2, 3, 4], [2, 3, 1], "float32", zeros=True),
    coded("ternary", [9], "ternary", 2, True, [9], [9], "float32"),
    coded("wide", [2, 2], "uint16", 16, False, [2, 2], [2, 2], "float32", zeros=True),
    coded("five", [2, 3, 3], "int5", 5, True, [6, 3], [4, 1], "float32"),
    coded("table", [4, 9], "table", 4, False, [4, 9], [1, 4], "float32", codebook=NORMAL),
    coded("powers", [2, 40], "mxint8", 8, True, [2, 40], [1, 32], "e8m0"),
    coded("between", [7, 5], "uint3", 3, False, [7, 5], [4, 1], "float32", zeros="float32"),
    coded("divided", [3, 3, 4], "int4", 4, True, [9, 4], [4, 1], "float32", factors=[1, 4]),
    coded("parts", [6, 9], "uint4", 4, False, [6, 9], [6, 1], "float32", zeros=True, factors=[1, 6]),
    coded("both", [2, 5], "uint2", 2, False, [2, 5], [1, 2], "float32", zeros="float32", factors=[2, 3]),
    coded("quantiles", [4, 9], "table", 4, False, [4, 9], [1, 4], "float32", codebook=NORMAL, factors=[1, 9]),
]
model = b'{"format": "layers-model","modelTopology": {"a": [1, 2.50]}}'
data = model + crc(model)
infos, values = [], {}
for info, sections, wanted in tensors:
    begin = len(data)
    for section in sections:
        data += section + crc(section)
    infos.append({**info, "at": [begin, len(data)]})
    values[info["name"]] = base64.b64encode(np.ascontiguousarray(wanted).tobytes()).decode()
header = json.dumps({"metadata": {"made": "by hand"}, "model": len(model), "tensors": infos}).encode()
header += b" " * (-len(header) % 8)
file = b"\x89WKC\r\n\x1a\n" + struct.pack("<I", 1) + crc(header) + struct.pack("<Q", len(header)) + header + data
case = {"call": "numpy and zlib", "file": base64.b64encode(file).decode(), "values": values}
made = {"by": "golden/checkpoint_compact.py", "versions": {"numpy": np.__version__}}
OUT.write_text('{"made": %s, "cases": [\n  %s\n]}\n' % (json.dumps(made), json.dumps(case)))
