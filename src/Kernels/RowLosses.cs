// Losses of a part of the rows, and their derivatives by the scores, which take the scores' place.
//
//   z [k; 64]  scores in, slopes out: one class after another, a lane for each row
//   y [k; 64]  target numbers, laid out as the scores are; or a label for each row
//   loss [64]  of each row, summed over its outputs
//
//   squared           ½r²              r            with r = z − y
//   absolute          |r|              sign r
//   Huber             c·r − ½c²        c            with c = r clamped to ±δ
//   logistic          ln(1+eᶻ) − zy    σ(z) − y
//   squared sigmoid   ½(σ(z) − y)²     (σ(z) − y)·σ(z)·(1 − σ(z))
//   perceptron        max(0, −yz)      −y where yz ≤ 0, else 0
//   cross-entropy     ln Σeᶻ − z_y     softmax(z) − [c = y]
//
// All lanes are computed, those of rows that are not there too; nobody reads them.

using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace LinearNets.Kernels;

/// <summary>A loss of scores and targets.</summary>
internal enum RowLoss
{
    Squared,
    Absolute,
    Huber,
    Logistic,
    SquaredSigmoid,
    Perceptron,
    CrossEntropy,
}

/// <summary>How good scores are, beside their loss.</summary>
internal enum RowMetric
{
    None,

    /// <summary>How many rows have the highest score, the first of equals, at their label.</summary>
    Correct,

    /// <summary>The sum over the rows of the mean of the squared differences.</summary>
    SquaredError,

    /// <summary>The sum over the rows of the mean of the absolute differences.</summary>
    AbsoluteError,
}

/// <summary>A loss, times a factor, plus a constant for each score: with them ½r² is every multiple of r².</summary>
internal readonly record struct RowLossFormula(RowLoss Loss, double Delta = 1, double Factor = 1, double Constant = 0);

internal static unsafe class RowLosses
{
    private const int Rows = 64;

    private interface ILoss<T>
    {
        Vector<T> Of(Vector<T> z, Vector<T> y, out Vector<T> slope);
    }

    /// <summary>z becomes scale·z + b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Finish<T>(T* z, T* b, T scale, int outputs, int count)
        where T : unmanaged, INumber<T>
    {
        for (int c = 0; c < outputs; c++)
        {
            T* own = z + (c * Rows);
            var shift = new Vector<T>(b[c]);
            for (int r = 0; r < count; r += Vector<T>.Count)
                ((Vector.Load(own + r) * scale) + shift).Store(own + r);
        }
    }

    /// <summary>Losses and slopes; y is for losses of numbers, labels for the cross-entropy.</summary>
    internal static void Compute<T>(in RowLossFormula formula, T* z, T* y, int* labels, T* loss, int outputs, int count)
        where T : unmanaged, INumber<T>
    {
        switch (formula.Loss)
        {
            case RowLoss.Squared:
                Numbers(default(Squared<T>), in formula, z, y, loss, outputs, count);
                break;
            case RowLoss.Absolute:
                Numbers(default(Absolute<T>), in formula, z, y, loss, outputs, count);
                break;
            case RowLoss.Huber:
                Numbers(new Huber<T>(Real.Of<T>(formula.Delta)), in formula, z, y, loss, outputs, count);
                break;
            case RowLoss.Logistic:
                Numbers(default(Logistic<T>), in formula, z, y, loss, outputs, count);
                break;
            case RowLoss.SquaredSigmoid:
                Numbers(default(SquaredSigmoid<T>), in formula, z, y, loss, outputs, count);
                break;
            case RowLoss.Perceptron:
                Numbers(default(Perceptron<T>), in formula, z, y, loss, outputs, count);
                break;
            default:
                CrossEntropy(z, labels, loss, outputs, count);
                break;
        }
    }

    /// <summary>The metric's sum over the rows, from scores that are still scores.</summary>
    internal static double Metric<T>(RowMetric metric, T* z, T* y, int* labels, int outputs, int count)
        where T : unmanaged, INumber<T> => metric switch
        {
            RowMetric.Correct => Correct(z, labels, outputs, count),
            RowMetric.SquaredError => Errors(z, y, outputs, count, squared: true),
            RowMetric.AbsoluteError => Errors(z, y, outputs, count, squared: false),
            _ => 0,
        };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Numbers<T, TLoss>(TLoss formula, in RowLossFormula settings, T* z, T* y, T* loss, int outputs, int count)
        where T : unmanaged, INumber<T>
        where TLoss : struct, ILoss<T>
    {
        T factor = Real.Of<T>(settings.Factor);
        var constant = new Vector<T>(Real.Of<T>(settings.Constant * outputs));
        for (int r = 0; r < count; r += Vector<T>.Count)
        {
            Vector<T> sum = Vector<T>.Zero;
            for (int c = 0; c < outputs; c++)
            {
                T* at = z + (c * Rows) + r;
                sum += formula.Of(Vector.Load(at), Vector.Load(y + (c * Rows) + r), out Vector<T> slope);
                (slope * factor).Store(at);
            }

            ((sum * factor) + constant).Store(loss + r);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CrossEntropy<T>(T* z, int* labels, T* loss, int outputs, int count)
        where T : unmanaged, INumber<T>
    {
        // The score of each row's own class, before it becomes a share.
        for (int r = 0; r < count; r++)
            loss[r] = z[(labels[r] * Rows) + r];

        for (int r = 0; r < count; r += Vector<T>.Count)
        {
            Vector<T> highest = Vector.Load(z + r);
            for (int c = 1; c < outputs; c++)
                highest = Vector.Max(highest, Vector.Load(z + (c * Rows) + r));
            Vector<T> sum = Vector<T>.Zero;
            for (int c = 0; c < outputs; c++)
            {
                T* at = z + (c * Rows) + r;
                Vector<T> power = Elementwise.Exp(Vector.Load(at) - highest);
                power.Store(at);
                sum += power;
            }

            // The difference of two scores first: large scores that are nearly equal keep their digits so.
            (Elementwise.Log(sum) - (Vector.Load(loss + r) - highest)).Store(loss + r);
            Vector<T> share = Vector<T>.One / sum;
            for (int c = 0; c < outputs; c++)
            {
                T* at = z + (c * Rows) + r;
                (Vector.Load(at) * share).Store(at);
            }
        }

        for (int r = 0; r < count; r++)
            z[(labels[r] * Rows) + r] -= T.One;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Correct<T>(T* z, int* labels, int outputs, int count)
        where T : unmanaged, INumber<T>
    {
        int correct = 0;
        T* best = stackalloc T[Vector<T>.Count];
        for (int r = 0; r < count; r += Vector<T>.Count)
        {
            Vector<T> highest = Vector.Load(z + r);
            Vector<T> at = Vector<T>.Zero, number = Vector<T>.Zero;
            for (int c = 1; c < outputs; c++)
            {
                number += Vector<T>.One;
                Vector<T> score = Vector.Load(z + (c * Rows) + r);
                Vector<T> higher = Vector.GreaterThan(score, highest);
                highest = Vector.ConditionalSelect(higher, score, highest);
                at = Vector.ConditionalSelect(higher, number, at);
            }

            at.Store(best);
            int rest = Math.Min(Vector<T>.Count, count - r);
            for (int i = 0; i < rest; i++)
                correct += int.CreateTruncating(best[i]) == labels[r + i] ? 1 : 0;
        }

        return correct;
    }

    private static double Errors<T>(T* z, T* y, int outputs, int count, bool squared)
        where T : unmanaged, INumber<T>
    {
        double sum = 0;
        for (int c = 0; c < outputs; c++)
        {
            for (int r = 0; r < count; r++)
            {
                double error = Real.ToDouble(z[(c * Rows) + r]) - Real.ToDouble(y[(c * Rows) + r]);
                sum += squared ? error * error : Math.Abs(error);
            }
        }

        return sum / outputs;
    }

    private readonly struct Squared<T> : ILoss<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Of(Vector<T> z, Vector<T> y, out Vector<T> slope)
        {
            slope = z - y;
            return slope * slope * Elementwise.Constant<T>(0.5);
        }
    }

    private readonly struct Absolute<T> : ILoss<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Of(Vector<T> z, Vector<T> y, out Vector<T> slope)
        {
            Vector<T> r = z - y;
            slope = Elementwise.Sign(r);
            return Vector.Abs(r);
        }
    }

    private readonly struct Huber<T>(T delta) : ILoss<T>
        where T : INumber<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Of(Vector<T> z, Vector<T> y, out Vector<T> slope)
        {
            Vector<T> r = z - y;
            slope = Elementwise.Limit(r, new Vector<T>(-delta), new Vector<T>(delta));
            return (slope * r) - (slope * slope * Elementwise.Constant<T>(0.5));
        }
    }

    private readonly struct Logistic<T> : ILoss<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Of(Vector<T> z, Vector<T> y, out Vector<T> slope)
        {
            slope = Elementwise.Sigmoid(z) - y;
            return Elementwise.Softplus(z) - (z * y);
        }
    }

    private readonly struct SquaredSigmoid<T> : ILoss<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Of(Vector<T> z, Vector<T> y, out Vector<T> slope)
        {
            Vector<T> p = Elementwise.Sigmoid(z);
            Vector<T> r = p - y;
            slope = r * p * (Vector<T>.One - p);
            return r * r * Elementwise.Constant<T>(0.5);
        }
    }

    private readonly struct Perceptron<T> : ILoss<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Of(Vector<T> z, Vector<T> y, out Vector<T> slope)
        {
            Vector<T> margin = y * z;
            // Zero counts as a mistake, or training from zero would never start.
            slope = Vector.ConditionalSelect(Vector.GreaterThan(margin, Vector<T>.Zero), Vector<T>.Zero, -y);
            return Vector.Max(-margin, Vector<T>.Zero);
        }
    }
}
