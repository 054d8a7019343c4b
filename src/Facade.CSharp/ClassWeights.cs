using System;
using System.Collections.Generic;
using System.Linq;

namespace LinearNets;

/// <summary>How much the rows of each class count.</summary>
/// <remarks>The default of the classifiers is no weights: every row counts as one. They are multiplied into the weights of the rows and cost
/// nothing.</remarks>
/// <example><code>
/// var fair = new SoftmaxClassifier { ClassWeights = ClassWeights.Balanced };
/// var careful = new LogisticRegression { ClassWeights = ClassWeights.Of(("ham", 1), ("spam", 0.2)) };
/// </code></example>
public sealed record ClassWeights
{
    private ClassWeights(double[]? byNumber, (string Name, double Weight)[]? byName) => (ByNumber, ByName) = (byNumber, byName);

    internal double[]? ByNumber { get; }

    internal (string Name, double Weight)[]? ByName { get; }

    /// <summary>Every class counts the same, however many rows it has.</summary>
    public static ClassWeights Balanced { get; } = new(null, null);

    /// <summary>A weight for each class, in the order of the data's <c>ClassNames</c>.</summary>
    /// <param name="weights">The weights, above 0; they are checked when something is fitted.</param>
    /// <exception cref="ArgumentNullException">There are no weights.</exception>
    public static ClassWeights Of(params double[] weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return new([.. weights], null);
    }

    /// <summary>Weights of some classes by their names; the others have 1.</summary>
    /// <param name="weights">The names and weights, above 0; they are checked when something is fitted.</param>
    /// <exception cref="ArgumentNullException">There are no weights.</exception>
    public static ClassWeights Of(params (string Name, double Weight)[] weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return new(null, [.. weights]);
    }

    /// <summary>Weights are equal when they are the same numbers for the same classes.</summary>
    /// <param name="other">The other weights.</param>
    public bool Equals(ClassWeights? other) =>
        other is not null && Same(ByNumber, other.ByNumber) && Same(ByName, other.ByName);

    /// <summary>A hash that agrees with <see cref="Equals(ClassWeights)"/>.</summary>
    public override int GetHashCode() => HashCode.Combine(ByNumber?.Length, ByName?.Length);

    /// <summary>The weights.</summary>
    public override string ToString() =>
        ByNumber is not null ? string.Join(", ", ByNumber.Select(Text.Of))
        : ByName is not null ? string.Join(", ", ByName.Select(one => $"{one.Name} {Text.Of(one.Weight)}"))
        : "balanced";

    /// <summary>By class number; what cannot be used is left to the solver to say.</summary>
    internal double[] Core(Dataset data, ICollection<string> problems)
    {
        if (ByNumber is not null)
            return ByNumber;
        var weights = new double[data.ClassNames.Count];
        if (ByName is null)
        {
            Array.Fill(weights, 1);
            if (data.HasClasses)
                FSharp.Front.balancedClasses(data).CopyTo(weights, 0);
            return weights;
        }

        Array.Fill(weights, 1);
        foreach ((string name, double weight) in ByName)
        {
            int place = data.ClassNames.ToList().IndexOf(name);
            if (place >= 0)
                weights[place] = weight;
            else
                problems.Add($"There is a class weight for '{name}'; expected a class of the data: {string.Join(", ", data.ClassNames.Take(10))}.");
        }

        return weights;
    }

    private static bool Same<T>(T[]? a, T[]? b) => (a is null && b is null) || (a is not null && b is not null && a.SequenceEqual(b));
}

/// <summary>What is done to features before training. It is part of the model: whoever predicts gives them as they were measured.</summary>
/// <example><code>
/// var settings = new LinearRegression { Solver = new Sgd(), Scaling = Scaling.Standardize };
/// </code></example>
/// <remarks>The weights of a model are those of the features as they were measured, whatever was done for training; penalties are of the
/// weights of scaled features. Scaling costs a pass over the data and a copy of them, but for bytes.</remarks>
public enum Scaling
{
    /// <summary>Bytes, as the pixels of images are, are divided by 255; other numbers stay as they are.</summary>
    Auto = 0,

    /// <summary>Nothing.</summary>
    None = 1,

    /// <summary>Each column gets the mean 0 and the standard deviation 1.</summary>
    Standardize = 2,

    /// <summary>Each column goes from 0, its least value, to 1, its greatest.</summary>
    MinMax = 3,
}
