"""Writes lessons/importance/golden.json and tooling/datasets/test/iris.json: torch 2.13.0, numpy 2.4.6, scikit-learn 1.9.1.

The slide's function is run as the slide has it. Garson's and Olden's formulas are written out unit by unit. Integrated gradients are a
sum over 400 nodes of numpy.polynomial.legendre.leggauss, with torch's gradients in float64. The flowers are those of sklearn.datasets.load_iris.
"""

import json
import pathlib

import numpy as np
import sklearn
import torch
from sklearn.datasets import load_iris

ROOT = pathlib.Path(__file__).parent.parent
VERSIONS = {"torch": torch.__version__.split("+")[0], "numpy": np.__version__, "sklearn": sklearn.__version__}


def write(path, value):
    made = {"by": "golden/lessons_importance.py", "versions": VERSIONS}
    (ROOT / path).write_text(json.dumps({**made, **value}) + "\n")


def slide():
    """Slide 10, up to its plot."""
    weights = np.array([-0.5, 1.2, 0.8, -0.3, 2.1])

    def feature_importance(weights):
        importance = np.abs(weights).sum(axis=0)
        return importance / importance.sum()

    importance = feature_importance(weights)
    try:
        range(len(importance))
        error = None
    except TypeError as raised:
        error = str(raised)
    magnitudes = np.abs(weights)
    return {
        "weights": weights.tolist(),
        "returned": float(importance),
        "error": error,
        "intended": (magnitudes / magnitudes.sum()).tolist(),
    }


def garson(w, v):
    """Garson 1991: of each hidden unit, the part of each input in |w_ij v_j|; then the sum over units, as a part of all."""
    inputs, units = w.shape
    products = np.abs(w * v)
    parts = np.array([[products[i, j] / products[:, j].sum() if products[:, j].sum() else 0.0 for j in range(units)] for i in range(inputs)])
    return parts.sum(1) / parts.sum()


def olden(w, v):
    """Olden and Jackson 2002: for each input the sum of w_ij v_j over the hidden units."""
    return np.array([sum(w[i, j] * v[j] for j in range(len(v))) for i in range(len(w))])


def net(inputs, units, outputs, seed):
    draw = np.random.default_rng(seed)
    make = lambda *shape: draw.standard_normal(shape).astype(np.float32).astype(np.float64)
    w, b, v, c = make(inputs, units), make(units), make(units, outputs), make(outputs)
    x, baseline = make(inputs), make(inputs)
    t = lambda a: torch.tensor(a, dtype=torch.float64)

    def f(x):
        z = torch.tanh(x @ t(w) + t(b)) @ t(v) + t(c)
        return torch.sigmoid(z) if outputs == 1 else torch.softmax(z, -1)

    def gradient(x, output):
        x = t(x).requires_grad_(True)
        return torch.autograd.grad(f(x)[output], x)[0].numpy()

    output = outputs - 1
    def integrated(steps):
        nodes, weights = np.polynomial.legendre.leggauss(steps)
        mean = sum(0.5 * a * gradient(baseline + 0.5 * (1 + node) * (x - baseline), output) for node, a in zip(nodes, weights))
        return mean * (x - baseline)

    return {
        "inputs": inputs, "units": units, "outputs": outputs, "output": output,
        "hidden": w.ravel().tolist(), "hiddenBias": b.tolist(), "out": v.ravel().tolist(), "outBias": c.tolist(),
        "x": x.tolist(), "baseline": baseline.tolist(),
        "absolute": (np.abs(w).sum(1) / np.abs(w).sum()).tolist(),
        "garson": garson(w, v[:, output]).tolist(),
        "olden": olden(w, v[:, output]).tolist(),
        "gradientTimesInput": (gradient(x, output) * x).tolist(),
        "integratedGradients": integrated(400).tolist(),
        "missedBy48": float(np.abs(integrated(48) - integrated(400)).max()),
        "says": f(t(x))[output].item(), "saysOfBaseline": f(t(baseline))[output].item(),
    }


def flowers():
    iris = load_iris()
    return {
        "kinds": [str(name) for name in iris.target_names],
        "features": list(iris.feature_names),
        "data": iris.data.ravel().tolist(),
        "target": iris.target.tolist(),
    }


if __name__ == "__main__":
    write("lessons/importance/golden.json", {"slide": slide(), "nets": [net(3, 3, 1, 5), net(5, 6, 3, 6)]})
    write("tooling/datasets/test/iris.json", flowers())
