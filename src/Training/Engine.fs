// What trains a model through an epoch: the definitions, or a kernel. Fit.run asks either in the same words.

namespace LinearNets.FSharp

open System
open System.Collections.Generic
open System.Threading
open LinearNets
open LinearNets.Kernels

/// Sums over rows that were seen.
[<Struct; NoEquality; NoComparison>]
type internal Sums =
    { rows: float
      weight: float
      lossSum: float
      metricSum: float }

    static member Zero = { rows = 0.0; weight = 0.0; lossSum = 0.0; metricSum = 0.0 }

    member a.Plus(b: Sums) =
        { rows = a.rows + b.rows
          weight = a.weight + b.weight
          lossSum = a.lossSum + b.lossSum
          metricSum = a.metricSum + b.metricSum }

    member sums.Evaluation(measure: Measure) : Evaluation =
        { Loss = sums.lossSum / sums.weight; Metric = sums.metricSum / sums.rows; MetricName = measure.name }

/// Who is told of updates: what their minibatches gave, the losses of the last two, and whether its gradient is finite.
[<AbstractClass>]
type internal Watcher() =
    /// Whether every update is to be told by itself.
    abstract WantsEach: bool
    /// Before a minibatch.
    abstract Begin: unit -> unit
    abstract See: sums: inref<Sums> * updates: int * loss: float * lossBefore: float * gradientIsFinite: bool -> unit

/// A model in training. It has a state; nobody but one fit knows it.
[<AbstractClass>]
type internal Engine() =
    /// One update for each minibatch of rows in an order.
    abstract Train: order: int[] * watcher: Watcher -> unit
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
    (objective: Objective, gradient: Gradient, measure: Measure, optimizer, batch, data, start: Training) =
    inherit Engine()
    let memory = Memory true
    let mutable training = start

    static member Sums(measure: Measure, batch: Batch, pass: Pass) =
        let rows = float pass.scores.shape[0]
        { rows = rows
          weight = pass.weight
          lossSum = pass.weight * float pass.meanLoss
          metricSum = rows * measure.mean pass.scores batch.y }

    static member Evaluate(objective, measure, parameters, data, cancel) =
        let memory = Memory true
        let add sums indices =
            cancel ()
            let batch = Data.rowsIn memory indices data
            (sums: Sums).Plus(DefinitionsEngine.Sums(measure, batch, Objective.forward objective parameters batch))
        Data.foldChunks add Sums.Zero data

    override _.Train(order, watcher) =
        let batches =
            Data.minibatchesIn memory batch order data
            |> Seq.map (fun batch ->
                watcher.Begin()
                batch)
        let see () batch (pass: Pass) =
            let sums = DefinitionsEngine.Sums(measure, batch, pass)
            watcher.See(&sums, 1, float pass.meanLoss, nan, List.forall Divergence.isFinite pass.gradient)
        training <- Train.observed gradient optimizer see (training, ()) batches |> fst

    override _.Evaluate(data, cancel) = DefinitionsEngine.Evaluate(objective, measure, training.parameters, data, cancel)
    override _.MeanLoss rows = float (Objective.forward objective training.parameters (Data.rows rows data)).meanLoss
    override _.Steps = training.state.step
    override _.IsFinite = List.forall Divergence.isFinite training.parameters
    override _.Training = training

/// Training by a kernel.
[<Sealed>]
type internal FusedEngine
    (plan: FusedPlan, optimizer: Optimizer, batch, threads, cancellation: CancellationToken, data: Dataset, start: Training) =
    inherit Engine()
    let trainer = Fused.trainer plan.problem threads true data
    do Fused.load trainer start.parameters
    let mutable step = start.state.step
    // The training data by the trainer, others by one that has its parameters.
    let evaluators = Dictionary<Dataset, AffineTrainer>(HashIdentity.Reference)
    do evaluators[data] <- trainer

    let update () =
        match plan.updates.At step with
        | Some found when found.Slots = start.state.slots.Length -> Fused.updateFormula found
        | _ -> Errors.scheduledChanges optimizer.name (step + 1)

    static member Sums(rows: int, sums: AffineSums, problem: AffineProblem) =
        { rows = float rows
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
            total <- total.Plus(FusedEngine.Sums(count, sums, problem))
        total

    override _.Train(order, watcher) =
        let mutable run = AffineRun(Step = step)
        while run.Row < order.Length do
            watcher.Begin()
            // The first loss of all is wanted by itself, and a schedule has another update at every step.
            let each = watcher.WantsEach || run.Step = start.state.step || plan.updates.IsScheduled
            let most = if each then 1 else Int32.MaxValue
            let rowsBefore, stepsBefore = run.Row, run.Step
            let result = trainer.Steps(order, &run, batch, most, update (), cancellation)
            step <- run.Step
            // There is nothing to see where the token was cancelled since; Begin then says so.
            if run.Step > stepsBefore then
                let sums = FusedEngine.Sums(run.Row - rowsBefore, result, plan.problem)
                watcher.See(&sums, run.Step - stepsBefore, run.Loss, run.PreviousLoss, run.GradientIsFinite)

    /// ℓ₀ of rows: the mean loss of scores of 0.
    member _.LossOfZeros(rows: int[]) =
        let sums = trainer.Losses(rows, 0, rows.Length, AffineWork.LossesOfZeros)
        sums.Loss / sums.Weight

    override _.Evaluate(other, cancel) =
        let evaluator =
            match evaluators.TryGetValue other with
            | true, evaluator -> evaluator
            | _ ->
                let evaluator = Fused.trainer plan.problem threads false other
                evaluators[other] <- evaluator
                evaluator
        if not (obj.ReferenceEquals(evaluator, trainer)) then
            Fused.load evaluator (Fused.copy trainer AffineArray.Parameters)
        FusedEngine.Losses(evaluator, plan.problem, Data.kept other, cancel)

    override _.MeanLoss rows =
        let sums = trainer.Losses(rows, 0, rows.Length, AffineWork.Losses)
        sums.Loss / sums.Weight
    override _.Steps = step
    override _.IsFinite = trainer.IsFinite()

    override _.Training =
        let slots = [ AffineArray.FirstSlot; AffineArray.SecondSlot ] |> List.truncate start.state.slots.Length
        { parameters = Fused.copy trainer AffineArray.Parameters
          state = { step = step; slots = slots |> List.map (Fused.copy trainer) } }
