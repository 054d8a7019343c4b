using System;
using System.Linq;
using System.Numerics;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

/// <summary>What losses are, in double precision.</summary>
internal static class LossReference
{
    /// <summary>Of a score and a target number, and the derivative by the score.</summary>
    public static (double Loss, double Slope) Of(RowLoss loss, double z, double y, double delta)
    {
        double r = z - y, p = Sigmoid(z), c = Math.Clamp(r, -delta, delta);
        return loss switch
        {
            RowLoss.Squared => (0.5 * r * r, r),
            RowLoss.Absolute => (Math.Abs(r), Math.Sign(r)),
            RowLoss.Huber => (Math.Abs(r) <= delta ? 0.5 * r * r : delta * (Math.Abs(r) - (0.5 * delta)), c),
            RowLoss.Logistic => (Softplus(z) - (z * y), p - y),
            RowLoss.SquaredSigmoid => (0.5 * (p - y) * (p - y), (p - y) * p * Sigmoid(-z)),
            RowLoss.Perceptron => (Math.Max(0, -y * z), y * z <= 0 ? -y : 0),
            _ => throw new ArgumentOutOfRangeException(nameof(loss)),
        };
    }

    /// <summary>Of the scores of a row and its label.</summary>
    public static (double Loss, double[] Slopes) CrossEntropy(double[] z, int label)
    {
        double highest = z.Max();
        double sum = z.Sum(score => Math.Exp(score - highest));
        double[] slopes = [.. z.Select((score, c) => (Math.Exp(score - highest) / sum) - (c == label ? 1 : 0))];
        return (Math.Log(sum) - (z[label] - highest), slopes);
    }

    public static double Sigmoid(double z) => z >= 0 ? 1 / (1 + Math.Exp(-z)) : Math.Exp(z) / (1 + Math.Exp(z));

    public static double Softplus(double z)
    {
        double u = Math.Exp(-Math.Abs(z)), w = 1 + u;
        return Math.Max(z, 0) + (w == 1 ? u : Math.Log(w) * u / (w - 1));
    }
}

/// <summary>Losses of parts, with scores, targets and labels between pages that are not there.</summary>
[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
internal sealed unsafe class RowLossesTests<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
{
    private const int Lanes = 64;
    private const int MostOutputs = 30;

    private static readonly double Unit = typeof(T) == typeof(float) ? Math.ScaleB(1, -24) : Math.ScaleB(1, -53);
    private static readonly double Smallest = double.CreateTruncating(T.Epsilon);

    private static readonly int[] Counts = [1, 2, 3, 4, 7, 8, 9, 31, 63, 64];

    private static readonly RowLoss[] OfNumbers = [.. Enum.GetValues<RowLoss>().Where(loss => loss != RowLoss.CrossEntropy)];

    private static readonly Edge[] Edges = Enum.GetValues<Edge>();

    private readonly GuardedMemory zMemory = new(MostOutputs * Lanes * sizeof(T));
    private readonly GuardedMemory yMemory = new(MostOutputs * Lanes * sizeof(T));
    private readonly GuardedMemory lossMemory = new(Lanes * sizeof(T));
    private readonly GuardedMemory labelMemory = new(Lanes * sizeof(int));

    public void Dispose()
    {
        foreach (GuardedMemory memory in new[] { zMemory, yMemory, lossMemory, labelMemory })
            memory.Dispose();
    }

    private static T Number(double x) => T.CreateTruncating(x);

    private static double Wide(T x) => double.CreateTruncating(x);

    /// <summary>Scores or targets, a lane for each row, and NaN where there is no row.</summary>
    private static T[] Table(int outputs, int count, Func<double> number)
    {
        T[] table = new T[outputs * Lanes];
        for (int i = 0; i < table.Length; i++)
            table[i] = i % Lanes < count ? Number(number()) : T.NaN;
        return table;
    }

    private (T[] Loss, T[] Slopes) Compute(RowLossFormula formula, Edge edge, T[] z, T[] y, int[] labels, int outputs, int count)
    {
        Span<T> ownZ = zMemory.At<T>(edge, z), ownY = yMemory.At<T>(edge, y), loss = lossMemory.At<T>(edge, Lanes);
        Span<int> ownLabels = labelMemory.At<int>(edge, labels);
        loss.Fill(T.NaN);
        RowLosses.Compute(
            formula,
            GuardedMemory.Address(ownZ),
            GuardedMemory.Address(ownY),
            GuardedMemory.Address(ownLabels),
            GuardedMemory.Address(loss),
            outputs,
            count);
        return (loss.ToArray(), ownZ.ToArray());
    }

    private double Metric(RowMetric metric, Edge edge, T[] z, T[] y, int[] labels, int outputs, int count)
    {
        Span<T> ownZ = zMemory.At<T>(edge, z), ownY = yMemory.At<T>(edge, y);
        Span<int> ownLabels = labelMemory.At<int>(edge, labels);
        return RowLosses.Metric(
            metric, GuardedMemory.Address(ownZ), GuardedMemory.Address(ownY), GuardedMemory.Address(ownLabels), outputs, count);
    }

    private static void AssertClose(T actual, double expected, double error, string about)
    {
        // What overflows is right if it should.
        if (Wide(Number(expected)) == Wide(actual) || Math.Abs(Wide(actual) - expected) <= error + (4 * Smallest))
            return;
        Assert.Fail($"{about}: {actual}, not {expected}");
    }

    /// <summary>By how much a loss of a number and its slope may be off, in rounding errors of the numbers that they are made of.</summary>
    private static (double Loss, double Slope) Errors(RowLoss loss, double z, double y, (double Loss, double Slope) right)
    {
        double p = LossReference.Sigmoid(z);
        return loss switch
        {
            RowLoss.Huber => (12 * Unit * right.Loss, 2 * Unit * Math.Abs(right.Slope)),
            RowLoss.Logistic => (12 * Unit * (LossReference.Softplus(z) + Math.Abs(z * y)), 10 * Unit * (p + Math.Abs(y))),
            RowLoss.SquaredSigmoid => (24 * Unit * (p + Math.Abs(y)) * (p + Math.Abs(y)), 24 * Unit * (p + Math.Abs(y)) * p),
            _ => (8 * Unit * right.Loss, 2 * Unit * Math.Abs(right.Slope)),
        };
    }

    private static double Target(RowLoss loss, Random random) => loss switch
    {
        RowLoss.Perceptron => random.Next(2) == 0 ? -1 : 1,
        RowLoss.Logistic or RowLoss.SquaredSigmoid => random.Next(3) switch { 0 => 0, 1 => 1, _ => random.NextDouble() },
        _ => (random.NextDouble() - 0.5) * 8,
    };

    [Test]
    public void A_loss_of_numbers_and_its_slope(
        [ValueSource(nameof(OfNumbers))] RowLoss loss, [Values(1, 2, 3, 7)] int outputs, [Values(1, 8, 1e4, 1e30)] double size)
    {
        var random = new Random(outputs);
        foreach (int count in Counts)
        {
            foreach (Edge edge in Edges)
            {
                var formula = new RowLossFormula(loss, Delta: 0.75);
                T[] y = Table(outputs, count, () => Target(loss, random));
                T[] z = Table(outputs, count, () => random.Next(9) == 0 ? 0 : (random.NextDouble() - 0.5) * 2 * size);
                (T[] losses, T[] slopes) = Compute(formula, edge, z, y, [], outputs, count);
                for (int r = 0; r < count; r++)
                {
                    double sum = 0, error = 0;
                    for (int c = 0; c < outputs; c++)
                    {
                        int i = (c * Lanes) + r;
                        (double Loss, double Slope) right = LossReference.Of(loss, Wide(z[i]), Wide(y[i]), 0.75);
                        (double Loss, double Slope) errors = Errors(loss, Wide(z[i]), Wide(y[i]), right);
                        sum += right.Loss;
                        error += errors.Loss + (outputs * Unit * Math.Abs(right.Loss));
                        AssertClose(slopes[i], right.Slope, errors.Slope, $"{edge}, {count} rows, slope of {z[i]} and {y[i]}");
                    }

                    AssertClose(losses[r], sum, error, $"{edge}, {count} rows, row {r}");
                }
            }
        }
    }

    /// <summary>Where the pieces of a loss meet.</summary>
    [TestCase(RowLoss.Absolute, 2, 2, 0, 0)]
    [TestCase(RowLoss.Huber, 2.5, 2, 0.125, 0.5)]
    [TestCase(RowLoss.Huber, 2.75, 2, 0.28125, 0.75)]
    [TestCase(RowLoss.Huber, 1.25, 2, 0.28125, -0.75)]
    [TestCase(RowLoss.Huber, 4, 2, 1.21875, 0.75)]
    [TestCase(RowLoss.Huber, 0, 2, 1.21875, -0.75)]
    [TestCase(RowLoss.Perceptron, 0, 1, 0, -1)]
    [TestCase(RowLoss.Perceptron, 0, -1, 0, 1)]
    [TestCase(RowLoss.Perceptron, 3, 1, 0, 0)]
    [TestCase(RowLoss.Perceptron, 3, -1, 3, 1)]
    [TestCase(RowLoss.Squared, 3, 3, 0, 0)]
    [TestCase(RowLoss.Logistic, 1e4, 1, 0, 0)]
    [TestCase(RowLoss.Logistic, -1e4, 0, 0, 0)]
    [TestCase(RowLoss.Logistic, -1e4, 1, 1e4, -1)]
    [TestCase(RowLoss.SquaredSigmoid, 0, 0.5, 0, 0)]
    [TestCase(RowLoss.SquaredSigmoid, 0, 1, 0.125, -0.125)]
    [TestCase(RowLoss.SquaredSigmoid, -1e4, 1, 0.5, 0)]
    public void A_loss_is_exact(RowLoss loss, double z, double y, double expected, double slope)
    {
        (T[] losses, T[] slopes) = Compute(
            new RowLossFormula(loss, Delta: 0.75), Edge.End, Table(1, 1, () => z), Table(1, 1, () => y), [], 1, 1);
        Assert.That((Wide(losses[0]), Wide(slopes[0])), Is.EqualTo((expected, slope)));
    }

    [Test]
    public void A_factor_multiplies_and_a_constant_is_added_for_each_output([ValueSource(nameof(OfNumbers))] RowLoss loss, [Values(1, 3)] int outputs)
    {
        var random = new Random(3);
        T[] y = Table(outputs, Lanes, () => Target(loss, random)), z = Table(outputs, Lanes, () => random.Next(-3, 4));
        (T[] plain, T[] slopes) = Compute(new RowLossFormula(loss), Edge.End, z, y, [], outputs, Lanes);
        (T[] scaled, T[] scaledSlopes) = Compute(new RowLossFormula(loss, Factor: 4, Constant: 0.5), Edge.End, z, y, [], outputs, Lanes);
        Samples.AssertSame<T>(scaled, [.. plain.Select(x => (x * Number(4)) + Number(0.5 * outputs))]);
        Samples.AssertSame<T>(scaledSlopes, [.. slopes.Select(x => x * Number(4))]);
    }

    [Test]
    public void Cross_entropy_and_its_slopes([Values(2, 3, 5, 10, 26)] int outputs, [Values(0, 1, 30, 1e4, 1e30)] double size)
    {
        var random = new Random(outputs);
        foreach (int count in Counts)
        {
            foreach (Edge edge in Edges)
            {
                T[] z = Table(outputs, count, () => (random.NextDouble() - 0.5) * 2 * size);
                int[] labels = [.. Enumerable.Range(0, count).Select(_ => random.Next(outputs))];
                (T[] losses, T[] slopes) = Compute(new RowLossFormula(RowLoss.CrossEntropy), edge, z, [], labels, outputs, count);
                for (int r = 0; r < count; r++)
                {
                    double[] scores = [.. Enumerable.Range(0, outputs).Select(c => Wide(z[(c * Lanes) + r]))];
                    (double loss, double[] right) = LossReference.CrossEntropy(scores, labels[r]);
                    double highest = scores.Max();
                    string about = $"{edge}, {count} rows, row {r}";
                    AssertClose(losses[r], loss, (outputs + 8) * Unit * (1 + loss), about);
                    double sum = 0;
                    for (int c = 0; c < outputs; c++)
                    {
                        double share = right[c] + (c == labels[r] ? 1 : 0);
                        // The difference of two scores is rounded, too, and its error is one of the exponential's digits.
                        double error = ((outputs + 10 + Math.Min(highest - scores[c], 1000)) * share) + (c == labels[r] ? 1 : 0);
                        AssertClose(slopes[(c * Lanes) + r], right[c], 2 * Unit * error, about);
                        sum += Wide(slopes[(c * Lanes) + r]);
                    }

                    Assert.That(sum, Is.Zero.Within(2 * (outputs + 4) * Unit), about);
                }
            }
        }
    }

    [Test]
    public void Cross_entropy_of_equal_scores_is_the_logarithm_of_their_number([Values(2, 3, 10, 26)] int outputs, [Values(0, -1e4, 1e4, 1e30, -1e30)] double score)
    {
        int[] labels = [.. Enumerable.Range(0, Lanes).Select(r => r % outputs)];
        (T[] losses, T[] slopes) = Compute(
            new RowLossFormula(RowLoss.CrossEntropy), Edge.End, Table(outputs, Lanes, () => score), [], labels, outputs, Lanes);
        for (int r = 0; r < Lanes; r++)
        {
            AssertClose(losses[r], Math.Log(outputs), 8 * Unit * Math.Log(outputs), $"row {r}");
            for (int c = 0; c < outputs; c++)
                AssertClose(slopes[(c * Lanes) + r], (1.0 / outputs) - (c == labels[r] ? 1 : 0), 4 * Unit, $"[{c}, {r}]");
        }
    }

    [TestCase(0, 0, 0)]
    [TestCase(1, 2e4, 1)]
    public void Cross_entropy_of_a_clear_case_is_exact(int label, double loss, double slope)
    {
        T[] z = Table(2, 1, () => 0);
        (z[0], z[Lanes]) = (Number(1e4), Number(-1e4));
        (T[] losses, T[] slopes) = Compute(new RowLossFormula(RowLoss.CrossEntropy), Edge.End, z, [], [label], 2, 1);
        Assert.That((Wide(losses[0]), Wide(slopes[0]), Wide(slopes[Lanes])), Is.EqualTo((loss, slope, -slope)));
    }

    [Test]
    public void Scores_are_finished_by_a_scale_and_the_biases([Values(1, 2, 7)] int outputs)
    {
        var random = new Random(2);
        foreach (int count in Counts)
        {
            foreach (Edge edge in Edges)
            {
                T[] z = Table(outputs, count, () => random.NextDouble() - 0.5);
                T[] b = [.. Enumerable.Range(0, outputs).Select(c => Number((0.3 * c) - 1))];
                Span<T> own = zMemory.At<T>(edge, z), ownB = yMemory.At<T>(edge, b);
                RowLosses.Finish(GuardedMemory.Address(own), GuardedMemory.Address(ownB), Number(0.7), outputs, count);
                for (int c = 0; c < outputs; c++)
                {
                    for (int r = 0; r < count; r++)
                        Assert.That(own[(c * Lanes) + r], Is.EqualTo((z[(c * Lanes) + r] * Number(0.7)) + b[c]), $"{edge}, {count} rows: [{c}, {r}]");
                }
            }
        }
    }

    /// <summary>Few different scores, so that most rows have a tie somewhere.</summary>
    [Test]
    public void The_first_of_the_highest_scores_is_the_one_that_counts([Values(1, 2, 3, 10, 26)] int outputs)
    {
        var random = new Random(outputs);
        foreach (int count in Counts)
        {
            foreach (Edge edge in Edges)
            {
                T[] z = Table(outputs, count, () => random.Next(-2, 2));
                int[] labels = new int[count];
                int expected = 0;
                for (int r = 0; r < count; r++)
                {
                    int best = Enumerable.Range(0, outputs).MaxBy(c => z[(c * Lanes) + r]);
                    labels[r] = random.Next(2) == 0 ? best : random.Next(outputs);
                    expected += labels[r] == best ? 1 : 0;
                }

                Assert.That(Metric(RowMetric.Correct, edge, z, [], labels, outputs, count), Is.EqualTo(expected), $"{edge}, {count} rows");
            }
        }
    }

    [Test]
    public void Ties_are_not_right_twice()
    {
        T[] z = Table(4, 4, () => 5);
        z[0] = Number(4);
        Assert.That(Metric(RowMetric.Correct, Edge.End, z, [], [0, 0, 1, 3], 4, 4), Is.EqualTo(1));
        Assert.That(Metric(RowMetric.Correct, Edge.End, z, [], [1, 1, 0, 0], 4, 4), Is.EqualTo(3));
    }

    [Test]
    public void Errors_are_means_over_the_outputs_and_sums_over_the_rows([Values(1, 2, 7)] int outputs)
    {
        var random = new Random(outputs);
        foreach (int count in Counts)
        {
            foreach (Edge edge in Edges)
            {
                T[] z = Table(outputs, count, () => random.NextDouble() * 9), y = Table(outputs, count, () => random.NextDouble() * 9);
                double[] errors = [.. z.Zip(y, (a, b) => Wide(a) - Wide(b)).Where(double.IsFinite)];
                Assert.That(errors, Has.Length.EqualTo(outputs * count));
                Assert.That(
                    Metric(RowMetric.SquaredError, edge, z, y, [], outputs, count), Is.EqualTo(errors.Sum(x => x * x) / outputs).Within(1e-12).Percent);
                Assert.That(
                    Metric(RowMetric.AbsoluteError, edge, z, y, [], outputs, count), Is.EqualTo(errors.Sum(Math.Abs) / outputs).Within(1e-12).Percent);
                Assert.That(Metric(RowMetric.None, edge, z, y, [], outputs, count), Is.Zero);
            }
        }
    }
}
