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
    }

    /// <summary>The model.</summary>
    member fitted.model = fitted.settings.model

    /// <summary>The model, how it was trained, and the report of the epoch that the parameters are of.</summary>
    override fitted.ToString() =
        let report = if fitted.epoch = 0 then "not trained" else string fitted.history[fitted.epoch - 1]
        let stopped = if fitted.epoch < fitted.history.Count then $", the best of {fitted.history.Count}" else ""
        $"{fitted.model}, {fitted.settings.optimizer.name}, {fitted.rule}, {fitted.steps} steps; {report}{stopped}"

    member private fitted.Text = fitted.ToString()

/// Sums over the rows that were seen.
[<NoEquality; NoComparison>]
type private Sums = { batches: int; rows: float; weight: float; lossSum: float; metricSum: float }

module private Sums =
    let none = { batches = 0; rows = 0.0; weight = 0.0; lossSum = 0.0; metricSum = 0.0 }

    let add (measure: Measure) (batch: Batch) (pass: Pass) sums =
        let rows = float pass.scores.shape[0]
        { batches = sums.batches + 1
          rows = sums.rows + rows
          weight = sums.weight + pass.weight
          lossSum = sums.lossSum + pass.weight * float pass.meanLoss
          metricSum = sums.metricSum + rows * measure.mean pass.scores batch.y }

/// A fit under way.
[<NoEquality; NoComparison>]
type private Run =
    {
        training: Training
        /// The epoch the result is of, its validation loss, and what it had learnt.
        best: int * float * Training
        /// The loss of the first minibatch, and the last one that was finite; NaN before there is one.
        firstLoss: float
        lastLoss: float
        reports: EpochReport list
    }

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
          measure = None
          lossAfterEpoch = false
          validation = None
          earlyStopping = None
          onStep = ignore
          onEpoch = ignore
          cancellation = CancellationToken.None }

    // ---- evaluation ---------------------------------------------------------------------------------------------

    let private means (measure: Measure) (sums: Sums) : Evaluation =
        { Loss = sums.lossSum / sums.weight; Metric = sums.metricSum / sums.rows; MetricName = measure.name }

    let private mean objective measure (cancellation: CancellationToken) parameters (data: Dataset) =
        let memory = Memory true
        let add sums indices =
            cancellation.ThrowIfCancellationRequested()
            let batch = Data.rowsIn memory indices data
            Sums.add measure batch (Objective.forward objective parameters batch) sums
        Data.foldChunks add Sums.none data |> means measure

    /// <summary>The loss and the metric of a trained model on data.</summary>
    /// <exception cref="T:LinearNets.DataException">A value is not finite; its row and column are named.</exception>
    /// <exception cref="T:LinearNets.ShapeException">The data have another width than those the model was trained on.</exception>
    /// <exception cref="T:LinearNets.DtypeException">The data have 64-bit numbers and the model 32-bit ones, or the other way round.</exception>
    let evaluate (data: Dataset) (fitted: Fitted) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        data.CheckFeatures "data"
        data.CheckTargets "data"
        mean (Settings.objective fitted.settings) fitted.measure CancellationToken.None fitted.parameters data

    /// <summary>The scores of a trained model for each row: [n; q].</summary>
    /// <exception cref="T:LinearNets.DataException">A value is not finite; its row and column are named.</exception>
    /// <exception cref="T:LinearNets.ShapeException">The data have another width than those the model was trained on.</exception>
    /// <exception cref="T:LinearNets.DtypeException">The data have 64-bit numbers and the model 32-bit ones, or the other way round.</exception>
    let scores (data: Dataset) (fitted: Fitted) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        data.CheckFeatures "data"
        let add scores indices = fitted.model.apply fitted.parameters (Data.features indices data) :: scores
        dsharp.cat (List.rev (Data.foldChunks add [] data))

    /// <summary>The class with the highest score for each row.</summary>
    /// <exception cref="T:LinearNets.DataException">A value is not finite; its row and column are named.</exception>
    /// <exception cref="T:LinearNets.ShapeException">The data have another width than those the model was trained on.</exception>
    /// <exception cref="T:LinearNets.DtypeException">The data have 64-bit numbers and the model 32-bit ones, or the other way round.</exception>
    let classes data fitted = (Softmax.argmax (scores data fitted)).toArray1D<int>()

    // ---- training -----------------------------------------------------------------------------------------------

    let private choose (settings: FitSettings) =
        let objective = Settings.objective settings
        match settings.rule, Objective.closedForm objective with
        | (None | Some Rule.ClosedForm), Some gradient -> Rule.ClosedForm, gradient
        | _ -> Rule.Autodiff, Objective.autodiff objective

    /// <summary>The model before training, with the first parameters of a fit with these settings.</summary>
    /// <exception cref="T:LinearNets.SettingsException">Settings cannot be used, or do not suit the data; all are listed.</exception>
    /// <exception cref="T:LinearNets.DataException">A value is not finite; its row and column are named.</exception>
    let untrained (settings: FitSettings) (data: Dataset) : Fitted =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        Settings.check settings data
        let parameters = Settings.first settings data
        { settings = settings
          parameters = parameters
          state = settings.optimizer.init parameters
          history = TrainingHistory [||]
          epoch = 0
          rule = fst (choose settings)
          measure = Settings.measure settings data
          steps = 0
          seconds = 0.0 }

    /// <summary>Trains a model on data.</summary>
    /// <remarks>Every minibatch is put where the one before it was: a model, loss or metric of your own that keeps the features
    /// or the scores it is given keeps a <c>clone()</c> of them.</remarks>
    /// <exception cref="T:LinearNets.SettingsException">Settings cannot be used, or do not suit the data; all are listed.</exception>
    /// <exception cref="T:LinearNets.DataException">A value is not finite, or the loss is not made for a target; the row is
    /// named, and the column.</exception>
    /// <exception cref="T:LinearNets.DivergedException">A loss or a gradient stopped being finite, or the loss of an epoch was
    /// far worse than that of knowing nothing. The message has a learning rate to try.</exception>
    /// <exception cref="T:System.OperationCanceledException">The fit was cancelled.</exception>
    let run (settings: FitSettings) (data: Dataset) : Fitted =
        let clock = Stopwatch.StartNew()
        let start = untrained settings data
        let _, gradient = choose settings
        let lossOfKnowingNothing = Divergence.lossOfKnowingNothing settings start.parameters data
        for validation in Option.toList settings.validation do
            try
                Divergence.lossOfKnowingNothing settings start.parameters validation |> ignore
            with :? DataException as e ->
                Errors.within "validation data" e
        let steps = Settings.stepsPerEpoch settings data
        let memory = Memory true

        let isDescent = Divergence.isDescent settings.optimizer

        let order epoch = if settings.shuffle then Data.order settings.seed epoch data else [| 0 .. data.Rows - 1 |]
        let batches epoch = Data.minibatchesIn memory settings.batch (order epoch) data

        let diverged epoch step lastLoss =
            if Double.IsNaN lastLoss then Errors.neverFinite epoch step (Double.IsInfinity lossOfKnowingNothing)
            let rate = Seq.init step settings.optimizer.rate |> Seq.max
            let some = batches 1 |> Seq.truncate 8
            let advised = Divergence.advisedRate settings.optimizer gradient start.parameters some rate
            Errors.diverged epoch step lastLoss rate advised

        /// A fold of steps over the epoch's minibatches, each looked at.
        let train epoch run =
            let see (seen, run) batch (pass: Pass) =
                let loss, step = float pass.meanLoss, seen.batches + 1
                if not (Double.IsFinite loss && List.forall Divergence.isFinite pass.gradient) then
                    diverged epoch ((epoch - 1) * steps + step) (if Double.IsFinite loss then loss else run.lastLoss)
                settings.onStep { epoch = epoch; epochs = settings.epochs; step = step; steps = steps; loss = loss }
                Sums.add start.measure batch pass seen,
                { run with lastLoss = loss; firstLoss = (if Double.IsNaN run.firstLoss then loss else run.firstLoss) }
            let cancellable =
                batches epoch
                |> Seq.map (fun batch ->
                    settings.cancellation.ThrowIfCancellationRequested()
                    batch)
            let training, (seen, run) =
                Train.observed gradient settings.optimizer see (run.training, (Sums.none, run)) cancellable
            let running = means start.measure seen
            let tooHigh = running.Loss > Divergence.bound lossOfKnowingNothing run.firstLoss
            if isDescent && tooHigh || not (List.forall Divergence.isFinite training.parameters) then
                diverged epoch (epoch * steps) run.lastLoss
            { run with training = training }, running

        /// The last updates have no loss after them: some rows are looked at once more.
        let checkLast run =
            let indices = order settings.epochs
            let some = Data.rows (Array.skip (max 0 (indices.Length - Data.chunkSize)) indices) data
            let loss = float (Objective.forward (Settings.objective settings) run.training.parameters some).meanLoss
            if not (Double.IsFinite loss) || loss > Divergence.bound lossOfKnowingNothing run.firstLoss then
                diverged settings.epochs (settings.epochs * steps) run.lastLoss

        let next epoch run =
            let began = clock.Elapsed
            let run, running = train epoch run
            let evaluate = mean (Settings.objective settings) start.measure settings.cancellation run.training.parameters
            let finite what (evaluation: Evaluation) =
                if not (Double.IsFinite evaluation.Loss) then
                    Errors.evaluationNotFinite what epoch (epoch * steps) run.lastLoss
                evaluation
            let after = if settings.lossAfterEpoch then Nullable(evaluate data |> finite "training data") else Nullable()
            let validation = settings.validation |> Option.map (evaluate >> finite "validation data") |> Option.toNullable
            let report =
                { Epoch = epoch
                  Running = running
                  After = after
                  Validation = validation
                  LearningRate = settings.optimizer.rate (epoch * steps - 1)
                  Seconds = (clock.Elapsed - began).TotalSeconds }
            settings.onEpoch report
            let best =
                match settings.earlyStopping, run.best with
                | Some stopping, (_, lowest, _) when not (validation.Value.Loss < lowest - stopping.minDelta) -> run.best
                | Some _, _ -> epoch, validation.Value.Loss, run.training
                | None, _ -> epoch, nan, run.training
            { run with best = best; reports = report :: run.reports }

        let rec fit epoch run =
            let bestEpoch, _, _ = run.best
            let patient =
                match settings.earlyStopping with
                | Some stopping -> epoch - bestEpoch <= stopping.patience
                | None -> true
            if epoch <= settings.epochs && patient then fit (epoch + 1) (next epoch run) else run

        let training = { parameters = start.parameters; state = start.state }
        let run = fit 1 { training = training; best = (0, infinity, training); firstLoss = nan; lastLoss = nan; reports = [] }
        if settings.earlyStopping.IsNone then checkLast run
        let epoch, _, best = run.best
        { start with
            parameters = best.parameters
            state = best.state
            history = TrainingHistory(run.reports |> List.rev |> List.toArray)
            epoch = epoch
            steps = run.training.state.step
            seconds = clock.Elapsed.TotalSeconds }
