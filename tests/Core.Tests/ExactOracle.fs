/// Least squares and inference beside scikit-learn and statsmodels, on well-known data: tests/oracle/penalised.txt.
module LinearNets.Tests.ExactOracle

open NUnit.Framework
open LinearNets
open LinearNets.FSharp

let private optima penalised =
    Recorded.optima.Value
    |> List.filter (fun optimum -> optimum.loss = "squared" && optimum.ratio = 0.0 && (optimum.lambda > 0.0) = penalised)

let private fit (optimum: Optimum) =
    optimum.data
    |> Exact.run { Exact.defaults with intercept = optimum.intercept; penalty = Penalty.l2 optimum.lambda }

let private near what tolerance (expected: seq<float>) (actual: seq<float>) =
    Assert.That(Seq.length actual, Is.EqualTo(Seq.length expected), (what: string))
    Seq.iter2 (fun (e: float) (a: float) -> Assert.That(a, Is.EqualTo(e).Within(tolerance * abs e), what)) expected actual

let private coefficients (optimum: Optimum) tolerance (fit: ExactFit) =
    near "weights" tolerance (Array.concat optimum.coefficients) (Check.values fit.parameters[0])
    near "bias" tolerance optimum.intercepts (Check.values fit.parameters[1])

[<Test>]
let ``ridge regression is scikit-learn's`` () =
    Assert.That((optima true).Length, Is.GreaterThanOrEqualTo 4)
    // Columns that are standardised here and there differ in the last bits, and a weight near 0 in more.
    Fixture.each string (optima true) (fun optimum -> coefficients optimum 1e-12 (fit optimum))

[<Test>]
let ``coefficients, errors, tests and intervals of least squares are those of statsmodels`` () =
    Assert.That((optima false).Length, Is.GreaterThanOrEqualTo 3)
    Fixture.each string (optima false) (fun optimum ->
        let fit = fit optimum
        coefficients optimum 1e-15 fit
        let inference = fit.inference
        let near word actual = near word 1e-9 (optimum.answer.Numbers word) actual
        let intervals low high (actual: seq<Interval>) =
            near low [ for interval in actual -> interval.Lower ]
            near high [ for interval in actual -> interval.Upper ]
        near "errors" inference.StandardErrors
        near "t" inference.TValues
        near "p" inference.PValues
        intervals "low" "high" (inference.ConfidenceIntervals 0.95)
        near "sigma" [ inference.ResidualStandardDeviation ]
        near "r2" [ inference.RSquared ]
        near "leverage" (Array.take 3 (inference.Leverage()))
        let first = [ for i in 0..2 -> optimum.data.Row i ]
        intervals "mean-low" "mean-high" [ for row in first -> inference.MeanInterval(row, 0.95) ]
        intervals "predict-low" "predict-high" [ for row in first -> inference.PredictionInterval(row, 0.95) ])
