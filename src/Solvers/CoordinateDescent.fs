// Coordinate descent: lasso and elastic net for the squared loss.
//
//   Centred by the (weighted) means, so that the bias is b = ȳ − μᵀw, and with rows scaled by √(c·sᵢ/Σs), c the loss's
//   curvature, an output's objective is
//
//     P(w) = ½‖y − Xw‖² + λ₁‖w‖₁ + ½λ₂‖w‖²       A = XᵀX,  u = Xᵀ(y − Xw)
//
//   one coordinate      w_j ← S(u_j + a_jj·w_j, λ₁)/(a_jj + λ₂),    S(z, t) = sign(z)·max(|z| − t, 0)
//   optimal             w_j ≠ 0:  u_j − λ₂w_j = λ₁·sign(w_j)        w_j = 0:  |u_j| ≤ λ₁
//
//   duality gap         with g = u − λ₂w and κ = min(1, λ₁/‖g‖∞) the point κ(y − Xw) is feasible for the dual, and
//                       P − D = ½(1 − κ)²(‖y − Xw‖² + λ₂‖w‖²) + λ₁‖w‖₁ − κ·wᵀg
//   without λ₁          P − D = Σ g_j²/(2λ₂)
//
// Where rows are many, u is kept for all features by the columns of A, which one pass over the rows makes; then a coordinate
// that stays 0 costs nothing. Where features are many, the residual is kept, and only features that may be in the model are
// visited: by the strong rule those with |u_j| ≥ 2λ₁ − λ₁ before. Whether it was right is seen by the conditions above.
//
// Columns of sparse rows stay sparse: with rows scaled by k, and m the means, x̃_j = x_j − m_j·k is not formed.
//
//   residual  r = r′ + t·k         r′ changes where x_j has values, and t by m_j for each unit that w_j moves
//   slope     x̃_jᵀr = x_jᵀr′ + t·x_jᵀk = x_jᵀr′ + t·c·m_j,   because kᵀr = 0 for what is centred and xᵀ_jk = c·m_j

namespace LinearNets.FSharp

open System
open System.Threading
open LinearNets
open LinearNets.Kernels

/// The squared loss of one output, centred and scaled, at coordinates w that are moved one by one.
[<AbstractClass>]
type internal Quadratic(squares: float[]) =
    /// a_jj; 0 for a feature that does not vary.
    member _.Squares = squares
    /// Begins at w.
    abstract Start: w: float[] -> unit
    /// u_j
    abstract Slope: j: int -> float
    abstract Move: j: int * by: float -> unit
    /// ‖y − Xw‖²
    abstract Residual: w: float[] -> float
    /// ‖y‖²
    abstract Total: float
    /// Whether a slope costs nothing.
    abstract KeepsSlopes: bool

/// By A [d; d] and Xᵀy.
[<Sealed>]
type internal GramQuadratic(a: float[], products: float[], total: float, squares) =
    inherit Quadratic(squares)
    let d = products.Length
    let u = Array.copy products
    override _.Start w =
        Array.Copy(products, u, d)
        for j in 0 .. d - 1 do
            if w[j] <> 0.0 then Vectors.AddMultiple(-w[j], ReadOnlySpan(a, j * d, d), u.AsSpan())
    override _.Slope j = u[j]
    override _.Move(j, by) = Vectors.AddMultiple(-by, ReadOnlySpan(a, j * d, d), u.AsSpan())
    override _.Residual w = max 0.0 (total - Flat.dot w products - Flat.dot w u)
    override _.Total = total
    override _.KeepsSlopes = true

/// By the columns of X and the residual.
[<Sealed>]
type internal ResidualQuadratic(columns: float[][], y: float[], squares) =
    inherit Quadratic(squares)
    let residual = Array.copy y
    override _.Start w =
        Array.Copy(y, residual, y.Length)
        Array.iteri (fun j value -> if value <> 0.0 then Flat.addMultiple -value columns[j] residual) w
    override _.Slope j = Flat.dot columns[j] residual
    override _.Move(j, by) = Flat.addMultiple -by columns[j] residual
    override _.Residual _ = Flat.dot residual residual
    override _.Total = Flat.dot y y
    override _.KeepsSlopes = false

/// By the columns of sparse X, which are scaled and not centred, and the residual.
[<Sealed>]
type internal SparseQuadratic
    (starts: int[], rows: int[], values: float[], means: float[], scales: float[], curvature, y: float[], squares) =
    inherit Quadratic(squares)
    let own = Array.copy y
    let mutable shift = 0.0
    let move j by =
        for at in starts[j] .. starts[j + 1] - 1 do
            own[rows[at]] <- own[rows[at]] - by * values[at]
        shift <- shift + by * means[j]
    override _.Start w =
        Array.Copy(y, own, y.Length)
        shift <- 0.0
        Array.iteri (fun j value -> if value <> 0.0 then move j value) w
    override _.Slope j =
        let mutable sum = 0.0
        for at in starts[j] .. starts[j + 1] - 1 do
            sum <- sum + values[at] * own[rows[at]]
        sum + shift * curvature * means[j]
    override _.Move(j, by) = move j by
    override _.Residual _ =
        let mutable sum = 0.0
        for i in 0 .. own.Length - 1 do
            let r = own[i] + shift * scales[i]
            sum <- sum + r * r
        sum
    override _.Total = Flat.dot y y
    override _.KeepsSlopes = false

/// Where coordinate descent ended.
[<Struct; NoEquality; NoComparison>]
type internal Descended =
    {
        criterion: Criterion
        sweeps: int
        gap: float
        /// How far 0 is from the subgradients.
        violation: float
    }

module internal Coordinates =

    /// So many visits of the features in the model for each of all that may be.
    let private inner = 10

    /// P(w)
    let objective (problem: Quadratic) (w: float[]) l1 l2 =
        0.5 * problem.Residual w + l1 * Array.sumBy abs w + 0.5 * l2 * Flat.dot w w

    /// The duality gap of the problem with some of the features, by their slopes.
    let private gap (problem: Quadratic) (w: float[]) (u: float[]) (features: int[]) l1 l2 =
        let mutable largest = 0.0
        let mutable along = 0.0
        let mutable absolute = 0.0
        let mutable squares = 0.0
        let mutable slopes = 0.0
        for j in features do
            let g = u[j] - l2 * w[j]
            largest <- max largest (abs g)
            along <- along + w[j] * g
            absolute <- absolute + abs w[j]
            squares <- squares + w[j] * w[j]
            slopes <- slopes + g * g
        if l1 = 0.0 then
            slopes / (2.0 * l2)
        else
            let kappa = if largest > l1 then l1 / largest else 1.0
            let rest = 1.0 - kappa
            // Not below 0 by rounding.
            max 0.0 (0.5 * rest * rest * (problem.Residual w + l2 * squares) + l1 * absolute - kappa * along)

    let private violation (w: float[]) (u: float[]) l1 l2 =
        let mutable largest = 0.0
        for j in 0 .. w.Length - 1 do
            let off = if w[j] = 0.0 then abs u[j] - l1 else abs (u[j] - l2 * w[j] - l1 * float (sign w[j]))
            largest <- max largest off
        largest

    /// Minimises from w, in place. `before` is the λ₁ that w was the minimum for.
    let solve (problem: Quadratic) (w: float[]) l1 l2 before goal most (cancellation: CancellationToken) : Descended =
        let d = w.Length
        let all = [| 0 .. d - 1 |]
        for j in all do
            if problem.Squares[j] = 0.0 then w[j] <- 0.0
        problem.Start w
        let u = Array.init d problem.Slope
        let negligible = 4.0 * 2.0 ** -52.0 * sqrt problem.Total

        /// Moves a coordinate to its minimum; how far that moves predictions.
        let visit j =
            let square = problem.Squares[j]
            if square = 0.0 then
                0.0
            else
                let old = w[j]
                let z = problem.Slope j + square * old
                let size = abs z - l1
                let value = if size > 0.0 then float (sign z) * size / (square + l2) else 0.0
                if value = old then
                    0.0
                else
                    problem.Move(j, value - old)
                    w[j] <- value
                    abs (value - old) * sqrt square

        let sweep (features: int[]) =
            cancellation.ThrowIfCancellationRequested()
            let mutable largest = 0.0
            for j in features do
                largest <- max largest (visit j)
            largest

        let refresh (features: int[]) =
            for j in features do
                u[j] <- problem.Slope j

        let strong j = w[j] <> 0.0 || abs u[j] >= 2.0 * l1 - before
        let mutable working = if problem.KeepsSlopes || l1 = 0.0 then all else Array.filter strong all
        let mutable sweeps = 0
        let mutable result = ValueNone
        while result.IsNone do
            // Down to the goal on the features that may be in the model.
            let mutable isDone = false
            while not isDone do
                let mutable moved = sweep working
                sweeps <- sweeps + 1
                if not problem.KeepsSlopes then
                    let active = working |> Array.filter (fun j -> w[j] <> 0.0)
                    let mutable visits = 1
                    while visits < inner && moved > negligible && sweeps < most do
                        moved <- sweep active
                        sweeps <- sweeps + 1
                        visits <- visits + 1
                refresh working
                isDone <- gap problem w u working l1 l2 <= goal || moved <= negligible || sweeps >= most
            // What moving one by one has left of rounding errors is gone with a new start.
            problem.Start w
            refresh all
            let found = gap problem w u all l1 l2
            let violation = violation w u l1 l2
            let isIn = Array.zeroCreate<bool> d
            for j in working do
                isIn[j] <- true
            let missed = all |> Array.filter (fun j -> not isIn[j] && abs u[j] > l1)
            let finish criterion =
                result <- ValueSome { criterion = criterion; sweeps = sweeps; gap = found; violation = violation }
            if found <= goal then finish Criterion.Gap
            elif sweeps >= most then finish Criterion.Iterations
            elif missed.Length > 0 then working <- Array.sort (Array.append working missed)
            elif sweep working <= negligible then finish Criterion.Rounding
        result.Value

/// <summary>What to minimise and how. Begin with <c>CoordinateDescent.defaults</c>.</summary>
[<NoEquality; NoComparison>]
[<RequireQualifiedAccess>]
type CoordinateDescentSettings =
    {
        /// <summary>The model, which must be affine.</summary>
        model: Model
        /// <summary>The loss: squared, mse or gaussian. Several outputs are several problems.</summary>
        loss: Loss
        /// <summary>The penalty on the weights: L1, L2 or both.</summary>
        penalty: Penalty
        /// <summary>How small the duality gap is to be, as a share of the objective of weights of 0.</summary>
        tolerance: float
        /// <summary>The most sweeps over the features, for each output.</summary>
        sweeps: int
        /// <summary>The parameters to begin with; 0 if there are none.</summary>
        initial: Tensor list option
        /// <summary>How many threads may be used; as many as there are processors if there is none. The result is the same, bit for
        /// bit.</summary>
        threads: int option
        /// <summary>Stops before the next sweep, with an <c>OperationCanceledException</c>.</summary>
        cancellation: CancellationToken
    }

/// <summary>A path of penalties. Begin with <c>CoordinateDescent.pathDefaults</c>.</summary>
[<RequireQualifiedAccess>]
type PenaltyPath =
    {
        /// <summary>ρ: how much of the penalty is L1, above 0 to 1.</summary>
        ratio: float
        /// <summary>How many λs there are, evenly spaced by their logarithms.</summary>
        count: int
        /// <summary>The smallest λ as a share of the largest, which is the smallest for which all weights are 0.</summary>
        smallest: float
        /// <summary>The λs, instead of those; from the largest to the smallest.</summary>
        lambdas: float list
    }

/// <summary>The minimum for one λ of a path.</summary>
[<NoEquality; NoComparison; StructuredFormatDisplay("{Text}")>]
[<RequireQualifiedAccess>]
type PathPoint =
    {
        /// <summary>λ</summary>
        lambda: float
        /// <summary>The weights [d; q] and the biases [q].</summary>
        parameters: Tensor list
        /// <summary>How many weights are not 0.</summary>
        nonZero: int
        /// <summary>How the solver ended.</summary>
        convergence: Convergence
    }

    /// <summary>λ, the number of weights that are not 0, and how the solver ended.</summary>
    override point.ToString() = say $"λ {point.lambda:G4}: {point.nonZero} weights are not 0; {point.convergence}"

    member private point.Text = point.ToString()

/// The outputs of a model as quadratic problems.
[<Sealed>]
type internal CoordinateProblem(loss: Loss, factor, q, threads, data: Dataset) =
    let table = data.Table
    let n, d = table.rows, table.columns
    let weights = table.weights
    let total = if isNull weights then float n else Array.sum weights
    let weight row = if isNull weights then 1.0 else weights[row]
    /// Above this many features, or with fewer rows than features, there is no matrix of their products.
    let mostFeatures = 4096
    /// A variance so small beside the square of the mean has few digits when it is the difference of two sums.
    let cancels = 1e-6
    /// A variance below this share of the square of the mean: the slopes of such a sparse column would lose digits.
    let farFromZero = 0.01
    /// A column of which so little is left beside its mean is constant, but for rounding.
    let constantBelow = 1e-28

    let curvature, constant =
        match Formula.tryFind2 loss.rows with
        | Some LossFormula.Mse -> 2.0 / float q, 0.0
        | Some(LossFormula.Gaussian sigma) -> 1.0 / (sigma * sigma), 0.5 * float q * log (2.0 * Math.PI * sigma * sigma)
        | _ -> 1.0, 0.0

    let y, targetMeans =
        match table.targets with
        | Targets.Classes _ -> invalidOp "classes"
        | Targets.Numbers(y, _) ->
            let means =
                Array.init q (fun k ->
                    let mutable sum = 0.0
                    for row in 0 .. n - 1 do
                        sum <- sum + weight row * y[row * q + k]
                    sum / total)
            Array.mapi (fun at value -> value - means[at % q]) y, means

    let featureMeans (value: int -> float) =
        let sums = Array.zeroCreate<float> d
        for row in 0 .. n - 1 do
            let own = weight row
            for j in 0 .. d - 1 do
                sums[j] <- sums[j] + own * value (row * d + j)
        sums |> Array.map (fun sum -> sum / total)

    /// Features in doubles with means of 0, and the means.
    let centred () =
        let move (value: int -> float) =
            let means = featureMeans value
            // Once more, because a mean of numbers far from 0 is some roundings off.
            let moved = Array.init (n * d) (fun at -> value at - means[at % d])
            let rest = featureMeans (fun at -> moved[at])
            Array.iteri (fun at value -> moved[at] <- value - rest[at % d]) moved
            moved, Array.map2 (+) means rest
        match table.features with
        | Features.Bytes x -> move (fun at -> float x[at])
        | Features.Singles x -> move (fun at -> float x[at])
        | Features.Doubles x -> move (fun at -> x[at])
        | Features.SparseSingles _
        | Features.SparseDoubles _ -> Table.notDense ()

    let size = d + 1 + q
    let gram features =
        let sums = Array.zeroCreate (size * size)
        match features with
        | Features.Bytes x -> Gram.Sum(GramRows<byte>(x, y, weights, n, d, q), sums.AsSpan(), threads)
        | Features.Singles x -> Gram.Sum(GramRows<float32>(x, y, weights, n, d, q), sums.AsSpan(), threads)
        | Features.Doubles x -> Gram.Sum(GramRows<float>(x, y, weights, n, d, q), sums.AsSpan(), threads)
        | Features.SparseSingles x -> SparseGram.Sum(x, y, weights, q, sums, threads)
        | Features.SparseDoubles x -> SparseGram.Sum(x, y, weights, q, sums, threads)
        sums

    let rowScales () = Array.init n (fun row -> sqrt (curvature * weight row / total))

    let orConstant (mean: float) square =
        if square > constantBelow * curvature * factor * factor * mean * mean then square else 0.0

    let bySparse () =
        let scales = rowScales ()
        let inline columns (x: CompressedRows< ^T >) =
            let struct (_, means, squares) = x.Moments(ReadOnlySpan [| 0 .. n - 1 |], weights)
            let columns = x.Transpose()
            // A column that is far from 0 has next to no zeros: it is kept whole, and centred.
            let isFar = Array.map2 (fun mean square -> square < farFromZero * total * mean * mean) means squares
            let lengths = Array.init d (fun j -> if isFar[j] then n else columns.Starts[j + 1] - columns.Starts[j])
            let starts = Array.scan (fun first length -> Checked.(+) first length) 0 lengths
            let rows, values = Array.zeroCreate<int> starts[d], Array.zeroCreate<float> starts[d]
            for j in 0 .. d - 1 do
                let first = columns.Starts[j]
                if isFar[j] then
                    for row in 0 .. n - 1 do
                        rows[starts[j] + row] <- row
                        values[starts[j] + row] <- -means[j] * factor * scales[row]
                    for at in first .. columns.Starts[j + 1] - 1 do
                        let row = columns.Columns[at]
                        values[starts[j] + row] <- (float columns.Values[at] - means[j]) * factor * scales[row]
                else
                    for at in first .. columns.Starts[j + 1] - 1 do
                        let row = columns.Columns[at]
                        rows[starts[j] + at - first] <- row
                        values[starts[j] + at - first] <- float columns.Values[at] * factor * scales[row]
            let shifts = Array.map2 (fun mean far -> if far then 0.0 else factor * mean) means isFar
            starts, rows, values, means, shifts, squares
        let starts, rows, values, means, shifts, squares =
            match table.features with
            | Features.SparseSingles x -> columns x
            | Features.SparseDoubles x -> columns x
            | _ -> invalidOp "dense rows"
        let squares = Array.map2 (fun mean square -> orConstant mean (factor * factor * curvature / total * square)) means squares
        let problems =
            [| for k in 0 .. q - 1 do
                   let y = Array.init n (fun row -> scales[row] * y[row * q + k])
                   SparseQuadratic(starts, rows, values, shifts, scales, curvature, y, squares) :> Quadratic |]
        problems, means

    let ofSums sums means isFar =
        // `shifts` are what the means of the sums are.
        let sums, means, shifts =
            if isFar then
                let x, means = centred ()
                gram (Features.Doubles x), means, Array.zeroCreate<float> d
            else
                sums, means, means
        let scale = curvature / total
        let a = Array.zeroCreate<float>(d * d)
        for i in 0 .. d - 1 do
            for j in 0 .. d - 1 do
                a[i * d + j] <- factor * factor * (scale * sums[i * size + j] - curvature * shifts[i] * shifts[j])
        let squares = Array.init d (fun j -> orConstant means[j] a[j * d + j])
        let problems =
            [| for k in 0 .. q - 1 do
                   let products = Array.init d (fun j -> factor * scale * sums[j * size + d + 1 + k])
                   let own = (d + 1 + k) * size + d + 1 + k
                   GramQuadratic(a, products, scale * sums[own], squares) :> Quadratic |]
        problems, means

    let byGram () =
        let sums = gram table.features
        let means = Array.init d (fun j -> sums[d * size + j] / total)
        let isFar = Seq.exists (fun j -> sums[j * size + j] / total < (1.0 + cancels) * means[j] * means[j]) [ 0 .. d - 1 ]
        if isFar && data.IsSparse then bySparse () else ofSums sums means isFar

    let byResidual () =
        let x, means = centred ()
        let scales = rowScales ()
        let columns = Array.init d (fun j -> Array.init n (fun row -> factor * scales[row] * x[row * d + j]))
        let squares = Array.map2 (fun column mean -> orConstant mean (Flat.dot column column)) columns means
        let problems =
            [| for k in 0 .. q - 1 do
                   ResidualQuadratic(columns, Array.init n (fun row -> scales[row] * y[row * q + k]), squares) :> Quadratic |]
        problems, means

    let problems, means =
        if d <= n && d <= mostFeatures then byGram ()
        elif data.IsSparse then bySparse ()
        else byResidual ()

    member _.Outputs = problems
    /// What the loss has beside a multiple of the square.
    member _.Constant = constant
    /// The smallest λ₁ for which all weights are 0.
    member _.LargestL1 =
        let zeros = Array.zeroCreate<float> d
        problems
        |> Seq.map (fun problem ->
            problem.Start zeros
            Seq.map problem.Slope (seq { 0 .. d - 1 }) |> Seq.fold (fun largest u -> max largest (abs u)) 0.0)
        |> Seq.max

    /// The weights of an output, of all [d; q] and the biases [q].
    member _.Weights(parameters: float[], k) = Array.init d (fun j -> parameters[j * q + k])
    member _.Parameters(weights: float[][]) =
        Array.init ((d + 1) * q) (fun at ->
            let j, k = at / q, at % q
            if j < d then weights[k][j] else targetMeans[k] - factor * Flat.dot means weights[k])

/// <summary>Coordinate descent for lasso and elastic net, with a duality gap, and along a path of penalties.</summary>
[<RequireQualifiedAccess>]
module CoordinateDescent =

    /// <summary>Squared loss, a gap of 1e-8, 10000 sweeps at most. A model and a penalty have to be given.</summary>
    let defaults: CoordinateDescentSettings =
        { model = Model.flatten
          loss = Loss.squared
          penalty = Penalty.none
          tolerance = 1e-8
          sweeps = 10000
          initial = None
          threads = None
          cancellation = CancellationToken.None }

    /// <summary>The lasso's: 100 λs from the largest to a thousandth of it.</summary>
    let pathDefaults: PenaltyPath = { ratio = 1.0; count = 100; smallest = 1e-3; lambdas = [] }

    let internal problems (settings: CoordinateDescentSettings) (data: Dataset) =
        [ match Formula.tryFind2 settings.loss.rows with
          | Some LossFormula.Squared
          | Some LossFormula.Mse
          | Some(LossFormula.Gaussian _) -> ()
          | _ ->
              say
                  $"The loss '{settings.loss.name}' is not one that coordinate descent knows: squared, mse, gaussian. For L1 with other losses use Fista, for L2 Lbfgs or Newton."
          if (Flat.tryAffine settings.model data).IsNone then
              say $"The model '{settings.model.name}' is not affine, which coordinate descent wants. Use Lbfgs, or Fista for L1."
          yield! Solver.toleranceProblems (Some settings.tolerance)
          yield! Problem.unless (settings.sweeps >= 1) "The number of sweeps" settings.sweeps "1 or more" ]

    let private prepared (settings: CoordinateDescentSettings) further (data: Dataset) =
        let fit = Solver.asFit settings.model settings.loss settings.penalty [] settings.initial None settings.threads
        let data = Solver.check fit (problems settings data @ further) data
        let factor, q = (Flat.tryAffine settings.model data).Value
        let problem = CoordinateProblem(settings.loss, factor, q, defaultArg settings.threads Workers.Usual, data)
        let start =
            match settings.initial with
            | Some initial -> Flat.ofTensors initial
            | None -> Array.zeroCreate ((data.Columns + 1) * q)
        problem, Array.init q (fun k -> problem.Weights(start, k))

    /// All outputs for a penalty, from weights that become those of the minimum.
    let private solve
        (settings: CoordinateDescentSettings)
        (problem: CoordinateProblem)
        (weights: float[][])
        penalty
        before
        : Convergence =
        let ended =
            Array.map2
                (fun (output: Quadratic) w ->
                    let goal = settings.tolerance * 0.5 * output.Total
                    Coordinates.solve output w penalty.l1 penalty.l2 before goal settings.sweeps settings.cancellation)
                problem.Outputs
                weights
        let objective =
            Array.map2 (fun output w -> Coordinates.objective output w penalty.l1 penalty.l2) problem.Outputs weights
            |> Array.sum
        let sweeps = ended |> Array.sumBy _.sweeps
        let criterion =
            [ Criterion.Iterations; Criterion.Rounding ]
            |> List.tryFind (fun criterion -> ended |> Array.exists (fun one -> one.criterion = criterion))
        { Criterion = defaultArg criterion Criterion.Gap
          Tolerance = settings.tolerance * 0.5 * (problem.Outputs |> Array.sumBy _.Total)
          Iterations = sweeps
          Evaluations = sweeps
          Objective = objective + problem.Constant
          GradientNorm = ended |> Seq.map _.violation |> Seq.max
          Gap = ended |> Array.sumBy _.gap }

    let private minimise (settings: CoordinateDescentSettings) (data: Dataset) : Solved =
        let further =
            if settings.penalty = Penalty.none then
                [ "There is no penalty, which coordinate descent is for. Use Lbfgs, or Newton for few features." ]
            else
                []
        let problem, weights = prepared settings further data
        let first =
            Array.map2
                (fun (output: Quadratic) w ->
                    output.Start w
                    Coordinates.objective output w settings.penalty.l1 settings.penalty.l2)
                problem.Outputs
                weights
            |> Array.sum
        let before = max problem.LargestL1 settings.penalty.l1
        let convergence = solve settings problem weights settings.penalty before
        { model = settings.model
          parameters = Flat.toTensors (Data.dtype data) settings.model (problem.Parameters weights)
          convergence = convergence
          history = [ first + problem.Constant; convergence.Objective ]
          seconds = 0.0 }

    /// <summary>Minimises the objective over all rows.</summary>
    /// <exception cref="T:LinearNets.SettingsException">Settings cannot be used, or do not suit the data; all are listed.</exception>
    /// <exception cref="T:LinearNets.DataException">A value is not finite; its row and column are named.</exception>
    /// <exception cref="T:System.OperationCanceledException">It was cancelled.</exception>
    let run (settings: CoordinateDescentSettings) (data: Dataset) : Solved =
        Solver.solved settings.model data (fun model data -> minimise { settings with model = model } data)

    let internal pathProblems (path: PenaltyPath) =
        let falls = path.lambdas |> List.pairwise |> List.forall (fun (a, b) -> a > b)
        [ yield! Problem.unless (path.ratio > 0.0 && path.ratio <= 1.0) "The path's ratio ρ" path.ratio "a number above 0, to 1"
          yield! Problem.unless (path.count >= 1) "The number of λs" path.count "1 or more"
          yield!
              Problem.unless
                  (path.smallest > 0.0 && path.smallest < 1.0)
                  "The smallest λ's share"
                  path.smallest
                  "a number between 0 and 1"
          yield! Problem.unless falls "The order of the λs" "another" "from the largest to the smallest"
          for lambda in path.lambdas do
              yield! Problem.unless (lambda > 0.0 && lambda < infinity) "A λ of the path" lambda "a finite number above 0" ]

    /// The λs of a path, by the smallest λ₁ for which all weights are 0.
    let internal lambdas (path: PenaltyPath) largestL1 =
        let largest = largestL1 / path.ratio
        if not path.lambdas.IsEmpty then path.lambdas
        elif path.count = 1 then [ largest ]
        else List.init path.count (fun i -> largest * path.smallest ** (float i / float (path.count - 1)))

    let private along (path: PenaltyPath) (settings: CoordinateDescentSettings) (data: Dataset) : PathPoint list =
        let settings = { settings with penalty = Penalty.none }
        let problem, weights = prepared settings (pathProblems path) data
        let point before lambda =
            let penalty = Penalty.elasticNet lambda path.ratio
            let convergence = solve settings problem weights penalty before
            let point: PathPoint =
                { lambda = lambda
                  parameters = Flat.toTensors (Data.dtype data) settings.model (problem.Parameters weights)
                  nonZero = weights |> Array.sumBy (fun w -> w |> Array.filter (fun v -> v <> 0.0) |> Array.length)
                  convergence = convergence }
            point, penalty.l1
        let largest = problem.LargestL1
        List.mapFold point largest (lambdas path largest) |> fst

    /// <summary>The minima along a path of penalties, each from the one before. The penalty of the settings is not used.</summary>
    /// <exception cref="T:LinearNets.SettingsException">Settings cannot be used, or do not suit the data; all are listed.</exception>
    /// <exception cref="T:LinearNets.DataException">A value is not finite; its row and column are named.</exception>
    /// <exception cref="T:System.OperationCanceledException">It was cancelled.</exception>
    let path (path: PenaltyPath) (settings: CoordinateDescentSettings) (data: Dataset) : PathPoint list =
        Solver.afterPreprocessing settings.model data (fun model data -> along path { settings with model = model } data)
