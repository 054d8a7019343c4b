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
open System.Net
open System.Net.Sockets
open System.Security.Cryptography
open System.Text
open System.Threading
open System.Threading.Tasks
open LinearNets

module internal Browser =

    let page title body =
        (say
            $"<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\"><title>{Lettering.escape title}</title>\n<body style=\"margin:1em\">{body}</body></html>\n")

    /// Whether there is a browser for a file or an address.
    let tryOpen (address: string) =
        try
            Process.Start(ProcessStartInfo(address, UseShellExecute = true)) |> ignore
            true
        with :? Win32Exception ->
            false

/// What the viewers of a page are told next. Each is told the last one that there is: whoever reads slowly misses some.
[<Sealed>]
type internal Told(events: string, isLast: bool) =
    member _.Bytes = Encoding.UTF8.GetBytes events
    member _.IsLast = isLast
    /// Done when this is no longer the last one.
    member val Outdated = TaskCompletionSource TaskCreationOptions.RunContinuationsAsynchronously

/// A page that shows the last picture until it is disposed of, which gives the first viewer so much time to come.
[<Sealed>]
type internal LivePage(title: string, patience: TimeSpan) =
    let most = 8
    let secret, nonce = RandomNumberGenerator.GetHexString(32, true), RandomNumberGenerator.GetHexString(32, true)
    let path = "/" + secret

    let rec listen tries =
        // The listener takes no port of the system's choice: another program may take this one in between.
        let port =
            use probe = new TcpListener(IPAddress.Loopback, 0)
            probe.Start()
            (probe.LocalEndpoint :?> IPEndPoint).Port
        let host = say $"127.0.0.1:{port}"
        let listener = new HttpListener()
        listener.Prefixes.Add(say $"http://{host}/")
        try
            listener.Start()
            listener, host
        with :? HttpListenerException when tries > 1 ->
            listen (tries - 1)

    let listener, host = listen 20

    let mutable told = Told(":\n\n", false)
    let mutable picture = ""
    let viewers = List<Task>()
    let isSeen = TaskCompletionSource()

    let tell events isLast = Interlocked.Exchange(&told, Told(events, isLast)).Outdated.SetResult()

    let script =
        "const e=new EventSource('?events'),at=document.getElementById('at'),show=(s,end)=>{at.textContent=s;if(end)e.close()};"
        + "e.onmessage=m=>{document.getElementById('plot').innerHTML=m.data;show('Training …')};"
        + "e.addEventListener('end',()=>show('The run has ended.',1));e.onerror=()=>show('The run is gone.',1)"

    let page =
        Browser.page
            title
            (say
                $"<div id=\"plot\"></div><p id=\"at\" role=\"status\" style=\"font:14px system-ui\">Waiting for the first epoch …</p><script nonce=\"{nonce}\">{script}</script>")

    let follow (response: HttpListenerResponse) =
        backgroundTask {
            response.ContentType <- "text/event-stream"
            response.SendChunked <- true
            let mutable last = Told("", false)
            while not last.IsLast do
                let next = Volatile.Read &told
                // Where there is nothing new, a comment shows whether somebody is still there.
                let bytes = if obj.ReferenceEquals(next, last) then ":\n\n"B else next.Bytes
                do! response.OutputStream.WriteAsync(ReadOnlyMemory bytes)
                do! response.OutputStream.FlushAsync()
                last <- next
                if not last.IsLast then
                    let! _ = Task.WhenAny(last.Outdated.Task, Task.Delay 2000)
                    ()
            response.Close()
        }

    let answer (context: HttpListenerContext) =
        backgroundTask {
            let request, response = context.Request, context.Response
            try
                response.KeepAlive <- false
                for name, value in
                    [ "Cache-Control", "no-store"
                      "X-Content-Type-Options", "nosniff"
                      "Referrer-Policy", "no-referrer"
                      "Content-Security-Policy",
                      say
                          $"default-src 'none'; connect-src 'self'; img-src data:; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" ] do
                    response.AddHeader(name, value)
                let isStream = request.RawUrl = path + "?events"
                if request.UserHostName <> host then
                    response.StatusCode <- 403
                elif not isStream && request.RawUrl <> path then
                    response.StatusCode <- 404
                elif request.HttpMethod <> "GET" then
                    response.AddHeader("Allow", "GET")
                    response.StatusCode <- 405
                elif not isStream then
                    response.ContentType <- "text/html; charset=utf-8"
                    do! response.OutputStream.WriteAsync(ReadOnlyMemory(Encoding.UTF8.GetBytes page))
                else
                    let viewer =
                        lock viewers (fun () ->
                            viewers.RemoveAll(fun viewer -> viewer.IsCompleted) |> ignore
                            if viewers.Count = most then
                                null
                            else
                                let viewer = follow response
                                viewers.Add viewer
                                isSeen.TrySetResult() |> ignore
                                viewer :> Task)
                    if isNull viewer then response.StatusCode <- 503 else do! viewer
                response.Close()
            with _ ->
                // Whoever asked has gone.
                response.Abort()
        }

    do
        backgroundTask {
            while listener.IsListening do
                try
                    let! context = listener.GetContextAsync()
                    answer context |> ignore
                with _ ->
                    ()
        }
        |> ignore

    member _.Address = "http://" + host + path

    member _.Show(svg: string) =
        picture <- "data: " + svg.ReplaceLineEndings "\ndata: " + "\n\n"
        tell picture false

    interface IDisposable with
        member _.Dispose() =
            tell (picture + "event: end\ndata:\n\n") true
            isSeen.Task.Wait patience |> ignore
            // Who does not read is not waited for.
            let viewers = lock viewers (fun () -> viewers.ToArray())
            Task.WhenAny(Task.WhenAll viewers, Task.Delay 1000).Wait()
            listener.Close()
