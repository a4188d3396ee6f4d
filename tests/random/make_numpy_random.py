#!/usr/bin/env python3
"""Records numpy's streams: make_numpy_random.py OUTPUT.json (numpy 2.4.6 wrote the present file).

Each stream is drawn from once, calls in the order listed, so that the half of a 64-bit draw that
one call leaves over is taken up by the next.
"""
import json
import sys

import numpy as np

SEEDS = [0, 1, 42, 2968811710, 2**32 + 17, 2**63 + 5]
CALLS = [["permutation", 7], ["integers", 10, 5], ["permutation", 1], ["integers", 1, 3],
         ["permutation", 130], ["integers", 2**32, 3], ["integers", 2**32 - 1, 3],
         ["integers", 3, 4], ["integers", 3 * 2**40, 3], ["permutation", 65],
         ["integers", 2**31 + 1, 9], ["integers", 2**63 - 25, 4]]

streams = []
for seed in SEEDS:
    rng = np.random.default_rng(seed)
    draws = []
    for name, n, *size in CALLS:
        if name == "permutation":
            draws.append(rng.permutation(np.arange(n)).tolist())
        else:
            draws.append(rng.integers(0, n, size[0]).tolist())
    streams.append({"seed": seed, "draws": draws,
                    "state": np.random.SeedSequence(seed).generate_state(9).tolist()})
with open(sys.argv[1], "w") as stream:
    json.dump({"calls": CALLS, "streams": streams}, stream, separators=(",", ":"))
    stream.write("\n")
