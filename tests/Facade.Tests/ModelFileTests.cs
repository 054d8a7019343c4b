// Models in files: what is loaded is what was saved, bit for bit, whatever the kind, the solver, the scaling and the type of number.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture]
public class ModelFileTests
{
    /// <summary>In memory where that can be: on a disk most of the time would be spent waiting until it has written.</summary>
    private static readonly string s_folder =
        Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"linearnets-{Guid.NewGuid():N}")).FullName;

    [OneTimeTearDown]
    public void Delete() => Directory.Delete(s_folder, true);

    private static string At(string name) => Path.Combine(s_folder, name + ".safetensors");

    /// <summary>Rows of every type of number that features are kept in, with targets or classes.</summary>
    private static IEnumerable<(string Type, Dataset Data)> Data(int outputs, int classes, int seed)
    {
        const int Rows = 40, Columns = 5;
        var random = new Random(seed);
        byte[] bytes = [.. Enumerable.Range(0, Rows * Columns).Select(_ => (byte)random.Next(256))];
        var doubles = new double[Rows, Columns];
        var singles = new float[Rows, Columns];
        for (int i = 0; i < bytes.Length; i++)
        {
            double value = random.Next(3) == 0 ? 0 : (random.NextDouble() - 0.3) * (1 + (i % Columns));
            (doubles[i / Columns, i % Columns], singles[i / Columns, i % Columns]) = (value, (float)value);
        }

        int[] labels = [.. Enumerable.Range(0, Rows).Select(row => (int)(doubles[row, 1] > 0.4 ? 1 : doubles[row, 2] > 1 ? classes - 1 : 0))];
        string[] named = Array.ConvertAll(labels, label => $"class \"{label}\" é\n");
        var targets = new double[Rows, outputs];
        for (int row = 0; row < Rows; row++)
        {
            for (int c = 0; c < outputs; c++)
                targets[row, c] = doubles[row, 0] - (c * doubles[row, 3]) + random.NextDouble();
        }

        if (classes == 0)
        {
            yield return ("doubles", Dataset.From(doubles, targets).WithSource("here"));
            if (outputs == 1)
            {
                double[] one = [.. targets.Cast<double>()];
                yield return ("floats", Dataset.From(singles, Array.ConvertAll(one, value => (float)value)).WithFeatureNames("a", "b", "c", "ŷ", "\"e\\"));
                yield return ("bytes", Dataset.From(bytes, Columns, one));
                yield return ("sparse", Dataset.From(doubles, one).ToSparse());
            }
        }
        else
        {
            yield return ("doubles", Dataset.From(doubles, named));
            yield return ("floats", Dataset.From(singles, labels));
            yield return ("bytes", Dataset.From(bytes, Columns, labels));
            yield return ("sparse", Dataset.From(singles, labels).ToSparse());
        }
    }

    private static readonly Sgd s_sgd = new() { Epochs = 2, LearningRate = 0.001, Optimizer = Optimizer.Momentum(0.5) };

    /// <summary>Every kind of model, by every solver that can be, from every type of number, with every scaling.</summary>
    internal static IEnumerable<(string Name, TrainedModel Model, Dataset Data)> Models(int seed)
    {
        foreach (Scaling scaling in Enum.GetValues<Scaling>())
        {
            foreach (bool intercept in new[] { true, false })
            {
                var fits = new List<(string Name, int Outputs, int Classes, Func<Dataset, TrainedModel> Fit)>();
                foreach (Solver solver in new Solver[] { Solver.Auto, s_sgd, new Lbfgs { Iterations = 7 } })
                {
                    foreach (int outputs in new[] { 1, 3 })
                        fits.Add(("linear", outputs, 0, new LinearRegression { Scaling = scaling, FitIntercept = intercept, Solver = solver }.Fit1));
                    fits.Add(("softmax", 0, 3, new SoftmaxClassifier { Scaling = scaling, FitIntercept = intercept, Solver = solver, Penalty = Penalty.L2(0.1) }.Fit1));
                    fits.Add(("logistic", 0, 2, new LogisticRegression { Scaling = scaling, FitIntercept = intercept, Solver = solver }.Fit1));
                }

                fits.Add(("perceptron", 0, 2, new Perceptron { Scaling = scaling, FitIntercept = intercept, Epochs = 3 }.Fit1));
                foreach ((string name, int outputs, int classes, Func<Dataset, TrainedModel> fit) in fits)
                {
                    foreach ((string type, Dataset data) in Data(outputs, classes, seed))
                    {
                        TrainedModel model;
                        try
                        {
                            model = fit(data);
                        }
                        catch (LinearNetsException)
                        {
                            continue;
                        }

                        yield return ($"{name} {outputs} {scaling} {intercept} {model.SolverUsed} {type}", model, data);
                    }
                }
            }
        }
    }

    private static long[] Bits(TrainedModel model, Dataset rows) => model switch
    {
        LinearModel linear => [.. linear.PredictOutputs(rows).Cast<double>().Select(BitConverter.DoubleToInt64Bits)],
        LogisticModel logistic => [.. logistic.PredictProbability(rows).Select(BitConverter.DoubleToInt64Bits), .. logistic.Predict(rows)],
        SoftmaxModel softmax => [.. softmax.PredictProbabilities(rows).Cast<float>().Select(value => (long)BitConverter.SingleToInt32Bits(value)), .. softmax.Predict(rows)],
        _ => [.. ((ClassifierModel)model).Predict(rows)],
    };

    private static void AssertSame(TrainedModel loaded, TrainedModel model, Dataset rows, string name)
    {
        Assert.That(loaded.GetType(), Is.EqualTo(model.GetType()), name);
        Assert.That(loaded, Is.EqualTo(model), name);
        Assert.That(loaded.GetHashCode(), Is.EqualTo(model.GetHashCode()), name);
        Assert.That(Bits(loaded, rows), Is.EqualTo(Bits(model, rows)), name);
        Assert.That(loaded.ToString(), Is.EqualTo(model.ToString()), name);
        Assert.That(loaded.FeatureNames, Is.EqualTo(model.FeatureNames), name);
        Assert.That(loaded.WeightMatrix, Is.EqualTo(model.WeightMatrix), name);
        Assert.That(loaded.Biases, Is.EqualTo(model.Biases), name);
        Assert.That(loaded.History.Select(Fields), Is.EqualTo(model.History.Select(Fields)), name);
        Assert.That(loaded.SolverUsed, Is.EqualTo(model.SolverUsed), name);
        Assert.That(loaded.Settings, Is.EqualTo(model.Settings), name);
        Assert.That(loaded.Describe().ToMarkdown(), Is.EqualTo(model.Describe().ToMarkdown()), name);
        Assert.That((loaded.RuleUsed, loaded.Converged, loaded.DeviceUsed), Is.EqualTo((model.RuleUsed, model.Converged, model.DeviceUsed)), name);
        Assert.That(Fields(loaded.Convergence), Is.EqualTo(Fields(model.Convergence)), name);
        Assert.That(loaded.About, Is.EquivalentTo(model.About), name);
        if (model is ClassifierModel classifier)
            Assert.That(((ClassifierModel)loaded).ClassNames, Is.EqualTo(classifier.ClassNames), name);
        if (model is not LinearModel linear)
            return;
        Assert.That(((LinearModel)loaded).TargetNames, Is.EqualTo(linear.TargetNames), name);
        for (int output = 0; output < linear.Biases.Count; output++)
            Assert.That(Inference((LinearModel)loaded, output), Is.EqualTo(Inference(linear, output)), name);
    }

    /// <summary>What is in records; NaN is equal to NaN here.</summary>
    private static object? Fields(Convergence? c) =>
        c is null ? null : (c.Criterion, c.Tolerance, c.Iterations, c.Evaluations, c.Objective, c.GradientNorm, c.Gap);

    private static object Fields(EpochReport e) =>
        (e.Epoch, Fields(e.Running), e.After is Evaluation after ? Fields(after) : null, e.Validation is Evaluation validation ? Fields(validation) : null, e.LearningRate, e.Seconds);

    private static object Fields(Evaluation e) => (e.Loss, e.Metric, e.MetricName);

    private static string Inference(LinearModel model, int output)
    {
        try
        {
            return model.InferenceOf(output).ToString();
        }
        catch (SettingsException e)
        {
            return e.GetType().Name;
        }
    }

    [Test]
    public void What_is_loaded_is_what_was_saved([Range(1, 3)] int seed)
    {
        string path = At("same");
        var kinds = new HashSet<(Type, bool, bool)>();
        foreach ((string name, TrainedModel model, Dataset data) in Models(seed))
        {
            model.Save(path);
            TrainedModel loaded = TrainedModel.Load(path);
            AssertSame(loaded, model, data, name);
            byte[] bytes = File.ReadAllBytes(path);
            loaded.Save(path);
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(bytes), name);
            kinds.Add((model.GetType(), model.History.Count > 0, model.Trained.factor != 1));
        }

        Assert.That(kinds, Has.Count.GreaterThanOrEqualTo(11), "kinds, with epochs and without, with a factor and without");
    }

    private static string Kept =>
        Path.Combine(Enumerable.Range(0, 9).Aggregate((string?[])[AppContext.BaseDirectory], (found, _) => [Path.GetDirectoryName(found[0]), .. found])
            .First(folder => folder is not null && File.Exists(Path.Combine(folder, "LinearNets.sln")))!, "tests", "models");

    /// <summary>Files of every kind for tests/models. One that is there is not written again, because it is to load for ever.</summary>
    private static void Keep()
    {
        foreach ((string name, TrainedModel model, Dataset _) in Models(1))
        {
            string[] words = name.Split(' ');
            string path = Path.Combine(Kept, string.Join('-', [words[0], words[1], model.SolverUsed.GetType().Name.ToLowerInvariant(), words[^1]]) + ".safetensors");
            if (words[2] == "Auto" && words[3] == "True" && model.SolverUsed is not Lbfgs { Iterations: 7 } && !File.Exists(path))
                model.Save(path);
        }
    }

    [Test]
    public void Files_of_every_kind_that_were_written_load_for_ever()
    {
        if (Environment.GetEnvironmentVariable("LINEARNETS_KEEP_MODELS") == "1")
            Keep();
        var kinds = new HashSet<Type>();
        foreach (string path in Directory.GetFiles(Kept, "*.safetensors").Where(path => !Path.GetFileName(path).StartsWith("fsharp", StringComparison.Ordinal)))
        {
            TrainedModel model = TrainedModel.Load(path);
            kinds.Add(model.GetType());
            Assert.That(Path.GetFileName(path), Does.Contain(model.SolverUsed.GetType().Name.ToLowerInvariant()).Or.Contain("sgd"));
            // In memory too it is what is in the file.
            model.Save(At("again"));
            Assert.That(File.ReadAllBytes(At("again")), Is.EqualTo(File.ReadAllBytes(path)), path);
        }

        Assert.That(kinds, Has.Count.EqualTo(4));
    }

    [Test]
    public void Two_saves_of_one_fit_have_one_hash()
    {
        Dataset data = Synthetic.Classes(60);
        string[] hashes = [.. Enumerable.Range(0, 2).Select(time =>
        {
            SoftmaxModel model = new SoftmaxClassifier { Solver = s_sgd }.Fit(data);
            model.Save(At("hash"));
            string text = File.ReadAllText(At("hash"));
            return text.Substring(text.IndexOf("content_sha256", StringComparison.Ordinal) + 17, 64);
        })];
        Assert.That(hashes[0], Is.EqualTo(hashes[1]).And.Match("^[0-9a-f]{64}$"));
    }

    [Test]
    public void Another_kind_is_refused_by_name()
    {
        new LogisticRegression().Fit(Dataset.From(new double[,] { { 0 }, { 1 }, { 2 }, { 1.5 } }, new[] { 0, 0, 1, 1 })).Save(At("kind"));
        ModelFileException e = Assert.Throws<ModelFileException>(() => LinearModel.Load(At("kind")))!;
        Assert.That(e.Message, Does.Contain("'logistic'").And.Contain("LogisticModel.Load").And.Contain(At("kind")));
        Assert.That(Assert.Throws<ModelFileException>(() => PerceptronModel.Load(At("kind")))!.Message, Does.Contain("LogisticModel.Load"));
        Assert.That(LogisticModel.Load(At("kind")), Is.EqualTo(TrainedModel.Load(At("kind"))));
        Assert.That(LogisticModel.Load(At("kind")) == LogisticModel.Load(At("kind")), "by the operator, too");
        Assert.That(LogisticModel.Load(At("kind")) != LogisticModel.Load(At("kind")), Is.False);
    }

    [Test]
    public void What_needs_the_rows_is_refused_of_a_loaded_model()
    {
        LinearModel model = new LinearRegression().Fit(Synthetic.Linear(50));
        model.Save(At("rows"));
        Inference loaded = LinearModel.Load(At("rows")).Inference;
        Assert.That(loaded.ConfidenceIntervals(0.9), Is.EqualTo(model.Inference.ConfidenceIntervals(0.9)));
        Assert.That(loaded.PValues, Is.EqualTo(model.Inference.PValues));
        Assert.That(Assert.Throws<SettingsException>(() => loaded.Leverage())!.Message, Does.Contain("Fit it again"));
        Assert.That(Assert.Throws<SettingsException>(() => loaded.MeanInterval([1, 2], 0.9))!.Message, Does.Contain("Fit it again"));
        LinearModel Of(Solver solver) => new LinearRegression { Solver = solver }.Fit(Synthetic.Linear(50)).Resaved();
        Assert.That(Of(new Lbfgs { Memory = 3 }).SolverUsed, Is.EqualTo(new Lbfgs { Memory = 3 }));
        LinearModel own = Of(new Sgd { Schedule = Schedule.Custom("mine", _ => 0.1) });
        Assert.That(own.Resaved(), Is.EqualTo(own));
        Assert.That(Assert.Throws<SettingsException>(() => own.Refit())!.Message, Does.Contain("Schedule = mine"));
    }
}

/// <summary>Fits of one signature.</summary>
internal static class ModelFiles
{
    internal static TrainedModel Fit1(this LinearRegression settings, Dataset data) => settings.Fit(data);

    internal static TrainedModel Fit1(this SoftmaxClassifier settings, Dataset data) => settings.Fit(data);

    internal static TrainedModel Fit1(this LogisticRegression settings, Dataset data) => settings.Fit(data);

    internal static TrainedModel Fit1(this Perceptron settings, Dataset data) => settings.Fit(data);

    internal static LinearModel Resaved(this LinearModel model)
    {
        string path = Path.GetTempFileName();
        try
        {
            model.Save(path);
            return LinearModel.Load(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    internal static LinearModel Refit(this LinearModel model) =>
        new LinearRegression { Solver = model.SolverUsed }.Fit(Synthetic.Linear(50));
}
