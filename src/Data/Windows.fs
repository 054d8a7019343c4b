// Data in the pieces that a fit goes through: all rows at once, or as many as are in memory.
//
//   pass     the rows in the order of an epoch, or in the order they have
//   window   those of a pass that are in memory at once; all but the last have a whole number of minibatches
//
// Data in memory are passes of one window.

namespace LinearNets.FSharp

open System
open System.Collections.Generic
open LinearNets

/// Rows that are in memory at once. The next window may be put where this one is.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal Window =
    {
        data: Dataset
        /// Row numbers of the data in the order in which they are visited.
        order: int[]
        /// How many rows the pass has before it.
        first: int64
        /// The number that a row of the data has among all.
        number: int -> int64
    }

    /// Data that are all in memory.
    static member Of(data, order) : Window = { data = data; order = order; first = 0L; number = int64 }

    /// Refuses what is not finite, by its place among all.
    member window.CheckFeatures what = window.data.CheckFeatures(what, window.number)
    member window.CheckTargets what = window.data.CheckTargets(what, window.number)

    /// What is done with the rows; data that are refused are refused with where the window is.
    member window.Within(act: Dataset -> 'a) =
        try
            act window.data
        with :? DataException as e when window.number 0 > 0L || window.first > 0L ->
            Errors.within (say $"the window that begins with row {window.number 0}") e

/// What a fit goes through.
[<AbstractClass>]
type internal Windows() =

    /// The epoch of a pass in the order that the rows have.
    static member InOrder = 0

    /// How many rows a pass visits; nothing where that is not known before.
    abstract Rows: int64 voption

    /// The first window of the first epoch.
    abstract First: Window

    /// The windows of an epoch, from the one on that has a row of the pass.
    abstract Pass: epoch: int * row: int64 -> Window seq

    /// The same after something is done with all rows; what became of those of the first window is known.
    abstract Map: change: (Dataset -> Dataset) * first: Dataset -> Windows

    abstract Dispose: unit -> unit
    default _.Dispose() = ()

    interface IDisposable with
        member windows.Dispose() = windows.Dispose()

/// Data in memory.
[<Sealed>]
type internal WindowOfAll(data: Dataset, seed, isShuffled) =
    inherit Windows()

    let window epoch =
        Window.Of(data, (if isShuffled && epoch <> Windows.InOrder then Data.order seed epoch data else Data.kept data))

    let first = lazy (window 1)

    override _.Rows = ValueSome(int64 first.Value.order.Length)
    override _.First = first.Value
    override _.Pass(epoch, _) = Seq.delay (fun () -> Seq.singleton (if epoch = 1 then first.Value else window epoch))
    override _.Map(_, first) = new WindowOfAll(first, seed, isShuffled)
