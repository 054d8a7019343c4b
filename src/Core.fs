// Chapter 3 as pure functions: linear regression and softmax regression, from their definitions to a training loop.
//
//   X  [n; d]  inputs, a row each            W  [d; q]  weights          b  [q]  biases
//   Ŷ = X·W + b  [n; q]  scores              ℓᵢ = ℓ(ŷᵢ, yᵢ)  one loss per row
//
//   objective   J(W, b) = (1/Σsᵢ) Σ sᵢ ℓᵢ + λ(ρ‖W‖₁ + (1 − ρ)/2 ‖W‖²)        sᵢ row weights; b is not penalised
//   gradient    ∂J/∂Ŷ = G = (sᵢ/Σs) ∂ℓᵢ/∂ŷᵢ,   ∂J/∂W = Xᵀ·G + ∂penalty,   ∂J/∂b = Σᵢ Gᵢ
//   update      (W, b) ← (W, b) − η ∂J/∂(W, b)
//
// Everything here is a function of its arguments: no file, clock, thread, device or hidden state. It is written against
// the few members of DiffSharp's tensors that two engines share, so that this very file runs on either.
// What each definition promises is said in Core.fsi; the properties in tests/ hold it to that.

namespace LinearNets.FSharp

open LinearNets
#if DIFFSHARP
open DiffSharp
#else
open LinearNets.Tensors
#endif

// ---- 3.1  Linear regression: a model is a function of parameters and inputs ------------------------------------------

[<NoEquality; NoComparison>]
type Parameter = { name: string; shape: int list; penalised: bool; initial: int -> Key -> float[] }

type Pullback = Tensor list -> Tensor -> Tensor * (Lazy<Tensor> -> Tensor list * Lazy<Tensor>)

[<NoEquality; NoComparison; StructuredFormatDisplay("{Text}")>]
type Model =
    { name: string
      layers: Model list
      parameters: Parameter list
      apply: Tensor list -> Tensor -> Tensor
      pullback: Pullback option }

    override model.ToString() =
        let parameters = model.parameters |> List.map (fun p -> say $"{p.name} {Print.shape p.shape}") |> String.concat ", "
        let count = model.parameters |> List.sumBy (fun p -> List.fold (*) 1 p.shape)
        let plural = if count = 1 then "" else "s"
        let list = if count = 0 then "no parameters" else say $"{count} parameter{plural}: {parameters}"
        (say $"{model.name} ({list})")

    member private model.Text = model.ToString()

// ---- 3.4  The softmax and its logarithm ------------------------------------------------------------------------------

module Softmax =
    /// o − max o, row by row: the softmax does not change, and eᵒ cannot overflow. The maximum needs no derivative.
    let private shifted operation (scores: Tensor) =
        Rows.classes operation 1 scores |> ignore
        let largest = scores.noDiff().max(1, keepDim = true)
        scores - largest, largest

    let logSumExp (scores: Tensor) =
        let z, largest = shifted "logSumExp" scores
        z.exp().sum(1).log() + largest.view [ scores.shape[0] ]
    let logSoftmax (scores: Tensor) =
        let z, _ = shifted "logSoftmax" scores
        z - z.exp().sum(1, keepDim = true).log()

    let softmax (scores: Tensor) =
        let z, _ = shifted "softmax" scores
        let e = z.exp ()
        e / e.sum (1, keepDim = true)

    let argmax (scores: Tensor) =
        Rows.classes "argmax" 1 scores |> ignore
        scores.argmax 1
    let oneHot (like: Tensor) (labels: Tensor) =
        Rows.labels "oneHot" like labels
        (like.zerosLike [ like.shape[0]; 1 ] + 1.0).scatter(1, labels.unsqueeze 1, like.shape)

// ---- Models ----------------------------------------------------------------------------------------------------------

module Initial =
    let normal sigma = fun n key -> Random.normals n key |> Array.map (fun z -> sigma * z)
    let zeros = fun n (_: Key) -> Array.zeroCreate<float> n

module Parameter =
    let private create name shape penalised initial =
        shape |> List.iter (Errors.atLeast1 ("A size of the parameter '" + name + "'"))
        { name = name; shape = shape; penalised = penalised; initial = initial }
    let weight name shape = create name shape true (Initial.normal 0.01)
    let bias name shape = create name shape false Initial.zeros
    let count parameter = List.fold (*) 1 parameter.shape

module Model =
    /// A function y of x, and the cotangent of x from x, y and the cotangent of y.
    let private withoutParameters name apply (pull: Tensor -> Tensor -> Tensor -> Tensor) =
        { name = name
          layers = []
          parameters = []
          apply = fun _ x -> apply x
          pullback =
            Some(fun _ x ->
                let y = apply x
                y, (fun g -> [], lazy (pull x y (g.Force())))) }

    let define name (parameters: Parameter list) apply =
        let names = parameters |> List.map _.name
        Errors.require
            (say $"Model '{name}': parameter names")
            (List.distinct names = names)
            (String.concat ", " names)
            "each once"
        let counted (values: Tensor list) x =
            if values.Length <> parameters.Length then Errors.parameters name values.Length parameters.Length
            apply values x
        { name = name; layers = []; parameters = parameters; apply = counted; pullback = None }

    /// Ŷ = X·W + b;  W̄ = Xᵀ·G,  b̄ = Σᵢ Gᵢ,  X̄ = G·Wᵀ
    let linear inputs outputs =
        Errors.atLeast1 "The number of inputs of a linear layer" inputs
        Errors.atLeast1 "The number of outputs of a linear layer" outputs
        // Not as an interpolated string, which would be most of what a first fit takes.
        let name = "linear " + string inputs + " → " + string outputs
        let split =
            function
            | [ w: Tensor; b: Tensor ] -> w, b
            | other -> Errors.parameters name other.Length 2
        let apply parameters (x: Tensor) =
            let w, b = split parameters
            if x.dim <> 2 || x.shape[1] <> inputs then Errors.inputs name x.shape inputs
            x.matmul w + b
        let back parameters (x: Tensor) (g: Lazy<Tensor>) =
            let w, _ = split parameters
            let g = g.Force()
            [ x.transpose().matmul g; g.sum 0 ], lazy (g.matmul (w.transpose ()))
        { name = name
          layers = []
          parameters = [ Parameter.weight "weight" [ inputs; outputs ]; Parameter.bias "bias" [ outputs ] ]
          apply = Formula.known2 (ModelFormula.Affine(1.0, inputs, outputs)) apply
          pullback = Some(fun parameters x -> apply parameters x, back parameters x) }

    let private known (formula: ModelFormula) model = { model with apply = Formula.known2 formula model.apply }

    let flatten =
        let apply (x: Tensor) =
            let n = Rows.count "flatten" x
            x.view [ n; x.nelement / n ]
        withoutParameters "flatten" apply (fun x _ g -> g.view x.shape) |> known (ModelFormula.Scaling 1.0)

    let scale (factor: float) =
        Errors.require "The factor of a scale" (factor <> 0.0 && abs factor < infinity) factor "a finite number other than 0"
        withoutParameters (say $"scale {factor:G6}") (fun x -> factor * x) (fun _ _ g -> factor * g)
        |> known (ModelFormula.Scaling factor)

    let sigmoid = withoutParameters "sigmoid" (fun x -> x.sigmoid ()) (fun _ y g -> g * y * (1.0 - y))

    /// J = diag(p) − p·pᵀ is symmetric: Jᵀg = p ⊙ (g − ⟨g, p⟩)
    let softmax =
        let pull (_: Tensor) (p: Tensor) (g: Tensor) = p * (g - (g * p).sum(1, keepDim = true))
        withoutParameters "softmax" Softmax.softmax pull

    /// The parameters of a composition, layer by layer.
    let private share (layers: Model list) parameters =
        let expected = layers |> List.sumBy _.parameters.Length
        if List.length parameters <> expected then
            Errors.parameters (layers |> List.map _.name |> String.concat ", ") parameters.Length expected
        List.mapFold (fun rest layer -> List.splitAt layer.parameters.Length rest) parameters layers |> fst

    let compose (layers: Model list) =
        Errors.atLeast1 "The number of models to compose" layers.Length
        let apply parameters x = List.fold2 (fun x (layer: Model) own -> layer.apply own x) x layers (share layers parameters)
        // The chain rule: on the way back, each layer turns the cotangent of its output into that of its input. It is lazy,
        // because nobody asks for the cotangent of the data.
        let through (pullbacks: Pullback list) parameters x =
            let forth (x, backs) (pullback: Pullback) own =
                let y, back = pullback own x
                y, back :: backs
            let y, backs = List.fold2 forth (x, []) pullbacks (share layers parameters)
            let back g =
                List.fold
                    (fun (gradients, g) back ->
                        let own, g = back g
                        own @ gradients, g)
                    ([], g)
                    backs
            y, back
        let pullbacks = layers |> List.choose _.pullback
        let formulas: ModelFormula list = layers |> List.choose (fun layer -> Formula.tryFind2 layer.apply)
        let formula =
            if formulas.Length < layers.Length then
                None
            else
                List.fold
                    (fun first second -> first |> Option.bind (fun first -> ModelFormula.Then(first, second)))
                    (Some formulas.Head)
                    formulas.Tail
        { name = layers |> List.map _.name |> String.concat ", "
          layers = layers
          parameters =
            [ for i, layer in List.indexed layers do
                  for p in layer.parameters -> { p with name = say $"{i}.{p.name}" } ]
          apply =
            (match formula with
             | Some formula -> Formula.known2 formula apply
             | None -> apply)
          pullback = if pullbacks.Length = layers.Length then Some(through pullbacks) else None }

    let parameterCount (model: Model) = model.parameters |> List.sumBy Parameter.count

    let initWith (make: Parameter -> Tensor) (model: Model) =
        [ for p in model.parameters do
              let value = make p
              if List.ofArray value.shape <> p.shape then Errors.parameterShape p.name value.shape p.shape
              value ]

    let initAs (dtype: Dtype) seed (model: Model) =
        model.parameters
        |> List.mapi (fun i p ->
            dsharp.tensor(p.initial (Parameter.count p) (Random.split (Random.key seed) i), dtype = dtype).view p.shape)

    let init seed model = initAs Dtype.Float32 seed model

    let named (model: Model) (parameters: Tensor list) =
        if parameters.Length <> model.parameters.Length then
            Errors.parameters model.name parameters.Length model.parameters.Length
        List.map2 (fun (p: Parameter) value -> p.name, value) model.parameters parameters

    let parameter name (model: Model) parameters =
        match named model parameters |> List.tryFind (fun (own, _) -> own = name) with
        | Some(_, value) -> value
        | None -> Errors.noParameter model.name name (model.parameters |> List.map _.name)

    let layer index (model: Model) (parameters: Tensor list) =
        let expected =
            if model.layers.IsEmpty then
                "a composed model: this one has no layers"
            else
                say $"0 to {model.layers.Length - 1}"
        Errors.require "The index of a layer" (index >= 0 && index < model.layers.Length) index expected
        model.layers[index], (share model.layers parameters)[index]

// ---- Losses: one value per row ---------------------------------------------------------------------------------------

[<NoEquality; NoComparison; StructuredFormatDisplay("{name}")>]
type Loss =
    { name: string
      rows: Tensor -> Tensor -> Tensor
      adjoint: (Tensor -> Tensor -> Tensor) option }

    override loss.ToString() = loss.name

[<RequireQualifiedAccess>]
type Reduction =
    | Mean
    | Sum
    | None

    override reduction.ToString() =
        match reduction with
        | Mean -> "Mean"
        | Sum -> "Sum"
        | None -> "None"

module Loss =
    let define name rows = { name = name; rows = rows; adjoint = None }

    /// A loss with its derivative; what comes in is checked before either sees it.
    let private closed name check rows adjoint =
        let operation = "loss '" + name + "'"
        let guarded f (scores: Tensor) (targets: Tensor) =
            check operation scores targets
            f scores targets
        { name = name; rows = guarded rows; adjoint = Some(guarded adjoint) }

    let private known (formula: LossFormula) loss = { loss with rows = Formula.known2 formula loss.rows }

    /// A loss f of each score and its target, which have one shape, summed over a row; `slope` is ∂f/∂score.
    let private ofScores name check (f: Tensor -> Tensor -> Tensor) slope =
        closed name check (fun scores targets -> Rows.sum (f scores targets)) slope

    /// A loss f of the residual r = ŷ − y, with f′.
    let private ofResidual name formula (f: Tensor -> Tensor) (slope: Tensor -> Tensor) =
        ofScores name Rows.same (fun ŷ y -> f (ŷ - y)) (fun ŷ y -> slope (ŷ - y)) |> known formula

    let squared = ofResidual "squared" LossFormula.Squared (fun r -> 0.5 * r * r) id
    let mse =
        let outputs (r: Tensor) = float (r.nelement / r.shape[0])
        ofResidual "mse" LossFormula.Mse (fun r -> r * r / outputs r) (fun r -> 2.0 * r / outputs r)
    let absolute = ofResidual "absolute" LossFormula.Absolute _.abs() _.sign()

    /// With c = r clamped to ±δ:  c·r − ½c²  is ½r² inside and δ|r| − ½δ² outside; its derivative is c.
    let huber (delta: float) =
        Errors.positive "Huber's δ" delta
        let clamped (r: Tensor) = r.clamp (low = -delta, high = delta)
        let value r =
            let c = clamped r
            c * r - 0.5 * c * c
        ofResidual (say $"huber({delta})") (LossFormula.Huber delta) value clamped

    /// −ln N(y; ŷ, σ²) = r²/(2σ²) + ½ ln(2πσ²)
    let gaussian (sigma: float) =
        Errors.positive "The Gaussian's σ" sigma
        let variance = sigma * sigma
        let constant = 0.5 * log (2.0 * System.Math.PI * variance)
        ofResidual
            (say $"gaussian({sigma})")
            (LossFormula.Gaussian sigma)
            (fun r -> r * r / (2.0 * variance) + constant)
            (fun r -> r / variance)

    /// o_y, the score of each row's own class.
    let private ofTruth (scores: Tensor) (labels: Tensor) = scores.gather (1, labels.unsqueeze 1)

    /// −ln softmax(o)_y;  its derivative is ŷ − y, predicted minus true distribution.
    let crossEntropy =
        let rows o y = -(ofTruth (Softmax.logSoftmax o) y).squeeze 1
        let adjoint o y = Softmax.softmax o - Softmax.oneHot o y
        closed "cross-entropy" Rows.labelled rows adjoint |> known LossFormula.CrossEntropy

    /// −Σⱼ yⱼ ln softmax(o)ⱼ;  its derivative is softmax(o)·Σⱼ yⱼ − y.
    let crossEntropyOfDistributions =
        let rows o (y: Tensor) = -(y * Softmax.logSoftmax o).sum 1
        let adjoint o (y: Tensor) = Softmax.softmax o * y.sum (1, keepDim = true) - y
        closed "cross-entropy of distributions" Rows.distributed rows adjoint

    /// −ln ŷ_y;  its derivative is −1/ŷ_y at y, 0 elsewhere.
    let crossEntropyOfProbabilities =
        let rows p y = -(ofTruth p y).squeeze(1).log()
        let adjoint (p: Tensor) (y: Tensor) = (-1.0 / ofTruth p y).scatter(1, y.unsqueeze 1, p.shape)
        closed "cross-entropy of probabilities" Rows.labelled rows adjoint

    /// ½‖p − y‖² with p = softmax(o);  its derivative is p ⊙ (e − ⟨e, p⟩), e = p − y.
    let squaredSoftmax =
        let error o y =
            let p = Softmax.softmax o
            p, p - Softmax.oneHot o y
        let rows o y =
            let _, e = error o y
            0.5 * (e * e).sum 1
        let adjoint o y =
            let p, e = error o y
            p * (e - (e * p).sum(1, keepDim = true))
        closed "squared on softmax" Rows.labelled rows adjoint

    /// −t ln σ(z) − (1 − t) ln(1 − σ(z)) = ln(1 + eᶻ) − z·t;  its derivative is σ(z) − t.
    let binaryCrossEntropy =
        ofScores "binary cross-entropy" Rows.unitInterval (fun z t -> z.softplus () - z * t) (fun z t -> z.sigmoid () - t)
        |> known LossFormula.Logistic

    let squaredSigmoid =
        let value (z: Tensor) (t: Tensor) =
            let r = z.sigmoid () - t
            0.5 * r * r
        let slope (z: Tensor) (t: Tensor) =
            let p = z.sigmoid ()
            (p - t) * p * (1.0 - p)
        ofScores "squared on sigmoid" Rows.same value slope |> known LossFormula.SquaredSigmoid

    /// max(0, −t·z) for t = ±1. A margin of exactly 0 counts as a mistake, or training from zero would never start.
    let perceptron =
        let mistake (z: Tensor) (t: Tensor) = -(t * z)
        let atLeastZero (m: Tensor) = 1.0 - (-m).relu().sign()
        let slope z t = -t * atLeastZero (mistake z t)
        ofScores "perceptron" Rows.signs (fun z t -> (mistake z t).clamp(low = 0.0)) slope
        |> known LossFormula.Perceptron

    let values loss (scores: Tensor) targets =
        let n = Rows.count loss.name scores
        let values = loss.rows scores targets
        Rows.aligned scores targets None |> ignore // a built-in loss has said so in its own words
        match values.shape with
        | [| rows |] when rows = n -> values
        | [| rows; 1 |] when rows = n -> values.view [ n ]
        | other -> Errors.lossRows loss.name other n

    let totalWeight weights (values: Tensor) =
        match weights with
        | None -> float (Rows.count "mean" values)
        | Some(s: Tensor) ->
            Rows.weights values s
            float (s.sum ())

    let shares weights (values: Tensor) =
        match weights with
        | None -> (values.zerosLike () + 1.0) / Rows.count "mean" values
        | Some(s: Tensor) ->
            Rows.weights values s
            s / s.sum ()

    let reduce reduction weights (values: Tensor) =
        weights |> Option.iter (Rows.weights values)
        match reduction, weights with
        | Reduction.None, None -> values
        | Reduction.Sum, None -> values.sum ()
        | Reduction.Mean, None -> values.mean ()
        | Reduction.None, Some s -> s * values
        | Reduction.Sum, Some s -> (s * values).sum()
        | Reduction.Mean, Some s -> (s * values).sum() / s.sum ()

    let classWeights (weights: float list) (like: Tensor) labels =
        let k = Rows.classes "class weights" 1 like
        Errors.require "The number of class weights" (weights.Length = k) weights.Length (say $"{k}, one per class")
        weights |> List.iter (Errors.positive "A class weight")
        let w = weights |> List.mapi (fun c weight -> weight * like.onehotLike (k, c)) |> List.reduce (+)
        (Softmax.oneHot like labels).matmul(w.unsqueeze 1).view [ like.shape[0] ]

[<StructuredFormatDisplay("{Text}")>]
type Penalty =
    { l1: float
      l2: float }

    override penalty.ToString() = say $"{penalty.l1}·‖W‖₁ + {penalty.l2}/2·‖W‖²"
    member private penalty.Text = penalty.ToString()

module Penalty =
    let elasticNet (lambda: float) (ratio: float) =
        Errors.notNegative "The penalty's λ" lambda
        Errors.require "The elastic net's ratio ρ" (ratio >= 0.0 && ratio <= 1.0) ratio "a number from 0 (all L2) to 1 (all L1)"
        { l1 = lambda * ratio; l2 = lambda * (1.0 - ratio) }

    let none = elasticNet 0.0 0.0
    let l2 lambda = elasticNet lambda 0.0
    let l1 lambda = elasticNet lambda 1.0
    let value penalty (w: Tensor) = penalty.l1 * w.abs().sum() + penalty.l2 / 2.0 * (w * w).sum()
    let gradient penalty (w: Tensor) = penalty.l1 * w.sign () + penalty.l2 * w

// ---- The objective and its gradient, in two ways ---------------------------------------------------------------------

[<NoEquality; NoComparison>]
type Batch = { x: Tensor; y: Tensor; weights: Tensor option }

[<NoEquality; NoComparison>]
type Objective = { model: Model; loss: Loss; penalty: Penalty; classWeights: float list }

[<NoEquality; NoComparison>]
type Pass = { meanLoss: Tensor; weight: float; scores: Tensor; gradient: Tensor list }

type Gradient = Tensor list -> Batch -> Pass

module Batch =
    let count batch = Rows.aligned batch.x batch.y batch.weights
    let create x y =
        Rows.aligned x y None |> ignore
        { x = x; y = y; weights = None }

    /// Rows one by one: a slice of one row may or may not keep its dimension, so each is given it back.
    let rows (indices: int[]) batch =
        let n = count batch
        let take (t: Tensor) =
            let row = 1 :: List.ofArray t.shape[1..]
            dsharp.cat [ for i in indices -> t.[i..i].view row ]
        if indices.Length = 0 then Errors.empty "batch"
        indices |> Array.iter (fun i -> if i < 0 || i >= n then Errors.row "batch" i n)
        { x = take batch.x; y = take batch.y; weights = Option.map take batch.weights }

    /// A row of weight 0 is a row removed, so it takes no place in a minibatch.
    let minibatches size (order: int[]) batch =
        Errors.atLeast1 "The size of a minibatch" size
        Rows.weighted batch.weights order |> Array.chunkBySize size |> Seq.map (fun indices -> rows indices batch)

module Objective =
    let create model loss = { model = model; loss = loss; penalty = Penalty.none; classWeights = [] }

    let private weights objective (scores: Tensor) batch =
        match objective.classWeights, batch.weights with
        | [], rows -> rows
        | classes, None -> Some(Loss.classWeights classes scores batch.y)
        | classes, Some rows -> Some(rows * Loss.classWeights classes scores batch.y)

    /// A pass but for its gradient, and what went into its mean loss: the loss of each row and the rows' weights.
    let private measured objective batch scores =
        let values = Loss.values objective.loss scores batch.y
        let weights = weights objective scores batch
        let loss = Loss.reduce Reduction.Mean weights values
        { meanLoss = loss; weight = Loss.totalWeight weights values; scores = scores; gradient = [] }, values, weights

    let private penalise objective parameters (loss: Tensor) =
        let add sum (p: Parameter) w = if p.penalised then sum + Penalty.value objective.penalty w else sum
        if objective.penalty = Penalty.none then
            loss
        else
            List.fold2 add loss objective.model.parameters parameters

    let forward objective parameters batch =
        let pass, _, _ = objective.model.apply parameters batch.x |> measured objective batch
        pass

    let value objective parameters batch = penalise objective parameters (forward objective parameters batch).meanLoss

    /// Reverse mode through the loss of the model's output. This is the meaning; every other way must agree with it.
    let autodiff objective : Gradient =
        fun parameters batch ->
            dsharp.nest ()
            let tag = dsharp.nestLevel ()
            let inputs = parameters |> List.map (fun p -> p.reverseDiff (nestingTag = tag))
            let pass = forward objective inputs batch
            penalise objective inputs pass.meanLoss |> Rows.reverse objective.loss.name
            { meanLoss = pass.meanLoss.primal
              weight = pass.weight
              scores = pass.scores.primal
              gradient = List.map2 (fun (p: Parameter) input -> Rows.derivative p.name input) objective.model.parameters inputs }

    /// G = (sᵢ/Σs) ∂ℓᵢ/∂ŷᵢ by the loss's adjoint, then the model's pullback.
    let closedForm objective : Gradient option =
        match objective.loss.adjoint, objective.model.pullback with
        | Some adjoint, Some pullback ->
            Some(fun parameters batch ->
                let scores, back = pullback parameters batch.x
                let pass, values, weights = measured objective batch scores
                let g = adjoint scores batch.y * Rows.column scores (Loss.shares weights values)
                let gradient, _ = back (lazy g)
                let penalise (p: Parameter) w g = if p.penalised then g + Penalty.gradient objective.penalty w else g
                let own = objective.model.parameters
                let gradient = if objective.penalty = Penalty.none then gradient else List.map3 penalise own parameters gradient
                { pass with gradient = gradient })
        | _ -> None

// ---- Metrics ---------------------------------------------------------------------------------------------------------

type Accumulator = { sums: float list }

module Accumulator =
    let zero n = { sums = List.replicate n 0.0 }
    let add (values: float list) accumulator =
        if values.Length <> accumulator.sums.Length then Errors.accumulator values.Length accumulator.sums.Length
        { sums = List.map2 (+) accumulator.sums values }

module Metric =
    let correct scores (labels: Tensor) =
        Rows.labels "accuracy" scores labels
        int (float ((Softmax.argmax scores).eq(labels).cast(Dtype.Float64).sum()))
    let accuracy (scores: Tensor) labels = float (correct scores labels) / float (Rows.count "accuracy" scores)

    /// A label is among the k best when fewer than k classes come before it; of equals, the lower class comes first, and a
    /// NaN is above every number, as it is for argmax.
    let topK k (scores: Tensor) (labels: Tensor) =
        let classes = Rows.classes "top-k" 1 scores
        Errors.require "k of top-k" (k >= 1 && k <= classes) k (say $"1 to {classes}")
        Rows.labels "top-k" scores labels
        let rows = scores.view([ scores.nelement ]).toArray1D<float>() |> Array.chunkBySize classes
        let above (a: float) b = a > b || (System.Double.IsNaN a && not (System.Double.IsNaN b))
        let among (row: float[]) label =
            let comesFirst c = above row[c] row[label] || (c < label && not (above row[label] row[c]))
            (Seq.filter comesFirst (seq { 0 .. classes - 1 }) |> Seq.length) < k
        float (Array.map2 among rows (labels.toArray1D ()) |> Array.filter id |> Array.length) / float rows.Length

    let confusion (scores: Tensor) (labels: Tensor) =
        let classes = Rows.classes "confusion matrix" 2 scores
        Rows.labels "confusion matrix" scores labels
        let pairs = Array.zip (labels.toArray1D<int>()) ((Softmax.argmax scores).toArray1D<int>())
        let counts = pairs |> Array.countBy id |> Map.ofArray
        Array2D.init classes classes (fun truth predicted -> counts |> Map.tryFind (truth, predicted) |> Option.defaultValue 0)

    let private residual operation (predicted: Tensor) (actual: Tensor) =
        Rows.same operation predicted actual
        predicted.cast Dtype.Float64 - actual.cast Dtype.Float64
    let mse predicted actual =
        let r = residual "mean squared error" predicted actual
        float ((r * r).mean())
    let mae predicted actual =
        let r = residual "mean absolute error" predicted actual
        float (r.abs().mean())

    let r2 predicted (actual: Tensor) =
        let r = residual "R²" predicted actual
        let n = r.shape[0]
        let y = actual.cast(Dtype.Float64).view [ n; r.nelement / n ]
        let y = y - y.[0..0].view [ 1; r.nelement / n ] // so that a constant target is exactly 0, and its mean too
        let deviation = y - y.sum (0, keepDim = true) / float n
        let total = (deviation * deviation).sum 0
        match total.toArray1D<float>() |> Array.tryFindIndex ((=) 0.0) with
        | Some column -> Errors.constantTarget column
        | None -> float ((1.0 - (r * r).view([ n; r.nelement / n ]).sum 0 / total).mean())

// ---- Optimizers: init and update -------------------------------------------------------------------------------------

type Schedule = int -> float

[<NoEquality; NoComparison>]
type OptimizerState = { step: int; slots: Tensor list list }

[<NoEquality; NoComparison; StructuredFormatDisplay("{name}")>]
type Optimizer =
    { name: string
      rate: Schedule
      init: Tensor list -> OptimizerState
      update: Tensor list -> OptimizerState -> Tensor list -> Tensor list * OptimizerState }

    override optimizer.ToString() = optimizer.name

module Schedule =
    let constant rate : Schedule = fun _ -> rate
    let step rate factor every : Schedule =
        Errors.atLeast1 "The number of steps between two changes of the rate" every
        fun t -> rate * factor ** float (t / every)
    let exponential rate factor : Schedule = fun t -> rate * factor ** float t
    let cosine rate final steps : Schedule =
        Errors.atLeast1 "The number of steps of a cosine schedule" steps
        fun t -> final + (rate - final) * (1.0 + cos (System.Math.PI * float (min t steps) / float steps)) / 2.0
    let warmUp steps (next: Schedule) : Schedule =
        Errors.atLeast1 "The number of warm-up steps" steps
        fun t -> if t < steps then next 0 * float (t + 1) / float steps else next (t - steps)

module Optimizer =
    /// An optimizer from its rule for one parameter: step, gradient, parameter and the parameter's slots to both new.
    let private perParameter name formula rate slots (rule: int -> Tensor -> Tensor -> Tensor list -> Tensor * Tensor list) =
        Errors.notNegative "The learning rate" rate
        let init parameters =
            { step = 0; slots = List.init slots (fun _ -> parameters |> List.map (fun (p: Tensor) -> p.zerosLike ())) }
        let update (gradients: Tensor list) state (parameters: Tensor list) =
            if gradients.Length <> parameters.Length then Errors.gradients gradients.Length parameters.Length
            if state.slots |> List.map (List.map _.shape) <> List.replicate slots (parameters |> List.map _.shape) then
                Errors.state name parameters.Length
            let step = state.step + 1
            let moved =
                List.zip gradients parameters
                |> List.mapi (fun i (g, p) ->
                    if g.shape <> p.shape then Errors.sameShape (say $"{name}: gradient and parameter {i}") g.shape p.shape
                    if g.dtype <> p.dtype then Errors.mixedDtypes (say $"{name}: gradient and parameter {i}") g.dtype p.dtype
                    rule step g p (state.slots |> List.map (List.item i)))
            let slot k = moved |> List.map (fun (_, slots) -> List.item k slots)
            List.map fst moved, { step = step; slots = List.init slots slot }
        let known =
            match formula with
            | Some formula -> Formula.known3 (UpdateFormulas.Always formula) update
            | None -> update
        { name = name; rate = Schedule.constant rate; init = init; update = known }

    let sgd rate = perParameter "sgd" (Some(OptimizerFormula.Sgd rate)) rate 0 (fun _ g p _ -> p - rate * g, [])

    /// S(q, t) = sign(q)·max(|q| − t, 0) minimises ½(p − q)² + t|p| over p.
    let proximal rate (lambda: float) =
        Errors.notNegative "The penalty's λ" lambda
        let formula = OptimizerFormula.Proximal(rate, lambda)
        perParameter "proximal" (Some formula) rate 0 (fun _ g p _ ->
            let q: Tensor = p - rate * g
            (if p.dim > 1 then q.sign () * (q.abs () - rate * lambda).relu() else q), [])

    let private withVelocity name formula rate beta (direction: Tensor -> Tensor -> Tensor) =
        Errors.fraction "The momentum β" beta
        perParameter name (Some(formula (rate, beta))) rate 1 (fun _ g p slots ->
            let v = beta * slots.Head + g
            p - rate * direction g v, [ v ])

    let momentum rate beta = withVelocity "momentum" OptimizerFormula.Momentum rate beta (fun _ v -> v)
    let nesterov rate beta = withVelocity "nesterov" OptimizerFormula.Nesterov rate beta (fun g v -> g + beta * v)

    /// The moments m of g and v of g², corrected for having started at 0; p ← p − η m̂/(√v̂ + ε). Before that weights
    /// shrink by ηλ; vectors, which biases are, do not.
    let private adamDecaying name rate (decay: float) beta1 beta2 (epsilon: float) =
        Errors.notNegative "AdamW's decay" decay
        Errors.fraction "Adam's β₁" beta1
        Errors.fraction "Adam's β₂" beta2
        Errors.positive "Adam's ε" epsilon
        let formula = OptimizerFormula.Adam(rate, decay, beta1, beta2, epsilon)
        perParameter name (Some formula) rate 2 (fun t g p slots ->
            let m = beta1 * slots[0] + (1.0 - beta1) * g
            let v = beta2 * slots[1] + (1.0 - beta2) * g * g
            let mHat = m / (1.0 - beta1 ** float t)
            let vHat = v / (1.0 - beta2 ** float t)
            let p = if decay > 0.0 && p.dim > 1 then (1.0 - rate * decay) * p else p
            p - rate * mHat / (vHat.sqrt () + epsilon), [ m; v ])

    let adamWith rate beta1 beta2 epsilon = adamDecaying "adam" rate 0.0 beta1 beta2 epsilon
    let adam rate = adamWith rate 0.9 0.999 1e-8
    let adamW rate decay = adamDecaying "adamW" rate decay 0.9 0.999 1e-8

    let adagrad rate =
        perParameter "adagrad" None rate 1 (fun _ g p slots ->
            let s = slots.Head + g * g
            p - rate * g / (s.sqrt () + 1e-10), [ s ])

    let rmsProp rate (gamma: float) =
        Errors.fraction "RMSProp's γ" gamma
        perParameter "rmsProp" None rate 1 (fun _ g p slots ->
            let s = gamma * slots.Head + (1.0 - gamma) * g * g
            p - rate * g / (s.sqrt () + 1e-8), [ s ])

    let scheduled (schedule: Schedule) (make: float -> Optimizer) =
        let first = make (schedule 0)
        let update gradients state parameters = (make (schedule state.step)).update gradients state parameters
        let formula step =
            Formula.tryFind3 (make (schedule step)).update
            |> Option.bind (fun (formulas: UpdateFormulas) -> formulas.At step)
        { name = say $"scheduled {first.name}"
          rate = schedule
          init = first.init
          update = Formula.known3 (UpdateFormulas.Scheduled formula) update }

// ---- Information theory, and the Gaussian ----------------------------------------------------------------------------

module Information =
    /// p·ln q with 0·ln q = 0: where p is 0, the logarithm is taken of q + 1 instead.
    let private weighted (p: Tensor) (q: Tensor) = p * (q + (1.0 - p.sign ())).log()
    let surprisal (p: Tensor) =
        Rows.probabilities "surprisal" p
        -p.log()
    let entropy p =
        Rows.distributions "entropy" p
        Rows.sumLast (-(weighted p p)) // for a certainty 0; the negated sum would be -0

    let private pair operation (p: Tensor) (q: Tensor) =
        Rows.sameShape operation p q
        Rows.distributions operation p
        Rows.distributions operation q

    let crossEntropy p q =
        pair "cross-entropy" p q
        Rows.sumLast (-(weighted p q))
    let kl p q =
        pair "KL divergence" p q
        Rows.sumLast (weighted p p - weighted p q)
    let bits (nats: Tensor) = nats / log 2.0
    let nats (bits: Tensor) = bits * log 2.0

module Gaussian =
    let private logDensity (mean: float) (sigma: float) (x: Tensor) =
        Errors.positive "The Gaussian's σ" sigma
        let z = (x - mean) / sigma
        -0.5 * z * z - log (sigma * sqrt (2.0 * System.Math.PI))

    let density mean sigma x = (logDensity mean sigma x).exp()
    let logLikelihood mean sigma x = (logDensity mean sigma x).sum()

// ---- 3.1.1  The analytic solution ------------------------------------------------------------------------------------

module LeastSquares =
    /// X̃ = [X 1];  (X̃ᵀX̃)·[W; b] = X̃ᵀy, in Float64, where products of Float32 numbers are exact,
    /// and with columns scaled to length 1, so that units do not matter.
    let normalEquations (x: Tensor) (y: Tensor) =
        let n = Rows.count "least squares" x
        if x.dim <> 2 || y.dim < 1 || y.dim > 2 || y.shape[0] <> n then Errors.leastSquares x.shape y.shape
        let d = x.shape[1]
        let q = y.nelement / n
        if x.dtype <> y.dtype then Errors.mixedDtypes "least squares" x.dtype y.dtype
        if n < d + 1 then Errors.tooFewRows n (d + 1)
        let dtype = x.dtype
        let x, y = x.cast Dtype.Float64, y.cast Dtype.Float64
        let x = dsharp.cat ([ x; x.zerosLike [ n; 1 ] + 1.0 ], 1)
        let length = (x * x).sum(0, keepDim = true).sqrt()
        let length = length + (1.0 - length.sign ()) // 1 for a column of zeros, which is then found to be one
        let x = x / length
        let xt = x.transpose ()
        let solution =
            try
                xt.matmul(x).solve(xt.matmul (y.view [ n; q ])) / length.view [ d + 1; 1 ]
            with :? DataException as e ->
                Errors.dependentColumns e.Where d
        [ solution.[0 .. d - 1].view([ d; q ]).cast dtype; solution.[d..d].view([ q ]).cast dtype ]

// ---- 3.2, 3.6  Training ----------------------------------------------------------------------------------------------

[<NoEquality; NoComparison>]
type Training = { parameters: Tensor list; state: OptimizerState }

module Train =
    let start optimizer parameters = { parameters = parameters; state = optimizer.init parameters }

    let step (gradient: Gradient) optimizer training batch =
        let pass = gradient training.parameters batch
        let parameters, state = optimizer.update pass.gradient training.state training.parameters
        { parameters = parameters; state = state }, pass

    let observed gradient optimizer observe (training, seen) batches =
        batches
        |> Seq.fold
            (fun (training, seen) batch ->
                let training, pass = step gradient optimizer training batch
                training, observe seen batch pass)
            (training, seen)

    let epoch gradient optimizer training batches =
        let observe (loss, weight) _ pass = loss + pass.weight * float pass.meanLoss, weight + pass.weight
        let training, (loss, weight) = observed gradient optimizer observe (training, (0.0, 0.0)) batches
        if weight = 0.0 then Errors.empty "epoch"
        training, loss / weight
