// Scores of an affine model for sparse rows: scores[r, c] = scale·Σ_j w[j, c]·x[r, j] + b[c], in the parts that training has.

using System;
using System.Numerics;

namespace LinearNets.Kernels;

/// <summary>An affine model and the sparse rows it scores.</summary>
internal sealed unsafe class SparsePrediction<T> : IParts
    where T : unmanaged, INumber<T>
{
    private const int MostRows = SparsePass<T>.MostRows;

    private readonly SparsePass<T> pass;
    private readonly T[] weights;
    private readonly T[] biases;
    private readonly T scale;
    private readonly int[] rows;
    private readonly T[] scores;

    private SparsePrediction(CompressedRows<T> x, T[] weights, T[] biases, double scale, int[] rows)
    {
        int outputs = biases.Length;
        Lengths.Check(weights.Length, (long)x.Width * outputs);
        pass = new SparsePass<T>(x, outputs);
        this.weights = weights;
        if (pass.Stride != outputs)
        {
            this.weights = new T[checked(x.Width * pass.Stride)];
            for (int j = 0; j < x.Width; j++)
                weights.AsSpan(j * outputs, outputs).CopyTo(this.weights.AsSpan(j * pass.Stride));
        }

        (this.biases, this.scale, this.rows) = (biases, Real.Of<T>(scale), rows);
        scores = new T[checked(rows.Length * outputs)];
    }

    /// <summary>The scores [rows; outputs] by weights [features; outputs]. Row numbers must be those of rows there are.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    internal static T[] Scores(CompressedRows<T> x, T[] weights, T[] biases, double scale, int[] rows, int threads)
    {
        var work = new SparsePrediction<T>(x, weights, biases, scale, rows);
        Workers.Run(work, (rows.Length + MostRows - 1) / MostRows, threads);
        return work.scores;
    }

    public void Do(int part, int worker)
    {
        int first = part * MostRows, count = Math.Min(MostRows, rows.Length - first);
        var lanes = new T[biases.Length * MostRows];
        fixed (int* row = rows)
        fixed (T* w = weights, z = lanes)
            pass.Scores(row + first, count, rows.Length - first, w, z);
        for (int r = 0; r < count; r++)
        {
            for (int c = 0; c < biases.Length; c++)
                scores[((first + r) * biases.Length) + c] = (lanes[(c * MostRows) + r] * scale) + biases[c];
        }
    }
}
