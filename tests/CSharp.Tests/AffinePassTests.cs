using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

/// <summary>
/// Scores and gradients against naive loops, with every array between pages that are not there: x, w and G end with their last
/// number, z and e with the last lane of the last class, row numbers with the last that is known.
/// </summary>
[TestFixture(typeof(byte), typeof(float))]
[TestFixture(typeof(float), typeof(float))]
[TestFixture(typeof(double), typeof(double))]
internal sealed unsafe class AffinePassTests<TX, T> : IDisposable
    where TX : unmanaged, INumber<TX>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Lanes = AffinePass<TX, T>.MostRows;
    private const int RowsOfX = 70;
    private const int MostAhead = 150;

    // The rounding error of one operation.
    private static readonly double Unit = typeof(T) == typeof(float) ? Math.ScaleB(1, -24) : Math.ScaleB(1, -53);

    // Around one, two and four registers, an image, and beyond the longest chain of additions.
    private static readonly int[] Features =
        [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 79, 95, 97, 100, 127, 129, 784, 1025, 2100];

    // Few and many, every last tile of five.
    private static readonly int[] Outputs = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 26];

    private static readonly int[] Counts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 63, 64];

    private static readonly Edge[] Edges = Enum.GetValues<Edge>();

    private static readonly int MostFeatures = Features.Max();
    private static readonly int MostOutputs = Outputs.Max();

    private readonly GuardedMemory xMemory = new((long)RowsOfX * MostFeatures * sizeof(TX));
    private readonly GuardedMemory wMemory = new((long)MostOutputs * MostFeatures * sizeof(T));
    private readonly GuardedMemory gMemory = new((long)MostOutputs * MostFeatures * sizeof(T));
    private readonly GuardedMemory zMemory = new((long)MostOutputs * Lanes * sizeof(T));
    private readonly GuardedMemory orderMemory = new((Lanes + MostAhead) * sizeof(int));

    public static IEnumerable<SimdWidth> Widths() => MatMulTests<float>.Widths();

    public void Dispose()
    {
        foreach (GuardedMemory memory in new[] { xMemory, wMemory, gMemory, zMemory, orderMemory })
            memory.Dispose();
    }

    /// <summary>Sums of integers are exact in any order, so that there is no error to hide in.</summary>
    [Test]
    public void Scores_of_integers_are_exact([ValueSource(nameof(Widths))] SimdWidth width, [ValueSource(nameof(Features))] int features) =>
        CheckScores(width, new Problem(features, integers: true));

    [Test]
    public void Scores_are_right_within_rounding([ValueSource(nameof(Widths))] SimdWidth width, [ValueSource(nameof(Features))] int features) =>
        CheckScores(width, new Problem(features, integers: false));

    [Test]
    public void Gradients_of_integers_are_exact([ValueSource(nameof(Widths))] SimdWidth width, [ValueSource(nameof(Features))] int features) =>
        CheckGradients(width, new Problem(features, integers: true));

    [Test]
    public void Gradients_are_right_within_rounding([ValueSource(nameof(Widths))] SimdWidth width, [ValueSource(nameof(Features))] int features) =>
        CheckGradients(width, new Problem(features, integers: false));

    private T[] Scores(SimdWidth width, Edge edge, int features, int outputs, T[] w, TX[] x, int[] order, int count, int known)
    {
        AffinePass<TX, T> pass = AffinePass<TX, T>.Create(features, outputs, width);
        Span<TX> ownX = xMemory.At<TX>(edge, x);
        Span<int> ownOrder = orderMemory.At<int>(edge, order.AsSpan(0, Math.Max(count, known)));
        // A row of weights ends in zeros where the registers want more.
        Span<T> ownW = wMemory.At<T>(edge, outputs * pass.RowLength);
        ownW.Clear();
        for (int c = 0; c < outputs; c++)
            w.AsSpan(c * features, features).CopyTo(ownW[(c * pass.RowLength)..]);
        Span<T> z = zMemory.At<T>(edge, outputs * Lanes);
        z.Fill(T.NaN);
        pass.Scores(
            GuardedMemory.Address(ownX), GuardedMemory.Address(ownOrder), count, known, GuardedMemory.Address(ownW), GuardedMemory.Address(z));
        return z.ToArray();
    }

    private T[] Gradient(SimdWidth width, Edge edge, int features, int outputs, T[] e, TX[] x, int[] order, int count)
    {
        AffinePass<TX, T> pass = AffinePass<TX, T>.Create(features, outputs, width);
        Span<TX> ownX = xMemory.At<TX>(edge, x);
        Span<int> ownOrder = orderMemory.At<int>(edge, order.AsSpan(0, count));
        Span<T> ownE = zMemory.At<T>(edge, e.AsSpan(0, outputs * Lanes));
        for (int c = 0; c < outputs; c++)
            ownE[((c * Lanes) + count)..((c + 1) * Lanes)].Fill(T.NaN);
        Span<T> g = gMemory.At<T>(edge, outputs * pass.RowLength);
        g.Fill(T.NaN);
        pass.Gradient(
            GuardedMemory.Address(ownX), GuardedMemory.Address(ownOrder), count, GuardedMemory.Address(ownE), GuardedMemory.Address(g));
        T[] gradient = new T[outputs * features];
        for (int c = 0; c < outputs; c++)
        {
            Span<T> row = g.Slice(c * pass.RowLength, pass.RowLength);
            row[..features].CopyTo(gradient.AsSpan(c * features));
            // What is not 0 there would become a parameter. 0·NaN is NaN, but then there is no update.
            if (!T.IsNaN(row[0]))
                Assert.That(row[features..].IndexOfAnyExcept(T.Zero), Is.EqualTo(-1));
        }

        return gradient;
    }

    private void CheckScores(SimdWidth width, Problem problem)
    {
        double gamma = problem.Integers ? 0 : 2 * (problem.Features + 1) * Unit;
        foreach (Edge edge in Edges)
        {
            int[] order = problem.Order(edge);
            double[,] sums = new double[MostOutputs, Lanes], sizes = new double[MostOutputs, Lanes];
            for (int c = 0; c < MostOutputs; c++)
            {
                for (int r = 0; r < Lanes; r++)
                {
                    for (int j = 0; j < problem.Features; j++)
                    {
                        double product = problem.AtW(c, j) * problem.AtX(order[r], j);
                        sums[c, r] += product;
                        sizes[c, r] += Math.Abs(product);
                    }
                }
            }

            int turn = 0;
            foreach (int outputs in Outputs)
            {
                foreach (int count in Counts)
                {
                    // Nothing to look ahead at, the part itself, and some more.
                    int known = (turn++ % 3) switch { 0 => 0, 1 => count, _ => count + MostAhead };
                    T[] z = Scores(width, edge, problem.Features, outputs, problem.W, problem.X, order, count, known);
                    for (int c = 0; c < outputs; c++)
                    {
                        for (int r = 0; r < count; r++)
                        {
                            double error = Math.Abs(double.CreateTruncating(z[(c * Lanes) + r]) - sums[c, r]);
                            if (!(error <= gamma * sizes[c, r]))
                                Assert.Fail($"{edge}, {outputs} outputs, {count} rows: [{c}, {r}] is {z[(c * Lanes) + r]}, not {sums[c, r]}");
                        }
                    }
                }
            }
        }
    }

    private void CheckGradients(SimdWidth width, Problem problem)
    {
        int d = problem.Features;
        foreach (Edge edge in Edges)
        {
            int[] order = problem.Order(edge);
            double[] sums = new double[MostOutputs * d], sizes = new double[MostOutputs * d];
            int added = 0;
            foreach (int count in Counts)
            {
                double gamma = problem.Integers ? 0 : 2 * (count + 1) * Unit;
                for (; added < count; added++)
                {
                    for (int c = 0; c < MostOutputs; c++)
                    {
                        double slope = double.CreateTruncating(problem.E[(c * Lanes) + added]);
                        for (int j = 0; j < d; j++)
                        {
                            double product = slope * problem.AtX(order[added], j);
                            sums[(c * d) + j] += product;
                            sizes[(c * d) + j] += Math.Abs(product);
                        }
                    }
                }

                foreach (int outputs in Outputs)
                {
                    T[] g = Gradient(width, edge, d, outputs, problem.E, problem.X, order, count);
                    for (int i = 0; i < g.Length; i++)
                    {
                        if (!(Math.Abs(double.CreateTruncating(g[i]) - sums[i]) <= gamma * sizes[i]))
                            Assert.Fail($"{edge}, {outputs} outputs, {count} rows: [{i / d}, {i % d}] is {g[i]}, not {sums[i]}");
                    }
                }
            }
        }
    }

    /// <summary>Rows are taken by fours, so that the lanes of up to three that are not there have numbers.</summary>
    [Test]
    public void Lanes_beyond_the_last_four_rows_are_left_alone([ValueSource(nameof(Widths))] SimdWidth width, [Values(5, 40, 1100)] int features)
    {
        var problem = new Problem(features, integers: true);
        foreach (int outputs in Outputs)
        {
            foreach (int count in Counts)
            {
                T[] z = Scores(width, Edge.End, features, outputs, problem.W, problem.X, problem.Order(Edge.End), count, count);
                for (int i = 0; i < z.Length; i++)
                {
                    int lane = i % Lanes;
                    if ((lane < count && T.IsNaN(z[i])) || (lane >= (count + 3) / 4 * 4 && !T.IsNaN(z[i])))
                        Assert.Fail($"{outputs} outputs, {count} rows: [{i / Lanes}, {i % Lanes}] is {z[i]}");
                }
            }
        }
    }

    [Test]
    public void A_row_has_the_same_bits_wherever_it_stands([ValueSource(nameof(Widths))] SimdWidth width, [Values(7, 47, 784, 1025)] int features)
    {
        var problem = new Problem(features, integers: false);
        int[] order = problem.Order(Edge.End);
        foreach (int outputs in Outputs)
        {
            T[] all = Scores(width, Edge.End, features, outputs, problem.W, problem.X, order, Lanes, Lanes);
            for (int r = 0; r < Lanes; r += 3)
            {
                T[] alone = Scores(width, Edge.End, features, outputs, problem.W, problem.X, [order[r]], 1, 1);
                for (int c = 0; c < outputs; c++)
                    Assert.That(Samples.Same(alone[c * Lanes], all[(c * Lanes) + r]), $"{outputs} outputs: [{c}, {r}]");
            }
        }
    }

    /// <summary>Lanes that have had their turn, and rows that stand in for missing ones, must not bring 0·∞ in.</summary>
    [Test]
    public void What_is_not_finite_stays_in_its_row_and_class(
        [ValueSource(nameof(Widths))] SimdWidth width, [Values(3, 17, 33, 47, 65, 100, 1027)] int features, [Values(1, 2, 3, 5, 7)] int outputs)
    {
        const int Count = 9;
        int[] order = [.. Enumerable.Range(0, Count)];
        foreach (int place in new[] { 0, features - 2, features - 1 })
        {
            foreach (int row in new[] { 0, 4, Count - 1 })
            {
                foreach (int sick in new[] { 0, outputs - 1 })
                {
                    var problem = new Problem(features, integers: true);
                    T[] before = Scores(width, Edge.End, features, outputs, problem.W, problem.X, order, Count, Count);
                    T[] gradientBefore = Gradient(width, Edge.End, features, outputs, problem.E, problem.X, order, Count);
                    problem.W[(sick * features) + place] = T.PositiveInfinity;
                    problem.E[(sick * Lanes) + row] = T.NaN;
                    if (typeof(TX) != typeof(byte))
                        problem.X[(row * features) + place] = TX.One / TX.Zero;
                    T[] after = Scores(width, Edge.End, features, outputs, problem.W, problem.X, order, Count, Count);
                    T[] gradientAfter = Gradient(width, Edge.End, features, outputs, problem.E, problem.X, order, Count);
                    for (int c = 0; c < outputs; c++)
                    {
                        for (int r = 0; r < Count; r++)
                        {
                            // Infinite, or NaN where the other factor is a byte of 0.
                            T expected = c == sick || (r == row && typeof(TX) != typeof(byte))
                                ? problem.W[(c * features) + place] * T.CreateTruncating(problem.X[(r * features) + place])
                                : before[(c * Lanes) + r];
                            if (!Samples.Same(after[(c * Lanes) + r], expected))
                                Assert.Fail($"[{c}, {r}] is {after[(c * Lanes) + r]}, not {expected}");
                        }

                        for (int j = 0; j < features; j++)
                        {
                            T expected = c == sick ? T.NaN
                                : j == place && typeof(TX) != typeof(byte) ? T.PositiveInfinity * problem.E[(c * Lanes) + row]
                                : gradientBefore[(c * features) + j];
                            if (!Samples.Same(gradientAfter[(c * features) + j], expected))
                                Assert.Fail($"G[{c}, {j}] is {gradientAfter[(c * features) + j]}, not {expected}");
                        }
                    }
                }
            }
        }
    }

    /// <summary>The error is that of the longest chain, of 64, and of the chain of the chunks, however long the sum.</summary>
    [Test]
    public void Long_sums_of_one_sign_stay_accurate([ValueSource(nameof(Widths))] SimdWidth width, [Values(1, 2, 3)] int outputs)
    {
        const int Columns = 200_000;
        TX[] x = new TX[Columns];
        T[] w = new T[outputs * Columns], z = new T[outputs * Lanes];
        Array.Fill(x, TX.One);
        Array.Fill(w, T.CreateTruncating(0.1));
        int row = 0;
        fixed (TX* xAt = x)
        fixed (T* wAt = w, zAt = z)
            AffinePass<TX, T>.Create(Columns, outputs, width).Scores(xAt, &row, 1, 1, wAt, zAt);
        double expected = Columns * double.CreateTruncating(T.CreateTruncating(0.1));
        int chunks = Columns / (64 * Math.Min(Vector<T>.Count, 4));
        for (int c = 0; c < outputs; c++)
            Assert.That(double.CreateTruncating(z[c * Lanes]), Is.EqualTo(expected).Within((64 + chunks) * Unit * expected));
    }

    private sealed class Problem
    {
        private readonly int[] order;
        private readonly double[] wide;

        public Problem(int features, bool integers)
        {
            Features = features;
            Integers = integers;
            var random = new Random(features);
            X = new TX[RowsOfX * features];
            for (int i = 0; i < X.Length; i++)
                X[i] = TX.CreateTruncating(typeof(TX) == typeof(byte) ? random.Next(256) : Number(random));
            W = [.. Enumerable.Range(0, MostOutputs * features).Select(_ => T.CreateTruncating(Number(random)))];
            E = [.. Enumerable.Range(0, MostOutputs * Lanes).Select(_ => T.CreateTruncating(Number(random)))];
            wide = [.. X.Select(double.CreateTruncating)];
            order = [.. Enumerable.Range(0, Lanes + MostAhead).Select(_ => random.Next(RowsOfX))];
        }

        public int Features { get; }

        public bool Integers { get; }

        public TX[] X { get; }

        public T[] W { get; }

        public T[] E { get; }

        public double AtX(int row, int j) => wide[(row * Features) + j];

        public double AtW(int c, int j) => double.CreateTruncating(W[(c * Features) + j]);

        /// <summary>Rows in any order, some of them twice, and first of all the one that lies at the edge.</summary>
        public int[] Order(Edge edge) => edge == Edge.End ? [RowsOfX - 1, 0, .. order[2..]] : [0, RowsOfX - 1, .. order[2..]];

        // Never 0, so that what is left out is missed, and no product with an infinity is NaN.
        private double Number(Random random) =>
            Integers ? random.Next(1, 9) * (random.Next(2) == 0 ? 1 : -1) : (random.NextDouble() - 0.5) * 2;
    }
}

internal sealed class AffinePassTypesTests
{
    [Test]
    public void Features_are_bytes_or_of_the_scores_type()
    {
        Assert.Throws<NotSupportedException>(() => AffinePass<byte, double>.Create(4, 1, SimdWidth.Portable));
        Assert.Throws<NotSupportedException>(() => AffinePass<float, double>.Create(4, 1, SimdWidth.Portable));
    }
}
