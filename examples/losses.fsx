(**
# Losses compared: L2, L1 and Huber's

$$\ell_2 = \tfrac12 r^2, \qquad \ell_1 = |r|, \qquad
\ell_\delta = \begin{cases} \tfrac12 r^2 & |r| \le \delta \\ \delta\,(|r| - \tfrac12\delta) & |r| > \delta \end{cases}
\qquad\text{where } r = \hat y - y$$

The derivative of a loss is how hard an error pulls. With L2 a large error pulls hard. With L1 every error pulls the same. Huber's loss
is L2 for small errors and L1 for large ones. Each loss is also a belief about the noise, with the likelihood $e^{-\ell}$.
*)

#load "_load.fsx"

open LinearNets
open LinearNets.FSharp

let losses = [ Loss.squared; Loss.absolute; Loss.huber 1.0 ]

figure "losses" (Plot.grid 2 (List.map Plot.loss losses))
(** ![The three losses, each with its derivative and its likelihood](losses.svg) *)

(** ## A straight line, and six points that are far from it *)

let x = [| for i in 0..59 -> float i / 6.0 |]
let noise = Random.normals 60 (Random.key 1)
let y = Array.init 60 (fun i -> 2.0 * x[i] + 1.0 + 0.5 * noise[i] - (if i >= 54 then 18.0 else 0.0))
let data = Dataset.From(Array.map Array.singleton x, y)

/// Slope and intercept at the least loss: all rows in each step, and a rate that falls to 0.
let fit loss =
    let fitted =
        data
        |> Fit.run
            { Fit.defaults with
                model = Model.linear 1 1
                loss = loss
                optimizer = Optimizer.scheduled (Schedule.cosine 0.3 0.0 2000) Optimizer.adam
                batch = 60
                epochs = 2000 }
    let slope, intercept = float fitted.parameters[0], float fitted.parameters[1]
    printfn "%-8s  ŷ = %.3f·x + %.3f" loss.name slope intercept
    slope, intercept

let lines = [ for loss in losses -> loss.name, fit loss ]

[ Series.points "data" x y |> Series.colour 7
  for name, (slope, intercept) in lines do
      Series.graph name 0.0 10.0 (fun x -> slope * x + intercept) ]
|> Plot.ofSeries "Six outliers"
|> Plot.labels "x" "y"
|> figure "losses-outliers"
(**
![L2's line is drawn down by the outliers, the others keep to the many](losses-outliers.svg)

L2 follows the six, L1 and Huber's loss follow the fifty-four. The numbers to compare with are those of NumPy's least squares, of
quantile regression in statsmodels, and of SciPy's minimiser.
*)

let expected = [ 1.0286, 4.0429; 1.9395, 1.2446; 1.9155, 1.3175 ]

for (name, (slope, intercept)), (slope', intercept') in List.zip lines expected do
    claim
        $"the line of {name} is the one of other programs"
        (abs (slope - slope') < 0.001 && abs (intercept - intercept') < 0.002)
