/// Solvers against the optima that scikit-learn and statsmodels find on well-known data, and against the conditions of an optimum.
module LinearNets.Tests.SolverOracle

open System
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

let private lossOf (optimum: Optimum) =
    match optimum.loss with
    | "squared" -> Loss.squared
    | "logistic" -> Loss.binaryCrossEntropy
    | _ -> Loss.crossEntropy

let private modelOf (optimum: Optimum) =
    let d, q = optimum.data.Columns, optimum.data.Outputs
    if optimum.intercept then
        Model.linear d q
    else
        Model.define "without bias" [ Parameter.weight "weight" [ d; q ] ] (fun p x -> x.matmul p.Head)

let private penaltyOf (optimum: Optimum) = Penalty.elasticNet optimum.lambda optimum.ratio

let private lbfgs (optimum: Optimum) =
    Lbfgs.run
        { Lbfgs.defaults with
            model = modelOf optimum
            loss = lossOf optimum
            penalty = penaltyOf optimum
            tolerance = Some 1e-12
            iterations = 20000 }
        optimum.data

let private newton (optimum: Optimum) =
    Newton.run { Newton.defaults with model = modelOf optimum; loss = lossOf optimum; penalty = penaltyOf optimum } optimum.data

let private descent (optimum: Optimum) =
    CoordinateDescent.run
        { CoordinateDescent.defaults with
            model = modelOf optimum
            penalty = penaltyOf optimum
            tolerance = (if optimum.ratio = 0.0 then 1e-26 else 1e-14)
            sweeps = 1000000 }
        optimum.data

let private fista (optimum: Optimum) =
    Fista.run
        { Fista.defaults with
            model = modelOf optimum
            loss = lossOf optimum
            penalty = penaltyOf optimum
            tolerance = Some 1e-12
            iterations = 20000 }
        optimum.data

/// The solvers that take a case.
let private solvers (optimum: Optimum) =
    [ if optimum.ratio = 0.0 then
          "L-BFGS", lbfgs
          if optimum.intercept then "Newton", newton
      if optimum.loss = "squared" && optimum.lambda > 0.0 && optimum.intercept then "coordinate descent", descent
      if optimum.ratio > 0.0 then "FISTA", fista ]

/// The largest violation of the conditions of an optimum, as penalised.py has it, and the objective.
let private judged (optimum: Optimum) (parameters: Tensor list) =
    let penalty = penaltyOf optimum
    let smooth = { model = modelOf optimum; loss = lossOf optimum; penalty = Penalty.l2 penalty.l2; classWeights = [] }
    let all = Data.all optimum.data
    let gradient = (Objective.autodiff smooth parameters all).gradient
    let ofWeight w g = if w = 0.0 then max 0.0 (abs g - penalty.l1) else abs (g + penalty.l1 * float (sign w))
    let weights = Array.map2 ofWeight (Check.values parameters.Head) (Check.values gradient.Head)
    let biases = gradient.Tail |> List.map Check.largest
    List.max (Array.max weights :: biases), float (Objective.value { smooth with penalty = penalty } parameters all)

let private name (optimum: Optimum, (solver: string, _)) = $"{optimum} by {solver}"

[<Test>]
let ``solvers find the optima that scikit-learn and statsmodels find, to more digits`` () =
    let cases =
        [ for optimum in Recorded.optima.Value do
              if not optimum.separable then for solver in solvers optimum -> optimum, solver ]
    Assert.That(cases.Length, Is.GreaterThan 50)
    Fixture.each name cases (fun (optimum, (_, solve)) ->
        let solved: Solved = solve optimum
        Assert.That(solved.convergence.Converged, $"{solved}")
        let residual, value = judged optimum solved.parameters
        // The objectives of raw data are in the thousands, and their features up to hundreds.
        let scale = max 1.0 value
        // A model of one's own, as one without bias is here, begins without a guess at the curvature.
        Assert.That(residual, Is.LessThan((if optimum.intercept then 1e-10 else 1e-9) * scale), $"{solved}")
        Check.nearNumber (1e-10 * scale) (optimum.answer.Number "objective") value
        Check.nearNumber (1e-10 * scale) value solved.convergence.Objective
        let expected = Array.concat optimum.coefficients
        let largest = expected |> Array.map abs |> Array.max
        let actual = Check.values solved.parameters.Head
        Assert.That(actual.Length, Is.EqualTo expected.Length)
        for e, a in Array.zip expected actual do
            if e = 0.0 && optimum.ratio > 0.0 then Assert.That(a, Is.EqualTo 0.0)
            Check.nearNumber (1e-6 * largest) e a
        if optimum.intercept then
            let largest = optimum.intercepts |> Array.map abs |> Array.max
            for e, a in Array.zip optimum.intercepts (Check.values solved.parameters[1]) do
                Check.nearNumber (1e-6 * max 1.0 largest) e a)

[<Test>]
let ``on sparse rows they find the same`` () =
    let cases =
        [ for optimum in Recorded.optima.Value do
              if not optimum.separable && optimum.intercept then
                  let optimum = { optimum with data = optimum.data.ToSparse() }
                  for solver in solvers optimum -> optimum, solver ]
    Assert.That(cases.Length, Is.GreaterThan 40)
    Fixture.each name cases (fun (optimum, (_, solve)) ->
        let solved: Solved = solve optimum
        Assert.That(solved.convergence.Converged, $"{solved}")
        let scale = max 1.0 solved.convergence.Objective
        Check.nearNumber (1e-10 * scale) (optimum.answer.Number "objective") solved.convergence.Objective)

[<Test>]
let ``where the classes are separable the solvers say that there is no optimum`` () =
    let cases =
        [ for optimum in Recorded.optima.Value do
              if optimum.separable then for solver in solvers optimum -> optimum, solver ]
    Assert.That(cases.Length, Is.GreaterThanOrEqualTo 6)
    Fixture.each name cases (fun (optimum, (_, solve)) ->
        let solved: Solved = solve optimum
        Assert.That(solved.convergence.Criterion, Is.EqualTo Criterion.NoMinimum, $"{solved}"))

[<Test>]
let ``the path of the lasso passes the recorded optima`` () =
    let optima =
        Recorded.optima.Value
        |> List.filter (fun optimum ->
            optimum.answer.Name.StartsWith "diabetes-lasso-" && Char.IsDigit(Seq.last optimum.answer.Name))
    Assert.That(optima.Length, Is.EqualTo 5)
    let lambdas = optima |> List.map _.lambda |> List.sortDescending
    let settings = { CoordinateDescent.defaults with model = modelOf optima.Head; tolerance = 1e-14 }
    let points = CoordinateDescent.path { CoordinateDescent.pathDefaults with lambdas = lambdas } settings optima.Head.data
    for point in points do
        let optimum = optima |> List.find (fun optimum -> optimum.lambda = point.lambda)
        let expected = Array.concat optimum.coefficients
        Assert.That(point.nonZero, Is.EqualTo(expected |> Array.filter ((<>) 0.0) |> Array.length), $"{optimum}")
        for e, a in Array.zip expected (Check.values point.parameters.Head) do
            Check.nearNumber (1e-8 * (1.0 + Array.max expected)) e a
