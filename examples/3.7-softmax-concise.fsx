(**
# 3.7 Softmax regression, concisely

The same as in section 3.6, from the library's parts. The loss takes the scores *o*, not the probabilities:

$$\ell = -\ln \hat y_y = \ln \sum_k e^{o_k} - o_y = \ln \sum_k e^{o_k - m} + m - o_y, \qquad m = \max_k o_k$$
*)
#load "_images.fsx"

open LinearNets.FSharp

(**
## Why not from the probabilities?

e to the power of 100 is no number of 32 bits: it overflows to infinity, and infinity divided by itself is not a number. With the
largest score taken from all of them, no power is above 1. Of probabilities that round to 0 there is no logarithm; the loss from the
scores needs none.
*)
let naive (o: Tensor) =
    let e = o.exp ()
    e / e.sum (1, keepDim = true)

let o, label = dsharp.tensor [ [ 100.0; 0.0; -100.0 ] ], dsharp.tensor [ 2 ]
printfn "naive softmax %A\nour softmax   %A" (naive o) (Softmax.softmax o)
let fromProbabilities = Loss.crossEntropyOfProbabilities.rows (Softmax.softmax o) label
let fromScores = Loss.crossEntropy.rows o label
printfn "cross-entropy from the probabilities %A, from the scores %A" fromProbabilities fromScores
claim "the naive softmax is not a number" (Seq.exists System.Double.IsNaN ((naive o).view([ 3 ]).toArray1D<float>()))
claim "our softmax has the sum 1" (float ((Softmax.softmax o).sum()) = 1.0)
claim "the loss from the probabilities is infinite" (float (fromProbabilities.sum ()) = infinity)
claim "the loss from the scores is 200" (float (fromScores.sum ()) = 200.0)

(** ## Training *)
let train, test = garments ()
printfn "%O\n" train

(** Pixels are the bytes 0 to 255; to bring them to 0 to 1 is a part of the model. *)
let settings =
    { Fit.defaults with
        model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear train.Columns train.Outputs ]
        loss = Loss.crossEntropy
        optimizer = Optimizer.sgd 0.1
        batch = 256
        epochs = 10
        validation = Some test }

(** Untrained, it guesses. Then it learns; in a terminal the curves are drawn while it does. *)
let before = Fit.untrained settings train |> Fit.evaluate test
printfn "before training: test accuracy %.3f" before.Metric

let watched settings =
    use animator = Animator.Auto "3.7 Softmax regression"
    train |> Fit.run { settings with onEpoch = animator.Report }

let fitted = watched settings
printfn "%A" fitted.history
printfn "%d updates in %.1f s\n" fitted.steps fitted.seconds

fitted.history |> Plot.curves |> figure "3.7-training"
(** ![The losses fall and the accuracies rise](3.7-training.svg) *)

let shown = test.Slice(0, 18)
shown |> Plot.predictions "Predictions" (Fit.classes shown fitted) |> figure "3.7-predictions"
(** ![Images with the true class above and the predicted class below](3.7-predictions.svg) *)

Model.parameter "1.weight" fitted.model fitted.parameters
|> Plot.weights train.ImageShape.Value train.ClassNames
|> figure "3.7-weights"
(** ![The weights of each class as an image](3.7-weights.svg) *)

(** All of it on one page: settings, curves, scores of each class, the worst mistakes, weights, and where they come from. *)
fitted |> Saved.ofFitted train |> Report.ofSaved test |> Report.save (output "3.7-report.html")
(** [The report](3.7-report.html) *)

(** What the book asks for. *)
let last = fitted.history[9]
claim "an untrained model guesses" (before.Metric < 0.25)
claim "the loss is below 0.5" (last.Running.Loss < 0.5)
claim "train and test accuracy are above 0.7" (last.Running.Metric > 0.7 && last.Validation.Value.Metric > 0.7)
