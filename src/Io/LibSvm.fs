// Sparse rows from the text format of LIBSVM and SVMlight: `label index:value …`, one row a line.
//
//   starts   [n + 1]   row i has the values from starts[i] to before starts[i + 1]
//   columns  [m]       the column of each value, counted from 0, ascending in a row
//   values   [m]
//   labels   [n]       the number that each row begins with

namespace LinearNets

open System
open LinearNets.Kernels

/// <summary>What the numbers at the beginnings of lines are.</summary>
type LibSvmTargets =
    /// <summary>Classes if all are whole numbers, otherwise numbers to predict.</summary>
    | Auto = 0
    /// <summary>Numbers to predict.</summary>
    | Numbers = 1
    /// <summary>Classes; they must be whole numbers.</summary>
    | Classes = 2

/// <summary>How a file of sparse rows is read.</summary>
[<Sealed; AllowNullLiteral>]
type LibSvmSettings() =

    /// <summary>The index of the first column: 1, the default, or 0.</summary>
    member val FirstIndex = 1 with get, set

    /// <summary>How many columns there are; null, the default, takes as many as occur. A file to predict from needs the number of
    /// the file that was trained on.</summary>
    member val Columns = Nullable<int>() with get, set

    /// <summary>Whether to pass over the groups of queries, <c>qid:3</c>; the default refuses them, for they change what is learned.</summary>
    member val IgnoreQueries = false with get, set

    /// <summary>Whether to sort indices that do not ascend; the default refuses them.</summary>
    member val SortIndices = false with get, set

    /// <summary>The type of number of the values; labels are always read in 64 bits.</summary>
    member val Numbers = NumberType.Double with get, set

    /// <summary>What the numbers at the beginnings of lines are. The different ones, in increasing order, are the classes, and their
    /// names; the default takes whole numbers for classes.</summary>
    member val TargetKind = LibSvmTargets.Auto with get, set

    /// <summary>How many threads read; null, the default, for as many as there are processors. It changes no bit.</summary>
    member val Threads = Nullable<int>() with get, set

/// Rows of which most values are 0 and are not kept; values are an array of float32 or of float.
[<NoEquality; NoComparison>]
type internal SparseRows = { rows: int; width: int; starts: int[]; columns: int[]; values: Array; labels: float[] }

module internal LibSvm =

    /// A column has a name, and names of more would take gigabytes.
    let private mostColumns = 1 <<< 25

    let private check (settings: LibSvmSettings) =
        let isOneOf low high (value: Nullable<int>) = not value.HasValue || value.Value >= low && value.Value <= high
        let first = settings.FirstIndex
        match
            Problem.unless (first = 0 || first = 1) "FirstIndex" first "0 or 1"
            @ Problem.unless (isOneOf 1 mostColumns settings.Columns) "Columns" settings.Columns "1 or more"
            @ Problem.unless (isOneOf 1 mostColumns settings.Threads) "Threads" settings.Threads "1 or more"
            @ Problem.unless (Enum.IsDefined settings.Numbers) "Numbers" settings.Numbers "Single or Double"
            @ Problem.unless (Enum.IsDefined settings.TargetKind) "TargetKind" settings.TargetKind "Auto, Numbers or Classes"
        with
        | [] -> ()
        | problems -> Errors.settings problems

    let private refuse (input: TextInput) (settings: LibSvmSettings) (fault: TextFault) =
        let place = TextInput.at input LibSvmText.Dialect.Newline fault.Place
        match fault.Problem with
        | TextProblem.NotANumber -> Errors.notASparseNumber place fault.Text
        | TextProblem.BeyondRange -> Errors.beyondRange place fault.Text
        | TextProblem.NotAPair -> Errors.notAPair place fault.Text
        | TextProblem.IndexTooSmall -> Errors.smallIndex place fault.Text settings.FirstIndex
        | TextProblem.IndexTooLarge ->
            let columns = if settings.Columns.HasValue then settings.Columns.Value else mostColumns
            Errors.largeIndex place fault.Text (int64 columns - 1L + int64 settings.FirstIndex)
        | TextProblem.NotAscending -> Errors.notAscending place fault.Text settings.SortIndices
        | TextProblem.Query -> Errors.query place fault.Text
        | TextProblem.ZeroByte -> Errors.zeroByte place
        | TextProblem.RowTooLong -> Errors.longRow place TextRows.MostRowBytes
        | TextProblem.Changed -> Errors.changedText place
        | other -> invalidOp (say $"{other}")

    let private ofType<'T
        when 'T: unmanaged
        and 'T: struct
        and 'T: (new: unit -> 'T)
        and 'T :> ValueType
        and 'T :> Numerics.IBinaryFloatingPointIeee754<'T>>
        (input: TextInput)
        (settings: LibSvmSettings)
        =
        let source = input.source
        let threads = if settings.Threads.HasValue then settings.Threads.Value else Workers.Usual
        let refuseFirst (fault: TextFault) = if not (isNull fault) then refuse input settings fault
        let chunks = TextScan.Run(source, 0L, LibSvmText.Dialect, threads)
        for chunk in chunks do
            if chunk.Nul >= 0L then refuseFirst (TextFault(TextProblem.ZeroByte, chunk.Nul, 0, ""))
        let rows = chunks |> Array.sumBy (fun chunk -> int64 chunk.Rows)
        if rows = 0L then Errors.noText input.name
        if rows >= int64 Array.MaxLength then Errors.manyValues input.name rows 1
        let counts = LibSvmCount(source, chunks)
        refuseFirst (counts.Run threads)
        let values = Array.sum counts.Values
        if values > int64 Array.MaxLength then Errors.manySparseValues input.name values
        let mostColumns = if settings.Columns.HasValue then settings.Columns.Value else mostColumns
        let dialect = LibSvmDialect(settings.FirstIndex, mostColumns, settings.IgnoreQueries, settings.SortIndices)
        let labels = GC.AllocateUninitializedArray<float>(int rows)
        let starts = GC.AllocateUninitializedArray<int>(int rows + 1)
        let columns = GC.AllocateUninitializedArray<int>(int values)
        let x = GC.AllocateUninitializedArray<'T>(int values)
        starts[int rows] <- int values
        let reader = LibSvmRows<'T>(source, chunks, dialect, counts.Values, labels, starts, columns, x)
        refuseFirst (reader.Run threads)
        { rows = int rows
          width = if settings.Columns.HasValue then settings.Columns.Value else reader.Width
          starts = starts
          columns = columns
          values = x
          labels = labels }

    let readInput input (settings: LibSvmSettings) =
        check settings
        match settings.Numbers with
        | NumberType.Single -> ofType<float32> input settings
        | _ -> ofType<float> input settings

    let read path (settings: LibSvmSettings) =
        ArgumentNullException.ThrowIfNull(settings, nameof settings)
        TextInput.ofFile path (fun input -> readInput input settings)

    let parse text (settings: LibSvmSettings) =
        ArgumentNullException.ThrowIfNull(settings, nameof settings)
        TextInput.ofText text (fun input -> readInput input settings)

    let readStream stream (settings: LibSvmSettings) =
        ArgumentNullException.ThrowIfNull(settings, nameof settings)
        TextInput.ofStream stream (fun input -> readInput input settings)
