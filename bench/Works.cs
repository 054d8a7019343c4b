// Our side of `bench peers`: the same work as in peers/*_training.py, through the public API, on request.
//
// A process of its own answers (`serve`), in the words of peers/serve.py, so that a variable of the environment can force a
// width and no benchmark lies in another's caches.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using LinearNets.FSharp;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace LinearNets.Bench;

/// <summary>Something to be timed; a time is divided by its parts. Its data are made beforehand, for an objective to be reached where
/// there is one; numbers about its last result are asked for afterwards.</summary>
internal sealed record Work(
    Action Run, int Parts = 1, Action<double?>? Prepare = null, Func<IReadOnlyDictionary<string, double>>? Result = null);

internal static class Works
{
    internal const int Images = 60_000;
    internal const int Pixels = 28 * 28;
    internal const int Classes = 10;

    /// <summary>An epoch's time is that of a whole fit of so many, divided: the start of the fit is in it.</summary>
    internal const int Epochs = 5;

    private const int PeakSteps = 1_000_000;

    internal static readonly Lazy<Dataset> Line = new(() => FSharp.Synthetic.linear(FSharp.Synthetic.defaults));
    internal static readonly Lazy<(Dataset Train, Dataset Test)> Bytes = new(() => FSharp.Synthetic.garments(Images, 10_000, 42).ToValueTuple());
    internal static readonly Lazy<Dataset> Singles = new(() => AsSingles(Bytes.Value.Train));

    private static readonly Model LineModel = ModelModule.linear(2, 1);
    private static readonly Model SinglesModel = ModelModule.linear(Pixels, Classes);
    private static readonly Model BytesModel = ModelModule.compose(ListModule.OfArray([ModelModule.scale(1 / 255.0), SinglesModel]));

    private static readonly Dictionary<string, Work> All = new(SolverWorks.All.Concat(CSharpWorks.All))
    {
        ["peak, 1 thread"] = new(() => FmaPeak.Run(PeakSteps)),
        ["peak, 2 threads"] = new(() => Parallel.For(0, 2, _ => FmaPeak.Run(PeakSteps))),
        ["CSV, 1 thread"] = new(() => Reading.Read(1)),
        ["CSV, 2 threads"] = new(() => Reading.Read(2)),
        ["pass over bytes, new memory"] = new(() => Pass(FSharp.Data.shuffled(256, 0, Bytes.Value.Train))),
        ["pass over bytes, same memory"] = new(() => Pass(FSharp.Data.shuffledInPlace(256, 0, Bytes.Value.Train))),
        ["pass over floats, new memory"] = new(() => Pass(FSharp.Data.shuffled(256, 0, Singles.Value))),
        ["pass over floats, same memory"] = new(() => Pass(FSharp.Data.shuffledInPlace(256, 0, Singles.Value))),
        ["line, Fused"] = new(() => FitLine(Rule.Fused)),
        ["line, ClosedForm"] = new(() => FitLine(Rule.ClosedForm)),
        ["line, Autodiff"] = new(() => FitLine(Rule.Autodiff)),
        ["softmax of bytes, Fused, 1 thread"] = new(() => FitBytes(Rule.Fused, 1), Epochs),
        ["softmax of bytes, Fused, 2 threads"] = new(() => FitBytes(Rule.Fused, 2), Epochs),
        ["softmax of bytes, Fused, 2 threads, validated"] = new(() => FitBytes(Rule.Fused, 2, Bytes.Value.Test), Epochs),
        ["evaluation of 10,000, 2 threads"] = new(Evaluate),
        ["softmax of bytes, ClosedForm, 1 thread"] = new(() => FitBytes(Rule.ClosedForm, 1), Epochs),
        ["softmax of floats, Fused, 1 thread"] = new(() => FitSingles(Rule.Fused, 1), Epochs),
        ["softmax of floats, Fused, 2 threads"] = new(() => FitSingles(Rule.Fused, 2), Epochs),
        ["softmax of floats, ClosedForm, 1 thread"] = new(() => FitSingles(Rule.ClosedForm, 1), Epochs),
        ["softmax of floats, Autodiff, 1 thread"] = new(() => FitSingles(Rule.Autodiff, 1), Epochs),
    };

    private static Fitted? evaluated;

    /// <summary>Floating-point operations of a thread's share of "peak".</summary>
    internal static double PeakOperations => FmaPeak.OperationsPerCall(PeakSteps);

    /// <summary>X·W and Xᵀ·G of every row; the rest of an epoch is not counted.</summary>
    internal static double SoftmaxOperations => 2 * 2.0 * Images * Pixels * Classes;

    /// <summary>Answers requests until there are no more.</summary>
    internal static void Serve()
    {
        Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, string> { ["peer"] = "LinearNets" }));
        while (Console.ReadLine() is { } line)
        {
            Request request = JsonSerializer.Deserialize<Request>(line, Request.Json)!;
            Work work = All[request.Work];
            work.Prepare?.Invoke(request.Target);
            double? before = ForgetThePeak();
            var times = new List<double>();
            var whole = Stopwatch.StartNew();
            while (times.Count < request.Least || whole.Elapsed.TotalMilliseconds < request.Milliseconds)
            {
                long start = Stopwatch.GetTimestamp();
                work.Run();
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / work.Parts);
            }

            double? extra = before is { } held ? Memory("VmHWM") - held : null;
            Console.WriteLine(JsonSerializer.Serialize(new Outcome(Median(times), extra, work.Result?.Invoke()), Request.Json));
        }
    }

    /// <summary>Memory in use now, in MB, from which on the peak counts; null where the system has no such files.</summary>
    private static double? ForgetThePeak()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
            return Memory("VmRSS");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal static double Memory(string name)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    internal static double Median(IEnumerable<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>One small fit: what `first-fit` does from a cold start.</summary>
    internal static Fitted FirstFit() => FitLine(null);

    private static Dataset AsSingles(Dataset bytes)
    {
        float[,] pixels = new float[bytes.Rows, Pixels];
        int[] labels = new int[bytes.Rows];
        for (int i = 0; i < bytes.Rows; i++)
        {
            double[] row = bytes.Row(i);
            for (int j = 0; j < Pixels; j++)
                pixels[i, j] = (float)(row[j] / 255);
            labels[i] = (int)bytes.Target(i)[0];
        }

        return Dataset.From(pixels, labels);
    }

    private static void Pass(IEnumerable<Batch> batches) => FSharp.Data.seconds(batches);

    private static Fitted FitLine(Rule? rule) =>
        Fit(Line.Value, LineModel, LossModule.squared, 0.03, batch: 10, epochs: 3, rule, threads: 1, validation: null);

    private static Fitted FitBytes(Rule rule, int threads, Dataset? validation = null) =>
        Fit(Bytes.Value.Train, BytesModel, LossModule.crossEntropy, 0.1, batch: 256, Epochs, rule, threads, validation);

    private static Fitted FitSingles(Rule rule, int threads) =>
        Fit(Singles.Value, SinglesModel, LossModule.crossEntropy, 0.1, batch: 256, Epochs, rule, threads, validation: null);

    private static void Evaluate()
    {
        evaluated ??= FitBytes(Rule.Fused, 2);
        FSharp.Fit.evaluate(Bytes.Value.Test, evaluated);
    }

    internal static Fitted Fit(
        Dataset data, Model model, FSharp.Loss loss, double rate, int batch, int epochs, Rule? rule, int threads, Dataset? validation, int seed = 0) =>
        FSharp.Fit.run(Settings(model, loss, rate, batch, epochs, rule, threads, validation, seed), data);

    internal static FitSettings Settings(
        Model model, FSharp.Loss loss, double rate, int batch, int epochs, Rule? rule, int threads, Dataset? validation, int seed = 0)
    {
        FitSettings defaults = FSharp.Fit.defaults;
        return new FitSettings(
            model,
            loss,
            defaults.penalty,
            defaults.classWeights,
            OptimizerModule.sgd(rate),
            batch,
            epochs,
            defaults.shuffle,
            seed,
            defaults.initial,
            rule is { } forced ? FSharpOption<Rule>.Some(forced) : FSharpOption<Rule>.None,
            FSharpOption<int>.Some(threads),
            defaults.measure,
            defaults.lossAfterEpoch,
            validation is null ? FSharpOption<Dataset>.None : FSharpOption<Dataset>.Some((Dataset)validation),
            defaults.earlyStopping,
            defaults.checkpoint,
            defaults.onStep,
            defaults.onEpoch,
            defaults.cancellation);
    }
}
