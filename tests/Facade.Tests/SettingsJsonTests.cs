// Settings as JSON come back as they were: every property of every record, by reflection, so that one without JSON fails here.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Text.Json;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture]
public class SettingsJsonTests
{
    private static readonly Type[] s_estimators = [.. typeof(EstimatorSettings).Assembly.GetExportedTypes().Where(t => t.IsSubclassOf(typeof(EstimatorSettings)) && !t.IsAbstract && t != typeof(CustomEstimator))];

    private static readonly double[] s_numbers =
        [0.1, -0.0, 1e300, double.Epsilon, double.MaxValue, 1 / 3.0, 123456789012345678, double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    /// <summary>A value of a type that is not the default of any property, and all kinds of it.</summary>
    private static IEnumerable<object?> Samples(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is Type inner)
            return Samples(inner).Append(null);
        if (type == typeof(int))
            return [7, int.MinValue, int.MaxValue];
        if (type == typeof(double))
            return s_numbers.Cast<object>();
        if (type == typeof(bool))
            return [true, false];
        if (type == typeof(char))
            return [';', '\t', '"'];
        if (type == typeof(string[]))
            return [new[] { "a", "", "b\"" }, Array.Empty<string>()];
        if (type == typeof(string))
            return ["ham \"&\" <eggs>\n\0😀", ""];
        if (type == typeof(double[]))
            return [s_numbers, Array.Empty<double>()];
        if (type == typeof((string, double)[]))
            return [new[] { ("b", 0.1), ("a", 2), ("b", 3) }, Array.Empty<(string, double)>()];
        if (type.IsEnum)
            return Enum.GetValues(type).Cast<object>();
        if (type == typeof(Device))
            return [Device.Auto, Device.Cpu, Device.GPU];
        if (type == typeof(EarlyStopping))
            return [new EarlyStopping(5) { MinDelta = 0.25 }, new EarlyStopping(-1) { MinDelta = double.NaN }];
        if (type == typeof(Solver))
        {
            Type[] solvers = [.. type.Assembly.GetExportedTypes().Where(t => t.IsSubclassOf(type))];
            return [Solver.Auto, .. solvers.SelectMany(t => Varied(Activator.CreateInstance(t)!))];
        }

        // What is made by functions of the type itself.
        BindingFlags made = BindingFlags.Public | BindingFlags.Static;
        IEnumerable<object?> fixedOnes = type.GetProperties(made).Where(p => p.PropertyType == type).Select(p => p.GetValue(null));
        IEnumerable<object?> functions = type.GetMethods(made)
            .Where(m => m.ReturnType == type && !m.IsSpecialName && m.Name != "Custom")
            .SelectMany(m => Arguments(type, m).Select(arguments => m.Invoke(null, arguments)));
        object?[] all = [.. fixedOnes.Concat(functions)];
        Assert.That(all, Has.Length.GreaterThan(2), $"no samples of {type}");
        return all;
    }

    /// <summary>The first sample of every parameter, but for one the others, too.</summary>
    private static IEnumerable<object?[]> Arguments(Type type, MethodInfo method)
    {
        object?[][] all = [.. method.GetParameters().Select(p => p.ParameterType == type ? [Schedule.Cosine(0.1, 0.01, 5)] : Samples(p.ParameterType).ToArray())];
        for (int i = 0; i < all.Length; i++)
        {
            foreach (object? one in all[i])
                yield return [.. all.Select((samples, j) => i == j ? one : samples[0])];
        }
    }

    /// <summary>Each property set to each sample.</summary>
    private static IEnumerable<object> Varied(object settings)
    {
        yield return settings;
        foreach (PropertyInfo property in Properties(settings.GetType()))
        {
            foreach (object? sample in Samples(property.PropertyType).Concat(IsNullable(property) ? [null] : []))
            {
                object other = settings.GetType().GetMethod("<Clone>$")!.Invoke(settings, null)!;
                property.SetValue(other, sample);
                yield return other;
            }
        }
    }

    private static IEnumerable<PropertyInfo> Properties(Type type) => type.GetProperties().Where(p => p.CanWrite && p.Name != "WarmStart");

    private static bool IsNullable(PropertyInfo property) =>
        !property.PropertyType.IsValueType && new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;

    private static void Problems(Action act, params string[] problems) =>
        Assert.That(Assert.Throws<SettingsException>(act)!.Problems, Is.EqualTo(problems));

    [TestCaseSource(nameof(s_estimators))]
    public void Every_property_of_every_record_comes_back(Type estimator)
    {
        MethodInfo read = estimator.GetMethod("FromJson", [typeof(string)])!;
        int count = 0;
        foreach (EstimatorSettings settings in Varied(Activator.CreateInstance(estimator)!).Cast<EstimatorSettings>())
        {
            string json = settings.ToJson();
            Assert.That(read.Invoke(null, [json]), Is.EqualTo(settings), json);
            Assert.That(EstimatorSettings.FromJson(json), Is.EqualTo(settings), json);
            Assert.That(EstimatorSettings.FromJson(json).ToJson(), Is.EqualTo(json));
            Assert.That(EstimatorSettings.FromJson(settings.ToJson(indented: true)), Is.EqualTo(settings));
            JsonElement root = JsonDocument.Parse(json).RootElement;
            foreach (PropertyInfo property in Properties(estimator))
                Assert.That(root.TryGetProperty(JsonNamingPolicy.CamelCase.ConvertName(property.Name), out _), $"{property.Name} is in {json}");
            count++;
        }

        Assert.That(count, Is.GreaterThan(30));
    }

    [Test]
    public void Every_property_of_how_files_are_read_comes_back()
    {
        int count = Files<CsvSettings>(one => one.ToJson(), CsvSettingsJson.FromJson, "Schema") + Files<LibSvmSettings>(one => one.ToJson(indented: true), LibSvmSettingsJson.FromJson);
        Assert.That(count, Is.GreaterThan(40));
        CsvSchema schema = Dataset.ParseCsv("a,b\n1,2\n").Schema;
        Problems(() => new CsvSettings { Schema = schema }.ToJson(), "schema is made of a file. Set it to null, and take it again from the data set of that file.");
        Problems(
            () => CsvSettingsJson.FromJson("""{"delimiter":";;","oneHot":["a",1],"target":1,"without":null,"missing":"drop"}"""),
            "target is 1; expected a text, or null.",
            "without is null; expected an array of texts.",
            "oneHot is an array; expected an array of texts.",
            "delimiter is \";;\"; expected one character, or null.",
            "missing is \"drop\"; expected one of error, dropRow, mean.");
        Assert.That(LibSvmSettingsJson.FromJson("{}").FirstIndex, Is.EqualTo(1));
    }

    /// <summary>These are no records: each property is looked at.</summary>
    private static int Files<T>(Func<T, string> write, Func<string, T> read, params string[] without)
        where T : new()
    {
        int count = 0;
        PropertyInfo[] properties = [.. Properties(typeof(T)).Where(p => !without.Contains(p.Name))];
        foreach (PropertyInfo varied in properties)
        {
            // Of another language, which does not say what may be null: what is by default.
            IEnumerable<object?> samples = Samples(varied.PropertyType);
            foreach (object? sample in varied.GetValue(new T()) is null ? samples.Append(null) : samples)
            {
                var settings = new T();
                varied.SetValue(settings, sample);
                T again = read(write(settings));
                foreach (PropertyInfo property in properties)
                    Assert.That(property.GetValue(again), Is.EqualTo(property.GetValue(settings)), property.Name);
                count++;
            }
        }

        return count;
    }

    [Test]
    public void Numbers_come_back_to_the_last_bit()
    {
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            double value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            double read = Perceptron.FromJson(new Perceptron { LearningRate = value }.ToJson()).LearningRate;
            if (!double.IsNaN(value) || !double.IsNaN(read))
                Assert.That(BitConverter.DoubleToInt64Bits(read), Is.EqualTo(BitConverter.DoubleToInt64Bits(value)));
        }

        double zero = Perceptron.FromJson(new Perceptron { LearningRate = -0.0 }.ToJson()).LearningRate;
        Assert.That(double.IsNegative(zero));
    }

    [Test]
    public void It_reads_as_one_would_write_it()
    {
        var settings = new SoftmaxClassifier
        {
            Solver = new Sgd { Schedule = Schedule.WarmUp(100, Schedule.Constant(0.1)), Optimizer = Optimizer.Adam(), EarlyStopping = new EarlyStopping(3) },
            Penalty = Penalty.L2(1e-4),
            ClassWeights = ClassWeights.Of(("ham", 1), ("spam", 0.2)),
            Seed = 42,
        };
        Assert.That(settings.ToJson(indented: true), Is.EqualTo("""
            {
              "kind": "softmaxClassifier",
              "scaling": "auto",
              "fitIntercept": true,
              "seed": 42,
              "device": {
                "kind": "auto"
              },
              "threads": null,
              "solver": {
                "kind": "sgd",
                "learningRate": null,
                "schedule": {
                  "kind": "warmUp",
                  "steps": 100,
                  "next": {
                    "kind": "constant",
                    "rate": 0.1
                  }
                },
                "batchSize": 32,
                "epochs": 10,
                "optimizer": {
                  "kind": "adam",
                  "beta1": 0.9,
                  "beta2": 0.999,
                  "epsilon": 1E-08
                },
                "earlyStopping": {
                  "patience": 3,
                  "minDelta": 0
                },
                "shuffle": true
              },
              "penalty": {
                "kind": "l2",
                "lambda": 0.0001
              },
              "classWeights": {
                "kind": "byName",
                "weights": [
                  {
                    "name": "ham",
                    "weight": 1
                  },
                  {
                    "name": "spam",
                    "weight": 0.2
                  }
                ]
              }
            }
            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void What_is_not_there_is_the_default()
    {
        Assert.That(LinearRegression.FromJson("{}"), Is.EqualTo(new LinearRegression()));
        Assert.That(EstimatorSettings.FromJson("""{"kind":"perceptron","epochs":3}"""), Is.EqualTo(new Perceptron { Epochs = 3 }));
        Assert.That(
            LinearRegression.FromJson("""{"solver":{"kind":"sgd","optimizer":{"kind":"adam","beta2":0.99}}}"""),
            Is.EqualTo(new LinearRegression { Solver = new Sgd { Optimizer = Optimizer.Adam(beta2: 0.99) } }));
    }

    [Test]
    public void All_that_is_wrong_is_said_at_once_by_its_path() =>
        Problems(
            () => LinearRegression.FromJson("""
                {"kind":"perceptron","seed":1.5,"seed":2,"scaling":"MinMax","fitIntercept":"yes","Threads":2,"penalty":{"kind":"l2"},
                 "loss":{"kind":"hinge","margin":1},"solver":{"kind":"sgd","learningRate":"fast","epochs":99999999999,"learningrate":1,
                 "schedule":{"kind":"warmUp","steps":3,"next":{"kind":"step","rate":1e999}},"optimizer":[1],"earlyStopping":{"patience":null},"shuffle":{}}}
                """),
            "seed stands twice; expected it once.",
            "kind is \"perceptron\"; expected linearRegression.",
            "scaling is \"MinMax\"; expected one of auto, none, standardize, minMax.",
            "fitIntercept is \"yes\"; expected true or false.",
            "seed is 1.5; expected a whole number of 32 bits.",
            "solver.learningRate is \"fast\"; expected a number, or null.",
            "solver.schedule.next.rate is 1e999; expected a number.",
            "solver.schedule.next.factor is missing; expected a value.",
            "solver.schedule.next.every is missing; expected a value.",
            "solver.epochs is 99999999999; expected a whole number of 32 bits.",
            "solver.optimizer is an array; expected an object.",
            "solver.earlyStopping.patience is null; expected a whole number of 32 bits.",
            "solver.shuffle is an object; expected true or false.",
            "solver.learningrate is not known; expected one of kind, learningRate, schedule, batchSize, epochs, optimizer, earlyStopping, shuffle.",
            "penalty.lambda is missing; expected a value.",
            "loss.kind is \"hinge\"; expected one of squared, absolute, crossEntropy, huber, custom.",
            "Threads is not known; expected one of kind, scaling, fitIntercept, seed, device, threads, solver, penalty, loss.");

    [Test]
    public void A_text_that_is_no_object_of_settings()
    {
        Assert.Throws<ArgumentNullException>(() => EstimatorSettings.FromJson(null!));
        Problems(() => EstimatorSettings.FromJson("[]"), "The JSON is an array; expected an object.");
        Problems(() => EstimatorSettings.FromJson("null"), "The JSON is null; expected an object.");
        Problems(() => EstimatorSettings.FromJson("{}"), "kind is missing; expected a value.");
        string[] texts = ["", "{", "{\"seed\":1,}", "{} // and", "{\"seed\":01}", "{\"seed\":NaN}", "{\"kind\":\"\\ud800\"}", "{\"\\ud800\":1}", "\ud800", new string('[', 65), new string('{', 1 << 25)];
        foreach (string text in texts)
            Assert.That(Assert.Throws<SettingsException>(() => EstimatorSettings.FromJson(text))!.Problems, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_great_many_problems_are_not_all_said()
    {
        string json = "{" + string.Join(",", Enumerable.Range(0, 100_000).Select(i => $"\"a{i}\":0")) + "}";
        Assert.That(Assert.Throws<SettingsException>(() => LinearRegression.FromJson(json))!.Problems, Has.Count.EqualTo(50));
    }

    [Test]
    public void What_JSON_cannot_hold()
    {
        LinearModel model = new LinearRegression().Fit(new double[,] { { 1 }, { 2 } }, [1, 2]);
        Schedule deep = Schedule.Constant(1);
        for (int i = 0; i < 40; i++)
            deep = Schedule.WarmUp(1, deep);
        Problems(
            () => new LinearRegression { Loss = Loss.Custom("log-cosh", (a, _) => a), Solver = new Sgd { Schedule = Schedule.Custom("mine", _ => 1) }, WarmStart = model }.ToJson(),
            "solver.schedule is 'mine', a function of your own, which JSON cannot hold. Leave it out, and set Schedule in the program.",
            "warmStart is a model, which JSON does not hold. Set it to null and keep the model by itself.",
            "loss is 'log-cosh', a function of your own, which JSON cannot hold. Leave it out, and set Loss in the program.");
        Problems(
            () => new LinearRegression { Solver = null!, Scaling = (Scaling)9 }.ToJson(),
            "scaling is 9; expected one of auto, none, standardize, minMax.",
            "solver is null; expected a value. Leave it out for the default.");
        Problems(
            () => new LogisticRegression { ClassWeights = ClassWeights.Of(("\ud800", 1.0)) }.ToJson(),
            "classWeights.weights[0].name has half a character of UTF-16; expected whole ones.");
        Assert.That(
            Assert.Throws<SettingsException>(() => new LinearRegression { Solver = new Sgd { Schedule = deep } }.ToJson())!.Message,
            Does.Contain(".next is within 33 others; expected 32 at most."));
        var own = new CustomEstimator("two lines", [("w", [1, 1])], (p, x) => x.matmul(p[0])) { Seed = 3 };
        Problems(() => own.ToJson(), "The model is 'two lines', a function of your own, which JSON cannot hold. Leave it out, and set CustomEstimator in the program.");
        Problems(
            () => EstimatorSettings.FromJson("""{"kind":"custom","name":"two lines"}"""),
            "The model is 'two lines', a function of your own, which JSON cannot hold. Leave it out, and set CustomEstimator in the program.");
        Problems(
            () => LinearRegression.FromJson("""{"loss":{"kind":"custom","name":"log-cosh"}}"""),
            "loss is 'log-cosh', a function of your own, which JSON cannot hold. Leave it out, and set Loss in the program.");
    }

    /// <summary>Something of one's own that has settings.</summary>
    private sealed record Experiment(string Name, SoftmaxClassifier? Settings, EstimatorSettings Other);

    [Test]
    public void The_serializer_of_dotnet_knows_them()
    {
        var one = new Experiment("a", new SoftmaxClassifier { Seed = 3, Penalty = Penalty.L1(0.1) }, new Perceptron { Epochs = 2 });
        string json = JsonSerializer.Serialize(one);
        Assert.That(JsonSerializer.Deserialize<Experiment>(json), Is.EqualTo(one));
        Assert.That(JsonSerializer.Deserialize<Experiment>(JsonSerializer.Serialize(one with { Settings = null }))!.Settings, Is.Null);
        Assert.That(JsonSerializer.Serialize(one.Settings), Is.EqualTo(one.Settings!.ToJson()));
        Assert.Throws<SettingsException>(() => JsonSerializer.Deserialize<Perceptron>("{\"\\ud800\":1}"));
        Problems(() => JsonSerializer.Deserialize<SoftmaxClassifier>("""{"rate":1}"""), "rate is not known; expected one of kind, scaling, fitIntercept, seed, device, threads, solver, penalty, classWeights.");
    }
}
