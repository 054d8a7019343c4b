(**
# 3.6 Softmax regression from scratch

Images of 784 pixels, ten classes: **W** is 784×10, **b** has 10 numbers. The loss of a row is the cross-entropy of its probabilities.

$$\hat{\mathbf Y} = \mathrm{softmax}(\mathbf X \mathbf W + \mathbf b) \qquad \mathrm{softmax}(\mathbf O)_{ij} = \frac{e^{o_{ij}}}{\sum_k e^{o_{ik}}} \qquad \ell_i = -\ln \hat y_{i, y_i}$$
*)
#load "_images.fsx"
#load "_timer.fsx"

open System
open LinearNets
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
let byHand = dsharp.tensor [ -log 0.1; -log 0.5 ]
claim "the cross-entropies are −ln 0.1 and −ln 0.5" (float ((crossEntropy ŷ y - byHand).abs().max()) < 1e-6)
claim "the accuracy is one half" (correct ŷ y = 1.0)

(** An Accumulator keeps three sums over minibatches: the losses, how many rows are right, how many there are. *)
let count ŷ (batch: Batch) =
    Accumulator.add [ float ((crossEntropy ŷ batch.y).sum()); correct ŷ batch.y; float (Batch.count batch) ]

let evaluation { sums = sums } = { Loss = sums[0] / sums[2]; Metric = sums[1] / sums[2]; MetricName = "accuracy" }

(** A step is forward, backward, update, with a rate of 0.1. An epoch is a fold of steps, training a fold of epochs. *)
let step (w: Tensor, b: Tensor, sums) (batch: Batch) =
    let w, b = w.reverseDiff (), b.reverseDiff ()
    let ŷ = net w b batch.x
    (crossEntropy ŷ batch.y).mean().reverse()
    w.primal - 0.1 * w.derivative, b.primal - 0.1 * b.derivative, count ŷ.primal batch sums

let evaluate w b data =
    let counted sums (batch: Batch) = count (net w b batch.x) batch sums
    data |> Data.inOrder 1000 |> Seq.fold counted (Accumulator.zero 3) |> evaluation

let epoch (animator: Animator) (w, b, reports) number =
    let timer = Timer()
    let w, b, sums = train |> Data.shuffledInPlace 256 number |> Seq.fold step (w, b, Accumulator.zero 3)
    let report =
        { Epoch = number
          Running = evaluation sums
          After = Nullable()
          Validation = Nullable(evaluate w b test)
          LearningRate = 0.1
          Seconds = timer.Stop() }
    animator.Report report
    w, b, reports @ [ report ]

(** An Animator draws the curves in a terminal while they grow. *)
let watched w b =
    use animator = Animator.Auto "3.6 Softmax regression from scratch"
    List.fold (epoch animator) (w, b, []) [ 1..10 ]

let w0, b0 = 0.01 * dsharp.tensor(Random.normals 7840 (Random.key 42)).view [ 784; 10 ], dsharp.zeros [ 10 ]
printfn "before training: test accuracy %.3f" (evaluate w0 b0 test).Metric
let w, b, reports = watched w0 b0
let history = TrainingHistory reports
printfn "%A" history
history |> Plot.curves |> figure "3.6-training"
(** ![The loss falls and the accuracies rise](3.6-training.svg) *)

(** Eighteen of the test images: the truth above, the prediction below. *)
let shown = test.Slice(0, 18)
let predicted = (net w b (Data.all shown).x).argmax(1).toArray1D<int>()
shown |> Plot.predictions "Predictions" predicted |> figure "3.6-predictions"
(** ![Images with the true class above and the predicted class below](3.6-predictions.svg) *)

(** What the book asks for. *)
let last = List.last reports
claim "the loss is below 0.5" (last.Loss < 0.5)
claim "train and test accuracy are above 0.7" (last.Metric > 0.7 && last.Validation.Value.Metric > 0.7)
