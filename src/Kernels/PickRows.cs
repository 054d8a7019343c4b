// y[i, :] = x[rows[i], :], the rows of a minibatch; bytes become floats on the way.
//
// Shuffled rows are cache misses: each row is asked for a few rows before its turn comes, past the second cache, which has the minibatch. A
// minibatch of images is nothing but waiting for memory: threads share it, each with rows of its own.

using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace LinearNets.Kernels;

internal static unsafe class PickRows
{
    private const int CacheLine = 64;

    /// <summary>How many bytes are asked for ahead: what a core has under way at once, and well within its first cache.</summary>
    private const int BytesAhead = 4096;

    /// <summary>A part has so many bytes that calling another thread for it pays.</summary>
    private const int PartBytes = 1 << 17;

    /// <summary>Parts of each thread: who came late does fewer.</summary>
    private const int PartsOfThread = 2;

    /// <exception cref="ArgumentException">A length does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A row is not one of those there are.</exception>
    public static void Copy<T>(ReadOnlySpan<T> x, int columns, ReadOnlySpan<int> rows, Span<T> y, int threads = 1)
        where T : unmanaged => Run(x, columns, rows, y, threads);

    /// <exception cref="ArgumentException">A length does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A row is not one of those there are.</exception>
    public static void Widen(ReadOnlySpan<byte> x, int columns, ReadOnlySpan<int> rows, Span<float> y, int threads = 1) =>
        Run(x, columns, rows, y, threads);

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

    private static void Run<TX, T>(ReadOnlySpan<TX> x, int columns, ReadOnlySpan<int> rows, Span<T> y, int threads)
        where TX : unmanaged
        where T : unmanaged
    {
        Lengths.Check(y.Length, (long)rows.Length * columns);
        foreach (int row in rows)
        {
            if (row < 0 || (row + 1L) * columns > x.Length)
                throw new ArgumentOutOfRangeException(nameof(rows), row, "There is no such row.");
        }

        fixed (TX* from = x)
        fixed (int* row = rows)
        fixed (T* to = y)
        {
            var picker = new Picker<TX, T>(from, columns, row, rows.Length, to);
            int parts = (int)Math.Min((long)threads * PartsOfThread, (long)y.Length * sizeof(T) / PartBytes);
            if (threads > 1 && parts > 1)
                Workers.Run(new Shared<TX, T>(picker, (rows.Length + parts - 1) / parts), parts, threads);
            else
                picker.Pick(0, rows.Length);
        }
    }

    private sealed class Shared<TX, T>(Picker<TX, T> picker, int rows) : IParts
        where TX : unmanaged
        where T : unmanaged
    {
        public void Do(int part, int worker) => picker.Pick((long)part * rows, (part + 1L) * rows);
    }

    private readonly struct Picker<TX, T>(TX* x, int columns, int* rows, int count, T* y)
        where TX : unmanaged
        where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Pick(long begin, long end)
        {
            int rowsAhead = (BytesAhead / Math.Max(1, columns * sizeof(TX))) + 1;
            int behind = (int)Math.Min(end, count);
            for (int i = (int)Math.Min(begin, count); i < behind; i++)
            {
                if (Sse.IsSupported && i + rowsAhead < behind)
                {
                    byte* ahead = (byte*)(x + ((long)rows[i + rowsAhead] * columns));
                    for (int line = 0; line < Math.Min(columns * sizeof(TX), BytesAhead); line += CacheLine)
                        Sse.PrefetchNonTemporal(ahead + line);
                }

                TX* row = x + ((long)rows[i] * columns);
                T* to = y + ((long)i * columns);
                if (typeof(TX) == typeof(T))
                    new ReadOnlySpan<T>((T*)row, columns).CopyTo(new Span<T>(to, columns));
                else
                    Widen(new ReadOnlySpan<byte>((byte*)row, columns), new Span<float>((float*)to, columns));
            }
        }
    }
}
