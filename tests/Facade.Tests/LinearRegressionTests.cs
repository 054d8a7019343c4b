// Linear regression as a C# program uses it. What the facade returns is what the core returns, bit for bit.

using System;
using System.Collections.Generic;
using System.Linq;
using LinearNets.Tensors;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture]
public class LinearRegressionTests
{
    private static readonly double[,] s_x = { { 120, 7 }, { 80, 30 }, { 95, 12 }, { 60, 3 }, { 140, 1 } };
    private static readonly double[] s_y = [350, 210, 260, 190, 500];

    private static Dataset Houses => Dataset.From(s_x, s_y).WithFeatureNames("area", "age").WithTargetNames("price");

    private static FSharp.FitSettings Settings(FSharp.Model model, FSharp.Optimizer optimizer, int batch, int epochs, int seed) =>
        CoreSettings.Of(model, FSharp.LossModule.squared, optimizer, batch, epochs, seed);

    [Test]
    public void One_line_from_arrays_to_a_prediction()
    {
        LinearModel model = new LinearRegression().Fit(s_x, s_y);

        FSharp.ExactFit core = FSharp.Exact.run(FSharp.Exact.defaults, Houses);
        Assert.That(model.Weights, Is.EqualTo(core.parameters[0].view([2]).toArray1D<double>()));
        Assert.That(model.Bias, Is.EqualTo(core.parameters[1].toArray1D<double>()[0]));
        Assert.That(model.Predict([120, 7]), Is.EqualTo(model.Bias + 120 * model.Weights[0] + 7 * model.Weights[1]).Within(1e-10));
        Assert.That(model.Inference.StandardErrors, Is.EqualTo(core.inference.StandardErrors));
        Assert.That(model.Inference.StandardErrors, Has.Count.EqualTo(3));
        Assert.That(model.SolverUsed, Is.EqualTo(Solver.LeastSquares));
        Assert.That((model.RuleUsed, model.Converged, model.DeviceUsed), Is.EqualTo(("least squares, Gram", true, Device.Cpu)));
    }

    [Test]
    public void Minibatches_give_the_bits_of_the_core()
    {
        Dataset data = Synthetic.Linear(1000);
        var settings = new LinearRegression { Solver = new Sgd { LearningRate = 0.03, BatchSize = 10, Epochs = 3 }, Seed = 42 };

        LinearModel model = settings.Fit(data);

        FSharp.Fitted core = FSharp.Fit.run(
            Settings(FSharp.ModelModule.linear(2, 1), FSharp.OptimizerModule.sgd(0.03), 10, 3, 42), data);
        Assert.That(model.Weights.Select(w => (float)w), Is.EqualTo(core.parameters[0].view([2]).toArray1D<float>()));
        Assert.That(model.Biases.Select(w => (float)w), Is.EqualTo(core.parameters[1].toArray1D<float>()));
        Assert.That(model.History.Select(e => e.Running.Loss), Is.EqualTo(core.history.Select(e => e.Running.Loss)));
        Assert.That(model.RuleUsed, Is.EqualTo("sgd, Fused"));
        Assert.That(model.Converged, Is.False);
    }
}
