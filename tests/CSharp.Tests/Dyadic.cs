using System;
using System.Numerics;
using LinearNets.Kernels;

namespace LinearNets.Tests;

/// <summary>m·2ᵉ without bounds: sums and products of doubles without rounding.</summary>
internal readonly record struct Dyadic(BigInteger Mantissa, int Exponent)
{
    public static implicit operator Dyadic(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)((bits >> 52) & 0x7FF);
        long mantissa = bits & 0xFFFFFFFFFFFFFL;
        mantissa = exponent == 0 ? mantissa : mantissa | (1L << 52);
        return new(value < 0 ? -mantissa : mantissa, Math.Max(exponent, 1) - 1075);
    }

    public static implicit operator Dyadic(DoubleDouble value) => (Dyadic)value.High + value.Low;

    public static Dyadic operator +(Dyadic a, Dyadic b)
    {
        int exponent = Math.Min(a.Exponent, b.Exponent);
        return new((a.Mantissa << (a.Exponent - exponent)) + (b.Mantissa << (b.Exponent - exponent)), exponent);
    }

    public static Dyadic operator -(Dyadic a) => new(-a.Mantissa, a.Exponent);

    public static Dyadic operator -(Dyadic a, Dyadic b) => a + (-b);

    public static Dyadic operator *(Dyadic a, Dyadic b) => new(a.Mantissa * b.Mantissa, a.Exponent + b.Exponent);

    public static Dyadic Abs(Dyadic a) => new(BigInteger.Abs(a.Mantissa), a.Exponent);

    /// <summary>The binary logarithm of |a|, -∞ for 0; good enough to compare errors.</summary>
    public double Log2() => Mantissa.IsZero ? double.NegativeInfinity : (BigInteger.Log(BigInteger.Abs(Mantissa)) / Math.Log(2)) + Exponent;
}
