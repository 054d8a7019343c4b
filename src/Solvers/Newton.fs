// Newton's method, which for these losses is iteratively reweighted least squares.
//
//   scores zᵢ = factor·Wᵀxᵢ + b,   x̃ᵢ = [factor·xᵢ; 1],   hᵢ = ∂²ℓᵢ/∂zᵢ²  [q; q]
//
//   H = (1/Σs) Σ sᵢ hᵢ ⊗ x̃ᵢx̃ᵢᵀ + λ₂ on the diagonal of the weights        H·p = −g,   θ ← θ + t·p
//
//   squared         h = c·I           one step is the answer
//   logistic        h = diag p(1 − p)
//   cross-entropy   h = diag p − p·pᵀ
//
// A softmax does not change when the same number is added to all scores of a row. So the cross-entropy is minimised in the
// quotient by that: the weights of a feature sum to zero over the classes, and so do the biases. The parameters begin there
// and steps stay there, because H gets κ·11ᵀ/q of the classes added, which is orthogonal to the gradient and makes H definite.
// A penalty prefers these parameters to all that give the same probabilities; without one they are the shortest such.
//
// Everything is in doubles, whatever the data are: a copy of them, moved so that their means are 0.

namespace LinearNets.FSharp

open System
open System.Threading
open LinearNets
open LinearNets.Kernels

/// <summary>What to minimise and how. Begin with <c>Newton.defaults</c>.</summary>
[<NoEquality; NoComparison>]
[<RequireQualifiedAccess>]
type NewtonSettings =
    {
        /// <summary>The model, which must be affine.</summary>
        model: Model
        /// <summary>The loss: cross-entropy, binary cross-entropy, squared, mse or gaussian.</summary>
        loss: Loss
        /// <summary>The penalty on the weights: L2, or none.</summary>
        penalty: Penalty
        /// <summary>A weight for each class; empty for none.</summary>
        classWeights: float list
        /// <summary>How small every component of the gradient is to be.</summary>
        tolerance: float
        /// <summary>The most iterations.</summary>
        iterations: int
        /// <summary>The parameters to begin with; 0 if there are none.</summary>
        initial: Tensor list option
        /// <summary>How many threads may be used; as many as there are processors if there is none. The result is the same, bit for
        /// bit.</summary>
        threads: int option
        /// <summary>Stops before the next iteration, with an <c>OperationCanceledException</c>.</summary>
        cancellation: CancellationToken
    }

/// J of all rows in doubles, its gradient, and its Hessian.
[<Sealed>]
type internal NewtonObjective(objective: Objective, factor, q, weights: float[], threads, data: Dataset) =
    inherit FlatObjective((data.Columns + 1) * q, 2.0 ** -52.0)
    let d, n = data.Columns, data.Rows
    let isSoftmax = data.HasClasses
    let table = data.Table
    let total = if isNull weights then float n else Array.sum weights
    let weight row = if isNull weights then 1.0 else weights[row]

    let wide: float[] =
        match table.features with
        | Features.Bytes x -> Array.map float x
        | Features.Singles x -> Array.map float x
        | Features.Doubles x -> Array.copy x
        | Features.SparseSingles _
        | Features.SparseDoubles _ -> Table.notDense ()
    let means =
        let sums = Array.zeroCreate<float> d
        for row in 0 .. n - 1 do
            Flat.addMultiple (weight row) (Array.sub wide (row * d) d) sums
        sums |> Array.map (fun sum -> sum / total)
    do
        for row in 0 .. n - 1 do
            for j in 0 .. d - 1 do
                wide[row * d + j] <- wide[row * d + j] - means[j]
    let centred = Dataset { table with Table.features = Features.Doubles wide }

    /// The loss of all rows, by its adjoint, which all losses here have.
    let gradient = (Objective.closedForm objective).Value
    let batch =
        let weights = if isNull weights then None else Some(dsharp.tensor (weights, dtype = Dtype.Float64))
        { Data.all centred with weights = weights }
    let mutable last: Pass option = None

    /// The curvature of each row by two scores, times the row's weight; none where it is 0 for all.
    let curvature (scores: float[]) c e : float[] option =
        let rows (f: int -> float) = Some(Array.init n (fun row -> weight row * f row))
        match Formula.tryFind2 objective.loss.rows with
        | Some LossFormula.CrossEntropy when c = e -> rows (fun i -> scores[i * q + c] * (1.0 - scores[i * q + c]))
        | Some LossFormula.CrossEntropy -> rows (fun i -> -scores[i * q + c] * scores[i * q + e])
        | _ when c <> e -> None
        | Some LossFormula.Logistic -> rows (fun i -> scores[i * q + c] * (1.0 - scores[i * q + c]))
        | Some LossFormula.Mse -> rows (fun _ -> 2.0 / float q)
        | Some(LossFormula.Gaussian sigma) -> rows (fun _ -> 1.0 / (sigma * sigma))
        | _ -> rows (fun _ -> 1.0)

    /// The data with means of 0, in doubles.
    member _.Centred = centred
    member _.ToCentred parameters = Flat.moveBiases factor means q parameters
    member _.OfCentred parameters = Flat.moveBiases -factor means q parameters

    /// The gradient by the parameters of the data as they are, from that of the centred.
    member _.GradientNorm(gradient: float[]) = Flat.largest (Flat.moveGradient factor means q gradient)

    override _.Value(parameters, into) =
        let tensors = Flat.toTensors Dtype.Float64 objective.model parameters
        // Class weights are in the rows' weights already.
        let pass = gradient tensors batch
        last <- Some pass
        Array.Copy(Flat.ofTensors pass.gradient, into, into.Length)
        let w = tensors.Head
        float (pass.meanLoss + Penalty.value objective.penalty w)

    /// H at the parameters of the last value, with κ·11ᵀ/q added for the softmax.
    member _.Hessian() =
        let scores = last.Value.scores
        let p = Flat.ofTensors [ (if isSoftmax then Softmax.softmax scores else scores.sigmoid ()) ]
        let size = (d + 1) * q
        let h = Array.zeroCreate<float>(size * size)
        let gram = d + 2
        for c in 0 .. q - 1 do
            for e in 0..c do
                match curvature p c e with
                | None -> ()
                | Some rows ->
                    let sums = Curvature.gram centred.Table rows threads
                    for i in 0..d do
                        for j in 0..d do
                            let scale = (if i < d then factor else 1.0) * (if j < d then factor else 1.0) / total
                            let value = scale * sums[i * gram + j]
                            h[(i * q + c) * size + j * q + e] <- value
                            h[(j * q + e) * size + i * q + c] <- value
        for i in 0 .. d * q - 1 do
            h[i * size + i] <- h[i * size + i] + objective.penalty.l2
        if isSoftmax then
            for i in 0..d do
                let at c e = (i * q + c) * size + i * q + e
                let kappa = Array.init q (fun c -> h[at c c]) |> Array.average
                for c in 0 .. q - 1 do
                    for e in 0 .. q - 1 do
                        h[at c e] <- h[at c e] + kappa / float q
        h

module internal NewtonSteps =

    let private most = 60

    /// What is added to a diagonal of ones where H is singular: features depend on one another, and no penalty chooses among
    /// the minima. The gradient has no part in the directions of none, so that the step has little.
    let private ridge = 1e-9

    /// H·p = −g with the diagonal scaled to 1.
    let direction (h: float[]) (g: float[]) : float[] =
        let n = g.Length
        let scales = Array.init n (fun i -> if h[i * n + i] > 0.0 then 1.0 / sqrt h[i * n + i] else 0.0)
        let scaled more =
            Array.init (n * n) (fun at ->
                let i, j = at / n, at % n
                let value = h[at] * scales[i] * scales[j]
                if i <> j then value
                elif scales[i] > 0.0 then value + more
                else 1.0)
        let solve (a: float[]) =
            if Cholesky.Factor(a.AsSpan(), n) >= 0 then
                None
            else
                let p = Array.map2 (fun g scale -> -g * scale) g scales
                Cholesky.Solve(ReadOnlySpan a, p.AsSpan(), n)
                Some(Array.map2 (*) p scales)
        // Rounding makes a singular H a little less than semidefinite at most, and the last resort is the diagonal.
        [ 0.0; ridge; sqrt ridge ]
        |> List.tryPick (scaled >> solve)
        |> Option.defaultWith (fun () -> Array.map2 (fun g scale -> -g * scale * scale) g scales)

    /// The first of t = 1, ½, ¼ … with a lower value, or where values are equal up to rounding, with a smaller gradient.
    let search (line: Line) norm (start: LinePoint) startNorm rounding =
        let rec go t left =
            let q = line.At(t: float)
            let isLower = q.value <= start.value + 1e-4 * t * start.slope
            let isAsLow = q.value <= start.value + rounding && norm line.Gradient < startNorm
            if isLower || isAsLow then ValueSome q
            elif left = 0 then ValueNone
            else go (0.5 * t) (left - 1)
        go 1.0 most

/// <summary>Newton's method for affine models of at most 1000 parameters, biases included: quadratic convergence, to the last digits.</summary>
[<RequireQualifiedAccess>]
module Newton =

    /// The Hessian has the square of this many numbers.
    let private mostParameters = 1000

    /// <summary>Cross-entropy, a gradient of 1e-12, 100 iterations at most. A model has to be given.</summary>
    let defaults: NewtonSettings =
        { model = Model.flatten
          loss = Loss.crossEntropy
          penalty = Penalty.none
          classWeights = []
          tolerance = 1e-12
          iterations = 100
          initial = None
          threads = None
          cancellation = CancellationToken.None }

    let internal problems (settings: NewtonSettings) (data: Dataset) =
        [ if settings.penalty.l1 > 0.0 then
              say
                  $"The L1 penalty's factor is {settings.penalty.l1}; Newton's method takes L2 penalties, or none. For L1 with squared loss use CoordinateDescent, for others Fista."
          match Formula.tryFind2 settings.loss.rows with
          | Some LossFormula.CrossEntropy
          | Some LossFormula.Logistic
          | Some LossFormula.Squared
          | Some LossFormula.Mse
          | Some(LossFormula.Gaussian _) -> ()
          | _ ->
              say
                  $"The loss '{settings.loss.name}' is not one that Newton's method knows: cross-entropy, binary cross-entropy, squared, mse, gaussian. Use Lbfgs."
          match Flat.tryAffine settings.model data with
          | None -> say $"The model '{settings.model.name}' is not affine, which Newton's method wants. Use Lbfgs."
          | Some(_, q) ->
              let count = int64 (data.Columns + 1) * int64 q
              if count > int64 mostParameters then
                  say $"The model has {count} parameters; Newton's method takes {mostParameters} at most. Use Lbfgs."
          yield! Solver.toleranceProblems (Some settings.tolerance)
          yield! Problem.unless (settings.iterations >= 1) "The number of iterations" settings.iterations "1 or more" ]

    /// The parameters whose sums over the classes are 0, with the same probabilities.
    let private balanced q (parameters: float[]) =
        parameters
        |> Array.chunkBySize q
        |> Array.collect (fun own -> let mean = Array.average own in own |> Array.map (fun v -> v - mean))

    let private minimise (settings: NewtonSettings) (data: Dataset) : Solved =
        let fit =
            Solver.asFit
                settings.model
                settings.loss
                settings.penalty
                settings.classWeights
                settings.initial
                None
                settings.threads
        let data = Solver.check fit (problems settings data) data |> Data.denseFor "Newton's method"
        let factor, q = (Flat.tryAffine settings.model data).Value
        let weights = Flat.rowWeights settings.classWeights data
        let objective = { Settings.objective fit with classWeights = [] }
        let f = NewtonObjective(objective, factor, q, weights, defaultArg settings.threads Workers.Usual, data)
        let balance = if data.HasClasses then balanced q else id
        let line = Line(f, settings.cancellation)
        let n = f.Length
        let x =
            match settings.initial with
            | Some initial -> Flat.ofTensors initial |> f.ToCentred |> balance
            | None -> Array.zeroCreate n
        let g = Array.zeroCreate<float> n
        let separated = Flat.separatedBelow (Settings.objective fit) weights data
        let mutable value = line.At x
        Array.Copy(line.Gradient, g, n)
        let mutable norm = f.GradientNorm g
        let mutable step = Array.zeroCreate n
        let mutable iterations = 0
        let mutable history = [ value ]
        let mutable ended = ValueNone

        let iterate () =
            let rounding = 4.0 * f.Rounding * abs value
            let p = NewtonSteps.direction (f.Hessian()) g
            let slope = Flat.dot g p
            line.Along(x, p)
            match NewtonSteps.search line f.GradientNorm { t = 0.0; value = value; slope = slope } norm rounding with
            | ValueSome q ->
                Array.Copy(line.Parameters, x, n)
                Array.Copy(line.Gradient, g, n)
                value <- q.value
                let before = norm
                norm <- f.GradientNorm g
                step <- p
                iterations <- iterations + 1
                history <- value :: history
                // Steps halve the gradient many times over, until rounding is all that is left of it.
                if -slope <= rounding && norm > 0.5 * before && norm > settings.tolerance then
                    ended <- ValueSome Criterion.Rounding
            | ValueNone -> ended <- ValueSome(if -slope <= 16.0 * rounding then Criterion.Rounding else Criterion.LineSearch)

        while ended.IsNone do
            if value < separated then ended <- ValueSome Criterion.NoMinimum
            elif norm <= settings.tolerance then ended <- ValueSome Criterion.GradientNorm
            elif iterations >= settings.iterations then ended <- ValueSome Criterion.Iterations
            else iterate ()

        let hasNone = Flat.lacksRows objective data || iterations > 0 && Flat.recedes objective f.Centred x step
        let criterion = if hasNone then Criterion.NoMinimum else ended.Value
        { model = settings.model
          parameters = Flat.toTensors (Data.dtype data) settings.model (f.OfCentred x)
          convergence =
            { Criterion = criterion
              Tolerance = settings.tolerance
              Iterations = iterations
              Evaluations = line.Evaluations
              Objective = value
              GradientNorm = norm
              Gap = nan }
          history = List.rev history
          seconds = 0.0 }

    /// <summary>Minimises the objective over all rows.</summary>
    /// <exception cref="T:LinearNets.SettingsException">Settings cannot be used, or do not suit the data; all are listed.</exception>
    /// <exception cref="T:LinearNets.DataException">A value is not finite, or the loss is not made for a target; its place is named.</exception>
    /// <exception cref="T:System.OperationCanceledException">It was cancelled.</exception>
    let run (settings: NewtonSettings) (data: Dataset) : Solved =
        Solver.solved settings.model data (fun model data -> minimise { settings with model = model } data)
