module LinearNets.Tests.FitLaws

open System
open System.Collections.Generic
open System.Threading
open System.Threading.Tasks
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

let private matrix (t: Tensor) =
    let values, columns = Check.values t, t.shape[1]
    Array2D.init t.shape[0] columns (fun i j -> values[i * columns + j])

let private asSingles (x: float[,]) = Array2D.map float32 x

/// Numbers to predict from numbers, in the case's type of number. None is near 0: for a target of 0.001 a step of Adam is
/// a leap, and to leap to and fro over a whole epoch is to diverge.
let private numbers (case: Case) =
    let x, y =
        matrix (case.Normal(0, [ case.rows; case.columns ])),
        matrix (case.Uniform(1, case.scale, 2.0 * case.scale, [ case.rows; case.classes ]))
    if case.dtype = Dtype.Float32 then Dataset.From(asSingles x, asSingles y) else Dataset.From(x, y)

/// Two or more classes to predict from numbers.
let private classes (case: Case) =
    let x = matrix (case.Normal(0, [ case.rows; case.columns ]))
    let k = 1 + case.classes
    let labels = (case.Labels(2, case.rows, k)).toArray1D<int>()
    let data = if case.dtype = Dtype.Float32 then Dataset.From(asSingles x, labels) else Dataset.From(x, labels)
    data.WithClassNames(Array.init k string)

let private regression (case: Case) =
    { Fit.defaults with
        model = Model.linear case.columns case.classes
        optimizer = Optimizer.sgd 0.01
        batch = 1 + case.seed % 5
        epochs = 1 + case.seed % 3
        seed = case.seed }

let private classification (case: Case) =
    { regression case with
        model = Model.compose [ Model.scale 0.5; Model.linear case.columns (1 + case.classes) ]
        loss = Loss.crossEntropy }

/// A regression and a classification of a case, with all that an objective may have.
let private problems (case: Case) =
    let case = Fixture.mild case
    let weights = List.init (1 + case.classes) (fun c -> 0.5 + float c)
    [ regression case, numbers case
      { regression case with loss = Loss.huber 0.5; penalty = Penalty.l2 0.1; optimizer = Optimizer.adam 0.01 }, numbers case
      classification case, classes case
      { classification case with
          classWeights = weights
          penalty = Penalty.elasticNet 0.1 0.5
          shuffle = false
          optimizer = Optimizer.scheduled (Schedule.exponential 0.1 0.9) (fun rate -> Optimizer.momentum rate 0.5) },
      classes case ]

let private eachProblem case check =
    Fixture.each
        (fun (settings: FitSettings, _: Dataset) -> $"{settings.model.name} / {settings.loss} / {settings.optimizer.name}")
        (problems case)
        (fun (settings, data) -> check settings data)

let private objective (settings: FitSettings) =
    { model = settings.model
      loss = settings.loss
      penalty = settings.penalty
      classWeights = settings.classWeights }

let private gradient (settings: FitSettings) =
    match settings.rule with
    | Some Rule.Autodiff -> Objective.autodiff (objective settings)
    | _ -> (Objective.closedForm (objective settings)).Value

let private start (settings: FitSettings) data =
    Train.start settings.optimizer (Model.initAs (Data.dtype data) settings.seed settings.model)

let private batches (settings: FitSettings) epoch (data: Dataset) =
    Data.minibatches
        settings.batch
        (if settings.shuffle then Data.order settings.seed epoch data else [| 0 .. data.Rows - 1 |])
        data

let private sameFit (a: Fitted) (b: Fitted) =
    Fixture.sameBitsEach a.parameters b.parameters
    List.iter2 Fixture.sameBitsEach a.state.slots b.state.slots
    Assert.That((b.steps, b.epoch), Is.EqualTo((a.steps, a.epoch)))
    let numbers (fitted: Fitted) = [ for e in fitted.history -> e.Epoch, e.Running.Loss, e.Running.Metric, e.LearningRate ]
    Assert.That(numbers b, Is.EqualTo(box (numbers a)))

// ---- a fit is the mathematics of Core.fs -----------------------------------------------------------------------------

[<Law>]
let ``a fit is the fold of steps over the minibatches of its epochs`` (case: Case) =
    eachProblem case (fun settings data ->
        for rule in [ Rule.Autodiff; Rule.ClosedForm ] do
            let settings = { settings with rule = Some rule }
            let fitted = Fit.run settings data
            let training, losses =
                [ 1 .. settings.epochs ]
                |> List.fold
                    (fun (training, losses) epoch ->
                        let training, loss =
                            Train.epoch (gradient settings) settings.optimizer training (batches settings epoch data)
                        training, losses @ [ loss ])
                    (start settings data, [])
            Fixture.sameBitsEach training.parameters fitted.parameters
            List.iter2 Fixture.sameBitsEach training.state.slots fitted.state.slots
            Assert.That(fitted.state.step, Is.EqualTo training.state.step)
            Assert.That(fitted.steps, Is.EqualTo training.state.step)
            Assert.That(fitted.epoch, Is.EqualTo settings.epochs)
            Assert.That(fitted.rule, Is.EqualTo rule)
            Assert.That([ for e in fitted.history -> e.Running.Loss ], Is.EqualTo(box losses)))

[<Law>]
let ``a fit by the closed form is the fit by differentiation`` (case: Case) =
    eachProblem case (fun settings data ->
        // Adam turns a gradient of 1e-17 into a whole step, so that roundings matter; plain descent does not.
        let settings = { settings with optimizer = Optimizer.sgd 0.01 }
        let autodiff = Fit.run { settings with rule = Some Rule.Autodiff } data
        let closed = Fit.run { settings with rule = Some Rule.ClosedForm } data
        let tolerance = 64.0 * case.Eps * float (autodiff.steps + data.Columns)
        List.iter2 (Check.nearRelative tolerance) autodiff.parameters closed.parameters
        for a, c in Seq.zip autodiff.history closed.history do
            Check.nearNumber (tolerance * (1.0 + a.Running.Loss)) a.Running.Loss c.Running.Loss)

[<Law>]
let ``every row is seen exactly once in an epoch`` (case: Case) =
    // A loss that writes down the targets it sees, which number the rows.
    let seen = List<float>()
    let noting =
        Loss.define "noting" (fun ŷ y ->
            seen.AddRange(Check.values y)
            (0.0 * (ŷ - y)).squeeze 1)
    let x = Array2D.init case.rows 1 (fun _ _ -> 1.0)
    let data = Dataset.From(x, Array.init case.rows float)
    let settings = { regression case with model = Model.linear 1 1; loss = noting; epochs = 3 }
    // Before training, the first target is tried, and the loss of knowing nothing looks at every one, in order; after it, all of
    // so few rows are looked at once more.
    Fit.run settings data |> ignore
    let passes = List.ofSeq seen |> List.tail |> List.chunkBySize case.rows
    Assert.That(passes.Length, Is.EqualTo 5)
    let rows = List.init case.rows float
    for pass in passes do
        Assert.That(List.sort pass, Is.EqualTo(box rows))
    for epoch in 1..3 do
        let order = Data.order settings.seed epoch data |> Array.toList |> List.map float
        Assert.That(passes[epoch], Is.EqualTo(box order))
    seen.Clear()
    Fit.run { settings with shuffle = false } data |> ignore
    Assert.That(List.ofSeq seen, Is.EqualTo(box (0.0 :: List.concat (List.replicate 5 rows))))

[<Law>]
let ``a minibatch of all rows or more is descent on everything`` (case: Case) =
    eachProblem case (fun settings data ->
        let settings = { settings with rule = Some Rule.ClosedForm }
        let whole size = Fit.run { settings with batch = size; epochs = 2; shuffle = false } data
        let expected =
            List.fold
                (fun training _ -> fst (Train.step (gradient settings) settings.optimizer training (Data.all data)))
                (start settings data)
                [ 1..2 ]
        for size in [ data.Rows; data.Rows + 1; Int32.MaxValue ] do
            let fitted = whole size
            Assert.That(fitted.steps, Is.EqualTo 2)
            Fixture.sameBitsEach expected.parameters fitted.parameters)

// ---- seeds -----------------------------------------------------------------------------------------------------------

[<Law>]
let ``the same seed gives the same bits, from several threads at once too`` (case: Case) =
    eachProblem case (fun settings data ->
        let expected = Fit.run settings data
        let others = Array.init 3 (fun _ -> Task.Run(fun () -> Fit.run settings data)) |> Task.WhenAll
        for other in others.Result do
            sameFit expected other)

[<Test>]
let ``another seed begins elsewhere and goes in another order`` () =
    let data = Synthetic.linear Synthetic.defaults
    let fit seed = Fit.run { Fit.defaults with model = Model.linear 2 1; seed = seed; epochs = 1 } data
    let first, second = fit 1, fit 2
    Assert.That(Check.values first.parameters.Head, Is.Not.EqualTo(box (Check.values second.parameters.Head)))
    let initial = Model.init 1 (Model.linear 2 1)
    let from seed = Fit.run { Fit.defaults with model = Model.linear 2 1; initial = Some initial; seed = seed; epochs = 1 } data
    Assert.That(Check.values (from 1).parameters.Head, Is.Not.EqualTo(box (Check.values (from 2).parameters.Head)))
    sameFit first (from 1)

// ---- history ---------------------------------------------------------------------------------------------------------

[<Law>]
let ``the history has what was asked for, and the same numbers that evaluation gives`` (case: Case) =
    eachProblem case (fun settings data ->
        let validation = data.Slice(0, 1 + data.Rows / 2)
        let told = List<EpochReport>()
        let settings = { settings with lossAfterEpoch = true; validation = Some validation; onEpoch = told.Add }
        let fitted = Fit.run settings data
        Assert.That(fitted.history.Count, Is.EqualTo settings.epochs)
        Assert.That(told, Is.EqualTo(box fitted.history))
        Assert.That([ for e in fitted.history -> e.Epoch ], Is.EqualTo(box [ 1 .. settings.epochs ]))
        let steps = fitted.steps / settings.epochs
        for e in fitted.history do
            Assert.That(e.LearningRate, Is.EqualTo(settings.optimizer.rate (e.Epoch * steps - 1)))
            Assert.That(e.Seconds, Is.GreaterThan 0.0)
        let last = fitted.history[settings.epochs - 1]
        Assert.That(last.After, Is.EqualTo(Nullable(Fit.evaluate data fitted)))
        Assert.That(last.Validation, Is.EqualTo(Nullable(Fit.evaluate validation fitted)))
        Assert.That(fitted.seconds, Is.GreaterThanOrEqualTo(fitted.history |> Seq.sumBy _.Seconds))
        // Looking does not change what is learnt.
        sameFit (Fit.run { settings with lossAfterEpoch = false; validation = None } data) fitted)

[<Law>]
let ``evaluation is the mean loss and the metric of all rows`` (case: Case) =
    // More rows than are evaluated at a time.
    let case = { Fixture.mild case with rows = 1100 + case.rows }
    for settings, data in [ classification case, classes case; regression case, numbers case ] do
        let fitted = Fit.untrained settings data
        let all = Data.all data
        let pass = Objective.forward (objective settings) fitted.parameters all
        let evaluation = Fit.evaluate data fitted
        let tolerance = 64.0 * case.Eps * (1.0 + float pass.meanLoss)
        Check.nearNumber tolerance (float pass.meanLoss) evaluation.Loss
        Check.near (64.0 * case.Eps) pass.scores (Fit.scores data fitted)
        if data.HasClasses then
            Assert.That(evaluation.MetricName, Is.EqualTo "accuracy")
            let predicted = Fit.classes data fitted
            let correct = Array.map2 (=) predicted (all.y.toArray1D<int>()) |> Array.filter id |> Array.length
            Check.nearNumber 1e-12 (float correct / float data.Rows) evaluation.Metric
        else
            Assert.That(evaluation.MetricName, Is.EqualTo "mse")
            Check.nearNumber tolerance (Metric.mse pass.scores all.y) evaluation.Metric

[<Test>]
let ``the running metric is that of the scores before each update`` () =
    let data = Synthetic.classes { Synthetic.classDefaults with n = 50 }
    let settings =
        { Fit.defaults with
            model = Model.linear 2 3
            loss = Loss.crossEntropy
            batch = 20
            epochs = 1
            shuffle = false }
    let report measure = (Fit.run { settings with measure = measure } data).history[0].Running
    let passes =
        Train.observed
            (gradient settings)
            settings.optimizer
            (fun seen batch pass -> (Metric.accuracy pass.scores batch.y, Batch.count batch) :: seen)
            (start settings data, [])
            (batches settings 1 data)
        |> snd
    let expected = passes |> List.sumBy (fun (accuracy, n) -> accuracy * float n)
    Check.nearNumber 1e-12 (expected / 50.0) (report None).Metric
    Assert.That((report None).MetricName, Is.EqualTo "accuracy")
    Assert.That((report (Some(Measure.topK 3))).Metric, Is.EqualTo 1.0)
    Assert.That((report (Some(Measure.topK 3))).MetricName, Is.EqualTo "top-3 accuracy")

[<Test>]
let ``a model whose outputs are not predictions has no metric unless one is given`` () =
    // A mean and the logarithm of a spread for each row, by the likelihood of a normal distribution.
    let likelihood =
        Loss.define "normal" (fun o y ->
            let mean, spread = o.[0.., 0..0].squeeze 1, o.[0.., 1..1].squeeze 1
            let z = (y.squeeze 1 - mean) * (-spread).exp()
            0.5 * z * z + spread)
    let settings = { Fit.defaults with model = Model.linear 2 2; loss = likelihood }
    let data = Synthetic.linear { Synthetic.defaults with n = 100 }
    let fitted = Fit.run settings data
    let running = fitted.history[9].Running
    Assert.That((running.MetricName, Double.IsNaN running.Metric), Is.EqualTo(("no metric", true)))
    Assert.That(string (Fit.evaluate data fitted), Does.Match "^loss [-0-9.]+$")
    let spread: Measure = { name = "spread"; mean = fun o _ -> float (o.[0.., 1..1].exp().mean()) }
    Assert.That((Fit.run { settings with measure = Some spread } data).history[9].Running.Metric, Is.GreaterThan 0.0)

[<Test>]
let ``a fitted model can be evaluated when the token of its fit is cancelled`` () =
    use source = new CancellationTokenSource()
    let data = Synthetic.linear { Synthetic.defaults with n = 20 }
    let fitted = Fit.run { Fit.defaults with model = Model.linear 2 1; cancellation = source.Token } data
    source.Cancel()
    Assert.That((Fit.evaluate data fitted).Loss, Is.GreaterThan 0.0)

[<Test>]
let ``each update is told, with the loss of its minibatch`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 25 }
    let told = List<StepReport>()
    let settings = { Fit.defaults with model = Model.linear 2 1; batch = 10; epochs = 2; onStep = told.Add }
    let fitted = Fit.run settings data
    Assert.That([ for s in told -> s.epoch, s.step ], Is.EqualTo(box [ 1, 1; 1, 2; 1, 3; 2, 1; 2, 2; 2, 3 ]))
    for s in told do
        Assert.That((s.epochs, s.steps), Is.EqualTo((2, 3)))
    let mean = (10.0 * told[0].loss + 10.0 * told[1].loss + 5.0 * told[2].loss) / 25.0
    Check.nearNumber 1e-12 mean fitted.history[0].Running.Loss

[<Test>]
let ``reports and fits print in a line`` () =
    let evaluation loss metric : Evaluation = { Loss = loss; Metric = metric; MetricName = "accuracy" }
    let report =
        { Epoch = 3
          Running = evaluation 0.51234 0.8125
          After = Nullable()
          Validation = Nullable()
          LearningRate = 0.1
          Seconds = 1.5 }
    Assert.That(string report, Is.EqualTo "epoch 3: loss 0.5123, accuracy 0.8125; 1.50 s")
    let full = { report with After = Nullable(evaluation 0.5 0.75); Validation = Nullable(evaluation 0.625 0.7) }
    let line =
        "epoch 3: loss 0.5123, accuracy 0.8125; after it loss 0.5, accuracy 0.75; validation loss 0.625, accuracy 0.7; 1.50 s"
    Assert.That(string full, Is.EqualTo line)
    Assert.That(sprintf "%A" full, Is.EqualTo line)
    let data = Synthetic.linear { Synthetic.defaults with n = 20 }
    let settings = { Fit.defaults with model = Model.linear 2 1; epochs = 2 }
    let head = "linear 2 → 1 (3 parameters: weight [2; 1], bias [1]), sgd, Fused"
    Assert.That(string (Fit.untrained settings data), Is.EqualTo(head + ", 0 steps; not trained"))
    let fitted = Fit.run settings data
    Assert.That(sprintf "%A" fitted, Does.StartWith(head + ", 2 steps; epoch 2: loss "))
    Assert.That((string fitted.history).Split('\n').Length, Is.EqualTo 2)

// ---- the rule --------------------------------------------------------------------------------------------------------

[<Test>]
let ``the rule is the fastest there is, and a user can force one`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 20 }
    let rule settings = (Fit.run { settings with epochs = 1 } data).rule
    let plain = { Fit.defaults with model = Model.linear 2 1 }
    let own = { plain with loss = Loss.define "own" (fun ŷ y -> ((ŷ - y) * (ŷ - y)).squeeze 1) }
    let line = Model.define "line" [ Parameter.weight "w" [ 2; 1 ] ] (fun p x -> x.matmul p[0])
    Assert.That(rule plain, Is.EqualTo Rule.Fused)
    Assert.That(rule { plain with optimizer = Optimizer.adagrad 0.1 }, Is.EqualTo Rule.ClosedForm)
    Assert.That(rule { plain with measure = Some { Measure.mse with mean = Metric.mae } }, Is.EqualTo Rule.ClosedForm)
    Assert.That(
        rule { plain with loss = { Loss.squared with rows = fun ŷ y -> Loss.squared.rows ŷ y } },
        Is.EqualTo Rule.ClosedForm
    )
    for optimizer in [ Optimizer.momentum 0.1 0.9; Optimizer.nesterov 0.1 0.9; Optimizer.adam 0.1; Optimizer.adamW 0.1 0.1 ] do
        Assert.That(rule { plain with optimizer = optimizer }, Is.EqualTo Rule.Fused)
    Assert.That(
        rule
            { plain with
                optimizer = Optimizer.scheduled (Schedule.constant 0.1) (fun rate -> Optimizer.momentum rate 0.9) },
        Is.EqualTo Rule.Fused
    )
    Assert.That(
        rule { plain with model = Model.compose [ Model.flatten; Model.linear 2 1; Model.flatten ] },
        Is.EqualTo Rule.Fused
    )
    Assert.That(rule { plain with model = Model.compose [ Model.linear 2 1; Model.scale 2.0 ] }, Is.EqualTo Rule.ClosedForm)
    Assert.That(rule { plain with model = Model.compose [ Model.linear 2 2; Model.linear 2 1 ] }, Is.EqualTo Rule.ClosedForm)
    Assert.That(rule { plain with rule = Some Rule.Autodiff }, Is.EqualTo Rule.Autodiff)
    Assert.That(rule { plain with rule = Some Rule.ClosedForm }, Is.EqualTo Rule.ClosedForm)
    Assert.That(rule own, Is.EqualTo Rule.Autodiff)
    Assert.That(rule { plain with model = line }, Is.EqualTo Rule.Autodiff)
    let forced = { own with model = line; rule = Some Rule.ClosedForm }
    Check.fails<SettingsException>
        [ "The rule ClosedForm cannot be used: the model 'line' has no pullback, and the loss 'own' has no adjoint."
          "Autodiff" ]
        (fun () -> rule forced |> ignore)

// ---- early stopping --------------------------------------------------------------------------------------------------

/// Training goes from 0 to the weight 2; validation would have 0.5, so its loss falls and rises again.
let private overshooting () =
    let x = Array2D.init 20 1 (fun i _ -> float (i - 10) / 10.0)
    let data slope = Dataset.From(x, Array.init 20 (fun i -> slope * x[i, 0]))
    { Fit.defaults with
        model = Model.linear 1 1
        optimizer = Optimizer.sgd 0.02
        batch = 5
        epochs = 40
        validation = Some(data 0.5) },
    data 2.0

[<Test>]
let ``early stopping restores the best epoch and stops when patience is over`` () =
    let settings, data = overshooting ()
    let whole = Fit.run settings data
    let losses = [ for e in whole.history -> e.Validation.Value.Loss ]
    let best = 1 + List.findIndex ((=) (List.min losses)) losses
    Assert.That(best, Is.InRange(2, 20))
    for patience in [ 1; 3; 1000 ] do
        let stopping = Some { patience = patience; minDelta = 0.0 }
        let fitted = Fit.run { settings with earlyStopping = stopping } data
        Assert.That(fitted.epoch, Is.EqualTo best)
        Assert.That(fitted.history.Count, Is.EqualTo(min 40 (best + patience)))
        Assert.That(fitted.steps, Is.EqualTo(4 * fitted.history.Count))
        let expected = Fit.run { settings with epochs = best } data
        Fixture.sameBitsEach expected.parameters fitted.parameters
        Assert.That(fitted.state.step, Is.EqualTo expected.state.step)
        Assert.That((Fit.evaluate settings.validation.Value fitted).Loss, Is.EqualTo(List.min losses))
    // An improvement below the least one counts as none: the first epoch is the best then, and one more is run.
    let coarse = Fit.run { settings with earlyStopping = Some { patience = 1; minDelta = 100.0 } } data
    Assert.That((coarse.epoch, coarse.history.Count), Is.EqualTo((1, 2)))

// ---- cancellation ----------------------------------------------------------------------------------------------------

[<Test>]
let ``a cancelled fit stops within a minibatch and leaves nothing behind`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 100 }
    let settings = { Fit.defaults with model = Model.linear 2 1; batch = 10; epochs = 3 }
    let expected = Fit.run settings data
    for cancelAt in 1..29 do
        use source = new CancellationTokenSource()
        let mutable steps = 0
        let count (_: StepReport) =
            steps <- steps + 1
            if steps = cancelAt then source.Cancel()
        let cancelled = { settings with onStep = count; cancellation = source.Token }
        Check.caught<OperationCanceledException>(fun () -> Fit.run cancelled data |> ignore) |> ignore
        Assert.That(steps, Is.EqualTo cancelAt)
        sameFit expected (Fit.run settings data)

[<Test>]
let ``a fit cancelled before it begins does nothing, and evaluation stops too`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 2000 }
    let validation = Synthetic.linear { Synthetic.defaults with n = 2000; seed = 1 }
    use source = new CancellationTokenSource()
    let mutable steps, epochs = 0, 0
    let settings =
        { Fit.defaults with
            model = Model.linear 2 1
            batch = 2000
            validation = Some validation
            onEpoch = fun _ -> epochs <- epochs + 1
            onStep =
                fun _ ->
                    steps <- steps + 1
                    source.Cancel()
            cancellation = source.Token }
    // Cancelled in the only step of the epoch: the validation that would follow does not take place.
    Check.caught<OperationCanceledException>(fun () -> Fit.run settings data |> ignore) |> ignore
    Assert.That((steps, epochs), Is.EqualTo((1, 0)))
    Check.caught<OperationCanceledException>(fun () -> Fit.run settings data |> ignore) |> ignore
    Assert.That((steps, epochs), Is.EqualTo((1, 0)))

// ---- divergence ------------------------------------------------------------------------------------------------------

let private plain = { Fit.defaults with model = Model.linear 2 1 }
let private diverges (settings: FitSettings) data = Check.caught<DivergedException>(fun () -> Fit.run settings data |> ignore)

[<Law>]
let ``a rate that is far too large is refused with one that works`` (case: Case) =
    let case = { case with rows = 20 + case.rows }
    let spread = Synthetic.classes { Synthetic.classDefaults with n = 60; spread = 2.0; seed = case.seed }
    let regression = { regression case with optimizer = Optimizer.sgd (1e3 / (case.scale * case.scale)); epochs = 20 }
    let classification =
        { Fit.defaults with
            model = Model.linear 2 3
            loss = Loss.crossEntropy
            optimizer = Optimizer.sgd 1e4
            batch = 10
            seed = case.seed }
    for settings, data in [ regression, numbers case; classification, spread ] do
        let e = diverges settings data
        let steps = (data.Rows - 1) / settings.batch + 1
        Assert.That(e.Epoch, Is.InRange(1, settings.epochs))
        Assert.That(e.Step, Is.InRange((e.Epoch - 1) * steps + 1, e.Epoch * steps))
        Assert.That(Double.IsFinite e.LastFiniteLoss)
        let rate = settings.optimizer.rate 0
        Assert.That(e.Advice, Does.StartWith $"The learning rate was up to {rate:R}: try ")
        let advised = Double.Parse((e.Advice.Split("try ").[1].Split ". ").[0])
        Assert.That(e.SuggestedRate.Value, Is.EqualTo advised)
        Assert.That(advised, Is.GreaterThan(0.0).And.LessThanOrEqualTo(rate / 10.0))
        Assert.That((Fit.run { settings with optimizer = Optimizer.sgd advised } data).epoch, Is.EqualTo settings.epochs)

[<Test>]
let ``divergence of a loss that stays finite is found at the end of the epoch`` () =
    let data = Synthetic.classes { Synthetic.classDefaults with n = 60; spread = 2.0 }
    let settings =
        { Fit.defaults with
            model = Model.linear 2 3
            loss = Loss.crossEntropy
            optimizer = Optimizer.sgd 1e4
            batch = 20 }
    let told = List<StepReport>()
    let e = diverges { settings with onStep = told.Add } data
    Assert.That((e.Epoch, e.Step), Is.EqualTo((1, 3)))
    Assert.That(told.Count, Is.EqualTo 3)
    Assert.That(e.LastFiniteLoss, Is.EqualTo told[2].loss)
    let mean = Seq.averageBy (fun (s: StepReport) -> s.loss) told
    Assert.That(mean, Is.GreaterThan(10.0 * log 3.0))

[<Test>]
let ``training that is only slow, noisy or far away has not diverged`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 200 }
    let settings = { Fit.defaults with model = Model.linear 2 1; epochs = 2 }
    let runs settings data = Assert.That((Fit.run settings data).steps, Is.GreaterThan 0)
    // Begun far away, with a loss a million times that of knowing nothing.
    let far = Model.initWith (fun p -> 1000.0 * dsharp.ones p.shape) settings.model
    runs { settings with initial = Some far; optimizer = Optimizer.sgd 1e-4 } data
    // Begun at the optimum, where the noise of a large rate is many times the first loss.
    let optimum = [ dsharp.tensor [ [ 2.0 ]; [ -3.4 ] ]; dsharp.tensor [ 4.2 ] ]
    runs { settings with initial = Some optimum; optimizer = Optimizer.sgd 0.5; batch = 4 } data
    // A perceptron does not mind its rate.
    let signs =
        Dataset.From(Array2D.init 40 1 (fun i _ -> float (i - 20) + 0.5), Array.init 40 (fun i -> if i < 20 then -1.0 else 1.0))
    runs { settings with model = Model.linear 1 1; loss = Loss.perceptron; optimizer = Optimizer.sgd 1e6 } signs
    // One target that is a million times the others.
    let outlier = Dataset.From(Array2D.create 100 1 1.0, Array.init 100 (fun i -> if i = 70 then 1e6 else 1.0))
    runs { settings with model = Model.linear 1 1; optimizer = Optimizer.sgd 0.01 } outlier
    // A loss of one's own that cannot take scores of 0.
    let ownLoss = Loss.define "own" (fun p y -> Information.surprisal (p.squeeze 1) + 0.0 * y.squeeze 1)
    let sigmoid = Model.compose [ Model.linear 2 1; Model.sigmoid ]
    runs { settings with model = sigmoid; loss = ownLoss; optimizer = Optimizer.sgd 0.1 } data

[<Test>]
let ``a gradient or a parameter that is not finite is divergence`` () =
    let data = Dataset.From(Array2D.create 4 1 1.0f, Array.create 4 0.0f)
    let zero = [ dsharp.zeros [ 1; 1 ]; dsharp.zeros [ 1 ] ]
    let settings =
        { Fit.defaults with model = Model.linear 1 1; initial = Some zero; epochs = 1; optimizer = Optimizer.sgd 1.0 }
    // √r² is finite at 0, its derivative 0/0 is not.
    let root = Loss.define "root" (fun ŷ y -> ((ŷ - y) * (ŷ - y)).sqrt().squeeze 1)
    let e = diverges { settings with loss = root; batch = 1 } data
    Assert.That((e.Epoch, e.Step, e.LastFiniteLoss), Is.EqualTo((1, 1, 0.0)))
    // A single step of 1e38·1000 is beyond Float32.
    let ones = Dataset.From(Array2D.create 4 1 1000.0f, Array.create 4 1000.0f)
    let e = diverges { settings with optimizer = Optimizer.sgd 1e38 } ones
    Assert.That((e.Epoch, e.Step, e.LastFiniteLoss), Is.EqualTo((1, 1, 500000.0)))
    // Values whose squares are beyond Float32: the rate is not to blame.
    let huge = Dataset.From(Array2D.create 4 1 1.0f, Array.create 4 1e30f)
    let e = diverges settings huge
    Assert.That((e.Epoch, e.Step, Double.IsNaN e.LastFiniteLoss), Is.EqualTo((1, 1, true)))
    Assert.That(e.Message, Does.Contain("no loss was finite").And.Contain "scale the targets down")

[<Test>]
let ``the last updates are looked at too`` () =
    // One step on all rows: its loss is that of before, and only what is seen after it shows what it did.
    let data = Synthetic.linear { Synthetic.defaults with n = 600 }
    let points = Synthetic.classes { Synthetic.classDefaults with spread = 2.0 }
    let settings = { Fit.defaults with model = Model.linear 2 1; batch = 1000; epochs = 1; optimizer = Optimizer.sgd 1e10 }
    for settings, data in
        [ settings, data
          { settings with optimizer = Optimizer.adam 1e10 }, data
          { settings with model = Model.linear 2 3; loss = Loss.crossEntropy }, points ] do
        let e = diverges settings data
        Assert.That((e.Epoch, e.Step, Double.IsFinite e.LastFiniteLoss), Is.EqualTo((1, 1, true)))
        Assert.That(e.SuggestedRate.Value, Is.InRange(1e-9, 1e9))

[<Test>]
let ``Adam may leap and come back, and is advised by its rate alone`` () =
    let images, _ = Synthetic.garments 500 1 1
    let settings =
        { Fit.defaults with
            model = Model.linear 784 10
            loss = Loss.crossEntropy
            batch = 500
            optimizer = Optimizer.adam 0.01 }
    // Bytes as they are make scores of hundreds within a few steps.
    let early = diverges { settings with epochs = 4 } images
    Assert.That((early.Epoch, early.SuggestedRate.Value), Is.EqualTo((4, 0.001)))
    let fitted = Fit.run { settings with epochs = 200 } images
    Assert.That(fitted.history[3].Running.Loss, Is.GreaterThan(10.0 * log 10.0))
    Assert.That(fitted.history[199].Running.Loss, Is.LessThan(log 10.0))

[<Test>]
let ``a loss on other data that is not finite is not passed over`` () =
    let x = Array2D.create 20 1 1.0f
    let data, far = Dataset.From(x, Array.create 20 1.0f), Dataset.From(x, Array.create 20 1e25f)
    let settings = { plain with model = Model.linear 1 1; validation = Some far }
    let e = diverges settings data
    Assert.That((e.Epoch, e.Step, e.SuggestedRate.HasValue), Is.EqualTo((1, 1, false)))
    Assert.That(e.Message, Does.Contain "the loss on the validation data is not finite")
    let stopping = Some { patience = 2; minDelta = 0.0 }
    Assert.That((diverges { settings with earlyStopping = stopping } data).Epoch, Is.EqualTo 1)

[<Test>]
let ``the rate of a schedule is that of the step that diverged`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 100 }
    let schedule step = if step < 15 then 0.03 else 1e6
    let settings =
        { Fit.defaults with
            model = Model.linear 2 1
            batch = 10
            optimizer = Optimizer.scheduled schedule Optimizer.sgd }
    let e = diverges settings data
    Assert.That(e.Epoch, Is.EqualTo 2)
    Assert.That(e.Advice, Does.StartWith "The learning rate was up to 1000000: try ")
    // What was too much stays so when the schedule has come down to 0 by the end of the epoch.
    let spread = Synthetic.classes { Synthetic.classDefaults with n = 60; spread = 2.0 }
    let falling =
        { Fit.defaults with
            model = Model.linear 2 3
            loss = Loss.crossEntropy
            batch = 10
            epochs = 1
            optimizer = Optimizer.scheduled (Schedule.cosine 1e4 0.0 5) Optimizer.sgd }
    Assert.That((diverges falling spread).Advice, Does.StartWith "The learning rate was up to 10000: try ")

// ---- wrong use -------------------------------------------------------------------------------------------------------

let private houses = Synthetic.linear { Synthetic.defaults with n = 20 }
let private isEqual (expected: 'a) (actual: 'a) = Assert.That<'a>(actual, Is.EqualTo(box expected))

[<Test>]
let ``all problems of settings are said at once`` () =
    let settings =
        { Fit.defaults with
            optimizer = Optimizer.sgd 0.0
            batch = 0
            epochs = 0
            classWeights = [ 1.0 ]
            earlyStopping = Some { patience = 0; minDelta = -1.0 }
            validation = Some(Synthetic.linear { Synthetic.defaults with w = [ 1.0; 2.0; 3.0 ] })
            initial = Some [ dsharp.zeros [ 1 ] ] }
    let expected =
        [ "The model is 'flatten', without parameters; expected one that can learn."
          "The batch size is 0; expected 1 or more."
          "The number of epochs is 0; expected 1 or more."
          "The learning rate is 0; expected a finite number above 0."
          "The L1 penalty's factor is NaN; expected a finite number, 0 or more."
          "The L2 penalty's factor is -1; expected a finite number, 0 or more."
          "There are class weights, but the targets are numbers."
          "The patience of early stopping is 0; expected 1 or more."
          "The least improvement of early stopping is -1; expected a finite number, 0 or more."
          "The width of the validation data is 3; expected 2, as the training data have."
          "There are 1 parameters to begin with; expected 0, as the model has." ]
    let settings = { settings with penalty = { l1 = nan; l2 = -1.0 } }
    for run in [ Fit.run; Fit.untrained ] do
        let e = Check.caught<SettingsException>(fun () -> run settings houses |> ignore)
        Assert.That(List.ofSeq e.Problems, Is.EqualTo(box expected))

[<Test>]
let ``each setting that cannot be used is refused in words`` () =
    let points = Synthetic.classes Synthetic.classDefaults
    let softmax = { Fit.defaults with model = Model.linear 2 3; loss = Loss.crossEntropy }
    let zeros shape : Tensor = dsharp.zeros (shape: int list)
    let refused (settings: FitSettings) data problem =
        let e = Check.caught<SettingsException>(fun () -> Fit.run settings data |> ignore)
        Assert.That(List.ofSeq e.Problems, Is.EqualTo(box [ problem ]))
    refused { plain with batch = -1 } houses "The batch size is -1; expected 1 or more."
    refused { plain with epochs = -1 } houses "The number of epochs is -1; expected 1 or more."
    for rate in [ nan; infinity; -1.0 ] do
        let optimizer = { Optimizer.sgd 0.1 with rate = Schedule.constant rate }
        refused { plain with optimizer = optimizer } houses $"The learning rate is {rate}; expected a finite number above 0."
    refused
        { plain with
            optimizer = Optimizer.scheduled (fun step -> 0.05 - 0.01 * float step) (fun _ -> Optimizer.sgd 0.1)
            batch = 5 }
        houses
        "The learning rate of step 7 is -0.009999999999999995; expected a finite number, 0 or more."
    refused
        { plain with earlyStopping = Some { patience = 3; minDelta = infinity }; validation = Some houses }
        houses
        "The least improvement of early stopping is Infinity; expected a finite number, 0 or more."
    refused { plain with validation = Some null } houses "The validation data are null; expected some rows, or None."
    refused
        { plain with validation = Some(Synthetic.linear { Synthetic.defaults with dtype = Dtype.Float64 }) }
        houses
        "The type of number of the validation data is Float64; expected Float32, as the training data have."
    refused { softmax with classWeights = [ 1.0; 2.0 ] } points "There are 2 class weights; expected 3, one per class."
    refused
        { plain with earlyStopping = Some { patience = 3; minDelta = 0.0 } }
        houses
        "The validation data of early stopping is missing; expected some rows."
    refused
        { plain with validation = Some points }
        houses
        "The validation data have 3 classes; expected 1 target numbers per row, as the training data have."
    let two = Dataset.From(Array2D.zeroCreate<float32> 3 2, Array2D.zeroCreate<float32> 3 2)
    refused
        { plain with validation = Some two }
        houses
        "The targets of the validation data is 2 target numbers per row; expected 1 target numbers per row, as the training data have."
    refused
        { softmax with validation = Some(points.WithClassNames("a", "b", "c", "d")) }
        points
        "The targets of the validation data is 4 classes; expected 3 classes, as the training data have."
    refused
        { softmax with classWeights = [ 1.0; 0.0; 1.0 ] }
        points
        "The weight of class 1 is 0; expected a finite number above 0."
    refused
        { softmax with model = Model.linear 2 2 }
        points
        "The number of the model's outputs is 2; expected 3: the data have 3 classes."
    refused
        { plain with model = Model.linear 2 2 }
        houses
        "The number of the model's outputs is 2; expected 1: the data have 1 target numbers per row."
    let initial values = { plain with initial = Some values }
    refused (initial [ zeros [ 2; 1 ] ]) houses "There are 1 parameters to begin with; expected 2, as the model has."
    refused (initial [ zeros [ 2; 2 ]; zeros [ 1 ] ]) houses "The first value of 'weight' is [2; 2]; expected the shape [2; 1]."
    refused
        (initial [ zeros [ 2; 1 ]; dsharp.zeros ([ 1 ], dtype = Dtype.Float64) ])
        houses
        "The first value of 'bias' is Float64; expected Float32, as the data are."
    refused (initial [ zeros [ 2; 1 ]; dsharp.tensor [ nan ] ]) houses "The first value of 'bias' is not finite."
    let e = Check.caught<SettingsException>(fun () -> Fit.run { plain with model = Model.linear 3 1 } houses |> ignore)
    Assert.That(e.Message, Does.StartWith "model 'linear 3 → 1': got shape [1; 2], expected [n; 3]")

[<Test>]
let ``a loss for other targets is refused in words, before training`` () =
    let points = Synthetic.classes Synthetic.classDefaults
    let refused (settings: FitSettings) data words =
        let e = Check.caught<SettingsException>(fun () -> Fit.run settings data |> ignore)
        Assert.That(e.Problems.Count, Is.EqualTo 1)
        for word: string in words do
            Assert.That(e.Message, Does.Contain word)
    refused
        { plain with model = Model.linear 2 3 }
        points
        [ "The loss 'squared' does not take these targets, 3 classes. Cross-entropy takes labels. (" ]
    refused
        { plain with loss = Loss.crossEntropy }
        houses
        [ "The loss 'cross-entropy' does not take these targets, 1 target numbers per row. The squared loss takes numbers. (" ]

[<Test>]
let ``a loss of one's own may fail at scores of 0 in its own way`` () =
    let own =
        Loss.define "own" (fun ŷ y ->
            if float (ŷ.abs().sum()) = 0.0 then invalidArg "ŷ" "all zero"
            ((ŷ - y) * (ŷ - y)).squeeze 1)
    Assert.That((Fit.run { plain with loss = own } houses).epoch, Is.EqualTo 10)

[<Test>]
let ``null data are refused by name`` () =
    let fitted = Fit.untrained plain houses
    for give in
        [ fun () -> Fit.run plain null |> ignore
          fun () -> Fit.untrained plain null |> ignore
          fun () -> Fit.evaluate null fitted |> ignore
          fun () -> Fit.scores null fitted |> ignore
          fun () -> Fit.classes null fitted |> ignore
          fun () -> Data.all null |> ignore
          fun () -> Data.rows [| 0 |] null |> ignore
          fun () -> Data.shuffled 1 1 null |> ignore
          fun () -> Data.inOrder 1 null |> ignore ] do
        isEqual "data" (Check.caught<ArgumentNullException> give).ParamName
    isEqual "indices" (Check.caught<ArgumentNullException>(fun () -> Data.rows null houses |> ignore)).ParamName

[<Test>]
let ``a number of class weights that does not fit is refused`` () =
    let points = Synthetic.classes Synthetic.classDefaults
    let softmax = { Fit.defaults with model = Model.linear 2 3; loss = Loss.crossEntropy; classWeights = [ 1.0; 2.0 ] }
    Check.fails<SettingsException> [ "There are 2 class weights; expected 3" ] (fun () -> Fit.run softmax points |> ignore)

[<Test>]
let ``a value that is not finite is named by row and column`` () =
    let data (row: int) column (value: float) =
        let x = Array2D.init 30 2 (fun i j -> float (i + j))
        x[row, column] <- value
        Dataset.From(x, Array.init 30 float).WithFeatureNames("area", "age")
    for value in [ nan; infinity; -infinity ] do
        let refused what (fit: unit -> Fitted) =
            let e = Check.caught<DataException>(fun () -> fit () |> ignore)
            Assert.That(e.Message, Does.StartWith $"{what}: got {value:R} in row 17, feature 'age'; expected a finite number.")
            Assert.That(e.Where, Is.EqualTo "row 17, column 'age'")
        refused "training data" (fun () -> Fit.run plain (data 17 1 value))
        for rule in [ Rule.Autodiff; Rule.ClosedForm; Rule.Fused ] do
            refused "training data" (fun () ->
                Fit.run { plain with rule = Some rule; batch = 1; optimizer = Optimizer.sgd 1e-5 } (data 17 1 value))
        let good = data 0 0 0.0
        refused "validation data" (fun () -> Fit.run { plain with validation = Some(data 17 1 value) } good)
        let fitted = Fit.untrained plain good
        refused "data" (fun () ->
            Fit.evaluate (data 17 1 value) fitted |> ignore
            fitted)
        refused "data" (fun () ->
            Fit.scores (data 17 1 value) fitted |> ignore
            fitted)
        let targets = Array.init 30 float
        targets[21] <- value
        let x = Array2D.init 30 2 (fun i j -> float (i + j))
        Check.fails<DataException> [ $"training data: got {value:R} in row 21, target 'price'" ] (fun () ->
            Fit.run plain (Dataset.From(x, targets).WithTargetNames("price")) |> ignore)
        let bad = Dataset.From(x, targets)
        Check.fails<DataException> [ $"validation data: got {value:R} in row 21, target 'y'" ] (fun () ->
            Fit.run { plain with validation = Some bad } good |> ignore)

[<Test>]
let ``a target that the loss refuses is named by its row among all`` () =
    let x = Array2D.create 1500 1 1.0
    let targets = Array.init 1500 (fun i -> if i = 1234 then 2.0 else 1.0)
    let settings = { Fit.defaults with model = Model.linear 1 1; loss = Loss.binaryCrossEntropy }
    let bad, good = Dataset.From(x, targets), Dataset.From(x, Array.create 1500 1.0)
    let refused = Check.fails<DataException> [ "got 2 in row 1234, expected a number from 0 to 1" ]
    refused (fun () -> Fit.run settings bad |> ignore)
    let mutable epochs = 0
    let watched = { settings with validation = Some bad; onEpoch = fun _ -> epochs <- epochs + 1 }
    Check.fails<DataException> [ "validation data: "; "got 2 in row 1234" ] (fun () -> Fit.run watched good |> ignore)
    Assert.That(epochs, Is.EqualTo 0)
    refused (fun () -> Fit.untrained settings good |> Fit.evaluate bad |> ignore)

[<Test>]
let ``scores are kept, whatever memory they came in`` () =
    // The scores of this model are its inputs, and so lie where they lie.
    let through = Model.define "through" [ Parameter.bias "unused" [ 1 ] ] (fun _ x -> x.view x.shape)
    let data = Dataset.From(Array2D.init 1200 1 (fun i _ -> float i), Array.init 1200 float)
    let scores = Fit.untrained { plain with model = through } data |> Fit.scores data
    isEqual (Array.init 1200 float) (Check.values scores)

[<Test>]
let ``data of another width cannot be predicted`` () =
    let fitted = Fit.run { plain with epochs = 1 } houses
    let wide = Synthetic.linear { Synthetic.defaults with w = [ 1.0; 2.0; 3.0 ]; n = 4 }
    let refused = Check.fails<ShapeException> [ "model 'linear 2 → 1': got shape [4; 3], expected [n; 2]" ]
    refused (fun () -> Fit.evaluate wide fitted |> ignore)
    refused (fun () -> Fit.scores wide fitted |> ignore)

// ---- the book's numbers ----------------------------------------------------------------------------------------------

[<Test>]
let ``the book's linear regression`` () =
    for seed in 0..4 do
        let data = Synthetic.linear { Synthetic.defaults with seed = seed }
        let settings = { Fit.defaults with model = Model.linear 2 1; batch = 10; epochs = 3; seed = seed; lossAfterEpoch = true }
        let fitted = Fit.run settings data
        let losses = [ for e in fitted.history -> e.After.Value.Loss ]
        // The book has 0.04, 0.0002 and 0.00005, half the variance of the noise.
        List.iter2 (fun (loss: float) (bound: float) -> Assert.That(loss, Is.LessThan bound)) losses [ 0.1; 0.0005; 0.00007 ]
        let errors = Array.map2 (-) [| 2.0; -3.4; 4.2 |] (fitted.parameters |> List.toArray |> Array.collect Check.values)
        for error in errors do
            Assert.That(abs error, Is.LessThan 0.002)
