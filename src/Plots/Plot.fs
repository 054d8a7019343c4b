// Plots: what is seen of data, of training and of models, as pictures that need nothing besides.

namespace LinearNets

open System
open System.ComponentModel
open System.IO
open System.Text
open LinearNets.FSharp

/// What a plot is of.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal Shown =
    | Axes of Chart
    /// What makes a picture with a title, and the title.
    | Drawing of (string -> Picture) * string

/// <summary>A plot: a picture for a page, a file or a notebook.</summary>
[<Sealed; StructuredFormatDisplay("{Text}"); TypeFormatterSource>]
type Plot internal (shown: Shown) =

    let picture =
        lazy
            (match shown with
             | Shown.Axes chart -> Chart.draw chart
             | Shown.Drawing(draw, title) -> draw title)

    member internal _.Shown = shown
    member internal _.Picture = picture.Value

    /// <summary>The picture as SVG. It has no script and needs no file or font besides, and suits light and dark pages.</summary>
    member _.Svg = Svg.write picture.Value

    /// <summary>A page with the picture.</summary>
    member plot.Html =
        let title = if picture.Value.title = "" then "Plot" else picture.Value.title
        // The ground is the picture's, whose classes hold on all of the page.
        Browser.page title "class=\"ln-ground\" style=\"margin:1em;background:currentColor\"" plot.Svg

    /// <summary>Writes the picture to a file, by its ending: <c>.svg</c> or <c>.html</c>.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <exception cref="T:LinearNets.SettingsException">The ending is another one.</exception>
    /// <exception cref="T:System.IO.IOException">The file cannot be written.</exception>
    member plot.Save(path: string) =
        ArgumentException.ThrowIfNullOrEmpty(path, nameof path)
        let text =
            match Path.GetExtension(path).ToLowerInvariant() with
            | ".svg" -> plot.Svg
            | ".html"
            | ".htm" -> plot.Html
            | ending -> Errors.plotEnding ending
        Browser.save path text

    /// <summary>Shows the picture in a browser: it is written to a file of its own in the temporary folder.</summary>
    /// <returns>The file.</returns>
    member plot.Show() = Browser.show "plot" plot.Html

    /// <summary>The title, and what is shown.</summary>
    override _.ToString() =
        match picture.Value.title, picture.Value.says with
        | "", says -> says
        | title, "" -> title
        | title, says -> say $"{title}: {says}"

    member private plot.Text = plot.ToString()

/// <summary>Shows a plot in a notebook. .NET Interactive finds it by its name and those of its members, so that no package is needed.</summary>
and [<Sealed; AttributeUsage(AttributeTargets.Class); EditorBrowsable(EditorBrowsableState.Never)>] TypeFormatterSourceAttribute()
    =
    inherit Attribute()
    /// <summary>What makes formatters.</summary>
    member _.FormatterSourceType = typeof<TypeFormatterSourceAttribute>
    /// <summary>HTML.</summary>
    member _.PreferredMimeTypes = [| "text/html" |]
    /// <summary>The one formatter.</summary>
    member formatter.CreateTypeFormatters() : obj[] = [| formatter |]
    /// <summary>HTML.</summary>
    member _.MimeType = "text/html"
    /// <summary>Writes a plot.</summary>
    member _.Format(instance: obj, writer: TextWriter) =
        match instance with
        | :? Plot as plot ->
            writer.Write plot.Svg
            true
        | _ -> false

namespace LinearNets.FSharp

open System
open LinearNets

/// <summary>What is drawn between the axes of a plot.</summary>
[<RequireQualifiedAccess>]
module Series =

    let private pairs name (xs: float seq) (ys: float seq) =
        let xs, ys = Seq.toArray xs, Seq.toArray ys
        Errors.require
            (say $"The number of values of '{name}'")
            (xs.Length = ys.Length)
            ys.Length
            (say $"{xs.Length}, as there are places")
        Array.zip xs ys

    let private make name shape = Series(Lettering.clean name, shape, ValueNone)

    /// <summary>Points joined by a line. Where a value is not finite the line is broken.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There are not as many values as places.</exception>
    let line name xs ys = make name (Shape.Line(pairs name xs ys, false))

    /// <summary>The same with a broken line.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There are not as many values as places.</exception>
    let dashed name xs ys = make name (Shape.Line(pairs name xs ys, true))

    /// <summary>Points. Of more than 5000 every second is drawn, or every third, and so on.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There are not as many values as places.</exception>
    let points name xs ys = make name (Shape.Dots(pairs name xs ys))

    /// <summary>What lies between two lines.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There are not as many values as places.</exception>
    let band name xs low high =
        let low, high = pairs name xs low, pairs name xs high
        make name (Shape.Band(Array.map fst low, Array.map snd low, Array.map snd high))

    /// <summary>Bars, each from one place until another and so high.</summary>
    let bars name (bars: (float * float * float) seq) = make name (Shape.Bars(Seq.toArray bars))

    /// <summary>A function, by 200 of its values.</summary>
    let graph name (low: float) (high: float) (f: float -> float) =
        let xs = Array.init 201 (fun i -> low + (high - low) * float i / 200.0)
        line name xs (Array.map f xs)

    /// <summary>The same in the colour with a number; series that belong together may share one.</summary>
    let colour number (series: Series) = Series(series.Name, series.Shape, ValueSome number)

/// <summary>Plots. <c>fitted.history |> Plot.curves |> Plot.save "loss.svg"</c></summary>
[<RequireQualifiedAccess>]
module Plot =

    /// <summary>Series between two axes.</summary>
    let ofSeries title (series: Series list) =
        Plot(
            Shown.Axes
                { title = Lettering.clean title
                  xLabel = ""
                  yLabel = ""
                  isLogX = false
                  isLogY = false
                  isWholeX = false
                  series = series }
        )

    let private drawing title draw = Plot(Shown.Drawing(draw, Lettering.clean title))

    let private change what (change: Chart -> Chart) (plot: Plot) =
        ArgumentNullException.ThrowIfNull(plot, nameof plot)
        match plot.Shown with
        | Shown.Axes chart -> Plot(Shown.Axes(change chart))
        | Shown.Drawing _ -> Errors.plotWithout "axes" what

    let private powers (change': Chart -> Chart) plot =
        plot
        |> change "axis of powers" (fun chart ->
            // Its pixels are even.
            if chart.series |> List.exists _.Shape.IsGround then Errors.plotWithout "curves alone" "axis of powers"
            change' chart)

    /// <summary>The plot with names for its axes.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The plot has no axes.</exception>
    let labels x y plot =
        plot
        |> change "names of axes" (fun chart -> { chart with xLabel = Lettering.clean x; yLabel = Lettering.clean y })

    /// <summary>The plot with another title.</summary>
    let title title (plot: Plot) =
        match plot.Shown with
        | Shown.Axes chart -> Plot(Shown.Axes { chart with title = Lettering.clean title })
        | Shown.Drawing(draw, _) -> drawing title draw

    /// <summary>The plot with more between its axes: a density over a histogram, say.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The plot has no axes.</exception>
    let add (series: Series list) plot = plot |> change "series" (fun chart -> { chart with series = chart.series @ series })

    /// <summary>The plot with powers of ten along x. What is 0 or less is left out.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The plot has no axes, or regions or levels between them.</exception>
    let logX plot = plot |> powers (fun chart -> { chart with isLogX = true })

    /// <summary>The plot with powers of ten along y. What is 0 or less is left out.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The plot has no axes, or regions or levels between them.</exception>
    let logY plot = plot |> powers (fun chart -> { chart with isLogY = true })

    /// <summary>The plot with marks at whole numbers alone along x: for epochs, say, of which there is no half.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The plot has no axes.</exception>
    let wholeX plot = plot |> change "whole numbers" (fun chart -> { chart with isWholeX = true })

    /// <summary>The course of a training: the loss and the metric over the minibatches, and after each epoch where they were asked for,
    /// of the validation data too.</summary>
    /// <exception cref="T:LinearNets.DataException">There are no epochs.</exception>
    let curves (history: TrainingHistory) =
        ArgumentNullException.ThrowIfNull(history, nameof history)
        if history.Count = 0 then Errors.noEpochs ()
        let reports = Seq.toArray history
        let epochs = reports |> Array.map (fun report -> float report.Epoch)
        let line draw colour name (pick: EpochReport -> Nullable<Evaluation>) (value: Evaluation -> float) =
            let values = reports |> Array.map (fun report -> pick report |> fun e -> if e.HasValue then value e.Value else nan)
            if Array.forall Double.IsNaN values then [] else [ draw name epochs values |> Series.colour colour ]
        let metric = reports[0].Running.MetricName
        let running (report: EpochReport) = Nullable report.Running
        // A mean squared error may be loss and metric: then it is drawn once.
        let isLoss (e: Nullable<Evaluation>) = not e.HasValue || e.Value.Metric.Equals e.Value.Loss
        let isOne = reports |> Array.forall (fun report -> isLoss (running report) && isLoss report.Validation)
        let metrics = if isOne then [] else [ "train", Series.line, running; "validation", Series.dashed, _.Validation ]
        ofSeries
            "Training"
            [ yield! line Series.line 0 "train loss" running _.Loss
              yield! line Series.line 2 "loss after the epoch" _.After _.Loss
              yield! line Series.dashed 0 "validation loss" _.Validation _.Loss
              for data, draw, pick in metrics do
                  yield! line draw 1 (say $"{data} {metric}") pick _.Metric ]
        |> labels "epoch" ""
        |> wholeX

    // ---- data -----------------------------------------------------------------------------------------------------

    /// <summary>How often values lie in each of so many parts of their range, as a density: the bars have the area 1.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There is no part, or there are more than 10000.</exception>
    /// <exception cref="T:LinearNets.DataException">There are no values, or one is not finite.</exception>
    let histogram title bins (values: float seq) =
        Errors.require "The number of bars" (bins >= 1 && bins <= 10000) bins "1 to 10000"
        let values = Seq.toArray values
        if values.Length = 0 then Errors.empty "histogram"
        values
        |> Array.iteri (fun i value ->
            if not (Double.IsFinite value) then Errors.notFinite "histogram" "the values of" (int64 i) title value)
        let low, high = Scale.ends (Array.min values, Array.max values)
        let width = high / float bins - low / float bins
        let counts = Array.zeroCreate<int> bins
        for value in values do
            let bin = min (bins - 1) (int (value / width - low / width))
            counts[bin] <- counts[bin] + 1
        let bars =
            counts
            |> Array.mapi (fun i count ->
                low + width * float i, low + width * float (i + 1), float count / float values.Length / width)
        ofSeries title [ Series.bars "" bars ] |> labels "" "density"

    /// <summary>The densities of normal distributions with means and standard deviations, each as far as four of these.</summary>
    /// <exception cref="T:LinearNets.SettingsException">A standard deviation is not a finite number above 0.</exception>
    let normals (parameters: (float * float) list) =
        for _, sd in parameters do
            Errors.positive "The standard deviation" sd
        let density mean sd x = exp (-0.5 * ((x - mean) / sd) ** 2.0) / (sd * sqrt (2.0 * Math.PI))
        ofSeries
            "Normal densities"
            [ for mean, sd in parameters ->
                  Series.graph (say $"μ = {mean}, σ = {sd}") (mean - 4.0 * sd) (mean + 4.0 * sd) (density mean sd) ]
        |> labels "x" "p(x)"

    let private finite title (data: Dataset) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        data.CheckFeatures title
        data.CheckTargets title

    let private columnOf (data: Dataset) column = Array.init data.Rows (fun row -> data.Feature(row, column))

    let private wants what holds got expected = Errors.require what holds got expected

    /// <summary>The rows of two features, in the colours of their classes.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There are not two features, or there are no classes.</exception>
    let classes (data: Dataset) =
        finite "plot" data
        wants "The number of features to plot" (data.Columns = 2) data.Columns "2, for two axes"
        wants "The targets to plot" data.HasClasses "numbers" "classes"
        let x, y = columnOf data 0, columnOf data 1
        let labels' = Array.init data.Rows (fun row -> int (Array.head (data.Target row)))
        ofSeries
            "Classes"
            [ for k, name in Seq.indexed data.ClassNames do
                  let rows =
                      [| for row in 0 .. data.Rows - 1 do
                             if labels'[row] = k then row |]
                  if rows.Length > 0 then
                      Series.points name (rows |> Array.map (fun row -> x[row])) (rows |> Array.map (fun row -> y[row]))
                      |> Series.colour k ]
        |> labels data.FeatureNames[0] data.FeatureNames[1]

    let internal throughRows name (predict: Dataset -> float[]) (data: Dataset) =
        finite "plot" data
        wants "The number of features to plot" (data.Columns = 1) data.Columns "1"
        wants "The targets to plot" (not data.HasClasses && data.Outputs = 1) (say $"{data.Outputs}") "one number"
        let x = columnOf data 0
        let y = Array.init data.Rows (fun row -> Array.head (data.Target row))
        let ends = [| Array.IndexOf(x, Array.min x); Array.IndexOf(x, Array.max x) |]
        ofSeries
            (say $"{data.TargetNames[0]} by {data.FeatureNames[0]}")
            [ Series.points "rows" x y; Series.line name (ends |> Array.map (fun i -> x[i])) (predict (data.Pick ends)) ]
        |> labels data.FeatureNames[0] data.TargetNames[0]

    /// <summary>The rows of one feature and one target, and the line that a model draws through them.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There is not one feature and one target.</exception>
    let regression (fitted: Fitted) (data: Dataset) =
        data
        |> throughRows fitted.model.name (fun rows ->
            (Fit.scores rows fitted).view([ rows.Rows ]).cast(Dtype.Float64).toArray1D<float>())

    /// <summary>Which class a rule chooses where, for two features: <c>Plot.regions (fun grid -> Fit.classes grid fitted) data</c>.</summary>
    /// <param name="classesOf">The number of the class for each row.</param>
    /// <param name="data">Rows that are drawn above, and say how far the plot goes.</param>
    /// <exception cref="T:LinearNets.SettingsException">There are not two features, or there are no classes.</exception>
    let regions (classesOf: Dataset -> int[]) (data: Dataset) =
        let width, height = 256, 160
        let points = classes data
        let ends column =
            let values = columnOf data column
            let low, high = Scale.ends (Array.min values, Array.max values)
            let room = 0.08 * (high - low)
            low - room, high + room
        let (x0, x1), (y0, y1) = ends 0, ends 1
        let place i column =
            if column = 0 then
                x0 + (x1 - x0) * (float (i % width) + 0.5) / float width
            else
                y1 - (y1 - y0) * (float (i / width) + 0.5) / float height
        let none = Array.zeroCreate<float>(width * height)
        let grid =
            if Data.dtype data = Dtype.Float64 then
                Dataset.From(Array2D.init (width * height) 2 place, none)
            else
                Dataset.From(Array2D.init (width * height) 2 (fun i column -> float32 (place i column)), Array.map float32 none)
        let grid = grid.WithFeatureNames(Seq.toArray data.FeatureNames)
        let chosen = classesOf grid
        wants "The number of classes" (chosen.Length = grid.Rows) chosen.Length (say $"{grid.Rows}, as there are rows")
        match points.Shown with
        | Shown.Axes chart ->
            let ground = Shape.Ground((x0, y0), (x1, y1), Drawings.classes width height 0.25 (fun i -> chosen[i]))
            Plot(Shown.Axes { chart with title = "Decision regions"; series = Series("", ground, ValueNone) :: chart.series })
        | Shown.Drawing _ -> points

    /// <summary>How often what was predicted with some probability came true: a calibrated model is on the diagonal.</summary>
    let calibration (scores: ClassificationScores) =
        ArgumentNullException.ThrowIfNull(scores, nameof scores)
        let bins = Seq.toArray scores.Reliability.Bins
        ofSeries
            "Calibration"
            [ Series.dashed "calibrated" [ 0.0; 1.0 ] [ 0.0; 1.0 ] |> Series.colour 7
              Series.line "the model" (bins |> Array.map _.MeanProbability) (bins |> Array.map _.ObservedShare)
              |> Series.colour 0
              Series.points "" (bins |> Array.map _.MeanProbability) (bins |> Array.map _.ObservedShare) |> Series.colour 0 ]
        |> labels "mean probability" "observed share"

    // ---- losses ---------------------------------------------------------------------------------------------------

    /// <summary>A loss of one output by ŷ − y, its derivative, and the likelihood e^(−loss) that it stands for.</summary>
    let loss (loss: Loss) =
        let residuals = Array.init 241 (fun i -> -3.0 + float i / 40.0)
        let scores = dsharp.tensor(residuals, dtype = Dtype.Float64).view [ residuals.Length; 1 ]
        let targets = scores.zerosLike ()
        let rows (ŷ: Tensor) = (loss.rows ŷ targets).view [ residuals.Length ]
        let values (t: Tensor) = t.view([ residuals.Length ]).toArray1D<float>()
        let all = values (rows scores)
        ofSeries
            (say $"The loss '{loss.name}'")
            [ Series.line "loss" residuals all
              Series.line "derivative" residuals (values (dsharp.grad (fun ŷ -> (rows ŷ).sum()) scores))
              Series.dashed "likelihood e^(−loss)" residuals (all |> Array.map (fun value -> exp -value)) ]
        |> labels "ŷ − y" ""

    /// <summary>A function of two numbers by its levels, with paths over it: of parameters on their way down, say.</summary>
    /// <param name="title">What it is.</param>
    /// <param name="x">From and until.</param>
    /// <param name="y">From and until.</param>
    /// <param name="f">The function.</param>
    /// <param name="paths">A name and places for each; what is beyond the ends is not shown.</param>
    /// <exception cref="T:LinearNets.SettingsException">A range does not go upwards.</exception>
    let surface
        title
        (x: float * float)
        (y: float * float)
        (f: float -> float -> float)
        (paths: (string * (float * float) list) list)
        =
        let width, height = 160, 100
        let (x0, x1), (y0, y1) = x, y
        for from, until in [ x; y ] do
            let isRange = Scale.isThere false from && Scale.isThere false until && Scale.ends (from, until) = (from, until)
            wants "The range of a surface" isRange (say $"{from} to {until}") "a number to a larger one"
        let values =
            Array.init (width * height) (fun i ->
                f
                    (x0 + (x1 - x0) * (float (i % width) + 0.5) / float width)
                    (y1 - (y1 - y0) * (float (i / width) + 0.5) / float height))
        // Levels by rank, each of the same area: a surface is steep at its edge and flat where it is looked at.
        let sorted = Array.sort values
        let rank value =
            let at = Array.BinarySearch(sorted, value)
            float (if at < 0 then ~~~at else at) / float sorted.Length
        let ground = Drawings.levels width height 14 (fun i -> rank values[i])
        ofSeries
            title
            [ Series("", Shape.Ground((x0, y0), (x1, y1), ground), ValueNone)
              for i, (name, places) in List.indexed paths do
                  Series.line name (List.map fst places) (List.map snd places) |> Series.colour (i + 1)
                  Series.points "" (List.map fst places) (List.map snd places) |> Series.colour (i + 1) ]

    // ---- images and tables ----------------------------------------------------------------------------------------

    let private imageOf (data: Dataset) = if data.ImageShape.HasValue then data.ImageShape.Value else Errors.notImages ()

    let internal tiles title (data: Dataset) (captions: int -> struct (string * string * Paint)) =
        finite "plot" data
        let title = Lettering.clean title
        let shape = imageOf data
        let shown = min data.Rows 60
        let largest = if data.Table.features.IsBytes then 255.0 else 1.0
        let tile row : Tile =
            let struct (above, below, paint) = captions row
            let values = data.Row row
            let png = Drawings.gray shape.Width shape.Height (fun i -> values[i] / largest)
            { png = png; above = above; below = below; paint = paint }
        let tiles = List.init shown tile
        drawing title (fun title -> Drawings.tiles title 9 72.0 tiles)

    /// <summary>Images in rows of nine, each with the name of its class: no more than 60. Bytes go from 0 to 255, other values from 0 to 1.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The rows are not images.</exception>
    let images title (data: Dataset) =
        tiles title data (fun row -> struct ((if data.HasClasses then data.ClassName row else ""), "", Paint.Ink))

    /// <summary>Images with the class that they have above and the one that was predicted below, in another colour where it is wrong.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The rows are not images of classes, there are not as many predictions, or one is no class.</exception>
    let predictions title (predicted: int[]) (data: Dataset) =
        wants "The number of predictions" (predicted.Length = data.Rows) predicted.Length (say $"{data.Rows}, as there are rows")
        wants "The targets to plot" data.HasClasses "numbers" "classes"
        for guess in predicted do
            wants
                "A prediction"
                (guess >= 0 && guess < data.ClassNames.Count)
                guess
                (say $"a number from 0 to {data.ClassNames.Count - 1}")
        tiles title data (fun row ->
            let truth, guess = data.ClassName row, data.ClassNames[predicted[row]]
            struct (truth, guess, (if truth = guess then Paint.Soft else Paint.Series 1)))

    /// <summary>The weights of each class as an image: blue where a pixel speaks for it, orange where it speaks against it.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The weights are not those of such images, or there are not as many names.</exception>
    let weights (image: ImageShape) (names: string seq) (weights: Tensor) =
        let names = Seq.toArray names
        ArgumentNullException.ThrowIfNull(weights, nameof weights)
        if weights.dim <> 2 then
            Errors.rank "Plot.weights" weights.shape "[pixels; classes]" "Take the weights of a linear layer."
        let inputs, outputs = weights.shape[0], weights.shape[1]
        wants
            "The number of weights of a class"
            (inputs = image.Height * image.Width)
            inputs
            (say $"{image.Height} · {image.Width}")
        wants "The number of names" (names.Length = outputs) names.Length (say $"{outputs}, as there are classes")
        let values = weights.cast(Dtype.Float64).view([ inputs * outputs ]).toArray1D<float>()
        let largest = values |> Array.fold (fun most value -> if Double.IsFinite value then max most (abs value) else most) 0.0
        let tile k : Tile =
            let png = Drawings.signed image.Width image.Height largest (fun i -> values[i * outputs + k])
            { png = png; above = names[k]; below = ""; paint = Paint.Ink }
        let tiles = List.init outputs tile
        drawing "Weights" (fun title -> Drawings.tiles title 5 112.0 tiles)

    /// <summary>A table of numbers by shades of two colours.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There are not as many names as rows and columns.</exception>
    let heatMap title (rowNames: string seq) (columnNames: string seq) (values: float[,]) =
        let names = Seq.map Lettering.clean >> Seq.toArray
        let rowNames, columnNames = names rowNames, names columnNames
        let fits = rowNames.Length = Array2D.length1 values && columnNames.Length = Array2D.length2 values
        let expected = say $"{Array2D.length1 values} and {Array2D.length2 values}, as there are rows and columns"
        wants "The number of names" fits (say $"{rowNames.Length} and {columnNames.Length}") expected
        drawing title (fun title -> Drawings.heatMap title ("", "") rowNames columnNames TextTable.number values)

    /// <summary>A confusion matrix: how many rows of each class were predicted as each.</summary>
    let confusion (matrix: ConfusionMatrix) =
        ArgumentNullException.ThrowIfNull(matrix, nameof matrix)
        let names = Seq.toArray matrix.ClassNames
        let text (value: float) = if value = 0.0 then "" else TextTable.number value
        let values = matrix.ToArray()
        drawing "Confusion matrix" (fun title -> Drawings.heatMap title ("true", "predicted") names names text values)

    // ---- models ---------------------------------------------------------------------------------------------------

    /// <summary>A network: the names of the inputs, the layers of a model, the names of the outputs.</summary>
    /// <exception cref="T:LinearNets.SettingsException">No layer has weights.</exception>
    let network (inputs: string seq) (outputs: string seq) (model: Model) =
        let layers = if model.layers.IsEmpty then [ model ] else model.layers
        let sizes =
            [ for layer in layers do
                  for parameter in layer.parameters do
                      match parameter.shape with
                      | [ inputs; outputs ] -> inputs, outputs
                      | _ -> () ]
        if sizes.IsEmpty then Errors.noWeights model.name
        let named count (names: string seq) (other: string) =
            let names = names |> Seq.map Lettering.clean |> Seq.toArray
            List.init count (fun i -> if i < names.Length then names[i] else say $"{other}{i + 1}")
        let last = sizes.Length - 1
        let units =
            [ "inputs", named (fst sizes[0]) inputs "x"
              for i, (_, count) in List.indexed sizes do
                  if i = last then "outputs", named count outputs "o" else (say $"hidden {i + 1}"), named count [] "h" ]
        drawing model.name (fun title -> Drawings.network title units)

    // ---- together -------------------------------------------------------------------------------------------------

    /// <summary>Plots beside one another, so many in a row.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There are none.</exception>
    let grid columns (plots: Plot list) =
        Errors.atLeast1 "The number of plots" plots.Length
        Errors.atLeast1 "The number of plots in a row" columns
        drawing "" (Drawings.grid columns (plots |> List.map _.Picture))

    /// <summary>Writes a plot to a file, by its ending: <c>.svg</c> or <c>.html</c>.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The ending is another one.</exception>
    /// <exception cref="T:System.IO.IOException">The file cannot be written.</exception>
    let save path (plot: Plot) = plot.Save path

    /// <summary>Shows a plot in a browser.</summary>
    let show (plot: Plot) = plot.Show() |> ignore
