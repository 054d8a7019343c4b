"""Training in scikit-learn: stochastic, which goes row by row, and by its solvers. Debian: python3-sklearn."""

import warnings

import numpy as np
import sklearn
import solver_data
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier, SGDRegressor, lasso_path
from sklearn.metrics import log_loss

PEER = f"scikit-learn {sklearn.__version__}, 2 jobs"
random = np.random.default_rng(0)

line_x = random.standard_normal((1000, 2))
line_y = line_x @ np.array([2.0, -3.4]) + 4.2
images = random.random((60000, 784))
labels = random.integers(0, 10, 60000)


def line():
    SGDRegressor(max_iter=3, tol=None, penalty=None, learning_rate="constant", eta0=0.01).fit(line_x, line_y)


def one_against_the_rest():
    model = SGDClassifier(loss="log_loss", max_iter=1, tol=None, penalty=None, learning_rate="constant", eta0=0.001, n_jobs=2)
    model.fit(images, labels)


@solver_data.prepared(solver_data.least_squares)
def linear_regression():
    LinearRegression().fit(*solver_data.least_squares())


@solver_data.prepared(solver_data.least_squares)
def ridge():
    Ridge(alpha=1e-6, solver="cholesky").fit(*solver_data.least_squares())


def softmax(steps):
    """C = 1, which is λ = 1/n; as far as its tolerance of 1e-4, or so many steps."""

    @solver_data.prepared(solver_data.images)
    def work():
        x, y = solver_data.images()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = LogisticRegression(multi_class="multinomial", solver="lbfgs", max_iter=steps).fit(x, y)
        return lambda: {"objective": objective(model.coef_, model.intercept_), "iterations": int(model.n_iter_[0])}

    return work


def objective(w, b):
    x, y = solver_data.images()
    scores = x @ w.T + b
    largest = scores.max(axis=1)
    losses = largest + np.log(np.exp(scores - largest[:, None]).sum(axis=1)) - scores[np.arange(len(y)), y]
    return float(losses.mean() + (w**2).sum() / (2 * len(y)))


def documents(data):
    """Row by row as usual: alpha = 1e-4, until the loss of an epoch is hardly lower. The log-loss is that of all rows at the end."""

    @solver_data.prepared(solver_data.documents)
    def work():
        x, y = data()
        model = SGDClassifier(loss="log_loss", random_state=0).fit(x, y)

        def result():
            loss = log_loss(y, model.predict_proba(x))
            return {"objective": loss + model.alpha / 2 * (model.coef_**2).sum(), "log-loss": loss, "epochs": int(model.n_iter_)}

        return result

    return work


@solver_data.prepared(solver_data.lasso)
def path():
    """As LassoCV calls it, for columns and a target without their means: a hundred penalties down to a thousandth of the largest."""
    x, y = solver_data.lasso()
    means = x.mean(axis=0)
    _, weights, gaps = lasso_path(x - means, y - y.mean(), eps=1e-3, n_alphas=100)
    return lambda: {"last nonzero": int((weights[:, -1] != 0).sum()), "largest gap": float(gaps.max())}


server = LogisticRegression()
server.classes_ = np.arange(10)
server.coef_ = np.random.default_rng(0).normal(0, 0.01, (10, 784))
server.intercept_ = np.zeros(10)
rows_to_serve = np.random.default_rng(1).random((1000, 784))


def one_by_one():
    for row in rows_to_serve:
        server.predict(row[np.newaxis])


WORKS = {
    "1000 rows, one by one": one_by_one,
    "line, row by row": line,
    "one class against the rest, row by row": one_against_the_rest,
    "least squares, LinearRegression": linear_regression,
    "least squares, Ridge(cholesky)": ridge,
    "multinomial logistic, lbfgs": softmax(1000),
    "multinomial logistic, lbfgs, 100 steps": softmax(100),
    "lasso path, 100 lambdas": path,
    "documents, SGDClassifier(log_loss)": documents(solver_data.documents),
    "documents, load_svmlight_file and SGDClassifier(log_loss)": documents(solver_data.documents_of_file),
}
