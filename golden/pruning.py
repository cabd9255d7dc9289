"""Masks of torch.nn.utils.prune, values of the polynomial schedule, and the distributions ERK and LAMP, for packages/pruning.

Weights are distinct magnitudes (a shuffled grid with signs), so that no mask depends on how ties are broken.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.utils import prune

OUT = Path(__file__).resolve().parent.parent / "packages" / "pruning" / "test" / "golden"


def weights(shape, seed):
    rng = np.random.default_rng(seed)
    n = int(np.prod(shape))
    magnitudes = (rng.permutation(n) + 1) / 64
    return (magnitudes * rng.choice([-1, 1], n)).reshape(shape).astype(np.float32)


class Holder(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.w = nn.Parameter(torch.from_numpy(w.copy()))


def values(a):
    return np.asarray(a).reshape(-1).tolist()


def l1_case(shape, amount, seed):
    w = weights(shape, seed)
    module = prune.l1_unstructured(Holder(w), "w", amount)
    return {
        "call": f"prune.l1_unstructured(w, amount={amount})",
        "shape": list(shape),
        "amount": amount,
        "w": values(w),
        "mask": [int(m) for m in values(module.w_mask)],
    }


def again_case(shape, amounts, seed):
    """Counts on the remainder, as torch's container takes them: integers, so that they add up."""
    w = weights(shape, seed)
    module = Holder(w)
    masks = []
    for amount in amounts:
        prune.l1_unstructured(module, "w", amount)
        masks.append([int(m) for m in values(module.w_mask)])
    return {"call": f"l1_unstructured {amounts} in turn", "shape": list(shape), "amounts": amounts, "w": values(w), "masks": masks}


def global_case(shapes, amount, seed):
    joint = weights((sum(int(np.prod(s)) for s in shapes),), seed)
    parts = np.split(joint, np.cumsum([int(np.prod(s)) for s in shapes])[:-1])
    modules = [Holder(p.reshape(s)) for p, s in zip(parts, shapes)]
    prune.global_unstructured([(m, "w") for m in modules], pruning_method=prune.L1Unstructured, amount=amount)
    return {
        "call": f"prune.global_unstructured(weights, L1Unstructured, amount={amount})",
        "shapes": [list(s) for s in shapes],
        "amount": amount,
        "w": [values(p) for p in parts],
        "masks": [[int(v) for v in values(m.w_mask)] for m in modules],
    }


def structured_case(shape, n, dim, amount, seed):
    w = weights(shape, seed)
    module = prune.ln_structured(Holder(w), "w", amount=amount, n=n, dim=dim)
    return {
        "call": f"prune.ln_structured(w, amount={amount}, n={n}, dim={dim})",
        "shape": list(shape),
        "amount": amount,
        "n": n if n in (1, 2, 3) else "max",
        "dim": dim,
        "w": values(w),
        "mask": [int(m) for m in values(module.w_mask)],
    }


def random_structured_case(shape, dim, amount, seed):
    """What torch draws for the channels is kept, so that the same draws as scores must give the same mask."""
    w = weights(shape, seed)
    torch.manual_seed(seed)
    drawn = torch.rand(shape[dim])
    torch.manual_seed(seed)
    module = prune.random_structured(Holder(w), "w", amount=amount, dim=dim)
    return {
        "call": f"prune.random_structured(w, amount={amount}, dim={dim})",
        "shape": list(shape),
        "amount": amount,
        "dim": dim,
        "drawn": values(drawn),
        "w": values(w),
        "mask": [int(m) for m in values(module.w_mask)],
    }


def gradient_case(loss, seed):
    """Gradients of torch autograd in float64 of a net [4] -> [5] tanh -> [3]; kernels as [in, out]."""
    def tensor(shape, more):
        return torch.tensor(weights(shape, seed + more).astype(np.float64) * 2)

    a, b = tensor((4, 5), 1), tensor((5, 3), 2)
    ab, bb = torch.tensor([0.5, -0.25, 0.0, 0.125, 1.0], dtype=torch.float64), torch.tensor([0.25, 0.0, -0.5], dtype=torch.float64)
    parameters = {"a/kernel": a, "a/bias": ab, "b/kernel": b, "b/bias": bb}
    for p in parameters.values():
        p.requires_grad_(True)
    x, labels = tensor((6, 4), 3), torch.tensor([0, 1, 2, 2, 1, 0])
    y = torch.nn.functional.one_hot(labels, 3).double()
    out = torch.tanh(x @ a + ab) @ b + bb
    losses = {"mse_loss": lambda: torch.nn.functional.mse_loss(out, y), "cross_entropy": lambda: torch.nn.functional.cross_entropy(out, labels)}
    losses[loss]().backward()
    return {
        "call": f"torch.nn.functional.{loss}(tanh(x a + a_bias) b + b_bias, y).backward()",
        "loss": loss,
        "x": values(x.detach()),
        "y": values(y),
        "weights": {path: values(p.detach()) for path, p in parameters.items()},
        "gradients": {path: values(p.grad) for path, p in parameters.items()},
    }


def erk_case(shapes, sparsity, power):
    """Erdos-Renyi-Kernel of RigL (Evci et al. 2020, appendix B; get_mask_random and sparsity maps of its code), in float64."""
    counts = [np.prod(s) for s in shapes]
    raw = [(np.sum(s) / np.prod(s)) ** power for s in shapes]
    dense = set()
    while True:
        kept = sum((1 - sparsity) * c for i, c in enumerate(counts) if i not in dense)
        kept -= sum(sparsity * c for i, c in enumerate(counts) if i in dense)
        free = [i for i in range(len(shapes)) if i not in dense]
        eps = kept / sum(raw[i] * counts[i] for i in free)
        top = max(raw[i] for i in free)
        if eps * top <= 1:
            break
        dense |= {i for i in free if raw[i] == top}
    return {
        "call": f"ERK of RigL, sparsity {sparsity}, erk_power_scale {power}",
        "shapes": [list(s) for s in shapes],
        "sparsity": sparsity,
        "power": power,
        "sparsities": [0.0 if i in dense else float(1 - eps * raw[i]) for i in range(len(shapes))],
    }


def lamp_case(shapes, sparsity, scale, seed):
    """LAMP (Lee et al. 2021, equation 1): the squares of each layer sorted, each over the sum of itself and those behind it."""
    parts = [weights(s, seed + i).astype(np.float64) * c for i, (s, c) in enumerate(zip(shapes, scale))]
    scores = []
    for part in parts:
        squares = part.reshape(-1) ** 2
        order = np.argsort(squares, kind="stable")
        ranked = squares[order]
        lamp = ranked / (ranked.sum() - np.concatenate([[0.0], np.cumsum(ranked)[:-1]]))
        back = np.empty_like(lamp)
        back[order] = lamp
        scores.append(back)
    joint = np.concatenate(scores)
    zeros = int(np.round(sparsity * joint.size))
    threshold = np.sort(joint)[zeros]
    return {
        "call": f"LAMP, sparsity {sparsity}",
        "shapes": [list(s) for s in shapes],
        "sparsity": sparsity,
        "w": [values(p.astype(np.float32)) for p in parts],
        "masks": [[int(v >= threshold) for v in s] for s in scores],
    }


def decay(initial, final, begin, end, power, frequency):
    """PolynomialDecay of TensorFlow Model Optimization, its formula in float64: [step, sparsity] where it prunes."""
    turns = [t for t in range(end + 2 * frequency) if begin <= t <= end and (t - begin) % frequency == 0]
    p = np.clip((np.array(turns, dtype=np.float64) - begin) / (end - begin), 0.0, 1.0)
    s = (initial - final) * np.power(1 - p, power) + final
    return {
        "call": f"PolynomialDecay({initial}, {final}, {begin}, {end}, {power}, {frequency})",
        "options": {"initial": initial, "final": final, "begin": begin, "end": end, "power": power, "frequency": frequency},
        "sparsities": [[t, float(v)] for t, v in zip(turns, s)],
    }


def write(name, cases):
    made = {"by": "golden/pruning.py", "versions": {"torch": torch.__version__.split("+")[0], "numpy": np.__version__}}
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / name).write_text(json.dumps({"made": made, "cases": cases}) + "\n")


write(
    "l1.json",
    [
        l1_case(shape, amount, seed)
        for seed, (shape, amount) in enumerate(
            [
                ((5,), 0.5),
                ((7,), 0.5),
                ((3,), 0.5),
                ((4, 5), 0.3),
                ((4, 5), 0.125),
                ((6, 6), 0.01),
                ((3, 3, 2, 4), 0.9),
                ((8, 4), 31),
                ((8, 4), 0),
                ((8, 4), 32),
            ]
        )
    ],
)
write("again.json", [again_case((6, 7), [5, 11, 1, 20], 31), again_case((3, 3, 4), [9, 9, 9], 32)])
write(
    "global.json",
    [
        global_case([(3, 4), (4, 5), (5, 2)], 0.5, 41),
        global_case([(3, 4), (4, 5), (5, 2)], 0.97, 42),
        global_case([(3, 4), (4, 5), (5, 2)], 17, 43),
        global_case([(3, 5), (5, 6)], 0.5, 44),
    ],
)
write(
    "polynomial-decay.json",
    [
        decay(0.0, 0.8, 0, 1000, 3, 100),
        decay(0.5, 0.9, 200, 1000, 3, 50),
        decay(0.2, 0.6, 10, 110, 1, 7),
        decay(0.1, 0.95, 3, 63, 2.5, 20),
    ],
)
write(
    "structured.json",
    [
        structured_case((6, 5), 1, 0, 0.5, 51),
        structured_case((6, 5), 2, 1, 0.5, 52),
        structured_case((6, 5), 2, -1, 2, 53),
        structured_case((6, 5), float("inf"), 0, 3, 54),
        structured_case((3, 3, 4, 8), 1, -1, 0.4, 55),
        structured_case((3, 3, 4, 8), 2, -2, 0.5, 56),
        structured_case((3, 3, 4, 8), 2, 0, 1, 57),
        structured_case((5, 4, 3), 1, 1, 0, 58),
        structured_case((3, 3, 4, 8), 3, -1, 0.5, 59),
    ],
)
write(
    "random-structured.json",
    [
        random_structured_case((6, 5), 0, 0.5, 61),
        random_structured_case((6, 5), -1, 3, 62),
        random_structured_case((3, 3, 4, 8), -1, 0.7, 63),
    ],
)
write(
    "erk.json",
    [
        erk_case([(784, 300), (300, 100), (100, 10)], 0.9, 1.0),
        erk_case([(3, 3, 3, 32), (3, 3, 32, 64), (1, 1, 64, 64), (1024, 10)], 0.8, 1.0),
        erk_case([(3, 3, 3, 32), (3, 3, 32, 64), (1, 1, 64, 64), (1024, 10)], 0.98, 1.0),
        erk_case([(8, 8), (8, 8), (2, 2)], 0.5, 1.0),
        erk_case([(784, 300), (300, 100), (100, 10)], 0.9, 0.5),
        erk_case([(20, 30), (30, 4)], 0.0, 1.0),
    ],
)
write(
    "lamp.json",
    [
        lamp_case([(6, 8), (8, 10), (10, 3)], 0.5, [1, 1, 1], 71),
        lamp_case([(6, 8), (8, 10), (10, 3)], 0.9, [0.125, 4, 1], 72),
        lamp_case([(3, 12), (12, 12)], 0.97, [1, 0.0625], 73),
    ],
)
write("gradients.json", [gradient_case("mse_loss", 81), gradient_case("cross_entropy", 91)])
