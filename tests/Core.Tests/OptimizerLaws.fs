module LinearNets.Tests.OptimizerLaws

open LinearNets
open NUnit.Framework
open LinearNets.FSharp

let private vector (values: float list) = dsharp.tensor (values, dtype = Dtype.Float64)

/// Every optimizer with settings that suit a quadratic.
let private optimizers =
    [ Optimizer.sgd 0.1
      Optimizer.proximal 0.1 0.5
      Optimizer.momentum 0.02 0.9
      Optimizer.nesterov 0.02 0.9
      Optimizer.adam 0.05
      Optimizer.adamWith 0.05 0.8 0.99 1e-6
      Optimizer.adamW 0.05 0.1
      Optimizer.adagrad 0.5
      Optimizer.rmsProp 0.01 0.9
      Optimizer.scheduled (Schedule.exponential 0.1 0.999) Optimizer.sgd ]

let private each check = Fixture.each (fun (optimizer: Optimizer) -> optimizer.name) optimizers check

/// The parameter after each of the gradients, from 1.
let private path (optimizer: Optimizer) shape gradients =
    let update (parameters, state) (g: float) = optimizer.update [ (vector [ g ]).view(shape: int list) ] state parameters
    let start = [ (vector [ 1.0 ]).view shape ]
    List.scan update (start, optimizer.init start) gradients
    |> List.tail
    |> List.map (fun (parameters, _) -> float (parameters.Head.view []))

// ---- the first two steps ---------------------------------------------------------------------------------------------

/// p = 1, g = 0.5 and then 0.25; the expected numbers are worked out with pen and paper to 15 digits.
let private steps optimizer shape (expected: float list) =
    List.iter2 (Check.nearNumber 1e-14) expected (path optimizer shape [ 0.5; 0.25 ])

[<Test>]
let ``the first two steps of sgd`` () =
    // 1 − 0.1·0.5 = 0.95;  0.95 − 0.1·0.25 = 0.925
    steps (Optimizer.sgd 0.1) [ 1 ] [ 0.95; 0.925 ]

[<Test>]
let ``the first two steps of the proximal optimizer`` () =
    // q = 0.95, less 0.1·0.2;  q = 0.93 − 0.025 = 0.905, less 0.02
    steps (Optimizer.proximal 0.1 0.2) [ 1; 1 ] [ 0.93; 0.885 ]
    // Vectors are not penalised.
    steps (Optimizer.proximal 0.1 0.2) [ 1 ] [ 0.95; 0.925 ]

[<Law>]
let ``a proximal step minimises its distance from descent plus the penalty, with zeros that are zeros`` (case: Case) =
    let rate, lambda = 0.3, 0.7
    let p, g = case.Normal(0, [ case.rows; case.columns ]), case.Normal(1, [ case.rows; case.columns ])
    let optimizer = Optimizer.proximal rate lambda
    let next = (optimizer.update [ g ] (optimizer.init [ p ]) [ p ] |> fst).Head
    for q, p in Seq.zip (Check.values (p - rate * g)) (Check.values next) do
        // 0 ∈ (p − q) + ηλ·∂|p|
        if p = 0.0 then
            Assert.That(abs q, Is.LessThanOrEqualTo(rate * lambda * (1.0 + case.Eps)))
        else
            Check.nearNumber (8.0 * case.Eps * (abs q + rate * lambda)) 0.0 (p - q + rate * lambda * float (sign p))

[<Test>]
let ``the first two steps of momentum`` () =
    // v = 0.5, p = 1 − 0.05 = 0.95;  v = 0.9·0.5 + 0.25 = 0.7, p = 0.95 − 0.07 = 0.88
    steps (Optimizer.momentum 0.1 0.9) [ 1 ] [ 0.95; 0.88 ]

[<Test>]
let ``the first two steps of nesterov`` () =
    // v = 0.5, p = 1 − 0.1(0.5 + 0.9·0.5) = 0.905;  v = 0.7, p = 0.905 − 0.1(0.25 + 0.9·0.7) = 0.905 − 0.088 = 0.817
    steps (Optimizer.nesterov 0.1 0.9) [ 1 ] [ 0.905; 0.817 ]

[<Test>]
let ``the first two steps of adam`` () =
    // m = 0.05, v = 0.00025;  m̂ = 0.05/0.1 = 0.5, v̂ = 0.00025/0.001 = 0.25;  p = 1 − 0.1·0.5/(0.5 + 1e−8)
    // m = 0.9·0.05 + 0.1·0.25 = 0.07, v = 0.999·0.00025 + 0.001·0.0625 = 0.00031225
    // m̂ = 0.07/0.19 = 0.368421…, v̂ = 0.00031225/0.001999 = 0.156203…, √v̂ = 0.395225380701664
    // p = 0.900000002 − 0.1·0.368421…/(0.395225… + 1e−8)
    steps (Optimizer.adam 0.1) [ 1 ] [ 0.90000000199999996; 0.806782040477461668 ]

[<Test>]
let ``the first two steps of adamW`` () =
    // Adam's steps, but first the matrix shrinks by 1 − 0.1·0.5 = 0.95:  0.95·1 − 0.099999998 = 0.850000002;
    // 0.95·0.850000002 − 0.093217961522538
    steps (Optimizer.adamW 0.1 0.5) [ 1; 1 ] [ 0.85000000199999996; 0.714282040377461670 ]

[<Test>]
let ``the first two steps of adagrad`` () =
    // s = 0.25, p = 1 − 0.1·0.5/(0.5 + 1e−10);  s = 0.3125, p −= 0.1·0.25/(0.559016994374947 + 1e−10)
    steps (Optimizer.adagrad 0.1) [ 1 ] [ 0.900000000019999999; 0.855278640478004206 ]

[<Test>]
let ``the first two steps of rmsProp`` () =
    // s = 0.1·0.25 = 0.025, p = 1 − 0.05/(0.158113883008419 + 1e−8)
    // s = 0.9·0.025 + 0.1·0.0625 = 0.02875, p −= 0.025/(0.169558249578132 + 1e−8)
    steps (Optimizer.rmsProp 0.1 0.9) [ 1 ] [ 0.683772253983160801; 0.536330306523915329 ]

// ---- laws of an update -----------------------------------------------------------------------------------------------

/// Parameters of two shapes and gradients for several steps.
let private problem (case: Case) =
    let parameters = [ case.Normal(0, [ case.columns; case.classes ]); case.Normal(1, [ case.classes ]) ]
    parameters, [ for t in 1..3 -> parameters |> List.mapi (fun i p -> case.Normal(10 * t + i, List.ofArray p.shape)) ]

let private fold (optimizer: Optimizer) parameters gradients =
    List.fold (fun (parameters, state) g -> optimizer.update g state parameters) (parameters, optimizer.init parameters) gradients

[<Law>]
let ``an update keeps shapes and types of number, counts its steps, and changes nothing it was given`` (case: Case) =
    let parameters, gradients = problem case
    each (fun optimizer ->
        let before = optimizer.init parameters
        Assert.That(before.step, Is.Zero)
        let copies tensors = tensors |> List.map (fun (t: Tensor) -> t + 0.0)
        let kept = copies parameters, copies gradients.Head, List.map copies before.slots
        let moved, state = optimizer.update gradients.Head before parameters
        let again, stateAgain = optimizer.update gradients.Head before parameters
        Fixture.sameBitsEach moved again
        List.iter2 Fixture.sameBitsEach state.slots stateAgain.slots
        let p, g, s = kept
        List.iter2 (Check.near 0.0) p parameters
        List.iter2 (Check.near 0.0) g gradients.Head
        List.iter2 (List.iter2 (Check.near 0.0)) s before.slots
        Assert.That(before.step, Is.Zero)
        Assert.That(state.step, Is.EqualTo 1)
        Assert.That((snd (fold optimizer parameters gradients)).step, Is.EqualTo 3)
        Assert.That(state.slots.Length, Is.EqualTo before.slots.Length)
        for tensors in moved :: state.slots do
            List.iter2
                (fun (p: Tensor) (t: Tensor) ->
                    Assert.That(t.shape, Is.EqualTo(box p.shape))
                    Assert.That(t.dtype, Is.EqualTo case.dtype))
                parameters
                tensors)

[<Law>]
let ``each value of each parameter is updated as if it were alone`` (case: Case) =
    let parameters, gradients = problem case
    each (fun optimizer ->
        let together = fst (fold optimizer parameters gradients)
        for i in 0..1 do
            // One row, which stays a matrix, or one number of the vector.
            let own (tensors: Tensor list) = [ Fixture.rows [| 0 |] tensors[i] ]
            let alone = fst (fold optimizer (own parameters) (List.map own gradients))
            // The same operations on the same numbers; a fused multiply-add may differ by a rounding each.
            Check.nearRelative (32.0 * case.Eps * max 1.0 case.scale) (List.head (own together)) alone.Head)

[<Law>]
let ``a gradient of zero moves nothing, except by AdamW's decay and the proximal penalty`` (case: Case) =
    let parameters, _ = problem case
    let zeros = parameters |> List.map _.zerosLike()
    each (fun optimizer ->
        let moved = fst (fold optimizer parameters [ zeros ])
        if optimizer.name.StartsWith "adamW" then
            // (1 − 0.05·0.1)·W;  the vector of biases stays.
            Check.nearRelative (2.0 * case.Eps) (parameters[0] * 0.995) moved[0]
            Check.near 0.0 parameters[1] moved[1]
        elif optimizer.name = "proximal" then
            // Towards 0 by 0.1·0.5 and no further;  the vector of biases stays.
            let w = parameters[0]
            Check.nearRelative (2.0 * case.Eps) (w - w.clamp (low = -0.05, high = 0.05)) moved[0]
            Check.near 0.0 parameters[1] moved[1]
        else
            List.iter2 (Check.near 0.0) parameters moved)

[<Law>]
let ``adamW without decay is adam, momentum and nesterov without memory are sgd`` (case: Case) =
    let parameters, gradients = problem case
    let same a b = List.iter2 (Check.near 0.0) (fst (fold a parameters gradients)) (fst (fold b parameters gradients))
    same (Optimizer.adam 0.1) (Optimizer.adamW 0.1 0.0)
    same (Optimizer.sgd 0.1) (Optimizer.momentum 0.1 0.0)
    same (Optimizer.sgd 0.1) (Optimizer.nesterov 0.1 0.0)

[<Law>]
let ``adam's first step is the rate in the direction of the gradient's sign`` (case: Case) =
    let parameters, gradients = problem case
    // Away from 0, where ε counts: 0.1·ε/|g| ≤ 1e−12.
    let gradients = [ for g in gradients.Head -> g + 0.1 * (g + 1e-9).sign() ]
    let moved = fst (fold (Optimizer.adamWith 0.1 0.9 0.999 1e-12) parameters [ gradients ])
    List.iter2
        (fun (p: Tensor) (g: Tensor, moved: Tensor) ->
            // m̂ and v̂ are off by a few roundings.
            let tolerance = 8.0 * case.Eps * (1.0 + Check.largest p) + 1e-11
            Check.near tolerance (p - 0.1 * g.sign ()) moved)
        parameters
        (List.zip gradients moved)

[<Law>]
let ``a scheduled optimizer is the optimizer with another rate at each step`` (case: Case) =
    let parameters, gradients = problem case
    let schedule = Schedule.exponential 0.5 0.3
    for make in [ Optimizer.sgd; Optimizer.adam; fun rate -> Optimizer.momentum rate 0.9 ] do
        let manual =
            List.fold
                (fun (parameters, state: OptimizerState) g -> (make (schedule state.step)).update g state parameters)
                (parameters, (make 1.0).init parameters)
                gradients
        let scheduled = fold (Optimizer.scheduled schedule make) parameters gradients
        Fixture.sameBitsEach (fst manual) (fst scheduled)
        List.iter2 Fixture.sameBitsEach (snd manual).slots (snd scheduled).slots
    // sgd at the rates 0.5, 0.15, 0.045
    let expected =
        List.zip [ 0.5; 0.15; 0.045 ] gradients
        |> List.fold (fun p (rate, g) -> List.map2 (fun (p: Tensor) g -> p - rate * g) p g) parameters
    List.iter2
        (Check.nearRelative (8.0 * case.Eps * max 1.0 case.scale))
        expected
        (fst (fold (Optimizer.scheduled schedule Optimizer.sgd) parameters gradients))

[<Test>]
let ``an optimizer says the rate of each of its steps`` () =
    let rates = [ 0.1; 0.1; 0.02; 0.02; 0.05; 0.05; 0.05; 0.5; 0.01 ]
    List.iter2 (fun (o: Optimizer) rate -> Assert.That((o.rate 0, o.rate 7), Is.EqualTo((rate, rate)))) optimizers[..8] rates
    let schedule = Schedule.exponential 0.1 0.999
    Assert.That((List.last optimizers).rate 5, Is.EqualTo(schedule 5))

// ---- convergence -----------------------------------------------------------------------------------------------------

/// The parameters after so many steps down a function's gradient.
let private descend (optimizer: Optimizer) steps f (start: Tensor) =
    Seq.fold
        (fun (p: Tensor list, state) _ -> optimizer.update [ dsharp.grad f p.Head ] state p)
        ([ start ], optimizer.init [ start ])
        (seq { 1..steps })
    |> fst
    |> List.head

[<Law>]
let ``sgd shrinks each eigendirection of a quadratic by 1 - rate times its eigenvalue`` (case: Case) =
    let case = Fixture.wide case
    let eigenvalues = case.Uniform(0, 0.1, 10.0, [ case.columns ])
    let start = case.Normal(1, [ case.columns ])
    let reached = descend (Optimizer.sgd 0.05) 20 (fun p -> (0.5 * eigenvalues * p * p).sum()) start
    let factor = Check.values eigenvalues |> Array.map (fun lambda -> (1.0 - 0.05 * lambda) ** 20.0)
    Check.nearRelative (64.0 * case.Eps) (start * case.Tensor(factor, [ case.columns ])) reached

/// ½(x² + 10 y²)
let private quadratic (p: Tensor) = (vector [ 0.5; 5.0 ] * p * p).sum()

[<Test>]
let ``every optimizer descends a quadratic of condition 10`` () =
    // From 24.5 in 1000 steps: ten times what each reaches, or 1e−40, below which it is rounding that shrinks. RMSProp's steps
    // keep about the size of its rate, 0.01, which leaves 5·0.01².
    each (fun optimizer ->
        let bound = if optimizer.name = "rmsProp" then 1e-3 else 1e-40
        let reached = descend optimizer 1000 quadratic (vector [ 3.0; -2.0 ])
        Assert.That(float (quadratic reached), Is.LessThan bound))

/// (1 − x)² + 100(y − x²)², least at (1, 1)
let private rosenbrock (p: Tensor) =
    let x, y = p[0], p[1]
    let a, b = 1.0 - x, y - x * x
    a * a + 100.0 * b * b

[<Test>]
let ``every optimizer descends Rosenbrock's valley`` () =
    // From 24.2 in 4000 steps: ten times what each reaches, or 0.05.
    let reaches =
        [ Optimizer.sgd 1e-3, 0.05
          Optimizer.momentum 1e-3 0.9, 3.6e-15
          Optimizer.nesterov 1e-3 0.9, 5.4e-15
          Optimizer.adam 0.05, 1e-27
          Optimizer.adamW 0.05 0.0, 1e-27
          Optimizer.adagrad 0.5, 0.0048
          Optimizer.rmsProp 1e-3 0.9, 0.0099
          Optimizer.scheduled (Schedule.cosine 0.1 0.0 4000) Optimizer.adam, 2.2e-18 ]
    Fixture.each (fun (optimizer: Optimizer, _) -> optimizer.name) reaches (fun (optimizer, bound) ->
        let reached = descend optimizer 4000 rosenbrock (vector [ -1.2; 1.0 ])
        Assert.That(float (rosenbrock reached), Is.LessThan bound))

// ---- schedules -------------------------------------------------------------------------------------------------------

[<Test>]
let ``schedules have their values at their corners`` () =
    let values (schedule: Schedule) steps = steps |> List.map schedule
    let near expected actual = List.iter2 (Check.nearNumber 1e-15) expected actual
    near [ 0.1; 0.1; 0.1 ] (values (Schedule.constant 0.1) [ 0; 1; 1000 ])
    near [ 1.0; 1.0; 0.5; 0.5; 0.25 ] (values (Schedule.step 1.0 0.5 3) [ 0; 2; 3; 5; 6 ])
    near [ 1.0; 0.9; 0.81; 0.729 ] (values (Schedule.exponential 1.0 0.9) [ 0; 1; 2; 3 ])
    // A cosine from 1 to 0.2: the middle at half of the steps, (1 + cos 60°)/2 = ¾ of the way at a third.
    near [ 1.0; 0.8; 0.6; 0.2; 0.2; 0.2 ] (values (Schedule.cosine 1.0 0.2 12) [ 0; 4; 6; 12; 13; 1000 ])
    // A warm-up of 4 steps to the first rate of a cosine, which then starts from its beginning.
    near
        [ 0.25; 0.5; 0.75; 1.0; 1.0; 0.6; 0.2 ]
        (values (Schedule.warmUp 4 (Schedule.cosine 1.0 0.2 12)) [ 0; 1; 2; 3; 4; 10; 16 ])

// ---- wrong use -------------------------------------------------------------------------------------------------------

[<Test>]
let ``settings out of range are refused, each by its name`` () =
    let refused (words: string) (make: float -> Optimizer) bad =
        for value in bad do
            Check.fails<SettingsException> [ words ] (fun () -> make value |> ignore)
    let rates =
        [ Optimizer.sgd
          Optimizer.adam
          Optimizer.adagrad
          fun rate -> Optimizer.proximal rate 0.1
          fun rate -> Optimizer.momentum rate 0.9
          fun rate -> Optimizer.nesterov rate 0.9
          fun rate -> Optimizer.adamW rate 0.1
          fun rate -> Optimizer.rmsProp rate 0.9 ]
    for make in rates do
        refused "The learning rate is -0.1; expected a finite number, 0 or more." make [ -0.1 ]
        refused "The learning rate is NaN" make [ nan ]
        refused "The learning rate is Infinity" make [ infinity ]
    let fractions = [ -0.1; 1.0; nan ]
    refused "The momentum β is " (Optimizer.momentum 0.1) fractions
    refused "The momentum β is " (Optimizer.nesterov 0.1) fractions
    refused "RMSProp's γ is " (Optimizer.rmsProp 0.1) fractions
    refused "Adam's β₁ is " (fun b -> Optimizer.adamWith 0.1 b 0.9 1e-8) fractions
    refused "Adam's β₂ is " (fun b -> Optimizer.adamWith 0.1 0.9 b 1e-8) fractions
    refused "Adam's ε is 0; expected a finite number above 0." (Optimizer.adamWith 0.1 0.9 0.9) [ 0.0 ]
    refused "The penalty's λ is " (Optimizer.proximal 0.1) [ -1.0; nan; infinity ]
    refused "AdamW's decay is " (Optimizer.adamW 0.1) [ -1.0; nan; infinity ]
    // A scheduled optimizer finds a bad rate when it comes to it, the first at once.
    refused "The learning rate is -1" (fun rate -> Optimizer.scheduled (Schedule.constant rate) Optimizer.sgd) [ -1.0 ]
    for steps in [ 0; -1 ] do
        let schedule (words: string) (make: int -> Schedule) =
            Check.fails<SettingsException> [ words; $"is {steps}; expected 1 or more." ] (fun () -> make steps |> ignore)
        schedule "The number of steps between two changes of the rate" (Schedule.step 0.1 0.5)
        schedule "The number of steps of a cosine schedule" (Schedule.cosine 0.1 0.0)
        schedule "The number of warm-up steps" (fun steps -> Schedule.warmUp steps (Schedule.constant 0.1))

[<Test>]
let ``gradients that do not fit their parameters are refused`` () =
    let parameters = [ dsharp.zeros [ 2; 3 ]; dsharp.zeros [ 3 ] ]
    each (fun optimizer ->
        let state = optimizer.init parameters
        let update gradients () = optimizer.update gradients state parameters |> ignore
        Check.fails<ShapeException>
            [ "optimizer: got shape 1 gradients, expected 2 gradients, one per parameter" ]
            (update [ dsharp.zeros [ 2; 3 ] ])
        Check.fails<ShapeException>
            [ ": got shape [2] and [3], expected equal shapes" ]
            (update [ dsharp.zeros [ 2; 3 ]; dsharp.zeros [ 2 ] ])
        Check.fails<DtypeException>
            [ "Float64"; "Float32" ]
            (update [ dsharp.zeros ([ 2; 3 ], dtype = Dtype.Float64); dsharp.zeros [ 3 ] ]))

[<Test>]
let ``a state of another optimizer, or of other parameters, is refused`` () =
    let parameters = [ dsharp.zeros [ 2; 3 ]; dsharp.zeros [ 3 ] ]
    let slots (optimizer: Optimizer) = (optimizer.init parameters).slots.Length
    // A scheduled optimizer speaks with the name of the one it schedules.
    let name (optimizer: Optimizer) = optimizer.name.Replace("scheduled ", "")
    each (fun optimizer ->
        let refused state =
            Check.fails<SettingsException>
                [ $"The state is not one of the optimizer '{name optimizer}' for 2 parameters."
                  "Make it with the optimizer's init, from the same parameters." ]
                (fun () -> optimizer.update parameters state parameters |> ignore)
        for other in optimizers do
            let state = other.init parameters
            if slots other <> slots optimizer then
                refused state
            else
                Assert.That((snd (optimizer.update parameters state parameters)).step, Is.EqualTo 1)
        if slots optimizer > 0 then
            refused (optimizer.init parameters[..0])
            refused (optimizer.init (parameters @ parameters))
            refused (optimizer.init [])
            // The same number, but others: none may be stretched to fit.
            refused (optimizer.init (List.rev parameters))
            refused (optimizer.init [ dsharp.zeros [ 1 ]; dsharp.zeros [ 1 ] ])
            refused (optimizer.init [ dsharp.zeros [ 2; 3 ]; dsharp.zeros [ 1; 3 ] ]))

[<Test>]
let ``an optimizer prints its name`` () =
    Assert.That(sprintf "%A" (Optimizer.momentum 0.1 0.9), Is.EqualTo "momentum")
    Assert.That((Optimizer.scheduled (Schedule.constant 0.1) Optimizer.sgd).name, Is.EqualTo "scheduled sgd")
