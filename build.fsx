// The one entry of this repository: `dotnet fsi build.fsx <target> [options]`; without a target it lists them.
// A target is a list of steps. To add a target, add a line to `targets` near the end.

open System
open System.Diagnostics
open System.IO
open System.Xml.Linq

Directory.SetCurrentDirectory __SOURCE_DIRECTORY__

for quiet in [ "DOTNET_NOLOGO"; "DOTNET_CLI_TELEMETRY_OPTOUT" ] do
    Environment.SetEnvironmentVariable(quiet, "1")

let solution = "LinearNets.sln"

// ---- Steps. A step has a name; it counts tests, or raises `Failed`.

type Counts = { passed: int; failed: int; skipped: int }

exception Failed of why: string

type Step = string * (unit -> Counts)

let none = { passed = 0; failed = 0; skipped = 0 }

let sum a b = { passed = a.passed + b.passed; failed = a.failed + b.failed; skipped = a.skipped + b.skipped }

/// Runs `dotnet` and gives its exit code.
let execute (arguments: string list) =
    use dotnet = Process.Start("dotnet", arguments)
    dotnet.WaitForExit()
    dotnet.ExitCode

/// The step that runs `dotnet` and asks for exit code 0.
let dotnet name arguments : Step =
    name,
    fun () ->
        match execute arguments with
        | 0 -> none
        | code -> raise (Failed $"`dotnet {List.head arguments}` ended with exit code {code}.")

let build options = dotnet "build" ([ "build"; solution; "-c"; "Release" ] @ options)

/// Formats F# with Fantomas and C# with `dotnet format`. The latter cannot read F# projects; it knows their types when they
/// have been built in its configuration. `-v q` because it would say of each F# project that it cannot format it.
let formatFSharp options =
    let sources = [ "src"; "tests"; "examples"; "bench"; "docs" ] |> List.filter Directory.Exists

    [ dotnet "tools" [ "tool"; "restore" ]
      dotnet "format F#" ([ "fantomas" ] @ options @ sources @ [ "build.fsx" ]) ]

let formatCSharp options =
    Environment.SetEnvironmentVariable("Configuration", "Release")
    [ dotnet "format C#" ([ "format"; solution; "-v"; "q"; "--no-restore" ] @ options) ]

let example name = dotnet name [ "fsi"; Path.Combine("examples", name) ]

/// Every script of examples/ but those named _*.fsx, which the others load; and the program in C#.
let examples =
    [ for file in (if Directory.Exists "examples" then Directory.GetFiles("examples", "*.fsx") else [||]) |> Array.sort do
          if not (Path.GetFileName(file).StartsWith '_') then example (Path.GetFileName file)
      dotnet "CSharp.Quickstart" [ "run"; "-c"; "Release"; "--no-build"; "--project"; "examples/CSharp.Quickstart" ] ]

/// What NUnit wrote about each test assembly: the counts, and by name the tests that did not pass.
let readResults folder =
    let value name (element: XElement) = element.Attribute(XName.Get name).Value
    let runs = [ for file in Directory.GetFiles(folder, "*.xml") -> XDocument.Load(file).Root ]

    for title, outcome in [ "Not run", "Skipped"; "Inconclusive, so failed", "Inconclusive"; "Failed", "Failed" ] do
        let lines =
            [ for test in runs |> Seq.collect _.Descendants("test-case") do
                  if value "result" test = outcome then
                      let why = String.concat "\n" [ for message in test.Descendants "message" -> message.Value.Trim() ]
                      sprintf "  %s: %s" (value "fullname" test) (why.Replace("not run: ", "").Split('\n')[0]) ]

        if not lines.IsEmpty then printfn "\n%s:\n%s" title (String.concat "\n" (List.sort lines))

    let total name = runs |> List.sumBy (value name >> int)

    { passed = total "passed" + total "warnings"
      failed = total "failed" + total "inconclusive"
      skipped = total "skipped" },
    runs |> List.exists (fun run -> value "result" run = "Failed")

let runTests options =
    let folder = Path.GetFullPath "artifacts/test-results"

    if Directory.Exists folder then Directory.Delete(folder, true)

    let settings = Path.Combine(Directory.CreateDirectory(folder).FullName, "nunit.runsettings")
    XElement("RunSettings", XElement("NUnit", XElement("TestOutputXml", folder))).Save settings
    // With a filter an assembly may have no test left, which is exit code 8.
    let lenient = if List.contains "--filter" options then [ "--ignore-exit-code"; "8" ] else []
    let arguments = [ "test"; "--solution"; solution; "-c"; "Release"; "--no-build"; "--settings"; settings ]
    let code = execute (arguments @ lenient @ options)
    let counts, anyFailed = readResults folder

    if counts.passed + counts.failed = 0 then
        raise (Failed $"no test ran (exit code {code}).")
    elif counts.failed = 0 && (code <> 0 || anyFailed) then
        printfn "\nFAILED: a test host crashed or found no test, or a tear-down failed (exit code %d): 1 failure." code
        { counts with failed = 1 }
    else
        counts

/// Runs all tests; `--cases n` is handed on to them in an environment variable, other options to `dotnet test`.
let test options : Step =
    "test",
    fun () ->
        match options with
        | "--cases" :: (n: string) :: rest when fst (UInt32.TryParse n) && n <> "0" ->
            Environment.SetEnvironmentVariable("LINEARNETS_CASES", n)
            runTests rest
        | "--cases" :: _ -> raise (Failed "--cases needs a positive whole number, as in `--cases 2000`.")
        | _ -> runTests options

// ---- The targets: name, help, and the steps for the remaining arguments.

let demo =
    [ dotnet "build" [ "build"; "src/Core.fsproj"; "-c"; "Release"; "-v"; "q"; "--nologo" ]
      example "3.2-linear-regression-scratch.fsx"
      example "3.3-linear-regression-concise.fsx"
      example "3.7-softmax-concise.fsx" ]

/// What a first-time user does after the demo.
let whatNext () =
    let figures =
        match Environment.GetEnvironmentVariable "LINEARNETS_FIGURES" with
        | null
        | "" -> "artifacts/figures"
        | folder -> folder

    printfn "\nEach part was a script of examples/: read it, change it, run it with `dotnet fsi examples/NAME.fsx`."
    printfn "In C#: `dotnet run -c Release --project examples/CSharp.Quickstart`."
    printfn "src/Core.fs has all the definitions; examples/taste.fsx has a loss of one's own, and derivatives."
    printfn "`dotnet fsi build.fsx test` holds every gradient to its definition."
    printfn "\nThe figures are in %s. The report of the last model is a page for a browser:" figures
    printfn "%s" (Path.GetFullPath(Path.Combine(figures, "3.7-report.html")))

let bench options = dotnet "bench" ([ "run"; "-c"; "Release"; "--project"; "bench/Bench.csproj"; "--" ] @ options)

/// The NuGet package, in artifacts/packages.
let pack options = dotnet "pack" ([ "pack"; "src/Facade.CSharp/Facade.CSharp.csproj"; "-c"; "Release" ] @ options)

/// The site, in artifacts/site, of what is built.
let site = dotnet "site" [ "fsi"; "docs/site/site.fsx" ]

/// The site. The program in C# has every assembly that the reference is made of.
let docs =
    [ dotnet "tools" [ "tool"; "restore" ]
      dotnet "build" [ "build"; "examples/CSharp.Quickstart"; "-c"; "Release"; "-v"; "q"; "--nologo" ]
      site ]

let check options =
    [ dotnet "restore" [ "restore"; solution; "-p:RestoreLockedMode=true" ] ]
    @ formatFSharp [ "--check" ]
    @ [ build [ "--no-restore" ] ]
    @ formatCSharp [ "--verify-no-changes" ]
    @ [ test options ]
    @ examples
    @ [ site ]

let targets: (string * string * (string list -> Step list)) list =
    [ "demo", "train linear and softmax regression with the book's numbers; the place to begin", (fun _ -> demo)
      "test",
      "build, then run all tests, snippets and examples; `--cases 2000` tries more cases per law; with `--filter` tests alone",
      (fun rest -> [ build []; test rest ] @ (if List.contains "--filter" rest then [] else examples))
      "docs", "make the site, in artifacts/site: scripts and pages with what they compute, and the reference", (fun _ -> docs)
      "bench", "run the benchmarks; the rest of the line is theirs", (fun rest -> [ bench rest ])
      "pack", "make the NuGet package, in artifacts/packages", (fun rest -> [ pack rest ])
      "format", "format all sources", (fun _ -> formatFSharp [] @ [ build [] ] @ formatCSharp [])
      "check", "what CI runs: locked restore, format, build, tests, examples, the site", check ]

/// Runs steps up to the first that fails; one that fails without a failing test counts as one failure.
let rec runSteps counts times steps =
    match steps with
    | (name, run) :: rest when counts.failed = 0 ->
        printfn "\n==== %s" name
        let clock = Stopwatch.StartNew()

        let result =
            try
                run ()
            with Failed why ->
                printfn "FAILED: %s: %s" name why
                { none with failed = 1 }

        let line = sprintf "%8.1f  %s%s" clock.Elapsed.TotalSeconds name (if result.failed > 0 then "  FAILED" else "")
        runSteps (sum counts result) (line :: times) rest
    | _ -> counts, List.rev times

match List.tail (List.ofArray fsi.CommandLineArgs) with
| name :: rest when targets |> List.exists (fun (target, _, _) -> target = name) ->
    let _, _, stepsFor = targets |> List.find (fun (target, _, _) -> target = name)
    let steps = stepsFor rest
    let counts, times = runSteps none [] steps
    printfn "\n seconds  step\n%s" (String.concat "\n" times)

    if name = "demo" && counts.failed = 0 then whatNext ()

    if steps |> List.exists (fun (step, _) -> step = "test") then
        match Environment.GetEnvironmentVariable "LINEARNETS_REQUIRE_TOOLS" with
        | "1" -> printfn "LINEARNETS_REQUIRE_TOOLS=1: a test whose tool is missing fails."
        | _ -> printfn "A test whose tool is missing is listed as not run; LINEARNETS_REQUIRE_TOOLS=1 makes it fail."

        let skipped = if counts.skipped > 0 then $", {counts.skipped} skipped" else ""
        printfn "%d passed, %d failed%s" counts.passed counts.failed skipped

    exit (if counts.failed = 0 then 0 else 1)
| arguments ->
    printfn "dotnet fsi build.fsx <target>"

    for name, help, _ in targets do
        printfn "  %-8s %s" name help

    exit (if arguments.IsEmpty then 0 else 1)
