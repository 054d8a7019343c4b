module LinearNets.Tests.MetricLaws

open LinearNets
open NUnit.Framework
#if DIFFSHARP
open DiffSharp // where slices are extensions
#endif
open LinearNets.FSharp

/// Scores with ties (whole numbers from 0 to 3) for every other case, and labels.
let private data (case: Case) =
    let shape = [ case.rows; case.classes ]
    let ties () =
        let values = Array.init (case.rows * case.classes) (fun i -> float (Random.below 4 (Random.key case.seed) (int64 i)))
        case.Tensor(values, shape)
    let scores = if case.seed % 2 = 0 then ties () else case.Normal(0, shape)
    scores, case.Labels(1, case.rows, case.classes)

let private predicted (scores: Tensor) =
    let s = scores.toArray2D<float>()
    [| for i in 0 .. scores.shape[0] - 1 -> Array.findIndex ((=) (Array.max s[i, *])) s[i, *] |]

[<Law>]
let ``accuracy is the share of rows whose first highest score is at their label`` (case: Case) =
    let scores, labels = data case
    let hits =
        Array.map2 (fun p label -> if p = label then 1 else 0) (predicted scores) (labels.toArray1D<int>())
        |> Array.sum
    Assert.That(Metric.correct scores labels, Is.EqualTo hits)
    Assert.That(Metric.accuracy scores labels, Is.EqualTo(float hits / float case.rows))

[<Law>]
let ``top-k is the share of rows whose label is among the first k by score and class`` (case: Case) =
    let scores, labels = data case
    let s, y = scores.toArray2D<float>(), labels.toArray1D<int>()
    let among k i =
        let best = [ 0 .. case.classes - 1 ] |> List.sortBy (fun c -> -s[i, c], c) |> List.take k
        List.contains y[i] best
    let shares = [ for k in 1 .. case.classes -> Metric.topK k scores labels ]
    let naive k = Seq.length (Seq.filter (among k) [ 0 .. case.rows - 1 ])
    Assert.That(shares, Is.EqualTo(box [ for k in 1 .. case.classes -> float (naive k) / float case.rows ]))
    Assert.That(shares, Is.Ordered.Ascending)
    Assert.That(List.head shares, Is.EqualTo(Metric.accuracy scores labels))
    Assert.That(List.last shares, Is.EqualTo 1.0)

[<Law>]
[<DiffSharpDiffers("the highest of [1; NaN; 3] is 3 and of [NaN; 3; 1] NaN: a NaN counts in the first place only",
                   "AssertionException")>]
let ``top-1 is accuracy where scores are no numbers, too`` (case: Case) =
    let scores, labels = data case
    let sprinkled =
        Check.values scores
        |> Array.mapi (fun i v -> if Random.below 3 (Random.key (case.seed + 1)) (int64 i) = 0 then nan else v)
    let scores = case.Tensor(sprinkled, [ case.rows; case.classes ])
    Assert.That(Metric.topK 1 scores labels, Is.EqualTo(Metric.accuracy scores labels))
    // A NaN comes before every number, and of two the first.
    let s, y = scores.toArray2D<float>(), labels.toArray1D<int>()
    for k in 1 .. case.classes do
        let among i =
            [ 0 .. case.classes - 1 ]
            |> List.sortBy (fun c -> (if System.Double.IsNaN s[i, c] then 0.0, 0.0 else 1.0, -s[i, c]), c)
            |> List.take k
            |> List.contains y[i]
        let expected = float (Seq.length (Seq.filter among [ 0 .. case.rows - 1 ])) / float case.rows
        Assert.That(Metric.topK k scores labels, Is.EqualTo expected)
    // A row of nothing but NaN is of class 0, then 1, and so on.
    let nothing = scores.zerosLike () * nan
    Assert.That((Softmax.argmax nothing).toArray1D<int>(), Is.All.Zero)
    for k in 1 .. case.classes do
        let expected = y |> Array.averageBy (fun label -> if label < k then 1.0 else 0.0)
        Check.nearNumber 1e-15 expected (Metric.topK k nothing labels)
    Assert.That(Metric.accuracy nothing labels, Is.EqualTo(Metric.topK 1 nothing labels))

[<Law>]
let ``a confusion matrix counts each row once, correct ones on its diagonal`` (case: Case) =
    let case = { case with classes = case.classes + 1 }
    let scores, labels = data case
    let counts, y, p = Metric.confusion scores labels, labels.toArray1D<int>(), predicted scores
    let count f = Seq.length (Seq.filter f [ 0 .. case.rows - 1 ])
    let expected = Array2D.init case.classes case.classes (fun t c -> count (fun i -> y[i] = t && p[i] = c))
    Assert.That(counts, Is.EqualTo(box expected))
    for c in 0 .. case.classes - 1 do
        Assert.That(Array.sum counts[c, *], Is.EqualTo(count (fun i -> y[i] = c)))
        Assert.That(Array.sum counts[*, c], Is.EqualTo(count (fun i -> p[i] = c)))
    Assert.That(Seq.sum (Seq.init case.classes (fun c -> counts[c, c])), Is.EqualTo(Metric.correct scores labels))

[<Law>]
let ``the order of rows does not matter to a metric`` (case: Case) =
    let scores, labels = data { case with classes = case.classes + 1 }
    let order = Random.permutation case.rows (Random.key case.seed)
    let mixed, mixedLabels = Fixture.rows order scores, Fixture.rows order labels
    Assert.That(Metric.accuracy mixed mixedLabels, Is.EqualTo(Metric.accuracy scores labels))
    Assert.That(Metric.topK 2 mixed mixedLabels, Is.EqualTo(Metric.topK 2 scores labels))
    Assert.That(Metric.confusion mixed mixedLabels, Is.EqualTo(box (Metric.confusion scores labels)))

// ---- regression ------------------------------------------------------------------------------------------------------

let private outputs (case: Case) =
    let case = { case with rows = case.rows + 1 }
    case.Normal(0, [ case.rows; case.columns ]), case.Normal(1, [ case.rows; case.columns ])

/// In double precision, whatever the type of number: sums of n·q squares.
let private tolerance (t: Tensor) expected = 4.0 * float (t.nelement + 4) * 2.3e-16 * max 1.0 (abs expected)

[<Law>]
let ``mse and mae are means over all values`` (case: Case) =
    let ŷ, y = outputs case
    let r = Array.map2 (-) (Check.values ŷ) (Check.values y)
    let mse, mae = Array.averageBy (fun r -> r * r) r, Array.averageBy abs r
    Check.nearNumber (tolerance ŷ mse) mse (Metric.mse ŷ y)
    Check.nearNumber (tolerance ŷ mae) mae (Metric.mae ŷ y)
    // Vectors are columns.
    Check.nearNumber (tolerance ŷ mse) mse (Metric.mse (ŷ.view [ ŷ.nelement ]) (y.view [ y.nelement ]))
    Assert.That(Metric.mae y y, Is.Zero)
    Assert.That(mae * mae, Is.LessThanOrEqualTo(mse * (1.0 + 1e-12)))

[<Law>]
let ``R2 is 1 for a perfect prediction, 0 for the mean, and the formula between`` (case: Case) =
    let ŷ, y = outputs case
    let p, a = ŷ.toArray2D<float>(), y.toArray2D<float>()
    let column j =
        let mean = Array.average a[*, j]
        let squares f = Seq.sumBy (fun i -> f i ** 2.0) [ 0 .. y.shape[0] - 1 ]
        1.0 - squares (fun i -> a[i, j] - p[i, j]) / squares (fun i -> a[i, j] - mean)
    let columns = [ for j in 0 .. y.shape[1] - 1 -> column j ]
    // A column that hardly varies has a large ratio; two rows of it may be near each other.
    let size = 1.0 + (columns |> List.map abs |> List.max)
    Check.nearNumber (1e-9 * size) (List.average columns) (Metric.r2 ŷ y)
    Assert.That(Metric.r2 y y, Is.EqualTo 1.0)
    let wide = y.cast Dtype.Float64
    let mean = (wide.sum (0, keepDim = true) / float y.shape[0]).expand y.shape
    Check.nearNumber 1e-12 0.0 (Metric.r2 mean wide)
    // One output may be a vector.
    let one (t: Tensor) = t.[*, 0..0].view [ t.shape[0] ]
    Check.nearNumber (1e-9 * size) columns.Head (Metric.r2 (one ŷ) (one y))

[<Test>]
let ``a target that never varies has no R2, and is named`` () =
    let y = dsharp.tensor [ [ 1.0; 5.0 ]; [ 2.0; 5.0 ]; [ 3.0; 5.0 ] ]
    Check.fails<DataException> [ "R²: the target in column 1 is the same in every row"; "Use the mean squared error" ] (fun () ->
        Metric.r2 y y |> ignore)

[<Test>]
let ``a target that never varies is found when its mean is not exact`` () =
    // 0.1 three times: the sum of them by 3 is not 0.1.
    let y = dsharp.tensor ([ 0.1; 0.1; 0.1 ], dtype = Dtype.Float64)
    Check.fails<DataException> [ "R²: the target in column 0 is the same in every row" ] (fun () -> Metric.r2 y y |> ignore)

[<Test>]
let ``metrics refuse what does not fit`` () =
    let scores = dsharp.tensor [ [ 0.1; 0.2; 0.7 ]; [ 0.3; 0.3; 0.4 ] ]
    let labels = dsharp.tensor [ 0; 2 ]
    let metrics: (string * (Tensor -> Tensor -> unit)) list =
        [ "accuracy", (fun s y -> Metric.accuracy s y |> ignore)
          "accuracy", (fun s y -> Metric.correct s y |> ignore)
          "top-k", (fun s y -> Metric.topK 1 s y |> ignore)
          "confusion matrix", (fun s y -> Metric.confusion s y |> ignore) ]
    for name, metric in metrics do
        Check.fails<DataException> [ "Label 3 in row 1 is outside 0..2" ] (fun () -> metric scores (dsharp.tensor [ 0; 3 ]))
        Check.fails<DataException> [ "Label -1 in row 0 is outside 0..2" ] (fun () -> metric scores (dsharp.tensor [ -1; 3 ]))
        Check.fails<ShapeException> [ $"{name}: got shape labels [3], expected [2]" ] (fun () ->
            metric scores (dsharp.tensor [ 0; 1; 2 ]))
        Check.fails<DtypeException> [ $"{name}: got Float32 labels, expected Int32 labels" ] (fun () ->
            metric scores (dsharp.tensor [ 0.0; 1.5 ]))
        Check.fails<ShapeException> [ $"{name}: got shape [2], expected [n; k]" ] (fun () ->
            metric (dsharp.tensor [ 0.1; 0.2 ]) labels)
        Check.fails<DataException> [ $"{name}: got no rows" ] (fun () ->
            metric (dsharp.zeros [ 0; 3 ]) (dsharp.zeros ([ 0 ], dtype = Dtype.Int32)))
    for k in [ 0; 4 ] do
        Check.fails<SettingsException> [ $"k of top-k is {k}; expected 1 to 3." ] (fun () ->
            Metric.topK k scores labels |> ignore)
    Check.fails<ShapeException> [ "confusion matrix: got shape [2; 1]"; "2 or more classes" ] (fun () ->
        Metric.confusion (dsharp.zeros [ 2; 1 ]) labels |> ignore)
    let regression: (string * (Tensor -> Tensor -> float)) list =
        [ "mean squared error", Metric.mse; "mean absolute error", Metric.mae; "R²", Metric.r2 ]
    for name, metric in regression do
        Check.fails<ShapeException> [ $"{name}: got shape [3; 1] and [3], expected equal shapes" ] (fun () ->
            metric (dsharp.zeros [ 3; 1 ]) (dsharp.zeros [ 3 ]) |> ignore)
        Check.fails<DataException> [ $"{name}: got no rows" ] (fun () ->
            metric (dsharp.zeros [ 0 ]) (dsharp.zeros [ 0 ]) |> ignore)
