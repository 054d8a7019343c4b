/// Sparse rows: whatever is computed of them is what is computed of the same rows with their zeros.
module LinearNets.Tests.SparseLaws

open System
open System.IO
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

// ---- the same rows twice ---------------------------------------------------------------------------------------------

let private pick (items: 'a list) n = items[abs n % items.Length]

type private Pair = { sparse: Dataset; dense: Dataset; eps: float }

/// Few values, some of them 0 and kept; empty rows, columns that never come, one column, rows that are full.
let private pair (case: Case) n d targets =
    let key stream = Random.split (Random.key case.seed) stream
    let u, z = Random.uniforms (n * d) (key 0), Random.normals (n * d) (key 1)
    let share = pick [ 0.05; 0.2; 0.5; 1.0 ] case.seed
    let kept row column = (row % 7 <> 3) && (d = 1 || column % 5 <> 2) && (row % 11 = 5 || u[row * d + column] < share)
    let value at = if u[at] < 0.02 * share then 0.0 else z[at]
    let starts, columns, values = ResizeArray [ 0 ], ResizeArray<int>(), ResizeArray<float>()
    let dense = Array.zeroCreate<float>(n * d)
    for row in 0 .. n - 1 do
        for column in 0 .. d - 1 do
            if kept row column then
                columns.Add column
                values.Add(value (row * d + column))
                dense[row * d + column] <- value (row * d + column)
        starts.Add columns.Count
    let starts, columns = starts.ToArray(), columns.ToArray()
    let isSingle = case.dtype = Dtype.Float32
    let sparse =
        match isSingle, targets with
        | true, Choice1Of2(labels: int[]) -> Dataset.FromSparse(starts, columns, Array.map float32 (values.ToArray()), d, labels)
        | true, Choice2Of2(y: float[]) -> Dataset.FromSparse(starts, columns, Array.map float32 (values.ToArray()), d, y)
        | false, Choice1Of2 labels -> Dataset.FromSparse(starts, columns, values.ToArray(), d, labels)
        | false, Choice2Of2 y -> Dataset.FromSparse(starts, columns, values.ToArray(), d, y)
    let features = if isSingle then Features.Singles(Array.map float32 dense) else Features.Doubles dense
    let dense = Dataset { sparse.Table with Table.features = features }
    { sparse = sparse; dense = dense; eps = case.Eps }

let private weighted seed (data: Dataset) =
    if seed % 3 = 0 then
        data.WithWeights(Array.init data.Rows (fun row -> if row % 4 = 1 && row > 1 then 0.0 else 0.5 + float (row % 3)))
    else
        data

let private sizes (case: Case) = 2 + case.seed % 90, pick [ 1; 2; 3; 7; 16; 17; 40; 130 ] (case.seed / 3)

let private withNumbers answers case =
    let n, d = sizes case
    let draws = Random.normals n (Random.split (Random.key case.seed) 2)
    let pair = pair case n d (Choice2Of2(if answers then draws |> Array.map (fun v -> if v > 0.0 then 1.0 else 0.0) else draws))
    { pair with sparse = weighted case.seed pair.sparse; dense = weighted case.seed pair.dense }

let private withClasses case =
    let n, d = sizes case
    let q = pick [ 2; 3; 5; 9; 17 ] (case.seed / 7)
    let labels = Array.init n (fun row -> if row < q then row else (row * 7 + case.seed) % q)
    let pair = pair case n d (Choice1Of2 labels)
    let named (data: Dataset) = (weighted case.seed data).WithClassNames(Array.init (max q data.Outputs) string)
    { pair with sparse = named pair.sparse; dense = named pair.dense }

// ---- fits ------------------------------------------------------------------------------------------------------------

let private optimizers =
    [ Optimizer.sgd 0.05
      Optimizer.proximal 0.05 0.3
      Optimizer.momentum 0.05 0.9
      Optimizer.adamWith 0.05 0.9 0.999 0.1
      Optimizer.scheduled (Schedule.exponential 0.1 0.5) Optimizer.sgd ]

let private fit (case: Case) =
    let pair, loss =
        match case.seed % 3 with
        | 0 -> withClasses case, Loss.crossEntropy
        | 1 -> withNumbers true case, Loss.binaryCrossEntropy
        | _ -> withNumbers false case, Loss.squared
    let linear = Model.linear pair.dense.Columns pair.dense.Outputs
    let settings =
        { Fit.defaults with
            model = Model.compose [ Model.scale (1.0 / sqrt (float pair.dense.Columns)); linear ]
            loss = loss
            optimizer = pick optimizers (case.seed / 11)
            penalty = pick [ Penalty.none; Penalty.l2 0.1 ] (case.seed / 5)
            batch = pick [ 1; 7; 64; 65; 1000 ] (case.seed / 13)
            epochs = 2
            seed = case.seed
            lossAfterEpoch = true }
    settings, pair

[<Law>]
let ``a fit of sparse rows is that of dense ones`` (case: Case) =
    let settings, pair = fit case
    let settings = { settings with validation = Some pair.dense }
    let dense = Fit.run { settings with rule = Some Rule.ClosedForm } pair.dense
    let sparse = Fit.run { settings with validation = Some pair.sparse } pair.sparse
    Assert.That(sparse.rule, Is.EqualTo Rule.Fused)
    let tolerance = 256.0 * pair.eps * float (dense.steps + pair.dense.Columns + pair.dense.Rows)
    List.iter2 (Check.nearRelative tolerance) dense.parameters sparse.parameters
    for a, b in Seq.zip dense.history sparse.history do
        for a, b in [ a.Running, b.Running; a.After.Value, b.After.Value; a.Validation.Value, b.Validation.Value ] do
            Check.nearNumber (tolerance * (1.0 + abs a.Loss)) a.Loss b.Loss

[<Law>]
let ``definitions see sparse rows made dense, to the bit`` (case: Case) =
    let settings, pair = fit case
    for rule in [ Rule.Autodiff; Rule.ClosedForm ] do
        let settings = { settings with rule = Some rule }
        Fixture.sameBitsEach (Fit.run settings pair.dense).parameters (Fit.run settings pair.sparse).parameters

[<Law>]
let ``evaluation and scores of sparse rows are those of dense ones`` (case: Case) =
    let settings, pair = fit case
    let fitted = Fit.run settings pair.sparse
    let tolerance = 64.0 * pair.eps * float (1 + pair.dense.Columns)
    let a, b = Fit.evaluate pair.dense fitted, Fit.evaluate pair.sparse fitted
    Check.nearNumber (tolerance * (1.0 + abs a.Loss)) a.Loss b.Loss
    Check.nearRelative tolerance (Fit.scores pair.dense fitted) (Fit.scores pair.sparse fitted)
    Fixture.sameBits
        (Fit.scores pair.sparse { fitted with settings = { settings with threads = Some 1 } })
        (Fit.scores pair.sparse { fitted with settings = { settings with threads = Some 3 } })

/// 3,000 × 3,000 with 30 values in a row: several windows, and steps that go over a few columns only.
let private large (targets: int -> float) =
    let n, d, each = 3000, 3000, 30
    let u = Random.uniforms (n * each) (Random.key 3)
    let rows =
        Array.init n (fun row ->
            Array.init each (fun i -> int (float d * u[row * each + i] ** 3.0)) |> Array.distinct |> Array.sort)
    let starts = Array.scan (fun at (row: int[]) -> at + row.Length) 0 rows
    let columns = Array.concat rows
    let values = columns |> Array.mapi (fun at column -> 0.5 + float ((at + column) % 7) / 7.0)
    Dataset.FromSparse(starts, columns, values, d, Array.init n targets)

[<Test>]
let ``the number of threads changes no bit`` () =
    let data = large (fun row -> float (row * 31 % 2))
    for settings in
        [ { Fit.defaults with batch = 5 }
          { Fit.defaults with batch = 700 }
          { Fit.defaults with batch = 3000; optimizer = Optimizer.adam 0.01 } ] do
        let settings =
            { settings with
                model = Model.linear data.Columns 1
                loss = Loss.binaryCrossEntropy
                epochs = 2
                threads = Some 1 }
        let one = Fit.run settings data
        for threads in [ 2; 3; 16 ] do
            Fixture.sameBitsEach one.parameters (Fit.run { settings with threads = Some threads } data).parameters
    let solve threads =
        (Lbfgs.run
            { Lbfgs.defaults with
                model = Model.linear data.Columns 1
                loss = Loss.binaryCrossEntropy
                penalty = Penalty.l2 1e-3
                threads = Some threads }
            data)
            .parameters
    for threads in [ 2; 3 ] do
        Fixture.sameBitsEach (solve 1) (solve threads)

[<Test>]
let ``a fit goes on from a checkpoint with the same bits, and not with other rows`` () =
    let data = large (fun row -> float (row * 31 % 2))
    let mutable kept = None
    let settings =
        { Fit.defaults with
            model = Model.linear data.Columns 1
            loss = Loss.binaryCrossEntropy
            optimizer = Optimizer.momentum 0.1 0.9
            batch = 100
            epochs = 3
            checkpoint =
                Some
                    { CheckpointSettings.every = CheckpointInterval.Steps 40
                      save = fun checkpoint -> if kept.IsNone then kept <- Some checkpoint } }
    let whole = Fit.run settings data
    let rest = Fit.from kept { settings with checkpoint = None } data
    Fixture.sameBitsEach whole.parameters rest.parameters
    let other = data.Select(Array.rev [| 0 .. data.Columns - 1 |])
    Check.fails<SettingsException> [ "training data" ] (fun () ->
        Fit.from kept { settings with checkpoint = None } other |> ignore)

// ---- solvers ---------------------------------------------------------------------------------------------------------

let private solved (pair: Pair) (solve: Dataset -> Solved) =
    let dense, sparse = solve pair.dense, solve pair.sparse
    Assert.That(sparse.convergence.Converged, $"{sparse}")
    let isWide = pair.eps < 1e-10
    Check.nearNumber (if isWide then 1e-9 else 1e-4) dense.convergence.Objective sparse.convergence.Objective
    List.iter2 (Check.nearRelative (if isWide then 1e-5 else 2e-2)) dense.parameters sparse.parameters

[<Law>]
let ``L-BFGS and FISTA find the minimum of dense rows`` (case: Case) =
    let pair, loss =
        match case.seed % 3 with
        | 0 -> withClasses case, Loss.crossEntropy
        | 1 -> withNumbers true case, Loss.binaryCrossEntropy
        | _ -> withNumbers false case, Loss.squared
    let model = Model.linear pair.dense.Columns pair.dense.Outputs
    let hasAll =
        let y = [ for row in Data.kept pair.dense -> pair.dense.Target(row)[0] ]
        loss.name = Loss.squared.name || (List.distinct y).Length = max 2 pair.dense.Outputs
    if hasAll then
        solved pair (Lbfgs.run { Lbfgs.defaults with model = model; loss = loss; penalty = Penalty.l2 0.1 })
        solved pair (Fista.run { Fista.defaults with model = model; loss = loss; penalty = Penalty.elasticNet 0.1 0.5 })

[<Law>]
let ``coordinate descent finds the minimum of dense rows, by either way`` (case: Case) =
    let pair = withNumbers false case
    let model = Model.linear pair.dense.Columns 1
    for penalty in [ Penalty.l1 0.05; Penalty.elasticNet 0.1 0.5; Penalty.l2 0.1 ] do
        solved
            pair
            (CoordinateDescent.run { CoordinateDescent.defaults with model = model; penalty = penalty; tolerance = 1e-12 })

[<Test>]
let ``coordinate descent on columns that hardly vary`` () =
    // Every row has the first column, which is 1000 and a little; products of it have no digits for what varies.
    let n = 200
    let noise = Random.normals (2 * n) (Random.key 5)
    let x =
        Array2D.init n 3 (fun i j ->
            if j = 0 then 1000.0 + 1e-3 * noise[i]
            elif j = 1 then (if i % 4 = 0 then noise[n + i] else 0.0)
            else 7.0)
    let y = Array.init n (fun i -> 1e3 * x[i, 0] + 2.0 * x[i, 1])
    let dense = Dataset.From(x, y)
    let pair = { sparse = dense.ToSparse(); dense = dense; eps = 2.0 ** -52.0 }
    let settings = { CoordinateDescent.defaults with model = Model.linear 3 1; penalty = Penalty.l2 1e-9; tolerance = 1e-18 }
    let dense, sparse = CoordinateDescent.run settings pair.dense, CoordinateDescent.run settings pair.sparse
    let w = Check.values sparse.parameters.Head
    Array.iter2 (fun e a -> Check.nearNumber (1e-5 * (1.0 + abs e)) e a) (Check.values dense.parameters.Head) w
    Assert.That(w[2], Is.EqualTo 0.0)

[<Law>]
let ``a path of sparse rows is that of dense ones`` (case: Case) =
    let pair = withNumbers false { case with dtype = Dtype.Float64 }
    let settings = { CoordinateDescent.defaults with model = Model.linear pair.dense.Columns 1; tolerance = 1e-12 }
    let path = { CoordinateDescent.pathDefaults with count = 5; smallest = 0.05 }
    let dense, sparse = CoordinateDescent.path path settings pair.dense, CoordinateDescent.path path settings pair.sparse
    for a, b in List.zip dense sparse do
        Check.nearNumber (1e-12 * a.lambda) a.lambda b.lambda
        List.iter2 (Check.nearRelative 1e-5) a.parameters b.parameters

[<Law>]
let ``exact solutions and Newton's are those of dense rows`` (case: Case) =
    let pair = withNumbers false { case with dtype = Dtype.Float64 }
    let settings = { Exact.defaults with penalty = Penalty.l2 0.1 }
    List.iter2 Fixture.sameBits (Exact.run settings pair.dense).parameters (Exact.run settings pair.sparse).parameters
    let newton =
        Newton.run
            { Newton.defaults with
                model = Model.linear pair.dense.Columns 1
                loss = Loss.squared
                penalty = Penalty.l2 0.1 }
    List.iter2 Fixture.sameBits (newton pair.dense).parameters (newton pair.sparse).parameters

/// Rows of one value each, far apart.
let private wide rows columns =
    Dataset.FromSparse(
        [| 0..rows |],
        Array.init rows (fun row -> row * (columns / rows)),
        Array.create rows 1.0,
        columns,
        Array.init rows (fun row -> float (row % 2))
    )

[<Test>]
let ``very wide rows are trained on, and are not made dense by surprise`` () =
    let data = wide 100 1_000_000
    let settings =
        { Fit.defaults with
            model = Model.linear data.Columns 1
            batch = 50
            optimizer = Optimizer.sgd 0.5
            epochs = 5 }
    let before = GC.GetTotalAllocatedBytes true
    let fitted = Fit.run settings data
    let scores = Fit.scores data fitted
    Assert.That(GC.GetTotalAllocatedBytes true - before, Is.LessThan 200_000_000L)
    Assert.That((Fit.evaluate data fitted).Loss, Is.LessThan 0.13)
    Assert.That(scores.shape, Is.EqualTo(box [| 100; 1 |]))
    for words, act in
        [ [ "exact least squares"; "Lbfgs" ],
          (fun () -> Exact.run { Exact.defaults with penalty = Penalty.l2 1.0 } data |> ignore)
          [ "50 × 1000000"; "smaller minibatch" ],
          (fun () -> Fit.run { settings with rule = Some Rule.ClosedForm } data |> ignore)
          [ "100 × 1000000" ], (fun () -> Data.all data |> ignore)
          [ "Resize" ], (fun () -> (data.WithImageShape(1000, 1000)).Resize(2, 2) |> ignore)
          [ "NumPy"; "ToDense" ], (fun () -> data.ToNpz "unused.npz")
          [ "standardised"; "maxAbs" ], (fun () -> Preprocess.apply (Preprocess.standardise data) data |> ignore) ] do
        Check.fails<SettingsException> words act

[<Test>]
let ``a fit that diverges on sparse rows says so`` () =
    let data = large float
    let settings = { Fit.defaults with model = Model.linear data.Columns 1; optimizer = Optimizer.sgd 1e3; batch = 500 }
    Check.fails<DivergedException> [ "learning rate" ] (fun () -> Fit.run settings data |> ignore)

// ---- data sets -------------------------------------------------------------------------------------------------------

let private same (expected: Dataset) (actual: Dataset) =
    Assert.That(actual.Rows, Is.EqualTo expected.Rows)
    Assert.That(actual.FeatureNames, Is.EqualTo(box expected.FeatureNames))
    Assert.That(actual.ClassNames, Is.EqualTo(box expected.ClassNames))
    for row in 0 .. expected.Rows - 1 do
        Assert.That(actual.Row row, Is.EqualTo(box (expected.Row row)))
        Assert.That(actual.Target row, Is.EqualTo(box (expected.Target row)))
        Assert.That(actual.Weight row, Is.EqualTo(expected.Weight row))

[<Law>]
let ``what is made of sparse rows is what is made of dense ones`` (case: Case) =
    let pair = withClasses case
    let n, d = pair.dense.Rows, pair.dense.Columns
    let places = Random.permutation d (Random.key case.seed) |> Array.truncate (1 + case.seed % d)
    let all: (Dataset -> Dataset) list =
        [ id
          fun data -> data.ToDense()
          fun data -> data.ToDense().ToSparse()
          fun data -> data.Pick [| n - 1; 0; n - 1 |]
          fun data -> data.Slice(n / 2, n - n / 2)
          fun data -> data.Select places
          fun data -> Dataset.Concat(data, data.Pick [| 0 |])
          fun data -> fst (data.Split(0.5, case.seed))
          fun data -> data.WithBalancedWeights()
          // What a row of weight 0 becomes nobody looks at.
          fun data -> (Preprocess.apply (Preprocess.maxAbs data) data).Pick(Data.kept data) ]
    for make in all do
        same (make pair.dense) (make pair.sparse)
    let batch = Data.rows [| n - 1; 0 |]
    Fixture.sameBits (batch pair.dense).x (batch pair.sparse).x
    Assert.That(pair.sparse.ToDense().IsSparse, Is.False)
    Assert.That(pair.sparse.Select(places).IsSparse)

[<Law>]
let ``a description of sparse rows is that of dense ones`` (case: Case) =
    let pair = withClasses case
    let dense, sparse = pair.dense.Describe true, pair.sparse.Describe true
    for a, b in Seq.zip dense.Features sparse.Features do
        Assert.That(
            (b.Name, b.Count, b.Missing, b.Minimum, b.Maximum),
            Is.EqualTo((a.Name, a.Count, a.Missing, a.Minimum, a.Maximum))
        )
        Check.nearNumber 1e-13 a.Mean b.Mean
        Check.nearNumber 1e-13 a.StandardDeviation b.StandardDeviation
    for a, b in Seq.zip dense.Classes sparse.Classes do
        Assert.That((b.Name, b.Count), Is.EqualTo((a.Name, a.Count)))
        Seq.iter2 (fun e a -> if not (Double.IsNaN e && Double.IsNaN a) then Check.nearNumber 1e-13 e a) a.Means b.Means

[<Test>]
let ``values that are missing are counted, and refused by their place where they are trained on`` () =
    let data = Dataset.FromSparse([| 0; 2; 2; 3 |], [| 0; 2; 2 |], [| 1.0; nan; 4.0 |], 3, [| 1.0; 2.0; 3.0 |])
    let third = data.Describe().Features[2]
    Assert.That((third.Count, third.Missing, third.Mean, third.Maximum), Is.EqualTo((2, 1, 2.0, 4.0)))
    Check.fails<DataException> [ "row 0"; "'x3'" ] (fun () ->
        Lbfgs.run { Lbfgs.defaults with model = Model.linear 3 1 } data |> ignore)
    Check.fails<DataException> [ "row 0"; "'x3'" ] (fun () ->
        Fit.run { Fit.defaults with model = Model.linear 3 1 } data |> ignore)
    let without = data.WithWeights [| 0.0; 1.0; 1.0 |]
    Lbfgs.run { Lbfgs.defaults with model = Model.linear 3 1; penalty = Penalty.l2 0.1 } without |> ignore
    let other = Dataset.FromSparse([| 0; 0; 1; 2 |], [| 1; 0 |], [| 5.0; infinity |], 2, [| 1.0; 2.0; 3.0 |])
    Check.fails<DataException> [ "row 2"; "'x1'" ] (fun () -> other.CheckFeatures "training data")

[<Test>]
let ``arrays that are no rows are refused with the row`` () =
    for starts, columns, width, words in
        [ [||], [| 0; 1; 2 |], 5, [ "no starts" ]
          [| 1; 3 |], [| 0; 1; 2 |], 5, [ "first start of 1" ]
          [| 0; 2; 1; 3 |], [| 0; 1; 2 |], 5, [ "row 1"; "start of 2"; "next one of 1" ]
          [| 0; 2; 9; 3 |], [| 0; 1; 2 |], 5, [ "row 1"; "end of 9"; "3, the number of values" ]
          [| 0; 2 |], [| 0; 1; 2 |], 5, [ "row 0"; "end of 2" ]
          [| 0; 3 |], [| 0; 1 |], 5, [ "2 columns for 3 values" ]
          [| 0; 1; 3 |], [| 0; 1; 5 |], 5, [ "row 1"; "column 5"; "0 to 4" ]
          [| 0; 3 |], [| -1; 1; 2 |], 5, [ "row 0"; "column -1" ]
          [| 0; 1; 3 |], [| 4; 2; 2 |], 5, [ "row 1"; "column 2 after column 2"; "add up" ] ] do
        Check.fails<DataException> words (fun () ->
            Dataset.FromSparse(starts, columns, [| 1.0; 2.0; 3.0 |], width, Array.zeroCreate<float>(starts.Length - 1 |> max 0))
            |> ignore)
    let make starts width (y: float[]) = Dataset.FromSparse(starts, [||], ([||]: float[]), width, y) |> ignore
    Check.fails<ShapeException> [ "targets" ] (fun () -> make [| 0; 0 |] 3 [| 1.0; 2.0 |])
    Check.fails<DataException> [ "no rows" ] (fun () -> make [| 0 |] 3 [||])
    Check.fails<ShapeException> [] (fun () -> make [| 0; 0 |] 0 [| 1.0 |])

[<Test>]
let ``a data set takes a copy, and says how sparse it is`` () =
    let values = [| 1.0; 2.0; 3.0 |]
    let data = Dataset.FromSparse([| 0; 1; 3 |], [| 19; 0; 5 |], values, 20, [| -1; 1 |])
    values[0] <- 100.0
    Assert.That(data.Row(0)[19], Is.EqualTo 1.0)
    Assert.That(string data, Is.EqualTo "2 rows × 20 columns (sparse 64-bit numbers, 3 values, 7.5 %), 2 classes: -1, 1")

// ---- files and texts -------------------------------------------------------------------------------------------------

[<Test>]
let ``labels of a file are classes if they are whole, and a test file takes those of the training file`` () =
    let text = "+1 1:0.5 3:2\n-1 2:1\n# none\n+1\n"
    let data = Dataset.ParseLibSvm text
    Assert.That(data.ClassNames, Is.EqualTo(box [ "-1"; "1" ]))
    Assert.That([ for row in 0..2 -> data.ClassName row ], Is.EqualTo(box [ "1"; "-1"; "1" ]))
    Assert.That(data.Row 0, Is.EqualTo(box [| 0.5; 0.0; 2.0 |]))
    // 2 to 4 are three classes, none of them empty.
    Assert.That((Dataset.ParseLibSvm "2 1:1\n4 1:2\n3 1:3\n").ClassNames, Is.EqualTo(box [ "2"; "3"; "4" ]))
    Assert.That((Dataset.ParseLibSvm "0.5 1:1\n2 1:2\n").HasClasses, Is.False)
    let numbers = LibSvmSettings(TargetKind = LibSvmTargets.Numbers)
    Assert.That((Dataset.ParseLibSvm(text, numbers)).Target 1, Is.EqualTo(box [| -1.0 |]))
    let classes = LibSvmSettings(TargetKind = LibSvmTargets.Classes)
    Check.fails<DataException> [ "row 1"; "0.5"; "whole" ] (fun () -> Dataset.ParseLibSvm("1 1:1\n0.5 1:2\n", classes) |> ignore)
    Check.fails<SettingsException> [ "TargetKind" ] (fun () ->
        Dataset.ParseLibSvm(text, LibSvmSettings(TargetKind = enum 7)) |> ignore)
    let path = Path.GetTempFileName()
    try
        File.WriteAllText(path, "1 2:7\n")
        let test = Dataset.FromLibSvm(path, LibSvmSettings(), data)
        Assert.That(test.Columns, Is.EqualTo 3)
        Assert.That(test.ClassNames, Is.EqualTo(box [ "-1"; "1" ]))
        Assert.That(test.ClassName 0, Is.EqualTo "1")
        File.WriteAllText(path, "3 2:7\n")
        Check.fails<DataException> [ "'3'" ] (fun () -> Dataset.FromLibSvm(path, LibSvmSettings(), data) |> ignore)
        File.WriteAllText(path, "1 4:7\n")
        Check.fails<DataException> [ "4:7" ] (fun () -> Dataset.FromLibSvm(path, LibSvmSettings(), data) |> ignore)
    finally
        File.Delete path

[<Law>]
let ``what is written as LIBSVM is read again`` (case: Case) =
    let n, d = sizes case
    let pair = pair case n d (Choice2Of2(Random.normals n (Random.key case.seed)))
    let path = Path.GetTempFileName()
    try
        let settings =
            LibSvmSettings(
                Columns = Nullable d,
                Numbers = (if case.dtype = Dtype.Float32 then NumberType.Single else NumberType.Double)
            )
        for data in [ pair.sparse; pair.dense ] do
            data.ToLibSvm path
            same pair.dense (Dataset.FromLibSvm(path, settings))
        let classes = withClasses case
        classes.sparse.ToLibSvm path
        let back = Dataset.FromLibSvm(path, settings, classes.sparse)
        Assert.That(
            [ for row in 0 .. back.Rows - 1 -> back.ClassName row ],
            Is.EqualTo(box [ for row in 0 .. back.Rows - 1 -> classes.sparse.ClassName row ])
        )
    finally
        File.Delete path

[<Test>]
let ``texts are rows of the words they have`` () =
    let hasher = TextHasher 64
    let texts = [ "The cat sat on the mat"; ""; "the THE cat" ]
    let sparse = Dataset.FromTexts(texts, hasher, [| "a"; "b"; "a" |])
    let dense = Dataset.From(hasher.Rows texts, [| "a"; "b"; "a" |])
    Assert.That(sparse.IsSparse)
    same dense sparse
    same (Dataset.From(hasher.Rows texts, [| 1.0f; 2.0f; 3.0f |])) (Dataset.FromTexts(texts, hasher, [| 1.0; 2.0; 3.0 |]))

// ---- judged by others ------------------------------------------------------------------------------------------------

[<Test>]
let ``a logistic regression and a lasso on a file are those of scikit-learn on the same file`` () =
    match Python.having "sklearn, scipy" with
    | None -> Tool.missing "scikit-learn"
    | Some python ->
        let path = Path.GetTempFileName()
        let n, d = 400, 600
        let u = Random.uniforms (n * d) (Random.key 11)
        let x = Array2D.init n d (fun i j -> if u[i * d + j] < 0.03 then Math.Round(40.0 * u[i * d + j], 3) else 0.0)
        let y = Array.init n (fun i -> if x[i, 0] + x[i, 1] + 0.6 * u[i * d + 5] > 0.45 then 1 else -1)
        (Dataset.From(x, y)).ToSparse().ToLibSvm path
        try
            let script =
                "import sys, numpy as np\n"
                + "from sklearn.datasets import load_svmlight_file\n"
                + "from sklearn.linear_model import LogisticRegression, Lasso\n"
                + "x, y = load_svmlight_file(sys.argv[1], n_features=600)\n"
                + "m = LogisticRegression(C=1.0, solver='newton-cholesky', tol=1e-12, max_iter=1000).fit(x, y)\n"
                + "print(*m.coef_[0], *m.intercept_)\n"
                + "m = Lasso(alpha=0.002, tol=1e-14, max_iter=1000000).fit(x, y)\n"
                + "print(*m.coef_, m.intercept_)\n"
            match Python.run python [ "-c"; script; path ] "" with
            | Some(0, output, _) ->
                let lines = output.Trim().Split '\n' |> Array.map (fun line -> line.Split ' ' |> Array.map float)
                let read kind = Dataset.FromLibSvm(path, LibSvmSettings(Columns = Nullable d, TargetKind = kind))
                let numbers = read LibSvmTargets.Numbers
                let answers =
                    Dataset
                        { numbers.Table with
                            Table.targets = Targets.Numbers(Array.map (fun y -> if y > 0 then 1.0 else 0.0) y, 1) }
                let near (expected: float[]) (solved: Solved) =
                    let actual = solved.parameters |> List.map Check.values |> Array.concat
                    Array.iter2 (fun e a -> Check.nearNumber 1e-5 e a) expected actual
                near
                    lines[0]
                    (Lbfgs.run
                        { Lbfgs.defaults with
                            model = Model.linear d 1
                            loss = Loss.binaryCrossEntropy
                            penalty = Penalty.l2 (1.0 / float n)
                            tolerance = Some 1e-10 }
                        answers)
                near
                    lines[1]
                    (CoordinateDescent.run
                        { CoordinateDescent.defaults with
                            model = Model.linear d 1
                            penalty = Penalty.l1 0.002
                            tolerance = 1e-14 }
                        numbers)
            | other -> Assert.Fail $"{other}"
        finally
            File.Delete path
