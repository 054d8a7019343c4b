// The files that `bench peers` reads: made once for all who read them, found by the environment, and removed at the end.

using System;
using System.Globalization;
using System.IO;
using System.Text;

namespace LinearNets.Bench;

/// <summary>A CSV file, as long as this lives.</summary>
internal sealed class Reading : IDisposable
{
    internal const int Rows = 500_000;
    internal const int Columns = 21;

    /// <summary>The variable by which children of this process find the file.</summary>
    private const string Variable = "LINEARNETS_BENCH_CSV";

    internal Reading()
    {
        string path = Path.Combine(Path.GetTempPath(), $"linearnets-{Environment.ProcessId}.csv");
        Write(path);
        Bytes = new FileInfo(path).Length;
        Environment.SetEnvironmentVariable(Variable, path);
    }

    /// <summary>How long the file is.</summary>
    internal static long Bytes { get; private set; }

    private static string File => Environment.GetEnvironmentVariable(Variable) ?? throw new InvalidOperationException("There is no file to read.");

    internal static void Read(int threads) => Dataset.FromCsv(File, new CsvSettings { Numbers = NumberType.Single, Threads = threads });

    public void Dispose() => System.IO.File.Delete(File);

    private static void Write(string path)
    {
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false), 1 << 16);
        for (int column = 0; column < Columns; column++)
            file.Write(column < Columns - 1 ? $"x{column + 1}," : "y\n");
        var random = new Random(1);
        Span<char> number = stackalloc char[32];
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                (2 * random.NextDouble() - 1).TryFormat(number, out int length, "F6", CultureInfo.InvariantCulture);
                file.Write(number[..length]);
                file.Write(column < Columns - 1 ? ',' : '\n');
            }
        }
    }
}
