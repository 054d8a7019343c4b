// What is left of the targets, and its products with the columns, in twice the digits: the residuals that refine a solution.
//
//   r_t = y_t - X·w_t - b_t     g_t = [X 1]ᵀ·diag(s)·r_t     σ_t = Σ s·r_t²
//
// As in Gram.cs a row of Z = [X 1 y] meets v_t = [-w_t -b_t e_t], so that r_t is a sum of products like any other, and the same
// slices and blocks are walked. Every product is split into itself and its error by an fma, every sum by a two-sum; the errors
// are summed in plain double. A residual of 1e-16 of the terms it is made of still has its 16 digits.
//
//   accumulators of a lane:  high += a·b, what was lost goes to low
//   g of a slice:            high [stride] low [stride] for each target, then high and low of σ for each target

using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LinearNets.Kernels;

internal static unsafe partial class Gram
{
    /// <summary>
    /// The products of residuals with the columns of X and with ones, then the sum of the squared residuals, all weighted: d + 2
    /// numbers for each target. w is [q; d], a row for each target, and b is [q].
    /// </summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    internal static void Gradient<TX>(
        GramRows<TX> rows, ReadOnlySpan<DoubleDouble> w, ReadOnlySpan<DoubleDouble> b, Span<DoubleDouble> result, int threads)
        where TX : unmanaged
    {
        Lengths.Check(w.Length, (long)rows.Features * rows.Targets);
        Lengths.Check(b.Length, rows.Targets);
        Lengths.Check(result.Length, (rows.Features + 2L) * rows.Targets);
        Run(new Gradients<TX>(rows, w, b), rows, MemoryMarshal.Cast<DoubleDouble, double>(result), threads);
    }

    private sealed class Gradients<TX> : Pass<TX>
        where TX : unmanaged
    {
        /// <summary>Rows that meet a register of the accumulators while it is loaded.</summary>
        private const int Together = 4;

        private readonly int targets;

        /// <summary>For each target v, its high parts and then its low ones, a stride each.</summary>
        private readonly double[] v;

        internal Gradients(GramRows<TX> rows, ReadOnlySpan<DoubleDouble> w, ReadOnlySpan<DoubleDouble> b)
        {
            targets = rows.Targets;
            int stride = Gram.Stride(rows.Size, Panel);
            v = new double[checked(2 * targets * stride)];
            for (int t = 0; t < targets; t++)
            {
                Span<double> high = v.AsSpan(2 * t * stride, stride);
                Span<double> low = v.AsSpan(((2 * t) + 1) * stride, stride);
                for (int j = 0; j < rows.Features; j++)
                {
                    high[j] = -w[(t * rows.Features) + j].High;
                    low[j] = -w[(t * rows.Features) + j].Low;
                }

                high[rows.Features] = -b[t].High;
                low[rows.Features] = -b[t].Low;
                high[rows.Features + 1 + t] = 1;
            }
        }

        /// <summary>Rows are walked to their stride, which is whole registers, and so need not be filled up.</summary>
        protected override int Panel => 1;

        private long Squares => 2L * targets * Stride;

        protected override long TotalLength()
        {
            int line = CacheLine / sizeof(double);
            return Squares + ((2L * targets + line - 1) / line * line);
        }

        protected override void Add(double* packed, double* weighted, int rows, double* total)
        {
            fixed (double* v = this.v)
            {
                for (int t = 0; t < targets; t++)
                {
                    double* own = total + (2L * t * Stride);
                    double* high = v + (2L * t * Stride);
                    DoubleDouble squares = new(total[Squares + (2 * t)], total[Squares + (2 * t) + 1]);
                    for (int r = 0; r < rows; r += Together)
                        squares += Rows(packed + ((long)r * Stride), weighted + ((long)r * Stride), Math.Min(Together, rows - r), high, own);
                    total[Squares + (2 * t)] = squares.High;
                    total[Squares + (2 * t) + 1] = squares.Low;
                }
            }
        }

        /// <summary>Some rows: their weighted residuals times themselves go to the accumulators; the sum of squares is returned.</summary>
        private DoubleDouble Rows(double* z, double* weighted, int rows, double* v, double* accumulators)
        {
            // A row that is missing is the last one again with a residual of 0.
            double* factors = stackalloc double[2 * Together];
            DoubleDouble squares = default;
            for (int i = 0; i < Together; i++)
            {
                DoubleDouble factor = default;
                if (i < rows)
                {
                    DoubleDouble residual = Residual(z + ((long)i * Stride), v, v + Stride, Stride);
                    factor = residual * weighted[((long)i * Stride) + One];
                    squares += factor * residual;
                }

                factors[2 * i] = factor.High;
                factors[(2 * i) + 1] = factor.Low;
            }

            int last = rows - 1;
            Accumulate(
                z,
                z + ((long)Math.Min(1, last) * Stride),
                z + ((long)Math.Min(2, last) * Stride),
                z + ((long)Math.Min(3, last) * Stride),
                factors,
                accumulators,
                accumulators + Stride,
                Stride);
            return squares;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static DoubleDouble Residual(double* z, double* high, double* low, int length)
        {
            Vector<double> sum = Vector<double>.Zero;
            Vector<double> lost = Vector<double>.Zero;
            for (nint j = 0; j < length; j += Vector<double>.Count)
                Add(Vector.Load(z + j), Vector.Load(high + j), Vector.Load(low + j), ref sum, ref lost);
            DoubleDouble residual = default;
            for (int i = 0; i < Vector<double>.Count; i++)
                residual += DoubleDouble.Sum(sum[i], lost[i]);
            return residual;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Accumulate(
            double* z0, double* z1, double* z2, double* z3, double* factors, double* high, double* low, int length)
        {
            var high0 = new Vector<double>(factors[0]);
            var low0 = new Vector<double>(factors[1]);
            var high1 = new Vector<double>(factors[2]);
            var low1 = new Vector<double>(factors[3]);
            var high2 = new Vector<double>(factors[4]);
            var low2 = new Vector<double>(factors[5]);
            var high3 = new Vector<double>(factors[6]);
            var low3 = new Vector<double>(factors[7]);
            for (nint j = 0; j < length; j += Vector<double>.Count)
            {
                Vector<double> sum = Vector.Load(high + j);
                Vector<double> lost = Vector.Load(low + j);
                Add(Vector.Load(z0 + j), high0, low0, ref sum, ref lost);
                Add(Vector.Load(z1 + j), high1, low1, ref sum, ref lost);
                Add(Vector.Load(z2 + j), high2, low2, ref sum, ref lost);
                Add(Vector.Load(z3 + j), high3, low3, ref sum, ref lost);
                sum.Store(high + j);
                lost.Store(low + j);
            }
        }

        /// <summary>sum + lost += z·(high + low)</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Add(
            Vector<double> z, Vector<double> high, Vector<double> low, ref Vector<double> sum, ref Vector<double> lost)
        {
            Vector<double> product = z * high;
            Vector<double> error = Vector.FusedMultiplyAdd(z, low, Vector.FusedMultiplyAdd(z, high, -product));
            Vector<double> next = sum + product;
            Vector<double> t = next - sum;
            lost += error + ((sum - (next - t)) + (product - t));
            sum = next;
        }

        protected override void Merge(double* total, double* from)
        {
            for (int t = 0; t < targets; t++)
            {
                for (long j = 2L * t * Stride; j < ((2L * t) + 1) * Stride; j++)
                    Merge(total + j, total + j + Stride, from[j], from[j + Stride]);
                long squares = Squares + (2 * t);
                Merge(total + squares, total + squares + 1, from[squares], from[squares + 1]);
            }
        }

        private static void Merge(double* high, double* low, double otherHigh, double otherLow)
        {
            DoubleDouble sum = DoubleDouble.Sum(*high, *low) + DoubleDouble.Sum(otherHigh, otherLow);
            *high = sum.High;
            *low = sum.Low;
        }

        protected override void Finish(double* total, Span<double> result)
        {
            int at = 0;
            for (int t = 0; t < targets; t++)
            {
                double* own = total + (2L * t * Stride);
                for (int j = 0; j <= One; j++)
                {
                    DoubleDouble sum = DoubleDouble.Sum(own[j], own[Stride + j]);
                    result[at++] = sum.High;
                    result[at++] = sum.Low;
                }

                result[at++] = total[Squares + (2 * t)];
                result[at++] = total[Squares + (2 * t) + 1];
            }
        }
    }
}
