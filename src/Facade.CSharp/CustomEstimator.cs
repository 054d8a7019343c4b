using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using LinearNets.Tensors;

namespace LinearNets;

/// <summary>A model of your own: scores from parameters and rows, by a function of tensors that is differentiated automatically.</summary>
/// <remarks><para>A parameter of two dimensions or more is a weight: it begins at small random numbers, and penalties are of it. One of fewer is
/// a bias: it begins at 0, and no penalty is of it.</para>
/// <para>By default it is fitted by <see cref="Lbfgs"/>, with an L1 penalty by <see cref="Fista"/>, with the absolute loss by
/// <see cref="Sgd"/>. Automatic differentiation takes several times as long as the kernels of the linear models. Where the loss has several
/// minima, that is found which is near the beginning: try several seeds, or a warm start.</para></remarks>
/// <example><code>
/// // Two lines that meet: a slope before a knee, and another one after it.
/// var bent = new CustomEstimator(
///     "two lines",
///     [("slope", [1, 1]), ("change", [1, 1]), ("knee", [1]), ("level", [1])],
///     (p, x) => x.matmul(p[0]) + (x - p[2]).relu().matmul(p[1]) + p[3]);
/// double[,] x = { { -3 }, { -2 }, { -1 }, { 0 }, { 1 }, { 2 }, { 3 } };
/// double[] y = [3, 2, 1, 0, 2, 4, 6];
/// CustomModel model = bent.Fit(Dataset.From(x, y));
/// double[] scores = model.Predict([1.5]);
/// Console.WriteLine(model.Parameters["knee"]);
/// </code></example>
public sealed record CustomEstimator : TrainingSettings
{
    private readonly (string Name, int[] Shape)[] parameters;
    private readonly Func<IReadOnlyList<Tensor>, Tensor, Tensor> scores;

    /// <summary>A model by its parameters and its function.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="parameters">The names and shapes of its parameters; [] is a single number.</param>
    /// <param name="scores">From the parameters, in their order, and rows [n; d] to scores [n; q]: a number for each target, or for each
    /// class. It is a pure function, and keeps nothing that it is given.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    /// <exception cref="ArgumentNullException">An argument or a shape is missing.</exception>
    public CustomEstimator(string name, (string Name, int[] Shape)[] parameters, Func<IReadOnlyList<Tensor>, Tensor, Tensor> scores)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(scores);
        foreach ((string own, int[] shape) in parameters)
        {
            ArgumentException.ThrowIfNullOrEmpty(own, nameof(parameters));
            ArgumentNullException.ThrowIfNull(shape, nameof(parameters));
        }

        Name = name;
        this.parameters = [.. parameters];
        this.scores = scores;
    }

    /// <summary>What the model is called.</summary>
    public string Name { get; }

    /// <summary>The loss: by default the squared one. For classes it is <see cref="Loss.CrossEntropy"/>, or one of your own, which gets
    /// scores and labels [n].</summary>
    public Loss Loss { get; init; } = Loss.Squared;

    /// <summary>A model to begin from, with the same parameters; by default none.</summary>
    public CustomModel? WarmStart { get; init; }

    /// <summary>Fits the model to a data set of numbers or of classes.</summary>
    /// <param name="data">What to learn from.</param>
    /// <param name="validation">Data to look at after each epoch of <see cref="Sgd"/>; other solvers have no epochs.</param>
    /// <param name="progress">Who is told of each epoch, on the thread that trains.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    /// <returns>The model, which never changes.</returns>
    /// <exception cref="ArgumentNullException">There are no data.</exception>
    /// <exception cref="SettingsException">Settings cannot be used, the function does not take the rows, or its scores or the loss do not suit
    /// the targets; all are listed.</exception>
    /// <exception cref="DataException">A value is not finite, or the validation data have a class that was never seen; its place is named.</exception>
    /// <exception cref="DivergedException">A loss stopped being finite, or exploded.</exception>
    /// <exception cref="DeviceException">The device is not there.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    public CustomModel Fit(Dataset data, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        FSharp.Request request = Request(data, validation, progress, null, cancellationToken);
        if (!FitIntercept)
            request.Problems.Add($"FitIntercept is false; expected true: the model '{Name}' has the biases that it is given.");
        request.Own = Setting.Make(
            () => FSharp.Front.own(Name, Array.ConvertAll(parameters, p => p.Name), Array.ConvertAll(parameters, p => p.Shape), scores), null!, request.Problems);
        request.Start = WarmStart?.Values;
        request.Loss = Setting.OrDefault(Loss, Loss.Squared, "The loss", request.Problems).Of(data, request.Problems);
        return new CustomModel(Name, Train(request, data, Chosen));
    }

    /// <summary>Fits the model on another thread.</summary>
    /// <inheritdoc cref="Fit(Dataset, Dataset, IProgress{EpochReport}, CancellationToken)"/>
    public Task<CustomModel> FitAsync(Dataset data, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Fit(data, validation, progress, cancellationToken), cancellationToken);

    private protected override EstimatorSettings WithoutStart() => this with { WarmStart = null };

    private Solver Chosen() => HasL1 ? new Fista() : Loss is { IsRough: true } ? new Sgd() : new Lbfgs();
}

/// <summary>A fitted model of your own. It never changes, and any number of threads may ask it at once.</summary>
/// <remarks>Predictions go through the function that defines it, some hundreds of rows at a time. Two models are equal when they have the same
/// names and the same parameters.</remarks>
/// <example><code>
/// var line = new CustomEstimator("line", [("w", [2, 1]), ("b", [1])], (p, x) => x.matmul(p[0]) + p[1]);
/// Dataset data = Synthetic.Linear([2.0, -3.4]);
/// CustomModel model = line.Fit(data);
/// Console.WriteLine($"{model}: {model.Evaluate(data).R2}");
/// </code></example>
public sealed class CustomModel : IEquatable<CustomModel>
{
    private readonly FSharp.Trained trained;
    private readonly string[] classNames;

    internal CustomModel(string name, Found found)
    {
        trained = found.Trained;
        Name = name;
        SolverUsed = found.Solver;
        FeatureNames = Array.AsReadOnly(found.FeatureNames);
        classNames = found.OutputNames;
        Values = [.. trained.parameters];
        Parameters = trained.model.parameters.Zip(Values).ToDictionary(both => both.First.name, both => both.Second);
    }

    /// <summary>What the model is called.</summary>
    public string Name { get; }

    /// <summary>The names of the features, in the order in which rows give them.</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <summary>The parameters by their names; they are those of features as <see cref="Scaling"/> has them.</summary>
    public IReadOnlyDictionary<string, Tensor> Parameters { get; }

    /// <summary>What each epoch gave; empty for solvers that have none.</summary>
    public TrainingHistory History => trained.history;

    /// <summary>The solver that found the parameters: what <see cref="Solver.Auto"/> stood for.</summary>
    public Solver SolverUsed { get; }

    /// <summary>How it computed, in words.</summary>
    public string RuleUsed => trained.rule;

    /// <summary>Whether the solver came to its end; see <see cref="TrainedModel.Converged"/>.</summary>
    public bool Converged => trained.converged;

    /// <summary>How a solver that looks for a minimum ended; null for <see cref="Sgd"/>.</summary>
    public Convergence? Convergence => trained.convergence;

    internal Tensor[] Values { get; }

    /// <summary>The scores of a row.</summary>
    /// <param name="row">A value for each feature, as it was measured.</param>
    /// <returns>A number for each output, in a new array.</returns>
    /// <exception cref="ShapeException">The row has not as many values as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite; its feature is named.</exception>
    public double[] Predict(ReadOnlySpan<double> row)
    {
        if (row.Length != FeatureNames.Count)
            FSharp.Front.rowToPredict(row.Length, FeatureNames.Count);
        return FSharp.Front.scores(trained, Dataset.From([row.ToArray()], [0.0]).WithFeatureNames([.. FeatureNames]));
    }

    /// <summary>The scores of each row.</summary>
    /// <param name="rows">The rows; their targets are not looked at.</param>
    /// <returns>A row for each of them and a column for each output.</returns>
    /// <exception cref="ShapeException">The rows have not as many columns as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite; its row and feature are named.</exception>
    public double[,] Predict(Dataset rows)
    {
        double[] scores = Scores(rows);
        var matrix = new double[rows.Rows, scores.Length / rows.Rows];
        Buffer.BlockCopy(scores, 0, matrix, 0, scores.Length * sizeof(double));
        return matrix;
    }

    /// <summary>How good the predictions of numbers are: R² and errors.</summary>
    /// <param name="data">Rows with numbers. Their weights count.</param>
    /// <exception cref="ShapeException">The rows have not as many columns as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite, or the targets are classes.</exception>
    /// <exception cref="SettingsException">There are not as many targets as outputs.</exception>
    public RegressionScores Evaluate(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        data = FSharp.Front.counted(data);
        double[] scores = Scores(data);
        return FSharp.Front.regressionScores(scores, scores.Length / data.Rows, data);
    }

    /// <summary>How good the scores of classes are: accuracy, log-loss and the like, as for the classifiers.</summary>
    /// <param name="data">Rows with classes, which are found by their names. Their weights count.</param>
    /// <exception cref="ShapeException">The rows have not as many columns as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite, or a row has a class that the model has never seen.</exception>
    public ClassificationScores EvaluateClasses(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        data = FSharp.Front.counted(data);
        return FSharp.Front.classificationScores(Scores(data), classNames, false, data);
    }

    /// <summary>A page of how the model does on data: scores, the worst mistakes, the course of the training, and how it was found.</summary>
    /// <param name="data">Rows to look at, with numbers or with classes. Their weights count.</param>
    /// <exception cref="ShapeException">The rows have not as many columns as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite, or a row has a class that the model has never seen.</exception>
    /// <exception cref="SettingsException">There are not as many targets as outputs.</exception>
    public Report Report(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return FSharp.Front.reportOwn(trained, SolverUsed.ToString(), FeatureNames, classNames, Scores, data);
    }

    /// <summary>Two models are equal when they have the same names and the same parameters.</summary>
    /// <param name="other">The other model.</param>
    public bool Equals(CustomModel? other) =>
        other is not null
        && Name == other.Name
        && FeatureNames.SequenceEqual(other.FeatureNames)
        && Parameters.Keys.SequenceEqual(other.Parameters.Keys)
        && Values.Zip(other.Values).All(both => both.First.Equals(both.Second));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CustomModel);

    /// <summary>A hash that agrees with <see cref="Equals(CustomModel)"/>.</summary>
    public override int GetHashCode() => HashCode.Combine(Name, Values.Length);

    /// <summary>The model and its parameters, and how they were found.</summary>
    public override string ToString() => $"{trained.model} ({RuleUsed}{(Converged || History.Count > 0 ? "" : ", not converged")})";

    private double[] Scores(Dataset rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Columns != FeatureNames.Count)
            FSharp.Front.rowsToPredict(rows.Columns, FeatureNames.Count);
        return FSharp.Front.scores(trained, rows);
    }
}
