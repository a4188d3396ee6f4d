"""Makes inputs: fewer perturbations against the whole control, and effects to discriminate.

    prepare.py subset FROM TO PERTURBATIONS
    prepare.py effects PREDICTED REAL ROWS GENES
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


{"subset": subset, "effects": effects}[sys.argv[1]](*sys.argv[2:])
