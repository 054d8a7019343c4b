// A = L·Lᵀ of a symmetric positive definite matrix, row by row:
//
//   l[i, j] = (a[i, j] − Σ_{k<j} l[i, k]·l[j, k]) / l[j, j]  for j < i,      l[i, i] = √(a[i, i] − Σ_{k<i} l[i, k]²)
//
// Rows of L are contiguous, so that every sum is a product of two of them along the registers.

using System;

namespace LinearNets.Kernels;

/// <summary>Symmetric positive definite matrices.</summary>
internal static class Cholesky
{
    /// <summary>
    /// A pivot this much smaller than the diagonal it came from is rounding: the entries are sums, some roundings off each.
    /// </summary>
    private const double Rounding = 64.0 / (1L << 52);

    /// <summary>Puts L into the lower triangle of A [n; n]; what is above stays.</summary>
    /// <returns>-1, or the first column that is, as far as double precision can tell, a combination of those before it.</returns>
    internal static int Factor(Span<double> a, int n)
    {
        Lengths.Check(a.Length, (long)n * n);
        for (int i = 0; i < n; i++)
        {
            Span<double> own = a.Slice(i * n, i + 1);
            for (int j = 0; j < i; j++)
                own[j] = (own[j] - Vectors.Dot(own[..j], a.Slice(j * n, j))) / a[(j * n) + j];
            double pivot = own[i] - Vectors.Dot(own[..i], own[..i]);
            // The negation is there for NaN.
            if (!(pivot > Rounding * own[i]))
                return i;
            own[i] = Math.Sqrt(pivot);
        }

        return -1;
    }

    /// <summary>b becomes x with L·Lᵀ·x = b.</summary>
    internal static void Solve(ReadOnlySpan<double> l, Span<double> b, int n)
    {
        Lengths.Check(l.Length, (long)n * n);
        Lengths.Check(b.Length, n);
        for (int i = 0; i < n; i++)
            b[i] = (b[i] - Vectors.Dot(l.Slice(i * n, i), b[..i])) / l[(i * n) + i];
        for (int i = n - 1; i >= 0; i--)
        {
            b[i] /= l[(i * n) + i];
            Vectors.AddMultiple(-b[i], l.Slice(i * n, i), b[..i]);
        }
    }

    /// <summary>The inverse of L [n; n], with zeros above its diagonal.</summary>
    internal static double[] InvertFactor(ReadOnlySpan<double> l, int n)
    {
        Lengths.Check(l.Length, (long)n * n);
        double[] inverse = new double[l.Length];
        for (int i = 0; i < n; i++)
        {
            Span<double> own = inverse.AsSpan(i * n, i + 1);
            for (int k = 0; k < i; k++)
                Vectors.AddMultiple(-l[(i * n) + k], inverse.AsSpan(k * n, k + 1), own[..(k + 1)]);
            double share = 1 / l[(i * n) + i];
            own[i] = 1;
            for (int j = 0; j <= i; j++)
                own[j] *= share;
        }

        return inverse;
    }
}
