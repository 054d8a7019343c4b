// The same work through the C# API, to be held against the F# call that it makes; and rows that are predicted one by one.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace LinearNets.Bench;

internal static class CSharpWorks
{
    private const int Rows = 1000;

    private static readonly LinearRegression Line =
        new() { Solver = new Sgd { LearningRate = 0.03, BatchSize = 10, Epochs = 3 }, Threads = 1 };

    private static readonly Lazy<(SoftmaxModel Model, byte[][] Rows)> Server = new(() =>
    {
        (Dataset train, Dataset test) = Works.Bytes.Value;
        byte[][] rows = [.. Enumerable.Range(0, Rows).Select(row => Array.ConvertAll(test.Row(row), value => (byte)value))];
        return (Softmax(2).Fit(train), rows);
    });

    internal static readonly Dictionary<string, Work> All = new()
    {
        ["line, C#"] = new(() => Line.Fit(Works.Line.Value)),
        ["softmax of bytes, C#, 1 thread"] = new(() => Softmax(1).Fit(Works.Bytes.Value.Train), Works.Epochs),
        ["softmax of bytes, C#, 2 threads"] = new(() => Softmax(2).Fit(Works.Bytes.Value.Train), Works.Epochs),
        ["softmax of bytes, C#, 2 threads, validated"] =
            new(() => Softmax(2).Fit(Works.Bytes.Value.Train, Works.Bytes.Value.Test), Works.Epochs),
        ["softmax of floats, C#, 1 thread"] = new(() => Softmax(1).Fit(Works.Singles.Value), Works.Epochs),
        ["softmax of floats, C#, 2 threads"] = new(() => Softmax(2).Fit(Works.Singles.Value), Works.Epochs),
        ["1000 rows, one by one"] = new(Predict),
        ["save and load of 784×10"] = new(() => SaveAndLoad(Path.GetTempPath())),
        ["save and load of 784×10, in memory"] = new(() => SaveAndLoad(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath())),
    };

    private static SoftmaxClassifier Softmax(int threads) =>
        new() { Solver = new Sgd { LearningRate = 0.1, BatchSize = 256, Epochs = Works.Epochs }, Threads = threads };

    /// <summary>On a disk this is mostly the wait until it has written.</summary>
    private static void SaveAndLoad(string folder)
    {
        string path = Path.Combine(folder, "linearnets-bench.safetensors");
        Server.Value.Model.Save(path);
        SoftmaxModel.Load(path);
        File.Delete(path);
    }

    private static void Predict()
    {
        (SoftmaxModel model, byte[][] rows) = Server.Value;
        foreach (byte[] row in rows)
            model.Predict(row);
    }
}
