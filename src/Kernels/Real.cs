// Numbers of a type that is a parameter. T.CreateTruncating says the same, at 2 to 4 ns a call where it is not inlined.

using System.Runtime.CompilerServices;

namespace LinearNets.Kernels;

internal static class Real
{
    /// <summary>The nearest float or double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Of<T>(double value)
        where T : unmanaged => typeof(T) == typeof(float)
        ? Unsafe.BitCast<float, T>((float)value)
        : Unsafe.BitCast<double, T>(value);

    /// <summary>A byte, float or double as a float or double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Of<TX, T>(TX value)
        where TX : unmanaged
        where T : unmanaged
    {
        if (typeof(TX) == typeof(T))
            return Unsafe.BitCast<TX, T>(value);
        return Unsafe.BitCast<float, T>(Unsafe.BitCast<TX, byte>(value));
    }

    /// <summary>A float or double as a double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double ToDouble<T>(T value)
        where T : unmanaged => typeof(T) == typeof(float)
        ? Unsafe.BitCast<T, float>(value)
        : Unsafe.BitCast<T, double>(value);
}
