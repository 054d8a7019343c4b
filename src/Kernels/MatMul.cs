using System;
using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LinearNets.Kernels;

internal enum SimdWidth
{
    Portable,
    Avx2,
    Avx512,
}

internal static unsafe class MatMul
{
    private const int TileRows = 5;
    private const int PlainWork = 256;
    private const int PlainDepth = 32;
    internal static bool Prefetch = false; internal static int Leafs = 256, PackY = 32;
    private const int MaxSlim = 16;
    private const int MaxChunk = 1024;

    internal static SimdWidth Widest =>
        Vector512.IsHardwareAccelerated ? SimdWidth.Avx512
        : Vector256.IsHardwareAccelerated ? SimdWidth.Avx2
        : SimdWidth.Portable;

    internal static void Run<T>(ReadOnlySpan<T> a, bool transA, ReadOnlySpan<T> b, bool transB, Span<T> c, int m, int n, int k)
        where T : unmanaged, INumber<T> => Run(a, transA, b, transB, c, m, n, k, Widest);

    internal static void Run<T>(
        ReadOnlySpan<T> a, bool transA, ReadOnlySpan<T> b, bool transB, Span<T> c, int m, int n, int k, SimdWidth width)
        where T : unmanaged, INumber<T>
    {
        fixed (T* pa = a, pb = b, pc = c)
        {
            var rows = new Operand<T>(pa, m, transA ? 1 : k, transA ? m : 1);
            var columns = new Operand<T>(pb, n, transB ? k : 1, transB ? 1 : n);
            var target = new Target<T>(pc, n, 1);
            if ((long)m * n * k <= PlainWork && k <= PlainDepth)
            {
                Plain(rows, columns, target, k);
            }
            else if (width == SimdWidth.Avx512)
            {
                Blocked<T, Lanes512<T>>(rows, columns, target, k);
            }
            else if (width == SimdWidth.Avx2)
            {
                Blocked<T, Lanes256<T>>(rows, columns, target, k);
            }
            else
            {
                Blocked<T, LanesPortable<T>>(rows, columns, target, k);
            }
        }
    }

    private static void Plain<T>(Operand<T> rows, Operand<T> columns, Target<T> c, int k)
        where T : unmanaged, INumber<T>
    {
        for (nint i = 0; i < rows.Length; i++)
        {
            for (nint j = 0; j < columns.Length; j++)
            {
                T sum = T.Zero;
                for (nint p = 0; p < k; p++)
                {
                    sum += rows.At[(i * rows.Row) + (p * rows.K)] * columns.At[(j * columns.Row) + (p * columns.K)];
                }

                c.At[(i * c.Row) + (j * c.Column)] = sum;
            }
        }
    }

    private static void Blocked<T, TLanes>(Operand<T> rows, Operand<T> columns, Target<T> c, int k)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, ILanes<TLanes, T>
    {
        int slim = Math.Min(rows.Length, columns.Length);
        Operand<T> large = rows.Length >= columns.Length ? rows : columns;
        bool dot = slim <= MaxSlim && large.K == 1 && k >= TLanes.Count;
        bool swap = dot
            ? (slim > 2) == (rows.Length >= columns.Length)
            : rows.Length > columns.Length && columns.Length < 4 * TLanes.Count;
        if (swap)
        {
            (rows, columns) = (columns, rows);
            c = new Target<T>(c.At, c.Column, c.Row);
        }

        // rows: the 5 slots (y); columns: the 2 slots (x). For dot with slim>2: slim -> rows
        int block = dot ? 64 * TLanes.Count : Leafs;
        for (int i = 0; i < rows.Length; i += MaxChunk)
        {
            for (int j = 0; j < columns.Length; j += MaxChunk)
            {
                SumBlocks<T, TLanes>(
                    rows.Slice(i, Math.Min(MaxChunk, rows.Length - i)),
                    columns.Slice(j, Math.Min(MaxChunk, columns.Length - j)),
                    new Target<T>(c.At + (i * c.Row) + (j * c.Column), c.Row, c.Column), k, block, dot);
            }
        }
    }

    private static void SumBlocks<T, TLanes>(Operand<T> y, Operand<T> x, Target<T> c, int k, int block, bool dot)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, ILanes<TLanes, T>
    {
        if (k <= block)
        {
            Leaf<T, TLanes>(y, x, c, k, dot, accumulate: false);
            return;
        }

        int left = ((k / 2) + TLanes.Count - 1) / TLanes.Count * TLanes.Count;
        SumBlocks<T, TLanes>(y, x, c, left, block, dot);
        y = y.From(left);
        x = x.From(left);
        if (k - left <= block)
        {
            Leaf<T, TLanes>(y, x, c, k - left, dot, accumulate: true);
            return;
        }

        T[] rented = ArrayPool<T>.Shared.Rent(y.Length * x.Length);
        fixed (T* at = rented)
        {
            var right = new Target<T>(at, x.Length, 1);
            SumBlocks<T, TLanes>(y, x, right, k - left, block, dot);
            Copy(right, c, y.Length, x.Length, accumulate: true);
        }

        ArrayPool<T>.Shared.Return(rented);
    }

    private static void Copy<T>(Target<T> from, Target<T> to, int rows, int columns, bool accumulate)
        where T : unmanaged, INumber<T>
    {
        for (nint i = 0; i < rows; i++)
        {
            T* source = from.At + (i * from.Row);
            T* target = to.At + (i * to.Row);
            for (nint j = 0; j < columns; j++)
            {
                target[j * to.Column] = accumulate ? target[j * to.Column] + source[j * from.Column] : source[j * from.Column];
            }
        }
    }

    private static void Leaf<T, TLanes>(Operand<T> y, Operand<T> x, Target<T> c, int k, bool dot, bool accumulate)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, ILanes<TLanes, T>
    {
        if (dot)
        {
            T[]? packed = null;
            ref Operand<T> small = ref (x.K != 1 ? ref x : ref y);
            if (small.K != 1)
            {
                packed = ArrayPool<T>.Shared.Rent(small.Length * k);
            }
            fixed (T* at = packed)
            {
                if (small.K != 1)
                {
                    Copy(new Target<T>(small.At, small.K, small.Row), new Target<T>(at, 1, k), k, small.Length, false);
                    small = new Operand<T>(at, small.Length, k, 1);
                }
                for (nint i = 0; i < x.Length; i += 2)
                {
                    T* row = x.At + (i * x.Row);
                    Strip<T, TLanes, Along>(row, i + 1 < x.Length ? row + x.Row : row, TLanes.Count, y, k, (int)Math.Min(2, x.Length - i), c.At + (i * c.Column), c.Row, c.Column, accumulate);
                }
            }
            if (packed != null) { ArrayPool<T>.Shared.Return(packed); }
            return;
        }
        else
        {
            int width = 2 * TLanes.Count;
            T[]? ry = null; bool packy = x.Length >= PackY * width && y.Length > 10;
            if (packy) ry = ArrayPool<T>.Shared.Rent((y.Length + 5) * k);
            fixed (T* yat = ry) {
            if (packy) { for (nint i = 0; i < y.Length; i += 5) { Pack(new Operand<T>(y.At + i * y.Row, (int)Math.Min(5, y.Length - i), y.Row, y.K), yat + i * k, k, 5); }
              y = new Operand<T>(yat, y.Length, 1, 5, 5 * k); }
            T[] rented = ArrayPool<T>.Shared.Rent((k + y.Length) * width + 16);
            fixed (T* at0 = rented)
            {
                T* at = (T*)(((nint)at0 + 63) & ~63);
                T* scratch = at + (k * width);
                for (nint j = 0; j < x.Length; j += width)
                {
                    int valid = (int)Math.Min(width, x.Length - j);
                    T* panel = x.At + (j * x.Row);
                    nint step = x.K;
                    if (x.Row != 1 || valid < width || y.Length > 32)
                    {
                        Pack(new Operand<T>(panel, valid, x.Row, x.K), at, k, width);
                        panel = at;
                        step = width;
                    }

                    T* target = c.At + (j * c.Column);
                    if (c.Column == 1 && valid == width)
                    {
                        Strip<T, TLanes, Across>(panel, panel + TLanes.Count, step, y, k, 0, target, c.Row, 1, accumulate);
                    }
                    else
                    {
                        Strip<T, TLanes, Across>(panel, panel + TLanes.Count, step, y, k, 0, scratch, width, 1, false);
                        Copy(new Target<T>(scratch, width, 1), new Target<T>(target, c.Row, c.Column), y.Length, valid, accumulate);
                    }
                }
            }
            ArrayPool<T>.Shared.Return(rented);
            }
            if (ry != null) ArrayPool<T>.Shared.Return(ry);
        }
    }

    private static void Pack<T>(Operand<T> x, T* panel, int k, int width)
        where T : unmanaged, INumber<T>
    {
        if (x.Row == 1)
        {
            for (nint p = 0; p < k; p++)
            {
                new ReadOnlySpan<T>(x.At + (p * x.K), x.Length).CopyTo(new Span<T>(panel + (p * width), x.Length));
                new Span<T>(panel + (p * width) + x.Length, width - x.Length).Clear();
            }
            return;
        }

        if (x.Length < width) { new Span<T>(panel, k * width).Clear(); }
        for (nint j = 0; j < x.Length; j++)
        {
            T* source = x.At + (j * x.Row);
            for (nint p = 0; p < k; p++)
            {
                panel[(p * width) + j] = source[p * x.K];
            }
        }
    }

    private interface IShape { static abstract bool Dot { get; } }
    private readonly struct Along : IShape { public static bool Dot => true; }
    private readonly struct Across : IShape { public static bool Dot => false; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Read<T, TLanes, TShape>(T* at)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, ILanes<TLanes, T>
        where TShape : IShape => TShape.Dot ? TLanes.Load(at) : TLanes.Broadcast(*at);

    private static void Strip<T, TLanes, TShape>(
        T* x0, T* x1, nint xStep, Operand<T> y, int k, int valid, T* c, nint cRow, nint cColumn, bool accumulate)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, ILanes<TLanes, T>
        where TShape : IShape
    {
        for (nint i = 0; i < y.Length; i += TileRows)
        {
            Tile<T, TLanes, TShape>(x0, x1, xStep, y.At + (y.Group != 0 ? i / TileRows * y.Group : i * y.Row), y.Row, y.K, (int)Math.Min(TileRows, y.Length - i) - 1, k, c + (i * cRow), cRow, cColumn, valid, accumulate);
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Tile<T, TLanes, TShape>(
        T* x0, T* x1, nint xStep, T* y0, nint yRow, nint yStep, int last, int k, T* c, nint cRow, nint cColumn, int valid, bool accumulate)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, ILanes<TLanes, T>
        where TShape : IShape
    {
        T* y1 = y0 + (Math.Min(1, last) * yRow);
        T* y2 = y0 + (Math.Min(2, last) * yRow);
        T* y3 = y0 + (Math.Min(3, last) * yRow);
        T* y4 = y0 + (Math.Min(4, last) * yRow);
        TLanes a0 = default, a1 = default, a2 = default, a3 = default, a4 = default;
        TLanes b0 = default, b1 = default, b2 = default, b3 = default, b4 = default;
        if (TShape.Dot)
        {
            nint p = 0;
            for (; p <= k - TLanes.Count; p += TLanes.Count)
            {
                TLanes u = TLanes.Load(x0 + p);
                TLanes v = TLanes.Load(x1 + p);
                TLanes w;
                w = TLanes.Load(y0 + p);
                a0 = TLanes.MultiplyAdd(u, w, a0);
                b0 = TLanes.MultiplyAdd(v, w, b0);
                w = TLanes.Load(y1 + p);
                a1 = TLanes.MultiplyAdd(u, w, a1);
                b1 = TLanes.MultiplyAdd(v, w, b1);
                w = TLanes.Load(y2 + p);
                a2 = TLanes.MultiplyAdd(u, w, a2);
                b2 = TLanes.MultiplyAdd(v, w, b2);
                w = TLanes.Load(y3 + p);
                a3 = TLanes.MultiplyAdd(u, w, a3);
                b3 = TLanes.MultiplyAdd(v, w, b3);
                w = TLanes.Load(y4 + p);
                a4 = TLanes.MultiplyAdd(u, w, a4);
                b4 = TLanes.MultiplyAdd(v, w, b4);
            }
            if (p < k)
            {
                TLanes first = TLanes.Broadcast(T.CreateTruncating(p + TLanes.Count - k));
                p = k - TLanes.Count;
                TLanes u = TLanes.KeepFrom(TLanes.Load(x0 + p), first);
                TLanes v = TLanes.KeepFrom(TLanes.Load(x1 + p), first);
                TLanes w;
                w = TLanes.KeepFrom(TLanes.Load(y0 + p), first);
                a0 = TLanes.MultiplyAdd(u, w, a0);
                b0 = TLanes.MultiplyAdd(v, w, b0);
                w = TLanes.KeepFrom(TLanes.Load(y1 + p), first);
                a1 = TLanes.MultiplyAdd(u, w, a1);
                b1 = TLanes.MultiplyAdd(v, w, b1);
                w = TLanes.KeepFrom(TLanes.Load(y2 + p), first);
                a2 = TLanes.MultiplyAdd(u, w, a2);
                b2 = TLanes.MultiplyAdd(v, w, b2);
                w = TLanes.KeepFrom(TLanes.Load(y3 + p), first);
                a3 = TLanes.MultiplyAdd(u, w, a3);
                b3 = TLanes.MultiplyAdd(v, w, b3);
                w = TLanes.KeepFrom(TLanes.Load(y4 + p), first);
                a4 = TLanes.MultiplyAdd(u, w, a4);
                b4 = TLanes.MultiplyAdd(v, w, b4);
            }
            T* sums = stackalloc T[10];
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
            for (nint r = 0; r <= last; r++)
            {
                for (nint q = 0; q < valid; q++)
                {
                    T* t = c + (r * cRow) + (q * cColumn);
                    T s = sums[(2 * r) + q];
                    *t = accumulate ? *t + s : s;
                }
            }
        }
        else
        {
            T* c1 = c + (Math.Min(1, last) * cRow);
            T* c2 = c + (Math.Min(2, last) * cRow);
            T* c3 = c + (Math.Min(3, last) * cRow);
            T* c4 = c + (Math.Min(4, last) * cRow);
            if (Prefetch) {
                Sse.Prefetch0(c); Sse.Prefetch0(c + TLanes.Count);
                Sse.Prefetch0(c1); Sse.Prefetch0(c1 + TLanes.Count);
                Sse.Prefetch0(c2); Sse.Prefetch0(c2 + TLanes.Count);
                Sse.Prefetch0(c3); Sse.Prefetch0(c3 + TLanes.Count);
                Sse.Prefetch0(c4); Sse.Prefetch0(c4 + TLanes.Count);
            }
            nint py = 0;
            for (int s = k; s > 0; s--)
            {
                TLanes u = TLanes.Load(x0);
                TLanes v = TLanes.Load(x0 + TLanes.Count);
                TLanes w;
                w = TLanes.Broadcast(y0[py]);
                a0 = TLanes.MultiplyAdd(u, w, a0);
                b0 = TLanes.MultiplyAdd(v, w, b0);
                w = TLanes.Broadcast(y1[py]);
                a1 = TLanes.MultiplyAdd(u, w, a1);
                b1 = TLanes.MultiplyAdd(v, w, b1);
                w = TLanes.Broadcast(y2[py]);
                a2 = TLanes.MultiplyAdd(u, w, a2);
                b2 = TLanes.MultiplyAdd(v, w, b2);
                w = TLanes.Broadcast(y3[py]);
                a3 = TLanes.MultiplyAdd(u, w, a3);
                b3 = TLanes.MultiplyAdd(v, w, b3);
                w = TLanes.Broadcast(y4[py]);
                a4 = TLanes.MultiplyAdd(u, w, a4);
                b4 = TLanes.MultiplyAdd(v, w, b4);
                x0 += xStep;
                py += yStep;
            }
            T* c0 = c;
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
    }

    private readonly struct Operand<T>(T* at, int length, nint row, nint k, nint group = 0)
        where T : unmanaged
    {
        public readonly T* At = at;
        public readonly int Length = length;
        public readonly nint Row = row;
        public readonly nint K = k;
        public readonly nint Group = group;
        public Operand<T> Slice(nint start, int length) => new(At + (start * Row), length, Row, K);
        public Operand<T> From(nint k) => new(At + (k * K), Length, Row, K);
    }

    private readonly struct Target<T>(T* at, nint row, nint column)
        where T : unmanaged
    {
        public readonly T* At = at;
        public readonly nint Row = row;
        public readonly nint Column = column;
    }
}
