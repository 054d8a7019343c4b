// The taste of the C# door, as it stands in the documentation, on synthetic data where files are missing.

using System;
using System.Linq;
using System.Threading;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture]
public class TasteTests
{
    [Test]
    public void Least_squares_in_one_line()
    {
        double[,] x = { { 120, 7 }, { 80, 30 }, { 95, 12 }, { 60, 3 }, { 140, 1 } };
        double[] y = [350, 210, 260, 190, 500];

        LinearModel m = new LinearRegression().Fit(x, y);
        double price = m.Predict([120, 7]);
        string inference = $"{m.Inference}";

        Assert.That(price, Is.EqualTo(350).Within(60));
        Assert.That(inference, Does.Contain("intercept").And.Contain("R²"));
        Assert.That(m.Inference.ConfidenceIntervals(0.95), Has.Count.EqualTo(3));
        Assert.That(m.Inference.RSquared, Is.GreaterThan(0.5).And.LessThan(1));
    }

    [Test]
    public void The_books_minibatches()
    {
        Dataset data = Synthetic.Linear(1000), validation = Synthetic.Linear(200);
        var reports = new Collected();
        var settings = new LinearRegression { Solver = new Sgd { LearningRate = 0.03, BatchSize = 10, Epochs = 3 }, Seed = 42 };

        LinearModel b = settings.Fit(data, validation, reports, CancellationToken.None);

        Assert.That(b.Weights, Is.EqualTo(new[] { 2, -3.4 }).Within(0.01));
        Assert.That(b.Bias, Is.EqualTo(4.2).Within(0.01));
        Assert.That(b.History, Has.Count.EqualTo(3));
        Assert.That(b.History[2].Validation!.Value.Loss, Is.LessThan(1e-3));
        Assert.That(reports.Lines, Is.EqualTo(b.History.Select(e => e.ToString())));
    }

    [Test]
    public void Classification()
    {
        var (train, test) = Synthetic.Garments(1000, 200);

        SoftmaxModel c = new SoftmaxClassifier { Solver = new Sgd { LearningRate = 0.1, BatchSize = 256, Epochs = 10 } }.Fit(train, test);
        byte[] row = test.Row(0).Select(value => (byte)value).ToArray();
        int k = c.Predict(row);
        string name = c.PredictLabel(row);
        float[] p = c.PredictProbabilities(row);

        Assert.That(name, Is.EqualTo(c.ClassNames[k]));
        Assert.That(p.Sum(), Is.EqualTo(1).Within(1e-6));
        Assert.That(p.Max(), Is.EqualTo(p[k]));
        ClassificationScores s = c.Evaluate(test);
        int right = c.Predict(test).Where((found, i) => found == (int)test.Target(i)[0]).Count();
        Assert.That(s.Accuracy, Is.EqualTo(right / 200.0).And.GreaterThan(0.7));
        Assert.That(s.ConfusionMatrix[k, k], Is.GreaterThan(0));
        Assert.That(s.PerClass, Has.Count.EqualTo(10));
        Assert.That(s.LogLoss, Is.GreaterThan(0).And.LessThan(1.5));
    }

    [Test]
    public void A_loss_of_ones_own()
    {
        Loss logCosh = Loss.Custom("log-cosh", (yHat, y) =>
        {
            var r = yHat - y;
            return (2.0 * r).softplus() - r - Math.Log(2);
        });

        LinearModel model = new LinearRegression { Loss = logCosh }.Fit(Synthetic.Linear(500));

        Assert.That(model.Weights, Is.EqualTo(new[] { 2, -3.4 }).Within(0.01));
        Assert.That((model.SolverUsed, model.RuleUsed, model.Converged), Is.EqualTo((new Lbfgs(), "L-BFGS, Autodiff", true)));
    }

    private sealed class Collected : IProgress<EpochReport>
    {
        public System.Collections.Generic.List<string> Lines { get; } = [];

        public void Report(EpochReport value) => Lines.Add(value.ToString());
    }
}
