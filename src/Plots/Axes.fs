// Two axes and what is drawn between them.
//
//   values ──► a scale: [low, high] ──► pixels, linear or by logarithms
//   ticks    1, 2 or 5 times a power of ten, so that there are 4 to 10; powers of ten on an axis of logarithms

namespace LinearNets.FSharp

open System
open System.Globalization
open LinearNets

/// How values become pixels.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal Scale = { low: float; high: float; isLog: bool; from: float; until: float }

/// A value that is marked on an axis, and what stands there.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal Tick = { value: float; text: string }

module internal Scale =

    let private superscript (n: int) = string n |> String.map (fun c -> if c = '-' then '⁻' else "⁰¹²³⁴⁵⁶⁷⁸⁹"[int c - int '0'])

    /// Whether a value has a place: what is larger than 10³⁰⁰ has none, so that no difference of two is infinite.
    let isThere isLog (value: float) = abs value <= 1e300 && (not isLog || value >= 1e-300)

    /// Two ends that can be told apart: what lies nearer together than that is one value, and has room around it.
    let ends (low: float, high: float) =
        let largest = max (abs low) (abs high)
        if high - low > max 1e-290 (1e-11 * largest) then
            low, high
        else
            let around = if largest < 1e-290 then 1.0 else 0.5 * largest
            low - around, high + around

    /// From the least value to the greatest.
    let private range isLog margin (values: float seq) =
        let values = values |> Seq.filter (isThere isLog) |> Seq.toArray
        if values.Length = 0 then
            (if isLog then 1.0, 10.0 else 0.0, 1.0)
        else
            let low, high = Array.min values, Array.max values
            if isLog then
                let low, high = log10 low, log10 high
                if high - low < 1e-9 then
                    10.0 ** (low - 0.5), 10.0 ** (high + 0.5)
                else
                    10.0 ** max -307.0 (low - margin * (high - low)), 10.0 ** min 308.0 (high + margin * (high - low))
            else
                let low, high = ends (low, high)
                low - margin * (high - low), high + margin * (high - low)

    /// With room at the ends, a part of the length.
    let ofValues isLog margin from until values : Scale =
        let low, high = range isLog margin values
        { low = low; high = high; isLog = isLog; from = from; until = until }

    let pixel (scale: Scale) value =
        let part =
            if scale.isLog then
                (log10 value - log10 scale.low) / (log10 scale.high - log10 scale.low)
            else
                (value - scale.low) / (scale.high - scale.low)
        scale.from + part * (scale.until - scale.from)

    let text (format: string) (value: float) = value.ToString(format, CultureInfo.InvariantCulture).Replace('-', '−')

    /// The multiples of a step within the ends.
    let private multiples (scale: Scale) step = ceil (scale.low / step - 1e-9), floor (scale.high / step + 1e-9)

    let private linear (scale: Scale) : Tick list =
        // The smallest step that does not have too many multiples; the step before it had 11, so that it has 4.
        let power = 10.0 ** floor (log10 (scale.high - scale.low))
        let isEnough step =
            let first, last = multiples scale step
            last - first < 10.0
        let step = [ 0.1; 0.2; 0.5; 1.0; 2.0 ] |> List.map ((*) power) |> List.find isEnough
        let first, last = multiples scale step
        let largest = max (abs scale.low) (abs scale.high)
        // As many digits as the step has, so that neighbours differ; very large and small numbers by their power.
        let format =
            if largest >= 1e6 || largest < 1e-3 then
                "0." + String('#', int (ceil (log10 (largest / step)))) + "e0"
            else
                "F" + string (max 0 (int (ceil (-(log10 step) - 1e-9))))
        [ for k in first..last ->
              // 0 is 0, without a sign.
              let value = k * step + 0.0
              { value = value; text = text format value } ]

    /// Powers of ten; where there are few, some of their multiples too, and where they are too few, as on a linear axis.
    let private logarithmic (scale: Scale) : Tick list =
        let first, last = int (ceil (log10 scale.low - 1e-9)), int (floor (log10 scale.high + 1e-9))
        if last - first >= 3 then
            [ for power in first .. (last - first + 8) / 9 .. last ->
                  { value = 10.0 ** float power; text = "10" + superscript power } ]
        else
            let multiples factors : Tick list =
                [ for power in first - 1 .. last do
                      for factor in factors do
                          let value = factor * 10.0 ** float power
                          if value >= scale.low && value <= scale.high then
                              let format = if first < -2 || last > 5 then "0e0" else "0.####"
                              { value = value; text = text format value } ]
            let some = multiples [ 1.0; 3.0 ]
            let more = if some.Length >= 4 then some else multiples [ 1.0; 2.0; 5.0 ]
            if more.Length >= 4 then more else linear scale

    let ticks (scale: Scale) = if scale.isLog then logarithmic scale else linear scale

/// What is drawn between two axes.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal Shape =
    | Line of points: (float * float)[] * isDashed: bool
    | Dots of points: (float * float)[]
    /// What lies between two lines over the same places.
    | Band of xs: float[] * low: float[] * high: float[]
    /// From, until, how high.
    | Bars of (float * float * float)[]
    /// Pixels from one corner of a rectangle to the other, under everything else.
    | Ground of (float * float) * (float * float) * png: byte[]

namespace LinearNets

open LinearNets.FSharp

/// <summary>Something that is drawn between the axes of a plot, with its name in the legend.</summary>
[<Sealed>]
type Series internal (name: string, shape: Shape, paint: int voption) =
    member internal _.Shape = shape
    /// The colour it is to have; otherwise that of its place.
    member internal _.Paint = paint
    /// <summary>The name, empty for what is not in the legend.</summary>
    member _.Name = name
    /// <summary>The name.</summary>
    override _.ToString() = name

namespace LinearNets.FSharp

open System
open LinearNets

/// What a plot with axes shows.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal Chart =
    { title: string
      xLabel: string
      yLabel: string
      isLogX: bool
      isLogY: bool
      isWholeX: bool
      series: Series list }

module internal Chart =

    // On a phone it is made narrower, and its letters smaller.
    let private width, least = 560.0, 360.0
    let private small, large = 13.0, 16.0

    /// The least and the greatest of so many neighbours: what is narrower than a pixel is seen all the same.
    let private thin (points: (float * float)[]) =
        let most = 1200
        if points.Length <= 2 * most then
            points
        else
            points
            |> Array.splitInto most
            |> Array.collect (fun part ->
                let ys = Array.map snd part
                let low, high = Array.IndexOf(ys, Array.min ys), Array.IndexOf(ys, Array.max ys)
                [| part[min low high]; part[max low high] |])

    /// Every so many of very many points.
    let private some (points: (float * float)[]) =
        let every = (points.Length + 4999) / 5000
        if every <= 1 then
            points
        else
            Array.init ((points.Length + every - 1) / every) (fun i -> points[i * every])

    /// Of a way along an axis, the shares where it comes between two edges and where it leaves.
    let private within way near far =
        if way <> 0.0 then struct (min (near / way) (far / way), max (near / way) (far / way))
        elif near > 0.0 || far < 0.0 then struct (1.0, 0.0)
        else struct (0.0, 1.0)

    /// The lines through points, as far as they are within the edges; a point that is not a number has no place, and ends one.
    let private runs left right top bottom (points: (float * float)[]) =
        let all = ResizeArray<(float * float)[]>()
        let run = ResizeArray<float * float>()
        let close () =
            if run.Count > 0 then all.Add(run.ToArray())
            run.Clear()
        let mutable before = (nan, nan)
        for bx, by in points do
            let ax, ay = before
            if not (Double.IsFinite bx && Double.IsFinite by) then
                close ()
                before <- (nan, nan)
            else
                before <- (bx, by)
                if Double.IsNaN ax then
                    if bx >= left && bx <= right && by >= top && by <= bottom then run.Add(bx, by)
                else
                    let struct (x0, x1) = within (bx - ax) (left - ax) (right - ax)
                    let struct (y0, y1) = within (by - ay) (top - ay) (bottom - ay)
                    let comes, leaves = max 0.0 (max x0 y0), min 1.0 (min x1 y1)
                    let place share = ax + share * (bx - ax), ay + share * (by - ay)
                    if comes > leaves then
                        close ()
                    else
                        if comes > 0.0 then
                            close ()
                            run.Add(place comes)
                        // Where it leaves, the next way is not within the edges, or comes back.
                        run.Add(if leaves < 1.0 then place leaves else (bx, by))
        close ()
        all

    let private xs (series: Series) : float seq =
        match series.Shape with
        | Shape.Line(points, _)
        | Shape.Dots points -> Seq.map fst points
        | Shape.Band(xs, _, _) -> xs
        | Shape.Bars bars -> bars |> Seq.collect (fun (low, high, _) -> [ low; high ])
        | Shape.Ground((x0, _), (x1, _), _) -> [ x0; x1 ]

    let private ys (series: Series) : float seq =
        match series.Shape with
        | Shape.Line(points, _)
        | Shape.Dots points -> Seq.map snd points
        | Shape.Band(_, low, high) -> Seq.append low high
        | Shape.Bars bars -> Seq.append [ 0.0 ] (bars |> Seq.map (fun (_, _, height) -> height))
        | Shape.Ground((_, y0), (_, y1), _) -> [ y0; y1 ]

    /// The marks of the legend in rows, and how high it is.
    let private legend (named: (Series * Paint) list) left top right =
        let row, gap, sample, most = 18.0, 18.0, 22.0, 24
        let mutable x, y = left, top
        let marks =
            [ for series, paint in List.truncate most named do
                  let text = Lettering.fit small (right - left - sample - 6.0) series.Name
                  let needs = sample + 6.0 + Lettering.width small text
                  if x > left && x + needs > right then
                      x <- left
                      y <- y + row
                  let middle = y + 0.5 * row
                  match series.Shape with
                  | Shape.Line(_, isDashed) -> Mark.Line([| x, middle; x + sample, middle |], paint, 2.0, isDashed)
                  | Shape.Dots _ -> Mark.Dot(x + 0.5 * sample, middle, 4.0, paint, 0.8)
                  | Shape.Band _
                  | Shape.Bars _
                  | Shape.Ground _ -> Mark.Box(x, middle - 5.0, sample, 10.0, paint, 0.4, "")
                  Mark.Text(x + sample + 6.0, middle + 4.0, small, Side.Right, Paint.Ink, text)
                  x <- x + needs + gap
              if named.Length > most then
                  y <- y + row
                  Mark.Text(left, y + 0.5 * row + 4.0, small, Side.Right, Paint.Soft, say $"and {named.Length - most} more") ]
        marks, (if named.IsEmpty then 0.0 else y + row - top)

    let draw (chart: Chart) : Picture =
        let painted =
            let mutable next = 0
            [ for series in chart.series do
                  let place = series.Paint |> ValueOption.defaultValue next
                  if series.Paint.IsNone && series.Name <> "" then next <- next + 1
                  series, Paint.Series place ]
        let named = painted |> List.filter (fun (series, _) -> series.Name <> "")
        let top = if chart.title = "" then 12.0 else 36.0
        let legendMarks, legendHeight = legend (if named.Length > 1 then named else []) 12.0 top (width - 12.0)
        let top = top + legendHeight + 8.0
        let under = if chart.xLabel = "" then 28.0 else 46.0
        // Names in many rows make the picture higher.
        let height = max least (top + 240.0 + under)
        let bottom = height - under
        // What covers the ground has no edge beside it, and what leaves it is not shown.
        let grounds = chart.series |> List.filter _.Shape.IsGround
        let margin, framing = if grounds.IsEmpty then 0.04, chart.series else 0.0, grounds
        let values = framing |> Seq.collect ys
        let y = Scale.ofValues chart.isLogY margin bottom top values
        // Bars stand on the axis.
        let y =
            if
                not chart.isLogY
                && framing |> List.exists _.Shape.IsBars
                && not (Seq.exists (fun value -> value < 0.0) values)
            then
                { y with low = 0.0 }
            else
                y
        let yTicks = Scale.ticks y
        let labels = yTicks |> List.map (fun tick -> Lettering.width small tick.text) |> List.fold max 0.0
        let xs = framing |> Seq.collect xs
        let xTicks =
            Scale.ticks (Scale.ofValues chart.isLogX margin 0.0 1.0 xs)
            |> List.filter (fun tick -> not chart.isWholeX || tick.value = round tick.value)
            |> List.map (fun tick ->
                if chart.isWholeX && not chart.isLogX then { tick with text = Scale.text "0" tick.value } else tick)
        // Half of the text at an end is beside the axis.
        let widest = xTicks |> List.map (fun tick -> Lettering.width small tick.text) |> List.fold max 0.0
        let left = max (labels + 16.0 + (if chart.yLabel = "" then 0.0 else 20.0)) (0.5 * widest + 2.0)
        let right = width - max 18.0 (0.5 * widest + 2.0)
        let x = Scale.ofValues chart.isLogX margin left right xs
        // Where texts would touch, every second has one, or every third.
        let every = max 1 (int (ceil (float xTicks.Length * (widest + 8.0) / (right - left))))
        let isOn (scale: Scale) value = Scale.isThere scale.isLog value && value >= scale.low && value <= scale.high
        let isThere (px, py) = isOn x px && isOn y py
        let at (px, py) = Scale.pixel x px, Scale.pixel y py
        let shape (series: Series, paint) =
            match series.Shape with
            | Shape.Line(points, isDashed) ->
                let places =
                    points
                    |> Array.map (fun (px, py) ->
                        if Scale.isThere x.isLog px && Scale.isThere y.isLog py then at (px, py) else (nan, nan))
                [ for run in runs left right top bottom places ->
                      let run = thin run
                      if run.Length = 1 then
                          Mark.Dot(fst run[0], snd run[0], 3.0, paint, 1.0)
                      else
                          Mark.Line(run, paint, 2.0, isDashed) ]
            | Shape.Dots points ->
                let radius = if points.Length > 300 then 2.0 else 3.5
                [ for point in some points do
                      if isThere point then
                          let px, py = at point
                          Mark.Dot(px, py, radius, paint, 0.7) ]
            | Shape.Band(xs, low, high) ->
                let all = Array.zip3 xs low high |> Array.filter (fun (x, low, high) -> isThere (x, low) && isThere (x, high))
                let low, high =
                    all |> Array.map (fun (x, low, _) -> at (x, low)), all |> Array.map (fun (x, _, high) -> at (x, high))
                if all.Length > 1 then [ Mark.Area(Array.append low (Array.rev high), paint, 0.2) ] else []
            | Shape.Bars bars ->
                let floor = if chart.isLogY then bottom else Scale.pixel y 0.0
                [ for low, high, tall in bars do
                      if isThere (low, tall) && isOn x high then
                          let left, until = Scale.pixel x (min low high), Scale.pixel x (max low high)
                          let py = Scale.pixel y tall
                          Mark.Box(left, min py floor, max 1.0 (until - left - 1.0), abs (floor - py), paint, 0.6, "") ]
            | Shape.Ground(from, until, png) ->
                let (x0, y0), (x1, y1) = at from, at until
                [ Mark.Pixels(x0, y1, x1 - x0, y0 - y1, png, series.Name) ]
        { width = width
          height = height
          title = chart.title
          says =
            [ [ chart.yLabel; chart.xLabel ] |> List.filter ((<>) "") |> String.concat " by "
              named |> List.map (fun (series, _) -> series.Name) |> String.concat ", " ]
            |> List.filter ((<>) "")
            |> String.concat ": "
          marks =
            [ if chart.title <> "" then
                  Mark.Text(12.0, 26.0, large, Side.Right, Paint.Ink, Lettering.fit large (width - 24.0) chart.title)
              yield! legendMarks
              for tick in yTicks do
                  let py = Scale.pixel y tick.value
                  Mark.Line([| left, py; right, py |], Paint.Faint, 1.0, false)
                  Mark.Text(left - 6.0, py + 4.0, small, Side.Left, Paint.Soft, tick.text)
              for i, tick in List.indexed xTicks do
                  let px = Scale.pixel x tick.value
                  Mark.Line([| px, bottom; px, bottom + 4.0 |], Paint.Soft, 1.0, false)
                  if i % every = 0 then Mark.Text(px, bottom + 18.0, small, Side.Middle, Paint.Soft, tick.text)
              yield! List.collect shape painted
              Mark.Line([| left, top; left, bottom; right, bottom |], Paint.Soft, 1.0, false)
              if chart.xLabel <> "" then
                  let text = Lettering.fit small (right - left) chart.xLabel
                  Mark.Text(0.5 * (left + right), height - 8.0, small, Side.Middle, Paint.Ink, text)
              if chart.yLabel <> "" then
                  Mark.Upwards(16.0, 0.5 * (top + bottom), small, Lettering.fit small (bottom - top) chart.yLabel) ] }
