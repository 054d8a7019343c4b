// Rows of which most values are 0 and are not kept.
//
//   starts   [n + 1]   row i has the values from starts[i] to before starts[i + 1]
//   columns  [m]       the column of each value, ascending within a row
//   values   [m]       kept; every other value of the n × width is 0. One that is kept may be 0, too
//
// What the three arrays say is checked once, when they are put together: loops then go unchecked to where a column says.

using System;
using System.Numerics;

namespace LinearNets.Kernels;

/// <summary>What is wrong with arrays that are to be compressed rows.</summary>
internal enum CompressedProblem
{
    None,

    /// <summary>The first start is not 0, or there is none.</summary>
    FirstStart,

    /// <summary>A row ends before it begins.</summary>
    StartsDescend,

    /// <summary>The last start is not the number of values.</summary>
    LastStart,

    /// <summary>There are not as many columns as values.</summary>
    Lengths,

    /// <summary>A column is below 0 or not below the width.</summary>
    ColumnRange,

    /// <summary>A column is not above the one before it in its row.</summary>
    ColumnOrder,
}

/// <summary>A problem, its row, and the place of its value.</summary>
internal readonly record struct CompressedFault(CompressedProblem Problem, int Row, int Place);

/// <summary>Sparse rows; the arrays are theirs from now on.</summary>
internal sealed class CompressedRows<T>
    where T : unmanaged, INumber<T>
{
    /// <exception cref="ArgumentException">The arrays are not those of rows.</exception>
    internal CompressedRows(int[] starts, int[] columns, T[] values, int width)
    {
        CompressedFault fault = Fault(starts, columns, values.Length, width);
        if (fault.Problem != CompressedProblem.None)
            throw new ArgumentException($"{fault}");
        (Starts, Columns, Values, Width) = (starts, columns, values, width);
    }

    internal int[] Starts { get; }

    internal int[] Columns { get; }

    internal T[] Values { get; }

    internal int Width { get; }

    internal int Count => Starts.Length - 1;

    /// <summary>The first thing that is wrong with arrays.</summary>
    internal static CompressedFault Fault(int[] starts, int[] columns, int values, int width)
    {
        if (columns.Length != values)
            return new(CompressedProblem.Lengths, 0, 0);
        if (starts.Length == 0 || starts[0] != 0)
            return new(CompressedProblem.FirstStart, 0, 0);
        for (int row = 0; row < starts.Length - 1; row++)
        {
            if (starts[row + 1] < starts[row])
                return new(CompressedProblem.StartsDescend, row, starts[row]);
            if (starts[row + 1] > values)
                return new(CompressedProblem.LastStart, row, starts[row]);
        }

        if (starts[^1] != values)
            return new(CompressedProblem.LastStart, starts.Length - 2, starts[^1]);
        for (int row = 0; row < starts.Length - 1; row++)
        {
            int before = -1;
            for (int i = starts[row]; i < starts[row + 1]; i++)
            {
                int column = columns[i];
                if ((uint)column >= (uint)width)
                    return new(CompressedProblem.ColumnRange, row, i);
                if (column <= before)
                    return new(CompressedProblem.ColumnOrder, row, i);
                before = column;
            }
        }

        return default;
    }

    /// <summary>The row that has a value.</summary>
    internal int RowOf(int place)
    {
        int row = Array.BinarySearch(Starts, place);
        if (row < 0)
            return ~row - 1;
        // Empty rows begin at the same place; the value is the last one's.
        while (Starts[row + 1] == place)
            row++;
        return row;
    }

    /// <summary>A value, 0 where none is kept.</summary>
    internal T At(int row, int column)
    {
        int at = Array.BinarySearch(Columns, Starts[row], Starts[row + 1] - Starts[row], column);
        return at < 0 ? T.Zero : Values[at];
    }

    /// <summary>How many values some rows keep.</summary>
    internal long CountIn(ReadOnlySpan<int> rows)
    {
        long count = 0;
        foreach (int row in rows)
            count += Starts[row + 1] - Starts[row];
        return count;
    }

    /// <summary>Some of the rows.</summary>
    /// <exception cref="OverflowException">They would have more values than an array.</exception>
    internal CompressedRows<T> Pick(ReadOnlySpan<int> rows)
    {
        int[] starts = new int[rows.Length + 1];
        for (int i = 0; i < rows.Length; i++)
            starts[i + 1] = checked(starts[i] + Starts[rows[i] + 1] - Starts[rows[i]]);
        int[] columns = new int[starts[^1]];
        var values = new T[starts[^1]];
        for (int i = 0; i < rows.Length; i++)
        {
            int from = Starts[rows[i]], count = starts[i + 1] - starts[i];
            Columns.AsSpan(from, count).CopyTo(columns.AsSpan(starts[i]));
            Values.AsSpan(from, count).CopyTo(values.AsSpan(starts[i]));
        }

        return new(starts, columns, values, Width);
    }

    /// <summary>Some of the columns, each one once, in the order given.</summary>
    internal CompressedRows<T> Select(int[] chosen)
    {
        int[] places = new int[Width];
        Array.Fill(places, -1);
        for (int i = 0; i < chosen.Length; i++)
            places[chosen[i]] = i;
        int[] starts = new int[Count + 1];
        for (int row = 0; row < Count; row++)
        {
            starts[row + 1] = starts[row];
            for (int i = Starts[row]; i < Starts[row + 1]; i++)
                starts[row + 1] += places[Columns[i]] < 0 ? 0 : 1;
        }

        int[] columns = new int[starts[^1]];
        var values = new T[starts[^1]];
        for (int row = 0; row < Count; row++)
        {
            int to = starts[row];
            for (int i = Starts[row]; i < Starts[row + 1]; i++)
            {
                int place = places[Columns[i]];
                if (place < 0)
                    continue;
                columns[to] = place;
                values[to++] = Values[i];
            }

            columns.AsSpan(starts[row]..to).Sort(values.AsSpan(starts[row]..to));
        }

        return new(starts, columns, values, chosen.Length);
    }

    /// <summary>The rows of all, one after the other; they are equally wide.</summary>
    /// <exception cref="OverflowException">They would have more values than an array.</exception>
    internal static CompressedRows<T> Concat(CompressedRows<T>[] all)
    {
        int rows = 0, count = 0;
        foreach (CompressedRows<T> one in all)
        {
            rows = checked(rows + one.Count);
            count = checked(count + one.Values.Length);
        }

        int[] starts = new int[rows + 1], columns = new int[count];
        var values = new T[count];
        (int row, int at) = (0, 0);
        foreach (CompressedRows<T> one in all)
        {
            for (int i = 0; i < one.Count; i++)
                starts[row + i + 1] = at + one.Starts[i + 1];
            one.Columns.CopyTo(columns, at);
            one.Values.CopyTo(values, at);
            row += one.Count;
            at += one.Values.Length;
        }

        return new(starts, columns, values, all[0].Width);
    }

    /// <summary>Some of the rows with all their values.</summary>
    /// <exception cref="ArgumentException">There is not as much room as they take.</exception>
    internal void Densify(ReadOnlySpan<int> rows, Span<T> to)
    {
        Lengths.Check(to.Length, (long)rows.Length * Width);
        to.Clear();
        for (int r = 0; r < rows.Length; r++)
        {
            Span<T> row = to.Slice(r * Width, Width);
            for (int i = Starts[rows[r]]; i < Starts[rows[r] + 1]; i++)
                row[Columns[i]] = Values[i];
        }
    }

    /// <summary>Dense rows without their zeros.</summary>
    internal static CompressedRows<T> OfDense<TX>(ReadOnlySpan<TX> x, int width)
        where TX : unmanaged, INumber<TX>
    {
        int[] starts = new int[(x.Length / width) + 1];
        int count = 0;
        for (int i = 0; i < x.Length; i++)
            starts[(i / width) + 1] = count += x[i] == TX.Zero ? 0 : 1;
        int[] columns = new int[count];
        var values = new T[count];
        for (int i = 0, at = 0; i < x.Length; i++)
        {
            if (x[i] == TX.Zero)
                continue;
            columns[at] = i % width;
            values[at++] = Real.Of<TX, T>(x[i]);
        }

        return new(starts, columns, values, width);
    }

    /// <summary>The same rows with each column divided by a number.</summary>
    internal CompressedRows<T> Divide(ReadOnlySpan<double> divisors)
    {
        Lengths.Check(divisors.Length, Width);
        var values = new T[Values.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = Real.Of<T>(Real.ToDouble(Values[i]) / divisors[Columns[i]]);
        return new(Starts, Columns, values, Width);
    }

    /// <summary>
    /// The mean and Σs·x² less that of the mean, of each column over some rows, in one pass: few digits where a mean is large beside
    /// the deviations from it, and half the time.
    /// </summary>
    internal (double Weight, double[] Mean, double[] Squares) RoughMoments(ReadOnlySpan<int> rows, double[]? weights)
    {
        double total = 0;
        // Both sums of a column side by side, for one miss of the cache.
        double[] sums = new double[checked(2 * Width)];
        foreach (int row in rows)
        {
            double own = weights?[row] ?? 1;
            total += own;
            for (int i = Starts[row]; i < Starts[row + 1]; i++)
            {
                double value = Real.ToDouble(Values[i]);
                int at = 2 * Columns[i];
                sums[at] += own * value;
                sums[at + 1] += own * value * value;
            }
        }

        double[] mean = new double[Width], squares = new double[Width];
        for (int j = 0; j < Width && total > 0; j++)
        {
            mean[j] = sums[2 * j] / total;
            squares[j] = Math.Max(0, sums[(2 * j) + 1] - (mean[j] * sums[2 * j]));
        }

        return (total, mean, squares);
    }

    /// <summary>
    /// The sum of the weights, the mean and Σs(x − mean)² of each column over some rows; NaN is a value that is missing. What rows do
    /// not keep counts as 0 without being visited.
    /// </summary>
    internal (double[] Weight, double[] Mean, double[] Squares) Moments(ReadOnlySpan<int> rows, double[]? weights)
    {
        double total = 0;
        foreach (int row in rows)
            total += weights?[row] ?? 1;
        double[] weight = new double[Width], mean = new double[Width], squares = new double[Width], rest = new double[Width], seen = new double[Width];
        Array.Fill(weight, total);
        foreach (int row in rows)
        {
            double own = weights?[row] ?? 1;
            for (int i = Starts[row]; i < Starts[row + 1]; i++)
            {
                double value = Real.ToDouble(Values[i]);
                if (double.IsNaN(value))
                    weight[Columns[i]] -= own;
                else
                    mean[Columns[i]] += own * value;
            }
        }

        for (int j = 0; j < Width; j++)
            mean[j] = weight[j] > 0 ? mean[j] / weight[j] : 0;
        // Twice, because a mean square less the square of a mean has few digits.
        foreach (int row in rows)
        {
            double own = weights?[row] ?? 1;
            for (int i = Starts[row]; i < Starts[row + 1]; i++)
            {
                double value = Real.ToDouble(Values[i]);
                if (double.IsNaN(value))
                    continue;
                int j = Columns[i];
                double deviation = value - mean[j];
                seen[j] += own;
                rest[j] += own * deviation;
                squares[j] += own * deviation * deviation;
            }
        }

        for (int j = 0; j < Width; j++)
        {
            if (!(weight[j] > 0))
                continue;
            double unseen = Math.Max(0, weight[j] - seen[j]);
            // What is left of the mean's own rounding.
            double shift = (rest[j] - (unseen * mean[j])) / weight[j];
            squares[j] = Math.Max(0, squares[j] + (unseen * mean[j] * mean[j]) - (weight[j] * shift * shift));
            mean[j] += shift;
        }

        return (weight, mean, squares);
    }

    /// <summary>Columns instead of rows: the row of each value, ascending within a column.</summary>
    internal CompressedRows<T> Transpose()
    {
        int[] starts = new int[Width + 1], rows = new int[Values.Length];
        var values = new T[Values.Length];
        foreach (int column in Columns)
            starts[column + 1]++;
        for (int j = 0; j < Width; j++)
            starts[j + 1] += starts[j];
        int[] next = starts.AsSpan(0, Width).ToArray();
        for (int row = 0; row < Count; row++)
        {
            for (int i = Starts[row]; i < Starts[row + 1]; i++)
            {
                int to = next[Columns[i]]++;
                rows[to] = row;
                values[to] = Values[i];
            }
        }

        return new(starts, rows, values, Count);
    }
}
