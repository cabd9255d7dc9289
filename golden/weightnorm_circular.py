"""Goldens for the norm of convolutions around images: numpy's fftn of the kernel at each frequency, then its svd, in float64.

Beside it the norms of the same layers as dense matrices, by torch's convolutions of every unit image: around (circular padding), with
zeros at the edges, and without padding. The gradient of w / σ is that of torch, through the operator's matrix 2-norm.

Run: python golden/weightnorm_circular.py (versions: golden/requirements.txt)
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

OUT = Path(__file__).parent.parent / "packages" / "weightnorm" / "test" / "golden"
rng = np.random.default_rng(52)


def f32(shape, scale=1.0):
    """Random values that float32 holds exactly, in float64."""
    return (rng.standard_normal(shape) * scale).astype(np.float32).astype(np.float64)


def flat(array):
    return [float(x) for x in np.asarray(array).reshape(-1)]


def by_fft(kernel, size, dilation):
    window = kernel.shape[:-2]
    spread = np.zeros([(n - 1) * d + 1 for n, d in zip(window, dilation)] + list(kernel.shape[-2:]))
    spread[tuple(slice(None, None, d) for d in dilation)] = kernel
    transform = np.fft.fftn(spread, size, axes=range(len(size)))
    return np.linalg.svd(transform, compute_uv=False).max()


def operator(kernel, size, dilation, padding):
    """Of a kernel [...window, in, out] in torch's order, the matrix from all inputs to all outputs."""
    rank = len(size)
    weight = kernel.permute(rank + 1, rank, *range(rank))
    inputs = kernel.shape[-2]
    basis = torch.eye(inputs * int(np.prod(size)), dtype=torch.float64).reshape(-1, inputs, *size)
    reach = [(n - 1) * d for n, d in zip(kernel.shape[:rank], dilation)]
    pads = [p for r in reversed(reach) for p in (r // 2, r - r // 2)]
    if padding == "circular":
        basis = F.pad(basis, pads, mode="circular")
    elif padding == "zeros":
        basis = F.pad(basis, pads)
    conv = F.conv1d if rank == 1 else F.conv2d
    return conv(basis, weight, dilation=tuple(dilation)).reshape(basis.shape[0], -1)


def norm(matrix):
    return torch.linalg.matrix_norm(matrix, 2)


def case(shape, size, dilation=None):
    dilation = dilation or [1] * len(size)
    kernel = torch.tensor(f32(shape), requires_grad=True)
    dw = torch.tensor(f32(shape))
    around = norm(operator(kernel, size, dilation, "circular"))
    sigma = by_fft(kernel.detach().numpy(), size, dilation)
    assert abs(float(around.detach()) - sigma) < 1e-9 * sigma
    (kernel / around * dw).sum().backward()
    plain = kernel.detach()
    wider = [n + (k - 1) * d for n, k, d in zip(size, shape, dilation)]
    return {
        "shape": list(shape), "size": list(size), "dilation": list(dilation), "kernel": flat(plain), "dw": flat(dw),
        "sigma": float(sigma), "wider": wider, "sigmaWider": float(by_fft(plain.numpy(), wider, dilation)),
        "same": float(norm(operator(plain, size, dilation, "zeros"))),
        "valid": float(norm(operator(plain, size, dilation, "none"))),
        "value": flat(plain / sigma), "gradient": flat(kernel.grad),
    }


golden = {
    "made": {
        "by": "golden/weightnorm_circular.py",
        "versions": {"torch": torch.__version__.split("+")[0], "numpy": np.__version__},
    },
    "cases": [
        case((3, 2, 3), [6]),
        case((2, 1, 1), [3]),
        case((3, 3, 2, 3), [5, 4]),
        case((2, 3, 3, 1), [4, 7]),
        case((3, 2, 2), [8], [2]),
    ],
}
(OUT / "circular.json").write_text(json.dumps(golden) + "\n")
for one in golden["cases"]:
    print(one["shape"], one["sigma"], one["same"], one["valid"], one["sigmaWider"])
