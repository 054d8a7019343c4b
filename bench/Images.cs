// `bench images FOLDER`: the 10,000 test images of MNIST in a folder, read and learned here and by NumPy and PyTorch; and the garments,
// from the same bytes, here and by PyTorch and scikit-learn.
//
// Of MNIST the first 8,000 are trained on and the last 2,000 predicted, of the garments 60,000 and 10,000. The settings are those of the
// book's section 3.6: minibatches of 256, a rate of 0.1, ten epochs. What a seed does differs between the peers, so that there are several.

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LinearNets.FSharp;
using Microsoft.FSharp.Collections;

namespace LinearNets.Bench;

internal static class Images
{
    private const int Trained = 8_000;
    private const int GarmentsTrained = 60_000;
    private const int Seeds = 9;

    /// <summary>What peers/images.py says.</summary>
    private sealed record Answer(
        string Peer, string Images, string Labels, double[] Accuracies, string Garments, double[] GarmentsTorch, double[] GarmentsLearn);

    /// <summary>The table, as Markdown.</summary>
    internal static string Table(string folder)
    {
        Dataset garments = Dataset.Concat(Works.Bytes.Value.Train, Works.Bytes.Value.Test);
        Answer peer = Ask(folder, garments);
        Dataset data = Dataset.FromIdx(
            Path.Combine(folder, "t10k-images-idx3-ubyte.gz"), Path.Combine(folder, "t10k-labels-idx1-ubyte.gz"));
        byte[] labels = [.. Enumerable.Range(0, data.Rows).Select(row => byte.Parse(data.ClassName(row)))];

        var text = new StringBuilder();
        text.AppendLine("# Images").AppendLine();
        text.AppendLine($"{data.Rows} images of MNIST, read by LinearNets and by {peer.Peer}. Accuracy on the last {data.Rows - Trained} after training on the")
            .AppendLine($"first {Trained}: the median of {Seeds} seeds, lowest and highest.").AppendLine();
        text.AppendLine("| | LinearNets | peer |").AppendLine("|---|--:|--:|");
        text.AppendLine($"| SHA-256 of the images | {Sha256(Pixels(data))[..16]}… | {peer.Images[..16]}… |");
        text.AppendLine($"| SHA-256 of the labels | {Sha256(labels)[..16]}… | {peer.Labels[..16]}… |");
        text.AppendLine($"| softmax regression | {Spread(Accuracies(data, Trained))} | {Spread(peer.Accuracies)} |").AppendLine();
        text.AppendLine($"{garments.Rows} garments, the same bytes for all. Accuracy on the last {garments.Rows - GarmentsTrained} after training on the first")
            .AppendLine($"{GarmentsTrained}, likewise; scikit-learn by `MLPClassifier` without a hidden layer.").AppendLine();
        text.AppendLine("| | LinearNets | PyTorch | scikit-learn |").AppendLine("|---|--:|--:|--:|");
        string hash = $"{peer.Garments[..16]}…";
        text.AppendLine($"| SHA-256 of the images | {Sha256(Pixels(garments))[..16]}… | {hash} | {hash} |");
        text.AppendLine($"| softmax regression | {Spread(Accuracies(garments, GarmentsTrained))} | {Spread(peer.GarmentsTorch)} "
            + $"| {Spread(peer.GarmentsLearn)} |");
        return text.ToString();
    }

    private static byte[] Pixels(Dataset data) =>
        [.. Enumerable.Range(0, data.Rows).SelectMany(row => data.Row(row)).Select(value => (byte)value)];

    private static double[] Accuracies(Dataset data, int trained) =>
        [.. Enumerable.Range(0, Seeds).Select(seed => Accuracy(data, trained, seed))];

    private static double Accuracy(Dataset data, int trained, int seed)
    {
        Model model = ModelModule.compose(
            ListModule.OfArray([ModelModule.scale(1 / 255.0), ModelModule.linear(data.Columns, data.Outputs)]));
        Fitted fitted = Works.Fit(
            data.Slice(0, trained), model, LossModule.crossEntropy, 0.1, batch: 256, epochs: 10, rule: null, threads: 2, validation: null, seed);
        return FSharp.Fit.evaluate(data.Slice(trained, data.Rows - trained), fitted).Metric;
    }

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string Spread(double[] shares) => $"{Works.Median(shares):P2} ({shares.Min():P2}–{shares.Max():P2})";

    private static Answer Ask(string folder, Dataset garments)
    {
        string file = Path.GetTempFileName();
        garments.ToNpz(file);
        var start = new ProcessStartInfo(
            File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3",
            [Path.Combine(Results.Folder(), "peers", "images.py"), folder, $"{Trained}", $"{Seeds}", file, $"{GarmentsTrained}"])
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        File.Delete(file);
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<Answer>(said, Request.Json)!
            : throw new InvalidOperationException("peers/images.py did not answer: see above.");
    }
}
