#!/usr/bin/env python3
"""Records numpy's legacy stream and Python's: make_legacy_random.py OUTPUT.json

numpy 2.4.6 and CPython 3.11 wrote the present file. Each stream is drawn from once, calls in the
order listed.
"""
import json
import random
import sys

import numpy as np

SEEDS = [0, 1, 42, 2**32 - 1]
CALLS = [["choice", 7, 7], ["choice", 130, 40], ["shuffle", 9], ["choice", 1, 1], ["shuffle", 700],
         ["choice", 65, 3]]
PYTHON_SEEDS = [0, 1, 54, 2**32 + 17, 2**63 + 5]
PYTHON_CALLS = [["sample", 10, 3], ["sample", 300, 6], ["shuffle", 40], ["randrange", 1, 3],
                ["sample", 21, 5], ["sample", 22, 5], ["sample", 85, 6], ["sample", 86, 6],
                ["randrange", 2**31 + 1, 5], ["sample", 400, 100], ["shuffle", 1]]

legacy = []
for seed in SEEDS:
    rng = np.random.RandomState(seed)
    draws = []
    for name, n, *size in CALLS:
        values = np.arange(n)
        if name == "shuffle":
            rng.shuffle(values)
        else:
            values = rng.choice(n, size[0], replace=False)
        draws.append(values.tolist())
    legacy.append({"seed": seed, "draws": draws})

python = []
for seed in PYTHON_SEEDS:
    rng = random.Random(seed)
    draws = []
    for name, n, *size in PYTHON_CALLS:
        if name == "shuffle":
            values = list(range(n))
            rng.shuffle(values)
        elif name == "sample":
            values = rng.sample(range(n), size[0])
        else:
            values = [rng.randrange(n) for _ in range(size[0])]
        draws.append(values)
    python.append({"seed": seed, "draws": draws})

with open(sys.argv[1], "w") as stream:
    json.dump({"calls": CALLS, "legacy": legacy, "python_calls": PYTHON_CALLS, "python": python},
              stream, separators=(",", ":"))
    stream.write("\n")
