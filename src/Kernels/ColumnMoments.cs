// Count, mean, sum of squared deviations, least and greatest value of each column of rows; NaN is a value that is missing.
//
//   a block of rows, while it is in the cache:   m = Σx/n,   M2 = Σ(x − m)² − (Σ(x − m))²/n
//   two blocks:                                  δ = m₂ − m₁,   m = m₁ + δ·n₂/n,   M2 = M2₁ + M2₂ + δ²·n₁n₂/n
//   bytes:                                       Σx and Σx² are whole numbers: the mean and M2 are rounded once
//
// Blocks are put together in halves, so that errors grow with the logarithm of the rows, whatever the first row is. Not the
// textbook's Σx² − (Σx)²/n, which has no digit left where the mean is large.

using System;
using System.Numerics;

namespace LinearNets.Kernels;

internal sealed class ColumnMoments
{
    private const int BlockRows = 256;
    private const int MostParts = 64;

    private ColumnMoments(int columns)
    {
        Count = new long[columns];
        Mean = new double[columns];
        SquaredDeviations = new double[columns];
        Least = new double[columns];
        Greatest = new double[columns];
        Array.Fill(Least, double.PositiveInfinity);
        Array.Fill(Greatest, double.NegativeInfinity);
    }

    /// <summary>How many values of each column are there.</summary>
    public long[] Count { get; }

    /// <summary>The mean of each column; 0 where nothing is there.</summary>
    public double[] Mean { get; }

    /// <summary>Σ(x − mean)² of each column.</summary>
    public double[] SquaredDeviations { get; }

    /// <summary>The least value of each column; ∞ where nothing is there.</summary>
    public double[] Least { get; }

    /// <summary>The greatest value of each column; −∞ where nothing is there.</summary>
    public double[] Greatest { get; }

    /// <summary>The moments of some rows, by any number of threads with the same bits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A row is not one of those there are.</exception>
    public static ColumnMoments Of<T>(T[] x, int columns, int[] rows, int threads)
        where T : unmanaged, INumber<T>
    {
        Check(x, columns, rows);
        var parts = new Parts<ColumnMoments>(rows.Length, (first, end) => Tree(x, columns, rows, first, end));
        ColumnMoments all = Halves(parts.Run(threads), 0, parts.Count);
        for (int j = 0; j < columns; j++)
        {
            (double least, double greatest) = (all.Least[j], all.Greatest[j]);
            if (all.Count[j] == 0)
                continue;
            // ∞ + a number is ∞, and ∞ − ∞ is not a number, as the mean is then.
            if (!double.IsFinite(least) || !double.IsFinite(greatest))
                (all.Mean[j], all.SquaredDeviations[j]) = (least + greatest, double.NaN);
            // A column of one value has that value as its mean and no deviation, however its sums were rounded.
            else if (least == greatest)
                (all.Mean[j], all.SquaredDeviations[j]) = (least, 0);
        }

        return all;
    }

    /// <summary>The moments of some rows of bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A row is not one of those there are.</exception>
    public static ColumnMoments OfBytes(byte[] x, int columns, int[] rows, int threads)
    {
        Check(x, columns, rows);
        var parts = new Parts<ByteSums>(rows.Length, (first, end) => new ByteSums(x, columns, rows.AsSpan(first, end - first)));
        ByteSums[] sums = parts.Run(threads);
        var all = new ColumnMoments(columns);
        for (int j = 0; j < columns; j++)
        {
            (long sum, long squares, byte least, byte greatest) = (0, 0, byte.MaxValue, 0);
            foreach (ByteSums part in sums)
            {
                sum += part.Sum[j];
                squares += part.Squares[j];
                least = Math.Min(least, part.Least[j]);
                greatest = Math.Max(greatest, part.Greatest[j]);
            }

            if (rows.Length == 0)
                continue;
            all.Count[j] = rows.Length;
            all.Mean[j] = (double)sum / rows.Length;
            all.SquaredDeviations[j] = (double)(((Int128)rows.Length * squares) - ((Int128)sum * sum)) / rows.Length;
            (all.Least[j], all.Greatest[j]) = (least, greatest);
        }

        return all;
    }

    /// <summary>The moments of some sparse rows. A sum is a chain over the values of its column, in two passes.</summary>
    public static ColumnMoments OfSparse<T>(CompressedRows<T> x, int[] rows)
        where T : unmanaged, INumber<T>
    {
        var all = new ColumnMoments(x.Width);
        (double[] weight, double[] mean, double[] squares) = x.Moments(rows, null);
        int[] kept = new int[x.Width];
        foreach (int row in rows)
        {
            for (int i = x.Starts[row]; i < x.Starts[row + 1]; i++)
            {
                (int j, double value) = (x.Columns[i], Real.ToDouble(x.Values[i]));
                kept[j]++;
                if (value < all.Least[j])
                    all.Least[j] = value;
                if (value > all.Greatest[j])
                    all.Greatest[j] = value;
            }
        }

        for (int j = 0; j < x.Width; j++)
        {
            all.Count[j] = (long)weight[j];
            if (kept[j] < rows.Length)
                (all.Least[j], all.Greatest[j]) = (Math.Min(0, all.Least[j]), Math.Max(0, all.Greatest[j]));
            bool isConstant = all.Least[j] == all.Greatest[j];
            all.Mean[j] = isConstant ? all.Least[j] : mean[j];
            all.SquaredDeviations[j] = isConstant ? 0 : squares[j];
        }

        return all;
    }

    private static void Check<T>(T[] x, int columns, int[] rows)
    {
        foreach (int row in rows)
        {
            if (row < 0 || (row + 1L) * columns > x.Length)
                throw new ArgumentOutOfRangeException(nameof(rows), row, "There is no such row.");
        }
    }

    /// <summary>The moments of rows[first..end], blocks in halves.</summary>
    private static ColumnMoments Tree<T>(T[] x, int columns, int[] rows, int first, int end)
        where T : unmanaged, INumber<T>
    {
        if (end - first <= BlockRows)
            return Block(x, columns, rows.AsSpan(first, end - first));
        int half = first + ((end - first) / 2);
        return Tree(x, columns, rows, first, half).Add(Tree(x, columns, rows, half, end));
    }

    private static ColumnMoments Halves(ColumnMoments[] parts, int first, int end)
    {
        if (end - first == 1)
            return parts[first];
        int half = first + ((end - first) / 2);
        return Halves(parts, first, half).Add(Halves(parts, half, end));
    }

    private static ColumnMoments Block<T>(T[] x, int columns, ReadOnlySpan<int> rows)
        where T : unmanaged, INumber<T>
    {
        var block = new ColumnMoments(columns);
        (long[] count, double[] mean, double[] squares) = (block.Count, block.Mean, block.SquaredDeviations);
        (double[] least, double[] greatest) = (block.Least, block.Greatest);
        foreach (int row in rows)
        {
            ReadOnlySpan<T> values = x.AsSpan(row * columns, columns);
            for (int j = 0; j < values.Length; j++)
            {
                double value = double.CreateTruncating(values[j]);
                if (double.IsNaN(value))
                    continue;
                count[j]++;
                mean[j] += value;
                if (value < least[j])
                    least[j] = value;
                if (value > greatest[j])
                    greatest[j] = value;
            }
        }

        for (int j = 0; j < columns; j++)
            mean[j] /= Math.Max(1, count[j]);
        var rest = new double[columns];
        foreach (int row in rows)
        {
            ReadOnlySpan<T> values = x.AsSpan(row * columns, columns);
            for (int j = 0; j < values.Length; j++)
            {
                double value = double.CreateTruncating(values[j]);
                if (double.IsNaN(value))
                    continue;
                double deviation = value - mean[j];
                rest[j] += deviation;
                squares[j] += deviation * deviation;
            }
        }

        for (int j = 0; j < columns; j++)
            squares[j] = Math.Max(0, squares[j] - (rest[j] * rest[j] / Math.Max(1, count[j])));
        return block;
    }

    /// <summary>These rows and others, put together here.</summary>
    private ColumnMoments Add(ColumnMoments other)
    {
        for (int j = 0; j < Count.Length; j++)
        {
            if (other.Count[j] == 0)
                continue;
            double count = Count[j] + other.Count[j];
            double delta = other.Mean[j] - Mean[j];
            SquaredDeviations[j] += other.SquaredDeviations[j] + (delta * delta * (Count[j] * (other.Count[j] / count)));
            Mean[j] += delta * (other.Count[j] / count);
            Count[j] += other.Count[j];
            Least[j] = Math.Min(Least[j], other.Least[j]);
            Greatest[j] = Math.Max(Greatest[j], other.Greatest[j]);
        }

        return this;
    }

    private sealed class ByteSums
    {
        public ByteSums(byte[] x, int columns, ReadOnlySpan<int> rows)
        {
            (Sum, Squares, Least, Greatest) = (new long[columns], new long[columns], new byte[columns], new byte[columns]);
            Array.Fill(Least, byte.MaxValue);
            foreach (int row in rows)
            {
                ReadOnlySpan<byte> values = x.AsSpan(row * columns, columns);
                for (int j = 0; j < values.Length; j++)
                {
                    byte value = values[j];
                    Sum[j] += value;
                    Squares[j] += value * value;
                    Least[j] = Math.Min(Least[j], value);
                    Greatest[j] = Math.Max(Greatest[j], value);
                }
            }
        }

        public long[] Sum { get; }

        public long[] Squares { get; }

        public byte[] Least { get; }

        public byte[] Greatest { get; }
    }

    /// <summary>Rows in parts that depend on their number alone.</summary>
    private sealed class Parts<TPart>(int rows, Func<int, int, TPart> of) : IParts
    {
        private readonly TPart[] results = new TPart[Math.Clamp(rows / BlockRows, 1, MostParts)];

        public int Count => results.Length;

        public void Do(int part, int worker) =>
            results[part] = of((int)((long)rows * part / Count), (int)((long)rows * (part + 1) / Count));

        public TPart[] Run(int threads)
        {
            Workers.Run(this, Count, threads);
            return results;
        }
    }
}
