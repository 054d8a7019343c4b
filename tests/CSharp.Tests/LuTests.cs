using System;
using System.Linq;
using System.Numerics;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
internal sealed class LuTests<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static T[] Numbers(params double[] x) => [.. x.Select(T.CreateTruncating)];

    [Test]
    public void The_solution_solves([Values(1, 2, 3, 10, 33, 100)] int n, [Values(1, 3, 16)] int r)
    {
        T[] a = Samples.Numbers<T>(n * n, seed: n);
        T[] b = Samples.Numbers<T>(n * r, seed: r);
        T[] x = [.. b];
        Assert.That(Lu.Solve([.. a], x.AsSpan(), n, r), Is.EqualTo(-1));

        // Backward error: small beside |A||X|, whatever the condition of A.
        double epsilon = double.CreateTruncating(T.BitIncrement(T.One) - T.One);
        for (int i = 0; i < n; i++)
        {
            for (int c = 0; c < r; c++)
            {
                double[] terms = [.. Enumerable.Range(0, n).Select(k => double.CreateTruncating(a[i * n + k]) * double.CreateTruncating(x[k * r + c]))];
                double scale = terms.Sum(Math.Abs) + Math.Abs(double.CreateTruncating(b[i * r + c]));
                Assert.That(terms.Sum(), Is.EqualTo(double.CreateTruncating(b[i * r + c])).Within(10 * n * epsilon * scale));
            }
        }
    }

    [Test]
    public void A_zero_on_the_diagonal_is_no_hindrance()
    {
        T[] x = Numbers(2, 3);
        Assert.That(Lu.Solve<T>(Numbers(0, 1, 1, 0), x, 2, 1), Is.EqualTo(-1));
        Assert.That(x, Is.EqualTo(Numbers(3, 2)));
    }

    [TestCase(new double[] { 0 }, 0)]
    [TestCase(new double[] { 1, 2, 2, 4 }, 1)]
    [TestCase(new double[] { 0, 1, 0, 1 }, 0)]
    [TestCase(new double[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, 2)]
    [TestCase(new double[] { 1, 3, 1, 4, 12, 2, 7, 21, 9 }, 1)]
    [TestCase(new double[] { 1e-20, 2e-20, 2e-20, 4e-20 }, 1)]
    public void A_dependent_column_is_named(double[] a, int column)
    {
        int n = (int)Math.Sqrt(a.Length);
        Assert.That(Lu.Solve<T>(Numbers(a), new T[n], n, 1), Is.EqualTo(column));
    }

    [Test]
    public void Columns_may_differ_in_scale()
    {
        T[] x = Numbers(3e-18, 4);
        Assert.That(Lu.Solve<T>(Numbers(1e-18, 0, 0, 2), x, 2, 1), Is.EqualTo(-1));
        Assert.That(double.CreateTruncating(x[0]), Is.EqualTo(3).Within(1e-6));
        Assert.That(double.CreateTruncating(x[1]), Is.EqualTo(2));
    }

    [Test]
    public void A_nan_or_an_infinity_is_not_a_dependent_column([Values(double.NaN, double.PositiveInfinity)] double value)
    {
        T[] x = Numbers(1, 1);
        Assert.That(Lu.Solve<T>(Numbers(value, 1, 1, 2), x, 2, 1), Is.EqualTo(-1));
        Assert.That(x.Any(T.IsNaN), Is.EqualTo(double.IsNaN(value)));
    }

    [Test]
    public void Nothing_is_solved() => Assert.That(Lu.Solve<T>([], [], 0, 3), Is.EqualTo(-1));

    [Test]
    public void Lengths_have_to_agree()
    {
        Assert.Throws<ArgumentException>(() => Lu.Solve<T>(new T[3], new T[2], 2, 1));
        Assert.Throws<ArgumentException>(() => Lu.Solve<T>(new T[4], new T[3], 2, 1));
    }
}

internal sealed class IntegerLuTests
{
    [Test]
    public void Integers_are_not_solved() => Assert.Throws<NotSupportedException>(() => Lu.Solve<int>(new int[1], new int[1], 1, 1));
}
