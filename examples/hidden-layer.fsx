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
        [| float (2 * (row % 2) - 1) + 0.3 * noise[2 * row]; float (2 * (row / 2 % 2) - 1) + 0.3 * noise[2 * row + 1] |])

let data = Dataset.From(rows, Array.init 400 (fun row -> row % 2 ^^^ row / 2 % 2)).WithClassNames("same", "different")

// A hidden layer in two lines: the bend is a model without parameters, and models compose.
let relu = Model.define "relu" [] (fun _ x -> x.relu ())
let network = Model.compose [ Model.linear 2 8; relu; Model.linear 8 2 ]

/// Units that begin alike would stay alike, so these begin at random.
let initial (parameter: Parameter) =
    let numbers = Random.normals (Parameter.count parameter) (Random.key parameter.name.Length)
    dsharp.tensor(numbers, dtype = Dtype.Float64).view parameter.shape
