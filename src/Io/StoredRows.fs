// Rows of an array in a file, read by their place: IDX and NPY keep row after row, so that where a row is follows from its number.
//
//   offset + number · columns · size
//
// The file is read by position, not mapped: a mapped file that somebody shortens would end the process. Nothing is believed that
// the length of the file does not bear out, so that a header alone takes no memory.

namespace LinearNets.FSharp

open System
open System.IO
open System.Runtime.InteropServices
open LinearNets
open LinearNets.Kernels

/// Where rows are in a file.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal StoredRows =
    {
        path: string
        header: StoredHeader
        offset: int64
        rows: int64
        columns: int
        /// The bytes of the file.
        length: int64
    }

    member stored.RowBytes = int64 stored.columns * int64 stored.header.kind.Size

module internal StoredRows =

    /// The rows of a file, by its header.
    let ofFile path (header: Incoming -> StoredHeader) : StoredRows =
        Incoming.file path (fun stream ->
            let begins = Array.zeroCreate<byte> 2
            stream.ReadAtLeast(begins.AsSpan(), 2, false) |> ignore
            if begins = Incoming.gzip then Errors.packedRows path
            stream.Position <- 0L
            let incoming = Incoming(path, stream, ValueNone, null)
            let header = header incoming
            if header.isFortran && Array.filter (fun size -> size <> 1L) header.shape |> Array.length > 1 then
                Errors.fortranRows path
            if header.shape.Length = 0 then Errors.noRowsStored path
            let there = stream.Length - incoming.Offset
            let least = int64 header.kind.Size
            // No product is larger than what is there or an array, so that none overflows.
            let columns =
                (1L, header.shape[1..])
                ||> Array.fold (fun columns size ->
                    let fits = size >= 1L && size <= int64 Array.MaxLength / columns
                    if fits then columns * size else Errors.bytesShape path header.shapeAt header.shape)
            let rows = header.shape[0]
            if rows < 1L then Errors.bytesShape path header.shapeAt header.shape
            let rowBytes = columns * least
            if rows > there / rowBytes then
                let missing = Int128.op_Implicit rows * Int128.op_Implicit rowBytes - Int128.op_Implicit there
                let most = Int128.op_Implicit Int64.MaxValue
                Errors.bytesEnd path stream.Length (Int128.op_Explicit (min missing most): int64)
            if rows * rowBytes < there then Errors.bytesGoOn path (incoming.Offset + rows * rowBytes)
            { path = path
              header = header
              offset = incoming.Offset
              rows = rows
              columns = int columns
              length = stream.Length })

/// Reads rows, for one thread.
[<Sealed>]
type internal StoredRowReader(stored: StoredRows) =

    /// So many bytes are read at a time: what a system call costs does not count beside them.
    static let piece = 1 <<< 20

    let path = stored.path
    let size = stored.header.kind.Size

    let source =
        try
            ByteSource.OfFile path
        with
        | :? IOException as e -> Errors.dataNotRead path e.Message
        | :? UnauthorizedAccessException as e -> Errors.dataNotRead path e.Message

    do if source.Length <> stored.length then Errors.changedRows path stored.length source.Length

    let scratch = lazy GC.AllocateUninitializedArray<byte>(max piece (int (min (int64 Array.MaxLength) stored.RowBytes)))

    let raw row (into: Span<byte>) =
        let at = stored.offset + row * stored.RowBytes
        try
            source.Read(at, into)
        with
        | :? EndOfStreamException as e -> Errors.shrunkRows path row e.Message
        | :? IOException as e -> Errors.dataNotRead path e.Message
        if stored.header.isReversed then ForeignBytes.Reverse(into, size)
        if stored.header.kind = StoredKind.Booleans then Incoming.checkBooleans path at into

    /// Says which rows will be asked for soon.
    member _.Expect(row, count) = source.Expect(stored.offset + row * stored.RowBytes, count * stored.RowBytes)

    /// How many rows are read at a time.
    member _.Piece = max 1 (int (int64 piece / stored.RowBytes))

    /// So many rows as they are into an array, from a row of it on.
    member private _.Straight(row, count, into: 'T[], at) =
        raw row (MemoryMarshal.AsBytes(into.AsSpan(at * stored.columns, count * stored.columns)))

    /// The same for values of another type.
    member inline private reader.Changed<'S, 'T when 'S: unmanaged and 'S: struct and 'S: (new: unit -> 'S) and 'S :> ValueType>
        (row: int64, count, into: 'T[], at, [<InlineIfLambda>] change: int64 -> 'S -> 'T)
        =
        let bytes = reader.Scratch(row, count)
        let values = MemoryMarshal.Cast<byte, 'S>(Span<byte>(bytes, 0, count * int reader.RowBytes))
        let start, columns = at * reader.Columns, reader.Columns
        for i in 0 .. values.Length - 1 do
            into[start + i] <- change (row + int64 (i / columns)) values[i]

    member private _.RowBytes = stored.RowBytes
    member private _.Columns = stored.columns

    member private _.Scratch(row, count) =
        raw row (scratch.Value.AsSpan(0, count * int stored.RowBytes))
        scratch.Value

    member reader.Bytes(row, count, into: byte[], at) = reader.Straight(row, count, into, at)

    member reader.Singles(row, count, into: float32[], at) =
        match stored.header.kind with
        | StoredKind.SignedBytes -> reader.Changed(row, count, into, at, (fun _ (x: sbyte) -> float32 x))
        | StoredKind.Shorts -> reader.Changed(row, count, into, at, (fun _ (x: int16) -> float32 x))
        | _ -> reader.Straight(row, count, into, at)

    /// 64-bit numbers, of any values.
    member reader.Doubles(row, count, into: float[], at) =
        match stored.header.kind with
        | StoredKind.Booleans
        | StoredKind.Bytes -> reader.Changed(row, count, into, at, (fun _ (x: byte) -> float x))
        | StoredKind.SignedBytes -> reader.Changed(row, count, into, at, (fun _ (x: sbyte) -> float x))
        | StoredKind.Shorts -> reader.Changed(row, count, into, at, (fun _ (x: int16) -> float x))
        | StoredKind.Ints -> reader.Changed(row, count, into, at, (fun _ (x: int) -> float x))
        | StoredKind.Longs -> reader.Changed(row, count, into, at, (fun row (x: int64) -> WholeNumber.exact path row x))
        | StoredKind.Singles -> reader.Changed(row, count, into, at, (fun _ (x: float32) -> float x))
        | StoredKind.Doubles -> reader.Straight(row, count, into, at)

    /// Whole numbers below a bound.
    member reader.Labels(row, count, classes, into: int[], at) =
        match stored.header.kind with
        | StoredKind.Booleans
        | StoredKind.Bytes ->
            reader.Changed(row, count, into, at, (fun row (x: byte) -> WholeNumber.label path classes row (int64 x)))
        | StoredKind.SignedBytes ->
            reader.Changed(row, count, into, at, (fun row (x: sbyte) -> WholeNumber.label path classes row (int64 x)))
        | StoredKind.Shorts ->
            reader.Changed(row, count, into, at, (fun row (x: int16) -> WholeNumber.label path classes row (int64 x)))
        | StoredKind.Ints ->
            reader.Changed(row, count, into, at, (fun row (x: int) -> WholeNumber.label path classes row (int64 x)))
        | StoredKind.Longs -> reader.Changed(row, count, into, at, (fun row (x: int64) -> WholeNumber.label path classes row x))
        | StoredKind.Singles
        | StoredKind.Doubles -> invalidOp "Numbers are no labels."

    interface IDisposable with
        member _.Dispose() = source.Dispose()
