using System;
using System.Linq;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

internal sealed class QrTests
{
    private const double Tolerance = 1e-13;

    private static readonly int[] Sizes = [1, 2, 3, 4, 5, 8, 9, 16, 17, 33];

    private static double[] Random(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() - 0.5)];
    }

    /// <summary>Columns i and j of the rows of one or more matrices, multiplied.</summary>
    private static double Product(double[] a, int p, int i, int j) =>
        Enumerable.Range(0, a.Length / p).Sum(row => a[(row * p) + i] * a[(row * p) + j]);

    private static void AssertUpper(ReadOnlySpan<double> r, int p)
    {
        for (int i = 0; i < p; i++)
            Assert.That(r.Slice(i * p, i).IndexOfAnyExcept(0.0), Is.EqualTo(-1), $"row {i}");
    }

    [Test]
    public void A_triangle_absorbs_rows([ValueSource(nameof(Sizes))] int p)
    {
        foreach (int rows in new[] { 0, 1, 3, 4, 7, 40 })
        {
            double[] r = Random(p * p, p);
            for (int i = 0; i < p; i++)
                r.AsSpan(i * p, i).Clear();
            double[] b = Random(rows * p, p + 1);
            double[] all = [.. r, .. b];
            Qr.Absorb(r, b, p);
            AssertUpper(r, p);
            for (int i = 0; i < p; i++)
            {
                for (int j = 0; j < p; j++)
                    Assert.That(Product(r, p, i, j), Is.EqualTo(Product(all, p, i, j)).Within(Tolerance * p));
            }
        }
    }

    [Test]
    public void Columns_come_in_the_order_of_what_is_left_of_them([ValueSource(nameof(Sizes))] int p)
    {
        double[] x = Random(p * p, p);
        // Lengths do not matter: what counts is the share that is left.
        for (int k = 0; k < x.Length; k++)
            x[k] *= Math.ScaleB(1, 3 * (k % p % 5));
        double[] r = [.. x];
        int[] order = new int[p];
        Assert.That(Qr.Pivot(r, order, 0, 1e-12), Is.EqualTo(p));
        Assert.That(order.Order(), Is.EqualTo(Enumerable.Range(0, p)));
        AssertUpper(r, p);
        for (int i = 0; i < p; i++)
        {
            double length = Math.Sqrt(Product(x, p, order[i], order[i]));
            for (int j = 0; j < p; j++)
            {
                double other = Math.Sqrt(Product(x, p, order[j], order[j]));
                Assert.That(Product(r, p, i, j), Is.EqualTo(Product(x, p, order[i], order[j])).Within(Tolerance * p * length * other));
                // Below the row that column i begins at, no later column had more left.
                double left = Enumerable.Range(i, p - i).Sum(row => r[(row * p) + j] * r[(row * p) + j]);
                if (j > i)
                    Assert.That(Math.Sqrt(left) / other, Is.LessThanOrEqualTo((Math.Abs(r[(i * p) + i]) / length) + Tolerance));
            }
        }
    }

    [Test]
    public void Combinations_of_columns_are_not_counted()
    {
        const int P = 9;
        double[] x = Random(P * P, 5);
        for (int i = 0; i < P; i++)
        {
            x[(i * P) + 6] = x[i * P];
            x[(i * P) + 7] = 1e6 * (x[(i * P) + 1] - (2 * x[(i * P) + 2]));
            x[(i * P) + 8] = 0;
        }

        int[] order = new int[P];
        Assert.That(Qr.Pivot(x, order, 0, 1e-12), Is.EqualTo(P - 3));
        Assert.That(order[(P - 3)..], Does.Contain(8));
        // Of equals the first one comes first.
        Assert.That(Array.IndexOf(order, 0), Is.LessThan(Array.IndexOf(order, 6)));
    }

    [Test]
    public void The_first_columns_may_be_kept()
    {
        double[] x = [1e-3, 5, 1, 0, 1, 2, 0, 0, 9];
        int[] order = new int[3];
        Assert.That(Qr.Pivot(x, order, 1, 1e-12), Is.EqualTo(3));
        Assert.That(order[0], Is.Zero);
    }

    [Test]
    public void Cholesky_and_its_solutions([ValueSource(nameof(Sizes))] int p)
    {
        double[] x = Random(3 * p * p, p);
        double[] a = new double[p * p];
        for (int k = 0; k < a.Length; k++)
            a[k] = Product(x, p, k / p, k % p);
        double[] r = [.. a];
        Assert.That(Triangular.Cholesky(r, p));
        double[] solution = Random(p, 7);
        double[] b = [.. Enumerable.Range(0, p).Select(i => Enumerable.Range(0, p).Sum(j => a[(i * p) + j] * solution[j]))];
        Triangular.SolveTransposed(r, p, b);
        Triangular.Solve(r, p, b);
        for (int i = 0; i < p; i++)
            Assert.That(b[i], Is.EqualTo(solution[i]).Within(1e-10));
        // What is below the triangle is not looked at, and a part of a triangle is one.
        for (int i = 0; i < p; i++)
            r.AsSpan(i * p, i).Fill(double.NaN);
        double[] part = [1.0];
        Triangular.SolveTransposed(r, p, part);
        Triangular.Solve(r, p, part);
        Assert.That(part[0], Is.EqualTo(1 / a[0]).Within(1e-12 / a[0]));
    }

    [TestCase(0.0)]
    [TestCase(-1.0)]
    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void What_is_not_positive_definite_is_refused(double last) =>
        Assert.That(Triangular.Cholesky([1, 1, 0, 1 + last], 2), Is.False);
}
