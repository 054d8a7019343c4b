using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace LinearNets;

/// <summary>A fitted linear regression: ŷ = x·W + b.</summary>
/// <remarks>A prediction for one row takes nothing from the heap and well under a microsecond for a few hundred features. A model fitted by
/// least squares keeps its data, for <see cref="Inference"/>.</remarks>
/// <example><code>
/// double[,] x = { { 120, 7 }, { 80, 30 }, { 95, 12 }, { 60, 3 }, { 140, 1 } };
/// double[] paid = [350, 210, 260, 190, 500];
/// LinearModel model = new LinearRegression().Fit(Dataset.From(x, paid).WithFeatureNames("area", "age"));
/// double price = model.Predict([120, 7]);
/// double perYear = model.Coefficients["age"];
/// </code></example>
public sealed class LinearModel : TrainedModel, IEquatable<LinearModel>
{
    internal LinearModel(Found found)
        : base(found)
    {
    }

    /// <inheritdoc/>
    public override LinearRegression? Settings => base.Settings as LinearRegression;

    /// <summary>The names of the outputs.</summary>
    public IReadOnlyList<string> TargetNames => Array.AsReadOnly(OutputNames);

    /// <summary>The weights of the features as they were measured, for a model of one output: a new list each time.</summary>
    /// <exception cref="SettingsException">The model has several outputs: use <see cref="TrainedModel.WeightMatrix"/>.</exception>
    public IReadOnlyList<double> Weights
    {
        get
        {
            CheckOne();
            return Array.AsReadOnly(OwnWeights.ToArray());
        }
    }

    /// <summary>The bias, for a model of one output.</summary>
    /// <exception cref="SettingsException">The model has several outputs: use <see cref="TrainedModel.Biases"/>.</exception>
    public double Bias
    {
        get
        {
            CheckOne();
            return Biases[0];
        }
    }

    /// <summary>The weights by the names of their features, for a model of one output: a new dictionary each time.</summary>
    /// <exception cref="SettingsException">The model has several outputs, or a feature that is asked for is not there.</exception>
    public IReadOnlyDictionary<string, double> Coefficients
    {
        get
        {
            CheckOne();
            return WeightsByName();
        }
    }

    /// <summary>Standard errors, tests and intervals of the coefficients, the intercept first.</summary>
    /// <remarks>It is made when it is first asked for, which costs a pass over the data.</remarks>
    /// <exception cref="SettingsException">The model was not fitted by least squares, or with a penalty, or has several outputs.</exception>
    /// <exception cref="DataException">There is more than one solution, or no row beyond the coefficients.</exception>
    public Inference Inference
    {
        get
        {
            CheckOne();
            return InferenceOf(0);
        }
    }

    /// <summary>The same for one of several outputs.</summary>
    /// <param name="output">The output, counted from 0.</param>
    /// <exception cref="SettingsException">The model was not fitted by least squares, or with a penalty, or has no such output.</exception>
    /// <exception cref="DataException">There is more than one solution, or no row beyond the coefficients.</exception>
    public Inference InferenceOf(int output)
    {
        if (Trained.inference is null)
            FSharp.Front.noInference(RuleUsed);
        return Trained.inference!(output);
    }

    /// <summary>The prediction for a row, in the units trained on.</summary>
    /// <param name="row">A value for each feature.</param>
    /// <returns>The prediction. It is infinite only where the true one is beyond the largest number.</returns>
    /// <remarks>Takes nothing from the heap.</remarks>
    /// <exception cref="ShapeException">The row has not as many values as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite; its feature is named.</exception>
    /// <exception cref="SettingsException">The model has several outputs: use <see cref="PredictOutputs(ReadOnlySpan{double}, Span{double})"/>.</exception>
    [OverloadResolutionPriority(1)]
    public double Predict(ReadOnlySpan<double> row) => One(row);

    /// <inheritdoc cref="Predict(ReadOnlySpan{double})"/>
    public double Predict(ReadOnlySpan<float> row) => One(row);

    /// <inheritdoc cref="Predict(ReadOnlySpan{double})"/>
    public double Predict(ReadOnlySpan<byte> row) => One(row);

    /// <inheritdoc cref="Predict(ReadOnlySpan{double})"/>
    /// <remarks>A list has no span, so it is copied: an array or a span takes nothing from the heap.</remarks>
    /// <exception cref="ArgumentNullException">There is no row.</exception>
    public double Predict(IReadOnlyList<double> row) => Predict(Row(row).AsSpan());

    /// <summary>The prediction for each row.</summary>
    /// <param name="rows">The rows; their targets are not looked at.</param>
    /// <remarks>Many rows are scored by several threads; each has the same bits as by itself.</remarks>
    /// <exception cref="ArgumentNullException">There are no rows.</exception>
    /// <exception cref="ShapeException">The rows have not as many columns as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite; its row and feature are named.</exception>
    /// <exception cref="SettingsException">The model has several outputs: use <see cref="PredictOutputs(Dataset)"/>.</exception>
    public double[] Predict(Dataset rows)
    {
        CheckOne();
        return ScoreAll(rows);
    }

    /// <inheritdoc cref="Predict(Dataset)"/>
    public double[] Predict(Rows rows)
    {
        CheckOne();
        return ScoreAll(rows);
    }

    /// <summary>The predictions of all outputs for a row.</summary>
    /// <param name="row">A value for each feature.</param>
    /// <param name="outputs">Where the predictions go.</param>
    /// <remarks>Takes nothing from the heap.</remarks>
    /// <exception cref="ShapeException">The row has not as many values as the model has features, or the place is of another length than
    /// there are outputs.</exception>
    /// <exception cref="DataException">A value is not finite; its feature is named.</exception>
    [OverloadResolutionPriority(1)]
    public void PredictOutputs(ReadOnlySpan<double> row, Span<double> outputs) => All(row, outputs);

    /// <inheritdoc cref="PredictOutputs(ReadOnlySpan{double}, Span{double})"/>
    public void PredictOutputs(ReadOnlySpan<float> row, Span<double> outputs) => All(row, outputs);

    /// <inheritdoc cref="PredictOutputs(ReadOnlySpan{double}, Span{double})"/>
    public void PredictOutputs(ReadOnlySpan<byte> row, Span<double> outputs) => All(row, outputs);

    /// <summary>The predictions of all outputs for a row, in a new array.</summary>
    /// <param name="row">A value for each feature.</param>
    /// <remarks>Given a place for them, predictions take nothing from the heap.</remarks>
    /// <exception cref="ShapeException">The row has not as many values as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite; its feature is named.</exception>
    public double[] PredictOutputs(ReadOnlySpan<double> row)
    {
        var outputs = new double[Outputs];
        Score(row, outputs);
        return outputs;
    }

    /// <summary>The predictions of all outputs for each row: a row for each, and a column for each output.</summary>
    /// <param name="rows">The rows; their targets are not looked at.</param>
    /// <remarks>Many rows are scored by several threads; each has the same bits as by itself.</remarks>
    /// <exception cref="ArgumentNullException">There are no rows.</exception>
    /// <exception cref="ShapeException">The rows have not as many columns as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite; its row and feature are named.</exception>
    public double[,] PredictOutputs(Dataset rows) => Matrix(ScoreAll(rows), Outputs);

    /// <inheritdoc cref="PredictOutputs(Dataset)"/>
    public double[,] PredictOutputs(Rows rows) => Matrix(ScoreAll(rows), Outputs);

    /// <summary>How good the predictions are on data: R², mean squared and mean absolute error.</summary>
    /// <param name="data">Rows with numbers to predict, as many as the model has outputs.</param>
    /// <remarks>Costs a pass over the rows. Row weights count, and rows of weight 0 do not.</remarks>
    /// <exception cref="ArgumentNullException">There are no rows.</exception>
    /// <exception cref="ShapeException">The rows have not as many columns as the model has features.</exception>
    /// <exception cref="DataException">A value is not finite, or the targets are classes.</exception>
    /// <exception cref="SettingsException">There are not as many targets as outputs.</exception>
    public RegressionScores Evaluate(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        data = FSharp.Front.counted(data);
        return FSharp.Front.regressionScores(ScoreAll(data), Outputs, data);
    }

    /// <summary>The model of a file.</summary>
    /// <inheritdoc cref="TrainedModel.Load(string, bool)"/>
    /// <returns>The model. It predicts the same bits as the one that was saved.</returns>
    public static new LinearModel Load(string path, bool verify = true) => Load<LinearModel>(path, verify);

    /// <summary>Two models are equal when they have the same names and the same parameters.</summary>
    /// <param name="other">The other model.</param>
    public bool Equals(LinearModel? other) => Equals((object?)other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => base.Equals(obj);

    /// <inheritdoc/>
    public override int GetHashCode() => base.GetHashCode();

    /// <summary>The model as a formula, where it is short, and how it was found.</summary>
    public override string ToString()
    {
        const int Most = 8;
        if (Outputs > 1 || FeatureNames.Count > Most)
            return $"linear regression, {FeatureNames.Count} features → {string.Join(", ", OutputNames.Take(Most))} ({How})";
        var formula = new StringBuilder().Append(OutputNames[0]).Append(" = ").Append(LinearNets.Text.Short(Biases[0]));
        for (int j = 0; j < FeatureNames.Count; j++)
        {
            double weight = OwnWeights[j];
            formula.Append(weight < 0 ? " − " : " + ").Append(LinearNets.Text.Short(Math.Abs(weight))).Append('·').Append(FeatureNames[j]);
        }

        return formula.Append($" ({How})").ToString();
    }

    /// <inheritdoc/>
    public override ModelCard Describe() => new(this, "Linear regression", "Targets");

    internal override void Tell(ModelCard card)
    {
        if (Outputs == 1)
            card.Say("Formula", ToString());
        Inference[] all = Inferences();
        for (int output = 0; output < all.Length; output++)
        {
            card.Say(
                Outputs == 1 ? "Fit" : "Fit of " + OutputNames[output],
                "R² " + LinearNets.Text.Short(all[output].RSquared)
                    + ", residuals of standard deviation " + LinearNets.Text.Short(all[output].ResidualStandardDeviation)
                    + ", degrees of freedom " + LinearNets.Text.Short(all[output].DegreesOfFreedom));
        }

        card.Limit("Beyond the rows it was trained on it goes straight on, which nobody has checked.");
        card.Limit("It says what goes with what in its rows, not what causes what.");
        card.Limit(all.Length == 0
            ? "It says nothing of how sure it is: least squares without a penalty would."
            : "Its errors and intervals hold where rows are independent and residuals of one spread.");
    }

    /// <summary>Of each output, or none where something about one cannot be known.</summary>
    private Inference[] Inferences()
    {
        try
        {
            return Trained.inference is null ? [] : [.. Enumerable.Range(0, Outputs).Select(output => Trained.inference(output))];
        }
        catch (LinearNetsException)
        {
            return [];
        }
    }

    private protected override FSharp.SavedKind SavedKind => FSharp.SavedKind.Regression;

    private double One<TX>(ReadOnlySpan<TX> row)
        where TX : unmanaged, INumber<TX>
    {
        CheckOne();
        double score = 0;
        Score(row, new Span<double>(ref score));
        return score;
    }

    private void All<TX>(ReadOnlySpan<TX> row, Span<double> outputs)
        where TX : unmanaged, INumber<TX>
    {
        CheckPlace(outputs.Length, Outputs);
        Score(row, outputs);
    }

    private void CheckOne()
    {
        if (Outputs != 1)
            FSharp.Front.severalOutputs(Outputs);
    }
}
