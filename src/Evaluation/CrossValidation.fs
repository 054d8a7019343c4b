// Cross-validation: every row is predicted once by a model that has not seen it.
//
//   folds F₁ … F_k, a partition of the rows;   score_f = score of the fit on all rows but F_f, on F_f
//   mean = (1/k) Σ score_f                     standard error = √(Σ(score_f − mean)²/(k − 1)) / √k
//
// A fold is a function of the seed and of the rows that count: one of weight 0 is in none. In plain folds, shuffled rows are cut
// into pieces as equal as can be. In stratified ones the shuffled rows of each class, one class after the other, are dealt to
// the folds in turn, so that the folds differ by one row at most, and by one of each class.
//
// The standard error takes the folds for independent, which they are not quite, as any two share most of their training rows:
// it is a measure of how far the mean may be trusted, not a test.

namespace LinearNets

open System
open System.Collections.Generic
open LinearNets.FSharp

/// <summary>Rows to train on and others to validate on, by their numbers.</summary>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type Fold(training: int[], validation: int[]) =
    do
        ArgumentNullException.ThrowIfNull(training, nameof training)
        ArgumentNullException.ThrowIfNull(validation, nameof validation)

    /// <summary>The rows to train on.</summary>
    member _.Training = Array.AsReadOnly training :> IReadOnlyList<int>

    /// <summary>The rows to validate on.</summary>
    member _.Validation = Array.AsReadOnly validation :> IReadOnlyList<int>

    /// The rows of both as data sets.
    member internal _.Of(data: Dataset, name: string) =
        let part rows what = data.Pick(rows).WithSource(Table.from data.Table (say $"{what} rows of {name}"))
        part training "training", part validation "validation"

    /// Refuses rows that do not exist, or that are in both parts.
    member internal _.Check(number: int, rows: int) =
        let isTraining = Array.zeroCreate<bool> rows
        for row in training do
            if row < 0 || row >= rows then Errors.foldRow number row rows
            isTraining[row] <- true
        for row in validation do
            if row < 0 || row >= rows || isTraining[row] then Errors.foldRow number row rows

    /// <summary>How many rows there are of each.</summary>
    override _.ToString() = say $"{training.Length} rows to train on, {validation.Length} to validate on"

    member private fold.Text = fold.ToString()

/// <summary>Folds of a data set: every row that counts is validated on in one, and trained on in all others.</summary>
[<AbstractClass; Sealed>]
type Folds private () =

    static let rowsOf (count: int) (data: Dataset) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        let rows = Data.kept data
        let isPossible = count >= 2 && count <= rows.Length
        Errors.require "The number of folds" isPossible count (say $"2 to {rows.Length}, as many as there are rows")
        rows

    static let shuffled (seed: int) (rows: int[]) =
        let key = Random.split (Random.key seed) Streams.folds
        Random.permutation rows.Length key |> Array.map (fun place -> rows[place])

    /// Folds by the fold of each row, or −1 for none.
    static let folds count (foldOf: int[]) =
        let rows which =
            [| for row in 0 .. foldOf.Length - 1 do
                   if which foldOf[row] then row |]
        Array.init count (fun fold -> Fold(rows (fun f -> f >= 0 && f <> fold), rows ((=) fold))) :> IReadOnlyList<Fold>

    /// <summary>Folds of random rows, as many in each as in the others or one more.</summary>
    /// <param name="data">The data.</param>
    /// <param name="count">How many folds: 5 or 10, as a rule; as many as there are rows leaves one out at a time.</param>
    /// <param name="seed">The same seed makes the same folds.</param>
    /// <exception cref="T:LinearNets.SettingsException">There are fewer than two folds, or more than rows.</exception>
    static member Plain(data: Dataset, count: int, seed: int) =
        let rows = rowsOf count data
        let foldOf = Array.create data.Rows -1
        shuffled seed rows
        |> Array.iteri (fun place row -> foldOf[row] <- int (int64 place * int64 count / int64 rows.Length))
        folds count foldOf

    /// <summary>Folds of random rows with as many of each class as the others, or one more.</summary>
    /// <param name="data">The data.</param>
    /// <param name="count">How many folds: 5 or 10, as a rule.</param>
    /// <param name="seed">The same seed makes the same folds.</param>
    /// <exception cref="T:LinearNets.SettingsException">There are fewer than two folds, or more than rows.</exception>
    /// <exception cref="T:LinearNets.DataException">Targets are numbers.</exception>
    static member Stratified(data: Dataset, count: int, seed: int) =
        let rows = rowsOf count data
        match data.Table.targets with
        | Targets.Numbers _ -> Errors.noClasses ()
        | Targets.Classes labels ->
            let foldOf = Array.create data.Rows -1
            shuffled seed rows
            |> Array.sortBy (fun row -> labels[row])
            |> Array.iteri (fun place row -> foldOf[row] <- place % count)
            folds count foldOf

/// <summary>What cross-validation gave: the scores of each fold, and their means, which are its own scores. It prints as a
/// table.</summary>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type CrossValidation<'TScores when 'TScores :> IScores> internal (folds: 'TScores[]) =
    let each = folds |> Array.map _.Scores
    let names = each[0] |> Seq.map _.Name |> Seq.toArray

    let score fold place =
        let scores: IReadOnlyList<Score> = each[fold]
        scores[place]

    let values place = Array.init folds.Length (fun fold -> (score fold place).Value)

    let standardError place =
        let values = values place
        let mean = Array.average values
        let squares = values |> Array.sumBy (fun value -> (value - mean) * (value - mean))
        sqrt (squares / float (values.Length - 1) / float values.Length)

    let placeOf (name: string) =
        match Array.IndexOf(names, name) with
        | -1 -> Errors.noScore name names
        | place -> place

    /// <summary>The scores of each fold.</summary>
    member _.Folds = Array.AsReadOnly folds :> IReadOnlyList<'TScores>

    /// <summary>The means over the folds, by their names. One that does not exist in a fold is NaN.</summary>
    member _.Scores: IReadOnlyList<Score> =
        [| for place in 0 .. names.Length - 1 -> Score(names[place], Array.average (values place), (score 0 place).HigherIsBetter) |]

    /// <summary>The mean of a score over the folds.</summary>
    /// <param name="name">The name of the score, as "accuracy".</param>
    /// <exception cref="T:LinearNets.SettingsException">There is no such score; the message lists those there are.</exception>
    member _.Mean(name: string) = Array.average (values (placeOf name))

    /// <summary>The standard error of the mean: the standard deviation of the folds' scores, divided by the root of their number.</summary>
    /// <param name="name">The name of the score, as "accuracy".</param>
    /// <exception cref="T:LinearNets.SettingsException">There is no such score; the message lists those there are.</exception>
    member _.StandardError(name: string) = standardError (placeOf name)

    /// <summary>A line for each fold, one for the mean, and one for its standard error.</summary>
    override _.ToString() =
        let places = [ 0 .. names.Length - 1 ]
        let line name value = name :: List.map (value >> Score.number) places
        let cells =
            [ yield "fold" :: List.ofArray names
              for fold in 0 .. folds.Length - 1 -> line (string (fold + 1)) (fun place -> (score fold place).Value)
              yield line "mean" (values >> Array.average)
              yield line "± standard error" standardError ]
        String.Join("\n", ClassTable.lines cells 0)

    member private result.Text = result.ToString()

    interface IScores with
        member result.Scores = result.Scores

module internal CrossValidated =

    let name (count: int) fold = say $"fold {fold + 1} of {count}"

    let check (folds: Fold[]) (data: Dataset) =
        Errors.require "The number of folds" (folds.Length >= 2) folds.Length "2 or more"
        folds
        |> Array.iteri (fun number fold ->
            ArgumentNullException.ThrowIfNull(fold, nameof folds)
            fold.Check(number + 1, data.Rows))

    /// The scores of a fold.
    let score (data: Dataset) (folds: Fold[]) number (fitAndScore: Func<Dataset, Dataset, 'TScores>) =
        let training, validation = folds[number].Of(data, name folds.Length number)
        let scores = fitAndScore.Invoke(training, validation)
        ArgumentNullException.ThrowIfNull(box scores, "scores")
        scores

/// <summary>Cross-validation: a fit for every fold of the data, scored on the rows that it has not seen.</summary>
[<AbstractClass; Sealed>]
type CrossValidation private () =

    /// <summary>Fits and scores once for each fold. Folds of classes are stratified.</summary>
    /// <param name="data">The data.</param>
    /// <param name="folds">How many folds: 5 or 10, as a rule.</param>
    /// <param name="seed">The seed of the folds.</param>
    /// <param name="fitAndScore">Fits on the first data set and scores on the second. It is called by several threads at
    /// once.</param>
    /// <exception cref="T:LinearNets.SettingsException">There are fewer than two folds, or more than rows.</exception>
    /// <example><code>
    /// Dataset data = Synthetic.Linear([2.0, -3.4]);
    /// var settings = new LinearRegression();
    /// var result = CrossValidation.Run(data, 5, seed: 1, (train, validation) => settings.Fit(train).Evaluate(validation));
    /// Console.WriteLine(result);
    /// </code></example>
    static member Run<'TScores when 'TScores :> IScores>
        (data: Dataset, folds: int, seed: int, fitAndScore: Func<Dataset, Dataset, 'TScores>)
        : CrossValidation<'TScores> =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        let folds = if data.HasClasses then Folds.Stratified(data, folds, seed) else Folds.Plain(data, folds, seed)
        CrossValidation.Run<'TScores>(data, folds, fitAndScore, SelectionSettings())

    /// <summary>Fits and scores once for each fold.</summary>
    /// <param name="data">The data.</param>
    /// <param name="folds">The folds: those of <c>Folds</c>, or ones of your own.</param>
    /// <param name="fitAndScore">Fits on the first data set and scores on the second. It is called by several threads at
    /// once.</param>
    /// <param name="settings">How many fits may run at once, who is told, and what stops it.</param>
    /// <exception cref="T:LinearNets.SettingsException">There are fewer than two folds, a row does not exist or is in both parts of a
    /// fold.</exception>
    /// <exception cref="T:System.OperationCanceledException">It was cancelled.</exception>
    static member Run<'TScores when 'TScores :> IScores>
        (data: Dataset, folds: IReadOnlyList<Fold>, fitAndScore: Func<Dataset, Dataset, 'TScores>, settings: SelectionSettings)
        : CrossValidation<'TScores> =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        ArgumentNullException.ThrowIfNull(folds, nameof folds)
        ArgumentNullException.ThrowIfNull(fitAndScore, nameof fitAndScore)
        ArgumentNullException.ThrowIfNull(settings, nameof settings)
        let folds = Array.ofSeq folds
        CrossValidated.check folds data
        let results = Array.zeroCreate<'TScores> folds.Length
        Jobs.run settings folds.Length (CrossValidated.name folds.Length) (fun number ->
            results[number] <- CrossValidated.score data folds number fitAndScore)
        CrossValidation<'TScores> results

namespace LinearNets.FSharp

open System
open System.Collections.Generic
open LinearNets

/// <summary>Cross-validation: a fit for every fold of the data, scored on the rows that it has not seen.</summary>
[<RequireQualifiedAccess>]
module CrossValidation =

    /// <summary>Fits and scores once for each of some folds, which are stratified where the data have classes.</summary>
    /// <param name="folds">How many folds: 5 or 10, as a rule.</param>
    /// <param name="seed">The seed of the folds.</param>
    /// <param name="fitAndScore">Training data and validation data to scores. It is called by several threads at once.</param>
    /// <param name="data">The data.</param>
    /// <exception cref="T:LinearNets.SettingsException">There are fewer than two folds, or more than rows.</exception>
    /// <example><code>
    /// let data = Synthetic.linear Synthetic.defaults
    /// let settings = { Fit.defaults with model = Model.linear 2 1 }
    /// data |> CrossValidation.run 5 1 (fun train validation -> train |> Fit.run settings |> Scores.regression validation)
    /// </code></example>
    let run (folds: int) (seed: int) (fitAndScore: Dataset -> Dataset -> 'scores) (data: Dataset) : CrossValidation<'scores> =
        CrossValidation.Run(data, folds, seed, Func<_, _, _>(fitAndScore))

    /// <summary>The same with folds of one's own, and with settings of how it is done.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There are fewer than two folds, a row does not exist or is in both parts of a
    /// fold.</exception>
    /// <exception cref="T:System.OperationCanceledException">It was cancelled.</exception>
    let runWith
        (settings: SelectionSettings)
        (folds: IReadOnlyList<Fold>)
        (fitAndScore: Dataset -> Dataset -> 'scores)
        (data: Dataset)
        : CrossValidation<'scores> =
        CrossValidation.Run(data, folds, Func<_, _, _>(fitAndScore), settings)
