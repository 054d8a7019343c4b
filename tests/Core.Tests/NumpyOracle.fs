// NumPy as an independent judge: the test sends problems to tests/oracle/numpy_oracle.py and compares the answers.
module LinearNets.Tests.NumpyOracle

open System
open System.Diagnostics
open System.IO
open System.Text.Json.Nodes
open NUnit.Framework
open LinearNets.FSharp

/// Runs Python: exit code, output and error; none where there is no such program.
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

/// The first Python that imports NumPy. The one on the PATH may be a build without it while Debian's own has it.
let private python =
    lazy
        ([ "/usr/bin/python3"; "python3"; "python"; "py" ]
         |> List.tryFind (fun program ->
             match run program [ "-c"; "import numpy" ] "" with
             | Some(0, _, _) -> true
             | _ -> false))

let private numbers (values: seq<float>) = JsonArray [| for v in values -> JsonValue.Create v :> JsonNode |]

let rec private node (value: obj) : JsonNode =
    match value with
    | :? string as s -> JsonValue.Create s
    | :? float as v -> JsonValue.Create v
    | :? Tensor as t when t.dtype = Dtype.Int32 -> JsonArray [| for v in t.toArray1D<int>() -> JsonValue.Create v :> JsonNode |]
    | :? Tensor as t when t.dim = 1 -> numbers (t.toArray1D<float>())
    | :? Tensor as t ->
        let rows = t.toArray2D<float>()
        JsonArray [| for i in 0 .. t.shape[0] - 1 -> numbers rows[i, *] :> JsonNode |]
    | other -> failwith $"no JSON for {other.GetType()}"

/// A problem for the judge: its kind, its data, and what ours says, by name.
type private Problem = { kind: string; data: (string * obj) list; ours: (string * Tensor * float) list }

let private ask program problems =
    let json problem =
        let node =
            JsonObject
                [ for name, value in ("kind", box problem.kind) :: problem.data ->
                      Collections.Generic.KeyValuePair(name, node value) ]
        node :> JsonNode
    let script = Path.Combine(AppContext.BaseDirectory, "oracle", "numpy_oracle.py")
    match run program [ script ] ((JsonArray [| for problem in problems -> json problem |]).ToJsonString()) with
    | Some(0, output, _) -> [ for answer in (JsonNode.Parse output).AsArray() -> answer.AsObject() ]
    | Some(code, _, error) -> failwith $"{program} ended with exit code {code}: {error}"
    | None -> failwith $"{program} did not start"

let private eps = 2.220446049250313e-16

/// Tolerances are relative to the largest expected value (or to 1): what ours and NumPy's orders of summation and
/// exponentials may make of the same numbers.
let private problems (case: Case) =
    let d, k, n = case.columns, case.classes, case.rows
    let x, y, o = case.Normal(0, [ n; d ]), case.Normal(1, [ n; k ]), case.Normal(2, [ n; k ])
    let size = 1.0 + Check.largest o
    let terms = float (n + d + k + 8)

    let softmax =
        { kind = "softmax"
          data = [ "o", box o ]
          ours =
            [ "softmax", Softmax.softmax o, 8.0 * terms * eps * size
              "logSumExp", Softmax.logSumExp o, 8.0 * terms * eps ] }

    let crossEntropy =
        let o = case.Normal(2, [ n; k + 1 ])
        let labels = case.Labels(3, n, k + 1)
        let gradient = dsharp.grad (fun o -> (Loss.values Loss.crossEntropy o labels).sum()) o
        { kind = "crossEntropy"
          data = [ "o", box o; "y", box labels ]
          ours =
            [ "values", Loss.values Loss.crossEntropy o labels, 8.0 * terms * eps * (1.0 + Check.largest o)
              "gradient", gradient, 8.0 * terms * eps * (1.0 + Check.largest o) ] }

    let matmul =
        let b = case.Normal(4, [ d; k ])
        // Sums of d products.
        let tolerance = 4.0 * float d * eps * (1.0 + Check.largest x * Check.largest b)
        { kind = "matmul"; data = [ "a", box x; "b", box b ]; ours = [ "product", x.matmul b, tolerance ] }

    let leastSquares =
        // Twice the rows and ten more than columns: condition numbers below 30, by 30 more from a scale beside the ones.
        let x, y = case.Normal(0, [ 3 * d + 30; d ]), case.Normal(1, [ 3 * d + 30; k ])
        let solution =
            match LeastSquares.normalEquations x y with
            | [ w; b ] -> dsharp.cat [ w; b.view [ 1; k ] ]
            | _ -> failwith "two parameters"
        // The square of the condition number, 1e6 at most.
        { kind = "leastSquares"
          data = [ "x", box x; "y", box y ]
          ours = [ "solution", solution, 1e7 * eps; "lstsq", solution, 1e7 * eps ] }

    let ridgeGradient =
        let model = Model.linear d k
        let objective = { Objective.create model Loss.squared with penalty = Penalty.l2 0.3 }
        let parameters = Fixture.parametersOf case model
        let pass = (Objective.closedForm objective).Value parameters (Batch.create x y)
        let tolerance = 16.0 * terms * eps * (1.0 + Check.largest x * (Check.largest y + Check.largest pass.scores))
        { kind = "ridgeGradient"
          data = [ "x", box x; "y", box y; "w", box parameters[0]; "b", box parameters[1]; "lambda", box 0.3 ]
          ours = [ "w", pass.gradient[0], tolerance; "b", pass.gradient[1], tolerance ] }

    let gaussian =
        // Within 5σ, where the logarithm of a density that NumPy takes has not lost what the density had.
        let x = case.Uniform(5, -4.0, 5.0, [ n ])
        { kind = "gaussian"
          data = [ "x", box x; "mean", box 0.4; "sigma", box 1.1 ]
          ours =
            [ "density", Gaussian.density 0.4 1.1 x, 64.0 * eps
              "logLikelihood", Gaussian.logLikelihood 0.4 1.1 x, 64.0 * terms * eps ] }

    let information =
        let p, q = case.Distributions(6, n, k), case.Distributions(7, n, k)
        { kind = "information"
          data = [ "p", box p; "q", box q ]
          ours = [ "entropy", Information.entropy p, 16.0 * terms * eps; "kl", Information.kl p q, 16.0 * terms * eps ] }

    [ softmax; crossEntropy; matmul; leastSquares; ridgeGradient; gaussian; information ]

[<Test>]
let ``NumPy says the same`` () =
    match python.Value with
    | None -> Tool.missing "python3 with NumPy"
    | Some program ->
        let case seed =
            let size stream = 1 + Random.below 12 (Random.split (Random.key seed) stream) 0L
            { rows = size 0
              columns = size 1
              classes = size 2
              scale = [ 0.1; 1.0; 30.0 ][seed % 3]
              dtype = Dtype.Float64
              seed = seed }
        let asked = [ for seed in 0..59 -> [ for problem in problems (case seed) -> seed, problem ] ] |> List.concat
        let answers = ask program (List.map snd asked)
        Assert.That(answers.Length, Is.EqualTo asked.Length)
        Fixture.each
            (fun ((seed, problem), _) -> $"{problem.kind}, seed {seed}")
            (List.zip asked answers)
            (fun ((_, problem), answer) ->
                for name, ours, tolerance in problem.ours do
                    let expected = [| for v in answer[name].AsArray() -> v.GetValue<float>() |]
                    Check.nearRelative tolerance (dsharp.tensor(expected, dtype = Dtype.Float64).view ours.shape) ours)
