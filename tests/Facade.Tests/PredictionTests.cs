// Serving: one row takes nothing from the heap, whatever it is made of; every overload is found by what is written.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics.Tensors;
using System.Threading.Tasks;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture]
public class PredictionTests
{
    private static readonly LinearModel s_plane = new LinearRegression().Fit(
        new double[,] { { 0, 0 }, { 1, 0 }, { 0, 1 }, { 2, 3 } }, [1.0, 3, 0, 2]);

    private static readonly SoftmaxModel s_garments = new SoftmaxClassifier
    {
        Solver = new Sgd { LearningRate = 0.1, BatchSize = 64, Epochs = 2 },
    }.Fit(Synthetic.Garments(500, 10).Train);

    [Test]
    public void Integer_literals_are_a_row_of_numbers()
    {
        // 1 + 2·x1 − x2. As bytes 300 would not even compile; as floats 16777217 would be another number.
        Assert.That(s_plane.Predict([120, 7]), Is.EqualTo(1 + 240 - 7).Within(1e-9));
        Assert.That(s_plane.Predict([300, -1]), Is.EqualTo(1 + 600 + 1).Within(1e-9));
        Assert.That(s_plane.Predict([16777217, 0]), Is.EqualTo(1 + 2 * 16777217.0).Within(1e-6));
        Assert.That(s_plane.Predict([0.5, 1]), Is.EqualTo(1).Within(1e-9));
        // Its score is x2 − x1: as floats both are 16777216.
        PerceptronModel larger = new Perceptron().Fit(new double[,] { { 1, 0 }, { 0, 1 } }, ["first", "second"]);
        Assert.That(larger.Weights, Is.EqualTo(new[] { -1.0, 1 }));
        Assert.That(larger.Predict([16777216, 16777217]), Is.EqualTo(1));
        Assert.That(larger.PredictLabel([16777216, 16777217]), Is.EqualTo("second"));
    }

    [Test]
    public void Everything_that_is_a_row_is_taken_for_one()
    {
        double expected = s_plane.Predict([3, 4]);
        double[] array = [3, 4];
        Span<double> span = [3, 4];
        ReadOnlyMemory<double> memory = array;
        double[] all =
        [
            s_plane.Predict(array),
            s_plane.Predict(span),
            s_plane.Predict(memory.Span),
            s_plane.Predict(stackalloc double[] { 3, 4 }),
            s_plane.Predict(new List<double> { 3, 4 }),
            s_plane.Predict((IReadOnlyList<double>)array),
            s_plane.Predict(new float[] { 3, 4 }),
            s_plane.Predict(new byte[] { 3, 4 }),
            s_plane.Predict([3.0, 4]),
            s_plane.Predict(new double[,] { { 3, 4 } })[0],
            s_plane.Predict(new double[][] { [3, 4] })[0],
            s_plane.Predict([[3, 4]])[0],
            s_plane.Predict(Dataset.From(new float[,] { { 3, 4 } }, new[] { 0f }))[0],
        ];
        Assert.That(all, Is.All.EqualTo(expected));

        var outputs = new double[1];
        s_plane.PredictOutputs(array, outputs);
        Assert.That(outputs[0], Is.EqualTo(expected));
    }

    [Test]
    public void Everything_that_is_a_row_has_one_class()
    {
        Dataset test = Synthetic.Garments(10, 20).Test;
        for (int i = 0; i < test.Rows; i++)
        {
            double[] row = test.Row(i);
            byte[] bytes = [.. row.Select(value => (byte)value)];
            float[] floats = [.. row.Select(value => (float)value)];
            int expected = s_garments.Predict(test)[i];
            Assert.That(
                new[] { s_garments.Predict(row), s_garments.Predict(bytes), s_garments.Predict(floats), s_garments.Predict(new List<double>(row)), s_garments.Predict([row])[0] },
                Is.All.EqualTo(expected));
            Assert.That(
                new[] { s_garments.PredictLabel(row), s_garments.PredictLabel(bytes), s_garments.PredictLabel(floats), s_garments.PredictLabel(test)[i] },
                Is.All.EqualTo(s_garments.ClassNames[expected]));
            Assert.That(s_garments.PredictProbabilities(bytes), Is.EqualTo(s_garments.PredictProbabilities(row)));
            Assert.That(s_garments.PredictProbabilities(floats)[expected], Is.EqualTo(s_garments.PredictProbabilities(test)[i, expected]));
        }
    }

    [Test]
    public void Probabilities_of_rows_far_away_are_numbers()
    {
        SoftmaxModel points = new SoftmaxClassifier { Penalty = Penalty.L2(0.01) }.Fit(Synthetic.Classes(300));
        LogisticModel two = new LogisticRegression { Penalty = Penalty.L2(0.01) }.Fit(new double[,] { { 0 }, { 1 } }, [0, 1]);
        foreach (double far in new[] { 1e4, -1e4, 1e30 })
        {
            float[] probabilities = points.PredictProbabilities([far, -far]);
            Assert.That(probabilities.Sum(), Is.EqualTo(1).Within(1e-6));
            Assert.That(probabilities.Max(), Is.EqualTo(1));
            Assert.That(two.PredictProbability([far]), Is.EqualTo(far > 0 ? 1 : 0));
        }
    }

    [Test]
    public void A_row_takes_nothing_from_the_heap()
    {
        double[] row = Synthetic.Garments(10, 1).Test.Row(0);
        byte[] bytes = [.. row.Select(value => (byte)value)];
        float[] floats = [.. row.Select(value => (float)value)], probabilities = new float[10];
        LinearModel wide = new LinearRegression { Solver = new Sgd { Epochs = 1, LearningRate = 1e-9 } }.Fit(
            new double[2, 3000], [1.0, 2]);
        var manyFeatures = new double[3000];
        SoftmaxModel manyClasses = new SoftmaxClassifier { Solver = new Sgd { Epochs = 1 } }.Fit(Dataset.From(new double[,] { { 1 }, { 2 } }, [0, 199]));
        void All()
        {
            s_plane.Predict([120, 7]);
            s_garments.Predict(row);
            s_garments.Predict(bytes);
            s_garments.Predict(floats);
            s_garments.PredictLabel(bytes);
            s_garments.PredictProbabilities(bytes, probabilities);
            s_garments.PredictProbabilities(row, probabilities);
            wide.Predict(manyFeatures);
            manyClasses.Predict([3]);
        }

        for (int i = 0; i < 100; i++)
            All();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            All();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void Many_threads_get_the_same_answers()
    {
        Dataset test = Synthetic.Garments(10, 100).Test;
        int[] expected = s_garments.Predict(test);
        double[][] rows = [.. Enumerable.Range(0, test.Rows).Select(test.Row)];

        Parallel.For(0, 32, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            for (int i = 0; i < rows.Length; i++)
                Assert.That(s_garments.Predict(rows[i]), Is.EqualTo(expected[i]));
            Assert.That(s_garments.Predict(test), Is.EqualTo(expected));
        });
    }

    [Test]
    public void A_row_has_the_same_bits_alone_and_among_others()
    {
        var x = new double[5000, 30];
        var y = new double[5000];
        var random = new Random(1);
        for (int i = 0; i < 5000; i++)
        {
            for (int j = 0; j < 30; j++)
                x[i, j] = random.NextDouble() - 0.5;
            y[i] = random.NextDouble();
        }

        LinearModel ofDoubles = new LinearRegression().Fit(x, y);
        double[] all = ofDoubles.Predict(x);
        Dataset data = Dataset.From(x, y);
        Assert.That(ofDoubles.Predict(data), Is.EqualTo(all));
        Assert.That(Enumerable.Range(0, 5000).Select(i => ofDoubles.Predict(data.Row(i))), Is.EqualTo(all));
    }

    [Test]
    public void Sparse_rows_are_predicted_as_they_are()
    {
        Dataset points = Synthetic.Classes(100), line = Synthetic.Linear(50);

        SoftmaxModel classifier = new SoftmaxClassifier { Penalty = Penalty.L2(0.01) }.Fit(points.ToSparse());
        LinearModel model = new LinearRegression().Fit(line.ToSparse());

        Assert.That(classifier.Predict(points.ToSparse()), Is.EqualTo(classifier.Predict(points)));
        Assert.That(classifier.Evaluate(points.ToSparse()).Accuracy, Is.EqualTo(classifier.Evaluate(points).Accuracy).And.GreaterThan(0.8));
        Assert.That(model.Predict(line.ToSparse()), Is.EqualTo(model.Predict(line)).Within(1e-5));
        Assert.That(model.Weights, Is.EqualTo(new[] { 2, -3.4 }).Within(0.01));
        Dataset bad = Dataset.FromSparse([0, 1], [1], [double.NaN], 2, [0.0]);
        Assert.That(() => model.Predict(bad), Throws.TypeOf<DataException>().With.Message.Contains("row 0"));
    }

    [Test]
    public void A_row_beyond_32_bits_is_scored_in_64()
    {
        LinearModel model = new LinearRegression { Solver = new Lbfgs() }.Fit(Synthetic.Linear(200));

        Assert.That(model.Predict([1e39, 0]), Is.EqualTo(model.Weights[0] * 1e39).Within(1e-6).Percent);
        Assert.That(model.Predict(new double[,] { { 0, 1e39 }, { 0, 0 } }), Is.EqualTo(new[] { model.Weights[1] * 1e39, model.Bias }).Within(1e-3).Percent);
    }

    [Test]
    public void Features_far_from_zero_keep_their_digits_when_they_are_standardized()
    {
        float[,] x = new float[10, 1];
        float[] y = new float[10];
        for (int i = 0; i < 10; i++)
            (x[i, 0], y[i]) = (1e6f + i, i);

        LinearModel model = new LinearRegression { Solver = new Lbfgs(), Scaling = Scaling.Standardize }.Fit(x, y);

        for (int i = 0; i < 10; i++)
            Assert.That(model.Predict([1e6 + i]), Is.EqualTo(i).Within(1e-3));
    }

    [Test]
    public void Rows_of_whole_numbers_are_rows_of_doubles()
    {
        LinearModel model = new LinearRegression().Fit([[16777217, 0], [16777219, 1], [16777221, 0]], [1, 2, 5]);

        Assert.That(model.Weights[0], Is.EqualTo(1).Within(1e-9));
    }

    [Test]
    public void Epochs_of_two_classes_have_no_metric_of_numbers()
    {
        LogisticModel model = new LogisticRegression { Solver = new Sgd { Epochs = 2 } }.Fit(FSharp.Synthetic.classes(new FSharp.SyntheticClasses(2, 2, 0.5, 60, 1)));

        Assert.That(model.History[1].Metric, Is.NaN);
        Assert.That($"{model.History[1]}", Does.Not.Contain("NaN").And.Not.Contain("mse"));
    }

    [Test]
    public void A_weight_that_is_not_there_is_answered_with_those_that_are()
    {
        LinearModel model = new LinearRegression().Fit(Synthetic.Linear(50).WithFeatureNames("area", "age"));

        Assert.That(model.Coefficients["age"], Is.EqualTo(model.Weights[1]));
        Assert.That(model.Coefficients, Has.Count.EqualTo(2));
        Assert.That(
            () => model.Coefficients["size"],
            Throws.TypeOf<SettingsException>().With.Message.EqualTo("There is no feature 'size'; the data set has area, age."));
    }

    [Test]
    public void A_report_has_the_loss_of_its_epoch()
    {
        LinearModel model = new LinearRegression { Solver = new Sgd { Epochs = 2 } }.Fit(Synthetic.Linear(50));

        Assert.That(model.History[1].Loss, Is.EqualTo(model.History[1].Running.Loss));
        Assert.That(model.History[1].Metric, Is.EqualTo(model.History[1].Running.Metric));
    }

    [Test]
    public void Tensor_spans_and_memory_make_data_sets()
    {
        double[] values = [1, 2, 3, 4, 5, 6];
        float[] floats = [1, 2, 3, 4, 5, 6];
        Dataset[] all =
        [
            Dataset.FromTensor(new ReadOnlyTensorSpan<double>(values, [2, 3]), [7.0, 8]),
            Dataset.FromTensor(new ReadOnlyTensorSpan<double>(values, [2, 3, 1]), [7, 8]),
            Dataset.FromTensor(new ReadOnlyTensorSpan<float>(floats, [2, 3]), [7.0, 8]),
            Dataset.FromTensor(new ReadOnlyTensorSpan<float>(floats, [2, 3]), [7, 8]),
            Dataset.FromTensor(new ReadOnlyTensorSpan<byte>([1, 2, 3, 4, 5, 6], [2, 3]), [7, 8]),
            Dataset.From(values.AsMemory(), 3, [7.0, 8]),
            Dataset.From((ReadOnlyMemory<double>)values, 3, [7, 8]),
            Dataset.From((ReadOnlyMemory<float>)floats, 3, [7.0, 8]),
            Dataset.From((ReadOnlyMemory<float>)floats, 3, [7, 8]),
        ];
        foreach (Dataset data in all)
        {
            Assert.That(data.Row(0).Concat(data.Row(1)), Is.EqualTo(values), data.ToString());
            Assert.That(data.Target(0).Concat(data.Target(1)), Is.EqualTo(new[] { 7.0, 8 }), data.ToString());
        }

        Assert.Throws<ShapeException>(() => Dataset.From(values.AsMemory(), 4, [7.0, 8]));
    }
}
