"""What the solvers of the peers are given, made when it is first asked for.

Images and the lasso's columns are the very numbers of this library's side, which writes them to the folder that
LINEARNETS_BENCH_DATA names. A small trial: LINEARNETS_BENCH_SHRINK=100 takes a hundredth of the rows.
"""

import functools
import os
import pathlib

import numpy as np

SHRINK = int(os.environ.get("LINEARNETS_BENCH_SHRINK", "1"))


def prepared(data):
    """Marks a work as one that needs some data before it is timed."""

    def mark(work):
        work.prepare = data
        return work

    return mark


def read(name, dtype):
    return np.fromfile(pathlib.Path(os.environ["LINEARNETS_BENCH_DATA"]) / name, dtype)


@functools.cache
def least_squares():
    random = np.random.default_rng(0)
    n, d = 1_000_000 // SHRINK, 100
    x = random.standard_normal((n, d))
    return x, x @ np.arange(1.0, d + 1) + 3 + random.standard_normal(n)


@functools.cache
def images():
    """Pixels from 0 to 1 as doubles, which is what lbfgs wants: it would copy anything else."""
    return read("images.u8", np.uint8).reshape(-1, 784) / 255, read("labels.u8", np.uint8).astype(int)


def documents_of_file():
    from sklearn.datasets import load_svmlight_file

    return load_svmlight_file(str(pathlib.Path(os.environ["LINEARNETS_BENCH_DATA"]) / "documents.txt"), n_features=50_000)


documents = functools.cache(documents_of_file)


@functools.cache
def lasso():
    y = read("lasso-y.f64", np.float64)
    # Columns one after the other, which is what coordinate descent wants: it would copy anything else.
    return np.asfortranarray(read("lasso-x.f64", np.float64).reshape(len(y), -1)), y
