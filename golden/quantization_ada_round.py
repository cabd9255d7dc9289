"""AdaRound in torch, for packages/quantization: the loss of the paper on the outputs of one linear layer, by autograd and torch.optim.Adam
in float64, all rows in each step, with the schedule of AIMET: a fifth without the regularizer, then beta from 20 to 2 by a cosine.

Two things differ from the paper, as the docs say: the loss of the outputs is counted in units of the mean loss that a nearest code
causes, and outputs whose nearest codes lose less keep these.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch

from quantization_gptq import parameters, rounded, values

OUT = Path(__file__).resolve().parent.parent / "packages" / "quantization" / "test" / "golden"
F = np.float32
ZETA, GAMMA = 1.1, -0.1


def rectified_sigmoid(V):
    return torch.clamp(torch.sigmoid(V) * (ZETA - GAMMA) + GAMMA, 0, 1)


def quantized(X, W, bits, scheme="noClipping", group=None, iterations=200, lr=0.05, reg=3.0):
    group = group or len(W)
    scale, zero = np.zeros(W.shape), np.zeros(W.shape)
    nearest_codes, nearest = np.zeros(W.shape), np.zeros(W.shape, dtype=F)
    for g in range(0, len(W), group):
        part = slice(g, g + group)
        s, z, least, most = parameters(W[part], bits, scheme)
        scale[part], zero[part] = s, z
        nearest_codes[part], nearest[part] = rounded(W[part], s, z, least, most)
    x, w = torch.tensor(X), torch.tensor(W.astype(np.float64))
    s, z = torch.tensor(scale), torch.tensor(zero)
    target = x @ w
    unit = ((x @ torch.tensor(nearest.astype(np.float64)) - target) ** 2).sum() / w.numel()
    floor = torch.floor(w / s)
    rest = w / s - floor
    V = (-torch.log((ZETA - GAMMA) / (rest - GAMMA) - 1)).requires_grad_()
    adam = torch.optim.Adam([V], lr=lr)
    start = 0.2 * iterations
    for t in range(iterations):
        h = rectified_sigmoid(V)
        soft = (torch.clamp(floor + h + z, least, most) - z) * s
        loss = ((x @ soft - target) ** 2).sum() / unit
        if t >= start:
            beta = 2 + 0.5 * (20 - 2) * (1 + math.cos((t - start) / (iterations - start) * math.pi))
            loss = loss + reg * (1 - (2 * h - 1).abs().pow(beta)).sum()
        adam.zero_grad()
        loss.backward()
        adam.step()
    up = (rectified_sigmoid(V.detach()) >= 0.5).double()
    codes = torch.clamp(floor + up + z, least, most).numpy()
    found = ((codes - zero) * scale.astype(F)).astype(F)
    error = lambda v: ((X @ W.astype(np.float64) - X @ v.astype(np.float64)) ** 2).sum(axis=0)
    plainly = ~(error(found) < error(nearest))
    codes[:, plainly], found[:, plainly] = nearest_codes[:, plainly], nearest[:, plainly]
    return codes, found, error(found).sum() / error(nearest).sum()


def case(name, inputs, outputs, examples, seed, **options):
    rng = np.random.default_rng(seed)
    X = np.round(rng.standard_normal((examples, inputs)) @ rng.standard_normal((inputs, inputs)) / np.sqrt(inputs) * 256) / 256
    # No multiples of a step: on one, rounding decides which way the gradient of a clip goes.
    W = rng.standard_normal((inputs, outputs)).astype(F)
    codes, found, share = quantized(X, W, **options)
    print(f"{name}: {share:.3f} of the loss of the nearest codes")
    return {
        "call": name,
        "inputs": inputs,
        "outputs": outputs,
        "options": options,
        "x": values(X),
        "w": values(W),
        "codes": [int(c) for c in values(codes)],
        "values": values(found),
    }


if __name__ == "__main__":
    cases = [
        case("int4", 12, 8, 40, 1, bits=4),
        case("int3, groups of 4", 20, 6, 60, 2, bits=3, group=4),
        case("int4, groups of 8 of 19 inputs, the last of 3", 19, 7, 60, 3, bits=4, group=8),
        case("uint4, affine", 16, 5, 40, 4, bits=4, scheme="affine"),
        case("uint3, affine, groups of 4, fewer examples than inputs", 16, 6, 8, 5, bits=3, scheme="affine", group=4),
        case("int2, 100 steps of .02", 16, 5, 50, 6, bits=2, iterations=100, lr=0.02),
        case("int3, a regularizer of 30", 16, 5, 50, 7, bits=3, reg=30.0),
    ]
    made = {"by": "golden/quantization_ada_round.py", "versions": {"numpy": np.__version__, "torch": torch.__version__}}
    (OUT / "ada-round.json").write_text(json.dumps({"made": made, "cases": cases}) + "\n")
