using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace LinearNets;

/// <summary>Plots of data, of training and of models, and what goes between two axes.</summary>
/// <remarks>A plot is drawn when it is first asked for. Each is SVG that needs no script, file or font, and suits light and dark pages; a
/// notebook shows it by itself. It never changes: <c>With…</c> makes another one.</remarks>
/// <example><code>
/// Dataset points = Synthetic.Classes();
/// SoftmaxModel model = new SoftmaxClassifier { Solver = new Sgd() }.Fit(points);
/// Plot.Curves(model.History).Save("training.svg");
/// Plot.Regions(model, points).WithTitle("Three classes").Save("regions.html");
/// Plot.Confusion(model.Evaluate(points).ConfusionMatrix).Save("confusion.svg");
/// double[] n = [1, 10, 100];
/// Plot.Of("Time", Series.Line("sort", n, [1, 33, 664]), Series.Points("look up", n, [1, 3, 7]))
///     .WithLabels("n", "steps").WithLogX().WithLogY().Save("time.svg");
/// </code></example>
// Blocks have no names of their own, which the rule takes for the same name.
#pragma warning disable CA1708
public static class Plots
{
    extension(Plot)
    {
        /// <summary>Series between two axes.</summary>
        /// <param name="title">The title.</param>
        /// <param name="series">What is drawn, the last on top.</param>
        public static Plot Of(string title, params Series[] series) => FSharp.Plot.ofSeries(title, Listed(series));

        /// <summary>The course of a training: losses and metrics by epochs.</summary>
        /// <param name="history">The history of a model.</param>
        /// <exception cref="DataException">There are no epochs.</exception>
        public static Plot Curves(TrainingHistory history) => FSharp.Plot.curves(history);

        /// <summary>How often values lie in each part of their range, as a density.</summary>
        /// <param name="title">The title.</param>
        /// <param name="values">The values.</param>
        /// <param name="bars">How many parts, up to 10000.</param>
        /// <exception cref="SettingsException">There is no part, or there are too many.</exception>
        /// <exception cref="DataException">There are no values, or one is not finite.</exception>
        public static Plot Histogram(string title, IEnumerable<double> values, int bars = 30) => FSharp.Plot.histogram(title, bars, values);

        /// <summary>Densities of normal distributions.</summary>
        /// <param name="parameters">μ and σ of each.</param>
        /// <exception cref="SettingsException">A standard deviation is not a finite number above 0.</exception>
        public static Plot Normals(params (double Mean, double StandardDeviation)[] parameters) =>
            FSharp.Plot.normals(ListModule.OfSeq(parameters.Select(pair => pair.ToTuple())));

        /// <summary>The rows of two features, in the colours of their classes.</summary>
        /// <param name="data">The rows.</param>
        /// <exception cref="SettingsException">There are not two features, or there are no classes.</exception>
        public static Plot Classes(Dataset data) => FSharp.Plot.classes(data);

        /// <summary>The same over the regions where a classifier chooses each class.</summary>
        /// <param name="model">The classifier.</param>
        /// <param name="data">The rows.</param>
        /// <exception cref="SettingsException">There are not two features, or there are no classes.</exception>
        public static Plot Regions(ClassifierModel model, Dataset data) =>
            FSharp.Plot.regions(FuncConvert.FromFunc((Dataset rows) => Numbers(model, rows, data)), data);

        /// <summary>The rows of one feature and one target, and the line through them.</summary>
        /// <param name="model">The line.</param>
        /// <param name="data">The rows.</param>
        /// <exception cref="SettingsException">There is not one feature and one target.</exception>
        public static Plot Regression(LinearModel model, Dataset data)
        {
            ArgumentNullException.ThrowIfNull(model);
            return FSharp.Plot.throughRows(model.ToString(), FuncConvert.FromFunc<Dataset, double[]>(model.Predict), data);
        }

        /// <summary>How often what was predicted with some probability came true.</summary>
        /// <param name="scores">What a classifier's <see cref="ClassifierModel.Evaluate"/> gave.</param>
        public static Plot Calibration(ClassificationScores scores) => FSharp.Plot.calibration(scores);

        /// <summary>How many rows of each class were predicted as each.</summary>
        /// <param name="matrix">The confusion matrix.</param>
        public static Plot Confusion(ConfusionMatrix matrix) => FSharp.Plot.confusion(matrix);

        /// <summary>A loss by ŷ − y, its derivative, and the likelihood e^(−loss).</summary>
        /// <param name="loss">The loss of one number.</param>
        /// <exception cref="SettingsException">The loss is for classes, or its δ is not above 0.</exception>
        public static Plot Loss(Loss loss)
        {
            ArgumentNullException.ThrowIfNull(loss);
            var problems = new List<string>();
            FSharp.Loss own = loss.OfNumbers(problems);
            return problems.Count == 0 ? FSharp.Plot.loss(own) : throw new SettingsException(problems);
        }

        /// <summary>A function of two numbers by its levels, with paths over it.</summary>
        /// <param name="title">The title.</param>
        /// <param name="x">From and until.</param>
        /// <param name="y">From and until.</param>
        /// <param name="function">The function.</param>
        /// <param name="paths">A name and places for each.</param>
        /// <exception cref="SettingsException">A range does not go upwards.</exception>
        public static Plot Surface(string title, (double From, double Until) x, (double From, double Until) y, Func<double, double, double> function, params (string Name, IEnumerable<(double X, double Y)> Places)[] paths)
        {
            ArgumentNullException.ThrowIfNull(function);
            return FSharp.Plot.surface(
                title,
                x.From,
                x.Until,
                y.From,
                y.Until,
                FuncConvert.FromFunc(function),
                ListModule.OfSeq(paths.Select(path => Tuple.Create(path.Name, ListModule.OfSeq(path.Places.Select(place => place.ToTuple()))))));
        }

        /// <summary>Images with the names of their classes: no more than 60.</summary>
        /// <param name="data">The images.</param>
        /// <param name="title">The title.</param>
        /// <exception cref="SettingsException">The rows are not images.</exception>
        public static Plot Images(Dataset data, string title = "Images") => FSharp.Plot.images(title, data);

        /// <summary>Images with their class above and the predicted one below; what is wrong is marked.</summary>
        /// <param name="model">The classifier.</param>
        /// <param name="data">The images: no more than 60 are shown.</param>
        /// <param name="title">The title.</param>
        /// <exception cref="SettingsException">The rows are not images of classes, or one was predicted that they do not have.</exception>
        public static Plot Predictions(ClassifierModel model, Dataset data, string title = "True above, predicted below") =>
            FSharp.Plot.predictions(title, Numbers(model, data, data), data);

        /// <summary>The weights of each output as an image: blue for it, orange against it.</summary>
        /// <param name="model">A model of images.</param>
        /// <param name="image">The height and width of these: <see cref="Dataset.ImageShape"/>.</param>
        /// <exception cref="SettingsException">There are not as many weights as pixels.</exception>
        public static Plot Weights(TrainedModel model, ImageShape image) => FSharp.Plot.weights(image, Outputs(model), model.Trained.weights);

        /// <summary>Inputs and outputs of a model, and what joins them.</summary>
        /// <param name="model">The model.</param>
        public static Plot Network(TrainedModel model)
        {
            IEnumerable<string> outputs = Outputs(model);
            return FSharp.Plot.network(model.FeatureNames, outputs, model.Trained.model);
        }

        /// <summary>A table of numbers by shades of two colours.</summary>
        /// <param name="title">The title.</param>
        /// <param name="rowNames">A name for each row.</param>
        /// <param name="columnNames">A name for each column.</param>
        /// <param name="values">The numbers.</param>
        /// <exception cref="SettingsException">There are not as many names as rows and columns.</exception>
        public static Plot HeatMap(string title, IEnumerable<string> rowNames, IEnumerable<string> columnNames, double[,] values) =>
            FSharp.Plot.heatMap(title, rowNames, columnNames, values);

        /// <summary>Plots beside one another.</summary>
        /// <param name="columns">How many in a row.</param>
        /// <param name="plots">The plots.</param>
        /// <exception cref="SettingsException">There are none.</exception>
        public static Plot Grid(int columns, params Plot[] plots) => FSharp.Plot.grid(columns, Listed(plots));
    }

    extension(Series)
    {
        /// <summary>Points joined by a line, which is broken where a value is not finite.</summary>
        /// <param name="name">The name in the legend.</param>
        /// <param name="x">The places.</param>
        /// <param name="y">The values there.</param>
        /// <exception cref="SettingsException">There are not as many values as places.</exception>
        public static Series Line(string name, IEnumerable<double> x, IEnumerable<double> y) => FSharp.Series.line(name, x, y);

        /// <summary>The same with a broken line.</summary>
        /// <inheritdoc cref="Line(string, IEnumerable{double}, IEnumerable{double})"/>
        public static Series Dashed(string name, IEnumerable<double> x, IEnumerable<double> y) => FSharp.Series.dashed(name, x, y);

        /// <summary>Points.</summary>
        /// <inheritdoc cref="Line(string, IEnumerable{double}, IEnumerable{double})"/>
        public static Series Points(string name, IEnumerable<double> x, IEnumerable<double> y) => FSharp.Series.points(name, x, y);

        /// <summary>What lies between two lines.</summary>
        /// <param name="name">The name in the legend.</param>
        /// <param name="x">The places.</param>
        /// <param name="low">The lower values.</param>
        /// <param name="high">The higher ones.</param>
        /// <exception cref="SettingsException">There are not as many values as places.</exception>
        public static Series Band(string name, IEnumerable<double> x, IEnumerable<double> low, IEnumerable<double> high) => FSharp.Series.band(name, x, low, high);

        /// <summary>A function, by 200 of its values.</summary>
        /// <param name="name">The name in the legend.</param>
        /// <param name="from">Where it begins.</param>
        /// <param name="until">Where it ends.</param>
        /// <param name="function">The function.</param>
        public static Series Graph(string name, double from, double until, Func<double, double> function)
        {
            ArgumentNullException.ThrowIfNull(function);
            return FSharp.Series.graph(name, from, until, FuncConvert.FromFunc(function));
        }
    }

    /// <summary>The series in the colour with a number; series that belong together may share one.</summary>
    /// <param name="series">The series.</param>
    /// <param name="number">The number, from 0.</param>
    public static Series WithColour(this Series series, int number) => FSharp.Series.colour(number, series);

    /// <summary>The plot with another title.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="title">The title.</param>
    public static Plot WithTitle(this Plot plot, string title) => FSharp.Plot.title(title, plot);

    /// <summary>The plot with names for its axes.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="x">The name below.</param>
    /// <param name="y">The name at the side.</param>
    /// <exception cref="SettingsException">The plot has no axes.</exception>
    public static Plot WithLabels(this Plot plot, string x, string y) => FSharp.Plot.labels(x, y, plot);

    /// <summary>The plot with powers of ten along x. What is 0 or less is left out.</summary>
    /// <param name="plot">The plot.</param>
    /// <exception cref="SettingsException">The plot has no axes, or regions or levels between them.</exception>
    public static Plot WithLogX(this Plot plot) => FSharp.Plot.logX(plot);

    /// <summary>The plot with powers of ten along y. What is 0 or less is left out.</summary>
    /// <inheritdoc cref="WithLogX"/>
    public static Plot WithLogY(this Plot plot) => FSharp.Plot.logY(plot);

    /// <summary>The plot with marks at whole numbers alone along x: for epochs, say, of which there is no half.</summary>
    /// <param name="plot">The plot.</param>
    /// <exception cref="SettingsException">The plot has no axes.</exception>
    public static Plot WithWholeX(this Plot plot) => FSharp.Plot.wholeX(plot);

    /// <summary>The plot with more between its axes.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="series">What is drawn on top.</param>
    /// <exception cref="SettingsException">The plot has no axes.</exception>
    public static Plot With(this Plot plot, params Series[] series) => FSharp.Plot.add(Listed(series), plot);

    /// <summary>What is predicted, by the numbers that the classes have in data, which need not be those of the model.</summary>
    private static int[] Numbers(ClassifierModel model, Dataset rows, Dataset data)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        List<string> names = [.. data.ClassNames];
        int[] numbers = [.. model.ClassNames.Select(name => names.IndexOf(name))];
        return Array.ConvertAll(model.Predict(rows), place => numbers[place]);
    }

    private static FSharpList<T> Listed<T>(T[] items, [CallerArgumentExpression(nameof(items))] string? name = null)
    {
        ArgumentNullException.ThrowIfNull(items, name);
        foreach (T item in items)
            ArgumentNullException.ThrowIfNull(item, name);
        return ListModule.OfArray(items);
    }

    /// <summary>Of two classes there is one score, for the second.</summary>
    private static IEnumerable<string> Outputs(TrainedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.OutputNames.TakeLast(model.Biases.Count);
    }
}
