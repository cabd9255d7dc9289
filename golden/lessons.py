"""Writes lessons/*/golden.json: torch 2.13.0, numpy 2.4.6, scikit-learn 1.9.1."""

import json
import pathlib
import random

import numpy as np
import sklearn
import torch
from sklearn.linear_model import Lasso, Ridge
from torch import nn

LESSONS = pathlib.Path(__file__).parent.parent / "lessons"
TORCH = {"torch": torch.__version__.split("+")[0]}


def write(name, value, versions=TORCH):
    made = {"by": "golden/lessons.py", "versions": versions}
    (LESSONS / name / "golden.json").write_text(json.dumps({**made, **value}) + "\n")


def what_a_weight_is():
    """Shapes of parameters and of what flows, of stacks written as the lesson writes them."""
    named = [
        "vector-64.dense-32.dense-16.dense-10",
        "vector-10.dense-20.dense-2",
        "vector-2.dense-2.dense-1",
        "vector-784.dense-64.dense-32.dense-32.dense-10",
        "image-32-32-3.conv-16-3-same.pool-2.conv-32-3-same.pool-2.flatten.dense-10",
        "words-20.embedding-10000-100.rnn-256.dense-2",
        "image-134-134-1.conv-64-10.pool-2.flatten.dense-128",
        "image-28-28-3.conv-8-3.depthwise-3.separable-16-3.flatten.dense-10",
        "words-50.embedding-1000-16.lstm-32.dense-2",
        "words-7.embedding-30-5.lstm-6.rnn-4.lstm-3.dense-2",
        "words-4.embedding-9-3.flatten.dense-5",
    ]
    write("what-a-weight-is", {
        "call": "{name: tuple(parameter.shape)} of Linear, Conv2d, Embedding, RNN and LSTM with batch_first, and the shape of each output",
        "stacks": [{"stack": text, "layers": layers_of(text)} for text in named + random_stacks(40)],
    })


def layers_of(text):
    head, *tokens = text.split(".")
    kind, *sizes = head.split("-")
    sizes = [int(size) for size in sizes]
    x = {
        "vector": lambda: torch.zeros(1, *sizes),
        "image": lambda: torch.zeros(1, sizes[2], sizes[0], sizes[1]),
        "words": lambda: torch.zeros(1, *sizes, dtype=torch.long),
    }[kind]()
    layers = []
    for i, token in enumerate(tokens):
        name, *rest = token.split("-")
        same = rest[-1:] == ["same"]
        numbers = [int(part) for part in rest if part != "same"]
        following = tokens[i + 1].split("-")[0] if i + 1 < len(tokens) else ""
        module, run = module_of(name, numbers, same, x.shape[-1] if x.dim() < 4 else x.shape[1], following in ("rnn", "lstm"))
        with torch.no_grad():
            x = run(x)
        # Height, width and channels, as TensorFlow.js has them.
        gives = [x.shape[2], x.shape[3], x.shape[1]] if x.dim() == 4 else list(x.shape[1:])
        parameters = [[key, list(parameter.shape)] for key, parameter in module.named_parameters()]
        layers.append({"parameters": parameters, "count": sum(p.numel() for p in module.parameters()), "gives": gives})
    return layers


def module_of(name, numbers, same, inputs, again):
    padding = "same" if same else 0
    if name == "dense":
        module = nn.Linear(inputs, numbers[0])
    elif name == "conv":
        module = nn.Conv2d(inputs, numbers[0], numbers[1], padding=padding)
    elif name == "depthwise":
        module = nn.Conv2d(inputs, inputs, numbers[0], groups=inputs, padding=padding)
    elif name == "separable":
        module = nn.Sequential()
        module.add_module("depthwise", nn.Conv2d(inputs, inputs, numbers[1], groups=inputs, bias=False, padding=padding))
        module.add_module("pointwise", nn.Conv2d(inputs, numbers[0], 1))
    elif name == "pool":
        module = nn.MaxPool2d(numbers[0])
    elif name == "flatten":
        module = nn.Flatten()
    elif name == "embedding":
        module = nn.Embedding(*numbers)
    else:
        module = {"rnn": nn.RNN, "lstm": nn.LSTM}[name](inputs, numbers[0], batch_first=True)
        return module, lambda x: module(x)[0] if again else module(x)[0][:, -1]
    return module, module


def random_stacks(count):
    """Stacks of random layers that fit."""
    draw = random.Random(7)
    stacks = []
    while len(stacks) < count:
        kind = draw.choice(["vector", "image", "words"])
        if kind == "vector":
            tokens = [f"vector-{draw.randint(1, 300)}"] + [f"dense-{draw.randint(1, 90)}" for _ in range(draw.randint(1, 4))]
        elif kind == "words":
            tokens = [f"words-{draw.randint(1, 30)}", f"embedding-{draw.randint(2, 500)}-{draw.randint(1, 40)}"]
            tokens += [f"{draw.choice(['rnn', 'lstm'])}-{draw.randint(1, 40)}" for _ in range(draw.randint(1, 3))]
            tokens += [f"dense-{draw.randint(1, 9)}"]
        else:
            side = draw.randint(14, 40)
            tokens = [f"image-{side}-{draw.randint(14, 40)}-{draw.randint(1, 4)}"]
            for _ in range(draw.randint(1, 3)):
                kernel = f"{draw.randint(1, 4)}{draw.choice(['', '-same'])}"
                tokens.append(draw.choice([f"conv-{draw.randint(1, 12)}-{kernel}", f"depthwise-{kernel}", f"separable-{draw.randint(1, 12)}-{kernel}", "pool-2"]))
            tokens += ["flatten", f"dense-{draw.randint(1, 20)}"]
        stacks.append(".".join(tokens))
    return stacks


HEIGHTS = {
    "valley": lambda x, y: 0.05 * x**2 + y**2,
    "banana": lambda x, y: 0.1 * (1 - x / 2) ** 2 + (y - x**2 / 4) ** 2,
    "saddle": lambda x, y: 0.25 * x**2 - 0.25 * y**2 + y**4 / 32,
    "plateau": lambda x, y: 1 - torch.exp(-(x**2 + y**2) / 3),
}


def weight_updates():
    """Walks of torch.optim in float64, from a few places over each surface, and the three numbers of slide 3."""
    optimizers = {
        "SGD": lambda w: torch.optim.SGD(w, lr=0.1),
        "momentum": lambda w: torch.optim.SGD(w, lr=0.1, momentum=0.9),
        "Nesterov": lambda w: torch.optim.SGD(w, lr=0.1, momentum=0.9, nesterov=True),
        "Adam": lambda w: torch.optim.Adam(w, lr=0.1, betas=(0.9, 0.999), eps=1e-7),
        "RMSProp": lambda w: torch.optim.RMSprop(w, lr=0.1, alpha=0.9, eps=1e-7),
    }
    walks = []
    for surface, height in HEIGHTS.items():
        for start in ([-3.5, 2.0], [1.25, -2.5], [3.0, 0.5]):
            for optimizer, make in optimizers.items():
                w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
                trainer = make([w])
                points = []
                for _ in range(40):
                    trainer.zero_grad()
                    height(w[0], w[1]).backward()
                    trainer.step()
                    points.append(w.tolist())
                walks.append({"surface": surface, "start": start, "optimizer": optimizer, "points": points})
    weights = torch.tensor([0.5, -0.3, 0.8], dtype=torch.float64, requires_grad=True)
    trainer = torch.optim.SGD([weights], lr=0.01)
    weights.grad = torch.tensor([0.1, -0.2, 0.05], dtype=torch.float64)
    trainer.step()
    write("weight-updates", {
        "call": "40 steps of torch.optim.SGD, RMSprop and Adam with lr=0.1, momentum=0.9, alpha=0.9, betas=(0.9, 0.999), eps=1e-7, in float64",
        "slide": weights.tolist(),
        "walks": walks,
    })


def regularization():
    """Weights under a penalty: ridge by its normal equations and by scikit-learn, the lasso by scikit-learn, weight decay by torch."""
    draw = np.random.default_rng(9)
    problems = []
    for examples, features in ((30, 4), (24, 8), (26, 20)):
        x = draw.standard_normal((examples, features)).round(4)
        y = (x @ draw.standard_normal(features) * 2 + draw.standard_normal(examples)).round(4)
        fits = []
        for strength in (0.001, 0.03, 0.3, 2.0):
            ridge = np.linalg.solve(x.T @ x / examples + strength * np.eye(features), x.T @ y / examples)
            # Its loss is the sum of squares, without a mean.
            again = Ridge(alpha=examples * strength, fit_intercept=False, tol=1e-12).fit(x, y).coef_
            assert np.abs(ridge - again).max() < 1e-9
            # Its loss is half the mean of squares.
            lasso = Lasso(alpha=strength / 2, fit_intercept=False, tol=1e-14, max_iter=1_000_000).fit(x, y).coef_
            fits.append({"lambda": strength, "ridge": ridge.tolist(), "lasso": lasso.tolist()})
        problems.append({"x": x.tolist(), "y": y.tolist(), "fits": fits})

    # Weight decay of torch.optim.SGD, until nothing moves.
    one = problems[0]
    x, y = torch.tensor(one["x"], dtype=torch.float64), torch.tensor(one["y"], dtype=torch.float64)
    decayed = torch.zeros(x.shape[1], dtype=torch.float64, requires_grad=True)
    trainer = torch.optim.SGD([decayed], lr=0.1, weight_decay=0.3)
    for _ in range(3000):
        trainer.zero_grad()
        ((x @ decayed - y) ** 2).mean().backward()
        trainer.step()

    def step_of(make):
        w = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
        trainer = make([w])
        w.grad = torch.tensor([0.5], dtype=torch.float64)
        trainer.step()
        return w.item()

    write("regularization", {
        "call": "numpy.linalg.solve(X'X/n + lambda I, X'y/n), equal to sklearn Ridge(alpha=n lambda); sklearn Lasso(alpha=lambda/2); "
        "torch.optim.SGD(lr=0.1, weight_decay=0.3) on the first problem; one step of torch.optim from w = 1, g = 0.5 with lr=0.1, weight_decay=0.2",
        "problems": problems,
        "decayed": {"lambda": 0.3, "weights": decayed.tolist()},
        "steps": {
            "SGD": step_of(lambda w: torch.optim.SGD(w, lr=0.1)),
            "SGD, weight decay": step_of(lambda w: torch.optim.SGD(w, lr=0.1, weight_decay=0.2)),
            "Adam": step_of(lambda w: torch.optim.Adam(w, lr=0.1, eps=1e-12)),
            "Adam, weight decay": step_of(lambda w: torch.optim.Adam(w, lr=0.1, weight_decay=0.2, eps=1e-12)),
            "AdamW": step_of(lambda w: torch.optim.AdamW(w, lr=0.1, weight_decay=0.2, eps=1e-12)),
        },
    }, {**TORCH, "numpy": np.__version__, "sklearn": sklearn.__version__})


if __name__ == "__main__":
    what_a_weight_is()
    weight_updates()
    regularization()
