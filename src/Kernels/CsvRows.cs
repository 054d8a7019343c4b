// The rows of a CSV file, parsed in place: numbers into the rows of one array, the words of a category into what they stand for.
//
//   row     field (delimiter field)* newline          as many fields in every row
//   field   anything without delimiter, quote, newline | " (anything, quotes doubled) "
//
// Blanks around a field are no part of it, nor is a carriage return before the newline. Plain numbers, which are nearly all, are read
// by the window (FieldWindow.cs), and a row of nothing else is taken as a whole. In any other row, field by field, what the window could
// not read is taken out first, checked, and then looked at: quotes, words, what is missing, and every fault are met there only.
//
// Chunks are parsed by any number of threads, each into the rows that the scan gave it. The fault that is told is the first in the
// file: all chunks before it are parsed to their end.

using System;
using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Numerics;
using System.Text;
using System.Text.Unicode;
using System.Threading;

namespace LinearNets.Kernels;

/// <summary>The words of a column, and what they stand for: collected, or known and numbered.</summary>
internal sealed class CsvWords
{
    private readonly ConcurrentDictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly bool collect;

    /// <summary>Collects up to so many words.</summary>
    public CsvWords(int most)
    {
        collect = true;
        Most = most;
    }

    /// <summary>
    /// Numbers the words as they come; <paramref name="place"/> is that of the first in a row of features, or −1 for labels. So many of
    /// the first words have no place: none, or one.
    /// </summary>
    public CsvWords(IReadOnlyList<string> words, int place, int without = 0)
    {
        for (int i = 0; i < words.Count; i++)
            numbers[words[i]] = i;
        Place = place;
        Without = without;
    }

    public int Place { get; } = -1;

    /// <summary>How many words may be collected.</summary>
    public int Most { get; }

    /// <summary>What was collected, in no order.</summary>
    public ICollection<string> Collected => numbers.Keys;

    /// <summary>How many of the first words have no place in a row.</summary>
    public int Without { get; }

    /// <summary>How many places there are in a row.</summary>
    public int Width => numbers.Count - Without;

    internal TextProblem Find(ReadOnlySpan<byte> text, out int number)
    {
        const int Short = 256;
        char[]? longer = text.Length > Short ? ArrayPool<char>.Shared.Rent(text.Length) : null;
        Span<char> characters = longer ?? stackalloc char[Short];
        number = -1;
        try
        {
            if (Utf8.ToUtf16(text, characters, out _, out int count, replaceInvalidSequences: false) != OperationStatus.Done)
                return TextProblem.NotUtf8;
            ReadOnlySpan<char> word = characters[..count];
            if (numbers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out number))
                return TextProblem.None;
            if (!collect)
                return TextProblem.UnknownWord;
            numbers.TryAdd(word.ToString(), 0);
            return numbers.Count > Most ? TextProblem.TooManyWords : TextProblem.None;
        }
        finally
        {
            if (longer is not null)
                ArrayPool<char>.Shared.Return(longer);
        }
    }
}

/// <summary>What becomes of the fields of a row.</summary>
internal sealed class CsvPlan
{
    public const int Skipped = -1;
    public const int Target = -2;

    /// <summary>The first of the columns of words: −3, −4 … are the first, the second … of <see cref="Words"/>.</summary>
    public const int FirstWords = -3;

    public required TextDialect Dialect { get; init; }

    /// <summary>For each column its place in a row of features, or one of the constants.</summary>
    public required int[] Columns { get; init; }

    /// <summary>How many features a row has.</summary>
    public required int Width { get; init; }

    public required CsvWords[] Words { get; init; }

    /// <summary>What stands where a value is missing.</summary>
    public required byte[][] Markers { get; init; }

    /// <summary>Whether a value may be missing: it is NaN then, or a label −1.</summary>
    public required bool MayMiss { get; init; }
}

internal sealed unsafe class CsvRows<T> : TextRows
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A field of more bytes is no number.</summary>
    internal const int MostFieldBytes = 1 << 20;

    /// <summary>A word of more bytes is no name of anything.</summary>
    internal const int MostWordBytes = 1 << 12;

    private readonly CsvPlan plan;
    private readonly T[] features;
    private readonly double[]? targets;
    private readonly int[]? labels;
    private readonly int target;
    private readonly (int Column, int Place, int Count)[] runs;

    // A number that stands for a missing one must not be taken for itself.
    private readonly bool mayTakeNumbers;
    private readonly bool onlyNumbers;
    private int missing;

    /// <summary>Features are rows of the plan's width; there are targets or labels, or neither where words are collected.</summary>
    public CsvRows(ByteSource source, CsvPlan plan, TextChunk[] chunks, T[] features, double[]? targets, int[]? labels)
        : base(source, chunks, plan.Dialect.Newline)
    {
        this.plan = plan;
        this.features = features;
        this.targets = targets;
        this.labels = labels;
        mayTakeNumbers = !Array.Exists(plan.Markers, marker => Decimals.IsNumber(marker));
        target = Array.IndexOf(plan.Columns, CsvPlan.Target);
        runs = Runs(plan.Columns);
        onlyNumbers = mayTakeNumbers && Array.TrueForAll(plan.Columns, place => place is >= 0 or CsvPlan.Target);
    }

    /// <summary>Columns next to each other that are features next to each other.</summary>
    private static (int Column, int Place, int Count)[] Runs(int[] columns)
    {
        var runs = new List<(int Column, int Place, int Count)>();
        for (int column = 0, count; column < columns.Length; column += count)
        {
            int place = columns[column];
            for (count = 1; place >= 0 && column + count < columns.Length && columns[column + count] == place + count;)
                count++;
            if (place >= 0)
                runs.Add((column, place, count));
        }

        return [.. runs];
    }

    /// <summary>How many values were missing.</summary>
    public int Missing => missing;

    protected override TextFault? Parse(byte* begin, byte* end, int firstRow, int rows, int part)
    {
        int columns = plan.Columns.Length;
        double[] room = ArrayPool<double>.Shared.Rent(FieldWindow.Room(columns));
        try
        {
            fixed (T* x = features)
            fixed (double* start = room)
            {
                var window = new FieldWindow(begin, end, plan.Dialect, columns, Simd.Chosen, start);
                return Parse(begin, end, x + (long)firstRow * plan.Width, firstRow, rows, ref window);
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(room);
        }
    }

    /// <summary>Parses the rows between two places; the place of a fault counts from the first.</summary>
    private TextFault? Parse(byte* begin, byte* end, T* x, int row, int left, ref FieldWindow window)
    {
        TextDialect dialect = plan.Dialect;
        byte* p = begin;
        while (p < end)
        {
            if (left > 0 && onlyNumbers && window.FieldsFrom(p) == plan.Columns.Length && Numbers(window.Values, x, row))
            {
                p = window.Pass();
                x += plan.Width;
                row++;
                left--;
                continue;
            }

            if (*p == dialect.Newline || (*p == '\r' && p[1] == dialect.Newline) || *p == dialect.Comment)
            {
                while (*p != dialect.Newline)
                    p++;
                p++;
                continue;
            }

            if (left-- == 0)
                return new TextFault(TextProblem.Changed, p - begin, 0, "");
            if (Row(ref p, end, x, row, ref window) is { } fault)
                return fault with { Place = fault.Place - (long)begin };
            x += plan.Width;
            row++;
        }

        return left == 0 ? null : new TextFault(TextProblem.Changed, p - begin, 0, "");
    }

    /// <summary>Takes the values of a row of numbers; false if some are none.</summary>
    private bool Numbers(double* values, T* x, int row)
    {
        foreach ((int column, int place, int count) in runs)
        {
            if (!Decimals.Narrow(values + column, x + place, count))
                return false;
        }

        if (targets is null)
            return true;
        double y = values[target];
        targets[row] = y;
        return !double.IsNaN(y);
    }

    /// <summary>Parses a row of any fields; the place of a fault is that in memory.</summary>
    private TextFault? Row(ref byte* p, byte* end, T* x, int row, ref FieldWindow window)
    {
        TextDialect dialect = plan.Dialect;
        int[] columns = plan.Columns;
        int last = columns.Length - 1;
        for (int column = 0; column < columns.Length; column++)
        {
            int place = columns[column];
            if (mayTakeNumbers && (place >= 0 || place == CsvPlan.Target) && window.Number(p, out double value, out byte* stop) && Put(value, x, row, place))
            {
                p = stop;
            }
            else
            {
                byte* field = p;
                TextProblem problem = Field(ref p, end, x, row, place, out ReadOnlySpan<byte> text);
                if (problem != TextProblem.None)
                    return new TextFault(problem, (long)(problem == TextProblem.QuoteInField ? p : field), column, CsvText.Print(text));
            }

            if (*p == dialect.Delimiter)
            {
                if (column == last)
                    return new TextFault(TextProblem.TooManyFields, (long)p, column, "");
                p++;
            }
            else
            {
                if (column < last)
                    return new TextFault(TextProblem.TooFewFields, (long)p, column, "");
                p += *p == dialect.Newline ? 1 : 2;
            }
        }

        return null;
    }

    /// <summary>Puts a number in its place; false if it has to be rounded from its text.</summary>
    private bool Put(double value, T* x, int row, int place)
    {
        if (place >= 0)
            return Decimals.Narrow(&value, x + place, 1);
        targets![row] = value;
        return true;
    }

    /// <summary>Takes out a field, puts what it stands for in its place, and moves behind it; text is as much of it as was taken out.</summary>
    private TextProblem Field(ref byte* p, byte* end, T* x, int row, int place, out ReadOnlySpan<byte> text)
    {
        TextProblem problem = CsvText.Take(ref p, end, plan.Dialect, out text);
        if (problem != TextProblem.None || place == CsvPlan.Skipped)
            return problem;
        if (text.Length > (place > CsvPlan.FirstWords ? MostFieldBytes : MostWordBytes))
            return TextProblem.FieldTooLong;
        if (IsMissing(text))
            return Miss(x, row, place);
        return place > CsvPlan.FirstWords ? Number(text, x, row, place) : Word(text, x, row, plan.Words[CsvPlan.FirstWords - place]);
    }

    private TextProblem Number(ReadOnlySpan<byte> text, T* x, int row, int place)
    {
        if (place == CsvPlan.Target)
        {
            if (!Decimals.TryParse(text, out double target))
                return TextProblem.NotANumber;
            targets![row] = target;
            return double.IsFinite(target) ? TextProblem.None : TextProblem.BeyondRange;
        }

        if (!Decimals.TryParse(text, out T value))
            return TextProblem.NotANumber;
        x[place] = value;
        return T.IsFinite(value) ? TextProblem.None : TextProblem.BeyondRange;
    }

    private TextProblem Word(ReadOnlySpan<byte> text, T* x, int row, CsvWords words)
    {
        TextProblem problem = words.Find(text, out int number);
        if (problem != TextProblem.None)
            return problem;
        if (words.Place >= 0)
        {
            new Span<T>(x + words.Place, words.Width).Clear();
            if (number >= words.Without)
                x[words.Place + number - words.Without] = T.One;
        }
        else if (labels is not null)
        {
            labels[row] = number;
        }

        return TextProblem.None;
    }

    private TextProblem Miss(T* x, int row, int place)
    {
        if (!plan.MayMiss)
            return TextProblem.Missing;
        Interlocked.Increment(ref missing);
        CsvWords? words = place <= CsvPlan.FirstWords ? plan.Words[CsvPlan.FirstWords - place] : null;
        if (place == CsvPlan.Target)
            targets![row] = double.NaN;
        else if (place >= 0)
            x[place] = T.NaN;
        else if (words!.Place >= 0)
            new Span<T>(x + words.Place, words.Width).Fill(T.NaN);
        else if (labels is not null)
            labels[row] = -1;
        return TextProblem.None;
    }

    private bool IsMissing(ReadOnlySpan<byte> text)
    {
        foreach (byte[] marker in plan.Markers)
        {
            if (text.SequenceEqual(marker))
                return true;
        }

        return false;
    }
}

/// <summary>The fields of rows as text.</summary>
internal static unsafe class CsvText
{
    private const byte Quote = (byte)'"';

    /// <summary>The fields of the row that the bytes begin with, up to so many, and how long it is.</summary>
    public static (TextProblem Problem, int Length) Split(ReadOnlySpan<byte> bytes, TextDialect dialect, int most, List<byte[]> fields)
    {
        byte[] buffer = new byte[bytes.Length + 1];
        bytes.CopyTo(buffer);
        buffer[^1] = dialect.Newline;
        fixed (byte* begin = buffer)
        {
            byte* p = begin, end = begin + bytes.Length;
            while (true)
            {
                TextProblem problem = Take(ref p, end, dialect, out ReadOnlySpan<byte> text);
                if (problem != TextProblem.None)
                    return (problem, (int)(p - begin));
                fields.Add(text.ToArray());
                if (*p != dialect.Delimiter || fields.Count == most)
                    return (TextProblem.None, Math.Min(bytes.Length, (int)(p - begin) + (*p == dialect.Newline ? 1 : 2)));
                p++;
            }
        }
    }

    /// <summary>The text of the field that begins at a place, which moves behind it, to a delimiter or the end of the row.</summary>
    public static TextProblem Take(ref byte* p, byte* end, TextDialect dialect, out ReadOnlySpan<byte> text)
    {
        byte* q = p;
        while (IsBlank(*q, dialect))
            q++;
        if (*q == Quote)
            return TakeQuoted(ref p, q + 1, end, dialect, out text);
        int length = new ReadOnlySpan<byte>(q, (int)(end - q) + 1).IndexOfAny(dialect.Delimiter, dialect.Newline, Quote);
        byte* stop = q + length;
        text = new ReadOnlySpan<byte>(q, length);
        if (*stop == Quote)
        {
            p = stop;
            return TextProblem.QuoteInField;
        }

        if (*stop == dialect.Newline && length > 0 && stop[-1] == '\r')
            stop--;
        p = stop;
        while (stop > q && IsBlank(stop[-1], dialect))
            stop--;
        text = new ReadOnlySpan<byte>(q, (int)(stop - q));
        return text.Contains((byte)'\r') ? TextProblem.CarriageReturn : TextProblem.None;
    }

    /// <summary>The beginning of a text, for people.</summary>
    public static string Print(ReadOnlySpan<byte> text)
    {
        const int Most = 40;
        var shown = new StringBuilder();
        foreach (Rune rune in Encoding.UTF8.GetString(text[..Math.Min(text.Length, 4 * Most)]).EnumerateRunes())
        {
            if (shown.Length >= Most)
                return shown.Append('…').ToString();
            shown.Append(Rune.IsControl(rune) ? Rune.ReplacementChar : rune);
        }

        return shown.ToString();
    }

    private static TextProblem TakeQuoted(ref byte* p, byte* q, byte* end, TextDialect dialect, out ReadOnlySpan<byte> text)
    {
        byte* first = q;
        bool doubled = false;
        while (true)
        {
            int length = new ReadOnlySpan<byte>(q, (int)(end - q)).IndexOf(Quote);
            text = new ReadOnlySpan<byte>(first, (int)((length < 0 ? end : q + length) - first));
            if (length < 0)
                return TextProblem.QuoteNotClosed;
            q += length + 1;
            if (*q != Quote)
                break;
            doubled = true;
            q++;
        }

        if (doubled)
            text = Undouble(text);
        while (IsBlank(*q, dialect))
            q++;
        if (*q != dialect.Delimiter && *q != dialect.Newline && !(*q == '\r' && q[1] == dialect.Newline))
            return TextProblem.TextBehindQuote;
        p = q;
        return TextProblem.None;
    }

    private static byte[] Undouble(ReadOnlySpan<byte> text)
    {
        byte[] single = new byte[text.Length];
        int length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            single[length++] = text[i];
            if (text[i] == Quote)
                i++;
        }

        return single[..length];
    }

    private static bool IsBlank(byte what, TextDialect dialect) =>
        what is (byte)' ' or (byte)'\t' && what != dialect.Delimiter;
}
