// The definitions of chapter 3 and what each promises. The equations stand in Core.fs, in the same order.
//
// Shapes: X [n; d] inputs, Ŷ [n; q] scores, labels [n] Int32, one loss per row [n]. Every function is pure. Every function
// that takes tensors throws ShapeException when shapes do not fit, and DtypeException when types of number are mixed;
// what else it throws is said where it stands.

namespace LinearNets.FSharp

open LinearNets
#if DIFFSHARP
open DiffSharp
#else
open LinearNets.Tensors
#endif

// ---- 3.1  Linear regression: a model is a function of parameters and inputs ------------------------------------------

/// <summary>A tensor that training changes: its name, its shape, whether penalties apply to it, and how it begins.</summary>
[<NoEquality; NoComparison>]
type Parameter =
    {
        /// <summary>The name, unique within its layer: <c>weight</c>.</summary>
        name: string
        /// <summary>The shape.</summary>
        shape: int list
        /// <summary>Whether penalties apply: true for weights, false for biases.</summary>
        penalised: bool
        /// <summary>The first values, in row-major order, from how many there are and a key of random numbers.</summary>
        initial: int -> Key -> float[]
    }

/// <summary>A model's scores from parameters and inputs, and how a cotangent of the scores goes back: to the gradients of the
/// parameters and the cotangent of the inputs, which is computed only if somebody asks for it.</summary>
type Pullback = Tensor list -> Tensor -> Tensor * (Lazy<Tensor> -> Tensor list * Lazy<Tensor>)

/// <summary>A model: a pure function from parameters and inputs to scores, and what is known of the parameters.</summary>
[<NoEquality; NoComparison; StructuredFormatDisplay("{Text}")>]
type Model =
    {
        /// <summary>What the model is, as it is printed.</summary>
        name: string
        /// <summary>The parts of a composition; empty for a single layer.</summary>
        layers: Model list
        /// <summary>The parameters, in the order <c>apply</c> takes them.</summary>
        parameters: Parameter list
        /// <summary>Scores from parameters and inputs.</summary>
        apply: Tensor list -> Tensor -> Tensor
        /// <summary>Scores and the gradient in closed form, if there is one.</summary>
        pullback: Pullback option
    }

    /// <summary>The layers, the number of parameters, and each with its shape.</summary>
    override ToString: unit -> string

    member private Text: string

// ---- 3.4  The softmax and its logarithm ------------------------------------------------------------------------------

/// <summary>The softmax of each row of scores [n; k], and its kin. Nothing overflows on the way: a result is
/// finite wherever its exact value is a number of the scores' type.</summary>
[<RequireQualifiedAccess>]
module Softmax =
    /// <summary>ln Σⱼ eᵒʲ of each row: [n].</summary>
    val logSumExp: scores: Tensor -> Tensor
    /// <summary>The logarithms of the softmax: [n; k].</summary>
    val logSoftmax: scores: Tensor -> Tensor
    /// <summary>eᵒ / Σⱼ eᵒʲ: each row lies in [0, 1] and has the sum 1.</summary>
    val softmax: scores: Tensor -> Tensor
    /// <summary>The class with the highest score in each row, the first of equals: [n] Int32.</summary>
    val argmax: scores: Tensor -> Tensor
    /// <summary>Labels [n] as rows with a 1 at the label, in the shape and type of number of the scores.</summary>
    /// <exception cref="T:LinearNets.DataException">A label is not a class; the message names its row.</exception>
    val oneHot: like: Tensor -> labels: Tensor -> Tensor

// ---- Models ----------------------------------------------------------------------------------------------------------

/// <summary>First values of parameters.</summary>
[<RequireQualifiedAccess>]
module Initial =
    /// <summary>Normal numbers with mean 0 and a standard deviation.</summary>
    val normal: sigma: float -> (int -> Key -> float[])
    /// <summary>Zeros.</summary>
    val zeros: (int -> Key -> float[])

/// <summary>Making parameters for models of one's own.</summary>
[<RequireQualifiedAccess>]
module Parameter =
    /// <summary>A penalised parameter that begins as N(0, 0.01²).</summary>
    /// <exception cref="T:LinearNets.SettingsException">A size is below 1.</exception>
    val weight: name: string -> shape: int list -> Parameter
    /// <summary>An unpenalised parameter that begins at 0.</summary>
    /// <exception cref="T:LinearNets.SettingsException">A size is below 1.</exception>
    val bias: name: string -> shape: int list -> Parameter
    /// <summary>The number of its values.</summary>
    val count: parameter: Parameter -> int

/// <summary>Models, and what can be asked of them.</summary>
[<RequireQualifiedAccess>]
module Model =
    /// <summary>A model of one's own: it is differentiated by <c>Objective.autodiff</c>. What is to outlive a minibatch of a fit has
    /// to be a <c>clone()</c>: the next one is put in the same memory.</summary>
    /// <example><code>
    /// let quadratic = Model.define "a·x² + b" [ Parameter.weight "a" [ 1 ]; Parameter.bias "b" [ 1 ] ] (fun p x -> p[0] * x * x + p[1])
    /// </code></example>
    val define: name: string -> parameters: Parameter list -> apply: (Tensor list -> Tensor -> Tensor) -> Model
    /// <summary>X·W + b, with <c>weight</c> [inputs; outputs] and <c>bias</c> [outputs].</summary>
    /// <exception cref="T:LinearNets.SettingsException">A size is below 1.</exception>
    val linear: inputs: int -> outputs: int -> Model
    /// <summary>Each row as one vector: images [n; 28; 28] become [n; 784].</summary>
    val flatten: Model
    /// <summary>Every value times a factor: <c>Model.scale (1.0 / 255.0)</c> brings bytes to the numbers from 0 to 1. As a part of
    /// the model it is applied wherever the model is, so that all its doors take values in the units they were measured in.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The factor is 0 or not finite.</exception>
    val scale: factor: float -> Model
    /// <summary>1/(1 + e⁻ᶻ) of every score: a link for prediction. Losses take scores, so it stays out of training.</summary>
    val sigmoid: Model
    /// <summary>The softmax of every row: a link for prediction. Losses take scores, so it stays out of training.</summary>
    val softmax: Model
    /// <summary>Models one after the other; a parameter is then called by its layer's place and its name: <c>1.weight</c>.</summary>
    val compose: layers: Model list -> Model
    /// <summary>The number of values in all parameters.</summary>
    val parameterCount: model: Model -> int
    /// <summary>Parameters by a function of one's own, which must return each in its shape.</summary>
    val initWith: make: (Parameter -> Tensor) -> model: Model -> Tensor list
    /// <summary>Parameters from a seed in a type of number: each parameter draws from a sequence of its own.</summary>
    val initAs: dtype: Dtype -> seed: int -> model: Model -> Tensor list
    /// <summary>Float32 parameters from a seed: weights N(0, 0.01²), biases 0.</summary>
    val init: seed: int -> model: Model -> Tensor list
    /// <summary>The parameters with their names.</summary>
    val named: model: Model -> parameters: Tensor list -> (string * Tensor) list
    /// <summary>One parameter by its name.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There is no such name; the message lists those there are.</exception>
    val parameter: name: string -> model: Model -> parameters: Tensor list -> Tensor
    /// <summary>A layer of a composition, and its own parameters.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There is no layer at this place.</exception>
    val layer: index: int -> model: Model -> parameters: Tensor list -> Model * Tensor list

// ---- Losses: one value per row ---------------------------------------------------------------------------------------

/// <summary>A loss maps scores and targets to one value per row. Weighting and reducing are the library's work.</summary>
[<NoEquality; NoComparison; StructuredFormatDisplay("{name}")>]
type Loss =
    {
        /// <summary>The loss's name.</summary>
        name: string
        /// <summary>Scores and targets to one value per row, [n] or [n; 1].</summary>
        rows: Tensor -> Tensor -> Tensor
        /// <summary>The derivative of each row's loss by its scores, in closed form, if there is one.</summary>
        adjoint: (Tensor -> Tensor -> Tensor) option
    }

    /// <summary>The loss's name.</summary>
    override ToString: unit -> string

/// <summary>How the losses of the rows become one value.</summary>
[<RequireQualifiedAccess>]
type Reduction =
    /// <summary>Σ sᵢℓᵢ / Σ sᵢ.</summary>
    | Mean
    /// <summary>Σ sᵢℓᵢ.</summary>
    | Sum
    /// <summary>sᵢℓᵢ, row by row.</summary>
    | None

    /// <summary>The name.</summary>
    override ToString: unit -> string

/// <summary>The losses. Scores and targets have one shape, [n] or [n; q], unless labels are asked for.</summary>
[<RequireQualifiedAccess>]
module Loss =
    /// <summary>A loss of one's own, from scores and targets to one value per row: differentiated, weighted and reduced by the library.
    /// Scores that are to outlive a minibatch of a fit have to be a <c>clone()</c>.</summary>
    val define: name: string -> rows: (Tensor -> Tensor -> Tensor) -> Loss
    /// <summary>½‖ŷ − y‖², whose derivative is ŷ − y.</summary>
    val squared: Loss
    /// <summary>‖ŷ − y‖²/q, averaged over the q outputs of a row.</summary>
    val mse: Loss
    /// <summary>‖ŷ − y‖₁.</summary>
    val absolute: Loss
    /// <summary>½r² where |r| ≤ δ and δ(|r| − ½δ) beyond, summed over the outputs of a row.</summary>
    /// <exception cref="T:LinearNets.SettingsException">δ is not a finite number above 0.</exception>
    val huber: delta: float -> Loss
    /// <summary>The negative logarithm of the normal density of y around ŷ with a known σ.</summary>
    /// <exception cref="T:LinearNets.SettingsException">σ is not a finite number above 0.</exception>
    val gaussian: sigma: float -> Loss
    /// <summary>Cross-entropy of the softmax of scores [n; k] with labels [n]; its derivative is ŷ − y.</summary>
    /// <exception cref="T:LinearNets.DataException">A label is not one of the classes 0 to k − 1.</exception>
    val crossEntropy: Loss
    /// <summary>Cross-entropy of the softmax of scores [n; k] with a distribution over the classes for each row [n; k].</summary>
    val crossEntropyOfDistributions: Loss
    /// <summary>Cross-entropy of probabilities [n; k] with labels [n], as the chapter first writes it. Second best: a
    /// probability that rounds to 0 has an infinite loss and no derivative; <c>crossEntropy</c> takes scores and cannot fail so.</summary>
    /// <exception cref="T:LinearNets.DataException">A label is not one of the classes 0 to k − 1.</exception>
    val crossEntropyOfProbabilities: Loss
    /// <summary>½‖softmax(o) − onehot(y)‖² for labels [n].</summary>
    /// <exception cref="T:LinearNets.DataException">A label is not one of the classes 0 to k − 1.</exception>
    val squaredSoftmax: Loss
    /// <summary>Cross-entropy of the sigmoid of scores with targets from 0 to 1, computed from the scores.</summary>
    /// <exception cref="T:LinearNets.DataException">A target is not a number from 0 to 1.</exception>
    val binaryCrossEntropy: Loss
    /// <summary>½(σ(z) − t)².</summary>
    val squaredSigmoid: Loss
    /// <summary>max(0, −t·z) for targets −1 and 1. At a margin of exactly 0 the derivative is −t, as the perceptron's rule has it.</summary>
    /// <exception cref="T:LinearNets.DataException">A target is neither −1 nor 1.</exception>
    val perceptron: Loss
    /// <summary>The loss of each row, checked to be one value per row: [n].</summary>
    /// <exception cref="T:LinearNets.DataException">There are no rows.</exception>
    val values: loss: Loss -> scores: Tensor -> targets: Tensor -> Tensor
    /// <summary>Σs, or the number of rows where there are no weights.</summary>
    /// <exception cref="T:LinearNets.DataException">A weight is negative or not finite, all are 0, or there are no rows.</exception>
    val totalWeight: weights: Tensor option -> values: Tensor -> float

    /// <summary>sᵢ/Σs: the share of each row in the mean, 1/n without weights.</summary>
    /// <exception cref="T:LinearNets.DataException">A weight is negative or not finite, or all are 0.</exception>
    val shares: weights: Tensor option -> values: Tensor -> Tensor
    /// <summary>The losses of the rows, weighted and reduced.</summary>
    /// <exception cref="T:LinearNets.DataException">A weight is negative or not finite, or all are 0.</exception>
    val reduce: reduction: Reduction -> weights: Tensor option -> values: Tensor -> Tensor
    /// <summary>The weight of each row's class: [n].</summary>
    /// <exception cref="T:LinearNets.SettingsException">There is not one weight above 0 per class.</exception>
    val classWeights: weights: float list -> like: Tensor -> labels: Tensor -> Tensor

/// <summary>What is added to the mean loss for each weight tensor: l1·‖W‖₁ + l2/2·‖W‖².</summary>
[<StructuredFormatDisplay("{Text}")>]
type Penalty =
    {
        /// <summary>λρ.</summary>
        l1: float
        /// <summary>λ(1 − ρ).</summary>
        l2: float
    }

    /// <summary>The penalty as a formula.</summary>
    override ToString: unit -> string

    member private Text: string

/// <summary>Penalties λ(ρ‖W‖₁ + (1 − ρ)/2 ‖W‖²). The bias is never penalised.</summary>
[<RequireQualifiedAccess>]
module Penalty =
    /// <summary>A mixture: ratio 0 is all L2, ratio 1 all L1.</summary>
    /// <exception cref="T:LinearNets.SettingsException">λ is negative or not finite, or the ratio is not within 0 and 1.</exception>
    val elasticNet: lambda: float -> ratio: float -> Penalty
    /// <summary>No penalty.</summary>
    val none: Penalty
    /// <summary>λ/2 ‖W‖²: weight decay.</summary>
    val l2: lambda: float -> Penalty
    /// <summary>λ‖W‖₁.</summary>
    val l1: lambda: float -> Penalty
    /// <summary>The penalty of one tensor.</summary>
    val value: penalty: Penalty -> w: Tensor -> Tensor
    /// <summary>Its derivative; that of |w| at 0 is taken as 0.</summary>
    val gradient: penalty: Penalty -> w: Tensor -> Tensor

// ---- The objective and its gradient, in two ways ---------------------------------------------------------------------

/// <summary>Rows: inputs, targets and, if there are any, importance weights [n].</summary>
[<NoEquality; NoComparison>]
type Batch =
    {
        /// <summary>The inputs, a row each.</summary>
        x: Tensor
        /// <summary>The targets, a row each.</summary>
        y: Tensor
        /// <summary>The rows' weights; none are all 1.</summary>
        weights: Tensor option
    }

/// <summary>What training minimises: the weighted mean loss of a model, and a penalty.</summary>
[<NoEquality; NoComparison>]
type Objective =
    {
        /// <summary>The model.</summary>
        model: Model
        /// <summary>The loss.</summary>
        loss: Loss
        /// <summary>The penalty on the weights.</summary>
        penalty: Penalty
        /// <summary>A weight per class, multiplied into the rows' weights; empty for none.</summary>
        classWeights: float list
    }

/// <summary>What one pass over a batch gives.</summary>
[<NoEquality; NoComparison>]
type Pass =
    {
        /// <summary>The weighted mean loss, without the penalty.</summary>
        meanLoss: Tensor
        /// <summary>The sum of the rows' weights, or the number of rows.</summary>
        weight: float
        /// <summary>The scores the loss was computed from.</summary>
        scores: Tensor
        /// <summary>The gradient of the objective, penalty included, a tensor per parameter.</summary>
        gradient: Tensor list
    }

/// <summary>A way to compute a gradient.</summary>
type Gradient = Tensor list -> Batch -> Pass

/// <summary>Batches, and how data are cut into them.</summary>
[<RequireQualifiedAccess>]
module Batch =
    /// <summary>Unweighted rows.</summary>
    /// <exception cref="T:LinearNets.ShapeException">Inputs and targets have different numbers of rows.</exception>
    val create: x: Tensor -> y: Tensor -> Batch
    /// <summary>The number of rows.</summary>
    /// <exception cref="T:LinearNets.DataException">There are none.</exception>
    val count: batch: Batch -> int
    /// <summary>Some of the rows, in the order given; a row may be taken more than once.</summary>
    /// <exception cref="T:LinearNets.DataException">No row is taken, or one that does not exist.</exception>
    val rows: indices: int[] -> batch: Batch -> Batch
    /// <summary>Minibatches of a size in a given order (for example <c>Random.permutation</c>); the last may be smaller. Rows
    /// of weight 0 are left out.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The size is below 1.</exception>
    val minibatches: size: int -> order: int[] -> batch: Batch -> Batch seq

/// <summary>The objective's value and gradient.</summary>
[<RequireQualifiedAccess>]
module Objective =
    /// <summary>The mean loss of a model, without penalty or class weights.</summary>
    val create: model: Model -> loss: Loss -> Objective
    /// <summary>A pass without a gradient: the mean loss, without the penalty, and the scores.</summary>
    val forward: objective: Objective -> parameters: Tensor list -> batch: Batch -> Pass
    /// <summary>The weighted mean loss plus the penalty.</summary>
    val value: objective: Objective -> parameters: Tensor list -> batch: Batch -> Tensor
    /// <summary>The gradient by reverse-mode differentiation: it works for every model and loss, and is what others must agree with.</summary>
    /// <exception cref="T:LinearNets.DerivativeException">The loss does not use a parameter; the message names it.</exception>
    val autodiff: objective: Objective -> Gradient
    /// <summary>The gradient by the loss's adjoint and the model's pullback, where both have one.</summary>
    val closedForm: objective: Objective -> Gradient option

// ---- Metrics ---------------------------------------------------------------------------------------------------------

/// <summary>Running sums, as the chapter's Accumulator keeps them.</summary>
type Accumulator =
    {
        /// <summary>The sums so far.</summary>
        sums: float list
    }

/// <summary>The Accumulator as a pure fold: <c>Seq.fold (fun a batch -> Accumulator.add [correct; rows] a) (Accumulator.zero 2)</c>.</summary>
[<RequireQualifiedAccess>]
module Accumulator =
    /// <summary>n sums of 0.</summary>
    val zero: n: int -> Accumulator
    /// <summary>Adds a value to each sum.</summary>
    val add: values: float list -> accumulator: Accumulator -> Accumulator

/// <summary>How good predictions are; plain numbers, computed in double precision.</summary>
[<RequireQualifiedAccess>]
module Metric =
    /// <summary>How many rows have their highest score at their label.</summary>
    /// <exception cref="T:LinearNets.DataException">A label is not a class.</exception>
    val correct: scores: Tensor -> labels: Tensor -> int
    /// <summary>The share of rows that have their highest score at their label.</summary>
    /// <exception cref="T:LinearNets.DataException">A label is not a class.</exception>
    val accuracy: scores: Tensor -> labels: Tensor -> float
    /// <summary>The share of rows whose label is among the k highest scores; of equal scores the lower class comes first.</summary>
    /// <exception cref="T:LinearNets.SettingsException">k is below 1 or above the number of classes.</exception>
    val topK: k: int -> scores: Tensor -> labels: Tensor -> float
    /// <summary>Counts: row = true class, column = predicted class.</summary>
    /// <exception cref="T:LinearNets.DataException">A label is not a class.</exception>
    val confusion: scores: Tensor -> labels: Tensor -> int[,]
    /// <summary>The mean of the squared differences.</summary>
    val mse: predicted: Tensor -> actual: Tensor -> float
    /// <summary>The mean of the absolute differences.</summary>
    val mae: predicted: Tensor -> actual: Tensor -> float
    /// <summary>1 − Σ(y − ŷ)²/Σ(y − ȳ)², averaged over several outputs.</summary>
    /// <exception cref="T:LinearNets.DataException">A target is the same in every row.</exception>
    val r2: predicted: Tensor -> actual: Tensor -> float

// ---- Optimizers: init and update -------------------------------------------------------------------------------------

/// <summary>What an optimizer remembers: one type for all of them.</summary>
[<NoEquality; NoComparison>]
type OptimizerState =
    {
        /// <summary>How many updates there have been.</summary>
        step: int
        /// <summary>Running quantities; each is a tensor per parameter.</summary>
        slots: Tensor list list
    }

/// <summary>A learning rate for each step, counted from 0.</summary>
type Schedule = int -> float

/// <summary>An optimizer: two pure functions, and the learning rate they use.</summary>
[<NoEquality; NoComparison; StructuredFormatDisplay("{name}")>]
type Optimizer =
    {
        /// <summary>The optimizer's name.</summary>
        name: string
        /// <summary>The learning rate of each update: what is said of a fit, and what a fit that diverges advises to lower.</summary>
        rate: Schedule
        /// <summary>The first state for parameters.</summary>
        init: Tensor list -> OptimizerState
        /// <summary>Gradients, state and parameters to new parameters and new state.</summary>
        update: Tensor list -> OptimizerState -> Tensor list -> Tensor list * OptimizerState
    }

    /// <summary>The name.</summary>
    override ToString: unit -> string

/// <summary>Schedules.</summary>
[<RequireQualifiedAccess>]
module Schedule =
    /// <summary>The same rate at every step.</summary>
    val constant: rate: float -> Schedule
    /// <summary>Multiplies the rate by a factor after every so many steps.</summary>
    val step: rate: float -> factor: float -> every: int -> Schedule
    /// <summary>Multiplies the rate by a factor after every step.</summary>
    val exponential: rate: float -> factor: float -> Schedule
    /// <summary>Half a cosine from a rate to a final one in so many steps, then the final one.</summary>
    val cosine: rate: float -> final: float -> steps: int -> Schedule
    /// <summary>Rises evenly to the first rate of another schedule in so many steps, then follows it from its beginning.</summary>
    val warmUp: steps: int -> next: Schedule -> Schedule

/// <summary>The optimizers. A rate, decay or fraction out of range is a SettingsException.</summary>
[<RequireQualifiedAccess>]
module Optimizer =
    /// <summary>p ← p − ηg.</summary>
    val sgd: rate: float -> Optimizer
    /// <summary>p ← S(p − ηg, ηλ), where S(q, t) moves q towards 0 by t and no further: descent on a loss with the penalty
    /// λ‖W‖₁, which makes weights exactly 0. Vectors, which biases are, are not penalised. Give the loss no L1 penalty of its own.</summary>
    val proximal: rate: float -> lambda: float -> Optimizer
    /// <summary>v ← βv + g, p ← p − ηv.</summary>
    val momentum: rate: float -> beta: float -> Optimizer
    /// <summary>v ← βv + g, p ← p − η(g + βv).</summary>
    val nesterov: rate: float -> beta: float -> Optimizer
    /// <summary>Adam with its settings: p ← p − η m̂/(√v̂ + ε).</summary>
    val adamWith: rate: float -> beta1: float -> beta2: float -> epsilon: float -> Optimizer
    /// <summary>Adam with β₁ = 0.9, β₂ = 0.999, ε = 1e−8.</summary>
    val adam: rate: float -> Optimizer
    /// <summary>Adam with decoupled weight decay: p ← (1 − ηλ)p − η m̂/(√v̂ + ε). Vectors, which biases are, do not decay.</summary>
    val adamW: rate: float -> decay: float -> Optimizer
    /// <summary>s ← s + g², p ← p − ηg/(√s + 1e−10).</summary>
    val adagrad: rate: float -> Optimizer
    /// <summary>s ← γs + (1 − γ)g², p ← p − ηg/(√s + 1e−8).</summary>
    val rmsProp: rate: float -> gamma: float -> Optimizer
    /// <summary>An optimizer whose rate follows a schedule: <c>Optimizer.scheduled (Schedule.cosine 0.1 0.0 1000) Optimizer.sgd</c>.</summary>
    val scheduled: schedule: Schedule -> make: (float -> Optimizer) -> Optimizer

// ---- Information theory, and the Gaussian ----------------------------------------------------------------------------

/// <summary>Information in nats, of probabilities along the last dimension.</summary>
[<RequireQualifiedAccess>]
module Information =
    /// <summary>−ln p of each probability.</summary>
    /// <exception cref="T:LinearNets.DataException">A value is not a probability.</exception>
    val surprisal: p: Tensor -> Tensor
    /// <summary>−Σ p ln p, with 0 ln 0 = 0.</summary>
    /// <exception cref="T:LinearNets.DataException">A row is not a distribution.</exception>
    val entropy: p: Tensor -> Tensor
    /// <summary>−Σ p ln q: infinite where q is 0 and p is not.</summary>
    /// <exception cref="T:LinearNets.DataException">A row is not a distribution.</exception>
    val crossEntropy: p: Tensor -> q: Tensor -> Tensor
    /// <summary>Σ p ln(p/q): how many nats more q's code costs than p's.</summary>
    /// <exception cref="T:LinearNets.DataException">A row is not a distribution.</exception>
    val kl: p: Tensor -> q: Tensor -> Tensor
    /// <summary>Nats as bits.</summary>
    val bits: nats: Tensor -> Tensor
    /// <summary>Bits as nats.</summary>
    val nats: bits: Tensor -> Tensor

/// <summary>The normal distribution.</summary>
[<RequireQualifiedAccess>]
module Gaussian =
    /// <summary>The density at each x.</summary>
    /// <exception cref="T:LinearNets.SettingsException">σ is not a finite number above 0.</exception>
    val density: mean: float -> sigma: float -> x: Tensor -> Tensor
    /// <summary>The logarithm of the joint density of independent x.</summary>
    /// <exception cref="T:LinearNets.SettingsException">σ is not a finite number above 0.</exception>
    val logLikelihood: mean: float -> sigma: float -> x: Tensor -> Tensor

// ---- 3.1.1  The analytic solution ------------------------------------------------------------------------------------

/// <summary>Least squares as the book writes it.</summary>
[<RequireQualifiedAccess>]
module LeastSquares =
    /// <summary>The parameters of <c>Model.linear</c> that minimise the squared loss, by the normal equations with a column of
    /// ones. They square the condition number: use them on well-conditioned data, or to read the chapter.</summary>
    /// <exception cref="T:LinearNets.DataException">There are fewer rows than coefficients, or a column is a combination of
    /// others; the message names it. On badly conditioned data rounding can hide a dependent column.</exception>
    val normalEquations: x: Tensor -> y: Tensor -> Tensor list

// ---- 3.2, 3.6  Training ----------------------------------------------------------------------------------------------

/// <summary>Where training stands: parameters and the optimizer's state.</summary>
[<NoEquality; NoComparison>]
type Training =
    {
        /// <summary>The parameters.</summary>
        parameters: Tensor list
        /// <summary>The optimizer's state.</summary>
        state: OptimizerState
    }

/// <summary>Training as pure functions. Full batch, minibatch and one row at a time are the same function on other batches.</summary>
[<RequireQualifiedAccess>]
module Train =
    /// <summary>Parameters before their first update.</summary>
    val start: optimizer: Optimizer -> parameters: Tensor list -> Training
    /// <summary>One update on a batch, and what the pass before it gave.</summary>
    val step: gradient: Gradient -> optimizer: Optimizer -> training: Training -> batch: Batch -> Training * Pass
    /// <summary>A fold of <c>step</c> over batches, with an observer of each pass.</summary>
    val observed:
        gradient: Gradient ->
        optimizer: Optimizer ->
        observe: ('seen -> Batch -> Pass -> 'seen) ->
        training: Training * 'seen ->
            batches: Batch seq ->
                Training * 'seen
    /// <summary>A fold of <c>step</c> over batches, and the weighted mean of the losses seen on the way.</summary>
    /// <exception cref="T:LinearNets.DataException">There are no batches.</exception>
    val epoch: gradient: Gradient -> optimizer: Optimizer -> training: Training -> batches: Batch seq -> Training * float
