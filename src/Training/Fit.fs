// Training on a data set: epochs of `Train.step` over shuffled minibatches, watched.
//
//   settings, data ──► checked together ──► a rule for the gradient ──► epoch after epoch ──► parameters and history
//                                                                           │
//                                                    diverged? evaluated, better than before? cancelled?
//
// The mathematics is all in Core.fs; here is what a run needs around it. A fit is a function of its settings and data: it
// keeps nothing, so any number may run at once, and one that is cancelled or fails leaves nothing behind.

namespace LinearNets.FSharp

open System
open System.Diagnostics
open System.Threading
open LinearNets
open LinearNets.Kernels

/// <summary>A trained model.</summary>
[<NoEquality; NoComparison; StructuredFormatDisplay("{Text}")>]
[<RequireQualifiedAccess>]
type Fitted =
    {
        /// <summary>The settings of the fit.</summary>
        settings: FitSettings
        /// <summary>The parameters.</summary>
        parameters: Tensor list
        /// <summary>The optimizer's state that goes with them.</summary>
        state: OptimizerState
        /// <summary>What each epoch gave.</summary>
        history: TrainingHistory
        /// <summary>The epoch that the parameters are of: the last one, or with early stopping the best; 0 before any.</summary>
        epoch: int
        /// <summary>The rule that computed the gradients.</summary>
        rule: Rule
        /// <summary>The metric.</summary>
        measure: Measure
        /// <summary>The number of updates made.</summary>
        steps: int
        /// <summary>How long the fit took.</summary>
        seconds: float
        /// <summary>The names of the training data's classes; none where targets were numbers.</summary>
        classNames: string list
    }

    /// <summary>The model.</summary>
    member fitted.model = fitted.settings.model

    /// <summary>The model, how it was trained, and the report of the epoch that the parameters are of.</summary>
    override fitted.ToString() =
        let report = if fitted.epoch = 0 then "not trained" else string fitted.history[fitted.epoch - 1]
        let stopped = if fitted.epoch < fitted.history.Count then say $", the best of {fitted.history.Count}" else ""
        (say $"{fitted.model}, {fitted.settings.optimizer.name}, {fitted.rule}, {fitted.steps} steps; {report}{stopped}")

    member private fitted.Text = fitted.ToString()

/// What is seen of the updates, and what they are stopped for.
[<Sealed>]
type private Watch(settings: FitSettings, steps: int, cancel: unit -> unit, diverged: int -> int -> float -> unit, from: Progress)
    =
    inherit Watcher()
    let mutable made = from.training.state.step
    let mutable epoch = from.reports.Length + 1
    let mutable step = from.step
    let mutable seen = from.seen
    let mutable firstLoss = from.firstLoss
    let mutable lastLoss = from.lastLoss

    let isListenedTo = not (obj.ReferenceEquals(settings.onStep, Settings.nobody))

    /// The updates of the epoch.
    member _.Step = step

    /// The sums over the epoch.
    member _.Seen = seen
    /// The loss of the first minibatch, and the last one that was finite; NaN before there is one.
    member _.FirstLoss = firstLoss
    member _.LastLoss = lastLoss

    /// The next epoch begins.
    member _.Next() =
        epoch <- epoch + 1
        step <- 0
        seen <- Sums.Zero

    // The first loss of all is wanted by itself.
    override _.WantsEach = isListenedTo || Double.IsNaN firstLoss
    override _.Begin() = cancel ()

    override _.See(sums, updates, loss, lossBefore, gradientIsFinite) =
        step <- step + updates
        made <- made + updates
        let isFinite = Double.IsFinite loss
        if not (isFinite && gradientIsFinite) then
            diverged
                epoch
                made
                (if isFinite then loss
                 elif updates > 1 then lossBefore
                 else lastLoss)
        if Double.IsNaN firstLoss then firstLoss <- loss
        lastLoss <- loss
        seen <- sums
        settings.onStep { epoch = epoch; epochs = settings.epochs; step = step; steps = steps; loss = loss }

/// When a checkpoint is due: by the updates so far, by the epochs, or by the time since the last one.
[<Sealed>]
type private Due(settings: FitSettings, elapsed: unit -> float, steps: int) =
    let every = settings.checkpoint |> Option.map _.every
    let mutable savedAt = elapsed ()
    let mutable saved = steps

    /// How many rows are trained on between two looks at the clock.
    static member RowsBetweenLooks = 1 <<< 16

    /// How many updates may be made before it is to be asked again.
    member _.Updates steps =
        match every with
        | Some(CheckpointInterval.Steps n) -> n - steps % n
        | Some(CheckpointInterval.Seconds _) -> max 1 (Due.RowsBetweenLooks / settings.batch)
        | Some(CheckpointInterval.Epochs _)
        | None -> Int32.MaxValue

    /// Between two epochs it is asked with the number of those that are done, within one with 0.
    member _.Now(steps, epochs) =
        match every with
        | Some(CheckpointInterval.Epochs n) -> epochs > 0 && epochs % n = 0
        | Some(CheckpointInterval.Steps n) -> steps % n = 0
        | Some(CheckpointInterval.Seconds s) -> elapsed () - savedAt >= s
        | None -> false

    member _.Saved steps =
        savedAt <- elapsed ()
        saved <- steps

    /// Whether there are updates since the last one.
    member _.IsNew steps = steps > saved

/// What a fit begins with: the first parameters, where another one stood, or what another one made.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type private Begins =
    | Anew
    | At of Checkpoint
    | After of Fitted

/// <summary>Training.</summary>
[<RequireQualifiedAccess>]
module Fit =

    /// <summary>Squared loss, plain descent with a rate of 0.03, minibatches of 32, 10 epochs. A model has to be given.</summary>
    let defaults: FitSettings =
        { model = Model.flatten
          loss = Loss.squared
          penalty = Penalty.none
          classWeights = []
          optimizer = Optimizer.sgd 0.03
          batch = 32
          epochs = 10
          shuffle = true
          seed = 0
          initial = None
          rule = None
          threads = None
          measure = None
          lossAfterEpoch = false
          validation = None
          earlyStopping = None
          checkpoint = None
          onStep = Settings.nobody
          onEpoch = ignore
          cancellation = CancellationToken.None }

    let private threads (settings: FitSettings) = defaultArg settings.threads Workers.Usual

    // ---- evaluation ---------------------------------------------------------------------------------------------

    /// The sums over data that are finite.
    let private sumsOf (fitted: Fitted) (data: Dataset) =
        let settings, data =
            match Preprocess.before fitted.model with
            | Some(transform, model) when fitted.rule = Rule.Fused -> { fitted.settings with model = model }, transform.Apply data
            | _ -> fitted.settings, data
        match Fused.plan (Settings.objective settings) settings.optimizer fitted.measure data with
        | Ok plan when fitted.rule = Rule.Fused && Data.dtype data = fitted.parameters.Head.dtype ->
            Divergence.checkTargets settings fitted.parameters data
            let evaluator = Fused.trainer plan.problem (threads settings) false data
            Fused.load evaluator AffineArray.Parameters fitted.parameters
            FusedEngine.Losses(evaluator, plan.problem, Data.kept data, ignore)
        | _ -> DefinitionsEngine.Evaluate(Settings.objective settings, fitted.measure, fitted.parameters, data, ignore)

    /// <summary>The loss and the metric of a trained model on data.</summary>
    /// <exception cref="T:LinearNets.DataException">A value is not finite; its row and column are named. Or the classes are not those
    /// of the training data.</exception>
    /// <exception cref="T:LinearNets.ShapeException">The data have another width than those the model was trained on.</exception>
    /// <exception cref="T:LinearNets.DtypeException">The data have 64-bit numbers and the model 32-bit ones, or the other way round.</exception>
    let evaluate (data: Dataset) (fitted: Fitted) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        data.CheckFeatures "data"
        data.CheckTargets "data"
        Settings.checkClasses fitted.classNames data
        (sumsOf fitted data).Evaluation fitted.measure

    /// <summary>The loss and the metric of a trained model on a stream, a window after the other.</summary>
    /// <exception cref="T:LinearNets.DataException">A value is not finite, by its row and column; or the classes are not those of the
    /// training data, or the source cannot be read.</exception>
    /// <exception cref="T:LinearNets.ShapeException">The rows have another width than those the model was trained on.</exception>
    /// <exception cref="T:LinearNets.DtypeException">The rows have 64-bit numbers and the model 32-bit ones, or the other way round.</exception>
    let evaluateStream (stream: DataStream) (fitted: Fitted) =
        ArgumentNullException.ThrowIfNull(stream, nameof stream)
        use windows = stream.Windows(1, 0, false, fitted.settings.cancellation)
        let add (sums: Sums) (window: Window) =
            window.CheckFeatures "stream"
            window.CheckTargets "stream"
            window.Within(Settings.checkClasses fitted.classNames)
            sums.Plus(window.Within(sumsOf fitted))
        (windows.Pass(Windows.InOrder, 0L) |> Seq.fold add Sums.Zero).Evaluation fitted.measure

    /// <summary>The scores of a trained model for each row: [n; q].</summary>
    /// <exception cref="T:LinearNets.DataException">A value is not finite; its row and column are named.</exception>
    /// <exception cref="T:LinearNets.ShapeException">The data have another width than those the model was trained on.</exception>
    /// <exception cref="T:LinearNets.DtypeException">The data have 64-bit numbers and the model 32-bit ones, or the other way round.</exception>
    let scores (data: Dataset) (fitted: Fitted) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        data.CheckFeatures "data"
        match Fused.sparseScores fitted.model fitted.parameters (threads fitted.settings) (Data.kept data) data with
        | Some scores -> scores
        | None ->
            let add scores indices = fitted.model.apply fitted.parameters (Data.features indices data) :: scores
            dsharp.cat (List.rev (Data.foldChunks add [] data))

    /// <summary>The class with the highest score for each row.</summary>
    /// <exception cref="T:LinearNets.DataException">A value is not finite; its row and column are named.</exception>
    /// <exception cref="T:LinearNets.ShapeException">The data have another width than those the model was trained on.</exception>
    /// <exception cref="T:LinearNets.DtypeException">The data have 64-bit numbers and the model 32-bit ones, or the other way round.</exception>
    let classes data fitted = (Softmax.argmax (scores data fitted)).toArray1D<int>()

    // ---- training -----------------------------------------------------------------------------------------------

    let private rule (settings: FitSettings) data =
        let closed = settings.model.pullback.IsSome && settings.loss.adjoint.IsSome
        match settings.rule, Settings.fused settings data with
        | Some rule, _ -> rule
        | None, Ok _ -> Rule.Fused
        | None, _ -> if closed then Rule.ClosedForm else Rule.Autodiff

    let private gradient (settings: FitSettings) rule =
        let objective = Settings.objective settings
        match rule, Objective.closedForm objective with
        | Rule.Autodiff, _
        | _, None -> Objective.autodiff objective
        | _, Some closed -> closed

    let private begun (settings: FitSettings) (windows: Windows) : Fitted =
        let data = windows.First.data
        Settings.check windows.Rows settings data
        let rule = rule settings data
        Settings.checkValues settings windows.First rule
        let parameters = Settings.first settings data
        { settings = settings
          parameters = parameters
          state = settings.optimizer.init parameters
          history = TrainingHistory [||]
          epoch = 0
          rule = rule
          measure = Settings.measure settings data
          steps = 0
          seconds = 0.0
          classNames = List.ofSeq data.ClassNames }

    /// A fit of settings with preprocessing by one of the affine model after it.
    let private afterPreprocessing fit (settings: FitSettings) (windows: Windows) : Fitted =
        let clock = Stopwatch.StartNew()
        match Settings.prepared settings windows with
        | Some(affine, prepared) ->
            let before = clock.Elapsed.TotalSeconds
            let fitted: Fitted = fit affine prepared
            { fitted with settings = settings; seconds = before + fitted.seconds }
        | None -> fit settings windows

    let private inMemory (settings: FitSettings) (data: Dataset) : Windows =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        new WindowOfAll(data, settings.seed, settings.shuffle)

    /// <summary>The model before training, with the first parameters of a fit with these settings.</summary>
    /// <exception cref="T:LinearNets.SettingsException">Settings cannot be used, or do not suit the data; all are listed.</exception>
    /// <exception cref="T:LinearNets.DataException">A value is not finite; its row and column are named.</exception>
    let untrained (settings: FitSettings) (data: Dataset) : Fitted = afterPreprocessing begun settings (inMemory settings data)

    let private train (begins: Begins) (settings: FitSettings) (windows: Windows) : Fitted =
        let clock = Stopwatch.StartNew()
        let start = begun settings windows
        let first = windows.First
        let objective = Settings.objective settings
        // 0 where nobody knows yet.
        let steps =
            match windows.Rows with
            | ValueSome rows -> int ((rows - 1L) / int64 settings.batch) + 1
            | ValueNone -> 0
        settings.validation
        |> Option.iter (fun validation ->
            try
                Divergence.checkTargets settings start.parameters validation
            with :? DataException as e ->
                Errors.within "validation data" e)

        let untrained = { parameters = start.parameters; state = start.state }
        let rates = Rates settings.optimizer.rate
        let fingerprint = lazy (Fingerprint.create settings first.data untrained start.rule start.measure)
        let progress =
            match begins with
            | Begins.Anew -> Progress.Start untrained
            | Begins.After fitted ->
                { Progress.Start { untrained with state = fitted.state } with
                    reports = fitted.history |> Seq.rev |> List.ofSeq
                    seconds = fitted.seconds }
            | Begins.At checkpoint ->
                Fingerprint.check settings steps untrained start.rule rates fingerprint.Value checkpoint
                checkpoint.Progress
        let elapsed () = progress.seconds + clock.Elapsed.TotalSeconds

        let engine: Engine =
            match Settings.fused settings first.data with
            | Ok plan when start.rule = Rule.Fused ->
                FusedEngine(
                    plan,
                    settings.optimizer,
                    settings.batch,
                    threads settings,
                    settings.cancellation,
                    first.data,
                    progress.training
                )
            | _ ->
                DefinitionsEngine(
                    objective,
                    gradient settings start.rule,
                    start.measure,
                    settings.optimizer,
                    settings.batch,
                    first.data,
                    progress.training
                )

        let knowingNothingOf (window: Window) =
            match engine with
            | :? FusedEngine as kernel when Divergence.takesAllTargets settings -> kernel.LossOfZeros window.order
            | _ -> window.Within(Divergence.lossOfKnowingNothing settings start.parameters)
        // The largest of those of the windows so far: a window may have few rows, all of them easy.
        let mutable lossOfKnowingNothing = knowingNothingOf first
        let mutable isFirstPass = true

        let mutable window = first
        // A later window may have more, after those of the others.
        let mutable classNames = start.classNames

        /// Goes on to other rows. What is known of the first ones, which were checked with the settings, is asked of them, too.
        let go (next: Window) =
            window <- next
            if next.data.ClassNames.Count > classNames.Length then
                Settings.check windows.Rows settings next.data
                classNames <- List.ofSeq next.data.ClassNames
            engine.Use next.data
            if not (obj.ReferenceEquals(next.data, first.data)) then
                Settings.checkWindow next start.rule
                next.Within(Divergence.checkTargets settings start.parameters)
                if isFirstPass then lossOfKnowingNothing <- max lossOfKnowingNothing (knowingNothingOf next)

        let diverged epoch step lastLoss =
            window.CheckFeatures "training data"
            if Double.IsNaN lastLoss then Errors.neverFinite epoch step (Double.IsInfinity lossOfKnowingNothing)
            let rate = seq { 0 .. step - 1 } |> Seq.map settings.optimizer.rate |> Seq.max
            // Sparse rows are made dense for it: fewer of them will do.
            let data = window.data
            let size, most = if data.IsSparse then min settings.batch (Data.chunkSizeOf data), 8 else settings.batch, 64
            let some = Data.minibatches size window.order data |> Seq.truncate most
            let advised = Divergence.advisedRate settings.optimizer (gradient settings start.rule) start.parameters some rate
            Errors.diverged epoch step lastLoss rate advised

        let cancel () = settings.cancellation.ThrowIfCancellationRequested()
        let watch = Watch(settings, steps, cancel, diverged, progress)
        let isDescent = Divergence.isDescent settings.optimizer
        let bound () = Divergence.bound lossOfKnowingNothing watch.FirstLoss
        let mutable began = elapsed () - progress.epochSeconds

        let due = Due(settings, elapsed, progress.training.state.step)

        let save (best: Best) reports =
            settings.checkpoint
            |> Option.iter (fun checkpoint ->
                let progress: Progress =
                    { training = engine.Training
                      step = watch.Step
                      seen = watch.Seen
                      firstLoss = watch.FirstLoss
                      lastLoss = watch.LastLoss
                      best = if best.epoch > 0 then Some best else None
                      reports = reports
                      seconds = elapsed ()
                      epochSeconds = elapsed () - began }
                checkpoint.save (Checkpoint(progress, Fingerprint.at rates progress.training fingerprint.Value))
                due.Saved engine.Steps)

        /// The last updates have no loss after them: some rows are looked at once more.
        let checkLast number =
            let loss = engine.MeanLoss(Array.skip (max 0 (window.order.Length - Data.chunkSizeOf window.data)) window.order)
            if not (Double.IsFinite loss) || loss > bound () then diverged number engine.Steps watch.LastLoss

        let place () = int64 watch.Step * int64 settings.batch

        let epochOf number best reports =
            for next in windows.Pass(number, place ()) do
                go next
                let length = int64 next.order.Length
                if windows.Rows.IsNone then
                    Settings.checkRates settings engine.Steps ((next.order.Length - 1) / settings.batch + 1)
                while place () - next.first < length do
                    let row = int (place () - next.first)
                    let updates = min (due.Updates engine.Steps) ((next.order.Length - row - 1) / settings.batch + 1)
                    engine.Train(next.order, row, updates, watch.Seen, watch)
                    if watch.Step <> steps && due.Now(engine.Steps, 0) then save best reports
            isFirstPass <- false
            let running = watch.Seen.Evaluation start.measure
            if isDescent && running.Loss > bound () || not engine.IsFinite then
                diverged number engine.Steps watch.LastLoss
            if number = settings.epochs && settings.earlyStopping.IsNone then checkLast number
            let finite what (sums: Sums) =
                let evaluation = sums.Evaluation start.measure
                if not (Double.IsFinite evaluation.Loss) then
                    Errors.evaluationNotFinite what number engine.Steps watch.LastLoss
                evaluation
            let afterEpoch () =
                let add (sums: Sums) (next: Window) =
                    go next
                    sums.Plus(engine.Evaluate(next.data, cancel))
                windows.Pass(Windows.InOrder, 0L) |> Seq.fold add Sums.Zero |> finite "training data"
            let ofValidation data = engine.Evaluate(data, cancel) |> finite "validation data"
            let report =
                { Epoch = number
                  Running = running
                  After = if settings.lossAfterEpoch then Nullable(afterEpoch ()) else Nullable()
                  Validation = settings.validation |> Option.map ofValidation |> Option.toNullable
                  LearningRate = settings.optimizer.rate (engine.Steps - 1)
                  Seconds = elapsed () - began }
            settings.onEpoch report
            watch.Next()
            began <- elapsed ()
            report

        let isBetter (best: Best) (report: EpochReport) =
            match settings.earlyStopping with
            | Some stopping -> report.Validation.Value.Loss < best.loss - stopping.minDelta
            | None -> false

        let rec fit number (best: Best) reports =
            let patient =
                match settings.earlyStopping with
                | Some stopping -> number - best.epoch <= stopping.patience
                | None -> true
            if number <= settings.epochs && patient then
                let report = epochOf number best reports
                let best: Best =
                    if isBetter best report then
                        { epoch = number; loss = report.Validation.Value.Loss; training = engine.Training }
                    else
                        best
                let reports = report :: reports
                if due.Now(engine.Steps, number) then save best reports
                fit (number + 1) best reports
            else
                best, reports

        let none: Best = { epoch = 0; loss = infinity; training = untrained }
        let best, reports = fit (progress.reports.Length + 1) (defaultArg progress.best none) progress.reports
        let epoch, result =
            if settings.earlyStopping.IsSome then
                best.epoch, best.training
            else
                settings.epochs, engine.Training
        if due.IsNew engine.Steps then save best reports
        { start with
            parameters = result.parameters
            state = result.state
            history = TrainingHistory(reports |> List.rev |> List.toArray)
            epoch = epoch
            steps = engine.Steps
            classNames = classNames
            seconds = elapsed () }

    /// A fit from where it stood, or from the beginning.
    let internal from (checkpoint: Checkpoint option) (settings: FitSettings) (data: Dataset) : Fitted =
        let begins = checkpoint |> Option.map Begins.At |> Option.defaultValue Begins.Anew
        afterPreprocessing (train begins) settings (inMemory settings data)

    /// <summary>Trains a model on data.</summary>
    /// <remarks>Every minibatch is put where the one before it was: a model, loss or metric of your own that keeps the features
    /// or the scores it is given keeps a <c>clone()</c> of them.</remarks>
    /// <exception cref="T:LinearNets.SettingsException">Settings cannot be used, or do not suit the data; all are listed.</exception>
    /// <exception cref="T:LinearNets.DataException">A value is not finite, or the loss is not made for a target; the row is
    /// named, and the column.</exception>
    /// <exception cref="T:LinearNets.DivergedException">A loss or a gradient stopped being finite, or the loss of an epoch was
    /// far worse than that of knowing nothing. The message has a learning rate to try.</exception>
    /// <exception cref="T:System.OperationCanceledException">The fit was cancelled.</exception>
    let run (settings: FitSettings) (data: Dataset) : Fitted = from None settings data

    /// <summary>Trains a model on rows that need not fit into memory: in each epoch a window after the other is read and trained on,
    /// its rows in random order. Where the window has all rows, the result is that of <c>run</c> on the same rows, bit for bit.</summary>
    /// <remarks>Numbers are checked as their windows come; the loss of knowing nothing is that of the first window. Where nobody knows
    /// the number of rows, the updates of an epoch are reported as 0, and a schedule is checked as far as a window goes when the
    /// window comes.</remarks>
    /// <exception cref="T:LinearNets.SettingsException">Settings cannot be used, or do not suit the rows; all are listed.</exception>
    /// <exception cref="T:LinearNets.DataException">The source cannot be read, has other rows than it had, or a value is not finite;
    /// the file or the batch and the row are named.</exception>
    /// <exception cref="T:LinearNets.DivergedException">As in <c>run</c>.</exception>
    /// <exception cref="T:System.OperationCanceledException">The fit was cancelled. The reader has stopped by then.</exception>
    let stream (settings: FitSettings) (stream: DataStream) : Fitted =
        ArgumentNullException.ThrowIfNull(stream, nameof stream)
        if settings.checkpoint.IsSome then Errors.streamCheckpoint ()
        use windows = stream.Windows(max 1 settings.batch, settings.seed, settings.shuffle, settings.cancellation)
        afterPreprocessing (train Begins.Anew) settings windows

    /// <summary>Goes on training with more rows: one pass over them in their order, in minibatches, from the parameters and the
    /// optimizer's state as they are. What was fitted stays as it is.</summary>
    /// <remarks>The history has one more epoch. Nothing is validated or kept in checkpoints. Passes over the minibatches of an
    /// epoch, one after the other, are the updates of that epoch.</remarks>
    /// <exception cref="T:LinearNets.SettingsException">The rows have another width, another type of number, or more classes than
    /// the model has outputs.</exception>
    /// <exception cref="T:LinearNets.DataException">As in <c>run</c>; or the classes are not those of the rows before.</exception>
    /// <exception cref="T:LinearNets.DivergedException">As in <c>run</c>.</exception>
    let partialFit (data: Dataset) (fitted: Fitted) : Fitted =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        Settings.checkClasses fitted.classNames data
        let settings =
            { fitted.settings with
                initial = Some fitted.parameters
                rule = Some fitted.rule
                epochs = fitted.history.Count + 1
                shuffle = false
                measure = Some fitted.measure
                lossAfterEpoch = false
                validation = None
                earlyStopping = None
                checkpoint = None }
        let further = afterPreprocessing (train (Begins.After fitted)) settings (inMemory settings data)
        // Rows that keep coming need not have every class.
        { further with
            settings = fitted.settings
            classNames = List.maxBy List.length [ fitted.classNames; further.classNames ] }
