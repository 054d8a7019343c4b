// The rule Fused: what a kernel has to know to train by itself, read off the definitions.
//
// The definitions are the meaning; a kernel computes the same for those it recognises (Formulas.fs). Whether it can is a
// function of the model, the loss, the optimizer, the metric and the kind of the data; where it cannot, it says why.

namespace LinearNets.FSharp

open System
open LinearNets
open LinearNets.Kernels
open LinearNets.Tensors

/// What a kernel trains, and by which updates.
[<NoEquality; NoComparison>]
type internal FusedPlan = { problem: AffineProblem; updates: UpdateFormulas }

module internal Fused =

    /// The loss of q outputs per row as a multiple of one the kernels know.
    let private loss q formula =
        match formula with
        | LossFormula.Squared -> RowLossFormula RowLoss.Squared
        | LossFormula.Mse -> RowLossFormula(RowLoss.Squared, Factor = 2.0 / float q)
        | LossFormula.Absolute -> RowLossFormula RowLoss.Absolute
        | LossFormula.Huber delta -> RowLossFormula(RowLoss.Huber, Delta = delta)
        | LossFormula.Gaussian sigma ->
            let variance = sigma * sigma
            RowLossFormula(RowLoss.Squared, Factor = 1.0 / variance, Constant = 0.5 * log (2.0 * Math.PI * variance))
        | LossFormula.CrossEntropy -> RowLossFormula RowLoss.CrossEntropy
        | LossFormula.Logistic -> RowLossFormula RowLoss.Logistic
        | LossFormula.SquaredSigmoid -> RowLossFormula RowLoss.SquaredSigmoid
        | LossFormula.Perceptron -> RowLossFormula RowLoss.Perceptron

    /// A kernel keeps a gradient and two slots beside the weights, in one array.
    let private mostWeights = 1L <<< 28

    /// How many numbers it keeps for a feature.
    let private room (data: Dataset) outputs =
        match data.Table.features with
        | Features.SparseSingles _ -> int64 (SparsePass<float32>.StrideOf outputs)
        | Features.SparseDoubles _ -> int64 (SparsePass<float>.StrideOf outputs)
        | _ -> int64 outputs

    let private metric (measure: Measure) hasClasses =
        let is (other: Measure) = obj.ReferenceEquals(measure, other)
        if is Measure.none then Some RowMetric.None
        elif is Measure.accuracy && hasClasses then Some RowMetric.Correct
        elif is Measure.mse && not hasClasses then Some RowMetric.SquaredError
        elif is Measure.mae && not hasClasses then Some RowMetric.AbsoluteError
        else None

    /// The kernel's plan, or every reason that there is none.
    let plan (objective: Objective) (optimizer: Optimizer) (measure: Measure) (data: Dataset) : Result<FusedPlan, string list> =
        let affine =
            match Formula.tryFind2 objective.model.apply with
            | Some(ModelFormula.Affine(factor, inputs, outputs)) when
                inputs = data.Columns && int64 inputs * room data outputs <= mostWeights
                ->
                Some(factor, outputs)
            | _ -> None
        let rows =
            match Formula.tryFind2 objective.loss.rows with
            | Some LossFormula.CrossEntropy when not data.HasClasses -> None
            | Some formula when data.HasClasses && not formula.IsCrossEntropy -> None
            | found -> found
        let updates =
            Formula.tryFind3 optimizer.update |> Option.filter (fun (formulas: UpdateFormulas) -> (formulas.At 0).IsSome)
        // A label, and the weight of its class, are places in the kernel's memory: it gets none beyond the outputs.
        let fits outputs =
            let weights = objective.classWeights.Length
            if data.HasClasses then
                data.Outputs <= outputs && (weights = 0 || weights = outputs)
            else
                data.Outputs = outputs && weights = 0
        match affine, rows, updates, metric measure data.HasClasses with
        | Some(factor, outputs), Some formula, Some updates, Some metric when fits outputs ->
            let weights = if objective.classWeights.IsEmpty then null else List.toArray objective.classWeights
            Ok
                { problem =
                    AffineProblem(
                        outputs,
                        factor,
                        loss outputs formula,
                        metric,
                        weights,
                        objective.penalty.l1,
                        objective.penalty.l2
                    )
                  updates = updates }
        | _ ->
            Error
                [ if affine.IsNone then
                      say $"the model '{objective.model.name}' is not an affine one of {mostWeights} weights or fewer"
                  if rows.IsNone then say $"the loss '{objective.loss.name}' has no kernel for these targets"
                  if affine |> Option.exists (snd >> fits >> not) then
                      say $"the data have {data.Outputs} outputs, other than the model or the class weights"
                  if updates.IsNone then say $"the optimizer '{optimizer.name}' has no kernel"
                  if (metric measure data.HasClasses).IsNone then say $"the metric '{measure.name}' has no kernel" ]

    let private targets (data: Dataset) =
        match data.Table.targets with
        | Targets.Numbers(y, _) -> struct (y, null)
        | Targets.Classes labels -> struct (null, labels)

    let private rows (data: Dataset) (features: 'T[]) =
        let struct (numbers, labels) = targets data
        AffineRows<'T>(features, data.Columns, numbers, labels, data.Table.weights)

    let private sparseRows (data: Dataset) (features: CompressedRows<'T>) =
        let struct (numbers, labels) = targets data
        AffineRows<'T>(features, numbers, labels, data.Table.weights)

    let trainer (problem: AffineProblem) threads trains (data: Dataset) : AffineTrainer =
        match data.Table.features with
        | Features.Bytes x -> AffineTrainer<byte, float32>(rows data x, problem, threads, Simd.Chosen, trains)
        | Features.Singles x -> AffineTrainer<float32, float32>(rows data x, problem, threads, Simd.Chosen, trains)
        | Features.Doubles x -> AffineTrainer<float, float>(rows data x, problem, threads, Simd.Chosen, trains)
        | Features.SparseSingles x -> AffineTrainer<float32, float32>(sparseRows data x, problem, threads, Simd.Chosen, trains)
        | Features.SparseDoubles x -> AffineTrainer<float, float>(sparseRows data x, problem, threads, Simd.Chosen, trains)

    /// Other rows for a trainer, of the same kind.
    let useRows (trainer: AffineTrainer) (data: Dataset) =
        match trainer, data.Table.features with
        | (:? AffineTrainer<byte, float32> as trainer), Features.Bytes x -> trainer.Use(rows data x)
        | (:? AffineTrainer<float32, float32> as trainer), Features.Singles x -> trainer.Use(rows data x)
        | (:? AffineTrainer<float, float> as trainer), Features.Doubles x -> trainer.Use(rows data x)
        | _ -> invalidOp "A trainer takes rows of one kind."

    /// The scores [rows; q] of an affine model for sparse rows that are not made dense; none for others.
    let sparseScores (model: Model) (parameters: Tensor list) threads (rows: int[]) (data: Dataset) : Tensor option =
        match Formula.tryFind2 model.apply with
        | Some(ModelFormula.Affine(factor, inputs, outputs)) when
            inputs = data.Columns && parameters |> List.map _.dtype = [ Data.dtype data; Data.dtype data ]
            ->
            let host = parameters |> List.map _.Raw.ToHost()
            let inline scores (x: CompressedRows<'T>) =
                let weights, biases = (host[0] :?> 'T[]), (host[1] :?> 'T[])
                Some(
                    Data.ofArray [ rows.Length; outputs ] (SparsePrediction<'T>.Scores(x, weights, biases, factor, rows, threads))
                )
            match data.Table.features with
            | Features.SparseSingles x -> scores x
            | Features.SparseDoubles x -> scores x
            | _ -> None
        | _ -> None

    let updateFormula formula =
        match formula with
        | OptimizerFormula.Sgd rate -> UpdateFormula(UpdateRule.Sgd, rate)
        | OptimizerFormula.Proximal(rate, lambda) -> UpdateFormula(UpdateRule.Proximal, rate, Decay = lambda)
        | OptimizerFormula.Momentum(rate, beta) -> UpdateFormula(UpdateRule.Momentum, rate, beta)
        | OptimizerFormula.Nesterov(rate, beta) -> UpdateFormula(UpdateRule.Nesterov, rate, beta)
        | OptimizerFormula.Adam(rate, decay, beta1, beta2, epsilon) ->
            UpdateFormula(UpdateRule.Adam, rate, beta1, beta2, epsilon, decay)

    /// What the trainer holds of an array, as tensors: for the weights [inputs; outputs] and for the biases [outputs].
    let copy (trainer: AffineTrainer) array : Tensor list =
        let struct (weights, biases) = trainer.Copy array
        [ Data.ofArray [ weights.Length / biases.Length; biases.Length ] weights
          Data.ofArray [ biases.Length ] biases ]

    let load (trainer: AffineTrainer) array (tensors: Tensor list) =
        trainer.Load(array, tensors[0].Raw.ToHost(), tensors[1].Raw.ToHost())
