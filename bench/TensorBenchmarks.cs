// Matrix products and one gradient of softmax regression, through the public tensors, on one thread.

using BenchmarkDotNet.Attributes;
using LinearNets.FSharp;
using LinearNets.Tensors;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Gradient = Microsoft.FSharp.Core.FSharpFunc<
    Microsoft.FSharp.Collections.FSharpList<LinearNets.Tensors.Tensor>,
    Microsoft.FSharp.Core.FSharpFunc<LinearNets.FSharp.Batch, LinearNets.FSharp.Pass>>;

namespace LinearNets.Bench;

/// <summary>The names here are those of peers/torch_peer.py: the report puts equal names side by side.</summary>
[MemoryDiagnoser]
public class TensorBenchmarks
{
    internal const int PeakSteps = 100_000;

    private static Tensor Normal(int seed, int rows, int columns) =>
        dsharp.tensor(Random.normals(rows * columns, Random.key(seed))).view([rows, columns]);

    private readonly int _peakSteps = PeakSteps;
    private readonly Tensor _x = Normal(1, 256, 784);
    private readonly Tensor _w = Normal(2, 784, 10);
    private readonly Tensor _g = Normal(3, 256, 10);
    private readonly Tensor _a = Normal(4, 1024, 1024);
    private readonly Tensor _b = Normal(5, 1024, 1024);
    private readonly FSharpList<Tensor> _parameters;
    private readonly Batch _batch;
    private readonly Gradient _autodiff;
    private readonly Gradient _closedForm;

    /// <summary>Makes the data: fixed seeds, the shapes of Fashion-MNIST with batch size 256.</summary>
    public TensorBenchmarks()
    {
        Model model = ModelModule.linear(784, 10);
        Objective objective = ObjectiveModule.create(model, LossModule.crossEntropy);
        int[] labels = new int[256];
        for (int i = 0; i < labels.Length; i++)
            labels[i] = Random.below(10, Random.key(6), i);
        _parameters = ModelModule.init(0, model);
        _batch = BatchModule.create(_x, dsharp.tensor(labels));
        _autodiff = ObjectiveModule.autodiff(objective);
        _closedForm = ObjectiveModule.closedForm(objective).Value;
    }

    [Benchmark(Description = "FMA peak")]
    public float Peak() => FmaPeak.Run(_peakSteps);

    [Benchmark(Description = "X·W (256×784)(784×10)")]
    public Tensor Scores() => _x.matmul(_w);

    [Benchmark(Description = "Xᵀ·G (784×256)(256×10)")]
    public Tensor WeightGradient() => _x.transpose().matmul(_g);

    [Benchmark(Description = "G·Wᵀ (256×10)(10×784)")]
    public Tensor InputGradient() => _g.matmul(_w.transpose());

    [Benchmark(Description = "A·B 1024³")]
    public Tensor Square() => _a.matmul(_b);

    [Benchmark(Description = "softmax gradient, Autodiff")]
    public Pass Autodiff() => FSharpFunc<FSharpList<Tensor>, Batch>.InvokeFast(_autodiff, _parameters, _batch);

    [Benchmark(Description = "softmax gradient, ClosedForm")]
    public Pass ClosedForm() => FSharpFunc<FSharpList<Tensor>, Batch>.InvokeFast(_closedForm, _parameters, _batch);
}
