"""sweeps.py ridge|forest|bilinear X Y ROWS FEATURES GENES N: what cupel's sweeps are held against.

ridge: scikit-learn's RidgeCV for N penalties, exact leave-one-out, squared errors alone. forest:
scikit-learn's RandomForestRegressor of N trees. bilinear: the model of Ahlmann-Eltze et al. in numpy,
one factorisation per fold, for 6 dimensions and the N penalties that are the same on both sides.
"""
import sys

import numpy as np

from serve import serve


class Sweep:
    def __init__(self, job, x, y, rows, features, genes, n):
        self.n, rows, features, genes = int(n), int(rows), int(features), int(genes)
        self.x = np.fromfile(x, count=(1 if job == "bilinear" else rows) * features)
        self.x = self.x.reshape(-1, features)
        self.y = np.fromfile(y, count=rows * genes).reshape(rows, genes)
        self.run = getattr(self, job)

    def reset(self):
        self.answer = None

    def save(self, prefix):
        name, values = self.answer()
        np.asarray(values, dtype=np.float64).tofile(f"{prefix}.{name}")

    def ridge(self):
        from sklearn.linear_model import RidgeCV
        alphas = np.logspace(-3, 6, 100 * self.n)[::100]
        RidgeCV(alphas=alphas, gcv_mode="eigen").fit(self.x, self.y)

        def errors():  # a fit that also keeps them
            fit = RidgeCV(alphas=alphas, gcv_mode="eigen", store_cv_results=True)
            return "mse", fit.fit(self.x, self.y).cv_results_.mean(axis=(0, 1))
        self.answer = errors

    def forest(self):
        import os
        from sklearn.ensemble import RandomForestRegressor
        kept = len(self.x) - len(self.x) // 10
        forest = RandomForestRegressor(self.n, random_state=1,
                                       n_jobs=int(os.environ["OMP_NUM_THREADS"]))
        predicted = forest.fit(self.x[:kept], self.y[:kept]).predict(self.x[kept:])
        self.answer = lambda: ("held_out", [((predicted - self.y[kept:]) ** 2).mean()])

    def bilinear(self):
        errors = np.zeros((6, self.n))
        penalties = np.logspace(-3, 3, self.n)
        for fold in range(5):
            out = np.arange(len(self.y)) % 5 == fold
            profiles = np.vstack([self.x, self.x + self.y[~out]])
            centred = profiles - profiles.mean(axis=1, keepdims=True)
            values, vectors = np.linalg.eigh(centred @ centred.T)
            largest = np.argsort(values)[::-1][:100]
            genes = centred.T @ vectors[:, largest]  # U S
            wanted = np.vstack([np.zeros_like(self.x), self.y[~out]])
            mean = wanted.mean(axis=0)
            targets = np.flatnonzero(~out)
            for d, k in enumerate((2, 5, 10, 20, 50, 100)):
                g = genes[:, :k]
                p = np.vstack([np.zeros((1, k)), g[targets]])
                core = g.T @ (wanted - mean).T @ p
                for a, penalty in enumerate(penalties):
                    left = np.linalg.solve(g.T @ g + penalty * np.eye(k), core)
                    model = np.linalg.solve(p.T @ p + penalty * np.eye(k), left.T).T
                    predicted = g[np.flatnonzero(out)] @ model.T @ g.T + mean
                    errors[d, a] += ((predicted - self.y[out]) ** 2).mean(axis=1).sum()
        self.answer = lambda: ("mse", errors.ravel() / len(self.y))


serve(Sweep(*sys.argv[1:8]), {})
