// CSV files: a row of text for each row of a data set.
//
//   file ──► the first rows: delimiter, header, kinds of columns ──► plan
//   plan ──► scan: where rows begin ──► (words of categories, where they are not known) ──► rows, parsed into one array
//
//   features  [n; d]   numbers as they are; a column of words, on request, as 0 and 1 in a column for each word
//   target    [n]      a number, or the position of a word in the sorted list of those that occur
//
// Numbers are written the one way that does not depend on a country: with a point, without separators. What was learned about a
// file is its schema, by which a later file is read the same.

namespace LinearNets

open System
open System.Collections.Generic
open System.IO
open System.Text
open LinearNets.Kernels

/// <summary>Whether a CSV file begins with the names of its columns.</summary>
type CsvHeader =
    /// <summary>It does if nothing in its first row is a number.</summary>
    | Auto = 0
    /// <summary>It does.</summary>
    | Present = 1
    /// <summary>It does not: features are x1, x2 … by their place in the file, the target is y.</summary>
    | Absent = 2

/// <summary>What the target of a CSV file is.</summary>
type CsvTarget =
    /// <summary>Numbers if the first of them is one, otherwise classes.</summary>
    | Auto = 0
    /// <summary>Numbers.</summary>
    | Numbers = 1
    /// <summary>Classes, named by what stands in the file, numbers too.</summary>
    | Classes = 2

/// <summary>What to do with a row that lacks a value.</summary>
type MissingValues =
    /// <summary>To refuse it, by its place.</summary>
    | Error = 0
    /// <summary>To leave the row out.</summary>
    | DropRow = 1
    /// <summary>To put the mean of the column in its place. There is none for targets and for words, which are refused.</summary>
    | Mean = 2

/// A column that became features.
[<NoEquality; NoComparison>]
type internal CsvFeature =
    {
        name: string
        /// The place in the file, counted from 0.
        index: int
        /// What its words are, in order; null where it has numbers.
        words: string[]
        /// Whether the first of several words has no feature.
        dropsFirst: bool
        /// What was put where a number was missing; NaN where none was.
        mean: float
    }

    /// How many of its words have no feature.
    member feature.Without = if feature.dropsFirst && feature.words.Length > 1 then 1 else 0

    /// How many features it became.
    member feature.Width = if isNull feature.words then 1 else feature.words.Length - feature.Without

/// <summary>How the columns of a CSV file became features and classes: a later file is read the same by it.</summary>
/// <example><code>
/// Dataset train = Dataset.FromCsv("train.csv", new CsvSettings { OneHot = ["city"] });
/// Dataset test = Dataset.FromCsv("test.csv", new CsvSettings { Schema = train.Schema });
/// </code></example>
[<Sealed; AllowNullLiteral>]
type CsvSchema internal (features: CsvFeature[], target: string, targetIndex: int, classes: string[], named: bool) =

    member internal _.Features = features
    member internal _.TargetIndex = targetIndex
    /// Null where the target is a number.
    member internal _.Classes = classes
    /// Whether columns are found by their names.
    member internal _.Named = named

    /// <summary>The columns that became features, in order.</summary>
    member _.Columns = Array.AsReadOnly(features |> Array.map _.name) :> IReadOnlyList<string>

    /// <summary>The column that is the target.</summary>
    member _.Target = target

    /// <summary>The names of the classes in order; empty where the target is a number.</summary>
    member _.ClassNames = Array.AsReadOnly(if isNull classes then [||] else classes) :> IReadOnlyList<string>

    /// <summary>The words of a column, in order; empty where it has numbers. Each became a feature, the first perhaps not.</summary>
    /// <exception cref="T:LinearNets.SettingsException">No column of that name became a feature.</exception>
    member _.WordsOf(column: string) =
        match features |> Array.tryFind (fun feature -> feature.name = column) with
        | Some feature -> Array.AsReadOnly(if isNull feature.words then [||] else feature.words) :> IReadOnlyList<string>
        | None ->
            let names = String.Join(", ", features |> Array.map _.name)
            Errors.require "The column" false (say $"'{column}'") (say $"one of {names}")
            null

    /// <summary>The columns and what they became, a line each.</summary>
    override _.ToString() =
        let kind words = if isNull words then "number" else String.Join(", ", (words: string[]))
        let lines = [ for feature in features -> say $"{feature.name}: {kind feature.words}" ]
        String.Join("\n", lines @ [ say $"{target} (target): {kind classes}" ])

/// <summary>How a CSV file is read. The defaults find out most of it: the last column is the target, the others are features.</summary>
[<Sealed; AllowNullLiteral>]
type CsvSettings() =

    /// <summary>The name of the target's column; null for the one at <see cref="P:LinearNets.CsvSettings.TargetIndex"/>.</summary>
    member val Target: string = null with get, set

    /// <summary>The place of the target's column, counted from 0, or from −1 backwards: −1, the default, is the last.</summary>
    member val TargetIndex = -1 with get, set

    /// <summary>Whether the target is a number or a class.</summary>
    member val TargetKind = CsvTarget.Auto with get, set

    /// <summary>The names of the columns to take as features, in this order; null for all but the target.</summary>
    member val Columns: string[] = null with get, set

    /// <summary>The names of columns to leave out.</summary>
    member val Without: string[] = [||] with get, set

    /// <summary>The names of columns of words: each becomes as many features as it has words, 1 for the word and 0 for the others.</summary>
    member val OneHot: string[] = [||] with get, set
    /// <summary>Whether the first word of a one-hot column becomes no feature: rows that have it are 0 in all others, and what a model
    /// learns of these is the difference to it. Least squares with a bias want this; the default keeps all.</summary>
    member val DropFirst = false with get, set

    /// <summary>What stands between fields; null finds out which of tab, semicolon, bar and comma it is.</summary>
    member val Delimiter = Nullable<char>() with get, set

    /// <summary>Whether the first row has the names of the columns.</summary>
    member val Header = CsvHeader.Auto with get, set

    /// <summary>What lines of comment begin with; null, the default, if there are none.</summary>
    member val Comment = Nullable<char>() with get, set

    /// <summary>What to do where a value is missing.</summary>
    member val Missing = MissingValues.Error with get, set

    /// <summary>What stands in a file where a value is missing: by default nothing, NA, N/A, NaN, nan, null, NULL or ?.</summary>
    member val MissingMarkers = [| ""; "NA"; "N/A"; "NaN"; "nan"; "null"; "NULL"; "?" |] with get, set

    /// <summary>The type of number of the features; targets are always kept in 64 bits.</summary>
    member val Numbers = NumberType.Double with get, set

    /// <summary>The schema of a data set that was read before: the same columns become the same features and classes, whatever
    /// target, columns and words are named here.</summary>
    member val Schema: CsvSchema = null with get, set

    /// <summary>How many threads read; null, the default, for as many as there are processors. It changes no bit.</summary>
    member val Threads = Nullable<int>() with get, set

/// What a CSV file became: features are an array of float32 or of float.
[<NoEquality; NoComparison>]
type internal CsvTable =
    { features: Array; width: int; targets: float[]; labels: int[]; featureNames: string[]; schema: CsvSchema }

module internal Csv =

    let private mostColumns = 1_000_000

    /// Labels are positions in a list of names of at most so many.
    let private mostClasses = 65536

    /// Each word of a column makes every row longer.
    let private mostWords = 1024

    let private strict = UTF8Encoding(false, true)

    let private problems (settings: CsvSettings) =
        let isDelimiter c = c < '\128' && not (Char.IsAsciiLetterOrDigit c) && not (Seq.contains c "\"\r\n+-.\000")
        let isDefined (value: 'e when 'e: struct and 'e :> Enum and 'e: (new: unit -> 'e)) = Enum.IsDefined<'e> value
        let isList (names: string[]) = not (isNull names) && not (Array.contains null names)
        [ yield!
              Problem.unless
                  (not settings.Delimiter.HasValue || isDelimiter settings.Delimiter.Value)
                  "Delimiter"
                  settings.Delimiter
                  "one character of ASCII, no letter, digit, quote, sign, point or end of a line"
          yield!
              Problem.unless
                  (not settings.Comment.HasValue || isDelimiter settings.Comment.Value && settings.Comment <> settings.Delimiter)
                  "Comment"
                  settings.Comment
                  "a character like a delimiter, and another one"
          yield!
              Problem.unless (not settings.Threads.HasValue || settings.Threads.Value >= 1) "Threads" settings.Threads "1 or more"
          yield! Problem.unless (isDefined settings.Header) "Header" settings.Header "Auto, Present or Absent"
          yield! Problem.unless (isDefined settings.TargetKind) "TargetKind" settings.TargetKind "Auto, Numbers or Classes"
          yield! Problem.unless (isDefined settings.Missing) "Missing" settings.Missing "Error, DropRow or Mean"
          yield! Problem.unless (isDefined settings.Numbers) "Numbers" settings.Numbers "Single or Double"
          for name, list in [ "Without", settings.Without; "OneHot", settings.OneHot; "MissingMarkers", settings.MissingMarkers ] do
              yield! Problem.unless (isList list) name "null, or has a null" "a list of words"
          yield! Problem.unless (isNull settings.Columns || isList settings.Columns) "Columns" "a list with a null" "words" ]

    // ---- what is wrong --------------------------------------------------------------------------------------------

    /// Says what is wrong in the words of people.
    let private refuse input (dialect: TextDialect) (names: string[]) (plan: CsvPlan) (fault: TextFault) =
        let row = TextInput.at input dialect.Newline fault.Place
        let place = say $"{row}, column '{names[min fault.Column (names.Length - 1)]}'"
        let action = plan.Columns[min fault.Column (names.Length - 1)]
        match fault.Problem with
        | TextProblem.NotANumber when action = CsvPlan.Target -> Errors.targetNotANumber place fault.Text
        | TextProblem.NotANumber -> Errors.notANumber place fault.Text
        | TextProblem.BeyondRange -> Errors.beyondRange place fault.Text
        | TextProblem.Missing -> Errors.missingValue place fault.Text
        | TextProblem.TooFewFields -> Errors.fewerFields row (fault.Column + 1) names.Length
        | TextProblem.TooManyFields -> Errors.moreFields row names.Length
        | TextProblem.QuoteInField -> Errors.quoteInField place
        | TextProblem.QuoteNotClosed -> Errors.openQuote place
        | TextProblem.TextBehindQuote -> Errors.textBehindQuote place fault.Text
        | TextProblem.CarriageReturn -> Errors.carriageReturn place
        | TextProblem.FieldTooLong when action <= CsvPlan.FirstWords -> Errors.longField place CsvRows<float>.MostWordBytes
        | TextProblem.FieldTooLong -> Errors.longField place CsvRows<float>.MostFieldBytes
        | TextProblem.RowTooLong -> Errors.longRow row TextRows.MostRowBytes
        | TextProblem.ZeroByte -> Errors.zeroByte row
        | TextProblem.NotUtf8 -> Errors.notUtf8 place fault.Text
        | TextProblem.TooManyWords ->
            // The line would be that of whichever thread came first.
            Errors.manyWords (say $"{input.name}, column '{names[fault.Column]}'") plan.Words[CsvPlan.FirstWords - action].Most
        | TextProblem.Changed -> Errors.changedText row
        | other -> invalidOp (say $"{other}")

    // ---- the first rows ---------------------------------------------------------------------------------------------

    /// The bytes that a text begins with: some rows at least, unless they are too long to be rows.
    let private head (input: TextInput) =
        let rec read length =
            let bytes = Array.zeroCreate<byte>(int (min (int64 length) input.source.Length))
            input.source.Read(0L, bytes)
            let hasRows (newline: byte) = MemoryExtensions.Count(ReadOnlySpan<byte> bytes, newline) > 2
            let isAll = bytes.LongLength = input.source.Length
            if isAll || length >= TextRows.MostRowBytes || hasRows 10uy || hasRows 13uy then
                bytes
            else
                read (4 * length)
        read (1 <<< 16)

    /// The end of the first line that is not within quotes: whether it is a carriage return alone.
    let private newlineOf (head: byte[]) =
        let rec from at quoted =
            if at >= head.Length then 10uy
            elif head[at] = 34uy then from (at + 1) (not quoted)
            elif quoted then from (at + 1) quoted
            elif head[at] = 10uy then 10uy
            elif head[at] = 13uy then (if at + 1 < head.Length && head[at + 1] <> 10uy then 13uy else 10uy)
            else from (at + 1) quoted
        from 0 false

    /// Where the next row begins: behind lines that are empty or a comment.
    let rec private skip (dialect: TextDialect) (head: byte[]) at =
        let next at = if at < head.Length then int head[at] else -1
        let newline = int dialect.Newline
        if next at = newline then
            skip dialect head (at + 1)
        elif next at = 13 && next (at + 1) = newline then
            skip dialect head (at + 2)
        elif next at >= 0 && next at = dialect.Comment then
            match Array.IndexOf(head, dialect.Newline, at) with
            | -1 -> head.Length
            | stop -> skip dialect head (stop + 1)
        else
            at

    /// The rows that are wholly in the head, from a place on, as their fields.
    let private rowsOf (dialect: TextDialect) (head: byte[]) isAll start =
        start
        |> Seq.unfold (fun at ->
            let first = skip dialect head at
            if first >= head.Length then
                None
            else
                let fields = List<byte[]>()
                let struct (problem, length) =
                    CsvText.Split(ReadOnlySpan(head, first, head.Length - first), dialect, mostColumns + 1, fields)
                let whole = first + length < head.Length || isAll
                if problem <> TextProblem.None || not whole then None else Some(fields.ToArray(), first + length))

    /// The delimiter by which the first rows have as many fields each, and more than one; a comma is the last to be thought of,
    /// because other countries write decimals with it.
    let private delimiterOf newline comment head isAll start =
        let counts delimiter =
            rowsOf (TextDialect(delimiter, newline, byte '"', comment)) head isAll start
            |> Seq.truncate 20
            |> Seq.map _.Length
            |> Seq.toList
        let candidates = [ for c in "\t;|," -> byte c, counts (byte c) ]
        let isAlike (_, counts) = counts <> [] && List.head counts > 1 && List.forall ((=) (List.head counts)) counts
        match List.tryFind isAlike candidates with
        | Some(delimiter, _) -> delimiter
        | None ->
            match List.tryFind (fun (_, counts) -> List.exists (fun count -> count > 1) counts) (List.rev candidates) with
            | Some(delimiter, _) -> delimiter
            | None -> byte ','

    let private isNumber (field: byte[]) = Decimals.IsNumber(ReadOnlySpan field)

    /// The names in the first row.
    let private namesOf place file (fields: byte[][]) =
        let names =
            fields
            |> Array.mapi (fun i field ->
                let most = CsvRows<float>.MostWordBytes
                if field.Length > most then Errors.longField (say $"{place}, column {i + 1}") most
                try
                    if field.Length = 0 then say $"column {i + 1}" else strict.GetString field
                with :? DecoderFallbackException ->
                    Errors.notUtf8 place (CsvText.Print(ReadOnlySpan field)))
        let seen = Dictionary<string, int>()
        names
        |> Array.iteri (fun i name -> if not (seen.TryAdd(name, i)) then Errors.repeatedName file name (seen[name] + 1) (i + 1))
        names

    // ---- columns ----------------------------------------------------------------------------------------------------

    /// How many letters have to be changed, put in or taken out to make one word of another.
    let private distance (a: string) (b: string) =
        let a, b = a.ToLowerInvariant(), b.ToLowerInvariant()
        let first = [| 0 .. b.Length |]
        let next (above: int[]) (letter: char) =
            let row = Array.create above.Length (above[0] + 1)
            for j in 1 .. b.Length do
                let change = if b[j - 1] = letter then 0 else 1
                row[j] <- min (above[j - 1] + change) (1 + min above[j] row[j - 1])
            row
        Seq.fold next first a |> Array.last

    let private find file (names: string[]) (name: string) =
        match Array.IndexOf(names, name) with
        | -1 ->
            let shown = 10
            let cut (word: string) = word.Substring(0, min 64 word.Length)
            let some = names |> Array.truncate 10_000 |> List.ofArray
            let nearest = some |> List.sortBy (fun other -> distance (cut name) (cut other)) |> List.truncate shown
            let listed = nearest |> List.map (fun other -> say $"'{other}'") |> String.concat ", "
            Errors.noColumnNamed file name (if names.Length > shown then listed + ", …" else listed)
        | index -> index

    /// The words of a column: as numbers where all are, otherwise by their characters.
    let private sorted (words: CsvWords) =
        let words = Seq.toArray words.Collected
        Array.Sort(words, StringComparer.Ordinal)
        if words |> Array.forall (fun word -> isNumber (strict.GetBytes word)) then
            words |> Array.sortBy (fun word -> Double.Parse(word, Globalization.CultureInfo.InvariantCulture))
        else
            words

    /// The columns to read: features whose words are not known yet have none, and so have classes.
    [<NoEquality; NoComparison>]
    type private Columns = { features: CsvFeature[]; target: int; classes: string[]; isClass: bool }

    let private ofSchema file (names: string[]) named (schema: CsvSchema) =
        let place name index =
            if named && schema.Named then find file names name
            elif index < names.Length then index
            else Errors.noColumnAt file index names.Length
        { features = schema.Features |> Array.map (fun feature -> { feature with index = place feature.name feature.index })
          target = place schema.Target schema.TargetIndex
          classes = schema.Classes
          isClass = not (isNull schema.Classes) }

    let private ofSettings file (names: string[]) isClass (settings: CsvSettings) =
        let find = find file names
        let target =
            if not (isNull settings.Target) then
                find settings.Target
            else
                let index = settings.TargetIndex
                let counted = if index < 0 then names.Length + index else index
                if counted < 0 || counted >= names.Length then Errors.noColumnAt file index names.Length
                counted
        let left = set (Array.map find settings.Without)
        let hot = set (Array.map find settings.OneHot)
        let taken = if isNull settings.Columns then [| 0 .. names.Length - 1 |] else Array.map find settings.Columns
        let features = taken |> Array.distinct |> Array.filter (fun index -> index <> target && not (left.Contains index))
        if features.Length = 0 then Errors.noFeatures file names.Length
        { features =
            [| for index in features ->
                   { name = names[index]
                     index = index
                     words = if hot.Contains index then [||] else null
                     dropsFirst = settings.DropFirst && hot.Contains index
                     mean = nan } |]
          target = target
          classes = if isClass target then [||] else null
          isClass = isClass target }

    // ---- reading ----------------------------------------------------------------------------------------------------

    let private planOf (settings: CsvSettings) dialect count (columns: Columns) collected =
        let actions = Array.create count CsvPlan.Skipped
        let words = List<CsvWords>()
        let addWords index made =
            actions[index] <- CsvPlan.FirstWords - words.Count
            words.Add made
        let mutable width = 0
        for feature in columns.features do
            match feature.words with
            | null ->
                if not collected then () else actions[feature.index] <- width
                width <- width + 1
            | known when collected ->
                addWords feature.index (CsvWords(known, width, feature.Without))
                width <- width + feature.Width
            | _ -> addWords feature.index (CsvWords mostWords)
        if columns.isClass then
            addWords columns.target (if collected then CsvWords(columns.classes, -1) else CsvWords mostClasses)
        elif collected then
            actions[columns.target] <- CsvPlan.Target
        CsvPlan(
            Dialect = dialect,
            Columns = actions,
            Width = width,
            Words = words.ToArray(),
            Markers = (settings.MissingMarkers |> Array.map (fun (marker: string) -> strict.GetBytes marker)),
            MayMiss = (settings.Missing <> MissingValues.Error)
        )

    /// The features' names: a column of words has one for each.
    let private featureNames (features: CsvFeature[]) =
        [| for feature in features do
               if isNull feature.words then
                   yield feature.name
               else
                   yield! feature.words |> Array.skip feature.Without |> Array.map (fun word -> say $"{feature.name}={word}") |]

    let inline private resized (values: ^T[]) length =
        if isNull values || values.Length = length then values else Array.sub values 0 length

    /// Fills what is missing, or removes the rows; the features then, targets, labels, and the columns with their means.
    let private mend file (settings: CsvSettings) (columns: Columns) width (x: 'T[]) (targets: float[]) (labels: int[]) =
        if settings.Missing = MissingValues.DropRow then
            let kept = Gaps.Close(x.AsSpan(), width, targets.AsSpan(), labels.AsSpan())
            resized x (kept * width), resized targets kept, resized labels kept, columns
        else
            let isMissing =
                not (isNull targets) && Array.exists Double.IsNaN targets || not (isNull labels) && Array.contains -1 labels
            if isMissing then Errors.noMean file "a target"
            let fill place (feature: CsvFeature) =
                match feature.words with
                | null ->
                    if Gaps.First(ReadOnlySpan x, width, place) < 0 then
                        feature, place + 1
                    else
                        let mean = if Double.IsNaN feature.mean then Gaps.Mean(ReadOnlySpan x, width, place) else feature.mean
                        if Double.IsNaN mean then Errors.nothingButMissing (say $"{file}, column '{feature.name}'")
                        Gaps.Fill(x.AsSpan(), width, place, mean)
                        { feature with mean = mean }, place + 1
                | _ ->
                    if feature.Width > 0 && Gaps.First(ReadOnlySpan x, width, place) >= 0 then
                        Errors.noMean (say $"{file}, column '{feature.name}'") "a word"
                    feature, place + feature.Width
            let features, _ = Array.mapFold fill 0 columns.features
            x, targets, labels, { columns with features = features }

    /// What is known of a text when it has been looked through, and before its rows are parsed.
    [<NoEquality; NoComparison>]
    type Examined =
        private
            { input: TextInput
              settings: CsvSettings
              dialect: TextDialect
              names: string[]
              named: bool
              columns: Columns
              chunks: TextChunk[]
              threads: int }

    /// Parses all rows; how many lack a value.
    let private parseRows<'T
        when 'T: unmanaged
        and 'T: struct
        and 'T: (new: unit -> 'T)
        and 'T :> ValueType
        and 'T :> Numerics.IBinaryFloatingPointIeee754<'T>>
        (examined: Examined)
        (plan: CsvPlan)
        (x: 'T[])
        targets
        labels
        =
        let { input = input; dialect = dialect; names = names; chunks = chunks; threads = threads } = examined
        let reader = CsvRows<'T>(input.source, plan, chunks, x, targets, labels)
        match reader.Run threads with
        | null -> reader.Missing
        | fault when fault.Problem = TextProblem.UnknownWord ->
            let action = plan.Columns[fault.Column]
            let known = sorted plan.Words[CsvPlan.FirstWords - action]
            let shown = String.Join(", ", Array.truncate 10 known) + (if known.Length > 10 then ", …" else "")
            let row = TextInput.at input dialect.Newline fault.Place
            Errors.unknownWord (say $"{row}, column '{names[fault.Column]}'") fault.Text shown
        | fault -> refuse input dialect names plan fault

    /// The columns with all their words. They are numbered when all are known, so that their numbers do not depend on who came
    /// first.
    let private known (examined: Examined) =
        let columns = examined.columns
        let isUnknown = not (isNull columns.classes) && columns.classes.Length = 0
        if not isUnknown && not (Array.exists (fun feature -> feature.words = [||]) columns.features) then
            columns
        else
            let plan = planOf examined.settings examined.dialect examined.names.Length columns false
            parseRows<float> examined plan [||] null null |> ignore
            let wordsAt index = sorted plan.Words[CsvPlan.FirstWords - plan.Columns[index]]
            { columns with
                features =
                    columns.features
                    |> Array.map (fun feature ->
                        if isNull feature.words then feature else { feature with words = wordsAt feature.index })
                classes = if isUnknown then wordsAt columns.target else columns.classes }

    let private rows<'T
        when 'T: unmanaged
        and 'T: struct
        and 'T: (new: unit -> 'T)
        and 'T :> ValueType
        and 'T :> Numerics.IBinaryFloatingPointIeee754<'T>>
        (examined: Examined)
        =
        let { input = input; settings = settings; dialect = dialect; names = names; named = named; chunks = chunks } = examined
        let columns = known examined
        let plan = planOf settings dialect names.Length columns true
        let count = chunks |> Array.sumBy (fun chunk -> int64 chunk.Rows)
        if count * int64 (max 1 plan.Width) > int64 Array.MaxLength then Errors.manyValues input.name count plan.Width
        let count = int count
        let x = GC.AllocateUninitializedArray<'T>(count * plan.Width)
        let targets = if columns.isClass then null else GC.AllocateUninitializedArray<float> count
        let labels = if columns.isClass then GC.AllocateUninitializedArray<int> count else null
        let missing = parseRows examined plan x targets labels
        let x, targets, labels, columns =
            if missing = 0 then
                x, targets, labels, columns
            else
                mend input.name settings columns plan.Width x targets labels
        { features = x
          width = plan.Width
          targets = targets
          labels = labels
          featureNames = featureNames columns.features
          schema = CsvSchema(columns.features, names[columns.target], columns.target, columns.classes, named) }

    /// Finds out what a text is, and where its rows begin.
    let examine (input: TextInput) (settings: CsvSettings) =
        match problems settings with
        | [] -> ()
        | problems -> Errors.settings problems
        let source, file = input.source, input.name
        let threads = if settings.Threads.HasValue then settings.Threads.Value else Workers.Usual
        if source.Length = 0L then Errors.noText file
        let head = head input
        let isAll = head.LongLength = source.Length
        let startsWith (mark: byte list) =
            head.Length >= mark.Length && List.forall2 (=) mark (List.ofArray head[.. mark.Length - 1])
        if startsWith [ 0xFFuy; 0xFEuy ] || startsWith [ 0xFEuy; 0xFFuy ] then Errors.notUtf8Text file
        let start = if startsWith [ 0xEFuy; 0xBBuy; 0xBFuy ] then 3 else 0
        let newline = newlineOf head
        let comment = if settings.Comment.HasValue then int settings.Comment.Value else -1
        let delimiter =
            if settings.Delimiter.HasValue then
                byte settings.Delimiter.Value
            else
                delimiterOf newline comment head isAll start
        let dialect = TextDialect(delimiter, newline, byte '"', comment)
        let first = skip dialect head start
        if first >= head.Length then
            if isAll then
                Errors.noText file
            else
                Errors.longRow (TextInput.at input newline 0L) TextRows.MostRowBytes
        let fields = List<byte[]>()
        let struct (problem, length) =
            CsvText.Split(ReadOnlySpan(head, first, head.Length - first), dialect, mostColumns + 1, fields)
        let place = TextInput.at input newline (int64 first)
        if fields.Count > mostColumns then Errors.manyColumns place mostColumns
        if problem <> TextProblem.None then
            let names = Array.init (fields.Count + 1) (fun i -> string (i + 1))
            let plan =
                CsvPlan(
                    Dialect = dialect,
                    Columns = Array.create names.Length -1,
                    Width = 0,
                    Words = [||],
                    Markers = [||],
                    MayMiss = false
                )
            refuse input dialect names plan (TextFault(problem, int64 (first + length), fields.Count, ""))
        let fields = fields.ToArray()
        let isMissing (field: byte[]) =
            settings.MissingMarkers |> Array.exists (fun (marker: string) -> strict.GetBytes marker = field)
        let named =
            match settings.Header with
            | CsvHeader.Present -> true
            | CsvHeader.Absent -> false
            | _ -> not (Array.exists isNumber fields) && not (Array.forall isMissing fields)
        let names = if named then namesOf place file fields else Array.init fields.Length (fun i -> say $"x{i + 1}")
        let begins = if named then int64 (first + length) else int64 first
        if skip dialect head (int begins) >= head.Length && isAll then Errors.onlyHeader file
        let isClass target =
            match settings.TargetKind with
            | CsvTarget.Numbers -> false
            | CsvTarget.Classes -> true
            | _ ->
                rowsOf dialect head isAll (int begins)
                |> Seq.tryPick (fun fields ->
                    if target >= fields.Length || isMissing fields[target] then None else Some fields[target])
                |> Option.exists (isNumber >> not)
        let columns =
            if isNull settings.Schema then
                ofSettings file names isClass settings
            else
                ofSchema file names named settings.Schema
        let names = if named then names else Array.updateAt columns.target "y" names
        let chunks = TextScan.Run(source, begins, dialect, threads)
        for chunk in chunks do
            if chunk.Nul >= 0L then Errors.zeroByte (TextInput.at input newline chunk.Nul)
        { input = input
          settings = settings
          dialect = dialect
          names = names
          named = named
          columns = columns
          chunks = chunks
          threads = threads }

    let private parseAll (examined: Examined) =
        match examined.settings.Numbers with
        | NumberType.Single -> rows<float32> examined
        | _ -> rows<float> examined

    let private isEmpty (table: CsvTable) = (if isNull table.labels then table.targets.Length else table.labels.Length) = 0

    let private hasRows (chunk: TextChunk) = chunk.Rows > 0

    let readInput (input: TextInput) (settings: CsvSettings) =
        let examined = examine input settings
        let table = parseAll examined
        if isEmpty table && Array.exists hasRows examined.chunks then Errors.noRowsLeft input.name
        table

    /// The rows in parts of so many chunks each, without parts of which no row is left; the words of columns are those of all.
    let inParts (chunksOfPart: int) (examined: Examined) =
        let examined = { examined with columns = known examined }
        let input = examined.input
        let parts = examined.chunks |> Array.filter hasRows |> Array.chunkBySize chunksOfPart
        // The last row of a part ends where the next part begins.
        let ends i = if i + 1 < parts.Length then parts[i + 1].[0].First else input.source.Length
        seq {
            let mutable isLeft = false
            for i in 0 .. parts.Length - 1 do
                let input = { input with source = input.source.Before(ends i) }
                let table = parseAll { examined with input = input; chunks = parts[i] }
                if not (isEmpty table) then
                    isLeft <- true
                    yield table
            if parts.Length > 0 && not isLeft then Errors.noRowsLeft input.name
        }

    let read path (settings: CsvSettings) =
        ArgumentNullException.ThrowIfNull(settings, nameof settings)
        TextInput.ofFile path (fun input -> readInput input settings)

    /// The rows of a file, part after part.
    let streamed path (settings: CsvSettings) cancellation =
        // 4 MiB of text.
        let chunksOfPart = 16
        seq {
            use source = TextInput.ofFile path (fun _ -> ByteSource.OfFile path)
            let input = { name = path; source = source.Until cancellation }
            use parts = (TextInput.ofSource input (fun input -> inParts chunksOfPart (examine input settings))).GetEnumerator()
            while TextInput.ofSource input (fun _ -> parts.MoveNext()) do
                yield parts.Current
        }

    let parse text (settings: CsvSettings) =
        ArgumentNullException.ThrowIfNull(settings, nameof settings)
        TextInput.ofText text (fun input -> readInput input settings)

    let readStream stream (settings: CsvSettings) =
        ArgumentNullException.ThrowIfNull(settings, nameof settings)
        TextInput.ofStream stream (fun input -> readInput input settings)
