using System;
using System.Collections.Generic;
using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using System.Threading;
using System.Threading.Tasks;

namespace LinearNets;

/// <summary>Linear regression: numbers as weighted sums of features, ŷ = x·W + b.</summary>
/// <remarks>By default these are least squares, exact to the digits that the data have, with standard errors. With a million rows of ten
/// columns that takes well under a second.</remarks>
/// <example><code>
/// double[,] x = { { 120, 7 }, { 80, 30 }, { 95, 12 }, { 60, 3 }, { 140, 1 } };
/// double[] y = [350, 210, 260, 190, 500];
/// LinearModel model = new LinearRegression().Fit(x, y);
/// double price = model.Predict([120, 7]);
/// Console.WriteLine(model.Inference);
/// </code></example>
[JsonConverter(typeof(SettingsJsonConverter<LinearRegression>))]
public sealed record LinearRegression : TrainingSettings
{
    /// <summary>The loss: by default the squared one.</summary>
    public Loss Loss { get; init; } = Loss.Squared;

    /// <summary>A model to begin from, with as many features and outputs; by default none. <see cref="LeastSquares"/> do not need it.</summary>
    public LinearModel? WarmStart { get; init; }

    /// <inheritdoc cref="EstimatorSettings.FromJson(string)"/>
    /// <summary>Settings as <see cref="EstimatorSettings.ToJson(bool)"/> writes them; their kind need not be named.</summary>
    public static new LinearRegression FromJson(string json) => JsonFields.Read<LinearRegression>(json, SettingsJson.Estimator);

    /// <summary>Fits a model to a data set.</summary>
    /// <param name="data">What to learn from.</param>
    /// <param name="validation">Data to look at after each epoch of <see cref="Sgd"/>; other solvers have no epochs.</param>
    /// <param name="progress">Who is told of each epoch, on the thread that trains.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    /// <returns>The model, which never changes.</returns>
    /// <remarks>Costs what the solver costs; see <see cref="Solver"/>. The data are not copied, except to scale them.</remarks>
    /// <exception cref="ArgumentNullException">There are no data.</exception>
    /// <exception cref="SettingsException">Settings cannot be used, or do not suit the data or each other; all are listed.</exception>
    /// <exception cref="DataException">A value is not finite, or columns are combinations of others; its place is named.</exception>
    /// <exception cref="DerivativeException">A loss of your own does not depend on the predictions.</exception>
    /// <exception cref="DivergedException">A loss stopped being finite, or exploded.</exception>
    /// <exception cref="DeviceException">The device is not there.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    public LinearModel Fit(Dataset data, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        FSharp.Request request = Request(data, validation, progress, WarmStart, cancellationToken);
        FSharp.Front.takes(request, FSharp.Takes.Numbers);
        request.Loss = Setting.OrDefault(Loss, Loss.Squared, "The loss", request.Problems).OfNumbers(request.Problems);
        return new LinearModel(Train(request, data, () => Chosen(data)));
    }

    /// <summary>Fits a model to rows of features and a target for each.</summary>
    /// <inheritdoc cref="Fit(Dataset, Dataset, IProgress{EpochReport}, CancellationToken)"/>
    /// <param name="features">A row for each example.</param>
    /// <param name="targets">A number for each row.</param>
    /// <param name="validation">Data to look at after each epoch.</param>
    /// <param name="progress">Who is told of each epoch.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    /// <exception cref="ArgumentNullException">There are no features or no targets.</exception>
    /// <exception cref="ShapeException">There are not as many targets as rows, or rows of different lengths.</exception>
    [OverloadResolutionPriority(1)]
    public LinearModel Fit(Rows features, IReadOnlyList<double> targets, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default) =>
        Fit(Dataset.From(features, targets), validation, progress, cancellationToken);

    /// <inheritdoc cref="Fit(Rows, IReadOnlyList{double}, Dataset, IProgress{EpochReport}, CancellationToken)"/>
    public LinearModel Fit(Rows features, IReadOnlyList<float> targets, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default) =>
        Fit(Dataset.From(features, targets), validation, progress, cancellationToken);

    /// <summary>Fits a model of several outputs.</summary>
    /// <inheritdoc cref="Fit(Rows, IReadOnlyList{double}, Dataset, IProgress{EpochReport}, CancellationToken)"/>
    /// <param name="features">A row for each example.</param>
    /// <param name="targets">A row of numbers for each row of features.</param>
    /// <param name="validation">Data to look at after each epoch.</param>
    /// <param name="progress">Who is told of each epoch.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    public LinearModel Fit(Rows features, Rows targets, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default) =>
        Fit(Dataset.From(features, targets), validation, progress, cancellationToken);

    /// <summary>Fits a model to objects; the features get the names of what is read.</summary>
    /// <inheritdoc cref="Fit(Dataset, Dataset, IProgress{EpochReport}, CancellationToken)"/>
    /// <typeparam name="TRow">The type of a row.</typeparam>
    /// <param name="rows">The rows.</param>
    /// <param name="target">What to predict of a row.</param>
    /// <param name="features">From what.</param>
    /// <example><code>
    /// LinearModel model = new LinearRegression().Fit(houses, h => h.Price, h => h.Area, h => h.Age);
    /// </code></example>
    public LinearModel Fit<TRow>(IEnumerable<TRow> rows, Expression<Func<TRow, double>> target, params Expression<Func<TRow, double>>[] features) =>
        Fit(Dataset.FromRows(rows, target, features));

    /// <summary>Fits a model on another thread.</summary>
    /// <inheritdoc cref="Fit(Dataset, Dataset, IProgress{EpochReport}, CancellationToken)"/>
    public Task<LinearModel> FitAsync(Dataset data, Dataset? validation = null, IProgress<EpochReport>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Fit(data, validation, progress, cancellationToken), cancellationToken);

    private Solver Chosen(Dataset data)
    {
        const int MostExactColumns = 2048;
        bool squared = Loss is null || Loss.IsSquared;
        if (!squared && Loss!.IsRough)
            return new Sgd();
        if (HasL1)
            return squared && FitIntercept ? new CoordinateDescent() : new Fista();
        bool fits = !data.IsSparse || (long)data.Rows * data.Columns <= TableModule.mostDense;
        return squared && fits && data.Columns <= MostExactColumns ? Solver.LeastSquares : new Lbfgs();
    }

    private protected override EstimatorSettings WithoutStart() => this with { WarmStart = null };
}
