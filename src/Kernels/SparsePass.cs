// Scores of an affine model on sparse rows, and the gradient from their cotangents: what AffinePass does for dense ones.
//
//   z[c, r] = Σ_i w[columns[i], c]·values[i]      G[columns[i], c] += e[c, r]·values[i]      i: the values that row r keeps
//
//   w, G [d; k′]  the outputs of a feature side by side: a value meets them all at once. k′ is k, or where k is above 2
//                 whole registers, with zeros at the end
//   z, e [k; 64]  a part of the rows, as AffinePass has them
//
// A gradient is scattered over all features, so parts do not have one each: there is one, and threads share it by columns. Which
// columns a thread has changes no bit, because every number of G is a sum over the rows in their order whoever adds it up.
//
// Accuracy: a score is a chain of sums of at most 512 products, in four chains where there is one output.

using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace LinearNets.Kernels;

/// <summary>The slopes of rows: part after part, in each [k; 64].</summary>
internal readonly unsafe struct PartSlopes<T>(T* first, nint distance)
    where T : unmanaged, INumber<T>
{
    /// <summary>The slope of a row's first output; that of the next one is 64 further on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T* Of(int row) => first + (row / SparsePass<T>.MostRows * distance) + (row % SparsePass<T>.MostRows);
}

/// <summary>Scores and gradients of sparse rows.</summary>
internal sealed unsafe class SparsePass<T>(CompressedRows<T> x, int outputs)
    where T : unmanaged, INumber<T>
{
    internal const int MostRows = 64;

    /// <summary>The longest chain of additions of a score.</summary>
    private const int Leaf = 512;

    private const int CacheLine = 64;

    /// <summary>How many rows ahead values and columns are asked for, and how many bytes of each at most.</summary>
    private const int RowsAhead = 4, BytesAhead = 2048;

    private readonly int[] starts = x.Starts;
    private readonly int[] columns = x.Columns;
    private readonly T[] values = x.Values;

    /// <summary>How many numbers of w and G a feature has.</summary>
    internal int Stride { get; } = StrideOf(outputs);

    internal int Features => x.Width;

    /// <summary>How many numbers of w and G a feature has with so many outputs.</summary>
    internal static int StrideOf(int outputs) =>
        outputs <= 2 ? outputs : checked((outputs + Vector<T>.Count - 1) / Vector<T>.Count * Vector<T>.Count);

    /// <summary>How many values some rows keep.</summary>
    internal long CountIn(int* rows, int count) => x.CountIn(new ReadOnlySpan<int>(rows, count));

    /// <summary>z of some rows; <paramref name="known"/> is how many row numbers there are to look ahead at.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Scores(int* rows, int count, int known, T* w, T* z)
    {
        fixed (int* column = columns)
        fixed (T* value = values)
        {
            for (int r = 0; r < count; r++)
            {
                if (r + RowsAhead < known)
                    Fetch(rows[r + RowsAhead], column, value);
                int first = starts[rows[r]], end = starts[rows[r] + 1];
                if (outputs == 1)
                    z[r] = One(value + first, column + first, end - first, w);
                else if (outputs == 2)
                    Two(value + first, column + first, end - first, w, z + r);
                else
                    Many(value + first, column + first, end - first, w, z + r);
            }
        }
    }

    /// <summary>Adds to the columns from <paramref name="low"/> to before <paramref name="high"/> of G what rows give.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Scatter(int* rows, int count, PartSlopes<T> e, T* g, int low, int high)
    {
        T* slopes = stackalloc T[Vector<T>.Count];
        fixed (int* column = columns)
        fixed (T* value = values)
        {
            for (int r = 0; r < count; r++)
            {
                (int first, int end) = Between(rows[r], column, low, high);
                T* slope = e.Of(r);
                if (outputs == 1)
                {
                    T s = *slope;
                    for (int i = first; i < end; i++)
                        g[column[i]] += s * value[i];
                }
                else if (outputs == 2)
                {
                    T s = *slope, t = slope[MostRows];
                    for (int i = first; i < end; i++)
                    {
                        T* to = g + (2 * (nint)column[i]);
                        to[0] += s * value[i];
                        to[1] += t * value[i];
                    }
                }
                else
                {
                    for (int c = 0; c < Stride; c += Vector<T>.Count)
                    {
                        int last = Math.Min(Vector<T>.Count, outputs - c);
                        for (int k = 0; k < Vector<T>.Count; k++)
                            slopes[k] = k < last ? slope[(c + k) * MostRows] : T.Zero;
                        Vector<T> s = Vector.Load(slopes);
                        for (int i = first; i < end; i++)
                        {
                            T* to = g + (Stride * (nint)column[i]) + c;
                            (Vector.Load(to) + (s * value[i])).Store(to);
                        }
                    }
                }
            }
        }
    }

    /// <summary>
    /// p ← p − η·(scale·g) and g ← 0 in the columns from <paramref name="low"/> to before <paramref name="high"/> that rows have a
    /// value in. False if g is not finite.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal bool Descend(int* rows, int count, T* p, T* g, T scale, T rate, int low, int high)
    {
        T odd = T.Zero;
        fixed (int* column = columns)
        {
            for (int r = 0; r < count; r++)
            {
                (int first, int end) = Between(rows[r], column, low, high);
                for (int i = first; i < end; i++)
                {
                    nint at = Stride * (nint)column[i];
                    for (int c = 0; c < outputs; c++)
                    {
                        // What a column had is 0 when it comes again, and 0 changes nothing.
                        T own = g[at + c] * scale;
                        g[at + c] = T.Zero;
                        odd += own - own;
                        p[at + c] -= own * rate;
                    }
                }
            }
        }

        return odd == T.Zero;
    }

    /// <summary>
    /// Columns to cut all at, into ranges in which a sample of the rows has as many values in each: <c>0, …, d</c>, the others
    /// multiples of <paramref name="unit"/>.
    /// </summary>
    internal int[] Cuts(int ranges, int unit)
    {
        const int Sample = 128;
        int[] cuts = new int[ranges + 1];
        cuts[ranges] = x.Width;
        if (ranges == 1)
            return cuts;
        int sampled = Math.Min(Sample, x.Count);
        int[] rows = new int[sampled];
        for (int i = 0; i < sampled; i++)
            rows[i] = (int)((long)i * x.Count / sampled);
        int[] sample = x.Pick(rows).Columns;
        Array.Sort(sample);
        for (int i = 1; i < ranges; i++)
        {
            long cut = sample.Length == 0 ? (long)i * x.Width / ranges : sample[(int)((long)i * sample.Length / ranges)];
            cuts[i] = (int)(cut / unit * unit);
        }

        return cuts;
    }

    private static T One(T* value, int* column, int count, T* w)
    {
        T sum = T.Zero;
        for (int from = 0; from < count; from += Leaf)
        {
            int end = Math.Min(from + Leaf, count), i = from;
            // Four sums, because a sum waits for itself.
            T a = T.Zero, b = T.Zero, c = T.Zero, d = T.Zero;
            for (; i <= end - 4; i += 4)
            {
                a += value[i] * w[column[i]];
                b += value[i + 1] * w[column[i + 1]];
                c += value[i + 2] * w[column[i + 2]];
                d += value[i + 3] * w[column[i + 3]];
            }

            for (; i < end; i++)
                a += value[i] * w[column[i]];
            sum += a + b + (c + d);
        }

        return sum;
    }

    private static void Two(T* value, int* column, int count, T* w, T* z)
    {
        (z[0], z[MostRows]) = (T.Zero, T.Zero);
        for (int from = 0; from < count; from += Leaf)
        {
            int end = Math.Min(from + Leaf, count), i = from;
            T a = T.Zero, b = T.Zero, c = T.Zero, d = T.Zero;
            for (; i <= end - 2; i += 2)
            {
                T* one = w + (2 * (nint)column[i]), other = w + (2 * (nint)column[i + 1]);
                a += value[i] * one[0];
                b += value[i] * one[1];
                c += value[i + 1] * other[0];
                d += value[i + 1] * other[1];
            }

            if (i < end)
            {
                a += value[i] * w[2 * (nint)column[i]];
                b += value[i] * w[(2 * (nint)column[i]) + 1];
            }

            z[0] += a + c;
            z[MostRows] += b + d;
        }
    }

    private void Many(T* value, int* column, int count, T* w, T* z)
    {
        for (int c = 0; c < Stride; c += Vector<T>.Count)
        {
            Vector<T> sum = Vector<T>.Zero;
            for (int from = 0; from < count; from += Leaf)
            {
                int end = Math.Min(from + Leaf, count), i = from;
                Vector<T> a = Vector<T>.Zero, b = Vector<T>.Zero;
                for (; i <= end - 2; i += 2)
                {
                    a += Vector.Load(w + (Stride * (nint)column[i]) + c) * value[i];
                    b += Vector.Load(w + (Stride * (nint)column[i + 1]) + c) * value[i + 1];
                }

                if (i < end)
                    a += Vector.Load(w + (Stride * (nint)column[i]) + c) * value[i];
                sum += a + b;
            }

            int last = Math.Min(Vector<T>.Count, outputs - c);
            for (int k = 0; k < last; k++)
                z[(c + k) * MostRows] = sum[k];
        }
    }

    /// <summary>Where the values of a row in some columns begin and end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (int First, int End) Between(int row, int* column, int low, int high)
    {
        int first = starts[row], end = starts[row + 1];
        if (low > 0)
            first = Below(column, first, end, low);
        if (high < x.Width)
            end = Below(column, first, end, high);
        return (first, end);
    }

    /// <summary>The first place from <paramref name="first"/> on with a column that is not below another, found without a branch that is guessed.</summary>
    private static int Below(int* column, int first, int end, int limit)
    {
        int length = end - first;
        while (length > 0)
        {
            int half = (length + 1) / 2;
            first = column[first + half - 1] < limit ? first + half : first;
            length -= half;
        }

        return first;
    }

    /// <summary>Asks the memory for a row before its turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Fetch(int row, int* column, T* value)
    {
        if (!Sse.IsSupported)
            return;
        int first = starts[row], count = starts[row + 1] - first;
        byte* columns = (byte*)(column + first), values = (byte*)(value + first);
        for (int line = 0; line < Math.Min(count * sizeof(int), BytesAhead); line += CacheLine)
            Sse.Prefetch0(columns + line);
        for (int line = 0; line < Math.Min(count * sizeof(T), BytesAhead); line += CacheLine)
            Sse.Prefetch0(values + line);
    }
}
