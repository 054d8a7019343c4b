// Rows that lack a value, which is NaN, or −1 where it is a label: removed, or given the mean of their column.

using System;
using System.Numerics;

namespace LinearNets.Kernels;

internal static class Gaps
{
    /// <summary>Moves the rows that lack nothing to the front, in their order, and says how many they are.</summary>
    public static int Close<T>(Span<T> features, int width, Span<double> targets, Span<int> labels)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = features.Length / width, kept = 0;
        for (int row = 0; row < rows; row++)
        {
            Span<T> x = features.Slice(row * width, width);
            if (HasGap(x) || (targets.Length > 0 && double.IsNaN(targets[row])) || (labels.Length > 0 && labels[row] < 0))
                continue;
            x.CopyTo(features.Slice(kept * width, width));
            if (targets.Length > 0)
                targets[kept] = targets[row];
            if (labels.Length > 0)
                labels[kept] = labels[row];
            kept++;
        }

        return kept;
    }

    /// <summary>The mean of what there is in a column; NaN where there is nothing.</summary>
    public static double Mean<T>(ReadOnlySpan<T> features, int width, int column)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double sum = 0;
        long count = 0;
        for (long at = column; at < features.Length; at += width)
        {
            if (!T.IsNaN(features[(int)at]))
            {
                sum += double.CreateTruncating(features[(int)at]);
                count++;
            }
        }

        return sum / count;
    }

    /// <summary>The first row that lacks a value in a column; −1 if none does.</summary>
    public static int First<T>(ReadOnlySpan<T> features, int width, int column)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (long at = column; at < features.Length; at += width)
        {
            if (T.IsNaN(features[(int)at]))
                return (int)(at / width);
        }

        return -1;
    }

    /// <summary>Puts a number where a column lacks one.</summary>
    public static void Fill<T>(Span<T> features, int width, int column, double number)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var value = T.CreateTruncating(number);
        for (long at = column; at < features.Length; at += width)
        {
            if (T.IsNaN(features[(int)at]))
                features[(int)at] = value;
        }
    }

    private static bool HasGap<T>(ReadOnlySpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (T value in x)
        {
            if (T.IsNaN(value))
                return true;
        }

        return false;
    }
}
