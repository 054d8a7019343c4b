(**
# 3.4 Softmax regression

One score for each class, from all features. The softmax makes probabilities of the scores, and the cross-entropy is small
where the true class *y* has a high one.

$$\mathbf o = \mathbf W^\top \mathbf x + \mathbf b \qquad \hat y_j = \frac{e^{o_j}}{\sum_k e^{o_k}} \qquad \ell = -\ln \hat y_y$$
*)
#load "_load.fsx"

open LinearNets.FSharp

(** Images of 2×2 pixels have four features. For three kinds of animals that makes 12 weights and 3 biases. *)
let names = [| "dog"; "cat"; "chicken" |]
Model.linear 4 3 |> Plot.network [] names |> figure "3.4-network"
(** ![A network with four inputs and three outputs](3.4-network.svg) *)

(** Here cats are dark, dogs grey and chickens bright, with noise on every pixel. *)
let brightness = [| 0.5; 0.2; 0.8 |]
let labels = Array.init 300 (fun i -> i % 3)
let noise = Random.normals 1200 (Random.key 1)
let pixels = Array2D.init 300 4 (fun i j -> brightness[labels[i]] + 0.1 * noise[4 * i + j])
let animals = Dataset.From(pixels, labels).WithClassNames(names).WithImageShape(2, 2)
animals.Slice(0, 9) |> Plot.images "Animals of four pixels" |> figure "3.4-animals"
(** ![Nine images of four pixels with the names of their classes](3.4-animals.svg) *)

let settings =
    { Fit.defaults with
        model = Model.linear 4 3
        loss = Loss.crossEntropy
        optimizer = Optimizer.sgd 1.0
        epochs = 100 }

let softmaxAccuracy = (animals |> Fit.run settings |> Fit.evaluate animals).Metric
printfn "softmax regression: accuracy %.3f" softmaxAccuracy

(**
## Why not regression on 1, 2, 3?

Number the classes, fit the numbers by least squares, and round. The outcome then depends on the order of the numbers, which
means nothing: dog = 1, cat = 2, chicken = 3 would say that a cat is halfway from a dog to a chicken. Here the dogs are between the
others, and no straight line has a 1 between a 2 and a 3.
*)
let x = (Data.all animals).x

let regressionAccuracy (numbers: int[]) =
    let truth = labels |> Array.map (fun label -> numbers[label])
    let y = (dsharp.tensor truth).cast x.dtype
    let line = LeastSquares.normalEquations x y
    let rounded = ((Model.linear 4 1).apply line x).squeeze().toArray1D<float>() |> Array.map (round >> int)
    Array.map2 (fun guess number -> if guess = number then 1.0 else 0.0) rounded truth |> Array.average

let asGiven, byBrightness = regressionAccuracy [| 1; 2; 3 |], regressionAccuracy [| 2; 1; 3 |]
printfn "regression on dog 1, cat 2, chicken 3: accuracy %.3f" asGiven
printfn "regression on cat 1, dog 2, chicken 3: accuracy %.3f" byBrightness
claim "softmax regression needs no order" (softmaxAccuracy > 0.95 && byBrightness > 0.95 && asGiven < 0.6)
