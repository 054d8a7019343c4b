module LinearNets.Tests.SoftmaxLaws

open LinearNets
open NUnit.Framework
open LinearNets.FSharp

let private scoresOf (case: Case) = case.Normal(0, [ case.rows; case.classes ])

/// Each result of a softmax carries the error of its exponent, eps·|o| at most, and a few roundings of its own; a
/// logarithm carries the same absolutely.
let private tolerance (case: Case) (scores: Tensor) = 4.0 * case.Eps * (float case.classes + 2.0 + Check.largest scores)

[<Law>]
let ``every row of a softmax sums to one and lies in 0..1`` (case: Case) =
    let p = Softmax.softmax (scoresOf case)
    // A sum of k rounded quotients: each is off by at most one unit, their sum by k more.
    Check.near (2.0 * float case.classes * case.Eps) (p.zerosLike [ case.rows ] + 1.0) (p.sum 1)
    Assert.That(Check.values p, Is.All.InRange(0.0, 1.0))

[<Law>]
let ``a higher score never has a lower probability`` (case: Case) =
    let scores = scoresOf case
    let o, p = scores.toArray2D<float>(), (Softmax.softmax scores).toArray2D<float>()
    for i in 0 .. case.rows - 1 do
        for j in 0 .. case.classes - 1 do
            for k in 0 .. case.classes - 1 do
                if o[i, j] <= o[i, k] then Assert.That(p[i, j], Is.LessThanOrEqualTo p[i, k])

[<Law>]
let ``a shift of each row changes nothing beyond rounding`` (case: Case) =
    let scores = scoresOf case
    let shift = case.Normal(1, [ case.rows; 1 ])
    let shifted = scores + shift
    // The sum rounds by eps·(|o| + |c|)/2.
    let tolerance = tolerance case scores + 4.0 * case.Eps * Check.largest shift
    Check.near tolerance (Softmax.softmax scores) (Softmax.softmax shifted)
    Check.near (2.0 * tolerance) (Softmax.logSoftmax scores) (Softmax.logSoftmax shifted)
    Check.near
        (2.0 * tolerance + 4.0 * case.Eps * Check.largest shifted)
        (Softmax.logSumExp scores + shift.view [ case.rows ])
        (Softmax.logSumExp shifted)

[<Law>]
let ``a shift that is exact changes no bit`` (case: Case) =
    // Whole numbers up to 20 and a power of two have an exact sum, so what comes in is the same up to the shift.
    let values =
        Array.init (case.rows * case.classes) (fun i -> float (Random.below 41 (Random.key case.seed) (int64 i)) - 20.0)
    let scores = case.Tensor(values, [ case.rows; case.classes ])
    let power = if case.dtype = Dtype.Float32 then 2.0 ** 20.0 else 2.0 ** 45.0
    let rows = case.Tensor(Array.init case.rows (fun i -> if i % 2 = 0 then power else -power), [ case.rows; 1 ])
    for shifted in [ scores + power; scores - power; scores + rows ] do
        Fixture.sameBits (Softmax.softmax scores) (Softmax.softmax shifted)
        Fixture.sameBits (Softmax.logSoftmax scores) (Softmax.logSoftmax shifted)
        if case.classes > 1 then
            let labels = case.Labels(1, case.rows, case.classes)
            let targets = case.Distributions(2, case.rows, case.classes)
            for loss, y in [ Loss.crossEntropy, labels; Loss.crossEntropyOfDistributions, targets; Loss.squaredSoftmax, labels ] do
                Fixture.sameBits (Loss.values loss scores y) (Loss.values loss shifted y)
                Fixture.sameBits (loss.adjoint.Value scores y) (loss.adjoint.Value shifted y)
                let gradient = Fixture.gradient (fun o -> (Loss.values loss o y).sum())
                Fixture.sameBits (gradient scores) (gradient shifted)

[<Law>]
let ``the softmax and its logarithms are finite at the ends of the number range`` (case: Case) =
    let huge = if case.dtype = Dtype.Float32 then 1e4 else 1e300
    let ends = case.Uniform(0, -1.0, 1.0, [ case.rows; case.classes ]).sign() * huge
    for scores in [ ends; ends * 0.999; ends - huge; ends + huge ] do
        for t in [ Softmax.softmax scores; Softmax.logSoftmax scores; Softmax.logSumExp scores ] do
            Assert.That(Check.values t, Is.All.InRange(-5.0 * huge, 5.0 * huge))
        Check.near (2.0 * float case.classes * case.Eps) (scores.zerosLike [ case.rows ] + 1.0) ((Softmax.softmax scores).sum 1)

[<Law>]
let ``a row's softmax does not depend on the other rows`` (case: Case) =
    let scores = scoresOf case
    let spoilt = dsharp.cat [ scores; scores.zerosLike [ 1; case.classes ] - 1.0 / 0.0; scores * 1e30 ]
    let own = [| 0 .. case.rows - 1 |]
    for f in [ Softmax.softmax; Softmax.logSoftmax; Softmax.logSumExp ] do
        Check.near (tolerance case scores) (f scores) (Fixture.rows own (f spoilt))

[<Test>]
let ``a row of large scores does not disturb its neighbour`` () =
    for dtype in [ Dtype.Float32; Dtype.Float64 ] do
        let scores = dsharp.tensor ([ [ 1000.0; 0.0 ]; [ 0.0; 0.0 ] ], dtype = dtype)
        Check.near 0.0 (dsharp.tensor ([ [ 1.0; 0.0 ]; [ 0.5; 0.5 ] ], dtype = dtype)) (Softmax.softmax scores)
        // ln 2 = 0.6931; the mean over both rows is 0.3466, where a global maximum gives 448 or NaN.
        let loss = Loss.reduce Reduction.Mean None (Loss.values Loss.crossEntropy scores (dsharp.tensor [ 0; 1 ]))
        Check.nearNumber 1e-7 (log 2.0 / 2.0) (float loss)

[<Law>]
let ``logSoftmax is the logarithm of the softmax`` (case: Case) =
    let case = Fixture.mild case
    let scores = scoresOf case
    // A relative error of p is an absolute error of ln p.
    Check.near (tolerance case scores) ((Softmax.softmax scores).log()) (Softmax.logSoftmax scores)

[<Law>]
let ``logSoftmax is the scores less logSumExp`` (case: Case) =
    let scores = scoresOf case
    Check.near (tolerance case scores) (scores - (Softmax.logSumExp scores).view [ case.rows; 1 ]) (Softmax.logSoftmax scores)

[<Law>]
let ``logSumExp is the logarithm of the sum of exponentials`` (case: Case) =
    let case = Fixture.mild case
    let scores = scoresOf case
    let naive = scores.toArray2D<float>()
    let expected = [| for i in 0 .. case.rows - 1 -> log (Seq.sum (Seq.map exp naive[i, *])) |]
    Check.near (tolerance case scores) (case.Tensor(expected, [ case.rows ])) (Softmax.logSumExp scores)

[<Law>]
let ``logSumExp lies between the largest score and that plus ln k`` (case: Case) =
    let scores = scoresOf case
    let largest = Check.values (scores.max (1, keepDim = true))
    let slack = log (float case.classes) + tolerance case scores
    Check.values (Softmax.logSumExp scores)
    |> Array.iteri (fun i v -> Assert.That(v, Is.InRange(largest[i], largest[i] + slack)))

[<Law>]
let ``the Jacobian of the softmax is diag(p) - p pT`` (case: Case) =
    let k = case.classes
    let o = case.Normal(0, [ k ])
    let softmax (o: Tensor) = (Softmax.softmax (o.view [ 1; k ])).view [ k ]
    let p = softmax o
    let row, column = p.view [ 1; k ], p.view [ k; 1 ]
    let eye = case.Tensor(Array.init (k * k) (fun i -> if i / k = i % k then 1.0 else 0.0), [ k; k ])
    let jacobian = eye * column - column.matmul row
    // Entries are at most ¼ and made of products of probabilities, each off by a few units.
    let tolerance = 4.0 * float (k + 4) * case.Eps
    Check.near tolerance jacobian (dsharp.jacobian softmax o)
    // The gradient of logSumExp is the softmax, so its Hessian is the same matrix.
    let logSumExp (o: Tensor) = (Softmax.logSumExp (o.view [ 1; k ])).sum()
    Check.near tolerance p (dsharp.grad logSumExp o)
    Check.near tolerance jacobian (dsharp.hessian logSumExp o)
    // logSoftmax: I − 1·pᵀ
    let logSoftmax (o: Tensor) = (Softmax.logSoftmax (o.view [ 1; k ])).view [ k ]
    Check.near tolerance (eye - row.expand [ k; k ]) (dsharp.jacobian logSoftmax o)

[<Law>]
let ``rows in another order give rows in that order`` (case: Case) =
    let scores = scoresOf case
    let order = Random.permutation case.rows (Random.key case.seed)
    for f in [ Softmax.softmax; Softmax.logSoftmax; Softmax.logSumExp ] do
        Check.near (tolerance case scores) (Fixture.rows order (f scores)) (f (Fixture.rows order scores))
    Fixture.sameBits (Fixture.rows order (Softmax.argmax scores)) (Softmax.argmax (Fixture.rows order scores))

[<Law>]
let ``classes in another order give probabilities in that order`` (case: Case) =
    let scores = scoresOf case
    let order = Random.permutation case.classes (Random.key case.seed)
    let columns (t: Tensor) = (Fixture.rows order (t.transpose ())).transpose()
    Check.near (tolerance case scores) (columns (Softmax.softmax scores)) (Softmax.softmax (columns scores))

[<Law>]
let ``one class has probability one`` (case: Case) =
    let scores = case.Normal(0, [ case.rows; 1 ])
    Fixture.sameBits (scores.zerosLike () + 1.0) (Softmax.softmax scores)
    Fixture.sameBits (scores.zerosLike ()) (Softmax.logSoftmax scores)
    Fixture.sameBits (scores.view [ case.rows ]) (Softmax.logSumExp scores)

[<Law>]
let ``a one-hot row has a one at its label and zeros elsewhere`` (case: Case) =
    let like = scoresOf case
    let labels = case.Labels(1, case.rows, case.classes)
    let y = labels.toArray1D<int>()
    let expected = Array.init (case.rows * case.classes) (fun i -> if i % case.classes = y[i / case.classes] then 1.0 else 0.0)
    let oneHot = Softmax.oneHot like labels
    Fixture.sameBits (case.Tensor(expected, [ case.rows; case.classes ])) oneHot
    Assert.That(oneHot.dtype, Is.EqualTo case.dtype)
    Fixture.sameBits labels (Softmax.argmax oneHot)

[<Law>]
let ``argmax is the first of the highest scores`` (case: Case) =
    // Whole numbers from 0 to 2, so that there are ties.
    let values = Array.init (case.rows * case.classes) (fun i -> float (Random.below 3 (Random.key case.seed) (int64 i)))
    let expected = values |> Array.chunkBySize case.classes |> Array.map (fun row -> Array.findIndex ((=) (Array.max row)) row)
    let scores = case.Tensor(values, [ case.rows; case.classes ])
    Assert.That((Softmax.argmax scores).dtype, Is.EqualTo Dtype.Int32)
    Assert.That((Softmax.argmax scores).toArray1D<int>(), Is.EqualTo(box expected))
    // The softmax keeps the order, so it has the same argmax.
    Fixture.sameBits (Softmax.argmax scores) (Softmax.argmax (Softmax.softmax scores))

[<Test>]
let ``scores of another shape are refused by name`` () =
    let vector = dsharp.tensor [ 1.0; 2.0 ]
    for name, f in [ "softmax", Softmax.softmax; "logSoftmax", Softmax.logSoftmax; "logSumExp", Softmax.logSumExp ] do
        Check.fails<ShapeException> [ $"{name}: got shape [2], expected [n; k]"; "Use view" ] (fun () -> f vector |> ignore)
        Check.fails<DataException> [ $"{name}: got no rows" ] (fun () -> f (dsharp.zeros [ 0; 3 ]) |> ignore)
    Check.fails<ShapeException> [ "argmax: got shape [2]" ] (fun () -> Softmax.argmax vector |> ignore)
    let like = dsharp.zeros [ 2; 3 ]
    Check.fails<DataException> [ "Label 3 in row 1 is outside 0..2" ] (fun () ->
        Softmax.oneHot like (dsharp.tensor [ 0; 3 ]) |> ignore)
    Check.fails<ShapeException> [ "oneHot: got shape labels [3], expected [2], one label per row" ] (fun () ->
        Softmax.oneHot like (dsharp.tensor [ 0; 1; 2 ]) |> ignore)
