"""Writes packages/weight-metrics/test/golden/attribution.json: what inputs matter, by torch, numpy and scipy.

Weights and inputs are those of weight_metrics.py without zeros but the first. Gradients are torch's, in float64. Integrated gradients are
computed as captum does by default (captum/attr/_core/integrated_gradients.py at 0032cbd, method "gausslegendre"): nodes and weights of
numpy.polynomial.legendre.leggauss, scaled to [0, 1]; the gradient at baseline + node * (input - baseline); the weighted sum times
(input - baseline); delta = sum of attributions - (f(input) - f(baseline)).
Garson and Olden are the formulas of R's NeuralNetTools, garson.default and olden.numeric, in numpy.
"""

import json
import pathlib

import numpy as np
import scipy
import torch
from scipy import stats

OUT = pathlib.Path(__file__).parent.parent / "packages" / "weight-metrics" / "test" / "golden" / "attribution.json"


def values(shape, seed):
    i = np.arange(int(np.prod(shape)), dtype=np.float64)
    u = np.mod(i * 7919 + 104729 * seed, 2003) / 1001 - 1
    x = np.sign(u) * u * u
    x[0] = 0
    return x.astype(np.float32).astype(np.float64).reshape(shape)


def tensor(shape, seed):
    return torch.from_numpy(values(shape, seed))


def mlp(x):
    """4-5-3, tanh and softmax."""
    h = torch.tanh(x @ tensor((4, 5), 1) + tensor((5,), 2))
    return torch.softmax(h @ tensor((5, 3), 3) + tensor((3,), 4), dim=1)


def conv(x):
    """Images of 5 x 5 x 2 in the order of TensorFlow.js: 3 x 3, 3 filters, ReLU; then a Dense layer of 2."""
    kernel = tensor((3, 3, 2, 3), 5).permute(3, 2, 0, 1)
    h = torch.relu(torch.nn.functional.conv2d(x.permute(0, 3, 1, 2), kernel, tensor((3,), 6)))
    return h.permute(0, 2, 3, 1).reshape(len(x), -1) @ tensor((27, 2), 7) + tensor((2,), 8)


def gradient(f, x, output):
    x = x.clone().requires_grad_(True)
    return torch.autograd.grad(f(x)[:, output].sum(), x)[0]


def integrated(f, x, baseline, output, steps):
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    way = x - baseline
    mean = sum(0.5 * w * gradient(f, baseline + 0.5 * (1 + a) * way, output) for a, w in zip(nodes, weights))
    change = f(x)[:, output] - f(baseline.expand_as(x))[:, output]
    attributions = mean * way
    return attributions, attributions.flatten(1).sum(1) - change


def nets():
    for name, f, shape, seed, output in [("mlp", mlp, (3, 4), 11, 2), ("conv", conv, (2, 5, 5, 2), 12, 1)]:
        x = 2 * tensor(shape, seed)
        baseline = tensor((1, *shape[1:]), 13)
        case = {
            "net": name,
            "call": f"torch.autograd.grad of output {output}; IntegratedGradients as captum defines it, n_steps 50 from 0 and 7 from a tensor",
            "shape": list(shape),
            "output": output,
        }
        g = gradient(f, x, output)
        case["saliency"] = g.abs().flatten().tolist()
        case["gradientTimesInput"] = (g * x).flatten().tolist()
        for key, start, steps in [("fromZero", torch.zeros_like(baseline), 50), ("fromBaseline", baseline, 7)]:
            attributions, delta = integrated(f, x, start, output, steps)
            case[key] = {"steps": steps, "attributions": attributions.flatten().tolist(), "delta": delta.tolist()}
        yield case


def weights():
    """hid: inputs x units; out: units x outputs. wts_in of NeuralNetTools' own example has biases, which do not count."""
    example = (np.array([[1.49, -0.19], [0.16, -0.16]]), np.array([[-0.52], [0.81]]))
    seeded = values((4, 3), 22)
    seeded[0, 0] = 0.5  # A unit of zeros is NaN in R.
    for name, hid, out in [("NeuralNetTools", *example), ("seeded", values((6, 4), 21), seeded)]:
        for output in range(out.shape[1]):
            products = np.abs(hid.T * out[:, [output]])
            per_unit = products / products.sum(axis=1, keepdims=True)
            sums = per_unit.sum(axis=0)
            yield {
                "call": f"garson.default and olden.numeric on {name}, output {output}",
                "hidden": hid.flatten().tolist(),
                "out": out.flatten().tolist(),
                "sizes": [*hid.shape, out.shape[1]],
                "output": output,
                "garson": (sums / sums.sum()).tolist(),
                "olden": (hid @ out[:, output]).tolist(),
            }


def ranks():
    for a, b in [((5, 1), (6, 1)), ((8, 1), (8, 2)), ((30, 4), (30, 9))]:
        x, y = values((a[0],), a[1]), values((b[0],), b[1])[: a[0]]
        x, y = np.round(x, 1), np.round(y[: len(x)], 1)
        rho = stats.spearmanr(x, y).statistic
        yield {"call": "scipy.stats.spearmanr", "a": x.tolist(), "b": y.tolist(), "correlation": float(rho)}


def rules():
    for n in [1, 2, 7, 50, 200]:
        nodes, weights = np.polynomial.legendre.leggauss(n)
        yield {"call": f"numpy.polynomial.legendre.leggauss({n})", "nodes": nodes.tolist(), "weights": weights.tolist()}


if __name__ == "__main__":
    versions = {"numpy": np.__version__, "scipy": scipy.__version__, "torch": torch.__version__.split("+")[0]}
    made = {"by": "golden/weight_metrics_attribution.py", "versions": versions}
    data = {"made": made, "nets": list(nets()), "weights": list(weights()), "ranks": list(ranks()), "rules": list(rules())}
    text = json.dumps(data)
    for key in ['{"net"', '{"call"', '"nets"', '"weights": [{', '"ranks"', '"rules"']:
        text = text.replace(key, "\n" + key)
    OUT.write_text(text + "\n")
