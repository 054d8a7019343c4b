// Pictures without axes: images in rows, tables of shades, networks, pictures beside one another.
//
//   a shade is a colour of a series, more or less opaque: of a value v among values up to m in size it has the opacity |v|/m, less
//   under text, and is another colour below 0. So it is read on a light ground and on a dark one.

namespace LinearNets.FSharp

open System
open System.Globalization
open LinearNets

/// A picture in a row of pictures, with what stands above it and below.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal Tile = { png: byte[]; above: string; below: string; paint: Paint }

module internal Drawings =

    let private small, large, edge = 12.0, 16.0, 12.0

    /// Where a picture begins below its title.
    let private below title = if title = "" then edge else 40.0

    let private picture title says width height (marks: Mark list) : Picture =
        let width = max width (min 480.0 (Lettering.width large title + 2.0 * edge))
        let heading = Mark.Text(edge, 26.0, large, Side.Right, Paint.Ink, Lettering.fit large (width - 2.0 * edge) title)
        { width = width
          height = height
          title = title
          says = says
          marks = if title = "" then marks else heading :: marks }

    // ---- pixels ---------------------------------------------------------------------------------------------------

    /// Values from 0, black, to 1, white.
    let gray width height (value: int -> float) =
        Png.write width height (fun column row ->
            let shade = byte (Math.Round(255.0 * Math.Clamp(value (row * width + column), 0.0, 1.0)))
            { red = shade; green = shade; blue = shade; opacity = 255uy })

    let private ofSeries number opacity : Pixel =
        let rgb = Svg.middle number
        { red = rgb[0]; green = rgb[1]; blue = rgb[2]; opacity = byte (Math.Round(255.0 * opacity)) }

    /// Values of either sign, by shades of two colours; the largest in size has the colour itself.
    let signed width height largest (value: int -> float) =
        Png.write width height (fun column row ->
            let value = value (row * width + column)
            ofSeries (if value < 0.0 then 1 else 0) (if largest > 0.0 then min 1.0 (abs value / largest) else 0.0))

    /// Classes by their colours, all alike in opacity.
    let classes width height opacity (number: int -> int) =
        Png.write width height (fun column row -> ofSeries (number (row * width + column)) opacity)

    /// Values from 0 to 1 as so many shades, so that lines of one value are seen.
    let levels width height count (value: int -> float) =
        Png.write width height (fun column row ->
            let level = Math.Floor(float count * Math.Clamp(value (row * width + column), 0.0, 0.999)) / float count
            ofSeries 0 (0.75 * level))

    // ---- images in rows -------------------------------------------------------------------------------------------

    let tiles title columns size (tiles: Tile list) : Picture =
        let columns = max 1 (min columns tiles.Length)
        let gap, caption = 10.0, 18.0
        let top = below title
        let under = if tiles |> List.exists (fun tile -> tile.below <> "") then caption else 0.0
        let tall = caption + size + under + gap
        let rows = (tiles.Length + columns - 1) / columns
        let marks =
            tiles
            |> List.mapi (fun i tile ->
                let x = edge + float (i % columns) * (size + gap)
                let y = top + float (i / columns) * tall
                let text (y: float) paint text =
                    Mark.Text(x + 0.5 * size, y, small, Side.Middle, paint, Lettering.fit small (size + gap - 2.0) text)
                [ text (y + 12.0) Paint.Ink tile.above
                  // What is wrong has a frame, for whoever does not see its colour.
                  if tile.paint.IsSeries then Mark.Box(x - 2.0, y + caption - 2.0, size + 4.0, size + 4.0, tile.paint, 1.0, "")
                  Mark.Pixels(x, y + caption, size, size, tile.png, tile.above)
                  if tile.below <> "" then text (y + caption + size + 14.0) tile.paint tile.below ])
            |> List.concat
        let width = 2.0 * edge + float columns * size + float (columns - 1) * gap
        let height = top + float rows * tall - gap + edge
        picture title (tiles |> List.map _.above |> String.concat ", ") width height marks

    // ---- a table of shades ----------------------------------------------------------------------------------------

    let heatMap
        title
        (rowsAre: string, columnsAre: string)
        (rowNames: string[])
        (columnNames: string[])
        (text: float -> string)
        (values: float[,])
        =
        let rows, columns = Array2D.length1 values, Array2D.length2 values
        let mutable largest, widest = 0.0, 0.0
        values
        |> Array2D.iter (fun value ->
            if Double.IsFinite value then largest <- max largest (abs value)
            widest <- max widest (Lettering.width small (text value)))
        let longest names = names |> Array.map (Lettering.width small) |> Array.fold max 0.0
        // A name may end in "…"; a number may not.
        let cell = max (widest + 8.0) (Math.Clamp(longest columnNames + 8.0, 44.0, 84.0))
        let nameRoom = min 180.0 (longest rowNames)
        let left = edge + nameRoom + 8.0 + (if rowsAre = "" then 0.0 else 20.0)
        let top = below title
        let top = top + (if columnsAre = "" then 0.0 else 20.0) + 20.0
        let tall = 28.0
        let width, height = left + cell * float columns + edge, top + tall * float rows + edge
        picture
            title
            (String.concat ", " rowNames)
            width
            height
            [ if columnsAre <> "" then
                  Mark.Text(left + 0.5 * cell * float columns, top - 24.0, small, Side.Middle, Paint.Ink, columnsAre)
              if rowsAre <> "" then
                  let room = Lettering.fit small (tall * float rows) rowsAre
                  Mark.Upwards(edge + 8.0, top + 0.5 * tall * float rows, small, room)
              for column in 0 .. columns - 1 do
                  let x = left + cell * (float column + 0.5)
                  Mark.Text(x, top - 6.0, small, Side.Middle, Paint.Soft, Lettering.fit small (cell - 4.0) columnNames[column])
              for row in 0 .. rows - 1 do
                  let y = top + tall * float row
                  Mark.Text(left - 8.0, y + 18.0, small, Side.Left, Paint.Soft, Lettering.fit small nameRoom rowNames[row])
                  for column in 0 .. columns - 1 do
                      let x, value = left + cell * float column, values[row, column]
                      // A shade that text is read on, light or dark.
                      let opacity = if largest > 0.0 && Double.IsFinite value then 0.55 * abs value / largest else 0.0
                      let paint = Paint.Series(if value < 0.0 then 1 else 0)
                      let name = Lettering.fit small 300.0
                      let says = say $"{name rowNames[row]}, {name columnNames[column]}: {text value}"
                      Mark.Box(x + 1.0, y + 1.0, cell - 2.0, tall - 2.0, Paint.Faint, 0.35, says)
                      if opacity > 0.0 then Mark.Box(x + 1.0, y + 1.0, cell - 2.0, tall - 2.0, paint, opacity, says)
                      Mark.Text(x + 0.5 * cell, y + 18.0, small, Side.Middle, Paint.Ink, text value) ]

    // ---- a network ------------------------------------------------------------------------------------------------

    /// Layers of units, each joined to all of the next; of many units the first and the last are drawn, and none, null, between.
    let network title (layers: (string * string list) list) : Picture =
        let most, radius, across, down = 8, 14.0, 170.0, 44.0
        let top = below title
        let top = top + 20.0
        let drawn =
            layers
            |> List.map (fun (caption, names) ->
                let shown = if names.Length <= most then names else List.truncate (most - 2) names @ [ null; List.last names ]
                caption, shown)
        let tallest = drawn |> List.map (snd >> List.length) |> List.max
        let nameRoom = 90.0
        let middle = top + 0.5 * down * float tallest
        let place layer (units: string list) unit =
            edge + nameRoom + radius + across * float layer, middle + down * (float unit - 0.5 * float (units.Length - 1))
        let width = 2.0 * (edge + nameRoom + radius) + across * float (drawn.Length - 1)
        picture
            title
            (layers |> List.map (fun (caption, names) -> say $"{caption} {names.Length}") |> String.concat ", ")
            width
            (top + down * float tallest + 24.0 + edge)
            [ for layer, ((_, units), (_, next)) in List.indexed (List.pairwise drawn) do
                  for i in 0 .. units.Length - 1 do
                      for j in 0 .. next.Length - 1 do
                          if not (isNull units[i] || isNull next[j]) then
                              Mark.Line([| place layer units i; place (layer + 1) next j |], Paint.Soft, 0.5, false)
              for layer, (caption, units) in List.indexed drawn do
                  let x, _ = place layer units 0
                  for i, name in List.indexed units do
                      let _, y = place layer units i
                      if isNull name then
                          Mark.Text(x, y + 5.0, large, Side.Middle, Paint.Soft, "⋮")
                      else
                          Mark.Dot(x, y, radius, Paint.Ground, 1.0)
                          Mark.Dot(x, y, radius, Paint.Series(if layer = 0 then 2 else 0), 0.75)
                          let name = Lettering.fit small (nameRoom - 8.0) name
                          if layer = 0 then
                              Mark.Text(x - radius - 6.0, y + 4.0, small, Side.Left, Paint.Ink, name)
                          elif layer = drawn.Length - 1 then
                              Mark.Text(x + radius + 6.0, y + 4.0, small, Side.Right, Paint.Ink, name)
                  let bottom = top + down * float tallest + 20.0
                  Mark.Text(x, bottom, small, Side.Middle, Paint.Soft, Lettering.fit small (across - 8.0) caption) ]

    // ---- pictures beside one another ------------------------------------------------------------------------------

    let private moved dx dy (mark: Mark) =
        let all = Array.map (fun (x, y) -> x + dx, y + dy)
        match mark with
        | Mark.Line(points, paint, width, isDashed) -> Mark.Line(all points, paint, width, isDashed)
        | Mark.Area(points, paint, opacity) -> Mark.Area(all points, paint, opacity)
        | Mark.Dot(x, y, radius, paint, opacity) -> Mark.Dot(x + dx, y + dy, radius, paint, opacity)
        | Mark.Box(x, y, width, height, paint, opacity, says) -> Mark.Box(x + dx, y + dy, width, height, paint, opacity, says)
        | Mark.Text(x, y, size, side, paint, text) -> Mark.Text(x + dx, y + dy, size, side, paint, text)
        | Mark.Upwards(x, y, size, text) -> Mark.Upwards(x + dx, y + dy, size, text)
        | Mark.Pixels(x, y, width, height, png, says) -> Mark.Pixels(x + dx, y + dy, width, height, png, says)

    let grid columns (pictures: Picture list) title : Picture =
        let rows = pictures |> List.chunkBySize columns
        let mutable y, width = (if title = "" then 0.0 else below title), 0.0
        let marks =
            [ for row in rows do
                  let mutable x = 0.0
                  for picture in row do
                      yield! picture.marks |> List.map (moved x y)
                      x <- x + picture.width
                  width <- max width x
                  y <- y + (row |> List.map _.height |> List.max) ]
        picture title (pictures |> List.map _.title |> List.filter ((<>) "") |> String.concat ", ") width y marks
