(**
# 3.6 Softmax regression from scratch

Images of 784 pixels, ten classes: **W** is 784×10, **b** has 10 numbers. The loss of a row is the cross-entropy of its probabilities.

$$\hat{\mathbf Y} = \mathrm{softmax}(\mathbf X \mathbf W + \mathbf b) \qquad \mathrm{softmax}(\mathbf O)_{ij} = \frac{e^{o_{ij}}}{\sum_k e^{o_{ik}}} \qquad \ell_i = -\ln \hat y_{i, y_i}$$
*)
#load "_images.fsx"

open LinearNets.FSharp

let train, test = garments ()

(** The definitions. Pixels are bytes; the model takes them as numbers from 0 to 1. *)
let softmax (o: Tensor) =
    let e = o.exp ()
    e / e.sum (1, keepDim = true)

let net (w: Tensor) (b: Tensor) (x: Tensor) = softmax ((x / 255.0).matmul w + b)
let crossEntropy (ŷ: Tensor) (y: Tensor) = -ŷ.gather(1, y.unsqueeze 1).log().squeeze 1
let correct (ŷ: Tensor) (y: Tensor) = float ((ŷ.argmax 1).eq(y).sum())

(** Two rows and three classes, by hand. The probabilities of the labels are 0.1 and 0.5, and one of two rows is right. *)
let ŷ, y = dsharp.tensor [ [ 0.1; 0.3; 0.6 ]; [ 0.3; 0.2; 0.5 ] ], dsharp.tensor [ 0; 2 ]
printfn "cross-entropy %A\naccuracy %.1f" (crossEntropy ŷ y) (correct ŷ y / 2.0)
claim
    "the cross-entropies are 2.3026 and 0.6931"
    (float ((crossEntropy ŷ y - dsharp.tensor [ 2.302585; 0.693147 ]).abs().max()) < 1e-5)
claim "the accuracy is one half" (correct ŷ y = 1.0)

(** An Accumulator keeps three sums over minibatches: the losses, how many rows are right, how many there are. *)
let count ŷ (batch: Batch) =
    Accumulator.add [ float ((crossEntropy ŷ batch.y).sum()); correct ŷ batch.y; float (Batch.count batch) ]

let lossAndAccuracy { sums = sums } = sums[0] / sums[2], sums[1] / sums[2]

(** A step is forward, backward, update, with a rate of 0.1. An epoch is a fold of steps, training a fold of epochs. *)
let step (w: Tensor, b: Tensor, sums) (batch: Batch) =
    let w, b = w.reverseDiff (), b.reverseDiff ()
    let ŷ = net w b batch.x
    (crossEntropy ŷ batch.y).mean().reverse()
    w.primal - 0.1 * w.derivative, b.primal - 0.1 * b.derivative, count ŷ.primal batch sums

let evaluate w b data =
    let sums =
        (Accumulator.zero 3, Data.inOrder 1000 data)
        ||> Seq.fold (fun sums batch -> count (net w b batch.x) batch sums)
    lossAndAccuracy sums

let epoch (w, b, _) number =
    let w, b, sums = train |> Data.shuffledInPlace 256 number |> Seq.fold step (w, b, Accumulator.zero 3)
    let (loss, accuracy), (_, onTest) = lossAndAccuracy sums, evaluate w b test
    printfn "epoch %2d, loss %.4f, train accuracy %.3f, test accuracy %.3f" number loss accuracy onTest
    w, b, [ loss; accuracy; onTest ]

let w0 = 0.01 * dsharp.tensor(Random.normals 7840 (Random.key 42)).view [ 784; 10 ]
printfn "before training: test accuracy %.3f" (snd (evaluate w0 (dsharp.zeros [ 10 ]) test))
let epochs = List.scan epoch (w0, dsharp.zeros [ 10 ], []) [ 1..10 ] |> List.tail

let course name i = Series.line name [ 1.0 .. 10.0 ] [ for _, _, numbers in epochs -> List.item i numbers ]

Plot.ofSeries "Training" [ course "train loss" 0; course "train accuracy" 1; course "test accuracy" 2 ]
|> Plot.wholeX
|> Plot.labels "epoch" ""
|> figure "3.6-training"
(** ![The loss falls and the accuracies rise](3.6-training.svg) *)

(** Eighteen of the test images: the truth above, the prediction below. *)
let w, b, last = List.last epochs
let shown = test.Slice(0, 18)
let predicted = (net w b (Data.all shown).x).argmax(1).toArray1D<int>()
shown |> Plot.predictions "Predictions" predicted |> figure "3.6-predictions"
(** ![Images with the true class above and the predicted class below](3.6-predictions.svg) *)

(** What the book asks for. *)
claim "the loss is below 0.5" (last[0] < 0.5)
claim "train and test accuracy are above 0.7" (last[1] > 0.7 && last[2] > 0.7)
