/// Data sets by name: found in folders, or downloaded from a server that may do anything.
module LinearNets.Tests.DownloadLaws

open System
open System.Collections.Concurrent
open System.IO
open System.Net
open System.Net.Sockets
open System.Security.Cryptography
open System.Text
open System.Threading
open System.Threading.Tasks
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

// ---- a server -------------------------------------------------------------------------------------------------------

/// A connection of the server: the path that is asked for, the byte to begin with, and where the answer goes.
type private Asked = { path: string; from: int64; answer: NetworkStream }

/// Answers whatever comes to a port of this machine. Every connection is closed after its answer.
[<Sealed>]
type private Server(answer: Asked -> unit) =
    let listener = new TcpListener(IPAddress.Loopback, 0)
    let asked = ConcurrentQueue<string * int64>()

    let serve (client: TcpClient) =
        use _ = client
        use stream = client.GetStream()
        let text = StringBuilder()
        let mutable next = 0
        while next >= 0 && not (text.ToString().EndsWith "\r\n\r\n") do
            next <- stream.ReadByte()
            if next >= 0 then text.Append(char next) |> ignore
        if next >= 0 then
            let lines = text.ToString().Split "\r\n"
            let words = lines[0].Split ' '
            let path = words[1].TrimStart '/'
            let from =
                lines
                |> Array.tryFind _.StartsWith("Range: bytes=")
                |> Option.map (fun line -> int64 (line.Substring("Range: bytes=".Length).TrimEnd '-'))
                |> Option.defaultValue 0L
            asked.Enqueue(path, from)
            try
                answer { path = path; from = from; answer = stream }
            with :? IOException ->
                () // the client has gone

    do
        listener.Start()
        // Threads of their own: those of the pool are few, and the downloads need them.
        let start (act: unit -> unit) = Thread(act, IsBackground = true).Start()
        start (fun () ->
            try
                while true do
                    let client = listener.AcceptTcpClient()
                    start (fun () -> serve client)
            with
            | :? SocketException
            | :? ObjectDisposedException
            | :? InvalidOperationException -> ())

    member _.Home = $"http://127.0.0.1:{(listener.LocalEndpoint :?> IPEndPoint).Port}/"

    /// What was asked for, and from which byte.
    member _.Asked = List.ofSeq asked

    interface IDisposable with
        member _.Dispose() = listener.Stop()

let private head (asked: Asked) status (headers: string list) =
    let text = String.Join("\r\n", $"HTTP/1.1 {status}" :: "Connection: close" :: headers @ [ ""; "" ])
    asked.answer.Write(ReadOnlySpan(Encoding.ASCII.GetBytes text))

let private body (asked: Asked) (bytes: byte[]) = asked.answer.Write(ReadOnlySpan bytes)

/// An answer as it should be; only so many of the bytes are sent.
let private send (asked: Asked) (content: byte[]) most =
    let rest = content[int asked.from ..]
    let status = if asked.from = 0L then "200 OK" else "206 Partial Content"
    head
        asked
        status
        [ $"Content-Length: {rest.Length}"
          if asked.from > 0L then $"Content-Range: bytes {asked.from}-{content.Length - 1}/{content.Length}" ]
    body asked (Array.truncate most rest)

// ---- a set ----------------------------------------------------------------------------------------------------------

let private md5 (bytes: byte[]) = Convert.ToHexStringLower(MD5.HashData bytes)

/// The files of a small set, packed and unpacked. Images are noise, so that they do not get small.
let private contents =
    let images count : StoredArray =
        let pixels = Random.uniforms (count * 784) (Random.key count) |> Array.map (fun u -> byte (256.0 * u))
        { shape = [| count; 28; 28 |]; values = StoredValues.Bytes pixels }
    let labels count : StoredArray =
        { shape = [| count |]; values = StoredValues.Bytes(Array.init count (fun i -> byte (i % 10))) }
    let files = [ for file in NamedSets.mnist.files -> file.name ]
    List.zip files [ images 200; labels 200; images 20; labels 20 ]
    |> List.map (fun (name, array) -> name, (StoredLaws.gzip (StoredLaws.idx array), StoredLaws.idx array))
    |> Map

let private packed name = fst contents[name]

let private set: NamedSet =
    { name = "Noise"
      folder = "noise"
      home = ""
      files =
        [ for file in NamedSets.mnist.files do
              let packed, content = contents[file.name]
              { name = file.name
                size = packed.LongLength
                md5 = md5 packed
                unpackedSize = content.LongLength
                unpackedMd5 = md5 content } ] }

let private first = set.files.Head.name

let private settings home : DownloadSettings =
    { home = home; patience = TimeSpan.FromSeconds 20.0; failures = 3; pause = TimeSpan.Zero }

let private digits = Array.init 10 string

let private getWith settings cache folder progress cancellation =
    Dataset.Named(set, settings, cache, folder, digits, progress, cancellation).GetAwaiter().GetResult()

let private get home cache = getWith (settings home) cache null null CancellationToken.None

let private check struct (train: Dataset, test: Dataset) =
    Assert.That(train.ToString(), Does.StartWith "200 rows × 784 columns (bytes, images 28×28), 10 classes: 0, 1")
    Assert.That(test.ToString(), Does.StartWith "20 rows × 784 columns (bytes, images 28×28), 10 classes: 0, 1")
    let (images, _) = Map.find first contents |> snd |> Array.splitAt (16 + 784)
    Assert.That(train.Row 0, Is.EqualTo(box (Array.map float images[16..])))

/// A server, and an empty cache.
let private against answer (action: Server -> string -> unit) =
    StoredLaws.inFolder (fun cache ->
        use server = new Server(answer)
        action server cache)

let private refusedWith settings words cache =
    let e = Check.caught<DataException>(fun () -> getWith settings cache null null CancellationToken.None |> ignore)
    for word in words do
        Assert.That(e.Message, Does.Contain word)
    for file in set.files do
        Assert.That(File.Exists(Path.Combine(cache, "noise", file.name)), Is.False, "nothing half is left")
    e

let private refused home words cache = refusedWith (settings home) words cache |> ignore

let private wholly (asked: Asked) = send asked (packed asked.path) Int32.MaxValue

// ---- laws -----------------------------------------------------------------------------------------------------------

[<Test>]
let ``a set is downloaded once, with progress, and then read from the cache`` () =
    against wholly (fun server cache ->
        let reports = ConcurrentQueue<DownloadProgress>()
        let progress =
            { new IProgress<DownloadProgress> with
                member _.Report report = reports.Enqueue report }
        check (getWith (settings server.Home) cache null progress CancellationToken.None)
        Assert.That(List.map fst server.Asked, Is.EqualTo(box [ for file in set.files -> file.name ]))
        for file in set.files do
            let last = reports |> Seq.filter (fun report -> report.File = file.name) |> Seq.last
            Assert.That((last.Received, last.Total), Is.EqualTo((file.size, file.size)))
            Assert.That(File.ReadAllBytes(Path.Combine(cache, "noise", file.name)), Is.EqualTo(box (packed file.name)))
        check (get "http://127.0.0.1:1/" cache)
        Assert.That(server.Asked.Length, Is.EqualTo 4))

[<Test>]
let ``the book's minibatches and its timed pass are one line each`` () =
    against wholly (fun server cache ->
        let struct (train, _) = get server.Home cache
        let first = train.Resize(64, 64) |> Data.shuffled 32 0 |> Seq.head
        Assert.That((first.x.shape, first.y.shape), Is.EqualTo(([| 32; 4096 |], [| 32 |])))
        Assert.That(train |> Data.shuffled 256 0 |> Data.seconds, Is.GreaterThan(0.0).And.LessThan 60.0))

[<Test>]
let ``a download that is cut goes on where it ended`` () =
    let half = packed(first).Length / 2
    let answer (asked: Asked) =
        send asked (packed asked.path) (if asked.path = first && asked.from = 0L then half else Int32.MaxValue)
    against answer (fun server cache ->
        check (get server.Home cache)
        Assert.That(List.truncate 2 server.Asked, Is.EqualTo(box [ first, 0L; first, int64 half ])))

[<Test>]
let ``a download that is cut again and again is given up, and goes on the next time`` () =
    let answer (asked: Asked) = send asked (packed asked.path) 1000
    against answer (fun server cache ->
        refused
            server.Home
            [ "Noise is neither"; first; "MD5 " + set.files[3].md5; $"{set.files[0].size} bytes"; cache; server.Home ]
            cache
        let kept = FileInfo(Path.Combine(cache, "noise", first + ".part")).Length
        Assert.That(kept, Is.EqualTo 3000L)
        use server = new Server(wholly)
        check (get server.Home cache)
        Assert.That(server.Asked.Head, Is.EqualTo((first, 3000L))))

[<Test>]
let ``a server that knows no ranges starts over`` () =
    let times = ref 0
    let answer (asked: Asked) =
        let most = if Interlocked.Increment &times.contents = 1 then 1000 else Int32.MaxValue
        send { asked with from = 0L } (packed asked.path) most
    against answer (fun server cache -> check (get server.Home cache))

[<Test>]
let ``a server whose range is another than was asked for is asked from the begin`` () =
    let times = ref 0
    let answer (asked: Asked) =
        let content = packed asked.path
        match asked.path = first, Interlocked.Increment &times.contents with
        | true, 1 -> send asked content 1000
        | true, 2 ->
            head asked "206 Partial Content" [ $"Content-Range: bytes 5-{content.Length - 1}/{content.Length}" ]
            body asked content[5..]
        | _ -> send asked content Int32.MaxValue
    against answer (fun server cache ->
        check (get server.Home cache)
        Assert.That(List.truncate 3 server.Asked, Is.EqualTo(box [ first, 0L; first, 1000L; first, 0L ])))

[<Test>]
let ``other bytes than those published are refused, and not kept`` () =
    let answer (asked: Asked) =
        let content = Array.copy (packed asked.path)
        content[content.Length / 2] <- content[content.Length / 2] ^^^ 1uy
        send asked content Int32.MaxValue
    against answer (fun server cache ->
        refused server.Home [ $"What came as {first} has the MD5"; $"expected {md5 (packed first)}" ] cache
        use server = new Server(wholly)
        check (get server.Home cache))

[<Test>]
let ``a part that was damaged before is downloaded again`` () =
    for length in [ 10; packed(first).Length; packed(first).Length + 5 ] do
        against wholly (fun server cache ->
            let folder = Directory.CreateDirectory(Path.Combine(cache, "noise")).FullName
            File.WriteAllBytes(Path.Combine(folder, first + ".part"), Array.create length 7uy)
            check (get server.Home cache))

[<Test>]
let ``a server that says nothing is left after a while`` () =
    let silent (asked: Asked) =
        head asked "200 OK" [ "Content-Length: 100000" ]
        body asked (Array.truncate 100 (packed first))
        Thread.Sleep 3000
    against silent (fun server cache ->
        let impatient = { settings server.Home with patience = TimeSpan.FromSeconds 0.2; failures = 2 }
        refusedWith impatient [ "Nothing came of"; "0.2 seconds" ] cache |> ignore)

[<Test>]
let ``a download can be cancelled, and goes on the next time`` () =
    let slow (asked: Asked) =
        head asked "200 OK" [ $"Content-Length: {packed(first).Length}" ]
        body asked (Array.truncate 5000 (packed first))
        Thread.Sleep 3000
    against slow (fun server cache ->
        use cancellation = new CancellationTokenSource()
        let progress =
            { new IProgress<DownloadProgress> with
                member _.Report report = if report.Received = 5000L then cancellation.Cancel() }
        let cancelled () = getWith (settings server.Home) cache null progress cancellation.Token |> ignore
        Assert.Catch<OperationCanceledException>(Action cancelled) |> ignore
        use server = new Server(wholly)
        check (get server.Home cache)
        Assert.That(server.Asked.Head, Is.EqualTo((first, 5000L))))

[<Test>]
let ``an answer that is no file is told with its number`` () =
    for status in [ "404 Not Found"; "403 Forbidden"; "503 Service Unavailable"; "204 No Content" ] do
        let answer (asked: Asked) = head asked status [ "Content-Length: 0" ]
        against answer (fun server cache -> refused server.Home [ $"The server answered {status}"; first ] cache)

[<Test>]
let ``a redirect is followed, and one in a circle is not followed for ever`` () =
    let answer (asked: Asked) =
        if asked.path.StartsWith "there/" then
            send asked (packed (asked.path.Substring 6)) Int32.MaxValue
        else
            head asked "302 Found" [ $"Location: /there/{asked.path}"; "Content-Length: 0" ]
    against answer (fun server cache -> check (get server.Home cache))
    let circle (asked: Asked) = head asked "302 Found" [ $"Location: /{asked.path}"; "Content-Length: 0" ]
    against circle (fun server cache -> refused server.Home [ "The server answered 302" ] cache)

[<Test>]
let ``what a server says of lengths is not believed`` () =
    let answer claimed (more: int) (asked: Asked) =
        let content = packed asked.path
        head asked "200 OK" claimed
        body asked (Array.append content (Array.zeroCreate more))
    // Too long a claim, none at all, and more bytes than there should be: what is there is right.
    for claimed, more in [ [ "Content-Length: 9999999999" ], 0; [], 0; [], 100_000; [ "Content-Length: 1000000" ], 100_000 ] do
        against (answer claimed more) (fun server cache -> check (get server.Home cache))
    // Too short a claim ends each answer early.
    against (answer [ "Content-Length: 10" ] 0) (fun server cache ->
        refused server.Home [ "The server ended"; "after 10 of" ] cache)

[<Test>]
let ``an answer without end is left at the size that is known`` () =
    let endless (asked: Asked) =
        head asked "200 OK" []
        while true do
            body asked (Array.zeroCreate 65536)
    against endless (fun server cache -> refused server.Home [ "has the MD5" ] cache)

[<Test>]
let ``without a server the message has names, sizes, checksums and where to put the files`` () =
    StoredLaws.inFolder (fun cache ->
        let closed =
            use server = new Server(ignore)
            server.Home
        let e = refusedWith (settings closed) [ "Noise"; closed; Path.Combine(cache, "noise") ] cache
        for file in set.files do
            for word in [ file.name; $"{file.size} bytes"; file.md5; file.unpackedMd5 ] do
                Assert.That(e.Message, Does.Contain word)
        Assert.That(e.Where, Is.EqualTo closed))

[<Test>]
let ``files of a folder are taken, packed or not, and packed in any way`` () =
    StoredLaws.inFolder (fun folder ->
        set.files
        |> List.iteri (fun i file ->
            let content = snd contents[file.name]
            if i % 2 = 0 then
                File.WriteAllBytes(Path.Combine(folder, Path.GetFileNameWithoutExtension file.name), content)
            else
                use again =
                    new Compression.GZipStream(
                        File.Create(Path.Combine(folder, file.name)),
                        Compression.CompressionLevel.NoCompression
                    )
                again.Write(ReadOnlySpan content))
        check (getWith (settings "http://127.0.0.1:1/") (Path.Combine(folder, "cache")) folder null CancellationToken.None)
        Assert.That(Directory.Exists(Path.Combine(folder, "cache")), Is.False, "no cache was needed"))

[<Test>]
let ``a file in a folder that is of another set is an error, and one in the cache is downloaded again`` () =
    against wholly (fun server cache ->
        StoredLaws.inFolder (fun folder ->
            let other = StoredLaws.gzip (snd contents[set.files[2].name])
            File.WriteAllBytes(Path.Combine(folder, first), other)
            let e =
                Check.caught<DataException>(fun () ->
                    getWith (settings server.Home) cache folder null CancellationToken.None |> ignore)
            Assert.That(e.Message, Does.Contain("is not that of Noise, or damaged").And.Contain(md5 (snd contents[first])))
            Assert.That(server.Asked, Is.Empty)
            Directory.CreateDirectory(Path.Combine(cache, "noise")) |> ignore
            for damaged in [ other; [||]; Array.truncate 500 (packed first) ] do
                File.WriteAllBytes(Path.Combine(cache, "noise", first), damaged)
                check (get server.Home cache)))

[<Test>]
let ``many at once download each file once`` () =
    against wholly (fun server cache ->
        let fetch () = Dataset.Named(set, settings server.Home, cache, null, digits, null, CancellationToken.None)
        let all = Task.WhenAll [| for _ in 1..5 -> Task.Run<struct (Dataset * Dataset)>(fun () -> fetch ()) |]
        for sets in all.GetAwaiter().GetResult() do
            check sets
        Assert.That(List.length server.Asked, Is.EqualTo 4))

[<Test>]
let ``sets have their names, sizes and places`` () =
    for set in [ NamedSets.mnist; NamedSets.fashionMnist ] do
        Assert.That(set.home, Does.StartWith("http").And.EndsWith "/")
        Assert.That([ for file in set.files -> file.unpackedSize ], Is.EqualTo(box [ 47040016L; 60008L; 7840016L; 10008L ]))
        for file in set.files do
            Assert.That((file.md5.Length, file.unpackedMd5.Length), Is.EqualTo((32, 32)))
    let before = Environment.GetEnvironmentVariable "LINEARNETS_CACHE"
    try
        Environment.SetEnvironmentVariable("LINEARNETS_CACHE", "/somewhere")
        Assert.That(NamedSets.cache (), Is.EqualTo "/somewhere")
        Environment.SetEnvironmentVariable("LINEARNETS_CACHE", null)
        Assert.That(NamedSets.cache (), Does.EndWith "LinearNets")
    finally
        Environment.SetEnvironmentVariable("LINEARNETS_CACHE", before)
