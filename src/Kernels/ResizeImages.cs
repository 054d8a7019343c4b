// Images of another size.
//
//   y[i, j] = Σ_u Σ_v  A[i, u] · B[j, v] · x[u, v]
//
// A row of A has the weights of one row of the result; the centre of row i lies at c = (i + ½)·s with s = height before / height
// after, and row u counts by how near it is: max(0, 1 − |u + ½ − c| / max(1, s)), divided by the sum of these. B does the same
// for columns. That is linear interpolation where images grow, and where they shrink the triangle is as much wider: every pixel
// counts, and fine patterns become grey instead of patterns that were not there.
//
// Columns first, then rows; sums are added in the order of the pixels, so that the bits do not depend on the width of vectors or
// on the threads. Bytes are rounded once, at the end.

using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LinearNets.Kernels;

internal static class ResizeImages
{
    /// <summary>Images that a thread takes at once.</summary>
    private const int Together = 64;

    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Resize(byte[] x, int height, int width, byte[] y, int newHeight, int newWidth)
        => new Work<byte, float>(x, height, width, y, newHeight, newWidth).Run();

    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Resize(float[] x, int height, int width, float[] y, int newHeight, int newWidth)
        => new Work<float, float>(x, height, width, y, newHeight, newWidth).Run();

    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public static void Resize(double[] x, int height, int width, double[] y, int newHeight, int newWidth)
        => new Work<double, double>(x, height, width, y, newHeight, newWidth).Run();

    /// <summary>The weights of each pixel of a side: where they begin, and as many as the longest has, with zeros after.</summary>
    private sealed class Side<TReal>
        where TReal : unmanaged
    {
        public Side(int before, int after)
        {
            double scale = (double)before / after, reach = Math.Max(1, scale);
            Most = Math.Min(before, 2 * (int)Math.Ceiling(reach) + 1);
            First = new int[after];
            Weights = new TReal[(long)after * Most];
            double[] near = new double[Most];
            for (int i = 0; i < after; i++)
            {
                double centre = (i + 0.5) * scale;
                int first = Math.Clamp((int)Math.Floor(centre - reach), 0, before - Most);
                double sum = 0;
                for (int k = 0; k < Most; k++)
                {
                    near[k] = Math.Max(0, 1 - Math.Abs(first + k + 0.5 - centre) / reach);
                    sum += near[k];
                }

                First[i] = first;
                for (int k = 0; k < Most; k++)
                    Weights[i * Most + k] = Real.Of<TReal>(near[k] / sum);
            }
        }

        public int Most { get; }

        public int[] First { get; }

        public TReal[] Weights { get; }
    }

    private sealed class Work<T, TReal>(T[] x, int height, int width, T[] y, int newHeight, int newWidth) : IParts
        where T : unmanaged
        where TReal : unmanaged, INumber<TReal>
    {
        private readonly Side<TReal> rows = new(height, newHeight);
        private readonly Side<TReal> columns = new(width, newWidth);
        private readonly int images = x.Length / (height * width);

        public void Run()
        {
            Lengths.Check(x.Length, (long)images * height * width, nameof(x));
            Lengths.Check(y.Length, (long)images * newHeight * newWidth, nameof(y));
            Workers.Run(this, (images + Together - 1) / Together, Workers.Usual);
        }

        public void Do(int part, int worker)
        {
            TReal[] narrow = new TReal[height * newWidth];
            TReal[] sums = new TReal[newWidth];
            int end = Math.Min((part + 1) * Together, images);
            for (int image = part * Together; image < end; image++)
            {
                Columns(x.AsSpan(image * height * width, height * width), narrow);
                Rows(narrow, sums, y.AsSpan(image * newHeight * newWidth, newHeight * newWidth));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Columns(ReadOnlySpan<T> from, Span<TReal> to)
        {
            for (int u = 0; u < height; u++)
            {
                ReadOnlySpan<T> row = from.Slice(u * width, width);
                Span<TReal> result = to.Slice(u * newWidth, newWidth);
                for (int j = 0; j < result.Length; j++)
                {
                    ReadOnlySpan<TReal> weights = columns.Weights.AsSpan(j * columns.Most, columns.Most);
                    ReadOnlySpan<T> pixels = row.Slice(columns.First[j], weights.Length);
                    TReal sum = TReal.Zero;
                    for (int k = 0; k < weights.Length; k++)
                        sum += weights[k] * Real.Of<T, TReal>(pixels[k]);
                    result[j] = sum;
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Rows(ReadOnlySpan<TReal> from, Span<TReal> sums, Span<T> to)
        {
            for (int i = 0; i < newHeight; i++)
            {
                sums.Clear();
                for (int k = 0; k < rows.Most; k++)
                    Add(rows.Weights[i * rows.Most + k], from.Slice((rows.First[i] + k) * newWidth, newWidth), sums);
                Span<T> result = to.Slice(i * newWidth, newWidth);
                for (int j = 0; j < result.Length; j++)
                    result[j] = Rounded(sums[j]);
            }
        }

        /// <summary>sums += weight · row</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Add(TReal weight, ReadOnlySpan<TReal> row, Span<TReal> sums)
        {
            ref TReal from = ref MemoryMarshal.GetReference(row);
            ref TReal to = ref MemoryMarshal.GetReference(sums);
            int j = 0;
            for (; j <= row.Length - Vector<TReal>.Count; j += Vector<TReal>.Count)
            {
                Vector<TReal> sum = Vector.LoadUnsafe(ref to, (nuint)j) + weight * Vector.LoadUnsafe(ref from, (nuint)j);
                sum.StoreUnsafe(ref to, (nuint)j);
            }

            for (; j < row.Length; j++)
                sums[j] += weight * row[j];
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static T Rounded(TReal value) => typeof(T) == typeof(byte)
            ? Unsafe.BitCast<byte, T>((byte)(Unsafe.BitCast<TReal, float>(value) + 0.5f))
            : Unsafe.BitCast<TReal, T>(value);
    }
}
