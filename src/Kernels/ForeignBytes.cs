// Values that were written for another machine or by another language.
//
//   the other end first    the bytes of each value turned round
//   Fortran's order        the first index runs fastest: the transpose of what C, and a row of features, has
//
// An array of shape [d0; d1; …; dk] in Fortran's order is, read in C's, one of shape [dk; …; d1; d0]. As a matrix it has
// d1·…·dk rows and d0 columns; its transpose is d0 blocks, each of shape [d1; …; dk] in Fortran's order.

using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace LinearNets.Kernels;

internal static class ForeignBytes
{
    // Two squares of doubles of this side fit a core's first cache.
    private const int Side = 32;

    /// <summary>Turns round the bytes of each value of so many bytes: 1, 2, 4 or 8.</summary>
    /// <exception cref="ArgumentException">A value has another number of bytes.</exception>
    public static void Reverse(Span<byte> bytes, int size)
    {
        switch (size)
        {
            case 1:
                break;
            case 2:
                Span<ushort> twos = MemoryMarshal.Cast<byte, ushort>(bytes);
                BinaryPrimitives.ReverseEndianness(twos, twos);
                break;
            case 4:
                Span<uint> fours = MemoryMarshal.Cast<byte, uint>(bytes);
                BinaryPrimitives.ReverseEndianness(fours, fours);
                break;
            case 8:
                Span<ulong> eights = MemoryMarshal.Cast<byte, ulong>(bytes);
                BinaryPrimitives.ReverseEndianness(eights, eights);
                break;
            default:
                throw new ArgumentException("Values have 1, 2, 4 or 8 bytes.", nameof(size));
        }
    }

    /// <summary>The values of an array in Fortran's order, in C's. The memory of <paramref name="x"/> is used, too.</summary>
    /// <exception cref="ArgumentException">The shape is not that of the values.</exception>
    public static T[] InRows<T>(T[] x, ReadOnlySpan<int> shape)
        where T : unmanaged
    {
        Lengths.Check(x.Length, Lengths.Of(shape));
        // A dimension of 1 changes no order.
        while (shape.Length > 0 && shape[^1] == 1)
            shape = shape[..^1];
        if (shape.Length < 2 || x.Length == 0)
            return x;
        T[] y = GC.AllocateUninitializedArray<T>(x.Length);
        Transpose<T>(x, x.Length / shape[0], shape[0], y);
        for (int dimension = 1; dimension < shape.Length - 1; dimension++)
        {
            int outer = (int)Lengths.Of(shape[..dimension]), block = x.Length / outer, columns = shape[dimension];
            for (int i = 0; i < outer; i++)
                Transpose<T>(y.AsSpan(i * block, block), block / columns, columns, x.AsSpan(i * block, block));
            (x, y) = (y, x);
        }

        return y;
    }

    /// <summary>y[j, i] = x[i, j], a square after the other.</summary>
    private static void Transpose<T>(ReadOnlySpan<T> x, int rows, int columns, Span<T> y)
        where T : unmanaged
    {
        for (int top = 0; top < rows; top += Side)
        {
            int bottom = Math.Min(top + Side, rows);
            for (int left = 0; left < columns; left += Side)
            {
                int right = Math.Min(left + Side, columns);
                for (int j = left; j < right; j++)
                {
                    for (int i = top; i < bottom; i++)
                        y[j * rows + i] = x[i * columns + j];
                }
            }
        }
    }
}
