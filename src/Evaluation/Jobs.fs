// Many fits at once: those of a cross-validation, of a search.
//
// They are the parts of one call of the workers, whose threads are leased to it meanwhile: a fit inside, which asks for the
// threads in vain, does its parts alone. So there are never more threads than were asked for, and the bits of each fit are
// those it has by itself. Jobs are taken in order; of those that fail it is the first whose error is thrown, because all
// before it were taken before it.

namespace LinearNets

open System
open System.Collections.Generic
open System.Runtime.ExceptionServices
open System.Threading
open LinearNets.Kernels

/// <summary>How far a cross-validation or a search is.</summary>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type SelectionProgress internal (finished: int, total: int, latest: string) =

    /// <summary>How many fits are done.</summary>
    member _.Finished = finished

    /// <summary>How many there are to be.</summary>
    member _.Total = total

    /// <summary>What was done last: the candidate, the fold.</summary>
    member _.Latest = latest

    /// <summary>How many of how many, and the latest.</summary>
    override _.ToString() = say $"{finished} of {total}: {latest}"

    member private progress.Text = progress.ToString()

/// <summary>How a cross-validation or a search is done. None of it changes what it finds.</summary>
[<Sealed; AllowNullLiteral>]
type SelectionSettings() =

    /// <summary>How many fits may run at once; null, the default, for as many as there are processors. Each then runs on one
    /// thread. With 1 they run one after the other, each on as many threads as it likes.</summary>
    member val Threads = Nullable<int>() with get, set

    /// <summary>Is told after every fit how far it is: by one thread at a time, in the order in which they end.</summary>
    member val Progress: IProgress<SelectionProgress> = null with get, set

    /// <summary>Stops before the next fit. Fits under way end by themselves, or by a token that they were given.</summary>
    member val CancellationToken = CancellationToken.None with get, set

module internal Jobs =

    let private parts (job: int -> unit) =
        { new IParts with
            member _.Do(part, _) = job part }

    /// Does jobs, by their numbers and each with its name.
    let run (settings: SelectionSettings) (count: int) (name: int -> string) (job: int -> unit) =
        let threads = if settings.Threads.HasValue then settings.Threads.Value else Workers.Usual
        let isPossible = threads >= 1 && threads <= Workers.MostThreads
        Errors.require "The number of threads" isPossible threads (say $"1 to {Workers.MostThreads}")
        let failures = SortedDictionary<int, ExceptionDispatchInfo>()
        let finished = ref 0
        let one number =
            // Not for a failure of a later job: whether that is there already is a matter of time.
            let isWanted = lock failures (fun () -> Seq.forall (fun failed -> failed > number) failures.Keys)
            if isWanted && not settings.CancellationToken.IsCancellationRequested then
                try
                    job number
                    lock failures (fun () ->
                        finished.Value <- finished.Value + 1
                        if not (isNull settings.Progress) then
                            settings.Progress.Report(SelectionProgress(finished.Value, count, name number)))
                with e ->
                    lock failures (fun () -> failures[number] <- ExceptionDispatchInfo.Capture e)
        Workers.Run(parts one, count, threads)
        for failure in failures.Values do
            failure.Throw()
        settings.CancellationToken.ThrowIfCancellationRequested()
