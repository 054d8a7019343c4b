using System;
using System.Collections.Generic;
using LinearNets.Tensors;
using Microsoft.FSharp.Core;

namespace LinearNets;

/// <summary>What a model is to make small: one value for each row, from what the model says and what is true.</summary>
/// <remarks>The library weights the rows, takes their mean and differentiates it. The built-in losses have kernels; one of your own is
/// differentiated automatically, which takes several times as long. A δ is checked when something is fitted.</remarks>
/// <example><code>
/// var robust = new LinearRegression { Loss = Loss.Huber(1.35) };
/// var logCosh = Loss.Custom("log-cosh", (yHat, y) =>
/// {
///     var r = yHat - y;
///     return (2.0 * r).softplus() - r - Math.Log(2);
/// });
/// </code></example>
public sealed record Loss
{
    internal enum Kinds
    {
        Squared,
        Absolute,
        CrossEntropy,
        Huber,
        Custom,
    }

    private readonly Func<Tensor, Tensor, Tensor>? rows;

    private Loss(Kinds kind, string name)
    {
        Kind = kind;
        Name = name;
    }

    private Loss(double delta)
        : this(Kinds.Huber, $"huber({Text.Of(delta)})") => Delta = delta;

    private Loss(string name, Func<Tensor, Tensor, Tensor> rows)
        : this(Kinds.Custom, name) => this.rows = rows;

    /// <summary>½(ŷ − y)², summed over the outputs of a row.</summary>
    public static Loss Squared { get; } = new(Kinds.Squared, "squared");

    /// <summary>|ŷ − y|, summed over the outputs of a row. It is not smooth: <see cref="Sgd"/> takes it.</summary>
    public static Loss Absolute { get; } = new(Kinds.Absolute, "absolute");

    /// <summary>Cross-entropy of the true class, from scores. It is the loss of the classifiers.</summary>
    public static Loss CrossEntropy { get; } = new(Kinds.CrossEntropy, "cross-entropy");

    /// <summary>The loss's name.</summary>
    public string Name { get; }

    /// <summary>½r² where |r| ≤ δ and δ(|r| − ½δ) beyond: squares for small residuals, and no more than slopes for outliers.</summary>
    /// <param name="delta">δ, above 0, in the units of the target.</param>
    public static Loss Huber(double delta) => new(delta);

    /// <summary>A loss of your own, differentiated automatically.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="rows">From predictions and targets, both [rows; outputs], to one value for each row, [rows] or [rows; 1]. It is a pure
    /// function. Solvers but <see cref="Sgd"/> take it for smooth.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    /// <exception cref="ArgumentNullException">There is no name or no function.</exception>
    public static Loss Custom(string name, Func<Tensor, Tensor, Tensor> rows)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(rows);
        return new(name, rows);
    }

    /// <summary>The loss's name.</summary>
    public override string ToString() => Name;

    internal Kinds Kind { get; }

    /// <summary>δ of Huber's.</summary>
    internal double Delta { get; }

    internal bool IsSquared => Kind == Kinds.Squared;

    /// <summary>Whether it is known to have no gradient somewhere.</summary>
    internal bool IsRough => Kind == Kinds.Absolute;

    /// <summary>The loss of what the targets are.</summary>
    internal FSharp.Loss Of(Dataset data, ICollection<string> problems) =>
        data.HasClasses && Kind == Kinds.CrossEntropy ? FSharp.LossModule.crossEntropy : OfNumbers(problems);

    /// <summary>The loss of numbers.</summary>
    internal FSharp.Loss OfNumbers(ICollection<string> problems)
    {
        switch (Kind)
        {
            case Kinds.Absolute:
                return FSharp.LossModule.absolute;
            case Kinds.Huber:
                return Setting.Make(() => FSharp.LossModule.huber(Delta), FSharp.LossModule.squared, problems);
            case Kinds.Custom:
                return FSharp.LossModule.define(Name, FuncConvert.FromFunc(rows!));
            case Kinds.CrossEntropy:
                problems.Add("The loss is cross-entropy, which is for classes; expected Squared, Absolute, Huber or Custom. Use LogisticRegression or SoftmaxClassifier.");
                break;
        }

        return FSharp.LossModule.squared;
    }

    /// <summary>The loss of the score of the second of two classes.</summary>
    internal FSharp.Loss OfTwoClasses(ICollection<string> problems)
    {
        switch (Kind)
        {
            case Kinds.Squared:
                return FSharp.LossModule.squaredSigmoid;
            case Kinds.Custom:
                return FSharp.LossModule.define(Name, FuncConvert.FromFunc(rows!));
            case Kinds.Absolute or Kinds.Huber:
                problems.Add($"The loss is {Name}; expected CrossEntropy, Squared or Custom for two classes.");
                break;
        }

        return FSharp.LossModule.binaryCrossEntropy;
    }
}

/// <summary>What is added to the mean loss for the weights: λ(ρ‖W‖₁ + (1 − ρ)/2 ‖W‖²). Biases are not penalised.</summary>
/// <remarks>The default is none. The weights are those of the features as they are scaled by <see cref="Scaling"/>. scikit-learn's
/// <c>alpha</c> of Lasso is this λ; docs/objective.md has the others. λ and ρ are checked when something is fitted.</remarks>
/// <example><code>
/// var ridge = new LinearRegression { Penalty = Penalty.L2(0.1) };
/// var net = new LinearRegression { Penalty = Penalty.ElasticNet(0.1, ratio: 0.5) };
/// </code></example>
public sealed record Penalty
{
    private Penalty(double lambda, double ratio)
    {
        Lambda = lambda;
        Ratio = ratio;
    }

    /// <summary>No penalty.</summary>
    public static Penalty None { get; } = new(0, 0);

    /// <summary>λ: how much the penalty counts.</summary>
    public double Lambda { get; }

    /// <summary>ρ: 0 is all L2, 1 is all L1.</summary>
    public double Ratio { get; }

    internal bool HasL1 => Lambda > 0 && Ratio > 0;

    /// <summary>λ/2 ‖W‖²: smaller weights.</summary>
    /// <param name="lambda">λ, 0 or more.</param>
    public static Penalty L2(double lambda) => new(lambda, 0);

    /// <summary>λ‖W‖₁: fewer weights.</summary>
    /// <param name="lambda">λ, 0 or more.</param>
    public static Penalty L1(double lambda) => new(lambda, 1);

    /// <summary>A mixture of both.</summary>
    /// <param name="lambda">λ, 0 or more.</param>
    /// <param name="ratio">ρ, from 0, all L2, to 1, all L1.</param>
    public static Penalty ElasticNet(double lambda, double ratio) => new(lambda, ratio);

    /// <summary>The penalty as it was made.</summary>
    public override string ToString() => (Lambda, Ratio) switch
    {
        (0, _) => "none",
        (_, 0) => $"L2({Text.Of(Lambda)})",
        (_, 1) => $"L1({Text.Of(Lambda)})",
        _ => $"elastic net({Text.Of(Lambda)}, {Text.Of(Ratio)})",
    };

    internal FSharp.Penalty Core(ICollection<string> problems) =>
        Setting.Make(() => FSharp.PenaltyModule.elasticNet(Lambda, Ratio), FSharp.PenaltyModule.none, problems);
}
