// The numbers in the fields of a row, four at a time.
//
// The last 16 bytes of each field are a quarter of a register. All that is done to a field's bytes is done to four fields at once:
//
//   bytes    . . . , - 1 2 . 3 4      the field is the last of them; what stands before it is put away
//   digits   0 0 0 0 0 1 2 × 3 4      with '0' taken off; a point and a sign are known by their places
//            0 0 0 0 0 0 1 2 3 4      what is before the point moves over it
//   m        1234                     pairs of digits together, then fours, eights, sixteens
//   number   −1234 / 10²              rounded once, for m ≤ 2⁵³ (Decimals.cs)
//
// Whatever is longer or has an exponent is read by itself, and whatever is no plain number is not one here.

using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LinearNets.Kernels;

internal static unsafe partial class Decimals
{
    /// <summary>How many bytes before a field are read with it.</summary>
    public const int PaddingBefore = 16;

    private const int AtOnce = 4;

    // A sign counts as so much more than all digits of a field.
    private const byte SignCount = 32;

    /// <summary>
    /// The numbers in fields, each between an end and the end before it; NaN where it is no plain number. A carriage return before a
    /// newline is no part of a field.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Between(byte* text, int* ends, int count, byte newline, double* values, SimdWidth width)
    {
        int i = 0;
        if (width == SimdWidth.Avx512)
        {
            for (; i <= count - AtOnce; i += AtOnce)
            {
                uint others = Four(text, ends + i, values + i);
                for (int j = 0; others != 0; j++, others >>= 1)
                {
                    if ((others & 1) != 0)
                        values[i + j] = One(text + ends[i + j - 1] + 1, text + ends[i + j], newline);
                }
            }
        }

        for (; i < count; i++)
            values[i] = One(text + ends[i - 1] + 1, text + ends[i], newline);
    }

    private static double One(byte* first, byte* stop, byte newline)
    {
        byte* behind = Scan(first, out double value);
        return behind == stop || (behind + 1 == stop && *behind == '\r' && *stop == newline) ? value : double.NaN;
    }

    /// <summary>The numbers in four fields, and a bit for each that takes a closer look.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Four(byte* text, int* ends, double* values)
    {
        Vector512<int> lengths = Avx512F.BroadcastVector128ToVector512(ends) - Avx512F.BroadcastVector128ToVector512(ends - 1) - Vector512<int>.One;
        Vector512<byte> bytes = Vector512.Create(
            Vector256.Create(Last(text, ends[0]), Last(text, ends[1])), Vector256.Create(Last(text, ends[2]), Last(text, ends[3])));
        Vector512<byte> length = Avx512BW.Shuffle(lengths.AsByte(), ByField);
        Vector512<byte> within = Vector512.LessThan(FromBehind, length);
        Vector512<byte> sign = Vector512.Equals(bytes, Vector512.Create((byte)'-')) & Vector512.Equals(FromBehind + Vector512<byte>.One, length);
        Vector512<byte> point = Vector512.Equals(bytes, Vector512.Create((byte)'.')) & within;
        Vector512<byte> digits = bytes - Vector512.Create((byte)'0');
        Vector512<byte> isDigit = Vector512.LessThanOrEqual(digits, Vector512.Create((byte)9));

        // Everything up to the point, and everything before it.
        Vector512<byte> upTo = point | Avx512BW.ShiftRightLogical128BitLane(point, 1);
        upTo |= Avx512BW.ShiftRightLogical128BitLane(upTo, 2);
        upTo |= Avx512BW.ShiftRightLogical128BitLane(upTo, 4);
        upTo |= Avx512BW.ShiftRightLogical128BitLane(upTo, 8);
        Vector512<byte> before = Avx512BW.ShiftRightLogical128BitLane(upTo, 1);

        // A field ends with a digit, has one point at most, and otherwise nothing but digits behind its sign.
        Vector512<byte> marks = Vector512.AndNot(sign | Vector512.AndNot(point, before), LastBytes);
        Vector512<byte> wrong = Vector512.AndNot(within | LastBytes, (isDigit & within) | marks);

        digits &= Vector512.AndNot(within, sign);
        digits = Vector512.ConditionalSelect(upTo, Avx512BW.ShiftLeftLogical128BitLane(digits, 1), digits);
        Vector512<short> pairs = Avx512BW.MultiplyAddAdjacent(digits, Vector512.Create((ushort)0x010A).AsSByte());
        Vector512<int> fours = Avx512BW.MultiplyAddAdjacent(pairs, Vector512.Create(0x0001_0064).AsInt16());
        Vector512<short> packed = Avx512BW.PackUnsignedSaturate(fours, fours).AsInt16();
        Vector512<ulong> eights = Avx512BW.MultiplyAddAdjacent(packed, Vector512.Create(0x0001_2710).AsInt16()).AsUInt64();
        Vector512<ulong> sixteens = Avx512F.Multiply(eights.AsUInt32(), Vector512.Create(100_000_000UL).AsUInt32()) + (eights >> 32);

        // How many bytes there are up to the point, and whether there is a sign, as one number in each half of a field.
        Vector512<byte> counted = (upTo & Vector512<byte>.One) | (sign & Vector512.Create(SignCount));
        Vector512<ulong> halves = Avx512BW.SumAbsoluteDifferences(counted, Vector512<byte>.Zero).AsUInt64();
        Vector512<ulong> counts = halves + Avx512F.Shuffle(halves.AsInt32(), 0b01_00_11_10).AsUInt64();
        Vector512<double> powers = Avx512F.PermuteVar8x64x2(PowersOfFirst, counts.AsInt64(), PowersOfLast);

        Vector256<ulong> mantissas = Avx512F.PermuteVar8x64(sixteens, EveryOther).GetLower();
        Vector256<double> sizes = Avx512DQ.VL.ConvertToVector256Double(mantissas) / Avx512F.PermuteVar8x64(powers, EveryOther.AsInt64()).GetLower();
        Vector256<ulong> signs = (Avx512F.PermuteVar8x64(counts, EveryOther).GetLower() << 58) & Vector256.Create(1UL << 63);
        (sizes.AsUInt64() | signs).AsDouble().Store(values);

        uint others = (uint)Vector512.GreaterThan(lengths.AsUInt32(), Vector512.Create((uint)PaddingBefore)).ExtractMostSignificantBits() % (1 << AtOnce)
            | Vector256.GreaterThan(mantissas, Vector256.Create(LargestExact)).ExtractMostSignificantBits();
        ulong wrongs = wrong.ExtractMostSignificantBits();
        for (int i = 0; wrongs != 0; i++, wrongs >>= PaddingBefore)
            others |= (ushort)wrongs != 0 ? 1U << i : 0;
        return others;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Last(byte* text, int end) => Vector128.Load(text + end - PaddingBefore);

    /// <summary>
    /// Numbers in the type that is wanted, each rounded once; false where one is none, or is beyond the type's range, or where it takes
    /// its text to know on which side of the middle of two floats it is.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool Narrow<T>(double* numbers, T* x, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Eight = 8, Four = Eight / 2;
        if (count < Eight)
        {
            double* filled = stackalloc double[Eight];
            T* narrow = stackalloc T[Eight];
            new Span<double>(filled, Eight).Clear();
            new Span<double>(numbers, count).CopyTo(new Span<double>(filled, Eight));
            bool right = Narrow(filled, narrow, Eight);
            new Span<T>(narrow, count).CopyTo(new Span<T>(x, count));
            return right;
        }

        Vector256<long> wrong = default;
        for (int i = 0; i < count; i += Eight)
        {
            // The last eight may be some of those before them again.
            int at = Math.Min(i, count - Eight);
            Vector256<double> low = Vector256.Load(numbers + at), high = Vector256.Load(numbers + at + Four);
            if (typeof(T) == typeof(float))
            {
                wrong |= IsNoSingle(low) | IsNoSingle(high);
                Vector256.Narrow(low, high).Store((float*)x + at);
            }
            else
            {
                wrong |= (~Vector256.Equals(low, low) | ~Vector256.Equals(high, high)).AsInt64();
                low.Store((double*)x + at);
                high.Store((double*)x + at + Four);
            }
        }

        return wrong == default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<long> IsNoSingle(Vector256<double> x) =>
        Vector256.Equals(x.AsInt64() & Vector256.Create(BeyondSingle), Vector256.Create(HalfOfSingle))
        | ~Vector256.LessThanOrEqual(Vector256.Abs(x), Vector256.Create((double)float.MaxValue)).AsInt64();

    /// <summary>Of two equal numbers each, one.</summary>
    private static Vector512<ulong> EveryOther
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(0UL, 2, 4, 6, 0, 0, 0, 0);
    }

    /// <summary>How many bytes stand behind a byte in its field.</summary>
    private static Vector512<byte> FromBehind
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            const ulong First = 0x08090A0B0C0D0E0F, Last = 0x0001020304050607;
            return Vector512.Create(First, Last, First, Last, First, Last, First, Last).AsByte();
        }
    }

    /// <summary>The last byte of each field.</summary>
    private static Vector512<byte> LastBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(0, 0xFFUL << 56, 0, 0xFFUL << 56, 0, 0xFFUL << 56, 0, 0xFFUL << 56).AsByte();
    }

    /// <summary>Which of four 32-bit numbers belongs to a byte's field: its lowest byte.</summary>
    private static Vector512<byte> ByField
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            const ulong Second = 0x0404040404040404;
            return Vector512.Create(0, 0, Second, Second, 2 * Second, 2 * Second, 3 * Second, 3 * Second).AsByte();
        }
    }

    /// <summary>10 to the number of digits behind the point, by how many bytes there are up to it; these are for 0 to 7 of them.</summary>
    private static Vector512<double> PowersOfFirst
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(1e0, 1e15, 1e14, 1e13, 1e12, 1e11, 1e10, 1e9);
    }

    /// <summary>And these for 8 to 15.</summary>
    private static Vector512<double> PowersOfLast
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1);
    }
}
