"""pds.py PREDICTED REAL ROWS GENES: cell-eval2's L1 distances (scipy's cdist), and ranks from them."""
import sys

import numpy as np
from cell_eval2.distances import pairwise_full

from serve import serve


class Pds:
    def __init__(self, predicted, real, rows, genes):
        rows, genes = int(rows), int(genes)
        read = lambda path: np.fromfile(path, count=rows * genes).reshape(rows, genes)
        self.predicted, self.real = read(predicted), read(real)

    def reset(self):
        self.nearer = None

    def run(self):
        distance = pairwise_full(self.predicted, self.real, "l1")
        self.nearer = (distance < np.diag(distance)[:, None]).sum(axis=1)

    def save(self, prefix):
        self.nearer.astype(np.int32).tofile(prefix + ".nearer")


serve(Pds(*sys.argv[1:5]), {})
