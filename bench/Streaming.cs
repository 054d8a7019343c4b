// `bench stream`: training on files of a size beside training in memory and beside reading them.
//
//   in memory     as many rows of the file as 1 GB has, in an epoch of Fit.run
//   warm          an epoch of Fit.stream on all of the file, which the system has in its cache
//   in 1 GB       the same from the disk, in a memory cgroup of 1 GB where one can be made; else the cache is dropped before
//   read          the whole file by position into one buffer, in the same cgroup
//
// Every number is of a process of its own. RssAnon is asked for at every update.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using LinearNets.FSharp;
using Microsoft.FSharp.Collections;
using Microsoft.Win32.SafeHandles;

namespace LinearNets.Bench;

internal static class Streaming
{
    private const int Columns = 784;
    private const int Classes = 10;
    private const int Batch = 256;
    private const string Group = "/sys/fs/cgroup/memory/linearnets-bench";

    /// <summary>The table, as Markdown.</summary>
    internal static string Table(string gigabytes)
    {
        double size = double.Parse(gigabytes, CultureInfo.InvariantCulture) * 1e9;
        bool grouped = MakeGroup();
        string place = grouped ? "in a memory cgroup of 1 GB" : "with the cache dropped before";
        var text = new StringBuilder();
        text.AppendLine($"# Training on files of {gigabytes} GB").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Softmax regression, {Columns} columns, {Classes} classes, minibatches of {Batch}, an epoch; windows of 64 MB.");
        text.AppendLine($"From the disk: {place}. Memory is the most of RssAnon. Each number is the median of {Turns(size)} turns.").AppendLine();
        text.AppendLine("| values | threads | in memory, GB/s | streamed, warm, GB/s | share | from the disk, GB/s | read from the disk, GB/s | share | anonymous memory, MB |")
            .AppendLine("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
        string folder = Directory.CreateTempSubdirectory("linearnets-stream").FullName;
        try
        {
            foreach (bool bytes in new[] { false, true })
            {
                Write(folder, "all", bytes, (long)size);
                Write(folder, "part", bytes, (long)Math.Min(size, 1e9));
                foreach (int threads in new[] { 1, 2 })
                {
                    string row = Row(folder, bytes, threads, grouped, Turns(size));
                    Console.Error.WriteLine(row);
                    text.AppendLine(row);
                }

                foreach (string file in Directory.GetFiles(folder))
                    File.Delete(file);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            if (grouped)
                Directory.Delete(Group);
        }

        return text.ToString();
    }

    /// <summary>A part in a process of its own: what to do, the folder, bytes or floats, threads.</summary>
    internal static int Part(string[] part)
    {
        string folder = part[1];
        bool bytes = part[2] == "bytes";
        int threads = int.Parse(part[3], CultureInfo.InvariantCulture);
        if (part[0] == "read")
        {
            (double seconds, long length) = Read(Features(folder, "all", bytes));
            Print(length / seconds, 0);
            return 0;
        }

        double peak = 0;
        Model linear = ModelModule.linear(Columns, Classes);
        Model model = bytes ? ModelModule.compose(ListModule.OfArray([ModelModule.scale(1 / 255.0), linear])) : linear;
        FitSettings settings = Works.Settings(model, LossModule.crossEntropy, 0.01, Batch, 1, Rule.Fused, threads, null);
        string name = part[0] == "memory" ? "part" : "all";
        string x = Features(folder, name, bytes), y = Targets(folder, name);
        Fitted fitted;
        if (part[0] == "memory")
        {
            fitted = Fit.run(settings, Dataset.FromNpy(x, y));
        }
        else
        {
            using var timer = new System.Threading.Timer(_ => peak = Math.Max(peak, Works.Memory("RssAnon")), null, 0, 20);
            fitted = Fit.stream(settings, DataStream.FromNpy(x, y));
        }

        Print(new FileInfo(x).Length / fitted.history[0].Seconds, peak);
        return 0;
    }

    private static void Print(double rate, double peak) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rate / 1e9:F3} {peak:F0}"));

    /// <summary>What takes minutes is done twice, in either order.</summary>
    private static int Turns(double size) => size > 4e9 ? 2 : 4;

    private static string Row(string folder, bool bytes, int threads, bool grouped, int turns)
    {
        string kind = bytes ? "bytes" : "floats";
        var rates = new Dictionary<string, List<double>>();
        double peak = 0;
        for (int turn = 0; turn < turns; turn++)
        {
            // Whatever is below this system may keep what was read before: either is first in every other turn.
            string[] disk = turn % 2 == 0 ? ["cold", "read"] : ["read", "cold"];
            foreach (string what in (string[])["memory", "warm", .. disk])
            {
                bool cold = what is "cold" or "read";
                if (cold)
                    Drop(folder);
                else if (what == "warm")
                    Read(Features(folder, "all", bytes));
                double[] result = Start(what, folder, kind, threads, cold && grouped);
                if (!rates.TryGetValue(what, out List<double>? of))
                    rates[what] = of = [];
                of.Add(result[0]);
                peak = Math.Max(peak, result[1]);
            }
        }

        double memory = Works.Median(rates["memory"]), warm = Works.Median(rates["warm"]);
        double[] shares = [.. rates["cold"].Zip(rates["read"], (cold, read) => cold / read)];
        return $"| {kind} | {threads} | {memory:F2} | {warm:F2} | {warm / memory:P0} | {Works.Median(rates["cold"]):F2} | {Works.Median(rates["read"]):F2} | "
            + $"{Works.Median(shares):P0} ({shares.Min():P0}–{shares.Max():P0}) | {peak:F0} |";
    }

    private static double[] Start(string what, string folder, string kind, int threads, bool grouped)
    {
        string[] own = [Environment.ProcessPath!, .. Child.Host(), "stream-part", what, folder, kind, $"{threads}"];
        string join = grouped ? $"echo $$ > {Group}/cgroup.procs; " : "";
        var start = new ProcessStartInfo("/bin/sh", ["-c", join + "exec \"$@\"", "sh", .. own]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"'{what}' failed.");
        return [.. output.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
    }

    private static bool MakeGroup()
    {
        try
        {
            Directory.CreateDirectory(Group);
            File.WriteAllText(Path.Combine(Group, "memory.limit_in_bytes"), "1G");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // ---- files -------------------------------------------------------------------------------------------------------

    private static string Features(string folder, string name, bool bytes) => Path.Combine(folder, $"{name}-{(bytes ? "bytes" : "floats")}.npy");

    private static string Targets(string folder, string name) => Path.Combine(folder, $"{name}-labels.npy");

    private static void Write(string folder, string name, bool bytes, long size)
    {
        int width = bytes ? 1 : 4;
        long rows = size / (Columns * width);
        byte[] piece = new byte[Columns * width * 256];
        using (FileStream file = Create(Features(folder, name, bytes), bytes ? "|u1" : "<f4", $"({rows}, {Columns})"))
        {
            var random = new System.Random(1);
            for (long row = 0; row < rows; row += 256)
            {
                random.NextBytes(piece);
                if (!bytes)
                {
                    // Between 1 and 2, less 1.
                    Span<float> floats = MemoryMarshal.Cast<byte, float>(piece.AsSpan());
                    Span<uint> bits = MemoryMarshal.Cast<byte, uint>(piece.AsSpan());
                    for (int i = 0; i < bits.Length; i++)
                    {
                        bits[i] = (bits[i] >> 9) | 0x3F800000;
                        floats[i] -= 1;
                    }
                }

                file.Write(piece, 0, (int)Math.Min(256, rows - row) * Columns * width);
            }

            file.Flush(flushToDisk: true);
        }

        using FileStream labels = Create(Targets(folder, name), "|u1", $"({rows},)");
        byte[] all = new byte[rows];
        for (long row = 0; row < rows; row++)
            all[row] = (byte)(row % Classes);
        labels.Write(all);
        labels.Flush(flushToDisk: true);
    }

    private static FileStream Create(string path, string type, string shape)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}".PadRight(117) + "\n";
        FileStream file = File.Create(path);
        file.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0]);
        file.Write(Encoding.ASCII.GetBytes(header));
        return file;
    }

    private static (double Seconds, long Length) Read(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        byte[] buffer = new byte[1 << 20];
        long start = Stopwatch.GetTimestamp(), at = 0;
        for (int read = 1; read > 0; at += read)
            read = RandomAccess.Read(file, buffer, at);
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, at);
    }

    private static void Drop(string folder)
    {
        const int DontNeed = 4;
        foreach (string path in Directory.GetFiles(folder))
        {
            using SafeFileHandle file = File.OpenHandle(path);
            _ = Advise((int)file.DangerousGetHandle(), 0, 0, DontNeed);
        }
    }

    [DllImport("libc", EntryPoint = "posix_fadvise")]
    private static extern int Advise(int file, long offset, long length, int advice);
}
