// A process that does work on request, in the words of peers/serve.py: this program itself as `serve`, or Python.

using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Runtime.Intrinsics;
using System.Text.Json;

namespace LinearNets.Bench;

/// <summary>What is asked of a process. The target is an objective that is to be reached, for works that have one.</summary>
internal sealed record Request(string Work, double Milliseconds, int Least = 3, double? Target = null)
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
}

/// <summary>The median time in milliseconds; the most memory beyond what there was, in MB, where the system tells; numbers about the
/// result, where there are some.</summary>
internal sealed record Outcome(double Median, double? Extra = null, IReadOnlyDictionary<string, double>? Result = null);

/// <summary>A process that does work on request.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process process;

    private Child(ProcessStartInfo start, string environment)
    {
        Environment = environment;
        start.RedirectStandardInput = start.RedirectStandardOutput = true;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            process = new Process();
            Missing = e.Message;
            return;
        }

        using JsonDocument hello = JsonDocument.Parse(process.StandardOutput.ReadLine() ?? "{\"missing\": \"it does not start\"}");
        if (hello.RootElement.TryGetProperty("missing", out JsonElement missing))
            Missing = missing.GetString();
        else
            Peer = hello.RootElement.GetProperty("peer").GetString()!;
    }

    internal string Peer { get; } = "";

    internal string Environment { get; }

    /// <summary>Why it is not there; null if it is.</summary>
    internal string? Missing { get; }

    /// <summary>What comes before the arguments of this program, where it is run by `dotnet`.</summary>
    internal static string[] Host() =>
        Path.GetFileNameWithoutExtension(System.Environment.ProcessPath) == "dotnet" ? [typeof(Peers).Assembly.Location] : [];

    internal static Child Ours(string width, string data = "")
    {
        var start = new ProcessStartInfo(System.Environment.ProcessPath!, [.. Host(), "serve"]);
        start.Environment[SolverWorks.Folder] = data;
        start.Environment["LINEARNETS_SIMD"] = width;
        return new Child(start, $"LINEARNETS_SIMD={width}");
    }

    /// <summary>A module of peers/. BLAS has its own number of threads: PyTorch is at its best with one, scikit-learn's solvers and
    /// NumPy with as many as there are.</summary>
    internal static Child Python(string module, int threads, int blas = 1, string data = "")
    {
        // Debian's Python is the one that sees Debian's packages.
        const string Debian = "/usr/bin/python3";
        var start = new ProcessStartInfo(
            File.Exists(Debian) ? Debian : "python3", [Path.Combine(Results.Folder(), "peers", "serve.py"), module]);
        string core = Vector512.IsHardwareAccelerated ? "SkylakeX" : "";
        start.Environment["OPENBLAS_CORETYPE"] = core;
        start.Environment["OPENBLAS_NUM_THREADS"] = $"{blas}";
        start.Environment["OMP_NUM_THREADS"] = $"{threads}";
        start.Environment[SolverWorks.Folder] = data;
        return new Child(start, $"OPENBLAS_CORETYPE={core} OPENBLAS_NUM_THREADS={blas} OMP_NUM_THREADS={threads}");
    }

    /// <summary>Does work for so long, and at least so often.</summary>
    internal Outcome Run(string work, double milliseconds, int least = 3, double? target = null)
    {
        process.StandardInput.WriteLine(JsonSerializer.Serialize(new Request(work, milliseconds, least, target), Request.Json));
        process.StandardInput.Flush();
        return JsonSerializer.Deserialize<Outcome>(
            process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"'{work}' was not answered: see above."), Request.Json)!;
    }

    public void Dispose()
    {
        if (Missing is null)
        {
            process.StandardInput.Close();
            process.WaitForExit();
        }

        process.Dispose();
    }
}
