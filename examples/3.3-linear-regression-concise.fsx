(**
# 3.3 Linear regression, concisely

The data, model and minibatches of section 3.2, from the library's parts. Here the loss is without the ½: the mean squared error.

$$\hat{\mathbf y} = \mathbf X \mathbf w + b \qquad \ell = (\hat y - y)^2$$
*)
#load "_load.fsx"

open LinearNets.FSharp

let data = Synthetic.linear { Synthetic.defaults with w = [ 2.0; -3.4 ]; b = 4.2; noise = 0.01; n = 1000; seed = 42 }

(** Settings are a record. Begin with the defaults and say what is to be different. *)
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

fitted.history |> Plot.curves |> Plot.logY |> figure "3.3-training"
(** ![The loss while training and after each epoch](3.3-training.svg) *)

(**
The book finds losses of about 0.0003, 0.0001 and 0.0001. The last is the variance of the noise, 0.01²: there is nothing left
to learn.
*)
let losses = [ for e in fitted.history -> e.After.Value.Loss ]
claim "the losses are the book's" (losses[0] < 0.001 && losses[1] < 0.00012 && losses[2] < 0.00012)

let weight = Model.parameter "weight" fitted.model fitted.parameters
let bias = Model.parameter "bias" fitted.model fitted.parameters
claim "w is found" (float ((weight - dsharp.tensor [ [ 2.0 ]; [ -3.4 ] ]).abs().max()) < 0.002)
claim "b is found" (float ((bias - 4.2).abs().max()) < 0.002)
