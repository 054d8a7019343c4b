(**
# 3.2 Linear regression from scratch

The model, the loss, the optimizer and the loop, each in a line or two. *B* is a minibatch of |B| rows, η the learning rate.

$$\hat{\mathbf y} = \mathbf X \mathbf w + b \qquad \ell = \tfrac 1 2 (\hat y - y)^2 \qquad (\mathbf w, b) \leftarrow (\mathbf w, b) - \frac{\eta}{|B|} \sum_{i \in B} \frac{\partial \ell_i}{\partial (\mathbf w, b)}$$
*)
#load "_load.fsx"

open LinearNets.FSharp

(** The data: 1000 rows with known weights 2 and −3.4, a bias of 4.2, and a little noise. *)
let data = Synthetic.linear { Synthetic.defaults with w = [ 2.0; -3.4 ]; b = 4.2; noise = 0.01; n = 1000; seed = 42 }
printfn "%A\n" data
let all = Data.all data

Plot.ofSeries
    "The second feature and the label"
    [ Series.points "rows" (all.x.[0.., 1].toArray1D()) (all.y.squeeze().toArray1D()) ]
|> Plot.labels "x2" "y"
|> figure "3.2-data"
(** ![The labels fall as the second feature grows](3.2-data.svg) *)

(** A minibatch is some of the rows, in random order. *)
printfn "A first minibatch:\n%A\n" (data |> Data.shuffled 10 1 |> Seq.head).x

(** Model, loss, optimizer. *)
let linreg (w: Tensor) (b: Tensor) (x: Tensor) = x.matmul w + b
let squaredLoss (ŷ: Tensor) (y: Tensor) = (ŷ - y) * (ŷ - y) / 2.0
let sgd (rate: float) (parameter: Tensor) (gradient: Tensor) = parameter - rate * gradient

(** A step: forward, backward, update. An epoch is a fold of steps over minibatches. *)
let step (w: Tensor, b: Tensor) (batch: Batch) =
    let w, b = w.reverseDiff (), b.reverseDiff ()
    (squaredLoss (linreg w b batch.x) batch.y).mean().reverse()
    sgd 0.03 w.primal w.derivative, sgd 0.03 b.primal b.derivative

let epoch parameters number = data |> Data.shuffled 10 number |> Seq.fold step parameters

(** Three epochs from small random weights and a bias of 0. *)
let start = 0.01 * dsharp.tensor(Random.normals 2 (Random.key 42)).view [ 2; 1 ], dsharp.zeros [ 1 ]
let trained = List.scan epoch start [ 1..3 ]
let losses = [ for w, b in trained -> float ((squaredLoss (linreg w b all.x) all.y).mean()) ]
List.iteri (printfn "epoch %d, loss %f") losses

let w, b = List.last trained
let errorOfW, errorOfB = dsharp.tensor [ [ 2.0 ]; [ -3.4 ] ] - w, 4.2 - b
printfn "error in estimating w: %A\nerror in estimating b: %A" errorOfW errorOfB

Plot.ofSeries "Loss on all rows" [ Series.line "loss" [ 0.0 .. 3.0 ] losses ]
|> Plot.logY
|> Plot.wholeX
|> Plot.labels "epoch" ""
|> figure "3.2-loss"
(** ![The loss falls by a factor of hundreds in each of two epochs](3.2-loss.svg) *)

(** The book finds losses of about 0.04, 0.0002 and 0.00005, and the weights to two digits after the point. *)
claim "the first loss is about 0.04" (losses[1] > 0.02 && losses[1] < 0.08)
claim "the others are about 0.0002 and 0.00005" (losses[2] < 0.0005 && losses[3] < 0.00007)
claim "w is found" (float (errorOfW.abs().max()) < 0.002)
claim "b is found" (float (errorOfB.abs().max()) < 0.002)
