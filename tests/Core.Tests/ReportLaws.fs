/// Reports: pages that are well-formed and harmless whatever the names, with the numbers of the scores and the worst of the mistakes.
module LinearNets.Tests.ReportLaws

open System
open System.Globalization
open System.IO
open System.Net
open System.Text.RegularExpressions
open System.Xml.Linq
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

let private isTrue (holds: bool) (otherwise: string) = if not holds then Assert.Fail otherwise

let private isEqual (expected: 'T) (actual: 'T) = if expected <> actual then Assert.Fail $"expected %A{expected}, got %A{actual}"

let private classifier inputs outputs =
    { Fit.defaults with
        model = Model.linear inputs outputs
        loss = Loss.crossEntropy
        optimizer = Optimizer.sgd 0.2
        epochs = 3
        batch = 20 }

let private reportOf data settings = Fit.run settings data |> Saved.ofFitted data |> Report.ofSaved data

let private points n seed classes = Synthetic.classes { Synthetic.classDefaults with n = n; classes = classes; seed = seed }

let private garments = lazy (Synthetic.garments 300 120 3)

let private garmentsFitted =
    lazy
        (let train, test = garments.Value
         let model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear 784 10 ]
         Fit.run { classifier 784 10 with model = model; validation = Some test; lossAfterEpoch = true; epochs = 12 } train)

let private lines = lazy (Synthetic.linear { Synthetic.defaults with w = [ 2.0; -3.4 ]; n = 300; noise = 0.5 })

/// −1 or 1, or 0 or 1, by the side of a line.
let private answers (no: float) =
    let rows = Random.normals 200 (Random.key 9)
    let side i = rows[2 * i] + 0.5 * rows[2 * i + 1] + 0.4 * sin (float (7 * i))
    Dataset.From(Array2D.init 100 2 (fun i j -> rows[2 * i + j]), Array.init 100 (fun i -> if side i > 0.0 then 1.0 else no))

let private wide rows columns classes =
    let starts = Array.init (rows + 1) (fun i -> 3 * i)
    let places = Array.init (3 * rows) (fun i -> (i * 7919 + (i % 3) * (columns / 3)) % columns)
    let values = Array.init (3 * rows) (fun i -> 1.0f + float32 (i % 5))
    let places = places |> Array.chunkBySize 3 |> Array.collect Array.sort
    Dataset.FromSparse(starts, places, values, columns, Array.init rows (fun i -> i % classes))

let private hostile =
    [ "<script>alert(1)</script>"
      "\"'><img src=x onerror=alert(1)>&amp;&"
      "]]></style><!--"
      "emoji 🧦👩‍👩‍👧‍👦 and 🇨🇭"
      "שלום עולם, مرحبا بالعالم"
      "\u202Eturned round"
      "softmax 回归:训练损失与准确率"
      "\u0000\u0001\u001B\uFFFE a\r\nb\tc"
      "\uD800 alone \uDC00"
      "1"
      String('W', 10000)
      String.replicate 300 "长" ]

let private hostileData =
    lazy
        (let d = hostile.Length
         let x = Array2D.init 60 d (fun i j -> float ((i * 31 + j * 17) % 23) / 23.0)
         let names = List.toArray hostile
         Dataset.From(x, Array.init 60 (fun i -> i % d)).WithFeatureNames(names).WithClassNames(names)
         |> fun data -> data.WithSource(String.concat " " hostile))

/// Every kind of report.
let private kinds =
    lazy
        (let train, test = garments.Value
         let lines = lines.Value
         let three = points 200 4 3
         let many =
             let rows = Random.normals 400 (Random.key 5)
             Dataset.From(
                 Array2D.init 100 4 (fun i j -> rows[4 * i + j]),
                 Array2D.init 100 12 (fun i k -> rows[4 * i + k % 4] * float (k + 1) + 0.1 * rows[(i + k) % 400])
             )
         let prepared = three |> Preprocess.standardise
         [ "garments", garmentsFitted.Value |> Saved.ofFitted train |> Report.ofSaved test
           "one epoch", reportOf lines { Fit.defaults with model = Model.linear 2 1; epochs = 1; penalty = Penalty.l2 0.01 }
           "exact", lines |> Exact.run Exact.defaults |> Saved.ofExact lines |> Report.ofSaved lines
           "solved",
           three
           |> Lbfgs.run { Lbfgs.defaults with model = Model.linear 2 3; loss = Loss.crossEntropy; penalty = Penalty.l2 0.01 }
           |> Saved.ofSolved Loss.crossEntropy three
           |> Report.ofSaved three
           "prepared",
           reportOf three { classifier 2 3 with model = Model.compose [ Preprocess.layer prepared; Model.linear 2 3 ] }
           "a hidden layer",
           reportOf three { classifier 2 3 with model = Model.compose [ Model.linear 2 5; Model.sigmoid; Model.linear 5 3 ] }
           "probabilities",
           reportOf
               three
               { classifier 2 3 with
                   model = Model.compose [ Model.linear 2 3; Model.softmax ]
                   loss = Loss.crossEntropyOfProbabilities }
           "a model of one's own",
           reportOf
               three
               { classifier 2 3 with
                   model =
                       Model.define "own" [ Parameter.weight "v" [ 2; 3 ] ] (fun p x -> Model.softmax.apply [] (x.matmul p[0]))
                   loss = Loss.crossEntropyOfProbabilities }
           "logistic", reportOf (answers 0.0) { classifier 2 1 with loss = Loss.binaryCrossEntropy }
           "perceptron", reportOf (answers -1.0) { classifier 2 1 with loss = Loss.perceptron; batch = 1 }
           "twelve outputs", reportOf many { Fit.defaults with model = Model.linear 4 12; epochs = 2 }
           "exact, of twelve outputs", many |> Exact.run Exact.defaults |> Saved.ofExact many |> Report.ofSaved many
           "a perfect fit",
           (let data = Dataset.From(Array2D.init 9 1 (fun i _ -> float i), Array.init 9 (fun i -> 2.0 * float i))
            data |> Exact.run Exact.defaults |> Saved.ofExact data |> Report.ofSaved data)
           "one class alone is there",
           reportOf three (classifier 2 3)
           |> ignore
           |> fun () -> (Fit.run (classifier 2 3) three |> Saved.ofFitted three |> Report.ofSaved (three.Pick [| 0 |]))
           "sparse", reportOf (wide 60 900 4) (classifier 900 4)
           "thousands of features and classes",
           reportOf (wide 4000 5000 2000) { classifier 5000 2000 with epochs = 1; batch = 500 }
           "hostile", reportOf hostileData.Value (classifier hostile.Length hostile.Length)
           "hostile numbers",
           (let names = List.toArray hostile
            let x = Array2D.init 90 hostile.Length (fun i j -> sin (float ((i + 1) * (j + 3))))
            let y = Array2D.init 90 hostile.Length (fun i j -> cos (float ((i + 2) * (j + 1))))
            let data = Dataset.From(x, y).WithFeatureNames(names).WithTargetNames(names)
            data |> Exact.run Exact.defaults |> Saved.ofExact data |> Report.ofSaved data) ])

let private each reports check =
    for name, report: Report in reports do
        try
            check name report
        with e ->
            raise (AssertionException($"{name}: {e.Message}", e))

// ---- what a page is made of --------------------------------------------------------------------------------------------

let private html name = XName.Get(name, "http://www.w3.org/1999/xhtml")

let private attribute (name: string) (element: XElement) =
    match element.Attribute(XName.Get name) with
    | null -> ""
    | attribute -> attribute.Value

let private parse (report: Report) = XDocument.Parse(report.Html).Root

let private elements =
    set (
        "html head meta title style body header nav a main section h1 h2 p ul li pre figure div table caption thead tbody tr th td i"
            .Split
            ' '
    )

let private attributes =
    set ("xmlns lang charset name content id href aria-label aria-labelledby class scope style".Split ' ')

[<Test>]
let ``a report is well-formed, of harmless elements, and refers to nothing besides`` () =
    each kinds.Value (fun _ report ->
        let root = parse report
        isTrue (report.Html.StartsWith "<!DOCTYPE html>") "it does not begin as a page"
        isTrue (not (Regex.IsMatch(report.Html, "<script|<!--|<img|<link|<iframe", RegexOptions.IgnoreCase))) "more than a page"
        for element in root.DescendantsAndSelf() do
            if element.Name.Namespace = (html "p").Namespace then
                isTrue (elements.Contains element.Name.LocalName) $"an element <{element.Name.LocalName}>"
                for one in element.Attributes() do
                    isTrue (attributes.Contains one.Name.LocalName) $"an attribute {one.Name}"
                    isTrue (one.Name.LocalName <> "href" || one.Value.StartsWith '#') one.Value
            else
                for one in element.Attributes() do
                    isTrue (not (one.Name.LocalName.StartsWith "on")) $"{one}"
                    isTrue (one.Name.LocalName <> "href" || one.Value.StartsWith "data:image/png;base64,") one.Value)

[<Test>]
let ``a report has headings, links to them, and tables with names and scopes`` () =
    each kinds.Value (fun _ report ->
        let root = parse report
        let all name = root.Descendants(html name) |> Seq.toList
        isEqual 1 (all "h1").Length
        isEqual (string report) (List.head (all "h1")).Value
        let ids = [ for heading in all "h2" -> "#" + attribute "id" heading ]
        isEqual ids (List.distinct ids)
        isEqual ids [ for link in all "a" -> attribute "href" link ]
        for section in all "section" do
            isTrue (List.contains ("#" + attribute "aria-labelledby" section) ids) "a section without a heading"
            isTrue (section.Elements() |> Seq.length > 1) $"nothing in {section.Value}"
        for table in all "table" do
            isTrue ((table.Element(html "caption")).Value <> "") "no caption"
            let heads = table.Descendants(html "thead") |> Seq.collect _.Descendants(html "th") |> Seq.toList
            isTrue
                (heads |> List.forall (fun head -> attribute "scope" head = "col" && head.Value <> ""))
                "a column without a name"
            for row in table.Element(html "tbody").Elements() do
                let cells = row.Elements() |> Seq.toList
                isEqual ("th", "row") (cells.Head.Name.LocalName, attribute "scope" cells.Head)
                isTrue (cells.Tail |> List.forall (fun cell -> cell.Name.LocalName = "td")) "a cell that is none"
                isTrue (heads.IsEmpty || heads.Length = cells.Length) $"{cells.Length} cells under {heads.Length} names"
        for svg in root.Descendants(XName.Get("svg", "http://www.w3.org/2000/svg")) do
            isEqual "img" (attribute "role" svg)
            isTrue (Seq.exists (fun (e: XElement) -> e.Name.LocalName = "title" && e.Value <> "") (svg.Elements())) "no title")

let private section (report: Report) title =
    (parse report).Descendants(html "section")
    |> Seq.tryFind (fun section -> section.Element(html "h2").Value = title)

/// The table number n of a section: the names of the columns, and the cells.
let private tableOf report title n =
    let table = Seq.item n ((section report title).Value.Descendants(html "table"))
    let cells (row: XElement) = [ for cell in row.Elements() -> cell.Value ]
    [ for head in table.Descendants(html "thead") |> Seq.collect _.Descendants(html "th") -> head.Value ],
    [ for row in table.Element(html "tbody").Elements() -> cells row ]

let private report name = kinds.Value |> List.find (fun (other, _) -> other = name) |> snd

[<Test>]
let ``a hostile text is there as text, cut where it is long`` () =
    let shown = Lettering.fit 1.0 24.0 >> Lettering.clean
    let names title n = tableOf (report "hostile") title n |> snd |> List.map List.head
    isEqual (hostile |> List.map shown |> set) (set (names "Data it was tried on" 0))
    isEqual (hostile |> List.map shown |> set) (set (names "Data it was tried on" 1))
    isEqual (set ("bias" :: List.map shown hostile)) (set (names "Weights" 0))
    let coefficients = tableOf (report "hostile numbers") "Coefficients" 0 |> snd |> List.map List.head
    isEqual ("intercept" :: List.map shown hostile) coefficients

[<Law>]
let ``any text is on the page as text`` (text: string) =
    let title = "title " + text
    let data = points 12 1 2
    let fit = Fit.run (classifier 2 2) data |> Saved.ofFitted data |> _.Fit
    let report =
        Report.make
            title
            [ "name", title ]
            (title + "\n" + title)
            [ title ]
            fit
            (fun rows -> Array.zeroCreate (2 * rows.Rows))
            data
    let root = parse report
    let expected = Lettering.fit 1.0 120.0 title |> Lettering.clean
    let value name = Seq.last (root.Descendants(html name)) |> _.Value.ReplaceLineEndings("\n")
    isEqual (expected.ReplaceLineEndings "\n") (value "h1")
    isEqual (expected.ReplaceLineEndings "\n") (value "li")
    isTrue ((value "pre").EndsWith((Lettering.clean (title.Split '\n' |> Array.last)).ReplaceLineEndings "\n")) "settings"

// ---- numbers -----------------------------------------------------------------------------------------------------------

let private number (text: string) = Double.Parse(text, CultureInfo.InvariantCulture)

let private shows (scores: Score seq) report =
    isEqual [ for one in scores -> [ one.Name; Score.number one.Value ] ] (tableOf report "Scores" 0 |> snd)

[<Test>]
let ``the numbers are those of the scores`` () =
    let _, test = garments.Value
    let scores = Scores.classification test garmentsFitted.Value
    let report' = report "garments"
    shows scores.Scores report'
    let classes = tableOf report' "Scores" 1 |> snd
    isEqual [ for one in Seq.append [ scores.MacroMean; scores.WeightedMean ] scores.PerClass -> one.Cells ] classes
    let names, matrix = tableOf report' "Confusion matrix" 0
    isEqual ("true \\ predicted" :: List.ofSeq scores.ClassNames) names
    isEqual [ for a in 0..9 -> scores.ClassNames[a] :: [ for b in 0..9 -> Score.weight scores.ConfusionMatrix[a, b] ] ] matrix
    isEqual [ for bin in scores.Reliability.Bins -> bin.Cells ] (tableOf report' "Calibration" 0 |> snd)
    let heads, epochs = tableOf report' "Training" 0
    isEqual
        [ "epoch"
          "loss"
          "accuracy"
          "after it: loss"
          "after it: accuracy"
          "validation: loss"
          "validation: accuracy"
          "rate"
          "seconds" ]
        heads
    for cells, one in List.zip epochs (List.rev (List.ofSeq garmentsFitted.Value.history)) do
        isEqual
            (string one.Epoch
             :: List.map
                 TextTable.number
                 [ one.Loss
                   one.Metric
                   one.After.Value.Loss
                   one.After.Value.Metric
                   one.Validation.Value.Loss
                   one.Validation.Value.Metric
                   one.LearningRate ])
            (List.truncate 8 cells)

[<Test>]
let ``coefficients are those of the inference, and weights those of the model`` () =
    let lines = lines.Value
    let fit = Exact.run Exact.defaults lines
    let inference, intervals = fit.inference, fit.inference.ConfidenceIntervals 0.95
    let expected =
        [ for i in 0..2 ->
              inference.Names[i]
              :: List.map
                  TextTable.number
                  [ inference.Coefficients[i]
                    inference.StandardErrors[i]
                    inference.TValues[i]
                    inference.PValues[i]
                    intervals[i].Lower
                    intervals[i].Upper ] ]
    isEqual expected (tableOf (report "exact") "Coefficients" 0 |> snd)
    shows
        (Scores.regressionOf (Model.linear 2 1) [ for p in fit.parameters -> p.cast Dtype.Float32 ] lines).Scores
        (report "exact")
    isEqual None (section (report "exact") "Weights")
    // Those of a scaled model are those of its features.
    let data = points 60 2 3
    let fitted = Fit.run { classifier 2 3 with model = Model.compose [ Model.scale 0.5; Model.linear 2 3 ] } data
    let w = Check.values fitted.parameters[0]
    let size j = List.max [ for k in 0..2 -> abs w[3 * j + k] ]
    let expected =
        [ for j in List.sortByDescending size [ 0; 1 ] ->
              data.FeatureNames[j] :: [ for k in 0..2 -> TextTable.number (0.5 * w[3 * j + k]) ] ]
    isEqual
        expected
        (fitted |> Saved.ofFitted data |> Report.ofSaved data |> fun report -> (tableOf report "Weights" 0 |> snd).Tail)

[<Law>]
let ``the worst mistakes are the worst, of rows that count, and there are no others`` (case: Case) =
    let n, classes = 5 + 6 * case.rows, 2 + case.classes % 4
    let data = points n case.seed classes
    let weights = Array.init n (fun i -> if (i + case.seed) % 7 = 0 then 0.0 else 1.0 + float (i % 3))
    let data = data.WithWeights weights
    let scores = Random.normals (n * classes) (Random.key case.seed) |> Array.map (fun z -> case.scale * float z)
    let counted =
        [ for i in 0 .. n - 1 do
              if weights[i] > 0.0 then i ]
    let outputs =
        [| for i in counted do
               yield! scores[i * classes .. i * classes + classes - 1] |]
    let fit = Fit.run { classifier 2 classes with epochs = 1 } data |> Saved.ofFitted data |> _.Fit
    let report = Report.make "" [] "" [] fit (fun _ -> outputs) data
    let labels = [| for i in counted -> int (data.Target i).[0] |]
    let counts = [| for i in counted -> weights[i] |]
    shows
        (ClassificationScores.OfScores(ReadOnlySpan outputs, ReadOnlySpan labels, data.ClassNames, ReadOnlySpan counts).Scores)
        report
    let wrong =
        [ for i in counted do
              let row, truth = scores[i * classes .. i * classes + classes - 1], int (data.Target i).[0]
              let predicted = Array.IndexOf(row, Array.max row)
              let p = 1.0 / Array.sumBy (fun z -> exp (z - row[truth])) row
              if predicted <> truth then [ string i; data.ClassNames[truth]; data.ClassNames[predicted]; Score.number p ], p ]
        |> List.sortBy snd
    if wrong.IsEmpty then
        isTrue ((section report "Worst mistakes").Value.Value.Contains "There are none") "mistakes where there are none"
    else
        let shown = tableOf report "Worst mistakes" 0 |> snd |> List.map (List.truncate 4)
        // Whichever of equals comes first.
        isEqual (min 18 wrong.Length) shown.Length
        let all = wrong |> List.map fst |> set
        isEqual shown.Length (set shown).Count
        for i, cells in List.indexed shown do
            isTrue (all.Contains cells) $"%A{cells} is no mistake"
            Check.nearNumber (1e-3 * snd wrong[i]) (snd wrong[i]) (number cells[3])

[<Law>]
let ``the numbers that are furthest off come first`` (case: Case) =
    let n, q = 5 + 4 * case.rows, 1 + case.classes % 3
    let values stream =
        Random.normals (n * q) (Random.split (Random.key case.seed) stream)
        |> Array.map (fun z -> case.scale * float z)
    let y, predicted = values 1, values 2
    let data = Dataset.From(Array2D.init n 2 (fun i j -> float (i + j)), Array2D.init n q (fun i k -> y[i * q + k]))
    let fit =
        Fit.run { Fit.defaults with model = Model.linear 2 q; optimizer = Optimizer.sgd 1e-9; epochs = 1 } data
        |> Saved.ofFitted data
        |> _.Fit
    let shown = tableOf (Report.make "" [] "" [] fit (fun _ -> predicted) data) "Worst mistakes" 0 |> snd
    let error k = sqrt (List.average [ for i in 0 .. n - 1 -> (y[i * q + k] - predicted[i * q + k]) ** 2.0 ])
    let errors = List.init q error
    let off =
        [ for i in 0 .. n - 1 -> i, List.max [ for k in 0 .. q - 1 -> abs (y[i * q + k] - predicted[i * q + k]) / errors[k] ] ]
    let expected = off |> List.sortByDescending snd |> List.truncate 18 |> List.map (fst >> string)
    isEqual expected (shown |> List.map List.head)
    for cells in shown do
        let i = int cells.Head
        let k = if q = 1 then 0 else Seq.findIndex ((=) cells[1]) data.TargetNames
        let r = abs (y[i * q + k] - predicted[i * q + k])
        Check.nearNumber (1e-4 * r) r (abs (number cells[if q = 1 then 3 else 4]))
        Check.nearNumber (1e-9 * r) (r / errors[k]) (snd off[i])

[<Test>]
let ``tables end, and say how much is left`` () =
    let large = report "thousands of features and classes"
    isTrue (large.Html.Length < 200_000) $"{large.Html.Length} characters"
    let has title (left: string) =
        isTrue ((section large title).Value.Value.Contains(left + ", which are not shown")) $"{title}: {left}"
    has "Scores" "… and 1982 more"
    has "Weights" "… and 4981 more"
    has "Weights" "… and 1990 more outputs"
    has "Data it was tried on" "… and 4980 more"
    has "Data it was tried on" "… and 1980 more"
    each kinds.Value (fun _ report ->
        for table in (parse report).Descendants(html "table") do
            isTrue (Seq.length (table.Descendants(html "tr")) <= 21) "a table of more than 20 rows")

[<Test>]
let ``what is not known is left out, and what cannot be is refused`` () =
    let has name title = (section (report name) title).IsSome
    isEqual (false, true) (has "perceptron" "Calibration", has "logistic" "Calibration")
    isEqual (false, true) (has "exact" "Training", has "one epoch" "Training")
    isEqual (false, false) (has "a model of one's own" "Weights", has "solved" "Coefficients")
    let lines = lines.Value
    let fit = (Exact.run Exact.defaults lines |> Saved.ofExact lines).Fit
    let perfect = Report.make "" [] "" [] fit (fun rows -> Array.init rows.Rows (rows.Target >> Array.head)) lines
    isTrue ((section perfect "Worst mistakes").Value.Value.Contains "There are none") "mistakes of a perfect fit"
    let facts name = tableOf (report name) "Provenance" 0 |> snd |> List.map (fun cells -> cells[0], cells[1]) |> Map
    let epoch = facts "one epoch"
    isEqual
        ("sgd, fused", "1", "0", "0·‖W‖₁ + 0.01/2·‖W‖²")
        (epoch["Rule"].ToLowerInvariant(), epoch["Epochs"], epoch["Seed"], epoch["Penalty"])
    isTrue (epoch.ContainsKey "Library" && epoch["Report"].Contains ".NET" && number epoch["Seconds"] > 0.0) $"%A{epoch}"
    isTrue ((Map.find "Ended" (facts "solved")).StartsWith "converged") "how it ended"
    let saved = Fit.run (classifier 2 3) (points 60 1 3) |> Saved.ofFitted (points 60 1 3)
    Check.fails<DataException> [ "classes" ] (fun () -> saved |> Report.ofSaved lines |> ignore)
    Check.fails<LinearNetsException> [] (fun () -> saved |> Report.ofSaved (garments.Value |> snd) |> ignore)
    let broken = Dataset.From(array2D [ [ 1.0f; nanf ]; [ 1.0f; 2.0f ] ], [| 0; 1 |])
    Check.fails<DataException> [ "row 0" ] (fun () -> saved |> Report.ofSaved broken |> ignore)

[<Test>]
let ``a model of a file has the report of the one that was saved, but for the order of facts`` () =
    let folder = Directory.CreateTempSubdirectory "reports"
    try
        let path = Path.Combine(folder.FullName, "model.safetensors")
        let data = points 80 6 3
        let saved = Fit.run (classifier 2 3) data |> Saved.ofFitted data
        saved |> Saved.save path
        let page saved =
            let html = (saved |> Report.ofSaved data).Html
            html.Substring(0, html.IndexOf "Provenance</h2>")
        isEqual (page saved) (page (Saved.load path))
        let file name = Path.Combine(folder.FullName, name)
        let report = saved |> Report.ofSaved data
        for name in [ "a.html"; "a.HTM" ] do
            File.WriteAllText(file name, String('x', 1_000_000))
            report |> Report.save (file name)
            isEqual report.Html (File.ReadAllText(file name))
        Check.fails<SettingsException> [ "'.pdf'"; ".html" ] (fun () -> report |> Report.save (file "a.pdf"))
        Check.fails<IOException> [ "does not exist" ] (fun () -> report |> Report.save (file "none/a.html"))
    finally
        folder.Delete true

// ---- in a browser ------------------------------------------------------------------------------------------------------

/// Says of every page what is beyond its edge, what cannot be read, and what is blank.
let private measuring =
    """
    const problems = [];
    const light = text => {
      const [r, g, b] = text.match(/[\d.]+/g).slice(0, 3).map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    let ground = '';
    for (const frame of document.querySelectorAll('iframe')) {
      const page = frame.contentDocument, wrong = text => problems.push(frame.title + ', ' + frame.width + ' wide: ' + text);
      const edge = page.documentElement.clientWidth;
      if (page.documentElement.scrollWidth > edge) wrong('wider than its window: ' + page.documentElement.scrollWidth);
      ground = getComputedStyle(page.body).backgroundColor;
      for (const e of page.querySelectorAll('h1, h2, p, a, li, caption, th, td, pre, svg text')) {
        const a = light(getComputedStyle(e).color), b = light(ground), said = e.textContent.slice(0, 30);
        const onPaint = e.closest('svg') && getComputedStyle(e).color === ground;
        if (!onPaint && (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 3) wrong('hard to read: ' + said);
        const box = e.getBoundingClientRect();
        if (!e.closest('.t, svg') && (box.right > edge + 0.5 || box.left < -0.5)) wrong('cut off: ' + said);
        if (!e.closest('svg') && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0) wrong('more than its room: ' + said);
      }
      for (const svg of page.querySelectorAll('svg')) {
        const room = svg.getBoundingClientRect();
        if (room.width < 50 || room.height < 20 || room.right > edge + 0.5) wrong('a picture of ' + room.width + ' by ' + room.height);
      }
      for (const part of page.querySelectorAll('section')) if (part.getBoundingClientRect().height < 60) wrong('blank: ' + part.textContent);
    }
    const list = document.createElement('pre');
    list.id = 'problems';
    list.textContent = document.querySelectorAll('iframe').length + ' on ' + ground + '\n' + problems.join('\n');
    document.body.append(list);
    """

[<TestCase(false, "rgb(255, 255, 255)")>]
[<TestCase(true, "rgb(21, 25, 30)")>]
let ``in a browser all of a report is within its window, wide or narrow, and can be read, light and dark``
    (isDark: bool, ground: string)
    =
    let folder = Directory.CreateTempSubdirectory "reports"
    try
        // It stays, to be looked at.
        let page = Repository.file "artifacts/reports.html"
        let frame (name, report: Report) =
            [ for width in [ 380; 1100 ] ->
                  $"<iframe sandbox=\"allow-same-origin\" title=\"{name}\" width=\"{width}\" height=\"700\" srcdoc=\"{WebUtility.HtmlEncode report.Html}\"></iframe>" ]
        let frames = kinds.Value |> List.collect frame
        let all = String.concat "\n" frames
        File.WriteAllText(
            page,
            $"<!doctype html><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\"><body>{all}<script>addEventListener('load', () => {{{measuring}}})</script></body>"
        )
        let arguments =
            [ "--headless"
              "--no-sandbox"
              "--disable-gpu"
              "--disable-dev-shm-usage"
              if isDark then "--blink-settings=preferredColorScheme=0"
              $"--user-data-dir={folder.FullName}/profile"
              "--window-size=1200,900"
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
            isEqual $"{frames.Length} on {ground}" (WebUtility.HtmlDecode(said.Groups[1].Value.Trim()))
    finally
        folder.Delete true
