// Pictures as SVG: marks at places, in pixels from the upper left corner.
//
//   what is shown ──► marks ──► one <svg>: no script, no font and no file besides
//
// Colours are named by what they are for. A style in the picture says what they are on a light ground and on a dark one, so that
// one picture suits both; what is between two colours is one of them, more or less opaque. A text is measured by the widest of
// the usual fonts, so that none runs over its neighbours or out of the picture.

namespace LinearNets.FSharp

open System
open System.Globalization
open System.Net
open System.Text
open LinearNets

/// What a colour is for.
[<NoComparison; RequireQualifiedAccess>]
type internal Paint =
    /// The background.
    | Ground
    /// Text.
    | Ink
    /// Axes, and text that is less important.
    | Soft
    /// Lines of a grid.
    | Faint
    /// What belongs to a series, a class or a target, by its number.
    | Series of int

/// Where a text is beside its place.
[<NoComparison; RequireQualifiedAccess>]
type internal Side =
    | Right
    | Middle
    | Left

/// A thing to be drawn.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal Mark =
    /// Points joined by a line.
    | Line of points: (float * float)[] * Paint * width: float * isDashed: bool
    /// What is within the line from the last point back to the first.
    | Area of points: (float * float)[] * Paint * opacity: float
    | Dot of x: float * y: float * radius: float * Paint * opacity: float
    /// A rectangle, with a text that is seen when it is pointed at.
    | Box of x: float * y: float * width: float * height: float * Paint * opacity: float * says: string
    | Text of x: float * y: float * size: float * Side * Paint * text: string
    /// A text that reads upwards.
    | Upwards of x: float * y: float * size: float * text: string
    /// Pixels, as a PNG of their own.
    | Pixels of x: float * y: float * width: float * height: float * png: byte[] * says: string

/// Marks on a ground of a size; whoever cannot see them is told what they show.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal Picture = { width: float; height: float; title: string; says: string; marks: Mark list }

/// Texts, and how wide they are.
module internal Lettering =

    let private isWide code =
        code >= 0x1100 && code <= 0x115F
        || code >= 0x2E80 && code <= 0xA4CF
        || code >= 0xAC00 && code <= 0xD7A3
        || code >= 0xF900 && code <= 0xFAFF
        || code >= 0xFE30 && code <= 0xFE6F
        || code >= 0xFF00 && code <= 0xFF60
        || code >= 0xFFF0

    /// In parts of the size of the letters.
    let private widthOf (rune: Rune) =
        match Rune.GetUnicodeCategory rune with
        | UnicodeCategory.NonSpacingMark
        | UnicodeCategory.EnclosingMark
        | UnicodeCategory.Format -> 0.0
        | _ when isWide rune.Value -> 1.05
        | _ when rune.IsAscii && "iljtfI.,:;|!'()[] ".Contains(char rune.Value) -> 0.42
        | _ when rune.IsAscii && "mwMW@%".Contains(char rune.Value) -> 1.0
        | UnicodeCategory.MathSymbol -> 0.84
        | UnicodeCategory.UppercaseLetter -> if rune.Value < 0x370 then 0.79 else 1.1
        | _ -> if rune.Value < 0x370 then 0.65 else 1.0

    let width size (text: string) =
        let mutable sum = 0.0
        for rune in text.EnumerateRunes() do
            sum <- sum + widthOf rune
        size * sum

    /// What a line has room for: a longer text ends in "…".
    let fit size room (text: string) =
        if width size text <= room then
            text
        else
            let kept = StringBuilder()
            let mutable sum = width size "…"
            for rune in text.EnumerateRunes() do
                sum <- sum + size * widthOf rune
                if sum <= room then kept.Append(rune.ToString()) |> ignore
            kept.Append("…").ToString()

    /// A line of what has line ends, and what XML has no place for replaced.
    let clean (text: string) =
        let clean = StringBuilder()
        for rune in (if isNull text then "" else text).EnumerateRunes() do
            let isNone = rune.Value = 0xFFFE || rune.Value = 0xFFFF
            let shown =
                if Rune.IsControl rune then " "
                elif isNone then "\uFFFD"
                else rune.ToString()
            clean.Append shown |> ignore
        clean.ToString()

    let escape (text: string) = WebUtility.HtmlEncode(clean text)

/// Pictures as SVG.
module internal Svg =

    /// Colours that are told apart by whoever sees few of them, on either ground; a test says by how much.
    let private series =
        [ "#0072B2", "#4CA6E8"
          "#D55E00", "#FF8C42"
          "#009E73", "#3CC9A0"
          "#B8328C", "#C65AB8"
          "#5A3C00", "#FFE02E"
          "#0B1A6B", "#C9E4FF"
          "#8A3FFC", "#A35CFF"
          "#6B6B6B", "#8A8A8A" ]

    let private seriesCount = series.Length

    /// The place of a number among the colours, which begin anew after the last.
    let private turn number = ((number % seriesCount) + seriesCount) % seriesCount

    /// How often they began anew: lines are broken otherwise then, and points are rings, so that no two series look the same for long.
    let private round paint =
        match paint with
        | Paint.Series i when i >= seriesCount -> 1 + (i / seriesCount - 1) % 2
        | _ -> 0

    /// Red, green and blue of a series for pixels, which have one colour on either ground: what is halfway between the two.
    let middle: int -> byte[] =
        let parts (colour: string) = Convert.FromHexString(colour.Substring 1)
        let colours =
            [| for light, dark in series -> Array.map2 (fun a b -> byte ((int a + int b) / 2)) (parts light) (parts dark) |]
        fun number -> colours[turn number]

    /// The names of colours, and what they are on a light ground and on a dark one.
    let colours =
        [ "ground", "#FFFFFF", "#15191E"
          "ink", "#1F2328", "#E6EDF3"
          "soft", "#59636E", "#9DA7B3"
          "faint", "#DDE2E8", "#343B44"
          yield! series |> List.mapi (fun i (light, dark) -> string i, light, dark) ]

    let private name paint =
        match paint with
        | Paint.Ground -> "ground"
        | Paint.Ink -> "ink"
        | Paint.Soft -> "soft"
        | Paint.Faint -> "faint"
        | Paint.Series i -> string (turn i)

    /// What every picture has, so that pictures on one page agree.
    let private style =
        let rules pick = String.Concat(colours |> List.map (fun colour -> say $".ln-{pick colour}"))
        let light = rules (fun (name, light, _) -> say $"{name}{{color:{light}}}")
        let dark = rules (fun (name, _, dark) -> say $"{name}{{color:{dark}}}")
        "<style>.ln{max-width:100%;height:auto;font-family:system-ui,'Segoe UI',Roboto,'Noto Sans','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif}"
        + ".ln text{unicode-bidi:isolate}.ln-pixels{image-rendering:pixelated}"
        + (say $"{light}@media(prefers-color-scheme:dark){{{dark}}}</style>")

    let private number (x: float) = x.ToString("0.##", CultureInfo.InvariantCulture)

    let private places (points: (float * float)[]) =
        points |> Array.map (fun (x, y) -> number x + "," + number y) |> String.concat " "

    let private says (text: string) = if text = "" then "" else say $"<title>{Lettering.escape text}</title>"

    let private lettering (side: string) x y size paint more text =
        say
            $"<text x=\"{number x}\" y=\"{number y}\" font-size=\"{number size}\" text-anchor=\"{side}\" class=\"ln-{name paint}\" fill=\"currentColor\"{more}>{Lettering.escape text}</text>"

    let private filled paint opacity =
        let opacity = if opacity = 1.0 then "" else say $" fill-opacity=\"{number opacity}\""
        say $" class=\"ln-{name paint}\" fill=\"currentColor\"{opacity}"

    let private element (mark: Mark) =
        match mark with
        | Mark.Line(points, paint, width, isDashed) ->
            let pattern =
                match round paint with
                | 0 -> if isDashed then "6 4" else ""
                | 1 -> "2 3"
                | _ -> "9 3 2 3"
            let dashes = if pattern = "" then "" else say $" stroke-dasharray=\"{pattern}\""
            say
                $"<polyline points=\"{places points}\" class=\"ln-{name paint}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"{number width}\" stroke-linejoin=\"round\"{dashes}/>"
        | Mark.Area(points, paint, opacity) -> say $"<polygon points=\"{places points}\"{filled paint opacity}/>"
        | Mark.Dot(x, y, radius, paint, _) when round paint > 0 ->
            say
                $"<circle cx=\"{number x}\" cy=\"{number y}\" r=\"{number (0.9 * radius)}\" class=\"ln-{name paint}\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"{round paint}\"/>"
        | Mark.Dot(x, y, radius, paint, opacity) ->
            say $"<circle cx=\"{number x}\" cy=\"{number y}\" r=\"{number radius}\"{filled paint opacity}/>"
        | Mark.Box(x, y, width, height, paint, opacity, text) ->
            say
                $"<rect x=\"{number x}\" y=\"{number y}\" width=\"{number width}\" height=\"{number height}\"{filled paint opacity}>{says text}</rect>"
        | Mark.Text(x, y, size, side, paint, text) ->
            let side =
                match side with
                | Side.Right -> "start"
                | Side.Middle -> "middle"
                | Side.Left -> "end"
            lettering side x y size paint "" text
        | Mark.Upwards(x, y, size, text) ->
            lettering "middle" x y size Paint.Ink (say $" transform=\"rotate(-90 {number x} {number y})\"") text
        | Mark.Pixels(x, y, width, height, png, text) ->
            say
                $"<image x=\"{number x}\" y=\"{number y}\" width=\"{number width}\" height=\"{number height}\" preserveAspectRatio=\"none\" class=\"ln-pixels\" href=\"data:image/png;base64,{Convert.ToBase64String png}\">{says text}</image>"

    /// The picture by itself.
    let write (picture: Picture) =
        let svg = StringBuilder()
        let width, height = number picture.width, number picture.height
        svg
            .Append(
                say
                    $"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ln\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">"
            )
            .Append(says picture.title)
            .Append(if picture.says = "" then "" else say $"<desc>{Lettering.escape picture.says}</desc>")
            .Append(style)
            .AppendLine(element (Mark.Box(0.0, 0.0, picture.width, picture.height, Paint.Ground, 1.0, "")))
        |> ignore
        for mark in picture.marks do
            svg.AppendLine(element mark) |> ignore
        svg.Append("</svg>").ToString()
