/// Folds, cross-validation and searches: partitions, means, ties, failures, and the same bits on any number of threads.
module LinearNets.Tests.SelectionLaws

open System
open System.Collections.Generic
open System.Threading
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

/// Rows with a number each, three classes or numbers, and some that weigh nothing.
let private rowsOf (case: Case) =
    let n = 6 + 3 * case.rows
    let key = Random.key case.seed
    let labels = Array.init n (fun i -> Random.below 3 key (int64 i))
    let weights = Array.init n (fun i -> if i > 5 && Random.below 5 key (int64 (n + i)) = 0 then 0.0 else 1.0 + float (i % 2))
    Dataset.From(Array.init n (fun i -> [| float i |]), labels).WithClassNames("a", "b", "c").WithWeights weights

let private kept (data: Dataset) =
    [| for i in 0 .. data.Rows - 1 do
           if data.Weight i > 0.0 then i |]
let private foldsOf (case: Case) = 2 + case.columns % 4
let private labelOf (data: Dataset) row = int (Array.head (data.Target row))

let private eachKind case check =
    let data = rowsOf case
    Fixture.each
        fst
        [ "plain", Folds.Plain(data, foldsOf case, case.seed)
          "stratified", Folds.Stratified(data, foldsOf case, case.seed) ]
        (fun (_, folds) -> check data folds)

// ---- folds ----------------------------------------------------------------------------------------------------------

[<Law>]
let ``every row that counts is in one fold, and trained on in all others`` (case: Case) =
    eachKind case (fun data folds ->
        Assert.That(folds.Count, Is.EqualTo(foldsOf case))
        let validated =
            [| for fold in folds do
                   yield! fold.Validation |]
        Assert.That(Array.sort validated, Is.EqualTo(box (kept data)))
        for fold in folds do
            Assert.That(Array.ofSeq fold.Validation, Is.Ordered)
            let both = Array.append (Array.ofSeq fold.Training) (Array.ofSeq fold.Validation)
            Assert.That(Array.sort both, Is.EqualTo(box (kept data))))

[<Law>]
let ``folds differ by a row at most, and stratified ones by one of each class`` (case: Case) =
    let spread (counts: int list) = List.max counts - List.min counts
    eachKind case (fun _ folds -> Assert.That(spread [ for fold in folds -> fold.Validation.Count ], Is.LessThanOrEqualTo 1))
    let data = rowsOf case
    let folds = Folds.Stratified(data, foldsOf case, case.seed)
    for label in 0..2 do
        let counts = [ for fold in folds -> fold.Validation |> Seq.filter (fun row -> labelOf data row = label) |> Seq.length ]
        Assert.That(spread counts, Is.LessThanOrEqualTo 1)

[<Law>]
let ``folds are those of the rows that count alone`` (case: Case) =
    let data = rowsOf case
    let rows = kept data
    let alone = data.Pick rows
    let k = foldsOf case
    for ours, theirs in
        [ Folds.Plain(data, k, case.seed), Folds.Plain(alone, k, case.seed)
          Folds.Stratified(data, k, case.seed), Folds.Stratified(alone, k, case.seed) ] do
        for a, b in Seq.zip ours theirs do
            Assert.That(Array.ofSeq a.Validation, Is.EqualTo(box [| for row in b.Validation -> rows[row] |]))

[<Test>]
let ``another seed makes other folds, and the same one the same`` () =
    let data = Synthetic.classes Synthetic.classDefaults
    let all (folds: IReadOnlyList<Fold>) = [ for fold in folds -> List.ofSeq fold.Validation ]
    for folds in [ (fun seed -> Folds.Plain(data, 5, seed)); (fun seed -> Folds.Stratified(data, 5, seed)) ] do
        Assert.That(all (folds 1), Is.EqualTo(box (all (folds 1))))
        Assert.That(all (folds 1), Is.Not.EqualTo(box (all (folds 2))))
    // Not the order in which an epoch visits the rows of a fit with the same seed.
    Assert.That([ for fold in Folds.Plain(data, 300, 1) -> fold.Validation[0] ], Is.Not.EqualTo(box (Data.order 1 1 data)))

// ---- cross-validation -----------------------------------------------------------------------------------------------

let private data = Synthetic.classes { Synthetic.classDefaults with n = 240; columns = 4; spread = 1.5 }

let private settings = { Fit.defaults with model = Model.linear 4 3; loss = Loss.crossEntropy; epochs = 3; seed = 7 }

let private fitAndScore settings training validation = training |> Fit.run settings |> Scores.classification validation

let private using (threads: int) = SelectionSettings(Threads = Nullable threads)

let private bits (scores: IScores) = [ for score in scores.Scores -> BitConverter.DoubleToInt64Bits score.Value ]

[<Test>]
let ``cross-validation is a fit for each fold, the same bits on any number of threads`` () =
    let folds = Folds.Stratified(data, 5, 3)
    let byHand =
        [ for fold in folds ->
              bits (fitAndScore settings (data.Pick(Array.ofSeq fold.Training)) (data.Pick(Array.ofSeq fold.Validation))) ]
    let result = data |> CrossValidation.run 5 3 (fitAndScore settings)
    Assert.That([ for scores in result.Folds -> bits scores ], Is.EqualTo(box byHand))
    for threads in [ 1; 2; 4 ] do
        let again = data |> CrossValidation.runWith (using threads) folds (fitAndScore settings)
        Assert.That([ for scores in again.Folds -> bits scores ], Is.EqualTo(box byHand))

[<Law>]
let ``means and standard errors are those of the folds`` (case: Case) =
    let k = foldsOf case
    let values = Random.normals k (Random.key case.seed) |> Array.map (fun z -> case.scale * z)
    let next = ref -1
    let data = rowsOf case
    let result =
        data
        |> CrossValidation.runWith (using 1) (Folds.Plain(data, k, 0)) (fun _ _ ->
            next.Value <- next.Value + 1
            Score("profit", values[next.Value], true))
    let mean = Array.average values
    let variance = (values |> Array.sumBy (fun v -> (v - mean) * (v - mean))) / float (k - 1)
    Check.nearNumber (1e-14 * case.scale) mean (result.Mean "profit")
    Check.nearNumber (1e-14 * case.scale) (sqrt (variance / float k)) (result.StandardError "profit")
    Assert.That(result.Scores[0].Value, Is.EqualTo(result.Mean "profit"))
    Assert.That(result.Scores[0].HigherIsBetter)

[<Test>]
let ``data with numbers have plain folds, and any scores may be given`` () =
    let numbers = Synthetic.linear { Synthetic.defaults with n = 50 }
    let result =
        numbers
        |> CrossValidation.run 5 1 (fun training validation ->
            Assert.That(training.Source, Does.Match "training rows of fold . of 5")
            training |> Fit.run { Fit.defaults with model = Model.linear 2 1 } |> Scores.regression validation)
    Assert.That([ for score in result.Scores -> score.Name ][0], Is.EqualTo "R²")
    Assert.That(result.Folds |> Seq.sumBy _.Rows, Is.EqualTo 50)

[<Test>]
let ``it prints as a table`` () =
    let result = CrossValidation.Run(data, 2, 1, fun _ validation -> Score("rows", float validation.Rows, true))
    Assert.That(
        (string result).Split '\n',
        Is.EqualTo(
            box
                [| "  fold              rows"
                   "  1                  120"
                   "  2                  120"
                   "  mean               120"
                   "  ± standard error     0" |]
        )
    )

// ---- many at once ---------------------------------------------------------------------------------------------------

[<Test>]
let ``there are never more at once than asked for, and each is told of`` () =
    let mutable now, most = 0, 0
    let told = List<SelectionProgress>()
    let progress =
        { new IProgress<SelectionProgress> with
            member _.Report p = told.Add p }
    for threads in [ 1; 2; 3 ] do
        most <- 0
        told.Clear()
        GridSearch.from 0
        |> GridSearch.vary "i" [ 0..19 ] (fun i _ -> i)
        |> GridSearch.runWith (SelectionSettings(Threads = Nullable threads, Progress = progress)) "x" (fun i ->
            let here = Interlocked.Increment &now
            lock told (fun () -> most <- max most here)
            Thread.Sleep 1
            Interlocked.Decrement &now |> ignore
            Score("x", float i, false))
        |> ignore
        Assert.That(most, Is.InRange(1, threads))
        Assert.That([ for p in told -> p.Finished, p.Total ], Is.EqualTo(box [ for i in 1..20 -> i, 20 ]))
        Assert.That([ for p in told -> p.Latest ] |> List.sort, Is.EqualTo(box (List.sort [ for i in 0..19 -> $"i={i}" ])))

[<Law>]
let ``of jobs that fail the first one's error is thrown, whichever ends first`` (case: Case) =
    let failing = set [ for i in 0..2 -> Random.below 20 (Random.key case.seed) (int64 i) ]
    let run threads =
        Check.caught<InvalidOperationException>(fun () ->
            Jobs.run (using threads) 20 string (fun number ->
                Thread.SpinWait(Random.below 2000 (Random.key case.seed) (int64 (10 + number)))
                if failing.Contains number then invalidOp (string number)))
    for threads in [ 1; 2; 4 ] do
        Assert.That((run threads).Message, Is.EqualTo(string failing.MinimumElement))

[<Test>]
let ``a search that is cancelled stops before the next fit`` () =
    use source = new CancellationTokenSource()
    let mutable started = 0
    let settings = SelectionSettings(Threads = Nullable 1, CancellationToken = source.Token)
    let search = GridSearch.from 0 |> GridSearch.vary "i" [ 0..9 ] (fun i _ -> i)
    Check.caught<OperationCanceledException>(fun () ->
        search
        |> GridSearch.runWith settings "x" (fun i ->
            started <- started + 1
            if i = 3 then source.Cancel()
            Score("x", float i, true))
        |> ignore)
    |> ignore
    Assert.That(started, Is.EqualTo 4)

// ---- searches -------------------------------------------------------------------------------------------------------

let private rates = [ 0.001; 0.1; 1e12 ]

let private grid =
    GridSearch.from settings
    |> GridSearch.vary "rate" rates (fun rate s -> { s with optimizer = Optimizer.sgd rate })
    |> GridSearch.vary "batch" [ 16; 0; 64 ] (fun batch s -> { s with batch = batch })

[<Test>]
let ``candidates are all combinations, in order`` () =
    let expected =
        [ for rate in [ "0.001"; "0.1"; "1000000000000" ] do
              for batch in [ "16"; "0"; "64" ] -> $"rate={rate}, batch={batch}" ]
    Assert.That([ for candidate in grid.Candidates -> candidate.Name ], Is.EqualTo(box expected))
    Assert.That([ for candidate in grid.Candidates -> candidate.Settings.batch ] |> List.take 3, Is.EqualTo(box [ 16; 0; 64 ]))
    Assert.That((GridSearch.from 1).Candidates[0].Name, Is.EqualTo "as given")
    let among = GridSearch.among [ "small", 1; "large", 2 ]
    Assert.That(
        [ for candidate in among.Candidates -> candidate.Name, candidate.Settings ],
        Is.EqualTo(box [ "small", 1; "large", 2 ])
    )

[<Test>]
let ``a search finds the best, notes what failed, and has the same bits on any number of threads`` () =
    let training, validation = data.SplitStratified(0.25, 1)
    let run threads = grid |> GridSearch.runWith (using threads) "log-loss" (fun s -> fitAndScore s training validation)
    let first = run 1
    for row in first.Rows do
        if row.Settings.batch = 0 then
            Assert.That(row.Failure, Is.InstanceOf<SettingsException>())
        elif row.Name.Contains "1000000000000" then
            Assert.That(row.Failure, Is.InstanceOf<DivergedException>())
        else
            let byHand = fitAndScore row.Settings training validation
            Assert.That(bits row.Scores, Is.EqualTo(box (bits byHand)))
            Assert.That(row.Score, Is.EqualTo byHand.LogLoss)
            Assert.That(row.Score, Is.GreaterThanOrEqualTo first.BestScore.Value)
    Assert.That(first.BestScore.HigherIsBetter, Is.False)
    Assert.That(first.BestSettings.batch, Is.EqualTo first.Best.Settings.batch)
    for threads in [ 2; 4 ] do
        let again = run threads
        let numbers (result: GridSearchResult<FitSettings, ClassificationScores>) =
            [ for row in result.Rows -> (if isNull row.Failure then bits row.Scores else []), string row ]
        Assert.That(numbers again, Is.EqualTo(box (numbers first)))
        Assert.That(again.Best.Name, Is.EqualTo first.Best.Name)

[<Test>]
let ``a search by cross-validation has the means of every candidate`` () =
    let folds = Folds.Stratified(data, 3, 1)
    let run threads = grid |> GridSearch.crossValidateWith (using threads) "accuracy" folds fitAndScore data
    let result = run 2
    for row in result.Rows do
        if isNull row.Failure then
            let alone = data |> CrossValidation.runWith (using 1) folds (fitAndScore row.Settings)
            Assert.That(bits row.Scores, Is.EqualTo(box (bits alone)))
            Assert.That(row.Score, Is.EqualTo(alone.Mean "accuracy"))
    let text (result: GridSearchResult<FitSettings, CrossValidation<ClassificationScores>>) =
        [ for row in result.Rows -> string row ]
    Assert.That(text (run 1), Is.EqualTo(box (text result)))
    let usual = grid |> GridSearch.crossValidate "accuracy" folds fitAndScore data
    Assert.That(usual.Best.Name, Is.EqualTo result.Best.Name)

let private searched higherIsBetter (values: float list) =
    GridSearch.from 0
    |> GridSearch.vary "i" [ 0 .. values.Length - 1 ] (fun i _ -> i)
    |> GridSearch.run "x" (fun i -> Score("x", values[i], higherIsBetter))

[<Test>]
let ``the best has the highest score or the lowest, as the score says; of equals the first; never NaN`` () =
    Assert.That((searched true [ 1.0; 3.0; 3.0; 2.0 ]).BestSettings, Is.EqualTo 1)
    Assert.That((searched false [ 3.0; 1.0; 1.0; 2.0 ]).BestSettings, Is.EqualTo 1)
    Assert.That((searched true [ nan; -infinity; nan ]).BestSettings, Is.EqualTo 1)
    Assert.That((searched false [ nan; infinity; 2.0 ]).BestSettings, Is.EqualTo 2)

[<Test>]
let ``it prints as a table with the best marked, and why others failed`` () =
    let result =
        GridSearch.from 0
        |> GridSearch.vary "i" [ 0..2 ] (fun i _ -> i)
        |> GridSearch.run "x" (fun i ->
            if i = 1 then
                Errors.atLeast1 "i" 0
                failwith ""
            else
                Score("x", float i, true))
    let lines = (string result).Split '\n'
    Assert.That(lines[0], Is.EqualTo "3 candidates by x, the higher the better")
    Assert.That(lines[1], Is.EqualTo "  candidate  x  seconds")
    Assert.That(lines[2], Does.Match "^  i=0        0     ....$")
    Assert.That(lines[3], Does.Match "^  i=1        –     ....  i is 0; expected 1 or more.$")
    Assert.That(lines[4], Does.Match "^  i=2        2     ....  best$")

[<Test>]
let ``what cannot be searched is refused, and what else fails ends the search`` () =
    let says (message: string) action = Assert.That((Check.caught<SettingsException> action).Message, Is.EqualTo message)
    says
        $"Every candidate failed, so that none is the best. Correct the settings they share.{Environment.NewLine}i=0: x NaN"
        (fun () -> searched true [ nan ] |> ignore)
    says "The number of values of 'i' is 0; expected 1 or more." (fun () ->
        GridSearch.from 0 |> GridSearch.vary "i" [] (fun i _ -> i) |> ignore)
    says "The search has no candidates; expected one or more. Vary a setting, or add one." (fun () ->
        GridSearch.among [] |> GridSearch.run "x" (fun (_: int) -> Score("x", 1.0, true)) |> ignore)
    says "There is no score 'y'; there are 'x'." (fun () ->
        GridSearch.from 0 |> GridSearch.run "y" (fun _ -> Score("x", 1.0, true)) |> ignore)
    says "There is no score 'y'; there are 'x'." (fun () ->
        CrossValidation.Run(data, 2, 1, fun _ _ -> Score("x", 1.0, true)).Mean "y" |> ignore)
    says "The number of threads is 0; expected 1 to 255." (fun () ->
        GridSearch.from 0 |> GridSearch.runWith (using 0) "x" (fun _ -> Score("x", 1.0, true)) |> ignore)
    says "The number of folds is 1; expected 2 to 240, as many as there are rows." (fun () -> Folds.Plain(data, 1, 0) |> ignore)
    says "The number of folds is 241; expected 2 to 240, as many as there are rows." (fun () ->
        Folds.Plain(data, 241, 0) |> ignore)
    let own (training: int[]) (validation: int[]) () =
        data
        |> CrossValidation.runWith (using 1) [| Fold([| 1 |], [| 2 |]); Fold(training, validation) |] (fun _ _ ->
            Score("x", 1.0, true))
        |> ignore
    own [| 2 |] [| 1 |] ()
    says
        "Fold 2 has the row 240; expected rows from 0 to 239, none of them both to train and to validate on."
        (own [| 240 |] [| 1 |])
    says
        "Fold 2 has the row 3; expected rows from 0 to 239, none of them both to train and to validate on."
        (own [| 1; 3 |] [| 2; 3 |])
    Check.fails<DataException> [ "numbers, so there are no classes" ] (fun () ->
        Folds.Stratified(Synthetic.linear Synthetic.defaults, 5, 0) |> ignore)
    Check.fails<InvalidOperationException> [ "mine" ] (fun () ->
        GridSearch.from 0 |> GridSearch.run "x" (fun _ -> invalidOp "mine": Score) |> ignore)
