// Plots as C# makes them, beside those of F#: the same pictures, byte for byte.

using System;
using System.Linq;
using System.Reflection;
using LinearNets.Tensors;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture]
public class PlotTests
{
    private static readonly Dataset s_points = LinearNets.Synthetic.Classes();

    private static readonly SoftmaxModel s_model = new SoftmaxClassifier { Solver = new Sgd { Epochs = 3 } }.Fit(s_points);

    private static readonly double[] s_x = [1, 2, 3], s_y = [4, 1, 9];

    private static readonly string[] s_names = ["a", "b", "c"];

    private static FSharpList<T> List<T>(params T[] items) => ListModule.OfArray(items);

    private static void Same(Plot expected, Plot actual) => Assert.That(actual.Svg, Is.EqualTo(expected.Svg));

    [Test]
    public void Plots_of_data_and_scores_are_those_of_FSharp()
    {
        ClassificationScores scores = s_model.Evaluate(s_points);
        double[,] values = { { 1, -2, 3 } };
        string[] one = ["row"];
        Same(FSharp.Plot.curves(s_model.History), Plot.Curves(s_model.History));
        Same(FSharp.Plot.histogram("t", 7, s_y), Plot.Histogram("t", s_y, 7));
        Same(FSharp.Plot.normals(List(Tuple.Create(0.0, 1.0), Tuple.Create(1.0, 2.0))), Plot.Normals((0, 1), (1, 2)));
        Same(FSharp.Plot.classes(s_points), Plot.Classes(s_points));
        Same(FSharp.Plot.calibration(scores), Plot.Calibration(scores));
        Same(FSharp.Plot.confusion(scores.ConfusionMatrix), Plot.Confusion(scores.ConfusionMatrix));
        Same(FSharp.Plot.loss(FSharp.LossModule.huber(2)), Plot.Loss(Loss.Huber(2)));
        Same(FSharp.Plot.heatMap("t", one, s_names, values), Plot.HeatMap("t", one, s_names, values));
        Same(
            FSharp.Plot.surface("t", 0, 1, -2, 2, FuncConvert.FromFunc<double, double, double>((a, b) => a - (b * b)), List(Tuple.Create("p", List(Tuple.Create(0.5, 1.0))))),
            Plot.Surface("t", (0, 1), (-2, 2), (a, b) => a - (b * b), ("p", [(0.5, 1.0)])));
        Assert.That(() => Plot.Loss(Loss.CrossEntropy), Throws.InstanceOf<SettingsException>());
    }

    [Test]
    public void Plots_of_models_are_those_of_FSharp()
    {
        Same(FSharp.Plot.regions(FuncConvert.FromFunc<Dataset, int[]>(s_model.Predict), s_points), Plot.Regions(s_model, s_points));
        Dataset line = LinearNets.Synthetic.Linear([2.0], rows: 20);
        LinearModel regression = new LinearRegression().Fit(line);
        string straight = System.Net.WebUtility.HtmlDecode(Plot.Regression(regression, line).Svg);
        Assert.That(straight, Does.Contain($"{regression}").And.Contains("polyline"));

        (Dataset train, Dataset test) = LinearNets.Synthetic.Garments(60, 18);
        SoftmaxModel dressed = new SoftmaxClassifier { Solver = new Sgd { Epochs = 1 } }.Fit(train);
        Same(FSharp.Plot.images("t", test), Plot.Images(test, "t"));
        Same(FSharp.Plot.predictions("t", dressed.Predict(test), test), Plot.Predictions(dressed, test, "t"));
        Tensor weights = dsharp.tensor(dressed.WeightMatrix);
        Same(FSharp.Plot.weights(test.ImageShape!.Value, dressed.ClassNames, weights), Plot.Weights(dressed, test.ImageShape.Value));
        Same(FSharp.Plot.network(s_model.FeatureNames, s_model.ClassNames, FSharp.ModelModule.linear(2, 3)), Plot.Network(s_model));
    }

    [Test]
    public void A_model_of_two_classes_has_one_score_that_is_for_the_second()
    {
        double[,] x = { { 0, 1 }, { 1, 0 }, { 0, 2 }, { 2, 0 } };
        LogisticModel model = new LogisticRegression { Penalty = Penalty.L2(0.1) }.Fit(Dataset.From(x, ["no", "yes", "no", "yes"]));
        Assert.That(Plot.Network(model).Svg, Does.Contain(">yes<").And.Not.Contains(">no<"));
        Assert.That(Plot.Weights(model, new ImageShape(1, 2)).Svg, Does.Contain(">yes<").And.Not.Contains(">no<"));
    }

    [Test]
    public void What_is_null_is_named()
    {
        Assert.Throws<ArgumentNullException>(() => Plot.Curves(null!));
        Assert.Throws<ArgumentNullException>(() => Plot.Loss(null!));
        Assert.Throws<ArgumentNullException>(() => Plot.Classes(null!));
        Assert.Throws<ArgumentNullException>(() => Plot.Regions(null!, s_points));
        Assert.Throws<ArgumentNullException>(() => Plot.Regions(s_model, null!));
        Assert.Throws<ArgumentNullException>(() => Plot.Regression(null!, s_points));
        Assert.Throws<ArgumentNullException>(() => Plot.Predictions(null!, s_points));
        Assert.Throws<ArgumentNullException>(() => Plot.Predictions(s_model, null!));
        Assert.Throws<ArgumentNullException>(() => Plot.Weights(null!, new ImageShape(1, 2)));
        Assert.Throws<ArgumentNullException>(() => Plot.Network(null!));
        Assert.Throws<ArgumentNullException>(() => Plot.Images(null!));
        Assert.Throws<ArgumentNullException>(() => Plot.Of("", null!));
        Assert.Throws<ArgumentNullException>(() => Plot.Of("", [null!]));
        Assert.Throws<ArgumentNullException>(() => Plot.Grid(1, null!));
        Assert.Throws<ArgumentNullException>(() => Plot.Surface("", (0, 1), (0, 1), null!));
        Assert.Throws<ArgumentNullException>(() => Series.Graph("", 0, 1, null!));
        Assert.Throws<ArgumentNullException>(() => ((Plot)null!).WithLabels("", ""));
    }

    [Test]
    public void Classes_are_found_by_their_names()
    {
        double[,] x = { { 0, 1 }, { 1, 0 }, { 0, 2 }, { 2, 0 } };
        int[] labels = [0, 1, 0, 1], others = [1, 0, 1, 0];
        Dataset data = Dataset.From(x, labels).WithClassNames("no", "yes").WithImageShape(1, 2);
        Dataset turned = Dataset.From(x, others).WithClassNames("yes", "no").WithImageShape(1, 2);
        SoftmaxModel model = new SoftmaxClassifier { Penalty = Penalty.L2(0.01) }.Fit(data);
        Assert.That(model.Predict(data), Is.EqualTo(labels));
        Same(FSharp.Plot.predictions("t", others, turned), Plot.Predictions(model, turned, "t"));
    }

    [Test]
    public void Series_are_those_of_FSharp()
    {
        Series[] series =
        [
            Series.Line("line", s_x, s_y), Series.Dashed("dashed", s_y, s_x), Series.Points("points", s_x, s_x).WithColour(5),
            Series.Band("band", s_x, s_x, s_y), Series.Graph("graph", 1, 3, Math.Sqrt),
        ];
        FSharpList<Series> expected = List(
            FSharp.Series.line("line", s_x, s_y),
            FSharp.Series.dashed("dashed", s_y, s_x),
            FSharp.Series.colour(5, FSharp.Series.points("points", s_x, s_x)),
            FSharp.Series.band("band", s_x, s_x, s_y),
            FSharp.Series.graph("graph", 1, 3, FuncConvert.FromFunc<double, double>(Math.Sqrt)));
        Plot plot = Plot.Of("t", series);
        Same(FSharp.Plot.ofSeries("t", expected), plot);
        Same(plot, Plot.Of("other", series[..2]).With(series[2..]).WithTitle("t"));
        Same(FSharp.Plot.labels("x", "y", plot), plot.WithLabels("x", "y"));
        Same(FSharp.Plot.logX(plot), plot.WithLogX());
        Same(FSharp.Plot.logY(plot), plot.WithLogY());
        Same(FSharp.Plot.wholeX(plot), plot.WithWholeX());
        Same(FSharp.Plot.grid(2, List(plot, plot, plot)), Plot.Grid(2, plot, plot, plot));
    }

    [Test]
    public void Every_plot_of_FSharp_has_a_way_in_from_CSharp()
    {
        string[] here = [.. typeof(Plots).GetMethods(BindingFlags.Public | BindingFlags.Static).Select(method => method.Name.ToUpperInvariant())];
        // Series, save and show are members, or said otherwise.
        string[] otherwise = ["OFSERIES", "ADD", "SAVE", "SHOW"];
        string[] missing =
        [
            .. from method in typeof(FSharp.Plot).GetMethods(BindingFlags.Public | BindingFlags.Static)
               let name = method.Name.ToUpperInvariant()
               where !otherwise.Contains(name) && !here.Contains(name) && !here.Contains("WITH" + name)
               select method.Name,
        ];
        Assert.That(missing, Is.Empty);
    }
}
