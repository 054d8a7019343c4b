"""Least squares by others, each as its users write it: answers to the problems of files in the words of tests/oracle, as JSON.

A peer that is not installed is named under "missing". A problem that a peer has no words for is not in its answers: a penalty,
or weights of least norm beside a free intercept where the peer counts the intercept in. Debian: python3-sklearn, python3-statsmodels.
"""

import importlib
import json
import sys
import warnings


def problems(file):
    with open(file, encoding="utf-8") as lines:
        words = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    found = []
    for word, *rest in words:
        if word == "problem":
            found.append({"problem": rest[0], "x": [], "y": []})
        elif word in ("x", "y"):
            found[-1][word].append([float(v) for v in rest])
        else:
            found[-1].setdefault(word, rest)
    return found


def load(problem):
    x, y = np.array(problem["x"]), np.array(problem["y"])
    if "degree" in problem:
        x = x ** np.arange(1, int(problem["degree"][0]) + 1)
    s = np.array(problem["weights"], dtype=float) if "weights" in problem else np.ones(len(x))
    return x, y, s, problem["intercept"] == ["yes"], float(problem["lambda"][0])


def counts_the_intercept_in(problem):
    return problem["intercept"] == ["yes"] and "dependent" in problem


def scikit_learn(problem):
    x, y, s, intercept, penalty = load(problem)
    if penalty > 0:
        model = sklearn.Ridge(alpha=penalty * s.sum(), fit_intercept=intercept)
    else:
        model = sklearn.LinearRegression(fit_intercept=intercept)
    model.fit(x, y, sample_weight=s if "weights" in problem else None)
    return model.coef_.T, np.broadcast_to(model.intercept_, y.shape[1])


def numpy_lstsq(problem):
    x, y, s, intercept, penalty = load(problem)
    if penalty > 0 or counts_the_intercept_in(problem):
        return None
    design = np.hstack([x, np.ones((len(x), 1))]) if intercept else x
    root = np.sqrt(s)[:, None]
    w = np.linalg.lstsq(root * design, root * y, rcond=None)[0]
    return split(w, intercept)


def statsmodels(problem):
    x, y, s, intercept, penalty = load(problem)
    if penalty > 0 or counts_the_intercept_in(problem):
        return None
    design = np.hstack([x, np.ones((len(x), 1))]) if intercept else x
    models = [api.WLS(column, design, weights=s) if "weights" in problem else api.OLS(column, design) for column in y.T]
    return split(np.array([model.fit().params for model in models]).T, intercept)


def split(w, intercept):
    return (w[:-1], w[-1]) if intercept else (w, np.zeros(w.shape[1]))


peers, missing, answers = {}, {}, {}
try:
    import numpy as np

    peers["NumPy lstsq"] = f"NumPy {np.__version__}", numpy_lstsq
except ImportError as reason:
    missing["NumPy lstsq"] = str(reason)
try:
    import sklearn.linear_model

    version, sklearn = sklearn.__version__, sklearn.linear_model
    peers = {"scikit-learn": (f"scikit-learn {version}, LinearRegression; Ridge where there is a penalty", scikit_learn), **peers}
except ImportError as reason:
    missing["scikit-learn"] = str(reason)
try:
    api = importlib.import_module("statsmodels.api")
    peers["statsmodels"] = f"statsmodels {importlib.import_module('statsmodels').__version__}, OLS or WLS", statsmodels
except ImportError as reason:
    missing["statsmodels"] = str(reason)

warnings.simplefilter("ignore")
for name, (_, solve) in peers.items():
    answers[name] = {}
    for problem in [problem for file in sys.argv[1:] for problem in problems(file)]:
        try:
            found = solve(problem)
        except np.linalg.LinAlgError as reason:
            answers[name][problem["problem"]] = str(reason)
            continue
        if found is not None:
            w, b = (np.asarray(part) for part in found)
            finite = np.isfinite(w).all() and np.isfinite(b).all()
            answers[name][problem["problem"]] = [w.tolist(), b.tolist()] if finite else "not finite"

json.dump({"peers": {name: version for name, (version, _) in peers.items()}, "missing": missing, "answers": answers}, sys.stdout)
