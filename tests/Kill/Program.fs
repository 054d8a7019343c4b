// A process to be killed: it goes on with a fit from a checkpoint, or begins it, and writes a checkpoint after every update.
// It says when the first is written, which is before the second update, and when it is done. With the job `model N` it saves
// model N again and again instead; with the job `animate` it draws a short fit, as it would anywhere.
module LinearNets.Tests.Program

open System.IO
open LinearNets.FSharp

[<EntryPoint>]
let main arguments =
    let path = arguments[1]
    if arguments[0].StartsWith "model " then
        let saved = Jobs.model (int (arguments[0].Substring 6))
        Saved.save path saved
        printfn "begun"
        while true do
            Saved.save path saved
    if arguments[0] = "animate" then
        (use animator = Animator.Auto()
         let settings, data = Jobs.all[1]
         Fit.run { settings with lossAfterEpoch = false; onEpoch = animator.Report } data |> ignore)
        printfn "done"
        exit 0
    let settings, data = Jobs.all[int arguments[0]]
    let mutable updates = 0
    let begun (_: StepReport) =
        updates <- updates + 1
        if updates = 2 then printfn "begun"
    let settings = { settings with checkpoint = Some(Checkpoint.every (CheckpointInterval.Steps 1) path); onStep = begun }
    let fit () =
        if File.Exists path then
            Checkpoint.load path |> Checkpoint.resume settings data
        else
            Fit.run settings data
    fit () |> ignore
    printfn "done"
    0
