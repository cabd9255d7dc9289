"""Writes lessons/image-classification/golden.json: torch 2.13.0.

The class of slide 13 as the slide has it, with the import that it lacks; its smaller twin with random weights, on an image, with the rows of
`fc` as PyTorch has them and, wrong on purpose, read as if the map had been flattened with its channels last.
"""

import json
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F

ROOT = pathlib.Path(__file__).parent.parent


SLIDE = """
class SimpleCNN(nn.Module):
    def __init__(self):
        super(SimpleCNN, self).__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.fc = nn.Linear(32 * 8 * 8, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = x.view(-1, 32 * 8 * 8)
        x = self.fc(x)
        return x
"""


def slide(scope):
    exec(SLIDE, scope)
    return scope["SimpleCNN"]()


def shapes():
    model = slide({"nn": nn, "F": F})
    try:
        slide({"nn": nn})(torch.zeros(1, 3, 32, 32))
        error = None
    except NameError as raised:
        error = str(raised)
    return {
        "error": error,
        "weights": {name: list(parameter.shape) for name, parameter in model.named_parameters()},
        "count": sum(parameter.numel() for parameter in model.parameters()),
        "gives": list(model(torch.zeros(2, 3, 32, 32)).shape),
    }


def twin():
    """Slide 13 on images of 12 x 8 with 3 and 4 filters, so that no two sizes of the map are equal: 4 channels of 3 x 2."""
    torch.manual_seed(13)
    conv1, conv2, fc = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 4, 3, padding=1), nn.Linear(4 * 3 * 2, 10)
    x = torch.rand(2, 3, 12, 8)
    with torch.no_grad():
        fmap = F.relu(F.max_pool2d(conv2(F.relu(F.max_pool2d(conv1(x), 2))), 2))
        right = torch.softmax(fc(fmap.reshape(2, -1)), 1)
        wrong = torch.softmax(fc(fmap.permute(0, 2, 3, 1).reshape(2, -1)), 1)
    values = lambda tensor: tensor.detach().flatten().tolist()
    named = {"conv1": conv1, "conv2": conv2, "dense1": fc}
    return {
        # Rows, columns, colors, as TensorFlow.js has an image.
        "images": values(x.permute(0, 2, 3, 1)),
        "weights": {
            f"{name}.{key}": {"shape": list(parameter.shape), "values": values(parameter)}
            for name, module in named.items()
            for key, parameter in module.named_parameters()
        },
        "right": values(right),
        "wrong": values(wrong),
    }


if __name__ == "__main__":
    made = {"by": "golden/lessons_image_classification.py", "versions": {"torch": torch.__version__.split("+")[0]}}
    target = ROOT / "lessons" / "image-classification" / "golden.json"
    target.write_text(json.dumps({**made, "slide": shapes(), "twin": twin()}) + "\n")
