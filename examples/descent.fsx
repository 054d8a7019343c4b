(**
# Descent: all rows, some rows, one row; rates too small and too large

$$(w, b) \leftarrow (w, b) - \eta\, \frac{1}{|B|} \sum_{i \in B} \partial_{(w, b)}\, \tfrac12 (w x_i + b - y_i)^2$$

With all rows as the batch $B$ each step goes straight down. With fewer rows the gradient is an estimate: a step costs less and goes down
only on average. It is one function on other batches.
*)

#load "_load.fsx"

open LinearNets.FSharp

let data = Synthetic.linear { Synthetic.defaults with w = [ 2.0 ]; b = 1.0; noise = 0.5; n = 200; seed = 3; dtype = Dtype.Float64 }
let objective = Objective.create (Model.linear 1 1) Loss.squared
let parameters (w: float) (b: float) = [ dsharp.tensor [ [ w ] ]; dsharp.tensor [ b ] ] |> List.map _.cast(Dtype.Float64)
let place (training: Training) = float training.parameters[0], float training.parameters[1]

/// The places from w = −1, b = 3 on, one after each step.
let path rate batches =
    let step training batch = Train.step (Objective.autodiff objective) (Optimizer.sgd rate) training batch |> fst
    batches |> Seq.scan step (Train.start (Optimizer.sgd rate) (parameters -1.0 3.0)) |> Seq.map place |> Seq.toList

let all = Data.all data
let lossAt w b = float (Objective.value objective (parameters w b) all)
let surface title paths = Plot.surface title (-1.6, 3.6) (-0.6, 3.6) lossAt paths |> Plot.labels "w" "b"

let byAll = path 0.1 (Seq.replicate 40 all)
let bySome = path 0.1 (data |> Data.shuffled 10 1 |> Seq.truncate 40)
let byOne = path 0.1 (data |> Data.shuffled 1 1 |> Seq.truncate 40)

surface "40 steps with η = 0.1" [ "one row", byOne; "ten rows", bySome; "all rows", byAll ] |> figure "descent"
(** ![All rows go straight to the minimum, ten rows nearly so, one row wanders around it](descent.svg) *)

let least = LeastSquares.normalEquations all.x all.y |> fun solution -> float solution[0], float solution[1]
let distance (w, b) = sqrt ((w - fst least) ** 2.0 + (b - snd least) ** 2.0)

for name, places in [ "all rows", byAll; "ten rows", bySome; "one row", byOne ] do
    printfn "%s: %.4f from the minimum" name (distance (List.last places))

(**
## The rate

Near the minimum, the error is multiplied by $1 - \eta\lambda$ in each step, for each eigenvalue $\lambda$ of the Hessian. So descent
converges for $\eta < 2/\lambda_{max}$, and for no rate above.
*)

let meanOf (t: Tensor) = float (t.mean())
let m, s = meanOf all.x, meanOf (all.x * all.x) // the Hessian is [[s, m], [m, 1]]
let largest = (s + 1.0) / 2.0 + sqrt ((s - 1.0) ** 2.0 / 4.0 + m * m)
let after rate = path rate (Seq.replicate 40 all)
let rates = [ "small", 0.1; "good", 1.0; "too large", 2.02 ] |> List.map (fun (name, share) -> name, after (share / largest))
