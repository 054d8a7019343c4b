// Scores of an affine model on a part of the rows, and the gradient from their cotangents.
//
//   z[c, r] = Σ_j w[c, j]·x[rows[r], j]          G[c, j] = Σ_r e[c, r]·x[rows[r], j]
//
//   x [n; d]  bytes or numbers, read where they lie: rows are picked by their number
//   w, G [k; d]  a row for each class; longer than d, with zeros at its end, where d columns do not fill two registers
//   z, e [k; 64]  a row for each class, a lane for each row of the part
//
// Both products go through the tiles that matrix products go through. A part is 64 rows: when the gradient wants them they
// are still in the cache. Shuffled rows are cache misses, so that each is asked for some rows before its turn; what is asked
// for may belong to the next part.
//
// Accuracy: scores are sums of chains of at most 128 registers, the gradient of a part is a chain of 64 products.

using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace LinearNets.Kernels;

/// <summary>Scores and gradients of parts.</summary>
internal abstract unsafe class AffinePass<TX, T>(int features, int outputs)
    where TX : unmanaged, INumber<TX>
    where T : unmanaged, INumber<T>
{
    /// <summary>The most rows of a part, and the distance of two rows of z and e.</summary>
    internal const int MostRows = 64;

    protected int Features { get; } = features;

    protected int Outputs { get; } = outputs;

    /// <summary>How long a row of w and G is: the features, and zeros where the registers want more.</summary>
    internal virtual int RowLength => Features;

    /// <summary>z of some rows; <paramref name="known"/> is how many row numbers there are to look ahead at.</summary>
    internal abstract void Scores(TX* x, int* rows, int count, int known, T* w, T* z);

    /// <summary>G, overwritten, of some rows.</summary>
    internal abstract void Gradient(TX* x, int* rows, int count, T* e, T* g);

    /// <summary>A pass on registers of a width; rows that do not fill two of them are padded, or very small ones summed plainly.</summary>
    internal static AffinePass<TX, T> Create(int features, int outputs, SimdWidth width)
    {
        // Below this many products a row, loading registers takes longer than three plain loops.
        const long FewProducts = 16;
        bool ofBytes = typeof(TX) == typeof(byte) && typeof(T) == typeof(float);
        if (!ofBytes && typeof(TX) != typeof(T))
            throw new NotSupportedException($"{typeof(T).Name} scores of {typeof(TX).Name} features");
        if ((long)features * outputs <= FewProducts)
            return new PlainPass<TX, T>(features, outputs);
        return ofBytes
            ? (AffinePass<TX, T>)(object)OfBytes(features, outputs, width)
            : (AffinePass<TX, T>)(object)OfNumbers(features, outputs, width);
    }

    // A method of its own for each, not inlined: a process compiles what it uses, and tiles are types made of types.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static AffinePass<byte, float> OfBytes(int features, int outputs, SimdWidth width) => width switch
    {
        SimdWidth.Avx512 => Tiled<byte, float, Lanes512<float>, Bytes512, LanesPair<float, Lanes512<float>>, SourcePair<byte, float, Lanes512<float>, Bytes512>>(features, outputs),
        SimdWidth.Avx2 => Tiled<byte, float, Lanes256<float>, Bytes256, Lanes256<float>, Bytes256>(features, outputs),
        _ => Tiled<byte, float, LanesPortable<float>, BytesPortable, LanesPortable<float>, BytesPortable>(features, outputs),
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static AffinePass<T, T> OfNumbers(int features, int outputs, SimdWidth width) => width switch
    {
        SimdWidth.Avx512 => Tiled<T, T, Lanes512<T>, Own<T, Lanes512<T>>, LanesPair<T, Lanes512<T>>, Own<T, LanesPair<T, Lanes512<T>>>>(features, outputs),
        SimdWidth.Avx2 => Tiled<T, T, Lanes256<T>, Own<T, Lanes256<T>>, Lanes256<T>, Own<T, Lanes256<T>>>(features, outputs),
        _ => Tiled<T, T, LanesPortable<T>, Own<T, LanesPortable<T>>, LanesPortable<T>, Own<T, LanesPortable<T>>>(features, outputs),
    };

    private static AffinePass<TX1, T1> Tiled<TX1, T1, TLanes, TSource, TPanel, TPanelSource>(int features, int outputs)
        where TX1 : unmanaged, INumber<TX1>
        where T1 : unmanaged, INumber<T1>
        where TLanes : unmanaged, IRegister<TLanes, T1>
        where TSource : struct, ISource<TX1, TLanes>
        where TPanel : unmanaged, ILanes<TPanel, T1>
        where TPanelSource : struct, ISource<TX1, TPanel>
    {
        int least = 2 * TLanes.Count;
        return features >= least
            ? new TiledPass<TX1, T1, TLanes, TSource, TPanel, TPanelSource>(features, outputs)
            : new PaddedPass<TX1, T1>(features, outputs, new TiledPass<T1, T1, TLanes, Own<T1, TLanes>, TPanel, Own<T1, TPanel>>(least, outputs));
    }
}

/// <summary>Rows too short for registers: a part's are copied, with zeros at their ends, and go through tiles.</summary>
internal sealed unsafe class PaddedPass<TX, T>(int features, int outputs, AffinePass<T, T> tiles) : AffinePass<TX, T>(features, outputs)
    where TX : unmanaged, INumber<TX>
    where T : unmanaged, INumber<T>
{
    /// <summary>0, 1, 2 …: the rows of the copy, in order. Pinned, for its address is kept.</summary>
    private static readonly int[] Order = InOrder();

    internal override int RowLength => tiles.RowLength;

    internal override void Scores(TX* x, int* rows, int count, int known, T* w, T* z)
    {
        T* padded = stackalloc T[MostRows * RowLength];
        Pad(x, rows, count, padded);
        tiles.Scores(padded, (int*)Unsafe.AsPointer(ref Order[0]), count, count, w, z);
    }

    internal override void Gradient(TX* x, int* rows, int count, T* e, T* g)
    {
        T* padded = stackalloc T[MostRows * RowLength];
        Pad(x, rows, count, padded);
        tiles.Gradient(padded, (int*)Unsafe.AsPointer(ref Order[0]), count, e, g);
    }

    private static int[] InOrder()
    {
        int[] order = GC.AllocateUninitializedArray<int>(MostRows, pinned: true);
        for (int r = 0; r < MostRows; r++)
            order[r] = r;
        return order;
    }

    private void Pad(TX* x, int* rows, int count, T* padded)
    {
        for (nint r = 0; r < count; r++)
        {
            TX* from = x + ((nint)rows[r] * Features);
            T* to = padded + (r * RowLength);
            for (nint j = 0; j < Features; j++)
                to[j] = Real.Of<TX, T>(from[j]);
        }
    }
}

/// <summary>Plain loops, for very small models.</summary>
internal sealed unsafe class PlainPass<TX, T>(int features, int outputs) : AffinePass<TX, T>(features, outputs)
    where TX : unmanaged, INumber<TX>
    where T : unmanaged, INumber<T>
{
    internal override void Scores(TX* x, int* rows, int count, int known, T* w, T* z)
    {
        for (nint c = 0; c < Outputs; c++)
        {
            T* own = w + (c * Features);
            T* scores = z + (c * MostRows);
            new Span<T>(scores, count).Clear();
            // Rows innermost: their sums do not wait for one another.
            for (nint j = 0; j < Features; j++)
            {
                T factor = own[j];
                for (nint r = 0; r < count; r++)
                    scores[r] += factor * Real.Of<TX, T>(x[((nint)rows[r] * Features) + j]);
            }
        }
    }

    internal override void Gradient(TX* x, int* rows, int count, T* e, T* g)
    {
        for (nint c = 0; c < Outputs; c++)
        {
            T* slopes = e + (c * MostRows);
            for (nint j = 0; j < Features; j++)
            {
                // Two sums, because a sum waits for itself.
                T even = T.Zero, odd = T.Zero;
                int r = 0;
                for (; r < count - 1; r += 2)
                {
                    even += slopes[r] * Real.Of<TX, T>(x[((nint)rows[r] * Features) + j]);
                    odd += slopes[r + 1] * Real.Of<TX, T>(x[((nint)rows[r + 1] * Features) + j]);
                }

                if (r < count)
                    even += slopes[r] * Real.Of<TX, T>(x[((nint)rows[r] * Features) + j]);
                g[(c * Features) + j] = even + odd;
            }
        }
    }
}

/// <summary>Tiles of registers; a row fills two or more.</summary>
internal sealed unsafe class TiledPass<TX, T, TLanes, TSource, TPanel, TPanelSource>(int features, int outputs)
    : AffinePass<TX, T>(features, outputs)
    where TX : unmanaged, INumber<TX>
    where T : unmanaged, INumber<T>
    where TLanes : unmanaged, IRegister<TLanes, T>
    where TSource : struct, ISource<TX, TLanes>
    where TPanel : unmanaged, ILanes<TPanel, T>
    where TPanelSource : struct, ISource<TX, TPanel>
{
    /// <summary>The longest chain of additions in a lane of a score.</summary>
    private const int Leaf = 128;

    private const int CacheLine = 64;

    /// <summary>How many bytes of rows are asked for ahead, all lines of a row at once.</summary>
    private const int BytesAhead = 4096;

    /// <summary>How many rows ahead rows are asked for line by line.</summary>
    private const int RowsAhead = 8;

    private readonly int rowsAhead = (BytesAhead / (features * sizeof(TX))) + 2;

    internal override void Scores(TX* x, int* rows, int count, int known, T* w, T* z)
    {
        int chunks = (Features + (Leaf * TLanes.Count) - 1) / (Leaf * TLanes.Count);
        for (int i = 0; i < chunks; i++)
        {
            int from = (int)((long)i * Features / chunks);
            int depth = (int)((long)(i + 1) * Features / chunks) - from;
            int ahead = i == 0 ? known : 0;
            if (Outputs <= 2)
                FewScores(x + from, rows, count, ahead, w + from, z, depth, i > 0);
            else if (TPanel.Count > TLanes.Count)
                FourRowScores(x + from, rows, count, ahead, w + from, z, depth, i > 0);
            else
                ManyScores(x + from, rows, count, ahead, w + from, z, depth, i > 0);
        }
    }

    internal override void Gradient(TX* x, int* rows, int count, T* e, T* g)
    {
        int j = 0;
        for (; j <= Features - (2 * TPanel.Count); j += 2 * TPanel.Count)
            Panel<TPanel, TPanelSource>(x, rows, count, e, g, j);
        // The last panel begins early rather than ending late; what it makes again comes out the same.
        for (; j < Features; j += 2 * TLanes.Count)
            Panel<TLanes, TSource>(x, rows, count, e, g, Math.Min(j, Features - (2 * TLanes.Count)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Panel<TWide, TWideSource>(TX* x, int* rows, int count, T* e, T* g, int j)
        where TWide : unmanaged, ILanes<TWide, T>
        where TWideSource : struct, ISource<TX, TWide>
    {
        var panel = new PickedRows<TX>(x + j, Features, rows);
        for (int c = 0; c < Outputs; c += Tiles.Rows)
        {
            int last = Math.Min(Tiles.Rows, Outputs - c) - 1;
            Tiles.Across<T, TWide, TX, TWideSource, PickedRows<TX>>(
                panel, e + (c * MostRows), MostRows, last, 1, count, g + ((nint)c * Features) + j, Features, accumulate: false);
        }
    }

    /// <summary>Four rows of x at a time, five classes at a time: where there are registers for twenty sums.</summary>
    private void FourRowScores(TX* x, int* rows, int count, int known, T* w, T* z, int depth, bool accumulate)
    {
        const int Four = 4;
        T* sums = stackalloc T[Four * Tiles.Rows];
        for (int r = 0; r < count; r += Four)
        {
            // With five classes or fewer there is one tile for four rows: not enough to ask for four others on the way.
            bool few = Outputs <= Tiles.Rows;
            if (few)
                Fetch(x, rows, r, Four, known);
            TX* x0 = x + ((nint)rows[r] * Features);
            TX* x1 = x + ((nint)rows[Math.Min(r + 1, count - 1)] * Features);
            TX* x2 = x + ((nint)rows[Math.Min(r + 2, count - 1)] * Features);
            TX* x3 = x + ((nint)rows[Math.Min(r + 3, count - 1)] * Features);
            for (int c = 0; c < Outputs; c += Tiles.Rows)
            {
                int last = Math.Min(Tiles.Rows, Outputs - c) - 1;
                T* to = z + (c * MostRows) + r;
                int later = r + RowsAhead + (c == 0 ? 0 : 2);
                bool ask = !few && c <= Tiles.Rows && later + 1 < known;
                TX* later0 = ask ? x + ((nint)rows[later] * Features) : x0;
                TX* later1 = ask ? x + ((nint)rows[later + 1] * Features) : x1;
                // The sums of four rows lie side by side, as the lanes of z do.
                Tiles.AlongFour<T, TLanes, TX, TSource, T, Own<T, TLanes>>(
                    x0, x1, x2, x3, w + ((nint)c * Features), Features, last, depth, accumulate ? sums : to, accumulate ? Four : MostRows, later0, later1);
                for (int i = 0; accumulate && i <= last; i++)
                {
                    for (int j = 0; j < Four; j++)
                        to[(i * MostRows) + j] += sums[(i * Four) + j];
                }
            }
        }
    }

    /// <summary>Two rows of x at a time, five classes at a time.</summary>
    private void ManyScores(TX* x, int* rows, int count, int known, T* w, T* z, int depth, bool accumulate)
    {
        T* sums = stackalloc T[2 * Tiles.Rows];
        for (int r = 0; r < count; r += 2)
        {
            Fetch(x, rows, r, 2, known);
            int second = Math.Min(r + 1, count - 1);
            TX* x0 = x + ((nint)rows[r] * Features);
            TX* x1 = x + ((nint)rows[second] * Features);
            for (int c = 0; c < Outputs; c += Tiles.Rows)
            {
                int last = Math.Min(Tiles.Rows, Outputs - c) - 1;
                T* own = w + ((nint)c * Features);
                Tiles.Along<T, TLanes, TX, TSource, T, Own<T, TLanes>>(
                    x0,
                    x1,
                    own,
                    own + ((nint)Math.Min(1, last) * Features),
                    own + ((nint)Math.Min(2, last) * Features),
                    own + ((nint)Math.Min(3, last) * Features),
                    own + ((nint)Math.Min(4, last) * Features),
                    depth,
                    sums);
                for (int i = 0; i <= last; i++)
                {
                    T* to = z + ((c + i) * MostRows);
                    if (accumulate)
                    {
                        to[second] += second > r ? sums[(2 * i) + 1] : T.Zero;
                        to[r] += sums[2 * i];
                    }
                    else
                    {
                        to[second] = sums[(2 * i) + 1];
                        to[r] = sums[2 * i];
                    }
                }
            }
        }
    }

    /// <summary>One or two classes, five rows of x at a time.</summary>
    private void FewScores(TX* x, int* rows, int count, int known, T* w, T* z, int depth, bool accumulate)
    {
        T* sums = stackalloc T[2 * Tiles.Rows];
        T* second = w + ((Outputs - 1) * (nint)Features);
        for (int r = 0; r < count; r += Tiles.Rows)
        {
            Fetch(x, rows, r, Tiles.Rows, known);
            int last = Math.Min(Tiles.Rows, count - r) - 1;
            Tiles.Along<T, TLanes, T, Own<T, TLanes>, TX, TSource>(
                w,
                second,
                x + ((nint)rows[r] * Features),
                x + ((nint)rows[r + Math.Min(1, last)] * Features),
                x + ((nint)rows[r + Math.Min(2, last)] * Features),
                x + ((nint)rows[r + Math.Min(3, last)] * Features),
                x + ((nint)rows[r + Math.Min(4, last)] * Features),
                depth,
                sums);
            for (int i = 0; i <= last; i++)
            {
                for (int c = 0; c < Outputs; c++)
                {
                    T* to = z + (c * MostRows) + r + i;
                    *to = accumulate ? *to + sums[(2 * i) + c] : sums[(2 * i) + c];
                }
            }
        }
    }

    /// <summary>Asks the memory for some rows before their turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Fetch(TX* x, int* rows, int r, int count, int known)
    {
        if (!Sse.IsSupported)
            return;
        int end = Math.Min(r + rowsAhead + count, known);
        for (int i = r + rowsAhead; i < end; i++)
        {
            byte* row = (byte*)(x + ((nint)rows[i] * Features));
            for (int line = 0; line < Features * sizeof(TX); line += CacheLine)
                Sse.Prefetch0(row + line);
        }
    }
}
