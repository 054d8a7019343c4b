using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LinearNets.Kernels;
using LinearNets.Tensors;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace LinearNets;

/// <summary>What a model is made of: what a solver or a file gave, and the names.</summary>
internal sealed class Found(FSharp.Trained trained, Solver solver, string[] featureNames, string[] outputNames)
{
    internal FSharp.Trained Trained => trained;

    internal Solver Solver => solver;

    internal string[] FeatureNames => featureNames;

    internal string[] OutputNames => outputNames;

    /// <summary>Of data, whose classes or targets are the outputs.</summary>
    internal static Found On(Dataset data, FSharp.Trained trained, Solver solver) =>
        new(trained, solver, [.. data.FeatureNames], [.. data.HasClasses ? data.ClassNames : data.TargetNames]);
}

/// <summary>What all fitted models have. A model never changes, and any number of threads may ask it at once.</summary>
/// <remarks>Two models are equal when they have the same names and the same parameters. Weights are those of features as they were
/// measured: whatever was done to these for training is part of the model.</remarks>
/// <example><code>
/// LinearModel model = new LinearRegression { Solver = new Sgd() }.Fit(Synthetic.Linear([2.0, -3.4]));
/// Console.WriteLine($"{model.SolverUsed}, {model.RuleUsed}, converged: {model.Converged}");
/// foreach (EpochReport epoch in model.History) Console.WriteLine(epoch);
/// </code></example>
public abstract class TrainedModel
{
    private readonly double[] weights;
    private readonly double[] biases;
    private readonly string[] featureNames;

    private protected TrainedModel(Found found)
    {
        FSharp.Trained trained = found.Trained;
        Tensor w = trained.weights;
        int count = w.nelement;
        if (w.dtype == Dtype.Float64)
        {
            double[] own = w.view([count]).toArray1D<double>(), ownBiases = trained.biases.toArray1D<double>();
            Scorer = new Scorer<double>(own, ownBiases, trained.factor, Workers.Usual);
            (weights, biases) = (own, ownBiases);
        }
        else
        {
            float[] own = w.view([count]).toArray1D<float>(), ownBiases = trained.biases.toArray1D<float>();
            Scorer = new Scorer<float>(own, ownBiases, trained.factor, Workers.Usual);
            (weights, biases) = (Array.ConvertAll(own, value => (double)value), Array.ConvertAll(ownBiases, value => (double)value));
        }

        if (trained.factor != 1)
            weights = Array.ConvertAll(weights, value => trained.factor * value);
        featureNames = found.FeatureNames;
        OutputNames = found.OutputNames;
        FeatureNames = Array.AsReadOnly(featureNames);
        Biases = Array.AsReadOnly(biases);
        SolverUsed = found.Solver;
        Trained = trained;
    }

    /// <summary>The names of the features, in the order in which rows give them.</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <summary>The weights of features as they were measured, a row for each feature and a column for each output: a new array each
    /// time.</summary>
    public double[,] WeightMatrix
    {
        get
        {
            var matrix = new double[FeatureNames.Count, Biases.Count];
            Buffer.BlockCopy(weights, 0, matrix, 0, weights.Length * sizeof(double));
            return matrix;
        }
    }

    /// <summary>The bias of each output; 0 where the model has none.</summary>
    public IReadOnlyList<double> Biases { get; }

    /// <summary>What each epoch gave; empty for solvers that have none.</summary>
    public TrainingHistory History => Trained.history;

    /// <summary>The solver that found the parameters: what <see cref="Solver.Auto"/> stood for.</summary>
    public Solver SolverUsed { get; }

    /// <summary>How it computed, in words: the rule for the gradient, or the way of least squares.</summary>
    public string RuleUsed => Trained.rule;

    /// <summary>Where it computed.</summary>
    public Device DeviceUsed { get; } = Device.Cpu;

    /// <summary>Whether the solver came to its end: a minimum to its tolerance; for <see cref="Sgd"/> that early stopping had seen enough; for
    /// the perceptron that every row was right. Epochs that just ended are no convergence.</summary>
    public bool Converged => Trained.converged;

    /// <summary>How a solver that looks for a minimum ended; null for <see cref="Sgd"/>, <see cref="LeastSquares"/> and the perceptron.</summary>
    public Convergence? Convergence => Trained.convergence;

    /// <summary>The model of a file, of whatever kind it is.</summary>
    /// <param name="path">The file: of <see cref="Save"/>, or made by another program as docs/models.md says.</param>
    /// <param name="verify">Whether to refuse a file whose hash is not that of what it says; false for one that was edited on purpose.</param>
    /// <returns>A <see cref="LinearModel"/>, <see cref="SoftmaxModel"/>, <see cref="LogisticModel"/> or <see cref="PerceptronModel"/>. It
    /// predicts the same bits as the one that was saved.</returns>
    /// <remarks>A solver that had a function of your own is known by what it prints alone. <see cref="LinearModel.Inference"/> is there
    /// but for what needs the rows.</remarks>
    /// <exception cref="ModelFileException">There is no such file, or it has no model, or a damaged one, or one of a newer version.</exception>
    /// <example><code>
    /// new SoftmaxClassifier().Fit(Synthetic.Classes()).Save("classes.safetensors");
    /// TrainedModel model = TrainedModel.Load("classes.safetensors");
    /// if (model is ClassifierModel classifier) Console.WriteLine(string.Join(", ", classifier.ClassNames));
    /// </code></example>
    public static TrainedModel Load(string path, bool verify = true)
    {
        FSharp.Loaded loaded = FSharp.Front.load(path, verify);
        var found = new Found(loaded.trained, Solver.OfFile(loaded.solver, loaded.solverSettings), loaded.features, loaded.outputs);
        if (loaded.kind.IsRegression)
            return new LinearModel(found);
        if (loaded.kind.IsSoftmax)
            return new SoftmaxModel(found);
        return loaded.kind.IsLogistic ? new LogisticModel(found) : new PerceptronModel(found);
    }

    /// <summary>Writes the model to a file, which any program can read; see docs/models.md.</summary>
    /// <param name="path">The file. It is written beside and renamed, so that it is the old one or the new one whatever happens.</param>
    /// <remarks>The format is safetensors: weights and biases as tensors, names, settings and what is known of the training as metadata, with
    /// a hash. A model of <see cref="LeastSquares"/> makes its <see cref="LinearModel.Inference"/>, which is saved, too.</remarks>
    /// <exception cref="ModelFileException">The file cannot be written; what was there is as it was.</exception>
    /// <example><code>
    /// SoftmaxModel model = new SoftmaxClassifier().Fit(Synthetic.Classes());
    /// model.Save("model.safetensors");
    /// SoftmaxModel again = SoftmaxModel.Load("model.safetensors");
    /// </code></example>
    public void Save(string path) => FSharp.Front.save(path, Trained, Saved);

    /// <summary>Writes the model as an ONNX file (opset 13), which other programs can run.</summary>
    /// <param name="path">The file. One that is there is replaced, once the new one is whole.</param>
    /// <remarks><para>The input <c>features</c> [rows; d] takes any number of rows in the units they were measured in: what was done to
    /// features for training is inside. It is of double where <see cref="WeightMatrix"/> was found in doubles, otherwise of float; images
    /// as bytes are floats from 0 to 255.</para><para>Outputs of a regression: <c>prediction</c> [rows; q]. Of classifiers: <c>class</c>
    /// [rows] (int64), <c>label</c> [rows] (its name), and <c>probabilities</c> [rows; k], for which a perceptron has <c>score</c> [rows].
    /// The names of features and classes are in the file's metadata.</para></remarks>
    /// <exception cref="ModelFileException">The file cannot be written; one that was there is as it was.</exception>
    /// <example><code>
    /// SoftmaxModel model = new SoftmaxClassifier().Fit(Synthetic.Classes());
    /// model.ExportOnnx("model.onnx");
    /// </code></example>
    public void ExportOnnx(string path) => FSharp.OnnxFile.write(path, Saved);

    /// <summary>The model as data.</summary>
    internal FSharp.SavedModel Saved => FSharp.Front.describe(SavedKind, Trained, SolverUsed.ToString(), SolverUsed.Json, featureNames, OutputNames);

    private protected abstract FSharp.SavedKind SavedKind { get; }

    /// <summary>The model of a file, if it is of a kind.</summary>
    private protected static T Load<T>(string path, bool verify)
        where T : TrainedModel
    {
        TrainedModel model = Load(path, verify);
        if (model is not T)
            FSharp.Front.otherKind(path, model.SavedKind, model.GetType().Name + ".Load");
        return (T)model;
    }

    /// <summary>How the model was found.</summary>
    internal FSharp.Trained Trained { get; }

    /// <summary>The settings that it was fitted with, but for a model to begin from; null where they had a function of your own, of which
    /// only the name is known.</summary>
    public virtual EstimatorSettings? Settings => SettingsJson.Known(Fact("settings"));

    /// <summary>What it was trained on and with which settings, how it scored and what it cannot do: a text, or Markdown.</summary>
    /// <remarks>Of least squares it says R², which costs a pass over the data where <see cref="LinearModel.Inference"/> was not asked for
    /// before.</remarks>
    /// <example><code>
    /// LinearModel model = new LinearRegression().Fit(data.WithSource("the ledger of 2024"));
    /// System.IO.File.WriteAllText("MODEL.md", model.Describe().ToMarkdown());
    /// </code></example>
    public abstract ModelCard Describe();

    /// <summary>A page of what the model is and how it does on data: scores, the worst mistakes with their images or features, the course of
    /// the training, weights or coefficients with intervals, and what <see cref="Describe"/> says.</summary>
    /// <param name="data">Rows to look at, such as it was not trained on.</param>
    /// <remarks>Costs a pass over the data. Tables end after 20 rows and say how many there are.</remarks>
    /// <exception cref="ArgumentNullException">There are no rows.</exception>
    /// <exception cref="ShapeException">The rows have not as many columns as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite, or the targets are of another kind or other classes.</exception>
    /// <exception cref="SettingsException">There are not as many targets as outputs.</exception>
    /// <example><code>
    /// LinearModel model = new LinearRegression().Fit(data);
    /// model.Report(data).Save("report.html");
    /// </code></example>
    public Report Report(Dataset data)
    {
        ModelCard card = Describe();
        return FSharp.Front.report(card.Title, card.Facts, card.Settings, card.Limits, Trained, Saved, ScoreAll, data);
    }

    /// <summary>What is known of the training, each fact by its name.</summary>
    internal IEnumerable<Tuple<string, string>> About => Trained.about.Value;

    /// <summary>Empty where it is not known.</summary>
    internal string Fact(string name) => About.FirstOrDefault(fact => fact.Item1 == name)?.Item2 ?? "";

    /// <summary>Says what its kind knows, and what it cannot do.</summary>
    internal abstract void Tell(ModelCard card);

    internal bool IsSingle => Scorer is Scorer<float>;

    internal Scorer Scorer { get; }

    internal string[] OutputNames { get; }

    internal int Outputs => biases.Length;

    internal ReadOnlySpan<double> OwnWeights => weights;

    /// <summary>The weights of a model of one output, by the names of their features.</summary>
    private protected NamedWeights WeightsByName() => new(featureNames, weights);

    /// <summary>Weights [d; q] and biases [q] to begin from.</summary>
    internal Tensor[] Parameters =>
    [
        dsharp.tensor(weights, dtype: Dtype.Float64).view([featureNames.Length, biases.Length]),
        dsharp.tensor(biases, dtype: Dtype.Float64),
    ];

    /// <summary>Two models are equal when they are of one kind and have the same names and the same parameters.</summary>
    /// <param name="obj">The other model.</param>
    public override bool Equals(object? obj) =>
        ReferenceEquals(this, obj)
        || (obj is TrainedModel other
            && other.GetType() == GetType()
            && featureNames.AsSpan().SequenceEqual(other.featureNames)
            && OutputNames.AsSpan().SequenceEqual(other.OutputNames)
            && weights.AsSpan().SequenceEqual(other.weights)
            && biases.AsSpan().SequenceEqual(other.biases));

    /// <summary>Whether both are of one kind, with the same names and the same bits.</summary>
    /// <param name="left">One model.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(TrainedModel? left, TrainedModel? right) => Equals(left, right);

    /// <summary>Whether they differ in kind, in a name or in a bit.</summary>
    /// <param name="left">One model.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(TrainedModel? left, TrainedModel? right) => !Equals(left, right);

    /// <summary>A hash that agrees with <see cref="Equals(object)"/>.</summary>
    public override int GetHashCode() => HashCode.Combine(featureNames.Length, biases.Length, weights[0], biases[0]);

    // ---- scores of one row: nothing is taken from the heap ----------------------------------------------------------

    /// <summary>The scores of a row of double, float or byte.</summary>
    private protected void Score<TX>(ReadOnlySpan<TX> row, Span<double> scores)
        where TX : unmanaged, INumber<TX>
    {
        CheckWidth(row.Length);
        ScoreRows(row, 1, scores);
    }

    // ---- scores of many ---------------------------------------------------------------------------------------------

    /// <summary>The scores of all rows, row after row.</summary>
    private protected double[] ScoreAll(Dataset rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        CheckColumns(rows.Columns);
        var scores = new double[checked(rows.Rows * Outputs)];
        switch (rows.Table.features)
        {
            case Features.Bytes bytes:
                ScoreRows<byte>(bytes.Item, rows.Rows, scores);
                break;
            case Features.Singles singles:
                ScoreRows<float>(singles.Item, rows.Rows, scores);
                break;
            case Features.Doubles doubles:
                ScoreRows<double>(doubles.Item, rows.Rows, scores);
                break;
            case Features.SparseSingles { Item: var x } when Scorer is Scorer<double>:
                ScoreSparse(rows, new CompressedRows<double>(x.Starts, x.Columns, Array.ConvertAll(x.Values, value => (double)value), x.Width), scores);
                break;
            case Features.SparseSingles sparse:
                ScoreSparse(rows, sparse.Item, scores);
                break;
            case Features.SparseDoubles sparse:
                ScoreSparse(rows, sparse.Item, scores);
                break;
            default:
                throw new InvalidOperationException($"{rows.Table.features}");
        }

        return scores;
    }

    /// <summary>The scores of rows that are kept without their zeros. Those are known only to the model, so that scores are looked at
    /// for what is not finite, as everywhere.</summary>
    private void ScoreSparse<T>(Dataset rows, CompressedRows<T> x, Span<double> scores)
        where T : unmanaged, INumber<T>
    {
        int[] all = [.. Enumerable.Range(0, rows.Rows)];
        T[] own = SparsePrediction<T>.Scores(
            x, Array.ConvertAll(weights, T.CreateTruncating), Array.ConvertAll(biases, T.CreateTruncating), scale: 1, all, Workers.Usual);
        TensorPrimitives.ConvertTruncating<T, double>(own, scores);
        foreach (double score in scores)
        {
            if (!double.IsFinite(score))
                rows.CheckFeatures("rows");
        }
    }

    private protected double[] ScoreAll(Rows rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        // Of no arrays nobody knows how long they would be.
        if (rows.Count + rows.Columns > 0)
            CheckColumns(rows.Columns);
        var scores = new double[checked(rows.Count * Outputs)];
        rows.Score(this, scores);
        return scores;
    }

    /// <summary>A list as a row. Lists have no spans of their own, so this one is copied.</summary>
    private protected double[] Row(IReadOnlyList<double> row)
    {
        ArgumentNullException.ThrowIfNull(row);
        CheckWidth(row.Count);
        return [.. row];
    }

    /// <summary>Some numbers for each row as a matrix.</summary>
    private protected static T[,] Matrix<T>(T[] values, int columns)
        where T : struct
    {
        var matrix = new T[values.Length / columns, columns];
        Buffer.BlockCopy(values, 0, matrix, 0, values.Length * Unsafe.SizeOf<T>());
        return matrix;
    }

    private protected static void CheckPlace(int got, int expected)
    {
        if (got != expected)
            FSharp.Front.placeForResults(got, expected);
    }

    /// <summary>How the model was found, for what it prints.</summary>
    private protected string How => RuleUsed + (Converged || History.Count > 0 ? "" : ", not converged");

    private void CheckWidth(int got)
    {
        if (got != featureNames.Length)
            FSharp.Front.rowToPredict(got, featureNames.Length);
    }

    private void CheckColumns(int got)
    {
        if (got != featureNames.Length)
            FSharp.Front.rowsToPredict(got, featureNames.Length);
    }

    /// <summary>The scores of some rows, overwritten. Lengths have been checked.</summary>
    internal void ScoreRows<TX>(ReadOnlySpan<TX> x, int rows, Span<double> scores)
        where TX : unmanaged, INumber<TX>
    {
        if (typeof(TX) == typeof(double))
            Scorer.Scores(MemoryMarshal.Cast<TX, double>(x), rows, scores);
        else if (typeof(TX) == typeof(float))
            Scorer.Scores(MemoryMarshal.Cast<TX, float>(x), rows, scores);
        else
            Scorer.Scores(MemoryMarshal.Cast<TX, byte>(x), rows, scores);
        for (int r = 0; r < rows; r++)
        {
            Span<double> own = scores.Slice(r * Outputs, Outputs);
            foreach (double score in own)
            {
                if (double.IsFinite(score))
                    continue;
                ScoreInDoubles(x.Slice(r * featureNames.Length, featureNames.Length), r, own);
                break;
            }
        }
    }

    /// <summary>Names the feature that is not finite. Where all are, a score is beyond what the kernel computes in, and is computed anew
    /// in doubles.</summary>
    private void ScoreInDoubles<TX>(ReadOnlySpan<TX> row, int number, Span<double> scores)
        where TX : unmanaged, INumber<TX>
    {
        biases.CopyTo(scores);
        for (int j = 0; j < row.Length; j++)
        {
            if (!TX.IsFinite(row[j]))
                FSharp.Front.notFinite(number, featureNames[j], double.CreateTruncating(row[j]));
            double value = double.CreateTruncating(row[j]);
            for (int c = 0; c < scores.Length; c++)
                scores[c] += weights[(j * scores.Length) + c] * value;
        }
    }
}
