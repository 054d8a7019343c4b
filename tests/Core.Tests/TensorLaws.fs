/// Laws of what tensors compute: arithmetic, sums, matrices, shapes, indices, reading and printing.
module LinearNets.Tests.TensorLaws

open System
open NUnit.Framework
open LinearNets
open LinearNets.FSharp
open LinearNets.Tensors

// ---- what the laws are written with ---------------------------------------------------------------------------------

/// Σ a·b over every element.
let inner (a: Tensor) (b: Tensor) = (a * b).sum()

let number (t: Tensor) = float t

let magnitude (t: Tensor) = number (t.abs().sum())

/// Indices for gather, along a dimension, that take some places once each.
let places (case: Case) (shape: int list) dim taken : Tensor =
    let outer = List.fold (*) 1 shape[.. dim - 1]
    let inner = List.fold (*) 1 shape[dim + 1 ..]
    let order o i = Random.permutation shape[dim] (Random.split (Random.key case.seed) (o * inner + i))
    let indices =
        [| for o in 0 .. outer - 1 do
               for j in 0 .. taken - 1 do
                   for i in 0 .. inner - 1 -> (order o i)[j] |]
    dsharp.tensor(indices).view(List.updateAt dim taken shape)

/// An input of a reverse differentiation of its own.
let variable (x: Tensor) =
    dsharp.nest ()
    x.reverseDiff (nestingTag = Nullable(dsharp.nestLevel ()))

// ---- arithmetic -----------------------------------------------------------------------------------------------------

/// The bits of the values, so that equal means the same.
let private bits (t: Tensor) = t.shape, t.dtype, Check.values t |> Array.map BitConverter.DoubleToInt64Bits

let private same (expected: Tensor) (actual: Tensor) =
    if bits expected <> bits actual then Assert.Fail $"expected\n{expected}\ngot\n{actual}"

let private arithmetic: (string * (Tensor -> Tensor -> Tensor)) list =
    [ "+", (fun a b -> a + b); "-", (fun a b -> a - b); "*", (fun a b -> a * b); "/", (fun a b -> a / b) ]

let private ints (values: int list) = dsharp.tensor values

[<Law>]
let ``an operation on two shapes is the operation on the expanded tensors`` (case: Case) =
    let n, d, k = case.rows, case.columns, case.classes

    for name, operation in arithmetic do
        for a, b in
            [ [ n; d ], [ d ]
              [ d ], [ n; d ]
              [ n; 1 ], [ n; d ]
              [ n; d; k ], [ 1; d; 1 ]
              [], [ n; d ]
              [ 1 ], [ n; d; k ]
              [ d; 1 ], [ n; d; k ] ] do
            let target = if List.length a > List.length b || (a.Length = b.Length && List.sum a > List.sum b) then a else b
            let x, y = case.Normal(0, a), case.Normal(1, b)
            let expected = operation (x.expand target) (y.expand target)

            if bits expected <> bits (operation x y) then Assert.Fail $"{Print.shape a} {name} {Print.shape b}"

[<Law>]
let ``an operation on two tensors is the operation on their numbers`` (case: Case) =
    let x, y = case.Normal(0, [ case.rows; case.columns ]), case.Normal(1, [ case.rows; case.columns ])
    // Float32 rounded from the double result of one operation is the correctly rounded result.
    let rounded (v: float) = if case.dtype = Dtype.Float32 then float (float32 v) else v

    for (_, operation), onNumbers in List.zip arithmetic [ (+); (-); (*); (/) ] do
        let expected = Array.map2 (fun a b -> rounded (onNumbers a b)) (Check.values x) (Check.values y)
        Assert.That(Check.values (operation x y), Is.EqualTo(box expected))

[<Law>]
let ``an operation with a number is the operation with a tensor of that number`` (case: Case) =
    let x = case.Normal(0, [ case.rows; case.columns ])
    let s = case.Tensor([| 1.25 |], [])
    same (x + s) (x + 1.25)
    same (s + x) (1.25f + x)
    same (x - s) (x - 1.25f)
    same (s - x) (1.25 - x)
    same (x * s) (x * 1.25)
    same (s * x) (1.25 * x)
    same (x / s) (x / 1.25)
    same (s / x) (1.25 / x)
    same (case.Tensor([| -1.0 |], []) * x) -x

[<Law>]
let ``functions of every element are near their definitions`` (case: Case) =
    let x = case.Normal(0, [ case.rows; case.columns ])
    let log1p (u: float) = let w = 1.0 + u in if w = 1.0 then u else log w * u / (w - 1.0)

    let functions: (string * (Tensor -> Tensor) * (float -> float)) list =
        [ "exp", _.exp(), exp
          "log", (fun x -> x.abs().log()), (fun v -> log (abs v))
          "sqrt", (fun x -> x.abs().sqrt()), (fun v -> sqrt (abs v))
          "abs", _.abs(), abs
          "sign", _.sign(), (fun v -> float (sign v))
          "softplus", _.softplus(), (fun v -> max v 0.0 + log1p (exp -(abs v)))
          "sigmoid", _.sigmoid(), (fun v -> 1.0 / (1.0 + exp -v))
          "relu", _.relu(), max 0.0
          "tanh", _.tanh(), tanh
          "clamp", (fun x -> x.clamp (-0.5, 1)), (fun v -> min 1.0 (max -0.5 v)) ]

    for name, onTensor, onNumber in functions do
        for v, y in Array.zip (Check.values x) (Check.values (onTensor x)) do
            let expected = onNumber v
            // 16 units in the last place of the result; a logarithm near 0 is off by that much of 1, and below the smallest
            // normal number units are 2⁻¹⁴⁹ (Float32).
            let tolerance = 16.0 * case.Eps * max (abs expected) (if name = "log" then 1.0 else 1.2e-38)

            if not (abs (y - expected) <= tolerance) && not (Double.IsInfinity y && abs expected > 3.4e38) then
                Assert.Fail $"{name} {v:R}: expected {expected:R}, got {y:R}"

[<Test>]
let ``no function overflows where its value is finite`` () =
    for dtype in [ Dtype.Float32; Dtype.Float64 ] do
        let x = dsharp.tensor ([ -1e30; -1000.0; 0.0; 1000.0; 1e30 ], dtype = dtype)
        same (dsharp.tensor ([ 0.0; 0.0; 0.5; 1.0; 1.0 ], dtype = dtype)) (x.sigmoid ())
        same (dsharp.tensor ([ -1.0; -1.0; 0.0; 1.0; 1.0 ], dtype = dtype)) (x.tanh ())
        let s = x.softplus ()
        same x[3] s[3]
        same x[4] s[4]
        same (x[2] * 0.0) s[0]
        Check.nearNumber 1e-7 (log 2.0) (number s[2])

[<Test>]
let ``shapes that do not expand to each other are refused, also where NumPy would stretch both`` () =
    for a, b in
        [ [ 3; 1 ], [ 1; 4 ]
          [ 2; 3 ], [ 2 ]
          [ 2; 3 ], [ 3; 2 ]
          [ 3 ], [ 4 ]
          [ 2; 1; 3 ], [ 2; 2; 1 ]
          [ 1; 3 ], [ 3; 1 ] ] do
        for name, operation in arithmetic do
            Check.fails<ShapeException>
                [ $"{name}: got shape {Print.shape a} and {Print.shape b}"
                  "equal shapes, or one that expands"
                  "view, unsqueeze or expand" ]
                (fun () -> operation (dsharp.ones a) (dsharp.ones b) |> ignore)

[<Test>]
let ``types of number never mix`` () =
    let single, double, whole =
        dsharp.ones [ 2; 2 ], dsharp.ones ([ 2; 2 ], dtype = Dtype.Float64), dsharp.ones ([ 2; 2 ], dtype = Dtype.Int32)

    for name, operation in
        ("matmul", (fun (a: Tensor) (b: Tensor) -> a.matmul b))
        :: ("solve", (fun a b -> a.solve b))
        :: ("eq", (fun a b -> a.eq b))
        :: ("cat", (fun a b -> dsharp.cat [ a; b ]))
        :: arithmetic do
        for a, b in [ single, double; double, single; single, whole ] do
            Check.fails<DtypeException> [ $"{name}: got {a.dtype} and {b.dtype}"; "one type of number"; "use cast" ] (fun () ->
                operation a b |> ignore)

[<Test>]
let ``eq compares equal shapes only`` () =
    same (ints [ 1; 0; 0 ]) ((dsharp.tensor [ 1.0; 2.0; nan ]).eq(dsharp.tensor [ 1.0; 3.0; nan ]))
    same (ints [ 0; 1 ]) ((ints [ 4; 5 ]).eq(ints [ 5; 5 ]))
    Check.fails<ShapeException> [ "eq"; "[2; 3] and [3]"; "equal shapes" ] (fun () ->
        (dsharp.ones [ 2; 3 ]).eq(dsharp.ones [ 3 ]) |> ignore)
    Check.fails<ShapeException> [ "eq"; "[2; 3] and [6]" ] (fun () -> (dsharp.ones [ 2; 3 ]).eq(dsharp.ones [ 6 ]) |> ignore)

// ---- whole numbers --------------------------------------------------------------------------------------------------

[<Law>]
let ``arithmetic with whole numbers is exact`` (case: Case) =
    let values stream =
        Array.init case.rows (fun i -> Random.below 40_000 (Random.split (Random.key case.seed) stream) (int64 i) - 20_000)
    let a, b = values 0, values 1
    let x, y = dsharp.tensor a, dsharp.tensor b
    Assert.That((x + y).toArray1D<int>(), Is.EqualTo(box (Array.map2 (+) a b)))
    Assert.That((x - y).toArray1D<int>(), Is.EqualTo(box (Array.map2 (-) a b)))
    Assert.That((x * y).toArray1D<int>(), Is.EqualTo(box (Array.map2 (*) a b)))
    Assert.That((x + 3).toArray1D<int>(), Is.EqualTo(box (Array.map ((+) 3) a)))
    Assert.That((3 - x).toArray1D<int>(), Is.EqualTo(box (Array.map ((-) 3) a)))
    Assert.That((x * -7.0).toArray1D<int>(), Is.EqualTo(box (Array.map ((*) -7) a)))
    Assert.That((-x).toArray1D<int>(), Is.EqualTo(box (Array.map (~-) a)))
    Assert.That((x.abs ()).toArray1D<int>(), Is.EqualTo(box (Array.map abs a)))
    Assert.That((x.sign ()).toArray1D<int>(), Is.EqualTo(box (Array.map sign a)))
    Assert.That((x.relu ()).toArray1D<int>(), Is.EqualTo(box (Array.map (max 0) a)))
    Assert.That(int (x.sum ()), Is.EqualTo(Array.sum a))
    Assert.That(int (x.max ()), Is.EqualTo(Array.max a))
    Assert.That((x + y).dtype, Is.EqualTo Dtype.Int32)

[<Test>]
let ``whole numbers keep all 32 bits`` () =
    let x = ints [ Int32.MaxValue; 16_777_217; Int32.MinValue ]
    Assert.That((x * 1 + 0).toArray1D<int>(), Is.EqualTo(box [| Int32.MaxValue; 16_777_217; Int32.MinValue |]))
    Assert.That(x.cast(Dtype.Float64).cast(Dtype.Int32), Is.EqualTo x)

[<Test>]
let ``a whole number that does not fit is an error`` () =
    let big = ints [ 1; Int32.MaxValue ]

    for name, overflow in
        [ "Add", (fun () -> big + big)
          "Subtract", (fun () -> -big - big)
          "Multiply", (fun () -> big * big)
          "scale and shift", (fun () -> big + 1)
          "scale and shift", (fun () -> big * 2)
          "scale and shift", (fun () -> -(ints [ Int32.MinValue ]))
          "sum", (fun () -> big.sum ())
          "sum", (fun () -> (big.unsqueeze 1).sum 0) ] do
        Check.fails<DataException> [ name ] (fun () -> overflow () |> ignore)

[<Test>]
let ``whole numbers are not divided, and meet whole numbers only`` () =
    let x = ints [ 4; 6 ]
    let words = [ "/"; "Int32"; "Float32 or Float64"; "cast" ]
    Check.fails<DtypeException> words (fun () -> x / x |> ignore)
    Check.fails<DtypeException> words (fun () -> x / 2 |> ignore)
    Check.fails<DtypeException> words (fun () -> 2 / x |> ignore)
    Check.fails<DtypeException> words (fun () -> x.mean () |> ignore)

    for name, mix in
        [ "+", (fun () -> x + 0.5)
          "-", (fun () -> x - 0.5)
          "-", (fun () -> 0.5 - x)
          "*", (fun () -> x * 0.5f)
          "+", (fun () -> x + 3e9)
          "+", (fun () -> x + nan) ] do
        Check.fails<DtypeException> [ name; "Int32"; "whole number that fits 32 bits"; "Cast" ] (fun () -> mix () |> ignore)

[<Test>]
let ``functions of real numbers refuse whole ones`` () =
    let x = ints [ 4; 6 ]

    for name, f in
        [ "exp", (fun () -> x.exp ())
          "log", (fun () -> x.log ())
          "sqrt", (fun () -> x.sqrt ())
          "softplus", (fun () -> x.softplus ())
          "sigmoid", (fun () -> x.sigmoid ())
          "tanh", (fun () -> x.tanh ())
          "clamp", (fun () -> x.clamp (0, 5))
          "matmul", (fun () -> (x.view [ 1; 2 ]).matmul(x.view [ 2; 1 ]))
          "solve", (fun () -> (x.view [ 1; 2 ]).[*, ..0].solve(x.[..0])) ] do
        Check.fails<DtypeException> [ name; "got Int32"; "expected Float32 or Float64"; "cast" ] (fun () -> f () |> ignore)

    for name, f in
        [ "reverseDiff", (fun () -> x.reverseDiff ())
          "forwardDiff", (fun () -> x.forwardDiff x)
          "reverseDiff", (fun () -> dsharp.grad (fun x -> x.sum ()) x) ] do
        Check.fails<DtypeException> [ name; "Int32"; "Whole numbers have no derivative"; "cast" ] (fun () -> f () |> ignore)

// ---- sums, maxima and NaN -------------------------------------------------------------------------------------------

[<Law>]
let ``sums over dimensions add up to the sum`` (case: Case) =
    let shape = [ case.rows; case.columns; case.classes ]
    let x = case.Normal(0, shape)
    let values = Check.values x
    // Fewer than 1000 terms, added pairwise.
    let tolerance = 20.0 * case.Eps * Array.sumBy abs values
    Check.nearNumber tolerance (Array.sum values) (number (x.sum ()))
    Check.nearNumber tolerance (Array.sum values / float values.Length) (number (x.mean ()))

    for dim in 0..2 do
        Check.near tolerance (x.sum ()) ((x.sum dim).sum())
        same ((x.sum dim).unsqueeze dim) (x.sum (dim, keepDim = true))
        let slices =
            [ for i in 0 .. shape[dim] - 1 -> x.gather (dim, (dsharp.zeros (List.updateAt dim 1 shape, dtype = Dtype.Int32)) + i) ]
        Check.near tolerance (List.reduce (+) slices) (x.sum (dim, keepDim = true))

    Assert.That((x.sum Dtype.Float64).dtype, Is.EqualTo Dtype.Float64)
    Assert.That((x.sum (1, dtype = Dtype.Float64)).dtype, Is.EqualTo Dtype.Float64)

[<Test>]
let ``sums of any length count every element once`` () =
    // Whole numbers below 2²⁴ are exact in Float32. Lengths around the blocks in which sums are cut, and all others up to 600.
    for width in [ 1; 2; 3; 7; 8; 16; 40 ] do
        for length in [ 1..600 ] @ [ 1023; 1024; 1025; 2049; 4097 ] do
            let x = (dsharp.tensor [| 1..length |]).cast(Dtype.Float32).unsqueeze(1).expand [ length; width ]
            let expected = float (length * (length + 1) / 2)

            if Check.values (x.sum 0) <> Array.create width expected then
                Assert.Fail $"[{length}; {width}] over dimension 0: {x.sum 0}"

            if Check.values (x.transpose().sum 1) <> Array.create width expected then
                Assert.Fail $"[{width}; {length}] over dimension 1"

    for length in [ 1..600 ] @ [ 1023; 1024; 1025; 2049; 4097 ] do
        Assert.That(number (dsharp.ones([ length ]).sum()), Is.EqualTo(float length))

[<Law>]
let ``the maximum is the element at argmax, the first of the largest`` (case: Case) =
    // Few different values, so that equals are common.
    let shape = [ case.rows; case.columns; case.classes ]
    let x = (case.Uniform(0, 0.0, 4.0, shape)).cast(Dtype.Int32).cast case.dtype
    Assert.That(number (x.max ()), Is.EqualTo(Array.max (Check.values x)))

    for dim in 0..2 do
        let along = x.max dim
        let place = x.argmax dim
        Assert.That(place.dtype, Is.EqualTo Dtype.Int32)
        same (place.unsqueeze dim) (x.argmax (dim, keepDim = true))
        same (along.unsqueeze dim) (x.max (dim, keepDim = true))
        same (x.gather(dim, place.unsqueeze dim).squeeze dim) along

    let rows = x.view([ case.rows; case.columns * case.classes ]).toArray2D<float>()

    for i, found in Array.indexed (x.view([ case.rows; -1 ]).argmax(1).toArray1D<int>()) do
        let row = rows[i, *]
        Assert.That(found, Is.EqualTo(Array.findIndex ((=) (Array.max row)) row))

[<Test>]
let ``NaN goes through maxima, places of maxima, clamp, relu and sums`` () =
    for dtype in [ Dtype.Float32; Dtype.Float64 ] do
        let x = dsharp.tensor ([ [ 1.0; nan; 3.0 ]; [ infinity; 5.0; nan ]; [ 1.0; 9.0; 2.0 ] ], dtype = dtype)
        Assert.That(Double.IsNaN(number (x.max ())))
        Assert.That(Double.IsNaN(number (x.sum ())))
        Assert.That(x.argmax(1).toArray1D<int>(), Is.EqualTo(box [| 1; 2; 1 |]))
        Assert.That(x.max(1).toArray1D<float>(), Is.EqualTo(box [| nan; nan; 9.0 |]))
        let row = x[0]

        let functions: (Tensor -> Tensor) list =
            [ _.relu()
              _.abs()
              _.sign()
              _.exp()
              _.sqrt()
              _.log()
              _.tanh()
              _.sigmoid()
              _.softplus()
              (fun t -> t.clamp (-2, 2))
              (~-) ]

        for f in functions do
            let values = Check.values (f row)
            Assert.That(Array.map Double.IsNaN values, Is.EqualTo(box [| false; true; false |]))

[<Test>]
let ``ten million times 0.1 is a million`` () =
    let count = 10_000_000
    let tenths = dsharp.zeros [ count ] + 0.1f
    let ones = dsharp.ones [ count ]

    let within tolerance (times: int) (t: Tensor) =
        let expected = float times * float 0.1f

        for sum in Check.values t do
            Check.nearNumber (tolerance * expected) expected sum

    // Sums are pairwise: 8 rounding units where adding one after the other would be off by a tenth.
    let near = within 1e-6
    // Matrix products add chains of 512 terms before they go on in pairs: 256 units at worst, which 0.1 nearly half fills.
    let nearProduct = within 1e-5
    near count (tenths.sum ())
    near count (tenths.mean () * count)
    near count (tenths.dot ones)
    near (count / 4) ((tenths.view [ 4; -1 ]).sum 1)
    near (count / 4) ((tenths.view [ -1; 4 ]).sum 0)
    near (count / 20) ((tenths.view [ 5; -1; 4 ]).sum 1)
    near count ((tenths.unsqueeze 0).matmul(ones.unsqueeze 1))
    nearProduct (count / 5) ((tenths.view [ 5; -1 ]).matmul((ones.view [ -1; 5 ])))
    nearProduct (count / 40) ((tenths.view [ -1; 40 ]).transpose().matmul((ones.view [ -1; 40 ]).[*, ..2]))
    nearProduct (count / 40) ((tenths.view [ 40; -1 ]).matmul((ones.view [ 40; -1 ]).transpose()))
    // The gradient of a broadcast bias sums over as many rows.
    let gradient = dsharp.grad (fun b -> (b * tenths.view [ -1; 4 ]).sum()) (dsharp.ones [ 4 ])
    near (count / 4) gradient

// ---- matrices -------------------------------------------------------------------------------------------------------

let private naive (a: Tensor) (b: Tensor) =
    let a, b = a.toArray2D<float>(), b.toArray2D<float>()
    Array2D.init (Array2D.length1 a) (Array2D.length2 b) (fun i j ->
        Seq.sum (seq { for k in 0 .. Array2D.length2 a - 1 -> a[i, k] * b[k, j] }))

[<Law>]
let ``a matrix product is the sum of products, whichever factor is transposed`` (case: Case) =
    // Small shapes, and shapes of several blocks and a rest.
    let n, k, m =
        if case.seed % 5 = 0 then
            20 * case.rows, 33 * case.columns, 7 * case.classes
        else
            case.rows, case.columns, case.classes
    let a, b = case.Normal(0, [ n; k ]), case.Normal(1, [ k; m ])
    let expected = naive a b |> fun values -> dsharp.tensor (values, dtype = Dtype.Float64)
    // Each of k products is at most the product of the largest factors; k roundings in the worst order.
    let tolerance = 2.0 * float k * case.Eps * Check.largest a * Check.largest b
    let near (actual: Tensor) = Check.near tolerance expected (actual.cast Dtype.Float64)
    // A transposed copy, and its transpose, lies in memory column by column.
    let turned (t: Tensor) = (t.transpose () + 0.0).transpose()
    let product = a.matmul b
    near product
    near ((turned a).matmul b)
    near (a.matmul (turned b))
    near ((turned a).matmul(turned b))
    Check.near tolerance (product.transpose ()) (b.transpose().matmul(a.transpose ()))

[<Test>]
let ``a matrix product without a middle is zero, and one without rows is empty`` () =
    same (dsharp.zeros [ 2; 3 ]) ((dsharp.ones [ 2; 0 ]).matmul(dsharp.ones [ 0; 3 ]))
    same (dsharp.zeros [ 0; 3 ]) ((dsharp.ones [ 0; 2 ]).matmul(dsharp.ones [ 2; 3 ]))

[<Law>]
let ``a transposed matrix is like any other to every operation`` (case: Case) =
    let n, d = case.rows, case.columns
    let x = case.Normal(0, [ n; d ])
    let t = x.transpose ()
    let copy =
        case.Tensor(
            [| for j in 0 .. d - 1 do
                   for i in 0 .. n - 1 -> float x[i, j] |],
            [ d; n ]
        )
    let row = case.Normal(1, [ n ])
    let square = case.Uniform(2, -1.0, 1.0, [ n; n ]) + dsharp.eye (n, dtype = case.dtype) * (2 * n)
    same copy t
    same x (t.transpose ())

    let operations: (Tensor -> Tensor) list =
        [ (fun t -> t.transpose ())
          (fun t -> t + row)
          (fun t -> row - t)
          (fun t -> t * t)
          (fun t -> t * 2.0)
          _.exp()
          _.sum()
          (fun t -> t.sum 0)
          (fun t -> t.sum 1)
          (fun t -> t.max 0)
          (fun t -> t.argmax 1)
          (fun t -> t.view [ n; d ])
          (fun t -> t.unsqueeze 1)
          (fun t -> t.expand [ 2; d; n ])
          (fun t -> t[d - 1])
          (fun t -> t.[d / 2 ..])
          (fun t -> t.[*, n / 2 ..])
          (fun t -> t.gather (0, dsharp.zeros ([ 1; n ], dtype = Dtype.Int32)))
          (fun t -> t.scatter (0, places case [ d; n ] 0 d, [ d; n ]))
          (fun t -> dsharp.cat [ t; t ])
          (fun t -> dsharp.cat ([ t; t ], 1))
          (fun t -> square.solve (t.transpose ()))
          (fun t -> t.cast Dtype.Float64)
          (fun t -> t.eq t) ]

    for operation in operations do
        same (operation copy) (operation t)

    same (square.transpose().solve row) ((square.transpose () + 0.0).solve row)
    Assert.That(t.GetHashCode(), Is.EqualTo(copy.GetHashCode()))
    Assert.That(t.ToString(), Is.EqualTo(copy.ToString()))

[<Law>]
let ``solve gives what the matrix sends to the right side`` (case: Case) =
    let n, m = case.rows, case.classes
    // The diagonal outweighs the rest of its row by a factor of two, so the condition number is below 10.
    let a = case.Uniform(0, -1.0, 1.0, [ n; n ]) + dsharp.eye (n, dtype = case.dtype) * (2 * n)
    let b, c = case.Normal(1, [ n; m ]), case.Normal(2, [ n ])
    let tolerance = 100.0 * float n * case.Eps
    Check.nearRelative tolerance b (a.matmul (a.solve b))
    Check.nearRelative tolerance c (a.matmul((a.solve c).unsqueeze 1).squeeze 1)
    // Rows in another order are the same equations: the pivots must not be where elimination starts.
    let order = Random.permutation n (Random.key case.seed)
    let permuted (t: Tensor) = dsharp.cat [ for i in order -> t.[i..i] ]
    Check.nearRelative tolerance (a.solve b) ((permuted a).solve(permuted b))

[<Test>]
let ``a singular matrix is named, with its column`` () =
    let a = dsharp.tensor [ [ 1.0; 2.0; 3.0 ]; [ 2.0; 4.0; 1.0 ]; [ 3.0; 6.0; 5.0 ] ]

    let solve (a: Tensor) () = a.solve (dsharp.ones (a.shape[..0], dtype = a.dtype)) |> ignore

    for a in [ a; a.cast Dtype.Float64 ] do
        Check.fails<DataException> [ "solve"; "3×3"; "singular"; "column 1"; "Remove the column, or add a penalty" ] (solve a)

    Check.fails<DataException> [ "2×2"; "column 0" ] (solve (dsharp.zeros [ 2; 2 ]))
    same (dsharp.tensor [ 2.0; 3.0 ]) ((dsharp.tensor [ [ 0.0; 1.0 ]; [ 1.0; 0.0 ] ]).solve(dsharp.tensor [ 3.0; 2.0 ]))

// ---- shapes ---------------------------------------------------------------------------------------------------------

[<Law>]
let ``rows are views, and what is computed from them and after them is right`` (case: Case) =
    let n, d = case.rows + 2, case.columns
    let x = case.Normal(0, [ n; d ])
    let all = x.toArray2D<float>()
    let first, last = case.seed % n, n - 1
    let rows = x.[first..last]
    let expected =
        case.Tensor(
            [| for i in first..last do
                   for j in 0 .. d - 1 -> all[i, j] |],
            [ last - first + 1; d ]
        )
    same expected rows
    same (expected * 2.0) (rows * 2.0)
    same (expected.transpose ()) (rows.transpose ())
    same (expected.sum 0) (rows.sum 0)
    same (expected.view [ -1 ]) (rows.view [ -1 ])
    Check.near 0.0 (expected.matmul (dsharp.eye (d, dtype = case.dtype))) (rows.matmul (dsharp.eye (d, dtype = case.dtype)))
    same (expected.transpose().matmul expected) (rows.transpose().matmul rows)
    same (expected.[0..0]) (rows.[0..0])
    same expected[last - first] rows[last - first]
    same (expected.[*, d - 1]) (x.[first.., d - 1])
    same x (dsharp.cat [ x.[..0]; x.[1..] ])
    // The whole is as it was.
    Assert.That(x.toArray2D<float>(), Is.EqualTo(box all))

[<Law>]
let ``slices of rows and columns are those of arrays`` (case: Case) =
    let n, d = case.rows, case.columns
    let x = case.Normal(0, [ n; d ])
    let all = x.toArray2D<float>()
    let i, j = case.seed % n, case.seed / 10 % d
    let near (expected: float[,]) (actual: Tensor) = Assert.That(actual.toArray2D<float>(), Is.EqualTo(box expected))
    near all[i.., j..] x.[i.., j..]
    near all[..i, ..j] x.[..i, ..j]
    near all[*, j..j] x.[*, j..j]
    near all[i..i, *] x.[i..i]
    Assert.That(x.[i, j..].toArray1D<float>(), Is.EqualTo(box all[i, j..]))
    Assert.That(x.[i.., j].toArray1D<float>(), Is.EqualTo(box all[i.., j]))
    Assert.That(number x[i, j], Is.EqualTo all[i, j])
    let cube = case.Normal(1, [ n; d; 2 ])
    same (cube[i].[j..]) (cube.[i, j..])
    Assert.That(cube.[i.., j].shape, Is.EqualTo(box [| n - i; 2 |]))

[<Test>]
let ``slices out of range and empty slices are refused`` () =
    let x = dsharp.ones [ 3; 4 ]

    for slice in
        [ (fun () -> x.[1..3])
          (fun () -> x.[-1 .. 1])
          (fun () -> x.[2..1])
          (fun () -> x.[3..])
          (fun () -> x.[*, 0..4])
          (fun () -> x.[*, 3..2])
          (fun () -> x.[5, *]) ] do
        Check.fails<ShapeException>
            [ "slice"; ".."; "dimension"; "expected bounds within 0.."; "first not above the last" ]
            (fun () -> slice () |> ignore)

    Check.fails<ShapeException> [ "1..3 of dimension 0"; "[3; 4]"; "0..2" ] (fun () -> x.[1..3] |> ignore)

    for index, shape, last, get in
        [ 3, "[3; 4]", 2, (fun () -> x[3])
          -1, "[3; 4]", 2, (fun () -> x[-1])
          5, "[3; 4]", 2, (fun () -> x[5, 0])
          4, "[4]", 3, (fun () -> x[0, 4])
          -1, "[4]", 3, (fun () -> x[0, -1])
          0, "[0; 2]", -1, (fun () -> (dsharp.zeros [ 0; 2 ]).[0]) ] do
        Check.fails<ShapeException>
            [ $"index: {index} of dimension 0 is outside a tensor of shape {shape}; expected 0..{last}." ]
            (fun () -> get () |> ignore)

    Check.fails<ShapeException> [ "index"; "[]"; "at least 1 dimension"; "A scalar has no parts." ] (fun () ->
        (dsharp.tensor 1.0).[0] |> ignore)
    Check.fails<ShapeException> [ "slice"; "[3]"; "at least 2 dimensions" ] (fun () -> (dsharp.ones [ 3 ]).[0..1, 0..1] |> ignore)
    same (dsharp.zeros [ 0; 3 ]) ((dsharp.zeros [ 0; 3 ]).[*])

[<Law>]
let ``a view works out a size of −1`` (case: Case) =
    let n, d, k = case.rows, case.columns, case.classes
    let x = case.Normal(0, [ n; d; k ])
    Assert.That((x.view [ -1 ]).shape, Is.EqualTo(box [| n * d * k |]))
    Assert.That((x.view [ n; -1 ]).shape, Is.EqualTo(box [| n; d * k |]))
    Assert.That((x.view [ -1; k; 1 ]).shape, Is.EqualTo(box [| n * d; k; 1 |]))
    Assert.That(Check.values (x.view [ k; -1 ]), Is.EqualTo(box (Check.values x)))

[<Test>]
let ``views that lose elements, and sizes that are none, are refused`` () =
    let x = dsharp.ones [ 2; 3 ]
    let words = [ "view"; "[2; 3]"; "as many elements" ]
    Check.fails<ShapeException> ("[4]" :: words) (fun () -> x.view [ 4 ] |> ignore)
    Check.fails<ShapeException> ("[4; -1]" :: words) (fun () -> x.view [ 4; -1 ] |> ignore)
    Check.fails<ShapeException> ("[0; -1]" :: words) (fun () -> x.view [ 0; -1 ] |> ignore)
    Check.fails<ShapeException> [ "sizes of 0 or more" ] (fun () -> x.view [ -1; -1 ] |> ignore)
    Check.fails<ShapeException> [ "sizes of 0 or more" ] (fun () -> x.view [ -2; -3 ] |> ignore)
    Check.fails<ShapeException> [ "[-1; 2]"; "sizes of 0 or more" ] (fun () -> dsharp.zeros [ -1; 2 ] |> ignore)
    Check.fails<ShapeException> [ "at most"; "values" ] (fun () -> dsharp.zeros [ 65536; 65536 ] |> ignore)
    Assert.That(((dsharp.ones [ 0; 3 ]).view [ -1; 3 ]).shape, Is.EqualTo(box [| 0; 3 |]))

[<Test>]
let ``a shape too large for any machine is an error too`` () =
    Check.fails<ShapeException> [ "at most"; "values" ] (fun () ->
        dsharp.zeros [ Int32.MaxValue; Int32.MaxValue; Int32.MaxValue ] |> ignore)

[<Test>]
let ``dimensions come and go`` () =
    let x = dsharp.ones [ 1; 3; 1; 2 ]
    Assert.That((x.squeeze ()).shape, Is.EqualTo(box [| 3; 2 |]))
    Assert.That((dsharp.ones [ 1; 1 ]).squeeze().shape, Is.Empty)
    Assert.That((x.squeeze 2).shape, Is.EqualTo(box [| 1; 3; 2 |]))
    Assert.That((x.squeeze 3).shape, Is.EqualTo(box [| 1; 3; 1; 2 |]))
    // −1 is no sign for all of them.
    Check.fails<ShapeException> [ "squeeze: dimension -1"; "0 to 3" ] (fun () -> x.squeeze -1 |> ignore)
    Check.fails<ShapeException> [ "squeeze: dimension 0"; "a tensor with a dimension" ] (fun () ->
        (dsharp.tensor 1.0).squeeze 0 |> ignore)
    Assert.That((x.squeeze 0).shape, Is.EqualTo(box [| 3; 1; 2 |]))
    Assert.That((x.squeeze 1).shape, Is.EqualTo(box [| 1; 3; 1; 2 |]))
    Assert.That((x.unsqueeze 4).shape, Is.EqualTo(box [| 1; 3; 1; 2; 1 |]))
    Assert.That((x.unsqueeze 0).shape, Is.EqualTo(box [| 1; 1; 3; 1; 2 |]))
    Assert.That(((dsharp.tensor 1.0).unsqueeze 0).shape, Is.EqualTo(box [| 1 |]))
    Check.fails<ShapeException> [ "squeeze: dimension 4"; "0 to 3" ] (fun () -> x.squeeze 4 |> ignore)
    Check.fails<ShapeException> [ "unsqueeze: dimension 5"; "0 to 4" ] (fun () -> x.unsqueeze 5 |> ignore)
    Check.fails<ShapeException> [ "unsqueeze: dimension -1" ] (fun () -> x.unsqueeze -1 |> ignore)
    Check.fails<ShapeException> [ "transpose"; "[1; 3; 1; 2]"; "a matrix" ] (fun () -> x.transpose () |> ignore)
    Check.fails<ShapeException> [ "expand"; "[1; 3; 1; 2]"; "[3; 2]"; "Only sizes of 1" ] (fun () -> x.expand [ 3; 2 ] |> ignore)

[<Test>]
let ``the shape that a tensor gives away is a copy`` () =
    let x = dsharp.ones [ 2; 3 ]
    x.shape[0] <- 99
    Assert.That(x.shape, Is.EqualTo(box [| 2; 3 |]))

[<Test>]
let ``a tensor is a copy of the array it was made of, and gives away copies`` () =
    let values = [| 1.0; 2.0 |]
    let x = dsharp.tensor (values, dtype = Dtype.Float64)
    values[0] <- 99.0
    Assert.That(number x[0], Is.EqualTo 1.0)
    (x.toArray1D<float>())[0] <- 99.0
    Assert.That(number x[0], Is.EqualTo 1.0)

[<Test>]
let ``tensors without elements`` () =
    let none = dsharp.zeros [ 0; 3 ]
    same (dsharp.zeros [ 3 ]) (none.sum 0)
    same (dsharp.zeros [ 0 ]) (none.sum 1)
    same (dsharp.zeros []) (none.sum ())
    same (dsharp.zeros [ 0; 3 ]) (none * dsharp.ones [ 3 ])
    same (dsharp.zeros [ 0; 3 ]) (none.exp () + 1.0)
    same (dsharp.zeros [ 3; 0 ]) (none.transpose ())
    same (dsharp.ones [ 2; 3 ]) (dsharp.cat [ none; dsharp.ones [ 2; 3 ] ])
    same (dsharp.zeros [ 0 ]) (none.argmax(1).cast Dtype.Float32)
    Assert.That(none, Is.EqualTo none)
    Assert.That((dsharp.tensor ([||]: float[])).shape, Is.EqualTo(box [| 0 |]))
    same (dsharp.zeros [ 3 ]) (dsharp.grad (fun b -> (none * b).sum()) (dsharp.ones [ 3 ]))
    Check.fails<DataException> [ "mean"; "no rows"; "at least one" ] (fun () -> none.mean () |> ignore)
    Check.fails<DataException> [ "max"; "no rows"; "at least one" ] (fun () -> none.max () |> ignore)
    Check.fails<DataException> [ "argmax"; "no rows"; "at least one" ] (fun () -> none.argmax 0 |> ignore)
    Check.fails<DataException> [ "cat"; "at least one" ] (fun () -> dsharp.cat [] |> ignore)

// ---- gather and scatter ---------------------------------------------------------------------------------------------

[<Law>]
let ``scatter puts back what gather took`` (case: Case) =
    let shape = [ case.rows; case.columns; case.classes ]
    let x = case.Normal(0, shape)

    for dim in 0..2 do
        let all = places case shape dim shape[dim]
        same x ((x.gather (dim, all)).scatter(dim, all, shape))
        let some = places case shape dim (1 + case.seed % shape[dim])
        let taken = x.gather (dim, some)
        same taken (taken.scatter(dim, some, shape).gather(dim, some))
        // ⟨gather x, y⟩ = ⟨x, scatter y⟩; fewer than 1000 equal terms in another order.
        let y = case.Normal(1, List.ofArray some.shape)
        let scattered = y.scatter (dim, some, shape)
        Check.near (20.0 * case.Eps * (1.0 + magnitude (taken * y))) (inner taken y) (inner x scattered)

[<Test>]
let ``gather takes along a dimension what the indices say`` () =
    let x = dsharp.tensor [ [ 1.0; 2.0; 3.0 ]; [ 4.0; 5.0; 6.0 ] ]
    same (dsharp.tensor [ [ 3.0 ]; [ 4.0 ] ]) (x.gather (1, dsharp.tensor [ [ 2 ]; [ 0 ] ]))
    same (dsharp.tensor [ [ 4.0; 2.0; 6.0 ] ]) (x.gather (0, dsharp.tensor [ [ 1; 0; 1 ] ]))
    same (dsharp.tensor [ [ 3.0; 1.0 ]; [ 4.0; 5.0 ] ]) (x.gather (1, dsharp.tensor [ [ 2; 0 ]; [ 0; 1 ] ]))
    same
        (dsharp.tensor [ [ 0.0; 7.0; 0.0 ]; [ 8.0; 0.0; 0.0 ] ])
        ((dsharp.tensor [ [ 7.0 ]; [ 8.0 ] ]).scatter(1, dsharp.tensor [ [ 1 ]; [ 0 ] ], [ 2; 3 ]))

[<Test>]
let ``indices out of range, repeated, or of another type or shape are refused`` () =
    let x = dsharp.ones [ 2; 3 ]
    let gather dim (indices: Tensor) () = x.gather (dim, indices) |> ignore
    Check.fails<DataException>
        [ "gather"; "index 3 at position 1"; "0..2"; "count from 0" ]
        (gather 1 (dsharp.tensor [ [ 0 ]; [ 3 ] ]))
    Check.fails<DataException> [ "gather"; "index -1 at position 0"; "0..2" ] (gather 1 (dsharp.tensor [ [ -1 ]; [ 0 ] ]))
    Check.fails<DataException>
        [ "gather"; "index 2 at position 3 occurs before"; "one by one" ]
        (gather 1 (dsharp.tensor [ [ 0; 1 ]; [ 2; 2 ] ]))
    gather 0 (dsharp.tensor [ [ 1; 1; 1 ] ]) ()
    Check.fails<DtypeException> [ "gather"; "Float32 indices"; "Int32 indices"; "cast" ] (gather 1 (dsharp.zeros [ 2; 1 ]))
    Check.fails<ShapeException>
        [ "gather"; "indices [3; 1] for [2; 3]"; "every dimension but 1" ]
        (gather 1 (dsharp.zeros ([ 3; 1 ], dtype = Dtype.Int32)))
    Check.fails<ShapeException> [ "gather"; "indices [2] for [2; 3]" ] (gather 1 (ints [ 0; 1 ]))
    Check.fails<ShapeException> [ "gather: dimension 2"; "[2; 3]"; "0 to 1" ] (gather 2 (dsharp.tensor [ [ 0 ]; [ 0 ] ]))
    Check.fails<ShapeException> [ "gather: dimension -1"; "0 to 1" ] (gather -1 (dsharp.tensor [ [ 0 ]; [ 0 ] ]))
    let scatter (indices: Tensor) (shape: int list) () = x.scatter (1, indices, shape) |> ignore
    Check.fails<DataException>
        [ "scatter"; "index 5 at position 2"; "0..4" ]
        (scatter (dsharp.tensor [ [ 0; 1; 5 ]; [ 0; 1; 2 ] ]) [ 2; 5 ])
    Check.fails<DataException>
        [ "scatter"; "occurs before in its slice" ]
        (scatter (dsharp.tensor [ [ 0; 1; 1 ]; [ 0; 1; 2 ] ]) [ 2; 5 ])
    Check.fails<ShapeException> [ "scatter"; "[2; 3] and [2; 1]" ] (scatter (dsharp.tensor [ [ 0 ]; [ 0 ] ]) [ 2; 5 ])
    Check.fails<ShapeException>
        [ "scatter"; "[3; 5]"; "[2; 3]"; "every dimension but 1" ]
        (scatter (dsharp.tensor [ [ 0; 1; 2 ]; [ 0; 1; 2 ] ]) [ 3; 5 ])

[<Test>]
let ``dimensions that do not exist are refused, negative ones too`` () =
    let x = dsharp.ones [ 2; 3 ]

    for dim in [ -1; 2 ] do
        for name, f in
            [ "sum", (fun () -> x.sum dim)
              "max", (fun () -> x.max dim)
              "argmax", (fun () -> x.argmax dim)
              "cat", (fun () -> dsharp.cat ([ x ], dim)) ] do
            Check.fails<ShapeException> [ name; $"dimension {dim}"; "[2; 3]"; "0 to 1" ] (fun () -> f () |> ignore)

[<Law>]
let ``cat puts tensors one after the other`` (case: Case) =
    let n, d = case.rows, case.columns
    let a, b = case.Normal(0, [ n; d ]), case.Normal(1, [ case.classes; d ])
    let both = dsharp.cat [ a; b; a ]
    same a (both.[.. n - 1])
    same b (both.[n .. n + case.classes - 1])
    same a (both.[n + case.classes ..])
    same (both.transpose ()) (dsharp.cat ([ a.transpose (); b.transpose (); a.transpose () ], 1))
    same a (dsharp.cat [ a ])

[<Test>]
let ``tensors that do not fit are not put after each other`` () =
    Check.fails<ShapeException> [ "cat"; "[2; 3] and [2; 4]"; "every dimension but 0" ] (fun () ->
        dsharp.cat [ dsharp.ones [ 2; 3 ]; dsharp.ones [ 2; 4 ] ] |> ignore)
    Check.fails<ShapeException> [ "cat"; "[2; 3] and [3]" ] (fun () ->
        dsharp.cat [ dsharp.ones [ 2; 3 ]; dsharp.ones [ 3 ] ] |> ignore)
    Check.fails<ShapeException> [ "cat"; "dimension 0"; "[]" ] (fun () -> dsharp.cat [ dsharp.tensor 1.0 ] |> ignore)

// ---- making, casting, reading ---------------------------------------------------------------------------------------

[<Test>]
let ``tensors are made of numbers, arrays and nested sequences`` () =
    let expected = dsharp.tensor ([| 1.0; 2.0; 3.0; 4.0 |], dtype = Dtype.Float32)
    same (expected.view [ 2; 2 ]) (dsharp.tensor [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ])
    same (expected.view [ 2; 2 ]) (dsharp.tensor (array2D [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ]))
    same (expected.view [ 2; 2 ]) (dsharp.tensor [| [| 1f; 2f |]; [| 3f; 4f |] |])
    same expected (dsharp.tensor [| 1f; 2f; 3f; 4f |])
    same (ints [ 1; 2 ]) (dsharp.tensor [| 1uy; 2uy |])
    same expected (dsharp.tensor [ box 1; box 2f; box 3.0; box 4uy ])
    same (dsharp.tensor [ 1.0; 2.5 ]) (dsharp.tensor [ box 1; box 2.5 ])
    same (expected.view [ 2; 1; 2 ]) (dsharp.tensor (Array3D.init 2 1 2 (fun i _ k -> float (1 + 2 * i + k))))
    Assert.That((dsharp.tensor 3).dtype, Is.EqualTo Dtype.Int32)
    Assert.That((dsharp.tensor 3.0).dtype, Is.EqualTo Dtype.Float32)
    Assert.That((dsharp.tensor (3, dtype = Dtype.Float64)).dtype, Is.EqualTo Dtype.Float64)
    same (dsharp.tensor [ [ 1.0; 0.0; 0.0 ]; [ 0.0; 1.0; 0.0 ] ]) (dsharp.eye (2, 3))
    same (dsharp.tensor [ 0.0; 1.0; 0.0 ]) (expected.onehotLike (3, 1))
    Assert.That((expected.zerosLike ([ 2; 2 ], dtype = Dtype.Int32)), Is.EqualTo(dsharp.zeros ([ 2; 2 ], dtype = Dtype.Int32)))
    Assert.That((dsharp.tensor expected).Level, Is.EqualTo -1L)

[<Test>]
let ``what is no array of numbers is refused`` () =
    let make (value: obj) () = dsharp.tensor value |> ignore
    Check.fails<ShapeException> [ "tensor"; "[1] as item 1"; "[2]"; "same length" ] (make [ [ 1.0; 2.0 ]; [ 3.0 ] ])
    Check.fails<DtypeException> [ "tensor"; "a string"; "Parse" ] (make "12")
    Check.fails<DtypeException> [ "tensor"; "null" ] (make null)
    Check.fails<DtypeException> [ "tensor"; "Boolean"; "Single, Double, Int32 or Byte" ] (make [| true |])
    Check.fails<DtypeException> [ "tensor"; "Int64"; "Convert" ] (make [| 1L |])
    Check.fails<DtypeException> [ "tensor"; "Object"; "arrays or sequences" ] (make (obj ()))
    // Whole numbers of 64 bits and truth values would lose digits or meaning on the way.
    Check.fails<DtypeException> [ "tensor"; "Int64"; "Convert" ] (make [ 16777217L ])
    Check.fails<DtypeException> [ "tensor"; "Boolean" ] (make true)
    Check.fails<DtypeException> [ "+"; "a string"; "Parse" ] (fun () -> dsharp.ones [ 1 ] + "3" |> ignore)
    Check.fails<DataException> [ "onehotLike"; "index 3"; "0..2" ] (fun () -> (dsharp.ones [ 2 ]).onehotLike(3, 3) |> ignore)
    Check.fails<DeviceException> [ "GPU 0"; "CPU only"; "Device.CPU" ] (fun () ->
        dsharp.zeros ([ 1 ], device = Device.GPU) |> ignore)

[<Test>]
let ``arrays are taken by the exact type of their elements`` () =
    // .NET takes an array of uint32 for one of int, of sbyte for one of byte, and of uint16 for one of char.
    let refused (values: 'number[]) =
        let name = typeof<'number>.Name
        let table: 'number[,] = Array2D.init 2 1 (fun i _ -> values[i])
        let cube: 'number[,,] = Array3D.init 1 2 1 (fun _ i _ -> values[i])
        for value in [ box values; box table; box cube; box [| values; values |]; box (List.ofArray values) ] do
            for dtype in [ Dtype.Float32; Dtype.Float64; Dtype.Int32 ] do
                Check.fails<DtypeException>
                    [ "tensor: got"; name; "expected Single, Double, Int32 or Byte"; "Convert" ]
                    (fun () -> dsharp.tensor (value, dtype = dtype) |> ignore)
    refused [| 1u; 4294967295u |]
    refused [| 1y; -1y |]
    refused [| 1us; 65535us |]
    refused [| 1s; -1s |]
    refused [| 1L; -1L |]
    refused [| 1UL; 2UL |]
    refused [| true; false |]
    refused [| 'a'; 'b' |]
    refused [| 1m; 2.5m |]
    let taken (dtype: Dtype) (values: 'number[]) (expected: float list) =
        let table: 'number[,] = Array2D.init 2 1 (fun i _ -> values[i])
        for t: Tensor, shape in [ dsharp.tensor values, [| 2 |]; dsharp.tensor table, [| 2; 1 |] ] do
            Assert.That(t.dtype, Is.EqualTo dtype)
            Assert.That(t.shape, Is.EqualTo(box shape))
            Assert.That(Check.values t, Is.EqualTo(box (Array.ofList expected)))
    taken Dtype.Int32 [| 1; -2 |] [ 1.0; -2.0 ]
    taken Dtype.Int32 [| 1uy; 255uy |] [ 1.0; 255.0 ]
    taken Dtype.Float32 [| 1.5f; -2.0f |] [ 1.5; -2.0 ]
    taken Dtype.Float32 [| 1.5; -2.0 |] [ 1.5; -2.0 ]

[<Test>]
let ``eye takes the number of columns it is given`` () =
    Assert.That((dsharp.eye 2).shape, Is.EqualTo(box [| 2; 2 |]))
    Assert.That((dsharp.eye (2, 0)).shape, Is.EqualTo(box [| 2; 0 |]))
    Check.fails<ShapeException> [ "[2; -1]"; "sizes of 0 or more" ] (fun () -> dsharp.eye (2, -1) |> ignore)

[<Test>]
let ``a cast to whole numbers cuts towards zero, and refuses what has no whole number`` () =
    Assert.That((dsharp.tensor [ 1.9; -1.9; 0.5 ]).cast Dtype.Int32, Is.EqualTo(ints [ 1; -1; 0 ]))

    for value in [ nan; infinity; 3e9 ] do
        Check.fails<DataException> [ "cast"; "NaN, infinite or too large"; "Float64" ] (fun () ->
            (dsharp.tensor [ value ]).cast Dtype.Int32 |> ignore)

    // The explicit conversion goes the same way.
    Assert.That(int (dsharp.tensor 2.9), Is.EqualTo 2)
    Check.fails<DataException> [ "NaN" ] (fun () -> int (dsharp.tensor nan) |> ignore)

    Assert.That(number ((dsharp.tensor (1e300, dtype = Dtype.Float64)).cast Dtype.Float32), Is.EqualTo infinity)
    Assert.That(number ((dsharp.tensor (0.1, dtype = Dtype.Float64)).cast Dtype.Float32), Is.EqualTo(float 0.1f))

[<Law>]
let ``what goes in comes out`` (case: Case) =
    let values = Random.normals case.rows (Random.key case.seed) |> Array.map (fun v -> v * case.scale)
    Assert.That((dsharp.tensor (values, dtype = Dtype.Float64)).toArray1D<float>(), Is.EqualTo(box values))
    let single = Array.map float32 values
    Assert.That((dsharp.tensor single).toArray1D<float32>(), Is.EqualTo(box single))
    Assert.That((dsharp.tensor values).toArray1D<float32>(), Is.EqualTo(box single))

[<Test>]
let ``arrays are read from tensors of their rank and of known numbers`` () =
    let x = dsharp.ones [ 2; 3 ]
    Check.fails<ShapeException> [ "toArray1D"; "[2; 3]"; "a vector, shape [n]"; "view" ] (fun () ->
        x.toArray1D<float>() |> ignore)
    Check.fails<ShapeException> [ "toArray1D"; "[]" ] (fun () -> (dsharp.tensor 1.0).toArray1D<float>() |> ignore)
    Check.fails<ShapeException> [ "toArray2D"; "[6]"; "a matrix" ] (fun () -> (x.view [ 6 ]).toArray2D<float>() |> ignore)
    Check.fails<DtypeException> [ "Int64"; "Single, Double or Int32" ] (fun () -> (x.view [ 6 ]).toArray1D<int64>() |> ignore)

[<Test>]
let ``a tensor of one element is a number`` () =
    let x = dsharp.tensor [ [ 2.75 ] ]
    Assert.That(float x, Is.EqualTo 2.75)
    Assert.That(float32 x, Is.EqualTo 2.75f)
    Assert.That(int x, Is.EqualTo 2)
    Assert.That(float (x.reverseDiff ()), Is.EqualTo 2.75)
    Check.fails<ShapeException> [ "as a number"; "[2]"; "one element"; "sum, mean or an index" ] (fun () ->
        float (dsharp.ones [ 2 ]) |> ignore)
    Check.fails<ShapeException> [ "as a number"; "[0]" ] (fun () -> float (dsharp.zeros [ 0 ]) |> ignore)

[<Law>]
let ``tensors are equal when shape, type of number and values are, and then have one hash`` (case: Case) =
    let x = case.Normal(0, [ case.rows; case.columns ])
    let copy = case.Normal(0, [ case.rows; case.columns ])
    Assert.That(copy.Equals x)
    Assert.That(copy.GetHashCode(), Is.EqualTo(x.GetHashCode()))
    Assert.That((variable x).Equals x)
    Assert.That((variable x).GetHashCode(), Is.EqualTo(x.GetHashCode()))
    Assert.That(x.Equals(variable x))
    Assert.That((x + 1.0).Equals x, Is.False)
    Assert.That((x.unsqueeze 0).Equals x, Is.False)
    Assert.That((x.cast (if case.dtype = Dtype.Float32 then Dtype.Float64 else Dtype.Float32)).Equals x, Is.False)
    Assert.That(x.Equals null, Is.False)
    Assert.That(x.Equals "x", Is.False)
    let last = x * 0.0 + case.Tensor([| yield! Array.zeroCreate (x.nelement - 1); 1.0 |], [ case.rows; case.columns ])
    Assert.That(last.Equals(x * 0.0), Is.False)

[<Test>]
let ``zero equals minus zero, and NaN nothing`` () =
    let zero, minus = dsharp.tensor [ 0.0 ], -(dsharp.tensor [ 0.0 ])
    Assert.That(zero.Equals minus)
    Assert.That(zero.GetHashCode(), Is.EqualTo(minus.GetHashCode()))
    let none = dsharp.tensor [ nan ]
    Assert.That(none.Equals none, Is.False)

[<Test>]
let ``the other state of scripts: seed and randn`` () =
    dsharp.seed 3
    let a, b = dsharp.randn [ 2; 2 ], dsharp.randn [ 4 ]
    dsharp.seed 3
    Assert.That(dsharp.randn [ 2; 2 ], Is.EqualTo a)
    Assert.That(a.view [ 4 ], Is.Not.EqualTo b)
    dsharp.seed 0

// ---- how tensors read -----------------------------------------------------------------------------------------------

[<Test>]
[<NonParallelizable>]
let ``tensors read as their shape, type of number and values`` () =
    let text (t: Tensor) = t.ToString()
    Assert.That(text (dsharp.tensor 3.5), Is.EqualTo "[] Float32 3.5")
    Assert.That(text (dsharp.tensor [ 1.0; -2.5; 0.1 ]), Is.EqualTo "[3] Float32 [   1  -2.5   0.1]")
    Assert.That(text (dsharp.tensor [ [ 1; 20 ]; [ 300; 4 ] ]), Is.EqualTo "[2; 2] Int32\n[[  1   20]\n [300    4]]")
    Assert.That(text (dsharp.tensor ([ 1.0 / 3.0 ], dtype = Dtype.Float64)), Is.EqualTo "[1] Float64 [0.3333333333]")
    Assert.That(text (dsharp.tensor [ 1.0 / 3.0 ]), Is.EqualTo "[1] Float32 [0.333333]")
    Assert.That(text (dsharp.tensor [ nan; infinity ]), Is.EqualTo "[2] Float32 [     NaN  Infinity]")
    Assert.That(text (dsharp.tensor [ 0..12 ]), Is.EqualTo "[13] Int32 [ 0   1   2   3   4  …   8   9  10  11  12]")
    Assert.That(text (dsharp.tensor [ 0..11 ]), Does.Not.Contain "…")
    Assert.That(text (dsharp.zeros [ 0; 3 ]), Is.EqualTo "[0; 3] Float32\n[]")
    Assert.That(text (dsharp.zeros [ 0 ]), Is.EqualTo "[0] Float32 []")
    Assert.That(text (dsharp.ones [ 1; 2; 2 ]), Is.EqualTo "[1; 2; 2] Float32\n[[[1  1]\n  [1  1]]]")
    Assert.That(text ((dsharp.tensor 1.0).reverseDiff()), Is.EqualTo "[] Float32, differentiable 1")
    let x = dsharp.tensor 1.0
    Assert.That(text (x.forwardDiff x), Is.EqualTo "[] Float32, with a forward derivative 1")
    // FSI prints by this.
    Assert.That((sprintf "%A" (dsharp.tensor [ 1; 2 ])), Is.EqualTo "[2] Int32 [1  2]")
    let tall = text (dsharp.ones [ 40; 2 ])
    Assert.That(tall.Split('\n').Length, Is.EqualTo 12)
    Assert.That(tall, Does.Contain "\n …\n")

[<Test>]
[<NonParallelizable>]
let ``the printer can be set shorter, or to everything`` () =
    let text (t: Tensor) = t.ToString()
    let third = dsharp.tensor ([ 1.0 / 3.0; 2.0 ], dtype = Dtype.Float64)

    try
        dsharp.config (printer = Printer.Short)
        Assert.That(text third, Is.EqualTo "[2] Float64 [0.333      2]")
        Assert.That(text (dsharp.tensor [ 0..6 ]), Is.EqualTo "[7] Int32 [0  1  …  5  6]")
        dsharp.config (printer = Printer.Full)
        Assert.That(text third, Is.EqualTo "[2] Float64 [0.3333333333333333                   2]")
        Assert.That(text (dsharp.tensor [ 0.1 ]), Is.EqualTo "[1] Float32 [0.100000001]")
        let all = text (dsharp.tensor [ 0..99 ])
        Assert.That(all, Does.Not.Contain "…")
        Assert.That(all, Does.Contain "50")
    finally
        dsharp.config (printer = Printer.Default)

    Assert.That(text (dsharp.tensor [ 0..12 ]), Does.Contain "…")

[<Test>]
[<NonParallelizable>]
let ``the type of number that is used unless another is given can be set`` () =
    try
        dsharp.config (dtype = Dtype.Float64)
        Assert.That((dsharp.tensor [ 1.0 ]).dtype, Is.EqualTo Dtype.Float64)
        Assert.That((dsharp.zeros [ 1 ]).dtype, Is.EqualTo Dtype.Float64)
        Assert.That((dsharp.tensor [ 1 ]).dtype, Is.EqualTo Dtype.Int32)
        Assert.That((dsharp.zeros ([ 1 ], dtype = Dtype.Float32)).dtype, Is.EqualTo Dtype.Float32)
    finally
        dsharp.config (dtype = Dtype.Float32)

    Assert.That((dsharp.zeros [ 1 ]).dtype, Is.EqualTo Dtype.Float32)
    Check.fails<DeviceException> [ "GPU 0"; "CPU only" ] (fun () -> dsharp.config (device = Device.GPU))
