// Sums of products over rows, all that least squares need to know of the data, in one pass.
//
//   Z = [X 1 y]  [n; D], D = d + 1 + q      G = Zᵀ·diag(s)·Z:  G[i, j] = Σ_r s_r·Z[r, i]·Z[r, j]
//
//   X [n; d]  bytes, floats or doubles       y [n; q]  doubles       s [n]  weights of rows, or none, which is 1 for each
//
//         ┌ XᵀX   Xᵀ1   Xᵀy ┐
//     G = │ 1ᵀX   Σs    1ᵀy │
//         └ yᵀX   yᵀ1   yᵀy ┘
//
//   rows ──► slices, at most 16, each with totals of its own ──► blocks of 128 rows, packed as doubles, row after row
//   each block:  the tiles of G on or above the diagonal += Pᵀ·(sP), by the tiles that matrix products go through
//
// A packed row is [0 … 0 X 1 y]: it is filled up to whole panels at its beginning, where a panel has few rows above the
// diagonal, and not at its end, where it has them all.
//
// Everything is computed in double: squares of conditions are at stake, and a float has nothing to spare. What is a slice
// depends on the shape alone, and slices are added in order: the bits of the result do not depend on how many threads
// there are. Below the diagonal G is a copy of what is above, so that it is symmetric to the bit.
//
// Accuracy: a chain of 128 products for each block, a chain of a slice's blocks, a chain of 16 slices.

using System;
using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LinearNets.Kernels;

/// <summary>Rows of features [n; d], their targets [n; q], and their weights [n], or no weights.</summary>
internal readonly ref struct GramRows<TX>
    where TX : unmanaged
{
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    internal GramRows(ReadOnlySpan<TX> x, ReadOnlySpan<double> y, ReadOnlySpan<double> weights, int count, int features, int targets)
    {
        if (typeof(TX) != typeof(byte) && typeof(TX) != typeof(float) && typeof(TX) != typeof(double))
            throw new NotSupportedException($"Features are byte, float or double, not {typeof(TX).Name}.");
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(targets);
        Lengths.Check(x.Length, (long)count * features);
        Lengths.Check(y.Length, (long)count * targets);
        if (!weights.IsEmpty)
            Lengths.Check(weights.Length, count);
        X = x;
        Y = y;
        Weights = weights;
        Count = count;
        Features = features;
        Targets = targets;
    }

    internal ReadOnlySpan<TX> X { get; }

    internal ReadOnlySpan<double> Y { get; }

    internal ReadOnlySpan<double> Weights { get; }

    internal int Count { get; }

    internal int Features { get; }

    internal int Targets { get; }

    /// <summary>Stops a pass between two blocks of rows.</summary>
    internal CancellationToken Cancellation { get; init; }

    /// <summary>The columns of Z.</summary>
    internal int Size => checked(Features + 1 + Targets);
}

/// <summary>Sums of products over rows. A row of weight 0 takes no part, whatever it holds.</summary>
internal static unsafe partial class Gram
{
    /// <summary>
    /// The rows of a block: its widest panel, 32 KB, stays in the first cache while all rows of the tile pass over it. Twice
    /// as many take a tenth longer.
    /// </summary>
    private const int BlockRows = 128;

    private const int MostSlices = 16;

    /// <summary>Totals of slices together have at most so many numbers, if they are more than one.</summary>
    private const int MostNumbers = 1 << 24;

    private const int CacheLine = 64;

    /// <summary>G [D; D], overwritten.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    internal static void Sum<TX>(GramRows<TX> rows, Span<double> gram, int threads)
        where TX : unmanaged => Sum(rows, gram, threads, Simd.Chosen);

    /// <summary>The same on a given register, which the machine must have.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    internal static void Sum<TX>(GramRows<TX> rows, Span<double> gram, int threads, SimdWidth width)
        where TX : unmanaged
    {
        Lengths.Check(gram.Length, (long)rows.Size * rows.Size);
        switch (width)
        {
            case SimdWidth.Avx512:
                Run(new Products<TX, Lanes512<double>, LanesPair<double, Lanes512<double>>>(), rows, gram, threads);
                break;
            case SimdWidth.Avx2:
                Run(new Products<TX, Lanes256<double>, Lanes256<double>>(), rows, gram, threads);
                break;
            default:
                Run(new Products<TX, LanesPortable<double>, LanesPortable<double>>(), rows, gram, threads);
                break;
        }
    }

    /// <summary>Σ s·(y - X·w - b)² over rows and targets; w is [d; q], b is [q].</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    internal static double ResidualSum<TX>(GramRows<TX> rows, ReadOnlySpan<double> w, ReadOnlySpan<double> b, int threads)
        where TX : unmanaged => ResidualSum(rows, w, b, threads, Simd.Chosen);

    /// <summary>The same on a given register, which the machine must have.</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    internal static double ResidualSum<TX>(
        GramRows<TX> rows, ReadOnlySpan<double> w, ReadOnlySpan<double> b, int threads, SimdWidth width)
        where TX : unmanaged
    {
        Lengths.Check(w.Length, (long)rows.Features * rows.Targets);
        Lengths.Check(b.Length, rows.Targets);
        Pass<TX> pass = width switch
        {
            SimdWidth.Avx512 => new Residuals<TX, Lanes512<double>>(rows, w, b),
            SimdWidth.Avx2 => new Residuals<TX, Lanes256<double>>(rows, w, b),
            _ => new Residuals<TX, LanesPortable<double>>(rows, w, b),
        };
        double sum = 0;
        Run(pass, rows, new Span<double>(ref sum), threads);
        return sum;
    }

    private static void Run<TX>(Pass<TX> pass, GramRows<TX> rows, Span<double> result, int threads)
        where TX : unmanaged
    {
        fixed (TX* x = rows.X)
        fixed (double* y = rows.Y, weights = rows.Weights)
            pass.Run(x, y, weights, rows.Count, rows.Features, rows.Targets, result, threads, rows.Cancellation);
    }

    /// <summary>
    /// How far apart rows of D numbers are: whole panels, and an odd number of cache lines, so that a column's lines do not
    /// all fall into the same few sets of the cache.
    /// </summary>
    private static int Stride(int size, int panel)
    {
        const int Line = CacheLine / sizeof(double);
        return checked((int)((((long)size + Padding(size, panel) + Line - 1) / Line) | 1) * Line);
    }

    /// <summary>How many zeros fill a row of D numbers up to whole panels.</summary>
    private static int Padding(int size, int panel) => (panel - (size % panel)) % panel;

    /// <summary>What is summed over rows: slices, their blocks, and the packing of a block.</summary>
    private abstract class Pass<TX> : IParts
        where TX : unmanaged
    {
        private TX* x;
        private double* y;
        private double* weights;
        private int count;
        private int features;
        private int targets;
        private int blocks;
        private int slices;
        private double* space;
        private nint spaceLength;
        private double* totals;
        private nint totalLength;
        private CancellationToken cancellation;

        protected int Size { get; private set; }

        /// <summary>The zeros at the beginning of a packed row.</summary>
        protected int Zeros { get; private set; }

        /// <summary>The numbers of a packed row: whole panels.</summary>
        protected int Whole => Zeros + Size;

        /// <summary>The numbers from a packed row to the next.</summary>
        protected int Stride { get; private set; }

        /// <summary>The column of a weighted row that holds its weight.</summary>
        protected int One => Zeros + features;

        protected abstract int Panel { get; }

        internal void Run(
            TX* x,
            double* y,
            double* weights,
            int count,
            int features,
            int targets,
            Span<double> result,
            int threads,
            CancellationToken cancellation)
        {
            this.cancellation = cancellation;
            this.x = x;
            this.y = y;
            this.weights = weights;
            this.count = count;
            this.features = features;
            this.targets = targets;
            Size = features + 1 + targets;
            Zeros = Padding(Size, Panel);
            Stride = Gram.Stride(Size, Panel);
            long total = TotalLength();
            blocks = (int)(((long)count + BlockRows - 1) / BlockRows);
            // A slice has two rows for each column at least: then adding its total to the others' takes little beside making it.
            int most = (int)Math.Min(count / (2L * Size), Math.Min(MostSlices, MostNumbers / total));
            slices = Math.Clamp(most, 1, Math.Max(1, blocks));
            int workers = Math.Clamp(threads, 1, slices);
            spaceLength = (nint)BlockRows * Stride;
            if (weights != null)
                spaceLength *= 2;
            int length = checked((int)((slices * total) + (workers * (long)spaceLength)));
            // From the pool: tens of megabytes that are new each time take as long to get, page by page, as the sums of a thousand
            // columns take to make.
            double[] memory = ArrayPool<double>.Shared.Rent(length + (CacheLine / sizeof(double)));
            try
            {
                fixed (double* at = memory)
                {
                    space = (double*)(((nuint)at + CacheLine - 1) & ~(nuint)(CacheLine - 1));
                    new Span<double>(space, length).Clear();
                    totals = space + (workers * spaceLength);
                    totalLength = (nint)total;
                    Workers.Run(this, slices, workers);
                    for (int slice = 1; slice < slices && !cancellation.IsCancellationRequested; slice++)
                        Merge(totals, totals + (slice * totalLength));

                    cancellation.ThrowIfCancellationRequested();
                    Finish(totals, result);
                }
            }
            finally
            {
                ArrayPool<double>.Shared.Return(memory);
            }
        }

        /// <summary>A slice: its blocks one after the other.</summary>
        public void Do(int part, int worker)
        {
            double* packed = space + (worker * spaceLength);
            double* weighted = weights == null ? packed : packed + (spaceLength / 2);
            int end = (int)((part + 1L) * blocks / slices);
            for (int block = (int)((long)part * blocks / slices); block < end && !cancellation.IsCancellationRequested; block++)
            {
                int first = block * BlockRows;
                int rows = Pack(first, Math.Min(BlockRows, count - first), packed, weighted);
                Add(packed, weighted, rows, totals + (part * totalLength));
            }
        }

        /// <summary>The numbers of a slice's total, whole cache lines.</summary>
        protected abstract long TotalLength();

        /// <summary>total += what the rows of a block give.</summary>
        protected abstract void Add(double* packed, double* weighted, int rows, double* total);

        /// <summary>total += the total of another slice, which may be used up.</summary>
        protected virtual void Merge(double* total, double* from)
        {
            for (nint i = 0; i < totalLength; i++)
                total[i] += from[i];
        }

        protected abstract void Finish(double* total, Span<double> result);

        /// <summary>
        /// Packs rows of Z, and those times their weights; how many, because rows of weight 0 are left out. What fills a row up
        /// is never written, and so is 0.
        /// </summary>
        private int Pack(int first, int rows, double* packed, double* weighted)
        {
            double* to = packed + Zeros;
            for (nint r = first; r < (nint)first + rows; r++)
            {
                if (weights != null && weights[r] == 0)
                    continue;
                Widen(x + (r * features), to, features);
                to[features] = 1;
                for (nint t = 0; t < targets; t++)
                    to[features + 1 + t] = y[(r * targets) + t];
                if (weights != null)
                    Scale(to, weights[r], weighted + (to - packed), Size);
                to += Stride;
            }

            return (int)((to - packed - Zeros) / Stride);
        }
    }

    /// <summary>The tiles of G on or above the diagonal.</summary>
    private sealed class Products<TX, TLanes, TPanel> : Pass<TX>
        where TX : unmanaged
        where TLanes : unmanaged, ILanes<TLanes, double>
        where TPanel : unmanaged, ILanes<TPanel, double>
    {
        protected override int Panel => 2 * TLanes.Count;

        protected override long TotalLength() => (long)Whole * Stride;

        protected override void Add(double* packed, double* weighted, int rows, double* total)
        {
            int width;
            for (int j = 0; j < Whole; j += width)
            {
                // A panel of pairs, where there are registers for it, is two panels in one; an odd one comes first.
                bool pair = TPanel.Count > TLanes.Count && (Whole - j) / Panel % 2 == 0;
                width = pair ? 2 * Panel : Panel;
                for (int i = Zeros; i < j + width; i += Tiles.Rows)
                {
                    // Of a pair, the left panel ends at the diagonal before the right one does.
                    if (pair && i < j + Panel)
                        Tile<TPanel>(packed, weighted, rows, total, i, j);
                    else
                        Tile<TLanes>(packed, weighted, rows, total, i, pair ? j + Panel : j);
                }
            }
        }

        /// <summary>Five rows of G and two registers of its columns.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Tile<TWide>(double* packed, double* weighted, int rows, double* total, int i, int j)
            where TWide : unmanaged, ILanes<TWide, double> =>
            Tiles.Across<double, TWide, double, Own<double, TWide>, EvenRows<double>>(
                new EvenRows<double>(weighted + j, Stride),
                packed + i,
                1,
                Math.Min(Tiles.Rows, Whole - i) - 1,
                Stride,
                rows,
                total + ((nint)i * Stride) + j,
                Stride,
                accumulate: true);

        protected override void Finish(double* total, Span<double> result)
        {
            fixed (double* to = result)
            {
                for (nint i = 0; i < Size; i++)
                {
                    for (nint j = i; j < Size; j++)
                    {
                        double sum = total[((Zeros + i) * Stride) + Zeros + j];
                        to[(i * Size) + j] = sum;
                        to[(j * Size) + i] = sum;
                    }
                }
            }
        }
    }

    /// <summary>Squares of what is left: a residual is the product of a row of Z and v_t = [-w_t -b_t e_t].</summary>
    private sealed class Residuals<TX, TLanes> : Pass<TX>
        where TX : unmanaged
        where TLanes : unmanaged, IRegister<TLanes, double>
    {
        private readonly int targets;
        private readonly double[] v;

        internal Residuals(GramRows<TX> rows, ReadOnlySpan<double> w, ReadOnlySpan<double> b)
        {
            targets = rows.Targets;
            int stride = Gram.Stride(rows.Size, Panel);
            v = new double[checked(targets * stride)];
            for (int t = 0; t < targets; t++)
            {
                Span<double> own = v.AsSpan((t * stride) + Padding(rows.Size, Panel), rows.Size);
                for (int j = 0; j < rows.Features; j++)
                    own[j] = -w[(j * targets) + t];
                own[rows.Features] = -b[t];
                own[rows.Features + 1 + t] = 1;
            }
        }

        protected override int Panel => TLanes.Count;

        protected override long TotalLength() => CacheLine / sizeof(double);

        protected override void Add(double* packed, double* weighted, int rows, double* total)
        {
            double* residuals = stackalloc double[2 * Tiles.Rows];
            double sum = 0;
            fixed (double* v = this.v)
            {
                for (int t = 0; t < targets; t += 2)
                {
                    int pair = Math.Min(2, targets - t);
                    double* v0 = v + ((nint)t * Stride);
                    for (int r = 0; r < rows; r += Tiles.Rows)
                    {
                        int last = Math.Min(Tiles.Rows, rows - r) - 1;
                        double* z = packed + ((nint)r * Stride);
                        Tiles.Along<double, TLanes, double, Own<double, TLanes>, double, Own<double, TLanes>>(
                            v0,
                            v0 + ((nint)(pair - 1) * Stride),
                            z,
                            z + ((nint)Math.Min(1, last) * Stride),
                            z + ((nint)Math.Min(2, last) * Stride),
                            z + ((nint)Math.Min(3, last) * Stride),
                            z + ((nint)Math.Min(4, last) * Stride),
                            Stride,
                            residuals);
                        for (int i = 0; i <= last; i++)
                        {
                            double weight = weighted[((nint)(r + i) * Stride) + One];
                            for (int k = 0; k < pair; k++)
                                sum += weight * residuals[(2 * i) + k] * residuals[(2 * i) + k];
                        }
                    }
                }
            }

            *total += sum;
        }

        protected override void Finish(double* total, Span<double> result) => result[0] = *total;
    }

    /// <summary>y[j] = x[j]</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen<TX>(TX* x, double* y, int count)
        where TX : unmanaged
    {
        nint j = 0;
        if (typeof(TX) == typeof(double))
        {
            // Not a copy of a block of memory: for a few hundred bytes that takes twice as long.
            for (; j <= count - Vector<double>.Count; j += Vector<double>.Count)
                Vector.Load((double*)x + j).Store(y + j);
            for (; j < count; j++)
                y[j] = ((double*)x)[j];
            return;
        }

        if (typeof(TX) == typeof(float))
        {
            for (; j <= count - Vector<float>.Count; j += Vector<float>.Count)
                Store(Vector.Load((float*)x + j), y + j);
            for (; j < count; j++)
                y[j] = ((float*)x)[j];
            return;
        }

        for (; j <= count - Vector<byte>.Count; j += Vector<byte>.Count)
        {
            Vector.Widen(Vector.Load((byte*)x + j), out Vector<ushort> low, out Vector<ushort> high);
            Store(low, y + j);
            Store(high, y + j + Vector<ushort>.Count);
        }

        for (; j < count; j++)
            y[j] = ((byte*)x)[j];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector<ushort> x, double* y)
    {
        Vector.Widen(x, out Vector<uint> low, out Vector<uint> high);
        Store(Vector.ConvertToSingle(Vector.AsVectorInt32(low)), y);
        Store(Vector.ConvertToSingle(Vector.AsVectorInt32(high)), y + Vector<uint>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector<float> x, double* y)
    {
        Vector.Widen(x, out Vector<double> low, out Vector<double> high);
        low.Store(y);
        high.Store(y + Vector<double>.Count);
    }

    /// <summary>y[j] = factor·x[j]</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale(double* x, double factor, double* y, int count)
    {
        nint j = 0;
        for (; j <= count - Vector<double>.Count; j += Vector<double>.Count)
            (Vector.Load(x + j) * factor).Store(y + j);
        for (; j < count; j++)
            y[j] = factor * x[j];
    }
}
