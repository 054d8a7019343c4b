// Sums and products of vectors of doubles, which solvers are made of.

using System;
using System.Numerics;

namespace LinearNets.Kernels;

/// <summary>Vectors of doubles.</summary>
internal static class Vectors
{
    /// <summary>x·y, in two registers of sums.</summary>
    internal static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Lengths.Check(y.Length, x.Length);
        Vector<double> a = Vector<double>.Zero, b = a;
        int i = 0;
        for (; i <= x.Length - (2 * Vector<double>.Count); i += 2 * Vector<double>.Count)
        {
            a += new Vector<double>(x[i..]) * new Vector<double>(y[i..]);
            b += new Vector<double>(x[(i + Vector<double>.Count)..]) * new Vector<double>(y[(i + Vector<double>.Count)..]);
        }

        double sum = Vector.Sum(a + b);
        for (; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }

    /// <summary>y += factor·x</summary>
    internal static void AddMultiple(double factor, ReadOnlySpan<double> x, Span<double> y)
    {
        Lengths.Check(y.Length, x.Length);
        int i = 0;
        for (; i <= y.Length - Vector<double>.Count; i += Vector<double>.Count)
            (new Vector<double>(y[i..]) + (factor * new Vector<double>(x[i..]))).CopyTo(y[i..]);
        for (; i < y.Length; i++)
            y[i] += factor * x[i];
    }
}
