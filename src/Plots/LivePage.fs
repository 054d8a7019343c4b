// Pages in a browser, and one that changes while it is looked at.
//
//   GET /TOKEN          the page, whose script puts the last picture where the one before it was
//   GET /TOKEN?events   server-sent events: the last picture at once, every later one, and "end"
//
// Whoever runs programs on this machine can reach a port of it, and so can any page in a browser. So the path is 128 random bits;
// a request must name the address that was given out, or another site's name might lead here; nothing else is answered.

namespace LinearNets.FSharp

open System
open System.Collections.Generic
open System.ComponentModel
open System.Diagnostics
open System.IO
open System.Net
open System.Net.Sockets
open System.Security.Cryptography
open System.Text
open System.Threading
open System.Threading.Tasks
open LinearNets

module internal Browser =

    let page title attributes body =
        (say
            $"<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\"><title>{Lettering.escape title}</title>\n<body {attributes}>{body}</body></html>\n")

    /// Whether there is a browser for a file or an address.
    let tryOpen (address: string) =
        try
            Process.Start(ProcessStartInfo(address, UseShellExecute = true)) |> ignore
            true
        with :? Win32Exception ->
            false

    let save path (page: string) =
        Files.writeOr (IOException >> raise) path (fun stream -> stream.Write(ReadOnlySpan(UTF8Encoding(false).GetBytes page)))

    /// Shows a page, in a file of its own in the temporary folder; where there is no browser, there is the file.
    let show name page =
        let path = Path.Combine(Path.GetTempPath(), say $"{name}-{Guid.NewGuid():N}.html")
        save path page
        tryOpen path |> ignore
        path

/// What the viewers of a page are told next. Each is told the last one that there is: whoever reads slowly misses some.
[<Sealed>]
type internal Told(events: string, isLast: bool) =
    member _.Bytes = Encoding.UTF8.GetBytes events
    member _.IsLast = isLast
    /// Done when this is no longer the last one.
    member val Outdated = TaskCompletionSource TaskCreationOptions.RunContinuationsAsynchronously

/// A page that shows the last picture until it is disposed of.
[<Sealed>]
type internal LivePage(title: string) =
    let most, headBytes = 16, 16384
    let secret, nonce = RandomNumberGenerator.GetHexString(32, true), RandomNumberGenerator.GetHexString(32, true)
    let path = "/" + secret
    let listener = new TcpListener(IPAddress.Loopback, 0)
    do listener.Start()
    let host = string listener.LocalEndpoint

    let mutable told = Told(":\n\n", false)
    let mutable picture = ""
    let serving = List<Task>()
    let isSeen = TaskCompletionSource()
    let ending = new CancellationTokenSource()

    let tell events isLast = Interlocked.Exchange(&told, Told(events, isLast)).Outdated.SetResult()

    let script =
        "const e=new EventSource('?events'),at=document.getElementById('at'),show=(s,end)=>{at.textContent=s;if(end)e.close()};"
        + "e.onmessage=m=>{document.getElementById('plot').innerHTML=m.data;show('Training …')};"
        + "e.addEventListener('end',()=>show('The run has ended.',1));e.onerror=()=>show('The run is gone.',1)"

    let page =
        Browser.page
            title
            "style=\"margin:1em\""
            (say
                $"<div id=\"plot\"></div><p id=\"at\" role=\"status\" style=\"font:14px system-ui\">Waiting for the first epoch …</p><script nonce=\"{nonce}\">{script}</script>")

    let head status kind =
        say
            $"HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nConnection: close\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'; connect-src 'self'; img-src data:; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\r\n"

    /// The answer's head, and whether events follow; the page is at the end of its head.
    let decide (request: string) =
        let lines = request.Split "\r\n"
        let words = lines[0].Split ' '
        let hosts = lines |> Array.filter _.StartsWith("Host:", StringComparison.OrdinalIgnoreCase)
        if words.Length <> 3 || not (request.EndsWith "\r\n\r\n") then
            struct (head "400 Bad Request" "text/plain", false)
        elif hosts.Length <> 1 || hosts[0].Substring(5).Trim() <> host then
            struct (head "403 Forbidden" "text/plain", false)
        elif words[1] <> path && words[1] <> path + "?events" then
            struct (head "404 Not Found" "text/plain", false)
        elif words[0] <> "GET" then
            struct (head "405 Method Not Allowed\r\nAllow: GET" "text/plain", false)
        elif words[1] = path then
            struct (head "200 OK" "text/html" + page, false)
        else
            struct (head "200 OK" "text/event-stream", true)

    let answer (client: TcpClient) =
        backgroundTask {
            use client = client
            try
                let stream = client.GetStream()
                let bytes = Array.zeroCreate headBytes
                let mutable request = ""
                let mutable isOpen = true
                // Who has not asked within a while is not listened to, however often a letter comes.
                use patience = CancellationTokenSource.CreateLinkedTokenSource ending.Token
                patience.CancelAfter 5000
                while isOpen && request.Length < headBytes && not (request.Contains "\r\n\r\n") do
                    let! count = stream.ReadAsync(bytes.AsMemory request.Length, patience.Token)
                    request <- request + Encoding.Latin1.GetString(bytes, request.Length, count)
                    isOpen <- count > 0
                let struct (answer, hasEvents) = decide request
                do! stream.WriteAsync(ReadOnlyMemory(Encoding.UTF8.GetBytes answer), ending.Token)
                if hasEvents then
                    isSeen.TrySetResult() |> ignore
                    // A viewer says no more: this ends when there is none.
                    let gone = stream.ReadAsync(bytes.AsMemory(), ending.Token).AsTask()
                    while isOpen do
                        let last = Volatile.Read &told
                        do! stream.WriteAsync(ReadOnlyMemory last.Bytes, ending.Token)
                        if not last.IsLast then
                            let! _ = Task.WhenAny(last.Outdated.Task, gone)
                            ()
                        isOpen <- not (last.IsLast || gone.IsCompleted)
                client.Client.Shutdown SocketShutdown.Send
            with _ ->
                // Whoever asked has gone.
                ()
        }

    do
        backgroundTask {
            try
                while true do
                    let! client = listener.AcceptTcpClientAsync()
                    lock serving (fun () ->
                        serving.RemoveAll(fun one -> one.IsCompleted) |> ignore
                        if serving.Count < most then serving.Add(answer client) else client.Close())
            with _ ->
                // It no longer listens.
                ()
        }
        |> ignore

    /// How long the end waits for the first viewer.
    member val Patience = TimeSpan.Zero with get, set

    member _.Address = say $"http://{host}{path}"

    member _.Show(svg: string) =
        picture <- "data: " + svg.ReplaceLineEndings "\ndata: " + "\n\n"
        tell picture false

    interface IDisposable with
        member page.Dispose() =
            tell (picture + "event: end\ndata:\n\n") true
            isSeen.Task.Wait page.Patience |> ignore
            listener.Stop()
            let viewers = lock serving (fun () -> Task.WhenAll serving)
            // Who does not read is not waited for.
            Task.WhenAny(viewers, Task.Delay 1000).Wait()
            ending.Cancel()
