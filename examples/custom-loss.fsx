(**
# A loss of one's own: quantiles

$$\ell_\tau(\hat y, y) = \max\bigl(\tau\,(y - \hat y),\ (\tau - 1)\,(y - \hat y)\bigr)$$

The loss that is least at the $\tau$-quantile: a prediction that is too low costs $\tau$ for each unit, one that is too high $1 - \tau$.
It is one value for each row. The library differentiates it, weights it and takes the mean.
*)

#load "_load.fsx"

open LinearNets
open LinearNets.FSharp

/// max(τr, (τ − 1)r) = τr + max(0, −r), with r = y − ŷ.
let quantile (tau: float) =
    Loss.define $"quantile {tau}" (fun ŷ y ->
        let r = y - ŷ
        tau * r + (-r).relu())

(** Rows that scatter the more the larger x is: with a standard deviation of 0.2 + 0.3x. *)

let n = 1000
let x = Random.uniforms n (Random.key 1) |> Array.map (fun u -> 5.0 * u)
let noise = Random.normals n (Random.key 2)
let y = Array.map2 (fun x e -> 1.0 + x + (0.2 + 0.3 * x) * e) x noise
let data = Dataset.From(Array.map Array.singleton x, y)

let fit tau =
    let fitted =
        data
        |> Fit.run
            { Fit.defaults with
                model = Model.linear 1 1
                loss = quantile tau
                optimizer = Optimizer.scheduled (Schedule.cosine 0.1 0.0 1000) Optimizer.adam
                batch = n
                epochs = 1000 }
    float fitted.parameters[0], float fitted.parameters[1]

let lines = [ for tau in [ 0.1; 0.5; 0.9 ] -> tau, fit tau ]

[ Series.points "data" x y |> Series.colour 7
  for tau, (slope, intercept) in lines do
      Series.graph $"τ = {tau}" 0.0 5.0 (fun x -> slope * x + intercept) ]
|> Plot.ofSeries "Quantiles"
|> Plot.labels "x" "y"
|> figure "custom-loss"
(** ![Three lines that open like a fan, with a tenth of the rows below, half, and a tenth above](custom-loss.svg) *)

// The lines of quantile regression in statsmodels, for the same rows.
let expected = [ 0.6122, 0.7715; 0.9491, 1.0743; 1.3613, 1.2486 ]

for (tau, (slope, intercept)), (slope', intercept') in List.zip lines expected do
    let below = Array.map2 (fun x y -> if y < slope * x + intercept then 1.0 else 0.0) x y |> Array.average
    printfn "τ = %.1f: ŷ = %.3f·x + %.3f, and %.1f %% of the rows are below" tau slope intercept (100.0 * below)
    claim "this share of the rows is below the line" (abs (below - tau) < 0.005)
    claim "the line is that of statsmodels" (abs (slope - slope') < 0.002 && abs (intercept - intercept') < 0.002)
