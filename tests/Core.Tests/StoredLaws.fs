/// IDX, NPY and NPZ: what is written is read, and what is damaged is refused with its place.
module LinearNets.Tests.StoredLaws

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression
open System.Security.Cryptography
open System.Text
open System.Text.Json.Nodes
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

// ---- files ----------------------------------------------------------------------------------------------------------

let gzip (bytes: byte[]) =
    use into = new MemoryStream()
    do
        use packing = new GZipStream(into, CompressionLevel.Fastest, true)
        packing.Write(ReadOnlySpan bytes)
    into.ToArray()

/// The bytes of values, the highest first or last.
let private bytesOf isBig (values: StoredValues) =
    let inline each (bytes: ^T -> byte[]) (values: ^T[]) =
        let turn (bytes: byte[]) = if isBig = BitConverter.IsLittleEndian then Array.rev bytes else bytes
        Array.collect (bytes >> turn) values
    match values with
    | StoredValues.Bytes x -> x
    | StoredValues.SignedBytes x -> Array.map byte x
    | StoredValues.Shorts x -> each (fun v -> BitConverter.GetBytes(v: int16)) x
    | StoredValues.Ints x -> each (fun v -> BitConverter.GetBytes(v: int)) x
    | StoredValues.Longs x -> each (fun v -> BitConverter.GetBytes(v: int64)) x
    | StoredValues.Singles x -> each (fun v -> BitConverter.GetBytes(v: float32)) x
    | StoredValues.Doubles x -> each (fun v -> BitConverter.GetBytes(v: float)) x

let private big (value: uint32) = BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness value)

let private idxHeader (kind: int) (shape: seq<uint32>) =
    Array.concat [ [| 0uy; 0uy; byte kind; byte (Seq.length shape) |]; yield! Seq.map big shape ]

/// An IDX file.
let internal idx (array: StoredArray) =
    let kind =
        match array.values with
        | StoredValues.Bytes _ -> 0x08
        | StoredValues.SignedBytes _ -> 0x09
        | StoredValues.Shorts _ -> 0x0B
        | StoredValues.Ints _ -> 0x0C
        | StoredValues.Singles _ -> 0x0D
        | StoredValues.Doubles _ -> 0x0E
        | StoredValues.Longs _ -> failwith "IDX has no 64-bit whole numbers"
    Array.append (idxHeader kind (Seq.map uint32 array.shape)) (bytesOf true array.values)

let private npyHeader (text: string) =
    Array.concat [ [| 0x93uy |]; "NUMPY\001\000"B; BitConverter.GetBytes(uint16 text.Length); Encoding.Latin1.GetBytes text ]

let private npy descr fortran shape (values: byte[]) =
    Array.append (npyHeader $"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n") values

let private array shape values : StoredArray = { shape = shape; values = values }

let private bytes shape values = array shape (StoredValues.Bytes values)

/// Ten images of 2×3, and labels for them.
let private images = bytes [| 10; 2; 3 |] [| 0uy .. 59uy |]

let private labels = bytes [| 10 |] [| 0uy .. 9uy |]

/// A folder that is there for the time of an action.
let inFolder (action: string -> 'a) =
    let folder = Directory.CreateTempSubdirectory("linearnets").FullName
    try
        action folder
    finally
        Directory.Delete(folder, true)

let private inFile (content: byte[]) (action: string -> unit) =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "file")
        File.WriteAllBytes(path, content)
        action path)

let private readIdx (content: byte[]) = Idx.readStream "file" (new MemoryStream(content)) null

let private readNpy (content: byte[]) = Npy.readStream "file" (new MemoryStream(content))

let private same (expected: StoredArray) (actual: StoredArray) =
    Assert.That(actual.shape, Is.EqualTo(box expected.shape), "shape")
    Assert.That(actual.values.GetType(), Is.EqualTo(expected.values.GetType()))
    Assert.That(bytesOf true actual.values, Is.EqualTo(box (bytesOf true expected.values)), "values")

/// What is refused: at a byte of the file, with these words, and without taking memory for what is claimed.
let private refused at (words: string list) (read: unit -> unit) =
    let before = GC.GetAllocatedBytesForCurrentThread()
    let e = Check.caught<DataException> read
    Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan 1_000_000L, "memory")
    Assert.That(e.Where, Is.EqualTo $"file, byte {at}")
    for word in words do
        Assert.That(e.Message, Does.Contain word)

let private refusedIdx at words content = refused at words (fun () -> readIdx content |> ignore)
let private refusedNpy at words content = refused at words (fun () -> readNpy content |> ignore)

// ---- IDX ------------------------------------------------------------------------------------------------------------

/// Arrays of every type that IDX has, with values that depend on the order of their bytes.
let private arrays (case: Case) : StoredArray list =
    let shape = [| case.rows; case.columns; case.classes |]
    let count = Array.fold (*) 1 shape
    let whole i = int (Random.below Int32.MaxValue (Random.key case.seed) (int64 i)) - (1 <<< 30)
    [ StoredValues.Bytes(Array.init count (whole >> byte))
      StoredValues.SignedBytes(Array.init count (whole >> sbyte))
      StoredValues.Shorts(Array.init count (whole >> int16))
      StoredValues.Ints(Array.init count whole)
      StoredValues.Singles(Array.init count (fun i -> float32 (whole i) * 1e-3f))
      StoredValues.Doubles(Array.init count (fun i -> float (whole i) * 1e-3)) ]
    |> List.map (array shape)

[<Law>]
let ``IDX of every type is read, packed or not`` (case: Case) =
    for expected in arrays case do
        same expected (readIdx (idx expected))
        same expected (readIdx (gzip (idx expected)))

[<Test>]
let ``a data set of images keeps bytes, shape and classes`` () =
    inFolder (fun folder ->
        let write name (content: byte[]) =
            let path = Path.Combine(folder, name)
            File.WriteAllBytes(path, content)
            path
        let data = Dataset.FromIdx(write "images" (gzip (idx images)), write "labels" (idx labels))
        Assert.That(data.ToString(), Does.StartWith "10 rows × 6 columns (bytes, images 2×3), 10 classes: 0, 1, 2")
        Assert.That(data.Row 1, Is.EqualTo(box [| 6.0 .. 11.0 |]))
        Assert.That(data.Target 7, Is.EqualTo(box [| 7.0 |]))
        let short = write "short" (idx (bytes [| 9 |] [| 0uy .. 8uy |]))
        let e = Check.caught<DataException>(fun () -> Dataset.FromIdx(write "images" (idx images), short) |> ignore)
        Assert.That(e.Message, Does.Contain("10 rows and").And.Contain "has 9")
        Assert.That(e.Where, Is.EqualTo $"{short}, row 9")
        // Numbers to predict, of another type than features.
        let numbers = array [| 10; 1 |] (StoredValues.Singles [| 0.5f .. 9.5f |])
        let data = Dataset.FromIdx(write "images" (idx images), write "numbers" (idx numbers))
        Assert.That((data.HasClasses, (data.Target 3)[0]), Is.EqualTo((false, 3.5)))
        let far = array [| 10 |] (StoredValues.Ints [| 0; 1; 70000; 0; 0; 0; 0; 0; 0; 0 |])
        let e =
            Check.caught<DataException>(fun () -> Dataset.FromIdx(write "images" (idx images), write "far" (idx far)) |> ignore)
        Assert.That(e.Message, Does.Contain "far', row 2: got the label 70000"))

[<Test>]
let ``IDX and gzip that are cut anywhere are refused`` () =
    let whole = idx images
    for length in 0 .. whole.Length - 1 do
        refusedIdx length [ "the data end here"; "Take another copy" ] whole[.. length - 1]
    let packed = gzip whole
    for length in 0 .. packed.Length - 1 do
        Check.fails<DataException> [ "'file', byte " ] (fun () -> readIdx packed[.. length - 1] |> ignore)

[<Test>]
let ``packed data with any bit changed are refused or the same`` () =
    let packed = gzip (idx images)
    for bit in 0 .. 8 * packed.Length - 1 do
        let changed = Array.copy packed
        changed[bit / 8] <- changed[bit / 8] ^^^ (1uy <<< (bit % 8))
        try
            same images (readIdx changed)
        with :? DataException ->
            ()

[<Test>]
let ``IDX headers that lie are refused, and take no memory`` () =
    let claims kind shape = Array.append (idxHeader kind shape) (Array.zeroCreate 100)
    refusedIdx 0 [ "got 00000000" ] (Array.zeroCreate 100)
    refusedIdx 0 [ "got 00000800"; "number of their dimensions" ] (idxHeader 0x08 [])
    refusedIdx 0 [ "got 00000A01"; "08, 09, 0B, 0C, 0D or 0E" ] (claims 0x0A [ 100u ])
    refusedIdx 0 [ "got 89504E47" ] [| 0x89uy; byte 'P'; byte 'N'; byte 'G'; 0uy; 0uy |]
    refusedIdx 4 [ "[0; 28; 28]" ] (idxHeader 0x08 [ 0u; 28u; 28u ])
    refusedIdx 4 [ "[2147483648]"; "1 to 2147483591" ] (claims 0x08 [ 0x80000000u ])
    refusedIdx 4 [ "[4294967295; 4294967295; 4294967295]" ] (claims 0x08 [ 0xffffffffu; 0xffffffffu; 0xffffffffu ])
    refusedIdx 4 [ "[65536; 65536; 0]" ] (claims 0x08 [ 65536u; 65536u; 0u ])
    // The product is 2⁶⁵ + 1, which 64 bits take for 1.
    refusedIdx 4 [ "[3; 11; 131; 2731; 409891; 7623851]" ] (claims 0x08 [ 3u; 11u; 131u; 2731u; 409891u; 7623851u ])
    refusedIdx 108 [ "expected 2147483491 bytes more" ] (claims 0x08 [ 2147483591u ])
    refusedIdx 108 [ "expected 15999999900 bytes more" ] (claims 0x0E [ 2000000000u ])
    refusedIdx 107 [ "the data go on" ] (claims 0x08 [ 99u ])
    // The same where nobody knows how much is there.
    refusedIdx 108 [ "expected 15999999900 bytes more" ] (gzip (claims 0x0E [ 2000000000u ]))
    refusedIdx 107 [ "the data go on" ] (gzip (claims 0x08 [ 99u ]))
    refusedIdx (4 + 4 * 255) [ "expected 1 bytes more" ] (idxHeader 0x08 (Seq.replicate 255 1u))

[<Test>]
let ``a bomb is unpacked as far as its header says`` () =
    let bomb = gzip (Array.append (idxHeader 0x08 [ 1000u ]) (Array.zeroCreate 100_000_000))
    Assert.That(bomb.Length, Is.LessThan 1_000_000)
    refusedIdx 1008 [ "the data go on" ] bomb

/// A stream that is longer at first than when it is read.
type private Shrinking(content: byte[], claimed: int64) =
    inherit MemoryStream(content)
    override _.Length = claimed

[<Test>]
let ``a file that shrinks while it is read is refused`` () =
    let whole = idx images
    let read content = Idx.readStream "file" (new Shrinking(content, whole.LongLength)) null |> ignore
    for length in 16 .. whole.Length - 1 do
        refused length [ $"expected {whole.Length - length} bytes more" ] (fun () -> read whole[.. length - 1])

[<Test>]
let ``a file that is not there, or is a folder, is refused by its name`` () =
    inFolder (fun folder ->
        for path in [ folder; Path.Combine(folder, "none") ] do
            for read in [ Idx.read; Npy.read; (fun path -> (Npy.readNpz path [ "x" ]).Head) ] do
                let e = Check.caught<DataException>(fun () -> read path |> ignore)
                Assert.That(e.Message, Does.StartWith $"'{path}' was not read.")
                Assert.That(e.Where, Is.EqualTo path))

[<Test>]
let ``MNIST's files are read byte for byte`` () =
    match Environment.GetEnvironmentVariable "LINEARNETS_MNIST" with
    | null
    | "" -> Assert.Ignore "not run: LINEARNETS_MNIST names no folder with the files of MNIST"
    | folder ->
        let images, labels = Path.Combine(folder, "t10k-images-idx3-ubyte.gz"), Path.Combine(folder, "t10k-labels-idx1-ubyte.gz")
        let md5 path = Convert.ToHexStringLower(MD5.HashData(idx (Idx.read path)))
        Assert.That(md5 images, Is.EqualTo "2646ac647ad5339dbf082846283269ea")
        Assert.That(md5 labels, Is.EqualTo "27ae3e4e09519cfbb04c329615203637")
        let data = Dataset.FromIdx(images, labels)
        let line = "10000 rows × 784 columns (bytes, images 28×28), 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
        Assert.That(data.ToString(), Is.EqualTo line)
        Assert.That(
            [| for row in 0..9 -> (data.Target row)[0] |],
            Is.EqualTo(box [| 7.0; 2.0; 1.0; 0.0; 4.0; 1.0; 4.0; 9.0; 5.0; 9.0 |])
        )

// ---- NPY ------------------------------------------------------------------------------------------------------------

/// The values of an array in Fortran's order, place by place.
let private fortran (array: StoredArray) =
    let d = array.shape
    let order =
        [| for k in 0 .. d[2] - 1 do
               for j in 0 .. d[1] - 1 do
                   for i in 0 .. d[0] - 1 -> (i * d[1] + j) * d[2] + k |]
    match array.values with
    | StoredValues.Bytes x -> StoredValues.Bytes [| for at in order -> x[at] |]
    | StoredValues.SignedBytes x -> StoredValues.SignedBytes [| for at in order -> x[at] |]
    | StoredValues.Shorts x -> StoredValues.Shorts [| for at in order -> x[at] |]
    | StoredValues.Ints x -> StoredValues.Ints [| for at in order -> x[at] |]
    | StoredValues.Longs x -> StoredValues.Longs [| for at in order -> x[at] |]
    | StoredValues.Singles x -> StoredValues.Singles [| for at in order -> x[at] |]
    | StoredValues.Doubles x -> StoredValues.Doubles [| for at in order -> x[at] |]

let private descr (values: StoredValues) =
    match values with
    | StoredValues.Bytes _ -> "u1"
    | StoredValues.SignedBytes _ -> "i1"
    | StoredValues.Shorts _ -> "i2"
    | StoredValues.Ints _ -> "i4"
    | StoredValues.Longs _ -> "i8"
    | StoredValues.Singles _ -> "f4"
    | StoredValues.Doubles _ -> "f8"

let private npyArrays (case: Case) =
    let longs =
        match (List.item 3 (arrays case)).values with
        | StoredValues.Ints x -> StoredValues.Longs(Array.map (fun v -> int64 v * 4_000_000_007L) x)
        | _ -> failwith "32 bits"
    array [| case.rows; case.columns; case.classes |] longs :: arrays case

[<Law>]
let ``NPY of every type is read, in either order of bytes and of indices`` (case: Case) =
    for expected in npyArrays case do
        let shape = $"({case.rows}, {case.columns}, {case.classes})"
        for isBig in [ false; true ] do
            let order = if isBig then ">" else "<"
            let content = npy (order + descr expected.values) "False" shape (bytesOf isBig expected.values)
            same expected (readNpy content)
            let content = npy (order + descr expected.values) "True" shape (bytesOf isBig (fortran expected))
            same expected (readNpy content)

[<Test>]
let ``NPY and NPZ that are written are read`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "arrays.npz")
        let expected = npyArrays { rows = 5; columns = 3; classes = 2; scale = 1.0; dtype = Dtype.Float64; seed = 3 }
        Npy.saveNpz path [ for array in expected -> descr array.values, array ]
        List.iter2 same expected (Npy.readNpz path [ for array in expected -> descr array.values ])
        let path = Path.Combine(folder, "array.npy")
        for array in expected do
            Npy.save path array
            same array (Npy.read path))

[<Test>]
let ``a large matrix in Fortran's order is transposed`` () =
    let n, d = 1000, 257
    let expected = array [| n; d |] (StoredValues.Ints [| 0 .. n * d - 1 |])
    let columns =
        [| for j in 0 .. d - 1 do
               for i in 0 .. n - 1 -> i * d + j |]
    same expected (readNpy (npy "<i4" "True" $"({n}, {d})" (bytesOf false (StoredValues.Ints columns))))

[<Test>]
let ``a data set is written and read back`` () =
    inFolder (fun folder ->
        let path name = Path.Combine(folder, name)
        let check (data: Dataset) =
            let same (read: Dataset) =
                Assert.That(read.ToString(), Is.EqualTo(data.ToString()))
                for row in 0 .. data.Rows - 1 do
                    Assert.That(read.Row row, Is.EqualTo(box (data.Row row)))
                    Assert.That(read.Target row, Is.EqualTo(box (data.Target row)))
                    Assert.That(read.Weight row, Is.EqualTo(data.Weight row))
            data.ToNpz(path "d.npz")
            same (Dataset.FromNpz(path "d.npz", weights = if data.HasWeights then "weights" else null))
            if not data.HasWeights then
                data.ToNpy(path "x.npy", path "y.npy")
                same (Dataset.FromNpy(path "x.npy", path "y.npy"))
        check (Dataset.From(array2D [ [ 1.5; 2.0 ]; [ 3.0; -4.0 ] ], [| 0.5; 1e300 |]))
        check (
            Dataset.From(array2D [ [ 1.5f ]; [ 3.0f ]; [ 0.1f ] ], array2D [ [ 0.5f; 2.0f ]; [ 1.0f; 2.0f ]; [ 1.0f; 3.0f ] ])
        )
        check (Dataset.From([| 0uy .. 11uy |], 6, [| 1; 0 |]).WithImageShape(2, 3))
        check (Dataset.From([| 0uy .. 11uy |], 6, [| 1; 0 |]).WithWeights [| 0.25; 3.0 |])
        let bytesOf name = File.ReadAllBytes(path name)
        let data = Dataset.From([| 0uy .. 11uy |], 6, [| 1; 0 |])
        data.ToNpz(path "a.npz")
        data.ToNpz(path "b.npz")
        Assert.That(bytesOf "a.npz", Is.EqualTo(box (bytesOf "b.npz")), "the same bytes whenever they are written"))

[<Test>]
let ``NPY that is cut anywhere is refused`` () =
    let whole = npy "<f4" "False" "(2, 3)" (Array.zeroCreate 24)
    for length in 0 .. whole.Length - 1 do
        refusedNpy length [ "the data end here" ] whole[.. length - 1]
    // The header alone is cut, and the number of its bytes fits.
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    for length in 0 .. text.Length - 1 do
        refusedNpy (10 + length) [ "the header has its end"; "numpy.save" ] (npyHeader text[.. length - 1])

[<Test>]
let ``NPY headers that lie, hold code or are over-long are refused, and take no memory`` () =
    let dict text = Array.append (npyHeader text) (Array.zeroCreate 24)
    let good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    same (array [| 2; 3 |] (StoredValues.Singles(Array.zeroCreate 6))) (readNpy (dict good))
    // As other writers put it.
    for other in
        [ "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f4\"}"
          "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L,), }     \n" ] do
        readNpy (dict other) |> ignore
    let bad at words (from: string) (into: string) =
        let text = good.Replace(from, into)
        Assert.That(text, Is.Not.EqualTo good)
        refusedNpy at words (dict text)
    refusedNpy 0 [ "93 'NUMPY'" ] (Array.zeroCreate 24)
    let version = dict good
    version[6] <- 4uy
    refusedNpy 6 [ "version 4.0"; "1.0, 2.0 or 3.0" ] version
    let long = Array.concat [ [| 0x93uy |]; "NUMPY\002\000"B; BitConverter.GetBytes 0x7fffffff; Array.zeroCreate 24 ]
    refusedNpy 8 [ "a header of 2147483647 bytes"; "65535 or fewer" ] long
    bad 60 [ "[2147483648; 3]"; "2147483591 of them" ] "(2, 3)" "(2147483648, 3)"
    bad 60 [ "[0; 3]" ] "(2, 3)" "(0, 3)"
    bad 101 [ "expected 799999976 bytes more" ] "(2, 3)" "(200000, 1000)"
    bad 61 [ "'-'"; "a whole number, 0 or more" ] "(2, 3)" "(-2, 3)"
    bad 78 [ "a smaller number" ] "(2, 3)" "(99999999999999999999, 3)"
    bad 63 [ "a comma after the only number" ] "(2, 3)" "(6)"
    bad 62 [ "'.'" ] "(2, 3)" "(2.0, 3)"
    bad 61 [ "'_'" ] "(2, 3)" "(__import__('os').system('true'), 3)"
    bad 60 [ "'l'"; "expected '('" ] "(2, 3)" "list(range(3))"
    bad 48 [ "True or False" ] "False" "open('x')"
    bad 24 [ "the end of a string" ] "<f4" "<f4\\x27"
    bad 20 [ "'|O'"; "pickled"; "astype('f8')" ] "<f4" "|O"
    bad 20 [ "'<c8'"; "expected b1, u1, i1, i2, i4, i8, f4 or f8" ] "<f4" "<c8"
    bad 20 [ "'f4'" ] "<f4" "f4"
    bad 20 [ "''" ] "<f4" ""
    bad 20 [ "a record" ] "'<f4'" "[('a', '<f4')]"
    bad 27 [ "the key 'order'" ] "fortran_order" "order"
    bad 10 [ "a key too few" ] ", 'shape': (2, 3), " ""
    bad 27 [ "'descr' twice" ] "'fortran_order': False" "'descr': '<f4'"
    bad 69 [ "spaces to its end" ] "}" "}; import os"
    refusedNpy 10 [ "expected '{'" ] (dict (String('(', 60000)))
    refusedNpy 93 [ "the data go on" ] (Array.append (dict good) [| 0uy |])
    let truths = npy "|b1" "False" "(3,)" [| 0uy; 1uy; 2uy |]
    refusedNpy (truths.Length - 1) [ "got 2 for a Boolean" ] truths

[<Test>]
let ``features and targets that do not fit a data set are refused by their file`` () =
    inFolder (fun folder ->
        let write name descr shape values =
            let path = Path.Combine(folder, name)
            File.WriteAllBytes(path, npy descr "False" shape values)
            path
        let eight (values: int64[]) = bytesOf false (StoredValues.Longs values)
        let x = write "x.npy" "<i8" "(2, 2)" (eight [| 1L; 2L; 3L; 9007199254740992L |])
        let y = write "y.npy" "<i8" "(2,)" (eight [| 1L; 0L |])
        let data = Dataset.FromNpy(x, y)
        Assert.That((data.HasClasses, data.Row 1), Is.EqualTo((true, [| 3.0; 9007199254740992.0 |])))
        let refused words x y = Check.fails<DataException> words (fun () -> Dataset.FromNpy(x, y) |> ignore)
        let far = write "far.npy" "<i8" "(2, 2)" (eight [| 1L; 2L; 3L; -9007199254740994L |])
        refused [ "far.npy', row 1"; "-9007199254740994" ] far y
        refused [ "one.npy' has one value without dimensions" ] (write "one.npy" "<i8" "()" (eight [| 1L |])) y
        refused [ "three.npy' has 3" ] x (write "three.npy" "<i8" "(3,)" (eight [| 1L; 1L; 1L |]))
        refused [ "minus.npy', row 1: got the label -1" ] x (write "minus.npy" "<i8" "(2,)" (eight [| 1L; -1L |])))

// ---- NPZ ------------------------------------------------------------------------------------------------------------

let private zip level (entries: (string * byte[]) list) =
    use into = new MemoryStream()
    do
        use archive = new ZipArchive(into, ZipArchiveMode.Create, true)
        for name, content in entries do
            use stream = archive.CreateEntry(name, level).Open()
            stream.Write(ReadOnlySpan content)
    into.ToArray()

let private readNpz names (content: byte[]) = Npy.readEntries "file" names (new MemoryStream(content))

let private entry = npy "<f4" "False" "(2, 3)" [| 1uy .. 24uy |]

[<Test>]
let ``an archive that lacks an array says which it has`` () =
    Check.fails<DataException> [ "'file' has no array 'y'; it has: x, z." ] (fun () ->
        zip CompressionLevel.Fastest [ "x.npy", entry; "z.npy", entry ] |> readNpz [ "x"; "y" ] |> ignore)

[<Test>]
let ``an archive that is cut is refused, and one with any bit changed refused or the same`` () =
    for level in [ CompressionLevel.NoCompression; CompressionLevel.Fastest ] do
        let whole = zip level [ "x.npy", entry ]
        for length in 0 .. whole.Length - 1 do
            Check.fails<DataException> [ "file" ] (fun () -> readNpz [ "x" ] whole[.. length - 1] |> ignore)
        // The last bits of what is packed may mean nothing.
        for bit in 0 .. 8 * (30 + "x.npy".Length + entry.Length) - 1 do
            let changed = Array.copy whole
            changed[bit / 8] <- changed[bit / 8] ^^^ (1uy <<< (bit % 8))
            try
                same (readNpy entry) (readNpz [ "x" ] changed).Head
            with :? DataException ->
                ()

[<Test>]
let ``a bomb in an archive is unpacked as far as its header says`` () =
    let bomb = zip CompressionLevel.Fastest [ "x.npy", npy "|u1" "False" "(1000,)" (Array.zeroCreate 100_000_000) ]
    let before = GC.GetAllocatedBytesForCurrentThread()
    Check.fails<DataException> [ "file/x.npy"; "the data go on" ] (fun () -> readNpz [ "x" ] bomb |> ignore)
    Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan 1_000_000L)

// ---- NumPy ----------------------------------------------------------------------------------------------------------

let private oracle (arguments: string list) =
    match Python.having "numpy" with
    | None ->
        Tool.missing "python3 with NumPy"
        JsonArray()
    | Some python ->
        let script = Path.Combine(AppContext.BaseDirectory, "oracle", "npy_oracle.py")
        match Python.run python (script :: arguments) "" with
        | Some(0, output, _) -> (JsonNode.Parse output).AsArray()
        | Some(code, _, error) -> failwith $"{python} ended with exit code {code}: {error}"
        | None -> failwith $"{python} did not start"

let private ints (node: JsonNode) = [| for value in node.AsArray() -> value.GetValue<int>() |]
let private floats (node: JsonNode) = [| for value in node.AsArray() -> value.GetValue<float>() |]

[<Test>]
let ``what NumPy writes is read`` () =
    inFolder (fun folder ->
        let path name = Path.Combine(folder, name)
        let written = oracle [ "write"; folder ]
        Assert.That(written.Count, Is.EqualTo(7 * 13 * 2 + 3))
        for file in written do
            let name = file[0].GetValue<string>()
            let array = Npy.read (path name)
            Assert.That(array.shape, Is.EqualTo(box (ints file[1])), name)
            Assert.That(Stored.floats name array, Is.EqualTo(box (floats file[2])), name)
        for name in [ "stored.npz"; "packed.npz" ] do
            Assert.That(Dataset.FromNpz(path name).ToString(), Does.StartWith "5 rows × 3 columns (32-bit numbers), 3 classes")
        Assert.That(Dataset.FromNpz(path "packed.npz", weights = "w").Weight 4, Is.EqualTo 4.0)
        Check.fails<DataException> [ "stored.npz/x' has 5 rows and"; "stored.npz/x' has 15" ] (fun () ->
            Dataset.FromNpz(path "stored.npz", weights = "x") |> ignore)
        for name, word in [ "objects.npy", "pickled"; "records.npy", "a record"; "strings.npy", "'<U2'" ] do
            Check.fails<DataException> [ name; word ] (fun () -> Npy.read (path name) |> ignore))

[<Test>]
let ``NumPy reads what is written`` () =
    inFolder (fun folder ->
        let case = { rows = 3; columns = 4; classes = 2; scale = 1.0; dtype = Dtype.Float64; seed = 5 }
        let small =
            [ for array in npyArrays case ->
                  match array.values with
                  | StoredValues.Longs x -> { array with values = StoredValues.Longs(Array.map (fun v -> v >>> 10) x) }
                  | _ -> array ]
        let files = [ for array in small -> Path.Combine(folder, descr array.values + ".npy") ]
        List.iter2 Npy.save files small
        let archive = Path.Combine(folder, "d.npz")
        Dataset.From(array2D [ [ 1.5; 2.0 ]; [ 3.0; -4.0 ] ], [| 1; 0 |]).WithWeights([| 1.0; 0.5 |]).ToNpz archive
        let read = oracle ("read" :: files @ [ archive ])
        Assert.That(read.Count, Is.EqualTo(small.Length + 3))
        let check (node: JsonNode) (descr: string) (array: StoredArray) =
            Assert.That(node[1].GetValue<string>().TrimStart('<', '|'), Is.EqualTo descr)
            Assert.That(node[2].GetValue<bool>(), Is.False)
            Assert.That(ints node[3], Is.EqualTo(box array.shape))
            Assert.That(floats node[4], Is.EqualTo(box (Stored.floats "ours" array)))
        small |> List.iteri (fun i array -> check read[i] (descr array.values) array)
        let x, y, w = read[small.Length], read[small.Length + 1], read[small.Length + 2]
        check x "f8" (array [| 2; 2 |] (StoredValues.Doubles [| 1.5; 2.0; 3.0; -4.0 |]))
        check y "i4" (array [| 2 |] (StoredValues.Ints [| 1; 0 |]))
        check w "f8" (array [| 2 |] (StoredValues.Doubles [| 1.0; 0.5 |])))

// ---- at random ------------------------------------------------------------------------------------------------------

/// Small arrays and what may be taken for them: objects, and the buffers of what unpacks.
let private fuzzed = [ images; array [| 3; 4 |] (StoredValues.Doubles [| 0.5 .. 11.5 |]); bytes [| 7 |] [| 1uy .. 7uy |] ]

let private fuzzedNpy =
    [ entry
      npy ">i8" "True" "(3, 2)" [| 1uy .. 48uy |]
      npy "|b1" "False" "(6,)" [| 0uy; 1uy; 1uy; 0uy; 0uy; 1uy |] ]

[<Test>]
let ``changed IDX files are read or refused`` () =
    Fuzz.run (List.map idx fuzzed) 300_000L (fun stream -> Idx.readStream "file" stream null |> ignore)

[<Test>]
let ``changed IDX files that are packed are read or refused`` () =
    Fuzz.run (List.map (idx >> gzip) fuzzed) 300_000L (fun stream -> Idx.readStream "file" stream null |> ignore)

[<Test>]
let ``changed NPY files are read or refused`` () =
    Fuzz.run fuzzedNpy 300_000L (fun stream -> Npy.readStream "file" stream |> ignore)

[<Test>]
let ``changed NPZ files are read or refused`` () =
    let archives =
        [ zip CompressionLevel.NoCompression [ "x.npy", fuzzedNpy[0]; "y.npy", fuzzedNpy[2] ]
          zip CompressionLevel.Fastest [ "x.npy", fuzzedNpy[1]; "y.npy", fuzzedNpy[0] ] ]
    Fuzz.run archives 600_000L (fun stream -> Npy.readEntries "file" [ "x"; "y" ] stream |> ignore)
