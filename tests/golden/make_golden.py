#!/usr/bin/env python3
"""Record golden results of the reference scorer (cell-eval2 0.16.0, pdex engine).

Usage:  make_golden.py [--out DIR] [--only NAME[,NAME...]]

Builds small deterministic screens, writes them as .h5ad next to this file (inputs/),
runs the reference on each pair through its command line entry point, in process,
and records what it wrote: one JSON per run (runs/), the DE tables (de/), bulk
matrices (bulk/), a few verbatim output files (raw/) and the refusals (refusals.json).
See README.md for the layout.
"""
from __future__ import annotations

import os
import sys

# The instruction-set groups whose vector log1p/expm1 differ from libm in the last bit.
# Must be in the environment before numpy is imported, hence the re-exec.
_DISABLE = "X86_V4 AVX512_ICL AVX512_SPR"
if os.environ.get("NPY_DISABLE_CPU_FEATURES") != _DISABLE:
    os.environ["NPY_DISABLE_CPU_FEATURES"] = _DISABLE
    os.execv(sys.executable, [sys.executable] + sys.argv)
os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("TQDM_DISABLE", "1")
os.environ.setdefault("POLARS_MAX_THREADS", "1")

import argparse
import contextlib
import csv
import gzip
import importlib.metadata as md
import io
import json
import logging
import math
import platform
import shutil
import tempfile
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import polars as pl
import scipy.sparse as sp
import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
CONTROL = "non-targeting"
RAW = ("results.csv", "agg_results.csv", "metric_aggregation.csv")
PACKAGES = ("cell-eval2", "pdex", "numba-mwu", "numba", "llvmlite", "numpy", "scipy", "anndata",
            "h5py", "pandas", "polars", "scanpy", "scikit-learn", "pyarrow")


def versions() -> dict:
    out = {}
    for p in PACKAGES:
        try:
            out[p] = md.version(p)
        except md.PackageNotFoundError:
            out[p] = None
    out["python"] = platform.python_version()
    out["libc"] = " ".join(platform.libc_ver())
    out["hdf5"] = h5py.version.hdf5_version
    out["machine"] = platform.machine()
    out["NPY_DISABLE_CPU_FEATURES"] = _DISABLE
    return out


def jnum(v):
    """A JSON value for a float: non-finite values become strings."""
    if v is None:
        return None
    v = float(v)
    if math.isnan(v):
        return "NaN"
    if math.isinf(v):
        return "Infinity" if v > 0 else "-Infinity"
    return v


def dump(doc: dict, path: str) -> None:
    """JSON with one line per entry of the first two levels: small, and diffs stay readable."""
    def line(v):
        return json.dumps(v, allow_nan=False, ensure_ascii=False)

    parts = []
    for k, v in doc.items():
        if isinstance(v, dict) and v and any(isinstance(x, (dict, list)) for x in v.values()):
            inner = ",\n  ".join(f"{line(a)}: {line(b)}" for a, b in v.items())
            parts.append(f"{line(k)}: {{\n  {inner}\n }}")
        elif isinstance(v, list) and v and isinstance(v[0], dict):
            inner = ",\n  ".join(line(x) for x in v)
            parts.append(f"{line(k)}: [\n  {inner}\n ]")
        else:
            parts.append(f"{line(k)}: {line(v)}")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as fh:
        fh.write("{\n " + ",\n ".join(parts) + "\n}\n")
    with open(path) as fh:
        assert json.load(fh) == doc


# --------------------------------------------------------------------------- simulation
def gene_names(n: int) -> list[str]:
    """Mostly G000.., with a few spellings that make codepoint order matter."""
    g = [f"G{i:03d}" for i in range(n)]
    for pos, name in ((7, "MT-ND1"), (12, "1700001A"), (17, "gpm6b"), (23, "Zfp36"),
                      (31, "_orf1"), (38, "A,B"), (44, "~tail")):
        if pos < n:
            g[pos] = name
    return g


def draw_cells(rng, prop: np.ndarray, n: int, *, depth: float, grid=(300, 400, 600, 900, 1200)):
    """n cells x genes of integer counts. Half the cells have a total from a small grid, so
    that equal and near-equal normalized values occur across cells; the rest are Poisson
    with a lognormal library size."""
    p = prop / prop.sum()
    out = np.zeros((n, p.size), dtype=np.int64)
    for i in range(n):
        if rng.random() < 0.5:
            out[i] = rng.multinomial(int(rng.choice(grid)), p)
        else:
            out[i] = rng.poisson(p * depth * rng.lognormal(0.0, 0.45))
    return out


def effect(rng, n_genes: int, n_hit: int, size: float, *, own: int | None = None, down=0.5):
    """Multiplicative profile with n_hit changed genes."""
    f = np.ones(n_genes)
    hit = rng.choice(n_genes, n_hit, replace=False)
    sign = np.where(rng.random(n_hit) < down, -1.0, 1.0)
    f[hit] = np.exp2(sign * size * (0.5 + rng.random(n_hit)))
    if own is not None:
        f[own] = 0.1
    return f


def blend(rng, f: np.ndarray, keep: float, noise: float):
    """A noisy prediction of the profile f: log effect shrunk to `keep`, noise on every gene."""
    return np.exp2(keep * np.log2(f) + noise * rng.standard_normal(f.size))


def assemble(rng, blocks: dict[str, np.ndarray], genes, *, shuffle=True, extra_obs=None):
    labels = np.concatenate([[k] * v.shape[0] for k, v in blocks.items()])
    X = np.concatenate(list(blocks.values()))
    order = rng.permutation(labels.size) if shuffle else np.arange(labels.size)
    obs = pd.DataFrame({"target": pd.Categorical(labels[order])},
                       index=[f"cell{i}" for i in range(labels.size)])
    obs["total"] = X[order].sum(axis=1).astype(np.float64)
    if extra_obs:
        for k, v in extra_obs.items():
            obs[k] = pd.Categorical(np.asarray(v)[order])
    return ad.AnnData(X=X[order], obs=obs, var=pd.DataFrame(index=list(genes)))


def with_x(a: ad.AnnData, X) -> ad.AnnData:
    return ad.AnnData(X=X, obs=a.obs.copy(), var=a.var.copy())


def lognorm64(a: ad.AnnData) -> np.ndarray:
    """log1p(counts per 1e6), float64, dense."""
    X = np.asarray(a.X, dtype=np.float64)
    L = X.sum(axis=1, keepdims=True)
    L[L == 0] = 1.0
    return np.log1p(X / (L / 1e6))


def write(a: ad.AnnData, path: str) -> None:
    a.write_h5ad(path, compression="gzip", compression_opts=9)


# --------------------------------------------------------------------------- screens
def screen_main():
    """The main counts pair: 200 genes, 15 perturbations, degenerate ones included."""
    rng = np.random.default_rng(20260)
    G = 200
    genes = gene_names(G)
    ix = {g: i for i, g in enumerate(genes)}
    base = rng.lognormal(0.0, 1.2, G)
    base[199] = 0.0                       # zero in every cell of both sides
    base[198] = 0.0                       # zero in control, switched on by some perturbations
    base[190:196] *= 0.0006               # around the 5 CPM gate
    real, pred = {}, {}
    depth = 900
    real[CONTROL] = draw_cells(rng, base, 110, depth=depth)
    real[CONTROL][3] = 0                  # a control cell without a single count
    pred[CONTROL] = draw_cells(rng, base, 12, depth=depth)

    def add(name, n_real, n_pred, f_real, f_pred):
        real[name] = draw_cells(rng, base * f_real, n_real, depth=depth)
        pred[name] = draw_cells(rng, base * f_pred, n_pred, depth=depth)

    for name, nr, npd, hits, size, keep, noise in (
            ("G003", 36, 30, 70, 1.4, 0.8, 0.15),
            ("G010", 34, 40, 60, 1.2, 0.7, 0.20),
            ("MT-ND1", 30, 24, 80, 1.5, 0.5, 0.30),
            ("gpm6b", 28, 28, 50, 1.3, 0.9, 0.10),
            ("Zfp36", 32, 20, 60, 1.2, -0.4, 0.20),    # wrong direction
            ("G055", 30, 30, 60, 1.6, 0.05, 0.02),     # nearly silent prediction
            ("OFFPANEL", 30, 26, 60, 1.3, 0.7, 0.20),  # label is not a gene
    ):
        f = effect(rng, G, hits, size, own=ix.get(name))
        fp = blend(rng, f, keep, noise)
        add(name, nr, npd, f, fp)
    # switch gene 198 on in two perturbations of the real side and one of the pred side
    real["G003"][:20, 198] = rng.poisson(3.0, 20)
    real["gpm6b"][:10, 198] = 1
    pred["G003"][:15, 198] = rng.poisson(2.0, 15)
    # no effect at all in real, a wrong strong one in pred
    add("G060", 16, 24, np.ones(G), effect(rng, G, 40, 1.3))
    # a perturbation whose only certain change is its own gene
    f = np.ones(G)
    own = int(np.argsort(base)[-3])
    genes_own = genes[own]
    f[own] = 0.02
    add(genes_own, 40, 20, f, np.ones(G))
    # single cells and pairs of cells
    f = effect(rng, G, 60, 1.5)
    add("G070", 1, 1, f, f)
    add("G071", 2, 1, f, f)
    # identical real profiles: the same cells under two labels, identical predictions too
    f = effect(rng, G, 60, 1.3)
    add("G080", 26, 18, f, blend(rng, f, 0.7, 0.2))
    real["G081"] = real["G080"].copy()
    pred["G081"] = pred["G080"].copy()
    # prediction = the real control cells, bit for bit: a zero predicted effect
    f = effect(rng, G, 50, 1.2)
    add("G090", 24, 1, f, f)
    pred["G090"] = real[CONTROL].copy()
    # two identical gene columns, so DE rows tie exactly
    for side in (real, pred):
        for k in side:
            side[k][:, 121] = side[k][:, 5]
            side[k][:, 199] = 0
    return genes, assemble(rng, real, genes), assemble(rng, pred, genes)


def screen_small(seed: int, *, G=120, perts=("G003", "G010", "MT-ND1", "gpm6b", "G055", "OFFPANEL"),
                 n_ctrl=80, n=26, hits=50, size=1.4, keep=0.7, noise=0.2, depth=700, null_real=False,
                 base=None, labels=None):
    rng = np.random.default_rng(seed)
    genes = gene_names(G)
    ix = {g: i for i, g in enumerate(genes)}
    if base is None:
        base = rng.lognormal(0.0, 1.1, G)
        base[G - 1] = 0.0
        base[G - 4:G - 1] *= 0.001
    real = {CONTROL: draw_cells(rng, base, n_ctrl, depth=depth)}
    pred = {CONTROL: draw_cells(rng, base, 10, depth=depth)}
    for i, p in enumerate(perts):
        f = np.ones(G) if null_real else effect(rng, G, hits, size, own=ix.get(p))
        fp = blend(rng, f, keep, noise)
        lab = p if labels is None else labels[i]
        real[lab] = draw_cells(rng, base * f, n + 2 * i, depth=depth)
        pred[lab] = draw_cells(rng, base * fp, n + 3 - i, depth=depth)
    return genes, assemble(rng, real, genes), assemble(rng, pred, genes)


# --------------------------------------------------------------------------- running
def pin_group_order() -> None:
    """polars hands out groups in hash order, seeded per process; the reference leaves one
    metric's rows (and the last bits of its aggregate) in that order. Pin it to first
    appearance so that two recordings are byte-identical."""
    for cls in (pl.DataFrame, pl.LazyFrame):
        orig = cls.group_by

        def group_by(self, *by, _orig=orig, **named):
            named.setdefault("maintain_order", True)
            return _orig(self, *by, **named)

        cls.group_by = group_by


class Tap:
    """Collects the frames the pdex engine returns, to record its U statistic."""

    def __init__(self):
        import pdex
        self.mod, self.orig, self.frames = pdex, pdex.pdex, []

    def __enter__(self):
        def wrapped(*a, **k):
            f = self.orig(*a, **k)
            self.frames.append(f.select(["target", "feature", pl.col("statistic").alias("u1")]))
            return f
        self.mod.pdex = wrapped
        return self

    def __exit__(self, *exc):
        self.mod.pdex = self.orig


def run_reference(pred: str, real: str, outdir: str, args: list[str]) -> list[pl.DataFrame]:
    from cell_eval2.cli import main
    argv = ["run", "-ap", pred, "-ar", real, "-o", outdir, "--write-degenes",
            "--set", "de.backend=pdex", "--set", "device=cpu", "--set", "num_threads=1"] + args
    with Tap() as tap, contextlib.redirect_stdout(io.StringIO()), \
            contextlib.redirect_stderr(io.StringIO()):
        main(argv)
    return tap.frames


def write_de(df: pl.DataFrame, u1: pl.DataFrame | None, path: str) -> int:
    cols = ["target", "feature", "log2_fold_change", "p_value", "p_adj"]
    if u1 is not None:
        df = df.join(u1, on=["target", "feature"], how="left", maintain_order="left")
        cols.append("u1")
    buf = io.StringIO()
    w = csv.writer(buf, lineterminator="\n")
    w.writerow(cols)
    for row in df.select(cols).iter_rows():
        w.writerow([v if isinstance(v, str) else ("" if v is None else jnum(v) if
                    isinstance(jnum(v), str) else repr(v)) for v in row])
    gz_write(path, buf.getvalue())
    return df.height


def gz_write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as fh, gzip.GzipFile(fileobj=fh, mode="wb", compresslevel=9, mtime=0,
                                               filename="") as z:
        z.write(text.encode())


def moments(path: str, cfg: dict, sub=None) -> dict:
    """Group bulk and sampling correction of one side, through the reference's own API."""
    from cell_eval2 import prep, moments as mo, norm
    a = ad.read_h5ad(path)
    t = cfg["input_type"]
    if t == "counts":
        perts, means, gm = prep.pseudobulk_bulk_lognorm_with_moments(
            a, cfg["pert_col"], bulk_target_sum=cfg["bulk_target_sum"])
        c = np.asarray(gm.jk)
    else:
        perts, means, gm = prep.pseudobulk_with_moments(a, cfg["pert_col"])
        c = np.asarray(mo.trace_over_n_for(gm, perts, means))
    return {"perts": [str(p) for p in perts], "means": means, "counts": gm.counts, "correction": c,
            "genes": [str(g) for g in a.var_names]}


def write_bulk(m: dict, path: str) -> None:
    buf = io.StringIO()
    w = csv.writer(buf, lineterminator="\n")
    w.writerow(["group"] + m["genes"])
    for p, row in zip(m["perts"], m["means"]):
        w.writerow([p] + [repr(float(v)) for v in row])
    gz_write(path, buf.getvalue())


def record(out: str, name: str, *, about: str, real: str, pred: str, args: list[str],
           de: str | None = None, de_real: str | None = None, write_de_tables=True, bulk: str | None = None,
           write_bulk_tables=False, context: dict | None = None, raw=(),
           ref_real: str | None = None, ref_pred: str | None = None) -> dict:
    """Run one case and write runs/<name>.json. `real`/`pred` are the inputs the engine under
    test reads (relative to inputs/); ref_* the files the reference actually read (differ
    only for contexts, where the reference reads the subset)."""
    rp = ref_real or os.path.join(out, "inputs", real)
    pp = ref_pred or os.path.join(out, "inputs", pred)
    tmp = tempfile.mkdtemp()
    try:
        frames = run_reference(pp, rp, tmp, args)
        res = pl.read_csv(os.path.join(tmp, "results.csv"), infer_schema=False)
        agg = pl.read_csv(os.path.join(tmp, "agg_results.csv"), infer_schema=False)
        coh = pl.read_csv(os.path.join(tmp, "metric_aggregation.csv"), infer_schema=False)
        with open(os.path.join(tmp, "run_params.yaml")) as fh:
            cfg = yaml.safe_load(fh)
        cfg.pop("outdir", None)
        der = pl.read_parquet(os.path.join(tmp, "de_real.parquet")) if os.path.exists(
            os.path.join(tmp, "de_real.parquet")) else None
        dep = pl.read_parquet(os.path.join(tmp, "de_pred.parquet")) if der is not None else None
        if raw:
            os.makedirs(os.path.join(out, "raw"), exist_ok=True)
            for f in raw:
                shutil.copyfile(os.path.join(tmp, f), os.path.join(out, "raw", f"{name}.{f}"))
    finally:
        shutil.rmtree(tmp)

    def num(s):
        return None if s is None or s == "" else jnum(float(s))

    perts = sorted(set(ad.read_h5ad(rp).obs["target"].astype(str)) - {CONTROL})
    results: dict[str, dict] = {}
    for p, m, v in res.iter_rows():
        results.setdefault(m, {})[p] = num(v)
    doc = {
        "case": name, "about": about, "versions": versions(),
        "inputs": {"real": real, "pred": pred, "context": context},
        "arguments": [os.path.basename(a) if a.endswith(".csv.gz") else a for a in args],
        "config": cfg, "control": CONTROL,
        "perturbations": perts,
        "results_metric_order": list(dict.fromkeys(res["metric"].to_list())),
        "unsorted_in_results": [m for m, v in results.items() if list(v) != sorted(v)],
        "results": {m: dict(sorted(v.items())) for m, v in results.items()},
        "absent": {m: [p for p in perts if p not in v] for m, v in results.items()
                   if any(p not in v for p in perts)}
        | {m: perts for m in agg.columns[1:] if m not in results
           and m != "expr_mse_unbiased_capped_norm"},
        "aggregate": {
            "columns": agg.columns, "statistics": agg["statistic"].to_list(),
        },
        "aggregate_values": {c: {s: num(v) for s, v in zip(agg["statistic"], agg[c])}
                             for c in agg.columns[1:]},
        "cohorts": [dict(zip(coh.columns, r)) for r in coh.iter_rows()],
    }
    if der is not None:
        d = de or name
        doc["de"] = None if not write_de_tables and de is None else {
            "real": f"{de_real or d}.real.csv.gz", "pred": f"{d}.pred.csv.gz",
            "rows_real": der.height, "rows_pred": dep.height,
            "targets_real": list(dict.fromkeys(der["target"].to_list())), "columns": der.columns}
        if write_de_tables and de_real is None:
            write_de(der, frames[0], os.path.join(out, "de", doc["de"]["real"]))
        if write_de_tables:
            write_de(dep, frames[1], os.path.join(out, "de", doc["de"]["pred"]))
    with contextlib.suppress(ValueError):
        b = bulk or name
        mr, mp = moments(rp, cfg), moments(pp, cfg)
        doc["groups"] = {s: {p: {"cells": int(c), "correction": jnum(k)} for p, c, k in
                             zip(m["perts"], m["counts"], m["correction"])}
                         for s, m in (("real", mr), ("pred", mp))}
        if bulk or write_bulk_tables:
            doc["bulk"] = {"real": f"{b}.real.csv.gz", "pred": f"{b}.pred.csv.gz"}
        if write_bulk_tables:
            write_bulk(mr, os.path.join(out, "bulk", doc["bulk"]["real"]))
            write_bulk(mp, os.path.join(out, "bulk", doc["bulk"]["pred"]))
    path = os.path.join(out, "runs", f"{name}.json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    dump(doc, path)
    print(f"{name}: {res.height} rows, {len(results)} metrics, {len(perts)} perturbations")
    return doc


# --------------------------------------------------------------------------- cases
def case_counts(out):
    _, real, pred = screen_main()
    i = os.path.join(out, "inputs")
    write(with_x(real, sp.csr_matrix(real.X.astype(np.float32))), f"{i}/counts.real.h5ad")
    write(with_x(pred, sp.csr_matrix(pred.X.astype(np.float32))), f"{i}/counts.pred.h5ad")
    kw = dict(real="counts.real.h5ad", pred="counts.pred.h5ad", de="counts", bulk="counts")
    record(out, "counts_full", about="counts, all 54 metrics, degenerate perturbations",
           args=["--preset", "v2"], write_bulk_tables=True, raw=RAW[:2], **kw)
    record(out, "counts_vcc2026", about="the same pair under the competition preset",
           args=["--preset", "vcc2026"], write_de_tables=False, raw=RAW, **kw)


def case_lognorm(out):
    i = os.path.join(out, "inputs")
    _, real, pred = screen_small(77, perts=("G003", "G010", "MT-ND1", "gpm6b", "OFFPANEL"),
                                 n_ctrl=50, n=16)
    for side, a in (("real", real), ("pred", pred)):
        X = lognorm64(a)
        # categories in an order that is not the codepoint order
        cats = list(a.obs["target"].cat.categories)[::-1]
        b = with_x(a, X.astype(np.float32))
        b.X = sp.csr_matrix(b.X) if side == "real" else sp.csc_matrix(b.X)
        b.obs["target"] = b.obs["target"].cat.reorder_categories(cats)
        write(b, f"{i}/lognorm_f32.{side}.h5ad")
        write(with_x(a, X), f"{i}/lognorm_f64.{side}.h5ad")
    for n in ("lognorm_f32", "lognorm_f64"):
        record(out, f"{n}_full", real=f"{n}.real.h5ad", pred=f"{n}.pred.h5ad", de=n, bulk=n,
               about="log1p of counts per million, declared lognorm, " + (
                   "float32 sparse (CSR real, CSC pred), obs categories not in codepoint order"
                   if n == "lognorm_f32" else "the same values in float64, dense"),
               args=["--preset", "v2", "--input-type", "lognorm"], write_bulk_tables=True)


def case_contexts(out):
    i = os.path.join(out, "inputs")
    sides = {"real": [], "pred": []}
    for ctx, seed, perts in (("K562", 5, ("G003", "G010", "MT-ND1", "OFFPANEL")),
                             ("jurkat", 6, ("G003", "gpm6b", "G055", "MT-ND1", "Zfp36"))):
        _, real, pred = screen_small(seed, G=100, perts=perts, n_ctrl=60, n=24, hits=45)
        for side, a in (("real", real), ("pred", pred)):
            a.obs["cell_line"] = ctx
            sides[side].append(a)
    rng = np.random.default_rng(9)
    whole = {}
    for side, parts in sides.items():
        obs = pd.concat([p.obs.astype(str) for p in parts], ignore_index=True)
        X = np.concatenate([p.X for p in parts])
        o = rng.permutation(len(obs))
        obs = obs.iloc[o].reset_index(drop=True)
        obs.index = [f"cell{k}" for k in range(len(obs))]
        obs["target"] = obs["target"].astype("category")
        obs["cell_line"] = obs["cell_line"].astype("category")
        a = ad.AnnData(X=sp.csr_matrix(X[o].astype(np.float32)), obs=obs[["target", "cell_line"]],
                       var=parts[0].var.copy())
        whole[side] = a
        write(a, f"{i}/contexts.{side}.h5ad")
    for ctx in ("K562", "jurkat"):
        with tempfile.TemporaryDirectory() as t:
            ref = {}
            for side, a in whole.items():
                sub = a[a.obs["cell_line"] == ctx].copy()
                sub.obs["target"] = sub.obs["target"].cat.remove_unused_categories()
                ref[side] = f"{t}/{side}.h5ad"
                sub.write_h5ad(ref[side])
            kw = dict(real="contexts.real.h5ad", pred="contexts.pred.h5ad", de=f"contexts_{ctx}",
                      context={"column": "cell_line", "value": ctx}, ref_real=ref["real"],
                      ref_pred=ref["pred"])
            about = f"one file per side with two contexts; the reference saw only {ctx}"
            record(out, f"contexts_{ctx}_full", about=about, args=["--preset", "v2"], **kw)
            record(out, f"contexts_{ctx}_vcc2026", about=about, args=["--preset", "vcc2026"],
                   write_de_tables=False, **kw)


def case_target_map(out):
    i = os.path.join(out, "inputs")
    labels = ("sg-A,1", "sg-A,2", 'sg "B"', "sg-C", "sg-none", "G055")
    perts = ("G003", "G003", "G010", "MT-ND1", "gpm6b", "G055")
    _, real, pred = screen_small(31, perts=perts, labels=labels, n_ctrl=60, n=20)
    write(with_x(real, sp.csr_matrix(real.X.astype(np.int32))), f"{i}/target_map.real.h5ad")
    write(with_x(pred, sp.csr_matrix(pred.X.astype(np.int64))), f"{i}/target_map.pred.h5ad")
    tmap = {"sg-A,1": "G003", "sg-A,2": "G003", 'sg "B"': "G010", "sg-C": "MT-ND1"}
    record(out, "target_map_full", real="target_map.real.h5ad", pred="target_map.pred.h5ad",
           about="guide-like labels (with commas and quotes) resolved through target_gene_map; "
                 "one label resolves to nothing, one is a gene name outside the map; integer X",
           args=["--preset", "v2", "--set", "target_gene_map=" + json.dumps(tmap)], de="target_map",
           raw=("results.csv",))


def case_fractional(out):
    i = os.path.join(out, "inputs")
    rng = np.random.default_rng(99)
    _, real, pred = screen_small(41, perts=("G003", "G010", "MT-ND1", "gpm6b"), n_ctrl=70, n=26)
    write(with_x(real, sp.csr_matrix(real.X.astype(np.float32))), f"{i}/fractional.real.h5ad")
    X = pred.X * rng.choice([0.25, 0.5, 0.75, 1.0, 1.5], size=(pred.n_obs, 1))
    write(with_x(pred, sp.csr_matrix(X.astype(np.float64))), f"{i}/fractional.pred.h5ad")
    # dense float32 without a single zero, few distinct cells per perturbation
    D = (pred.X[:, :] * 0.37 + rng.random(pred.shape) * 0.5 + 0.01).astype(np.float32)
    D = np.round(D * 64) / np.float32(64) + np.float32(1 / 64)   # few bits, compresses
    write(with_x(pred, D.astype(np.float32)), f"{i}/dense_float.pred.h5ad")
    for n, about in (("fractional", "fractional predicted counts (CSR float64, exact quarters)"),
                     ("dense_float", "dense float32 fractional prediction without a zero")):
        record(out, f"{n}_full", real="fractional.real.h5ad", pred=f"{n}.pred.h5ad", de=n,
               de_real="fractional" if n == "dense_float" else None,
               about=about + ", allow_fractional_counts=true",
               args=["--preset", "v2", "--set", "allow_fractional_counts=true"])


def case_degenerate(out):
    i = os.path.join(out, "inputs")
    # two cells per perturbation: large effects, but too few for any q below 0.05
    _, real, pred = screen_small(51, perts=("G003", "G010", "MT-ND1", "gpm6b", "G055"),
                                 n_ctrl=60, n=14, hits=20, size=2.2)
    keep = []
    for t in sorted(set(real.obs["target"].astype(str))):
        k = np.flatnonzero(real.obs["target"].astype(str) == t)
        keep.extend(k if t == CONTROL else k[:2])
    real = real[np.sort(keep)].copy()
    write(with_x(real, sp.csr_matrix(real.X.astype(np.float32))), f"{i}/no_deg.real.h5ad")
    write(with_x(pred, sp.csr_matrix(pred.X.astype(np.float32))), f"{i}/no_deg.pred.h5ad")
    record(out, "no_deg_full", real="no_deg.real.h5ad", pred="no_deg.pred.h5ad", de="no_deg",
           about="two real cells per perturbation: no real DEG anywhere, the panel sum of "
                 "expr_distance_unbiased is still positive", args=["--preset", "v2"])
    # prediction equal to the real file
    _, real, _ = screen_small(61, perts=("G003", "G010", "MT-ND1", "OFFPANEL"), n_ctrl=60, n=20)
    write(with_x(real, sp.csr_matrix(real.X.astype(np.float32))), f"{i}/perfect.real.h5ad")
    record(out, "perfect_full", real="perfect.real.h5ad", pred="perfect.real.h5ad", de="perfect",
           about="prediction and truth are the same file", args=["--preset", "v2"])
    # a prediction without signal: the cap on the correction binds (rho < 1)
    _, real, pred = screen_small(71, perts=("G003", "G010", "MT-ND1", "gpm6b"), keep=0.0, noise=0.0,
                                 n_ctrl=60, n=18)
    write(with_x(real, sp.csr_matrix(real.X.astype(np.float32))), f"{i}/silent.real.h5ad")
    write(with_x(pred, sp.csr_matrix(pred.X.astype(np.float32))), f"{i}/silent.pred.h5ad")
    record(out, "silent_full", real="silent.real.h5ad", pred="silent.pred.h5ad", de="silent",
           about="prediction is control-like for every perturbation: the correction budget of "
                 "expr_mse_unbiased_capped is exhausted (rho < 1)", args=["--preset", "v2"])


def case_supplied(out):
    """DE tables given by the caller, with everything a table of another engine may hold."""
    i = os.path.join(out, "inputs")
    rng = np.random.default_rng(4)
    genes = gene_names(48)
    targets = ("G003", "G010", "MT-ND1", "gpm6b", "OFFPANEL", "G040")
    base = np.full(48, 3.0)
    cells = {CONTROL: draw_cells(rng, base, 12, depth=200)}
    for t in targets:
        f = effect(rng, 48, 20, 1.5, own=genes.index(t) if t in genes else None)
        cells[t] = draw_cells(rng, base * f, 8, depth=200)
    both = assemble(rng, cells, genes)
    write(with_x(both, sp.csr_matrix(both.X.astype(np.float32))), f"{i}/supplied_de.h5ad")

    def rows(side):
        out_rows = []
        for t in targets:
            r = np.random.default_rng([7, targets.index(t)])     # shared by the two sides
            lfc = np.round(r.normal(0, 1.5, 48), 2)              # few digits: ties in |lfc|
            p = np.round(10.0 ** -r.uniform(0, 6, 48), 6)
            if side == "pred":
                lfc = np.round(0.7 * lfc + rng.normal(0, 0.4, 48), 2)
                p = np.clip(np.round(p * 10.0 ** rng.normal(0, 1, 48), 6), 0, 1)
            q = np.minimum(1.0, 3 * p)
            for k, g in enumerate(genes):
                out_rows.append([t, g, float(lfc[k]), float(p[k]), float(q[k])])
        by = {(t, g): row for row in out_rows for t, g in [(row[0], row[1])]}
        if side == "real":
            by["G003", "G005"][2:] = [math.nan, 1e-9, 1e-8]       # masked: never significant
            by["G003", "G006"][2:] = [math.inf, 1e-9, 1e-8]
            by["G003", "G008"][2:] = [0.0, 1e-9, 1e-8]            # significant without direction
            by["G010", "G005"][4] = math.nan
            by["G010", "G006"][2:] = [-math.inf, 1e-9, 1e-8]
            for g in genes:
                by["G040", g][4] = 0.7                            # a target without a DEG
        else:
            by["G003", "G001"][2:] = [math.nan, 1e-9, 1e-8]
            by["G003", "G002"][2:] = [math.inf, 1e-12, 0.0]       # q of exactly zero
            by["G003", "G004"][2:] = [0.0, 1e-9, 1e-8]
            by["G010", "G004"][2:] = [-2.5, 0.0, 0.0]
            by["G010", "G009"][2:] = [2.5, 0.0, 0.0]
            by["MT-ND1", "G009"][3] = math.nan
            by["MT-ND1", "G011"][4] = math.nan
            for g in genes:
                by["gpm6b", g][4] = 1.0                           # a silent prediction
        keep = list(by.values())
        if side == "pred":
            gone = {("G003", "G000"), ("G003", "G009"), ("G010", "G010"), ("MT-ND1", "G001"),
                    ("MT-ND1", "G002"), ("OFFPANEL", "G020")}
            keep = [r for r in keep if (r[0], r[1]) not in gone]
        else:
            keep = [r for r in keep if (r[0], r[1]) != ("OFFPANEL", "G021")]
        return [keep[k] for k in rng.permutation(len(keep))]

    for side in ("real", "pred"):
        buf = io.StringIO()
        w = csv.writer(buf, lineterminator="\n")
        w.writerow(["target", "feature", "log2_fold_change", "p_value", "p_adj"])
        for r in rows(side):
            w.writerow(r[:2] + [v if not isinstance(jnum(v), str) else
                                {"NaN": "NaN", "Infinity": "inf", "-Infinity": "-inf"}[jnum(v)]
                                for v in r[2:]])
        gz_write(f"{i}/supplied_de.{side}.csv.gz", buf.getvalue())
    record(out, "supplied_de", real="supplied_de.h5ad", pred="supplied_de.h5ad",
           about="DE tables supplied as inputs/supplied_de.{real,pred}.csv.gz (rows shuffled): NaN, "
                 "infinite and zero fold changes, zero and NaN q values, genes missing on one side",
           args=["--preset", "v2", "--profile", "de", "--de-real", f"{i}/supplied_de.real.csv.gz",
                 "--de-pred", f"{i}/supplied_de.pred.csv.gz"], write_de_tables=False)


def case_refusals(out):
    """What the reference refuses, and what it lets pass, around one small valid pair."""
    _, real, pred = screen_small(83, G=60, perts=("G003", "G010", "MT-ND1", "gpm6b"), n_ctrl=40,
                                 n=16, hits=30, size=1.6, depth=900)
    V2, LN = ["--preset", "v2"], ["--preset", "v2", "--input-type", "lognorm"]
    FRAC = V2 + ["--set", "allow_fractional_counts=true"]

    def fresh():
        r = with_x(real, sp.csr_matrix(real.X.astype(np.float64)))
        p = with_x(pred, sp.csr_matrix(pred.X.astype(np.float64)))
        return r, p

    def run(r, p, args):
        with tempfile.TemporaryDirectory() as t:
            r.write_h5ad(f"{t}/real.h5ad")
            p.write_h5ad(f"{t}/pred.h5ad")
            try:
                run_reference(f"{t}/pred.h5ad", f"{t}/real.h5ad", f"{t}/out", args)
            except BaseException as e:           # noqa: BLE001 - the reference may SystemExit
                if isinstance(e, KeyboardInterrupt):
                    raise
                return None, f"{type(e).__name__}: {str(e)[:72]}"
            return pl.read_csv(f"{t}/out/results.csv", infer_schema=False).sort(
                ["metric", "perturbation"]), None

    base, err = run(*fresh(), V2)
    assert err is None, err
    entries = []

    def change_from_base(res):
        """Largest |a - b| / max(1, |b|) over all rows; None when other rows came out."""
        j = base.join(res, on=["perturbation", "metric"], how="full", suffix="_n")
        if j.height != base.height or res.height != base.height:
            return None
        a, b = (j[c].cast(pl.Float64).to_numpy() for c in ("value_n", "value"))
        if not np.array_equal(np.isnan(a), np.isnan(b)):
            return None
        k = ~np.isnan(a)
        return float(np.max(np.abs(a[k] - b[k]) / np.maximum(1.0, np.abs(b[k]))))

    def entry(name, change, args, make):
        r, p = fresh()
        got = make(r, p) or (r, p)
        res, err = run(*got, args)
        e = {"name": name, "change": change, "arguments": args,
             "outcome": "accepted" if err is None else "refused"}
        if err is not None:
            e["message"] = err
        else:
            e["largest_change"] = change_from_base(res)
        entries.append(e)
        print(f"  {name}: {e['outcome']}", "" if err is None else err[:110].replace(chr(10), " "))

    def setx(a, i, j, v, dtype=np.float64):
        X = a.X.toarray().astype(dtype)
        X[i, j] = v
        a.X = sp.csr_matrix(X)

    def relabel(a, old, new):
        a.obs["target"] = pd.Categorical([new if t == old else t for t in a.obs["target"].astype(str)])

    def drop(a, label):
        return a[a.obs["target"].astype(str) != label].copy()

    def lognorm_pair(r, p):
        return with_x(r, lognorm64(with_x(r, r.X.toarray()))), with_x(p, lognorm64(with_x(p, p.X.toarray())))

    entry("gene_order", "first two genes of pred swapped (names and columns)", V2,
          lambda r, p: (r, p[:, [1, 0] + list(range(2, p.n_vars))].copy()))
    entry("gene_count", "last gene dropped from pred", V2, lambda r, p: (r, p[:, :-1].copy()))
    entry("duplicate_gene_names", "gene 5 renamed to the name of gene 4 on both sides", V2,
          lambda r, p: [setattr(a, "var_names", [g if i != 5 else a.var_names[4]
                                                 for i, g in enumerate(a.var_names)]) for a in (r, p)] and None)
    entry("missing_label_in_pred", "one perturbation absent from pred", V2,
          lambda r, p: (r, drop(p, "G010")))
    entry("extra_label_in_pred", "one perturbation absent from real", V2,
          lambda r, p: (drop(r, "G010"), p))
    entry("control_missing_both", "no control cells on either side", V2,
          lambda r, p: (drop(r, CONTROL), drop(p, CONTROL)))
    entry("control_missing_pred", "no control cells in pred only", V2,
          lambda r, p: (r, drop(p, CONTROL)))
    entry("no_such_column", "--pert-col names a column that does not exist",
          V2 + ["--pert-col", "nope"], lambda r, p: None)
    entry("only_control", "no perturbation at all", V2,
          lambda r, p: tuple(a[a.obs["target"].astype(str) == CONTROL].copy() for a in (r, p)))
    entry("one_perturbation", "a single perturbation", V2,
          lambda r, p: tuple(a[a.obs["target"].astype(str).isin([CONTROL, "G003"])].copy() for a in (r, p)))
    entry("one_control_cell", "a single real control cell", V2,
          lambda r, p: (r[[k for k in range(r.n_obs) if r.obs["target"].iloc[k] != CONTROL] +
                          [int(np.flatnonzero(r.obs["target"] == CONTROL)[0])]].copy(), p))
    entry("missing_obs_label", "three cells of G003 carry a missing label on both sides", V2,
          lambda r, p: [a.obs.__setitem__("target", pd.Categorical(
              [None if t == "G003" and n < 3 else t for t, n in
               zip(a.obs["target"].astype(str), a.obs.groupby("target", observed=True).cumcount())]))
              for a in (r, p)] and None)
    entry("empty_label", "G003 renamed to the empty string on both sides", V2,
          lambda r, p: [relabel(a, "G003", "") for a in (r, p)] and None)
    entry("label_nan_text", "G003 renamed to the text nan on both sides", V2,
          lambda r, p: [relabel(a, "G003", "nan") for a in (r, p)] and None)
    entry("no_label_is_a_gene", "no perturbation label is a gene name", V2,
          lambda r, p: [[relabel(a, t, t + "-sg") for t in ("G003", "G010", "MT-ND1", "gpm6b")]
                        for a in (r, p)] and None)
    entry("no_label_is_a_gene_not_excluded", "the same with discrimination.exclude_target_gene=false",
          V2 + ["--set", "discrimination.exclude_target_gene=false"],
          lambda r, p: [[relabel(a, t, t + "-sg") for t in ("G003", "G010", "MT-ND1", "gpm6b")]
                        for a in (r, p)] and None)
    entry("negative_real", "one real value -1", V2, lambda r, p: setx(r, 0, 0, -1.0))
    entry("negative_pred", "one predicted value -1", V2, lambda r, p: setx(p, 0, 0, -1.0))
    entry("negative_pred_fractional_allowed", "one predicted value -0.5", FRAC,
          lambda r, p: setx(p, 0, 0, -0.5))
    entry("fractional_real", "one real value 1.5", V2, lambda r, p: setx(r, 0, 0, 1.5))
    entry("fractional_real_allowed_flag", "one real value 1.5, allow_fractional_counts=true", FRAC,
          lambda r, p: setx(r, 0, 0, 1.5))
    entry("fractional_pred", "one predicted value 1.5", V2, lambda r, p: setx(p, 0, 0, 1.5))
    entry("fractional_pred_allowed", "one predicted value 1.5", FRAC, lambda r, p: setx(p, 0, 0, 1.5))
    entry("almost_integral", "one predicted value 1 + 5e-7 (float64)", V2,
          lambda r, p: setx(p, 0, 0, 1 + 5e-7))
    entry("barely_fractional", "one predicted value 1 + 2e-6 (float64)", V2,
          lambda r, p: setx(p, 0, 0, 1 + 2e-6))
    entry("nan_real", "one real value NaN", V2, lambda r, p: setx(r, 0, 0, np.nan))
    entry("nan_pred", "one predicted value NaN", V2, lambda r, p: setx(p, 0, 0, np.nan))
    entry("nan_pred_fractional_allowed", "one predicted value NaN", FRAC,
          lambda r, p: setx(p, 0, 0, np.nan))
    entry("inf_pred", "one predicted value +inf", V2, lambda r, p: setx(p, 0, 0, np.inf))
    entry("total_at_limit", "one predicted cell with a total of exactly 1e6", V2,
          lambda r, p: setx(p, 0, 0, 1e6 - (p.X[0].sum() - p.X[0, 0])))
    entry("total_above_limit", "one predicted cell with a total of 1e6 + 1", V2,
          lambda r, p: setx(p, 0, 0, 1e6 + 1 - (p.X[0].sum() - p.X[0, 0])))
    entry("real_total_above_limit", "one real cell with a total of 1e6 + 1", V2,
          lambda r, p: setx(r, 0, 0, 1e6 + 1 - (r.X[0].sum() - r.X[0, 0])))
    entry("lognorm_integral", "integer counts declared lognorm", LN, lambda r, p: None)
    entry("lognorm_valid", "the same pair as log1p(CPM), declared lognorm", LN, lognorm_pair)
    entry("lognorm_declared_counts", "log1p(CPM) values declared counts", V2, lognorm_pair)
    entry("lognorm_pred_only", "pred is log1p(CPM), real counts, declared counts, "
          "autodetect_input_type=true", V2 + ["--set", "autodetect_input_type=true"],
          lambda r, p: (r, lognorm_pair(r, p)[1]))

    def ln_set(v):
        def f(r, p):
            r, p = lognorm_pair(r, p)
            p.X[0, 0] = v
            return r, p
        return f

    entry("lognorm_negative", "one predicted log value -0.1", LN, ln_set(-0.1))
    entry("lognorm_value_above_limit", "one predicted log value 14", LN, ln_set(14.0))
    entry("lognorm_total_above_limit", "one predicted cell with expm1 total about 1.5e6", LN,
          ln_set(float(np.log1p(5e5))))
    entry("lognorm_nan", "one predicted log value NaN", LN, ln_set(np.nan))

    def explicit_zero(r, p):
        X = p.X.tolil().tocsr()
        k = int(np.flatnonzero(np.diff(X.indptr) > 2)[0])
        X.data[X.indptr[k]] = 0.0
        p.X = X

    def explicit_zero_ln(r, p):
        r, p = lognorm_pair(r, p)
        r.X, p.X = sp.csr_matrix(r.X), sp.csr_matrix(p.X)
        p.X.data[0] = 0.0
        return r, p

    entry("explicit_zero_counts", "one stored zero in sparse predicted counts (a nonzero became 0)",
          V2, explicit_zero)
    entry("explicit_zero_lognorm", "one stored zero in sparse predicted log values", LN, explicit_zero_ln)

    def zero_group(a):
        def f(r, p):
            x = (p if a == "pred" else r)
            m = (x.obs["target"] == "G003").to_numpy()
            X = x.X.toarray()
            X[m] = 0
            x.X = sp.csr_matrix(X)
        return f

    entry("zero_group_pred", "every predicted cell of G003 is all zero", V2, zero_group("pred"))
    entry("zero_group_real", "every real cell of G003 is all zero", V2, zero_group("real"))

    def zero_control(r, p):
        m = (r.obs["target"] == CONTROL).to_numpy()
        X = r.X.toarray()
        X[m] = 0
        r.X = sp.csr_matrix(X)

    entry("zero_control_real", "every real control cell is all zero", V2, zero_control)
    entry("panel_covers_all_genes", "only the four own genes are kept in var", V2,
          lambda r, p: tuple(a[:, ["G003", "G010", "MT-ND1", "gpm6b"]].copy() for a in (r, p)))
    entry("csc_input", "both sides CSC", V2,
          lambda r, p: [setattr(a, "X", sp.csc_matrix(a.X)) for a in (r, p)] and None)
    entry("dense_input", "both sides dense float64", V2,
          lambda r, p: [setattr(a, "X", a.X.toarray()) for a in (r, p)] and None)
    def unsorted(a):
        X = a.X.tocsr().copy()
        for k in range(X.shape[0]):
            lo, hi = X.indptr[k], X.indptr[k + 1]
            X.indices[lo:hi] = X.indices[lo:hi][::-1].copy()
            X.data[lo:hi] = X.data[lo:hi][::-1].copy()
        X.has_sorted_indices = False
        a.X = X

    def duplicates(a):
        """Split every even value above 1 of the first row into two stored halves."""
        X = a.X.tocsr()
        lo, hi = X.indptr[0], X.indptr[1]
        idx, dat = [], []
        for c, v in zip(X.indices[lo:hi], X.data[lo:hi]):
            n = 2 if v > 1 and v % 2 == 0 else 1
            idx += [c] * n
            dat += [v / n] * n
        Y = sp.csr_matrix((np.concatenate([dat, X.data[hi:]]), np.concatenate([idx, X.indices[hi:]]),
                           np.concatenate([[0], X.indptr[1:] + (len(idx) - hi)])), shape=X.shape)
        a.X = Y

    entry("unsorted_indices", "column indices of every CSR row reversed on both sides", V2,
          lambda r, p: [unsorted(a) for a in (r, p)] and None)
    entry("duplicate_coordinates", "some coordinates of the first row stored twice, halves that sum to "
          "the value, both sides", V2, lambda r, p: [duplicates(a) for a in (r, p)] and None)
    entry("int_input", "both sides CSR int32", V2,
          lambda r, p: [setattr(a, "X", a.X.astype(np.int32)) for a in (r, p)] and None)
    entry("uint16_dense_input", "both sides dense uint16", V2,
          lambda r, p: [setattr(a, "X", a.X.toarray().astype(np.uint16)) for a in (r, p)] and None)
    entry("shuffled_rows", "rows of both sides in another order", V2,
          lambda r, p: tuple(a[np.random.default_rng(1).permutation(a.n_obs)].copy() for a in (r, p)))
    entry("unknown_metric", "metrics=[expr_mae, nope]", V2 + ["--set", "metrics=[expr_mae,nope]"],
          lambda r, p: None)

    # a real side without any effect: the derived metric cannot be formed
    _, r0, p0 = screen_small(98, G=60, perts=("G003", "G010", "MT-ND1", "gpm6b"), n_ctrl=40, n=16,
                             null_real=True, depth=900)
    mk = lambda a: with_x(a, sp.csr_matrix(a.X.astype(np.float64)))  # noqa: E731
    entry("no_effect_in_real_full", "real perturbations drawn from control: the sum of "
          "expr_distance_unbiased is not positive", V2, lambda r, p: (mk(r0), mk(p0)))
    entry("no_effect_in_real_vcc2026", "the same pair under the competition preset",
          ["--preset", "vcc2026"], lambda r, p: (mk(r0), mk(p0)))
    entry("no_effect_in_real_without_ratio", "the same pair, metrics without the ratio",
          V2 + ["--set", "metrics=[expr_mae,pds_cosine,expr_distance_unbiased]"],
          lambda r, p: (mk(r0), mk(p0)))
    dump({"versions": versions(), "base": "60 genes, 4 perturbations of 16 to 22 cells, 40 control "
          "cells, CSR float64 counts; each entry changes one thing", "entries": entries},
         os.path.join(out, "refusals.json"))


def cli(*argv: str) -> None:
    from cell_eval2.cli import main
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        main(list(argv))


def table(path: str) -> list[dict]:
    """A reference output table as row objects, numbers as JSON numbers."""
    if path.endswith(".parquet"):
        df = pl.read_parquet(path)
    else:
        df = pl.read_csv(path, infer_schema_length=None)

    def cell(v):
        return jnum(v) if isinstance(v, float) else v
    return [{k: cell(v) for k, v in r.items()} for r in df.iter_rows(named=True)]


def wide(path: str) -> dict:
    """An aggregate table as {metric: {statistic: value}}, the two statistics that matter here."""
    df = pl.read_csv(path, infer_schema_length=None)
    return {c: {s: jnum(v) for s, v in zip(df["statistic"], df[c]) if s in ("count", "mean")}
            for c in df.columns[1:]}


def by_metric(rows: list[dict]) -> dict:
    """Anchor splits as {metric: {"value": [...], "n_perturbations": [...]}}, split 0 first."""
    out: dict[str, dict] = {}
    for r in sorted(rows, key=lambda r: r["split_index"]):
        d = out.setdefault(r["metric"], {"value": [], "n_perturbations": []})
        d["value"].append(r["value"])
        d["n_perturbations"].append(r["n_perturbations"])
    return out


def case_scoring(out):
    """Baseline, replicate anchor, ceiling, lfc_nmae reference, and the scores built on them."""
    i = os.path.join(out, "inputs")
    _, real, pred = screen_small(123, G=100, perts=("G003", "G010", "MT-ND1", "gpm6b", "OFFPANEL"),
                                 n_ctrl=64, n=31, hits=60, size=1.8, depth=900)
    R, P = f"{i}/scoring.real.h5ad", f"{i}/scoring.pred.h5ad"
    write(with_x(real, sp.csr_matrix(real.X.astype(np.float32))), R)
    write(with_x(pred, sp.csr_matrix(pred.X.astype(np.float32))), P)
    cpu = ["--set", "de.backend=pdex", "--set", "device=cpu", "--set", "num_threads=1"]
    for preset in ("vcc2026", "v2"):
        base = ["--preset", preset, "--cache-strict"] + cpu
        with tempfile.TemporaryDirectory() as t:
            cli("run", "-ap", P, "-ar", R, "-o", f"{t}/run", *base, "--anchor", "--ceiling",
                "--lfc-nmae-ref")
            cli("baseline", "-ar", R, "-o", f"{t}/base", *base, "--save-pred", f"{t}/base.h5ad")
            cli("baseline", "-ar", R, "-o", f"{t}/tile", *base, "--emit", "tile",
                "--save-pred", f"{t}/tile.h5ad", "--allow-degenerate-baseline")
            cli("prep-real-bundle", "--real", R, "--baseline", f"{t}/base.h5ad", "-o", f"{t}/bundle",
                "--id", "golden", *base)
            cli("score", "--user-agg", f"{t}/run/agg_results.csv", "--baseline-agg",
                f"{t}/base/baseline_agg.csv", "--anchor", f"{t}/run", "--scale",
                "low-random_high-1_v10", "--lfc-nmae-ref", f"{t}/run/lfc_nmae_ref_agg.csv",
                "-o", f"{t}/scored.csv")
            cli("score", "--user-agg", f"{t}/run/agg_results.csv", "--real-bundle", f"{t}/bundle",
                "-o", f"{t}/scored_bundle.csv")
            with open(f"{t}/run/anchor_meta.json") as fh:
                am = json.load(fh)
            with open(f"{t}/base/baseline_meta.json") as fh:
                bm = json.load(fh)

            def scored(path):
                rows = table(path)
                for r in rows:
                    r.pop("anchor_digest", None)
                    for k in [k for k in r if "digest" in k or "fingerprint" in k]:
                        r.pop(k)
                return rows

            emission = dict(bm["baseline_emission"])
            doc = {
                "case": f"scoring_{preset}", "versions": versions(),
                "inputs": {"real": "scoring.real.h5ad", "pred": "scoring.pred.h5ad"},
                "arguments": base,
                "aggregate": wide(f"{t}/run/agg_results.csv"),
                "results": {}, "anchor_seeds": am["derived_seeds"],
                "anchor": table(f"{t}/run/anchor_agg.parquet"),
                "anchor_splits": by_metric(table(f"{t}/run/anchor_splits.parquet")),
                "ceiling": table(f"{t}/run/ceiling_agg.csv"),
                "lfc_nmae_reference": table(f"{t}/run/lfc_nmae_ref.csv"),
                "lfc_nmae_reference_aggregate": table(f"{t}/run/lfc_nmae_ref_agg.csv"),
                "baseline_dispersed": wide(f"{t}/base/baseline_agg.csv"),
                "baseline_dispersed_emission": emission,
                "baseline_tile": wide(f"{t}/tile/baseline_agg.csv"),
                "scored": scored(f"{t}/scored.csv"),
                "scored_against_bundle": scored(f"{t}/scored_bundle.csv"),
            }
            if preset == "vcc2026":
                for r in pl.read_csv(f"{t}/run/results.csv").iter_rows():
                    doc["results"].setdefault(r[1], {})[r[0]] = jnum(r[2])
                cfg = {"input_type": "counts", "pert_col": "target", "bulk_target_sum": 5e4}
                doc["baseline_bulks"] = {"dispersed": "scoring_baseline_dispersed.csv.gz",
                                         "tile": "scoring_baseline_tile.csv.gz"}
                write_bulk(moments(f"{t}/base.h5ad", cfg),
                           os.path.join(out, "bulk", "scoring_baseline_dispersed.csv.gz"))
                write_bulk(moments(f"{t}/tile.h5ad", cfg),
                           os.path.join(out, "bulk", "scoring_baseline_tile.csv.gz"))
            dump(doc, os.path.join(out, "runs", f"scoring_{preset}.json"))
            print(f"scoring_{preset}: {len(doc['scored'])} scored rows")


CASES = {"counts": case_counts, "lognorm": case_lognorm, "contexts": case_contexts,
         "target_map": case_target_map, "fractional": case_fractional,
         "degenerate": case_degenerate, "supplied": case_supplied,
         "scoring": case_scoring, "refusals": case_refusals}


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--out", default=HERE)
    ap.add_argument("--only", default=None)
    a = ap.parse_args()
    os.makedirs(os.path.join(a.out, "inputs"), exist_ok=True)
    pin_group_order()
    for name, fn in CASES.items():
        if a.only is None or name in a.only.split(","):
            fn(a.out)


if __name__ == "__main__":
    main()
