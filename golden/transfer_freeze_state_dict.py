"""State dicts of PyTorch and what their modules compute: packages/transfer-freeze/test/golden/state-dict.json.

python golden/transfer_freeze_state_dict.py
"""

import base64
import json
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import nn

torch.manual_seed(7)
torch.set_grad_enabled(False)


class Convnet(nn.Module):
    """A convolution, batch normalization, a depthwise convolution, then dense layers behind a flattening of channels first."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3)
        self.norm = nn.BatchNorm2d(3)
        self.depthwise = nn.Conv2d(3, 6, 2, groups=3)
        self.flat_norm = nn.BatchNorm1d(6 * 3 * 2)
        self.fc = nn.Linear(6 * 3 * 2, 4)

    def forward(self, x):
        x = torch.relu(self.norm(self.conv(x)))
        x = torch.flatten(self.depthwise(x), 1)
        return self.fc(torch.tanh(self.flat_norm(x)))


class Recurrent(nn.Module):
    """An embedding, LSTM of two directions, LSTM of two layers, a simple RNN."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(7, 3)
        self.both = nn.LSTM(3, 2, batch_first=True, bidirectional=True)
        self.deep = nn.LSTM(4, 3, num_layers=2, batch_first=True)
        self.simple = nn.RNN(3, 2, batch_first=True)

    def forward(self, x):
        x, _ = self.both(self.table(x))
        x, _ = self.deep(x)
        x, _ = self.simple(x)
        return x


class Others(nn.Module):
    """Convolutions along one and three axes, transposed ones, layer normalization."""

    def __init__(self):
        super().__init__()
        self.line = nn.Conv1d(2, 3, 3)
        self.layer_norm = nn.LayerNorm(3)
        self.up = nn.ConvTranspose2d(1, 2, 3, stride=2)
        self.block = nn.Conv3d(1, 2, 2)

    def forward(self, x):
        line = self.layer_norm(self.line(x.transpose(1, 2)).transpose(1, 2))
        up = self.up(line.unsqueeze(1))
        return self.block(up.unsqueeze(1))


class Separable(nn.Module):
    """Depthwise and pointwise as one convolution, then a transposed one along three axes."""

    def __init__(self):
        super().__init__()
        self.sep = nn.Module()
        self.sep.depthwise = nn.Conv2d(2, 4, 2, groups=2, bias=False)
        self.sep.pointwise = nn.Conv2d(4, 3, 1)
        self.up = nn.ConvTranspose3d(1, 2, 2)

    def forward(self, x):
        return self.up(self.sep.pointwise(self.sep.depthwise(x)).unsqueeze(1))


class Sentence(nn.Module):
    """An embedding, then LSTM; a dense layer behind each of them flattened: features last."""

    def __init__(self, inner):
        super().__init__()
        self.table = nn.Embedding(6, 3)
        self.inner = inner
        self.fc = nn.Linear(4 * (2 if isinstance(inner, nn.LSTM) else 3), 2)

    def forward(self, x):
        x = self.table(x)
        return self.fc(torch.flatten(self.inner(x)[0] if self.inner else x, 1))


class Generator(nn.Module):
    """A vector that becomes a map, normalized as a vector before and as a whole after."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(5, 18)
        self.flat_norm = nn.BatchNorm1d(18)
        self.map_norm = nn.LayerNorm([3, 2, 3])
        self.up = nn.ConvTranspose2d(3, 2, 2)

    def forward(self, x):
        x = self.flat_norm(self.fc(x)).view(-1, 3, 2, 3)
        return self.up(self.map_norm(x))


def shaken(model):
    """Statistics and norms that are not 0 and 1."""
    for name, value in model.state_dict().items():
        if value.dtype == torch.float32 and ("norm" in name):
            value.copy_(torch.rand_like(value) + 0.5)
    return model.eval()


def case(model, x):
    model = shaken(model)
    state = {name: value.contiguous() for name, value in model.state_dict().items()}
    return {
        "safetensors": base64.b64encode(safetensors.torch.save(state)).decode(),
        "names": list(state),
        "input": {"shape": list(x.shape), "values": x.flatten().tolist()},
        "output": {"shape": list(model(x).shape), "values": model(x).flatten().tolist()},
    }


golden = {
    "made": {
        "by": "golden/transfer_freeze_state_dict.py",
        "versions": {"torch": torch.__version__.split("+")[0], "safetensors": safetensors.__version__},
    },
    "convnet": case(Convnet(), torch.randn(2, 2, 6, 5)),
    "recurrent": case(Recurrent(), torch.tensor([[1, 5, 0, 6], [2, 2, 3, 1]])),
    "others": case(Others(), torch.randn(2, 6, 2)),
    "separable": case(Separable(), torch.randn(2, 2, 4, 3)),
    "words": case(Sentence(None), torch.tensor([[1, 5, 0, 3], [2, 2, 3, 1]])),
    "sentence": case(Sentence(nn.LSTM(3, 2, batch_first=True)), torch.tensor([[1, 5, 0, 3], [2, 2, 3, 1]])),
    "gray": case(nn.Sequential(nn.Flatten(), nn.Linear(12, 2)), torch.randn(2, 4, 3)),
    "image": case(nn.Sequential(nn.Conv2d(2, 3, 2), nn.Flatten(), nn.Linear(18, 2)), torch.randn(2, 2, 3, 4)),
    "generator": case(Generator(), torch.randn(2, 5)),
}
path = Path(__file__).parent.parent / "packages/transfer-freeze/test/golden/state-dict.json"
path.write_text(json.dumps(golden) + "\n")
print(path, path.stat().st_size)
