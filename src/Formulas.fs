// Which formula a function computes.
//
// Definitions are functions, and a function cannot be read. Those of the library that something else has to recognise – a
// kernel that computes the same in one pass, say – carry the name of their formula with them. What a user writes, or puts
// in place of one, is another function and so carries none: nothing is ever mistaken for what it is not.

namespace LinearNets.FSharp

/// What a loss is of scores and targets.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal LossFormula =
    /// ½r², summed over the outputs
    | Squared
    /// r², averaged over the outputs
    | Mse
    | Absolute
    | Huber of delta: float
    /// r²/(2σ²) + ½ ln(2πσ²)
    | Gaussian of sigma: float
    /// ln Σeᶻ − z_y
    | CrossEntropy
    /// ln(1 + eᶻ) − z·y
    | Logistic
    /// ½(σ(z) − y)²
    | SquaredSigmoid
    | Perceptron

/// What a model is of parameters and inputs.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal ModelFormula =
    /// factor·x, without parameters
    | Scaling of factor: float
    /// (factor·x)·W + b
    | Affine of factor: float * inputs: int * outputs: int
    /// Functions of the inputs alone, known to whoever made them, and what comes after them if it is one of these.
    | Prepared of first: obj list * rest: ModelFormula option

    /// One after the other, if that is again one of them.
    static member Then(first: ModelFormula, second: ModelFormula) =
        match first, second with
        | Scaling a, Scaling b -> Some(Scaling(a * b))
        | Scaling a, Affine(b, inputs, outputs) -> Some(Affine(a * b, inputs, outputs))
        | Affine _, Scaling 1.0 -> Some first
        | Scaling 1.0, Prepared _ -> Some second
        | Prepared(a, None), Prepared(b, rest) -> Some(Prepared(a @ b, rest))
        | Prepared(a, None), _ -> Some(Prepared(a, Some second))
        | Prepared(a, Some rest), _ -> ModelFormula.Then(rest, second) |> Option.map (fun rest -> Prepared(a, Some rest))
        | _ -> None

/// An optimizer's update at a step.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal OptimizerFormula =
    /// p ← p − ηg
    | Sgd of rate: float
    /// p ← S(p − ηg, ηλ)
    | Proximal of rate: float * lambda: float
    /// v ← βv + g, p ← p − ηv
    | Momentum of rate: float * beta: float
    /// v ← βv + g, p ← p − η(g + βv)
    | Nesterov of rate: float * beta: float
    /// Adam, or AdamW where the decay is not 0.
    | Adam of rate: float * decay: float * beta1: float * beta2: float * epsilon: float

    /// Whether the step is along the gradient, and as long as it is.
    member formula.IsDescent = not formula.IsAdam

    /// How many tensors it remembers for each parameter.
    member formula.Slots =
        match formula with
        | Sgd _
        | Proximal _ -> 0
        | Momentum _
        | Nesterov _ -> 1
        | Adam _ -> 2

/// An optimizer's updates at all steps.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal UpdateFormulas =
    | Always of OptimizerFormula
    /// By the number of updates before.
    | Scheduled of (int -> OptimizerFormula option)

    member formulas.At step =
        match formulas with
        | Always formula -> Some formula
        | Scheduled at -> at step

/// A function of two arguments, and its formula.
[<Sealed>]
type internal Known<'formula, 'a, 'b, 'c>(formula: 'formula, f: 'a -> 'b -> 'c) =
    inherit OptimizedClosures.FSharpFunc<'a, 'b, 'c>()
    member _.Formula = formula
    override _.Invoke(a: 'a) = f a
    override _.Invoke(a, b) = f a b

/// A function of three arguments, and its formula.
[<Sealed>]
type internal Known<'formula, 'a, 'b, 'c, 'd>(formula: 'formula, f: 'a -> 'b -> 'c -> 'd) =
    inherit OptimizedClosures.FSharpFunc<'a, 'b, 'c, 'd>()
    member _.Formula = formula
    override _.Invoke(a: 'a) = f a
    override _.Invoke(a, b, c) = f a b c

module internal Formula =
    let known2 (formula: 'formula) (f: 'a -> 'b -> 'c) : 'a -> 'b -> 'c =
        let known = Known<'formula, 'a, 'b, 'c>(formula, f) :> OptimizedClosures.FSharpFunc<'a, 'b, 'c>
        System.Runtime.CompilerServices.Unsafe.As<'a -> 'b -> 'c> known

    let tryFind2 (f: 'a -> 'b -> 'c) : 'formula option =
        match box f with
        | :? Known<'formula, 'a, 'b, 'c> as known -> Some known.Formula
        | _ -> None

    let known3 (formula: 'formula) (f: 'a -> 'b -> 'c -> 'd) : 'a -> 'b -> 'c -> 'd =
        // Not unbox or :?>, which put a closure of their own around a function.
        let known = Known<'formula, 'a, 'b, 'c, 'd>(formula, f) :> OptimizedClosures.FSharpFunc<'a, 'b, 'c, 'd>
        System.Runtime.CompilerServices.Unsafe.As<'a -> 'b -> 'c -> 'd> known

    let tryFind3 (f: 'a -> 'b -> 'c -> 'd) : 'formula option =
        match box f with
        | :? Known<'formula, 'a, 'b, 'c, 'd> as known -> Some known.Formula
        | _ -> None
