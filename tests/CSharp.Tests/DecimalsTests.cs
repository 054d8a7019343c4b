using System;
using System.Collections.Generic;
using System.Globalization;
using System.Numerics;
using System.Text;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
internal sealed unsafe class DecimalsTests<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly string[] s_numbers =
    [
        "0", "-0", "+0", "-0.0", "0e0", "0e400", "-0e-400", "00012.500", "1", "-1", "+1", ".5", "-.5", "5.", "+5.", "1e5", "1E+5", "1e-5", "1.5e-3",
        "5.074913740158081", "16777217", "16777217.0000000001", "33554435", "9007199254740993", "9007199254740992.5", "9007199254740993e-3",
        "123456789012345678", "12345678901234567890", "0.1234567890123456789", "1e22", "1e23", "-1e23", "1e-22", "1e-23", "8.5e22",
        "1e400", "-1e400", "1e-400", "-1e-400", "3.4028235e38", "3.4028236e38", "3.4028235677973366e38", "1e39", "1.7976931348623157e308", "1.7976931348623159e308",
        "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "1.401298464324817e-45", "7.006492321624085e-46", "7.006492321624086e-46",
        "2.2250738585072011e-308", "2.2250738585072014e-308", "1.1754943508222875e-38", "1.17549428e-38", "0.000000000000000000001", "1e0000000000000000005",
        "1e99999999999999999999", "0.00000000000000000000000000000000000000000000000000000000000000001e65", "100000000000000000000000000000000000e-35",
    ];

    private static readonly string[] s_others =
    [
        "", " ", "+", "-", ".", "-.", "e5", ".e5", "1e", "1e+", "1.2.3", "1,5", "--1", "+-1", "1-", "0x10", "1_000", "1 2", "nan", "NaN", "inf", "Infinity",
        "-Infinity", "∞", "1f", "1d", "٣", "1e5.5", "1..2", "$1", "(1)", "1%", " 1", "1 ", "1\0",
    ];

    [Test]
    public void Numbers_are_those_of_Parse([ValueSource(nameof(s_numbers))] string text) => Check(text);

    [Test]
    public void What_is_no_number_is_none([ValueSource(nameof(s_others))] string text)
    {
        Assert.That(Whole(text, out T _), Is.False);
        Assert.That(Decimals.TryParse(Encoding.UTF8.GetBytes(text), out T _), Is.False);
    }

    [Test]
    public void Random_decimals_are_those_of_Parse()
    {
        var random = new Random(1);
        for (int i = 0; i < 200_000; i++)
            Check(Decimal(random));
    }

    [Test]
    public void Random_numbers_and_those_half_way_between_two_are_those_of_Parse()
    {
        var random = new Random(2);
        for (int i = 0; i < 50_000; i++)
        {
            double x = typeof(T) == typeof(float)
                ? BitConverter.Int32BitsToSingle(random.Next())
                : BitConverter.Int64BitsToDouble(random.NextInt64());
            if (!double.IsFinite(x))
                continue;
            Check(x.ToString("R", CultureInfo.InvariantCulture));
            Check(x.ToString($"E{random.Next(25)}", CultureInfo.InvariantCulture));
            // Exactly between two floats, in as many digits as that takes, and a little to either side.
            float low = (float)x;
            double between = (low + (double)MathF.BitIncrement(low)) / 2;
            if (double.IsFinite(between))
            {
                string exact = between.ToString("E120", CultureInfo.InvariantCulture);
                Check(exact);
                Check(exact.Replace("E", "1E", StringComparison.Ordinal));
                Check(between.ToString("E16", CultureInfo.InvariantCulture));
            }
        }
    }

    [Test]
    public void Halves_of_whole_numbers_are_rounded_once()
    {
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++)
        {
            long whole = (1L << 24) + random.NextInt64(1L << 25);
            Check($"{whole}");
            Check($"{whole}.{new string('0', random.Next(12))}1");
            Check($"{whole - 1}.{new string('9', 1 + random.Next(12))}");
        }
    }

    public static IEnumerable<SimdWidth> Widths() => MatMulTests<float>.Widths();

    [Test]
    public void Fields_next_to_each_other_are_what_they_are_alone([ValueSource(nameof(Widths))] SimdWidth width)
    {
        var random = new Random(4);
        for (int round = 0; round < 20_000; round++)
        {
            string[] fields = new string[random.Next(1, 14)];
            for (int i = 0; i < fields.Length; i++)
            {
                fields[i] = random.Next(12) switch
                {
                    0 => s_others[random.Next(s_others.Length)],
                    1 => s_numbers[random.Next(s_numbers.Length)],
                    2 or 3 => Decimal(random),
                    4 => random.NextInt64((long)Math.Pow(10, random.Next(18))).ToString(CultureInfo.InvariantCulture),
                    5 => Mangled(random),
                    _ => (random.NextDouble() - 0.5).ToString($"F{random.Next(14)}", CultureInfo.InvariantCulture),
                };
            }

            CheckFields(fields, random.Next(2) == 0 ? "\n" : "\r\n", width);
        }
    }

    [Test]
    public void Usual_fields_are_read_at_every_width([ValueSource(nameof(Widths))] SimdWidth width)
    {
        string[] fields = ["0", "-1", "0.000000", "-0.5", "1234567", ".5", "-123456.789012", "0.1234567890123", "0.12345678901234567", "1e-3", "7.", "12345678.9"];
        double[] values = Fields(fields, "\r\n", width);
        Assert.That(values, Has.None.NaN);
    }

    /// <summary>A short number in which one character is another.</summary>
    private static string Mangled(Random random)
    {
        const string Some = "0123456789.-+e /:\t\0\u00e9";
        char[] text = (random.NextDouble() - 0.5).ToString($"F{random.Next(1, 14)}", CultureInfo.InvariantCulture).ToCharArray();
        text[random.Next(text.Length)] = Some[random.Next(Some.Length)];
        return new string(text);
    }

    /// <summary>What is read is right; what is not read is none, or one of those that take .NET.</summary>
    private static void CheckFields(string[] fields, string newline, SimdWidth width)
    {
        double[] values = Fields(fields, newline, width);
        for (int i = 0; i < fields.Length; i++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(fields[i]);
            bool isNumber = Decimals.TryParse(bytes, out double expected);
            if (double.IsNaN(values[i]) ? isNumber && Whole(fields[i], out double _) : !isNumber || BitConverter.DoubleToInt64Bits(values[i]) != BitConverter.DoubleToInt64Bits(expected))
                Assert.Fail($"{string.Join(',', fields)}: field {i} is {values[i]:R}");
        }

        T[] narrow = new T[fields.Length];
        fixed (double* from = values)
        fixed (T* to = narrow)
        {
            if (!Decimals.Narrow(from, to, fields.Length))
                return;
        }

        for (int i = 0; i < fields.Length; i++)
            Assert.That(Bits(narrow[i]), Is.EqualTo(Bits(T.Parse(fields[i], NumberStyles.Float, CultureInfo.InvariantCulture))), fields[i]);
    }

    /// <summary>The fields of a row, with what is in no number around it.</summary>
    private static double[] Fields(string[] fields, string newline, SimdWidth width)
    {
        var text = new List<byte>(Encoding.UTF8.GetBytes(new string('7', Decimals.PaddingBefore)));
        int[] ends = new int[fields.Length + 1];
        ends[0] = -1;
        for (int i = 0; i < fields.Length; i++)
        {
            text.AddRange(Encoding.UTF8.GetBytes(fields[i] + (i + 1 < fields.Length ? "," : newline)));
            ends[i + 1] = text.Count - 1 - Decimals.PaddingBefore;
        }

        double[] values = new double[fields.Length];
        byte[] bytes = [.. text, .. new byte[FieldWindow.Padding]];
        fixed (byte* first = bytes)
        fixed (int* end = ends)
        fixed (double* value = values)
            Decimals.Between(first + Decimals.PaddingBefore, end + 1, fields.Length, (byte)'\n', value, width);
        return values;
    }

    /// <summary>Digits of any number, a point anywhere, and an exponent now and then.</summary>
    private static string Decimal(Random random)
    {
        var text = new StringBuilder(random.Next(4) switch { 0 => "-", 1 => "+", _ => "" });
        int digits = 1 + random.Next(random.Next(4) == 0 ? 40 : 12);
        int point = random.Next(digits + 1);
        for (int i = 0; i < digits; i++)
        {
            if (i == point && random.Next(3) > 0)
                text.Append('.');
            text.Append((char)('0' + (random.Next(6) == 0 ? 0 : random.Next(10))));
        }

        if (random.Next(3) == 0)
            text.Append(random.Next(2) == 0 ? 'e' : 'E').Append(random.Next(3) switch { 0 => "-", 1 => "+", _ => "" }).Append(random.Next(random.Next(4) == 0 ? 400 : 45));
        return text.ToString();
    }

    private static void Check(string text)
    {
        var expected = T.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!Whole(text, out T fast))
            Assert.That(Decimals.TryParse(Encoding.UTF8.GetBytes(text), out fast), text);
        if (Bits(fast) != Bits(expected))
            Assert.Fail($"{text}: {fast:R} instead of {expected:R}");
        Assert.That(Decimals.TryParse(Encoding.UTF8.GetBytes(text), out T slow), text);
        if (Bits(slow) != Bits(expected))
            Assert.Fail($"{text}: {slow:R} instead of {expected:R}, the slow way");
    }

    private static long Bits(T x) => BitConverter.DoubleToInt64Bits(double.CreateTruncating(x));

    /// <summary>Whether the fast way reads all of a text.</summary>
    private static bool Whole<TNumber>(string text, out TNumber value)
        where TNumber : unmanaged, IBinaryFloatingPointIeee754<TNumber>
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text + ";");
        Array.Resize(ref bytes, bytes.Length + Decimals.Padding);
        fixed (byte* first = bytes)
        {
            byte* stop = Decimals.Scan(first, out value);
            return stop != null && *stop == ';' && stop - first == bytes.Length - Decimals.Padding - 1;
        }
    }

    [Test]
    public void Usual_numbers_are_read_the_fast_way()
    {
        List<string> slow = [];
        foreach (string text in new[] { "0", "-1.5", "3.14159", "0.000123", "1e-3", "-123456.789", "1234567890123", "0.123456789012" })
        {
            if (!Whole(text, out T _))
                slow.Add(text);
        }

        Assert.That(slow, Is.Empty);
    }
}
