module LinearNets.Tests.ObjectiveLaws

open LinearNets
open NUnit.Framework
open LinearNets.FSharp

// ---- models, with data that fit them ---------------------------------------------------------------------------------

let private penalties = [ Penalty.none; Penalty.l2 0.3; Penalty.l1 0.2; Penalty.elasticNet 0.5 0.4 ]

/// Row weights, the first of which is not 0.
let private weightsOf (case: Case) =
    let weight i = if i = 0 then 1.5 else float (Random.below 4 (Random.key case.seed) (int64 i)) / 2.0
    case.Tensor(Array.init case.rows weight, [ case.rows ])

/// Objectives with a batch each: models × losses, the penalty, the row weights and the class weights by the case's seed.
let private problems (case: Case) =
    let d, q, n = case.columns, case.classes, case.rows
    let penalty = penalties[case.seed % 4]
    let weights = if case.seed % 3 = 0 then None else Some(weightsOf case)
    let k = max 2 q
    let problem (case: Case) model inputs loss y =
        let labelled = (y: Tensor).dtype = Dtype.Int32
        let objective =
            { model = model
              loss = loss
              penalty = penalty
              classWeights = if labelled && case.seed % 5 < 3 then List.init k (fun c -> 0.5 * float (c + 1)) else [] }
        objective, { x = case.Normal(0, inputs); y = y; weights = weights }
    let targets outputs = case.Normal(1, [ n; outputs ])
    let labels = case.Labels(2, n, k)
    let bits outputs = case.Labels(3, n * outputs, 2).cast(case.dtype).view [ n; outputs ]
    let mild = Fixture.mild case
    let linear outputs = Model.linear d outputs
    let flat outputs = Model.compose [ Model.flatten; Model.linear (2 * d) outputs ]
    let deep outputs = Model.compose [ Model.linear d 3; Model.linear 3 outputs ]
    [ problem case (linear 1) [ n; d ] Loss.squared (targets 1)
      for model, inputs in [ linear, [ n; d ]; flat, [ n; 2; d ]; deep, [ n; d ] ] do
          problem case (model q) inputs Loss.squared (targets q)
          problem case (model q) inputs Loss.mse (targets q)
          problem case (model q) inputs Loss.absolute (targets q)
          problem case (model q) inputs (Loss.huber 0.7) (targets q)
          problem case (model q) inputs (Loss.gaussian 0.7) (targets q)
          problem case (model q) inputs Loss.binaryCrossEntropy (bits q)
          problem case (model q) inputs Loss.squaredSigmoid (bits q)
          problem case (model q) inputs Loss.perceptron (2.0 * bits q - 1.0)
          problem case (model k) inputs Loss.crossEntropy labels
          problem case (model k) inputs Loss.squaredSoftmax labels
          problem case (model k) inputs Loss.crossEntropyOfDistributions (case.Distributions(4, n, k))
      // Scales and links within the model.
      problem case (Model.compose [ Model.scale -0.3; linear k ]) [ n; d ] Loss.crossEntropy labels
      problem case (Model.compose [ linear q; Model.sigmoid ]) [ n; d ] Loss.squared (bits q)
      problem case (Model.compose [ linear k; Model.softmax ]) [ n; d ] Loss.squared (case.Distributions(4, n, k))
      problem mild (Model.compose [ linear k; Model.softmax ]) [ n; d ] Loss.crossEntropyOfProbabilities labels ]

let private parametersOf (case: Case) (objective: Objective) = Fixture.parametersOf case objective.model

let private describe (objective: Objective, _: Batch) = $"{objective.model.name} / {objective.loss} / {objective.penalty}"

let private eachProblem case check = Fixture.each describe (problems case) (fun (objective, batch) -> check objective batch)

/// What sums of a gradient are made of: inputs, weights of later layers, and the derivative of each row.
let private magnitude (objective: Objective) (parameters: Tensor list) batch (pass: Pass) =
    let largest = max 1.0 << Check.largest
    let weights = parameters |> List.map largest |> List.reduce (*)
    largest batch.x * weights * largest (objective.loss.adjoint.Value pass.scores batch.y)

// ---- closed form = autodiff ------------------------------------------------------------------------------------------

[<Law>]
let ``the gradient in closed form is the one by autodiff`` (case: Case) =
    eachProblem case (fun objective batch ->
        let parameters = parametersOf case objective
        let expected = Objective.autodiff objective parameters batch
        let actual = (Objective.closedForm objective).Value parameters batch
        Fixture.sameBits expected.scores actual.scores
        Fixture.sameBits expected.meanLoss actual.meanLoss
        // The two differ by a few roundings in each row's share of the derivative. The shares have the sum 1, so a sum over
        // rows passes on that many units of what it is made of, and each layer adds the sums over its k outputs.
        let terms = float (case.rows + case.classes + 8)
        let tolerance = 16.0 * terms * case.Eps * magnitude objective parameters batch actual
        List.iter2 (Check.near tolerance) expected.gradient actual.gradient)

[<Law>]
let ``the gradient in closed form is the central difference quotient`` (case: Case) =
    let case = Fixture.mild (Fixture.wide case)
    let h = 1e-5
    let smooth (objective: Objective, _) = not (List.contains objective.loss.name [ "absolute"; "perceptron" ])
    // A fifth of the problems each time: this law evaluates each of them twice per parameter.
    let some = problems case |> List.filter smooth |> List.indexed |> List.filter (fun (i, _) -> i % 5 = case.seed % 5)
    Fixture.each describe (List.map snd some) (fun (objective, batch) ->
        // The penalty |w| has a kink at 0: weights keep a distance of 0.05 from it.
        let parameters = parametersOf case objective |> List.map (fun p -> p + 0.05 * (p + 1e-9).sign())
        let value v = float (Objective.value objective (Fixture.unflat objective.model v) batch)
        let pass = (Objective.closedForm objective).Value parameters batch
        let v = Fixture.flat parameters
        let expected = Fixture.differences h value v
        // Series, h²/6·|f‴|, and rounding, eps·|f|/h, reach 3e−10 of the gradient in ten thousand problems. Huber's second
        // derivative jumps, which costs h/4 of the square of what a parameter is multiplied by.
        let jump =
            if objective.loss.name.StartsWith "huber" then
                h / 4.0 * magnitude objective parameters batch pass ** 2.0
            else
                0.0
        let tolerance = 3e-9 * (1.0 + Check.largest expected) + jump
        Check.near tolerance expected (Fixture.flat pass.gradient))

[<Law>]
let ``the mean loss of a pass is that of its scores, without the penalty`` (case: Case) =
    eachProblem case (fun objective batch ->
        let parameters = parametersOf case objective
        let pass = Objective.autodiff objective parameters batch
        let expected = Objective.value { objective with penalty = Penalty.none } parameters batch
        Fixture.sameBits expected pass.meanLoss
        Fixture.sameBits (objective.model.apply parameters batch.x) pass.scores)

// ---- penalties -------------------------------------------------------------------------------------------------------

[<Law>]
let ``a penalty adds its own gradient to weights and nothing to biases`` (case: Case) =
    for penalty in penalties do
        eachProblem case (fun objective batch ->
            let parameters = parametersOf case objective
            let plain = { objective with penalty = Penalty.none }
            let penalised = { objective with penalty = penalty }
            for gradient in [ Objective.autodiff; fun o -> (Objective.closedForm o).Value ] do
                let before, after = gradient plain parameters batch, gradient penalised parameters batch
                List.zip3 objective.model.parameters parameters (List.zip before.gradient after.gradient)
                |> List.iter (fun (p, w, (before, after)) ->
                    if p.name.EndsWith "weight" then
                        let added = Penalty.gradient penalty w
                        // One rounding of the sum.
                        Check.near (4.0 * case.Eps * (Check.largest before + Check.largest added)) added (after - before)
                    else
                        Check.near 0.0 before after))

[<Law>]
let ``the value of an objective is the mean loss and the penalty of the weights`` (case: Case) =
    eachProblem case (fun objective batch ->
        let parameters = parametersOf case objective
        let expected =
            List.zip objective.model.parameters parameters
            |> List.filter (fun (p, _) -> p.name.EndsWith "weight")
            |> List.sumBy (fun (_, w) ->
                Check.values w |> Array.sumBy (fun w -> objective.penalty.l1 * abs w + objective.penalty.l2 / 2.0 * w * w))
        let plain = Objective.value { objective with penalty = Penalty.none } parameters batch
        let terms = float (parameters |> List.sumBy _.nelement) + 4.0
        Check.nearRelative (4.0 * terms * case.Eps) (plain + expected) (Objective.value objective parameters batch))

[<Law>]
let ``the gradient of a penalty is its derivative`` (case: Case) =
    let w = case.Normal(0, [ case.rows; case.columns ])
    for penalty in penalties do
        // Two products and a sum.
        Check.nearRelative (4.0 * case.Eps) (Fixture.gradient (Penalty.value penalty) w) (Penalty.gradient penalty w)
    Check.near 0.0 (w.zerosLike ()) (Penalty.gradient (Penalty.l1 1.0) (w.zerosLike ()))

[<Test>]
let ``penalties have the book's formula and print it`` () =
    let w = dsharp.tensor ([ [ 3.0; -4.0 ] ], dtype = Dtype.Float64)
    // λ = 2, ρ = ¼:  2·(¼·7 + ¾/2·25) = 3.5 + 18.75
    Check.nearNumber 1e-14 22.25 (float (Penalty.value (Penalty.elasticNet 2.0 0.25) w))
    Check.nearNumber 1e-14 25.0 (float (Penalty.value (Penalty.l2 2.0) w))
    Check.nearNumber 1e-14 14.0 (float (Penalty.value (Penalty.l1 2.0) w))
    Assert.That($"{Penalty.elasticNet 2.0 0.25}", Is.EqualTo "0.5·‖W‖₁ + 1.5/2·‖W‖²")
    Assert.That(sprintf "%A" (Penalty.l2 1.0), Is.EqualTo "0·‖W‖₁ + 1/2·‖W‖²")

[<Test>]
let ``penalties out of range are refused`` () =
    for bad in [ -0.1; nan; infinity ] do
        Check.fails<SettingsException> [ "The penalty's λ is "; "expected a finite number, 0 or more." ] (fun () ->
            Penalty.l2 bad |> ignore)
    for bad in [ -0.1; 1.1; nan ] do
        Check.fails<SettingsException>
            [ "The elastic net's ratio ρ is "; "expected a number from 0 (all L2) to 1 (all L1)." ]
            (fun () -> Penalty.elasticNet 1.0 bad |> ignore)

// ---- rows and weights ------------------------------------------------------------------------------------------------

/// Values and gradients of two batches are near each other. Sums over up to 2n rows in another order: 2n units of what
/// they are made of.
let private sameObjective (case: Case) (objectiveA, batchA) (objectiveB, batchB) =
    let parameters = parametersOf case objectiveA
    let terms = float (2 * case.rows + case.classes + 8)
    for gradient in [ Objective.autodiff; fun o -> (Objective.closedForm o).Value ] do
        let a, b = gradient objectiveA parameters batchA, gradient objectiveB parameters batchB
        let largest = Check.largest (Loss.values objectiveA.loss a.scores batchA.y)
        Check.near (16.0 * terms * case.Eps * max 1.0 largest) a.meanLoss b.meanLoss
        let tolerance = 16.0 * terms * case.Eps * magnitude objectiveA parameters batchA a
        List.iter2 (Check.near tolerance) a.gradient b.gradient

[<Law>]
let ``rows in another order give the same objective`` (case: Case) =
    let order = Random.permutation case.rows (Random.key case.seed)
    eachProblem case (fun objective batch -> sameObjective case (objective, batch) (objective, Batch.rows order batch))

[<Law>]
let ``a weight of 0 is a row removed`` (case: Case) =
    let case = { case with rows = case.rows + 1 }
    let kept =
        [| for i in 0 .. case.rows - 1 do
               if i = 0 || i % 2 = case.seed % 2 then i |]
    let weight i = if Array.contains i kept then 1.0 else 0.0
    let weights = case.Tensor(Array.init case.rows weight, [ case.rows ])
    eachProblem case (fun objective batch ->
        let batch = { batch with weights = None }
        // What an absent row's data are does not matter.
        sameObjective case (objective, { batch with weights = Some weights }) (objective, Batch.rows kept batch))

[<Law>]
let ``a weight of 2 is a row twice`` (case: Case) =
    let twice i = i % 2 = case.seed % 2
    let weights = case.Tensor(Array.init case.rows (fun i -> if twice i then 2.0 else 1.0), [ case.rows ])
    let repeated =
        [| for i in 0 .. case.rows - 1 do
               for _ in 0 .. (if twice i then 1 else 0) -> i |]
    eachProblem case (fun objective batch ->
        let batch = { batch with weights = None }
        sameObjective case (objective, { batch with weights = Some weights }) (objective, Batch.rows repeated batch))

[<Law>]
let ``class weights are row weights of the labels, times those there are`` (case: Case) =
    eachProblem case (fun objective batch ->
        if not objective.classWeights.IsEmpty then
            let looked = batch.y.toArray1D<int>() |> Array.map (fun label -> objective.classWeights[label])
            let byRow = case.Tensor(looked, [ case.rows ])
            let weights =
                match batch.weights with
                | Some own -> own * byRow
                | None -> byRow
            sameObjective case (objective, batch) ({ objective with classWeights = [] }, { batch with weights = Some weights }))

[<Test>]
[<DiffSharpDiffers("Float32 sums add one by one: 70 times 1/70 is off by 9.5E-7, or 8 roundings",
                   "value 0: expected -0.5, got -0.50000095")>]
let ``biases have the sum of the rows' derivatives for their gradient, whatever the number of rows`` () =
    // Sums are made of halves and blocks: these sizes end on all sides of them.
    let batch n = Batch.create (dsharp.ones [ n; 2 ]) (dsharp.zeros ([ n ], dtype = Dtype.Int32))
    for outputs in [ 2; 10; 17 ] do
        let model = Model.linear 2 outputs
        let objective = Objective.create model Loss.crossEntropy
        let zeros = Model.initWith (fun p -> dsharp.zeros p.shape) model
        // Every row is of class 0, and every class has probability 1/q: the mean of the same n rows.
        let expected = dsharp.zeros [ outputs ] + 1.0 / float outputs - (dsharp.zeros []).onehotLike(outputs, 0)
        for n in [ 1..70 ] @ [ 127..130 ] @ [ 255..258 ] do
            for gradient in [ Objective.autodiff objective; (Objective.closedForm objective).Value ] do
                // n shares of 1/n, each rounded.
                Check.near (4.0 * 1.2e-7) expected (gradient zeros (batch n)).gradient[1]

// ---- least squares ---------------------------------------------------------------------------------------------------

/// Float64 data with many more rows than columns; standard normal inputs, so that a column of ones goes with them with a
/// condition number below 10.
let private tall (case: Case) =
    let case = { case with dtype = Dtype.Float64; scale = 1.0; rows = 3 * case.columns + 30 }
    case, case.Normal(0, [ case.rows; case.columns ]), case.Normal(1, [ case.rows; case.classes ])

let private withOnes (x: Tensor) = dsharp.cat ([ x; x.zerosLike [ x.shape[0]; 1 ] + 1.0 ], 1)

[<Law>]
let ``the Hessian of the least-squares objective is XtX/n`` (case: Case) =
    let case = Fixture.wide case
    let x, y = case.Normal(0, [ case.rows; case.columns ]), case.Normal(1, [ case.rows; 1 ])
    let objective = Objective.create (Model.linear case.columns 1) Loss.squared
    let value v = Objective.value objective (Fixture.unflat objective.model v) (Batch.create x y)
    let v = Fixture.flat (parametersOf case objective)
    let x = withOnes x
    Check.nearRelative
        (8.0 * float (case.rows + 4) * case.Eps)
        (x.transpose().matmul x / float case.rows)
        (dsharp.hessian value v)

[<Law>]
let ``the residual of the normal equations is orthogonal to every column`` (case: Case) =
    let case = Fixture.wide { case with rows = case.rows + 2 * case.columns + 5 }
    let x, y = case.Normal(0, [ case.rows; case.columns ]), case.Normal(1, [ case.rows; case.classes ])
    let parameters = LeastSquares.normalEquations x y
    let residual = y - (Model.linear case.columns case.classes).apply parameters x
    let x = withOnes x
    // Elimination with pivoting is backward stable: what is left of the equations is a few dozen units of their sides.
    let sides = Check.largest (x.transpose().matmul x) * (1.0 + (parameters |> List.map Check.largest |> List.max))
    let tolerance =
        64.0
        * float (case.columns + 1)
        * float case.rows
        * case.Eps
        * (sides + Check.largest (x.transpose().matmul y))
    Check.near tolerance (x.zerosLike [ case.columns + 1; case.classes ]) (x.transpose().matmul residual)

[<Law>]
let ``the normal equations find the coefficients that made exact data`` (case: Case) =
    let case, x, _ = tall case
    let model = Model.linear case.columns case.classes
    let expected = Fixture.parametersOf case model
    let found = LeastSquares.normalEquations x (model.apply expected x)
    // The equations have the square of the condition number of X: below 100, and the same again for their rounding.
    List.iter2 (Check.near (1e5 * case.Eps)) expected found
    // At the minimum the objective's gradient is 0.
    let pass = Objective.autodiff (Objective.create model Loss.squared) found (Batch.create x (model.apply expected x))
    List.iter (fun (g: Tensor) -> Check.near (1e5 * case.Eps) (g.zerosLike ()) g) pass.gradient

[<Law>]
let ``a column scaled by c has its coefficient scaled by 1/c`` (case: Case) =
    let case, x, y = tall case
    for c in [ 0.25; 7.0 ] do
        let scales = x.onehotLike (case.columns, case.seed % case.columns) * (c - 1.0) + 1.0
        match LeastSquares.normalEquations x y, LeastSquares.normalEquations (x * scales) y with
        | [ w; b ], [ scaled; scaledB ] ->
            // Condition numbers up to 70, squared.
            Check.near (1e6 * case.Eps) (w / scales.view [ case.columns; 1 ]) scaled
            Check.near (1e6 * case.Eps) b scaledB
        | _ -> Assert.Fail "two parameters"

[<Law>]
let ``the normal equations are where full-batch descent arrives`` (case: Case) =
    let case, x, y = tall { case with columns = 1 + case.columns % 3; classes = 1 + case.classes % 2 }
    let model = Model.linear case.columns case.classes
    let gradient = (Objective.closedForm (Objective.create model Loss.squared)).Value
    let optimizer = Optimizer.sgd (1.0 / (float case.columns + 1.5))
    let batch = Batch.create x y
    let start = Train.start optimizer (Model.initAs Dtype.Float64 1 model)
    let finish = Seq.fold (fun training _ -> fst (Train.step gradient optimizer training batch)) start [ 1..200 ]
    // The eigenvalues of XᵀX/n lie near 1; even one of 0.25 leaves (1 − 0.25/4.5)²⁰⁰ = 1e−5 of the way.
    // Most cases are below 1e−8; one in thousands leaves 1.5e−6.
    List.iter2 (Check.near 2e-5) (LeastSquares.normalEquations x y) finish.parameters

[<Law>]
let ``a column scaled by a power of two has exactly the inverse for its coefficient`` (case: Case) =
    let _, x, y = tall case
    for dtype in [ Dtype.Float32; Dtype.Float64 ] do
        let x, y = x.cast dtype, y.cast dtype
        for power in [ -20.0; -3.0; 1.0; 20.0 ] do
            let c = 2.0 ** power
            let scales = x.onehotLike (case.columns, case.seed % case.columns) * (c - 1.0) + 1.0
            match LeastSquares.normalEquations x y, LeastSquares.normalEquations (x * scales) y with
            | [ w; b ], [ scaled; scaledB ] ->
                // Columns of length 1 are what is solved with, and a power of two has left no trace in them.
                Fixture.sameBits (w / scales.view [ case.columns; 1 ]) scaled
                Fixture.sameBits b scaledB
            | _ -> Assert.Fail "two parameters"

[<Law>]
let ``columns far from 0 are no combinations of each other, and their coefficients are found`` (case: Case) =
    let case, x, _ = tall case
    let x = x + 1e5
    let model = Model.linear case.columns case.classes
    let expected = Fixture.parametersOf case model
    let y = model.apply expected x
    let found = LeastSquares.normalEquations x y
    // Beside the column of ones such columns have the condition number d·1e5; the equations have its square.
    let tolerance = 1e10 * float (case.columns * case.columns) * case.Eps
    Check.near (20.0 * tolerance) expected[0] found[0]
    Check.near (20.0 * 1e5 * tolerance) expected[1] found[1]
    // What is lost along one direction is not seen in what is predicted.
    Check.near (40.0 * tolerance) y (model.apply found x)

/// Whole numbers from −3 to 3 in many more rows than columns, and a column among them.
let private wholeDesign (case: Case) =
    let d, n = case.columns + 1, 4 * case.columns + 40
    let entry i j = float (Random.below 7 (Random.split (Random.key case.seed) j) (int64 i)) - 3.0
    let place = 1 + Random.below (d - 1) (Random.key case.seed) 1_000_000L
    d, n, Array2D.init n d entry, place

[<Law>]
[<DiffSharpDiffers("solve gives [-∞; ∞] for [1 2; 2 4] and numbers for what is singular to rounding, and says nothing",
                   "expected DataException, but nothing was thrown")>]
let ``a combination of whole-number columns is found and named in both types of number`` (case: Case) =
    let d, n, values, place = wholeDesign case
    let coefficient j = float (Random.below 3 (Random.key case.seed) (int64 j)) - 1.0
    // Never nothing: the first column always takes part.
    let combination i = values[i, 0] + Seq.sum (Seq.init (place - 1) (fun j -> coefficient (j + 1) * values[i, j + 1]))
    let y (dtype: Dtype) = dsharp.zeros ([ n ], dtype = dtype)
    for dtype in [ Dtype.Float32; Dtype.Float64 ] do
        let solve column () =
            let design = Array2D.init n d (fun i j -> if j = place then column i else values[i, j])
            LeastSquares.normalEquations (dsharp.tensor (design, dtype = dtype)) (y dtype) |> ignore
        // As it comes it is no combination.
        solve (fun i -> values[i, place]) ()
        solve (fun i -> combination i + (if i = n / 2 then 1.0 else 0.0)) ()
        Check.fails<DataException>
            [ $"least squares: column {place} is a combination of the columns before it. Remove the column, or add a penalty." ]
            (solve combination)
        Check.fails<DataException>
            [ $"least squares: column {place} is a combination of the columns before it." ]
            (solve (fun _ -> 0.0))
        // With the intercept in it, it is the column of ones that is one too many.
        for intercept in [ 1.0; -2.0; 5.0 ] do
            Check.fails<DataException>
                [ "least squares: the column of ones for the bias is a combination" ]
                (solve (fun i -> combination i + intercept))
        Check.fails<DataException> [ "the column of ones for the bias"; "one is constant" ] (solve (fun _ -> 7.0))

[<Law>]
let ``rows in another order give the same least squares`` (case: Case) =
    let case, x, y = tall case
    let order = Random.permutation case.rows (Random.key case.seed)
    let shuffled = LeastSquares.normalEquations (Fixture.rows order x) (Fixture.rows order y)
    List.iter2 (Check.near (1e5 * case.Eps)) (LeastSquares.normalEquations x y) shuffled

[<Test>]
let ``least squares take targets as a vector too`` () =
    let x = dsharp.tensor ([ [ 0.0 ]; [ 1.0 ]; [ 2.0 ] ], dtype = Dtype.Float64)
    match LeastSquares.normalEquations x (dsharp.tensor ([ 1.0; 3.0; 5.0 ], dtype = Dtype.Float64)) with
    | [ w; b ] ->
        // y = 2x + 1
        Check.near 1e-12 (dsharp.tensor ([ [ 2.0 ] ], dtype = Dtype.Float64)) w
        Check.near 1e-12 (dsharp.tensor ([ 1.0 ], dtype = Dtype.Float64)) b
    | _ -> Assert.Fail "two parameters"

[<Test>]
[<DiffSharpDiffers("solve gives [-∞; ∞] for [1 2; 2 4] and numbers for what is singular to rounding, and says nothing",
                   "expected DataException, but nothing was thrown")>]
let ``a column that is a combination of others is named`` () =
    let column i = if i = 2 then (fun r -> 2.0 * float (r * r)) else (fun r -> float (pown r (i + 1)))
    let x = dsharp.tensor (Array2D.init 6 4 (fun r c -> column c r), dtype = Dtype.Float64)
    let y = dsharp.zeros ([ 6; 1 ], dtype = Dtype.Float64)
    // Column 2 is twice column 1.
    Check.fails<DataException> [ "column 2 is a combination of the columns before it"; "Remove the column" ] (fun () ->
        LeastSquares.normalEquations x y |> ignore)
    // A constant column of the user's makes the appended column of ones the dependent one.
    let constant = dsharp.tensor ([ [ 1.0; 3.0 ]; [ 2.0; 3.0 ]; [ 4.0; 3.0 ] ], dtype = Dtype.Float64)
    Check.fails<DataException> [ "column of ones for the bias"; "one is constant" ] (fun () ->
        LeastSquares.normalEquations constant (dsharp.zeros ([ 3 ], dtype = Dtype.Float64)) |> ignore)

[<Test>]
let ``least squares refuse data that do not fit`` () =
    let solve (x: int list) (y: int list) () = LeastSquares.normalEquations (dsharp.zeros x) (dsharp.zeros y) |> ignore
    Check.fails<ShapeException>
        [ "least squares: got shape [3; 2] and [4; 1], expected [n; d] and [n] or [n; q]"; "have a row each" ]
        (solve [ 3; 2 ] [ 4; 1 ])
    Check.fails<ShapeException> [ "least squares: got shape [3] and [3]" ] (solve [ 3 ] [ 3 ])
    Check.fails<DtypeException> [ "least squares: got Float32 and Int32"; "use cast" ] (fun () ->
        LeastSquares.normalEquations (dsharp.ones [ 3; 1 ]) (dsharp.tensor [ 1; 2; 3 ]) |> ignore)
    Check.fails<DataException> [ "least squares: got no rows" ] (solve [ 0; 2 ] [ 0; 1 ])
    for rows, columns in [ 1, 1; 2, 2; 1, 5; 5, 5 ] do
        Check.fails<DataException>
            [ $"least squares: {rows} rows cannot determine {columns + 1} coefficients, the bias among them; expected at least {columns + 1} rows." ]
            (solve [ rows; columns ] [ rows ])

[<Test>]
let ``as many rows as coefficients are enough`` () =
    for dtype in [ Dtype.Float32; Dtype.Float64 ] do
        let tensor (values: float list list) = dsharp.tensor (values, dtype = dtype)
        match LeastSquares.normalEquations (tensor [ [ 1.0 ]; [ 3.0 ] ]) (tensor [ [ 2.0 ]; [ 8.0 ] ]) with
        | [ w; b ] ->
            // y = 3x − 1, through both points
            Assert.That((w.dtype, b.dtype), Is.EqualTo((dtype, dtype)))
            Check.near 1e-6 (tensor [ [ 3.0 ] ]) w
            Check.near 1e-6 (dsharp.tensor ([ -1.0 ], dtype = dtype)) b
        | _ -> Assert.Fail "two parameters"

[<Test>]
[<DiffSharpDiffers("solve gives NaN and ∞ for a matrix with a column of zeros, and says nothing",
                   "expected DataException, but nothing was thrown")>]
let ``a column of zeros is named`` () =
    for dtype in [ Dtype.Float32; Dtype.Float64 ] do
        let tensor (values: float list list) = dsharp.tensor (values, dtype = dtype)
        let zeros = tensor [ [ 1.0; 0.0; 2.0 ]; [ 2.0; 0.0; 1.0 ]; [ 4.0; 0.0; 0.0 ]; [ 0.0; 0.0; 5.0 ] ]
        Check.fails<DataException> [ "least squares: column 1 is a combination of the columns before it." ] (fun () ->
            LeastSquares.normalEquations zeros (dsharp.zeros ([ 4 ], dtype = dtype)) |> ignore)
        Check.fails<DataException> [ "least squares: column 0 is a combination" ] (fun () ->
            LeastSquares.normalEquations (tensor [ [ 0.0 ]; [ 0.0 ] ]) (dsharp.zeros ([ 2 ], dtype = dtype)) |> ignore)

// ---- models ----------------------------------------------------------------------------------------------------------

let private fashion = Model.compose [ Model.flatten; Model.linear 784 10 ]

[<Test>]
let ``the chapter's softmax regression has 7850 parameters, by name`` () =
    Assert.That(Model.parameterCount fashion, Is.EqualTo 7850)
    Assert.That(fashion.parameters |> List.map _.name, Is.EqualTo(box [ "1.weight"; "1.bias" ]))
    Assert.That($"{fashion}", Is.EqualTo "flatten, linear 784 → 10 (7850 parameters: 1.weight [784; 10], 1.bias [10])")
    Assert.That(sprintf "%A" fashion, Is.EqualTo $"{fashion}")
    Assert.That($"{Model.flatten}", Is.EqualTo "flatten (no parameters)")
    let parameters = Model.init 0 fashion
    Assert.That(Model.named fashion parameters |> List.map fst, Is.EqualTo(box [ "1.weight"; "1.bias" ]))
    Fixture.sameBits parameters[1] (Model.parameter "1.bias" fashion parameters)
    Check.fails<SettingsException>
        [ "Model 'flatten, linear 784 → 10' has no parameter 'bias'; it has 1.weight, 1.bias." ]
        (fun () -> Model.parameter "bias" fashion parameters |> ignore)
    let layer, own = Model.layer 1 fashion parameters
    Assert.That(layer.name, Is.EqualTo "linear 784 → 10")
    Fixture.sameBitsEach parameters own
    Assert.That(snd (Model.layer 0 fashion parameters), Is.Empty)
    Check.fails<SettingsException> [ "The index of a layer is 2; expected 0 to 1." ] (fun () ->
        Model.layer 2 fashion parameters |> ignore)

[<Test>]
let ``weights begin as N(0, 0.01²) and biases at 0`` () =
    match Model.init 42 fashion with
    | [ w; b ] ->
        let w, n = Check.values w, 7840.0
        let mean = Array.average w
        let deviation = sqrt (Array.averageBy (fun v -> (v - mean) ** 2.0) w)
        // Five standard errors: σ/√n of the mean, σ/√(2n) of the deviation.
        Check.nearNumber (5.0 * 0.01 / sqrt n) 0.0 mean
        Check.nearNumber (5.0 * 0.01 / sqrt (2.0 * n)) 0.01 deviation
        // A normal variable is beyond 1.96σ in a twentieth of cases.
        let beyond = w |> Array.filter (fun v -> abs v > 0.0196) |> Array.length
        Check.nearNumber (5.0 * sqrt (0.05 * 0.95 / n)) 0.05 (float beyond / n)
        Check.near 0.0 (dsharp.zeros [ 10 ]) b
    | _ -> Assert.Fail "two parameters"

[<Law>]
let ``a seed gives the same bits again, and another seed others`` (case: Case) =
    let model = Model.compose [ Model.linear case.columns 3; Model.linear 3 3 ]
    let first = Model.initAs case.dtype case.seed model
    Fixture.sameBitsEach first (Model.initAs case.dtype case.seed model)
    List.iter2
        (fun (p: Parameter) (value: Tensor) ->
            Assert.That(List.ofArray value.shape, Is.EqualTo(box p.shape))
            Assert.That(value.dtype, Is.EqualTo case.dtype))
        model.parameters
        first
    let weights (parameters: Tensor list) = Check.values parameters[0]
    Assert.That(weights (Model.initAs case.dtype (case.seed + 1) model), Is.Not.EqualTo(box (weights first)))
    // Each parameter draws from a sequence of its own.
    Assert.That(Array.head (Check.values first[2]), Is.Not.EqualTo(Array.head (weights first)))

[<Test>]
let ``parameters of one's own making must have their shapes`` () =
    let model = Model.linear 2 3
    let ones = Model.initWith (fun p -> dsharp.ones p.shape) model
    Fixture.sameBitsEach [ dsharp.ones [ 2; 3 ]; dsharp.ones [ 3 ] ] ones
    Check.fails<ShapeException>
        [ "parameter 'weight': got shape [3; 2], expected [2; 3]. Return a tensor of the parameter's shape." ]
        (fun () -> Model.initWith (fun p -> dsharp.ones (List.rev p.shape)) model |> ignore)

[<Law>]
let ``composition is associative, and a layer of it is the layer`` (case: Case) =
    let a, b, c = Model.linear case.columns 3, Model.linear 3 2, Model.compose [ Model.linear 2 case.classes; Model.sigmoid ]
    let flat = Model.compose [ a; b; c ]
    let parameters = Fixture.parametersOf case flat
    let x = case.Normal(0, [ case.rows; case.columns ])
    let expected = flat.apply parameters x
    Fixture.sameBits expected (c.apply parameters[4..] (b.apply parameters[2..3] (a.apply parameters[..1] x)))
    for other in [ Model.compose [ Model.compose [ a; b ]; c ]; Model.compose [ a; Model.compose [ b; c ] ] ] do
        Assert.That(Model.parameterCount other, Is.EqualTo(Model.parameterCount flat))
        Fixture.sameBits expected (other.apply parameters x)
        let g = case.Normal(1, [ case.rows; case.classes ])
        let pull (model: Model) = snd (model.pullback.Value parameters x) (lazy g)
        Fixture.sameBitsEach (fst (pull flat)) (fst (pull other))
        Fixture.sameBits ((snd (pull flat)).Force()) ((snd (pull other)).Force())
    let second, own = Model.layer 1 flat parameters
    Assert.That(second.name, Is.EqualTo b.name)
    Fixture.sameBitsEach parameters[2..3] own

[<Law>]
let ``a model's pullback is the transposed derivative, by parameters and by inputs`` (case: Case) =
    let d, q, n = case.columns, case.classes, case.rows
    let models =
        [ Model.linear d q, [ n; d ]
          Model.flatten, [ n; d; 2 ]
          Model.scale -0.3, [ n; d ]
          Model.sigmoid, [ n; d ]
          Model.softmax, [ n; d ]
          Model.compose [ Model.flatten; Model.linear (2 * d) q; Model.softmax ], [ n; d; 2 ] ]
    Fixture.each (fun (model: Model, _) -> model.name) models (fun (model, inputs) ->
        let parameters, x = Fixture.parametersOf case model, case.Normal(0, inputs)
        let g = case.Normal(1, List.ofArray (model.apply parameters x).shape)
        let scores, pull = model.pullback.Value parameters x
        Fixture.sameBits (model.apply parameters x) scores
        let gradients, back = pull (lazy g)
        let weighted parameters x = (g * model.apply parameters x).sum()
        // Sums over n rows, 2d inputs or q outputs of products of inputs or weights with cotangents.
        let size t = max 1.0 (Check.largest t)
        let tolerance =
            16.0 * float (n + 2 * d + q) * case.Eps * size x * size g * (parameters |> List.map size |> List.fold max 1.0)
        Check.near tolerance (Fixture.gradient (weighted parameters) x) (back.Force())
        gradients
        |> List.iteri (fun i actual ->
            let expected = Fixture.gradient (fun p -> weighted (List.updateAt i p parameters) x) parameters[i]
            Check.near tolerance expected actual))

[<Test>]
let ``a wrong number of parameters is refused by the model's name`` () =
    let model = Model.linear 2 3
    let parameters = Model.init 0 model
    let x = dsharp.ones [ 4; 2 ]
    let message name got expected =
        [ $"model '{name}': got shape {got} parameters, expected {expected} parameters"; "Model.init" ]
    let attempts =
        [ fun p -> model.apply p x |> ignore
          fun p -> model.pullback.Value p x |> ignore
          fun p -> Model.named model p |> ignore ]
    for attempt in attempts do
        Check.fails<ShapeException> (message "linear 2 → 3" 1 2) (fun () -> attempt parameters[..0])
    let composed = Model.compose [ Model.flatten; model ]
    Check.fails<ShapeException> (message "flatten, linear 2 → 3" 3 2) (fun () ->
        composed.apply (parameters @ parameters[..0]) x |> ignore)
    for wrong in [ dsharp.ones [ 4; 3 ]; dsharp.ones [ 2 ]; dsharp.ones [ 4; 2; 1 ] ] do
        let words = [ "model 'linear 2 → 3'"; Print.shape wrong.shape; "[n; 2]"; "as many inputs as the data have columns" ]
        Check.fails<ShapeException> words (fun () -> model.apply parameters wrong |> ignore)
    for factor in [ 0.0; nan; infinity ] do
        Check.fails<SettingsException> [ $"The factor of a scale is {factor}; expected a finite number other than 0." ] (fun () ->
            Model.scale factor |> ignore)
    for inputs, outputs, which in [ 0, 1, "inputs"; 1, 0, "outputs" ] do
        Check.fails<SettingsException> [ $"The number of {which} of a linear layer is 0; expected 1 or more." ] (fun () ->
            Model.linear inputs outputs |> ignore)

[<Test>]
[<DiffSharpDiffers("its matmul throws an exception of its own", "Cannot matrix multiply tensors with shapes [|4; 2|], [|3; 2|]")>]
let ``parameters of a wrong shape are refused by the tensors`` () =
    let parameters = [ dsharp.ones [ 3; 2 ]; dsharp.zeros [ 3 ] ]
    Check.fails<ShapeException> [ "matmul: got shape [4; 2] times [3; 2]" ] (fun () ->
        (Model.linear 2 3).apply parameters (dsharp.ones [ 4; 2 ]) |> ignore)

[<Test>]
let ``models that cannot be are refused`` () =
    let apply (p: Tensor list) (x: Tensor) = p.Head * x
    let model = Model.define "mine" [ Parameter.weight "a" [ 1 ]; Parameter.bias "b" [ 1 ] ] apply
    let a, x = dsharp.ones [ 1 ], dsharp.ones [ 2 ]
    Fixture.sameBits x (model.apply [ a; a ] x)
    for wrong in [ []; [ a ]; [ a; a; a ] ] do
        Check.fails<ShapeException>
            [ $"model 'mine': got shape {wrong.Length} parameters, expected 2 parameters."; "Model.init" ]
            (fun () -> model.apply wrong x |> ignore)
        Check.fails<ShapeException> [ $"model 'mine': got shape {wrong.Length} parameters" ] (fun () ->
            Objective.value (Objective.create model Loss.squared) wrong (Batch.create x x) |> ignore)
    Check.fails<SettingsException> [ "Model 'twice': parameter names is a, b, a; expected each once." ] (fun () ->
        Model.define "twice" [ Parameter.weight "a" [ 1 ]; Parameter.bias "b" [ 1 ]; Parameter.bias "a" [ 1 ] ] apply
        |> ignore)
    for size in [ 0; -1 ] do
        for make in [ Parameter.weight; Parameter.bias ] do
            Check.fails<SettingsException> [ $"A size of the parameter 'a' is {size}; expected 1 or more." ] (fun () ->
                make "a" [ 2; size ] |> ignore)
    Check.fails<SettingsException> [ "The number of models to compose is 0; expected 1 or more." ] (fun () ->
        Model.compose [] |> ignore)
    for single in [ model; Model.linear 1 1; Model.flatten ] do
        Check.fails<SettingsException>
            [ "The index of a layer is 0; expected a composed model: this one has no layers." ]
            (fun () -> Model.layer 0 single (Model.init 0 single) |> ignore)
    let composed = Model.compose [ model ]
    for index in [ -1; 1 ] do
        Check.fails<SettingsException> [ $"The index of a layer is {index}; expected 0 to 0." ] (fun () ->
            Model.layer index composed [ a; a ] |> ignore)
    // Names repeat within a composition, where each has its layer's place.
    Assert.That((Model.compose [ model; model ]).parameters |> List.map _.name, Is.Unique)

[<Test>]
let ``a model of one's own is differentiated by autodiff`` () =
    // a·x² + b at x = 1, 2 with a = 3, b = 1: residuals 4 − 5 = −1 and 13 − 13 = 0, mean gradient (−1·1 + 0·4)/2, −½
    let quadratic =
        Model.define "a·x² + b" [ Parameter.weight "a" [ 1 ]; Parameter.bias "b" [ 1 ] ] (fun p x -> p[0] * x * x + p[1])
    let objective = Objective.create quadratic Loss.squared
    Assert.That((Objective.closedForm objective).IsNone)
    let vector (values: float list) = dsharp.tensor (values, dtype = Dtype.Float64)
    let batch = Batch.create (vector [ 1.0; 2.0 ]) (vector [ 5.0; 13.0 ])
    let pass = Objective.autodiff objective [ vector [ 3.0 ]; vector [ 1.0 ] ] batch
    Check.nearNumber 1e-15 0.25 (float pass.meanLoss)
    Check.near 1e-15 (vector [ -0.5 ]) pass.gradient[0]
    Check.near 1e-15 (vector [ -0.5 ]) pass.gradient[1]

[<Test>]
let ``a parameter the loss does not use is an error, not a zero`` () =
    let model = Model.define "half used" [ Parameter.weight "used" [ 1 ]; Parameter.weight "idle" [ 1 ] ] (fun p x -> p[0] * x)
    let batch = Batch.create (dsharp.tensor [ 1.0 ]) (dsharp.tensor [ 2.0 ])
    Check.fails<DerivativeException>
        [ "The loss does not use the parameter 'idle', so it has no gradient."
          "Use it, or leave it out of the model." ]
        (fun () -> Objective.autodiff (Objective.create model Loss.squared) (Model.init 0 model) batch |> ignore)

[<Test>]
let ``a loss that does not use the predictions is an error`` () =
    let objective = Objective.create (Model.linear 1 1) (Loss.define "of the targets" (fun _ y -> y * y))
    let batch = Batch.create (dsharp.tensor [ [ 1.0 ] ]) (dsharp.tensor [ [ 2.0 ] ])
    let gradient objective = Objective.autodiff objective (Model.init 0 objective.model) batch
    Check.fails<DerivativeException>
        [ "The loss 'of the targets' depends neither on the predictions nor on the parameters"
          "Compute it from the predictions, the first argument of the loss." ]
        (fun () -> gradient objective |> ignore)

[<Law>]
let ``an objective can be differentiated inside another differentiation`` (case: Case) =
    // d/dη J(p − η ∇J(p)) at η = 0 is −‖∇J(p)‖²: the gradient by reverse mode inside a forward one.
    let case = Fixture.mild (Fixture.wide case)
    let model = Model.linear case.columns 2
    let objective = Objective.create model Loss.crossEntropy
    let batch = Batch.create (case.Normal(0, [ case.rows; case.columns ])) (case.Labels(1, case.rows, 2))
    let parameters = Fixture.parametersOf case model
    let gradient = (Objective.autodiff objective parameters batch).gradient
    let after (rate: Tensor) = Objective.value objective (List.map2 (fun p g -> p - rate * g) parameters gradient) batch
    let squares = gradient |> List.sumBy (fun g -> float ((g * g).sum()))
    let slope = dsharp.diff after (dsharp.tensor (0.0, dtype = Dtype.Float64))
    Check.nearNumber (64.0 * float (case.rows + case.columns + 4) * case.Eps * max 1.0 squares) -squares (float slope)
    // And the Hessian of the objective, times its gradient, from the gradient as autodiff gives it.
    let v = Fixture.flat parameters
    let viaPass v = Fixture.flat (Objective.autodiff objective (Fixture.unflat model v) batch).gradient
    let value v = Objective.value objective (Fixture.unflat model v) batch
    let size = max 1.0 (Check.largest batch.x)
    Check.near
        (64.0 * float (case.rows + case.columns + 4) * case.Eps * size * size)
        (dsharp.hessian value v)
        (dsharp.jacobian viaPass v)
