"""Training written in NumPy with the gradients in closed form, and least squares by BLAS. Debian: python3-numpy, python3-scipy."""

import numpy as np
import scipy.linalg
import solver_data

PEER = f"NumPy {np.__version__}"
random = np.random.default_rng(0)

line_x = random.standard_normal((1000, 2), dtype=np.float32)
line_y = line_x @ np.array([[2.0], [-3.4]], dtype=np.float32) + np.float32(4.2)
images = random.random((60000, 784), dtype=np.float32)
labels = random.integers(0, 10, 60000)


def line():
    w, b = random.normal(0, 0.01, (2, 1)).astype(np.float32), np.zeros(1, np.float32)
    for _ in range(3):
        order = random.permutation(1000)
        for first in range(0, 1000, 10):
            rows = order[first : first + 10]
            x = line_x[rows]
            r = x @ w + b - line_y[rows]
            w -= 0.03 / 10 * (x.T @ r)
            b -= 0.03 / 10 * r.sum(0)


weight, bias = random.normal(0, 0.01, (784, 10)).astype(np.float32), np.zeros(10, np.float32)


def softmax_epoch():
    global weight, bias
    order = random.permutation(60000)
    for first in range(0, 60000, 256):
        rows = order[first : first + 256]
        x = images[rows]
        scores = x @ weight + bias
        e = np.exp(scores - scores.max(1, keepdims=True))
        e /= e.sum(1, keepdims=True)
        e[np.arange(len(rows)), labels[rows]] -= 1
        weight -= 0.1 / len(rows) * (x.T @ e)
        bias -= 0.1 / len(rows) * e.sum(0)


@solver_data.prepared(solver_data.least_squares)
def normal_equations():
    """Sums of products by syrk, which reads x once and copies nothing: it takes the transpose of rows in memory for columns."""
    x, y = solver_data.least_squares()
    n, d = x.shape
    means, mean = x.mean(axis=0), y.mean()
    gram = scipy.linalg.blas.dsyrk(1.0, x.T) - n * np.outer(means, means)
    w = scipy.linalg.cho_solve(scipy.linalg.cho_factor(gram), x.T @ y - n * mean * means)
    return lambda: {"last weight": float(w[-1]), "intercept": float(mean - means @ w)}


WORKS = {"line": line, "softmax of floats": softmax_epoch, "least squares, syrk and solve": normal_equations}
