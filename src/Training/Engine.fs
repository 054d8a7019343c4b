// What trains a model through an epoch: the definitions, or a kernel. Fit.run asks either in the same words.

namespace LinearNets.FSharp

open System
open System.Collections.Generic
open System.Threading
open LinearNets
open LinearNets.Kernels

/// Who is told of updates: what the epoch gave up to them, the losses of the last two, and whether its gradient is finite.
[<AbstractClass>]
type internal Watcher() =
    /// Whether every update is to be told by itself.
    abstract WantsEach: bool
    /// Before a minibatch.
    abstract Begin: unit -> unit
    abstract See: seen: inref<Sums> * updates: int * loss: float * lossBefore: float * gradientIsFinite: bool -> unit

/// A model in training. It has a state; nobody but one fit knows it.
[<AbstractClass>]
type internal Engine() =
    /// The training data from now on; there were others of the same kind.
    abstract Use: data: Dataset -> unit
    /// So many updates, on minibatches of rows in an order, from a row on; and what the epoch gave up to there.
    abstract Train: order: int[] * first: int * updates: int * seen: Sums * watcher: Watcher -> unit
    /// The sums over data, by the parameters as they are.
    abstract Evaluate: data: Dataset * cancel: (unit -> unit) -> Sums
    /// The mean loss of some rows of the training data, by the parameters as they are.
    abstract MeanLoss: rows: int[] -> float
    abstract IsFinite: bool
    /// How many updates there were.
    abstract Steps: int
    /// Where training stands.
    abstract Training: Training

/// Training by the definitions: a fold of `Train.step`.
[<Sealed>]
type internal DefinitionsEngine
    (objective: Objective, gradient: Gradient, measure: Measure, optimizer, batch, first: Dataset, start: Training) =
    inherit Engine()
    let memory = Memory(true, 1)
    let mutable data = first
    let mutable training = start

    static member Sums(measure: Measure, batch: Batch, pass: Pass) =
        let rows = float pass.scores.shape[0]
        { rows = rows
          weight = pass.weight
          lossSum = pass.weight * float pass.meanLoss
          metricSum = rows * measure.mean pass.scores batch.y }

    static member Evaluate(objective, measure, parameters, data, cancel) =
        let memory = Memory(true, 1)
        let add sums indices =
            cancel ()
            let batch = Data.rowsIn memory indices data
            (sums: Sums).Plus(DefinitionsEngine.Sums(measure, batch, Objective.forward objective parameters batch))
        Data.foldChunks add Sums.Zero data

    override _.Use other = data <- other

    override _.Train(order, first, updates, seen, watcher) =
        let last = int (min (int64 order.Length) (int64 first + int64 updates * int64 batch))
        let batches =
            Data.minibatchesIn memory batch order[first .. last - 1] data
            |> Seq.map (fun batch ->
                watcher.Begin()
                batch)
        let see (seen: Sums) batch (pass: Pass) =
            let seen = seen.Plus(DefinitionsEngine.Sums(measure, batch, pass))
            watcher.See(&seen, 1, float pass.meanLoss, nan, List.forall Divergence.isFinite pass.gradient)
            seen
        training <- Train.observed gradient optimizer see (training, seen) batches |> fst

    override _.Evaluate(data, cancel) = DefinitionsEngine.Evaluate(objective, measure, training.parameters, data, cancel)
    override _.MeanLoss rows = float (Objective.forward objective training.parameters (Data.rows rows data)).meanLoss
    override _.Steps = training.state.step
    override _.IsFinite = List.forall Divergence.isFinite training.parameters
    override _.Training = training

/// Training by a kernel.
[<Sealed>]
type internal FusedEngine
    (plan: FusedPlan, optimizer: Optimizer, batch, threads, cancellation: CancellationToken, first: Dataset, start: Training) =
    inherit Engine()
    let trainer = Fused.trainer plan.problem threads true first
    let mutable data = first
    let slots = [ AffineArray.FirstSlot; AffineArray.SecondSlot ] |> List.truncate start.state.slots.Length
    do
        Fused.load trainer AffineArray.Parameters start.parameters
        List.iter2 (Fused.load trainer) slots start.state.slots
    let mutable step = start.state.step
    // The training data by the trainer, others by one that has its parameters.
    let evaluators = Dictionary<Dataset, AffineTrainer>(HashIdentity.Reference)

    let update () =
        match plan.updates.At step with
        | Some found when found.Slots = start.state.slots.Length -> Fused.updateFormula found
        | _ -> Errors.scheduledChanges optimizer.name (step + 1)

    static member Sums(rows: float, sums: AffineSums, problem: AffineProblem) =
        { rows = rows
          weight = sums.Weight
          lossSum = sums.Loss
          metricSum = if problem.Metric = RowMetric.None then nan else sums.Metric }

    /// The sums over data by a trainer that has its parameters, in pieces, so that it can be cancelled between two.
    static member Losses(trainer: AffineTrainer, problem: AffineProblem, rows: int[], cancel) =
        let piece = 16384
        let mutable total = Sums.Zero
        for first in 0..piece .. rows.Length - 1 do
            cancel ()
            let count = min piece (rows.Length - first)
            let sums = trainer.Losses(rows, first, count, AffineWork.Losses)
            total <- total.Plus(FusedEngine.Sums(float count, sums, problem))
        total

    override _.Use other =
        if not (obj.ReferenceEquals(other, data)) then
            Fused.useRows trainer other
            data <- other

    override _.Train(order, first, updates, seen, watcher) =
        // The rows of the epoch that are not of this order.
        let others = seen.rows - float first
        let mutable run = AffineRun(Row = first, Step = step, Sums = AffineSums(seen.lossSum, seen.weight, seen.metricSum))
        let last = step + updates
        while run.Row < order.Length && run.Step < last do
            watcher.Begin()
            // A schedule has another update at every step.
            let each = watcher.WantsEach || plan.updates.IsScheduled
            let most = if each then 1 else last - run.Step
            let before = run.Step
            trainer.Steps(order, &run, batch, most, update (), cancellation)
            step <- run.Step
            // There is nothing to see where the token was cancelled since; Begin then says so.
            if run.Step > before then
                let seen = FusedEngine.Sums(others + float run.Row, run.Sums, plan.problem)
                watcher.See(&seen, run.Step - before, run.Loss, run.PreviousLoss, run.GradientIsFinite)

    /// ℓ₀ of rows: the mean loss of scores of 0.
    member _.LossOfZeros(rows: int[]) =
        let sums = trainer.Losses(rows, 0, rows.Length, AffineWork.LossesOfZeros)
        sums.Loss / sums.Weight

    override _.Evaluate(other, cancel) =
        let evaluator =
            if obj.ReferenceEquals(other, data) then
                trainer
            else
                let evaluator =
                    match evaluators.TryGetValue other with
                    | true, evaluator -> evaluator
                    | _ ->
                        let evaluator = Fused.trainer plan.problem threads false other
                        evaluators[other] <- evaluator
                        evaluator
                Fused.load evaluator AffineArray.Parameters (Fused.copy trainer AffineArray.Parameters)
                evaluator
        FusedEngine.Losses(evaluator, plan.problem, Data.kept other, cancel)

    override _.MeanLoss rows =
        let sums = trainer.Losses(rows, 0, rows.Length, AffineWork.Losses)
        sums.Loss / sums.Weight
    override _.Steps = step
    override _.IsFinite = trainer.IsFinite()

    override _.Training =
        { parameters = Fused.copy trainer AffineArray.Parameters
          state = { step = step; slots = slots |> List.map (Fused.copy trainer) } }
