// Settings as JSON: each type by its fields, in one description that both writes and reads it.

using System;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LinearNets;

/// <summary>Lets <c>System.Text.Json</c> write and read settings, alone or within objects of your own.</summary>
/// <remarks>The settings name it themselves, so that there is nothing to register. It uses no reflection: a trimmed program names it in a
/// <c>JsonSerializerContext</c> or calls <see cref="EstimatorSettings.ToJson(bool)"/>.</remarks>
/// <typeparam name="TSettings">The settings.</typeparam>
/// <example><code>
/// string json = System.Text.Json.JsonSerializer.Serialize(new SoftmaxClassifier { Penalty = Penalty.L2(1e-4) });
/// var settings = System.Text.Json.JsonSerializer.Deserialize&lt;SoftmaxClassifier&gt;(json);
/// </code></example>
public sealed class SettingsJsonConverter<TSettings> : JsonConverter<TSettings>
    where TSettings : EstimatorSettings
{
    /// <summary>Reads settings.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="typeToConvert">Their type.</param>
    /// <param name="options">Of no use here.</param>
    /// <exception cref="SettingsException">Fields are not known, or not what they should be; all are listed.</exception>
    public override TSettings? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return JsonFields.Read<TSettings>(document.RootElement.GetRawText(), SettingsJson.Estimator);
    }

    /// <summary>Writes settings.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">The settings.</param>
    /// <param name="options">Of no use here.</param>
    /// <exception cref="SettingsException">They have what JSON cannot hold: a function, or a model to begin from.</exception>
    public override void Write(Utf8JsonWriter writer, TSettings value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteRawValue(value.ToJson());
    }
}

/// <summary>How a CSV file is read, as JSON.</summary>
/// <remarks>What is not there is the default. It costs some microseconds.</remarks>
/// <example><code>
/// string json = new CsvSettings { Target = "price", OneHot = ["city"] }.ToJson();
/// CsvSettings settings = CsvSettingsJson.FromJson(json);
/// </code></example>
public static class CsvSettingsJson
{
    /// <summary>The settings as JSON: every field by its name in camelCase.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="indented">Whether to begin a line for each field.</param>
    /// <exception cref="SettingsException">There is a schema, which is not made by hand: read the first file again for it.</exception>
    public static string ToJson(this CsvSettings settings, bool indented = false)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return JsonFields.Write(settings, SettingsJson.Csv, indented, isRecord: false);
    }

    /// <summary>Settings as <see cref="ToJson(CsvSettings, bool)"/> writes them. Fields that are not there are the defaults.</summary>
    /// <param name="json">An object.</param>
    /// <exception cref="SettingsException">The text is no JSON, fields are not known or stand twice, or a value is not what it should be; all
    /// are listed, each by its path.</exception>
    public static CsvSettings FromJson(string json) => JsonFields.Read<CsvSettings>(json, SettingsJson.Csv);
}

/// <summary>How a file of sparse rows is read, as JSON.</summary>
/// <remarks>What is not there is the default. It costs some microseconds.</remarks>
/// <example><code>
/// string json = new LibSvmSettings { Columns = 123 }.ToJson();
/// LibSvmSettings settings = LibSvmSettingsJson.FromJson(json);
/// </code></example>
public static class LibSvmSettingsJson
{
    /// <summary>The settings as JSON: every field by its name in camelCase.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="indented">Whether to begin a line for each field.</param>
    public static string ToJson(this LibSvmSettings settings, bool indented = false)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return JsonFields.Write(settings, SettingsJson.LibSvm, indented, isRecord: false);
    }

    /// <summary>Settings as <see cref="ToJson(LibSvmSettings, bool)"/> writes them. Fields that are not there are the defaults.</summary>
    /// <param name="json">An object.</param>
    /// <exception cref="SettingsException">The text is no JSON, fields are not known or stand twice, or a value is not what it should be; all
    /// are listed, each by its path.</exception>
    public static LibSvmSettings FromJson(string json) => JsonFields.Read<LibSvmSettings>(json, SettingsJson.LibSvm);
}

internal static class SettingsJson
{
    private const string AModel = "a model, which JSON does not hold. Set it to null and keep the model by itself.";

    /// <summary>Settings of any kind that is a <typeparamref name="T"/>; where there is only one, it need not be named.</summary>
    internal static T Estimator<T>(JsonFields f, T value)
        where T : EstimatorSettings
    {
        (string, EstimatorSettings)[] all =
        [
            ("linearRegression", new LinearRegression()),
            ("logisticRegression", new LogisticRegression()),
            ("perceptron", new Perceptron()),
            ("softmaxClassifier", new SoftmaxClassifier()),
            ("custom", new CustomEstimator("?", [], (_, x) => x)),
        ];
        (string, EstimatorSettings)[] kinds = [.. all.Where(one => one.Item2 is T)];
        EstimatorSettings it = f.Kind<EstimatorSettings>(value, one => one.GetType(), kinds, isSure: kinds.Length == 1);
        it = it with
        {
            Scaling = f.Of("scaling", it.Scaling),
            FitIntercept = f.Of("fitIntercept", it.FitIntercept),
            Seed = f.Of("seed", it.Seed),
            Device = f.Of("device", it.Device, Device),
            Threads = f.Of("threads", it.Threads),
        };
        if (it is TrainingSettings training)
            it = training with { Solver = f.Of("solver", training.Solver, Solver), Penalty = f.Of("penalty", training.Penalty, Penalty) };
        switch (it)
        {
            case LinearRegression one:
                f.Without("warmStart", one.WarmStart, AModel);
                it = one with { Loss = f.Of("loss", one.Loss, Loss) };
                break;
            case LogisticRegression one:
                f.Without("warmStart", one.WarmStart, AModel);
                it = one with { Loss = f.Of("loss", one.Loss, Loss), ClassWeights = f.Of("classWeights", one.ClassWeights, Weights, orNull: true) };
                break;
            case SoftmaxClassifier one:
                f.Without("warmStart", one.WarmStart, AModel);
                it = one with { ClassWeights = f.Of("classWeights", one.ClassWeights, Weights, orNull: true) };
                break;
            case CustomEstimator one:
                f.Without("warmStart", one.WarmStart, AModel);
                f.Function(f.Of("name", one.Name, needed: true), "CustomEstimator");
                it = one with { Loss = f.Of("loss", one.Loss, Loss) };
                break;
            case Perceptron one:
                f.Without("warmStart", one.WarmStart, AModel);
                it = one with { Epochs = f.Of("epochs", one.Epochs), LearningRate = f.Of("learningRate", one.LearningRate), Shuffle = f.Of("shuffle", one.Shuffle) };
                break;
        }

        return (T)it;
    }

    /// <summary>Settings of a record of what was; null where they cannot be made of it.</summary>
    internal static EstimatorSettings? Known(string json)
    {
        try
        {
            return EstimatorSettings.FromJson(json);
        }
        catch (SettingsException)
        {
            return null;
        }
    }

    internal static Solver Solver(JsonFields f, Solver value) =>
        f.Kind(
            value,
            one => one.GetType(),
            ("auto", LinearNets.Solver.Auto),
            ("leastSquares", new LeastSquares()),
            ("sgd", new Sgd()),
            ("lbfgs", new Lbfgs()),
            ("newton", new Newton()),
            ("coordinateDescent", new CoordinateDescent()),
            ("fista", new Fista())) switch
        {
            LeastSquares it => new LeastSquares { RankDeficiency = f.Of("rankDeficiency", it.RankDeficiency), WeightKind = f.Of("weightKind", it.WeightKind) },
            Sgd it => new Sgd
            {
                LearningRate = f.Of("learningRate", it.LearningRate),
                Schedule = f.Of("schedule", it.Schedule, Schedule, orNull: true),
                BatchSize = f.Of("batchSize", it.BatchSize),
                Epochs = f.Of("epochs", it.Epochs),
                Optimizer = f.Of("optimizer", it.Optimizer, Optimizer),
                EarlyStopping = f.Of("earlyStopping", it.EarlyStopping, Stopping, orNull: true),
                Shuffle = f.Of("shuffle", it.Shuffle),
            },
            Lbfgs it => new Lbfgs { Tolerance = f.Of("tolerance", it.Tolerance), Iterations = f.Of("iterations", it.Iterations), Memory = f.Of("memory", it.Memory) },
            Newton it => new Newton { Tolerance = f.Of("tolerance", it.Tolerance), Iterations = f.Of("iterations", it.Iterations) },
            CoordinateDescent it => new CoordinateDescent { Tolerance = f.Of("tolerance", it.Tolerance), Sweeps = f.Of("sweeps", it.Sweeps) },
            Fista it => new Fista { Tolerance = f.Of("tolerance", it.Tolerance), Iterations = f.Of("iterations", it.Iterations) },
            Solver it => it,
        };

    internal static CsvSettings Csv(JsonFields f, CsvSettings? value)
    {
        CsvSettings it = value ?? new CsvSettings();
        f.Without("schema", it.Schema, "made of a file. Set it to null, and take it again from the data set of that file.");
        return new CsvSettings
        {
            Target = f.Of("target", it.Target),
            TargetIndex = f.Of("targetIndex", it.TargetIndex),
            TargetKind = f.Of("targetKind", it.TargetKind),
            Columns = f.Of("columns", it.Columns),
            Without = f.Of("without", it.Without),
            OneHot = f.Of("oneHot", it.OneHot),
            DropFirst = f.Of("dropFirst", it.DropFirst),
            Delimiter = f.Of("delimiter", it.Delimiter),
            Header = f.Of("header", it.Header),
            Comment = f.Of("comment", it.Comment),
            Missing = f.Of("missing", it.Missing),
            MissingMarkers = f.Of("missingMarkers", it.MissingMarkers),
            Numbers = f.Of("numbers", it.Numbers),
            Threads = f.Of("threads", it.Threads),
        };
    }

    internal static LibSvmSettings LibSvm(JsonFields f, LibSvmSettings? value)
    {
        LibSvmSettings it = value ?? new LibSvmSettings();
        return new LibSvmSettings
        {
            FirstIndex = f.Of("firstIndex", it.FirstIndex),
            Columns = f.Of("columns", it.Columns),
            IgnoreQueries = f.Of("ignoreQueries", it.IgnoreQueries),
            SortIndices = f.Of("sortIndices", it.SortIndices),
            Numbers = f.Of("numbers", it.Numbers),
            TargetKind = f.Of("targetKind", it.TargetKind),
            Threads = f.Of("threads", it.Threads),
        };
    }

    private static Schedule? Schedule(JsonFields f, Schedule? value)
    {
        Schedule it = f.Kind(
            value!,
            one => one.Kind,
            ("constant", LinearNets.Schedule.Constant(1)),
            ("step", LinearNets.Schedule.Step(0, 0, 0)),
            ("exponential", LinearNets.Schedule.Exponential(0, 0)),
            ("cosine", LinearNets.Schedule.Cosine(0, 0, 0)),
            ("warmUp", LinearNets.Schedule.WarmUp(0, LinearNets.Schedule.Constant(1))),
            ("custom", LinearNets.Schedule.Custom("?", _ => 0)));
        switch (it.Kind)
        {
            case "constant":
                return LinearNets.Schedule.Constant(f.Of("rate", it.Rate, needed: true));
            case "step":
                return LinearNets.Schedule.Step(f.Of("rate", it.Rate, needed: true), f.Of("factor", it.Other, needed: true), f.Of("every", it.Steps, needed: true));
            case "exponential":
                return LinearNets.Schedule.Exponential(f.Of("rate", it.Rate, needed: true), f.Of("factor", it.Other, needed: true));
            case "cosine":
                return LinearNets.Schedule.Cosine(f.Of("rate", it.Rate, needed: true), f.Of("final", it.Other, needed: true), f.Of("steps", it.Steps, needed: true));
            case "warmUp":
                return LinearNets.Schedule.WarmUp(f.Of("steps", it.Steps, needed: true), f.Of("next", it.Next, Schedule)!);
            default:
                f.Function(f.Of("name", it.Name, needed: true), "Schedule");
                return it;
        }
    }

    private static Optimizer Optimizer(JsonFields f, Optimizer value)
    {
        Optimizer it = f.Kind(
            value,
            one => one.Kind,
            ("sgd", LinearNets.Optimizer.Sgd),
            ("momentum", LinearNets.Optimizer.Momentum(0)),
            ("nesterov", LinearNets.Optimizer.Nesterov(0)),
            ("adam", LinearNets.Optimizer.Adam()),
            ("adamW", LinearNets.Optimizer.AdamW(0)),
            ("adagrad", LinearNets.Optimizer.Adagrad),
            ("rmsProp", LinearNets.Optimizer.RmsProp()),
            ("proximal", LinearNets.Optimizer.Proximal(0)));
        (double a, double b, double c) = it.Constants;
        return it.Kind switch
        {
            "momentum" => LinearNets.Optimizer.Momentum(f.Of("beta", a, needed: true)),
            "nesterov" => LinearNets.Optimizer.Nesterov(f.Of("beta", a, needed: true)),
            "adam" => LinearNets.Optimizer.Adam(f.Of("beta1", a), f.Of("beta2", b), f.Of("epsilon", c)),
            "adamW" => LinearNets.Optimizer.AdamW(f.Of("decay", a, needed: true)),
            "rmsProp" => LinearNets.Optimizer.RmsProp(f.Of("gamma", a)),
            "proximal" => LinearNets.Optimizer.Proximal(f.Of("lambda", a, needed: true)),
            _ => it,
        };
    }

    private static EarlyStopping? Stopping(JsonFields f, EarlyStopping? it) =>
        new(f.Of("patience", it?.Patience ?? 0, needed: true)) { MinDelta = f.Of("minDelta", it?.MinDelta ?? 0) };

    private static Loss Loss(JsonFields f, Loss value)
    {
        Loss it = f.Kind(
            value,
            one => one.Kind,
            ("squared", LinearNets.Loss.Squared),
            ("absolute", LinearNets.Loss.Absolute),
            ("crossEntropy", LinearNets.Loss.CrossEntropy),
            ("huber", LinearNets.Loss.Huber(0)),
            ("custom", LinearNets.Loss.Custom("?", (_, y) => y)));
        if (it.Kind == LinearNets.Loss.Kinds.Custom)
            f.Function(f.Of("name", it.Name, needed: true), "Loss");
        return it.Kind == LinearNets.Loss.Kinds.Huber ? LinearNets.Loss.Huber(f.Of("delta", it.Delta, needed: true)) : it;
    }

    private static Penalty Penalty(JsonFields f, Penalty value)
    {
        Penalty it = f.Kind(
            value,
            one => (one.Lambda, one.Ratio) switch { (0, 0) => 0, (_, 0) => 2, (_, 1) => 1, _ => 3 },
            ("none", LinearNets.Penalty.None),
            ("l2", LinearNets.Penalty.L2(1)),
            ("l1", LinearNets.Penalty.L1(1)),
            ("elasticNet", LinearNets.Penalty.ElasticNet(1, 0.5)));
        double lambda = it == LinearNets.Penalty.None ? 0 : f.Of("lambda", it.Lambda, needed: true);
        return LinearNets.Penalty.ElasticNet(lambda, it.Ratio is 0 or 1 ? it.Ratio : f.Of("ratio", it.Ratio, needed: true));
    }

    private static ClassWeights? Weights(JsonFields f, ClassWeights? value)
    {
        ClassWeights it = f.Kind(
            value!,
            one => (one.ByNumber is null, one.ByName is null),
            ("balanced", ClassWeights.Balanced),
            ("byNumber", ClassWeights.Of(Array.Empty<double>())),
            ("byName", ClassWeights.Of(Array.Empty<(string, double)>())));
        return it.ByNumber is not null ? ClassWeights.Of(f.Of("weights", it.ByNumber, needed: true))
            : it.ByName is not null ? ClassWeights.Of(f.Of("weights", it.ByName, (g, one) => (g.Of("name", one.Name, needed: true), g.Of("weight", one.Weight, needed: true))))
            : it;
    }

    private static Device Device(JsonFields f, Device value) =>
        f.Kind(value, one => one, ("auto", LinearNets.Device.Auto), ("cpu", LinearNets.Device.CPU), ("gpu", LinearNets.Device.GPU));
}
