"""An independent judge: the same mathematics by NumPy, written from the definitions.

Reads a list of problems (JSON) from standard input and writes a list of answers. A double survives the way there and
back: both sides write the shortest decimal that reads as the same bits.
"""

import json
import sys

import numpy as np


def softmax(problem):
    o = np.array(problem["o"])
    e = np.exp(o - o.max(axis=1, keepdims=True))
    return {"softmax": e / e.sum(axis=1, keepdims=True), "logSumExp": np.logaddexp.reduce(o, axis=1)}


def cross_entropy(problem):
    o, y = np.array(problem["o"]), np.array(problem["y"])
    rows = np.arange(len(y))
    p = softmax(problem)["softmax"]
    gradient = p.copy()
    gradient[rows, y] -= 1.0
    return {"values": np.logaddexp.reduce(o, axis=1) - o[rows, y], "gradient": gradient}


def matmul(problem):
    return {"product": np.array(problem["a"]) @ np.array(problem["b"])}


def least_squares(problem):
    x, y = np.array(problem["x"]), np.array(problem["y"])
    x = np.hstack([x, np.ones((len(x), 1))])
    return {"solution": np.linalg.solve(x.T @ x, x.T @ y), "lstsq": np.linalg.lstsq(x, y, rcond=None)[0]}


def ridge_gradient(problem):
    """The gradient of (1/n) Σ ½‖x·w + b − y‖² + λ/2 ‖w‖² by w and b."""
    x, y, w, b = (np.array(problem[name]) for name in ("x", "y", "w", "b"))
    r = x @ w + b - y
    return {"w": x.T @ r / len(x) + problem["lambda"] * w, "b": r.mean(axis=0)}


def gaussian(problem):
    x, mean, sigma = np.array(problem["x"]), problem["mean"], problem["sigma"]
    density = np.exp(-((x - mean) ** 2) / (2 * sigma**2)) / np.sqrt(2 * np.pi * sigma**2)
    return {"density": density, "logLikelihood": np.log(density).sum()}


def information(problem):
    p, q = np.array(problem["p"]), np.array(problem["q"])
    return {"entropy": -(p * np.log(p)).sum(axis=1), "kl": (p * np.log(p / q)).sum(axis=1)}


KINDS = {
    "softmax": softmax,
    "crossEntropy": cross_entropy,
    "matmul": matmul,
    "leastSquares": least_squares,
    "ridgeGradient": ridge_gradient,
    "gaussian": gaussian,
    "information": information,
}

answers = [KINDS[problem["kind"]](problem) for problem in json.load(sys.stdin)]
json.dump([{name: np.asarray(value).ravel().tolist() for name, value in answer.items()} for answer in answers], sys.stdout)
