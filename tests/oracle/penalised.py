"""Optima of penalised linear models on well-known data, by scikit-learn and statsmodels. Writes penalised.txt and data/ beside this
file. Debian: python3-sklearn, python3-statsmodels.

The objective is that of the library, with rows of weight sᵢ, S = Σ sᵢ, scores o = x·W + b, and no penalty on b:

    f(W, b) = (1/S) Σ sᵢ ℓ(oᵢ, yᵢ) + λ(ρ‖W‖₁ + (1−ρ)/2 ‖W‖²)

    squared ½(o − y)²,   logistic log(1 + exp(o)) − y·o,   softmax log Σₖ exp(oₖ) − o_y.

A peer is run to the tightest tolerance it takes and its answer is brought into this form (`alpha`, `C`: docs/objective.md). Then it is
judged by what makes an optimum one, the residual: the largest, over all parameters, of

    |∂f/∂b|,   |g + λ(1−ρ)w + λρ·sign w| where w ≠ 0,   max(0, |g| − λρ) where w = 0,      g = ∂/∂w of the mean loss.

Peers stop at 1e-6 to 1e-13. So Newton steps on the weights that are not 0 follow, with gradients in extended precision where there is
one; what is written is the point after these steps. The file has both residuals and how far the peer was from that point, which is
no more than 1e-6. f is convex: whatever has a residual of 0 is an optimum, whoever found it.

`--check` does it all again and compares with the file, and runs the examples of docs/objective.md; it writes nothing.
"""

import argparse
import contextlib
import functools
import io
import itertools
import pathlib
import re
import sys
import warnings

import numpy as np
import scipy
import scipy.optimize
import scipy.stats
import sklearn
import statsmodels
import statsmodels.api as sm
from sklearn import datasets
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge

import exact_least_squares

HERE = pathlib.Path(__file__).parent
FILE = HERE / "penalised.txt"
PAGE = HERE.parent.parent / "docs" / "objective.md"

FORMAT = """\
# Optima of penalised linear models: written by penalised.py, which has the mathematics. Not to be edited.
#
# A line is a word and, after blanks, what belongs to it. Numbers are the shortest decimals that read as the same double. A case is the
# lines from 'case' to 'end', in this order; what is in brackets may be missing:
#
#   case NAME
#   data FILE           data/FILE.csv: a line of names, then rows; the last column is the target
#   columns raw|standardised   standardised: less the mean, over the standard deviation (the root of the mean square, over n)
#   target number|label|classes A B ..|above T1 ..   the last column as a number; as a label; only the rows of these labels, which
#                       become 0, 1 ..; or how many of these thresholds it exceeds
#   loss squared|logistic|softmax
#   intercept yes|no
#   [weights s1 .. sk]  row i, from 0, has the weight at i mod k
#   lambda NUMBER
#   ratio NUMBER        rho, the share of |W|_1
#   peer WORDS          and the names it has for lambda
#   [separable yes]     there is no optimum: some direction never makes the loss larger, and makes it smaller for ever. Then 'end'
#   objective NUMBER
#   coefficients NUMBERS   a line for each column, a number for each output. 0.0 is a weight that is exactly 0. Softmax: all classes;
#                       without an L1 part and with none at all their sum over the classes is 0
#   intercepts NUMBERS  softmax: their sum is 0
#   [errors NUMBERS]    standard errors, intercept first: only where lambda is 0
#   [t .. p .. low .. high NUMBERS]   a line each, intercept first: squared only; 95 % intervals
#   [sigma, r2 NUMBER]  the residual standard deviation; without an intercept r2 is not centred
#   [fitted, leverage NUMBERS]  of the first three rows; leverage has the row's weight in it
#   [mean-error, mean-low, mean-high, predict-low, predict-high NUMBERS]  95 % intervals for rows as the first three: of the mean, and of
#                       a new observation of weight 1
#   residual NUMBER     of these numbers, as the head of penalised.py defines it
#   peer-residual NUMBER
#   peer-distance NUMBER   the largest difference of a coefficient from the peer's, over the largest coefficient
#   end
"""

LONG = np.longdouble


# ---- Data.


def load(name):
    loaders = {
        "iris": datasets.load_iris,
        "wine": datasets.load_wine,
        "breast-cancer": datasets.load_breast_cancer,
        "diabetes": lambda: datasets.load_diabetes(scaled=False),
    }
    loaded = loaders[name]()
    names = [re.sub(r" \(cm\)$", "", column).replace(" ", "_") for column in loaded.feature_names]
    return names, loaded.data, loaded.target


def shortest(value):
    return repr(float(value)).removesuffix(".0")


def table(name):
    names, x, y = load(name)
    lines = [",".join(names + ["target"])] + [",".join(map(shortest, [*row, target])) for row, target in zip(x, y)]
    return "\n".join(lines) + "\n"


# ---- The objective, its gradient and its curvature.


def scores(x, w, b):
    return x @ w + b


def row_losses(loss, o, y):
    if loss == "squared":
        return (o - y) ** 2 / 2
    if loss == "logistic":
        return np.logaddexp(0, o) - y * o
    highest = o.max(axis=1, keepdims=True)
    return (highest + np.log(np.exp(o - highest).sum(axis=1, keepdims=True))) - (o * y).sum(axis=1, keepdims=True)


def expectation(loss, o):
    """What the target should be on average: the slope of the loss is this less the target."""
    if loss == "squared":
        return o
    if loss == "logistic":
        return 1 / (1 + np.exp(-o))
    e = np.exp(o - o.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class Objective:
    """Targets are a matrix: numbers, 0 or 1, or a 1 in the column of the class. Sums are in extended precision where there is one."""

    def __init__(self, loss, x, y, weights, intercept, penalty, ratio):
        self.loss, self.intercept, self.penalty, self.ratio = loss, intercept, LONG(penalty), LONG(ratio)
        self.x, self.y, self.s = x.astype(LONG), y.astype(LONG), (weights / weights.astype(LONG).sum())[:, None]

    def value(self, w, b):
        w = w.astype(LONG)
        losses = row_losses(self.loss, scores(self.x, w, b.astype(LONG)), self.y)
        return (self.s * losses).sum() + self.penalty * (self.ratio * abs(w).sum() + (1 - self.ratio) / 2 * (w**2).sum())

    def slopes(self, w, b):
        """By w, without the L1 part, and by b."""
        w = w.astype(LONG)
        g = self.s * (expectation(self.loss, scores(self.x, w, b.astype(LONG))) - self.y)
        return self.x.T @ g + self.penalty * (1 - self.ratio) * w, g.sum(axis=0) * self.intercept

    def residuals(self, w, b):
        gw, gb = self.slopes(w, b)
        bound = self.penalty * self.ratio
        return np.where(w != 0, abs(gw + bound * np.sign(w)), np.maximum(0, abs(gw) - bound)), abs(gb)

    def residual(self, w, b):
        return float(max(r.max() for r in self.residuals(w, b)))

    def curvature(self, w, b):
        """The matrix of second derivatives by [w; b], flat: column by column of [x 1], output by output."""
        x = np.hstack([self.x, np.full((len(self.x), 1), self.intercept, dtype=LONG)]).astype(float)
        p = expectation(self.loss, scores(self.x, w.astype(LONG), b.astype(LONG))).astype(float)
        q = p.shape[1]
        if self.loss == "softmax":
            rows = p[:, :, None] * (np.eye(q) - p[:, None, :])
        else:
            rows = (np.ones_like(p) if self.loss == "squared" else p * (1 - p))[:, :, None]
        rows = rows * self.s.astype(float)[:, :, None]
        h = np.einsum("ni,nkl,nj->ikjl", x, rows, x, optimize=True)
        h = h.reshape(x.shape[1] * q, -1)
        ridge = np.zeros(len(h))
        ridge[: w.size] = float(self.penalty * (1 - self.ratio))
        return h + np.diag(ridge)

    def centred(self, w, b):
        """The one of the points with the same predictions, and the same value, whose classes sum to 0."""
        if self.loss != "softmax":
            return w, b
        free = self.penalty == 0 or self.ratio == 0
        return (w - w.mean(axis=1, keepdims=True) if free else w), b - b.mean()

    def polished(self, w, b):
        """Newton on the weights that the peer has not at 0: all of them where there is no L1 part."""
        w, b = self.centred(w.astype(LONG), b.astype(LONG))
        bound, best = self.penalty * self.ratio, None
        active, sign = (w != 0) | (bound == 0), np.sign(w)
        for _ in range(60):
            gw, gb = self.slopes(w, b)
            flat = np.concatenate([active.ravel(), np.full(b.size, self.intercept)])
            slope = np.concatenate([(gw + bound * sign).ravel(), gb])[flat].astype(float)
            h = self.curvature(w, b)[np.ix_(flat, flat)]
            # Scaled, so that one column's units do not hide another's; the softmax has directions of no curvature: least squares.
            size = 1 / np.sqrt(np.maximum(np.diag(h), 1e-300))
            step = np.zeros(flat.size, dtype=LONG)
            step[flat] = size * np.linalg.lstsq(h * size[:, None] * size, slope * size, rcond=1e-15)[0]
            w, b = self.centred(w - step[: w.size].reshape(w.shape), b - step[w.size :])
            rounded = w.astype(float), b.astype(float)
            residual = self.residual(*rounded)
            if best is None or residual < best[0]:
                best, waited = (residual, *rounded), 0
            else:
                waited += 1
            if waited == 6:
                break
        return best[1:]


def is_separable(loss, x, y):
    """Whether some [w; b] makes no score of a wrong class larger than the right one's, and some smaller: linear programming."""
    x = np.hstack([x, np.ones((len(x), 1))])
    if loss == "logistic":
        margins = (2 * y - 1) * x
    else:
        k = y.shape[1]
        right = y.argmax(axis=1)
        rows = []
        for row, label in zip(x, right):
            for other in range(k):
                if other != label:
                    margin = np.zeros((x.shape[1], k))
                    margin[:, label], margin[:, other] = row, -row
                    rows.append(margin.ravel())
        margins = np.array(rows)
    found = scipy.optimize.linprog(-margins.sum(axis=0), A_ub=-margins, b_ub=np.zeros(len(margins)), bounds=(-1, 1), method="highs")
    return bool(-found.fun > 1e-6)


# ---- Cases.


class Case:
    def __init__(self, name, data, columns, target, loss, penalty, peer, ratio=0.0, intercept=True, weights=None):
        self.name, self.data, self.columns, self.target, self.loss = name, data, columns, target, loss
        self.penalty, self.ratio, self.intercept, self.peer, self.weights = penalty, ratio, intercept, peer, weights

    def rows(self):
        _, x, y = load(self.data)
        kind, *numbers = self.target.split()
        numbers = [float(v) for v in numbers]
        if kind == "classes":
            kept = np.isin(y, numbers)
            x, y = x[kept], np.searchsorted(numbers, y[kept])
        elif kind == "above":
            y = sum((y > v).astype(int) for v in numbers)
        if self.columns == "standardised":
            exact = x.astype(LONG)
            centred = exact - exact.mean(axis=0)
            x = (centred / np.sqrt((centred**2).mean(axis=0))).astype(float)
        s = np.resize(self.weights or [1.0], len(x)).astype(float)
        return x, y, s

    def lines(self):
        x, y, s = self.rows()
        targets = np.eye(y.max() + 1)[y] if self.loss == "softmax" else y.reshape(-1, 1).astype(float)
        yield f"case {self.name}"
        yield f"data {self.data}"
        yield f"columns {self.columns}"
        yield f"target {self.target}"
        yield f"loss {self.loss}"
        yield f"intercept {'yes' if self.intercept else 'no'}"
        if self.weights:
            yield "weights " + " ".join(map(shortest, self.weights))
        yield f"lambda {self.penalty!r}"
        yield f"ratio {self.ratio!r}"
        if self.peer is None:
            assert self.penalty == 0 and is_separable(self.loss, x, targets), self.name
            yield f"peer scipy {scipy.__version__}: linprog finds such a direction"
            yield "separable yes"
            yield "end"
            return
        if self.penalty == 0 and self.loss != "squared":
            assert not is_separable(self.loss, x, targets), self.name
        objective = Objective(self.loss, x, targets, s, self.intercept, self.penalty, self.ratio)
        words, w, b, *rest = self.peer(self, x, y, s)
        w, b = objective.centred(np.asarray(w, dtype=float), np.asarray(b, dtype=float))
        pw, pb = objective.polished(w, b)
        if self.loss == "squared" and self.penalty == 0:
            exact = exact_answer(self)[0]
            pw, pb = (exact[1:, None], exact[:1]) if self.intercept else (exact[:, None], np.zeros(1))
        everything = np.concatenate([pw.ravel(), pb])
        # Within an optimum of many digits: relative to the slopes at 0, which have the units of the columns.
        start = max(abs(g).max() for g in objective.slopes(np.zeros_like(pw), np.zeros_like(pb)))
        residual = objective.residual(pw, pb)
        assert residual <= 2e-15 * float(start) * max(1, np.abs(x).max()), (self.name, residual, start)
        distance = np.abs(np.concatenate([w.ravel(), b]) - everything).max() / np.abs(everything).max()
        assert distance <= 1e-6, (self.name, distance)
        yield f"peer {words}"
        yield f"objective {float(objective.value(pw, pb))!r}"
        for row in pw:
            yield "coefficients " + " ".join(repr(float(v) + 0.0) for v in row)
        yield "intercepts " + " ".join(repr(float(v) + 0.0) for v in pb)
        if self.penalty == 0 and self.loss != "softmax":
            yield from inference(self, objective, x, y, s, pw, pb, rest[0])
        yield f"residual {residual:.1e}"
        yield f"peer-residual {objective.residual(w, b):.1e}"
        yield f"peer-distance {distance:.1e}"
        yield "end"


@functools.cache
def exact_answer(case):
    """Coefficients and standard errors, intercept first, and the sum of squares, from the solution in fractions."""
    x, y, s = case.rows()
    # A column of ones and no intercept: means would be fractions with long denominators, and ten times slower.
    x = design(case, x)
    lines = [line.split() for line in exact_least_squares.Problem("", "", x.tolist(), y.tolist(), s.tolist(), False).lines()]
    return [np.array([float(line[1]) for line in lines if line[0] == word]) for word in ("coefficients", "errors", "squares")]


def design(case, x):
    return np.hstack([np.ones((len(x), 1)), x]) if case.intercept else x


def near(name, ours, theirs, tolerance):
    distance = np.max(np.abs(np.asarray(ours) / np.asarray(theirs) - 1))
    assert distance <= tolerance, (name, distance)


def inference(case, objective, x, y, s, w, b, fitted):
    order = lambda values: " ".join(repr(float(v)) for v in values)
    estimates = np.array([*b[: case.intercept], *w[:, 0]])
    if case.loss == "logistic":
        h = objective.curvature(w, b) * s.sum()
        covariance = np.linalg.inv(np.roll(h, 1, axis=(0, 1)))
        errors = np.sqrt(np.diag(covariance))
        near(case.name, errors, fitted.bse, 1e-7)
        yield "errors " + order(errors)
        return
    # From the exact answer; statsmodels computes the same from its own, and is held to it.
    _, errors, (squares,) = exact_answer(case)
    freedom = len(x) - len(estimates)
    t = estimates / errors
    p = 2 * scipy.stats.t.sf(np.abs(t), freedom)
    reach = scipy.stats.t.ppf(0.975, freedom)
    sigma = np.sqrt(squares / freedom)
    around = (s * y).sum() / s.sum() if case.intercept else 0.0
    r2 = 1 - squares / float((s.astype(LONG) * (y.astype(LONG) - LONG(around)) ** 2).sum())
    near(case.name, errors, fitted.bse, 1e-9)
    near(case.name, p, fitted.pvalues, 1e-7)
    near(case.name, np.array([estimates - reach * errors, estimates + reach * errors]), fitted.conf_int().T, 1e-7)
    near(case.name, [sigma, r2], [np.sqrt(fitted.scale), fitted.rsquared], 1e-9)
    first = design(case, x)[:3]
    leverage = s[:3] * np.einsum("ij,jk,ik->i", first, fitted.normalized_cov_params, first)
    interval = fitted.get_prediction(first).summary_frame(alpha=0.05)
    yield "errors " + order(errors)
    yield "t " + order(t)
    yield "p " + order(p)
    yield "low " + order(estimates - reach * errors)
    yield "high " + order(estimates + reach * errors)
    yield f"sigma {float(sigma)!r}"
    yield f"r2 {float(r2)!r}"
    yield "fitted " + order(interval["mean"])
    yield "leverage " + order(leverage)
    yield "mean-error " + order(interval["mean_se"])
    yield "mean-low " + order(interval["mean_ci_lower"])
    yield "mean-high " + order(interval["mean_ci_upper"])
    yield "predict-low " + order(interval["obs_ci_lower"])
    yield "predict-high " + order(interval["obs_ci_upper"])


# ---- Peers: words for the file, weights [d; q], intercepts [q].

SKLEARN, STATSMODELS = f"scikit-learn {sklearn.__version__}", f"statsmodels {statsmodels.__version__}"


def ridge(case, x, y, s):
    alpha = case.penalty * s.sum()
    m = Ridge(alpha=alpha, fit_intercept=case.intercept, solver="svd" if len(set(s)) == 1 else "cholesky").fit(x, y, sample_weight=s)
    return f"{SKLEARN}: Ridge(alpha={alpha!r}, fit_intercept={m.fit_intercept}, solver={m.solver!r})", m.coef_[:, None], [m.intercept_]


def lasso(case, x, y, s):
    kind = Lasso if case.ratio == 1 else ElasticNet
    settings = {"alpha": case.penalty, "fit_intercept": case.intercept, "tol": 1e-14, "max_iter": 1000000}
    if case.ratio != 1:
        settings["l1_ratio"] = case.ratio
    m = kind(**settings).fit(x, y, sample_weight=s)
    return f"{SKLEARN}: {kind.__name__}({described(settings)})", m.coef_[:, None], [m.intercept_]


def described(settings):
    return ", ".join(f"{name}={value!r}" for name, value in settings.items())


def logistic(case, x, y, s):
    settings = {"C": float(1 / (case.penalty * s.sum())), "tol": 1e-14, "fit_intercept": case.intercept}
    if case.ratio > 0:
        settings |= {"penalty": "elasticnet", "l1_ratio": case.ratio, "solver": "saga", "max_iter": 4000, "random_state": 0, "tol": 1e-12}
    elif case.loss == "softmax":
        settings |= {"multi_class": "multinomial", "solver": "newton-cg", "max_iter": 1000}
    else:
        settings |= {"solver": "newton-cholesky", "max_iter": 1000}
    m = LogisticRegression(**settings).fit(x, y, sample_weight=s)
    w, b = m.coef_.T, m.intercept_
    if case.loss == "softmax" and w.shape[1] == 1:
        w, b = np.hstack([-w, w]), np.concatenate([-b, b])
    return f"{SKLEARN}: LogisticRegression({described(settings)})", w, b


def least_squares(case, x, y, s):
    m = sm.WLS(y, sm.add_constant(x) if case.intercept else x, weights=s).fit(method="qr")
    words = f"{STATSMODELS}: WLS with weights" if len(set(s)) > 1 else f"{STATSMODELS}: OLS"
    if case.intercept:
        return words + " and add_constant", m.params[1:, None], m.params[:1], m
    return words, m.params[:, None], [0.0], m


def logit(case, x, y, s):
    m = sm.Logit(y, sm.add_constant(x)).fit(method="newton", tol=1e-14, maxiter=200, disp=False)
    return f"{STATSMODELS}: Logit(...).fit(method='newton', tol=1e-14)", m.params[1:, None], m.params[:1], m


def mnlogit(case, x, y, s):
    m = sm.MNLogit(y, sm.add_constant(x)).fit(method="newton", tol=1e-14, maxiter=200, disp=False)
    full = np.hstack([np.zeros((x.shape[1] + 1, 1)), m.params])
    return f"{STATSMODELS}: MNLogit(...).fit(method='newton', tol=1e-14), whose first class has coefficients 0", full[1:], full[0]


def cases():
    some = [1.0, 2.0, 0.5, 3.0, 0.0, 1.5, 0.25]

    def squared(name, columns, penalty, peer, **more):
        return Case(f"diabetes-{name}", "diabetes", columns, "number", "squared", penalty, peer, **more)

    yield squared("ridge", "standardised", 0.1, ridge)
    yield squared("ridge-raw", "raw", 2.0, ridge)
    yield squared("ridge-weights", "standardised", 0.5, ridge, weights=some)
    yield squared("ridge-no-intercept", "raw", 0.01, ridge, intercept=False)
    for penalty in (50.0, 20.0, 5.0, 0.5, 0.05):
        yield squared(f"lasso-{penalty:g}", "standardised", penalty, lasso, ratio=1.0)
    yield squared("lasso-raw", "raw", 3.0, lasso, ratio=1.0)
    yield squared("lasso-weights", "standardised", 2.0, lasso, ratio=1.0, weights=some)
    yield squared("lasso-no-intercept", "standardised", 1.0, lasso, ratio=1.0, intercept=False)
    yield squared("elastic-net", "standardised", 1.0, lasso, ratio=0.5)
    yield squared("elastic-net-weights", "standardised", 0.25, lasso, ratio=0.875, weights=some)
    yield Case("breast-cancer-lasso", "breast-cancer", "standardised", "number", "squared", 0.01, lasso, ratio=1.0)
    yield Case("breast-cancer-elastic-net", "breast-cancer", "standardised", "number", "squared", 0.002, lasso, ratio=0.75)
    yield squared("least-squares", "raw", 0.0, least_squares)
    yield squared("least-squares-weights", "raw", 0.0, least_squares, weights=[1.0, 2.0, 0.5, 3.0, 0.75])
    yield squared("least-squares-no-intercept", "raw", 0.0, least_squares, intercept=False)

    def cancer(name, columns, penalty, peer=logistic, **more):
        return Case(f"breast-cancer-logistic-{name}", "breast-cancer", columns, "label", "logistic", penalty, peer, **more)

    for name, strength in (("C=1", 1.0), ("C=0.01", 0.01), ("C=100", 100.0)):
        yield cancer(name, "standardised", 1 / (strength * 569))
    yield cancer("raw", "raw", 0.001)
    yield cancer("weights", "standardised", 0.01, weights=some)
    yield cancer("no-intercept", "standardised", 0.01, intercept=False)
    yield cancer("l1", "standardised", 0.02, ratio=1.0)
    yield cancer("elastic-net", "standardised", 0.03, ratio=0.5)
    yield cancer("separable", "standardised", 0.0, peer=None)
    yield Case("diabetes-logistic", "diabetes", "raw", "above 140", "logistic", 0.0, logit)
    yield Case("iris-logistic", "iris", "raw", "classes 1 2", "logistic", 0.0, logit)

    def softmax(name, data, columns, penalty, peer=logistic, target="label", **more):
        return Case(f"{data}-softmax{name}", data, columns, target, "softmax", penalty, peer, **more)

    yield softmax("-raw", "iris", "raw", 1 / 150)
    yield softmax("", "iris", "standardised", 1 / 150)
    yield softmax("-C=1000", "iris", "standardised", 1 / 150000)
    yield softmax("-weights", "iris", "standardised", 0.01, weights=some)
    yield softmax("", "wine", "standardised", 1 / 178)
    yield softmax("-no-intercept", "wine", "standardised", 0.05, intercept=False)
    yield softmax("-l1", "wine", "standardised", 0.02, ratio=1.0)
    yield softmax("-elastic-net", "wine", "standardised", 0.05, ratio=0.5)
    yield softmax("-of-two", "breast-cancer", "standardised", 0.01)
    yield softmax("", "diabetes", "standardised", 0.0, peer=mnlogit, target="above 100 200")
    yield softmax("-separable", "iris", "raw", 0.0, peer=None)
    yield softmax("-separable", "wine", "standardised", 0.0, peer=None)


def text():
    with warnings.catch_warnings():
        # That a tolerance of 1e-14 was not reached: the residual says by how much.
        warnings.simplefilter("ignore")
        blocks = ["\n".join(case.lines()) for case in cases()]
    return FORMAT + "".join(f"\n{block}\n" for block in blocks)


# ---- Checks.


def compare(recorded, found):
    """Words are the same but for the peer's; numbers within 1e-9 of the largest of their line, zeros exactly."""
    apart = []
    quality = ("peer", "residual", "peer-residual", "peer-distance")
    name = ""
    for a, b in itertools.zip_longest(recorded.splitlines(), found.splitlines(), fillvalue=""):
        if a.startswith("case "):
            name = a
        (word, *left), (other, *right) = (a.split() or [""]), (b.split() or [""])
        if a == b or word == other and word in quality:
            continue
        try:
            u, v = np.array(left, dtype=float), np.array(right, dtype=float)
            same = word == other and u.shape == v.shape and ((u == 0) == (v == 0)).all() and abs(u - v).max() <= 1e-9 * abs(u).max()
        except ValueError:
            same = False
        if not same:
            apart.append(f"{name}:\n  recorded {a}\n  found    {b}")
    return apart


def page_examples():
    """Runs the python blocks of the page; the text block after one is what it prints."""
    apart = []
    for code, printed in re.findall(r"```python\n(.*?)```\n+```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(code, {})
        if output.getvalue() != printed:
            apart.append(f"{PAGE.name} says\n{printed}and prints\n{output.getvalue()}")
    return apart


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--check", action="store_true", help="compare with the files and the page, and write nothing")
    tables = {HERE / "data" / f"{name}.csv": table(name) for name in ("iris", "wine", "breast-cancer", "diabetes")}
    if not arguments.parse_args().check:
        for file, content in {FILE: text(), **tables}.items():
            file.parent.mkdir(exist_ok=True)
            file.write_text(content, encoding="utf-8")
    else:
        apart = compare(FILE.read_text(encoding="utf-8"), text()) + page_examples()
        apart += [f"{file.name} is other data" for file, content in tables.items() if file.read_text(encoding="utf-8") != content]
        if apart:
            sys.exit("\n".join(apart))
