using System;
using System.Numerics.Tensors;

namespace LinearNets;

/// <summary>Data sets from the spans of System.Numerics.Tensors.</summary>
/// <remarks>The values are copied once, row after row, whatever their strides are.</remarks>
/// <example><code>
/// float[] values = [0, 1, 2, 3, 4, 5, 6, 7];                 // two images of 2 × 2
/// Dataset data = Dataset.FromTensor(new System.Numerics.Tensors.ReadOnlyTensorSpan&lt;float&gt;(values, [2, 2, 2]), labels: [0, 1]);
/// </code></example>
public static class TensorSpans
{
    extension(Dataset)
    {
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

    private static T[] Flat<T>(ReadOnlyTensorSpan<T> tensor, out int columns)
    {
        var values = new T[checked((int)tensor.FlattenedLength)];
        tensor.FlattenTo(values);
        long rows = tensor.Rank == 0 ? 0 : tensor.Lengths[0];
        columns = rows == 0 ? 0 : (int)(tensor.FlattenedLength / rows);
        return values;
    }
}
