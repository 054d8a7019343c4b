// The doors for arrays, lists and memory: whatever rows and labels are made of, the model is that of the data set.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture]
public class RowsTests
{
    private static readonly double[,] s_x = { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 }, { 2, 1 }, { 0, 3 } };
    private static readonly double[] s_y = [0, 1, 2, 4, 5, 3];
    private static readonly string[] s_labels = ["no", "no", "no", "yes", "yes", "no"];
    private static readonly double[] s_flat = [.. s_x.Cast<double>()];
    private static readonly float[] s_floats = Array.ConvertAll(s_flat, value => (float)value);
    private static readonly double[][] s_jagged = [.. Enumerable.Range(0, 6).Select(i => new[] { s_x[i, 0], s_x[i, 1] })];

    private static float[][] Singles => Array.ConvertAll(s_jagged, row => Array.ConvertAll(row, value => (float)value));

    private static float[,] SingleMatrix
    {
        get
        {
            var matrix = new float[6, 2];
            Buffer.BlockCopy(s_floats, 0, matrix, 0, 48);
            return matrix;
        }
    }

    private static Rows[] OfDoubles => [s_x, s_jagged, s_jagged.ToList(), Rows.From(s_flat, 2), [[0, 0], [0, 1], [1, 0], [1, 1], [2, 1], [0, 3]], [.. s_jagged]];

    private static Rows[] OfSingles => [SingleMatrix, Singles, Singles.ToList(), Rows.From(s_floats, 2)];

    private static Rows[] OfBytes =>
        [Rows.From(Array.ConvertAll(s_flat, value => (byte)value), 2), Array.ConvertAll(s_jagged, row => Array.ConvertAll(row, value => (byte)value))];

    private static Rows[] All => [.. OfDoubles, .. OfSingles, .. OfBytes];

    private enum Answer
    {
        No = 1,
        Yes = 2,
        Maybe = 7,
    }

    [Test]
    public void Every_kind_of_rows_is_the_same_rows()
    {
        foreach (Rows rows in All)
        {
            Assert.That((rows.Count, rows.Columns, rows.ToString()), Is.EqualTo((6, 2, "6 × 2")));
            Assert.That(rows, Is.EqualTo(s_jagged));
        }
    }

    [Test]
    public void Numbers_are_fitted_from_every_kind_of_rows()
    {
        var settings = new LinearRegression { Solver = new Sgd { Epochs = 3 } };
        foreach ((Rows[] kinds, Dataset same) in new[]
        {
            (OfDoubles, Dataset.From(s_x, s_y)), (OfSingles, Dataset.From(SingleMatrix, Array.ConvertAll(s_y, y => (float)y))), (OfBytes, Dataset.From([0, 0, 0, 1, 1, 0, 1, 1, 2, 1, 0, 3], 2, s_y)),
        })
        {
            LinearModel expected = settings.Fit(same);
            foreach (Rows rows in kinds)
            {
                Assert.That(settings.Fit(rows, s_y), Is.EqualTo(expected));
                Assert.That(settings.Fit(rows, s_y.ToList()), Is.EqualTo(expected));
                Assert.That(settings.Fit(rows, Array.ConvertAll(s_y, y => (float)y)), Is.EqualTo(expected));
                Assert.That(settings.Fit(rows, Rows.From(s_y, 1)), Is.EqualTo(expected));
                Assert.That(settings.Fit(Dataset.From(rows, s_y.ToList())), Is.EqualTo(expected));
            }
        }

        LinearModel several = new LinearRegression().Fit(s_jagged, [[0, 1], [1, 1], [2, 1], [4, 1], [5, 1], [3, 1]]);
        Assert.That(several.Biases[1], Is.EqualTo(1).Within(1e-9));
        Assert.That(several, Is.EqualTo(new LinearRegression().Fit(s_x, new double[,] { { 0, 1 }, { 1, 1 }, { 2, 1 }, { 4, 1 }, { 5, 1 }, { 3, 1 } })));
    }

    [Test]
    public void Classes_are_fitted_from_every_kind_of_rows_and_labels()
    {
        var softmax = new SoftmaxClassifier { Penalty = Penalty.L2(0.1) };
        var logistic = new LogisticRegression { Penalty = Penalty.L2(0.1) };
        var perceptron = new Perceptron();
        Dataset words = Dataset.From(s_x, s_labels);
        bool[] answers = Array.ConvertAll(s_labels, label => label == "yes");
        int[] numbers = Array.ConvertAll(answers, answer => answer ? 1 : 0);
        Answer[] values = Array.ConvertAll(answers, answer => answer ? Answer.Yes : Answer.No);
        foreach (Rows rows in OfDoubles)
        {
            Assert.That(softmax.Fit(rows, s_labels), Is.EqualTo(softmax.Fit(words)));
            Assert.That(logistic.Fit(rows, s_labels), Is.EqualTo(logistic.Fit(words)));
            Assert.That(perceptron.Fit(rows, s_labels), Is.EqualTo(perceptron.Fit(words)));
        }

        foreach ((TwoClassModel model, string[] names) in new (TwoClassModel, string[])[]
        {
            (logistic.Fit(s_x, s_labels.ToList()), ["no", "yes"]), (perceptron.Fit(s_jagged, s_labels.ToList()), ["no", "yes"]),
            (logistic.Fit(s_x, answers), ["False", "True"]), (perceptron.Fit(Singles, answers.ToList()), ["False", "True"]),
            (logistic.Fit(SingleMatrix, numbers), ["0", "1"]), (perceptron.Fit(s_jagged, numbers.ToList()), ["0", "1"]),
            (logistic.Fit(Singles, values), ["No", "Yes"]), (perceptron.Fit(SingleMatrix, values.ToList()), ["No", "Yes"]),
            (logistic.Fit([[0], [1]], [false, true]), ["False", "True"]), (perceptron.Fit([[0], [1]], [Answer.No, Answer.Yes]), ["No", "Yes"]),
        })
        {
            Assert.That(model.ClassNames, Is.EqualTo(names));
            Assert.That(model.Predict(Enumerable.Repeat(2.0, model.FeatureNames.Count).ToList()), Is.EqualTo(1));
        }

        Assert.That(softmax.Fit(s_x, values).ClassNames, Is.EqualTo(new[] { "No", "Yes", "Maybe" }));
        Assert.That(softmax.Fit([0, 0, 0, 1, 1, 0, 1, 1, 2, 1, 0, 3], 2, s_labels.ToList()), Is.EqualTo(softmax.Fit(Dataset.From([0, 0, 0, 1, 1, 0, 1, 1, 2, 1, 0, 3], 2, s_labels))));
    }

    [Test]
    public void Different_whole_numbers_are_the_classes()
    {
        int[] labels = [1, 1, 1, 2, 2, 1];
        LogisticModel logistic = new LogisticRegression { Penalty = Penalty.L2(1e-4) }.Fit(s_x, labels);
        PerceptronModel perceptron = new Perceptron().Fit(s_x, labels);
        SoftmaxModel softmax = new SoftmaxClassifier { Penalty = Penalty.L2(0.1) }.Fit(s_x, [30, 30, 10, 20, 20, -5]);

        Assert.That(softmax.ClassNames, Is.EqualTo(new[] { "-5", "10", "20", "30" }));
        Assert.That(new SoftmaxClassifier { Penalty = Penalty.L2(0.1) }.Fit(s_x, [30, 30, 10, 20, 20, 10]).ClassNames, Is.EqualTo(new[] { "10", "20", "30" }));
        foreach (TwoClassModel model in new TwoClassModel[] { logistic, perceptron })
        {
            Assert.That(model.ClassNames, Is.EqualTo(new[] { "1", "2" }));
            Assert.That((model.Predict([2, 1]), model.PredictLabel([2, 1])), Is.EqualTo((1, "2")));
            // The numbers of a data set are those of classes, of which one has no rows here; they are found by their names.
            Assert.That(model.Evaluate(Dataset.From(s_x, labels)).Accuracy, Is.EqualTo(1));
        }

        Assert.That(new LogisticRegression { Penalty = Penalty.L2(1e-4) }.Fit(Dataset.From(s_x, labels), Dataset.From(s_x, labels)), Is.EqualTo(logistic));
        Assert.That(new Perceptron().Fit(Dataset.From(s_x, labels)), Is.EqualTo(perceptron));
        Assert.That(new SoftmaxClassifier { Penalty = Penalty.L2(0.1) }.Fit(Dataset.From(s_x, labels)).ClassNames, Is.EqualTo(new[] { "0", "1", "2" }));
    }

    [Test]
    public void Every_model_predicts_every_kind_of_rows()
    {
        LinearModel line = new LinearRegression().Fit(s_x, s_y), two = new LinearRegression().Fit(s_x, new double[6, 2]);
        SoftmaxModel softmax = new SoftmaxClassifier { Penalty = Penalty.L2(0.1) }.Fit(s_x, s_labels);
        LogisticModel logistic = new LogisticRegression { Penalty = Penalty.L2(0.1) }.Fit(s_x, s_labels);
        PerceptronModel perceptron = new Perceptron().Fit(s_x, s_labels);
        Dataset data = Dataset.From(s_x, s_labels);
        foreach (Rows rows in All)
        {
            Assert.That(line.Predict(rows), Is.EqualTo(line.Predict(data)));
            Assert.That(two.PredictOutputs(rows), Is.EqualTo(two.PredictOutputs(data)));
            Assert.That(softmax.PredictProbabilities(rows), Is.EqualTo(softmax.PredictProbabilities(data)));
            Assert.That(logistic.PredictProbability(rows), Is.EqualTo(logistic.PredictProbability(data)));
            foreach (ClassifierModel model in new ClassifierModel[] { softmax, logistic, perceptron })
            {
                Assert.That(model.Predict(rows), Is.EqualTo(model.Predict(data)));
                Assert.That(model.PredictLabel(rows), Is.EqualTo(model.PredictLabel(data)));
            }
        }

        Assert.That(softmax.PredictLabel([[2, 1], [0, 0]]), Is.EqualTo(new[] { "yes", "no" }));
        Assert.That(softmax.PredictProbabilities([[2, 1]])[0, 1], Is.EqualTo(softmax.PredictProbabilities([2, 1])[1]));
        Assert.That(softmax.PredictProbabilities(new List<double> { 2, 1 }), Is.EqualTo(softmax.PredictProbabilities([2, 1])));
        Assert.That(logistic.PredictProbability(new List<double> { 2, 1 }), Is.EqualTo(logistic.PredictProbability([2, 1])));
        Assert.That(two.PredictOutputs([2, 1]), Is.EqualTo(new[] { two.PredictOutputs([[2, 1]])[0, 0], two.PredictOutputs([[2, 1]])[0, 1] }));
        var outputs = new double[2];
        two.PredictOutputs([2f, 1f], outputs);
        two.PredictOutputs((byte[])[2, 1], outputs);
        Assert.That(outputs, Is.EqualTo(two.PredictOutputs([2, 1])));
    }

    [Test]
    public void Rows_may_come_with_validation_progress_and_a_token()
    {
        var told = new List<int>();
        var solver = new Sgd { Epochs = 3, EarlyStopping = new EarlyStopping(2) };
        Dataset validation = Dataset.From(s_x, s_labels);
        new LogisticRegression { Solver = solver }.Fit(s_x, s_labels, validation, new Told(told));
        new SoftmaxClassifier { Solver = solver }.Fit(s_x, s_labels, validation, new Told(told), CancellationToken.None);
        new LinearRegression { Solver = solver }.Fit(s_x, s_y, validation: Dataset.From(s_x, s_y), progress: new Told(told));
        new Perceptron { Epochs = 1 }.Fit(s_x, s_labels, progress: new Told(told));
        Assert.That(told, Is.EqualTo(new[] { 1, 2, 3, 1, 2, 3, 1, 2, 3, 1 }));

        var cancelled = new CancellationToken(canceled: true);
        Assert.Catch<OperationCanceledException>(() => new LinearRegression().Fit(s_x, s_y, cancellationToken: cancelled));
        Assert.Catch<OperationCanceledException>(() => new LinearRegression().Fit(s_x, [1f, 2, 3, 4, 5, 6], cancellationToken: cancelled));
        Assert.Catch<OperationCanceledException>(() => new SoftmaxClassifier().Fit(s_x, s_labels, cancellationToken: cancelled));
        Assert.Catch<OperationCanceledException>(() => new LogisticRegression().Fit(s_x, [true, true, false, false, true, false], cancellationToken: cancelled));
        Assert.Catch<OperationCanceledException>(() => new Perceptron().Fit(s_x, s_labels, cancellationToken: cancelled));
    }

    [Test]
    public void A_model_keeps_nothing_of_a_matrix_that_changes()
    {
        double[,] x = (double[,])s_x.Clone();
        LinearModel model = new LinearRegression().Fit(x, s_y);
        double[] expected = model.Predict(s_x);
        Array.Clear(x);
        Assert.That(model.Inference.StandardErrors, Has.Count.EqualTo(3));
        Assert.That(model.Predict(s_x), Is.EqualTo(expected));
    }

    [Test]
    public void Many_rows_take_no_more_than_their_results()
    {
        var matrix = new float[1000, 20];
        LinearModel model = new LinearRegression { Solver = new Sgd { Epochs = 1 } }.Fit(matrix, new float[1000]);
        model.Predict(matrix);
        long before = GC.GetAllocatedBytesForCurrentThread();
        model.Predict(matrix);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(9000));
    }

    private sealed class Told(List<int> epochs) : IProgress<EpochReport>
    {
        public void Report(EpochReport value) => epochs.Add(value.Epoch);
    }
}
