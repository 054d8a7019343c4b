using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using NUnit.Framework;

namespace LinearNets.Tests;

/// <summary>Numbers for tests of the kernels.</summary>
internal static class Samples
{
    /// <summary>Around the widths of vectors and of the blocks of sums, and off them.</summary>
    public static readonly int[] Lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 100, 257, 511, 513, 1025, 4099];

    public static T[] Numbers<T>(long count, int seed = 1)
        where T : INumber<T>
    {
        var random = new Random(seed);
        var numbers = new T[count];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = T.CreateTruncating((random.NextDouble() - 0.5) * 20);
        return numbers;
    }

    /// <summary>Evenly spaced numbers, both ends among them.</summary>
    public static T[] Range<T>(double from, double to, int count)
        where T : INumber<T> =>
        [.. Enumerable.Range(0, count).Select(i => T.CreateTruncating(from + (to - from) * i / (count - 1)))];

    /// <summary>The numbers with which floating-point code goes wrong.</summary>
    public static T[] Specials<T>()
        where T : IBinaryFloatingPointIeee754<T>, IMinMaxValue<T> =>
    [
        T.NaN, T.PositiveInfinity, T.NegativeInfinity, T.Zero, T.NegativeZero, T.One, -T.One, T.Epsilon, -T.Epsilon,
        T.MaxValue, T.MinValue, T.CreateTruncating(1e-310), T.CreateTruncating(1e-40), T.CreateTruncating(0.5),
        T.CreateTruncating(1000), T.CreateTruncating(-1000), T.CreateTruncating(1e30), T.CreateTruncating(-1e30),
    ];

    public static int Product(IEnumerable<int> shape) => shape.Aggregate(1, (x, y) => x * y);

    /// <summary>The indices of a shape in row-major order.</summary>
    public static IEnumerable<int[]> Positions(int[] shape)
    {
        for (int k = 0; k < Product(shape); k++)
        {
            int rest = k;
            int[] position = new int[shape.Length];
            for (int d = shape.Length - 1; d >= 0; d--)
                (rest, position[d]) = Math.DivRem(rest, shape[d]);
            yield return position;
        }
    }

    /// <summary>The row-major position of an index.</summary>
    public static int Flat(int[] position, int[] shape)
    {
        int flat = 0;
        for (int d = 0; d < shape.Length; d++)
            flat = flat * shape[d] + position[d];
        return flat;
    }

    /// <summary>Equality that tells -0 from +0 and takes NaN for NaN.</summary>
    public static bool Same<T>(T x, T y)
        where T : INumber<T> =>
        T.IsNaN(x) ? T.IsNaN(y) : x == y && T.IsNegative(x) == T.IsNegative(y);

    public static void AssertSame<T>(ReadOnlySpan<T> actual, ReadOnlySpan<T> expected)
        where T : INumber<T>
    {
        Assert.That(actual.Length, Is.EqualTo(expected.Length));
        for (int i = 0; i < actual.Length; i++)
        {
            if (!Same(actual[i], expected[i]))
                Assert.Fail($"At {i}: {actual[i]}, not {expected[i]}");
        }
    }

    /// <summary>How far off a result is, in units in the last place of what is right.</summary>
    public static double UlpsOff<T>(T actual, double expected)
        where T : IBinaryFloatingPointIeee754<T>
    {
        T right = T.CreateTruncating(expected);
        if (Same(actual, right) || actual == right)
            return 0;
        if (!T.IsFinite(actual) || !T.IsFinite(right))
            return double.PositiveInfinity;
        T unit = T.Max(T.Abs(right) - T.BitDecrement(T.Abs(right)), T.Epsilon);
        return Math.Abs(double.CreateTruncating(actual) - expected) / double.CreateTruncating(unit);
    }
}
