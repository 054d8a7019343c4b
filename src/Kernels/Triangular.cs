// Upper triangles R [p; p], row after row: A = RᵀR by Cholesky, and solutions of Rᵀz = b and Rx = z. All loops run along rows.

using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace LinearNets.Kernels;

internal static class Triangular
{
    /// <summary>The upper triangle of A = RᵀR becomes R; what is below it is not looked at.</summary>
    /// <returns>Whether A is positive definite as far as the sums go; if not, A is used up.</returns>
    internal static bool Cholesky(Span<double> a, int p)
    {
        Lengths.Check(a.Length, (long)p * p);
        for (int k = 0; k < p; k++)
        {
            Span<double> row = a.Slice((k * p) + k, p - k);
            if (!(row[0] > 0 && double.IsFinite(row[0])))
                return false;
            double root = Math.Sqrt(row[0]);
            row[0] = root;
            for (int j = 1; j < row.Length; j++)
                row[j] /= root;
            for (int i = 1; i < row.Length; i++)
                Add(row[i..], -row[i], a.Slice(((k + i) * p) + k + i, p - k - i));
        }

        return true;
    }

    /// <summary>Rᵀz = b for the first b.Length rows and columns of R; b becomes z.</summary>
    internal static void SolveTransposed(ReadOnlySpan<double> r, int stride, Span<double> b)
    {
        for (int i = 0; i < b.Length; i++)
        {
            ReadOnlySpan<double> row = r.Slice((i * stride) + i, b.Length - i);
            b[i] /= row[0];
            Add(row[1..], -b[i], b[(i + 1)..]);
        }
    }

    /// <summary>Rx = z for the first z.Length rows and columns of R; z becomes x.</summary>
    internal static void Solve(ReadOnlySpan<double> r, int stride, Span<double> z)
    {
        for (int i = z.Length - 1; i >= 0; i--)
        {
            ReadOnlySpan<double> row = r.Slice((i * stride) + i, z.Length - i);
            z[i] = (z[i] - Dot(row[1..], z[(i + 1)..])) / row[0];
        }
    }

    /// <summary>y += factor·x</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(ReadOnlySpan<double> x, double factor, Span<double> y)
    {
        int k = 0;
        var factors = new Vector<double>(factor);
        for (; k <= y.Length - Vector<double>.Count; k += Vector<double>.Count)
            Vector.FusedMultiplyAdd(new Vector<double>(x[k..]), factors, new Vector<double>(y[k..])).CopyTo(y[k..]);
        for (; k < y.Length; k++)
            y[k] = Math.FusedMultiplyAdd(x[k], factor, y[k]);
    }

    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        int k = 0;
        Vector<double> sums = Vector<double>.Zero;
        for (; k <= y.Length - Vector<double>.Count; k += Vector<double>.Count)
            sums = Vector.FusedMultiplyAdd(new Vector<double>(x[k..]), new Vector<double>(y[k..]), sums);
        double sum = Vector.Sum(sums);
        for (; k < y.Length; k++)
            sum = Math.FusedMultiplyAdd(x[k], y[k], sum);
        return sum;
    }
}
