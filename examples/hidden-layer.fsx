(**
# Where linear ends: a hidden layer

$$h = \max(0,\ x W_1 + b_1), \qquad o = h W_2 + b_2$$

Four clouds, of which those across the middle from each other have the same class: exclusive or. No line divides them. A layer between,
with a bend in it, does.
*)

#load "_load.fsx"

open LinearNets
open LinearNets.FSharp

let noise = Random.normals 800 (Random.key 3)

/// Clouds around (−1, −1), (1, −1), (−1, 1) and (1, 1).
let rows =
    Array.init 400 (fun row ->
        [| float (2 * (row % 2) - 1) + 0.3 * noise[2 * row]
           float (2 * (row / 2 % 2) - 1) + 0.3 * noise[2 * row + 1] |])

let data = Dataset.From(rows, Array.init 400 (fun row -> row % 2 ^^^ row / 2 % 2)).WithClassNames("same", "different")

// A hidden layer in two lines: the bend is a model without parameters, and models compose.
let relu = Model.define "relu" [] (fun _ x -> x.relu ())
let network = Model.compose [ Model.linear 2 8; relu; Model.linear 8 2 ]

Plot.network [ "x₁"; "x₂" ] data.ClassNames network |> figure "hidden-layer-network"
(** ![Two inputs, eight hidden units, two outputs](hidden-layer-network.svg) *)

let train model =
    let settings =
        { Fit.defaults with
            model = model
            loss = Loss.crossEntropy
            optimizer = Optimizer.adam 0.02
            batch = 40
            epochs = 60 }
    let fitted = Fit.run settings data
    printfn "%s: accuracy %.3f" fitted.model.name (Fit.evaluate data fitted).Metric
    fitted

let linear = train (Model.linear 2 2)
let twice = train (Model.compose [ Model.linear 2 8; Model.linear 8 2 ])
let bent = train network

Plot.grid
    2
    [ for fitted in [ linear; bent ] -> data |> Plot.regions (fun grid -> Fit.classes grid fitted) |> Plot.title fitted.model.name ]
|> figure "hidden-layer"
(** ![A straight line leaves half of the clouds on the wrong side; the hidden layer has each in its own region](hidden-layer.svg) *)

// A line gets no more than three of the four clouds, and here about two.
let accuracy fitted = (Fit.evaluate data fitted).Metric
claim "no line divides the clouds" (accuracy linear <= 0.76 && accuracy twice <= 0.76)
claim "the hidden layer does" (accuracy bent = 1.0)

(** Without the bend two layers are one: $(x W_1 + b_1) W_2 + b_2 = x (W_1 W_2) + (b_1 W_2 + b_2)$. *)

match twice.parameters with
| [ w1; b1; w2; b2 ] ->
    let one = (Data.all data).x.matmul(w1.matmul w2) + ((b1.view [ 1; 8 ]).matmul w2 + b2)
    claim "two linear layers are one" (float ((one - Fit.scores data twice).abs().max()) < 1e-9)
| _ -> claim "there are two layers" false
