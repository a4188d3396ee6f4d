"""Writes layouts_expected.json: what anndata (or, for files that today's anndata no longer reads,
h5py by hand) finds in the files of ../shared/data/layouts and ../shared/data/real.

    python make_layouts_expected.py ../../../shared/data layouts_expected.json

Made with anndata 0.12.19, h5py 3.16.0, numpy 2.4.6, scipy 1.17. Digests are FNV-1a, 64 bits, of UTF-8 texts
that each end with a line feed; a missing label counts as the text "\\0".
"""

import json
import sys
import warnings
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp

warnings.filterwarnings("ignore")


def digest(texts):
    h = 0xCBF29CE484222325
    for text in texts:
        for byte in text.encode() + b"\n":
            h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return str(h)


def label(value):
    """A cell's label as text; None where it is missing."""
    if value is None or value is pd.NA or (isinstance(value, (float, np.floating)) and np.isnan(value)):
        return None
    return value.decode() if isinstance(value, bytes) else str(value)


def names(values):
    labels = [label(v) for v in values]
    return {"n": len(labels), "first": labels[:3], "digest": digest(labels)}


def column(values, categories=None):
    labels = [label(v) for v in values]
    out = {
        "first": labels[:5],
        "missing": sum(x is None for x in labels),
        "digest": digest("\0" if x is None else x for x in labels),
    }
    if categories is not None:
        out["categories"] = names(categories)
    return out


def matrix(x):
    m = sp.csr_matrix(x, dtype=np.float64) if not sp.issparse(x) else sp.csr_matrix(x.astype(np.float64))
    if not sp.issparse(x):  # csr_matrix drops NaN from no dense matrix, but be sure
        assert m.nnz == np.count_nonzero(np.asarray(x))
    m.sum_duplicates()
    m.eliminate_zeros()
    m.sort_indices()
    rows = np.repeat(np.arange(m.shape[0]), np.diff(m.indptr))
    finite = np.isfinite(m.data)
    data = np.where(finite, m.data, 0)
    return {
        "shape": list(m.shape),
        "entries": int(m.nnz),
        "nan": int(np.isnan(m.data).sum()),
        "sum": float(np.sum(data)),
        # Moves if any value sits in another row or column.
        "weighted": float(np.sum(data * (1 + rows % 13) * (1 + m.indices % 17))),
        "first_row": [[int(g), float(v)] for g, v in list(zip(m[0].indices, m[0].data))[:5]],
    }


def old_column(f, table, field):
    values = f[table][field]
    key = f"uns/{field}_categories"
    if key in f:
        categories = [c.decode() for c in f[key][:]]
        return column([categories[c] if c >= 0 else None for c in values], categories)
    return column(values)


def by_hand(path):
    """anndata before 0.7: records instead of groups."""
    with h5py.File(path) as f:
        def read(node):
            if isinstance(node, h5py.Dataset):
                return node[:]
            kind = {"csr": sp.csr_matrix, "csc": sp.csc_matrix}[node.attrs["h5sparse_format"]]
            return kind((node["data"][:], node["indices"][:], node["indptr"][:]), shape=tuple(node.attrs["h5sparse_shape"]))

        out = {"obs_names": names(f["obs"]["index"]), "var_names": names(f["var"]["index"])}
        out["matrices"] = {"X": matrix(read(f["X"]))}
        for layer in f.get("layers", {}):
            out["matrices"]["layers/" + layer] = matrix(read(f["layers"][layer]))
        if "raw.X" in f:
            out["matrices"]["raw"] = matrix(read(f["raw.X"]))
            out["raw_names"] = names(f["raw.var"]["index"])
        out["obs"] = {c: old_column(f, "obs", c) for c in f["obs"].dtype.names if c != "index"}
        return out


def by_anndata(path):
    a = anndata.read_h5ad(path)
    out = {"obs_names": names(a.obs_names), "var_names": names(a.var_names), "matrices": {}}
    if a.X is not None:
        out["matrices"]["X"] = matrix(a.X)
    for layer in a.layers:
        out["matrices"]["layers/" + layer] = matrix(a.layers[layer])
    if a.raw is not None:
        out["matrices"]["raw"] = matrix(a.raw.X)
        out["raw_names"] = names(a.raw.var_names)
    out["obs"] = {}
    for name in a.obs.columns:
        values = a.obs[name]
        categories = list(values.cat.categories) if isinstance(values.dtype, pd.CategoricalDtype) else None
        if isinstance(values.dtype, np.dtype) and values.dtype.kind == "f":
            out["obs"][name] = column(list(values.to_numpy()), categories)  # numpy scalars: str() is short
        else:
            out["obs"][name] = column(list(values), categories)
    return out


def main(data, output):
    expected = {}
    for folder in ("layouts", "real"):
        for path in sorted((Path(data) / folder).glob("*.h5ad")):
            with h5py.File(path) as f:
                old = isinstance(f["obs"], h5py.Dataset)
            expected[f"{folder}/{path.name}"] = by_hand(path) if old else by_anndata(path)
    lines = (f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in expected.items())
    Path(output).write_text("{\n" + ",\n".join(lines) + "\n}\n")


main(*sys.argv[1:])
