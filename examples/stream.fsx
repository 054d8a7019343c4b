(**
# Data that do not fit into memory

A stream goes through a file in windows of rows. While one window is trained on, a thread reads the next. The updates are those of
minibatch descent, as ever:

$$(w, b) \leftarrow (w, b) - \frac{\eta}{|B|} \sum_{i \in B} \partial_{(w, b)}\, \ell_i$$
*)

#load "_load.fsx"

open System.IO
open LinearNets
open LinearNets.FSharp

let folder = Directory.CreateTempSubdirectory().FullName
let features, targets = Path.Combine(folder, "features.npy"), Path.Combine(folder, "targets.npy")

// A file of NumPy's that would fit, so that the two ways can be compared.
let rows = Synthetic.linear { Synthetic.defaults with n = 100000 }
rows.ToNpy(features, targets)

let settings =
    { Fit.defaults with
        model = Model.linear 2 1
        loss = Loss.squared
        optimizer = Optimizer.sgd 0.03
        batch = 100
        epochs = 2 }

let stream = DataStream.FromNpy(features, targets)
printfn "%O" stream
let streamed = stream.WithWindow 20000 |> Fit.stream settings
printfn "%A" streamed

(** With a window that holds all rows, the fit on the file has the bits of the fit in memory. *)

let numbers (fitted: Fitted) =
    [ for parameter in fitted.parameters do
          yield! parameter.view([ parameter.nelement ]).toArray1D<float32>() ]
let whole, inMemory = stream.WithWindow 100000 |> Fit.stream settings, Fit.run settings rows
printfn "%A" (numbers streamed)
claim
    "the weights are found through windows"
    (List.forall2 (fun p w -> abs (p - w) < 0.002f) (numbers streamed) [ 2.0f; -3.4f; 4.2f ])
claim "a window of all rows gives the bits of memory" (numbers whole = numbers inMemory)

(** Rows that keep coming: one pass over each batch, on from where training stands. *)

let later = streamed |> Fit.partialFit (Synthetic.linear { Synthetic.defaults with b = 5.0; n = 20000; seed = 7 })
printfn "%A" (numbers later)
claim "the bias has moved to that of the new rows" (abs (List.last (numbers later) - 5.0f) < 0.005f)
Directory.Delete(folder, true)
