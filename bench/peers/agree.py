"""agree.py OURS THEIRS: compares what the two sides of a comparison saved, prints one line.

Whole numbers must be equal; p within 1e-12 of each other and fold changes within 1e-9, relative; errors of regressions within
1e-8; held-out errors of forests, whose draws differ, within a hundredth.
"""
import os
import sys

import numpy as np

RULES = {"sums": (np.uint64, 0.0), "nearer": (np.int32, 0.0), "two_u": (np.int64, 0.0),
         "p": (np.float64, 1e-12), "fold_change": (np.float64, 1e-9), "mse": (np.float64, 1e-8),
         "held_out": (np.float64, 1e-2)}


def main(ours, theirs):
    said, failed = [], False
    for name, (kind, tolerance) in RULES.items():
        if not os.path.exists(f"{theirs}.{name}"):
            continue
        a, b = np.fromfile(f"{ours}.{name}", kind), np.fromfile(f"{theirs}.{name}", kind)
        if a.shape != b.shape:
            said.append(f"{name}: {a.size} and {b.size} values")
            failed = True
        elif tolerance == 0.0:
            different = int((a != b).sum())
            said.append(f"{name} {'equal' if different == 0 else f'differs in {different} of {a.size}'}")
            failed |= different > 0
        else:
            scale = np.maximum(np.abs(b), 1e-300 if name == "p" else 1e-3)
            worst = float(np.nanmax(np.where(a == b, 0.0, np.abs(a - b) / scale)))
            said.append(f"{name} within {worst:.1e}")
            failed |= not worst <= tolerance or bool((np.isnan(a) != np.isnan(b)).any())
    print(", ".join(said) + (" **NO**" if failed else ""))
    return 1 if failed else 0


sys.exit(main(*sys.argv[1:3]))
