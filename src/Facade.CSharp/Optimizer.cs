using System;
using System.Collections.Generic;
using Microsoft.FSharp.Core;

namespace LinearNets;

/// <summary>How a gradient becomes an update of the parameters.</summary>
/// <remarks>The default of <see cref="Sgd"/> is plain descent. Plain descent, momentum, Nesterov's and Adam run in the fused kernel at the
/// speed of the pass over the rows; Adagrad and RMSProp run by the definitions and are several times slower. Constants are checked when
/// something is fitted.</remarks>
/// <example><code>
/// var solver = new Sgd { Optimizer = Optimizer.Adam(), LearningRate = 0.001 };
/// </code></example>
public sealed record Optimizer
{
    private Optimizer(string kind, double a = 0, double b = 0, double c = 0)
    {
        Kind = kind;
        Constants = (a, b, c);
    }

    internal string Kind { get; }

    internal (double A, double B, double C) Constants { get; }

    /// <summary>p ← p − ηg.</summary>
    public static Optimizer Sgd { get; } = new("sgd");

    /// <summary>s ← s + g², p ← p − ηg/√s.</summary>
    public static Optimizer Adagrad { get; } = new("adagrad");

    /// <summary>v ← βv + g, p ← p − ηv.</summary>
    /// <param name="beta">How much of the last update is kept, from 0 to below 1.</param>
    public static Optimizer Momentum(double beta) => new("momentum", beta);

    /// <summary>v ← βv + g, p ← p − η(g + βv).</summary>
    /// <param name="beta">How much of the last update is kept, from 0 to below 1.</param>
    public static Optimizer Nesterov(double beta) => new("nesterov", beta);

    /// <summary>Adam: p ← p − η m̂/(√v̂ + ε).</summary>
    /// <param name="beta1">How much of the mean gradient is kept.</param>
    /// <param name="beta2">How much of the mean square is kept.</param>
    /// <param name="epsilon">What is added to its root.</param>
    public static Optimizer Adam(double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8) => new("adam", beta1, beta2, epsilon);

    /// <summary>Adam with decoupled weight decay: p ← (1 − ηλ)p − η m̂/(√v̂ + ε). Biases do not decay.</summary>
    /// <param name="decay">λ, 0 or more.</param>
    public static Optimizer AdamW(double decay) => new("adamW", decay);

    /// <summary>s ← γs + (1 − γ)g², p ← p − ηg/√s.</summary>
    /// <param name="gamma">How much of the mean square is kept, from 0 to below 1.</param>
    public static Optimizer RmsProp(double gamma = 0.9) => new("rmsProp", gamma);

    /// <summary>Descent that moves every weight towards 0 by ηλ and no further, so that weights become exactly 0.</summary>
    /// <param name="lambda">λ, 0 or more. Give the model no L1 penalty of its own beside it.</param>
    public static Optimizer Proximal(double lambda) => new("proximal", lambda);

    /// <summary>The optimizer's name and Constants.</summary>
    public override string ToString() => Kind switch
    {
        "sgd" or "adagrad" => Kind,
        "adam" => $"adam({Text.Of(Constants.A)}, {Text.Of(Constants.B)}, {Text.Of(Constants.C)})",
        _ => $"{Kind}({Text.Of(Constants.A)})",
    };

    internal FSharp.Optimizer Core(double rate, Schedule? schedule, ICollection<string> problems)
    {
        FSharp.Optimizer Make(double rate) => Kind switch
        {
            "adagrad" => FSharp.OptimizerModule.adagrad(rate),
            "momentum" => FSharp.OptimizerModule.momentum(rate, Constants.A),
            "nesterov" => FSharp.OptimizerModule.nesterov(rate, Constants.A),
            "adam" => FSharp.OptimizerModule.adamWith(rate, Constants.A, Constants.B, Constants.C),
            "adamW" => FSharp.OptimizerModule.adamW(rate, Constants.A),
            "rmsProp" => FSharp.OptimizerModule.rmsProp(rate, Constants.A),
            "proximal" => FSharp.OptimizerModule.proximal(rate, Constants.A),
            _ => FSharp.OptimizerModule.sgd(rate),
        };

        FSharp.Optimizer first = Setting.Make(() => Make(rate), FSharp.OptimizerModule.sgd(1), problems);
        FSharpFunc<int, double>? rates = schedule?.Core(problems);
        return rates is null || problems.Count > 0
            ? first
            : FSharp.OptimizerModule.scheduled(rates, FuncConvert.FromFunc<double, FSharp.Optimizer>(Make));
    }
}

/// <summary>A learning rate for each update, counted from 0.</summary>
/// <remarks>Updates are counted, not epochs: an epoch of n rows in minibatches of b is ⌈n/b⌉ of them. A schedule costs an epoch little,
/// but the kernel then makes one update at a time. Rates are checked when something is fitted.</remarks>
/// <example><code>
/// var solver = new Sgd { Schedule = Schedule.WarmUp(100, Schedule.Cosine(0.1, 0.0, steps: 2000)) };
/// </code></example>
public sealed record Schedule
{
    private Schedule(string kind, string name, double rate = 0, double other = 0, int steps = 0) =>
        (Kind, Name, Rate, Other, Steps) = (kind, name, rate, other, steps);

    internal string Kind { get; }

    internal string Name { get; }

    internal double Rate { get; }

    /// <summary>The factor, or the last rate.</summary>
    internal double Other { get; }

    internal int Steps { get; }

    /// <summary>What a rise leads to.</summary>
    internal Schedule? Next { get; private init; }

    private Func<int, double>? Own { get; init; }

    /// <summary>The schedule, or where its numbers cannot be used a problem more.</summary>
    internal FSharpFunc<int, double> Core(ICollection<string> problems) => Setting.Make(Make, FSharp.ScheduleModule.constant(1), problems);

    private FSharpFunc<int, double> Make() => Kind switch
    {
        "constant" => FSharp.ScheduleModule.constant(Rate),
        "step" => FSharp.ScheduleModule.step(Rate, Other, Steps),
        "exponential" => FSharp.ScheduleModule.exponential(Rate, Other),
        "cosine" => FSharp.ScheduleModule.cosine(Rate, Other, Steps),
        "warmUp" => FSharp.ScheduleModule.warmUp(Steps, Next!.Make()),
        _ => FuncConvert.FromFunc(Own!),
    };

    /// <summary>The same rate at every step.</summary>
    /// <param name="rate">The rate, above 0.</param>
    public static Schedule Constant(double rate) => new("constant", Text.Of(rate), rate);

    /// <summary>A rate that is multiplied by a factor after every so many steps.</summary>
    /// <param name="rate">The first rate.</param>
    /// <param name="factor">What it is multiplied by.</param>
    /// <param name="every">After how many steps, 1 or more.</param>
    public static Schedule Step(double rate, double factor, int every) =>
        new("step", $"{Text.Of(rate)}, times {Text.Of(factor)} every {every} steps", rate, factor, every);

    /// <summary>A rate that is multiplied by a factor after every step.</summary>
    /// <param name="rate">The first rate.</param>
    /// <param name="factor">What it is multiplied by.</param>
    public static Schedule Exponential(double rate, double factor) =>
        new("exponential", $"{Text.Of(rate)}, times {Text.Of(factor)} every step", rate, factor);

    /// <summary>Half a cosine from a rate to a final one, and then the final one.</summary>
    /// <param name="rate">The first rate.</param>
    /// <param name="final">The last rate.</param>
    /// <param name="steps">In how many steps, 1 or more.</param>
    public static Schedule Cosine(double rate, double final, int steps) =>
        new("cosine", $"{Text.Of(rate)} to {Text.Of(final)} by a cosine of {steps} steps", rate, final, steps);

    /// <summary>A rate that rises evenly to the first one of another schedule, which it then follows from its beginning.</summary>
    /// <param name="steps">In how many steps, 1 or more.</param>
    /// <param name="next">The other schedule.</param>
    /// <exception cref="ArgumentNullException">There is no other schedule.</exception>
    public static Schedule WarmUp(int steps, Schedule next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return new("warmUp", $"a rise of {steps} steps to {next}", steps: steps) { Next = next };
    }

    /// <summary>A schedule of your own. It is compared by its name.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="rate">The rate of a step, counted from 0: a pure function, which may be asked for any step more than once.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    /// <exception cref="ArgumentNullException">There is no name or no function.</exception>
    public static Schedule Custom(string name, Func<int, double> rate)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(rate);
        return new("custom", name) { Own = rate };
    }

    /// <summary>Two schedules are equal when they have the same name, which for the built-in ones has all their numbers.</summary>
    /// <param name="other">The other schedule.</param>
    public bool Equals(Schedule? other) => other is not null && Name == other.Name;

    /// <summary>A hash that agrees with <see cref="Equals(Schedule)"/>.</summary>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <summary>The schedule in words.</summary>
    public override string ToString() => Name;
}

/// <summary>When to stop before the last epoch: after so many epochs in a row without a better loss on the validation data.</summary>
/// <remarks>The parameters of the best epoch are then the result. Each epoch costs a pass over the validation data.</remarks>
/// <param name="Patience">How many epochs may pass without a better loss, 1 or more.</param>
/// <example><code>
/// var solver = new Sgd { Epochs = 100, EarlyStopping = new EarlyStopping(3) { MinDelta = 1e-4 } };
/// </code></example>
public sealed record EarlyStopping(int Patience)
{
    /// <summary>By how much a loss must be lower to be better: by anything.</summary>
    public double MinDelta { get; init; }
}
