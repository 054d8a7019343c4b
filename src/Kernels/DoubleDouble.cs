// A number as the sum of two doubles, of which the second is at most half a unit in the last place of the first: 106 bits.
//
//   a + b = s + e     s = a ⊕ b     e = (a ⊖ (s ⊖ t)) ⊕ (b ⊖ t),  t = s ⊖ a     (Knuth)
//   a · b = p + e     p = a ⊗ b     e = fma(a, b, −p)
//
// Both are exact as long as nothing overflows or falls below 2⁻¹⁰²². Every operation below is right to a few units of 2⁻¹⁰⁴.
// A difference of two doubles is exact as such a number, which is how data are centred without a rounding.

using System;
using System.Runtime.CompilerServices;

namespace LinearNets.Kernels;

/// <summary>High + low, without overlap.</summary>
internal readonly struct DoubleDouble(double high, double low)
{
    internal double High { get; } = high;

    internal double Low { get; } = low;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator DoubleDouble(double value) => new(value, 0);

    /// <summary>a + b, exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static DoubleDouble Sum(double a, double b)
    {
        double sum = a + b;
        double t = sum - a;
        return new(sum, (a - (sum - t)) + (b - t));
    }

    /// <summary>a · b, exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static DoubleDouble Product(double a, double b)
    {
        double product = a * b;
        return new(product, Math.FusedMultiplyAdd(a, b, -product));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleDouble operator +(DoubleDouble a, DoubleDouble b)
    {
        DoubleDouble high = Sum(a.High, b.High);
        DoubleDouble low = Sum(a.Low, b.Low);
        DoubleDouble first = Normal(high.High, high.Low + low.High);
        return Normal(first.High, first.Low + low.Low);
    }

    public static DoubleDouble operator -(DoubleDouble a) => new(-a.High, -a.Low);

    public static DoubleDouble operator -(DoubleDouble a, DoubleDouble b) => a + (-b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleDouble operator *(DoubleDouble a, DoubleDouble b)
    {
        DoubleDouble high = Product(a.High, b.High);
        return Normal(high.High, high.Low + Math.FusedMultiplyAdd(a.High, b.Low, a.Low * b.High));
    }

    public static DoubleDouble operator /(DoubleDouble a, DoubleDouble b)
    {
        // Three digits of a long division, each a double.
        double first = a.High / b.High;
        DoubleDouble rest = a - (b * first);
        double second = rest.High / b.High;
        rest -= b * second;
        return Sum(first, second) + (rest.High / b.High);
    }

    /// <summary>The nearest double.</summary>
    public static explicit operator double(DoubleDouble value) => value.High + value.Low;

    public override string ToString() => $"{High:R} + {Low:R}";

    /// <summary>a + b where |a| ≥ |b|, or a = 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static DoubleDouble Normal(double a, double b)
    {
        double sum = a + b;
        return new(sum, b - (sum - a));
    }
}
