// Moves numbers without computing any: y[k] = x[p(k)] or y[p(k)] = x[k].
//
// Gather and Scatter take p from a tensor of indices along the middle of three dimensions; an index may occur only once
// in a slice, so that each of the two is the other's derivative and needs no sum.

using System;
using System.Buffers;

namespace LinearNets.Kernels;

internal static class Indexing
{
    /// <summary>A square of this many rows and columns stays in the first cache while it is turned.</summary>
    private const int TransposeBlock = 16;

    private interface IMove
    {
        static abstract void Move<T>(ReadOnlySpan<T> x, Span<T> y, int dense, int indexed);
    }

    /// <summary>y[o, j, i] = x[o, indices[o, j, i], i]; x is (outer, n, inner), indices and y are (outer, m, inner).</summary>
    /// <exception cref="ArgumentOutOfRangeException">An index is not in 0 .. n - 1.</exception>
    /// <exception cref="ArgumentException">An index occurs twice in a slice, or a length does not fit.</exception>
    public static void Gather<T>(ReadOnlySpan<T> x, int outer, int n, int inner, ReadOnlySpan<int> indices, int m, Span<T> y)
        where T : unmanaged
    {
        Lengths.Check(x.Length, (long)outer * n * inner);
        Lengths.Check(y.Length, (long)outer * m * inner);
        MoveAll<T, FromIndexed>(x, y, indices, outer, m, inner, n);
    }

    /// <summary>y[o, indices[o, j, i], i] = x[o, j, i] and 0 elsewhere; x and indices are (outer, m, inner), y is (outer, n, inner).</summary>
    /// <exception cref="ArgumentOutOfRangeException">An index is not in 0 .. n - 1.</exception>
    /// <exception cref="ArgumentException">An index occurs twice in a slice, or a length does not fit.</exception>
    public static void Scatter<T>(ReadOnlySpan<T> x, ReadOnlySpan<int> indices, int outer, int m, int inner, int n, Span<T> y)
        where T : unmanaged
    {
        Lengths.Check(x.Length, (long)outer * m * inner);
        Lengths.Check(y.Length, (long)outer * n * inner);
        y.Clear();
        MoveAll<T, ToIndexed>(x, y, indices, outer, m, inner, n);
    }

    /// <summary>y[c, r] = x[r, c].</summary>
    public static void Transpose<T>(ReadOnlySpan<T> x, int rows, int columns, Span<T> y)
        where T : unmanaged
    {
        Lengths.Check(x.Length, (long)rows * columns);
        Lengths.Check(y.Length, x.Length);
        for (int r = 0; r < rows; r += TransposeBlock)
        {
            int blockRows = Math.Min(TransposeBlock, rows - r);
            for (int c = 0; c < columns; c += TransposeBlock)
            {
                int end = Math.Min(c + TransposeBlock, columns);
                for (int column = c; column < end; column++)
                {
                    Span<T> target = y.Slice(column * rows + r, blockRows);
                    ReadOnlySpan<T> source = x[(r * columns + column)..];
                    for (int i = 0; i < target.Length; i++)
                        target[i] = source[i * columns];
                }
            }
        }
    }

    /// <summary>y = x[start .. start + size - 1] in every dimension.</summary>
    /// <exception cref="ArgumentException">The box is not inside the shape, or a length does not fit.</exception>
    public static void Slice<T>(ReadOnlySpan<T> x, ReadOnlySpan<int> shape, ReadOnlySpan<int> start, ReadOnlySpan<int> size, Span<T> y)
        where T : unmanaged
    {
        Lengths.Check(x.Length, Lengths.Of(shape));
        Lengths.Check(y.Length, Lengths.Of(size));
        var walk = new Walk(shape.Length <= Walk.UsualRank ? stackalloc Walk.Axis[Walk.UsualRank + 1] : new Walk.Axis[shape.Length + 1]);
        int first = AddAxes(ref walk, shape, start, size);
        walk.Read(x, first, y);
    }

    /// <summary>y[start .. start + size - 1] = x in every dimension, and 0 elsewhere; y is of the given shape.</summary>
    /// <exception cref="ArgumentException">The box is not inside the shape, or a length does not fit.</exception>
    public static void Unslice<T>(ReadOnlySpan<T> x, ReadOnlySpan<int> shape, ReadOnlySpan<int> start, ReadOnlySpan<int> size, Span<T> y)
        where T : unmanaged
    {
        Lengths.Check(y.Length, Lengths.Of(shape));
        Lengths.Check(x.Length, Lengths.Of(size));
        var walk = new Walk(shape.Length <= Walk.UsualRank ? stackalloc Walk.Axis[Walk.UsualRank + 1] : new Walk.Axis[shape.Length + 1]);
        int first = AddAxes(ref walk, shape, start, size);
        y.Clear();
        walk.Write(x, y, first);
    }

    /// <returns>The flat position of <paramref name="start"/>.</returns>
    private static int AddAxes(ref Walk walk, ReadOnlySpan<int> shape, ReadOnlySpan<int> start, ReadOnlySpan<int> size)
    {
        Lengths.Check(start.Length, shape.Length);
        Lengths.Check(size.Length, shape.Length);
        int stride = 1;
        int first = 0;
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            if (start[d] < 0 || start[d] > shape[d] - size[d])
                throw new ArgumentException($"Dimension {d} of size {shape[d]} has no {size[d]} elements from {start[d]}.");
            walk.Add(size[d], stride, 0);
            first += start[d] * stride;
            stride *= shape[d];
        }

        return first;
    }

    private static void MoveAll<T, TMove>(ReadOnlySpan<T> x, Span<T> y, ReadOnlySpan<int> indices, int outer, int m, int inner, int n)
        where TMove : struct, IMove
    {
        Lengths.Check(indices.Length, (long)outer * m * inner);
        int k = 0;
        for (int o = 0; o < outer; o++)
        {
            for (int j = 0; j < m; j++)
            {
                for (int i = 0; i < inner; i++)
                {
                    int index = indices[k];
                    if ((uint)index >= (uint)n)
                        throw new ArgumentOutOfRangeException(nameof(indices), index, $"The index at position {k} is not in 0 .. {n - 1}.");
                    TMove.Move(x, y, k++, (o * n + index) * inner + i);
                }
            }
        }

        if (m > 1)
            CheckUnique(indices, outer, m, inner, n);
    }

    /// <summary>Throws where an index, all of them known to be in range, occurs twice in a slice.</summary>
    private static void CheckUnique(ReadOnlySpan<int> indices, int outer, int m, int inner, int n)
    {
        // For every index the last slice, counted from 1, that had it.
        int[] rented = ArrayPool<int>.Shared.Rent(n);
        Span<int> seen = rented.AsSpan(0, n);
        seen.Clear();
        int slice = 0;
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < inner; i++)
            {
                slice++;
                for (int j = 0; j < m; j++)
                {
                    int k = (o * m + j) * inner + i;
                    if (seen[indices[k]] == slice)
                        throw new ArgumentException($"index {indices[k]} at position {k} occurs before in its slice.");
                    seen[indices[k]] = slice;
                }
            }
        }

        ArrayPool<int>.Shared.Return(rented);
    }

    private readonly struct FromIndexed : IMove
    {
        public static void Move<T>(ReadOnlySpan<T> x, Span<T> y, int dense, int indexed) => y[dense] = x[indexed];
    }

    private readonly struct ToIndexed : IMove
    {
        public static void Move<T>(ReadOnlySpan<T> x, Span<T> y, int dense, int indexed) => y[indexed] = x[dense];
    }
}
