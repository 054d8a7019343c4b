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
    private static readonly Lazy<Dataset> Images = new(() => Synthetic.garments(Works.Images / Shrink, 1, 42).Item1);
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
    };

    private static ExactFit? exact;
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
        LbfgsSettings defaults = Lbfgs.defaults;
        return Lbfgs.run(
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
        CoordinateDescentSettings defaults = CoordinateDescent.defaults;
        return CoordinateDescent.path(
            CoordinateDescent.pathDefaults,
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
