/// Data sets made of data sets, of labels and of objects; and what is said of them.
module LinearNets.Tests.DatasetLaws

open System
open System.Globalization
open NUnit.Framework
open LinearNets
open LinearNets.FSharp
open LinearNets.Kernels

let private isEqual (expected: 'T) (actual: 'T) = if expected <> actual then Assert.Fail $"expected %A{expected}, got %A{actual}"

let private rowsOf (data: Dataset) = [ for row in 0 .. data.Rows - 1 -> data.Row row, data.Target row, data.Weight row ]

let private normals stream count (case: Case) = Random.normals count (Random.split (Random.key case.seed) stream)

let private labels stream (case: Case) =
    Array.init case.rows (fun row -> Random.below case.classes (Random.split (Random.key case.seed) stream) (int64 row))

/// Data sets of a case: every kind of features, with numbers and with classes.
let private kinds (case: Case) =
    let x = normals 0 (case.rows * case.columns) case
    let rows = x |> Array.map (fun v -> v * case.scale) |> Array.chunkBySize case.columns
    let singles = rows |> Array.map (Array.map float32)
    let bytes = x |> Array.map (fun v -> byte (128.0 + 40.0 * v))
    let y = normals 1 case.rows case
    let weights = Array.init case.rows (fun row -> float (row % 3) + 0.5)
    [ Dataset.From(rows, y).WithWeights weights
      Dataset.From(singles, Array.map float32 y)
      Dataset.From(bytes, case.columns, y)
      Dataset.From(rows, labels 2 case)
      Dataset.From(singles, labels 2 case).WithWeights weights
      Dataset.From(bytes, case.columns, labels 2 case).WithSource "bytes" ]

let private classed case = kinds case |> List.filter _.HasClasses

// ---- parts and wholes ------------------------------------------------------------------------------------------------

[<Law>]
let ``selected columns are those of every row, in the order given`` (case: Case) =
    let columns = Random.permutation case.columns (Random.key case.seed) |> Array.truncate (1 + case.seed % case.columns)
    for data in kinds case do
        let selected = data.Select columns
        isEqual [ for x, y, w in rowsOf data -> Array.map (fun column -> x[column]) columns, y, w ] (rowsOf selected)
        isEqual [ for column in columns -> data.FeatureNames[column] ] (List.ofSeq selected.FeatureNames)
        isEqual (rowsOf selected) (rowsOf (data.Select(Array.map (fun column -> data.FeatureNames[column]) columns)))
        isEqual (Data.dtype data) (Data.dtype selected)

[<Law>]
let ``selecting columns and picking rows may change places`` (case: Case) =
    let rows = Array.init (case.rows + 1) (fun i -> Random.below case.rows (Random.key case.seed) (int64 i))
    for data in kinds case do
        let columns = [| case.columns - 1 |]
        isEqual (rowsOf ((data.Select columns).Pick rows)) (rowsOf ((data.Pick rows).Select columns))

[<Law>]
let ``parts put together are the whole`` (case: Case) =
    for data in kinds case do
        let cut = 1 + case.seed % case.rows
        let parts = [| if cut < case.rows then data.Slice(0, cut), data.Slice(cut, case.rows - cut) |]
        for first, second in parts do
            let whole = Dataset.Concat(first, second)
            isEqual (rowsOf data) (rowsOf whole)
            isEqual (string data) (string whole)
        isEqual (rowsOf data @ rowsOf data @ rowsOf data) (rowsOf (Dataset.Concat(data, data, data)))

[<Test>]
let ``classes are put together by their names`` () =
    let x = [| [| 1.0 |]; [| 2.0 |] |]
    let both = Dataset.Concat(Dataset.From(x, [| "dog"; "cat" |]), Dataset.From(x, [| "owl"; "dog" |]))
    isEqual [ "cat"; "dog"; "owl" ] (List.ofSeq both.ClassNames)
    isEqual [ "dog"; "cat"; "owl"; "dog" ] [ for row in 0..3 -> both.ClassName row ]

[<Test>]
let ``data sets that differ are not put together, and the difference is said`` () =
    let rows, bytes = [| [| 1.0; 2.0 |] |], [| 1uy; 2uy |]
    let data = Dataset.From(rows, [| 1.0 |])
    let cases: (string * Dataset) list =
        [ "The feature names of data set 1 is x1, b; expected x1, x2, as data set 0 has.", data.WithFeatureNames("x1", "b")
          "The feature names of data set 1 is x1; expected x1, x2, as data set 0 has.", data.Select 0
          "The type of number of data set 1 is bytes; expected 64-bit numbers, as data set 0 has.",
          Dataset.From(bytes, 2, [| 1.0 |])
          "The kind of targets of data set 1 is classes; expected numbers, as data set 0 has.", Dataset.From(rows, [| 1 |])
          "The target names of data set 1 is rent; expected y, as data set 0 has.", data.WithTargetNames "rent"
          "The image shape of data set 1 is 1×2; expected , as data set 0 has.", data.WithImageShape(1, 2) ]
    for message, other in cases do
        isEqual message (Check.caught<SettingsException>(fun () -> Dataset.Concat(data, other) |> ignore)).Message
    Check.fails<SettingsException> [ "The number of data sets"; "0" ] (fun () -> Dataset.Concat() |> ignore)

[<Test>]
let ``a column that is not there, or twice, is not selected`` () =
    let data = Dataset.From([| [| 1.0; 2.0 |] |], [| 1.0 |]).WithFeatureNames("area", "age")
    Check.fails<SettingsException> [ "There is no feature 'Age'; the data set has area, age." ] (fun () ->
        data.Select "Age" |> ignore)
    Check.fails<SettingsException> [ "A feature to select is 2; expected 0 to 1." ] (fun () -> data.Select 2 |> ignore)
    Check.fails<SettingsException> [ "A feature to select is -1" ] (fun () -> data.Select -1 |> ignore)
    Check.fails<SettingsException> [ "The feature 'age' is selected 2 times; expected once." ] (fun () ->
        data.Select("age", "area", "age") |> ignore)
    Check.fails<SettingsException> [ "The number of features to select is 0" ] (fun () -> data.Select(Array.empty<int>) |> ignore)

[<Law>]
let ``a stratified split has every row once, and of each class its share`` (case: Case) =
    let share = 0.1 + 0.8 * Random.uniform (Random.key case.seed) 7L
    let data =
        let count = 20 + case.rows * 7
        let classes = Array.init count (fun row -> Random.below case.classes (Random.key case.seed) (int64 row))
        Dataset.From(Array.init count (fun row -> [| float row |]), classes)
    let first, second = data.SplitStratified(share, case.seed)
    let numbers (part: Dataset) = [ for row in 0 .. part.Rows - 1 -> int (Array.head (part.Row row)) ]
    isEqual [ 0 .. data.Rows - 1 ] (List.sort (numbers first @ numbers second))
    for part in [ first; second ] do
        for row in 0 .. part.Rows - 1 do
            isEqual (data.ClassName(int (Array.head (part.Row row)))) (part.ClassName row)
    for one, a, b in Seq.zip3 (data.Describe().Classes) (first.Describe().Classes) (second.Describe().Classes) do
        isEqual one.Count (a.Count + b.Count)
        if one.Count >= 2 then
            Assert.That(a.Count, Is.GreaterThan 0)
            Assert.That(b.Count, Is.GreaterThan 0)
        else
            isEqual 0 b.Count
        Assert.That(abs (float b.Count - share * float one.Count), Is.LessThanOrEqualTo 1.0)
    let again = data.SplitStratified(share, case.seed)
    isEqual (numbers first, numbers second) (numbers (fst again), numbers (snd again))

[<Test>]
let ``a stratified split of the size of a plain one where classes allow it`` () =
    let data = Dataset.From(Array.init 100 (fun row -> [| float row |]), Array.init 100 (fun row -> row % 7))
    isEqual 20 (snd (data.SplitStratified(0.2, 3))).Rows
    let order (part: Dataset) = [ for row in 0 .. part.Rows - 1 -> Array.head (part.Row row) ]
    Assert.That((order (fst (data.SplitStratified(0.2, 3))) = order (fst (data.SplitStratified(0.2, 4)))), Is.False)
    Check.fails<DataException> [ "are numbers" ] (fun () ->
        Dataset.From([| [| 1.0 |]; [| 2.0 |] |], [| 1.0; 2.0 |]).SplitStratified(0.5, 1) |> ignore)
    Check.fails<SettingsException> [ "a row or more on either side" ] (fun () ->
        (data.Slice(0, 7)).SplitStratified(0.5, 1) |> ignore)

// ---- labels ----------------------------------------------------------------------------------------------------------

type Colour =
    | Red = 3
    | Green = 1
    | Blue = 2

[<Law>]
let ``labels with a number below 0 are the different ones in increasing order`` (case: Case) =
    let labels =
        Array.append
            [| -1 - case.seed |]
            (Array.init case.rows (fun row -> 10 * Random.below 5 (Random.key case.seed) (int64 row)))
    let data = Dataset.From(Array.map (fun label -> [| float label |]) labels, labels)
    isEqual (labels |> Array.distinct |> Array.sort |> Array.map string |> List.ofArray) (List.ofSeq data.ClassNames)
    for row in 0 .. data.Rows - 1 do
        isEqual (string labels[row]) (data.ClassName row)
        isEqual labels[row] (int data.ClassNames[int (Array.head (data.Target row))])

[<Law>]
let ``words are classes whatever order the rows have`` (case: Case) =
    let words = [| "Zebra"; "ant"; "bee"; "Ähre"; "10"; "9" |]
    let labels = labels 3 { case with classes = words.Length } |> Array.map (fun i -> words[i])
    let data = Dataset.From(Array.map (fun _ -> [| 1uy |]) labels |> Array.concat, 1, labels)
    let sorted = labels |> Array.distinct |> Array.sortWith (fun a b -> String.CompareOrdinal(a, b))
    isEqual (List.ofArray sorted) (List.ofSeq data.ClassNames)
    isEqual (List.ofArray labels) [ for row in 0 .. data.Rows - 1 -> data.ClassName row ]

[<Test>]
let ``class numbers stay what they are, with classes without rows; these can be left out`` () =
    let data = Dataset.From([| [| 1.0 |]; [| 2.0 |]; [| 3.0 |] |], [| 30; 10; 20 |])
    isEqual 31 data.Outputs
    let compact = data.WithoutEmptyClasses()
    isEqual [ "10"; "20"; "30" ] (List.ofSeq compact.ClassNames)
    isEqual [ 2.0; 0.0; 1.0 ] [ for row in 0..2 -> Array.head (compact.Target row) ]

[<Test>]
let ``a label beyond the largest class number is mapped, and that one is not`` () =
    let classes (labels: int[]) = List.ofSeq (Dataset.From([| 1uy; 2uy |], 1, labels)).ClassNames
    isEqual [ "0"; "65536" ] (classes [| 65536; 0 |])
    isEqual 65536 (classes [| 65535; 0 |]).Length

[<Test>]
let ``the values of an enumeration are classes in order, those without rows too`` () =
    let data = Dataset.From([| [| 1.0f |]; [| 2.0f |] |], [| Colour.Red; Colour.Green |])
    isEqual [ "Green"; "Blue"; "Red" ] (List.ofSeq data.ClassNames)
    isEqual [ "Red"; "Green" ] [ data.ClassName 0; data.ClassName 1 ]
    let error = Check.caught<DataException>(fun () -> Dataset.From([| [| 1.0 |] |], [| enum<Colour> 9 |]) |> ignore)
    isEqual "Label '9' in row 0: expected one of Green, Blue, Red. Correct it, or leave the row out." error.Message

[<Test>]
let ``labels that cannot be classes are refused`` () =
    for missing in [ null; "" ] do
        let error = Check.caught<DataException>(fun () -> Dataset.From([| [| 1.0 |]; [| 2.0 |] |], [| "a"; missing |]) |> ignore)
        isEqual "row 1" error.Where
    let many = Array.init 65537 (fun row -> row - 1)
    Check.fails<DataException> [ "65537 different ones" ] (fun () ->
        Dataset.From(Array.zeroCreate<byte> 65537, 1, many) |> ignore)
    isEqual 65536 (Dataset.From(Array.zeroCreate<byte> 65536, 1, Array.truncate 65536 many)).Outputs

[<Test>]
let ``the classes of another data set are found by their names`` () =
    let x = [| [| 1.0 |]; [| 2.0 |] |]
    let train = Dataset.From(Array.append x x, [| "ant"; "bee"; "cow"; "ant" |])
    let test = Dataset.From(x, [| "cow"; "bee" |])
    isEqual 0.0 (Array.head (test.Target 1))
    let aligned = test.WithClassesOf train
    isEqual [ 2.0; 1.0 ] [ Array.head (aligned.Target 0); Array.head (aligned.Target 1) ]
    isEqual 3 aligned.Outputs
    let error = Check.caught<DataException>(fun () -> train.WithClassesOf test |> ignore)
    isEqual "row 0" error.Where

[<Test>]
let ``validation data with other classes in the same places are refused by a fit`` () =
    let x = Array.init 4 (fun row -> [| float row |])
    let train = Dataset.From(x, [| "ant"; "bee"; "cow"; "ant" |])
    let settings = { Fit.defaults with model = Model.linear 1 3; loss = Loss.crossEntropy }
    let fit validation = train |> Fit.run { settings with validation = Some validation } |> ignore
    let other = Dataset.From(x, [| "ant"; "cow"; "cow"; "ant" |])
    Check.fails<SettingsException>
        [ "The validation data have the class 'cow' where the training data have 'bee'"; "WithClassesOf" ]
        (fun () -> fit other)
    fit (other.WithClassesOf train)
    // Numbers have no names that could be others.
    fit (Dataset.From(x, [| 0; 2; 1; 0 |]))

[<Law>]
let ``balanced weights give every class the same sum, and keep the sum of all`` (case: Case) =
    for data in classed case do
        let balanced = data.WithBalancedWeights()
        let before = Array.init data.Rows data.Weight
        let sums =
            Array.init data.Rows (fun row -> data.ClassName row, balanced.Weight row)
            |> Array.groupBy fst
            |> Array.map (snd >> Array.sumBy snd)
        for sum in sums do
            Check.nearNumber (1e-13 * Array.sum before) (Array.sum before / float sums.Length) sum

// ---- objects ---------------------------------------------------------------------------------------------------------

type House = { Price: float; Area: float; Rooms: int; Age: Nullable<float>; Town: string; Colour: Colour }

let private houses =
    [ { Price = 350.0; Area = 120.0; Rooms = 4; Age = Nullable 7.0; Town = "Ulm"; Colour = Colour.Red }
      { Price = 210.0; Area = 80.0; Rooms = 3; Age = Nullable 30.0; Town = "Aachen"; Colour = Colour.Blue } ]

[<Test>]
let ``rows of records are read by functions that name them`` () =
    let data =
        Dataset.FromRows(
            houses,
            (fun (h: House) -> h.Price),
            (fun h -> h.Area),
            (fun h -> float h.Rooms),
            (fun h -> h.Age.Value),
            (fun h -> h.Area * h.Area)
        )
    isEqual [ "Area"; "Rooms"; "Age"; "Area * Area" ] (List.ofSeq data.FeatureNames)
    isEqual [ [| 120.0; 4.0; 7.0; 14400.0 |]; [| 80.0; 3.0; 30.0; 6400.0 |] ] [ data.Row 0; data.Row 1 ]
    isEqual [ "Price" ] (List.ofSeq data.TargetNames)
    let towns = Dataset.FromRows(houses, (fun (h: House) -> h.Town), (fun h -> h.Area))
    isEqual [ "Ulm"; "Aachen" ] [ towns.ClassName 0; towns.ClassName 1 ]
    let colours = Dataset.FromRows(houses, (fun (h: House) -> h.Colour), (fun h -> h.Area))
    isEqual [ "Red"; "Blue" ] [ colours.ClassName 0; colours.ClassName 1 ]

[<Test>]
let ``a value that a record lacks is named by its row and feature`` () =
    let lacking = houses @ [ { houses.Head with Age = Nullable(); Area = nan } ]
    let error =
        Check.caught<DataException>(fun () ->
            Dataset.FromRows(lacking, (fun (h: House) -> h.Price), (fun h -> h.Age.Value)) |> ignore)
    isEqual "row 2, feature 'Age'" error.Where
    let error =
        Check.caught<DataException>(fun () -> Dataset.FromRows(lacking, (fun (h: House) -> h.Town), (fun h -> h.Area)) |> ignore)
    isEqual "row 2, column 'Area'" error.Where

// ---- what it is like -------------------------------------------------------------------------------------------------

/// Mean and standard deviation in decimal arithmetic would be slow: here in exact fractions of bytes, and otherwise twice
/// through the values.
let private directly (values: float[]) =
    let n = float values.Length
    let mean = Array.sum values / n
    mean, sqrt (Array.sumBy (fun v -> (v - mean) * (v - mean)) values / n)

[<Law>]
let ``a description has the counts, means, deviations and bounds of the columns`` (case: Case) =
    for data in kinds case do
        let summary = data.Describe()
        for column in 0 .. data.Columns - 1 do
            let values = Array.init data.Rows (fun row -> (data.Row row)[column])
            let mean, deviation = directly values
            let found = summary.Features[column]
            let largest = Array.max (Array.map abs values)
            isEqual (data.FeatureNames[column], data.Rows, 0) (found.Name, found.Count, found.Missing)
            isEqual (Array.min values, Array.max values) (found.Minimum, found.Maximum)
            Check.nearNumber (1e-14 * largest) mean found.Mean
            Check.nearNumber (1e-13 * largest) deviation found.StandardDeviation
        if not data.HasClasses then
            Check.nearNumber
                1e-13
                (fst (directly (Array.init data.Rows (fun row -> Array.head (data.Target row)))))
                summary.Targets[0].Mean

[<Law>]
let ``a value that is missing is counted, and nothing else changes`` (case: Case) =
    let values = normals 4 (40 * case.rows) case
    let isMissing row = (row + case.seed) % 3 = 0
    let described (values: float[]) = (Dataset.From(values |> Array.map Array.singleton, values)).Describe().Features[0]
    let found = described (values |> Array.mapi (fun row v -> if isMissing row then nan else v))
    let there = values |> Array.indexed |> Array.filter (fst >> isMissing >> not) |> Array.map snd
    let expected = described there
    isEqual (there.Length, values.Length - there.Length) (found.Count, found.Missing)
    isEqual (expected.Minimum, expected.Maximum) (found.Minimum, found.Maximum)
    Check.nearNumber 1e-14 expected.Mean found.Mean
    Check.nearNumber 1e-14 expected.StandardDeviation found.StandardDeviation

[<Law>]
let ``the mean and deviation of bytes are exact, rounded once`` (case: Case) =
    let count = 700 * case.rows
    let bytes = Array.init (count * case.columns) (fun at -> byte (Random.below 256 (Random.key case.seed) (int64 at)))
    let summary = (Dataset.From(bytes, case.columns, Array.zeroCreate<int> count)).Describe()
    for column in 0 .. case.columns - 1 do
        let values = Array.init count (fun row -> bigint (int bytes[row * case.columns + column]))
        let sum, squares = Array.sum values, values |> Array.sumBy (fun v -> v * v)
        isEqual (float sum / float count) summary.Features[column].Mean
        let variance = float (bigint count * squares - sum * sum) / float count / float count
        isEqual (sqrt variance) summary.Features[column].StandardDeviation

[<Test>]
let ``a deviation that is small beside the mean is not lost, whatever the first row is`` () =
    // In halves of a power of two everything here is exact.
    for offset in [ 1e6; 1e9; 1e12 ] do
        let values = Array.init 4096 (fun row -> if row = 0 then offset + 64.0 else offset + float (row % 2))
        let exact = Array.init 4096 (fun row -> if row = 0 then 64.0 else float (row % 2))
        let mean, deviation = directly exact
        let found = (Dataset.From(Array.map Array.singleton values, values)).Describe().Features[0]
        Check.nearNumber (2.220446049250313e-16 * offset) (offset + mean) found.Mean
        Check.nearNumber (1e-16 * offset * 64.0 / 4096.0 + 1e-12) deviation found.StandardDeviation

[<Test>]
let ``a column of one value has no deviation; of none, no mean; infinities are no numbers to deviate from`` () =
    let described (values: float[]) =
        (Dataset.From(Array.map Array.singleton values, Array.map (fun _ -> 0) values)).Describe().Features[0]
    let constant = described (Array.create 1001 0.1)
    isEqual (0.1, 0.0) (constant.Mean, constant.StandardDeviation)
    let none = described [| nan; nan |]
    isEqual (0, 2) (none.Count, none.Missing)
    Assert.That([ none.Mean; none.StandardDeviation; none.Minimum; none.Maximum ], Is.All.NaN)
    let infinite = described (Array.append [| infinity |] (Array.create 600 1.0))
    isEqual (infinity, 1.0, infinity) (infinite.Mean, infinite.Minimum, infinite.Maximum)
    Assert.That(infinite.StandardDeviation, Is.NaN)

[<Test>]
let ``moments have the same bits with any number of threads`` () =
    let values = Random.normals 30_000 (Random.key 5)
    let bits (moments: ColumnMoments) = [ moments.Mean; moments.SquaredDeviations; moments.Least; moments.Greatest ]
    let rows = [| 0..9_999 |]
    let one = ColumnMoments.Of(values, 3, rows, 1)
    for threads in [ 2; 3; 8 ] do
        isEqual (bits one) (bits (ColumnMoments.Of(values, 3, rows, threads)))

[<Law>]
let ``the means of a class are those of its rows`` (case: Case) =
    for data in classed case do
        for one in data.Describe(true).Classes do
            let rows =
                [| for row in 0 .. data.Rows - 1 do
                       if data.ClassName row = one.Name then row |]
            isEqual rows.Length one.Count
            if rows.Length > 0 then
                let own = (data.Pick rows).Describe().Features
                isEqual [ for feature in own -> feature.Mean ] (List.ofSeq one.Means)
        isEqual 0 (data.Describe().Classes.[0]).Means.Count

[<Test>]
let ``a description prints as a table`` () =
    let data =
        Dataset
            .From([| [| 120.0; 7.0 |]; [| 80.0; nan |]; [| 100.0; 1.5 |] |], [| "flat"; "house"; "flat" |])
            .WithFeatureNames("area", "age")
            .WithSource
            "houses.csv"
    let expected =
        "3 rows × 2 columns (64-bit numbers), 2 classes: flat, house
  from houses.csv
  column  count  missing  mean       sd  min  max
  area        3        0   100  16.3299   80  120
  age         2        1  4.25     2.75  1.5    7
  class  count  mean area  mean age
  flat       2        110      4.25
  house      1         80       NaN"
    isEqual (expected.Replace("\r", "")) (string (data.Describe true))
    isEqual (expected.Replace("\r", "")) (sprintf "%A" (data.Describe true))
    isEqual "area: count 3, missing 0, mean 100, sd 16.3299, min 80, max 120" (string (data.Describe().Features[0]))
    isEqual "flat: 2 rows" (string (data.Describe().Classes[0]))

[<Test>]
let ``where the rows come from is said of what is made of them`` () =
    let train, test = Synthetic.garments 8 4 1
    isEqual "garments 0–7 of seed 1" train.Source
    isEqual "garments 8–11 of seed 1, rows 1–2" (test.Slice(1, 2)).Source
    isEqual "garments 8–11 of seed 1, row 3" (test.Slice(3, 1)).Source
    isEqual "garments 0–7 of seed 1, 2 rows picked" (train.Pick [| 5; 1 |]).Source
    isEqual "garments 0–7 of seed 1, first part of a split by 0.25 with seed 7" (fst (train.Split(0.25, 7))).Source
    isEqual "garments 0–7 of seed 1 + garments 8–11 of seed 1" (Dataset.Concat(train, test)).Source
    isEqual "garments 0–7 of seed 1" (Dataset.Concat(train, train)).Source
    isEqual "garments 0–7 of seed 1" (train.WithoutEmptyClasses().WithBalancedWeights()).Source
    let plain = Dataset.From([| [| 1.0 |]; [| 2.0 |] |], [| 1.0; 2.0 |])
    isEqual ("", "") (plain.Source, (plain.Slice(0, 1)).Source)
    let printed = sprintf "%A" (plain.WithSource "two.csv")
    Assert.That(printed, Does.StartWith "2 rows × 1 column (64-bit numbers), 1 target\n  from two.csv\n")
