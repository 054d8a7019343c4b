// Rows of features, whatever they are made of: one type, so that each way to fit and to predict stands once.
//
//   values [n; d]     a matrix, or memory row after row; rows that are arrays of their own are put together first
//
// A prediction reads values where they are. A data set, which never changes, copies them.

using System;
using System.Collections;
using System.Collections.Generic;
using System.ComponentModel;
using System.Linq;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LinearNets;

/// <summary>Rows of features: whatever takes them takes <c>double[,]</c>, <c>float[,]</c>, <c>double[][]</c>, <c>float[][]</c>,
/// <c>byte[][]</c>, lists of such rows and <c>[[1, 2], [3, 4]]</c> as they are.</summary>
/// <remarks>Numbers are of 64 bits unless they are given as floats or bytes: a model is trained in 64 bits on doubles and in 32 bits on others.
/// Matrices and memory are not copied, so they must not change before they are used; rows that are arrays of their own are.</remarks>
/// <example><code>
/// float[] values = [120, 7, 80, 30, 95, 12, 60, 3];            // row after row
/// LinearModel model = new LinearRegression().Fit(Rows.From(values, columns: 2), [350, 210, 260, 190]);
/// double[] prices = model.Predict([[120, 7], [80, 30]]);
/// </code></example>
[CollectionBuilder(typeof(Rows), nameof(From))]
public abstract class Rows : IEnumerable<double[]>
{
    private protected Rows(int count, int columns) => (Count, Columns) = (count, columns);

    /// <summary>How many rows there are.</summary>
    public int Count { get; }

    /// <summary>How many values a row has.</summary>
    public int Columns { get; }

    /// <summary>A matrix, a row for each example.</summary>
    /// <param name="rows">The matrix.</param>
    /// <exception cref="ArgumentNullException">There is no matrix.</exception>
    public static implicit operator Rows(double[,] rows) => new Rows<double>(rows);

    /// <inheritdoc cref="op_Implicit(double[,])"/>
    public static implicit operator Rows(float[,] rows) => new Rows<float>(rows);

    /// <summary>An array for each example.</summary>
    /// <param name="rows">The arrays, all of one length.</param>
    /// <exception cref="ArgumentNullException">There are no rows.</exception>
    /// <exception cref="ShapeException">A row is null, or has another length than the first.</exception>
    public static implicit operator Rows(double[][] rows) => new Rows<double>(rows);

    /// <inheritdoc cref="op_Implicit(double[][])"/>
    public static implicit operator Rows(float[][] rows) => new Rows<float>(rows);

    /// <inheritdoc cref="op_Implicit(double[][])"/>
    public static implicit operator Rows(byte[][] rows) => new Rows<byte>(rows);

    /// <inheritdoc cref="op_Implicit(double[][])"/>
    public static implicit operator Rows(List<double[]> rows) => new Rows<double>(rows?.ToArray()!);

    /// <inheritdoc cref="op_Implicit(double[][])"/>
    public static implicit operator Rows(List<float[]> rows) => new Rows<float>(rows?.ToArray()!);

    /// <summary>Values that lie row after row.</summary>
    /// <param name="values">The values.</param>
    /// <param name="columns">How many there are in a row.</param>
    /// <exception cref="ShapeException">The values are no whole number of rows, or there are no columns.</exception>
    public static Rows From(ReadOnlyMemory<double> values, int columns) => new Rows<double>(values, columns);

    /// <inheritdoc cref="From(ReadOnlyMemory{double}, int)"/>
    public static Rows From(ReadOnlyMemory<float> values, int columns) => new Rows<float>(values, columns);

    /// <inheritdoc cref="From(ReadOnlyMemory{double}, int)"/>
    public static Rows From(ReadOnlyMemory<byte> values, int columns) => new Rows<byte>(values, columns);

    /// <inheritdoc cref="op_Implicit(double[][])"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static Rows From(ReadOnlySpan<double[]> rows) => new Rows<double>(rows.ToArray());

    /// <inheritdoc/>
    public IEnumerator<double[]> GetEnumerator() => Enumerable.Range(0, Count).Select(Row).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>How many rows and columns there are.</summary>
    public override string ToString() => $"{Count} × {Columns}";

    /// <summary>The values of a row, copied.</summary>
    internal abstract double[] Row(int row);

    /// <summary>The values, copied.</summary>
    internal abstract Features Copy();

    /// <summary>The scores of all rows, overwritten. Lengths have been checked.</summary>
    internal abstract void Score(TrainedModel model, Span<double> scores);
}

/// <inheritdoc cref="Rows"/>
/// <typeparam name="T">What the values are: double, float or byte.</typeparam>
internal sealed class Rows<T> : Rows
    where T : unmanaged, INumber<T>
{
    private readonly T[,]? matrix;
    private readonly ReadOnlyMemory<T> memory;

    internal Rows(T[,] rows)
        : base(NotNull(rows).GetLength(0), rows.GetLength(1)) => matrix = rows;

    internal Rows(T[][] rows)
        : base(NotNull(rows).Length, TableModule.width(rows)) => memory = TableModule.joined("features", rows);

    internal Rows(ReadOnlyMemory<T> values, int columns)
        : base(FSharp.Front.wholeRows(values.Length, columns), columns) => memory = values;

    private ReadOnlySpan<T> Values => matrix is null
        ? memory.Span
        : MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(matrix)), matrix.Length);

    internal override double[] Row(int row) => Array.ConvertAll(Values.Slice(row * Columns, Columns).ToArray(), double.CreateTruncating);

    internal override Features Copy() => (object)Values.ToArray() switch
    {
        double[] values => Features.NewDoubles(values),
        float[] values => Features.NewSingles(values),
        var values => Features.NewBytes((byte[])values),
    };

    internal override void Score(TrainedModel model, Span<double> scores) => model.ScoreRows(Values, Count, scores);

    private static TRows NotNull<TRows>(TRows? rows)
        where TRows : class
    {
        ArgumentNullException.ThrowIfNull(rows);
        return rows;
    }
}
