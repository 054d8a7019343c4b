using System;
using System.Linq;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

internal sealed class PickRowsTests
{
    private static readonly int[] Widths = [0, 1, 2, 31, 32, 33, 64, 127, 784, 5000];

    private static int[] Order(int rows) => [.. Enumerable.Range(0, 3 * rows).Select(i => i * 7 % rows)];

    private static T[] Expected<T>(T[] x, int columns, int[] rows) =>
        [.. rows.SelectMany(row => x.AsSpan(row * columns, columns).ToArray())];

    [Test]
    public void Rows_are_copied([ValueSource(nameof(Widths))] int columns, [Values(1, 2, 30)] int rows)
    {
        float[] x = Samples.Numbers<float>(rows * columns);
        int[] order = Order(rows);
        var y = new float[order.Length * columns];
        PickRows.Copy<float>(x, columns, order, y);
        Assert.That(y, Is.EqualTo(Expected(x, columns, order)));
    }

    [Test]
    public void Bytes_become_floats([ValueSource(nameof(Widths))] int columns, [Values(1, 2, 30)] int rows)
    {
        byte[] x = [.. Enumerable.Range(0, rows * columns).Select(i => (byte)(i * 37))];
        int[] order = Order(rows);
        var y = new float[order.Length * columns];
        PickRows.Widen(x, columns, order, y);
        Assert.That(y, Is.EqualTo(Expected(x, columns, order).Select(b => (float)b)));
    }

    [Test]
    public void Threads_share_the_rows([Values(1, 32, 784)] int columns, [Values(1, 400, 5000)] int rows, [Values(2, 3)] int threads)
    {
        byte[] x = [.. Enumerable.Range(0, rows * columns).Select(i => (byte)(i * 37))];
        int[] order = [.. Order(rows).Take(rows)];
        float[] one = new float[rows * columns], shared = new float[rows * columns];
        PickRows.Widen(x, columns, order, one);
        PickRows.Widen(x, columns, order, shared, threads);
        Assert.That(shared.AsSpan().SequenceEqual(one));
        PickRows.Copy<float>(one, columns, order, shared, threads);
        Assert.That(shared.AsSpan().SequenceEqual(Expected(one, columns, order)));
        if (rows > 1)
            Assert.Throws<ArgumentOutOfRangeException>(() => PickRows.Widen(x, columns, [.. order[1..], rows], new float[rows * columns], threads));
    }

    [Test]
    public void A_row_that_is_not_there_is_refused([Values(-1, 3, int.MinValue, int.MaxValue)] int row)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => PickRows.Copy<double>(new double[6], 2, [0, row], new double[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => PickRows.Widen(new byte[6], 2, [0, row], new float[4]));
        // Also where it is asked for ahead of its turn.
        int[] far = [.. Enumerable.Repeat(0, 5000), row];
        Assert.Throws<ArgumentOutOfRangeException>(() => PickRows.Widen(new byte[6], 2, far, new float[10002]));
    }

    [Test]
    public void A_length_that_does_not_fit_is_refused()
    {
        Assert.Throws<ArgumentException>(() => PickRows.Copy<float>(new float[6], 2, [0, 1], new float[3]));
        Assert.Throws<ArgumentException>(() => PickRows.Widen(new byte[6], 2, [0, 1], new float[5]));
        Assert.Throws<ArgumentException>(() => PickRows.Widen(new byte[6], new float[5]));
    }
}
