// Rows of text, parsed chunk by chunk by any number of threads, each into the rows that the scan gave it.
//
// The fault that is told is the first in the file: all chunks before it are parsed to their end.

using System;
using System.Buffers;
using System.Threading;

namespace LinearNets.Kernels;

internal enum TextProblem
{
    None,
    NotANumber,
    BeyondRange,
    Missing,
    TooFewFields,
    TooManyFields,
    QuoteInField,
    QuoteNotClosed,
    TextBehindQuote,
    CarriageReturn,
    FieldTooLong,
    RowTooLong,
    ZeroByte,
    NotUtf8,
    UnknownWord,
    TooManyWords,
    Changed,
    NotAPair,
    IndexTooSmall,
    IndexTooLarge,
    NotAscending,
    Query,
}

/// <summary>What is wrong, at which place of the file and in which column, and the beginning of what stands there.</summary>
internal sealed record TextFault(TextProblem Problem, long Place, int Column, string Text);

internal abstract unsafe class TextRows : IParts
{
    /// <summary>What is longer is no row, but a quote that was not closed.</summary>
    internal const int MostRowBytes = 1 << 26;

    /// <summary>What is read together with the first number, and belongs to nothing.</summary>
    private const int Before = Decimals.PaddingBefore;

    private readonly ByteSource source;
    private readonly TextChunk[] chunks;
    private readonly byte newline;
    private readonly int[] firstRows;
    private readonly TextFault?[] faults;
    private int firstFault = int.MaxValue;

    /// <summary>The chunks' rows are fewer than 2³¹.</summary>
    protected TextRows(ByteSource source, TextChunk[] chunks, byte newline)
    {
        this.source = source;
        this.chunks = chunks;
        this.newline = newline;
        faults = new TextFault?[chunks.Length];
        firstRows = new int[chunks.Length];
        for (int i = 1; i < chunks.Length; i++)
            firstRows[i] = checked(firstRows[i - 1] + chunks[i - 1].Rows);
    }

    /// <summary>The first fault of the file; null if there is none.</summary>
    /// <exception cref="System.IO.EndOfStreamException">The file has shrunk.</exception>
    public TextFault? Run(int threads)
    {
        Workers.Run(this, chunks.Length, threads);
        return firstFault < faults.Length ? faults[firstFault] : null;
    }

    void IParts.Do(int part, int worker)
    {
        TextChunk chunk = chunks[part];
        if (chunk.Rows == 0 || part > Volatile.Read(ref firstFault))
            return;
        int next = part + 1;
        while (next < chunks.Length && chunks[next].Rows == 0)
            next++;
        long end = next < chunks.Length ? chunks[next].First : source.Length;
        if (end - chunk.Last > MostRowBytes)
        {
            Refuse(part, new TextFault(TextProblem.RowTooLong, chunk.Last, 0, ""));
            return;
        }

        int length = (int)(end - chunk.First);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Before + length + 1 + FieldWindow.Padding);
        try
        {
            source.Read(chunk.First, buffer.AsSpan(Before, length));
            // Every loop over bytes ends here at the latest.
            buffer[Before + length] = newline;
            fixed (byte* bytes = buffer)
            {
                if (Parse(bytes + Before, bytes + Before + length, firstRows[part], chunk.Rows, part) is { } fault)
                    Refuse(part, fault with { Place = chunk.First + fault.Place });
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Parses so many rows between two places, behind which is a newline; the place of a fault counts from the first.</summary>
    protected abstract TextFault? Parse(byte* begin, byte* end, int firstRow, int rows, int part);

    private void Refuse(int part, TextFault fault)
    {
        faults[part] = fault;
        int seen = Volatile.Read(ref firstFault);
        while (part < seen)
        {
            int found = Interlocked.CompareExchange(ref firstFault, part, seen);
            if (found == seen)
                return;
            seen = found;
        }
    }
}
