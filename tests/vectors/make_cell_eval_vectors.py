#!/usr/bin/env python3
"""Hand-checkable test vectors for the cell-eval v1 / cell-eval2 v2 metric definitions.

Written from the definitions (cell-eval.md), not from either code base.
Only numpy (arrays, sort, reference RNG streams) and math are used.
Run:  python3 make_cell_eval_vectors.py      -> cell_eval_vectors.json next to this file.

Every vector: id, title, spec (section), inputs, expected, computation, tol.
"tol" is absolute unless it says "exact".
NaN is encoded as the string "NaN", +-inf as "Infinity"/"-Infinity", "absent" means the
perturbation must not appear in the result at all.
"""
import json
import math
import os

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
V = []


def enc(x):
    if isinstance(x, dict):
        return {str(k): enc(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [enc(v) for v in x]
    if isinstance(x, np.ndarray):
        return enc(x.tolist())
    if isinstance(x, (np.floating, float)):
        x = float(x)
        if math.isnan(x):
            return "NaN"
        if math.isinf(x):
            return "Infinity" if x > 0 else "-Infinity"
        return x
    if isinstance(x, (np.integer,)):
        return int(x)
    if isinstance(x, (np.bool_,)):
        return bool(x)
    return x


def add(vid, title, spec, inputs, expected, computation, tol=1e-12):
    V.append(dict(id=vid, title=title, spec=spec, inputs=enc(inputs), expected=enc(expected),
                  computation=computation, tol=tol))


NAN = float("nan")
INF = float("inf")

# =====================================================================================
# A. Random streams (needed to reproduce splits, ceiling and baseline emission bit for bit)
# =====================================================================================
M32 = (1 << 32) - 1
M64 = (1 << 64) - 1
M128 = (1 << 128) - 1


class SeedSeq:
    """numpy SeedSequence for a single integer entropy, pool of 4 words, no spawn key."""

    def __init__(self, entropy):
        words = []
        e = int(entropy)
        if e == 0:
            words = [0]
        while e:
            words.append(e & M32)
            e >>= 32
        self.pool = [0] * 4
        self.hash_const = 0x43B0D7E5
        for i in range(4):
            self.pool[i] = self._hashmix(words[i] if i < len(words) else 0)
        for s in range(4):
            for d in range(4):
                if s != d:
                    self.pool[d] = self._mix(self.pool[d], self._hashmix(self.pool[s]))
        for s in range(4, len(words)):
            for d in range(4):
                self.pool[d] = self._mix(self.pool[d], self._hashmix(words[s]))

    def _hashmix(self, v):
        v = (v ^ self.hash_const) & M32
        self.hash_const = (self.hash_const * 0x931E8875) & M32
        v = (v * self.hash_const) & M32
        return v ^ (v >> 16)

    @staticmethod
    def _mix(x, y):
        r = ((0xCA01F9DD * x) - (0x4973F715 * y)) & M32
        return r ^ (r >> 16)

    def generate32(self, n):
        out, hc = [], 0x8B51F9DD
        for i in range(n):
            v = self.pool[i % 4]
            v = (v ^ hc) & M32
            hc = (hc * 0x58F38DED) & M32
            v = (v * hc) & M32
            out.append(v ^ (v >> 16))
        return out

    def generate64(self, n):
        w = self.generate32(2 * n)
        return [w[2 * i] | (w[2 * i + 1] << 32) for i in range(n)]


class PCG64:
    """PCG XSL-RR 128/64 exactly as numpy.random.default_rng(seed) builds it."""
    MULT = (2549297995355413924 << 64) | 4865540595714422341

    def __init__(self, seed):
        w = SeedSeq(seed).generate64(4)
        initstate = (w[0] << 64) | w[1]
        initseq = (w[2] << 64) | w[3]
        self.inc = ((initseq << 1) | 1) & M128
        self.state = 0
        self._step()
        self.state = (self.state + initstate) & M128
        self._step()
        self.buf = None

    def _step(self):
        self.state = (self.state * self.MULT + self.inc) & M128

    def next64(self):
        self._step()
        hi, lo = self.state >> 64, self.state & M64
        x, rot = hi ^ lo, self.state >> 122
        return ((x >> rot) | (x << ((-rot) & 63))) & M64

    def next32(self):
        if self.buf is not None:
            v, self.buf = self.buf, None
            return v
        n = self.next64()
        self.buf = n >> 32
        return n & M32

    def bounded32(self, rng):
        """uniform integer in [0, rng] (inclusive), Lemire with 32-bit draws; rng < 2^32-1."""
        if rng == 0:
            return 0
        ex = rng + 1
        m = self.next32() * ex
        if (m & M32) < ex:
            thr = (M32 - rng) % ex
            while (m & M32) < thr:
                m = self.next32() * ex
        return m >> 32

    def interval32(self, rng):
        """uniform integer in [0, rng]: masked rejection on 32-bit draws (what shuffle/permutation use)."""
        if rng == 0:
            return 0
        mask = rng
        for s in (1, 2, 4, 8, 16):
            mask |= mask >> s
        while True:
            v = self.next32() & mask
            if v <= rng:
                return v

    def permutation(self, arr):
        a = list(arr)
        for i in range(len(a) - 1, 0, -1):
            j = self.interval32(i)
            a[i], a[j] = a[j], a[i]
        return a

    def integers(self, high, size):
        return [self.bounded32(high - 1) for _ in range(size)]


g = np.random.default_rng(0)
assert [int(v) for v in np.random.SeedSequence(0).generate_state(5)] == SeedSeq(0).generate32(5)
raw = PCG64(0)
raw4 = [raw.next64() for _ in range(4)]
assert raw4 == [int(v) for v in np.random.PCG64(0).random_raw(4)]
assert PCG64(0).permutation(range(10)) == np.random.default_rng(0).permutation(np.arange(10)).tolist()
assert PCG64(0).permutation(range(401)) == np.random.default_rng(0).permutation(np.arange(401)).tolist()
assert PCG64(7).integers(7, 12) == np.random.default_rng(7).integers(0, 7, size=12).tolist()
_a, _b = PCG64(2968811710), np.random.default_rng(2968811710)
assert _a.permutation(range(5)) == _b.permutation(np.arange(5)).tolist()
assert _a.permutation(range(6)) == _b.permutation(np.arange(6)).tolist()   # buffered half carries over

add("R01", "anchor split seeds from base seed 0, five splits", "4.4",
    {"base_seed": 0, "n_splits": 5}, SeedSeq(0).generate32(5),
    "numpy SeedSequence(0).generate_state(5) as uint32; re-implemented word by word above", "exact")
add("R02", "PCG64(seed=0): first four raw 64-bit outputs", "4.4", {"seed": 0, "n": 4},
    [str(v) for v in raw4], "SeedSequence(0) -> 4 u64 -> PCG64 XSL-RR init -> outputs (as decimal strings)", "exact")
add("R03", "default_rng(0).permutation(0..9)", "4.4", {"seed": 0, "n": 10},
    PCG64(0).permutation(range(10)),
    "Fisher-Yates from the top: for i=n-1..1, j=masked-rejection draw in [0,i] on 32-bit outputs (NOT Lemire), swap", "exact")
_c = PCG64(2968811710)
g1 = _c.permutation([0, 4, 5, 9, 11])
g2 = _c.permutation([1, 2, 3, 6, 7, 8])
add("R04", "disjoint halves of two groups sharing one stream (seed 2968811710)", "4.4",
    {"seed": 2968811710, "groups_in_order": [["A", [0, 4, 5, 9, 11]], ["ctrl", [1, 2, 3, 6, 7, 8]]]},
    {"half_a": g1[:2] + g2[:3], "half_b": g1[2:4] + g2[3:6], "dropped_cells": g1[4:]},
    "permute each group's row ids with the SAME generator, h=floor(n/2); A gets [:h], B gets [h:2h]; odd cell dropped; "
    "the 32-bit half-draw buffer carries over between groups", "exact")
add("R05", "bootstrap ceiling of v1: choice with replacement, 2n draws", "4.6",
    {"seed": 0, "group_rows": [3, 7, 8]},
    {"half_real": [[3, 7, 8][k] for k in PCG64(0).integers(3, 6)[:3]],
     "half_pred": [[3, 7, 8][k] for k in PCG64(0).integers(3, 6)[3:]]},
    "default_rng(0).choice(rows, 2n, replace=True) == rows[integers(0,n,2n)]; first n -> real, rest -> pred", "exact")
assert np.random.default_rng(0).choice(np.array([3, 7, 8]), size=6, replace=True).tolist() == \
    V[-1]["expected"]["half_real"] + V[-1]["expected"]["half_pred"]

# =====================================================================================
# B. Normalization and pseudobulk
# =====================================================================================


def normalize_total(X, target):
    X = np.asarray(X, dtype=np.float64)
    lib = X.sum(1)
    lib = np.where(lib == 0, 1.0, lib)
    return X / (lib / target)[:, None]


def lognorm(X, target):
    return np.log1p(normalize_total(X, target))


X1 = [[10, 0, 90], [1, 1, 2], [0, 0, 0]]
add("N01", "per-cell log normalization, target_sum=1e6, zero cell stays zero", "1.4",
    {"counts": X1, "target_sum": 1e6}, lognorm(X1, 1e6),
    "log1p(1e6*x/lib): row0 log1p(1e5),0,log1p(9e5); row1 log1p(2.5e5) x2, log1p(5e5); row2 zeros", 1e-9)
pos = [100.0, 4.0]
add("N02", "v1 target: median library size over ALL cells of that matrix, zeros excluded", "1.4",
    {"counts": X1, "labels": ["p", "ctrl", "ctrl"], "control": "ctrl"},
    {"v1_target_this_matrix": float(np.median(pos)), "v2_target_sum_null_resolves_to": 4.0},
    "row totals 100,4,0 -> positive 100,4 -> v1 median 52; v2 with target_sum=null uses the REAL CONTROL rows only: "
    "totals 4,0 -> positive {4} -> 4")


def group_sums(X, labels):
    X = np.asarray(X, dtype=np.float64)
    u = sorted(set(labels))
    return u, np.array([X[[i for i, l in enumerate(labels) if l == k]].sum(0) for k in u])


def bulk_lognorm(S, TS):
    S = np.asarray(S, dtype=np.float64)
    tot = S.sum(1)
    return np.array([np.log1p(S[i] * (TS / tot[i])) if tot[i] > 0 else np.zeros(S.shape[1])
                     for i in range(len(S))])


Xb = [[3, 1, 0], [1, 1, 4], [0, 0, 0], [0, 0, 0]]
lb = ["p1", "p1", "p2", "p2"]
u, S = group_sums(Xb, lb)
add("N03", "group-sum comparator (bulk_lognorm) incl. an all-zero group", "1.5",
    {"counts": Xb, "labels": lb, "bulk_target_sum": 50000},
    {"labels": u, "group_sums": S, "bulk": bulk_lognorm(S, 5e4)},
    "p1 sums 4,2,4 total 10 -> log1p(20000),log1p(10000),log1p(20000); p2 total 0 -> zeros", 1e-9)
B = bulk_lognorm(S, 5e4)
perc = np.array([lognorm(Xb, 1e6)[:2].mean(0), np.zeros(3)])
add("N04", "expr_real_mass_ratio under both comparators", "3.6",
    {"counts": Xb, "labels": lb, "bulk_target_sum": 50000, "target_sum": 1e6},
    {"bulk_lognorm": {"p1": float(np.expm1(B[0]).sum() / 5e4), "p2": 0.0},
     "lognorm": {"p1": float(np.expm1(perc[0]).sum() / 1e6), "p2": 0.0}},
    "sum(expm1(mu))/target; exactly 1 under bulk_lognorm; under per-cell lognorm mu is the mean of log1p rows so the "
    "ratio is below 1 (Jensen); all-zero group -> 0", 1e-9)

# validation verdicts (v2 counts input, real side, max 1e6)
cases = [
    ("ok", [[1, 0], [2, 3]], "accept"),
    ("negative", [[1, -1], [2, 3]], "refuse: negative"),
    ("fractional", [[1.5, 0], [2, 3]], "refuse: fractional"),
    ("within 1e-6 of integer", [[1.0000005, 0], [2, 3]], "accept"),
    ("1.2e-6 off integer", [[1.0000012, 0], [2, 3]], "refuse: fractional"),
    ("cell total exactly 1e6", [[999999, 1], [2, 3]], "accept"),
    ("cell total 1e6+1", [[999999, 2], [2, 3]], "refuse: per-cell total"),
    ("NaN", [[NAN, 0], [2, 3]], "refuse: fractional (NaN is not integral)"),
    ("inf", [[INF, 0], [2, 3]], "refuse: per-cell total (inf passes the integrality test)"),
]


def verdict(X, maxc=1e6):
    X = np.asarray(X, dtype=np.float64)
    if np.min(X) < 0:
        return "refuse: negative"
    with np.errstate(invalid="ignore"):
        ok = np.all((X == np.rint(X)) | (np.abs(X - np.rint(X)) <= 1e-6))
    if not ok:
        return "refuse: fractional"
    t = X.sum(1).max()
    if np.isnan(t) or t > maxc:
        return "refuse: per-cell total"
    return "accept"


for name, X, want in cases:
    assert want.startswith(verdict(X)), (name, verdict(X), want)
add("N05", "counts validation verdicts (version v2, strict, float64 storage)", "1.3",
    {"max_counts_per_cell": 1e6, "cases": [[n, X] for n, X, _ in cases]},
    {n: w for n, _, w in cases},
    "order of tests: min<0 ; |x-rint(x)|<=1e-6 absolute ; row total > limit (strict) or NaN", "exact")

# =====================================================================================
# C. Differential expression
# =====================================================================================


def ranks_avg(a):
    a = np.asarray(a, dtype=np.float64)
    o = np.argsort(a, kind="stable")
    r = np.empty(len(a))
    i = 0
    while i < len(a):
        j = i
        while j + 1 < len(a) and a[o[j + 1]] == a[o[i]]:
            j += 1
        r[o[i:j + 1]] = (i + j) / 2 + 1
        i = j + 1
    return r


def mwu(x, y, continuity=True):
    x, y = np.asarray(x, float), np.asarray(y, float)
    n1, n2 = len(x), len(y)
    if n1 == 0 or n2 == 0:
        return dict(U1=0.0, p=NAN)
    z = np.concatenate([x, y])
    r = ranks_avg(z)
    U1 = r[:n1].sum() - n1 * (n1 + 1) / 2
    U = max(U1, n1 * n2 - U1)
    _, c = np.unique(z, return_counts=True)
    T = float((c.astype(float) ** 3 - c).sum())
    N = n1 + n2
    mu = n1 * n2 / 2
    s2 = n1 * n2 / 12 * ((N + 1) - T / (N * (N - 1)))
    if s2 <= 0:
        return dict(U1=U1, tie_term=T, var=s2, p=1.0)
    zz = (U - mu - (0.5 if continuity else 0.0)) / math.sqrt(s2)
    return dict(U1=U1, tie_term=T, var=s2, z=zz, p=min(1.0, max(0.0, math.erfc(zz / math.sqrt(2)))))


MW = [
    ("no ties", [1, 5, 6], [2, 3, 4, 0.5]),
    ("ties", [1, 2, 2], [2, 3, 3, 0]),
    ("zero heavy", [0, 0, 0, 3, 5], [0, 0, 0, 0, 0, 1]),
    ("all equal", [2, 2], [2, 2, 2]),
    ("U equals mean", [1, 4], [2, 3]),
    ("separated", [10, 11, 12, 13], [1, 2, 3, 4, 5]),
]
add("D01", "Mann-Whitney U, tie corrected, continuity 0.5, normal approximation, two-sided", "2.2",
    {"cases": [{"name": n, "group": a, "control": b} for n, a, b in MW]},
    {n: mwu(a, b) for n, a, b in MW},
    "U=max(U1,n1n2-U1); z=(U-n1n2/2-0.5)/sqrt(n1n2/12*((N+1)-sum(t^3-t)/(N(N-1)))); p=erfc(z/sqrt2) clipped to [0,1]; "
    "zero variance -> 1; U equal to its mean gives z<0 and p clipped to 1", 1e-14)
add("D02", "same inputs, scanpy backend (tie corrected, NO continuity)", "2.2",
    {"cases": [{"name": n, "group": a, "control": b} for n, a, b in MW if n != "all equal"]},
    {n: mwu(a, b, False)["p"] for n, a, b in MW if n != "all equal"},
    "p = 2*Phi(-|z|), z=(U-mu)/sd with the same tie-corrected sd", 1e-14)

# float32 scaling changes the tie structure: it can create a tie and it can break one
def cpm64(c, lib_):
    return c / (lib_ / 1e6)


def cpm32(c, lib_):
    return float(np.float32(c) * np.float32(1e6 / lib_))


created = broken = None
for l1 in range(20011, 20200):
    for c1 in range(900, 1000):
        # neighbour fractions: c2/l2 with |c1*l2 - c2*l1| = 1
        for c2 in range(c1 + 1, c1 + 60):
            l2 = round(c2 * l1 / c1)
            if abs(c1 * l2 - c2 * l1) == 1 and cpm64(c1, l1) != cpm64(c2, l2) and cpm32(c1, l1) == cpm32(c2, l2):
                created = (c1, l1, c2, l2)
                break
        if created:
            break
    if created:
        break
for l1 in range(20011, 21000):
    if cpm64(1, l1) == cpm64(3, 3 * l1) and cpm32(1, l1) != cpm32(3, 3 * l1):
        broken = (1, l1, 3, 3 * l1)
        break


def pair(t):
    c1, l1, c2, l2 = t
    return {"cell_1": {"count": c1, "library": l1}, "cell_2": {"count": c2, "library": l2},
            "float64": [cpm64(c1, l1), cpm64(c2, l2)], "float32": [cpm32(c1, l1), cpm32(c2, l2)]}


pc, pb_ = pair(created), pair(broken)
add("D03", "float32 scaling changes the tie structure of the rank test", "7.2",
    {"target_sum": 1e6, "created": {k: pc[k] for k in ("cell_1", "cell_2")}, "broken": {k: pb_[k] for k in ("cell_1", "cell_2")}},
    {"created": {"float64": pc["float64"], "float64_tied": False, "float32": pc["float32"], "float32_tied": True},
     "broken": {"float64": pb_["float64"], "float64_tied": True, "float32": pb_["float32"], "float32_tied": False}},
    "GPU engine: f32(count)*f32(target/library) in float32 ; CPU engine: count/(library/target) in float64", "exact")


def lfc(t, r, eps=1e-9, clip=None):
    with np.errstate(divide="ignore", invalid="ignore"):
        if clip is None:
            return float(np.log2((np.float64(t) + eps) / (np.float64(r) + eps)))
    if t == 0 and r == 0:
        return 0.0
    if r == 0:
        return math.log2(clip)
    if t == 0:
        return math.log2(1 / clip)
    return math.log2(t / r)


pairs = [[8, 2], [0, 0], [3, 0], [0, 3], [1e-9, 0]]
add("D04", "log2 fold change variants", "2.3",
    {"pairs_target_ref": pairs},
    {"v2 eps=1e-9": [lfc(t, r) for t, r in pairs],
     "v1 preset clip=20": [lfc(t, r, 0.0, 20.0) for t, r in pairs],
     "pdex eps=0 (>=0.2.3)": [2.0, 0.0, INF, -INF, INF]},
    "(t+eps)/(r+eps); clip rule: 0/0->1, x/0->20, 0/x->1/20; pdex>=0.2.3 turns only 0/0 (NaN) into 0", 1e-9)
Xg = [[0, 4], [3, 4], [8, 4]]
add("D05", "arithmetic vs geometric group mean of normalized (linear) values", "2.3",
    {"linear_rows": Xg},
    {"arithmetic": np.mean(Xg, 0), "geometric": np.expm1(np.log1p(np.asarray(Xg, float)).mean(0))},
    "geometric = expm1(mean(log1p x)): gene0 expm1((0+ln4+ln9)/3)=36^(1/3)-1; gene1 4", 1e-12)


def bh(p):
    p = np.asarray(p, dtype=float)
    out = np.full(len(p), NAN)
    ok = ~np.isnan(p)
    q = p[ok]
    m = len(q)
    if m:
        o = np.argsort(q, kind="stable")
        a = q[o] * m / np.arange(1, m + 1)
        a = np.minimum.accumulate(a[::-1])[::-1]
        r = np.empty(m)
        r[o] = np.clip(a, 0, 1)
        out[ok] = r
    return out


pA, pB = [0.01, 0.04, 0.03, 0.6], [0.02, NAN, 0.5]
glob = bh(pA + pB)
add("D06", "Benjamini-Hochberg per perturbation vs pooled, NaN p kept out", "2.4",
    {"A": pA, "B": pB},
    {"per_pert": {"A": bh(pA), "B": bh(pB)}, "global": {"A": glob[:4], "B": glob[4:]}},
    "per_pert A: m=4 -> .04,.05333..,.05333..,.6 ; B: m=2 -> .04,NaN,.5 ; global m=6 over both", 1e-15)
ref_cpm = [4.9, 5.0, 5.1, 80.0]
keep = [c > 5.0 for c in ref_cpm]
pf = [0.01, 0.001, 0.02, 0.03]
add("D07", "control-only CPM gate then BH over the survivors", "2.5",
    {"control_mean_cpm": ref_cpm, "threshold": 5.0, "p_values": pf},
    {"kept": keep, "p_adj_kept": bh([p for p, k2 in zip(pf, keep) if k2])},
    "strict >: genes 2,3 kept; BH with m=2: .02*2/1=.04 and .03*2/2=.03 -> running min from the right gives .03,.03", 1e-15)
add("D08", "NaN fold change policy and |log2FC| floor", "2.6",
    {"log2_fold_change": [NAN, INF, 0.2, 0.25, -0.3], "p_adj": [0.01, 0.01, 0.01, 0.01, 0.01], "min_abs_log2fc": 0.25},
    {"keep,no floor": [0.01] * 5, "mask,no floor": [1.0, 0.01, 0.01, 0.01, 0.01],
     "mask,floor": [1.0, 0.01, 1.0, 0.01, 0.01]},
    "mask sets p_adj=1 where log2FC is NaN (inf untouched); floor sets p_adj=1 where |lfc| < floor (strict)", "exact")

f32 = lambda v: float(np.float32(v))
q_edge = [0.0499999996, 0.05, 0.0499]
add("D09", "v1 casts DE numerics to float32 before thresholding and ranking", "7.1",
    {"fdr": q_edge, "threshold": 0.05},
    {"v1_significant": [f32(q) < f32(0.05) for q in q_edge], "v2_significant": [q < 0.05 for q in q_edge]},
    "float32(0.0499999996) == float32(0.05), so the strict test fails in v1 only", "exact")
t_cpm, r_cpm = [6.0, 4.0, 5.0, 7.0], [1.0, 4.0, 5.0, 9.0]
add("D10", "v1 opt-in pooled CPM filter (pdex cpm_filter) keeps a row when EITHER side exceeds T", "2.5",
    {"target_pooled_cpm": t_cpm, "ref_pooled_cpm": r_cpm, "T": 5.0},
    {"kept": [a_ > 5 or b_ > 5 for a_, b_ in zip(t_cpm, r_cpm)],
     "pooled_cpm_example": {"gene_means": [1.0, 3.0], "cpm": [250000.0, 750000.0]}},
    "cpm = gene arithmetic mean / sum of gene means * 1e6 (linear space), strict >, both-at-threshold dropped", "exact")

# =====================================================================================
# D. DE metrics on one hand table.  alpha = 0.05, targets GA..GD, features GA..GD, X01..X12
# =====================================================================================
FEATS = ["GA", "GB", "GC", "GD"] + ["X%02d" % i for i in range(1, 13)]


def table(spec):
    rows = []
    for t in ("GA", "GB", "GC", "GD"):
        for f in FEATS:
            l, q = spec.get(t, {}).get(f, (0.1, 0.9))
            rows.append([t, f, float(l), float(q) / 2, float(q)])   # p_value = p_adj/2 (distinct enough)
    return rows


REAL = table({
    "GA": {"GA": (-3.0, .001), "X01": (2.0, .001), "X02": (1.5, .002), "X03": (-1.0, .003), "X04": (0.8, .004),
           "X05": (0.7, .005), "X06": (-0.6, .006), "X07": (0.5, .007), "X08": (0.4, .008), "X09": (-0.3, .009),
           "X10": (0.25, .010), "X11": (0.2, .011)},
    "GB": {"GB": (-2.0, .01), "X01": (1.0, .02), "X02": (-1.0, .03)},
})
PRED = table({
    "GA": {"GA": (-1.0, .001), "X01": (1.0, .001), "X02": (-1.5, .002), "X03": (-0.5, .003), "X04": (0.9, .0001),
           "X05": (0.0, .004), "X06": (-2.0, .02), "X12": (3.0, .01), "X07": (0.4, .2), "X08": (-0.1, .3)},
    "GB": {"X01": (0.5, .01), "X03": (1.0, .02), "GB": (-0.5, .6)},
    "GC": {"X04": (1.0, .01), "X05": (-1.0, .02)},
})
PERTS = ["GA", "GB", "GC", "GD"]
A = 0.05


def tab(rows):
    d = {}
    for t, f, l, p, q in rows:
        d.setdefault(t, {})[f] = dict(lfc=l, p=p, q=q)
    return d


R, P = tab(REAL), tab(PRED)
INPUT_T1 = {"columns": ["target", "feature", "log2_fold_change", "p_value", "p_adj"],
            "real": REAL, "pred": PRED, "alpha": A, "target_gene_map": None}


def sig(T, t):
    return [f for f in FEATS if T[t][f]["q"] < A]


def ranked(T, t, alpha=A):
    s = [f for f in T[t] if T[t][f]["q"] < alpha]
    return sorted(s, key=lambda f: -abs(T[t][f]["lfc"]))     # python sort is stable: ties keep row order


def overlap(k, metric):
    out = {}
    for t in PERTS:
        r, p = ranked(R, t), ranked(P, t)
        base = len(r) if metric == "overlap" else len(p)
        kk = min(base if k is None else k, base)
        out[t] = len(set(r[:kk]) & set(p[:kk])) / kk if kk else 0.0
    return out


add("M01", "nsig counts", "3.14/3.15", "T1",
    {"de_wilcoxon_nsig_counts_real": {t: len(sig(R, t)) for t in PERTS},
     "de_wilcoxon_nsig_counts_pred": {t: len(sig(P, t)) for t in PERTS}},
    "count p_adj < 0.05 per target, own gene NOT excluded", "exact")
ov = {"overlap_at_N": overlap(None, "overlap"), "overlap_at_3": overlap(3, "overlap"),
      "precision_at_N": overlap(None, "precision"), "precision_at_3": overlap(3, "precision"),
      "overlap_at_50": overlap(50, "overlap"), "precision_at_50": overlap(50, "precision")}
add("M02", "overlap / precision, un-capped, k=3 and k=50", "3.45-3.54", "T1", ov,
    "rank significant genes by |lfc| descending; overlap uses k=min(k,|real|), precision k=min(k,|pred|); both lists cut at "
    "that k; divide by k; k=0 -> 0.  GA real top3 GA,X01,X02; pred top3 X12,X06,X02 -> 1/3", 1e-15)
assert abs(ov["overlap_at_3"]["GA"] - 1 / 3) < 1e-15


def pearson(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    if len(a) < 2:
        return NAN
    a, b = a - a.mean(), b - b.mean()
    d = math.sqrt((a * a).sum() * (b * b).sum())
    return NAN if d == 0 else float((a * b).sum() / d)


def spearman(a, b):
    return pearson(ranks_avg(a), ranks_avg(b)) if len(a) >= 2 else NAN


nr = [len(sig(R, t)) for t in PERTS if sig(R, t)]
npd = [len(sig(P, t)) for t in PERTS if sig(R, t)]
add("M03", "nsig_spearman: perturbations with >=1 real significant gene only, broadcast to all", "3.16", "T1",
    {t: spearman(nr, npd) for t in PERTS},
    "only GA (12 vs 8) and GB (3 vs 2) have real significant genes -> rho of two concordant points = 1", 1e-15)
add("M04", "nsig_spearman degenerate: equal counts", "3.16",
    {"real_counts": [5, 5, 5], "pred_counts": [1, 2, 3]},
    {"v1": NAN, "v2": -1.0, "no perturbation has a real significant gene (v1 and v2)": 1.0},
    "zero variance -> undefined -> v1 NaN, v2 fills -1; an empty join returns 1.0 in both", "exact")
rec_v1, rec_v2 = {}, {}
for t in PERTS:
    r, p = set(sig(R, t)), set(sig(P, t))
    if r:
        rec_v1[t] = len(r & p) / len(r)
    rec_v2[t] = len(r & p) / len(r) if r else 0.0
add("M05", "sig_recall", "3.17", "T1", {"v2": rec_v2, "v1": {t: rec_v1.get(t, "absent") for t in PERTS}},
    "GA: 7 of 12 ; GB: 1 of 3 ; GC, GD no real significant gene -> v2 0.0, v1 absent", 1e-15)


def sgn(x):
    return (x > 0) - (x < 0) if not math.isnan(x) else NAN


def same_sign_plain(a, b):      # column comparison used by the two legacy metrics: NaN == NaN is true
    if math.isnan(a) and math.isnan(b):
        return True
    return sgn(a) == sgn(b)


dm = {}
mm = {}
for t in PERTS:
    s = sig(R, t)
    if s:
        dm[t] = sum(same_sign_plain(R[t][f]["lfc"], P[t][f]["lfc"]) for f in s) / len(s)
    s = sig(P, t)
    if s:
        mm[t] = sum(same_sign_plain(R[t][f]["lfc"], P[t][f]["lfc"]) for f in s) / len(s)
add("M06", "direction_match and model_direction_match", "3.18/3.19", "T1",
    {"de_wilcoxon_direction_match": {t: dm.get(t, 0.0) for t in PERTS},
     "de_direction_match (v1)": {t: dm.get(t, "absent") for t in PERTS},
     "de_wilcoxon_model_direction_match": {t: mm.get(t, 0.0) for t in PERTS}},
    "sign(0)=0 so X05 (pred lfc exactly 0) is a mismatch; two zeros or two NaN would count as a match", 1e-15)


def defined(x):
    return x is not None and not math.isnan(x) and x != 0


prec = {}
for t in PERTS:
    s = [f for f in sig(P, t) if f in R[t] and defined(R[t][f]["lfc"])]
    if s:
        prec[t] = sum(1 for f in s if defined(P[t][f]["lfc"]) and sgn(P[t][f]["lfc"]) == sgn(R[t][f]["lfc"])) / len(s)
add("M07", "direction_precision (own gene kept, undefined prediction = miss)", "3.20", "T1",
    {t: prec.get(t, 0.0) for t in PERTS},
    "GA pred significant: GA,X01..X06,X12 all adjudicable (8); matches GA,X01,X03,X04,X06,X12 = 6/8 ; GB X01,X03 -> 2/2; "
    "GC: reference log2FC of X04,X05 is +0.1 -> X04 match, X05 miss -> 1/2; GD none -> v2 0", 1e-15)


def order_key(t, f):
    d = P[t][f]
    return (0 if d["q"] < A else 1, d["q"], d["p"], -(abs(d["lfc"]) if not math.isnan(d["lfc"]) else -INF), f)


def curve(t, universe, exclude_own):
    fs = [f for f in P[t] if f in R[t] and not (exclude_own and f == t)]
    if universe == "adjudicated":
        fs = [f for f in fs if R[t][f]["q"] < A]
    fs.sort(key=lambda f: order_key(t, f))
    k = m = 0
    out = []
    for f in fs:
        if defined(R[t][f]["lfc"]):
            k += 1
            if defined(P[t][f]["lfc"]) and sgn(P[t][f]["lfc"]) == sgn(R[t][f]["lfc"]):
                m += 1
        out.append((f, k, m, m / k if k else None))
    return out


def kstar(cv, p0):
    ks = [k for _, k, _, pu in cv if pu is not None and pu >= p0]
    return max(ks) if ks else 0


sens = {}
sensu = {}
for t in PERTS:
    n = len(sig(R, t))
    if n:
        sens[t] = kstar(curve(t, "adjudicated", False), 1 - A / 2) / n
        sensu[t] = kstar(curve(t, "all", False), 1 - A / 2) / n
add("M08", "direction_sensitivity and its universe variant (purity floor 1-alpha/2=0.975, own gene kept)", "3.21/3.22", "T1",
    {"direction_sensitivity": {t: sens.get(t, 0.0) for t in PERTS},
     "direction_sensitivity_universe": {t: sensu.get(t, 0.0) for t in PERTS},
     "GA_curve_adjudicated": [[f, k, m] for f, k, m, _ in curve("GA", "adjudicated", False)]},
    "order: called first, then p_adj, p_value, |lfc| desc, gene name; k counts adjudicable pairs; k* = deepest k with purity>=0.975", 1e-15)
sp, spp, spn = {}, {}, {}
for t in PERTS:
    for store, flt in ((sp, lambda l: True), (spp, lambda l: l > 0), (spn, lambda l: l < 0)):
        s = [f for f in sig(R, t) if flt(R[t][f]["lfc"])]
        v = spearman([R[t][f]["lfc"] for f in s], [P[t][f]["lfc"] if f in P[t] else 0.0 for f in s]) if s else None
        store[t] = -1.0 if v is None or math.isnan(v) else v
add("M09", "lfc_spearman, _pos, _neg (v2 fill -1)", "3.23-3.25", "T1",
    {"lfc_spearman": sp, "lfc_spearman_pos": spp, "lfc_spearman_neg": spn},
    "average ranks, Pearson of ranks over the real significant genes (own gene kept); undefined or absent -> -1 under v2", 1e-14)
nm = {}
for t in PERTS:
    s = [f for f in sig(R, t) if f != t and math.isfinite(R[t][f]["lfc"])]
    if len(s) >= 10:
        num = np.mean([abs((P[t][f]["lfc"] if f in P[t] and math.isfinite(P[t][f]["lfc"]) else 0.0) - R[t][f]["lfc"]) for f in s])
        den = np.mean([abs(R[t][f]["lfc"]) for f in s])
        nm[t] = num / den
add("M10", "lfc_nmae: gate of 11 for GA, gates below 10 omitted", "3.26", "T1",
    {t: nm.get(t, "absent") for t in PERTS},
    "GA gate X01..X11: |pred-real| sum = 1+3+.5+.1+.7+1.4+.1+.5+.4+.15+.1 = 7.95 ; |real| sum 8.25 -> 7.95/8.25", 1e-12)
assert abs(nm["GA"] - 7.95 / 8.25) < 1e-12
add("M11", "lfc_nmae fills a non-finite or missing prediction with 0", "3.26",
    {"real_lfc_gate": [1.0] * 10, "pred_lfc": [INF, -INF, NAN, None] + [1.0] * 6}, 0.4,
    "4 entries read as 0 -> error 1 each -> 4/10 over mean|real|=1", 1e-15)


def jac(t):
    r, p = set(sig(R, t)) - {t}, set(sig(P, t)) - {t}
    return 1.0 if not (r | p) else len(r & p) / len(r | p)


add("M12", "sig_jaccard with own-gene exclusion; empty union = 1", "3.29", "T1", {t: jac(t) for t in PERTS},
    "GA: real 11, pred 7, common 6 -> 6/12 ; GB: {X01,X02} vs {X01,X03} -> 1/3 ; GC 0/2 ; GD empty -> 1", 1e-15)


def avg_precision(lab, sc):
    o = sorted(range(len(sc)), key=lambda i: -sc[i])
    P_ = sum(lab)
    tp = fp = 0
    ap = 0.0
    prev = 0.0
    i = 0
    while i < len(o):
        j = i
        while j < len(o) and sc[o[j]] == sc[o[i]]:
            tp += lab[o[j]]
            fp += 1 - lab[o[j]]
            j += 1
        rec = tp / P_
        ap += (rec - prev) * tp / (tp + fp)
        prev = rec
        i = j
    return ap


def roc(lab, sc):
    pos = [s for s, l in zip(sc, lab) if l]
    neg = [s for s, l in zip(sc, lab) if not l]
    return sum((a > b) + 0.5 * (a == b) for a in pos for b in neg) / (len(pos) * len(neg))


allq = [P[t][f]["q"] for t in PERTS for f in FEATS]
nz = min(q for q in allq if q > 0)
au = {}
for t in PERTS:
    lab = [1 if R[t][f]["q"] < A else 0 for f in FEATS]
    sc = [-math.log10(P[t][f]["q"] if P[t][f]["q"] != 0 else nz) for f in FEATS]
    au[t] = [0.0, 0.0] if sum(lab) in (0, len(lab)) else [avg_precision(lab, sc), roc(lab, sc)]
add("M13", "pr_auc / roc_auc (v2), single class -> 0", "3.27/3.28", "T1",
    {"pr_auc": {t: v[0] for t, v in au.items()}, "roc_auc": {t: v[1] for t, v in au.items()},
     "v1": "same values for GA, GB up to float32 scores; NaN for GC and GD"},
    "label = real p_adj<0.05, score = -log10(pred p_adj); AP = sum dRecall*precision over distinct thresholds; AUC = P(s+>s-)+.5P(=)", 1e-12)
labs = [1, 0, 0, 1]
qs = [0.0, 1e-50, 0.5, 1e-12]


def auc_with(rule):
    if rule == "clip":
        s = [-math.log10(min(1.0, max(1e-10, q))) for q in qs]
    elif rule == "replace_zero":
        s = [-math.log10(float(np.float32(q)) if float(np.float32(q)) != 0 else 1e-10) for q in qs]
    else:
        m = min(q for q in qs if q > 0)
        s = [-math.log10(q if q != 0 else m) for q in qs]
    return {"scores": s, "pr_auc": avg_precision(labs, s), "roc_auc": roc(labs, s)}


add("M14", "AUC zero-handling rules diverge", "3.27",
    {"labels": labs, "pred_p_adj": qs}, {r: auc_with(r) for r in ("clip", "replace_zero", "min_nonzero")},
    "clip [1e-10,1]: 0 and 1e-50 and 1e-12 all tie at 10; replace_zero: float32 round trip, 1e-50 underflows to 0 -> both 1e-10 "
    "(score 10) and are BEATEN by 1e-12 (score 12, as its float32 image); min_nonzero: 0 -> smallest nonzero over the whole frame (1e-50)", 1e-6)

# chance-corrected 2x2
G = len(FEATS)


def inf_(tp, a, b, g):
    return -1.0 if a <= 0 or a >= g else tp / a - (b - tp) / (g - a)


def mark(tp, a, b, g):
    return -1.0 if b <= 0 or b >= g else tp / b - (a - tp) / (g - b)


def mcc(tp, a, b, g):
    if a <= 0 or a >= g or b <= 0 or b >= g:
        return -1.0
    return (tp * g - a * b) / math.sqrt(a * b * (g - a) * (g - b))


cc = {"sig_recall_adjusted": {}, "precision_adjusted": {}, "sig_mcc": {}, "overlap_adjusted": {}}
for t in PERTS:
    r, p = set(sig(R, t)), set(sig(P, t))
    tp = len(r & p)
    cc["sig_recall_adjusted"][t] = inf_(tp, len(r), len(p), G)
    cc["precision_adjusted"][t] = mark(tp, len(r), len(p), G)
    cc["sig_mcc"][t] = mcc(tp, len(r), len(p), G)
    rk, pk = ranked(R, t), ranked(P, t)[:len(r)]
    cc["overlap_adjusted"][t] = mcc(len(set(rk) & set(pk)), len(rk), len(pk), G)
add("M15", "chance-corrected family (G=16 tested genes, own gene kept)", "3.30-3.33", "T1", cc,
    "GA: a=12,b=8,tp=7 -> informedness 7/12-1/4 ; markedness 7/8-5/8 ; mcc (7*16-96)/sqrt(12*8*4*8); a or b at 0 or G -> -1 "
    "in BOTH versions of the catalog", 1e-14)

# chance-corrected direction family, own gene excluded
fam = {}
for t in PERTS:
    rs = [f for f in sig(R, t) if f != t]
    n_conf = len(rs)
    votes = [f for f in rs if defined(R[t][f]["lfc"])]
    q = max(sum(R[t][f]["lfc"] > 0 for f in votes), sum(R[t][f]["lfc"] < 0 for f in votes)) / len(votes) if votes else None
    d = max(1 - q, 0.05) if q is not None else None
    calls = [f for f in sig(P, t) if f != t and defined(R[t][f]["lfc"])]
    n_pred = len(calls)
    kk = sum(1 for f in calls if defined(P[t][f]["lfc"]) and sgn(P[t][f]["lfc"]) == sgn(R[t][f]["lfc"]))
    o = dict(n_conf=n_conf, n_pred=n_pred, k=kk, q=q if q is not None else "null")
    fr = kk / n_pred if n_pred else NAN
    o["direction_fidelity_raw"] = fr
    o["direction_coverage"] = n_pred / n_conf if n_conf else NAN
    o["direction_yield_raw"] = kk / n_conf if n_conf else NAN
    o["direction_fidelity_yield_raw"] = kk / max(n_pred, n_conf) if max(n_pred, n_conf) else NAN
    if n_conf == 0:
        o["direction_fidelity"] = 1.0 if n_pred == 0 else 0.0
        o["direction_fidelity_yield"] = 1.0 if n_pred == 0 else 0.0
        o["direction_yield"] = NAN
    else:
        o["direction_fidelity"] = (fr - q) / d if n_pred else NAN
        o["direction_fidelity_yield"] = min(1.0, n_pred / n_conf) * (fr - q) / d if n_pred else 0.0
        o["direction_yield"] = (kk - q * n_pred) / (n_conf * d)
    for nm_, uni, cor in (("direction_reach", "adjudicated", True), ("direction_reach_raw", "adjudicated", False),
                          ("direction_reach_unbounded", "all", True), ("direction_reach_unbounded_raw", "all", False)):
        if n_conf == 0 or (cor and q is None):
            o[nm_] = NAN
        else:
            p0 = q + (1 - A) * (1 - q) if cor else 0.9
            o[nm_] = kstar(curve(t, uni, True), p0) / n_conf
    fam[t] = o
add("M16", "the eleven chance-corrected direction metrics with their components", "3.34-3.44", "T1", fam,
    "own gene removed on both sides; q = majority sign rate of the reference set; d = max(1-q,0.05); GC shows the loud null "
    "perturbation (fidelity_yield_raw 1/2, reach NaN), GD the quiet one (0/0 -> NaN, corrected fidelity 1.0)", 1e-14)


def reach_raw(matches, p0=0.9):
    m = 0
    best = 0
    for i, x in enumerate(matches, 1):
        m += x
        if m / i >= p0:
            best = i
    return best / len(matches)


add("M17", "reach is the DEEPEST qualifying prefix, not the first failure", "3.42",
    {"match_sequences": {"miss then 9 hits": [0] + [1] * 9, "8 hits, miss, miss": [1] * 8 + [0, 0],
                         "9 hits, miss": [1] * 9 + [0], "miss only head of 3": [0, 1, 1],
                         "80 genes, 9 head misses": [0] * 9 + [1] * 71, "80 genes, 8 head misses": [0] * 8 + [1] * 72}},
    {"miss then 9 hits": reach_raw([0] + [1] * 9), "8 hits, miss, miss": reach_raw([1] * 8 + [0, 0]),
     "9 hits, miss": reach_raw([1] * 9 + [0]), "miss only head of 3": reach_raw([0, 1, 1]),
     "80 genes, 9 head misses": reach_raw([0] * 9 + [1] * 71), "80 genes, 8 head misses": reach_raw([0] * 8 + [1] * 72)},
    "purity(10)=9/10 compares >= 0.9 exactly in IEEE double (correctly rounded division)", 1e-15)

# ordinal ties
add("M18", "ties in |lfc| keep table row order (stable), also when descending", "7.3",
    {"features_in_row_order": ["b", "a", "c", "d"], "abs_lfc": [1.0, 1.0, 2.0, 1.0]}, ["c", "b", "a", "d"],
    "stable descending sort; +-inf ties of the eps=0 engines resolve the same way", "exact")

# =====================================================================================
# E. Expression and discrimination metrics
# =====================================================================================
genes = ["g1", "g2", "g3", "A", "B"]
perts = ["A", "B", "C", "ctrl"]
real = np.array([[1.0, 2.0, 0.5, 0.0, 2.0], [2.1, 1.2, 0.4, 1.0, 0.2], [1.5, 1.5, 2.5, 1.0, 2.0], [1.0, 1.0, 1.0, 1.0, 2.0]])
pred = np.array([[1.2, 1.8, 0.7, 0.1, 1.9], [1.5, 1.4, 0.6, 1.1, 0.4], [1.9, 1.3, 0.9, 0.9, 2.2], [1.1, 0.9, 1.0, 1.0, 2.0]])
E1 = {"genes": genes, "labels": perts, "control": "ctrl", "real_bulk": real, "pred_bulk": pred}
cR, cP = real[3], pred[3]
out = {"expr_mae": {}, "expr_mse": {}, "delta_mae[real]": {}, "delta_mse[real]": {}, "delta_mae[pred]": {}, "delta_mse[pred]": {},
       "delta_pearson[real]": {}, "delta_pearson[pred]": {}}
for i, p in enumerate(perts[:3]):
    out["expr_mae"][p] = float(np.mean(np.abs(pred[i] - real[i])))
    out["expr_mse"][p] = float(np.mean((pred[i] - real[i]) ** 2))
    dr = real[i] - cR
    for src, c in (("real", cR), ("pred", cP)):
        dp = pred[i] - c
        out["delta_mae[%s]" % src][p] = float(np.mean(np.abs(dp - dr)))
        out["delta_mse[%s]" % src][p] = float(np.mean((dp - dr) ** 2))
        out["delta_pearson[%s]" % src][p] = pearson(dp, dr)
add("E01", "expr_mae, expr_mse, delta_mae, delta_mse, delta_pearson for both control sources", "3.1, 3.2, 3.8-3.10", E1, out,
    "all five genes used (no own-gene exclusion here); with control_source=real delta errors equal expr errors up to roundoff", 1e-14)
add("E02", "delta_pearson degenerate", "3.10",
    {"pred_delta": [0, 0, 0], "real_delta": [1, 2, 3]}, {"v1": NAN, "v2": -1.0}, "zero variance", "exact")


def dist(a, b, metric):
    if metric == "l1":
        return float(np.abs(a - b).sum())
    if metric == "l2":
        return float(np.sqrt(((a - b) ** 2).sum()))
    na, nb = np.linalg.norm(a), np.linalg.norm(b)
    s = 0.0 if na == 0 or nb == 0 else float(a @ b / (na * nb))
    return min(2.0, max(0.0, 1.0 - s))


def pds(metric, control_source, scope, denom, tie, exclude=True):
    dR = real[:3] - cR
    dP = pred[:3] - (cR if control_source == "real" else cP)
    lab = perts[:3]
    res, D = {}, {}
    den = 3 if denom == "n" else 2
    for i, p in enumerate(lab):
        cols = list(range(5))
        if exclude and scope == "panel":
            cols = [c for c in cols if genes[c] not in lab]
        elif exclude and scope == "row":
            cols = [c for c in cols if genes[c] != p]
        d = [dist(dP[i, cols], dR[j, cols], metric) for j in range(3)]
        D[p] = d
        if tie == "midrank":
            rk = sum(x < d[i] for x in d) + (sum(x == d[i] for x in d) - 1) / 2
        else:
            rk = list(np.argsort(d, kind="stable")).index(i)
        res[p] = 1 - rk / den
    return res, D


pd_out = {}
for m in ("l1", "l2", "cosine"):
    r2, d2 = pds(m, "real", "panel", "n-1", "midrank")
    r1, d1 = pds(m, "pred", "row", "n", "position")
    pd_out[m] = {"v2 (real control, panel, n-1, midrank)": r2, "v2_distances": d2,
                 "v1 (pred control, row, n, position)": r1, "v1_distances": d1}
add("E03", "PDS under v2 and v1 conventions", "3.11-3.13", E1, pd_out,
    "v2 drops columns A and B from every distance (C has no gene on the axis and stays unresolved); v1 drops only the row's own gene", 1e-12)
add("E04", "PDS with a zero predicted effect, cosine", "3.13",
    {"n_perts": 4, "pred_delta_row": "all zeros", "target_index_in_sorted_labels": 3, "denominator": "n-1"},
    {"midrank": 0.5, "position": 0.0},
    "every distance is exactly 1: midrank rank=(4-1)/2=1.5 -> 1-1.5/3=.5 ; position rank=3 -> 0 (index 0 would read 1)", "exact")
add("E05", "PDS with one perturbation and n-1", "3.13", {"n_perts": 1, "denominator": "n-1"}, 1.0,
    "denominator 0 -> 1.0 by rule", "exact")

def edist(x, y):
    def md(a, b):
        return float(np.mean([[np.linalg.norm(np.asarray(p_) - np.asarray(q_)) for q_ in b] for p_ in a]))
    return 2 * md(x, y) - md(x, x) - md(y, y)


ed_real = {"ctrl": [[0.0], [2.0]], "A": [[1.0], [5.0]], "B": [[4.0], [4.0]], "C": [[0.0], [1.0]]}
ed_pred = {"ctrl": [[0.0], [1.0]], "A": [[2.0], [3.0]], "B": [[5.0], [6.0]], "C": [[0.0], [3.0]]}
er = [edist(ed_real[k], ed_real["ctrl"]) for k in "ABC"]
ep = [edist(ed_pred[k], ed_pred["ctrl"]) for k in "ABC"]
add("E11", "pearson_edistance (v1 only): one number broadcast to every perturbation", "3.55",
    {"real_cells": ed_real, "pred_cells": ed_pred},
    {"edistance_real": er, "edistance_pred": ep, "pearson_edistance": pearson(er, ep)},
    "E = 2*mean d(x,y) - mean d(x,x) - mean d(y,y), euclidean, within-group means INCLUDE the zero diagonal; Pearson over perturbations", 1e-12)

# jackknife and unbiased family
Y = np.array([[3.0, 1, 0], [1, 1, 4], [2, 0, 2]])


def jack(Y, TS):
    Y = np.asarray(Y, float)
    n = len(Y)
    if n < 2:
        return 0.0
    Pg = Y.sum(0)
    S = Pg.sum()
    if S <= 0:
        return 0.0
    v = []
    for i in range(n):
        r = S - Y[i].sum()
        v.append(np.log1p(TS * (Pg - Y[i]) / r) if r > 0 else np.zeros(Y.shape[1]))
    v = np.array(v)
    return float((n - 1) / n * ((v - v.mean(0)) ** 2).sum())


add("E06", "delete-one jackknife correction C under bulk_lognorm", "3.0.4",
    {"counts": Y, "bulk_target_sum": 50000}, {"C": jack(Y, 5e4), "n=1": 0.0, "all zero": 0.0},
    "v_ig=log1p(TS*(P_g-y_ig)/(S-lib_i)); C=(n-1)/n * sum_g sum_i (v-mean)^2 ; implement centred at b=log1p(TS*P/S) to avoid cancellation", 1e-9)
L = lognorm(Y, 1e6)
n = 3
mu = L.mean(0)
tr = (float((L * L).sum()) - n * float(mu @ mu)) / (n - 1)
add("E07", "analytic correction tr(Sigma)/n under the per-cell lognorm comparator", "3.0.4",
    {"counts": Y, "target_sum": 1e6}, {"C": tr / n}, "C=(sum ||x||^2 - n||mu||^2)/((n-1) n)", 1e-9)


def unbiased_family(real, pred, Cr, Cp, Cctrl, own):
    """rows: perturbations; own: own-gene column or None"""
    Gn = real.shape[1] if real.ndim == 2 else len(real)
    ctrl = real[-1]
    nP = len(real) - 1
    w = np.array([1.0 / (Gn - 1) if own[i] is not None else 1.0 / Gn for i in range(nP)])

    def sq(a, b, i):
        d = (a - b) ** 2
        if own[i] is not None:
            d = np.delete(d, own[i])
        return float(d.sum())
    mse = np.array([(sq(pred[i], real[i], i) - Cp[i] - Cr[i]) * w[i] for i in range(nP)])
    capped = np.array([min(Cp[i], Cr[i]) for i in range(nP)])
    claim = float((capped * w).sum())
    budget = 0.0
    for gcol in range(Gn):
        rows = [i for i in range(nP) if own[i] != gcol]
        ws = np.array([w[i] for i in rows])
        if len(rows) < 2 or ws.sum() <= 0:
            continue
        x = np.array([pred[i, gcol] for i in rows])
        m = (ws * x).sum() / ws.sum()
        budget += max(0.0, float((ws * (x - m) ** 2).sum()))
    rho = min(1.0, budget / claim) if claim > 0 else 1.0
    cap = np.array([(sq(pred[i], real[i], i) - rho * capped[i] - Cr[i]) * w[i] for i in range(nP)])
    dst = np.array([(sq(real[i], ctrl, i) - Cr[i] - Cctrl) * w[i] for i in range(nP)])
    return mse, cap, dst, claim, budget, rho


own = [3, 4, None]
for vid, Cr, Cp, Cc, title in (
        ("E08", [.30, .20, .10], [.20, .50, .05], .05, "cap fires on B, rho = 1"),
        ("E09", [3.0, 2.0, 4.0], [5.0, 1.5, 9.0], .05, "rho < 1 (claimed correction above the across-perturbation budget)")):
    mse, cap, dst, claim, budget, rho = unbiased_family(real, pred, Cr, Cp, Cc, own)
    exp = {"expr_mse_unbiased": dict(zip(perts, mse)), "expr_mse_unbiased_capped": dict(zip(perts, cap)),
           "expr_distance_unbiased": dict(zip(perts, dst)), "claim": claim, "budget": budget, "rho": rho}
    if dst.sum() > 0:
        exp["expr_mse_unbiased_capped_norm"] = float(cap.sum() / dst.sum())
    else:
        exp["expr_mse_unbiased_capped_norm"] = "refuse: denominator sum not positive"
    add(vid, "unbiased expression family: " + title, "3.3-3.7",
        dict(E1, C_real=Cr, C_pred=Cp, C_ctrl=Cc, own_gene_column=own), exp,
        "own gene leaves the squared distance and the divisor (G-1) but the corrections stay whole; capped uses min(Cp,Cr)*rho; "
        "budget sums w_p (pred - weighted mean)^2 over genes with >=2 scoring rows", 1e-12)
add("E10", "ratio of sums keeps negative rows and drops rows that are not finite on both sides", "4.1",
    {"num": {"a": 0.5, "b": -0.1, "c": "NaN"}, "den": {"a": 0.8, "b": -0.2, "c": 0.4}}, (0.5 - 0.1) / (0.8 - 0.2),
    "c is dropped from BOTH sums; (0.4)/(0.6)", 1e-15)

# =====================================================================================
# F. Aggregation and scoring
# =====================================================================================
vals = [1.0, NAN, 3.0, 8.0]
add("S01", "aggregate row: v2 skips NaN, v1 propagates it", "4.1",
    {"values": vals},
    {"v2": {"count": 4, "null_count": 0, "mean": 4.0, "std": float(np.std([1, 3, 8], ddof=1)), "min": 1.0, "max": 8.0, "median": 3.0},
     "v1_mean": NAN},
    "count counts NaN rows; std uses ddof=1 over non-NaN; v1 describe() mean is NaN as soon as one perturbation is NaN", 1e-15)


def score(u, b, direction, anchor, penalty="none", low=0.0, high=None, metric_min=None, signed=False, p=2.0, cap=6.0):
    def core(u):
        if anchor is not None and direction == "lower":
            r = (u - anchor) / (b - anchor)
            s = 1 - r
            if s < 0 and penalty == "boxcox":
                s = max(-cap, -(r ** p - 1) / p)
            return s
        if anchor is not None:
            return (u - b) / (anchor - b)
        return ((u - b) if direction == "higher" else (b - u)) / (abs(b) if signed else b)
    lo = low if low is not None else (-cap if penalty == "boxcox" else -INF)
    hi = INF if high is None else high

    def clip(s):
        return max(lo, min(hi, s))
    if u is None or not math.isfinite(u):
        if math.isfinite(lo) or metric_min is None:
            return lo
        return clip(core(metric_min))
    return clip(core(u))


ERR = dict(direction="lower", anchor=0.0, penalty="boxcox", low=None)
LIN = dict(direction="lower", anchor=0.0, low=-6.0)
BND = dict(direction="higher", anchor=1.0)
UNF = dict(direction="higher", anchor=1.0, low=None, metric_min=0.0)
CAPN = dict(direction="lower", anchor=0.0, penalty="boxcox", low=0.0, high=1.0)
OPEN = dict(direction="higher", anchor=None, low=-2.0, high=2.0)
SGN = dict(direction="higher", anchor=None, low=-2.0, high=2.0, signed=True)
sc_cases = [
    ("ERROR below baseline", 0.5, 2.0, ERR), ("ERROR r=2", 4.0, 2.0, ERR), ("ERROR saturated", 8.0, 2.0, ERR), ("ERROR missing", NAN, 2.0, ERR),
    ("ERROR_LINEAR r=3", 3.0, 1.0, LIN), ("ERROR_LINEAR floor", 9.0, 1.0, LIN), ("ERROR_LINEAR missing", NAN, 1.0, LIN),
    ("BOUNDED worse clips at 0", 0.2, 0.4, BND), ("BOUNDED", 0.7, 0.4, BND),
    ("UNFLOORED worse", 0.2, 0.4, UNF), ("UNFLOORED missing", NAN, 0.4, UNF),
    ("capped_norm negative clips to 1", -0.3, 0.9, CAPN), ("capped_norm worse than baseline clips to 0", 1.2, 0.9, CAPN),
    ("anchorless", 0.9, 0.3, OPEN), ("anchorless high clamp", 9.0, 0.3, OPEN), ("signed baseline", 0.1, -0.2, SGN),
]
add("S02", "score_one under every catalog policy", "4.2",
    {"cases": [[n_, u_, b_] for n_, u_, b_, _ in sc_cases],
     "policies": {"ERROR": ERR, "ERROR_LINEAR": LIN, "BOUNDED": BND, "BOUNDED_UNFLOORED": UNF, "expr_mse_unbiased_capped_norm": CAPN,
                  "UP_OPEN": OPEN, "UP_SIGNED": SGN}},
    {n_: score(u_, b_, **pol) for n_, u_, b_, pol in sc_cases},
    "box-cox tail: s=max(-6, -(r^2-1)/2) for r=u/b>1; unfloored missing value scores (0-b)/(1-b)", 1e-15)
rep = {"pds_cosine": (0.7, 0.5, 0.95), "expr_mse_unbiased_capped_norm": (0.6, 0.99, 0.04), "direction_fidelity_yield_raw": (0.55, 0.51, 0.81),
       "direction_reach_raw": (0.3, 0.07, 0.97), "sig_jaccard": (0.2, 0.03, 0.4), "lfc_nmae": (1.4, 1.0, 0.4)}
pol = {"pds_cosine": UNF, "direction_fidelity_yield_raw": UNF, "direction_reach_raw": UNF, "sig_jaccard": UNF, "lfc_nmae": LIN,
       "expr_mse_unbiased_capped_norm": CAPN}
fr = {m: score(u, b, **dict(pol[m], anchor=r)) for m, (u, b, r) in rep.items()}
add("S03", "from_replicate for the six competition members and their mean", "4.5",
    {"u_b_r": rep}, dict(fr, avg_score=float(np.mean(list(fr.values())))),
    "same policy object with anchor replaced by the measured replicate; linear core (u-b)/(r-b)", 1e-12)
add("S04", "fixed scale low-random_high-1_v10", "4.5",
    {"values": {"expr_mse_unbiased_capped_norm": 1.5, "de_wilcoxon_lfc_nmae": 3.5, "pds_cosine": 0.25,
                "de_wilcoxon_direction_fidelity_yield_raw": 0.75, "de_wilcoxon_direction_reach_raw": 0.2, "de_wilcoxon_sig_jaccard": 0.1}},
    {"expr_mse_unbiased_capped_norm": -0.5, "de_wilcoxon_lfc_nmae": -1.0, "pds_cosine": -0.5,
     "de_wilcoxon_direction_fidelity_yield_raw": 0.5, "de_wilcoxon_direction_reach_raw": 0.2, "de_wilcoxon_sig_jaccard": 0.1,
     "avg_score": (-0.5 - 1.0 - 0.5 + 0.5 + 0.2 + 0.1) / 6},
    "lower metrics 1-u (floors -6 and -1); higher (u-base)/(1-base), floors -1,-1,0,0, all capped at 1", 1e-15)
add("S05", "v1 score: nan -> 0, clip below at 0, mean over scored metrics", "4.2",
    {"user": {"mae": 0.2, "discrimination_score_l1": 0.4, "overlap_at_N": "NaN", "pr_auc": 0.9},
     "base": {"mae": 0.1, "discrimination_score_l1": 0.2, "overlap_at_N": 0.1, "pr_auc": 0.5}},
    {"mae": 0.0, "discrimination_score_l1": 0.25, "overlap_at_N": 0.0, "pr_auc": 0.8, "avg_score": (0 + .25 + 0 + .8) / 4},
    "lower: 1-u/b=-1 -> 0 ; higher (u-b)/(1-b)", 1e-15)
add("S06", "Spearman-Brown ceiling", "4.6", {"split_half": [0.5, 0.0, -0.2, 1.0]}, [2 * .5 / 1.5, NAN, NAN, 1.0],
    "2r/(1+r) only for finite r>0, otherwise NaN", 1e-15)
add("S07", "anchor row over five splits", "4.4", {"values": [0.90, 0.92, 0.91, 0.95, 0.87]},
    {"replicate": 0.91, "replicate_sd": float(np.std([0.90, 0.92, 0.91, 0.95, 0.87])), "replicate_min": 0.87, "replicate_max": 0.95},
    "mean of split aggregates, population sd (ddof=0)", 1e-12)
add("S08", "lfc_nmae replicate estimator: full-data gate and denominator, halves only in the numerator", "4.4",
    {"full_lfc_gate": [2.0] * 5 + [-1.0] * 5, "half_a": [1.5] * 5 + [-1.0] * 5, "half_b": [2.5] * 5 + [-2.0] * 5},
    {"raw": 1.0 / 1.5, "sqrt2": 1.0 / 1.5 / math.sqrt(2)}, "mean|a-b| = (1*5+1*5)/10 = 1 ; mean|full| = 1.5", 1e-15)

# =====================================================================================
# G. Baselines
# =====================================================================================
bulk = {"A": [1.0, 2.0, 9.0], "B": [3.0, 4.0, 1.0], "C": [5.0, 0.0, 2.0], "ctrl": [2.0, 2.0, 2.0]}
gl = ["x", "A", "B"]
prof = [(1 + 3 + 5) / 3, (4 + 0) / 2, (9 + 2) / 2]
add("B01", "generic-response profile: equal weight per perturbation, own gene omitted, control never averaged", "4.3",
    {"pseudobulk_of_raw_matrix": bulk, "genes": gl, "control": "ctrl"}, {"profile": prof, "n_excluded": 2},
    "gene A omits perturbation A, gene B omits perturbation B, C resolves to nothing", 1e-15)
add("B02", "v1 mean baseline averages the CONTROL row too", "4.3", {"pseudobulk": bulk},
    {"as_delta=false": [(1 + 3 + 5 + 2) / 4, (2 + 4 + 0 + 2) / 4, (9 + 1 + 2 + 2) / 4],
     "as_delta=true": [(1 + 3 + 5) / 3 - 2, (2 + 4 + 0) / 3 - 2, (9 + 1 + 2) / 3 - 2]},
    "mean over all labels present in the matrix, control included; as_delta averages (pert-control)", 1e-15)
ctrl = np.array([[2, 0, 4], [4, 4, 0]], float)
pb = ctrl.mean(0)
scale = np.array([pf_ / c if c > 0 else 0.0 for pf_, c in zip(prof, pb)])
gen = PCG64(0)
dr = gen.integers(2, 3) + gen.integers(2, 2)
em = (ctrl[dr] * scale).astype(np.float32)
add("B03", "dispersed emission: resample control cells, scale gene-wise, float32", "4.3",
    {"control_counts": ctrl, "profile": prof, "group_sizes_sorted_labels": [["A", 3], ["B", 2]], "seed": 0},
    {"control_pseudobulk": pb, "scale": scale, "drawn_control_rows": dr, "emitted": em},
    "scale = profile/control_mean (0 where the control mean is 0); rows = default_rng(seed).integers(0,n_ctrl,size) per group in "
    "sorted label order; explicit zeros removed; control rows are copied through unchanged", 1e-6)
assert dr == [int(v) for v in np.concatenate([h for h in (lambda r: [r.integers(0, 2, size=3), r.integers(0, 2, size=2)])(np.random.default_rng(0))])]

doc = {"schema": 1, "tables": {"T1": enc(INPUT_T1)}, "count": len(V), "vectors": V}
with open(os.path.join(HERE, "cell_eval_vectors.json"), "w") as fh:
    json.dump(doc, fh, indent=1, sort_keys=False, allow_nan=False)
print(len(V), "vectors")
for v in V:
    print(v["id"], v["title"])
