// The first look at a file of rows of text: where they begin, so that pieces of it can be parsed at once into one array.
//
// The file is cut into chunks of a fixed size. A row belongs to the chunk that its first byte is in. A chunk cannot know whether it
// begins within quotes, where a new line ends nothing; it supposes that it does not, and the few that were wrong are looked at again
// when all before them are known.
//
//   first, last   the places of the first and of the last row that begins in the chunk
//   rows          how many begin in it; lines that are empty or a comment are none

using System;
using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LinearNets.Kernels;

/// <summary>
/// The bytes that mean something; <paramref name="Comment"/> is −1 where there are no comments, and <paramref name="Quote"/> is the
/// newline where there are no quotes.
/// </summary>
internal readonly record struct TextDialect(byte Delimiter, byte Newline, byte Quote, int Comment);

/// <summary>Where in a row, or outside of one, a place is.</summary>
internal enum TextState : byte
{
    LineStart,
    Row,
    Quoted,
    Comment,
}

internal struct TextChunk
{
    /// <summary>The places of the first and of the last row that begins here; −1 if none does.</summary>
    public long First;
    public long Last;

    /// <summary>The place of the first byte 0, which no text has; −1 if there is none.</summary>
    public long Nul;
    public int Rows;
    public TextState Begin;
    public TextState End;
}

internal sealed class TextScan : IParts
{
    /// <summary>Small enough to stay in a core's second cache, large enough that a call for each costs nothing.</summary>
    internal const int ChunkBytes = 1 << 18;

    private readonly ByteSource source;
    private readonly long begin;
    private readonly TextDialect dialect;
    private readonly TextChunk[] chunks;
    private readonly byte[]?[] buffers;

    private TextScan(ByteSource source, long begin, TextDialect dialect, int threads)
    {
        this.source = source;
        this.begin = begin;
        this.dialect = dialect;
        chunks = new TextChunk[(int)((source.Length - begin + ChunkBytes - 1) / ChunkBytes)];
        buffers = new byte[]?[Math.Max(1, threads)];
    }

    /// <summary>The chunks from a place on, where a row begins.</summary>
    /// <exception cref="System.IO.EndOfStreamException">The file has shrunk.</exception>
    public static TextChunk[] Run(ByteSource source, long begin, TextDialect dialect, int threads)
    {
        var scan = new TextScan(source, begin, dialect, threads);
        try
        {
            Workers.Run(scan, scan.chunks.Length, threads);
            var state = TextState.LineStart;
            for (int i = 0; i < scan.chunks.Length; i++)
            {
                if (scan.chunks[i].Begin != state)
                    scan.Look(i, state, 0);
                state = scan.chunks[i].End;
            }

            return scan.chunks;
        }
        finally
        {
            foreach (byte[]? buffer in scan.buffers)
            {
                if (buffer is not null)
                    ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    void IParts.Do(int part, int worker) => Look(part, null, worker);

    /// <summary>Looks at a chunk that begins in a state, or in the likeliest.</summary>
    private void Look(int part, TextState? known, int worker)
    {
        // A byte before it tells whether a line begins with it, a byte behind it whether its last line is empty.
        byte[] buffer = buffers[worker] ??= ArrayPool<byte>.Shared.Rent(ChunkBytes + 2);
        long from = begin + (long)part * ChunkBytes;
        int before = part == 0 ? 0 : 1;
        int length = (int)Math.Min(ChunkBytes, source.Length - from);
        int behind = from + length < source.Length ? 1 : 0;
        source.Read(from - before, buffer.AsSpan(0, before + length + behind));
        if (behind == 0)
            buffer[before + length] = dialect.Newline;
        TextState state = known ?? (before == 0 || buffer[0] == dialect.Newline ? TextState.LineStart : TextState.Row);
        chunks[part] = Look(buffer.AsSpan(before, length + 1), state, from);
    }

    /// <summary>The last byte of the span is the first one behind the chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private TextChunk Look(ReadOnlySpan<byte> bytes, TextState state, long at)
    {
        int length = bytes.Length - 1;
        var chunk = new TextChunk { Begin = state, First = -1, Last = -1, Nul = -1 };
        if (state == TextState.LineStart)
            state = Line(bytes, 0, at, ref chunk);
        ref byte first = ref MemoryMarshal.GetReference(bytes);
        Vector256<byte> newline = Vector256.Create(dialect.Newline), quote = Vector256.Create(dialect.Quote);
        for (int i = 0; i < length; i += Vector256<byte>.Count)
        {
            uint events = 0;
            if (i <= length - Vector256<byte>.Count)
            {
                Vector256<byte> v = Vector256.LoadUnsafe(ref first, (nuint)i);
                events = (Vector256.Equals(v, newline) | Vector256.Equals(v, quote) | Vector256.Equals(v, Vector256<byte>.Zero))
                    .ExtractMostSignificantBits();
            }
            else
            {
                for (int j = i; j < length; j++)
                    events |= bytes[j] == dialect.Newline || bytes[j] == dialect.Quote || bytes[j] == 0 ? 1u << (j - i) : 0;
            }

            for (; events != 0; events &= events - 1)
            {
                int place = i + BitOperations.TrailingZeroCount(events);
                byte what = bytes[place];
                if (what == dialect.Newline)
                {
                    if (state != TextState.Quoted)
                        state = place + 1 < length ? Line(bytes, place + 1, at, ref chunk) : TextState.LineStart;
                }
                else if (what == 0)
                {
                    if (chunk.Nul < 0)
                        chunk.Nul = at + place;
                }
                else if (state != TextState.Comment)
                {
                    state = state == TextState.Quoted ? TextState.Row : TextState.Quoted;
                }
            }
        }

        chunk.End = state;
        return chunk;
    }

    /// <summary>The state behind the beginning of a line, which may be a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TextState Line(ReadOnlySpan<byte> bytes, int place, long at, ref TextChunk chunk)
    {
        byte what = bytes[place];
        if (what == dialect.Newline || (what == '\r' && bytes[place + 1] == dialect.Newline))
            return TextState.Row;
        if (what == dialect.Comment)
            return TextState.Comment;
        if (chunk.First < 0)
            chunk.First = at + place;
        chunk.Last = at + place;
        chunk.Rows++;
        return TextState.Row;
    }
}
