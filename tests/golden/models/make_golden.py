"""What scikit-learn predicts, for tests/models/golden_test.cpp: sklearn.json beside this script.

Run with numpy, scipy and scikit-learn; their versions are recorded in the file.
"""
import json
import pathlib

import numpy as np
import scipy
import sklearn
from sklearn.ensemble import RandomForestRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import ElasticNet, Ridge
from sklearn.neighbors import KNeighborsRegressor


def rounded(array):
    """Few digits, so that the inputs are the same numbers in the file and in the fit."""
    return np.round(array, 4)


def linear_cases():
    random = np.random.default_rng(1)
    cases = []
    for n, features, genes, asked in [(24, 6, 9, 5), (12, 20, 4, 3)]:
        x = rounded(random.normal(size=(n, features)))
        y = rounded(x @ random.normal(size=(features, genes)) + random.normal(size=(n, genes)))
        x_new = rounded(random.normal(size=(asked, features)))
        models = []

        def add(model, settings, fitted):
            prediction = fitted.fit(x, y).predict(x_new)
            models.append({"model": model, "settings": settings, "prediction": prediction.tolist()})

        for alpha in ["0.01", "1", "37.5"]:
            add("ridge", {"lambda": alpha}, Ridge(alpha=float(alpha)))
            for kernel, keywords in [("linear", {}), ("rbf", {"gamma": 0.07})]:
                settings = {"kernel": kernel, "lambda": alpha, "intercept": "none"}
                if kernel == "rbf":
                    settings |= {"gamma": "0.07", "gamma-unit": "one"}
                add("kernel_ridge", settings, KernelRidge(alpha=float(alpha), kernel=kernel, **keywords))
        add("kernel_ridge",
            {"kernel": "polynomial", "lambda": "2", "gamma": "0.3", "gamma-unit": "one",
             "intercept": "none"},
            KernelRidge(alpha=2.0, kernel="polynomial", degree=2, coef0=1.0, gamma=0.3))
        for k in [1, 3, 7]:
            for weights, name in [("uniform", "uniform"), ("distance", "inverse")]:
                for metric in ["euclidean", "cosine"]:
                    add("nearest_neighbours", {"k": str(k), "weights": name, "metric": metric},
                        KNeighborsRegressor(k, weights=weights, metric=metric, algorithm="brute"))
        for alpha, ratio in [("0.01", "0.5"), ("0.1", "0.5"), ("0.3", "0.9"), ("0.05", "0.1")]:
            add("elastic_net", {"alpha": alpha, "l1-ratio": ratio},
                ElasticNet(alpha=float(alpha), l1_ratio=float(ratio), tol=1e-14, max_iter=10**6))
        cases.append({"x": x.tolist(), "y": y.tolist(), "x_new": x_new.tolist(), "models": models})
    return cases


def forest_case():
    random = np.random.default_rng(2)
    x = rounded(random.normal(size=(120, 5)))
    x_new = rounded(random.normal(size=(200, 5)))
    mix = random.normal(size=(3, 8))

    def truth(rows):
        parts = np.stack([np.sin(2 * rows[:, 0]), rows[:, 1] * rows[:, 2], (rows[:, 3] > 0.5) * 2.0], 1)
        return parts @ mix

    y = rounded(truth(x) + 0.3 * random.normal(size=(120, 8)))
    y_new = rounded(truth(x_new))
    settings = []
    for share, name in [(1.0, "1"), (0.4, "0.4")]:
        for leaf in [1, 4]:
            errors = []
            for seed in range(20):
                forest = RandomForestRegressor(100, max_features=share, min_samples_leaf=leaf,
                                               random_state=seed)
                errors.append(float(np.mean((forest.fit(x, y).predict(x_new) - y_new) ** 2)))
            settings.append({"max-features": name, "min-leaf": str(leaf), "trees": "100",
                             "test_mse": errors})
    return {"x": x.tolist(), "y": y.tolist(), "x_new": x_new.tolist(), "y_new": y_new.tolist(),
            "forests": settings}


def main():
    result = {"versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__,
                           "scipy": scipy.__version__},
              "cases": linear_cases(), "forest": forest_case()}
    path = pathlib.Path(__file__).with_name("sklearn.json")
    path.write_text(json.dumps(result, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
