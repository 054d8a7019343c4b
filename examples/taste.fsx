#load "_load.fsx"

open LinearNets.FSharp

// Data with known weights: y = 2·x₁ − 3.4·x₂ + 4.2 + noise. Randomness is an argument: the same seed gives the same bits.
let data = Synthetic.linear { Synthetic.defaults with w = [ 2.0; -3.4 ]; b = 4.2; noise = 0.01; n = 1000; seed = 1 }

// A model, a loss, an optimizer: values, all of them.
let settings =
    { Fit.defaults with
        model = Model.linear 2 1
        loss = Loss.squared
        optimizer = Optimizer.sgd 0.03
        batch = 10
        epochs = 3 }

let fitted = data |> Fit.run settings
printfn "%A\n%A" fitted.history (Model.named fitted.model fitted.parameters)

// A loss of one's own: one value per row; it is differentiated, weighted and reduced by the library.
let logCosh =
    Loss.define "log-cosh" (fun ŷ y ->
        let r = ŷ - y
        (2.0 * r).softplus() - r - log 2.0)

printfn "%A" (data |> Fit.run { settings with loss = logCosh; epochs = 10 })

// Models compose, print, and count their parameters.
let net = Model.compose [ Model.flatten; Model.linear 784 10 ]
printfn "%A" net

// Derivatives of any function, as deep as you like.
printfn "%A" (dsharp.hessian (fun w -> (w * w * w).sum()) (dsharp.tensor [ 1.0; 2.0 ]))
