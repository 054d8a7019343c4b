using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Runtime.InteropServices;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

/// <summary>Data of small integers, the same on every machine, and a naive trainer of them.</summary>
internal sealed class AffineCase<TX>
    where TX : unmanaged, INumber<TX>
{
    private uint state;

    public AffineCase(int count, int columns, int outputs, bool hasClasses, uint seed = 1)
    {
        state = seed;
        (Count, Columns, Outputs) = (count, columns, outputs);
        var features = new TX[count * columns];
        for (int i = 0; i < features.Length; i++)
            features[i] = TX.CreateTruncating(typeof(TX) == typeof(byte) ? Next(256) : Next(17) - 8);
        int[] labels = [.. Enumerable.Range(0, count).Select(_ => Next(outputs))];
        double[] numbers = [.. Enumerable.Range(0, count * outputs).Select(_ => Next(2))];
        Rows = new(features, columns, hasClasses ? null : numbers, hasClasses ? labels : null);
        Order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int other = Next(i + 1);
            (Order[i], Order[other]) = (Order[other], Order[i]);
        }
    }

    /// <summary>The same data, rows with weights.</summary>
    public AffineCase<TX> Weighted()
    {
        Rows = Rows with { Weights = [.. Enumerable.Range(0, Count).Select(_ => Next(9) / 4.0)] };
        return this;
    }

    public int Count { get; }

    public int Columns { get; }

    public int Outputs { get; }

    public AffineRows<TX> Rows { get; private set; }

    /// <summary>All rows, shuffled.</summary>
    public int[] Order { get; }

    /// <summary>Brings features to about 1.</summary>
    public static double Scale => typeof(TX) == typeof(byte) ? 1.0 / 255 : 0.125;

    public T[] Weights<T>()
        where T : INumber<T> => [.. Enumerable.Range(0, Columns * Outputs).Select(_ => T.CreateTruncating((Next(33) - 16) / 64.0))];

    public T[] Biases<T>()
        where T : INumber<T> => [.. Enumerable.Range(0, Outputs).Select(_ => T.CreateTruncating((Next(33) - 16) / 16.0))];

    private int Next(int below)
    {
        state = (state * 1664525) + 1013904223;
        return (int)(((ulong)state * (uint)below) >> 32);
    }
}

/// <summary>Training as the definitions have it, in double precision, weights [features; outputs].</summary>
internal sealed class NaiveTrainer<TX>(AffineRows<TX> rows, AffineProblem problem, double[] weights, double[] biases)
    where TX : unmanaged, INumber<TX>
{
    private readonly int outputs = problem.Outputs;

    public double[][] Weights { get; } = [weights, new double[weights.Length], new double[weights.Length]];

    public double[][] Biases { get; } = [biases, new double[biases.Length], new double[biases.Length]];

    public AffineSums Losses(ReadOnlySpan<int> order, bool zeros = false) => Sum(order, zeros, new double[weights.Length], new double[outputs]);

    public AffineSums Step(ReadOnlySpan<int> order, UpdateFormula update, int step)
    {
        double[] g = new double[weights.Length], gBiases = new double[outputs];
        AffineSums sums = Sum(order, false, g, gBiases);
        double[] mean = [.. g.Select(x => x * problem.Scale / sums.Weight)], meanBiases = [.. gBiases.Select(x => x / sums.Weight)];
        UpdateReference.Apply(update, step, Weights[0], Weights[1], Weights[2], mean, problem.L1, problem.L2);
        UpdateReference.Apply(update with { Decay = 0 }, step, Biases[0], Biases[1], Biases[2], meanBiases, 0, 0);
        return sums;
    }

    private AffineSums Sum(ReadOnlySpan<int> order, bool zeros, double[] g, double[] gBiases)
    {
        double lossSum = 0, weightSum = 0, metricSum = 0;
        foreach (int row in order)
        {
            double[] x = [.. rows.Features.AsSpan(row * rows.Columns, rows.Columns).ToArray().Select(double.CreateTruncating)];
            double[] z = new double[outputs];
            for (int c = 0; c < outputs && !zeros; c++)
            {
                for (int j = 0; j < x.Length; j++)
                    z[c] += x[j] * Weights[0][(j * outputs) + c];
                z[c] = (z[c] * problem.Scale) + Biases[0][c];
            }

            (double loss, double weight, double[] slopes) = rows.Labels is { } labels ? OfClass(z, labels[row]) : OfNumbers(z, row, ref metricSum);
            if (rows.Labels is not null && problem.Metric == RowMetric.Correct)
                metricSum += Array.IndexOf(z, z.Max()) == rows.Labels[row] ? 1 : 0;
            weight *= rows.Weights?[row] ?? 1;
            lossSum += weight * loss;
            weightSum += weight;
            for (int c = 0; c < outputs; c++)
            {
                gBiases[c] += weight * slopes[c];
                for (int j = 0; j < x.Length; j++)
                    g[(j * outputs) + c] += weight * slopes[c] * x[j];
            }
        }

        return new(lossSum, weightSum, metricSum);
    }

    private (double Loss, double Weight, double[] Slopes) OfClass(double[] z, int label)
    {
        (double loss, double[] slopes) = LossReference.CrossEntropy(z, label);
        return (loss, problem.ClassWeights?[label] ?? 1, slopes);
    }

    private (double Loss, double Weight, double[] Slopes) OfNumbers(double[] z, int row, ref double metric)
    {
        double loss = 0;
        double[] slopes = new double[outputs];
        for (int c = 0; c < outputs; c++)
        {
            double y = rows.Numbers![(row * outputs) + c];
            (double own, double slope) = LossReference.Of(problem.Loss.Loss, z[c], y, problem.Loss.Delta);
            loss += (own * problem.Loss.Factor) + problem.Loss.Constant;
            slopes[c] = slope * problem.Loss.Factor;
            metric += problem.Metric switch
            {
                RowMetric.SquaredError => (z[c] - y) * (z[c] - y) / outputs,
                RowMetric.AbsoluteError => Math.Abs(z[c] - y) / outputs,
                _ => 0,
            };
        }

        return (loss, 1, slopes);
    }
}

[TestFixture(typeof(byte), typeof(float))]
[TestFixture(typeof(float), typeof(float))]
[TestFixture(typeof(double), typeof(double))]
internal sealed class AffineTrainerTests<TX, T>
    where TX : unmanaged, INumber<TX>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
{
    private static readonly double Unit = typeof(T) == typeof(float) ? Math.ScaleB(1, -24) : Math.ScaleB(1, -53);

    // Rows of data, features, outputs, rows of a step: a row, parts and slices that are not full, several parts in a slice.
    private static readonly (int Rows, int Columns, int Outputs, int Batch)[] Shapes =
        [(5, 3, 2, 1), (40, 17, 1, 7), (130, 33, 3, 130), (300, 100, 10, 128), (1090, 65, 7, 1090), (700, 7, 2, 513), (5000, 20, 4, 5000), (70, 1100, 6, 66)];

    private static readonly AffineArray[] Arrays = Enum.GetValues<AffineArray>();

    private static readonly UpdateFormula[] Updates =
    [
        new(UpdateRule.Sgd, 0.5),
        new(UpdateRule.Momentum, 0.1, 0.9),
        new(UpdateRule.Nesterov, 0.1, 0.9),
        new(UpdateRule.Adam, 0.05, 0.75, 0.9, 0.01, 0.25),
    ];

    public static IEnumerable<SimdWidth> Widths() => MatMulTests<float>.Widths();

    public static IEnumerable<(int, int, int, int)> AllShapes() => Shapes;

    public static IEnumerable<UpdateFormula> AllUpdates() => Updates;

    private static AffineProblem Problem(RowLoss loss, int outputs, bool weighted = false) => new(
        outputs,
        AffineCase<TX>.Scale,
        new(loss, Delta: 0.3, Factor: loss == RowLoss.CrossEntropy ? 1 : 0.75, Constant: loss == RowLoss.CrossEntropy ? 0 : 0.25),
        loss == RowLoss.CrossEntropy ? RowMetric.Correct : loss == RowLoss.Squared ? RowMetric.AbsoluteError : RowMetric.SquaredError,
        weighted ? [.. Enumerable.Range(0, outputs).Select(c => 0.5 + c)] : null,
        L1: 0.001,
        L2: 0.01);

    private static AffineTrainer<TX, T> Trainer(AffineCase<TX> data, AffineProblem problem, SimdWidth width, int threads = 2) =>
        new(data.Rows, problem, threads, width);

    private static double[] Wide(Array numbers) => [.. ((T[])numbers).Select(double.CreateTruncating)];

    private static void AssertClose(double[] actual, double[] expected, string about)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        for (int i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs(actual[i] - expected[i]) <= 100 * Unit * (1 + Math.Abs(expected[i]))))
                Assert.Fail($"{about}: [{i}] is {actual[i]}, not {expected[i]}");
        }
    }

    private static void AssertClose(AffineSums actual, AffineSums expected, string about) => AssertClose(
        [actual.Loss / actual.Weight, actual.Weight, actual.Metric / actual.Weight],
        [expected.Loss / expected.Weight, expected.Weight, expected.Metric / expected.Weight],
        about);

    private static void AssertSame(AffineTrainer<TX, T> actual, AffineTrainer<TX, T> expected)
    {
        foreach (AffineArray array in Arrays)
        {
            Samples.AssertSame<T>((T[])actual.Copy(array).Weights, (T[])expected.Copy(array).Weights);
            Samples.AssertSame<T>((T[])actual.Copy(array).Biases, (T[])expected.Copy(array).Biases);
        }
    }

    private static void CheckSteps(AffineCase<TX> data, AffineProblem problem, UpdateFormula update, SimdWidth width, int batch, int steps)
    {
        AffineTrainer<TX, T> trainer = Trainer(data, problem, width);
        T[] weights = data.Weights<T>(), biases = data.Biases<T>();
        trainer.Load(AffineArray.Parameters, weights, biases);
        var naive = new NaiveTrainer<TX>(data.Rows, problem, Wide(weights), Wide(biases));
        for (int step = 1; step <= steps; step++)
        {
            int first = (step - 1) * 5 % (data.Count - batch + 1);
            AffineSums sums = trainer.Step(data.Order, first, batch, update, step, out bool finite);
            AssertClose(sums, naive.Step(data.Order.AsSpan(first, batch), update, step), $"step {step}, sums");
            Assert.That(finite);
            foreach (AffineArray array in Arrays.Take(1 + update.Slots))
            {
                AssertClose(Wide(trainer.Copy(array).Weights), naive.Weights[(int)array], $"step {step}, weights, {array}");
                AssertClose(Wide(trainer.Copy(array).Biases), naive.Biases[(int)array], $"step {step}, biases, {array}");
            }
        }

        Assert.That(trainer.IsFinite());
        AssertClose(trainer.Losses(data.Order, 0, data.Count, AffineWork.Losses), naive.Losses(data.Order), "losses");
    }

    [Test]
    public void Steps_of_shapes([ValueSource(nameof(Widths))] SimdWidth width, [ValueSource(nameof(AllShapes))] (int Rows, int Columns, int Outputs, int Batch) shape)
    {
        var data = new AffineCase<TX>(shape.Rows, shape.Columns, shape.Outputs, hasClasses: true);
        CheckSteps(data, Problem(RowLoss.CrossEntropy, shape.Outputs), Updates[2], width, shape.Batch, steps: 3);
        data = new AffineCase<TX>(shape.Rows, shape.Columns, shape.Outputs, hasClasses: false);
        CheckSteps(data, Problem(RowLoss.Logistic, shape.Outputs), Updates[0], width, shape.Batch, steps: 2);
    }

    [Test]
    public void Steps_of_losses([ValueSource(nameof(Widths))] SimdWidth width, [Values] RowLoss loss, [ValueSource(nameof(AllUpdates))] UpdateFormula update)
    {
        var data = new AffineCase<TX>(150, 37, 3, hasClasses: loss == RowLoss.CrossEntropy);
        CheckSteps(data, Problem(loss, 3), update, width, batch: 100, steps: 3);
    }

    [Test]
    public void Classes_have_weights([ValueSource(nameof(Widths))] SimdWidth width, [ValueSource(nameof(AllUpdates))] UpdateFormula update)
    {
        var data = new AffineCase<TX>(400, 20, 5, hasClasses: true);
        CheckSteps(data, Problem(RowLoss.CrossEntropy, 5, weighted: true), update, width, batch: 333, steps: 3);
    }

    [Test]
    public void Rows_have_weights([ValueSource(nameof(Widths))] SimdWidth width, [Values] RowLoss loss, [Values] bool classWeights)
    {
        bool hasClasses = loss == RowLoss.CrossEntropy;
        AffineCase<TX> data = new AffineCase<TX>(400, 20, 5, hasClasses).Weighted();
        CheckSteps(data, Problem(loss, 5, weighted: classWeights && hasClasses), Updates[1], width, batch: 333, steps: 3);
        // Where the metric is the loss but for a factor, it is not when rows count differently.
        AffineProblem plain = Problem(loss, 5) with { Loss = new(loss), Metric = hasClasses ? RowMetric.None : RowMetric.SquaredError };
        CheckSteps(data, plain, Updates[0], width, batch: 333, steps: 1);
    }

    [Test]
    public void The_bits_do_not_depend_on_the_threads(
        [ValueSource(nameof(Widths))] SimdWidth width, [Values(64, 65, 128, 1000, 1025, 5000)] int count, [Values(24, 1777)] int columns)
    {
        // Of 1777 columns the update itself is split.
        var data = new AffineCase<TX>(Math.Min(count, 200_000 / columns * 10), columns, 5, hasClasses: true);
        count = data.Count;
        AffineProblem problem = Problem(RowLoss.CrossEntropy, 5, weighted: true);
        T[] weights = data.Weights<T>(), biases = data.Biases<T>();
        AffineTrainer<TX, T>? alone = null;
        AffineSums[]? expected = null;
        foreach (int threads in new[] { 1, 2, 3, 7 })
        {
            AffineTrainer<TX, T> trainer = Trainer(data, problem, width, threads);
            trainer.Load(AffineArray.Parameters, weights, biases);
            AffineSums[] sums =
            [
                trainer.Step(data.Order, 0, count, Updates[3], 1, out _),
                trainer.Step(data.Order, 0, count, Updates[3], 2, out _),
                trainer.Losses(data.Order, 0, count, AffineWork.Losses),
                trainer.Losses(data.Order, 0, count, AffineWork.LossesOfZeros),
            ];
            alone ??= trainer;
            expected ??= sums;
            Assert.That(sums, Is.EqualTo(expected), $"{threads} threads");
            AssertSame(trainer, alone);
        }
    }

    [Test]
    public void A_part_of_an_order_is_an_order([ValueSource(nameof(Widths))] SimdWidth width, [Values(1, 64, 100)] int batch)
    {
        var data = new AffineCase<TX>(300, 50, 3, hasClasses: true);
        AffineProblem problem = Problem(RowLoss.CrossEntropy, 3);
        AffineTrainer<TX, T> trainer = Trainer(data, problem, width), other = Trainer(data, problem, width);
        for (int first = 0; first + batch <= data.Count; first += 77)
        {
            AffineSums sums = trainer.Step(data.Order, first, batch, Updates[0], 1, out _);
            Assert.That(other.Step(data.Order[first..(first + batch)], 0, batch, Updates[0], 1, out _), Is.EqualTo(sums));
        }

        AssertSame(other, trainer);
    }

    [Test]
    public void A_row_may_come_twice()
    {
        var data = new AffineCase<TX>(3, 40, 2, hasClasses: true);
        AffineTrainer<TX, T> trainer = Trainer(data, Problem(RowLoss.CrossEntropy, 2), Simd.Widest);
        trainer.Load(AffineArray.Parameters, data.Weights<T>(), data.Biases<T>());
        AffineSums once = trainer.Losses([2], 0, 1, AffineWork.Losses);
        AffineSums often = trainer.Losses([.. Enumerable.Repeat(2, 1000)], 0, 1000, AffineWork.Losses);
        AssertClose(often, new(1000 * once.Loss, 1000 * once.Weight, 1000 * once.Metric), "1000 times");
    }

    [Test]
    public void What_is_loaded_is_copied([ValueSource(nameof(AllShapes))] (int Rows, int Columns, int Outputs, int Batch) shape)
    {
        var data = new AffineCase<TX>(shape.Rows, shape.Columns, shape.Outputs, hasClasses: true);
        AffineTrainer<TX, T> trainer = Trainer(data, Problem(RowLoss.CrossEntropy, shape.Outputs), Simd.Widest);
        T[] weights = data.Weights<T>(), biases = data.Biases<T>();
        trainer.Load(AffineArray.Parameters, weights, biases);
        Assert.That(trainer.Copy(AffineArray.Parameters), Is.EqualTo((weights, biases)));
        foreach (AffineArray slot in new[] { AffineArray.FirstSlot, AffineArray.SecondSlot })
        {
            Assert.That(trainer.Copy(slot).Weights, Has.Length.EqualTo(weights.Length).And.All.EqualTo(T.Zero));
            Assert.That(trainer.Copy(slot).Biases, Has.Length.EqualTo(biases.Length).And.All.EqualTo(T.Zero));
            T[] others = [.. weights.Select(w => w + w)];
            trainer.Load(slot, others, biases);
            Assert.That(trainer.Copy(slot), Is.EqualTo((others, biases)));
        }

        Assert.That(trainer.Copy(AffineArray.Parameters), Is.EqualTo((weights, biases)));
    }

    [Test]
    public void Losses_change_nothing([ValueSource(nameof(Widths))] SimdWidth width)
    {
        var data = new AffineCase<TX>(1500, 19, 4, hasClasses: true);
        AffineProblem problem = Problem(RowLoss.CrossEntropy, 4, weighted: true);
        AffineTrainer<TX, T> trainer = Trainer(data, problem, width), other = Trainer(data, problem, width);
        T[] weights = data.Weights<T>(), biases = data.Biases<T>();
        trainer.Load(AffineArray.Parameters, weights, biases);
        other.Load(AffineArray.Parameters, weights, biases);
        for (int step = 1; step <= 3; step++)
        {
            trainer.Losses(data.Order, 0, data.Count, AffineWork.Losses);
            trainer.Losses(data.Order, 3, 70, AffineWork.LossesOfZeros);
            trainer.Step(data.Order, 0, data.Count, Updates[3], step, out _);
            other.Step(data.Order, 0, data.Count, Updates[3], step, out _);
        }

        AssertSame(trainer, other);
    }

    [Test]
    public void Losses_before_training_and_those_of_zeros([ValueSource(nameof(Widths))] SimdWidth width, [Values] RowLoss loss)
    {
        var data = new AffineCase<TX>(1500, 19, 4, hasClasses: loss == RowLoss.CrossEntropy);
        AffineProblem problem = Problem(loss, 4, weighted: loss == RowLoss.CrossEntropy);
        AffineTrainer<TX, T> trainer = Trainer(data, problem, width);
        T[] weights = data.Weights<T>(), biases = data.Biases<T>();
        trainer.Load(AffineArray.Parameters, weights, biases);
        var naive = new NaiveTrainer<TX>(data.Rows, problem, Wide(weights), Wide(biases));
        foreach ((int first, int count) in new[] { (0, 1), (7, 64), (1, 65), (0, 1500) })
        {
            int[] rows = data.Order[first..(first + count)];
            AssertClose(trainer.Losses(data.Order, first, count, AffineWork.Losses), naive.Losses(rows), $"{count} rows");
            AssertClose(trainer.Losses(data.Order, first, count, AffineWork.LossesOfZeros), naive.Losses(rows, zeros: true), $"{count} zeros");
        }
    }

    [Test]
    public void Parameters_that_are_not_finite_are_seen([Values(double.NaN, double.PositiveInfinity, double.NegativeInfinity)] double wrong)
    {
        var data = new AffineCase<TX>(10, 19, 3, hasClasses: true);
        AffineTrainer<TX, T> trainer = Trainer(data, Problem(RowLoss.CrossEntropy, 3), Simd.Widest);
        for (int place = 0; place < (19 * 3) + 3; place++)
        {
            T[] weights = data.Weights<T>(), biases = data.Biases<T>();
            trainer.Load(AffineArray.Parameters, weights, biases);
            Assert.That(trainer.IsFinite());
            if (place < weights.Length)
                weights[place] = T.CreateTruncating(wrong);
            else
                biases[place - weights.Length] = T.CreateTruncating(wrong);
            trainer.Load(AffineArray.Parameters, weights, biases);
            Assert.That(trainer.IsFinite(), Is.False, $"at {place}");
        }
    }

    /// <summary>A sum of two slopes that overflows where no feature is, and a product with a feature where no sum does.</summary>
    [TestCase(0, 1, true)]
    [TestCase(0, 2, false)]
    [TestCase(2, 1, false)]
    public void A_gradient_that_is_not_finite_is_told(int feature, int count, bool expected)
    {
        TX[] features = new TX[2 * 33];
        features[20] = features[33 + 20] = TX.CreateTruncating(feature);
        double most = double.CreateTruncating(T.MaxValue) * 0.75;
        var rows = new AffineRows<TX>(features, 33, [-most, -most], null);
        var problem = new AffineProblem(1, 1, new(RowLoss.Squared), RowMetric.None, null, 0, 0);
        var trainer = new AffineTrainer<TX, T>(rows, problem, 1, Simd.Widest);
        trainer.Step([0, 1], 0, count, new(UpdateRule.Sgd, 1e-30), 1, out bool finite);
        Assert.That(finite, Is.EqualTo(expected));
    }

    [Test]
    public void Adam_with_an_epsilon_that_is_no_float_leaves_the_padding_alone()
    {
        var data = new AffineCase<TX>(10, 3, 1, hasClasses: false);
        AffineTrainer<TX, T> trainer = Trainer(data, Problem(RowLoss.Squared, 1), Simd.Widest);
        trainer.Step(data.Order, 0, 10, new(UpdateRule.Adam, 0.1, 0.9, 0.999, 1e-50), 1, out bool finite);
        Assert.That(finite && trainer.IsFinite());
    }

    [Test]
    public void A_full_gradient_is_what_a_step_of_length_one_takes([ValueSource(nameof(Widths))] SimdWidth width, [Values(3, 20, 70)] int columns)
    {
        var data = new AffineCase<TX>(2500, columns, 4, hasClasses: true);
        AffineTrainer<TX, T> trainer = Trainer(data, Problem(RowLoss.CrossEntropy, 4) with { L1 = 0, L2 = 0 }, width);
        trainer.Load(AffineArray.Parameters, data.Weights<T>(), data.Biases<T>());
        (Array weights, Array biases) = trainer.Copy(AffineArray.Parameters);
        AffineSums sums = trainer.Gradient(data.Order, 3, 2400, out Array byWeights, out Array byBiases);
        Assert.That(sums, Is.EqualTo(trainer.Losses(data.Order, 3, 2400, AffineWork.Losses)));
        trainer.Step(data.Order, 3, 2400, new(UpdateRule.Sgd, 1), 1, out _);
        (Array after, Array biasesAfter) = trainer.Copy(AffineArray.Parameters);
        foreach (var (p, q, g) in new[] { (weights, after, byWeights), (biases, biasesAfter, byBiases) })
        {
            for (int i = 0; i < p.Length; i++)
            {
                double before = double.CreateTruncating(((T[])p)[i]), taken = double.CreateTruncating(((T[])g)[i]) / sums.Weight;
                Assert.That(double.CreateTruncating(((T[])q)[i]), Is.EqualTo(before - taken).Within(1e-5 * (1 + Math.Abs(before))));
            }
        }
    }

    [TestCase(-1, 5)]
    [TestCase(0, 0)]
    [TestCase(0, -1)]
    [TestCase(0, 11)]
    [TestCase(6, 5)]
    [TestCase(10, 1)]
    [TestCase(11, 1)]
    [TestCase(int.MaxValue, 1)]
    [TestCase(1, int.MaxValue)]
    public void Rows_that_the_order_has_not_got_are_refused(int first, int count)
    {
        var data = new AffineCase<TX>(10, 4, 2, hasClasses: true);
        AffineTrainer<TX, T> trainer = Trainer(data, Problem(RowLoss.CrossEntropy, 2), Simd.Widest);
        foreach (AffineWork work in Enum.GetValues<AffineWork>())
            Assert.Throws<ArgumentOutOfRangeException>(() => trainer.Losses(data.Order, first, count, work));
        // A minibatch may be larger than what is left.
        if (count < 1 || first >= 10)
            Assert.Throws<ArgumentOutOfRangeException>(() => trainer.Step(data.Order, first, count, Updates[0], 1, out _));
        Assert.That(trainer.Losses(data.Order, 0, 10, AffineWork.Losses).Weight, Is.EqualTo(10));
    }

    [Test]
    public void Lengths_that_do_not_fit_are_refused()
    {
        AffineProblem classes = Problem(RowLoss.CrossEntropy, 2), numbers = Problem(RowLoss.Squared, 2);
        AssertRefused(() => _ = new AffineTrainer<TX, T>(new(new TX[11], 4, null, new int[2]), classes, 1, Simd.Widest));
        AssertRefused(() => _ = new AffineTrainer<TX, T>(new(new TX[12], 4, null, new int[2]), classes, 1, Simd.Widest));
        AssertRefused(() => _ = new AffineTrainer<TX, T>(new(new TX[12], 4, null, new int[4]), classes, 1, Simd.Widest));
        AssertRefused(() => _ = new AffineTrainer<TX, T>(new(new TX[12], 4, new double[3], null), numbers, 1, Simd.Widest));
        AssertRefused(() => _ = new AffineTrainer<TX, T>(new(new TX[12], 4, new double[8], null), numbers, 1, Simd.Widest));
        AssertRefused(() => _ = new AffineTrainer<TX, T>(new(new TX[12], 4, null, [0, 1, 2]), classes, 1, Simd.Widest));
        AssertRefused(() => _ = new AffineTrainer<TX, T>(new(new TX[12], 4, null, [0, -1, 1]), classes, 1, Simd.Widest));
        AssertRefused(() => _ = new AffineTrainer<TX, T>(
            new(new TX[12], 4, null, new int[3]), classes with { ClassWeights = [1, 2, 3] }, 1, Simd.Widest));
        Assert.Throws<ArgumentException>(() => new AffineTrainer<TX, T>(new(new TX[12], 4, null, new int[3], new double[2]), classes, 1, Simd.Widest));
        var trainer = new AffineTrainer<TX, T>(new(new TX[12], 4, null, new int[3]), classes, 1, Simd.Widest);
        AssertRefused(() => trainer.Load(AffineArray.Parameters, new T[7], new T[2]));
        AssertRefused(() => trainer.Load(AffineArray.Parameters, new T[9], new T[2]));
        AssertRefused(() => trainer.Load(AffineArray.Parameters, new T[8], new T[3]));
        AssertRefused(() => trainer.Load(AffineArray.Parameters, new T[8], new T[1]));
    }

    private static void AssertRefused(Action action) => Assert.That(() => action(), Throws.InstanceOf<ArgumentException>());
}

/// <summary>
/// Whole trainings, bit for bit, as they were when this was written. Whoever changes the order of a sum on purpose takes the
/// numbers that the tests print.
/// </summary>
internal sealed class AffineTrainerBitsTests
{
    // Powers that are exact, whoever computes them.
    private static readonly UpdateFormula Adam = new(UpdateRule.Adam, 0.03125, 0.5, 0.75, 0.0009765625, 0.125);
    private static readonly UpdateFormula Nesterov = new(UpdateRule.Nesterov, 0.1, 0.9);

    [TestCase(SimdWidth.Avx2, RowLoss.CrossEntropy, 0x112C15EB718C39E3UL)]
    [TestCase(SimdWidth.Avx512, RowLoss.CrossEntropy, 0x48744B28EFFC3FF3UL)]
    [TestCase(SimdWidth.Avx2, RowLoss.Logistic, 0x44993061E5834A78UL)]
    [TestCase(SimdWidth.Avx512, RowLoss.Logistic, 0x672AE32B9BB45D88UL)]
    public void The_bits_of_bytes(SimdWidth width, RowLoss loss, ulong expected) => Check<byte, float>(width, loss, expected);

    [TestCase(SimdWidth.Avx2, RowLoss.CrossEntropy, 0xB41B007E42010A18UL)]
    [TestCase(SimdWidth.Avx512, RowLoss.CrossEntropy, 0x05B01BD4E7E7679CUL)]
    [TestCase(SimdWidth.Avx2, RowLoss.Logistic, 0x78940452271393A3UL)]
    [TestCase(SimdWidth.Avx512, RowLoss.Logistic, 0x93E8170728AAAE66UL)]
    public void The_bits_of_floats(SimdWidth width, RowLoss loss, ulong expected) => Check<float, float>(width, loss, expected);

    [TestCase(SimdWidth.Avx2, RowLoss.CrossEntropy, 0x7912BC9A643C5EC0UL)]
    [TestCase(SimdWidth.Avx512, RowLoss.CrossEntropy, 0xADA4629A28A937D7UL)]
    public void The_bits_of_doubles(SimdWidth width, RowLoss loss, ulong expected) => Check<double, double>(width, loss, expected);

    private static void Check<TX, T>(SimdWidth width, RowLoss loss, ulong expected)
        where TX : unmanaged, INumber<TX>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!MatMulTests<float>.Widths().Contains(width))
            Assert.Ignore($"not run: this machine has no {width}");
        const int Rows = 1200, Outputs = 10, Steps = 20, Batch = 257;
        bool hasClasses = loss == RowLoss.CrossEntropy;
        var data = new AffineCase<TX>(Rows, 150, Outputs, hasClasses);
        double[]? weights = hasClasses ? [.. Enumerable.Range(0, Outputs).Select(c => 0.5 + (c * 0.25))] : null;
        var problem = new AffineProblem(Outputs, AffineCase<TX>.Scale, new(loss), RowMetric.None, weights, 0.0001, 0.001);
        var trainer = new AffineTrainer<TX, T>(data.Rows, problem, 3, width);
        trainer.Load(AffineArray.Parameters, data.Weights<T>(), data.Biases<T>());
        for (int step = 1; step <= Steps; step++)
            trainer.Step(data.Order, (step - 1) * 47 % (Rows - Batch), Batch, hasClasses ? Nesterov : Adam, step, out _);
        (Array Weights, Array Biases) found = trainer.Copy(AffineArray.Parameters);
        ulong hash = Hash((T[])found.Biases, Hash((T[])found.Weights, 14695981039346656037));
        Assert.That(hash, Is.EqualTo(expected), $"0x{hash:X16}UL");
    }

    /// <summary>FNV-1a of the bits.</summary>
    private static ulong Hash<T>(T[] numbers, ulong hash)
        where T : unmanaged
    {
        foreach (byte part in MemoryMarshal.AsBytes(numbers.AsSpan()))
            hash = (hash ^ part) * 1099511628211;
        return hash;
    }
}
