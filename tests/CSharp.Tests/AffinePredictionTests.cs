using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Threading.Tasks;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture(typeof(byte), typeof(float))]
[TestFixture(typeof(float), typeof(float))]
[TestFixture(typeof(double), typeof(double))]
internal sealed class AffinePredictionTests<TX, T>
    where TX : unmanaged, INumber<TX>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly double Unit = typeof(T) == typeof(float) ? Math.ScaleB(1, -24) : Math.ScaleB(1, -53);

    // One or two classes, five and their tail, and more than lie on the stack.
    private static readonly int[] Outputs = [1, 2, 3, 5, 6, 10, 17];

    public static IEnumerable<SimdWidth> Widths() => MatMulTests<double>.Widths();

    /// <summary>|z - z'| ≤ γ·(|scale|·Σ|w·x| + |b|), with γ = (d + 3)·Unit whatever the order of the sum.</summary>
    private static void AssertClose(T[] scores, Problem problem)
    {
        for (int r = 0; r < problem.Rows; r++)
        {
            for (int c = 0; c < problem.Outputs; c++)
            {
                double sum = 0, size = 0;
                for (int j = 0; j < problem.Features; j++)
                {
                    double product = double.CreateTruncating(problem.X[(r * problem.Features) + j])
                        * double.CreateTruncating(problem.W[(c * problem.Features) + j]);
                    sum += product;
                    size += Math.Abs(product);
                }

                double scale = double.CreateTruncating(T.CreateTruncating(Problem.Scale));
                double bias = double.CreateTruncating(problem.B[c]);
                double expected = (scale * sum) + bias;
                double actual = double.CreateTruncating(scores[(r * problem.Outputs) + c]);
                // The reference rounds too, which shows only beside doubles: hence twice.
                if (!(Math.Abs(actual - expected) <= 2 * (problem.Features + 3) * Unit * ((Math.Abs(scale) * size) + Math.Abs(bias))))
                    Assert.Fail($"{problem}: [{r}, {c}] is {actual}, not {expected}");
            }
        }
    }

    [Test]
    public void Scores_are_those_of_plain_loops([ValueSource(nameof(Widths))] SimdWidth width)
    {
        int seed = 0;
        foreach (int features in new[] { 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 63, 64, 65, 100, 257, 784 })
        {
            foreach (int outputs in Outputs)
            {
                int[] rows = [1, 2, 63, 64, 65, 130];
                var problem = new Problem(rows[seed++ % rows.Length], features, outputs, seed);
                AssertClose(problem.Scores(width), problem);
            }
        }
    }

    [Test]
    public void Long_rows([ValueSource(nameof(Widths))] SimdWidth width)
    {
        foreach (int outputs in Outputs)
        {
            var problem = new Problem(7, 4100, outputs, 3);
            AssertClose(problem.Scores(width), problem);
        }
    }

    [Test]
    public void A_row_alone_has_the_same_bits([ValueSource(nameof(Widths))] SimdWidth width)
    {
        foreach (int features in new[] { 3, 17, 100, 784 })
        {
            foreach (int outputs in Outputs)
            {
                var problem = new Problem(67, features, outputs, 5);
                T[] together = problem.Scores(width);
                AffinePrediction<TX, T> model = problem.Model(1, width);
                var alone = new T[outputs];
                for (int r = 0; r < problem.Rows; r++)
                {
                    model.Scores(problem.X.AsSpan(r * features, features), 1, alone);
                    Samples.AssertSame<T>(alone, together.AsSpan(r * outputs, outputs));
                }
            }
        }
    }

    [Test]
    public void Threads_change_no_bit([ValueSource(nameof(Widths))] SimdWidth width)
    {
        // Enough for threads to be asked.
        foreach (var (rows, features, outputs) in new[] { (30_001, 9, 2), (1500, 100, 10), (700, 60, 17) })
        {
            var problem = new Problem(rows, features, outputs, 7);
            T[] alone = problem.Scores(width, 1);
            AssertClose(alone, problem);
            foreach (int threads in new[] { 2, 3, 7 })
                Samples.AssertSame<T>(problem.Scores(width, threads), alone);
        }
    }

    [Test]
    public void One_model_may_be_asked_by_many_at_once()
    {
        var problem = new Problem(900, 70, 10, 9);
        AffinePrediction<TX, T> model = problem.Model(2, Simd.Chosen);
        T[] expected = problem.Scores(Simd.Chosen);
        Parallel.For(0, 16, _ =>
        {
            var scores = new T[9000];
            model.Scores(problem.X, 900, scores);
            Samples.AssertSame<T>(scores, expected);
        });
    }

    [Test]
    public void One_row_allocates_nothing([Values(1, 10, 40)] int outputs, [Values(4, 100)] int features)
    {
        var problem = new Problem(1, features, outputs, 11);
        AffinePrediction<TX, T> model = problem.Model(2, Simd.Chosen);
        var scores = new T[outputs];
        // The first times compile the code, and rent an array that is kept.
        for (int i = 0; i < 3; i++)
            model.Scores(problem.X, 1, scores);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            model.Scores(problem.X, 1, scores);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void What_is_not_finite_stays_in_its_class([ValueSource(nameof(Widths))] SimdWidth width)
    {
        var problem = new Problem(66, 35, 6, 13);
        T[] before = problem.Scores(width);
        problem.W[(2 * 35) + 34] = T.NaN;
        T[] after = problem.Scores(width);
        for (int i = 0; i < after.Length; i++)
            Assert.That(Samples.Same(after[i], i % 6 == 2 ? T.NaN : before[i]), $"at {i}");
    }

    [Test]
    public void No_rows_give_nothing() =>
        new AffinePrediction<TX, T>(3, new T[6], new T[2], 1, 2, Simd.Chosen).Scores([], 0, []);

    [TestCase(5, 2, 6, 2, 4)]
    [TestCase(6, 2, 5, 2, 4)]
    [TestCase(6, 2, 6, 1, 4)]
    [TestCase(6, 2, 6, 2, 3)]
    [TestCase(6, 2, 6, 2, 5)]
    [TestCase(0, -2, 6, 2, 0)]
    public void Spans_that_do_not_fit_are_refused(int x, int rows, int weights, int biases, int scores) =>
        Assert.That(
            () => new AffinePrediction<TX, T>(3, new T[weights], new T[biases], 1, 1, Simd.Chosen).Scores(new TX[x], rows, new T[scores]),
            Throws.InstanceOf<ArgumentException>());

    [TestCase(0, 1)]
    [TestCase(1, 0)]
    [TestCase(-1, 1)]
    public void Shapes_of_nothing_are_refused(int features, int outputs) =>
        Assert.That(() => new AffinePrediction<TX, T>(features, [], new T[outputs], 1, 1, Simd.Chosen), Throws.InstanceOf<ArgumentException>());

    [Test]
    public void Only_types_that_can_be_trained() =>
        Assert.That(() => new AffinePrediction<byte, double>(1, [1.0], [1.0], 1, 1, Simd.Chosen), Throws.TypeOf<NotSupportedException>());

    /// <summary>Random rows, weights, biases and a scale.</summary>
    private sealed class Problem(int rows, int features, int outputs, int seed)
    {
        public int Rows => rows;

        public int Features => features;

        public int Outputs => outputs;

        public const double Scale = 0.3;

        public TX[] X { get; } = [.. Samples.Numbers<double>(rows * features, seed).Select(
            x => TX.CreateTruncating(typeof(TX) == typeof(byte) ? (x + 10) * 12 : x))];

        public T[] W { get; } = Samples.Numbers<T>(outputs * features, seed + 1);

        public T[] B { get; } = Samples.Numbers<T>(outputs, seed + 2);

        public AffinePrediction<TX, T> Model(int threads, SimdWidth width) => new(features, W, B, Scale, threads, width);

        public T[] Scores(SimdWidth width, int threads = 2)
        {
            // What was there before must not matter, and what lies beside must stay.
            const int Margin = 70;
            int length = rows * outputs;
            T[] space = new T[length + 2 * Margin];
            Array.Fill(space, T.NaN);
            Model(threads, width).Scores(X, rows, space.AsSpan(Margin, length));
            Assert.That(space.AsSpan(0, Margin).IndexOfAnyExcept(T.NaN), Is.EqualTo(-1));
            Assert.That(space.AsSpan(Margin + length).IndexOfAnyExcept(T.NaN), Is.EqualTo(-1));
            return space.AsSpan(Margin, length).ToArray();
        }

        public override string ToString() => $"{rows}×{features}, {outputs} outputs";
    }
}
