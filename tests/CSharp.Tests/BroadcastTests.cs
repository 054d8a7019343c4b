using System;
using System.Linq;
using System.Numerics;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
[TestFixture(typeof(int))]
internal sealed class BroadcastTests<T>
    where T : unmanaged, INumber<T>
{
    private static readonly BinaryOp[] Ops = Enum.GetValues<BinaryOp>();

    private static T Of(BinaryOp op, T a, T b) => op switch
    {
        BinaryOp.Add => a + b,
        BinaryOp.Subtract => a - b,
        BinaryOp.Multiply => a * b,
        _ => a / b,
    };

    /// <summary>The element of x that a position of the result takes.</summary>
    private static T At(T[] x, int[] shape, int[] position)
    {
        int[] own = position[^shape.Length..];
        for (int d = 0; d < shape.Length; d++)
            own[d] = shape[d] == 1 ? 0 : own[d];
        return x[Samples.Flat(own, shape)];
    }

    private static void Check(BinaryOp op, int[] aShape, int[] bShape, int[] yShape)
    {
        T[] a = Samples.Numbers<T>(Samples.Product(aShape), seed: 1);
        T[] b = [.. Samples.Numbers<T>(Samples.Product(bShape), seed: 2).Select(x => T.IsZero(x) ? T.One : x)];
        var y = new T[Samples.Product(yShape)];
        Broadcast.Binary<T>(op, a, aShape, b, bShape, y, yShape);
        Samples.AssertSame<T>(y, [.. Samples.Positions(yShape).Select(p => Of(op, At(a, aShape, p), At(b, bShape, p)))]);
        Broadcast.Expand<T>(a, aShape, y, yShape);
        Samples.AssertSame<T>(y, [.. Samples.Positions(yShape).Select(p => At(a, aShape, p))]);
    }

    [TestCase(new[] { 7, 10 }, new[] { 7, 10 }, new[] { 7, 10 })]
    [TestCase(new[] { 7, 10 }, new[] { 10 }, new[] { 7, 10 })]
    [TestCase(new[] { 10 }, new[] { 7, 10 }, new[] { 7, 10 })]
    [TestCase(new[] { 7, 10 }, new[] { 7, 1 }, new[] { 7, 10 })]
    [TestCase(new[] { 7, 1 }, new[] { 10 }, new[] { 7, 10 })]
    [TestCase(new[] { 7, 10 }, new int[0], new[] { 7, 10 })]
    [TestCase(new int[0], new[] { 1 }, new[] { 7, 10 })]
    [TestCase(new int[0], new int[0], new int[0])]
    [TestCase(new[] { 2, 1, 4, 1, 33 }, new[] { 3, 1, 5, 1 }, new[] { 2, 3, 4, 5, 33 })]
    [TestCase(new[] { 0, 3 }, new[] { 1, 3 }, new[] { 0, 3 })]
    [TestCase(new[] { 2, 1, 2, 1, 2, 1, 2, 1, 2, 1 }, new[] { 2, 1, 2, 1, 2, 1, 2, 1, 2 }, new[] { 2, 2, 2, 2, 2, 2, 2, 2, 2, 2 })]
    public void An_operand_repeats_to_the_shape_of_the_result(int[] aShape, int[] bShape, int[] yShape)
    {
        foreach (BinaryOp op in Ops)
            Check(op, aShape, bShape, yShape);
    }

    [Test]
    public void Random_shapes([ValueSource(nameof(Ops))] BinaryOp op, [Range(1, 60)] int seed)
    {
        var random = new Random(seed);
        int[] yShape = [.. Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(1, 12))];
        int[] Operand() =>
            [.. yShape[random.Next(yShape.Length + 1)..].Select(size => random.Next(3) == 0 ? 1 : size)];
        Check(op, Operand(), Operand(), yShape);
    }

    [Test]
    public void All_lengths([ValueSource(nameof(Ops))] BinaryOp op, [ValueSource(typeof(Samples), nameof(Samples.Lengths))] int length)
    {
        Check(op, [length], [length], [length]);
        Check(op, [length], [1], [length]);
        Check(op, [], [length], [length]);
    }

    [Test]
    public void The_result_may_be_an_operand([ValueSource(nameof(Ops))] BinaryOp op)
    {
        T[] a = Samples.Numbers<T>(70, seed: 1);
        T[] b = [.. Samples.Numbers<T>(10, seed: 2).Select(x => T.IsZero(x) ? T.One : x)];
        T[] expected = [.. a.Select((x, k) => Of(op, x, b[k % 10]))];
        Broadcast.Binary<T>(op, a, [7, 10], b, [10], a, [7, 10]);
        Samples.AssertSame<T>(a, expected);
    }

    [Test]
    public void Wrong_shapes_are_errors()
    {
        Assert.Throws<ArgumentException>(() => Broadcast.Binary<T>(BinaryOp.Add, new T[6], [2, 3], new T[2], [2], new T[6], [2, 3]));
        Assert.Throws<ArgumentException>(() => Broadcast.Binary<T>(BinaryOp.Add, new T[6], [1, 2, 3], new T[3], [3], new T[6], [2, 3]));
        Assert.Throws<ArgumentException>(() => Broadcast.Binary<T>(BinaryOp.Add, new T[5], [2, 3], new T[3], [3], new T[6], [2, 3]));
        Assert.Throws<ArgumentException>(() => Broadcast.Binary<T>(BinaryOp.Add, new T[6], [2, 3], new T[3], [3], new T[5], [2, 3]));
        Assert.Throws<ArgumentException>(() => Broadcast.Expand<T>(new T[2], [2], new T[6], [2, 3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Broadcast.Expand<T>(new T[2], [-2], new T[6], [2, 3]));
    }
}

internal sealed class BroadcastSpecialTests
{
    [Test]
    public void Special_values_are_those_of_scalar_arithmetic([Values] BinaryOp op)
    {
        double[] x = Samples.Specials<double>();
        int n = x.Length;
        double[] y = new double[n * n];
        Broadcast.Binary<double>(op, x, [n, 1], x, [n], y, [n, n]);
        double[] scalar = new double[n * n];
        for (int k = 0; k < n * n; k++)
            Broadcast.Binary<double>(op, [x[k / n]], [], [x[k % n]], [], scalar.AsSpan(k, 1), []);
        Samples.AssertSame<double>(y, scalar);
        Assert.That(y[^1], Is.EqualTo(op switch { BinaryOp.Add => -2e30, BinaryOp.Subtract => 0, BinaryOp.Multiply => -1e30 * -1e30, _ => 1 }));
    }

    [Test]
    public void Integer_overflow_is_an_error()
    {
        static void Apply(BinaryOp op, int a, int b) => Broadcast.Binary<int>(op, [a], [1], [b], [], new int[1], [1]);
        Assert.Throws<OverflowException>(() => Apply(BinaryOp.Add, int.MaxValue, 1));
        Assert.Throws<OverflowException>(() => Apply(BinaryOp.Subtract, int.MinValue, 1));
        Assert.Throws<OverflowException>(() => Apply(BinaryOp.Multiply, 1 << 16, 1 << 15));
        Assert.Throws<DivideByZeroException>(() => Apply(BinaryOp.Divide, 1, 0));
    }
}
