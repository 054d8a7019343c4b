// Python as a judge: the interpreter that has what a script needs, and running it.
module LinearNets.Tests.Python

open System
open System.Collections.Concurrent
open System.Diagnostics
open System.IO

/// Runs a program: exit code, output and error; none where there is no such program.
let run (program: string) (arguments: string list) (input: string) =
    let start =
        ProcessStartInfo(
            program,
            arguments,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false
        )
    try
        use running = Process.Start start
        let output, error = running.StandardOutput.ReadToEndAsync(), running.StandardError.ReadToEndAsync()
        running.StandardInput.Write input
        running.StandardInput.Close()
        running.WaitForExit()
        Some(running.ExitCode, output.Result, error.Result)
    with
    | :? ComponentModel.Win32Exception
    | :? IOException -> None

let private found = ConcurrentDictionary<string, string option>()

/// The first Python that imports modules ("numpy, scipy"). The one on the PATH may be a build without them while Debian's own has them.
let having (modules: string) =
    found.GetOrAdd(
        modules,
        fun _ ->
            [ "/usr/bin/python3"; "python3"; "python"; "py" ]
            |> List.tryFind (fun program ->
                match run program [ "-c"; "import " + modules ] "" with
                | Some(0, _, _) -> true
                | _ -> false)
    )
