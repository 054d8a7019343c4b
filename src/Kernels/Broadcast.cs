// y[k] = a[k] ∘ b[k] where an operand's dimension of size 1, or one it lacks at the left, repeats: its stride is 0.
//
// A box of any rank is walked in rows. Dimensions which every operand crosses in one stride are one dimension, so that
// equal shapes are a single row, a scalar is a single row with a repeated value, and [m, n] ∘ [n] and [m, n] ∘ [m, 1] are
// m rows. What remains outside the rows is counted like an odometer. Slices are boxes as well (Indexing.cs).

using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LinearNets.Kernels;

internal enum BinaryOp
{
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// <summary>The rows of a box in row-major order, and where two operands stand as they begin.</summary>
internal ref struct Walk
{
    /// <summary>Boxes of no more dimensions than this are walked without an allocation.</summary>
    public const int UsualRank = 8;

    private readonly Span<Axis> axes;
    private int rank;

    /// <param name="axes">Room for one more axis than the box has dimensions.</param>
    public Walk(Span<Axis> axes)
    {
        this.axes = axes;
        axes[0] = new Axis { Size = 1 };
        rank = 1;
    }

    /// <summary>One dimension, or several that are walked as one.</summary>
    internal struct Axis
    {
        public int Size;
        public int StrideA;
        public int StrideB;
        public int Index;
    }

    /// <summary>The innermost dimension.</summary>
    public readonly Axis Row => axes[0];

    public int OffsetA { get; private set; }

    public int OffsetB { get; private set; }

    /// <summary>Adds a dimension outside those added before.</summary>
    public void Add(int size, int strideA, int strideB)
    {
        if (size == 1)
            return;
        ref Axis inside = ref axes[rank - 1];
        if (inside.Size == 1)
            inside = new Axis { Size = size, StrideA = strideA, StrideB = strideB };
        else if (strideA == inside.StrideA * inside.Size && strideB == inside.StrideB * inside.Size)
            inside.Size *= size;
        else
            axes[rank++] = new Axis { Size = size, StrideA = strideA, StrideB = strideB };
    }

    /// <summary>Fills y with the box that begins at x[first] and has the strides of operand A.</summary>
    public void Read<T>(ReadOnlySpan<T> x, int first, Span<T> y)
    {
        int stride = Row.StrideA;
        while (!y.IsEmpty)
        {
            Span<T> row = y[..Row.Size];
            ReadOnlySpan<T> source = x[(first + OffsetA)..];
            if (stride == 1)
                source[..row.Length].CopyTo(row);
            else if (stride == 0)
                row.Fill(source[0]);
            else
                for (int i = 0; i < row.Length; i++)
                    row[i] = source[i * stride];
            y = y[row.Length..];
            Next();
        }
    }

    /// <summary>Writes x to the box that begins at y[first] and has the strides of operand A.</summary>
    public void Write<T>(ReadOnlySpan<T> x, Span<T> y, int first)
    {
        int stride = Row.StrideA;
        while (!x.IsEmpty)
        {
            ReadOnlySpan<T> row = x[..Row.Size];
            Span<T> target = y[(first + OffsetA)..];
            if (stride == 1)
                row.CopyTo(target);
            else
                for (int i = 0; i < row.Length; i++)
                    target[i * stride] = row[i];
            x = x[row.Length..];
            Next();
        }
    }

    /// <summary>Goes to the next row; false after the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Next()
    {
        for (int d = 1; d < rank; d++)
        {
            ref Axis axis = ref axes[d];
            OffsetA += axis.StrideA;
            OffsetB += axis.StrideB;
            if (++axis.Index < axis.Size)
                return true;
            OffsetA -= axis.StrideA * axis.Size;
            OffsetB -= axis.StrideB * axis.Size;
            axis.Index = 0;
        }

        return false;
    }
}

internal static class Broadcast
{
    private interface IOperation<T>
    {
        static abstract T Of(T a, T b);

        static abstract Vector<T> Of(Vector<T> a, Vector<T> b);
    }

    /// <summary>How an operand goes along a row.</summary>
    private interface IAlong
    {
        static abstract T At<T>(ref T row, int i)
            where T : unmanaged;

        static abstract Vector<T> VectorAt<T>(ref T row, int i)
            where T : unmanaged;
    }

    /// <summary>y = a ∘ b, both repeated to the shape of y.</summary>
    /// <exception cref="ArgumentException">A shape does not broadcast to that of y, or a span does not fill its shape.</exception>
    /// <exception cref="OverflowException">The integer result does not fit.</exception>
    public static void Binary<T>(
        BinaryOp op,
        ReadOnlySpan<T> a,
        ReadOnlySpan<int> aShape,
        ReadOnlySpan<T> b,
        ReadOnlySpan<int> bShape,
        Span<T> y,
        ReadOnlySpan<int> yShape)
        where T : unmanaged, INumber<T>
    {
        switch (op)
        {
            case BinaryOp.Add:
                Binary<T, Sum<T>>(a, aShape, b, bShape, y, yShape);
                break;
            case BinaryOp.Subtract:
                Binary<T, Difference<T>>(a, aShape, b, bShape, y, yShape);
                break;
            case BinaryOp.Multiply:
                Binary<T, Product<T>>(a, aShape, b, bShape, y, yShape);
                break;
            case BinaryOp.Divide:
                Binary<T, Quotient<T>>(a, aShape, b, bShape, y, yShape);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(op), op, null);
        }
    }

    /// <summary>y = x repeated to the shape of y.</summary>
    /// <exception cref="ArgumentException">The shape does not broadcast, or a span does not fill its shape.</exception>
    public static void Expand<T>(ReadOnlySpan<T> x, ReadOnlySpan<int> xShape, Span<T> y, ReadOnlySpan<int> yShape)
        where T : unmanaged
    {
        Lengths.Check(x.Length, Lengths.Of(xShape));
        Lengths.Check(y.Length, Lengths.Of(yShape));
        var walk = new Walk(yShape.Length <= Walk.UsualRank ? stackalloc Walk.Axis[Walk.UsualRank + 1] : new Walk.Axis[yShape.Length + 1]);
        AddAxes(ref walk, xShape, xShape, yShape);
        walk.Read(x, 0, y);
    }

    private static void Binary<T, TOperation>(
        ReadOnlySpan<T> a,
        ReadOnlySpan<int> aShape,
        ReadOnlySpan<T> b,
        ReadOnlySpan<int> bShape,
        Span<T> y,
        ReadOnlySpan<int> yShape)
        where T : unmanaged, INumber<T>
        where TOperation : struct, IOperation<T>
    {
        Lengths.Check(a.Length, Lengths.Of(aShape));
        Lengths.Check(b.Length, Lengths.Of(bShape));
        Lengths.Check(y.Length, Lengths.Of(yShape));
        var walk = new Walk(yShape.Length <= Walk.UsualRank ? stackalloc Walk.Axis[Walk.UsualRank + 1] : new Walk.Axis[yShape.Length + 1]);
        AddAxes(ref walk, aShape, bShape, yShape);
        if (y.IsEmpty)
            return;

        switch (walk.Row.StrideA, walk.Row.StrideB)
        {
            case (0, 0):
                Rows<T, TOperation, Repeated, Repeated>(a, b, y, ref walk);
                break;
            case (0, _):
                Rows<T, TOperation, Repeated, Contiguous>(a, b, y, ref walk);
                break;
            case (_, 0):
                Rows<T, TOperation, Contiguous, Repeated>(a, b, y, ref walk);
                break;
            default:
                Rows<T, TOperation, Contiguous, Contiguous>(a, b, y, ref walk);
                break;
        }
    }

    // Optimised from the first call on: [256, 10] + [10] takes 0.7 µs instead of 10 for as long as the JIT compiles other code.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<T, TOperation, TA, TB>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y, ref Walk walk)
        where T : unmanaged, INumber<T>
        where TOperation : struct, IOperation<T>
        where TA : struct, IAlong
        where TB : struct, IAlong
    {
        int length = walk.Row.Size;
        int k = 0;
        do
        {
            ref T rowA = ref Unsafe.Add(ref MemoryMarshal.GetReference(a), walk.OffsetA);
            ref T rowB = ref Unsafe.Add(ref MemoryMarshal.GetReference(b), walk.OffsetB);
            Span<T> row = y.Slice(k, length);
            int i = 0;
            if (typeof(T) != typeof(int))
            {
                for (; i <= length - Vector<T>.Count; i += Vector<T>.Count)
                    TOperation.Of(TA.VectorAt(ref rowA, i), TB.VectorAt(ref rowB, i)).StoreUnsafe(ref MemoryMarshal.GetReference(row), (nuint)i);
            }

            for (; i < row.Length; i++)
                row[i] = TOperation.Of(TA.At(ref rowA, i), TB.At(ref rowB, i));
            k += length;
        }
        while (walk.Next());
    }

    private static void AddAxes(ref Walk walk, ReadOnlySpan<int> aShape, ReadOnlySpan<int> bShape, ReadOnlySpan<int> yShape)
    {
        if (aShape.Length > yShape.Length || bShape.Length > yShape.Length)
            throw new ArgumentException("An operand has more dimensions than the result.");
        int strideA = 1;
        int strideB = 1;
        for (int d = 1; d <= yShape.Length; d++)
        {
            int size = yShape[^d];
            int sizeA = d <= aShape.Length ? aShape[^d] : 1;
            int sizeB = d <= bShape.Length ? bShape[^d] : 1;
            if ((sizeA != size && sizeA != 1) || (sizeB != size && sizeB != 1))
                throw new ArgumentException($"Sizes {sizeA} and {sizeB} do not both broadcast to {size}.");
            walk.Add(size, sizeA == 1 ? 0 : strideA, sizeB == 1 ? 0 : strideB);
            strideA *= sizeA;
            strideB *= sizeB;
        }
    }

    private readonly struct Contiguous : IAlong
    {
        public static T At<T>(ref T row, int i)
            where T : unmanaged =>
            Unsafe.Add(ref row, i);

        public static Vector<T> VectorAt<T>(ref T row, int i)
            where T : unmanaged =>
            Vector.LoadUnsafe(ref row, (nuint)i);
    }

    private readonly struct Repeated : IAlong
    {
        public static T At<T>(ref T row, int i)
            where T : unmanaged =>
            row;

        public static Vector<T> VectorAt<T>(ref T row, int i)
            where T : unmanaged =>
            new(row);
    }

    private readonly struct Sum<T> : IOperation<T>
        where T : INumber<T>
    {
        public static T Of(T a, T b) => checked(a + b);

        public static Vector<T> Of(Vector<T> a, Vector<T> b) => a + b;
    }

    private readonly struct Difference<T> : IOperation<T>
        where T : INumber<T>
    {
        public static T Of(T a, T b) => checked(a - b);

        public static Vector<T> Of(Vector<T> a, Vector<T> b) => a - b;
    }

    private readonly struct Product<T> : IOperation<T>
        where T : INumber<T>
    {
        public static T Of(T a, T b) => checked(a * b);

        public static Vector<T> Of(Vector<T> a, Vector<T> b) => a * b;
    }

    private readonly struct Quotient<T> : IOperation<T>
        where T : INumber<T>
    {
        public static T Of(T a, T b) => checked(a / b);

        public static Vector<T> Of(Vector<T> a, Vector<T> b) => a / b;
    }
}
