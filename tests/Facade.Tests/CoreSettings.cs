using System.Threading;
using LinearNets.Tensors;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace LinearNets.Tests;

/// <summary>Settings of the core, as a C# program can write them.</summary>
internal static class CoreSettings
{
    internal static FSharp.FitSettings Of(FSharp.Model model, FSharp.Loss loss, FSharp.Optimizer optimizer, int batch, int epochs, int seed)
    {
        FSharp.FitSettings usual = FSharp.Fit.defaults;
        return new FSharp.FitSettings(
            model,
            loss,
            usual.penalty,
            usual.classWeights,
            optimizer,
            batch,
            epochs,
            shuffle: true,
            seed,
            usual.initial,
            usual.rule,
            usual.threads,
            usual.measure,
            usual.lossAfterEpoch,
            usual.validation,
            usual.earlyStopping,
            usual.checkpoint,
            usual.onStep,
            usual.onEpoch,
            CancellationToken.None);
    }
}

/// <summary>Data with known answers.</summary>
internal static class Synthetic
{
    internal static Dataset Linear(int rows) =>
        FSharp.Synthetic.linear(new FSharp.SyntheticLinear(ListModule.OfSeq([2.0, -3.4]), 4.2, 0.01, rows, 1, Dtype.Float32));

    internal static Dataset Classes(int rows) => FSharp.Synthetic.classes(new FSharp.SyntheticClasses(3, 2, 0.5, rows, 1));

    internal static (Dataset Train, Dataset Test) Garments(int train, int test)
    {
        var both = FSharp.Synthetic.garments(train, test, 1);
        return (both.Item1, both.Item2);
    }
}
