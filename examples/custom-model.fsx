(**
# A model of one's own: growth with a limit

$$\hat y(t) = \frac{K}{1 + e^{-r (t - m)}}$$

A population grows, at first by a rate $r$, is half of its limit $K$ at the time $m$, and then comes to rest. A model is a name, its
parameters, and a function of them and of the inputs. The rest is there: gradients, losses, optimizers, solvers.
*)

#load "_load.fsx"

open LinearNets
open LinearNets.FSharp

let growth =
    Model.define "K·σ(r·(t − m))" [ Parameter.bias "K" [ 1 ]; Parameter.bias "r" [ 1 ]; Parameter.bias "m" [ 1 ] ] (fun p t ->
        p[0] * (p[1] * (t - p[2])).sigmoid())

printfn "%O" growth

// Fifty measurements of K = 9, r = 0.8, m = 6, with some noise.
let t = [| for i in 0..49 -> 12.0 * float i / 49.0 |]
let noise = Random.normals 50 (Random.key 1)
let y = Array.map2 (fun t e -> 9.0 / (1.0 + exp (-0.8 * (t - 6.0))) + 0.2 * e) t noise
let data = Dataset.From(Array.map Array.singleton t, y)

(** Such a function has its minimum in a valley, and descent wants a beginning that is not absurd: here K = 5, r = 1, m = 4. *)

let values (numbers: float list) = [ for number in numbers -> dsharp.tensor ([ number ], dtype = Dtype.Float64) ]

let solved =
    data
    |> Lbfgs.run { Lbfgs.defaults with model = growth; loss = Loss.squared; initial = Some(values [ 5.0; 1.0; 4.0 ]) }

printfn "%O" solved.convergence
let found = [ for parameter in solved.parameters -> float parameter ]

for name, value in List.zip [ "K"; "r"; "m" ] found do
    printfn "%s = %.4f" name value

let curve (p: float list) (t: float) = p[0] / (1.0 + exp (-p[1] * (t - p[2])))

[ Series.points "measured" t y |> Series.colour 7
  Series.graph "found" 0.0 12.0 (curve found)
  Series.graph "begun with" 0.0 12.0 (curve [ 5.0; 1.0; 4.0 ]) ]
|> Plot.ofSeries "Growth with a limit"
|> Plot.labels "t" "y"
|> figure "custom-model"
(** ![The curve that was found goes through the measurements](custom-model.svg) *)

// The gradient by differentiation is the one by hand: ∂ŷ/∂K = σ, ∂ŷ/∂r = Kσ(1 − σ)(t − m), ∂ŷ/∂m = −Kσ(1 − σ)r.
let pass = Objective.autodiff (Objective.create growth Loss.squared) (values [ 5.0; 1.0; 4.0 ]) (Data.all data)

let byHand =
    [ for t, y in Seq.zip t y do
          let s = 1.0 / (1.0 + exp (4.0 - t))
          let error, slope = 5.0 * s - y, 5.0 * s * (1.0 - s)
          [ error * s; error * slope * (t - 4.0); error * -slope ] ]
    |> List.transpose
    |> List.map List.average

claim "the gradient is the one by hand" (List.forall2 (fun (g: Tensor) d -> abs (float g - d) < 1e-12) pass.gradient byHand)
claim
    "SciPy finds the same curve"
    (List.forall2 (fun value expected -> abs (value - expected) < 1e-5) found [ 9.132985; 0.787738; 6.068988 ])
