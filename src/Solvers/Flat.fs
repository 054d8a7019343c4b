// What solvers minimise: the objective over all rows as a function of one vector of numbers, and its gradient.
//
//   θ  [N]   the parameters one after the other: weights [d; q], then biases [q], for an affine model
//   J(θ) = (1/Σs) Σ sᵢ ℓᵢ + λ(ρ‖W‖₁ + (1 − ρ)/2 ‖W‖²),   ∂J/∂θ  [N]
//
// A kernel computes both in one pass over the rows where it knows model and loss; otherwise the definitions do, some rows at a
// time. The vector is of doubles whatever the data are; with 32-bit features a pass rounds parameters and scores to 32 bits,
// so that J is known to about 2⁻²³ of itself.

namespace LinearNets.FSharp

open System
open LinearNets
open LinearNets.Kernels

/// J of all rows and its gradient.
[<AbstractClass>]
type internal FlatObjective(length: int, rounding: float) =
    /// How many parameters there are.
    member _.Length = length
    /// How far J may be off by rounding, as a share of itself.
    member _.Rounding = rounding
    /// J, and its gradient into an array.
    abstract Value: parameters: float[] * gradient: float[] -> float

module internal Flat =

    let ofTensors (parameters: Tensor list) : float[] =
        parameters
        |> List.map (fun t -> t.cast(Dtype.Float64).view([ t.nelement ]).toArray1D<float>())
        |> Array.concat

    let toTensors (dtype: Dtype) (model: Model) (flat: float[]) : Tensor list =
        let take first (p: Parameter) =
            let count = Parameter.count p
            dsharp.tensor(Array.sub flat first count, dtype = dtype).view p.shape, first + count
        List.mapFold take 0 model.parameters |> fst

    /// max |xᵢ|; NaN where one is.
    let largest (x: float[]) =
        let mutable result = 0.0
        for value in x do
            // Math.Max hands NaN on.
            result <- Math.Max(result, abs value)
        result

    let dot (x: float[]) (y: float[]) = Vectors.Dot(ReadOnlySpan x, ReadOnlySpan y)

    /// y += factor·x
    let addMultiple factor (x: float[]) (y: float[]) = Vectors.AddMultiple(factor, ReadOnlySpan x, y.AsSpan())

    /// (W, b + by·μᵀW) of (W, b): with the factor of the model for `by`, the parameters of features whose means are moved to 0;
    /// with less the factor, back.
    let moveBiases by (means: float[]) q (parameters: float[]) =
        let moved = Array.copy parameters
        let d = means.Length
        for j in 0 .. d - 1 do
            for c in 0 .. q - 1 do
                moved[d * q + c] <- moved[d * q + c] + by * means[j] * parameters[j * q + c]
        moved

    /// A gradient by the parameters before `moveBiases`, from that by those after.
    let moveGradient by (means: float[]) q (gradient: float[]) =
        let moved = Array.copy gradient
        let d = means.Length
        for j in 0 .. d - 1 do
            for c in 0 .. q - 1 do
                moved[j * q + c] <- moved[j * q + c] + by * means[j] * gradient[d * q + c]
        moved

    /// The factor and the outputs of an affine model.
    let tryAffine (model: Model) (data: Dataset) =
        match Formula.tryFind2 model.apply with
        | Some(ModelFormula.Affine(factor, inputs, outputs)) when inputs = data.Columns -> Some(factor, outputs)
        | _ -> None

    /// The weight of each row, that of its class included; null where all have 1.
    let rowWeights (classWeights: float list) (data: Dataset) : float[] =
        let own = data.Table.weights
        match data.Table.targets with
        | Targets.Classes labels when not classWeights.IsEmpty ->
            let ofClass = List.toArray classWeights
            labels |> Array.mapi (fun row label -> (if isNull own then 1.0 else own[row]) * ofClass[label])
        | _ -> own

    /// Below which J some classifier without a penalty has every row on the right side: each loss is then below ln 2, which
    /// for its class is a probability above ½. Such parameters twice as large are better still, and so on: there is no minimum.
    let separatedBelow (objective: Objective) (weights: float[]) (data: Dataset) =
        let isOneOf (values: float[]) = values |> Array.forall (fun y -> y = 0.0 || y = 1.0)
        let separates =
            objective.penalty = Penalty.none
            && (tryAffine objective.model data).IsSome
            && match Formula.tryFind2 objective.loss.rows, data.Table.targets with
               | Some LossFormula.CrossEntropy, _ -> true
               | Some LossFormula.Logistic, Targets.Numbers(y, _) -> isOneOf y
               | _ -> false
        if not separates then -infinity
        elif isNull weights then log 2.0 / float data.Rows
        else log 2.0 * Array.min weights / Array.sum weights

    /// Whether a class has no rows, or an output one answer alone: its bias is not penalised, and the further it is the better.
    let lacksRows (objective: Objective) (data: Dataset) =
        match Formula.tryFind2 objective.loss.rows, tryAffine objective.model data, data.Table.targets with
        | Some LossFormula.CrossEntropy, Some(_, q), Targets.Classes labels -> (Array.distinct labels).Length < q
        | Some LossFormula.Logistic, Some(_, q), Targets.Numbers(y, _) ->
            let isSame answer k = Seq.forall (fun row -> y[row * q + k] = answer) (seq { 0 .. data.Rows - 1 })
            Seq.exists (fun k -> isSame 0.0 k || isSame 1.0 k) (seq { 0 .. q - 1 })
        | _ -> false

    /// What a direction of the parameters adds to the score of each row's own class beyond each other class; for answers of yes
    /// or no, to the score if it is yes and less it if it is no. What a row with an answer between has is lost either way.
    let private margins (objective: Objective) (data: Dataset) (direction: float[]) : seq<float> =
        let parameters = toTensors (Data.dtype data) objective.model direction
        let ofRows (rows: int[]) =
            let scores =
                match Fused.sparseScores objective.model parameters Workers.Usual rows data with
                | Some scores -> scores
                | None -> objective.model.apply parameters (Data.features rows data)
            let scores = ofTensors [ scores ]
            let q = scores.Length / rows.Length
            seq {
                for i in 0 .. rows.Length - 1 do
                    for c in 0 .. q - 1 do
                        let z = scores[i * q + c]
                        match data.Table.targets with
                        | Targets.Classes labels ->
                            let own = labels[rows[i]]
                            if c <> own then scores[i * q + own] - z
                        | Targets.Numbers(y, _) ->
                            let answer = y[rows[i] * q + c]
                            if answer = 1.0 then z
                            elif answer = 0.0 then -z
                            else -(abs z)
            }
        // Scores of sparse rows are not of dense ones, but each time the parameters are laid out anew.
        let size = if data.IsSparse then 1 <<< 14 else Data.chunkSize
        Array.chunkBySize size [| 0 .. data.Rows - 1 |] |> Seq.collect ofRows

    /// Whether the loss falls for ever beyond a point, along the last part of the way to it: no row is on the wrong side of
    /// that direction, beyond what the way has of a search for the minimum of the rest.
    let recedes (objective: Objective) (data: Dataset) (point: float[]) (way: float[]) =
        let isKnown =
            match Formula.tryFind2 objective.loss.rows with
            | Some LossFormula.CrossEntropy
            | Some LossFormula.Logistic -> objective.penalty = Penalty.none && (tryAffine objective.model data).IsSome
            | _ -> false
        // A way that is short beside the parameters goes nowhere.
        let isLong () = sqrt (dot way way) > 0.01 * sqrt (dot point point)
        if not (isKnown && isLong ()) then
            false
        else
            let mutable lowest = infinity
            let mutable sum = 0.0
            let mutable count = 0.0
            for margin in margins objective data way do
                lowest <- min lowest margin
                sum <- sum + abs margin
                count <- count + 1.0
            sum > 0.0 && lowest >= -1e-3 * sum / count

/// J by the kernel.
[<Sealed>]
type internal FusedObjective(plan: FusedPlan, threads: int, data: Dataset, rounding: float) =
    inherit FlatObjective((data.Columns + 1) * plan.problem.Outputs, rounding)
    let trainer = Fused.trainer plan.problem threads true data
    let order = [| 0 .. data.Rows - 1 |]
    let outputs, l2 = plan.problem.Outputs, plan.problem.L2
    let biasesAt = data.Columns * outputs
    let isWide = Data.dtype data = Dtype.Float64
    let wide = if isWide then Array.zeroCreate<float> biasesAt, Array.zeroCreate<float> outputs else [||], [||]
    let narrow = if isWide then [||], [||] else Array.zeroCreate<float32> biasesAt, Array.zeroCreate<float32> outputs

    let load (parameters: float[]) =
        if isWide then
            let weights, biases = wide
            Array.Copy(parameters, weights, biasesAt)
            Array.Copy(parameters, biasesAt, biases, 0, outputs)
            trainer.Load(AffineArray.Parameters, weights, biases)
        else
            let weights, biases = narrow
            for i in 0 .. biasesAt - 1 do
                weights[i] <- float32 parameters[i]
            for i in 0 .. outputs - 1 do
                biases[i] <- float32 parameters[biasesAt + i]
            trainer.Load(AffineArray.Parameters, weights, biases)

    override _.Value(parameters, gradient) =
        load parameters
        let mutable weights: Array = null
        let mutable biases: Array = null
        let sums = trainer.Gradient(order, 0, order.Length, &weights, &biases)
        let share = 1.0 / sums.Weight
        match weights, biases with
        | (:? (float[]) as w), (:? (float[]) as b) ->
            for i in 0 .. biasesAt - 1 do
                gradient[i] <- share * w[i] + l2 * parameters[i]
            for i in 0 .. outputs - 1 do
                gradient[biasesAt + i] <- share * b[i]
        | (:? (float32[]) as w), (:? (float32[]) as b) ->
            for i in 0 .. biasesAt - 1 do
                gradient[i] <- share * float w[i] + l2 * parameters[i]
            for i in 0 .. outputs - 1 do
                gradient[biasesAt + i] <- share * float b[i]
        | other -> invalidOp (say $"{other}")
        let mutable squares = 0.0
        if l2 > 0.0 then
            for i in 0 .. biasesAt - 1 do
                squares <- squares + parameters[i] * parameters[i]
        share * sums.Loss + 0.5 * l2 * squares

/// J by the definitions: the mean over chunks of rows, each by its weight, and the penalty.
[<Sealed>]
type internal DefinitionsObjective(objective: Objective, rule: Rule, data: Dataset, rounding: float) =
    inherit FlatObjective(Model.parameterCount objective.model, rounding)
    let model, penalty = objective.model, objective.penalty
    let rows = [| 0 .. data.Rows - 1 |]
    let memory = Memory(true, 1)
    let chunk: Gradient =
        let unpenalised = { objective with penalty = Penalty.none }
        match rule, Objective.closedForm unpenalised with
        | Rule.ClosedForm, Some closed -> closed
        | _ -> Objective.autodiff unpenalised

    override _.Value(parameters, gradient) =
        Array.Clear gradient
        let tensors = Flat.toTensors (Data.dtype data) model parameters
        let mutable loss = 0.0
        let mutable weight = 0.0
        for batch in Data.minibatchesIn memory (Data.chunkSizeOf data) rows data do
            let pass = chunk tensors batch
            loss <- loss + pass.weight * float pass.meanLoss
            weight <- weight + pass.weight
            Flat.addMultiple pass.weight (Flat.ofTensors pass.gradient) gradient
        for i in 0 .. gradient.Length - 1 do
            gradient[i] <- gradient[i] / weight
        let penalised =
            if penalty = Penalty.none then
                0.0
            else
                let mutable at = 0
                let mutable sum = 0.0
                for p in model.parameters do
                    let count = Parameter.count p
                    if p.penalised then
                        for i in at .. at + count - 1 do
                            let w = parameters[i]
                            sum <- sum + penalty.l1 * abs w + 0.5 * penalty.l2 * w * w
                            gradient[i] <- gradient[i] + penalty.l1 * float (sign w) + penalty.l2 * w
                    at <- at + count
                sum
        loss / weight + penalised
