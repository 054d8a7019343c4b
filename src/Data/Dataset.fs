// Rows of numbers, and what is to be predicted of each.
//
//   features  [n; d]   bytes, 32-bit or 64-bit numbers, row after row in one array; or sparse rows of numbers, where zeros are
//                      not kept
//   targets   [n; q]   numbers, or [n] classes 0 to k − 1 with their names
//   weights   [n]      how much each row counts, or none, which is 1 for each; a row of weight 0 is a row removed
//
// A data set keeps numbers as they were measured: pixels stay the bytes 0 to 255. To scale them is a model's work
// (`Model.scale`), so that whoever predicts hands in what was measured, too.

namespace LinearNets

open System
open System.Collections.Generic
open System.Globalization
open System.Linq.Expressions
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Threading
open System.Threading.Tasks
open LinearNets.FSharp
open LinearNets.Kernels

/// <summary>The height and width of images that are rows of a data set.</summary>
[<Struct>]
type ImageShape =
    {
        /// <summary>Rows of pixels.</summary>
        Height: int
        /// <summary>Pixels in a row.</summary>
        Width: int
    }

    /// <summary>Height × width.</summary>
    override shape.ToString() = say $"{shape.Height}×{shape.Width}"

[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal Features =
    | Bytes of byte[]
    | Singles of float32[]
    | Doubles of float[]
    | SparseSingles of CompressedRows<float32>
    | SparseDoubles of CompressedRows<float>

[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal Targets =
    /// A row of so many numbers for each row of features, one after the other.
    | Numbers of values: float[] * outputs: int
    | Classes of labels: int[]

/// What a data set is made of.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal Table =
    {
        rows: int
        columns: int
        features: Features
        targets: Targets
        /// Null where every row counts as one.
        weights: float[]
        featureNames: string[]
        targetNames: string[]
        classNames: string[]
        image: Nullable<ImageShape>
        /// Null where the columns and classes are not those of a file of text.
        schema: CsvSchema
        /// Where the rows come from; empty where nobody said.
        source: string
    }

module internal Table =

    let private checkLabels labels =
        labels
        |> Array.iteri (fun row label ->
            if label < 0 || label > Labels.largestClass then Errors.classNumber row label Labels.largestClass)

    let numbered name count = if count = 1 then [| name |] else Array.init count (fun i -> name + string (i + 1))

    /// So many numbers at most are made dense at once of sparse rows.
    let mostDense = 1 <<< 25

    /// For loops that are over dense rows.
    let notDense () = invalidOp "Sparse rows were to be made dense before."

    /// Names of more columns would take gigabytes.
    let private mostColumns = 1 <<< 25

    /// Takes the arrays as they are: they are the table's from now on.
    let create columns features targets : Table =
        if columns < 1 then Errors.noColumns "features"
        if columns > mostColumns then
            Errors.require "The number of features" false columns (say $"{mostColumns} or fewer, for each has a name")
        let ofValues count =
            if count % columns <> 0 then Errors.pixels count columns
            count / columns
        let rows =
            match features with
            | Features.Bytes x -> ofValues x.Length
            | Features.Singles x -> ofValues x.Length
            | Features.Doubles x -> ofValues x.Length
            | Features.SparseSingles x -> x.Count
            | Features.SparseDoubles x -> x.Count
        let targetRows =
            match targets with
            | Targets.Numbers(_, 0) -> Errors.noColumns "targets"
            | Targets.Numbers(y, outputs) -> y.Length / outputs
            | Targets.Classes labels -> labels.Length
        if targetRows <> rows then Errors.unaligned "dataset" "targets" [| rows; columns |] [| targetRows |]
        if rows = 0 then Errors.empty "dataset"
        let targetNames, classNames =
            match targets with
            | Targets.Numbers(_, outputs) -> numbered "y" outputs, [||]
            | Targets.Classes labels ->
                checkLabels labels
                [| "class" |], Array.init (Array.max labels + 1) string
        { rows = rows
          columns = columns
          features = features
          targets = targets
          weights = null
          featureNames = numbered "x" columns
          targetNames = targetNames
          classNames = classNames
          image = Nullable()
          schema = null
          source = "" }

    /// What the features are kept as.
    let stored (table: Table) =
        match table.features with
        | Features.Bytes _ -> "bytes"
        | Features.Singles _ -> "32-bit numbers"
        | Features.Doubles _ -> "64-bit numbers"
        | Features.SparseSingles _ -> "sparse 32-bit numbers"
        | Features.SparseDoubles _ -> "sparse 64-bit numbers"

    /// How many values sparse rows keep.
    let tryKeptValues (table: Table) =
        match table.features with
        | Features.SparseSingles x -> Some x.Values.Length
        | Features.SparseDoubles x -> Some x.Values.Length
        | _ -> None

    let kind (table: Table) = if table.targets.IsClasses then "classes" else "numbers"

    /// The place of a feature.
    let column (table: Table) (name: string) =
        match Array.IndexOf(table.featureNames, name) with
        | -1 -> Errors.noFeature name table.featureNames
        | place -> place

    /// The same with class numbers and the names of the classes, or null where the numbers are the names.
    let createLabelled columns features (labels: int[], names: string[]) : Table =
        let table = create columns features (Targets.Classes labels)
        if isNull names then table else { table with classNames = names }

    /// Where rows come from that were taken of others.
    let from (table: Table) part = if table.source = "" then "" else table.source + ", " + part

    /// An array of float32 or of float, which is the table's from now on.
    let dense (values: Array) =
        match values with
        | :? (float32[]) as x -> Features.Singles x
        | x -> Features.Doubles(x :?> float[])

    /// What a CSV file became; the arrays are the table's from now on.
    let ofCsv (read: CsvTable) : Table =
        let targets = if isNull read.labels then Targets.Numbers(read.targets, 1) else Targets.Classes read.labels
        { create read.width (dense read.features) targets with
            featureNames = read.featureNames
            targetNames = [| read.schema.Target |]
            classNames = Seq.toArray read.schema.ClassNames
            schema = read.schema }

    /// The values of a matrix, row after row.
    let flat (matrix: 'T[,]) =
        let values = GC.AllocateUninitializedArray<'T> matrix.Length
        if matrix.Length > 0 then
            MemoryMarshal.CreateReadOnlySpan(&matrix[0, 0], matrix.Length).CopyTo(values.AsSpan())
        values

    /// How long the first row is.
    let width (rows: 'T[][]) = if rows.Length = 0 || isNull rows[0] then 0 else rows[0].Length

    /// The values of rows, one after the other.
    let joined what (rows: 'T[][]) =
        rows
        |> Array.iteri (fun i row ->
            if isNull row then Errors.noRow what i
            if row.Length <> rows[0].Length then Errors.ragged what i row.Length rows[0].Length)
        Array.concat rows

    /// Some of the rows, copied.
    let pick (rows: int[]) (table: Table) : Table =
        rows |> Array.iter (fun row -> if row < 0 || row >= table.rows then Errors.row "dataset" row table.rows)
        if rows.Length = 0 then Errors.empty "dataset"
        let take columns (values: 'T[]) =
            let taken = GC.AllocateUninitializedArray<'T>(rows.Length * columns)
            PickRows.Copy(ReadOnlySpan values, columns, ReadOnlySpan rows, taken.AsSpan())
            taken
        { table with
            rows = rows.Length
            features =
                match table.features with
                | Features.Bytes x -> Features.Bytes(take table.columns x)
                | Features.Singles x -> Features.Singles(take table.columns x)
                | Features.Doubles x -> Features.Doubles(take table.columns x)
                | Features.SparseSingles x -> Features.SparseSingles(x.Pick(ReadOnlySpan rows))
                | Features.SparseDoubles x -> Features.SparseDoubles(x.Pick(ReadOnlySpan rows))
            targets =
                match table.targets with
                | Targets.Numbers(y, outputs) -> Targets.Numbers(take outputs y, outputs)
                | Targets.Classes labels -> Targets.Classes(take 1 labels)
            weights = if isNull table.weights then null else take 1 table.weights }

    /// A table without rows.
    let empty columns features targets : Table =
        { rows = 0
          columns = columns
          features = features
          targets = targets
          weights = null
          featureNames = numbered "x" columns
          targetNames =
            (match targets with
             | Targets.Numbers(_, outputs) -> numbered "y" outputs
             | Targets.Classes _ -> [| "class" |])
          classNames = [||]
          image = Nullable()
          schema = null
          source = "" }

    /// A table of its own with room for so many rows, of which so many are those of another.
    let withRoom rows kept (table: Table) : Table =
        let resized columns (values: 'T[]) =
            let into = GC.AllocateUninitializedArray<'T>(rows * columns)
            values.AsSpan(0, kept * columns).CopyTo(into.AsSpan())
            into
        { table with
            rows = rows
            features =
                (match table.features with
                 | Features.Bytes x -> Features.Bytes(resized table.columns x)
                 | Features.Singles x -> Features.Singles(resized table.columns x)
                 | Features.Doubles x -> Features.Doubles(resized table.columns x)
                 | Features.SparseSingles _
                 | Features.SparseDoubles _ -> notDense ())
            targets =
                (match table.targets with
                 | Targets.Numbers(y, outputs) -> Targets.Numbers(resized outputs y, outputs)
                 | Targets.Classes labels -> Targets.Classes(resized 1 labels))
            weights = (if isNull table.weights then null else resized 1 table.weights) }

    /// The first rows; the same table where it has no more.
    let truncated rows (table: Table) = if table.rows = rows then table else withRoom rows rows table

    /// Rows that follow one another, put where others were.
    let copy (from: Table) (first: int) (count: int) (into: Table) (at: int) =
        let copy (columns: int) (values: 'T[]) (into: 'T[]) =
            Array.Copy(values, first * columns, into, at * columns, count * columns)
        let unlike () = invalidOp "Rows are put among those of another kind."
        match from.features, into.features with
        | Features.Bytes x, Features.Bytes y -> copy from.columns x y
        | Features.Singles x, Features.Singles y -> copy from.columns x y
        | Features.Doubles x, Features.Doubles y -> copy from.columns x y
        | _ -> unlike ()
        match from.targets, into.targets with
        | Targets.Numbers(x, outputs), Targets.Numbers(y, _) -> copy outputs x y
        | Targets.Classes x, Targets.Classes y -> copy 1 x y
        | _ -> unlike ()
        if not (isNull from.weights) then copy 1 from.weights into.weights

    /// How many bytes a row has.
    let rowBytes (table: Table) =
        let features =
            match table.features with
            | Features.Bytes _ -> 1L
            | Features.Singles _ -> 4L
            | Features.Doubles _ -> 8L
            | Features.SparseSingles _
            | Features.SparseDoubles _ -> notDense ()
        let targets =
            match table.targets with
            | Targets.Numbers(_, outputs) -> 8L * int64 outputs
            | Targets.Classes _ -> 4L
        features * int64 table.columns + targets + (if isNull table.weights then 0L else 8L)

    /// Some of the columns, copied.
    let select (columns: int[]) (table: Table) : Table =
        let take (values: 'T[]) =
            let taken = GC.AllocateUninitializedArray<'T>(table.rows * columns.Length)
            for row in 0 .. table.rows - 1 do
                for column in 0 .. columns.Length - 1 do
                    taken[row * columns.Length + column] <- values[row * table.columns + columns[column]]
            taken
        { table with
            columns = columns.Length
            features =
                match table.features with
                | Features.Bytes x -> Features.Bytes(take x)
                | Features.Singles x -> Features.Singles(take x)
                | Features.Doubles x -> Features.Doubles(take x)
                | Features.SparseSingles x -> Features.SparseSingles(x.Select columns)
                | Features.SparseDoubles x -> Features.SparseDoubles(x.Select columns)
            featureNames = columns |> Array.map (fun column -> table.featureNames[column])
            image = Nullable()
            schema = null }

    /// The rows of all, one table after another; they have the same columns and the same kind of targets.
    let concat (tables: Table list) : Table =
        let first = tables.Head
        let rows = tables |> List.sumBy (fun table -> int64 table.rows)
        let kept = tables |> List.sumBy (fun table -> int64 (defaultArg (tryKeptValues table) 0))
        let most = say $"{Array.MaxLength} or fewer"
        Errors.require "The number of values that are kept of all" (kept <= int64 Array.MaxLength) kept most
        let width = if (tryKeptValues first).IsSome then 1 else first.columns
        let largest = Array.MaxLength / max width first.targetNames.Length
        Errors.require "The number of rows of all" (rows <= int64 largest) rows (say $"{largest} or fewer")
        let all (values: Table -> 'T[]) = tables |> List.map values |> Array.concat
        let unlike () = invalidOp "Tables of different kinds are not put together."
        let classNames = all _.classNames |> Array.distinct
        { first with
            rows = int rows
            schema = null
            features =
                match first.features with
                | Features.Bytes _ ->
                    Features.Bytes(
                        all (fun table ->
                            match table.features with
                            | Features.Bytes x -> x
                            | _ -> unlike ())
                    )
                | Features.Singles _ ->
                    Features.Singles(
                        all (fun table ->
                            match table.features with
                            | Features.Singles x -> x
                            | _ -> unlike ())
                    )
                | Features.Doubles _ ->
                    Features.Doubles(
                        all (fun table ->
                            match table.features with
                            | Features.Doubles x -> x
                            | _ -> unlike ())
                    )
                | Features.SparseSingles _ ->
                    let ofTable (table: Table) =
                        match table.features with
                        | Features.SparseSingles x -> x
                        | _ -> unlike ()
                    tables |> List.map ofTable |> List.toArray |> CompressedRows<float32>.Concat |> Features.SparseSingles
                | Features.SparseDoubles _ ->
                    let ofTable (table: Table) =
                        match table.features with
                        | Features.SparseDoubles x -> x
                        | _ -> unlike ()
                    tables |> List.map ofTable |> List.toArray |> CompressedRows<float>.Concat |> Features.SparseDoubles
            targets =
                match first.targets with
                | Targets.Numbers(_, outputs) ->
                    let values =
                        all (fun table ->
                            match table.targets with
                            | Targets.Numbers(y, _) -> y
                            | Targets.Classes _ -> unlike ())
                    Targets.Numbers(values, outputs)
                | Targets.Classes _ ->
                    let labels =
                        all (fun table ->
                            match table.targets with
                            | Targets.Classes labels -> Labels.renamed labels table.classNames classNames
                            | Targets.Numbers _ -> unlike ())
                    Targets.Classes labels
            weights =
                (if tables |> List.forall (fun table -> isNull table.weights) then
                     null
                 else
                     all (fun table -> if isNull table.weights then Array.create table.rows 1.0 else table.weights))
            classNames = classNames
            source =
                tables
                |> List.map _.source
                |> List.distinct
                |> List.filter (fun source -> source <> "")
                |> String.concat " + " }

    let private counts (table: Table) row = isNull table.weights || table.weights[row] > 0.0

    /// The rows that count, in order.
    let kept (table: Table) =
        let all = [| 0 .. table.rows - 1 |]
        if isNull table.weights then all else Array.filter (counts table) all

    let keptCount (table: Table) = if isNull table.weights then table.rows else (kept table).Length

    /// What each column of so many is like, over some rows.
    let private summaries rows columns (names: string[]) (features: Features) =
        let moments =
            match features with
            | Features.Bytes x -> ColumnMoments.OfBytes(x, columns, rows, Workers.Usual)
            | Features.Singles x -> ColumnMoments.Of(x, columns, rows, Workers.Usual)
            | Features.Doubles x -> ColumnMoments.Of(x, columns, rows, Workers.Usual)
            | Features.SparseSingles x -> ColumnMoments.OfSparse(x, rows)
            | Features.SparseDoubles x -> ColumnMoments.OfSparse(x, rows)
        Array.init columns (fun column ->
            let count = int moments.Count[column]
            let ifAny value = if count = 0 then nan else value
            ColumnSummary(
                names[column],
                count,
                rows.Length - count,
                ifAny moments.Mean[column],
                ifAny (sqrt (moments.SquaredDeviations[column] / float count)),
                ifAny moments.Least[column],
                ifAny moments.Greatest[column]
            ))

    /// What each feature is like, over some rows.
    let featureSummaries rows (table: Table) = summaries rows table.columns table.featureNames table.features

    /// What each target number is like.
    let targetSummaries rows (table: Table) =
        match table.targets with
        | Targets.Numbers(y, outputs) -> summaries rows outputs table.targetNames (Features.Doubles y)
        | Targets.Classes _ -> [||]

    /// The rows of each class.
    let byClass (table: Table) labels =
        let rows = Array.init table.classNames.Length (fun _ -> ResizeArray<int>())
        labels |> Array.iteri (fun row (label: int) -> rows[label].Add row)
        rows |> Array.map _.ToArray()

    /// Refuses weights that are no weights, by their row; and rows none of which counts.
    let checkWeights (weights: float[]) =
        match Array.tryFindIndex (fun weight -> not (weight >= 0.0 && weight < infinity)) weights with
        | Some row -> Errors.weight row weights[row]
        | None -> if Array.forall ((=) 0.0) weights then Errors.noWeight ()

    /// Where the first value that is not finite is, in the rows that count; -1 if there is none.
    let inline private firstNotFiniteOf (table: Table) (values: ^T[]) rowOf firstOf =
        let rec from start =
            let at = start + Finite.FirstNot(ReadOnlySpan(values, start, values.Length - start))
            if at < start then -1
            elif counts table (rowOf at) then at
            else from (firstOf (rowOf at + 1))
        from 0

    let inline private firstNotFinite (table: Table) columns (values: ^T[]) =
        firstNotFiniteOf table values (fun at -> at / columns) (fun row -> row * columns)

    /// Refuses features that are not finite, by their place; what names the data, as in "validation data", and a row's number
    /// among all is found by that in the table.
    let checkFeatures what (number: int -> int64) (table: Table) =
        let refuse at value =
            Errors.notFinite what "feature" (number (at / table.columns)) table.featureNames[at % table.columns] value
        match table.features with
        | Features.Bytes _ -> ()
        | Features.Singles x ->
            let at = firstNotFinite table table.columns x
            if at >= 0 then refuse at (float x[at])
        | Features.Doubles x ->
            let at = firstNotFinite table table.columns x
            if at >= 0 then refuse at x[at]
        | Features.SparseSingles x ->
            let at = firstNotFiniteOf table x.Values x.RowOf (fun row -> x.Starts[row])
            if at >= 0 then
                Errors.notFinite what "feature" (number (x.RowOf at)) table.featureNames[x.Columns[at]] (float x.Values[at])
        | Features.SparseDoubles x ->
            let at = firstNotFiniteOf table x.Values x.RowOf (fun row -> x.Starts[row])
            if at >= 0 then
                Errors.notFinite what "feature" (number (x.RowOf at)) table.featureNames[x.Columns[at]] x.Values[at]

    /// The same for targets.
    let checkTargets what (number: int -> int64) (table: Table) =
        match table.targets with
        | Targets.Classes _ -> ()
        | Targets.Numbers(y, outputs) ->
            let at = firstNotFinite table outputs y
            if at >= 0 then Errors.notFinite what "target" (number (at / outputs)) table.targetNames[at % outputs] y[at]

/// Sparse rows as tables, and as dense ones.
module internal SparseTable =

    let refuse (starts: int[]) (columns: int[]) values width (fault: CompressedFault) =
        match fault.Problem with
        | CompressedProblem.FirstStart ->
            let got = if starts.Length = 0 then "no starts" else say $"a first start of {starts[0]}"
            Errors.sparseRows 0 got "starts from 0, one more than there are rows: the last one is the number of values"
        | CompressedProblem.StartsDescend ->
            let first, next = starts[fault.Row], starts[fault.Row + 1]
            Errors.sparseRows
                fault.Row
                (say $"a start of {first} and the next one of {next}")
                "starts that do not descend: each is where the row before ends"
        | CompressedProblem.LastStart ->
            let got = say $"an end of {starts[min (starts.Length - 1) (fault.Row + 1)]}"
            Errors.sparseRows fault.Row got (say $"the last row, and no other, to end at {values}, the number of values")
        | CompressedProblem.Lengths ->
            Errors.sparseRows 0 (say $"{columns.Length} columns for {values} values") "a column for each value: leave neither out"
        | CompressedProblem.ColumnRange ->
            Errors.sparseRows
                fault.Row
                (say $"a value in column {columns[fault.Place]}")
                (say $"columns from 0 to {width - 1}: count from 0, or say that rows are wider")
        | _ ->
            let before = columns[fault.Place - 1]
            Errors.sparseRows
                fault.Row
                (say $"column {columns[fault.Place]} after column {before}")
                "columns that ascend in each row: sort them, and add up values of one column"

    /// Arrays of a caller's, which are copied.
    let inline ofArrays (starts: int[]) (columns: int[]) (values: ^T[]) width =
        if width < 1 then Errors.noColumns "features"
        let fault = CompressedRows< ^T>.Fault(starts, columns, values.Length, width)
        if fault.Problem <> CompressedProblem.None then refuse starts columns values.Length width fault
        CompressedRows< ^T>(Array.copy starts, Array.copy columns, Array.copy values, width)

    let private labelText (label: float) = label.ToString("R", CultureInfo.InvariantCulture)

    let private isWhole (label: float) = Double.IsInteger label && abs label < 9007199254740992.0

    /// What the numbers at the beginnings of lines are: the different ones, in increasing order, are the classes.
    let private targets (kind: LibSvmTargets) (labels: float[]) =
        let asClasses =
            match kind with
            | LibSvmTargets.Numbers -> false
            | LibSvmTargets.Classes ->
                match labels |> Array.tryFindIndex (isWhole >> not) with
                | Some row ->
                    Errors.sparseRows
                        row
                        (say $"the label {labelText labels[row]}")
                        "a whole number, for a class: read numbers by LibSvmTargets.Numbers"
                | None -> true
            | _ -> Array.forall isWhole labels
        if asClasses then
            let places, different = Labels.places labels Array.sort
            Choice2Of2(places, different |> Array.map labelText)
        else
            Choice1Of2(Targets.Numbers(labels, 1))

    /// What a file became; the arrays are the table's from now on.
    let ofFile (settings: LibSvmSettings) (read: SparseRows) : Table =
        let features =
            match read.values with
            | :? (float32[]) as x -> Features.SparseSingles(CompressedRows(read.starts, read.columns, x, read.width))
            | x -> Features.SparseDoubles(CompressedRows(read.starts, read.columns, (x :?> float[]), read.width))
        match targets settings.TargetKind read.labels with
        | Choice1Of2 numbers -> Table.create read.width features numbers
        | Choice2Of2 labels -> Table.createLabelled read.width features labels

    /// Fails unless so many rows may be made dense. A row alone is no longer than the parameters are.
    let checkDense rows columns =
        if rows > 1 && int64 rows * int64 columns > int64 Table.mostDense then
            Errors.manyDense rows columns Table.mostDense

    let dense (table: Table) : Table =
        let inline all (x: CompressedRows< ^T >) =
            let values = GC.AllocateUninitializedArray< ^T>(x.Count * x.Width)
            x.Densify(ReadOnlySpan [| 0 .. x.Count - 1 |], values.AsSpan())
            values
        match table.features with
        | Features.SparseSingles x -> { table with features = Features.Singles(all x) }
        | Features.SparseDoubles x -> { table with features = Features.Doubles(all x) }
        | _ -> table

    let sparse (table: Table) : Table =
        match table.features with
        | Features.Bytes x ->
            { table with
                features = Features.SparseSingles(CompressedRows<float32>.OfDense(ReadOnlySpan x, table.columns)) }
        | Features.Singles x ->
            { table with
                features = Features.SparseSingles(CompressedRows<float32>.OfDense(ReadOnlySpan x, table.columns)) }
        | Features.Doubles x ->
            { table with features = Features.SparseDoubles(CompressedRows<float>.OfDense(ReadOnlySpan x, table.columns)) }
        | _ -> table

    /// The rows of texts; words of one column add up, and may cancel.
    let ofTexts (hasher: TextHasher) (texts: seq<string>) : CompressedRows<float32> =
        let starts, columns, values = ResizeArray [ 0 ], ResizeArray<int>(), ResizeArray<float32>()
        let row = SortedDictionary<int, int>()
        for text in texts do
            row.Clear()
            for word in TextHasher.Words text do
                let struct (column, sign) = hasher.Place word
                row[column] <- row.GetValueOrDefault column + sign
            for entry in row do
                if entry.Value <> 0 then
                    columns.Add entry.Key
                    values.Add(float32 entry.Value)
            starts.Add columns.Count
        CompressedRows(starts.ToArray(), columns.ToArray(), values.ToArray(), hasher.Width)

    /// Rows as lines of text, `label index:value …`, indices from 1 and only for values that are not 0.
    let write path (table: Table) =
        let label: int -> string =
            match table.targets with
            | Targets.Classes labels ->
                let isNumber (name: string) = fst (Double.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture))
                let names =
                    if Array.forall isNumber table.classNames then
                        table.classNames
                    else
                        Array.init table.classNames.Length string
                fun row -> names[labels[row]]
            | Targets.Numbers(y, 1) -> fun row -> labelText y[row]
            | Targets.Numbers(_, outputs) ->
                Errors.settings
                    [ say $"There are {outputs} target numbers in a row; expected 1, which is what the format has a place for." ]
        Files.writeOr (Errors.dataNotWritten path) path (fun stream ->
            use text = new IO.StreamWriter(stream, Text.UTF8Encoding false, 1 <<< 16, true)
            let inline rows (x: CompressedRows< ^T >) =
                for row in 0 .. table.rows - 1 do
                    text.Write(label row)
                    for at in x.Starts[row] .. x.Starts[row + 1] - 1 do
                        let value = x.Values[at]
                        if float value <> 0.0 then
                            text.Write ' '
                            text.Write(x.Columns[at] + 1)
                            text.Write ':'
                            text.Write(value.ToString("R", CultureInfo.InvariantCulture))
                    text.Write '\n'
            match (sparse table).features with
            | Features.SparseSingles x -> rows x
            | Features.SparseDoubles x -> rows x
            | _ -> invalidOp "dense rows")

/// Arrays of files as tables, and back: the first index counts the rows. Whole numbers are exact, in the smallest type for which
/// features have a place.
module internal Stored =

    let private rows path (array: StoredArray) =
        if array.shape.Length = 0 then Errors.noRowsStored path
        array.shape[0]

    /// The product of the other dimensions.
    let private columns (array: StoredArray) = Array.fold (*) 1 array.shape[1..]

    /// The values as 64-bit numbers.
    let floats path (array: StoredArray) =
        match array.values with
        | StoredValues.Bytes x -> Array.map float x
        | StoredValues.SignedBytes x -> Array.map float x
        | StoredValues.Shorts x -> Array.map float x
        | StoredValues.Ints x -> Array.map float x
        | StoredValues.Singles x -> Array.map float x
        | StoredValues.Doubles x -> x
        | StoredValues.Longs x -> x |> Array.mapi (fun at value -> WholeNumber.exact path (int64 (at / columns array)) value)

    let private features path (array: StoredArray) =
        match array.values with
        | StoredValues.Bytes x -> Features.Bytes x
        | StoredValues.SignedBytes x -> Features.Singles(Array.map float32 x)
        | StoredValues.Shorts x -> Features.Singles(Array.map float32 x)
        | StoredValues.Singles x -> Features.Singles x
        | StoredValues.Ints _
        | StoredValues.Longs _
        | StoredValues.Doubles _ -> Features.Doubles(floats path array)

    /// One whole number in each row is a class.
    let private targets path (array: StoredArray) =
        let label row value = WholeNumber.label path (Labels.largestClass + 1) (int64 row) value
        let inline classes (values: ^T[]) = Targets.Classes(values |> Array.mapi (fun row value -> label row (int64 value)))
        match array.values with
        | StoredValues.Bytes x when columns array = 1 -> classes x
        | StoredValues.SignedBytes x when columns array = 1 -> classes x
        | StoredValues.Shorts x when columns array = 1 -> classes x
        | StoredValues.Ints x when columns array = 1 -> classes x
        | StoredValues.Longs x when columns array = 1 -> classes x
        | _ -> Targets.Numbers(floats path array, columns array)

    /// Features and targets, each with the name of its file. Features of three dimensions are images.
    let table (featuresPath, x: StoredArray) (targetsPath, y: StoredArray) : Table =
        let n, m = rows featuresPath x, rows targetsPath y
        if n <> m then Errors.rowsStored featuresPath (int64 n) targetsPath (int64 m)
        let image = if x.shape.Length = 3 then Nullable { Height = x.shape[1]; Width = x.shape[2] } else Nullable()
        { Table.create (columns x) (features featuresPath x) (targets targetsPath y) with image = image }

    /// As many values as features have rows.
    let weights featuresPath rows path (array: StoredArray) =
        let values = floats path array
        if values.Length <> rows then Errors.rowsStored featuresPath (int64 rows) path (int64 values.Length)
        values

    let ofFeatures (table: Table) : StoredArray =
        { shape =
            if table.image.HasValue then
                [| table.rows; table.image.Value.Height; table.image.Value.Width |]
            else
                [| table.rows; table.columns |]
          values =
            match table.features with
            | Features.Bytes x -> StoredValues.Bytes x
            | Features.Singles x -> StoredValues.Singles x
            | Features.Doubles x -> StoredValues.Doubles x
            | Features.SparseSingles _
            | Features.SparseDoubles _ ->
                Errors.sparse "the format of NumPy" "Make them dense by ToDense, or write them by ToLibSvm." }

    let ofTargets (table: Table) : StoredArray =
        match table.targets with
        | Targets.Classes labels -> { shape = [| table.rows |]; values = StoredValues.Ints labels }
        | Targets.Numbers(y, 1) -> { shape = [| table.rows |]; values = StoredValues.Doubles y }
        | Targets.Numbers(y, outputs) -> { shape = [| table.rows; outputs |]; values = StoredValues.Doubles y }

module internal Stratified =

    /// How many rows of each class the second part of a split gets: its share, rounded so that the sum is the share of all rows,
    /// where classes of two rows or more, which are to be in both parts, and single rows, which are the first part's, allow it.
    let counts share (rows: int[]) =
        let exact = rows |> Array.map (fun count -> share * float count)
        let counts = exact |> Array.map (floor >> int)
        let missing = int (Math.Round(share * float (Array.sum rows))) - Array.sum counts
        let largestRests = Array.init rows.Length id |> Array.sortBy (fun label -> float counts[label] - exact[label])
        for label in Array.truncate missing largestRests do
            counts[label] <- counts[label] + 1
        Array.map2 (fun count rows -> if rows < 2 then 0 else min (rows - 1) (max 1 count)) counts rows

/// <summary>Rows of numbers, and what is to be predicted of each: numbers, or one of several classes. It never changes.</summary>
/// <example><code>
/// Dataset houses = Dataset
///     .From(new double[,] { { 120, 7 }, { 80, 30 } }, new[] { 350.0, 210.0 })
///     .WithFeatureNames("area", "age");
/// </code></example>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Preview}")>]
type Dataset internal (table: Table) =

    /// Whether the features are known to be finite: they never change, so one look is enough.
    let mutable finite = false

    let checkRow row = if row < 0 || row >= table.rows then Errors.row "dataset" row table.rows

    static let checkDistinct what (names: string[]) =
        ArgumentNullException.ThrowIfNull(names, "names")
        names
        |> Array.iteri (fun i name ->
            Errors.require (say $"Name {i} of the {what}") (not (String.IsNullOrEmpty name)) "empty" "a word")
        for name, count in Array.countBy id names do
            Errors.require (say $"The name '{name}' of the {what}") (count = 1) (say $"there {count} times") "there once"

    static let checkNames what (names: string[]) expected =
        checkDistinct what names
        Errors.require (say $"The number of {what}") (names.Length = expected) names.Length (say $"{expected}")

    let feature row column =
        let at = row * table.columns + column
        match table.features with
        | Features.Bytes x -> float x[at]
        | Features.Singles x -> float x[at]
        | Features.Doubles x -> x[at]
        | Features.SparseSingles x -> float (x.At(row, column))
        | Features.SparseDoubles x -> x.At(row, column)

    let target row output =
        match table.targets with
        | Targets.Numbers(y, outputs) -> y[row * outputs + output]
        | Targets.Classes labels -> float labels[row]

    static let fileName (path: string) = IO.Path.GetFileName path

    static let checkNull (value: obj) (name: string) = ArgumentNullException.ThrowIfNull(value, name)

    /// A data set with the targets of rows that are known by then.
    static let withTargets columns features targets =
        Dataset(
            match targets with
            | Choice1Of2 numbers -> Table.create columns features numbers
            | Choice2Of2 labels -> Table.createLabelled columns features labels
        )

    static let ofMatrix (features: 'T[,]) targets = withTargets (features.GetLength 1) (Table.dense (Table.flat features)) targets

    static let ofRows (features: 'T[][]) targets =
        if features.Length = 0 then Errors.empty "dataset"
        withTargets (Table.width features) (Table.dense (Table.joined "features" features)) targets

    static let several (targets: float[]) outputs = Choice1Of2(Targets.Numbers(targets, outputs))
    static let numbers (targets: float[]) = several (Array.copy targets) 1
    static let singles (targets: float32[]) = several (Array.map float targets) 1
    static let classes (labels: int[]) = Choice2Of2(Labels.ofNumbers labels)
    static let words (labels: string[]) = Choice2Of2(Labels.ofWords labels)

    /// The names of repeated features are refused before their rows are read.
    static let ofObjects rows (target: Expression<Func<'row, 'target>>) features check wrap =
        checkNull rows "rows"
        checkNull target "target"
        checkNull features "features"
        features |> Array.iter (fun feature -> checkNull feature "features")
        if features.Length = 0 then Errors.noColumns "features"
        let names = features |> Seq.cast<LambdaExpression> |> Objects.names
        checkDistinct "feature names" names
        let targetName = (Objects.names [ target ])[0]
        let values, targets = Objects.read rows target targetName (check targetName) features names
        let data = (withTargets features.Length (Features.Doubles values) (wrap targets): Dataset)
        Dataset { data.Table with Table.featureNames = names; Table.targetNames = [| targetName |] }

    let checkShare share = Errors.require "The share of a split" (share > 0.0 && share < 1.0) share "a number above 0 and below 1"

    /// The two parts of a split.
    let divide (share: float) (seed: int) (first: int[], second: int[]) =
        let both = first.Length > 0 && second.Length > 0
        Errors.require "The share of a split" both (say $"{share} of {table.rows} rows") "a row or more on either side"
        let part rows name =
            let source = Table.from table (say $"{name} part of a split by {share} with seed {seed}")
            Dataset { Table.pick rows table with Table.source = source }
        part first "first", part second "second"

    member internal _.Table = table

    member internal _.Feature(row, column) = feature row column

    member internal _.CheckFeatures(what, number) =
        if not finite then Table.checkFeatures what number table
        finite <- true

    member internal data.CheckFeatures what = data.CheckFeatures(what, int64)

    member internal _.CheckTargets(what, number) = Table.checkTargets what number table
    member internal data.CheckTargets what = data.CheckTargets(what, int64)

    // ---- making one ---------------------------------------------------------------------------------------------

    /// <summary>Numbers to predict from numbers.</summary>
    /// <param name="features">A row for each example.</param>
    /// <param name="targets">A number for each row.</param>
    /// <exception cref="T:LinearNets.ShapeException">There are not as many targets as rows, or there are no columns.</exception>
    /// <exception cref="T:LinearNets.DataException">There are no rows.</exception>
    static member From(features: float[,], targets: float[]) =
        checkNull features "features"
        checkNull targets "targets"
        ofMatrix features (numbers targets)

    /// <summary>Several numbers to predict from numbers.</summary>
    /// <param name="features">A row for each example.</param>
    /// <param name="targets">A row for each row of features.</param>
    static member From(features: float[,], targets: float[,]) =
        checkNull features "features"
        checkNull targets "targets"
        ofMatrix features (several (Table.flat targets) (targets.GetLength 1))

    /// <summary>Classes to predict from numbers.</summary>
    /// <param name="features">A row for each example.</param>
    /// <param name="labels">The class of each row. Numbers from 0 to 65535 are class numbers, and one that is left out is a class without rows; if there is
    /// another, the different ones are the classes, in increasing order: −1 and 1 are classes 0 and 1, with the names −1 and 1.</param>
    /// <exception cref="T:LinearNets.DataException">There are more than 65536 classes, or no rows.</exception>
    static member From(features: float[,], labels: int[]) =
        checkNull features "features"
        checkNull labels "labels"
        ofMatrix features (classes labels)

    /// <summary>Numbers to predict from 32-bit numbers.</summary>
    /// <param name="features">A row for each example.</param>
    /// <param name="targets">A number for each row.</param>
    static member From(features: float32[,], targets: float32[]) =
        checkNull features "features"
        checkNull targets "targets"
        ofMatrix features (singles targets)

    /// <summary>Several numbers to predict from 32-bit numbers.</summary>
    /// <param name="features">A row for each example.</param>
    /// <param name="targets">A row for each row of features.</param>
    static member From(features: float32[,], targets: float32[,]) =
        checkNull features "features"
        checkNull targets "targets"
        ofMatrix features (several (Array.map float (Table.flat targets)) (targets.GetLength 1))

    /// <summary>Classes to predict from 32-bit numbers.</summary>
    /// <param name="features">A row for each example.</param>
    /// <param name="labels">The class of each row. Numbers from 0 to 65535 are class numbers, and one that is left out is a class without rows; if there is
    /// another, the different ones are the classes, in increasing order: −1 and 1 are classes 0 and 1, with the names −1 and 1.</param>
    static member From(features: float32[,], labels: int[]) =
        checkNull features "features"
        checkNull labels "labels"
        ofMatrix features (classes labels)

    /// <summary>Numbers to predict from rows of numbers.</summary>
    /// <param name="features">A row for each example, all of one length.</param>
    /// <param name="targets">A number for each row.</param>
    [<OverloadResolutionPriority(1)>]
    static member From(features: float[][], targets: float[]) =
        checkNull features "features"
        checkNull targets "targets"
        ofRows features (numbers targets)

    /// <summary>Several numbers to predict from rows of numbers.</summary>
    /// <param name="features">A row for each example, all of one length.</param>
    /// <param name="targets">A row for each row of features.</param>
    [<OverloadResolutionPriority(1)>]
    static member From(features: float[][], targets: float[][]) =
        checkNull features "features"
        checkNull targets "targets"
        ofRows features (several (Table.joined "targets" targets) (Table.width targets))

    /// <summary>Classes to predict from rows of numbers.</summary>
    /// <param name="features">A row for each example, all of one length.</param>
    /// <param name="labels">The class of each row. Numbers from 0 to 65535 are class numbers, and one that is left out is a class without rows; if there is
    /// another, the different ones are the classes, in increasing order: −1 and 1 are classes 0 and 1, with the names −1 and 1.</param>
    [<OverloadResolutionPriority(1)>]
    static member From(features: float[][], labels: int[]) =
        checkNull features "features"
        checkNull labels "labels"
        ofRows features (classes labels)

    /// <summary>Numbers to predict from rows of 32-bit numbers.</summary>
    /// <param name="features">A row for each example, all of one length.</param>
    /// <param name="targets">A number for each row.</param>
    static member From(features: float32[][], targets: float32[]) =
        checkNull features "features"
        checkNull targets "targets"
        ofRows features (singles targets)

    /// <summary>Several numbers to predict from rows of 32-bit numbers.</summary>
    /// <param name="features">A row for each example, all of one length.</param>
    /// <param name="targets">A row for each row of features.</param>
    static member From(features: float32[][], targets: float32[][]) =
        checkNull features "features"
        checkNull targets "targets"
        let values = Table.joined "targets" targets |> Array.map float
        ofRows features (several values (Table.width targets))

    /// <summary>Classes to predict from rows of 32-bit numbers.</summary>
    /// <param name="features">A row for each example, all of one length.</param>
    /// <param name="labels">The class of each row. Numbers from 0 to 65535 are class numbers, and one that is left out is a class without rows; if there is
    /// another, the different ones are the classes, in increasing order: −1 and 1 are classes 0 and 1, with the names −1 and 1.</param>
    static member From(features: float32[][], labels: int[]) =
        checkNull features "features"
        checkNull labels "labels"
        ofRows features (classes labels)

    /// <summary>Numbers to predict from bytes, as the pixels of images are. They take a quarter of the memory of numbers.</summary>
    /// <param name="pixels">The bytes, row after row.</param>
    /// <param name="columns">How many there are in a row.</param>
    /// <param name="targets">A number for each row.</param>
    static member From(pixels: byte[], columns: int, targets: float[]) =
        checkNull pixels "pixels"
        checkNull targets "targets"
        withTargets columns (Features.Bytes(Array.copy pixels)) (numbers targets)

    /// <summary>Classes to predict from bytes, as the pixels of images are. They take a quarter of the memory of numbers.</summary>
    /// <param name="pixels">The bytes, row after row.</param>
    /// <param name="columns">How many there are in a row.</param>
    /// <param name="labels">The class of each row. Numbers from 0 to 65535 are class numbers, and one that is left out is a class without rows; if there is
    /// another, the different ones are the classes, in increasing order: −1 and 1 are classes 0 and 1, with the names −1 and 1.</param>
    static member From(pixels: byte[], columns: int, labels: int[]) =
        checkNull pixels "pixels"
        checkNull labels "labels"
        withTargets columns (Features.Bytes(Array.copy pixels)) (classes labels)

    /// <summary>Numbers to predict from numbers that lie row after row.</summary>
    /// <param name="features">The values, which are copied.</param>
    /// <param name="columns">How many there are in a row.</param>
    /// <param name="targets">A number for each row.</param>
    /// <exception cref="T:LinearNets.ShapeException">The values are no whole number of rows, or there are not as many targets.</exception>
    static member From(features: ReadOnlyMemory<float>, columns: int, targets: float[]) =
        checkNull targets "targets"
        withTargets columns (Features.Doubles(features.ToArray())) (numbers targets)

    /// <summary>Classes to predict from numbers that lie row after row.</summary>
    /// <param name="features">The values, which are copied.</param>
    /// <param name="columns">How many there are in a row.</param>
    /// <param name="labels">The class of each row, numbered as in the overloads that take a matrix.</param>
    /// <exception cref="T:LinearNets.ShapeException">The values are no whole number of rows, or there are not as many labels.</exception>
    static member From(features: ReadOnlyMemory<float>, columns: int, labels: int[]) =
        checkNull labels "labels"
        withTargets columns (Features.Doubles(features.ToArray())) (classes labels)

    /// <summary>Numbers to predict from 32-bit numbers that lie row after row.</summary>
    /// <param name="features">The values, which are copied.</param>
    /// <param name="columns">How many there are in a row.</param>
    /// <param name="targets">A number for each row.</param>
    /// <exception cref="T:LinearNets.ShapeException">The values are no whole number of rows, or there are not as many targets.</exception>
    static member From(features: ReadOnlyMemory<float32>, columns: int, targets: float[]) =
        checkNull targets "targets"
        withTargets columns (Features.Singles(features.ToArray())) (numbers targets)

    /// <summary>Classes to predict from 32-bit numbers that lie row after row.</summary>
    /// <param name="features">The values, which are copied.</param>
    /// <param name="columns">How many there are in a row.</param>
    /// <param name="labels">The class of each row, numbered as in the overloads that take a matrix.</param>
    /// <exception cref="T:LinearNets.ShapeException">The values are no whole number of rows, or there are not as many labels.</exception>
    static member From(features: ReadOnlyMemory<float32>, columns: int, labels: int[]) =
        checkNull labels "labels"
        withTargets columns (Features.Singles(features.ToArray())) (classes labels)

    /// <summary>Classes with names to predict from numbers.</summary>
    /// <param name="features">A row for each example.</param>
    /// <param name="labels">The name of each row's class. The classes are the different names, in the order of their characters' codes.</param>
    /// <exception cref="T:LinearNets.DataException">A label is missing, or there are more than 65536 classes, or no rows.</exception>
    static member From(features: float[,], labels: string[]) =
        checkNull features "features"
        checkNull labels "labels"
        ofMatrix features (words labels)

    /// <summary>The values of an enumeration to predict from numbers.</summary>
    /// <param name="features">A row for each example.</param>
    /// <param name="labels">The class of each row. The classes are all values of the enumeration, those without rows too.</param>
    /// <exception cref="T:LinearNets.DataException">A label is not a value of the enumeration, or there are no rows.</exception>
    static member From<'TLabel when 'TLabel: struct and 'TLabel :> Enum and 'TLabel: (new: unit -> 'TLabel)>
        (features: float[,], labels: 'TLabel[])
        =
        checkNull features "features"
        checkNull labels "labels"
        ofMatrix features (Choice2Of2(Labels.ofEnumeration labels))

    /// <summary>Classes with names to predict from 32-bit numbers.</summary>
    /// <param name="features">A row for each example.</param>
    /// <param name="labels">The name of each row's class. The classes are the different names, in the order of their characters' codes.</param>
    /// <exception cref="T:LinearNets.DataException">A label is missing, or there are more than 65536 classes, or no rows.</exception>
    static member From(features: float32[,], labels: string[]) =
        checkNull features "features"
        checkNull labels "labels"
        ofMatrix features (words labels)

    /// <summary>The values of an enumeration to predict from 32-bit numbers.</summary>
    /// <param name="features">A row for each example.</param>
    /// <param name="labels">The class of each row. The classes are all values of the enumeration, those without rows too.</param>
    /// <exception cref="T:LinearNets.DataException">A label is not a value of the enumeration, or there are no rows.</exception>
    static member From<'TLabel when 'TLabel: struct and 'TLabel :> Enum and 'TLabel: (new: unit -> 'TLabel)>
        (features: float32[,], labels: 'TLabel[])
        =
        checkNull features "features"
        checkNull labels "labels"
        ofMatrix features (Choice2Of2(Labels.ofEnumeration labels))

    /// <summary>Classes with names to predict from rows of numbers.</summary>
    /// <param name="features">A row for each example, all of one length.</param>
    /// <param name="labels">The name of each row's class. The classes are the different names, in the order of their characters' codes.</param>
    /// <exception cref="T:LinearNets.DataException">A label is missing, or there are more than 65536 classes, or no rows.</exception>
    [<OverloadResolutionPriority(1)>]
    static member From(features: float[][], labels: string[]) =
        checkNull features "features"
        checkNull labels "labels"
        ofRows features (words labels)

    /// <summary>The values of an enumeration to predict from rows of numbers.</summary>
    /// <param name="features">A row for each example, all of one length.</param>
    /// <param name="labels">The class of each row. The classes are all values of the enumeration, those without rows too.</param>
    /// <exception cref="T:LinearNets.DataException">A label is not a value of the enumeration, or there are no rows.</exception>
    static member From<'TLabel when 'TLabel: struct and 'TLabel :> Enum and 'TLabel: (new: unit -> 'TLabel)>
        (features: float[][], labels: 'TLabel[])
        =
        checkNull features "features"
        checkNull labels "labels"
        ofRows features (Choice2Of2(Labels.ofEnumeration labels))

    /// <summary>Classes with names to predict from rows of 32-bit numbers.</summary>
    /// <param name="features">A row for each example, all of one length.</param>
    /// <param name="labels">The name of each row's class. The classes are the different names, in the order of their characters' codes.</param>
    /// <exception cref="T:LinearNets.DataException">A label is missing, or there are more than 65536 classes, or no rows.</exception>
    static member From(features: float32[][], labels: string[]) =
        checkNull features "features"
        checkNull labels "labels"
        ofRows features (words labels)

    /// <summary>The values of an enumeration to predict from rows of 32-bit numbers.</summary>
    /// <param name="features">A row for each example, all of one length.</param>
    /// <param name="labels">The class of each row. The classes are all values of the enumeration, those without rows too.</param>
    /// <exception cref="T:LinearNets.DataException">A label is not a value of the enumeration, or there are no rows.</exception>
    static member From<'TLabel when 'TLabel: struct and 'TLabel :> Enum and 'TLabel: (new: unit -> 'TLabel)>
        (features: float32[][], labels: 'TLabel[])
        =
        checkNull features "features"
        checkNull labels "labels"
        ofRows features (Choice2Of2(Labels.ofEnumeration labels))

    /// <summary>Classes with names to predict from bytes, as the pixels of images are.</summary>
    /// <param name="pixels">The bytes, row after row.</param>
    /// <param name="columns">How many there are in a row.</param>
    /// <param name="labels">The name of each row's class. The classes are the different names, in the order of their characters' codes.</param>
    static member From(pixels: byte[], columns: int, labels: string[]) =
        checkNull pixels "pixels"
        checkNull labels "labels"
        withTargets columns (Features.Bytes(Array.copy pixels)) (words labels)

    /// <summary>The values of an enumeration to predict from bytes, as the pixels of images are.</summary>
    /// <param name="pixels">The bytes, row after row.</param>
    /// <param name="columns">How many there are in a row.</param>
    /// <param name="labels">The class of each row. The classes are all values of the enumeration, those without rows too.</param>
    static member From<'TLabel when 'TLabel: struct and 'TLabel :> Enum and 'TLabel: (new: unit -> 'TLabel)>
        (pixels: byte[], columns: int, labels: 'TLabel[])
        =
        checkNull pixels "pixels"
        checkNull labels "labels"
        withTargets columns (Features.Bytes(Array.copy pixels)) (Choice2Of2(Labels.ofEnumeration labels))

    /// <summary>Numbers to predict from numbers of objects: <c>Dataset.FromRows(houses, h => h.Price, h => h.Area, h => h.Age)</c>.</summary>
    /// <param name="rows">The objects, which are read once.</param>
    /// <param name="target">What is to be predicted.</param>
    /// <param name="features">What it is predicted from. The last member that an expression reads gives the feature its name.</param>
    /// <exception cref="T:LinearNets.DataException">A value is null or not finite, by its row and name; or there are no rows.</exception>
    /// <exception cref="T:LinearNets.ShapeException">There are no features.</exception>
    /// <exception cref="T:LinearNets.SettingsException">Two features are the same.</exception>
    static member FromRows<'TRow>
        (
            rows: IEnumerable<'TRow>,
            target: Expression<Func<'TRow, float>>,
            [<ParamArray>] features: Expression<Func<'TRow, float>>[]
        ) =
        ofObjects rows target features (fun name -> Objects.number "target" name) numbers

    /// <summary>Classes to predict from numbers of objects: <c>Dataset.FromRows(flowers, f => f.Species, f => f.Length)</c>.</summary>
    /// <param name="rows">The objects, which are read once.</param>
    /// <param name="target">The name of an object's class. The classes are the different names, in the order of their characters' codes.</param>
    /// <param name="features">What it is predicted from. The last member that an expression reads gives the feature its name.</param>
    /// <exception cref="T:LinearNets.DataException">A value is null or not finite, by its row and name; or there are no rows.</exception>
    static member FromRows<'TRow>
        (
            rows: IEnumerable<'TRow>,
            target: Expression<Func<'TRow, string>>,
            [<ParamArray>] features: Expression<Func<'TRow, float>>[]
        ) =
        let check name row (label: string) = if String.IsNullOrEmpty label then Errors.noValue row "target" name
        ofObjects rows target features check words

    /// <summary>The values of an enumeration to predict from numbers of objects.</summary>
    /// <param name="rows">The objects, which are read once.</param>
    /// <param name="target">The class of an object. The classes are all values of the enumeration, those without rows too.</param>
    /// <param name="features">What it is predicted from. The last member that an expression reads gives the feature its name.</param>
    /// <exception cref="T:LinearNets.DataException">A value is null or not finite, by its row and name; or there are no rows.</exception>
    static member FromRows<'TRow, 'TLabel when 'TLabel: struct and 'TLabel :> Enum and 'TLabel: (new: unit -> 'TLabel)>
        (
            rows: IEnumerable<'TRow>,
            target: Expression<Func<'TRow, 'TLabel>>,
            [<ParamArray>] features: Expression<Func<'TRow, float>>[]
        ) =
        ofObjects rows target features (fun _ _ _ -> ()) (fun labels -> Choice2Of2(Labels.ofEnumeration labels))

    /// <summary>Numbers to predict from sparse rows, of which only values that are not 0 are kept.</summary>
    /// <param name="starts">Where each row begins in the other two arrays, and then their length: one more than there are rows.</param>
    /// <param name="columns">The column of each value, from 0, ascending in each row.</param>
    /// <param name="values">The values.</param>
    /// <param name="width">How many columns there are.</param>
    /// <param name="targets">A number for each row.</param>
    /// <exception cref="T:LinearNets.DataException">The arrays are not those of rows; the row is named.</exception>
    /// <exception cref="T:LinearNets.ShapeException">There are not as many targets as rows, or there are no columns.</exception>
    static member FromSparse(starts: int[], columns: int[], values: float[], width: int, targets: float[]) =
        Dataset.CheckSparse(starts, columns, values, targets)
        withTargets width (Features.SparseDoubles(SparseTable.ofArrays starts columns values width)) (numbers targets)

    /// <summary>Classes to predict from sparse rows, of which only values that are not 0 are kept.</summary>
    /// <param name="starts">Where each row begins in the other two arrays, and then their length: one more than there are rows.</param>
    /// <param name="columns">The column of each value, from 0, ascending in each row.</param>
    /// <param name="values">The values.</param>
    /// <param name="width">How many columns there are.</param>
    /// <param name="labels">The class of each row, as <c>From</c> takes them.</param>
    /// <exception cref="T:LinearNets.DataException">The arrays are not those of rows; the row is named.</exception>
    /// <exception cref="T:LinearNets.ShapeException">There are not as many labels as rows, or there are no columns.</exception>
    static member FromSparse(starts: int[], columns: int[], values: float[], width: int, labels: int[]) =
        Dataset.CheckSparse(starts, columns, values, labels)
        withTargets width (Features.SparseDoubles(SparseTable.ofArrays starts columns values width)) (classes labels)

    /// <summary>Numbers to predict from sparse rows of 32-bit numbers.</summary>
    /// <param name="starts">Where each row begins in the other two arrays, and then their length: one more than there are rows.</param>
    /// <param name="columns">The column of each value, from 0, ascending in each row.</param>
    /// <param name="values">The values.</param>
    /// <param name="width">How many columns there are.</param>
    /// <param name="targets">A number for each row.</param>
    /// <exception cref="T:LinearNets.DataException">The arrays are not those of rows; the row is named.</exception>
    static member FromSparse(starts: int[], columns: int[], values: float32[], width: int, targets: float[]) =
        Dataset.CheckSparse(starts, columns, values, targets)
        withTargets width (Features.SparseSingles(SparseTable.ofArrays starts columns values width)) (numbers targets)

    /// <summary>Classes to predict from sparse rows of 32-bit numbers.</summary>
    /// <param name="starts">Where each row begins in the other two arrays, and then their length: one more than there are rows.</param>
    /// <param name="columns">The column of each value, from 0, ascending in each row.</param>
    /// <param name="values">The values.</param>
    /// <param name="width">How many columns there are.</param>
    /// <param name="labels">The class of each row, as <c>From</c> takes them.</param>
    /// <exception cref="T:LinearNets.DataException">The arrays are not those of rows; the row is named.</exception>
    static member FromSparse(starts: int[], columns: int[], values: float32[], width: int, labels: int[]) =
        Dataset.CheckSparse(starts, columns, values, labels)
        withTargets width (Features.SparseSingles(SparseTable.ofArrays starts columns values width)) (classes labels)

    /// <summary>Classes with names to predict from texts, as sparse rows of 32-bit numbers.</summary>
    /// <param name="texts">The texts, which are read once.</param>
    /// <param name="hasher">What makes a row of a text.</param>
    /// <param name="labels">The name of each text's class. The classes are the different names, in the order of their characters' codes.</param>
    /// <exception cref="T:LinearNets.ShapeException">There are not as many labels as texts.</exception>
    static member FromTexts(texts: IEnumerable<string>, hasher: TextHasher, labels: string[]) =
        Dataset.CheckTexts(texts, hasher, labels)
        withTargets hasher.Width (Features.SparseSingles(SparseTable.ofTexts hasher texts)) (words labels)

    /// <summary>Numbers to predict from texts, as sparse rows of 32-bit numbers.</summary>
    /// <param name="texts">The texts, which are read once.</param>
    /// <param name="hasher">What makes a row of a text.</param>
    /// <param name="targets">A number for each text.</param>
    /// <exception cref="T:LinearNets.ShapeException">There are not as many targets as texts.</exception>
    static member FromTexts(texts: IEnumerable<string>, hasher: TextHasher, targets: float[]) =
        Dataset.CheckTexts(texts, hasher, targets)
        withTargets hasher.Width (Features.SparseSingles(SparseTable.ofTexts hasher texts)) (numbers targets)

    static member private CheckTexts(texts: IEnumerable<string>, hasher: TextHasher, targets: Array) =
        checkNull texts "texts"
        checkNull hasher "hasher"
        checkNull targets "targets"

    static member private CheckSparse(starts: int[], columns: int[], values: Array, targets: Array) =
        checkNull starts "starts"
        checkNull columns "columns"
        checkNull values "values"
        checkNull targets "targets"

    // ---- made from files ----------------------------------------------------------------------------------------

    /// <summary>The sparse rows of a file in the format of LIBSVM and SVMlight, <c>label index:value …</c>. Labels that are all whole
    /// numbers are classes with those names, −1 and 1 say; others are numbers to predict.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="T:LinearNets.DataException">Something in the file cannot be used; the message says the line.</exception>
    static member FromLibSvm(path: string) = Dataset.FromLibSvm(path, LibSvmSettings())

    /// <summary>The sparse rows of a file in the format of LIBSVM and SVMlight.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">How it is read.</param>
    /// <exception cref="T:LinearNets.DataException">Something in the file cannot be used; the message says the line.</exception>
    /// <exception cref="T:LinearNets.SettingsException">A setting cannot be used.</exception>
    static member FromLibSvm(path: string, settings: LibSvmSettings) =
        Dataset(SparseTable.ofFile settings (LibSvm.read path settings)).WithSource(fileName path)

    /// <summary>The sparse rows of a file that goes with another one: as wide, with numbers of the same type, and classes that have
    /// the same places.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">How it is read, but for the number of columns, the type of number and what the labels are.</param>
    /// <param name="train">What the other file became.</param>
    /// <exception cref="T:LinearNets.DataException">Something in the file cannot be used, a class that the other has not among them;
    /// the message says the line or row.</exception>
    /// <example><code>
    /// Dataset train = Dataset.FromLibSvm("train.txt");
    /// Dataset test = Dataset.FromLibSvm("test.txt", new LibSvmSettings(), train);
    /// </code></example>
    static member FromLibSvm(path: string, settings: LibSvmSettings, train: Dataset) : Dataset =
        checkNull settings "settings"
        checkNull train "train"
        let like =
            LibSvmSettings(
                FirstIndex = settings.FirstIndex,
                IgnoreQueries = settings.IgnoreQueries,
                SortIndices = settings.SortIndices,
                Threads = settings.Threads,
                Columns = Nullable train.Columns,
                Numbers =
                    (match train.Table.features with
                     | Features.Bytes _
                     | Features.Singles _
                     | Features.SparseSingles _ -> NumberType.Single
                     | Features.Doubles _
                     | Features.SparseDoubles _ -> NumberType.Double),
                TargetKind = (if train.HasClasses then LibSvmTargets.Classes else LibSvmTargets.Numbers)
            )
        let data: Dataset = Dataset.FromLibSvm(path, like)
        let data: Dataset = if train.HasClasses then data.WithClassesOf train else data
        Dataset { data.Table with Table.featureNames = train.Table.featureNames }

    /// <summary>Sparse rows in the format of LIBSVM and SVMlight that are at hand as text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="settings">How it is read.</param>
    /// <exception cref="T:LinearNets.DataException">Something in the text cannot be used; the message says the line.</exception>
    static member ParseLibSvm(text: string, settings: LibSvmSettings) =
        Dataset(SparseTable.ofFile settings (LibSvm.parse text settings))

    /// <summary>Sparse rows in the format of LIBSVM and SVMlight that are at hand as text.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="T:LinearNets.DataException">Something in the text cannot be used; the message says the line.</exception>
    static member ParseLibSvm(text: string) = Dataset.ParseLibSvm(text, LibSvmSettings())

    /// <summary>The rows of a CSV file: the last column is the target, the others are features.</summary>
    /// <param name="path">The file: UTF-8, with or without a header, in quotes where it must be.</param>
    /// <exception cref="T:LinearNets.DataException">Something in the file cannot be used; the message says the line and the column.</exception>
    static member FromCsv(path: string) = Dataset.FromCsv(path, CsvSettings())

    /// <summary>The rows of a CSV file.</summary>
    /// <param name="path">The file: UTF-8, with or without a header, in quotes where it must be.</param>
    /// <param name="settings">Which columns, and how they are read.</param>
    /// <exception cref="T:LinearNets.DataException">Something in the file cannot be used; the message says the line and the column.</exception>
    /// <exception cref="T:LinearNets.SettingsException">A setting cannot be used.</exception>
    /// <example><code>
    /// Dataset houses = Dataset.FromCsv("houses.csv", new CsvSettings { Target = "price", OneHot = ["city"], Without = ["id"] });
    /// </code></example>
    static member FromCsv(path: string, settings: CsvSettings) =
        Dataset(Table.ofCsv (Csv.read path settings)).WithSource(fileName path)

    /// <summary>The rows of CSV from a stream, from where it is to its end.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="settings">Which columns, and how they are read.</param>
    /// <exception cref="T:LinearNets.DataException">Something in it cannot be used; the message says the line and the column.</exception>
    static member FromCsv(stream: IO.Stream, settings: CsvSettings) = Dataset(Table.ofCsv (Csv.readStream stream settings))

    /// <summary>The rows of CSV that is at hand as text.</summary>
    /// <param name="text">The text, with or without a header.</param>
    /// <exception cref="T:LinearNets.DataException">Something in the text cannot be used; the message says the line and the column.</exception>
    static member ParseCsv(text: string) = Dataset.ParseCsv(text, CsvSettings())

    /// <summary>The rows of CSV that is at hand as text.</summary>
    /// <param name="text">The text, with or without a header.</param>
    /// <param name="settings">Which columns, and how they are read.</param>
    /// <exception cref="T:LinearNets.DataException">Something in the text cannot be used; the message says the line and the column.</exception>
    static member ParseCsv(text: string, settings: CsvSettings) = Dataset(Table.ofCsv (Csv.parse text settings))

    /// <summary>Images or other rows, and what they are of, from two files in the IDX format of MNIST, packed by gzip or not.</summary>
    /// <param name="images">The file of features: the first dimension counts the rows, two more are the height and width of images.
    /// Bytes stay bytes; numbers of 8 and 16 bits with a sign, and 32-bit numbers, become 32-bit numbers, all others 64-bit ones.</param>
    /// <param name="labels">The file of targets: whole numbers are classes, unless there are several in a row.</param>
    /// <exception cref="T:LinearNets.DataException">A file is not there, is damaged, or is of another format, or one has more rows.</exception>
    static member FromIdx(images: string, labels: string) =
        Dataset(Stored.table (images, Idx.read images) (labels, Idx.read labels)).WithSource(fileName images)

    /// <summary>Rows and what is to be predicted of them, from two files that NumPy wrote with <c>numpy.save</c>.</summary>
    /// <param name="features">The file of features, of the types b1, u1, i1, i2, i4, i8, f4 or f8: the first dimension counts the rows,
    /// two more are the height and width of images. Bytes stay bytes and f4 stays f4; i4 and i8 become 64-bit numbers.</param>
    /// <param name="targets">The file of targets: whole numbers are classes, unless there are several in a row.</param>
    /// <exception cref="T:LinearNets.DataException">A file is not there, is damaged, holds Python objects or other types, or one has
    /// more rows.</exception>
    static member FromNpy(features: string, targets: string) =
        Dataset(Stored.table (features, Npy.read features) (targets, Npy.read targets)).WithSource(fileName features)

    /// <summary>Rows and what is to be predicted of them, from an archive that NumPy wrote with <c>numpy.savez</c> or
    /// <c>numpy.savez_compressed</c>.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="features">The name of the array of features in it; see <c>FromNpy</c>.</param>
    /// <param name="targets">The name of the array of targets.</param>
    /// <param name="weights">The name of an array with a weight for each row, if there is one.</param>
    /// <exception cref="T:LinearNets.DataException">The archive is not there, is damaged, or has no such array.</exception>
    static member FromNpz
        (
            path: string,
            [<Optional; DefaultParameterValue("x")>] features: string,
            [<Optional; DefaultParameterValue("y")>] targets: string,
            [<Optional; DefaultParameterValue(null: string)>] weights: string
        ) =
        checkNull features "features"
        checkNull targets "targets"
        let place name = path + "/" + name
        match Npy.readNpz path ([ features; targets ] @ if isNull weights then [] else [ weights ]) with
        | x :: y :: more ->
            let data: Dataset = Dataset(Stored.table (place features, x) (place targets, y)).WithSource(fileName path)
            match more with
            | [ w ] -> data.WithWeights(Stored.weights (place features) data.Rows (place weights) w)
            | _ -> data
        | _ -> invalidOp "Two arrays were asked for."

    /// <summary>Writes two files that NumPy reads with <c>numpy.load</c>: features as they are, images with their height and width,
    /// and targets as f8 or, where they are classes, i4. Names and weights are in neither.</summary>
    /// <exception cref="T:LinearNets.DataException">A file could not be written; one that was there is as it was.</exception>
    member _.ToNpy(features: string, targets: string) =
        Npy.save features (Stored.ofFeatures table)
        Npy.save targets (Stored.ofTargets table)

    /// <summary>Writes an archive that NumPy reads with <c>numpy.load</c>: the arrays <c>x</c> and <c>y</c>, as <c>ToNpy</c> writes
    /// them, and <c>weights</c> where rows have some. Names are not in it.</summary>
    /// <exception cref="T:LinearNets.DataException">The archive could not be written; one that was there is as it was.</exception>
    member _.ToNpz(path: string) =
        let weights: (string * StoredArray) list =
            if isNull table.weights then
                []
            else
                [ "weights", { shape = [| table.rows |]; values = StoredValues.Doubles table.weights } ]
        Npy.saveNpz path ([ "x", Stored.ofFeatures table; "y", Stored.ofTargets table ] @ weights)

    // ---- known by name ------------------------------------------------------------------------------------------

    /// A set of images to train on and one to test on.
    static member internal Named(set: NamedSet, settings, cache, folder, classNames: string[], progress, cancellation) =
        backgroundTask {
            match! NamedSets.load set settings cache folder progress cancellation with
            | [| trainImages; trainLabels; testImages; testLabels |] ->
                let data (images: struct (string * StoredArray)) (labels: struct (string * StoredArray)) =
                    let data: Dataset = Dataset(Stored.table (images.ToTuple()) (labels.ToTuple())).WithSource set.name
                    data.WithClassNames classNames
                return struct (data trainImages trainLabels, data testImages testLabels)
            | _ -> return invalidOp "A set has four files."
        }

    /// <summary>Fashion-MNIST, 60,000 images to train on and 10,000 to test on: 28×28 bytes, ten kinds of clothes.</summary>
    /// <remarks>The files are looked for in the folder given, then in the cache (the folder that LINEARNETS_CACHE names, or one of
    /// the user's local application data), and otherwise downloaded into the cache: 31 MB. Their checksums are compared.</remarks>
    /// <param name="folder">A folder that may have the four files, as they are published or unpacked.</param>
    /// <param name="progress">Is told how much of a file is there while it is downloaded.</param>
    /// <param name="cancellation">Ends the wait; what was downloaded until then is gone on from the next time.</param>
    /// <returns>A data set to train on and one to test on.</returns>
    /// <exception cref="T:LinearNets.DataException">A file in the folder is not that of the set, or one is missing and could not be
    /// downloaded; the message has the names, sizes and checksums of the files and where to put them.</exception>
    [<return: TupleElementNames([| "Train"; "Test" |])>]
    static member FashionMnistAsync
        (
            [<Optional; DefaultParameterValue(null: string)>] folder: string,
            [<Optional; DefaultParameterValue(null: IProgress<DownloadProgress>)>] progress: IProgress<DownloadProgress>,
            [<Optional>] cancellation: CancellationToken
        ) : Task<struct (Dataset * Dataset)> =
        let set = NamedSets.fashionMnist
        Dataset.Named(set, Download.defaults set.home, NamedSets.cache (), folder, Garments.names, progress, cancellation)

    /// <summary>The same, waited for.</summary>
    /// <param name="folder">A folder that may have the four files, as they are published or unpacked.</param>
    /// <param name="progress">Is told how much of a file is there while it is downloaded.</param>
    /// <param name="cancellation">Ends the wait; what was downloaded until then is gone on from the next time.</param>
    /// <returns>A data set to train on and one to test on.</returns>
    /// <exception cref="T:LinearNets.DataException">See <c>FashionMnistAsync</c>.</exception>
    [<return: TupleElementNames([| "Train"; "Test" |])>]
    static member FashionMnist
        (
            [<Optional; DefaultParameterValue(null: string)>] folder: string,
            [<Optional; DefaultParameterValue(null: IProgress<DownloadProgress>)>] progress: IProgress<DownloadProgress>,
            [<Optional>] cancellation: CancellationToken
        ) : struct (Dataset * Dataset) =
        Dataset.FashionMnistAsync(folder, progress, cancellation).GetAwaiter().GetResult()

    /// <summary>MNIST, 60,000 images to train on and 10,000 to test on: 28×28 bytes, digits written by hand.</summary>
    /// <remarks>The files are looked for, and downloaded (12 MB), as those of <c>FashionMnistAsync</c> are.</remarks>
    /// <param name="folder">A folder that may have the four files, as they are published or unpacked.</param>
    /// <param name="progress">Is told how much of a file is there while it is downloaded.</param>
    /// <param name="cancellation">Ends the wait; what was downloaded until then is gone on from the next time.</param>
    /// <returns>A data set to train on and one to test on.</returns>
    /// <exception cref="T:LinearNets.DataException">A file in the folder is not that of the set, or one is missing and could not be
    /// downloaded; the message has the names, sizes and checksums of the files and where to put them.</exception>
    [<return: TupleElementNames([| "Train"; "Test" |])>]
    static member MnistAsync
        (
            [<Optional; DefaultParameterValue(null: string)>] folder: string,
            [<Optional; DefaultParameterValue(null: IProgress<DownloadProgress>)>] progress: IProgress<DownloadProgress>,
            [<Optional>] cancellation: CancellationToken
        ) : Task<struct (Dataset * Dataset)> =
        let set = NamedSets.mnist
        let digits = Array.init 10 string
        Dataset.Named(set, Download.defaults set.home, NamedSets.cache (), folder, digits, progress, cancellation)

    /// <summary>The same, waited for.</summary>
    /// <param name="folder">A folder that may have the four files, as they are published or unpacked.</param>
    /// <param name="progress">Is told how much of a file is there while it is downloaded.</param>
    /// <param name="cancellation">Ends the wait; what was downloaded until then is gone on from the next time.</param>
    /// <returns>A data set to train on and one to test on.</returns>
    /// <exception cref="T:LinearNets.DataException">See <c>MnistAsync</c>.</exception>
    [<return: TupleElementNames([| "Train"; "Test" |])>]
    static member Mnist
        (
            [<Optional; DefaultParameterValue(null: string)>] folder: string,
            [<Optional; DefaultParameterValue(null: IProgress<DownloadProgress>)>] progress: IProgress<DownloadProgress>,
            [<Optional>] cancellation: CancellationToken
        ) : struct (Dataset * Dataset) =
        Dataset.MnistAsync(folder, progress, cancellation).GetAwaiter().GetResult()

    // ---- what it is ---------------------------------------------------------------------------------------------

    /// <summary>The number of rows.</summary>
    member _.Rows = table.rows

    /// <summary>The number of features of a row.</summary>
    member _.Columns = table.columns

    /// <summary>Whether rows are sparse: their zeros are not kept.</summary>
    member _.IsSparse = (Table.tryKeptValues table).IsSome

    /// How many values features have; of sparse rows, how many are kept.
    member internal _.Values =
        match Table.tryKeptValues table with
        | Some kept -> int64 kept
        | None -> int64 table.rows * int64 table.columns

    /// <summary>How many outputs a model needs for it: the number of target numbers of a row, or the number of classes.</summary>
    member _.Outputs =
        match table.targets with
        | Targets.Numbers(_, outputs) -> outputs
        | Targets.Classes _ -> table.classNames.Length

    /// <summary>Whether the targets are classes rather than numbers.</summary>
    member _.HasClasses = table.targets.IsClasses

    /// <summary>The names of the features: x1, x2 … unless they were given others.</summary>
    member _.FeatureNames = Array.AsReadOnly table.featureNames :> IReadOnlyList<string>

    /// <summary>The names of the targets: y, or y1, y2 …, unless they were given others.</summary>
    member _.TargetNames = Array.AsReadOnly table.targetNames :> IReadOnlyList<string>

    /// <summary>The names of the classes: 0, 1, 2 … unless they were given others; empty where targets are numbers.</summary>
    member _.ClassNames = Array.AsReadOnly table.classNames :> IReadOnlyList<string>

    /// <summary>The height and width of the images that the rows are, where they are images.</summary>
    member _.ImageShape = table.image

    /// <summary>How the columns of a CSV file became features and classes; null where the rows are not from one.</summary>
    member _.Schema = table.schema

    /// <summary>Where the rows come from, as in <c>garments of seed 1, rows 0–999</c>; empty where nobody said.</summary>
    member _.Source = table.source

    /// <summary>The features of a row.</summary>
    /// <exception cref="T:LinearNets.DataException">There is no such row.</exception>
    member _.Row(row: int) =
        checkRow row
        Array.init table.columns (feature row)

    /// <summary>The target numbers of a row, or the number of its class.</summary>
    /// <exception cref="T:LinearNets.DataException">There is no such row.</exception>
    member _.Target(row: int) =
        checkRow row
        Array.init table.targetNames.Length (target row)

    /// <summary>Whether rows have weights of their own.</summary>
    member _.HasWeights = not (isNull table.weights)

    /// <summary>The weight of a row: 1 unless it was given another.</summary>
    /// <exception cref="T:LinearNets.DataException">There is no such row.</exception>
    member _.Weight(row: int) =
        checkRow row
        if isNull table.weights then 1.0 else table.weights[row]

    /// <summary>The name of a row's class.</summary>
    /// <exception cref="T:LinearNets.DataException">There is no such row, or targets are numbers.</exception>
    member _.ClassName(row: int) =
        checkRow row
        match table.targets with
        | Targets.Classes labels -> table.classNames[labels[row]]
        | Targets.Numbers _ -> Errors.noClasses ()

    // ---- others made from it ------------------------------------------------------------------------------------

    /// <summary>The same rows with names for the features.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There is not one name for each feature.</exception>
    member _.WithFeatureNames([<ParamArray>] names: string[]) =
        checkNames "feature names" names table.columns
        Dataset { table with Table.featureNames = Array.copy names }

    /// <summary>The same rows with names for the target numbers.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There is not one name for each target.</exception>
    member _.WithTargetNames([<ParamArray>] names: string[]) =
        checkNames "target names" names table.targetNames.Length
        Dataset { table with Table.targetNames = Array.copy names }

    /// <summary>The same rows with names for the classes; there may be more of them than occur in these rows.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There are fewer names than classes.</exception>
    /// <exception cref="T:LinearNets.DataException">Targets are numbers.</exception>
    member _.WithClassNames([<ParamArray>] names: string[]) =
        checkDistinct "class names" names
        match table.targets with
        | Targets.Numbers _ -> Errors.noClasses ()
        | Targets.Classes labels ->
            let least = Array.max labels + 1
            Errors.require "The number of class names" (names.Length >= least) names.Length (say $"{least} or more")
            Dataset { table with Table.classNames = Array.copy names }

    /// <summary>The same rows with a weight each, which a fit and an evaluation multiply a row's loss by.</summary>
    /// <remarks>A row of weight 0 is a row removed. Metrics count every other row as one.</remarks>
    /// <exception cref="T:LinearNets.SettingsException">There is not one weight for each row.</exception>
    /// <exception cref="T:LinearNets.DataException">A weight is negative or not finite, or all are 0.</exception>
    member _.WithWeights(weights: float[]) =
        ArgumentNullException.ThrowIfNull(weights, "weights")
        Errors.require "The number of row weights" (weights.Length = table.rows) weights.Length (say $"{table.rows}, one per row")
        Table.checkWeights weights
        Dataset { table with Table.weights = Array.copy weights }

    /// <summary>The same rows, known to be images.</summary>
    /// <exception cref="T:LinearNets.SettingsException">Height × width is not the number of features.</exception>
    member _.WithImageShape(height: int, width: int) =
        let fits = height > 0 && width > 0 && int64 height * int64 width = int64 table.columns
        Errors.require
            "The image shape"
            fits
            (say $"{height}×{width}")
            (say $"a height and a width with the product {table.columns}")
        Dataset { table with Table.image = Nullable { Height = height; Width = width } }

    /// <summary>The same images in another size. Every pixel of the result is a mean of those that are near it; where images shrink,
    /// all of them count, so that fine patterns become grey. Bytes stay bytes, rounded.</summary>
    /// <example><code>
    /// var (train, test) = Dataset.FashionMnist();
    /// Dataset large = train.Resize(64, 64);
    /// </code></example>
    /// <exception cref="T:LinearNets.SettingsException">The rows are not known to be images, a side is below 1, or the images would be too
    /// many for memory.</exception>
    member _.Resize(height: int, width: int) =
        Errors.require "The data set" table.image.HasValue "one of rows" "one of images: say which with WithImageShape"
        Errors.atLeast1 "The height of an image" height
        Errors.atLeast1 "The width of an image" width
        let values = int64 height * int64 width * int64 table.rows
        let most = int64 Array.MaxLength
        let fits = int64 height * int64 width <= most && values <= most
        Errors.require "The size of the images" fits (say $"{table.rows} × {height} × {width}") (say $"{most} values at most")
        let before = table.image.Value
        let resized (from: 'T[]) resize =
            let into = GC.AllocateUninitializedArray<'T>(int values)
            resize (from, before.Height, before.Width, into, height, width)
            into
        let columns = height * width
        Dataset
            { table with
                columns = columns
                featureNames = Table.numbered "x" columns
                image = Nullable { Height = height; Width = width }
                features =
                    match table.features with
                    | Features.Bytes x -> Features.Bytes(resized x ResizeImages.Resize)
                    | Features.Singles x -> Features.Singles(resized x ResizeImages.Resize)
                    | Features.Doubles x -> Features.Doubles(resized x ResizeImages.Resize)
                    | Features.SparseSingles _
                    | Features.SparseDoubles _ -> Errors.sparse "Resize" "Make them dense by ToDense." }

    /// <summary>The same rows, and a line that says where they come from. What is made of them says so, too.</summary>
    member _.WithSource(source: string) =
        ArgumentNullException.ThrowIfNull(source, "source")
        Dataset { table with Table.source = source }

    /// <summary>The same rows with weights by which every class counts as much as any other: those of a class have a sum that is
    /// the same for all, and the sum of all weights stays.</summary>
    /// <remarks>Where rows had weights, those of a class stay in proportion.</remarks>
    /// <exception cref="T:LinearNets.DataException">Targets are numbers.</exception>
    member data.WithBalancedWeights() =
        let labels = data.Labels
        let before = if isNull table.weights then Array.create table.rows 1.0 else table.weights
        let sums = Array.zeroCreate<float> table.classNames.Length
        labels |> Array.iteri (fun row label -> sums[label] <- sums[label] + before[row])
        let each = Array.sum sums / float (sums |> Array.filter (fun sum -> sum > 0.0) |> Array.length)
        let factors = sums |> Array.map (fun sum -> if sum > 0.0 then each / sum else 0.0)
        Dataset { table with Table.weights = Array.map2 (fun label weight -> factors[label] * weight) labels before }

    /// <summary>The same rows with their zeros; rows that are not sparse are as they were.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There would be more numbers than an array has.</exception>
    member _.ToDense() =
        let values = int64 table.rows * int64 table.columns
        let fits = (Table.tryKeptValues table).IsNone || values <= int64 Array.MaxLength
        Errors.require "The number of values made dense" fits values (say $"{Array.MaxLength} or fewer")
        Dataset(SparseTable.dense table)

    /// <summary>The same rows without their zeros; bytes become 32-bit numbers.</summary>
    member _.ToSparse() = Dataset(SparseTable.sparse table)

    /// <summary>Writes a file in the format of LIBSVM and SVMlight: indices count from 1. Names and weights are not in it, but for names
    /// of classes that are numbers; other classes are numbered from 0.</summary>
    /// <exception cref="T:LinearNets.DataException">The file could not be written; one that was there is as it was.</exception>
    /// <exception cref="T:LinearNets.SettingsException">A row has several target numbers.</exception>
    member _.ToLibSvm(path: string) = SparseTable.write path table

    /// <summary>The same rows without the classes that have none; the others keep their order and names.</summary>
    /// <example>Labels 10, 20 and 30 are three of the classes 0 to 30; after this they are all there are.</example>
    /// <exception cref="T:LinearNets.DataException">Targets are numbers.</exception>
    member data.WithoutEmptyClasses() =
        let labels = data.Labels
        let names = Table.byClass table labels |> Array.indexed |> Array.filter (fun (_, rows) -> rows.Length > 0)
        let names = names |> Array.map (fun (label, _) -> table.classNames[label])
        data.Classified(Labels.renamed labels table.classNames names, names)

    /// <summary>The same rows with the classes of another data set, which are found by their names. So a test set whose labels
    /// came from another file, or that lacks a class, has the numbers that the model was trained on.</summary>
    /// <exception cref="T:LinearNets.DataException">A row has a class that the other data set lacks, or targets are numbers.</exception>
    member data.WithClassesOf(other: Dataset) =
        ArgumentNullException.ThrowIfNull(other, "other")
        let names: string[] = Array.ofSeq other.ClassNames
        if names.Length = 0 then Errors.noClasses ()
        data.Classified(Labels.renamed data.Labels table.classNames names, names)

    member private _.Labels =
        match table.targets with
        | Targets.Classes labels -> labels
        | Targets.Numbers _ -> Errors.noClasses ()

    member private _.Classified(labels, names) =
        Dataset { table with Table.targets = Targets.Classes labels; classNames = names; schema = null }

    /// <summary>Some of the features, in the order given.</summary>
    /// <exception cref="T:LinearNets.SettingsException">A feature does not exist, is taken twice, or none is taken.</exception>
    member _.Select([<ParamArray>] columns: int[]) =
        ArgumentNullException.ThrowIfNull(columns, "columns")
        Errors.atLeast1 "The number of features to select" columns.Length
        for column in columns do
            let exists = column >= 0 && column < table.columns
            Errors.require "A feature to select" exists column (say $"0 to {table.columns - 1}")
        for column, count in Array.countBy id columns do
            Errors.require (say $"The feature '{table.featureNames[column]}'") (count = 1) (say $"selected {count} times") "once"
        Dataset(Table.select columns table)

    /// <summary>Some of the features by their names, in the order given.</summary>
    /// <exception cref="T:LinearNets.SettingsException">A feature does not exist, is taken twice, or none is taken.</exception>
    member data.Select([<ParamArray>] names: string[]) =
        ArgumentNullException.ThrowIfNull(names, "names")
        data.Select(Array.map (Table.column table) names)

    /// <summary>The rows of all, one data set after another. Classes are put together by their names: those of the first, and then
    /// what others have beside.</summary>
    /// <remarks>Rows without weights among others that have some count as 1.</remarks>
    /// <exception cref="T:LinearNets.SettingsException">The features of two have other names or another type of number, or their
    /// targets are of another kind.</exception>
    static member Concat([<ParamArray>] parts: Dataset[]) =
        ArgumentNullException.ThrowIfNull(parts, "parts")
        Errors.atLeast1 "The number of data sets to put together" parts.Length
        parts |> Array.iter (fun part -> ArgumentNullException.ThrowIfNull(part, "parts"))
        let first: Table = parts[0].Table
        let list (names: string[]) = String.Join(", ", Array.truncate 10 names) + (if names.Length > 10 then ", …" else "")
        parts
        |> Array.iteri (fun i part ->
            let table: Table = part.Table
            let sameAsFirst what value expected =
                Errors.require (say $"{what} of data set {i}") (value = expected) value (say $"{expected}, as data set 0 has")
            let sameNames what (names: string[]) expected =
                // Not by their lists, which may be cut.
                if names <> expected then
                    Errors.require (say $"{what} of data set {i}") false (list names) (say $"{list expected}, as data set 0 has")
            sameNames "The feature names" table.featureNames first.featureNames
            sameAsFirst "The type of number" (Table.stored table) (Table.stored first)
            sameAsFirst "The kind of targets" (Table.kind table) (Table.kind first)
            sameNames "The target names" table.targetNames first.targetNames
            sameAsFirst "The image shape" (string table.image) (string first.image))
        Dataset(Table.concat [ for part in parts -> part.Table ])

    /// <summary>Some of the rows, in the order given; a row may be taken more than once.</summary>
    /// <exception cref="T:LinearNets.DataException">A row does not exist, or none is taken.</exception>
    member _.Pick(rows: int[]) =
        ArgumentNullException.ThrowIfNull(rows, "rows")
        let part = if rows.Length = 1 then "1 row picked" else say $"{rows.Length} rows picked"
        Dataset { Table.pick rows table with Table.source = Table.from table part }

    /// <summary>Rows that follow one another.</summary>
    /// <exception cref="T:LinearNets.DataException">A row does not exist, or none is taken.</exception>
    member _.Slice(first: int, count: int) =
        if count < 1 then Errors.empty "dataset"
        if first < 0 then Errors.row "dataset" first table.rows
        if count > table.rows - first then Errors.row "dataset" (max first table.rows) table.rows
        let part = if count = 1 then say $"row {first}" else say $"rows {first}–{first + count - 1}"
        Dataset { Table.pick (Array.init count (fun i -> first + i)) table with Table.source = Table.from table part }

    /// <summary>Two data sets of the same rows in random order: the second has a share of them, the first the others.</summary>
    /// <param name="share">The second one's share, above 0 and below 1.</param>
    /// <param name="seed">The same seed makes the same two data sets.</param>
    /// <exception cref="T:LinearNets.SettingsException">One of the two would have no rows.</exception>
    member _.Split(share: float, seed: int) =
        checkShare share
        let second = int (Math.Round(share * float table.rows))
        let order = Random.permutation table.rows (Random.key seed)
        divide share seed (Array.splitAt (table.rows - second) order)

    /// <summary>Two data sets of the same rows in random order, each with the same share of every class, as near as whole rows
    /// allow: a class of two rows or more is in both, and one of a single row in the first.</summary>
    /// <param name="share">The second one's share, above 0 and below 1.</param>
    /// <param name="seed">The same seed makes the same two data sets.</param>
    /// <exception cref="T:LinearNets.SettingsException">One of the two would have no rows.</exception>
    /// <exception cref="T:LinearNets.DataException">Targets are numbers.</exception>
    member data.SplitStratified(share: float, seed: int) =
        checkShare share
        let labels = data.Labels
        let counts = Table.byClass table labels |> Array.map _.Length
        let left = Stratified.counts share counts
        let order = Random.permutation table.rows (Random.key seed)
        // The first rows of a class in the order are the second part's.
        let isSecond row =
            let label = labels[row]
            left[label] <- left[label] - 1
            left[label] >= 0
        let second, first = Array.partition isSecond order
        divide share seed (first, second)

    // ---- what it is like ----------------------------------------------------------------------------------------

    /// <summary>What each column is like, and how many rows each class has. It prints as a table.</summary>
    /// <remarks>Row weights are not looked at. Sums are put together in halves, and those of bytes are exact.</remarks>
    member data.Describe() = data.Describe false

    /// <summary>What each column is like, how many rows each class has and, if asked for, the mean of each feature over them.</summary>
    /// <param name="byClass">Whether to give the means of each class.</param>
    member data.Describe(byClass: bool) =
        let all = [| 0 .. table.rows - 1 |]
        let summary name (rows: int[]) =
            let means = if byClass then Table.featureSummaries rows table |> Array.map _.Mean else [||]
            ClassSummary(name, rows.Length, means)
        let classes =
            match table.targets with
            | Targets.Classes labels -> Array.map2 summary table.classNames (Table.byClass table labels)
            | Targets.Numbers _ -> [||]
        let source = if table.source = "" then "" else "\n  from " + table.source
        DatasetSummary(data.ToString() + source, Table.featureSummaries all table, Table.targetSummaries all table, classes)

    // ---- how it prints ------------------------------------------------------------------------------------------

    /// <summary>The number of rows, the features and the targets, in a line.</summary>
    override data.ToString() =
        let many count (name: string) (plural: string) = if count = 1 then say $"1 {name}" else say $"{count} {plural}"
        let kept =
            match Table.tryKeptValues table with
            | Some kept ->
                let share = 100.0 * float kept / (float table.rows * float table.columns)
                ", " + many kept "value" "values" + ", " + share.ToString("G2", CultureInfo.InvariantCulture) + " %"
            | None -> ""
        let stored = Table.stored table + kept
        let image = if table.image.HasValue then say $", images {table.image.Value}" else ""
        let targets =
            if data.HasClasses then
                let shown = Array.truncate 10 table.classNames |> String.concat ", "
                let more = if table.classNames.Length > 10 then ", …" else ""
                many data.Outputs "class" "classes" + say $": {shown}{more}"
            else
                many data.Outputs "target" "targets"
        many table.rows "row" "rows"
        + " × "
        + many table.columns "column" "columns"
        + say $" ({stored}{image}), {targets}"
        + (if isNull table.weights then "" else ", weighted")

    /// The line of ToString and, where rows are short, a table of the first ones.
    member private data.Preview =
        let widest, longest = 10, 5
        let heading = data.ToString() :: (if table.source = "" then [] else [ "  from " + table.source ])
        if table.columns > widest then
            String.concat "\n" heading
        else
            let print = TextTable.number
            let rows =
                [ for row in 0 .. min longest table.rows - 1 ->
                      [ for column in 0 .. table.columns - 1 -> print (feature row column) ],
                      if data.HasClasses then
                          [ data.ClassName row ]
                      else
                          [ for output in 0 .. data.Outputs - 1 -> print (target row output) ] ]
            let all = (List.ofArray table.featureNames, List.ofArray table.targetNames) :: rows
            let lines = TextTable.lines (fun _ -> false)
            let table =
                List.map2
                    (fun features targets -> "  " + features + " │ " + targets)
                    (lines (List.map fst all))
                    (lines (List.map snd all))
            let more = if data.Rows > longest then [ "  …" ] else []
            String.concat "\n" (heading @ table @ more)
