using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using System.Threading;
using System.Threading.Tasks;

namespace LinearNets;

/// <summary>Logistic regression: the probability of the second of two classes, σ(x·w + b).</summary>
/// <remarks>By default it is fitted by cross-entropy with L-BFGS. The loss may be the squared difference of the probability and 0 or 1, too,
/// which has flat places far from the minimum. It is a softmax regression of two classes with half the parameters.</remarks>
/// <example><code>
/// double[,] x = { { 0.5 }, { 1.0 }, { 2.5 }, { 3.0 }, { 1.5 }, { 2.0 } };
/// string[] labels = ["fail", "fail", "pass", "pass", "pass", "fail"];
/// LogisticModel model = new LogisticRegression().Fit(x, labels);
/// double passes = model.PredictProbability([2.2]);
/// </code></example>
[JsonConverter(typeof(SettingsJsonConverter<LogisticRegression>))]
public sealed record LogisticRegression : TrainingSettings
{
    /// <summary>The loss: by default <see cref="Loss.CrossEntropy"/>; <see cref="Loss.Squared"/> is ½(σ(z) − y)²; one of your own gets scores
    /// z and the targets 0 and 1.</summary>
    public Loss Loss { get; init; } = Loss.CrossEntropy;

    /// <summary>How much the rows of each class count: by default all the same.</summary>
    public ClassWeights? ClassWeights { get; init; }

    /// <summary>A model to begin from, with as many features; by default none.</summary>
    public LogisticModel? WarmStart { get; init; }

    /// <inheritdoc cref="EstimatorSettings.FromJson(string)"/>
    /// <summary>Settings as <see cref="EstimatorSettings.ToJson(bool)"/> writes them; their kind need not be named.</summary>
    public static new LogisticRegression FromJson(string json) => JsonFields.Read<LogisticRegression>(json, SettingsJson.Estimator);

    /// <summary>Fits a model to a data set of two classes.</summary>
    /// <param name="data">What to learn from.</param>
    /// <param name="validation">Data to look at after each epoch of <see cref="Sgd"/>; its classes are found by their names.</param>
    /// <param name="progress">Who is told of each epoch, on the thread that trains.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    /// <returns>The model, which never changes.</returns>
    /// <remarks>Costs what the solver costs; see <see cref="Solver"/>. Classes that a plane separates have no minimum without a penalty: the
    /// model is then not <see cref="TrainedModel.Converged"/>, but its classes are right.</remarks>
    /// <exception cref="ArgumentNullException">There are no data.</exception>
    /// <exception cref="SettingsException">There are not two classes, or settings cannot be used, or do not suit the data or each other; all
    /// are listed.</exception>
    /// <exception cref="DataException">A value is not finite, or the validation data have a class that was never seen; its place is named.</exception>
    /// <exception cref="DerivativeException">A loss of your own does not depend on the predictions.</exception>
    /// <exception cref="DivergedException">A loss stopped being finite, or exploded.</exception>
    /// <exception cref="DeviceException">The device is not there.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    public LogisticModel Fit(Dataset data, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        data = FSharp.Front.twoClasses(data);
        FSharp.Request request = TwoClasses.Of(Request(data, validation, progress, WarmStart, cancellationToken), ClassWeights, 0);
        request.Loss = Setting.OrDefault(Loss, Loss.CrossEntropy, "The loss", request.Problems).OfTwoClasses(request.Problems);
        return new LogisticModel(Train(request, data, () => ForClasses(data, 1)));
    }

    /// <summary>Fits a model to rows of features and the class of each.</summary>
    /// <inheritdoc cref="Fit(Dataset, Dataset, IProgress{EpochReport}, CancellationToken)"/>
    /// <typeparam name="TLabel">What a label is: <see cref="int"/>, <see cref="string"/>, <see cref="bool"/> or an enumeration.</typeparam>
    /// <param name="features">A row for each example.</param>
    /// <param name="labels">The class of each row: two different ones. Different whole numbers are the classes in increasing order, so that 1 and 2 are the
    /// classes 0 and 1 of the names 1 and 2; words are, in the order of their characters' codes; truth values and enumerations have all their
    /// values.</param>
    /// <param name="validation">Data to look at after each epoch.</param>
    /// <param name="progress">Who is told of each epoch.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    /// <exception cref="ArgumentNullException">There are no features or no labels.</exception>
    /// <exception cref="ShapeException">There are not as many labels as rows, or rows of different lengths.</exception>
    public LogisticModel Fit<TLabel>(Rows features, IReadOnlyList<TLabel> labels, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default) =>
        Fit(DatasetSources.Whole(features, labels), validation, progress, cancellationToken);

    /// <summary>Fits a model on another thread.</summary>
    /// <inheritdoc cref="Fit(Dataset, Dataset, IProgress{EpochReport}, CancellationToken)"/>
    public Task<LogisticModel> FitAsync(Dataset data, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Fit(data, validation, progress, cancellationToken), cancellationToken);

    private protected override EstimatorSettings WithoutStart() => this with { WarmStart = null };
}

/// <summary>A fitted logistic regression: the probability of the second class.</summary>
/// <remarks>A prediction for one row takes nothing from the heap.</remarks>
/// <example><code>
/// LogisticModel model = new LogisticRegression().Fit(Synthetic.Classes(classes: 2));
/// double second = model.PredictProbability([0.5, -1]);     // of model.ClassNames[1]
/// string name = model.PredictLabel([0.5, -1]);
/// </code></example>
public sealed class LogisticModel : TwoClassModel, IEquatable<LogisticModel>
{
    internal LogisticModel(Found found)
        : base(found)
    {
    }

    /// <inheritdoc/>
    public override LogisticRegression? Settings => base.Settings as LogisticRegression;

    /// <summary>The probability of the second class for a row.</summary>
    /// <param name="row">A value for each feature, as it was measured.</param>
    /// <remarks>Takes nothing from the heap.</remarks>
    /// <exception cref="ShapeException">The row has not as many values as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite; its feature is named.</exception>
    [OverloadResolutionPriority(1)]
    public double PredictProbability(ReadOnlySpan<double> row) => Probability(row);

    /// <inheritdoc cref="PredictProbability(ReadOnlySpan{double})"/>
    public double PredictProbability(ReadOnlySpan<float> row) => Probability(row);

    /// <inheritdoc cref="PredictProbability(ReadOnlySpan{double})"/>
    public double PredictProbability(ReadOnlySpan<byte> row) => Probability(row);

    /// <inheritdoc cref="PredictProbability(ReadOnlySpan{double})"/>
    /// <remarks>A list has no span, so it is copied: an array or a span takes nothing from the heap.</remarks>
    /// <exception cref="ArgumentNullException">There is no row.</exception>
    public double PredictProbability(IReadOnlyList<double> row) => Probability<double>(Row(row));

    /// <summary>The probability of the second class for each row.</summary>
    /// <param name="rows">The rows; their targets are not looked at.</param>
    /// <remarks>Many rows are scored by several threads; each has the same bits as by itself.</remarks>
    /// <exception cref="ArgumentNullException">There are no rows.</exception>
    /// <exception cref="ShapeException">The rows have not as many columns as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite; its row and feature are named.</exception>
    public double[] PredictProbability(Dataset rows) => Array.ConvertAll(ScoreAll(rows), Sigmoid);

    /// <inheritdoc cref="PredictProbability(Dataset)"/>
    public double[] PredictProbability(Rows rows) => Array.ConvertAll(ScoreAll(rows), Sigmoid);

    /// <summary>The model of a file.</summary>
    /// <inheritdoc cref="TrainedModel.Load(string, bool)"/>
    /// <returns>The model. It predicts the same bits as the one that was saved.</returns>
    public static new LogisticModel Load(string path, bool verify = true) => Load<LogisticModel>(path, verify);

    /// <summary>Two models are equal when they have the same names and the same parameters.</summary>
    /// <param name="other">The other model.</param>
    public bool Equals(LogisticModel? other) => Equals((object?)other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => base.Equals(obj);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    private protected override FSharp.SavedKind SavedKind => FSharp.SavedKind.Logistic;

    private protected override string Kind => "logistic regression";

    private double Probability<TX>(ReadOnlySpan<TX> row)
        where TX : unmanaged, System.Numerics.INumber<TX>
    {
        double score = 0;
        Score(row, new Span<double>(ref score));
        return Sigmoid(score);
    }

    /// <summary>Of a large |z| too: e⁻ᶻ is infinite then, or 0, and neither is NaN.</summary>
    private static double Sigmoid(double score) => 1 / (1 + Math.Exp(-score));
}
