(**
# House prices by area and age

$$\text{price} = w_{area} \cdot \text{area} + w_{age} \cdot \text{age} + b$$

A file has 80 houses: their areas in m², their ages in years, and what was paid, in thousands.
*)

#load "_load.fsx"

open LinearNets
open LinearNets.FSharp

let houses =
    Dataset.FromCsv(input "CSharp.Quickstart/houses.csv", CsvSettings(Target = "price", Numbers = NumberType.Double))
let known, kept = houses.Split(0.2, 1)
printfn "%O\n" (houses.Describe())

(** ## The solution, and how sure it is *)

let exact = Exact.run Exact.defaults known
printfn "%O\n" exact.inference
(**
Each m² costs 2.84 ± 0.04 thousand, each year takes 1.36 ± 0.08 away: coefficients with their standard errors. A house of 120 m² that
is 7 years old:
*)
let interval = exact.inference.PredictionInterval([| 120.0; 7.0 |], 0.95)
printfn "with a probability of 95 %% between %.1f and %.1f thousand" interval.Lower interval.Upper

(**
## By descent

Area and age have different units. Descent on them as they are needs a tiny rate. Standardised, with mean 0 and standard deviation 1, they
allow a large one. The scaling is a part of the model, which goes on taking m² and years.
*)

let model = Model.compose [ Preprocess.layer (Preprocess.standardise known); Model.linear 2 1 ]
let settings =
    { Fit.defaults with
        model = model
        loss = Loss.squared
        optimizer = Optimizer.sgd 0.5
        batch = 64
        epochs = 50 }
let fitted = Fit.run settings known
let unscaled, coefficients = (Preprocess.tryFold model fitted.parameters).Value
printfn "by descent: %A" (Model.named unscaled coefficients)

let scores = Scores.regression kept fitted
printfn "on the houses kept back: %O" scores

(** What is left over is the residual. It should look like noise: no curve, no funnel. *)

let predicted = (Fit.scores known fitted).view([ known.Rows ]).toArray1D<float>()
let residuals = predicted |> Array.mapi (fun row price -> known.Target(row)[0] - price)

[ Series.points "houses" predicted residuals ]
|> Plot.ofSeries "Residuals"
|> Plot.labels "predicted price" "paid − predicted"
|> figure "house-prices"
(** ![The residuals lie around 0 wherever the prediction](house-prices.svg) *)

let near tolerance (expected: float list) (values: float seq) = Seq.forall2 (fun e v -> abs (e - v) < tolerance) expected values
let byDescent = [ float coefficients[1]; float coefficients[0].[0, 0]; float coefficients[0].[1, 0] ]
claim
    "the coefficients are those of statsmodels"
    (near 1e-6 [ 74.18753482; 2.83818286; -1.36226931 ] exact.inference.Coefficients)
claim "so are their standard errors" (near 1e-6 [ 6.27137585; 0.04185421; 0.08009629 ] exact.inference.StandardErrors)
claim "and the interval" (near 1e-5 [ 375.040743; 435.426443 ] [ interval.Lower; interval.Upper ])
claim "descent finds the same" (near 1e-6 byDescent exact.inference.Coefficients)
claim "the kept houses cost what is predicted" (scores.R2 > 0.98 && abs (Array.average residuals) < 1e-6)
