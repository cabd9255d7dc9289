"""Training by adapters of low rank in PyTorch: packages/transfer-freeze/test/golden/lora.json.

The weight of a layer is W + (alpha / rank) A B, of which A and B train; peft's layers compute the same. Float64.

python golden/transfer_freeze_lora.py
"""

import json
from pathlib import Path

import torch

OUT = Path(__file__).resolve().parent.parent / "packages" / "transfer-freeze" / "test" / "golden" / "lora.json"
RANK, ALPHA, STEPS = 2, 3.0, 4


def rounded(*shape):
    """Values that float32 has."""
    return torch.randn(*shape, generator=GENERATOR).float().double()


GENERATOR = torch.Generator().manual_seed(11)
X, Y = rounded(5, 4), rounded(5, 3)
W, BIAS, A = rounded(4, 3), rounded(3), rounded(4, RANK)


def run(stabilized):
    a, b = A.clone().requires_grad_(), torch.zeros(RANK, 3, dtype=torch.float64, requires_grad=True)
    scale = ALPHA / (RANK**0.5 if stabilized else RANK)
    optimizer = torch.optim.SGD([a, b], lr=0.125)
    for _ in range(STEPS):
        optimizer.zero_grad()
        out = torch.tanh(X @ (W + scale * (a @ b)) + BIAS)
        ((out - Y) ** 2).mean().backward()
        optimizer.step()
    out = torch.tanh(X @ (W + scale * (a @ b)) + BIAS)
    return {"stabilized": stabilized, "a": a.flatten().tolist(), "b": b.flatten().tolist(), "out": out.flatten().tolist()}


golden = {
    "made": {"by": "golden/transfer_freeze_lora.py", "versions": {"torch": torch.__version__.split("+")[0]}},
    "rank": RANK,
    "alpha": ALPHA,
    "steps": STEPS,
    **{name: value.flatten().tolist() for name, value in {"x": X, "y": Y, "w": W, "bias": BIAS, "a": A}.items()},
    "cases": [run(False), run(True)],
}
OUT.write_text(json.dumps(golden) + "\n")
print(OUT.stat().st_size)
