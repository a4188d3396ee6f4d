#!/usr/bin/env python3
"""Records what cell-eval2 0.16.0 gives for small tables of differential expression with every oddity
a table may hold: missing rows, NaN, infinite, zero and tied fold changes, NaN, zero and tied
p-values, sides that call nothing or everything, and conventions off their defaults.

Usage: make_odd_tables.py OUTPUT.json.gz     (needs cell-eval2, anndata, polars)
"""
import dataclasses
import gzip
import json
import logging
import math
import sys
import warnings

import anndata as ad
import numpy as np
import pandas as pd
import polars as pl

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
from cell_eval2 import EvalConfig, FilterParams, compute_metrics  # noqa: E402

# Twenty at most: beyond that the reference's ranked lists leave tied fold changes in the order of
# an unstable sort, which nobody can promise to repeat.
GENES = ["G%02d" % i for i in range(14)] + ["z", "A,B", "_x", "MT-ND1", "1700001A", "gpm6b"]
TARGETS = ["A,B", "G03", "G07", "MT-ND1", "none-a", "none-b"]


def number(x):
    if x is None:
        return None
    x = float(x)
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "-Infinity"
    return x


def table(rng, shape):
    """Rows (target, feature, log2_fold_change, p_value, p_adj) in label then gene order."""
    rows = []
    for target in TARGETS:
        called = {"mixed": rng.choice([0.0, 0.2, 0.6, 1.0]), "sparse": 0.15, "none": 0.0,
                  "all": 1.0}[shape]
        for gene in GENES:
            if rng.random() < 0.08:
                continue
            lfc = float(rng.choice([rng.normal(0, 2), round(rng.normal(0, 2)), 0.25, -0.25],
                                   p=[0.5, 0.3, 0.1, 0.1]))
            odd = rng.random()
            if odd < 0.05:
                lfc = math.nan
            elif odd < 0.09:
                lfc = math.inf if rng.random() < 0.5 else -math.inf
            q = rng.choice([0.0, 1e-320, 1e-50, 1e-12, 1e-3, 0.01, 0.049]) if rng.random() < called \
                else rng.choice([0.05, 0.2, 0.5, 1.0, math.nan])
            p = q * rng.choice([0.1, 0.5, 1.0])
            if rng.random() < 0.03:
                p = math.nan
            rows.append((target, gene, lfc, float(p), float(q)))
    return rows


def frame(rows):
    return pl.DataFrame(rows, schema=["target", "feature", "log2_fold_change", "p_value", "p_adj"],
                        orient="row")


def screen(rng):
    labels = np.repeat(TARGETS + ["non-targeting"], 3)
    counts = rng.poisson(3.0, (labels.size, len(GENES))).astype(np.float32)
    return ad.AnnData(X=counts, obs=pd.DataFrame({"target": pd.Categorical(labels)},
                                                 index=[str(i) for i in range(labels.size)]),
                      var=pd.DataFrame(index=GENES))


SETTINGS = [
    {},
    {"nan_lfc_policy": "keep"},
    {"min_abs_log2fc": 0.25},
    {"sort_by": "log2_fold_change"},
    {"sort_by": "p_value"},
    {"sort_by": "p_adj", "nan_lfc_policy": "keep"},
    {"auc_pval_floor": "clip"},
    {"auc_pval_floor": "replace_zero"},
    {"p_adj_threshold": 0.2},
    {"p_adj_threshold": 0.01, "min_abs_log2fc": 0.25, "nan_lfc_policy": "keep"},
]


def run(pred_screen, real_screen, real, pred, settings):
    config = EvalConfig.from_preset("v2")
    config = dataclasses.replace(
        config, metrics="de", num_threads=1, device="cpu",
        filter=FilterParams(filter_gene_min_cpm_cell=None),
        de=dataclasses.replace(config.de, backend="pdex", **settings))
    return compute_metrics(pred_screen, real_screen, config=config, de_pred=frame(pred),
                           de_real=frame(real))


def main(path):
    rng = np.random.default_rng(20160)
    real_screen, pred_screen = screen(rng), screen(rng)
    cases = []
    shapes = ["mixed", "sparse", "none", "all"]
    for i, settings in enumerate(SETTINGS * 3):
        real = table(rng, "mixed" if i % 4 else shapes[(i // 4) % 4])
        pred = table(rng, "mixed" if (i + 1) % 5 else shapes[(i // 5) % 4])
        scores = {}
        for row in run(pred_screen, real_screen, real, pred, settings).iter_rows(named=True):
            scores.setdefault(row["metric"], {})[row["perturbation"]] = number(row["value"])
        cases.append({"settings": settings,
                      "real": [[t, f, number(a), number(b), number(c)] for t, f, a, b, c in real],
                      "pred": [[t, f, number(a), number(b), number(c)] for t, f, a, b, c in pred],
                      "scores": scores})
    text = json.dumps({"genes": GENES, "targets": TARGETS, "cases": cases}, separators=(",", ":"))
    with gzip.GzipFile(path, "wb", mtime=0) as stream:
        stream.write(text.encode())


if __name__ == "__main__":
    main(sys.argv[1])
