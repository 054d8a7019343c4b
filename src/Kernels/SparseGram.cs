// Sums of products over sparse rows: the matrix that Gram.cs makes of dense ones, of Z = [X 1 y].
//
//   G[i, j] = Σ_r s_r·Z[r, i]·Z[r, j]
//
// A row adds the products of the values it keeps. Threads share G by its rows, so that every sum is over the rows of X in order,
// whoever adds it up. Everything is computed in double; a sum is one chain.

using System;
using System.Numerics;

namespace LinearNets.Kernels;

internal static class SparseGram
{
    /// <summary>G [D; D], overwritten, D = d + 1 + q, of features [n; d], targets [n; q] and weights of rows or none.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    internal static void Sum<T>(CompressedRows<T> x, double[] y, double[]? weights, int targets, double[] gram, int threads)
        where T : unmanaged, INumber<T>
    {
        int size = checked(x.Width + 1 + targets);
        Lengths.Check(y.Length, (long)x.Count * targets);
        Lengths.Check(weights?.Length ?? x.Count, x.Count);
        Lengths.Check(gram.Length, (long)size * size);
        Array.Clear(gram);
        var work = new Products<T>(x, y, weights, targets, gram, new SparsePass<T>(x, 1).Cuts(threads, 1));
        Workers.Run(work, threads + 1, threads);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < i; j++)
                gram[(i * size) + j] = gram[(j * size) + i];
        }
    }

    private sealed class Products<T>(CompressedRows<T> x, double[] y, double[]? weights, int targets, double[] gram, int[] cuts) : IParts
        where T : unmanaged, INumber<T>
    {
        private readonly int size = x.Width + 1 + targets;

        /// <summary>A range of features, or after them the 1 and the targets.</summary>
        public void Do(int part, int worker)
        {
            for (int row = 0; row < x.Count; row++)
            {
                double weight = weights?[row] ?? 1;
                if (weight == 0)
                    continue;
                if (part == cuts.Length - 1)
                    Targets(row, weight);
                else if (cuts[part] < cuts[part + 1])
                    Features(row, weight, cuts[part], cuts[part + 1]);
            }
        }

        private void Features(int row, double weight, int low, int high)
        {
            int end = x.Starts[row + 1];
            ReadOnlySpan<double> own = y.AsSpan(row * targets, targets);
            for (int i = x.Starts[row]; i < end && x.Columns[i] < high; i++)
            {
                if (x.Columns[i] < low)
                    continue;
                double factor = weight * Real.ToDouble(x.Values[i]);
                Span<double> to = gram.AsSpan(x.Columns[i] * size, size);
                for (int k = i; k < end; k++)
                    to[x.Columns[k]] += factor * Real.ToDouble(x.Values[k]);
                to[x.Width] += factor;
                for (int k = 0; k < own.Length; k++)
                    to[x.Width + 1 + k] += factor * own[k];
            }
        }

        private void Targets(int row, double weight)
        {
            ReadOnlySpan<double> own = y.AsSpan(row * targets, targets);
            int at = x.Width * size;
            gram[at + x.Width] += weight;
            for (int k = 0; k < own.Length; k++)
            {
                gram[at + x.Width + 1 + k] += weight * own[k];
                for (int l = k; l < own.Length; l++)
                    gram[at + ((k + 1) * size) + x.Width + 1 + l] += weight * own[k] * own[l];
            }
        }
    }
}
