// NumPy's arrays. NPY is one of them:
//
//   93 'NUMPY'       six bytes
//   major minor      1.0, 2.0 or 3.0
//   N                the length of the header, 2 bytes in 1.0 and 4 bytes later, the lowest byte first
//   N bytes          a dictionary as Python writes it: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
//   the rest         the values; in Fortran's order the first index is the fastest
//
// NPZ is a zip archive with an entry NAME.npy for each.
//
// The header is read by a grammar of its own that knows these three keys, one string, one truth value and one tuple of whole
// numbers: nothing in it is ever run. Only then is room made, see Incoming.fs.

namespace LinearNets.FSharp

open System
open System.Buffers.Binary
open System.Collections.Generic
open System.IO
open System.IO.Compression
open System.Text
open LinearNets
open LinearNets.Kernels

/// The header of an array that begins at a byte of the data, and a place in it.
[<Sealed>]
type private NpyHeader(path: string, bytes: byte[], start: int64) =

    static let mostDimensions, longestText = 64, 100

    let mutable at = 0

    let isSpace c = c = ' ' || c = '\t' || c = '\n' || c = '\r'

    member _.Offset = start + int64 at

    /// The character here; 0 at the end.
    member _.Here = if at < bytes.Length then char bytes[at] else '\000'

    member header.Refuse(expected) =
        let got =
            match header.Here with
            | _ when at = bytes.Length -> "its end"
            | c when c > ' ' && c <= '~' -> say $"'{c}'"
            | c -> say $"the byte {int c:X2}"
        Errors.npyHeader path header.Offset got expected

    /// The character here, and on to the next one.
    member header.Next() =
        let c = header.Here
        at <- at + 1
        c

    member header.Spaces() =
        while isSpace header.Here do
            header.Next() |> ignore

    /// Whether a character comes after spaces; if so, it is passed.
    member header.Has(c: char) =
        header.Spaces()
        let has = header.Here = c
        if has then header.Next() |> ignore
        has

    member header.Expect(c: char) = if not (header.Has c) then header.Refuse(say $"'{c}'")

    /// Items with commas between them, and perhaps after the last. Whether one was after the last.
    member header.Items(close: char, item: unit -> unit) =
        let mutable isOpen, comma = not (header.Has close), false
        while isOpen do
            item ()
            comma <- header.Has ','
            isOpen <- not (header.Has close)
            if isOpen && not comma then header.Refuse(say $"',' or '{close}'")
        comma

    /// A string without escapes.
    member header.Text() =
        header.Spaces()
        let quote = header.Here
        if quote <> '\'' && quote <> '"' then header.Refuse "a string in quotes"
        header.Next() |> ignore
        let text = StringBuilder()
        while header.Here <> quote do
            if header.Here < ' ' || header.Here > '~' || header.Here = '\\' || text.Length = longestText then
                header.Refuse "the end of a string"
            text.Append(header.Next()) |> ignore
        header.Next() |> ignore
        text.ToString()

    member header.Truth() =
        let word = StringBuilder()
        while Char.IsAsciiLetter header.Here && word.Length < 6 do
            word.Append(header.Next()) |> ignore
        match word.ToString() with
        | "True" -> true
        | "False" -> false
        | _ -> header.Refuse "True or False"

    member header.Whole() =
        header.Spaces()
        if not (Char.IsAsciiDigit header.Here) then header.Refuse "a whole number, 0 or more"
        let mutable value = 0L
        while Char.IsAsciiDigit header.Here do
            if value > Int64.MaxValue / 100L then header.Refuse "a smaller number"
            value <- value * 10L + int64 (header.Next()) - int64 '0'
        // Python 2 wrote long numbers so.
        if header.Here = 'L' then header.Next() |> ignore
        value

    member header.Tuple() =
        header.Expect '('
        let numbers = List<int64>()
        let number () =
            if numbers.Count = mostDimensions then header.Refuse(say $"{mostDimensions} dimensions or fewer")
            numbers.Add(header.Whole())
        if not (header.Items(')', number)) && numbers.Count = 1 then header.Refuse "a comma after the only number"
        numbers.ToArray()

    member header.End() =
        header.Spaces()
        if at < bytes.Length then header.Refuse "spaces to its end"

module internal Npy =

    let private magic = [| 0x93uy; yield! "NUMPY"B |]

    /// Headers of arrays of numbers have about a hundred bytes.
    let private longestHeader = 65_535

    /// Data begin at a multiple of this.
    let private alignment = 64

    let private parse path (bytes: byte[]) start =
        let header = NpyHeader(path, bytes, start)
        let descr, fortran, shape = ref ValueNone, ref ValueNone, ref ValueNone
        /// A value and where it begins, once.
        let set (cell: ValueOption<struct (int64 * 'a)> ref) (key, keyAt) read =
            if cell.Value.IsSome then Errors.npyHeader path keyAt (say $"'{key}' twice") "it once"
            header.Spaces()
            let at = header.Offset
            cell.Value <- ValueSome(struct (at, read ()))
        let item () =
            header.Spaces()
            let keyAt = header.Offset
            let key = header.Text()
            header.Expect ':'
            match key with
            | "descr" ->
                let text () = if header.Here = '[' then Errors.npyType path header.Offset "a record" else header.Text()
                set descr (key, keyAt) text
            | "fortran_order" -> set fortran (key, keyAt) header.Truth
            | "shape" -> set shape (key, keyAt) header.Tuple
            | _ -> Errors.npyHeader path keyAt (say $"the key '{key}'") "'descr', 'fortran_order' and 'shape'"
        header.Expect '{'
        header.Items('}', item) |> ignore
        header.End()
        match descr.Value, fortran.Value, shape.Value with
        | ValueSome descr, ValueSome(struct (_, fortran)), ValueSome shape -> struct (descr, fortran, shape)
        | _ -> Errors.npyHeader path start "a key too few" "'descr', 'fortran_order' and 'shape'"

    /// What stands before the values.
    let header (incoming: Incoming) =
        let path = incoming.Path
        let first = incoming.Take 8
        if not (first.AsSpan(0, magic.Length).SequenceEqual(ReadOnlySpan magic)) then Errors.notNpy path
        let major, minor = first[6], first[7]
        if major < 1uy || major > 3uy || minor <> 0uy then Errors.npyVersion path major minor
        let lengthAt = incoming.Offset
        let length =
            if major = 1uy then
                uint32 (BinaryPrimitives.ReadUInt16LittleEndian(ReadOnlySpan(incoming.Take 2)))
            else
                BinaryPrimitives.ReadUInt32LittleEndian(ReadOnlySpan(incoming.Take 4))
        if length > uint32 longestHeader then Errors.npyHeaderLength path lengthAt length longestHeader
        let headerAt = incoming.Offset
        let struct (struct (descrAt, descr: string), isFortran, struct (shapeAt, sizes)) =
            parse path (incoming.Take(int length)) headerAt
        let kind =
            if descr = "" then Errors.npyType path descrAt descr
            match descr.Substring 1 with
            | "b1" -> StoredKind.Booleans
            | "u1" -> StoredKind.Bytes
            | "i1" -> StoredKind.SignedBytes
            | "i2" -> StoredKind.Shorts
            | "i4" -> StoredKind.Ints
            | "i8" -> StoredKind.Longs
            | "f4" -> StoredKind.Singles
            | "f8" -> StoredKind.Doubles
            | "O" -> Errors.npyPickle path descrAt descr
            | _ -> Errors.npyType path descrAt descr
        let isReversed =
            match descr[0] with
            | '<' -> not BitConverter.IsLittleEndian
            | '>' -> BitConverter.IsLittleEndian
            | '|' -> false
            | _ -> Errors.npyType path descrAt descr
        ({ kind = kind; isReversed = isReversed; isFortran = isFortran; shape = sizes; shapeAt = shapeAt }: StoredHeader)

    let private take incoming = Incoming.array incoming (header incoming)

    /// The array of a stream.
    let readStream path (stream: Stream) = take (Incoming(path, stream, ValueNone, null))

    /// The array of a file.
    let read path = Incoming.file path (readStream path)

    let private write (array: StoredArray) (stream: Stream) =
        let order = if BitConverter.IsLittleEndian then '<' else '>'
        let descr, values: string * Array =
            match array.values with
            | StoredValues.Bytes x -> "|u1", x
            | StoredValues.SignedBytes x -> "|i1", x
            | StoredValues.Shorts x -> say $"{order}i2", x
            | StoredValues.Ints x -> say $"{order}i4", x
            | StoredValues.Longs x -> say $"{order}i8", x
            | StoredValues.Singles x -> say $"{order}f4", x
            | StoredValues.Doubles x -> say $"{order}f8", x
        let sizes = String.Join(", ", array.shape)
        let shape = if array.shape.Length = 1 then say $"({sizes},)" else say $"({sizes})"
        let text = say $"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
        let before = magic.Length + 4
        let length = (before + text.Length + 1 + alignment - 1) / alignment * alignment - before
        stream.Write(ReadOnlySpan magic)
        stream.Write(ReadOnlySpan [| 1uy; 0uy; byte length; byte (length >>> 8) |])
        stream.Write(ReadOnlySpan(Encoding.ASCII.GetBytes(text.PadRight(length - 1) + "\n")))
        Bytes.each (SpanAction(fun piece -> stream.Write(Span.op_Implicit piece: ReadOnlySpan<byte>))) values

    /// A file of an array, written whole or not at all.
    let save path array = Files.writeOr (Errors.dataNotWritten path) path (write array)

    // ---- several in an archive ------------------------------------------------------------------------------------

    let private ending = ".npy"

    /// An error names no more arrays than this.
    let private mostNamed = 20

    let private refuse path reason = Errors.bytesPacked path 0L reason

    /// The arrays of an archive by their names.
    let readEntries path (names: string list) (stream: Stream) =
        try
            use archive = new ZipArchive(stream, ZipArchiveMode.Read, true)
            [ for name in names do
                  let entry = archive.GetEntry(name + ending)
                  if isNull entry then
                      let there = [ for entry in Seq.truncate mostNamed archive.Entries -> entry.FullName.Replace(ending, "") ]
                      Errors.npzEntry path name there
                  let path = say $"{path}/{name}{ending}"
                  use unpacked = entry.Open()
                  take (Incoming(path, unpacked, ValueSome entry.Crc32, null)) ]
        with
        | :? InvalidDataException as e -> refuse path e.Message
        | :? NotSupportedException as e -> refuse path e.Message

    /// The arrays of a file by their names.
    let readNpz path names = Incoming.file path (readEntries path names)

    /// The same bytes whenever they are written.
    let private always = DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero)

    /// A file of arrays by their names, written whole or not at all.
    let saveNpz path (arrays: (string * StoredArray) list) =
        Files.writeOr (Errors.dataNotWritten path) path (fun stream ->
            use archive = new ZipArchive(stream, ZipArchiveMode.Create, true)
            for name, array in arrays do
                let entry = archive.CreateEntry(name + ending, CompressionLevel.NoCompression)
                entry.LastWriteTime <- always
                use into = entry.Open()
                write array into)
