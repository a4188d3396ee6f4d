"""Makes inputs: fewer perturbations against the whole control, and effects to discriminate.

    prepare.py subset FROM TO PERTURBATIONS
    prepare.py effects PREDICTED REAL ROWS GENES
    prepare.py regression X Y ROWS FEATURES GENES
    prepare.py screen CONTROL EFFECTS ROWS GENES
"""
import sys

import anndata
import numpy as np


def subset(source, target, perturbations):
    adata = anndata.read_h5ad(source)
    labels = adata.obs["target"].astype(str)
    kept = sorted(set(labels) - {"non-targeting"})[: int(perturbations)]
    part = adata[labels.isin([*kept, "non-targeting"])].copy()
    part.write_h5ad(target, compression="gzip")


def effects(predicted, real, rows, genes):
    """A tenth of the genes answer; the prediction is the truth and as much noise as confuses some."""
    rng = np.random.default_rng(1)
    with open(predicted, "wb") as p, open(real, "wb") as r:
        for _ in range(int(rows)):
            noise = rng.normal(0.0, 0.1, (2, int(genes)))
            effect = rng.normal(0.0, 0.12, int(genes)) * (rng.random(int(genes)) < 0.1)
            (effect + noise[0]).tofile(r)
            (0.2 * effect + noise[1]).tofile(p)


def regression(x, y, rows, features, genes):
    """Effects that bend with the features, and as much noise."""
    rng = np.random.default_rng(2)
    rows, features, genes = int(rows), int(features), int(genes)
    values = rng.normal(size=(rows, features))
    values.tofile(x)
    mixed = values @ rng.normal(size=(features, genes))
    (np.tanh(mixed / np.sqrt(features)) + rng.normal(size=(rows, genes))).tofile(y)


def screen(control, effects_of, rows, genes):
    """A control profile and effects along 30 directions, the target's own among them."""
    rng = np.random.default_rng(3)
    rows, genes = int(rows), int(genes)
    rng.gamma(1.0, 1.0, genes).tofile(control)
    directions = rng.normal(size=(30, genes))
    effects = 0.3 * directions[:, :rows].T @ directions / 30 + 0.1 * rng.normal(size=(rows, genes))
    effects.tofile(effects_of)


{"subset": subset, "effects": effects, "regression": regression, "screen": screen}[sys.argv[1]](*sys.argv[2:])
