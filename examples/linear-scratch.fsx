// Linear regression from scratch: the model, the loss, the optimizer and the loop, each in a line or two.
//
//   ŷ = X·w + b      ℓ = ½(ŷ − y)²      (w, b) ← (w, b) − η/|B| Σ ∂ℓ/∂(w, b)  over minibatches B

#load "_load.fsx"

open LinearNets.FSharp

let data = Synthetic.linear { Synthetic.defaults with w = [ 2.0; -3.4 ]; b = 4.2; noise = 0.01; n = 1000; seed = 42 }
printfn "%A\n" data
printfn "A first minibatch:\n%A\n" (data |> Data.shuffled 3 1 |> Seq.head).x

let linreg (w: Tensor) (b: Tensor) (x: Tensor) = x.matmul w + b
let squaredLoss (ŷ: Tensor) (y: Tensor) = (ŷ - y) * (ŷ - y) / 2.0
let sgd (rate: float) (parameter: Tensor) (gradient: Tensor) = parameter - rate * gradient

/// One step: forward, backward, update.
let step (w: Tensor, b: Tensor) (batch: Batch) =
    let w, b = w.reverseDiff (), b.reverseDiff ()
    (squaredLoss (linreg w b batch.x) batch.y).mean().reverse()
    sgd 0.03 w.primal w.derivative, sgd 0.03 b.primal b.derivative

let all = Data.all data
let lossOnAll (w, b) = float ((squaredLoss (linreg w b all.x) all.y).mean())

/// An epoch is a fold of steps over minibatches; training is a fold of epochs.
let (w, b), losses =
    let start = (0.01 * dsharp.tensor(Random.normals 2 (Random.key 42)).view [ 2; 1 ], dsharp.zeros [ 1 ])
    (((start, []), [ 1..3 ])
     ||> List.fold (fun (parameters, losses) epoch ->
         let trained = data |> Data.shuffled 10 epoch |> Seq.fold step parameters
         printfn "epoch %d, loss %f" epoch (lossOnAll trained)
         trained, losses @ [ lossOnAll trained ]))

let errorOfW = [ 2.0 - float (w.[0, 0]); -3.4 - float (w.[1, 0]) ]
let errorOfB = 4.2 - float (b.[0])
printfn "error in estimating w: %.5f, %.5f" errorOfW[0] errorOfW[1]
printfn "error in estimating b: %.5f" errorOfB

// What the book finds: losses of the order of 0.04, 0.0002, 0.00005, and the weights to two digits after the point.
if not (losses[0] < 0.1 && losses[1] < 0.0005 && losses[2] < 0.00007) then
    failwith $"unexpected losses {losses}"

if errorOfB :: errorOfW |> List.exists (fun e -> abs e >= 0.002) then failwith "the weights are not found"
