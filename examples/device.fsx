(**
# Which device

`Device.Available` names each device that there could be. It says what is there, or why something is not.
*)

#load "_load.fsx"

open System
open LinearNets

for status in Device.Available do
    printfn "%O" status

(** The processors are always there. `Device.Auto`, the default, takes what suits the size of the work. *)

let cpu = Device.Available |> Seq.find (fun status -> status.Device = Device.CPU)
claim "the processors are there, all of them" (cpu.IsAvailable && cpu.Detail.Contains(string Environment.ProcessorCount))
claim "what is not there says why" (Device.Available |> Seq.forall (fun status -> status.Detail <> ""))
