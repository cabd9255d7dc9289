"""VeRA as peft has it: packages/transfer-freeze/test/golden/vera.json.

Two dense layers of torch of different sizes, which share the random matrices of VeRA and take what they need of these, in float64: the
state of peft's adapters, what the net puts out at first, and its state, output and merged weights after a few steps of SGD. Needs peft
(0.21) beside torch.

python golden/transfer_freeze_vera.py
"""

import json
from pathlib import Path

import peft
import torch
from peft import VeraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict

from peft_training import listed, trained_and_merged

OUT = Path(__file__).resolve().parent.parent / "packages" / "transfer-freeze" / "test" / "golden" / "vera.json"
RANK, STEPS, RATE = 5, 3, 0.0625
GENERATOR = torch.Generator().manual_seed(29)


def rounded(*shape):
    """Values that float32 has."""
    return torch.randn(*shape, generator=GENERATOR).float().double()


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Linear(4, 3)
        self.b = torch.nn.Linear(3, 6)

    def forward(self, x):
        return self.b(torch.tanh(self.a(x)))


def run():
    net = Net()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(rounded(*parameter.shape) / 2)
    base = {name: value.clone() for name, value in net.state_dict().items()}
    model = get_peft_model(net, VeraConfig(r=RANK, target_modules=["a", "b"])).double()
    start = {k: v.clone() for k, v in get_peft_model_state_dict(model).items()}
    untouched = {k: v.clone() for k, v in start.items()}
    # Neither vector 0, so that every gradient is seen in the first step.
    start = {k: rounded(*v.shape) / 2 for k, v in start.items()}
    set_peft_model_state_dict(model, start)
    x = rounded(7, 4)
    first = model(x).detach().clone()
    y = rounded(*first.shape)
    trained, last, merged = trained_and_merged(model, x, y, RATE, STEPS)
    return {
        "base": listed(base), "untouched": listed(untouched), "start": listed(start), "trained": listed(trained), "merged": listed(merged),
        **listed({"x": x, "y": y, "first": first, "last": last}),
    }


golden = {
    "made": {
        "by": "golden/transfer_freeze_vera.py",
        "versions": {"peft": peft.__version__, "torch": torch.__version__.split("+")[0]},
    },
    "rank": RANK,
    "steps": STEPS,
    "rate": RATE,
    **run(),
}
OUT.write_text(json.dumps(golden) + "\n")
print(OUT.stat().st_size, {k: v["shape"] for k, v in golden["start"].items()})
print({k: (min(v["values"]), max(v["values"])) for k, v in golden["untouched"].items()})
