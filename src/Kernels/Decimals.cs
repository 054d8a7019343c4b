// Numbers written in decimals, each rounded once.
//
//   ±m · 10^k   m the digits without the point, k the exponent less the digits behind the point
//
// Where m ≤ 2⁵³ and |k| ≤ 22, both m and 10^|k| are doubles, so that one product or quotient is the number rounded once. A longer m,
// of up to 19 digits, is the sum of two doubles. The product or quotient of the first is known with its rest, which an FMA gives; the
// rest and the second's make up a small number that is known nearly. If it rounds to the same double with the most it may be wrong
// by added and taken off, that is the number.
//
// A float is the float nearest that double, unless the double lies half-way between two floats: then the first rounding may have
// put it there, and the second would not know from which side. Those, the few that are too near the middle of two doubles, and all
// that is longer, are left to .NET, which is right and slow.
//
//   number   [+|−] (digits [. [digits]] | . digits) [(e|E) [+|−] digits]
//
// Words such as "inf" and "nan" are no numbers here. What is beyond the range is infinite, as it is for .NET.

using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace LinearNets.Kernels;

internal static unsafe partial class Decimals
{
    private const ulong LargestExact = 1UL << 53;
    private const int LargestPower = 22;

    // More digits than these may not fit 64 bits.
    private const int MostDigits = 19;

    // The bits of a double that a float has not, and of these the half of the last one it has.
    private const long BeyondSingle = (1L << 29) - 1;
    private const long HalfOfSingle = 1L << 28;

    /// <summary>How many bytes behind a number are read with it.</summary>
    public const int Padding = 8;

    private static ReadOnlySpan<ulong> Tens => [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

    private static ReadOnlySpan<double> Powers =>
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    /// <summary>
    /// The number that begins at a place, and the place behind it; null where this takes a closer look (<see cref="TryParse{T}"/>).
    /// Somewhere behind must be a byte that is in no number, and <see cref="Padding"/> bytes more that may be read.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Scan<T>(byte* p, out T value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        value = default;
        // Signs come as they please: a branch on them is foreseen wrong half of the time, and took as long as all digits together.
        uint negative = *p == '-' ? 1U : 0U;
        p += negative;
        ulong mantissa = 0;
        byte* first = p;
        for (uint digit; (digit = *p - (uint)'0') <= 9; p++)
            mantissa = 10 * mantissa + digit;
        long digits = p - first;
        long power = 0;
        if (*p == '.')
        {
            byte* behind = ++p;
            int count;
            do
            {
                count = Eight(p, out ulong eight);
                if (count > 0)
                    mantissa = mantissa * Tens[count] + Together(eight << (8 * (8 - count)));
                p += count;
            }
            while (count == 8);
            power = behind - p;
            digits -= power;
        }

        if ((ulong)(digits - 1) >= MostDigits)
            return null;
        if ((*p | 0x20) == 'e')
        {
            p = Exponent(p, ref power);
            if (p == null)
                return null;
        }

        if ((ulong)(power + LargestPower) > 2 * LargestPower)
            return null;
        double size = mantissa > LargestExact ? Long(mantissa, (int)power)
            : power < 0 ? mantissa / Powers[(int)-power] : mantissa * Powers[(int)power];
        if (double.IsNaN(size))
            return null;
        long bits = BitConverter.DoubleToInt64Bits(size);
        if (typeof(T) == typeof(float) && (bits & BeyondSingle) == HalfOfSingle)
            return null;
        value = T.CreateTruncating(BitConverter.Int64BitsToDouble(bits | ((long)negative << 63)));
        return T.IsFinite(value) ? p : null;
    }

    /// <summary>m · 10^k for |k| ≤ 22; NaN where it is too near the middle of two doubles to tell which it is nearer to.</summary>
    private static double Long(ulong mantissa, int power)
    {
        double high = mantissa, low = (long)(mantissa - (ulong)high), scale = Powers[Math.Abs(power)];
        double near, rest, more;
        if (power < 0)
        {
            near = high / scale;
            rest = Math.FusedMultiplyAdd(-near, scale, high) / scale;
            more = low / scale;
        }
        else
        {
            near = high * scale;
            rest = Math.FusedMultiplyAdd(high, scale, -near);
            more = low * scale;
        }

        // Three roundings, each of no more than 2⁻⁵³ of these.
        double error = (Math.Abs(rest) + Math.Abs(more)) * (4 / (double)LargestExact);
        double least = near + (rest + more - error), most = near + (rest + more + error);
        return least == most ? least : double.NaN;
    }

    /// <summary>The number that a whole text is; false if it is none.</summary>
    public static bool TryParse<T>(ReadOnlySpan<byte> text, out T value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        value = default;
        return IsNumber(text) && T.TryParse(text, Style, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Whether a whole text is a number, by the grammar above.</summary>
    public static bool IsNumber(ReadOnlySpan<byte> text)
    {
        int at = Sign(text);
        int whole = Digits(text, ref at);
        int behind = 0;
        if (at < text.Length && text[at] == '.')
        {
            at++;
            behind = Digits(text, ref at);
        }

        if (whole + behind == 0)
            return false;
        if (at < text.Length && (text[at] | 0x20) == 'e')
        {
            at++;
            at += Sign(text[at..]);
            if (Digits(text, ref at) == 0)
                return false;
        }

        return at == text.Length;
    }

    private static int Sign(ReadOnlySpan<byte> text) => text is [(byte)'+' or (byte)'-', ..] ? 1 : 0;

    private static int Digits(ReadOnlySpan<byte> text, ref int at)
    {
        int first = at;
        while (at < text.Length && char.IsAsciiDigit((char)text[at]))
            at++;
        return at - first;
    }

    /// <summary>How many of eight bytes are digits before the first that is none, and the bytes with '0' taken off each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Eight(byte* p, out ulong digits)
    {
        digits = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(p, 8)) ^ 0x3030303030303030;
        // 0x76 more than 9 sets the highest bit; it is set before in what is far from a digit.
        ulong others = ((digits + 0x7676767676767676) | digits) & 0x8080808080808080;
        return BitOperations.TrailingZeroCount(others) / 8;
    }

    /// <summary>The number that eight digits are, the first in the lowest byte: pairs, then fours, then all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Together(ulong digits)
    {
        const ulong Pairs = 0x000000FF000000FF;
        digits = 10 * digits + (digits >> 8);
        ulong even = (digits & Pairs) * (100 + (1000000UL << 32));
        ulong odd = ((digits >> 16) & Pairs) * (1 + (10000UL << 32));
        return (even + odd) >> 32;
    }

    /// <summary>Adds the exponent that begins with the letter at a place; null where it is none, or long.</summary>
    private static byte* Exponent(byte* p, ref long power)
    {
        p++;
        bool negative = *p == '-';
        if (negative || *p == '+')
            p++;
        byte* first = p;
        long exponent = 0;
        for (uint digit; (digit = *p - (uint)'0') <= 9 && p - first <= 4; p++)
            exponent = 10 * exponent + digit;
        if (p == first || p - first > 4)
            return null;
        power += negative ? -exponent : exponent;
        return p;
    }
}
