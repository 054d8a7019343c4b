/// scikit-learn as a judge of scores: the test sends predictions to tests/oracle/scores_oracle.py and compares the answers.
module LinearNets.Tests.ScoreOracle

open System
open System.IO
open System.Text.Json.Nodes
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

let private node (value: obj) = System.Text.Json.JsonSerializer.SerializeToNode value

/// A problem for the judge: its data by name, and what ours says by name, with how far it may be off.
type private Problem = { data: (string * obj) list; ours: (string * float[]) list }

let private rows columns (values: float[]) = Array.chunkBySize columns values

let private eps = 2.220446049250313e-16

let private classification seed =
    let key stream = Random.split (Random.key seed) stream
    let n, k = 1 + Random.below 60 (key 0) 0L, 2 + Random.below 4 (key 0) 1L
    let k = if seed % 3 = 0 then 2 else k
    let ties = seed % 2 = 0
    let scores = Random.normals (n * k) (key 1) |> Array.map (fun z -> if ties then floor (1.5 * z) else 1.5 * z)
    // One class of few rows, and in small cases of none.
    let labels = Array.init n (fun i -> min (k - 1) (Random.below (k + 1) (key 2) (int64 i)))
    let weighted = seed % 4 > 1
    let weights = Array.init n (fun i -> if weighted then 0.25 + Random.uniform (key 3) (int64 i) else 1.0)
    let s = ClassificationScores.OfScores(ReadOnlySpan scores, ReadOnlySpan labels, Array.init k string, ReadOnlySpan weights)
    let three (c: ClassScores) = [| c.Precision; c.Recall; c.F1 |]
    { data = [ "kind", "classification"; "scores", rows k scores; "labels", labels; "weights", weights; "ties", ties ]
      ours =
        [ "accuracy", [| s.Accuracy |]
          "logLoss", [| s.LogLoss |]
          "confusion", [| for v in Seq.cast<float>(s.ConfusionMatrix.ToArray()) -> v |]
          "precision", [| for c in s.PerClass -> c.Precision |]
          "recall", [| for c in s.PerClass -> c.Recall |]
          "f1", [| for c in s.PerClass -> c.F1 |]
          "support", [| for c in s.PerClass -> c.Support |]
          "macro", three s.MacroMean
          "weighted", three s.WeightedMean
          "brier", [| s.BrierScore |]
          if not ties && k > 2 then "top2", [| s.TopK 2 |]
          if k = 2 && (Array.distinct labels).Length = 2 then
              "rocAuc", [| s.RocAuc |]
              "brierOfTwo", [| s.BrierScore |]
              // scikit-learn's curve takes no weights.
              if not weighted then
                  "said", [| for bin in s.Reliability.Bins -> bin.MeanProbability |]
                  "came", [| for bin in s.Reliability.Bins -> bin.ObservedShare |] ] }

let private regression seed =
    let key stream = Random.split (Random.key seed) stream
    let n, q = 2 + Random.below 40 (key 0) 0L, 1 + Random.below 3 (key 0) 1L
    let far = [ 0.0; 1e3; -1e6 ][seed % 3]
    let targets = Random.normals (n * q) (key 1) |> Array.map (fun z -> far + z)
    let predictions = Array.map2 (fun y z -> y + 0.3 * z) targets (Random.normals (n * q) (key 2))
    let isConstant, isPerfect = seed % 5 = 0, seed % 10 = 0
    // The first output is the same in every row, and predicted perfectly or not.
    if isConstant then
        for i in 0 .. n - 1 do
            targets[i * q] <- 3.0
            if isPerfect then predictions[i * q] <- 3.0
    let weights = Array.init n (fun i -> if seed % 2 = 1 && not isConstant then Random.uniform (key 3) (int64 i) else 1.0)
    let s = RegressionScores.Of(ReadOnlySpan predictions, ReadOnlySpan targets, Array.init q string, ReadOnlySpan weights)
    { data = [ "kind", "regression"; "predictions", rows q predictions; "targets", rows q targets; "weights", weights ]
      ours =
        [ "r2", [| for output in s.Outputs -> output.R2 |]
          "mse", [| for output in s.Outputs -> output.MeanSquaredError |]
          "mae", [| for output in s.Outputs -> output.MeanAbsoluteError |]
          "all", [| s.R2; s.MeanSquaredError; s.MeanAbsoluteError |] ] }

[<Test>]
let ``scikit-learn says the same of scores`` () =
    match Python.having "numpy, sklearn" with
    | None -> Tool.missing "python3 with scikit-learn"
    | Some program ->
        let problems = [ for seed in 1..120 -> if seed % 3 = 1 then regression seed else classification seed ]
        let json =
            JsonArray
                [| for problem in problems ->
                       JsonObject(
                           problem.data |> Seq.map (fun (name, value) -> Collections.Generic.KeyValuePair(name, node value))
                       )
                       :> JsonNode |]
        let script = Path.Combine(AppContext.BaseDirectory, "oracle", "scores_oracle.py")
        match Python.run program [ "-W"; "ignore"; script ] (json.ToJsonString()) with
        | Some(0, output, _) ->
            let answers = [ for answer in (JsonNode.Parse output).AsArray() -> answer.AsObject() ]
            Assert.That(answers.Length, Is.EqualTo problems.Length)
            for problem, answer in List.zip problems answers do
                for name, ours in problem.ours do
                    let expected = [| for v in answer[name].AsArray() -> v.GetValue<float>() |]
                    Assert.That(ours.Length, Is.EqualTo expected.Length, name)
                    // Sums of at most 60 terms; scikit-learn's squares of numbers near 1e6 − those are 1e12 − lose 12 digits.
                    Array.iter2 (fun e a -> Check.nearNumber (4096.0 * eps * (1.0 + abs e)) e a) expected ours
        | Some(code, _, error) -> failwith $"{program} ended with exit code {code}: {error}"
        | None -> failwith $"{program} did not start"
