// Softmax regression on grey images of ten kinds of clothes, drawn by the library so that no download is needed.
//
//   o = X·W + b      ŷ = softmax(o)      ℓ = −ln ŷ_y      ∂ℓ/∂o = ŷ − y

#load "_load.fsx"
#load "_terminal.fsx"

open System
open LinearNets.FSharp
open _terminal

let train, test = Synthetic.garments 60000 10000 42
printfn "%O\n" train

// Pixels are the bytes 0 to 255; to bring them to 0 to 1 is a part of the model.
let settings =
    { Fit.defaults with
        model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear train.Columns train.Outputs ]
        loss = Loss.crossEntropy
        optimizer = Optimizer.sgd 0.1
        batch = 256
        epochs = 10
        validation = Some test
        onStep = Bar.draw
        onEpoch =
            fun e ->
                Bar.clear ()
                printfn
                    "epoch %2d, loss %.4f, train accuracy %.3f, test accuracy %.3f"
                    e.Epoch
                    e.Running.Loss
                    e.Running.Metric
                    e.Validation.Value.Metric }

let before = Fit.untrained settings train |> Fit.evaluate test
printfn "before training: accuracy %.3f" before.Metric
let fitted = Fit.run settings train
printfn "%d updates in %.1f s\n" fitted.steps fitted.seconds

// Eight of the test images: the truth above, the prediction below.
let predicted = fitted |> Fit.classes (test.Slice(0, 8))
printfn "%s" (images test [ for i in 0..7 -> i, $"{test.ClassName i}\n→ {test.ClassNames[predicted[i]]}" ])

// Scores, mistakes, weights and all that is known of the fit, on one page.
let page = IO.Path.GetFullPath(IO.Path.Combine(__SOURCE_DIRECTORY__, "../artifacts/report.html"))
fitted |> Saved.ofFitted train |> Report.ofSaved test |> Report.save page
printfn "report: %s\n" page

// What the book asks for.
let last = fitted.history[9]
let within low high value = low < value && value <= high

if not (within 0.0 0.25 before.Metric) then failwith "an untrained model should guess"
if not (last.Running.Loss < 0.5) then failwith "the loss should be below 0.5"
if not (within 0.7 1.0 last.Running.Metric && within 0.7 1.0 last.Validation.Value.Metric) then
    failwith "it should learn more"
