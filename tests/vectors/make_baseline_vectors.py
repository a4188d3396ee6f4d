#!/usr/bin/python3
"""Small, hand-checkable reference vectors for the baseline / audit / diagnostic formulas
in baselines-splits-audits.md.  Own implementation from the written formulas; every
vector is cross-checked in this script by a second route (brute force, other algebraic form,
or scikit-learn) before it is written.
Run:  /usr/bin/python3 make_baseline_vectors.py
Tolerance suggested for a C++ port in float64: 1e-10 absolute unless 'tol' is given."""
import itertools, json, math, os
import numpy as np
from numpy.linalg import inv, svd, eigh, norm
from scipy.stats import spearmanr, kendalltau
from sklearn.linear_model import Ridge, ElasticNet
from sklearn.neighbors import KNeighborsRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.tree import DecisionTreeRegressor
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import silhouette_score

V = []
def L(x):
    if isinstance(x, np.ndarray): return x.tolist()
    if isinstance(x, (np.floating,)): return float(x)
    if isinstance(x, (np.integer,)): return int(x)
    if isinstance(x, dict): return {k: L(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)): return [L(v) for v in x]
    return x
def add(vid, spec, formula, inputs, expected, note="", tol=1e-10):
    V.append(dict(id=vid, spec=spec, formula=formula, inputs=L(inputs), expected=L(expected), note=note, tol=tol))
def close(a, b, t=1e-9): assert np.allclose(a, b, atol=t, rtol=0), (a, b)

# ---------------------------------------------------------------- tiny screen (1 context)
cells = np.array([[1, 4, 0], [3, 4, 2],                    # ctrl x2      mean 2 4 1
                  [2, 8, 1],                               # A   x1       mean 2 8 1
                  [6, 4, 1], [6, 6, 1], [6, 2, 1], [6, 4, 5]], float)  # B x4 mean 6 4 2
lab = ["ctrl", "ctrl", "A", "B", "B", "B", "B"]
mu = lambda k: cells[[i for i, l in enumerate(lab) if l == k]].mean(0)
mc, mA, mB = mu("ctrl"), mu("A"), mu("B")

add("B01_no_change", "A1", "pred = mean of control cells of the context",
    dict(cells=cells, labels=lab, control="ctrl"), dict(pred=mc))
pm_cell = cells[2:].mean(0); pm_cond = (mA + mB) / 2
close(pm_cell, (1 * mA + 4 * mB) / 5)
add("B02_perturbed_mean_two_weightings", "A2",
    "cell-weighted: mean over all non-control train cells; condition-weighted: mean of per-condition means",
    dict(cells=cells, labels=lab, control="ctrl"),
    dict(cell_weighted=pm_cell, condition_weighted=pm_cond),
    "Systema 'perturbed mean' = cell_weighted; cellsimbench 'dataset mean' and Turbine 'train mean' = condition_weighted")
incl = (mc + mA + mB) / 3
add("B03_perturbed_mean_control_included", "A2",
    "mean of per-label means INCLUDING the control label (what cell-eval's mean-baseline builder does when not in delta mode); delta mode: mean over non-control of (mean_p - mean_ctrl), returned as a delta",
    dict(cells=cells, labels=lab, control="ctrl"),
    dict(mean_of_label_means_incl_control=incl, delta_mode=(mA - mc + mB - mc) / 2))
# leave-one-condition-out mean
C = np.array([[1., 0, 2], [3, 1, 0], [2, 5, 4], [6, 2, 2]])
loo = (C.sum(0) - C) / (len(C) - 1)
for i in range(4): close(loo[i], np.delete(C, i, 0).mean(0))
add("B04_loo_mean", "A2", "LOO condition mean_i = (sum_j m_j - m_i)/(n-1)", dict(condition_means=C), dict(loo_means=loo))

# ---------------------------------------------------------------- several contexts
ctx = {"K": {"ctrl": ([2., 1.], 10), "A": ([4., 1.], 30), "B": ([2., 5.], 10)},
       "R": {"ctrl": ([0., 3.], 10), "A": ([1., 4.], 10)},
       "H": {"ctrl": ([5., 5.], 10)}}
d = {(c, p): np.array(v[0]) - np.array(ctx[c]["ctrl"][0]) for c in ctx for p, v in ctx[c].items() if p != "ctrl"}
ctx_mean = {c: sum(np.array(v[0]) * v[1] for p, v in ctx[c].items() if p != "ctrl") / sum(v[1] for p, v in ctx[c].items() if p != "ctrl")
            for c in ("K", "R")}
add("B05_context_mean", "A3", "context mean c = mean over all non-control train cells of context c (cell weighted)",
    dict(contexts=ctx), dict(K=ctx_mean["K"], R=ctx_mean["R"], H="undefined: no perturbed train cells -> declared fallback"))
uw = (d[("K", "A")] + d[("R", "A")]) / 2
cw = (d[("K", "A")] * 30 + d[("R", "A")] * 10) / 40
glob = (d[("K", "A")] * 30 + d[("K", "B")] * 10 + d[("R", "A")] * 10) / 50
add("B06_pert_mean_across_contexts", "A4",
    "delta_p = mean_c(mean_{c,p}-mean_{c,ctrl}); 'context_equal' = unweighted over contexts (State perturb_mean), 'cell_weighted' = weighted by n_{c,p} (TxPert general baseline); prediction in context H = ctrl_H + delta_p; unseen p: zero delta (State) or global cell-weighted delta (TxPert)",
    dict(contexts=ctx, target_context="H"),
    dict(delta_A_context_equal=uw, delta_A_cell_weighted=cw, global_delta_cell_weighted=glob,
         pred_H_A_context_equal=np.array([5., 5.]) + uw, pred_H_A_cell_weighted=np.array([5., 5.]) + cw,
         pred_H_unseen_zero=[5., 5.], pred_H_unseen_global=np.array([5., 5.]) + glob))

# ---------------------------------------------------------------- combos
mx, my, pmn, ct = np.array([3., 0, 1]), np.array([1., 4, 1]), np.array([2., 2, 2]), np.array([1., 1, 1])
add("B07_matching_mean", "A5", "matching(X+Y) = (mu(X)+mu(Y))/2 ; mu(g)=perturbed mean when single g is not in train",
    dict(mu_X=mx, mu_Y=my, perturbed_mean=pmn),
    dict(both_seen=(mx + my) / 2, only_X_seen=(mx + pmn) / 2, none_seen=pmn, single_X_unseen=pmn))
add("B08_additive", "A6", "pred = ctrl + sum_g (mu_g - ctrl); a missing single contributes fallback delta (zero | perturbed_mean-ctrl)",
    dict(ctrl=ct, mu_X=mx, mu_Y=my, perturbed_mean=pmn),
    dict(both=mx + my - ct, missing_Y_zero=mx, missing_Y_mean=mx + (pmn - ct), clipped_at_zero=np.maximum(mx + my - ct, 0)))
# fitted additive with shrinkage (kappa-additive)
kap = 0.8
add("B09_scaled_additive", "A6", "pred = ctrl + kappa*(dX+dY); kappa = <Y,S>/<S,S> fitted over train combos (S = dX+dY, Y = observed combo delta)",
    dict(ctrl=ct, S=[[2., 2, 0], [1., 0, 1]], Y=[[1., 2, 0], [1., 0, 0]]),
    dict(kappa=(2 * 1 + 2 * 2 + 1 * 1 + 0) / (4 + 4 + 1 + 1.0)))

# ---------------------------------------------------------------- bilinear, integers
G = np.array([[1., 0], [0, 1], [1, 1]]); P = np.array([[1., 0, 1, 0], [0, 1, 1, 0]])   # last column = ctrl (zero embedding)
Y = np.array([[2., 0, 4, 0], [0, 2, 0, 0], [4, 0, 4, 0]]); lg = lp = 1.0
b = Y.mean(1, keepdims=True); Yc = Y - b
K = inv(G.T @ G + lg * np.eye(2)) @ G.T @ Yc @ P.T @ inv(P @ P.T + lp * np.eye(2))
# second route: vec(K) minimises ||Yc-GKP||^2 only when both penalties are 0; check that limit
K0 = np.linalg.pinv(G) @ Yc @ np.linalg.pinv(P)
vecK = np.linalg.lstsq(np.kron(P.T, G), Yc.flatten("F"), rcond=None)[0].reshape(2, 2, order="F"); close(K0, vecK)
# grid trick: M = G'YcP' once
M = G.T @ Yc @ P.T
close(K, inv(G.T @ G + np.eye(2)) @ M @ inv(P @ P.T + np.eye(2)))
pnew = np.array([[2.], [1.]])
add("B10_bilinear_given_embeddings", "A7",
    "b=rowmean(Y); K=(G'G+lg I)^-1 G'(Y-b)P'(PP'+lp I)^-1 ; pred_delta(p)=G K p + b ; pred=pred_delta+ctrl",
    dict(G=G, P=P, Y_delta=Y, lambda_gene=lg, lambda_pert=lp, p_new=pnew[:, 0]),
    dict(center=b[:, 0], M_GtYcPt=M, K=K, K_unpenalised=K0, pred_delta_new=(G @ K @ pnew + b)[:, 0], pred_delta_train=G @ K @ P + b),
    "the solution is the two-sided ridge, not the minimiser of ||Y-GKP||^2+lambda||K||^2; do not 'simplify' to a single vec ridge")

# bilinear, training-data embedding, 'scores' variant
X = np.array([[1., 2, 0, 1], [2, 2, 1, 3], [0, 1, 4, 0], [5, 4, 5, 7], [3, 0, 3, 3], [1, 1, 1, 2]])   # genes x conditions
genes = ["A", "B", "C", "g4", "g5", "g6"]; conds = ["ctrl", "A", "B", "C"]; k = 2; lam = 0.1
Xc = X - X.mean(0, keepdims=True)                              # centre each CONDITION over genes
U, S, Vt = svd(Xc, full_matrices=False); Gs = U[:, :k] * S[:k]
Pm = np.stack([np.zeros(k) if c == "ctrl" else Gs[genes.index(c)] for c in conds], 1)
Yd = X - X[:, [0]]
def bil(G, P, Y, l):
    b = Y.mean(1, keepdims=True)
    return inv(G.T @ G + l * np.eye(G.shape[1])) @ G.T @ (Y - b) @ P.T @ inv(P @ P.T + l * np.eye(P.shape[0])), b
Kb, bb = bil(Gs, Pm, Yd, lam)
pd_ = Gs @ Kb @ Gs[[genes.index("g4")]].T + bb                  # unseen perturbation g4 (gene is measured)
D = np.diag([1., -1.]); K2, b2 = bil(Gs @ D, D @ Pm, Yd, lam)   # sign invariance
close(pd_, (Gs @ D) @ K2 @ (D @ Gs[[3]].T) + b2)
add("B11_bilinear_scores_variant", "A7",
    "gene PCA on genes x train-conditions pseudobulk (absolute), centred per condition; G=U_k S_k (scores); P column of perturbation p = row of G for the target gene; ctrl column = 0; Y = X - ctrl; lambda both sides",
    dict(X_pseudobulk=X, genes=genes, conditions=conds, k=k, lam=lam, unseen="g4"),
    dict(singular_values=S, G_times_Gt=Gs @ Gs.T, pred_delta_unseen=pd_[:, 0], pred_unseen=pd_[:, 0] + X[:, 0]),
    "compare predictions (invariant to SVD sign flips), not G itself", 1e-9)
# 'loadings' variant: PCA on conditions x genes centred per gene, no ctrl row, absolute Y
Xt = X[:, 1:].T; m = Xt.mean(0); Ul, Sl, Vl = svd(Xt - m, full_matrices=False); Gl = Vl[:k].T
Pl = np.stack([Gl[genes.index(c)] for c in conds[1:]], 1)
Kl, bl = bil(Gl, Pl, X[:, 1:], lam)
pl_ = Gl @ Kl @ Gl[[3]].T + bl
add("B12_bilinear_loadings_variant", "A7",
    "PCA on train-conditions x genes (centred per gene, controls excluded); G = loadings (orthonormal columns); P = rows of G; Y = ABSOLUTE pseudobulk; lambda both sides; pred is absolute",
    dict(X_pseudobulk=X, genes=genes, conditions=conds, k=k, lam=lam, unseen="g4"),
    dict(pred_unseen=pl_[:, 0], gene_side_shrink=1 / (1 + lam), train_mean=X[:, 1:].mean(1)),
    "orthonormal loadings make the same lambda shrink much harder than the scores variant: the two are different baselines", 1e-9)

# ---------------------------------------------------------------- ridge
Xr = np.array([[1., 0], [0, 1], [1, 1], [2, 1]]); Yr = np.array([[1., 2], [3, 0], [2, 2], [4, 6]]); l = 2.0; xs = np.array([[1., 2]])
xm, ym = Xr.mean(0), Yr.mean(0); Xcc, Ycc = Xr - xm, Yr - ym
W = inv(Xcc.T @ Xcc + l * np.eye(2)) @ Xcc.T @ Ycc
pr = ym + (xs - xm) @ W; close(pr, Ridge(alpha=l).fit(Xr, Yr).predict(xs))
Kc = Xcc @ Xcc.T; al = inv(Kc + l * np.eye(4)) @ Ycc; pdual = ym + ((xs - xm) @ Xcc.T) @ al; close(pr, pdual)
add("B13_ridge_primal_dual", "A8", "centre X and Y; W=(Xc'Xc+lI)^-1Xc'Yc ; dual alpha=(XcXc'+lI)^-1Yc ; pred=ybar+(x-xbar)W",
    dict(X=Xr, Y=Yr, lam=l, x_new=xs), dict(W=W, alpha_dual=al, pred=pr))
H = np.ones((4, 4)) / 4 + Xcc @ inv(Xcc.T @ Xcc + l * np.eye(2)) @ Xcc.T
res = Yr - H @ Yr; loo_r = res / (1 - np.diag(H))[:, None]
for i in range(4):
    idx = [j for j in range(4) if j != i]
    close(Yr[i] - Ridge(alpha=l).fit(Xr[idx], Yr[idx]).predict(Xr[[i]])[0], loo_r[i])
add("B14_ridge_loo", "A8", "H=11'/n+Xc(Xc'Xc+lI)^-1Xc' ; LOO residual_i=(y_i-yhat_i)/(1-h_ii); exact with unpenalised intercept",
    dict(X=Xr, Y=Yr, lam=l), dict(hat_diag=np.diag(H), loo_residuals=loo_r, loo_mse=(loo_r ** 2).mean()))
g = [0, 3]; E = res[g]; Ig = np.eye(2) - H[np.ix_(g, g)]; logo = inv(Ig) @ E
keep = [1, 2]; close(Yr[g] - Ridge(alpha=l).fit(Xr[keep], Yr[keep]).predict(Xr[g]), logo)
add("B15_ridge_leave_group_out", "A8", "leave-group-out residual block = (I-H_GG)^-1 e_G (rows of one perturbation over contexts/replicates)",
    dict(X=Xr, Y=Yr, lam=l, group=g), dict(group_residuals=logo))
ev, Ue = eigh(Kc); ev = np.maximum(ev, 0); path = {}
for lam_ in (0.1, 1.0, 10.0):
    h = 0.25 + (Ue ** 2 * (ev / (ev + lam_))).sum(1)
    R = Ue @ ((lam_ / (ev + lam_))[:, None] * (Ue.T @ Ycc))     # = (I-H)Y up to the constant direction
    null = np.ones(4) / 2                                        # constant vector: residual 0 because Ycc is centred
    close(R, Yr - (np.ones((4, 4)) / 4 + Xcc @ inv(Xcc.T @ Xcc + lam_ * np.eye(2)) @ Xcc.T) @ Yr)
    path[str(lam_)] = dict(df=float(h.sum()), loo_mse=float(((R / (1 - h)[:, None]) ** 2).mean()))
add("B16_ridge_eigen_path", "A8", "Kc=U diag(s) U'; residual=U diag(l/(s+l)) U'Yc ; h_ii=1/n+sum_j U_ij^2 s_j/(s_j+l); one eigendecomposition for every lambda",
    dict(X=Xr, Y=Yr, lambdas=[0.1, 1.0, 10.0]), dict(path=path))
# one-hot pert + one-hot context covariates -> additive two-way ridge
Z = np.array([[1, 0, 1, 0], [0, 1, 1, 0], [1, 0, 0, 1.]]); yz = np.array([[3.], [1.], [4.]])
mz = Ridge(alpha=1e-8).fit(Z, yz); pz = mz.predict(np.array([[0, 1, 0, 1.]]))
add("B17_onehot_two_way", "A8", "one-hot perturbation + one-hot context ridge, lambda->0: missing cell (B,R) = y(B,K)+y(A,R)-y(A,K)",
    dict(design_cols=["pA", "pB", "cK", "cR"], Z=Z, y=yz, lam=1e-8, z_new=[0, 1, 0, 1]), dict(pred=pz, limit=[[1 + 4 - 3.]]), "", 1e-5)
# kernel ridge with intercept
gam = 0.5; n = 4
rbf = lambda A, B: np.exp(-gam * ((A[:, None] - B[None]) ** 2).sum(-1))
Kr = rbf(Xr, Xr); J = np.eye(n) - 1 / n; Kcen = J @ Kr @ J; a2 = inv(Kcen + l * np.eye(n)) @ Ycc
kx = rbf(xs, Xr)[0]; kcen = J @ (kx - Kr.mean(1)); pk = ym + kcen @ a2
pk_noint = KernelRidge(alpha=l, kernel="rbf", gamma=gam).fit(Xr, Yr).predict(xs)[0]
a3 = inv(Kr + l * np.eye(n)) @ Ycc; pk_y = ym + kx @ a3
close(a3 * 0 + inv(Kr + l * np.eye(n)) @ Yr, KernelRidge(alpha=l, kernel="rbf", gamma=gam).fit(Xr, Yr).dual_coef_)
close(pk_y, ym + KernelRidge(alpha=l, kernel="rbf", gamma=gam).fit(Xr, Ycc).predict(xs)[0])
# centred-kernel route checked against explicit feature space: eigen-features of K + unpenalised intercept ridge
ek, Uk = eigh(Kr); Phi = Uk * np.sqrt(np.maximum(ek, 0)); phx = (kx @ Uk) / np.sqrt(np.maximum(ek, 1e-300))
close(pk, Ridge(alpha=l).fit(Phi, Yr).predict(phx[None])[0], 1e-7)
add("B18_kernel_ridge", "A9", "RBF exp(-gamma d^2). (i) centred kernel + intercept, (ii) y centred only, (iii) no intercept (scikit-learn KernelRidge)",
    dict(X=Xr, Y=Yr, lam=l, gamma=gam, x_new=xs), dict(pred_centred_kernel=pk, pred_y_centred=pk_y, pred_no_intercept=pk_noint))
tan = lambda a, b: (a & b).sum() / (a | b).sum()
fps = np.array([[1, 1, 0, 0, 1], [1, 1, 0, 0, 0], [0, 0, 1, 1, 1], [0, 0, 0, 0, 0]], dtype=bool)
Tm = [[(1.0 if (i == j or (not fps[i].any() and not fps[j].any())) else float(tan(fps[i], fps[j]))) if (fps[i] | fps[j]).any() or i == j else 1.0 for j in range(4)] for i in range(4)]
add("B19_tanimoto_kernel", "A9", "T(a,b)=|a&b|/|a|b|; both-empty pair defined as 1 on the diagonal; empty vs non-empty = 0",
    dict(fps=fps.astype(int)), dict(T=Tm))
# kNN
kn1 = KNeighborsRegressor(2).fit(Xr, Yr).predict([[0.1, 0.2]]); kn2 = KNeighborsRegressor(2, weights="distance").fit(Xr, Yr).predict([[0.1, 0.2]])
add("B20_knn", "A10", "k=2 Euclidean; uniform and inverse-distance weights; ties broken by lower train index",
    dict(X=Xr, Y=Yr, x_new=[0.1, 0.2], k=2), dict(uniform=kn1, inverse_distance=kn2, neighbours=[1, 0]))
dd = norm(Xr - np.array([0.1, 0.2]), axis=1); o = np.argsort(dd)[:2]; close(kn1[0], Yr[o].mean(0)); V[-1]["expected"]["neighbours"] = o.tolist(); V[-1]["expected"]["distances"] = dd[o].tolist()
# elastic net, orthogonal design: closed form
Xo = np.array([[1., 1], [1, -1], [-1, 1], [-1, -1]]); yo = np.array([3., 1., -1., -2.]); a_, r_ = 0.5, 0.4
ols = Xo.T @ yo / 4; soft = lambda z, t: math.copysign(max(abs(z) - t, 0), z)
w = np.array([soft(z, a_ * r_) / (1 + a_ * (1 - r_)) for z in ols]); icpt = yo.mean()
en = ElasticNet(alpha=a_, l1_ratio=r_, tol=1e-14, max_iter=100000).fit(Xo, yo); close(en.coef_, w, 1e-8); close(en.intercept_, icpt, 1e-8)
add("B21_elastic_net_orthogonal", "A11", "min 1/(2n)||y-b-Xw||^2 + alpha*rho*||w||_1 + alpha*(1-rho)/2*||w||^2 ; orthogonal columns with X'X/n=I: w=S(X'y/n, alpha*rho)/(1+alpha(1-rho)); outputs fitted independently",
    dict(X=Xo, y=yo, alpha=a_, l1_ratio=r_), dict(w=w, intercept=icpt, alpha_that_zeroes_all=float(np.abs(ols).max() / r_)),
    "large alpha returns exactly the train mean: report n_nonzero so users see the collapse")
# CART multi-output stump
Xs_ = np.array([[0.], [1], [2], [10]]); Ys_ = np.array([[0., 1], [0, 1], [4, 1], [4, 5]])
def stump(X, Y):
    best = None
    for f in range(X.shape[1]):
        v = np.unique(X[:, f])
        for t in (v[:-1] + v[1:]) / 2:
            a = X[:, f] <= t
            sse = ((Y[a] - Y[a].mean(0)) ** 2).sum() + ((Y[~a] - Y[~a].mean(0)) ** 2).sum()
            if best is None or sse < best[0] - 1e-12: best = (sse, f, t)
    return best
sse, f, t = stump(Xs_, Ys_); tr = DecisionTreeRegressor(max_depth=1, random_state=0).fit(Xs_, Ys_); close(tr.tree_.threshold[0], t)
add("B22_tree_stump_multioutput", "A12", "split minimising summed SSE over all outputs; threshold = midpoint of adjacent distinct values; x<=t goes left; first best wins",
    dict(X=Xs_, Y=Ys_), dict(feature=f, threshold=t, sse=sse, left_mean=Ys_[:2].mean(0) if t == 1.5 else Ys_[Xs_[:, 0] <= t].mean(0), right_mean=Ys_[Xs_[:, 0] > t].mean(0)))
# PCA latent additive
Cm = np.array([[1., 1, 1], [3, 1, 1], [1, 3, 1], [1.5, 1, 3]])   # ctrl, X, Y, Z rows = conditions
mm = Cm.mean(0); _, sp_, Vp = svd(Cm - mm, full_matrices=False); assert sp_[1] - sp_[2] > 0.2; Q = Vp[:2].T @ Vp[:2]
sd = (Cm[1] - Cm[0]) + (Cm[2] - Cm[0])
add("B23_pca_latent_additive", "A13", "Q=V_k V_k' from PCA of train condition means (centred per gene); keep-residual: ctrl + Q sum_g d_g ; decode-all: m + Q(ctrl-m) + Q sum_g d_g",
    dict(condition_means=Cm, order=["ctrl", "X", "Y", "Z"], k=2, combo=["X", "Y"]),
    dict(keep_residual=Cm[0] + Q @ sd, decode_all=mm + Q @ (Cm[0] - mm) + Q @ sd, k_full_equals_additive=Cm[0] + sd), "", 1e-9)
# interpolated duplicate
h2, mean_, padj = np.array([2., 5, 1]), np.array([1., 1, 1]), np.array([0.0, 0.5, 1.0])
add("B24_interpolated_duplicate", "A14", "alpha_g=1-padj_g (NaN->alpha 0, missing gene padj=1); pred=alpha*second_half_mean+(1-alpha)*fold_train_mean",
    dict(second_half=h2, train_mean=mean_, padj=padj), dict(pred=(1 - padj) * h2 + padj * mean_))
# split half reproducibility + Spearman-Brown
hA, hB = np.array([1., 2, 3, 5]), np.array([1., 3, 2, 6]); r = np.corrcoef(hA, hB)[0, 1]
add("B25_split_half_ceiling", "A15", "r_half=Pearson(delta_half1,delta_half2); Spearman-Brown full-sample reliability r_full=2r/(1+r); noise ceiling of a perfect model vs one noisy truth = sqrt(r_full)",
    dict(delta_half1=hA, delta_half2=hB), dict(r_half=r, r_full=2 * r / (1 + r), ceiling=math.sqrt(2 * r / (1 + r))))
# DRF
drf = lambda base, pos, perf: float(np.clip((pos - base) / (perf - base + 1e-6) if perf == 1 else (base - pos) / (base + 1e-6), -1, 1))
add("B26_dynamic_range_fraction", "A14", "higher-better: (pos-base)/(perfect-base+1e-6); error: (base-pos)/(base+1e-6); clip to [-1,1]",
    dict(pearson=dict(base=0.2, pos=0.7), mse=dict(base=0.5, pos=0.1), worse=dict(base=0.1, pos=0.5)),
    dict(pearson=drf(.2, .7, 1), mse=drf(.5, .1, 0), worse_mse=drf(.1, .5, 0)))
# cell synthesis
ccell = np.array([[0., 2], [0, 2], [1, 4], [3, 0]]); dlt = np.array([-1., 1]); tgt = ccell.mean(0) + dlt
sh = np.maximum(ccell + dlt, 0)
def solve_shift(x, target):
    s = np.sort(x)[::-1]; n = len(s)
    if target <= 0: return -s[0]
    for m_ in range(1, n + 1):                     # m_ cells stay positive
        dl = (target * n - s[:m_].sum()) / m_
        lo = s[m_] if m_ < n else -np.inf
        if s[m_ - 1] + dl > -1e-15 and (m_ == n or lo + dl <= 1e-15): return dl
t0 = 0.5; ds = solve_shift(ccell[:, 0], t0); close(np.maximum(ccell[:, 0] + ds, 0).mean(), t0)
add("B27_cell_synthesis_shift_clip", "A16", "cells=max(0,ctrl_cell+delta): clipping biases the mean upwards; mean-exact shift solves mean(max(0,x+d'))=target per gene by sorting",
    dict(ctrl_cells=ccell, delta=dlt, gene0_target=t0), dict(cells=sh, naive_mean=sh.mean(0), intended_mean=tgt, gene0_exact_shift=ds))

# ---------------------------------------------------------------- splits / audits
perts = ["A", "B", "C", "D", "A+B", "A+C", "C+D", "B+D", "A+D"]; train_genes = {"A", "B"}
cls = {}
for p in perts:
    gs = p.split("+"); seen = sum(x in train_genes for x in gs)
    cls[p] = ("single_seen" if seen else "unseen_single") if len(gs) == 1 else f"combo_seen{seen}"
add("S01_gears_seen_classes", "B7", "gene-level train set T; combo class = number of its genes in T; seen2 combos are further split train/test",
    dict(perts=perts, train_genes=sorted(train_genes)), cls)
def kfold_sizes(n, k): return [n // k + (1 if i < n % k else 0) for i in range(k)]
add("S02_kfold_sizes", "B11", "fold i size = n//k + (i < n%k)", dict(n=23, k=5), dict(sizes=kfold_sizes(23, 5), offsets=np.cumsum([0] + kfold_sizes(23, 5)[:-1])))
# ---------------------------------------------------------------- legacy RNG streams needed to re-create published splits
class MT:
    """MT19937, 32-bit outputs."""
    def __init__(s): s.m = [0] * 624; s.i = 624
    def init_genrand(s, x):
        s.m[0] = x & 0xffffffff
        for j in range(1, 624): s.m[j] = (1812433253 * (s.m[j-1] ^ (s.m[j-1] >> 30)) + j) & 0xffffffff
        s.i = 624; return s
    def init_by_array(s, key):
        s.init_genrand(19650218); i, j = 1, 0
        for _ in range(max(624, len(key))):
            s.m[i] = ((s.m[i] ^ ((s.m[i-1] ^ (s.m[i-1] >> 30)) * 1664525)) + key[j] + j) & 0xffffffff
            i += 1; j += 1
            if i >= 624: s.m[0] = s.m[623]; i = 1
            if j >= len(key): j = 0
        for _ in range(623):
            s.m[i] = ((s.m[i] ^ ((s.m[i-1] ^ (s.m[i-1] >> 30)) * 1566083941)) - i) & 0xffffffff
            i += 1
            if i >= 624: s.m[0] = s.m[623]; i = 1
        s.m[0] = 0x80000000; s.i = 624; return s
    def u32(s):
        if s.i >= 624:
            for k in range(624):
                y = (s.m[k] & 0x80000000) | (s.m[(k+1) % 624] & 0x7fffffff)
                s.m[k] = s.m[(k+397) % 624] ^ (y >> 1) ^ (0x9908b0df if y & 1 else 0)
            s.i = 0
        y = s.m[s.i]; s.i += 1
        y ^= y >> 11; y ^= (y << 7) & 0x9d2c5680; y ^= (y << 15) & 0xefc60000
        return y ^ (y >> 18)
def np_interval(mt, mx):                     # numpy legacy random_interval for mx < 2^32
    if mx == 0: return 0
    mask = (1 << mx.bit_length()) - 1
    while True:
        v = mt.u32() & mask
        if v <= mx: return v
def np_choice_noreplace(seed, n, size):      # RandomState(seed).choice(n,size,replace=False)
    mt = MT().init_genrand(seed); a = list(range(n))
    for i in range(n - 1, 0, -1):
        j = np_interval(mt, i); a[i], a[j] = a[j], a[i]
    return a[:size]
def py_below(mt, n):
    k = n.bit_length()
    while True:
        r = mt.u32() >> (32 - k)
        if r < n: return r
def py_sample(mt, n, k):                     # random.sample(range(n), k)
    setsize = 21
    if k > 5: setsize += 4 ** math.ceil(math.log(k * 3, 4))
    if n <= setsize:
        pool = list(range(n)); out = []
        for i in range(k):
            j = py_below(mt, n - i); out.append(pool[j]); pool[j] = pool[n - i - 1]
        return out
    sel, out = set(), []
    for _ in range(k):
        j = py_below(mt, n)
        while j in sel: j = py_below(mt, n)
        sel.add(j); out.append(j)
    return out
import random as _r
for sd_, n_, k_ in ((1, 10, 7), (42, 155, 116), (0, 3, 2)):
    assert np_choice_noreplace(sd_, n_, k_) == np.random.RandomState(sd_).choice(n_, k_, replace=False).tolist()
for sd_, n_, k_ in ((42, 10, 3), (54, 300, 6), (7, 90, 40)):
    assert py_sample(MT().init_by_array([sd_]), n_, k_) == _r.Random(sd_).sample(range(n_), k_)
add("S03_numpy_legacy_choice", "B1/B7", "MT19937 init_genrand(seed); Fisher-Yates from the top with masked-rejection interval draws; first `size` entries",
    dict(cases=[[1, 10, 7], [42, 12, 5]]), dict(first_u32_seed1=MT().init_genrand(1).u32(), choice=[np_choice_noreplace(1, 10, 7), np_choice_noreplace(42, 12, 5)]))
add("S04_python_random_sample", "B2", "MT19937 init_by_array([seed]); randbelow by top bits with rejection; pool method when n<=21+(4^ceil(log4(3k)) if k>5), else set method",
    dict(cases=[[42, 10, 3], [54, 300, 6]]), dict(sample=[py_sample(MT().init_by_array([42]), 10, 3), py_sample(MT().init_by_array([54]), 300, 6)]))
def gears_sim(perts, frac, cfrac, seed):
    genes_ = sorted({g for p in perts for g in p.split("+") if g != "ctrl"})
    T = {genes_[i] for i in np_choice_noreplace(seed, len(genes_), int(len(genes_) * frac))}
    mem = lambda p: [g for g in p.split("+") if g != "ctrl"]
    singles = [p for p in perts if "ctrl" in p]; combos = [p for p in perts if "ctrl" not in p]
    s_tr = [p for p in singles if mem(p)[0] in T]; uns = [p for p in singles if mem(p)[0] not in T]
    by = {0: [], 1: [], 2: []}
    for p in combos: by[sum(g in T for g in mem(p))].append(p)
    c2 = sorted(by[2]); tr2 = [c2[i] for i in np_choice_noreplace(seed, len(c2), int(len(c2) * cfrac))] if c2 else []
    s2 = sorted(set(c2) - set(tr2))
    return s_tr + tr2, by[1] + s2 + uns + by[0], dict(combo_seen0=by[0], combo_seen1=by[1], combo_seen2=s2, unseen_single=uns)
gset = list("ABCDEFGHIJKL"); toy = [f"{g}+ctrl" for g in gset] + ["A+B", "A+C", "B+D", "C+E", "D+F", "E+G", "F+H", "G+I", "H+J", "I+K", "J+L", "K+L", "A+L", "B+K", "C+J", "D+I"]
tr_, te_, sub_ = gears_sim(toy, .75, .75, 1); tr2_, va_, vs_ = gears_sim(tr_, .9, .9, 1)
assert not set(tr2_) & set(te_) and not set(tr2_) & set(va_) and not set(va_) & set(te_) and len(tr2_) + len(va_) + len(te_) == len(toy)
add("S05_gears_simulation_toy", "B7", "GEARS 'simulation' split: 75% of genes train; seen0/1 and 25% of seen2 to test; then the same recipe with 0.9/0.9 on the train list makes val; controls always train",
    dict(perts=toy, seed=1, train_gene_set_size=0.75, combo_seen2_train_frac=0.75, val=[0.9, 0.9]),
    dict(train=sorted(tr2_), val=sorted(va_), test=sorted(te_), test_subgroup={k: sorted(v) for k, v in sub_.items()}, val_subgroup={k: sorted(v) for k, v in vs_.items()}),
    "compare as sets; membership depends only on the SET of conditions and the seed, not on their order in obs")
nc, eff = [100, 80, 80, 20, 10], [0.1, 0.5, 0.3, 0.9, 2.0]
rho = spearmanr(nc, eff)[0]; perms = [spearmanr(nc, q)[0] for q in itertools.permutations(eff)]
add("C01_ncells_effect_spearman", "C7", "Spearman with average ranks for ties; exact two-sided permutation p = fraction of |rho_perm| >= |rho| - 1e-12 (here over all 120 permutations)",
    dict(n_cells=nc, effect=eff), dict(rho=rho, p_exact=float(np.mean(np.abs(perms) >= abs(rho) - 1e-12))))
A1, A2 = np.array([1., 2, 3]), np.array([[1., 2, 3], [2, 4, 6.1], [3, -1, 0]])
cosv = A2 @ A1 / (norm(A2, axis=1) * norm(A1))
add("C02_near_duplicate", "C2", "exact duplicate: row hash equal; near duplicate: cosine >= 0.9999 AND ||a-b||/max(||a||,||b||) <= tau (0.02); here only row 0 is a duplicate",
    dict(query=A1, train=A2, cos_min=0.9999, tau=0.02),
    dict(cosine=cosv, rel_dist=[float(norm(A1 - a) / max(norm(a), norm(A1))) for a in A2], flags=[True, False, False]))
# identity audits on strings
train_p, test_p = ["A+ctrl", "A+B", "C+D"], ["ctrl+B", "B+A", "E+ctrl", "D+C+F"]
norm_ = lambda p: tuple(sorted(x for x in p.split("+") if x and x != "ctrl"))
tr_sets = {norm_(p) for p in train_p}; tr_genes = {g for p in tr_sets for g in p}
aud = {}
for p in test_p:
    q = norm_(p)
    aud[p] = dict(canonical="+".join(q), exact_in_train=q in tr_sets, gene_in_train_combo=any(g in q for c in tr_sets if len(c) > 1 for g in c),
                  n_genes_seen=sum(g in tr_genes for g in q))
assert aud["B+A"]["exact_in_train"] and not aud["ctrl+B"]["exact_in_train"] and aud["ctrl+B"]["gene_in_train_combo"]
add("C04_combo_identity", "C3/C5", "canonical = sorted non-control members joined by '+'; exact duplicate after canonicalisation; test gene seen inside a train combo",
    dict(train=train_p, test=test_p, delimiter="+", control_tokens=["ctrl"]), aud)
ik = {"d1": "BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "d2": "BSYNRYMUTXBXSQ-UHFFFAOYSA-M", "d3": "RYYVLZVUVIJVGH-UHFFFAOYSA-N"}
add("C05_inchikey", "C4", "same compound if full InChIKey equal; same skeleton (salt/stereo/charge variants) if first 14 characters equal; dose neighbour if |log10 dose ratio| <= 1.0",
    dict(inchikey=ik, pairs=[["d1", "d2"], ["d1", "d3"]], doses_uM=[0.05, 0.5, 5.0]),
    dict(full_equal=[ik["d1"] == ik["d2"], ik["d1"] == ik["d3"]], skeleton_equal=[ik["d1"][:14] == ik["d2"][:14], ik["d1"][:14] == ik["d3"][:14]],
         dose_neighbours=[[0, 1], [1, 2]]))
# batch/perturbation association: Cramer's V
tab = np.array([[10., 0], [0, 10], [5, 5]]); N = tab.sum(); ex = tab.sum(1, keepdims=True) * tab.sum(0) / N; chi2 = ((tab - ex) ** 2 / ex).sum()
add("C03_cramers_v", "C9", "V=sqrt(chi2/(N*min(r-1,c-1))) of the perturbation x batch cell-count table", dict(table=tab), dict(chi2=chi2, V=math.sqrt(chi2 / (N * 1))))

# ---------------------------------------------------------------- diagnostics
rel = np.array([1, 0, 1, 0]); tp = np.cumsum(rel); ap = float(((tp / np.arange(1, 5)) * rel).sum() / rel.sum())
Ln, Mn = 4, 2; HL = sum(1 / i for i in range(1, Ln + 1)); mu0 = ((Mn - 1) / (Ln - 1) * (Ln - HL) + HL) / Ln
aps = []
for pos in itertools.combinations(range(4), 2):
    rr = np.zeros(4); rr[list(pos)] = 1; tt = np.cumsum(rr); aps.append(((tt / np.arange(1, 5)) * rr).sum() / 2)
close(np.mean(aps), mu0)
add("D01_average_precision", "D3", "AP=sum_k prec@k*rel_k/M ; E[AP]=((M-1)/(L-1)(L-H_L)+H_L)/L ; nAP=clip((AP-E)/(1-E),-1,1); p=(#{null>=obs}+1)/(N+1)",
    dict(rel=rel, null_enumeration=True), dict(ap=ap, expected_ap=mu0, normalised_ap=(ap - mu0) / (1 - mu0),
         n_null_ge=int(np.sum(np.array(aps) >= ap - 1e-12)), n_null_gt=int(np.sum(np.array(aps) > ap + 1e-12)), n_null=len(aps)),
    "copairs <=0.5 counts strictly greater, 0.6 counts >=; ours is >=")
dose, sc = np.array([0., 1, 2, 3, 4]), np.array([0., 1, 0.8, 3, 2.9])
iso = IsotonicRegression().fit(dose, sc).predict(dose)
add("D02_dose_monotonicity", "D1", "Spearman, Kendall tau-b, isotonic R2 = 1-SSE_iso/SST, violation fraction = #{adjacent decreases}/(n-1)",
    dict(dose=dose, score=sc), dict(spearman=spearmanr(dose, sc)[0], kendall=kendalltau(dose, sc)[0], isotonic_fit=iso,
         isotonic_r2=1 - ((sc - iso) ** 2).sum() / ((sc - sc.mean()) ** 2).sum(), violation_fraction=2 / 4))
Em = np.array([[0., 0], [0, 1], [4, 0], [4, 1], [9, 9]]); moa = [0, 0, 1, 1, 1]
add("D03_silhouette", "D2", "mean silhouette, Euclidean", dict(X=Em, labels=moa), dict(silhouette=silhouette_score(Em, moa)))
lab2 = np.array([0, 0, 1, 1, 1]); dm = norm(Em[:, None] - Em[None], axis=-1); np.fill_diagonal(dm, np.inf); nn1 = dm.argmin(1)
same = float((lab2[nn1] == lab2).mean()); exp_ = float(np.mean([(np.sum(lab2 == q) - 1) / 4 for q in lab2]))
add("D04_knn_enrichment", "D2", "k=1 same-label neighbour fraction / expected fraction mean_i (n_label(i)-1)/(n-1)", dict(X=Em, labels=moa, k=1), dict(fraction=same, expected=exp_, enrichment=same / exp_))
Yv = np.array([1., 2, 5, 6, 1, 3, 5, 9]); pv = np.array([0, 0, 1, 1, 0, 0, 1, 1]); bv = np.array([0, 0, 0, 0, 1, 1, 1, 1])
def eta2(y, g): return float(sum((g == q).sum() * (y[g == q].mean() - y.mean()) ** 2 for q in np.unique(g)) / ((y - y.mean()) ** 2).sum())
add("D05_variance_share", "D6", "eta^2 factor = SS_between/SS_total (balanced: shares add; unbalanced: report both orders)", dict(y=Yv, pert=pv, batch=bv), dict(eta2_pert=eta2(Yv, pv), eta2_batch=eta2(Yv, bv)))
Pt = np.array([[1., 0], [0, 1], [-1, 0], [0, -1]]); Pp = 0.5 * Pt + np.array([1., 1])
def pr_(M_): s = svd(M_ - M_.mean(0), compute_uv=False) ** 2; return float(s.sum() ** 2 / (s ** 2).sum())
Kv = np.array([[1., .5], [.5, 1]]); lv = eigh(Kv / 2)[0]; vend = float(np.exp(-(lv * np.log(lv)).sum()))
add("D06_collapse", "D7", "dispersion ratio = sum_p||pred_p-mean pred||^2 / sum_p||true_p-mean true||^2 ; participation ratio = (sum s^2)^2/sum s^4 of centred predictions; Vendi = exp(-sum l log l) of K/n",
    dict(true=Pt, pred=Pp, K=Kv), dict(dispersion_ratio=float(((Pp - Pp.mean(0)) ** 2).sum() / ((Pt - Pt.mean(0)) ** 2).sum()), participation_ratio_pred=pr_(Pp), vendi=vend))
N_, K_, n_, x_ = 20, 5, 6, 4
ph = sum(math.comb(K_, i) * math.comb(N_ - K_, n_ - i) for i in range(x_, min(K_, n_) + 1)) / math.comb(N_, n_)
add("D07_hypergeometric_gmt", "D4", "over-representation p = P[X>=x], X~Hypergeom(N universe, K set, n hits); universe = genes measured in the run", dict(N=N_, K=K_, n=n_, x=x_), dict(p=ph))
sims = np.array([0.9, 0.1, 0.5, 0.4]); tgt_i = 2; rank = 1 + int((sims > sims[tgt_i]).sum()); ties = int((sims == sims[tgt_i]).sum()) - 1
add("D08_retrieval_rank", "D5", "rank = 1 + #{sim > sim_target} + 0.5*#{ties}; normalised = 1-(rank-1)/(n-1); RR=1/rank", dict(sims=sims, target=tgt_i), dict(rank=rank + 0.5 * ties, normalised=1 - (rank - 1) / 3, reciprocal=1 / rank))

out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "baseline_vectors.json")
json.dump(dict(format="baseline-vectors/1", numpy=np.__version__, count=len(V), vectors=V), open(out, "w"), indent=1)
print(len(V), "vectors ->", out)
