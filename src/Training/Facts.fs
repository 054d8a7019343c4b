// What is known of a fit, as texts by their names: files keep them, and a model card is made of them. They are written when a
// model is fitted, so that it need not keep its data, and so that a model from a file has the card of the one that was saved.

namespace LinearNets.FSharp

open System
open System.Collections.Generic
open LinearNets

module internal Facts =

    let data, source, rows, constant = "data", "source", "class_rows", "constant"
    let settings, seed, start, seconds, library = "settings", "seed", "start", Safetensors.fitSecondsName, "library"

    let private mostNamed = 20

    /// Of so many values; more would take as long as an epoch of training on them.
    let private mostLookedAt = 1L <<< 16

    /// How many rows count of each class.
    let private classRows (data: Dataset) (labels: int[]) =
        let counts = Array.zeroCreate<int> data.ClassNames.Count
        labels |> Array.iteri (fun row label -> if data.Weight row <> 0.0 then counts[label] <- counts[label] + 1)
        counts

    /// The features that are the same in every row, of dense rows. A row is looked at only for those that have been so far: mostly
    /// none after a few rows.
    let private constants (table: Table) =
        let left = List<int>([| 0 .. table.columns - 1 |])
        let narrow (x: 'T[]) =
            let values = EqualityComparer<'T>.Default
            let mutable at = table.columns
            while at < x.Length && left.Count > 0 do
                let current = at
                left.RemoveAll(fun j -> not (values.Equals(x[current + j], x[j]))) |> ignore
                at <- at + table.columns
        match table.features with
        | _ when int64 table.rows * int64 table.columns > mostLookedAt -> left.Clear()
        | Features.Bytes x -> narrow x
        | Features.Singles x -> narrow x
        | Features.Doubles x -> narrow x
        | Features.SparseSingles _
        | Features.SparseDoubles _ -> left.Clear()
        [ for j in Seq.truncate mostNamed left do
              table.featureNames[j]
          if left.Count > mostNamed then say $"… ({left.Count} in all)" ]

    /// What is known of the data, and of the library.
    let ofData (of': Dataset) =
        [ data, string of'
          if of'.Source <> "" then source, of'.Source
          match of'.Table.targets with
          | Targets.Classes labels -> rows, String.Join(", ", classRows of' labels)
          | Targets.Numbers _ -> ()
          match constants of'.Table with
          | [] -> ()
          | names -> constant, String.Join(", ", names)
          library, say $"LinearNets {typeof<Dataset>.Assembly.GetName().Version.ToString 3}" ]
