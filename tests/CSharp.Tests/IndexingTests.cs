using System;
using System.Linq;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

internal sealed class IndexingTests
{
    /// <summary>For every (o, i) slice, m of the numbers below n in any order.</summary>
    private static int[] Indices(int outer, int m, int inner, int n, int seed)
    {
        var random = new Random(seed);
        int[] indices = new int[outer * m * inner];
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < inner; i++)
            {
                int[] order = [.. Enumerable.Range(0, n)];
                random.Shuffle(order);
                for (int j = 0; j < m; j++)
                    indices[(o * m + j) * inner + i] = order[j];
            }
        }

        return indices;
    }

    [TestCase(256, 10, 1, 1)]
    [TestCase(3, 10, 1, 10)]
    [TestCase(2, 7, 5, 4)]
    [TestCase(2, 7, 5, 1)]
    [TestCase(2, 7, 5, 0)]
    [TestCase(0, 7, 5, 2)]
    public void Gather_takes_and_scatter_puts_back(int outer, int n, int inner, int m)
    {
        double[] x = Samples.Numbers<double>(outer * n * inner);
        int[] indices = Indices(outer, m, inner, n, seed: n);
        double[] gathered = new double[outer * m * inner];
        Indexing.Gather<double>(x, outer, n, inner, indices, m, gathered);
        double[] expected = new double[x.Length];
        for (int k = 0; k < gathered.Length; k++)
        {
            int place = (k / (m * inner) * n + indices[k]) * inner + k % inner;
            Assert.That(gathered[k], Is.EqualTo(x[place]));
            expected[place] = x[place];
        }

        double[] scattered = Samples.Numbers<double>(x.Length, seed: 2);
        Indexing.Scatter<double>(gathered, indices, outer, m, inner, n, scattered);
        Assert.That(scattered, Is.EqualTo(expected));
    }

    [TestCase(4)]
    [TestCase(-1)]
    [TestCase(int.MinValue)]
    public void An_index_outside_is_named(int index)
    {
        int[] indices = [0, 1, 2, 3, index, 1];
        foreach (Action move in new Action[]
        {
            () => Indexing.Gather<float>(new float[24], 6, 4, 1, indices, 1, new float[6]),
            () => Indexing.Scatter<float>(new float[6], indices, 6, 1, 1, 4, new float[24]),
        })
        {
            ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(move)!;
            Assert.That(error.ActualValue, Is.EqualTo(index));
            Assert.That(error.Message, Does.Contain("position 4 "));
        }
    }

    [Test]
    public void An_index_occurs_once_in_a_slice()
    {
        // The columns are slices: 2 twice in the second one.
        int[] indices = [1, 2, 2, 0, 0, 2];
        Assert.That(
            () => Indexing.Gather<float>(new float[8], 1, 4, 2, indices, 3, new float[6]),
            Throws.TypeOf<ArgumentException>().With.Message.Contains("position 5 "));
        Assert.That(
            () => Indexing.Scatter<float>(new float[6], indices, 1, 3, 2, 4, new float[8]),
            Throws.TypeOf<ArgumentException>().With.Message.Contains("position 5 "));
    }

    [TestCase(1, 1)]
    [TestCase(1, 9)]
    [TestCase(33, 1)]
    [TestCase(16, 16)]
    [TestCase(17, 47)]
    [TestCase(256, 10)]
    [TestCase(0, 3)]
    public void Transpose_swaps_rows_and_columns(int rows, int columns)
    {
        float[] x = Samples.Numbers<float>(rows * columns);
        float[] y = new float[x.Length];
        Indexing.Transpose<float>(x, rows, columns, y);
        Assert.That(y, Is.EqualTo(Enumerable.Range(0, x.Length).Select(k => x[k % rows * columns + k / rows])));
    }

    [TestCase(new int[0], new int[0], new int[0])]
    [TestCase(new[] { 10 }, new[] { 3 }, new[] { 4 })]
    [TestCase(new[] { 10 }, new[] { 10 }, new[] { 0 })]
    [TestCase(new[] { 6, 10 }, new[] { 2, 0 }, new[] { 3, 10 })]
    [TestCase(new[] { 6, 10 }, new[] { 0, 3 }, new[] { 6, 1 })]
    [TestCase(new[] { 6, 10 }, new[] { 1, 3 }, new[] { 4, 5 })]
    [TestCase(new[] { 6, 10 }, new[] { 5, 9 }, new[] { 1, 1 })]
    [TestCase(new[] { 3, 4, 5, 6 }, new[] { 1, 0, 2, 1 }, new[] { 2, 4, 2, 3 })]
    [TestCase(new[] { 3, 4, 5, 6 }, new[] { 1, 1, 0, 5 }, new[] { 2, 2, 5, 1 })]
    [TestCase(new[] { 2, 2, 2, 2, 2, 2, 2, 2, 2, 2 }, new[] { 0, 1, 0, 1, 0, 1, 0, 1, 0, 1 }, new[] { 2, 1, 2, 1, 2, 1, 2, 1, 2, 1 })]
    [TestCase(new[] { 0, 3 }, new[] { 0, 1 }, new[] { 0, 2 })]
    public void Slice_takes_a_box_and_unslice_puts_it_back(int[] shape, int[] start, int[] size)
    {
        double[] x = Samples.Numbers<double>(Samples.Product(shape));
        int[] places =
            [.. Samples.Positions(size).Select(p => Samples.Flat([.. p.Select((index, d) => index + start[d])], shape))];
        double[] slice = new double[places.Length];
        Indexing.Slice<double>(x, shape, start, size, slice);
        Assert.That(slice, Is.EqualTo(places.Select(place => x[place])));

        double[] back = Samples.Numbers<double>(x.Length, seed: 2);
        Indexing.Unslice<double>(slice, shape, start, size, back);
        Assert.That(back, Is.EqualTo(x.Select((value, k) => places.Contains(k) ? value : 0)));
    }

    [TestCase(new[] { 4 }, new[] { 2 }, new[] { 3 })]
    [TestCase(new[] { 4 }, new[] { -1 }, new[] { 3 })]
    [TestCase(new[] { 4 }, new[] { int.MaxValue }, new[] { 3 })]
    [TestCase(new[] { 4 }, new[] { 0, 0 }, new[] { 3 })]
    [TestCase(new[] { 4 }, new[] { 0 }, new[] { 1, 3 })]
    public void A_box_outside_is_an_error(int[] shape, int[] start, int[] size)
    {
        Assert.Throws<ArgumentException>(() => Indexing.Slice<int>(new int[4], shape, start, size, new int[3]));
        Assert.Throws<ArgumentException>(() => Indexing.Unslice<int>(new int[3], shape, start, size, new int[4]));
    }

    [Test]
    public void Lengths_have_to_agree()
    {
        Assert.Throws<ArgumentException>(() => Indexing.Gather<int>(new int[5], 2, 3, 1, new int[2], 1, new int[2]));
        Assert.Throws<ArgumentException>(() => Indexing.Gather<int>(new int[6], 2, 3, 1, new int[3], 1, new int[2]));
        Assert.Throws<ArgumentException>(() => Indexing.Scatter<int>(new int[2], new int[2], 2, 1, 1, 3, new int[5]));
        Assert.Throws<ArgumentException>(() => Indexing.Transpose<int>(new int[6], 2, 3, new int[5]));
        Assert.Throws<ArgumentException>(() => Indexing.Slice<int>(new int[4], [4], [0], [3], new int[2]));
        Assert.Throws<ArgumentException>(() => Indexing.Unslice<int>(new int[3], [4], [0], [3], new int[5]));
    }
}
