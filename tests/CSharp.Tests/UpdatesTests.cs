using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

/// <summary>What updates are, in double precision.</summary>
internal static class UpdateReference
{
    /// <summary>Updates parameters and what is remembered of them; the gradient has its scale, and no penalty yet.</summary>
    public static void Apply(UpdateFormula formula, int step, double[] p, double[] slot0, double[] slot1, double[] gradient, double l1, double l2)
    {
        for (int i = 0; i < p.Length; i++)
        {
            double g = gradient[i] + (l2 * p[i]) + (l1 * Math.Sign(p[i]));
            switch (formula.Rule)
            {
                case UpdateRule.Sgd:
                    p[i] -= formula.Rate * g;
                    break;
                case UpdateRule.Momentum:
                    slot0[i] = (formula.Beta1 * slot0[i]) + g;
                    p[i] -= formula.Rate * slot0[i];
                    break;
                case UpdateRule.Nesterov:
                    slot0[i] = (formula.Beta1 * slot0[i]) + g;
                    p[i] -= formula.Rate * (g + (formula.Beta1 * slot0[i]));
                    break;
                default:
                    slot0[i] = (formula.Beta1 * slot0[i]) + ((1 - formula.Beta1) * g);
                    slot1[i] = (formula.Beta2 * slot1[i]) + ((1 - formula.Beta2) * g * g);
                    double m = slot0[i] / (1 - Math.Pow(formula.Beta1, step)), v = slot1[i] / (1 - Math.Pow(formula.Beta2, step));
                    p[i] = ((1 - (formula.Rate * formula.Decay)) * p[i]) - (formula.Rate * m / (Math.Sqrt(v) + formula.Epsilon));
                    break;
            }
        }
    }
}

/// <summary>Updates of arrays between pages that are not there.</summary>
[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
internal sealed unsafe class UpdatesTests<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
{
    private const int MostRegisters = 5;
    private const int MostSlices = 16;

    private static readonly double Unit = typeof(T) == typeof(float) ? Math.ScaleB(1, -24) : Math.ScaleB(1, -53);

    private static readonly UpdateFormula[] Formulas =
    [
        new(UpdateRule.Sgd, 0.125),
        new(UpdateRule.Momentum, 0.1, 0.9),
        new(UpdateRule.Nesterov, 0.1, 0.9),
        new(UpdateRule.Adam, 0.01, 0.9, 0.999, 1e-8),
        new(UpdateRule.Adam, 0.1, 0.75, 0.9, 0.5, 0.25),
    ];

    private static readonly (double, double)[] Penalties = [(0, 0), (0.03, 0), (0, 0.05), (0.03, 0.05)];

    private readonly GuardedMemory pMemory = new(MostRegisters * Vector<T>.Count * sizeof(T));
    private readonly GuardedMemory slot0Memory = new(MostRegisters * Vector<T>.Count * sizeof(T));
    private readonly GuardedMemory slot1Memory = new(MostRegisters * Vector<T>.Count * sizeof(T));
    private readonly GuardedMemory sliceMemory = new(MostSlices * (MostRegisters + 1) * Vector<T>.Count * sizeof(T));

    public static IEnumerable<UpdateFormula> AllFormulas() => Formulas;

    public void Dispose()
    {
        foreach (GuardedMemory memory in new[] { pMemory, slot0Memory, slot1Memory, sliceMemory })
            memory.Dispose();
    }

    private static double[] Wide(ReadOnlySpan<T> numbers) => [.. numbers.ToArray().Select(double.CreateTruncating)];

    private static void AssertClose(ReadOnlySpan<T> actual, double[] expected, string about)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs(double.CreateTruncating(actual[i]) - expected[i]) <= 16 * Unit * (1 + Math.Abs(expected[i]))))
                Assert.Fail($"{about}: [{i}] is {actual[i]}, not {expected[i]}");
        }
    }

    /// <summary>Slices that lie further apart than they are long, with NaN between them.</summary>
    private Span<T> Slices(Edge edge, int slices, int length, int stride, Func<double> number)
    {
        Span<T> all = sliceMemory.At<T>(edge, ((slices - 1) * stride) + length);
        for (int i = 0; i < all.Length; i++)
            all[i] = i % stride < length ? T.CreateTruncating(number()) : T.NaN;
        return all;
    }

    [Test]
    public void Steps_are_those_of_the_formula(
        [ValueSource(nameof(AllFormulas))] UpdateFormula formula, [Values(1, 2, 3, 16)] int slices, [Values(1, 2, 5)] int registers)
    {
        const double Scale = 0.3;
        const int Padding = 1;
        int length = registers * Vector<T>.Count;
        foreach (Edge edge in Enum.GetValues<Edge>())
        {
            foreach (int stride in new[] { length, length + Vector<T>.Count })
            {
                foreach ((double l1, double l2) in Penalties)
                {
                    string about = $"{edge}, stride {stride}, penalty {l1} {l2}";
                    var random = new Random(slices);
                    Span<T> p = pMemory.At<T>(edge, length), slot0 = slot0Memory.At<T>(edge, length), slot1 = slot1Memory.At<T>(edge, length);
                    for (int i = 0; i < length; i++)
                        p[i] = T.CreateTruncating(i % 5 == 4 || i >= length - Padding ? 0 : random.Next(-8, 9));
                    slot0.Clear();
                    slot1.Clear();
                    double[] wideP = Wide(p), wide0 = new double[length], wide1 = new double[length];
                    for (int step = 1; step <= 6; step++)
                    {
                        // Eighths, whose sums are exact.
                        Span<T> all = Slices(edge, slices, length, stride, () => random.Next(-20, 21) / 8.0);
                        double[] gradient = new double[length];
                        for (int s = 0; s < slices; s++)
                        {
                            all.Slice((s * stride) + length - Padding, Padding).Clear();
                            for (int i = 0; i < length; i++)
                                gradient[i] += Scale * double.CreateTruncating(all[(s * stride) + i]);
                        }

                        var target = new UpdateTarget<T>(
                            GuardedMemory.Address(p),
                            formula.Slots > 0 ? GuardedMemory.Address(slot0) : null,
                            formula.Slots > 1 ? GuardedMemory.Address(slot1) : null,
                            GuardedMemory.Address(all),
                            slices,
                            stride,
                            length);
                        Assert.That(Updates.Apply(formula, step, target, Scale, l1, l2), about);
                        UpdateReference.Apply(formula, step, wideP, wide0, wide1, gradient, l1, l2);
                        AssertClose(p, wideP, $"{about}, step {step}");
                        AssertClose(slot0, wide0, $"{about}, step {step}, first slot");
                        AssertClose(slot1, wide1, $"{about}, step {step}, second slot");
                        // From the same numbers again: one that comes back to 0 in one precision only has another sign.
                        (wideP, wide0, wide1) = (Wide(p), Wide(slot0), Wide(slot1));
                        foreach (T pad in new[] { p[^1], slot0[^1], slot1[^1] })
                            Assert.That(pad, Is.EqualTo(T.Zero), $"{about}, step {step}, padding");
                    }
                }
            }
        }
    }

    [Test]
    public void The_slots_of_a_rule() => Assert.That(Formulas.Select(formula => formula.Slots), Is.EqualTo(new[] { 0, 1, 1, 2, 2 }));

    [Test]
    public void Slices_are_added_in_their_order([Values(2, 3, 16)] int slices)
    {
        int length = 5 * Vector<T>.Count;
        T[] all = Samples.Numbers<T>(slices * length), p = new T[length], forwards = new T[length], backwards = new T[length];
        for (int i = 0; i < length; i++)
        {
            for (int s = 0; s < slices; s++)
            {
                forwards[i] += all[(s * length) + i];
                backwards[i] += all[((slices - 1 - s) * length) + i];
            }
        }

        fixed (T* at = p, slicesAt = all)
            Updates.Apply(new(UpdateRule.Sgd, 1), 1, new UpdateTarget<T>(at, null, null, slicesAt, slices, length, length), -1, 0, 0);
        Samples.AssertSame<T>(p, forwards);
        if (slices > 2)
            Assert.That(p, Is.Not.EqualTo(backwards));
    }

    [Test]
    public void A_gradient_that_is_not_finite_is_told(
        [ValueSource(nameof(AllFormulas))] UpdateFormula formula, [Values(double.NaN, double.PositiveInfinity, double.NegativeInfinity)] double wrong)
    {
        const int Slices = 3;
        int length = 3 * Vector<T>.Count;
        T[] p = new T[length], slot0 = new T[length], slot1 = new T[length], all = new T[Slices * length];
        fixed (T* pAt = p, slot0At = slot0, slot1At = slot1, allAt = all)
        {
            var target = new UpdateTarget<T>(pAt, slot0At, slot1At, allAt, Slices, length, length);
            for (int place = 0; place < all.Length; place++)
            {
                foreach ((double l1, double l2) in Penalties)
                {
                    Reset();
                    Assert.That(Updates.Apply(formula, 1, target, 0.5, l1, l2), "finite");
                    Reset();
                    all[place] = T.CreateTruncating(wrong);
                    Assert.That(Updates.Apply(formula, 1, target, 0.5, l1, l2), Is.False, $"at {place}");
                }
            }
        }

        void Reset()
        {
            Array.Fill(p, T.One);
            Array.Fill(all, T.One);
            slot0.AsSpan().Clear();
            slot1.AsSpan().Clear();
        }
    }

    [Test]
    public void A_sum_of_slices_that_overflows_is_not_finite()
    {
        int length = 2 * Vector<T>.Count;
        T[] p = new T[length], all = new T[2 * length];
        all[length - 1] = all[^1] = T.MaxValue;
        fixed (T* pAt = p, allAt = all)
        {
            Assert.That(Updates.Apply(new(UpdateRule.Sgd, 1e-9), 1, new UpdateTarget<T>(pAt, null, null, allAt, 1, length, length), 1, 0, 0));
            Assert.That(
                Updates.Apply(new(UpdateRule.Sgd, 1e-9), 1, new UpdateTarget<T>(pAt, null, null, allAt, 2, length, length), 1, 0, 0), Is.False);
        }
    }
}
