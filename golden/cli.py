"""What `weightkit inspect` says of values, by numpy: packages/cli/test/golden/inspect.json."""
import json
from pathlib import Path

import numpy as np

OUT = Path(__file__).parent.parent / "packages/cli/test/golden"
CASES = [{"shape": [24, 16], "step": 7919}, {"shape": [3, 3, 8, 4], "step": 104729}, {"shape": [37], "step": 31}]


def values(shape, step):
    u = (np.arange(np.prod(shape)) * step % 2003) / 1001 - 1
    u[::5] = 0
    return (np.sign(u) * u * u).astype(np.float32)


def cases():
    for case in CASES:
        x = values(**case)
        wide = x.astype(np.float64)
        yield {
            "call": f"numpy on values({case})",
            **case,
            "zeros": int((x == 0).sum()),
            "min": float(x.min()),
            "max": float(x.max()),
            "mean": float(wide.mean()),
            "std": float(wide.std()),
            "histogram": np.histogram(wide, 8)[0].tolist(),
        }


OUT.mkdir(parents=True, exist_ok=True)
made = {"by": "golden/cli.py", "versions": {"numpy": np.__version__}}
(OUT / "inspect.json").write_text(json.dumps({"made": made, "cases": list(cases())}, indent=1) + "\n")
