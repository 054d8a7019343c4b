// Cards of every kind of model, compared with those that are kept in tests/cards; LINEARNETS_ACCEPT_CARDS=1 keeps the new ones.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture]
public class ModelCardTests
{
    private static readonly double[,] s_x = { { 120, 7 }, { 80, 30 }, { 95, 12 }, { 60, 3 }, { 140, 1 }, { 70, 5 } };
    private static readonly Dataset s_houses = Dataset.From(s_x, new double[] { 350, 210, 260, 190, 500, 250 }).WithFeatureNames("area", "age").WithTargetNames("price").WithSource("houses.csv");
    private static readonly Dataset s_exam = Dataset.From(s_x, (string[])["pass", "fail", "pass", "fail", "pass", "fail"]).WithFeatureNames("hours", "age");

    private static readonly (string Name, Func<TrainedModel> Fit)[] s_models =
    [
        ("least-squares", () => new LinearRegression().Fit(s_houses)),
        ("several-outputs", () => new LinearRegression().Fit(Dataset.From(s_x, new double[,] { { 1, 2 }, { 2, 3 }, { 3, 4 }, { 4, 4 }, { 5, 6 }, { 6, 6 } }))),
        ("ridge", () => new LinearRegression { Penalty = Penalty.L2(0.5) }.Fit(s_houses)),
        ("lasso", () => new LinearRegression { Penalty = Penalty.L1(0.5) }.Fit(s_houses)),
        ("epochs", () => new LinearRegression { Solver = new Sgd { Epochs = 2, BatchSize = 6 }, Scaling = Scaling.MinMax, Seed = 7 }.Fit(s_houses, s_houses)),
        ("own-loss", () => new LinearRegression { Loss = Loss.Custom("my `loss`|", (a, b) => (a - b) * (a - b)), Solver = new Sgd { Epochs = 1, Schedule = Schedule.Custom("mine", _ => 1e-6) } }.Fit(s_houses)),
        ("logistic", () => new LogisticRegression { Penalty = Penalty.L2(0.1), ClassWeights = ClassWeights.Balanced, Scaling = Scaling.Standardize }.Fit(s_exam)),
        ("perceptron", () => new Perceptron { Epochs = 3 }.Fit(Dataset.From(new double[,] { { 1 }, { 2 }, { 3 } }, (string[])["a", "b", "a"]))),
        ("softmax", () => new SoftmaxClassifier { Penalty = Penalty.L2(0.1) }.Fit(Images())),
        ("hostile", Hostile),
    ];

    /// <summary>Twelve images of 2 × 2: one class has a tenth of the rows, and a pixel is always dark.</summary>
    private static Dataset Images()
    {
        byte[] pixels = [.. Enumerable.Range(0, 12).SelectMany(i => (byte[])[0, (byte)(20 * i), (byte)(i % 3), 7])];
        return Dataset.From(pixels, 4, [.. Enumerable.Range(0, 12).Select(i => i < 11 ? 0 : 1)]).WithClassNames("shirt", "boot").WithImageShape(2, 2).WithWeights([0, .. Enumerable.Repeat(1.0, 11)]);
    }

    private static SoftmaxModel Hostile()
    {
        Dataset data = Dataset.From(s_x, (string[])["<script>alert(1)</script>", "| a | b |\n# head", "```\n*x*", "[x](http://evil)", "www.evil.com \u202Eexe", "`|`"])
            .WithFeatureNames("**bold** _it_ ~x~", "line\r\nbreak & &lt;")
            .WithSource("![x](http://evil/a.png)\n\n---\n\n# Approved\u2028by");
        SoftmaxModel start = new SoftmaxClassifier { Solver = new Sgd { Epochs = 1, LearningRate = 1e-6, BatchSize = 6 } }.Fit(data);
        return new SoftmaxClassifier
        {
            Solver = new Sgd { Epochs = 1, LearningRate = 1e-6, BatchSize = 6 },
            ClassWeights = ClassWeights.Of(("```\n*x*", 2)),
            WarmStart = start,
        }.Fit(data);
    }

    /// <summary>Without what another processor, another day or another version says otherwise.</summary>
    private static string Lasting(string card) =>
        Regex.Replace(card, @"(?m)^(.*(?:Converged|Seconds|Library|On training rows|On validation rows).*)$", line => Regex.Replace(line.Value, @"\d+(\\?\.\d+)*(E[+-]?\d+)?", "0"));

    [Test]
    public void Cards_are_those_that_are_kept([Values("txt", "md")] string format)
    {
        bool accept = Environment.GetEnvironmentVariable("LINEARNETS_ACCEPT_CARDS") == "1";
        foreach ((string name, Func<TrainedModel> fit) in s_models)
        {
            ModelCard card = fit().Describe();
            string path = ApiTests.Repository($"tests/cards/{name}.{format}");
            string actual = Lasting(format == "md" ? card.ToMarkdown() : card + "\n");
            if (accept)
                File.WriteAllText(path, actual);
            Assert.That(actual, Is.EqualTo(File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : ""), path);
        }
    }

    [Test]
    public void No_name_becomes_Markdown()
    {
        string page = Hostile().Describe().ToMarkdown();
        string[] lines = page.Split('\n');
        Assert.That(lines.Count(line => line.StartsWith('#')), Is.EqualTo(3));
        Assert.That(lines.Count(line => line.StartsWith("```")), Is.EqualTo(2));
        int open = Array.IndexOf(lines, "```json"), close = Array.IndexOf(lines, "```");
        string[] table = [.. lines.Where(line => line.StartsWith('|'))];
        foreach (string line in table)
            Assert.That(Regex.Count(line, @"(?<!\\)\|"), Is.EqualTo(3), line);
        foreach (string line in lines.Where((_, i) => i < open || i > close))
            Assert.That(Regex.IsMatch(Regex.Replace(line, @"^(#+ |\|---.*|- )", ""), @"(?<!\\)[<>*_`\[\]~&]|www\.|http:|[\u2028\u202E\r]"), Is.False, line);
    }

    [Test]
    public void Cards_of_the_same_fit_are_equal_whatever_time_it_took()
    {
        LinearModel one = new LinearRegression().Fit(s_houses), other = new LinearRegression().Fit(s_houses);
        Assert.That(one.Describe(), Is.EqualTo(other.Describe()));
        Assert.That(one.Describe().GetHashCode(), Is.EqualTo(other.Describe().GetHashCode()));
        Assert.That(one.Describe(), Is.Not.EqualTo(new LinearRegression { Seed = 1 }.Fit(s_houses).Describe()));
        Assert.That(one.Describe().Facts.Select(fact => fact.Key), Does.Contain("Seconds"));
    }

    [Test]
    public void A_model_says_its_settings()
    {
        var settings = new LogisticRegression { Penalty = Penalty.L2(0.1), Seed = 5 };
        LogisticModel model = settings.Fit(s_exam);
        Assert.That(model.Settings, Is.EqualTo(settings));
        Assert.That((settings with { WarmStart = model }).Fit(s_exam).Settings, Is.EqualTo(settings), "a model keeps no other");
        Assert.That(new Perceptron { Epochs = 3 }.Fit(s_exam).Settings, Is.EqualTo(new Perceptron { Epochs = 3 }));
        Assert.That(new SoftmaxClassifier { Solver = new Sgd { LearningRate = 1e-6 } }.Fit(s_exam).Settings!.Solver, Is.EqualTo(new Sgd { LearningRate = 1e-6 }));
        TrainedModel own = new LinearRegression { Loss = Loss.Custom("mine", (a, b) => (a - b) * (a - b)) }.Fit(s_houses);
        Assert.That(own.Settings, Is.Null);
        Assert.That(own.Describe().ToString(), Does.Contain("\"name\": \"mine\""));
    }

    [Test]
    public void Constant_features_and_rows_that_count()
    {
        double[,] x = new double[40, 30];
        for (int i = 0; i < 40; i++)
        {
            x[i, 3] = i;
            x[i, 5] = i == 39 ? 1 : 0;
        }

        LogisticModel model = new LogisticRegression { Penalty = Penalty.L2(1) }.Fit(Dataset.From(x, Enumerable.Range(0, 40).Select(i => i % 2).ToArray()));
        KeyValuePair<string, string> same = model.Describe().Facts.Single(fact => fact.Key == "The same in every row");
        Assert.That(same.Value, Is.EqualTo("x1, x2, x3, x5, x7, x8, x9, x10, x11, x12, x13, x14, x15, x16, x17, x18, x19, x20, x21, x22, … (28 in all)"));
        Assert.That(new SoftmaxClassifier { Penalty = Penalty.L2(1) }.Fit(Images()).Describe().ToString(), Does.Contain("shirt (10), boot (1)"), "a row of weight 0 does not count");
    }
}
