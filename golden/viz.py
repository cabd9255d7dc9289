"""Writes packages/viz/test/golden/*.json: numpy 2.4.6, scipy 1.17.1 and contourpy 1.3.3 (what matplotlib draws contours with)."""

import json
import pathlib

import contourpy
import numpy as np
import scipy
from scipy import optimize, stats

OUT = pathlib.Path(__file__).parent.parent / "packages" / "viz" / "test" / "golden"
MADE = {"by": "golden/viz.py", "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "contourpy": contourpy.__version__}}


def write(name, value):
    OUT.mkdir(exist_ok=True)
    (OUT / name).write_text(json.dumps({**MADE, **value}, indent=1) + "\n")


def band():
    """Quantiles of runs at each position; NaN takes no part, as in numpy.nanquantile."""
    random = np.random.default_rng(5)
    runs = 2 * np.exp(-0.3 * np.arange(12)) + 0.2 * random.standard_normal((7, 12))
    holes = runs.copy()
    holes[2, 5:] = np.nan
    holes[:, 9] = np.nan
    holes[0, 9] = 0.5
    cases = []
    for between in ([0.25, 0.75], [0, 1], [0.1, 0.55]):
        for values in (runs, holes):
            low, middle, high = np.nanquantile(values, [between[0], 0.5, between[1]], axis=0)
            shown = [[None if np.isnan(v) else v for v in run] for run in values.tolist()]
            cases.append({
                "between": between,
                "runs": shown,
                "low": low.tolist(),
                "middle": middle.tolist(),
                "high": high.tolist(),
            })
    write("bands.json", {"call": "numpy.nanquantile(runs, [low, 0.5, high], axis=0)", "cases": cases})


def contour():
    """Where contours cross the lines of a grid, by column and row, sorted."""
    random = np.random.default_rng(6)
    x, y = np.meshgrid(np.arange(9), np.arange(7))
    fields = {
        "hills": np.sin(x * 1.1) + np.cos(y * 0.9) + 0.01 * x,
        "noise": random.standard_normal((7, 9)),
    }
    cases = []
    for name, values in fields.items():
        for level in (-0.7, 0.05, 0.9):
            lines = contourpy.contour_generator(z=values).lines(level)
            points = np.unique(np.round(np.concatenate(lines), 12), axis=0)
            cases.append({"field": name, "values": values.tolist(), "level": level, "points": points.tolist()})
    write("contours.json", {"call": "contourpy.contour_generator(z=values).lines(level)", "cases": cases})


def labels():
    """Heights of labels that are to be a gap apart: isotonic regression of what they want without the gaps."""
    random = np.random.default_rng(7)
    cases = []
    for count, gap in ((1, 3), (6, 14), (12, 14), (25, 5)):
        wanted = np.sort(random.uniform(0, 200, count).round(1))
        steps = gap * np.arange(count)
        placed = np.clip(optimize.isotonic_regression(wanted - steps).x, 0, 200 - steps[-1]) + steps
        cases.append({"gap": gap, "wanted": wanted.tolist(), "placed": placed.tolist()})
    write("labels.json", {"call": "scipy.optimize.isotonic_regression(wanted - steps) + steps", "cases": cases})


def tails():
    """Exponents of power laws by largest likelihood: a density x ** -alpha from xmin on is a Pareto law with shape alpha - 1."""
    random = np.random.default_rng(8)
    cases = []
    for shape, xmin in ((1.5, 1.0), (3.0, 0.2), (0.6, 40.0)):
        values = np.concatenate([xmin * (1 + random.pareto(shape, 60)), xmin * random.uniform(0.1, 0.999, 30)])
        tail = values[values >= xmin]
        fitted, _, _ = stats.pareto.fit(tail, floc=0, fscale=xmin)
        cases.append({"xmin": xmin, "values": values.tolist(), "alpha": fitted + 1, "count": len(tail)})
    write("tails.json", {"call": "scipy.stats.pareto.fit(tail, floc=0, fscale=xmin)", "cases": cases})


def similarity():
    """Linear CKA in the form of features, ||Y^T X||^2 / (||X^T X|| ||Y^T Y||), of centered features."""
    random = np.random.default_rng(8)
    base = random.standard_normal((40, 6))
    layers = {
        "a": base,
        "b": base @ random.standard_normal((6, 9)) + 0.3 * random.standard_normal((40, 9)),
        "c": np.maximum(base @ random.standard_normal((6, 4)), 0) + 5,
        "d": 1e-3 * random.standard_normal((40, 3)),
    }
    layers = {name: np.round(x, 6) for name, x in layers.items()}

    def cka(x, y):
        x, y = x - x.mean(0), y - y.mean(0)
        norm = np.linalg.norm
        return norm(y.T @ x) ** 2 / (norm(x.T @ x) * norm(y.T @ y))

    write("similarity.json", {
        "call": "numpy.linalg.norm(Y.T @ X)**2 / (norm(X.T @ X) * norm(Y.T @ Y)), X and Y centered",
        "layers": {name: x.tolist() for name, x in layers.items()},
        "similarity": [[cka(x, y) for y in layers.values()] for x in layers.values()],
    })


def confusion():
    """Counts and shares of classes."""
    import sklearn
    from sklearn.metrics import confusion_matrix

    random = np.random.default_rng(9)
    actual = random.integers(0, 5, 300)
    predicted = np.where(random.random(300) < 0.7, actual, random.integers(0, 5, 300))
    kinds = {"counts": None, "actual": "true", "predicted": "pred", "all": "all"}
    write("confusion.json", {
        "call": f"sklearn.metrics.confusion_matrix(actual, predicted, normalize=...), scikit-learn {sklearn.__version__}",
        "actual": actual.tolist(),
        "predicted": predicted.tolist(),
        "matrices": {name: confusion_matrix(actual, predicted, normalize=kind).tolist() for name, kind in kinds.items()},
    })


def cells():
    """Ranges of characters that take two cells of a terminal."""
    import wcwidth

    wide = [code for code in range(0x110000) if wcwidth.wcwidth(chr(code)) == 2]
    ranges = []
    for code in wide:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    call = f"wcwidth.wcwidth(chr(code)) == 2, wcwidth {wcwidth.__version__}, Unicode {wcwidth.list_versions()[-1]}"
    write("cells.json", {"call": call, "wide": ranges})


band()
tails()
labels()
contour()
similarity()
confusion()
cells()
