(**
# House prices by area and age

$$\text{price} = w_{area} \cdot \text{area} + w_{age} \cdot \text{age} + b$$

A file has 80 houses: what was paid, in thousands, for how many m² and how many years.
*)

#load "_load.fsx"

open System.IO
open LinearNets
open LinearNets.FSharp

let file = Path.Combine(__SOURCE_DIRECTORY__, "CSharp.Quickstart", "houses.csv")
let houses = Dataset.FromCsv(file, CsvSettings(Target = "price", Numbers = NumberType.Double))
printfn "%A\n\n%O\n" houses (houses.Describe())

(** Some houses are kept back, to see what the formula is worth for a house that it has not seen. *)

let struct (kept, known) = houses.Split(0.2, 1).ToValueTuple()
