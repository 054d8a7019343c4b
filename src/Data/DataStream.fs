// Rows that need not fit into memory.
//
//   source ──► reader, on a thread of its own ──► window: rows in memory, in an order ──► minibatches
//
//   places known (NPY, IDX)     blocks of rows that follow one another, in a random order; windows are what comes in it
//   places not known (the rest) windows are what comes next
//
// Rows of a window are visited in random order, so that it bounds how far the order is from that of all rows. Blocks are there for
// the disk, which reads many rows at one place faster than one row at many. A window that covers the data is read once, and has
// the order that the data have in memory: then the bits of a fit are the same.
//
// There is room for two windows: one is filled while the other is trained on. It is made as rows come, and used again.

namespace LinearNets

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Runtime.ExceptionServices
open System.Runtime.InteropServices
open System.Threading
open LinearNets.FSharp

/// Room for the rows of a window.
[<Sealed>]
type internal Room() =
    let mutable table: Table voption = ValueNone
    let mutable count = 0
    // The numbers that rows have in their source: those from a row of the window on follow one another.
    let runs = List<struct (int * int64)>()

    static let length (table: Table) = table.rows

    member _.Count = count

    member _.Clear() =
        count <- 0
        runs.Clear()

    /// The room, in which there is some for so many rows more, of which there will be at most so many.
    member _.Reserve(like: Table, more, most) =
        let least = count + more
        match table with
        | ValueSome made when made.rows >= least -> made
        | _ ->
            let before = table |> ValueOption.map length |> ValueOption.defaultValue 0
            let rows = max least (int (min (int64 most) (2L * int64 before)))
            // What is like it may be a caller's, whose arrays are not ours to write into.
            let made = Table.withRoom rows count (ValueOption.defaultValue like table)
            table <- ValueSome made
            made

    /// Rows were put behind the others; the first has a number in the source.
    member _.Add(rows, number) =
        runs.Add(struct (count, number))
        count <- count + rows

    /// The rows, with names that may have become more.
    member _.Rows(classNames: string[]) : Table =
        match table with
        | ValueSome table -> { Table.truncated count table with classNames = classNames }
        | ValueNone -> Errors.empty "stream"

    member _.Number =
        let runs = runs.ToArray()
        fun row ->
            let run = Array.FindLastIndex(runs, (fun (struct (at, _)) -> at <= row))
            let struct (at, number) = runs[run]
            number + int64 (row - at)

/// Goes through the rows of a source once.
[<AbstractClass>]
type internal RowReader() =
    /// Puts rows into the room, as long as it has fewer than so many; how many there were. 0 is the end.
    abstract Read: room: Room * most: int -> int
    /// A table of the columns; nothing where there are no rows.
    abstract Like: Table voption
    /// The names of the classes of all rows so far.
    abstract ClassNames: string[]
    abstract Dispose: unit -> unit

    interface IDisposable with
        member reader.Dispose() = reader.Dispose()

/// Where rows come from.
[<AbstractClass>]
type internal RowSource() =
    /// A table of as many columns, with as many rows as are at hand.
    abstract Like: Table
    abstract Rows: int64 voption
    abstract Name: string
    /// Goes through the rows from one on; where they have places, in the order that a key gives their blocks, a share of a window
    /// of so many rows each. Rows are refused that are unlike those of the passes before, where there were some.
    abstract Open:
        window: int * blocks: Key voption * row: int64 * before: Table voption * cancellation: CancellationToken -> RowReader

// ---- rows that have places --------------------------------------------------------------------------------------------

/// Rows of two files of arrays.
[<Sealed>]
type internal StoredSource(features: StoredRows, targets: StoredRows) =
    inherit RowSource()

    /// A window is of so many blocks, or more: a block is no longer than what a disk reads at its full speed.
    static let blocksOfWindow, longestBlock = 16, 4L <<< 20

    /// So many blocks are fetched before their turn: with 16 of 4 MiB asked for ahead, a random order of them was measured to be
    /// read as fast as the order that they have.
    static let blocksAhead = 16

    do if features.rows <> targets.rows then Errors.rowsStored features.path features.rows targets.path targets.rows

    let isClasses =
        targets.columns = 1
        && match targets.header.kind with
           | StoredKind.Singles
           | StoredKind.Doubles -> false
           | _ -> true

    let classes =
        if not isClasses then
            0
        else
            use reader = new StoredRowReader(targets)
            let labels = GC.AllocateUninitializedArray<int>(int (min features.rows (int64 reader.Piece)))
            let mutable row, most = 0L, 0
            while row < features.rows do
                let count = int (min (features.rows - row) (int64 labels.Length))
                reader.Labels(row, count, Labels.largestClass + 1, labels, 0)
                most <- max most (Array.max (if count = labels.Length then labels else Array.sub labels 0 count))
                row <- row + int64 count
            most + 1

    let like: Table =
        { Table.empty
              features.columns
              (match features.header.kind with
               | StoredKind.Booleans
               | StoredKind.Bytes -> Features.Bytes [||]
               | StoredKind.SignedBytes
               | StoredKind.Shorts
               | StoredKind.Singles -> Features.Singles [||]
               | _ -> Features.Doubles [||])
              (if isClasses then Targets.Classes [||] else Targets.Numbers([||], targets.columns)) with
            classNames = Array.init classes string
            image =
                (match features.header.shape with
                 | [| _; height; width |] -> Nullable { Height = int height; Width = int width }
                 | _ -> Nullable())
            source = IO.Path.GetFileName features.path }

    override _.Like = like
    override _.Rows = ValueSome features.rows
    override _.Name = like.source

    override _.Open(window, key, first, _, cancellation) =
        // An order is an array of block numbers.
        let shortest = features.rows / int64 (1 <<< 24) + 1L
        let blockRows = min (longestBlock / features.RowBytes) (int64 (window / blocksOfWindow)) |> max shortest
        let blocks = int ((features.rows - 1L) / blockRows + 1L)
        let order =
            match key with
            | ValueSome key -> Random.permutation blocks key
            | ValueNone -> Array.init blocks id
        let rowsOf block = min blockRows (features.rows - int64 block * blockRows)
        let x, y = new StoredRowReader(features), new StoredRowReader(targets)
        let piece = min x.Piece y.Piece
        // The block under way, and how many of its rows are done.
        let mutable at, inBlock = 0, first
        while at < blocks && inBlock >= rowsOf order[at] do
            inBlock <- inBlock - rowsOf order[at]
            at <- at + 1
        let expect at =
            if at < blocks then
                let row = int64 order[at] * blockRows
                x.Expect(row, rowsOf order[at])
                y.Expect(row, rowsOf order[at])
        for block in at .. at + blocksAhead - 1 do
            expect block
        let read row count (into: Table) to' =
            match into.features with
            | Features.Bytes values -> x.Bytes(row, count, values, to')
            | Features.Singles values -> x.Singles(row, count, values, to')
            | Features.Doubles values -> x.Doubles(row, count, values, to')
            | Features.SparseSingles _
            | Features.SparseDoubles _ -> Table.notDense ()
            match into.targets with
            | Targets.Classes labels -> y.Labels(row, count, classes, labels, to')
            | Targets.Numbers(values, _) -> y.Doubles(row, count, values, to')
        { new RowReader() with
            member _.Like = ValueSome like
            member _.ClassNames = like.classNames
            member _.Read(room, most) =
                cancellation.ThrowIfCancellationRequested()
                if at = blocks then
                    0
                else
                    let row = int64 order[at] * blockRows + inBlock
                    let rest = min (rowsOf order[at] - inBlock) (int64 (most - room.Count))
                    let count = int (min rest (int64 piece))
                    read row count (room.Reserve(like, most - room.Count, most)) room.Count
                    room.Add(count, row)
                    inBlock <- inBlock + int64 count
                    if inBlock = rowsOf order[at] then
                        expect (at + blocksAhead)
                        at <- at + 1
                        inBlock <- 0L
                    count
            member _.Dispose() =
                (x :> IDisposable).Dispose()
                (y :> IDisposable).Dispose() }

// ---- rows that come one after the other -------------------------------------------------------------------------------

/// Batches of rows, from whoever makes them.
[<Sealed>]
type internal BatchSource(name, batches: CancellationToken -> IEnumerator<Dataset>) =
    inherit RowSource()

    static let takes number (batch: Dataset) =
        if isNull batch then Errors.noBatch number
        if batch.IsSparse then
            Errors.sparse "a stream of batches" "Make each dense by ToDense, or put them together by Dataset.Concat."

    let like =
        lazy
            (use batches = batches CancellationToken.None
             if not (batches.MoveNext()) then Errors.empty "stream"
             takes 0L batches.Current
             batches.Current.Table)

    /// Refuses a batch that is unlike those before it.
    static let check number (before: Table) (table: Table) =
        let alike what got expected = if got <> expected then Errors.batchKind number what got expected
        alike "the number of columns" (string table.columns) (string before.columns)
        alike "the type of number" (Table.stored table) (Table.stored before)
        alike "the kind of targets" (Table.kind table) (Table.kind before)
        alike "the number of targets" (string table.targetNames.Length) (string before.targetNames.Length)
        let weights (table: Table) = if isNull table.weights then "none" else "one for each row"
        alike "the number of weights" (weights table) (weights before)
        // A batch may have fewer classes than another.
        for i in 0 .. min table.classNames.Length before.classNames.Length - 1 do
            alike (say $"class {i}") (say $"'{table.classNames[i]}'") (say $"'{before.classNames[i]}'")

    override _.Like = like.Value
    override _.Rows = ValueNone
    override _.Name = name

    override _.Open(_, _, _, before, cancellation) =
        let batches = batches cancellation
        let mutable first = before
        let mutable classNames = before |> ValueOption.map _.classNames |> ValueOption.defaultValue [||]
        // The batch under way, and how many of its rows are done.
        let mutable batch: Table voption = ValueNone
        let mutable number, inBatch, rows = 0L, 0, 0L

        let rec next () =
            if not (batches.MoveNext()) then
                ValueNone
            else
                let data = batches.Current
                takes number data
                match first with
                | ValueSome first -> check number { first with classNames = classNames } data.Table
                | ValueNone -> first <- ValueSome data.Table
                data.CheckFeatures(say $"batch {number} of the stream")
                data.CheckTargets(say $"batch {number} of the stream")
                if data.Table.classNames.Length > classNames.Length then classNames <- data.Table.classNames
                number <- number + 1L
                // A row of weight 0 is a row removed.
                match Table.kept data.Table with
                | [||] -> next ()
                | kept when kept.Length < data.Rows -> ValueSome(Table.pick kept data.Table)
                | _ -> ValueSome data.Table

        /// The batch under way, or the next one.
        let here () =
            match batch with
            | ValueSome table when inBatch < table.rows -> ()
            | _ ->
                batch <- next ()
                inBatch <- 0
            batch

        { new RowReader() with
            member _.Like = here ()
            member _.ClassNames = classNames
            member _.Read(room, most) =
                cancellation.ThrowIfCancellationRequested()
                match here () with
                | ValueNone -> 0
                | ValueSome table ->
                    let count = min (table.rows - inBatch) (most - room.Count)
                    Table.copy table inBatch count (room.Reserve(table, count, most)) room.Count
                    room.Add(count, rows)
                    rows <- rows + int64 count
                    inBatch <- inBatch + count
                    count
            member _.Dispose() = batches.Dispose() }

// ---- windows ----------------------------------------------------------------------------------------------------------

/// How many rows are in memory at once.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal WindowSize =
    | Rows of int
    | Bytes of int64

    /// The most rows that an array has room for.
    static member Most(like: Table) = max 1 (Array.MaxLength / max like.columns like.targetNames.Length)

    member size.RowsOf(like: Table) =
        let rows =
            match size with
            | Rows rows -> int64 rows
            | Bytes bytes -> bytes / Table.rowBytes like
        int (max 1L (min rows (int64 (WindowSize.Most like))))

/// A window, and the room that it is in.
type private Filled = (struct (Room * Window))

/// The windows of a pass, which a thread fills one after the other.
[<Sealed>]
type private Prefetch
    (read: BlockingCollection<Room> -> BlockingCollection<Filled> -> CancellationToken -> unit, rooms, cancellation) =

    let cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellation: CancellationToken)
    let free, filled = new BlockingCollection<Room>(), new BlockingCollection<Filled>()
    let mutable failure: ExceptionDispatchInfo = null
    let mutable current: Filled voption = ValueNone

    let work () =
        try
            try
                read free filled cancel.Token
            with e ->
                failure <- ExceptionDispatchInfo.Capture e
        finally
            filled.CompleteAdding()

    let thread = Thread(work, IsBackground = true, Name = "LinearNets reader")

    do
        List.iter free.Add rooms
        thread.Start()

    interface IEnumerator<Window> with
        member _.Current: Window =
            let struct (_, window) = current.Value
            window
        member _.Current: obj = box current.Value
        member _.Reset() = raise (NotSupportedException())

        // The room of the window before is free from here on. Where nothing more is filled, it is left as it is.
        member _.MoveNext() =
            match current with
            | ValueSome(struct (room, _)) -> free.Add room
            | ValueNone -> ()
            let mutable next = Unchecked.defaultof<Filled>
            let isThere = filled.TryTake(&next, Timeout.Infinite)
            current <- if isThere then ValueSome next else ValueNone
            if not isThere && not (isNull failure) then failure.Throw()
            isThere

        member _.Dispose() =
            cancel.Cancel()
            thread.Join()
            cancel.Dispose()
            free.Dispose()
            filled.Dispose()

/// Windows whose rows something is done with.
[<Sealed>]
type private MappedWindows(windows: Windows, change: Dataset -> Dataset, first: Dataset) =
    inherit Windows()

    let mapped (window: Window) =
        let isFirst = obj.ReferenceEquals(window.data, windows.First.data)
        { window with data = (if isFirst then first else window.Within change) }

    override _.Rows = windows.Rows
    override _.First = mapped windows.First
    override _.Pass(epoch, row) = windows.Pass(epoch, row) |> Seq.map mapped
    override windows.Map(change, first) = new MappedWindows(windows, change, first)
    override _.Dispose() = windows.Dispose()

/// Passes over a source, with room for two windows.
[<Sealed>]
type internal StreamWindows(source: RowSource, size: WindowSize, batch: int, seed, isShuffled, cancellation: CancellationToken) =
    inherit Windows()

    let rooms = [ Room(); Room() ]

    // A source that gives its rows once is not asked for the first window twice.
    let mutable begun: IEnumerator<Window> = null
    let mutable first: Window voption = ValueNone
    // The only window, once it is known to be.
    let mutable all: Windows voption = ValueNone

    // What the passes so far had, without rows: a source may make others each time.
    let mutable known: Table voption = ValueNone

    let isOrdered epoch = isShuffled && epoch <> Windows.InOrder

    /// All but the last window have whole minibatches, unless there is only one. A minibatch may be longer than any data, as a way to
    /// say that they are to be one.
    let rowsOf like =
        let rows = size.RowsOf like
        let whole = min (max 1 (rows / batch) * batch) (WindowSize.Most like)
        match source.Rows with
        | ValueSome all when all <= int64 (max rows whole) -> int all
        | _ -> whole

    /// The rows of a room, in the order of the epoch.
    let inOrder epoch index before (reader: RowReader) (room: Room) : Window =
        let data = Dataset(room.Rows reader.ClassNames)
        let order =
            if not (isOrdered epoch) then Data.kept data
            elif index = 0 then Data.order seed epoch data
            else Random.permutation data.Rows (Random.split (Data.orderKey seed epoch) index)
        { data = data; order = order; first = before; number = room.Number }

    /// Fills one room after another, until the rows end.
    let read epoch row (free: BlockingCollection<Room>) (filled: BlockingCollection<Filled>) cancellation =
        // Where rows have no places, a pass begins with the first of them, and the window is known when it is there.
        let window = if source.Rows.IsSome then rowsOf source.Like else 0
        let index = if row = 0L then 0 else int (row / int64 window)
        let before = int64 index * int64 window
        let blocks = -1
        let isAll = source.Rows = ValueSome(int64 window)
        let key =
            if isOrdered epoch && not isAll then
                ValueSome(Random.split (Data.orderKey seed epoch) blocks)
            else
                ValueNone
        use reader = source.Open(window, key, before, known, cancellation)
        match reader.Like with
        | ValueNone -> ()
        | ValueSome like ->
            if known.IsNone then known <- ValueSome(Table.withRoom 0 0 like)
            let rows = rowsOf like
            let rec fill (room: Room) = if room.Count < rows && reader.Read(room, rows) > 0 then fill room
            let rec windows index before =
                let room = free.Take cancellation
                room.Clear()
                fill room
                known <- known |> ValueOption.map (fun known -> { known with classNames = reader.ClassNames })
                if room.Count > 0 then
                    let isWhole = before % int64 batch = 0L
                    Errors.require "The batch size" isWhole batch (say $"{rows} or fewer: an array has room for no more rows")
                    filled.Add(struct (room, inOrder epoch index before reader room))
                    windows (index + 1) (before + int64 room.Count)
            windows index before

    let opened epoch row : IEnumerator<Window> = new Prefetch(read epoch row, rooms, cancellation)

    override _.Rows = source.Rows

    override _.First =
        if first.IsNone then
            begun <- opened 1 0L
            if not (begun.MoveNext()) then Errors.empty "stream"
            first <- ValueSome begun.Current
        first.Value

    override _.Pass(epoch, row) =
        let pass () =
            seq {
                let isBegun = not (isNull begun) && epoch = 1 && row = 0L
                use pass = if isBegun then begun else opened epoch row
                begun <- null
                let mutable isOpen = isBegun || pass.MoveNext()
                if not isOpen && row = 0L then Errors.emptyPass epoch
                let mutable count = 0
                let mutable only = Unchecked.defaultof<Window>
                while isOpen do
                    only <- pass.Current
                    count <- count + 1
                    yield only
                    isOpen <- pass.MoveNext()
                if count = 1 && row = 0L then all <- ValueSome(new WindowOfAll(only.data, seed, isShuffled) :> Windows)
            }
        Seq.delay (fun () ->
            match all with
            | ValueSome all -> all.Pass(epoch, row)
            | ValueNone -> pass ())

    override windows.Map(change, first) = new MappedWindows(windows, change, first)
    override _.Dispose() = if not (isNull begun) then begun.Dispose()

// ---- the stream -------------------------------------------------------------------------------------------------------

/// <summary>Rows that need not fit into memory, and what is to be predicted of each. A pass over them has a window of them in memory,
/// and reads the next one meanwhile.</summary>
/// <remarks>A stream has no state: any number of passes may be under way at once, if whoever makes its batches allows it.</remarks>
/// <example><code>
/// Synthetic.Linear([2.0, -3.4], rows: 1000).ToNpy("x.npy", "y.npy");
/// DataStream stream = DataStream.FromNpy("x.npy", "y.npy").WithWindow(100_000);
/// </code></example>
[<Sealed; AllowNullLiteral; StructuredFormatDisplay("{Text}")>]
type DataStream internal (source: RowSource, size: WindowSize) =

    /// Small beside the memory of any machine, large beside what is read at once.
    static let usual = WindowSize.Bytes(64L <<< 20)

    static let checkNull (value: obj) (name: string) = ArgumentNullException.ThrowIfNull(value, name)

    static let synchronous (batches: IAsyncEnumerable<Dataset>) (cancellation: CancellationToken) =
        let batches = batches.GetAsyncEnumerator cancellation
        { new IEnumerator<Dataset> with
            member _.Current: Dataset = batches.Current
            member _.Current: obj = batches.Current
            member _.MoveNext() = batches.MoveNextAsync().AsTask().GetAwaiter().GetResult()
            member _.Reset() = raise (NotSupportedException())
            member _.Dispose() = batches.DisposeAsync().AsTask().GetAwaiter().GetResult() }

    member internal _.Windows(batch, seed, isShuffled, cancellation) : Windows =
        new StreamWindows(source, size, batch, seed, isShuffled, cancellation)

    // ---- making one ---------------------------------------------------------------------------------------------

    /// <summary>Rows of two files that NumPy wrote with <c>numpy.save</c>, read by their place.</summary>
    /// <param name="features">The file of features; see <c>Dataset.FromNpy</c>. Its order is C's, which keeps rows together.</param>
    /// <param name="targets">The file of targets. Labels are read once here, to know how many classes there are.</param>
    /// <exception cref="T:LinearNets.DataException">A file is not there, is damaged, or is of another format, or one has more rows.</exception>
    static member FromNpy(features: string, targets: string) =
        DataStream(StoredSource(StoredRows.ofFile features Npy.header, StoredRows.ofFile targets Npy.header), usual)

    /// <summary>Rows of two files in the IDX format of MNIST, read by their place.</summary>
    /// <param name="images">The file of features; see <c>Dataset.FromIdx</c>. It is not packed: what is has no places.</param>
    /// <param name="labels">The file of targets. Labels are read once here, to know how many classes there are.</param>
    /// <exception cref="T:LinearNets.DataException">A file is not there, is damaged, packed, or of another format, or one has more rows.</exception>
    static member FromIdx(images: string, labels: string) =
        DataStream(StoredSource(StoredRows.ofFile images Idx.header, StoredRows.ofFile labels Idx.header), usual)

    /// <summary>The rows of a CSV file, parsed a few mebibytes at a time. Each pass looks through the text once before, for where rows
    /// begin and for words that no schema has.</summary>
    /// <param name="path">The file; see <c>Dataset.FromCsv</c>.</param>
    /// <param name="settings">Which columns, and how they are read. Missing values cannot become means: those are of all rows.</param>
    /// <exception cref="T:LinearNets.SettingsException">A missing value would become a mean.</exception>
    static member FromCsv(path: string, settings: CsvSettings) =
        ArgumentException.ThrowIfNullOrEmpty(path, "path")
        checkNull settings "settings"
        let isMean = settings.Missing = MissingValues.Mean
        Errors.require
            "Missing"
            (not isMean)
            settings.Missing
            "Error or DropRow: the mean is that of all rows, which a stream does not have"
        let batches cancellation = (Csv.streamed path settings cancellation |> Seq.map (Table.ofCsv >> Dataset)).GetEnumerator()
        DataStream(BatchSource(IO.Path.GetFileName path, batches), usual)

    /// <summary>Rows that come in batches of any sizes, all with the same columns. Each pass goes through the sequence once.</summary>
    /// <remarks>Batches are asked for on a thread of its own. Numbers are checked as they come. The columns are those of the first
    /// batch; a later one may have more classes, after those that others have.</remarks>
    /// <param name="batches">The batches. A sequence that can be gone through once is enough for one epoch, or where the window has all
    /// rows.</param>
    static member FromBatches(batches: IEnumerable<Dataset>) =
        checkNull batches "batches"
        DataStream(BatchSource("batches", (fun _ -> batches.GetEnumerator())), usual)

    /// <summary>Rows that come in batches of any sizes, all with the same columns, waited for. Each pass goes through the sequence
    /// once; its cancellation is that of the fit.</summary>
    /// <param name="batches">The batches.</param>
    static member FromBatches(batches: IAsyncEnumerable<Dataset>) =
        checkNull batches "batches"
        DataStream(BatchSource("batches", synchronous batches), usual)

    /// <summary>The same stream with another window: how many rows are in memory at once, and how far a shuffled row comes. There is
    /// room for two. It is rounded to whole minibatches; one that has all rows gives the bits of a fit in memory.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There are fewer rows than 1.</exception>
    member _.WithWindow(rows: int) =
        Errors.atLeast1 "The number of rows of a window" rows
        DataStream(source, WindowSize.Rows rows)

    // ---- what it is ---------------------------------------------------------------------------------------------

    /// <summary>The number of rows; null where nobody knows before they have come.</summary>
    member _.Rows =
        match source.Rows with
        | ValueSome rows -> Nullable rows
        | ValueNone -> Nullable()

    /// <summary>How many rows are in memory at once. Of batches the first is asked for.</summary>
    member _.Window = size.RowsOf source.Like

    /// <summary>The number of features of a row. Of batches the first is asked for.</summary>
    member _.Columns = source.Like.columns

    /// <summary>Whether the targets are classes rather than numbers. Of batches the first is asked for.</summary>
    member _.HasClasses = source.Like.targets.IsClasses

    /// <summary>The names of the classes; empty where targets are numbers. Of batches the first is asked for.</summary>
    member _.ClassNames = Array.AsReadOnly source.Like.classNames :> IReadOnlyList<string>

    /// <summary>Where the rows come from, and how many there are.</summary>
    override _.ToString() =
        let rows =
            match source.Rows with
            | ValueSome rows -> say $", {rows} rows × {source.Like.columns} columns"
            | ValueNone -> ""
        (say $"stream of {source.Name}{rows}")

    member private stream.Text = stream.ToString()
