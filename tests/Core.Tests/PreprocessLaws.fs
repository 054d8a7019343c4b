/// Preprocessing: fitted on data, applied to rows, part of a model.
module LinearNets.Tests.PreprocessLaws

open System
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

let private isEqual (expected: 'T) (actual: 'T) = if expected <> actual then Assert.Fail $"expected %A{expected}, got %A{actual}"

let private rowsOf (data: Dataset) = Array.init data.Rows data.Row

let private normals stream count (case: Case) = Random.normals count (Random.split (Random.key case.seed) stream)

/// Rows of numbers around 10·scale, in the case's type of number; the second column, where there is one, is constant.
let private measured (case: Case) =
    let x =
        normals 0 (case.rows * case.columns) case
        |> Array.map (fun v -> case.scale * (10.0 + v))
        |> Array.chunkBySize case.columns
        |> Array.map (Array.mapi (fun j v -> if j = 1 then 7.0 else v))
    let y = normals 1 case.rows case
    if case.dtype = Dtype.Float32 then
        Dataset.From(Array.map (Array.map float32) x, Array.map float32 y)
    else
        Dataset.From(x, y)

let private bytes (case: Case) =
    let pixels = Array.init (case.rows * case.columns) (fun at -> byte (Random.below 256 (Random.key case.seed) (int64 at)))
    Dataset.From(pixels, case.columns, Array.init case.rows (fun row -> row % (1 + case.classes)))

/// Every transform there is for data, by its name.
let private transforms (data: Dataset) =
    [ "standardise", Preprocess.standardise data
      "min-max", Preprocess.minMax data
      "polynomial", Preprocess.polynomial 3 data
      "interactions", Preprocess.interactions 2 data
      "chain", Preprocess.chain [ Preprocess.minMax; Preprocess.polynomial 2; Preprocess.standardise ] data ]

let private eachTransform data check = transforms data |> Fixture.each fst <| (snd >> check)

// ---- shifts and scales -----------------------------------------------------------------------------------------------

[<Law>]
let ``standardised columns have the mean 0 and the deviation 1; constant ones are 0, and named`` (case: Case) =
    for data in [ measured { case with rows = 30 * case.rows }; bytes { case with rows = 30 * case.rows } ] do
        let transform = Preprocess.standardise data
        let before, after = data.Describe(), transform.Apply(data).Describe()
        let single = Data.dtype data = Dtype.Float32
        let eps = if single then 1.2e-7 else 2.3e-16
        for j in 0 .. data.Columns - 1 do
            let was, is = before.Features[j], after.Features[j]
            isEqual was.Name is.Name
            if was.Minimum = was.Maximum then
                isEqual (0.0, 0.0) (is.Minimum, is.Maximum)
                Assert.That(string transform, Does.Contain "constant: ")
            else
                // What is lost of a value by subtracting the mean, in units of the deviation, and in the sum of the rest.
                let tolerance = 32.0 * eps * (1.0 + max (abs was.Minimum) (abs was.Maximum) / was.StandardDeviation)
                Check.nearNumber tolerance 0.0 is.Mean
                Check.nearNumber tolerance 1.0 is.StandardDeviation

[<Law>]
let ``columns from 0 to 1 have just these bounds`` (case: Case) =
    for data in [ measured case; bytes case ] do
        let before, after = data.Describe(), (Preprocess.minMax data).Apply(data).Describe()
        for was, is in Seq.zip before.Features after.Features do
            isEqual (0.0, (if was.Minimum = was.Maximum then 0.0 else 1.0)) (is.Minimum, is.Maximum)

[<Law>]
let ``a transform and its inverse leave the values`` (case: Case) =
    let data = measured case
    for transform in
        [ Preprocess.standardise data
          Preprocess.minMax data
          Preprocess.chain [ Preprocess.minMax; Preprocess.standardise ] data ] do
        let back = (Preprocess.inverse transform).Apply(transform.Apply data)
        let largest = rowsOf data |> Array.concat |> Array.map abs |> Array.max
        for before, after in Array.zip (rowsOf data) (rowsOf back) do
            for a, b in Array.zip before after do
                Check.nearNumber (16.0 * case.Eps * largest) a b

[<Test>]
let ``what cannot be undone has no inverse`` () =
    let data = Dataset.From([| [| 1.0; 2.0 |] |], [| 1.0 |])
    Check.fails<SettingsException> [ "'polynomial of degree 2 of 2 columns'"; "shifts and scales" ] (fun () ->
        Preprocess.inverse (Preprocess.polynomial 2 data) |> ignore)

[<Test>]
let ``rows of weight 0 are not looked at`` () =
    let rows = [| [| 1.0 |]; [| 3.0 |]; [| nan |]; [| 1000.0 |] |]
    let data = Dataset.From(rows, [| 1.0; 2.0; 3.0; 4.0 |]).WithWeights [| 1.0; 5.0; 0.0; 0.0 |]
    isEqual (Preprocess.standardise (Dataset.From(rows[..1], [| 1.0; 2.0 |]))) (Preprocess.standardise data)
    isEqual [| [| -1.0 |]; [| 1.0 |]; [| 0.0 |]; [| 0.0 |] |] (rowsOf ((Preprocess.standardise data).Apply data))

[<Test>]
let ``values that are not finite, or too far apart, are refused`` () =
    let data = Dataset.From([| [| 1.0; 2.0 |]; [| 1.0; nan |] |], [| 1.0; 2.0 |])
    let error = Check.caught<DataException>(fun () -> Preprocess.standardise data |> ignore)
    isEqual "row 1, column 'x2'" error.Where
    let far = Dataset.From([| [| 1e308 |]; [| -1e308 |] |], [| 1.0; 2.0 |])
    let error = Check.caught<DataException>(fun () -> Preprocess.minMax far |> ignore)
    isEqual "column 'x'" error.Where

// ---- products and codes ----------------------------------------------------------------------------------------------

/// Products of columns that do not decrease, shorter ones first, in the order of their columns: by trying all.
let private directProducts columns degree powers =
    [ for k in 1..degree do
          let rec all k first =
              if k = 0 then
                  [ [] ]
              else
                  [ for j in first .. columns - 1 do
                        for rest in all (k - 1) (if powers then j else j + 1) do
                            j :: rest ]
          yield! all k 0 ]

[<Law>]
let ``polynomial features are the products of columns`` (case: Case) =
    let data = measured { case with columns = min 4 case.columns; scale = min 1.0 case.scale }
    let degree = 1 + case.seed % 4
    for powers, make in [ true, Preprocess.polynomial; false, Preprocess.interactions ] do
        let made = (make degree data).Apply data
        let expected = directProducts data.Columns degree powers
        isEqual expected.Length made.Columns
        for row in 0 .. data.Rows - 1 do
            let x, products = data.Row row, made.Row row
            for product, value in Seq.zip expected products do
                let direct = product |> List.fold (fun v j -> v * x[j]) 1.0
                Check.nearNumber (8.0 * case.Eps * abs direct) direct value

[<Test>]
let ``products have names, in order`` () =
    let data = Dataset.From([| [| 2.0; 3.0 |] |], [| 1.0 |]).WithFeatureNames("a", "b")
    let polynomial = Preprocess.polynomial 3 data
    isEqual [ "a"; "b"; "a²"; "a·b"; "b²"; "a³"; "a²·b"; "a·b²"; "b³" ] polynomial.Outputs
    isEqual [| 2.0; 3.0; 4.0; 6.0; 9.0; 8.0; 12.0; 18.0; 27.0 |] ((polynomial.Apply data).Row 0)
    isEqual polynomial.Outputs (List.ofSeq (polynomial.Apply data).FeatureNames)
    isEqual [ "a"; "b"; "a·b" ] (Preprocess.interactions 5 data).Outputs
    isEqual "a^4" (Preprocess.polynomial 4 data).Outputs[9]

[<Test>]
let ``too many products are refused before they are made`` () =
    let data = Dataset.From([| Array.zeroCreate<float> 2000 |], [| 1.0 |])
    Check.fails<SettingsException> [ "The number of products is 2.003E+06"; "65536 or fewer" ] (fun () ->
        Preprocess.polynomial 2 data |> ignore)
    Check.fails<SettingsException> [ "The degree of a polynomial is 0" ] (fun () -> Preprocess.polynomial 0 data |> ignore)
    let wide = Dataset.From([| Array.zeroCreate<float> 361 |], [| 1.0 |])
    isEqual 65341 (Preprocess.interactions 2 wide).Outputs.Length

[<Law>]
let ``a column of codes becomes a column of 0 and 1 for each`` (case: Case) =
    let codes = Array.init case.rows (fun row -> 5 * Random.below case.classes (Random.key case.seed) (int64 row) - 10)
    let rows = codes |> Array.mapi (fun row code -> [| float row; float code; 0.5 |])
    let data =
        if case.dtype = Dtype.Float32 then
            Dataset.From(Array.map (Array.map float32) rows, codes |> Array.map float32)
        else
            Dataset.From(rows, codes |> Array.map float)
    let data = data.WithFeatureNames("row", "zone", "half")
    let transform = Preprocess.oneHot [ "zone" ] data
    let made = transform.Apply data
    let different = codes |> Array.distinct |> Array.sort
    isEqual ([ "row" ] @ [ for code in different -> $"zone={code}" ] @ [ "half" ]) (List.ofSeq made.FeatureNames)
    for row in 0 .. data.Rows - 1 do
        let expected =
            Array.concat
                [ [| float row |]; different |> Array.map (fun code -> if code = codes[row] then 1.0 else 0.0); [| 0.5 |] ]
        isEqual expected (made.Row row)

[<Test>]
let ``codes that are none, or were not there, are refused by row and name`` () =
    let of' (values: float list) =
        let values = List.toArray values
        Dataset.From(Array.map Array.singleton values, values).WithFeatureNames "zone"
    for value in [ 1.5; nan; infinity; 16777217.0 ] do
        let error = Check.caught<DataException>(fun () -> Preprocess.oneHot [ "zone" ] (of' [ 1.0; value ]) |> ignore)
        isEqual "row 1, column 'zone'" error.Where
    let transform = Preprocess.oneHot [ "zone" ] (of' [ 1.0; 2.0 ])
    // Beyond the rows that are transformed at once, too.
    let error = Check.caught<DataException>(fun () -> transform.Apply(of' (List.replicate 600 1.0 @ [ 3.0 ])) |> ignore)
    isEqual "row 600, column 'zone'" error.Where
    Check.fails<SettingsException> [ "There is no feature 'x'" ] (fun () -> Preprocess.oneHot [ "x" ] (of' [ 1.0 ]) |> ignore)

// ---- as a value and as a model ---------------------------------------------------------------------------------------

[<Law>]
let ``a layer makes of tensors what the transform makes of a data set, to the bit`` (case: Case) =
    for data in [ measured case; bytes case ] do
        eachTransform data (fun transform ->
            let layer = Preprocess.layer transform
            Fixture.sameBits (layer.apply [] (Data.all data).x) (Data.all (transform.Apply data)).x
            isEqual (List.ofSeq (transform.Apply data).FeatureNames) transform.Outputs)

[<Law>]
let ``a layer's pullback is the transposed derivative`` (case: Case) =
    let case = { case with dtype = Dtype.Float64; columns = min 3 case.columns; scale = min 1.0 case.scale }
    let data = measured case
    eachTransform data (fun transform ->
        let layer = Preprocess.layer transform
        let x = (Data.all data).x
        let y, back = layer.pullback.Value [] x
        let g = case.Normal(5, List.ofArray y.shape)
        let _, pulled = back (lazy g)
        let numeric = Fixture.differences (1e-5 * case.scale) (fun x -> float ((layer.apply [] x * g).sum())) x
        Check.nearRelative 1e-4 numeric pulled.Value)

[<Law>]
let ``transforms are equal when what they were fitted on is`` (case: Case) =
    let data, other = measured case, measured { case with seed = case.seed + 1; rows = case.rows + 1 }
    for (_, a), (_, again) in List.zip (transforms data) (transforms data) do
        isEqual a again
        isEqual (hash a) (hash again)
    Assert.That((Preprocess.standardise data = Preprocess.standardise other), Is.False)

[<Test>]
let ``transforms print what they do`` () =
    let data = Dataset.From([| [| 1.0; 5.0 |]; [| 3.0; 5.0 |] |], [| 1.0; 2.0 |]).WithFeatureNames("area", "age")
    let standardise = Preprocess.standardise data
    isEqual "standardised 2 columns: (area − 2)/1, (age − 5)/1; constant: age" (string standardise)
    isEqual (string standardise) (sprintf "%A" standardise)
    isEqual "from 0 to 1 2 columns: (area − 1)/2, (age − 5)/1; constant: age" (string (Preprocess.minMax data))
    isEqual "interactions of degree 2 of 2 columns" (string (Preprocess.interactions 2 data))
    isEqual "one-hot age (1 codes)" (string (Preprocess.oneHot [ "age" ] data))
    isEqual
        "polynomial of degree 2 of 2 columns, then one-hot area (2 codes)"
        (string (Preprocess.chain [ Preprocess.polynomial 2; Preprocess.oneHot [ "area" ] ] data))
    let model = Model.compose [ Preprocess.layer standardise; Model.linear 2 1 ]
    isEqual "standardised, linear 2 → 1 (3 parameters: 1.weight [2; 1], 1.bias [1])" (string model)

[<Test>]
let ``rows of another width, and whole numbers, are refused`` () =
    let transform = Preprocess.standardise (Dataset.From([| [| 1.0; 2.0 |]; [| 3.0; 5.0 |] |], [| 1.0; 2.0 |]))
    let narrow = Dataset.From([| [| 1.0 |] |], [| 1.0 |])
    Check.fails<ShapeException> [ "model 'standardised'"; "[n; 2]" ] (fun () -> transform.Apply narrow |> ignore)
    let layer = Preprocess.layer transform
    Check.fails<DtypeException> [ "Int32"; "cast" ] (fun () ->
        layer.apply [] (dsharp.tensor([ 1; 2 ], dtype = Dtype.Int32).view [ 1; 2 ]) |> ignore)
    Check.fails<SettingsException> [ "The number of transforms to chain is 0" ] (fun () -> Preprocess.chain [] narrow |> ignore)

// ---- before an affine model ------------------------------------------------------------------------------------------

let private wide (case: Case) = { case with rows = 8 * case.rows; columns = min 4 case.columns }

[<Law>]
let ``a model on measured units is folded from an affine one after shifts and scales`` (case: Case) =
    for data in [ measured (wide case); bytes (wide case) ] do
        for transform in [ Preprocess.standardise data; Preprocess.chain [ Preprocess.minMax; Preprocess.standardise ] data ] do
            for affine in [ [ Model.linear data.Columns 2 ]; [ Model.scale 0.5; Model.linear data.Columns 2 ] ] do
                let model = Model.compose (Preprocess.layer transform :: affine)
                let x = (Data.all data).x
                let parameters =
                    model.parameters |> List.mapi (fun i p -> { case with dtype = x.dtype; scale = 1.0 }.Normal(9 + i, p.shape))
                let folded, raw = (Preprocess.tryFold model parameters).Value
                isEqual $"linear {data.Columns} → 2" folded.name
                // Measured values in units of the deviation are what the shift cancels.
                let summary = data.Describe().Features
                let far =
                    summary
                    |> Seq.map (fun f ->
                        max (abs f.Minimum) (abs f.Maximum) / (if f.Minimum = f.Maximum then 1.0 else f.StandardDeviation))
                    |> Seq.max
                let eps = if x.dtype = Dtype.Float32 then 1.2e-7 else 2.3e-16
                Check.nearRelative (100.0 * eps * (1.0 + far) * (1.0 + far)) (model.apply parameters x) (folded.apply raw x)

[<Test>]
let ``what is not affine on measured units is not folded`` () =
    let data = Dataset.From([| [| 1.0; 2.0 |]; [| 3.0; 5.0 |] |], [| 1.0; 2.0 |])
    for model in
        [ Model.linear 2 1
          Model.compose [ Preprocess.layer (Preprocess.polynomial 1 data); Model.linear 2 1 ]
          Model.compose [ Preprocess.layer (Preprocess.standardise data); Model.linear 2 1; Model.sigmoid ] ] do
        isEqual true (Preprocess.tryFold model (Model.init 1 model)).IsNone

let private settingsFor model =
    { Fit.defaults with model = model; optimizer = Optimizer.sgd 0.05; batch = 5; epochs = 3; seed = 4 }

[<Law>]
let ``a fit of a model with preprocessing is that of the composition, by the kernel`` (case: Case) =
    let case = wide case
    for data in [ measured case; bytes case ] do
        let name, transform = (transforms data)[case.seed % 5]
        [ transform ] |> Fixture.each (fun _ -> name)
        <| (fun transform ->
            // Products of many columns are large before they are standardised.
            let transform = Preprocess.chain [ (fun _ -> transform); Preprocess.standardise ] data
            let outputs, loss = data.Outputs, (if data.HasClasses then Loss.crossEntropy else Loss.squared)
            if outputs > 1 || not data.HasClasses then
                let model = Model.compose [ Preprocess.layer transform; Model.linear transform.Outputs.Length outputs ]
                let settings = { settingsFor model with loss = loss; validation = Some data; optimizer = Optimizer.sgd 0.01 }
                let fused = data |> Fit.run settings
                let plain = data |> Fit.run { settings with rule = Some Rule.ClosedForm }
                isEqual Rule.Fused fused.rule
                isEqual Rule.ClosedForm plain.rule
                isEqual model.name fused.model.name
                let eps = if Data.dtype data = Dtype.Float32 then 1.2e-7 else 2.3e-16
                for a, b in List.zip plain.parameters fused.parameters do
                    Check.nearRelative (3000.0 * eps) a b
                // At every door measured units come in.
                Fixture.sameBits (model.apply fused.parameters (Data.all data).x) (Fit.scores data fused)
                let evaluation = Fit.evaluate data fused
                Check.nearNumber (3000.0 * eps * (1.0 + evaluation.Loss)) (Fit.evaluate data plain).Loss evaluation.Loss
                isEqual evaluation (fused.history[2]).Validation.Value)

[<Test>]
let ``the parameters are those of the affine model on transformed data, to the bit`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 200; seed = 3 }
    let transform = Preprocess.standardise data
    let composed = Model.compose [ Preprocess.layer transform; Model.linear 2 1 ]
    let whole = data |> Fit.run (settingsFor composed)
    let inner = transform.Apply data |> Fit.run (settingsFor (Model.linear 2 1))
    Fixture.sameBitsEach inner.parameters whole.parameters
    let untrained = data |> Fit.untrained (settingsFor composed)
    isEqual Rule.Fused untrained.rule
    Fixture.sameBitsEach (Model.init 4 composed) untrained.parameters

[<Test>]
let ``solvers find for a model with preprocessing what they find for the affine one on transformed data`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 200; seed = 3 }
    let classes = Dataset.From(rowsOf data, Array.init data.Rows (fun row -> if data.Target(row)[0] > 4.0 then 1 else 0))
    let transform = Preprocess.chain [ Preprocess.polynomial 2; Preprocess.standardise ] data
    let affine outputs = Model.linear transform.Outputs.Length outputs
    let composed outputs = Model.compose [ Preprocess.layer transform; affine outputs ]
    let penalty = Penalty.l2 0.01
    let lbfgs model = Lbfgs.run { Lbfgs.defaults with model = model; penalty = penalty }
    let newton model = Newton.run { Newton.defaults with model = model; loss = Loss.crossEntropy; penalty = penalty }
    let lasso = { CoordinateDescent.defaults with penalty = Penalty.l1 0.01 }
    let sparse = { Fista.defaults with penalty = Penalty.l1 0.01 }
    let lassoRun model = CoordinateDescent.run { lasso with model = model }
    let fista model = Fista.run { sparse with model = model }
    for name, solve, outputs, data in
        [ "L-BFGS", lbfgs, 1, data
          "Newton", newton, 2, classes
          "coordinate descent", lassoRun, 1, data
          "FISTA", fista, 2, classes ] do
        let whole, inner = solve (composed outputs) data, solve (affine outputs) (transform.Apply data)
        [ whole ] |> Fixture.each (fun _ -> name)
        <| (fun whole ->
            isEqual (composed outputs).name whole.model.name
            isEqual (string inner.convergence) (string whole.convergence)
            Fixture.sameBitsEach inner.parameters whole.parameters)
    let points (path: PathPoint list) = [ for point in path -> point.lambda, point.nonZero ]
    let paths = { CoordinateDescent.pathDefaults with count = 5 }
    isEqual
        (transform.Apply data |> CoordinateDescent.path paths { lasso with model = affine 1 } |> points)
        (data |> CoordinateDescent.path paths { lasso with model = composed 1 } |> points)
    isEqual
        (transform.Apply classes |> Fista.path paths { sparse with model = affine 2 } |> points)
        (classes |> Fista.path paths { sparse with model = composed 2 } |> points)
    let missing = Dataset.From([| [| 1.0; 2.0 |]; [| 3.0; nan |] |], [| 1.0; 2.0 |])
    let error = Check.caught<DataException>(fun () -> lbfgs (composed 1) missing |> ignore)
    isEqual "row 1, column 'x2'" error.Where
    Check.fails<SettingsException> [ "[n; 2]" ] (fun () -> lassoRun (composed 1) (data.Select 0) |> ignore)

[<Test>]
let ``what a fit with preprocessing refuses, it refuses by its own words`` () =
    let data = Dataset.From([| [| 1.0; 2.0 |]; [| 3.0; 5.0 |]; [| 4.0; 4.0 |] |], [| 1.0; 2.0; 0.0 |])
    let transform = Preprocess.standardise data
    let model = Model.compose [ Preprocess.layer transform; Model.linear 2 1 ]
    let narrow = data.Select 0
    Check.fails<SettingsException> [ "model 'standardised'"; "[n; 2]" ] (fun () ->
        narrow |> Fit.run (settingsFor model) |> ignore)
    Check.fails<SettingsException> [ "The width of the validation data is 1; expected 2" ] (fun () ->
        data |> Fit.run { settingsFor model with validation = Some narrow } |> ignore)
    Check.fails<SettingsException> [ "The batch size is 0" ] (fun () ->
        data |> Fit.run { settingsFor model with batch = 0 } |> ignore)
    let missing = Dataset.From([| [| 1.0; 2.0 |]; [| 3.0; nan |] |], [| 1.0; 2.0 |])
    let error = Check.caught<DataException>(fun () -> missing |> Fit.run (settingsFor model) |> ignore)
    isEqual "row 1, column 'x2'" error.Where

[<Test>]
let ``another function in place of a composition's is not taken for it`` () =
    let data = Dataset.From([| [| 1.0; 2.0 |]; [| 3.0; 5.0 |]; [| 4.0; 4.0 |] |], [| 1.0; 2.0; 0.0 |])
    let model = Model.compose [ Preprocess.layer (Preprocess.standardise data); Model.linear 2 1 ]
    let other = { model with apply = (fun parameters x -> 2.0 * model.apply parameters x); pullback = None }
    isEqual Rule.Autodiff (data |> Fit.run (settingsFor other)).rule

// ---- texts -----------------------------------------------------------------------------------------------------------

[<Test>]
let ``the hash of a word is FNV-1a, in every process`` () =
    // The numbers of the hash's own authors.
    for word, expected in
        [ "", 0xcbf29ce484222325UL
          "a", 0xaf63dc4c8601ec8cUL
          "b", 0xaf63df4c8601f1a5UL
          "foobar", 0x85944171f73967e8UL ] do
        isEqual expected (TextHasher.Hash word)
    let hasher = TextHasher 1000
    // Computed by a few lines of another language.
    for word, expected in [ "the", struct (896, 1); "größe", struct (782, -1); "42", struct (988, -1); "", struct (207, 1) ] do
        isEqual expected (hasher.Place word)

[<Law>]
let ``words of a text are added with their signs`` (case: Case) =
    let words = [| "net"; "Linear"; "neuron"; "ähnlich"; "Ελλάδα"; "42"; "don"; "t" |]
    let text = Array.init case.rows (fun i -> words[Random.below words.Length (Random.key case.seed) (int64 i)])
    let hasher = TextHasher(1 + 10 * case.columns)
    let expected = Array.zeroCreate<float32> hasher.Width
    for word in text do
        let struct (column, sign) = hasher.Place(word.ToLowerInvariant())
        expected[column] <- expected[column] + float32 sign
    isEqual expected (hasher.Row(String.Join(", ", text)))
    isEqual [| expected |] (hasher.Rows [ String.Join("\n", text) ])

[<Test>]
let ``signs and columns of words are even`` () =
    let hasher = TextHasher 16
    let places = [ for i in 1..16000 -> (let struct (column, sign) = hasher.Place $"word{i}" in column, sign) ]
    let counts = List.countBy id places
    isEqual 32 counts.Length
    // 500 each, with a deviation of 22.
    for _, count in counts do
        Assert.That(count, Is.InRange(390, 610))

[<Test>]
let ``words are runs of letters and digits in lower case`` () =
    isEqual [ "don"; "t"; "panic"; "42"; "größe"; "日本" ] (List.ofSeq (TextHasher.Words "Don't PANIC—42 Größe! 日本"))
    isEqual [] (List.ofSeq (TextHasher.Words " -- "))
    isEqual (TextHasher 8) (TextHasher 8)
    isEqual "text hashed to 8 columns" (sprintf "%A" (TextHasher 8))
    Check.fails<SettingsException> [ "The width of a text hasher is 0" ] (fun () -> TextHasher 0 |> ignore)

[<Test>]
let ``texts are classified by their words`` () =
    let hasher = TextHasher 64
    let texts =
        [ for i in 0..59 -> if i % 2 = 0 then $"the cat and kitten number {i} purr" else $"a dog or puppy number {i} barks" ]
    let data = Dataset.From(hasher.Rows texts, [| for i in 0..59 -> if i % 2 = 0 then "cat" else "dog" |])
    let fitted = data |> Fit.run { Fit.defaults with model = Model.linear 64 2; loss = Loss.crossEntropy; epochs = 20 }
    let unseen = Dataset.From(hasher.Rows [ "my kitten purrs, the cat"; "puppy barks" ], [| "cat"; "dog" |])
    isEqual [| 0; 1 |] (Fit.classes unseen fitted)
