"""Goldens of packed codes: the bits of each code, lowest first, by numpy.packbits(bitorder="little").

Usage: python golden/numerics_packing.py
"""
import base64
import json
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).resolve().parent.parent / "packages/numerics/test/golden/packing.json"
r = np.random.RandomState(3)
cases = []
for bits in range(1, 17):
    codes = r.randint(0, 2**bits, 77).astype(np.uint16)
    each = (codes[:, None] >> np.arange(bits)) & 1
    packed = np.packbits(each.astype(np.uint8).ravel(), bitorder="little")
    cases.append({"bits": bits, "codes": codes.tolist(), "packed": base64.b64encode(packed.tobytes()).decode()})
made = {"by": "golden/numerics_packing.py", "versions": {"numpy": np.__version__}}
text = ",\n".join("  " + json.dumps(case) for case in cases)
OUT.write_text('{"made": %s, "cases": [\n%s\n]}\n' % (json.dumps(made), text))
