// Householder reflections. H = I - v·vᵀ·2/(vᵀv) sends a column onto its first place:
//
//   (a; b) ↦ (β; 0)   β = -sign(a)·‖(a; b)‖   v = (a - β; b)   vᵀv = -2β(a - β)
//
// Matrices are row after row, so that everything runs along rows: wᵀ = c·vᵀA, A -= v·wᵀ.

using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace LinearNets.Kernels;

internal static unsafe class Qr
{
    /// <summary>The rows of B that are walked together.</summary>
    private const int Together = 4;

    /// <summary>[R; B] = H·[R'; 0] for an upper triangle R [p; p] and rows B [n; p]. B is used up.</summary>
    internal static void Absorb(double* r, int rStride, double* b, int rows, int bStride, int p)
    {
        double[] space = new double[rows + p];
        fixed (double* v = space)
        {
            for (int j = 0; j < p; j++)
                Reflect(r + ((long)j * rStride), b, rows, bStride, j, p, v, v + rows);
        }
    }

    /// <summary>The same for R [p; p] and B [n; p].</summary>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    internal static void Absorb(Span<double> r, Span<double> b, int p)
    {
        Lengths.Check(r.Length, (long)p * p);
        Lengths.Check(b.Length, (long)p * (b.Length / p));
        fixed (double* top = r, below = b)
            Absorb(top, p, below, b.Length / p, p, p);
    }

    /// <summary>
    /// X·P = Q·R for a square X [p; p], in place: at each step that column comes next of which most is left, measured by its own
    /// length, the first of equals. The first few columns may be kept where they are.
    /// </summary>
    /// <returns>The rank: how many columns there are of which more is left than a share of their length. What is below
    /// the first so many rows, and to their right, is what is left of the others.</returns>
    internal static int Pivot(Span<double> x, Span<int> order, int keep, double tolerance)
    {
        int p = order.Length;
        Lengths.Check(x.Length, (long)p * p);
        double[] lengths = new double[p];
        double[] left = new double[p];
        double[] space = new double[2 * p];
        fixed (double* a = x, at = space)
        {
            SquaredLengths(a, 0, p, lengths);
            for (int j = 0; j < p; j++)
                order[j] = j;
            for (int k = 0; k < p; k++)
            {
                SquaredLengths(a, k, p, left);
                int next = k;
                double most = Share(left[k], lengths[k]);
                for (int j = k + 1; j < p && k >= keep; j++)
                {
                    double share = Share(left[j], lengths[j]);
                    if (share > most * (1 + 1e-10))
                        (next, most) = (j, share);
                }

                if (!(most > tolerance * tolerance))
                    return k;
                if (next != k)
                {
                    for (int i = 0; i < p; i++)
                        (a[(i * p) + k], a[(i * p) + next]) = (a[(i * p) + next], a[(i * p) + k]);
                    (order[k], order[next]) = (order[next], order[k]);
                    (lengths[k], lengths[next]) = (lengths[next], lengths[k]);
                }

                Reflect(a + ((long)k * p), a + ((k + 1L) * p), p - k - 1, p, k, p, at, at + p);
            }
        }

        return p;

        static double Share(double left, double length) => length > 0 ? left / length : 0;
    }

    /// <summary>The squares of the columns' lengths, from a row on.</summary>
    private static void SquaredLengths(double* a, int first, int p, double[] squares)
    {
        Array.Clear(squares);
        for (int i = first; i < p; i++)
        {
            double* row = a + ((long)i * p);
            for (int j = first; j < p; j++)
                squares[j] += row[j] * row[j];
        }
    }

    /// <summary>Reflects column j of a row and of the rows below it onto the row, and the columns right of it likewise.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Reflect(double* top, double* below, int rows, int stride, int j, int p, double* v, double* w)
    {
        double squares = 0;
        for (int i = 0; i < rows; i++)
        {
            v[i] = below[((long)i * stride) + j];
            squares += v[i] * v[i];
        }

        if (squares == 0)
            return;
        double a = top[j];
        double beta = -Math.CopySign(Math.Sqrt((a * a) + squares), a);
        double first = a - beta;
        double factor = -1 / (beta * first);
        int width = p - j - 1;
        top[j] = beta;
        double* own = top + j + 1;
        Scale(own, first, w, width);
        int whole = rows / Together * Together;
        double* row = below + j + 1;
        for (int i = 0; i < whole; i += Together, row += Together * (long)stride)
            AddFour(row, stride, v + i, w, width);
        for (int i = whole; i < rows; i++, row += stride)
            Add(row, v[i], w, width);
        Scale(w, factor, w, width);
        Add(w, -first, own, width);
        row = below;
        for (int i = 0; i < rows; i++, row += stride)
        {
            row[j] = 0;
            Add(w, -v[i], row + j + 1, width);
        }
    }

    /// <summary>y = factor·x</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale(double* x, double factor, double* y, int count)
    {
        nint k = 0;
        for (; k <= count - Vector<double>.Count; k += Vector<double>.Count)
            (Vector.Load(x + k) * factor).Store(y + k);
        for (; k < count; k++)
            y[k] = x[k] * factor;
    }

    /// <summary>y += factor·x</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(double* x, double factor, double* y, int count)
    {
        nint k = 0;
        var factors = new Vector<double>(factor);
        for (; k <= count - Vector<double>.Count; k += Vector<double>.Count)
            Vector.FusedMultiplyAdd(Vector.Load(x + k), factors, Vector.Load(y + k)).Store(y + k);
        for (; k < count; k++)
            y[k] = Math.FusedMultiplyAdd(x[k], factor, y[k]);
    }

    /// <summary>y += Σ factor_i·x_i for four rows x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddFour(double* x, long stride, double* factors, double* y, int count)
    {
        nint k = 0;
        double* x1 = x + stride;
        double* x2 = x1 + stride;
        double* x3 = x2 + stride;
        var f0 = new Vector<double>(factors[0]);
        var f1 = new Vector<double>(factors[1]);
        var f2 = new Vector<double>(factors[2]);
        var f3 = new Vector<double>(factors[3]);
        for (; k <= count - Vector<double>.Count; k += Vector<double>.Count)
        {
            Vector<double> sum = Vector.FusedMultiplyAdd(Vector.Load(x + k), f0, Vector.Load(y + k));
            sum = Vector.FusedMultiplyAdd(Vector.Load(x1 + k), f1, sum);
            sum = Vector.FusedMultiplyAdd(Vector.Load(x2 + k), f2, sum);
            Vector.FusedMultiplyAdd(Vector.Load(x3 + k), f3, sum).Store(y + k);
        }

        for (; k < count; k++)
        {
            double sum = Math.FusedMultiplyAdd(x[k], factors[0], y[k]);
            sum = Math.FusedMultiplyAdd(x1[k], factors[1], sum);
            sum = Math.FusedMultiplyAdd(x2[k], factors[2], sum);
            y[k] = Math.FusedMultiplyAdd(x3[k], factors[3], sum);
        }
    }
}
