using System;
using System.Linq;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

internal sealed class CholeskyTests
{
    /// <summary>BᵀB + I, which is positive definite.</summary>
    private static double[] Definite(int n)
    {
        double[] b = Samples.Numbers<double>(n * n, seed: n);
        var a = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                a[(i * n) + j] = Enumerable.Range(0, n).Sum(k => b[(k * n) + i] * b[(k * n) + j]) + (i == j ? 1 : 0);
        }

        return a;
    }

    [Test]
    public void L_times_its_transpose_is_the_matrix_and_its_inverse_inverts([Values(1, 2, 3, 7, 8, 9, 33, 100)] int n)
    {
        double[] a = Definite(n);
        double[] l = [.. a];
        Assert.That(Cholesky.Factor(l, n), Is.EqualTo(-1));
        double[] inverse = Cholesky.InvertFactor(l, n);
        double size = a.Max(Math.Abs);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double product = Enumerable.Range(0, j + 1).Sum(k => l[(i * n) + k] * l[(j * n) + k]);
                Assert.That(product, Is.EqualTo(a[(i * n) + j]).Within(1e-14 * n * size));
                double one = Enumerable.Range(j, i - j + 1).Sum(k => l[(i * n) + k] * inverse[(k * n) + j]);
                Assert.That(one, Is.EqualTo(i == j ? 1 : 0).Within(1e-13 * n * size));
                if (j < i)
                    Assert.That(inverse[(j * n) + i], Is.Zero);
            }
        }
    }

    [Test]
    public void The_solution_solves([Values(1, 2, 3, 10, 33, 100)] int n)
    {
        double[] a = Definite(n), b = Samples.Numbers<double>(n, seed: 1);
        double[] l = [.. a], x = [.. b];
        Assert.That(Cholesky.Factor(l, n), Is.EqualTo(-1));
        Cholesky.Solve(l, x, n);
        for (int i = 0; i < n; i++)
        {
            double[] terms = [.. Enumerable.Range(0, n).Select(k => a[(i * n) + k] * x[k])];
            Assert.That(terms.Sum(), Is.EqualTo(b[i]).Within(1e-14 * n * (terms.Sum(Math.Abs) + Math.Abs(b[i]))));
        }
    }

    [Test]
    public void A_column_that_depends_on_those_before_it_is_named()
    {
        // The third is the sum of the first two.
        double[] a = [2, 1, 3, 1, 2, 3, 3, 3, 6];
        Assert.That(Cholesky.Factor(a, 3), Is.EqualTo(2));
        Assert.That(Cholesky.Factor([1, 0, 0, 0], 2), Is.EqualTo(1));
        Assert.That(Cholesky.Factor([-1], 1), Is.Zero);
        Assert.That(Cholesky.Factor([double.NaN], 1), Is.Zero);
    }

    [Test]
    public void Lengths_are_checked()
    {
        Assert.Throws<ArgumentException>(() => Cholesky.Factor(new double[3], 2));
        Assert.Throws<ArgumentException>(() => Cholesky.Solve(new double[4], new double[1], 2));
        Assert.Throws<ArgumentException>(() => Cholesky.InvertFactor(new double[3], 2));
        Assert.Throws<ArgumentException>(() => Vectors.Dot(new double[3], new double[2]));
        Assert.Throws<ArgumentException>(() => Vectors.AddMultiple(1, new double[3], new double[2]));
    }

    [Test]
    public void Vectors_are_multiplied_and_added([Values(0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 100)] int n)
    {
        double[] x = Samples.Numbers<double>(n, seed: 1), y = Samples.Numbers<double>(n, seed: 2);
        double expected = x.Zip(y, (a, b) => a * b).Sum();
        Assert.That(Vectors.Dot(x, y), Is.EqualTo(expected).Within(1e-14 * (1 + x.Zip(y, (a, b) => Math.Abs(a * b)).Sum())));
        double[] sum = [.. y];
        Vectors.AddMultiple(0.5, x, sum);
        Assert.That(sum, Is.EqualTo(x.Zip(y, (a, b) => b + (0.5 * a))).Within(1e-15));
    }
}
