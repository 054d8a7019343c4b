using System;
using System.Linq;
using System.Numerics;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
internal sealed class ElementwiseTests<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
{
    private static readonly UnaryOp[] Ops = Enum.GetValues<UnaryOp>();

    private static T[] Apply(UnaryOp op, params T[] x)
    {
        var y = new T[x.Length];
        Elementwise.Unary<T>(op, x, y);
        return y;
    }

    private static T Number(double x) => T.CreateTruncating(x);

    /// <summary>What is right, in double precision.</summary>
    private static double Reference(UnaryOp op, double x) => op switch
    {
        UnaryOp.Exp => Math.Exp(x),
        UnaryOp.Log => Math.Log(x),
        UnaryOp.Sqrt => Math.Sqrt(x),
        UnaryOp.Abs => Math.Abs(x),
        UnaryOp.Sign => double.IsNaN(x) ? x : Math.Sign(x),
        UnaryOp.Softplus => Math.Max(x, 0) + LogOnePlus(Math.Exp(-Math.Abs(x))),
        UnaryOp.Sigmoid => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x)),
        UnaryOp.Relu => Math.Max(x, 0),
        UnaryOp.Tanh => Math.Tanh(x),
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    private static double LogOnePlus(double u)
    {
        double w = 1 + u;
        return w == 1 ? u : Math.Log(w) * u / (w - 1);
    }

    // The reference is itself off by a unit or two where T is double.
    [TestCase(UnaryOp.Exp, 2)]
    [TestCase(UnaryOp.Log, 3)]
    [TestCase(UnaryOp.Sqrt, 0.51)]
    [TestCase(UnaryOp.Abs, 0)]
    [TestCase(UnaryOp.Sign, 0)]
    [TestCase(UnaryOp.Softplus, 5)]
    [TestCase(UnaryOp.Sigmoid, 4)]
    [TestCase(UnaryOp.Relu, 0)]
    [TestCase(UnaryOp.Tanh, 7)]
    public void A_function_is_right_to_a_few_units_in_the_last_place(UnaryOp op, double ulps)
    {
        T[] x =
        [
            .. Samples.Range<T>(-1, 1, 200_001),
            .. Samples.Range<T>(-100, 100, 200_001),
            .. Samples.Range<T>(-800, 800, 20_001),
            .. Samples.Range<T>(-320, 320, 20_001).Select(e => Number(Math.Pow(10, double.CreateTruncating(e)))),
            .. Samples.Range<T>(-320, 320, 20_001).Select(e => Number(-Math.Pow(10, double.CreateTruncating(e)))),
            .. Samples.Specials<T>(),
        ];
        T[] y = Apply(op, x);
        int worst = Enumerable.Range(0, x.Length).MaxBy(i => Samples.UlpsOff(y[i], Reference(op, double.CreateTruncating(x[i]))));
        Assert.That(
            Samples.UlpsOff(y[worst], Reference(op, double.CreateTruncating(x[worst]))), Is.LessThanOrEqualTo(ulps), $"{op} of {x[worst]} is {y[worst]}");
    }

    [TestCaseSource(nameof(Ops))]
    public void Nan_stays_nan(UnaryOp op) => Assert.That(T.IsNaN(Apply(op, T.NaN)[0]));

    [TestCase(UnaryOp.Exp, 0, 1)]
    [TestCase(UnaryOp.Exp, -1000, 0)]
    [TestCase(UnaryOp.Exp, 1000, double.PositiveInfinity)]
    [TestCase(UnaryOp.Exp, double.NegativeInfinity, 0)]
    [TestCase(UnaryOp.Exp, double.PositiveInfinity, double.PositiveInfinity)]
    [TestCase(UnaryOp.Log, 1, 0)]
    [TestCase(UnaryOp.Log, 0, double.NegativeInfinity)]
    [TestCase(UnaryOp.Log, -1, double.NaN)]
    [TestCase(UnaryOp.Log, double.PositiveInfinity, double.PositiveInfinity)]
    [TestCase(UnaryOp.Sqrt, -1, double.NaN)]
    [TestCase(UnaryOp.Abs, -0.0, 0)]
    [TestCase(UnaryOp.Sign, 0, 0)]
    [TestCase(UnaryOp.Sign, -0.0, 0)]
    [TestCase(UnaryOp.Sign, double.NegativeInfinity, -1)]
    [TestCase(UnaryOp.Softplus, 1e4, 1e4)]
    [TestCase(UnaryOp.Softplus, -1e4, 0)]
    [TestCase(UnaryOp.Softplus, double.PositiveInfinity, double.PositiveInfinity)]
    [TestCase(UnaryOp.Softplus, double.NegativeInfinity, 0)]
    [TestCase(UnaryOp.Sigmoid, 0, 0.5)]
    [TestCase(UnaryOp.Sigmoid, 1000, 1)]
    [TestCase(UnaryOp.Sigmoid, -1000, 0)]
    [TestCase(UnaryOp.Sigmoid, double.NegativeInfinity, 0)]
    [TestCase(UnaryOp.Relu, -3, 0)]
    [TestCase(UnaryOp.Relu, double.NegativeInfinity, 0)]
    [TestCase(UnaryOp.Tanh, -0.0, -0.0)]
    [TestCase(UnaryOp.Tanh, double.PositiveInfinity, 1)]
    [TestCase(UnaryOp.Tanh, -1000, -1)]
    public void A_special_value_is_exact(UnaryOp op, double x, double expected) =>
        Samples.AssertSame<T>(Apply(op, Number(x)), [Number(expected)]);

    [Test]
    public void Softplus_keeps_the_digits_of_a_tiny_result() =>
        Assert.That(double.CreateTruncating(Apply(UnaryOp.Softplus, Number(-50))[0]), Is.EqualTo(1.9287498479639178e-22).Within(1e-5).Percent);

    [TestCaseSource(nameof(Ops))]
    public void The_bits_do_not_depend_on_the_position(UnaryOp op)
    {
        T[] x = [.. Samples.Numbers<T>(4 * Vector<T>.Count + 3), .. Samples.Specials<T>()];
        T[] alone = [.. x.Select(value => Apply(op, value)[0])];
        for (int start = 0; start < x.Length; start++)
            Samples.AssertSame<T>(Apply(op, [.. x.AsSpan(start)]), alone.AsSpan(start));
    }

    [TestCaseSource(nameof(Ops))]
    public void A_function_works_in_place(UnaryOp op)
    {
        T[] x = Samples.Numbers<T>(101);
        T[] expected = Apply(op, x);
        Elementwise.Unary<T>(op, x, x);
        Samples.AssertSame<T>(x, expected);
    }

    [Test]
    public void Affine_rounds_the_product_and_the_sum([ValueSource(typeof(Samples), nameof(Samples.Lengths))] int length)
    {
        T[] x = Samples.Numbers<T>(length);
        var y = new T[length];
        T scale = Number(1.1);
        T shift = Number(-0.7);
        Elementwise.Affine<T>(x, scale, shift, y);
        Samples.AssertSame<T>(y, [.. x.Select(value => scale * value + shift)]);
    }

    [Test]
    public void Affine_without_a_shift_or_a_scale_is_exact()
    {
        T[] x = Samples.Specials<T>();
        var y = new T[x.Length];
        Elementwise.Affine(x, T.One, T.Zero, y);
        Samples.AssertSame<T>(y, x);
        Elementwise.Affine(x, -T.One, T.Zero, y);
        Samples.AssertSame<T>(y, [.. x.Select(value => -value)]);
        Elementwise.Affine(x, T.One, Number(0.1), y);
        Samples.AssertSame<T>(y, [.. x.Select(value => value + Number(0.1))]);
    }

    [Test]
    public void Division_is_not_a_product_with_the_reciprocal([Values(3, 0, -7.3, double.PositiveInfinity)] double divisor)
    {
        T[] x = [.. Samples.Numbers<T>(1000), .. Samples.Specials<T>()];
        var y = new T[x.Length];
        Elementwise.Divide(x, Number(divisor), y);
        Samples.AssertSame<T>(y, [.. x.Select(value => value / Number(divisor))]);
    }

    [Test]
    public void Clamp_and_its_derivative()
    {
        T[] x = [.. Samples.Numbers<T>(101), .. Samples.Specials<T>(), Number(-2), Number(3)];
        (T low, T high) = (Number(-2), Number(3));
        var y = new T[x.Length];
        Elementwise.Clamp(x, low, high, y);
        Samples.AssertSame<T>(y, [.. x.Select(value => value < low ? low : value > high ? high : value)]);
        Elementwise.Between(x, low, high, y);
        Samples.AssertSame<T>(y, [.. x.Select(value => value >= low && value <= high ? T.One : T.Zero)]);
    }

    [Test]
    public void An_interval_has_its_ends_in_order()
    {
        Assert.Throws<ArgumentException>(() => Elementwise.Clamp([], T.One, T.Zero, Span<T>.Empty));
        Assert.Throws<ArgumentException>(() => Elementwise.Between([], T.NaN, T.Zero, Span<T>.Empty));
    }

    [Test]
    public void Cast_to_integers_truncates()
    {
        int[] y = new int[6];
        Elementwise.Cast<T, int>([Number(1.9), Number(-1.9), T.NegativeZero, Number(7), Number(0.5), Number(int.MinValue)], y);
        Samples.AssertSame<int>(y, [1, -1, 0, 7, 0, int.MinValue]);
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    [TestCase(double.NegativeInfinity)]
    [TestCase(2147483648.0)]
    [TestCase(-2147484000.0)]
    public void Cast_to_integers_never_makes_a_number_up(double x) =>
        Assert.Throws<OverflowException>(() => Elementwise.Cast<T, int>([Number(x)], new int[1]));

    [Test]
    public void Cast_from_integers_and_between_precisions()
    {
        var y = new T[3];
        Elementwise.Cast<int, T>([3, -4, 0], y);
        Samples.AssertSame<T>(y, [Number(3), Number(-4), T.Zero]);

        T[] x = [.. Samples.Numbers<T>(101), .. Samples.Specials<T>()];
        float[] single = new float[x.Length];
        Elementwise.Cast<T, float>(x, single);
        Samples.AssertSame<float>(single, [.. x.Select(float.CreateTruncating)]);
    }

    [Test]
    public void Equal_is_that_of_numbers()
    {
        int[] y = new int[5];
        Elementwise.Equal<T>(
            [T.NaN, T.Zero, T.One, T.PositiveInfinity, Number(2)], [T.NaN, T.NegativeZero, T.One, T.PositiveInfinity, Number(3)], y);
        Samples.AssertSame<int>(y, [0, 1, 1, 1, 0]);
    }

    [Test]
    public void Lengths_have_to_agree()
    {
        Assert.Throws<ArgumentException>(() => Elementwise.Unary(UnaryOp.Exp, new T[3], new T[2]));
        Assert.Throws<ArgumentException>(() => Elementwise.Affine(new T[3], T.One, T.One, new T[4]));
        Assert.Throws<ArgumentException>(() => Elementwise.Divide(new T[3], T.One, new T[4]));
        Assert.Throws<ArgumentException>(() => Elementwise.Cast<T, int>(new T[3], new int[4]));
        Assert.Throws<ArgumentException>(() => Elementwise.Equal<T>(new T[3], new T[2], new int[3]));
        Assert.Throws<ArgumentException>(() => Elementwise.Equal<T>(new T[3], new T[3], new int[2]));
    }
}

internal sealed class IntegerElementwiseTests
{
    [TestCase(UnaryOp.Abs, new[] { 3, 0, 4 })]
    [TestCase(UnaryOp.Sign, new[] { -1, 0, 1 })]
    [TestCase(UnaryOp.Relu, new[] { 0, 0, 4 })]
    public void Some_functions_are_of_integers_too(UnaryOp op, int[] expected)
    {
        int[] y = new int[3];
        Elementwise.Unary<int>(op, [-3, 0, 4], y);
        Assert.That(y, Is.EqualTo(expected));
    }

    [Test]
    public void The_others_are_not([Values(UnaryOp.Exp, UnaryOp.Log, UnaryOp.Sqrt, UnaryOp.Softplus, UnaryOp.Sigmoid, UnaryOp.Tanh)] UnaryOp op) =>
        Assert.Throws<NotSupportedException>(() => Elementwise.Unary<int>(op, [], []));

    [Test]
    public void Affine_clamp_and_division()
    {
        int[] y = new int[3];
        Elementwise.Affine([-3, 0, 4], 2, 1, y);
        Samples.AssertSame<int>(y, [-5, 1, 9]);
        Elementwise.Clamp([-3, 0, 4], -1, 2, y);
        Samples.AssertSame<int>(y, [-1, 0, 2]);
        Elementwise.Between([-3, 0, 2], -1, 2, y);
        Samples.AssertSame<int>(y, [0, 1, 1]);
        Elementwise.Divide([-3, 0, 4], 2, y);
        Samples.AssertSame<int>(y, [-1, 0, 2]);
    }

    [Test]
    public void Overflow_is_an_error()
    {
        Assert.Throws<OverflowException>(() => Elementwise.Affine([int.MaxValue], 2, 0, new int[1]));
        Assert.Throws<OverflowException>(() => Elementwise.Affine([int.MaxValue], 1, 1, new int[1]));
        Assert.Throws<OverflowException>(() => Elementwise.Unary<int>(UnaryOp.Abs, [int.MinValue], new int[1]));
        Assert.Throws<DivideByZeroException>(() => Elementwise.Divide([1], 0, new int[1]));
    }
}
