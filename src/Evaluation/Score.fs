// What cross-validation and a search compare: a number, what it is called, and which way is better.

namespace LinearNets

open System
open System.Collections.Generic
open System.Globalization

/// <summary>Scores by their names, the most telling first.</summary>
[<AllowNullLiteral>]
type IScores =
    /// <summary>The scores. One that these rows leave undefined is NaN.</summary>
    abstract Scores: IReadOnlyList<Score>

/// <summary>A number that says how good predictions are. By itself it is scores of one number, so that a function that computes
/// one may be cross-validated.</summary>
/// <example><code>
/// var profit = new Score("profit", 1200.0, higherIsBetter: true);
/// </code></example>
and [<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>] Score(name: string, value: float, higherIsBetter: bool) =
    do ArgumentException.ThrowIfNullOrEmpty(name, nameof name)

    /// <summary>What it is called.</summary>
    member _.Name = name

    /// <summary>The number; NaN where there is none for the data.</summary>
    member _.Value = value

    /// <summary>Whether a higher number is better than a lower one.</summary>
    member _.HigherIsBetter = higherIsBetter

    /// Whether it is better than another of the same name.
    member internal _.IsBetterThan(other: Score) = if higherIsBetter then value > other.Value else value < other.Value

    /// <summary>The name and the number.</summary>
    override _.ToString() = String.Format(CultureInfo.InvariantCulture, "{0} {1:G4}", name, value)

    member private score.Text = score.ToString()

    interface IScores with
        member score.Scores = [| score |]

module internal Score =
    let private up name value = Score(name, value, true)
    let private down name value = Score(name, value, false)

    let r2 = up "R²"
    let meanSquaredError = down "mean squared error"
    let rootMeanSquaredError = down "root mean squared error"
    let meanAbsoluteError = down "mean absolute error"
    let accuracy = up "accuracy"
    let logLoss = down "log-loss"
    let macroF1 = up "macro F1"
    let rocAuc = up "ROC-AUC"
    let brier = down "Brier score"
    let calibrationError = down "calibration error"

    /// The names and numbers of those that there are, one after the other.
    let line (scores: seq<Score>) = String.Join(", ", scores |> Seq.filter (fun score -> not (Double.IsNaN score.Value)))

    let number (value: float) = if Double.IsNaN value then "–" else value.ToString("G4", CultureInfo.InvariantCulture)

    /// Sums of weights: whole numbers whole.
    let weight (value: float) =
        if value = Math.Floor value && value < 1e15 then
            value.ToString("F0", CultureInfo.InvariantCulture)
        else
            value.ToString("G6", CultureInfo.InvariantCulture)

    /// Refuses weights that are no weights, or not as many as rows; none at all are allowed.
    let checkWeights (weights: ReadOnlySpan<float>) rows =
        if weights.Length > 0 then
            if weights.Length <> rows then Errors.unaligned "scores" "weights" [| rows |] [| weights.Length |]
            Table.checkWeights (weights.ToArray())
