// Every estimator and solver: what the facade returns is what the core returns, bit for bit; models are values.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using LinearNets.Tensors;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture]
public class EstimatorTests
{
    private static readonly Dataset s_points = Synthetic.Classes(300);
    private static readonly Dataset s_line = Synthetic.Linear(200);

    private static readonly double[,] s_x = { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 }, { 2, 1 }, { 0, 3 } };
    private static readonly string[] s_labels = ["no", "no", "no", "yes", "yes", "no"];

    private static void AssertSame(TrainedModel model, FSharpList<Tensor> parameters)
    {
        double[] weights = parameters[0].cast(Dtype.Float64).view([parameters[0].nelement]).toArray1D<double>();
        Assert.That(model.WeightMatrix.Cast<double>(), Is.EqualTo(weights));
        Assert.That(model.Biases, Is.EqualTo(parameters[1].cast(Dtype.Float64).toArray1D<double>()));
    }

    [Test]
    public void Lbfgs_gives_the_bits_of_the_core()
    {
        SoftmaxModel model = new SoftmaxClassifier { Penalty = Penalty.L2(0.01) }.Fit(s_points);

        FSharp.LbfgsSettings usual = FSharp.Lbfgs.defaults;
        FSharp.Solved core = FSharp.Lbfgs.run(
            new FSharp.LbfgsSettings(
                FSharp.ModelModule.linear(2, 3), FSharp.LossModule.crossEntropy, FSharp.PenaltyModule.l2(0.01), usual.classWeights,
                usual.tolerance, usual.iterations, usual.memory, usual.initial, usual.rule, usual.threads, usual.cancellation),
            s_points);
        AssertSame(model, core.parameters);
        Assert.That((model.SolverUsed, model.RuleUsed, model.Converged), Is.EqualTo((new Lbfgs(), "L-BFGS, Fused", true)));
        Assert.That(model.Convergence!.Iterations, Is.EqualTo(core.convergence.Iterations));
    }

    [Test]
    public void Newton_finds_the_same_minimum()
    {
        SoftmaxModel lbfgs = new SoftmaxClassifier { Penalty = Penalty.L2(0.01) }.Fit(s_points);
        SoftmaxModel newton = new SoftmaxClassifier { Penalty = Penalty.L2(0.01), Solver = new Newton() }.Fit(s_points);
        Assert.That(newton.WeightMatrix.Cast<double>(), Is.EqualTo(lbfgs.WeightMatrix.Cast<double>()).Within(1e-3));
        Assert.That((newton.RuleUsed, newton.Converged), Is.EqualTo(("Newton", true)));
    }

    [Test]
    public void Coordinate_descent_and_Fista_find_the_same_lasso()
    {
        LinearModel auto = new LinearRegression { Penalty = Penalty.L1(0.1) }.Fit(s_line);
        LinearModel fista = new LinearRegression { Penalty = Penalty.L1(0.1), Solver = new Fista() }.Fit(s_line);

        FSharp.CoordinateDescentSettings usual = FSharp.CoordinateDescent.defaults;
        FSharp.Solved core = FSharp.CoordinateDescent.run(
            new FSharp.CoordinateDescentSettings(
                FSharp.ModelModule.linear(2, 1), FSharp.LossModule.squared, FSharp.PenaltyModule.l1(0.1), usual.tolerance,
                usual.sweeps, usual.initial, usual.threads, usual.cancellation),
            s_line);
        AssertSame(auto, core.parameters);
        Assert.That(auto.SolverUsed, Is.EqualTo(new CoordinateDescent()));
        Assert.That(fista.Weights, Is.EqualTo(auto.Weights).Within(1e-3));
        Assert.That(new SoftmaxClassifier { Penalty = Penalty.L1(0.01) }.Fit(s_points).SolverUsed, Is.EqualTo(new Fista()));
    }

    [Test]
    public void Images_are_scaled_within_the_model()
    {
        Dataset train = Synthetic.Garments(200, 1).Train;
        var solver = new Sgd { LearningRate = 0.1, BatchSize = 50, Epochs = 2 };

        SoftmaxModel model = new SoftmaxClassifier { Solver = solver, Seed = 7 }.Fit(train);

        FSharp.Fitted core = FSharp.Fit.run(
            CoreSettings.Of(
                FSharp.ModelModule.compose(ListModule.OfSeq([FSharp.ModelModule.scale(1.0 / 255), FSharp.ModelModule.linear(784, 10)])),
                FSharp.LossModule.crossEntropy, FSharp.OptimizerModule.sgd(0.1), 50, 2, 7),
            train);
        float[] weights = core.parameters[0].view([7840]).toArray1D<float>();
        Assert.That(model.WeightMatrix.Cast<double>(), Is.EqualTo(weights.Select(w => 1.0 / 255 * w)));
        Assert.That(model.History.Select(e => e.Running.Loss), Is.EqualTo(core.history.Select(e => e.Running.Loss)));
        Assert.That(model.Predict(train), Is.EqualTo(FSharp.Fit.classes(train, core)));
    }

    [Test]
    public void Scaling_is_part_of_the_model()
    {
        double[,] x = { { 1000, 1 }, { 2000, 3 }, { 3000, 2 }, { 4000, 5 }, { 5000, 4 } };
        double[] y = [1, 2, 3.5, 4, 5];
        LinearModel exact = new LinearRegression().Fit(x, y);
        foreach (Scaling scaling in new[] { Scaling.Standardize, Scaling.MinMax })
        {
            var settings = new LinearRegression { Solver = new Sgd { LearningRate = 0.3, BatchSize = 5, Epochs = 3000 }, Scaling = scaling };
            LinearModel descended = settings.Fit(x, y);
            Assert.That(descended.Predict(x), Is.EqualTo(exact.Predict(x)).Within(1e-6), scaling.ToString());
            LinearModel again = (settings with { WarmStart = descended, Solver = new Sgd { LearningRate = 1e-12, Epochs = 1 } }).Fit(x, y);
            Assert.That(again.Weights, Is.EqualTo(descended.Weights).Within(1e-9), scaling.ToString());
        }

        LinearModel ridge = new LinearRegression { Penalty = Penalty.L2(0.1), Scaling = Scaling.Standardize }.Fit(x, y);
        LinearModel other = new LinearRegression { Penalty = Penalty.L2(0.1), Scaling = Scaling.Standardize, Solver = new Lbfgs() }.Fit(x, y);
        Assert.That(ridge.Predict(x), Is.EqualTo(other.Predict(x)).Within(1e-6));
        LinearModel ofBytes = new LinearRegression { Penalty = Penalty.L2(0.1) }.Fit(Dataset.From([10, 200, 30, 90], 1, [1.0, 2, 3, 4]));
        LinearModel ofBytesToo = new LinearRegression { Penalty = Penalty.L2(0.1), Solver = new Lbfgs() }.Fit(Dataset.From([10, 200, 30, 90], 1, [1.0, 2, 3, 4]));
        Assert.That(ofBytes.Weights, Is.EqualTo(ofBytesToo.Weights).Within(1e-5));
    }

    [Test]
    public void A_model_without_an_intercept_has_a_bias_of_0()
    {
        LinearModel exact = new LinearRegression { FitIntercept = false }.Fit(s_x, [1, 2, 3, 4, 5, 6]);
        LinearModel lbfgs = new LinearRegression { FitIntercept = false, Solver = new Lbfgs() }.Fit(s_x, [1, 2, 3, 4, 5, 6]);
        LinearModel sgd = new LinearRegression { FitIntercept = false, Solver = new Sgd { Epochs = 2000, BatchSize = 6, LearningRate = 0.1 } }.Fit(s_x, [1, 2, 3, 4, 5, 6]);
        Assert.That((exact.Bias, lbfgs.Bias, sgd.Bias), Is.EqualTo((0.0, 0.0, 0.0)));
        Assert.That(lbfgs.Weights, Is.EqualTo(exact.Weights).Within(1e-6));
        Assert.That(sgd.Weights, Is.EqualTo(exact.Weights).Within(1e-6));
        Assert.That(exact.Inference.StandardErrors, Has.Count.EqualTo(2));
    }

    [Test]
    public void Logistic_regression_is_a_softmax_of_two_classes()
    {
        Dataset data = Dataset.From(s_x, s_labels);
        LogisticModel logistic = new LogisticRegression { Penalty = Penalty.L2(0.2) }.Fit(data);
        // λ/2‖w‖² of the difference of two columns is λ‖·‖² of half of it in each: the same minimum for 2λ.
        SoftmaxModel softmax = new SoftmaxClassifier { Penalty = Penalty.L2(0.4) }.Fit(data);

        Assert.That(logistic.PredictProbability([1, 1]), Is.EqualTo(softmax.PredictProbabilities([1, 1])[1]).Within(1e-5));
        Assert.That(logistic.ClassNames, Is.EqualTo(new[] { "no", "yes" }));
        Assert.That(logistic.Predict(data), Is.EqualTo(softmax.Predict(data)));
        Assert.That((logistic.PredictLabel([2, 1]), logistic.Predict([0, 3])), Is.EqualTo(("yes", 0)));
        Assert.That(logistic.PredictProbability(data)[3], Is.EqualTo(logistic.PredictProbability([1, 1])));
        Assert.That(logistic.Evaluate(data).RocAuc, Is.GreaterThan(0.7));
        Assert.That(new LogisticRegression().Fit(s_x, [-1, -1, -1, 1, 1, -1]).ClassNames, Is.EqualTo(new[] { "-1", "1" }));
    }

    [Test]
    public void Logistic_regression_takes_the_squared_loss()
    {
        Dataset data = Dataset.From(s_x, s_labels);
        var solver = new Sgd { LearningRate = 0.5, BatchSize = 6, Epochs = 200 };
        LogisticModel squared = new LogisticRegression { Loss = Loss.Squared, Solver = solver }.Fit(data);
        LogisticModel custom = new LogisticRegression
        {
            Loss = Loss.Custom("½(σ(z) − y)²", (z, y) => 0.5 * (z.sigmoid() - y) * (z.sigmoid() - y)),
            Solver = solver,
        }.Fit(data);

        Assert.That(squared.RuleUsed, Is.EqualTo("sgd, Fused"));
        Assert.That(custom.RuleUsed, Is.EqualTo("sgd, Autodiff"));
        Assert.That(custom.Weights, Is.EqualTo(squared.Weights).Within(1e-9));
    }

    [Test]
    public void A_perceptron_stops_when_every_row_is_right()
    {
        Dataset data = Dataset.From(s_x, s_labels);
        PerceptronModel model = new Perceptron().Fit(data);

        Assert.That(model.Converged);
        Assert.That(model.Predict(data), Is.EqualTo(new[] { 0, 0, 0, 1, 1, 0 }));
        Assert.That(model.History, Has.Count.LessThan(200));
        // Whole numbers in, whole numbers out; and no epoch more than was needed.
        Assert.That(model.Weights.Append(model.Bias).All(double.IsInteger));
        PerceptronModel shorter = new Perceptron { Epochs = model.History.Count - 1 }.Fit(data);
        Assert.That(shorter.Converged, Is.False);
        Assert.That(shorter.Predict(data), Is.Not.EqualTo(model.Predict(data)));
        Assert.That(model.Evaluate(data).LogLoss, Is.NaN);

        Dataset xor = Dataset.From(new double[,] { { 0, 0 }, { 0, 1 }, { 1, 0 }, { 1, 1 } }, new[] { 0, 1, 1, 0 });
        PerceptronModel never = new Perceptron { Epochs = 50 }.Fit(xor);
        Assert.That((never.Converged, never.History.Count), Is.EqualTo((false, 50)));
    }

    [Test]
    public void Class_weights_by_number_by_name_and_balanced()
    {
        Dataset data = Dataset.From(s_x, s_labels);
        LogisticModel byNumber = new LogisticRegression { Penalty = Penalty.L2(0.1), ClassWeights = ClassWeights.Of(0.75, 1.5) }.Fit(data);
        LogisticModel byName = new LogisticRegression { Penalty = Penalty.L2(0.1), ClassWeights = ClassWeights.Of(("yes", 1.5), ("no", 0.75)) }.Fit(data);
        LogisticModel balanced = new LogisticRegression { Penalty = Penalty.L2(0.1), ClassWeights = ClassWeights.Balanced }.Fit(data);
        LogisticModel ofRows = new LogisticRegression { Penalty = Penalty.L2(0.1) }.Fit(data.WithBalancedWeights());
        SoftmaxModel softmax = new SoftmaxClassifier { Penalty = Penalty.L2(0.2), ClassWeights = ClassWeights.Balanced }.Fit(data);

        Assert.That(byName, Is.EqualTo(byNumber));
        Assert.That(balanced, Is.EqualTo(byNumber));
        Assert.That(ofRows.Weights, Is.EqualTo(balanced.Weights).Within(1e-7));
        Assert.That(softmax.PredictProbabilities([1, 1])[1], Is.EqualTo(balanced.PredictProbability([1, 1])).Within(1e-5));
    }

    [Test]
    public void Class_weights_count_on_validation_data_too()
    {
        Dataset data = Dataset.From(s_x, s_labels);
        Dataset validation = Dataset.From(new double[,] { { 1, 0 }, { 2, 2 }, { 0, 2 }, { 1, 3 } }, new[] { "yes", "yes", "no", "no" }).WithWeights([1, 2, 3, 1]);
        ClassWeights weights = ClassWeights.Of(1, 5);
        var still = new Sgd { LearningRate = 1e-12, Epochs = 1, BatchSize = 6 };
        var logistic = new LogisticRegression { Penalty = Penalty.L2(0.2), ClassWeights = weights };
        var softmax = new SoftmaxClassifier { Penalty = Penalty.L2(0.4), ClassWeights = weights };
        double ofLogistic = (logistic with { WarmStart = logistic.Fit(data), Solver = still }).Fit(data, validation).History[0].Validation!.Value.Loss;
        double ofSoftmax = (softmax with { WarmStart = softmax.Fit(data), Solver = still }).Fit(data, validation).History[0].Validation!.Value.Loss;
        Assert.That(ofLogistic, Is.EqualTo(ofSoftmax).Within(1e-5));
        double unweighted = (logistic with { ClassWeights = null, WarmStart = logistic.Fit(data), Solver = still }).Fit(data, validation).History[0].Validation!.Value.Loss;
        Assert.That(Math.Abs(unweighted - ofLogistic), Is.GreaterThan(0.01));
    }

    private static readonly CustomEstimator s_bent = new(
        "two lines",
        [("slope", [1, 1]), ("change", [1, 1]), ("knee", [1]), ("level", [1])],
        (p, x) => x.matmul(p[0]) + (x - p[2]).relu().matmul(p[1]) + p[3]);

    [Test]
    public void A_model_of_ones_own_is_fitted()
    {
        double[,] x = new double[41, 1];
        var y = new double[41];
        for (int i = 0; i < y.Length; i++)
        {
            x[i, 0] = (i - 20) / 10.0;
            y[i] = 1 - x[i, 0] + (3 * Math.Max(x[i, 0] - 0.5, 0));
        }

        Dataset data = Dataset.From(x, y);
        CustomModel model = s_bent.Fit(data);
        Assert.That((model.SolverUsed, model.RuleUsed, model.Converged), Is.EqualTo((new Lbfgs(), "L-BFGS, Autodiff", true)));
        Assert.That(model.Evaluate(data).R2, Is.EqualTo(1).Within(1e-6));
        Assert.That((double)model.Parameters["knee"].view([]), Is.EqualTo(0.5).Within(1e-3));
        Assert.That(model.Predict([1.5])[0], Is.EqualTo(2.5).Within(1e-3));
        Assert.That(model.Predict(data)[35, 0], Is.EqualTo(model.Predict([1.5])[0]).Within(1e-12));
        Assert.That(model.ToString(), Does.StartWith("two lines (4 parameters: slope [1; 1], change [1; 1], knee [1], level [1]) (L-BFGS"));

        CustomModel scaled = (s_bent with { Scaling = Scaling.Standardize, Solver = new Sgd { LearningRate = 0.1, BatchSize = 41, Epochs = 2000 } }).FitAsync(data, data).Result;
        Assert.That(scaled.Predict([1.5])[0], Is.EqualTo(2.5).Within(0.1));
        Assert.That(scaled.History[1999].Validation!.Value.Loss, Is.LessThan(0.01));
        CustomModel again = (s_bent with { WarmStart = model, Solver = new Sgd { LearningRate = 1e-15, Epochs = 1 } }).Fit(data);
        Assert.That(again.Predict([1.5]), Is.EqualTo(model.Predict([1.5])).Within(1e-9));
        Assert.That(s_bent.Fit(data), Is.EqualTo(model));
        Assert.That(scaled, Is.Not.EqualTo(model));
    }

    [Test]
    public void A_linear_model_of_ones_own_is_the_librarys()
    {
        var linear = new CustomEstimator("linear", [("w", [2, 3]), ("b", [3])], (p, x) => x.matmul(p[0]) + p[1])
        {
            Loss = Loss.CrossEntropy,
            Penalty = Penalty.L2(0.01),
        };
        SoftmaxModel softmax = new SoftmaxClassifier { Penalty = Penalty.L2(0.01) }.Fit(s_points);
        Assert.That(linear.Fit(s_points).EvaluateClasses(s_points).LogLoss, Is.EqualTo(softmax.Evaluate(s_points).LogLoss).Within(1e-5));

        Dataset train = Synthetic.Garments(100, 1).Train;
        var solver = new Sgd { LearningRate = 0.1, BatchSize = 50, Epochs = 2 };
        SoftmaxModel ofBytes = new SoftmaxClassifier { Solver = solver }.Fit(train);
        CustomModel own = new CustomEstimator("linear", [("w", [784, 10]), ("b", [10])], (p, x) => x.matmul(p[0]) + p[1]) { Solver = solver, Loss = Loss.CrossEntropy }.Fit(train);
        Assert.That(own.EvaluateClasses(train).LogLoss, Is.EqualTo(ofBytes.Evaluate(train).LogLoss).Within(1e-5));
        Assert.That(own.History[1].Running.Metric, Is.EqualTo(ofBytes.History[1].Running.Metric));
    }

    [Test]
    public void Metrics_of_epochs_count_rows_and_scores_count_weights()
    {
        Dataset rows = Dataset.From(s_x, s_labels), weighted = rows.WithWeights([5, 1, 1, 1, 0, 1]);
        Dataset counted = rows.WithWeights([1, 1, 1, 1, 0, 1]);
        var solver = new Sgd { LearningRate = 0.3, BatchSize = 5, Epochs = 3 };
        SoftmaxModel model = new SoftmaxClassifier { Solver = solver }.Fit(rows, weighted);
        double metric = model.History[2].Validation!.Value.Metric;
        Assert.That(metric, Is.EqualTo(model.Evaluate(counted).Accuracy));
        Assert.That(metric, Is.Not.EqualTo(model.Evaluate(weighted).Accuracy));
        CustomModel own = new CustomEstimator("softmax", [("w", [2, 2]), ("b", [2])], (p, x) => x.matmul(p[0]) + p[1]) { Loss = Loss.CrossEntropy, Solver = solver }.Fit(rows, weighted);
        Assert.That(own.RuleUsed, Is.EqualTo("sgd, Autodiff"));
        Assert.That(own.History[2].Validation!.Value.Metric, Is.EqualTo(own.EvaluateClasses(counted).Accuracy));
    }

    [Test]
    public void A_warm_start_begins_where_a_model_is()
    {
        Dataset train = Synthetic.Garments(200, 1).Train;
        var once = new SoftmaxClassifier { Solver = new Sgd { BatchSize = 200, Epochs = 1, LearningRate = 0.1 } };
        var twice = once with { Solver = new Sgd { BatchSize = 200, Epochs = 2, LearningRate = 0.1 } };
        SoftmaxModel first = once.Fit(train);
        SoftmaxModel second = (once with { WarmStart = first }).Fit(train);
        SoftmaxModel both = twice.Fit(train);
        Assert.That(second.WeightMatrix.Cast<double>(), Is.EqualTo(both.WeightMatrix.Cast<double>()).Within(1e-8));
        Assert.That(second.History[0].Running.Loss, Is.EqualTo(both.History[1].Running.Loss).Within(1e-6));

        LinearModel start = new LinearRegression().Fit(s_line);
        LinearModel warm = new LinearRegression { Solver = new Lbfgs(), WarmStart = start }.Fit(s_line);
        Assert.That(warm.Convergence!.Iterations, Is.LessThanOrEqualTo(2));
    }

    [Test]
    public void Optimizers_schedules_and_early_stopping_are_handed_on()
    {
        foreach (Optimizer optimizer in new[] { Optimizer.Sgd, Optimizer.Momentum(0.5), Optimizer.Nesterov(0.5), Optimizer.Adam(), Optimizer.AdamW(0.01), Optimizer.Adagrad, Optimizer.RmsProp(), Optimizer.Proximal(1e-4) })
        {
            LinearModel model = new LinearRegression { Solver = new Sgd { Optimizer = optimizer, LearningRate = 0.05, BatchSize = 20, Epochs = 60 } }.Fit(s_line);
            Assert.That(model.History[59].Running.Loss, Is.LessThan(model.History[0].Running.Loss), optimizer.ToString());
            Assert.That(optimizer.ToString(), Does.StartWith(model.RuleUsed.Split(',')[0]));
        }

        foreach (Schedule schedule in new[] { Schedule.Constant(0.05), Schedule.Step(0.1, 0.5, 10), Schedule.Exponential(0.1, 0.99), Schedule.Cosine(0.1, 0.01, 40), Schedule.WarmUp(5, Schedule.Constant(0.1)), Schedule.Custom("1/t", t => 0.1 / (1 + t)) })
        {
            LinearModel model = new LinearRegression { Solver = new Sgd { Schedule = schedule, BatchSize = 20, Epochs = 4 } }.Fit(s_line);
            Assert.That(model.History[3].LearningRate, Is.EqualTo(schedule.Core([]).Invoke(39)), schedule.ToString());
        }

        LinearModel stopped = new LinearRegression
        {
            Solver = new Sgd { Epochs = 500, EarlyStopping = new EarlyStopping(2) { MinDelta = 0.01 } },
        }.Fit(s_line, s_line);
        Assert.That(stopped.Converged);
        Assert.That(stopped.History, Has.Count.LessThan(500));
    }

    [Test]
    public void Threads_change_no_bit_and_two_fits_may_share_settings()
    {
        Dataset train = Synthetic.Garments(300, 1).Train;
        var settings = new SoftmaxClassifier { Solver = new Sgd { BatchSize = 128, Epochs = 2, LearningRate = 0.1 } };
        SoftmaxModel expected = (settings with { Threads = 1 }).Fit(train);
        Task<SoftmaxModel>[] fits = [.. Enumerable.Range(0, 4).Select(_ => settings.FitAsync(train))];
        Assert.That(Task.WhenAll(fits).Result, Is.All.EqualTo(expected));
        Assert.That((settings with { Threads = 3, Device = Device.Cpu }).Fit(train), Is.EqualTo(expected));
    }

    [Test]
    public void Settings_and_models_are_values()
    {
        Assert.That(new LinearRegression(), Is.EqualTo(new LinearRegression()));
        Assert.That(new LinearRegression { Loss = Loss.Huber(1) }, Is.EqualTo(new LinearRegression { Loss = Loss.Huber(1.0) }));
        Assert.That(new LinearRegression { Loss = Loss.Huber(1) }, Is.Not.EqualTo(new LinearRegression { Loss = Loss.Huber(2) }));
        Assert.That(new SoftmaxClassifier { ClassWeights = ClassWeights.Of(1, 2) }, Is.EqualTo(new SoftmaxClassifier { ClassWeights = ClassWeights.Of(1.0, 2) }));
        Assert.That(new Sgd { Schedule = Schedule.Cosine(0.1, 0, 10) }, Is.EqualTo(new Sgd { Schedule = Schedule.Cosine(0.1, 0, 10) }));
        Assert.That(Optimizer.Momentum(0.9), Is.EqualTo(Optimizer.Momentum(0.9)).And.Not.EqualTo(Optimizer.Nesterov(0.9)));

        LinearModel model = new LinearRegression().Fit(s_line), same = new LinearRegression().Fit(s_line);
        Assert.That(same, Is.EqualTo(model));
        Assert.That(same.GetHashCode(), Is.EqualTo(model.GetHashCode()));
        Assert.That(new LinearRegression().Fit(s_line.WithFeatureNames("a", "b")), Is.Not.EqualTo(model));
        Assert.That(new LinearRegression().Fit(Synthetic.Linear(100)), Is.Not.EqualTo(model));
    }

    [Test]
    public void Models_print()
    {
        Dataset houses = Dataset.From(new double[,] { { 0, 0 }, { 1, 0 }, { 0, 1 }, { 2, 3 } }, new[] { 1.0, 3, 0, 2 })
            .WithFeatureNames("area", "age").WithTargetNames("price");
        LinearModel model = new LinearRegression().Fit(houses);
        Assert.That(model.ToString(), Is.EqualTo("price = 1 + 2·area − 1·age (least squares, Gram)"));
        Assert.That(model.Coefficients["age"], Is.EqualTo(-1).Within(1e-12));
        Assert.That(new LogisticRegression { Penalty = Penalty.L2(1) }.Fit(s_x, s_labels).ToString(), Is.EqualTo("logistic regression, 2 features → no, yes (L-BFGS, Fused)"));
        Assert.That(new LogisticRegression { Penalty = Penalty.L2(1), Solver = new Lbfgs { Iterations = 1 } }.Fit(s_x, s_labels).ToString(), Does.EndWith("(L-BFGS, Fused, not converged)"));
        Assert.That($"{new Lbfgs()}", Does.StartWith("Lbfgs"));
        Assert.That($"{Solver.Auto}", Is.EqualTo("Auto"));
        Assert.That($"{Penalty.ElasticNet(0.1, 0.5)}; {Penalty.L1(2)}; {Penalty.L2(3)}; {Penalty.None}", Is.EqualTo("elastic net(0.1, 0.5); L1(2); L2(3); none"));
    }

    [Test]
    public void Several_outputs_are_predicted_together()
    {
        LinearModel model = new LinearRegression().Fit(s_x, new double[,] { { 0, 1 }, { 1, 1 }, { 2, 1 }, { 3, 1 }, { 5, 1 }, { 3, 1 } });
        var outputs = new double[2];
        model.PredictOutputs([1, 2], outputs);
        Assert.That(outputs, Is.EqualTo(new[] { 4.0, 1 }).Within(1e-9));
        Assert.That(model.PredictOutputs(Dataset.From(s_x, new double[6]))[3, 0], Is.EqualTo(3).Within(1e-9));
        Assert.That(model.InferenceOf(0).Coefficients[1], Is.EqualTo(2).Within(1e-9));
        string message = Assert.Throws<SettingsException>(() => model.Predict([1, 2]))!.Message;
        Assert.That(message, Is.EqualTo("The model has 2 outputs, and a single number was asked for; expected one output. Use PredictOutputs, WeightMatrix and Biases."));
        Assert.Throws<SettingsException>(() => _ = model.Bias);
    }

    [Test]
    public void Settings_are_searched_by_cross_validation()
    {
        var settings = new SoftmaxClassifier { Penalty = Penalty.L2(0.1) };
        var folds = CrossValidation.Run(s_points, 4, seed: 1, (train, validation) => settings.Fit(train).Evaluate(validation));
        Assert.That(folds.ToString(), Does.Contain("accuracy"));

        var result = GridSearch.From(settings)
            .Vary("penalty", [0.001, 1000.0], (settings, lambda) => settings with { Penalty = Penalty.L2(lambda) })
            .CrossValidate("log-loss", s_points, Folds.Stratified(s_points, 4, seed: 1), (settings, train, validation) => settings.Fit(train).Evaluate(validation));
        Assert.That(result.Best.Settings.Penalty, Is.EqualTo(Penalty.L2(0.001)));
    }

    [Test]
    public void Objects_are_fitted_by_their_members()
    {
        House[] houses = [new(120, 7, 350), new(80, 30, 210), new(95, 12, 260), new(60, 3, 190)];
        LinearModel model = new LinearRegression().Fit(houses, h => h.Price, h => h.Area, h => h.Age);
        Assert.That(model.FeatureNames, Is.EqualTo(new[] { "Area", "Age" }));
        Assert.That(model.TargetNames, Is.EqualTo(new[] { "Price" }));
        Assert.That(model.Inference.Names, Is.EqualTo(new[] { "intercept", "Area", "Age" }));
        Assert.That(model.Evaluate(Dataset.FromRows(houses, h => h.Price, h => h.Area, h => h.Age)).R2, Is.EqualTo(model.Inference.RSquared).Within(1e-12));
    }

    private sealed record House(double Area, double Age, double Price);
}
