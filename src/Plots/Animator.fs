// A training, drawn while it goes on: the curves of the epochs so far, in a terminal or on a page.
//
// In a terminal a letter has 2 × 4 dots (Braille), so that a chart of w × h letters has 2w × 4h. Colours may be missing, and few are
// told apart: so each curve has a letter, which stands at the height of its last value and before its name.

namespace LinearNets.FSharp

open System
open System.Collections.Generic
open System.Globalization
open System.IO
open System.Runtime.InteropServices
open System.Text
open LinearNets

/// Charts as lines of text.
module internal TextChart =

    /// The bit of a dot, by its row and then its column.
    let private dots = [| 0x01; 0x08; 0x02; 0x10; 0x04; 0x20; 0x40; 0x80 |]

    let private colours = [| 94; 33; 32; 35; 36; 31 |]

    /// At most as wide: outside ASCII a letter may take two columns.
    let private widthOf (rune: Rune) = if rune.IsAscii then 1 else 2

    let private width (text: string) =
        let mutable sum = 0
        for rune in text.EnumerateRunes() do
            sum <- sum + widthOf rune
        sum

    let private fit columns (text: string) =
        if width text <= columns then
            text
        else
            let kept = StringBuilder()
            let mutable left = columns - 1
            for rune in text.EnumerateRunes() do
                left <- left - widthOf rune
                if left >= 0 then kept.Append(rune.ToString()) |> ignore
            if columns > 0 then kept.Append("…").ToString() else ""

    /// The curves of a chart, in a window of so many columns and rows: never wider, and the cursor has the row beneath.
    let lines columns rows isColoured (chart: Chart) : string list =
        let curves =
            chart.series
            |> List.choose (fun series ->
                match series.Shape with
                | Shape.Line(points, _) -> Some(series.Name, points)
                | _ -> None)
        let painted number (text: string) =
            if isColoured && number >= 0 && text <> "" then
                say $"\u001b[{colours[number % colours.Length]}m{text}\u001b[0m"
            else
                text
        // The names with the last values, as many in a line as there is room for.
        let legend = ResizeArray [ "" ]
        let mutable used = 0
        curves
        |> List.iteri (fun i (name, points) ->
            let value = (snd (Array.last points)).ToString("G4", CultureInfo.InvariantCulture)
            let text = fit columns (say $"{char (int 'a' + i)} {name} {value}")
            if used > 0 && used + 3 + width text > columns then
                legend.Add ""
                used <- 0
            let gap = if used > 0 then "   " else ""
            legend[legend.Count - 1] <- legend[legend.Count - 1] + gap + painted i text
            used <- used + gap.Length + width text)
        let high = min 12 (rows - 4 - legend.Count)
        let ys = curves |> Seq.collect (snd >> Seq.map snd)
        let y = Scale.ofValues false 0.0 (float (4 * high - 1)) 0.0 ys
        let ticks = Scale.ticks y
        let every = max 1 ((2 * ticks.Length + high - 1) / max 1 high)
        let labels = Array.create (max 0 high) ""
        let row value = int (round (Scale.pixel y value))
        if high >= 3 then
            ticks
            |> List.iteri (fun i tick ->
                let at = row tick.value / 4
                if i % every = 0 && at >= 0 && at < high then labels[at] <- tick.text)
        let edge = labels |> Seq.map _.Length |> Seq.fold max 0
        let wide = columns - edge - 2 - curves.Length
        let title = fit columns chart.title
        if high < 3 || wide < 8 then
            List.truncate (max 1 (rows - 1)) (title :: List.ofSeq legend)
        else
            let bits, paints = Array2D.zeroCreate high wide, Array2D.create high wide -1
            let ends = Array2D.create high curves.Length ' '
            let xs = curves |> Seq.collect (snd >> Seq.map fst) |> Seq.toArray
            let first, last = Array.min xs, Array.max xs
            let column x = int (round (float (2 * wide - 1) * (x - first) / max 1.0 (last - first)))
            curves
            |> List.iteri (fun i (_, points) ->
                let mutable before = ValueNone
                for px, py in points do
                    if Scale.isThere false py then
                        let x1, y1 = column px, row py
                        let struct (x0, y0) = before |> ValueOption.defaultValue (struct (x1, y1))
                        let steps = max 1 (max (abs (x1 - x0)) (abs (y1 - y0)))
                        for k in 0..steps do
                            let between a b = a + int (round (float (k * (b - a)) / float steps))
                            let x, y = between x0 x1, between y0 y1
                            bits[y / 4, x / 2] <- bits[y / 4, x / 2] ||| dots[y % 4 * 2 + x % 2]
                            paints[y / 4, x / 2] <- i
                        before <- ValueSome(struct (x1, y1))
                    else
                        before <- ValueNone
                match before with
                | ValueSome(struct (_, y)) -> ends[y / 4, i] <- char (int 'a' + i)
                | ValueNone -> ())
            let line row =
                let text = StringBuilder(labels[row].PadLeft edge)
                text.Append(if labels[row] = "" then '│' else '┤') |> ignore
                let mutable column = 0
                while column < wide do
                    // A run of one colour.
                    let paint, from = paints[row, column], column
                    while column < wide && paints[row, column] = paint do
                        column <- column + 1
                    let run =
                        String.init (column - from) (fun k ->
                            let bits = bits[row, from + k]
                            if bits = 0 then " " else string (char (0x2800 + bits)))
                    text.Append(painted paint run) |> ignore
                text.Append ' ' |> ignore
                for i in 0 .. curves.Length - 1 do
                    text.Append(if ends[row, i] = ' ' then " " else painted i (string ends[row, i])) |> ignore
                text.ToString().TrimEnd()
            let margin = String(' ', edge)
            let until = say $"{chart.xLabel} {last}"
            [ title
              yield! List.init high line
              margin + "└" + String('─', wide)
              margin + " " + string first + until.PadLeft(max 0 (wide - (string first).Length))
              yield! legend ]

/// Where a training is drawn.
[<AllowNullLiteral>]
type internal IScreen =
    inherit IDisposable
    abstract Show: Plot -> unit

/// Lines of text, each time in the place of those before; where no cursor can be moved, once at the end.
[<Sealed>]
type internal TerminalScreen(writer: TextWriter, size: unit -> struct (int * int), isColoured, canRedraw) =
    let mutable height = 0
    let mutable pending = ""

    interface IScreen with
        member _.Show plot =
            match plot.Shown with
            | Shown.Axes chart ->
                let struct (columns, rows) = size ()
                let lines = TextChart.lines (columns - 1) rows isColoured chart
                let text = String.Join(writer.NewLine, lines) + writer.NewLine
                if canRedraw then
                    let back = if height = 0 then "" else say $"\u001b[{height}A\u001b[J"
                    height <- lines.Length
                    writer.Write(back + text)
                else
                    pending <- text
            | Shown.Drawing _ -> ()
        member _.Dispose() = writer.Write pending

/// The console of this program.
module internal TerminalWindow =

    [<DllImport("kernel32.dll")>]
    extern nativeint private GetStdHandle(int which)

    [<DllImport("kernel32.dll")>]
    extern int private GetConsoleMode(nativeint handle, int& mode)

    [<DllImport("kernel32.dll")>]
    extern int private SetConsoleMode(nativeint handle, int mode)

    /// Whether it takes control sequences; that of Windows is asked to.
    let takesSequences () =
        if OperatingSystem.IsWindows() then
            let handle = GetStdHandle -11
            let mutable mode = 0
            GetConsoleMode(handle, &mode) <> 0 && SetConsoleMode(handle, mode ||| 4) <> 0
        else
            let terminal = Environment.GetEnvironmentVariable "TERM"
            not (String.IsNullOrEmpty terminal) && terminal <> "dumb"

    let size () =
        match Console.WindowWidth, Console.WindowHeight with
        | 0, _
        | _, 0 -> struct (80, 24)
        | columns, rows -> struct (min 120 columns, rows)

namespace LinearNets

open System
open System.Collections.Generic
open System.Runtime.InteropServices
open LinearNets.FSharp

/// <summary>Draws the curves of a training while it goes on. It is a fit's <c>progress</c> in C#; in F# its <c>Report</c> is
/// <c>onEpoch</c>. An epoch 1 begins anew. Nothing that fails in drawing ends a fit.</summary>
/// <example><code>
/// using var animator = Animator.Auto();
/// var settings = new LinearRegression { Solver = new Sgd { LearningRate = 0.1, Epochs = 20 }, Scaling = Scaling.Standardize };
/// settings.Fit(data, progress: animator);
/// </code></example>
[<Sealed; StructuredFormatDisplay("{Text}")>]
type Animator internal (title: string, screen: IScreen, address: string) =

    let reports = SortedDictionary<int, EpochReport>()
    // When it is drawn next, in milliseconds: after a tenth of a second, and so late that drawing takes a twentieth of the time,
    // however many epochs there are. What alone was slow, as the first drawing is, delays nothing.
    let mutable next, took = 0L, 0L
    let mutable isBehind = false
    let mutable isOver = isNull screen

    let guarded act =
        try
            act ()
        with _ ->
            ()

    let draw () =
        let start = Environment.TickCount64
        isBehind <- false
        guarded (fun () -> screen.Show(TrainingHistory(Seq.toArray reports.Values) |> Plot.curves |> Plot.title title))
        let until = Environment.TickCount64
        next <- until + max 100L (19L * min took (until - start))
        took <- until - start

    /// <summary>Draws in the terminal: each time in the place of what was drawn before, in colours unless <c>NO_COLOR</c> forbids them,
    /// and once at the end where the terminal moves no cursor. Nothing is written where the output goes elsewhere.</summary>
    /// <param name="title">The title.</param>
    static member Terminal([<Optional; DefaultParameterValue("Training")>] title: string) =
        if Console.IsOutputRedirected then
            new Animator(title, null, null)
        else
            let takesSequences = TerminalWindow.takesSequences ()
            let isColoured = takesSequences && String.IsNullOrEmpty(Environment.GetEnvironmentVariable "NO_COLOR")
            new Animator(title, new TerminalScreen(Console.Out, TerminalWindow.size, isColoured, takesSequences), null)

    static member internal OnPage(title, openPage: string -> bool, patience) =
        let page = new LivePage(Lettering.clean title)
        if openPage page.Address then
            page.Patience <- patience
        else
            Console.Error.WriteLine(say $"The training is drawn at {page.Address}")
        new Animator(
            title,
            { new IScreen with
                member _.Show plot = page.Show plot.Svg
                member _.Dispose() = (page :> IDisposable).Dispose() },
            page.Address
        )

    /// <summary>Draws on a page that it opens in a browser, or whose address it writes to the error output where there is no
    /// browser. Only this machine has the page, as long as the animator lasts; what was seen last stays to be seen.</summary>
    /// <param name="title">The title.</param>
    static member Browser([<Optional; DefaultParameterValue("Training")>] title: string) =
        Animator.OnPage(title, Browser.tryOpen, TimeSpan.FromSeconds 3.0)

    /// <summary>Draws in the terminal, or in a browser where the environment variable <c>LINEARNETS_ANIMATOR</c> is <c>browser</c>;
    /// nowhere where the output goes elsewhere.</summary>
    /// <param name="title">The title.</param>
    static member Auto([<Optional; DefaultParameterValue("Training")>] title: string) =
        if Environment.GetEnvironmentVariable "LINEARNETS_ANIMATOR" = "browser" then
            Animator.Browser title
        else
            Animator.Terminal title

    /// <summary>The address of the page; null where there is none.</summary>
    member _.Address = address

    /// <summary>Takes an epoch.</summary>
    member _.Report(report: EpochReport) =
        ArgumentNullException.ThrowIfNull(report, nameof report)
        lock reports (fun () ->
            if not isOver then
                if report.Epoch = 1 then reports.Clear()
                reports[report.Epoch] <- report
                isBehind <- true
                if Environment.TickCount64 >= next then draw ())

    /// <summary>Draws what was not yet drawn, and ends.</summary>
    member _.Dispose() =
        let ends =
            lock reports (fun () ->
                let ends = not isOver
                isOver <- true
                if ends && isBehind then draw ()
                ends)
        if ends then guarded screen.Dispose

    /// <summary>How many epochs are drawn.</summary>
    override _.ToString() = say $"{reports.Count} epochs"

    member private animator.Text = animator.ToString()

    interface IProgress<EpochReport> with
        member animator.Report report = animator.Report report

    interface IDisposable with
        member animator.Dispose() = animator.Dispose()

namespace LinearNets.FSharp

/// <summary>The names of what F# and C# share, for whoever opens <c>LinearNets.FSharp</c>.</summary>
[<AutoOpen>]
module PlotNames =
    /// <summary>Draws the curves of a training while it goes on.</summary>
    type Animator = LinearNets.Animator
