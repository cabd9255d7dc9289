"""Writes packages/checkpoint/test/golden/*.json: files by safetensors and numpy, blocks by gguf, small floats by ml_dtypes.

Files stand as base64; values as lists, NaN and infinities as text.
"""

import base64
import ctypes
import hashlib
import importlib.metadata
import io
import json
import pathlib

import gguf
import ml_dtypes
import numpy as np
import safetensors

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/checkpoint/test/golden"
VERSIONS = {name: importlib.metadata.version(name) for name in ("safetensors", "numpy", "gguf", "ml_dtypes")}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def numbers(array) -> list:
    return [x if np.isfinite(x) else str(x) for x in (float(y) for y in np.asarray(array).ravel())]


def write(name: str, cases: list) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps({"versions": VERSIONS, "cases": cases}, indent=1) + "\n")


def noise(n: int, seed: int) -> bytes:
    return hashlib.shake_128(str(seed).encode()).digest(n)


# Every dtype of the format, by its name for serialize and its bits.
DTYPES = [
    ("bool", 8), ("uint8", 8), ("int8", 8), ("float8_e5m2", 8), ("float8_e4m3fn", 8), ("float8_e8m0fnu", 8),
    ("float8_e4m3fnuz", 8), ("float8_e5m2fnuz", 8), ("int16", 16), ("uint16", 16), ("float16", 16), ("bfloat16", 16),
    ("int32", 32), ("uint32", 32), ("float32", 32), ("complex64", 64), ("float64", 64), ("int64", 64), ("uint64", 64),
]  # fmt: skip


def tensors_of(spec: list) -> dict:
    made = {}
    for name, dtype, shape in spec:
        bits = dict(DTYPES)[dtype]
        data = noise(int(np.prod(shape)) * bits // 8, len(made))
        if dtype == "bool":
            data = bytes(byte & 1 for byte in data)
        made[name] = {"dtype": dtype, "shape": shape, "data": data}
    return made


def safetensors_cases() -> list:
    specs = {
        "empty": ([], None),
        "empty with metadata": ([], {"format": "pt"}),
        "one": ([("attn.0", "float32", [1, 2, 3])], None),
        "scalar and empty": ([("scalar", "float32", []), ("none", "int64", [0, 3])], None),
        "every dtype": ([(f"t_{dtype}", dtype, [2, 3]) for dtype, _ in DTYPES], {"format": "pt"}),
        "order": ([("b", "float16", [3]), ("a", "float32", [1]), ("z", "float32", [2]), ("A", "int64", [1])], None),
        "names": ([('quote " and \\', "float32", [1]), ("é 中 \U0001f600", "float32", [1]), ("line\nbreak\t\x01", "int8", [3])], {"k": "é\n\""}),
    }
    cases = []
    for title, (spec, metadata) in specs.items():
        made = tensors_of(spec)
        tensors = [{"name": n, "dtype": t["dtype"], "shape": t["shape"], "bytes": b64(t["data"])} for n, t in made.items()]
        try:
            # The buffers stay alive in `keep` until the file is made.
            keep = {n: ctypes.create_string_buffer(t["data"], len(t["data"])) for n, t in made.items()}
            specs_by_name = {
                n: safetensors.TensorSpec(dtype=t["dtype"], shape=t["shape"], data_ptr=ctypes.addressof(keep[n]), data_len=len(t["data"]))
                for n, t in made.items()
            }
            file = bytes(safetensors.serialize(specs_by_name, metadata))
        except safetensors.SafetensorError as error:
            print(title, error)
            continue
        cases.append({"call": "safetensors.serialize", "title": title, "metadata": metadata or {}, "tensors": tensors, "file": b64(file)})
    return cases


def numpy_cases() -> list:
    cases = []
    rng = np.random.default_rng(0)
    arrays = {
        "f4": rng.standard_normal((3, 5)).astype("<f4"),
        "f8": rng.standard_normal(4),
        "f2": rng.standard_normal((2, 2)).astype("<f2"),
        "i8": np.array([-(2**62), 7]),
        "u1": np.arange(6, dtype="u1").reshape(2, 3),
        "b1": np.array([True, False]),
        "c8": np.array([1 + 2j, 3 - 4j], dtype="<c8"),
        "big": rng.standard_normal((2, 3)).astype(">f4"),
        "fortran": np.asfortranarray(rng.standard_normal((2, 3, 4)).astype("<f4")),
        "scalar": np.array(2.5),
        "none": np.zeros((0, 4), dtype="<i4"),
    }
    for call in ("savez", "savez_compressed"):
        buffer = io.BytesIO()
        getattr(np, call)(buffer, **arrays)
        cases.append({"call": f"numpy.{call}", "file": b64(buffer.getvalue()), "values": {k: numbers(np.asarray(v).view("<f4") if v.dtype == np.complex64 else v) for k, v in arrays.items()}, "shapes": {k: v.shape for k, v in arrays.items()}})
    others = {"labels": np.array(["a", "bc"]), "raw": np.array([b"ab"]), "what": np.array([{"a": 1}, None], dtype=object), "when": np.array(["2020-01-01"], "M8[D]"), "gap": np.array([3], "m8[s]")}
    for call in ("savez", "savez_compressed"):
        buffer = io.BytesIO()
        getattr(np, call)(buffer, **others, w=np.float32([1, -2]))
        alone = io.BytesIO()
        getattr(np, call)(alone, labels=others["labels"])
        cases.append({"call": f"numpy.{call} of what is no number", "file": b64(buffer.getvalue()), "others": {k: v.dtype.str[1:] for k, v in others.items()}, "alone": b64(alone.getvalue())})
    for name, array in arrays.items():
        buffer = io.BytesIO()
        np.save(buffer, array)
        cases.append({"call": "numpy.save", "name": name, "file": b64(buffer.getvalue()), "shape": array.shape})
    return cases


def gguf_cases() -> list:
    cases = []
    for name in ("Q8_0", "Q4_0", "Q4_K", "BF16", "F16"):
        kind = gguf.GGMLQuantizationType[name]
        values, size = gguf.GGML_QUANT_SIZES[kind]
        data = bytearray(noise(size * (8 if values > 1 else 512), 7))
        # Scales drawn from all bits would be NaN now and then: their highest exponent bit is cleared.
        if values > 1:
            for i in range(0, len(data), size):
                data[i + 1] &= 0xBF
                if name == "Q4_K":
                    data[i + 3] &= 0xBF
        decoded = gguf.quants.dequantize(np.frombuffer(bytes(data), np.uint8).reshape(1, -1), kind)
        cases.append({"call": "gguf.quants.dequantize", "type": name, "bytes": b64(bytes(data)), "float32": b64(decoded.astype("<f4").tobytes())})
    path = OUT / "golden.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_uint32("answer", 42)
    writer.add_float64("pi", 3.25)
    writer.add_bool("yes", True)
    writer.add_string("text", "é\n")
    writer.add_array("words", ["a", "bc", ""])
    writer.add_array("numbers", [1, 2, 3])
    writer.add_uint64("large", 2**60 + 1)
    rng = np.random.default_rng(1)
    floats = rng.standard_normal((3, 64)).astype(np.float32)
    writer.add_tensor("plain", floats)
    writer.add_tensor("half", floats.astype(np.float16))
    writer.add_tensor("q8", gguf.quants.quantize(floats, gguf.GGMLQuantizationType.Q8_0), raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("ints", np.arange(5, dtype=np.int32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    q8 = gguf.quants.dequantize(gguf.quants.quantize(floats, gguf.GGMLQuantizationType.Q8_0), gguf.GGMLQuantizationType.Q8_0)
    cases.append({"call": "gguf.GGUFWriter", "file": b64(path.read_bytes()), "plain": numbers(floats), "half": numbers(floats.astype(np.float16)), "q8": numbers(q8)})
    writer = gguf.GGUFWriter(path, "llama", endianess=gguf.GGUFEndian.BIG)
    writer.add_tensor("plain", np.arange(3, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    cases.append({"call": "gguf.GGUFWriter(endianess=BIG)", "file": b64(path.read_bytes())})
    path.unlink()
    return cases


def float_cases() -> list:
    codes = np.arange(256, dtype=np.uint8)
    names = ("float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu")
    cases = [{"call": f"ml_dtypes.{n}", "dtype": n, "values": numbers(codes.view(getattr(ml_dtypes, n)).astype(np.float64))} for n in names]
    every = np.arange(65536, dtype=np.uint16)
    for name, kind in (("float16", np.float16), ("bfloat16", ml_dtypes.bfloat16)):
        bits = every.view(kind).astype(np.float32).view(np.uint32)
        finite = np.isfinite(every.view(kind).astype(np.float32))
        # NaNs are compared as NaNs: their bits are the processor's.
        cases.append({"call": "astype(float32)", "dtype": name, "sha256": hashlib.sha256(bits[finite].astype("<u4").tobytes()).hexdigest(), "finite": int(finite.sum())})
    return cases


if __name__ == "__main__":
    write("safetensors", safetensors_cases())
    write("numpy", numpy_cases())
    write("gguf", gguf_cases())
    write("small-floats", float_cases())
