// `bench peers`: the same work in this library and in others, turn by turn in one run, and the ratio of their times.
//
// A round is ours, theirs; the ratio of a round is of two times next to each other, so that a machine that changes its speed
// changes both. What is reported is the median of the rounds' ratios, and the lowest and highest.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.Intrinsics;
using System.Text;

namespace LinearNets.Bench;

internal static class Peers
{
    private const int Rounds = 7;
    private const double Milliseconds = 300;
    private const string PassTitle = "shuffled pass over 60000 images";
    private const string DoorTitle = "the C# call beside the F# call that it makes";
    private const string ServingTitle = "classes of images, 784×10, one by one";

    private static readonly Comparison[] Comparisons =
    [
        new("the book's linear regression", "line, Fused", "torch 1", "line, the book's loop"),
        new("the book's linear regression", "line, Fused", "torch 1", "line, the fastest loop"),
        new("the book's linear regression", "line, Fused", "torch 1", "line, nn and DataLoader"),
        new("the book's linear regression", "line, Fused", "numpy", "line"),
        new("the book's linear regression", "line, Fused", "sklearn", "line, row by row"),
        new("the book's linear regression", "line, ClosedForm", "torch 1", "line, the book's loop"),
        new("the book's linear regression", "line, ClosedForm", "torch 1", "line, the fastest loop"),
        new("the book's linear regression", "line, Autodiff", "torch 1", "line, the book's loop"),
        new("the book's linear regression", "line, Autodiff", "torch 1", "line, the fastest loop"),
        new("softmax epoch 60000×784×10", "softmax of bytes, Fused, 1 thread", "torch 1", "softmax of floats", Threads: 1),
        new("softmax epoch 60000×784×10", "softmax of bytes, Fused, 1 thread", "torch 1", "softmax of bytes", Threads: 1),
        new("softmax epoch 60000×784×10", "softmax of bytes, Fused, 2 threads", "torch 2", "softmax of floats", Threads: 2),
        new("softmax epoch 60000×784×10", "softmax of bytes, Fused, 2 threads", "torch 2", "softmax of bytes", Threads: 2),
        new("softmax epoch 60000×784×10", "softmax of bytes, Fused, 2 threads", "torch 2", "softmax, nn and DataLoader", Threads: 2),
        new("softmax epoch 60000×784×10", "softmax of floats, Fused, 1 thread", "torch 1", "softmax of floats", Threads: 1),
        new("softmax epoch 60000×784×10", "softmax of floats, Fused, 2 threads", "torch 2", "softmax of floats", Threads: 2),
        new("softmax epoch 60000×784×10", "softmax of floats, Fused, 2 threads", "numpy", "softmax of floats", Threads: 2),
        new("softmax epoch 60000×784×10", "softmax of floats, Fused, 2 threads", "sklearn", "one class against the rest, row by row", Threads: 2),
        new("softmax epoch 60000×784×10", "softmax of floats, ClosedForm, 1 thread", "torch 1", "softmax of floats", Threads: 1),
        new("softmax epoch 60000×784×10", "softmax of floats, Autodiff, 1 thread", "torch 1", "softmax of floats", Threads: 1),
        new("softmax epoch 60000×784×10", "softmax of bytes, ClosedForm, 1 thread", "torch 1", "softmax of bytes", Threads: 1),
        new("… AVX2 forced", "softmax of bytes, Fused, 1 thread", "torch 1", "softmax of floats", Ours: "avx2"),
        new("… portable forced", "softmax of bytes, Fused, 1 thread", "torch 1", "softmax of floats", Ours: "portable"),
        new("CSV of 100 MB", "CSV, 1 thread", "pandas", "CSV, as usual"),
        new("CSV of 100 MB", "CSV, 1 thread", "pandas", "CSV, dtype=float32"),
        new("CSV of 100 MB", "CSV, 2 threads", "pandas", "CSV, as usual"),
        new("CSV of 100 MB", "CSV, 2 threads", "pandas", "CSV, dtype=float32"),
        new("CSV of 100 MB", "CSV, 2 threads", "ours", "CSV, 1 thread"),
        new(PassTitle, "pass over bytes, new memory", "torch 2", "pass over floats, 0 workers"),
        new(PassTitle, "pass over bytes, new memory", "torch 2", "pass over bytes, 0 workers"),
        new(PassTitle, "pass over bytes, new memory", "torch 2", "pass over floats, 4 workers"),
        new(PassTitle, "pass over bytes, same memory", "torch 2", "pass over floats, 0 workers"),
        new(PassTitle, "pass over bytes, same memory", "torch 2", "pass over bytes, 0 workers"),
        new(PassTitle, "pass over bytes, same memory", "torch 2", "pass over floats, 4 workers"),
        new(PassTitle, "pass over floats, new memory", "torch 2", "pass over floats, 0 workers"),
        new(PassTitle, "pass over floats, same memory", "torch 2", "pass over floats, 0 workers"),
        new(DoorTitle, "line, C#", "ours", "line, Fused"),
        new(DoorTitle, "softmax of bytes, C#, 1 thread", "ours", "softmax of bytes, Fused, 1 thread"),
        new(DoorTitle, "softmax of bytes, C#, 2 threads", "ours", "softmax of bytes, Fused, 2 threads"),
        new(DoorTitle, "softmax of bytes, C#, 2 threads, validated", "ours", "softmax of bytes, Fused, 2 threads, validated"),
        new(DoorTitle, "softmax of floats, C#, 1 thread", "ours", "softmax of floats, Fused, 1 thread"),
        new(DoorTitle, "softmax of floats, C#, 2 threads", "ours", "softmax of floats, Fused, 2 threads"),
        new(ServingTitle, "1000 rows, one by one", "sklearn", "1000 rows, one by one"),
        new(ServingTitle, "1000 rows, one by one", "torch 1", "1000 rows, one by one"),
        new("two threads beside one", "softmax of bytes, Fused, 2 threads", "ours", "softmax of bytes, Fused, 1 thread"),
        new("validation of 10,000 rows after each epoch", "softmax of bytes, Fused, 2 threads, validated", "ours", "softmax of bytes, Fused, 2 threads"),
    ];

    /// <summary>The table, as Markdown.</summary>
    internal static string Table()
    {
        using var reading = new Reading();
        var children = new Dictionary<string, Child>
        {
            ["ours"] = Child.Ours(""),
            ["avx2"] = Child.Ours("avx2"),
            ["portable"] = Child.Ours("portable"),
            ["torch 1"] = Child.Python("torch_training", 1),
            ["torch 2"] = Child.Python("torch_training", 2),
            ["numpy"] = Child.Python("numpy_training", 2),
            ["sklearn"] = Child.Python("sklearn_training", 2),
            ["pandas"] = Child.Python("pandas_reading", 2),
        };
        try
        {
            var text = new StringBuilder();
            text.AppendLine("# Training beside others").AppendLine();
            text.AppendLine($"{Processor()}, {Environment.ProcessorCount} cores; .NET {Environment.Version}; "
                + $"{(Vector512.IsHardwareAccelerated ? "512-bit registers" : "256-bit registers or less")}. {Rounds} rounds of ours, theirs; "
                + "the ratio is theirs to ours, its median over the rounds, lowest and highest: below 1 is a loss.");
            foreach ((string name, Child child) in children)
            {
                if (child.Missing is { } reason)
                    text.AppendLine($"- {name} is left out: {reason}.");
                else if (name is not ("ours" or "avx2" or "portable"))
                    text.AppendLine($"- {name}: {child.Peer}; {child.Environment}.");
            }

            text.AppendLine($"- The CSV file has {Reading.Bytes / 1e6:F0} MB: {Reading.Rows} rows of {Reading.Columns} numbers with six decimals; "
                + "read into float32 with a cache that is warm, targets into float64.");
            double[] peaks = [.. new[] { 1, 2 }.Select(threads => threads * Works.PeakOperations / Best(children["ours"], $"peak, {threads} thread{(threads > 1 ? "s" : "")}") / 1e6)];
            text.AppendLine($"- The processor's peak, measured here: {peaks[0]:F0} GFLOP/s on one thread, {peaks[1]:F0} on two.");
            text.AppendLine().AppendLine("| work | ours | ms | theirs | ms | theirs / ours | of peak |").AppendLine("|---|---|--:|---|--:|--:|--:|");
            foreach (Comparison comparison in Comparisons)
            {
                Child ours = children[comparison.Ours], theirs = children[comparison.Peer];
                if (ours.Missing is not null || theirs.Missing is not null)
                    continue;
                Round[] rounds = Compare(ours, comparison.Work, theirs, comparison.PeerWork);
                double[] ratios = [.. rounds.Select(round => round.Theirs / round.Ours)];
                double median = Works.Median(rounds.Select(round => round.Ours));
                string share = comparison.Threads == 0 ? "–" : $"{Works.SoftmaxOperations / median / 1e6 / peaks[comparison.Threads - 1]:P0}";
                text.AppendLine($"| {comparison.Title} | {comparison.Work} | {median:G4} | {comparison.Peer}: {comparison.PeerWork} | "
                    + $"{Works.Median(rounds.Select(round => round.Theirs)):G4} | {Works.Median(ratios):G3} ({ratios.Min():G3}–{ratios.Max():G3}) | {share} |");
                Console.Error.WriteLine($"{comparison.Work} / {comparison.PeerWork}: {Works.Median(ratios):G3}");
            }

            text.AppendLine($"| evaluation of 10,000 rows by itself | evaluation of 10,000, 2 threads | {Best(children["ours"], "evaluation of 10,000, 2 threads"):G4} | – | – | – | – |");
            (double empty, double first, double ratio) = ColdStart();
            text.AppendLine($"| process start to a first fit | first-fit | {first:G4} | ours: empty program | {empty:G4} | {1 / ratio:G3} | – |");
            return text.ToString();
        }
        finally
        {
            foreach (Child child in children.Values)
                child.Dispose();
        }
    }

    private static Round[] Compare(Child ours, string work, Child theirs, string peerWork)
    {
        // Once each without looking: to make data, and code.
        ours.Run(work, Milliseconds);
        theirs.Run(peerWork, Milliseconds);
        return [.. Enumerable.Range(0, Rounds).Select(_ => new Round(ours.Run(work, Milliseconds).Median, theirs.Run(peerWork, Milliseconds).Median))];
    }

    private static double Best(Child ours, string work) =>
        Enumerable.Range(0, Rounds).Select(_ => ours.Run(work, Milliseconds).Median).Min();

    /// <summary>Whole processes: one that does nothing, and one that makes data and fits them.</summary>
    private static (double Empty, double First, double Ratio) ColdStart()
    {
        double[] empty = new double[3 * Rounds], first = new double[3 * Rounds];
        for (int i = 0; i < empty.Length; i++)
        {
            empty[i] = Once("nothing");
            first[i] = Once("first-fit");
        }

        return (Works.Median(empty), Works.Median(first), Works.Median(first.Zip(empty, (f, e) => f / e)));
    }

    private static double Once(string argument)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. Child.Host(), argument]))!;
        process.WaitForExit();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    internal static string Processor()
    {
        const string Names = "/proc/cpuinfo";
        string? line = File.Exists(Names) ? File.ReadLines(Names).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? "unknown processor";
    }

    private sealed record Comparison(string Title, string Work, string Peer, string PeerWork, int Threads = 0, string Ours = "ours");

    private readonly record struct Round(double Ours, double Theirs);
}
