using System;
using System.Collections.Generic;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

internal sealed class DoubleDoubleTests
{
    /// <summary>Pairs of all signs and of sizes near one another and far apart, sums that nearly vanish among them.</summary>
    private static IEnumerable<(DoubleDouble A, DoubleDouble B)> Pairs()
    {
        var random = new Random(1);
        double Next() => (random.NextDouble() - 0.5) * Math.ScaleB(1, random.Next(-40, 40));
        for (int i = 0; i < 5000; i++)
        {
            double high = Next();
            DoubleDouble a = DoubleDouble.Sum(high, high * Next() * 1e-17);
            double other = i % 3 == 0 ? -high * (1 + (random.Next(-3, 4) * Math.ScaleB(1, -52))) : Next();
            yield return (a, DoubleDouble.Sum(other, other * Next() * 1e-17));
        }
    }

    [Test]
    public void Sums_and_products_of_doubles_are_exact()
    {
        foreach (var (a, b) in Pairs())
        {
            Assert.That(((Dyadic)DoubleDouble.Sum(a.High, b.High) - a.High - b.High).Mantissa.IsZero);
            Assert.That(((Dyadic)DoubleDouble.Product(a.High, b.High) - ((Dyadic)a.High * b.High)).Mantissa.IsZero);
        }
    }

    [Test]
    public void Every_operation_is_right_to_a_few_units_in_the_last_place()
    {
        foreach (var (a, b) in Pairs())
        {
            Near((Dyadic)(a + b) - a - b, a + b, "sum");
            Near((Dyadic)(a - b) - a + b, a - b, "difference");
            Near((Dyadic)(a * b) - ((Dyadic)a * b), a * b, "product");
            DoubleDouble quotient = a / b;
            Near(((Dyadic)quotient * b) - a, a, "quotient");
            foreach (DoubleDouble result in new[] { a + b, a - b, a * b, quotient })
                Assert.That(result.High + result.Low, Is.EqualTo(result.High), "the parts overlap");
            Assert.That((double)(a * b), Is.EqualTo((a * b).High));
            Assert.That(((Dyadic)(-a) + a).Mantissa.IsZero);
        }
    }

    private static void Near(Dyadic error, DoubleDouble value, string operation) =>
        Assert.That(error.Log2(), Is.LessThanOrEqualTo(((Dyadic)value).Log2() - 102), operation);
}
