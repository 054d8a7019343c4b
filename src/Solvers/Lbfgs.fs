// L-BFGS: quasi-Newton steps from the last m changes of the parameters and of the gradient.
//
//   s_k = θ_{k+1} − θ_k,   y_k = g_{k+1} − g_k,   ρ_k = 1/(s_kᵀy_k)
//   p   = −H·g             H = γH₀ updated by the last m pairs (two loops over them), γ = sᵀy / yᵀH₀y of the last
//   θ  ← θ + t·p           t by the strong Wolfe conditions:  J(t) ≤ J(0) + c₁tJ′(0),  |J′(t)| ≤ c₂|J′(0)|
//
// H₀ is a guess from the features (Curvature.fs), so that one of them in metres or in kilometres takes the same steps.
//
// Near the minimum J changes by less than its own rounding while the gradient still has digits. Values there are compared up
// to that rounding, and slopes decide: so the gradient gets as small as it can be computed.

namespace LinearNets.FSharp

open System
open System.Diagnostics
open System.Threading
open LinearNets
open LinearNets.Kernels

/// A point on a line: how far, J, and its slope along the line.
[<Struct; NoEquality; NoComparison>]
type internal LinePoint = { t: float; value: float; slope: float }

/// J along a line.
[<Sealed>]
type internal Line(f: FlatObjective, cancellation: CancellationToken) =
    let gradient, trial = Array.zeroCreate<float> f.Length, Array.zeroCreate<float> f.Length
    let mutable evaluations = 0
    let mutable start = [||]
    let mutable direction = [||]

    /// How often J was computed.
    member _.Evaluations = evaluations
    /// The parameters that were last computed at, and the gradient there.
    member _.Parameters = trial
    member _.Gradient = gradient

    member _.Along(from: float[], towards: float[]) =
        start <- from
        direction <- towards

    /// J at parameters.
    member _.At(parameters: float[]) =
        cancellation.ThrowIfCancellationRequested()
        evaluations <- evaluations + 1
        Array.Copy(parameters, trial, trial.Length)
        f.Value(trial, gradient)

    /// J at a distance along the line.
    member _.At(t: float) : LinePoint =
        cancellation.ThrowIfCancellationRequested()
        evaluations <- evaluations + 1
        Array.Copy(start, trial, trial.Length)
        Flat.addMultiple t direction trial
        let value = f.Value(trial, gradient)
        { t = t; value = value; slope = Flat.dot gradient direction }

module internal LineSearch =

    let private sufficient, curvature = 1e-4, 0.9
    let private mostExpansions, mostBisections = 20, 40

    /// The minimum of the cubic through two values and slopes, or where values are known no better than the rounding, of the
    /// parabola through two slopes; kept off the ends.
    let private between (a: LinePoint) (b: LinePoint) rounding =
        let width = b.t - a.t
        let found =
            if abs (a.value - b.value) <= 2.0 * rounding then
                a.t - a.slope * width / (b.slope - a.slope)
            else
                let d1 = a.slope + b.slope - 3.0 * (b.value - a.value) / width
                let d2 = float (sign width) * sqrt (d1 * d1 - a.slope * b.slope)
                b.t - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2)
        let low, high = min a.t b.t + 0.1 * abs width, max a.t b.t - 0.1 * abs width
        // What is NaN is not within.
        if found >= low && found <= high then found
        elif found < low then low
        elif found > high then high
        else a.t + 0.5 * width

    /// A point that satisfies the strong Wolfe conditions, the last that was computed; none where there is none to be found.
    /// `rounding` is how far values may be off.
    let search (line: Line) (start: LinePoint) first rounding : LinePoint voption =
        let low (q: LinePoint) = q.value <= start.value + sufficient * q.t * start.slope + rounding
        let flat (q: LinePoint) = abs q.slope <= -curvature * start.slope
        // The best point so far, and one beyond which there is a minimum between the two.
        let rec zoom (best: LinePoint) (other: LinePoint) left =
            if left = 0 then
                ValueNone
            else
                let q = line.At(between best other rounding)
                if low q && flat q then ValueSome q
                elif not (low q) || q.value > best.value + rounding then zoom best q (left - 1)
                elif q.slope * (other.t - best.t) >= 0.0 then zoom q best (left - 1)
                else zoom q other (left - 1)
        let rec expand (before: LinePoint) t left =
            let q = line.At(t: float)
            if low q && flat q then ValueSome q
            elif not (low q) || q.value > before.value + rounding then zoom before q mostBisections
            elif q.slope >= 0.0 then zoom q before mostBisections
            elif left = 0 then ValueNone
            else expand q (4.0 * t) (left - 1)
        expand start first mostExpansions

/// The last changes of the parameters and of the gradient, and their product with a vector.
[<Sealed>]
type internal LbfgsMemory(length: int, most: int, initial: InverseHessian) =
    let s = Array.init most (fun _ -> Array.zeroCreate<float> length)
    let y = Array.init most (fun _ -> Array.zeroCreate<float> length)
    let rho, alpha = Array.zeroCreate<float> most, Array.zeroCreate<float> most
    let middle = Array.zeroCreate<float> length
    let mutable count = 0
    let mutable next = 0
    let mutable gamma = 1.0

    member _.Count = count
    member _.Clear() =
        count <- 0
        gamma <- 1.0

    /// Keeps a change, if the objective curves upwards along it.
    member _.Add(before: float[], after: float[], gradientBefore: float[], gradientAfter: float[]) =
        let s, y = s[next], y[next]
        for i in 0 .. length - 1 do
            s[i] <- after[i] - before[i]
            y[i] <- gradientAfter[i] - gradientBefore[i]
        let product = Flat.dot s y
        if product > 1e-14 * sqrt (Flat.dot s s * Flat.dot y y) then
            rho[next] <- 1.0 / product
            initial.Apply(y, middle)
            gamma <- product / Flat.dot y middle
            next <- (next + 1) % most
            count <- min most (count + 1)

    /// p = −H·g
    member _.Direction(gradient: float[], p: float[]) =
        let at back = (next - 1 - back + 2 * most) % most
        for i in 0 .. length - 1 do
            p[i] <- -gradient[i]
        for back in 0 .. count - 1 do
            let k = at back
            alpha[k] <- rho[k] * Flat.dot s[k] p
            Flat.addMultiple -alpha[k] y[k] p
        initial.Apply(p, middle)
        for i in 0 .. length - 1 do
            p[i] <- gamma * middle[i]
        for back in count - 1 .. -1 .. 0 do
            let k = at back
            let beta = rho[k] * Flat.dot y[k] p
            Flat.addMultiple (alpha[k] - beta) s[k] p

/// What a minimisation is told, and what it gives.
[<NoEquality; NoComparison>]
type internal Minimum =
    { parameters: float[]
      criterion: Criterion
      iterations: int
      evaluations: int
      value: float
      gradientNorm: float
      history: float list }

module internal Minimise =

    /// So many iterations without lower values or a smaller gradient are the end.
    let private patience = 20

    /// How often it is asked whether there is a minimum at all.
    let private askedEvery = 100

    /// Minimises from a point. Below `noMinimumBelow` there is known to be no minimum; `recedes` says whether there is none
    /// from a point and the last part of the way to it.
    let lbfgs
        (f: FlatObjective)
        (initial: InverseHessian)
        memory
        tolerance
        mostIterations
        noMinimumBelow
        (recedes: float[] -> float[] -> bool)
        cancellation
        (start: float[])
        =
        let n = f.Length
        let line = Line(f, cancellation)
        let pairs = LbfgsMemory(n, memory, initial)
        let x, g, p = Array.copy start, Array.zeroCreate<float> n, Array.zeroCreate<float> n
        let mutable value = line.At start
        Array.Copy(line.Gradient, g, n)
        let mutable norm = Flat.largest g
        // Values that are equal up to rounding are told apart by their gradients.
        let best = Array.copy x
        let mutable bestValue = value
        let mutable bestNorm = norm
        let mutable lowest = value
        let mutable idle = 0
        // Where the gradient was a hundred times what it is, or more.
        let early, late = Array.copy x, Array.copy x
        let mutable lateNorm = norm
        let mutable iterations = 0
        let mutable history = [ value ]
        let mutable ended = ValueNone

        let step () =
            let rounding = 4.0 * f.Rounding * abs value
            line.Along(x, p)
            pairs.Direction(g, p)
            let slope = Flat.dot g p
            let first = if pairs.Count = 0 && not initial.IsScaled then min 1.0 (1.0 / norm) else 1.0
            let found =
                if slope < 0.0 then
                    LineSearch.search line { t = 0.0; value = value; slope = slope } first rounding
                else
                    ValueNone
            match found with
            | ValueSome q ->
                pairs.Add(x, line.Parameters, g, line.Gradient)
                Array.Copy(line.Parameters, x, n)
                Array.Copy(line.Gradient, g, n)
                value <- q.value
                norm <- Flat.largest g
                iterations <- iterations + 1
                history <- value :: history
                idle <- idle + 1
                if value < bestValue - rounding || norm < 0.9 * bestNorm then idle <- 0
                lowest <- min lowest value
                if value < bestValue - rounding || (norm < bestNorm && value <= lowest + rounding) then
                    bestValue <- value
                    bestNorm <- norm
                    Array.Copy(x, best, n)
                if norm <= 0.01 * lateNorm then
                    Array.Copy(late, early, n)
                    Array.Copy(x, late, n)
                    lateNorm <- norm
            | ValueNone when pairs.Count > 0 -> pairs.Clear()
            | ValueNone -> ended <- ValueSome(if -slope <= 16.0 * rounding then Criterion.Rounding else Criterion.LineSearch)

        let hasNone (point: float[]) = recedes point (Array.map2 (-) point early)
        while ended.IsNone do
            if value < noMinimumBelow then
                ended <- ValueSome Criterion.NoMinimum
            elif norm <= tolerance then
                ended <- ValueSome Criterion.GradientNorm
            elif idle >= patience then
                ended <- ValueSome Criterion.Rounding
            elif iterations >= mostIterations then
                ended <- ValueSome Criterion.Iterations
            else
                step ()
                if iterations % askedEvery = 0 && hasNone x then ended <- ValueSome Criterion.NoMinimum

        // The last point, or where rounding was the end the best.
        let result, value, norm =
            if norm <= tolerance || value < noMinimumBelow then x, value, norm else best, bestValue, bestNorm
        let criterion = if iterations > 0 && hasNone result then Criterion.NoMinimum else ended.Value
        { parameters = result
          criterion = criterion
          iterations = iterations
          evaluations = line.Evaluations
          value = value
          gradientNorm = norm
          history = List.rev history }

/// <summary>What to minimise and how. Begin with <c>Lbfgs.defaults</c>.</summary>
[<NoEquality; NoComparison>]
[<RequireQualifiedAccess>]
type LbfgsSettings =
    {
        /// <summary>The model.</summary>
        model: Model
        /// <summary>The loss, which must be smooth.</summary>
        loss: Loss
        /// <summary>The penalty on the weights: L2, or none.</summary>
        penalty: Penalty
        /// <summary>A weight for each class; empty for none.</summary>
        classWeights: float list
        /// <summary>How small every component of the gradient is to be. If there is none: 1e-8 for 64-bit features, 1e-5 for others.</summary>
        tolerance: float option
        /// <summary>The most iterations.</summary>
        iterations: int
        /// <summary>How many changes of the gradient are remembered.</summary>
        memory: int
        /// <summary>The parameters to begin with. If there are none: 0 for an affine model, others are drawn from seed 0.</summary>
        initial: Tensor list option
        /// <summary>The rule for the gradient. If there is none: <c>Fused</c> where a kernel knows model and loss, else
        /// <c>ClosedForm</c> where both have one, else <c>Autodiff</c>.</summary>
        rule: Rule option
        /// <summary>How many threads may be used; as many as there are processors if there is none. The result is the same, bit for
        /// bit.</summary>
        threads: int option
        /// <summary>Stops before the next evaluation, with an <c>OperationCanceledException</c>.</summary>
        cancellation: CancellationToken
    }

/// What solvers check, and what they begin with.
module internal Solver =

    /// The settings that a fit has too, and by which they are checked.
    let asFit model loss penalty classWeights initial rule threads : FitSettings =
        { Fit.defaults with
            model = model
            loss = loss
            penalty = penalty
            classWeights = classWeights
            initial = initial
            rule = rule
            threads = threads
            measure = Some Measure.none }

    let tolerance (given: float option) data = defaultArg given (if Data.dtype data = Dtype.Float64 then 1e-8 else 1e-5)

    let toleranceProblems (given: float option) =
        match given with
        | Some tolerance ->
            Problem.unless (tolerance > 0.0 && tolerance < infinity) "The tolerance" tolerance "a finite number above 0"
        | None -> []

    /// Refuses settings with every reason, then values that are not finite by row and column. What is left is the data without
    /// the rows of weight 0, which may hold anything.
    let check (fit: FitSettings) (own: string list) (data: Dataset) =
        match Settings.problems fit data @ own with
        | [] -> ()
        | problems -> Errors.settings problems
        data.CheckFeatures "training data"
        data.CheckTargets "training data"
        // Any parameters will do, and those to begin with may take longer to draw than an iteration.
        let zeros = [ for p in fit.model.parameters -> dsharp.zeros (p.shape, dtype = Data.dtype data) ]
        Divergence.checkTargets fit zeros data
        if data.HasWeights then data.Pick(Data.kept data) else data

    let threads (fit: FitSettings) = defaultArg fit.threads Workers.Usual

    /// What is solved where preprocessing comes before an affine model: that model, whose parameters are the whole's, on data to
    /// which it has been applied once. Anything else is solved as it is.
    let afterPreprocessing (model: Model) (data: Dataset) solve =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        match Preprocess.before model with
        | Some(transform, affine) when transform.Inputs.Length = data.Columns ->
            data.CheckFeatures "training data"
            solve affine (transform.Apply data)
        | _ -> solve model data

    /// The same for what is found of a whole model, and how long that took.
    let solved model data (solve: Model -> Dataset -> Solved) : Solved =
        let clock = Stopwatch.StartNew()
        let solved = afterPreprocessing model data solve
        { solved with model = model; seconds = clock.Elapsed.TotalSeconds }

    /// J by the rule; where none is asked for by the kernel if it knows model and loss, else by the definitions.
    let flat (fit: FitSettings) (data: Dataset) : FlatObjective =
        let rounding = if Data.dtype data = Dtype.Float64 then 2.0 ** -52.0 else 2.0 ** -26.0
        let byDefinitions rule = DefinitionsObjective(Settings.objective fit, rule, data, rounding)
        match fit.rule, Settings.fused fit data with
        | (None | Some Rule.Fused), Ok plan -> FusedObjective(plan, threads fit, data, rounding)
        | Some rule, _ -> byDefinitions rule
        | None, _ -> byDefinitions Rule.ClosedForm

    /// Why a loss has no gradient everywhere, for a solver that wants one.
    let smoothProblems solver (loss: Loss) =
        match Formula.tryFind2 loss.rows with
        | Some LossFormula.Absolute
        | Some LossFormula.Perceptron ->
            [ say
                  $"The loss '{loss.name}' is not smooth, and {solver} takes smooth ones. Use Fit, which C# has as Sgd, or Huber's loss." ]
        | _ -> []

/// <summary>L-BFGS with strong Wolfe line searches: smooth objectives of any model.</summary>
[<RequireQualifiedAccess>]
module Lbfgs =

    /// <summary>Squared loss, a memory of 10, 1000 iterations at most. A model has to be given.</summary>
    let defaults: LbfgsSettings =
        { model = Model.flatten
          loss = Loss.squared
          penalty = Penalty.none
          classWeights = []
          tolerance = None
          iterations = 1000
          memory = 10
          initial = None
          rule = None
          threads = None
          cancellation = CancellationToken.None }

    let internal problems (settings: LbfgsSettings) =
        [ if settings.penalty.l1 > 0.0 then
              say
                  $"The L1 penalty's factor is {settings.penalty.l1}; L-BFGS takes L2 penalties, or none. For L1 with squared loss use CoordinateDescent, for others Fista."
          yield! Solver.smoothProblems "L-BFGS" settings.loss
          yield! Solver.toleranceProblems settings.tolerance
          yield! Problem.unless (settings.iterations >= 1) "The number of iterations" settings.iterations "1 or more"
          yield! Problem.unless (settings.memory >= 1) "The memory" settings.memory "1 or more" ]

    let private minimise (settings: LbfgsSettings) (data: Dataset) : Solved =
        let fit =
            Solver.asFit
                settings.model
                settings.loss
                settings.penalty
                settings.classWeights
                settings.initial
                settings.rule
                settings.threads
        let data = Solver.check fit (problems settings) data
        let objective, dtype = Settings.objective fit, Data.dtype data
        let weights = Flat.rowWeights settings.classWeights data
        let f = Solver.flat fit data
        let affine = Flat.tryAffine settings.model data
        let initial =
            match affine with
            | Some(factor, outputs) -> Curvature.ofAffine objective factor outputs weights (Solver.threads fit) data
            | None -> Curvature.none
        let start =
            match settings.initial, affine with
            | None, Some _ -> Array.zeroCreate f.Length
            | _ -> Flat.ofTensors (Settings.first fit data)
        let tolerance = Solver.tolerance settings.tolerance data
        let separated = Flat.separatedBelow objective weights data
        let found =
            Minimise.lbfgs
                f
                initial
                settings.memory
                tolerance
                settings.iterations
                separated
                (Flat.recedes objective data)
                settings.cancellation
                start
        { model = settings.model
          parameters = Flat.toTensors dtype settings.model found.parameters
          convergence =
            { Criterion = (if Flat.lacksRows objective data then Criterion.NoMinimum else found.criterion)
              Tolerance = tolerance
              Iterations = found.iterations
              Evaluations = found.evaluations
              Objective = found.value
              GradientNorm = found.gradientNorm
              Gap = nan }
          history = found.history
          seconds = 0.0 }

    /// <summary>Minimises the objective over all rows.</summary>
    /// <exception cref="T:LinearNets.SettingsException">Settings cannot be used, or do not suit the data; all are listed.</exception>
    /// <exception cref="T:LinearNets.DataException">A value is not finite, or the loss is not made for a target; its place is named.</exception>
    /// <exception cref="T:System.OperationCanceledException">It was cancelled.</exception>
    let run (settings: LbfgsSettings) (data: Dataset) : Solved =
        Solver.solved settings.model data (fun model data -> minimise { settings with model = model } data)
