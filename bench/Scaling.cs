// `bench scaling`: how time and memory of an epoch grow with the rows, the columns, the classes, the minibatch and the threads,
// each by itself from one middle.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text;
using LinearNets.FSharp;

namespace LinearNets.Bench;

internal static class Scaling
{
    private static readonly Point Middle = new(20_000, 100, 10, 256, 1);

    /// <summary>The table, as Markdown.</summary>
    internal static string Table()
    {
        var text = new StringBuilder();
        text.AppendLine("# An epoch of softmax regression from float32, against one size at a time").AppendLine();
        text.AppendLine($"Middle: {Middle}. Median of fits of 5 epochs, divided; memory is what a fit allocates in all.").AppendLine();
        text.AppendLine("| what | size | ms an epoch | ns a row | GFLOP/s | allocated by a fit |").AppendLine("|---|--:|--:|--:|--:|--:|");
        foreach ((string what, Point point, int size) in Points())
        {
            (double milliseconds, double bytes) = Measure(point);
            double operations = 4.0 * point.Rows * point.Columns * point.Classes;
            text.AppendLine($"| {what} | {size} | {milliseconds:F2} | {1e6 * milliseconds / point.Rows:F0} | {operations / milliseconds / 1e6:F1} | {bytes / 1024:F0} KB |");
        }

        return text.ToString();
    }

    private static IEnumerable<(string What, Point Point, int Size)> Points()
    {
        foreach (int rows in new[] { 1_000, 5_000, 20_000, 100_000, 500_000 })
            yield return ("rows", Middle with { Rows = rows }, rows);
        foreach (int columns in new[] { 1, 4, 16, 31, 32, 100, 400, 1600 })
            yield return ("columns", Middle with { Columns = columns }, columns);
        foreach (int classes in new[] { 2, 3, 5, 10, 11, 26, 100 })
            yield return ("classes", Middle with { Classes = classes }, classes);
        foreach (int batch in new[] { 1, 8, 32, 64, 256, 1024, 20_000 })
            yield return ("minibatch", Middle with { Batch = batch }, batch);
        for (int threads = 1; threads <= 2 * Environment.ProcessorCount; threads *= 2)
            yield return ("threads", Middle with { Threads = threads, Batch = 1024 }, threads);
    }

    private static (double Milliseconds, double Bytes) Measure(Point point)
    {
        const int Epochs = 5;
        SyntheticClasses shape = FSharp.Synthetic.classDefaults;
        Dataset data = FSharp.Synthetic.classes(new SyntheticClasses(point.Classes, point.Columns, shape.spread, point.Rows, shape.seed));
        Model model = ModelModule.linear(point.Columns, point.Classes);
        Fitted Fit() => Works.Fit(data, model, LossModule.crossEntropy, 0.01, point.Batch, Epochs, Rule.Fused, point.Threads, validation: null);
        Fit();
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Fit();
        double bytes = GC.GetTotalAllocatedBytes(precise: true) - before;
        var times = new List<double>();
        var whole = Stopwatch.StartNew();
        while (times.Count < 3 || whole.ElapsedMilliseconds < 500)
        {
            long start = Stopwatch.GetTimestamp();
            Fit();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / Epochs);
        }

        return (Works.Median(times), bytes);
    }

    private sealed record Point(int Rows, int Columns, int Classes, int Batch, int Threads)
    {
        public override string ToString() => $"{Rows} rows, {Columns} columns, {Classes} classes, minibatches of {Batch}, {Threads} thread";
    }
}
