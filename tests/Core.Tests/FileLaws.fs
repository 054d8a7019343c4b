/// Files that are whole or not there, and files of tensors that are not believed.
module LinearNets.Tests.FileLaws

open System
open System.IO
open System.Text
open System.Text.Json.Nodes
open System.Threading
open System.Threading.Tasks
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

/// An action on a new folder, which is then deleted.
let inFolder (act: string -> 'a) =
    let folder = Directory.CreateTempSubdirectory("linearnets-").FullName
    try
        act folder
    finally
        Directory.Delete(folder, true)

let private inFile (act: string -> 'a) = inFolder (fun folder -> act (Path.Combine(folder, "a file.safetensors")))

let private put (path: string) (text: string) =
    Files.write path (fun stream -> stream.Write(ReadOnlySpan(Encoding.UTF8.GetBytes text)))

let private names folder = Directory.GetFiles folder |> Array.map Path.GetFileName |> Array.sort

// ---- whole or not at all ---------------------------------------------------------------------------------------------

[<Test>]
let ``a file is written, and written over`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "a")
        for text in [ "one"; "another, longer one"; "" ] do
            put path text
            Assert.That(File.ReadAllText path, Is.EqualTo text)
            Assert.That(names folder, Is.EqualTo(box [| "a" |])))

[<Test>]
let ``a path without a folder is one of the current folder`` () =
    let name = $"linearnets-{Guid.NewGuid():N}"
    try
        put name "here"
        Assert.That(File.ReadAllText(Path.Combine(Environment.CurrentDirectory, name)), Is.EqualTo "here")
    finally
        File.Delete name

[<Test>]
let ``where writing fails the old file is as it was, and nothing is left beside it`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "a")
        let failing (fail: unit -> unit) () =
            Files.write path (fun stream ->
                stream.Write(ReadOnlySpan(Array.zeroCreate<byte> 100_000))
                fail ())
        for before in [ false; true ] do
            if before then put path "old"
            let isAsBefore () =
                Assert.That(names folder, Is.EqualTo(box (if before then [| "a" |] else [||])))
                if before then Assert.That(File.ReadAllText path, Is.EqualTo "old")
            failing (fun () -> raise (IOException "No space left on device."))
            |> Check.fails<ModelFileException> [ path; "not written. No space left on device."; "as it was"; "space" ]
            isAsBefore ()
            // What is no matter of files stays what it is.
            failing (fun () -> raise (InvalidTimeZoneException())) |> Check.fails<InvalidTimeZoneException> []
            isAsBefore ())

[<Test>]
let ``a full disk leaves the old file`` () =
    // /dev/full is always full.
    if not (File.Exists "/dev/full") then
        Tool.missing "/dev/full"
    else
        inFile (fun path ->
            put path "old"
            let copyToFull (stream: Stream) =
                stream.Write(ReadOnlySpan [| 1uy |])
                use full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0)
                full.Write(ReadOnlySpan [| 1uy |])
            Check.fails<ModelFileException> [ path; "not written" ] (fun () -> Files.write path copyToFull)
            Assert.That(File.ReadAllText path, Is.EqualTo "old"))

[<Test>]
let ``a folder that is not there, or a file that is a folder, is told`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "none", "a")
        Check.fails<ModelFileException> [ path; "The folder"; "does not exist" ] (fun () -> put path "text")
        Check.fails<ModelFileException> [ "not written" ] (fun () -> put folder "text")
        Check.fails<ModelFileException> [ path; "not read" ] (fun () -> Files.read path 10L ignore)
        Check.fails<ModelFileException> [ folder; "not read" ] (fun () -> Files.read folder 10L ignore)
        Check.fails<ArgumentException> [] (fun () -> put "" "text")
        Check.fails<ArgumentException> [] (fun () -> Files.read null 10L ignore)
        Assert.That(Directory.GetFileSystemEntries folder, Is.Empty))

[<Test>]
let ``what a crash left is deleted by the next who writes the same file, and nothing else is`` () =
    inFolder (fun folder ->
        let at name =
            let path = Path.Combine(folder, name)
            File.WriteAllText(path, "left")
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes -1.0)
            path
        let id () = Guid.NewGuid().ToString "N"
        let left = [ at $"a.{id ()}.tmp"; at $"a.{id ()}.tmp" ]
        let others = [ at "a.tmp"; at $"b.{id ()}.tmp"; at "a.notes.tmp"; at $"a.b.{id ()}.tmp"; at "b" ]
        let locked, young = at $"a.{id ()}.tmp", at $"a.{id ()}.tmp"
        File.SetLastWriteTimeUtc(young, DateTime.UtcNow)
        do
            use _ = new FileStream(locked, FileMode.Open, FileAccess.ReadWrite, FileShare.Delete)
            put (Path.Combine(folder, "a")) "new"
        for path in left do
            Assert.That(File.Exists path, Is.False, path)
        for path in locked :: young :: others do
            Assert.That(File.Exists path, path))

[<Test>]
let ``those who write one file at the same time do not spoil it`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "a")
        let text writer = String(char (int 'a' + writer), 1000 * (1 + writer))
        put path (text 0)
        let write writer () =
            for _ in 1..20 do
                put path (text writer)
        let mutable isWriting = true
        let read () =
            while Volatile.Read &isWriting do
                let seen = Files.read path 1_000_000L (fun stream -> (new StreamReader(stream)).ReadToEnd())
                Assert.That(seen, Is.EqualTo(text (int seen[0] - int 'a')))
        let reader = Task.Run read
        [ for writer in 0..3 -> Task.Run(write writer) ] |> Task.WhenAll |> _.Wait()
        Volatile.Write(&isWriting, false)
        reader.Wait()
        Assert.That(names folder, Is.EqualTo(box [| "a" |])))

[<Test>]
let ``a file that is longer than it may be is not read`` () =
    inFile (fun path ->
        put path "12345"
        Assert.That(Files.read path 5L _.Length, Is.EqualTo 5L)
        Check.fails<ModelFileException> [ path; "it has 5 bytes; expected 4 or fewer" ] (fun () -> Files.read path 4L ignore))

// ---- files of tensors ------------------------------------------------------------------------------------------------

let private most = 1L <<< 30

/// Tensors of a case: every type, from none to a few dimensions, empty ones too, with any bits.
let private tensors (case: Case) : StoredTensor list =
    let key = Random.key case.seed
    let below bound stream position = Random.below bound (Random.split key stream) position
    [ for i in 0 .. below 8 0 0L - 1 do
          let shape = List.init (below 4 1 (int64 i)) (fun d -> below 5 (10 + i) (int64 d))
          let bits = Array.init (List.fold (*) 1 shape) (fun j -> Random.bits (Random.split key (100 + i)) (int64 j))
          let values: Array =
              match below 5 2 (int64 i) with
              | 0 -> Array.map (int64 >> BitConverter.Int64BitsToDouble) bits :> Array
              | 1 -> Array.map (int >> BitConverter.Int32BitsToSingle) bits
              | 2 -> Array.map int64 bits
              | 3 -> Array.map int bits
              | _ -> Array.map byte bits
          // The names need escapes, or have letters of several bytes.
          ({ name = $"{i} \"ŷ\"\\\n{case.scale}"; shape = shape; values = values }: StoredTensor) ]

let private texts (case: Case) = Map [ for i in 0 .. case.rows - 2 -> $"key {i} \"", String('→', i) + "\u0000 }{" ]

let private bytes (values: Array) =
    let copied = Array.zeroCreate<byte>(Buffer.ByteLength values)
    Buffer.BlockCopy(values, 0, copied, 0, copied.Length)
    copied

let private same (expected: StoredTensor list) (actual: StoredTensor list) =
    let byName (tensors: StoredTensor list) =
        [ for t in List.sortBy (fun (t: StoredTensor) -> t.name) tensors ->
              t.name, t.shape, t.values.GetType().Name, bytes t.values ]
    Assert.That(byName actual, Is.EqualTo(box (byName expected)))

[<Law>]
let ``tensors of every type and shape are read as they were written`` (case: Case) =
    inFile (fun path ->
        let tensors = tensors case
        Safetensors.write path (texts case) tensors
        let read = Safetensors.read path most
        same tensors read.tensors
        Assert.That(read.isChecked)
        Assert.That(read.metadata.Remove "sha256", Is.EqualTo(box (texts case)))
        // The same tensors are the same bytes; largest elements first, from a multiple of 8 on.
        let written = File.ReadAllBytes path
        Safetensors.write path (texts case) tensors
        Assert.That(File.ReadAllBytes path, Is.EqualTo(box written))
        Assert.That(BitConverter.ToInt64(written, 0) % 8L, Is.EqualTo 0L)
        let sizes = [ for t in read.tensors -> if t.values.Length = 0 then 0 else Buffer.ByteLength t.values / t.values.Length ]
        let sizes = sizes |> List.filter ((<>) 0)
        Assert.That(sizes, Is.EqualTo(box (List.sortDescending sizes))))

[<Test>]
let ``arrays of more bytes than are handled at a time come back`` () =
    inFile (fun path ->
        let values = Array.init 300_001 float
        let tensors: StoredTensor list =
            [ { name = "x"; shape = [ values.Length ]; values = values }; { name = "y"; shape = []; values = [| 7uy |] } ]
        Safetensors.write path Map.empty tensors
        same tensors (Safetensors.read path most).tensors)

/// A file with a header and so many bytes after it.
let private file (path: string) (header: string) (data: int) =
    let text = Encoding.UTF8.GetBytes header
    File.WriteAllBytes(path, Array.concat [ BitConverter.GetBytes(int64 text.Length); text; Array.zeroCreate data ])

let private tensor name dtype shape first last =
    $"\"%s{name}\":{{\"dtype\":\"%s{dtype}\",\"shape\":[%s{shape}],\"data_offsets\":[%s{first},%s{last}]}}"

/// A file of tensors of 64-bit numbers, as other programs write them: without a hash.
let internal plain path (metadata: Map<string, string>) (tensors: StoredTensor list) =
    let entry (at, parts) (t: StoredTensor) =
        let last = at + Buffer.ByteLength t.values
        last, tensor t.name "F64" (String.Join(",", t.shape)) (string at) (string last) :: parts
    let _, parts = List.fold entry (0, []) tensors
    let texts = JsonObject()
    for KeyValue(key, text) in metadata do
        texts[key] <- JsonValue.Create text
    let all = "\"__metadata__\":" + texts.ToJsonString() :: List.rev parts
    let header = Encoding.UTF8.GetBytes("{" + String.Join(",", all) + "}")
    File.WriteAllBytes(
        path,
        Array.concat
            [ BitConverter.GetBytes(int64 header.Length)
              header
              for t in tensors do
                  bytes t.values ]
    )

/// What a file must not have, and a word of what is said of it.
let private refused =
    let a = tensor "a" "F32" "1" "0" "4"
    let huge = "9223372036854775807"
    [ "", 0, "its header has 0 bytes"
      "{", 0, "its header has 1 bytes"
      "[]", 0, "does not begin with a brace"
      " {}", 0, "does not begin with a brace"
      "{}x", 0, "something else than spaces"
      "{}\n", 0, "something else than spaces"
      "{},", 0, "something else than spaces"
      "{,}", 0, "JSON"
      "{/**/}", 0, "JSON"
      "{" + a + ",}", 4, "JSON"
      "{" + a, 4, "JSON"
      "{" + a + "," + a + "}", 4, "has 'a' twice"
      "{" + a + ",\"\\u0061\"" + a.Substring 3 + "}", 4, "has 'a' twice"
      "{" + a + "}", 3, "3 bytes of data; expected 4"
      "{" + a + "}", 5, "5 bytes of data; expected 4"
      "{}", 1, "1 bytes of data; expected 0"
      "{" + a + "," + tensor "b" "F32" "1" "0" "4" + "}", 4, "'b' begins at byte 0 of the data; expected 4"
      "{" + a + "," + tensor "b" "F32" "1" "2" "6" + "}", 6, "'b' begins at byte 2 of the data; expected 4"
      "{" + a + "," + tensor "b" "F32" "1" "8" "12" + "}", 12, "'b' begins at byte 8 of the data; expected 4"
      "{" + tensor "a" "F32" "1" "4" "8" + "}", 8, "'a' begins at byte 4 of the data; expected 0"
      "{" + tensor "a" "F32" "2" "0" "4" + "}", 4, "2 values of 4 bytes, and offsets from 0 to 4"
      "{" + tensor "a" "F32" "1" "4" "0" + "}", 4, "offsets from 4 to 0"
      "{" + tensor "a" "F32" "-1" "0" "4" + "}", 4, "something else than whole numbers"
      "{" + tensor "a" "F32" "1.0" "0" "4" + "}", 4, "something else than whole numbers"
      "{" + tensor "a" "F32" "1e0" "0" "4" + "}", 4, "something else than whole numbers"
      "{" + tensor "a" "F32" "\"1\"" "0" "4" + "}", 4, "something else than whole numbers"
      "{" + tensor "a" "F32" "null" "0" "4" + "}", 4, "something else than whole numbers"
      "{" + tensor "a" "F32" "[1]" "0" "4" + "}", 4, "JSON"
      "{" + tensor "a" "F32" "01" "0" "4" + "}", 4, "JSON"
      "{" + tensor "a" "F32" "18446744073709551617" "0" "4" + "}", 4, "something else than whole numbers"
      "{" + tensor "a" "F32" huge "0" "4" + "}", 4, "a dimension of 9223372036854775807 values"
      "{" + tensor "a" "F32" "2147483647,2147483647" "0" "4" + "}", 4, "a dimension of 2147483647"
      "{" + tensor "a" "F32" "65536,65536" "0" "0" + "}", 0, "more values than an array can have"
      "{" + tensor "a" "F32" "1" "0" huge + "}", 4, "offsets from 0 to 9223372036854775807"
      "{" + tensor "a" "U8" "2000000000" "0" "2000000000" + "}", 4, "4 bytes of data; expected 2000000000"
      "{" + tensor "a" "F32" (String.replicate 32 "1," + "1") "0" "4" + "}", 4, "more than 32 numbers"
      "{" + tensor "a" "BF16" "1" "0" "2" + "}", 2, "of the type 'BF16'; expected F64"
      "{" + tensor "a" "f32" "1" "0" "4" + "}", 4, "of the type 'f32'"
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "does not have type, shape and two offsets"
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "does not have type, shape and two offsets"
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}", 4, "more than 2 numbers"
      "{\"a\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "something else in the place of the type"
      "{\"a\":{\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]}}", 4, "something else in the place of the shape"
      "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
      4,
      "'dtype' of the tensor 'a' once too often"
      "{\"a\":{\"what\":1,\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "'what' of the tensor 'a' once too often"
      "{\"a\":[]}", 0, "something else in the place of the tensor"
      "{\"__metadata__\":{\"a\":1}}", 0, "something else in the place of the text"
      "{\"__metadata__\":{\"a\":{}}}", 0, "something else in the place of the text"
      "{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}", 0, "its metadata have 'a' twice"
      "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "has '__metadata__' twice"
      "{\"__metadata__\":[]}", 0, "something else in the place of the metadata"
      "{\"__metadata__\":{\"a\":\"\\ud800\"}}", 0, "text that is none"
      $"""{{"__metadata__":{{"sha256":"{String('0', 64)}"}}}}""", 0, "the hash is another" ]

[<Test>]
let ``a file of tensors that is not as it must be is refused, and said why`` () =
    inFile (fun path ->
        Fixture.each (fun (header, _, _) -> header) refused (fun (header, data, word) ->
            file path header data
            Check.fails<ModelFileException> [ path; word; "Take another copy" ] (fun () -> Safetensors.read path most |> ignore)))

[<Test>]
let ``a file of tensors of others may have them in any order, without metadata, with spaces`` () =
    inFile (fun path ->
        let b, none = tensor "b" "F32" "2" "4" "12", tensor "none" "F64" "3,0" "4" "4"
        file path ("{" + b + "," + none + "," + tensor "a" "U8" "2,2,1" "0" "4" + " }  ") 12
        let read = Safetensors.read path most
        Assert.That(
            [ for t in read.tensors -> t.name, t.shape ],
            Is.EqualTo(box [ "a", [ 2; 2; 1 ]; "none", [ 3; 0 ]; "b", [ 2 ] ])
        )
        Assert.That((read.isChecked, read.metadata.IsEmpty), Is.EqualTo((false, true)))
        file path "{}" 0
        Assert.That((Safetensors.read path most).tensors, Is.Empty))

[<Test>]
let ``no header makes us take memory`` () =
    inFile (fun path ->
        let header length rest = Array.concat [ BitConverter.GetBytes(length: uint64); Encoding.UTF8.GetBytes(rest: string) ]
        let files =
            [ for length in [ 99_999_999UL; 100_000_000UL; 100_000_001UL; 1UL <<< 40; UInt64.MaxValue; 1UL <<< 63 ] ->
                  header length "{}"
              for shape, last in [ "2000000000", "8000000000"; "1000000,1000000", "4000000000000"; "2147483591", "8589934364" ] ->
                  let text = "{" + tensor "a" "F32" shape "0" last + "}"
                  header (uint64 text.Length) text ]
        Safetensors.write path Map.empty []
        Safetensors.read path most |> ignore
        for content in files do
            File.WriteAllBytes(path, content)
            let refuse () = Check.fails<ModelFileException> [ path ] (fun () -> Safetensors.read path most |> ignore)
            refuse ()
            let before = GC.GetAllocatedBytesForCurrentThread()
            refuse ()
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan 200_000L))

[<Test>]
let ``Python reads what is written here, and writes what is read here`` () =
    match Python.having "json, struct" with
    | None -> Tool.missing "python3"
    | Some python ->
        inFolder (fun folder ->
            for seed in 0..4 do
                let case = { rows = 3; columns = 1; classes = 1; scale = 1.0; dtype = Dtype.Float64; seed = seed }
                let ours, theirs = Path.Combine(folder, "ours"), Path.Combine(folder, "theirs")
                let tensors = tensors case
                Safetensors.write ours (texts case) tensors
                let script = Path.Combine(AppContext.BaseDirectory, "oracle", "safetensors_oracle.py")
                match Python.run python [ script; ours; theirs ] "" with
                | Some(0, output, _) ->
                    let answer = JsonNode.Parse output
                    Assert.That((answer["metadata"]).AsObject().Count, Is.EqualTo((texts case).Count + 1))
                    for KeyValue(key, text) in texts case do
                        Assert.That((answer["metadata"][key]).GetValue<string>(), Is.EqualTo text)
                    Assert.That((answer["tensors"]).AsObject().Count, Is.EqualTo tensors.Length)
                    for t in tensors do
                        let seen = (answer["tensors"][t.name]).AsArray()
                        Assert.That([ for size in (seen[1]).AsArray() -> size.GetValue<int>() ], Is.EqualTo(box t.shape))
                        Assert.That((seen[2]).GetValue<string>(), Is.EqualTo(Convert.ToHexStringLower(bytes t.values)))
                | other -> Assert.Fail $"{other}"
                let read = Safetensors.read theirs most
                same tensors read.tensors
                Assert.That((read.metadata["from"], read.isChecked), Is.EqualTo(("Python", false))))
