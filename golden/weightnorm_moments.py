"""Goldens for what an optimizer keeps of a weight and of its weight norm: the dense Jacobian of torch's weight_norm, in float64.

J is d w / d (v, g) by torch.autograd. Gradients of (v, g) are Jᵀ of those of w, steps of w are J of those of (v, g); the other ways
are the pseudo-inverses by numpy's SVD. Squares go by the squared entries of the same matrices, for uncorrelated entries: only what v
gives to w takes v as it is, for it is orthogonal to v̂ by itself.

Run: python golden/weightnorm_moments.py (versions: golden/requirements.txt)
"""

import json
from pathlib import Path

import numpy as np
import torch

OUT = Path(__file__).parent.parent / "packages" / "weightnorm" / "test" / "golden"
rng = np.random.default_rng(41)


def f32(shape, scale=1.0):
    """Random values that float32 holds exactly, in float64."""
    return (rng.standard_normal(shape) * scale).astype(np.float32).astype(np.float64)


def flat(array):
    return [float(x) for x in np.asarray(array).reshape(-1)]


def case(shape, axes):
    v = f32(shape)
    g = np.abs(f32([shape[i] for i in axes])) + 0.5
    g = g.astype(np.float32).astype(np.float64)
    others = tuple(i for i in range(len(shape)) if i not in axes)
    sizes = [n if i in axes else 1 for i, n in enumerate(shape)]

    def forward(direction, length):
        norm = torch.linalg.vector_norm(direction, dim=others, keepdim=True)
        return torch._weight_norm(direction, length.reshape(sizes), axes[0]) if len(axes) == 1 else direction * length.reshape(sizes) / norm

    by_v, by_g = torch.autograd.functional.jacobian(forward, (torch.tensor(v), torch.tensor(g)))
    size = v.size
    jacobian = np.concatenate([by_v.numpy().reshape(size, size), by_g.numpy().reshape(size, -1)], 1)
    inverse = np.linalg.pinv(jacobian, rcond=1e-10)
    norms = np.sqrt((v**2).sum(others, keepdims=True))
    rate = np.broadcast_to(g.reshape(sizes) / norms, shape).reshape(-1)
    moment, square = f32(shape), np.abs(f32(shape)).astype(np.float32).astype(np.float64)
    kept_v, kept_g = f32(shape), f32(g.shape)
    square_v, square_g = np.abs(f32(shape)), np.abs(f32(g.shape))

    def parts(both):
        return {"raw": flat(both[:size]), "g": flat(both[size:])}

    both, squares = np.concatenate([kept_v.ravel(), kept_g.ravel()]), np.concatenate([square_v.ravel(), square_g.ravel()])
    direct = jacobian.copy()
    direct[:, :size] = np.diag(rate)
    back = inverse.T.copy()
    back[:, :size] = np.diag(1 / rate)
    return {
        "shape": list(shape), "axes": list(axes), "v": flat(v), "g": flat(g),
        "moment": flat(moment), "square": flat(square), "kept": parts(both), "keptSquare": parts(squares),
        "split": {
            "gradient": parts(jacobian.T @ moment.ravel()),
            "gradientSquare": parts(jacobian.T**2 @ square.ravel()),
            "step": parts(inverse @ moment.ravel()),
            "stepSquare": parts(inverse**2 @ square.ravel()),
        },
        "join": {
            "gradient": flat(inverse.T @ both),
            "gradientSquare": flat(back**2 @ squares),
            "step": flat(jacobian @ both),
            "stepSquare": flat(direct**2 @ squares),
        },
    }


golden = {
    "made": {
        "by": "golden/weightnorm_moments.py",
        "versions": {"torch": torch.__version__.split("+")[0], "numpy": np.__version__},
    },
    "cases": [case((4, 3), (1,)), case((2, 3, 2), (1,)), case((2, 2, 3, 2), (2, 3)), case((1, 2), (1,))],
}
(OUT / "moments.json").write_text(json.dumps(golden) + "\n")
