#!/usr/bin/env python3
"""Records cell-eval2 0.16.0's score of one number between a baseline and an anchor, for every
policy of its catalogue over a grid of numbers, and whether the baseline is degenerate.

Usage: make_score_one.py OUTPUT.json     (needs cell-eval2)
"""
import dataclasses
import itertools
import json
import math
import sys

from cell_eval2.catalog import CATALOG, is_decisive
from cell_eval2.scoring import is_degenerate, score_one

MEMBERS = {"kError": "expr_mae", "kErrorLinear": "de_wilcoxon_lfc_nmae", "kBounded": "pds_l1",
           "kUnfloored": "pds_cosine", "kOpen": "de_wilcoxon_direction_coverage",
           "kSigned": "de_wilcoxon_direction_yield",
           "kCappedNorm": "expr_mse_unbiased_capped_norm"}
USER = [-0.5, 0.0, 0.2, 0.37, 0.9, 1.0, 1.6, 4.0, 30.0, math.nan, math.inf, -math.inf]
BASE = [-0.4, 0.0, 0.25, 0.5, 0.99, 1.0, 2.0, math.nan, math.inf]
ANCHOR = [None, 0.04, 0.3, 0.95, 1.5]  # None: the policy's own


def number(x):
    return "NaN" if math.isnan(x) else "Infinity" if x == math.inf else \
        "-Infinity" if x == -math.inf else x


cases = []
for name, metric in MEMBERS.items():
    for anchor, base in itertools.product(ANCHOR, BASE):
        policy = CATALOG[metric].scoring
        if anchor is not None:
            policy = dataclasses.replace(policy, anchor=anchor, allow_negative_baseline=False)
        degenerate = is_degenerate(base, policy)
        scores = [] if degenerate else [number(score_one(u, base, policy)) for u in USER]
        cases.append([name, anchor, number(base), scores])
decisive = sorted(n for n, spec in CATALOG.items() if "deseq2" not in n and is_decisive(spec))
with open(sys.argv[1], "w") as stream:
    head = {"user": [number(u) for u in USER], "decisive": decisive}
    lines = ",\n  ".join(json.dumps(c) for c in cases)
    stream.write('{"user": %s,\n "decisive": %s,\n "cases": [\n  %s]}\n'
                 % (json.dumps(head["user"]), json.dumps(decisive), lines))
