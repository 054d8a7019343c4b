// What a data set is like: a summary of each column, and of each class.
//
//   mean  m = Σx/n        standard deviation  √(Σ(x − m)²/n)        over the values that are there: NaN is one that is missing

namespace LinearNets

open System
open System.Collections.Generic
open System.Globalization

/// Tables of words.
module internal TextTable =

    /// Lines with the cells of a column below one another: words begin together where a column is said to be of words, numbers
    /// end together.
    let lines (isWords: int -> bool) (cells: string list list) =
        let widths = cells |> List.transpose |> List.map (List.map String.length >> List.max)
        let pad column width (cell: string) = if isWords column then cell.PadRight width else cell.PadLeft width
        cells |> List.map (fun row -> (List.mapi2 pad widths row |> String.concat "  ").TrimEnd())

    let number (value: float) = value.ToString("G6", CultureInfo.InvariantCulture)

/// <summary>What the values of a column are like. A value that is missing is NaN; row weights are not looked at.</summary>
[<Sealed; AllowNullLiteral>]
type ColumnSummary
    internal (name: string, count: int, missing: int, mean: float, standardDeviation: float, minimum: float, maximum: float) =

    /// <summary>The name of the column.</summary>
    member _.Name = name

    /// <summary>How many values there are.</summary>
    member _.Count = count

    /// <summary>How many values are missing.</summary>
    member _.Missing = missing

    /// <summary>The mean of the values; NaN if there are none.</summary>
    member _.Mean = mean

    /// <summary>The square root of their mean squared deviation from the mean: divided by their number, not by one less.</summary>
    member _.StandardDeviation = standardDeviation

    /// <summary>The least value.</summary>
    member _.Minimum = minimum

    /// <summary>The greatest value.</summary>
    member _.Maximum = maximum

    member internal summary.Cells =
        name
        :: string count
        :: string missing
        :: List.map TextTable.number [ mean; standardDeviation; minimum; maximum ]

    static member internal Heads = [ "column"; "count"; "missing"; "mean"; "sd"; "min"; "max" ]

    /// <summary>The numbers, each after its name.</summary>
    override summary.ToString() =
        List.map2 (fun head cell -> head + " " + cell) ColumnSummary.Heads.Tail summary.Cells.Tail
        |> String.concat ", "
        |> fun numbers -> name + ": " + numbers

/// <summary>What the rows of a class are like.</summary>
[<Sealed; AllowNullLiteral>]
type ClassSummary internal (name: string, count: int, means: float[]) =

    /// <summary>The name of the class.</summary>
    member _.Name = name

    /// <summary>How many rows it has.</summary>
    member _.Count = count

    /// <summary>The mean of each feature over its rows, if that was asked for; otherwise empty.</summary>
    member _.Means = Array.AsReadOnly means :> IReadOnlyList<float>

    /// <summary>The name and the number of rows.</summary>
    override _.ToString() = name + ": " + string count + (if count = 1 then " row" else " rows")

/// <summary>What a data set is like; it prints as a table.</summary>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type DatasetSummary internal (heading: string, features: ColumnSummary[], targets: ColumnSummary[], classes: ClassSummary[]) =

    // More lines than this do not fit before one's eyes.
    let most = 20

    let shown (rows: string list list) =
        if rows.Length <= most then
            rows, []
        else
            List.truncate most rows, [ say $"  … and {rows.Length - most} more" ]

    let table isWords heads rows =
        let rows, more = shown rows
        (TextTable.lines isWords (heads :: rows) |> List.map (fun line -> "  " + line)) @ more

    /// <summary>What each feature is like.</summary>
    member _.Features = Array.AsReadOnly features :> IReadOnlyList<ColumnSummary>

    /// <summary>What each target number is like; empty for classes.</summary>
    member _.Targets = Array.AsReadOnly targets :> IReadOnlyList<ColumnSummary>

    /// <summary>What each class is like; empty for numbers.</summary>
    member _.Classes = Array.AsReadOnly classes :> IReadOnlyList<ClassSummary>

    /// <summary>The data set in a line, a table of its columns, and one of its classes.</summary>
    override summary.ToString() =
        let columns (columns: ColumnSummary[]) = [ for column in columns -> column.Cells ]
        let isFirst column = column = 0
        let classTable =
            if classes.Length = 0 then
                []
            else
                let widest = 10
                let names =
                    if classes[0].Means.Count = 0 then
                        [||]
                    else
                        features |> Array.truncate widest |> Array.map (fun feature -> "mean " + feature.Name)
                let row (one: ClassSummary) =
                    one.Name :: string one.Count :: [ for i in 0 .. names.Length - 1 -> TextTable.number one.Means[i] ]
                table isFirst ("class" :: "count" :: List.ofArray names) [ for one in classes -> row one ]
        let tables = table isFirst ColumnSummary.Heads (columns features @ columns targets) @ classTable
        String.Join("\n", heading :: tables)

    member private summary.Text = summary.ToString()
