// A report: what is known of a fitted model, and of its predictions for data, as one page.
//
//   rows that count ──► outputs [n; q] ──► the tally of the scores: numbers, mistakes ──► tables and plots ──► <html>, which is XML, too
//
//   how far off a row is     of a class, taken for another     −ln p, p the probability of its own class; |z| of margins
//                            of numbers                        max over outputs of |y − ŷ| / root mean squared error
//
// Whatever is said of names and data goes through `text`, which escapes it and ends what is too long. A table stops after so many
// rows and says how many are left.

namespace LinearNets

open System
open System.IO
open LinearNets.FSharp

/// <summary>What is known of a fitted model and of its predictions for data, as one page that needs nothing besides.</summary>
/// <remarks>It has no script, suits light and dark screens and can be printed. The same model and data give the same page, but for how
/// long the training took.</remarks>
/// <example><code>
/// var (train, test) = Synthetic.Garments(train: 2000, test: 500);
/// SoftmaxModel model = new SoftmaxClassifier().Fit(train);
/// Report report = model.Report(test);
/// report.Save("report.html");
/// </code></example>
[<Sealed; StructuredFormatDisplay("{Text}")>]
type Report internal (title: string, html: string) =

    /// <summary>The page.</summary>
    member _.Html = html

    /// <summary>Writes the page to a file.</summary>
    /// <param name="path">The file, with the ending <c>.html</c> or <c>.htm</c>; one that is there is replaced, once the new one is whole.</param>
    /// <exception cref="T:LinearNets.SettingsException">The ending is another one.</exception>
    /// <exception cref="T:System.IO.IOException">The file cannot be written.</exception>
    member _.Save(path: string) =
        ArgumentException.ThrowIfNullOrEmpty(path, nameof path)
        match Path.GetExtension(path).ToLowerInvariant() with
        | ".html"
        | ".htm" -> Browser.save path html
        | ending -> Errors.reportEnding ending

    /// <summary>Shows the page in a browser: it is written to a file of its own in the temporary folder.</summary>
    /// <returns>The file.</returns>
    member _.Show() = Browser.show "report" html

    /// <summary>The title.</summary>
    override _.ToString() = title

    member private report.Text = report.ToString()

namespace LinearNets.FSharp

open System
open System.Globalization
open System.Text
open LinearNets
open LinearNets.Tensors

/// Parts of a page.
module private Html =

    /// So many rows of a table fit before one's eyes; so many columns of weights.
    let most, mostColumns = 20, 10

    let text (said: string) = Lettering.escape (Lettering.fit 1.0 120.0 said)

    /// A text that others stand beside.
    let short (said: string) = Lettering.fit 1.0 24.0 said

    let paragraph said = say $"<p>{text said}</p>"

    let list (all: string list) = "<ul>" + String.Concat [ for one in all -> say $"<li>{text one}</li>" ] + "</ul>"

    let figure (plot: Plot) = say $"<figure>{plot.Svg}</figure>"

    /// What is in a cell, with a bar beside it where it is a number.
    let bar largest (cell: string) =
        match Double.TryParse(cell, CultureInfo.InvariantCulture) with
        | true, value when largest > 0.0 ->
            let sign = if value < 0.0 then "n" else "p"
            let width = 4.0 * abs value / largest
            (say $"{text cell}<i class=\"{sign}\" style=\"width:{width:F2}em;margin-right:{4.0 - width:F2}em\"></i>")
        | _ -> text cell

    /// A table of so many rows, whose first cells are their names.
    let tableOf cell style caption (heads: string list) count (rows: string list seq) =
        let page = StringBuilder(say $"<div class=\"t\"><table class=\"{style}\"><caption>{text caption}</caption>")
        let add (part: string) = page.Append part |> ignore
        if not heads.IsEmpty then
            add "<thead><tr>"
            for head in heads do
                add (say $"<th scope=\"col\">{text (short head)}</th>")
            add "</tr></thead>"
        add "<tbody>"
        for row in (if count > most then Seq.truncate most rows else rows) do
            add (say $"<tr><th scope=\"row\">{text (short row.Head)}</th>")
            for one in row.Tail do
                add (say $"<td>{cell one}</td>")
            add "</tr>\n"
        add "</tbody></table></div>"
        if count > most then add (say $"<p class=\"more\">… and {count - most} more, which are not shown.</p>")
        page.ToString()

    let table caption heads count rows = tableOf (short >> text) "" caption heads count rows

    /// A table of words.
    let words caption rows = tableOf text "w" caption [] 0 rows

    let private style =
        let variables pick = String.Concat(Svg.colours |> List.map (fun colour -> say $"--{pick colour};"))
        let light = variables (fun (name, light, _) -> say $"{name}:{light}")
        let dark = variables (fun (name, _, dark) -> say $"{name}:{dark}")
        (say $":root{{color-scheme:light dark;{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}")
        + "body{margin:2rem auto;max-width:60rem;padding:0 1rem;background:var(--ground);color:var(--ink);\
           font:1rem/1.5 system-ui,'Segoe UI',Roboto,'Noto Sans','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif}\
           h1{font-size:1.7rem;line-height:1.25}h2{font-size:1.25rem;margin:2.5rem 0 .5rem;padding-bottom:.3rem;border-bottom:2px solid var(--faint)}\
           h1,th,td,p,li,pre{unicode-bidi:plaintext;overflow-wrap:anywhere}nav a{color:inherit;margin-right:1rem;display:inline-block}\
           .t{overflow-x:auto;margin:1rem 0}table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}\
           caption{text-align:left;color:var(--soft);padding-bottom:.3rem}\
           th,td{padding:.25em 0 .25em 1.2em;border-bottom:1px solid var(--faint);text-align:right;vertical-align:top}\
           thead th{color:var(--soft);font-weight:normal}td,thead th{white-space:nowrap}\
           th:first-child{text-align:left;padding-left:0;font-weight:normal;min-width:5em}\
           .w td,.f tr>:last-child{white-space:normal;text-align:left;min-width:18em}.w th{white-space:nowrap}\
           i{display:inline-block;height:.7em;margin-left:.5em;print-color-adjust:exact;-webkit-print-color-adjust:exact}\
           .p{background:var(--0)}.n{background:var(--1)}.more,footer{color:var(--soft)}figure{margin:1rem 0}\
           pre{white-space:pre-wrap;font-size:.85rem;border-left:3px solid var(--faint);padding-left:1rem}\
           @media print{body{margin:0;max-width:none}nav{display:none}.t{overflow:visible}h2{break-after:avoid}figure,tr{break-inside:avoid}}"

    /// A page of sections, each of a title and what is below it; those with nothing are left out.
    let page title (sections: (string * string list) list) =
        let sections = sections |> List.filter (fun (_, parts) -> not parts.IsEmpty) |> List.indexed
        let links = [ for i, (title, _) in sections -> say $"<a href=\"#s{i}\">{title}</a>" ]
        let bodies =
            [ for i, (title, parts) in sections ->
                  say $"<section aria-labelledby=\"s{i}\"><h2 id=\"s{i}\">{title}</h2>\n{String.Join('\n', parts)}</section>\n" ]
        (say
            $"<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\"><head><meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width\"/><title>{text title}</title><style>{style}</style></head>\n<body><header><h1>{text title}</h1><nav aria-label=\"Sections\">{String.Concat links}</nav></header><main>\n{String.Concat bodies}</main></body></html>\n")

/// <summary>Reports: what is known of a fitted model and of its predictions for data, as one page.</summary>
/// <example><code>
/// let train, test = Synthetic.garments 2000 500 1
/// let model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear 784 10 ]
/// let fitted = train |> Fit.run { Fit.defaults with model = model; loss = Loss.crossEntropy }
/// fitted |> Saved.ofFitted train |> Report.ofSaved test |> Report.save "report.html"
/// </code></example>
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Report =

    let private number = TextTable.number

    let private scoreRows (all: Score seq) = [ for one in all -> [ one.Name; Score.number one.Value ] ]

    // ---- mistakes -------------------------------------------------------------------------------------------------

    let private mostMistakes = 18

    /// The first features of a row that are not 0.
    let private features (data: Dataset) row =
        let most = 6
        let values = data.Row row
        let there = values |> Array.indexed |> Array.filter (fun (_, value) -> value <> 0.0)
        let name j = Html.short data.FeatureNames[j]
        let shown = [ for j, value in Array.truncate most there -> say $"{name j} {Score.number value}" ]
        String.Join(", ", (if there.Length > most then shown @ [ "…" ] else shown))

    /// The worst rows with their images, or with their features; the cells are what stands before these.
    let private mistakes heads (data: Dataset) (worst: struct (int * string * string) list) (cells: string list list) =
        if worst.IsEmpty then
            [ Html.paragraph "There are none." ]
        else
            let rows = [ for struct (row, _, _) in worst -> row ]
            let isImage = data.ImageShape.HasValue
            let more row = if isImage then [] else [ features data row ]
            [ if isImage then
                  let caption i =
                      let struct (_, truth, guess) = worst[i]
                      struct (truth, guess, Paint.Series 1)
                  Html.figure (Plot.tiles "True above, predicted below" (data.Pick(List.toArray rows)) caption)
              Html.tableOf
                  Html.text
                  (if isImage then "" else "f")
                  "The worst first; rows count from 0"
                  ("row" :: heads @ (if isImage then [] else [ "features that are not 0" ]))
                  rows.Length
                  [ for row, cells in List.zip rows cells -> string row :: cells @ more row ] ]

    // ---- classes --------------------------------------------------------------------------------------------------

    /// Whether outputs are probabilities by themselves.
    let private isLinked (fit: SavedModel) =
        match List.last fit.layers with
        | SavedLayer.Sigmoid
        | SavedLayer.Softmax -> true
        | _ -> List.contains ("loss", Loss.crossEntropyOfProbabilities.name) fit.about

    let private confusion (matrix: ConfusionMatrix) =
        let names = matrix.ClassNames
        if matrix.Classes <= Html.most then
            let all = [ 0 .. matrix.Classes - 1 ]
            [ Html.figure (Plot.confusion matrix)
              Html.table
                  "Rows by their class, and by the class that was predicted"
                  ("true \\ predicted" :: List.map (fun c -> ClassTable.name names[c]) all)
                  matrix.Classes
                  [ for a in all -> names[a] :: [ for b in all -> Score.weight matrix[a, b] ] ] ]
        else
            let wrong =
                [ for struct (a, b, weight) in matrix.Cells do
                      if a <> b then struct (-weight, a, b) ]
                |> List.sort
            [ Html.table
                  (say $"What was most often taken for something else, of {matrix.Classes} classes")
                  [ "true"; "predicted"; "rows" ]
                  wrong.Length
                  (wrong |> Seq.map (fun (struct (weight, a, b)) -> [ names[a]; names[b]; Score.weight -weight ])) ]

    let private ofClasses (fit: SavedFit) (outputs: float[]) (kept: int[]) (counted: Dataset) (data: Dataset) =
        let known, width = List.toArray fit.model.outputs, outputs.Length / kept.Length
        let names = Array.init (max 2 width) (fun c -> if c < known.Length then known[c] else say $"class {c}")
        let kind =
            if fit.model.kind.IsPerceptron then ScoreKind.Margins
            elif isLinked fit.model then ScoreKind.Probabilities
            else ScoreKind.Scores
        let wrong = ResizeArray<struct (float * int * int * int)>()
        let tally = ClassificationTally(kind, names)
        tally.OnMistake <- fun row truth predicted off -> wrong.Add(struct (-off, row, truth, predicted))
        let labels = Scores.labels kind names counted
        tally.Add(ReadOnlySpan outputs, ReadOnlySpan labels, ReadOnlySpan counted.Table.weights, ReadOnlySpan kept)
        let scores = ClassificationScores.From tally
        wrong.Sort()
        let worst = wrong |> Seq.truncate mostMistakes |> List.ofSeq
        let bins = scores.Reliability.Bins
        [ "Scores",
          [ Html.table (say $"Of {scores.Rows} rows") [ "score"; "value" ] 0 (scoreRows scores.Scores)
            Html.table
                "Each class"
                ("class" :: ClassScores.Heads)
                (names.Length + 2)
                (Seq.append [ scores.MacroMean; scores.WeightedMean ] scores.PerClass |> Seq.map _.Cells) ]
          "Confusion matrix", confusion scores.ConfusionMatrix
          "Worst mistakes",
          mistakes
              [ "true"; "predicted"; (if kind = ScoreKind.Margins then "distance" else "probability of the true class") ]
              data
              [ for struct (_, row, truth, predicted) in worst -> struct (row, names[truth], names[predicted]) ]
              [ for struct (off, _, truth, predicted) in worst ->
                    [ Html.short names[truth]
                      Html.short names[predicted]
                      Score.number (if kind = ScoreKind.Margins then -off else exp off) ] ]
          "Calibration",
          (if bins.Count = 0 then
               []
           else
               [ Html.figure (Plot.calibration scores)
                 Html.table
                     "What was said, and how often it came true"
                     [ "probability"; "said"; "came"; "rows" ]
                     0
                     (bins |> Seq.map _.Cells) ]) ]

    // ---- numbers --------------------------------------------------------------------------------------------------

    let private ofNumbers (outputs: float[]) (kept: int[]) (counted: Dataset) (data: Dataset) =
        let width = outputs.Length / kept.Length
        match counted.Table.targets with
        | Targets.Classes _ -> Errors.noNumbers ()
        | Targets.Numbers(y, q) ->
            Errors.require "The number of the model's outputs" (width = q) width (say $"{q}, as the data have")
            let names = counted.Table.targetNames
            let tally = RegressionTally names
            tally.Add(ReadOnlySpan outputs, ReadOnlySpan y, ReadOnlySpan counted.Table.weights, ReadOnlySpan kept)
            let scores = RegressionScores.From tally
            /// How far off an output of a row is, in its usual error.
            let off i k =
                let r = abs (y[i * q + k] - outputs[i * q + k])
                if r = 0.0 then 0.0 else r / scores.Outputs[k].RootMeanSquaredError
            let worst =
                [| for i in 0 .. kept.Length - 1 do
                       let mutable most = 0
                       for k in 1 .. q - 1 do
                           if off i k > off i most then most <- k
                       if off i most > 0.0 then struct (-(off i most), i, most) |]
                |> Array.sort
                |> Array.truncate mostMistakes
                |> List.ofArray
            // Some of very many points are a picture, too.
            let every = (kept.Length + 1999) / 2000
            let plot k =
                let some (values: float[]) = [| for i in 0..every .. kept.Length - 1 -> values[i * q + k] |]
                let came, predicted = some y, some outputs
                let ends = [ min (Array.min came) (Array.min predicted); max (Array.max came) (Array.max predicted) ]
                Plot.ofSeries
                    (say $"Predictions of {names[k]}")
                    [ Series.dashed "as it came" ends ends |> Series.colour 7
                      Series.points "rows" came predicted |> Series.colour 0 ]
                |> Plot.labels names[k] "predicted"
            [ "Scores",
              [ Html.table (say $"Of {scores.Rows} rows") [ "score"; "value" ] 0 (scoreRows scores.Scores)
                if q > 1 then
                    Html.table
                        "Each output"
                        [ "output"; "R²"; "root mean squared error"; "mean absolute error" ]
                        q
                        (scores.Outputs
                         |> Seq.map (fun one ->
                             one.Name :: List.map Score.number [ one.R2; one.RootMeanSquaredError; one.MeanAbsoluteError ]))
                for k in 0 .. min q 4 - 1 do
                    Html.figure (plot k)
                if every > 1 then Html.paragraph (say $"Of the rows one of {every} is drawn.") ]
              "Worst mistakes",
              mistakes
                  ((if q > 1 then [ "output" ] else []) @ [ "true"; "predicted"; "difference" ])
                  data
                  [ for struct (_, i, k) in worst -> struct (kept[i], number y[i * q + k], number outputs[i * q + k]) ]
                  [ for struct (_, i, k) in worst ->
                        let y, predicted = y[i * q + k], outputs[i * q + k]
                        (if q > 1 then [ Html.short names[k] ] else []) @ List.map number [ y; predicted; y - predicted ] ] ]

    // ---- the model ------------------------------------------------------------------------------------------------

    let private coefficients (estimates: Estimate[]) (outputs: string list) =
        [ for k in 0 .. min estimates.Length Html.mostColumns - 1 do
              let one = Inference estimates[k]
              let intervals, ps = one.ConfidenceIntervals 0.95, one.PValues
              Html.table
                  (say
                      $"{outputs[k]}: R² {number one.RSquared}, residuals of standard deviation {number one.ResidualStandardDeviation}, {number one.DegreesOfFreedom} degrees of freedom")
                  [ "coefficient"; "value"; "standard error"; "t"; "p"; "95 %: from"; "to" ]
                  one.Names.Count
                  (Seq.init one.Names.Count (fun i ->
                      one.Names[i]
                      :: List.map
                          number
                          [ one.Coefficients[i]
                            one.StandardErrors[i]
                            one.TValues[i]
                            ps[i]
                            intervals[i].Lower
                            intervals[i].Upper ])) ]

    /// The weights of the first linear layer, as images of such a shape or as a table.
    let private weights (fit: SavedModel) (image: Nullable<ImageShape>) =
        let rec look names factor layers =
            match layers with
            | SavedLayer.Affine(w, b) :: _ ->
                let values (t: Tensor) = t.cast(Dtype.Float64).view([ t.nelement ]).toArray1D<float>()
                let d, q, own, biases = w.shape[0], w.shape[1], values w, values b
                let shown = min q (if image.HasValue then Html.most else Html.mostColumns)
                let outputs =
                    if q = fit.outputs.Length then List.truncate shown fit.outputs
                    elif q = 1 then [ say $"score of {List.last fit.outputs}" ]
                    else [ for k in 1..shown -> say $"unit {k}" ]
                [ if image.HasValue && d = image.Value.Height * image.Value.Width then
                      let part = Array.init (d * shown) (fun i -> own[i / shown * q + i % shown])
                      Html.figure (
                          Plot.weights image.Value outputs (dsharp.tensor(part, dtype = Dtype.Float64).view [ d; shown ])
                      )
                  else
                      let size j = Seq.max (seq { for k in 0 .. shown - 1 -> abs own[j * q + k] })
                      let order = [| 0 .. d - 1 |] |> Array.sortBy (fun j -> struct (-(size j), j))
                      let names: string[] = Seq.toArray names
                      let row j = names[j] :: [ for k in 0 .. shown - 1 -> number (factor * own[j * q + k]) ]
                      let bias = "bias" :: [ for k in 0 .. shown - 1 -> say $"{number biases[k]} " ]
                      Html.tableOf
                          (fun cell ->
                              if cell.EndsWith ' ' then Html.text cell else Html.bar (factor * size order[0] |> abs) cell)
                          ""
                          "The largest first"
                          ("feature" :: outputs)
                          (d + 1)
                          (Seq.append [ bias ] (Seq.map row order))
                  if q > shown then Html.paragraph (say $"… and {q - shown} more outputs, which are not shown.") ]
            | SavedLayer.Prepared transform :: rest -> look transform.Outputs factor rest
            | SavedLayer.Scaled scale :: rest -> look names (factor * scale) rest
            | _ :: rest -> look names factor rest
            | [] -> []
        look fit.features 1.0 fit.layers

    let private training (history: EpochReport[]) =
        if history.Length = 0 then
            []
        else
            let isAsked (pick: EpochReport -> Nullable<Evaluation>) = history |> Array.exists (fun one -> (pick one).HasValue)
            let metric = history[0].Running.MetricName
            let part (name: string) (pick: EpochReport -> Nullable<Evaluation>) =
                if not (isAsked pick) then
                    []
                else
                    let value (read: Evaluation -> float) (one: EpochReport) =
                        let evaluation = pick one
                        if evaluation.HasValue then number (read evaluation.Value) else "–"
                    [ name + "loss", value _.Loss
                      if not (Double.IsNaN history[0].Running.Metric) then name + metric, value _.Metric ]
            let columns =
                part "" (fun one -> Nullable one.Running)
                @ part "after it: " _.After
                @ part "validation: " _.Validation
                @ [ "rate", (fun one -> number one.LearningRate)
                    "seconds", (fun one -> one.Seconds.ToString("F2", CultureInfo.InvariantCulture)) ]
            [ Html.figure (Plot.curves (TrainingHistory history))
              Html.table
                  "The last epoch first"
                  ("epoch" :: List.map fst columns)
                  history.Length
                  (Array.rev history |> Seq.map (fun one -> string one.Epoch :: [ for _, cell in columns -> cell one ])) ]

    let private described (data: Dataset) =
        let table = data.Table
        [ Html.paragraph (if table.source = "" then string data else say $"{data}, from {table.source}")
          match table.targets with
          | Targets.Classes labels ->
              let counts = Array.zeroCreate<int> table.classNames.Length
              for label in labels do
                  counts[label] <- counts[label] + 1
              Html.table
                  "Classes"
                  [ "class"; "rows" ]
                  counts.Length
                  (Seq.map2 (fun name count -> [ name; string count ]) table.classNames counts)
          | Targets.Numbers _ -> ()
          if not table.image.HasValue then
              let all = [| 0 .. table.rows - 1 |]
              let columns = Array.append (Table.targetSummaries all table) (Table.featureSummaries all table)
              Html.table "Targets and features" ColumnSummary.Heads columns.Length (columns |> Seq.map _.Cells) ]

    // ---- together -------------------------------------------------------------------------------------------------

    let private plain (name: string) = string (Char.ToUpperInvariant name[0]) + name.Substring(1).Replace('_', ' ')

    /// What a fit says of itself where there is no card of it.
    let private known (model: string) (fit: SavedFit) : (string * string) list =
        [ "Model", model
          for name, fact in fit.model.about do
              if name <> "" && name <> Facts.settings then (if name = Facts.data then "Trained on" else plain name), fact
          if fit.history.Length > 0 then "Seconds", number (fit.history |> Array.sumBy _.Seconds)
          if not (isNull (box fit.convergence)) then "Ended", string fit.convergence ]

    /// A title, facts, settings and limits in words; the model, and its outputs for rows.
    let internal make
        title
        (facts: (string * string) list)
        (settings: string)
        (limits: string list)
        (fit: SavedFit)
        (predict: Dataset -> float[])
        (data: Dataset)
        =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        let counted, kept = Scores.counted data, Data.kept data
        let outputs = predict counted
        let seen =
            if fit.model.kind.IsRegression then
                ofNumbers outputs kept counted data
            else
                ofClasses fit outputs kept counted data
        let inference = coefficients fit.inferences fit.model.outputs
        let lines = settings.Split '\n' |> Array.map Lettering.escape
        let system = Runtime.InteropServices.RuntimeInformation.FrameworkDescription
        let facts = facts @ [ "Report", say $"LinearNets {typeof<Dataset>.Assembly.GetName().Version.ToString 3} on {system}" ]
        let last =
            [ "Training", training fit.history
              "Coefficients", inference
              "Weights", (if inference.IsEmpty || data.ImageShape.HasValue then weights fit.model data.ImageShape else [])
              "Data it was tried on", described data
              "Provenance", [ Html.words "What is known of it" [ for name, fact in facts -> [ name; fact ] ] ]
              "Settings", (if settings = "" then [] else [ say $"<pre>{String.Join('\n', lines)}</pre>" ])
              "What it cannot do", (if limits.IsEmpty then [] else [ Html.list limits ]) ]
        let title = Lettering.clean title
        Report(title, Html.page title (seen @ last))

    /// The report of a fit that has no card.
    let internal ofFit model (fit: SavedFit) predict data =
        let outputs = String.Join(", ", List.truncate 3 fit.model.outputs)
        let more = if fit.model.outputs.Length > 3 then ", …" else ""
        let settings = fit.model.about |> List.tryPick (fun (name, fact) -> if name = Facts.settings then Some fact else None)
        let title = say $"{plain fit.model.kind.Name}: {outputs}{more}"
        make title (known model fit) (defaultArg settings "") [] fit predict data

    /// <summary>The report of a trained model: scores on data, the worst mistakes with their images or features, the course of the training,
    /// weights or coefficients with intervals, and what is known of how it was found.</summary>
    /// <param name="data">Rows to look at, such as it was not trained on.</param>
    /// <param name="saved">The model: of a fit, a solver or a file.</param>
    /// <remarks>Costs a pass over the data. Tables end after 20 rows and say how many there are.</remarks>
    /// <exception cref="T:LinearNets.DataException">The targets are of another kind or other classes, or a value is not finite.</exception>
    /// <exception cref="T:LinearNets.SettingsException">The model has another number of outputs than the data.</exception>
    /// <exception cref="T:LinearNets.ShapeException">The data have another width than those the model was trained on.</exception>
    let ofSaved (data: Dataset) (saved: Saved) : Report =
        ArgumentNullException.ThrowIfNull(saved, nameof saved)
        ofFit (string saved.model) saved.Fit (Scores.outputs saved.model saved.parameters) data

    /// <summary>Writes a report to a file with the ending <c>.html</c> or <c>.htm</c>.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The ending is another one.</exception>
    /// <exception cref="T:System.IO.IOException">The file cannot be written.</exception>
    let save path (report: Report) = report.Save path

    /// <summary>Shows a report in a browser.</summary>
    let show (report: Report) = report.Show() |> ignore
