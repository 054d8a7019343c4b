"""Stochastic training in scikit-learn, which goes row by row. Debian: python3-sklearn."""

import numpy as np
import sklearn
from sklearn.linear_model import SGDClassifier, SGDRegressor

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


WORKS = {"line, row by row": line, "one class against the rest, row by row": one_against_the_rest}
