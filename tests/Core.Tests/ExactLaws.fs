/// Least squares to the last digit: NIST's problems, the laws of least squares, and what is refused.
module LinearNets.Tests.ExactLaws

open System
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

// ---- answers that are certified, or were computed in fractions --------------------------------------------------------

/// The digits that agree: −log₁₀ of the relative error; of a certified 0, all where no more than 1e-9 is left.
let private digits (certified: float) (actual: float) =
    if certified = actual then 16.0
    elif certified = 0.0 then (if abs actual <= 1e-9 then 16.0 else 0.0)
    else -log10(abs ((actual - certified) / certified))

let private atLeast least name (certified: seq<float>) (actual: seq<float>) =
    Assert.That(Seq.length actual, Is.EqualTo(Seq.length certified), (name: string))
    Seq.iter2
        (fun c a -> Assert.That(digits c a, Is.GreaterThanOrEqualTo(least: float), $"{name}: expected {c:R}, got {a:R}"))
        certified
        actual

let private settingsOfProblem (problem: ExactProblem) =
    { Exact.defaults with
        intercept = problem.intercept
        powers = problem.degree
        penalty = Penalty.l2 problem.lambda
        rankDeficiency = if problem.degree = 1 then RankDeficiency.MinimumNorm else RankDeficiency.Error }

let private digitsOf (problem: ExactProblem) (fit: ExactFit) =
    let weights = fit.parameters[0]
    problem.Digits(
        Array.init weights.shape[0] (fun j -> Array.init weights.shape[1] (fun k -> float weights.[j, k])),
        Check.values fit.parameters[1]
    )

/// What a certified or exact answer says beside the coefficients, where it says it.
let private judged (problem: ExactProblem) (fit: ExactFit) (leastErrors: float) =
    let errors = problem.answer.Rows "errors"
    for output in 0 .. problem.y[0].Length - 1 do
        if errors <> [||] then
            let inference = fit.inferenceOf output
            atLeast leastErrors "standard error" [ for row in errors -> row[output] ] inference.StandardErrors
            for word, actual in [ "sigma", inference.ResidualStandardDeviation; "r2", inference.RSquared ] do
                if problem.answer.Has word then atLeast 9.0 word [ problem.answer.Number word ] [ actual ]

[<Test>]
let ``NIST: 12 digits of every coefficient; 9 of standard errors, residual standard deviations and R²`` () =
    Assert.That(Recorded.nist.Value.Length, Is.EqualTo 11)
    Fixture.each string Recorded.nist.Value (fun problem ->
        let fit = Exact.run (settingsOfProblem problem) problem.Data
        Assert.That(digitsOf problem fit, Is.GreaterThanOrEqualTo 12.0)
        judged problem fit 9.0)

[<Test>]
let ``12 digits of every coefficient and standard error of the problems that were solved in fractions`` () =
    Fixture.each string Recorded.exact.Value (fun problem ->
        let fit = Exact.run (settingsOfProblem problem) problem.Data
        Assert.That(fit.rank - (if problem.intercept then 1 else 0), Is.EqualTo problem.rank)
        if problem.coefficients <> [||] then Assert.That(digitsOf problem fit, Is.GreaterThanOrEqualTo 12.0)
        if problem.dependent.IsEmpty then judged problem fit 12.0)

[<Test>]
let ``columns that depend on others by fractions are found, and named`` () =
    let problems = Recorded.exact.Value |> List.filter (fun problem -> not problem.dependent.IsEmpty)
    Assert.That(problems.Length, Is.GreaterThanOrEqualTo 8)
    Fixture.each string problems (fun problem ->
        let settings = settingsOfProblem problem
        let fit = Exact.run settings problem.Data
        for name in fit.dependent do
            Assert.That(problem.dependent, Does.Contain name)
        let refused () = Exact.run { settings with rankDeficiency = RankDeficiency.Error } problem.Data |> ignore
        if problem.x.Length >= fit.rank + fit.dependent.Length then
            Check.fails<DataException> [ $"column '{fit.dependent.Head}'" ] refused
        else
            Check.fails<DataException> [ "cannot determine" ] refused)

[<Test>]
let ``through columns that were rounded before, Filip has the digits that are left; powers in the solver have all`` () =
    let filip = Recorded.nist.Value |> List.find (fun problem -> string problem = "Filip")
    let x =
        filip.x
        |> Array.map (fun row -> Array.init 10 (fun i -> Array.replicate (i + 1) row[0] |> Array.fold (*) 1.0))
    let y = Array.map Array.head filip.y
    let rounded = Exact.run Exact.defaults (Dataset.From(x, y))
    Assert.That(digitsOf filip rounded, Is.InRange(6.0, 9.0))
    Assert.That(digitsOf filip (Exact.polynomial 10 (Array.map Array.head filip.x) y), Is.GreaterThanOrEqualTo 12.0)

// ---- problems ----------------------------------------------------------------------------------------------------------

/// Rows enough, features of any kind away from 0, several targets, and weights for every other case.
type private Rows = { x: float[][]; y: float[][]; weights: float[]; kind: int }

let private rowsOf (case: Case) =
    let draw stream count = Random.normals count (Random.split (Random.key case.seed) stream)
    let d, q = case.columns, 1 + case.classes % 3
    let n = 2 * d + 3 + 3 * case.rows
    let kind = case.seed % 3
    let feature (v: float) =
        match kind with
        | 0 -> floor (128.0 + 40.0 * max -3.0 (min 3.0 v))
        | 1 -> float (float32 (case.scale * (v + 3.0)))
        | _ -> case.scale * (v + 3.0)
    { x = draw 0 (n * d) |> Array.map feature |> Array.chunkBySize d
      y = draw 1 (n * q) |> Array.chunkBySize q
      weights = if case.seed % 2 = 0 then null else draw 2 n |> Array.map (fun v -> floor (1.0 + 2.0 * abs v))
      kind = kind }

let private dataOf rows =
    let data =
        match rows.kind with
        | 0 ->
            Dataset(
                Table.create
                    rows.x[0].Length
                    (Features.Bytes(Array.concat rows.x |> Array.map byte))
                    (Targets.Numbers(Array.concat rows.y, rows.y[0].Length))
            )
        | 1 ->
            Dataset(
                Table.create
                    rows.x[0].Length
                    (Features.Singles(Array.concat rows.x |> Array.map float32))
                    (Targets.Numbers(Array.concat rows.y, rows.y[0].Length))
            )
        | _ -> Dataset.From(rows.x, rows.y)
    if isNull rows.weights then data else data.WithWeights rows.weights

let private solved path (fit: ExactSettings) data : ExactFit = Exact.solve path fit data

let private withBias = Exact.defaults
let private settingsOf (case: Case) =
    { withBias with
        intercept = case.seed % 5 > 0
        penalty = if case.seed % 7 < 2 then Penalty.l2 0.3 else Penalty.none }

/// Both, to so many units of rounding of the largest of a target; a case that is too close to a dependent column has fewer digits.
let private same tolerance (expected: Tensor list) (actual: Tensor list) =
    List.iter2
        (fun (e: Tensor) a -> Check.near (tolerance * max 1e-3 (Check.largest expected[0] + Check.largest expected[1])) e a)
        expected
        actual

// ---- what least squares are --------------------------------------------------------------------------------------------

[<Law>]
let ``the gradient of the objective is 0 at the solution, with weights, with a penalty and without`` (case: Case) =
    let settings = { settingsOf case with intercept = true }
    let rows = rowsOf case
    let data = dataOf rows
    let fit = Exact.run settings data
    let objective = { Objective.create (Model.linear data.Columns data.Outputs) Loss.squared with penalty = settings.penalty }
    let wide values = dsharp.tensor (array2D (Seq.map Seq.ofArray values), dtype = Dtype.Float64)
    let weights = if isNull rows.weights then None else Some(dsharp.tensor (rows.weights, dtype = Dtype.Float64))
    let pass = Objective.autodiff objective fit.parameters { x = wide rows.x; y = wide rows.y; weights = weights }
    let size = rows.x |> Array.collect id |> Array.fold (fun most v -> max most (abs v)) 1.0
    for g in pass.gradient do
        Check.near (1e-13 * size * size * (1.0 + Check.largest fit.parameters[0] + Check.largest fit.parameters[1])) (g * 0.0) g

[<Law>]
let ``the normal equations have the same solution`` (case: Case) =
    let rows = { rowsOf case with weights = null }
    let fit = Exact.run withBias (dataOf rows)
    let wide values = dsharp.tensor (array2D (Seq.map Seq.ofArray values), dtype = Dtype.Float64)
    let kappa = fit.conditionNumber
    same (1e-12 * kappa * kappa) (LeastSquares.normalEquations (wide rows.x) (wide rows.y)) fit.parameters

[<Law>]
let ``by sums of products and by reflections is the same`` (case: Case) =
    let settings, data = settingsOf case, dataOf (rowsOf case)
    let byGram = solved None settings data
    let byReflections = solved (Some ExactPath.Orthogonal) settings data
    Assert.That(byReflections.path, Is.EqualTo ExactPath.Orthogonal)
    same 1e-15 byReflections.parameters byGram.parameters
    Check.nearNumber (1e-6 * byGram.conditionNumber) byReflections.conditionNumber byGram.conditionNumber

[<Law>]
let ``scaling a column scales its coefficient by the inverse`` (case: Case) =
    let rows = { rowsOf case with kind = 2 }
    let settings = { settingsOf case with penalty = Penalty.none }
    // A power of two: by another number the data would be rounded, and so be others.
    let c = if case.seed % 2 = 0 then 2.0 ** -22.0 else -(2.0 ** 29.0)
    let scaled = { rows with x = rows.x |> Array.map (Array.mapi (fun j v -> if j = 0 then c * v else v)) }
    let fit, other = Exact.run settings (dataOf rows), Exact.run settings (dataOf scaled)
    let expected = fit.parameters[0]
    let actual = other.parameters[0]
    let factor = dsharp.tensor (Array.init case.columns (fun j -> if j = 0 then c else 1.0), dtype = Dtype.Float64)
    let back = actual * factor.view [ case.columns; 1 ]
    same (1e-14 * fit.conditionNumber) [ expected; fit.parameters[1] ] [ back; other.parameters[1] ]

[<Law>]
let ``a weight of 0 is a row removed, a weight of 2 a row that is there twice, and rows have no order`` (case: Case) =
    let rows = rowsOf case
    let n = rows.x.Length
    let weights =
        Array.init n (fun i ->
            if i < n - case.rows then 1.0
            elif i % 2 = 0 then 0.0
            else 2.0)
    let counted =
        [| for i in 0 .. n - 1 do
               for _ in 1 .. int weights[i] -> i |]
    let order = Random.permutation counted.Length (Random.key case.seed)
    let pick (values: float[][]) = order |> Array.map (fun k -> values[counted[k]])
    let weighted = dataOf { rows with weights = weights }
    let repeated = dataOf { rows with x = pick rows.x; y = pick rows.y; weights = null }
    let settings = { settingsOf case with weightKind = WeightKind.Frequency }
    let expected, actual = Exact.run settings repeated, Exact.run settings weighted
    same 1e-15 expected.parameters actual.parameters
    if settings.penalty = Penalty.none then
        let near (e: seq<float>) (a: seq<float>) = Seq.iter2 (fun e a -> Check.nearNumber (1e-9 * abs e) e a) e a
        near expected.inference.StandardErrors actual.inference.StandardErrors
        near [ expected.inference.RSquared + 1.0 ] [ actual.inference.RSquared + 1.0 ]
        // An importance weight does not make rows.
        let importance = (Exact.run { settings with weightKind = WeightKind.Importance } weighted).inference
        let kept = weights |> Array.filter (fun w -> w > 0.0) |> Array.length
        let p = case.columns + (if settings.intercept then 1 else 0)
        Assert.That(importance.DegreesOfFreedom, Is.EqualTo(float (kept - p)))

[<Law>]
let ``several targets are solved as one by one`` (case: Case) =
    let rows = rowsOf case
    let fit = Exact.run (settingsOf case) (dataOf rows)
    for t in 0 .. rows.y[0].Length - 1 do
        let one = Exact.run (settingsOf case) (dataOf { rows with y = rows.y |> Array.map (fun y -> [| y[t] |]) })
        let d = case.columns
        same 1e-15 one.parameters [ fit.parameters[0].[*, t..t].view [ d; 1 ]; fit.parameters[1].[t..t] ]

[<Test>]
let ``the number of threads changes no bit, by either way`` () =
    let case = { rows = 900; columns = 11; classes = 2; scale = 1.0; dtype = Dtype.Float64; seed = 5 }
    for path in [ None; Some ExactPath.Orthogonal ] do
        let fit threads = solved path { withBias with threads = Some threads } (dataOf (rowsOf case))
        let one = fit 1
        for threads in [ 2; 3; 7 ] do
            Fixture.sameBitsEach one.parameters (fit threads).parameters
            Assert.That((fit threads).inference.StandardErrors, Is.EqualTo(box one.inference.StandardErrors))

[<Test>]
let ``a big problem of a good condition needs no pass of refinement, and loses nothing by it`` () =
    let n, d = 30000, 40
    let draw stream count = Random.normals count (Random.split (Random.key 3) stream)
    let x, w, noise = draw 0 (n * d) |> Array.chunkBySize d, draw 1 d, draw 2 n
    let data = Dataset.From(x, Array.init n (fun i -> 2.0 + noise[i] + Array.fold2 (fun sum a b -> sum + a * b) 0.0 x[i] w))
    let fit = Exact.run withBias data
    Assert.That((fit.path, fit.passes), Is.EqualTo((ExactPath.Gram, 0)))
    let refined = solved (Some ExactPath.Orthogonal) withBias data
    Assert.That(refined.passes, Is.GreaterThan 0)
    for e, a in Seq.zip (refined.parameters |> Seq.collect Check.values) (fit.parameters |> Seq.collect Check.values) do
        Check.nearNumber (1e-12 * max (abs e) 0.01) e a

// ---- problems that others get wrong --------------------------------------------------------------------------------------

let private weightsAndBias (fit: ExactFit) = Array.append (Check.values fit.parameters[0]) (Check.values fit.parameters[1])

let private exactly (expected: float list) (actual: float[]) =
    Assert.That(actual.Length, Is.EqualTo expected.Length)
    List.iteri (fun i e -> Check.nearNumber (1e-13 * abs e) e actual[i]) expected

let private origin = { withBias with intercept = false }
let private shortest = { withBias with rankDeficiency = RankDeficiency.MinimumNorm }

[<Test>]
let ``a matrix of Läuchli, whose squares are all 1 to double precision`` () =
    // With r = Σx − 3½ the equations are e²(xᵢ − cᵢ) + r = 0, so that xᵢ = cᵢ − (Σc − 3½)/(3 + e²).
    for e in [ Math.ScaleB(1.0, -20); Math.ScaleB(1.0, -27); Math.ScaleB(1.0, -40) ] do
        let x = [| [| 1.0; 1.0; 1.0 |]; [| e; 0.0; 0.0 |]; [| 0.0; e; 0.0 |]; [| 0.0; 0.0; e |] |]
        let fit = Exact.run origin (Dataset.From(x, [| 3.5; e; e; 2.0 * e |]))
        let off = 0.5 / (3.0 + e * e)
        exactly [ 1.0 - off; 1.0 - off; 2.0 - off; 0.0 ] (weightsAndBias fit)

[<Test>]
let ``data far from 0`` () =
    // y = 3k ± ¼: the slope of the signs on k = 0 … 9 is −1/66, as Σ(k − 4½)² = 82½ and Σ(k − 4½)(±¼) = −5/4.
    for far in [ 1e6; 1e10; 1e15 ] do
        let x = [| for k in 0..9 -> [| far + float k |] |]
        let y = [| for k in 0..9 -> 3.0 * float k + (if k % 2 = 0 then 0.25 else -0.25) |]
        let fit = Exact.run withBias (Dataset.From(x, y))
        let slope = 3.0 - 1.0 / 66.0
        Check.nearNumber (1e-15 * slope) slope (Check.values fit.parameters[0]).[0]
        Check.nearNumber 1e-12 1.0 ((Check.values fit.parameters[1]).[0] / (13.5 - slope * (far + 4.5)))

[<Test>]
let ``whole polynomials are found again, far from 0 too`` () =
    let x = [| for k in 0..14 -> 100.0 + float k |]
    let y = x |> Array.map (fun x -> 7.0 + x * (-3.0 + x * (2.0 + x * (1.0 - 4.0 * x))))
    let fit = Exact.polynomial 4 x y
    exactly [ -3.0; 2.0; 1.0; -4.0; 7.0 ] (weightsAndBias fit)
    Assert.That(fit.featureNames, Is.EqualTo(box [ "x"; "x^2"; "x^3"; "x^4" ]))
    // Without an intercept, and of two features.
    let data =
        Dataset.From(
            Array.init 12 (fun i -> [| float i; float (i * i % 7) |]),
            Array.init 12 (fun i -> float (5 * i - i * i) + 2.0 * float (i * i % 7))
        )
    let fit = Exact.run { origin with powers = 2 } data
    Check.near 1e-14 (dsharp.tensor ([ 5.0; -1.0; 2.0; 0.0 ], dtype = Dtype.Float64)) (fit.parameters[0].view [ 4 ])

[<Test>]
let ``the shortest of many solutions`` () =
    let fit =
        Exact.run
            { shortest with intercept = false }
            (Dataset.From([| [| 1.0; 2.0; 3.0 |]; [| 4.0; 5.0; 6.0 |] |], [| 1.0; 2.0 |]))
    exactly [ -1.0 / 18.0; 1.0 / 9.0; 5.0 / 18.0; 0.0 ] (weightsAndBias fit)
    Assert.That(fit.rank, Is.EqualTo 2)
    // A column that is there twice, one of them in other units: w and 1e3·w share what one would have, as 1 : 1e3.
    let x = Array.init 9 (fun i -> [| float i; 1000.0 * float i; float (i * i) |])
    let fit = Exact.run shortest (Dataset.From(x, x |> Array.map (fun row -> 1000001.0 * row[0] + row[2] + 4.0)))
    Check.near
        1e-9
        (dsharp.tensor ([ 1.0; 1000.0; 1.0; 4.0 ], dtype = Dtype.Float64))
        (dsharp.tensor (weightsAndBias fit, dtype = Dtype.Float64))
    Assert.That(fit.dependent.Length, Is.EqualTo 1)
    // A constant is the intercept's.
    let fit =
        Exact.run shortest (Dataset.From(Array.init 9 (fun i -> [| float i; 0.1 |]), Array.init 9 (fun i -> 2.0 * float i + 1.0)))
    Check.near
        1e-30
        (dsharp.tensor ([ 0.0 ], dtype = Dtype.Float64))
        (dsharp.tensor ([ Check.values(fit.parameters[0])[1] ], dtype = Dtype.Float64))
    Assert.That(fit.dependent, Is.EqualTo(box [ "x2" ]))

[<Law>]
let ``the shortest solution fits as well as any and is a combination of the rows`` (case: Case) =
    let draw stream count = Random.normals count (Random.split (Random.key case.seed) stream)
    let n, d = 1 + case.rows, 2 + case.rows + case.columns
    let x, y = draw 0 (n * d) |> Array.chunkBySize d, draw 1 n
    let fit = Exact.run { shortest with intercept = false } (Dataset.From(x, y))
    let w = Check.values fit.parameters[0]
    Array.iter2 (fun row y -> Check.nearNumber 1e-12 y (Array.fold2 (fun s a b -> s + a * b) 0.0 row w)) x y
    let across = Exact.run origin (Dataset.From(Array.transpose x, w))
    let left =
        Array.init d (fun j ->
            w[j] - Array.fold2 (fun s (row: float[]) a -> s + row[j] * a) 0.0 x (Check.values across.parameters[0]))
    for r in left do
        Check.nearNumber 1e-12 0.0 r

// ---- inference -----------------------------------------------------------------------------------------------------------

[<Test>]
let ``p is right far out and close to 0, and a quantile is the inverse`` () =
    // By hypergeometric series with 40 digits.
    for t, nu, p in
        [ 0.1, 1.0, 0.93654896513889286
          2.0, 3.0, 0.13932596855884318
          1e-9, 7.0, 0.9999999992300171
          12.5, 9.0, 5.4343131817806518e-7
          40.0, 30.0, 1.3726045194406403e-27
          300.0, 20.0, 5.1635973747451461e-38
          1e5, 10.0, 2.4609374887207032e-46 ] do
        Check.nearNumber (1e-12 * p) p (StudentT.twoSided nu t)
        Check.nearNumber (1e-12 * p) p (StudentT.twoSided nu -t)
    Check.nearNumber (1e-8 * 0.0026998625414217971) 0.0026998625414217971 (StudentT.twoSided 1e6 3.0)
    Assert.That(StudentT.twoSided 5.0 infinity, Is.Zero)
    Assert.That(StudentT.twoSided 5.0 0.0, Is.EqualTo 1.0)
    for nu, p, t in
        [ 1.0, 0.05, 12.706204736174705
          10.0, 0.05, 2.2281388519862747
          3.0, 0.01, 5.8409093097333573
          100.0, 0.5, 0.67695104301147148
          5.0, 1e-6, 28.47847346298421 ] do
        Check.nearNumber (1e-12 * t) t (StudentT.quantile nu p)
    Check.nearNumber 1e-24 1e-12 (StudentT.twoSided 8.0 (StudentT.quantile 8.0 1e-12))

[<Law>]
let ``leverages have the sum of the coefficients, and a row's mean has the error that its leverage says`` (case: Case) =
    let settings = { settingsOf case with penalty = Penalty.none }
    let rows = rowsOf case
    let inference = (Exact.run settings (dataOf rows)).inference
    let p = inference.Coefficients.Count
    let leverage = inference.Leverage()
    Check.nearNumber 1e-8 (float p) (Array.sum leverage)
    Assert.That(leverage |> Array.forall (fun h -> h >= 0.0 && h <= 1.0 + 1e-9))
    let mean, other = inference.MeanInterval(rows.x[0], 0.9), inference.PredictionInterval(rows.x[0], 0.9)
    let weight = if isNull rows.weights then 1.0 else rows.weights[0]
    let half = StudentT.quantile inference.DegreesOfFreedom 0.1 * inference.ResidualStandardDeviation
    Check.nearNumber (1e-6 * half) (half * sqrt (leverage[0] / weight)) (0.5 * (mean.Upper - mean.Lower))
    Check.nearNumber (1e-6 * half) (half * sqrt (1.0 + leverage[0] / weight)) (0.5 * (other.Upper - other.Lower))
    Check.nearNumber (1e-9 * half) (mean.Upper + mean.Lower) (other.Upper + other.Lower)

[<Test>]
let ``inference is the textbook's`` () =
    // x = 0 … 4, y = 1, 3, 2, 5, 4: slope 8/10, mean 3, Σr² = 10 − 6.4 = 3.6, σ² = 1.2.
    let fit = Exact.run withBias (Dataset.From(Array.init 5 (fun i -> [| float i |]), [| 1.0; 3.0; 2.0; 5.0; 4.0 |]))
    let inference = fit.inference
    let near = Check.nearNumber 1e-14
    Assert.That(inference.Names, Is.EqualTo(box [ "intercept"; "x" ]))
    near 0.64 inference.RSquared
    near (sqrt 1.2) inference.ResidualStandardDeviation
    near (sqrt 0.12) inference.StandardErrors[1]
    near (sqrt (1.2 * (0.2 + 4.0 / 10.0))) inference.StandardErrors[0]
    near (0.8 / sqrt 0.12) inference.TValues[1]
    near 0.10408803866182788 inference.PValues[1]
    let interval = inference.ConfidenceIntervals(0.95)[1]
    near (0.8 - 3.1824463052837091 * sqrt 0.12) interval.Lower
    near (0.8 + 3.1824463052837091 * sqrt 0.12) interval.Upper
    near 3.0 inference.DegreesOfFreedom
    near 1.0 inference.ConditionNumber
    Assert.That(string inference, Does.Contain("coefficient").And.Contain("R² 0.64"))
    Assert.That(string fit, Does.Contain("least squares, Gram, rank 2"))

// ---- what is refused -----------------------------------------------------------------------------------------------------

let private line = Array.init 9 (fun i -> [| float i; float (i * i) |])
let private run settings (x: float[][]) y () = Exact.run settings (Dataset.From(x, (y: float[]))) |> ignore
let private y9 = Array.init 9 (fun i -> float (i % 4))
let private data9 = Dataset.From(line, y9)

[<Test>]
let ``settings that cannot be are told all at once`` () =
    let wrong =
        { withBias with
            penalty = { l1 = 0.5; l2 = -1.0 }
            powers = 0
            threads = Some 0
            rankDeficiency = enum 9
            weightKind = enum 9 }
    let e = Check.caught<SettingsException>(run wrong line y9)
    Assert.That(e.Problems.Count, Is.EqualTo 6)
    for words in
        [ "L2 penalty's factor is -1"
          "Use CoordinateDescent"
          "highest power is 0"
          "number of threads is 0"
          "dependent columns is 9"
          "kind of weights is 9" ] do
        Assert.That(e.Message, Does.Contain words)
    Check.fails<SettingsException> [ "highest power is 2 with a minimum norm" ] (run { shortest with powers = 2 } line y9)
    let classes = Dataset.From([| [| 1.0 |]; [| 2.0 |] |], [| 0; 1 |])
    Check.fails<SettingsException> [ "targets are classes"; "Lbfgs" ] (fun () -> Exact.run withBias classes |> ignore)
    Check.fails<ArgumentNullException> [ "data" ] (fun () -> Exact.run withBias null |> ignore)

[<Test>]
let ``columns that are combinations of others are named`` () =
    let with' column = Array.map (fun (row: float[]) -> Array.append row [| column row |]) line
    let fails words x = Check.fails<DataException> words (run withBias x y9)
    fails [ "column 'x3' is a combination of 'x1'"; "minimum norm" ] (with' (fun row -> row[0]))
    fails [ "column 'x3' is the same in every row, as the intercept is" ] (with' (fun _ -> 0.1))
    fails [ "'x1'"; "'x2'"; "'x3'"; "is a combination of" ] (with' (fun row -> 2.0 * row[0] - row[1] / 3.0))
    Check.fails<DataException> [ "column 'x3' is 0 in every row" ] (run origin (with' (fun _ -> 0.0)) y9)
    let named = Dataset.From(with' (fun row -> row[0]), y9).WithFeatureNames("area", "age", "surface")
    let e = Check.caught<DataException>(fun () -> Exact.run withBias named |> ignore)
    Assert.That(e.Message, Does.Contain "column 'surface' is a combination of 'area'")
    Assert.That(e.Where, Is.EqualTo "column 'surface'")
    // Too few different points for a polynomial.
    Check.fails<DataException> [ "combination"; "x^" ] (fun () ->
        Exact.polynomial 3 [| 1.0; 2.0; 3.0; 1.0; 2.0; 3.0 |] [| 1.0 .. 6.0 |] |> ignore)
    // A penalty decides among the solutions.
    Assert.That(
        (Exact.run { withBias with penalty = Penalty.l2 0.1 } (Dataset.From(with' (fun row -> row[0]), y9))).rank,
        Is.EqualTo 4
    )

[<Test>]
let ``data that cannot be used are told by their place`` () =
    let fails words x y = Check.fails<DataException> words (run withBias x y)
    fails [ "3 coefficients"; "2 rows"; "minimum norm" ] line[..1] y9[..1]
    let spoilt value = line |> Array.mapi (fun i row -> if i = 4 then [| row[0]; value |] else row)
    fails [ "NaN in row 4"; "feature 'x2'" ] (spoilt nan) y9
    fails [ "Infinity in row 4"; "feature 'x2'" ] (spoilt infinity) y9
    fails [ "NaN in row 8"; "target 'y'" ] line (Array.updateAt 8 nan y9)
    fails [ "column 'x2'"; "1e150" ] (line |> Array.map (fun row -> [| row[0]; 1e200 * row[1] |])) y9
    fails [ "column 'x2'"; "1e-140" ] (line |> Array.map (fun row -> [| row[0]; 1e-200 * row[1] |])) y9
    Check.fails<DataException> [ "NaN in row 4"; "feature 'x2'" ] (fun () ->
        Exact.run { withBias with powers = 2 } (Dataset.From(spoilt nan, y9)) |> ignore)
    Check.fails<DataException> [ "-1 in row 2" ] (fun () ->
        Exact.run withBias (data9.WithWeights(Array.init 9 (fun i -> if i = 2 then -1.0 else 1.0))) |> ignore)
    Check.fails<DataException> [ "all 0" ] (fun () -> Exact.run withBias (data9.WithWeights(Array.zeroCreate 9)) |> ignore)
    let last = data9.WithWeights(Array.init 9 (fun i -> if i = 8 then 1.0 else 0.0))
    Check.fails<DataException> [ "all 0" ] (fun () -> Exact.run withBias (last.Slice(0, 8)) |> ignore)
    // What has no weight is not looked at.
    let unseen = Dataset.From(spoilt nan, y9).WithWeights(Array.init 9 (fun i -> if i = 4 then 0.0 else 1.0))
    Assert.That((Exact.run withBias unseen).rank, Is.EqualTo 3)

[<Test>]
let ``inference that does not exist says why`` () =
    let inference settings data () = (Exact.run settings data).inference |> ignore
    Check.fails<SettingsException> [ "L2 penalty" ] (inference { withBias with penalty = Penalty.l2 0.1 } data9)
    Check.fails<DataException>
        [ "2 of 3 coefficients" ]
        (inference shortest (Dataset.From(Array.map (fun (r: float[]) -> [| r[0]; r[0] |]) line, y9)))
    Check.fails<DataException> [ "3 rows with 3 coefficients" ] (inference withBias (data9.Slice(0, 3)))
    let fit = Exact.run withBias data9
    Check.fails<SettingsException> [ "output is 1" ] (fun () -> fit.inferenceOf 1 |> ignore)
    Check.fails<SettingsException> [ "level of an interval is 95" ] (fun () -> fit.inference.ConfidenceIntervals 95.0 |> ignore)
    Check.fails<ShapeException> [ "[1]"; "[2]" ] (fun () -> fit.inference.PredictionInterval([| 1.0 |], 0.9) |> ignore)
