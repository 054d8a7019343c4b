using System;
using System.Linq;
using System.Numerics;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
[TestFixture(typeof(int))]
internal sealed class ReduceTests<T>
    where T : unmanaged, INumber<T>, IMinMaxValue<T>
{
    private static readonly double Epsilon =
        typeof(T) == typeof(float) ? Math.ScaleB(1, -23) : typeof(T) == typeof(double) ? Math.ScaleB(1, -52) : 0;

    /// <summary>Every column of (outer, n, inner), in the order of the sums.</summary>
    private static T[][] Columns(T[] x, int outer, int n, int inner) =>
    [
        .. Enumerable.Range(0, outer * inner).Select(
            k => Enumerable.Range(0, n).Select(j => x[(k / inner * n + j) * inner + k % inner]).ToArray()),
    ];

    /// <summary>Holds for pairwise sums of chains of 16, however long, and for no sum one after the other.</summary>
    private static void AssertSum(T actual, T[] x)
    {
        double[] numbers = [.. x.Select(double.CreateTruncating)];
        double tolerance = Epsilon * (10 + Math.Log2(x.Length + 1)) * numbers.Sum(Math.Abs);
        Assert.That(double.CreateTruncating(actual), Is.EqualTo(numbers.Sum()).Within(tolerance + 1e-300));
    }

    [Test]
    public void A_sum([ValueSource(typeof(Samples), nameof(Samples.Lengths))] int length)
    {
        T[] x = Samples.Numbers<T>(length);
        AssertSum(Reduce.Sum<T>(x), x);
    }

    [TestCase(3, 10, 1)]
    [TestCase(3, 784, 1)]
    [TestCase(2, 0, 1)]
    [TestCase(2, 0, 5)]
    [TestCase(0, 4, 5)]
    [TestCase(1, 256, 10)]
    [TestCase(3, 1, 10)]
    [TestCase(2, 16, 7)]
    [TestCase(2, 17, 8)]
    [TestCase(2, 33, 3)]
    [TestCase(1, 1000, 2)]
    [TestCase(1, 5, 1001)]
    [TestCase(2, 515, 65)]
    public void Sums_along_the_middle(int outer, int n, int inner)
    {
        T[] x = Samples.Numbers<T>(outer * n * inner);
        var y = new T[outer * inner];
        Array.Fill(y, T.One);
        Reduce.SumMiddle<T>(x, outer, n, inner, y);
        T[][] columns = Columns(x, outer, n, inner);
        for (int k = 0; k < y.Length; k++)
            AssertSum(y[k], columns[k]);
    }

    [Test]
    public void Equal_columns_have_equal_sums([Values(2, 3, 9, 37)] int inner, [Values(5, 16, 300)] int n)
    {
        T[] column = Samples.Numbers<T>(n);
        T[] x = [.. column.SelectMany(value => Enumerable.Repeat(value, inner))];
        var y = new T[inner];
        Reduce.SumMiddle<T>(x, 1, n, inner, y);
        Assert.That(y, Is.All.EqualTo(y[0]));
    }

    [TestCase(4, 10, 1)]
    [TestCase(3, 17, 5)]
    [TestCase(1, 1, 3)]
    public void The_place_of_the_maximum_is_the_first(int outer, int n, int inner)
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            // Whole numbers, so that there are equals among them.
            T[] x = [.. Samples.Numbers<int>(outer * n * inner, seed).Select(T.CreateChecked)];
            int[] y = new int[outer * inner];
            Reduce.ArgMaxMiddle<T>(x, outer, n, inner, y);
            Assert.That(y, Is.EqualTo(Columns(x, outer, n, inner).Select(column => Array.IndexOf(column, column.Max()))));
        }
    }

    [Test]
    public void The_least_number_can_be_the_maximum()
    {
        int[] y = new int[1];
        Reduce.ArgMaxMiddle<T>([T.MinValue, T.MinValue], 1, 2, 1, y);
        Assert.That(y[0], Is.Zero);
    }

    [Test]
    public void Nothing_has_no_maximum()
    {
        Assert.Throws<ArgumentException>(() => Reduce.ArgMaxMiddle<T>([], 2, 0, 1, new int[2]));
        Assert.DoesNotThrow(() => Reduce.ArgMaxMiddle<T>([], 0, 0, 1, []));
    }

    [Test]
    public void Lengths_have_to_agree()
    {
        Assert.Throws<ArgumentException>(() => Reduce.SumMiddle<T>(new T[5], 1, 2, 3, new T[3]));
        Assert.Throws<ArgumentException>(() => Reduce.SumMiddle<T>(new T[6], 1, 2, 3, new T[2]));
        Assert.Throws<ArgumentException>(() => Reduce.ArgMaxMiddle<T>(new T[6], 1, 2, 3, new int[2]));
    }
}

internal sealed class ReduceSpecialTests
{
    [Test]
    public void Ten_million_tenths_are_a_million()
    {
        float[] x = new float[10_000_000];
        Array.Fill(x, 0.1f);
        double expected = 10_000_000 * (double)0.1f;
        Assert.That(Reduce.Sum<float>(x), Is.EqualTo(expected).Within(1e-6 * expected));

        foreach (int inner in new[] { 1, 2, 10 })
        {
            float[] y = new float[inner];
            Reduce.SumMiddle<float>(x, 1, x.Length / inner, inner, y);
            Assert.That(y, Is.All.EqualTo(expected / inner).Within(1e-6 * expected / inner));
        }
    }

    [Test]
    public void A_nan_or_an_infinity_reaches_the_sum([Range(0, 40)] int place)
    {
        double[] x = Samples.Numbers<double>(41);
        x[place] = double.NegativeInfinity;
        Assert.That(Reduce.Sum<double>(x), Is.EqualTo(double.NegativeInfinity));
        x[place] = double.NaN;
        Assert.That(Reduce.Sum<double>(x), Is.NaN);
    }

    [Test]
    public void Integer_overflow_is_an_error()
    {
        Assert.Throws<OverflowException>(() => Reduce.Sum<int>([int.MaxValue, 1]));
        Assert.Throws<OverflowException>(() => Reduce.SumMiddle<int>([int.MaxValue, 0, 1, 0], 1, 2, 2, new int[2]));
        int[] x = new int[100_000];
        Array.Fill(x, 30_000);
        Assert.Throws<OverflowException>(() => Reduce.Sum<int>(x));
    }

    [TestCase(new[] { 1, double.NaN, 5, double.NaN }, 1)]
    [TestCase(new[] { double.NaN, double.PositiveInfinity }, 0)]
    [TestCase(new[] { double.NegativeInfinity, double.NegativeInfinity }, 0)]
    [TestCase(new[] { double.NegativeInfinity, -1e308 }, 1)]
    [TestCase(new[] { -0.0, 0.0 }, 0)]
    public void The_first_nan_is_the_maximum(double[] x, int place)
    {
        int[] y = new int[1];
        Reduce.ArgMaxMiddle<double>(x, 1, x.Length, 1, y);
        Assert.That(y[0], Is.EqualTo(place));
    }
}
