// Bytes that are not believed, in the order in which they come: a file, what a gzip file unpacks to, an entry of an archive.
//
//   Take      so many bytes, or an error that says at which byte the data end
//   Values    so many values: where it is known how much is there, more is refused before any room is made; where it is not,
//             as of what is packed, room is made for twice what has come, so that a header alone takes no memory
//   End       nothing comes after the values, so that what unpacks without end is not unpacked; and the checksum is right
//
// .NET takes packed data that are cut for data that end, and does not look at the checksums of an archive: so the checksum of
// all that has come is compared here. That of a gzip file stands before its last four bytes: the file is one packed piece.
//
// Offsets are those of the data: of what is unpacked, where they are packed.

namespace LinearNets.FSharp

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open LinearNets
open LinearNets.Kernels

/// The values of an array as they are in a file.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal StoredValues =
    | Bytes of byte[]
    | SignedBytes of sbyte[]
    | Shorts of int16[]
    | Ints of int[]
    | Longs of int64[]
    | Singles of float32[]
    | Doubles of float[]

/// The types of the values of a file.
[<RequireQualifiedAccess; NoComparison>]
type internal StoredKind =
    | Booleans
    | Bytes
    | SignedBytes
    | Shorts
    | Ints
    | Longs
    | Singles
    | Doubles

    /// How many bytes a value has.
    member kind.Size =
        match kind with
        | Booleans
        | Bytes
        | SignedBytes -> 1
        | Shorts -> 2
        | Ints
        | Singles -> 4
        | Longs
        | Doubles -> 8

/// What a header says of the values behind it. The shape stands at an offset.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal StoredHeader = { kind: StoredKind; isReversed: bool; isFortran: bool; shape: int64[]; shapeAt: int64 }

/// An array of a file, row after row.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal StoredArray = { shape: int[]; values: StoredValues }

/// Bytes in the order in which they come. Those that are packed have a checksum. Where there is one that watches, it is handed
/// all of them.
[<Sealed>]
type internal Incoming(path: string, stream: Stream, checksum: uint32 voption, watch: SpanAction) =

    let isPacked = checksum.IsSome

    /// Bytes are taken so many at a time; where nobody knows how many there are, room for so many is made first.
    static let piece, first = 1 <<< 20, 1 <<< 16

    let mutable offset = 0L
    let mutable sum = 0u

    member _.Path = path

    /// How many bytes have come.
    member _.Offset = offset

    member private _.Read(into: Span<byte>) =
        try
            stream.Read into
        with
        | :? InvalidDataException as e -> Errors.bytesPacked path offset e.Message
        | :? IOException as e when isPacked -> Errors.bytesPacked path offset e.Message
        | :? IOException as e -> Errors.dataNotRead path e.Message

    /// All of the span; later on so many bytes more are wanted.
    member private incoming.Fill(into: Span<byte>, later: int64) =
        let mutable have = 0
        while have < into.Length do
            match incoming.Read(into.Slice have) with
            | 0 -> Errors.bytesEnd path offset (int64 (into.Length - have) + later)
            | read ->
                offset <- offset + int64 read
                have <- have + read
        if isPacked then sum <- Crc32.Append(sum, Span.op_Implicit into)
        if not (isNull watch) then watch.Invoke into

    /// So many bytes.
    member incoming.Take(count: int) =
        let bytes = Array.zeroCreate<byte> count
        incoming.Fill(bytes.AsSpan(), 0L)
        bytes

    /// So many values, in the machine's order of bytes or the other one.
    member incoming.Values<'T when 'T: unmanaged and 'T: struct and 'T :> ValueType and 'T: (new: unit -> 'T)>
        (count: int, isReversed: bool)
        =
        let size = Unsafe.SizeOf<'T>()
        let bytes = int64 count * int64 size
        let isKnown = not isPacked && stream.CanSeek
        if isKnown && stream.Length - stream.Position < bytes then
            let there = stream.Length - stream.Position
            Errors.bytesEnd path (offset + there) (bytes - there)
        let mutable values = GC.AllocateUninitializedArray<'T>(if isKnown then count else min count (first / size))
        let mutable have = 0
        while have < count do
            if have = values.Length then
                let more = GC.AllocateUninitializedArray<'T>(int (min (int64 count) (2L * int64 have)))
                values.AsSpan().CopyTo(more.AsSpan())
                values <- more
            let take = min (values.Length - have) (piece / size)
            let into = MemoryMarshal.AsBytes(values.AsSpan(have, take))
            incoming.Fill(into, int64 (count - have - take) * int64 size)
            if isReversed then ForeignBytes.Reverse(into, size)
            have <- have + take
        values

    member incoming.End() =
        let one = Array.zeroCreate<byte> 1
        if incoming.Read(one.AsSpan()) > 0 then Errors.bytesGoOn path offset
        if isPacked && sum <> checksum.Value then Errors.bytesChecksum path offset sum checksum.Value

/// What whole numbers of a file are taken for.
module internal WholeNumber =

    /// A 64-bit floating-point number.
    let exact path row (value: int64) =
        // Some numbers above 2⁵³ are exact, too, but whoever has some of these soon has others.
        if abs (float value) > 9007199254740992.0 then Errors.inexactStored path row value
        float value

    /// A class below so many.
    let label path classes row (value: int64) =
        if value < 0L || value >= int64 classes then Errors.labelStored path row value (classes - 1)
        int value

module internal Incoming =

    /// Gzip files begin with these two bytes, whatever their names are.
    let gzip = [| 0x1fuy; 0x8buy |]

    /// What is read of a stream that can be read from its begin: as it is, or unpacked.
    let ofStream path (stream: Stream) (watch: SpanAction) (read: Incoming -> 'a) =
        let four from =
            stream.Position <- max 0L from
            let bytes = Array.zeroCreate<byte> 4
            stream.ReadAtLeast(bytes.AsSpan(), 4, false) |> ignore
            bytes
        let isPacked = four(0L).AsSpan().StartsWith(ReadOnlySpan gzip)
        let checksum =
            if isPacked then
                ValueSome(BinaryPrimitives.ReadUInt32LittleEndian(ReadOnlySpan(four (stream.Length - 8L))))
            else
                ValueNone
        stream.Position <- 0L
        use unpacked: Stream = if isPacked then new GZipStream(stream, CompressionMode.Decompress, true) else stream
        read (Incoming(path, unpacked, checksum, watch))

    /// What is read of a file by its stream. The stream reads by position and large pieces straight to where they belong; a
    /// mapped file that somebody shortens would end the process.
    let file (path: string) (read: Stream -> 'a) =
        ArgumentException.ThrowIfNullOrEmpty(path, nameof path)
        Files.guard (Errors.dataNotRead path) (fun () ->
            let share = FileShare.ReadWrite ||| FileShare.Delete
            use stream = new FileStream(path, FileMode.Open, FileAccess.Read, share, 1 <<< 16, FileOptions.SequentialScan)
            if not stream.CanSeek then raise (IOException "It is a pipe or a device; expected a file.")
            read stream)

    /// Refuses bytes other than 0 and 1.
    let checkBooleans path start (values: Span<byte>) =
        let at = (Span.op_Implicit values: ReadOnlySpan<byte>).IndexOfAnyExceptInRange(0uy, 1uy)
        if at >= 0 then Errors.npyBool path (start + int64 at) values[at]

    /// The number of values of a shape that a header claims at an offset.
    let private count path at (shape: int64[]) =
        let mutable count = 1L
        for size in shape do
            // Every product is at most 2³¹ · 2³².
            if count <= int64 Array.MaxLength then
                count <- if size < 0L || size > int64 UInt32.MaxValue then Int64.MaxValue else count * size
        if count < 1L || count > int64 Array.MaxLength then Errors.bytesShape path at shape
        int count

    /// The values behind a header, and then the end.
    let array (incoming: Incoming) (header: StoredHeader) : StoredArray =
        let count = count incoming.Path header.shapeAt header.shape
        let start = incoming.Offset
        let shape = Array.map int header.shape
        let inRows (values: 'T[]) = if header.isFortran then ForeignBytes.InRows(values, ReadOnlySpan shape) else values
        let isReversed = header.isReversed
        let values =
            match header.kind with
            | StoredKind.Booleans ->
                let values = incoming.Values<byte>(count, false)
                checkBooleans incoming.Path start (values.AsSpan())
                StoredValues.Bytes(inRows values)
            | StoredKind.Bytes -> StoredValues.Bytes(inRows (incoming.Values(count, false)))
            | StoredKind.SignedBytes -> StoredValues.SignedBytes(inRows (incoming.Values(count, false)))
            | StoredKind.Shorts -> StoredValues.Shorts(inRows (incoming.Values(count, isReversed)))
            | StoredKind.Ints -> StoredValues.Ints(inRows (incoming.Values(count, isReversed)))
            | StoredKind.Longs -> StoredValues.Longs(inRows (incoming.Values(count, isReversed)))
            | StoredKind.Singles -> StoredValues.Singles(inRows (incoming.Values(count, isReversed)))
            | StoredKind.Doubles -> StoredValues.Doubles(inRows (incoming.Values(count, isReversed)))
        incoming.End()
        { shape = shape; values = values }
