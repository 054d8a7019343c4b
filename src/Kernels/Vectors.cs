// Sums and products of vectors of doubles, which solvers are made of.

using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LinearNets.Kernels;

/// <summary>Vectors of doubles.</summary>
internal static class Vectors
{
    /// <summary>x·y, in four registers of sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Lengths.Check(y.Length, x.Length);
        ref double a = ref MemoryMarshal.GetReference(x), b = ref MemoryMarshal.GetReference(y);
        nuint width = (nuint)Vector<double>.Count, length = (nuint)x.Length, i = 0;
        Vector<double> s0 = Vector<double>.Zero, s1 = s0, s2 = s0, s3 = s0;
        for (; i + (4 * width) <= length; i += 4 * width)
        {
            s0 += Vector.LoadUnsafe(ref a, i) * Vector.LoadUnsafe(ref b, i);
            s1 += Vector.LoadUnsafe(ref a, i + width) * Vector.LoadUnsafe(ref b, i + width);
            s2 += Vector.LoadUnsafe(ref a, i + (2 * width)) * Vector.LoadUnsafe(ref b, i + (2 * width));
            s3 += Vector.LoadUnsafe(ref a, i + (3 * width)) * Vector.LoadUnsafe(ref b, i + (3 * width));
        }

        double sum = Vector.Sum(s0 + s1 + (s2 + s3));
        for (; i < length; i++)
            sum += x[(int)i] * y[(int)i];
        return sum;
    }

    /// <summary>y += factor·x. Coordinate descent does little else, so that nothing is sliced or checked within the loop.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddMultiple(double factor, ReadOnlySpan<double> x, Span<double> y)
    {
        Lengths.Check(y.Length, x.Length);
        ref double from = ref MemoryMarshal.GetReference(x), to = ref MemoryMarshal.GetReference(y);
        nuint width = (nuint)Vector<double>.Count, length = (nuint)x.Length, i = 0;
        for (; i + (2 * width) <= length; i += 2 * width)
        {
            Vector<double> low = Vector.LoadUnsafe(ref to, i) + (factor * Vector.LoadUnsafe(ref from, i));
            Vector<double> high = Vector.LoadUnsafe(ref to, i + width) + (factor * Vector.LoadUnsafe(ref from, i + width));
            low.StoreUnsafe(ref to, i);
            high.StoreUnsafe(ref to, i + width);
        }

        for (; i < length; i++)
            y[(int)i] += factor * x[(int)i];
    }
}
