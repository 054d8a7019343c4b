/// Scores of predictions against their definitions, against the metrics of Core.fs, and against each other.
module LinearNets.Tests.ScoreLaws

open System
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

/// Rows of scores, labels and weights.
[<NoEquality; NoComparison>]
type private Rows = { scores: float[]; labels: int[]; weights: float[]; classes: int }

let private uniforms (case: Case) stream n = Random.uniforms n (Random.split (Random.key case.seed) stream)

/// Rows of two or more classes, three for each of the case, with scores of which some are the same; some weigh nothing.
let private rowsOf (case: Case) : Rows =
    let n, k = 3 * case.rows, 1 + case.classes
    let scores = Array.map (fun u -> case.scale * floor (8.0 * u - 4.0)) (uniforms case 0 (n * k))
    let labels = Array.map (fun u -> int (u * float k)) (uniforms case 1 n)
    let weights = Array.map (fun u -> floor (4.0 * u)) (uniforms case 2 n)
    weights[0] <- 1.0
    { scores = scores; labels = labels; weights = weights; classes = k }

/// The same of two classes.
let private twoClasses case = rowsOf { case with classes = 1 }

let private names k = Array.init k (fun c -> "class " + string c)

let private score (rows: Rows) =
    ClassificationScores.OfScores(
        ReadOnlySpan rows.scores,
        ReadOnlySpan rows.labels,
        names rows.classes,
        ReadOnlySpan rows.weights
    )

let private unweighted (rows: Rows) = { rows with weights = Array.create rows.labels.Length 1.0 }

let private pick (indices: int[]) (rows: Rows) =
    { rows with
        scores = Array.collect (fun i -> Array.sub rows.scores (i * rows.classes) rows.classes) indices
        labels = Array.map (fun i -> rows.labels[i]) indices
        weights = Array.map (fun i -> rows.weights[i]) indices }

let private scoresTensor (rows: Rows) =
    dsharp.tensor(rows.scores, dtype = Dtype.Float64).view [ rows.labels.Length; rows.classes ]

let private eps = 2.220446049250313e-16

let private near (expected: float) (actual: float) =
    if not (Double.IsNaN expected && Double.IsNaN actual) then
        Check.nearNumber (256.0 * eps * (1.0 + abs expected)) expected actual

/// All numbers of scores.
let private numbers (s: ClassificationScores) =
    [| for score in s.Scores -> score.Value
       for c in s.PerClass do
           yield! [ c.Precision; c.Recall; c.F1; c.Support ]
       for truth in 0 .. s.ConfusionMatrix.Classes - 1 do
           for predicted in 0 .. s.ConfusionMatrix.Classes - 1 -> s.ConfusionMatrix[truth, predicted]
       for k in 1 .. s.ConfusionMatrix.Classes -> s.TopK k
       yield! [ s.MacroMean.F1; s.WeightedMean.Precision; s.TotalWeight ]
       for bin in s.Reliability.Bins do
           yield! [ bin.Above; bin.UpTo; bin.Weight; bin.MeanProbability; bin.ObservedShare ] |]

let private same expected actual =
    let expected, actual = numbers expected, numbers actual
    Assert.That(actual.Length, Is.EqualTo expected.Length)
    Array.iter2 near expected actual

// ---- classes: the definitions ---------------------------------------------------------------------------------------

[<Law>]
let ``scores of rows that count as one are the metrics of Core`` (case: Case) =
    let rows = unweighted (rowsOf case)
    let s, o, y = score rows, scoresTensor rows, dsharp.tensor rows.labels
    near (Metric.accuracy o y) s.Accuracy
    let counts = Metric.confusion o y
    Assert.That(s.ConfusionMatrix.ToArray(), Is.EqualTo(box (Array2D.map float counts)))
    for k in 1 .. rows.classes do
        near (Metric.topK k o y) (s.TopK k)

[<Law>]
let ``the log-loss is the weighted mean of the cross-entropy`` (case: Case) =
    let rows = rowsOf case
    let weights = dsharp.tensor (rows.weights, dtype = Dtype.Float64)
    let losses = Loss.values Loss.crossEntropy (scoresTensor rows) (dsharp.tensor rows.labels)
    let expected = float (Loss.reduce Reduction.Mean (Some weights) losses)
    Check.nearNumber (64.0 * eps * (1.0 + expected) * (1.0 + case.scale)) expected (score rows).LogLoss

[<Law>]
let ``the trace of the confusion matrix is the accuracy, and so is the mean recall by support`` (case: Case) =
    let s = score (rowsOf case)
    let matrix = s.ConfusionMatrix
    near (Seq.sum (seq { for c in 0 .. matrix.Classes - 1 -> matrix[c, c] }) / s.TotalWeight) s.Accuracy
    near s.Accuracy s.WeightedMean.Recall
    near s.Accuracy (s.TopK 1)
    near 1.0 (s.TopK matrix.Classes)
    near s.TotalWeight (s.PerClass |> Seq.sumBy _.Support)

[<Law>]
let ``precision, recall and F1 are shares of the confusion matrix, 0 where it is 0/0`` (case: Case) =
    let s = score (rowsOf case)
    let m, k = s.ConfusionMatrix.ToArray(), s.ConfusionMatrix.Classes
    let share part whole = if whole = 0.0 then 0.0 else part / whole
    let row c = Seq.sum (seq { for b in 0 .. k - 1 -> m[c, b] })
    let column c = Seq.sum (seq { for a in 0 .. k - 1 -> m[a, c] })
    for c in 0 .. k - 1 do
        let one = s.PerClass[c]
        near (share m[c, c] (column c)) one.Precision
        near (share m[c, c] (row c)) one.Recall
        near (share (2.0 * one.Precision * one.Recall) (one.Precision + one.Recall)) one.F1
    let seen =
        [ for c in 0 .. k - 1 do
              if row c + column c > 0.0 then s.PerClass[c] ]
    near (List.averageBy (fun (c: ClassScores) -> c.F1) seen) s.MacroMean.F1
    near (List.averageBy (fun (c: ClassScores) -> c.Precision) seen) s.MacroMean.Precision

[<Law>]
let ``the Brier score is the mean of half the squared distance to the right answer`` (case: Case) =
    let rows = rowsOf case
    let o = scoresTensor rows
    let difference = Softmax.softmax o - Softmax.oneHot o (dsharp.tensor rows.labels)
    let each = Check.values (0.5 * (difference * difference).sum 1)
    near (Array.sum (Array.map2 (*) rows.weights each) / Array.sum rows.weights) (score rows).BrierScore

[<Law>]
let ``reliability has every row in one bin, and in the mean what came true`` (case: Case) =
    for rows in [ rowsOf case; twoClasses case ] do
        let s = score rows
        let bins = s.Reliability.Bins
        near s.TotalWeight (bins |> Seq.sumBy _.Weight)
        let came = bins |> Seq.sumBy (fun bin -> bin.Weight * bin.ObservedShare)
        near (if rows.classes = 2 then s.PerClass[1].Support / s.TotalWeight else s.Accuracy) (came / s.TotalWeight)
        for bin in bins do
            let isIn = bin.MeanProbability > bin.Above - 1e-12 && bin.MeanProbability < bin.UpTo + 1e-12
            Assert.That(isIn, $"{bin}")
        let error = bins |> Seq.sumBy (fun bin -> bin.Weight * abs (bin.MeanProbability - bin.ObservedShare))
        near (error / s.TotalWeight) s.ExpectedCalibrationError

// ---- ROC-AUC --------------------------------------------------------------------------------------------------------

/// A score for each row of two classes.
let private margins (rows: Rows) = Array.init rows.labels.Length (fun i -> rows.scores[2 * i + 1])

let private areaOf (rows: Rows) (z: float[]) =
    ClassificationScores.OfScores(ReadOnlySpan z, ReadOnlySpan rows.labels, names 2, ReadOnlySpan rows.weights).RocAuc

[<Law>]
let ``ROC-AUC counts pairs that are in order, and ties half`` (case: Case) =
    let rows = twoClasses case
    let z = margins rows
    let of' label =
        [ for i in 0 .. z.Length - 1 do
              if rows.labels[i] = label && rows.weights[i] > 0.0 then z[i], rows.weights[i] ]
    let pairs = List.allPairs (of' 1) (of' 0)
    let all = pairs |> List.sumBy (fun ((_, s), (_, t)) -> s * t)
    let inOrder =
        pairs
        |> List.sumBy (fun ((a, s), (b, t)) ->
            s
            * t
            * (if a > b then 1.0
               elif a = b then 0.5
               else 0.0))
    if all = 0.0 then
        Assert.That(areaOf rows z, Is.NaN)
    else
        near (inOrder / all) (areaOf rows z)
        near (inOrder / all) (score { rows with scores = Array.collect (fun z -> [| 0.25 * z; 1.25 * z |]) z }).RocAuc

[<Law>]
let ``ROC-AUC is the same for what increases with the score, and 1 less it for what decreases or other labels`` (case: Case) =
    let rows = twoClasses case
    let z = margins rows
    let area = areaOf rows z
    near area (areaOf rows (Array.map (fun z -> z * z * z + 7.0) z))
    near (1.0 - area) (areaOf rows (Array.map (~-) z))
    near (1.0 - area) (areaOf { rows with labels = Array.map (fun label -> 1 - label) rows.labels } z)

// ---- the doors ------------------------------------------------------------------------------------------------------

[<Law>]
let ``one score for two classes is the row of 0 and the score`` (case: Case) =
    let rows = twoClasses case
    let z = margins rows
    let one = ClassificationScores.OfScores(ReadOnlySpan z, ReadOnlySpan rows.labels, names 2, ReadOnlySpan rows.weights)
    same (score { rows with scores = Array.collect (fun z -> [| 0.0; z |]) z }) one
    let losses =
        Loss.values
            Loss.binaryCrossEntropy
            (dsharp.tensor (z, dtype = Dtype.Float64))
            (dsharp.tensor (Array.map float rows.labels, dtype = Dtype.Float64))
    let weights = dsharp.tensor (rows.weights, dtype = Dtype.Float64)
    near (float (Loss.reduce Reduction.Mean (Some weights) losses)) one.LogLoss
    let margin = ClassificationScores.OfMargins(ReadOnlySpan z, ReadOnlySpan rows.labels, names 2, ReadOnlySpan rows.weights)
    near one.RocAuc margin.RocAuc
    near one.Accuracy margin.Accuracy
    for number in [ margin.LogLoss; margin.BrierScore; margin.ExpectedCalibrationError ] do
        Assert.That(number, Is.NaN)
    Assert.That([ for score in margin.Scores -> score.Name ], Is.EqualTo(box [ "accuracy"; "macro F1"; "ROC-AUC" ]))

[<Law>]
let ``probabilities give what the scores give whose softmax they are`` (case: Case) =
    let rows = rowsOf (Fixture.mild case)
    let probabilities = Check.values (Softmax.softmax (scoresTensor rows))
    let s, p =
        score rows,
        ClassificationScores.OfProbabilities(
            ReadOnlySpan probabilities,
            ReadOnlySpan rows.labels,
            names rows.classes,
            ReadOnlySpan rows.weights
        )
    near s.LogLoss p.LogLoss
    near s.BrierScore p.BrierScore
    // Of scores that are the same the probabilities are, too.
    Assert.That(p.ConfusionMatrix.ToArray(), Is.EqualTo(box (s.ConfusionMatrix.ToArray())))

[<Test>]
let ``the lowest of the classes with equal scores is taken`` () =
    let s = ClassificationScores.OfScores(ReadOnlySpan [| 1.0; 1.0; 0.0; 0.5; 2.0; 2.0 |], ReadOnlySpan [| 1; 1 |], names 3)
    Assert.That((s.ConfusionMatrix[1, 0], s.ConfusionMatrix[1, 1]), Is.EqualTo((1.0, 1.0)))
    let even = ClassificationScores.OfScores(ReadOnlySpan [| 0.0; -0.0 |], ReadOnlySpan [| 0; 1 |], names 2)
    Assert.That((even.ConfusionMatrix[0, 0], even.ConfusionMatrix[1, 0]), Is.EqualTo((1.0, 1.0)))
    let half = ClassificationScores.OfProbabilities(ReadOnlySpan [| 0.5 |], ReadOnlySpan [| 1 |], names 2)
    Assert.That(half.Accuracy, Is.EqualTo 0.0)

[<Test>]
let ``nothing overflows, and a right class without probability has an infinite log-loss`` () =
    let s = ClassificationScores.OfScores(ReadOnlySpan [| 1e308; -1e308; -1e308; 1e308 |], ReadOnlySpan [| 0; 1 |], names 2)
    Assert.That((s.LogLoss, s.BrierScore, s.RocAuc), Is.EqualTo((0.0, 0.0, 1.0)))
    let s = ClassificationScores.OfProbabilities(ReadOnlySpan [| 1.0; 0.0 |], ReadOnlySpan [| 1 |], names 2)
    Assert.That((s.LogLoss, s.BrierScore), Is.EqualTo((infinity, 1.0)))

[<Test>]
let ``many classes take no more than their rows`` () =
    let k = 60_000
    let labels = [| 0; k - 1 |]
    let scores = Array.zeroCreate<float>(2 * k)
    let s = ClassificationScores.OfScores(ReadOnlySpan scores, ReadOnlySpan labels, Array.init k string)
    Assert.That((s.Accuracy, s.ConfusionMatrix[k - 1, 0]), Is.EqualTo((0.5, 1.0)))
    Assert.That(string s.ConfusionMatrix, Does.EndWith "… and 59980 more")

// ---- rows -----------------------------------------------------------------------------------------------------------

[<Law>]
let ``a row of weight 0 is a row removed, and one of weight 2 is two`` (case: Case) =
    let rows = rowsOf case
    let repeated =
        [| for i in 0 .. rows.labels.Length - 1 do
               yield! Array.create (int rows.weights[i]) i |]
    same (score rows) (score (unweighted (pick repeated rows)))

[<Law>]
let ``the order of the rows changes nothing beyond rounding`` (case: Case) =
    let rows = rowsOf case
    let order = Random.permutation rows.labels.Length (Random.key case.seed)
    same (score rows) (score (pick order rows))

[<Law>]
let ``the scores of all rows are the means of those of two parts`` (case: Case) =
    let rows = rowsOf case
    let parts =
        Array.splitAt (1 + case.seed % rows.labels.Length) [| 0 .. rows.labels.Length - 1 |]
        |> fun (a, b) -> [ for part in [ a; b ] -> pick part rows ]
        |> List.filter (fun part -> Array.exists (fun s -> s > 0.0) part.weights)
        |> List.map score
    let whole = score rows
    for number in [ (fun (s: ClassificationScores) -> s.Accuracy); _.LogLoss; _.BrierScore; _.TopK(1) ] do
        near ((parts |> List.sumBy (fun part -> part.TotalWeight * number part)) / whole.TotalWeight) (number whole)

// ---- numbers --------------------------------------------------------------------------------------------------------

[<NoEquality; NoComparison>]
type private Numbers = { predictions: float[]; targets: float[]; weights: float[]; outputs: int }

let private numbersOf (case: Case) : Numbers =
    let case = Fixture.wide case
    let n, q = 2 + case.rows, case.classes
    let weights = uniforms case 2 n |> Array.map (fun u -> floor (4.0 * u))
    weights[0] <- 1.0
    { predictions = Check.values (case.Normal(0, [ n; q ]))
      targets = Check.values (case.Normal(1, [ n; q ]))
      weights = weights
      outputs = q }

let private regress (rows: Numbers) =
    let names = Array.init rows.outputs (fun k -> "y" + string k)
    RegressionScores.Of(ReadOnlySpan rows.predictions, ReadOnlySpan rows.targets, names, ReadOnlySpan rows.weights)

let private sameNumbers (expected: RegressionScores) (actual: RegressionScores) =
    let numbers (s: RegressionScores) =
        [| for score in s.Scores -> score.Value
           for output in s.Outputs do
               yield! [ output.R2; output.MeanSquaredError; output.RootMeanSquaredError; output.MeanAbsoluteError ] |]
    Array.iter2 near (numbers expected) (numbers actual)

[<Law>]
let ``scores of numbers that count as one are the metrics of Core`` (case: Case) =
    let rows = numbersOf case
    let s = regress { rows with weights = [||] }
    let tensor (values: float[]) =
        dsharp.tensor(values, dtype = Dtype.Float64).view [ values.Length / rows.outputs; rows.outputs ]
    near (Metric.mse (tensor rows.predictions) (tensor rows.targets)) s.MeanSquaredError
    near (Metric.mae (tensor rows.predictions) (tensor rows.targets)) s.MeanAbsoluteError
    near (sqrt s.MeanSquaredError) s.RootMeanSquaredError
    let r2 = Metric.r2 (tensor rows.predictions) (tensor rows.targets)
    Check.nearNumber (1e-12 * (1.0 + abs r2)) r2 s.R2
    near (s.Outputs |> Seq.averageBy _.R2) s.R2

[<Law>]
let ``R² of the mean is 0, and of the targets themselves 1`` (case: Case) =
    let rows = { numbersOf case with outputs = 1 }
    let n = rows.weights.Length
    let targets = Array.truncate n rows.targets |> Array.map (fun y -> 1e6 + y)
    let mean = Array.sum (Array.map2 (*) rows.weights targets) / Array.sum rows.weights
    let one predictions = regress { rows with predictions = predictions; targets = targets }
    let varies =
        Array.zip rows.weights targets |> Array.filter (fun (s, _) -> s > 0.0) |> Array.distinctBy snd |> Array.length > 1
    if varies then Check.nearNumber 1e-9 0.0 (one (Array.create n mean)).R2
    Assert.That((one targets).R2, Is.EqualTo 1.0)

[<Law>]
let ``of targets that are all the same R² is 1 for perfect predictions and 0 for others`` (case: Case) =
    let n, value = 600 + case.rows, case.scale / 3.0
    let targets = Array.create n value
    let weights = uniforms case 2 n
    let of' (predictions: float[]) =
        RegressionScores.Of(ReadOnlySpan predictions, ReadOnlySpan targets, [| "y" |], ReadOnlySpan weights).R2
    Assert.That(of' targets, Is.EqualTo 1.0)
    Assert.That(of' (Array.mapi (fun i y -> if i = 7 then y + 1e-9 else y) targets), Is.EqualTo 0.0)

[<Law>]
let ``weights, orders and parts of rows of numbers are those of their sums`` (case: Case) =
    let rows = numbersOf case
    let q = rows.outputs
    let pick (indices: int[]) =
        let take (values: float[]) = Array.collect (fun i -> Array.sub values (i * q) q) indices
        { rows with
            predictions = take rows.predictions
            targets = take rows.targets
            weights = Array.map (fun i -> rows.weights[i]) indices }
    let n = rows.weights.Length
    let whole = regress rows
    let repeated =
        pick
            [| for i in 0 .. n - 1 do
                   yield! Array.create (int rows.weights[i]) i |]
    sameNumbers whole (regress { repeated with weights = [||] })
    sameNumbers whole (regress (pick (Random.permutation n (Random.key case.seed))))
    let parts =
        [ pick [| 0 .. case.seed % n |]; pick [| case.seed % n + 1 .. n - 1 |] ]
        |> List.filter (fun part -> Array.exists (fun s -> s > 0.0) part.weights)
        |> List.map regress
    for number in [ (fun (s: RegressionScores) -> s.MeanSquaredError); _.MeanAbsoluteError ] do
        near ((parts |> List.sumBy (fun part -> part.TotalWeight * number part)) / whole.TotalWeight) (number whole)

[<Test>]
let ``targets far from 0 lose no digits, however many there are`` () =
    let n = 5000
    let noise = Random.normals n (Random.key 3)
    let targets, predictions = Array.map (fun z -> 1e9 + floor (64.0 * z) / 64.0) noise, Array.create n 1e9
    let near0 = Array.map (fun y -> y - 1e9) targets
    let far = RegressionScores.Of(ReadOnlySpan predictions, ReadOnlySpan targets)
    let near = RegressionScores.Of(ReadOnlySpan(Array.zeroCreate<float> n), ReadOnlySpan near0)
    Check.nearNumber 1e-9 near.R2 far.R2
    Assert.That(far.MeanSquaredError, Is.EqualTo near.MeanSquaredError)

[<Law>]
let ``rows that come in parts are rows that come at once`` (case: Case) =
    let rows = numbersOf case
    let q, n = rows.outputs, rows.weights.Length
    let names = Array.init q (fun k -> "y" + string k)
    // Far from 0, so that the parts' means have something to lose.
    let targets = Array.map (fun y -> 100.0 + y) rows.targets
    let tally = RegressionTally names
    for first in 0..2 .. n - 1 do
        let count = min 2 (n - first)
        tally.Add(
            ReadOnlySpan(rows.predictions, first * q, count * q),
            ReadOnlySpan(targets, first * q, count * q),
            ReadOnlySpan(rows.weights, first, count),
            ReadOnlySpan()
        )
    let s, whole = RegressionScores.From tally, regress { rows with targets = targets }
    Check.nearNumber (1e-10 * (1.0 + abs whole.R2)) whole.R2 s.R2
    Check.nearNumber (1e-14 * whole.MeanSquaredError) whole.MeanSquaredError s.MeanSquaredError
    let rows = rowsOf case
    let k = rows.classes
    let tally = ClassificationTally(ScoreKind.Scores, names = Array.init k (fun c -> "class " + string c))
    for first in 0..2 .. rows.labels.Length - 1 do
        let count = min 2 (rows.labels.Length - first)
        tally.Add(
            ReadOnlySpan(rows.scores, first * k, count * k),
            ReadOnlySpan(rows.labels, first, count),
            ReadOnlySpan(rows.weights, first, count),
            ReadOnlySpan()
        )
    same (score rows) (ClassificationScores.From tally)

// ---- of a trained model ---------------------------------------------------------------------------------------------

let private words = Synthetic.classes { Synthetic.classDefaults with n = 1500; columns = 3; seed = 2 }

let private classification = { Fit.defaults with model = Model.linear 3 3; loss = Loss.crossEntropy; epochs = 3; seed = 1 }

/// Models and rows that weigh differently, some nothing, of every kind of number; the last is no affine model to a kernel.
let private trained =
    let weights = Array.init 1500 (fun i -> float (i % 4))
    let matrix = Array.init 1500 (fun row -> words.Row row)
    let labels = Array.init 1500 (fun row -> int (Array.head (words.Target row)))
    let doubles = Dataset.From(matrix, labels)
    let bytes = Dataset.From(Array.collect (Array.map (fun v -> byte (128.0 + 25.0 * v))) matrix, 3, labels)
    let wide = Model.define "wide" [ Parameter.weight "weight" [ 3; 3 ] ] (fun p x -> x.matmul p.Head)
    [ words, Model.linear 3 3
      doubles, Model.linear 3 3
      bytes, Model.compose [ Model.scale (1.0 / 255.0); Model.linear 3 3 ]
      doubles, Model.compose [ Preprocess.layer (Preprocess.standardise doubles); Model.linear 3 3 ]
      doubles, wide ]
    |> List.map (fun (data, model) -> data.WithClassNames("ant", "bee", "cow").WithWeights weights, model)

[<Test>]
let ``scores of a trained model are those of its scores of all rows`` () =
    Fixture.each (fun (data: Dataset, model: Model) -> $"{model.name}, {data}") trained (fun (data, model) ->
        let fitted = data |> Fit.run { classification with model = model }
        let s = fitted |> Scores.classification data
        let all = (Fit.scores data fitted).cast Dtype.Float64
        let kept =
            [| for i in 0 .. data.Rows - 1 do
                   if data.Weight i > 0.0 then i |]
        let expected =
            ClassificationScores.OfScores(
                ReadOnlySpan(Check.values all),
                ReadOnlySpan [| for i in kept -> int (Array.head (data.Target i)) |],
                [| "ant"; "bee"; "cow" |],
                ReadOnlySpan [| for i in kept -> data.Weight i |]
            )
        // Sums of a few products in 32 bits, in another order.
        Array.iter2 (Check.nearNumber 1e-5) (numbers expected) (numbers s)
        Assert.That(s.Rows, Is.EqualTo 1125)
        Check.nearNumber 1e-6 (Fit.evaluate data fitted).Loss s.LogLoss)

[<Test>]
let ``of one output for two classes the loss says what it is`` () =
    let x = Array.init 300 (fun i -> [| float (i % 7) - 3.0; float (i % 11) - 5.0 |])
    let yes = x |> Array.map (fun row -> if row[0] + row[1] > 0.2 then 1.0 else 0.0)
    let data = Dataset.From(x, yes)
    let logistic = { Fit.defaults with model = Model.linear 2 1; loss = Loss.binaryCrossEntropy; epochs = 5 }
    let fitted = data |> Fit.run logistic
    let s = fitted |> Scores.classification data
    Check.nearNumber 1e-12 (Fit.evaluate data fitted).Loss s.LogLoss
    Assert.That(s.ClassNames, Is.EqualTo(box [ "0"; "1" ]))
    Assert.That(s.RocAuc, Is.GreaterThan 0.95)
    // The same rows as two classes by name.
    let named = Dataset.From(x, yes |> Array.map (fun y -> if y = 1.0 then "yes" else "no"))
    let byName = Scores.classificationOf [] fitted.model fitted.parameters Loss.binaryCrossEntropy named
    Assert.That(byName.LogLoss, Is.EqualTo s.LogLoss)
    Assert.That(byName.ClassNames, Is.EqualTo(box [ "no"; "yes" ]))
    let signs = Dataset.From(x, yes |> Array.map (fun y -> 2.0 * y - 1.0))
    let perceptron = signs |> Fit.run { logistic with loss = Loss.perceptron }
    let margins = perceptron |> Scores.classification signs
    Assert.That(margins.LogLoss, Is.NaN)
    Assert.That(margins.ClassNames, Is.EqualTo(box [ "-1"; "1" ]))
    Assert.That(margins.Accuracy, Is.GreaterThan 0.9)
    let error = Check.caught<DataException>(fun () -> fitted |> Scores.classification signs |> ignore)
    Assert.That(error.Message, Does.StartWith "scores: got the target -1 in row 0; expected 0 or 1")

[<Test>]
let ``scores of numbers of a trained model and of a solver`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 1200; dtype = Dtype.Float64 }
    let fitted = data |> Fit.run { Fit.defaults with model = Model.linear 2 1 }
    let s = fitted |> Scores.regression data
    Check.nearNumber 1e-12 (Fit.evaluate data fitted).Metric s.MeanSquaredError
    Assert.That(s.R2, Is.GreaterThan 0.999)
    let solved = data |> Lbfgs.run { Lbfgs.defaults with model = Model.linear 2 1 }
    Assert.That((Scores.regressionOf solved.model solved.parameters data).MeanSquaredError, Is.LessThan s.MeanSquaredError)

[<Test>]
let ``scores of sparse rows are those of the same rows made dense`` () =
    let numbers = Synthetic.linear { Synthetic.defaults with n = 300; dtype = Dtype.Float64 }
    let numbers = numbers.WithWeights(Array.init 300 (fun row -> float (row % 3)))
    let classes = Synthetic.classes Synthetic.classDefaults
    let ofNumbers = numbers |> Fit.run { Fit.defaults with model = Model.linear 2 1 }
    let ofClasses = classes |> Fit.run { Fit.defaults with model = Model.linear 2 3; loss = Loss.crossEntropy }
    let dense, sparse = Scores.regression numbers ofNumbers, Scores.regression (numbers.ToSparse()) ofNumbers
    Check.nearNumber 1e-12 dense.MeanSquaredError sparse.MeanSquaredError
    let dense, sparse = Scores.classification classes ofClasses, Scores.classification (classes.ToSparse()) ofClasses
    Assert.That(sparse.Accuracy, Is.EqualTo dense.Accuracy)
    Check.nearNumber 1e-5 dense.LogLoss sparse.LogLoss

[<Test>]
let ``data whose classes are others than those of the training are refused, and taken by their names`` () =
    let x = Array.init 4 (fun row -> [| float row |])
    let train = Dataset.From(x, [| "ant"; "bee"; "cow"; "ant" |])
    let other = Dataset.From(x, [| "ant"; "cow"; "cow"; "ant" |])
    let fitted = train |> Fit.run { classification with model = Model.linear 1 3 }
    Assert.That(fitted.classNames, Is.EqualTo(box [ "ant"; "bee"; "cow" ]))
    let message =
        "The data have the class 'cow' where the training data have 'bee'; expected the same classes. Give them these by WithClassesOf."
    for ask in [ Fit.evaluate other >> ignore; Scores.classification other >> ignore ] do
        Assert.That((Check.caught<DataException>(fun () -> ask fitted)).Message, Is.EqualTo message)
    let aligned = fitted |> Scores.classification (other.WithClassesOf train)
    Assert.That(aligned.PerClass[2].Support, Is.EqualTo 2.0)
    // Numbers have no names that could be others.
    fitted |> Scores.classification (Dataset.From(x, [| 0; 2; 1; 0 |])) |> ignore
    // A class of which the training knows nothing is named by its row.
    let more = Dataset.From(x, [| 0; 2; 3; 0 |])
    let error = Check.caught<DataException>(fun () -> fitted |> Scores.classification more |> ignore)
    Assert.That(error.Where, Is.EqualTo "row 2")

// ---- what is refused, and how it prints -----------------------------------------------------------------------------

let private two = [| "no"; "yes" |]

let private ofScores (scores: float[]) (labels: int[]) (weights: float[]) () =
    ClassificationScores.OfScores(ReadOnlySpan scores, ReadOnlySpan labels, two, ReadOnlySpan weights) |> ignore

let private ofProbabilities (probabilities: float[]) (labels: int[]) () =
    ClassificationScores.OfProbabilities(ReadOnlySpan probabilities, ReadOnlySpan labels, two) |> ignore

let private ofNumbers (predictions: float[]) (targets: float[]) (weights: float[]) () =
    RegressionScores.Of(ReadOnlySpan predictions, ReadOnlySpan targets, [| "price" |], ReadOnlySpan weights)
    |> ignore

/// Wrong uses and what their errors say.
let private wrong: (string * Type * (unit -> unit)) list =
    let data, shape, settings = typeof<DataException>, typeof<ShapeException>, typeof<SettingsException>
    [ "scores: got NaN in row 1, class 'yes'; expected a finite number. Leave the row out, or put a number in its place.",
      data,
      ofScores [| 0.0; 1.0; 2.0; nan |] [| 0; 1 |] [||]
      "scores: got Infinity in row 0, class 'yes'; expected a finite number. Leave the row out, or put a number in its place.",
      data,
      ofScores [| infinity |] [| 0 |] [||]
      "Label 2 in row 1 is outside 0..1: with 2 classes, labels are the numbers 0 to 1. Renumber the labels, or give the model as many outputs as there are classes.",
      data,
      ofScores [| 0.0; 1.0 |] [| 0; 2 |] [||]
      "Row weight -1 in row 1: expected a finite number, 0 or more. A weight of 0 removes a row.",
      data,
      ofScores [| 0.0; 1.0 |] [| 0; 1 |] [| 1.0; -1.0 |]
      "scores: got shape inputs [2] with weights [1], expected as many rows of each. Check that neither has a header row or a filter that the other lacks.",
      shape,
      ofScores [| 0.0; 1.0 |] [| 0; 1 |] [| 1.0 |]
      "scores: got shape inputs [3; 2] with labels [2], expected as many rows of each. Check that neither has a header row or a filter that the other lacks.",
      shape,
      ofScores (Array.zeroCreate 6) [| 0; 1 |] [||]
      "scores: got shape 5 values, expected a row of 2 for each row of the data. Check the number of classes or targets.",
      shape,
      ofScores (Array.zeroCreate 5) [| 0; 1 |] [||]
      "scores: got no rows, expected at least one. Check the filter or the file the data came from.",
      data,
      ofScores [||] [||] [||]
      "probabilities: got 1.5 in row 0, class 'yes'; expected a number from 0 to 1. Scores that are no probabilities are taken by OfScores.",
      data,
      ofProbabilities [| 1.5 |] [| 0 |]
      "scores: the probabilities in row 1 have the sum 0.75, expected 1. Divide each row by its sum.",
      data,
      ofProbabilities [| 0.5; 0.5; 0.5; 0.25 |] [| 0; 1 |]
      "The number of classes is 1; expected 2 or more.",
      settings,
      (fun () -> ClassificationScores.OfScores(ReadOnlySpan [| 0.0 |], ReadOnlySpan [| 0 |], [| "one" |]) |> ignore)
      "k of top-k is 3; expected 1 to 2.",
      settings,
      (fun () -> ClassificationScores.OfScores(ReadOnlySpan [| 0.0 |], ReadOnlySpan [| 0 |], two).TopK 3 |> ignore)
      "predictions: got NaN in row 1, output 'price'; expected a finite number. Leave the row out, or put a number in its place.",
      data,
      ofNumbers [| 0.0; nan |] [| 0.0; 1.0 |] [||]
      "targets: got Infinity in row 1, output 'price'; expected a finite number. Leave the row out, or put a number in its place.",
      data,
      ofNumbers [| 0.0; 1.0 |] [| 0.0; infinity |] [||]
      "scores: got shape inputs [1] with targets [2], expected as many rows of each. Check that neither has a header row or a filter that the other lacks.",
      shape,
      ofNumbers [| 0.0 |] [| 0.0; 1.0 |] [||]
      "scores: the squares of 'price' are no longer numbers of double precision; expected values below 1e150. Scale the targets down.",
      data,
      ofNumbers [| 0.0; 1.0 |] [| 1e200; 1.0 |] [||]
      "The targets of this data set are classes, expected numbers. Make it from numbers.",
      data,
      (fun () -> Scores.regressionOf (Model.linear 3 3) (Model.init 0 (Model.linear 3 3)) words |> ignore)
      "The number of the model's outputs is 2; expected 1, as the data have.",
      settings,
      (fun () ->
          Scores.regressionOf (Model.linear 2 2) (Model.init 0 (Model.linear 2 2)) (Synthetic.linear Synthetic.defaults)
          |> ignore) ]

[<Test>]
let ``what cannot be scored is refused by what it is, and where`` () =
    Fixture.each (fun (message, _, _) -> message) wrong (fun (message, errorType, action) ->
        let error = Check.caught<LinearNetsException> action
        Assert.That(error.Message, Is.EqualTo message)
        Assert.That(error.GetType(), Is.EqualTo errorType))

[<Test>]
let ``a row of weight 0 may be anything`` () =
    let s =
        ClassificationScores.OfScores(ReadOnlySpan [| nan; 1.0 |], ReadOnlySpan [| 7; 1 |], two, ReadOnlySpan [| 0.0; 1.0 |])
    Assert.That((s.Rows, s.Accuracy), Is.EqualTo((1, 1.0)))
    let s =
        RegressionScores.Of(ReadOnlySpan [| nan; 1.0 |], ReadOnlySpan [| 0.0; 1.0 |], [| "y" |], ReadOnlySpan [| 0.0; 1.0 |])
    Assert.That((s.Rows, s.MeanSquaredError), Is.EqualTo((1, 0.0)))

[<Test>]
let ``scores print as tables`` () =
    let probabilities, labels = [| 0.9; 0.8; 0.3; 0.2 |], [| 1; 0; 1; 0 |]
    let s = ClassificationScores.OfProbabilities(ReadOnlySpan probabilities, ReadOnlySpan labels, two)
    let lines (text: obj) = (string text).Split '\n'
    Assert.That(
        lines s,
        Is.EqualTo(
            box
                [| "4 rows: accuracy 0.5, log-loss 0.7855, macro F1 0.5, ROC-AUC 0.75, Brier score 0.295, calibration error 0.45"
                   "  class          precision  recall      F1  support"
                   "  no                0.5000  0.5000  0.5000        2"
                   "  yes               0.5000  0.5000  0.5000        2"
                   "  macro mean        0.5000  0.5000  0.5000        4"
                   "  weighted mean     0.5000  0.5000  0.5000        4" |]
        )
    )
    Assert.That(
        lines s.ConfusionMatrix,
        Is.EqualTo(box [| "  true \\ predicted  no  yes"; "  no                 1    1"; "  yes                1    1" |])
    )
    Assert.That(
        lines s.Reliability,
        Is.EqualTo(
            box
                [| "  probability of yes    said    came  rows"
                   "  0.1–0.2             0.2000  0.0000     1"
                   "  0.2–0.3             0.3000  1.0000     1"
                   "  0.7–0.8             0.8000  0.0000     1"
                   "  0.8–0.9             0.9000  1.0000     1" |]
        )
    )
    Assert.That(sprintf "%A" s, Is.EqualTo(string s))
    let s = RegressionScores.Of(ReadOnlySpan [| 1.0; 3.0 |], ReadOnlySpan [| 1.0; 2.0 |])
    Assert.That(
        string s,
        Is.EqualTo "2 rows: R² -1, mean squared error 0.5, root mean squared error 0.7071, mean absolute error 0.5"
    )
