(**
# The linear classifier: the sigmoid with two losses

$$z = w^\top x + b, \qquad
\ell_{sq} = \tfrac12 (\sigma(z) - t)^2, \qquad
\ell_{ce} = -t \ln \sigma(z) - (1 - t) \ln(1 - \sigma(z))$$

$$\ell'_{sq}(z) = (\sigma(z) - t)\,\sigma(z)\,(1 - \sigma(z)), \qquad \ell'_{ce}(z) = \sigma(z) - t$$

With the squared loss a row that is badly wrong has a derivative near 0, because the sigmoid is flat there. With cross-entropy it has
one near ±1.
*)

#load "_load.fsx"

open LinearNets
open LinearNets.FSharp

let slope (loss: Loss) (z: float) =
    float (dsharp.grad (fun z -> (loss.rows z (dsharp.tensor [ [ 1.0 ] ])).sum()) (dsharp.tensor [ [ z ] ]))

[ Series.graph "squared loss of the sigmoid" -10.0 10.0 (slope Loss.squaredSigmoid)
  Series.graph "cross-entropy" -10.0 10.0 (slope Loss.binaryCrossEntropy) ]
|> Plot.ofSeries "The derivative of the loss where t = 1"
|> Plot.labels "score z" ""
|> figure "linear-classifier-slopes"
(** ![At z = −10 cross-entropy pulls with all its force, the squared loss not at all](linear-classifier-slopes.svg) *)

claim "the squared loss is deaf at −10: −σ(1 − σ)²" (abs (slope Loss.squaredSigmoid -10.0 + 4.5394e-5) < 1e-8)
claim "cross-entropy is not: σ − 1" (abs (slope Loss.binaryCrossEntropy -10.0 + 0.9999546) < 1e-6)

(** ## Two clouds of points, and a beginning that has every point wrong *)

let truth = Array.init 200 (fun row -> row % 2)
let noise = Random.normals 400 (Random.key 5)

let rows =
    truth
    |> Array.mapi (fun row k -> [| -1.0 + 2.0 * float k + 0.4 * noise[2 * row]; 0.5 - float k + 0.4 * noise[2 * row + 1] |])

let points, model = Dataset.From(rows, truth), Model.linear 2 1

/// Class 1 where the score is above 0.
let sideOf parameters (data: Dataset) =
    (model.apply parameters (Data.all data).x).view([ data.Rows ]).toArray1D<float>()
    |> Array.map (fun z -> if z > 0.0 then 1 else 0)

let accuracy parameters = Array.map2 (fun k k' -> if k = k' then 1.0 else 0.0) truth (sideOf parameters points) |> Array.average

let fit loss =
    Dataset.From(rows, Array.map float truth)
    |> Fit.run
        { Fit.defaults with
            model = model
            loss = loss
            optimizer = Optimizer.sgd 1.0
            batch = 200
            epochs = 100
            initial =
                Some [ dsharp.tensor ([ [ -8.0 ]; [ 4.0 ] ], dtype = Dtype.Float64); dsharp.zeros ([ 1 ], dtype = Dtype.Float64) ] }

let squared, crossEntropy = fit Loss.squaredSigmoid, fit Loss.binaryCrossEntropy
for fitted in [ squared; crossEntropy ] do
    printfn "accuracy after 100 steps with %O: %.3f" fitted.settings.loss (accuracy fitted.parameters)

Plot.grid
    2
    [ for fitted in [ squared; crossEntropy ] ->
          points |> Plot.regions (sideOf fitted.parameters) |> Plot.title fitted.settings.loss.name ]
|> figure "linear-classifier"
(** ![With the squared loss the line is still on the wrong side; with cross-entropy it divides the clouds](linear-classifier.svg) *)

claim
    "cross-entropy recovers, the squared loss does not"
    (accuracy crossEntropy.parameters = 1.0 && accuracy squared.parameters < 0.1)
