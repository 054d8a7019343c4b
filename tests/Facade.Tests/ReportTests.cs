// Reports of every kind of model: what the card and the scores say is on the page.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml.Linq;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture]
public class ReportTests
{
    private static readonly XNamespace s_html = "http://www.w3.org/1999/xhtml";
    private static readonly Dataset s_line = LinearNets.Synthetic.Linear([2.0, -3.4], rows: 80, noise: 0.3).WithFeatureNames("area", "<b>age</b>");
    private static readonly Dataset s_two = LinearNets.Synthetic.Classes(classes: 2, rows: 90).WithClassNames("no", "<i>yes</i>");
    private static readonly Dataset s_three = LinearNets.Synthetic.Classes(rows: 90);

    private static readonly (TrainedModel Model, Dataset Data)[] s_models =
    [
        (new LinearRegression().Fit(s_line), s_line),
        (new LinearRegression { Solver = new Sgd { Epochs = 4 }, Scaling = Scaling.MinMax }.Fit(s_line, s_line), s_line),
        (new LogisticRegression { Penalty = Penalty.L2(0.1), Scaling = Scaling.Standardize }.Fit(s_two), s_two),
        (new Perceptron().Fit(s_two), s_two),
        (new SoftmaxClassifier { Solver = new Sgd { Epochs = 3 } }.Fit(s_three, s_three), s_three),
    ];

    private static List<string[]> Table(XElement page, string section, int number) =>
    [
        .. page.Descendants(s_html + "section").Single(part => part.Element(s_html + "h2")!.Value == section)
            .Descendants(s_html + "table").ElementAt(number).Element(s_html + "tbody")!.Elements()
            .Select(row => row.Elements().Select(cell => cell.Value).ToArray()),
    ];

    [Test]
    public void A_report_says_what_card_and_scores_say()
    {
        foreach ((TrainedModel model, Dataset data) in s_models)
        {
            Report report = model.Report(data);
            XElement page = XDocument.Parse(report.Html).Root!;
            ModelCard card = model.Describe();
            Assert.That(report.ToString(), Is.EqualTo(card.Title));
            Assert.That(page.Descendants(s_html + "h1").Single().Value, Is.EqualTo(card.Title));
            IReadOnlyList<Score> scores = model is LinearModel linear ? linear.Evaluate(data).Scores : ((ClassifierModel)model).Evaluate(data).Scores;
            Assert.That(
                Table(page, "Scores", 0).Select(row => row[0] + " " + row[1]),
                Is.EqualTo(scores.Select(score => score.ToString())));
            List<string[]> facts = Table(page, "Provenance", 0);
            Assert.That(facts.Select(row => row[0]), Is.EqualTo(card.Facts.Select(fact => fact.Key).Append("Report")));
            Assert.That(page.Descendants(s_html + "li").Select(item => item.Value), Is.EqualTo(card.Limits));
            Assert.That(page.Descendants(s_html + "pre").Single().Value, Is.EqualTo(model.Settings!.ToJson(indented: true)));
        }
    }

    [Test]
    public void Weights_are_those_of_measured_units_and_a_file_has_the_same_report()
    {
        (TrainedModel model, Dataset data) = s_models[1];
        var weights = ((LinearModel)model).Coefficients;
        string[] expected = [.. weights.OrderByDescending(one => Math.Abs(one.Value)).Select(one => one.Key)];
        List<string[]> shown = Table(XDocument.Parse(model.Report(data).Html).Root!, "Weights", 0);
        Assert.That(shown.Skip(1).Select(row => row[0]), Is.EqualTo(expected));
        foreach (string[] row in shown.Skip(1))
            Assert.That(double.Parse(row[1], System.Globalization.CultureInfo.InvariantCulture), Is.EqualTo(weights[row[0]]).Within(1e-5));

        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.safetensors");
        try
        {
            foreach ((TrainedModel one, Dataset rows) in s_models)
            {
                one.Save(path);
                Assert.That(TrainedModel.Load(path).Report(rows).Html, Is.EqualTo(one.Report(rows).Html));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void A_model_of_ones_own_has_a_report()
    {
        var line = new CustomEstimator("my <line>", [("w", [2, 1]), ("b", [1])], (p, x) => x.matmul(p[0]) + p[1]) { Solver = new Sgd { Epochs = 2 } };
        CustomModel model = line.Fit(s_line);
        XElement page = XDocument.Parse(model.Report(s_line).Html).Root!;
        Assert.That(Table(page, "Scores", 0).Select(row => row[0] + " " + row[1]), Is.EqualTo(model.Evaluate(s_line).Scores.Select(score => score.ToString())));
        Dictionary<string, string> facts = Table(page, "Provenance", 0).ToDictionary(row => row[0], row => row[1]);
        Assert.That(facts["Model"], Does.StartWith("my <line>"));
        Assert.That(facts["Seed"], Is.EqualTo("0"));

        var classes = new CustomEstimator("planes", [("w", [2, 3])], (p, x) => x.matmul(p[0])) { Loss = Loss.CrossEntropy };
        CustomModel three = classes.Fit(s_three);
        page = XDocument.Parse(three.Report(s_three).Html).Root!;
        Assert.That(Table(page, "Scores", 0).Select(row => row[0] + " " + row[1]), Is.EqualTo(three.EvaluateClasses(s_three).Scores.Select(score => score.ToString())));
    }

    [Test]
    public void What_cannot_be_reported_is_refused()
    {
        TrainedModel model = s_models[4].Model;
        Assert.Throws<ArgumentNullException>(() => model.Report(null!));
        Assert.Throws<DataException>(() => model.Report(s_line));
        Assert.Throws<ShapeException>(() => model.Report(LinearNets.Synthetic.Linear([1.0])));
        Assert.Throws<SettingsException>(() => model.Report(s_three).Save("report.pdf"));
    }
}
