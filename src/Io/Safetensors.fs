// Files of tensors, in the format safetensors, which Python's libraries read and write too.
//
//   8 bytes          N, the length of the header, lowest byte first
//   N bytes          JSON:  { "__metadata__": { "key": "text", … },
//                             "name": { "dtype": "F32", "shape": [2,3], "data_offsets": [first, last] }, … }
//   the rest         the tensors' values, row-major; offsets count from here
//
// What is written: data begin at a multiple of 8 bytes, for which the header ends in spaces, and the largest elements come
// first, so that every value lies at a multiple of its size. The metadata have "sha256", the hash of the whole file with 64
// zeros in its place: whatever is changed in such a file is seen. Files that other programs may write again, with the same
// content in another order, have "content_sha256" instead (docs/models.md): of each text t, in UTF-8, its length in 8 bytes and t:
//
//   how many metadata there are but for this one, "seconds" and "fit_seconds";   of each of these, by the bytes of the keys: key, text
//   of each tensor, by the bytes of the names: name, dtype, shape as "2,3", values
//
// What is read is not believed. The header is no longer than the file; names come once; tensors follow one another without
// overlap or gap, and end where the file does; a shape has as many values as there are bytes for. Only then is room made, so
// that no header makes us take more memory than the file is long.

namespace LinearNets.FSharp

open System
open System.Buffers
open System.Buffers.Binary
open System.Collections.Generic
open System.Security.Cryptography
open System.Text
open System.Text.Json
open LinearNets

/// A tensor of a file. The values are an array of float32, float, int, int64 or byte.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal StoredTensor = { name: string; shape: int list; values: Array }

/// What a file of tensors has. Whether it was checked: other programs write no hash.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal StoredTensors = { tensors: StoredTensor list; metadata: Map<string, string>; isChecked: bool }

/// A tensor as the header has it.
[<NoEquality; NoComparison>]
type private Entry = { name: string; dtype: string; shape: int list; first: int64; last: int64 }

/// What the header says, and where in it the hash is; −1 if there is none.
[<NoEquality; NoComparison>]
type private Header = { entries: Entry list; metadata: Map<string, string>; hashAt: int }

module internal Safetensors =

    let private longestHeader = 100_000_000L
    let private mostDimensions = 32
    let private metadataName, hashName = "__metadata__", "sha256"
    let private noHash = String('0', 64)

    /// The key of the hash of what a file says, and the metadata that are no part of it.
    let contentName, secondsName, fitSecondsName = "content_sha256", "seconds", "fit_seconds"

    let private create<'T> (length: int) : Array = GC.AllocateUninitializedArray<'T> length

    /// The types of number: their names, the bytes of a value, and what makes an array.
    let private dtypes: (string * int * (int -> Array)) list =
        [ "F64", 8, create<float>
          "I64", 8, create<int64>
          "F32", 4, create<float32>
          "I32", 4, create<int>
          "U8", 1, create<byte> ]

    let private dtypeOf (values: Array) =
        match values with
        | :? (float[]) -> "F64"
        | :? (int64[]) -> "I64"
        | :? (float32[]) -> "F32"
        | :? (int[]) -> "I32"
        | :? (byte[]) -> "U8"
        | other -> invalidOp (say $"{other.GetType()}")

    let private size dtype = dtypes |> List.tryPick (fun (name, size, _) -> if name = dtype then Some size else None)

    let private hashText (hash: IncrementalHash) = Convert.ToHexStringLower(hash.GetHashAndReset())

    // ---- the header, read -----------------------------------------------------------------------------------------

    let private refuse path problem = Errors.damagedFile path problem

    let private next path (reader: byref<Utf8JsonReader>) =
        if not (reader.Read()) then refuse path "its header ends too early."
        reader.TokenType

    let private expect path (reader: byref<Utf8JsonReader>) token what =
        if next path &reader <> token then refuse path (say $"its header has something else in the place of {what}.")

    /// The whole numbers of an array, none below 0.
    let private wholeNumbers path (reader: byref<Utf8JsonReader>) most what =
        expect path &reader JsonTokenType.StartArray what
        let numbers = List<int64>()
        while next path &reader <> JsonTokenType.EndArray do
            let mutable number = 0L
            let isWhole = reader.TokenType = JsonTokenType.Number && reader.TryGetInt64(&number)
            if not isWhole || number < 0L then
                refuse path (say $"its header has something else than whole numbers in {what}.")
            if numbers.Count = most then refuse path (say $"its header has more than {most} numbers in {what}.")
            numbers.Add number
        numbers

    let private entry path (reader: byref<Utf8JsonReader>) (name: string) : Entry =
        expect path &reader JsonTokenType.StartObject (say $"the tensor '{name}'")
        let mutable dtype = null
        let mutable shape: List<int64> = null
        let mutable offsets: List<int64> = null
        while next path &reader <> JsonTokenType.EndObject do
            match reader.GetString() with
            | "dtype" when isNull dtype ->
                expect path &reader JsonTokenType.String (say $"the type of '{name}'")
                dtype <- reader.GetString()
            | "shape" when isNull shape -> shape <- wholeNumbers path &reader mostDimensions (say $"the shape of '{name}'")
            | "data_offsets" when isNull offsets -> offsets <- wholeNumbers path &reader 2 (say $"the offsets of '{name}'")
            | key -> refuse path (say $"its header has '{key}' of the tensor '{name}' once too often.")
        if isNull dtype || isNull shape || isNull offsets || offsets.Count <> 2 then
            refuse path (say $"its header does not have type, shape and two offsets of the tensor '{name}'.")
        let size =
            match size dtype with
            | Some size -> int64 size
            | None -> refuse path (say $"the tensor '{name}' is of the type '{dtype}'; expected F64, I64, F32, I32 or U8.")
        let first, last = offsets[0], offsets[1]
        // Every product is at most 2³¹ · 2³¹.
        let mutable count = 1L
        for length in shape do
            if length > int64 Array.MaxLength then
                refuse path (say $"the tensor '{name}' has a dimension of {length} values.")
            count <- count * length
            if count > int64 Array.MaxLength then
                refuse path (say $"the tensor '{name}' has more values than an array can have.")
        if last < first || last - first <> count * size then
            refuse path (say $"the tensor '{name}' has {count} values of {size} bytes, and offsets from {first} to {last}.")
        { name = name; dtype = dtype; shape = [ for length in shape -> int length ]; first = first; last = last }

    let private metadata path (reader: byref<Utf8JsonReader>) hashAt =
        expect path &reader JsonTokenType.StartObject "the metadata"
        let texts = Dictionary<string, string>()
        while next path &reader <> JsonTokenType.EndObject do
            let key = reader.GetString()
            expect path &reader JsonTokenType.String (say $"the text of '{key}'")
            if key = hashName && reader.ValueSpan.Length = noHash.Length then
                hashAt.contents <- int reader.TokenStartIndex + 1
            if not (texts.TryAdd(key, reader.GetString())) then refuse path (say $"its metadata have '{key}' twice.")
        Map [ for pair in texts -> pair.Key, pair.Value ]

    let private parse path (bytes: byte[]) : Header =
        let mutable reader = Utf8JsonReader(ReadOnlySpan bytes, JsonReaderOptions(MaxDepth = 3))
        let names = HashSet<string>()
        let entries = List<Entry>()
        let mutable texts = Map.empty
        let hashAt = ref -1
        try
            if bytes[0] <> byte '{' then refuse path "its header does not begin with a brace."
            expect path &reader JsonTokenType.StartObject "the names"
            while next path &reader <> JsonTokenType.EndObject do
                let name = reader.GetString()
                if not (names.Add name) then refuse path (say $"its header has '{name}' twice.")
                if name = metadataName then
                    texts <- metadata path &reader hashAt
                else
                    entries.Add(entry path &reader name)
            let rest = bytes.AsSpan(int reader.BytesConsumed)
            if rest.IndexOfAnyExcept(byte ' ') >= 0 then
                refuse path "its header has something else than spaces at its end."
        with
        | :? JsonException as e -> refuse path (say $"its header is no JSON. {e.Message}")
        | :? InvalidOperationException as e -> refuse path (say $"its header has text that is none. {e.Message}")
        { entries = List.ofSeq entries; metadata = texts; hashAt = hashAt.Value }

    /// The tensors by their place, which follow one another and fill the data.
    let private inPlace path (length: int64) (entries: Entry list) =
        let entries = entries |> List.sortBy (fun entry -> entry.first, entry.last)
        let follow at (entry: Entry) =
            if entry.first <> at then
                refuse
                    path
                    (say $"the tensor '{entry.name}' begins at byte {entry.first} of the data; expected {at}, where others end.")
            entry.last
        let last = List.fold follow 0L entries
        if last <> length then
            refuse path (say $"it has {length} bytes of data; expected {last}, as its header says.")
        entries

    // ---- files --------------------------------------------------------------------------------------------------

    /// The tensors of a file no longer than it may be, in the order of their places.
    let read (path: string) (most: int64) : StoredTensors =
        Files.read path most (fun stream ->
            if stream.Length < 8L then refuse path (say $"it has {stream.Length} bytes, which is no file of tensors.")
            let prefix = Array.zeroCreate<byte> 8
            stream.ReadExactly prefix
            let rest = stream.Length - 8L
            let length = BinaryPrimitives.ReadUInt64LittleEndian(ReadOnlySpan prefix)
            if length < 2UL || length > uint64 (min longestHeader rest) then
                refuse path (say $"its header has {length} bytes; expected 2 to {min longestHeader rest}.")
            let bytes = GC.AllocateUninitializedArray<byte>(int length)
            stream.ReadExactly bytes
            let header = parse path bytes
            let entries = inPlace path (rest - int64 length) header.entries

            use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
            if header.hashAt >= 0 then Encoding.ASCII.GetBytes(noHash).CopyTo(bytes, header.hashAt)
            hash.AppendData prefix
            hash.AppendData bytes
            let take =
                SpanAction(fun piece ->
                    stream.ReadExactly piece
                    hash.AppendData(Span.op_Implicit piece: ReadOnlySpan<byte>))
            let tensors: StoredTensor list =
                [ for entry in entries do
                      let create =
                          dtypes |> List.pick (fun (name, _, create) -> if name = entry.dtype then Some create else None)
                      let values = create (List.fold (*) 1 entry.shape)
                      Bytes.each take values
                      let stored: StoredTensor = { name = entry.name; shape = entry.shape; values = values }
                      stored ]
            let isChecked = header.hashAt >= 0
            if isChecked && header.metadata[hashName] <> hashText hash then
                refuse path "its bytes are not those that were written: the hash is another."
            let stored: StoredTensors = { tensors = tensors; metadata = header.metadata; isChecked = isChecked }
            stored)

    /// The hash of what a file says.
    let contentHash (metadata: Map<string, string>) (tensors: StoredTensor list) =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
        let append = SpanAction(fun bytes -> hash.AppendData(Span.op_Implicit bytes: ReadOnlySpan<byte>))
        let put (values: Array) =
            Bytes.each append [| Bytes.count values |]
            Bytes.each append values
        let text (text: string) = put (Encoding.UTF8.GetBytes text)
        let byBytes (name: string) = Convert.ToHexString(Encoding.UTF8.GetBytes name)
        let metadata = metadata.Remove(contentName).Remove(secondsName).Remove(fitSecondsName)
        text (string metadata.Count)
        for KeyValue(key, value) in Seq.sortBy (fun (pair: KeyValuePair<string, string>) -> byBytes pair.Key) metadata do
            text key
            text value
        for tensor in List.sortBy (fun (tensor: StoredTensor) -> byBytes tensor.name) tensors do
            text tensor.name
            text (dtypeOf tensor.values)
            text (String.Join(",", tensor.shape))
            put tensor.values
        hashText hash

    /// The length and the header of a file.
    let private header (tensors: StoredTensor list) (metadata: Map<string, string>) =
        let buffer = ArrayBufferWriter<byte>()
        do
            use writer = new Utf8JsonWriter(buffer)
            writer.WriteStartObject()
            writer.WriteStartObject metadataName
            for KeyValue(key, text) in metadata do
                writer.WriteString(key, text)
            writer.WriteEndObject()
            let mutable at = 0L
            for tensor in tensors do
                writer.WriteStartObject tensor.name
                writer.WriteString("dtype", dtypeOf tensor.values)
                writer.WriteStartArray "shape"
                for length in tensor.shape do
                    writer.WriteNumberValue length
                writer.WriteEndArray()
                writer.WriteStartArray "data_offsets"
                writer.WriteNumberValue at
                at <- at + Bytes.count tensor.values
                writer.WriteNumberValue at
                writer.WriteEndArray()
                writer.WriteEndObject()
            writer.WriteEndObject()
        let length = (buffer.WrittenCount + 7) / 8 * 8
        let bytes = Array.create (8 + length) (byte ' ')
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(), int64 length)
        buffer.WrittenSpan.CopyTo(bytes.AsSpan 8)
        bytes

    let private writeAs (hash: StoredTensor list -> string * string) path (metadata: Map<string, string>) tensors =
        let tensors = tensors |> List.sortByDescending (fun (t: StoredTensor) -> (size (dtypeOf t.values)).Value)
        let header = header tensors (metadata.Add(hash tensors))
        Files.write path (fun stream ->
            stream.Write(ReadOnlySpan header)
            let put = SpanAction(fun piece -> stream.Write(Span.op_Implicit piece: ReadOnlySpan<byte>))
            for tensor in tensors do
                Bytes.each put tensor.values)

    /// A file of tensors, written whole or not at all. Each has a name of its own, and values for its shape.
    let write (path: string) (metadata: Map<string, string>) (tensors: StoredTensor list) =
        let hash (tensors: StoredTensor list) =
            hashName, Bytes.hash (Seq.append [ header tensors (metadata.Add(hashName, noHash)) ] (tensors |> Seq.map _.values))
        writeAs hash path metadata tensors

    /// The same with the hash of what it says.
    let writeContent (path: string) (metadata: Map<string, string>) (tensors: StoredTensor list) =
        writeAs (fun tensors -> contentName, contentHash metadata tensors) path metadata tensors
