// Models of the C# door as ONNX files, computed by a runtime that is not ours, beside what they predict.

using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading.Tasks;
using NUnit.Framework;
using Made = LinearNets.Synthetic;

namespace LinearNets.Tests;

[TestFixture]
public class OnnxTests
{
    private const int Rows = 10_000;

    private string folder = "";

    [SetUp]
    public void Make() => folder = Directory.CreateTempSubdirectory("linearnets-").FullName;

    [TearDown]
    public void Clear() => Directory.Delete(folder, recursive: true);

    [Test]
    public void A_runtime_that_is_not_ours_predicts_what_the_models_predict()
    {
        Dataset numbers = Made.Linear([2.0, -3.4, 0.5], rows: Rows);
        Dataset classes = Made.Classes(classes: 4, columns: 3, rows: Rows).WithFeatureNames("length", "width", "größe");
        Dataset two = Made.Classes(classes: 2, columns: 3, rows: Rows);
        double[][] far = Far(classes);
        Dataset farApart = Dataset.From(far, [.. Enumerable.Range(0, Rows).Select(row => classes.ClassName(row))]);
        (Dataset garments, Dataset others) = Made.Garments(500, 1000);

        LinearModel plane = new LinearRegression().Fit(numbers);
        SoftmaxModel softmax = new SoftmaxClassifier().Fit(classes);
        SoftmaxModel ofFar = new SoftmaxClassifier().Fit(farApart);
        LogisticModel logistic = new LogisticRegression().Fit(two);
        PerceptronModel perceptron = new Perceptron().Fit(two);
        SoftmaxModel pictures = new SoftmaxClassifier { Solver = new Sgd { LearningRate = 0.1, Epochs = 2 } }.Fit(garments);

        JsonElement[] answers = Ask((plane, numbers), (softmax, classes), (ofFar, farApart), (logistic, two), (perceptron, two), (pictures, others));

        Assert.That(Numbers(answers[0], "prediction"), Is.EqualTo(plane.Predict(numbers)).Within(2e-5));
        HoldProbabilities(answers[1], softmax, classes);
        HoldProbabilities(answers[2], ofFar, farApart);
        HoldProbabilities(answers[5], pictures, others);
        double[] second = [.. Numbers(answers[3], "probabilities").Chunk(2).Select(row => row[1])];
        Assert.That(second, Is.EqualTo(logistic.PredictProbability(two)).Within(2e-5));
        HoldLabels(answers[3], logistic, two, [.. second.Select(p => Math.Abs(p - 0.5))]);
        HoldLabels(answers[4], perceptron, two, [.. Numbers(answers[4], "score").Select(Math.Abs)]);
    }

    [Test]
    public void A_file_that_cannot_be_written_is_an_error_that_says_so()
    {
        LinearModel plane = new LinearRegression().Fit(Made.Linear([2.0, -3.4]));
        string path = Path.Combine(folder, "nowhere", "model.onnx");
        ModelFileException error = Assert.Throws<ModelFileException>(() => plane.ExportOnnx(path))!;
        Assert.That(error.Message, Does.Contain(path).And.Contain("it was not written"));
        Assert.Throws<ArgumentNullException>(() => plane.ExportOnnx(null!));
    }

    /// <summary>The same rows far from 0: as floats they would be the same ones.</summary>
    private static double[][] Far(Dataset near) =>
        [.. Enumerable.Range(0, near.Rows).Select(row => near.Row(row).Select((value, j) => (value / 100) + (1e7 * (j + 1))).ToArray())];

    private static void HoldProbabilities(JsonElement answer, SoftmaxModel model, Dataset rows)
    {
        double[] theirs = Numbers(answer, "probabilities");
        float[,] ours = model.PredictProbabilities(rows);
        Assert.That(theirs, Is.EqualTo(ours.Cast<float>().Select(p => (double)p).ToArray()).Within(2e-5));
        HoldLabels(answer, model, rows, [.. theirs.Chunk(model.ClassNames.Count).Select(row =>
        {
            double[] sorted = [.. row.OrderDescending()];
            return sorted[0] - sorted[1];
        })]);
    }

    /// <summary>Labels are equal where the best two are further apart than the rounding.</summary>
    private static void HoldLabels(JsonElement answer, ClassifierModel model, Dataset rows, double[] apart)
    {
        string[] labels = [.. Data(answer, "label").AsEnumerable().Select(label => label.GetString()!)];
        int[] places = [.. Data(answer, "class").Select(place => place.GetInt32())];
        Assert.That(labels, Is.EqualTo(places.Select(place => model.ClassNames[place])));
        string[] ours = model.PredictLabel(rows);
        int[] certain = [.. Enumerable.Range(0, rows.Rows).Where(row => apart[row] > 4e-5)];
        Assert.That(certain, Has.Length.GreaterThan(rows.Rows * 99 / 100));
        Assert.That(certain.Select(row => labels[row]), Is.EqualTo(certain.Select(row => ours[row])));
    }

    private static JsonElement.ArrayEnumerator Data(JsonElement answer, string name) =>
        answer.GetProperty("outputs").GetProperty(name).GetProperty("data").EnumerateArray();

    private static double[] Numbers(JsonElement answer, string name) => [.. Data(answer, name).Select(value => value.GetDouble())];

    /// <summary>What the judge says of models and rows.</summary>
    private JsonElement[] Ask(params (TrainedModel Model, Dataset Rows)[] problems)
    {
        string script = ApiTests.Repository("tests/onnx/judge.mjs");
        var files = new List<object>();
        foreach ((TrainedModel model, Dataset rows) in problems)
        {
            string path = Path.Combine(folder, $"{files.Count}.onnx"), values = Path.ChangeExtension(path, "rows");
            model.ExportOnnx(path);
            double[] all = [.. Enumerable.Range(0, rows.Rows).SelectMany(rows.Row)];
            File.WriteAllBytes(values, MemoryMarshal.AsBytes(all.AsSpan()));
            files.Add(new { model = path, rows = values, count = rows.Rows });
        }

        try
        {
            if (!Directory.Exists(Path.Combine(Path.GetDirectoryName(script)!, "node_modules", "onnxruntime-web")))
                throw new Win32Exception();
            var start = new ProcessStartInfo("node", [script]) { RedirectStandardInput = true, RedirectStandardOutput = true };
            using Process node = Process.Start(start)!;
            Task<string> output = node.StandardOutput.ReadToEndAsync();
            node.StandardInput.Write(JsonSerializer.Serialize(files));
            node.StandardInput.Close();
            node.WaitForExit();
            return JsonSerializer.Deserialize<JsonElement[]>(output.Result)!;
        }
        catch (Win32Exception)
        {
            const string Missing = "node with onnxruntime-web (`npm ci` in tests/onnx) is missing";
            if (Environment.GetEnvironmentVariable("LINEARNETS_REQUIRE_TOOLS") == "1")
                Assert.Fail($"{Missing}, and LINEARNETS_REQUIRE_TOOLS is 1");
            Assert.Ignore($"not run: {Missing}");
            throw;
        }
    }
}
