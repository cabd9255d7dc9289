"""Writes packages/initializers/test/golden/*.json: laws and values of JAX, Keras and PyTorch; of gains into packages/core/test/golden.

Run from the repository root: KERAS_BACKEND=jax python golden/initializers.py
"""

import json
import math
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import mpmath
import numpy as np
import scipy
import torch
from jax.nn import initializers as ji
from keras.src.initializers.random_initializers import compute_fans
from mpmath import mp
from scipy.integrate import quad

OUT = pathlib.Path("packages/initializers/test/golden")
CORE = pathlib.Path("packages/core/test/golden")


def floats(values):
    """The shortest decimal texts that give the same float32 back."""
    return [float(str(np.float32(v))) for v in np.asarray(values).ravel()]


def write(name, module, cases, out=OUT):
    made = {"by": "golden/initializers.py", "versions": {module.__name__: module.__version__, "numpy": np.__version__}}
    lines = ",\n".join(json.dumps(case) for case in cases)
    (out / f"{name}.json").write_text(f'{{"made": {json.dumps(made)},\n"cases": [\n{lines}\n]}}\n')


def jax_case(law, config, call, init, shape, seed):
    values = init(jax.random.key(seed), shape, np.float32)
    return {"call": call, "law": law, "config": config, "seed": seed, "shape": shape, "values": floats(values)}


def jax_cases():
    modes = {"fanIn": "fan_in", "fanOut": "fan_out", "fanAvg": "fan_avg", "fanGeoAvg": "fan_geo_avg"}
    dists = {"truncatedNormal": "truncated_normal", "normal": "normal", "uniform": "uniform"}
    for i, (mode, jmode) in enumerate(modes.items()):
        for dist, jdist in dists.items():
            scale, shape, seed = 0.7 + i, [(5, 7), (2, 3, 3, 4)][i % 2], [0, 42, 7, 2**32 - 1][i]
            config = {"scale": scale, "mode": mode, "distribution": dist}
            call = f"variance_scaling({scale}, '{jmode}', '{jdist}')(key({seed}), {shape})"
            yield jax_case("varianceScaling", config, call, ji.variance_scaling(scale, jmode, jdist), shape, seed)
    for law in ["he_normal", "he_uniform", "glorot_normal", "glorot_uniform", "lecun_normal", "lecun_uniform"]:
        camel = law.split("_")[0] + law.split("_")[1].capitalize()
        yield jax_case(camel, {}, f"{law}()(key(1), (6, 5))", getattr(ji, law)(), (6, 5), 1)
    yield jax_case("normal", {"std": 0.3}, "normal(0.3)(key(2), (40,))", ji.normal(0.3), (40,), 2)
    yield jax_case("uniform", {"min": 0, "max": 0.3}, "uniform(0.3)(key(3), (40,))", ji.uniform(0.3), (40,), 3)
    for lower, upper in [(-2, 2), (-1, 2.5), (0.5, 1.5)]:
        config = {"std": 0.3, "lower": lower, "upper": upper}
        call = f"truncated_normal(0.3, lower={lower}, upper={upper})(key(4), (40,))"
        init = ji.truncated_normal(0.3, lower=lower, upper=upper)
        yield jax_case("truncatedNormal", config, call, init, (40,), 4)
    for shape in [(6, 4), (4, 6), (5, 5), (2, 2, 3, 5), (1, 2, 2, 8)]:
        call = f"orthogonal(1.5)(key(5), {shape})"
        yield jax_case("orthogonal", {"gain": 1.5}, call, ji.orthogonal(1.5), shape, 5)


def keras_cases():
    shapes = [(64, 48), (3, 3, 16, 24), (5, 8, 12), (2, 2, 2, 8, 6), (300,)]
    names = ["HeNormal", "HeUniform", "GlorotNormal", "GlorotUniform", "LecunNormal", "LecunUniform"]
    for name in names:
        for shape in shapes:
            init = getattr(keras.initializers, name)(seed=1)
            fan_in, fan_out = compute_fans(shape)
            n = {"fan_in": fan_in, "fan_avg": (fan_in + fan_out) / 2}[init.mode]
            values = np.concatenate([
                np.asarray(getattr(keras.initializers, name)(seed=s)(shape)).ravel() for s in range(20)
            ])
            yield {
                "call": f"keras.initializers.{name}(seed)({shape}), seeds 0 to 19",
                "law": name[0].lower() + name[1:],
                "shape": shape,
                "fanIn": float(fan_in),
                "fanOut": float(fan_out),
                "std": math.sqrt(init.scale / max(1.0, n)),
                "count": int(values.size),
                "measuredStd": float(np.sqrt(np.mean(values.astype(np.float64) ** 2))),
                "largest": float(np.max(np.abs(values))),
            }


def torch_cases():
    torch.manual_seed(0)
    nn = torch.nn
    modules = [
        ("dense", "Linear(40, 30)", lambda: nn.Linear(40, 30), ["weight", "bias"]),
        ("conv2d", "Conv2d(6, 10, (3, 5))", lambda: nn.Conv2d(6, 10, (3, 5)), ["weight", "bias"]),
        ("depthwiseConv2d", "Conv2d(6, 12, 3, groups=6)", lambda: nn.Conv2d(6, 12, 3, groups=6), ["weight", "bias"]),
        ("conv2dTranspose", "ConvTranspose2d(6, 10, 3)", lambda: nn.ConvTranspose2d(6, 10, 3), ["weight", "bias"]),
        ("lstm", "LSTM(12, 16)", lambda: nn.LSTM(12, 16), ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0"]),
        ("gru", "GRU(12, 16)", lambda: nn.GRU(12, 16), ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0"]),
        ("simpleRNN", "RNN(12, 16)", lambda: nn.RNN(12, 16), ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0"]),
        ("embedding", "Embedding(50, 20)", lambda: nn.Embedding(50, 20), ["weight"]),
        ("batchNormalization", "BatchNorm1d(8)", lambda: nn.BatchNorm1d(8), ["weight", "bias", "running_mean", "running_var"]),
        ("prelu", "PReLU(8)", lambda: nn.PReLU(8), ["weight"]),
    ]
    for layer, call, make, names in modules:
        drawn = {name: [] for name in names}
        for _ in range(200):
            module = make()
            for name in names:
                drawn[name].append(getattr(module, name).detach().numpy().ravel())
        for name in names:
            values = np.concatenate(drawn[name]).astype(np.float64)
            yield {
                "call": f"torch.nn.{call}.{name}, 200 modules",
                "layer": layer,
                "weight": name,
                "count": int(values.size),
                "mean": float(values.mean()),
                "std": float(values.std()),
                "largest": float(np.abs(values).max()),
            }


def delta_orthogonal_cases():
    for gain, seed, shape in [(1.5, 5, (3, 3, 6)), (1.0, 0, (3, 3, 4, 4)), (0.5, 7, (2, 4, 3, 5)), (1.0, 1, (3, 3, 3, 2, 3))]:
        call = f"delta_orthogonal({gain})(key({seed}), {shape})"
        yield jax_case("deltaOrthogonal", {}, call, ji.delta_orthogonal(gain), shape, seed) | {"gain": gain}


def identity_cases():
    for gain, shape in [(1.0, (3, 3)), (2.0, (2, 4)), (-0.5, (4, 2)), (1.0, (1, 1))]:
        values = keras.initializers.Identity(gain)(shape)
        yield {"call": f"keras.initializers.Identity({gain})({shape})", "gain": gain, "shape": shape, "values": floats(values)}


def dirac_cases():
    """PyTorch's [out, in / groups, *window] in the layout of tfjs, [*window, in / groups, out]; the places of the ones."""
    for groups, shape in [(1, (4, 4, 3)), (1, (5, 3, 3, 3)), (2, (6, 2, 3, 2)), (3, (6, 4, 3, 5)), (2, (4, 3, 3, 3, 4)), (1, (2, 6, 2))]:
        kernel = torch.nn.init.dirac_(torch.empty(shape), groups).numpy()
        ours = np.transpose(kernel, (*range(2, kernel.ndim), 1, 0))
        call = f"torch.nn.init.dirac_(torch.empty({shape}), {groups})"
        yield {"call": call, "groups": groups, "shape": ours.shape, "ones": np.flatnonzero(ours.ravel() == 1).tolist()}


def gain_cases():
    for name, torch_name, param in [
        ("linear", "linear", None), ("sigmoid", "sigmoid", None), ("tanh", "tanh", None), ("relu", "relu", None),
        ("selu", "selu", None), ("leakyRelu", "leaky_relu", None), ("leakyRelu", "leaky_relu", 0.2), ("leakyRelu", "leaky_relu", -1),
    ]:
        gain = torch.nn.init.calculate_gain(torch_name, param)
        yield {"call": f"torch.nn.init.calculate_gain('{torch_name}', {param})", "name": name, "param": param, "gain": gain}


def mpmath_gain_cases():
    """1 / sqrt(E f(z)^2) to 20 digits, the functions as TensorFlow.js and PyTorch define them."""
    z3 = [-3, 3]
    table = {
        "elu": (lambda z: z if z > 0 else mp.expm1(z), [0]),
        "gelu": (lambda z: z * mp.ncdf(z), [0]),
        "geluNew": (lambda z: z / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (z + mp.mpf("0.044715") * z**3))), [0]),
        "hardSigmoid": (lambda z: max(0, min(1, z / 5 + mp.mpf(1) / 2)), [mp.mpf(-5) / 2, mp.mpf(5) / 2]),
        "hardSwish": (lambda z: z * max(0, min(6, z + 3)) / 6, z3),
        "mish": (lambda z: z * mp.tanh(mp.log(1 + mp.exp(z))), [0]),
        "relu6": (lambda z: max(0, min(6, z)), [0, 6]),
        "sigmoid": (lambda z: 1 / (1 + mp.exp(-z)), [0]),
        "silu": (lambda z: z / (1 + mp.exp(-z)), [0]),
        "softplus": (lambda z: mp.log(1 + mp.exp(z)), [0]),
        "softsign": (lambda z: z / (1 + abs(z)), [0]),
        "swish": (lambda z: z / (1 + mp.exp(-z)), [0]),
        "tanh": (mp.tanh, [0]),
    }
    mp.dps = 25
    for name, (f, kinks) in table.items():
        ends = sorted({mp.mpf(x) for x in [*range(-16, 17, 2), *kinks]})
        mean = mp.quad(lambda z: f(z) ** 2 * mp.npdf(z), ends)
        yield {"call": f"1 / sqrt(E {name}(z)^2) of a standard normal z", "name": name, "gain": float(1 / mp.sqrt(mean))}


def torch_init_cases():
    """kaiming_ and xavier_ on weights of PyTorch's layout; the shape is that of the same weight in tfjs."""
    torch.manual_seed(1)
    init = torch.nn.init
    weights = [
        ("dense", "kernel", (30, 40), (40, 30)), ("conv2d", "kernel", (10, 6, 3, 5), (3, 5, 6, 10)),
        ("depthwiseConv2d", "depthwiseKernel", (12, 1, 3, 3), (3, 3, 6, 2)), ("conv2dTranspose", "kernel", (6, 10, 3, 3), (3, 3, 10, 6)),
        ("lstm", "kernel", (64, 12), (12, 64)), ("embedding", "embeddings", (50, 20), (50, 20)),
    ]
    laws = [
        ("heNormal", {}, "kaiming_normal_(w)", init.kaiming_normal_),
        ("heUniform", {}, "kaiming_uniform_(w)", init.kaiming_uniform_),
        ("glorotNormal", {}, "xavier_normal_(w)", init.xavier_normal_),
        ("glorotUniform", {}, "xavier_uniform_(w)", init.xavier_uniform_),
        ("lecunNormal", {}, "kaiming_normal_(w, nonlinearity='linear')", lambda w: init.kaiming_normal_(w, nonlinearity="linear")),
        ("varianceScaling", {"scale": 2 / 1.04, "mode": "fanOut", "distribution": "uniform"},
         "kaiming_uniform_(w, 0.2, 'fan_out')", lambda w: init.kaiming_uniform_(w, 0.2, "fan_out")),
    ]
    for layer, weight, shape, ours in weights:
        fan_in, fan_out = init._calculate_fan_in_and_fan_out(torch.empty(shape))
        for law, config, call, fill in laws:
            values = np.concatenate([fill(torch.empty(shape)).numpy().ravel() for _ in range(40)]).astype(np.float64)
            yield {
                "call": f"torch.nn.init.{call}, w of {list(shape)}, 40 times", "layer": layer, "weight": weight, "law": law, "config": config,
                "shape": ours, "fanIn": fan_in, "fanOut": fan_out, "count": int(values.size),
                "std": float(np.sqrt(np.mean(values**2))), "largest": float(np.abs(values).max()),
            }


def torch_truncated_cases():
    torch.manual_seed(2)
    for mean, std, a, b in [(0.0, 1.0, -2.0, 2.0), (0.0, 0.02, -2.0, 2.0), (0.5, 1.0, 0.0, 1.5), (-1.0, 0.5, -2.0, 2.0)]:
        values = torch.nn.init.trunc_normal_(torch.empty(100000), mean, std, a, b).numpy().astype(np.float64)
        yield {
            "call": f"torch.nn.init.trunc_normal_(torch.empty(100000), {mean}, {std}, {a}, {b})", "mean": mean, "std": std, "lower": a, "upper": b,
            "count": 100000, "drawn": {"mean": float(values.mean()), "std": float(values.std()), "min": float(values.min()), "max": float(values.max())},
        }


def keras_layer_cases():
    """The fans and the standard deviation that Keras gives the weights of its layers."""
    layers = keras.layers
    tall, time = (9, 9, 6), (5, 12)
    for layer, weight, size, make in [
        ("depthwiseConv2d", "depthwiseKernel", tall, lambda i: layers.DepthwiseConv2D(3, depth_multiplier=2, depthwise_initializer=i)),
        ("conv2dTranspose", "kernel", tall, lambda i: layers.Conv2DTranspose(10, 3, kernel_initializer=i)),
        ("lstm", "kernel", time, lambda i: layers.LSTM(16, kernel_initializer=i)),
        ("gru", "kernel", time, lambda i: layers.GRU(16, kernel_initializer=i)),
        ("dense", "kernel", (40,), lambda i: layers.Dense(30, kernel_initializer=i)),
    ]:
        for law, name in [("heNormal", "HeNormal"), ("glorotUniform", "GlorotUniform")]:
            drawn = []
            for seed in range(20):
                made = make(getattr(keras.initializers, name)(seed=seed))
                made.build((None, *size))
                kernel = (made.cell if hasattr(made, "cell") else made).kernel
                drawn.append(np.asarray(kernel).ravel())
            values = np.concatenate(drawn).astype(np.float64)
            fan_in, fan_out = compute_fans(kernel.shape)
            yield {
                "call": f"keras.layers, {type(made).__name__} with {name}, 20 seeds", "layer": layer, "weight": weight, "law": law, "config": {},
                "shape": list(kernel.shape), "fanIn": float(fan_in), "fanOut": float(fan_out), "count": int(values.size),
                "std": float(np.sqrt(np.mean(values**2))), "largest": float(np.abs(values).max()),
            }


def names_cases():
    """Every public initializer of the three frameworks."""
    init = torch.nn.init
    torch_names = [name for name in dir(init) if name.endswith("_") and not name.startswith("_")] + ["calculate_gain"]
    keras_names = [name for name in dir(keras.initializers) if name[0].isupper() and name != "Initializer"]
    jax_names = [name for name in dir(ji) if not name.startswith("_") and name != "Initializer"]
    for framework, module, names in [("torch.nn.init", torch, torch_names), ("keras.initializers", keras, keras_names), ("jax.nn.initializers", jax, jax_names)]:
        yield {"call": f"dir({framework}) of {module.__version__}", "framework": framework, "names": names}


def mean_field_cases():
    """Poole et al. 2016, equations 3 and 5: q and chi, layer after layer, sigma_b = 0."""
    functions = {
        "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
        "relu": (lambda x: max(x, 0.0), lambda x: float(x > 0)),
        "softplus": (lambda x: np.logaddexp(0, x), lambda x: 1 / (1 + np.exp(-x))),
    }
    density = lambda z: np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    over = lambda f: quad(f, -12, 0, epsabs=1e-14)[0] + quad(f, 0, 12, epsabs=1e-14)[0]
    for name, (f, slope) in functions.items():
        for weight_variance in [0.5, 1, 2, 4]:
            q, layers = 1.5 * weight_variance, []
            for _ in range(5):
                root = np.sqrt(q)
                square = over(lambda z: density(z) * f(root * z) ** 2)
                chi = weight_variance * over(lambda z: density(z) * slope(root * z) ** 2)
                layers.append({"q": float(f"{q:.12g}"), "mean": float(f"{over(lambda z: density(z) * f(root * z)):.12g}"), "chi": float(f"{chi:.12g}")})
                q = weight_variance * square
            yield {"call": f"{name}, sigma_w^2 = {weight_variance}, inputs of mean square 1.5", "activation": name, "weightVariance": weight_variance, "layers": layers}


write("names", np, list(names_cases()))
write("mean-field", scipy, list(mean_field_cases()), CORE)
write("torch-init", torch, list(torch_init_cases()))
write("torch-truncated", torch, list(torch_truncated_cases()))
write("keras-layers", keras, list(keras_layer_cases()))
write("mpmath-gain", mpmath, list(mpmath_gain_cases()), CORE)
write("jax-delta-orthogonal", jax, list(delta_orthogonal_cases()))
write("keras-identity", keras, list(identity_cases()))
write("torch-dirac", torch, list(dirac_cases()))
write("torch-gain", torch, list(gain_cases()), CORE)
write("jax", jax, list(jax_cases()))
write("keras", keras, list(keras_cases()))
write("torch", torch, list(torch_cases()))
