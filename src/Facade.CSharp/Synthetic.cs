using System;
using LinearNets.Tensors;
using Microsoft.FSharp.Collections;

namespace LinearNets;

/// <summary>Data made from a seed, with known answers.</summary>
/// <remarks>The same seed makes the same bits on every machine.</remarks>
/// <example><code>
/// Dataset line = Synthetic.Linear([2.0, -3.4], bias: 4.2);
/// LinearModel model = new LinearRegression().Fit(line);     // weights 2 and −3.4
/// </code></example>
public static class Synthetic
{
    /// <summary>y = x·weights + bias + noise, with standard normal features: by default the book's 1000 rows.</summary>
    /// <param name="weights">The true weight of each feature.</param>
    /// <param name="bias">The true bias.</param>
    /// <param name="noise">The standard deviation of the noise.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>Rows of 32-bit numbers.</returns>
    /// <exception cref="ArgumentNullException">The weights are null.</exception>
    /// <exception cref="SettingsException">There are no weights or no rows, a number is not finite, or the noise is negative.</exception>
    public static Dataset Linear(double[] weights, double bias = 0, double noise = 0.01, int rows = 1000, int seed = 0)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return FSharp.Synthetic.linear(new FSharp.SyntheticLinear(ListModule.OfArray(weights), bias, noise, rows, seed, Dtype.Float32));
    }

    /// <summary>Rows around a random centre for each class, in random order.</summary>
    /// <param name="classes">How many classes.</param>
    /// <param name="columns">How many features.</param>
    /// <param name="spread">How far rows are from the centre of their class, as a standard deviation.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="SettingsException">There are fewer than two classes, fewer rows than classes, or no columns, or the spread is
    /// negative.</exception>
    public static Dataset Classes(int classes = 3, int columns = 2, double spread = 0.5, int rows = 300, int seed = 0) =>
        FSharp.Synthetic.classes(new FSharp.SyntheticClasses(classes, columns, spread, rows, seed));

    /// <summary>Grey images of 28×28 bytes of ten kinds of clothes, drawn from a seed: a stand-in for Fashion-MNIST that is there without
    /// a download.</summary>
    /// <param name="train">How many images to train on.</param>
    /// <param name="test">How many to test on.</param>
    /// <param name="seed">The seed.</param>
    /// <remarks>70,000 take a few seconds.</remarks>
    /// <exception cref="SettingsException">One of the two would have no rows.</exception>
    public static (Dataset Train, Dataset Test) Garments(int train, int test, int seed = 0) =>
        FSharp.Synthetic.garments(train, test, seed).ToValueTuple();
}
