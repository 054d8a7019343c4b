// Labels as people have them, as class numbers and the names of the classes.
//
//   whole numbers from 0 to 65535     are class numbers as they are; a number left out is a class without rows
//   whole numbers, one outside these  the different ones, in increasing order, are the classes:  −1, 1  ↦  0, 1
//   words                             the different ones, in the order of their characters' codes, are the classes
//   an enumeration                    its values are the classes, those without rows too
//   false and true                    are the classes 0 and 1
//
// Nothing depends on the order of the rows. The first rule does not look for gaps: of 10, 20 and 30 it makes 31 classes, so
// that the rows of a class keep its number in whatever part of the data they are; `WithoutEmptyClasses` makes them three.

namespace LinearNets

open System
open System.Collections.Generic
open System.Globalization
open LinearNets.FSharp

module internal Labels =

    /// Classes are positions in a list of names; a label beyond this is a number of something else.
    let largestClass = 65535

    /// The place of each label among the different ones in order, and those.
    let places (labels: 'label[]) (inOrder: 'label[] -> 'label[]) =
        let different = inOrder (Array.distinct labels)
        if different.Length > largestClass + 1 then Errors.tooManyClasses different.Length (largestClass + 1)
        let place = Dictionary<'label, int>()
        different |> Array.iteri (fun i label -> place[label] <- i)
        Array.map (fun label -> place[label]) labels, different

    /// Class numbers, and the names where they are not the numbers themselves.
    let ofNumbers (labels: int[]) : int[] * string[] =
        if Array.forall (fun label -> label >= 0 && label <= largestClass) labels then
            Array.copy labels, null
        else
            let labels, different = places labels Array.sort
            labels, different |> Array.map _.ToString(CultureInfo.InvariantCulture)

    let ofWords (labels: string[]) : int[] * string[] =
        labels |> Array.iteri (fun row label -> if String.IsNullOrEmpty label then Errors.noLabel row)
        places labels (Array.sortWith (fun a b -> String.CompareOrdinal(a, b)))

    let ofEnumeration (labels: 'label[]) : int[] * string[] =
        let name (value: obj) = Enum.GetName(typeof<'label>, value)
        // Two names of one value are one class.
        let names = [| for value in Enum.GetValuesAsUnderlyingType typeof<'label> -> name value |] |> Array.distinct
        let number row (label: 'label) =
            match name label with
            | null -> Errors.unknownLabel row (string (box label)) names
            | name -> Array.IndexOf(names, name)
        Array.mapi number labels, names

    /// Labels of whatever kind.
    let ofAny (labels: 'label[]) : int[] * string[] =
        // By the type and not by a match: to one, an array of a 32-bit enumeration is an array of whole numbers.
        let kind, labels' = typeof<'label>, box labels
        if kind.IsEnum then
            ofEnumeration labels
        elif kind = typeof<int> then
            ofNumbers (unbox labels')
        elif kind = typeof<string> then
            ofWords (unbox labels')
        elif kind = typeof<bool> then
            unbox labels' |> Array.map (fun label -> if label then 1 else 0), [| "False"; "True" |]
        else
            Errors.labelType kind.Name

    /// The same rows by the names of others: the number that each class has there, or where the first row of one is that has
    /// none.
    let renamed (labels: int[]) (names: string[]) (others: string[]) =
        let place = Dictionary<string, int>()
        others |> Array.iteri (fun i name -> place[name] <- i)
        let number row label =
            match place.TryGetValue names[label] with
            | true, place -> place
            | _ -> Errors.unknownLabel row names[label] others
        Array.mapi number labels
