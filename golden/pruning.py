"""Masks of torch.nn.utils.prune and values of the polynomial schedule, for packages/pruning.

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
