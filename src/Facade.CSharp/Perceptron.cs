// The perceptron: t = −1 for the first class and 1 for the second, z = x·w + b.
//
//   for each row, in a random order in each epoch:   where t·z ≤ 0:  w ← w + η·t·x,  b ← b + η·t
//   until t·z > 0 for every row after an epoch, or the epochs end
//
// It begins at 0, so that η is a scale of the parameters and changes no prediction. Where a plane separates the classes it ends; where
// none does the parameters go round for ever, and the last ones are the result.

using System;
using System.Runtime.CompilerServices;
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

    /// <summary>Fits a model to a data set of two classes.</summary>
    /// <param name="data">What to learn from.</param>
    /// <param name="validation">Data to look at after each epoch; its classes are found by their names.</param>
    /// <param name="progress">Who is told of each epoch, on the thread that trains.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    /// <returns>The model, which never changes.</returns>
    /// <exception cref="ArgumentNullException">There are no data.</exception>
    /// <exception cref="SettingsException">There are not two classes, or settings cannot be used, or do not suit the data; all are listed.</exception>
    /// <exception cref="DataException">A value is not finite, or the validation data have a class that was never seen; its place is named.</exception>
    /// <exception cref="DeviceException">The device is not there.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    public PerceptronModel Fit(Dataset data, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        FSharp.Front.checkTwoClasses(data);
        FSharp.Request request = TwoClasses.Request(data, validation, null, -1, (numbers, others) => Request(numbers, others, progress, WarmStart, cancellationToken));
        request.Loss = FSharp.LossModule.perceptron;
        FSharp.Optimizer optimizer = Optimizer.Sgd.Core(LearningRate, null, request.Problems);
        FSharp.Trained trained = FSharp.Front.perceptron(request, optimizer, Epochs, Shuffle);
        return new PerceptronModel(Found.On(data, trained, new Sgd { LearningRate = LearningRate, BatchSize = 1, Epochs = Epochs, Shuffle = Shuffle }));
    }

    /// <summary>Fits a model to a matrix, a row for each example, and the class of each row.</summary>
    /// <inheritdoc cref="Fit(Dataset, Dataset, IProgress{EpochReport}, CancellationToken)"/>
    /// <param name="features">A row for each example.</param>
    /// <param name="labels">The class of each row: two different ones.</param>
    /// <exception cref="ShapeException">There are not as many labels as rows, or rows of different lengths.</exception>
    public PerceptronModel Fit(double[,] features, int[] labels) => Fit(Dataset.From(features, labels));

    /// <inheritdoc cref="Fit(double[,], int[])"/>
    public PerceptronModel Fit(double[,] features, string[] labels) => Fit(Dataset.From(features, labels));

    /// <inheritdoc cref="Fit(double[,], int[])"/>
    public PerceptronModel Fit(float[,] features, int[] labels) => Fit(Dataset.From(features, labels));

    /// <inheritdoc cref="Fit(double[,], int[])"/>
    [OverloadResolutionPriority(1)]
    public PerceptronModel Fit(double[][] features, int[] labels) => Fit(Dataset.From(features, labels));

    /// <inheritdoc cref="Fit(double[,], int[])"/>
    [OverloadResolutionPriority(1)]
    public PerceptronModel Fit(double[][] features, string[] labels) => Fit(Dataset.From(features, labels));

    /// <summary>Fits a model on another thread.</summary>
    /// <inheritdoc cref="Fit(Dataset, Dataset, IProgress{EpochReport}, CancellationToken)"/>
    public Task<PerceptronModel> FitAsync(Dataset data, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Fit(data, validation, progress, cancellationToken), cancellationToken);
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
    /// <summary>A request for data of the numbers `no` and 1, in which the weights of classes are those of rows.</summary>
    internal static FSharp.Request Request(Dataset data, Dataset? validation, ClassWeights? classWeights, double no, Func<Dataset, Dataset?, FSharp.Request> make)
    {
        var problems = new System.Collections.Generic.List<string>();
        double[] weights = classWeights?.Core(data, problems) ?? [];
        if (weights.Length is not (0 or 2))
            problems.Add($"There are {weights.Length} class weights; expected 2, one per class.");
        foreach (double weight in weights)
        {
            if (!(weight > 0 && double.IsFinite(weight)))
                problems.Add($"A class weight is {Text.Of(weight)}; expected a finite number above 0.");
        }

        Dataset numbers = FSharp.Front.binary(no, 1, problems.Count > 0 ? [] : weights, data);
        FSharp.Request request = make(numbers, FSharp.Front.binaryValidation(no, 1, data, validation));
        request.Problems.AddRange(problems);
        request.IsOfTwoClasses = true;
        return request;
    }
}
