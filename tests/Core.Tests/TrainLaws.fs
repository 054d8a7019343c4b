module LinearNets.Tests.TrainLaws

open System
open LinearNets
open NUnit.Framework
open LinearNets.FSharp

/// A regression by the case, all in its type of number; the rate keeps steps stable at scale 1.
let private problem (case: Case) =
    let case = Fixture.mild case
    let model = Model.linear case.columns case.classes
    let objective = { Objective.create model Loss.squared with penalty = Penalty.l2 0.1 }
    let batch = Batch.create (case.Normal(0, [ case.rows; case.columns ])) (case.Normal(1, [ case.rows; case.classes ]))
    case, objective, batch, Fixture.parametersOf case model

let private optimizer = Optimizer.sgd 0.01

let private order n (case: Case) = Random.permutation n (Random.key case.seed)

let private sameTraining (a: Training) (b: Training) =
    Fixture.sameBitsEach a.parameters b.parameters
    Assert.That(b.state.step, Is.EqualTo a.state.step)
    List.iter2 Fixture.sameBitsEach a.state.slots b.state.slots

// ---- batches ---------------------------------------------------------------------------------------------------------

[<Law>]
let ``a batch of rows has those rows of inputs, targets and weights`` (case: Case) =
    let x, y = case.Normal(0, [ case.rows; case.columns; 2 ]), case.Labels(1, case.rows, 5)
    let weights = case.Uniform(2, 0.0, 1.0, [ case.rows ])
    let indices = Array.init (1 + case.seed % 7) (fun i -> Random.below case.rows (Random.key case.seed) (int64 i))
    let taken = Batch.rows indices { x = x; y = y; weights = Some weights }
    let expected (t: Tensor) =
        let rows = Check.values t |> Array.chunkBySize (t.nelement / case.rows)
        indices |> Array.collect (fun i -> rows[i])
    for whole, part in [ x, taken.x; y, taken.y; weights, taken.weights.Value ] do
        Assert.That(part.dtype, Is.EqualTo whole.dtype)
        Assert.That(part.shape, Is.EqualTo(box (Array.append [| indices.Length |] whole.shape[1..])))
        Assert.That(Check.values part, Is.EqualTo(box (expected whole)))
    Assert.That(Batch.count taken, Is.EqualTo indices.Length)

[<Law>]
let ``minibatches take every row exactly once, in order, and only the last may be smaller`` (case: Case) =
    let n = case.rows
    let x = case.Tensor(Array.init n float, [ n; 1 ])
    let order = order n case
    for size in Int32.MaxValue :: [ 1 .. n + 1 ] do
        let batches = Batch.minibatches size order (Batch.create x (x.view [ n ])) |> Seq.toList
        let sizes = batches |> List.map Batch.count
        Assert.That(sizes.Length, Is.EqualTo((n - 1) / size + 1))
        Assert.That(List.take (sizes.Length - 1) sizes, Is.All.EqualTo(min size n))
        Assert.That(List.last sizes, Is.EqualTo(n - (sizes.Length - 1) * size))
        let seen f = batches |> List.collect (fun batch -> List.ofArray (Check.values (f batch)))
        Assert.That(seen _.x, Is.EqualTo(box (order |> Array.map float |> List.ofArray)))
        Assert.That(seen _.y, Is.EqualTo(box (seen _.x)))

// ---- one function for full batch, minibatch and one row --------------------------------------------------------------

[<Law>]
let ``a step is one update by the gradient of the batch`` (case: Case) =
    let _, objective, batch, parameters = problem case
    let gradient = Objective.autodiff objective
    let training, pass = Train.step gradient optimizer (Train.start optimizer parameters) batch
    Fixture.sameBitsEach (gradient parameters batch).gradient pass.gradient
    List.iter2 (Check.near 0.0) (List.map2 (fun p (g: Tensor) -> p - 0.01 * g) parameters pass.gradient) training.parameters
    Assert.That(training.state.step, Is.EqualTo 1)

[<Law>]
let ``an epoch over a minibatch of all rows is one step on everything`` (case: Case) =
    let case, objective, batch, parameters = problem case
    let gradient = Objective.autodiff objective
    let start = Train.start optimizer parameters
    let expected, pass = Train.step gradient optimizer start batch
    let whole, loss = Train.epoch gradient optimizer start (Batch.minibatches case.rows [| 0 .. case.rows - 1 |] batch)
    sameTraining expected whole
    Assert.That(loss, Is.EqualTo(float pass.meanLoss).Within(1e-15 * float pass.meanLoss))
    sameTraining expected (fst (Train.epoch gradient optimizer start [ batch ]))

[<Law>]
let ``an epoch of batches of one is a step for each row`` (case: Case) =
    let case, objective, batch, parameters = problem case
    let gradient = Objective.autodiff objective
    let start = Train.start optimizer parameters
    let order = order case.rows case
    let expected =
        order
        |> Array.fold (fun training i -> fst (Train.step gradient optimizer training (Batch.rows [| i |] batch))) start
    let trained, _ = Train.epoch gradient optimizer start (Batch.minibatches 1 order batch)
    sameTraining expected trained
    Assert.That(trained.state.step, Is.EqualTo case.rows)

[<Law>]
let ``an epoch's loss is the mean over rows of the losses before each step`` (case: Case) =
    let case, objective, batch, parameters = problem case
    let gradient = Objective.autodiff objective
    let start = Train.start optimizer parameters
    for size in 1 .. case.rows do
        let batches = Batch.minibatches size (order case.rows case) batch
        let see sums (batch: Batch) (pass: Pass) =
            Accumulator.add [ float (Batch.count batch) * float pass.meanLoss; float (Batch.count batch) ] sums
        let observed, sums = Train.observed gradient optimizer see (start, Accumulator.zero 2) batches
        let trained, loss = Train.epoch gradient optimizer start batches
        sameTraining observed trained
        // The same sums in double precision.
        Assert.That(loss, Is.EqualTo(sums.sums[0] / sums.sums[1]).Within(1e-14 * (1.0 + loss)))
        Assert.That(sums.sums[1], Is.EqualTo(float case.rows))

[<Law>]
let ``the loss of an epoch that moves nothing is the weighted mean loss of all rows`` (case: Case) =
    let case, objective, batch, parameters = problem case
    let batch = { batch with weights = Some(case.Uniform(5, 0.1, 3.0, [ case.rows ])) }
    let still = Optimizer.sgd 0.0
    let whole = (Objective.autodiff objective parameters batch).meanLoss
    for size in 1 .. case.rows do
        let batches = Batch.minibatches size (order case.rows case) batch
        let _, loss = Train.epoch (Objective.autodiff objective) still (Train.start still parameters) batches
        // A mean of means of n rows, each rounded in the case's type of number.
        Check.nearNumber (8.0 * float (case.rows + case.columns + 4) * case.Eps * (1.0 + loss)) (float whole) loss

/// Row weights of which some are 0 and the first is not, and the rows of those that are not.
let private someZero (case: Case) =
    let weight i = if i = 0 then 1.5 else float (Random.below 3 (Random.key case.seed) (int64 i)) / 2.0
    let weights = Array.init case.rows weight
    case.Tensor(weights, [ case.rows ]), Array.filter (fun i -> weights[i] <> 0.0) [| 0 .. case.rows - 1 |]

[<Law>]
let ``minibatches leave rows of weight 0 out`` (case: Case) =
    let case, objective, batch, parameters = problem case
    let weights, kept = someZero case
    let weighted = { batch with weights = Some weights }
    let order = order case.rows case
    // The places among the rows that are kept, in the same order.
    let keptOrder = order |> Array.choose (fun i -> Array.tryFindIndex ((=) i) kept)
    for optimizer in [ optimizer; Optimizer.momentum 0.01 0.9; Optimizer.adam 0.01 ] do
        for gradient in [ Objective.autodiff objective; (Objective.closedForm objective).Value ] do
            for size in 1 .. case.rows do
                let epoch order data =
                    Train.epoch gradient optimizer (Train.start optimizer parameters) (Batch.minibatches size order data)
                let expected, expectedLoss = epoch keptOrder (Batch.rows kept weighted)
                let actual, loss = epoch order weighted
                sameTraining expected actual
                Assert.That(loss, Is.EqualTo expectedLoss)
                Assert.That(actual.state.step, Is.EqualTo((kept.Length + size - 1) / size))
    // Weights of one: batches of one of the rows that are kept, as if nobody had ever had weights.
    let plain = Batch.rows kept batch
    let ones = { batch with weights = Some(weights.sign ()) }
    let epoch order data =
        let gradient = Objective.autodiff objective
        Train.epoch gradient optimizer (Train.start optimizer parameters) (Batch.minibatches 1 order data)
    let expected, expectedLoss = epoch keptOrder plain
    let actual, loss = epoch order ones
    sameTraining expected actual
    Assert.That(loss, Is.EqualTo expectedLoss)

[<Test>]
let ``weights that are all 0 leave nothing to train on`` () =
    let batch = { x = dsharp.ones [ 3; 2 ]; y = dsharp.ones [ 3; 1 ]; weights = Some(dsharp.zeros [ 3 ]) }
    let objective = Objective.create (Model.linear 2 1) Loss.squared
    let start = Train.start optimizer (Model.init 0 objective.model)
    for gradient in [ Objective.autodiff objective; (Objective.closedForm objective).Value ] do
        Check.fails<DataException> [ "Row weights: got weights that are all 0" ] (fun () ->
            Train.step gradient optimizer start batch |> ignore)
        Check.fails<DataException> [ "epoch: got no rows, expected at least one." ] (fun () ->
            Train.epoch gradient optimizer start (Batch.minibatches 1 [| 0; 1; 2 |] batch) |> ignore)

[<Law>]
let ``an epoch's loss is the mean of the losses of its passes by their weights, the sums of the rows' weights`` (case: Case) =
    let case, objective, batch, parameters = problem case
    let weights, _ = someZero case
    let batch = { batch with weights = Some weights }
    let whole = Objective.autodiff objective parameters batch
    // Halves: their sum is exact.
    Assert.That(whole.weight, Is.EqualTo(Array.sum (Check.values weights)))
    Assert.That((Objective.autodiff objective parameters { batch with weights = None }).weight, Is.EqualTo(float case.rows))
    for gradient in [ Objective.autodiff objective; (Objective.closedForm objective).Value ] do
        let see (passes: Pass list) (batch: Batch) (pass: Pass) =
            Assert.That(pass.weight, Is.EqualTo(Array.sum (Check.values batch.weights.Value)))
            pass :: passes
        let start = Train.start optimizer parameters
        let batches = Batch.minibatches 2 (order case.rows case) batch |> Seq.toList
        let _, passes = Train.observed gradient optimizer see (start, []) batches
        let _, loss = Train.epoch gradient optimizer start batches
        let total = passes |> List.sumBy _.weight
        Assert.That(total, Is.EqualTo whole.weight)
        let mean = (passes |> List.sumBy (fun pass -> pass.weight * float pass.meanLoss)) / total
        Check.nearNumber (1e-14 * (1.0 + mean)) mean loss
        // Where nothing moves, that is the weighted mean over the rows.
        let still = Optimizer.sgd 0.0
        let _, loss = Train.epoch gradient still (Train.start still parameters) batches
        let values = Check.values (Loss.values objective.loss (objective.model.apply parameters batch.x) batch.y)
        let expected = (Array.map2 (*) values (Check.values weights) |> Array.sum) / total
        Check.nearNumber (8.0 * float (case.rows + 4) * case.Eps * (1.0 + expected)) expected loss

[<Law>]
let ``what is observed are the passes, in order, each before its update`` (case: Case) =
    let case, objective, batch, parameters = problem case
    let gradient = Objective.autodiff objective
    let start = Train.start optimizer parameters
    let batches = Batch.minibatches 2 (order case.rows case) batch |> Seq.toList
    let _, seen = Train.observed gradient optimizer (fun seen batch pass -> (batch, pass) :: seen) (start, []) batches
    let replay (training: Training) (batch: Batch, pass: Pass) =
        Fixture.sameBits (objective.model.apply training.parameters batch.x) pass.scores
        let scores = Loss.values objective.loss pass.scores batch.y
        Fixture.sameBits (Loss.reduce Reduction.Mean None scores) pass.meanLoss
        fst (Train.step gradient optimizer training batch)
    List.fold replay start (List.rev seen) |> ignore
    Assert.That(seen.Length, Is.EqualTo batches.Length)

[<Law>]
let ``the same seed gives the same bits, for every optimizer`` (case: Case) =
    let case, objective, batch, _ = problem case
    let run (optimizer: Optimizer) =
        let start = Train.start optimizer (Model.initAs case.dtype case.seed objective.model)
        Seq.fold
            (fun training epoch ->
                let order = Random.permutation case.rows (Random.split (Random.key case.seed) epoch)
                fst (Train.epoch (Objective.autodiff objective) optimizer training (Batch.minibatches 2 order batch)))
            start
            [ 1..2 ]
    for optimizer in [ optimizer; Optimizer.momentum 0.01 0.9; Optimizer.adam 0.01 ] do
        sameTraining (run optimizer) (run optimizer)

[<Law>]
let ``an epoch by autodiff is an epoch by closed form`` (case: Case) =
    let case, objective, batch, parameters = problem case
    let batches = Batch.minibatches 3 (order case.rows case) batch
    let run gradient = Train.epoch gradient optimizer (Train.start optimizer parameters) batches
    let expected, loss = run (Objective.autodiff objective)
    let actual, closedLoss = run (Objective.closedForm objective).Value
    // Each of at most n steps adds 0.01 of the difference of two gradients of a few dozen units of |x|²·|w|·d ≤ 1000.
    let tolerance = 1e4 * case.Eps
    List.iter2 (Check.near tolerance) expected.parameters actual.parameters
    Check.nearNumber (tolerance * (1.0 + loss)) loss closedLoss

[<Law>]
let ``stopping and going on is not stopping`` (case: Case) =
    let case, objective, batch, parameters = problem case
    let optimizer = Optimizer.adam 0.01
    let gradient = Objective.autodiff objective
    let batches = Batch.minibatches 2 (order case.rows case) batch |> Seq.toList
    let epoch training batches = fst (Train.epoch gradient optimizer training batches)
    let whole = epoch (Train.start optimizer parameters) (batches @ batches)
    let half = epoch (Train.start optimizer parameters) batches
    let resumed = { parameters = half.parameters; state = { step = half.state.step; slots = half.state.slots } }
    sameTraining whole (epoch resumed batches)

// ---- the chapter's experiments ---------------------------------------------------------------------------------------

[<Test>]
let ``the book's linear regression finds w = [2, -3.4] and b = 4.2 in three epochs`` () =
    let n = 1000
    let x = dsharp.tensor(Random.normals (2 * n) (Random.key 1)).view [ n; 2 ]
    let w, b = dsharp.tensor([ 2.0; -3.4 ]).view [ 2; 1 ], dsharp.tensor [ 4.2 ]
    let noise = dsharp.tensor(Random.normals n (Random.key 2)).view [ n; 1 ]
    let data = Batch.create x (x.matmul w + b + 0.01 * noise)
    let model = Model.linear 2 1
    let optimizer = Optimizer.sgd 0.03
    let objective = Objective.create model Loss.squared
    for gradient in [ Objective.autodiff objective; (Objective.closedForm objective).Value ] do
        let epoch (training, losses) k =
            let order = Random.permutation n (Random.split (Random.key 3) k)
            let training, loss = Train.epoch gradient optimizer training (Batch.minibatches 10 order data)
            training, loss :: losses
        let trained, losses = Seq.fold epoch (Train.start optimizer (Model.init 0 model), []) [ 1..3 ]
        Check.near 0.01 w trained.parameters[0]
        Check.near 0.01 b trained.parameters[1]
        // Half the variance of the noise, ½·0.01² = 5e−5, and what the 200 steps before left: (0.97²⁰⁰·4)²/2 = 4e−5 at first.
        Assert.That(List.head losses, Is.InRange(4e-5, 9e-5))
        Assert.That(losses, Is.Ordered.Ascending)
        Assert.That(trained.state.step, Is.EqualTo 300)
    // The analytic solution is nearer still: 0.01/√1000 is its standard error.
    match LeastSquares.normalEquations x data.y with
    | [ found; bias ] ->
        Check.near 0.002 w found
        Check.near 0.002 b bias
    | _ -> Assert.Fail "two parameters"

[<Test>]
let ``a softmax regression tells three blobs apart`` () =
    let n, key = 300, Random.key 5
    let labels = Array.init n (fun i -> i % 3)
    // Centres 4 apart from the origin at 0°, 120° and 240°; deviation 1.
    let coordinate i =
        let angle = 2.0 * System.Math.PI * float labels[i / 2] / 3.0
        4.0 * (if i % 2 = 0 then cos angle else sin angle) + Random.normal key (int64 i)
    let x = dsharp.tensor(Array.init (2 * n) coordinate).view [ n; 2 ]
    let data = Batch.create x (dsharp.tensor labels)
    let model = Model.linear 2 3
    let optimizer = Optimizer.sgd 0.1
    let start = Train.start optimizer (Model.init 0 model)
    let accuracy (training: Training) = Metric.accuracy (model.apply training.parameters x) data.y
    for loss in [ Loss.crossEntropy; Loss.squaredSoftmax ] do
        let gradient = Objective.autodiff (Objective.create model loss)
        let epoch training k =
            fst (Train.epoch gradient optimizer training (Batch.minibatches 32 (Random.permutation n (Random.split key k)) data))
        let trained = Seq.fold epoch start [ 1..5 ]
        Assert.That(accuracy trained, Is.GreaterThan 0.95)

// ---- wrong use -------------------------------------------------------------------------------------------------------

let private small = Batch.create (dsharp.ones [ 3; 2 ]) (dsharp.ones [ 3; 1 ])

[<Test>]
let ``batches that cannot be are refused`` () =
    for size in [ 0; -1 ] do
        Check.fails<SettingsException> [ $"The size of a minibatch is {size}; expected 1 or more." ] (fun () ->
            Batch.minibatches size [| 0; 1; 2 |] small |> ignore)
    Check.fails<DataException> [ "batch: got no rows" ] (fun () -> Batch.rows [||] small |> ignore)
    Check.fails<DataException> [ "batch: got no rows" ] (fun () ->
        Batch.count (Batch.create (dsharp.zeros [ 0; 2 ]) (dsharp.zeros [ 0 ])) |> ignore)
    for index in [ 3; -1 ] do
        Check.fails<DataException> [ $"batch: got row {index}, expected one from 0 to 2. Rows count from 0." ] (fun () ->
            Batch.rows [| 0; index |] small |> ignore)
        // Minibatches say the same when they come to that row, with weights too.
        for batch in [ small; { small with weights = Some(dsharp.tensor [ 1.0; 0.0; 1.0 ]) } ] do
            Check.fails<DataException> [ $"batch: got row {index}, expected one from 0 to 2" ] (fun () ->
                Batch.minibatches 1 [| 0; index |] batch |> Seq.toList |> ignore)

[<Test>]
let ``inputs, targets and weights that have not a row each are refused`` () =
    let tensor (shape: int list) = dsharp.ones shape
    for x, y in [ [ 3; 2 ], [ 2 ]; [ 3; 2 ], [ 4; 1 ]; [ 3; 2 ], []; [ 1 ], [ 3 ] ] do
        let message =
            $"batch: got shape inputs {Print.shape x} with targets {Print.shape y}, expected as many rows of each. Check that neither has a header row"
        Check.fails<ShapeException> [ message ] (fun () -> Batch.create (tensor x) (tensor y) |> ignore)
        let record = { x = tensor x; y = tensor y; weights = None }
        Check.fails<ShapeException> [ message ] (fun () -> Batch.count record |> ignore)
        Check.fails<ShapeException> [ message ] (fun () -> Batch.rows [| 0 |] record |> ignore)
        Check.fails<ShapeException> [ message ] (fun () -> Batch.minibatches 1 [| 0 |] record |> Seq.toList |> ignore)
    for weights in [ [ 2 ]; [ 4 ]; [ 3; 1 ]; [] ] do
        let record = { small with weights = Some(tensor weights) }
        let message = $"batch: got shape inputs [3; 2] with row weights {Print.shape weights}, expected as many rows of each."
        Check.fails<ShapeException> [ message ] (fun () -> Batch.count record |> ignore)
        Check.fails<ShapeException> [ message ] (fun () -> Batch.rows [| 0 |] record |> ignore)
    Check.fails<ShapeException> [ "batch: got shape [], expected a row each" ] (fun () ->
        Batch.create (tensor []) (tensor []) |> ignore)
    Assert.That(Batch.count { small with weights = Some(tensor [ 3 ]) }, Is.EqualTo 3)

[<Test>]
let ``an epoch of no batches is refused`` () =
    let optimizer = Optimizer.sgd 0.1
    let model = Model.linear 2 1
    let gradient = Objective.autodiff (Objective.create model Loss.squared)
    let start = Train.start optimizer (Model.init 0 model)
    Check.fails<DataException> [ "epoch: got no rows" ] (fun () -> Train.epoch gradient optimizer start [] |> ignore)
    Check.fails<DataException> [ "epoch: got no rows" ] (fun () ->
        Train.epoch gradient optimizer start (Batch.minibatches 2 [||] small) |> ignore)
    // Observing nothing is no error: it is a fold.
    let same, seen = Train.observed gradient optimizer (fun n _ _ -> n + 1) (start, 0) []
    sameTraining start same
    Assert.That(seen, Is.Zero)

[<Law>]
let ``an Accumulator adds up`` (case: Case) =
    let values = List.init case.rows (fun i -> [ float i; Random.uniform (Random.key case.seed) (int64 i) ])
    let sums = List.fold (fun a v -> Accumulator.add v a) (Accumulator.zero 2) values
    Assert.That(sums.sums, Is.EqualTo(box [ List.sumBy List.head values; List.sumBy List.last values ]))

[<Test>]
let ``an Accumulator takes one value for each of its sums`` () =
    for values in [ []; [ 1.0 ]; [ 1.0; 2.0; 3.0 ] ] do
        Check.fails<SettingsException>
            [ $"The accumulator has 2 sums and got {values.Length} values; expected one for each." ]
            (fun () -> Accumulator.add values (Accumulator.zero 2) |> ignore)
    Assert.That((Accumulator.add [] (Accumulator.zero 0)).sums, Is.Empty)
