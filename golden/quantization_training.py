"""Goldens of quantization-aware training: values and gradients of torch's fake quantization, with ranges that clip, and of learned step
size (LSQ, Esser et al. 2020), which is derived here once more from the paper's pseudo-code with torch's autograd in float64.

Usage: python golden/quantization_training.py
"""
import base64
import json
import pathlib

import numpy as np
import torch

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/quantization/test/golden"
MADE = {"by": "golden/quantization_training.py", "versions": {"numpy": np.__version__, "torch": torch.__version__}}
g = torch.Generator().manual_seed(23)


def packed(tensor):
    return base64.b64encode(np.ascontiguousarray(tensor.detach().numpy().astype(np.float32)).tobytes()).decode()


def write(name, cases):
    text = ",\n".join("  " + json.dumps(case) for case in cases)
    (OUT / name).write_text('{"made": %s, "cases": [\n%s\n]}\n' % (json.dumps(MADE), text))


def parameters(low, high, qmin, qmax, scheme):
    """torchao's choose_qparams_affine, in float32, of ranges that are given."""
    low, high = torch.clamp(low, max=0), torch.clamp(high, min=0)
    middle = torch.full_like(low, int((qmax + qmin + 1) / 2))
    if scheme == "affine":
        scale = (high - low) / float(qmax - qmin)
        return scale, torch.clamp(qmin - torch.round(low / scale), qmin, qmax)
    if scheme == "symmetric":
        return torch.maximum(-low, high) / (float(qmax - qmin) / 2), middle
    return torch.maximum(low / float(qmin - middle[0]), high / float(qmax - middle[0])), middle


def fake():
    cases = []
    for dtype, qmin, qmax in [("int8", -128, 127), ("int4", -8, 7), ("int2", -2, 1), ("uint8", 0, 255), ("uint3", 0, 7)]:
        for scheme in ["symmetric", "affine", "noClipping"]:
            for axis in [None, 0, 1]:
                x = (torch.randn(5, 7, generator=g) * 0.3).requires_grad_()
                dy = torch.randn(5, 7, generator=g)
                count = 1 if axis is None else x.shape[axis]
                low = -0.1 - 0.3 * torch.rand(count, generator=g)
                high = 0.1 + 0.3 * torch.rand(count, generator=g)
                scale, zero = parameters(low, high, qmin, qmax, scheme)
                if axis is None:
                    y = torch.fake_quantize_per_tensor_affine(x, scale[0].item(), int(zero[0]), qmin, qmax)
                else:
                    y = torch.fake_quantize_per_channel_affine(x, scale, zero.int(), axis, qmin, qmax)
                y.backward(dy)
                cases.append({
                    "grid": {
                        "dtype": dtype,
                        "scheme": scheme,
                        "granularity": "tensor" if axis is None else {"axis": axis},
                        "ranges": {"min": low.tolist(), "max": high.tolist()},
                    },
                    "shape": [5, 7], "x": packed(x), "dy": packed(dy), "y": packed(y), "dx": packed(x.grad),
                })
    write("fake-quantize.json", cases)


def lsq():
    """Algorithm 1 of https://arxiv.org/abs/1902.08153: gradscale and roundpass by detach, everything else by autograd."""
    cases = []
    for bits in [2, 3, 4, 8]:
        for signed in [True, False]:
            for axis in [None, 0, 1]:
                qn, qp = (2 ** (bits - 1), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
                w = (torch.randn(6, 5, generator=g) * 0.4).float().double()
                if not signed:
                    w = w.abs()
                dy = torch.randn(6, 5, generator=g).float().double()
                others = [d for d in (0, 1) if d != axis]
                n = w.numel() if axis is None else w.numel() // w.shape[axis]
                mean = w.abs().mean() if axis is None else w.abs().mean(dim=others)
                initial = 2 * mean / qp**0.5
                s = (initial.float().double() * 0.7).float().double().requires_grad_()
                w.requires_grad_()
                factor = 1 / (n * qp) ** 0.5
                scaled = (s - s * factor).detach() + s * factor
                step = scaled if axis is None else scaled.reshape([-1 if d == axis else 1 for d in (0, 1)])
                v = torch.clamp(w / step, -qn, qp)
                v = (torch.round(v) - v).detach() + v
                y = v * step
                y.backward(dy)
                cases.append({
                    "dtype": f"{'' if signed else 'u'}int{bits}", "axis": axis, "shape": [6, 5],
                    "w": packed(w), "dy": packed(dy), "step": packed(s), "initial": packed(initial),
                    "y": packed(y), "dw": packed(w.grad), "ds": packed(s.grad),
                })
    write("learned-step.json", cases)


class Pact(torch.autograd.Function):
    """Equations 1 to 3 of https://arxiv.org/abs/1805.06085."""

    @staticmethod
    def forward(ctx, x, alpha, bits):
        ctx.save_for_backward(x, alpha)
        y = 0.5 * (x.abs() - (x - alpha).abs() + alpha)
        levels = 2**bits - 1
        return torch.round(y * levels / alpha) * alpha / levels

    @staticmethod
    def backward(ctx, dy):
        x, alpha = ctx.saved_tensors
        inside = (x >= 0) & (x < alpha)
        return dy * inside, (dy * (x >= alpha)).sum(), None


def pact():
    cases = []
    for bits in [2, 3, 4, 8]:
        for alpha in [0.4, 1.7]:
            x = torch.randn(6, 5, generator=g).double().requires_grad_()
            dy = torch.randn(6, 5, generator=g).double()
            a = torch.tensor(alpha).double().requires_grad_()
            x = x.float().double().detach().requires_grad_()
            dy = dy.float().double()
            y = Pact.apply(x, a, bits)
            y.backward(dy)
            cases.append({"bits": bits, "shape": [6, 5], "x": packed(x), "dy": packed(dy), "alpha": alpha,
                          "y": packed(y), "dx": packed(x.grad), "da": a.grad.item()})
    write("pact.json", cases)


fake()
lsq()
pact()
