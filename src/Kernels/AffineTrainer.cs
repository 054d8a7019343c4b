// Training of an affine model: scores, loss, gradient and update of a minibatch, without leaving the cache.
//
//   rows of a minibatch ──► parts of 64 ──► slices: runs of parts, at most 16, each with a gradient of its own
//   each part:     z = scale·(x·wᵀ) + b  ──►  loss, e = ∂loss/∂z  ──►  G += eᵀx,  Gᵦ += Σe          (AffinePass, RowLosses)
//   chunks:        g = scale·ΣG/Σs + penalty  ──►  update                                            (Updates)
//
// What is a part and what a slice depends on the number of rows alone, and slices are added in order: the bits of the
// result do not depend on how many threads there are. Parameters are kept class after class, padded to whole registers.
//
// Sparse rows go another way: a gradient for each slice, cleared and added, would cost more than the rows do.
//
//   windows of 1024 rows, in order ──► parts of 64: scores, loss and e, as above, all e of a window kept     (SparsePass, RowLosses)
//   ranges of columns, one a thread:   G += eᵀx of the window;  after the last window  ──►  update            (SparsePass, Updates)
//
// The range that a number is in does not change it. Parameters are kept feature after feature there.

using System;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Threading;

namespace LinearNets.Kernels;

/// <summary>Rows, their targets, which are numbers or labels, and their weights, if they have any.</summary>
internal sealed record AffineRows<TX>(
    TX[] Features, int Columns, double[]? Numbers, int[]? Labels, double[]? Weights = null, CompressedRows<TX>? Sparse = null)
    where TX : unmanaged, INumber<TX>
{
    /// <summary>Sparse rows.</summary>
    internal AffineRows(CompressedRows<TX> rows, double[]? numbers, int[]? labels, double[]? weights = null)
        : this(rows.Values, rows.Width, numbers, labels, weights, rows)
    {
    }

    internal int Count => Sparse?.Count ?? Features.Length / Columns;
}

/// <summary>What is trained: the affine model of <c>scale·x</c>, its loss and its penalty.</summary>
internal sealed record AffineProblem(
    int Outputs, double Scale, RowLossFormula Loss, RowMetric Metric, double[]? ClassWeights, double L1, double L2);

/// <summary>Sums over rows: of the losses and of the weights, each row's by its weight, and of the metric.</summary>
internal readonly record struct AffineSums(double Loss, double Weight, double Metric)
{
    public static AffineSums operator +(AffineSums a, AffineSums b) =>
        new(a.Loss + b.Loss, a.Weight + b.Weight, a.Metric + b.Metric);
}

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
    /// <summary>Losses, and the gradient.</summary>
    Gradient,

    /// <summary>Losses alone.</summary>
    Losses,

    /// <summary>The losses of scores of 0.</summary>
    LossesOfZeros,
}

/// <summary>
/// How far updates have come: the next row of the order, the updates so far, their sums, added one after the other so that it does
/// not matter where a run was interrupted, and what the last ones gave.
/// </summary>
internal struct AffineRun
{
    internal int Row;
    internal int Step;
    internal AffineSums Sums;
    internal double Loss;
    internal double PreviousLoss;
    internal bool GradientIsFinite;
}

/// <summary>Training of an affine model. Not for two threads at once: it uses threads itself.</summary>
internal abstract class AffineTrainer
{
    /// <summary>
    /// Updates on one minibatch after another, as many as asked for, until the rows end, the token is cancelled, or a loss or a
    /// gradient is not finite; <paramref name="run"/> says from where, and then how far it came. Row numbers must be those of
    /// rows there are.
    /// </summary>
    internal abstract void Steps(
        int[] order, ref AffineRun run, int batch, int most, UpdateFormula update, CancellationToken token);

    /// <summary>The losses of rows with the parameters as they are, or of scores of 0.</summary>
    internal abstract AffineSums Losses(int[] order, int first, int count, AffineWork work);

    /// <summary>
    /// The losses of rows and the sum of their gradients, each times its weight: by the weights [features; outputs] and by the
    /// biases [outputs], without the penalty.
    /// </summary>
    internal abstract AffineSums Gradient(int[] order, int first, int count, out Array weights, out Array biases);

    /// <summary>Whether all parameters are finite.</summary>
    internal abstract bool IsFinite();

    /// <summary>Sets what belongs to the weights, [features; outputs], and to the biases, [outputs].</summary>
    internal abstract void Load(AffineArray array, Array weights, Array biases);

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

    /// <summary>Gradients of so many numbers, all slices of them, are added and taken away by all threads.</summary>
    private const int ManyNumbers = 1 << 13;

    /// <summary>Fewer products than these, some ten microseconds of them, are left to one thread.</summary>
    private const long FewProducts = 1 << 13;

    /// <summary>
    /// A sparse minibatch that has fewer values than a so many-th of the features goes back over their columns to descend; otherwise all
    /// features are gone over, which registers make cheap.
    /// </summary>
    private const long FeaturesPerValue = 8;

    private const int CacheLine = 64;

    private AffineRows<TX> rows;
    private readonly AffineProblem problem;

    // One of the two is null.
    private readonly AffinePass<TX, T> pass = null!;
    private readonly SparsePass<T>? sparse;

    // How far apart the parameters of two classes are, and those of two features.
    private readonly int classStride;
    private readonly int featureStride;

    private readonly int threads;
    private readonly int mostSlices;

    // The squared error is the squared loss, but for a factor, where no row counts more than another.
    private bool metricIsLoss;

    // Where the biases begin, after the weights, and the length of both.
    private readonly int biases;
    private readonly int stride;
    private readonly int scratchLength;

    // Held, so that what the pointers point at stays; pinned, so that it stays there. One array, because pinned ones are dear.
    private readonly T[] memory;
    private readonly T* parameters;
    private readonly T* scratch;
    private readonly T* slot0;
    private readonly T* slot1;
    private readonly T* gradients;
    private readonly AffineSums[] sums = new AffineSums[MostSlices];

    // The minibatch under way.
    private TX* x;
    private double* numbers;
    private int* labels;
    private int* order;
    private int count;
    private int known;
    private int partsPerSlice;
    private AffineWork work;

    // The update under way.
    private readonly Updating updating;
    private readonly Scattering scattering;
    private UpdateFormula update;
    private int step;
    private double share;
    private int slices;
    private int chunk;
    private bool gradientIsFinite;

    /// <summary>A trainer, or where nothing is to be trained one that has no room for gradients.</summary>
    internal AffineTrainer(AffineRows<TX> rows, AffineProblem problem, int threads, SimdWidth width, bool trains = true)
    {
        this.problem = problem;
        Use(rows);
        int classes = problem.Outputs;
        if (rows.Sparse is { } compressed)
        {
            sparse = new SparsePass<T>((CompressedRows<T>)(object)compressed, classes);
            (classStride, featureStride) = (1, sparse.Stride);
            biases = Padded((long)rows.Columns * featureStride);
            stride = biases + Padded(classes);
            mostSlices = MostSlices;
        }
        else
        {
            pass = AffinePass<TX, T>.Create(rows.Columns, classes, width);
            (classStride, featureStride) = (pass.RowLength, 1);
            biases = Padded((long)classes * pass.RowLength);
            stride = biases + Padded(classes);
            mostSlices = Math.Clamp(MostNumbers / stride, 1, MostSlices);
        }

        // A thread does a slice, so that there is never work for more.
        threads = Math.Min(threads, mostSlices);
        this.threads = threads;
        scattering = new Scattering(this, sparse?.Cuts(threads, Line) ?? []);

        // Scores, targets, losses, weights and labels of a part for each thread, or each part of a window; for training two slots, a
        // gradient for each slice, and one more for each thread, or for sparse rows that of late windows and that of all before.
        scratchLength = (2 * classes * MostRows) + (3 * MostRows);
        int scratches = sparse is null ? threads : MostSlices;
        long training = trains ? (2L + (sparse is null ? mostSlices + threads : 2)) * stride : 0;
        memory = GC.AllocateArray<T>(checked((int)(stride + ((long)scratches * scratchLength) + training + Line)), pinned: true);
        parameters = (T*)(((nuint)Unsafe.AsPointer(ref memory[0]) + CacheLine - 1) & ~(nuint)(CacheLine - 1));
        scratch = parameters + stride;
        slot0 = trains ? scratch + ((nint)scratches * scratchLength) : null;
        slot1 = slot0 + stride;
        gradients = slot1 + stride;
        updating = new Updating(this);
    }

    private static int Line => CacheLine / sizeof(T);

    /// <summary>The rows that row numbers are of from now on, as wide as those before.</summary>
    [MemberNotNull(nameof(rows))]
    internal void Use(AffineRows<TX> rows)
    {
        Lengths.Check(rows.Columns, this.rows?.Columns ?? rows.Columns);
        if (rows.Sparse is null)
            Lengths.Check(rows.Features.Length, (long)rows.Count * rows.Columns);
        else if (this.rows is not null)
            throw new InvalidOperationException("Sparse rows cannot be replaced.");
        if (problem.Loss.Loss == RowLoss.CrossEntropy)
        {
            Lengths.Check(rows.Labels!.Length, rows.Count);
            Lengths.Check(problem.ClassWeights?.Length ?? problem.Outputs, problem.Outputs);
            // A label is a place in memory that is written to.
            foreach (int label in rows.Labels)
            {
                if ((uint)label >= (uint)problem.Outputs)
                    throw new ArgumentException($"Label {label} is none of {problem.Outputs} classes.");
            }
        }
        else
        {
            Lengths.Check(rows.Numbers!.Length, (long)rows.Count * problem.Outputs);
            Lengths.Check(problem.ClassWeights?.Length ?? 0, 0);
        }

        Lengths.Check(rows.Weights?.Length ?? rows.Count, rows.Count);
        this.rows = rows;
        metricIsLoss = rows.Weights is null
            && problem is { Metric: RowMetric.SquaredError, Loss: { Loss: RowLoss.Squared, Constant: 0 } };
    }

    internal override void Load(AffineArray array, Array weights, Array biases)
    {
        T* to = Place(array);
        T[] from = (T[])weights;
        Lengths.Check(from.Length, (long)rows.Columns * problem.Outputs);
        Lengths.Check(biases.Length, problem.Outputs);
        for (int j = 0; j < rows.Columns; j++)
        {
            for (int c = 0; c < problem.Outputs; c++)
                to[((nint)c * classStride) + ((nint)j * featureStride)] = from[(j * problem.Outputs) + c];
        }

        ((T[])biases).CopyTo(new Span<T>(to + this.biases, problem.Outputs));
    }

    internal override (Array Weights, Array Biases) Copy(AffineArray array) => Copy(Place(array), T.One);

    internal override bool IsFinite() => Finite.FirstNot(new ReadOnlySpan<T>(parameters, stride)) < 0;

    internal override AffineSums Gradient(int[] order, int first, int count, out Array weights, out Array biases)
    {
        AffineSums sums = Sum(order, first, count, AffineWork.Gradient, out int slices);
        for (int s = 1; s < slices; s++)
            Add(gradients + ((nint)s * stride), gradients, stride);
        (weights, biases) = Copy(gradients, Real.Of<T>(problem.Scale));
        return sums;
    }

    internal override AffineSums Losses(int[] order, int first, int count, AffineWork work) => Sum(order, first, count, work, out _);

    private AffineSums Sum(int[] order, int first, int count, AffineWork work, out int slices)
    {
        CheckRows(order.Length, first, count);
        if (work == AffineWork.Gradient)
            CheckTrains();
        fixed (TX* x = rows.Features)
        fixed (int* rowNumbers = order, labels = rows.Labels)
        fixed (double* numbers = rows.Numbers)
        {
            Begin(x, labels, numbers, work);
            return Sum(rowNumbers + first, count, order.Length - first, out slices);
        }
    }

    internal override void Steps(
        int[] order, ref AffineRun run, int batch, int most, UpdateFormula update, CancellationToken token)
    {
        CheckRows(order.Length, run.Row, Math.Min(batch, order.Length - run.Row));
        CheckTrains();
        fixed (TX* x = rows.Features)
        fixed (int* rowNumbers = order, labels = rows.Labels)
        fixed (double* numbers = rows.Numbers)
        {
            Begin(x, labels, numbers, AffineWork.Gradient);
            for (int i = 0; i < most && run.Row < order.Length && !token.IsCancellationRequested; i++)
            {
                int rest = order.Length - run.Row;
                int size = Math.Min(batch, rest);
                AffineSums sums;
                if (sparse is null)
                {
                    sums = Sum(rowNumbers + run.Row, size, rest, out int slices);
                    run.GradientIsFinite = Update(in update, run.Step + 1, 1 / sums.Weight, slices);
                }
                else
                {
                    (this.update, this.step) = (update, run.Step + 1);
                    sums = SumOfSparse(rowNumbers + run.Row, size, rest, updates: true);
                    run.GradientIsFinite = gradientIsFinite;
                }

                run.Row += size;
                run.Step++;
                run.PreviousLoss = run.Loss;
                run.Loss = sums.Loss / sums.Weight;
                run.Sums += sums;
                if (!run.GradientIsFinite || !double.IsFinite(run.Loss))
                    break;
            }
        }
    }

    /// <summary>A slice: its parts one after the other. For sparse rows a part, and its slopes are kept.</summary>
    public void Do(int part, int worker)
    {
        if (sparse is not null)
        {
            int begin = part * MostRows;
            sums[part] = Part(begin, Math.Min(MostRows, count - begin), scratch + ((nint)part * scratchLength), null);
            return;
        }

        T* own = gradients + ((nint)part * stride);
        T* further = gradients + ((nint)(mostSlices + worker) * stride);
        T* z = scratch + ((nint)worker * scratchLength);
        int first = part * partsPerSlice * MostRows;
        int end = Math.Min(count, first + (partsPerSlice * MostRows));
        AffineSums total = Part(first, Math.Min(MostRows, end - first), z, own);
        for (int from = first + MostRows; from < end; from += MostRows)
        {
            total += Part(from, Math.Min(MostRows, end - from), z, further);
            if (work == AffineWork.Gradient)
                Add(further, own, stride);
        }

        sums[part] = total;
    }

    private static int Padded(long length) => checked((int)((length + Line - 1) / Line * Line));

    private static void CheckRows(int length, int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, length - first);
    }

    private T* Place(AffineArray array)
    {
        if (array != AffineArray.Parameters)
            CheckTrains();
        return array switch { AffineArray.Parameters => parameters, AffineArray.FirstSlot => slot0, _ => slot1 };
    }

    private void CheckTrains()
    {
        if (slot0 == null)
            throw new InvalidOperationException("This trainer has no room for gradients.");
    }

    /// <summary>Weights, times a factor, and biases, as they are outside: [features; outputs] and [outputs].</summary>
    private (Array Weights, Array Biases) Copy(T* from, T factor)
    {
        var weights = new T[rows.Columns * problem.Outputs];
        for (int j = 0; j < rows.Columns; j++)
        {
            for (int c = 0; c < problem.Outputs; c++)
                weights[(j * problem.Outputs) + c] = factor * from[((nint)c * classStride) + ((nint)j * featureStride)];
        }

        return (weights, new ReadOnlySpan<T>(from + biases, problem.Outputs).ToArray());
    }

    private void Begin(TX* x, int* labels, double* numbers, AffineWork work)
    {
        this.x = x;
        this.labels = labels;
        this.numbers = numbers;
        this.work = work;
    }

    private AffineSums Sum(int* order, int count, int known, out int slices)
    {
        if (sparse is not null)
        {
            slices = 1;
            return SumOfSparse(order, count, known, updates: false);
        }

        int parts = (count + MostRows - 1) / MostRows;
        partsPerSlice = parts <= mostSlices ? 1 : (parts + mostSlices - 1) / mostSlices;
        slices = partsPerSlice == 1 ? parts : (parts + partsPerSlice - 1) / partsPerSlice;
        this.order = order;
        this.count = count;
        this.known = known;
        if (slices == 1)
            Do(0, 0);
        else
            Workers.Run(this, slices, threads);
        AffineSums total = sums[0];
        for (int s = 1; s < slices; s++)
            total += sums[s];
        return total;
    }

    private AffineSums SumOfSparse(int* order, int count, int known, bool updates)
    {
        const int WindowRows = MostSlices * MostRows;
        AffineSums total = default;
        (gradientIsFinite, slices) = (true, 1);
        for (int from = 0; from < count; from += WindowRows)
        {
            this.order = order + from;
            this.count = Math.Min(WindowRows, count - from);
            this.known = known - from;
            int parts = (this.count + MostRows - 1) / MostRows;
            long values = sparse!.CountIn(this.order, this.count);
            int helpers = values * featureStride < FewProducts ? 1 : threads;
            Workers.Run(this, parts, helpers);
            for (int part = 0; part < parts; part++)
                total += sums[part];
            if (work != AffineWork.Gradient)
                continue;
            share = 1 / total.Weight;
            scattering.Run(values, from == 0, from + this.count == count, updates, helpers);
        }

        return total;
    }

    /// <summary>False if the gradient is not finite.</summary>
    private bool Update(in UpdateFormula update, int step, double share, int slices)
    {
        (this.update, this.step, this.share, this.slices) = (update, step, share, slices);
        gradientIsFinite = true;
        int chunks = (long)slices * stride >= ManyNumbers ? threads : 1;
        chunk = Padded((stride + chunks - 1) / chunks);
        if (chunks == 1)
            updating.Do(0, 0);
        else
            Workers.Run(updating, (stride + chunk - 1) / chunk, threads);
        return gradientIsFinite;
    }

    private UpdateTarget<T> Target(int from, int end) =>
        new(parameters + from, slot0 + from, slot1 + from, gradients + from, slices, stride, end - from);

    private AffineSums Part(int from, int count, T* z, T* g)
    {
        int classes = problem.Outputs;
        int* rowNumbers = order + from;
        T* y = z + (classes * MostRows);
        T* losses = y + (classes * MostRows);
        T* shares = losses + MostRows;
        int* ownLabels = (int*)(shares + MostRows);
        if (work == AffineWork.LossesOfZeros)
        {
            new Span<T>(z, classes * MostRows).Clear();
        }
        else
        {
            if (sparse is null)
                pass.Scores(x, rowNumbers, count, known - from, parameters, z);
            else
                sparse.Scores(rowNumbers, count, known - from, parameters, z);
            RowLosses.Finish(z, parameters + biases, Real.Of<T>(problem.Scale), classes, count);
        }

        Targets(rowNumbers, count, y, ownLabels);
        RowLossFormula formula = problem.Loss;
        double metric = metricIsLoss ? 0 : RowLosses.Metric(problem.Metric, z, y, ownLabels, classes, count);
        RowLosses.Compute(in formula, z, y, ownLabels, losses, classes, count);
        (double loss, double weight) = Weigh(z, losses, shares, rowNumbers, ownLabels, count);
        if (metricIsLoss)
            metric = loss * 2 / (formula.Factor * classes);
        if (work == AffineWork.Gradient && sparse is null)
        {
            pass.Gradient(x, rowNumbers, count, z, g);
            for (int c = 0; c < classes; c++)
                g[biases + c] = Sum(z + (c * MostRows), count);
        }

        return new(loss, weight, metric);
    }

    private void Targets(int* rowNumbers, int count, T* y, int* ownLabels)
    {
        int classes = problem.Outputs;
        if (labels != null)
        {
            for (int r = 0; r < count; r++)
                ownLabels[r] = labels[rowNumbers[r]];
            return;
        }

        for (int r = 0; r < count; r++)
        {
            double* from = numbers + ((nint)rowNumbers[r] * classes);
            for (int c = 0; c < classes; c++)
                y[(c * MostRows) + r] = Real.Of<T>(from[c]);
        }
    }

    /// <summary>The sums of the losses and of the weights; slopes are multiplied by their row's weight.</summary>
    private (double Loss, double Weight) Weigh(T* z, T* losses, T* shares, int* rowNumbers, int* ownLabels, int count)
    {
        double[]? rowWeights = rows.Weights, classWeights = problem.ClassWeights;
        if (rowWeights is null && classWeights is null)
            return (Real.ToDouble(Sum(losses, count)), count);

        double loss = 0, weight = 0;
        for (int r = 0; r < count; r++)
        {
            double own = (rowWeights?[rowNumbers[r]] ?? 1) * (classWeights?[ownLabels[r]] ?? 1);
            shares[r] = Real.Of<T>(own);
            weight += own;
            loss += own * Real.ToDouble(losses[r]);
        }

        for (int c = 0; c < problem.Outputs; c++)
        {
            for (int r = 0; r < count; r++)
                z[(c * MostRows) + r] *= shares[r];
        }

        return (loss, weight);
    }

    /// <summary>A sum of at most 64, in four chains.</summary>
    private static T Sum(T* x, int count)
    {
        T a = T.Zero, b = T.Zero, c = T.Zero, d = T.Zero;
        int r = 0;
        for (; r <= count - 4; r += 4)
        {
            a += x[r];
            b += x[r + 1];
            c += x[r + 2];
            d += x[r + 3];
        }

        for (; r < count; r++)
            a += x[r];
        return a + b + (c + d);
    }

    private static void Add(T* from, T* to, int length)
    {
        for (nint j = 0; j < length; j += Vector<T>.Count)
            (Vector.Load(to + j) + Vector.Load(from + j)).Store(to + j);
    }

    /// <summary>Updates the parameters from a place to another; false if their gradient is not finite.</summary>
    private bool Apply(int from, int end)
    {
        // Where nothing distinguishes weights and biases, which lie side by side, all are updated as weights are.
        bool alike = problem.Scale == 1 && problem.L1 == 0 && problem.L2 == 0 && update.Decay == 0;
        int biases = alike ? end : Math.Clamp(this.biases, from, end);
        bool finite = true;
        if (from < biases)
            finite = Updates.Apply(in update, step, Target(from, biases), problem.Scale * share, problem.L1, problem.L2);
        // AdamW lets weights decay and the proximal step shrinks them, not biases.
        if (biases < end)
            finite &= Updates.Apply(update with { Decay = 0 }, step, Target(biases, end), share, 0, 0);
        return finite;
    }

    /// <summary>An update in chunks of the parameters, each whole cache lines.</summary>
    private sealed class Updating(AffineTrainer<TX, T> trainer) : IParts
    {
        public void Do(int part, int worker)
        {
            int from = part * trainer.chunk;
            if (!trainer.Apply(from, Math.Min(from + trainer.chunk, trainer.stride)))
                trainer.gradientIsFinite = false;
        }
    }

    /// <summary>
    /// The gradient of a window of sparse rows, and after the last one the update, in ranges of columns. Sums over many windows are put
    /// away now and then, so that chains of additions stay short.
    /// </summary>
    private sealed class Scattering(AffineTrainer<TX, T> trainer, int[] cuts) : IParts
    {
        // What is put away is 0 between two gradients; the gradient is where it was taken back.
        private bool isClear = true;
        private bool clears;
        private bool putsAway;
        private bool takesBack;
        private bool updates;
        private bool touches;
        private bool hasMore;
        private long values;
        private int ranges;

        internal void Run(long values, bool isFirst, bool isLast, bool updates, int helpers)
        {
            int features = trainer.rows.Columns;
            if (isFirst)
                (this.values, hasMore) = (0, false);
            this.values += values;
            clears = isFirst && !isClear;
            // Not before the values make up for the time.
            putsAway = !isLast && this.values >= features;
            takesBack = isLast && hasMore;
            this.updates = updates && isLast;
            bool isPlain = trainer.update.Rule == UpdateRule.Sgd && trainer.problem is { L1: 0, L2: 0 };
            touches = this.updates && isFirst && isPlain && values * FeaturesPerValue < features;
            ranges = helpers == 1 ? 1 : trainer.threads;

            AddBiases(isFirst);
            Workers.Run(this, ranges, helpers);
            if (this.updates && !trainer.Apply(trainer.biases, trainer.stride))
                trainer.gradientIsFinite = false;
            isClear = touches;
            if (putsAway)
                (this.values, hasMore) = (0, true);
        }

        /// <summary>A range of columns.</summary>
        public void Do(int part, int worker)
        {
            (int low, int high) = ranges == 1 ? (0, trainer.rows.Columns) : (cuts[part], cuts[part + 1]);
            if (low == high)
                return;
            int from = low * trainer.featureStride;
            int length = (high == trainer.rows.Columns ? trainer.biases : high * trainer.featureStride) - from;
            T* g = trainer.gradients, own = g + from, away = own + trainer.stride;
            if (clears)
                new Span<T>(own, length).Clear();
            SparsePass<T> sparse = trainer.sparse!;
            sparse.Scatter(trainer.order, trainer.count, new(trainer.scratch, trainer.scratchLength), g, low, high);
            if (putsAway)
            {
                Add(own, away, length);
                new Span<T>(own, length).Clear();
            }

            if (takesBack)
            {
                Add(away, own, length);
                new Span<T>(away, length).Clear();
            }

            if (!updates)
                return;
            T scale = Real.Of<T>(trainer.problem.Scale * trainer.share), rate = Real.Of<T>(trainer.update.Rate);
            bool finite = touches
                ? sparse.Descend(trainer.order, trainer.count, trainer.parameters, g, scale, rate, low, high)
                : trainer.Apply(from, from + length);
            if (!finite)
                trainer.gradientIsFinite = false;
        }

        private void AddBiases(bool isFirst)
        {
            T* g = trainer.gradients + trainer.biases;
            if (isFirst)
                new Span<T>(g, trainer.stride - trainer.biases).Clear();
            for (int c = 0; c < trainer.problem.Outputs; c++)
            {
                T sum = T.Zero;
                for (int from = 0; from < trainer.count; from += MostRows)
                {
                    T* z = trainer.scratch + ((nint)(from / MostRows) * trainer.scratchLength);
                    sum += Sum(z + (c * MostRows), Math.Min(MostRows, trainer.count - from));
                }

                g[c] += sum;
            }
        }
    }
}
