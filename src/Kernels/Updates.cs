// The update of parameters by their gradient, in one pass.
//
//   g = scale·(Σ slices) + λ₂p + λ₁ sign p
//
//   sgd        p ← p − ηg
//   proximal   p ← S(p − ηg, ηλ),  S(q, t) = q moved towards 0 by t and no further
//   momentum   v ← βv + g,  p ← p − ηv
//   Nesterov   v ← βv + g,  p ← p − η(g + βv)
//   Adam       m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²,  p ← (1 − ηδ)p − η·m̂/(√v̂ + ε)
//
// Slices are added in their order. Arrays are padded with zeros to whole registers, and stay so: a zero's update is zero.

using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace LinearNets.Kernels;

internal enum UpdateRule
{
    Sgd,
    Proximal,
    Momentum,
    Nesterov,
    Adam,
}

/// <summary>An update rule with its numbers; Beta1 is a momentum's β, too, and Decay is δ or λ, which spare the biases.</summary>
internal readonly record struct UpdateFormula(
    UpdateRule Rule, double Rate, double Beta1 = 0, double Beta2 = 0, double Epsilon = 0, double Decay = 0)
{
    /// <summary>How many arrays it remembers.</summary>
    internal int Slots => Rule switch { UpdateRule.Sgd or UpdateRule.Proximal => 0, UpdateRule.Adam => 2, _ => 1 };
}

/// <summary>Parameters, what the optimizer remembers of them, and their gradient in slices.</summary>
internal readonly unsafe struct UpdateTarget<T>(T* p, T* slot0, T* slot1, T* slices, int count, nint stride, int length)
    where T : unmanaged
{
    public readonly T* P = p;
    public readonly T* Slot0 = slot0;
    public readonly T* Slot1 = slot1;
    public readonly T* Slices = slices;
    public readonly int Count = count;
    public readonly nint Stride = stride;
    public readonly int Length = length;
}

internal static unsafe class Updates
{
    private const double SmallestNormal = 1.1754943508222875e-38;

    private interface IUpdate<T>
        where T : unmanaged
    {
        Vector<T> Next(Vector<T> p, Vector<T> g, T* slot0, T* slot1);
    }

    /// <summary>Updates at step <paramref name="step"/>, counted from 1; false if the gradient is not finite.</summary>
    internal static bool Apply<T>(in UpdateFormula formula, int step, in UpdateTarget<T> target, double scale, double l1, double l2)
        where T : unmanaged, INumber<T>
    {
        T rate = Real.Of<T>(formula.Rate), beta = Real.Of<T>(formula.Beta1);
        return formula.Rule switch
        {
            UpdateRule.Sgd => Apply(new Sgd<T>(rate), in target, scale, l1, l2),
            UpdateRule.Proximal => Apply(new Proximal<T>(rate, Real.Of<T>(formula.Rate * formula.Decay)), in target, scale, l1, l2),
            UpdateRule.Momentum => Apply(new Momentum<T>(rate, beta), in target, scale, l1, l2),
            UpdateRule.Nesterov => Apply(new Nesterov<T>(rate, beta), in target, scale, l1, l2),
            _ => Apply(new Adam<T>(formula, step), in target, scale, l1, l2),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool Apply<T, TUpdate>(TUpdate update, in UpdateTarget<T> target, double scale, double l1, double l2)
        where T : unmanaged, INumber<T>
        where TUpdate : struct, IUpdate<T>
    {
        var scales = new Vector<T>(Real.Of<T>(scale));
        var lasso = new Vector<T>(Real.Of<T>(l1));
        var ridge = new Vector<T>(Real.Of<T>(l2));
        bool penalised = l1 != 0 || l2 != 0;
        Vector<T> odd = Vector<T>.Zero;
        for (nint j = 0; j < target.Length; j += Vector<T>.Count)
        {
            T* slice = target.Slices + j;
            Vector<T> g = Vector.Load(slice);
            for (int s = 1; s < target.Count; s++)
            {
                slice += target.Stride;
                g += Vector.Load(slice);
            }

            g *= scales;
            Vector<T> p = Vector.Load(target.P + j);
            if (penalised)
                g += (ridge * p) + (lasso * Elementwise.Sign(p));
            odd += g - g; // 0 as long as g is finite
            update.Next(p, g, target.Slot0 + j, target.Slot1 + j).Store(target.P + j);
        }

        return Vector.EqualsAll(odd, Vector<T>.Zero);
    }

    private readonly struct Sgd<T>(T rate) : IUpdate<T>
        where T : unmanaged, INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Next(Vector<T> p, Vector<T> g, T* slot0, T* slot1) => p - (g * rate);
    }

    private readonly struct Proximal<T>(T rate, T threshold) : IUpdate<T>
        where T : unmanaged, INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Next(Vector<T> p, Vector<T> g, T* slot0, T* slot1)
        {
            Vector<T> q = p - (g * rate);
            return Elementwise.Sign(q) * Vector.Max(Vector.Abs(q) - new Vector<T>(threshold), Vector<T>.Zero);
        }
    }

    private readonly struct Momentum<T>(T rate, T beta) : IUpdate<T>
        where T : unmanaged, INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Next(Vector<T> p, Vector<T> g, T* slot0, T* slot1)
        {
            Vector<T> v = (Vector.Load(slot0) * beta) + g;
            v.Store(slot0);
            return p - (v * rate);
        }
    }

    private readonly struct Nesterov<T>(T rate, T beta) : IUpdate<T>
        where T : unmanaged, INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Next(Vector<T> p, Vector<T> g, T* slot0, T* slot1)
        {
            Vector<T> v = (Vector.Load(slot0) * beta) + g;
            v.Store(slot0);
            return p - ((g + (v * beta)) * rate);
        }
    }

    private readonly struct Adam<T>(UpdateFormula formula, int step) : IUpdate<T>
        where T : unmanaged, INumber<T>
    {
        private readonly T beta1 = Real.Of<T>(formula.Beta1);
        private readonly T beta2 = Real.Of<T>(formula.Beta2);
        private readonly T rest1 = Real.Of<T>(1 - formula.Beta1);
        private readonly T rest2 = Real.Of<T>(1 - formula.Beta2);
        private readonly T unbias1 = Real.Of<T>(1 - Math.Pow(formula.Beta1, step));
        private readonly T unbias2 = Real.Of<T>(1 - Math.Pow(formula.Beta2, step));

        // Not so small that it is 0 as a float: padding would be 0/0.
        private readonly T epsilon = Real.Of<T>(Math.Max(formula.Epsilon, SmallestNormal));
        private readonly T rate = Real.Of<T>(formula.Rate);
        private readonly T keep = Real.Of<T>(1 - (formula.Rate * formula.Decay));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Next(Vector<T> p, Vector<T> g, T* slot0, T* slot1)
        {
            Vector<T> m = (Vector.Load(slot0) * beta1) + (g * rest1);
            Vector<T> v = (Vector.Load(slot1) * beta2) + (g * rest2 * g);
            m.Store(slot0);
            v.Store(slot1);
            Vector<T> direction = m / new Vector<T>(unbias1) / (Vector.SquareRoot(v / new Vector<T>(unbias2)) + new Vector<T>(epsilon));
            return (p * keep) - (direction * rate);
        }
    }
}
