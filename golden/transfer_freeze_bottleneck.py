"""Bottleneck adapters: packages/transfer-freeze/test/golden/bottleneck.json.

Houlsby et al. 2019: x + up(f(down(x))) behind a layer; He et al. 2022: layer(x) + up(f(down(x))) beside it. Written out over torch's own
layers in float64: a net of a convolution and two dense layers with adapters of each form, what it puts out at first, and its adapters and
outputs after a few steps of SGD in which nothing else trains. torch's gradients are the oracle.

python golden/transfer_freeze_bottleneck.py
"""

import json
from pathlib import Path

import torch

OUT = Path(__file__).resolve().parent.parent / "packages" / "transfer-freeze" / "test" / "golden" / "bottleneck.json"
SIZE, STEPS, RATE = 3, 3, 0.125
GENERATOR = torch.Generator().manual_seed(31)


def rounded(*shape):
    """Values that float32 has."""
    return torch.randn(*shape, generator=GENERATOR).float().double()


def listed(tensors):
    return {
        name: {"shape": list(value.shape), "values": value.double().flatten().tolist()} for name, value in tensors.items()
    }


class Base(torch.nn.Module):
    """Layers by the names that the models in TensorFlow.js give them."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(2, 4, 2)
        self.body = torch.nn.Linear(4, 5)
        self.head = torch.nn.Linear(5, 2)

    def layers(self):
        """Each layer with channels last, and its activation."""
        return {
            "conv": lambda x: torch.relu(self.conv(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)),
            "body": lambda x: torch.tanh(self.body(x)),
        }


class Adapter(torch.nn.Module):
    def __init__(self, inputs, outputs, activation):
        super().__init__()
        self.adapter_down = torch.nn.Linear(inputs, SIZE)
        self.adapter_up = torch.nn.Linear(SIZE, outputs)
        self.activation = activation

    def forward(self, x):
        return self.adapter_up(self.activation(self.adapter_down(x)))


def run(places, parallel, activation):
    """`places` has, for each layer, how many channels its adapter takes and gives."""
    base = Base()
    adapters = torch.nn.ModuleDict({name: Adapter(*sizes, activation) for name, sizes in places.items()})
    with torch.no_grad():
        for parameter in [*base.parameters(), *adapters.parameters()]:
            parameter.copy_(rounded(*parameter.shape) / 2)
    base.double().requires_grad_(False)
    adapters.double()

    def forward(x):
        for name, layer in base.layers().items():
            y = layer(x)
            x = y + adapters[name](x if parallel else y) if name in places else y
            if name == "conv":
                x = x.mean((1, 2))  # global average pooling
        return base.head(x)

    def file():
        return {f"base_model.model.{name}": value.clone() for name, value in adapters.state_dict().items()}

    start, x = file(), rounded(6, 4, 4, 2)
    first = forward(x).detach().clone()
    y = rounded(*first.shape)
    optimizer = torch.optim.SGD(adapters.parameters(), lr=RATE)
    for _ in range(STEPS):
        optimizer.zero_grad()
        ((forward(x) - y) ** 2).mean().backward()
        optimizer.step()
    return {
        "layers": list(places),
        "parallel": parallel,
        "base": listed(base.state_dict()),
        "start": listed(start),
        "trained": listed(file()),
        **listed({"x": x, "y": y, "first": first, "last": forward(x).detach()}),
    }


golden = {
    "made": {"by": "golden/transfer_freeze_bottleneck.py", "versions": {"torch": torch.__version__.split("+")[0]}},
    "size": SIZE,
    "steps": STEPS,
    "rate": RATE,
    "cases": {
        "relu": run({"conv": (4, 4), "body": (5, 5)}, False, torch.relu),
        "gelu": run({"conv": (4, 4), "body": (5, 5)}, False, torch.nn.functional.gelu),
        "tanh": run({"body": (4, 5)}, True, torch.tanh),
    },
}
OUT.write_text(json.dumps(golden) + "\n")
print(OUT.stat().st_size)
