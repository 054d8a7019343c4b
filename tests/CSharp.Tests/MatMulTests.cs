using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Runtime.Intrinsics;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
internal sealed class MatMulTests<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // The rounding error of one operation.
    private static readonly double Unit = typeof(T) == typeof(float) ? Math.ScaleB(1, -24) : Math.ScaleB(1, -53);

    // Tails of every tile and register, the edges of slim and few, and primes.
    private static readonly int[] Sizes =
        [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 15, 16, 17, 31, 32, 33, 47, 61, 64, 65, 67, 97, 101, 128, 131];

    // Either side of the depths at which sums are halved, once and more often, in either tile and at any width.
    private static readonly int[] Depths = [0, 127, 128, 129, 255, 257, 511, 512, 513, 1023, 1024, 1025, 1537, 2049, 2500, 4100];

    // Tall, wide and square; slim and not; with and without whole panels.
    private static readonly (int M, int N)[] Outlines =
        [(1, 1), (1, 40), (40, 1), (2, 33), (33, 2), (3, 3), (50, 10), (10, 50), (17, 70), (70, 17), (35, 37), (34, 70)];

    private static readonly (bool, bool)[] Transposes = [(false, false), (false, true), (true, false), (true, true)];

    public static IEnumerable<SimdWidth> Widths()
    {
        yield return SimdWidth.Portable;
        if (Vector256.IsHardwareAccelerated)
            yield return SimdWidth.Avx2;
        if (Vector512.IsHardwareAccelerated)
            yield return SimdWidth.Avx512;
    }

    private static T[] Multiply(Problem problem, SimdWidth width)
    {
        // What was in C before must not matter, and what lies beside it must stay.
        const int Margin = 70;
        int length = problem.M * problem.N;
        T[] space = new T[length + 2 * Margin];
        Array.Fill(space, T.NaN);
        Span<T> c = space.AsSpan(Margin, length);
        MatMul.Run(problem.A, problem.TransA, problem.B, problem.TransB, c, problem.M, problem.N, problem.K, width);
        Assert.That(space.AsSpan(0, Margin).IndexOfAnyExcept(T.NaN), Is.EqualTo(-1));
        Assert.That(space.AsSpan(Margin + length).IndexOfAnyExcept(T.NaN), Is.EqualTo(-1));
        return c.ToArray();
    }

    /// <summary>|c - c'| ≤ γ·Σ|a·b|, with γ = k·Unit whatever the order of the sum.</summary>
    private static void AssertClose(T[] actual, Problem problem, string about)
    {
        double[][] columns = [.. Enumerable.Range(0, problem.N).Select(
            j => Enumerable.Range(0, problem.K).Select(p => problem.AtB(p, j)).ToArray())];
        for (int i = 0; i < problem.M; i++)
        {
            double[] row = [.. Enumerable.Range(0, problem.K).Select(p => problem.AtA(i, p))];
            for (int j = 0; j < problem.N; j++)
            {
                double[] column = columns[j];
                double sum = 0;
                double size = 0;
                for (int p = 0; p < row.Length; p++)
                {
                    double product = row[p] * column[p];
                    sum += product;
                    size += Math.Abs(product);
                }

                // The reference rounds too, which shows only beside doubles: hence twice.
                double error = Math.Abs(double.CreateTruncating(actual[i * problem.N + j]) - sum);
                if (!(error <= 2 * (problem.K + 1) * Unit * size))
                    Assert.Fail($"{about}, {problem}: [{i}, {j}] is {actual[i * problem.N + j]}, not {sum}");
            }
        }
    }

    [Test]
    public void Random_shapes([ValueSource(nameof(Widths))] SimdWidth width)
    {
        var random = new Random(7);
        for (int trial = 0; trial < 1000; trial++)
        {
            int[] size = [.. Enumerable.Range(0, 3).Select(_ => Sizes[random.Next(Sizes.Length)])];
            var (transA, transB) = Transposes[trial % 4];
            var problem = new Problem(size[0], size[1], size[2], transA, transB, trial);
            AssertClose(Multiply(problem, width), problem, $"trial {trial}");
        }
    }

    [Test]
    public void Every_small_shape([ValueSource(nameof(Widths))] SimdWidth width)
    {
        foreach (var (transA, transB) in Transposes)
        {
            for (int code = 0; code < 9 * 9 * 9; code++)
            {
                var problem = new Problem(code / 81, code / 9 % 9, code % 9, transA, transB, code);
                AssertClose(Multiply(problem, width), problem, "small");
            }
        }
    }

    [Test]
    public void Every_depth_of_the_halving([ValueSource(nameof(Widths))] SimdWidth width, [ValueSource(nameof(Depths))] int k)
    {
        foreach (var (m, n) in Outlines)
        {
            foreach (var (transA, transB) in Transposes)
            {
                var problem = new Problem(m, n, k, transA, transB, k);
                AssertClose(Multiply(problem, width), problem, "depth");
            }
        }
    }

    [TestCase(1100, 3, 20)]
    [TestCase(3, 1100, 20)]
    [TestCase(1100, 20, 3)]
    [TestCase(1030, 1090, 17)]
    [TestCase(1030, 40, 1600)]
    public void Results_larger_than_a_chunk(int m, int n, int k)
    {
        foreach (var (transA, transB) in Transposes)
        {
            var problem = new Problem(m, n, k, transA, transB, 3);
            AssertClose(Multiply(problem, Simd.Widest), problem, "chunks");
        }
    }

    [Test]
    public void The_widths_agree_within_rounding()
    {
        foreach (var (m, n) in Outlines)
        {
            var problem = new Problem(m, n, 300, transA: false, transB: false, 11);
            T[][] results = [.. Widths().Select(width => Multiply(problem, width))];
            foreach (T[] result in results)
            {
                for (int i = 0; i < result.Length; i++)
                {
                    // Σ|a·b| is 300 at most.
                    double apart = Math.Abs(double.CreateTruncating(result[i] - results[0][i]));
                    Assert.That(apart, Is.LessThanOrEqualTo(2 * 300 * Unit * 300), problem.ToString());
                }
            }
        }
    }

    [Test]
    public void The_same_numbers_give_the_same_bits([ValueSource(nameof(Widths))] SimdWidth width)
    {
        var problem = new Problem(65, 70, 1100, transA: true, transB: false, 5);
        Samples.AssertSame<T>(Multiply(problem, width), Multiply(problem, width));
    }

    [Test]
    public void Ten_million_terms_lose_nothing([ValueSource(nameof(Widths))] SimdWidth width)
    {
        const int K = 10_000_000;
        T tenth = T.CreateTruncating(0.1);
        T[] a = new T[K];
        T[] b = new T[K];
        Array.Fill(a, tenth);
        Array.Fill(b, T.One);
        var c = new T[1];
        MatMul.Run<T>(a, false, b, false, c, 1, 1, K, width);
        double expected = K * double.CreateTruncating(tenth);
        Assert.That(double.CreateTruncating(c[0]), Is.EqualTo(expected).Within(1e-6 * expected));
    }

    /// <summary>Every shape of the output, and so both tiles: the error is that of a leaf, however long the sum.</summary>
    [Test]
    public void Long_sums_of_one_sign_stay_accurate([ValueSource(nameof(Widths))] SimdWidth width)
    {
        const int K = 100_000;
        foreach (var (m, n) in new[] { (1, 3), (3, 2), (20, 20) })
        {
            foreach (var (transA, transB) in Transposes)
            {
                T tenth = T.CreateTruncating(0.1);
                T[] a = new T[m * K];
                T[] b = new T[K * n];
                Array.Fill(a, tenth);
                Array.Fill(b, T.One);
                var c = new T[m * n];
                MatMul.Run<T>(a, transA, b, transB, c, m, n, K, width);
                double expected = K * double.CreateTruncating(tenth);
                foreach (T sum in c)
                    Assert.That(double.CreateTruncating(sum), Is.EqualTo(expected).Within(1e-5 * expected));
            }
        }
    }

    [Test]
    public void What_is_not_finite_stays_in_its_row_and_column(
        [ValueSource(nameof(Widths))] SimdWidth width, [Values(3, 7, 16, 17, 45, 600)] int k)
    {
        foreach (var (m, n) in Outlines)
        {
            foreach (var (transA, transB) in Transposes)
            {
                // The depth before the last is in the last register, but not in its turn, where one depth is left over.
                foreach (var (row, depth) in new[] { (0, k - 1), (m / 2, k - 2), (m - 1, k - 2) })
                {
                    // A NaN in one column of B and an infinity in one row of A: that row becomes infinities, not
                    // NaNs, as no padding was multiplied by it, and nothing else changes by a bit.
                    var problem = new Problem(m, n, k, transA, transB, 13);
                    int column = row % n;
                    T[] before = Multiply(problem, width);
                    problem.SetA(row, depth, T.PositiveInfinity);
                    problem.SetB(0, column, T.NaN);
                    T[] after = Multiply(problem, width);
                    for (int i = 0; i < m; i++)
                    {
                        for (int j = 0; j < n; j++)
                        {
                            T expected = j == column ? T.NaN
                                : i == row ? T.CopySign(T.PositiveInfinity, T.CreateTruncating(problem.AtB(depth, j)))
                                : before[i * n + j];
                            if (!Samples.Same(after[i * n + j], expected))
                                Assert.Fail($"{problem}: [{i}, {j}] is {after[i * n + j]}, not {expected}");
                        }
                    }
                }
            }
        }
    }

    [Test]
    public void No_depth_gives_zeros()
    {
        T[] c = [T.One, T.NaN, T.One, T.One, T.One, T.One];
        MatMul.Run<T>([], false, [], true, c, 2, 3, 0);
        Assert.That(c, Is.All.EqualTo(T.Zero));
    }

    [Test]
    public void No_rows_or_no_columns_give_nothing()
    {
        MatMul.Run<T>([], false, new T[12], false, [], 0, 4, 3);
        MatMul.Run<T>(new T[12], true, [], false, [], 4, 0, 3);
        MatMul.Run<T>([], true, [], true, [], 0, 0, 0);
    }

    [TestCase(5, 12, 8, 2, 4, 3)]
    [TestCase(6, 11, 8, 2, 4, 3)]
    [TestCase(6, 12, 9, 2, 4, 3)]
    [TestCase(6, 12, 8, -2, 4, -3)]
    [TestCase(6, 12, 8, -2, -4, 3)]
    [TestCase(0, 0, 0, 0, 4, -1)]
    public void Spans_that_do_not_fit_are_refused(int a, int b, int c, int m, int n, int k) =>
        Assert.That(
            () => MatMul.Run<T>(new T[a], false, new T[b], false, new T[c], m, n, k), Throws.InstanceOf<ArgumentException>());

    [Test]
    public void Only_floats_and_doubles() =>
        Assert.That(() => MatMul.Run<int>([1], false, [1], false, new int[1], 1, 1, 1), Throws.TypeOf<NotSupportedException>());

    /// <summary>Two random matrices in [-1, 1), and how they are stored.</summary>
    private sealed class Problem(int m, int n, int k, bool transA, bool transB, int seed)
    {
        public int M => m;

        public int N => n;

        public int K => k;

        public bool TransA => transA;

        public bool TransB => transB;

        public T[] A { get; } = [.. Samples.Numbers<T>(m * k, seed).Select(x => x / T.CreateTruncating(10))];

        public T[] B { get; } = [.. Samples.Numbers<T>(k * n, seed + 1).Select(x => x / T.CreateTruncating(10))];

        public double AtA(int i, int p) => double.CreateTruncating(A[IndexA(i, p)]);

        public double AtB(int p, int j) => double.CreateTruncating(B[IndexB(p, j)]);

        public void SetA(int i, int p, T value) => A[IndexA(i, p)] = value;

        public void SetB(int p, int j, T value) => B[IndexB(p, j)] = value;

        public override string ToString() => $"{m}×{n}×{k}{(transA ? " Aᵀ" : "")}{(transB ? " Bᵀ" : "")}";

        private int IndexA(int i, int p) => transA ? p * m + i : i * k + p;

        private int IndexB(int p, int j) => transB ? j * k + p : p * n + j;
    }
}
