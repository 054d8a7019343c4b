// The triangle R of X̂ = Q·R, row block by row block: what XᵀX has to lose by squaring is still there.
//
//   X̂[r, j] = √s_r · (X[r, j] - m_j) · c_j,  j < d';   X̂[r, d'] = √s_r where there is an intercept
//
// A block of rows B is reflected onto the triangle it has found so far, [R; B] = H·[R'; 0]; the triangles of slices are reflected
// onto one another in order, so that the bits do not depend on the threads. Nothing of the length of the data is kept: Q is
// never needed, because what it would do to targets is done by residuals in twice the digits (GramGradient.cs).

using System;

namespace LinearNets.Kernels;

internal static unsafe partial class Gram
{
    /// <summary>
    /// R [p; p] of the first so many columns, centred and scaled, and of a column of ones after them where there is an
    /// intercept. It is upper triangular, with any signs on its diagonal.
    /// </summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    internal static void Triangle<TX>(
        GramRows<TX> rows, double[] means, double[] scales, bool intercept, Span<double> r, int threads)
        where TX : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(means.Length, rows.Features, nameof(means));
        Lengths.Check(scales.Length, means.Length);
        long p = means.Length + (intercept ? 1L : 0L);
        Lengths.Check(r.Length, p * p);
        Run(new Triangles<TX>(means, scales, intercept), rows, r, threads);
    }

    private sealed class Triangles<TX>(double[] means, double[] scales, bool intercept) : Pass<TX>
        where TX : unmanaged
    {
        private readonly int columns = means.Length + (intercept ? 1 : 0);

        protected override int Panel => 1;

        protected override long TotalLength() => (long)columns * Stride;

        protected override void Add(double* packed, double* weighted, int rows, double* total)
        {
            for (int r = 0; r < rows; r++)
            {
                double* z = packed + ((long)r * Stride);
                double root = Math.Sqrt(weighted[((long)r * Stride) + One]);
                for (int j = 0; j < means.Length; j++)
                    z[j] = root * ((z[j] - means[j]) * scales[j]);
                if (intercept)
                    z[means.Length] = root;
            }

            Qr.Absorb(total, Stride, packed, rows, Stride, columns);
        }

        protected override void Merge(double* total, double* from) => Qr.Absorb(total, Stride, from, columns, Stride, columns);

        protected override void Finish(double* total, Span<double> result)
        {
            for (int i = 0; i < columns; i++)
                new Span<double>(total + ((long)i * Stride), columns).CopyTo(result.Slice(i * columns, columns));
        }
    }
}
