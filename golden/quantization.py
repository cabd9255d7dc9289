"""Goldens of @weightkit/quantization: the tensorflowjs converter's own quantization.py, and numpy's float16.

Usage: python golden/quantization.py path/to/tensorflowjs/quantization.py
The file is in the pip package tensorflowjs and in github.com/tensorflow/tfjs under tfjs-converter/python/tensorflowjs.
"""
import base64
import hashlib
import importlib.util
import json
import pathlib
import sys

import numpy as np

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/quantization/test/golden"
SOURCE = pathlib.Path(sys.argv[1])
# tensorflow/tfjs at 7c228f91c9a917da0b6b1539e872dfc9c4178fc1
SHA256 = "14b3831c1d75e0f697d78e6cfb139c1d3ba662e903ea635bcb942501c6340e84"
assert hashlib.sha256(SOURCE.read_bytes()).hexdigest() == SHA256, "another version of quantization.py"
spec = importlib.util.spec_from_file_location("converter", SOURCE)
converter = importlib.util.module_from_spec(spec)
spec.loader.exec_module(converter)

MADE = {
    "by": "golden/quantization.py",
    "versions": {"numpy": np.__version__, "tensorflow/tfjs": "7c228f91c9a917da0b6b1539e872dfc9c4178fc1"},
}
assert np.__version__.startswith("2."), "NumPy 1 promotes to float32 here and gives other codes near ties"


def packed(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def write(name, cases):
    text = ",\n".join("  " + json.dumps(case) for case in cases)
    (OUT / name).write_text('{"made": %s, "cases": [\n%s\n]}\n' % (json.dumps(MADE), text))


def arrays():
    r = np.random.RandomState(7)
    f = np.float32
    n = r.standard_normal(600).astype(f)
    top = np.finfo(f).max
    yield "normal", n * f(0.05)
    yield "shifted normal", n + f(3)
    yield "negative", -np.abs(n) - f(0.25)
    yield "positive with 0", np.abs(n) * (r.uniform(size=600) > 0.5)
    yield "negative with 0", -np.abs(n) * (r.uniform(size=600) > 0.5)
    yield "outliers", np.concatenate([n * f(1e-3), np.array([40, -3], f)])
    yield "lognormal", np.exp(6 * n)
    yield "uniform", r.uniform(-1, 1, 600).astype(f)
    yield "symmetric, zero point on a tie", np.linspace(-1, 1, 256, dtype=f)
    yield "integers on the grid", np.arange(-100, 156, dtype=f)
    yield "halves between integers", np.concatenate([np.arange(0, 255, dtype=f) + f(0.5), np.array([0, 255], f)])
    yield "huge", n / np.abs(n).max() * f(3e38)
    yield "huge, positive", np.array([1e38, top, 2e38], f)
    yield "denormal", (r.randint(-1000, 1000, 300)).astype(np.int32).astype(f) * f(1.4e-45)
    yield "neighbors", np.nextafter(f(1), np.array([0, 2], f))
    yield "constant", np.full(5, 0.3, f)
    yield "negative constant", np.full(5, -7e-3, f)
    yield "zeros", np.zeros(5, f)
    yield "negative zeros", np.array([-0.0, 1, -0.0, -1], f)
    yield "one entry", np.array([2.5], f)
    yield "two entries", np.array([-1, 3], f)


def affine():
    for name, data in arrays():
        data = data.astype(np.float32)
        for dtype in ("uint8", "uint16"):
            codes, m = converter.quantize_weights(data, converter.QUANTIZATION_OPTION_TO_DTYPES[dtype])
            # float64 in decimal survives JSON: both sides print the shortest digits that read back the same.
            yield {
                "call": f"quantize_weights(data, np.{dtype})", "name": name, "dtype": dtype, "data": packed(data),
                "codes": packed(codes), "scale": float(m["scale"]), "min": float(m["min"]),
            }


def halves():
    """Every float16 and its neighbors in float32, every tie between two float16 and its neighbors, and random bits."""
    every = np.arange(0, 0x7C00, dtype=np.uint16).view(np.float16).astype(np.float32)
    ties = ((every[:-1].astype(np.float64) + every[1:]) / 2).astype(np.float32)
    marks = np.concatenate([every, ties, np.array([65519.996, 65519.0], np.float32)])
    near = np.concatenate([marks, np.nextafter(marks, np.float32(0)), np.nextafter(marks, np.float32(np.inf))])
    data = np.concatenate([near, -near])
    data = data[np.abs(data) < 65520].astype(np.float32)
    return data


def float16():
    data = halves()
    codes, _ = converter.quantize_weights(data, np.float16)
    yield {
        "call": "quantize_weights(every float16, every tie of two, and their neighbors in float32, np.float16)",
        "count": len(data), "data_sha256": hashlib.sha256(data.tobytes()).hexdigest(),
        "codes_sha256": hashlib.sha256(codes.tobytes()).hexdigest(),
    }
    bits = np.random.RandomState(3).randint(0, 0x477FF000, 500).astype(np.uint32)
    bits[::2] |= np.uint32(0x80000000)
    some = bits.view(np.float32)
    codes, _ = converter.quantize_weights(some, np.float16)
    yield {"call": "quantize_weights(random bits below 65520, np.float16)", "data": packed(some), "codes": packed(codes)}
    every = np.arange(0x10000, dtype=np.uint32).astype(np.uint16)
    every = every[(every & 0x7FFF) <= 0x7C00]
    yield {
        "call": "dequantize_weights(every float16 but NaN, {})", "count": len(every),
        "values_sha256": hashlib.sha256(converter.dequantize_weights(every.view(np.float16), {}).tobytes()).hexdigest(),
    }


def manifest():
    """A whole group as write_weights lays it out: the entries in order and their bytes one after the other."""
    r = np.random.RandomState(11)
    group = [("hidden/kernel", (4, 6)), ("hidden/bias", (6,)), ("out/kernel", (6, 3)), ("out/bias", (3,))]
    data = {name: r.standard_normal(shape).astype(np.float32) for name, shape in group}
    data["out/bias"][:] = 0.5
    for asked in ("uint8", "uint16", "float16", {"uint8": "*/kernel", "float16": True}, {"uint16": ["hidden/*"]}):
        flags = asked if isinstance(asked, dict) else {asked: True}
        chosen = converter.map_layers_to_quantization_dtype([name for name, _ in group], flags)
        entries, parts = [], b""
        for name, shape in group:
            entry = {"name": name, "shape": list(shape), "dtype": "float32"}
            stored = data[name]
            if name in chosen:
                stored, m = converter.quantize_weights(stored, chosen[name])
                entry["quantization"] = {"dtype": stored.dtype.name, **{k: float(v) for k, v in m.items()},
                                         "original_dtype": "float32"}
            entries.append(entry)
            parts += stored.tobytes()
        yield {"call": f"quantization_dtype_map={flags}", "flags": flags,
               "data": {name: packed(values) for name, values in data.items()}, "entries": entries,
               "bytes": packed(np.frombuffer(parts, np.uint8))}


OUT.mkdir(parents=True, exist_ok=True)
write("affine.json", affine())
write("float16.json", float16())
write("manifest.json", manifest())
