"""Writes packages/core/test/golden/model-safetensors.json: the weights of a small model as the reference writer of safetensors
stores them, and what the reference reader makes of that file.

Run with the versions in golden/requirements.txt: python golden/core_checkpoint.py
"""

import base64
import importlib.metadata
import json
import pathlib

import numpy as np
import safetensors.numpy

SHAPES = {"dense/kernel": (3, 4), "dense/bias": (4,), "out/kernel": (4, 2), "out/bias": (2,)}

# Multiples of 1/8 are exact in float32.
tensors = {
    name: ((np.arange(int(np.prod(shape))) - 3 * i) / 8).astype(np.float32).reshape(shape)
    for i, (name, shape) in enumerate(SHAPES.items())
}
file = safetensors.numpy.save(tensors)
read = safetensors.numpy.load(file)
made = {
    "by": "golden/core_checkpoint.py",
    "call": "safetensors.numpy.save, safetensors.numpy.load",
    "versions": {name: importlib.metadata.version(name) for name in ("safetensors", "numpy")},
}
target = pathlib.Path(__file__).parent.parent / "packages/core/test/golden/model-safetensors.json"
values = {name: {"shape": list(read[name].shape), "values": read[name].ravel().tolist()} for name in SHAPES}
target.write_text(json.dumps({"made": made, "tensors": values, "file": base64.b64encode(file).decode()}, indent=1) + "\n")
