// Least squares right to the last digits that the data have: min over W, b of (1/Σs) Σ s·½‖y − Wᵀx − b‖² + λ/2 ‖W‖².
//
//                     one pass: sums of products ──► Cholesky ──► condition?
//                                                                  │ good            │ bad, or powers
//                                                                  ▼                 ▼
//                                                            its triangle     triangle by reflections, columns pivoted
//                                                                  └───────┬─────────┘
//                                                                          ▼
//                                              refinement: residuals in 32 digits from the rows (Factor.fs)
//
// What is right is the solution for the numbers as they are in memory. If these were rounded before, as powers of x are, digits
// are lost that nobody can get back; therefore powers are formed here, in 32 digits, around the middle of x:
//
//   t = (x − c)/h, |t| ≤ 1      ŷ = Σ aᵢtⁱ      and a shift of the polynomial in 32 digits gives the coefficients of xⁱ
//
// Rank. A column of which no more than 16·ε·√n of its length is left beside the others is a combination of them; a column
// that varies by less than 8·ε of its length is constant. With X_D = X_B·M + 1·m₀ all solutions are w_D = z,
// w_B = w₀ − M·z, and the shortest is w = (v, Mᵀv) with (I + M·Mᵀ)·v = w₀: a system with the triangle of [I; Mᵀ].

namespace LinearNets

/// <summary>What to do where columns are combinations of others, so that there is more than one solution.</summary>
type RankDeficiency =
    /// <summary>An error that names the columns.</summary>
    | Error = 0
    /// <summary>The solution whose weights have the smallest sum of squares.</summary>
    | MinimumNorm = 1

/// <summary>How a least squares solution was found.</summary>
type ExactPath =
    /// <summary>From the sums of products of the columns.</summary>
    | Gram = 0
    /// <summary>By orthogonal reflections.</summary>
    | Orthogonal = 1

namespace LinearNets.FSharp

open System
open System.Threading
open LinearNets
open LinearNets.Kernels
open LinearNets.Tensors

/// <summary>What least squares are to solve. Begin with <c>Exact.defaults</c>.</summary>
[<RequireQualifiedAccess>]
type ExactSettings =
    {
        /// <summary>Whether there is a bias.</summary>
        intercept: bool
        /// <summary>The penalty on the weights: L2, or none.</summary>
        penalty: Penalty
        /// <summary>Each feature is replaced by its powers up to this one.</summary>
        powers: int
        /// <summary>What to do where there is more than one solution.</summary>
        rankDeficiency: RankDeficiency
        /// <summary>What row weights mean to inference.</summary>
        weightKind: WeightKind
        /// <summary>How many threads may be used; as many as there are processors if there is none. The result is the same, bit for
        /// bit.</summary>
        threads: int option
        /// <summary>Stops within a pass over the rows, with an <c>OperationCanceledException</c>.</summary>
        cancellation: CancellationToken
    }

/// <summary>A least squares solution.</summary>
[<NoEquality; NoComparison; StructuredFormatDisplay("{Text}")>]
[<RequireQualifiedAccess>]
type ExactFit =
    internal
        { settings': ExactSettings
          names: string[]
          parameters': Tensor list
          path': ExactPath
          passes': int
          rank': int
          error': float
          condition: Lazy<float>
          dependent': string list
          inferences: Lazy<Inference>[] }

    /// <summary>The settings.</summary>
    member fit.settings = fit.settings'

    /// <summary>The weights [d; q], with powers [d·k; q], and the biases [q], 0 without an intercept; Float64.</summary>
    member fit.parameters = fit.parameters'

    /// <summary>The names of the rows of the weights: the features', and x1^2 for a power.</summary>
    member fit.featureNames = List.ofArray fit.names

    /// <summary>How the solution was found.</summary>
    member fit.path = fit.path'

    /// <summary>How often refinement went over the rows.</summary>
    member fit.passes = fit.passes'

    /// <summary>The number of coefficients, the bias among them, that the data determine.</summary>
    member fit.rank = fit.rank'

    /// <summary>The columns that are combinations of the others; none but for a minimum-norm solution.</summary>
    member fit.dependent = fit.dependent'

    /// <summary>About how far the coefficients are off at most before they are rounded to doubles, each relative to itself or, if it is
    /// small, to a share of the largest one, in columns of one length: a hundredth where no pass of refinement was needed, else a
    /// millionth.</summary>
    member fit.error = fit.error'

    /// <summary>The condition of the columns, centred where there is an intercept and at length 1.</summary>
    member fit.conditionNumber = fit.condition.Value

    /// <summary>Standard errors, tests and intervals for a target, by its place.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There is a penalty, or no such target.</exception>
    /// <exception cref="T:LinearNets.DataException">There is more than one solution, or no row beyond the coefficients.</exception>
    member fit.inferenceOf output =
        let outputs = fit.inferences.Length
        Errors.require "The output" (output >= 0 && output < outputs) output (say $"a number from 0 to {outputs - 1}")
        fit.inferences[output].Value

    /// <summary>Standard errors, tests and intervals for the first target.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There is a penalty.</exception>
    /// <exception cref="T:LinearNets.DataException">There is more than one solution, or no row beyond the coefficients.</exception>
    member fit.inference = fit.inferenceOf 0

    /// <summary>How it was found, and the parameters.</summary>
    override fit.ToString() =
        say
            $"least squares, {fit.path}, rank {fit.rank}, {fit.passes} passes of refinement\n{fit.parameters.[0]}\n{fit.parameters.[1]}"

    member private fit.Text = fit.ToString()

/// Powers of features, in 32 digits.
module internal Powers =

    let private dd = Double32.ofFloat

    /// The middle and half the width of a feature's values; the width is a power of two.
    let range intercept (values: seq<float>) =
        let low, high = Seq.min values, Seq.max values
        let middle = if intercept then 0.5 * low + 0.5 * high else 0.0
        let half = max (high - middle) (middle - low)
        middle, (if half > 0.0 then Math.ScaleB(1.0, int (ceil (Math.Log2 half))) else 1.0)

    /// t, t², … of a value.
    let ofValue powers (middle: float, width: float) (x: float) =
        let t = dd (1.0 / width) .* DoubleDouble.Sum(x, -middle)
        Array.unfold (fun (i, power: DoubleDouble) -> if i > powers then None else Some(power, (i + 1, power .* t))) (1, t)

    /// The coefficients of 1, x, x², … from those of 1, t, t², …
    let shift (middle: float, width: float) (coefficients: DoubleDouble[]) =
        let a = Array.copy coefficients
        let mutable unit = 1.0
        for i in 1 .. a.Length - 1 do
            unit <- unit / width
            a[i] <- a[i] .* dd unit
        for first in 0 .. a.Length - 2 do
            for i in a.Length - 2 .. -1 .. first do
                a[i] <- a[i] .- a[i + 1] .* dd middle
        a

/// <summary>Least squares, solved to the digits that the data have.</summary>
[<RequireQualifiedAccess>]
module Exact =

    /// <summary>With a bias, without penalty or powers; dependent columns are an error.</summary>
    let defaults: ExactSettings =
        { intercept = true
          penalty = Penalty.none
          powers = 1
          rankDeficiency = RankDeficiency.Error
          weightKind = WeightKind.Importance
          threads = None
          cancellation = CancellationToken.None }

    let private mostPowers = 100

    /// An error that is no reason to go on, or to complain: 12 digits.
    let private sufficient = 1e-12

    /// Where a pass costs nothing, refinement goes to the last of the 32 digits.
    let private isSmall (data: Dataset) columns = int64 data.Rows * int64 columns <= 1_000_000L

    let internal problems (settings: ExactSettings) (data: Dataset) =
        let penalty = settings.penalty
        [ yield!
              Problem.unless
                  (penalty.l2 >= 0.0 && penalty.l2 < infinity)
                  "The L2 penalty's factor"
                  penalty.l2
                  "a finite number, 0 or more"
          if penalty.l1 <> 0.0 then
              say
                  $"The L1 penalty's factor is {penalty.l1}, and least squares in closed form have none; expected 0. Use CoordinateDescent, or an L2 penalty."
          yield!
              Problem.unless
                  (settings.powers >= 1 && settings.powers <= mostPowers)
                  "The highest power"
                  settings.powers
                  (say $"1 to {mostPowers}")
          match settings.threads with
          | Some threads when threads < 1 || threads > Workers.MostThreads ->
              say $"The number of threads is {threads}; expected 1 to {Workers.MostThreads}."
          | _ -> ()
          yield!
              Problem.unless
                  (Enum.IsDefined settings.rankDeficiency)
                  "The rule for dependent columns"
                  settings.rankDeficiency
                  "Error or MinimumNorm"
          yield!
              Problem.unless
                  (Enum.IsDefined settings.weightKind)
                  "The kind of weights"
                  settings.weightKind
                  "Importance or Frequency"
          if settings.powers > 1 && settings.rankDeficiency = RankDeficiency.MinimumNorm then
              say
                  $"The highest power is {settings.powers} with a minimum norm; expected 1 there, or dependent powers to be an error."
          if data.HasClasses then
              "The targets are classes; expected numbers. Least squares predict numbers: use Lbfgs or Newton with cross-entropy." ]

    let private feature (data: Dataset) at =
        match data.Table.features with
        | Features.Bytes x -> float x[at]
        | Features.Singles x -> float x[at]
        | Features.Doubles x -> x[at]
        | Features.SparseSingles _
        | Features.SparseDoubles _ -> Table.notDense ()

    let private isZero (data: Dataset) column =
        Seq.forall (fun i -> feature data (i * data.Columns + column) = 0.0) (Table.kept data.Table)

    let private targetsOf (data: Dataset) =
        match data.Table.targets with
        | Targets.Numbers(y, outputs) -> y, outputs
        | Targets.Classes _ -> Errors.noNumbers ()

    let private rowsWith (y: float[]) outputs (data: Dataset) : Rows32 =
        let weights = data.Table.weights
        match data.Table.features with
        | Features.Bytes x -> Rows32<byte>(x, data.Columns, false, y, outputs, weights)
        | Features.Singles x -> Rows32<float32>(x, data.Columns, false, y, outputs, weights)
        | Features.Doubles x -> Rows32<float>(x, data.Columns, false, y, outputs, weights)
        | Features.SparseSingles _
        | Features.SparseDoubles _ -> Table.notDense ()

    /// The rows of powers: for each row all high parts, then all low ones.
    let private powersOf powers (ranges: (float * float)[]) (data: Dataset) : Rows32 =
        let columns = data.Columns * powers
        let x = Array.zeroCreate (data.Rows * 2 * columns)
        for i in 0 .. data.Rows - 1 do
            if data.Weight i > 0.0 then
                for j in 0 .. data.Columns - 1 do
                    Powers.ofValue powers ranges[j] (feature data (i * data.Columns + j))
                    |> Array.iteri (fun k power ->
                        x[i * 2 * columns + j * powers + k] <- power.High
                        x[i * 2 * columns + columns + j * powers + k] <- power.Low)
        let y, outputs = targetsOf data
        Rows32<float>(x, columns, true, y, outputs, data.Table.weights)

    // ---- rank -----------------------------------------------------------------------------------------------------

    /// What the columns beyond the rank are combinations of, as far as double precision tells: names for a message.
    let private dependencies (factor: Factor) (names: string[]) =
        let p = Factor.size factor
        let name j = if j < names.Length then say $"'{names[j]}'" else "the intercept"
        [ for k in factor.rank .. p - 1 do
              let v = Array.init factor.rank (fun i -> factor.r[i * p + k])
              Triangular.Solve(ReadOnlySpan factor.r, p, v.AsSpan())
              let largest = v |> Array.fold (fun most x -> max most (abs x)) 0.0
              name factor.order[k],
              [ for i in 0 .. factor.rank - 1 do
                    if abs v[i] > 1e-6 * largest then name factor.order[i] ] ]

    /// The shortest weights of a rank-deficient problem whose solution of the first columns is given.
    let private shortest (factor: Factor) (data: Dataset) threads goal cancellation (solution: Solution) =
        let columns, outputs = data.Columns, solution.b.Length
        let isColumn j = j < columns
        let basis = factor.order[.. factor.rank - 1] |> Array.filter isColumn |> Array.sort
        let others = factor.order[factor.rank ..] |> Array.filter isColumn |> Array.sort
        let pick (of': int[]) =
            Array.init (data.Rows * of'.Length) (fun i -> feature data (i / of'.Length * columns + of'[i % of'.Length]))
        // M and m₀: the other columns by the basis, each a target.
        let m, m0 =
            if basis.Length = 0 then
                [||], Array.init others.Length (fun k -> Double32.ofFloat factor.means[others[k]])
            else
                let rows = Rows32<float>(pick basis, basis.Length, false, pick others, others.Length, data.Table.weights)
                rows.Cancellation <- cancellation
                let place = Array.create columns -1
                basis |> Array.iteri (fun i j -> place[j] <- i)
                let p = Factor.size factor
                let inner =
                    { factor with
                        r = Array.init (factor.rank * factor.rank) (fun i -> factor.r[i / factor.rank * p + i % factor.rank])
                        order =
                            factor.order[.. factor.rank - 1] |> Array.map (fun j -> if isColumn j then place[j] else basis.Length)
                        means = Array.map (Array.get factor.means) basis
                        scales = Array.map (Array.get factor.scales) basis }
                let found = Refine.run rows inner 0.0 null goal threads (Refine.start rows)
                found.w, found.b
        let r, k = basis.Length, others.Length
        // [I; Mᵀ], high and low.
        let stacked =
            Array.init ((r + k) * 2 * r) (fun i ->
                let row, column = i / (2 * r), i % (2 * r)
                let entry =
                    if row < r then
                        Double32.ofFloat (if row = column % r then 1.0 else 0.0)
                    else
                        m[(row - r) * r + column % r]
                if column < r then entry.High else entry.Low)
        let w = Array.create (outputs * columns) Double32.zero
        let b = Array.copy solution.b
        if r > 0 then
            let rows = Rows32<float>(stacked, r, true, Array.zeroCreate ((r + k) * outputs), outputs, null)
            let lengths =
                Array.init r (fun j ->
                    sqrt (1.0 + Seq.sum (seq { for i in 0 .. k - 1 -> (Double32.toFloat m[i * r + j]) ** 2.0 })))
            let inner = Factor.ofRows rows (r + k) (Array.zeroCreate r) lengths false 0.0 threads
            let basic =
                Array.init (outputs * (r + 2)) (fun i ->
                    if i % (r + 2) < r then solution.w[i / (r + 2) * columns + basis[i % (r + 2)]] else Double32.zero)
            let v = (Refine.run rows inner 0.0 basic goal threads (Refine.start rows)).w
            for t in 0 .. outputs - 1 do
                for j in 0 .. r - 1 do
                    w[t * columns + basis[j]] <- v[t * r + j]
                for i in 0 .. k - 1 do
                    let mutable sum = Double32.zero
                    for j in 0 .. r - 1 do
                        sum <- sum .+ m[i * r + j] .* v[t * r + j]
                    w[t * columns + others[i]] <- sum
                    if factor.intercept then b[t] <- b[t] .- m0[i] .* sum
        { solution with w = w; b = b }

    /// Σs·(y − ȳ)², or Σs·y² without an intercept.
    let private variation intercept (data: Dataset) output =
        let y, outputs = targetsOf data
        let sum f =
            let mutable total = Double32.zero
            for i in 0 .. data.Rows - 1 do
                let weight = data.Weight i
                if weight > 0.0 then total <- total .+ f weight y[i * outputs + output]
            total
        let weighted (weight: float) (x: DoubleDouble) = Double32.ofFloat weight .* x
        let mean =
            if intercept then
                sum (fun s y -> weighted s (Double32.ofFloat y)) ./ sum (fun s _ -> Double32.ofFloat s)
            else
                Double32.zero
        sum (fun s y ->
            let off = Double32.ofFloat y .- mean
            weighted s (off .* off))
        |> Double32.toFloat

    // ---- the two ways ---------------------------------------------------------------------------------------------

    /// A problem as it is solved: its rows in memory, powers among them, and their sums of products, if they were made.
    [<NoEquality; NoComparison>]
    type private Problem =
        {
            settings: ExactSettings
            data: Dataset
            names: string[]
            ranges: (float * float)[]
            rows: Rows32
            gram: float[]
            /// The rows that count, and the sum of their weights.
            count: int
            total: float
            ridge: float
            threads: int
            goal: float
        }

        member problem.Columns = problem.rows.Columns
        member problem.Size = problem.Columns + 1 + problem.rows.Targets
        member problem.Coefficients = problem.Columns + (if problem.settings.intercept then 1 else 0)

    /// Sums of finite numbers are finite, so that the data are looked at only where one is not.
    let private checkGram (names: string[]) (data: Dataset) (gram: float[]) size =
        let columns = data.Columns
        for j in 0..columns do
            for i in j .. size - 1 do
                if not (Double.IsFinite gram[j * size + i]) then
                    data.CheckFeatures "training data"
                    data.CheckTargets "training data"
                    Errors.outOfRange (if j < columns then names[j] else data.TargetNames[i - columns - 1])
            // Squares of nothing but zeros, or too small to be told from them.
            if j < columns && gram[j * size + j] < 1e-290 && not (isZero data j) then Errors.outOfRange names[j]

    let private prepare (settings: ExactSettings) (data: Dataset) =
        match problems settings data with
        | [] -> ()
        | problems -> Errors.settings problems
        let data = Data.denseFor "exact least squares" data
        let intercept, powers = settings.intercept, settings.powers
        let threads = defaultArg settings.threads Workers.Usual
        let count = Table.keptCount data.Table
        if count = 0 then Errors.noWeight ()
        let total =
            if data.HasWeights then
                let mutable sum = Double32.zero
                for i in 0 .. data.Rows - 1 do
                    sum <- sum .+ Double32.ofFloat (data.Weight i)
                Double32.toFloat sum
            else
                float count
        let ridge = settings.penalty.l2 * total
        let columns = data.Columns * powers
        let p = columns + (if intercept then 1 else 0)
        if count < p && ridge = 0.0 && settings.rankDeficiency = RankDeficiency.Error then
            Errors.underdetermined count p
        let names =
            [| for name in data.Table.featureNames do
                   for power in 1..powers do
                       if power = 1 then name else say $"{name}^{power}" |]
        let cancelled (rows: Rows32) =
            rows.Cancellation <- settings.cancellation
            rows
        let ranges, rows, gram =
            if powers > 1 then
                data.CheckFeatures "training data"
                data.CheckTargets "training data"
                let ranges =
                    Array.init data.Columns (fun j ->
                        seq { for i in Table.kept data.Table -> feature data (i * data.Columns + j) } |> Powers.range intercept)
                ranges, cancelled (powersOf powers ranges data), null
            else
                let y, outputs = targetsOf data
                let rows = rowsWith y outputs data |> cancelled
                let gram = rows.Gram threads
                checkGram names data gram (columns + 1 + outputs)
                [||], rows, gram
        { settings = settings
          data = data
          names = names
          ranges = ranges
          rows = rows
          gram = gram
          count = count
          total = total
          ridge = ridge
          threads = threads
          goal = if isSmall data columns then 1e-27 else sufficient }

    let private orthogonal (problem: Problem) =
        let columns, size, gram = problem.Columns, problem.Size, problem.gram
        let intercept = problem.settings.intercept
        let means, lengths =
            if isNull gram then
                Array.zeroCreate columns, Array.create columns (sqrt problem.total)
            else
                let total = gram[columns * size + columns]
                Array.init columns (fun j -> if intercept then gram[j * size + columns] / total else 0.0),
                Array.init columns (fun j -> sqrt (gram[j * size + j] + problem.ridge))
        Factor.ofRows problem.rows problem.count means lengths intercept problem.ridge problem.threads

    let private refine (problem: Problem) factor start =
        Refine.run problem.rows factor problem.ridge null problem.goal problem.threads start

    /// The solution from the sums of products, refined, if they are good enough.
    let private byGram (problem: Problem) =
        let columns, size, gram = problem.Columns, problem.Size, problem.gram
        if isNull gram then
            None
        else
            Factor.ofGram gram columns size problem.settings.intercept problem.ridge
            |> Option.bind (fun factor ->
                let start = Refine.start problem.rows
                for t in 0 .. problem.rows.Targets - 1 do
                    let y i = gram[i * size + columns + 1 + t]
                    let g =
                        Array.init problem.Coefficients (fun j ->
                            if j = columns then y columns else factor.scales[j] * (y j - factor.means[j] * y columns))
                    let struct (first, _) = Factor.solve factor g
                    Refine.add factor start t first
                    start.errors[t] <- Refine.errorOfGram factor (sqrt (y (columns + 1 + t))) (Refine.unknowns factor start t)
                let solution = refine problem factor start
                if solution.Error <= sufficient then Some(factor, solution) else None)

    let private byReflections (problem: Problem) =
        let factor = orthogonal problem
        if factor.rank < problem.Coefficients && problem.settings.rankDeficiency = RankDeficiency.Error then
            match dependencies factor problem.names with
            | (column, []) :: _ -> if problem.settings.intercept then Errors.constantColumn column else Errors.zeroColumn column
            | (column, others) :: more ->
                Errors.dependentColumn column others (List.map fst more) (Factor.tolerance problem.count)
            | [] -> ()
        let solution = refine problem factor (Refine.start problem.rows)
        if not (solution.Error <= sufficient) then Errors.notRefined solution.passes solution.Error
        factor, solution

    /// Coefficients of a target as they are wanted, the intercept and then the features, from those of the columns.
    let private finish (problem: Problem) (w: int -> DoubleDouble) (b: DoubleDouble) =
        let powers, columns = problem.settings.powers, problem.Columns
        if powers = 1 then
            Array.init (columns + 1) (fun i -> if i = 0 then b else w (i - 1))
        else
            let all = Array.create (columns + 1) b
            for j in 0 .. problem.data.Columns - 1 do
                let own = Array.init (powers + 1) (fun i -> if i = 0 then Double32.zero else w (j * powers + i - 1))
                let shifted = Powers.shift problem.ranges[j] own
                all[0] <- all[0] .+ shifted[0]
                Array.blit shifted 1 all (1 + j * powers) powers
            all

    // ---- inference ------------------------------------------------------------------------------------------------

    /// Conditions from which on standard errors by a triangle have too few digits: about 16 less those of the condition.
    let private largeCondition = 1e3

    /// The standard errors where σ̂ is 1, the intercept first. Of a bad condition they are refined as a solution is, for what
    /// (X̂ᵀ·diag(s)·X̂)⁻¹ has on its diagonal.
    let private unitErrors (problem: Problem) (factor: Factor) =
        let columns, p, intercept = problem.Columns, problem.Coefficients, problem.settings.intercept
        let skipped = if intercept then 0 else 1
        let isRefined = problem.settings.powers = 1 && isSmall problem.data p && Factor.condition 10 factor > largeCondition
        if isRefined then
            let rows = rowsWith (Array.zeroCreate (problem.data.Rows * p)) p problem.data
            let place i = if i + skipped = 0 then columns else i + skipped - 1
            let constant =
                Array.init (p * (columns + 2)) (fun k ->
                    if k % (columns + 2) = place (k / (columns + 2)) then Double32.one else Double32.zero)
            let inverse = Refine.run rows factor 0.0 constant problem.goal problem.threads (Refine.start rows)
            Array.init p (fun i ->
                let entry = if place i = columns then inverse.b[i] else inverse.w[i * columns + place i]
                sqrt (Double32.toFloat entry))
        else
            // All coefficients of the unit vector of each unknown.
            let images =
                Array.init p (fun u ->
                    let scale = if u = columns then Double32.one else Double32.ofFloat factor.scales[u]
                    let b =
                        if u = columns then Double32.one
                        elif intercept then Double32.ofFloat -factor.means[u] .* scale
                        else Double32.zero
                    finish problem (fun j -> if j = u then scale else Double32.zero) b |> Array.map Double32.toFloat)
            Array.init p (fun i -> Factor.length (Factor.half factor (Array.init p (fun u -> images[u][i + skipped]))))

    let private inference
        (problem: Problem)
        (factor: Factor)
        condition
        (solution: Solution)
        (coefficients: float[])
        squares
        output
        =
        let settings, data, columns, p = problem.settings, problem.data, problem.Columns, problem.Coefficients
        if settings.penalty.l2 > 0.0 then Errors.inferenceOfPenalty ()
        if factor.rank < p then Errors.inferenceOfRank factor.rank p
        let counted = if settings.weightKind = WeightKind.Frequency then problem.total else float problem.count
        if counted <= float p then Errors.noFreedom counted p
        let columnsOf (row: float[]) =
            if settings.powers = 1 then
                Array.map Double32.ofFloat row
            else
                Array.concat (Array.map2 (Powers.ofValue settings.powers) problem.ranges row)
        let seen (row: float[]) =
            let values = columnsOf row
            Array.init p (fun u ->
                if u = columns then
                    1.0
                else
                    factor.scales[u] * Double32.toFloat (values[u] .- Double32.ofFloat factor.means[u]))
        let predict (row: float[]) =
            let values = columnsOf row
            let mutable sum = solution.b[output]
            for j in 0 .. columns - 1 do
                sum <- sum .+ values[j] .* solution.w[output * columns + j]
            Double32.toFloat sum
        Inference
            { names = Array.append (if settings.intercept then [| "intercept" |] else [||]) problem.names
              coefficients = if settings.intercept then coefficients else Array.tail coefficients
              units = unitErrors problem factor
              condition = condition
              squares = squares
              total = variation settings.intercept data output
              freedom = counted - float p
              data =
                Some
                    { factor = factor
                      rows = data.Rows
                      columns = data.Columns
                      seen = seen
                      predict = predict
                      row = fun i -> Array.init data.Columns (fun j -> feature data (i * data.Columns + j))
                      weight = data.Weight } }

    // ---- all of it ------------------------------------------------------------------------------------------------

    let internal solve (path: ExactPath option) (settings: ExactSettings) (data: Dataset) : ExactFit =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        let passed value =
            settings.cancellation.ThrowIfCancellationRequested()
            value
        let problem = passed (prepare settings data)
        let data = problem.data
        let columns, outputs, threads = problem.Columns, problem.rows.Targets, problem.threads
        let path, factor, basic =
            match (if path = Some ExactPath.Orthogonal then None else passed (byGram problem)) with
            | Some(factor, solution) -> ExactPath.Gram, factor, solution
            | None ->
                let factor, solution = passed (byReflections problem)
                ExactPath.Orthogonal, factor, solution
        let solution =
            if factor.rank < problem.Coefficients then
                shortest factor data threads problem.goal settings.cancellation basic
            else
                basic
        // What is asked of the solution later is not what was to be cancelled.
        problem.rows.Cancellation <- CancellationToken.None
        let coefficients =
            Array.init outputs (fun t ->
                finish problem (fun j -> solution.w[t * columns + j]) solution.b[t] |> Array.map Double32.toFloat)
        let tensor (shape: int list) (values: float[]) : Tensor = C(CpuTensor<float>(List.toArray shape, values))
        let sums = lazy problem.rows.Residuals(solution.w, solution.b, threads)
        // Refinement does not mend the triangle, and what errors are made of comes from it.
        let judged = lazy (if factor.contraction <= 1e-11 then factor else orthogonal problem)
        let condition = lazy Factor.exactCondition judged.Value
        { settings' = settings
          names = problem.names
          parameters' =
            [ tensor [ columns; outputs ] (Array.init (columns * outputs) (fun i -> coefficients[i % outputs][1 + i / outputs]))
              tensor [ outputs ] (Array.init outputs (fun t -> coefficients[t][0])) ]
          path' = path
          passes' = solution.passes
          rank' = factor.rank
          error' = basic.Error
          condition = condition
          dependent' =
            [ for k in factor.rank .. problem.Coefficients - 1 ->
                  if factor.order[k] < columns then problem.names[factor.order[k]] else "intercept" ]
          inferences =
            Array.init outputs (fun t ->
                lazy
                    (let squares = Double32.toFloat sums.Value[t * (columns + 2) + columns + 1]
                     inference problem judged.Value condition solution coefficients[t] squares t)) }

    /// <summary>The least squares solution for a data set of numbers.</summary>
    /// <exception cref="T:LinearNets.SettingsException">A setting cannot be used; the message lists all of them.</exception>
    /// <exception cref="T:LinearNets.DataException">A value is not finite, there are fewer rows than coefficients, or a column is a
    /// combination of others; the message names it.</exception>
    /// <exception cref="T:System.OperationCanceledException">It was cancelled.</exception>
    let run (settings: ExactSettings) (data: Dataset) = solve None settings data

    /// <summary>The polynomial of a degree that is closest to some points: its weights are those of x, x² and so on, its bias that of 1.
    /// Powers are formed within the solver, in 32 digits.</summary>
    /// <exception cref="T:LinearNets.DataException">A value is not finite, or there are fewer different points than coefficients.</exception>
    let polynomial degree (x: float[]) (y: float[]) =
        ArgumentNullException.ThrowIfNull(x, nameof x)
        Dataset.From(Array.map Array.singleton x, y).WithFeatureNames "x" |> run { defaults with powers = degree }
