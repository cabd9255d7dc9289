"""Goldens for packages/weightnorm: torch.nn.utils.parametrizations.weight_norm and spectral_norm in float64, in tfjs layouts.

Run: python golden/weightnorm.py (versions: golden/requirements.txt)
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

OUT = Path(__file__).parent.parent / "packages" / "weightnorm" / "test" / "golden"
rng = np.random.default_rng(20)


def f32(shape, scale=1.0):
    """Random values that float32 holds exactly, in float64."""
    return (rng.standard_normal(shape) * scale).astype(np.float32).astype(np.float64)


def flat(tensor):
    return [float(x) for x in np.asarray(tensor).reshape(-1)]


# torch layout -> tfjs layout as a permutation of axes; the depthwise one also splits in * m.
KINDS = {
    "dense": dict(module=lambda: nn.Linear(3, 4), dim=0, perm=(1, 0), axis=-1),
    "conv2d": dict(module=lambda: nn.Conv2d(2, 3, (2, 3)), dim=0, perm=(2, 3, 1, 0), axis=-1),
    "conv2dTranspose": dict(module=lambda: nn.ConvTranspose2d(2, 3, (2, 3)), dim=1, perm=(2, 3, 1, 0), axis=-2),
    "depthwise": dict(module=lambda: nn.Conv2d(2, 4, (2, 3), groups=2), dim=0, perm=None, axis=[2, 3]),
    "whole": dict(module=lambda: nn.Linear(3, 4), dim=None, perm=(1, 0), axis=None),
    "embeddingRows": dict(module=lambda: nn.Embedding(4, 3), dim=0, perm=(0, 1), axis=0),
}


def to_tfjs(kind, w):
    if kind == "depthwise":  # [in * m, 1, h, w] -> [h, w, in, m]
        return w.reshape(2, 2, *w.shape[2:]).permute(2, 3, 0, 1)
    return w.permute(*KINDS[kind]["perm"])


def function_cases():
    cases = []
    for kind, spec in KINDS.items():
        module = weight_norm(spec["module"]().double(), "weight", dim=spec["dim"])
        p = module.parametrizations.weight
        with torch.no_grad():
            p.original0.copy_(torch.tensor(f32(p.original0.shape)))
            p.original1.copy_(torch.tensor(f32(p.original1.shape)))
        dw = torch.tensor(f32(module.weight.shape))
        module.weight.backward(dw)
        v = to_tfjs(kind, p.original1.detach())
        g = p.original0
        g_shape = [] if spec["dim"] is None else [2, 2] if kind == "depthwise" else [g.numel()]
        cases.append({
            "call": f"weight_norm({kind}, 'weight', dim={spec['dim']})",
            "kind": kind, "axis": spec["axis"], "shape": list(v.shape), "gShape": g_shape,
            "v": flat(v), "g": flat(g.detach()), "dw": flat(to_tfjs(kind, dw)),
            "w": flat(to_tfjs(kind, module.weight.detach())),
            "dv": flat(to_tfjs(kind, p.original1.grad)), "dg": flat(g.grad),
        })
    return cases


def spectral_cases():
    """One forward in training, which iterates n times from given u and v, with the gradient of the weight."""
    cases = []
    for kind, n in (("dense", 1), ("conv2d", 2), ("conv2dTranspose", 3)):
        spec = KINDS[kind]
        module = spectral_norm(spec["module"]().double(), "weight", n_power_iterations=n, dim=spec["dim"])
        p = module.parametrizations.weight
        with torch.no_grad():
            p.original.copy_(torch.tensor(f32(p.original.shape)))
            for name in ("_u", "_v"):
                start = torch.tensor(f32(p[0].__getattr__(name).shape))
                p[0].__getattr__(name).copy_(torch.nn.functional.normalize(start, dim=0).float().double())
        rows = [p.original.shape[i] for i in range(p.original.dim()) if i != spec["dim"]]
        # v numbers [in, h, w] in torch and [h, w, in] in tfjs.
        to_v = lambda v: v if kind == "dense" else v.reshape(rows).permute(1, 2, 0)
        made = lambda: {"u": flat(p[0]._u), "v": flat(to_v(p[0]._v))}
        dw = torch.tensor(f32(p.original.shape))
        start = made()
        weight = module.weight
        weight.backward(dw)
        cases.append({
            "call": f"spectral_norm({kind}, 'weight', n_power_iterations={n}, dim={spec['dim']})",
            "kind": kind, "axis": spec["axis"], "iterations": n, "start": start, "end": made(),
            "shape": list(to_tfjs(kind, p.original.detach()).shape),
            "w": flat(to_tfjs(kind, p.original.detach())), "dw": flat(to_tfjs(kind, dw)),
            "out": flat(to_tfjs(kind, weight.detach())), "grad": flat(to_tfjs(kind, p.original.grad)),
        })
    return cases


def training_case(steps=8, lr=0.125):
    """Dense(3 -> 4, tanh) -> Dense(4 -> 2), mean squared error, full batch, SGD; kernels weight-normalized."""
    w1, b1, w2, b2 = f32((4, 3), 0.6), f32((4,), 0.1), f32((2, 4), 0.6), f32((2,), 0.1)
    x, y = f32((6, 3)), f32((6, 2))
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    with torch.no_grad():
        for p, value in zip(net.parameters(), (w1, b1, w2, b2)):
            p.copy_(torch.tensor(value))
    first, last = weight_norm(net[0]), weight_norm(net[2])
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    trace = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(torch.tensor(x)), torch.tensor(y))
        loss.backward()
        optimizer.step()
        trace.append({
            "loss": float(loss.detach()),
            "kernel1": flat(first.weight.detach().T), "g1": flat(first.parametrizations.weight.original0.detach()),
            "v1": flat(first.parametrizations.weight.original1.detach().T),
            "bias1": flat(first.bias.detach()), "kernel2": flat(last.weight.detach().T),
        })
    return {
        "call": f"SGD(lr={lr}), {steps} steps of mse_loss on weight_norm(Linear(3, 4)), Tanh, weight_norm(Linear(4, 2))",
        "lr": lr, "x": x.tolist(), "y": y.tolist(),
        "kernel1": w1.T.tolist(), "bias1": b1.tolist(), "kernel2": w2.T.tolist(), "bias2": b2.tolist(), "trace": trace,
    }


def write(name, cases):
    OUT.mkdir(parents=True, exist_ok=True)
    made = {"by": "golden/weightnorm.py", "versions": {"torch": torch.__version__.split("+")[0], "numpy": np.__version__}}
    (OUT / f"{name}.json").write_text(json.dumps({"made": made, "cases": cases}) + "\n")


if __name__ == "__main__":
    torch.manual_seed(0)
    write("normalize-weight", function_cases())
    write("training", [training_case()])
    write("spectral-normalize", spectral_cases())
