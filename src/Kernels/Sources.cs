// Where the numbers of a register come from: the same numbers in memory, or bytes that are widened on the way.

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LinearNets.Kernels;

/// <summary>A register of numbers from memory that holds <typeparamref name="TX"/>.</summary>
internal unsafe interface ISource<TX, TLanes>
    where TX : unmanaged
{
    static abstract TLanes Load(TX* at);
}

internal readonly unsafe struct Own<T, TLanes> : ISource<T, TLanes>
    where T : unmanaged, INumber<T>
    where TLanes : unmanaged, ILanes<TLanes, T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Load(T* at) => TLanes.Load(at);
}

internal readonly unsafe struct Bytes512 : ISource<byte, Lanes512<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512<float> Load(byte* at) =>
        new(Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load(at))));
}

internal readonly unsafe struct Bytes256 : ISource<byte, Lanes256<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256<float> Load(byte* at) => new(Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(at)));
}

internal readonly unsafe struct BytesPortable : ISource<byte, LanesPortable<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPortable<float> Load(byte* at)
    {
        if (Vector<float>.Count == 4)
        {
            Vector128<ushort> four = Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(at)).AsByte());
            return new(Vector128.ConvertToSingle(Vector128.WidenLower(four).AsInt32()).AsVector());
        }

        return new(Vector<float>.Count == 8 ? Eight(at).AsVector() : Vector512.Create(Eight(at), Eight(at + 8)).AsVector());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Eight(byte* at)
    {
        Vector128<ushort> eight = Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(at)).AsByte());
        return Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(eight).AsInt32(), Vector128.WidenUpper(eight).AsInt32()));
    }
}

/// <summary>Two registers of a source that lie side by side.</summary>
internal readonly unsafe struct SourcePair<TX, T, TLanes, TSource> : ISource<TX, LanesPair<T, TLanes>>
    where TX : unmanaged
    where T : unmanaged, INumber<T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where TSource : struct, ISource<TX, TLanes>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesPair<T, TLanes> Load(TX* at) => new(TSource.Load(at), TSource.Load(at + TLanes.Count));
}
