(**
# Hyper-parameters on validation data

$$\hat y = b + w_1 x + w_2 x^2 + \dots + w_d x^d, \qquad
\min_{w, b}\ \frac1n \sum_i \tfrac12 (\hat y_i - y_i)^2 + \frac\lambda2 \lVert w \rVert^2$$

The degree $d$ and the penalty $\lambda$ are hyper-parameters: training cannot choose them, for the training error falls with every
degree. Rows that training has not seen can.
*)

#load "_load.fsx"

open LinearNets
open LinearNets.FSharp

/// Rows around a sine wave.
let wave n seed =
    let x = Random.uniforms n (Random.key seed) |> Array.map (fun u -> 2.0 * u - 1.0)
    let noise = Random.normals n (Random.split (Random.key seed) 1)
    Dataset.From(Array.map Array.singleton x, Array.map2 (fun x e -> sin (3.0 * x) + 0.2 * e) x noise)

let train, validation, test = wave 24 1, wave 24 2, wave 200 3

/// Solves on the one, scores on the other.
let fitAndScore (degree, penalty) (known: Dataset) (other: Dataset) =
    let powers = Preprocess.polynomial degree known
    let exact = known |> Preprocess.apply powers |> Exact.run { Exact.defaults with penalty = penalty }
    other |> Preprocess.apply powers |> Scores.regressionOf (Model.linear degree 1) exact.parameters

let searchDegrees other =
    GridSearch.from (0, Penalty.none)
    |> GridSearch.vary "degree" [ 1..12 ] (fun degree (_, penalty) -> degree, penalty)
    |> GridSearch.run "mean squared error" (fun settings -> fitAndScore settings train other)

let onTrain, onValidation = searchDegrees train, searchDegrees validation
printfn "%O\n" onValidation
let errors (result: GridSearchResult<_, RegressionScores>) = [ for row in result.Rows -> row.Score ]

[ Series.line "training" [ 1.0 .. 12.0 ] (errors onTrain)
  Series.line "validation" [ 1.0 .. 12.0 ] (errors onValidation) ]
|> Plot.ofSeries "Mean squared error by degree"
|> Plot.labels "degree" ""
|> Plot.logY
|> figure "validation"
(**
![The training error falls with each degree; the validation error falls, then rises](validation.svg)

## Cross-validation

With few rows each may be validation data once: in each of five folds. Here the degree is 12, and the penalty is what is looked for.
*)

let penalties =
    GridSearch.from (12, Penalty.none)
    |> GridSearch.vary "λ" [ for e in -6 .. 1 -> 10.0 ** float e ] (fun lambda (degree, _) -> degree, Penalty.l2 lambda)
    |> GridSearch.crossValidate "mean squared error" (Folds.Plain(train, 5, 1)) fitAndScore train

printfn "%O\n" penalties

(** The test data have chosen nothing. They say what the choices are worth. *)

let test' settings = (fitAndScore settings train test).MeanSquaredError
let chosen, penalised, overfitted = test' onValidation.BestSettings, test' penalties.BestSettings, test' (12, Penalty.none)
printfn "degree 12: %.3f; the chosen degree: %.3f; degree 12 with the chosen penalty: %.3f" overfitted chosen penalised

let close (expected: float list) values = List.forall2 (fun e v -> abs (e - v) < 1e-6) expected values
claim
    "the training errors are NumPy's"
    (close [ 0.1931105; 0.0351174; 0.0171297 ] [ for degree in [ 1; 3; 12 ] -> (errors onTrain)[degree - 1] ])
claim
    "and so are the validation errors"
    (close [ 0.2046408; 0.0676225; 0.3812340 ] [ for degree in [ 1; 6; 12 ] -> (errors onValidation)[degree - 1] ])
claim "degree 6 is chosen, and λ = 0.01" (onValidation.Best.Name = "degree=6" && penalties.Best.Name = "λ=0.01")
claim "both choices are near the noise, 0.04; degree 12 alone is not" (chosen < 0.08 && penalised < 0.08 && overfitted > 1.0)
