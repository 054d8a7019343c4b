/// Pictures: what they are made of, whatever they are asked to show; and how a browser lays out their texts.
module LinearNets.Tests.PlotLaws

open System
open System.Globalization
open System.IO
open System.IO.Compression
open System.Text
open System.Text.RegularExpressions
open System.Xml.Linq
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

let private isTrue (holds: bool) (otherwise: string) = if not holds then Assert.Fail otherwise

let private isEqual (expected: 'T) (actual: 'T) = if expected <> actual then Assert.Fail $"expected %A{expected}, got %A{actual}"

// ---- what is shown -----------------------------------------------------------------------------------------------------

let private garments = lazy (fst (Synthetic.garments 60 1 3))

let private points = lazy (Synthetic.classes { Synthetic.classDefaults with n = 90; seed = 4 })

let private classifier =
    lazy
        (let settings =
            { Fit.defaults with
                model = Model.linear 2 3
                loss = Loss.crossEntropy
                measure = None
                validation = Some points.Value
                lossAfterEpoch = true
                epochs = 5
                optimizer = Optimizer.sgd 0.3 }
         Fit.run settings points.Value)

let private scores = lazy (Scores.classification points.Value classifier.Value)

let private line = lazy (Synthetic.linear { Synthetic.defaults with w = [ 2.0 ]; n = 60; noise = 0.6 })

let private regression = lazy (Fit.run { Fit.defaults with model = Model.linear 1 1; epochs = 100 } line.Value)

let private valley = Plot.surface "Descent on a valley" (-3.0, 3.0) (-2.0, 2.0) (fun a b -> a * a + 8.0 * b * b)

/// Every kind of picture: what makes it, and after a colon which one.
let private kinds =
    lazy
        (let xs = [ for i in 1..40 -> float i ]
         [ "curves", classifier.Value.history |> Plot.curves
           "ofSeries: lines and a band",
           Plot.ofSeries
               "Three lines and a band"
               [ Series.band "between" xs (xs |> List.map sin) (xs |> List.map (fun x -> sin x + 0.5))
                 Series.line "sine" xs (xs |> List.map sin)
                 Series.dashed "cosine" xs (xs |> List.map cos)
                 Series.graph "quarter" 1.0 40.0 (fun x -> x / 40.0) ]
           |> Plot.labels "place" "value"
           "ofSeries: log axes",
           Plot.ofSeries
               "Powers"
               [ Series.line "square" xs (xs |> List.map (fun x -> x * x))
                 Series.line "exponential" xs (xs |> List.map exp) ]
           |> Plot.labels "n" "cost"
           |> Plot.logX
           |> Plot.logY
           "ofSeries: twenty",
           Plot.ofSeries
               "训练损失 · twenty series"
               [ for i in 1..12 -> Series.graph $"第{i}条线" 0.0 1.0 (fun x -> float i + x)
                 for i in 13..20 ->
                     Series.points $"points {i}" [ 0.1; 0.5; 0.9 ] [ float i; float i + 0.5; float i ] |> Series.colour i ]
           |> Plot.labels "轮次" "损失"
           "histogram: with a density",
           Plot.histogram "Values and their density" 30 (Random.normals 3000 (Random.key 2))
           |> Plot.add [ Series.graph "N(0, 1)" -4.0 4.0 (fun x -> exp (-0.5 * x * x) / sqrt (2.0 * Math.PI)) |> Series.colour 1 ]
           "histogram", Plot.histogram "A thousand normal values" 24 (Random.normals 1000 (Random.key 1))
           "normals", Plot.normals [ 0.0, 1.0; 0.0, 2.0; 3.0, 1.0 ]
           "classes", Plot.classes points.Value
           "classes: ten", Plot.classes (Synthetic.classes { Synthetic.classDefaults with classes = 10; n = 200; seed = 4 })
           "regression", Plot.regression regression.Value line.Value
           "regions", Plot.regions (fun grid -> Fit.classes grid classifier.Value) points.Value
           "calibration", Plot.calibration scores.Value
           "loss: squared", Plot.loss Loss.squared
           "loss: Huber", Plot.loss (Loss.huber 1.0)
           "surface",
           valley
               [ "slow", [ for i in 0..12 -> -2.5 * 0.8 ** float i, 1.5 * 0.3 ** float i ]
                 "diverging", [ for i in 0..20 -> 0.1 * -1.7 ** float i, 0.5 ] ]
           "images", Plot.images "Garments" (garments.Value.Pick [| 0..17 |])
           "predictions",
           Plot.predictions "True above, predicted below" (Array.init 18 (fun i -> i % 10)) (garments.Value.Pick [| 0..17 |])
           "weights",
           Plot.weights
               garments.Value.ImageShape.Value
               Synthetic.garmentNames
               (dsharp.tensor(Random.normals 7840 (Random.key 2)).view [ 784; 10 ])
           "heatMap",
           Plot.heatMap
               "Correlations"
               [ "age"; "area"; "price" ]
               [ "age"; "area"; "price" ]
               (array2D [ [ 1.0; -0.2; -0.61234567 ]; [ -0.2; 1.0; 0.9 ]; [ -0.61234567; 0.9; nan ] ])
           "confusion", Plot.confusion scores.Value.ConfusionMatrix
           "network: 2 to 1", Plot.network [ "area"; "age" ] [ "price" ] (Model.linear 2 1)
           "network: a hidden layer",
           Plot.network [] [ "cat"; "dog" ] (Model.compose [ Model.linear 40 5; Model.sigmoid; Model.linear 5 2 ])
           "grid", Plot.grid 2 [ Plot.loss Loss.absolute; Plot.network [] [] (Model.linear 4 3) ] |> Plot.title "Side by side" ])

let private hostile =
    [ ""
      "<script>alert(1)</script>"
      "\"'><img src=x onerror=alert(1)>&amp;&"
      "]]></style><!--"
      "emoji 🧦👩‍👩‍👧‍👦 and 🇨🇭"
      "שלום עולם, مرحبا بالعالم"
      "\u202Eturned round"
      "softmax 回归:训练损失与准确率"
      "\u0000\u0001\u001B\uFFFE\uFFFF a\r\nb\tc"
      "\uD800 alone \uDC00"
      "http://example.org/x.png"
      String('W', 10000)
      String.replicate 300 "长" ]

/// Pictures of what is seldom meant.
let private unusual =
    lazy
        (let hostileNames = List.toArray hostile
         let named title =
             let xs = [ 0.0; 1.0 ]
             Plot.ofSeries title [ for i, name in List.indexed hostile -> Series.line name xs [ float i; float i * 2.0 ] ]
             |> Plot.labels title title
         let chart name xs ys =
             let all =
                 [ Series.line "a line" xs ys
                   Series.points "points" xs ys
                   Series.band "a band" xs ys ys
                   Series.bars "bars" [ for x, y in Seq.zip xs ys -> x, x + 1.0, y ] ]
             [ name, Plot.ofSeries name all
               name + ", log y", Plot.ofSeries name all |> Plot.logY
               name + ", log both", Plot.ofSeries name all |> Plot.logX |> Plot.logY ]
         [ for i, title in List.indexed hostile do
               $"hostile {i}", named title
               $"hostile table {i}",
               Plot.heatMap title hostileNames hostileNames (Array2D.create hostile.Length hostile.Length 1e-300)
               $"hostile network {i}", Plot.network [ title ] [ title; "⋮" ] (Model.linear 1 2)
               $"hostile images {i}",
               Plot.images
                   title
                   (garments.Value.Pick([| 0..2 |]).WithClassNames(Array.append (Array.init 9 string) [| title + "!" |]))
               let name = title + "."
               let named (data: Dataset) = data.WithFeatureNames([| for j in 1 .. data.Columns -> name + string j |])
               let points = named(points.Value).WithClassNames(name + "a", name + "b", name + "c")
               $"hostile regions {i}", Plot.regions (fun grid -> Array.zeroCreate grid.Rows) points
               $"hostile confusion {i}", Plot.confusion (Scores.classification points classifier.Value).ConfusionMatrix
               $"hostile line {i}", Plot.regression regression.Value (named(line.Value).WithTargetNames name)
               $"hostile surface {i}", Plot.surface title (0.0, 1.0) (0.0, 1.0) (+) [ title, [ 0.5, 0.5 ]; title, [] ]
               $"hostile weights {i}", Plot.weights { Height = 1; Width = 2 } [ title; name ] (dsharp.ones [ 2; 2 ])
               $"hostile model {i}",
               Plot.network [] [] (Model.define title [ Parameter.weight "w" [ 2; 1 ] ] (fun p x -> x.matmul p[0]))
           yield! chart "nothing" [] []
           yield! chart "one point" [ 3.0 ] [ 5.0 ]
           yield! chart "zeros" [ 0.0; 0.0 ] [ 0.0; 0.0 ]
           yield! chart "not numbers" [ nan; 1.0; infinity; 2.0; -infinity ] [ 1.0; nan; 2.0; -infinity; infinity ]
           yield! chart "holes" [ 1.0; 2.0; 3.0; 4.0 ] [ 1.0; nan; 2.0; 3.0 ]
           yield! chart "huge" [ -1e300; 0.0; 1e300 ] [ 1e300; 1e-300; -1e300 ]
           yield! chart "beyond" [ -Double.MaxValue; 1.0; Double.MaxValue ] [ Double.MaxValue; Double.Epsilon; 1.0 ]
           yield! chart "tiny" [ 0.0; Double.Epsilon ] [ Double.Epsilon; 0.0 ]
           yield! chart "far away" [ 1e6; 1e6 + 1e-4 ] [ 1e15; 1e15 + 30.0 ]
           yield! chart "near" [ 0.999; 1.0; 1.001 ] [ 123456.0; 123456.001; 123456.002 ]
           yield! chart "negative" [ -3.0; -2.0; -1.0 ] [ -5.0; -1e-5; -7.0 ]
           yield! chart "decades" [ 1e-200; 1.0; 1e200 ] [ 1e-7; 1.0; 1e9 ]
           "a hundred series",
           Plot.ofSeries "A hundred" [ for i in 1..100 -> Series.line $"the series number {i}" [ 0.0; 1.0 ] [ float i; 0.0 ] ]
           "many points",
           Plot.ofSeries
               "Many"
               [ Series.line "" [ 1.0 .. 20000.0 ] [ 1.0 .. 20000.0 ]
                 Series.points "" [ 1.0 .. 20000.0 ] [ 1.0 .. 20000.0 ] ]
           "crowded", Plot.ofSeries "" [ Series.line "" [ 1e6; 1e6 + 9.1e-5 ] [ 1e15; 1e15 + 30.0 ] ]
           "one value", Plot.histogram "One value" 5 [ 7.0; 7.0 ]
           "values without a range", Plot.histogram "No range" 5 [ 0.0; Double.Epsilon ]
           "no densities", Plot.normals []
           "narrow and wide", Plot.normals [ 0.0, 1e-3; 5.0, 100.0 ]
           "one cell", Plot.heatMap "Confusion matrix" [ "a" ] [ "b" ] (array2D [ [ 1.0 ] ])
           "no cell", Plot.heatMap "" [] [] (Array2D.zeroCreate 0 0)
           "cells without a size",
           Plot.heatMap "Not numbers" [ "a" ] [ "nan"; "∞"; "-∞" ] (array2D [ [ nan; infinity; -infinity ] ])
           "weights that are no numbers",
           Plot.weights { Height = 1; Width = 2 } [ "a" ] (dsharp.tensor([ nan; 1.0 ]).view [ 2; 1 ])
           "many units", Plot.network [] [] (Model.compose [ Model.linear 784 256; Model.linear 256 10 ])
           "colours",
           Plot.ofSeries
               ""
               [ Series.line "a" [ 0.0; 1.0 ] [ 0.0; 1.0 ] |> Series.colour -3
                 Series.line "b" [ 0.0 ] [ 1.0 ] |> Series.colour Int32.MaxValue ]
           "a surface without numbers",
           Plot.surface "" (0.0, 1.0) (0.0, 1.0) (fun _ _ -> nan) [ "away", [ 0.5, 0.5; 9.0, 9.0; nan, 0.0 ] ] ])

// ---- what a picture is made of -----------------------------------------------------------------------------------------

let private svgName (name: string) = XName.Get(name, "http://www.w3.org/2000/svg")

let private elements = set [ "svg"; "title"; "desc"; "style"; "rect"; "polyline"; "polygon"; "circle"; "text"; "image" ]

let private attributes =
    set (
        "xmlns class viewBox width height role x y cx cy r points fill fill-opacity stroke stroke-width stroke-linejoin stroke-dasharray \
         font-size text-anchor transform preserveAspectRatio href"
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
    )

let private value (element: XElement) (name: string) =
    match element.Attribute(XName.Get name) with
    | null -> nan
    | attribute -> Double.Parse(attribute.Value, CultureInfo.InvariantCulture)

let private classesOf (element: XElement) =
    match element.Attribute(XName.Get "class") with
    | null -> ""
    | attribute -> attribute.Value

/// The places an element has, of both axes.
let private places (element: XElement) =
    let at = value element
    match element.Name.LocalName with
    | "rect"
    | "image" -> [ at "x", at "y"; at "x" + at "width", at "y" + at "height" ]
    | "circle" -> [ at "cx", at "cy" ]
    | "text" -> [ at "x", at "y" ]
    | "polyline"
    | "polygon" ->
        [ for point in element.Attribute(XName.Get "points").Value.Split(' ', StringSplitOptions.RemoveEmptyEntries) do
              let numbers = point.Split ',' |> Array.map (fun n -> Double.Parse(n, CultureInfo.InvariantCulture))
              numbers[0], numbers[1] ]
    | _ -> []

/// Well-formed, of nothing but what is drawn, with every place within the picture.
let private sound (svg: string) =
    let root = XDocument.Parse(svg, LoadOptions.PreserveWhitespace).Root
    let width, height = value root "width", value root "height"
    for element in root.DescendantsAndSelf() do
        isTrue (elements.Contains element.Name.LocalName) $"an element <{element.Name.LocalName}>"
        for attribute in element.Attributes() do
            let name, text = attribute.Name.LocalName, attribute.Value
            isTrue (attributes.Contains name) $"an attribute {name}"
            isTrue (name <> "href" || text.StartsWith "data:image/png;base64,") $"a reference to {text}"
            isTrue (name = "xmlns" || not (text.Contains "http")) $"{name} is {text}"
        for x, y in places element do
            let isIn = x >= -0.01 && y >= -0.01 && x <= width + 0.01 && y <= height + 0.01
            isTrue isIn $"({x}, {y}) of {element} in a picture of {width} by {height}"
        for size in [ "width"; "height"; "r" ] do
            isTrue (not (value element size < 0.0)) $"{element}"
    for style in root.Descendants(svgName "style") do
        isTrue (not (Regex.IsMatch(style.Value, "url\\(|@import|http"))) style.Value
    root

let private each pictures check =
    for name, plot: Plot in pictures do
        try
            check name plot
        with e ->
            raise (AssertionException($"{name}: {e.Message}", e))

[<Test>]
let ``every picture is well-formed, of drawn things alone, and all of it is within its size`` () =
    each (kinds.Value @ unusual.Value) (fun _ plot -> sound plot.Svg |> ignore)

[<Test>]
let ``a page has one picture, no script, and refers to nothing`` () =
    each (kinds.Value @ unusual.Value) (fun _ plot ->
        // An empty icon, so that a browser asks nobody for one.
        let page = plot.Html.Replace("<link rel=\"icon\" href=\"data:,\">", "")
        isEqual 1 (Regex.Count(page, "<svg"))
        isTrue (not (Regex.IsMatch(page, "<script|<img|<link|<!--", RegexOptions.IgnoreCase))) "a page with more than a picture")

[<Law>]
let ``any text is in the picture as text`` (title: string) (names: string[]) =
    let names = if isNull names then [||] else names
    let xs = [ 0.0; 1.0 ]
    let plot = Plot.ofSeries title [ for name in names -> Series.line name xs xs ] |> Plot.labels title title
    let heading (plot: Plot) =
        match (sound plot.Svg).Element(svgName "title") with
        | null -> ""
        | element -> element.Value
    isEqual (Lettering.clean title) (heading plot)
    let table = Plot.heatMap title names names (Array2D.create names.Length names.Length 1.0)
    isEqual (Lettering.clean title) (heading table)
    Plot.network names names (Model.linear 3 2) |> Plot.title title |> heading |> isEqual (Lettering.clean title)

[<Test>]
let ``a title can be changed on every picture, and is seen`` () =
    each kinds.Value (fun _ plot ->
        let root = sound (plot |> Plot.title "Another title").Svg
        isTrue (root.Elements(svgName "text") |> Seq.exists (fun text -> text.Value = "Another title")) "no such text"
        isEqual "Another title" (root.Element(svgName "title").Value))

[<Test>]
let ``the style has every colour that is used, for light pages and for dark ones`` () =
    each kinds.Value (fun _ plot ->
        let root = sound plot.Svg
        let style = root.Element(svgName "style").Value
        let light, dark =
            let at = style.IndexOf "@media(prefers-color-scheme:dark)"
            style.Substring(0, at), style.Substring at
        for name in root.Descendants() |> Seq.map classesOf |> Seq.filter (fun name -> name <> "") |> Seq.distinct do
            if name = "ln-pixels" then
                isTrue (light.Contains ".ln-pixels{") name
            else
                for part in [ light; dark ] do
                    isEqual 1 (Regex.Count(part, Regex.Escape $".{name}{{color:#")))

/// Names of colours, and what they are on a light ground or a dark one.
let private coloursOf (svg: string) isDark =
    let style = svg.Substring(0, svg.IndexOf "</style>")
    let at = style.IndexOf "@media(prefers-color-scheme:dark)"
    let part = if isDark then style.Substring at else style.Substring(0, at)
    Map
        [ for found in Regex.Matches(part, @"\.(ln-\w+)\{color:#(\w{6})\}") ->
              found.Groups[1].Value, Convert.FromHexString(found.Groups[2].Value) |> Array.map (fun c -> float c / 255.0) ]

let private daylight c = if c <= 0.04045 then c / 12.92 else ((c + 0.055) / 1.055) ** 2.4

let private contrast (one: float[]) (other: float[]) =
    let light (colour: float[]) = Array.map2 (*) [| 0.2126; 0.7152; 0.0722 |] (Array.map daylight colour) |> Array.sum
    let a, b = light one, light other
    (max a b + 0.05) / (min a b + 0.05)

[<Test>]
let ``every text can be read on what it stands on, light or dark`` () =
    each kinds.Value (fun _ plot ->
        let root = sound plot.Svg
        for isDark in [ false; true ] do
            let colours = coloursOf plot.Svg isDark
            let under = ResizeArray<XElement>()
            for element in root.Elements() do
                match element.Name.LocalName with
                | "rect" -> under.Add element
                | "text" ->
                    let anchor = element.Attribute(XName.Get "text-anchor").Value
                    let x =
                        value element "x"
                        + (if anchor = "start" then 3.0
                           elif anchor = "end" then -3.0
                           else 0.0)
                    let y = value element "y" - 4.0
                    let ground =
                        (colours["ln-ground"], under)
                        ||> Seq.fold (fun ground rect ->
                            let left, top = value rect "x", value rect "y"
                            let isOn = x >= left && x <= left + value rect "width" && y >= top && y <= top + value rect "height"
                            let opacity = value rect "fill-opacity"
                            let part =
                                if not isOn then 0.0
                                elif Double.IsNaN opacity then 1.0
                                else opacity
                            Array.map2 (fun a b -> a + part * (b - a)) ground colours[classesOf rect])
                    let kind = classesOf element
                    let least = if kind = "ln-ink" || kind = "ln-soft" then 4.5 else 3.0
                    let actual = contrast colours[kind] ground
                    isTrue (actual >= least) $"'{element.Value}' has a contrast of {actual}, dark: {isDark}"
                | _ -> ())

/// A colour as an eye without one of its cones sees it (Machado, Oliveira and Fernandes 2009), as L*, a* and b*.
let private seen (eye: float[][]) (colour: float[]) =
    let times (m: float[][]) v = m |> Array.map (fun row -> Array.map2 (*) row v |> Array.sum)
    let xyz =
        Array.map daylight colour
        |> times eye
        |> Array.map (fun c -> Math.Clamp(c, 0.0, 1.0))
        |> times
            [| [| 0.4339; 0.3762; 0.1899 |] // the rows of sRGB's matrix, divided by the white
               [| 0.2126; 0.7152; 0.0722 |]
               [| 0.0177; 0.1095; 0.8730 |] |]
        |> Array.map (fun t -> if t > 0.008856 then Math.Cbrt t else 7.787 * t + 16.0 / 116.0)
    [| 116.0 * xyz[1] - 16.0; 500.0 * (xyz[0] - xyz[1]); 200.0 * (xyz[1] - xyz[2]) |]

[<Test>]
let ``the colours of series differ for every eye and from the ground`` () =
    let eyes =
        [ [| [| 1.0; 0.0; 0.0 |]; [| 0.0; 1.0; 0.0 |]; [| 0.0; 0.0; 1.0 |] |]
          [| [| 0.152286; 1.052583; -0.204868 |]
             [| 0.114503; 0.786281; 0.099216 |]
             [| -0.003882; -0.048116; 1.051998 |] |]
          [| [| 0.367322; 0.860646; -0.227968 |]
             [| 0.280085; 0.672501; 0.047413 |]
             [| -0.011820; 0.042940; 0.968881 |] |]
          [| [| 1.255528; -0.076749; -0.178779 |]
             [| -0.078411; 0.930809; 0.147602 |]
             [| 0.004733; 0.691367; 0.303900 |] |] ]
    let svg = (Plot.loss Loss.squared).Svg
    for isDark in [ false; true ] do
        let colours = coloursOf svg isDark
        let series = [ for i in 0..7 -> colours[$"ln-{i}"] ]
        for i, one in List.indexed series do
            isTrue (contrast one colours["ln-ground"] >= 3.0) $"{i}, dark: {isDark}"
            for j, other in List.indexed series do
                for eye in eyes do
                    if i < j then
                        let apart = Array.map2 (-) (seen eye one) (seen eye other) |> Array.sumBy (fun d -> d * d) |> sqrt
                        isTrue (apart >= 12.0) $"{i} and {j} are {apart} apart, dark: {isDark}"

[<Test>]
let ``24 series look different, and so do 24 classes`` () =
    let marks kind series =
        let drawn =
            (sound (Plot.ofSeries "" [ for i in 0..23 -> series $"{i}" [ 0.0; 1.0 ] [ float i; 0.0 ] ]).Svg)
                .Elements(svgName kind)
        let look (element: XElement) =
            let text (name: string) = element.Attribute(XName.Get name) |> Option.ofObj |> Option.map _.Value
            classesOf element, text "stroke-dasharray", text "fill", text "stroke-width"
        drawn
        |> Seq.map look
        |> Seq.filter (fun (name, _, _, _) -> Char.IsDigit(Seq.last name))
        |> Seq.distinct
        |> Seq.length
    isEqual 24 (marks "polyline" Series.line)
    isEqual 24 (marks "circle" Series.points)

[<Test>]
let ``no maker of plots is left out here`` () =
    let makers =
        [ for m in
              typeof<Plot>
                  .Assembly.GetType("LinearNets.FSharp.Plot")
                  .GetMethods(Reflection.BindingFlags.Public ||| Reflection.BindingFlags.Static) do
              let takesPlot = m.GetParameters() |> Array.exists (fun parameter -> parameter.ParameterType = typeof<Plot>)
              if m.ReturnType = typeof<Plot> && not takesPlot then m.Name ]
    isEqual (set makers) (set [ for name, _ in kinds.Value -> (name.Split ':')[0] ])

[<Test>]
let ``a notebook finds how a plot is shown`` () =
    // What .NET Interactive does, by names alone; see TryRegisterFromConventionBasedFormatterSources of its Formatter.
    let get name (from: obj) = from.GetType().GetProperty(name: string).GetGetMethod().Invoke(from, null)
    let attribute =
        typeof<Plot>.GetCustomAttributes true
        |> Array.find (fun attribute -> attribute.GetType().Name = "TypeFormatterSourceAttribute")
    isEqual [| "text/html" |] (get "PreferredMimeTypes" attribute :?> string[])
    let source = Activator.CreateInstance(get "FormatterSourceType" attribute :?> Type)
    let formatters = source.GetType().GetMethod("CreateTypeFormatters").Invoke(source, null) :?> Collections.IEnumerable
    let formatter = Seq.exactlyOne (Seq.cast<obj> formatters)
    isEqual "text/html" (get "MimeType" formatter :?> string)
    let format (instance: obj) =
        use writer = new StringWriter()
        let isDone = formatter.GetType().GetMethod("Format").Invoke(formatter, [| instance; writer |]) :?> bool
        isDone, string writer
    let plot = Plot.loss Loss.squared
    isEqual (true, plot.Svg) (format plot)
    isEqual (false, "") (format "a text")

// ---- axes --------------------------------------------------------------------------------------------------------------

let private uniform (case: Case) stream low high =
    low + (high - low) * (Random.uniforms 1 (Random.split (Random.key case.seed) stream))[0]

let private scale isLog low high : Scale = { low = low; high = high; isLog = isLog; from = 30.0; until = 600.0 }

let private hasTicks (scale: Scale) =
    let ticks = Scale.ticks scale
    let texts = ticks |> List.map _.text
    isTrue (ticks.Length >= 4 && ticks.Length <= 10) $"%A{texts} from {scale.low:R} to {scale.high:R}"
    isEqual texts (List.distinct texts)
    let slack = 1e-8 * (scale.high - scale.low)
    for tick in ticks do
        isTrue (tick.value >= scale.low - slack && tick.value <= scale.high + slack) $"{tick.value:R}"
    ticks

[<Law>]
let ``an axis has 4 to 10 round numbers, each with a text of its own`` (case: Case) =
    let size = 10.0 ** uniform case 0 -280.0 280.0
    for exponent in [ uniform case 1 -10.5 0.5; uniform case 2 -3.0 0.5; 3.0 ] do
        let low = uniform case 3 -1.0 1.0 * size
        let length = 10.0 ** exponent * size
        let ticks = hasTicks (scale false low (low + length))
        let step = (List.last ticks).value / float (ticks.Length - 1) - ticks.Head.value / float (ticks.Length - 1)
        let mantissa = step / 10.0 ** floor (log10 step + 1e-4)
        isTrue ([ 1.0; 2.0; 5.0 ] |> List.exists (fun round -> abs (mantissa - round) < 1e-3)) $"a step of {step:R}"
        for tick in ticks do
            let read = Double.Parse(tick.text.Replace('−', '-'), CultureInfo.InvariantCulture)
            isTrue (abs (read - tick.value) < 0.01 * step) $"{tick.value:R} is written {tick.text}"

[<Law>]
let ``an axis of powers has 4 to 10 numbers, each with a text of its own`` (case: Case) =
    let low = 10.0 ** uniform case 0 -290.0 200.0
    let near = 10.0 ** uniform case 4 -4.0 5.0
    for low, decades in
        [ low, uniform case 1 0.0 90.0
          near, uniform case 2 0.0 4.0
          near, 10.0 ** uniform case 3 -8.0 0.0
          1.0, float (case.rows) ] do
        hasTicks (scale true low (low * 10.0 ** decades + 1e-8 * low)) |> ignore

[<Law>]
let ``a scale takes the ends to the ends, and what is more to more`` (case: Case) =
    for isLog in [ false; true ] do
        let low = if isLog then 10.0 ** uniform case 0 -9.0 9.0 else uniform case 0 -1e6 1e6
        let s = scale isLog low (low + 10.0 ** uniform case 1 -3.0 6.0)
        Check.nearNumber 1e-6 30.0 (Scale.pixel s s.low)
        Check.nearNumber 1e-6 600.0 (Scale.pixel s s.high)
        let pixels = [ for i in 0..20 -> Scale.pixel s (s.low + (s.high - s.low) * float i / 20.0) ]
        isEqual (List.sort pixels) pixels

// ---- pixels ------------------------------------------------------------------------------------------------------------

let private crc (bytes: byte[]) =
    let mutable crc = 0xFFFFFFFFu
    for byte in bytes do
        crc <- crc ^^^ uint32 byte
        for _ in 1..8 do
            crc <- if crc &&& 1u = 1u then (crc >>> 1) ^^^ 0xEDB88320u else crc >>> 1
    ~~~crc

/// The columns and rows of a PNG, and the four bytes of each pixel.
let private decode (png: byte[]) =
    isEqual [| 0x89uy; 0x50uy; 0x4Euy; 0x47uy; 0x0Duy; 0x0Auy; 0x1Auy; 0x0Auy |] png[..7]
    let number at = (int png[at] <<< 24) ||| (int png[at + 1] <<< 16) ||| (int png[at + 2] <<< 8) ||| int png[at + 3]
    let mutable at = 8
    let chunks =
        [ while at < png.Length do
              let length = number at
              let named = png[at + 4 .. at + 7 + length]
              isEqual (crc named) (uint32 (number (at + 8 + length)))
              at <- at + 12 + length
              Encoding.ASCII.GetString named[..3], named[4..] ]
    isEqual [ "IHDR"; "IDAT"; "IEND" ] (List.map fst chunks)
    isEqual [| 8uy; 6uy; 0uy; 0uy; 0uy |] (Array.skip 8 (snd chunks[0]))
    let width, height = number 16, number 20
    use rows = new MemoryStream()
    (use zlib = new ZLibStream(new MemoryStream(snd chunks[1]), CompressionMode.Decompress)
     zlib.CopyTo rows)
    let rows = rows.ToArray()
    isEqual (height * (1 + 4 * width)) rows.Length
    for row in 0 .. height - 1 do
        isEqual 0uy rows[row * (1 + 4 * width)]
    width, height, (fun column row -> rows[row * (1 + 4 * width) + 1 + 4 * column ..][..3])

[<Law>]
let ``pixels are read from a PNG as they were written`` (case: Case) =
    let byte column row channel = byte ((column * 31 + row * 17 + channel * 101 + case.seed) * 2654435 >>> 5)
    let png =
        Png.write case.columns case.rows (fun column row ->
            { red = byte column row 0; green = byte column row 1; blue = byte column row 2; opacity = byte column row 3 })
    let width, height, pixel = decode png
    isEqual (case.columns, case.rows) (width, height)
    for row in 0 .. height - 1 do
        for column in 0 .. width - 1 do
            isEqual (Array.init 4 (byte column row)) (pixel column row)

// ---- what each kind shows ----------------------------------------------------------------------------------------------

let private chartOf (plot: Plot) =
    match plot.Shown with
    | Shown.Axes chart -> chart
    | Shown.Drawing _ -> failwith "expected axes"

[<Law>]
let ``the bars of a histogram have the area 1`` (case: Case) =
    let values = Random.normals (7 * case.rows) (Random.key case.seed) |> Array.map (fun z -> case.scale * z + float case.seed)
    match (chartOf (Plot.histogram "" (3 * case.columns) values)).series with
    | [ bars ] ->
        match bars.Shape with
        | Shape.Bars bars ->
            isEqual (3 * case.columns) bars.Length
            Check.nearNumber 1e-6 1.0 (bars |> Array.sumBy (fun (low, high, tall) -> (high - low) * tall))
            for low, high, tall in bars do
                let count = values |> Array.filter (fun v -> v > low + 1e-6 && v < high - 1e-6) |> Array.length
                let most = values |> Array.filter (fun v -> v >= low - 1e-6 && v <= high + 1e-6) |> Array.length
                let times = tall * (high - low) * float values.Length
                isTrue (times > float count - 1e-3 && times < float most + 1e-3) $"{times} of {count} to {most}"
        | _ -> failwith "expected bars"
    | series -> failwith $"expected one series, got {series.Length}"

let private lineOf (chart: Chart) name =
    match (chart.series |> List.find (fun series -> series.Name = name)).Shape with
    | Shape.Line(points, _) -> points
    | _ -> failwith "expected a line"

[<Test>]
let ``bars stand on the axis, and go down from 0 where they are below it`` () =
    let bars values =
        let root =
            sound (Plot.ofSeries "" [ Series.bars "" [ for i, v in List.indexed values -> float i, float i + 1.0, v ] ]).Svg
        let ticks = root.Elements(svgName "polyline") |> Seq.filter (fun line -> classesOf line = "ln-faint") |> Seq.toList
        let boxes = root.Elements(svgName "rect") |> Seq.filter (fun box -> classesOf box = "ln-0") |> Seq.toList
        let axis = root.Elements(svgName "polyline") |> Seq.last |> places |> List.map snd |> List.max
        axis, boxes |> List.map (fun box -> value box "y", value box "y" + value box "height"), ticks.Length
    let axis, boxes, _ = bars [ 3.0; 0.5; 2.0 ]
    for _, bottom in boxes do
        Check.nearNumber 0.011 axis bottom
    let axis, boxes, _ = bars [ 3.0; -0.5 ]
    isTrue (snd boxes[1] < axis - 1.0) "a bar below 0 is cut"
    Check.nearNumber 0.011 (snd boxes[0]) (fst boxes[1])

[<Test>]
let ``a loss is shown with its derivative and its likelihood`` () =
    for loss, at, slope in
        [ Loss.squared, (fun r -> 0.5 * r * r), id
          Loss.absolute, abs, (fun r -> float (sign r))
          Loss.huber 1.0, (fun r -> if abs r <= 1.0 then 0.5 * r * r else abs r - 0.5), (fun r -> Math.Clamp(r, -1.0, 1.0)) ] do
        let line = lineOf (chartOf (Plot.loss loss))
        for i in [ 0; 57; 100; 240 ] do
            let r, value = line "loss" |> Array.item i
            Check.nearNumber 1e-12 (-3.0 + float i / 40.0) r
            Check.nearNumber 1e-6 (at r) value
            Check.nearNumber 1e-6 (slope r) (line "derivative" |> Array.item i |> snd)
            Check.nearNumber 1e-6 (exp -(at r)) (line "likelihood e^(−loss)" |> Array.item i |> snd)

[<Test>]
let ``a normal density has the area 1 and its mean`` () =
    for mean, sd in [ 0.0, 1.0; -3.0, 0.2; 7.0, 30.0 ] do
        let points = lineOf (chartOf (Plot.normals [ mean, sd ])) $"μ = {mean}, σ = {sd}"
        let step = fst points[1] - fst points[0]
        Check.nearNumber 1e-4 1.0 (points |> Array.sumBy (fun (_, y) -> y * step))
        Check.nearNumber (1e-9 * sd + 1e-9) mean (fst (Array.maxBy snd points))

[<Test>]
let ``calibration is each bin's share by its probability`` () =
    let shown = lineOf (chartOf (Plot.calibration scores.Value)) "the model"
    isEqual [| for bin in scores.Value.Reliability.Bins -> bin.MeanProbability, bin.ObservedShare |] shown

[<Test>]
let ``a line through rows is the model's`` () =
    for x, y in lineOf (chartOf (Plot.regression regression.Value line.Value)) regression.Value.model.name do
        let row = Dataset.From(array2D [ [ float32 x ] ], [| 0.0f |])
        Check.nearNumber 1e-5 (float ((Fit.scores row regression.Value).sum())) y

[<Test>]
let ``a surface is darker where it is higher, and up is up`` () =
    match (chartOf (Plot.surface "" (0.0, 1.0) (0.0, 1.0) (fun x y -> x + 3.0 * y) [])).series.Head.Shape with
    | Shape.Ground(_, _, png) ->
        let width, height, pixel = decode png
        let opacity column row = int (Array.last (pixel column row))
        isTrue (opacity 0 0 > opacity 0 (height - 1)) "y goes down"
        isTrue (opacity (width - 1) 50 > opacity 0 50) "x goes left"
    | _ -> failwith "expected a ground"

[<Test>]
let ``a path that leaves a surface is drawn up to the edge, and from where it comes back`` () =
    let path = [ 0.25, 0.5; 2.25, 0.5; 0.25, 0.5; 0.25, 9.0; nan, 0.5; 0.5, 1.25; 1.25, 0.5; 0.75, 0.0 ]
    let marks = (Plot.surface "" (0.0, 1.0) (0.0, 1.0) (+) [ "path", path ]).Picture.marks
    let left, top, width, height =
        marks
        |> List.pick (fun mark ->
            match mark with
            | Mark.Pixels(x, y, w, h, _, _) -> Some(x, y, w, h)
            | _ -> None)
    let lines =
        [ for mark in marks do
              match mark with
              | Mark.Line(places, Paint.Series 1, _, _) ->
                  [ for x, y in places -> (x - left) / width, (top + height - y) / height ]
              | _ -> () ]
    let expected =
        [ [ 0.25, 0.5; 1.0, 0.5 ]
          [ 1.0, 0.5; 0.25, 0.5; 0.25, 1.0 ]
          // Both ends of this way are out of range.
          [ 0.75, 1.0; 1.0, 0.75 ]
          [ 1.0, 0.25; 0.75, 0.0 ] ]
    isEqual (List.map List.length expected) (List.map List.length lines)
    for (x, y), (x', y') in List.zip (List.concat expected) (List.concat lines) do
        Check.nearNumber 1e-9 x x'
        Check.nearNumber 1e-9 y y'

[<Law>]
let ``of any path on a surface as much is drawn as is on it`` (case: Case) =
    let any = [| nan; 0.0; 1.0; 0.5; -3.0; 4.0; infinity |]
    let value i =
        let u = (Random.uniforms (i + 1) (Random.key case.seed))[i]
        if u < 0.3 then any[int (u * 20.0)] else 3.0 * u - 1.4
    let path = [ for i in 0 .. case.rows -> value (2 * i), value (2 * i + 1) ]
    let marks = (Plot.surface "" (0.0, 1.0) (0.0, 1.0) (+) [ "path", path ]).Picture.marks
    let left, top, width, height =
        marks
        |> List.pick (fun mark ->
            match mark with
            | Mark.Pixels(x, y, w, h, _, _) -> Some(x, y, w, h)
            | _ -> None)
    let length places =
        places |> List.pairwise |> List.sumBy (fun ((ax, ay), (bx, by)) -> sqrt ((bx - ax) ** 2.0 + (by - ay) ** 2.0))
    let drawn =
        [ for mark in marks do
              match mark with
              | Mark.Line(places, Paint.Series 1, _, _) ->
                  [ for x, y in places -> (x - left) / width, (top + height - y) / height ]
              | Mark.Dot(x, y, 3.0, Paint.Series 1, _) -> [ (x - left) / width, (top + height - y) / height ]
              | _ -> () ]
    for x, y in List.concat drawn do
        isTrue (x > -1e-9 && x < 1.0 + 1e-9 && y > -1e-9 && y < 1.0 + 1e-9) $"{x}, {y} is beyond the edge"
    // How much of a way is on the surface: as many of its small parts as have their middle there.
    let isOn (x, y) = x >= 0.0 && x <= 1.0 && y >= 0.0 && y <= 1.0
    let parts = 2000
    let share ((ax, ay), (bx, by)) =
        let middle i =
            let at = (float i + 0.5) / float parts
            ax + at * (bx - ax), ay + at * (by - ay)
        float (Seq.length (Seq.filter (middle >> isOn) (seq { 0 .. parts - 1 }))) / float parts
    let expected =
        [ for way in List.pairwise path do
              let isThere (x, y) = Double.IsFinite x && Double.IsFinite y
              if isThere (fst way) && isThere (snd way) then share way * length [ fst way; snd way ] ]
    Check.nearNumber (0.01 + 0.005 * float path.Length) (List.sum expected) (List.sumBy length drawn)

[<Test>]
let ``a metric that is the loss is drawn once, and one that is not always`` () =
    let curves reports =
        let report i (running: float * float, validation: (float * float) option) : EpochReport =
            let evaluation (loss, metric) : Evaluation = { Loss = loss; Metric = metric; MetricName = "mse" }
            { Epoch = i + 1
              Running = evaluation running
              After = Nullable()
              Validation = validation |> Option.map evaluation |> Option.toNullable
              LearningRate = 0.1
              Seconds = 0.0 }
        [ for series in (chartOf (Plot.curves (TrainingHistory(Array.mapi report reports)))).series -> series.Name ]
    isEqual [ "train loss" ] (curves [| (2.0, 2.0), None; (1.0, 1.0), None |])
    isEqual [ "train loss" ] (curves [| (2.0, 2.0), None; (nan, nan), None |])
    isEqual [ "train loss"; "train mse" ] (curves [| (2.0, 2.0), None; (1.0, 3.0), None |])
    isEqual
        [ "train loss"; "validation loss"; "train mse"; "validation mse" ]
        (curves [| (2.0, 2.0), Some(1.0, 1.0); (1.0, 1.0), Some(1.0, 2.0) |])

[<Test>]
let ``a metric that is the loss of a fit is drawn once`` () =
    let fit loss = Fit.run { Fit.defaults with model = Model.linear 1 1; loss = loss; validation = Some line.Value } line.Value
    let names loss = [ for series in (chartOf (Plot.curves (fit loss).history)).series -> series.Name ]
    isEqual [ "train loss"; "validation loss" ] (names Loss.mse)
    isEqual [ "train loss"; "validation loss"; "train mse"; "validation mse" ] (names Loss.squared)

[<Test>]
let ``a table has each number in its row and column, and a name for both`` () =
    let root = sound (Plot.heatMap "" [ "a"; "b" ] [ "x"; "y"; "z" ] (array2D [ [ 1.0; 2.0; 3.0 ]; [ 4.0; 5.0; -8.0 ] ])).Svg
    let at (text: string) =
        let found = root.Elements(svgName "text") |> Seq.find (fun element -> element.Value = text)
        value found "x", value found "y"
    for row, name in List.indexed [ "a"; "b" ] do
        for column, other in List.indexed [ "x"; "y"; "z" ] do
            let text = [ "1"; "2"; "3"; "4"; "5"; "-8" ] |> List.item (3 * row + column)
            isEqual (fst (at other), snd (at name)) (at text)
            let says = $"{name}, {other}: {text}"
            let boxes = root.Elements(svgName "rect") |> Seq.filter (fun box -> box.Value = says) |> Seq.toList
            isEqual 2 boxes.Length
            isEqual (if text = "-8" then "ln-1" else "ln-0") (classesOf boxes[1])

[<Test>]
let ``curves are what a fit reports`` () =
    let history = classifier.Value.history
    let chart = chartOf (Plot.curves history)
    let shown name = lineOf chart name |> Array.toList
    for series in chart.series do
        match series.Shape with
        | Shape.Line(_, isDashed) -> isEqual (series.Name.StartsWith "validation") isDashed
        | _ -> failwith "expected a line"
    let expected pick = [ for report: EpochReport in history -> float report.Epoch, pick report ]
    isEqual (expected _.Running.Loss) (shown "train loss")
    isEqual (expected _.Running.Metric) (shown "train accuracy")
    isEqual (expected _.After.Value.Loss) (shown "loss after the epoch")
    isEqual (expected _.Validation.Value.Loss) (shown "validation loss")
    isEqual (expected _.Validation.Value.Metric) (shown "validation accuracy")
    let ticks = (sound (Plot.curves history).Svg).Elements(svgName "text") |> Seq.map _.Value |> Seq.toList
    isTrue ([ "1"; "2"; "3"; "4"; "5" ] |> List.forall (fun epoch -> List.contains epoch ticks)) $"%A{ticks}"
    isTrue (not (List.contains "1.5" ticks)) "an epoch and a half"

[<Test>]
let ``whole numbers alone are marked where they are asked for`` () =
    let marks (plot: Plot) = [ for text in (sound plot.Svg).Elements(svgName "text") -> text.Value ]
    let flat low high = Plot.ofSeries "" [ Series.line "" [ low; high ] [ 5.0; 5.0 ] ]
    let halves, wholes = marks (flat 19999.0 20002.0), marks (flat 19999.0 20002.0 |> Plot.wholeX)
    isTrue (List.contains "20000.5" halves) $"%A{halves}"
    isTrue (List.contains "20000" wholes && not (List.contains "20000.5" wholes)) $"%A{wholes}"
    let powers = marks (flat 0.001 1000.0 |> Plot.logX |> Plot.wholeX)
    isTrue (List.contains "10³" powers && not (List.contains "10⁻³" powers)) $"%A{powers}"

[<Test>]
let ``regions are the classifier's choice at every pixel`` () =
    let asked = ResizeArray<Dataset>()
    let choose (grid: Dataset) =
        asked.Add grid
        Fit.classes grid classifier.Value
    match (chartOf (Plot.regions choose points.Value)).series.Head.Shape with
    | Shape.Ground((x0, y0), (x1, y1), png) ->
        let width, height, pixel = decode png
        let chosen = Fit.classes asked[0] classifier.Value
        let reach = max (x1 - x0) (y1 - y0)
        for row in 0..7 .. height - 1 do
            for column in 0..7 .. width - 1 do
                let at = row * width + column
                Check.nearNumber (1e-6 * reach) (x0 + (x1 - x0) * (float column + 0.5) / float width) (asked[0].Feature(at, 0))
                Check.nearNumber (1e-6 * reach) (y1 - (y1 - y0) * (float row + 0.5) / float height) (asked[0].Feature(at, 1))
                isEqual (Svg.middle chosen[at]) (Array.truncate 3 (pixel column row))
    | _ -> failwith "expected a ground"

[<Test>]
let ``images are shown from black to white, and weights by their sign`` () =
    let first (plot: Plot) =
        plot.Picture.marks
        |> List.pick (fun mark ->
            match mark with
            | Mark.Pixels(_, _, _, _, png, _) -> Some png
            | _ -> None)
        |> decode
    let width, height, pixel = first (Plot.images "" garments.Value)
    isEqual (28, 28) (width, height)
    let row = garments.Value.Row 0
    for i in 0..783 do
        let shade = byte row[i]
        isEqual [| shade; shade; shade; 255uy |] (pixel (i % 28) (i / 28))
    let _, _, pixel = first (Plot.weights { Height = 1; Width = 3 } [ "a" ] (dsharp.tensor([ 2.0; -1.0; 0.0 ]).view [ 3; 1 ]))
    isEqual "268CCDFF" (Convert.ToHexString(pixel 0 0)) // between #0072B2 and #4CA6E8
    isEqual "EA752180" (Convert.ToHexString(pixel 1 0)) // between #D55E00 and #FF8C42, and half as large
    isEqual 0uy (Array.last (pixel 2 0))

[<Test>]
let ``what cannot be drawn is refused`` () =
    let settings words act = Check.fails<SettingsException> words (fun () -> act () |> ignore)
    settings [ "has no names of axes" ] (fun () -> Plot.confusion scores.Value.ConfusionMatrix |> Plot.labels "a" "b")
    settings [ "has no whole numbers" ] (fun () -> Plot.confusion scores.Value.ConfusionMatrix |> Plot.wholeX)
    settings [ "has no axis of powers" ] (fun () ->
        Plot.regions (fun grid -> Fit.classes grid classifier.Value) points.Value |> Plot.logX)
    settings [ "'a'"; "1"; "2, as there are places" ] (fun () -> Series.line "a" [ 1.0; 2.0 ] [ 1.0 ])
    settings [ "number of bars"; "0" ] (fun () -> Plot.histogram "" 0 [ 1.0 ])
    settings [ "standard deviation is 0" ] (fun () -> Plot.normals [ 0.0, 0.0 ])
    settings [ "features to plot is 784" ] (fun () -> Plot.classes garments.Value)
    settings [ "targets to plot is numbers" ] (fun () -> Plot.classes (Synthetic.linear Synthetic.defaults))
    settings [ "features to plot is 2" ] (fun () -> Plot.regression classifier.Value points.Value)
    settings [ "number of classes is 1" ] (fun () -> Plot.regions (fun _ -> [| 0 |]) points.Value)
    settings [ "range of a surface is 1 to 1" ] (fun () -> Plot.surface "" (1.0, 1.0) (0.0, 1.0) (fun a _ -> a) [])
    settings [ "not images" ] (fun () -> Plot.images "" points.Value)
    settings [ "predictions is 1" ] (fun () -> Plot.predictions "" [| 1 |] garments.Value)
    settings [ "prediction is 10"; "0 to 9" ] (fun () -> Plot.predictions "" (Array.create 60 10) garments.Value)
    settings [ "weights of a class is 3" ] (fun () -> Plot.weights { Height = 2; Width = 2 } [ "a" ] (dsharp.ones [ 3; 1 ]))
    settings [ "names is 1 and 1" ] (fun () -> Plot.heatMap "" [ "a" ] [ "b" ] (Array2D.zeroCreate 2 1))
    settings [ "no layer with weights" ] (fun () -> Plot.network [] [] Model.sigmoid)
    settings [ "number of plots" ] (fun () -> Plot.grid 2 [])
    Check.fails<ShapeException> [ "Plot.weights"; "[3]" ] (fun () ->
        Plot.weights { Height = 1; Width = 3 } [] (dsharp.ones [ 3 ]) |> ignore)
    Check.fails<DataException> [ "histogram" ] (fun () -> Plot.histogram "" 3 [] |> ignore)
    Check.fails<DataException> [ "histogram"; "NaN" ] (fun () -> Plot.histogram "" 3 [ 1.0; nan ] |> ignore)

[<Test>]
let ``a plot is saved by the ending of its file, wholly or not at all`` () =
    let folder = Directory.CreateTempSubdirectory "plots"
    try
        let path name = Path.Combine(folder.FullName, name)
        let plot = Plot.loss Loss.squared
        for name, expected in [ "a.svg", plot.Svg; "a.HTML", plot.Html; "a.htm", plot.Html ] do
            File.WriteAllText(path name, String('x', 1_000_000))
            plot |> Plot.save (path name)
            isEqual expected (File.ReadAllText(path name))
        Check.fails<SettingsException> [ "'.png'"; ".svg" ] (fun () -> plot |> Plot.save (path "a.png"))
        Check.fails<SettingsException> [ "''" ] (fun () -> plot |> Plot.save (path "a"))
        Check.fails<IOException> [ "does not exist" ] (fun () -> plot |> Plot.save (path "none/a.svg"))
        isEqual
            [ "a.HTML"; "a.htm"; "a.svg" ]
            (folder.GetFiles()
             |> Array.map _.Name
             |> Array.sortWith (fun a b -> String.CompareOrdinal(a, b))
             |> Array.toList)
    finally
        folder.Delete true

// ---- the structure that is kept ----------------------------------------------------------------------------------------

/// Title, description, and how many elements there are of each kind and colour.
let private structure (name: string, plot: Plot) =
    let root = sound plot.Svg
    let text name =
        match root.Element(svgName name) with
        | null -> ""
        | element -> element.Value
    let title, desc = text "title", text "desc"
    let counts =
        root.Descendants()
        |> Seq.filter (fun e -> e.Parent = root && classesOf e <> "")
        |> Seq.countBy (fun e -> e.Name.LocalName + "." + classesOf e)
    [ $"{name}: {title}"
      $"  {desc}"
      for kind, count in Seq.sortWith (fun (a, _) (b, _) -> String.CompareOrdinal(a, b)) counts do
          $"  {kind} {count}" ]

[<Test>]
let ``every kind of picture has the structure that is kept`` () =
    let path = Repository.file "tests/plots/structure.txt"
    let actual = String.Join("\n", kinds.Value |> List.collect structure) + "\n"
    if Environment.GetEnvironmentVariable "LINEARNETS_ACCEPT_PLOTS" = "1" then
        Directory.CreateDirectory(Path.GetDirectoryName path) |> ignore
        File.WriteAllText(path, actual)
    else
        Assert.That(
            actual,
            Is.EqualTo(File.ReadAllText(path).ReplaceLineEndings "\n"),
            "set LINEARNETS_ACCEPT_PLOTS=1 where that is meant"
        )

// ---- in a browser ------------------------------------------------------------------------------------------------------

/// Says of every picture of the page which texts are cut off or overlap, and whether there is anything.
let private measuring =
    """
    const problems = [];
    for (const svg of document.querySelectorAll('svg')) {
      const name = svg.parentNode.id, frame = svg.getBoundingClientRect();
      const texts = [...svg.querySelectorAll('text')].map(e => [e.textContent.slice(0, 40), e.getBoundingClientRect()]).filter(([, b]) => b.width > 0);
      for (const [text, b] of texts)
        if (b.left < frame.left - 0.5 || b.right > frame.right + 0.5 || b.top < frame.top - 0.5 || b.bottom > frame.bottom + 0.5)
          problems.push(name + ': cut off: ' + text);
      texts.forEach(([one, a], i) => texts.slice(i + 1).forEach(([other, b]) => {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left), down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 2 && down > 2) problems.push(name + ': overlap: ' + one + ' | ' + other);
      }));
      const drawn = [...svg.querySelectorAll('rect, polyline, polygon, circle, image, text')].slice(1);
      if (!drawn.some(e => { const b = e.getBoundingClientRect(); return b.width > 0 && b.height > 0; })) problems.push(name + ': blank');
    }
    const glyph = text => {
      const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
      context.font = '40px sans-serif';
      context.fillText(text, 10, 60);
      return context.getImageData(0, 0, 100, 100).data.join();
    };
    if (glyph('损') === glyph('失')) problems.push('no font for Chinese');
    // The pixels, light and dark: the ground is what it should be, and there is something on it.
    const kinds = [...document.querySelectorAll('.kind svg')];
    for (const [scheme, ground] of [['not all', '255,255,255'], ['all', '21,25,30']])
      for (const svg of kinds) {
        const image = new Image(), canvas = document.createElement('canvas'), context = canvas.getContext('2d', { willReadFrequently: true });
        const text = new XMLSerializer().serializeToString(svg).replace('(prefers-color-scheme:dark)', ' ' + scheme);
        image.src = 'data:image/svg+xml,' + encodeURIComponent(text);
        await image.decode();
        canvas.width = image.width; canvas.height = image.height;
        context.drawImage(image, 0, 0);
        const pixels = context.getImageData(0, 0, image.width, image.height).data;
        let drawn = 0;
        for (let i = 0; i < pixels.length; i += 4)
          if (Math.abs(pixels[i] - pixels[0]) + Math.abs(pixels[i + 1] - pixels[1]) + Math.abs(pixels[i + 2] - pixels[2]) > 60) drawn++;
        const name = svg.parentNode.id + (scheme === 'all' ? ', dark' : ', light');
        if (pixels.slice(0, 3).join() !== ground) problems.push(name + ': on ' + pixels.slice(0, 3).join());
        if (drawn < 0.005 * image.width * image.height) problems.push(name + ': ' + drawn + ' pixels');
      }
    const list = document.createElement('pre');
    list.id = 'problems';
    list.textContent = 'measured ' + document.querySelectorAll('svg').length + ', ' + kinds.length + ' in pixels\n' + problems.join('\n');
    document.body.append(list);
    """

[<Test>]
let ``in a browser no text is cut off or lies over another, and no picture is blank`` () =
    let unusual = unusual.Value |> List.filter (fun (name, _) -> name <> "no cell")
    let folder = Directory.CreateTempSubdirectory "plots"
    try
        // It stays, to be looked at.
        let page = Repository.file "artifacts/plots.html"
        let section kind pictures =
            [ for name, plot: Plot in pictures -> $"<div class=\"{kind}\" id=\"{name}\">{plot.Svg}</div>\n" ]
            |> String.concat ""
        let drawn = section "kind" kinds.Value + section "unusual" unusual
        File.WriteAllText(
            page,
            $"<!doctype html><meta charset=\"utf-8\"><body>{drawn}<script>addEventListener('load', async () => {{{measuring}}})</script></body>"
        )
        let arguments =
            [ "--headless"
              "--no-sandbox"
              "--disable-gpu"
              "--disable-dev-shm-usage"
              $"--user-data-dir={folder.FullName}/profile"
              "--window-size=1200,900"
              // The page is read when what it waits for has come, however long that takes.
              "--virtual-time-budget=60000"
              "--dump-dom"
              Uri(page).AbsoluteUri ]
        match
            [ "chromium"; "chromium-browser"; "google-chrome" ]
            |> List.tryPick (fun program -> Python.run program arguments "")
        with
        | None -> Tool.missing "chromium"
        | Some(code, output, error) ->
            let said = Regex.Match(output, "<pre id=\"problems\">(.*?)</pre>", RegexOptions.Singleline)
            isTrue (code = 0 && said.Success) $"the browser ended with {code}: {error}"
            Assert.That(
                said.Groups[1].Value.Trim(),
                Is.EqualTo $"measured {kinds.Value.Length + unusual.Length}, {kinds.Value.Length} in pixels"
            )
    finally
        folder.Delete true
