// s = Σ x[j], and the place of max x[j], along the middle one of three dimensions: x[o, j, i], row-major.
//
// Sums are pairwise: a run of numbers is cut in two halves down to short chains, so the error grows with ln n rather than
// with n. Where the cuts fall depends on the length alone, never on the data, and every column of a matrix is cut alike.

using System;
using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LinearNets.Kernels;

internal static class Reduce
{
    /// <summary>The rows that <see cref="SumRows"/> adds one after the other.</summary>
    private const int ChainLength = 16;

    /// <summary>The chains that a processor adds side by side.</summary>
    private const int Chains = 4;

    /// <exception cref="OverflowException">A sum of integers does not fit.</exception>
    // Optimised from the first call on, as are the loops below: otherwise they are 3 to 6 times slower at the start.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Sum<T>(ReadOnlySpan<T> x)
        where T : unmanaged, INumber<T>
    {
        int block = Chains * ChainLength * Vector<T>.Count;
        if (x.Length > block)
        {
            int half = HalfInBlocks(x.Length, block);
            return checked(Sum(x[..half]) + Sum(x[half..]));
        }

        ref T first = ref MemoryMarshal.GetReference(x);
        if (typeof(T) == typeof(int))
            return Chain(ref first, x.Length, 1);

        int vectors = x.Length / Vector<T>.Count;
        Vector<T> sum = Vector<T>.Zero;
        for (int c = 0; c < Math.Min(vectors, Chains); c++)
        {
            ref T start = ref Unsafe.Add(ref first, c * Vector<T>.Count);
            sum += VectorChain(ref start, (vectors - c + Chains - 1) / Chains, Chains * Vector<T>.Count);
        }

        int rest = vectors * Vector<T>.Count;
        return Vector.Sum(sum) + Chain(ref Unsafe.Add(ref first, rest), x.Length - rest, 1);
    }

    /// <summary>y[o, i] = Σ x[o, j, i] over the n values of j.</summary>
    /// <exception cref="OverflowException">A sum of integers does not fit.</exception>
    public static void SumMiddle<T>(ReadOnlySpan<T> x, int outer, int n, int inner, Span<T> y)
        where T : unmanaged, INumber<T>
    {
        Lengths.Check(x.Length, (long)outer * n * inner);
        Lengths.Check(y.Length, (long)outer * inner);
        if (inner == 1)
        {
            for (int o = 0; o < outer; o++)
                y[o] = Sum(x.Slice(o * n, n));
            return;
        }

        int halvings = 0;
        for (int rows = n; rows > ChainLength; rows = HalfInBlocks(rows, ChainLength))
            halvings++;
        T[] spare = ArrayPool<T>.Shared.Rent(halvings * inner);
        for (int o = 0; o < outer; o++)
            SumRows(x.Slice(o * n * inner, n * inner), n, y.Slice(o * inner, inner), spare);
        ArrayPool<T>.Shared.Return(spare);
    }

    /// <summary>The first place of the greatest along the middle dimension. A NaN is greater than any number.</summary>
    /// <exception cref="ArgumentException">There is nothing to choose from.</exception>
    public static void ArgMaxMiddle<T>(ReadOnlySpan<T> x, int outer, int n, int inner, Span<int> y)
        where T : unmanaged, INumber<T>
    {
        Lengths.Check(x.Length, (long)outer * n * inner);
        Lengths.Check(y.Length, (long)outer * inner);
        if (n == 0 && !y.IsEmpty)
            throw new ArgumentException("Nothing has no maximum.", nameof(n));

        int k = 0;
        for (int o = 0; o < outer; o++)
        {
            ReadOnlySpan<T> matrix = x.Slice(o * n * inner, n * inner);
            for (int i = 0; i < inner; i++)
                y[k++] = ArgMax(matrix[i..], n, inner);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int ArgMax<T>(ReadOnlySpan<T> x, int n, int stride)
        where T : INumber<T>
    {
        T greatest = x[0];
        int place = 0;
        // Not "less or equal" holds for a NaN too.
        for (int j = 1; j < n && !T.IsNaN(greatest); j++)
        {
            T value = x[j * stride];
            if (!(value <= greatest))
                (greatest, place) = (value, j);
        }

        return place;
    }

    /// <summary>The sums of the columns of an n-row matrix; <paramref name="spare"/> has room for a row per halving of n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumRows<T>(ReadOnlySpan<T> x, int n, Span<T> y, Span<T> spare)
        where T : unmanaged, INumber<T>
    {
        int inner = y.Length;
        if (n > ChainLength)
        {
            int half = HalfInBlocks(n, ChainLength);
            Span<T> other = spare[..inner];
            SumRows(x[..(half * inner)], half, y, spare[inner..]);
            SumRows(x[(half * inner)..], n - half, other, spare[inner..]);
            Broadcast.Binary(BinaryOp.Add, y, [inner], other, [inner], y, [inner]);
            return;
        }

        ref T first = ref MemoryMarshal.GetReference(x);
        if (typeof(T) == typeof(int) || inner < Vector<T>.Count)
        {
            for (int i = 0; i < inner; i++)
                y[i] = Chain(ref Unsafe.Add(ref first, i), n, inner);
            return;
        }

        // The last vector begins where it still fits, and comes to the same sums again for columns already done.
        for (int i = 0; i < inner; i += Vector<T>.Count)
        {
            int column = Math.Min(i, inner - Vector<T>.Count);
            VectorChain(ref Unsafe.Add(ref first, column), n, inner).CopyTo(y[column..]);
        }
    }

    /// <summary>Half of a length that is more than one block, rounded up to whole blocks: never the smaller part, so that
    /// halving it again and again counts the halvings of either part.</summary>
    private static int HalfInBlocks(int length, int block) => (length - length / 2 + block - 1) / block * block;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Chain<T>(ref T x, int n, int stride)
        where T : INumber<T>
    {
        T sum = T.Zero;
        for (int j = 0; j < n; j++)
            sum = checked(sum + Unsafe.Add(ref x, j * stride));
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> VectorChain<T>(ref T x, int n, int stride)
    {
        Vector<T> sum = Vector<T>.Zero;
        for (int j = 0; j < n; j++)
            sum += Vector.LoadUnsafe(ref x, (nuint)(j * stride));
        return sum;
    }
}
