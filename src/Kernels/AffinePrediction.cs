// Scores of an affine model, many rows or one.
//
//   scores[r, c] = scale·Σ_j w[c, j]·x[r, j] + b[c]
//
//   x [n; d]  bytes or numbers       w [k; d]  a row for each class       b [k]       scores [n; k]
//
// Rows are cut into parts of 64, which go through the pass that training goes through. One row is a part of one: it has the
// same bits alone as among others, takes no thread to compute and nothing from the heap.

using System;
using System.Buffers;
using System.Linq;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace LinearNets.Kernels;

/// <summary>An affine model that scores rows. It never changes, and any number of threads may ask it at once.</summary>
internal sealed unsafe class AffinePrediction<TX, T>
    where TX : unmanaged, INumber<TX>
    where T : unmanaged, INumber<T>
{
    private const int MostRows = AffinePass<TX, T>.MostRows;

    /// <summary>With fewer multiplications than this, some 20 microseconds of them, waking a thread costs more than it gives.</summary>
    private const long FewProducts = 1 << 19;

    /// <summary>A part's scores lie on the stack if they are no more than this.</summary>
    private const int MostOnStack = 1024;

    private static readonly int[] Order = [.. Enumerable.Range(0, MostRows)];

    private readonly int features;
    private readonly int outputs;
    private readonly int threads;
    private readonly T scale;
    private readonly T[] biases;
    private readonly T[] weights;
    private readonly AffinePass<TX, T> pass;

    /// <summary>A model of weights [outputs; features], which are copied.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    internal AffinePrediction(int features, ReadOnlySpan<T> weights, ReadOnlySpan<T> biases, double scale, int threads, SimdWidth width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        ArgumentOutOfRangeException.ThrowIfZero(biases.Length);
        Lengths.Check(weights.Length, (long)biases.Length * features);
        this.features = features;
        this.threads = threads;
        this.scale = Real.Of<T>(scale);
        outputs = biases.Length;
        this.biases = biases.ToArray();
        pass = AffinePass<TX, T>.Create(features, outputs, width);
        this.weights = new T[checked(outputs * pass.RowLength)];
        for (int c = 0; c < outputs; c++)
            weights.Slice(c * features, features).CopyTo(this.weights.AsSpan(c * pass.RowLength));
    }

    /// <summary>The scores of some rows, overwritten.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    internal void Scores(ReadOnlySpan<TX> x, int rows, Span<T> scores)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        Lengths.Check(x.Length, (long)rows * features);
        Lengths.Check(scores.Length, (long)rows * outputs);
        fixed (TX* from = x)
        fixed (T* w = weights, to = scores)
        {
            if (rows <= MostRows || (long)rows * features * outputs < FewProducts)
            {
                for (int first = 0; first < rows; first += MostRows)
                    Part(from, first, Math.Min(MostRows, rows - first), w, to);
            }
            else
            {
                Workers.Run(new Parts(this, from, rows, w, to), ((rows - 1) / MostRows) + 1, threads);
            }
        }
    }

    [SkipLocalsInit]
    private void Part(TX* x, int first, int count, T* w, T* scores)
    {
        x += (nint)first * features;
        scores += (nint)first * outputs;
        if (outputs * (long)MostRows <= MostOnStack)
        {
            T* z = stackalloc T[MostOnStack];
            Part(x, count, w, scores, z);
            return;
        }

        T[] rented = ArrayPool<T>.Shared.Rent(checked(outputs * MostRows));
        fixed (T* z = rented)
            Part(x, count, w, scores, z);
        ArrayPool<T>.Shared.Return(rented);
    }

    private void Part(TX* x, int count, T* w, T* scores, T* z)
    {
        fixed (int* order = Order)
            pass.Scores(x, order, count, count, w, z);
        for (nint r = 0; r < count; r++)
        {
            for (nint c = 0; c < outputs; c++)
                scores[(r * outputs) + c] = (z[(c * MostRows) + r] * scale) + biases[c];
        }
    }

    private sealed class Parts(AffinePrediction<TX, T> model, TX* x, int rows, T* w, T* scores) : IParts
    {
        public void Do(int part, int worker)
        {
            int first = part * MostRows;
            model.Part(x, first, Math.Min(MostRows, rows - first), w, scores);
        }
    }
}
