// Whether numbers are finite: x − x is 0 for a finite x, and NaN for ∞ and NaN.

using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LinearNets.Kernels;

internal static class Finite
{
    /// <summary>The place of the first number that is not finite; −1 if all are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int FirstNot<T>(ReadOnlySpan<T> x)
        where T : unmanaged, INumber<T>
    {
        ref T first = ref MemoryMarshal.GetReference(x);
        int i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> v = Vector.LoadUnsafe(ref first, (nuint)i);
            if (!Vector.EqualsAll(v - v, Vector<T>.Zero))
                break;
        }

        for (; i < x.Length; i++)
        {
            if (!T.IsFinite(x[i]))
                return i;
        }

        return -1;
    }
}
