/// The images of the book's sections 3.5 to 3.7.
[<AutoOpen>]
module Images

#load "_load.fsx"

open System
open System.IO
open LinearNets.FSharp

let private setting name otherwise =
    match Environment.GetEnvironmentVariable name with
    | null
    | "" -> otherwise
    | value -> value

let private parts = [ "train-images-idx3"; "train-labels-idx1"; "t10k-images-idx3"; "t10k-labels-idx1" ]

/// Fashion-MNIST where it is: in the folder that LINEARNETS_FASHION_MNIST names, or in the library's cache.
/// Where it is not, as many garments that the library draws. Nothing is downloaded here.
let garments () =
    let local = Environment.GetFolderPath Environment.SpecialFolder.LocalApplicationData
    let cache = Path.Combine(setting "LINEARNETS_CACHE" (Path.Combine(local, "LinearNets")), "fashion-mnist")
    let folder = setting "LINEARNETS_FASHION_MNIST" cache
    let isThere part = [ "-ubyte"; "-ubyte.gz" ] |> List.exists (fun ending -> File.Exists(Path.Combine(folder, part + ending)))

    if List.forall isThere parts then
        printfn "Fashion-MNIST, from %s" folder
        let struct (train, test) = Dataset.FashionMnist folder
        train, test
    else
        printfn "Garments that the library draws. Once `Dataset.FashionMnist()` has downloaded it, this is Fashion-MNIST."
        Synthetic.garments 60000 10000 42
