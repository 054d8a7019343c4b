/// Trainings that are drawn while they go on: as text, and on a page that a browser looks at meanwhile.
module LinearNets.Tests.AnimatorLaws

open System
open System.Collections.Generic
open System.Diagnostics
open System.IO
open System.Net
open System.Net.NetworkInformation
open System.Net.Sockets
open System.Net.WebSockets
open System.Text
open System.Text.Json
open System.Text.RegularExpressions
open System.Threading
open System.Threading.Tasks
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

let private isTrue (holds: bool) (otherwise: string) = if not holds then Assert.Fail otherwise

let private isEqual (expected: 'T) (actual: 'T) = if expected <> actual then Assert.Fail $"expected %A{expected}, got %A{actual}"

let private evaluation loss metric : Evaluation = { Loss = loss; Metric = metric; MetricName = "accuracy" }

let private report epoch loss metric (validation: Evaluation option) : EpochReport =
    { Epoch = epoch
      Running = evaluation loss metric
      After = Nullable()
      Validation = Option.toNullable validation
      LearningRate = 0.1
      Seconds = 0.0 }

/// Four epochs with all that is drawn.
let private reports =
    [ report 1 2.0 0.25 (Some(evaluation nan 0.5))
      report 2 1.0 0.5 (Some(evaluation nan 0.625))
      report 3 0.5 0.75 (Some(evaluation nan 0.625))
      report 4 0.25 0.875 (Some(evaluation nan 0.75)) ]

let private chart title (reports: EpochReport list) =
    match (TrainingHistory(List.toArray reports) |> Plot.curves |> Plot.title title).Shown with
    | Shown.Axes chart -> chart
    | Shown.Drawing _ -> failwith "expected axes"

/// A screen that counts what it is shown.
type private Counted(act: Plot -> unit) =
    let shown = List<Plot>()
    let mutable ends = 0
    member _.Shown = shown
    member _.Ends = ends
    interface IScreen with
        member _.Show plot =
            shown.Add plot
            act plot
        member _.Dispose() = ends <- ends + 1

let private ended (animator: Animator) = (animator :> IDisposable).Dispose()

// ---- text ---------------------------------------------------------------------------------------------------------------

[<Test>]
let ``a history is drawn with these dots`` () =
    let expected =
        [ "Garments"
          "2.0┤⠑⠢⢄⡀"
          "   │   ⠈⠑⠢⢄⡀"
          "1.2┤       ⠈⠑⠢⢄⣀"
          "   │     ⢀⣀⣀⣀⣀⣀⣀⣉⣉⣒⣒⣤⣤⣠⣤⣤⣤⣤⣤⣒⣒⡲⠶⠶⠭⠭⠭  bc"
          "0.4┤⣉⣉⠭⠭⠭⠕⠒⠒⠒⠉⠉⠉⠉⠁      ⠉⠉⠉⠒⠒⠒⠢⠤⠤⠤⣀⣀ a"
          "   └────────────────────────────────"
          "    1                        epoch 4"
          "a train loss 0.25"
          "b train accuracy 0.875"
          "c validation accuracy 0.75" ]
    isEqual expected (TextChart.lines 40 12 false (chart "Garments" reports))

[<Test>]
let ``colours are those of the curves, and change no text`` () =
    let plain = TextChart.lines 60 20 false (chart "Garments" reports)
    let coloured = TextChart.lines 60 20 true (chart "Garments" reports)
    isEqual plain (coloured |> List.map (fun line -> Regex.Replace(line, "\u001b\\[[0-9]*m", "").TrimEnd()))
    let last = String.concat "" coloured
    for colour, text in [ 94, "a train loss 0.25"; 33, "b train accuracy 0.875"; 32, "c validation accuracy 0.75" ] do
        isTrue (last.Contains $"\u001b[{colour}m{text}\u001b[0m") $"{colour}: {last}"

/// A name of letters that take no column, one or two, and of what controls a terminal.
let private anyText seed =
    let some =
        [| "a"
           "b "
           "损"
           "失"
           "🧦"
           "é"
           "e\u0301"
           "\u001b[2J"
           "\u0007"
           "\n"
           "\r"
           "\u009b"
           "\u202E"
           "<script>"
           "\uD800" |]
    String.init (Random.below 40 (Random.key seed) 0L) (fun i -> some[Random.below some.Length (Random.key (seed + 1)) (int64 i)])

[<Law>]
let ``a drawing is never larger than its window, whatever is drawn`` (case: Case) =
    let any = [| nan; infinity; -infinity; 0.0; -0.0; 1e308; -1e308; 1e-308; 5e-324; 1.0; -3.5; 1e9; 7e-5 |]
    let value i = any[Random.below any.Length (Random.key case.seed) (int64 i)]
    let evaluation i : Evaluation = { Loss = value i; Metric = value (i + 1); MetricName = anyText (case.seed + 7) }
    let history =
        [ for i in 1 .. case.rows ->
              { report (i * case.columns) 0.0 0.0 None with
                  Running = evaluation (4 * i)
                  Validation = Nullable(evaluation (4 * i + 2)) } ]
    let columns, rows = 12 * case.columns - 10, 4 * case.classes - 2
    let lines = TextChart.lines columns rows false (chart (anyText case.seed) history)
    isTrue (lines.Length < max 2 rows) $"{lines.Length} lines in {rows}"
    for line in lines do
        isTrue (not (line |> Seq.exists Char.IsControl)) $"a control character: %A{line}"
        let width =
            line.EnumerateRunes()
            |> Seq.sumBy (fun rune -> if rune.Value >= 0x1100 && not (rune.Value >= 0x2000 && rune.Value < 0x2900) then 2 else 1)
        isTrue (width <= columns) $"{width} columns in {columns}: {line}"

[<Test>]
let ``every drawing is in the place of the one before it`` () =
    use writer = new StringWriter(NewLine = "\n")
    let size () = struct (41, 12)
    let show (screen: IScreen) =
        for count in [ 1; 2; 4 ] do
            let history = TrainingHistory(reports |> List.truncate count |> List.toArray)
            screen.Show(Plot.curves history)
        screen.Dispose()
    let drawing count = String.Join("\n", TextChart.lines 40 12 false (chart "Training" (List.truncate count reports))) + "\n"
    show (new TerminalScreen(writer, size, false, true))
    let back = $"\u001b[{(drawing 4).Split('\n').Length - 1}A\u001b[J"
    isEqual (drawing 1 + back + drawing 2 + back + drawing 4) (writer.ToString())
    writer.GetStringBuilder().Clear() |> ignore
    show (new TerminalScreen(writer, size, false, false))
    isEqual (drawing 4) (writer.ToString())

// ---- reports ------------------------------------------------------------------------------------------------------------

[<Test>]
let ``short epochs are drawn now and then, and the last one always`` () =
    let screen = new Counted(ignore)
    let animator = new Animator("a title", screen, null)
    let clock = Stopwatch.StartNew()
    for epoch in 1..2000 do
        animator.Report(report epoch 1.0 0.5 None)
    let most = 2 + int (clock.ElapsedMilliseconds / 90L)
    ended animator
    ended animator
    animator.Report(report 2001 1.0 0.5 None)
    isTrue (screen.Shown.Count >= 2 && screen.Shown.Count <= most) $"{screen.Shown.Count} drawings, at most {most}"
    isEqual 1 screen.Ends
    isEqual "a title" (Seq.last screen.Shown).Picture.title
    isTrue ((Seq.last screen.Shown).Svg.Contains ">2000<") "the last epoch is not there"
    isEqual "2000 epochs" (animator.ToString())

[<Test>]
let ``drawing takes a small part of the time, however long a drawing takes`` () =
    let screen = new Counted(fun _ -> Thread.Sleep 20)
    let animator = new Animator("", screen, null)
    let clock = Stopwatch.StartNew()
    let mutable epoch = 0
    while clock.ElapsedMilliseconds < 2000L do
        epoch <- epoch + 1
        animator.Report(report epoch 1.0 0.5 None)
        Thread.Sleep 1
    // A twentieth, from the second on.
    let most = 2 + int (clock.ElapsedMilliseconds / 390L)
    isTrue (screen.Shown.Count >= 2 && screen.Shown.Count <= most) $"{screen.Shown.Count} drawings, at most {most}"

[<Test>]
let ``a second fit begins anew`` () =
    let screen = new Counted(ignore)
    let animator = new Animator("", screen, null)
    for epoch in [ 1; 2; 3; 1; 2 ] do
        animator.Report(report epoch 1.0 0.5 None)
    isEqual "2 epochs" (animator.ToString())

[<Test>]
let ``what fails in drawing ends no fit`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 20 }
    use animator = new Animator("", new Counted(fun _ -> failwith "no paper"), null)
    let fitted = Fit.run { Fit.defaults with model = Model.linear 2 1; epochs = 3; onEpoch = animator.Report } data
    isEqual 3 fitted.history.Count
    isEqual "3 epochs" (animator.ToString())

[<Test>]
let ``reports of many threads are drawn one after the other`` () =
    let mutable inside = 0
    let alone _ =
        isEqual 1 (Interlocked.Increment &inside)
        Thread.Sleep 1
        Interlocked.Decrement &inside |> ignore
    let screen = new Counted(alone)
    let animator = new Animator("", screen, null)
    animator.Report(report 1 1.0 0.5 None)
    Parallel.For(2, 4001, (fun epoch -> animator.Report(report epoch 1.0 0.5 None))) |> ignore
    ended animator
    isEqual 0 inside
    isEqual "4000 epochs" (animator.ToString())

[<Test>]
let ``nothing is written where the output goes elsewhere`` () =
    match Python.run "dotnet" [ CheckpointLaws.killed; "animate"; "" ] "" with
    | Some result -> isEqual (0, $"done{Environment.NewLine}", "") result
    | None -> Assert.Fail "dotnet does not start"

[<Test>]
let ``in a terminal a fit is drawn, in colours where they are allowed`` () =
    let drawn terminal variable =
        let command = $"stty cols 60 rows 30; {variable} TERM={terminal} dotnet '{CheckpointLaws.killed}' animate ''"
        match Python.run "script" [ "-qec"; command; "/dev/null" ] "" with
        | Some(0, output, _) -> output.ReplaceLineEndings "\n"
        | Some(code, output, error) -> failwith $"script ended with {code}: {output}{error}"
        | None ->
            Tool.missing "script"
            ""
    let last = Regex(@"a train loss [0-9.E-]+\s+b train mse [0-9.E-]+\s*done\n$")
    let coloured, plain, dumb = drawn "xterm" "", drawn "xterm" "NO_COLOR=1", drawn "dumb" ""
    isTrue (coloured.Contains "\u001b[94m" && coloured.Contains "A\u001b[J") coloured
    isTrue (not (plain.Contains "\u001b[94m") && plain.Contains "A\u001b[J" && last.IsMatch plain) plain
    isTrue (not (dumb.Contains '\u001b') && last.IsMatch dumb && dumb.Split("epoch ").Length = 2) dumb

// ---- the page -----------------------------------------------------------------------------------------------------------

/// An animator whose page nobody opens.
let private paged title = Animator.OnPage(title, (fun _ -> true), TimeSpan.Zero)

/// All that is answered to a request, whose lines end as those of HTTP do.
let private ask (port: int) (lines: string list) =
    use client = new TcpClient(ReceiveTimeout = 10_000)
    client.Connect(IPAddress.Loopback, port)
    use stream = client.GetStream()
    stream.Write(ReadOnlySpan(Encoding.ASCII.GetBytes(String.Join("\r\n", lines @ [ ""; "" ]))))
    use reader = new StreamReader(stream)
    reader.ReadToEnd()

let private get (address: Uri) path =
    ask address.Port [ $"GET {path} HTTP/1.1"; $"Host: {address.Authority}"; "Connection: close" ]

let private status (answer: string) = int ((answer.Split ' ')[1])

/// A viewer of the events, and what has come so far once that has some words.
[<Sealed>]
type private Viewer(address: Uri) =
    let client = new TcpClient(ReceiveTimeout = 10_000)
    let text = StringBuilder()
    let buffer = Array.zeroCreate 65536
    do
        client.Connect(IPAddress.Loopback, address.Port)
        let request = $"GET {address.AbsolutePath}?events HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n"
        client.GetStream().Write(ReadOnlySpan(Encoding.ASCII.GetBytes request))
    /// Reads until the words have come, or everything. What was read is not returned again.
    member _.Until(words: string) =
        let mutable isOpen = true
        while isOpen && not (text.ToString().Contains words) do
            let count = client.GetStream().Read(buffer, 0, buffer.Length)
            isOpen <- count > 0
            text.Append(Encoding.UTF8.GetString(buffer, 0, count)) |> ignore
        let read = text.ToString()
        isTrue (read.Contains words) $"no {words} in: {read}"
        text.Clear() |> ignore
        read
    interface IDisposable with
        member _.Dispose() = client.Dispose()

let private isRefused (address: Uri) =
    try
        use client = new TcpClient()
        client.Connect(IPAddress.Loopback, address.Port)
        false
    with :? SocketException ->
        true

[<Test>]
let ``only the path that was given out is answered, and only at this machine's own address`` () =
    use animator = paged "a </title><script>alert(1)</script> \"&\u202E\n损失"
    use other = paged ""
    let address = Uri animator.Address
    let path = address.AbsolutePath
    isTrue (Regex.IsMatch(animator.Address, "^http://127\\.0\\.0\\.1:[0-9]+/[0-9a-f]{32}$")) animator.Address
    isTrue (path <> (Uri other.Address).AbsolutePath) "two animators have one path"
    let places =
        IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners()
        |> Array.filter (fun place -> place.Port = address.Port)
        |> Array.map _.Address
    isEqual [| IPAddress.Loopback |] places
    let page = get address path
    isEqual 200 (status page)
    isTrue (page.Contains "<title>a &lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; &quot;&amp;\u202E 损失</title>") page
    let head = page.Substring(0, page.IndexOf "\r\n\r\n")
    let nonce = Regex.Match(head, "script-src 'nonce-([0-9a-f]{32})'").Groups[1].Value
    isEqual [ $"<script nonce=\"{nonce}\">" ] [ for script in Regex.Matches(page, "<script.*?>") -> script.Value ]
    for header in
        [ "Cache-Control: no-store"
          "Content-Security-Policy: default-src 'none'; connect-src 'self';"
          "X-Content-Type-Options: nosniff"
          "Referrer-Policy: no-referrer" ] do
        isTrue (head.Contains header) $"no {header} in {head}"
    let elsewhere =
        [ "/"
          ""
          "/favicon.ico"
          path + "/"
          path + "x"
          path.Substring(0, 32)
          "/" + path
          path.ToUpperInvariant() + "A"
          path + "?"
          path + "?events=1"
          "/x?events"
          "/../" + path.Substring 1
          (Uri other.Address).AbsolutePath
          "/%2e" ]
    for path in elsewhere do
        let answer = get address path
        isTrue (status answer = 404 || status answer = 400) $"{path}: {answer}"
        isTrue (not (answer.Contains "<")) answer
    for verb in [ "HEAD"; "POST"; "PUT"; "DELETE"; "OPTIONS" ] do
        let answer =
            ask address.Port [ $"{verb} {path} HTTP/1.1"; $"Host: {address.Authority}"; "Content-Length: 0"; "Connection: close" ]
        isEqual 405 (status answer)
    for host in [ "evil.example"; $"evil.example:{address.Port}"; "127.0.0.1"; $"127.0.0.1.evil.example:{address.Port}"; "" ] do
        for path in [ path; path + "?events" ] do
            let answer = ask address.Port [ $"GET {path} HTTP/1.1"; $"Host: {host}"; "Connection: close" ]
            isTrue (List.contains (status answer) [ 400; 403; 404 ] && not (answer.Contains "<")) $"{host}: {answer}"

[<Test>]
let ``whoever looks gets the last picture at once, every later one, and the end`` () =
    let animator = paged "<b>"
    let address = Uri animator.Address
    use early = new Viewer(address)
    isTrue ((early.Until ":\n\n").Contains "Content-Type: text/event-stream") "another type"
    animator.Report reports[0]
    let first = early.Until "</svg>\n\n"
    isTrue (first.Contains ">&lt;b&gt;</text>" && not (first.Contains "<b>")) first
    // Every line of an event says that it is data.
    for line in (first.Substring(first.IndexOf "data: ")).TrimEnd().Split '\n' do
        isTrue (line.StartsWith "data: ") line
    use late = new Viewer(address)
    isEqual (first.Substring(first.IndexOf "data: ")) (let all = late.Until "</svg>\n\n" in all.Substring(all.IndexOf "data: "))
    Thread.Sleep 120
    animator.Report reports[1]
    isTrue ((early.Until "</svg>\n\n").Contains "ln-0") "no second picture"
    animator.Report reports[2]
    ended animator
    for viewer in [ early; late ] do
        let rest = viewer.Until "event: end\ndata:\n\n"
        isTrue (rest.Contains "</svg>\n\nevent: end") "the last picture does not come with the end"
        viewer.Until "" |> ignore
    isTrue (isRefused address) "there is still somebody"

[<Test>]
let ``nobody is waited for who does not read`` () =
    let page = new LivePage("")
    let address = Uri page.Address
    use deaf = new TcpClient(ReceiveBufferSize = 1024)
    deaf.Connect(IPAddress.Loopback, address.Port)
    let request = $"GET {address.AbsolutePath}?events HTTP/1.1\r\nHost: {address.Authority}\r\n\r\n"
    deaf.GetStream().Write(ReadOnlySpan(Encoding.ASCII.GetBytes request))
    use silent = new TcpClient()
    silent.Connect(IPAddress.Loopback, address.Port)
    for _ in 1..40 do
        page.Show(String('x', 2_000_000))
        Thread.Sleep 10
    let clock = Stopwatch.StartNew()
    (page :> IDisposable).Dispose()
    isTrue (clock.ElapsedMilliseconds < 4000L) $"{clock.ElapsedMilliseconds} ms"
    isTrue (isRefused address) "there is still somebody"

[<Test>]
let ``there are so many viewers, and a place is free again when one goes`` () =
    use animator = paged ""
    let address = Uri animator.Address
    let viewers = [ for _ in 1..16 -> new Viewer(address) ]
    for viewer in viewers do
        viewer.Until ":\n\n" |> ignore
    let answer () =
        try
            get address address.AbsolutePath
        with :? IOException ->
            ""
    isEqual "" (answer ())
    (viewers.Head :> IDisposable).Dispose()
    let clock = Stopwatch.StartNew()
    while answer () = "" do
        isTrue (clock.ElapsedMilliseconds < 15000L) "no place is free"
        Thread.Sleep 20
    for viewer in viewers.Tail do
        (viewer :> IDisposable).Dispose()

[<Test>]
let ``a request has its time, and a length; one is answered, and what others there are with it is not`` () =
    use animator = paged ""
    let address = Uri animator.Address
    let path = address.AbsolutePath
    // A letter now and then does not keep a place.
    use slow = new TcpClient(ReceiveTimeout = 10_000)
    slow.Connect(IPAddress.Loopback, address.Port)
    let clock = Stopwatch.StartNew()
    let isClosed () =
        try
            slow.GetStream().WriteByte 'a'B
            slow.Client.Poll(0, SelectMode.SelectRead)
        with :? IOException ->
            true
    let asked head = ask address.Port [ head; $"Host: {address.Authority}" ]
    isEqual 400 (status (ask address.Port [ $"GET {path} HTTP/1.1"; $"Host: {address.Authority}"; String('a', 16384) ]))
    isEqual 404 (status (asked $"GET {animator.Address} HTTP/1.1"))
    isEqual 404 (status (asked $"GET /%%{int path[1]:x2}{path.Substring 2} HTTP/1.1"))
    isEqual 404 (status (asked "OPTIONS * HTTP/1.1"))
    isEqual 403 (status (ask address.Port [ $"GET {path} HTTP/1.1"; $"Host: localhost:{address.Port}" ]))
    isEqual 403 (status (ask address.Port [ $"GET {path} HTTP/1.1" ]))
    let two =
        ask
            address.Port
            [ $"GET {path} HTTP/1.1"
              $"Host: {address.Authority}"
              ""
              $"GET {path} HTTP/1.1"
              $"Host: {address.Authority}" ]
    isEqual 403 (status two)
    isEqual 2 (two.Split("HTTP/1.1").Length)
    while not (isClosed ()) do
        isTrue (clock.ElapsedMilliseconds < 9000L) "who says a letter now and then is listened to"
        Thread.Sleep 200

[<Test>]
let ``hundreds of connections, and whoever breaks them off, leave the page to the others`` () =
    let page = new LivePage("")
    let address = Uri page.Address
    for _ in 1..4 do
        let clients =
            [ for _ in 1..100 ->
                  let client = new TcpClient(LingerState = LingerOption(true, 0))
                  client.Connect(IPAddress.Loopback, address.Port)
                  client ]
        for client in clients do
            client.Dispose()
    let clock = Stopwatch.StartNew()
    let rec answer () =
        try
            get address address.AbsolutePath
        with :? IOException when clock.ElapsedMilliseconds < 5000L ->
            Thread.Sleep 20
            answer ()
    isEqual 200 (status (answer ()))
    let ending = Task.WhenAll [| for _ in 1..3 -> Task.Run(fun () -> (page :> IDisposable).Dispose()) |]
    isTrue (ending.Wait 4000) "it does not end"
    isTrue (isRefused address) "there is still somebody"

[<Test>]
let ``the end waits a while for the browser that was opened`` () =
    let animator = Animator.OnPage("", (fun _ -> true), TimeSpan.FromSeconds 10.0)
    animator.Report reports[0]
    let ending = Task.Run(fun () -> ended animator)
    Thread.Sleep 200
    isTrue (not ending.IsCompleted) "nobody is waited for"
    use viewer = new Viewer(Uri animator.Address)
    isTrue ((viewer.Until "event: end\ndata:\n\n").Contains "</svg>") "no picture"
    isTrue (ending.Wait 5000) "the end waits for nobody"
    let lonely = Animator.OnPage("", (fun _ -> true), TimeSpan.FromSeconds 0.2)
    isTrue (Task.Run(fun () -> ended lonely).Wait 5000) "the end waits for nobody"

[<Test>]
let ``where there is no browser the address is said, and the fit goes on`` () =
    let before = Console.Error
    use error = new StringWriter()
    Console.SetError error
    try
        use animator = Animator.OnPage("", (fun _ -> false), TimeSpan.FromSeconds 10.0)
        isEqual $"The training is drawn at {animator.Address}{Environment.NewLine}" (error.ToString())
        let data = Synthetic.linear { Synthetic.defaults with n = 20 }
        isEqual
            3
            (Fit.run { Fit.defaults with model = Model.linear 2 1; epochs = 3; onEpoch = animator.Report } data).history.Count
    finally
        Console.SetError before

// ---- in a browser -------------------------------------------------------------------------------------------------------

/// A page of a browser, by the protocol of its developer tools.
[<Sealed>]
type private DevTools(address: string) =
    let socket = new ClientWebSocket()
    let events = List<string>()
    let mutable last = 0
    let limit = new CancellationTokenSource(TimeSpan.FromSeconds 60.0)
    let buffer = Array.zeroCreate 65536

    let receive () =
        use message = new MemoryStream()
        let mutable isWhole = false
        while not isWhole do
            let part = socket.ReceiveAsync(ArraySegment buffer, limit.Token).Result
            message.Write(buffer, 0, part.Count)
            isWhole <- part.EndOfMessage
        JsonDocument.Parse(message.ToArray()).RootElement

    do socket.ConnectAsync(Uri address, limit.Token).Wait()

    /// Asks for something, and keeps what the page says meanwhile.
    member _.Ask(name: string, parameters: obj) =
        last <- last + 1
        let request = JsonSerializer.SerializeToUtf8Bytes {| id = last; ``method`` = name; ``params`` = parameters |}
        socket.SendAsync(ArraySegment request, WebSocketMessageType.Text, true, limit.Token).Wait()
        let rec answer () =
            let message = receive ()
            match message.TryGetProperty "id" with
            | true, id when id.GetInt32() = last -> message.GetProperty "result"
            | _ ->
                let name = message.GetProperty("method").GetString()
                if List.contains name [ "Runtime.exceptionThrown"; "Runtime.consoleAPICalled"; "Log.entryAdded" ] then
                    events.Add(message.GetRawText())
                answer ()
        answer ()

    /// What an expression is on the page, as text.
    member tools.Value(expression: string) =
        tools
            .Ask("Runtime.evaluate", {| expression = $"String({expression})" |})
            .GetProperty("result")
            .GetProperty("value")
            .GetString()

    /// What the page has said on its console, and what went wrong.
    member _.Complaints = List.ofSeq events

    interface IDisposable with
        member _.Dispose() = socket.Dispose()

/// Does something with the page of a browser, where there is one.
let private inBrowser (act: DevTools -> unit) =
    FileLaws.inFolder (fun folder ->
        let start (program: string) =
            try
                Process.Start(
                    ProcessStartInfo(
                        program,
                        [ "--headless=new"
                          "--no-sandbox"
                          "--disable-gpu"
                          "--disable-dev-shm-usage"
                          "--no-first-run"
                          "--remote-debugging-port=0"
                          $"--user-data-dir={folder}"
                          "--window-size=800,600"
                          "about:blank" ],
                        RedirectStandardError = true,
                        RedirectStandardOutput = true
                    )
                )
                |> Some
            with :? ComponentModel.Win32Exception ->
                None
        match [ "chromium"; "chromium-browser"; "google-chrome" ] |> List.tryPick start with
        | None -> Tool.missing "chromium"
        | Some browser ->
            use browser = browser
            browser.BeginErrorReadLine()
            browser.BeginOutputReadLine()
            try
                let file = Path.Combine(folder, "DevToolsActivePort")
                let clock = Stopwatch.StartNew()
                while not (File.Exists file && File.ReadAllText(file).Contains '\n') do
                    isTrue (clock.Elapsed.TotalSeconds < 30.0 && not browser.HasExited) "the browser does not start"
                    Thread.Sleep 50
                let port = (File.ReadAllLines file)[0]
                use http = new Http.HttpClient()
                let pages = JsonDocument.Parse(http.GetStringAsync($"http://127.0.0.1:{port}/json/list").Result).RootElement
                let page = pages.EnumerateArray() |> Seq.find (fun page -> page.GetProperty("type").GetString() = "page")
                use tools = new DevTools(page.GetProperty("webSocketDebuggerUrl").GetString())
                act tools
            finally
                browser.Kill true
                browser.WaitForExit())

[<Test>]
let ``in a browser the curve grows with the fit, and stays when the server has gone`` () =
    inBrowser (fun tools ->
        let epochs = 20
        let animator = paged "损失 <b>&\""
        for domain in [ "Runtime.enable"; "Log.enable"; "Page.enable" ] do
            tools.Ask(domain, {| |}) |> ignore
        tools.Ask("Page.navigate", {| url = animator.Address |}) |> ignore
        let train, test = Synthetic.garments 400 100 1
        let fit =
            Task.Run(fun () ->
                Fit.run
                    { Fit.defaults with
                        model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear 784 10 ]
                        loss = Loss.crossEntropy
                        optimizer = Optimizer.sgd 0.1
                        epochs = epochs
                        validation = Some test
                        onEpoch =
                            fun report ->
                                animator.Report report
                                Thread.Sleep 110 }
                    train
                |> ignore
                ended animator)
        let points () =
            int (tools.Value "Math.max(0, ...[...document.querySelectorAll('#plot polyline.ln-0')].map(e => e.points.length))")
        let state () = tools.Value "document.getElementById('at')?.textContent"
        let seen = List<int>()
        let clock = Stopwatch.StartNew()
        while state () <> "The run has ended." && clock.Elapsed.TotalSeconds < 30.0 do
            let count = points ()
            if seen.Count = 0 || seen[seen.Count - 1] <> count then seen.Add count
            Thread.Sleep 20
        fit.Wait()
        isTrue (isRefused (Uri animator.Address)) "the server is still there"
        isEqual (List.sort (List.ofSeq seen)) (List.ofSeq seen)
        isTrue (seen.Count >= 6) $"%A{seen}"
        // A reconnection would have been tried by now.
        Thread.Sleep 3500
        isEqual epochs (points ())
        isEqual "The run has ended." (state ())
        isEqual "损失 <b>&\"" (tools.Value "document.title")
        isEqual "损失 <b>&\"" (tools.Value "document.querySelector('svg text').textContent")
        isEqual [] tools.Complaints
        // They stay, to be looked at.
        for scheme in [ "light"; "dark" ] do
            tools.Ask("Emulation.setEmulatedMedia", {| features = [ {| name = "prefers-color-scheme"; value = scheme |} ] |})
            |> ignore
            let picture = tools.Ask("Page.captureScreenshot", {| format = "png" |}).GetProperty("data").GetBytesFromBase64()
            File.WriteAllBytes(Repository.file $"artifacts/live-{scheme}.png", picture))

[<Test>]
let ``in a browser no name becomes an element or a script, on any page`` () =
    inBrowser (fun tools ->
        for domain in [ "Runtime.enable"; "Log.enable"; "Page.enable" ] do
            tools.Ask(domain, {| |}) |> ignore
        let wait (condition: string) =
            let clock = Stopwatch.StartNew()
            // While a page is left for another one, there is nothing to be asked.
            let holds () =
                try
                    tools.Value condition = "true"
                with :? KeyNotFoundException ->
                    false
            while not (holds ()) do
                isTrue (clock.Elapsed.TotalSeconds < 10.0) condition
                Thread.Sleep 20
        let go address =
            tools.Ask("Page.navigate", {| url = address |}) |> ignore
            wait $"document.readyState === 'complete' && location.href === {JsonSerializer.Serialize address}"
        // The elements and the names of their attributes, each once.
        let parts () =
            isEqual "undefined" (tools.Value "window.hacked")
            tools.Value
                "[...new Set([...document.querySelectorAll('*')].map(e => e.localName + ' ' + [...e.attributes].map(a => a.name).sort()))].sort().join(';')"
        let all (name: string) =
            let named =
                [ for epoch in 1..2 -> { report epoch 1.0 0.5 None with Running = { evaluation 1.0 0.5 with MetricName = name } } ]
            let live =
                let animator = Animator.OnPage(name, (fun _ -> true), TimeSpan.FromSeconds 5.0)
                go animator.Address
                named |> List.iter animator.Report
                ended animator
                wait "document.getElementById('at').textContent === 'The run has ended.'"
                isEqual (Lettering.clean name) (tools.Value "document.title")
                isTrue ((tools.Value "document.querySelector('svg desc').textContent").Contains(Lettering.clean name)) "no name"
                parts ()
            let ofFile (save: string -> unit) =
                FileLaws.inFolder (fun folder ->
                    let path = Path.Combine(folder, "page.html")
                    save path
                    go (Uri(path).AbsoluteUri)
                    parts ())
            let data =
                let x = Array2D.init 12 2 (fun i j -> float ((i * 5 + j * 3) % 7))
                Dataset
                    .From(x, Array.init 12 (fun i -> i % 2))
                    .WithFeatureNames([| name + "0"; name + "1" |])
                    .WithClassNames([| name + "2"; name + "3" |])
                    .WithSource(name)
            let fit = Fit.run { Fit.defaults with model = Model.linear 2 2; loss = Loss.crossEntropy; epochs = 2 } data
            [ live
              ofFile (TrainingHistory(List.toArray named) |> Plot.curves |> Plot.title name).Save
              ofFile (fit |> Saved.ofFitted data |> Report.ofSaved data).Save ]
        let attack = "<img src=x onerror=hacked=1><script>hacked=1</script><svg onload=hacked=1>"
        let harmless = all "abc"
        for name in
            [ attack
              "</title>" + attack
              "</style></desc></text></svg>" + attack
              "]]>-->" + attack
              "\" onload=hacked=1 x='\ndata: " + attack
              "&lt;img src=x onerror=hacked=1&gt;&#60;" ] do
            isEqual harmless (all name)
        isEqual [] tools.Complaints)
