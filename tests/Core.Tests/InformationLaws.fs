module LinearNets.Tests.InformationLaws

open LinearNets
open NUnit.Framework
open LinearNets.FSharp

/// Two lots of distributions.
let private pair (case: Case) = case.Distributions(0, case.rows, case.classes), case.Distributions(1, case.rows, case.classes)

/// Probabilities of at least 0.001 have logarithms of at most 7: k products of a few roundings each.
let private tolerance (case: Case) = 16.0 * float (case.classes + 4) * case.Eps

let private atLeast (tolerance: float) (low: Tensor) (high: Tensor) =
    Array.iter2
        (fun (l: float) (h: float) -> Assert.That(h, Is.GreaterThanOrEqualTo(l - tolerance)))
        (Check.values low)
        (Check.values high)

[<Law>]
let ``entropy is at most ln q, and is ln q for the uniform distribution`` (case: Case) =
    let p, _ = pair case
    let most = p.zerosLike [ case.rows ] + log (float case.classes)
    atLeast (tolerance case) (Information.entropy p) most
    atLeast 0.0 (most * 0.0) (Information.entropy p)
    Check.near (tolerance case) most (Information.entropy ((p.zerosLike () + 1.0) / case.classes))

[<Law>]
let ``cross-entropy is at least the entropy, and is the entropy for p = q`` (case: Case) =
    let p, q = pair case
    atLeast (tolerance case) (Information.entropy p) (Information.crossEntropy p q)
    Fixture.sameBits (Information.entropy p) (Information.crossEntropy p p)

[<Law>]
let ``divergence is cross-entropy less entropy, never negative, and 0 for p = q`` (case: Case) =
    let p, q = pair case
    let divergence = Information.kl p q
    Check.near (tolerance case) (Information.crossEntropy p q - Information.entropy p) divergence
    atLeast (tolerance case) (divergence * 0.0) divergence
    Check.near 0.0 (divergence * 0.0) (Information.kl p p)

[<Law>]
let ``entropy is the mean surprisal`` (case: Case) =
    let p, q = pair case
    Check.near (tolerance case) ((p * Information.surprisal p).sum 1) (Information.entropy p)
    Check.near (tolerance case) ((p * Information.surprisal q).sum 1) (Information.crossEntropy p q)

[<Law>]
let ``the cross-entropy loss of a row is the cross-entropy of its target and its softmax`` (case: Case) =
    let case = Fixture.mild { case with classes = max 2 case.classes }
    let p, scores = case.Distributions(0, case.rows, case.classes), case.Normal(1, [ case.rows; case.classes ])
    let expected = Information.crossEntropy p (Softmax.softmax scores)
    Check.near (2.0 * tolerance case) expected (Loss.values Loss.crossEntropyOfDistributions scores p)

[<Law>]
let ``bits are nats by ln 2, and back`` (case: Case) =
    let nats = case.Normal(0, [ case.rows ])
    Check.near 0.0 (nats / log 2.0) (Information.bits nats)
    Check.nearRelative (4.0 * case.Eps) nats (Information.nats (Information.bits nats))

let private vector (values: float list) = dsharp.tensor (values, dtype = Dtype.Float64)

[<Test>]
let ``what is impossible adds nothing, and costs infinitely when it happens`` () =
    let certain, fair = vector [ 1.0; 0.0 ], vector [ 0.5; 0.5 ]
    Check.nearNumber 0.0 0.0 (float (Information.entropy certain))
    Check.nearNumber 1e-15 (log 2.0) (float (Information.crossEntropy certain fair))
    Check.nearNumber 1e-15 (log 2.0) (float (Information.kl certain fair))
    Check.nearNumber 0.0 infinity (float (Information.crossEntropy fair certain))
    Check.nearNumber 0.0 infinity (float (Information.kl fair certain))
    Check.nearNumber 0.0 0.0 (float (Information.kl certain certain))
    Check.near 0.0 (vector [ 0.0; infinity ]) (Information.surprisal certain)
    Check.nearNumber 0.0 infinity (float (Information.crossEntropy certain (vector [ 0.0; 1.0 ])))

[<Test>]
let ``what is no distribution is refused`` () =
    let fair = vector [ 0.5; 0.5 ]
    let attempts: (string * (Tensor -> Tensor)) list =
        [ "entropy", Information.entropy
          "cross-entropy", (fun p -> Information.crossEntropy p fair)
          "cross-entropy", Information.crossEntropy fair
          "KL divergence", (fun p -> Information.kl p fair)
          "KL divergence", Information.kl fair ]
    for name, attempt in attempts do
        let fails words p = Check.fails<DataException> [ $"{name}: {words}" ] (fun () -> attempt p |> ignore)
        fails "the probabilities in row 0 have the sum 0.75, expected 1. Divide each row by its sum." (vector [ 0.5; 0.25 ])
        fails "got -0.5 at position 1, expected probabilities" (vector [ 1.0; -0.5 ])
        fails "got NaN at position 0" (vector [ nan; 1.0 ])
        fails "got Infinity at position 1" (vector [ 0.0; infinity ])
    Check.fails<DataException> [ "entropy: the probabilities in row 1 have the sum 0.5" ] (fun () ->
        Information.entropy (vector([ 0.5; 0.5; 0.5; 0.0 ]).view [ 2; 2 ]) |> ignore)
    Check.fails<ShapeException> [ "KL divergence: got shape [2] and [1]" ] (fun () ->
        Information.kl fair (vector [ 1.0 ]) |> ignore)
    Check.fails<ShapeException> [ "entropy: got shape []" ] (fun () -> Information.entropy (dsharp.tensor 1.0) |> ignore)

[<Test>]
let ``the surprisal of what is no probability is refused, and that of a scalar is a scalar`` () =
    let refused (row: int) (value: float) (p: Tensor) =
        Check.fails<DataException> [ $"surprisal: got {value:R} in row {row}, expected a probability." ] (fun () ->
            Information.surprisal p |> ignore)
    for bad in [ -0.5; 2.0; 1.0000001; nan; infinity; -infinity ] do
        refused 0 bad (dsharp.tensor (bad, dtype = Dtype.Float64))
        refused 1 bad (vector [ 0.5; bad ])
        refused 1 bad (vector([ 0.5; 0.5; 1.0; bad ]).view [ 2; 2 ])
    for p, expected in [ 1.0, 0.0; 0.5, log 2.0; 0.0, infinity ] do
        let surprisal = Information.surprisal (dsharp.tensor (p, dtype = Dtype.Float64))
        Assert.That(surprisal.shape, Is.Empty)
        Check.nearNumber 1e-15 expected (float surprisal)

// ---- the Gaussian ----------------------------------------------------------------------------------------------------

[<Law>]
let ``the Gaussian's density has the integral 1, the mean and the variance it is given`` (case: Case) =
    let mean = Random.normal (Random.key case.seed) 0L
    let sigma = 0.1 + Random.uniform (Random.key case.seed) 1L
    // The trapezoid rule over ±10σ in steps of σ/20: for a Gaussian its error is below 1e−15, and the tails hold 1e−23.
    let x = vector [ for i in -200 .. 200 -> mean + sigma * float i / 20.0 ]
    let density = Gaussian.density mean sigma x
    let integral (f: Tensor) = float ((f * density).sum()) * sigma / 20.0
    Check.nearNumber 1e-12 1.0 (integral (x.zerosLike () + 1.0))
    Check.nearNumber (1e-12 * (1.0 + abs mean)) mean (integral x)
    Check.nearNumber 1e-12 (sigma * sigma) (integral ((x - mean) * (x - mean)))
    Assert.That(Check.values density |> Array.findIndex ((=) (Check.largest density)), Is.EqualTo 200)

[<Law>]
let ``the log-likelihood is the sum of the logarithms of the densities`` (case: Case) =
    let case = Fixture.mild (Fixture.wide case)
    let x = case.Normal(0, [ case.rows ])
    let expected = (Gaussian.density 0.3 0.8 x).log().sum()
    Check.nearRelative (16.0 * float (case.rows + 2) * case.Eps) expected (Gaussian.logLikelihood 0.3 0.8 x)
    // Its derivative by the mean is Σ(x − μ)/σ²: it vanishes at the average.
    let slope = dsharp.grad (Gaussian.logLikelihood 0.3 0.8) x
    Check.nearRelative (8.0 * case.Eps) ((0.3 - x) / 0.64) slope

[<Test>]
let ``the standard normal density is 0.3989 at 0 and 0.2420 at 1`` () =
    // 1/√(2π) and that times e^(−½)
    Check.near 1e-15 (vector [ 0.39894228040143268; 0.24197072451914337 ]) (Gaussian.density 0.0 1.0 (vector [ 0.0; 1.0 ]))
    for bad in [ 0.0; -1.0; nan; infinity ] do
        Check.fails<SettingsException> [ "The Gaussian's σ is "; "expected a finite number above 0." ] (fun () ->
            Gaussian.density 0.0 bad (vector [ 0.0 ]) |> ignore)
        Check.fails<SettingsException> [ "The Gaussian's σ is " ] (fun () ->
            Gaussian.logLikelihood 0.0 bad (vector [ 0.0 ]) |> ignore)
