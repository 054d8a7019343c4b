#load "_load.fsx"

open LinearNets.FSharp

// Data with known weights: y = 2·x₁ − 3.4·x₂ + 4.2 + noise. Randomness is an argument: the same seed gives the same bits.
let n = 1000
let x = dsharp.tensor(Random.normals (2 * n) (Random.key 1)).view [ n; 2 ]
let noise = dsharp.tensor(Random.normals n (Random.key 2)).view [ n; 1 ]
let y = x.matmul (dsharp.tensor [ [ 2.0 ]; [ -3.4 ] ]) + 4.2 + 0.01 * noise
let data = Batch.create x y

// A model, a loss, an optimizer: values, all of them.
let model = Model.linear 2 1
let optimizer = Optimizer.sgd 0.03
let gradient = Objective.autodiff (Objective.create model Loss.squared)

// An epoch is a fold over minibatches; training is a fold over epochs.
let trained =
    (Train.start optimizer (Model.init 0 model), [ 1..3 ])
    ||> List.fold (fun training epoch ->
        let order = Random.permutation n (Random.split (Random.key 3) epoch)
        let training, loss = Train.epoch gradient optimizer training (Batch.minibatches 10 order data)
        printfn "epoch %d, loss %f" epoch loss
        training)

printfn "%A" (Model.named model trained.parameters)

// A loss of one's own is one line; it is differentiated, weighted and reduced by the library.
let logCosh =
    Loss.define "log-cosh" (fun ŷ y ->
        let r = ŷ - y
        (2.0 * r).softplus() - r - log 2.0)

printfn "%A" (Objective.value (Objective.create model logCosh) trained.parameters data)

// Derivatives of any function, as deep as you like.
printfn "%A" (dsharp.hessian (fun w -> (w * w * w).sum()) (dsharp.tensor [ 1.0; 2.0 ]))
