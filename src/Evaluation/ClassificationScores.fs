// How good the predicted classes of rows are, and the probabilities they come with.
//
//   z [n; k]  scores            p = softmax(z), the probabilities        one score z for two classes is the row (0, z)
//   ŷᵢ = the class of the highest score, the lowest of equals            y the true class, s the weights, S = Σs
//
//   C[a, b] = Σ sᵢ of the rows of class a that were taken for b          accuracy = Σ_c C[c, c] / S
//   precision_c = C[c, c] / Σ_a C[a, c]                                  recall_c = C[c, c] / Σ_b C[c, b]
//   F1_c = 2C[c, c] / (Σ_a C[a, c] + Σ_b C[c, b])                        each 0 where it is 0/0
//   log-loss = −(1/S) Σ sᵢ ln pᵢ(yᵢ)                                     Brier score = (1/S) Σ sᵢ ½‖pᵢ − onehot(yᵢ)‖²
//   ROC-AUC = Σ_{i: y = 1} Σ_{j: y = 0} sᵢsⱼ([zᵢ > zⱼ] + ½[zᵢ = zⱼ]) / Σ_{i: y = 1} Σ_{j: y = 0} sᵢsⱼ
//
// Reliability: rows are put in ten bins by a probability, (0, 0.1], (0.1, 0.2] … (0 itself in the first): for two classes that of
// the second class, beside the share of the rows that are of it; for more that of the predicted class, beside the share of
// rows that are rightly predicted. The calibration error is the mean distance of the two, each bin by its weight.
//
// All of it but ROC-AUC, which sorts, comes from one look at each row.

namespace LinearNets

open System
open System.Collections.Generic
open System.Globalization
open System.Runtime.InteropServices

/// What the numbers of a row are.
[<RequireQualifiedAccess; NoComparison>]
type internal ScoreKind =
    /// Scores whose softmax, or for two classes by one score the sigmoid, are probabilities.
    | Scores
    /// Probabilities.
    | Probabilities
    /// A score for two classes that says on which side a row is, but no probability.
    | Margins

/// Sums over the rows that have been seen.
[<Sealed>]
type internal ClassificationTally(kind: ScoreKind, names: string[]) =
    static let bins = 10
    // Far above what probabilities of 32 bits lose to rounding, far below what one left out would make.
    static let slack = 1e-4

    let classes = names.Length
    let row, exponentials = Array.zeroCreate<float> classes, Array.zeroCreate<float> classes
    // C by truth·k + prediction: of many classes most cells are empty.
    let confusion = Dictionary<int64, float>()
    let ranks = Array.zeroCreate<float> classes
    let binWeights, binProbabilities, binHits =
        Array.zeroCreate<float> bins, Array.zeroCreate<float> bins, Array.zeroCreate<float> bins
    let decisions, signed = List<float>(), List<float>()
    let mutable rows = 0
    let mutable weight = 0.0
    let mutable logLoss = 0.0
    let mutable brier = 0.0
    // −ln p of the row's class.
    let mutable lost = 0.0

    /// The scores of a row into `row`: one for each class.
    let spread (scores: ReadOnlySpan<float>) =
        if scores.Length = classes then
            for c in 0 .. classes - 1 do
                row[c] <- scores[c]
        else
            row[0] <- if kind = ScoreKind.Probabilities then max 0.0 (1.0 - scores[0]) else 0.0
            row[1] <- scores[0]

    let check place (scores: ReadOnlySpan<float>) =
        let mutable sum = 0.0
        for i in 0 .. scores.Length - 1 do
            let name = names[names.Length - scores.Length + i]
            if not (Double.IsFinite scores[i]) then Errors.notFinite "scores" "class" (int64 place) name scores[i]
            if kind = ScoreKind.Probabilities && (scores[i] < 0.0 || scores[i] > 1.0 + slack) then
                Errors.classProbability place name scores[i]
            sum <- sum + scores[i]
        if kind = ScoreKind.Probabilities && scores.Length = classes && abs (sum - 1.0) > slack then
            Errors.probabilitySum "scores" place sum

    let addTo (sums: float[]) i s = sums[i] <- sums[i] + s

    let addProbability s probability isHit =
        let bin = Math.Clamp(int (Math.Ceiling(probability * float bins)) - 1, 0, bins - 1)
        addTo binWeights bin s
        addTo binProbabilities bin (s * probability)
        if isHit then addTo binHits bin s

    /// Log-loss, Brier score and reliability of the row, by its probabilities eᶻ/Σeᶻ, or as they are.
    let addProbabilities s truth predicted =
        let isGiven = (kind = ScoreKind.Probabilities)
        let mutable sum = 0.0
        let highest = row[predicted]
        for c in 0 .. classes - 1 do
            let e = if isGiven then row[c] else exp (row[c] - highest)
            exponentials[c] <- e
            sum <- sum + e
        if isGiven then sum <- 1.0
        let mutable others, squares = 0.0, 0.0
        for c in 0 .. classes - 1 do
            if c <> truth then
                let p = exponentials[c] / sum
                others <- others + p
                squares <- squares + p * p
        lost <- if isGiven then -(log row[truth]) else highest - row[truth] + log sum
        logLoss <- logLoss + s * lost
        brier <- brier + s * 0.5 * (squares + others * others)
        if classes = 2 then
            addProbability s (exponentials[1] / sum) (truth = 1)
        else
            addProbability s (exponentials[predicted] / sum) (truth = predicted)

    /// Told of a row that is taken for another class: its place, its class, the other, and how far off it is: −ln p, or |z| of a
    /// margin.
    member val OnMistake: int -> int -> int -> float -> unit = (fun _ _ _ _ -> ()) with get, set
    member _.Kind = kind
    member _.Names = names
    member _.Rows = rows
    member _.Weight = weight
    member _.Confusion = confusion
    /// The weight of the rows by the rank of their class's score, from the highest.
    member _.Ranks = ranks
    member _.LogLoss = logLoss
    member _.Brier = brier
    member _.Bins = Array.init bins (fun bin -> struct (binWeights[bin], binProbabilities[bin], binHits[bin]))
    /// What decides between two classes, and the weight of the row: negative for the first class.
    member _.Decisions = decisions, signed

    /// Rows of scores [m; k], or [m] for two classes, with labels and weights, or none where each counts as one; places are the
    /// rows' numbers where they are not 0, 1, 2 …
    member tally.Add
        (scores: ReadOnlySpan<float>, labels: ReadOnlySpan<int>, weights: ReadOnlySpan<float>, places: ReadOnlySpan<int>)
        =
        let mutable isThere = false
        let width = if labels.IsEmpty then 0 else scores.Length / labels.Length
        for i in 0 .. labels.Length - 1 do
            let s = if weights.IsEmpty then 1.0 else weights[i]
            if s > 0.0 then
                let place = if places.IsEmpty then i else places[i]
                let own = scores.Slice(i * width, width)
                let truth = labels[i]
                if truth < 0 || truth >= classes then Errors.label place truth classes
                check place own
                spread own
                let mutable predicted, rank = 0, 0
                for c in 0 .. classes - 1 do
                    if row[c] > row[predicted] then predicted <- c
                    if row[c] > row[truth] || row[c] = row[truth] && c < truth then rank <- rank + 1
                rows <- rows + 1
                weight <- weight + s
                let at = int64 truth * int64 classes + int64 predicted
                let cell = &CollectionsMarshal.GetValueRefOrAddDefault(confusion, at, &isThere)
                cell <- cell + s
                addTo ranks rank s
                if kind <> ScoreKind.Margins then addProbabilities s truth predicted
                if predicted <> truth then
                    tally.OnMistake place truth predicted (if kind = ScoreKind.Margins then abs own[0] else lost)
                if classes = 2 then
                    // Of two scores the difference, which keeps apart what in probabilities may have become the same.
                    decisions.Add(
                        if width = 1 then own[0]
                        elif kind = ScoreKind.Probabilities then row[1]
                        else row[1] - row[0]
                    )
                    signed.Add(if truth = 1 then s else -s)

module internal Roc =

    /// The area under the curve, from what decides and the weights, negative for the first class; NaN where one class has no rows.
    let area (decisions: List<float>, signed: List<float>) =
        let keys, weights = decisions.ToArray(), signed.ToArray()
        Array.Sort(keys, weights)
        let mutable below, above, pairs = 0.0, 0.0, 0.0
        let mutable i = 0
        while i < keys.Length do
            let key = keys[i]
            let mutable first, second = 0.0, 0.0
            while i < keys.Length && keys[i] = key do
                if weights[i] > 0.0 then second <- second + weights[i] else first <- first - weights[i]
                i <- i + 1
            pairs <- pairs + second * (below + 0.5 * first)
            below <- below + first
            above <- above + second
        if below = 0.0 || above = 0.0 then nan else pairs / (below * above)

module internal ClassTable =

    /// More classes, or longer names, do not fit before one's eyes.
    let mostClasses, longestName = 20, 14

    let name (name: string) = if name.Length <= longestName then name else name.Substring(0, longestName - 1) + "…"

    /// A table's lines, moved in, and what is missing of it.
    let lines (cells: string list list) all =
        let more = if all > mostClasses then [ say $"… and {all - mostClasses} more" ] else []
        [ for line in TextTable.lines (fun column -> column = 0) cells @ more -> "  " + line ]

/// <summary>Which classes were taken for which: a row for each true class, a column for each predicted one. It prints as a table.</summary>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type ConfusionMatrix internal (names: string[], cells: Dictionary<int64, float>) =
    let classes = names.Length

    let cell truth predicted =
        match cells.TryGetValue(int64 truth * int64 classes + int64 predicted) with
        | true, weight -> weight
        | _ -> 0.0

    let check (name: string) value =
        ArgumentOutOfRangeException.ThrowIfNegative(value, name)
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value, classes, name)

    /// <summary>The number of classes.</summary>
    member _.Classes = classes

    /// <summary>The names of the classes.</summary>
    member _.ClassNames = Array.AsReadOnly names :> IReadOnlyList<string>

    /// <summary>The weight of the rows of a class that were taken for another, or rightly for their own: their number, where rows
    /// have no weights.</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">There is no such class.</exception>
    member _.Item
        with get (truth: int, predicted: int) =
            check (nameof truth) truth
            check (nameof predicted) predicted
            cell truth predicted

    /// <summary>All of them: the first index is the true class, the second the predicted one.</summary>
    member _.ToArray() = Array2D.init classes classes cell

    /// The cells that are not empty: truth, prediction, weight.
    member internal _.Cells =
        seq { for pair in cells -> struct (int (pair.Key / int64 classes), int (pair.Key % int64 classes), pair.Value) }

    /// <summary>A table with the true classes on the left and the predicted ones above.</summary>
    override _.ToString() =
        let shown = [ 0 .. min classes ClassTable.mostClasses - 1 ]
        let name c = ClassTable.name names[c]
        let rows =
            ("true \\ predicted" :: List.map name shown)
            :: [ for truth in shown -> name truth :: [ for predicted in shown -> Score.weight (cell truth predicted) ] ]
        String.Join("\n", ClassTable.lines rows classes)

    member private matrix.Text = matrix.ToString()

/// <summary>How good predictions are for the rows of a class, or in the mean over classes.</summary>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type ClassScores internal (name: string, precision: float, recall: float, f1: float, support: float) =

    /// <summary>The name of the class, or of the mean.</summary>
    member _.Name = name

    /// <summary>The share of the rows taken for the class that are of it; 0 where none was taken for it.</summary>
    member _.Precision = precision

    /// <summary>The share of the rows of the class that were taken for it; 0 where it has no rows.</summary>
    member _.Recall = recall

    /// <summary>The harmonic mean of precision and recall; 0 where both are 0.</summary>
    member _.F1 = f1

    /// <summary>The weight of the rows of the class: their number, where rows have no weights.</summary>
    member _.Support = support

    static member internal Heads = [ "precision"; "recall"; "F1"; "support" ]

    member internal _.Cells =
        let share (value: float) = value.ToString("F4", CultureInfo.InvariantCulture)
        [ ClassTable.name name; share precision; share recall; share f1; Score.weight support ]

    /// <summary>The name and the numbers.</summary>
    override scores.ToString() =
        let numbers = List.map2 (fun head cell -> head + " " + cell) ClassScores.Heads scores.Cells.Tail
        name + ": " + String.Join(", ", numbers)

    member private scores.Text = scores.ToString()

/// <summary>The rows whose probability lies between two bounds.</summary>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type ReliabilityBin internal (above: float, upTo: float, weight: float, meanProbability: float, observedShare: float) =

    /// <summary>The lower bound, which does not belong to the bin unless it is 0.</summary>
    member _.Above = above

    /// <summary>The upper bound, which belongs to the bin.</summary>
    member _.UpTo = upTo

    /// <summary>The weight of the rows: their number, where they have none.</summary>
    member _.Weight = weight

    /// <summary>The mean of their probabilities.</summary>
    member _.MeanProbability = meanProbability

    /// <summary>The share of the rows for which it came true.</summary>
    member _.ObservedShare = observedShare

    member internal _.Cells =
        let share (format: string) (value: float) = value.ToString(format, CultureInfo.InvariantCulture)
        [ share "F1" above + "–" + share "F1" upTo
          share "F4" meanProbability
          share "F4" observedShare
          Score.weight weight ]

    /// <summary>The bounds and the numbers.</summary>
    override bin.ToString() =
        match bin.Cells with
        | [ bounds; mean; observed; weight ] -> say $"{bounds}: said {mean}, came {observed}, {weight} rows"
        | cells -> String.Join(" ", cells)

    member private bin.Text = bin.ToString()

/// <summary>What probabilities say beside what came: where rows are given a probability of 0.8, eight of ten should be so. It prints
/// as a table.</summary>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type Reliability internal (what: string, bins: ReliabilityBin[]) =
    let weight = bins |> Array.sumBy _.Weight

    let error =
        if bins.Length = 0 then
            nan
        else
            (bins |> Array.sumBy (fun bin -> bin.Weight * abs (bin.MeanProbability - bin.ObservedShare))) / weight

    /// <summary>The bins that have rows, of ten that are equally wide. They are empty where there are no probabilities.</summary>
    member _.Bins = Array.AsReadOnly bins :> IReadOnlyList<ReliabilityBin>

    /// <summary>The mean distance of what was said from what came, each bin counting by its weight; NaN where there are no
    /// probabilities.</summary>
    member _.ExpectedCalibrationError = error

    /// <summary>A line for each bin.</summary>
    override _.ToString() =
        let cells = [ what; "said"; "came"; "rows" ] :: [ for bin in bins -> bin.Cells ]
        String.Join("\n", ClassTable.lines cells 0)

    member private reliability.Text = reliability.ToString()

/// <summary>How good predictions of classes are. It prints as a table.</summary>
/// <remarks>One look at each row, and for two classes a sort of the rows: a second for some five million rows of ten
/// classes.</remarks>
/// <example><code>
/// ClassificationScores s = ClassificationScores.OfProbabilities(
///     probabilities: [0.9, 0.1, 0.2, 0.8], labels: [0, 1], classNames: ["no", "yes"]);
/// Console.WriteLine(s.Accuracy);
/// Console.WriteLine(s.ConfusionMatrix);
/// </code></example>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type ClassificationScores internal (tally: ClassificationTally) =
    let names, total = tally.Names, tally.Weight
    let matrix = ConfusionMatrix(names, tally.Confusion)

    let truths, predictions, hits =
        let truths, predictions, hits =
            Array.zeroCreate<float> names.Length, Array.zeroCreate<float> names.Length, Array.zeroCreate<float> names.Length
        for struct (truth, predicted, weight) in matrix.Cells do
            truths[truth] <- truths[truth] + weight
            predictions[predicted] <- predictions[predicted] + weight
            if truth = predicted then hits[truth] <- weight
        truths, predictions, hits

    let share part whole = if whole = 0.0 then 0.0 else part / whole

    let perClass =
        Array.init names.Length (fun c ->
            ClassScores(
                names[c],
                share hits[c] predictions[c],
                share hits[c] truths[c],
                share (2.0 * hits[c]) (predictions[c] + truths[c]),
                truths[c]
            ))

    let mean name (weights: float[]) =
        let all = Array.sum weights
        let mean (value: ClassScores -> float) =
            (Array.map2 (fun weight scores -> if weight = 0.0 then 0.0 else weight * value scores) weights perClass
             |> Array.sum)
            / all
        ClassScores(name, mean _.Precision, mean _.Recall, mean _.F1, total)

    let macroMean =
        mean "macro mean" (Array.map2 (fun truth predicted -> if truth + predicted > 0.0 then 1.0 else 0.0) truths predictions)

    let weightedMean = mean "weighted mean" truths
    let accuracy = Array.sum hits / total
    let hasProbabilities = tally.Kind <> ScoreKind.Margins
    let logLoss = if hasProbabilities then tally.LogLoss / total else nan
    let brier = if hasProbabilities then tally.Brier / total else nan
    let rocAuc = if names.Length = 2 then Roc.area tally.Decisions else nan
    let ranks = tally.Ranks

    let reliability =
        let bins = tally.Bins
        let what =
            if names.Length = 2 then
                say $"probability of {ClassTable.name names[1]}"
            else
                "probability of the predicted class"
        let bound i = float i / float bins.Length
        Reliability(
            what,
            [| for i in 0 .. bins.Length - 1 do
                   let struct (weight, probabilities, hits) = bins[i]
                   if weight > 0.0 then ReliabilityBin(bound i, bound (i + 1), weight, probabilities / weight, hits / weight) |]
        )

    /// The scores of what has been seen.
    static member internal From(tally: ClassificationTally) =
        if tally.Weight = 0.0 then Errors.noWeight ()
        ClassificationScores tally

    static member private Of
        (
            kind,
            scores: ReadOnlySpan<float>,
            labels: ReadOnlySpan<int>,
            classNames: IReadOnlyList<string>,
            weights: ReadOnlySpan<float>
        ) =
        ArgumentNullException.ThrowIfNull(classNames, nameof classNames)
        let classes = classNames.Count
        Errors.require "The number of classes" (classes >= 2) classes "2 or more"
        if labels.Length = 0 then Errors.empty "scores"
        let isSingle = classes = 2 && scores.Length = labels.Length
        if not isSingle then
            if kind = ScoreKind.Margins || scores.Length % classes <> 0 then
                Errors.scoreRows "scores" scores.Length classes
            if scores.Length / classes <> labels.Length then
                Errors.unaligned "scores" "labels" [| scores.Length / classes; classes |] [| labels.Length |]
        Score.checkWeights weights labels.Length
        let tally = ClassificationTally(kind, Array.ofSeq classNames)
        tally.Add(scores, labels, weights, ReadOnlySpan())
        ClassificationScores.From tally

    /// <summary>The scores of predictions by scores whose softmax are probabilities.</summary>
    /// <param name="scores">A score for each class, row after row; or for two classes one score for each row, whose sigmoid is the
    /// probability of the second class.</param>
    /// <param name="labels">The number of each row's class.</param>
    /// <param name="classNames">The names of the classes.</param>
    /// <param name="weights">How much each row counts; empty where each counts as one.</param>
    /// <exception cref="T:LinearNets.ShapeException">There are not as many scores, labels and weights as rows.</exception>
    /// <exception cref="T:LinearNets.DataException">A score is not finite, a label is not a class, a weight is negative, or no row
    /// counts.</exception>
    static member OfScores
        (scores: ReadOnlySpan<float>, labels: ReadOnlySpan<int>, classNames: IReadOnlyList<string>, weights: ReadOnlySpan<float>)
        =
        ClassificationScores.Of(ScoreKind.Scores, scores, labels, classNames, weights)

    /// <summary>The scores of predictions by scores whose softmax are probabilities, of rows that count as one each.</summary>
    /// <inheritdoc cref="M:LinearNets.ClassificationScores.OfScores(System.ReadOnlySpan{System.Double},System.ReadOnlySpan{System.Int32},System.Collections.Generic.IReadOnlyList{System.String},System.ReadOnlySpan{System.Double})" />
    static member OfScores(scores: ReadOnlySpan<float>, labels: ReadOnlySpan<int>, classNames: IReadOnlyList<string>) =
        ClassificationScores.Of(ScoreKind.Scores, scores, labels, classNames, ReadOnlySpan())

    /// <summary>The scores of predictions by probabilities. A probability of 0 for the class of a row makes the log-loss infinite.</summary>
    /// <param name="probabilities">A probability for each class, row after row; or for two classes that of the second class, for each
    /// row.</param>
    /// <param name="labels">The number of each row's class.</param>
    /// <param name="classNames">The names of the classes.</param>
    /// <param name="weights">How much each row counts; empty where each counts as one.</param>
    /// <exception cref="T:LinearNets.ShapeException">There are not as many probabilities, labels and weights as rows.</exception>
    /// <exception cref="T:LinearNets.DataException">A probability is not from 0 to 1, those of a row do not have the sum 1, a label is
    /// not a class, a weight is negative, or no row counts.</exception>
    static member OfProbabilities
        (
            probabilities: ReadOnlySpan<float>,
            labels: ReadOnlySpan<int>,
            classNames: IReadOnlyList<string>,
            weights: ReadOnlySpan<float>
        ) =
        ClassificationScores.Of(ScoreKind.Probabilities, probabilities, labels, classNames, weights)

    /// <summary>The scores of predictions by probabilities, of rows that count as one each.</summary>
    /// <inheritdoc cref="M:LinearNets.ClassificationScores.OfProbabilities(System.ReadOnlySpan{System.Double},System.ReadOnlySpan{System.Int32},System.Collections.Generic.IReadOnlyList{System.String},System.ReadOnlySpan{System.Double})" />
    static member OfProbabilities
        (probabilities: ReadOnlySpan<float>, labels: ReadOnlySpan<int>, classNames: IReadOnlyList<string>)
        =
        ClassificationScores.Of(ScoreKind.Probabilities, probabilities, labels, classNames, ReadOnlySpan())

    /// <summary>The scores of predictions of two classes by a number that is above 0 for the second one and stands for no
    /// probability, as a perceptron's: log-loss, Brier score and calibration error are then NaN.</summary>
    /// <param name="margins">The number, for each row.</param>
    /// <param name="labels">The number of each row's class.</param>
    /// <param name="classNames">The names of the classes.</param>
    /// <param name="weights">How much each row counts; empty where each counts as one.</param>
    /// <exception cref="T:LinearNets.ShapeException">There are not as many margins, labels and weights as rows.</exception>
    /// <exception cref="T:LinearNets.DataException">A margin is not finite, a label is not a class, a weight is negative, or no row
    /// counts.</exception>
    static member OfMargins
        (margins: ReadOnlySpan<float>, labels: ReadOnlySpan<int>, classNames: IReadOnlyList<string>, weights: ReadOnlySpan<float>)
        =
        ClassificationScores.Of(ScoreKind.Margins, margins, labels, classNames, weights)

    /// <summary>How many rows count.</summary>
    member _.Rows = tally.Rows

    /// <summary>The sum of the rows' weights: their number, where they have none.</summary>
    member _.TotalWeight = total

    /// <summary>The names of the classes.</summary>
    member _.ClassNames = matrix.ClassNames

    /// <summary>The share of rows that were taken for their class. Of classes with equal scores the lowest is taken.</summary>
    member _.Accuracy = accuracy

    /// <summary>The mean of −ln p, p the probability that a row's class was given; NaN where scores are no probabilities.</summary>
    member _.LogLoss = logLoss

    /// <summary>Which classes were taken for which: rows are the true classes, columns the predicted ones.</summary>
    member _.ConfusionMatrix = matrix

    /// <summary>Precision, recall, F1 and support of each class.</summary>
    member _.PerClass = Array.AsReadOnly perClass :> IReadOnlyList<ClassScores>

    /// <summary>The means over the classes that have rows or were predicted, each counting as one.</summary>
    member _.MacroMean = macroMean

    /// <summary>The means over the classes, each counting by its support. The mean recall is the accuracy.</summary>
    member _.WeightedMean = weightedMean

    /// <summary>The share of rows whose class is among the k that have the highest scores; of equal scores the lower class comes
    /// first.</summary>
    /// <exception cref="T:LinearNets.SettingsException">k is below 1 or above the number of classes.</exception>
    member _.TopK(k: int) =
        Errors.require "k of top-k" (k >= 1 && k <= names.Length) k (say $"1 to {names.Length}")
        if k = names.Length then 1.0 else Array.sum (Array.truncate k ranks) / total

    /// <summary>For two classes, how often a row of the second class has a higher score for it than a row of the first, ties counting
    /// half: 1 is perfect, ½ is guessing. NaN for more classes, and where one of the two has no rows.</summary>
    member _.RocAuc = rocAuc

    /// <summary>The mean of ½‖p − y‖² over rows, p the probabilities and y 1 at the class and 0 elsewhere: for two classes (p − y)². It
    /// lies between 0 and 1; NaN where scores are no probabilities.</summary>
    member _.BrierScore = brier

    /// <summary>What the probabilities say beside what came.</summary>
    member _.Reliability = reliability

    /// <summary>The mean distance of probabilities from what came, over the bins of <c>Reliability</c>; NaN where scores are no
    /// probabilities.</summary>
    member _.ExpectedCalibrationError = reliability.ExpectedCalibrationError

    /// <summary>Accuracy, log-loss, macro F1, ROC-AUC, Brier score and calibration error by their names, without those that there
    /// are none of for such classes or scores.</summary>
    member _.Scores: IReadOnlyList<Score> =
        [| yield Score.accuracy accuracy
           if hasProbabilities then yield Score.logLoss logLoss
           yield Score.macroF1 macroMean.F1
           if names.Length = 2 then yield Score.rocAuc rocAuc
           if hasProbabilities then
               yield Score.brier brier
               yield Score.calibrationError reliability.ExpectedCalibrationError |]

    /// <summary>The numbers in a line, and a table with a line for each class.</summary>
    override scores.ToString() =
        let rows = if tally.Rows = 1 then "1 row" else say $"{tally.Rows} rows"
        let classes = [ for one in Array.truncate ClassTable.mostClasses perClass -> one.Cells ]
        let cells = ("class" :: ClassScores.Heads) :: classes @ [ macroMean.Cells; weightedMean.Cells ]
        String.Join("\n", (say $"{rows}: {Score.line scores.Scores}") :: ClassTable.lines cells names.Length)

    member private scores.Text = scores.ToString()

    interface IScores with
        member scores.Scores = scores.Scores
