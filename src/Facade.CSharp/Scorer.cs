// Scores of rows of any kind of number, by the kernel that trains.
//
//   scores[r, c] = factor·Σ_j w[c, j]·x[r, j] + b[c]        x [n; d]       scores [n; q], in doubles
//
// The kernel computes in the type the model was trained in. Rows of another type are converted, some at a time, and a short
// row on the stack, so that nothing is taken from the heap. A value that is not finite makes every score of its row not
// finite, whatever the weights are (0·∞ is NaN): so scores are looked at, which are few, and features only to say which it was.

using System;
using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LinearNets.Kernels;

namespace LinearNets;

/// <summary>An affine model that scores rows. It never changes.</summary>
internal abstract class Scorer
{
    /// <summary>The scores of some rows, overwritten. Lengths have been checked.</summary>
    internal abstract void Scores(ReadOnlySpan<double> x, int rows, Span<double> scores);

    /// <inheritdoc cref="Scores(ReadOnlySpan{double}, int, Span{double})"/>
    internal abstract void Scores(ReadOnlySpan<float> x, int rows, Span<double> scores);

    /// <inheritdoc cref="Scores(ReadOnlySpan{double}, int, Span{double})"/>
    internal abstract void Scores(ReadOnlySpan<byte> x, int rows, Span<double> scores);
}

/// <inheritdoc cref="Scorer"/>
/// <typeparam name="T">What the model was trained in: double or float.</typeparam>
internal sealed class Scorer<T> : Scorer
    where T : unmanaged, INumber<T>
{
    /// <summary>So many numbers lie on the stack.</summary>
    private const int MostOnStack = 1024;

    /// <summary>Rows go through in pieces of about so many values that need room.</summary>
    private const int Piece = 1 << 18;

    private readonly int features;
    private readonly int outputs;
    private readonly AffinePrediction<T, T> ofNumbers;
    private readonly AffinePrediction<byte, T>? ofBytes;

    /// <summary>A model of weights [features; outputs].</summary>
    internal Scorer(ReadOnlySpan<T> weights, ReadOnlySpan<T> biases, double factor, int threads)
    {
        outputs = biases.Length;
        features = weights.Length / outputs;
        var byOutput = new T[weights.Length];
        for (int j = 0; j < features; j++)
        {
            for (int c = 0; c < outputs; c++)
                byOutput[(c * features) + j] = weights[(j * outputs) + c];
        }

        ofNumbers = new AffinePrediction<T, T>(features, byOutput, biases, factor, threads, Simd.Chosen);
        if (typeof(T) == typeof(float))
            ofBytes = new AffinePrediction<byte, T>(features, byOutput, biases, factor, threads, Simd.Chosen);
    }

    internal override void Scores(ReadOnlySpan<double> x, int rows, Span<double> scores) => InPieces(x, rows, scores);

    internal override void Scores(ReadOnlySpan<float> x, int rows, Span<double> scores) => InPieces(x, rows, scores);

    internal override void Scores(ReadOnlySpan<byte> x, int rows, Span<double> scores) => InPieces(x, rows, scores);

    private void InPieces<TX>(ReadOnlySpan<TX> x, int rows, Span<double> scores)
        where TX : unmanaged, INumber<TX>
    {
        if (typeof(T) == typeof(double) && typeof(TX) == typeof(double))
        {
            ofNumbers.Scores(Same<TX, T>(x), rows, MemoryMarshal.Cast<double, T>(scores));
            return;
        }

        int most = Math.Max(1, Piece / (IsConverted<TX>() ? Math.Max(features, outputs) : outputs));
        for (int first = 0; first < rows; first += most)
        {
            int count = Math.Min(most, rows - first);
            OnePiece(x.Slice(first * features, count * features), count, scores.Slice(first * outputs, count * outputs));
        }
    }

    private bool IsConverted<TX>() => typeof(TX) != typeof(T) && !(typeof(TX) == typeof(byte) && ofBytes is not null);

    [SkipLocalsInit]
    private void OnePiece<TX>(ReadOnlySpan<TX> x, int rows, Span<double> scores)
        where TX : unmanaged, INumber<TX>
    {
        bool isConverted = IsConverted<TX>();
        int length = (isConverted ? x.Length : 0) + scores.Length;
        T[]? rented = length <= MostOnStack ? null : ArrayPool<T>.Shared.Rent(length);
        Span<T> memory = rented ?? stackalloc T[MostOnStack];
        Span<T> own = memory[..scores.Length];
        if (isConverted)
        {
            Span<T> converted = memory.Slice(scores.Length, x.Length);
            TensorPrimitives.ConvertTruncating(x, converted);
            ofNumbers.Scores(converted, rows, own);
        }
        else if (typeof(TX) == typeof(T))
        {
            ofNumbers.Scores(Same<TX, T>(x), rows, own);
        }
        else
        {
            ofBytes!.Scores(Same<TX, byte>(x), rows, own);
        }

        TensorPrimitives.ConvertTruncating<T, double>(own, scores);
        if (rented is not null)
            ArrayPool<T>.Shared.Return(rented);
    }

    private static ReadOnlySpan<TTo> Same<TFrom, TTo>(ReadOnlySpan<TFrom> values)
        where TFrom : unmanaged
        where TTo : unmanaged => MemoryMarshal.Cast<TFrom, TTo>(values);
}
