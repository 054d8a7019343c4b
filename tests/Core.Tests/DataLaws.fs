/// Data sets, the tensors made of them, and data made from a seed.
module LinearNets.Tests.DataLaws

open System
open System.Collections.Generic
open System.Threading.Tasks
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

// ---- examples --------------------------------------------------------------------------------------------------------

/// A data set made by one of the ways to make one, what it must hold, and a way to overwrite what it was made from.
[<NoEquality; NoComparison>]
type private Made =
    { data: Dataset
      features: float[][]
      targets: float[][]
      dtype: Dtype
      hasClasses: bool
      spoil: unit -> unit }

let private normals stream rows columns (case: Case) =
    let values = Random.normals (rows * columns) (Random.split (Random.key case.seed) stream)
    Array.init rows (fun row -> Array.sub values (row * columns) columns)

/// Neither side's values are round, so what is stored in fewer bits shows.
let private numbers (case: Case) = normals 0 case.rows case.columns case, normals 1 case.rows case.classes case

let private singles = Array.map (Array.map float32)

let private widened = Array.map (Array.map float)

let private labels (case: Case) =
    Array.init case.rows (fun row -> Random.below (case.classes + 2) (Random.key case.seed) (int64 row))

let private first (rows: 'T[][]) = rows |> Array.map Array.head

let private ofLabels labels = labels |> Array.map (fun (label: int) -> [| float label |])

let private clearRows (rows: 'T[][]) =
    rows |> Array.iter Array.Clear
    Array.Clear rows

let private clearMatrix (matrix: 'T[,]) = Array.Clear matrix

/// Every overload of From. Those with one target take the first column of the targets.
let private ways: (string * (Case -> Made)) list =
    let made (data: Dataset) features targets dtype spoil =
        { data = data
          features = features
          targets = targets
          dtype = dtype
          hasClasses = data.HasClasses
          spoil = spoil }
    [ "float[,] with float[]",
      fun case ->
          let x, y = numbers case
          let matrix, vector = array2D x, first y
          made (Dataset.From(matrix, vector)) x (Array.map Array.singleton (first y)) Dtype.Float64 (fun () ->
              clearMatrix matrix
              Array.Clear vector)
      "float[,] with float[,]",
      fun case ->
          let x, y = numbers case
          let matrix, targets = array2D x, array2D y
          made (Dataset.From(matrix, targets)) x y Dtype.Float64 (fun () ->
              clearMatrix matrix
              clearMatrix targets)
      "float[,] with labels",
      fun case ->
          let x, labels = fst (numbers case), labels case
          let matrix, expected = array2D x, ofLabels labels
          made (Dataset.From(matrix, labels)) x expected Dtype.Float64 (fun () ->
              clearMatrix matrix
              Array.Clear labels)
      "float32[,] with float32[]",
      fun case ->
          let x, y = numbers case
          let matrix, vector = array2D (singles x), first (singles y)
          let expected = vector |> Array.map (float >> Array.singleton)
          made (Dataset.From(matrix, vector)) (widened (singles x)) expected Dtype.Float32 (fun () ->
              clearMatrix matrix
              Array.Clear vector)
      "float32[,] with float32[,]",
      fun case ->
          let x, y = numbers case
          let matrix, targets = array2D (singles x), array2D (singles y)
          made (Dataset.From(matrix, targets)) (widened (singles x)) (widened (singles y)) Dtype.Float32 (fun () ->
              clearMatrix matrix
              clearMatrix targets)
      "float32[,] with labels",
      fun case ->
          let x, labels = singles (fst (numbers case)), labels case
          let matrix, expected = array2D x, ofLabels labels
          made (Dataset.From(matrix, labels)) (widened x) expected Dtype.Float32 (fun () ->
              clearMatrix matrix
              Array.Clear labels)
      "float[][] with float[]",
      fun case ->
          let x, y = numbers case
          let rows, vector = Array.map Array.copy x, first y
          made (Dataset.From(rows, vector)) x (Array.map Array.singleton (first y)) Dtype.Float64 (fun () ->
              clearRows rows
              Array.Clear vector)
      "float[][] with float[][]",
      fun case ->
          let x, y = numbers case
          let rows, targets = Array.map Array.copy x, Array.map Array.copy y
          made (Dataset.From(rows, targets)) x y Dtype.Float64 (fun () ->
              clearRows rows
              clearRows targets)
      "float[][] with labels",
      fun case ->
          let x, labels = fst (numbers case), labels case
          let rows, expected = Array.map Array.copy x, ofLabels labels
          made (Dataset.From(rows, labels)) x expected Dtype.Float64 (fun () ->
              clearRows rows
              Array.Clear labels)
      "float32[][] with float32[]",
      fun case ->
          let x, y = numbers case
          let rows, vector = singles x, first (singles y)
          let expected = vector |> Array.map (float >> Array.singleton)
          made (Dataset.From(rows, vector)) (widened (singles x)) expected Dtype.Float32 (fun () ->
              clearRows rows
              Array.Clear vector)
      "float32[][] with float32[][]",
      fun case ->
          let x, y = numbers case
          let rows, targets = singles x, singles y
          made (Dataset.From(rows, targets)) (widened (singles x)) (widened (singles y)) Dtype.Float32 (fun () ->
              clearRows rows
              clearRows targets)
      "float32[][] with labels",
      fun case ->
          let rows, labels = singles (fst (numbers case)), labels case
          let expected = ofLabels labels
          made (Dataset.From(rows, labels)) (widened rows) expected Dtype.Float32 (fun () ->
              clearRows rows
              Array.Clear labels)
      "bytes with labels",
      fun case ->
          let key, labels = Random.key case.seed, labels case
          let bytes = Array.init (case.rows * case.columns) (fun at -> byte (Random.below 256 key (int64 at)))
          let expected = bytes |> Array.map float |> Array.chunkBySize case.columns
          made (Dataset.From(bytes, case.columns, labels)) expected (ofLabels labels) Dtype.Float32 (fun () ->
              Array.Clear bytes
              Array.Clear labels) ]

let private eachWay (case: Case) check = Fixture.each fst ways (fun (_, make) -> check (make case))

let private featuresOf (data: Dataset) = Array.init data.Rows data.Row

let private targetsOf (data: Dataset) = Array.init data.Rows data.Target

let private isEqual (expected: 'T) (actual: 'T) = if expected <> actual then Assert.Fail $"expected %A{expected}, got %A{actual}"

let private allDiffer (items: 'T list) = isEqual items.Length (List.distinct items).Length

let private isNot (unwanted: 'T) (items: 'T list) = Assert.That(List.contains unwanted items, Is.False, $"%A{unwanted}")

/// The rows of two data sets are the same, and so is all that is said of them.
let private same (expected: Dataset) (actual: Dataset) =
    isEqual (featuresOf expected) (featuresOf actual)
    isEqual (targetsOf expected) (targetsOf actual)
    isEqual (string expected) (string actual)
    isEqual (List.ofSeq expected.FeatureNames) (List.ofSeq actual.FeatureNames)
    isEqual (List.ofSeq expected.TargetNames) (List.ofSeq actual.TargetNames)
    isEqual (List.ofSeq expected.ClassNames) (List.ofSeq actual.ClassNames)
    isEqual expected.ImageShape actual.ImageShape

/// A data set of so many rows, each of which has its own number as feature and as target.
let private counted rows = Dataset.From(Array2D.init rows 1 (fun row _ -> float row), Array.init rows float)

let private rowNumbers (data: Dataset) = featuresOf data |> Array.map (fun row -> int row[0])

/// A data set with all the names there are.
let private named (case: Case) =
    let pixels = Array.init (case.rows * 6) (fun at -> byte (case.seed + 31 * at))
    Dataset
        .From(pixels, 6, labels case)
        .WithFeatureNames("a", "b", "c", "d", "e", "f")
        .WithTargetNames("kind")
        .WithClassNames(Array.init (case.classes + 3) (fun i -> $"kind {i}"))
        .WithImageShape(2, 3)

// ---- making a data set -----------------------------------------------------------------------------------------------

[<Law>]
let ``a data set has the values it was made from`` (case: Case) =
    eachWay case (fun made ->
        isEqual case.rows made.data.Rows
        isEqual case.columns made.data.Columns
        isEqual made.features (featuresOf made.data)
        isEqual made.targets (targetsOf made.data)
        isEqual made.dtype (Data.dtype made.data))

[<Law>]
let ``outputs are the target numbers of a row, or the classes up to the largest label`` (case: Case) =
    eachWay case (fun made ->
        let expected = if made.hasClasses then 1 + int (Array.max (Array.concat made.targets)) else made.targets[0].Length
        isEqual expected made.data.Outputs)

[<Law>]
let ``names count from x1, from y or y1, and from class 0, unless others were given`` (case: Case) =
    let numbered name count = if count = 1 then [ name ] else [ for i in 1..count -> $"{name}{i}" ]
    eachWay case (fun made ->
        let data = made.data
        isEqual (numbered "x" case.columns) (List.ofSeq data.FeatureNames)
        isEqual (if made.hasClasses then [ "class" ] else numbered "y" data.Outputs) (List.ofSeq data.TargetNames)
        isEqual (if made.hasClasses then [ for i in 0 .. data.Outputs - 1 -> $"{i}" ] else []) (List.ofSeq data.ClassNames)
        Assert.That(data.ImageShape.HasValue, Is.False))

[<Law>]
let ``a data set stays as it is when what it was made from changes`` (case: Case) =
    eachWay case (fun made ->
        made.spoil ()
        isEqual made.features (featuresOf made.data)
        isEqual made.targets (targetsOf made.data))

[<Law>]
let ``a data set stays as it is when a row that it gave changes`` (case: Case) =
    eachWay case (fun made ->
        Array.Clear(made.data.Row 0)
        Array.Clear(made.data.Target 0)
        Array.Clear(Data.all(made.data).x.toArray2D<float>())
        isEqual made.features (featuresOf made.data)
        isEqual made.targets (targetsOf made.data))

[<Test>]
let ``null instead of features or targets is refused`` () =
    let some, oneNumber, oneSingle, oneLabel = array2D [ [ 1.0 ] ], [| 1.0 |], [| 1.0f |], [| 0 |]
    let single = array2D [ [ 1.0f ] ]
    let without: (string * (unit -> Dataset)) list =
        [ "features", (fun () -> Dataset.From((null: float[,]), oneNumber))
          "features", (fun () -> Dataset.From((null: float[,]), some))
          "features", (fun () -> Dataset.From((null: float[,]), oneLabel))
          "features", (fun () -> Dataset.From((null: float32[,]), oneSingle))
          "features", (fun () -> Dataset.From((null: float32[,]), single))
          "features", (fun () -> Dataset.From((null: float32[,]), oneLabel))
          "features", (fun () -> Dataset.From((null: float[][]), oneNumber))
          "features", (fun () -> Dataset.From((null: float[][]), [| oneNumber |]))
          "features", (fun () -> Dataset.From((null: float[][]), oneLabel))
          "features", (fun () -> Dataset.From((null: float32[][]), oneSingle))
          "features", (fun () -> Dataset.From((null: float32[][]), oneLabel))
          "pixels", (fun () -> Dataset.From((null: byte[]), 1, oneLabel))
          "targets", (fun () -> Dataset.From(some, (null: float[])))
          "targets", (fun () -> Dataset.From(some, (null: float[,])))
          "labels", (fun () -> Dataset.From(some, (null: int[])))
          "targets", (fun () -> Dataset.From(single, (null: float32[])))
          "targets", (fun () -> Dataset.From(single, (null: float32[,])))
          "labels", (fun () -> Dataset.From(single, (null: int[])))
          "targets", (fun () -> Dataset.From([| oneNumber |], (null: float[])))
          "targets", (fun () -> Dataset.From([| oneNumber |], (null: float[][])))
          "labels", (fun () -> Dataset.From([| oneNumber |], (null: int[])))
          "targets", (fun () -> Dataset.From([| oneSingle |], (null: float32[])))
          "labels", (fun () -> Dataset.From([| oneSingle |], (null: int[])))
          "labels", (fun () -> Dataset.From([| 1uy |], 1, (null: int[])))
          "targets", (fun () -> Dataset.From([| 1uy |], 1, (null: float[]))) ]
    without |> Fixture.each fst <| fun (_, make) -> Check.fails<ArgumentNullException> [] (make >> ignore)

/// What cannot be a data set: what is wrong with it, the words its error must have, and how it is made.
let private unfit: (string * string list * (unit -> Dataset)) list =
    let ragged = [| [| 1.0; 2.0 |]; [| 3.0; 4.0 |]; [| 5.0 |] |]
    let raggedSingles = [| [| 1.0f; 2.0f |]; [| 3.0f; 4.0f; 5.0f |] |]
    [ "a row that is too short",
      [ "features with 1 values in row 2"; "expected 2, as row 0 has" ],
      (fun () -> Dataset.From(ragged, [| 1.0; 2.0; 3.0 |]))

      "a row that is too long",
      [ "features with 3 values in row 1"; "expected 2, as row 0 has" ],
      (fun () -> Dataset.From(raggedSingles, [| 0; 1 |]))

      "a row of targets that is too short",
      [ "targets with 1 values in row 2"; "expected 2, as row 0 has" ],
      (fun () -> Dataset.From(Array.map Array.copy [| ragged[0]; ragged[0]; ragged[0] |], ragged))

      "a row that is null",
      [ "features with no row 1"; "an array of numbers for each row" ],
      (fun () -> Dataset.From([| [| 1.0; 2.0 |]; null |], [| 1.0; 2.0 |]))

      "a first row that is null",
      [ "features with no row 0" ],
      (fun () -> Dataset.From([| null; [| 1.0; 2.0 |] |], [| 1.0; 2.0 |]))

      "a row of targets that is null",
      [ "targets with no row 1"; "an array of numbers for each row" ],
      (fun () -> Dataset.From([| [| 1.0 |]; [| 2.0 |] |], [| [| 1.0 |]; null |]))

      "no columns in a matrix",
      [ "features without columns"; "one column or more" ],
      (fun () -> Dataset.From(Array2D.zeroCreate<float> 3 0, [| 1.0; 2.0; 3.0 |]))

      "no columns in rows",
      [ "features without columns"; "one column or more" ],
      (fun () -> Dataset.From([| [||]; [||] |], [| 1.0; 2.0 |]))

      "no columns of bytes",
      [ "features without columns"; "one column or more" ],
      (fun () -> Dataset.From([| 1uy; 2uy |], 0, [| 0; 1 |]))

      "less than no columns of bytes", [ "features without columns" ], (fun () -> Dataset.From([| 1uy; 2uy |], -1, [| 0; 1 |]))

      "no columns of targets",
      [ "targets without columns"; "one column or more" ],
      (fun () -> Dataset.From(array2D [ [ 1.0 ]; [ 2.0 ] ], Array2D.zeroCreate<float> 2 0))

      "targets that are too few",
      [ "inputs [3; 2] with targets [2]"; "as many rows of each" ],
      (fun () -> Dataset.From(Array2D.zeroCreate<float> 3 2, [| 1.0; 2.0 |]))

      "targets that are too many",
      [ "inputs [3; 2] with targets [4]"; "as many rows of each" ],
      (fun () -> Dataset.From(Array2D.zeroCreate<float32> 3 2, [| 1.0f; 2.0f; 3.0f; 4.0f |]))

      "labels that are too few",
      [ "inputs [2; 3] with targets [1]"; "as many rows of each" ],
      (fun () -> Dataset.From([| 1uy .. 6uy |], 3, [| 0 |]))

      "as many target numbers as rows, but in half as many rows",
      [ "inputs [4; 2] with targets [2]"; "as many rows of each" ],
      (fun () -> Dataset.From(Array2D.zeroCreate<float> 4 2, Array2D.zeroCreate<float> 2 2))

      "pixels that end in the middle of a row",
      [ "7 values"; "a multiple of 3 columns" ],
      (fun () -> Dataset.From([| 1uy .. 7uy |], 3, [| 0; 1 |])) ]

[<Test>]
let ``shapes that do not fit are refused, and the error says where`` () =
    unfit |> Fixture.each (fun (what, _, _) -> what)
    <| fun (_, words, make) -> Check.fails<ShapeException> ("dataset" :: words) (make >> ignore)

[<Test>]
let ``a data set without rows is refused`` () =
    for make in
        [ fun () -> Dataset.From(Array2D.zeroCreate<float> 0 2, Array.empty<float>)
          fun () -> Dataset.From(Array2D.zeroCreate<float> 0 2, Array2D.zeroCreate<float> 0 1)
          fun () -> Dataset.From(Array2D.zeroCreate<float32> 0 2, Array.empty<int>)
          fun () -> Dataset.From(Array.empty<float[]>, Array.empty<float>)
          fun () -> Dataset.From(Array.empty<float32[]>, Array.empty<int>)
          fun () -> Dataset.From(Array.empty<byte>, 4, Array.empty<int>) ] do
        Check.fails<DataException> [ "dataset"; "no rows"; "at least one" ] (make >> ignore)

[<Test>]
let ``the largest label is a class`` () =
    let data = Dataset.From([| 1uy; 2uy |], 1, [| 65535; 0 |])
    isEqual 65536 data.Outputs
    isEqual "65535" (data.ClassName 0)

// ---- what it is ------------------------------------------------------------------------------------------------------

[<Law>]
let ``a row's class name is the name at its label`` (case: Case) =
    let data = named case
    for row in 0 .. data.Rows - 1 do
        isEqual $"kind {int (data.Target(row)[0])}" (data.ClassName row)

[<Test>]
let ``numbers have no class name`` () =
    Check.fails<DataException> [ "targets of this data set are numbers"; "whole-number labels" ] (fun () ->
        (counted 3).ClassName 0 |> ignore)

[<Test>]
let ``a row that is not there is refused by its number`` () =
    let data = Dataset.From([| 1uy .. 6uy |], 2, [| 0; 1; 0 |])
    for row in [ -1; 3; Int32.MinValue; Int32.MaxValue ] do
        for ask in
            [ fun () -> data.Row row |> ignore
              fun () -> data.Target row |> ignore
              fun () -> data.ClassName row |> ignore
              fun () -> data.Pick [| 0; row; -9 |] |> ignore ] do
            let error = Check.caught<DataException> ask
            isEqual $"row {row}" error.Where
            Assert.That(error.Message, Does.Contain $"dataset: got row {row}, expected one from 0 to 2.")

[<Law>]
let ``a value that is not finite is found by its row and name`` (case: Case) =
    let x, y = normals 0 case.rows case.columns case, normals 1 case.rows case.classes case
    let row, column, output = case.seed % case.rows, case.seed % case.columns, case.seed % case.classes
    let value = [| nan; infinity; -infinity |][case.seed % 3]
    let spoilt at (rows: float[][]) = rows |> Array.mapi (fun i r -> if i = row then Array.updateAt at value r else r)
    let named (data: Dataset) =
        data
            .WithFeatureNames(Array.init case.columns (fun i -> $"feature {i}"))
            .WithTargetNames(Array.init data.Outputs (fun i -> $"target {i}"))
    let text = $"""got {value.ToString("R", Globalization.CultureInfo.InvariantCulture)} in row {row}"""
    for data in
        [ Dataset.From(array2D (spoilt column x), array2D y)
          Dataset.From(array2D (singles (spoilt column x)), array2D (singles y)) ] do
        let data = named data
        // Twice, because a look that finds nothing is remembered.
        for _ in 1..2 do
            let error = Check.caught<DataException>(fun () -> data.CheckFeatures "my data")
            isEqual $"row {row}, column 'feature {column}'" error.Where
            Assert.That(error.Message, Does.StartWith $"my data: {text}, feature 'feature {column}'")
        data.CheckTargets "my data"
    let data = named (Dataset.From(array2D x, array2D (spoilt output y)))
    let error = Check.caught<DataException>(fun () -> data.CheckTargets "my data")
    isEqual $"row {row}, column 'target {output}'" error.Where
    Assert.That(error.Message, Does.StartWith $"my data: {text}, target 'target {output}'")
    data.CheckFeatures "my data"

// ---- names -----------------------------------------------------------------------------------------------------------

[<Law>]
let ``names are given to another data set, and the first one stays as it is`` (case: Case) =
    eachWay case (fun made ->
        let data = made.data
        let before = string data, List.ofSeq data.FeatureNames, List.ofSeq data.TargetNames, List.ofSeq data.ClassNames
        let features = Array.init data.Columns (fun i -> $"feature {i}")
        let targets = Array.init data.TargetNames.Count (fun i -> $"target {i}")
        let renamed = data.WithFeatureNames(features).WithTargetNames(targets).WithImageShape(1, data.Columns)
        let classes = Array.init (data.ClassNames.Count + 2) (fun i -> $"class {i}")
        let renamed = if data.HasClasses then renamed.WithClassNames classes else renamed
        isEqual (List.ofArray features) (List.ofSeq renamed.FeatureNames)
        isEqual (List.ofArray targets) (List.ofSeq renamed.TargetNames)
        isEqual (if data.HasClasses then List.ofArray classes else []) (List.ofSeq renamed.ClassNames)
        isEqual (if data.HasClasses then classes.Length else data.Outputs) renamed.Outputs
        isEqual (Nullable { Height = 1; Width = data.Columns }) renamed.ImageShape
        isEqual (featuresOf data) (featuresOf renamed)
        isEqual (targetsOf data) (targetsOf renamed)
        isEqual before (string data, List.ofSeq data.FeatureNames, List.ofSeq data.TargetNames, List.ofSeq data.ClassNames)
        Assert.That(data.ImageShape.HasValue, Is.False))

[<Test>]
let ``names stay as they are when the array they came in changes`` () =
    let data = Dataset.From([| 1uy .. 4uy |], 2, [| 0; 1 |])
    let two, one = [| "a"; "b" |], [| "t" |]
    let data = data.WithFeatureNames(two).WithTargetNames(one).WithClassNames(two)
    Array.Clear two
    Array.Clear one
    isEqual [ "a"; "b" ] (List.ofSeq data.FeatureNames)
    isEqual [ "t" ] (List.ofSeq data.TargetNames)
    isEqual [ "a"; "b" ] (List.ofSeq data.ClassNames)

[<Test>]
let ``names are to be read, not to be changed by who reads them`` () =
    let data = Dataset.From([| 1uy .. 4uy |], 2, [| 0; 1 |])
    for names in [ data.FeatureNames; data.TargetNames; data.ClassNames ] do
        Assert.That((names :?> IList<string>).IsReadOnly)
        Assert.That(box names, Is.Not.InstanceOf<string[]>())

[<Test>]
let ``a wrong number of names is refused with the right one`` () =
    let classes = Dataset.From([| 1uy .. 6uy |], 2, [| 0; 2; 0 |])
    let numbers = Dataset.From(array2D [ [ 1.0; 2.0 ] ], array2D [ [ 3.0; 4.0; 5.0 ] ])
    let refused: (string * (unit -> Dataset)) list =
        [ "The number of feature names is 1; expected 2.", (fun () -> classes.WithFeatureNames "a")
          "The number of feature names is 3; expected 2.", (fun () -> numbers.WithFeatureNames("a", "b", "c"))
          "The number of target names is 2; expected 1.", (fun () -> classes.WithTargetNames("a", "b"))
          "The number of target names is 2; expected 3.", (fun () -> numbers.WithTargetNames("a", "b"))
          "The number of class names is 2; expected 3 or more.", (fun () -> classes.WithClassNames("a", "b"))
          "The number of class names is 0; expected 3 or more.", (fun () -> classes.WithClassNames()) ]
    for message, give in refused do
        isEqual message (Check.caught<SettingsException>(give >> ignore)).Message

[<Test>]
let ``names are there, and differ`` () =
    let data = Dataset.From([| 1uy .. 4uy |], 2, [| 0; 1 |])
    for what, give in
        [ "feature names", (fun (names: string[]) -> data.WithFeatureNames names)
          "class names", (fun names -> data.WithClassNames names) ] do
        for nothing in [ null; "" ] do
            Check.fails<SettingsException> [ $"Name 1 of the {what} is empty" ] (fun () -> give [| "a"; nothing |] |> ignore)
        Check.fails<SettingsException> [ $"The name 'a' of the {what} is there 2 times" ] (fun () ->
            give [| "a"; "a" |] |> ignore)

[<Test>]
let ``null instead of names or rows is refused`` () =
    let data = Dataset.From([| 1uy .. 4uy |], 2, [| 0; 1 |])
    for give in
        [ fun () -> data.WithFeatureNames(null: string[])
          fun () -> data.WithTargetNames(null: string[])
          fun () -> data.WithClassNames(null: string[]) ] do
        isEqual "names" (Check.caught<ArgumentNullException>(give >> ignore)).ParamName
    isEqual "rows" (Check.caught<ArgumentNullException>(fun () -> data.Pick null |> ignore)).ParamName

[<Test>]
let ``rows take weights, and keep them when they are picked`` () =
    let plain = Dataset.From([| 1uy .. 6uy |], 2, [| 0; 2; 0 |])
    isEqual (false, 1.0) (plain.HasWeights, plain.Weight 2)
    let given = [| 0.5; 0.0; 2.0 |]
    let data = plain.WithWeights given
    Array.Clear given
    isEqual [ 0.5; 0.0; 2.0 ] (List.init 3 data.Weight)
    isEqual (plain.ToString() + ", weighted") (data.ToString())
    let picked = (data.Pick [| 2; 0; 2 |]).WithFeatureNames("a", "b")
    isEqual [ 2.0; 0.5; 2.0 ] (List.init 3 picked.Weight)
    Check.fails<DataException> [ "row 3" ] (fun () -> data.Weight 3 |> ignore)
    isEqual [ 0.5; 0.0; 2.0 ] ((Data.all data).weights.Value.toArray1D<float>() |> List.ofArray)
    isEqual None (Data.all plain).weights
    isEqual [ 0; 2 ] (Data.order 7 1 data |> Array.sort |> List.ofArray)
    isEqual [ 2 ] [ for batch in Data.inOrder 5 data -> batch.x.shape[0] ]

[<Test>]
let ``what is no weight is refused, by its row`` () =
    let data = Dataset.From([| 1uy .. 6uy |], 2, [| 0; 2; 0 |])
    isEqual "weights" (Check.caught<ArgumentNullException>(fun () -> data.WithWeights null |> ignore)).ParamName
    isEqual
        "The number of row weights is 2; expected 3, one per row."
        (Check.caught<SettingsException>(fun () -> data.WithWeights [| 1.0; 2.0 |] |> ignore)).Message
    for wrong in [ -1.0; nan; infinity ] do
        Check.fails<DataException> [ "Row weight"; "row 1" ] (fun () -> data.WithWeights [| 1.0; wrong; 2.0 |] |> ignore)
    Check.fails<DataException> [ "all 0" ] (fun () -> data.WithWeights [| 0.0; 0.0; 0.0 |] |> ignore)
    // Picked so that none is left that counts: the rows are there, and nothing can be learnt from them.
    let none = (data.WithWeights [| 0.0; 0.0; 1.0 |]).Slice(0, 2)
    let settings = { Fit.defaults with model = Model.linear 2 3; loss = Loss.crossEntropy }
    Check.fails<DataException> [ "all 0" ] (fun () -> Fit.run settings none |> ignore)

[<Test>]
let ``numbers take no class names`` () =
    Check.fails<DataException> [ "targets of this data set are numbers" ] (fun () ->
        (counted 3).WithClassNames("a", "b") |> ignore)

[<Test>]
let ``an image has as many pixels as a row has columns`` () =
    let data = Dataset.From([| 1uy .. 12uy |], 6, [| 0; 1 |])
    let shape = data.WithImageShape(2, 3).ImageShape.Value
    isEqual (2, 3, "2×3") (shape.Height, shape.Width, string shape)
    // −2 × −3 is 6, and so is 83 × 51746594 in 32 bits.
    for height, width in [ 2, 2; 3, 3; 0, 6; 6, 0; -2, -3; -1, 6; 83, 51746594 ] do
        let message = $"The image shape is {height}×{width}; expected a height and a width with the product 6."
        isEqual message (Check.caught<SettingsException>(fun () -> data.WithImageShape(height, width) |> ignore)).Message

// ---- other rows ------------------------------------------------------------------------------------------------------

[<Law>]
let ``picked rows are those rows, with their targets, in the order given`` (case: Case) =
    let picked = Array.init (1 + case.seed % 15) (fun i -> Random.below case.rows (Random.key case.seed) (int64 i))
    eachWay case (fun made ->
        let part = made.data.Pick picked
        isEqual picked.Length part.Rows
        isEqual (picked |> Array.map (fun row -> made.features[row])) (featuresOf part)
        isEqual (picked |> Array.map (fun row -> made.targets[row])) (targetsOf part)
        isEqual made.data.Outputs part.Outputs
        isEqual made.dtype (Data.dtype part))

[<Law>]
let ``a slice is a pick of rows that follow one another`` (case: Case) =
    eachWay case (fun made ->
        for start in 0 .. case.rows - 1 do
            let count = 1 + case.seed % (case.rows - start)
            same (made.data.Pick [| start .. start + count - 1 |]) (made.data.Slice(start, count))
        same made.data (made.data.Slice(0, case.rows)))

[<Law>]
let ``part of a data set keeps all its names`` (case: Case) =
    let data = named { case with rows = case.rows + 1 }
    let train, test = data.Split(0.5, case.seed)
    for part in [ data.Pick [| 0 |]; data.Slice(case.rows, 1); train; test ] do
        isEqual (List.ofSeq data.FeatureNames) (List.ofSeq part.FeatureNames)
        isEqual (List.ofSeq data.TargetNames) (List.ofSeq part.TargetNames)
        isEqual (List.ofSeq data.ClassNames) (List.ofSeq part.ClassNames)
        isEqual data.ImageShape part.ImageShape
        isEqual data.Outputs part.Outputs

[<Test>]
let ``no rows, or rows beyond the ends, are refused`` () =
    let data = counted 4
    let none = [ "dataset: got no rows" ]
    Check.fails<DataException> none (fun () -> data.Pick [||] |> ignore)
    for count in [ 0; -1; Int32.MinValue ] do
        Check.fails<DataException> none (fun () -> data.Slice(0, count) |> ignore)
    for start, count, row in
        [ -1, 2, -1; 0, 5, 4; 2, 3, 4; 4, 1, 4; 7, 1, 7; 1, Int32.MaxValue, 4; Int32.MaxValue, 1, Int32.MaxValue ] do
        Check.fails<DataException> [ $"dataset: got row {row}, expected one from 0 to 3" ] (fun () ->
            data.Slice(start, count) |> ignore)

// ---- splits ----------------------------------------------------------------------------------------------------------

[<Law>]
let ``a split has every row exactly once, and the second part is the share rounded`` (case: Case) =
    let n = case.rows + 1
    let data = counted n
    for second in 1 .. n - 1 do
        // Anything within half a row of the number of rows is that share.
        for share in [ float second / float n; (float second + 0.4) / float n; (float second - 0.4) / float n ] do
            let train, test = data.Split(share, case.seed)
            isEqual (n - second, second) (train.Rows, test.Rows)
            isEqual [| 0 .. n - 1 |] (Array.sort (Array.append (rowNumbers train) (rowNumbers test)))
            isEqual (featuresOf train) (targetsOf train)
            isEqual (featuresOf test) (targetsOf test)

[<Test>]
let ``a split is a function of the seed, and another seed makes another split`` () =
    // Of 100 rows, two random orders are equal once in 10¹⁵⁸.
    let orders =
        [ for seed in -2 .. 7 do
              let split () =
                  let train, test = (counted 100).Split(0.3, seed)
                  rowNumbers train, rowNumbers test
              isEqual (split ()) (split ())
              split () ]
    allDiffer orders
    orders |> isNot ([| 0..69 |], [| 70..99 |])

[<Test>]
let ``every row is as likely as any other to be in the second part`` () =
    let counts = Array.zeroCreate<int> 10
    for seed in 1..2000 do
        for row in rowNumbers (snd ((counted 10).Split(0.3, seed))) do
            counts[row] <- counts[row] + 1
    // 600 of 2000 are expected, with a standard deviation of 20.5; the seeds are fixed.
    for count in counts do
        Assert.That(count, Is.InRange(520, 680))

[<Test>]
let ``a split of which one side would be empty is refused`` () =
    let data = counted 4
    for share in [ 0.0; 1.0; -0.5; 1.5; nan; infinity; -infinity ] do
        Check.fails<SettingsException> [ "The share of a split is"; "a number above 0 and below 1" ] (fun () ->
            data.Split(share, 1) |> ignore)
    for share in [ 1e-300; 0.1; 0.9; 1.0 - 1e-16 ] do
        Check.fails<SettingsException> [ "The share of a split is"; "of 4 rows"; "a row or more on either side" ] (fun () ->
            data.Split(share, 1) |> ignore)
    Check.fails<SettingsException> [ "of 1 rows" ] (fun () -> (counted 1).Split(0.5, 1) |> ignore)

// ---- how it prints ---------------------------------------------------------------------------------------------------

let private prints (lines: string list) (data: Dataset) =
    isEqual lines.Head (string data)
    isEqual (String.concat "\n" lines) (sprintf "%A" data)

[<Test>]
let ``a few rows of numbers print as a table`` () =
    let x, y = array2D [ [ 120.0; 7.0 ]; [ 80.0; 30.5 ]; [ 1.0 / 3.0; -1e9 ] ], [| 350.0; 210.0; 0.5 |]
    Dataset.From(x, y).WithFeatureNames("area", "age").WithTargetNames("rent")
    |> prints
        [ "3 rows × 2 columns (64-bit numbers), 1 target"
          "      area     age │ rent"
          "       120       7 │  350"
          "        80    30.5 │  210"
          "  0.333333  -1E+09 │  0.5" ]

[<Test>]
let ``one row and one column are singular, several targets plural`` () =
    Dataset.From(array2D [ [ 1.0f ] ], array2D [ [ 2.0f; 3.0f ] ])
    |> prints [ "1 row × 1 column (32-bit numbers), 2 targets"; "  x │ y1  y2"; "  1 │  2   3" ]
    Dataset.From([| 7uy |], 1, [| 0 |])
    |> prints [ "1 row × 1 column (bytes), 1 class: 0"; "  x │ class"; "  7 │     0" ]

[<Test>]
let ``of more than five rows the first five are printed, with the names of their classes`` () =
    let print rows =
        Dataset
            .From(Array2D.init rows 1 (fun row _ -> float32 row), Array.init rows (fun row -> row % 3))
            .WithClassNames("cat", "dog", "cow")
        |> prints
            [ $"{rows} rows × 1 column (32-bit numbers), 3 classes: cat, dog, cow"
              "  x │ class"
              "  0 │   cat"
              "  1 │   dog"
              "  2 │   cow"
              "  3 │   cat"
              "  4 │   dog"
              if rows > 5 then "  …" ]
    print 5
    print 6

[<Test>]
let ``rows of more than ten columns print as a line, and so do images`` () =
    let wide columns = Dataset.From(Array2D.zeroCreate<float> 2 columns, [| 1; 2 |])
    wide 11 |> prints [ "2 rows × 11 columns (64-bit numbers), 3 classes: 0, 1, 2" ]
    wide 10
    |> prints
        [ "2 rows × 10 columns (64-bit numbers), 3 classes: 0, 1, 2"
          "  x1  x2  x3  x4  x5  x6  x7  x8  x9  x10 │ class"
          "   0   0   0   0   0   0   0   0   0    0 │     1"
          "   0   0   0   0   0   0   0   0   0    0 │     2" ]
    Dataset.From(Array.zeroCreate<byte> 24, 12, [| 0; 1 |]).WithImageShape(3, 4)
    |> prints [ "2 rows × 12 columns (bytes, images 3×4), 2 classes: 0, 1" ]

[<Test>]
let ``of more than ten classes the first ten are named`` () =
    let classes count = string (Dataset.From([| 1uy |], 1, [| count - 1 |]))
    isEqual "1 row × 1 column (bytes), 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9" (classes 10)
    isEqual "1 row × 1 column (bytes), 11 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …" (classes 11)

// ---- tensors ---------------------------------------------------------------------------------------------------------

/// A batch holds these rows.
let private holds (made: Made) (rows: int[]) (batch: Batch) =
    let check (dtype: Dtype) (shape: int list) (values: float[]) (t: Tensor) =
        isEqual dtype t.dtype
        isEqual shape (List.ofArray t.shape)
        isEqual values (Check.values t)
    let take (values: float[][]) = rows |> Array.collect (fun row -> values[row])
    check made.dtype [ rows.Length; made.features[0].Length ] (take made.features) batch.x
    if made.hasClasses then
        check Dtype.Int32 [ rows.Length ] (take made.targets) batch.y
    else
        check made.dtype [ rows.Length; made.targets[0].Length ] (take made.targets) batch.y
    Assert.That(batch.weights.IsNone)

[<Law>]
let ``rows of a data set as tensors are its values, labels as whole numbers`` (case: Case) =
    let rows = Array.init (1 + case.seed % 15) (fun i -> Random.below case.rows (Random.key case.seed) (int64 i))
    eachWay case (fun made ->
        holds made rows (Data.rows rows made.data)
        holds made [| 0 .. case.rows - 1 |] (Data.all made.data)
        Fixture.sameBits (Data.rows rows made.data).x (Data.features rows made.data)
        Fixture.sameBits (Data.rows rows made.data).y (Data.targets rows made.data))

/// Batches of a data set are those of all its rows as tensors.
let private agree size (order: int[]) data (batches: Batch seq) =
    let batches = List.ofSeq batches
    let expected = Batch.minibatches size order (Data.all data) |> List.ofSeq
    Fixture.sameBitsEach (expected |> List.map _.x) (batches |> List.map _.x)
    Fixture.sameBitsEach (expected |> List.map _.y) (batches |> List.map _.y)
    isEqual (expected |> List.map _.y.dtype) (batches |> List.map _.y.dtype)

[<Law>]
let ``minibatches of a data set are those of all its rows as tensors`` (case: Case) =
    // One way to make a data set for each case: all of them for all sizes would take seconds.
    let data = (snd ways[case.seed % ways.Length] case).data
    for size in 1 .. case.rows + 1 do
        let order = Data.order case.seed 3 data
        agree size order data (Data.minibatches size order data)
        agree size (Data.order case.seed 1 data) data (Data.shuffled size case.seed data)
        agree size [| 0 .. case.rows - 1 |] data (Data.inOrder size data)

[<Law>]
let ``an epoch sees every row exactly once, and only the last minibatch may be smaller`` (case: Case) =
    let n = case.rows
    let data = counted n
    for size in 1 .. n + 1 do
        for batches in [ Data.shuffled size case.seed data; Data.inOrder size data ] do
            let seen = batches |> Seq.map (fun batch -> Check.values batch.x) |> Seq.toList
            isEqual [| 0.0 .. float (n - 1) |] (Array.sort (Array.concat seen))
            isEqual ((n + size - 1) / size) seen.Length
            isEqual [ for batch in 1 .. seen.Length -> min size (n - (batch - 1) * size) ] (seen |> List.map Array.length)
    // A size beyond the rows makes one minibatch, and nothing of that size.
    isEqual 1 (Seq.length (Data.shuffled Int32.MaxValue case.seed data))

[<Law>]
let ``minibatches in place are those in memory of their own, as long as nobody has asked for the next`` (case: Case) =
    let data = (snd ways[case.seed % ways.Length] case).data
    for size in 1 .. case.rows do
        let batches = Data.shuffledInPlace size case.seed data
        // Two walks at once do not write over each other.
        for inPlace, (again, own) in Seq.zip batches (Seq.zip batches (Data.shuffled size case.seed data)) do
            for batch in [ inPlace; again ] do
                Fixture.sameBits own.x batch.x
                Fixture.sameBits own.y batch.y

[<Test>]
let ``a fold over chunks sees the rows in order, so many at a time`` () =
    for rows in [ 1; 511; 512; 513; 1024; 1025 ] do
        let seen = Data.foldChunks (fun seen indices -> indices :: seen) [] (counted rows)
        isEqual (List.ofArray (Array.chunkBySize Data.chunkSize [| 0 .. rows - 1 |])) (List.rev seen)

[<Test>]
let ``what a fold over chunks refuses has its row's number among all rows`` () =
    let refuse row (indices: int[]) =
        match Array.tryFindIndex ((=) row) indices with
        | Some place -> raise (DataException("refused", $"row {place}"))
        | None -> ()
    for row in [ 0; 511; 512; 1024 ] do
        let fold () = Data.foldChunks (fun () indices -> refuse row indices) () (counted 1025)
        isEqual $"row {row}" (Check.caught<DataException> fold).Where

[<Test>]
let ``a minibatch is made when it is asked for`` () =
    // The second one has a row that is not there, which only who asks for it finds out.
    let batches = Data.minibatches 2 [| 0; 1; 9 |] (counted 3)
    isEqual [| 0.0; 1.0 |] (Check.values (Seq.head batches).x)
    Check.fails<DataException> [ "batch: got row 9, expected one from 0 to 2" ] (fun () -> Seq.length batches |> ignore)

[<Test>]
let ``minibatches of less than one row are refused at once`` () =
    let data = counted 3
    for size in [ 0; -1; Int32.MinValue ] do
        for make in
            [ fun () -> Data.minibatches size [| 0; 1; 2 |] data
              fun () -> Data.shuffled size 1 data
              fun () -> Data.inOrder size data ] do
            let error = Check.caught<SettingsException>(make >> ignore)
            isEqual $"The size of a minibatch is {size}; expected 1 or more." error.Message

[<Test>]
let ``no rows, and rows that are not there, make no tensors`` () =
    for make in [ Data.rows >> (fun f data -> f data |> ignore); Data.features >> (fun f data -> f data |> ignore) ] do
        Check.fails<DataException> [ "batch: got no rows, expected at least one" ] (fun () -> make [||] (counted 3))
        for row in [ -1; 3; Int32.MinValue; Int32.MaxValue ] do
            Check.fails<DataException> [ $"batch: got row {row}, expected one from 0 to 2" ] (fun () ->
                make [| 2; row; -9 |] (counted 3))

// ---- orders ----------------------------------------------------------------------------------------------------------

[<Law>]
let ``an order is a permutation of the rows, and a function of seed and epoch`` (case: Case) =
    let data = counted case.rows
    for epoch in 1..3 do
        let order = Data.order case.seed epoch data
        isEqual [| 0 .. case.rows - 1 |] (Array.sort order)
        isEqual order (Data.order case.seed epoch data)

[<Test>]
let ``other seeds and other epochs have other orders`` () =
    // Of 60 rows, two random orders are equal once in 10⁸¹.
    let orders =
        [ for seed in -3 .. 6 do
              for epoch in 0..9 -> Data.order seed epoch (counted 60) ]
    allDiffer orders
    orders |> isNot [| 0..59 |]

[<Law>]
let ``orders use no random numbers of the parameters' first values`` (case: Case) =
    let data = counted 40
    // Model.init draws the i-th parameter from the i-th key split off the seed's; what is split off those is theirs, too.
    let seed = Random.key case.seed
    let parameters = [ for i in 0..9 -> Random.split seed i ]
    let ofParameters = HashSet<int[]>(HashIdentity.Structural)
    for key in
        seed :: parameters
        @ [ for key in parameters do
                yield! List.init 10 (Random.split key) ] do
        ofParameters.Add(Random.permutation data.Rows key) |> ignore
    for epoch in 0..9 do
        Assert.That(ofParameters.Contains(Data.order case.seed epoch data), Is.False, $"epoch {epoch}")

// ---- synthetic: linear -----------------------------------------------------------------------------------------------

/// What a function gives on several threads at once.
let private onThreads (make: unit -> 'T) =
    [ for _ in 1..4 -> Task.Factory.StartNew(make, TaskCreationOptions.LongRunning) ] |> List.map _.Result

let private meanOf (values: float[]) = Array.average values

let private deviation (values: float[]) =
    let mean = meanOf values
    sqrt ((values |> Array.sumBy (fun v -> (v - mean) * (v - mean))) / float (values.Length - 1))

/// y − (X·w + b), row by row.
let private residuals (settings: SyntheticLinear) (data: Dataset) =
    Array.map2
        (fun (x: float[]) (y: float[]) -> y[0] - settings.b - Seq.sum (Seq.map2 (*) x settings.w))
        (featuresOf data)
        (targetsOf data)

[<Test>]
let ``what linear data do not explain is noise with the deviation asked for`` () =
    for noise in [ 0.01; 1.0; 30.0 ] do
        for seed in 1..4 do
            let settings =
                { Synthetic.defaults with
                    noise = noise
                    w = [ 1.0; -2.0; 0.5 ]
                    n = 2000
                    seed = seed
                    dtype = Dtype.Float64 }
            let rest = residuals settings (Synthetic.linear settings)
            // The deviation of 2000 numbers has one of its own of 1.6%, their mean one of 2.2%; 4 of them.
            Check.nearNumber (0.064 * noise) noise (deviation rest)
            Check.nearNumber (0.09 * noise) 0.0 (meanOf rest)

[<Test>]
let ``the features of linear data are standard normal and independent`` () =
    let columns = 4
    let settings = { Synthetic.defaults with w = List.replicate columns 1.0; n = 5000; seed = 3; dtype = Dtype.Float64 }
    let rows = featuresOf (Synthetic.linear settings)
    let column j = rows |> Array.map (fun row -> row[j])
    for j in 0 .. columns - 1 do
        // Deviations of 0.014 and 0.010, and for a correlation 0.014; a normal number is within ±1 in 68.3% of cases.
        Check.nearNumber 0.057 0.0 (meanOf (column j))
        Check.nearNumber 0.04 1.0 (deviation (column j))
        let within = column j |> Array.filter (fun z -> abs z < 1.0) |> Array.length
        Check.nearNumber 0.027 0.6827 (float within / 5000.0)
        for other in j + 1 .. columns - 1 do
            Check.nearNumber 0.057 0.0 (meanOf (Array.map2 (*) (column j) (column other)))

[<Law>]
let ``without noise linear data are exact to rounding`` (case: Case) =
    let settings: SyntheticLinear =
        { w = List.ofArray (Array.head (normals 0 1 case.columns case))
          b = case.scale
          noise = 0.0
          n = case.rows
          seed = case.seed
          dtype = case.dtype }
    let data = Synthetic.linear settings
    isEqual (case.rows, case.columns, 1, false) (data.Rows, data.Columns, data.Outputs, data.HasClasses)
    isEqual case.dtype (Data.dtype data)
    isEqual case.dtype (Data.all data).y.dtype
    Array.iter2
        (fun (x: float[]) rest ->
            // Features and target are rounded, each product and each sum.
            let size = abs settings.b + Seq.sum (Seq.map2 (fun (a: float) b -> abs (a * b)) x settings.w)
            Check.nearNumber (float (case.columns + 2) * case.Eps * size) 0.0 rest)
        (featuresOf data)
        (residuals settings data)

[<Test>]
let ``least squares find the weights and the bias that linear data were made with`` () =
    for w in [ [ 2.0 ]; [ 2.0; -3.4 ]; [ 0.5; 0.0; -10.0; 4.0 ] ] do
        for dtype in [ Dtype.Float32; Dtype.Float64 ] do
            let settings: SyntheticLinear = { w = w; b = 4.2; noise = 0.01; n = 1000; seed = 5; dtype = dtype }
            let batch = Data.all (Synthetic.linear settings)
            let found = LeastSquares.normalEquations batch.x batch.y |> List.map Check.values |> Array.concat
            // A coefficient's deviation is noise/√n = 0.0003.
            List.iter2 (Check.nearNumber 0.0015) (w @ [ 4.2 ]) (List.ofArray found)

[<Law>]
let ``Float32 data are the Float64 data of the same seed, rounded`` (case: Case) =
    let settings = { Synthetic.defaults with n = case.rows; seed = case.seed }
    let wide = Synthetic.linear { settings with dtype = Dtype.Float64 }
    let rounded = Synthetic.linear { settings with dtype = Dtype.Float32 }
    isEqual (widened (singles (featuresOf wide))) (featuresOf rounded)
    isEqual (widened (singles (targetsOf wide))) (targetsOf rounded)

[<Test>]
let ``the defaults of linear data are the book's`` () =
    let data = Synthetic.linear Synthetic.defaults
    isEqual "1000 rows × 2 columns (32-bit numbers), 1 target" (string data)
    isEqual ([ 2.0; -3.4 ], 4.2, 0.01) (Synthetic.defaults.w, Synthetic.defaults.b, Synthetic.defaults.noise)

[<Test>]
let ``settings that make no linear data are refused`` () =
    let d = Synthetic.defaults
    let refused: (string * SyntheticLinear) list =
        [ "The number of weights is 0; expected 1 or more.", { d with w = [] }
          "The number of rows is 0; expected 1 or more.", { d with n = 0 }
          "The number of rows is -5; expected 1 or more.", { d with n = -5 }
          "The noise is -0.1; expected a finite number, 0 or more.", { d with noise = -0.1 }
          "The noise is NaN; expected a finite number, 0 or more.", { d with noise = nan }
          "The noise is Infinity; expected a finite number, 0 or more.", { d with noise = infinity }
          "The type of number is Int32; expected Float32 or Float64.", { d with dtype = Dtype.Int32 } ]
    for message, settings in refused do
        isEqual message (Check.caught<SettingsException>(fun () -> Synthetic.linear settings |> ignore)).Message

// ---- synthetic: classes ----------------------------------------------------------------------------------------------

[<Law>]
let ``classes are as equal in number as the rows allow`` (case: Case) =
    let classes = case.classes + 1
    let n = classes + case.rows + case.seed % 30
    let settings = { Synthetic.classDefaults with classes = classes; columns = case.columns; n = n; seed = case.seed }
    let data = Synthetic.classes settings
    isEqual (n, case.columns, classes, true) (data.Rows, data.Columns, data.Outputs, data.HasClasses)
    isEqual Dtype.Float32 (Data.dtype data)
    let counts = targetsOf data |> Array.countBy (fun target -> int target[0]) |> Array.map snd
    isEqual classes counts.Length
    Assert.That(Array.max counts - Array.min counts, Is.LessThanOrEqualTo 1)

[<Law>]
let ``without spread all rows of a class are its centre`` (case: Case) =
    let classes = case.classes + 1
    let settings = { Synthetic.classDefaults with classes = classes; columns = case.columns; n = 4 * classes }
    let data = Synthetic.classes { settings with spread = 0.0; seed = case.seed }
    // A chance of 2⁻²⁰ at the most that two centres of one column are equal in Float32, so the sets are counted by class.
    for _, rows in Seq.groupBy data.ClassName [ 0 .. data.Rows - 1 ] do
        isEqual 1 (rows |> Seq.map data.Row |> Seq.distinct |> Seq.length)
    let centres = featuresOf (Synthetic.classes { settings with spread = 0.0; seed = 17; columns = 3 }) |> Array.distinct
    isEqual classes centres.Length

[<Test>]
let ``rows lie around the centre of their class with the spread asked for, and centres around 0`` () =
    let settings: SyntheticClasses = { classes = 40; columns = 50; spread = 0.3; n = 4000; seed = 2 }
    let data = Synthetic.classes settings
    let centres = Dictionary<string, float[]>()
    let still = Synthetic.classes { settings with spread = 0.0 }
    for row in 0 .. still.Rows - 1 do
        centres[still.ClassName row] <- still.Row row
    let offsets = Array.init data.Rows (fun row -> Array.map2 (-) (data.Row row) centres[data.ClassName row]) |> Array.concat
    // 200,000 offsets and 2,000 centres, 4 deviations each.
    Check.nearNumber 0.0006 0.3 (deviation offsets)
    Check.nearNumber 0.003 0.0 (meanOf offsets)
    Check.nearNumber 0.064 1.0 (deviation (Array.concat centres.Values))
    Check.nearNumber 0.09 0.0 (meanOf (Array.concat centres.Values))

[<Test>]
let ``the classes of synthetic data come in random order`` () =
    let labels seed = targetsOf (Synthetic.classes { Synthetic.classDefaults with seed = seed }) |> Array.concat
    let orders = [ for seed in 0..9 -> labels seed ]
    allDiffer orders
    orders |> isNot (Array.sort orders.Head)
    orders |> isNot (Array.init 300 (fun i -> float (i % 3)))

[<Test>]
let ``settings that make no classes are refused`` () =
    let d = Synthetic.classDefaults
    let refused: (string * SyntheticClasses) list =
        [ "The number of classes is 1; expected 2 or more.", { d with classes = 1 }
          "The number of classes is -1; expected 2 or more.", { d with classes = -1 }
          "The number of columns is 0; expected 1 or more.", { d with columns = 0 }
          "The number of rows is 2; expected 3 or more, as there are classes.", { d with n = 2 }
          "The spread is -1; expected a finite number, 0 or more.", { d with spread = -1.0 }
          "The spread is NaN; expected a finite number, 0 or more.", { d with spread = nan } ]
    for message, settings in refused do
        isEqual message (Check.caught<SettingsException>(fun () -> Synthetic.classes settings |> ignore)).Message

// ---- synthetic: all --------------------------------------------------------------------------------------------------

[<Test>]
let ``a seed makes the same data again, also on several threads at once, and another seed makes others`` () =
    let makers: (string * (int -> Dataset)) list =
        [ "linear", (fun seed -> Synthetic.linear { Synthetic.defaults with n = 200; seed = seed })
          "classes", (fun seed -> Synthetic.classes { Synthetic.classDefaults with seed = seed })
          "garments to train on", (fun seed -> fst (Synthetic.garments 30 10 seed))
          "garments to test on", (fun seed -> snd (Synthetic.garments 30 10 seed)) ]
    makers |> Fixture.each fst
    <| fun (_, make) ->
        let expected = make 7
        onThreads (fun () -> make 7) |> List.iter (same expected)
        for seed in [ -7; 0; 8 ] do
            Assert.That((featuresOf (make seed) = featuresOf expected), Is.False, $"seed {seed}")

// ---- synthetic: garments ---------------------------------------------------------------------------------------------

/// Drawn once, for the tests that look at pixels.
let private garments = lazy (Synthetic.garments 2000 1000 11)

[<Test>]
let ``garments are images 28×28 of ten classes with their names`` () =
    let train, test = Synthetic.garments 30 20 1
    isEqual (30, 20) (train.Rows, test.Rows)
    for data in [ train; test ] do
        isEqual (784, 10, true) (data.Columns, data.Outputs, data.HasClasses)
        isEqual (Nullable { Height = 28; Width = 28 }) data.ImageShape
        isEqual Dtype.Float32 (Data.dtype data)
        isEqual (List.ofSeq Synthetic.garmentNames) (List.ofSeq data.ClassNames)
        isEqual (data.Target 0) [| float (Seq.findIndex ((=) (data.ClassName 0)) Synthetic.garmentNames) |]
    let names = String.concat ", " Synthetic.garmentNames
    isEqual $"30 rows × 784 columns (bytes, images 28×28), 10 classes: {names}" (string train)

[<Test>]
let ``garments have ten names in English and ten in Chinese, and nobody can change them`` () =
    for names in [ Synthetic.garmentNames; Synthetic.garmentNamesChinese ] do
        isEqual 10 (Seq.length (Seq.distinct names))
        Assert.That(names, Has.None.Empty)
        Assert.That((names :> IList<string>).IsReadOnly)
    isEqual
        [ "T-shirt"; "trouser"; "pullover"; "dress"; "coat"; "sandal"; "shirt"; "sneaker"; "bag"; "ankle boot" ]
        (List.ofSeq Synthetic.garmentNames)
    isEqual [ "T恤"; "裤子"; "套衫"; "连衣裙"; "外套"; "凉鞋"; "衬衫"; "运动鞋"; "包"; "短靴" ] (List.ofSeq Synthetic.garmentNamesChinese)
    let train, _ = Synthetic.garments 10 10 1
    isEqual 10 (train.WithClassNames(Array.ofSeq Synthetic.garmentNamesChinese).Outputs)

[<Test>]
let ``garments of all classes are equally many`` () =
    for size in [ 60; 63 ] do
        let train, test = Synthetic.garments size 37 4
        for data in [ train; test ] do
            let counts = targetsOf data |> Array.countBy Array.head |> Array.map snd
            isEqual 10 counts.Length
            // Every ten images from the first on have each class once: what is cut off at either end may be uneven.
            Assert.That(Array.max counts - Array.min counts, Is.LessThanOrEqualTo(if data.Rows % 10 = 0 then 0 else 2))
        targetsOf train |> Array.chunkBySize 10 |> List.ofArray |> List.truncate 6 |> allDiffer

[<Test>]
let ``garments to test on follow those to train on in one sequence of images`` () =
    let train, test = Synthetic.garments 60 40 9
    let longer, _ = Synthetic.garments 100 1 9
    same train (longer.Slice(0, 60))
    same test (longer.Slice(60, 40))
    let _, last = Synthetic.garments 99 1 9
    same last (longer.Slice(99, 1))

[<Test>]
let ``an error of a chunk is not forgotten when the whole has none`` () =
    let data = Synthetic.linear { Synthetic.defaults with n = 600 }
    let fold () (indices: int[]) = if indices.Length < 600 then raise (DataException("of a chunk", "row 0"))
    Check.fails<DataException> [ "of a chunk" ] (fun () -> Data.foldChunks fold () data)

[<Law>]
let ``data and parameters of one seed are not the same random numbers`` (case: Case) =
    let seed = case.seed
    let weights = Check.values (Model.init seed (Model.linear 2 1)).Head |> Array.map (fun w -> float32 (100.0 * w))
    let line = Synthetic.linear { Synthetic.defaults with n = 3; seed = seed }
    let points = Synthetic.classes { Synthetic.classDefaults with n = 3; spread = 0.0; seed = seed }
    for data in [ line; points ] do
        for row in 0..2 do
            for x, w in Seq.allPairs (data.Row row) weights do
                Assert.That(abs (float32 x - w), Is.GreaterThan 1e-6f)

[<Test>]
let ``garments drawn in parallel are those drawn one by one`` () =
    let train, test = garments.Value
    let pixels = Array.zeroCreate<byte> 784
    for data, start in [ train, 0; test, train.Rows ] do
        for row in 0..7 .. data.Rows - 1 do
            Garments.draw (Random.split (Random.key 11) -2) (start + row) (Span pixels)
            isEqual (Array.map float pixels) (data.Row row)
            isEqual [| float (Garments.label (Random.split (Random.key 11) -2) (start + row)) |] (data.Target row)

[<Test>]
let ``no garment is drawn twice`` () =
    let train, test = garments.Value
    // By the values of a row, which is 20 times faster than by the row.
    let images = HashSet<string>()
    for data in [ train; test ] do
        for row in 0 .. data.Rows - 1 do
            Assert.That(images.Add(Text.Encoding.Latin1.GetString(data.Row row |> Array.map byte)), $"{row} of {data}")

[<Test>]
let ``garments use all shades, on a ground of 0 that reaches most of the border`` () =
    let train, _ = garments.Value
    let images = featuresOf train
    let shades = Array.concat images
    Assert.That(Array.length (Array.distinct shades), Is.GreaterThan 200)
    isEqual (0.0, 255.0) (Array.min shades, Array.max shades)
    let share holds values = float (Array.length (Array.filter holds values)) / float (Array.length values)
    let isBorder pixel =
        let row, column = pixel / 28, pixel % 28
        row = 0 || row = 27 || column = 0 || column = 27
    let border =
        images
        |> Array.collect (fun image ->
            [| for pixel in 0..783 do
                   if isBorder pixel then image[pixel] |])
    Assert.That(share ((=) 0.0) border, Is.GreaterThan 0.8)
    Assert.That(share ((<) 0.0) shades, Is.InRange(0.25, 0.75))
    // Every image shows something: a twentieth of its pixels and some contrast.
    for image in images do
        Assert.That(share ((<) 0.0) image, Is.GreaterThan 0.05)
        Assert.That(Array.max image, Is.GreaterThan 50.0)

[<Test>]
let ``a linear model learns to tell garments apart, but not all of them`` () =
    let train, test = garments.Value
    let fitted =
        train
        |> Fit.run
            { Fit.defaults with
                model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear 784 10 ]
                loss = Loss.crossEntropy
                optimizer = Optimizer.sgd 0.1
                batch = 64
                epochs = 5 }
    let result = Fit.evaluate test fitted
    isEqual "accuracy" result.MetricName
    Assert.That(result.Metric, Is.InRange(0.65, 0.95))
    // What is taken for something else is mostly taken for something of the same outline.
    let names = List.ofSeq Synthetic.garmentNames
    let confused = Metric.confusion (Fit.scores test fitted) (Data.all test).y
    let uppers = set [ "T-shirt"; "pullover"; "dress"; "coat"; "shirt" ]
    let shoes = set [ "sandal"; "sneaker"; "ankle boot" ]
    let share truths (likely: Set<string>) =
        let counts within =
            List.sum
                [ for t, truth in List.indexed names do
                      for p, predicted in List.indexed names do
                          if List.contains truth truths && t <> p && within predicted then confused[t, p] ]
        float (counts likely.Contains) / float (counts (fun _ -> true))
    Assert.That(share [ "shirt"; "pullover"; "coat" ] uppers, Is.GreaterThan 0.9)
    Assert.That(share [ "sneaker"; "ankle boot" ] shoes, Is.GreaterThan 0.8)

[<Test>]
let ``the book's 3.6 on 60000 garments has the accuracy that others have on the same bytes`` () =
    // By bench/results/images.md PyTorch and scikit-learn have 82.2 % on them, the median of nine seeds.
    let train, test = Synthetic.garments 60000 10000 42
    let accuracy seed =
        let settings =
            { Fit.defaults with
                model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear 784 10 ]
                loss = Loss.crossEntropy
                optimizer = Optimizer.sgd 0.1
                batch = 256
                epochs = 10
                seed = seed }
        (train |> Fit.run settings |> Fit.evaluate test).Metric
    let median = (Array.sort (Array.init 9 accuracy))[4]
    Assert.That(median, Is.InRange(0.812, 0.832))

[<Test>]
let ``no garments to train or to test on are refused`` () =
    for train, test, part in [ 0, 5, "train"; -1, 5, "train"; 5, 0, "test"; 5, -1, "test" ] do
        let error = Check.caught<SettingsException>(fun () -> Synthetic.garments train test 1 |> ignore)
        isEqual $"The number of images to {part} on is {min train test}; expected 1 or more." error.Message
