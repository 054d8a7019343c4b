// Training through Fit.run: the book's linear regression as a whole fit, and softmax regression on images by the epoch.

using BenchmarkDotNet.Attributes;
using LinearNets.FSharp;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace LinearNets.Bench;

/// <summary>The names here are those of peers/torch_peer.py: the report puts equal names side by side.</summary>
[MemoryDiagnoser]
public class TrainingBenchmarks
{
    /// <summary>An epoch's time is that of a whole fit of so many, divided: the start of the fit is in it.</summary>
    private const int Epochs = 5;

    private const int Images = 60_000;
    private const int Pixels = 28 * 28;

    private readonly Dataset _line = Synthetic.linear(Synthetic.defaults);
    private readonly Dataset _bytes = Synthetic.garments(Images, 1, 42).Item1;
    private readonly Dataset _singles;
    private readonly Model _lineModel = ModelModule.linear(2, 1);
    private readonly Model _singlesModel = ModelModule.linear(Pixels, 10);
    private readonly Model _bytesModel = ModelModule.compose(
        ListModule.OfArray([ModelModule.scale(1 / 255.0), ModelModule.linear(Pixels, 10)]));

    /// <summary>Makes the data, from fixed seeds; the float32 are the bytes divided by 255.</summary>
    public TrainingBenchmarks()
    {
        float[,] pixels = new float[Images, Pixels];
        int[] labels = new int[Images];
        for (int i = 0; i < Images; i++)
        {
            double[] row = _bytes.Row(i);
            for (int j = 0; j < Pixels; j++)
                pixels[i, j] = (float)(row[j] / 255);
            labels[i] = (int)_bytes.Target(i)[0];
        }
        _singles = Dataset.From(pixels, labels);
    }

    private static Fitted Fit(Dataset data, Model model, Loss loss, double rate, int batch, int epochs, Rule rule)
    {
        FitSettings defaults = FSharp.Fit.defaults;
        return FSharp.Fit.run(
            new FitSettings(
                model,
                loss,
                defaults.penalty,
                defaults.classWeights,
                OptimizerModule.sgd(rate),
                batch,
                epochs,
                defaults.shuffle,
                defaults.seed,
                defaults.initial,
                FSharpOption<Rule>.Some(rule),
                FSharpOption<int>.Some(1),
                defaults.measure,
                defaults.lossAfterEpoch,
                defaults.validation,
                defaults.earlyStopping,
                defaults.onStep,
                defaults.onEpoch,
                defaults.cancellation),
            data);
    }

    private Fitted Line(Rule rule) => Fit(_line, _lineModel, LossModule.squared, 0.03, batch: 10, epochs: 3, rule);

    private static Fitted Softmax(Dataset data, Model model, Rule rule) =>
        Fit(data, model, LossModule.crossEntropy, 0.1, batch: 256, Epochs, rule);

    [Benchmark(Description = "linear regression, Autodiff")]
    public Fitted LineAutodiff() => Line(Rule.Autodiff);

    [Benchmark(Description = "linear regression, Fused")]
    public Fitted LineFused() => Line(Rule.Fused);

    [Benchmark(Description = "linear regression, ClosedForm")]
    public Fitted LineClosedForm() => Line(Rule.ClosedForm);

    [Benchmark(Description = "softmax epoch of float32, Fused", OperationsPerInvoke = Epochs)]
    public Fitted SinglesFused() => Softmax(_singles, _singlesModel, Rule.Fused);

    [Benchmark(Description = "softmax epoch of bytes, Fused", OperationsPerInvoke = Epochs)]
    public Fitted BytesFused() => Softmax(_bytes, _bytesModel, Rule.Fused);

    [Benchmark(Description = "softmax epoch of float32, ClosedForm", OperationsPerInvoke = Epochs)]
    public Fitted SinglesClosedForm() => Softmax(_singles, _singlesModel, Rule.ClosedForm);

    [Benchmark(Description = "softmax epoch of float32, Autodiff", OperationsPerInvoke = Epochs)]
    public Fitted SinglesAutodiff() => Softmax(_singles, _singlesModel, Rule.Autodiff);

    [Benchmark(Description = "softmax epoch of bytes, ClosedForm", OperationsPerInvoke = Epochs)]
    public Fitted BytesClosedForm() => Softmax(_bytes, _bytesModel, Rule.ClosedForm);

    [Benchmark(Description = "softmax epoch of bytes, Autodiff", OperationsPerInvoke = Epochs)]
    public Fitted BytesAutodiff() => Softmax(_bytes, _bytesModel, Rule.Autodiff);
}
