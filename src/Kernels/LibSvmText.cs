// Sparse rows written as text, in the format of LIBSVM and SVMlight.
//
//   row     label [qid:whole] (index:number)* [# comment] newline
//
// Rows come out as three arrays: row i has the values from starts[i] to before starts[i + 1], each in its column, and columns ascend
// within a row. Values are counted first, so that each chunk knows where its own begin.

using System;
using System.Numerics;

namespace LinearNets.Kernels;

/// <summary>How sparse rows are written: the first index, whether a qid is passed over, whether indices come in any order.</summary>
internal readonly record struct LibSvmDialect(int First, int MostColumns, bool IgnoreQueries, bool Sort);

internal static class LibSvmText
{
    /// <summary>Lines end with a newline, comments begin with #, nothing is quoted.</summary>
    public static readonly TextDialect Dialect = new((byte)' ', (byte)'\n', (byte)'\n', '#');

    internal static bool IsBlank(byte what) => what is (byte)' ' or (byte)'\t' or (byte)'\r';

    internal static bool Ends(byte what) => what is (byte)'\n' or (byte)'#' || IsBlank(what);
}

/// <summary>How many values the rows of each chunk can have: as many as there are colons outside of comments.</summary>
internal sealed unsafe class LibSvmCount(ByteSource source, TextChunk[] chunks) : TextRows(source, chunks, LibSvmText.Dialect.Newline)
{
    public long[] Values { get; } = new long[chunks.Length];

    protected override TextFault? Parse(byte* begin, byte* end, int firstRow, int rows, int part)
    {
        var bytes = new ReadOnlySpan<byte>(begin, (int)(end - begin));
        while (bytes.Length > 0)
        {
            int length = bytes.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = length < 0 ? bytes : bytes[..length];
            bytes = bytes[Math.Min(bytes.Length, line.Length + 1)..];
            int comment = line.IndexOf((byte)'#');
            if (comment >= 0)
                line = line[..comment];
            Values[part] += line.Count((byte)':') - (line.IndexOf("qid:"u8) >= 0 ? 1 : 0);
        }

        return null;
    }
}

internal sealed unsafe class LibSvmRows<T> : TextRows
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LibSvmDialect dialect;
    private readonly long[] firstValues;
    private readonly double[] labels;
    private readonly int[] starts;
    private readonly int[] columns;
    private readonly T[] values;
    private readonly int[] widths;

    /// <summary>There are as many labels and starts as rows, and columns and values as the counts come to.</summary>
    public LibSvmRows(
        ByteSource source, TextChunk[] chunks, LibSvmDialect dialect, long[] counts, double[] labels, int[] starts, int[] columns, T[] values)
        : base(source, chunks, LibSvmText.Dialect.Newline)
    {
        this.dialect = dialect;
        this.labels = labels;
        this.starts = starts;
        this.columns = columns;
        this.values = values;
        widths = new int[chunks.Length];
        firstValues = new long[chunks.Length + 1];
        for (int i = 0; i < chunks.Length; i++)
            firstValues[i + 1] = firstValues[i] + counts[i];
    }

    /// <summary>One more than the largest column.</summary>
    public int Width
    {
        get
        {
            int most = 0;
            foreach (int width in widths)
                most = Math.Max(most, width);
            return most;
        }
    }

    protected override TextFault? Parse(byte* begin, byte* end, int firstRow, int rows, int part)
    {
        int at = (int)firstValues[part];
        int row = firstRow;
        byte* p = begin;
        while (p < end)
        {
            if (*p == '\n' || (*p == '\r' && p[1] == '\n') || *p == '#')
            {
                while (*p != '\n')
                    p++;
                p++;
                continue;
            }

            if (row == firstRow + rows)
                return new TextFault(TextProblem.Changed, p - begin, 0, "");
            starts[row] = at;
            byte* line = p;
            TextProblem problem = Row(ref p, row, ref at, (int)firstValues[part + 1], out ReadOnlySpan<byte> text);
            if (problem != TextProblem.None)
                return new TextFault(problem, line - begin, 0, CsvText.Print(text));
            for (int i = starts[row]; i < at; i++)
                widths[part] = Math.Max(widths[part], columns[i] + 1);
            row++;
        }

        return row == firstRow + rows && at == firstValues[part + 1] ? null : new TextFault(TextProblem.Changed, p - begin, 0, "");
    }

    private TextProblem Row(ref byte* p, int row, ref int at, int most, out ReadOnlySpan<byte> text)
    {
        text = Token(p);
        TextProblem problem = Number(ref p, text, out labels[row]);
        if (problem != TextProblem.None)
            return problem;
        int first = at;
        bool ascends = true, queried = false;
        while (true)
        {
            while (LibSvmText.IsBlank(*p))
                p++;
            if (*p is (byte)'\n' or (byte)'#')
                break;
            text = Token(p);
            if (text.StartsWith("qid:"u8) && at == first)
            {
                if (!dialect.IgnoreQueries || queried || text[4..].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
                    return TextProblem.Query;
                queried = true;
                p += text.Length;
                continue;
            }

            problem = Index(ref p, out int column);
            if (problem != TextProblem.None)
                return problem;
            // Another count than a moment ago: the file has changed.
            if (at == most)
                return TextProblem.Changed;
            if (at > first && column <= columns[at - 1])
            {
                if (!dialect.Sort)
                    return TextProblem.NotAscending;
                ascends = false;
            }

            columns[at] = column;
            problem = Number(ref p, text[(int)(text.IndexOf((byte)':') + 1)..], out values[at]);
            if (problem != TextProblem.None)
                return problem;
            at++;
        }

        while (*p != '\n')
            p++;
        p++;
        return ascends ? TextProblem.None : Sort(first, at - first, out text);
    }

    /// <summary>What is up to the next blank, comment or end of the line.</summary>
    private static ReadOnlySpan<byte> Token(byte* p)
    {
        byte* q = p;
        while (!LibSvmText.Ends(*q))
            q++;
        return new ReadOnlySpan<byte>(p, (int)(q - p));
    }

    private TextProblem Index(ref byte* p, out int column)
    {
        long index = 0;
        column = 0;
        byte* q = p;
        bool negative = *q == '-';
        if (negative)
            q++;
        byte* first = q;
        for (uint digit; (digit = *q - (uint)'0') <= 9; q++)
            index = Math.Min(10 * index + digit, 1L << 40);
        if (q == first || *q != ':')
            return TextProblem.NotAPair;
        if (negative || index < dialect.First)
            return TextProblem.IndexTooSmall;
        if (index - dialect.First >= dialect.MostColumns)
            return TextProblem.IndexTooLarge;
        column = (int)(index - dialect.First);
        p = q + 1;
        return TextProblem.None;
    }

    /// <summary>The number at a place, which moves behind it; the text is the same number.</summary>
    private static TextProblem Number<TNumber>(ref byte* p, ReadOnlySpan<byte> text, out TNumber value)
        where TNumber : unmanaged, IBinaryFloatingPointIeee754<TNumber>
    {
        byte* stop = Decimals.Scan(p, out value);
        if (stop != null && LibSvmText.Ends(*stop))
        {
            p = stop;
            return TextProblem.None;
        }

        p += text.Length;
        if (!Decimals.TryParse(text, out value))
            return TextProblem.NotANumber;
        return TNumber.IsFinite(value) ? TextProblem.None : TextProblem.BeyondRange;
    }

    /// <summary>Puts the columns of a row in order; one that is there twice is refused.</summary>
    private TextProblem Sort(int first, int count, out ReadOnlySpan<byte> text)
    {
        text = default;
        Span<int> sorted = columns.AsSpan(first, count);
        sorted.Sort(values.AsSpan(first, count));
        for (int i = 1; i < count; i++)
        {
            if (sorted[i] == sorted[i - 1])
            {
                text = System.Text.Encoding.ASCII.GetBytes($"{sorted[i] + dialect.First}");
                return TextProblem.NotAscending;
            }
        }

        return TextProblem.None;
    }
}
