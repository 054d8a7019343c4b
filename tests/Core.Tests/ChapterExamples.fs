// The worked numbers of chapter 3 of "Dive into Deep Learning", by section.
module LinearNets.Tests.ChapterExamples

open NUnit.Framework
open LinearNets.FSharp

let private wide (value: obj) = dsharp.tensor (value, dtype = Dtype.Float64)

let private labels = dsharp.tensor [ 0; 2 ]

let private ŷ = wide [ [ 0.1; 0.3; 0.6 ]; [ 0.3; 0.2; 0.5 ] ]

[<Test>]
let ``3.1 the normal density has its height at the mean and its width from sigma`` () =
    // 1/√(2πσ²): 0.3989 for σ = 1, half of it for σ = 2
    Check.near 5e-5 (wide [ 0.3989 ]) (Gaussian.density 0.0 1.0 (wide [ 0.0 ]))
    Check.near 5e-5 (wide [ 0.1995 ]) (Gaussian.density 0.0 2.0 (wide [ 0.0 ]))
    Check.near 5e-5 (wide [ 0.3989 ]) (Gaussian.density 3.0 1.0 (wide [ 3.0 ]))

[<Test>]
let ``3.4 a confident softmax and an undecided one`` () =
    // e^10.1 and e^0.1 differ by a factor of e^9.9 = 19930
    let p = Softmax.softmax (wide [ [ 0.1; 10.0; 0.1 ]; [ 1e3; 10.0; 1e3 ] ])
    Check.near 1e-10 (wide [ [ 5.016965e-5; 0.9998996607; 5.016965e-5 ]; [ 0.5; 0.0; 0.5 ] ]) p
    Check.near 1e-15 (wide [ 1.0; 1.0 ]) (p.sum 1)
    // and in float32, where e^1000 has long overflowed
    let p = Softmax.softmax (dsharp.tensor [ [ 0.1; 10.0; 0.1 ]; [ 1e3; 10.0; 1e3 ] ])
    Check.near 1e-7 (dsharp.tensor [ [ 5.016965e-5; 0.9998996607; 5.016965e-5 ]; [ 0.5; 0.0; 0.5 ] ]) p

[<Test>]
let ``3.4 a fair coin has one bit of entropy, a fair die log2 6`` () =
    Check.nearNumber 1e-15 1.0 (float (Information.bits (Information.entropy (wide [ 0.5; 0.5 ]))))
    Assert.That(1.0 / float (Information.entropy (wide [ 1.0; 0.0 ])), Is.EqualTo infinity) // of a certainty 0, not -0
    let die = wide (List.replicate 6 (1.0 / 6.0))
    Check.nearNumber 1e-14 2.584962500721156 (float (Information.bits (Information.entropy die)))
    // A byte's worth of surprise: an event of probability 1/256.
    Check.nearNumber 1e-14 8.0 (float (Information.bits (Information.surprisal (wide (1.0 / 256.0)))))
    // One nat is 1.44 bits.
    Check.nearNumber 5e-3 1.44 (float (Information.bits (wide 1.0)))

[<Test>]
let ``3.5 Fashion-MNIST's softmax regression has 784 x 10 weights and 10 biases`` () =
    let model = Model.compose [ Model.flatten; Model.linear 784 10 ]
    Assert.That(Model.parameterCount model, Is.EqualTo 7850)
    let scores = model.apply (Model.init 0 model) (dsharp.zeros [ 2; 28; 28 ])
    // Zero images have zero scores: every class has probability 0.1, and the loss is ln 10 = 2.3026.
    Check.near 1e-7 (dsharp.zeros [ 2; 10 ] + 0.1) (Softmax.softmax scores)
    Check.near 1e-6 (dsharp.zeros [ 2 ] + 2.302585) (Loss.values Loss.crossEntropy scores labels)

[<Test>]
let ``3.6 two rows of three classes: cross-entropies 2.3026 and 0.6931, accuracy one half`` () =
    // −ln 0.1 and −ln 0.5
    Check.near 5e-5 (wide [ 2.3026; 0.6931 ]) (Loss.values Loss.crossEntropyOfProbabilities ŷ labels)
    Check.near 1e-15 (wide [ log 10.0; log 2.0 ]) (Loss.values Loss.crossEntropyOfProbabilities ŷ labels)
    // As scores, ln ŷ has ŷ for its softmax.
    Check.near 1e-15 (wide [ log 10.0; log 2.0 ]) (Loss.values Loss.crossEntropy (ŷ.log ()) labels)
    // Both rows are predicted as class 2; the second is.
    Check.near 0.0 (dsharp.tensor [ 2; 2 ]) (Softmax.argmax ŷ)
    Assert.That(Metric.correct ŷ labels, Is.EqualTo 1)
    Assert.That(Metric.accuracy ŷ labels, Is.EqualTo 0.5)
    Assert.That(Metric.topK 2 ŷ labels, Is.EqualTo 0.5)
    Assert.That(Metric.confusion ŷ labels, Is.EqualTo(box (array2D [ [ 0; 0; 1 ]; [ 0; 0; 0 ]; [ 0; 0; 1 ] ])))

[<Test>]
let ``3.6 the probabilities of the labels are picked by index`` () =
    Check.near 0.0 (wide [ [ 0.1 ]; [ 0.5 ] ]) (ŷ.gather (1, labels.unsqueeze 1))
    Check.near 0.0 (wide [ [ 1.0; 0.0; 0.0 ]; [ 0.0; 0.0; 1.0 ] ]) (Softmax.oneHot ŷ labels)

[<Test>]
let ``3.6 the squared loss tells apart what cross-entropy does not`` () =
    // Third class, probability 0.6 both times: ½(0.04 + 0.04 + 0.16) = 0.12, ½(0 + 0.16 + 0.16) = 0.16; −ln 0.6 = 0.5108
    let p = wide [ [ 0.2; 0.2; 0.6 ]; [ 0.0; 0.4; 0.6 ] ]
    let third = dsharp.tensor [ 2; 2 ]
    Check.near 1e-15 (wide [ 0.12; 0.16 ]) (Loss.values Loss.squared p (Softmax.oneHot p third))
    Check.near 5e-5 (wide [ 0.5108; 0.5108 ]) (Loss.values Loss.crossEntropyOfProbabilities p third)

[<Test>]
let ``3.6 the Accumulator counts correct rows and rows over batches`` () =
    let batches = [ ŷ, labels; ŷ, dsharp.tensor [ 2; 2 ]; ŷ, dsharp.tensor [ 0; 1 ] ]
    let total =
        batches
        |> List.fold (fun a (p, y) -> Accumulator.add [ float (Metric.correct p y); 2.0 ] a) (Accumulator.zero 2)
    Assert.That(total.sums, Is.EqualTo(box [ 3.0; 6.0 ]))
