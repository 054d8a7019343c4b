// The registers that kernels run on: chosen once, for all of them.

using System;
using System.Runtime.Intrinsics;

namespace LinearNets.Kernels;

/// <summary>The register a kernel runs on.</summary>
internal enum SimdWidth
{
    Portable,
    Avx2,
    Avx512,
}

internal static class Simd
{
    /// <summary>The variable that forces a width: the same bits on machines that have different ones.</summary>
    internal const string Variable = "LINEARNETS_SIMD";

    /// <summary>The width this machine is quickest with.</summary>
    internal static SimdWidth Widest =>
        Vector512.IsHardwareAccelerated ? SimdWidth.Avx512
        : Vector256.IsHardwareAccelerated ? SimdWidth.Avx2
        : SimdWidth.Portable;

    // Lazy, so that a name that is no width is told as that, and not as a type that could not be initialised.
    private static readonly Lazy<SimdWidth> Forced = new(() => Choose(Environment.GetEnvironmentVariable(Variable)));

    /// <summary>The width that is used: the widest, or one that is forced and no wider.</summary>
    /// <exception cref="ArgumentException">The one that is forced is not there.</exception>
    internal static SimdWidth Chosen => Forced.Value;

    /// <exception cref="ArgumentException">There is no such width, or this machine has not got it.</exception>
    internal static SimdWidth Choose(string? forced)
    {
        if (string.IsNullOrEmpty(forced))
            return Widest;
        string[] names = Enum.GetNames<SimdWidth>()[..((int)Widest + 1)];
        int found = Array.FindIndex(names, name => name.Equals(forced, StringComparison.OrdinalIgnoreCase));
        return found >= 0
            ? (SimdWidth)found
            : throw new ArgumentException($"{Variable} is '{forced}'; this machine has {string.Join(", ", names)}.");
    }
}
