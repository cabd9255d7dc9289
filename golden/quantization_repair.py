"""Goldens of the repairs of @weightkit/quantization: torch.nn.utils.fusion in float64, in tfjs layouts.

Run: python golden/quantization_repair.py (versions: golden/requirements.txt)
"""
import json
import pathlib

import numpy as np
import scipy
import torch
from scipy.integrate import quad
from scipy.stats import norm
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/quantization/test/golden"
MADE = {
    "by": "golden/quantization_repair.py",
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "torch": torch.__version__.split("+")[0]},
}
rng = np.random.default_rng(19)


def f32(shape, scale=1.0):
    """Random values that float32 holds exactly, in float64."""
    return (rng.standard_normal(shape) * scale).astype(np.float32).astype(np.float64)


def flat(tensor):
    return [float(x) for x in np.asarray(tensor).reshape(-1)]


def write(name, cases):
    text = ",\n".join("  " + json.dumps(case) for case in cases)
    (OUT / name).write_text('{"made": %s, "cases": [\n%s\n]}\n' % (json.dumps(MADE), text))


# torch layout -> tfjs layout as a permutation of axes; the depthwise one also splits in * m.
KINDS = {
    "dense": (lambda: nn.Linear(3, 4), lambda: nn.BatchNorm1d(4, eps=1e-3), (1, 0)),
    "conv2d": (lambda: nn.Conv2d(2, 3, (2, 3)), lambda: nn.BatchNorm2d(3, eps=1e-3), (2, 3, 1, 0)),
    "depthwise": (lambda: nn.Conv2d(2, 4, (3, 2), groups=2), lambda: nn.BatchNorm2d(4, eps=1e-2), None),
    "transposed": (lambda: nn.ConvTranspose2d(2, 3, (3, 2)), lambda: nn.BatchNorm2d(3, eps=1e-3), (2, 3, 1, 0)),
}


def tfjs(kind, weight, axes):
    if axes is not None:
        return weight.detach().numpy().transpose(axes)
    out, _, h, w = weight.shape
    return weight.detach().numpy()[:, 0].reshape(2, out // 2, h, w).transpose(2, 3, 0, 1)


def folds():
    for kind, (make, norm_of, axes) in KINDS.items():
        layer, norm = make().double().eval(), norm_of().double().eval()
        with torch.no_grad():
            for parameter in [*layer.parameters(), *norm.parameters(), norm.running_mean]:
                parameter.copy_(torch.from_numpy(f32(parameter.shape)))
            norm.running_var.copy_(torch.from_numpy(np.abs(f32(norm.running_var.shape)) + 0.125))
        if kind == "dense":
            fused = fuse_linear_bn_eval(layer, norm)
        else:
            fused = fuse_conv_bn_eval(layer, norm, transpose=kind == "transposed")
        kernel = tfjs(kind, layer.weight, axes)
        yield {
            "kind": kind,
            "shape": list(kernel.shape),
            "epsilon": norm.eps,
            "input": {
                "kernel": flat(kernel),
                "bias": flat(layer.bias.detach()),
                "gamma": flat(norm.weight.detach()),
                "beta": flat(norm.bias.detach()),
                "mean": flat(norm.running_mean),
                "variance": flat(norm.running_var),
            },
            "output": {"kernel": flat(tfjs(kind, fused.weight, axes)), "bias": flat(fused.bias.detach())},
        }


write("fold-batch-norm.json", folds())


def equalized(kernels):
    """Cross-layer equalization as the paper has it, pair after pair on the kernels themselves, until nothing moves."""
    kernels = [kernel.copy() for kernel in kernels]
    scales = [np.ones(kernel.shape[1]) for kernel in kernels[:-1]]
    for _ in range(100_000):
        largest = 0.0
        for k, scale in enumerate(scales):
            r1, r2 = np.abs(kernels[k]).max(axis=0), np.abs(kernels[k + 1]).max(axis=1)
            s = np.sqrt(r1 * r2) / r2
            kernels[k] /= s
            kernels[k + 1] *= s[:, None]
            scale *= s
            largest = max(largest, np.abs(np.log(s)).max())
        if largest < 1e-12:
            return scales
    raise AssertionError("no fixed point")


def equalizations():
    for widths in [(3, 4, 2), (5, 6, 6, 3), (2, 8, 4, 4, 8, 2)]:
        shapes = list(zip(widths, widths[1:]))
        kernels = [f32(shape) * np.exp(f32(shape[1], 2)) for shape in shapes]
        kernels = [kernel.astype(np.float32).astype(np.float64) for kernel in kernels]
        yield {"shapes": shapes, "kernels": [flat(k) for k in kernels], "scales": [flat(s) for s in equalized(kernels)]}


write("equalize.json", equalizations())


def rectified_means():
    for mean, std, most in [(0, 1, None), (1, 2, None), (-3, 1, None), (5, 0.5, None), (1, 2, 6), (5, 3, 6), (9, 1, 6), (-2, 4, 6)]:
        inner, _ = quad(lambda x: x * norm.pdf(x, mean, std), 0, most or np.inf, epsabs=1e-13, epsrel=1e-13)
        yield {"mean": mean, "std": std, "most": most, "value": inner + (most * norm.sf(most, mean, std) if most else 0)}


write("rectified-mean.json", rectified_means())


def concatenated():
    """Two branches side by side, one of which is also read alone: equalized pair after pair on the kernels themselves."""
    for left, right, wide, side in [(3, 2, 4, 2), (2, 5, 3, 3)]:
        a, b = f32((3, left)) * np.exp(f32((left,), 2)), f32((3, right)) * np.exp(f32((right,), 2))
        c, d = f32((left + right, wide)), f32((right, side))
        kernels = [kernel.astype(np.float32).astype(np.float64) for kernel in (a, b, c, d)]
        first = [kernel.copy() for kernel in kernels]
        a, b, c, d = kernels
        scale_a, scale_b = np.ones(left), np.ones(right)
        for _ in range(100_000):
            s = np.sqrt(np.abs(a).max(0) / np.abs(c[:left]).max(1))
            t = np.sqrt(np.abs(b).max(0) / np.maximum(np.abs(c[left:]).max(1), np.abs(d).max(1)))
            a /= s
            b /= t
            c[:left] *= s[:, None]
            c[left:] *= t[:, None]
            d *= t[:, None]
            scale_a *= s
            scale_b *= t
            if max(np.abs(np.log(s)).max(), np.abs(np.log(t)).max()) < 1e-12:
                break
        yield {"widths": [left, right, wide, side], "kernels": [flat(k) for k in first], "scales": flat(np.concatenate([scale_a, scale_b]))}


def absorptions():
    """relu(x W + b) V + d: equalized, then c = max(0, mean - 3 std) out of b and V c into d. In the second case one x lies below c."""
    for low in (False, True):
        kernel, bias = f32((3, 4), 0.3), np.array([6.0, 2.0, 0.5, -1.0])
        after, last, x = f32((4, 2)), f32((2,)), f32((64, 3))
        if low:
            x[0] = (-np.sign(kernel[:, 0]) * 32).astype(np.float32)
        z = x @ kernel + bias
        mean, std = f32((4,), 0) + z[1:].mean(0).astype(np.float32), z[1:].std(0).astype(np.float32).astype(np.float64)
        constants = np.maximum(0, mean - 3 * std)
        scale = np.sqrt(np.abs(kernel).max(0) / np.abs(after).max(1))
        moved = np.maximum(0, z - constants) @ after + last + constants @ after
        yield {
            "kernel": flat(kernel), "bias": flat(bias), "after": flat(after), "last": flat(last), "x": flat(x),
            "mean": flat(mean), "std": flat(std), "absorbed": int((constants > 0).sum()),
            "biases": [flat((bias - constants) / scale), flat(last + constants @ after)],
            "before": flat(np.maximum(0, z) @ after + last), "outputs": flat(moved),
            "below": int((z < constants)[:, constants > 0].sum()),
        }


write("equalize-concat.json", concatenated())
write("absorb.json", absorptions())
