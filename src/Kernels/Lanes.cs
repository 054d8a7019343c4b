// The register as a type parameter: a loop is written once against ILanes and the JIT makes one copy per width.
// The structs wrap hardware vectors and nothing else, so the JIT keeps them in registers as it would the vectors
// themselves, and the typeof(T) tests below are constants to it.

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LinearNets.Kernels;

/// <summary>A register of <see cref="Count"/> numbers, worked on all at once.</summary>
internal unsafe interface ILanes<TSelf, T>
    where TSelf : unmanaged, ILanes<TSelf, T>
    where T : unmanaged, INumber<T>
{
    static abstract int Count { get; }

    static abstract TSelf Load(T* source);

    static abstract TSelf Broadcast(T value);

    /// <summary>x·y + z, rounded once where the machine has such an instruction and twice where it has not.</summary>
    static abstract TSelf MultiplyAdd(TSelf x, TSelf y, TSelf z);

    static abstract TSelf operator +(TSelf x, TSelf y);

    void Store(T* destination);
}

/// <summary>Lanes that can also meet one another.</summary>
internal interface IRegister<TSelf, T> : ILanes<TSelf, T>
    where TSelf : unmanaged, IRegister<TSelf, T>
    where T : unmanaged, INumber<T>
{
    /// <summary>The lanes numbered <paramref name="first"/> and above; +0 in the others, whatever they held.</summary>
    static abstract TSelf KeepFrom(TSelf x, TSelf first);

    /// <summary>The sum of all lanes, added as a tree.</summary>
    static abstract T Sum(TSelf x);

    /// <summary>The sums of four, one after another: together they take half the instructions.</summary>
    static abstract unsafe void Sum(TSelf x0, TSelf x1, TSelf x2, TSelf x3, T* sums);
}

/// <summary>512 bits. Worth using only where Vector512.IsHardwareAccelerated.</summary>
internal readonly unsafe struct Lanes512<T>(Vector512<T> value) : IRegister<Lanes512<T>, T>
    where T : unmanaged, INumber<T>
{
    private readonly Vector512<T> value = value;

    public static int Count => Vector512<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Load(T* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> Broadcast(T value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> MultiplyAdd(Lanes512<T> x, Lanes512<T> y, Lanes512<T> z) => typeof(T) == typeof(float)
        ? new(Vector512.MultiplyAddEstimate(x.value.AsSingle(), y.value.AsSingle(), z.value.AsSingle()).As<float, T>())
        : new(Vector512.MultiplyAddEstimate(x.value.AsDouble(), y.value.AsDouble(), z.value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> KeepFrom(Lanes512<T> x, Lanes512<T> first) =>
        new(x.value & Vector512.GreaterThanOrEqual(Vector512<T>.Indices, first.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<T> operator +(Lanes512<T> x, Lanes512<T> y) => new(x.value + y.value);

    // Halves added as vectors first: Vector512.Sum would reduce each 128-bit quarter on its own.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(Lanes512<T> x) => Lanes256<T>.Sum(Half(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sum(Lanes512<T> x0, Lanes512<T> x1, Lanes512<T> x2, Lanes512<T> x3, T* sums) =>
        Lanes256<T>.Sum(Half(x0), Half(x1), Half(x2), Half(x3), sums);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes256<T> Half(Lanes512<T> x) => new(x.value.GetLower() + x.value.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(T* destination) => value.Store(destination);
}

/// <summary>256 bits: AVX2.</summary>
internal readonly unsafe struct Lanes256<T>(Vector256<T> value) : IRegister<Lanes256<T>, T>
    where T : unmanaged, INumber<T>
{
    private readonly Vector256<T> value = value;

    public static int Count => Vector256<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Load(T* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> Broadcast(T value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> MultiplyAdd(Lanes256<T> x, Lanes256<T> y, Lanes256<T> z) => typeof(T) == typeof(float)
        ? new(Vector256.MultiplyAddEstimate(x.value.AsSingle(), y.value.AsSingle(), z.value.AsSingle()).As<float, T>())
        : new(Vector256.MultiplyAddEstimate(x.value.AsDouble(), y.value.AsDouble(), z.value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> KeepFrom(Lanes256<T> x, Lanes256<T> first) =>
        new(x.value & Vector256.GreaterThanOrEqual(Vector256<T>.Indices, first.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<T> operator +(Lanes256<T> x, Lanes256<T> y) => new(x.value + y.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(Lanes256<T> x) => Vector128.Sum(x.value.GetLower() + x.value.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sum(Lanes256<T> x0, Lanes256<T> x1, Lanes256<T> x2, Lanes256<T> x3, T* sums)
    {
        if (!Avx.IsSupported)
        {
            sums[0] = Sum(x0);
            sums[1] = Sum(x1);
            sums[2] = Sum(x2);
            sums[3] = Sum(x3);
        }
        else if (typeof(T) == typeof(float))
        {
            Vector256<float> low = Avx.HorizontalAdd(x0.value.AsSingle(), x1.value.AsSingle());
            Vector256<float> high = Avx.HorizontalAdd(x2.value.AsSingle(), x3.value.AsSingle());
            Vector256<float> all = Avx.HorizontalAdd(low, high);
            (all.GetLower() + all.GetUpper()).Store((float*)sums);
        }
        else
        {
            Vector256<double> low = Avx.HorizontalAdd(x0.value.AsDouble(), x1.value.AsDouble());
            Vector256<double> high = Avx.HorizontalAdd(x2.value.AsDouble(), x3.value.AsDouble());
            (low.GetLower() + low.GetUpper()).Store((double*)sums);
            (high.GetLower() + high.GetUpper()).Store((double*)sums + 2);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(T* destination) => value.Store(destination);
}

/// <summary>Whatever the runtime's Vector is: 128 bits at least, and there on every machine.</summary>
internal readonly unsafe struct LanesPortable<T>(Vector<T> value) : IRegister<LanesPortable<T>, T>
    where T : unmanaged, INumber<T>
{
    private readonly Vector<T> value = value;

    public static int Count => Vector<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable<T> Load(T* source) => new(Vector.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable<T> Broadcast(T value) => new(Vector.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable<T> MultiplyAdd(LanesPortable<T> x, LanesPortable<T> y, LanesPortable<T> z) => typeof(T) == typeof(float)
        ? new(Vector.MultiplyAddEstimate(x.value.As<T, float>(), y.value.As<T, float>(), z.value.As<T, float>()).As<float, T>())
        : new(Vector.MultiplyAddEstimate(x.value.As<T, double>(), y.value.As<T, double>(), z.value.As<T, double>()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable<T> KeepFrom(LanesPortable<T> x, LanesPortable<T> first) =>
        new(x.value & Vector.GreaterThanOrEqual(Vector<T>.Indices, first.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable<T> operator +(LanesPortable<T> x, LanesPortable<T> y) => new(x.value + y.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(LanesPortable<T> x) => Vector.Sum(x.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sum(LanesPortable<T> x0, LanesPortable<T> x1, LanesPortable<T> x2, LanesPortable<T> x3, T* sums)
    {
        sums[0] = Sum(x0);
        sums[1] = Sum(x1);
        sums[2] = Sum(x2);
        sums[3] = Sum(x3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(T* destination) => value.Store(destination);
}

/// <summary>Two registers as one: a tile written for two registers then holds four, where there are 32 to hold it.</summary>
internal readonly unsafe struct LanesPair<T, TLanes>(TLanes low, TLanes high) : ILanes<LanesPair<T, TLanes>, T>
    where T : unmanaged, INumber<T>
    where TLanes : unmanaged, ILanes<TLanes, T>
{
    private readonly TLanes low = low;
    private readonly TLanes high = high;

    public static int Count => 2 * TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPair<T, TLanes> Load(T* source) => new(TLanes.Load(source), TLanes.Load(source + TLanes.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPair<T, TLanes> Broadcast(T value)
    {
        var both = TLanes.Broadcast(value);
        return new(both, both);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPair<T, TLanes> MultiplyAdd(LanesPair<T, TLanes> x, LanesPair<T, TLanes> y, LanesPair<T, TLanes> z) =>
        new(TLanes.MultiplyAdd(x.low, y.low, z.low), TLanes.MultiplyAdd(x.high, y.high, z.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPair<T, TLanes> operator +(LanesPair<T, TLanes> x, LanesPair<T, TLanes> y) =>
        new(x.low + y.low, x.high + y.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(T* destination)
    {
        low.Store(destination);
        high.Store(destination + TLanes.Count);
    }
}
