// Training of an affine model: scores, loss, gradient and update of a minibatch, without leaving the cache.
//
//   rows of a minibatch ──► parts of 64 ──► slices: runs of parts, at most 16, each with a gradient of its own
//   each part:     z = scale·(x·wᵀ) + b  ──►  loss, e = ∂loss/∂z  ──►  G += eᵀx,  Gᵦ += Σe          (AffinePass, RowLosses)
//   the whole:     g = scale·ΣG/Σs + penalty  ──►  update                                            (Updates)
//
// What is a part and what a slice depends on the number of rows alone, and slices are added in order: the bits of the
// result do not depend on how many threads there are. Parameters are kept class after class, padded to whole registers.

using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace LinearNets.Kernels;

/// <summary>Rows and their targets: numbers, or labels with a weight for each class.</summary>
internal sealed record AffineRows<TX>(TX[] Features, int Columns, double[]? Numbers, int[]? Labels)
    where TX : unmanaged
{
    internal int Count => Features.Length / Columns;
}

/// <summary>What is trained: the affine model of <c>scale·x</c>, its loss and its penalty.</summary>
internal sealed record AffineProblem(
    int Outputs, double Scale, RowLossFormula Loss, RowMetric Metric, double[]? ClassWeights, double L1, double L2);

/// <summary>Sums over rows: of the losses and of the weights, each row's by its weight, and of the metric.</summary>
internal readonly record struct AffineSums(double Loss, double Weight, double Metric);

/// <summary>The arrays that go with the parameters.</summary>
internal enum AffineArray
{
    Parameters,

    /// <summary>What the optimizer remembers: a velocity, or a mean of gradients.</summary>
    FirstSlot,

    /// <summary>A mean of squared gradients.</summary>
    SecondSlot,
}

/// <summary>What is computed of some rows.</summary>
internal enum AffineWork
{
    /// <summary>Losses and the gradient.</summary>
    Gradient,

    /// <summary>Losses alone.</summary>
    Losses,

    /// <summary>The losses of scores of 0.</summary>
    LossesOfZeros,
}

/// <summary>Training of an affine model.</summary>
internal abstract class AffineTrainer
{
    /// <summary>
    /// One update on the rows that <paramref name="order"/> names from <paramref name="first"/> on; finite is false if the
    /// gradient is not. Row numbers must be those of rows there are.
    /// </summary>
    internal abstract AffineSums Step(int[] order, int first, int count, UpdateFormula update, int step, out bool finite);

    /// <summary>The losses of rows with the parameters as they are, or of scores of 0.</summary>
    internal abstract AffineSums Losses(int[] order, int first, int count, AffineWork work);

    /// <summary>Whether all parameters are finite.</summary>
    internal abstract bool IsFinite();

    /// <summary>Sets the parameters: weights [features; outputs] and biases [outputs].</summary>
    internal abstract void Load(Array weights, Array biases);

    /// <summary>A copy of what belongs to the weights, [features; outputs], and to the biases, [outputs].</summary>
    internal abstract (Array Weights, Array Biases) Copy(AffineArray array);
}

/// <summary>Training of an affine model on features of a type.</summary>
internal sealed unsafe class AffineTrainer<TX, T> : AffineTrainer, IParts
    where TX : unmanaged, INumber<TX>
    where T : unmanaged, INumber<T>
{
    private const int MostRows = AffinePass<TX, T>.MostRows;
    private const int MostSlices = 16;

    /// <summary>Gradients of slices together have at most so many numbers, if they are more than one.</summary>
    private const int MostNumbers = 1 << 24;

    private const int CacheLine = 64;

    private readonly AffineRows<TX> rows;
    private readonly AffineProblem problem;
    private readonly AffinePass<TX, T> pass;
    private readonly int threads;
    private readonly int mostSlices;
    private readonly int weights;
    private readonly int stride;
    private readonly int scratchLength;

    // Held, so that what the pointers point at stays; pinned, so that it stays there.
    private readonly T[] memory;
    private readonly T* parameters;
    private readonly T* scratch;
    private T[]? trainingMemory;
    private T* slot0;
    private T* slot1;
    private T* gradients;
    private readonly AffineSums[] sums = new AffineSums[MostSlices];
    private readonly int[] labels;

    // The minibatch under way.
    private TX* x;
    private int* order;
    private double* numbers;
    private int* allLabels;
    private int count;
    private int known;
    private int partsPerSlice;
    private AffineWork work;

    internal AffineTrainer(AffineRows<TX> rows, AffineProblem problem, int threads, SimdWidth width)
    {
        Lengths.Check(rows.Features.Length, (long)rows.Count * rows.Columns);
        if (problem.Loss.Loss == RowLoss.CrossEntropy)
            Lengths.Check(rows.Labels!.Length, rows.Count);
        else
            Lengths.Check(rows.Numbers!.Length, (long)rows.Count * problem.Outputs);
        this.rows = rows;
        this.problem = problem;
        this.threads = threads;
        int classes = problem.Outputs;
        pass = AffinePass<TX, T>.Create(rows.Columns, classes, width);
        weights = Padded((long)classes * rows.Columns);
        stride = weights + Padded(classes);
        mostSlices = Math.Clamp(MostNumbers / stride, 1, MostSlices);
        scratchLength = (2 * classes * MostRows) + (2 * MostRows);
        memory = Allocate(stride + ((long)threads * scratchLength), out parameters);
        scratch = parameters + stride;
        labels = GC.AllocateArray<int>(threads * MostRows, pinned: true);
    }

    private static int Line => CacheLine / sizeof(T);

    /// <summary>Numbers that begin at a cache line and stay where they are.</summary>
    private static T[] Allocate(long length, out T* start)
    {
        T[] array = GC.AllocateArray<T>(checked((int)(length + Line)), pinned: true);
        start = (T*)(((nuint)Unsafe.AsPointer(ref array[0]) + CacheLine - 1) & ~(nuint)(CacheLine - 1));
        return array;
    }

    /// <summary>What only training needs: slots, a gradient for each slice, and one more for each thread.</summary>
    private void AllocateForTraining()
    {
        trainingMemory = Allocate((2L + mostSlices + threads) * stride, out slot0);
        slot1 = slot0 + stride;
        gradients = slot1 + stride;
    }

    private int WeightCount => problem.Outputs * rows.Columns;

    internal override void Load(Array weights, Array biases)
    {
        Indexing.Transpose<T>((T[])weights, rows.Columns, problem.Outputs, new Span<T>(parameters, WeightCount));
        ((T[])biases).CopyTo(new Span<T>(parameters + this.weights, problem.Outputs));
    }

    internal override (Array Weights, Array Biases) Copy(AffineArray array)
    {
        if (trainingMemory is null)
            AllocateForTraining();
        T* from = array switch { AffineArray.Parameters => parameters, AffineArray.FirstSlot => slot0, _ => slot1 };
        var copy = new T[WeightCount];
        Indexing.Transpose<T>(new ReadOnlySpan<T>(from, WeightCount), problem.Outputs, rows.Columns, copy);
        return (copy, new ReadOnlySpan<T>(from + weights, problem.Outputs).ToArray());
    }

    internal override bool IsFinite() => Finite.FirstNot(new ReadOnlySpan<T>(parameters, stride)) < 0;

    internal override AffineSums Losses(int[] order, int first, int count, AffineWork work) => Sum(order, first, count, work, out _);

    internal override AffineSums Step(int[] order, int first, int count, UpdateFormula update, int step, out bool finite)
    {
        AffineSums total = Sum(order, first, count, AffineWork.Gradient, out int slices);
        double share = 1 / total.Weight;
        var target = new UpdateTarget<T>(parameters, slot0, slot1, gradients, slices, stride, weights);
        finite = Updates.Apply(update, step, target, problem.Scale * share, problem.L1, problem.L2);
        target = new(parameters + weights, slot0 + weights, slot1 + weights, gradients + weights, slices, stride, stride - weights);
        // AdamW lets weights decay, not biases.
        finite &= Updates.Apply(update with { Decay = 0 }, step, target, share, 0, 0);
        return total;
    }

    private AffineSums Sum(int[] order, int first, int count, AffineWork work, out int slices)
    {
        this.work = work;
        if (work == AffineWork.Gradient && trainingMemory is null)
            AllocateForTraining();
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, order.Length - first);
        int parts = (count + MostRows - 1) / MostRows;
        partsPerSlice = (parts + mostSlices - 1) / mostSlices;
        slices = (parts + partsPerSlice - 1) / partsPerSlice;
        fixed (TX* x = rows.Features)
        fixed (int* rowNumbers = order, allLabels = rows.Labels)
        fixed (double* numbers = rows.Numbers)
        {
            this.x = x;
            this.order = rowNumbers + first;
            this.count = count;
            this.allLabels = allLabels;
            this.numbers = numbers;
            known = order.Length - first;
            if (slices == 1)
                Do(0, 0);
            else
                Workers.Run(this, slices, threads);
        }

        AffineSums total = sums[0];
        for (int s = 1; s < slices; s++)
            total = new(total.Loss + sums[s].Loss, total.Weight + sums[s].Weight, total.Metric + sums[s].Metric);
        return total;
    }

    /// <summary>A slice: its parts one after the other.</summary>
    public void Do(int part, int worker)
    {
        T* own = gradients + ((nint)part * stride);
        T* z = scratch + ((nint)worker * scratchLength);
        T* further = gradients + ((nint)(mostSlices + worker) * stride);
        int end = Math.Min(count, (part + 1) * partsPerSlice * MostRows);
        double loss = 0, weight = 0, metric = 0;
        for (int from = part * partsPerSlice * MostRows; from < end; from += MostRows)
        {
            bool isFirst = from == part * partsPerSlice * MostRows;
            T* g = isFirst ? own : further;
            AffineSums sums = Part(from, Math.Min(MostRows, end - from), z, g, worker);
            loss += sums.Loss;
            weight += sums.Weight;
            metric += sums.Metric;
            if (!isFirst && work == AffineWork.Gradient)
                Add(further, own, stride);
        }

        sums[part] = new(loss, weight, metric);
    }

    private AffineSums Part(int from, int count, T* z, T* g, int worker)
    {
        int classes = problem.Outputs;
        int* part = order + from;
        T* y = z + (classes * MostRows);
        T* losses = y + (classes * MostRows);
        T* shares = losses + MostRows;
        fixed (int* ownLabels = &labels[worker * MostRows])
        {
            if (work == AffineWork.LossesOfZeros)
            {
                new Span<T>(z, classes * MostRows).Clear();
            }
            else
            {
                pass.Scores(x, part, count, known - from, parameters, z);
                RowLosses.Finish(z, parameters + weights, T.CreateTruncating(problem.Scale), classes, count);
            }

            Targets(part, count, y, ownLabels);
            double metric = RowLosses.Metric(problem.Metric, z, y, ownLabels, classes, count);
            RowLosses.Compute(problem.Loss, z, y, ownLabels, losses, classes, count);
            (double loss, double weight) = Weigh(z, losses, shares, ownLabels, count);
            if (work == AffineWork.Gradient)
            {
                pass.Gradient(x, part, count, z, g);
                for (int c = 0; c < classes; c++)
                {
                    T sum = T.Zero;
                    for (int r = 0; r < count; r++)
                        sum += z[(c * MostRows) + r];
                    g[weights + c] = sum;
                }
            }

            return new(loss, weight, metric);
        }
    }

    private void Targets(int* part, int count, T* y, int* ownLabels)
    {
        int classes = problem.Outputs;
        if (allLabels != null)
        {
            for (int r = 0; r < count; r++)
                ownLabels[r] = allLabels[part[r]];
            return;
        }

        for (int r = 0; r < count; r++)
        {
            double* from = numbers + ((nint)part[r] * classes);
            for (int c = 0; c < classes; c++)
                y[(c * MostRows) + r] = T.CreateTruncating(from[c]);
        }
    }

    /// <summary>The sums of the losses and of the weights; slopes are multiplied by their row's weight.</summary>
    private (double Loss, double Weight) Weigh(T* z, T* losses, T* shares, int* ownLabels, int count)
    {
        double loss = 0;
        if (problem.ClassWeights is not { } classWeights)
        {
            for (int r = 0; r < count; r++)
                loss += double.CreateTruncating(losses[r]);
            return (loss, count);
        }

        double weight = 0;
        for (int r = 0; r < count; r++)
        {
            double own = classWeights[ownLabels[r]];
            shares[r] = T.CreateTruncating(own);
            weight += own;
            loss += own * double.CreateTruncating(losses[r]);
        }

        for (int c = 0; c < problem.Outputs; c++)
        {
            for (int r = 0; r < count; r++)
                z[(c * MostRows) + r] *= shares[r];
        }

        return (loss, weight);
    }

    private static void Add(T* from, T* to, int length)
    {
        for (nint j = 0; j < length; j += Vector<T>.Count)
            (Vector.Load(to + j) + Vector.Load(from + j)).Store(to + j);
    }

    private static int Padded(long length) => checked((int)((length + Line - 1) / Line * Line));
}
