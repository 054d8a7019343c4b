// Answers that this library did not compute, from tests/oracle: read for the laws of the solvers, and held to the scripts that made them.

namespace LinearNets.Tests

open System
open System.IO
open NUnit.Framework
open LinearNets

/// The lines of a problem, each a word and what belongs to it.
[<Sealed>]
type Answer(lines: (string * string[])[]) =
    let under word = lines |> Array.filter (fun (first, _) -> first = word) |> Array.map snd

    /// What belongs to a word; nothing where the word is missing.
    member _.Words(word: string) = Array.concat (under word)

    /// The numbers of a word.
    member answer.Numbers(word: string) = answer.Words word |> Array.map float

    /// The one number of a word.
    member answer.Number(word: string) = (answer.Numbers word)[0]

    /// The numbers of a word, a row for each of its lines.
    member _.Rows(word: string) = under word |> Array.map (Array.map float)

    /// Whether a word is there.
    member _.Has(word: string) = under word <> [||]

    member answer.Name = (snd lines[0])[0]

    override answer.ToString() = answer.Name

/// A least squares problem whose answer is exact, or certified: `exact-least-squares.txt` says what its words mean.
type ExactProblem =
    {
        answer: Answer
        x: float[][]
        y: float[][]
        weights: float[]
        intercept: bool
        lambda: float
        degree: int
        rank: int
        dependent: string list
        /// A row for each coefficient; none where only rounding tells the columns apart.
        coefficients: float[][]
        intercepts: float[]
    }

    member problem.Data =
        let data = Dataset.From(problem.x, problem.y)
        if problem.weights.Length = 0 then data else data.WithWeights problem.weights

    /// The correct digits of the worst coefficient, intercepts among them: at most 17, and below 1 where none is right. Where the
    /// answer is 0 they are those of the share of y that ours would explain.
    member problem.Digits(coefficients: float[][], intercepts: float[]) =
        let weights = if problem.weights.Length = 0 then Array.create problem.x.Length 1.0 else problem.weights
        let total = Array.sum weights
        let length column =
            let mean =
                if problem.intercept then
                    Array.map2 (*) weights column |> Array.sum |> (fun sum -> sum / total)
                else
                    0.0
            sqrt (Array.map2 (fun s v -> s * (v - mean) * (v - mean)) weights column |> Array.sum)
        let column j = [| for row in problem.x -> if problem.degree = 1 then row[j] else pown row[0] (j + 1) |]
        let output k = [| for row in problem.y -> row[k] |]
        let digits size expected actual =
            let error = if expected = 0.0 then abs actual * size else abs (actual / expected - 1.0)
            if error = 0.0 then 17.0
            elif error < infinity then min 17.0 (-log10 error)
            else -infinity
        let outputs = intercepts.Length
        let shares = [| for k in 0 .. outputs - 1 -> 1.0 / length (output k) |]
        Seq.min
            [ for j, (answer, ours) in Seq.indexed (Seq.zip problem.coefficients coefficients) do
                  for k in 0 .. outputs - 1 -> digits (length (column j) * shares[k]) answer[k] ours[k]
              for k in 0 .. outputs - 1 -> digits (sqrt total * shares[k]) problem.intercepts[k] intercepts[k] ]

    override problem.ToString() = problem.answer.Name

/// An optimum of a penalised model, or of one without a penalty: `penalised.txt` says what its words mean.
type Optimum =
    {
        answer: Answer
        data: Dataset
        /// "squared", "logistic" or "softmax".
        loss: string
        intercept: bool
        lambda: float
        ratio: float
        /// Whether there is none, because the classes can be told apart without error.
        separable: bool
        /// A row for each column, a number for each output.
        coefficients: float[][]
        intercepts: float[]
    }

    override optimum.ToString() = optimum.answer.Name

module Recorded =

    let private folder = Repository.file (Path.Combine("tests", "oracle"))

    /// The blocks of a file, from a line that begins with a word to `end`.
    let private answers file first =
        let lines =
            [| for line in File.ReadAllLines(Path.Combine(folder, file)) do
                   match line.Split(' ', StringSplitOptions.RemoveEmptyEntries) with
                   | [||] -> ()
                   | words when words[0].StartsWith '#' -> ()
                   | words -> words[0], words[1..] |]
        let starts =
            [ for i, (word, _) in Array.indexed lines do
                  if word = first then i ]
        [ for i in starts -> Answer(lines[i .. Array.FindIndex(lines, i, fun (word, _) -> word = "end")]) ]

    let private problems file =
        [ for answer in answers file "problem" ->
              { answer = answer
                x = answer.Rows "x"
                y = answer.Rows "y"
                weights = answer.Numbers "weights"
                intercept = answer.Words "intercept" = [| "yes" |]
                lambda = answer.Number "lambda"
                degree = if answer.Has "degree" then int (answer.Number "degree") else 1
                rank = int (answer.Number "rank")
                dependent = List.ofArray (answer.Words "dependent")
                coefficients = answer.Rows "coefficients"
                intercepts = answer.Numbers "intercepts" } ]

    /// The problems of exact-least-squares.txt.
    let exact = lazy problems "exact-least-squares.txt"

    /// The regressions of nist.txt: answers have 15 digits.
    let nist = lazy problems "nist.txt"

    let private standardised (rows: float[][]) =
        let n = float rows.Length
        let columns =
            Array.transpose rows
            |> Array.map (fun column ->
                let mean = Array.sum column / n
                let spread = sqrt ((column |> Array.sumBy (fun v -> (v - mean) * (v - mean))) / n)
                column |> Array.map (fun v -> (v - mean) / spread))
        Array.transpose columns

    let private dataOf (answer: Answer) =
        let table = File.ReadAllLines(Path.Combine(folder, "data", (answer.Words "data")[0] + ".csv"))
        let names = table[0].Split ','
        let rows = table[1..] |> Array.map (fun line -> line.Split ',' |> Array.map float)
        let kind, numbers =
            match answer.Words "target" with
            | words -> words[0], Array.map float words[1..]
        let rows =
            if kind = "classes" then
                rows |> Array.filter (fun row -> Array.contains (Array.last row) numbers)
            else
                rows
        let target =
            rows
            |> Array.map (fun row ->
                match kind, Array.last row with
                | "classes", label -> float (Array.IndexOf(numbers, label))
                | "above", value -> numbers |> Array.filter (fun bound -> value > bound) |> Array.length |> float
                | _, value -> value)
        let features = rows |> Array.map (fun row -> row[.. row.Length - 2])
        let features = if answer.Words "columns" = [| "standardised" |] then standardised features else features
        let data =
            if answer.Words "loss" = [| "softmax" |] then
                Dataset.From(features, Array.map int target)
            else
                Dataset.From(features, target)
        let data = data.WithFeatureNames names[.. names.Length - 2]
        match answer.Numbers "weights" with
        | [||] -> data
        | weights -> data.WithWeights(Array.init rows.Length (fun i -> weights[i % weights.Length]))

    /// The cases of penalised.txt. A logistic target is 0 or 1; a softmax target is a label.
    let optima =
        lazy
            [ for answer in answers "penalised.txt" "case" ->
                  { answer = answer
                    data = dataOf answer
                    loss = (answer.Words "loss")[0]
                    intercept = answer.Words "intercept" = [| "yes" |]
                    lambda = answer.Number "lambda"
                    ratio = answer.Number "ratio"
                    separable = answer.Has "separable"
                    coefficients = answer.Rows "coefficients"
                    intercepts = answer.Numbers "intercepts" } ]

module RecordedTests =

    [<Test>]
    let ``The recorded answers are whole, and fit the data they are of`` () =
        Assert.That(Recorded.exact.Value.Length, Is.GreaterThanOrEqualTo 39)
        Assert.That(Recorded.nist.Value.Length, Is.EqualTo 11)
        for problem in Recorded.exact.Value @ Recorded.nist.Value do
            let size = problem.answer.Numbers "size" |> Array.map int
            Assert.That([| problem.x.Length; problem.x[0].Length; problem.y[0].Length |], Is.EqualTo(box size), $"{problem}")
            let coefficients = size[1] * problem.degree
            Assert.That(problem.dependent.IsEmpty, Is.EqualTo((problem.rank = coefficients)), $"{problem}")
            if problem.coefficients <> [||] then
                Assert.That(problem.coefficients.Length, Is.EqualTo coefficients, $"{problem}")
                Assert.That(problem.intercepts.Length, Is.EqualTo size[2], $"{problem}")
                Assert.That(problem.Digits(problem.coefficients, problem.intercepts), Is.EqualTo 17.0, $"{problem}")
        Assert.That(Recorded.optima.Value.Length, Is.GreaterThanOrEqualTo 42)
        for optimum in Recorded.optima.Value do
            if not optimum.separable then
                Assert.That(optimum.coefficients.Length, Is.EqualTo optimum.data.Columns, $"{optimum}")

    [<Test>]
    let ``Digits are those of the worst coefficient`` () =
        let problem = Recorded.exact.Value |> List.find (fun problem -> problem.answer.Name = "zero-coefficient")
        // x1 has the coefficient 3 and explains all of y, x2 has 0; both have mean 0.
        let digits first second = problem.Digits([| [| first |]; [| second |] |], [| 1.0 |])
        Assert.That(digits (3.0 * (1.0 + 1e-9)) 0.0, Is.EqualTo(9.0).Within 0.01)
        Assert.That(digits 3.0 1e-9, Is.EqualTo(9.265).Within 0.01)
        Assert.That(digits nan 0.0, Is.EqualTo -infinity)

    let private scriptSaysTheSame modules script =
        match Python.having modules with
        | None -> Tool.missing $"python3 with {modules}"
        | Some program ->
            match Python.run program [ Repository.file (Path.Combine("tests", "oracle", script)); "--check" ] "" with
            | Some(code, output, error) -> Assert.That(code, Is.EqualTo 0, output + error)
            | None -> Assert.Fail $"{program} did not start"

    [<Test>]
    let ``The exact answers are those of their script, and NIST's are those of its arithmetic`` () =
        scriptSaysTheSame "fractions" "exact_least_squares.py"

    [<Test>]
    let ``scikit-learn and statsmodels say what is recorded of them, and what docs/objective.md says`` () =
        scriptSaysTheSame "sklearn, statsmodels" "penalised.py"
