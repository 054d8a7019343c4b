// How a minimum is looked for. What each can do, and what it costs:
//
//   LeastSquares       squared loss, L2                  n·d² once            right to the last digits; inference
//   Lbfgs              smooth losses, L2                 n·d·q an iteration   the minimum of most things
//   Newton             cross-entropy, squared; L2        n·(d·q)² a step      few parameters, the last digits
//   CoordinateDescent  squared loss, L1 and L2           n·d² once, d² a sweep
//   Fista              smooth losses, L1 and L2          n·d·q an iteration
//   Sgd                any loss, any penalty             n·d·q an epoch       data of any size
//
// docs/solvers.md has the whole table. A solver is data: it is checked, together with the data, when something is fitted.


namespace LinearNets;

/// <summary>How the parameters of a model are found.</summary>
/// <remarks>The default everywhere is <see cref="Auto"/>. A solver that cannot take the loss, the penalty or the data is a
/// <see cref="SettingsException"/> of <c>Fit</c> that names one that can.</remarks>
/// <example><code>
/// var exact = new LinearRegression();                                         // Solver.Auto
/// var book = new LinearRegression { Solver = new Sgd { LearningRate = 0.03, BatchSize = 10, Epochs = 3 } };
/// var lasso = new LinearRegression { Solver = new CoordinateDescent(), Penalty = Penalty.L1(0.1) };
/// </code></example>
public abstract record Solver
{
    private protected Solver()
    {
    }

    /// <summary>A solver chosen by the loss, the penalty and the numbers of rows, columns and outputs, and by nothing else.</summary>
    /// <remarks><para><see cref="LinearRegression"/>: with the squared loss <see cref="CoordinateDescent"/> where there is an L1
    /// penalty, otherwise <see cref="LeastSquares"/> up to 2048 columns and <see cref="Lbfgs"/> beyond; with other smooth losses, a loss of
    /// your own among them, <see cref="Fista"/> where there is an L1 penalty and otherwise <see cref="Lbfgs"/>; with the absolute loss
    /// <see cref="Sgd"/>. Without an intercept <see cref="Fista"/> stands in for coordinate descent.</para>
    /// <para>The classifiers: <see cref="Fista"/> with an L1 penalty; otherwise <see cref="Lbfgs"/> up to 2³⁰ multiplications of rows,
    /// columns and classes, some half a minute, and <see cref="Sgd"/> beyond. The model's <c>SolverUsed</c> says which it was.</para></remarks>
    public static Solver Auto { get; } = new AutoSolver();

    /// <summary>Least squares by orthogonal factorisation with refinement: squared loss, with an L2 penalty or none.</summary>
    public static LeastSquares LeastSquares { get; } = new();

    /// <summary>The model of a request, by this solver.</summary>
    internal abstract FSharp.Trained Train(FSharp.Request request);

    /// <summary>The solver as JSON; a function that it has is there by its name.</summary>
    internal virtual string Json => JsonFields.Write(this, SettingsJson.Solver, indented: false, isRecord: true);

    /// <summary>The solver of a file: one that only prints itself where a function of its own is missing, or where another program made it.</summary>
    internal static Solver OfFile(string text, string json)
    {
        try
        {
            return JsonFields.Read<Solver>(json, SettingsJson.Solver);
        }
        catch (SettingsException)
        {
            return new SavedSolver(text, json);
        }
    }

    private sealed record SavedSolver(string Text, string OwnJson) : Solver
    {
        internal override string Json => OwnJson;

        internal override FSharp.Trained Train(FSharp.Request request) => FSharp.Front.savedSolver(Text);

        public override string ToString() => Text;
    }

    private sealed record AutoSolver : Solver
    {
        internal override FSharp.Trained Train(FSharp.Request request) =>
            throw new System.InvalidOperationException("A solver is chosen before anything is trained.");

        public override string ToString() => "Auto";
    }
}

/// <summary>Least squares, right to the digits that the data have, with standard errors, tests and intervals.</summary>
/// <remarks>Takes the squared loss, with an L2 penalty or none. Costs one pass over the rows with d² multiplications for each; badly
/// conditioned columns cost a factorisation. A warm start changes nothing, since there is nothing to begin from.</remarks>
/// <example><code>
/// var settings = new LinearRegression { Solver = new LeastSquares { RankDeficiency = RankDeficiency.MinimumNorm } };
/// </code></example>
public sealed record LeastSquares : Solver
{
    /// <summary>What to do where columns are combinations of others: by default an error that names them.</summary>
    public RankDeficiency RankDeficiency { get; init; } = RankDeficiency.Error;

    /// <summary>What row weights mean to inference: by default how much a row counts, not how many rows there are like it.</summary>
    public WeightKind WeightKind { get; init; } = WeightKind.Importance;

    internal override FSharp.Trained Train(FSharp.Request request) =>
        FSharp.Front.leastSquares(request, RankDeficiency, WeightKind);
}

/// <summary>Stochastic gradient descent on minibatches, as in the book, with an optimizer and a schedule of one's choice.</summary>
/// <remarks>Takes every loss and penalty and data of any size, and stops where the epochs end, not where a minimum is. The same seed
/// gives the same bits, whatever the number of threads.</remarks>
/// <example><code>
/// var settings = new SoftmaxClassifier
/// {
///     Solver = new Sgd
///     {
///         Schedule = Schedule.Cosine(0.1, 0.0, steps: 2350),
///         Optimizer = Optimizer.Momentum(0.9),
///         BatchSize = 256,
///         EarlyStopping = new EarlyStopping(3),
///     },
/// };
/// </code></example>
public sealed record Sgd : Solver
{
    private const double UsualRate = 0.03;

    /// <summary>The learning rate: 0.03 where neither it nor a schedule is given.</summary>
    public double? LearningRate { get; init; }

    /// <summary>A learning rate for each update, in place of one for all.</summary>
    public Schedule? Schedule { get; init; }

    /// <summary>The rows of a minibatch: 32. At least the number of rows is full-batch descent.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>How often to go through the data: 10 times.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>How a gradient becomes an update: plain descent.</summary>
    public Optimizer Optimizer { get; init; } = Optimizer.Sgd;

    /// <summary>When to stop before the last epoch; by default never. It wants validation data.</summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>Whether to visit the rows in another random order in each epoch, which is the default.</summary>
    public bool Shuffle { get; init; } = true;

    internal override FSharp.Trained Train(FSharp.Request request)
    {
        if (LearningRate is double given && Schedule is not null)
            request.Problems.Add($"The learning rate is {Text.Of(given)} and there is a schedule, too; expected one of the two.");
        FSharp.Optimizer optimizer = Setting.OrDefault(Optimizer, Optimizer.Sgd, "The optimizer", request.Problems)
            .Core(LearningRate ?? UsualRate, Schedule, request.Problems);
        return FSharp.Front.sgd(request, optimizer, BatchSize, Epochs, Shuffle, EarlyStopping?.Patience, EarlyStopping?.MinDelta ?? 0);
    }
}

/// <summary>L-BFGS: the minimum of smooth losses, from gradients of all rows.</summary>
/// <remarks>Takes squared, Huber's and cross-entropy losses and smooth ones of your own, with an L2 penalty or none. Costs a pass over the
/// rows for each iteration, some tens to hundreds of them.</remarks>
/// <example><code>
/// var settings = new SoftmaxClassifier { Solver = new Lbfgs { Tolerance = 1e-6 }, Penalty = Penalty.L2(1e-4) };
/// </code></example>
public sealed record Lbfgs : Solver
{
    /// <summary>How small every component of the gradient is to be. By default 1e-8 for 64-bit features and 1e-5 for others.</summary>
    public double? Tolerance { get; init; }

    /// <summary>The most iterations: 1000.</summary>
    public int Iterations { get; init; } = 1000;

    /// <summary>How many changes of the gradient are remembered: 10.</summary>
    public int Memory { get; init; } = 10;

    internal override FSharp.Trained Train(FSharp.Request request) => FSharp.Front.lbfgs(request, Tolerance, Iterations, Memory);
}

/// <summary>Newton's method: the minimum to the last digits, for at most 1000 parameters.</summary>
/// <remarks>Takes cross-entropy and the squared loss, with an L2 penalty or none, and wants an intercept. Costs n·(d·q)² for each of some
/// ten steps.</remarks>
/// <example><code>
/// var settings = new LogisticRegression { Solver = new Newton() };
/// </code></example>
public sealed record Newton : Solver
{
    /// <summary>How small every component of the gradient is to be: 1e-12.</summary>
    public double Tolerance { get; init; } = 1e-12;

    /// <summary>The most iterations: 100.</summary>
    public int Iterations { get; init; } = 100;

    internal override FSharp.Trained Train(FSharp.Request request) => FSharp.Front.newton(request, Tolerance, Iterations);
}

/// <summary>Coordinate descent: lasso and elastic net, with a bound on how far the result is from the best there is.</summary>
/// <remarks>Takes the squared loss with an L1 or L2 penalty or both, and wants an intercept. Costs one pass over the rows with d²
/// multiplications for each, then d² a sweep.</remarks>
/// <example><code>
/// LinearModel lasso = new LinearRegression { Solver = new CoordinateDescent(), Penalty = Penalty.L1(0.1) }.Fit(x, y);
/// </code></example>
public sealed record CoordinateDescent : Solver
{
    /// <summary>How small the duality gap is to be, as a share of the objective of a model that predicts the mean: 1e-8.</summary>
    public double Tolerance { get; init; } = 1e-8;

    /// <summary>The most sweeps over the coordinates: 10000.</summary>
    public int Sweeps { get; init; } = 10000;

    internal override FSharp.Trained Train(FSharp.Request request) => FSharp.Front.coordinateDescent(request, Tolerance, Sweeps);
}

/// <summary>Accelerated proximal gradients: L1 and elastic net penalties with any smooth loss.</summary>
/// <remarks>Takes every smooth loss; it wants an L1 penalty, which is what it is for. Costs a pass or two over the rows for each of some
/// hundreds of iterations.</remarks>
/// <example><code>
/// var sparse = new SoftmaxClassifier { Solver = new Fista(), Penalty = Penalty.L1(0.01) };
/// </code></example>
public sealed record Fista : Solver
{
    /// <summary>How near 0 every component of a subgradient is to be. By default 1e-8 for 64-bit features and 1e-5 for others.</summary>
    public double? Tolerance { get; init; }

    /// <summary>The most iterations: 10000.</summary>
    public int Iterations { get; init; } = 10000;

    internal override FSharp.Trained Train(FSharp.Request request) => FSharp.Front.fista(request, Tolerance, Iterations);
}
