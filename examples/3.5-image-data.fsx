(**
# 3.5 Image data

Grey images of ten kinds of clothes, 28×28 pixels each: 60,000 to train on and 10,000 to test on. An image is a row of
784 bytes from 0 to 255.
*)
#load "_images.fsx"
#load "_timer.fsx"

open LinearNets.FSharp

let train, test = garments ()
printfn "%O\n%O" train test
claim "there are 60000 and 10000 images of 28×28 pixels" (train.Rows = 60000 && test.Rows = 10000 && train.Columns = 784)

(** The labels are numbers from 0 to 9, and have names. *)
for label, name in Seq.indexed train.ClassNames do
    printfn "%d %s" label name

train.Slice(0, 18) |> Plot.images "The first 18 images" |> figure "3.5-images"
(** ![Two rows of nine images with their labels](3.5-images.svg) *)

(**
## Minibatches

The features of a minibatch are a tensor [256; 784], its labels a tensor [256].
*)
let first = train |> Data.shuffled 256 0 |> Seq.head
printfn "x %A, y %A" first.x.shape first.y.shape
claim "a minibatch has 256 rows" (first.x.shape = [| 256; 784 |] && first.y.shape = [| 256 |])

(**
## Is reading fast enough?

Reading must not hold up training. A pass over all minibatches in random order is timed, and an epoch of training beside it.
*)
let settings =
    { Fit.defaults with
        model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear 784 10 ]
        loss = Loss.crossEntropy
        batch = 256
        epochs = 1 }

let reading = timed "reading" 3 (fun () -> train |> Data.shuffledInPlace 256 0 |> Seq.sumBy Batch.count)
let training = timed "training" 3 (fun () -> train |> Fit.run settings)
printfn "%.0f images are read in a second, and %.0f trained on" (60000.0 / reading) (60000.0 / training)
claim "a pass takes less than the few seconds of the book" (reading < 3.0)

(**
## Other sizes

Some models want larger images. `Resize` makes them.
*)
let larger = train.Slice(0, 9).Resize(64, 64)
printfn "%O" larger
claim "they have 64·64 pixels" (larger.Columns = 64 * 64)
larger |> Plot.images "Images of 64×64 pixels" |> figure "3.5-resized"
(** ![Nine images of 64×64 pixels](3.5-resized.svg) *)
