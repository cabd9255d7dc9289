"""Linear probes by other ways than ours: packages/transfer-freeze/test/golden/probe.json.

Multinomial logistic regression by Newton's method of scipy (trust-exact, with the Hessian written out); ridge regression by
numpy.linalg.lstsq on the system with the penalty as further rows. Biases are not held. float64.

python golden/transfer_freeze_probe.py
"""

import json
from pathlib import Path

import numpy as np
import scipy
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

OUT = Path(__file__).resolve().parent.parent / "packages" / "transfer-freeze" / "test" / "golden"
N, D, C = 30, 4, 3
generator = np.random.default_rng(20)
# Exact in float32.
X = np.round(generator.normal(size=(N, D)) * [1, 2, 0.5, 1] * 64 + [32, 0, -64, 128]) / 64
LABELS = np.argmax(X[:, :3] @ np.array([[1, 0, -1], [0, 1, 0.5], [2, -1, 0]]) + generator.normal(size=(N, C)), axis=1)
Y = np.round(X @ generator.normal(size=(D, 2)) * 64 + generator.normal(size=(N, 2)) * 32) / 64


def logistic(penalty):
    hot = np.eye(C)[LABELS]
    a = np.hstack([X, np.ones((N, 1))])
    held = np.repeat([1.0] * D + [0.0], C)

    def value(w):
        return -np.mean(np.sum(hot * log_softmax(a @ w.reshape(-1, C), axis=1), axis=1)) + penalty / 2 * np.sum(held * w * w)

    def slope(w):
        return (a.T @ (softmax(a @ w.reshape(-1, C), axis=1) - hot) / N).ravel() + penalty * held * w

    def curvature(w):
        p = softmax(a @ w.reshape(-1, C), axis=1)
        s = np.einsum("ni,ij->nij", p, np.eye(C)) - np.einsum("ni,nj->nij", p, p)
        h = np.einsum("na,nb,nij->aibj", a, a, s) / N
        return h.reshape(w.size, w.size) + penalty * np.diag(held)

    w = np.zeros((D + 1) * C)
    w = minimize(value, w, jac=slope, hess=curvature, method="trust-exact", options={"gtol": 1e-12}).x
    assert np.abs(slope(w)).max() < 1e-9, np.abs(slope(w)).max()
    kernel, bias = w.reshape(-1, C)[:D], w.reshape(-1, C)[D]
    # A number added to all biases changes nothing; ours have a sum of 0.
    scores = X @ kernel + bias
    return {
        "penalty": penalty,
        "kernel": kernel.ravel().tolist(),
        "bias": (bias - bias.mean()).tolist(),
        "loss": value(w),
        "accuracy": float(np.mean(np.argmax(scores, axis=1) == LABELS)),
    }


def ridge(x, penalty):
    n, d = x.shape
    xc, yc = x - x.mean(0), Y[:n] - Y[:n].mean(0)
    rows = np.vstack([xc, np.sqrt(n * penalty) * np.eye(d)])
    kernel = np.linalg.lstsq(rows, np.vstack([yc, np.zeros((d, 2))]), rcond=None)[0]
    bias = Y[:n].mean(0) - x.mean(0) @ kernel
    left = x @ kernel + bias - Y[:n]
    loss = np.sum(left**2) / 2 / n + penalty / 2 * np.sum(kernel**2)
    return {"rows": n, "penalty": penalty, "kernel": kernel.ravel().tolist(), "bias": bias.tolist(), "loss": loss}


def leave_one_out(x, penalty):
    """Accuracy of ridge regression on ones and zeros for each example left out, and its standard error."""
    x = x / np.sqrt(np.mean(np.var(x, axis=0)))
    hot = np.eye(C)[LABELS]
    right = []
    for i in range(N):
        rest = np.arange(N) != i
        m, t = x[rest].mean(0), hot[rest].mean(0)
        a = np.vstack([x[rest] - m, np.sqrt((N - 1) * penalty) * np.eye(x.shape[1])])
        w = np.linalg.lstsq(a, np.vstack([hot[rest] - t, np.zeros((x.shape[1], C))]), rcond=None)[0]
        right.append(float(np.argmax((x[i] - m) @ w + t) == LABELS[i]))
    return {"accuracy": float(np.mean(right)), "error": float(np.std(right, ddof=1) / np.sqrt(N))}


made = {"by": "golden/transfer_freeze_probe.py", "versions": {"numpy": np.__version__, "scipy": scipy.__version__}}
content = {
    "made": made,
    "x": X.ravel().tolist(),
    "labels": LABELS.tolist(),
    "y": Y.ravel().tolist(),
    "logistic": [logistic(penalty) for penalty in (0.5, 0.01, 1e-3)],
    "leaveOneOut": {
        "penalty": 0.5,
        "linear": leave_one_out(X, 0.5),
        "relu": leave_one_out(np.maximum(-X, 0), 0.5),
    },
    "ridge": [ridge(X, 0.1), ridge(X, 1e-6), ridge(X[:3], 0.1)],
}
(OUT / "probe.json").write_text(json.dumps(content) + "\n")
