"""What pruning during training is compared with: schedules, RigL, proximal steps, hard-concrete gates; for packages/pruning.

The formulas are the papers', written here in numpy float64 or torch, apart from the code under test.
"""

import json
from pathlib import Path

import numpy as np
import torch

OUT = Path(__file__).resolve().parent.parent / "packages" / "pruning" / "test" / "golden"


def write(name, cases):
    versions = {"torch": torch.__version__.split("+")[0], "numpy": np.__version__}
    made = {"by": "golden/pruning_during.py", "versions": versions}
    (OUT / name).write_text(json.dumps({"made": made, "cases": cases}) + "\n")


def values(a):
    return np.asarray(a, dtype=np.float64).reshape(-1).tolist()


def spread(shape, stride):
    """The values of `spread` in test/models.ts: distinct magnitudes, signs in turn."""
    n = int(np.prod(shape))
    i = np.arange(n)
    x = ((i * stride) % n + 1) / n * np.where(i % 2 == 0, 1, -1)
    return x.astype(np.float32).astype(np.float64).reshape(shape)


def one_cycle(initial, final, begin, end, alpha, beta, frequency):
    """Hubens et al. 2021: s_i + (s_f - s_i) (1 + exp(-alpha + beta)) / (1 + exp(-alpha p + beta)), as the authors' code has it."""
    steps = np.arange(begin, end + 1, frequency)
    p = (steps - begin) / (end - begin)
    s = initial + (final - initial) * (1 + np.exp(-alpha + beta)) / (1 + np.exp((-alpha * p) + beta))
    return {
        "call": f"one_cycle({initial}, {final}, {begin}, {end}, {alpha}, {beta}, {frequency})",
        "options": {
            "initial": initial,
            "final": final,
            "begin": begin,
            "end": end,
            "alpha": alpha,
            "beta": beta,
            "frequency": frequency,
        },
        "sparsities": [[int(t), float(v)] for t, v in zip(steps, s)],
    }


write(
    "one-cycle.json",
    [
        one_cycle(0.0, 0.9, 0, 1000, 14.0, 5.0, 100),
        one_cycle(0.25, 0.8, 30, 530, 14.0, 5.0, 7),
        one_cycle(0.0, 0.95, 5, 105, 8.0, 4.0, 1),
        one_cycle(0.0, 0.5, 0, 64, 40.0, -3.0, 4),
    ],
)


def drop_and_grow(mask, stay, grow, count):
    """The update of sparse_optimizers_base.py of google-research/rigl, without its noise: top_k twice, the first of equal scores."""
    n_keep = int(mask.sum()) - count
    by_stay = np.argsort(-np.where(mask == 1, stay, -1.0), kind="stable")
    mask1 = np.zeros_like(mask)
    mask1[by_stay[:n_keep]] = 1
    lifted = np.where(mask1 == 1, grow.min() - 1, grow)
    by_grow = np.argsort(-lifted, kind="stable")
    mask2 = np.zeros_like(mask)
    mask2[by_grow[:count]] = 1
    assert (mask1 * mask2).sum() == 0
    return mask1 + mask2


def drop_and_grow_case(n, active, count, seed):
    rng = np.random.default_rng(seed)
    mask = np.zeros(n, dtype=int)
    mask[rng.permutation(n)[:active]] = 1
    # Few levels, so that many are equal.
    stay = rng.integers(1, 6, n) / 4
    grow = rng.integers(0, 6, n) / 4
    after = drop_and_grow(mask, stay, grow, count)
    return {
        "call": f"drop_and_grow({n}, {active}, {count})",
        "mask": mask.tolist(),
        "stay": stay.tolist(),
        "grow": grow.tolist(),
        "count": count,
        "after": after.tolist(),
        "grown": int(((after == 1) & (mask == 0)).sum()),
    }


write(
    "drop-and-grow.json",
    [
        drop_and_grow_case(30, 12, 4, 1),
        drop_and_grow_case(30, 12, 0, 2),
        drop_and_grow_case(30, 12, 12, 3),
        drop_and_grow_case(50, 45, 13, 4),
        drop_and_grow_case(200, 60, 18, 5),
    ],
)


def gap(scores, chosen):
    """How far the lowest chosen score is from the highest other, relatively: float32 must decide alike."""
    low, high = scores[chosen].min(), scores[~chosen].max()
    return (low - high) / low


def rigl_case(sparsity, alpha, begin, frequency, end, steps, rate, momentum):
    """RigL on in[4] -> tanh 5 -> 3, mean squared error, all examples in each batch, momentum; float64."""
    x, y = torch.from_numpy(spread((8, 4), 5)), torch.from_numpy(spread((8, 3), 11))
    kernels = [torch.from_numpy(spread((4, 5), 7)), torch.from_numpy(spread((5, 3), 7))]
    biases = [torch.zeros(5, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)]
    masks = []
    for w in kernels:
        zeros = round(sparsity * w.numel())
        order = np.argsort(-np.abs(values(w)), kind="stable")
        bits = np.zeros(w.numel(), dtype=int)
        bits[order[: w.numel() - zeros]] = 1
        masks.append(bits)
    kernels = [w * torch.from_numpy(m).reshape(w.shape) for w, m in zip(kernels, masks)]
    kernel_moments = [torch.zeros_like(w) for w in kernels]
    bias_moments = [torch.zeros_like(b) for b in biases]
    turns = []
    for t in range(steps):
        leaves = [v.clone().requires_grad_() for v in [*kernels, *biases]]
        a, b, c, d = leaves
        loss = ((torch.tanh(x @ a + c) @ b + d - y) ** 2).mean()
        loss.backward()
        if begin <= t < end and (t - begin) % frequency == 0:
            fraction = alpha / 2 * (1 + np.cos(np.pi * t / end))
            for k, w in enumerate(kernels):
                old = masks[k]
                count = int(fraction * old.sum())
                stay, grow = np.abs(np.array(values(w))), np.abs(np.array(values(leaves[k].grad)))
                new = drop_and_grow(old, stay, grow, count)
                if 0 < count < old.sum():
                    kept = (np.argsort(np.argsort(-np.where(old == 1, stay, -1.0))) < old.sum() - count)[old == 1]
                    assert gap(stay[old == 1], kept) > 1e-4
                    free = (new == 1) & (stay < np.sort(stay[old == 1])[count])
                    others = (new == 0) | free
                    assert gap(grow[others], free[others]) > 1e-4
                masks[k] = new
                stays = torch.from_numpy(new).reshape(w.shape)
                fresh = torch.from_numpy((new == 1) & (old == 0)).reshape(w.shape)
                kernels[k] = torch.where(fresh, torch.zeros_like(w), w) * stays
                kernel_moments[k] = torch.where(fresh, torch.zeros_like(w), kernel_moments[k]) * stays
            turns.append({"step": t, "masks": [m.tolist() for m in masks]})
            continue
        for k in range(2):
            bits = torch.from_numpy(masks[k]).reshape(kernels[k].shape)
            kernel_moments[k] = momentum * kernel_moments[k] + leaves[k].grad * bits
            kernels[k] = kernels[k] - rate * kernel_moments[k]
            bias_moments[k] = momentum * bias_moments[k] + leaves[2 + k].grad
            biases[k] = biases[k] - rate * bias_moments[k]
    return {
        "call": f"rigl({sparsity}, {alpha}, {begin}, {frequency}, {end})",
        "options": {"sparsity": sparsity, "fraction": alpha, "begin": begin, "frequency": frequency, "end": end},
        "steps": steps,
        "rate": rate,
        "momentum": momentum,
        "turns": turns,
        "weights": {
            "a/kernel": values(kernels[0]),
            "b/kernel": values(kernels[1]),
            "a/bias": values(biases[0]),
            "b/bias": values(biases[1]),
        },
    }


write(
    "rigl.json",
    [
        rigl_case(0.5, 0.5, 3, 3, 14, 16, 0.05, 0.9),
        rigl_case(0.7, 0.9, 2, 4, 20, 22, 0.1, 0.5),
        rigl_case(0.3, 0.3, 0, 5, 12, 13, 0.05, 0.0),
    ],
)


def soft_case(turns, steps, rate, momentum):
    """Soft filter pruning (He et al. 2018) of the units of the first layer of the net of rigl_case; float64."""
    x, y = torch.from_numpy(spread((8, 4), 5)), torch.from_numpy(spread((8, 3), 11))
    weights = [torch.from_numpy(v) for v in (spread((4, 5), 7), np.zeros(5), spread((5, 3), 7), np.zeros(3))]
    moments = [torch.zeros_like(w) for w in weights]
    chosen = []
    for t in range(steps + 1):
        if t in turns:
            norms = torch.linalg.vector_norm(weights[0], dim=0).numpy()
            order = np.argsort(norms, kind="stable")
            pruned = order[: turns[t]]
            if 0 < turns[t] < 5:
                assert norms[order[turns[t]]] - norms[order[turns[t] - 1]] > 1e-4
            weights[0] = weights[0].clone()
            weights[1] = weights[1].clone()
            weights[0][:, pruned] = 0
            weights[1][pruned] = 0
            chosen.append({"step": t, "pruned": sorted(int(p) for p in pruned)})
        if t == steps:
            break
        a, c, b, d = leaves = [w.clone().requires_grad_() for w in weights]
        ((torch.tanh(x @ a + c) @ b + d - y) ** 2).mean().backward()
        moments = [momentum * m + leaf.grad for m, leaf in zip(moments, leaves)]
        weights = [w - rate * m for w, m in zip(weights, moments)]
    return {
        "call": f"soft filter pruning at {turns}",
        "turns": [[t, n] for t, n in turns.items()],
        "steps": steps,
        "rate": rate,
        "momentum": momentum,
        "chosen": chosen,
        "weights": dict(zip(("a/kernel", "a/bias", "b/kernel", "b/bias"), map(values, weights))),
    }


write(
    "soft.json",
    [
        soft_case({2: 2, 5: 2, 9: 3, 12: 3}, 12, 0.1, 0.5),
        soft_case({1: 4, 6: 1, 11: 2}, 14, 0.2, 0.0),
    ],
)


def prox_case(shape, kept, strength, seed):
    """w_g * max(0, 1 - strength * sqrt(|g|) / ||w_g||), the groups being the indices of the axes `kept`; float64 of float32 values."""
    rng = np.random.default_rng(seed)
    w = (rng.normal(size=shape) * rng.uniform(0.05, 1, shape[-1])).astype(np.float32).astype(np.float64)
    others = tuple(i for i in range(len(shape)) if i not in kept)
    size = int(np.prod([shape[i] for i in others]))
    norms = np.sqrt((w**2).sum(axis=others, keepdims=True)) if others else np.abs(w)
    scale = np.maximum(0, 1 - strength * np.sqrt(size) / norms)
    assert np.abs(1 - strength * np.sqrt(size) / norms).min() > 1e-5
    return {
        "call": f"prox of {list(shape)} by {list(kept)}, {strength}",
        "shape": list(shape),
        "options": {"axis": list(kept), "strength": strength},
        "w": values(w),
        "prox": values(w * scale),
        "zero": int((scale == 0).sum()),
    }


write(
    "prox-group-lasso.json",
    [
        prox_case((6, 9), [1], 0.4, 1),
        prox_case((6, 9), [0], 0.4, 2),
        prox_case((3, 3, 4, 8), [3], 0.5, 3),
        prox_case((3, 3, 4, 8), [2, 3], 0.5, 4),
        prox_case((12,), [0], 0.2, 5),
        prox_case((4, 5), [1], 0.0, 6),
    ],
)


def movement_case(turns, steps, rate, momentum):
    """Movement pruning (Sanh et al. 2020) of the net of rigl_case: S -= w * dL/dw' by autograd, the top of S stay; float64."""
    x, y = torch.from_numpy(spread((8, 4), 5)), torch.from_numpy(spread((8, 3), 11))
    weights = [torch.from_numpy(v) for v in (spread((4, 5), 7), spread((5, 3), 7), np.zeros(5), np.zeros(3))]
    moments = [torch.zeros_like(w) for w in weights]
    scores = [torch.zeros_like(w) for w in weights[:2]]
    masks = [torch.ones_like(w) for w in weights[:2]]
    chosen, returned = [], 0
    for t in range(steps + 1):
        if t in turns:
            for k in range(2):
                zeros = round(turns[t] * scores[k].numel())
                flat = scores[k].reshape(-1).numpy()
                order = np.argsort(-flat, kind="stable")
                bits = np.zeros(flat.size)
                bits[order[: flat.size - zeros]] = 1
                if 0 < zeros:
                    assert flat[order[flat.size - zeros - 1]] - flat[order[flat.size - zeros]] > 1e-5
                new = torch.from_numpy(bits).reshape(scores[k].shape)
                returned += int(((new == 1) & (masks[k] == 0)).sum())
                moments[k] = moments[k] * new
                masks[k] = new
            chosen.append({"step": t, "masks": [m.int().reshape(-1).tolist() for m in masks]})
        if t == steps:
            break
        # The gradients of w' = w * m and of m itself, by autograd through the product.
        a, b, c, d = leaves = [w.clone().requires_grad_() for w in weights]
        ma, mb = gates = [m.clone().requires_grad_() for m in masks]
        ((torch.tanh(x @ (a * ma) + c) @ (b * mb) + d - y) ** 2).mean().backward()
        scores = [s - m.grad for s, m in zip(scores, gates)]
        moments = [momentum * m + leaf.grad for m, leaf in zip(moments, leaves)]
        weights = [w - rate * m for w, m in zip(weights, moments)]
    assert returned > 0
    return {
        "call": f"movement pruning at {turns}",
        "turns": [[t, s] for t, s in turns.items()],
        "steps": steps,
        "rate": rate,
        "momentum": momentum,
        "chosen": chosen,
        "scores": {"a/kernel": values(scores[0]), "b/kernel": values(scores[1])},
        "weights": dict(zip(("a/kernel", "b/kernel", "a/bias", "b/bias"), map(values, weights))),
    }


write(
    "movement-during.json",
    [
        movement_case({0: 0.0, 3: 0.3, 6: 0.5, 9: 0.4, 12: 0.7}, 13, 0.2, 0.5),
        movement_case({1: 0.6, 5: 0.4, 8: 0.6, 11: 0.6}, 14, 0.3, 0.0),
    ],
)


def threefry(key, x0, x1):
    """Threefry-2x32 of 20 rounds (Salmon et al. 2011, https://doi.org/10.1145/2063384.2063405)."""
    word = 2**32
    k = (key[0], key[1], key[0] ^ key[1] ^ 0x1BD11BDA)
    x0, x1 = (x0 + k[0]) % word, (x1 + k[1]) % word
    for block in range(5):
        for r in ((13, 15, 26, 6), (17, 29, 16, 24))[block % 2]:
            x0 = (x0 + x1) % word
            x1 = ((x1 << r) | (x1 >> (32 - r))) % word ^ x0
        x0, x1 = (x0 + k[(block + 1) % 3]) % word, (x1 + k[(block + 2) % 3] + block + 1) % word
    return x0, x1


def uniforms(seed, path, count):
    """The 23 high bits of x xor y, in the middle of their step, keyed by a seed and the FNV-1a hash of a path."""
    h = 0x811C9DC5
    for byte in path.encode():
        h = (h ^ byte) * 16777619 % 2**32
    key = threefry((seed >> 32, seed % 2**32), 0, h)
    words = [x ^ y for x, y in (threefry(key, 0, i) for i in range(count))]
    return np.array([((w >> 9) + 0.5) / 2**23 for w in words])


BETA, GAMMA, ZETA = 2 / 3, -0.1, 1.1


def gates_of(log_alpha, u=None, beta=BETA, gamma=GAMMA, zeta=ZETA):
    """Louizos et al. 2018, equations 10 to 13."""
    s = torch.sigmoid(log_alpha if u is None else (torch.log(u) - torch.log(1 - u) + log_alpha) / beta)
    return torch.clamp(s * (zeta - gamma) + gamma, 0, 1)


def hard_concrete_case(seed, law):
    rng = np.random.default_rng(seed)
    log_alpha = torch.from_numpy(rng.normal(0, 3, 40).astype(np.float32).astype(np.float64)).requires_grad_()
    u = torch.from_numpy(rng.uniform(0.01, 0.99, 40).astype(np.float32).astype(np.float64))
    drawn, tested = gates_of(log_alpha, u, **law), gates_of(log_alpha, **law)
    (gradient,) = torch.autograd.grad(drawn.sum(), log_alpha)
    names = {"beta": "beta", "gamma": "gamma", "zeta": "zeta"}
    return {
        "call": f"hard concrete of {law}",
        "options": {names[k]: v for k, v in law.items()},
        "logAlpha": values(log_alpha.detach()),
        "u": values(u),
        "drawn": values(drawn.detach()),
        "tested": values(tested.detach()),
        "gradient": values(gradient),
    }


write(
    "hard-concrete.json",
    [hard_concrete_case(1, {}), hard_concrete_case(2, {"beta": 0.5, "gamma": -0.2, "zeta": 1.3})],
)


def l0_case(structure, strength, drop_rate, steps, rate, seed):
    """L0 regularization of both kernels of the net of rigl_case by sgd, the penalty in the loss; float64."""
    x, y = torch.from_numpy(spread((8, 4), 5)), torch.from_numpy(spread((8, 3), 11))
    weights = [torch.from_numpy(v) for v in (spread((4, 5), 7), spread((5, 3), 7), np.zeros(5), np.zeros(3))]
    shapes = {
        "unit": [(1, 5), (1, 3)],
        "channel": [(4, 1), (5, 1)],
        "entry": [(4, 5), (5, 3)],
    }[structure]
    start = np.log(1 - drop_rate) - np.log(drop_rate)
    alphas = [torch.full(shape, start, dtype=torch.float64) for shape in shapes]

    def active(alpha):
        return torch.sigmoid(alpha - BETA * np.log(-GAMMA / ZETA))

    def cost(alpha, w):
        return active(alpha).sum() * (w.numel() // alpha.numel())

    for t in range(steps):
        leaves = [v.clone().requires_grad_() for v in [*weights, *alphas]]
        a, b, c, d, *la = leaves
        us = [
            torch.from_numpy(uniforms(seed, f"{path} gates at {t}", alpha.numel())).reshape(alpha.shape)
            for path, alpha in zip(("a/kernel", "b/kernel"), alphas)
        ]
        za, zb = (gates_of(alpha, u) for alpha, u in zip(la, us))
        loss = ((torch.tanh(x @ (a * za) + c) @ (b * zb) + d - y) ** 2).mean()
        (loss + strength * (cost(la[0], a) + cost(la[1], b))).backward()
        stepped = [v.detach() - rate * v.grad for v in leaves]
        weights, alphas = stepped[:4], stepped[4:]
    tested = [gates_of(alpha) for alpha in alphas]
    zero = [[i for i, z in enumerate(values(one)) if z == 0] for one in tested]
    assert any(zero), "a gate closes"
    # No gate is so near its end that float32 might see it otherwise.
    for alpha in alphas:
        raw = torch.sigmoid(alpha) * (ZETA - GAMMA) + GAMMA
        assert raw.abs().min() > 1e-4
    return {
        "call": f"l0Gates of {structure}, {strength}",
        "options": {"structure": structure, "strength": strength, "dropRate": drop_rate, "seed": seed},
        "steps": steps,
        "rate": rate,
        "kernels": [
            {"path": path, "gates": alpha.numel(), "zero": z, "expected": float(cost(alpha, w))}
            for path, alpha, z, w in zip(("a/kernel", "b/kernel"), alphas, zero, weights)
        ],
        "folded": {"a/kernel": values(weights[0] * tested[0]), "b/kernel": values(weights[1] * tested[1])},
        "logAlpha": {"a/kernel": values(alphas[0]), "b/kernel": values(alphas[1])},
        "bias": values(weights[2]),
    }


write(
    "l0.json",
    [
        l0_case("unit", 0.1, 0.86, 12, 0.5, 3),
        l0_case("channel", 0.03, 0.9, 12, 0.5, 3),
        l0_case("entry", 1.2, 0.7, 14, 0.5, 2**40 + 7),
    ],
)
