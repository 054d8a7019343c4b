using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;

namespace LinearNets.Tests;

/// <summary>Scores, cross-validation and searches as C# sees them.</summary>
public class EvaluationTests
{
    private sealed record Settings(double Rate, int Batch);

    private static readonly string[] YesNo = ["no", "yes"];

    [Test]
    public void Scores_of_probabilities_and_labels()
    {
        ClassificationScores s = ClassificationScores.OfProbabilities([0.9, 0.1, 0.2, 0.8], [0, 1], YesNo);
        Assert.That(s.Accuracy, Is.EqualTo(1.0));
        Assert.That(s.ConfusionMatrix[1, 1], Is.EqualTo(1.0));
        Assert.That(s.PerClass[1].Name, Is.EqualTo("yes"));
        Assert.That(s.LogLoss, Is.EqualTo(-0.5 * (Math.Log(0.9) + Math.Log(0.8))).Within(1e-15));
        Assert.That(s.TopK(2), Is.EqualTo(1.0));
        Assert.That(s.Scores.Select(score => score.Name), Does.Contain("ROC-AUC"));
    }

    [Test]
    public void Scores_of_numbers()
    {
        RegressionScores s = RegressionScores.Of([2.5, 0.0, 2.0], [3.0, -0.5, 2.0]);
        Assert.That(s.MeanSquaredError, Is.EqualTo(0.5 / 3).Within(1e-15));
        Assert.That(s.Outputs, Has.Count.EqualTo(1));
    }

    [Test]
    public void Cross_validation_takes_a_function()
    {
        var data = Dataset.From(new double[,] { { 1 }, { 2 }, { 3 }, { 4 } }, new[] { 1.0, 2.0, 3.0, 4.0 });
        CrossValidation<RegressionScores> result = CrossValidation.Run(data, 4, seed: 1, (train, validation) =>
        {
            double mean = Enumerable.Range(0, train.Rows).Average(row => train.Target(row)[0]);
            return RegressionScores.Of([mean], validation.Target(0));
        });
        Assert.That(result.Folds, Has.Count.EqualTo(4));
        Assert.That(result.Mean("mean absolute error"), Is.EqualTo(4.0 / 3).Within(1e-15));
    }

    [Test]
    public void A_search_varies_settings()
    {
        var told = new List<string>();
        GridSearchResult<Settings, Score> result = GridSearch.From(new Settings(0.1, 32))
            .Vary("rate", [0.01, 0.1, 1.0], (settings, rate) => settings with { Rate = rate })
            .Vary("batch", [16, 64], (settings, batch) => settings with { Batch = batch })
            .Run(
                "distance",
                settings => new Score("distance", Math.Abs(settings.Rate - 0.2) + settings.Batch, higherIsBetter: false),
                new SelectionSettings { Threads = 2, Progress = new Told(told) });
        Assert.That(result.BestSettings, Is.EqualTo(new Settings(0.1, 16)));
        Assert.That(result.Rows, Has.Count.EqualTo(6));
        Assert.That(told, Has.Count.EqualTo(6));
    }

    private sealed class Told(List<string> names) : IProgress<SelectionProgress>
    {
        public void Report(SelectionProgress value) => names.Add(value.Latest);
    }
}
