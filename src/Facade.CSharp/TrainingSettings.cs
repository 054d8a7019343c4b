using System;
using System.Linq;
using System.Text.Json.Serialization;
using System.Threading;

namespace LinearNets;

/// <summary>What all estimators can be told.</summary>
/// <remarks><para>Settings are immutable: any number of fits may use one object at once.</para>
/// <para>They are checked when something is fitted, before any value of the data is looked at: all that is wrong with them, with the kinds
/// and shapes of the data and with how they go together is in the message of one <see cref="SettingsException"/>, a device that is not there
/// among it; a device alone is a <see cref="DeviceException"/>. Only then comes what is wrong with values: a number that is not finite, or a
/// label that was never seen, is a <see cref="DataException"/>.</para></remarks>
/// <example><code>
/// var settings = new LinearRegression { Seed = 42 };
/// var others = settings with { Scaling = Scaling.Standardize };
/// </code></example>
[JsonConverter(typeof(SettingsJsonConverter<EstimatorSettings>))]
public abstract record EstimatorSettings
{
    private protected EstimatorSettings()
    {
    }

    /// <summary>What is done to features before training: by default bytes are divided by 255.</summary>
    public Scaling Scaling { get; init; } = Scaling.Auto;

    /// <summary>Whether there is a bias: by default there is. Without one <see cref="Newton"/> and <see cref="CoordinateDescent"/> do not
    /// work, and others run by the definitions, several times slower.</summary>
    public bool FitIntercept { get; init; } = true;

    /// <summary>The seed of the first parameters and of the orders of rows: 0. The same seed, settings and data give the same bits.</summary>
    public int Seed { get; init; }

    /// <summary>Where to compute: by default wherever it suits the size of the work.</summary>
    public Device Device { get; init; } = Device.Auto;

    /// <summary>How many threads may be used, 1 to 255; by default as many as there are processors. The result is the same, bit for bit.</summary>
    public int? Threads { get; init; }

    /// <summary>The settings as JSON, which <see cref="FromJson(string)"/> reads again: every field by its name in camelCase, alternatives by
    /// their <c>kind</c>, numbers to the last bit.</summary>
    /// <param name="indented">Whether to begin a line for each field.</param>
    /// <exception cref="SettingsException">There is what JSON cannot hold: a loss or a schedule of your own, a model to begin from.</exception>
    /// <example><code>
    /// var settings = new LinearRegression { Solver = new Sgd { Epochs = 3 }, Seed = 42 };
    /// string json = settings.ToJson();
    /// bool same = LinearRegression.FromJson(json) == settings;    // true
    /// </code></example>
    public string ToJson(bool indented = false) => JsonFields.Write(this, SettingsJson.Estimator, indented, isRecord: false);

    /// <summary>Settings of the kind that the JSON names.</summary>
    /// <param name="json">An object. Fields that are not there are the defaults.</param>
    /// <exception cref="SettingsException">The text is no JSON, fields are not known or stand twice, or a value is not what it should be; all
    /// are listed, each by its path. Whether settings can be used is seen by <c>Fit</c>.</exception>
    public static EstimatorSettings FromJson(string json) => JsonFields.Read<EstimatorSettings>(json, SettingsJson.Estimator);

    /// <summary>The same without a model to begin from: a model that keeps its settings does not keep another one by them.</summary>
    private protected abstract EstimatorSettings WithoutStart();

    private protected FSharp.Request Request(Dataset data, Dataset? validation, IProgress<EpochReport>? progress, TrainedModel? start, CancellationToken cancellationToken)
    {
        EstimatorSettings own = WithoutStart();
        var request = new FSharp.Request(data)
        {
            Validation = validation,
            Intercept = FitIntercept,
            Factor = Scaling == Scaling.Auto && data.Table.features.IsBytes ? 1.0 / 255 : 1,
            Transform = Scaling switch
            {
                Scaling.Standardize => FSharp.Preprocess.standardise,
                Scaling.MinMax => FSharp.Preprocess.minMax,
                _ => null,
            },
            Seed = Seed,
            Threads = Threads,
            Start = start?.Parameters,
            Progress = progress,
            Cancellation = cancellationToken,
            Settings = () => JsonFields.Write(own, SettingsJson.Estimator, indented: false, isRecord: true),
        };
        if (!Enum.IsDefined(Scaling))
            request.Problems.Add($"The scaling is {Scaling}; expected Auto, None, Standardize or MinMax.");
        if (!FitIntercept && Scaling is Scaling.Standardize or Scaling.MinMax)
            request.Problems.Add($"The scaling is {Scaling}, which shifts features, and FitIntercept is false; expected an intercept, or the scaling Auto or None.");
        if (!FitIntercept && start is not null && start.Biases.Any(bias => bias != 0))
            request.Problems.Add("The model to begin from has an intercept, and FitIntercept is false; expected one without.");
        if (Scaling == Scaling.Standardize && data.IsSparse)
            request.Problems.Add("The scaling is Standardize, which makes the zeros of sparse rows other numbers; expected Auto or None. Scale by Preprocess.maxAbs before, or make the rows dense by ToDense.");
        Device device = Setting.OrDefault(Device, Device.Auto, "The device", request.Problems);
        if (!device.Equals(Device.Auto) && !device.Equals(Device.Cpu))
            request.NoDevice = device;
        return request;
    }
}

/// <summary>What estimators can be told that minimise a loss by a solver.</summary>
/// <remarks>The defaults are a solver chosen by the shapes, and no penalty.</remarks>
/// <example><code>
/// var settings = new SoftmaxClassifier { Penalty = Penalty.L2(1e-4) };
/// var others = settings with { Solver = new Sgd { Epochs = 3 } };
/// </code></example>
public abstract record TrainingSettings : EstimatorSettings
{
    private protected TrainingSettings()
    {
    }

    /// <summary>How the parameters are found: by default <see cref="Solver.Auto"/>.</summary>
    public Solver Solver { get; init; } = Solver.Auto;

    /// <summary>What is added to the loss for the weights: by default nothing.</summary>
    public Penalty Penalty { get; init; } = Penalty.None;

    /// <summary>What the solver finds that the settings mean.</summary>
    private protected Found Train(FSharp.Request request, Dataset data, Func<Solver> auto)
    {
        request.Penalty = Setting.OrDefault(Penalty, Penalty.None, "The penalty", request.Problems).Core(request.Problems);
        Solver solver = Setting.OrDefault(Solver, Solver.Auto, "The solver", request.Problems);
        if (solver == Solver.Auto)
            solver = auto();
        return Found.On(data, solver.Train(request), solver);
    }

    private protected bool HasL1 => Penalty is not null && Penalty.HasL1;

    /// <summary>The rule by which classifiers choose.</summary>
    private protected Solver ForClasses(Dataset data, int outputs)
    {
        const double LongPass = 1 << 30;
        if (HasL1)
            return new Fista();
        return (double)data.Values * outputs <= LongPass
            ? new Lbfgs()
            : new Sgd { LearningRate = 0.1, BatchSize = 256 };
    }
}
