// Our side of `bench solvers`. Images and the lasso's columns are written for the peers, which read the very same numbers.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using LinearNets.FSharp;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace LinearNets.Bench;

internal static class SolverWorks
{
    /// <summary>The variable that names the folder of shared numbers; peers/solver_data.py reads it too.</summary>
    internal const string Folder = "LINEARNETS_BENCH_DATA";

    /// <summary>A small trial takes so much fewer rows.</summary>
    private static readonly int Shrink = int.Parse(Environment.GetEnvironmentVariable("LINEARNETS_BENCH_SHRINK") ?? "1", CultureInfo.InvariantCulture);

    private static readonly Lazy<Dataset> Squares = new(() => Linear(1_000_000 / Shrink, 100, 100));
    private static readonly Lazy<Dataset> Images = new(() => FSharp.Synthetic.garments(Works.Images / Shrink, 1, 42).Item1);
    private const int DocumentColumns = 50_000;

    /// <summary>SGDClassifier's usual alpha.</summary>
    private const double DocumentPenalty = 1e-4;

    private static readonly Lazy<Dataset> Documents = new(ReadDocuments);
    private static readonly Lazy<Dataset> Sparse = new(() => Linear(10_000 / Shrink, 1_000, 50));
    private static readonly Model ImagesModel =
        ModelModule.compose(ListModule.OfArray([ModelModule.scale(1 / 255.0), ModelModule.linear(Works.Pixels, Works.Classes)]));

    internal static readonly Dictionary<string, Work> All = new()
    {
        ["least squares, Exact"] = new(
            () => exact = Exact.run(Exact.defaults, Squares.Value),
            Prepare: _ => Made(Squares),
            Result: () => new Dictionary<string, double> { ["passes of refinement"] = exact!.passes }),
        ["softmax regression, Lbfgs"] = new(
            () => solved = Descend(reach.Iterations),
            Prepare: StepsTo,
            Result: () => new Dictionary<string, double> { ["objective"] = solved!.convergence.Objective, ["iterations"] = solved.convergence.Iterations }),
        ["lasso path, 100 lambdas"] = new(
            () => path = Path(),
            Prepare: _ => Made(Sparse),
            Result: () => new Dictionary<string, double> { ["last nonzero"] = path![path.Length - 1].nonZero, ["largest gap"] = path!.Max(point => point.convergence.Gap) }),
        ["documents, Lbfgs"] = Document(() => Documents.Value, objective: true),
        ["documents, Lbfgs, to a log-loss"] = Document(() => Documents.Value, objective: false),
        ["documents, file and Lbfgs"] = Document(ReadDocuments, objective: true),
        ["documents, file and Lbfgs, to a log-loss"] = Document(ReadDocuments, objective: false),
    };

    private static ExactFit? exact;
    private static readonly Model DocumentsModel = ModelModule.linear(DocumentColumns, 1);

    private static Solved? solved;
    private static FSharpList<PathPoint>? path;
    private static (double? Target, int Iterations) reach;

    /// <summary>Writes what the peers read.</summary>
    internal static void Share(string folder)
    {
        Dataset images = Images.Value, sparse = Sparse.Value;
        Write("images.u8", images, i => [.. images.Row(i).Select(value => (byte)value)]);
        Write("labels.u8", images, i => [(byte)images.Target(i)[0]]);
        Write("lasso-x.f64", sparse, i => MemoryMarshal.AsBytes<double>(sparse.Row(i)).ToArray());
        Texts(20_000 / Shrink).ToLibSvm(System.IO.Path.Combine(folder, "documents.txt"));
        Write("lasso-y.f64", sparse, i => BitConverter.GetBytes(sparse.Target(i)[0]));

        void Write(string name, Dataset data, Func<int, byte[]> row)
        {
            using FileStream file = File.Create(System.IO.Path.Combine(folder, name));
            for (int i = 0; i < data.Rows; i++)
                file.Write(row(i));
        }
    }

    /// <summary>Columns between −1 and 1, the first so many of which have weights 1, 2 and so on; noise as large as one of them.</summary>
    private static Dataset Linear(int rows, int columns, int weights)
    {
        var random = new System.Random(1);
        double[,] x = new double[rows, columns];
        double[] y = new double[rows];
        for (int i = 0; i < rows; i++)
        {
            y[i] = 3 + (2 * random.NextDouble()) - 1;
            for (int j = 0; j < columns; j++)
            {
                x[i, j] = (2 * random.NextDouble()) - 1;
                if (j < weights)
                    y[i] += (j + 1) * x[i, j];
            }
        }

        return Dataset.From(x, y);
    }

    /// <summary>
    /// Documents of 60 to 240 words, rare ones among them as in any language, each word by how often it comes and in how few documents,
    /// documents of length 1; every tenth word says something of the answer, which is 0 or 1.
    /// </summary>
    private static Dataset Texts(int rows)
    {
        var random = new System.Random(1);
        double[] upTo = new double[DocumentColumns], means = new double[DocumentColumns];
        for (int j = 0; j < DocumentColumns; j++)
        {
            upTo[j] = (j > 0 ? upTo[j - 1] : 0) + (1 / (j + 10.0));
            means[j] = random.Next(10) == 0 ? random.NextDouble() - 0.5 : 0;
        }

        var documents = new SortedDictionary<int, int>[rows];
        int[] inDocuments = new int[DocumentColumns];
        for (int i = 0; i < rows; i++)
        {
            documents[i] = [];
            for (int words = random.Next(60, 240); words > 0; words--)
            {
                int place = Array.BinarySearch(upTo, random.NextDouble() * upTo[^1]);
                int word = Math.Min(DocumentColumns - 1, place < 0 ? ~place : place);
                documents[i][word] = documents[i].GetValueOrDefault(word) + 1;
            }

            foreach (int word in documents[i].Keys)
                inDocuments[word]++;
        }

        List<int> starts = [0], columns = [];
        List<double> values = [];
        double[] answers = new double[rows];
        for (int i = 0; i < rows; i++)
        {
            double[] own = [.. documents[i].Select(word => word.Value * (1 + Math.Log((1.0 + rows) / (1 + inDocuments[word.Key]))))];
            double length = Math.Sqrt(own.Sum(value => value * value));
            double score = documents[i].Keys.Zip(own, (word, value) => means[word] * value / length).Sum();
            columns.AddRange(documents[i].Keys);
            values.AddRange(own.Select(value => Math.Round(value / length, 6)));
            starts.Add(columns.Count);
            answers[i] = random.NextDouble() < 1 / (1 + Math.Exp(-40 * score)) ? 1 : 0;
        }

        return Dataset.FromSparse([.. starts], [.. columns], [.. values], DocumentColumns, answers);
    }

    private static Dataset ReadDocuments() => Dataset.FromLibSvm(
        System.IO.Path.Combine(Environment.GetEnvironmentVariable(Folder)!, "documents.txt"),
        new LibSvmSettings { Columns = DocumentColumns, TargetKind = LibSvmTargets.Numbers });

    /// <summary>As many iterations as it takes to the peer's objective, or to its log-loss alone.</summary>
    private static Work Document(Func<Dataset> data, bool objective)
    {
        int iterations = 0;
        Solved? found = null;
        return new(
            () => found = Logistic(data(), iterations),
            Prepare: target =>
            {
                if (iterations == 0)
                {
                    double Reached(int most) => objective ? Logistic(Documents.Value, most).convergence.Objective : LogLoss(Logistic(Documents.Value, most));
                    iterations = 1;
                    while (iterations < 100 && Reached(iterations) > target)
                        iterations++;
                }
            },
            Result: () => new Dictionary<string, double>
            {
                ["objective"] = found!.convergence.Objective,
                ["log-loss"] = LogLoss(found),
                ["iterations"] = found.convergence.Iterations,
            });
    }

    private static double LogLoss(Solved solved)
    {
        double[] weights = solved.parameters.Head.toArray2D<double>().Cast<double>().ToArray();
        return solved.convergence.Objective - (DocumentPenalty / 2 * weights.Sum(w => w * w));
    }

    private static Solved Logistic(Dataset data, int most)
    {
        LbfgsSettings defaults = FSharp.Lbfgs.defaults;
        return FSharp.Lbfgs.run(
            new LbfgsSettings(
                DocumentsModel,
                LossModule.binaryCrossEntropy,
                PenaltyModule.l2(DocumentPenalty),
                defaults.classWeights,
                FSharpOption<double>.Some(1e-12),
                most,
                defaults.memory,
                defaults.initial,
                defaults.rule,
                defaults.threads,
                defaults.cancellation),
            data);
    }

    private static void Made(Lazy<Dataset> data) => _ = data.Value;

    /// <summary>Finds how many iterations it takes to an objective of the peer's; all of them where there is none.</summary>
    private static void StepsTo(double? target)
    {
        Made(Images);
        if (reach.Iterations > 0 && reach.Target == target)
            return;
        reach = (target, target is { } objective ? Descend(1000).history.TakeWhile(value => value > objective).Count() : 1000);
    }

    /// <summary>λ = 1/n is scikit-learn's C = 1. The tolerance is out of reach: it is the iterations that end it.</summary>
    private static Solved Descend(int most)
    {
        LbfgsSettings defaults = FSharp.Lbfgs.defaults;
        return FSharp.Lbfgs.run(
            new LbfgsSettings(
                ImagesModel,
                LossModule.crossEntropy,
                PenaltyModule.l2(1.0 / Images.Value.Rows),
                defaults.classWeights,
                FSharpOption<double>.Some(1e-12),
                most,
                defaults.memory,
                defaults.initial,
                defaults.rule,
                defaults.threads,
                defaults.cancellation),
            Images.Value);
    }

    /// <summary>To scikit-learn's default gap, of 1e-4 as a share of the mean square of y: ours is a share of half of it.</summary>
    private static FSharpList<PathPoint> Path()
    {
        CoordinateDescentSettings defaults = FSharp.CoordinateDescent.defaults;
        return FSharp.CoordinateDescent.path(
            FSharp.CoordinateDescent.pathDefaults,
            new CoordinateDescentSettings(
                ModelModule.linear(Sparse.Value.Columns, 1),
                defaults.loss,
                defaults.penalty,
                2e-4,
                defaults.sweeps,
                defaults.initial,
                defaults.threads,
                defaults.cancellation),
            Sparse.Value);
    }
}
