(**
# Descent: all rows, some rows, one row; rates too small and too large

$$(w, b) \leftarrow (w, b) - \eta\, \frac{1}{|B|} \sum_{i \in B} \partial_{(w, b)}\, \tfrac12 (w x_i + b - y_i)^2$$

With all rows as the batch $B$ each step goes straight down. With fewer rows the gradient is an estimate: a step costs less, and goes down
only on average. The code is the same, on other batches.
*)

#load "_load.fsx"

open LinearNets
open LinearNets.FSharp

// 200 rows around y = 2x + 1, with x from 0 to 2.
let xs, noise = Random.uniforms 200 (Random.key 1), Random.normals 200 (Random.key 2)
let data = Dataset.From(Array.map (fun x -> [| 2.0 * x |]) xs, Array.map2 (fun x e -> 4.0 * x + 1.0 + 0.5 * e) xs noise)
let objective = Objective.create (Model.linear 1 1) Loss.squared
let parameters (w: float) (b: float) =
    [ dsharp.tensor ([ [ w ] ], dtype = Dtype.Float64); dsharp.tensor ([ b ], dtype = Dtype.Float64) ]
let place (training: Training) = float training.parameters[0], float training.parameters[1]

/// The places from w = −½, b = ½ on, one after each step.
let path rate batches =
    let step training batch = Train.step (Objective.autodiff objective) (Optimizer.sgd rate) training batch |> fst
    batches
    |> Seq.scan step (Train.start (Optimizer.sgd rate) (parameters -0.5 0.5))
    |> Seq.map place
    |> Seq.toList

let all = Data.all data
let lossAt w b = float (Objective.value objective (parameters w b) all)
let surface title paths = Plot.surface title (-1.5, 6.0) (-1.5, 4.0) lossAt paths |> Plot.labels "w" "b"

/// 40 steps with so many rows each, in another order in every epoch.
let by rows =
    Seq.initInfinite id
    |> Seq.collect (fun epoch -> data |> Data.shuffled rows epoch)
    |> Seq.truncate 40
    |> path 0.3

let paths = [ "one row", by 1; "ten rows", by 10; "all rows", by 200 ]
surface "40 steps with η = 0.3" paths |> figure "descent"
(** ![All rows go down smoothly, ten rows nearly so, one row wanders around the minimum](descent.svg) *)

let least = LeastSquares.normalEquations all.x all.y
let between (w, b) (w', b') = sqrt ((w - w') ** 2.0 + (b - b') ** 2.0)
let distance place = between place (float least[0], float least[1])
let lastSteps places = places |> List.skip 20 |> List.pairwise |> List.averageBy (fun (before, after) -> between before after)

for name, places in paths do
    printfn "%8s: %.3f from the minimum, by steps of %.3f" name (distance (List.last places)) (lastSteps places)

claim
    "the fewer the rows, the longer the steps near the minimum"
    (lastSteps (by 1) > 3.0 * lastSteps (by 10) && lastSteps (by 10) > 3.0 * lastSteps (by 200))

(**
## The rate

Descent on all rows multiplies the error by $I - \eta H$ in each step, where $H$ is the Hessian of the loss. So it converges for
$\eta < 2/\lambda_{max}$, the largest eigenvalue of $H$, and for no rate above.
*)

let x = all.x.view [ 200 ]
let mean, square = float (x.mean ()), float ((x * x).mean()) // H = [ square mean; mean 1 ]
let largest = (square + 1.0) / 2.0 + sqrt ((square - 1.0) ** 2.0 / 4.0 + mean * mean)
let descend share = path (share / largest) (Seq.replicate 30 all)

surface "30 steps on all rows" [ for share in [ 2.05; 1.5; 0.05 ] -> $"η = {share}/λ", descend share ]
|> figure "descent-rates"
(** ![A small rate does not arrive, a good one does, and one above 2/λ leaves](descent-rates.svg) *)

for share in [ 0.05; 1.5; 1.95; 2.05 ] do
    let first, last = distance (-0.5, 0.5), distance (List.last (descend share))
    printfn "η = %.2f/λ: from %.3f to %.3f" share first last
    claim "it converges below 2/λ, and not above" ((last < first) = (share < 2.0))
