// What trains a model through an epoch: the definitions, or a kernel. Fit.run asks either in the same words.

namespace LinearNets.FSharp

open System
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

/// Who is told of every update: what its minibatch gave, and whether its gradient is finite.
[<AbstractClass>]
type internal Watcher() =
    /// Before a minibatch.
    abstract Begin: unit -> unit
    abstract See: seen: inref<Sums> * meanLoss: float * gradientIsFinite: bool -> unit

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
            watcher.See(&sums, float pass.meanLoss, List.forall Divergence.isFinite pass.gradient)
        training <- Train.observed gradient optimizer see (training, ()) batches |> fst

    override _.Evaluate(data, cancel) = DefinitionsEngine.Evaluate(objective, measure, training.parameters, data, cancel)
    override _.MeanLoss rows = float (Objective.forward objective training.parameters (Data.rows rows data)).meanLoss
    override _.Steps = training.state.step
    override _.IsFinite = List.forall Divergence.isFinite training.parameters
    override _.Training = training

/// Training by a kernel.
[<Sealed>]
type internal FusedEngine(plan: FusedPlan, optimizer: Optimizer, batch, threads, data: Dataset, start: Training) =
    inherit Engine()
    let trainer = Fused.trainer plan.problem threads data
    do Fused.load trainer start.parameters
    let mutable step = start.state.step
    let mutable evaluators: (Dataset * AffineTrainer * int[]) list = []

    let update () =
        match plan.update step with
        | Some found when found.Slots = start.state.slots.Length -> Fused.updateFormula found
        | _ -> Errors.scheduledChanges optimizer.name (step + 1)

    static member Sums(rows: int, sums: AffineSums, problem: AffineProblem) =
        { rows = float rows
          weight = sums.Weight
          lossSum = sums.Loss
          metricSum = if problem.Metric = RowMetric.None then nan else sums.Metric }

    /// The sums over data by a trainer that has its parameters, in pieces, so that it can be cancelled between two.
    static member Losses(trainer: AffineTrainer, problem: AffineProblem, order: int[], cancel) =
        let piece = 16384
        let mutable total = Sums.Zero
        for first in 0..piece .. order.Length - 1 do
            cancel ()
            let rows = min piece (order.Length - first)
            total <- total.Plus(FusedEngine.Sums(rows, trainer.Losses(order, first, rows, AffineWork.Losses), problem))
        total

    override _.Train(order, watcher) =
        let mutable first = 0
        while first < order.Length do
            watcher.Begin()
            let rows = min batch (order.Length - first)
            let mutable finite = true
            let result = trainer.Step(order, first, rows, update (), step + 1, &finite)
            step <- step + 1
            let sums = FusedEngine.Sums(rows, result, plan.problem)
            watcher.See(&sums, result.Loss / result.Weight, finite)
            first <- first + rows

    override engine.Evaluate(other, cancel) =
        let found =
            if obj.ReferenceEquals(other, data) then
                None
            else
                List.tryFind (fun (known, _, _) -> obj.ReferenceEquals(known, other)) evaluators
        let evaluator, order =
            match found with
            | Some(_, evaluator, order) -> evaluator, order
            | None when obj.ReferenceEquals(other, data) -> trainer, [| 0 .. data.Rows - 1 |]
            | None ->
                let evaluator, order = Fused.trainer plan.problem threads other, [| 0 .. other.Rows - 1 |]
                evaluators <- (other, evaluator, order) :: evaluators
                evaluator, order
        if not (obj.ReferenceEquals(evaluator, trainer)) then
            Fused.load evaluator (Fused.copy trainer AffineArray.Parameters)
        FusedEngine.Losses(evaluator, plan.problem, order, cancel)

    override _.MeanLoss rows =
        let sums = trainer.Losses(rows, 0, rows.Length, AffineWork.Losses)
        sums.Loss / sums.Weight
    override _.Steps = step
    override _.IsFinite = trainer.IsFinite()

    override _.Training =
        let slots = [ AffineArray.FirstSlot; AffineArray.SecondSlot ] |> List.truncate start.state.slots.Length
        { parameters = Fused.copy trainer AffineArray.Parameters
          state = { step = step; slots = slots |> List.map (Fused.copy trainer) } }
