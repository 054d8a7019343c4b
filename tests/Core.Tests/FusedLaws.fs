module LinearNets.Tests.FusedLaws

open System
open System.Threading
open System.Threading.Tasks
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

// ---- problems of every kind ------------------------------------------------------------------------------------------

let private pick (items: 'a list) n = items[abs n % items.Length]

/// Around the widths of registers, tiles and panels.
let private columns = [ 1; 2; 3; 5; 7; 8; 9; 15; 16; 17; 23; 31; 32; 33; 47; 63; 64; 65; 79; 95; 100 ]
let private outputs = [ 1; 2; 3; 4; 5; 6; 7; 9; 10; 11; 13; 16; 26 ]

let private losses =
    [ Loss.squared
      Loss.mse
      Loss.absolute
      Loss.huber 0.5
      Loss.gaussian 0.7
      Loss.binaryCrossEntropy
      Loss.squaredSigmoid
      Loss.perceptron
      Loss.crossEntropy ]

/// Adam's ε is large where a rounding of a gradient near 0 would otherwise be a whole step.
let private optimizers =
    [ Optimizer.sgd 0.05
      Optimizer.proximal 0.05 0.3
      Optimizer.momentum 0.05 0.9
      Optimizer.nesterov 0.05 0.9
      Optimizer.adamWith 0.05 0.9 0.999 0.1
      Optimizer.scheduled (Schedule.exponential 0.1 0.5) (fun rate -> Optimizer.momentum rate 0.5) ]

type private Kind =
    | Bytes
    | Singles
    | Doubles

let private problem (case: Case) =
    let seed = case.seed
    let draw stream count = Random.normals count (Random.split (Random.key seed) stream)
    let n, d, q = 1 + seed % 150, pick columns (seed / 3), pick outputs (seed / 7)
    let loss = pick losses (seed / 11)
    let isCrossEntropy = obj.ReferenceEquals(loss, Loss.crossEntropy)
    let q = if isCrossEntropy then max 2 q else q
    let kind = pick [ Bytes; Singles; Doubles ] (seed / 13)
    let x = draw 0 (n * d)
    let bytes = x |> Array.map (fun v -> byte (min 255.0 (abs v * 80.0)))
    let y =
        draw 1 (n * q)
        |> Array.map (fun v ->
            if obj.ReferenceEquals(loss, Loss.binaryCrossEntropy) then 1.0 / (1.0 + exp -v)
            elif obj.ReferenceEquals(loss, Loss.perceptron) then (if v > 0.0 then 1.0 else -1.0)
            else v)
    let labels = draw 2 n |> Array.map (fun v -> int (abs v * 1000.0) % q)
    let table features =
        Dataset(Table.create d features (if isCrossEntropy then Targets.Classes labels else Targets.Numbers(y, q)))
    let data =
        match kind with
        | Bytes -> table (Features.Bytes bytes)
        | Singles -> table (Features.Singles(Array.map float32 x))
        | Doubles -> table (Features.Doubles x)
    let data = if isCrossEntropy then data.WithClassNames(Array.init q string) else data
    let weights = draw 5 n |> Array.map (fun v -> if v < -1.0 then 0.0 else abs v + 0.1)
    let data = if seed % 3 = 0 && Array.exists ((<) 0.0) weights then data.WithWeights weights else data
    let linear = Model.linear d q
    let dtype = if kind = Doubles then Dtype.Float64 else Dtype.Float32
    let initial = [ dsharp.tensor(draw 3 (d * q), dtype = dtype).view [ d; q ]; dsharp.tensor (draw 4 q, dtype = dtype) ]
    let scale = if kind = Bytes then 1.0 / 255.0 else 1.0 / sqrt (float d)
    let settings =
        { Fit.defaults with
            model = Model.compose [ Model.flatten; Model.scale scale; linear ]
            loss = loss
            optimizer = pick optimizers (seed / 17)
            penalty = pick [ Penalty.none; Penalty.l2 0.1; Penalty.elasticNet 0.1 0.5 ] (seed / 19)
            classWeights = (if isCrossEntropy && seed % 2 = 0 then List.init q (fun c -> 0.5 + float (c % 3)) else [])
            batch = pick [ 1; 7; 63; 64; 65; 1000 ] (seed / 23)
            epochs = 1
            seed = seed
            initial = Some initial }
    settings, data, (if kind = Doubles then 2.0 ** -52.0 else 2.0 ** -23.0)

let private about (settings: FitSettings) (data: Dataset) =
    $"{data}, {settings.loss}, {settings.optimizer}, {settings.penalty}, batch {settings.batch}, {settings.classWeights.Length} class weights"

let private by rule (settings: FitSettings) = Fit.run { settings with rule = Some rule }

// ---- Fused = Autodiff ------------------------------------------------------------------------------------------------

[<Law>]
let ``an update by the kernel is that of the definitions`` (case: Case) =
    let settings, data, eps = problem case
    let settings = { settings with batch = 1000 }
    Fixture.each (fun _ -> about settings data) [ () ] (fun () ->
        let fused, definition = by Rule.Fused settings data, by Rule.Autodiff settings data
        let tolerance = 64.0 * eps * sqrt (float (data.Rows + data.Columns))
        List.iter2 (Check.nearRelative tolerance) definition.parameters fused.parameters
        List.iter2 (List.iter2 (Check.nearRelative (10.0 * tolerance))) definition.state.slots fused.state.slots
        Assert.That((fused.steps, fused.state.step), Is.EqualTo((1, 1)))
        let a, b = definition.history[0].Running, fused.history[0].Running
        Check.nearNumber (tolerance * (1.0 + abs a.Loss)) a.Loss b.Loss
        Check.nearNumber (tolerance * (1.0 + abs a.Metric)) a.Metric b.Metric
        Assert.That(b.MetricName, Is.EqualTo a.MetricName))

[<Law>]
let ``an epoch by the kernel is that of the definitions`` (case: Case) =
    let settings, data, eps = problem case
    // Signs and kinks decide otherwise where a rounding does.
    let smooth =
        { settings with
            loss = (if data.HasClasses then Loss.crossEntropy else Loss.squared)
            penalty = Penalty.l2 0.1 }
    Fixture.each (fun _ -> about smooth data) [ () ] (fun () ->
        let fused, definition = by Rule.Fused smooth data, by Rule.ClosedForm smooth data
        let tolerance = 64.0 * eps * float (definition.steps + data.Columns + data.Rows)
        List.iter2 (Check.nearRelative tolerance) definition.parameters fused.parameters
        Assert.That(fused.steps, Is.EqualTo definition.steps)
        let a, b = definition.history[0].Running, fused.history[0].Running
        Check.nearNumber (tolerance * (1.0 + abs a.Loss)) a.Loss b.Loss)

[<Test>]
let ``images of 784 bytes, and scores of many chunks`` () =
    let images, _ = Synthetic.garments 300 1 5
    let many = Synthetic.linear { Synthetic.defaults with w = List.init 5000 (fun j -> float (j % 7) / 70.0); n = 130 }
    for settings, data in
        [ { Fit.defaults with
              model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear 784 10 ]
              loss = Loss.crossEntropy
              batch = 100 },
          images
          { Fit.defaults with model = Model.linear 5000 1; optimizer = Optimizer.sgd 1e-4; batch = 130 }, many ] do
        let settings = { settings with epochs = 2 }
        let fused, definition = by Rule.Fused settings data, by Rule.ClosedForm settings data
        List.iter2 (Check.nearRelative 2e-5) definition.parameters fused.parameters
        Check.nearNumber 1e-4 definition.history[1].Running.Loss fused.history[1].Running.Loss
        let metric = definition.history[1].Running.Metric
        Check.nearNumber (1e-6 * metric) metric fused.history[1].Running.Metric

[<Law>]
let ``evaluation by the kernel is that of the definitions`` (case: Case) =
    let settings, data, eps = problem case
    let settings = { settings with batch = 1000; lossAfterEpoch = true; validation = Some data }
    Fixture.each (fun _ -> about settings data) [ () ] (fun () ->
        let fused = by Rule.Fused settings data
        let here = Fit.evaluate data fused
        let there = Fit.evaluate data { fused with rule = Rule.Autodiff }
        let tolerance = 64.0 * eps * float (1 + data.Columns)
        Check.nearNumber (tolerance * (1.0 + abs there.Loss)) there.Loss here.Loss
        Check.nearNumber (tolerance * (1.0 + abs there.Metric)) there.Metric here.Metric
        Assert.That(fused.history[0].After.Value.Loss, Is.EqualTo here.Loss)
        Assert.That(fused.history[0].Validation.Value.Metric, Is.EqualTo here.Metric))

// ---- row weights -----------------------------------------------------------------------------------------------------

[<Law>]
let ``a row of weight 0 is a row removed, to the bit`` (case: Case) =
    let settings, data, _ = problem case
    let weights = Array.init data.Rows (fun row -> if row % 3 = 1 then 0.0 else 1.0 + float (row % 5))
    let kept =
        [| for row in 0 .. data.Rows - 1 do
               if weights[row] > 0.0 then row |]
    let settings = { settings with optimizer = Optimizer.momentum 1e-4 0.5; epochs = 2; lossAfterEpoch = true }
    for rule in [ Rule.Fused; Rule.Autodiff; Rule.ClosedForm ] do
        Fixture.each (fun _ -> $"{rule}, {about settings data}") [ () ] (fun () ->
            let all = by rule settings (data.WithWeights weights)
            let removed = by rule settings ((data.WithWeights weights).Pick kept)
            Fixture.sameBitsEach removed.parameters all.parameters
            Assert.That(all.steps, Is.EqualTo removed.steps)
            let reports (fitted: Fitted) = [ for e in fitted.history -> e.Running, e.After ]
            Assert.That(reports all, Is.EqualTo(box (reports removed))))

[<Law>]
let ``the loss of knowing nothing is that of a model of zeros, by its rows' weights`` (case: Case) =
    let settings, data, eps = problem case
    let zeros = settings.initial.Value |> List.map _.zerosLike()
    let model = { Fit.untrained settings data with parameters = zeros; rule = Rule.Autodiff }
    let loss = (Fit.evaluate data model).Loss
    Check.nearNumber (64.0 * eps * (1.0 + abs loss)) loss (Divergence.lossOfKnowingNothing settings zeros data)

[<Test>]
let ``what a row of weight 0 holds is not looked at`` () =
    let x, y = array2D [ [ 1.0 ]; [ nan ]; [ 3.0 ]; [ infinity ] ], [| 1.0; 2.0; nan; 4.0 |]
    let data = Dataset.From(x, y).WithWeights([| 1.0; 0.0; 0.0; 0.0 |])
    let settings = { Fit.defaults with model = Model.linear 1 1; validation = Some data }
    for rule in [ Rule.Fused; Rule.Autodiff ] do
        Assert.That(by rule settings data |> _.parameters |> List.forall (fun p -> p.Raw.FirstNotFinite() < 0))
    let other = Dataset.From(x, y).WithWeights([| 1.0; 0.0; 0.0; 0.5 |])
    for rule in [ Rule.Fused; Rule.Autodiff ] do
        Check.fails<DataException> [ "row 3" ] (fun () -> by rule settings other |> ignore)

[<Law>]
let ``a row of weight 2 is a row that is there twice`` (case: Case) =
    let settings, data, eps = problem case
    let settings = { settings with batch = 10000; lossAfterEpoch = true }
    let weights = Array.init data.Rows (fun row -> 1.0 + float (row % 2))
    let twice =
        [| for row in 0 .. data.Rows - 1 do
               yield! Array.replicate (int weights[row]) row |]
    let plain = data.WithWeights(Array.replicate data.Rows 1.0)
    for rule in [ Rule.Fused; Rule.Autodiff ] do
        Fixture.each (fun _ -> $"{rule}, {about settings data}") [ () ] (fun () ->
            let weighted, repeated = by rule settings (data.WithWeights weights), by rule settings (plain.Pick twice)
            let tolerance = 64.0 * eps * sqrt (float (2 * data.Rows + data.Columns))
            List.iter2 (Check.nearRelative tolerance) repeated.parameters weighted.parameters
            let a, b = repeated.history[0].Running.Loss, weighted.history[0].Running.Loss
            Check.nearNumber (tolerance * (1.0 + abs a)) a b)

// ---- the same bits ---------------------------------------------------------------------------------------------------

let private large () =
    let images, _ = Synthetic.garments 1500 1 3
    { Fit.defaults with
        model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear 784 10 ]
        loss = Loss.crossEntropy
        batch = 700
        epochs = 2
        threads = Some 1 },
    images

let private sameBits (a: Fitted) (b: Fitted) =
    Fixture.sameBitsEach a.parameters b.parameters
    Assert.That(
        [ for e in b.history -> e.Running.Loss, e.Running.Metric ],
        Is.EqualTo(box [ for e in a.history -> e.Running.Loss, e.Running.Metric ])
    )

[<Test>]
let ``the number of threads changes no bit`` () =
    let settings, data = large ()
    let one = Fit.run settings data
    for threads in [ 2; 3; 7; 200 ] do
        for _ in 1..3 do
            sameBits one (Fit.run { settings with threads = Some threads } data)
    sameBits one (Fit.run { settings with threads = None } data)

[<Test>]
let ``fits at once, and fits within fits, have the bits they have alone`` () =
    let settings, data = large ()
    let alone = Fit.run settings data
    let settings = { settings with threads = Some 2 }
    let fits = Array.zeroCreate 8
    Parallel.For(0, fits.Length, fun i -> fits[i] <- Fit.run settings data) |> ignore
    fits |> Array.iter (sameBits alone)
    let mutable inner = None
    let outer = { settings with onStep = fun s -> if s.epoch = 1 && s.step = 2 then inner <- Some(Fit.run settings data) }
    sameBits alone (Fit.run outer data)
    sameBits alone inner.Value

[<Test>]
let ``ten thousand fits leave no threads and no memory behind`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 200 }
    let settings = { Fit.defaults with model = Model.linear 2 1; batch = 200; epochs = 1; threads = Some 2 }
    let fits count =
        for _ in 1..count do
            Fit.run settings data |> ignore
        GC.Collect()
        GC.WaitForPendingFinalizers()
        Diagnostics.Process.GetCurrentProcess().Threads.Count, GC.GetTotalMemory true
    let _, _ = fits 100
    let threads, memory = fits 100
    let threadsAfter, memoryAfter = fits 10_000
    Assert.That(threadsAfter, Is.LessThanOrEqualTo(threads + 4))
    Assert.That(memoryAfter - memory, Is.LessThan 2_000_000L)

// ---- wrong use -------------------------------------------------------------------------------------------------------

[<Test>]
let ``what the kernel does not know is said, all of it`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 20 }
    let plain = { Fit.defaults with model = Model.linear 2 1; rule = Some Rule.Fused }
    let refused settings (problem: string) =
        let e = Check.caught<SettingsException>(fun () -> Fit.run settings data |> ignore)
        Assert.That(e.Message, Is.EqualTo problem)
    refused
        { plain with optimizer = Optimizer.adagrad 0.1 }
        "The rule Fused cannot be used: the optimizer 'adagrad' has no kernel. Leave the rule out, or use ClosedForm or Autodiff."
    let own = Loss.define "own" (fun ŷ y -> ((ŷ - y) * (ŷ - y)).squeeze 1)
    let model = Model.compose [ Model.linear 2 1; Model.sigmoid ]
    refused
        { plain with
            model = model
            loss = own
            optimizer = Optimizer.rmsProp 0.1 0.9
            measure = Some(Measure.topK 1) }
        ("The rule Fused cannot be used: the model 'linear 2 → 1, sigmoid' is not an affine one of 268435456 weights or fewer, and the loss 'own' has no kernel for "
         + "these targets, and the optimizer 'rmsProp' has no kernel, and the metric 'top-1 accuracy' has no kernel. "
         + "Leave the rule out, or use ClosedForm or Autodiff.")
    for threads in [ 0; -1; 256 ] do
        refused { plain with threads = Some threads } $"The number of threads is {threads}; expected 1 to 255."

[<Test>]
let ``a scheduled optimizer that becomes another is refused`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 20 }
    let schedule step = if step < 3 then 0.1 else 0.01
    let make rate = if rate = 0.1 then Optimizer.sgd rate else Optimizer.momentum rate 0.9
    let settings = { Fit.defaults with model = Model.linear 2 1; batch = 5; optimizer = Optimizer.scheduled schedule make }
    Check.fails<SettingsException> [ "is of another kind at step 4" ] (fun () -> Fit.run settings data |> ignore)

[<Test>]
let ``a fit by the kernel is cancelled within a minibatch`` () =
    let settings, data = large ()
    use source = new CancellationTokenSource()
    let mutable steps = 0
    let watched =
        { settings with
            batch = 10
            epochs = 1000
            cancellation = source.Token
            onStep =
                fun _ ->
                    steps <- steps + 1
                    if steps = 17 then source.Cancel() }
    Check.caught<OperationCanceledException>(fun () -> Fit.run watched data |> ignore) |> ignore
    Assert.That(steps, Is.EqualTo 17)

[<Law>]
let ``a feature that is not finite is found by the kernel, whatever the loss and the place`` (case: Case) =
    let settings, data, _ = problem case
    match data.Table.features with
    | Features.Bytes _ -> ()
    | _ ->
        let counting = Data.kept data
        let row, column = counting[case.seed % counting.Length], (case.seed / 5) % data.Columns
        for value in [ nan; infinity; -infinity ] do
            let spoilt =
                let at = row * data.Columns + column
                match data.Table.features with
                | Features.Singles x -> Features.Singles(x |> Array.mapi (fun i v -> if i = at then float32 value else v))
                | Features.Doubles x -> Features.Doubles(x |> Array.mapi (fun i v -> if i = at then value else v))
                | same -> same
            let bad = Dataset { data.Table with features = spoilt }
            let small = { settings with optimizer = Optimizer.sgd 1e-6; rule = Some Rule.Fused }
            let e = Check.caught<DataException>(fun () -> Fit.run small bad |> ignore)
            Assert.That(e.Message, Does.StartWith $"training data: got {value:R} in row {row}, feature 'x")
            Assert.That(e.Where, Does.StartWith $"row {row}, column 'x")

[<Law>]
let ``AdamW by the kernel lets weights decay and not biases`` (case: Case) =
    // In Float64, where no gradient is so small that its rounding would be a step.
    let data =
        Synthetic.linear
            { Synthetic.defaults with
                w = List.init (1 + case.seed % 40) (fun j -> 1.0 + float j)
                n = 60
                dtype = Dtype.Float64
                seed = case.seed }
    let settings =
        { Fit.defaults with
            model = Model.linear data.Columns 1
            optimizer = Optimizer.adamW 0.1 0.5
            batch = 17
            epochs = 2 }
    let fused, definition = by Rule.Fused settings data, by Rule.ClosedForm settings data
    List.iter2 (Check.nearRelative 1e-9) definition.parameters fused.parameters
    List.iter2 (List.iter2 (Check.nearRelative 1e-9)) definition.state.slots fused.state.slots

[<Test>]
let ``a fit that is cancelled at any moment is cancelled or done, and nothing else`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 300 }
    let settings = { Fit.defaults with model = Model.linear 2 1; batch = 1; threads = Some 1 }
    let mutable cancelled = 0
    for i in 1..400 do
        use source = new CancellationTokenSource()
        let cancelling =
            Task.Run(fun () ->
                Thread.SpinWait(20 * i)
                source.Cancel())
        try
            // On a busy machine nobody comes to cancel a short fit in time.
            let epochs = if i % 2 = 0 then 20 else 5000
            Fit.run { settings with epochs = epochs; cancellation = source.Token } data |> ignore
        with :? OperationCanceledException ->
            cancelled <- cancelled + 1
        cancelling.Wait()
    Assert.That(cancelled, Is.GreaterThan 0)

[<Test>]
let ``labels and class weights beyond the model's outputs never reach the kernel`` () =
    let three = Synthetic.classes Synthetic.classDefaults
    let many = Synthetic.classes { Synthetic.classDefaults with classes = 50; n = 500 }
    let settings = { Fit.defaults with model = Model.linear 2 3; loss = Loss.crossEntropy; epochs = 1 }
    let fitted = Fit.run settings three
    Assert.That(fitted.rule, Is.EqualTo Rule.Fused)
    Check.fails<DataException> [ "in row 0 is outside 0..2" ] (fun () -> Fit.evaluate many fitted |> ignore)
    for weights in [ [ 1.0; 2.0 ]; [ 1.0; 2.0; 3.0; 4.0 ] ] do
        Check.fails<SettingsException> [ "class weights" ] (fun () ->
            Fit.run { settings with classWeights = weights } three |> ignore)

[<Test>]
let ``a rule that is none is refused`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 20 }
    let settings = { Fit.defaults with model = Model.linear 2 1; rule = Some(enum<Rule> 9) }
    Check.fails<SettingsException> [ "The rule is 9; expected Autodiff, ClosedForm or Fused." ] (fun () ->
        Fit.run settings data |> ignore)
