/// What solvers promise: at the end the conditions of a minimum hold, all of them end at the same one, and the report is true.
module LinearNets.Tests.SolverLaws

open System
open System.Threading
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

// ---- problems --------------------------------------------------------------------------------------------------------

let private draw (case: Case) stream count = Random.normals count (Random.split (Random.key case.seed) stream)

let private pick (items: 'a list) n = items[abs n % items.Length]

/// Features of different units, none far from 1 as far as the case's scale goes, and some away from 0.
let private features (case: Case) n d =
    let x = draw case 0 (n * d)
    Array2D.init n d (fun i j -> 10.0 ** float (j % 3 - 1) * (x[i * d + j] + float (j % 2)))

/// Rows of a problem: more than parameters, so that a minimum without a penalty is likely to be one.
let private sizes (case: Case) = 40 + 10 * case.rows, min 6 case.columns, 2 + case.classes % 3

let private weighted (case: Case) fixed' n (data: Dataset) =
    if case.seed % 3 = 0 then
        data.WithWeights(
            draw case 7 n
            |> Array.map (fun v -> floor (2.0 * abs v))
            |> Array.mapi (fun i w -> if i < fixed' then 1.0 else w)
        )
    else
        data

let private softmax (case: Case) =
    let n, d, q = sizes case
    // The first rows are d + 1 points with every label each: whatever way the weights go, some of them get worse, and so there is
    // a minimum. The labels of the others have noise.
    let all = (d + 1) * q
    let points = features case n d
    let x = Array2D.init (all + n) d (fun i j -> if i < all then points[i / q, j] else points[i - all, j])
    let noise = draw case 1 (n * q)
    let score i c = 0.7 * points[i, c % d] * 10.0 ** float (1 - (c % d) % 3) + noise[i * q + c]
    let labels = Array.init (all + n) (fun i -> if i < all then i % q else Seq.maxBy (score (i - all)) (seq { 0 .. q - 1 }))
    let classWeights = if case.seed % 2 = 0 then List.init q (fun c -> 0.5 + float c) else []
    Loss.crossEntropy, classWeights, weighted case all (all + n) (Dataset.From(x, labels)), q

let private logistic (case: Case) =
    let n, d, _ = sizes case
    let x = features case n d
    let noise = draw case 1 (2 * n)
    let answers = Array2D.init n 2 (fun i k -> if x[i, 0] + 10.0 * noise[2 * i + k] > 0.0 then 1.0 else 0.0)
    Loss.binaryCrossEntropy, [], weighted case 5 n (Dataset.From(x, answers)), 2

let private numbers (case: Case) =
    let n, d, _ = sizes case
    let x, noise = features case n d, draw case 1 (2 * n)
    let y = Array2D.init n 2 (fun i k -> 3.0 + x[i, 0] * float (k + 1) - x[i, d - 1] + noise[2 * i + k])
    pick [ Loss.squared; Loss.mse; Loss.gaussian 0.7 ] case.seed, [], weighted case 5 n (Dataset.From(x, y)), 2

let private penalties = [ Penalty.l2 0.01; Penalty.l2 1.0; Penalty.none ]

/// Every loss that Newton's method knows, with data, a model and a penalty.
let private problems case =
    [ for loss, classWeights, data, q in [ softmax case; logistic case; numbers case ] do
          let model = Model.compose [ Model.scale 0.5; Model.linear data.Columns q ]
          data,
          { Lbfgs.defaults with
              model = model
              loss = loss
              classWeights = classWeights
              penalty = pick penalties (case.seed / 5) } ]

let private newton (settings: LbfgsSettings) =
    { Newton.defaults with
        model = settings.model
        loss = settings.loss
        classWeights = settings.classWeights
        penalty = settings.penalty }

let private objective (settings: LbfgsSettings) =
    { model = settings.model
      loss = settings.loss
      penalty = settings.penalty
      classWeights = settings.classWeights }

/// All rows but those of weight 0.
let private counted (data: Dataset) =
    data.Pick
        [| for row in 0 .. data.Rows - 1 do
               if data.Weight row > 0.0 then row |]
    |> Data.all

/// The gradient by the definition, differentiated.
let private gradient objective (data: Dataset) (solved: Solved) =
    let pass = Objective.autodiff objective solved.parameters (counted data)
    let value = float (Objective.value objective solved.parameters (counted data))
    pass.gradient |> List.map Check.largest |> List.max, value

let private eachProblem case check =
    Fixture.each
        (fun (data: Dataset, settings: LbfgsSettings) -> $"{data}, {settings.loss}, {settings.penalty}")
        (problems case)
        check

let private separatesByChance (solved: Solved) = solved.convergence.Criterion = Criterion.NoMinimum

// ---- the conditions of a minimum -------------------------------------------------------------------------------------

[<Law>]
let ``where L-BFGS ends the gradient by the definition is 0, and the report says how near`` (case: Case) =
    eachProblem case (fun (data, settings) ->
        for rule in [ Rule.Fused; Rule.ClosedForm; Rule.Autodiff ] |> List.take (1 + case.seed % 3) do
            let solved = Lbfgs.run { settings with rule = Some rule } data
            let norm, value = gradient (objective settings) data solved
            let report = solved.convergence
            if not (separatesByChance solved) then
                Assert.That(report.Converged, $"{report}")
                Assert.That(
                    norm,
                    Is.LessThanOrEqualTo(if report.Criterion = Criterion.Rounding then 1e-6 else 1.01e-8),
                    $"{report}"
                )
                Check.nearNumber (1e-9 + 0.01 * report.GradientNorm) norm report.GradientNorm
            Check.nearNumber (1e-12 * (1.0 + abs value)) value report.Objective
            Check.nearNumber (1e-12 * (1.0 + abs value)) report.Objective (List.last solved.history))

[<Law>]
let ``where Newton's method ends the gradient by the definition is 0 to the last digits`` (case: Case) =
    eachProblem case (fun (data, settings) ->
        let solved = Newton.run (newton settings) data
        if not (separatesByChance solved) then
            let norm, value = gradient (objective settings) data solved
            Assert.That(solved.convergence.Converged, $"{solved.convergence}")
            Assert.That(norm, Is.LessThanOrEqualTo 1e-11, $"{solved.convergence}")
            Assert.That(solved.convergence.Iterations, Is.LessThanOrEqualTo 30, $"{solved.convergence}")
            Check.nearNumber (1e-13 * (1.0 + abs value)) value solved.convergence.Objective)

/// Whether a value is the same for both, but for a share of the greatest.
let private same tolerance (expected: Solved) (actual: Solved) =
    List.iter2 (Check.nearRelative tolerance) expected.parameters actual.parameters

[<Law>]
let ``L-BFGS, Newton's method and the normal equations end at one minimum`` (case: Case) =
    eachProblem case (fun (data, settings) ->
        let settings = { settings with penalty = Penalty.l2 0.05; tolerance = Some 1e-11 }
        let exact = Newton.run (newton settings) data
        same 1e-6 exact (Lbfgs.run settings data)
        // A softmax's biases are not penalised: its class sums are 0 all the same.
        if data.HasClasses then
            for p in exact.parameters do
                Assert.That(Check.largest (p.sum (p.dim - 1)), Is.LessThan(1e-12 * (1.0 + Check.largest p)))
        else
            let descent =
                { CoordinateDescent.defaults with model = settings.model; penalty = settings.penalty; tolerance = 1e-22 }
            if obj.ReferenceEquals(settings.loss, Loss.squared) then same 1e-8 exact (CoordinateDescent.run descent data))

[<Law>]
let ``a ridge regression is the least squares of rows that say the weights are 0`` (case: Case) =
    let n, d = 20 + case.rows, min 5 case.columns
    let x, y = features case n d, draw case 1 n
    let lambda = 0.3
    // Rows of √(nλ) for each weight, centred by hand, because the bias is not penalised.
    let means = Array.init d (fun j -> Seq.averageBy (fun i -> x[i, j]) (seq { 0 .. n - 1 }))
    let mean = Array.average y
    let root = sqrt (float n * lambda)
    let more =
        Array2D.init (n + d) d (fun i j ->
            if i < n then x[i, j] - means[j]
            elif i - n = j then root
            else 0.0)
    let a = dsharp.tensor (more, dtype = Dtype.Float64)
    let b = dsharp.tensor (Array.init (n + d) (fun i -> if i < n then y[i] - mean else 0.0), dtype = Dtype.Float64)
    let w = (a.transpose().matmul a).solve(a.transpose().matmul(b.view [ n + d; 1 ]))
    let data, model, penalty = Dataset.From(x, y), Model.linear d 1, Penalty.l2 lambda
    let solved =
        [ Lbfgs.run { Lbfgs.defaults with model = model; penalty = penalty; tolerance = Some 1e-12 } data
          Newton.run { Newton.defaults with model = model; loss = Loss.squared; penalty = penalty } data
          CoordinateDescent.run { CoordinateDescent.defaults with model = model; penalty = penalty; tolerance = 1e-24 } data ]
    for one in solved do
        Check.nearRelative 1e-9 w one.parameters.Head
        let bias = mean - Array.sum (Array.map2 (*) means (Check.values w))
        Check.nearNumber
            (1e-9 * (1.0 + Check.largest w * Array.max (Array.map abs means)))
            bias
            (Array.head (Check.values one.parameters[1]))

// ---- lasso and elastic net -------------------------------------------------------------------------------------------

let private sparse (case: Case) =
    // More features than rows for half of the cases.
    let n, d, q = 6 + 3 * case.rows, pick [ 3; 8; 20; 50 ] case.seed, 1 + case.classes % 2
    let x, noise = features case n d, draw case 1 (n * q)
    let y = Array2D.init n q (fun i k -> 2.0 * x[i, 0] - x[i, d - 1] + 0.5 * noise[i * q + k] + 4.0)
    let data = Dataset.From(x, y)
    let data = if case.seed % 3 = 0 then data.WithWeights(Array.init n (fun i -> float (1 + i % 3))) else data
    data,
    { CoordinateDescent.defaults with
        model = Model.compose [ Model.scale 2.0; Model.linear d q ]
        loss = pick [ Loss.squared; Loss.mse; Loss.gaussian 0.7 ] (case.seed / 7)
        penalty = Penalty.elasticNet (pick [ 0.02; 0.3; 3.0 ] (case.seed / 11)) (pick [ 1.0; 0.5; 0.9 ] (case.seed / 13))
        tolerance = 1e-13
        sweeps = 1000000 }

/// How far 0 is from the subgradients by the definition: of the smooth part differentiated, and of the L1 norm.
let private violationOf objective (data: Dataset) (parameters: Tensor list) =
    let pass = Objective.autodiff { objective with penalty = Penalty.l2 objective.penalty.l2 } parameters (counted data)
    let l1 = objective.penalty.l1
    let ofWeights =
        Array.map2
            (fun w g -> if w = 0.0 then max 0.0 (abs g - l1) else abs (g + l1 * float (sign w)))
            (Check.values parameters.Head)
            (Check.values pass.gradient.Head)
    max (Array.max ofWeights) (Check.largest pass.gradient[1])

let private objectiveOf (settings: CoordinateDescentSettings) =
    { model = settings.model; loss = settings.loss; penalty = settings.penalty; classWeights = [] }

let private violation settings data parameters = violationOf (objectiveOf settings) data parameters

let private value settings (data: Dataset) parameters = float (Objective.value (objectiveOf settings) parameters (Data.all data))

/// How far 0 may be from the subgradients: a coordinate v away from its condition can lower the objective by v²/2(a + λ₂), a being
/// its curvature, and not by more than the gap. The model's factor is 2 and the losses' curvature at most 1/0.7².
let private allowed (penalty: Penalty) (data: Dataset) gap scale =
    let steepest =
        Seq.max
            [ for j in 0 .. data.Columns - 1 ->
                  4.0 / 0.49
                  * Seq.averageBy (fun row -> 3.0 * data.Weight row * (data.Row row)[j] ** 2.0) [ 0 .. data.Rows - 1 ] ]
    sqrt (2.0 * (steepest + penalty.l2) * gap) + 1e-11 * (1.0 + scale)

[<Law>]
let ``where coordinate descent ends the conditions of a minimum hold, and zeros are zeros`` (case: Case) =
    let data, settings = sparse case
    let solved = CoordinateDescent.run settings data
    let report = solved.convergence
    let scale = value settings data (solved.parameters |> List.map _.zerosLike())
    // Where features are many and alike, even a million sweeps may not do for the last digits; the gap says so.
    Assert.That(report.Converged || report.Gap <= 1e-9 * (1.0 + scale), $"{report}")
    let found = violation settings data solved.parameters
    Assert.That(
        found,
        Is.LessThanOrEqualTo(allowed settings.penalty data report.Gap scale),
        $"{data}, {settings.penalty}: {report}"
    )
    Check.nearNumber (1e-10 * (1.0 + scale)) (value settings data solved.parameters) report.Objective
    let zeros = Check.values solved.parameters.Head |> Array.filter ((=) 0.0) |> Array.length
    if settings.penalty.l1 >= 3.0 && data.Columns >= 20 then Assert.That(zeros, Is.GreaterThan 0)

[<Law>]
let ``a duality gap is never below 0, and never below what is missing to the minimum`` (case: Case) =
    let data, settings = sparse case
    let best = (CoordinateDescent.run settings data).convergence.Objective
    for sweeps in [ 1; 2; 5; 20 ] do
        let report = (CoordinateDescent.run { settings with sweeps = sweeps } data).convergence
        Assert.That(report.Gap, Is.GreaterThanOrEqualTo 0.0)
        let missing = report.Objective - best
        Assert.That(report.Gap, Is.GreaterThanOrEqualTo(missing - 1e-10 * (1.0 + abs best)), $"{sweeps} sweeps: {report}")
        Assert.That(missing, Is.GreaterThanOrEqualTo(-1e-10 * (1.0 + abs best)))

[<Law>]
let ``coordinate descent by products of features and by residuals are one`` (case: Case) =
    // The same rows again and again are the same objective, and no longer fewer than features.
    let n, d = 5 + case.rows, 20
    let x, y = features case n d, draw case 1 n
    let settings =
        { CoordinateDescent.defaults with
            model = Model.linear d 1
            penalty = Penalty.elasticNet 0.2 0.5
            tolerance = 1e-14
            sweeps = 100000 }
    let few = CoordinateDescent.run settings (Dataset.From(x, y))
    let times = 5
    let many = Dataset.From(Array2D.init (times * n) d (fun i j -> x[i % n, j]), Array.init (times * n) (fun i -> y[i % n]))
    same 1e-7 few (CoordinateDescent.run settings many)

[<Law>]
let ``features that were left out wrongly are found and let in`` (case: Case) =
    let n, d = 5 + case.rows, 12
    let columns = Array.init d (fun j -> draw case j n)
    let y = Array.init n (fun i -> columns[0][i] - columns[1][i] + 0.3 * columns[2][i])
    let squares = columns |> Array.map (Array.sumBy (fun v -> v * v))
    let l1 = 0.1 * (columns |> Seq.map (fun c -> abs (Array.sum (Array.map2 (*) c y))) |> Seq.max)
    // With λ₁ itself for the one before, only features whose slope is above it at the start are looked at.
    let by before =
        let w = Array.zeroCreate d
        let problem = ResidualQuadratic(columns, y, squares)
        let ended = Coordinates.solve problem w l1 0.0 before (1e-13 * problem.Total) 1000000 CancellationToken.None
        Assert.That(ended.criterion, Is.EqualTo Criterion.Gap)
        Assert.That(ended.violation, Is.LessThan(1e-9 * l1))
        w
    let tensor (w: float[]) = dsharp.tensor (w, dtype = Dtype.Float64)
    Check.nearRelative 1e-6 (tensor (by infinity)) (tensor (by l1))

[<Law>]
let ``features far from 0 lose no digits`` (case: Case) =
    let n, d = 30 + case.rows, 4
    let x, y = features case n d, draw case 1 n
    // Numbers that have room for the shift.
    let x = Array2D.map (fun v -> floor (v * 1024.0) / 1024.0) x
    let far = Array2D.map (fun v -> v + 4194304.0) x
    let settings =
        { CoordinateDescent.defaults with
            model = Model.linear d 1
            penalty = Penalty.elasticNet 0.1 0.5
            tolerance = 1e-13 }
    let weights (x: float[,]) = (CoordinateDescent.run settings (Dataset.From(x, y))).parameters.Head
    Check.nearRelative 1e-9 (weights x) (weights far)
    let settings =
        { Newton.defaults with
            model = Model.linear d 1
            loss = Loss.squared
            penalty = Penalty.l2 0.1
            tolerance = 1e-6 }
    let weights (x: float[,]) = (Newton.run settings (Dataset.From(x, y))).parameters.Head
    Check.nearRelative 1e-9 (weights x) (weights far)

[<Law>]
let ``every point of a path is the minimum for its penalty, and the first is 0`` (case: Case) =
    let data, settings = sparse case
    let ratio = pick [ 1.0; 0.5 ] case.seed
    let points = CoordinateDescent.path { CoordinateDescent.pathDefaults with ratio = ratio; count = 8 } settings data
    Assert.That(points.Length, Is.EqualTo 8)
    Assert.That(points.Head.nonZero, Is.EqualTo 0)
    for before, after in List.pairwise points do
        Assert.That(after.lambda, Is.LessThan before.lambda)
    let scale = value settings data (points.Head.parameters |> List.map _.zerosLike())
    for point in points do
        let own = { settings with penalty = Penalty.elasticNet point.lambda ratio }
        let found = violation own data point.parameters
        let allowed = allowed own.penalty data point.convergence.Gap scale
        Assert.That(found, Is.LessThanOrEqualTo allowed, $"{data}: {point}")
    // A little below the first λ some weight is not 0: it was the smallest of those.
    let next =
        CoordinateDescent.path
            { CoordinateDescent.pathDefaults with ratio = ratio; lambdas = [ 0.999 * points.Head.lambda ] }
            settings
            data
    Assert.That(next.Head.nonZero, Is.GreaterThan 0)

[<Test>]
let ``a path takes the lambdas it is given`` () =
    let data, settings = sparse { rows = 9; columns = 3; classes = 1; scale = 1.0; dtype = Dtype.Float64; seed = 1 }
    let lambdas = [ 0.5; 0.2; 0.1 ]
    let points = CoordinateDescent.path { CoordinateDescent.pathDefaults with lambdas = lambdas } settings data
    Assert.That([ for p in points -> p.lambda ], Is.EqualTo(box lambdas))
    Assert.That(string points.Head, Does.StartWith "λ 0.5: ")

// ---- L1 with other losses ----------------------------------------------------------------------------------------------

/// Every loss that Newton's method knows, with an L1 penalty or an elastic net.
let private sparseProblems case =
    [ for data, settings in problems case do
          let lambda = pick [ 0.003; 0.02; 0.1; 3.0 ] (case.seed / 11)
          data,
          { Fista.defaults with
              model = settings.model
              loss = settings.loss
              classWeights = settings.classWeights
              penalty = Penalty.elasticNet lambda (pick [ 1.0; 0.5; 0.9 ] (case.seed / 13))
              tolerance = Some 1e-10 } ]

let private objectiveOfFista (settings: FistaSettings) =
    { model = settings.model
      loss = settings.loss
      penalty = settings.penalty
      classWeights = settings.classWeights }

let private eachSparse case check =
    Fixture.each
        (fun (data: Dataset, settings: FistaSettings) -> $"{data}, {settings.loss}, {settings.penalty}")
        (sparseProblems case)
        check

[<Law>]
let ``where FISTA ends the conditions of a minimum hold, and the report says how near`` (case: Case) =
    eachSparse case (fun (data, settings) ->
        let solved = Fista.run settings data
        let report = solved.convergence
        let objective = objectiveOfFista settings
        Assert.That(report.Criterion, Is.EqualTo Criterion.GradientNorm, $"{report}")
        Assert.That(report.Iterations, Is.LessThan 3000, $"{report}")
        let found = violationOf objective data solved.parameters
        Assert.That(found, Is.LessThanOrEqualTo 1.1e-10, $"{report}")
        Check.nearNumber 2e-12 found report.GradientNorm
        let value = float (Objective.value objective solved.parameters (counted data))
        Check.nearNumber (1e-12 * (1.0 + abs value)) value report.Objective
        Check.nearNumber 0.0 report.Objective (List.last solved.history)
        if data.HasClasses then Assert.That(Check.largest (solved.parameters[1].sum 0), Is.LessThan 1e-12)
        // From there, nothing is left to do.
        let again = Fista.run { settings with tolerance = Some 1.2e-10; initial = Some solved.parameters } data
        Assert.That(again.convergence.Iterations, Is.LessThanOrEqualTo 1, $"{again.convergence}"))

[<Law>]
let ``FISTA and coordinate descent end at one minimum`` (case: Case) =
    let data, settings = sparse case
    let descent = CoordinateDescent.run settings data
    let fista =
        Fista.run
            { Fista.defaults with
                model = settings.model
                loss = settings.loss
                penalty = settings.penalty
                iterations = 100000 }
            data
    Assert.That(fista.convergence.Converged, $"{fista.convergence}")
    Check.nearNumber (1e-9 * (1.0 + abs descent.convergence.Objective)) descent.convergence.Objective fista.convergence.Objective

[<Law>]
let ``every point of FISTA's path is the minimum for its penalty, and above the first all weights are 0`` (case: Case) =
    eachSparse case (fun (data, settings) ->
        let ratio = pick [ 1.0; 0.5 ] case.seed
        let points = Fista.path { CoordinateDescent.pathDefaults with ratio = ratio; count = 5; smallest = 0.05 } settings data
        Assert.That(points.Length, Is.EqualTo 5)
        Assert.That(points.Head.nonZero, Is.EqualTo 0)
        for point in points do
            let own = { settings with penalty = Penalty.elasticNet point.lambda ratio }
            Assert.That(point.convergence.Converged, $"{point}")
            Assert.That(violationOf (objectiveOfFista own) data point.parameters, Is.LessThanOrEqualTo 1.1e-10, $"{point}")
            let zeros = Check.values point.parameters.Head |> Array.filter ((=) 0.0) |> Array.length
            Assert.That(point.nonZero, Is.EqualTo(point.parameters.Head.nelement - zeros))
        let largest = points.Head.lambda
        let above = Fista.run { settings with penalty = Penalty.elasticNet (1.001 * largest) ratio } data
        Assert.That(Check.largest above.parameters.Head, Is.EqualTo 0.0)
        let below = Fista.run { settings with penalty = Penalty.elasticNet (0.999 * largest) ratio } data
        Assert.That(Check.largest below.parameters.Head, Is.GreaterThan 0.0))

[<Test>]
let ``an L1 penalty finds the few features that matter of images`` () =
    let train, _ = Synthetic.garments 3000 10 3
    let model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear 784 10 ]
    let solved = Fista.run { Fista.defaults with model = model; penalty = Penalty.l1 0.005 } train
    Assert.That(solved.convergence.Criterion, Is.EqualTo Criterion.GradientNorm, $"{solved.convergence}")
    Assert.That(solved.convergence.Iterations, Is.LessThan 1000, $"{solved.convergence}")
    let zeros = Check.values solved.parameters.Head |> Array.filter ((=) 0.0) |> Array.length
    Assert.That(zeros, Is.GreaterThan 7000)

// ---- the same minimum from everywhere, the same bits on every machine --------------------------------------------------

[<Law>]
let ``from the minimum there is nothing left to do`` (case: Case) =
    eachProblem case (fun (data, settings) ->
        let settings = { settings with penalty = Penalty.l2 0.05 }
        let solved = Lbfgs.run settings data
        let again = Lbfgs.run { settings with initial = Some solved.parameters } data
        Assert.That(again.convergence.Iterations, Is.LessThanOrEqualTo 1)
        let exact = Newton.run { newton settings with tolerance = 1e-10 } data
        let again = Newton.run { newton settings with tolerance = 1e-10; initial = Some exact.parameters } data
        Assert.That(again.convergence.Iterations, Is.LessThanOrEqualTo 1))
    let data, settings = sparse case
    let solved = CoordinateDescent.run settings data
    // Where features are many and alike, even a million sweeps may not do; then there is something left.
    if solved.convergence.Criterion = Criterion.Gap then
        let again = CoordinateDescent.run { settings with initial = Some solved.parameters; tolerance = 1e-12 } data
        Assert.That(
            again.convergence.Iterations,
            Is.LessThanOrEqualTo(11 * (List.last (List.ofArray solved.parameters[1].shape)))
        )

[<Test>]
let ``the bits do not depend on the threads`` () =
    let case = { rows = 200; columns = 6; classes = 2; scale = 1.0; dtype = Dtype.Float64; seed = 12 }
    for data, settings in problems case do
        let lbfgs threads = (Lbfgs.run { settings with threads = Some threads } data).parameters
        let newton threads = (Newton.run { newton settings with threads = Some threads } data).parameters
        for threads in [ 2; 3; 7 ] do
            Fixture.sameBitsEach (lbfgs 1) (lbfgs threads)
            Fixture.sameBitsEach (newton 1) (newton threads)
    let data, settings = sparse { case with rows = 500 }
    let lasso threads = (CoordinateDescent.run { settings with threads = Some threads } data).parameters
    for data, settings in sparseProblems { case with rows = 200 } do
        let fista threads = (Fista.run { settings with threads = Some threads } data).parameters
        for threads in [ 2; 3; 7 ] do
            Fixture.sameBitsEach (fista 1) (fista threads)
    for threads in [ 2; 3; 7 ] do
        Fixture.sameBitsEach (lasso 1) (lasso threads)

[<Law>]
let ``a row of weight 0 is a row removed, and a weight of 2 is a row twice`` (case: Case) =
    let removeAndRepeat (data: Dataset) =
        let weights = Array.init data.Rows (fun i -> if i < 5 then 1.0 else float (i % 3))
        let repeated =
            [| for i in 0 .. data.Rows - 1 do
                   for _ in 1 .. int weights[i] -> i |]
        let plain = data.WithWeights(Array.create data.Rows 1.0)
        plain.WithWeights weights, plain.Pick repeated
    eachProblem case (fun (data, settings) ->
        let settings = { settings with penalty = Penalty.l2 0.05; tolerance = Some 1e-11 }
        let weighted, repeated = removeAndRepeat data
        same 1e-6 (Lbfgs.run settings repeated) (Lbfgs.run settings weighted)
        same 1e-8 (Newton.run (newton settings) repeated) (Newton.run (newton settings) weighted))
    eachSparse case (fun (data, settings) ->
        let weighted, repeated = removeAndRepeat data
        let settings = { settings with penalty = Penalty.elasticNet 0.02 0.5 }
        same 1e-6 (Fista.run settings repeated) (Fista.run settings weighted))
    let data, settings = sparse case
    let weighted, repeated = removeAndRepeat data
    let settings = { settings with penalty = Penalty.elasticNet 0.2 0.5 }
    same 1e-6 (CoordinateDescent.run settings repeated) (CoordinateDescent.run settings weighted)

[<Test>]
let ``features in other units take the same steps`` () =
    let case = { rows = 9; columns = 6; classes = 2; scale = 1.0; dtype = Dtype.Float64; seed = 1 }
    let data, settings = List.head (problems case)
    let settings = { settings with penalty = Penalty.none; tolerance = Some 1e-9 }
    let scales = [| 1e-3; 1e3; 1.0; 1e5; 1e-5; 10.0 |]
    let x = Array2D.init data.Rows 6 (fun i j -> scales[j] * (data.Row i).[j])
    let other = Dataset.From(x, Array.init data.Rows (fun i -> int (Array.head (data.Target i))))
    let other = if data.HasWeights then other.WithWeights(Array.init data.Rows data.Weight) else other
    let a, b = Lbfgs.run settings data, Lbfgs.run settings other
    Assert.That(a.convergence.Converged && b.convergence.Converged, $"{a.convergence} {b.convergence}")
    Assert.That(abs (a.convergence.Iterations - b.convergence.Iterations), Is.LessThan 20, $"{a.convergence} {b.convergence}")
    Assert.That(b.convergence.Iterations, Is.LessThan 80)
    Check.nearNumber 1e-12 a.convergence.Objective b.convergence.Objective

[<Test>]
let ``32-bit features converge as far as 32 bits go`` () =
    let train, _ = Synthetic.garments 3000 10 3
    let model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear 784 10 ]
    let settings = { Lbfgs.defaults with model = model; loss = Loss.crossEntropy; penalty = Penalty.l2 0.01 }
    let solved = Lbfgs.run settings train
    Assert.That(solved.convergence.Converged, $"{solved.convergence}")
    Assert.That(solved.convergence.GradientNorm, Is.LessThan 1e-5, $"{solved.convergence}")
    Assert.That(solved.convergence.Iterations, Is.LessThan 150, $"{solved.convergence}")
    Assert.That(solved.parameters.Head.dtype, Is.EqualTo Dtype.Float32)
    // A tolerance that no 32-bit number can meet: it ends, and says so.
    let further = Lbfgs.run { settings with tolerance = Some 1e-12; initial = Some solved.parameters } train
    Assert.That(further.convergence.Criterion, Is.EqualTo Criterion.Rounding, $"{further.convergence}")
    Assert.That(string further.convergence, Does.Contain "as far as rounding allows")

[<Test>]
let ``a loss and a model of one's own are minimised by differentiation`` () =
    let case = { rows = 9; columns = 3; classes = 1; scale = 1.0; dtype = Dtype.Float64; seed = 2 }
    let n, d = 60, 3
    let x, noise = features case n d, draw case 1 n
    let data = Dataset.From(x, Array.init n (fun i -> x[i, 0] - 0.2 * x[i, 1] + noise[i]))
    let logCosh =
        Loss.define "log-cosh" (fun ŷ y ->
            let r = ŷ - y
            (2.0 * r).softplus() - r - log 2.0)
    let quadratic =
        Model.define
            "quadratic"
            [ Parameter.weight "w" [ d; 1 ]; Parameter.weight "v" [ d; 1 ]; Parameter.bias "b" [ 1 ] ]
            (fun p x -> x.matmul p[0] + 0.01 * (x * x).matmul p[1] + p[2])
    for model in [ Model.linear d 1; quadratic ] do
        let settings = { Lbfgs.defaults with model = model; loss = logCosh; penalty = Penalty.l2 0.01 }
        let solved = Lbfgs.run settings data
        let norm, value = gradient (objective settings) data solved
        Assert.That(solved.convergence.Converged, $"{solved.convergence}")
        Assert.That(norm, Is.LessThan 1e-7)
        Check.nearNumber 1e-12 value solved.convergence.Objective

// ---- no minimum ------------------------------------------------------------------------------------------------------

let private line (labels: int list) = Dataset.From(Array2D.init labels.Length 1 (fun i _ -> float i), List.toArray labels)

let private solvers =
    [ "L-BFGS",
      (fun loss model penalty data ->
          (Lbfgs.run { Lbfgs.defaults with loss = loss; model = model; penalty = penalty } data).convergence)
      "Newton",
      (fun loss model penalty data ->
          (Newton.run { Newton.defaults with loss = loss; model = model; penalty = penalty } data).convergence) ]

[<Test>]
let ``classes that can be separated have no minimum without a penalty, and the report says so`` () =
    let separable = line [ 0; 0; 0; 1; 1; 1; 1 ]
    // The rows at 3 are of both classes: a line through them separates all others.
    let nearly =
        Dataset.From(Array2D.init 8 1 (fun i _ -> [| 0.0; 1.0; 2.0; 3.0; 3.0; 4.0; 5.0; 6.0 |][i]), [| 0; 0; 0; 0; 1; 1; 1; 1 |])
    let overlapping = line [ 0; 0; 1; 0; 1; 0; 1; 1 ]
    let withoutRows = (line [ 0; 1; 0; 1; 1; 0 ]).WithClassNames("a", "b", "c")
    let answers (data: Dataset) =
        Dataset.From(
            Array2D.init data.Rows 1 (fun i _ -> Array.head (data.Row i)),
            Array.init data.Rows (fun i -> Array.head (data.Target i))
        )
    for name, solve in solvers do
        let ends (expected: Criterion) penalty (data: Dataset) =
            let report: Convergence = solve Loss.crossEntropy (Model.linear 1 data.Outputs) penalty data
            Assert.That(report.Criterion, Is.EqualTo(box expected), $"{name}, {data}, {penalty}: {report}")
            report
        let report = ends Criterion.NoMinimum Penalty.none separable
        Assert.That(report.Converged, Is.False)
        Assert.That(string report, Does.Contain("separable").And.Contain("add an L2 penalty"))
        ends Criterion.NoMinimum Penalty.none nearly |> ignore
        ends Criterion.NoMinimum Penalty.none withoutRows |> ignore
        ends Criterion.NoMinimum (Penalty.l2 0.1) withoutRows |> ignore
        ends Criterion.GradientNorm Penalty.none overlapping |> ignore
        ends Criterion.GradientNorm (Penalty.l2 1e-3) separable |> ignore
        ends Criterion.GradientNorm (Penalty.l2 1e-3) nearly |> ignore
        let report: Convergence = solve Loss.binaryCrossEntropy (Model.linear 1 1) Penalty.none (answers separable)
        Assert.That(report.Criterion, Is.EqualTo Criterion.NoMinimum, $"{name}: {report}")
        let yes = Dataset.From(Array2D.init 5 1 (fun i _ -> float i), Array.create 5 1.0)
        let report: Convergence = solve Loss.binaryCrossEntropy (Model.linear 1 1) (Penalty.l2 0.1) yes
        Assert.That(report.Criterion, Is.EqualTo Criterion.NoMinimum, $"{name}: {report}")
        let report: Convergence = solve Loss.binaryCrossEntropy (Model.linear 1 1) Penalty.none (answers overlapping)
        Assert.That(report.Criterion, Is.EqualTo Criterion.GradientNorm, $"{name}: {report}")

[<Test>]
let ``features that depend on one another still have a minimum`` () =
    let case = { rows = 9; columns = 3; classes = 1; scale = 1.0; dtype = Dtype.Float64; seed = 5 }
    let x = features case 50 2
    // A sum of the others, and a constant.
    let more =
        Array2D.init 50 4 (fun i j ->
            if j < 2 then x[i, j]
            elif j = 2 then x[i, 0] + x[i, 1]
            else 3.0)
    let noise = draw case 1 50
    let labels = Array.init 50 (fun i -> if x[i, 0] + 0.5 * noise[i] > 0.0 then 1 else 0)
    for name, solve in solvers do
        let few: Convergence = solve Loss.crossEntropy (Model.linear 2 2) Penalty.none (Dataset.From(x, labels))
        let all: Convergence = solve Loss.crossEntropy (Model.linear 4 2) Penalty.none (Dataset.From(more, labels))
        Assert.That(few.Converged && all.Converged, $"{name}: {few}; {all}")
        Check.nearNumber 1e-12 few.Objective all.Objective

// ---- what is told ----------------------------------------------------------------------------------------------------

[<Test>]
let ``a report is a line that says how it ended`` () =
    let report criterion : Convergence =
        { Criterion = criterion
          Tolerance = 1e-8
          Iterations = 1
          Evaluations = 3
          Objective = 0.25
          GradientNorm = 2e-9
          Gap = nan }
    Assert.That(
        string (report Criterion.GradientNorm),
        Is.EqualTo "converged: the gradient is within 1E-08 (1 iteration, 3 evaluations, objective 0.25, gradient 2E-09)"
    )
    Assert.That(
        string { report Criterion.Gap with Gap = 1e-9; Iterations = 2 },
        Is.EqualTo
            "converged: the duality gap is within 1E-08 (2 iterations, 3 evaluations, objective 0.25, gradient 2E-09, gap 1E-09)"
    )
    let told =
        [ Criterion.Rounding, true, "as far as rounding allows"
          Criterion.LineSearch, false, "no step lowers the objective"
          Criterion.Iterations, false, "the iterations ran out"
          Criterion.NoMinimum, false, "there is no minimum" ]
    for criterion, converged, words in told do
        Assert.That((report criterion).Converged, Is.EqualTo converged)
        Assert.That(string (report criterion), Does.Contain words)

[<Test>]
let ``iterations that run out are no convergence`` () =
    let case = { rows = 9; columns = 6; classes = 2; scale = 1.0; dtype = Dtype.Float64; seed = 1 }
    let data, settings = List.head (problems case)
    let report = (Lbfgs.run { settings with iterations = 2 } data).convergence
    Assert.That((report.Criterion, report.Iterations), Is.EqualTo((Criterion.Iterations, 2)))
    let report = (Newton.run { newton settings with iterations = 1 } data).convergence
    Assert.That((report.Criterion, report.Iterations), Is.EqualTo((Criterion.Iterations, 1)))
    let data, settings = sparse case
    let report = (CoordinateDescent.run { settings with sweeps = 1; penalty = Penalty.l1 0.01 } data).convergence
    Assert.That(report.Criterion, Is.EqualTo Criterion.Iterations)
    let data, settings = List.head (sparseProblems case)
    let report = (Fista.run { settings with iterations = 2; penalty = Penalty.l1 0.01 } data).convergence
    Assert.That((report.Criterion, report.Iterations), Is.EqualTo((Criterion.Iterations, 2)))

[<Test>]
let ``a loss with a wrong derivative is told as a search that failed`` () =
    let wrong = { Loss.squared with rows = (fun ŷ y -> Loss.squared.rows ŷ y); adjoint = Some(fun ŷ y -> y - ŷ) }
    let data = Dataset.From(Array2D.init 20 1 (fun i _ -> float i), Array.init 20 float)
    let report = (Lbfgs.run { Lbfgs.defaults with model = Model.linear 1 1; loss = wrong } data).convergence
    Assert.That(report.Criterion, Is.EqualTo Criterion.LineSearch)
    let lasso = { Fista.defaults with model = Model.linear 1 1; loss = wrong; penalty = Penalty.l1 0.1 }
    Assert.That((Fista.run lasso data).convergence.Criterion, Is.EqualTo Criterion.LineSearch)

[<Test>]
let ``solvers are cancelled`` () =
    let case = { rows = 9; columns = 6; classes = 2; scale = 1.0; dtype = Dtype.Float64; seed = 1 }
    let token = CancellationToken true
    let data, settings = List.head (problems case)
    let sparseData, lasso = sparse case
    let sparseClasses, fista = List.head (sparseProblems case)
    for run in
        [ fun () -> Lbfgs.run { settings with cancellation = token } data |> ignore
          fun () -> Newton.run { newton settings with cancellation = token } data |> ignore
          fun () -> Fista.run { fista with cancellation = token } sparseClasses |> ignore
          fun () -> CoordinateDescent.run { lasso with cancellation = token } sparseData |> ignore
          fun () -> CoordinateDescent.path CoordinateDescent.pathDefaults { lasso with cancellation = token } sparseData |> ignore ] do
        Check.fails<OperationCanceledException> [] run

[<Test>]
let ``values that are not finite are named by row and column, but not in rows of weight 0`` () =
    let x = Array2D.init 12 2 (fun i j -> float ((i * 7 + j * 3) % 5))
    let y = Array.init 12 float
    x[7, 1] <- nan
    let data = Dataset.From(x, y).WithFeatureNames("area", "age")
    let model = Model.linear 2 1
    let runs =
        [ fun data -> Lbfgs.run { Lbfgs.defaults with model = model } data
          fun data -> Newton.run { Newton.defaults with model = model; loss = Loss.squared } data
          fun data -> Fista.run { Fista.defaults with model = model; loss = Loss.squared; penalty = Penalty.l1 0.1 } data
          fun data -> CoordinateDescent.run { CoordinateDescent.defaults with model = model; penalty = Penalty.l1 0.1 } data ]
    for run in runs do
        Check.fails<DataException> [ "training data: got NaN in row 7, feature 'age'" ] (fun () -> run data |> ignore)
        let without = run (data.WithWeights(Array.init 12 (fun i -> if i = 7 then 0.0 else 1.0)))
        Assert.That(without.convergence.Converged, $"{without.convergence}")

[<Test>]
let ``everything wrong with settings is said at once, and who can do it`` () =
    let data = Dataset.From(Array2D.init 12 2 (fun i j -> float (i * j)), Array.init 12 float)
    let says = Check.fails<SettingsException>
    says
        [ "The L1 penalty's factor is 0.1; L-BFGS takes L2 penalties, or none. For L1 with squared loss use CoordinateDescent, for others Fista."
          "The tolerance is -1; expected a finite number above 0."
          "The number of iterations is 0"
          "The memory is 0"
          "The number of threads is 0" ]
        (fun () ->
            Lbfgs.run
                { Lbfgs.defaults with
                    model = Model.linear 2 1
                    penalty = Penalty.l1 0.1
                    tolerance = Some -1.0
                    iterations = 0
                    memory = 0
                    threads = Some 0 }
                data
            |> ignore)
    says [ "The loss 'absolute' is not smooth" ] (fun () ->
        Lbfgs.run { Lbfgs.defaults with model = Model.linear 2 1; loss = Loss.absolute } data |> ignore)
    says [ "The L2 penalty's factor is -1" ] (fun () ->
        Lbfgs.run { Lbfgs.defaults with model = Model.linear 2 1; penalty = { l1 = 0.0; l2 = -1.0 } } data |> ignore)
    says
        [ "The L1 penalty's factor is 0.1; Newton's method takes L2 penalties"
          "The loss 'huber(1)' is not one that Newton's method knows"
          "The number of iterations is 0" ]
        (fun () ->
            Newton.run
                { Newton.defaults with
                    model = Model.linear 2 1
                    loss = Loss.huber 1.0
                    penalty = Penalty.l1 0.1
                    iterations = 0 }
                data
            |> ignore)
    let wide = Dataset.From(Array2D.init 3 1000 (fun i j -> float (i * j % 7)), [| 1.0; 2.0; 3.0 |])
    says [ "The model has 1001 parameters; Newton's method takes 1000 at most. Use Lbfgs." ] (fun () ->
        Newton.run { Newton.defaults with model = Model.linear 1000 1; loss = Loss.squared } wide |> ignore)
    says [ "There is no penalty, which coordinate descent is for. Use Lbfgs"; "The number of sweeps is 0" ] (fun () ->
        CoordinateDescent.run { CoordinateDescent.defaults with model = Model.linear 2 1; sweeps = 0 } data |> ignore)
    let labels = Dataset.From(Array2D.init 4 2 (fun i j -> float (i * j)), [| 0; 1; 0; 1 |])
    says [ "The loss 'cross-entropy' is not one that coordinate descent knows"; "For L1 with other losses use Fista" ] (fun () ->
        CoordinateDescent.run
            { CoordinateDescent.defaults with
                model = Model.linear 2 2
                loss = Loss.crossEntropy
                penalty = Penalty.l1 0.1 }
            labels
        |> ignore)
    says
        [ "There is no L1 penalty, which FISTA is for. Use Lbfgs"
          "The loss 'absolute' is not smooth, and FISTA takes smooth ones. Use Fit"
          "The tolerance is 0; expected a finite number above 0."
          "The number of iterations is 0" ]
        (fun () ->
            Fista.run
                { Fista.defaults with model = Model.linear 2 1; loss = Loss.absolute; tolerance = Some 0.0; iterations = 0 }
                data
            |> ignore)
    says [ "The path's ratio ρ is 2" ] (fun () ->
        Fista.path
            { CoordinateDescent.pathDefaults with ratio = 2.0 }
            { Fista.defaults with model = Model.linear 2 1; loss = Loss.squared }
            data
        |> ignore)
    says
        [ "The path's ratio ρ is 0"
          "The number of λs is 0"
          "The smallest λ's share is 1"
          "The order of the λs is another"
          "A λ of the path is -1" ]
        (fun () ->
            CoordinateDescent.path
                { ratio = 0.0; count = 0; smallest = 1.0; lambdas = [ -1.0; 2.0 ] }
                { CoordinateDescent.defaults with model = Model.linear 2 1 }
                data
            |> ignore)
