(**
# Models travel: files, other programs, other runtimes

A model is saved with everything that a prediction needs: scaling, weights, names. What is loaded predicts the same bits.
*)

#load "_load.fsx"

open System.IO
open LinearNets
open LinearNets.FSharp

let folder = Directory.CreateTempSubdirectory().FullName
let file name = Path.Combine(folder, name)

let train, test = Synthetic.garments 2000 500 1

let fitted =
    train
    |> Fit.run
        { Fit.defaults with
            model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear 784 10 ]
            loss = Loss.crossEntropy
            optimizer = Optimizer.sgd 0.1
            batch = 100
            epochs = 5 }

(** Safetensors, a format that Python and others read. A file may be from anywhere: nothing in it is believed before it is checked. *)

let model = Saved.ofFitted train fitted
Saved.save (file "garments.safetensors") model
let loaded = Saved.load (file "garments.safetensors")
printfn "%O" loaded

let scores (parameters: Tensor list) = (fitted.model.apply parameters (Data.all test).x).view([ 5000 ]).toArray1D<float32>()
let inMemory, fromFile =
    scores fitted.parameters, (loaded.model.apply loaded.parameters (Data.all test).x).view([ 5000 ]).toArray1D<float32>()
claim "what is loaded predicts the same bits" (inMemory = fromFile)
claim "the names came along" (loaded.outputNames = fitted.classNames)

let bytes = File.ReadAllBytes(file "garments.safetensors")
bytes[bytes.Length - 1] <- bytes[bytes.Length - 1] ^^^ 1uy
File.WriteAllBytes(file "changed.safetensors", bytes)

try
    Saved.load (file "changed.safetensors") |> ignore
    claim "a changed file is refused" false
with :? ModelFileException as refused ->
    printfn "%s" refused.Message

(** ONNX, which runtimes in other languages execute: bytes of an image go in, probabilities and a label come out. *)

model |> Onnx.export (file "garments.onnx")
let size = FileInfo(file "garments.onnx").Length
printfn "%d bytes: %d weights, and some words about them" size (Model.parameterCount fitted.model)
claim "the weights are in the file, and little else" (size > 4L * 7850L && size < 4L * 7850L + 8000L)
Directory.Delete(folder, true)
