"""Least squares problems with exact answers. Writes exact-least-squares.txt beside this file; any Python 3 runs it.

    minimise over w, b   (1/S) Σᵢ sᵢ ½(xᵢ·w + b − yᵢ)² + λ/2 ‖w‖²,   S = Σ sᵢ

The numbers of a problem are doubles, and the answer is that of these very doubles, in rational arithmetic: with weighted means taken
off, G = Σ sᵢ xᵢxᵢᵀ + λS·I and c = Σ sᵢ xᵢyᵢ,

    G w = c,   b = mean of y − (mean of x)·w.

Where G is singular, N are columns that span its null space, and the answer is the one of least ‖w‖, in the units of the columns
as they are given; the intercept is free, it is no part of the norm:

    (G + N Nᵀ) w = c      since c ⟂ N, and so NᵀN·Nᵀw = 0.

Every answer is checked before it is written: the gradient of the objective is exactly 0, N is exactly in the null space of the centred
rows, and w exactly perpendicular to it. `--check` compares the file with what would be written, and writes nothing; and it solves the
problems of nist.txt, whose certified answers have to be those of this arithmetic.
"""

import argparse
import decimal
import functools
import itertools
import math
import operator
import pathlib
import random
import sys
from fractions import Fraction

FILE = pathlib.Path(__file__).with_name("exact-least-squares.txt")
NIST = FILE.with_name("nist.txt")

FORMAT = """\
# Least squares problems with exact answers: written by exact_least_squares.py, which has the mathematics. Not to be edited.
#
# A line is a word and, after blanks, what belongs to it; lines that begin with # are for readers. Doubles are written as the shortest
# decimal that reads as the same bits; answers with 25 digits. A problem is the lines from 'problem' to 'end', in this order:
#
#   problem NAME
#   about WORDS
#   size ROWS COLUMNS OUTPUTS
#   degree K            only where K > 1: the one column x is made into x, x^2 .. x^K without rounding; the answer has K coefficients
#   intercept yes|no
#   lambda NUMBER       the penalty; the objective is (1/S) sum s 1/2 r^2 + lambda/2 |w|^2, the intercept is free
#   weights s1 .. sn    only where there are weights
#   x NUMBERS           as often as there are rows
#   y NUMBERS           as often as there are rows
#   rank R              of the columns (of the centred ones, where there is an intercept); a penalty makes it full
#   dependent NAMES     only where R is below the number of coefficients: every column that is a combination of others
#   condition NUMBER    only where R is full: about the condition number of the columns, centred, with the penalty's rows, and scaled
#                       to length 1 (three digits; it is for readers)
#   coefficients NUMBERS  as often as there are coefficients, a number for each output; where R is not full, those of the least |w|
#                         in the units of x; left out where only rounding tells the columns apart
#   intercepts NUMBERS    a number for each output; 0 where there is no intercept
#   squares NUMBERS       the sum of s r^2, for each output
#   errors NUMBERS        standard errors, intercept first where there is one, a line each; where R is full, lambda 0 and freedom left:
#                         sigma^2 = squares / (rows of positive weight - coefficients), times the diagonal of the inverse
#   end
#
# How many digits are right: -log10 of |ours - answer| / |answer|. Where the answer is 0, of |ours| times the length of the column
# (centred, weighed) over the length of y: the share of y that it would explain.
"""


# ---- Exact arithmetic: matrices are lists of rows of Fractions.


def exact(rows):
    return [[Fraction(v) for v in row] for row in rows]


def transpose(a):
    return [list(column) for column in zip(*a)]


def product(a, b):
    columns = transpose(b)
    return [[sum(u * v for u, v in zip(row, column)) for column in columns] for row in a]


def reduced(a):
    """The reduced row echelon form, and the columns of its pivots."""
    a, pivots = [row[:] for row in a], []
    for column in range(len(a[0])):
        top = len(pivots)
        found = next((i for i in range(top, len(a)) if a[i][column] != 0), None)
        if found is None:
            continue
        a[top], a[found] = a[found], a[top]
        a[top] = [v / a[top][column] for v in a[top]]
        for i, row in enumerate(a):
            if i != top and row[column] != 0:
                a[i] = [v - row[column] * p for v, p in zip(row, a[top])]
        pivots.append(column)
    return a, pivots


def solve(a, b):
    size = len(a)
    both, pivots = reduced([left + right for left, right in zip(a, b)])
    assert pivots[:size] == list(range(size)), "singular"
    return [row[size:] for row in both[:size]]


def null_space(a):
    """Vectors that span it, a row each."""
    echelon, pivots = reduced(a)
    size, vectors = len(a[0]), []
    for free in (j for j in range(size) if j not in pivots):
        vector = [Fraction(int(j == free)) for j in range(size)]
        for row, pivot in zip(echelon, pivots):
            vector[pivot] = -row[free]
        vectors.append(vector)
    return vectors


def identity(size):
    return [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]


def root(value):
    """√ of a Fraction, as a Decimal with 40 digits."""
    with decimal.localcontext() as context:
        context.prec = 45
        return (decimal.Decimal(value.numerator) / decimal.Decimal(value.denominator)).sqrt()


def digits(value, count=25):
    """A decimal of so many digits."""
    with decimal.localcontext() as context:
        context.prec = 60
        if isinstance(value, Fraction):
            value = decimal.Decimal(value.numerator) / decimal.Decimal(value.denominator)
        return "0" if value == 0 else f"{value:.{count - 1}e}"


def condition(gram):
    """√(‖C‖‖C⁻¹‖) in Frobenius norms, C = the columns' cosines: that of the scaled columns, or a little more."""
    size = len(gram)
    # Rounded to 60 digits, and regular still.
    scale = [Fraction(1 / root(gram[j][j])) for j in range(size)]
    cosines = [[gram[i][j] * scale[i] * scale[j] for j in range(size)] for i in range(size)]
    norm = lambda a: root(sum(v * v for row in a for v in row))
    return (norm(cosines) * norm(solve(cosines, identity(size)))).sqrt()


# ---- A problem, and its answer.


class Problem:
    def __init__(self, name, about, x, y, weights=None, intercept=True, ridge=0.0, degree=1, only_rounding=False):
        self.name, self.about, self.weights, self.intercept = name, about, weights, intercept
        self.ridge, self.degree, self.only_rounding = ridge, degree, only_rounding
        self.x = [[float(v) for v in row] for row in x]
        self.y = [[float(v) for v in (row if isinstance(row, (list, tuple)) else [row])] for row in y]
        assert all(math.isfinite(v) for row in self.x + self.y for v in row) and len(self.x) == len(self.y)

    def features(self):
        rows = exact(self.x)
        return rows if self.degree == 1 else [[row[0] ** k for k in range(1, self.degree + 1)] for row in rows]

    def names(self):
        count = len(self.x[0])
        return ["x"] if count == 1 else [f"x{j + 1}" for j in range(count)]

    def lines(self):
        x, y = self.features(), exact(self.y)
        n, d, q = len(x), len(x[0]), len(y[0])
        s = [Fraction(v) for v in (self.weights or [1.0] * n)]
        total, ridge = sum(s), Fraction(self.ridge)

        def mean(rows):
            return [sum(si * v for si, v in zip(s, column)) / total if self.intercept else Fraction(0) for column in transpose(rows)]

        def centred(rows):
            return [[v - m for v, m in zip(row, mean(rows))] for row in rows]

        xc, yc = centred(x), centred(y)
        weighted = transpose([[si * v for v in row] for si, row in zip(s, xc)])
        gram = [[v + (ridge * total if i == j else 0) for j, v in enumerate(row)] for i, row in enumerate(product(weighted, xc))]
        right = product(weighted, yc)
        null = null_space(gram)
        regular = product(transpose(null), null) if null else [[0] * d for _ in range(d)]
        w = solve([[u + v for u, v in zip(a, b)] for a, b in zip(gram, regular)], right)
        b = [my - sum(m * wi for m, wi in zip(mean(x), column)) for my, column in zip(mean(y), transpose(w))]

        # The check, from the definition: the gradient by w and b.
        r = [[p + bk - v for p, bk, v in zip(scores, b, row)] for scores, row in zip(product(x, w), y)]
        slope = product(transpose([[si * v for v in row] for si, row in zip(s, x)]), r)
        assert all(g + ridge * total * wi == 0 for gs, ws in zip(slope, w) for g, wi in zip(gs, ws)), self.name
        assert not self.intercept or all(sum(si * v for si, v in zip(s, column)) == 0 for column in transpose(r)), self.name
        assert all(v == 0 for si, row in zip(s, product(xc, transpose(null))) if si for v in row) if null else True, self.name
        assert all(v == 0 for row in product(null, w) for v in row) if null else True, self.name

        squares = [sum(si * v * v for si, v in zip(s, column)) for column in transpose(r)]
        rank, freedom = d - len(null), sum(si > 0 for si in s) - d - self.intercept
        known = [digits(v) for v in squares]

        yield f"problem {self.name}"
        yield f"about {self.about}"
        yield f"size {n} {len(self.x[0])} {q}"
        if self.degree > 1:
            yield f"degree {self.degree}"
        yield f"intercept {'yes' if self.intercept else 'no'}"
        yield f"lambda {self.ridge!r}"
        if self.weights:
            yield "weights " + " ".join(repr(float(v)) for v in self.weights)
        for word, rows in (("x", self.x), ("y", self.y)):
            for row in rows:
                yield word + " " + " ".join(repr(v) for v in row)
        if self.only_rounding:
            # What a solver should say of columns that rounding alone tells apart.
            yield f"rank {d - 1}"
            yield "dependent " + " ".join(self.only_rounding)
            yield "end"
            return
        yield f"rank {rank}"
        if null:
            taking_part = [name for name, column in zip(self.names(), transpose(null)) if any(v != 0 for v in column)]
            yield "dependent " + " ".join(taking_part)
        else:
            yield f"condition {digits(condition(gram), 3)}"
        for row in w:
            yield "coefficients " + " ".join(digits(v) for v in row)
        yield "intercepts " + " ".join(digits(v) for v in b)
        yield "squares " + " ".join(known)
        if not null and ridge == 0 and freedom > 0:
            ones = [row + ([Fraction(1)] if self.intercept else []) for row in x]
            full = product(transpose([[si * v for v in row] for si, row in zip(s, ones)]), ones)
            inverse = solve(full, identity(len(full)))
            order = ([d] if self.intercept else []) + list(range(d))
            for j in order:
                yield "errors " + " ".join(digits(root(inverse[j][j] * v / freedom)) for v in squares)
        yield "end"


# ---- The problems. Doubles throughout: what a formula rounds to is the problem. Only + - * and /, which round alike everywhere.


def powers(t, orders):
    return [math.prod([t] * k, start=1.0) for k in orders]


def uniform(seed):
    """Numbers in (−1, 1) with 20 bits, the same in every Python."""
    source = random.Random(seed)
    return lambda: source.randrange(-(2**20) + 1, 2**20) / 2**20


def matrix(seed, n, d):
    u = uniform(seed)
    return [[u() for _ in range(d)] for _ in range(n)]


def noisy(seed, x, w, b=0.0, noise=0.01):
    u = uniform(seed)
    # Not sum(), which newer Pythons round otherwise than older ones.
    return [functools.reduce(operator.add, map(operator.mul, row, w)) + b + noise * u() for row in x]


def scales():
    sizes = [1e-8, 1e-4, 1.0, 1e4, 1e8]
    x = [[v * s for v, s in zip(row, sizes)] for row in matrix(1, 20, 5)]
    return Problem("scales", "columns of sizes 1e-8 to 1e8", x, noisy(2, x, [3e8, -2e4, 1.0, 5e-4, -7e-8], 4.0))


def scales_without_intercept():
    sizes = [1e8, 1e-8, 1e3]
    x = [[v * s for v, s in zip(row, sizes)] for row in matrix(3, 12, 3)]
    return Problem(
        "scales-without-intercept", "columns of sizes 1e8, 1e-8 and 1e3, no intercept",
        x, noisy(4, x, [2e-8, -1e8, 3e-3]), intercept=False,
    )


def lauchli():
    e = 1e-8
    x = [[1, 1, 1], [e, 0, 0], [0, e, 0], [0, 0, e]]
    return Problem("lauchli", "a row of ones above 1e-8 times the identity: its Gram matrix is singular in doubles", x,
                   [3.25, 1e-8, 2.5e-8, -1e-8], intercept=False)


def lauchli_tall():
    e = 2.0**-30
    x = [[1, 1, 1, 1] for _ in range(3)] + [[e * (i == j) for j in range(4)] for i in range(4)]
    return Problem("lauchli-tall", "the same with 2^-30, four columns and two outputs", x,
                   [[1, 2], [1.5, 2], [0.5, 1], [e, 0], [0, 2 * e], [3 * e, 0], [0, -e]], intercept=False)


def near_collinear():
    u = uniform(5)
    x = [[v, w, v + w + 1e-9 * u()] for v, w in matrix(6, 15, 2)]
    return Problem("near-collinear", "x3 is x1 + x2 but for 1e-9", x, noisy(7, x, [1.0, 2.0, 3.0], -1.0, 1e-3))


def nearer_collinear():
    u = uniform(8)
    x = [[v, v + 1e-11 * u()] for (v,) in matrix(9, 10, 1)]
    return Problem("nearer-collinear", "x2 is x1 but for 1e-11", x, noisy(10, x, [1.0, 1.0], 0.5, 1e-4))


def far_from_zero():
    x = [[1e8 + v, -3e8 + 10 * w] for v, w in matrix(11, 16, 2)]
    return Problem("far-from-zero", "columns of small numbers at 1e8 and -3e8", x,
                   [2e8 + 3.5 * (a - 1e8) - 0.25 * (b + 3e8) + 1e-3 * e for (a, b), (e,) in zip(x, matrix(12, 16, 1))])


def farther_from_zero():
    x = [[1e12 + 3 * i + (i * i) % 5] for i in range(12)]
    return Problem("farther-from-zero", "one column of small whole numbers at 1e12", x, [1e9 + 2 * i + (i % 3) for i in range(12)])


def vandermonde():
    x = [powers(i / 10, range(1, 10)) for i in range(1, 16)]
    return Problem("vandermonde", "powers 1 to 9 of 0.1 to 1.5, as they round", x,
                   [1 / (1 + i / 10) + 1e-3 * (i % 2) for i in range(1, 16)])


def vandermonde_without_intercept():
    x = [powers(1 + i / 15, range(9)) for i in range(16)]
    return Problem("vandermonde-of-1-to-2", "powers 0 to 8 of 1 to 2, as they round, no intercept",
                   x, [i % 5 + 1 / (i + 3) for i in range(16)], intercept=False)


def hilbert():
    x = [[1.0 / (i + j + 1) for j in range(6)] for i in range(10)]
    return Problem("hilbert", "ten rows and six columns of a Hilbert matrix, as they round, no intercept", x,
                   [1.0 / (i + 7) + 1e-6 * (i % 2) for i in range(10)], intercept=False)


def fewer_rows_than_columns():
    x = matrix(13, 4, 7)
    return Problem("fewer-rows", "4 rows and 7 columns, no intercept: the shortest of the weights that fit", x,
                   noisy(14, x, [1.0] * 7, noise=1.0), intercept=False)


def fewer_rows_and_intercept():
    x = [[10 + v for v in row] for row in matrix(15, 5, 8)]
    return Problem("fewer-rows-and-intercept", "5 rows, 8 columns and an intercept: the shortest weights, whatever the intercept",
                   x, [[1, 7], [2, -3], [4, 0.5], [8, 2], [16, -1]])


def fewer_rows_of_many_scales():
    x = [[v * s for v, s in zip(row, [1.0, 1e4, 1e-4, 1e2, 1e-2])] for row in matrix(16, 3, 5)]
    return Problem("fewer-rows-of-many-scales", "3 rows, 5 columns of sizes 1e-4 to 1e4: the shortest weights in these very units",
                   x, [1.0, -2.0, 0.5], intercept=False)


def constant_column():
    x = [[v, 7.5, w] for v, w in matrix(17, 9, 2)]
    return Problem("constant-column", "x2 is 7.5 in every row, and there is an intercept", x, noisy(18, x, [1.0, 0.0, -2.0], 3.0))


def constant_column_alone():
    x = [[v, 7.5, w] for v, w in matrix(17, 9, 2)]
    return Problem("constant-column-alone", "the same without an intercept: nothing is wrong with it", x,
                   noisy(18, x, [1.0, 0.4, -2.0]), intercept=False)


def constant_in_weighted_rows():
    x = [[v, 2.0 if i < 6 else 3.0] for i, (v,) in enumerate(matrix(19, 8, 1))]
    return Problem("constant-where-weighed", "x2 is constant in the rows whose weight is not 0", x, noisy(20, x, [1.0, 0.0], 3.0),
                   weights=[1, 2, 1, 1, 3, 1, 0, 0])


def duplicate_column():
    x = [[v, w, 3 * u, w] for v, w, u in matrix(21, 10, 3)]
    return Problem("duplicate-column", "x4 is x2", x, noisy(22, x, [1.0, 2.0, 0.5, 2.0], -4.0))


def dummies():
    x = [[float(i % 3 == k) for k in range(3)] + [v] for i, (v,) in enumerate(matrix(23, 11, 1))]
    return Problem("dummies", "x1 to x3 say which of three groups, and there is an intercept", x, noisy(24, x, [1, 2, 3, 0.5], 1.0, 0.1))


def combination():
    x = [[v, w, 2 * v - 0.5 * w, z] for v, w, z in matrix(25, 10, 3)]
    return Problem("combination", "x3 is 2 x1 - x2/2, without rounding", x, noisy(26, x, [1.0, 1.0, 1.0, 1.0], 0.0))


def combination_but_for_rounding():
    x = [[0.1 * i, 0.7 * v, 0.1 * i * 3.3 + 0.7 * v * 1.7] for i, (v,) in enumerate(matrix(27, 14, 1))]
    return Problem("combination-but-for-rounding", "x3 is 3.3 x1 + 1.7 x2 as it rounds: nothing but rounding tells the columns apart",
                   x, [float(i) for i in range(14)], only_rounding=["x1", "x2", "x3"])


def zero_column():
    x = [[v, 0.0] for (v,) in matrix(28, 6, 1)]
    return Problem("zero-column", "x2 is 0 in every row, no intercept", x, noisy(29, x, [2.0, 0.0]), intercept=False)


def large_residuals():
    x = [[v, v + 1e-3 * w] for v, w in matrix(30, 20, 2)]
    return Problem("large-residuals", "residuals a million times what the columns explain", x, noisy(31, x, [1.0, 1.0], 1.0, 1e6))


def weighted():
    x = matrix(32, 14, 3)
    return Problem("weights", "weights of 0.1 to 8, one of them 0", x, noisy(33, x, [1.0, -2.0, 0.5], 3.0, 0.3),
                   weights=[1, 2, 0.5, 0, 8, 0.1, 1, 3, 1, 0.25, 5, 1, 2, 0.7])


def weights_far_apart():
    x = [[100 + v, w] for v, w in matrix(34, 12, 2)]
    return Problem("weights-far-apart", "weights of 1e-8 to 1e8", x, noisy(35, x, [1.0, -2.0], 0.0, 0.1),
                   weights=[1e8, 3e6, 1e5, 4e3, 1e2, 5.0, 0.3, 1e-2, 2e-4, 1e-5, 3e-7, 1e-8])


def stiff_rows():
    x = [[v * (1e6 if i % 4 == 3 else 1.0) for v in row] for i, row in enumerate(matrix(36, 16, 4))]
    return Problem("stiff-rows", "every fourth row a million times as large, no intercept", x,
                   noisy(37, x, [1.0, 2.0, -1.0, 0.5], noise=1.0), intercept=False)


def several_outputs():
    x = matrix(38, 12, 3)
    u = uniform(39)
    y = [[a + 2 * b - c + 0.1 * u(), 1e6 * (a - b) + u(), 1e-6 * c + 1e-9 * u()] for a, b, c in x]
    return Problem("several-outputs", "three outputs of sizes 1, 1e6 and 1e-6", x, y)


def ridge():
    x = matrix(40, 15, 4)
    return Problem("ridge", "a penalty of 1/8", x, noisy(41, x, [1.0, -2.0, 0.5, 3.0], 10.0, 0.1), ridge=0.125)


def ridge_weighted():
    x = [[5 + v, w] for v, w in matrix(42, 10, 2)]
    return Problem("ridge-weighted", "a penalty of 3/4 and weights, two outputs", x, [[v * w, v - w] for v, w in x],
                   weights=[1, 2, 1, 0.5, 4, 1, 1, 3, 0.25, 1], ridge=0.75)


def ridge_of_duplicates():
    x = [[v, v, w] for v, w in matrix(43, 9, 2)]
    return Problem("ridge-of-duplicates", "a penalty of 2^-20 makes x1 = x2 regular", x,
                   noisy(44, x, [1.0, 1.0, -1.0], 2.0), ridge=2.0**-20)


def ridge_without_intercept():
    x = [[v * s for v, s in zip(row, [1e3, 1.0, 1e-3])] for row in matrix(45, 5, 3)] + [[0.0, 1.0, 0.0]]
    return Problem("ridge-without-intercept", "a penalty of 0.1 as it rounds, columns of sizes 1e3, 1 and 1e-3", x,
                   [1.0, 2.0, -1.0, 0.0, 3.0, 1.0], ridge=0.1, intercept=False)


def exact_fit():
    x = [[i, (i * i) % 7, 3 - i % 4] for i in range(10)]
    return Problem("exact-fit", "whole numbers that fit exactly: 2 x1 - 3 x2 + 5 x3 + 7", x, [2 * a - 3 * b + 5 * c + 7 for a, b, c in x])


def square():
    x = [[4, 1, 0], [1, 3, -1], [0, -1, 2]]
    return Problem("square", "as many rows as columns, no intercept", x, [1, 2, 3], intercept=False)


def one_column():
    x = [[1.0], [2.0], [4.0], [8.0], [16.0]]
    return Problem("one-column", "one column", x, [1.1, 1.9, 4.2, 7.8, 16.3])


def one_column_without_intercept():
    return Problem("one-column-without-intercept", "one column, no intercept", [[0.1], [0.2], [0.3]], [1.0, 2.0, 3.5], intercept=False)


def zero_coefficient():
    x = [[a, b] for a, b in itertools.product([-1.0, 1.0], [-2.0, 0.0, 2.0])]
    return Problem("zero-coefficient", "x2 explains nothing at all: its coefficient is 0", x, [3 * a + 1 for a, _ in x])


def polynomial():
    x = [[i / 8] for i in range(-12, 13)]
    return Problem("polynomial-9", "powers to 9 of -1.5 to 1.5; y is even, and so are the powers with a coefficient", x,
                   [1 / (1 + v * v) for (v,) in x], degree=9)


def polynomial_of_ten():
    x = [[-8.8 + 0.07 * i] for i in range(82)]
    return Problem("polynomial-10-of-minus-9-to-minus-3", "powers to 10 of -8.8 to -3.13, much as NIST's Filip", x,
                   [0.8 + 0.02 * v + 1 / (10 + v) + 0.003 * u for (v,), (u,) in zip(x, matrix(46, 82, 1))], degree=10)


def polynomial_far():
    x = [[20.0 + i / 4] for i in range(21)]
    return Problem("polynomial-5-of-20-to-25", "powers to 5 of 20 to 25", x, [1 + v + 1e3 * (i % 4) for i, (v,) in enumerate(x)], degree=5)


PROBLEMS = [
    scales, scales_without_intercept, lauchli, lauchli_tall, near_collinear, nearer_collinear, far_from_zero, farther_from_zero,
    vandermonde, vandermonde_without_intercept, hilbert, fewer_rows_than_columns, fewer_rows_and_intercept,
    fewer_rows_of_many_scales, constant_column, constant_column_alone, constant_in_weighted_rows, duplicate_column, dummies,
    combination, combination_but_for_rounding, zero_column, large_residuals, weighted, weights_far_apart, stiff_rows,
    several_outputs, ridge, ridge_weighted, ridge_of_duplicates, ridge_without_intercept, exact_fit, square, one_column,
    one_column_without_intercept, zero_coefficient, polynomial, polynomial_of_ten, polynomial_far,
]


def text():
    blocks = ["\n".join(make().lines()) for make in PROBLEMS]
    return FORMAT + "".join(f"\n{block}\n" for block in blocks)


def differs_from_nist():
    """The problems of nist.txt whose certified answers are not those of the decimals there, to 14 of their 15 digits."""
    for block in NIST.read_text(encoding="utf-8").split("problem ")[1:]:
        name, *lines = [line.split() for line in block.splitlines() if line]
        values = lambda word: [[Fraction(v) for v in line[1:]] for line in lines if line[0] == word]
        word = lambda word, other: next((line[1] for line in lines if line[0] == word), other)
        degree, intercept = int(word("degree", 1)), word("intercept", "") == "yes"
        x = [[row[0] ** k for k in range(1, degree + 1)] if degree > 1 else row for row in values("x")]
        x = [([Fraction(1)] if intercept else []) + row for row in x]
        w = solve(product(transpose(x), x), product(transpose(x), values("y")))
        certified = (values("intercepts") if intercept else []) + values("coefficients")
        if any(abs(ours / nist - 1) > Fraction(1, 10**14) for (ours,), (nist,) in zip(w, certified, strict=True)):
            yield name[0]


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--check", action="store_true", help="compare with the file, and write nothing")
    if not arguments.parse_args().check:
        FILE.write_text(text(), encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != text():
        sys.exit(f"{FILE.name} is not what {pathlib.Path(__file__).name} writes")
    elif wrong := list(differs_from_nist()):
        sys.exit(f"{NIST.name} has other answers: {', '.join(wrong)}")
