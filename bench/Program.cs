// Runs the benchmarks in this process, PyTorch before and after them where python3-torch is installed, and writes one table:
// medians, quartiles, allocations, GFLOP/s and share of the FMA peak measured in the same run, and the ratio to PyTorch.
//
//   dotnet fsi build.fsx bench                 prints the table of the pieces
//   dotnet fsi build.fsx bench peers           trains beside PyTorch, scikit-learn and NumPy, where they are installed
//   dotnet fsi build.fsx bench solvers         least squares, L-BFGS and the lasso's path beside scikit-learn and NumPy
//   dotnet fsi build.fsx bench scaling         time and memory against rows, columns, classes, minibatch and threads
//   dotnet fsi build.fsx bench stream 8        training on files of 8 GB beside training in memory and reading them; needs the space
//   … --save NAME                              also writes the table to bench/results/
//   dotnet fsi build.fsx bench images FOLDER   the test images of MNIST and the garments, learned by PyTorch and scikit-learn, too; --save likewise
//   dotnet fsi build.fsx bench accuracy        correct digits of least squares beside others; --save writes bench/results/accuracy.md

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.Intrinsics;
using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Environments;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Mathematics;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using LinearNets.Bench;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

switch (args)
{
    case ["nothing"]:
        return 0;
    case ["first-fit"]:
        return Works.FirstFit().steps > 0 ? 0 : 1;
    case ["serve"]:
        Works.Serve();
        return 0;
    case []:
        return Pieces.Run(null);
    case ["--save", var name]:
        return Pieces.Run(name);
    case ["peers"]:
        return Results.Show(Peers.Table(), null);
    case ["peers", "--save", var name]:
        return Results.Show(Peers.Table(), name + "-peers");
    case ["solvers"]:
        return Results.Show(Solvers.Table(), null);
    case ["solvers", "--save", var name]:
        return Results.Show(Solvers.Table(), name + "-solvers");
    case ["accuracy"]:
        return Results.Show(Accuracy.Table(), null);
    case ["accuracy", "--save"]:
        return Results.Show(Accuracy.Table(), "accuracy");
    case ["stream", var gigabytes]:
        return Results.Show(Streaming.Table(gigabytes), null);
    case ["stream", var gigabytes, "--save", var name]:
        return Results.Show(Streaming.Table(gigabytes), name + "-stream");
    case ["stream-part", .. var part]:
        return Streaming.Part(part);
    case ["scaling"]:
        return Results.Show(Scaling.Table(), null);
    case ["scaling", "--save", var name]:
        return Results.Show(Scaling.Table(), name + "-scaling");
    case ["images", var folder]:
        return Results.Show(Images.Table(folder), null);
    case ["images", var folder, "--save"]:
        return Results.Show(Images.Table(folder), "images");
    default:
        Console.Error.WriteLine("bench takes nothing, peers, solvers, scaling or stream GIGABYTES, and then nothing or --save NAME; or accuracy or images FOLDER, and then nothing or --save.");
        return 1;
}

/// <summary>The pieces, by BenchmarkDotNet.</summary>
internal static class Pieces
{
    internal static int Run(string? name)
    {
        PeerRun? before = PeerRun.Start();

        // In this process: the out-of-process runner restores a project of its own, outside the locked package graph.
        IConfig config = ManualConfig.CreateEmpty()
            .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(5).WithIterationCount(20))
            .AddLogger(ConsoleLogger.Default)
            .WithOptions(ConfigOptions.DisableLogFile);
        Summary summary = BenchmarkRunner.Run<TensorBenchmarks>(config);
        if (summary.Reports.Any(report => !report.Success))
            return 1;

        PeerRun? after = PeerRun.Start();
        return Results.Show(Results.Table(summary, before, after), name);
    }
}

/// <summary>One run of peers/torch_peer.py; null where there is no PyTorch, or it says why it would not be a fair peer.</summary>
internal sealed record PeerRun(string Peer, IReadOnlyDictionary<string, double> Medians)
{
    internal static PeerRun? Start()
    {
        var start = new ProcessStartInfo(File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3")
        {
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add(Path.Combine(Results.Folder(), "peers", "torch_peer.py"));
        start.Environment["OPENBLAS_CORETYPE"] = Vector512.IsHardwareAccelerated ? "SkylakeX" : "";
        start.Environment["OPENBLAS_NUM_THREADS"] = "1";
        start.Environment["OMP_NUM_THREADS"] = "1";
        try
        {
            using Process peer = Process.Start(start)!;
            string output = peer.StandardOutput.ReadToEnd();
            peer.WaitForExit();
            if (peer.ExitCode != 0)
                return null;
            using JsonDocument json = JsonDocument.Parse(output);
            return new PeerRun(
                json.RootElement.GetProperty("peer").GetString()!,
                json.RootElement.GetProperty("results").EnumerateObject().ToDictionary(
                    result => result.Name,
                    result => result.Value.GetProperty("median").GetDouble()));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}

internal static class Results
{
    /// <summary>Floating-point operations of one call, a multiplication and an addition counting as two.</summary>
    private static readonly Dictionary<string, double> Operations = new()
    {
        ["FMA peak"] = FmaPeak.OperationsPerCall(TensorBenchmarks.PeakSteps),
        ["X·W (256×784)(784×10)"] = 2.0 * 256 * 784 * 10,
        ["Xᵀ·G (784×256)(256×10)"] = 2.0 * 256 * 784 * 10,
        ["G·Wᵀ (256×10)(10×784)"] = 2.0 * 256 * 784 * 10,
        ["A·B 1024³"] = 2.0 * 1024 * 1024 * 1024,
    };

    /// <summary>The folder bench/ of the repository this was built in.</summary>
    internal static string Folder()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LinearNets.sln")))
            folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? throw new InvalidOperationException("Run the benchmarks inside the repository."), "bench");
    }

    /// <summary>Prints a table, and writes it to results/ where there is a name for it.</summary>
    internal static int Show(string table, string? name)
    {
        Console.WriteLine(table);
        if (name is not null)
            File.WriteAllText(Path.Combine(Folder(), "results", name + ".md"), table);
        return 0;
    }

    internal static string Table(Summary summary, PeerRun? before, PeerRun? after)
    {
        var text = new StringBuilder();
        text.AppendLine("# Tensors, one thread, float32").AppendLine();
        HostEnvironmentInfo host = summary.HostEnvironmentInfo;
        text.AppendLine($"{host.CpuInfo.Value?.ProcessorName ?? "unknown processor"}, {Environment.ProcessorCount} cores; {host.RuntimeVersion}; "
            + $"{(Vector512.IsHardwareAccelerated ? "512-bit registers" : "256-bit registers or less")}.");
        text.AppendLine(before is null || after is null
            ? "PyTorch is not installed here, or would not be a fair peer: no comparison."
            : $"Peer: {before.Peer}; run before and after, both medians are given.");
        text.AppendLine("Collections are those of generations 0, 1 and 2 in a thousand runs. A ratio below 1 is a loss.");
        text.AppendLine().AppendLine("| work | median µs | quartiles | GFLOP/s | of peak | allocated | collections | PyTorch µs | PyTorch / ours |")
            .AppendLine("|---|--:|--:|--:|--:|--:|--:|--:|--:|");

        double peak = 0;
        foreach (BenchmarkReport report in summary.Reports)
        {
            string name = report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'');
            Statistics time = report.ResultStatistics!;
            double rate = Operations.TryGetValue(name, out double operations) ? operations / time.Median : 0;
            if (name == "FMA peak")
                peak = rate;
            string rates = rate > 0 ? $"{rate:F0} | {rate / peak:P0}" : "– | –";
            string own = $"{time.Median / 1000:F1} | {time.Q1 / 1000:F1}–{time.Q3 / 1000:F1} | {rates} | {Memory(report)}";
            string peer = before is not null && after is not null && before.Medians.TryGetValue(name, out double first)
                ? Ratio(first, after.Medians[name], time.Median / 1000)
                : "– | –";
            text.AppendLine($"| {name} | {own} | {peer} |");
        }

        return text.ToString();
    }

    private static string Memory(BenchmarkReport report)
    {
        GcStats gc = report.GcStats;
        double allocated = gc.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0;
        string collections = string.Join(", ", new[] { gc.Gen0Collections, gc.Gen1Collections, gc.Gen2Collections }
            .Select(count => $"{1000.0 * count / gc.TotalOperations:F0}"));
        return $"{allocated / 1024:F1} KB | {collections}";
    }

    private static string Ratio(double before, double after, double ours) =>
        $"{before:F1}, {after:F1} | {Math.Min(before, after) / ours:F2}–{Math.Max(before, after) / ours:F2}";
}
