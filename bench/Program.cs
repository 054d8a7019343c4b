// Runs the benchmarks in this process, PyTorch before and after them where python3-torch is installed, and writes one table:
// medians, quartiles, allocations, GFLOP/s and share of the FMA peak measured in the same run, and the ratio to PyTorch.
//
//   dotnet fsi build.fsx bench                 prints the table
//   dotnet fsi build.fsx bench --save NAME     also writes it to bench/results/NAME.md

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

int save = Array.IndexOf(args, "--save");
if (args.Length > 0 && (save != 0 || args.Length != 2))
{
    Console.Error.WriteLine("bench takes no options, or --save NAME.");
    return 1;
}

PeerRun? before = PeerRun.Start();

// In this process: the out-of-process runner restores a project of its own, outside the locked package graph.
IConfig config = ManualConfig.CreateEmpty()
    .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(5).WithIterationCount(20))
    .AddLogger(ConsoleLogger.Default)
    .WithOptions(ConfigOptions.DisableLogFile);
Summary[] summaries = [BenchmarkRunner.Run<TensorBenchmarks>(config), BenchmarkRunner.Run<TrainingBenchmarks>(config)];
if (summaries.Any(summary => summary.Reports.Any(report => !report.Success)))
    return 1;

PeerRun? after = PeerRun.Start();

string table = Report.Tables(summaries, before, after);
Console.WriteLine(table);
if (save == 0)
    File.WriteAllText(Path.Combine(Report.Folder(), "results", args[1] + ".md"), table);
return 0;

/// <summary>One run of peers/torch_peer.py; null where there is no PyTorch, or it says why it would not be a fair peer.</summary>
internal sealed record PeerRun(string Peer, IReadOnlyDictionary<string, double> Medians)
{
    internal static PeerRun? Start()
    {
        var start = new ProcessStartInfo(File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3")
        {
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add(Path.Combine(Report.Folder(), "peers", "torch_peer.py"));
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

internal static class Report
{
    /// <summary>Floating-point operations of one call, a multiplication and an addition counting as two.</summary>
    private static readonly Dictionary<string, double> Operations = new()
    {
        ["FMA peak"] = FmaPeak.OperationsPerCall(TensorBenchmarks.PeakSteps),
        ["X·W (256×784)(784×10)"] = 2.0 * 256 * 784 * 10,
        ["Xᵀ·G (784×256)(256×10)"] = 2.0 * 256 * 784 * 10,
        ["G·Wᵀ (256×10)(10×784)"] = 2.0 * 256 * 784 * 10,
        ["A·B 1024³"] = 2.0 * 1024 * 1024 * 1024,
        ["softmax epoch of float32, Fused"] = SoftmaxEpoch,
        ["softmax epoch of bytes, Fused"] = SoftmaxEpoch,
        ["softmax epoch of float32, ClosedForm"] = SoftmaxEpoch,
        ["softmax epoch of float32, Autodiff"] = SoftmaxEpoch,
        ["softmax epoch of bytes, ClosedForm"] = SoftmaxEpoch,
        ["softmax epoch of bytes, Autodiff"] = SoftmaxEpoch,
    };

    /// <summary>X·W and Xᵀ·G of every row; the rest is not counted.</summary>
    private const double SoftmaxEpoch = 2 * 2.0 * 60_000 * 784 * 10;

    /// <summary>What of PyTorch is beside a benchmark: its fastest way, by name, and for some what people write, too.</summary>
    private static readonly string[] Peers = ["", ", beside the book's loop", ", beside nn and DataLoader"];

    /// <summary>The folder bench/ of the repository this was built in.</summary>
    internal static string Folder()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LinearNets.sln")))
            folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? throw new InvalidOperationException("Run the benchmarks inside the repository."), "bench");
    }

    internal static string Tables(Summary[] summaries, PeerRun? before, PeerRun? after)
    {
        var text = new StringBuilder();
        text.AppendLine("# Tensors and training, one thread, float32").AppendLine();
        HostEnvironmentInfo host = summaries[0].HostEnvironmentInfo;
        text.AppendLine($"{host.CpuInfo.Value?.ProcessorName ?? "unknown processor"}, {Environment.ProcessorCount} cores; {host.RuntimeVersion}; "
            + $"{(Vector512.IsHardwareAccelerated ? "512-bit registers" : "256-bit registers or less")}.");
        text.AppendLine(before is null || after is null
            ? "PyTorch is not installed here, or would not be a fair peer: no comparison."
            : $"Peer: {before.Peer}; run before and after, both medians are given.");
        text.AppendLine("Collections are those of generations 0, 1 and 2 in a thousand runs. A ratio below 1 is a loss.");

        double peak = 0;
        foreach (Summary summary in summaries)
        {
            text.AppendLine().AppendLine("| work | median µs | quartiles | GFLOP/s | of peak | allocated | collections | PyTorch µs | PyTorch / ours |")
                .AppendLine("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
            foreach (BenchmarkReport report in summary.Reports)
            {
                string name = report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'');
                Statistics time = report.ResultStatistics!;
                double rate = Operations.TryGetValue(name, out double operations) ? operations / time.Median : 0;
                if (name == "FMA peak")
                    peak = rate;
                string rates = rate > 0 ? $"{rate:F0} | {rate / peak:P0}" : "– | –";
                string own = $"{time.Median / 1000:F1} | {time.Q1 / 1000:F1}–{time.Q3 / 1000:F1} | {rates} | {Memory(report)}";
                var beside = Peers.Where(peer => before is not null && before.Medians.ContainsKey(name + peer)).ToList();
                if (before is null || after is null || beside.Count == 0)
                    text.AppendLine($"| {name} | {own} | – | – |");
                else
                    foreach (string peer in beside)
                        text.AppendLine($"| {name}{peer} | {own} | {Ratio(before.Medians[name + peer], after.Medians[name + peer], time.Median / 1000)} |");
            }
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
