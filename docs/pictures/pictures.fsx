// The two pictures of README.md, made anew: dotnet fsi docs/pictures/pictures.fsx, after a build.

#load "../../examples/_load.fsx"

open System.IO
open LinearNets.FSharp

let keep name plot = plot |> Plot.save (Path.Combine(__SOURCE_DIRECTORY__, name + ".svg"))

let train, test = Synthetic.garments 20000 2000 42

let fitted =
    train
    |> Fit.run
        { Fit.defaults with
            model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear train.Columns train.Outputs ]
            loss = Loss.crossEntropy
            optimizer = Optimizer.sgd 0.1
            batch = 256
            epochs = 10
            validation = Some test }

fitted.history |> Plot.curves |> Plot.title "Ten epochs of softmax regression" |> keep "training"

let some = test.Slice(0, 18)
some
|> Plot.predictions "Garments: what it is, and what the model says" (fitted |> Fit.classes some)
|> keep "predictions"
