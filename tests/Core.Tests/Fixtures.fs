// What the laws of Core.fs share: a table of the losses with data that fit them, derivatives by differences, flat parameters.

namespace LinearNets.Tests

open NUnit.Framework
#if DIFFSHARP
open DiffSharp // where slices are extensions
#endif
open LinearNets.FSharp

/// A loss with scores and targets that fit it.
[<NoEquality; NoComparison>]
type LossExample =
    {
        loss: Loss
        /// Fewest columns of the scores.
        least: int
        /// Scores of a case, a row each.
        scores: Case -> Tensor
        /// Targets of a case for the scores.
        targets: Case -> Tensor -> Tensor
        /// Whether its values cannot be below 0.
        nonNegative: bool
    }

module Fixture =

    /// Runs a check for every item; a failure says which.
    let each (name: 'item -> string) (items: 'item list) (check: 'item -> unit) =
        for item in items do
            try
                check item
            with :? AssertionException as failure ->
                raise (AssertionException($"{name item}: {failure.Message}", failure))

    let wide case = { case with dtype = Dtype.Float64 }

    /// A case whose scale is at most 1: where exponentials of the scores must not underflow.
    let mild case = { case with scale = min 1.0 case.scale }

    /// The bits of two tensors, and their shapes, are the same (a NaN equals a NaN).
    let sameBits (expected: Tensor) (actual: Tensor) =
        Assert.That(Array.toList actual.shape, Is.EqualTo(box (Array.toList expected.shape)), "shapes")
        let bits t = Check.values t |> Array.map System.BitConverter.DoubleToInt64Bits
        Assert.That(bits actual, Is.EqualTo(box (bits expected)), "bits")

    let sameBitsEach (expected: Tensor list) (actual: Tensor list) =
        Assert.That(actual.Length, Is.EqualTo expected.Length)
        List.iter2 sameBits expected actual

    /// Rows of a tensor of any number of dimensions, in a given order.
    let rows (indices: int[]) (t: Tensor) = (Batch.rows indices (Batch.create t t)).x

    /// The shape of scores: a matrix, or for every other case with one column a vector.
    let private shapeOf case = if case.columns = 1 && case.seed % 2 = 0 then [ case.rows ] else [ case.rows; case.columns ]

    let private real loss nonNegative =
        { loss = loss
          least = 1
          scores = fun case -> case.Normal(0, shapeOf case)
          targets = fun case _ -> case.Normal(1, shapeOf case)
          nonNegative = nonNegative }

    let private classes case = max 2 case.classes

    let private labelled loss =
        { loss = loss
          least = 2
          scores = fun case -> case.Normal(0, [ case.rows; classes case ])
          targets = fun case scores -> case.Labels(1, scores.shape[0], scores.shape[1])
          nonNegative = true }

    let private binary loss targets =
        { real loss true with
            targets = fun case scores -> targets (case.Uniform(1, 0.0, 1.0, List.ofArray scores.shape)) }

    /// −1 and 1, from numbers between 0 and 1.
    let private signs (u: Tensor) = 1.0 - 2.0 * (u - 0.5).relu().sign()

    /// Every built-in loss.
    let losses =
        [ real Loss.squared true
          real Loss.mse true
          real Loss.absolute true
          real (Loss.huber 0.7) true
          real (Loss.gaussian 0.7) false
          labelled Loss.crossEntropy
          { labelled Loss.crossEntropyOfDistributions with
              targets = fun case scores -> case.Distributions(1, scores.shape[0], scores.shape[1]) }
          { labelled Loss.crossEntropyOfProbabilities with
              scores =
                  fun case ->
                      let p = case.Uniform(0, 0.2, 1.0, [ case.rows; classes case ])
                      p / p.sum (1, keepDim = true) }
          labelled Loss.squaredSoftmax
          binary Loss.binaryCrossEntropy id
          binary Loss.squaredSigmoid id
          binary Loss.perceptron signs ]

    let eachLoss check = each (fun example -> $"{example.loss}") losses check

    /// Scores and targets of a case.
    let data case example =
        let scores = example.scores case
        scores, example.targets case scores

    /// Central differences of a scalar function of a Float64 tensor, in the tensor's shape. The error is h²/6·|f‴| from
    /// the series and about eps·|f|/h from rounding.
    let differences (h: float) (f: Tensor -> float) (x: Tensor) =
        let values = Check.values x
        let at i step = f (dsharp.tensor(Array.updateAt i (values[i] + step) values, dtype = Dtype.Float64).view x.shape)
        dsharp.tensor(Array.init values.Length (fun i -> (at i h - at i -h) / (2.0 * h)), dtype = Dtype.Float64).view x.shape

    /// The gradient of a scalar function by a tensor of any shape: DiffSharp's grad takes vectors only.
    let gradient (f: Tensor -> Tensor) (x: Tensor) =
        (dsharp.grad (fun v -> f (v.view x.shape)) (x.view [ x.nelement ])).view x.shape

    /// Parameters one after the other in a vector, and back.
    let flat (parameters: Tensor list) = dsharp.cat [ for p in parameters -> p.view [ p.nelement ] ]

    let unflat (model: Model) (v: Tensor) =
        let take first (p: Parameter) =
            let count = Parameter.count p
            v.[first .. first + count - 1].view p.shape, first + count
        List.mapFold take 0 model.parameters |> fst

    /// Parameters N(0, ½²) of a model in the case's type of number.
    let parametersOf (case: Case) (model: Model) =
        model.parameters |> List.mapi (fun i p -> { case with scale = 0.5 }.Normal(100 + i, p.shape))
