#!/usr/bin/python3
"""Hand-checkable reference vectors for virtual-cell benchmark metrics that are NOT in cell-eval.

Every function below was written from the definitions in benchmarks.md (no code of any
benchmark was copied).  Wherever a library routine or an independent closed form exists, the value is
asserted against it before it is written out.

Run:  /usr/bin/python3 make_benchmark_vectors.py     ->  benchmark_vectors.json (next to this file)

JSON: {"schema":1, "vectors":[{id, group, metric, source, variant, inputs, params, expected, tol, note}, ...]}
NaN / +inf are written as the strings "NaN" / "inf".
"""
import itertools, json, math, os
import numpy as np
from scipy import stats
from scipy.spatial.distance import cdist
from scipy.optimize import linear_sum_assignment
from scipy.special import logsumexp
from sklearn import metrics as skm

V = []

def jsonable(x):
    if isinstance(x, dict):
        return {str(k): jsonable(v) for k, v in x.items()}
    if isinstance(x, (list, tuple, np.ndarray)):
        return [jsonable(v) for v in x]
    if isinstance(x, (bool, np.bool_)):
        return bool(x)
    if isinstance(x, (np.integer, int)):
        return int(x)
    if isinstance(x, (np.floating, float)):
        x = float(x)
        return "NaN" if math.isnan(x) else ("inf" if x == math.inf else ("-inf" if x == -math.inf else x))
    return x

def add(id, group, metric, source, inputs, expected, variant="", params=None, tol=1e-12, note=""):
    assert all(v["id"] != id for v in V), id
    V.append(dict(id=id, group=group, metric=metric, source=source, variant=variant, inputs=jsonable(inputs),
                  params=jsonable(params or {}), expected=jsonable(expected), tol=tol, note=note))

def near(a, b, tol=1e-9):
    a, b = np.asarray(a, float), np.asarray(b, float)
    assert np.allclose(a, b, rtol=0, atol=tol, equal_nan=True), (a, b)

A = lambda *x: np.array(x, float)

# --------------------------------------------------------------------------- generic pieces
def pearson(x, y, w=None):
    x, y = np.asarray(x, float), np.asarray(y, float)
    w = np.ones_like(x) if w is None else np.asarray(w, float)
    w = w / w.sum()
    dx, dy = x - (w * x).sum(), y - (w * y).sum()
    sx, sy = (w * dx * dx).sum(), (w * dy * dy).sum()
    if sx == 0 or sy == 0:
        return float("nan")
    return (w * dx * dy).sum() / math.sqrt(sx * sy)

def r2(true, pred, w=None):
    true, pred = np.asarray(true, float), np.asarray(pred, float)
    w = np.ones_like(true) if w is None else np.asarray(w, float)
    m = (w * true).sum() / w.sum()
    res, tot = (w * (true - pred) ** 2).sum(), (w * (true - m) ** 2).sum()
    if tot == 0:                       # scikit-learn convention
        return 1.0 if res == 0 else 0.0
    return 1 - res / tot

def cosine(x, y):
    nx, ny = np.linalg.norm(x), np.linalg.norm(y)
    return float("nan") if nx == 0 or ny == 0 else float(np.dot(x, y) / (nx * ny))

def offdiag_mean(D):
    n = len(D)
    return 0.0 if n < 2 else (D.sum() - np.trace(D)) / (n * (n - 1))

# =========================================================================== 1. ERROR
t, p, c = A(1, 2, 3, 4), A(1, 3, 3, 2), A(1, 2, 1, 2)
e = p - t
exp = dict(mse=1.25, rmse=math.sqrt(1.25), mae=0.75, l2_ahlmann=math.sqrt(5), pertpy_root_mean_squared_error=math.sqrt(5))
near([np.mean(e**2), np.sqrt(np.mean(e**2)), np.mean(abs(e)), np.linalg.norm(e)], list(exp.values())[:4])
add("E01_pointwise_errors", "error", "MSE / RMSE / MAE / L2", "all; pertpy 'root_mean_squared_error' has NO 1/G",
    dict(pred=p, truth=t), exp, note="errors 0,1,0,-2: 5/4, sqrt(5/4), 3/4, sqrt5; pertpy euclidean == its 'root_mean_squared_error'")

score = A(0, -1, 2, 3)
def minmax_w(s, k):
    a = np.abs(np.nan_to_num(s))
    lo, hi = a.min(), a.max()
    if hi == lo:
        return np.zeros_like(a) if hi == 0 else np.ones_like(a)
    return ((a - lo) / (hi - lo)) ** k
exp = {}
for k in (1, 2, 4):
    w = minmax_w(score, k)
    exp[f"wmse_exp{k}"] = float((w / w.sum() * e**2).sum())
near([exp["wmse_exp1"], exp["wmse_exp2"], exp["wmse_exp4"]], [13 / 6, 37 / 14, 325 / 98])
add("E02_wmse", "calibrated", "weighted MSE", "Diversity by Design (exponent 2); scPertEval wmse_exp{1,2,4}",
    dict(pred=p, truth=t, de_score=score), exp, params=dict(weights="minmax(|score|)^k / sum"),
    note="k=2: weights 0,1,4,9 over 14 -> (1*1+9*4)/14 = 37/14")
add("E03_wmse_weight_degenerate", "calibrated", "WMSE weights", "Diversity by Design (first release rule)",
    dict(score_all_equal=A(-2, 2, 2), score_all_zero=A(0, 0, 0), score_with_nan=[float("nan"), 1.0, 2.0]),
    dict(w_all_equal=minmax_w(A(-2, 2, 2), 2), w_all_zero=minmax_w(A(0, 0, 0), 2),
         w_with_nan=minmax_w(A(float("nan"), 1, 2), 2)),
    note="all-zero weights make the metric 0/0: emit NaN; the later CellSimBench code has no guard at all")

# noise-corrected squared error: E||pred - mu||^2 estimated from cells
cells = A(0, 2, 4).reshape(-1, 1); cells = np.hstack([cells, A(1, 1, 4).reshape(-1, 1)])
pr = A(3, 1)
m, s2, n = cells.mean(0), cells.var(0, ddof=1), len(cells)
naive = np.mean((pr - m) ** 2); corr = np.mean((pr - m) ** 2 - s2 / n)
near([naive, corr], [(1 + 1) / 2, ((1 - 4 / 3) + (1 - 1)) / 2])
add("E04_mse_noise_corrected", "error", "unbiased MSE (sampling noise of the observed mean removed)",
    "definition; idea used by the 2026 challenge metric set", dict(pred=pr, truth_cells=cells),
    dict(naive=naive, unbiased=corr), note="subtract s^2/n per gene; the estimate may be negative, do not clip before averaging")

expr_rank = np.array([3, 1, 2, 4])        # rank 1 = highest expressed
order = np.argsort(expr_rank)
cum = np.sqrt(np.cumsum(e[order] ** 2))
near(cum, [1, 1, 1, math.sqrt(5)])
add("E05_cumulative_L2", "error", "cumulative L2 by gene rank", "Ahlmann-Eltze", dict(pred=p, truth=t, gene_rank=expr_rank),
    cum, note="genes visited in order 2,3,1,4 (1-based ids); last entry equals plain L2")

# =========================================================================== 2. CORRELATION
dt, dp = t - c, p - c
near(pearson(dt, dp), 1 / math.sqrt(11)); near(pearson(dt, dp), stats.pearsonr(dt, dp)[0])
add("C01_pearson_delta_control", "correlation", "Pearson delta, control reference", "GEARS/Systema/Ahlmann/TxPert",
    dict(pred=p, truth=t, control_mean=c), pearson(dt, dp), note="= 1/sqrt(11)")

cellsA, cellsB = np.array([[1, 2, 2, 3.]]), np.array([[1, 4, 2, 1.], [1, 5, 2, 0.], [1, 3, 2, 2.]])
o_pert = np.mean([cellsA.mean(0), cellsB.mean(0)], axis=0)
nonctl = np.vstack([cellsA, cellsB]).mean(0)
near(o_pert, [1, 3, 2, 2]); near(nonctl, [1, 3.5, 2, 1.5])
add("C02_reference_profiles", "baseline", "perturbed references", "Systema",
    dict(train_cells=dict(A=cellsA, B=cellsB)),
    dict(O_pert_centroid_mean=o_pert, nonctl_mean_cell_weighted=nonctl),
    note="metric reference averages perturbation centroids with equal weight; the baseline predictor averages cells")
val = pearson(t - o_pert, p - o_pert)
near(val, 0.5 / math.sqrt(3.75))
add("C03_pearson_delta_perturbed", "correlation", "Pearson delta, perturbed-centroid reference", "Systema corr_all_allpert; DbD pearson_deltapert",
    dict(pred=p, truth=t, O_pert=o_pert), val)
add("C04_pearson_delta_degenerate", "correlation", "Pearson delta of the mean baseline", "Systema (NaN) / GEARS, TxPert, cz-benchmarks (0)",
    dict(pred=o_pert, truth=t, O_pert=o_pert), dict(raw=pearson(t - o_pert, o_pert - o_pert), nan_to_zero_policy=0.0),
    note="predicted delta is constant: undefined; the engine must report the policy and the count of undefined rows")
idx = np.array([1, 3, 2])
add("C05_pearson_delta_topk", "correlation", "Pearson delta on a gene subset", "GEARS/Systema top-20 non-dropout DE",
    dict(pred=p, truth=t, control_mean=c, gene_idx=idx), pearson(dt[idx], dp[idx]), params=dict(k=3))

ct, tt, pp = A(.9, .9, .9, .9), A(1.9, .4, .9, 3.9), A(1.9, .9, .4, 1.9)
lfc = lambda m: np.log2(m + .1) - np.log2(ct + .1)
near(lfc(tt), [1, -1, 0, 2]); near(lfc(pp), [1, 0, -1, 1]); near(cosine(lfc(tt), lfc(pp)), 1 / math.sqrt(2))
add("C06_cosine_logfc", "correlation", "cosine of log2 fold changes", "PerturBench",
    dict(pred_mean=pp, truth_mean=tt, control_mean=ct), dict(lfc_truth=lfc(tt), lfc_pred=lfc(pp), cosine=cosine(lfc(tt), lfc(pp))),
    params=dict(pseudocount=0.1, base=2, input="means of log-normalised values"), tol=1e-9, note="= 3/sqrt(18)")
add("C07_cosine_zero_vector", "correlation", "cosine of log2 fold changes", "PerturBench",
    dict(pred_mean=ct, truth_mean=tt, control_mean=ct), float("nan"), note="no-change prediction has zero norm: 0/0")

near(r2(t, p), skm.r2_score(t, p)); near(r2(p, t), skm.r2_score(p, t)); near([r2(t, p), r2(p, t)], [0, 1 - 5 / 2.75])
add("C08_r2_argument_order", "correlation", "coefficient of determination", "correct vs swapped (PerturBench r2_score, TxPert r2)",
    dict(pred=p, truth=t), dict(r2_true_pred=r2(t, p), r2_swapped=r2(p, t)), note="0 and 1-5/2.75")
w = minmax_w(score, 2)
val = r2(t - o_pert, p - o_pert, w); near(val, 1 - 37 / 9.5 * 1.0)
near(val, skm.r2_score(t - o_pert, p - o_pert, sample_weight=w))
add("C09_weighted_r2_delta", "calibrated", "R2_w(delta)", "Diversity by Design", dict(pred=p, truth=t, reference=o_pert, de_score=score),
    val, note="weights 0,1,4,9; weighted truth mean 1.5; SSres 37, SStot 9.5 (both over 14)")
add("C10_r2_constant_truth", "correlation", "R2 degenerate", "scikit-learn rule used by all Python benchmarks",
    dict(truth=A(2, 2, 2), pred_equal=A(2, 2, 2), pred_diff=A(1, 2, 3)),
    dict(equal=r2(A(2, 2, 2), A(2, 2, 2)), different=r2(A(2, 2, 2), A(1, 2, 3))), note="1 if exact, else 0")
val = pearson(dt, dp, w=A(0, 1, 4, 9))
add("C11_weighted_pearson_delta", "calibrated", "weighted Pearson delta", "Vollenweider et al. (family); generic definition",
    dict(pred_delta=dp, truth_delta=dt, weights=A(0, 1, 4, 9)), val)
x, y = A(1, 2, 2, 4, 5), A(2, 1, 3, 3, 5)
near(stats.spearmanr(x, y)[0], pearson(stats.rankdata(x), stats.rankdata(y)))
tau = stats.kendalltau(x, y)[0]
conc = sum(np.sign(x[i] - x[j]) * np.sign(y[i] - y[j]) for i, j in itertools.combinations(range(5), 2))
near(tau, conc / math.sqrt((10 - 1) * (10 - 1)))
add("C12_spearman_kendall_ties", "correlation", "Spearman (average ranks), Kendall tau-b, pertpy kendall distance", "pertpy, cz-benchmarks",
    dict(x=x, y=y), dict(spearman=stats.spearmanr(x, y)[0], kendall_tau_b=tau, pertpy_kendalltau_distance=(1 - tau) * 5 * 4 / 4))

# effect-size concordance over perturbations
yt, yp = A(10, 50, 200, 30, 80), A(20, 40, 120, 30, 100)
ccc = 2 * np.mean((yt - yt.mean()) * (yp - yp.mean())) / (yt.var() + yp.var() + (yt.mean() - yp.mean()) ** 2)
add("C13_effect_size_concordance", "effect-size", "number of DEGs: Spearman, Pearson, MAE, MAPE, CCC", "PerturbArena",
    dict(n_deg_true=yt, n_deg_pred=yp),
    dict(spearman=stats.spearmanr(yt, yp)[0], pearson=pearson(yt, yp), mae=np.mean(abs(yt - yp)),
         mape_percent=np.mean(abs(yt - yp) / yt) * 100, ccc=ccc), tol=1e-10,
    note="rows where either count is 0 are dropped and at least 5 rows are needed in the original (a loophole: predicting no DEG removes the row)")

# =========================================================================== 3. RANK / RETRIEVAL
T = np.array([[0, 0], [3, 0], [0, 4], [3, 4.]])
P = np.array([[1, 0], [0, 0], [3, 2], [3, 4.]])
D = cdist(P, T)                                  # rows: predictions, columns: truths
Np = len(T)
nir = np.array([sum(D[i, j] > D[i, i] for j in range(Np) if j != i) / (Np - 1) for i in range(Np)])
near(nir, [1, 2 / 3, 0, 1])
add("R01_centroid_accuracy_nir", "rank", "centroid accuracy = NIR", "Systema; CellSimBench nir", dict(pred=P, truth=T),
    dict(per_pert=nir, mean=nir.mean()), params=dict(distance="euclidean", ties="fail"),
    note="prediction i against every true centroid; pred 3 ties with truth 1 (sqrt13) and the tie does not count")
pr_rank = np.array([sum(D[j, i] <= D[i, i] for j in range(Np) if j != i) / (Np - 1) for i in range(Np)])
near(pr_rank, [1 / 3, 2 / 3, 1 / 3, 0])
code_rank = np.array([sum(D[j, i] < D[i, i] for j in range(Np) if j != i) / Np for i in range(Np)])
near(code_rank, [1 / 4, 2 / 4, 1 / 4, 0])
add("R02_perturbench_rank", "rank", "rank metric", "PerturBench (paper formula and released code)", dict(pred=P, truth=T),
    dict(paper_per_pert=pr_rank, paper_mean=pr_rank.mean(), code_per_pert=code_rank, code_mean=code_rank.mean()),
    params=dict(distance="euclidean (rmse gives the same order)"),
    note="truth i against every prediction; paper: ties count against, divide by p-1; code: ties broken at random, divide by p (no ties here)")
Pc = np.tile(A(1, 1), (4, 1)); Dc = cdist(Pc, T)
nir_c = np.array([sum(Dc[i, j] > Dc[i, i] for j in range(4) if j != i) / 3 for i in range(4)])
pr_c = np.array([sum(Dc[j, i] <= Dc[i, i] for j in range(4) if j != i) / 3 for i in range(4)])
near(nir_c, [1, 2 / 3, 1 / 3, 0]); near(pr_c, 1)
add("R03_rank_collapsed_model", "rank", "rank metrics for a constant prediction", "all", dict(pred=Pc, truth=T),
    dict(nir_per_pert=nir_c, nir_mean=nir_c.mean(), perturbench_paper_mean=pr_c.mean(), perturbench_code_expectation=(4 - 1) / (2 * 4)),
    note="NIR averages exactly 0.5; the paper's rank is 1.0 (all ties lose); the code gives (p-1)/(2p) in expectation")
Pd = np.tile(A(1.5, 2), (4, 1))
add("R04_rank_equidistant", "rank", "NIR when every truth is equally far", "Systema", dict(pred=Pd, truth=T),
    dict(nir_mean=0.0, midrank_policy=0.5), note="strict inequality gives 0; a mid-rank tie rule would give 0.5")

TD = np.array([[2, 0, 0, 1.], [0, 2, 1, 0.], [1, 1, 2, -1.]])
q = A(1.5, 0.5, 0.2, 0.6)
sims = np.array([pearson(q, r) for r in TD])
asc = {i: int(sum(sims[j] < sims[i] for j in range(3))) for i in range(3)}
add("R05_txpert_retrieval", "rank", "normed retrieval", "TxPert", dict(query_pred_delta=q, truth_deltas=TD, target_row=0),
    dict(similarities=sims, score=asc[0] / 3, max_possible=2 / 3), tol=1e-10,
    note="0-based position in ascending Pearson similarity divided by N, so a perfect hit scores (N-1)/N, not 1")

# target-gene exclusion (Kernfeld)
Tt = np.array([[-3, 0, 0, 1, 0], [0, -3, 0, 0, 1], [0, 0, -3, 1, 1.]])
Pt = np.array([[-3, 0, 0, 0, 1], [0, -3, 0, 0, 1], [0, 0, -3, 0, 1.]])     # target genes known, rest constant
def retr(excl):
    out = []
    for i in range(3):
        hit = 0
        for j in range(3):
            if j == i: continue
            keep = [g for g in range(5) if not (excl and g in (i, j))]
            hit += np.linalg.norm(Pt[i, keep] - Tt[i, keep]) < np.linalg.norm(Pt[i, keep] - Tt[j, keep])
        out.append(hit / 2)
    return out
near(retr(False), [1, 1, 1])
add("R06_retrieval_target_gene_excluded", "rank", "retrieval without the targeted genes", "Kernfeld notes; Wong/Csendes point",
    dict(pred_delta=Pt, truth_delta=Tt, target_gene_of_row=[0, 1, 2]),
    dict(all_genes=retr(False), targets_excluded=retr(True)),
    note="for the pair (i,j) drop genes i and j; a model that only copies its own target knock-down looks perfect on all genes")

S = np.array([[1, 0], [0, 1], [3, 4.]]); avg = S.mean(0)
cs = np.array([cosine(s, avg) for s in S]); pw = np.array([cosine(S[i], S[j]) for i, j in itertools.combinations(range(3), 2)])
near(pw, [0, .6, .8])
add("R07_systematic_variation", "diversity", "systematic variation of a dataset", "Systema", dict(shifts_vs_control=S),
    dict(cosine_to_average_shift=cs, mean=cs.mean(), pairwise_cosine=pw, pairwise_mean=pw.mean(), norms=np.linalg.norm(S, axis=1)), tol=1e-10)

# =========================================================================== 4. DE OVERLAP / DIRECTION
td, pd_ = A(5, -4, 0.5, 3, -0.2, 1), A(4, 0.1, 2, -3, 0.3, 0.2)
top = lambda v, k: set(np.argsort(-np.abs(v), kind="stable")[:k].tolist())
a3, b3 = top(td, 3), top(pd_, 3)
assert a3 == {0, 1, 3} and b3 == {0, 2, 3}
add("D01_topk_overlap_family", "de-overlap", "Jaccard@k, overlap@k, recall@k", "Systema Jaccard@20; scPerturBench Common-DEGs; PerturBench DEG recall; PerturbArena overlap",
    dict(truth_score=td, pred_score=pd_), dict(jaccard=len(a3 & b3) / len(a3 | b3), overlap_over_k=len(a3 & b3) / 3, truth_set=sorted(a3), pred_set=sorted(b3)),
    params=dict(k=3, order="descending |score|; ties by gene index"), note="2/4 and 2/3; recall@k equals overlap/k because both lists have length k")
sig = A(5, -4, 0, 3, 0, 0)
add("D02_overlap_small_truth", "de-overlap", "overlap@N with fewer than 10 true DEGs", "PerturbArena", dict(truth_sig_lfc=sig, pred_lfc=pd_),
    dict(n_true=3, N_used=3, overlap=2 / 3), params=dict(N_requested=10, rule="if #true significant < 10 use N = #true"))
tdir, pdir = A(1, -1, 0, 2, -3), A(2, 1, 1, 0, 0)
diff = np.abs(np.sign(pdir) - np.sign(tdir))
near([np.mean(diff == 0), np.mean(diff == 2), np.mean(diff == 1)], [1 / 5, 1 / 5, 3 / 5])
near(np.mean((pdir > 0) == (tdir > 0)), 2 / 5)
add("D03_direction", "de-overlap", "direction agreement", "GEARS (three-way) vs PerturbArena (binary >0)", dict(truth_delta=tdir, pred_delta=pdir),
    dict(gears_correct=1 / 5, gears_opposite=1 / 5, gears_zero_mismatch=3 / 5, perturbarena_accuracy=2 / 5),
    note="the two definitions disagree as soon as an exact zero appears")
lab, sc = np.array([1, 0, 1, 1, 0]), A(.9, .8, .7, .6, .5)
ap = (1 + 2 / 3 + 3 / 4) / 3; auc = 4 / 6
near(ap, skm.average_precision_score(lab, sc)); near(auc, skm.roc_auc_score(lab, sc))
sct = A(.9, .7, .7, .6, .5)
add("D04_de_auprc_auroc", "de-overlap", "DE AUPRC (average precision, step) and AUROC", "scPertEval; Ahlmann uses a trapezoid over TPR/FDP instead",
    dict(labels=lab, scores=sc, scores_with_tie=sct),
    dict(auprc=ap, auroc=auc, auprc_tie=skm.average_precision_score(lab, sct), auroc_tie=skm.roc_auc_score(lab, sct)),
    note="a tied block enters as one threshold; one-class labels give NaN")
near(skm.average_precision_score(lab, sct), 1 / 3 * 1 + 1 / 3 * (2 / 3) + 1 / 3 * (3 / 4)); near(skm.roc_auc_score(lab, sct), 4.5 / 6)

# GEARS in-range / sigma
tc = np.array([[0, 1, 0.], [2, 3, 0.], [4, 5, 0.], [6, 7, 0.]]); pm = A(2.2, 7.5, 0.4)
mn, mx, mu, sd = tc.min(0), tc.max(0), tc.mean(0), tc.std(0)
keep = ~((mn == 0) & (mx == 0))
qf = lambda a: np.quantile(tc, a, axis=0)
inr = lambda lo, hi: np.mean(((pm >= lo) & (pm <= hi))[keep])
sg = np.abs(pm - mu)[sd > 0] / sd[sd > 0]
add("D05_gears_in_range", "in-range", "fraction of genes inside the true cell range / quantiles; sigma distance", "GEARS non_dropout_analysis",
    dict(truth_cells=tc, pred_mean=pm),
    dict(frac_in_range=inr(mn, mx), frac_25_75=inr(qf(.25), qf(.75)), frac_40_60=inr(qf(.4), qf(.6)), frac_45_55=inr(qf(.45), qf(.55)),
         mean_sigma=sg.mean(), frac_sigma_below_1=np.mean(~(sg > 1)), frac_sigma_below_2=np.mean(~(sg > 2))),
    params=dict(quantile="linear interpolation", std_ddof=0), tol=1e-10, note="gene 3 is zero in every cell and is dropped")

# genetic interaction (Ahlmann)
ab, a_, b_, c0 = A(3, 1, 0, 2), A(1, 1, 0.5, 1), A(1, 0.2, 0.5, 0), A(0, 0, 1, 0)
gi = ab - (a_ + b_ - c0); near(gi, [1, -.2, 0, 1])
obs = A(0.5, -0.3, 0.0, 0.3, -0.1, 0.25); rk = A(2.0, 1.5, -1.2, 0.9, 0.1, 0.0)
lo_, hi_ = -0.2049, 0.1948
o = np.argsort(-rk)           # positive side: predicted minus additive, largest first
tp = np.cumsum(obs[o] > hi_); fp = np.cumsum(obs[o] < hi_)
add("D06_genetic_interaction", "de-overlap", "deviation from additivity; TPR / FDP curve", "Ahlmann-Eltze",
    dict(double=ab, single_a=a_, single_b=b_, control=c0, observed_minus_additive=obs, predicted_minus_additive=rk),
    dict(interaction=gi, tpr=tp / (obs > hi_).sum(), fdp=fp / np.arange(1, len(o) + 1)), params=dict(upper=hi_, lower=lo_),
    note="additive expectation a+b-control; thresholds are the paper's 5% local-FDR cut-offs on Norman")

# GEARS GI scores on an exactly linear double
s1, s2 = A(1, 0, 2, -1), A(0, 2, 1, 1); db = 2 * s1 + .5 * s2
def dcor(x, y):
    def cen(v):
        M = np.abs(v[:, None] - v[None]); return M - M.mean(0) - M.mean(1)[:, None] + M.mean()
    a, b = cen(x), cen(y)
    v = math.sqrt((a * a).mean() * (b * b).mean())
    return 0.0 if v == 0 else math.sqrt(max((a * b).mean(), 0) / v)
coef = np.linalg.lstsq(np.c_[s1, s2], db, rcond=None)[0]; near(coef, [2, .5])
d1, d2 = dcor(s1, db), dcor(s2, db)
add("D07_gears_gi_scores", "de-overlap", "GI magnitude, dominance, model fit, equality of contribution", "GEARS get_coeffs",
    dict(single1_delta=s1, single2_delta=s2, double_delta=db),
    dict(c1=2.0, c2=.5, magnitude=math.sqrt(4.25), dominance=math.log10(4), corr_fit=1.0, dcor_first=d1, dcor_second=d2,
         dcor_singles=dcor(s1, s2), equality=min(d1, d2) / max(d1, d2)), tol=1e-9,
    note="the fit is exact, so any robust regression (Theil-Sen, no intercept) returns the same coefficients")

pmn, cmn, de_ord = A(0, 1, 0, 2, 0, 3), A(1, 1, 0, 0, 0, 2), [0, 5, 2, 3, 4, 1]
nz = [g for g in range(6) if pmn[g] != 0]; nd = sorted(set(nz) | {g for g in range(6) if pmn[g] == 0 and cmn[g] == 0})
topnd = [g for g in de_ord if g in nd][:3]; topnz = [g for g in de_ord if g in nz][:3]
assert nz == [1, 3, 5] and nd == [1, 2, 3, 4, 5] and topnd == [5, 2, 3] and topnz == [5, 3, 1]
add("D08_gears_non_dropout", "de-overlap", "non-zero / non-dropout gene lists and the first k DE genes in them", "GEARS",
    dict(pert_mean=pmn, control_mean=cmn, de_order=de_ord), dict(non_zero=nz, non_dropout=nd, top_non_dropout=topnd, top_non_zero=topnz), params=dict(k=3),
    note="only genes silent in the perturbed but expressed in the control cells are dropped (gene 0): a complete knock-out target vanishes from the list")
pt, pc, lf = A(2, 1, .1, 4), A(1, 2, .3, 3.9), A(1.2, -.8, .1, 1.5)
eff = np.log((pt + 1e-8) / (pc + 1e-8))
near([stats.spearmanr(eff, lf)[0], stats.spearmanr(pt - pc, lf)[0]], [.6, .8])
add("C14_cz_effect_spearman", "correlation", "Spearman of predicted effect with true log fold change on masked DE genes", "cz-benchmarks",
    dict(pred_treated_mean=pt, pred_control_mean=pc, true_lfc=lf), dict(effect_ratio=eff, spearman_ratio=stats.spearmanr(eff, lf)[0], spearman_difference=stats.spearmanr(pt - pc, lf)[0]),
    params=dict(eps=1e-8), tol=1e-10, note="NaN becomes 0 in the original; difference is the fall-back when values are not positive")

# =========================================================================== 5. DISTRIBUTIONAL
def estat(X, Y, power=1, unbiased=False):
    dxy, dxx, dyy = (cdist(a, b) ** power for a, b in ((X, Y), (X, X), (Y, Y)))
    m = offdiag_mean if unbiased else np.mean
    return 2 * dxy.mean() - m(dxx) - m(dyy)
X, Y = A(0, 2).reshape(-1, 1), A(1, 3, 5).reshape(-1, 1)
ed = dict(euclid_U=estat(X, Y, 1, True), euclid_V=estat(X, Y, 1), sq_V=estat(X, Y, 2), sq_U=estat(X, Y, 2, True))
near(list(ed.values()), [0, 28 / 6 - 1 - 16 / 9, 8, 92 / 6 - 12])
near(ed["sq_V"], 2 * (X.mean() - Y.mean()) ** 2)
near(ed["sq_U"], 2 * (X.mean() - Y.mean()) ** 2 - 2 * X.var(ddof=1) / 2 - 2 * Y.var(ddof=1) / 3)
add("S01_energy_distance_variants", "distributional", "E-distance, four variants",
    "euclid_U: pertpy call, scPertEval; euclid_V: pertpy precomputed/DistanceTest, PerturBench MMD kernel; sq_V: CellFlow, scPerturb edist/etest; sq_U: scPerturb with sample correction, PerturBench energy",
    dict(X=X, Y=Y), ed, note="sq_V equals 2*||mean difference||^2 and so sees nothing but the means; sq_U = that minus 2 tr(Sx)/nx minus 2 tr(Sy)/ny")
X2, Y2 = A(0, 0, 3, 4).reshape(2, 2), A(0, 0, 0, 4, 3, 0).reshape(3, 2)
ed2 = dict(euclid_U=estat(X2, Y2, 1, True), euclid_V=estat(X2, Y2, 1), sq_V=estat(X2, Y2, 2), sq_U=estat(X2, Y2, 2, True))
near(ed2["euclid_U"], 2 * (0 + 4 + 3 + 5 + 3 + 4) / 6 - 5 - (4 + 3 + 5) / 3)
add("S02_energy_distance_2d", "distributional", "E-distance, four variants, 3-4-5 triangles", "as S01", dict(X=X2, Y=Y2), ed2)
one = A(2).reshape(1, 1)
add("S03_energy_distance_single_cell", "distributional", "E-distance with one cell in a group", "pertpy (within term of a singleton = 0)",
    dict(X=one, Y=Y), dict(euclid_U=2 * np.abs(2 - Y).mean() - 0 - 8 / 3, recommended="NaN"),
    note="a U-statistic within term needs n>=2; pertpy silently uses 0")

rbf = lambda a, b, g: np.exp(-g * cdist(a, b) ** 2)
def mmd_v(X, Y, K): return K(X, X).mean() + K(Y, Y).mean() - 2 * K(X, Y).mean()
def mmd_u(X, Y, K): return offdiag_mean(K(X, X)) + offdiag_mean(K(Y, Y)) - 2 * K(X, Y).mean()
lin = mmd_v(X, Y, lambda a, b: a @ b.T); near(lin, 4)
g1 = mmd_v(X, Y, lambda a, b: rbf(a, b, 1.0))
near(g1, (2 + 2 * math.exp(-4)) / 4 + (3 + 4 * math.exp(-4) + 2 * math.exp(-16)) / 9 - 2 * (3 * math.exp(-1) + 2 * math.exp(-9) + math.exp(-25)) / 6)
poly = mmd_v(X, Y, lambda a, b: (a @ b.T) ** 2)
gam = [2, 1, .5, .1, .01, .005]
mg = float(np.mean([mmd_v(X, Y, lambda a, b: rbf(a, b, g)) for g in gam]))
Z = np.vstack([X, Y]); dd = cdist(Z, Z)[np.triu_indices(5, 1)]; med = np.median(dd); near(med, 2)
um = mmd_u(X, Y, lambda a, b: rbf(a, b, 1 / (2 * med**2)))
add("S04_mmd_variants", "distributional", "MMD^2, five variants", "pertpy linear/rbf(gamma 1)/poly2; CellFlow multi-gamma V-statistic; scPertEval unbiased median-bandwidth",
    dict(X=X, Y=Y), dict(linear=lin, rbf_gamma1_V=g1, poly2_V=poly, cellflow_multi_gamma_V=mg, median_sigma=med, unbiased_median=um),
    params=dict(cellflow_gammas=gam, median="off-diagonal pairwise distances of the pooled cells", gamma="1/(2 sigma^2)"), tol=1e-12,
    note="linear = squared distance of means; the unbiased one can be negative")
add("S05_mmd_energy_kernel", "distributional", "MMD^2 with kernel -||x-y||", "PerturBench / CellBench", dict(X=X, Y=Y), ed["euclid_V"],
    note="identical to the Euclidean V-statistic E-distance")

Xg, Yg = np.array([[0, 1.], [2, 1.]]), np.array([[1, 1.], [3, 1.], [5, 4.]])
w1 = [stats.wasserstein_distance(Xg[:, j], Yg[:, j]) for j in range(2)]; near(w1, [2, 1])
mm = [mmd_v(Xg[:, [j]], Yg[:, [j]], lambda a, b: rbf(a, b, 1.0)) for j in range(2)]
add("S06_per_gene_w1_mmd", "distributional", "mean over genes of 1-D Wasserstein-1 and of 1-D RBF(gamma=1) MMD^2", "PerturbArena", dict(X=Xg, Y=Yg),
    dict(w1_per_gene=w1, w1=np.mean(w1), mmd_per_gene=mm, mmd=np.mean(mm)), note="unequal sample sizes; gene 1 is a pure shift of +2 in mean")
Xa, Ya = A(0, 0, 1, 0, 2, 2).reshape(3, 2), A(0, 1, 2, 1, 1, 2.5).reshape(3, 2)
C2 = cdist(Xa, Ya) ** 2; ri, ci = linear_sum_assignment(C2)
best = min(sum(C2[i, s[i]] for i in range(3)) for s in itertools.permutations(range(3)))
near(C2[ri, ci].sum(), best)
add("S07_exact_w2_equal_n", "distributional", "exact W2 by assignment (equal sizes)", "definition; reference for Sinkhorn", dict(X=Xa, Y=Ya),
    dict(w2_squared=best / 3, w2=math.sqrt(best / 3)))

def sinkhorn(X, Y, eps, cost, iters=20000):
    C = cost(X, Y); n, m_ = C.shape
    la, lb = -math.log(n), -math.log(m_); f, g = np.zeros(n), np.zeros(m_)
    if X is Y:                                   # symmetric problem: averaged fixed point converges fast
        for _ in range(iters):
            f0 = f
            f = .5 * (f - eps * logsumexp((f[None] - C) / eps + lb, axis=1))
            if np.abs(f - f0).max() < 1e-15: break
        g = f
    for _ in range(0 if X is Y else iters):
        f0 = f
        f = -eps * logsumexp((g[None] - C) / eps + lb, axis=1)
        g = -eps * logsumexp((f[:, None] - C) / eps + la, axis=0)
        if np.abs(f - f0).max() < 1e-15: break
    Pm = np.exp((f[:, None] + g[None] - C) / eps + la + lb)
    kl = (Pm * np.log(Pm / np.exp(la + lb))).sum()
    obj = (Pm * C).sum() + eps * kl
    near(obj, f.mean() + g.mean(), 1e-8); near(Pm.sum(1), 1 / n, 1e-9)
    return dict(reg=obj, transport=(Pm * C).sum(), plan=Pm)
sq = lambda a, b: cdist(a, b) ** 2
U = A(0, 1).reshape(-1, 1); r = sinkhorn(U, U, 1.0, sq)
p_ = .5 / (1 + math.exp(-1)); q_ = .5 - p_
near(r["reg"], 2 * q_ + 2 * p_ * math.log(4 * p_) + 2 * q_ * math.log(4 * q_), 1e-10)
add("S08_sinkhorn_closed_form", "distributional", "entropic OT cost  <P,C> + eps*KL(P || a b^T)", "OTT reg_ot_cost (pertpy, CellFlow)",
    dict(X=U, Y=U), dict(plan=r["plan"], transport=2 * q_, reg_ot_cost=r["reg"]), params=dict(eps=1.0, cost="squared euclidean"), tol=1e-9,
    note="2x2 closed form: diagonal mass 0.5/(1+e^-1); note the self cost is not zero")
exp = {}
for eps in (1.0, 10.0, 100.0):
    exp[f"eps{int(eps)}"] = sinkhorn(Xa, Ya, eps, sq)["reg"] - .5 * sinkhorn(Xa, Xa, eps, sq)["reg"] - .5 * sinkhorn(Ya, Ya, eps, sq)["reg"]
add("S09_sinkhorn_divergence", "distributional", "debiased Sinkhorn divergence, squared Euclidean cost", "CellFlow (eps 1, 10, 100)",
    dict(X=Xa, Y=Ya), exp, params=dict(formula="OT(x,y) - OT(x,x)/2 - OT(y,y)/2"), tol=1e-8)
half = lambda a, b: cdist(a, b) ** 2 / 2
sg2 = sinkhorn(Xa, Ya, .25, half)["reg"] - .5 * sinkhorn(Xa, Xa, .25, half)["reg"] - .5 * sinkhorn(Ya, Ya, .25, half)["reg"]
add("S10_sinkhorn_w2_geomloss", "distributional", "sqrt(2 S) with cost ||x-y||^2/2 and eps = blur^2", "scPertEval sinkhorn_w2 (geomloss p=2)",
    dict(X=Xa, Y=Ya), dict(S=sg2, w2=math.sqrt(2 * sg2)), params=dict(blur=0.5), tol=1e-7, note="blur 0.5 here so that convergence is quick; the benchmark uses 0.05")

m1, s_1, m2, s_2 = Xg.mean(0), Xg.std(0) + 1e-8, Yg.mean(0), Yg.std(0) + 1e-8
kl = lambda ma, sa, mb, sb: np.log(sb / sa) + (sa**2 + (ma - mb) ** 2) / (2 * sb**2) - .5
Xk, Yk = A(0, 2, 1, 3).reshape(2, 2), A(1, 1, 5, 5).reshape(2, 2)
k1, k2, k3, k4 = Xk.mean(0), Xk.std(0) + 1e-8, Yk.mean(0), Yk.std(0) + 1e-8
sk = np.mean(kl(k1, k2, k3, k4) + kl(k3, k4, k1, k2))
tw = np.mean(np.abs(k1 - k3) / np.sqrt((Xk.var(0, ddof=1) + 1e-8) / 2 + (Yk.var(0, ddof=1) + 1e-8) / 2))
ks = np.mean([stats.ks_2samp(Xk[:, j], Yk[:, j]).statistic for j in range(2)])
add("S11_per_gene_tests", "distributional", "symmetric Gaussian KL, mean |Welch t|, mean KS statistic", "pertpy sym_kldiv/t_test/ks_test; scPerturBench (reports log2(kl+1))",
    dict(X=Xk, Y=Yk), dict(sym_kl=sk, sym_kl_log2p1=math.log2(sk + 1), welch_t=tw, ks=ks), params=dict(kl_std_ddof=0, eps=1e-8), tol=1e-9)
mp = cdist(X2, Y2).mean(); near(mp, 19 / 6)
add("S12_mean_pairwise", "distributional", "mean pairwise distance", "pertpy", dict(X=X2, Y=Y2), mp, note="(0+4+3+5+3+4)/6")

# E-test, exact enumeration
Xe, Ye = A(0, 1, 2).reshape(-1, 1), A(10, 11, 12).reshape(-1, 1); Ze = np.vstack([Xe, Ye])
obs_e = estat(Xe, Ye, 2)
perm = [estat(Ze[list(s)], Ze[[i for i in range(6) if i not in s]], 2) for s in itertools.combinations(range(6), 3)]
ge, gt = sum(v >= obs_e - 1e-12 for v in perm), sum(v > obs_e + 1e-12 for v in perm)
assert (len(perm), ge, gt) == (20, 2, 0)
add("S13_etest_exact", "distributional", "permutation E-test (all 20 splits)", "scPerturb etest / pertpy DistanceTest; recommended rule",
    dict(X=Xe, Y=Ye), dict(observed=obs_e, n_perm=20, n_ge=2, n_gt=0, p_exact=2 / 20, p_pertpy_style=max(1, gt) / 20, p_add_one=(1 + ge) / (1 + 20)),
    note="statistic: squared Euclidean V-statistic; strict '>' halves the p-value here because of the mirror split")
pv = A(.01, .04, .03)
def holm_sidak(p):
    o = np.argsort(p); n = len(p); adj = np.empty(n); run = 0
    for r_, i in enumerate(o):
        run = max(run, 1 - (1 - p[i]) ** (n - r_)); adj[i] = min(run, 1)
    return adj
near(holm_sidak(pv), [1 - .99**3, 1 - .97**2, 1 - .97**2])
add("S14_holm_sidak", "distributional", "Holm-Sidak adjusted p", "scPerturb, pertpy", dict(p=pv), holm_sidak(pv))

# =========================================================================== 6. CALIBRATED / REFERENCE-SCALED
def drf(pos, neg, perfect, higher):
    d = (pos - neg) / (perfect - neg + 1e-6) if higher else (neg - pos) / (neg + 1e-6)
    return max(-1.0, min(1.0, d))
add("K01_drf", "calibrated", "dynamic range fraction", "Miller et al. / CellSimBench", 
    dict(higher_better=dict(pos=[.8, .2, -3.0], neg=[.4, .4, 0.0], perfect=1.0), lower_better=dict(pos=[.5, 3.0], neg=[2.0, 1.0])),
    dict(higher_better=[drf(a, b, 1, True) for a, b in ((.8, .4), (.2, .4), (-3., 0.))], lower_better=[drf(.5, 2., 0, False), drf(3., 1., 0, False)]),
    params=dict(eps=1e-6, clip=[-1, 1]), note="the median over perturbations is reported; scPertEval returns NaN when the negative control is beyond 'perfect'")
pos, neg = A(.9, .5, .2, .7), A(.1, .5, .3, .4)
posn, negn = A(.9, float("nan"), .8), A(.1, .2, float("nan"))
add("K02_bds", "calibrated", "bound discrimination score", "Vollenweider (SBB); scPertEval", dict(pos_control=pos, neg_control=neg, pos_with_nan=posn, neg_with_nan=negn),
    dict(bds=float(np.mean(pos > neg)), bds_nan_counts_as_loss=float(np.mean(posn > negn)), bds_nan_dropped=1.0), params=dict(higher_better=True),
    note="fraction of perturbations where the positive control strictly beats the negative one: 2/4; with NaN: scPertEval 1/3, dropping rows 1/1")
padj, td_, mean_ = [0.0, .5, 1.0, float("nan")], A(4, 4, 4, 4), A(0, 0, 0, 0)
alpha = np.nan_to_num(1 - np.array(padj), nan=0.0)
add("K03_interpolated_duplicate", "calibrated", "interpolated technical duplicate", "Miller et al.; scPertEval", dict(tech_dup=td_, train_mean=mean_, p_adj=padj),
    alpha * td_ + (1 - alpha) * mean_, note="alpha = 1 - p_adj (NaN -> 0)")
u, b, r_ = A(.5, .2, .9), .3, .8
add("K04_baseline_replicate_scaling", "calibrated", "(u-b)/(r-b)", "2026 challenge score; same idea as DRF on models", dict(model=u, baseline=b, replicate=r_),
    (u - b) / (r_ - b), note="0 = reference baseline, 1 = replicate; not clipped; undefined when r is not better than b")
add("K05_spearman_brown", "calibrated", "split-half reliability and noise ceiling", "definition; used with split-half controls",
    dict(r_half=[0.5, 0.0, 0.9], r_observed=[.4, .1, .8]),
    dict(r_full=[2 * x / (1 + x) for x in (.5, 0., .9)], ceiling_sqrt=[math.sqrt(2 * x / (1 + x)) for x in (.5, 0., .9)],
         disattenuated=[.4 / math.sqrt(2 * .5 / 1.5), float("nan"), .8 / math.sqrt(1.8 / 1.9)]),
    note="zero reliability makes the corrected value undefined")
d0, db_ = A(10, 10, 5, 0), A(1, 8, 6, 0)
with np.errstate(invalid="ignore"): sat = (d0 - db_) / d0
add("K06_baseline_saturation", "effect-size", "fraction of the control-bounded range captured by a simple baseline", "Baseline Saturation (OpenReview U5Gq071xcI), as understood",
    dict(dist_control_to_truth=d0, dist_baseline_to_truth=db_), sat, note="negative when the baseline is worse than no change; 0/0 -> NaN")
degs = [0, 3, 5, 5, 20, 40, 41, 90, 200, 500, 700, 900]
nq = 4; o = sorted(range(12), key=lambda i: degs[i]); bins = [0] * 12
for pos_, i in enumerate(o): bins[i] = min(pos_ * nq // 12, nq - 1)
add("K07_deg_count_bins", "effect-size", "equal-count strength strata", "CellSimBench DEG quantiles (10 bins there)", dict(n_deg=degs), bins, params=dict(n_bins=4),
    note="bin = floor(position*nbins/n) after a stable sort; ties may straddle bins")

w4 = minmax_w(score, 2)
add("K10_effective_gene_count", "calibrated", "effective number of genes behind a weighted score", "scPertEval benchmark notebook", dict(de_score=score),
    dict(exp1=float(minmax_w(score, 1).sum() / minmax_w(score, 1).max()), exp2=float(w4.sum() / w4.max())), params=dict(formula="sum(w)/max(w)"), note="exp 2: (1+4+9)/9 = 14/9")
near(w4.sum() / w4.max(), 14 / 9)

# scPerturBench aggregation: 3 methods x (cor up, mse down, edist down, deg up)
raw = dict(cor=A(.9, .5, .1), mse=A(.1, .3, .5), edist=A(1, 2, 5), deg=A(.4, .6, .4))
scl = lambda v: 1 - (v - v.min()) / (v.max() - v.min())
scm = np.c_[raw["cor"], scl(raw["mse"]), scl(raw["edist"]), raw["deg"]]
mr = lambda v: stats.rankdata(v, method="min")
rk_ = np.c_[mr(-raw["cor"]), mr(raw["mse"]), mr(raw["edist"]), mr(-raw["deg"])]
assert rk_[:, 3].tolist() == [2, 1, 2]
add("K08_scperturbench_aggregate", "aggregate", "ac_score, ac_rank, Rank within one condition", "scPerturBench", raw,
    dict(ac_score=scm.mean(1), ac_rank=rk_.mean(1), Rank=mr(rk_.mean(1))),
    note="distances are min-max reversed over the compared methods, so the score depends on which methods take part; tied metrics share the smallest rank (checked on the published CSVs)")
sp, ms = np.arange(8) / 10, A(.40, .41, .42, .44, .47, .50, .56, .74)
auspc = float(np.trapz(ms, sp)); near(auspc, .1 * (ms.sum() - .5 * (ms[0] + ms[-1])))
add("K09_auspc", "aggregate", "area under the SPECTRA performance curve and mean SE", "PertEval-scFM", dict(sparsification=sp, mse=ms, replicates_last=[.70, .74, .78]),
    dict(auspc=auspc, se_last=float(np.std([.70, .74, .78], ddof=1) / math.sqrt(3))), tol=1e-10,
    note="trapezoid over s=0..0.7; lower is better; ddof of the SE is the usual sample one")

# =========================================================================== 7. DIVERSITY / MODE COLLAPSE / SET LEVEL
Pv, Tv = np.array([[1, 0, 1], [1, .5, 1], [1, 1, 1.]]), np.array([[0, 0, 3], [2, 1, 1], [4, 2, 2.]])
add("M01_across_perturbation_variance", "diversity", "per-gene variance across perturbation means", "Diversity by Design / CellSimBench variance analyser",
    dict(pred=Pv, truth=Tv), dict(pred_var=Pv.var(0), truth_var=Tv.var(0), ratio_of_sums=Pv.var(0).sum() / Tv.var(0).sum()), params=dict(ddof=0), tol=1e-12,
    note="ratio_of_sums is our summary (1 = as diverse as truth, 0 = collapsed); the benchmark only plots the sorted curves")
dP = Pv - Pv.mean(0); ev = np.linalg.eigvalsh(dP @ dP.T); ev = ev[ev > 1e-12] / ev[ev > 1e-12].sum()
dT = Tv - Tv.mean(0); et = np.linalg.eigvalsh(dT @ dT.T); et = et[et > 1e-12] / et[et > 1e-12].sum()
add("M02_effective_rank", "diversity", "effective rank of the centred prediction matrix exp(H(eigenvalues))", "own diagnostic (not in a benchmark)",
    dict(pred=Pv, truth=Tv), dict(pred=float(np.exp(-(ev * np.log(ev)).sum())), truth=float(np.exp(-(et * np.log(et)).sum()))), tol=1e-9,
    note="predictions vary along one gene only -> exactly 1")
genes = ["HBG2"] * 5 + ["HBZ"] * 3 + ["A", "B"]
add("M03_top_hit_concentration", "diversity", "share of the top-N predicted interactions held by the k most frequent genes", "Ahlmann-Eltze diagnostic (N=100, k=6)",
    dict(top_hits=genes), dict(top1=5, top2=8, share_top2=0.8), params=dict(N=10))
lab_ = np.array([1, 1, 0, 0, 0])
proto1, proto0 = A(2, 2), A(0, 0); preds = np.array([[2, 1], [1, .9], [0, 0], [1.5, 1], [1, 1.1]])
s_ = -((preds - proto1) ** 2).mean(1) + ((preds - proto0) ** 2).mean(1)
near(skm.roc_auc_score(lab_, s_), 3 / 6 + 1 / 6)
add("M04_phenotype_auc", "set-level", "phenotype separation ROC-AUC by prototype distance", "Systema", dict(pred=preds, prototype1=proto1, prototype0=proto0, label=lab_),
    dict(score=s_, auc=skm.roc_auc_score(lab_, s_)), tol=1e-10, note="score = -MSE(pred, prototype1) + MSE(pred, prototype0)")
row, col = np.repeat([0., 1, 2], 3), np.tile([0., 1, 2], 3)
inter = A(1, -1, 0, -1, 1, 0, 0, 0, 0)
tgt, prd = row * 2 + col + inter, row + 3 * col + .5 * inter + A(0, 0, 0, 0, 0, .3, 0, -.3, 0)
Xd = np.c_[np.ones(9), row, col]
res = lambda v: v - Xd @ np.linalg.lstsq(Xd, v, rcond=None)[0]
add("M05_bias_detector", "correlation", "partial correlation given context and perturbation main effects", "Turbine DrugKOPred bias detector",
    dict(target=tgt, pred=prd, context_bias=row, pert_bias=col), dict(partial_r=pearson(res(tgt), res(prd)), raw_r=pearson(tgt, prd)), tol=1e-10,
    note="OLS of both vectors on (1, context bias, perturbation bias), then Pearson of residuals; 0 when n<2 or no variance")
xp, xc, xq = A(3, 3).reshape(1, 2), A(0, 0).reshape(1, 2), A(2, 2).reshape(1, 2)
add("M06_compare_distance", "calibrated", "d(perturbed, predicted)/d(control, predicted)", "pertpy compare_distance 'simple'", dict(perturbed=xp, control=xc, predicted=xq),
    .5, params=dict(metric="euclidean"), note="below 1: prediction is nearer to the perturbed than to the control cells")

# =========================================================================== 8. BASELINES SPECIFIC TO THESE BENCHMARKS
ctrl, mA_, mB_ = A(1, 1), A(3, 1), A(1, 5)
add("B01_combo_baselines", "baseline", "additive vs matching mean for a pair", "Ahlmann/DbD additive; Systema matching mean", dict(control=ctrl, single_a=mA_, single_b=mB_),
    dict(additive=mA_ + mB_ - ctrl, matching_mean=(mA_ + mB_) / 2), note="Systema averages the two single-gene means instead of adding their effects")
add("B02_crispr_informed_mean", "baseline", "train mean with the targeted gene set to 0", "Wong et al.", dict(train_mean=A(1, 3.5, 2, 1.5), target_gene=1), A(1, 0, 2, 1.5))
G, Pm_ = np.array([[1, 0], [0, 1], [1, 1.]]), np.array([[1, 0], [0, 2.]])
Yl = np.array([[1, 2], [3, 4], [5, 9.]]); bl = Yl.mean(1, keepdims=True); lam = .1
W = np.linalg.inv(G.T @ G + lam * np.eye(2)) @ G.T @ (Yl - bl) @ Pm_ @ np.linalg.inv(Pm_.T @ Pm_ + lam * np.eye(2))
pn = A(1, 1)
add("B03_bilinear_ridge", "baseline", "Y ~ G W P^T + b", "Ahlmann-Eltze linear model", dict(Y_genes_by_perts=Yl, G=G, P=Pm_, p_new=pn),
    dict(W=W, fitted=G @ W @ Pm_.T + bl, prediction=(G @ W @ pn.reshape(-1, 1) + bl).ravel()), params=dict(lam=lam, b="row mean of Y"), tol=1e-9)
tm, tD, tn = A(1, 1), {"L1": A(2, 0), "L2": A(0, 4)}, {"L1": 30, "L2": 10}
add("B04_txpert_mean_baseline", "baseline", "test-context control mean + count-weighted mean delta of the perturbation over training contexts", "TxPert",
    dict(test_control=tm, delta=tD, n_cells=tn), tm + (30 * tD["L1"] + 10 * tD["L2"]) / 40)
add("B05_perturbmean_baseline", "baseline", "test-context control mean + unweighted mean delta over training contexts", "PerturbArena", dict(test_control=tm, delta=tD),
    tm + (tD["L1"] + tD["L2"]) / 2)

out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "benchmark_vectors.json")
doc = dict(schema=1, generator="make_benchmark_vectors.py", numpy=np.__version__,
           conventions="float64; rows = perturbations or cells, columns = genes; gene indices 0-based unless noted; tol is absolute", vectors=V)
json.dump(doc, open(out, "w"), indent=1, allow_nan=False)
print(len(V), "vectors ->", out)
from collections import Counter
print(Counter(v["group"] for v in V))
