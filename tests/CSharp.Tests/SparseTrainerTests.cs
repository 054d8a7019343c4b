using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

/// <summary>Training on sparse rows is training on the same rows made dense.</summary>
[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
internal sealed class SparseTrainerTests<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
{
    private static readonly double Unit = typeof(T) == typeof(float) ? Math.ScaleB(1, -24) : Math.ScaleB(1, -53);

    // Rows, features, outputs, values in a row at most, rows of a step: one row, one column, rows longer than a chain of sums, several
    // windows, and so few values that a step goes back over them alone.
    private static readonly (int Rows, int Columns, int Outputs, int Most, int Batch)[] Shapes =
    [
        (5, 3, 2, 3, 1), (60, 1, 1, 1, 60), (40, 17, 1, 9, 7), (130, 33, 3, 9, 130), (300, 100, 10, 40, 128), (200, 5000, 1, 20, 16),
        (200, 5000, 2, 20, 16), (200, 5000, 5, 20, 16), (2500, 65, 7, 20, 2500), (5000, 40, 1, 20, 5000), (3000, 40, 2, 30, 1100), (60, 1500, 4, 1500, 60),
    ];

    private static readonly UpdateFormula[] Updates =
    [
        new(UpdateRule.Sgd, 0.5),
        new(UpdateRule.Proximal, 0.1, Decay: 0.01),
        new(UpdateRule.Momentum, 0.1, 0.9),
        new(UpdateRule.Nesterov, 0.1, 0.9),
        new(UpdateRule.Adam, 0.05, 0.75, 0.9, 0.01, 0.25),
    ];

    public static IEnumerable<(int, int, int, int, int)> AllShapes() => Shapes;

    public static IEnumerable<UpdateFormula> AllUpdates() => Updates;

    [Test]
    public void Steps_are_those_on_dense_rows(
        [ValueSource(nameof(AllShapes))] (int Rows, int Columns, int Outputs, int Most, int Batch) shape,
        [ValueSource(nameof(AllUpdates))] UpdateFormula update,
        [Values] bool penalised,
        [Values] bool hasClasses)
    {
        var data = new SparseCase(shape, hasClasses);
        AffineProblem problem = Problem(shape.Outputs, hasClasses, penalised);
        AffineTrainer sparse = data.Trainer(problem, threads: 2), dense = data.DenseTrainer(problem);
        for (int step = 1; step <= 3; step++)
        {
            int first = (step - 1) * 5 % (shape.Rows - shape.Batch + 1);
            AffineSums actual = sparse.Step(data.Order, first, shape.Batch, update, step, out bool finite);
            AssertClose(actual, dense.Step(data.Order, first, shape.Batch, update, step, out _), $"step {step}");
            Assert.That(finite);
            for (int array = 0; array <= update.Slots; array++)
                AssertClose(sparse.Copy((AffineArray)array), dense.Copy((AffineArray)array), $"step {step}, {(AffineArray)array}");
        }

        foreach (AffineWork work in new[] { AffineWork.Losses, AffineWork.LossesOfZeros })
            AssertClose(sparse.Losses(data.Order, 0, shape.Rows, work), dense.Losses(data.Order, 0, shape.Rows, work), $"{work}");
    }

    [Test]
    public void Gradients_are_those_on_dense_rows(
        [ValueSource(nameof(AllShapes))] (int Rows, int Columns, int Outputs, int Most, int Batch) shape, [Values] bool hasClasses)
    {
        var data = new SparseCase(shape, hasClasses);
        AffineProblem problem = Problem(shape.Outputs, hasClasses, penalised: false);
        AffineTrainer sparse = data.Trainer(problem, threads: 2), dense = data.DenseTrainer(problem);
        foreach (int count in new[] { shape.Rows, 1, shape.Batch })
        {
            AffineSums sums = sparse.Gradient(data.Order, 0, count, out Array weights, out Array biases);
            AssertClose(sums, dense.Gradient(data.Order, 0, count, out Array denseWeights, out Array denseBiases), "sums");
            AssertClose((weights, biases), (denseWeights, denseBiases), $"{count} rows", 1.0 / count);
        }
    }

    [Test]
    public void The_bits_do_not_depend_on_the_threads(
        [ValueSource(nameof(AllShapes))] (int Rows, int Columns, int Outputs, int Most, int Batch) shape, [ValueSource(nameof(AllUpdates))] UpdateFormula update)
    {
        var data = new SparseCase(shape, hasClasses: true);
        AffineProblem problem = Problem(shape.Outputs, hasClasses: true, penalised: false);
        AffineTrainer? alone = null;
        AffineSums[]? expected = null;
        foreach (int threads in new[] { 1, 2, 3, 16, 200 })
        {
            AffineTrainer trainer = data.Trainer(problem, threads);
            AffineSums[] sums =
            [
                trainer.Step(data.Order, 0, shape.Batch, update, 1, out _),
                trainer.Step(data.Order, shape.Rows - shape.Batch, shape.Batch, update, 2, out _),
                trainer.Gradient(data.Order, 0, shape.Rows, out _, out _),
                trainer.Step(data.Order, 0, shape.Rows, update, 3, out _),
                trainer.Losses(data.Order, 0, shape.Rows, AffineWork.Losses),
            ];
            alone ??= trainer;
            expected ??= sums;
            Assert.That(sums, Is.EqualTo(expected), $"{threads} threads");
            foreach (AffineArray array in Enum.GetValues<AffineArray>())
            {
                Samples.AssertSame<T>((T[])trainer.Copy(array).Weights, (T[])alone.Copy(array).Weights);
                Samples.AssertSame<T>((T[])trainer.Copy(array).Biases, (T[])alone.Copy(array).Biases);
            }
        }
    }

    [Test]
    public void Going_back_over_few_columns_has_the_bits_of_going_over_all([Values(1, 2, 5)] int outputs)
    {
        // A velocity that is forgotten is plain descent, and goes over all.
        var data = new SparseCase((200, 5000, outputs, 20, 16), hasClasses: false);
        AffineProblem problem = Problem(outputs, hasClasses: false, penalised: false);
        AffineTrainer some = data.Trainer(problem, threads: 2), all = data.Trainer(problem, threads: 2);
        for (int step = 1; step <= 12; step++)
        {
            some.Step(data.Order, (step - 1) * 16, 16, new(UpdateRule.Sgd, 0.3), step, out _);
            all.Step(data.Order, (step - 1) * 16, 16, new(UpdateRule.Momentum, 0.3), step, out _);
        }

        Samples.AssertSame<T>((T[])some.Copy(AffineArray.Parameters).Weights, (T[])all.Copy(AffineArray.Parameters).Weights);
        Samples.AssertSame<T>((T[])some.Copy(AffineArray.Parameters).Biases, (T[])all.Copy(AffineArray.Parameters).Biases);
    }

    [Test]
    public void A_long_sum_of_floats_is_short_chains()
    {
        // One column of ones: the gradient is the number of rows, which a single chain of floats loses from 2²⁴ on.
        const int Rows = 1 << 21;
        int[] starts = [.. Enumerable.Range(0, Rows + 1)];
        var values = new T[Rows];
        Array.Fill(values, T.CreateTruncating(1.1));
        double[] y = new double[Rows];
        Array.Fill(y, -1.1);
        var rows = new AffineRows<T>(new CompressedRows<T>(starts, new int[Rows], values, 1), y, null);
        var problem = new AffineProblem(1, 1, new(RowLoss.Squared), RowMetric.None, null, 0, 0);
        var trainer = new AffineTrainer<T, T>(rows, problem, 2, Simd.Widest);
        trainer.Gradient([.. Enumerable.Range(0, Rows)], 0, Rows, out Array weights, out Array biases);
        double expected = Rows * double.CreateTruncating(values[0]) * double.CreateTruncating(values[0]);
        Assert.That(double.CreateTruncating(((T[])weights)[0]), Is.EqualTo(expected).Within(2000 * Unit * expected));
        Assert.That(double.CreateTruncating(((T[])biases)[0]), Is.EqualTo(1.1 * Rows).Within(2000 * Unit * Rows));
    }

    [Test]
    public void What_is_not_finite_is_seen([Values(1, 2, 5)] int outputs, [Values(10, 5000)] int columns)
    {
        foreach (UpdateFormula update in Updates)
        {
            var data = new SparseCase((100, columns, outputs, 4, 10), hasClasses: false);
            data.Compressed.Values[data.Compressed.Starts[data.Order[3]]] = T.NaN;
            AffineTrainer trainer = data.Trainer(Problem(outputs, hasClasses: false, penalised: false), threads: 2);
            trainer.Step(data.Order, 0, 10, update, 1, out bool finite);
            Assert.That(finite, Is.False);
        }
    }

    [Test]
    public void Arrays_that_are_no_rows_are_refused()
    {
        CompressedProblem Of(int[] starts, int[] columns) => CompressedRows<T>.Fault(starts, columns, 3, 5).Problem;
        Assert.That(Of([0, 1, 3], [4, 0, 1]), Is.EqualTo(CompressedProblem.None));
        Assert.That(Of([0, 0, 3, 3], [0, 1, 4]), Is.EqualTo(CompressedProblem.None));
        Assert.That(Of([], [0, 1, 2]), Is.EqualTo(CompressedProblem.FirstStart));
        Assert.That(Of([1, 3], [0, 1, 2]), Is.EqualTo(CompressedProblem.FirstStart));
        Assert.That(Of([0, 2, 1, 3], [0, 1, 2]), Is.EqualTo(CompressedProblem.StartsDescend));
        Assert.That(Of([0, 4, 3], [0, 1, 2]), Is.EqualTo(CompressedProblem.LastStart));
        Assert.That(Of([0, 2], [0, 1, 2]), Is.EqualTo(CompressedProblem.LastStart));
        Assert.That(Of([0, 3], [0, 1]), Is.EqualTo(CompressedProblem.Lengths));
        Assert.That(Of([0, 3], [0, 1, 5]), Is.EqualTo(CompressedProblem.ColumnRange));
        Assert.That(Of([0, 3], [-1, 1, 2]), Is.EqualTo(CompressedProblem.ColumnRange));
        Assert.That(Of([0, 3], [0, 2, 2]), Is.EqualTo(CompressedProblem.ColumnOrder));
        Assert.That(CompressedRows<T>.Fault([0, 1, 3], [4, 2, 1], 3, 5), Is.EqualTo(new CompressedFault(CompressedProblem.ColumnOrder, 1, 2)));
        Assert.Throws<ArgumentException>(() => _ = new CompressedRows<T>([0, 1], [7], new T[1], 5));
    }

    [Test]
    public void Rows_and_columns_are_taken_as_of_a_table()
    {
        var data = new SparseCase((40, 17, 1, 9, 7), hasClasses: false);
        CompressedRows<T> rows = data.Compressed;
        int[] some = [3, 3, 39, 0], columns = [16, 2, 5];
        CompressedRows<T> picked = rows.Pick(some), selected = rows.Select(columns), both = CompressedRows<T>.Concat([rows, picked]), across = rows.Transpose();
        T[] dense = new T[some.Length * 17];
        rows.Densify(some, dense);
        double[] divisors = [.. Enumerable.Range(0, 17).Select(j => j + 1.0)];
        CompressedRows<T> divided = rows.Divide(divisors);
        for (int j = 0; j < 17; j++)
        {
            for (int i = 0; i < some.Length; i++)
            {
                Assert.That(picked.At(i, j), Is.EqualTo(rows.At(some[i], j)));
                Assert.That(both.At(40 + i, j), Is.EqualTo(rows.At(some[i], j)));
                Assert.That(dense[(i * 17) + j], Is.EqualTo(rows.At(some[i], j)));
            }

            for (int i = 0; i < 40; i++)
            {
                Assert.That(across.At(j, i), Is.EqualTo(rows.At(i, j)));
                Assert.That(both.At(i, j), Is.EqualTo(rows.At(i, j)));
                Assert.That(divided.At(i, j), Is.EqualTo(rows.At(i, j) / T.CreateTruncating(j + 1)));
            }
        }

        for (int i = 0; i < 40; i++)
        {
            for (int k = 0; k < columns.Length; k++)
                Assert.That(selected.At(i, k), Is.EqualTo(rows.At(i, columns[k])));
            for (int at = rows.Starts[i]; at < rows.Starts[i + 1]; at++)
                Assert.That(rows.RowOf(at), Is.EqualTo(i));
        }
    }

    private static AffineProblem Problem(int outputs, bool hasClasses, bool penalised) => new(
        outputs,
        0.125,
        new(hasClasses ? RowLoss.CrossEntropy : RowLoss.Logistic),
        hasClasses ? RowMetric.Correct : RowMetric.SquaredError,
        null,
        L1: penalised ? 0.001 : 0,
        L2: penalised ? 0.01 : 0);

    private static void AssertClose((Array Weights, Array Biases) actual, (Array Weights, Array Biases) expected, string about, double factor = 1)
    {
        AssertClose((T[])actual.Weights, (T[])expected.Weights, about, factor);
        AssertClose((T[])actual.Biases, (T[])expected.Biases, about, factor);
    }

    private static void AssertClose(T[] actual, T[] expected, string about, double factor)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        for (int i = 0; i < expected.Length; i++)
        {
            double a = factor * double.CreateTruncating(actual[i]), e = factor * double.CreateTruncating(expected[i]);
            if (!(Math.Abs(a - e) <= 300 * Unit * (1 + Math.Abs(e))))
                Assert.Fail($"{about}: [{i}] is {a}, not {e}");
        }
    }

    private static void AssertClose(AffineSums actual, AffineSums expected, string about)
    {
        Assert.That(actual.Weight, Is.EqualTo(expected.Weight).Within(1e-12).Percent, about);
        Assert.That(actual.Loss, Is.EqualTo(expected.Loss).Within(200 * Unit * (1 + Math.Abs(expected.Loss))), about);
        Assert.That(actual.Metric, Is.EqualTo(expected.Metric).Within(200 * Unit * (1 + Math.Abs(expected.Metric))), about);
    }

    /// <summary>Sparse rows, some of them empty, with columns that no row has, and values that are 0 and kept.</summary>
    private sealed class SparseCase
    {
        private readonly double[]? numbers;
        private readonly int[]? labels;
        private readonly double[] rowWeights;
        private readonly (int Rows, int Columns, int Outputs, int Most, int Batch) shape;

        public SparseCase((int Rows, int Columns, int Outputs, int Most, int Batch) shape, bool hasClasses)
        {
            this.shape = shape;
            var random = new System.Random(7);
            List<int> starts = [0], columns = [];
            List<T> values = [];
            for (int i = 0; i < shape.Rows; i++)
            {
                int count = i % 11 == 4 ? 0 : i % 7 == 3 ? shape.Most : random.Next(1, shape.Most + 1);
                // Low columns are frequent, and a fifth of all never come.
                int[] own = [.. Enumerable.Range(0, count * 3).Select(_ => (int)(shape.Columns * Math.Pow(random.NextDouble(), 2))).Where(j => j % 5 != 1).Distinct().Take(count).Order()];
                columns.AddRange(own);
                values.AddRange(own.Select(_ => T.CreateTruncating((random.Next(17) - 8) / 8.0)));
                starts.Add(columns.Count);
            }

            Compressed = new([.. starts], [.. columns], [.. values], shape.Columns);
            labels = hasClasses ? [.. Enumerable.Range(0, shape.Rows).Select(_ => random.Next(shape.Outputs))] : null;
            numbers = hasClasses ? null : [.. Enumerable.Range(0, shape.Rows * shape.Outputs).Select(_ => (double)random.Next(2))];
            rowWeights = [.. Enumerable.Range(0, shape.Rows).Select(_ => (1 + random.Next(9)) / 4.0)];
            Order = [.. Enumerable.Range(0, shape.Rows)];
            random.Shuffle(Order);
            Weights = [.. Enumerable.Range(0, shape.Columns * shape.Outputs).Select(_ => T.CreateTruncating((random.Next(33) - 16) / 64.0))];
            Biases = [.. Enumerable.Range(0, shape.Outputs).Select(_ => T.CreateTruncating((random.Next(33) - 16) / 16.0))];
        }

        public CompressedRows<T> Compressed { get; }

        public int[] Order { get; }

        private T[] Weights { get; }

        private T[] Biases { get; }

        public AffineTrainer<T, T> Trainer(AffineProblem problem, int threads) =>
            Loaded(new AffineTrainer<T, T>(new(Compressed, numbers, labels, rowWeights), problem, threads, Simd.Widest));

        public AffineTrainer<T, T> DenseTrainer(AffineProblem problem)
        {
            T[] x = new T[shape.Rows * shape.Columns];
            Compressed.Densify([.. Enumerable.Range(0, shape.Rows)], x);
            return Loaded(new AffineTrainer<T, T>(new(x, shape.Columns, numbers, labels, rowWeights), problem, 1, Simd.Widest));
        }

        private AffineTrainer<T, T> Loaded(AffineTrainer<T, T> trainer)
        {
            trainer.Load(AffineArray.Parameters, Weights, Biases);
            return trainer;
        }
    }
}
