"""Goldens for weight standardization in packages/weightnorm, by torch in float64, in tfjs layouts.

Plain (Qiao et al. 2019): batch normalization of the kernel over each output unit, which is how PyTorch code has it. Scaled (Brock et
al. 2021): (w - mean) * rsqrt(max(var * n, eps)) * gain, the formula of the NFNets paper's code.

Run: python golden/weightnorm_standardization.py (versions: golden/requirements.txt)
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

OUT = Path(__file__).parent.parent / "packages" / "weightnorm" / "test" / "golden"
rng = np.random.default_rng(21)

# torch shape, axis of its units, permutation to the tfjs layout, axis of units there
KINDS = {
    "dense": ((4, 3), 0, (1, 0), -1),
    "conv2d": ((3, 2, 2, 3), 0, (2, 3, 1, 0), -1),
    "conv2dTranspose": ((2, 3, 2, 3), 1, (2, 3, 1, 0), -2),
}


def f32(shape, scale=1.0, mean=0.0):
    """Random values that float32 holds exactly, in float64."""
    return (mean + rng.standard_normal(shape) * scale).astype(np.float32).astype(np.float64)


def flat(tensor):
    return [float(x) for x in np.asarray(tensor).reshape(-1)]


def standardize(w, dim, scaled, eps, gamma):
    rows = w.transpose(0, dim)
    flat_rows = rows.reshape(rows.shape[0], -1)
    if scaled:
        mean, n = flat_rows.mean(1, keepdim=True), flat_rows.shape[1]
        var = flat_rows.var(1, unbiased=False, keepdim=True)
        out = (flat_rows - mean) * torch.rsqrt(torch.clamp(var * n, min=eps)) * gamma
    else:
        out = F.batch_norm(flat_rows[None], None, None, training=True, momentum=0.0, eps=eps)[0] * gamma
    return out.reshape(rows.shape).transpose(0, dim)


def function_cases():
    cases = []
    for kind, (shape, dim, perm, axis) in KINDS.items():
        for scaled, eps, gamma, scale, mean in (
            (False, 1e-5, 1.0, 0.5, 0.25), (False, 1e-2, 2.0, 0.1, -0.5), (False, 1e-5, 1.0, 2e-3, 0.0),
            (True, 1e-4, 1.0, 0.5, 0.25), (True, 1e-4, 1.7, 1e-3, 0.0), (True, 1e-2, 1.0, 3.0, 1.0),
        ):
            w = torch.tensor(f32(shape, scale, mean), requires_grad=True)
            dy = torch.tensor(f32(shape))
            y = standardize(w, dim, scaled, eps, gamma)
            y.backward(dy)
            out = lambda t: flat(t.detach().permute(*perm))
            cases.append({
                "call": f"{'scaled' if scaled else 'batch_norm'}({kind}, eps={eps}) * {gamma}",
                "axis": axis, "scaled": scaled, "epsilon": eps, "gamma": gamma,
                "shape": [shape[i] for i in perm],
                "w": out(w), "dy": out(dy), "y": out(y), "dw": out(w.grad),
            })
    return cases


class Scaled(nn.Module):
    def __init__(self, units):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(units, 1, dtype=torch.float64))

    def forward(self, w):
        return standardize(w, 0, True, 1e-4, 1.0) * self.gain


class Plain(nn.Module):
    def forward(self, w):
        return standardize(w, 0, False, 1e-5, 1.0)


def training_cases(steps=5, lr=0.125):
    """Dense(3 -> 4), mean squared error, full batch, SGD."""
    cases = []
    for scaled in (False, True):
        kernel, x, y = f32((4, 3), 0.5), f32((6, 3)), f32((6, 4))
        net = nn.Linear(3, 4, bias=False).double()
        with torch.no_grad():
            net.weight.copy_(torch.tensor(kernel))
        parametrize.register_parametrization(net, "weight", Scaled(4) if scaled else Plain())
        optimizer = torch.optim.SGD(net.parameters(), lr=lr)
        for _ in range(steps):
            optimizer.zero_grad()
            F.mse_loss(net(torch.tensor(x)), torch.tensor(y)).backward()
            optimizer.step()
        cases.append({
            "call": f"register_parametrization(Linear(3, 4)), {steps} steps of SGD(lr={lr})",
            "scaled": scaled, "lr": lr, "steps": steps, "kernel": flat(kernel.T), "x": flat(x), "y": flat(y),
            "weight": flat(net.weight.detach().T),
            "gain": flat(net.parametrizations.weight[0].gain.detach()) if scaled else None,
        })
    return cases


golden = {
    "made": {
        "by": "golden/weightnorm_standardization.py",
        "versions": {"torch": torch.__version__.split("+")[0], "numpy": np.__version__},
    },
    "cases": function_cases(),
    "training": training_cases(),
}
(OUT / "standardize-weight.json").write_text(json.dumps(golden) + "\n")
