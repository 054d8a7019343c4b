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

/// Fashion-MNIST where it is: in the folder that LINEARNETS_FASHION_MNIST names, or in the library's cache.
/// Where it is not, as many garments that the library draws. Nothing is downloaded here.
let garments () =
    let local = Environment.GetFolderPath Environment.SpecialFolder.LocalApplicationData
    let cache = Path.Combine(setting "LINEARNETS_CACHE" (Path.Combine(local, "LinearNets")), "fashion-mnist")
    let folder = setting "LINEARNETS_FASHION_MNIST" cache

    if Directory.Exists folder && Directory.GetFiles(folder, "*-idx?-ubyte*").Length >= 4 then
        printfn "Fashion-MNIST, from %s" folder
        let struct (train, test) = Dataset.FashionMnist folder
        train, test
    else
        printfn "Garments that the library draws; once `Dataset.FashionMnist()` has been run, it is Fashion-MNIST here."
        Synthetic.garments 60000 10000 42
