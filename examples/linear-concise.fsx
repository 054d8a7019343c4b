// Linear regression, the concise way: the same model, data and minibatches, from the library's parts.

#load "_load.fsx"

open LinearNets.FSharp

let data = Synthetic.linear { Synthetic.defaults with w = [ 2.0; -3.4 ]; b = 4.2; noise = 0.01; n = 1000; seed = 42 }

let fitted =
    data
    |> Fit.run
        { Fit.defaults with
            model = Model.linear 2 1
            loss = Loss.mse
            optimizer = Optimizer.sgd 0.03
            batch = 10
            epochs = 3
            seed = 42
            lossAfterEpoch = true
            onEpoch = fun e -> printfn "epoch %d, loss %f" e.Epoch e.After.Value.Loss }

printfn "%A" fitted

for name, value in Model.named fitted.model fitted.parameters do
    printfn "%s: %A" name value

// What the book finds: losses of the order of 0.0003, 0.00009, 0.00009; the last is near the variance of the noise, 0.0001.
let losses = [ for e in fitted.history -> e.After.Value.Loss ]

if not (losses[0] < 0.001 && losses[1] < 0.00012 && losses[2] < 0.00012) then
    failwith $"unexpected losses {losses}"
