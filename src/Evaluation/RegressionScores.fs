// How far predicted numbers are from those that came.
//
//   rᵢ = yᵢ − ŷᵢ,   ȳ = Σsᵢyᵢ/Σs                                for each output, over rows i of weight sᵢ
//   MSE = Σsᵢrᵢ²/Σs,   RMSE = √MSE,   MAE = Σsᵢ|rᵢ|/Σs
//   R²  = 1 − Σsᵢrᵢ² / Σsᵢ(yᵢ − ȳ)²                             where all y are the same: 1 if every r is 0, else 0
//
// Of several outputs MSE, MAE and R² are the means over them, each counting as one, and RMSE is the root of that MSE.
//
// The deviations from ȳ are summed chunk by chunk, each from a mean of its own, and put together by Chan's formula: targets
// far from 0 lose no digits, and those that are all the same have deviations of exactly 0.

namespace LinearNets

open System
open System.Collections.Generic

/// Sums over the rows that have been seen, for each output.
[<Sealed>]
type internal RegressionTally(names: string[]) =
    let outputs = names.Length
    let mutable rows = 0
    let mutable weight = 0.0
    let means, deviations = Array.zeroCreate<float> outputs, Array.zeroCreate<float> outputs
    let squares, absolutes = Array.zeroCreate<float> outputs, Array.zeroCreate<float> outputs

    let rowOf (places: ReadOnlySpan<int>) i = if places.IsEmpty then i else places[i]

    let refuse what row output (value: float) = Errors.notFinite what "output" row names[output] value

    member _.Names = names
    member _.Rows = rows
    member _.Weight = weight
    member _.Means = means
    member _.Deviations = deviations
    member _.Squares = squares
    member _.Absolutes = absolutes

    /// Rows of predictions and targets [m; q] with their weights, or none where each counts as one; places are the rows' numbers
    /// where they are not 0, 1, 2 …
    member _.Add
        (predictions: ReadOnlySpan<float>, targets: ReadOnlySpan<float>, weights: ReadOnlySpan<float>, places: ReadOnlySpan<int>)
        =
        let count = targets.Length / outputs
        let mutable added = 0.0
        let mutable first = -1
        for i in 0 .. count - 1 do
            let s = if weights.IsEmpty then 1.0 else weights[i]
            added <- added + s
            if s > 0.0 then
                rows <- rows + 1
                if first < 0 then first <- i
        for k in 0 .. outputs - 1 do
            // Around the first target that counts, so that those that are all the same have a mean that is theirs, bit for bit.
            let around = if first < 0 then 0.0 else targets[first * outputs + k]
            let mutable moved, square, absolute = 0.0, 0.0, 0.0
            for i in 0 .. count - 1 do
                let s = if weights.IsEmpty then 1.0 else weights[i]
                if s > 0.0 then
                    let y, predicted = targets[i * outputs + k], predictions[i * outputs + k]
                    if not (Double.IsFinite predicted) then refuse "predictions" (rowOf places i) k predicted
                    if not (Double.IsFinite y) then refuse "targets" (rowOf places i) k y
                    let r = y - predicted
                    moved <- moved + s * (y - around)
                    square <- square + s * r * r
                    absolute <- absolute + s * abs r
            if added > 0.0 then
                let mean = around + moved / added
                let mutable deviation = 0.0
                for i in 0 .. count - 1 do
                    let s = if weights.IsEmpty then 1.0 else weights[i]
                    if s > 0.0 then
                        let d = targets[i * outputs + k] - mean
                        deviation <- deviation + s * d * d
                let all = weight + added
                let apart = mean - means[k]
                deviations[k] <-
                    if weight = 0.0 then deviation else deviations[k] + deviation + apart * apart * weight * added / all
                means[k] <- if weight = 0.0 then mean else means[k] + apart * added / all
            squares[k] <- squares[k] + square
            absolutes[k] <- absolutes[k] + absolute
        weight <- weight + added

/// <summary>How good the predictions of one output are.</summary>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type OutputScores internal (name: string, r2: float, meanSquaredError: float, meanAbsoluteError: float) =

    /// <summary>The name of the target.</summary>
    member _.Name = name

    /// <summary>The share of the targets' variation that the predictions explain: 1 for perfect ones, 0 for the mean of the targets,
    /// negative for worse. Where all targets are the same it is 1 for perfect predictions and 0 for others.</summary>
    member _.R2 = r2

    /// <summary>The mean of the squared differences.</summary>
    member _.MeanSquaredError = meanSquaredError

    /// <summary>The root of the mean of the squared differences: in the units of the targets.</summary>
    member _.RootMeanSquaredError = sqrt meanSquaredError

    /// <summary>The mean of the absolute differences.</summary>
    member _.MeanAbsoluteError = meanAbsoluteError

    /// <summary>The name and the numbers.</summary>
    override scores.ToString() =
        let numbers =
            [ Score.r2 r2
              Score.rootMeanSquaredError scores.RootMeanSquaredError
              Score.meanAbsoluteError meanAbsoluteError ]
        (say $"{name}: {Score.line numbers}")

    member private scores.Text = scores.ToString()

/// <summary>How good predictions of numbers are.</summary>
/// <remarks>Of several outputs the mean squared error, the mean absolute error and R² are the means over the outputs, each counting
/// as one; the root mean squared error is the root of the mean squared error.</remarks>
/// <example><code>
/// RegressionScores s = RegressionScores.Of(predictions: [2.5, 0.0, 2.0], targets: [3.0, -0.5, 2.0]);
/// Console.WriteLine(s.R2);
/// </code></example>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type RegressionScores internal (tally: RegressionTally) =

    let outputs =
        Array.init tally.Names.Length (fun k ->
            let squares, deviations = tally.Squares[k], tally.Deviations[k]
            if not (Double.IsFinite squares && Double.IsFinite deviations) then Errors.scoresOverflow tally.Names[k]
            let r2 =
                if deviations > 0.0 then 1.0 - squares / deviations
                elif squares = 0.0 then 1.0
                else 0.0
            OutputScores(tally.Names[k], r2, squares / tally.Weight, tally.Absolutes[k] / tally.Weight))

    let r2 = outputs |> Array.averageBy _.R2
    let meanSquaredError = outputs |> Array.averageBy _.MeanSquaredError
    let meanAbsoluteError = outputs |> Array.averageBy _.MeanAbsoluteError

    /// The scores of what has been seen.
    static member internal From(tally: RegressionTally) =
        if tally.Weight = 0.0 then Errors.noWeight ()
        RegressionScores tally

    /// <summary>The scores of predictions of one number for each row.</summary>
    /// <param name="predictions">The predictions, one for each row.</param>
    /// <param name="targets">What came, one for each row.</param>
    /// <exception cref="T:LinearNets.ShapeException">There are not as many of both.</exception>
    /// <exception cref="T:LinearNets.DataException">A number is not finite, or there are no rows.</exception>
    static member Of(predictions: ReadOnlySpan<float>, targets: ReadOnlySpan<float>) =
        RegressionScores.Of(predictions, targets, [| "y" |], ReadOnlySpan())

    /// <summary>The scores of predictions of one or more numbers for each row.</summary>
    /// <param name="predictions">The predictions, row after row.</param>
    /// <param name="targets">What came, row after row.</param>
    /// <param name="targetNames">The names of the targets: as many as a row has.</param>
    /// <param name="weights">How much each row counts; empty where each counts as one.</param>
    /// <exception cref="T:LinearNets.ShapeException">There are not as many of both, or not as many weights as rows.</exception>
    /// <exception cref="T:LinearNets.DataException">A number is not finite, a weight is negative, or no row counts.</exception>
    static member Of
        (
            predictions: ReadOnlySpan<float>,
            targets: ReadOnlySpan<float>,
            targetNames: IReadOnlyList<string>,
            weights: ReadOnlySpan<float>
        ) =
        ArgumentNullException.ThrowIfNull(targetNames, nameof targetNames)
        let outputs = targetNames.Count
        Errors.atLeast1 "The number of targets" outputs
        if targets.Length % outputs <> 0 then Errors.scoreRows "targets" targets.Length outputs
        if predictions.Length <> targets.Length then
            Errors.unaligned "scores" "targets" [| predictions.Length |] [| targets.Length |]
        let rows = targets.Length / outputs
        if rows = 0 then Errors.empty "scores"
        Score.checkWeights weights rows
        let tally = RegressionTally(Array.ofSeq targetNames)
        tally.Add(predictions, targets, weights, ReadOnlySpan())
        RegressionScores.From tally

    /// <summary>How many rows count.</summary>
    member _.Rows = tally.Rows

    /// <summary>The sum of the rows' weights: their number, where they have none.</summary>
    member _.TotalWeight = tally.Weight

    /// <summary>The share of the targets' variation that the predictions explain: 1 for perfect ones, 0 for the mean of the targets,
    /// negative for worse. Where all targets are the same it is 1 for perfect predictions and 0 for others.</summary>
    member _.R2 = r2

    /// <summary>The mean of the squared differences.</summary>
    member _.MeanSquaredError = meanSquaredError

    /// <summary>The root of the mean of the squared differences: in the units of the targets.</summary>
    member _.RootMeanSquaredError = sqrt meanSquaredError

    /// <summary>The mean of the absolute differences.</summary>
    member _.MeanAbsoluteError = meanAbsoluteError

    /// <summary>The scores of each output.</summary>
    member _.Outputs = Array.AsReadOnly outputs :> IReadOnlyList<OutputScores>

    /// <summary>R², then the errors, by their names.</summary>
    member scores.Scores: IReadOnlyList<Score> =
        [| Score.r2 r2
           Score.meanSquaredError meanSquaredError
           Score.rootMeanSquaredError scores.RootMeanSquaredError
           Score.meanAbsoluteError meanAbsoluteError |]

    /// <summary>The numbers in a line, and a line for each of several outputs.</summary>
    override scores.ToString() =
        let rows = if tally.Rows = 1 then "1 row" else say $"{tally.Rows} rows"
        let each = if outputs.Length = 1 then [] else [ for output in outputs -> say $"  {output}" ]
        String.Join("\n", (say $"{rows}: {Score.line scores.Scores}") :: each)

    member private scores.Text = scores.ToString()

    interface IScores with
        member scores.Scores = scores.Scores
