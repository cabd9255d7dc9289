"""Scores of SNIP, GraSP, SynFlow, movement pruning, OBD, Wanda and FPGM by torch autograd in float64, for packages/pruning.

Each follows the paper's formula or the authors' code; kernels are as tfjs has them, [in, out] and [window, in, out].
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

OUT = Path(__file__).resolve().parent.parent / "packages" / "pruning" / "test" / "golden"


def tensor(shape, seed, scale=1.0):
    """Multiples of 1/64, which float32 holds."""
    rng = np.random.default_rng(seed)
    return torch.tensor(np.round(rng.standard_normal(shape) * 64 * scale) / 64, dtype=torch.float64)


def values(a):
    return np.asarray(a.detach()).reshape(-1).tolist()


class Mlp:
    """[4] -> a [5] tanh -> b [3]."""

    call = "tanh(x a + a_bias) b + b_bias"
    shape = [4]

    def __init__(self, seed):
        self.weights = {
            "a/kernel": tensor((4, 5), seed),
            "a/bias": tensor((5,), seed + 1, 0.25),
            "b/kernel": tensor((5, 3), seed + 2),
            "b/bias": tensor((3,), seed + 3, 0.25),
        }
        self.x = tensor((6, 4), seed + 4)

    def __call__(self, x, w):
        return torch.tanh(x @ w["a/kernel"] + w["a/bias"]) @ w["b/kernel"] + w["b/bias"]


class Conv:
    """[5, 5, 2] -> c 3 filters of 3 x 3, stride 2, same, tanh -> flatten -> d [3]."""

    call = "linear(flatten(tanh(conv2d(pad(x), c, stride=2) + c_bias)), d) + d_bias"
    shape = [5, 5, 2]

    def __init__(self, seed):
        self.weights = {
            "c/kernel": tensor((3, 3, 2, 3), seed, 0.5),
            "c/bias": tensor((3,), seed + 1, 0.25),
            "d/kernel": tensor((27, 3), seed + 2, 0.5),
            "d/bias": tensor((3,), seed + 3, 0.25),
        }
        self.x = tensor((6, 5, 5, 2), seed + 4)

    def __call__(self, x, w):
        padded = F.pad(x.permute(0, 3, 1, 2), (1, 1, 1, 1))
        y = F.conv2d(padded, w["c/kernel"].permute(3, 2, 0, 1), stride=2).permute(0, 2, 3, 1)
        return torch.tanh(y + w["c/bias"]).flatten(1) @ w["d/kernel"] + w["d/bias"]


LABELS = torch.tensor([0, 1, 2, 2, 1, 0])
Y = F.one_hot(LABELS, 3).double()


def mse(out, y):
    return F.mse_loss(out, y)


def cross_entropy(out, y):
    return F.cross_entropy(out, y.argmax(-1))


def kernels(weights):
    return {path: w for path, w in weights.items() if w.ndim > 1}


def case(call, net, loss, scores):
    return {
        "call": call,
        "net": net.call,
        "shape": net.shape,
        "loss": loss.__name__ if loss else None,
        "x": values(net.x),
        "y": values(Y),
        "weights": {path: {"shape": list(w.shape), "values": values(w)} for path, w in net.weights.items()},
        "scores": {path: values(s) for path, s in scores.items()},
    }


def snip(net, loss):
    """Masks of ones c in f(c * w): |dL/dc| over the sum of all (Lee et al. 2019, equations 4 to 6)."""
    masks = {path: torch.ones_like(w, requires_grad=True) for path, w in kernels(net.weights).items()}
    w = {path: w * masks[path] if path in masks else w for path, w in net.weights.items()}
    loss(net(net.x, w), Y).backward()
    total = sum(c.grad.abs().sum() for c in masks.values())
    return case("|dL/dc| / sum |dL/dc|, c a mask of ones", net, loss, {p: c.grad.abs() / total for p, c in masks.items()})


def grasp(net, loss, temperature):
    """As alecwangcz/GraSP: g with create_graph, z = sum g.detach() * g, -w * dz/dw; what is kept last has the smallest. The sign turned."""
    w = {path: w.clone().requires_grad_(path in kernels(net.weights)) for path, w in net.weights.items()}
    chosen = list(kernels(w).values())
    value = loss(net(net.x, w) / temperature, Y)
    g = torch.autograd.grad(value, chosen, create_graph=True)
    z = sum((a.detach() * a).sum() for a in g)
    hg = torch.autograd.grad(z, chosen)
    scores = {p: (k * h) for (p, k), h in zip(kernels(w).items(), hg)}
    return {**case("w * autograd.grad(sum(g.detach() * g), w)", net, loss, scores), "temperature": temperature}


def obd(net, loss):
    """w^2 / 2 times the mean over the examples of the squared gradient."""
    sums = {path: torch.zeros_like(w) for path, w in net.weights.items()}
    for i in range(len(net.x)):
        w = {path: w.clone().requires_grad_(True) for path, w in net.weights.items()}
        loss(net(net.x[i : i + 1], w), Y[i : i + 1]).backward()
        for path, one in w.items():
            sums[path] += one.grad**2 / len(net.x)
    scores = {path: 0.5 * sums[path] * w**2 for path, w in net.weights.items()}
    return case("w^2 / 2 * mean of squared gradients of single examples", net, loss, scores)


def movement(net, loss, steps, rate):
    """S -= w dL/dw before each step of SGD (Sanh et al. 2020, equation 3)."""
    w = {path: w.clone().requires_grad_(True) for path, w in net.weights.items()}
    optimizer = torch.optim.SGD(list(w.values()), lr=rate)
    scores = {path: torch.zeros_like(v) for path, v in w.items()}
    for _ in range(steps):
        optimizer.zero_grad()
        loss(net(net.x, w), Y).backward()
        for path, v in w.items():
            scores[path] -= (v * v.grad).detach()
        optimizer.step()
    return {**case("S -= w * w.grad, then SGD.step()", net, loss, scores), "steps": steps, "rate": rate}


def syn_flow(sizes, seed, scale):
    """R = 1' prod |W| 1 by autograd in float64; |dR/dw * w| / R."""
    ws = [(tensor((a, b), seed + i) * scale).requires_grad_(True) for i, (a, b) in enumerate(zip(sizes, sizes[1:]))]
    flow = torch.ones(1, sizes[0], dtype=torch.float64)
    for w in ws:
        flow = flow @ w.abs()
    total = flow.sum()
    total.backward()
    assert torch.isfinite(total)
    return {
        "call": "|dR/dw * w| / R, R = sum(1' prod |W|)",
        "sizes": sizes,
        "log10": float(torch.log10(total.detach())),
        "weights": [values(w) for w in ws],
        "scores": [values((w.grad * w).abs() / total) for w in ws],
    }


def wanda(net, inputs, depthwise=False):
    """lib/prune.py of locuslab/wanda: |W| * sqrt(scaler_row), the scaler a mean over examples; the sum here, which is the same order."""
    scores = {}
    for path, rows in inputs(net).items():
        w = net.weights[path]
        norm = rows.reshape(-1, rows.shape[-1]).pow(2).sum(0).sqrt()
        scores[path] = (w.reshape(len(norm), -1).abs() * norm[:, None]).reshape(w.shape)
    return case("|W| * norm of inputs over examples and places", net, None, scores)


def mlp_inputs(net):
    w = net.weights
    return {"a/kernel": net.x, "b/kernel": torch.tanh(net.x @ w["a/kernel"] + w["a/bias"])}


def conv_inputs(net):
    """im2col of torch, F.unfold, whose rows are [channel, window]; as [window, channel]."""
    w = net.weights
    padded = F.pad(net.x.permute(0, 3, 1, 2), (1, 1, 1, 1))
    unfolded = F.unfold(padded, 3, stride=2)
    n, _, places = unfolded.shape
    rows = unfolded.reshape(n, 2, 9, places).permute(0, 3, 2, 1).reshape(n * places, 18)
    y = F.conv2d(padded, w["c/kernel"].permute(3, 2, 0, 1), stride=2).permute(0, 2, 3, 1)
    return {"c/kernel": rows, "d/kernel": torch.tanh(y + w["c/bias"]).flatten(1)}


def fpgm(shape, seed):
    """As FPGM's get_filter_similar: rows of distances of flattened filters by scipy's cdist, here torch.cdist, summed up."""
    w = tensor(shape, seed)
    filters = w.reshape(-1, shape[-1]).T.contiguous()
    sums = torch.cdist(filters, filters, compute_mode="donot_use_mm_for_euclid_dist").sum(1)
    return {"call": "torch.cdist(filters, filters).sum(1)", "shape": list(shape), "w": values(w), "sums": values(sums)}


def write(name, cases):
    made = {"by": "golden/pruning_scores.py", "versions": {"torch": torch.__version__.split("+")[0], "numpy": np.__version__}}
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / name).write_text(json.dumps({"made": made, "cases": cases}) + "\n")


write("snip.json", [snip(Mlp(1), mse), snip(Mlp(11), cross_entropy), snip(Conv(21), mse)])
write(
    "grasp.json",
    [grasp(Mlp(31), mse, 1), grasp(Mlp(41), cross_entropy, 1), grasp(Mlp(41), cross_entropy, 200), grasp(Conv(51), mse, 1)],
)
write("obd.json", [obd(Mlp(61), mse), obd(Mlp(71), cross_entropy), obd(Conv(81), mse)])
write("movement.json", [movement(Mlp(91), mse, 1, 0.5), movement(Mlp(101), mse, 7, 0.25), movement(Conv(111), mse, 3, 0.25)])
write("syn-flow.json", [syn_flow([4, 5, 3], 121, 1), syn_flow([3] + 60 * [4] + [2], 131, 16), syn_flow([2, 3, 2], 141, 2.0**-40)])
write("wanda.json", [wanda(Mlp(151), mlp_inputs), wanda(Conv(161), conv_inputs)])
write("fpgm.json", [fpgm((6, 5), 171), fpgm((3, 3, 4, 8), 181)])
