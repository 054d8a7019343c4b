/// Laws of differentiation: every operation's derivatives against each other and against differences, nesting, reverse mode.
module LinearNets.Tests.TensorDerivativeLaws

open System
open System.Threading
open System.Threading.Tasks
open NUnit.Framework
open LinearNets
open LinearNets.FSharp
open LinearNets.Tensors
open LinearNets.Tests.TensorLaws

// ---- differentiating a function of several tensors ------------------------------------------------------------------

/// A function of several tensors.
type private Function = Tensor list -> Tensor

let private level () =
    dsharp.nest ()
    dsharp.nestLevel ()

/// Applies a function to inputs of which those chosen are made differentiable by `start`; says whether the value is so too.
let private recorded (f: Function) (chosen: bool list) (start: int -> uint32 -> Tensor -> Tensor) (inputs: Tensor list) =
    let tag = level ()
    let inputs = List.zip chosen inputs |> List.mapi (fun i (chosen, x) -> if chosen then start i tag x else x)
    let y = f inputs
    inputs, y, y.Level = int64 tag

/// The gradients of ⟨cotangent, f⟩ with respect to the chosen inputs, by reverse mode.
let private gradients (f: Function) chosen (cotangent: Tensor) inputs : Tensor list =
    let start _ tag (x: Tensor) = x.reverseDiff (derivative = x.zerosLike (), nestingTag = Nullable tag)
    let inputs, y, differentiable = recorded f chosen start inputs

    if differentiable then y.reverse (cotangent, zeroDerivatives = false)

    [ for chosen, x in List.zip chosen inputs do
          if chosen then x.derivative ]

/// The derivative of f in the directions of the chosen inputs, by forward mode.
let private push (f: Function) chosen (directions: Tensor list) inputs : Tensor =
    let start i tag (x: Tensor) = x.forwardDiff (directions[i], nestingTag = Nullable tag)
    let _, y, differentiable = recorded f chosen start inputs
    if differentiable then y.derivative else y.zerosLike ()

let private gradientFunction f chosen cotangent : Function =
    fun inputs -> dsharp.cat [ for g in gradients f chosen cotangent inputs -> g.view [ g.nelement ] ]

// ---- the table of operations ----------------------------------------------------------------------------------------

/// Ranges of inputs in which an operation is smooth.
type private Domain =
    /// Anything of the case's scale: for polynomials.
    | Any
    /// |x| ≤ 2.
    | Moderate
    /// 0.5 ≤ |x| ≤ 2.
    | NotZero
    /// 0.5 ≤ x ≤ 2.
    | Positive
    /// Within −2..2, and further than 0.1 from every multiple of a half, where the kinks are.
    | BetweenKinks
    /// All elements differ by 0.1 or more.
    | Distinct

let private sample (case: Case) stream domain shape : Tensor =
    let uniform low high = case.Uniform(stream, low, high, shape)
    let bits = case.Uniform(stream + 100, -1.0, 1.0, shape)

    match domain with
    | Any -> uniform -case.scale case.scale
    | Moderate -> uniform -2.0 2.0
    | NotZero -> uniform 0.5 2.0 * bits.sign ()
    | Positive -> uniform 0.5 2.0
    | BetweenKinks -> uniform 0.1 0.4 + ((bits * 4.0).cast(Dtype.Int32).cast(case.dtype) * 0.5 - 0.5)
    | Distinct ->
        let count = List.fold (*) 1 shape
        let order = Random.permutation count (Random.key (case.seed + stream)) |> Array.map (fun i -> 0.25 * float i)
        uniform 0.0 0.1 + case.Tensor(order, shape)

type private Operation = { name: string; domains: (Domain * int list) list; apply: Function }

/// Every differentiable operation of the contract, with inputs of the sizes of a case.
let private operations (case: Case) : Operation list =
    let n, d, k = case.rows, case.columns, case.classes

    let operation name domains apply = { name = name; domains = domains; apply = apply }
    let unary name domain shape (f: Tensor -> Tensor) = operation name [ domain, shape ] (fun xs -> f xs[0])
    let binary name domains (f: Tensor -> Tensor -> Tensor) = operation name domains (fun xs -> f xs[0] xs[1])
    let matrix, cube = [ n; d ], [ n; d; k ]

    let broadcasts =
        [ matrix, matrix
          matrix, [ d ]
          [ d ], matrix
          matrix, [ 1; d ]
          matrix, [ n; 1 ]
          [ n; 1 ], matrix
          matrix, [ 1; 1 ]
          matrix, []
          [], matrix
          [], []
          cube, [ d; k ]
          [ n; 1; k ], cube
          cube, [ 1; d; 1 ]
          cube, [ 1 ] ]

    [ for a, b in broadcasts do
          let shapes = $"{Print.shape a} and {Print.shape b}"
          binary $"+ of {shapes}" [ Any, a; Any, b ] (fun a b -> a + b)
          binary $"- of {shapes}" [ Any, a; Any, b ] (fun a b -> a - b)
          binary $"* of {shapes}" [ Any, a; Any, b ] (fun a b -> a * b)
          binary $"/ of {shapes}" [ Moderate, a; NotZero, b ] (fun a b -> a / b)

      unary "t + s" Any matrix (fun x -> x + 2.5)
      unary "t - s" Any matrix (fun x -> x - 3)
      unary "t * s" Any matrix (fun x -> x * -1.5f)
      unary "t / s" Any matrix (fun x -> x / 4.0)
      unary "s + t" Any matrix (fun x -> 2.5f + x)
      unary "s - t" Any matrix (fun x -> 3.0 - x)
      unary "s * t" Any matrix (fun x -> 7 * x)
      unary "s / t" NotZero matrix (fun x -> 2.0 / x)
      unary "~-" Any matrix (fun x -> -x)
      unary "x * x" Any matrix (fun x -> x * x)
      unary "x / x" NotZero matrix (fun x -> x / x)
      unary "x³" Moderate matrix (fun x -> x * x * x)

      unary "exp" Moderate matrix _.exp()
      unary "log" Positive matrix _.log()
      unary "sqrt" Positive matrix _.sqrt()
      unary "abs" BetweenKinks matrix _.abs()
      unary "sign" BetweenKinks matrix _.sign()
      unary "softplus" Moderate matrix _.softplus()
      unary "sigmoid" Moderate matrix _.sigmoid()
      unary "relu" BetweenKinks matrix _.relu()
      unary "tanh" Moderate matrix _.tanh()
      unary "clamp" BetweenKinks matrix (fun x -> x.clamp (-1.0, 0.5))
      unary "clamp from below" BetweenKinks matrix (fun x -> x.clamp (low = -0.5))
      unary "clamp from above" BetweenKinks matrix (fun x -> x.clamp (high = 1))
      unary "relu of a square" BetweenKinks matrix (fun x -> (x * x * x).relu())
      unary "clamp of a product" BetweenKinks matrix (fun x -> x * x.clamp (-1.0, 1.0))

      unary "sum" Any cube _.sum()
      unary "mean" Any cube _.mean()
      unary "max" Distinct cube _.max()

      for dim in 0..2 do
          unary $"sum {dim}" Any cube (fun x -> x.sum dim)
          unary $"sum {dim}, kept" Any cube (fun x -> x.sum (dim, keepDim = true))
          unary $"max {dim}" Distinct cube (fun x -> x.max dim)
          unary $"max {dim}, kept" Distinct cube (fun x -> x.max (dim, keepDim = true))
          unary $"unsqueeze {dim}" Any matrix (fun x -> x.unsqueeze dim)
          unary $"squeeze {dim}" Any (List.updateAt dim 1 cube) (fun x -> x.squeeze dim)

          let taken = 1 + case.seed % cube[dim]
          let indices = places case cube dim taken
          unary $"gather {taken} along {dim}" Any cube (fun x -> x.gather (dim, indices))
          unary $"scatter {taken} along {dim}" Any (List.updateAt dim taken cube) (fun x -> x.scatter (dim, indices, cube))
          let another = List.updateAt dim 3 cube
          binary $"cat along {dim}" [ Any, cube; Any, another ] (fun a b -> dsharp.cat ([ a; b; a ], dim))

      unary "sum of a product with itself" Any matrix (fun x -> (x * x).sum 0)
      unary "max of a square" Distinct cube (fun x -> (x * x).max 1)
      unary "gather of a square" Any cube (fun x -> (x * x).gather(1, places case cube 1 d))
      binary "matmul" [ Any, [ n; d ]; Any, [ d; k ] ] (fun a b -> a.matmul b)
      binary "matmul, first transposed" [ Any, [ d; n ]; Any, [ d; k ] ] (fun a b -> a.transpose().matmul b)
      binary "matmul, second transposed" [ Any, [ n; d ]; Any, [ k; d ] ] (fun a b -> a.matmul (b.transpose ()))

      binary "matmul, both transposed" [ Any, [ d; n ]; Any, [ k; d ] ] (fun a b -> a.transpose().matmul(b.transpose ()))

      unary "Gram matrix" Any [ n; d ] (fun x -> x.transpose().matmul x)
      binary "dot" [ Any, [ n ]; Any, [ n ] ] (fun a b -> a.dot b)
      unary "dot with itself" Any [ n ] (fun x -> x.dot x)

      // I + M/(4n), |Mᵢⱼ| ≤ 2: the diagonal is at least twice the rest of its row.
      let regular (m: Tensor) = dsharp.eye (n, dtype = case.dtype) + m / (4 * n)
      binary "solve" [ Moderate, [ n; n ]; Moderate, [ n; k ] ] (fun a b -> (regular a).solve b)
      binary "solve of a vector" [ Moderate, [ n; n ]; Moderate, [ n ] ] (fun a b -> (regular a).solve b)
      unary "solve by its own transpose" Moderate [ n; n ] (fun a -> (regular a).solve(a.transpose ()))

      unary "expand by a row" Any [ 1; d ] (fun x -> x.expand [ n; d ])
      unary "expand by a dimension" Any [ d ] (fun x -> x.expand [ k; n; d ])
      unary "expand both ways" Any [ d; 1 ] (fun x -> x.expand [ n; d; k ])
      unary "view" Any matrix (fun x -> x.view [ d; n; 1 ])
      unary "squeeze" Any [ 1; n; 1; d ] _.squeeze()
      unary "unsqueeze at the end" Any matrix (fun x -> x.unsqueeze 2)
      unary "transpose" Any matrix _.transpose()
      unary "transpose of a square" Any matrix (fun x -> (x * x).transpose() * 2.0)

      let first, last = case.seed % n, n - 1
      let column = case.seed % d
      unary "slice of rows" Any cube (fun x -> x.[first..last])
      unary "slice up to" Any matrix (fun x -> x.[..first])
      unary "slice from" Any matrix (fun x -> x.[first..])
      unary "slice of everything" Any matrix (fun x -> x.[*])
      unary "slice of rows and columns" Any cube (fun x -> x.[first..last, column..])
      unary "part of a row" Any matrix (fun x -> x.[first, ..column])
      unary "part of a column" Any matrix (fun x -> x.[first.., column])
      unary "row" Any matrix (fun x -> x[first])
      unary "element" Any matrix (fun x -> x[first, column])
      unary "slice of a transpose" Any [ d; n ] (fun x -> (x * x).transpose().[first..])
      unary "slices that overlap" Any matrix (fun x -> x.[first..] * x[first])

      unary "cast" Moderate matrix (fun x ->
          let wide = x.cast Dtype.Float64
          (wide * wide).cast x.dtype)

      unary "cat of parts" Any matrix (fun x -> dsharp.cat ([ x; x * x; x.[first..] ]))
      unary "noDiff as a factor" Any matrix (fun x -> x.noDiff () * 2.0 + x * 0.0 - x.noDiff () * 2.0)
      unary "softmax" Moderate matrix (fun x ->
          let e = (x - x.noDiff().max(1, keepDim = true)).exp() in e / e.sum (1, keepDim = true)) ]

/// The inputs of an operation, directions for them, which of them are differentiated (each alone and all together, over
/// the cases), and a cotangent.
let private setting (case: Case) (operation: Operation) =
    let inputs = operation.domains |> List.mapi (fun i (domain, shape) -> sample case i domain shape)
    let directions = operation.domains |> List.mapi (fun i (_, shape) -> case.Uniform(10 + i, -1.0, 1.0, shape))
    let mask = 1 + case.seed % ((1 <<< inputs.Length) - 1)
    let chosen = List.init inputs.Length (fun i -> mask &&& (1 <<< i) <> 0)
    inputs, directions, chosen

let private cotangentFor (case: Case) stream (y: Tensor) = case.Uniform(stream, -1.0, 1.0, List.ofArray y.shape)

/// ⟨∇⟨c, f⟩, v⟩ = ⟨c, f′·v⟩: both modes compute the same sum in another order.
let private modesAgree name (case: Case) (f: Function) inputs directions chosen =
    let y = f inputs
    let c = cotangentFor case 20 y
    let g = gradients f chosen c inputs
    let dy = push f chosen directions inputs

    let v =
        [ for chosen, v in List.zip chosen directions do
              if chosen then v ]

    let reverse = List.map2 inner g v |> List.sumBy number
    let forward = number (inner c dy)
    let size = (List.map2 (fun g v -> magnitude (g * v)) g v |> List.sum) + magnitude (c * dy)
    // Each side is a sum of fewer than 1000 products, pairwise; each factor has gone through fewer than 50 roundings.
    let tolerance = 200.0 * case.Eps * (1.0 + size)

    for g, x in
        List.zip
            g
            [ for chosen, x in List.zip chosen inputs do
                  if chosen then x ] do
        if g.shape <> x.shape || g.dtype <> x.dtype then
            Assert.Fail $"{name}: the gradient of {Print.shape x.shape} {x.dtype} is {Print.shape g.shape} {g.dtype}"

    if dy.shape <> y.shape || dy.dtype <> y.dtype then
        Assert.Fail $"{name}: the tangent of {Print.shape y.shape} {y.dtype} is {Print.shape dy.shape} {dy.dtype}"

    if not (abs (reverse - forward) <= tolerance) then
        Assert.Fail $"{name}: reverse {reverse:R}, forward {forward:R}, tolerance {tolerance:E2}"

/// ⟨∇⟨c, f⟩, v⟩ = (⟨c, f(x + hv)⟩ − ⟨c, f(x − hv)⟩)/2h, in Float64.
let private differencesAgree name (case: Case) (f: Function) inputs directions chosen =
    let y = f inputs
    let c = cotangentFor case 20 y
    // h near the cube root of ε, where the error of the formula, h²/6·f‴, is about that of rounding, ε·f/h; a power of 2.
    let h = 7.62939453125e-6

    let shifted h = List.zip3 chosen inputs directions |> List.map (fun (chosen, x, v) -> if chosen then x + v * h else x) |> f

    let difference = number (inner c (shifted h) - inner c (shifted -h)) / (2.0 * h)
    let derivative = number (inner c (push f chosen directions inputs))
    // Rounding: ε/h = 3e-11 of the value, 1000-fold where terms cancel inside f. Formula: h²/6 = 1e-11 of the third
    // derivative, which in these domains is below 10⁴ times the value.
    let tolerance = 1e-6 * (1.0 + magnitude (c * y) + abs derivative)

    if not (abs (difference - derivative) <= tolerance) then
        Assert.Fail $"{name}: difference {difference:R}, derivative {derivative:R}, tolerance {tolerance:E2}"

[<Law>]
let ``the derivative of every operation is the same in reverse and in forward mode`` (case: Case) =
    for operation in operations case do
        let inputs, directions, chosen = setting case operation
        modesAgree operation.name case operation.apply inputs directions chosen

[<Law>]
let ``the derivative of every operation is the limit of differences`` (case: Case) =
    let case = { case with dtype = Dtype.Float64 }

    for operation in operations case do
        let inputs, directions, chosen = setting case operation
        differencesAgree operation.name case operation.apply inputs directions chosen

[<Law>]
let ``the derivative of every operation's derivative is right in all four nestings`` (case: Case) =
    let case =
        { case with
            dtype = Dtype.Float64
            rows = min 4 case.rows
            columns = min 4 case.columns
            classes = min 3 case.classes }

    for operation in operations case do
        let inputs, directions, chosen = setting case operation
        let f = operation.apply
        let gradient = gradientFunction f chosen (cotangentFor case 21 (f inputs))
        let tangent = push f chosen [ for v in directions -> v * 0.5 + 0.25 ]
        modesAgree $"{operation.name}, over reverse" case gradient inputs directions chosen
        modesAgree $"{operation.name}, over forward" case tangent inputs directions chosen
        differencesAgree $"{operation.name}, gradient" case gradient inputs directions chosen
        differencesAgree $"{operation.name}, tangent" case tangent inputs directions chosen

[<Law>]
let ``the derivative of every operation in Float32 is near the one in Float64`` (case: Case) =
    let single, double = { case with dtype = Dtype.Float32 }, { case with dtype = Dtype.Float64 }

    for operation, wide in List.zip (operations single) (operations double) do
        let inputs, _, chosen = setting single operation
        let c = cotangentFor single 20 (operation.apply inputs)
        let near = gradients operation.apply chosen c inputs
        let inputs = [ for x in inputs -> x.cast Dtype.Float64 ]
        let exact = gradients wide.apply chosen (c.cast Dtype.Float64) inputs

        for near, exact in List.zip near exact do
            let error = Check.largest (near.cast Dtype.Float64 - exact)
            // The same inputs, so only rounding: some 100 roundings of terms that are at most the inputs' size times the gradient's.
            let size = 1.0 + Check.largest exact + (if List.forall (fst >> (=) Any) operation.domains then case.scale else 0.0)

            if not (error <= 200.0 * single.Eps * size) then
                Assert.Fail $"{operation.name}: off by {error:E2} where the largest is {Check.largest exact:E2}"

[<Test>]
let ``the gradient of a cast has the type of number of the input`` () =
    for own, other in [ Dtype.Float32, Dtype.Float64; Dtype.Float64, Dtype.Float32 ] do
        let x = dsharp.tensor ([ 1.0; 2.0 ], dtype = own)
        let g = dsharp.grad (fun (x: Tensor) -> (x.cast other * x.cast other).sum()) x
        Assert.That(g, Is.EqualTo(dsharp.tensor ([ 2.0; 4.0 ], dtype = own)))

[<Test>]
let ``a cast to whole numbers ends the derivative`` () =
    let f (x: Tensor) = x.cast(Dtype.Int32).cast(Dtype.Float32).sum()
    Assert.That(dsharp.grad f (dsharp.tensor [ 1.5; 2.5 ]), Is.EqualTo(dsharp.zeros [ 2 ]))

[<Test>]
let ``derivatives at the kinks are as documented`` () =
    let at (x: float) (f: Tensor -> Tensor) = number (dsharp.diff f (dsharp.tensor x))
    Assert.That(at 0.0 _.abs(), Is.Zero)
    Assert.That(at 0.0 _.relu(), Is.Zero)
    Assert.That(at 0.0 _.sign(), Is.Zero)
    Assert.That(at -1.0 (fun x -> x.clamp (-1.0, 2.0)), Is.EqualTo 1.0)
    Assert.That(at 2.0 (fun x -> x.clamp (-1.0, 2.0)), Is.EqualTo 1.0)
    Assert.That(at 2.5 (fun x -> x.clamp (-1.0, 2.0)), Is.Zero)
    // The first of equals is the largest.
    let g = dsharp.grad (fun (x: Tensor) -> x.max ()) (dsharp.tensor [ 1.0; 3.0; 3.0 ])
    Assert.That(g, Is.EqualTo(dsharp.tensor [ 0.0; 1.0; 0.0 ]))

// ---- nested derivatives ---------------------------------------------------------------------------------------------

/// A smooth scalar function of a vector, with a Hessian that is neither diagonal nor constant.
let private bowl (x: Tensor) =
    let neighbours = if x.nelement > 1 then (x.[1..] * x.[.. x.nelement - 2]).sum() else x.sum ()
    (x.tanh () * x).sum() + neighbours * neighbours * 0.125 + x.sigmoid().sum() * x.sum ()

/// A smooth vector function of a vector.
let private curve (a: Tensor) (x: Tensor) = (a.matmul(x.unsqueeze 1).squeeze 1).tanh() + (x * x).sum()

[<Law>]
let ``the Hessian of the least-squares loss is XᵀX/n`` (case: Case) =
    let n, d = case.rows, case.columns
    let x, y, w = case.Normal(0, [ n; d ]), case.Normal(1, [ n ]), case.Normal(2, [ d ])

    let loss (w: Tensor) =
        let r = x.matmul(w.unsqueeze 1).squeeze 1 - y
        (r * r).sum() / (2 * n)

    let expected = x.transpose().matmul x / n
    // Sums of n products, each rounded, in two orders.
    Check.nearRelative (4.0 * float (n + 4) * case.Eps) expected (dsharp.hessian loss w)

    let gradient = x.transpose().matmul((x.matmul (w.unsqueeze 1)).squeeze(1).unsqueeze 1 - y.unsqueeze 1) / n
    let size = case.scale * case.scale * case.scale * 100.0
    Check.near (4.0 * float (n + d) * case.Eps * max 1.0 size) (gradient.squeeze 1) (dsharp.grad loss w)

[<Law>]
let ``Hessians are symmetric, agree with hessianv, and come with the gradient`` (case: Case) =
    let x, v = case.Uniform(0, -1.5, 1.5, [ case.columns ]), case.Uniform(1, -1.0, 1.0, [ case.columns ])
    let h = dsharp.hessian bowl x
    // Some 30 roundings on each side, in the order of magnitude of the largest second derivative.
    let near = Check.nearRelative (100.0 * case.Eps)
    near h (h.transpose ())
    near (h.matmul(v.unsqueeze 1).squeeze 1) (dsharp.hessianv bowl x v)
    let g, again = dsharp.gradhessian bowl x
    near (dsharp.grad bowl x) g
    near h again
    near (inner g v) (dsharp.gradv bowl x v)

[<Law>]
let ``the Jacobian of a linear map is its matrix`` (case: Case) =
    let a, x = case.Normal(0, [ case.rows; case.columns ]), case.Normal(1, [ case.columns ])
    let j = dsharp.jacobian (fun x -> a.matmul(x.unsqueeze 1).squeeze 1) x
    // Multiplied by ones and zeros only: exact.
    Check.near 0.0 a j

[<Law>]
let ``jacobianv and jacobianTv are products with the Jacobian`` (case: Case) =
    let a, x = case.Uniform(0, -1.0, 1.0, [ case.rows; case.columns ]), case.Uniform(1, -1.0, 1.0, [ case.columns ])
    let v, u = case.Uniform(2, -1.0, 1.0, [ case.columns ]), case.Uniform(3, -1.0, 1.0, [ case.rows ])
    let j = dsharp.jacobian (curve a) x
    // Sums of up to 9 products of rounded factors of size 1 to 9.
    let near = Check.nearRelative (100.0 * case.Eps)
    near (j.matmul(v.unsqueeze 1).squeeze 1) (dsharp.jacobianv (curve a) x v)
    near (j.transpose().matmul(u.unsqueeze 1).squeeze 1) (dsharp.jacobianTv (curve a) x u)

[<Law>]
let ``the Jacobian of the softmax is diag p − ppᵀ`` (case: Case) =
    let z = case.Normal(0, [ case.classes ])

    let softmax (z: Tensor) =
        let e = (z - z.noDiff().max()).exp()
        e / e.sum ()

    let p = softmax z
    let expected = dsharp.eye (case.classes, dtype = case.dtype) * p - p.unsqueeze(1).matmul(p.unsqueeze 0)
    // Probabilities are at most 1; the exponential of a difference of up to 200 is off by as many units.
    Check.near (20.0 * max 10.0 (Check.largest z) * case.Eps) expected (dsharp.jacobian softmax z)

[<Law>]
let ``the four ways to nest two derivatives give the same second derivatives`` (case: Case) =
    let x, v = case.Uniform(0, -1.5, 1.5, [ case.columns ]), case.Uniform(1, -1.0, 1.0, [ case.columns ])
    let u = case.Uniform(2, -1.0, 1.0, [ case.columns ])
    let one = [ true ]
    let ones = x.zerosLike [] + 1.0
    let f: Function = fun xs -> bowl xs[0]
    let gradient: Function = fun xs -> List.head (gradients f one ones xs)
    let slope: Function = push f one [ v ]
    let reverseOverReverse = inner u (List.head (gradients gradient one v [ x ]))
    let forwardOverReverse = inner v (push gradient one [ u ] [ x ])
    let reverseOverForward = inner u (List.head (gradients slope one ones [ x ]))
    let forwardOverForward = push slope one [ u ] [ x ]
    let expected = inner u (dsharp.hessian bowl x |> fun h -> h.matmul(v.unsqueeze 1).squeeze 1)
    let tolerance = 200.0 * case.Eps * (1.0 + magnitude (dsharp.hessian bowl x))

    for way in [ reverseOverReverse; forwardOverReverse; reverseOverForward; forwardOverForward ] do
        Check.near tolerance expected way

/// d/dx of a function of a number, by each mode and each of their front ends.
let private derivatives: (string * ((Tensor -> Tensor) -> Tensor -> Tensor)) list =
    [ "diff", dsharp.diff
      "grad", dsharp.grad
      "gradv", (fun f x -> dsharp.gradv f x (x.zerosLike () + 1.0))
      "reverse", (fun f x -> List.head (gradients (fun xs -> f xs[0]) [ true ] (x.zerosLike () + 1.0) [ x ]))
      "jacobian", (fun f x -> (dsharp.jacobian (fun x -> (f x[0]).unsqueeze 0) (x.unsqueeze 0)).view []) ]

let private inAllModes
    (check: ((Tensor -> Tensor) -> Tensor -> Tensor) -> ((Tensor -> Tensor) -> Tensor -> Tensor) -> float * float)
    =
    for outerName, outer in derivatives do
        for innerName, inner in derivatives do
            let expected, actual = check outer inner
            Assert.That(actual, Is.EqualTo expected, $"{innerName} inside {outerName}")

[<Test>]
let ``perturbations are not confused: d/dx (x · d/dy (x + y)) = 1`` () =
    inAllModes (fun outer inner ->
        let f (x: Tensor) = x * inner (fun y -> x + y) (dsharp.tensor 1.0)
        1.0, number (outer f (dsharp.tensor 1.0)))

[<Test>]
let ``perturbations are not confused: the inner derivative taken at the outer variable`` () =
    // d/dx (x · [d/dy x·y² at y = x]) = d/dx 2x³ = 6x²
    inAllModes (fun outer inner ->
        let f (x: Tensor) = x * inner (fun y -> x * y * y) x
        54.0, number (outer f (dsharp.tensor 3.0)))

[<Test>]
let ``perturbations are not confused: the inner function ignores its own variable`` () =
    // d/dx (x² + d/dy x³) = 2x
    inAllModes (fun outer inner ->
        let f (x: Tensor) = x * x + inner (fun _ -> x * x * x) x
        6.0, number (outer f (dsharp.tensor 3.0)))

[<Test>]
let ``perturbations are not confused: an inner derivative that has the outer variable as its direction`` () =
    // d/dx [directional derivative of y² at y = x along x] = d/dx 2x·x = 4x
    for _, outer in derivatives do
        let f (x: Tensor) = dsharp.jacobianv (fun y -> y * y) x x
        Assert.That(number (outer f (dsharp.tensor 3.0)), Is.EqualTo 12.0)
        let f (x: Tensor) = dsharp.jacobianTv (fun y -> y * y) x x
        Assert.That(number (outer f (dsharp.tensor 3.0)), Is.EqualTo 12.0)

[<Test>]
let ``perturbations are not confused: three levels that all use each other's variables`` () =
    // ∂/∂x ∂/∂y ∂/∂z x³y²z² = 3x²·2y·2z
    inAllModes (fun outer inner ->
        let f (x: Tensor) =
            inner (fun y -> outer (fun z -> x * x * x * y * y * z * z) (y.noDiff () * 0.0 + 5.0)) (dsharp.tensor 2.0)

        3.0 * 9.0 * 4.0 * 10.0, number (outer f (dsharp.tensor 3.0)))

[<Test>]
let ``perturbations are not confused: gradient descent inside a gradient`` () =
    // One step from 0 on ½(w − x)² with rate x gives w = x²; d/dx (w − 1)² = 2(x² − 1)·2x
    inAllModes (fun outer inner ->
        let f (x: Tensor) =
            let w = dsharp.tensor 0.0
            let next = w - x * inner (fun w -> (w - x) * (w - x) * 0.5) w
            (next - 1.0) * (next - 1.0)

        2.0 * 8.0 * 6.0, number (outer f (dsharp.tensor 3.0)))

[<Test>]
let ``a derivative can be taken three deep`` () =
    // x − x³/6 + x⁵/120: the third derivative is −1 + x²/2.
    let wave (x: Tensor) = x - x * x * x / 6.0 + x * x * x * x * x / 120.0

    for _, a in derivatives do
        for _, b in derivatives do
            let third = a (b (a wave)) (dsharp.tensor (1.5, dtype = Dtype.Float64))
            Check.nearNumber 1e-14 (-1.0 + 1.125) (number third)

[<Test>]
let ``the derivative of a function that does not use its input is zero`` () =
    let other = dsharp.tensor [ 1.0; 2.0 ]
    let x = dsharp.tensor [ 3.0; 4.0; 5.0 ]
    let scalar (_: Tensor) = other.sum ()
    let vector (_: Tensor) = other
    Assert.That(dsharp.grad scalar x, Is.EqualTo(dsharp.zeros [ 3 ]))
    Assert.That(dsharp.gradv scalar x x, Is.EqualTo(dsharp.zeros []))
    Assert.That(dsharp.hessian scalar x, Is.EqualTo(dsharp.zeros [ 3; 3 ]))
    Assert.That(dsharp.hessianv scalar x x, Is.EqualTo(dsharp.zeros [ 3 ]))
    Assert.That(dsharp.jacobian vector x, Is.EqualTo(dsharp.zeros [ 2; 3 ]))
    Assert.That(dsharp.jacobianv vector x x, Is.EqualTo(dsharp.zeros [ 2 ]))
    Assert.That(dsharp.jacobianTv vector x other, Is.EqualTo(dsharp.zeros [ 3 ]))
    Assert.That(dsharp.diff (fun _ -> dsharp.tensor 1.0) (dsharp.tensor 2.0), Is.EqualTo(dsharp.tensor 0.0))

[<Test>]
let ``the value inside a derivative can be the input itself`` () =
    let x = dsharp.tensor [ 3.0; 4.0 ]
    Assert.That(dsharp.jacobian id x, Is.EqualTo(dsharp.eye 2))
    Assert.That(dsharp.diff id (dsharp.tensor 2.0), Is.EqualTo(dsharp.tensor 1.0))
    Assert.That(dsharp.grad id (dsharp.tensor 2.0), Is.EqualTo(dsharp.tensor 1.0))

[<Test>]
let ``many threads at once differentiate to the same bits as one`` () =
    let work i =
        let case = { rows = 5; columns = 6; classes = 3; scale = 1.0; dtype = Dtype.Float64; seed = i % 8 }
        let x, a = case.Uniform(0, -1.0, 1.0, [ 6 ]), case.Uniform(1, -1.0, 1.0, [ 5; 6 ])
        let tag = level ()
        let w = x.reverseDiff (nestingTag = Nullable tag)
        let nested = dsharp.jacobianv (curve a) w w
        (nested * nested).sum().reverse()
        Array.concat
            [ Check.values (dsharp.hessian bowl x)
              Check.values (dsharp.jacobian (curve a) x)
              Check.values w.derivative ]
        |> Array.map BitConverter.DoubleToInt64Bits

    let alone = Array.init 8 work
    let together = Array.zeroCreate 64
    Parallel.For(0, 64, ParallelOptions(MaxDegreeOfParallelism = 16), (fun i -> together[i] <- work i)) |> ignore

    for i in 0..63 do
        Assert.That(together[i], Is.EqualTo(box alone[i % 8]), $"task {i}")

[<Test>]
let ``nesting tags belong to their thread and are never drawn twice`` () =
    let own = level ()
    let drawn = Array.zeroCreate<uint32> 1000
    Parallel.For(0, 1000, (fun i -> drawn[i] <- level ())) |> ignore
    Assert.That(drawn, Is.Unique)
    Assert.That(drawn, Has.No.Member own)
    let mutable seen = 0u
    let thread = Thread((fun () -> seen <- level ()))
    let here = level ()
    thread.Start()
    thread.Join()
    Assert.That(seen, Is.GreaterThan here)
    Assert.That(dsharp.nestLevel (), Is.EqualTo here)

// ---- reverse mode ---------------------------------------------------------------------------------------------------

[<Test>]
let ``reverse replaces earlier derivatives unless it is told to add`` () =
    let x = variable (dsharp.tensor [ 1.0; 2.0 ])
    let y = (x * x).sum()
    y.reverse ()
    y.reverse ()
    Assert.That(x.derivative, Is.EqualTo(dsharp.tensor [ 2.0; 4.0 ]))
    y.reverse (zeroDerivatives = false)
    Assert.That(x.derivative, Is.EqualTo(dsharp.tensor [ 4.0; 8.0 ]))
    (x * 3.0).sum().reverse(zeroDerivatives = false)
    Assert.That(x.derivative, Is.EqualTo(dsharp.tensor [ 7.0; 11.0 ]))
    y.reverse ()
    Assert.That(x.derivative, Is.EqualTo(dsharp.tensor [ 2.0; 4.0 ]))

[<Test>]
let ``a first derivative given to reverseDiff is added to`` () =
    let x = (dsharp.tensor [ 1.0; 2.0 ]).reverseDiff(derivative = dsharp.tensor [ 10.0; 20.0 ], nestingTag = Nullable(level ()))
    Assert.That(x.derivative, Is.EqualTo(dsharp.tensor [ 10.0; 20.0 ]))
    (x * x).sum().reverse(zeroDerivatives = false)
    Assert.That(x.derivative, Is.EqualTo(dsharp.tensor [ 12.0; 24.0 ]))

[<Law>]
let ``a cotangent weighs the values of a result`` (case: Case) =
    let x = variable (case.Normal(0, [ case.rows; case.columns ]))
    let c = case.Normal(1, [ case.rows; case.columns ])
    (x * 2.0).reverse c
    Check.near 0.0 (c * 2.0) x.derivative

[<Test>]
let ``a tensor used twice gets both derivatives`` () =
    let x = variable (dsharp.tensor 3.0)
    (x * x + x * 5.0 + x / x).reverse()
    Assert.That(number x.derivative, Is.EqualTo 11.0)
    (x + x).reverse()
    Assert.That(number x.derivative, Is.EqualTo 2.0)
    (x - x).reverse()
    Assert.That(number x.derivative, Is.Zero)

[<Test>]
let ``in a diamond every path counts once`` () =
    let x = variable (dsharp.tensor (1.0, dtype = Dtype.Float64))
    // 40 diamonds, one after the other: 2⁴⁰ paths, each counted, and each node visited once.
    let mutable y = x

    for _ in 1..40 do
        y <- y + y

    y.reverse ()
    Assert.That(number x.derivative, Is.EqualTo(2.0 ** 40.0))
    // A short and a long path to the same node.
    let a = x * 2.0
    let b = ((a + 1.0) * 3.0).exp() * 0.0 + a
    (a * b).reverse()
    Assert.That(number x.derivative, Is.EqualTo 8.0)

[<Test>]
let ``a chain of 20,000 additions does not use up the stack`` () =
    let mutable error: exn = null

    let work () =
        try
            let x = variable (dsharp.tensor (1.0, dtype = Dtype.Float64))
            let mutable y = x

            for _ in 1..20_000 do
                y <- y + x

            y.reverse ()
            Assert.That(number x.derivative, Is.EqualTo 20_001.0)
            let slope = dsharp.diff (fun x -> Seq.fold (fun sum _ -> sum + x) x (seq { 1..20_000 })) (dsharp.tensor 1.0)
            Assert.That(number slope, Is.EqualTo 20_001.0)
        with e ->
            error <- e

    // 256 KB: a frame per addition would not fit.
    let thread = Thread(work, 256 * 1024)
    thread.Start()
    thread.Join()
    Assert.That(error, Is.Null)

[<Test>]
let ``inputs that a result does not use keep what they had`` () =
    let tag = level ()
    let a, b =
        (dsharp.tensor 2.0).reverseDiff(nestingTag = Nullable tag), (dsharp.tensor 3.0).reverseDiff(nestingTag = Nullable tag)
    (a * b).reverse()
    (a * 7.0).reverse()
    Assert.That(number a.derivative, Is.EqualTo 7.0)
    Assert.That(number b.derivative, Is.EqualTo 2.0)

[<Test>]
let ``a derivative that was never made is an error that says how to make one`` () =
    let words = [ "no derivative"; "forwardDiff"; "reverseDiff"; "reverse()" ]
    let read (t: Tensor) () = t.derivative |> ignore
    Check.fails<DerivativeException> words (read (dsharp.tensor 1.0))
    Check.fails<DerivativeException> words (read (variable (dsharp.tensor 1.0)))
    let x = variable (dsharp.tensor 1.0)
    let y = x * x
    y.reverse ()
    Check.fails<DerivativeException> words (read y)
    Check.fails<DerivativeException> words (read (x.noDiff ()))

[<Test>]
let ``reverse of a constant, of a vector, and with a cotangent that does not fit are errors`` () =
    Check.fails<DerivativeException> [ "reverse"; "constant"; "reverseDiff()" ] (fun () -> (dsharp.tensor 1.0).reverse())
    let x = variable (dsharp.tensor [ 1.0; 2.0 ])
    Check.fails<ShapeException> [ "reverse"; "[2]"; "[]"; "sum() or mean()" ] (fun () -> (x * x).reverse())
    Check.fails<ShapeException> [ "reverse"; "[2] and [3]"; "equal shapes" ] (fun () -> (x * x).reverse(dsharp.ones [ 3 ]))

    Check.fails<DtypeException> [ "reverse"; "Float32 and Float64" ] (fun () ->
        (x * x).reverse(dsharp.ones ([ 2 ], dtype = Dtype.Float64)))

    let y = (dsharp.tensor [ 1.0 ]).forwardDiff(dsharp.tensor [ 1.0 ], nestingTag = Nullable(level ()))
    Check.fails<DerivativeException> [ "reverse"; "constant" ] (fun () -> (y * y).reverse())

[<Test>]
let ``a matrix of one element may be reversed as it is`` () =
    let x = variable (dsharp.tensor [ [ 3.0 ] ])
    (x * x).reverse()
    Assert.That(x.derivative, Is.EqualTo(dsharp.tensor [ [ 6.0 ] ]))

[<Test>]
let ``a forward and a reverse derivative of one level are refused`` () =
    let tag = Nullable(level ())
    let one = dsharp.tensor [ 1.0 ]
    let f, r = one.forwardDiff (one, nestingTag = tag), one.reverseDiff (nestingTag = tag)
    let words = [ "forward and a reverse"; "same nesting level"; "dsharp.nest()"; "nestingTag" ]

    for mix in
        [ (fun () -> f + r)
          (fun () -> r * f)
          (fun () -> f - r)
          (fun () -> r / f)
          (fun () -> dsharp.cat [ f; r ])
          (fun () -> dsharp.cat [ r; one; f ])
          (fun () -> (f.unsqueeze 0).matmul(r.unsqueeze 1)) ] do
        Check.fails<DerivativeException> words (fun () -> mix () |> ignore)

    // At two levels they are at home together.
    let outer, inner = Nullable(level ()), Nullable(level ())
    let r = one.reverseDiff (nestingTag = outer)
    let y = (one * 3.0).forwardDiff(one, nestingTag = inner) * r * r
    y.derivative.sum().reverse()
    Assert.That(r.derivative, Is.EqualTo(dsharp.tensor [ 2.0 ]))

[<Test>]
let ``a tag that is not newer than the tensor's is refused`` () =
    let two = dsharp.tensor (2.0, dtype = Dtype.Float64)
    let refused (tag: uint32) (action: unit -> unit) =
        Check.fails<DerivativeException>
            [ $"The nesting tag {tag} is not newer than that of the tensor."
              "dsharp.nest()"
              "nestingTag = dsharp.nestLevel()" ]
            action
    // Inside a differentiation the thread's own tag is the older one; it would be taken for the outer variable.
    let current = dsharp.nestLevel ()
    refused current (fun () ->
        dsharp.grad
            (fun x ->
                let y = x.reverseDiff ()
                y * y * x)
            two
        |> ignore)
    refused current (fun () -> dsharp.diff (fun x -> x.forwardDiff two * x) two |> ignore)
    // Twice at one level.
    for again in
        [ fun (w: Tensor) -> w.reverseDiff ()
          fun (w: Tensor) -> w.forwardDiff two
          fun (w: Tensor) -> w.reverseDiff (derivative = two) ] do
        refused current (fun () -> again (two.reverseDiff ()) |> ignore)
        refused current (fun () -> again (two.forwardDiff two) |> ignore)
    let older, newer = level (), level ()
    refused older (fun () -> two.reverseDiff(nestingTag = Nullable newer).reverseDiff(nestingTag = Nullable older) |> ignore)
    // A direction that is of this level or of a later one.
    for taken in [ older; newer ] do
        for direction in [ two.forwardDiff (two, nestingTag = Nullable taken); two.reverseDiff (nestingTag = Nullable taken) ] do
            refused older (fun () -> two.forwardDiff (direction, nestingTag = Nullable older) |> ignore)
    // With a tag of its own the inner differentiation is right: d/dx (d/dy y²x at y = x) = d/dx 2x² = 4x.
    let inner (x: Tensor) =
        dsharp.nest ()
        let y = x.reverseDiff (nestingTag = Nullable(dsharp.nestLevel ()))
        (y * y * x).reverse()
        y.derivative
    Assert.That(number (dsharp.grad inner two), Is.EqualTo 8.0)
    Assert.That(number (dsharp.diff inner two), Is.EqualTo 8.0)
    let twice = two.reverseDiff (nestingTag = Nullable(level ()))
    let innermost = twice.reverseDiff (nestingTag = Nullable(level ()))
    (innermost * innermost * innermost).reverse()
    innermost.derivative.reverse ()
    // 3x² and 6x
    Assert.That(number innermost.derivative, Is.EqualTo 12.0)
    Assert.That(number twice.derivative, Is.EqualTo 12.0)
    // An older direction is a constant of the newer differentiation.
    let direction = two.forwardDiff (two * 5.0, nestingTag = Nullable older)
    let y = two.forwardDiff (direction, nestingTag = Nullable newer)
    Assert.That(number ((y * y).derivative), Is.EqualTo 8.0)
    Assert.That(number ((y * y).derivative.derivative), Is.EqualTo 40.0)

[<Test>]
let ``primal takes off one derivative and noDiff all`` () =
    let x = dsharp.tensor 2.0
    let a = x.reverseDiff (nestingTag = Nullable(level ()))
    let b = a.forwardDiff (x, nestingTag = Nullable(level ()))
    Assert.That(b.primal.Level, Is.EqualTo a.Level)
    Assert.That(b.primal.primal.Level, Is.EqualTo -1L)
    Assert.That(b.noDiff().Level, Is.EqualTo -1L)
    Assert.That(x.primal, Is.EqualTo x)

[<Test>]
let ``a step of training with the thread's own level`` () =
    dsharp.nest ()
    let w = dsharp.tensor [ 1.0; -1.0 ]
    let p = w.reverseDiff ()
    (p * p).sum().reverse()
    let next = (p - p.derivative * 0.25).primal
    Assert.That(next, Is.EqualTo(dsharp.tensor [ 0.5; -0.5 ]))
    Assert.That(next.Level, Is.EqualTo -1L)

[<Test>]
let ``derivatives of C# functions`` () =
    let x = dsharp.tensor [ 1.0; 2.0 ]
    let square = Func<Tensor, Tensor>(fun x -> (x * x).sum())
    Assert.That(Differentiate.Gradient(square, x), Is.EqualTo(dsharp.tensor [ 2.0; 4.0 ]))
    Assert.That(Differentiate.Hessian(square, x), Is.EqualTo(dsharp.eye 2 * 2))
    Assert.That(Differentiate.Jacobian(Func<Tensor, Tensor>(fun x -> x * 3.0), x), Is.EqualTo(dsharp.eye 2 * 3))
