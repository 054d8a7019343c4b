/// A fit that goes on from a checkpoint ends with the bits of one that was never interrupted.
module LinearNets.Tests.CheckpointLaws

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Threading
open System.Threading.Tasks
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

// ---- what is compared ------------------------------------------------------------------------------------------------

let private bits (value: float) = BitConverter.DoubleToInt64Bits value

/// All of a fit but its times, as bits.
let private sameFit (expected: Fitted) (actual: Fitted) =
    Fixture.sameBitsEach expected.parameters actual.parameters
    Assert.That(actual.state.slots.Length, Is.EqualTo expected.state.slots.Length)
    List.iter2 Fixture.sameBitsEach expected.state.slots actual.state.slots
    let counts (fitted: Fitted) = fitted.state.step, fitted.steps, fitted.epoch, fitted.rule, fitted.measure.name
    Assert.That(counts actual, Is.EqualTo(counts expected))
    let evaluation (e: Nullable<Evaluation>) =
        if e.HasValue then
            [ string (bits e.Value.Loss); string (bits e.Value.Metric); e.Value.MetricName ]
        else
            []
    let history (fitted: Fitted) =
        [ for e in fitted.history ->
              e.Epoch, evaluation (Nullable e.Running), evaluation e.After, evaluation e.Validation, bits e.LearningRate ]
    Assert.That(history actual, Is.EqualTo(box (history expected)))

let private every interval (save: Checkpoint -> unit) (settings: FitSettings) =
    { settings with checkpoint = Some { every = interval; save = save } }

/// What a fit says of where it stands.
let private checkpoints interval settings data =
    let said = List<Checkpoint>()
    let fitted = Fit.run (every interval said.Add settings) data
    fitted, List.ofSeq said

/// The same checkpoint by way of a file.
let private throughFile checkpoint =
    FileLaws.inFolder (fun folder ->
        let path = Path.Combine(folder, "checkpoint")
        Checkpoint.save path checkpoint
        Checkpoint.load path)

let private steps (checkpoint: Checkpoint) = checkpoint.state.step

// ---- fits of every kind ----------------------------------------------------------------------------------------------

let private logCosh =
    Loss.define "log-cosh" (fun ŷ y ->
        let r = ŷ - y
        ((2.0 * r).softplus() - r - log 2.0).sum 1)

let private optimizers =
    [ Optimizer.sgd 0.01
      Optimizer.proximal 0.01 0.1
      Optimizer.momentum 0.01 0.9
      Optimizer.nesterov 0.01 0.5
      Optimizer.adam 0.01
      Optimizer.adamW 0.01 0.1
      Optimizer.adagrad 0.01
      Optimizer.rmsProp 0.01 0.9
      Optimizer.scheduled (Schedule.exponential 0.01 0.9) Optimizer.sgd
      Optimizer.scheduled (Schedule.warmUp 3 (Schedule.cosine 0.01 0.001 20)) Optimizer.adam
      Optimizer.scheduled (Schedule.step 0.01 0.5 4) (fun rate -> Optimizer.nesterov rate 0.9) ]

let private pick (items: 'a list) n = items[abs n % items.Length]

/// A fit of a case: numbers or classes of either type of number, with weights or without, and all that a fit may have.
let private problem (case: Case) =
    let n, d, q, seed = case.rows + 4, case.columns, case.classes, case.seed
    let x = Check.values (case.Normal(0, [ n; d ]))
    let y = Check.values ((Fixture.mild case).Normal(1, [ n; q ]))
    let labels = (case.Labels(2, n, q + 1)).toArray1D<int>()
    let isClasses = seed % 2 = 0
    let pixels = Array.map (fun v -> byte (min 255.0 (abs v * 50.0))) x
    let features =
        match seed / 2 % 3 with
        | 0 -> Features.Bytes pixels
        | 1 -> Features.Singles(Array.map float32 x)
        | _ -> Features.Doubles x
    let data = Dataset(Table.create d features (if isClasses then Targets.Classes labels else Targets.Numbers(y, q)))
    let data = if isClasses then data.WithClassNames(Array.init (q + 1) string) else data
    let data = if seed % 5 = 0 then data.WithWeights(Array.init n (fun i -> float (i % 3))) else data
    let scale = 1.0 / (float d * if seed / 2 % 3 = 0 then 255.0 else case.scale)
    let settings =
        { Fit.defaults with
            model = Model.compose [ Model.scale scale; Model.linear d (if isClasses then q + 1 else q) ]
            loss =
                (if isClasses then Loss.crossEntropy
                 elif seed % 3 = 0 then logCosh
                 else Loss.huber 0.5)
            penalty = pick [ Penalty.none; Penalty.elasticNet 0.01 0.5 ] (seed / 3)
            classWeights = (if isClasses && seed % 7 < 3 then List.init (q + 1) (fun c -> 0.5 + float c) else [])
            optimizer = pick optimizers (seed / 5)
            batch = pick [ 1; 2; 3; 5; 100 ] (seed / 7)
            epochs = 1 + seed % 4
            shuffle = seed % 11 <> 0
            seed = seed
            lossAfterEpoch = seed % 3 = 0
            validation = if seed % 4 < 2 then Some(data.Slice(1, 3)) else None
            earlyStopping = if seed % 4 = 0 then Some { patience = 1; minDelta = 0.001 } else None }
    let rules =
        [ Rule.Autodiff
          if settings.loss.adjoint.IsSome then Rule.ClosedForm
          if (Settings.fused settings data).IsOk then Rule.Fused ]
    { settings with rule = Some(pick rules (seed / 13)) }, data

let private about (settings: FitSettings) data =
    $"{data}, {settings.loss}, {settings.optimizer}, {settings.rule}, batch {settings.batch}, {settings.epochs} epochs"

[<Law>]
let ``a fit goes on from any step to the same bits`` (case: Case) =
    let settings, data = problem case
    Fixture.each (about settings) [ data ] (fun data ->
        let undisturbed = Fit.run settings data
        let fitted, said = checkpoints (CheckpointInterval.Steps 1) settings data
        // To look changes nothing.
        sameFit undisturbed fitted
        Assert.That(List.map steps said, Is.EqualTo(box [ 1 .. undisturbed.steps ]))
        let some = (List.length said + 7) / 8
        for i, checkpoint in List.indexed said do
            if i % some = case.seed % some then sameFit undisturbed (Checkpoint.resume settings data checkpoint)
        // By way of a file, and interrupted once more.
        let checkpoint = throughFile said[case.seed % said.Length]
        let again = List<Checkpoint>()
        sameFit undisturbed (Checkpoint.resume (every (CheckpointInterval.Steps 2) again.Add settings) data checkpoint)
        for checkpoint in Seq.truncate 3 again do
            sameFit undisturbed (Checkpoint.resume settings data checkpoint))

[<Law>]
let ``a fit goes on for more epochs as one that was meant to`` (case: Case) =
    let settings, data = problem case
    let settings = { settings with earlyStopping = None }
    let longer = { settings with epochs = settings.epochs + 2 }
    let _, said = checkpoints (CheckpointInterval.Epochs 1000) settings data
    // However seldom, after the last update there is one.
    Assert.That([ for c in said -> c.epochs, c.step ], Is.EqualTo(box [ settings.epochs, 0 ]))
    sameFit (Fit.run longer data) (Checkpoint.resume longer data (throughFile said.Head))

[<Test>]
let ``checkpoints come as often as was asked for`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 25 }
    // 3 updates in each of 5 epochs.
    let settings = { Fit.defaults with model = Model.linear 2 1; batch = 10; epochs = 5 }
    let places rule interval =
        [ for c in snd (checkpoints interval { settings with rule = Some rule } data) -> c.epochs, c.step, steps c ]
    for rule in [ Rule.Autodiff; Rule.ClosedForm; Rule.Fused ] do
        let expect interval expected = Assert.That(places rule interval, Is.EqualTo(box expected))
        expect (CheckpointInterval.Epochs 2) [ 2, 0, 6; 4, 0, 12; 5, 0, 15 ]
        expect (CheckpointInterval.Epochs 5) [ 5, 0, 15 ]
        expect (CheckpointInterval.Steps 4) [ 1, 1, 4; 2, 2, 8; 4, 0, 12; 5, 0, 15 ]
        expect (CheckpointInterval.Steps 15) [ 5, 0, 15 ]
        expect (CheckpointInterval.Steps 1000) [ 5, 0, 15 ]
        expect (CheckpointInterval.Seconds 1000.0) [ 5, 0, 15 ]
        expect (CheckpointInterval.Seconds 1e-9) [ for epoch in 1..5 -> epoch, 0, 3 * epoch ]
    // Where an epoch has more rows than are trained on between two looks at the clock, within it, too.
    let many = Synthetic.linear { Synthetic.defaults with n = 150_000 }
    let _, said = checkpoints (CheckpointInterval.Seconds 1e-9) { settings with batch = 50; epochs = 1 } many
    Assert.That(List.map steps said, Is.EqualTo(box [ 1310; 2620; 3000 ]))

[<Test>]
let ``a checkpoint says where the fit stands, and times add up`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 25 }
    let settings = { Fit.defaults with model = Model.linear 2 1; batch = 10; epochs = 5; onStep = fun _ -> Thread.Sleep 5 }
    let fitted, said = checkpoints (CheckpointInterval.Steps 8) settings data
    let checkpoint = throughFile said.Head
    Assert.That(string checkpoint, Is.EqualTo "2 epochs and 2 steps, 8 in all")
    Assert.That((checkpoint.epochs, checkpoint.step, checkpoint.state.step), Is.EqualTo((2, 2, 8)))
    Assert.That(checkpoint.history, Is.EqualTo(box (Seq.truncate 2 fitted.history)))
    Assert.That(checkpoint.parameters.Length, Is.EqualTo 2)
    let resumed = Checkpoint.resume settings data checkpoint
    // Eight of the sleeps were before.
    Assert.That(resumed.seconds, Is.GreaterThan 0.07)
    Assert.That(resumed.history[2].Seconds, Is.GreaterThan 0.014)
    Assert.That(resumed.seconds, Is.GreaterThan(resumed.history |> Seq.sumBy _.Seconds))

[<Test>]
let ``a fit that is done is done, and one that stopped early has its best`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 40 }
    let settings =
        { Fit.defaults with
            model = Model.linear 2 1
            epochs = 60
            optimizer = Optimizer.sgd 0.3
            validation = Some(Synthetic.linear { Synthetic.defaults with n = 15; seed = 9 })
            earlyStopping = Some { patience = 2; minDelta = 1e-4 } }
    let fitted, said = checkpoints (CheckpointInterval.Epochs 1) settings data
    Assert.That(fitted.epoch, Is.LessThan fitted.history.Count)
    Assert.That(fitted.history.Count, Is.LessThan 60)
    for checkpoint in said do
        sameFit fitted (Checkpoint.resume settings data (throughFile checkpoint))
    // Nothing is written again where nothing is new.
    let again = List<Checkpoint>()
    Checkpoint.resume (every (CheckpointInterval.Epochs 1) again.Add settings) data (List.last said) |> ignore
    Assert.That(again, Is.Empty)

[<Test>]
let ``a resumed fit that diverges says so in the words of the undisturbed one`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 40 }
    let settings = { Fit.defaults with model = Model.linear 2 1; batch = 10; epochs = 30 }
    let message act = (Check.caught<DivergedException> act).Message
    // Beyond the bound after an epoch, and not finite at the second update, so that the last finite loss is that of the first.
    for rate, least in [ 2.5, 2; 1e200, 1 ] do
        for rule in [ Rule.Autodiff; Rule.Fused ] do
            let settings = { settings with rule = Some rule; optimizer = Optimizer.sgd rate }
            let said = List<Checkpoint>()
            let expected = message (fun () -> Fit.run settings data |> ignore)
            message (fun () -> Fit.run (every (CheckpointInterval.Steps 1) said.Add settings) data |> ignore) |> ignore
            Assert.That(said.Count, Is.GreaterThanOrEqualTo least)
            for checkpoint in said do
                let actual = message (fun () -> Checkpoint.resume settings data (throughFile checkpoint) |> ignore)
                Assert.That(actual, Is.EqualTo expected)

// ---- other fits ------------------------------------------------------------------------------------------------------

let private ofClasses =
    { Fit.defaults with
        model = Model.linear 2 3
        loss = Loss.crossEntropy
        penalty = Penalty.l2 0.01
        classWeights = [ 1.0; 2.0; 1.0 ]
        optimizer = Optimizer.momentum 0.1 0.9
        batch = 7
        epochs = 4
        validation = Some(Synthetic.classes { Synthetic.classDefaults with n = 20; seed = 3 })
        earlyStopping = Some { patience = 3; minDelta = 0.0 } }

let private classes = Synthetic.classes { Synthetic.classDefaults with n = 30 }

[<Test>]
let ``a checkpoint of other settings or data is refused, and said what differs`` () =
    let checkpoint = throughFile (snd (checkpoints (CheckpointInterval.Steps 8) ofClasses classes)).Head
    let refused names settings data =
        let problems = (Check.caught<SettingsException>(fun () -> Checkpoint.resume settings data checkpoint |> ignore)).Problems
        let expected = [ for name in names -> $"The {name} of the checkpoint: " ]
        Assert.That(problems.Count, Is.EqualTo expected.Length, String.concat "\n" problems)
        for problem, expected in Seq.zip problems expected do
            Assert.That(problem, Does.StartWith expected)
            Assert.That(problem, Does.Contain "; expected ")
            Assert.That(problem, Does.EndWith "or begin anew.")
    let settings names change = refused names (change ofClasses) classes
    let data names other = refused names ofClasses other
    settings [ "loss" ] (fun s -> { s with loss = { s.loss with name = "own" }; rule = Some Rule.Fused })
    settings [ "penalty" ] (fun s -> { s with penalty = Penalty.l2 0.02 })
    settings [ "penalty" ] (fun s -> { s with penalty = Penalty.elasticNet 0.01 0.5 })
    settings [ "class weights" ] (fun s -> { s with classWeights = [ 1.0; 2.0; 1.5 ] })
    settings [ "class weights" ] (fun s -> { s with classWeights = [] })
    settings [ "optimizer"; "result of two updates" ] (fun s -> { s with optimizer = Optimizer.nesterov 0.1 0.9 })
    settings [ "result of two updates" ] (fun s -> { s with optimizer = Optimizer.momentum 0.1 0.8 })
    settings [ "learning rates so far"; "result of two updates" ] (fun s -> { s with optimizer = Optimizer.momentum 0.2 0.9 })
    settings [ "batch size" ] (fun s -> { s with batch = 6 })
    settings [ "shuffling" ] (fun s -> { s with shuffle = false })
    settings [ "seed"; "hash of the first parameters" ] (fun s -> { s with seed = 1 })
    settings [ "hash of the first parameters" ] (fun s -> { s with initial = Some [ dsharp.zeros [ 2; 3 ]; dsharp.zeros [ 3 ] ] })
    settings [ "rule" ] (fun s -> { s with rule = Some Rule.ClosedForm })
    settings [ "rule"; "metric" ] (fun s -> { s with measure = Some(Measure.topK 2) })
    settings [ "early stopping" ] (fun s -> { s with earlyStopping = None })
    settings [ "early stopping" ] (fun s -> { s with earlyStopping = Some { patience = 2; minDelta = 0.0 } })
    settings [ "early stopping" ] (fun s -> { s with earlyStopping = Some { patience = 3; minDelta = 0.1 } })
    settings [ "early stopping"; "size of the validation data"; "hash of the validation data" ] (fun s ->
        { s with validation = None; earlyStopping = None })
    settings [ "hash of the validation data" ] (fun s ->
        { s with validation = Some(Synthetic.classes { Synthetic.classDefaults with n = 20; seed = 4 }) })
    data [ "hash of the training data" ] (Synthetic.classes { Synthetic.classDefaults with n = 30; seed = 5 })
    data [ "hash of the training data" ] (classes.Pick [| 1; 0; yield! [ 2..29 ] |])
    data [ "size of the training data"; "hash of the training data" ] (classes.WithWeights(Array.create 30 2.0))
    let hidden = Model.compose [ Model.linear 2 3; Model.flatten ]
    settings [ "model" ] (fun s -> { s with model = hidden })
    // More rows, as many updates of an epoch; then fewer, which are another number of updates, too.
    data [ "size of the training data"; "hash of the training data" ] (Synthetic.classes { Synthetic.classDefaults with n = 35 })
    data
        [ "size of the training data"; "hash of the training data"; "number of updates" ]
        (Synthetic.classes { Synthetic.classDefaults with n = 14 })
    // What the bits do not depend on may be another.
    let free =
        { ofClasses with
            threads = Some 2
            lossAfterEpoch = true
            onStep = ignore << id
            epochs = 5
            rule = Some Rule.Fused }
    Checkpoint.resume free classes checkpoint |> ignore

[<Test>]
let ``a schedule may be changed where it has not been followed yet`` () =
    let settings changed rate =
        { ofClasses with
            optimizer = Optimizer.scheduled (fun step -> if step = changed then rate else 0.1) Optimizer.sgd }
    let _, said = checkpoints (CheckpointInterval.Steps 12) (settings 12 0.05) classes
    sameFit (Fit.run (settings 12 0.2) classes) (Checkpoint.resume (settings 12 0.2) classes said[0])
    for changed in 2..11 do
        Check.fails<SettingsException> [ "The learning rates so far of the checkpoint: 0.1 to 0.1, " ] (fun () ->
            Checkpoint.resume (settings changed 0.2) classes said[0] |> ignore)

[<Test>]
let ``fewer epochs than there were, and an interval that is none, are refused`` () =
    let _, said = checkpoints (CheckpointInterval.Steps 8) ofClasses classes
    // 5 updates an epoch: 8 are one epoch and 3.
    Check.fails<SettingsException> [ "The number of epochs is 1; expected 2 or more, as the checkpoint has." ] (fun () ->
        Checkpoint.resume { ofClasses with epochs = 1 } classes said.Head |> ignore)
    for interval, words in
        [ CheckpointInterval.Epochs 0, "epochs between checkpoints is 0; expected 1 or more"
          CheckpointInterval.Steps -1, "steps between checkpoints is -1; expected 1 or more"
          CheckpointInterval.Seconds 0.0, "seconds between checkpoints is 0; expected a finite number above 0"
          CheckpointInterval.Seconds nan, "seconds between checkpoints is NaN"
          CheckpointInterval.Seconds infinity, "seconds between checkpoints is Infinity" ] do
        Check.fails<SettingsException> [ words ] (fun () -> Fit.run (every interval ignore ofClasses) classes |> ignore)
    Check.fails<SettingsException> [ "The folder of the checkpoint is"; "nowhere" ] (fun () ->
        Checkpoint.every (CheckpointInterval.Epochs 1) "nowhere/a" |> ignore)
    Check.fails<ArgumentException> [] (fun () -> Checkpoint.resume ofClasses classes Unchecked.defaultof<_> |> ignore)

// ---- files -----------------------------------------------------------------------------------------------------------

/// A checkpoint with all that one may have.
let private example () = (snd (checkpoints (CheckpointInterval.Steps 8) ofClasses classes)).Head

[<Test>]
let ``a checkpoint that is cut off or changed anywhere is refused`` () =
    FileLaws.inFolder (fun folder ->
        let path = Path.Combine(folder, "checkpoint")
        Checkpoint.save path (example ())
        let whole = File.ReadAllBytes path
        let refuse (content: byte[]) =
            File.WriteAllBytes(path, content)
            try
                Checkpoint.load path |> ignore
                false
            with :? ModelFileException ->
                true
        Assert.That(refuse whole, Is.False)
        Assert.That(refuse (Array.append whole [| 0uy |]))
        for at in 0 .. whole.Length - 1 do
            if not (refuse whole[.. at - 1]) then Assert.Fail $"cut off after {at} bytes"
            for mask in [ 1uy <<< at % 8; 32uy ] do
                let flipped = Array.copy whole
                flipped[at] <- flipped[at] ^^^ mask
                if not (refuse flipped) then Assert.Fail $"byte {at} of {whole.Length} changed by {mask}")

[<Test>]
let ``a file of tensors that is no checkpoint is refused, and said why`` () =
    FileLaws.inFolder (fun folder ->
        let path = Path.Combine(folder, "checkpoint")
        Checkpoint.save path (example ())
        let file = Safetensors.read path (1L <<< 30)
        let changed words metadata (tensors: StoredTensor list) =
            Safetensors.write path metadata tensors
            Check.fails<ModelFileException> (path :: words) (fun () -> Checkpoint.load path |> ignore)
        changed [ "is not a 'LinearNets checkpoint 1'" ] Map.empty []
        changed [ "is not a 'LinearNets checkpoint 1'" ] (file.metadata.Add("format", "LinearNets checkpoint 2")) file.tensors
        for t in file.tensors do
            // Without the best epoch's loss there is no best epoch.
            if t.name <> "best" then
                let others = file.tensors |> List.filter (fun other -> other.name <> t.name)
                changed [ $"'{t.name}'" ] file.metadata others
                changed [ $"'{t.name}'" ] file.metadata ({ t with shape = [ 1 ]; values = [| 1uy |] } :: others)
        let replace name (values: Array) =
            [ for t in file.tensors -> if t.name = name then { t with shape = [ values.Length ]; values = values } else t ]
        changed [ "'counts' has the count -1" ] file.metadata (replace "counts" [| -1L; 0L |])
        changed [ "'lengths' has the count 4294967296" ] file.metadata (replace "lengths" [| 1L <<< 32 |])
        changed [ "'lengths' are empty" ] file.metadata (replace "lengths" Array.empty<int64>)
        changed [ "'history' is not 8 numbers" ] file.metadata (replace "history" [| 1.0 |])
        // What fits no model is seen when there is one.
        let resumed words tensors =
            Safetensors.write path file.metadata tensors
            Check.fails<SettingsException> words (fun () ->
                Checkpoint.load path |> Checkpoint.resume ofClasses classes |> ignore)
        for name in [ "parameters.0"; "slots.0.1"; "best.parameters.1" ] do
            resumed [ "shape of the state"; "[1] Float32" ] (replace name [| 1.0f |])
            resumed [ "shape of the state"; "Float64" ] (replace name [| 1.0 |])
        resumed [ "number of updates"; "9; expected 8" ] (replace "counts" [| 3L; 9L |])
        resumed [ "number of updates" ] (replace "counts" [| 5L; 10L |])
        // Others' files have no hash.
        let text = "{}"B
        File.WriteAllBytes(path, Array.concat [ BitConverter.GetBytes 2L; text ])
        Check.fails<ModelFileException> [ "with a hash" ] (fun () -> Checkpoint.load path |> ignore))

[<Test>]
let ``a checkpoint that cannot be written ends the fit, and the old one stays`` () =
    FileLaws.inFolder (fun folder ->
        let path = Path.Combine(folder, "runs", "checkpoint")
        Directory.CreateDirectory(Path.GetDirectoryName path) |> ignore
        let settings = { ofClasses with checkpoint = Some(Checkpoint.every (CheckpointInterval.Epochs 1) path) }
        Directory.Delete(Path.GetDirectoryName path)
        Check.fails<ModelFileException> [ path; "does not exist" ] (fun () -> Fit.run settings classes |> ignore))

[<Test>]
let ``checkpoints that are saved at the same time in the same file are whole`` () =
    FileLaws.inFolder (fun folder ->
        let path = Path.Combine(folder, "checkpoint")
        let fitted, said = checkpoints (CheckpointInterval.Steps 1) ofClasses classes
        Checkpoint.save path said.Head
        let save (checkpoint: Checkpoint) = Task.Run(fun () -> Checkpoint.save path checkpoint)
        let resume _ = Task.Run(fun () -> sameFit fitted (Checkpoint.load path |> Checkpoint.resume ofClasses classes))
        [ for checkpoint in said do
              save checkpoint
              resume checkpoint ]
        |> Task.WhenAll
        |> _.Wait()
        Assert.That(Directory.GetFiles folder, Is.EqualTo(box [| path |])))

// ---- killed ----------------------------------------------------------------------------------------------------------

/// The program of tests/Kill, in the folder beside this one's.
let killed =
    let own = DirectoryInfo(AppContext.BaseDirectory.TrimEnd Path.DirectorySeparatorChar)
    Path.Combine(own.Parent.Parent.FullName, "Kill", own.Name, "LinearNets.Kill.dll")

/// Starts a fit in a process of its own, and kills it a while after it has begun. Whether it was killed before it was done.
let private kill (job: int) path (milliseconds: int) =
    let start = ProcessStartInfo("dotnet", [ killed; string job; path ], RedirectStandardOutput = true)
    use running = Process.Start start
    let line = running.StandardOutput.ReadLine()
    Thread.Sleep milliseconds
    running.Kill()
    let rest = running.StandardOutput.ReadToEnd()
    running.WaitForExit()
    Assert.That(line, Is.EqualTo "begun")
    not (rest.Contains "done")

[<Test>]
let ``a fit whose process is killed at any moment goes on to the same bits`` () =
    FileLaws.inFolder (fun folder ->
        let undisturbed = [ for settings, data in Jobs.all -> Fit.run settings data ]
        let mutable kills = 0
        let mutable found = Set.empty
        // A few starts more than kills, because a process may be done before it is killed.
        for start in 0..39 do
            if kills < 30 then
                let job = start % Jobs.all.Length
                let settings, data = Jobs.all[job]
                let path = Path.Combine(folder, $"job {job}")
                if kill job path (Random.below 100 (Random.key 5) (int64 start)) then kills <- kills + 1
                let checkpoint = Checkpoint.load path
                found <- found.Add(job, steps checkpoint)
                sameFit undisturbed[job] (Checkpoint.resume settings data checkpoint)
                // The next process goes on from what this one left, or begins anew where little is left to do.
                if steps checkpoint > 1500 then File.Delete path
        let places = String.concat ", " [ for job, step in found -> $"{job}: {step}" ]
        TestContext.Out.WriteLine $"{kills} kills, which left the jobs at the steps {places}"
        Assert.That(kills, Is.EqualTo 30)
        // What was left half written goes with the next that is written, once it is old.
        Thread.Sleep 1100
        let last = Checkpoint.load (Path.Combine(folder, "job 0"))
        for job in 0 .. Jobs.all.Length - 1 do
            Checkpoint.save (Path.Combine(folder, $"job {job}")) last
        Assert.That(Directory.GetFiles folder, Has.Length.EqualTo Jobs.all.Length)
        Assert.That(found.Count, Is.GreaterThan 20))
