"""Writes packages/viz/test/golden/*.json: numpy 2.4.6."""

import json
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).parent.parent / "packages" / "viz" / "test" / "golden"
MADE = {"by": "golden/viz.py", "versions": {"numpy": np.__version__}}


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


band()
