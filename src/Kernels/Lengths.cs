// A kernel is handed flat spans beside the shapes they stand for; the two have to agree before a loop runs unchecked.

using System;
using System.Runtime.CompilerServices;

namespace LinearNets.Kernels;

internal static class Lengths
{
    public static void Check(int length, long expected, [CallerArgumentExpression(nameof(length))] string span = "")
    {
        if (length != expected)
            throw new ArgumentException($"{span} is {length}, and its shape wants {expected}.");
    }

    /// <summary>The number of elements of a shape.</summary>
    public static long Of(ReadOnlySpan<int> shape)
    {
        long product = 1;
        foreach (int size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            product = checked(product * size);
        }

        return product;
    }
}
