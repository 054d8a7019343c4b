// y[i] = f(x[i]) over flat spans; x and y may be the same memory.
//
//   softplus x = ln(1 + eˣ) = max(x, 0) + log1p(e^-|x|)        never overflows, and keeps every digit of a tiny result
//   sigmoid  x = 1/(1 + e⁻ˣ) = (x ≥ 0 ? 1 : e^-|x|) / (1 + e^-|x|)
//   exp      x = 2ⁿ·eʳ                      with x = n·ln 2 + r, |r| ≤ ln 2 / 2, and Taylor's series of eʳ
//   tanh     x = ±m/(2 - m)                 with m = 1 - e^-2|x| = (1 - 2ⁿ) - 2ⁿ·(eʳ - 1): no cancellation near zero
//   log1p    u = ln w + (u - (w - 1))/w   with w = fl(1 + u):  the second term gives back what 1 + u rounded off
//
// Floating-point numbers go through vectors, the last few in a padded one, so that a value's bits do not depend on
// where in the span it stands. Integers are labels and counts: plain checked loops.

using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LinearNets.Kernels;

internal enum UnaryOp
{
    Exp,
    Log,
    Sqrt,
    Abs,
    Sign,
    Softplus,
    Sigmoid,
    Relu,
    Tanh,
}

internal static class Elementwise
{
    /// <summary>A function of floating-point numbers.</summary>
    private interface IMap<T>
    {
        Vector<T> Of(Vector<T> x);
    }

    /// <summary>A function of integers too.</summary>
    private interface IIntegerMap<T> : IMap<T>
    {
        T Of(T x);
    }

    /// <exception cref="NotSupportedException">The function is not one of integers.</exception>
    /// <exception cref="OverflowException">The integer result does not fit.</exception>
    public static void Unary<T>(UnaryOp op, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, INumber<T>
    {
        switch (op)
        {
            case UnaryOp.Exp:
                MapReal(default(Exponential<T>), x, y);
                break;
            case UnaryOp.Log:
                MapReal(default(Logarithm<T>), x, y);
                break;
            case UnaryOp.Sqrt:
                MapReal(default(SquareRoot<T>), x, y);
                break;
            case UnaryOp.Abs:
                Map(default(Magnitude<T>), x, y);
                break;
            case UnaryOp.Sign:
                Map(default(Signum<T>), x, y);
                break;
            case UnaryOp.Softplus:
                MapReal(default(SoftplusMap<T>), x, y);
                break;
            case UnaryOp.Sigmoid:
                MapReal(default(SigmoidMap<T>), x, y);
                break;
            case UnaryOp.Relu:
                Map(default(Rectifier<T>), x, y);
                break;
            case UnaryOp.Tanh:
                MapReal(default(HyperbolicTangent<T>), x, y);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(op), op, null);
        }
    }

    /// <summary>y = scale·x + shift, the product and the sum each rounded. A zero shift adds nothing, not even to -0.</summary>
    public static void Affine<T>(ReadOnlySpan<T> x, T scale, T shift, Span<T> y)
        where T : unmanaged, INumber<T> =>
        // -0 is the neutral element of addition: -0 + +0 would be +0.
        Map(new Line<T>(scale, T.IsZero(shift) ? -T.Zero : shift), x, y);

    /// <summary>y = x / divisor: a true division, not a product with the rounded reciprocal.</summary>
    public static void Divide<T>(ReadOnlySpan<T> x, T divisor, Span<T> y)
        where T : unmanaged, INumber<T> =>
        Broadcast.Binary(BinaryOp.Divide, x, [x.Length], new ReadOnlySpan<T>(in divisor), [], y, [x.Length]);

    /// <summary>x, or the bound that it is beyond. NaN stays NaN.</summary>
    public static void Clamp<T>(ReadOnlySpan<T> x, T low, T high, Span<T> y)
        where T : unmanaged, INumber<T>
    {
        CheckInterval(low, high);
        Map(new Clamped<T>(low, high), x, y);
    }

    /// <summary>1 where low ≤ x ≤ high and 0 elsewhere, at NaN too: the derivative of <see cref="Clamp"/>.</summary>
    public static void Between<T>(ReadOnlySpan<T> x, T low, T high, Span<T> y)
        where T : unmanaged, INumber<T>
    {
        CheckInterval(low, high);
        Map(new Inside<T>(low, high), x, y);
    }

    /// <summary>The same numbers in another type; towards zero where that is an integer.</summary>
    /// <exception cref="OverflowException">A number, or NaN, has no integer to stand for it.</exception>
    public static void Cast<TFrom, TTo>(ReadOnlySpan<TFrom> x, Span<TTo> y)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        Lengths.Check(y.Length, x.Length);
        for (int i = 0; i < x.Length; i++)
            y[i] = TTo.CreateChecked(x[i]);
    }

    /// <summary>1 where a = b and 0 elsewhere.</summary>
    public static void Equal<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<int> y)
        where T : unmanaged, INumber<T>
    {
        Lengths.Check(b.Length, a.Length);
        Lengths.Check(y.Length, a.Length);
        for (int i = 0; i < a.Length; i++)
            y[i] = a[i] == b[i] ? 1 : 0;
    }

    private static void CheckInterval<T>(T low, T high)
        where T : INumber<T>
    {
        if (!(low <= high))
            throw new ArgumentException($"[{low}, {high}] is not an interval.");
    }

    private static void Map<T, TMap>(TMap map, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, INumber<T>
        where TMap : struct, IIntegerMap<T>
    {
        if (typeof(T) != typeof(int))
        {
            MapReal(map, x, y);
            return;
        }

        Lengths.Check(y.Length, x.Length);
        for (int i = 0; i < x.Length; i++)
            y[i] = map.Of(x[i]);
    }

    private static void MapReal<T, TMap>(TMap map, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, INumber<T>
        where TMap : struct, IMap<T>
    {
        if (typeof(T) == typeof(int))
            throw new NotSupportedException($"{typeof(TMap).Name} of integers");
        Lengths.Check(y.Length, x.Length);

        ref T source = ref MemoryMarshal.GetReference(x);
        ref T target = ref MemoryMarshal.GetReference(y);
        int i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count)
            map.Of(Vector.LoadUnsafe(ref source, (nuint)i)).StoreUnsafe(ref target, (nuint)i);
        if (i < x.Length)
        {
            Span<T> padded = stackalloc T[Vector<T>.Count];
            x[i..].CopyTo(padded);
            map.Of(new Vector<T>(padded)).CopyTo(padded);
            padded[..(x.Length - i)].CopyTo(y[i..]);
        }
    }

    // Not Vector.Exp: that of floats is off by 1.8 units in the last place and makes 1.0000001 of e⁰, and that of doubles
    // takes another way, to other bits, when a neighbour in the vector is out of its range. Inlined it takes 2/3 of the time.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Exp<T>(Vector<T> x)
    {
        // Beyond these the result is 0 or infinite; 2ⁿ in two factors, so that it may come to be either, or subnormal.
        Vector<T> limit = typeof(T) == typeof(float) ? Constant<T>(110) : Constant<T>(750);
        Vector<T> s = ReducedExpMinusOne(Limit(x, -limit, limit), out Vector<T> n);
        Vector<T> half = Round(n * Constant<T>(0.5));
        return (Vector<T>.One + s) * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    /// <summary>eʳ - 1, where x = n·ln 2 + r, n is an integer and |r| ≤ ln 2 / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> ReducedExpMinusOne<T>(Vector<T> x, out Vector<T> n)
    {
        n = Round(x * Constant<T>(1.4426950408889634));

        // ln 2 in two parts, the first of few enough bits that its product with n is exact.
        Vector<T> r = typeof(T) == typeof(float)
            ? x - n * Constant<T>(0.693359375) - n * Constant<T>(-2.12194440054690583e-4)
            : x - n * Constant<T>(6.93147180369123816490e-1) - n * Constant<T>(1.90821492927058770002e-10);

        // r + r²/2! + r³/3! + …, as far as the next term is below half a unit in the last place.
        Vector<T> p = Constant<T>(1.0 / 5040);
        if (typeof(T) == typeof(double))
        {
            p = Constant<T>(1.0 / 6227020800);
            p = MultiplyAdd(p, r, Constant<T>(1.0 / 479001600));
            p = MultiplyAdd(p, r, Constant<T>(1.0 / 39916800));
            p = MultiplyAdd(p, r, Constant<T>(1.0 / 3628800));
            p = MultiplyAdd(p, r, Constant<T>(1.0 / 362880));
            p = MultiplyAdd(p, r, Constant<T>(1.0 / 40320));
            p = MultiplyAdd(p, r, Constant<T>(1.0 / 5040));
        }

        p = MultiplyAdd(p, r, Constant<T>(1.0 / 720));
        p = MultiplyAdd(p, r, Constant<T>(1.0 / 120));
        p = MultiplyAdd(p, r, Constant<T>(1.0 / 24));
        p = MultiplyAdd(p, r, Constant<T>(1.0 / 6));
        p = MultiplyAdd(p, r, Constant<T>(0.5));
        return MultiplyAdd(p, r * r, r);
    }

    // At this magnitude the unit in the last place is 1, so a sum is rounded to an integer, which fills its lowest bits.
    private static Vector<T> Rounder<T>() => typeof(T) == typeof(float) ? Constant<T>(3L << 22) : Constant<T>(3L << 51);

    private static Vector<T> Round<T>(Vector<T> x) => x + Rounder<T>() - Rounder<T>();

    /// <summary>2ⁿ of integers, where that is a normal number: its exponent made of the bits of n.</summary>
    private static Vector<T> PowerOfTwo<T>(Vector<T> n)
    {
        Vector<T> bits = n + Rounder<T>();
        return typeof(T) == typeof(float)
            ? ((bits.As<T, int>() << 23) + Vector<float>.One.As<float, int>()).As<int, T>()
            : ((bits.As<T, long>() << 52) + Vector<double>.One.As<double, long>()).As<long, T>();
    }

    internal static Vector<T> Constant<T>(double value) => typeof(T) == typeof(float)
        ? new Vector<float>((float)value).As<float, T>()
        : new Vector<double>(value).As<double, T>();

    private static Vector<T> MultiplyAdd<T>(Vector<T> x, Vector<T> y, Vector<T> z) => typeof(T) == typeof(float)
        ? Vector.MultiplyAddEstimate(x.As<T, float>(), y.As<T, float>(), z.As<T, float>()).As<float, T>()
        : Vector.MultiplyAddEstimate(x.As<T, double>(), y.As<T, double>(), z.As<T, double>()).As<double, T>();

    /// <summary>x, or the bound that it is beyond. NaN stays NaN.</summary>
    internal static Vector<T> Limit<T>(Vector<T> x, Vector<T> low, Vector<T> high) => Vector.ConditionalSelect(
        Vector.LessThan(x, low), low, Vector.ConditionalSelect(Vector.GreaterThan(x, high), high, x));

    /// <summary>−1, 0 or 1; x − x is the zero of zeros and the NaN of NaNs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Sign<T>(Vector<T> x) => Vector.ConditionalSelect(
        Vector.GreaterThan(x, Vector<T>.Zero),
        Vector<T>.One,
        Vector.ConditionalSelect(Vector.LessThan(x, Vector<T>.Zero), -Vector<T>.One, x - x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Softplus<T>(Vector<T> x)
    {
        Vector<T> u = Exp(-Vector.Abs(x));
        Vector<T> w = Vector<T>.One + u;
        return Vector.Max(x, Vector<T>.Zero) + (Log(w) + (u - (w - Vector<T>.One)) / w);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<T> Sigmoid<T>(Vector<T> x)
    {
        Vector<T> u = Exp(-Vector.Abs(x));
        return Vector.ConditionalSelect(Vector.GreaterThanOrEqual(x, Vector<T>.Zero), Vector<T>.One, u) / (Vector<T>.One + u);
    }

    internal static Vector<T> Log<T>(Vector<T> x) => typeof(T) == typeof(float)
        ? Vector.Log(x.As<T, float>()).As<float, T>()
        : Vector.Log(x.As<T, double>()).As<double, T>();

    private readonly struct Exponential<T> : IMap<T>
    {
        public Vector<T> Of(Vector<T> x) => Exp(x);
    }

    private readonly struct Logarithm<T> : IMap<T>
    {
        public Vector<T> Of(Vector<T> x) => Log(x);
    }

    private readonly struct SquareRoot<T> : IMap<T>
    {
        public Vector<T> Of(Vector<T> x) => Vector.SquareRoot(x);
    }

    private readonly struct Magnitude<T> : IIntegerMap<T>
        where T : INumber<T>
    {
        public Vector<T> Of(Vector<T> x) => Vector.Abs(x);

        public T Of(T x) => T.Abs(x);
    }

    private readonly struct Signum<T> : IIntegerMap<T>
        where T : INumber<T>
    {
        public Vector<T> Of(Vector<T> x) => Sign(x);

        public T Of(T x) => T.CreateChecked(T.Sign(x));
    }

    private readonly struct SoftplusMap<T> : IMap<T>
    {
        public Vector<T> Of(Vector<T> x) => Softplus(x);
    }

    private readonly struct SigmoidMap<T> : IMap<T>
    {
        public Vector<T> Of(Vector<T> x) => Sigmoid(x);
    }

    private readonly struct Rectifier<T> : IIntegerMap<T>
        where T : INumber<T>
    {
        // Clears what is below zero and leaves the rest, NaN with it.
        public Vector<T> Of(Vector<T> x) => Vector.AndNot(x, Vector.LessThan(x, Vector<T>.Zero));

        public T Of(T x) => T.Max(x, T.Zero);
    }

    private readonly struct HyperbolicTangent<T> : IMap<T>
    {
        public Vector<T> Of(Vector<T> x)
        {
            // Beyond 20 the result is 1 even in double precision.
            Vector<T> v = Vector.Abs(x) * Constant<T>(-2);
            Vector<T> s = ReducedExpMinusOne(Limit(v, Constant<T>(-40), Vector<T>.Zero), out Vector<T> n);
            Vector<T> power = PowerOfTwo(n);
            Vector<T> m = MultiplyAdd(power, s, power - Vector<T>.One);
            return Vector.CopySign(-m / (Constant<T>(2) + m), x);
        }
    }

    private readonly struct Line<T>(T scale, T shift) : IIntegerMap<T>
        where T : INumber<T>
    {
        public Vector<T> Of(Vector<T> x) => x * scale + new Vector<T>(shift);

        public T Of(T x) => checked(x * scale + shift);
    }

    private readonly struct Clamped<T>(T low, T high) : IIntegerMap<T>
        where T : INumber<T>
    {
        public Vector<T> Of(Vector<T> x) => Limit(x, new Vector<T>(low), new Vector<T>(high));

        public T Of(T x) => T.Clamp(x, low, high);
    }

    private readonly struct Inside<T>(T low, T high) : IIntegerMap<T>
        where T : INumber<T>
    {
        public Vector<T> Of(Vector<T> x) =>
            Vector.GreaterThanOrEqual(x, new Vector<T>(low)) & Vector.LessThanOrEqual(x, new Vector<T>(high)) & Vector<T>.One;

        public T Of(T x) => low <= x && x <= high ? T.One : T.Zero;
    }
}
