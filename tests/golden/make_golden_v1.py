#!/usr/bin/env python3
"""Record what cell-eval (v1), and cell-eval2's presets that stand for it, give for the screens
that make_golden.py wrote.

Usage:  ENV/bin/python make_golden_v1.py FLAVOUR [--out DIR] [--only CASE[,CASE...]]

FLAVOUR names what ENV holds: cell-eval-0.8.1, cell-eval-0.6.6, or cell-eval2-v1 and
cell-eval2-0.7.6, two presets of cell-eval2. One JSON per run goes to
v1/FLAVOUR/, tables of differential expression to v1/FLAVOUR/de/. See README.md for the layout.
"""
from __future__ import annotations

import argparse
import contextlib
import csv
import io
import math
import os
import shutil
import subprocess
import sys
import tempfile

from make_golden import CONTROL, HERE, PACKAGES, dump, gz_write, jnum, versions  # re-executes itself

import anndata as ad
import importlib.metadata as md
import polars as pl

PRESET = {"cell-eval2-v1": "v1", "cell-eval2-0.7.6": "cell-eval-0.7.6"}
# case: (real, pred, record the tables too, what it is for)
CASES = {
    "counts": ("counts.real", "counts.pred", True, "counts, degenerate perturbations"),
    "lognorm_f32": ("lognorm_f32.real", "lognorm_f32.pred", True,
                    "log1p of counts per million, float32"),
    "lognorm_f64": ("lognorm_f64.real", "lognorm_f64.pred", True, "the same values in float64"),
    "mixed": ("lognorm_f32.real", "mixed.pred", False,
              "a measured lognorm screen, predicted by counts"),
    "target_map": ("target_map.real", "target_map.pred", False,
                   "integer X (int32 / int64); one label names a gene"),
    "no_deg": ("no_deg.real", "no_deg.pred", False, "no real DEG anywhere"),
    "perfect": ("perfect.real", "perfect.real", False, "prediction and truth are one file"),
    "silent": ("silent.real", "silent.pred", False, "a control-like prediction"),
}


SCORED = ("counts", "lognorm_f32", "target_map")  # put on cell-eval's scale too


# glibc's log1pf was rounded correctly only from 2.41 on: what an older one gives differs in the last
# bit for about 7% of these screens' values, and cells then tie that should not. Rounding numpy's
# double log1p once gives the newest C library's bits on any machine.
ROUNDED_LOG1P = """
import sys, numpy, scanpy
import scanpy.preprocessing._simple as simple
plain = numpy.log1p
class Numpy:                      # what scanpy's own log1p sees; everybody else keeps numpy
    def __getattr__(self, name):
        return log1p if name == "log1p" else getattr(numpy, name)
def log1p(x, *args, **kw):
    if getattr(x, "dtype", None) == numpy.float32:
        y = plain(x.astype(numpy.float64)).astype(numpy.float32)
        if "out" in kw:
            kw["out"][...] = y
            return kw["out"]
        return y
    return plain(x, *args, **kw)
simple.np = Numpy()
from importlib.metadata import entry_points
(command,) = entry_points(group="console_scripts", name="cell-eval")
sys.argv[0] = "cell-eval"
sys.exit(command.load()())
"""


def number(text):
    return None if text is None or text == "" else jnum(float(text))


def run_v1(real: str, pred: str, out: str):
    """cell-eval's own command line; its results are one row per perturbation."""
    args = ["run", "-ap", pred, "-ar", real, "--pert-col", "target", "--control-pert", CONTROL,
            "-o", out, "--num-threads", "1"]
    done = subprocess.run([sys.executable, "-c", ROUNDED_LOG1P] + args, capture_output=True,
                          text=True)
    if done.returncode != 0:
        return None, done.stderr.strip().splitlines()[-1][:160]
    wide = pl.read_csv(f"{out}/results.csv", infer_schema=False)
    results: dict[str, dict] = {m: {} for m in wide.columns[1:]}
    for row in wide.iter_rows(named=True):
        for m in results:
            if row[m] not in (None, ""):
                results[m][row["perturbation"]] = number(row[m])
    tables = {}
    for side in ("real", "pred"):
        d = pl.read_csv(f"{out}/{side}_de.csv", infer_schema=False, null_values=[])
        # pdex 0.1.x holds the linear ratio
        lfc = d["log2_fold_change"] if "log2_fold_change" in d.columns else None
        ratio = None if lfc is not None else d["fold_change"]
        tables[side] = (d["target"], d["feature"], lfc, ratio, d["p_value"], d["fdr"])
    return (results, tables, args), None


def score_v1(real: str, pred_agg: str, out: str):
    """cell-eval's baseline of the measured screen, scored as a prediction, and the prediction's
    scores from it."""
    base = f"{out}/baseline.h5ad"
    steps = [["baseline", "-a", real, "-o", base, "--pert-col", "target", "--control-pert", CONTROL,
              "--skip-de"],
             ["run", "-ap", base, "-ar", real, "--pert-col", "target", "--control-pert", CONTROL,
              "-o", f"{out}/base", "--num-threads", "1"],
             ["score", "-i", pred_agg, "-I", f"{out}/base/agg_results.csv", "-o",
              f"{out}/scores.csv"]]
    for args in steps:
        done = subprocess.run([sys.executable, "-c", ROUNDED_LOG1P] + args, capture_output=True,
                              text=True)
        if done.returncode != 0:
            return {"refused": done.stderr.strip().splitlines()[-1][:160]}
    agg = pl.read_csv(f"{out}/base/agg_results.csv", infer_schema=False)
    means = dict(zip(agg.columns, agg.row(agg["statistic"].to_list().index("mean"))))
    table = pl.read_csv(f"{out}/scores.csv", infer_schema=False)
    return {"baseline": {m: number(v) for m, v in means.items() if m != "statistic"},
            "from_baseline": {m: number(v) for m, v in table.iter_rows()}}


def run_preset(preset: str, real: str, pred: str, out: str):
    exe = os.path.join(os.path.dirname(sys.executable), "cell-eval2")
    args = ["run", "-ap", pred, "-ar", real, "-o", out, "--write-degenes", "--preset", preset,
            "--set", "de.backend=pdex", "--set", "device=cpu", "--set", "num_threads=1"]
    done = subprocess.run([exe] + args, capture_output=True, text=True)
    if done.returncode != 0:
        return None, done.stderr.strip().splitlines()[-1][:160]
    tidy = pl.read_csv(f"{out}/results.csv", infer_schema=False)
    results: dict[str, dict] = {}
    for p, m, v in tidy.iter_rows():
        results.setdefault(m, {})[p] = number(v)
    tables = {}
    for side in ("real", "pred"):
        d = pl.read_parquet(f"{out}/de_{side}.parquet")
        text = lambda c: [repr(v) if v is not None else "" for v in d[c]]
        tables[side] = (d["target"], d["feature"], text("log2_fold_change"), None,
                        text("p_value"), text("p_adj"))
    return (results, tables, args), None


def write_table(table, path: str) -> None:
    target, feature, lfc, ratio, p, q = table
    buf = io.StringIO()
    w = csv.writer(buf, lineterminator="\n")
    w.writerow(["target", "feature", "log2_fold_change" if ratio is None else "fold_change",
                "p_value", "p_adj"])
    rows = sorted(zip(target, feature, lfc if ratio is None else ratio, p, q), key=lambda r: r[0])
    w.writerows(rows)
    gz_write(path, buf.getvalue())


def main() -> None:
    ap = argparse.ArgumentParser()
    ap.add_argument("flavour", choices=["cell-eval-0.8.1", "cell-eval-0.6.6", *PRESET])
    ap.add_argument("--out", default=HERE)
    ap.add_argument("--only", default="")
    opt = ap.parse_args()
    inputs = os.path.join(opt.out, "inputs")
    for name, (real, pred, with_tables, about) in CASES.items():
        if opt.only and name not in opt.only.split(","):
            continue
        if name == "mixed" and not os.path.exists(f"{inputs}/mixed.pred.h5ad"):
            make_mixed(inputs)
        rp, pp = f"{inputs}/{real}.h5ad", f"{inputs}/{pred}.h5ad"
        with tempfile.TemporaryDirectory() as tmp:
            got, why = (run_preset(PRESET[opt.flavour], rp, pp, tmp) if opt.flavour in PRESET
                        else run_v1(rp, pp, tmp))
            if got is None:
                doc = {"case": name, "flavour": opt.flavour, "about": about, "refused": why}
            else:
                results, tables, args = got
                agg = pl.read_csv(f"{tmp}/agg_results.csv", infer_schema=False)
                perts = sorted(set(ad.read_h5ad(rp).obs["target"].astype(str)) - {CONTROL})
                stand_in = {pp: "PRED", rp: "REAL", tmp: "OUT"}
                doc = {
                    "case": name, "flavour": opt.flavour, "about": about,
                    "versions": versions() | {"cell-eval": version_of("cell-eval")},
                    "inputs": {"real": f"{real}.h5ad", "pred": f"{pred}.h5ad"},
                    "arguments": [stand_in.get(a, a) for a in args],
                    "control": CONTROL, "perturbations": perts,
                    "results": {m: dict(sorted(v.items())) for m, v in results.items()},
                    "aggregate": {"columns": agg.columns, "statistics": agg["statistic"].to_list()},
                    "aggregate_values": {c: {s: number(v) for s, v in zip(agg["statistic"], agg[c])}
                                         for c in agg.columns[1:]},
                    "de": None,
                }
                if opt.flavour not in PRESET and name in SCORED:
                    doc["score"] = score_v1(rp, f"{tmp}/agg_results.csv", tmp)
                if with_tables:
                    doc["de"] = {s: f"{name}.{s}.csv.gz" for s in tables}
                    for side, table in tables.items():
                        write_table(table, f"{opt.out}/v1/{opt.flavour}/de/{name}.{side}.csv.gz")
        dump(doc, f"{opt.out}/v1/{opt.flavour}/{name}.json")
        print(f"{opt.flavour} {name}: {doc.get('refused', 'recorded')}", flush=True)


def version_of(package: str):
    with contextlib.suppress(md.PackageNotFoundError):
        return md.version(package)
    return None


def make_mixed(inputs: str) -> None:
    """Counts whose lognorm form lognorm_f32.pred.h5ad holds: the two sides differ in scale."""
    from make_golden import screen_small, sp, np, with_x, write
    _, _, pred = screen_small(77, perts=("G003", "G010", "MT-ND1", "gpm6b", "OFFPANEL"),
                              n_ctrl=50, n=16)
    write(with_x(pred, sp.csr_matrix(pred.X.astype(np.float32))), f"{inputs}/mixed.pred.h5ad")


if __name__ == "__main__":
    main()
