// Matrix products: C = op(A)·op(B), C m×n, op(A) m×k, op(B) k×n, all row-major and dense.
//
//   c[i,j] = Σ_p a[i,p]·b[p,j],   p = 0 … k-1
//
// Both operands are seen as rows along the output and a depth along k, so that the four transposes are four choices of
// strides and C = Y·Xᵀ throughout: x holds one output axis, y the other, and swapping them transposes C.
// A tile is 2 registers of x by 5 rows of y: ten accumulators hide the latency of two FMA units (4 cycles each), and
// with the operands they fit the 16 registers of AVX2. Two tiles cover all shapes:
//
//   along  k runs along the register. Both operands contiguous in k. For slim products such as X·W (256×784 by 784×10):
//          the large operand is read where it lies, the slim one is transposed first.
//   across x runs along the register, y is broadcast. For everything else: x is packed into panels as wide as the tile,
//          which stay in the cache while all of y passes over them. AVX-512 has 32 registers and pairs them: 4 by 5.
//
// Accuracy: a sum longer than a leaf is halved until it is not, and the halves are added; rounding errors so grow with
// the leaf and log k, never with k. Padding never meets real numbers: rows that are missing repeat a real row and are
// not kept, a panel's missing columns are whatever they are and are not kept, a depth that leaves part of a register
// empty is masked in both operands.

using System;
using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace LinearNets.Kernels;

/// <summary>Dense matrix products.</summary>
internal static unsafe class MatMul
{
    // Below this many multiplications, and this depth, three plain loops are done before a tile is set up.
    private const int PlainWork = 128;
    private const int PlainDepth = 32;

    // The slim side's widest for "along": there its transposition is cheap next to the product.
    private const int MaxSlim = 16;

    // The longest chain of additions in one accumulator. Along: per lane, so a leaf is this many registers deep.
    // Across: the depth itself; half of it costs 6 % at 1024³ in passes over C.
    private const int AlongLeaf = 64;
    private const int AcrossLeaf = 512;

    // C is made in chunks of at most this many rows and columns, which bounds the temporaries of the halving.
    private const int MaxChunk = 1024;

    // With more rows of y than this, packing what could be read where it lies pays.
    private const int FewRows = 32;

    private const int CacheLine = 64;

    /// <summary>
    /// C (m×n, overwritten) = op(A)·op(B). A is stored m×k, or k×m when <paramref name="transA"/>; B is stored k×n, or
    /// n×k when <paramref name="transB"/>. C must not overlap A or B.
    /// </summary>
    internal static void Run<T>(ReadOnlySpan<T> a, bool transA, ReadOnlySpan<T> b, bool transB, Span<T> c, int m, int n, int k)
        where T : unmanaged, INumber<T> => Run(a, transA, b, transB, c, m, n, k, Simd.Chosen);

    /// <summary>The same on a given register, which the machine must have: how tests reach every width.</summary>
    internal static void Run<T>(
        ReadOnlySpan<T> a, bool transA, ReadOnlySpan<T> b, bool transB, Span<T> c, int m, int n, int k, SimdWidth width)
        where T : unmanaged, INumber<T>
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
        {
            throw new NotSupportedException($"Matrix products are of float or double, not {typeof(T).Name}.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(m);
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        Lengths.Check(a.Length, (long)m * k);
        Lengths.Check(b.Length, (long)k * n);
        Lengths.Check(c.Length, (long)m * n);
        if (k == 0)
        {
            c.Clear();
        }

        if (c.IsEmpty || k == 0)
        {
            return;
        }

        fixed (T* pa = a, pb = b, pc = c)
        {
            Matrix<T> y = transA ? new(pa, m, 1, m) : new(pa, m, k, 1);
            Matrix<T> x = transB ? new(pb, n, k, 1) : new(pb, n, 1, n);
            Matrix<T> target = new(pc, m, n, 1);
            if (k <= PlainDepth && (long)m * n * k <= PlainWork)
            {
                Plain(y, x, target, k);
            }
            else if (width == SimdWidth.Avx512)
            {
                Tiled<T, Lanes512<T>, LanesPair<T, Lanes512<T>>>(y, x, target, k);
            }
            else if (width == SimdWidth.Avx2)
            {
                Tiled<T, Lanes256<T>, Lanes256<T>>(y, x, target, k);
            }
            else
            {
                Tiled<T, LanesPortable<T>, LanesPortable<T>>(y, x, target, k);
            }
        }
    }

    private static void Plain<T>(Matrix<T> y, Matrix<T> x, Matrix<T> c, int k)
        where T : unmanaged, INumber<T>
    {
        for (nint i = 0; i < y.Rows; i++)
        {
            for (nint j = 0; j < x.Rows; j++)
            {
                T* yAt = y.At + (i * y.Row);
                T* xAt = x.At + (j * x.Row);
                T sum = T.Zero;
                for (int p = 0; p < k; p++)
                {
                    sum += *yAt * *xAt;
                    yAt += y.Column;
                    xAt += x.Column;
                }

                c.At[(i * c.Row) + (j * c.Column)] = sum;
            }
        }
    }

    /// <summary>Chooses the tile and which operand is x, and cuts C into chunks.</summary>
    private static void Tiled<T, TLanes, TPanel>(Matrix<T> y, Matrix<T> x, Matrix<T> c, int k)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, IRegister<TLanes, T>
        where TPanel : unmanaged, ILanes<TPanel, T>
    {
        bool tall = y.Rows >= x.Rows;
        int slim = Math.Min(y.Rows, x.Rows);
        nint largeColumn = tall ? y.Column : x.Column;
        bool along = slim <= MaxSlim && largeColumn == 1 && k >= TLanes.Count;

        // Along: a slim side of one or two fills the 2 of the tile, a wider one the 5, and x is walked once either way.
        // Across: C's rows are contiguous, so x is its columns unless those do not fill a panel.
        bool swap = along ? tall == slim > 2 : tall && slim < 2 * TLanes.Count;
        if (swap)
        {
            (y, x) = (x, y);
            c = new(c.At, y.Rows, c.Column, c.Row);
        }

        for (int i = 0; i < y.Rows; i += MaxChunk)
        {
            for (int j = 0; j < x.Rows; j += MaxChunk)
            {
                Matrix<T> yChunk = y.Slice(i, MaxChunk);
                Matrix<T> cChunk = new(c.At + (i * c.Row) + (j * c.Column), yChunk.Rows, c.Row, c.Column);
                Halve<T, TLanes, TPanel>(yChunk, x.Slice(j, MaxChunk), cChunk, k, along);
            }
        }
    }

    /// <summary>C = (the sum over the left half of the depth) + (the sum over the right half), down to leaves.</summary>
    private static void Halve<T, TLanes, TPanel>(Matrix<T> y, Matrix<T> x, Matrix<T> c, int k, bool along)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, IRegister<TLanes, T>
        where TPanel : unmanaged, ILanes<TPanel, T>
    {
        int leaf = along ? AlongLeaf * TLanes.Count : AcrossLeaf;
        if (k <= leaf)
        {
            Leaf<T, TLanes, TPanel>(y, x, c, k, along, accumulate: false);
            return;
        }

        // Whole registers on the left; more than one register's worth stays on the right.
        int left = ((k / 2) + TLanes.Count - 1) / TLanes.Count * TLanes.Count;
        Halve<T, TLanes, TPanel>(y, x, c, left, along);
        k -= left;
        y = y.From(left);
        x = x.From(left);
        if (k <= leaf)
        {
            Leaf<T, TLanes, TPanel>(y, x, c, k, along, accumulate: true);
            return;
        }

        T[] rented = ArrayPool<T>.Shared.Rent(y.Rows * x.Rows);
        fixed (T* at = rented)
        {
            Matrix<T> right = new(at, y.Rows, x.Rows, 1);
            Halve<T, TLanes, TPanel>(y, x, right, k, along);
            Add<T, TLanes>(right, c, x.Rows);
        }

        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>C = or += the product over a depth that needs no halving; packs what the tile cannot read as it lies.</summary>
    private static void Leaf<T, TLanes, TPanel>(Matrix<T> y, Matrix<T> x, Matrix<T> c, int k, bool along, bool accumulate)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, IRegister<TLanes, T>
        where TPanel : unmanaged, ILanes<TPanel, T>
    {
        // Across: room for one panel of x, and for C's part under it where that cannot be stored directly.
        int width = 2 * TPanel.Count;
        bool packY = y.Column != 1 && (along || (y.Rows > FewRows && x.Rows > width));
        bool packX = x.Column != 1 && along;
        int yLength = packY ? y.Rows * k : 0;
        int xLength = packX ? x.Rows * k : along ? 0 : (k + y.Rows) * width;
        int line = CacheLine / sizeof(T);
        T[] rented = ArrayPool<T>.Shared.Rent(xLength + yLength + line);
        fixed (T* at = rented)
        {
            T* xSpace = (T*)(((nuint)at + CacheLine - 1) & ~(nuint)(CacheLine - 1));
            T* ySpace = xSpace + xLength;
            if (packY)
            {
                Matrix<T> packed = new(ySpace, y.Rows, k, 1);
                Copy(y, packed, k);
                y = packed;
            }

            if (packX)
            {
                Matrix<T> packed = new(xSpace, x.Rows, k, 1);
                Copy(x, packed, k);
                x = packed;
            }

            if (along)
            {
                Along<T, TLanes>(y, x, c, k, accumulate);
            }
            else
            {
                Across<T, TLanes, TPanel>(y, x, c, k, accumulate, xSpace, xSpace + (k * width));
            }
        }

        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>C = or += the product of operands that are both contiguous along k.</summary>
    private static void Along<T, TLanes>(Matrix<T> y, Matrix<T> x, Matrix<T> c, int k, bool accumulate)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, IRegister<TLanes, T>
    {
        T* sums = stackalloc T[2 * Tiles.Rows];
        for (int j = 0; j < x.Rows; j += 2)
        {
            T* x0 = x.At + (j * x.Row);
            int columns = Math.Min(2, x.Rows - j);
            for (int i = 0; i < y.Rows; i += Tiles.Rows)
            {
                Matrix<T> rows = y.Slice(i, Tiles.Rows);
                int last = rows.Rows - 1;
                Tiles.Along<T, TLanes, T, Own<T, TLanes>, T, Own<T, TLanes>>(
                    x0,
                    x0 + ((columns - 1) * x.Row),
                    rows.At,
                    rows.At + (Math.Min(1, last) * rows.Row),
                    rows.At + (Math.Min(2, last) * rows.Row),
                    rows.At + (Math.Min(3, last) * rows.Row),
                    rows.At + (Math.Min(4, last) * rows.Row),
                    k,
                    sums);
                T* target = c.At + (i * c.Row) + (j * c.Column);
                Scatter(sums, 2, new(target, rows.Rows, c.Row, c.Column), columns, accumulate);
            }
        }
    }

    /// <summary>C = or += the product, panel by panel of x.</summary>
    private static void Across<T, TLanes, TPanel>(
        Matrix<T> y, Matrix<T> x, Matrix<T> c, int k, bool accumulate, T* packed, T* scratch)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, IRegister<TLanes, T>
        where TPanel : unmanaged, ILanes<TPanel, T>
    {
        int width;
        for (int j = 0; j < x.Rows; j += width)
        {
            // What is left may fit a panel of single registers.
            bool wide = x.Rows - j > 2 * TLanes.Count;
            width = 2 * (wide ? TPanel.Count : TLanes.Count);
            Matrix<T> panel = x.Slice(j, width);
            bool full = panel.Rows == width;
            if (panel.Row != 1 || !full || y.Rows > FewRows)
            {
                Matrix<T> to = new(packed, panel.Rows, 1, width);
                Copy(panel, to, k);
                panel = to;
            }

            bool direct = full && c.Column == 1;
            Matrix<T> target = new(c.At + (j * c.Column), y.Rows, c.Row, c.Column);
            Matrix<T> tiles = direct ? target : new(scratch, y.Rows, width, 1);
            for (int i = 0; i < y.Rows; i += Tiles.Rows)
            {
                Matrix<T> rows = y.Slice(i, Tiles.Rows);
                Matrix<T> tile = tiles.Slice(i, Tiles.Rows);
                EvenRows<T> xRows = new(panel.At, panel.Column);
                if (wide)
                {
                    Tiles.Across<T, TPanel, T, Own<T, TPanel>, EvenRows<T>>(
                        xRows, rows.At, rows.Row, rows.Rows - 1, rows.Column, k, tile.At, tile.Row, direct && accumulate);
                }
                else
                {
                    Tiles.Across<T, TLanes, T, Own<T, TLanes>, EvenRows<T>>(
                        xRows, rows.At, rows.Row, rows.Rows - 1, rows.Column, k, tile.At, tile.Row, direct && accumulate);
                }
            }

            if (!direct)
            {
                Scatter(scratch, width, target, panel.Rows, accumulate);
            }
        }
    }

    /// <summary>to = from, whatever their strides.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy<T>(Matrix<T> from, Matrix<T> to, int columns)
        where T : unmanaged
    {
        int rows = from.Rows;
        if (from.Row == 1)
        {
            (rows, columns) = (columns, rows);
            from = new(from.At, rows, from.Column, from.Row);
            to = new(to.At, rows, to.Column, to.Row);
        }

        if (from.Column == 1 && to.Column == 1)
        {
            for (nint i = 0; i < rows; i++)
            {
                Unsafe.CopyBlockUnaligned(to.At + (i * to.Row), from.At + (i * from.Row), (uint)(columns * sizeof(T)));
            }

            return;
        }

        // A transposition reads a cache line at a time and so keeps few lines open for writing.
        int line = CacheLine / sizeof(T);
        for (nint block = 0; block < columns; block += line)
        {
            nint end = Math.Min(block + line, columns);
            for (nint i = 0; i < rows; i++)
            {
                T* source = from.At + (i * from.Row);
                T* target = to.At + (i * to.Row);
                for (nint j = block; j < end; j++)
                {
                    target[j * to.Column] = source[j * from.Column];
                }
            }
        }
    }

    /// <summary>to = (or +=) the numbers at <paramref name="from"/>, rows of which are <paramref name="fromRow"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scatter<T>(T* from, nint fromRow, Matrix<T> to, int columns, bool accumulate)
        where T : unmanaged, INumber<T>
    {
        for (nint i = 0; i < to.Rows; i++)
        {
            T* source = from + (i * fromRow);
            T* target = to.At + (i * to.Row);
            for (nint j = 0; j < columns; j++)
            {
                *target = accumulate ? *target + source[j] : source[j];
                target += to.Column;
            }
        }
    }

    /// <summary>to += from, where from's rows are contiguous.</summary>
    private static void Add<T, TLanes>(Matrix<T> from, Matrix<T> to, int columns)
        where T : unmanaged, INumber<T>
        where TLanes : unmanaged, ILanes<TLanes, T>
    {
        int whole = to.Column == 1 ? columns / TLanes.Count * TLanes.Count : 0;
        for (nint i = 0; i < to.Rows; i++)
        {
            T* source = from.At + (i * from.Row);
            T* target = to.At + (i * to.Row);
            for (nint j = 0; j < whole; j += TLanes.Count)
            {
                (TLanes.Load(target + j) + TLanes.Load(source + j)).Store(target + j);
            }
        }

        Scatter(from.At + whole, from.Row, new(to.At + (whole * to.Column), to.Rows, to.Row, to.Column), columns - whole, accumulate: true);
    }

    /// <summary>Numbers at steps of Row and Column, of which the number of columns is known elsewhere.</summary>
    private readonly struct Matrix<T>(T* at, int rows, nint row, nint column)
        where T : unmanaged
    {
        public readonly T* At = at;
        public readonly int Rows = rows;
        public readonly nint Row = row;
        public readonly nint Column = column;

        public Matrix<T> Slice(int start, int most) => new(At + (start * Row), Math.Min(most, Rows - start), Row, Column);

        public Matrix<T> From(int column) => new(At + (column * Column), Rows, Row, Column);
    }
}
