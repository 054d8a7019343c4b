(**
# The perceptron

$$z = w^\top x + b, \qquad \ell = \max(0, -t z) \quad\text{with } t = \pm 1, \qquad
(w, b) \leftarrow (w, b) + t\,(x, 1) \quad\text{where } t z \le 0$$

It takes one row at a time and learns from mistakes alone. Where a line divides the rows with a margin $\gamma$, and no row $(x, 1)$ is
longer than $R$, it makes no more than $(R/\gamma)^2$ mistakes, however long it goes on.
*)

#load "_load.fsx"

open LinearNets
open LinearNets.FSharp

let truth = Array.init 200 (fun row -> row % 2)
let noise = Random.normals 400 (Random.key 5)

let rows =
    truth
    |> Array.mapi (fun row k -> [| 2.0 + 2.0 * float k + 0.5 * noise[2 * row]; 4.0 - 2.0 * float k + 0.5 * noise[2 * row + 1] |])

let signs = truth |> Array.map (fun k -> if k = 1 then 1.0 else -1.0)
let data = Dataset.From(rows, signs)

let model = Model.linear 2 1
let rule = Optimizer.sgd 1.0
let gradient = Objective.autodiff (Objective.create model Loss.perceptron)
let count mistakes (batch: Batch) (pass: Pass) = if float (pass.scores * batch.y) <= 0.0 then mistakes + 1 else mistakes

/// Twenty epochs from zeros, a row at a time, and the number of mistakes on the way.
let trained, mistakes =
    let zeros = model |> Model.initWith (fun p -> dsharp.zeros (p.shape, dtype = Dtype.Float64))
    [ 1..20 ]
    |> Seq.collect (fun epoch -> data |> Data.shuffled 1 epoch)
    |> Train.observed gradient rule count (Train.start rule zeros, 0)

let scores (data: Dataset) = (model.apply trained.parameters (Data.all data).x).view([ data.Rows ]).toArray1D<float>()

Dataset.From(rows, truth)
|> Plot.regions (scores >> Array.map (fun z -> if z > 0.0 then 1 else 0))
|> Plot.title "The perceptron"
|> figure "perceptron"
(** ![The line of the perceptron divides the two clouds](perceptron.svg) *)

// The diagonal x₁ = x₂ divides the rows, so that its margin will do for the theorem.
let margin = Array.map2 (fun t (row: float[]) -> t * (row[0] - row[1]) / sqrt 2.0) signs rows |> Array.min
let longest = rows |> Array.map (fun row -> sqrt (row[0] * row[0] + row[1] * row[1] + 1.0)) |> Array.max
let bound = (longest / margin) ** 2.0
printfn "%d mistakes in %d rows; no more than %.0f are possible" mistakes trained.state.step bound

claim "the diagonal divides the rows" (margin > 0.0)
claim "there are mistakes, as few as the theorem says" (mistakes > 0 && float mistakes <= bound)
claim "every row is right in the end" (Array.forall2 (fun t z -> t * z > 0.0) signs (scores data))

// A loss of 0 moves nothing: what the perceptron has learnt is the sum of its mistakes, whole steps of ±1.
claim "the bias has counted them" (abs (float trained.parameters[1]) <= float mistakes && float trained.parameters[1] % 1.0 = 0.0)
