"""rank_test.py pdex|illico|scanpy FILE THREADS: every perturbation against the control, every gene.

The values to rank are made before the clock starts: for pdex and scanpy what cell-eval2 ranks on a
CPU (log1p of counts per million, in double), for illico float counts per million. Code that is
compiled on first use is compiled on a part of the genes before the first run.
"""
import sys

import anndata
import numpy as np
import scipy.sparse

from serve import serve

CONTROL = "non-targeting"


def normalised(counts, engine):
    totals = np.asarray(counts.sum(axis=1, dtype=np.float64)).ravel()
    x = counts.copy()
    if engine == "illico":
        x.data = x.data * np.repeat((1e6 / totals).astype(np.float32), np.diff(x.indptr))
    else:
        per_cell = np.repeat(totals / 1e6, np.diff(x.indptr))
        x.data = np.log1p(x.data.astype(np.float64) / per_cell)
    return x


class RankTest:
    def __init__(self, engine, path, threads):
        self.engine, self.threads = engine, threads
        adata = anndata.read_h5ad(path)
        adata.X = normalised(scipy.sparse.csr_matrix(adata.X), engine)
        self.adata = adata
        labels = adata.obs["target"].astype(str)
        self.groups = sorted(set(labels) - {CONTROL})
        self.cells = labels.value_counts()
        self.genes = list(adata.var_names)
        some = adata[labels.isin([CONTROL, self.groups[0]])]
        self.test(some[:, : min(300, adata.n_vars)].copy())

    def test(self, adata):
        if self.engine == "pdex":
            from pdex import pdex

            return pdex(adata, groupby="target", mode="ref", reference=CONTROL, is_log1p=True,
                        geometric_mean=False, epsilon=1e-9, threads=self.threads)
        if self.engine == "illico":
            from illico import asymptotic_wilcoxon

            return asymptotic_wilcoxon(adata, is_log1p=False, group_keys="target",
                                       reference=CONTROL, n_threads=self.threads, use_rust=True)
        import scanpy

        scanpy.tl.rank_genes_groups(adata, "target", reference=CONTROL, method="wilcoxon",
                                    tie_correct=True)
        return adata

    def reset(self):
        self.result = None

    def run(self):
        self.result = self.test(self.adata)

    def save(self, prefix):
        """2U, p and log2 fold change, groups × genes; scanpy gives no U."""
        shape = (len(self.groups), len(self.genes))
        table = {}
        if self.engine == "scanpy":
            import scanpy

            frame = scanpy.get.rank_genes_groups_df(self.result, group=None)
            if "group" not in frame:  # a single group
                frame["group"] = self.groups[0]
            frame = frame.set_index(["group", "names"])
            table["p"] = frame["pvals"]
        elif self.engine == "pdex":
            frame = self.result.to_pandas().set_index(["target", "feature"])
            table["p"], table["two_u"] = frame["p_value"], 2 * frame["statistic"]
            table["fold_change"] = frame["log2_fold_change"]
        else:
            frame = self.result
            table["p"], table["two_u"] = frame["p_value"], 2 * frame["statistic"]
            # Where U is exactly its mean, illico's continuity correction makes p less than 1.
            pairs = self.cells[CONTROL] * frame.index.get_level_values(0).map(self.cells)
            table["p"] = table["p"].where(table["two_u"] != np.asarray(pairs), 1.0)
        for name, column in table.items():
            column.index = column.index.set_names(["group", "gene"])
            wide = column.astype(np.float64).unstack("gene").loc[self.groups, self.genes]
            assert wide.shape == shape
            values = wide.to_numpy()
            if name == "two_u":
                values = np.rint(values).astype(np.int64)
            np.ascontiguousarray(values).tofile(f"{prefix}.{name}")
        with open(prefix + ".groups", "w") as file:
            file.writelines(group + "\n" for group in self.groups)


serve(RankTest(sys.argv[1], sys.argv[2], int(sys.argv[3])), {})
