(**
# 3.1 Linear regression

The price of a house, from its area and its age: a weighted sum of the features, and a bias.

$$\hat y = x_1 w_1 + x_2 w_2 + b \qquad \hat{\mathbf y} = \mathbf X \mathbf w + b \qquad \ell = \tfrac 1 2 (\hat y - y)^2$$

It is a neural network with one layer.
*)
#load "_load.fsx"
#load "_timer.fsx"

open LinearNets.FSharp

Model.linear 2 1 |> Plot.network [ "area"; "age" ] [ "price" ] |> figure "3.1-network"
(** ![A network with two inputs and one output](3.1-network.svg) *)

(**
## The analytic solution

With a column of ones in **X**, the bias is one of the weights. The loss is least where

$$\mathbf w^* = (\mathbf X^\top \mathbf X)^{-1} \mathbf X^\top \mathbf y$$
*)
let data = Synthetic.linear { Synthetic.defaults with w = [ 2.0; -3.4 ]; b = 4.2; noise = 0.01; n = 1000; seed = 42 }
let rows = Data.all data
let x, y = rows.x, rows.y
let x1 = dsharp.cat ([ x; dsharp.ones [ 1000; 1 ] ], 1)
let xt = x1.transpose ()
let w = (xt.matmul x1).solve(xt.matmul y)
printfn "w1, w2, b = %A" w
let error = w - dsharp.tensor [ [ 2.0 ]; [ -3.4 ]; [ 4.2 ] ]
claim "they are 2, −3.4 and 4.2 to two digits" (float (error.abs().max()) < 0.005)

(**
## Vectors are fast

Two vectors of 10,000 ones, added in three ways: number by number, as F# arrays, as tensors.
*)
let n = 10000
let a, b = dsharp.ones [ n ], dsharp.ones [ n ]
let arrayA, arrayB = a.toArray1D<float32>(), b.toArray1D<float32>()
let loop = timed "loop" 10 (fun () -> [| for i in 0 .. n - 1 -> float (a[i]) + float (b[i]) |])
let vector = timed "vector" 10 (fun () -> Array.map2 (+) arrayA arrayB)
let tensor = timed "tensor" 10 (fun () -> a + b)
claim "tensors are faster than a loop over their elements" (tensor < loop)

(**
## The normal distribution and the squared loss

$$p(x) = \frac 1 {\sqrt{2 \pi \sigma^2}} e^{-(x - \mu)^2 / 2 \sigma^2} \qquad -\ln p(y \mid \mathbf x) = \tfrac 1 2 \ln 2 \pi \sigma^2 + \frac 1 {\sigma^2} \ell$$

If the noise is normal, the most likely weights are those of the least squared loss: the rest does not depend on them.
*)
Plot.normals [ 0.0, 1.0; 0.0, 2.0; 3.0, 1.0 ] |> figure "3.1-normal"
(** ![Three normal densities](3.1-normal.svg) *)
Plot.loss Loss.squared |> figure "3.1-squared-loss"
(** ![The squared loss, its derivative, and its likelihood](3.1-squared-loss.svg) *)

let sigma = 0.01
let residual = y - x1.matmul w
let surprise = -float(Gaussian.logLikelihood 0.0 sigma residual)
let squared = float ((residual * residual / 2.0).sum())
let constant = 1000.0 * log (sqrt (2.0 * System.Math.PI) * sigma)
printfn "−ln p(y | X) = %.2f = %.2f + %.4f / σ²" surprise constant squared
claim "the two sides are equal" (abs (surprise - constant - squared / (sigma * sigma)) < 0.1)
