using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace LinearNets;

/// <summary>What all fitted classifiers have.</summary>
/// <remarks>A class is its place in <see cref="ClassNames"/>, which is its number in the data it was trained on. A prediction for one row
/// takes nothing from the heap.</remarks>
/// <example><code>
/// SoftmaxModel model = new SoftmaxClassifier().Fit(Synthetic.Classes());
/// int k = model.Predict([0.5, -1]);
/// string name = model.PredictLabel([0.5, -1]);             // model.ClassNames[k]
/// </code></example>
public abstract class ClassifierModel : TrainedModel
{
    /// <summary>Scores of one row lie on the stack if they are no more than this.</summary>
    private const int MostOnStack = 64;

    private protected ClassifierModel(Found found)
        : base(found) => ClassNames = Array.AsReadOnly(OutputNames);

    /// <summary>The names of the classes, by their numbers.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The class of a row.</summary>
    /// <param name="row">A value for each feature, as it was measured.</param>
    /// <returns>The number of the class, its place in <see cref="ClassNames"/>; of equal scores the lowest.</returns>
    /// <remarks>Takes nothing from the heap.</remarks>
    /// <exception cref="ShapeException">The row has not as many values as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite; its feature is named.</exception>
    [OverloadResolutionPriority(1)]
    public int Predict(ReadOnlySpan<double> row) => ClassOf(row);

    /// <inheritdoc cref="Predict(ReadOnlySpan{double})"/>
    public int Predict(ReadOnlySpan<float> row) => ClassOf(row);

    /// <inheritdoc cref="Predict(ReadOnlySpan{double})"/>
    public int Predict(ReadOnlySpan<byte> row) => ClassOf(row);

    /// <inheritdoc cref="Predict(ReadOnlySpan{double})"/>
    /// <remarks>A list has no span, so it is copied: an array or a span takes nothing from the heap.</remarks>
    /// <exception cref="ArgumentNullException">There is no row.</exception>
    public int Predict(IReadOnlyList<double> row) => ClassOf<double>(Row(row));

    /// <summary>The class of each row.</summary>
    /// <param name="rows">The rows; their targets are not looked at.</param>
    /// <returns>The numbers of the classes, their places in <see cref="ClassNames"/>.</returns>
    /// <remarks>Many rows are scored by several threads; each has the same bits as by itself.</remarks>
    /// <exception cref="ArgumentNullException">There are no rows.</exception>
    /// <exception cref="ShapeException">The rows have not as many columns as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite; its row and feature are named.</exception>
    public int[] Predict(Dataset rows) => ClassesOf(ScoreAll(rows));

    /// <inheritdoc cref="Predict(Dataset)"/>
    public int[] Predict(Rows rows) => ClassesOf(ScoreAll(rows));

    /// <summary>The name of the class of a row.</summary>
    /// <inheritdoc cref="Predict(ReadOnlySpan{double})"/>
    /// <returns>The name.</returns>
    [OverloadResolutionPriority(1)]
    public string PredictLabel(ReadOnlySpan<double> row) => OutputNames[ClassOf(row)];

    /// <inheritdoc cref="PredictLabel(ReadOnlySpan{double})"/>
    public string PredictLabel(ReadOnlySpan<float> row) => OutputNames[ClassOf(row)];

    /// <inheritdoc cref="PredictLabel(ReadOnlySpan{double})"/>
    public string PredictLabel(ReadOnlySpan<byte> row) => OutputNames[ClassOf(row)];

    /// <inheritdoc cref="PredictLabel(ReadOnlySpan{double})"/>
    /// <remarks>A list has no span, so it is copied: an array or a span takes nothing from the heap.</remarks>
    /// <exception cref="ArgumentNullException">There is no row.</exception>
    public string PredictLabel(IReadOnlyList<double> row) => OutputNames[ClassOf<double>(Row(row))];

    /// <summary>The name of the class of each row.</summary>
    /// <inheritdoc cref="Predict(Dataset)"/>
    /// <returns>The names.</returns>
    public string[] PredictLabel(Dataset rows) => Array.ConvertAll(Predict(rows), NameOf);

    /// <inheritdoc cref="PredictLabel(Dataset)"/>
    public string[] PredictLabel(Rows rows) => Array.ConvertAll(Predict(rows), NameOf);

    /// <summary>How good the predictions are on data: accuracy, log-loss, confusion matrix, precision and recall of each class, ROC-AUC of
    /// two classes, reliability.</summary>
    /// <param name="data">Rows with classes, which are found by their names; some may be missing.</param>
    /// <remarks>Costs a pass over the rows. Row weights count, and rows of weight 0 do not. A perceptron has no probabilities: what is made of
    /// these is NaN.</remarks>
    /// <exception cref="ArgumentNullException">There are no rows.</exception>
    /// <exception cref="ShapeException">The rows have not as many columns as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite, or a row has a class that the model has never seen.</exception>
    public ClassificationScores Evaluate(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        data = FSharp.Front.counted(data);
        return FSharp.Front.classificationScores(ScoreAll(data), OutputNames, this is PerceptronModel, data);
    }

    /// <summary>The kind of classifier, its classes, and how it was found.</summary>
    public override string ToString()
    {
        const int Most = 10;
        string more = ClassNames.Count > Most ? ", …" : "";
        return $"{Kind}, {FeatureNames.Count} features → {string.Join(", ", ClassNames.Take(Most))}{more} ({How})";
    }

    /// <inheritdoc/>
    public override ModelCard Describe() => new(this, char.ToUpperInvariant(Kind[0]) + Kind[1..], "Classes");

    internal override void Tell(ModelCard card)
    {
        card.Limit("It knows its classes alone: every row is given one of them, one of something else too.");
        card.Limit("Classes are parted by planes: where one lies within another it is wrong.");
        if (this is not PerceptronModel)
            card.Limit("Its probabilities are those of its formula; whether they are the shares that come true is seen in the reliability that Evaluate gives.");
        else
            card.Limit("It has no probabilities, and nothing says how near a row is to the other class.");
        if (Fact("settings").Contains("\"classWeights\":{", StringComparison.Ordinal))
            card.Limit("Class weights moved its probabilities away from the shares of the classes.");
        if (this is PerceptronModel && !Converged)
            card.Limit("No plane was found that parts the classes: rows in another order would have given another one.");
    }

    private protected abstract string Kind { get; }

    /// <summary>The class by the scores of a row.</summary>
    private protected abstract int Highest(ReadOnlySpan<double> scores);

    private string NameOf(int place) => OutputNames[place];

    private int ClassOf<TX>(ReadOnlySpan<TX> row)
        where TX : unmanaged, INumber<TX>
    {
        double[]? rented = Outputs <= MostOnStack ? null : ArrayPool<double>.Shared.Rent(Outputs);
        Span<double> scores = (rented ?? stackalloc double[MostOnStack])[..Outputs];
        Score(row, scores);
        int highest = Highest(scores);
        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);
        return highest;
    }

    private int[] ClassesOf(double[] scores)
    {
        var classes = new int[scores.Length / Outputs];
        for (int r = 0; r < classes.Length; r++)
            classes[r] = Highest(scores.AsSpan(r * Outputs, Outputs));
        return classes;
    }
}

/// <summary>What classifiers of two classes have: one score, which is above 0 for the second class.</summary>
/// <remarks>The weights are those of features as they were measured.</remarks>
/// <example><code>
/// Dataset mails = Synthetic.Classes(classes: 2).WithFeatureNames("length", "free");
/// LogisticModel model = new LogisticRegression().Fit(mails);
/// double perWord = model.Coefficients["free"];             // what one more adds to the score of the second class
/// </code></example>
public abstract class TwoClassModel : ClassifierModel
{
    private protected TwoClassModel(Found found)
        : base(found)
    {
    }

    /// <summary>The weights of the features as they were measured: a new list each time.</summary>
    public IReadOnlyList<double> Weights => Array.AsReadOnly(OwnWeights.ToArray());

    /// <summary>The bias.</summary>
    public double Bias => Biases[0];

    /// <summary>The weights by the names of their features: a new dictionary each time.</summary>
    /// <exception cref="SettingsException">A feature that is asked for is not there; those that are are named.</exception>
    public IReadOnlyDictionary<string, double> Coefficients => WeightsByName();

    private protected override int Highest(ReadOnlySpan<double> scores) => scores[0] > 0 ? 1 : 0;
}
