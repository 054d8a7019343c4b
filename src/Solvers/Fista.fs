// FISTA: accelerated proximal gradient steps, for lasso and elastic net with any smooth loss.
//
//   F(θ) = f(θ) + λ₁‖W‖₁        f is the loss and ½λ₂‖W‖²
//
//   variables   (W, b′) with b′ = b + factor·μᵀW, as if the means of the features were 0; the penalty is the same
//   metric      ‖v‖² = Σ vᵢ²/pᵢ, p the diagonal of a first guess at the inverse Hessian (Curvature.fs), so that units do not matter
//   step        x = argmin ⟨∇f(y), x⟩ + ½L‖x − y‖² + λ₁‖W‖₁:   xᵢ = S(yᵢ − (pᵢ/L)·∂ᵢf(y), (pᵢ/L)·λ₁),  λ₁ for weights, 0 for biases
//   momentum    t₊ = ½(1 + √(1 + 4t²)),   y₊ = x + (t − 1)/t₊·(x − x₋)
//   restart     t = 1,  y₊ = x   where the step was against the momentum: ⟨y − x, x − x₋⟩ > 0
//   optimal     w ≠ 0:  ∂f = −λ₁·sign(w)       w = 0:  |∂f| ≤ λ₁       biases:  ∂f = 0
//
// L is doubled until f(x) ≤ f(y) + ⟨∇f(y), x − y⟩ + ½L‖x − y‖². Near the minimum values differ by little more than rounding;
// there gradients are compared: ⟨∇f(x) − ∇f(y), x − y⟩ ≤ L‖x − y‖². With each restart L is halved, because curvature falls on the way.
//
// Why not Newton: a step wants the Hessian of all classes, or one that bounds it class by class, and coordinate descent within. That
// is little work for few parameters only. This takes any number of them, and the kernel's gradient is all it asks for.

namespace LinearNets.FSharp

open System
open System.Threading
open LinearNets
open LinearNets.Kernels

/// f by (W, b′), from the loss without a penalty. λ₂ is that of each parameter.
[<Sealed>]
type internal CentredObjective(loss: FlatObjective, factor, means, q, l2: float[]) =
    inherit FlatObjective(loss.Length, loss.Rounding)
    let own = Array.zeroCreate<float> loss.Length

    member _.ToCentred parameters = Flat.moveBiases factor means q parameters
    member _.OfCentred parameters = Flat.moveBiases -factor means q parameters
    /// The gradient by (W, b) from that by (W, b′).
    member _.OwnGradient gradient = Flat.moveGradient factor means q gradient

    override _.Value(parameters, gradient) =
        let value = loss.Value(Flat.moveBiases -factor means q parameters, own)
        Array.Copy(Flat.moveGradient -factor means q own, gradient, own.Length)
        let mutable squares = 0.0
        for i in 0 .. gradient.Length - 1 do
            gradient[i] <- gradient[i] + l2[i] * parameters[i]
            squares <- squares + l2[i] * parameters[i] * parameters[i]
        value + 0.5 * squares

module internal ProximalSteps =

    /// So many iterations without lower values or a smaller gradient are the end. They are many because the sum of a feature's weights
    /// over the classes of a softmax is held by the penalty alone, and a small one takes its time.
    let private patience = 1000

    /// So often L is doubled for a step.
    let private mostDoublings = 45

    /// How far 0 is from the subgradients by a parameter.
    let private off parameter gradient l1 =
        if parameter = 0.0 then
            max 0.0 (abs gradient - l1)
        else
            abs (gradient + l1 * float (sign parameter))

    let private violations (parameters: float[]) (gradient: float[]) (l1: float[]) = Array.map3 off parameters gradient l1

    /// Minimises from a point in (W, b′). λ₁ and p are those of each parameter.
    let minimise
        (f: CentredObjective)
        (p: float[])
        (l1: float[])
        tolerance
        mostIterations
        cancellation
        (start: float[])
        : Minimum =
        let n = f.Length
        let line = Line(f, cancellation)
        let x, y, next, g = Array.copy start, Array.copy start, Array.zeroCreate<float> n, Array.zeroCreate<float> n
        let withPenalty value =
            let mutable sum = 0.0
            for i in 0 .. n - 1 do
                sum <- sum + l1[i] * abs x[i]
            value + sum
        let normHere () = violations x (f.OwnGradient line.Gradient) l1 |> Flat.largest
        let mutable value = withPenalty (line.At start)
        let mutable norm = normHere ()
        let mutable bound = 1.0
        let mutable momentum = 1.0
        let mutable bestValue = value
        let mutable bestNorm = norm
        let mutable idle = 0
        let mutable iterations = 0
        let mutable history = [ value ]
        let mutable ended = ValueNone

        /// The proximal step from y to `next`, with an L that bounds the curvature: f there.
        let search () =
            let before = line.At y
            Array.Copy(line.Gradient, g, n)
            let rec go left =
                let mutable slope = 0.0
                let mutable square = 0.0
                for i in 0 .. n - 1 do
                    let rate = p[i] / bound
                    let z = y[i] - rate * g[i]
                    let size = abs z - rate * l1[i]
                    next[i] <- if size > 0.0 then float (sign z) * size else 0.0
                    let by = next[i] - y[i]
                    slope <- slope + g[i] * by
                    square <- square + by * by / p[i]
                let after = line.At next
                let isBounded =
                    // Half of the digits are enough to tell the curvature by.
                    if abs (after - before) > sqrt f.Rounding * abs before then
                        after <= before + slope + 0.5 * bound * square
                    else
                        let mutable curvature = 0.0
                        for i in 0 .. n - 1 do
                            curvature <- curvature + (line.Gradient[i] - g[i]) * (next[i] - y[i])
                        curvature <= bound * square
                if isBounded then
                    ValueSome after
                elif left = 0 then
                    ValueNone
                else
                    bound <- 2.0 * bound
                    go (left - 1)
            go mostDoublings

        /// Whether it is for rounding that no step is better, and not against what the gradient says.
        let stalled (point: float[]) =
            let off = violations point line.Gradient l1
            let mutable promised = 0.0
            for i in 0 .. n - 1 do
                promised <- promised + 0.5 * p[i] * off[i] * off[i]
            if promised <= sqrt f.Rounding * abs value then Criterion.Rounding else Criterion.LineSearch

        let step () =
            match search () with
            | ValueSome after ->
                let mutable against = 0.0
                for i in 0 .. n - 1 do
                    against <- against + (y[i] - next[i]) * (next[i] - x[i]) / p[i]
                let following = 0.5 * (1.0 + sqrt (1.0 + 4.0 * momentum * momentum))
                let share = if against > 0.0 then 0.0 else (momentum - 1.0) / following
                for i in 0 .. n - 1 do
                    y[i] <- next[i] + share * (next[i] - x[i])
                if against > 0.0 then
                    momentum <- 1.0
                    bound <- 0.5 * bound
                else
                    momentum <- following
                Array.Copy(next, x, n)
                value <- withPenalty after
                norm <- normHere ()
                iterations <- iterations + 1
                history <- value :: history
                idle <- idle + 1
                if value < bestValue - 4.0 * f.Rounding * abs value then
                    bestValue <- value
                    idle <- 0
                if norm < 0.9 * bestNorm then
                    bestNorm <- norm
                    idle <- 0
            | ValueNone -> ended <- ValueSome(stalled next)

        while ended.IsNone do
            if norm <= tolerance then ended <- ValueSome Criterion.GradientNorm
            elif idle >= patience then ended <- ValueSome(stalled x)
            elif iterations >= mostIterations then ended <- ValueSome Criterion.Iterations
            else step ()
        { parameters = x
          criterion = ended.Value
          iterations = iterations
          evaluations = line.Evaluations
          value = value
          gradientNorm = norm
          history = List.rev history }

/// <summary>What to minimise and how. Begin with <c>Fista.defaults</c>.</summary>
[<NoEquality; NoComparison>]
[<RequireQualifiedAccess>]
type FistaSettings =
    {
        /// <summary>The model.</summary>
        model: Model
        /// <summary>The loss, which must be smooth.</summary>
        loss: Loss
        /// <summary>The penalty on the weights: L1, or L1 and L2.</summary>
        penalty: Penalty
        /// <summary>A weight for each class; empty for none.</summary>
        classWeights: float list
        /// <summary>How near 0 every component of a subgradient is to be. If there is none: 1e-8 for 64-bit features, 1e-5 for others.</summary>
        tolerance: float option
        /// <summary>The most iterations.</summary>
        iterations: int
        /// <summary>The parameters to begin with. If there are none: 0 for an affine model, others are drawn from seed 0.</summary>
        initial: Tensor list option
        /// <summary>How many threads may be used; as many as there are processors if there is none. The result is the same, bit for
        /// bit.</summary>
        threads: int option
        /// <summary>Stops before the next evaluation, with an <c>OperationCanceledException</c>.</summary>
        cancellation: CancellationToken
    }

/// All that does not depend on the penalty.
[<Sealed>]
type internal ProximalProblem(fit: FitSettings, settings: FistaSettings, data: Dataset) =
    let objective = Settings.objective fit
    let loss = Solver.flat { fit with penalty = Penalty.none } data
    let affine = Flat.tryAffine settings.model data
    let factor, q, means, diagonal =
        match affine with
        | Some(factor, q) ->
            let weights = Flat.rowWeights settings.classWeights data
            let means, diagonal = Curvature.diagonal settings.loss factor q weights data
            factor, q, means, diagonal
        | None -> 1.0, 0, [||], fun _ -> Array.create loss.Length 1.0
    let isSoftmax =
        match Formula.tryFind2 settings.loss.rows with
        | Some LossFormula.CrossEntropy -> affine.IsSome
        | _ -> false

    /// A number for what is penalised, and 0 for what is not.
    let spread (value: float) =
        [| for p in settings.model.parameters do
               yield! Array.create (Parameter.count p) (if p.penalised then value else 0.0) |]

    let centred l2 = CentredObjective(loss, factor, means, q, spread l2)

    /// A softmax does not change when a number is added to all biases: with a sum of 0 they are one of their kind.
    let balanced (parameters: float[]) =
        if isSoftmax then
            let biases = Array.length parameters - q
            let mean = Array.average parameters[biases..]
            Array.mapi (fun i v -> if i < biases then v else v - mean) parameters
        else
            parameters

    /// Where to begin.
    member _.First =
        match settings.initial, affine with
        | None, Some _ -> Array.zeroCreate loss.Length
        | _ -> Flat.ofTensors (Settings.first fit data)

    member _.Solve(penalty: Penalty, start: float[]) : Minimum =
        let f = centred penalty.l2
        let tolerance = Solver.tolerance settings.tolerance data
        let found =
            ProximalSteps.minimise
                f
                (diagonal penalty.l2)
                (spread penalty.l1)
                tolerance
                settings.iterations
                settings.cancellation
                (f.ToCentred start)
        { found with
            parameters = balanced (f.OfCentred found.parameters)
            criterion = (if Flat.lacksRows objective data then Criterion.NoMinimum else found.criterion) }

    /// The smallest λ₁ for which all weights are 0, and the parameters there.
    member problem.Largest(start: float[]) =
        let f = centred 0.0
        // With λ₁ so large the weights are 0, and the biases have their minimum.
        let found = problem.Solve({ l1 = 1e300; l2 = 0.0 }, start)
        let gradient = Array.zeroCreate<float> f.Length
        f.Value(f.ToCentred found.parameters, gradient) |> ignore
        let penalised = spread 1.0
        let l1 = f.OwnGradient gradient |> Array.map2 (*) penalised |> Flat.largest
        struct (l1, found.parameters)

    /// How many weights are not 0.
    member _.NonZero(parameters: float[]) = Array.map2 (*) (spread 1.0) parameters |> Array.filter ((<>) 0.0) |> Array.length

    member _.Tensors(parameters: float[]) = Flat.toTensors (Data.dtype data) settings.model parameters

    member _.Report(found: Minimum) : Convergence =
        { Criterion = found.criterion
          Tolerance = Solver.tolerance settings.tolerance data
          Iterations = found.iterations
          Evaluations = found.evaluations
          Objective = found.value
          GradientNorm = found.gradientNorm
          Gap = nan }

/// <summary>FISTA, accelerated proximal gradients: L1 and elastic net penalties with any smooth loss, logistic and softmax regression
/// above all.</summary>
[<RequireQualifiedAccess>]
module Fista =

    /// <summary>Cross-entropy, 10000 iterations at most. A model and a penalty have to be given.</summary>
    let defaults: FistaSettings =
        { model = Model.flatten
          loss = Loss.crossEntropy
          penalty = Penalty.none
          classWeights = []
          tolerance = None
          iterations = 10000
          initial = None
          threads = None
          cancellation = CancellationToken.None }

    let private problems (settings: FistaSettings) =
        [ yield! Solver.smoothProblems "FISTA" settings.loss
          yield! Solver.toleranceProblems settings.tolerance
          yield! Problem.unless (settings.iterations >= 1) "The number of iterations" settings.iterations "1 or more" ]

    let private prepared (settings: FistaSettings) further (data: Dataset) =
        let fit =
            Solver.asFit
                settings.model
                settings.loss
                settings.penalty
                settings.classWeights
                settings.initial
                None
                settings.threads
        ProximalProblem(fit, settings, Solver.check fit (problems settings @ further) data)

    let private minimise (settings: FistaSettings) (data: Dataset) : Solved =
        let further =
            if settings.penalty.l1 = 0.0 then
                [ "There is no L1 penalty, which FISTA is for. Use Lbfgs, or Newton for few features." ]
            else
                []
        let problem = prepared settings further data
        let found = problem.Solve(settings.penalty, problem.First)
        { model = settings.model
          parameters = problem.Tensors found.parameters
          convergence = problem.Report found
          history = found.history
          seconds = 0.0 }

    /// <summary>Minimises the objective over all rows.</summary>
    /// <exception cref="T:LinearNets.SettingsException">Settings cannot be used, or do not suit the data; all are listed.</exception>
    /// <exception cref="T:LinearNets.DataException">A value is not finite, or the loss is not made for a target; its place is named.</exception>
    /// <exception cref="T:System.OperationCanceledException">It was cancelled.</exception>
    let run (settings: FistaSettings) (data: Dataset) : Solved =
        Solver.solved settings.model data (fun model data -> minimise { settings with model = model } data)

    let private along (path: PenaltyPath) (settings: FistaSettings) (data: Dataset) : PathPoint list =
        let problem = prepared { settings with penalty = Penalty.none } (CoordinateDescent.pathProblems path) data
        let struct (largest, parameters) = problem.Largest problem.First
        let point start lambda =
            let found = problem.Solve(Penalty.elasticNet lambda path.ratio, start)
            let point: PathPoint =
                { lambda = lambda
                  parameters = problem.Tensors found.parameters
                  nonZero = problem.NonZero found.parameters
                  convergence = problem.Report found }
            point, found.parameters
        List.mapFold point parameters (CoordinateDescent.lambdas path largest) |> fst

    /// <summary>The minima along a path of penalties, each from the one before. The penalty of the settings is not used.</summary>
    /// <exception cref="T:LinearNets.SettingsException">Settings cannot be used, or do not suit the data; all are listed.</exception>
    /// <exception cref="T:LinearNets.DataException">A value is not finite, or the loss is not made for a target; its place is named.</exception>
    /// <exception cref="T:System.OperationCanceledException">It was cancelled.</exception>
    let path (path: PenaltyPath) (settings: FistaSettings) (data: Dataset) : PathPoint list =
        Solver.afterPreprocessing settings.model data (fun model data -> along path { settings with model = model } data)
