// Which settings are best, by trying them.
//
//   candidates = start × {values of the first setting varied} × {values of the second} × …      in that order
//   best       = the first candidate whose score nobody's is better than
//
// A candidate that diverges, or whose settings do not suit the data, says so in its row and is not the best; nor is one whose
// score is NaN. What else fails ends the search. What is compared must not be what the best is reported by: the more candidates, the better the best looks on
// the rows it was chosen by. A test set that nobody has looked at says how good it is.

namespace LinearNets

open System
open System.Collections.Generic
open System.Diagnostics
open System.Globalization

/// <summary>A candidate of a search.</summary>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type Candidate<'TSettings> internal (name: string, settings: 'TSettings) =

    /// What has been varied so far; empty before anything was.
    member internal _.Varied = name

    /// <summary>What was varied and to what, as in <c>rate=0.1, batch=32</c>.</summary>
    member _.Name = if name = "" then "as given" else name

    /// <summary>The settings.</summary>
    member _.Settings = settings

    /// <summary>The name.</summary>
    override candidate.ToString() = candidate.Name

    member private candidate.Text = candidate.Name

/// <summary>What a candidate of a search gave.</summary>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type SearchRow<'TSettings, 'TScores when 'TScores :> IScores>
    internal (candidate: Candidate<'TSettings>, scores: 'TScores, failure: exn, score: Score, seconds: float) =

    /// <summary>What was varied and to what.</summary>
    member _.Name = candidate.Name

    /// <summary>The settings.</summary>
    member _.Settings = candidate.Settings

    /// <summary>The scores; null where the candidate failed.</summary>
    member _.Scores = scores

    /// <summary>Why the candidate failed; null where it did not.</summary>
    member _.Failure = failure

    /// <summary>The score that candidates are compared by; NaN where the candidate failed.</summary>
    member _.Score = if isNull score then nan else score.Value

    /// <summary>How long its fits took, one after the other.</summary>
    member _.Seconds = seconds

    member internal _.Compared = score

    member internal row.Cells =
        let seconds: string = seconds.ToString("F2", CultureInfo.InvariantCulture)
        [ candidate.Name; Score.number row.Score; seconds ]

    member internal _.Reason = if isNull failure then "" else (Array.head (failure.Message.Split '\n')).TrimEnd()

    /// <summary>The name and the score, or why it failed.</summary>
    override row.ToString() = if isNull failure then say $"{candidate.Name}: {score}" else say $"{candidate.Name}: {row.Reason}"

    member private row.Text = row.ToString()

/// <summary>What a search found. It prints as a table.</summary>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type GridSearchResult<'TSettings, 'TScores when 'TScores :> IScores> internal (rows: SearchRow<'TSettings, 'TScores>[]) =

    let best =
        let better (best: SearchRow<'TSettings, 'TScores>) (row: SearchRow<'TSettings, 'TScores>) =
            let isScored = not (Double.IsNaN row.Score)
            if isScored && (isNull best || row.Compared.IsBetterThan best.Compared) then row else best
        match Array.fold better null rows with
        | null -> Errors.everyCandidateFailed (rows |> Seq.map string)
        | best -> best

    /// <summary>A row for each candidate, in their order.</summary>
    member _.Rows = Array.AsReadOnly rows :> IReadOnlyList<SearchRow<'TSettings, 'TScores>>

    /// <summary>The best candidate; of equals the first.</summary>
    member _.Best = best

    /// <summary>What candidates are compared by: the best one's score, with its name and its direction.</summary>
    member _.BestScore = best.Compared

    /// <summary>The settings of the best candidate.</summary>
    member _.BestSettings = best.Settings

    /// <summary>A line for each candidate; the best is marked.</summary>
    override _.ToString() =
        let direction = if best.Compared.HigherIsBetter then "the higher the better" else "the lower the better"
        let cells = [ "candidate"; best.Compared.Name; "seconds" ] :: [ for row in rows -> row.Cells ]
        let marks =
            ""
            :: [ for row in rows ->
                     if obj.ReferenceEquals(row, best) then "  best"
                     elif row.Reason = "" then ""
                     else "  " + row.Reason ]
        let lines = List.map2 (+) (ClassTable.lines cells 0) marks
        String.Join("\n", (say $"{rows.Length} candidates by {best.Compared.Name}, {direction}") :: lines)

    member private result.Text = result.ToString()

/// <summary>A search for the best settings among candidates: all combinations of the values of what is varied. It never changes.</summary>
/// <example><code>
/// Dataset data = Synthetic.Classes();
/// var search = GridSearch.From(new SoftmaxClassifier())
///     .Vary("rate", [0.01, 0.1], (settings, rate) => settings with { Solver = new Sgd { LearningRate = rate } });
/// var result = search.CrossValidate(
///     "accuracy", data, Folds.Stratified(data, 5, seed: 1), (settings, train, validation) => settings.Fit(train).Evaluate(validation));
/// Console.WriteLine(result);
/// SoftmaxModel model = result.BestSettings.Fit(data);
/// </code></example>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type GridSearch<'TSettings> internal (candidates: Candidate<'TSettings>[]) =

    let find by (scores: IScores) =
        match scores.Scores |> Seq.tryFind (fun score -> score.Name = by) with
        | Some score -> score
        | None -> Errors.noScore by (scores.Scores |> Seq.map _.Name)

    /// All candidates by jobs, so many of each.
    let search
        by
        (settings: SelectionSettings)
        parts
        (partName: int -> string)
        (job: 'TSettings -> int -> 'part)
        (whole: 'part[] -> 'TScores)
        =
        ArgumentException.ThrowIfNullOrEmpty(by, nameof by)
        ArgumentNullException.ThrowIfNull(settings, nameof settings)
        if candidates.Length = 0 then Errors.noCandidate ()
        let results = candidates |> Array.map (fun _ -> Array.zeroCreate<Result<'part, exn>> parts)
        let seconds = candidates |> Array.map (fun _ -> Array.zeroCreate<float> parts)
        let name number = candidates[number / parts].Name + partName (number % parts)
        Jobs.run settings (candidates.Length * parts) name (fun number ->
            let candidate, part = number / parts, number % parts
            let clock = Stopwatch.StartNew()
            let result =
                try
                    Ok(job candidates[candidate].Settings part)
                with
                | :? DivergedException
                | :? SettingsException as e -> Error e
            // Scores without the one to compare by end the search, and do so at once.
            match result with
            | Ok scores -> find by (box scores :?> IScores) |> ignore
            | Error _ -> ()
            results[candidate][part] <- result
            seconds[candidate][part] <- clock.Elapsed.TotalSeconds)
        GridSearchResult(
            Array.init candidates.Length (fun i ->
                let parts = results[i]
                let failure =
                    parts
                    |> Array.tryPick (function
                        | Error e -> Some e
                        | Ok _ -> None)
                let seconds = Array.sum seconds[i]
                match failure with
                | Some failure -> SearchRow(candidates[i], Unchecked.defaultof<'TScores>, failure, null, seconds)
                | None ->
                    let scores =
                        whole (
                            parts
                            |> Array.map (function
                                | Ok scores -> scores
                                | Error e -> raise e)
                        )
                    SearchRow(candidates[i], scores, null, find by scores, seconds))
        )

    /// <summary>The candidates, in order: those of the value first varied that comes first before the others.</summary>
    member _.Candidates = Array.AsReadOnly candidates :> IReadOnlyList<Candidate<'TSettings>>

    /// <summary>Every candidate so far with each of some values of a setting.</summary>
    /// <param name="name">What the setting is called.</param>
    /// <param name="values">Its values.</param>
    /// <param name="change">The settings with a value.</param>
    /// <exception cref="T:LinearNets.SettingsException">There are no values, or a change refuses one.</exception>
    member _.Vary<'TValue>(name: string, values: IEnumerable<'TValue>, change: Func<'TSettings, 'TValue, 'TSettings>) =
        ArgumentException.ThrowIfNullOrEmpty(name, nameof name)
        ArgumentNullException.ThrowIfNull(values, nameof values)
        ArgumentNullException.ThrowIfNull(change, nameof change)
        let values = Array.ofSeq values
        Errors.atLeast1 (say $"The number of values of '{name}'") values.Length
        GridSearch<'TSettings>(
            [| for candidate in candidates do
                   for value in values do
                       let own = name + "=" + String.Format(CultureInfo.InvariantCulture, "{0}", value)
                       let all = if candidate.Varied = "" then own else candidate.Varied + ", " + own
                       Candidate(all, change.Invoke(candidate.Settings, value)) |]
        )

    /// <summary>The candidates and one more.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="settings">Its settings.</param>
    member _.Add(name: string, settings: 'TSettings) =
        ArgumentException.ThrowIfNullOrEmpty(name, nameof name)
        GridSearch<'TSettings>(Array.append candidates [| Candidate(name, settings) |])

    /// <summary>Fits and scores every candidate once: on validation data, say.</summary>
    /// <param name="by">The score to compare by, as "accuracy" or "log-loss": it says itself whether higher or lower is better.</param>
    /// <param name="fitAndScore">Fits with settings, and scores. It is called by several threads at once.</param>
    /// <param name="settings">How many fits may run at once, who is told, and what stops it.</param>
    /// <exception cref="T:LinearNets.SettingsException">There is no such score, or every candidate failed.</exception>
    /// <exception cref="T:System.OperationCanceledException">It was cancelled.</exception>
    member _.Run<'TScores when 'TScores :> IScores>
        (by: string, fitAndScore: Func<'TSettings, 'TScores>, settings: SelectionSettings)
        =
        ArgumentNullException.ThrowIfNull(fitAndScore, nameof fitAndScore)
        search by settings 1 (fun _ -> "") (fun settings _ -> fitAndScore.Invoke settings) (fun scores -> scores[0])

    /// <summary>Fits and scores every candidate once: on validation data, say.</summary>
    /// <param name="by">The score to compare by, as "accuracy" or "log-loss": it says itself whether higher or lower is better.</param>
    /// <param name="fitAndScore">Fits with settings, and scores. It is called by several threads at once.</param>
    /// <exception cref="T:LinearNets.SettingsException">There is no such score, or every candidate failed.</exception>
    member search.Run<'TScores when 'TScores :> IScores>(by: string, fitAndScore: Func<'TSettings, 'TScores>) =
        search.Run(by, fitAndScore, SelectionSettings())

    /// <summary>Cross-validates every candidate on the same folds.</summary>
    /// <param name="by">The score to compare by, as "accuracy" or "log-loss": it says itself whether higher or lower is better.</param>
    /// <param name="data">The data.</param>
    /// <param name="folds">The folds.</param>
    /// <param name="fitAndScore">Fits with settings on the first data set and scores on the second. It is called by several threads at
    /// once.</param>
    /// <param name="settings">How many fits may run at once, who is told, and what stops it.</param>
    /// <exception cref="T:LinearNets.SettingsException">There is no such score, every candidate failed, or the folds cannot be
    /// used.</exception>
    /// <exception cref="T:System.OperationCanceledException">It was cancelled.</exception>
    member _.CrossValidate<'TScores when 'TScores :> IScores>
        (
            by: string,
            data: Dataset,
            folds: IReadOnlyList<Fold>,
            fitAndScore: Func<'TSettings, Dataset, Dataset, 'TScores>,
            settings: SelectionSettings
        ) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        ArgumentNullException.ThrowIfNull(folds, nameof folds)
        ArgumentNullException.ThrowIfNull(fitAndScore, nameof fitAndScore)
        let folds = Array.ofSeq folds
        CrossValidated.check folds data
        let ofFold (settings: 'TSettings) fold =
            CrossValidated.score
                data
                folds
                fold
                (Func<_, _, _>(fun training validation -> fitAndScore.Invoke(settings, training, validation)))
        search
            by
            settings
            folds.Length
            (fun fold -> ", " + CrossValidated.name folds.Length fold)
            ofFold
            CrossValidation<'TScores>

    /// <summary>Cross-validates every candidate on the same folds.</summary>
    /// <param name="by">The score to compare by, as "accuracy" or "log-loss": it says itself whether higher or lower is better.</param>
    /// <param name="data">The data.</param>
    /// <param name="folds">The folds.</param>
    /// <param name="fitAndScore">Fits with settings on the first data set and scores on the second. It is called by several threads at
    /// once.</param>
    /// <exception cref="T:LinearNets.SettingsException">There is no such score, every candidate failed, or the folds cannot be
    /// used.</exception>
    member search.CrossValidate<'TScores when 'TScores :> IScores>
        (by: string, data: Dataset, folds: IReadOnlyList<Fold>, fitAndScore: Func<'TSettings, Dataset, Dataset, 'TScores>)
        =
        search.CrossValidate(by, data, folds, fitAndScore, SelectionSettings())

    /// <summary>The names of the candidates, a line each.</summary>
    override _.ToString() = String.Join("\n", candidates |> Seq.map string)

    member private search.Text = search.ToString()

/// <summary>Searches for the best settings.</summary>
[<AbstractClass; Sealed>]
type GridSearch private () =

    /// <summary>A search that begins with settings, to be varied.</summary>
    static member From<'TSettings>(settings: 'TSettings) = GridSearch<'TSettings>([| Candidate("", settings) |])

    /// <summary>A search without candidates, to be added.</summary>
    static member Of<'TSettings>() = GridSearch<'TSettings>([||])

namespace LinearNets.FSharp

open System
open System.Collections.Generic
open LinearNets

/// <summary>Searches for the best settings among candidates.</summary>
/// <example><code>
/// let train, validation = Synthetic.garments 1000 200 1
/// let model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear 784 10 ]
/// let search =
///     GridSearch.from { Fit.defaults with model = model; loss = Loss.crossEntropy; batch = 256 }
///     |> GridSearch.vary "rate" [ 0.01; 0.1 ] (fun rate settings -> { settings with optimizer = Optimizer.sgd rate })
///     |> GridSearch.run "accuracy" (fun settings -> train |> Fit.run settings |> Scores.classification validation)
/// </code></example>
[<RequireQualifiedAccess>]
module GridSearch =

    /// <summary>A search that begins with settings, to be varied.</summary>
    let from (settings: 'settings) : GridSearch<'settings> = GridSearch.From settings

    /// <summary>A search among named settings.</summary>
    let among (candidates: (string * 'settings) seq) : GridSearch<'settings> =
        ArgumentNullException.ThrowIfNull(candidates, nameof candidates)
        Seq.fold
            (fun (search: GridSearch<'settings>) (name, settings) -> search.Add(name, settings))
            (GridSearch.Of<'settings>())
            candidates

    /// <summary>Every candidate so far with each of some values of a setting.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There are no values, or a change refuses one.</exception>
    let vary (name: string) (values: 'value seq) (change: 'value -> 'settings -> 'settings) (search: GridSearch<'settings>) =
        search.Vary(name, values, Func<_, _, _>(fun settings value -> change value settings))

    /// <summary>Fits and scores every candidate once. The score by which they are compared says itself whether higher is better.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There is no such score, or every candidate failed.</exception>
    let run
        (by: string)
        (fitAndScore: 'settings -> 'scores)
        (search: GridSearch<'settings>)
        : GridSearchResult<'settings, 'scores> =
        search.Run(by, Func<_, _>(fitAndScore))

    /// <summary>The same, with settings of how it is done.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There is no such score, or every candidate failed.</exception>
    /// <exception cref="T:System.OperationCanceledException">It was cancelled.</exception>
    let runWith
        (settings: SelectionSettings)
        (by: string)
        (fitAndScore: 'settings -> 'scores)
        (search: GridSearch<'settings>)
        : GridSearchResult<'settings, 'scores> =
        search.Run(by, Func<_, _>(fitAndScore), settings)

    /// <summary>Cross-validates every candidate on the same folds.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There is no such score, every candidate failed, or the folds cannot be
    /// used.</exception>
    let crossValidate
        (by: string)
        (folds: IReadOnlyList<Fold>)
        (fitAndScore: 'settings -> Dataset -> Dataset -> 'scores)
        (data: Dataset)
        (search: GridSearch<'settings>)
        : GridSearchResult<'settings, CrossValidation<'scores>> =
        search.CrossValidate(by, data, folds, Func<_, _, _, _>(fitAndScore))

    /// <summary>The same, with settings of how it is done.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There is no such score, every candidate failed, or the folds cannot be
    /// used.</exception>
    /// <exception cref="T:System.OperationCanceledException">It was cancelled.</exception>
    let crossValidateWith
        (settings: SelectionSettings)
        (by: string)
        (folds: IReadOnlyList<Fold>)
        (fitAndScore: 'settings -> Dataset -> Dataset -> 'scores)
        (data: Dataset)
        (search: GridSearch<'settings>)
        : GridSearchResult<'settings, CrossValidation<'scores>> =
        search.CrossValidate(by, data, folds, Func<_, _, _, _>(fitAndScore), settings)
