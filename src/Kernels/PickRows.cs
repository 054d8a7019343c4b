// y[i, :] = x[rows[i], :], the rows of a minibatch; bytes become floats on the way.
//
// Shuffled rows are cache misses: each row is asked for a few rows before its turn comes.

using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace LinearNets.Kernels;

internal static class PickRows
{
    private const int CacheLine = 64;

    /// <summary>How many bytes are asked for ahead: what a core has under way at once, and well within its first cache.</summary>
    private const int BytesAhead = 4096;

    /// <exception cref="ArgumentException">A length does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A row is not one of those there are.</exception>
    public static void Copy<T>(ReadOnlySpan<T> x, int columns, ReadOnlySpan<int> rows, Span<T> y)
        where T : unmanaged
    {
        Lengths.Check(y.Length, (long)rows.Length * columns);
        var ahead = new Lookahead<T>(x, columns, rows);
        for (int i = 0; i < rows.Length; i++)
        {
            ahead.Fetch(i);
            Row(x, columns, rows[i]).CopyTo(y.Slice(i * columns, columns));
        }
    }

    /// <exception cref="ArgumentException">A length does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A row is not one of those there are.</exception>
    public static void Widen(ReadOnlySpan<byte> x, int columns, ReadOnlySpan<int> rows, Span<float> y)
    {
        Lengths.Check(y.Length, (long)rows.Length * columns);
        var ahead = new Lookahead<byte>(x, columns, rows);
        for (int i = 0; i < rows.Length; i++)
        {
            ahead.Fetch(i);
            Widen(Row(x, columns, rows[i]), y.Slice(i * columns, columns));
        }
    }

    /// <summary>y[i] = x[i]</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(ReadOnlySpan<byte> x, Span<float> y)
    {
        Lengths.Check(y.Length, x.Length);
        ref byte from = ref MemoryMarshal.GetReference(x);
        ref float to = ref MemoryMarshal.GetReference(y);
        int i = 0;
        for (; i <= x.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(Vector.LoadUnsafe(ref from, (nuint)i), out Vector<ushort> low, out Vector<ushort> high);
            WidenAndStore(low, ref to, i);
            WidenAndStore(high, ref to, i + Vector<ushort>.Count);
        }

        for (; i < x.Length; i++)
            y[i] = x[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WidenAndStore(Vector<ushort> x, ref float y, int at)
    {
        Vector.Widen(x, out Vector<uint> low, out Vector<uint> high);
        Vector.ConvertToSingle(Vector.AsVectorInt32(low)).StoreUnsafe(ref y, (nuint)at);
        Vector.ConvertToSingle(Vector.AsVectorInt32(high)).StoreUnsafe(ref y, (nuint)(at + Vector<uint>.Count));
    }

    private static ReadOnlySpan<T> Row<T>(ReadOnlySpan<T> x, int columns, int row)
    {
        if (row < 0 || (row + 1L) * columns > x.Length)
            throw new ArgumentOutOfRangeException(nameof(row), row, "There is no such row.");
        return x.Slice(row * columns, columns);
    }

    /// <summary>Asks the memory for rows before their turn.</summary>
    private readonly ref struct Lookahead<T>
        where T : unmanaged
    {
        private readonly ReadOnlySpan<T> x;
        private readonly ReadOnlySpan<int> rows;
        private readonly int columns;
        private readonly int rowsAhead;

        public Lookahead(ReadOnlySpan<T> x, int columns, ReadOnlySpan<int> rows)
        {
            this.x = x;
            this.columns = columns;
            this.rows = rows;
            rowsAhead = BytesAhead / Math.Max(1, columns * Unsafe.SizeOf<T>()) + 1;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public unsafe void Fetch(int i)
        {
            if (!Sse.IsSupported || i + rowsAhead >= rows.Length)
                return;
            // A prefetch of an address that is not there does nothing, so the row need not be checked yet.
            fixed (T* first = x)
            {
                byte* row = (byte*)(first + (long)rows[i + rowsAhead] * columns);
                for (int line = 0; line < Math.Min(columns * sizeof(T), BytesAhead); line += CacheLine)
                    Sse.Prefetch0(row + line);
            }
        }
    }
}
