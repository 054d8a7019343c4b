/// What the book measures time with.
[<AutoOpen>]
module Timing

open System.Diagnostics

/// The book's Timer: the seconds of several runs, each from a start to the stop after it. It is started when it is made.
type Timer() =
    let clock = Stopwatch.StartNew()
    let mutable times: float list = []

    member _.Start() = clock.Restart()

    /// Ends a run, and gives its seconds.
    member _.Stop() =
        let seconds = clock.Elapsed.TotalSeconds
        times <- times @ [ seconds ]
        seconds

    member _.Avg = List.average times
    member _.Sum = List.sum times
    member _.Cumsum = List.scan (+) 0.0 times |> List.tail

/// Times some runs; prints the average of their seconds, and gives it.
let timed (name: string) runs work =
    let timer = Timer()

    for _ in 1..runs do
        timer.Start()
        work () |> ignore
        timer.Stop() |> ignore

    printfn "%-8s %.6f s" name timer.Avg
    timer.Avg
