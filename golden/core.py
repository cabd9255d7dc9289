"""Writes packages/core/test/golden/fans.json: fans by torch and Keras for the weight layouts where the two are right.

torch keeps [out, in, ...window], Keras [...window, in, out]; each case gives the shape in tfjs layout, which is Keras's.
Run with the versions in golden/requirements.txt: KERAS_BACKEND=jax python golden/core.py
"""

import json
import pathlib

import keras
import torch
from keras.src.initializers.random_initializers import compute_fans
from torch.nn.init import _calculate_fan_in_and_fan_out


def by_torch(module, shape, **layout):
    fan_in, fan_out = _calculate_fan_in_and_fan_out(module.weight)
    return {"call": f"torch {module}", "shape": shape, "layout": layout, "fanIn": fan_in, "fanOut": fan_out}


def by_keras(shape):
    fan_in, fan_out = compute_fans(shape)
    return {"call": f"keras compute_fans({shape})", "shape": shape, "layout": {}, "fanIn": fan_in, "fanOut": fan_out}


nn = torch.nn
cases = [
    by_torch(nn.Linear(5, 7), [5, 7]),
    by_torch(nn.Conv1d(4, 6, 3), [3, 4, 6]),
    by_torch(nn.Conv2d(4, 6, (3, 5)), [3, 5, 4, 6]),
    by_torch(nn.Conv3d(2, 3, (2, 3, 4)), [2, 3, 4, 2, 3]),
    *(by_keras(shape) for shape in ([9], [5, 7], [3, 4, 6], [3, 5, 4, 6], [2, 3, 4, 2, 3], [11, 4])),
]
made = {"by": "golden/core.py", "versions": {"torch": torch.__version__.split("+")[0], "keras": keras.__version__}}
target = pathlib.Path(__file__).parent.parent / "packages/core/test/golden/fans.json"
target.parent.mkdir(parents=True, exist_ok=True)
target.write_text(json.dumps({"made": made, "cases": cases}, indent=1) + "\n")
