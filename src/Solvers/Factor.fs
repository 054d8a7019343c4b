// What a least squares solution is made of: passes over the rows, and a triangle that stands for all of them.
//
//   unknowns  u [p]:  ŷ = Σⱼ uⱼ·cⱼ(xⱼ − mⱼ) + u_d       centred by m and scaled by c, a power of two; u_d only with an intercept
//   triangle  R [p; p]:  RᵀR ≈ X̂ᵀ·diag(s)·X̂ + Λ·diag(c²),   x̂ = (c∘(x − m), 1)
//   solution  w = c∘u, b = u_d − mᵀw, kept with 32 digits for the columns as they are in memory
//
// Refinement:  g = X̂ᵀ·diag(s)·(y − X·w − b) − Λ·c∘w in 32 digits from the rows themselves,   RᵀR·δ = g,   u ← u + δ
//
// If R comes from a backward stable QR, R(u* − u) shrinks by a factor of about κε each time, not κ²ε: what is squared when RᵀR
// stands for the rows is squared in g as well. From a Gram it is κ²ε. That holds as long as 32 digits of g suffice.

namespace LinearNets.FSharp

open System
open System.Threading
open LinearNets
open LinearNets.Kernels

/// Numbers of 32 digits. F# does not see the operators of a type that another assembly shows to friends only.
[<AutoOpen>]
module internal Double32Operators =
    let (.+) (a: DoubleDouble) (b: DoubleDouble) = DoubleDouble.op_Addition (a, b)
    let (.-) (a: DoubleDouble) (b: DoubleDouble) = DoubleDouble.op_Subtraction (a, b)
    let (.*) (a: DoubleDouble) (b: DoubleDouble) = DoubleDouble.op_Multiply (a, b)
    let (./) (a: DoubleDouble) (b: DoubleDouble) = DoubleDouble.op_Division (a, b)

module internal Double32 =
    let zero = DoubleDouble(0.0, 0.0)
    let one = DoubleDouble(1.0, 0.0)
    let ofFloat (x: float) = DoubleDouble(x, 0.0)
    let toFloat (x: DoubleDouble) = x.High + x.Low

/// Rows in memory and the passes over them. With lows, features are [high low] and a column is the sum of the two.
[<AbstractClass>]
type internal Rows32(columns: int, hasLows: bool, targets: int) =
    member _.Columns = columns
    member _.Targets = targets
    member _.HasLows = hasLows
    member _.Features = if hasLows then 2 * columns else columns
    /// Stops a pass between two blocks of rows, with an OperationCanceledException.
    member val Cancellation = CancellationToken.None with get, set

    /// All sums of products of [X 1 y].
    abstract Gram: threads: int -> float[]
    abstract Gradient: w: DoubleDouble[] * b: DoubleDouble[] * threads: int -> DoubleDouble[]
    abstract Triangle: means: float[] * scales: float[] * intercept: bool * threads: int -> float[]

    /// For each target Xᵀ·diag(s)·r for each column, Σsr, and Σsr², with r = y − X·w − b.
    member rows.Residuals(w: DoubleDouble[], b: DoubleDouble[], threads) =
        if hasLows then
            let twice = Array.init (targets * 2 * columns) (fun i -> w[i / (2 * columns) * columns + i % columns])
            let sums = rows.Gradient(twice, b, threads)
            let at t i = sums[t * (2 * columns + 2) + i]
            Array.init (targets * (columns + 2)) (fun i ->
                let t, j = i / (columns + 2), i % (columns + 2)
                if j < columns then at t j .+ at t (columns + j) else at t (columns + j))
        else
            rows.Gradient(w, b, threads)

[<Sealed>]
type internal Rows32<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType>
    (x: 'T[], columns: int, hasLows: bool, y: float[], targets: int, weights: float[]) =
    inherit Rows32(columns, hasLows, targets)

    member private rows.Data =
        GramRows<'T>(
            ReadOnlySpan x,
            ReadOnlySpan y,
            ReadOnlySpan weights,
            y.Length / targets,
            rows.Features,
            targets,
            Cancellation = rows.Cancellation
        )

    override rows.Gram threads =
        let size = rows.Features + 1 + targets
        let gram = Array.zeroCreate (size * size)
        Gram.Sum(rows.Data, gram.AsSpan(), threads)
        gram

    override rows.Gradient(w, b, threads) =
        let sums = Array.zeroCreate ((rows.Features + 2) * targets)
        Gram.Gradient(rows.Data, ReadOnlySpan w, ReadOnlySpan b, sums.AsSpan(), threads)
        sums

    override rows.Triangle(means, scales, intercept, threads) =
        let p = columns + (if intercept then 1 else 0)
        let r = Array.zeroCreate (p * p)
        Gram.Triangle(rows.Data, means, scales, intercept, r.AsSpan(), threads)
        r

/// A triangle, and the columns it stands for: the first `rank` of the order.
[<NoEquality; NoComparison>]
type internal Factor =
    {
        /// Row after row, its columns in the order below.
        r: float[]
        order: int[]
        rank: int
        means: float[]
        scales: float[]
        intercept: bool
        /// By what an error is multiplied in a step of refinement, roughly.
        contraction: float
    }

module internal Factor =

    let epsilon = Math.ScaleB(1.0, -52)

    /// The power of two next to a length, upside down: exact, and lengths are then between 0.7 and 1.5.
    let scaleOf (length: float) =
        if length > 0.0 && length < infinity then
            Math.ScaleB(1.0, -int(Math.Round(Math.Log2 length)))
        else
            1.0

    let size (factor: Factor) = factor.order.Length

    /// z in Rᵀz = g, whose length is √(gᵀ(RᵀR)⁻¹g).
    let half (factor: Factor) (g: float[]) =
        let z = Array.init factor.rank (fun k -> g[factor.order[k]])
        Triangular.SolveTransposed(ReadOnlySpan factor.r, size factor, z.AsSpan())
        z

    let length (v: float[]) = sqrt (Array.sumBy (fun x -> x * x) v)

    /// δ in RᵀR·δ = g, 0 for columns beyond the rank, and ‖Rδ‖, which is how far predictions move.
    let solve (factor: Factor) (g: float[]) =
        let z = half factor g
        let moved = length z
        Triangular.Solve(ReadOnlySpan factor.r, size factor, z.AsSpan())
        let solution = Array.zeroCreate (size factor)
        z |> Array.iteri (fun k value -> solution[factor.order[k]] <- value)
        struct (solution, moved)

    /// The greatest stretch of a linear map and its adjoint, by power iteration from a fixed start.
    let private stretch steps n (map: float[] -> float[]) =
        let rec go step before (v: float[]) =
            let v = map v
            let grown = length v
            if step = steps || not (grown > 0.0) || abs (grown - before) <= 1e-6 * grown then
                grown
            else
                go (step + 1) grown (Array.map (fun x -> x / grown) v)
        let start = Array.init n (fun i -> 1.0 + 0.5 * sin (float (i + 1)))
        let norm = length start
        go 1 0.0 (Array.map (fun x -> x / norm) start)

    /// The condition of the triangle with its columns at length 1: the ratio of its greatest stretch and its least, by so many
    /// steps of iteration at most.
    let condition steps (factor: Factor) =
        let p, rank = size factor, factor.rank
        if rank = 0 then
            1.0
        else
            let lengths =
                Array.init rank (fun j -> sqrt (Seq.sum (seq { for i in 0..j -> factor.r[i * p + j] * factor.r[i * p + j] })))
            let unit = Array.init (rank * rank) (fun i -> factor.r[i / rank * p + i % rank] / lengths[i % rank])
            let forth (v: float[]) =
                let z = Array.zeroCreate rank
                for i in 0 .. rank - 1 do
                    for j in i .. rank - 1 do
                        z[i] <- z[i] + unit[i * rank + j] * v[j]
                let back = Array.zeroCreate rank
                for i in 0 .. rank - 1 do
                    for j in i .. rank - 1 do
                        back[j] <- back[j] + unit[i * rank + j] * z[i]
                back
            let inverse (v: float[]) =
                let v = Array.copy v
                Triangular.SolveTransposed(ReadOnlySpan unit, rank, v.AsSpan())
                Triangular.Solve(ReadOnlySpan unit, rank, v.AsSpan())
                v
            sqrt (stretch steps rank forth * stretch steps rank inverse)

    /// The same from all singular values: columns are turned against one another, two at a time, until all are orthogonal; their
    /// lengths are the values then (Jacobi, one-sided). For many columns that takes too long, and iteration has to do.
    let exactCondition (factor: Factor) =
        let p, rank = size factor, factor.rank
        let most = 300
        if rank = 0 || rank > most then
            condition 1000 factor
        else
            let columns =
                Array.init rank (fun j ->
                    let column = Array.init rank (fun i -> if i <= j then factor.r[i * p + j] else 0.0)
                    let own = length column
                    Array.map (fun v -> v / own) column)
            let dot (x: float[]) (y: float[]) = Vectors.Dot(ReadOnlySpan x, ReadOnlySpan y)
            let mutable turned = true
            let mutable sweeps = 0
            while turned && sweeps < 60 do
                turned <- false
                sweeps <- sweeps + 1
                for i in 0 .. rank - 2 do
                    for j in i + 1 .. rank - 1 do
                        let x, y = columns[i], columns[j]
                        let a, b, c = dot x x, dot y y, dot x y
                        if abs c > 4.0 * epsilon * sqrt (a * b) then
                            turned <- true
                            let zeta = (b - a) / (2.0 * c)
                            let t = (if zeta < 0.0 then -1.0 else 1.0) / (abs zeta + sqrt (1.0 + zeta * zeta))
                            let cosine = 1.0 / sqrt (1.0 + t * t)
                            let sine = cosine * t
                            for k in 0 .. rank - 1 do
                                let u, v = x[k], y[k]
                                x[k] <- cosine * u - sine * v
                                y[k] <- sine * u + cosine * v
            let lengths = columns |> Array.map length
            Array.max lengths / Array.min lengths

    /// A triangle from the sums of products, or nothing where squaring has lost too much: centring takes digits off, and a step of
    /// refinement has to gain four.
    let ofGram (gram: float[]) columns stride intercept (ridge: float) : Factor option =
        let p = columns + (if intercept then 1 else 0)
        let at i j = gram[i * stride + j]
        let total = at columns columns
        let means = Array.init columns (fun j -> if intercept then at columns j / total else 0.0)
        let centred i j = at i j - means[i] * (means[j] * (if intercept then total else 0.0))
        let lengths = Array.init columns (fun j -> sqrt (centred j j + ridge))
        let lost = Array.init columns (fun j -> (at j j + ridge) / (centred j j + ridge))
        let worst = if columns = 0 then 1.0 else Array.max lost
        if not (Array.forall (fun l -> l > 0.0 && l < infinity) lengths) || not (worst < 1e8) then
            None
        else
            let scales = Array.map scaleOf lengths
            let r = Array.zeroCreate (p * p)
            for i in 0 .. columns - 1 do
                for j in i .. columns - 1 do
                    r[i * p + j] <- (centred i j + (if i = j then ridge else 0.0)) * scales[i] * scales[j]
            if intercept then r[p * p - 1] <- total
            if not (Triangular.Cholesky(r.AsSpan(), p)) then
                None
            else
                let factor =
                    { r = r
                      order = [| 0 .. p - 1 |]
                      rank = p
                      means = means
                      scales = scales
                      intercept = intercept
                      contraction = 0.0 }
                let kappa = condition 10 factor
                let contraction = 4.0 * epsilon * worst * sqrt (float p) * kappa * kappa
                if contraction <= 1e-4 then Some { factor with contraction = contraction } else None

    /// A column is a combination of others where no more than this share of its length is left beside them.
    let tolerance (rows: int) = 16.0 * epsilon * sqrt (float rows)

    /// A triangle by reflections, its columns in the order of how much of them is left beside those before; the intercept is the
    /// first. Raw lengths are those before centring: what is left of a constant column is rounding.
    let ofRows (rows: Rows32) count (means: float[]) (rawLengths: float[]) intercept (ridge: float) threads : Factor =
        let columns = rows.Columns
        let p = columns + (if intercept then 1 else 0)
        let first = Array.map scaleOf rawLengths
        let r = rows.Triangle(means, first, intercept, threads)
        if ridge > 0.0 then
            let more = Array.zeroCreate (p * p)
            for j in 0 .. columns - 1 do
                more[j * p + j] <- sqrt ridge * first[j]
            Qr.Absorb(r.AsSpan(), more.AsSpan(), p)
        let columnLength j = sqrt (Seq.sum (seq { for i in 0..j -> r[i * p + j] * r[i * p + j] }))
        let unit = if intercept then columnLength columns else 1.0
        let scales =
            Array.init columns (fun j ->
                let length = columnLength j
                let isConstant = intercept && length <= 8.0 * epsilon * rawLengths[j] * first[j]
                let again = if isConstant then 0.0 else scaleOf (length / unit)
                for i in 0..j do
                    r[i * p + j] <- r[i * p + j] * again
                first[j] * (if isConstant then 1.0 else again))
        // The intercept goes first and stays there.
        if intercept then
            for i in 0 .. p - 1 do
                let row = r.AsSpan(i * p, p)
                let last = row[p - 1]
                row.Slice(0, p - 1).CopyTo(row.Slice 1)
                row[0] <- last
        let order = Array.zeroCreate p
        let rank = Qr.Pivot(r.AsSpan(), order.AsSpan(), (if intercept then 1 else 0), tolerance count)
        let order = if intercept then order |> Array.map (fun j -> (j + p - 1) % p) else order
        { r = r
          order = order
          rank = rank
          means = means
          scales = scales
          intercept = intercept
          contraction = 0.0 }

/// A solution under way, for the columns as they are in memory.
[<NoEquality; NoComparison>]
type internal Solution =
    {
        /// A row for each target.
        w: DoubleDouble[]
        b: DoubleDouble[]
        passes: int
        /// About how far a coefficient of each target is off at most, relative to it or, where it is small, to a share of the largest; in
        /// columns of one length.
        errors: float[]
    }

    member solution.Error = Array.max solution.errors

module internal Refine =

    let start (rows: Rows32) =
        { w = Array.create (rows.Targets * rows.Columns) Double32.zero
          b = Array.create rows.Targets Double32.zero
          passes = 0
          errors = Array.create rows.Targets infinity }

    /// u + δ, exactly in the columns as they are in memory.
    let add (factor: Factor) (solution: Solution) t (delta: float[]) =
        let columns = factor.means.Length
        let mutable b = solution.b[t]
        for j in 0 .. columns - 1 do
            let step = Double32.ofFloat (delta[j] * factor.scales[j])
            solution.w[t * columns + j] <- solution.w[t * columns + j] .+ step
            if factor.intercept then b <- b .- step .* Double32.ofFloat factor.means[j]
        if factor.intercept then solution.b[t] <- b .+ Double32.ofFloat delta[columns]

    /// g for a target, from what the pass over the rows gave, a constant in the same places, if there is one, and the penalty.
    let private gradient
        (factor: Factor)
        (ridge: float)
        (solution: Solution)
        (sums: DoubleDouble[])
        (constant: DoubleDouble[])
        t
        =
        let columns = factor.means.Length
        let at i =
            let place = t * (columns + 2) + i
            if isNull constant then sums[place] else sums[place] .+ constant[place]
        Array.init (Factor.size factor) (fun j ->
            if j = columns then
                Double32.toFloat (at columns)
            else
                let centred = at j .- Double32.ofFloat factor.means[j] .* at columns
                let pulled = centred .- Double32.ofFloat ridge .* solution.w[t * columns + j]
                factor.scales[j] * Double32.toFloat pulled)

    /// The sizes of the unknowns of a target.
    let unknowns (factor: Factor) (solution: Solution) t =
        let columns = factor.means.Length
        Array.init (Factor.size factor) (fun j ->
            if j < columns then
                abs (Double32.toFloat solution.w[t * columns + j]) / factor.scales[j]
            else
                let means =
                    Seq.fold
                        (fun sum j -> sum .+ Double32.ofFloat factor.means[j] .* solution.w[t * columns + j])
                        solution.b[t]
                        (seq { 0 .. columns - 1 })
                abs (Double32.toFloat means))

    /// About how far the solution from the sums of products is off. A sum of squares grows with every row, and is wrong by a few ε of
    /// itself, which is a few ε of its own coefficient. A sum of products of columns that have nothing to do with one another stays
    /// near 0, and is wrong by less than an ε of the columns' lengths; the more columns are alike or far from 0, the more of them
    /// grow with the rows as squares do. Errors grow by the square of the condition.
    let errorOfGram (factor: Factor) (target: float) (sizes: float[]) =
        let p = sizes.Length
        let sizes =
            if factor.intercept then
                Array.updateAt (p - 1) (sizes[p - 1] * factor.r[p * p - 1]) sizes
            else
                sizes
        let amplified = factor.contraction / (4.0 * Factor.epsilon * sqrt (float p))
        let ofSquares, ofProducts =
            8.0 * Factor.epsilon * amplified, Factor.epsilon * amplified * min 8.0 (1.0 + 8.0 * (amplified - 1.0))
        let least = 0.01 * Array.max sizes
        let worst = sizes |> Seq.map (fun size -> (Factor.length sizes + target) / max size least) |> Seq.max
        if target = 0.0 then 0.0 else ofSquares + ofProducts * worst

    let private mostPasses = 40

    /// Steps of refinement, each a pass over the rows, until what is left of the error is below the goal: relative to each coefficient,
    /// or to a millionth of the largest one. Targets are refined each by itself. With a constant c the equations are
    /// X̂ᵀ·diag(s)·(X·w + b − y) = c.
    let run (rows: Rows32) (factor: Factor) (ridge: float) (constant: DoubleDouble[]) goal threads (start: Solution) =
        let targets = rows.Targets
        let before = Array.create targets infinity
        let errors = Array.copy start.errors
        let stuck = Array.create targets false
        let underWay t = errors[t] > goal && not stuck[t]
        let mutable passes = start.passes
        while passes < mostPasses && Seq.exists underWay (seq { 0 .. targets - 1 }) do
            let sums = rows.Residuals(start.w, start.b, threads)
            passes <- passes + 1
            for t in 0 .. targets - 1 do
                if underWay t then
                    // What shrinks by κε are the predictions' errors; coefficients may follow a step later.
                    let struct (delta, step) = Factor.solve factor (gradient factor ridge start sums constant t)
                    let ratio = step / before[t]
                    if ratio <= 0.25 then
                        add factor start t delta
                        let sizes = unknowns factor start t
                        let least = 1e-6 * Array.max sizes
                        let relative =
                            Seq.map2 (fun d size -> if d = 0.0 then 0.0 else abs d / max size least) delta sizes |> Seq.max
                        // Of the first step nothing is known but what the factor promises.
                        let contraction = max factor.contraction (if ratio > 0.0 then ratio else 1e-3)
                        errors[t] <- contraction * relative
                        before[t] <- step
                    else
                        // Rounding of the residuals themselves, or a factor that is no factor of this matrix.
                        stuck[t] <- true
        { start with passes = passes; errors = errors }
