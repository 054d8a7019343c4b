using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Numerics;
using System.Threading;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture(typeof(byte))]
[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
internal sealed class GramTests<TX>
    where TX : unmanaged, INumber<TX>
{
    // The rounding error of one operation.
    private static readonly double Unit = Math.ScaleB(1, -53);

    private static readonly int[] Threads = [1, 2, 3, 7];

    public static IEnumerable<SimdWidth> Widths() => MatMulTests<double>.Widths();

    /// <summary>Every width of a panel and its tails, blocks and slices and their tails, and a few large ones.</summary>
    private static IEnumerable<(int Count, int Features, int Targets)> Shapes()
    {
        for (int d = 1; d <= 35; d++)
            yield return ((d * 37 % 90) + 1, d, (d % 3) + 1);
        foreach (int d in new[] { 47, 48, 61, 62, 63, 64, 65, 95, 96, 97, 100, 257 })
            yield return ((d * 7 % 40) + 1, d, (d % 3) + 1);
        foreach (int n in new[] { 1, 2, 3, 127, 128, 129, 255, 256, 257, 511, 513, 767, 1000, 2049, 4096, 4097, 5000 })
            yield return (n, (n % 7) + 1, (n % 3) + 1);
        yield return (777, 33, 2);
        yield return (300, 100, 1);
        yield return (4353, 20, 3);
    }

    private static double[] Sum(Problem problem, SimdWidth width, int threads = 2)
    {
        // What was in the result before must not matter, and what lies beside it must stay.
        const int Margin = 40;
        int length = problem.Size * problem.Size;
        double[] space = new double[length + 2 * Margin];
        Array.Fill(space, double.NaN);
        Gram.Sum(problem.Rows, space.AsSpan(Margin, length), threads, width);
        Assert.That(space.AsSpan(0, Margin).IndexOfAnyExcept(double.NaN), Is.EqualTo(-1));
        Assert.That(space.AsSpan(Margin + length).IndexOfAnyExcept(double.NaN), Is.EqualTo(-1));
        return space.AsSpan(Margin, length).ToArray();
    }

    /// <summary>|g - g'| ≤ γ·Σ|s·a·b|, with γ for n sums and two products, whatever the order of the sum.</summary>
    [Test]
    public void Sums_are_those_of_plain_loops([Values] bool weighted)
    {
        foreach (var (count, features, targets) in Shapes())
        {
            var problem = new Problem(count, features, targets, weighted, seed: count + features);
            int size = problem.Size;
            double[][] results = [.. Widths().Select(width => Sum(problem, width))];
            for (int i = 0; i < size; i++)
            {
                for (int j = i; j < size; j++)
                {
                    var sum = default(Exact);
                    double scale = 0;
                    for (int r = 0; r < count; r++)
                    {
                        sum.Add(problem.Weight(r), problem.At(r, i), problem.At(r, j));
                        scale += Math.Abs(problem.Weight(r) * problem.At(r, i) * problem.At(r, j));
                    }

                    double bound = (count + 3) * Unit * scale;
                    foreach (double[] result in results)
                    {
                        if (!(Math.Abs(sum.Less(result[(i * size) + j])) <= bound))
                            Assert.Fail($"{problem}: [{i}, {j}] is {result[(i * size) + j]}, not {sum.Less(0)}");
                        if (!result[(i * size) + j].Equals(result[(j * size) + i]))
                            Assert.Fail($"{problem}: [{i}, {j}] and [{j}, {i}] differ");
                    }
                }
            }
        }
    }

    [Test]
    public void Whole_numbers_are_exact([ValueSource(nameof(Widths))] SimdWidth width, [Values] bool weighted)
    {
        foreach (var (count, features, targets) in new[] { (1, 1, 1), (333, 21, 2), (5000, 17, 1), (1001, 64, 3) })
        {
            var problem = new Problem(count, features, targets, weighted, seed: 3, whole: true);
            var expected = new double[problem.Size * problem.Size];
            for (int r = 0; r < count; r++)
            {
                for (int i = 0; i < problem.Size; i++)
                {
                    for (int j = 0; j < problem.Size; j++)
                        expected[(i * problem.Size) + j] += problem.Weight(r) * problem.At(r, i) * problem.At(r, j);
                }
            }

            Assert.That(Sum(problem, width), Is.EqualTo(expected), problem.ToString());
        }
    }

    [Test]
    public void Threads_change_no_bit([ValueSource(nameof(Widths))] SimdWidth width, [Values] bool weighted)
    {
        foreach (int count in new[] { 200, 700, 4000, 9001 })
        {
            var problem = new Problem(count, 31, 2, weighted, seed: 5);
            double[] alone = Sum(problem, width, 1);
            double left = problem.ResidualSum(width, 1);
            foreach (int threads in Threads)
            {
                Samples.AssertSame<double>(Sum(problem, width, threads), alone);
                Assert.That(problem.ResidualSum(width, threads), Is.EqualTo(left));
            }
        }
    }

    [Test]
    public void A_wide_result_has_fewer_slices()
    {
        // 16 slices of it would pass 2^24 numbers, so there are 13.
        var problem = new Problem(2100, 1100, 1, weighted: false, seed: 7, whole: true);
        var result = new double[problem.Size * problem.Size];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Gram.Sum(problem.Rows, result, 2);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(bytes, Is.LessThan(sizeof(double) * ((1 << 24) + (2 * 128 * 1144) + 100)));
        foreach (var (i, j) in new[] { (0, 0), (0, 1101), (500, 17), (1099, 1100), (1100, 1100), (1101, 1101), (640, 639) })
        {
            double sum = Enumerable.Range(0, problem.Count).Sum(r => problem.At(r, i) * problem.At(r, j));
            Assert.That(result[(i * problem.Size) + j], Is.EqualTo(sum));
        }
    }

    [Test]
    public void Little_is_allocated()
    {
        var problem = new Problem(5000, 100, 1, weighted: true, seed: 7);
        var result = new double[problem.Size * problem.Size];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Gram.Sum(problem.Rows, result, 2);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(10_000_000));
    }

    [Test]
    public void Rows_of_weight_0_take_no_part([ValueSource(nameof(Widths))] SimdWidth width)
    {
        // Within one block, so that what is left is packed in the same places.
        var problem = new Problem(120, 19, 2, weighted: true, seed: 11);
        double[] before = Sum(problem, width);
        double left = problem.ResidualSum(width);
        for (int r = 0; r < problem.Count; r++)
        {
            if (problem.Weight(r) == 0)
                problem.Y[2 * r] = double.NaN;
        }

        Samples.AssertSame<double>(Sum(problem, width), before);
        Assert.That(problem.ResidualSum(width), Is.EqualTo(left));
        Array.Clear(problem.Weights);
        Assert.That(Sum(problem, width), Is.All.EqualTo(0));
        Assert.That(problem.ResidualSum(width), Is.EqualTo(0));
    }

    [Test]
    public void What_is_not_finite_stays_in_its_row_and_column([ValueSource(nameof(Widths))] SimdWidth width)
    {
        foreach (int features in new[] { 1, 4, 13, 14, 29, 30, 45, 60 })
        {
            var problem = new Problem(261, features, 2, weighted: false, seed: 13);
            double[] before = Sum(problem, width);
            problem.Y[2 * 259] = double.NaN;
            double[] after = Sum(problem, width);
            for (int i = 0; i < problem.Size; i++)
            {
                for (int j = 0; j < problem.Size; j++)
                {
                    bool met = i == features + 1 || j == features + 1;
                    double expected = met ? double.NaN : before[(i * problem.Size) + j];
                    Assert.That(after[(i * problem.Size) + j], Is.EqualTo(expected), $"{problem}: [{i}, {j}]");
                }
            }
        }
    }

    /// <summary>
    /// A residual is off by ρ = γ·(|y| + Σ|x·w| + |b|) at most, its weighted square by s·(2|r|ρ + ρ²), and their sum by its own.
    /// </summary>
    [Test]
    public void Residuals_are_those_of_plain_loops([Values] bool weighted)
    {
        foreach (var (count, features, targets) in Shapes())
        {
            var problem = new Problem(count, features, targets, weighted, seed: count + features);
            var sum = default(Exact);
            double bound = 0, scale = 0;
            for (int r = 0; r < count; r++)
            {
                for (int t = 0; t < targets; t++)
                {
                    double y = problem.At(r, features + 1 + t);
                    var residual = default(Exact);
                    residual.Add(1, 1, y);
                    residual.Add(-1, 1, problem.B[t]);
                    double size = Math.Abs(y) + Math.Abs(problem.B[t]);
                    for (int j = 0; j < features; j++)
                    {
                        residual.Add(-1, problem.At(r, j), problem.W[(j * targets) + t]);
                        size += Math.Abs(problem.At(r, j) * problem.W[(j * targets) + t]);
                    }

                    // The reference's residual is rounded too, once.
                    double value = residual.Less(0);
                    double off = (features + 4) * Unit * size;
                    sum.Add(problem.Weight(r), value, value);
                    scale += problem.Weight(r) * value * value;
                    bound += problem.Weight(r) * ((2 * Math.Abs(value) * off) + (off * off));
                }
            }

            bound += ((count * targets) + 4) * Unit * scale;
            foreach (SimdWidth width in Widths())
                Assert.That(Math.Abs(sum.Less(problem.ResidualSum(width))), Is.LessThanOrEqualTo(bound), $"{problem}, {width}");
        }
    }

    [Test]
    public void A_perfect_fit_of_whole_numbers_leaves_nothing([ValueSource(nameof(Widths))] SimdWidth width)
    {
        var problem = new Problem(1300, 37, 3, weighted: true, seed: 17, whole: true);
        for (int r = 0; r < problem.Count; r++)
        {
            for (int t = 0; t < 3; t++)
            {
                problem.Y[(3 * r) + t] = problem.B[t]
                    + Enumerable.Range(0, 37).Sum(j => problem.At(r, j) * problem.W[(3 * j) + t]);
            }
        }

        Assert.That(problem.ResidualSum(width), Is.EqualTo(0));
        int seen = Array.FindLastIndex(problem.Weights, weight => weight != 0);
        problem.Y[(3 * seen) + 2] += 3;
        Assert.That(problem.ResidualSum(width), Is.EqualTo(9 * problem.Weights[seen]));
    }

    [Test]
    public void No_rows_give_zeros([ValueSource(nameof(Widths))] SimdWidth width)
    {
        var problem = new Problem(0, 3, 1, weighted: false, seed: 1);
        Assert.That(Sum(problem, width), Is.All.EqualTo(0));
        Assert.That(problem.ResidualSum(width), Is.EqualTo(0));
    }

    [TestCase(5, 2, 2, 25, 2, 3, 1)]
    [TestCase(6, 1, 2, 25, 2, 3, 1)]
    [TestCase(6, 2, 1, 25, 2, 3, 1)]
    [TestCase(6, 2, 3, 25, 2, 3, 1)]
    [TestCase(6, 2, 2, 24, 2, 3, 1)]
    [TestCase(6, 2, 2, 26, 2, 3, 1)]
    [TestCase(6, -2, 2, 25, -2, -3, 1)]
    [TestCase(0, 2, 2, 4, 2, 0, 1)]
    [TestCase(6, 0, 2, 16, 2, 3, 0)]
    public void Spans_that_do_not_fit_are_refused(int x, int y, int weights, int gram, int count, int features, int targets) =>
        Assert.That(
            () => Gram.Sum(
                new GramRows<TX>(new TX[x], new double[Math.Max(0, y)], new double[weights], count, features, targets),
                new double[gram],
                1),
            Throws.InstanceOf<ArgumentException>());

    [TestCase(5, 2)]
    [TestCase(6, 1)]
    public void Weights_that_do_not_fit_are_refused(int w, int b) =>
        Assert.That(
            () => Gram.ResidualSum(new GramRows<TX>(new TX[3], new double[2], default, 1, 3, 2), new double[w], new double[b], 1),
            Throws.InstanceOf<ArgumentException>());

    [Test]
    public void Only_bytes_floats_and_doubles() =>
        Assert.That(() => new GramRows<int>([1], [1], default, 1, 1, 1).Count, Throws.TypeOf<NotSupportedException>());

    /// <summary>A sum of products in twice the digits: what a sum and a product lose is computed and kept.</summary>
    private struct Exact
    {
        private double high;
        private double low;

        public void Add(double s, double a, double b)
        {
            double sa = s * a;
            double product = sa * b;
            low += Math.FusedMultiplyAdd(sa, b, -product) + (Math.FusedMultiplyAdd(s, a, -sa) * b);
            double sum = high + product;
            double back = sum - high;
            low += high - (sum - back) + (product - back);
            high = sum;
        }

        public readonly double Less(double value) => high - value + low;
    }

    /// <summary>Random rows of Z = [X 1 y], weights with zeros among them, and an affine model; whole numbers if so asked.</summary>
    [Test]
    public void A_pass_is_cancelled_between_blocks()
    {
        var problem = new Problem(40000, 64, 1, weighted: true, seed: 1);
        double[] means = new double[64], scales = [.. Enumerable.Repeat(1.0, 64)];
        TimeSpan Triangle(CancellationToken token)
        {
            var clock = Stopwatch.StartNew();
            Gram.Triangle(problem.Cancelled(token), means, scales, true, new double[65 * 65], 1);
            return clock.Elapsed;
        }

        var none = new CancellationToken(true);
        Assert.Throws<OperationCanceledException>(() => Gram.Sum(problem.Cancelled(none), new double[66 * 66], 2));
        Assert.Throws<OperationCanceledException>(() => Gram.Gradient(problem.Cancelled(none), new DoubleDouble[64], new DoubleDouble[1], new DoubleDouble[66], 2));
        TimeSpan all = new[] { Triangle(default), Triangle(default) }.Min();
        using var cancelling = new CancellationTokenSource(all / 8);
        var clock = Stopwatch.StartNew();
        Assert.Throws<OperationCanceledException>(() => Triangle(cancelling.Token));
        Assert.That(clock.Elapsed, Is.LessThan(0.7 * all));
    }

    private sealed class Problem
    {
        private readonly TX[] x;

        public Problem(int count, int features, int targets, bool weighted, int seed, bool whole = false)
        {
            var random = new Random(seed);
            double Next() => whole ? random.Next(-9, 10) : (random.NextDouble() - 0.4) * 20;
            Count = count;
            Features = features;
            Targets = targets;
            x = new TX[count * features];
            for (int i = 0; i < x.Length; i++)
                x[i] = typeof(TX) == typeof(byte) ? TX.CreateTruncating(random.Next(256)) : TX.CreateTruncating(Next());
            Y = [.. Enumerable.Range(0, count * targets).Select(_ => Next())];
            W = [.. Enumerable.Range(0, features * targets).Select(_ => Next())];
            B = [.. Enumerable.Range(0, targets).Select(_ => Next())];
            Weights = [.. Enumerable.Range(0, weighted ? count : 0).Select(r => r % 5 == 3 ? 0 : Math.Abs(Next()))];
        }

        public int Count { get; }

        public int Features { get; }

        public int Targets { get; }

        public int Size => Features + 1 + Targets;

        public double[] Y { get; }

        public double[] W { get; }

        public double[] B { get; }

        public double[] Weights { get; }

        public GramRows<TX> Rows => new(x, Y, Weights, Count, Features, Targets);

        public GramRows<TX> Cancelled(CancellationToken token) => new(x, Y, Weights, Count, Features, Targets) { Cancellation = token };

        public double Weight(int r) => Weights.Length == 0 ? 1 : Weights[r];

        public double At(int r, int column) => column < Features ? double.CreateTruncating(x[(r * Features) + column])
            : column == Features ? 1
            : Y[(r * Targets) + column - Features - 1];

        public double ResidualSum(SimdWidth width, int threads = 2) => Gram.ResidualSum(Rows, W, B, threads, width);

        public override string ToString() => $"{Count}×{Features}, {Targets} targets{(Weights.Length > 0 ? ", weighted" : "")}";
    }
}
