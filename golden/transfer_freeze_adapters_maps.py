"""Adapters as peft has them of a dense layer between two maps of channels, and of the pointwise part of a separable convolution: packages/transfer-freeze/test/golden/adapters-maps.json.

A convolution, flattened; a dense layer with an adapter of peft; a map that a transposed convolution takes. In float64: the state, what the
adapter's file has, the output and the merged state. Needs peft (0.21) beside torch.

python golden/transfer_freeze_adapters_maps.py
"""

import json
from pathlib import Path

import peft
import torch
from peft import IA3Config, LoraConfig, VeraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict

from peft_training import listed

OUT = Path(__file__).resolve().parent.parent / "packages" / "transfer-freeze" / "test" / "golden" / "adapters-maps.json"
GENERATOR = torch.Generator().manual_seed(31)


def rounded(*shape):
    """Values that float32 has."""
    return torch.randn(*shape, generator=GENERATOR).float().double()


class Between(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(2, 3, 2)
        self.fc = torch.nn.Linear(3 * 1 * 2, 2 * 1 * 3)
        self.up = torch.nn.ConvTranspose2d(2, 1, 2)

    def forward(self, x):
        return self.up(self.fc(torch.flatten(self.conv(x), 1)).view(-1, 2, 1, 3))


class Separable(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.sep = torch.nn.Module()
        self.sep.depthwise = torch.nn.Conv2d(2, 4, 2, groups=2, bias=False)
        self.sep.pointwise = torch.nn.Conv2d(4, 1, 1)

    def forward(self, x):
        return self.sep.pointwise(self.sep.depthwise(x))


CONFIGS = {
    "lora": LoraConfig(r=2, lora_alpha=3, target_modules=["fc"]),
    "dora": LoraConfig(r=2, lora_alpha=3, use_dora=True, target_modules=["fc"]),
    "ia3": IA3Config(target_modules=["fc"], feedforward_modules=[]),
    "ia3 inputs": IA3Config(target_modules=["fc"], feedforward_modules=["fc"]),
    "vera": VeraConfig(r=2, target_modules=["fc"], save_projection=True),
}


# The rank is no more than the outputs, 1: with one channel the output stands anywhere.
POINTWISE = {
    "lora": LoraConfig(r=1, lora_alpha=3, target_modules=["pointwise"]),
    "dora": LoraConfig(r=1, lora_alpha=3, use_dora=True, target_modules=["pointwise"]),
    "ia3": IA3Config(target_modules=["pointwise"], feedforward_modules=[]),
    "ia3 inputs": IA3Config(target_modules=["pointwise"], feedforward_modules=["pointwise"]),
}


@torch.no_grad()
def run(base, kind, config):
    for parameter in base.parameters():
        parameter.copy_(rounded(*parameter.shape))
    state = {name: value.clone() for name, value in base.state_dict().items()}
    model = get_peft_model(base, config).double().eval()
    set_peft_model_state_dict(model, {k: rounded(*v.shape) for k, v in get_peft_model_state_dict(model).items()})
    x = rounded(2, 2, 2, 3)
    file = {name: value.clone() for name, value in get_peft_model_state_dict(model).items()}
    y = model(x)
    merged = model.merge_and_unload().state_dict()
    return {"kind": kind, "base": listed(state), "file": listed(file), "merged": listed(merged), **listed({"x": x, "y": y})}


golden = {
    "made": {
        "by": "golden/transfer_freeze_adapters_maps.py",
        "versions": {"peft": peft.__version__, "torch": torch.__version__.split("+")[0]},
    },
    "cases": [run(Between(), *one) for one in CONFIGS.items()],
    "pointwise": [run(Separable(), *one) for one in POINTWISE.items()],
}
OUT.write_text(json.dumps(golden) + "\n")
print(OUT.stat().st_size, [(c["kind"], list(c["file"])) for c in golden["cases"] + golden["pointwise"]])
