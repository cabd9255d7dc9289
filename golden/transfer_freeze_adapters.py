"""Adapters as peft has them: packages/transfer-freeze/test/golden/adapters.json.

Each case is one layer of torch with an adapter of peft, in float64: its state, what it puts out at first, and its state, output and merged
weight after a few steps of SGD. Needs peft (0.21) beside torch.

python golden/transfer_freeze_adapters.py
"""

import json
from pathlib import Path

import peft
import torch
from peft import IA3Config, LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict

from peft_training import listed, trained_and_merged

OUT = Path(__file__).resolve().parent.parent / "packages" / "transfer-freeze" / "test" / "golden" / "adapters.json"
RANK, ALPHA, STEPS, RATE = 2, 3, 3, 0.03125
GENERATOR = torch.Generator().manual_seed(23)


def rounded(*shape):
    """Values that float32 has."""
    return torch.randn(*shape, generator=GENERATOR).float().double()


class Net(torch.nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.fc = layer

    def forward(self, x):
        return self.fc(x)


LAYERS = {
    "linear": (lambda: torch.nn.Linear(4, 3), lambda: rounded(5, 4)),
    "conv": (lambda: torch.nn.Conv2d(2, 3, (2, 3)), lambda: rounded(2, 2, 4, 5)),
    "embedding": (lambda: torch.nn.Embedding(6, 3), lambda: torch.tensor([[0, 3], [5, 1], [3, 2]])),
}


def run(kind, where):
    make, draw = LAYERS[where]
    torch.manual_seed(5)
    layer = make()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(rounded(*parameter.shape))
    base = {name: value.clone() for name, value in layer.state_dict().items()}
    if kind.startswith("ia3"):
        inputs = ["fc"] if kind == "ia3 inputs" else []
        config = IA3Config(target_modules=["fc"], feedforward_modules=inputs)
    else:
        config = LoraConfig(
            r=RANK,
            lora_alpha=ALPHA,
            target_modules=["fc"],
            use_dora=kind == "dora",
            init_lora_weights="pissa" if kind == "pissa" else True,
        )
    model = get_peft_model(Net(layer), config).double()
    x = draw()
    start = {k: v.clone() for k, v in get_peft_model_state_dict(model).items()}
    if kind != "pissa" and not kind.startswith("ia3"):
        # Neither factor 0, so that every gradient is seen in the first step.
        start = {k: v if "magnitude" in k else rounded(*v.shape) / 2 for k, v in start.items()}
    if kind.startswith("ia3"):
        start = {k: rounded(*v.shape) for k, v in start.items()}
    if kind != "pissa":
        set_peft_model_state_dict(model, start)
    first = model(x).detach().clone()
    y = rounded(*first.shape)
    trained, last, merged = trained_and_merged(model, x, y, RATE, STEPS)
    return {
        "kind": kind,
        "layer": where,
        "base": listed(base),
        "start": listed(start),
        "trained": listed(trained),
        "merged": listed(merged),
        **listed({"x": x, "y": y, "first": first, "last": last}),
    }


def combine(kind, where):
    """peft's add_weighted_adapter of two adapters, the second taken away by half."""
    make, _ = LAYERS[where]
    ranks = [2, 1] if kind == "cat" else [2, 2]
    if kind == "ia3":
        configs = [IA3Config(target_modules=["fc"], feedforward_modules=[]) for _ in ranks]
    else:
        configs = [LoraConfig(r=r, lora_alpha=alpha, target_modules=["fc"]) for r, alpha in zip(ranks, (3, 5))]
    model = get_peft_model(Net(make()), configs[0], "a").double()
    model.add_adapter("b", configs[1])
    model.double()
    files = []
    for name in ("a", "b"):
        state = {k: rounded(*v.shape) for k, v in get_peft_model_state_dict(model, adapter_name=name).items()}
        set_peft_model_state_dict(model, state, adapter_name=name)
        files.append(listed(state))
    weights = [0.75, -0.5]
    if kind == "ia3":
        model.add_weighted_adapter(["a", "b"], weights, "c")
    else:
        model.add_weighted_adapter(["a", "b"], weights, "c", combination_type=kind)
    return {
        "kind": kind,
        "layer": where,
        "scales": [1, 1] if kind == "ia3" else [3 / ranks[0], 5 / ranks[1]],
        "weights": weights,
        "files": files,
        "combined": listed(get_peft_model_state_dict(model, adapter_name="c")),
    }


CASES = [
    *[("lora", where) for where in LAYERS],
    *[("dora", where) for where in LAYERS],
    ("pissa", "linear"),
    ("ia3", "linear"),
    ("ia3", "conv"),
    ("ia3 inputs", "linear"),
    ("ia3 inputs", "conv"),
]

golden = {
    "made": {
        "by": "golden/transfer_freeze_adapters.py",
        "versions": {"peft": peft.__version__, "torch": torch.__version__.split("+")[0]},
    },
    "rank": RANK,
    "alpha": ALPHA,
    "steps": STEPS,
    "rate": RATE,
    "cases": [run(*case) for case in CASES],
    "combined": [
        *[combine(kind, where) for kind in ("cat", "linear") for where in LAYERS],
        combine("ia3", "linear"),
    ],
}
OUT.write_text(json.dumps(golden) + "\n")
print(OUT.stat().st_size, [(c["kind"], c["layer"], list(c["start"])) for c in golden["cases"]])
