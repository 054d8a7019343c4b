using System;
using System.Linq;
using System.Numerics;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture(typeof(byte))]
[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
internal sealed class GramGradientTests<TX>
    where TX : unmanaged, INumber<TX>
{
    private static (int Count, int Features, int Targets)[] Shapes() =>
    [
        (1, 1, 1), (2, 1, 3), (3, 2, 1), (4, 3, 1), (5, 7, 2), (7, 6, 1), (9, 8, 1), (13, 15, 2), (127, 5, 1), (128, 4, 1), (129, 9, 1),
        (300, 17, 2), (1100, 3, 1), (2100, 2, 1),
    ];

    /// <summary>Residuals that all but vanish, and their products with columns, have twice the digits of a double.</summary>
    [Test]
    public void Residuals_and_their_products_have_32_digits([Values] bool weighted)
    {
        foreach (var (count, features, targets) in Shapes())
        {
            var problem = new Problem(count, features, targets, weighted);
            DoubleDouble[] result = problem.Gradient(threads: 2);
            for (int t = 0; t < targets; t++)
            {
                var sums = new Dyadic[features + 2];
                var sizes = new Dyadic[features + 2];
                for (int r = 0; r < count; r++)
                {
                    if (problem.Weight(r) == 0)
                        continue;
                    Dyadic residual = problem.Y[(r * targets) + t] - (Dyadic)problem.B[t];
                    Dyadic size = Dyadic.Abs(problem.Y[(r * targets) + t]) + Dyadic.Abs(problem.B[t]);
                    for (int j = 0; j < features; j++)
                    {
                        Dyadic term = (Dyadic)problem.X(r, j) * problem.W[(t * features) + j];
                        residual -= term;
                        size += Dyadic.Abs(term);
                    }

                    Dyadic weight = problem.Weight(r);
                    for (int j = 0; j <= features; j++)
                    {
                        Dyadic x = j < features ? problem.X(r, j) : 1;
                        sums[j] += weight * residual * x;
                        sizes[j] += weight * size * Dyadic.Abs(x);
                    }

                    sums[features + 1] += weight * residual * residual;
                    sizes[features + 1] += weight * size * size;
                }

                for (int j = 0; j < features + 2; j++)
                {
                    Dyadic error = (Dyadic)result[(t * (features + 2)) + j] - sums[j];
                    Assert.That(error.Log2(), Is.LessThanOrEqualTo(sizes[j].Log2() - 95), $"{problem}: {j} of target {t}");
                }
            }
        }
    }

    [Test]
    public void The_number_of_threads_changes_no_bit([Values] bool weighted)
    {
        var problem = new Problem(5000, 19, 2, weighted);
        DoubleDouble[] one = problem.Gradient(threads: 1);
        double[] triangle = problem.Triangle(intercept: true, threads: 1);
        foreach (int threads in new[] { 2, 3, 7 })
        {
            Assert.That(problem.Gradient(threads), Is.EqualTo(one));
            Assert.That(problem.Triangle(intercept: true, threads), Is.EqualTo(triangle));
        }
    }

    [Test]
    public void A_triangle_has_the_products_of_the_columns([Values] bool weighted, [Values] bool intercept)
    {
        foreach (var (count, features, targets) in Shapes())
        {
            var problem = new Problem(count, features, targets, weighted);
            double[] r = problem.Triangle(intercept, threads: 3);
            int p = features + (intercept ? 1 : 0);
            double Column(int row, int j) => j < features ? (problem.X(row, j) - problem.Means[j]) * problem.Scales[j] : 1;
            double Product(int i, int j) => Enumerable.Range(0, count).Sum(row => problem.Weight(row) * Column(row, i) * Column(row, j));
            for (int i = 0; i < p; i++)
            {
                for (int j = 0; j < p; j++)
                {
                    if (j < i)
                        Assert.That(r[(i * p) + j], Is.Zero);
                    double expected = Product(i, j);
                    double actual = Enumerable.Range(0, p).Sum(k => r[(k * p) + i] * r[(k * p) + j]);
                    double tolerance = 1e-13 * Math.Sqrt(Product(i, i) * Product(j, j));
                    Assert.That(actual, Is.EqualTo(expected).Within(tolerance), $"{problem}: [{i}, {j}]");
                }
            }
        }
    }

    [TestCase(2, 1, 6)]
    [TestCase(4, 2, 9)]
    [TestCase(4, 1, 7)]
    public void Spans_that_do_not_fit_are_refused(int w, int b, int result) =>
        Assert.That(
            () => Gram.Gradient(
                new GramRows<TX>(new TX[6], new double[6], default, 3, 2, 2), new DoubleDouble[w], new DoubleDouble[b], new DoubleDouble[result], 1),
            Throws.InstanceOf<ArgumentException>());

    [TestCase(3, 3, 16)]
    [TestCase(2, 1, 9)]
    [TestCase(2, 2, 8)]
    public void Scales_that_do_not_fit_are_refused(int means, int scales, int r) =>
        Assert.That(
            () => Gram.Triangle(new GramRows<TX>(new TX[6], new double[3], default, 3, 2, 1), new double[means], new double[scales], true, new double[r], 1),
            Throws.InstanceOf<ArgumentException>());

    /// <summary>Targets that are a model's predictions but for the last bits.</summary>
    private sealed class Problem
    {
        private readonly int count;
        private readonly int features;
        private readonly int targets;
        private readonly TX[] x;
        private readonly double[] weights;

        public Problem(int count, int features, int targets, bool weighted)
        {
            var random = new Random(count + features);
            double Next() => (random.NextDouble() - 0.4) * 20;
            (this.count, this.features, this.targets) = (count, features, targets);
            x = new TX[count * features];
            for (int i = 0; i < x.Length; i++)
                x[i] = typeof(TX) == typeof(byte) ? TX.CreateTruncating(random.Next(256)) : TX.CreateTruncating(Next());
            W = [.. Enumerable.Range(0, features * targets).Select(_ => DoubleDouble.Sum(Next(), Next() * 1e-17))];
            B = [.. Enumerable.Range(0, targets).Select(_ => DoubleDouble.Sum(Next(), Next() * 1e-17))];
            weights = [.. Enumerable.Range(0, weighted ? count : 0).Select(r => r % 5 == 3 ? 0 : Math.Abs(Next()))];
            Means = [.. Enumerable.Range(0, features).Select(_ => Next())];
            Scales = [.. Enumerable.Range(0, features).Select(_ => Math.ScaleB(1, random.Next(-3, 3)))];
            Y = new double[count * targets];
            for (int r = 0; r < count; r++)
            {
                for (int t = 0; t < targets; t++)
                    Y[(r * targets) + t] = (double)B[t] + Enumerable.Range(0, features).Sum(j => X(r, j) * (double)W[(t * features) + j]);
            }
        }

        public DoubleDouble[] W { get; }

        public DoubleDouble[] B { get; }

        public double[] Y { get; }

        public double[] Means { get; }

        public double[] Scales { get; }

        private GramRows<TX> Rows => new(x, Y, weights, count, features, targets);

        public double X(int row, int column) => double.CreateTruncating(x[(row * features) + column]);

        public double Weight(int row) => weights.Length == 0 ? 1 : weights[row];

        public DoubleDouble[] Gradient(int threads)
        {
            var result = new DoubleDouble[(features + 2) * targets];
            Gram.Gradient(Rows, W, B, result, threads);
            return result;
        }

        public double[] Triangle(bool intercept, int threads)
        {
            int p = features + (intercept ? 1 : 0);
            double[] r = new double[p * p];
            Gram.Triangle(Rows, Means, Scales, intercept, r, threads);
            return r;
        }

        public override string ToString() => $"{count}×{features}, {targets} targets{(weights.Length > 0 ? ", weighted" : string.Empty)}";
    }
}
