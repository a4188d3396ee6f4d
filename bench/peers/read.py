"""read.py anndata|h5py FILE: the matrix of an .h5ad file as arrays in memory."""
import sys

import anndata
import h5py
import numpy as np

from serve import serve


class Read:
    def __init__(self, reader, path):
        self.reader, self.path = reader, path

    def reset(self):
        self.data = self.indices = self.indptr = self.owner = None

    def run(self):
        if self.reader == "anndata":
            self.owner = anndata.read_h5ad(self.path)
            x = self.owner.X
            self.data, self.indices, self.indptr = x.data, x.indices, x.indptr
            return
        with h5py.File(self.path) as file:
            x = file["X"]
            self.data, self.indices, self.indptr = x["data"][:], x["indices"][:], x["indptr"][:]

    def save(self, prefix):
        """Three sums in whole numbers that any reader of the same matrix must agree on."""
        sums = np.array([self.data.size, 0, 0], dtype=np.uint64)
        for row in range(self.indptr.size - 1):
            part = slice(self.indptr[row], self.indptr[row + 1])
            values = self.data[part].astype(np.uint64)
            sums[1] += values.sum()
            weighted = (values * (self.indices[part].astype(np.uint64) + 1)).sum()
            sums[2] += weighted * np.uint64(row + 1)
        sums.tofile(prefix + ".sums")


serve(Read(*sys.argv[1:3]), {})
