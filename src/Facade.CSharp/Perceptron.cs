// The perceptron: t = −1 for the first class and 1 for the second, z = x·w + b.
//
//   for each row, in a random order in each epoch:   where t·z ≤ 0:  w ← w + η·t·x,  b ← b + η·t
//   until t·z > 0 for every row after an epoch, or the epochs end
//
// It begins at 0, so that η is a scale of the parameters and changes no prediction. Where a plane separates the classes it ends; where
// none does the parameters go round for ever, and the last ones are the result.

using System;
using System.Collections.Generic;
using System.Text.Json.Serialization;
using System.Threading;
using System.Threading.Tasks;

namespace LinearNets;

/// <summary>The perceptron: a plane between two classes, found row by row.</summary>
/// <remarks>Convention: t is −1 for the first class and 1 for the second, and w ← w + η·t·x where t·(x·w + b) ≤ 0, from 0. It stops after the
/// first epoch at whose end every row that counts is on its side, t·(x·w + b) &gt; 0; the model is then
/// <see cref="TrainedModel.Converged"/>. Otherwise it stops after <see cref="Epochs"/>. It gives no probabilities. A row costs an update; the
/// weights of rows multiply it.</remarks>
/// <example><code>
/// double[,] x = { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } };
/// PerceptronModel and = new Perceptron().Fit(x, [0, 0, 0, 1]);
/// int one = and.Predict([1, 1]);
/// </code></example>
[JsonConverter(typeof(SettingsJsonConverter<Perceptron>))]
public sealed record Perceptron : EstimatorSettings
{
    /// <summary>The most epochs: 1000.</summary>
    public int Epochs { get; init; } = 1000;

    /// <summary>η, which is a scale of the parameters where there is no warm start: 1.</summary>
    public double LearningRate { get; init; } = 1;

    /// <summary>Whether to visit the rows in another random order in each epoch, which is the default.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>A model to begin from, with as many features; by default none.</summary>
    public PerceptronModel? WarmStart { get; init; }

    /// <inheritdoc cref="EstimatorSettings.FromJson(string)"/>
    /// <summary>Settings as <see cref="EstimatorSettings.ToJson(bool)"/> writes them; their kind need not be named.</summary>
    public static new Perceptron FromJson(string json) => JsonFields.Read<Perceptron>(json, SettingsJson.Estimator);

    /// <summary>Fits a model to a data set of two classes.</summary>
    /// <param name="data">What to learn from.</param>
    /// <param name="validation">Data to look at after each epoch; its classes are found by their names.</param>
    /// <param name="progress">Who is told of each epoch, on the thread that trains.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    /// <returns>The model, which never changes.</returns>
    /// <remarks>Costs an update for each row of an epoch, and a pass over the rows after it.</remarks>
    /// <exception cref="ArgumentNullException">There are no data.</exception>
    /// <exception cref="SettingsException">There are not two classes, or settings cannot be used, or do not suit the data; all are listed.</exception>
    /// <exception cref="DataException">A value is not finite, or the validation data have a class that was never seen; its place is named.</exception>
    /// <exception cref="DivergedException">A loss stopped being finite, or exploded.</exception>
    /// <exception cref="DeviceException">The device is not there.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    public PerceptronModel Fit(Dataset data, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        data = FSharp.Front.twoClasses(data);
        FSharp.Request request = TwoClasses.Of(Request(data, validation, progress, WarmStart, cancellationToken), null, -1);
        request.Loss = FSharp.LossModule.perceptron;
        FSharp.Optimizer optimizer = Optimizer.Sgd.Core(LearningRate, null, request.Problems);
        FSharp.Trained trained = FSharp.Front.perceptron(request, optimizer, Epochs, Shuffle);
        return new PerceptronModel(Found.On(data, trained, new Sgd { LearningRate = LearningRate, BatchSize = 1, Epochs = Epochs, Shuffle = Shuffle }));
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
    public PerceptronModel Fit<TLabel>(Rows features, IReadOnlyList<TLabel> labels, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default) =>
        Fit(DatasetSources.Whole(features, labels), validation, progress, cancellationToken);

    /// <summary>Fits a model on another thread.</summary>
    /// <inheritdoc cref="Fit(Dataset, Dataset, IProgress{EpochReport}, CancellationToken)"/>
    public Task<PerceptronModel> FitAsync(Dataset data, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Fit(data, validation, progress, cancellationToken), cancellationToken);

    private protected override EstimatorSettings WithoutStart() => this with { WarmStart = null };
}

/// <summary>A fitted perceptron: a plane between two classes.</summary>
/// <remarks>A prediction for one row takes nothing from the heap. There are no probabilities.</remarks>
/// <example><code>
/// PerceptronModel model = new Perceptron().Fit(Synthetic.Classes(classes: 2, spread: 0.1));
/// string name = model.PredictLabel([1, 1]);
/// </code></example>
public sealed class PerceptronModel : TwoClassModel, IEquatable<PerceptronModel>
{
    internal PerceptronModel(Found found)
        : base(found)
    {
    }

    /// <inheritdoc/>
    public override Perceptron? Settings => base.Settings as Perceptron;

    /// <summary>The model of a file.</summary>
    /// <inheritdoc cref="TrainedModel.Load(string, bool)"/>
    /// <returns>The model. It predicts the same bits as the one that was saved.</returns>
    public static new PerceptronModel Load(string path, bool verify = true) => Load<PerceptronModel>(path, verify);

    /// <summary>Two models are equal when they have the same names and the same parameters.</summary>
    /// <param name="other">The other model.</param>
    public bool Equals(PerceptronModel? other) => Equals((object?)other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => base.Equals(obj);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    private protected override FSharp.SavedKind SavedKind => FSharp.SavedKind.Perceptron;

    private protected override string Kind => "perceptron";
}

/// <summary>Two classes as the numbers that a loss of one score takes.</summary>
internal static class TwoClasses
{
    /// <summary>The request, of the numbers `no` and 1, in which the weights of classes will be those of rows.</summary>
    internal static FSharp.Request Of(FSharp.Request request, ClassWeights? classWeights, double no)
    {
        request.No = no;
        if (!FSharp.Front.takes(request, FSharp.Takes.TwoClasses))
            return request;
        double[] weights = classWeights?.Core(request.Data, request.Problems) ?? [];
        if (weights.Length is not (0 or 2))
            request.Problems.Add($"There are {weights.Length} class weights; expected 2, one per class.");
        foreach (double weight in weights)
        {
            if (!(weight > 0 && double.IsFinite(weight)))
                request.Problems.Add($"A class weight is {Text.Of(weight)}; expected a finite number above 0.");
        }

        request.ClassWeights = weights;
        return request;
    }
}
