// Some of the rows of a chunk, looked at as a whole: where their fields end, which of the ends are newlines, and the numbers in them.
//
//   ends    [n]   every delimiter and newline, by a comparison of 64 bytes at a time
//   lines   [m]   which of the ends are newlines
//   values  [n]   the number between an end and the one before it; NaN where that is no plain number
//
// Read one after the other, the end of a number would be known only when its last digit is read, and the next one could not be
// begun before; and what kind of field comes next would be asked for each. Here each of the loops does one thing to all fields.
//
// Quotes and comments are not looked at: whoever walks over the rows meets them, and goes on from behind them (Seek).

using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LinearNets.Kernels;

internal unsafe ref struct FieldWindow
{
    /// <summary>How many bytes behind the text are read with it.</summary>
    public const int Padding = Block + Decimals.Padding;

    private const int Block = 64;

    /// <summary>Ends are written so many at a time, needed or not: most blocks have fewer.</summary>
    private const int AtOnce = 8;

    /// <summary>So many fields, and what is known of them, stay in a core's first cache.</summary>
    private const int UsualFields = 1024;

    // A block may begin when all but one are found.
    private const int Slack = Block + AtOnce;

    private readonly byte* end;
    private readonly byte delimiter;
    private readonly byte newline;
    private readonly SimdWidth width;
    private readonly int capacity;
    private readonly int* ends;
    private readonly int* lines;
    private readonly double* values;
    private byte* begin;
    private int count;
    private int lineCount;

    /// <summary>Looks at a text from its beginning; room is that which rows of so many columns take (<see cref="Room"/>).</summary>
    public FieldWindow(byte* begin, byte* end, TextDialect dialect, int columns, SimdWidth width, double* room)
    {
        this.end = end;
        this.width = width;
        delimiter = dialect.Delimiter;
        newline = dialect.Newline;
        capacity = Capacity(columns);
        values = room;
        // The place before the first end is the beginning.
        ends = (int*)(room + capacity + Slack) + 1;
        lines = ends + capacity + Slack;
        Look(begin);
    }

    /// <summary>The first field that has not been passed.</summary>
    public int Field { get; private set; }

    /// <summary>The line that it is in.</summary>
    public int Line { get; private set; }

    /// <summary>How many doubles of room there must be.</summary>
    public static int Room(int columns) => 2 * (Capacity(columns) + Slack) + 1;

    /// <summary>The fields of the line that begins at a place, if the end of it is near; otherwise there are none.</summary>
    public int FieldsFrom(byte* place)
    {
        Seek(place);
        if (Line == lineCount && begin != place)
            Look(place);
        return Line < lineCount ? lines[Line] - Field + 1 : 0;
    }

    /// <summary>The values of the fields that have not been passed.</summary>
    public readonly double* Values => values + Field;

    /// <summary>Passes the rest of the line, and tells where the next one begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Pass()
    {
        int last = lines[Line++];
        Field = last + 1;
        return begin + ends[last] + 1;
    }

    /// <summary>The number that the field that begins at a place is, and the place behind it; false if it is no plain number.</summary>
    public bool Number(byte* place, out double value, out byte* stop)
    {
        Seek(place);
        value = values[Field];
        stop = begin + ends[Field];
        if (stop[-1] == '\r' && *stop == newline)
            stop--;
        return begin + ends[Field - 1] + 1 == place && !double.IsNaN(value);
    }

    /// <summary>Passes all that ends before a place.</summary>
    private void Seek(byte* place)
    {
        while (Field < count && begin + ends[Field] < place)
            Field++;
        if (Field == count)
            Look(place);
        while (Line < lineCount && lines[Line] < Field)
            Line++;
    }

    private static int Capacity(int columns) => Math.Max(UsualFields, 2 * columns);

    /// <summary>Looks at what begins at a place.</summary>
    private void Look(byte* place)
    {
        begin = place;
        Field = Line = 0;
        ends[-1] = -1;
        FindEnds();
        // What is not a whole line is looked at again.
        if (lineCount > 0)
            count = lines[lineCount - 1] + 1;
        Decimals.Between(begin, ends, count, newline, values, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FindEnds()
    {
        int found = 0, foundLines = 0;
        // What stands at the end is a newline, so that there is one end at least.
        for (byte* p = begin; found < capacity && p <= end; p += Block)
        {
            ulong newlines = Where(p, newline), both = newlines | Where(p, delimiter);
            int offset = (int)(p - begin), next = found + BitOperations.PopCount(both);
            for (; newlines != 0; newlines &= newlines - 1)
                lines[foundLines++] = found + BitOperations.PopCount(both & (newlines ^ (newlines - 1))) - 1;
            do
            {
                for (int i = 0; i < AtOnce; i++)
                {
                    ends[found + i] = offset + BitOperations.TrailingZeroCount(both);
                    both &= both - 1;
                }

                found += AtOnce;
            }
            while (found < next);
            found = next;
        }

        count = found;
        lineCount = foundLines;
    }

    /// <summary>A bit for each byte of a block: whether it is that one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Where(byte* p, byte what)
    {
        if (Vector512.IsHardwareAccelerated)
            return Vector512.Equals(Vector512.Load(p), Vector512.Create(what)).ExtractMostSignificantBits();
        Vector256<byte> low = Vector256.Equals(Vector256.Load(p), Vector256.Create(what));
        Vector256<byte> high = Vector256.Equals(Vector256.Load(p + Vector256<byte>.Count), Vector256.Create(what));
        return low.ExtractMostSignificantBits() | ((ulong)high.ExtractMostSignificantBits() << Vector256<byte>.Count);
    }
}
