// The innermost loops of every product: 2 registers of x by 5 rows of y, ten accumulators.
//
//   along   sums[r, 0 and 1] = Σ_p x0[p]·y_r[p] and Σ_p x1[p]·y_r[p]     p runs along the registers
//   across  c_r[0 … 2·Count) = Σ_p y_r[p]·x_p[0 … 2·Count)              p picks the rows of x, y is broadcast
//
// Ten accumulators hide the latency of two FMA units (4 cycles each), and with the operands they fit the 16 registers of
// AVX2; AVX-512 has 32 and pairs them. A row of y past the last repeats a real one.

using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace LinearNets.Kernels;

/// <summary>Where row p of a matrix begins.</summary>
internal unsafe interface IRows<TX>
    where TX : unmanaged
{
    TX* this[nint p] { get; }
}

/// <summary>Rows at a fixed distance.</summary>
internal readonly unsafe struct EvenRows<TX>(TX* first, nint step) : IRows<TX>
    where TX : unmanaged
{
    public TX* this[nint p]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => first + (p * step);
    }
}

/// <summary>Rows in an order of their own.</summary>
internal readonly unsafe struct PickedRows<TX>(TX* first, nint step, int* order) : IRows<TX>
    where TX : unmanaged
{
    public TX* this[nint p]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => first + (order[p] * step);
    }
}

internal static unsafe class Tiles
{
    /// <summary>The rows of y in a tile.</summary>
    internal const int Rows = 5;

    /// <summary>Needs a depth of a register or more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Along<T, TLanes, TX, TXSource, TY, TYSource>(
        TX* x0, TX* x1, TY* y0, TY* y1, TY* y2, TY* y3, TY* y4, nint depth, T* sums)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, IRegister<TLanes, T>
        where TX : unmanaged
        where TXSource : struct, ISource<TX, TLanes>
        where TY : unmanaged
        where TYSource : struct, ISource<TY, TLanes>
    {
        TLanes a0 = default, a1 = default, a2 = default, a3 = default, a4 = default;
        TLanes b0 = default, b1 = default, b2 = default, b3 = default, b4 = default;
        nint p = 0;
        for (; p <= depth - TLanes.Count; p += TLanes.Count)
        {
            TLanes u = TXSource.Load(x0 + p);
            TLanes v = TXSource.Load(x1 + p);
            Step<T, TLanes>(u, v, TYSource.Load(y0 + p), ref a0, ref b0);
            Step<T, TLanes>(u, v, TYSource.Load(y1 + p), ref a1, ref b1);
            Step<T, TLanes>(u, v, TYSource.Load(y2 + p), ref a2, ref b2);
            Step<T, TLanes>(u, v, TYSource.Load(y3 + p), ref a3, ref b3);
            Step<T, TLanes>(u, v, TYSource.Load(y4 + p), ref a4, ref b4);
        }

        // The rest of the depth: the last whole register, less the lanes that have had their turn.
        if (p < depth)
        {
            TLanes first = TLanes.Broadcast(T.CreateTruncating(p + TLanes.Count - depth));
            p = depth - TLanes.Count;
            TLanes u = TLanes.KeepFrom(TXSource.Load(x0 + p), first);
            TLanes v = TLanes.KeepFrom(TXSource.Load(x1 + p), first);
            Step<T, TLanes>(u, v, TLanes.KeepFrom(TYSource.Load(y0 + p), first), ref a0, ref b0);
            Step<T, TLanes>(u, v, TLanes.KeepFrom(TYSource.Load(y1 + p), first), ref a1, ref b1);
            Step<T, TLanes>(u, v, TLanes.KeepFrom(TYSource.Load(y2 + p), first), ref a2, ref b2);
            Step<T, TLanes>(u, v, TLanes.KeepFrom(TYSource.Load(y3 + p), first), ref a3, ref b3);
            Step<T, TLanes>(u, v, TLanes.KeepFrom(TYSource.Load(y4 + p), first), ref a4, ref b4);
        }

        sums[0] = TLanes.Sum(a0);
        sums[1] = TLanes.Sum(b0);
        sums[2] = TLanes.Sum(a1);
        sums[3] = TLanes.Sum(b1);
        sums[4] = TLanes.Sum(a2);
        sums[5] = TLanes.Sum(b2);
        sums[6] = TLanes.Sum(a3);
        sums[7] = TLanes.Sum(b3);
        sums[8] = TLanes.Sum(a4);
        sums[9] = TLanes.Sum(b4);
    }

    /// <summary>
    /// The same for four rows of x, where there are 32 registers: sums[r·sumsRow + i] = Σ_p x_i[p]·y_r[p].
    /// On the way two rows that will be wanted later are asked for, a line at a time, so that the memory is busy evenly.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void AlongFour<T, TLanes, TX, TXSource, TY, TYSource>(
        TX* x0, TX* x1, TX* x2, TX* x3, TY* y0, nint yRow, int last, nint depth, T* sums, nint sumsRow, TX* later0, TX* later1)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, IRegister<TLanes, T>
        where TX : unmanaged
        where TXSource : struct, ISource<TX, TLanes>
        where TY : unmanaged
        where TYSource : struct, ISource<TY, TLanes>
    {
        TY* y1 = y0 + (Math.Min(1, last) * yRow);
        TY* y2 = y0 + (Math.Min(2, last) * yRow);
        TY* y3 = y0 + (Math.Min(3, last) * yRow);
        TY* y4 = y0 + (Math.Min(4, last) * yRow);
        TLanes a0 = default, a1 = default, a2 = default, a3 = default, a4 = default;
        TLanes b0 = default, b1 = default, b2 = default, b3 = default, b4 = default;
        TLanes c0 = default, c1 = default, c2 = default, c3 = default, c4 = default;
        TLanes d0 = default, d1 = default, d2 = default, d3 = default, d4 = default;
        nint p = 0;
        for (; p <= depth - TLanes.Count; p += TLanes.Count)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch1(later0 + p);
                Sse.Prefetch1(later1 + p);
            }

            TLanes s = TXSource.Load(x0 + p), t = TXSource.Load(x1 + p), u = TXSource.Load(x2 + p), v = TXSource.Load(x3 + p);
            Step<T, TLanes>(s, t, u, v, TYSource.Load(y0 + p), ref a0, ref b0, ref c0, ref d0);
            Step<T, TLanes>(s, t, u, v, TYSource.Load(y1 + p), ref a1, ref b1, ref c1, ref d1);
            Step<T, TLanes>(s, t, u, v, TYSource.Load(y2 + p), ref a2, ref b2, ref c2, ref d2);
            Step<T, TLanes>(s, t, u, v, TYSource.Load(y3 + p), ref a3, ref b3, ref c3, ref d3);
            Step<T, TLanes>(s, t, u, v, TYSource.Load(y4 + p), ref a4, ref b4, ref c4, ref d4);
        }

        if (p < depth)
        {
            TLanes first = TLanes.Broadcast(T.CreateTruncating(p + TLanes.Count - depth));
            p = depth - TLanes.Count;
            TLanes s = TLanes.KeepFrom(TXSource.Load(x0 + p), first), t = TLanes.KeepFrom(TXSource.Load(x1 + p), first);
            TLanes u = TLanes.KeepFrom(TXSource.Load(x2 + p), first), v = TLanes.KeepFrom(TXSource.Load(x3 + p), first);
            Step<T, TLanes>(s, t, u, v, TLanes.KeepFrom(TYSource.Load(y0 + p), first), ref a0, ref b0, ref c0, ref d0);
            Step<T, TLanes>(s, t, u, v, TLanes.KeepFrom(TYSource.Load(y1 + p), first), ref a1, ref b1, ref c1, ref d1);
            Step<T, TLanes>(s, t, u, v, TLanes.KeepFrom(TYSource.Load(y2 + p), first), ref a2, ref b2, ref c2, ref d2);
            Step<T, TLanes>(s, t, u, v, TLanes.KeepFrom(TYSource.Load(y3 + p), first), ref a3, ref b3, ref c3, ref d3);
            Step<T, TLanes>(s, t, u, v, TLanes.KeepFrom(TYSource.Load(y4 + p), first), ref a4, ref b4, ref c4, ref d4);
        }

        TLanes.Sum(a0, b0, c0, d0, sums);
        if (last >= 1)
            TLanes.Sum(a1, b1, c1, d1, sums + sumsRow);
        if (last >= 2)
            TLanes.Sum(a2, b2, c2, d2, sums + (2 * sumsRow));
        if (last >= 3)
            TLanes.Sum(a3, b3, c3, d3, sums + (3 * sumsRow));
        if (last >= 4)
            TLanes.Sum(a4, b4, c4, d4, sums + (4 * sumsRow));
    }

    /// <summary>
    /// Row r at <paramref name="c0"/> = (or +=) Σ_p y_r[p]·(two registers of x's row p). A row of y past the last repeats it,
    /// and so does a row of C, where the same numbers are then stored twice.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    internal static void Across<T, TLanes, TX, TSource, TRows>(
        TRows x, T* y0, nint yRow, int last, nint yStep, int depth, T* c0, nint cRow, bool accumulate)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, ILanes<TLanes, T>
        where TX : unmanaged
        where TSource : struct, ISource<TX, TLanes>
        where TRows : struct, IRows<TX>
    {
        T* y1 = y0 + (Math.Min(1, last) * yRow);
        T* y2 = y0 + (Math.Min(2, last) * yRow);
        T* y3 = y0 + (Math.Min(3, last) * yRow);
        T* y4 = y0 + (Math.Min(4, last) * yRow);
        TLanes a0 = default, a1 = default, a2 = default, a3 = default, a4 = default;
        TLanes b0 = default, b1 = default, b2 = default, b3 = default, b4 = default;
        nint at = 0;
        for (nint p = 0; p < depth; p++)
        {
            TX* row = x[p];
            TLanes u = TSource.Load(row);
            TLanes v = TSource.Load(row + TLanes.Count);
            Step<T, TLanes>(u, v, TLanes.Broadcast(y0[at]), ref a0, ref b0);
            Step<T, TLanes>(u, v, TLanes.Broadcast(y1[at]), ref a1, ref b1);
            Step<T, TLanes>(u, v, TLanes.Broadcast(y2[at]), ref a2, ref b2);
            Step<T, TLanes>(u, v, TLanes.Broadcast(y3[at]), ref a3, ref b3);
            Step<T, TLanes>(u, v, TLanes.Broadcast(y4[at]), ref a4, ref b4);
            at += yStep;
        }

        T* c1 = c0 + (Math.Min(1, last) * cRow);
        T* c2 = c0 + (Math.Min(2, last) * cRow);
        T* c3 = c0 + (Math.Min(3, last) * cRow);
        T* c4 = c0 + (Math.Min(4, last) * cRow);
        if (accumulate)
        {
            a0 += TLanes.Load(c0);
            b0 += TLanes.Load(c0 + TLanes.Count);
            a1 += TLanes.Load(c1);
            b1 += TLanes.Load(c1 + TLanes.Count);
            a2 += TLanes.Load(c2);
            b2 += TLanes.Load(c2 + TLanes.Count);
            a3 += TLanes.Load(c3);
            b3 += TLanes.Load(c3 + TLanes.Count);
            a4 += TLanes.Load(c4);
            b4 += TLanes.Load(c4 + TLanes.Count);
        }

        a0.Store(c0);
        b0.Store(c0 + TLanes.Count);
        a1.Store(c1);
        b1.Store(c1 + TLanes.Count);
        a2.Store(c2);
        b2.Store(c2 + TLanes.Count);
        a3.Store(c3);
        b3.Store(c3 + TLanes.Count);
        a4.Store(c4);
        b4.Store(c4 + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<T, TLanes>(
        TLanes s, TLanes t, TLanes u, TLanes v, TLanes w, ref TLanes a, ref TLanes b, ref TLanes c, ref TLanes d)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, ILanes<TLanes, T>
    {
        Step<T, TLanes>(s, t, w, ref a, ref b);
        Step<T, TLanes>(u, v, w, ref c, ref d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<T, TLanes>(TLanes u, TLanes v, TLanes w, ref TLanes a, ref TLanes b)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, ILanes<TLanes, T>
    {
        a = TLanes.MultiplyAdd(u, w, a);
        b = TLanes.MultiplyAdd(v, w, b);
    }
}
