/// The solvers beside scikit-learn and statsmodels: the optima recorded in tests/oracle/penalised.txt.
module LinearNets.Tests.AgreementLaws

open NUnit.Framework
open LinearNets
open LinearNets.FSharp

let private lossOf (optimum: Optimum) =
    match optimum.loss with
    | "squared" -> Loss.squared
    | "logistic" -> Loss.binaryCrossEntropy
    | _ -> Loss.crossEntropy

let private outputs (optimum: Optimum) = if optimum.loss = "softmax" then optimum.data.ClassNames.Count else 1

let private penaltyOf (optimum: Optimum) = Penalty.elasticNet optimum.lambda optimum.ratio

/// The solvers that solve a problem, by name, and how near to the optimum they come: a gap says less about weights than a gradient.
let private solvers (optimum: Optimum) =
    let model = Model.linear optimum.data.Columns (outputs optimum)
    // Squares of numbers in the hundreds round to more than 1e-12.
    let tolerance = if optimum.loss = "squared" then 1e-9 else 1e-12
    let lbfgs () =
        Lbfgs.run
            { Lbfgs.defaults with
                model = model
                loss = lossOf optimum
                penalty = penaltyOf optimum
                tolerance = Some tolerance }
            optimum.data
    let newton () =
        Newton.run
            { Newton.defaults with
                model = model
                loss = lossOf optimum
                penalty = penaltyOf optimum
                tolerance = tolerance }
            optimum.data
    let coordinates () =
        CoordinateDescent.run
            { CoordinateDescent.defaults with model = model; penalty = penaltyOf optimum; tolerance = 1e-15 }
            optimum.data
    [ if optimum.intercept && optimum.ratio = 0.0 then
          "L-BFGS", 1e-7, lbfgs
          "Newton", 1e-9, newton
      if optimum.intercept && optimum.loss = "squared" && optimum.lambda > 0.0 then
          "coordinate descent", 1e-6, coordinates ]

/// The mean over the classes is taken off where it is free: of biases always, of weights without an L1 part.
let private centred (optimum: Optimum) (parameters: Tensor list) =
    let off (rows: Tensor) = if optimum.loss = "softmax" then rows - rows.sum (1, keepDim = true) / float rows.shape[1] else rows
    let weights, biases = parameters[0], parameters[1]
    let flat (t: Tensor) = Check.values t
    (if optimum.ratio = 0.0 then flat (off weights) else flat weights), flat (off (biases.view [ 1; biases.nelement ]))

/// A weight is compared with the largest of those that have its units, which is itself where columns are as they came.
let private agrees name (optimum: Optimum) (tolerance: float) parameters =
    let weights, biases = centred optimum parameters
    let units = optimum.answer.Words "columns" = [| "standardised" |]
    let compare what (expected: float[]) (actual: float[]) =
        Assert.That(actual.Length, Is.EqualTo expected.Length)
        let largest = expected |> Array.fold (fun most v -> max most (abs v)) 0.0
        Array.iter2
            (fun e a ->
                let scale = if units then largest else abs e
                Assert.That(abs (e - a), Is.LessThanOrEqualTo(tolerance * scale), $"{name}, {what}: expected {e:R}, got {a:R}")
                Assert.That((a = 0.0), Is.EqualTo((e = 0.0)), $"{name}, {what}: expected {e:R}, got {a:R}"))
            expected
            actual
    compare "weight" (Array.concat optimum.coefficients) weights
    compare "bias" optimum.intercepts biases

let private optima chosen = Recorded.optima.Value |> List.filter chosen

[<Test>]
let ``optima are those of scikit-learn and statsmodels`` () =
    Fixture.each string (optima (fun optimum -> not optimum.separable)) (fun optimum ->
        for name, tolerance, solve in solvers optimum do
            let solved = solve ()
            Assert.That(solved.convergence.Converged, $"{name}: {solved.convergence}")
            let expected = optimum.answer.Number "objective"
            Assert.That(solved.convergence.Objective, Is.EqualTo(expected).Within(1e-13 * expected), name)
            agrees name optimum tolerance solved.parameters)

[<Test>]
let ``least squares with and without a penalty are those of scikit-learn and statsmodels, inference too`` () =
    Fixture.each string (optima (fun optimum -> optimum.loss = "squared" && optimum.ratio = 0.0)) (fun optimum ->
        let fit = optimum.data |> Exact.run { Exact.defaults with intercept = optimum.intercept; penalty = penaltyOf optimum }
        agrees "Exact" optimum 1e-13 fit.parameters
        if optimum.lambda = 0.0 then
            let inference = fit.inference
            let near word (actual: seq<float>) =
                let expected = optimum.answer.Numbers word
                Assert.That(Seq.length actual, Is.EqualTo expected.Length, (word: string))
                Seq.iter2
                    (fun e a -> Assert.That((a: float), Is.EqualTo(e: float).Within(1e-9 * abs e), (word: string)))
                    expected
                    actual
            near "errors" inference.StandardErrors
            near "t" inference.TValues
            near "p" inference.PValues
            near "sigma" [ inference.ResidualStandardDeviation ]
            near "r2" [ inference.RSquared ]
            let intervals low high (actual: seq<Interval>) =
                near low [ for interval in actual -> interval.Lower ]
                near high [ for interval in actual -> interval.Upper ]
            intervals "low" "high" (inference.ConfidenceIntervals 0.95)
            near "leverage" (Array.take 3 (inference.Leverage()))
            let first = [ for i in 0..2 -> optimum.data.Row i ]
            intervals "mean-low" "mean-high" [ for row in first -> inference.MeanInterval(row, 0.95) ]
            intervals "predict-low" "predict-high" [ for row in first -> inference.PredictionInterval(row, 0.95) ])

[<Test>]
let ``classes that can be told apart without error have no optimum, and the solvers say so`` () =
    let separable = optima _.separable
    Assert.That(separable.Length, Is.GreaterThanOrEqualTo 3)
    Fixture.each string separable (fun optimum ->
        for name, _, solve in solvers optimum do
            Assert.That((solve ()).convergence.Criterion, Is.EqualTo Criterion.NoMinimum, name))
