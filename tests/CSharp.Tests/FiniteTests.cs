using System.Numerics;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
internal sealed class FiniteTests<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
{
    [Test]
    public void Finite_numbers_are([ValueSource(typeof(Samples), nameof(Samples.Lengths))] int length)
    {
        T[] x = Samples.Numbers<T>(length);
        for (int i = 0; i < length; i++)
            x[i] = (i % 5) switch { 0 => T.MaxValue, 1 => T.MinValue, 2 => T.Epsilon, 3 => T.NegativeZero, _ => x[i] };
        Assert.That(Finite.FirstNot<T>(x), Is.EqualTo(-1));
    }

    [Test]
    public void The_first_that_is_not_is_found([ValueSource(typeof(Samples), nameof(Samples.Lengths))] int length)
    {
        for (int place = 0; place < length; place += 1 + length / 40)
        {
            foreach (T wrong in new[] { T.NaN, T.PositiveInfinity, T.NegativeInfinity })
            {
                T[] x = Samples.Numbers<T>(length);
                x[place] = wrong;
                x[length - 1] = wrong;
                Assert.That(Finite.FirstNot<T>(x), Is.EqualTo(place));
            }
        }
    }
}
