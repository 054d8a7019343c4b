/// What the scripts beside this file share. Build first: dotnet fsi build.fsx demo, or test
[<AutoOpen>]
module Examples

#r "../artifacts/bin/Core/release/LinearNets.Kernels.dll"
#r "../artifacts/bin/Core/release/LinearNets.Core.dll"

open System
open System.IO
open LinearNets.FSharp

/// A file in artifacts/figures, or in the folder that LINEARNETS_FIGURES names; it says where.
let output (name: string) =
    let folder =
        match Environment.GetEnvironmentVariable "LINEARNETS_FIGURES" with
        | null
        | "" -> Path.Combine(__SOURCE_DIRECTORY__, "..", "artifacts", "figures")
        | folder -> folder
    let file = Path.Combine(Directory.CreateDirectory(folder).FullName, name)
    printfn "see %s" (Path.GetRelativePath(Directory.GetCurrentDirectory(), file))
    file

/// A file that is kept with the scripts.
let input (name: string) = Path.Combine(__SOURCE_DIRECTORY__, name)

/// Keeps a picture.
let figure name plot = plot |> Plot.save (output (name + ".svg"))

/// What the script says has come out: if it has not, the script fails.
let claim (what: string) holds = if not holds then failwith $"This was to hold, and does not: {what}."
