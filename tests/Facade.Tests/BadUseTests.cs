// What goes wrong in the first hour: each is a typed exception, and its text says what was got, what was expected, where, and what to do.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture]
public class BadUseTests
{
    private static readonly double[,] s_x = { { 120, 7 }, { 80, 30 }, { 95, 12 }, { 60, 3 }, { 140, 1 } };
    private static readonly double[] s_y = [350, 210, 260, 190, 500];
    private static readonly string[] s_labels = ["dear", "cheap", "cheap", "cheap", "dear"];
    private static readonly LinearModel s_model = new LinearRegression().Fit(Dataset.From(s_x, s_y).WithFeatureNames("area", "age"));
    private static readonly SoftmaxModel s_classes = new SoftmaxClassifier { Penalty = Penalty.L2(0.1), Scaling = Scaling.Standardize }.Fit(s_x, s_labels);

    private static void Throws<T>(Action act, string message)
        where T : Exception => Assert.That(Assert.Throws<T>(act)!.Message, Is.EqualTo(message));

    private static void Problems(Action act, params string[] problems) =>
        Assert.That(Assert.Throws<SettingsException>(act)!.Problems, Is.EqualTo(problems));

    [Test]
    public void Null()
    {
        Assert.Throws<ArgumentNullException>(() => new LinearRegression().Fit((Dataset)null!));
        Assert.Throws<ArgumentNullException>(() => new LinearRegression().Fit((double[,])null!, s_y));
        Assert.Throws<ArgumentNullException>(() => new LinearRegression().Fit(s_x, (double[])null!));
        Assert.Throws<ArgumentNullException>(() => new LogisticRegression().Fit((Dataset)null!));
        Assert.Throws<ArgumentNullException>(() => new Perceptron().Fit(s_x, (string[])null!));
        Assert.Throws<ArgumentNullException>(() => s_model.Predict((Dataset)null!));
        Assert.Throws<ArgumentNullException>(() => s_model.Predict((List<double>)null!));
        Assert.Throws<ArgumentNullException>(() => s_model.Evaluate(null!));
        Assert.Throws<ArgumentNullException>(() => Loss.Custom("mine", null!));
        Assert.Throws<ArgumentNullException>(() => ClassWeights.Of((double[])null!));
        Assert.Throws<ArgumentNullException>(() => ClassWeights.Of(((string, double)[])null!));
        Assert.Throws<ArgumentNullException>(() => Schedule.Custom("mine", null!));
        Assert.Throws<ArgumentException>(() => Schedule.Custom("", _ => 1));
        Assert.Throws<ArgumentNullException>(() => Schedule.WarmUp(3, null!));
        foreach (Func<Rows> none in new Func<Rows>[] { () => (double[,])null!, () => (float[,])null!, () => (double[][])null!, () => (float[][])null!, () => (byte[][])null!, () => (List<double[]>)null!, () => (List<float[]>)null! })
            Assert.That(Assert.Throws<ArgumentNullException>(() => none())!.ParamName, Is.EqualTo("rows"));
        Assert.Throws<ArgumentNullException>(() => new LinearRegression().Fit((Rows)null!, s_y));
        Assert.Throws<ArgumentNullException>(() => new LinearRegression().Fit(s_x, (Rows)null!));
        Assert.Throws<ArgumentNullException>(() => new LinearRegression().Fit(s_x, (List<float>)null!));
        Assert.Throws<ArgumentNullException>(() => new SoftmaxClassifier().Fit(s_x, (List<bool>)null!));
        Assert.Throws<ArgumentNullException>(() => new SoftmaxClassifier().Fit(null!, 2, [1, 2]));
        Assert.Throws<ArgumentNullException>(() => s_model.Predict((Rows)null!));
        Assert.Throws<ArgumentNullException>(() => s_classes.Predict((double[,])null!));
        Assert.Throws<ArgumentNullException>(() => s_classes.PredictProbabilities((List<double>)null!));
        Throws<ShapeException>(
            () => s_model.Predict((double[])null!),
            "prediction: got shape [0], expected [2], a value for each feature. Give the features that the model was trained on, in their order.");
        Throws<ShapeException>(
            () => s_model.Predict([[1, 2], null!]),
            "dataset: got shape features with no row 1, expected an array of numbers for each row. Leave the row out, or fill it.");
        Problems(
            () => new LinearRegression { Loss = null!, Penalty = null!, Solver = null!, Device = null! }.Fit(s_x, s_y),
            "The device is null; expected a value. Leave it out for the default.",
            "The loss is null; expected a value. Leave it out for the default.",
            "The penalty is null; expected a value. Leave it out for the default.",
            "The solver is null; expected a value. Leave it out for the default.");
    }

    [Test]
    public void Nothing_to_learn_from()
    {
        Throws<DataException>(
            () => new LinearRegression().Fit(new double[0, 2], []),
            "dataset: got no rows, expected at least one. Check the filter or the file the data came from.");
        Throws<ShapeException>(
            () => new LinearRegression().Fit(new double[2, 0], [1, 2]),
            "dataset: got shape features without columns, expected one column or more. Check which columns are taken.");
        Throws<DataException>(
            () => new SoftmaxClassifier().Fit(new List<double[]>(), new List<string>()),
            "dataset: got no rows, expected at least one. Check the filter or the file the data came from.");
        Throws<ShapeException>(
            () => new Perceptron().Fit([[], []], [1, 2]),
            "dataset: got shape features without columns, expected one column or more. Check which columns are taken.");
        Throws<ShapeException>(
            () => Rows.From(new double[4], 0),
            "dataset: got shape features without columns, expected one column or more. Check which columns are taken.");
        Assert.That(s_model.Predict(new double[0, 2]), Is.Empty);
        Assert.That(s_classes.PredictLabel(new List<float[]>()), Is.Empty);
        Assert.That(s_classes.PredictProbabilities(Rows.From(ReadOnlyMemory<float>.Empty, 2)), Is.Empty);
    }

    [Test]
    public void Rows_that_do_not_fit()
    {
        Throws<ShapeException>(
            () => new LinearRegression().Fit([[1, 2], [3]], [1, 2]),
            "dataset: got shape features with 1 values in row 1, expected 2, as row 0 has. Check that no row has a value too many or too few.");
        Throws<ShapeException>(
            () => new LinearRegression().Fit(s_x, [1, 2]),
            "dataset: got shape inputs [5; 2] with targets [2], expected as many rows of each. Check that neither has a header row or a filter that the other lacks.");
        Throws<ShapeException>(
            () => new LogisticRegression().Fit(new List<float[]> { new float[2], new float[3] }, [true, false]),
            "dataset: got shape features with 3 values in row 1, expected 2, as row 0 has. Check that no row has a value too many or too few.");
        Throws<ShapeException>(
            () => new LogisticRegression().Fit(s_x, [true, false]),
            "dataset: got shape inputs [5; 2] with targets [2], expected as many rows of each. Check that neither has a header row or a filter that the other lacks.");
        Throws<ShapeException>(
            () => new LinearRegression().Fit(s_x, [[1, 2], [3, 4]]),
            "dataset: got shape inputs [5; 2] with targets [2], expected as many rows of each. Check that neither has a header row or a filter that the other lacks.");
        Throws<ShapeException>(
            () => s_classes.Predict(Rows.From(new float[5], 2)),
            "dataset: got shape 5 values, expected a multiple of 2 columns. Check how many values a row has.");
        Throws<ShapeException>(
            () => s_classes.PredictLabel([[1, 2, 3], [4, 5, 6]]),
            "prediction: got shape [n; 3], expected [n; 2], a column for each feature. Give the features that the model was trained on, in their order.");
        Throws<ShapeException>(
            () => s_model.PredictOutputs([1]),
            "prediction: got shape [1], expected [2], a value for each feature. Give the features that the model was trained on, in their order.");
        Throws<ShapeException>(
            () => s_model.Predict([120, 7, 1]),
            "prediction: got shape [3], expected [2], a value for each feature. Give the features that the model was trained on, in their order.");
        Throws<ShapeException>(
            () => s_classes.Predict(new double[4, 1]),
            "prediction: got shape [n; 1], expected [n; 2], a column for each feature. Give the features that the model was trained on, in their order.");
        Throws<ShapeException>(
            () => s_classes.PredictProbabilities([1, 2], new float[3]),
            "prediction: got shape [3], expected a place [2]. Make the span as long as there are results.");
        Throws<ShapeException>(
            () => s_model.Evaluate(Dataset.From(new double[1, 3], new[] { 1.0 })),
            "prediction: got shape [n; 3], expected [n; 2], a column for each feature. Give the features that the model was trained on, in their order.");
    }

    [Test]
    public void Values_that_are_not_finite()
    {
        double[,] x = (double[,])s_x.Clone();
        x[3, 1] = double.NaN;
        string message = "training data: got NaN in row 3, feature 'x2'; expected a finite number. Leave the row out, or put a number in its place.";
        Throws<DataException>(() => new LinearRegression().Fit(x, s_y), message);
        Throws<DataException>(() => new SoftmaxClassifier().Fit(x, s_labels), message);
        Throws<DataException>(() => new LogisticRegression().Fit(x, s_labels), message);
        Throws<DataException>(
            () => new LinearRegression().Fit(s_x, [1, 2, double.PositiveInfinity, 4, 5]),
            "training data: got Infinity in row 2, target 'y'; expected a finite number. Leave the row out, or put a number in its place.");
        Throws<DataException>(
            () => s_model.Predict([double.NaN, 7]),
            "prediction: got NaN in row 0, feature 'area'; expected a finite number. Leave the row out, or put a number in its place.");
        Throws<DataException>(
            () => s_classes.Predict([1, float.NegativeInfinity]),
            "prediction: got -Infinity in row 0, feature 'x2'; expected a finite number. Leave the row out, or put a number in its place.");
        Throws<DataException>(
            () => s_model.Predict(x),
            "prediction: got NaN in row 3, feature 'age'; expected a finite number. Leave the row out, or put a number in its place.");
        Throws<DataException>(
            () => s_classes.PredictProbabilities(new float[][] { [1, 2], [float.NaN, 3] }),
            "prediction: got NaN in row 1, feature 'x1'; expected a finite number. Leave the row out, or put a number in its place.");
        Throws<DataException>(
            () => new Perceptron().Fit(new List<double[]> { new double[] { 1, 2 }, new[] { 3, double.NaN } }, [1, 2]),
            "training data: got NaN in row 1, feature 'x2'; expected a finite number. Leave the row out, or put a number in its place.");
        Assert.That(Assert.Throws<DataException>(() => s_model.Predict(x))!.Where, Is.EqualTo("row 3, column 'age'"));
    }

    [Test]
    public void Labels_that_were_never_seen()
    {
        Dataset other = Dataset.From(new double[,] { { 1, 2 }, { 3, 4 } }, new[] { "dear", "free" });
        Throws<DataException>(
            () => s_classes.Evaluate(other),
            "Label 'free' in row 1: expected one of cheap, dear. Correct it, or leave the row out.");
        Throws<DataException>(
            () => new SoftmaxClassifier { Solver = new Sgd { LearningRate = 1e-3 } }.Fit(Dataset.From(s_x, s_labels), other),
            "validation data: Label 'free' in row 1: expected one of cheap, dear. Correct it, or leave the row out.");
        Throws<DataException>(
            () => new LogisticRegression { Solver = new Sgd { LearningRate = 1e-3 } }.Fit(Dataset.From(s_x, s_labels), other),
            "validation data: Label 'free' in row 1: expected one of cheap, dear. Correct it, or leave the row out.");
    }

    [Test]
    public void Labels_that_are_no_classes()
    {
        Problems(
            () => new SoftmaxClassifier().Fit(s_x, s_y),
            "The labels are of the type Double; expected Int32, String, Boolean or an enumeration. Convert them, or use LinearRegression for numbers.");
        Throws<DataException>(
            () => new LogisticRegression().Fit(s_x, ["dear", "cheap", null!, "cheap", ""]),
            "The label in row 2 is missing: expected the name of a class. Leave the row out, or name its class.");
        Throws<DataException>(
            () => new SoftmaxClassifier().Fit(s_x, new List<Scaling> { Scaling.None, Scaling.None, (Scaling)9, Scaling.Auto, Scaling.Auto }),
            "Label '9' in row 2: expected one of Auto, None, Standardize, MinMax. Correct it, or leave the row out.");
        Problems(
            () => new Perceptron().Fit(s_x, [7, 7, 7, 7, 7]),
            "The data have 1 class; expected two classes. Use SoftmaxClassifier for more.");
        Problems(
            () => new LogisticRegression().Fit(s_x, [Scaling.None, Scaling.Auto, Scaling.MinMax, Scaling.Auto, Scaling.Auto]),
            "The data have 3 classes; expected two classes. Use SoftmaxClassifier for more.");
    }

    [Test]
    public void A_loss_of_ones_own_that_is_none()
    {
        foreach (Solver solver in new[] { Solver.Auto, new Sgd() })
        {
            Assert.That(
                Assert.Throws<SettingsException>(() => new LinearRegression { Loss = Loss.Custom("mean", (yHat, y) => (yHat - y).mean()), Solver = solver }.Fit(s_x, s_y))!.Message,
                Does.Contain("one value per row. Sum or average over the outputs of a row, not over the rows"));
            Assert.Throws<DerivativeException>(() => new LinearRegression { Loss = Loss.Custom("of y", (_, y) => y * y), Solver = solver }.Fit(s_x, s_y));
        }
    }

    [Test]
    public void A_class_that_validation_data_lack_keeps_its_number()
    {
        Dataset dear = Dataset.From(new double[,] { { 1000, 7 }, { 900, 3 } }, new[] { "dear", "dear" });
        var solver = new Sgd { LearningRate = 0.1, Epochs = 100, BatchSize = 5 };
        SoftmaxModel model = new SoftmaxClassifier { Solver = solver, Scaling = Scaling.Standardize }.Fit(Dataset.From(s_x, s_labels), dear);
        Assert.That(model.History[99].Validation!.Value.Metric, Is.EqualTo(1));
        LogisticModel two = new LogisticRegression { Solver = solver, Scaling = Scaling.Standardize }.Fit(Dataset.From(s_x, s_labels), dear);
        Assert.That(two.History[99].Validation!.Value.Loss, Is.LessThan(0.1));
        Assert.That(model.Evaluate(dear).Accuracy, Is.EqualTo(1));
    }

    [Test]
    public void Targets_of_another_kind()
    {
        Problems(
            () => new SoftmaxClassifier().Fit(Dataset.From(s_x, s_y)),
            "The data have numbers for targets; expected two or more classes. Make the data set from labels, or use LinearRegression for numbers.");
        Problems(
            () => new SoftmaxClassifier().Fit(s_x, [0, 0, 0, 0, 0]),
            "The data have 1 class; expected two or more classes. Make the data set from labels, or use LinearRegression for numbers.");
        foreach (Solver solver in new Solver[] { Solver.Auto, new Sgd() })
        {
            Problems(
                () => new LinearRegression { Solver = solver }.Fit(Dataset.From(s_x, s_labels)),
                "The targets are classes; expected numbers. Use SoftmaxClassifier or LogisticRegression for classes, or make the data set from floating-point targets.");
        }

        Problems(
            () => new LogisticRegression().Fit(s_x, [0, 1, 2, 0, 1]),
            "The data have 3 classes; expected two classes. Use SoftmaxClassifier for more.");
        Problems(
            () => new Perceptron().Fit(Dataset.From(s_x, s_y)),
            "The data have numbers for targets; expected two classes. Use SoftmaxClassifier for more.");
        Throws<DataException>(
            () => s_classes.Evaluate(Dataset.From(s_x, s_y)),
            "The targets of this data set are numbers, so there are no classes. Make it from whole-number labels.");
        Throws<DataException>(
            () => s_model.Evaluate(Dataset.From(s_x, s_labels)),
            "The targets of this data set are classes, expected numbers. Make it from numbers.");
    }

    [Test]
    public void All_problems_are_in_one_message()
    {
        Problems(
            () => new LinearRegression
            {
                Loss = Loss.Huber(0),
                Penalty = Penalty.ElasticNet(-1, 2),
                Threads = 0,
                Solver = new Sgd { LearningRate = 0.1, Schedule = Schedule.Constant(0.1), BatchSize = 0, Epochs = -1, Optimizer = Optimizer.Momentum(1.5), EarlyStopping = new EarlyStopping(0) },
            }.Fit(s_x, s_y),
            "Huber's δ is 0; expected a finite number above 0.",
            "The penalty's λ is -1; expected a finite number, 0 or more.",
            "The learning rate is 0.1 and there is a schedule, too; expected one of the two.",
            "The momentum β is 1.5; expected a number from 0 to below 1.",
            "The batch size is 0; expected 1 or more.",
            "The number of epochs is -1; expected 1 or more.",
            "The number of threads is 0; expected 1 to 255.",
            "The patience of early stopping is 0; expected 1 or more.",
            "The validation data of early stopping is missing; expected some rows.");
        Problems(
            () => new SoftmaxClassifier { Solver = new Lbfgs { Tolerance = -1, Iterations = 0, Memory = 0 }, ClassWeights = ClassWeights.Of(("mine", 2)) }.Fit(s_x, s_labels),
            "There is a class weight for 'mine'; expected a class of the data: cheap, dear.",
            "The tolerance is -1; expected a finite number above 0.",
            "The number of iterations is 0; expected 1 or more.",
            "The memory is 0; expected 1 or more.");
        Problems(
            () => new LogisticRegression { ClassWeights = ClassWeights.Of(1, 0, 3), Loss = Loss.Absolute }.Fit(s_x, s_labels),
            "There are 3 class weights; expected 2, one per class.",
            "A class weight is 0; expected a finite number above 0.",
            "The loss is absolute; expected CrossEntropy, Squared or Custom for two classes.");
    }

    [Test]
    public void A_solver_that_cannot_names_one_that_can()
    {
        Problems(
            () => new LinearRegression { Solver = Solver.LeastSquares, Loss = Loss.Huber(1), Penalty = Penalty.L1(0.1) }.Fit(s_x, s_y),
            "The loss 'huber(1)' is not the squared one, which is all that least squares know. Use Lbfgs for smooth losses, or Sgd.",
            "The L1 penalty's factor is 0.1, and least squares in closed form have none; expected 0. Use CoordinateDescent, or an L2 penalty.");
        Problems(
            () => new LinearRegression { Solver = new Lbfgs(), Loss = Loss.Absolute, Penalty = Penalty.L1(0.1) }.Fit(s_x, s_y),
            "The L1 penalty's factor is 0.1; L-BFGS takes L2 penalties, or none. For L1 with squared loss use CoordinateDescent, for others Fista.",
            "The loss 'absolute' is not smooth, and L-BFGS takes smooth ones. Use Fit, which C# has as Sgd, or Huber's loss.");
        Problems(
            () => new LinearRegression { Solver = new CoordinateDescent(), Loss = Loss.Huber(1) }.Fit(s_x, s_y),
            "The loss 'huber(1)' is not one that coordinate descent knows: squared, mse, gaussian. For L1 with other losses use Fista, for L2 Lbfgs or Newton.",
            "There is no penalty, which coordinate descent is for. Use Lbfgs, or Newton for few features.");
        Problems(
            () => new LogisticRegression { Solver = new Newton(), Loss = Loss.Squared }.Fit(s_x, s_labels),
            "The loss 'squared on sigmoid' is not one that Newton's method knows: cross-entropy, binary cross-entropy, squared, mse, gaussian. Use Lbfgs.");
        Problems(
            () => new LinearRegression { Solver = new Newton(), FitIntercept = false }.Fit(s_x, s_y),
            "The model 'linear 2 → 1 without intercept' is not affine, which Newton's method wants. Use Lbfgs.");
        Problems(
            () => new LinearRegression { Solver = new Fista() }.Fit(s_x, s_y),
            "There is no L1 penalty, which FISTA is for. Use Lbfgs, or Newton for few features.");
        Problems(
            () => new LinearRegression { Loss = Loss.CrossEntropy }.Fit(s_x, s_y),
            "The loss is cross-entropy, which is for classes; expected Squared, Absolute, Huber or Custom. Use LogisticRegression or SoftmaxClassifier.");
        Throws<DeviceException>(
            () => new LinearRegression { Device = Device.GPU }.Fit(s_x, s_y),
            "GPU 0 cannot be used: this build computes on the CPU only. Use Device.CPU, or leave the device out.");
    }

    [Test]
    public void Inference_that_does_not_exist_says_why()
    {
        LinearModel descended = new LinearRegression { Solver = new Sgd { LearningRate = 1e-6 } }.Fit(s_x, s_y);
        Problems(
            () => _ = descended.Inference,
            "inference: the model was fitted by sgd, Fused, of which no standard errors are known; expected least squares. Use Solver.LeastSquares with the squared loss and no penalty.");
        LinearModel ridge = new LinearRegression { Penalty = Penalty.L2(1) }.Fit(s_x, s_y);
        Assert.That(Assert.Throws<SettingsException>(() => _ = ridge.Inference)!.Message, Does.Contain("L2 penalty, which biases"));
    }

    [Test]
    public void A_warm_start_of_another_shape()
    {
        LinearModel start = new LinearRegression().Fit(new double[,] { { 1 }, { 2 }, { 4 } }, [1.0, 2, 3]);
        Problems(
            () => new LinearRegression { WarmStart = start, Solver = new Sgd() }.Fit(s_x, s_y),
            "The first value of 'weight' is [1; 1]; expected the shape [2; 1].");
    }

    [Test]
    public void What_the_perceptron_or_a_model_without_intercept_does_not_know_is_refused()
    {
        Dataset weighted = Dataset.From(s_x, s_labels).WithWeights([.. Enumerable.Range(1, s_labels.Length).Select(i => (double)i)]);
        Problems(
            () => new Perceptron().Fit(weighted),
            "The rows have weights, of which the perceptron's rule knows only 0 and 1. Use LogisticRegression.");
        Problems(
            () => new LinearRegression { FitIntercept = false, Scaling = Scaling.Standardize }.Fit(s_x, s_y),
            "The scaling is Standardize, which shifts features, and FitIntercept is false; expected an intercept, or the scaling Auto or None.");
        Problems(
            () => new LinearRegression { FitIntercept = false, Solver = new Sgd(), WarmStart = new LinearRegression().Fit(s_x, s_y) }.Fit(s_x, s_y),
            "The model to begin from has an intercept, and FitIntercept is false; expected one without.");
    }

    [Test]
    public void Validation_data_are_looked_at_by_every_solver()
    {
        Dataset data = Dataset.From(s_x, s_y), narrow = data.Select(0);
        foreach (Solver solver in new[] { Solver.Auto, new Lbfgs(), new Sgd() })
        {
            var e = Assert.Throws<SettingsException>(() => new LinearRegression { Solver = solver }.Fit(data, narrow))!;
            Assert.That(e.Message, Does.Contain("The width of the validation data is 1; expected 2"));
        }

        string otherKind = "The validation data have 1 target numbers per row; expected 2 classes, as the training data have.";
        Problems(() => new LogisticRegression().Fit(Dataset.From(s_x, s_labels), data), otherKind);
        Problems(() => new SoftmaxClassifier().Fit(Dataset.From(s_x, s_labels), data), otherKind);
    }

    [Test]
    public void Targets_of_another_kind_and_a_device_hide_nothing()
    {
        string[] settings =
        [
            "The learning rate is -1; expected a finite number, 0 or more.",
            "The batch size is 0; expected 1 or more.",
            "GPU 0 cannot be used: this build computes on the CPU only. Use Device.CPU, or leave the device out.",
        ];
        var solver = new Sgd { LearningRate = -1, BatchSize = 0 };
        Dataset numbers = Dataset.From(s_x, s_y), words = Dataset.From(s_x, s_labels), three = Dataset.From(s_x, [0, 1, 2, 0, 1]);
        SoftmaxModel start = new SoftmaxClassifier().Fit(three);
        Problems(
            () => new SoftmaxClassifier { Device = Device.GPU, Solver = solver, Scaling = Scaling.Standardize, WarmStart = start, ClassWeights = ClassWeights.Of(("a", 2)) }.Fit(numbers, numbers),
            ["The data have numbers for targets; expected two or more classes. Make the data set from labels, or use LinearRegression for numbers.", .. settings]);
        Problems(
            () => new LinearRegression { Device = Device.GPU, Solver = solver, WarmStart = s_model }.Fit(words, words),
            ["The targets are classes; expected numbers. Use SoftmaxClassifier or LogisticRegression for classes, or make the data set from floating-point targets.", .. settings]);
        Problems(
            () => new LogisticRegression { Device = Device.GPU, Solver = solver, ClassWeights = ClassWeights.Of(1, 1, 1) }.Fit(three),
            ["The data have 3 classes; expected two classes. Use SoftmaxClassifier for more.", .. settings]);
        Problems(
            () => new Perceptron { Device = Device.GPU, LearningRate = -1, Epochs = 0 }.Fit(numbers),
            "The data have numbers for targets; expected two classes. Use SoftmaxClassifier for more.",
            settings[0],
            "The number of epochs is 0; expected 1 or more.",
            settings[2]);
        Problems(
            () => new LinearRegression { Threads = 0, Penalty = Penalty.L1(1), Solver = Solver.LeastSquares }.Fit(words),
            "The targets are classes; expected numbers. Use SoftmaxClassifier or LogisticRegression for classes, or make the data set from floating-point targets.",
            "The L1 penalty's factor is 1, and least squares in closed form have none; expected 0. Use CoordinateDescent, or an L2 penalty.",
            "The number of threads is 0; expected 1 to 255.");
        Problems(
            () => new SoftmaxClassifier { Scaling = Scaling.Standardize, Threads = 0 }.Fit(words.ToSparse()),
            "The scaling is Standardize, which makes the zeros of sparse rows other numbers; expected Auto or None. Scale by Preprocess.maxAbs before, or make the rows dense by ToDense.",
            "The number of threads is 0; expected 1 to 255.");
        foreach (Solver usable in new Solver[] { Solver.Auto, new Sgd() })
            Assert.Throws<DeviceException>(() => new SoftmaxClassifier { Device = Device.GPU, Solver = usable }.Fit(words));
    }

    [Test]
    public void Models_of_ones_own_that_cannot_be()
    {
        var line = new CustomEstimator("line", [("w", [2, 1]), ("b", [1])], (p, x) => x.matmul(p[0]) + p[1]);
        Dataset data = Dataset.From(s_x, s_y);
        Assert.Throws<ArgumentNullException>(() => _ = new CustomEstimator("line", [("w", null!)], (p, x) => x));
        Assert.Throws<ArgumentNullException>(() => line.Fit(null!));
        Problems(
            () => (line with { FitIntercept = false, Threads = 0, Loss = Loss.CrossEntropy }).Fit(data),
            "FitIntercept is false; expected true: the model 'line' has the biases that it is given.",
            "The loss is cross-entropy, which is for classes; expected Squared, Absolute, Huber or Custom. Use LogisticRegression or SoftmaxClassifier.",
            "The number of threads is 0; expected 1 to 255.");
        Problems(
            () => (line with { Solver = Solver.LeastSquares }).Fit(data),
            "The model is 'line', one of your own, and least squares know linear ones. Use Lbfgs, or Sgd.");
        Problems(
            () => new CustomEstimator("line", [("w", [2, 0])], (p, x) => x.matmul(p[0])).Fit(data),
            "A size of the parameter 'w' is 0; expected 1 or more.");
        var start = new CustomEstimator("line", [("w", [1, 1]), ("b", [1])], (p, x) => x.matmul(p[0]) + p[1]).Fit(data.Select(0));
        Problems(() => (line with { WarmStart = start }).Fit(data), "The first value of 'w' is [1; 1]; expected the shape [2; 1].");
        var narrow = new CustomEstimator("line", [("w", [3, 1])], (p, x) => x.matmul(p[0]));
        foreach (Solver solver in new Solver[] { Solver.Auto, new Sgd(), new Newton() })
            Assert.Throws<SettingsException>(() => (narrow with { Solver = solver }).Fit(data));
        CustomModel model = line.Fit(data);
        Throws<ShapeException>(
            () => model.Predict([1, 2, 3]),
            "prediction: got shape [3], expected [2], a value for each feature. Give the features that the model was trained on, in their order.");
        Throws<DataException>(
            () => model.Predict([double.NaN, 2]),
            "prediction: got NaN in row 0, feature 'x1'; expected a finite number. Leave the row out, or put a number in its place.");
    }

    [Test]
    public void Values_are_looked_at_after_settings()
    {
        double[,] x = (double[,])s_x.Clone();
        x[3, 1] = double.NaN;
        Dataset data = Dataset.From(x, s_labels), other = Dataset.From(new double[,] { { 1, 2 } }, new[] { "free" });
        string[] problems = ["The batch size is 0; expected 1 or more."];
        var wrong = new Sgd { BatchSize = 0, EarlyStopping = new EarlyStopping(3) };
        var right = new Sgd { LearningRate = 1e-3, EarlyStopping = new EarlyStopping(3) };
        Problems(() => new SoftmaxClassifier { Scaling = Scaling.MinMax, Solver = wrong }.Fit(data, other), problems);
        Problems(() => new LogisticRegression { Scaling = Scaling.MinMax, Solver = wrong }.Fit(data, other), problems);
        Assert.That(
            Assert.Throws<DataException>(() => new SoftmaxClassifier { Scaling = Scaling.MinMax, Solver = right }.Fit(data, other))!.Message,
            Does.StartWith("validation data: Label 'free' in row 0"));
        Assert.That(
            Assert.Throws<DataException>(() => new LogisticRegression { Scaling = Scaling.MinMax, Solver = right }.Fit(data, data))!.Message,
            Does.Contain("row 3, feature 'x2'"));
    }

    [Test]
    public void A_row_is_named_by_its_place_among_all()
    {
        var x = new double[,] { { 1 }, { 2 }, { double.NaN } };
        Dataset data = Dataset.From(x, [1.0, 2.0, 3.0]).WithWeights([0, 1, 1]);
        LinearModel model = new LinearRegression().Fit(new double[,] { { 1 }, { 2 }, { 3 } }, [1, 2, 3]);

        Assert.That(Assert.Throws<DataException>(() => model.Evaluate(data))!.Where, Does.StartWith("row 2"));
    }

    [Test]
    public void A_schedule_that_cannot_be_is_told_when_something_is_fitted()
    {
        var solver = new Sgd { Schedule = Schedule.WarmUp(0, Schedule.Constant(0.1)), BatchSize = 0 };

        var e = Assert.Throws<SettingsException>(() => new LinearRegression { Solver = solver }.Fit(s_x, s_y))!;

        Assert.That(e.Problems, Has.Count.EqualTo(2));
        Assert.That(e.Problems, Has.Some.StartsWith("The number of warm-up steps is 0").And.Some.StartsWith("The batch size is 0"));
    }

    [Test]
    public void A_rate_that_cannot_be_is_told_with_all_others()
    {
        var settings = new SoftmaxClassifier { Penalty = Penalty.L2(-3), Threads = -1, Solver = new Sgd { BatchSize = 0, LearningRate = -1 } };

        var e = Assert.Throws<SettingsException>(() => settings.Fit(Synthetic.Classes(30)))!;

        string[] beginnings = ["The learning rate is -1", "The penalty's λ is -3", "The batch size is 0", "The number of threads is -1"];
        Assert.That(e.Problems, Has.Count.EqualTo(beginnings.Length));
        foreach (string beginning in beginnings)
            Assert.That(e.Problems, Has.Some.StartsWith(beginning));
    }

    [Test]
    public void A_fit_that_diverges_says_which_rate_to_try()
    {
        var e = Assert.Throws<DivergedException>(() => new LinearRegression { Solver = new Sgd { LearningRate = 1 } }.Fit(s_x, s_y))!;
        Assert.That(e.SuggestedRate, Is.GreaterThan(0).And.LessThan(1e-3));
        Assert.That(e.Message, Does.Contain("The learning rate was up to 1: try "));
    }

    [Test]
    public void A_fit_is_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        var progress = new Cancelling(cancelled);
        Dataset data = Synthetic.Linear(1000);
        var settings = new LinearRegression { Solver = new Sgd { Epochs = int.MaxValue, LearningRate = 1e-3 } };
        Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => settings.FitAsync(data, null, progress, cancelled.Token));
        Assert.That(progress.Reports, Is.EqualTo(3));
        foreach (Solver solver in new Solver[] { Solver.LeastSquares, new Lbfgs(), new Newton(), new Sgd() })
            Assert.Catch<OperationCanceledException>(() => new LinearRegression { Solver = solver }.Fit(data, cancellationToken: cancelled.Token), solver.ToString());
        // What is asked of a model is not what was cancelled.
        using var late = new CancellationTokenSource();
        LinearModel model = new LinearRegression().Fit(data, cancellationToken: late.Token);
        late.Cancel();
        Assert.That(model.Inference.StandardErrors, Has.Count.EqualTo(3));
        // Nothing is left behind.
        Assert.That(new LinearRegression().Fit(data).Converged);
    }

    private sealed class Cancelling(CancellationTokenSource source) : IProgress<EpochReport>
    {
        public int Reports { get; private set; }

        public void Report(EpochReport value)
        {
            if (++Reports == 3)
                source.Cancel();
        }
    }
}
