using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace LinearNets;

/// <summary>Data sets from rows and lists of any kind, and from the spans of System.Numerics.Tensors.</summary>
/// <remarks>The values are copied once, row after row, whatever their strides are. What <c>Dataset</c> takes by itself, it takes by
/// itself.</remarks>
/// <example><code>
/// List&lt;double[]&gt; points = [[0.5, 1], [2, 3], [1, 1]];
/// Dataset answered = Dataset.From(points, labels: new List&lt;bool&gt; { false, true, false });
/// float[] values = [0, 1, 2, 3, 4, 5, 6, 7];                 // two images of 2 × 2
/// Dataset data = Dataset.FromTensor(new System.Numerics.Tensors.ReadOnlyTensorSpan&lt;float&gt;(values, [2, 2, 2]), labels: [0, 1]);
/// </code></example>
public static class DatasetSources
{
    extension(Dataset)
    {
        /// <summary>Numbers to predict.</summary>
        /// <param name="features">A row for each example.</param>
        /// <param name="targets">A number for each row.</param>
        /// <exception cref="ArgumentNullException">There are no features or no targets.</exception>
        /// <exception cref="ShapeException">There are not as many targets as rows, or there are no columns.</exception>
        /// <exception cref="DataException">There are no rows.</exception>
        [OverloadResolutionPriority(1)]
        public static Dataset From(Rows features, IReadOnlyList<double> targets) => FSharp.Front.numbered(Checked(features, targets), features.Columns, [.. targets], 1);

        /// <summary>Numbers to predict.</summary>
        /// <param name="features">A row for each example.</param>
        /// <param name="targets">A number for each row.</param>
        /// <exception cref="ArgumentNullException">There are no features or no targets.</exception>
        /// <exception cref="ShapeException">There are not as many targets as rows, or there are no columns.</exception>
        /// <exception cref="DataException">There are no rows.</exception>
        public static Dataset From(Rows features, IReadOnlyList<float> targets) => FSharp.Front.numbered(Checked(features, targets), features.Columns, [.. targets.Select(target => (double)target)], 1);

        /// <summary>Several numbers to predict.</summary>
        /// <param name="features">A row for each example.</param>
        /// <param name="targets">A row for each row of features.</param>
        /// <exception cref="ArgumentNullException">There are no features or no targets.</exception>
        /// <exception cref="ShapeException">There are not as many rows of targets, or there are no columns.</exception>
        /// <exception cref="DataException">There are no rows.</exception>
        public static Dataset From(Rows features, Rows targets)
        {
            Features x = Checked(features, targets);
            return FSharp.Front.numbered(x, features.Columns, [.. targets.SelectMany(row => row)], targets.Columns);
        }

        /// <summary>Classes to predict.</summary>
        /// <typeparam name="TLabel">What a label is: a whole number, a word, a truth value or a value of an enumeration.</typeparam>
        /// <param name="features">A row for each example.</param>
        /// <param name="labels">The class of each row. Whole numbers are numbers of classes as in the overloads of <c>Dataset</c>, different words
        /// are the classes in the order of their characters' codes, and truth values and enumerations have all their values, those without
        /// rows too.</param>
        /// <exception cref="ArgumentNullException">There are no features or no labels.</exception>
        /// <exception cref="ShapeException">There are not as many labels as rows, or there are no columns.</exception>
        /// <exception cref="DataException">There are no rows, or more than 65536 classes, or a label is missing or no value of its
        /// enumeration.</exception>
        /// <exception cref="SettingsException">A label is something else.</exception>
        public static Dataset From<TLabel>(Rows features, IReadOnlyList<TLabel> labels) => FSharp.Front.labelled(Checked(features, labels), features.Columns, (TLabel[])[.. labels]);

        /// <summary>Numbers to predict from the rows of a tensor.</summary>
        /// <param name="features">The features: the first dimension counts the rows, the others are the columns, one after the other.</param>
        /// <param name="targets">A number for each row.</param>
        /// <exception cref="ArgumentNullException">There are no targets.</exception>
        /// <exception cref="ShapeException">There is no dimension, or there are not as many targets as rows.</exception>
        public static Dataset FromTensor(ReadOnlyTensorSpan<double> features, double[] targets) =>
            Dataset.From((ReadOnlyMemory<double>)Flat(features, out int columns), columns, targets);

        /// <summary>Classes to predict from the rows of a tensor.</summary>
        /// <param name="features">The features: the first dimension counts the rows, the others are the columns, one after the other.</param>
        /// <param name="labels">The class of each row.</param>
        /// <exception cref="ArgumentNullException">There are no labels.</exception>
        /// <exception cref="ShapeException">There is no dimension, or there are not as many labels as rows.</exception>
        /// <exception cref="DataException">There are more than 65536 classes.</exception>
        public static Dataset FromTensor(ReadOnlyTensorSpan<double> features, int[] labels) =>
            Dataset.From((ReadOnlyMemory<double>)Flat(features, out int columns), columns, labels);

        /// <summary>Numbers to predict from the rows of a tensor of 32-bit numbers.</summary>
        /// <param name="features">The features: the first dimension counts the rows, the others are the columns, one after the other.</param>
        /// <param name="targets">A number for each row.</param>
        /// <exception cref="ArgumentNullException">There are no targets.</exception>
        /// <exception cref="ShapeException">There is no dimension, or there are not as many targets as rows.</exception>
        public static Dataset FromTensor(ReadOnlyTensorSpan<float> features, double[] targets) =>
            Dataset.From((ReadOnlyMemory<float>)Flat(features, out int columns), columns, targets);

        /// <summary>Classes to predict from the rows of a tensor of 32-bit numbers.</summary>
        /// <param name="features">The features: the first dimension counts the rows, the others are the columns, one after the other.</param>
        /// <param name="labels">The class of each row.</param>
        /// <exception cref="ArgumentNullException">There are no labels.</exception>
        /// <exception cref="ShapeException">There is no dimension, or there are not as many labels as rows.</exception>
        /// <exception cref="DataException">There are more than 65536 classes.</exception>
        public static Dataset FromTensor(ReadOnlyTensorSpan<float> features, int[] labels) =>
            Dataset.From((ReadOnlyMemory<float>)Flat(features, out int columns), columns, labels);

        /// <summary>Classes to predict from the rows of a tensor of bytes, as the pixels of images are.</summary>
        /// <param name="pixels">The bytes: the first dimension counts the rows, the others are the columns, one after the other.</param>
        /// <param name="labels">The class of each row.</param>
        /// <exception cref="ArgumentNullException">There are no labels.</exception>
        /// <exception cref="ShapeException">There is no dimension, or there are not as many labels as rows.</exception>
        /// <exception cref="DataException">There are more than 65536 classes.</exception>
        public static Dataset FromTensor(ReadOnlyTensorSpan<byte> pixels, int[] labels) =>
            Dataset.From(Flat(pixels, out int columns), columns, labels);
    }

    /// <summary>What a classifier is fitted to. These are all the rows there are, so that the different whole numbers are the classes.</summary>
    internal static Dataset Whole<TLabel>(Rows features, IReadOnlyList<TLabel> labels)
    {
        Dataset data = Dataset.From(features, labels);
        return typeof(TLabel) == typeof(int) ? data.WithoutEmptyClasses() : data;
    }

    private static Features Checked(Rows features, object targets)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(targets);
        if (features.Count == 0)
            FSharp.Front.noRows();
        return features.Copy();
    }

    private static T[] Flat<T>(ReadOnlyTensorSpan<T> tensor, out int columns)
    {
        var values = new T[checked((int)tensor.FlattenedLength)];
        tensor.FlattenTo(values);
        long rows = tensor.Rank == 0 ? 0 : tensor.Lengths[0];
        columns = rows == 0 ? 0 : (int)(tensor.FlattenedLength / rows);
        return values;
    }
}
