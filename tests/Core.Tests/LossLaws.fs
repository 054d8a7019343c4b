module LinearNets.Tests.LossLaws

open LinearNets
open NUnit.Framework
open LinearNets.FSharp

let private sumOfRows loss (targets: Tensor) (scores: Tensor) = (Loss.values loss scores targets).sum()

let private adjointOf (loss: Loss) = loss.adjoint.Value

/// Float32 or Float64 as it comes; whole numbers stay whole.
let private widened (t: Tensor) = if t.dtype = Dtype.Int32 then t else t.cast Dtype.Float64

/// A derivative is a few products and sums over k classes of numbers as large as the largest of itself, the scores and 1.
let private tolerance (case: Case) (scores: Tensor) (derivative: Tensor) =
    8.0 * float (case.classes + 8) * case.Eps * max 1.0 (max (Check.largest scores) (Check.largest derivative))

// ---- every loss ------------------------------------------------------------------------------------------------------

[<Law>]
let ``an adjoint is the gradient of the sum of the rows`` (case: Case) =
    Fixture.eachLoss (fun example ->
        let scores, targets = Fixture.data case example
        let expected = Fixture.gradient (sumOfRows example.loss targets) scores
        Check.near (tolerance case scores expected) expected (adjointOf example.loss scores targets))

[<Law>]
let ``an adjoint is the central difference quotient away from kinks`` (case: Case) =
    let case = Fixture.wide case
    let h = 1e-5
    Fixture.eachLoss (fun example ->
        let scores, targets = Fixture.data case example
        // |r| and max(0, m) have a kink at 0; such scores are moved away from it by 0.01, which is far more than h.
        let scores =
            match example.loss.name with
            | "absolute" -> scores + 0.01 * (scores - targets + 1e-9).sign()
            | "perceptron" -> scores + 0.01 * (scores + 1e-9).sign()
            | _ -> scores
        let before = Loss.values example.loss scores targets
        // The rows are subtracted before they are summed: those that do not change then add nothing, not even rounding.
        let rise x = float ((Loss.values example.loss x targets - before).sum())
        let adjoint = adjointOf example.loss scores targets
        // Series: h²/6·|f‴|, at most 4e−6 for −ln p with p ≥ 0.022, 1e−10 elsewhere; Huber's second derivative jumps by 1
        // at δ, which costs h/4. Rounding: 4·eps·|f|/h.
        let rounding = 4.0 * case.Eps * (Check.largest before + Check.largest scores) / h
        Check.near (1e-5 + 1e-7 * Check.largest adjoint + rounding) (Fixture.differences h rise scores) adjoint)

[<Law>]
let ``a Float32 adjoint is near the Float64 one`` (case: Case) =
    let case = { case with dtype = Dtype.Float32 }
    Fixture.eachLoss (fun example ->
        let scores, targets = Fixture.data case example
        let expected = adjointOf example.loss (widened scores) (widened targets)
        Check.near (tolerance case scores expected) expected (widened (adjointOf example.loss scores targets)))

[<Law>]
let ``a loss is one finite value per row in the scores' type of number`` (case: Case) =
    Fixture.eachLoss (fun example ->
        let scores, targets = Fixture.data case example
        let values = Loss.values example.loss scores targets
        Assert.That(values.shape, Is.EqualTo(box [| case.rows |]))
        Assert.That(values.dtype, Is.EqualTo case.dtype)
        Assert.That(Check.values values, Is.All.InRange((if example.nonNegative then 0.0 else -1e9), 1e9)))

[<Law>]
let ``an adjoint has the shape and the type of number of the scores`` (case: Case) =
    Fixture.eachLoss (fun example ->
        let scores, targets = Fixture.data case example
        let adjoint = adjointOf example.loss scores targets
        Assert.That(adjoint.shape, Is.EqualTo(box scores.shape))
        Assert.That(adjoint.dtype, Is.EqualTo case.dtype))

[<Law>]
[<DiffSharpDiffers("the sign of NaN throws, and two derivatives are signs",
                   "Function does not accept floating point Not-a-Number values")>]
let ``a row's loss and adjoint depend on that row only`` (case: Case) =
    Fixture.eachLoss (fun example ->
        let scores, targets = Fixture.data case example
        // The same rows before and after a row of NaN.
        let spoilt = dsharp.cat [ scores; (Fixture.rows [| 0 |] scores) * nan; scores ]
        let spoiltTargets = dsharp.cat [ targets; Fixture.rows [| 0 |] targets; targets ]
        let n = case.rows
        for f in [ Loss.values example.loss; adjointOf example.loss ] do
            let expected = f scores targets
            let actual = f spoilt spoiltTargets
            let tolerance = tolerance case scores expected
            Check.near tolerance expected (Fixture.rows [| 0 .. n - 1 |] actual)
            Check.near tolerance expected (Fixture.rows [| n + 1 .. 2 * n |] actual)
            Assert.That(Check.values (Fixture.rows [| n |] actual), Has.Some.NaN))

// ---- what the chapter says of each -----------------------------------------------------------------------------------

[<Law>]
let ``the derivative of cross-entropy by the scores is the softmax less the one-hot labels`` (case: Case) =
    let scores = case.Normal(0, [ case.rows; max 2 case.classes ])
    let labels = case.Labels(1, case.rows, scores.shape[1])
    let expected = Softmax.softmax scores - Softmax.oneHot scores labels
    Fixture.sameBits expected (adjointOf Loss.crossEntropy scores labels)
    let gradient = Fixture.gradient (sumOfRows Loss.crossEntropy labels) scores
    Check.near (8.0 * float (case.classes + 8) * case.Eps) expected gradient
    // Each row of it has the sum 0.
    Check.near (4.0 * float (case.classes + 2) * case.Eps) (scores.zerosLike [ case.rows ]) (gradient.sum 1)

[<Law>]
let ``the derivative of half the squared error is predicted less actual`` (case: Case) =
    let ŷ, y = case.Normal(0, [ case.rows; case.columns ]), case.Normal(1, [ case.rows; case.columns ])
    Fixture.sameBits (ŷ - y) (adjointOf Loss.squared ŷ y)
    Fixture.sameBits (ŷ - y) (Fixture.gradient (sumOfRows Loss.squared y) ŷ)

[<Law>]
let ``cross-entropy of labels, of one-hot distributions and of the softmax's probabilities are one`` (case: Case) =
    let case = Fixture.mild case
    let scores = case.Normal(0, [ case.rows; max 2 case.classes ])
    let labels = case.Labels(1, case.rows, scores.shape[1])
    let expected = Loss.values Loss.crossEntropy scores labels
    // k roundings and those of exponents up to |o|, absolutely; a relative error of p is absolute in ln p.
    let tolerance = 8.0 * case.Eps * (float scores.shape[1] + 2.0 * Check.largest scores)
    Check.near tolerance expected (Loss.values Loss.crossEntropyOfDistributions scores (Softmax.oneHot scores labels))
    Check.near tolerance expected (Loss.values Loss.crossEntropyOfProbabilities (Softmax.softmax scores) labels)

[<Law>]
let ``cross-entropy of labels is that of one-hot distributions when scores are in the ten thousands`` (case: Case) =
    let case = { case with scale = 1e4 }
    let scores = case.Normal(0, [ case.rows; max 2 case.classes ])
    let labels = case.Labels(1, case.rows, scores.shape[1])
    let oneHot = Softmax.oneHot scores labels
    // The same logarithm; the others are multiplied by 0.
    let expected = Loss.values Loss.crossEntropyOfDistributions scores oneHot
    Check.near 0.0 expected (Loss.values Loss.crossEntropy scores labels)
    // As the difference from the largest score, in double precision: less than one rounding of that difference off.
    let o, y = scores.toArray2D<float>(), labels.toArray1D<int>()
    let exact i =
        let row = o[i, *]
        let largest = Array.max row
        log (Array.sumBy (fun s -> exp (s - largest)) row) + (largest - row[y[i]])
    let exact = Array.init case.rows exact
    Array.iter2
        (fun e a -> Check.nearNumber (4.0 * case.Eps * (float scores.shape[1] + abs e)) e a)
        exact
        (Check.values (Loss.values Loss.crossEntropy scores labels))

[<Test>]
let ``cross-entropy of two equal scores is ln 2, however large they are`` () =
    for dtype, tolerance in [ Dtype.Float32, 1e-7; Dtype.Float64, 2e-16 ] do
        for score in [ 0.0; 1e4; 1e8; -1e8; 1e30 ] do
            let scores = dsharp.tensor ([ [ score; score ] ], dtype = dtype)
            for label in [ 0; 1 ] do
                let loss = Loss.values Loss.crossEntropy scores (dsharp.tensor [ label ])
                Check.nearNumber tolerance (log 2.0) (float loss[0])
                let half = Check.values (adjointOf Loss.crossEntropy scores (dsharp.tensor [ label ]))
                Assert.That(half, Is.EqualTo(box (if label = 0 then [| -0.5; 0.5 |] else [| 0.5; -0.5 |])))

[<Law>]
let ``cross-entropy takes targets of any sum, and its derivative with them`` (case: Case) =
    let scores = case.Normal(0, [ case.rows; max 2 case.classes ])
    let targets = case.Uniform(1, 0.0, 2.0, [ case.rows; scores.shape[1] ])
    let expected = Softmax.softmax scores * targets.sum (1, keepDim = true) - targets
    let actual = adjointOf Loss.crossEntropyOfDistributions scores targets
    Check.near (tolerance case scores expected) expected actual
    let gradient = Fixture.gradient (sumOfRows Loss.crossEntropyOfDistributions targets) scores
    Check.near (tolerance case scores expected) expected gradient

[<Law>]
let ``binary cross-entropy is the cross-entropy of two classes with the scores 0 and z`` (case: Case) =
    let z = case.Normal(0, [ case.rows ])
    let labels = case.Labels(1, case.rows, 2)
    let two = dsharp.cat ([ z.zerosLike [ case.rows; 1 ]; z.view [ case.rows; 1 ] ], 1)
    let tolerance = 8.0 * case.Eps * (2.0 + Check.largest z)
    Check.near
        tolerance
        (Loss.values Loss.crossEntropy two labels)
        (Loss.values Loss.binaryCrossEntropy z (labels.cast case.dtype))

[<Law>]
let ``binary cross-entropy is finite and linear far out`` (case: Case) =
    let z = case.Uniform(0, -1.0, 1.0, [ case.rows ]) * (if case.dtype = Dtype.Float32 then 1e30 else 1e300)
    // −ln σ(z) → −z for a true 1 with z → −∞, → 0 with z → ∞.
    Check.nearRelative (4.0 * case.Eps) ((-z).relu()) (Loss.values Loss.binaryCrossEntropy z (z.zerosLike () + 1.0))
    Check.nearRelative (4.0 * case.Eps) (z.relu ()) (Loss.values Loss.binaryCrossEntropy z (z.zerosLike ()))

[<Law>]
let ``Huber is squared inside delta and delta|r| - delta²/2 outside`` (case: Case) =
    let r = case.Normal(0, [ case.rows ])
    let y = r.zerosLike ()
    for delta in [ 0.05; 1.0; 20.0 ] do
        let expected =
            Check.values r
            |> Array.map (fun r -> if abs r <= delta then 0.5 * r * r else delta * abs r - 0.5 * delta * delta)
        // c·r − ½c² cancels half of δ|r| at most.
        let tolerance = 8.0 * case.Eps * (delta * Check.largest r + delta * delta)
        Check.near tolerance (case.Tensor(expected, [ case.rows ])) (Loss.values (Loss.huber delta) r y)
    Check.nearRelative (8.0 * case.Eps) (Loss.values Loss.squared r y) (Loss.values (Loss.huber 1e6) r y)

[<Law>]
let ``the absolute loss is the sum of the sizes of the residuals, with derivative 0 at 0`` (case: Case) =
    let ŷ, y = case.Normal(0, [ case.rows; case.columns ]), case.Normal(1, [ case.rows; case.columns ])
    Fixture.sameBits ((ŷ - y).abs().sum 1) (Loss.values Loss.absolute ŷ y)
    Fixture.sameBits (y.zerosLike ()) (adjointOf Loss.absolute y y)

[<Law>]
let ``mse is twice the squared loss by the number of outputs`` (case: Case) =
    let ŷ, y = case.Normal(0, [ case.rows; case.columns ]), case.Normal(1, [ case.rows; case.columns ])
    Check.nearRelative
        (4.0 * float (case.columns + 2) * case.Eps)
        (2.0 / float case.columns * Loss.values Loss.squared ŷ y)
        (Loss.values Loss.mse ŷ y)
    // and so its mean is the metric
    Check.nearNumber
        (4.0 * float (case.rows * case.columns + 4) * case.Eps * max 1.0 (Metric.mse ŷ y))
        (Metric.mse ŷ y)
        (float (Loss.reduce Reduction.Mean None (Loss.values Loss.mse ŷ y)))

[<Law>]
let ``minimising the Gaussian negative log-likelihood is minimising the squared loss`` (case: Case) =
    let ŷ, y = case.Normal(0, [ case.rows; case.columns ]), case.Normal(1, [ case.rows; case.columns ])
    for sigma in [ 0.3; 1.0; 4.0 ] do
        let gaussian = Loss.gaussian sigma
        let variance = sigma * sigma
        // The same direction to the last bit: the gradient is that of the squared loss, divided by σ².
        Fixture.sameBits (adjointOf Loss.squared ŷ y / variance) (adjointOf gaussian ŷ y)
        // The values: squared/σ² and a constant for each output.
        let constant = float case.columns * 0.5 * log (2.0 * System.Math.PI * variance)
        Check.nearRelative
            (8.0 * float (case.columns + 2) * case.Eps * max 1.0 (abs constant))
            (Loss.values Loss.squared ŷ y / variance + constant)
            (Loss.values gaussian ŷ y)

[<Law>]
let ``the Gaussian loss is minus the logarithm of the Gaussian's density`` (case: Case) =
    let case = Fixture.wide case
    let y = case.Normal(1, [ case.rows ])
    let likelihood = Gaussian.logLikelihood 0.4 1.3 y
    let loss = (Loss.values (Loss.gaussian 1.3) (y.zerosLike () + 0.4) y).sum()
    Check.nearRelative (16.0 * float case.rows * case.Eps) -likelihood loss

[<Law>]
let ``exp of minus n times the mean cross-entropy is the product of the labels' probabilities`` (case: Case) =
    let case = Fixture.mild case
    let scores = case.Normal(0, [ case.rows; max 2 case.classes ])
    let labels = case.Labels(1, case.rows, scores.shape[1])
    let mean = float (Loss.reduce Reduction.Mean None (Loss.values Loss.crossEntropy scores labels))
    let p, y = (Softmax.softmax scores).toArray2D<float>(), labels.toArray1D<int>()
    let product = Seq.fold (fun product i -> product * p[i, y[i]]) 1.0 [ 0 .. case.rows - 1 ]
    // An absolute error of nℓ is a relative error of its exponential.
    let error = 8.0 * float case.rows * case.Eps * (float scores.shape[1] + 4.0 + 2.0 * Check.largest scores)
    Check.nearNumber (error * product) product (exp (-float case.rows * mean))

[<Law>]
let ``the perceptron's loss is 0 on the right side and -t z on the wrong one, where its derivative is -t`` (case: Case) =
    let z = case.Normal(0, [ case.rows ])
    let t = 1.0 - 2.0 * case.Labels(1, case.rows, 2).cast(case.dtype)
    let expected = Array.map2 (fun z t -> max 0.0 (-t * z)) (Check.values z) (Check.values t)
    Check.near 0.0 (case.Tensor(expected, [ case.rows ])) (Loss.values Loss.perceptron z t)
    // A margin of exactly 0 is a mistake, by hand and by autodiff: otherwise training from zero would never start.
    Fixture.sameBits -t (adjointOf Loss.perceptron (z.zerosLike ()) t)
    Fixture.sameBits -t (dsharp.grad (sumOfRows Loss.perceptron t) (z.zerosLike ()))
    Check.near 0.0 (z.zerosLike ()) (adjointOf Loss.perceptron t t)

[<Law>]
let ``the squared losses of a sigmoid and of a softmax are the squared loss of their probabilities`` (case: Case) =
    let scores = case.Normal(0, [ case.rows; max 2 case.classes ])
    let labels = case.Labels(1, case.rows, scores.shape[1])
    let oneHot = Softmax.oneHot scores labels
    let tolerance = 4.0 * float (case.classes + 4) * case.Eps
    Check.near
        tolerance
        (Loss.values Loss.squared (Softmax.softmax scores) oneHot)
        (Loss.values Loss.squaredSoftmax scores labels)
    Check.near tolerance (Loss.values Loss.squared (scores.sigmoid ()) oneHot) (Loss.values Loss.squaredSigmoid scores oneHot)

// ---- weights and reductions ------------------------------------------------------------------------------------------

/// Values of rows, and weights of which the first is not 0 and others may be.
let private valuesAndWeights (case: Case) =
    let weight i = if i = 0 then 1.5 else float (Random.below 4 (Random.key case.seed) (int64 i)) / 2.0
    case.Normal(0, [ case.rows ]), case.Tensor(Array.init case.rows weight, [ case.rows ])

[<Law>]
let ``the mean is the sum by the total weight, and the sum is the sum of what is not reduced`` (case: Case) =
    let values, weights = valuesAndWeights case
    let ones = weights.zerosLike () + 1.0
    // A sum of n rounded products.
    let tolerance = 4.0 * float (case.rows + 2) * case.Eps * float case.rows * max 1.0 (Check.largest values)
    for s in [ None; Some weights; Some ones ] do
        let explicit = defaultArg s ones
        let sum = Loss.reduce Reduction.Sum s values
        Check.near tolerance ((explicit * values).sum()) sum
        Check.near tolerance (sum / explicit.sum ()) (Loss.reduce Reduction.Mean s values)
        Check.near 0.0 (explicit * values) (Loss.reduce Reduction.None s values)
        let shares = Loss.shares s values
        Check.near (4.0 * float (case.rows + 2) * case.Eps) (shares.zerosLike [] + 1.0) (shares.sum ())
        Check.near tolerance ((shares * values).sum()) (Loss.reduce Reduction.Mean s values)

[<Law>]
let ``class weights are row weights looked up by label`` (case: Case) =
    let like = case.Normal(0, [ case.rows; case.classes ])
    let labels = case.Labels(1, case.rows, case.classes)
    let weights = List.init case.classes (fun c -> 0.5 * float (c + 1))
    let expected = labels.toArray1D<int>() |> Array.map (fun label -> weights[label])
    Check.near 0.0 (case.Tensor(expected, [ case.rows ])) (Loss.classWeights weights like labels)

[<Law>]
let ``a scale of all weights changes no mean`` (case: Case) =
    let values, weights = valuesAndWeights case
    let tolerance = 8.0 * float (case.rows + 2) * case.Eps
    Check.nearRelative
        (tolerance * max 1.0 (Check.largest values))
        (Loss.reduce Reduction.Mean (Some weights) values)
        (Loss.reduce Reduction.Mean (Some(weights * 3.7)) values)

[<Law>]
let ``means and shares are differentiated by the weights of the rows`` (case: Case) =
    let case = Fixture.wide case
    let values = case.Normal(0, [ case.rows ])
    let weights = case.Uniform(3, 0.5, 2.0, [ case.rows ])
    let c = case.Normal(4, [ case.rows ])
    let size = max 1.0 (max (Check.largest values) (Check.largest c))
    let functions: (string * (Tensor -> Tensor)) list =
        [ "mean", (fun s -> Loss.reduce Reduction.Mean (Some s) values)
          "sum", (fun s -> Loss.reduce Reduction.Sum (Some s) values)
          "none", (fun s -> (c * Loss.reduce Reduction.None (Some s) values).sum())
          "shares", (fun s -> (c * Loss.shares (Some s) values).sum()) ]
    let h = 1e-4
    Fixture.each fst functions (fun (_, f) ->
        // Series: h²·|v|/(Σs)³, at most 1e−7 of the largest value; rounding: n·eps·|f|/h, where |f| is below 2n times it squared.
        let rounding = 8.0 * float (case.rows * case.rows) * case.Eps * size * size / h
        Check.near (1e-7 * size + rounding) (Fixture.differences h (f >> float) weights) (dsharp.grad f weights))
    // ∂/∂sᵢ of Σsv/Σs is (vᵢ − mean)/Σs.
    let mean = snd functions.Head
    let expected = (values - mean weights) / weights.sum ()
    Check.near (16.0 * float (case.rows + 4) * case.Eps * size) expected (dsharp.grad mean weights)

// ---- a loss of one's own ---------------------------------------------------------------------------------------------

/// ln cosh r = |r| + ln(1 + e^(−2|r|)) − ln 2, with one value per row as [n] or as [n; 1].
let private logCosh keepDim =
    Loss.define "log-cosh" (fun ŷ y ->
        let r = (ŷ - y).abs()
        (r + (-2.0 * r).softplus() - log 2.0).sum(1, keepDim = keepDim))

[<Law>]
let ``a loss of one's own is differentiated, weighted, reduced and trained with`` (case: Case) =
    let ŷ, y = case.Normal(0, [ case.rows; case.columns ]), case.Normal(1, [ case.rows; case.columns ])
    let loss = logCosh false
    Assert.That(loss.adjoint.IsNone)
    Assert.That(loss.ToString(), Is.EqualTo "log-cosh")
    let values = Loss.values loss ŷ y
    Fixture.sameBits values (Loss.values (logCosh true) ŷ y)
    // d/dr ln cosh r = tanh r
    Check.near (16.0 * case.Eps) ((ŷ - y).tanh()) (Fixture.gradient (sumOfRows loss y) ŷ)
    let model = Model.linear case.columns case.columns
    let objective = { Objective.create model loss with penalty = Penalty.l2 0.1 }
    Assert.That((Objective.closedForm objective).IsNone)
    let parameters = Fixture.parametersOf case model
    let batch = { Batch.create ŷ y with weights = Some(values.zerosLike () + 2.0) }
    let training, pass =
        Train.step (Objective.autodiff objective) (Optimizer.sgd 0.1) (Train.start (Optimizer.sgd 0.1) parameters) batch
    Check.nearRelative (8.0 * float case.rows * case.Eps) ((Loss.values loss pass.scores y).mean()) pass.meanLoss
    List.map3 (fun (p: Tensor) g moved -> Check.near 0.0 (p - 0.1 * g) moved) parameters pass.gradient training.parameters
    |> ignore

// ---- wrong use -------------------------------------------------------------------------------------------------------

let private scores = dsharp.tensor [ [ 0.1; 0.2; 0.3 ]; [ 0.3; 0.2; 0.1 ] ]

let private valuesOf loss (scores: Tensor) (targets: Tensor) () = Loss.values loss scores targets |> ignore

let private labelledLosses = [ Loss.crossEntropy; Loss.crossEntropyOfProbabilities; Loss.squaredSoftmax ]

let private shapedLosses =
    [ Loss.squared
      Loss.mse
      Loss.absolute
      Loss.huber 1.0
      Loss.gaussian 1.0
      Loss.binaryCrossEntropy
      Loss.squaredSigmoid
      Loss.perceptron
      Loss.crossEntropyOfDistributions ]

let private eachOf losses check = Fixture.each (fun (loss: Loss) -> loss.name) losses check

[<Test>]
let ``predictions n by 1 against targets n are refused, never broadcast`` () =
    eachOf (List.filter (fun loss -> loss.name <> Loss.crossEntropyOfDistributions.name) shapedLosses) (fun loss ->
        let message = [ $"loss '{loss.name}': got shape [3; 1] and [3], expected equal shapes"; "Use view or expand" ]
        Check.fails<ShapeException> message (valuesOf loss (dsharp.zeros [ 3; 1 ]) (dsharp.zeros [ 3 ]))
        Check.fails<ShapeException> message (fun () -> adjointOf loss (dsharp.zeros [ 3; 1 ]) (dsharp.zeros [ 3 ]) |> ignore))
    Check.fails<ShapeException>
        [ "loss 'cross-entropy of distributions': got shape [2; 3] and [2], expected equal shapes" ]
        (valuesOf Loss.crossEntropyOfDistributions scores (dsharp.zeros [ 2 ]))

[<Test>]
let ``a label that is no class is named with its row`` () =
    eachOf labelledLosses (fun loss ->
        let message = [ "Label 3 in row 1 is outside 0..2"; "with 3 classes, labels are the numbers 0 to 2" ]
        Check.fails<DataException> message (valuesOf loss scores (dsharp.tensor [ 0; 3 ]))
        Check.fails<DataException> message (fun () -> adjointOf loss scores (dsharp.tensor [ 0; 3 ]) |> ignore)
        Check.fails<DataException> [ "Label -1 in row 0 is outside 0..2" ] (valuesOf loss scores (dsharp.tensor [ -1; 3 ])))
    try
        valuesOf Loss.crossEntropy scores (dsharp.tensor [ 0; 3 ]) ()
        Assert.Fail "nothing was thrown"
    with :? DataException as e ->
        Assert.That(e.Where, Is.EqualTo "row 1")

[<Test>]
let ``labels must be whole numbers, one per row`` () =
    eachOf labelledLosses (fun loss ->
        Check.fails<DtypeException>
            [ "got Float32 labels, expected Int32 labels"; "cast" ]
            (valuesOf loss scores (dsharp.tensor [ 0.0; 2.0 ]))
        Check.fails<ShapeException>
            [ $"loss '{loss.name}': got shape labels [2; 3], expected [2], one label per row"; "not one-hot rows" ]
            (valuesOf loss scores (dsharp.zeros ([ 2; 3 ], dtype = Dtype.Int32)))
        Check.fails<ShapeException>
            [ "labels [3], expected [2], one label per row" ]
            (valuesOf loss scores (dsharp.tensor [ 0; 1; 2 ])))

[<Test>]
let ``no rows are refused`` () =
    eachOf (labelledLosses @ shapedLosses) (fun loss ->
        Check.fails<DataException>
            [ loss.name; ": got no rows, expected at least one." ]
            (valuesOf loss (dsharp.zeros [ 0; 3 ]) (dsharp.zeros [ 0; 3 ])))

[<Test>]
let ``one class is refused where it makes no sense`` () =
    eachOf (Loss.crossEntropyOfDistributions :: labelledLosses) (fun loss ->
        Check.fails<ShapeException>
            [ $"loss '{loss.name}': got shape [2; 1], expected [n; k], a row each and 2 or more classes"
              "for a yes/no target use binary cross-entropy" ]
            (valuesOf loss (dsharp.zeros [ 2; 1 ]) (dsharp.tensor [ 0; 0 ])))

[<Test>]
let ``scores and targets of different types of number are refused`` () =
    eachOf shapedLosses (fun loss ->
        Check.fails<DtypeException>
            [ "Float32"; "Float64"; "expected one type of number" ]
            (valuesOf loss scores (scores.cast Dtype.Float64)))

[<Test>]
let ``weights that are negative, not finite, all zero or too few are refused`` () =
    let values = dsharp.tensor [ 1.0; 2.0; 3.0 ]
    let weighted (weights: float list) () = Loss.reduce Reduction.Mean (Some(dsharp.tensor weights)) values |> ignore
    let shares (weights: float list) () = Loss.shares (Some(dsharp.tensor weights)) values |> ignore
    for f in [ weighted; shares ] do
        Check.fails<DataException>
            [ "Row weight -1 in row 1: expected a finite number, 0 or more. A weight of 0 removes a row." ]
            (f [ 1.0; -1.0; -2.0 ])
        Check.fails<DataException> [ "Row weight NaN in row 2" ] (f [ 1.0; 1.0; nan ])
        Check.fails<DataException> [ "Row weight Infinity in row 0" ] (f [ infinity; 1.0; 1.0 ])
        Check.fails<DataException>
            [ "Row weights: got weights that are all 0, expected at least one above 0."; "these leave none" ]
            (f [ 0.0; 0.0; 0.0 ])
        Check.fails<ShapeException> [ "row weights: got shape [3] and [2], expected equal shapes" ] (f [ 1.0; 1.0 ])
    for reduction in [ Reduction.Sum; Reduction.None ] do
        Check.fails<DataException> [ "Row weight -1 in row 1" ] (fun () ->
            Loss.reduce reduction (Some(dsharp.tensor [ 1.0; -1.0; 1.0 ])) values |> ignore)
        Check.fails<DataException> [ "Row weights: got weights that are all 0" ] (fun () ->
            Loss.reduce reduction (Some(values.zerosLike ())) values |> ignore)
    Check.fails<DataException> [ "Row weights: got weights that are all 0" ] (fun () ->
        Loss.totalWeight (Some(values.zerosLike ())) values |> ignore)
    Check.fails<DtypeException> [ "row weights: got Float32 and Float64" ] (fun () ->
        Loss.totalWeight (Some(dsharp.ones ([ 3 ], dtype = Dtype.Float64))) values |> ignore)
    Check.fails<SettingsException> [ "The number of class weights is 2; expected 3, one per class." ] (fun () ->
        Loss.classWeights [ 1.0; 2.0 ] scores (dsharp.tensor [ 0; 1 ]) |> ignore)
    for bad in [ 0.0; -1.0; nan; infinity ] do
        Check.fails<SettingsException> [ $"A class weight is {bad}; expected a finite number above 0." ] (fun () ->
            Loss.classWeights [ 1.0; bad; 2.0 ] scores (dsharp.tensor [ 0; 2 ]) |> ignore)

[<Test>]
let ``a loss that is not one value per row is refused`` () =
    let targets = dsharp.zeros [ 2; 3 ]
    let message got = [ $"loss 'mine': got shape {got}, expected [2], one value per row"; "not over the rows" ]
    let mine rows = Loss.define "mine" (fun ŷ (y: Tensor) -> rows (ŷ - y))
    Check.fails<ShapeException> (message "[]") (valuesOf (mine _.sum()) scores targets)
    Check.fails<ShapeException> (message "[2; 3]") (valuesOf (mine id) scores targets)
    Check.fails<ShapeException> (message "[3]") (valuesOf (mine _.sum(0)) scores targets)
    Check.fails<ShapeException> (message "[1; 2]") (valuesOf (mine (fun r -> r.sum(1).view [ 1; 2 ])) scores targets)

[<Test>]
let ``a loss of one's own never sees targets of other rows broadcast`` () =
    let mine = Loss.define "mine" (fun ŷ y -> (ŷ - y).abs().sum(1))
    let flat = Loss.define "flat" (fun ŷ y -> (ŷ - y).abs())
    let refused loss (scores: int list) (targets: int list) =
        Check.fails<ShapeException>
            [ $"batch: got shape inputs {Print.shape scores} with targets {Print.shape targets}, expected as many rows of each." ]
            (valuesOf loss (dsharp.ones scores) (dsharp.ones targets))
    refused mine [ 3; 2 ] [ 1; 2 ]
    refused mine [ 3; 2 ] [ 1; 1 ]
    refused mine [ 3; 2 ] [ 2 ]
    refused mine [ 3; 2 ] []
    refused flat [ 3 ] [ 1 ]
    refused flat [ 3 ] []
    // Within a row it may be as its author likes.
    Check.near 0.0 (dsharp.zeros [ 3 ]) (Loss.values mine (dsharp.ones [ 3; 2 ]) (dsharp.ones [ 3; 1 ]))
    let objective = Objective.create (Model.linear 2 2) mine
    let record = { x = dsharp.ones [ 3; 2 ]; y = dsharp.ones [ 1; 2 ]; weights = None }
    Check.fails<ShapeException> [ "as many rows of each" ] (fun () ->
        Objective.value objective (Model.init 0 objective.model) record |> ignore)

[<Test>]
let ``targets of yes/no losses are those the loss is made for`` () =
    for dtype in [ Dtype.Float32; Dtype.Float64 ] do
        let tensor (values: float list) (shape: int list) = dsharp.tensor(values, dtype = dtype).view shape
        let check (loss: Loss) good bad expected =
            let fails value =
                for shape, row in [ [ 4 ], 2; [ 4; 1 ], 2; [ 2; 2 ], 1 ] do
                    let scores, targets = tensor [ 1.0; 2.0; 3.0; 4.0 ] shape, tensor [ good; good; value; good ] shape
                    let words =
                        [ $"loss '{loss.name}': got {value:R} in row {row}, expected {expected}. Recode the values, or choose another loss." ]
                    Check.fails<DataException> words (valuesOf loss scores targets)
                    Check.fails<DataException> words (fun () -> adjointOf loss scores targets |> ignore)
            List.iter fails bad
        check Loss.perceptron 1.0 [ 0.0; 0.5; 2.0; nan; infinity ] "-1 or 1"
        check Loss.perceptron -1.0 [ 0.0; -0.5; -2.0; nan; -infinity ] "-1 or 1"
        check Loss.binaryCrossEntropy 1.0 [ -1.0; -0.5; 1.5; nan; infinity ] "a number from 0 to 1"
        check Loss.binaryCrossEntropy 0.0 [ -1.0; 2.0; nan; -infinity ] "a number from 0 to 1"
    // What lies between yes and no is a probability.
    valuesOf Loss.binaryCrossEntropy (dsharp.tensor [ 1.0; 1.0; 1.0 ]) (dsharp.tensor [ 0.0; 0.5; 1.0 ]) ()

[<Test>]
let ``settings of losses that cannot be are refused`` () =
    for bad in [ 0.0; -1.0; nan; infinity ] do
        Check.fails<SettingsException> [ "Huber's δ is "; "expected a finite number above 0." ] (fun () ->
            Loss.huber bad |> ignore)
        Check.fails<SettingsException> [ "The Gaussian's σ is "; "expected a finite number above 0." ] (fun () ->
            Loss.gaussian bad |> ignore)

[<Test>]
let ``a loss prints its name`` () =
    Assert.That(
        Fixture.losses |> List.map (fun example -> $"%A{example.loss}"),
        Is.EqualTo(
            box
                [ "squared"
                  "mse"
                  "absolute"
                  "huber(0.7)"
                  "gaussian(0.7)"
                  "cross-entropy"
                  "cross-entropy of distributions"
                  "cross-entropy of probabilities"
                  "squared on softmax"
                  "binary cross-entropy"
                  "squared on sigmoid"
                  "perceptron" ]
        )
    )
