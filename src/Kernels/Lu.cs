// A·X = B by P·A = L·U with partial pivoting: column by column, the row with the greatest entry becomes the pivot row and
// is subtracted from those below so that the column vanishes there; B goes along. Then U·X = B from the last row up.
//
// The factor L is at most 1 in magnitude, which bounds the growth of errors. Single precision is worked in double, where
// its rounding does not count.

using System;
using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace LinearNets.Kernels;

internal static class Lu
{
    // 64 units of rounding: the entries of a matrix of normal equations are sums of products, each some roundings off, and
    // what elimination leaves of a dependent column is no smaller than that.
    private const double Rounding = 64.0 / (1L << 52);

    /// <summary>Solves A·X = B for n×n A and n×r B, both row-major. A is used up; B becomes X.</summary>
    /// <returns>-1, or the index of the first column that is a combination of those before it as far as double
    /// precision can tell: what elimination leaves of it is no greater than 64·n·ε times its greatest entry. B is undefined then.</returns>
    public static int Solve<T>(Span<T> a, Span<T> b, int n, int r)
        where T : unmanaged, INumber<T>
    {
        Lengths.Check(a.Length, (long)n * n);
        Lengths.Check(b.Length, (long)n * r);
        if (typeof(T) == typeof(double))
            return Solve(MemoryMarshal.Cast<T, double>(a), MemoryMarshal.Cast<T, double>(b), n, r);
        if (typeof(T) == typeof(int))
            throw new NotSupportedException("Integers do not solve linear equations.");

        double[] rented = ArrayPool<double>.Shared.Rent(a.Length + b.Length);
        Span<double> wideA = rented.AsSpan(0, a.Length);
        Span<double> wideB = rented.AsSpan(a.Length, b.Length);
        Elementwise.Cast<T, double>(a, wideA);
        Elementwise.Cast<T, double>(b, wideB);
        int column = Solve(wideA, wideB, n, r);
        Elementwise.Cast<double, T>(wideB, b);
        ArrayPool<double>.Shared.Return(rented);
        return column;
    }

    private static int Solve(Span<double> a, Span<double> b, int n, int r)
    {
        double[] greatest = new double[n];
        for (int k = 0; k < a.Length; k++)
            greatest[k % n] = Math.Max(greatest[k % n], Math.Abs(a[k]));

        for (int k = 0; k < n; k++)
        {
            int pivot = k;
            for (int i = k + 1; i < n; i++)
            {
                if (Math.Abs(a[i * n + k]) > Math.Abs(a[pivot * n + k]))
                    pivot = i;
            }

            // An infinite entry would make the bound infinite, and is no dependent column.
            double size = Math.Abs(a[pivot * n + k]);
            if (size <= n * Rounding * greatest[k] && double.IsFinite(size))
                return k;

            if (pivot != k)
            {
                Swap(a.Slice(k * n, n), a.Slice(pivot * n, n));
                Swap(b.Slice(k * r, r), b.Slice(pivot * r, r));
            }

            for (int i = k + 1; i < n; i++)
            {
                double factor = a[i * n + k] / a[k * n + k];
                Subtract(factor, a[(k * n + k)..(k * n + n)], a[(i * n + k)..(i * n + n)]);
                Subtract(factor, b.Slice(k * r, r), b.Slice(i * r, r));
            }
        }

        for (int k = n - 1; k >= 0; k--)
        {
            Span<double> x = b.Slice(k * r, r);
            for (int i = k + 1; i < n; i++)
                Subtract(a[k * n + i], b.Slice(i * r, r), x);
            Elementwise.Divide(x, a[k * n + k], x);
        }

        return -1;
    }

    private static void Swap(Span<double> x, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++)
            (x[i], y[i]) = (y[i], x[i]);
    }

    /// <summary>y -= factor·x</summary>
    private static void Subtract(double factor, ReadOnlySpan<double> x, Span<double> y)
    {
        int i = 0;
        for (; i <= y.Length - Vector<double>.Count; i += Vector<double>.Count)
            (new Vector<double>(y[i..]) - factor * new Vector<double>(x[i..])).CopyTo(y[i..]);
        for (; i < y.Length; i++)
            y[i] -= factor * x[i];
    }
}
