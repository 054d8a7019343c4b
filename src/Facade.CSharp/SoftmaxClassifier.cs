using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using System.Threading;
using System.Threading.Tasks;

namespace LinearNets;

/// <summary>Softmax regression: the probabilities of classes, softmax(x·W + b), fitted by cross-entropy.</summary>
/// <remarks>By default L-BFGS finds the minimum; where a pass over the rows takes more than 2³⁰ multiplications it is minibatches. Images
/// as bytes are divided by 255 within the model.</remarks>
/// <example><code>
/// var (train, test) = Dataset.FashionMnist();
/// SoftmaxModel model = new SoftmaxClassifier
/// {
///     Solver = new Sgd { LearningRate = 0.1, BatchSize = 256, Epochs = 10 },
/// }.Fit(train, test);
/// string name = model.PredictLabel(test.Row(0));
/// </code></example>
[JsonConverter(typeof(SettingsJsonConverter<SoftmaxClassifier>))]
public sealed record SoftmaxClassifier : TrainingSettings
{
    /// <summary>How much the rows of each class count: by default all the same.</summary>
    public ClassWeights? ClassWeights { get; init; }

    /// <summary>A model to begin from, with as many features and classes; by default none.</summary>
    public SoftmaxModel? WarmStart { get; init; }

    /// <inheritdoc cref="EstimatorSettings.FromJson(string)"/>
    /// <summary>Settings as <see cref="EstimatorSettings.ToJson(bool)"/> writes them; their kind need not be named.</summary>
    public static new SoftmaxClassifier FromJson(string json) => JsonFields.Read<SoftmaxClassifier>(json, SettingsJson.Estimator);

    /// <summary>Fits a model to a data set of classes.</summary>
    /// <param name="data">What to learn from.</param>
    /// <param name="validation">Data to look at after each epoch of <see cref="Sgd"/>; its classes are found by their names.</param>
    /// <param name="progress">Who is told of each epoch, on the thread that trains.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    /// <returns>The model, which never changes.</returns>
    /// <remarks>Costs what the solver costs; see <see cref="Solver"/>. A class without rows has no minimum without a penalty: the model is
    /// then not <see cref="TrainedModel.Converged"/>; <see cref="Dataset.WithoutEmptyClasses"/> leaves it out.</remarks>
    /// <exception cref="ArgumentNullException">There are no data.</exception>
    /// <exception cref="SettingsException">Settings cannot be used, or do not suit the data or each other; all are listed.</exception>
    /// <exception cref="DataException">A value is not finite, or the validation data have a class that was never seen; its place is named.</exception>
    /// <exception cref="DivergedException">A loss stopped being finite, or exploded.</exception>
    /// <exception cref="DeviceException">The device is not there.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    public SoftmaxModel Fit(Dataset data, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        FSharp.Request request = Request(data, validation, progress, WarmStart, cancellationToken);
        request.Loss = FSharp.LossModule.crossEntropy;
        if (FSharp.Front.takes(request, FSharp.Takes.Classes))
            request.ClassWeights = ClassWeights?.Core(data, request.Problems) ?? [];
        return new SoftmaxModel(Train(request, data, () => ForClasses(data, data.Outputs)));
    }

    /// <summary>Fits a model to rows of features and the class of each.</summary>
    /// <inheritdoc cref="Fit(Dataset, Dataset, IProgress{EpochReport}, CancellationToken)"/>
    /// <typeparam name="TLabel">What a label is: <see cref="int"/>, <see cref="string"/>, <see cref="bool"/> or an enumeration.</typeparam>
    /// <param name="features">A row for each example.</param>
    /// <param name="labels">The class of each row. Different whole numbers are the classes in increasing order, so that 1 and 2 are the
    /// classes 0 and 1 of the names 1 and 2; words are, in the order of their characters' codes; truth values and enumerations have all their
    /// values.</param>
    /// <param name="validation">Data to look at after each epoch.</param>
    /// <param name="progress">Who is told of each epoch.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    /// <exception cref="ArgumentNullException">There are no features or no labels.</exception>
    /// <exception cref="ShapeException">There are not as many labels as rows, or rows of different lengths.</exception>
    public SoftmaxModel Fit<TLabel>(Rows features, IReadOnlyList<TLabel> labels, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default) =>
        Fit(DatasetSources.Whole(features, labels), validation, progress, cancellationToken);

    /// <summary>Fits a model to images as bytes.</summary>
    /// <inheritdoc cref="Fit{TLabel}(Rows, IReadOnlyList{TLabel}, Dataset, IProgress{EpochReport}, CancellationToken)"/>
    /// <param name="pixels">The bytes, row after row.</param>
    /// <param name="columns">How many there are in a row.</param>
    /// <param name="labels">The class of each row.</param>
    /// <param name="validation">Data to look at after each epoch.</param>
    /// <param name="progress">Who is told of each epoch.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    /// <exception cref="ArgumentNullException">There are no pixels or no labels.</exception>
    /// <exception cref="ShapeException">The bytes are no whole number of rows, or there are not as many labels.</exception>
    public SoftmaxModel Fit<TLabel>(byte[] pixels, int columns, IReadOnlyList<TLabel> labels, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        return Fit(Rows.From(pixels, columns), labels, validation, progress, cancellationToken);
    }

    /// <summary>Fits a model on another thread.</summary>
    /// <inheritdoc cref="Fit(Dataset, Dataset, IProgress{EpochReport}, CancellationToken)"/>
    public Task<SoftmaxModel> FitAsync(Dataset data, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Fit(data, validation, progress, cancellationToken), cancellationToken);

    private protected override EstimatorSettings WithoutStart() => this with { WarmStart = null };
}

/// <summary>A fitted softmax regression.</summary>
/// <remarks>A prediction for one row takes nothing from the heap, and for 784 features and 10 classes about a third of a microsecond.
/// Probabilities take little more.</remarks>
/// <example><code>
/// SoftmaxModel model = new SoftmaxClassifier().Fit(Synthetic.Classes());
/// int k = model.Predict([0.5, -1]);
/// float[] p = model.PredictProbabilities([0.5, -1]);
/// Console.WriteLine($"{model.ClassNames[k]}: {p[k]:P1}");
/// </code></example>
public sealed class SoftmaxModel : ClassifierModel, IEquatable<SoftmaxModel>
{
    internal SoftmaxModel(Found found)
        : base(found)
    {
    }

    /// <inheritdoc/>
    public override SoftmaxClassifier? Settings => base.Settings as SoftmaxClassifier;

    /// <summary>The probability of each class for a row.</summary>
    /// <param name="row">A value for each feature, as it was measured.</param>
    /// <returns>The probabilities in the order of the classes, in a new array.</returns>
    /// <exception cref="ShapeException">The row has not as many values as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite; its feature is named.</exception>
    [OverloadResolutionPriority(1)]
    public float[] PredictProbabilities(ReadOnlySpan<double> row) => Probabilities(row);

    /// <inheritdoc cref="PredictProbabilities(ReadOnlySpan{double})"/>
    public float[] PredictProbabilities(ReadOnlySpan<float> row) => Probabilities(row);

    /// <inheritdoc cref="PredictProbabilities(ReadOnlySpan{double})"/>
    public float[] PredictProbabilities(ReadOnlySpan<byte> row) => Probabilities(row);

    /// <inheritdoc cref="PredictProbabilities(ReadOnlySpan{double})"/>
    /// <remarks>A list has no span, so it is copied.</remarks>
    /// <exception cref="ArgumentNullException">There is no row.</exception>
    public float[] PredictProbabilities(IReadOnlyList<double> row) => Probabilities<double>(Row(row));

    /// <summary>The probability of each class for a row, into a span.</summary>
    /// <param name="row">A value for each feature, as it was measured.</param>
    /// <param name="probabilities">Where the probabilities go, one for each class.</param>
    /// <remarks>Takes nothing from the heap.</remarks>
    /// <exception cref="ShapeException">The row has not as many values as the model has features, or the place is of another length than
    /// there are classes.</exception>
    /// <exception cref="DataException">A value is not finite; its feature is named.</exception>
    [OverloadResolutionPriority(1)]
    public void PredictProbabilities(ReadOnlySpan<double> row, Span<float> probabilities) => Probabilities(row, probabilities);

    /// <inheritdoc cref="PredictProbabilities(ReadOnlySpan{double}, Span{float})"/>
    public void PredictProbabilities(ReadOnlySpan<float> row, Span<float> probabilities) => Probabilities(row, probabilities);

    /// <inheritdoc cref="PredictProbabilities(ReadOnlySpan{double}, Span{float})"/>
    public void PredictProbabilities(ReadOnlySpan<byte> row, Span<float> probabilities) => Probabilities(row, probabilities);

    /// <summary>The probabilities of all classes for each row: a row for each, and a column for each class.</summary>
    /// <param name="rows">The rows; their targets are not looked at.</param>
    /// <remarks>Many rows are scored by several threads; each has the same bits as by itself.</remarks>
    /// <exception cref="ArgumentNullException">There are no rows.</exception>
    /// <exception cref="ShapeException">The rows have not as many columns as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite; its row and feature are named.</exception>
    public float[,] PredictProbabilities(Dataset rows) => ProbabilitiesOf(ScoreAll(rows));

    /// <inheritdoc cref="PredictProbabilities(Dataset)"/>
    public float[,] PredictProbabilities(Rows rows) => ProbabilitiesOf(ScoreAll(rows));

    /// <summary>The model of a file.</summary>
    /// <inheritdoc cref="TrainedModel.Load(string, bool)"/>
    /// <returns>The model. It predicts the same bits as the one that was saved.</returns>
    public static new SoftmaxModel Load(string path, bool verify = true) => Load<SoftmaxModel>(path, verify);

    /// <summary>Two models are equal when they have the same names and the same parameters.</summary>
    /// <param name="other">The other model.</param>
    public bool Equals(SoftmaxModel? other) => Equals((object?)other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => base.Equals(obj);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    private protected override FSharp.SavedKind SavedKind => FSharp.SavedKind.Softmax;

    private protected override string Kind => "softmax regression";

    private protected override int Highest(ReadOnlySpan<double> scores)
    {
        int highest = 0;
        for (int c = 1; c < scores.Length; c++)
        {
            if (scores[c] > scores[highest])
                highest = c;
        }

        return highest;
    }

    private float[,] ProbabilitiesOf(double[] scores)
    {
        var probabilities = new float[scores.Length];
        for (int first = 0; first < scores.Length; first += Outputs)
            Softmax(scores.AsSpan(first, Outputs), probabilities.AsSpan(first, Outputs));
        return Matrix(probabilities, Outputs);
    }

    private float[] Probabilities<TX>(ReadOnlySpan<TX> row)
        where TX : unmanaged, System.Numerics.INumber<TX>
    {
        var probabilities = new float[Outputs];
        Probabilities(row, probabilities);
        return probabilities;
    }

    private void Probabilities<TX>(ReadOnlySpan<TX> row, Span<float> probabilities)
        where TX : unmanaged, System.Numerics.INumber<TX>
    {
        const int MostOnStack = 64;
        CheckPlace(probabilities.Length, Outputs);
        double[]? rented = Outputs <= MostOnStack ? null : System.Buffers.ArrayPool<double>.Shared.Rent(Outputs);
        Span<double> scores = (rented ?? stackalloc double[MostOnStack])[..Outputs];
        Score(row, scores);
        Softmax(scores, probabilities);
        if (rented is not null)
            System.Buffers.ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>eᵒ / Σⱼ eᵒʲ, less the highest score; the scores are overwritten.</summary>
    private static void Softmax(Span<double> scores, Span<float> probabilities)
    {
        double highest = scores[0], sum = 0;
        foreach (double score in scores)
            highest = Math.Max(highest, score);
        for (int c = 0; c < scores.Length; c++)
        {
            scores[c] = Math.Exp(scores[c] - highest);
            sum += scores[c];
        }

        for (int c = 0; c < scores.Length; c++)
            probabilities[c] = (float)(scores[c] / sum);
    }
}
