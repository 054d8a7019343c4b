// Files from where they are published, over a network that is not believed.
//
//   name.part ──► as long as it should be, with the MD5 it should have ──► renamed to name
//
// The size is known before, so that no more is ever taken, whatever the server says of lengths. What is cut goes on where it
// ended (a range of bytes); a server that starts over is let start over. Where nothing comes for a while, the connection is
// given up and made again, a few times. One process at a time downloads into a folder; others wait for it.

namespace LinearNets

open System
open System.Globalization

/// <summary>How much of a file has been downloaded.</summary>
[<Sealed; AllowNullLiteral>]
type DownloadProgress internal (file: string, received: int64, total: int64) =

    /// <summary>The name of the file.</summary>
    member _.File = file

    /// <summary>How many bytes are there.</summary>
    member _.Received = received

    /// <summary>How many bytes there will be.</summary>
    member _.Total = total

    /// <summary>The file and how much of it is there, in a line.</summary>
    override _.ToString() =
        let megabytes (bytes: int64) = (float bytes / 1e6).ToString("F1", CultureInfo.InvariantCulture)
        (say $"{file}: {megabytes received} of {megabytes total} MB")

namespace LinearNets.FSharp

open System
open System.IO
open System.Net
open System.Net.Http
open System.Net.Http.Headers
open System.Security.Cryptography
open System.Threading
open System.Threading.Tasks
open LinearNets

/// A file packed by gzip as it is published, and what is in it.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal PublishedFile =
    {
        /// With the ending .gz.
        name: string
        size: int64
        md5: string
        unpackedSize: int64
        unpackedMd5: string
    }

    override file.ToString() =
        say $"{file.name} ({file.size} bytes, MD5 {file.md5}; unpacked {file.unpackedSize} bytes, MD5 {file.unpackedMd5})"

/// From where and how patiently.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal DownloadSettings =
    {
        /// Ends with a slash.
        home: string
        /// So long may nothing come.
        patience: TimeSpan
        /// How often a connection may fail.
        failures: int
        /// How long to wait after one that failed.
        pause: TimeSpan
    }

/// How a connection ended.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type private Ended =
    | Complete
    /// Another one may help.
    | Cut of reason: string
    | Refused of reason: string

/// No connection helps.
exception internal NotDownloaded of reason: string

module internal Download =

    let defaults home : DownloadSettings =
        { home = home; patience = TimeSpan.FromSeconds 30.0; failures = 5; pause = TimeSpan.FromSeconds 1.0 }

    // What is packed is wanted packed.
    let private client =
        lazy
            (new HttpClient(
                new SocketsHttpHandler(
                    AutomaticDecompression = DecompressionMethods.None,
                    PooledConnectionLifetime = TimeSpan.FromMinutes 1.0
                ),
                Timeout = Timeout.InfiniteTimeSpan
            ))

    let private buffer = 1 <<< 16

    let private openPart path =
        new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.Asynchronous)

    /// One connection, which adds to the part that is there.
    let private connect
        (settings: DownloadSettings)
        (file: PublishedFile)
        (part: FileStream)
        report
        (cancellation: CancellationToken)
        =
        task {
            use patience = CancellationTokenSource.CreateLinkedTokenSource cancellation
            let wait () = patience.CancelAfter settings.patience
            try
                wait ()
                let have = part.Length
                use request = new HttpRequestMessage(HttpMethod.Get, settings.home + file.name)
                if have > 0L then request.Headers.Range <- RangeHeaderValue(Nullable have, Nullable())
                use! response = client.Value.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token)
                let range = response.Content.Headers.ContentRange
                let goesOn =
                    response.StatusCode = HttpStatusCode.PartialContent && not (isNull range) && range.From = Nullable have
                let status = say $"The server answered {int response.StatusCode} {response.ReasonPhrase} for {file.name}."
                let startsOver = response.StatusCode = HttpStatusCode.OK
                let isOfAnother = response.StatusCode = HttpStatusCode.PartialContent && not goesOn
                let isBeyond = response.StatusCode = HttpStatusCode.RequestedRangeNotSatisfiable
                if startsOver || isOfAnother || isBeyond then part.SetLength 0L
                part.Position <- part.Length
                if goesOn || startsOver then
                    use! body = response.Content.ReadAsStreamAsync patience.Token
                    let bytes = Array.zeroCreate<byte> buffer
                    let mutable isOpen = true
                    while isOpen && part.Position < file.size do
                        wait ()
                        let most = int (min (int64 buffer) (file.size - part.Position))
                        let! read = body.ReadAsync(Memory(bytes, 0, most), patience.Token)
                        isOpen <- read > 0
                        do! part.WriteAsync(ReadOnlyMemory(bytes, 0, read), cancellation)
                        report part.Position
                    return
                        if part.Position = file.size then
                            Ended.Complete
                        else
                            Ended.Cut(say $"The server ended {file.name} after {part.Position} of {file.size} bytes.")
                elif isOfAnother || isBeyond || int response.StatusCode >= 500 then
                    return Ended.Cut status
                else
                    return Ended.Refused status
            with
            | :? OperationCanceledException when not cancellation.IsCancellationRequested ->
                return Ended.Cut(say $"Nothing came of {file.name} for {settings.patience.TotalSeconds} seconds.")
            | :? HttpRequestException as e -> return Ended.Cut e.Message
            | :? IOException as e -> return Ended.Cut e.Message
        }

    let private md5 (part: FileStream) cancellation =
        task {
            part.Position <- 0L
            let! hash = MD5.HashDataAsync(part, cancellation)
            return Convert.ToHexStringLower hash
        }

    /// A file beside its target until it is what it should be.
    let private fetch (settings: DownloadSettings) (file: PublishedFile) folder report (cancellation: CancellationToken) =
        task {
            let target = Path.Combine(folder, file.name)
            let path = target + ".part"
            let mutable failures, isThere = 0, false
            while not isThere do
                use part = openPart path
                if part.Length > file.size then part.SetLength 0L
                let began = part.Length
                let! ended =
                    if began = file.size then
                        Task.FromResult Ended.Complete
                    else
                        connect settings file part report cancellation
                match ended with
                | Ended.Complete ->
                    let! got = md5 part cancellation
                    if got = file.md5 then
                        part.Flush true
                        isThere <- true
                    else
                        part.SetLength 0L
                        // What was there before may be the damaged part.
                        if began = 0L then
                            raise (NotDownloaded(say $"What came as {file.name} has the MD5 {got}; expected {file.md5}."))
                | Ended.Refused reason -> raise (NotDownloaded reason)
                | Ended.Cut reason ->
                    // One that brought something on the way does not count.
                    if part.Length < began + int64 buffer then failures <- failures + 1
                    if failures = settings.failures then raise (NotDownloaded reason)
                    do! Task.Delay(settings.pause, cancellation)
            File.Move(path, target, true)
        }

    /// Whether a file is not opened because somebody else has it: EAGAIN of Linux and of macOS, and two codes of Windows.
    let private isTaken (e: IOException) = List.contains (e.HResult &&& 0xffff) [ 11; 35; 32; 33 ]

    /// The lock of a folder, as soon as nobody else has it.
    let private locked (folder: string) (cancellation: CancellationToken) =
        task {
            let path = Path.Combine(folder, ".lock")
            let mutable file: FileStream = null
            while isNull file do
                try
                    file <- new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)
                with :? IOException as e when isTaken e ->
                    do! Task.Delay(TimeSpan.FromSeconds 0.1, cancellation)
            return file
        }

    /// Puts the files that are not right yet into a folder.
    let files settings (files: PublishedFile list) (folder: string) isRight (progress: IProgress<DownloadProgress>) cancellation =
        task {
            Directory.CreateDirectory folder |> ignore
            use! _ = locked folder cancellation
            for file in files do
                if not (isRight file) then
                    let report received =
                        if not (isNull progress) then progress.Report(DownloadProgress(file.name, received, file.size))
                    do! fetch settings file folder report cancellation
        }
