// Streams: the same fits as in memory, every row once, nothing left running, and memory that follows the window.

namespace LinearNets.Tests

open System
open System.Collections.Generic
open System.IO
open System.Threading
open System.Threading.Tasks
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

[<TestFixture>]
type StreamLaws() =

    let inFolder (act: string -> 'a) =
        let folder = Directory.CreateTempSubdirectory "streams"
        try
            act folder.FullName
        finally
            folder.Delete true

    /// Two files of a data set, as a stream.
    let stored folder (data: Dataset) =
        let x, y = Path.Combine(folder, "x.npy"), Path.Combine(folder, "y.npy")
        data.ToNpy(x, y)
        DataStream.FromNpy(x, y)

    let numbers rows columns seed =
        let key = Random.key seed
        let x = Random.normals (rows * columns) (Random.split key 0)
        let y = Random.uniforms rows (Random.split key 1)
        Dataset.From(Array2D.init rows columns (fun i j -> x[i * columns + j]), y)

    let classes rows columns seed =
        let key = Random.key seed
        let x = Random.normals (rows * columns) (Random.split key 0)
        let label i = if i < 3 then i else Random.below 3 (Random.split key 1) (int64 i)
        Dataset.From(Array2D.init rows columns (fun i j -> float32 x[i * columns + j]), Array.init rows label)

    let pixels rows columns seed =
        let key = Random.key seed
        let bytes = Array.init (rows * columns) (fun i -> byte (Random.below 256 (Random.split key 0) (int64 i)))
        let label i = if i < 3 then i else Random.below 3 (Random.split key 1) (int64 i)
        Dataset.From(bytes, columns, Array.init rows label)

    let regression (data: Dataset) =
        { Fit.defaults with
            model = Model.linear data.Columns data.Outputs
            optimizer = Optimizer.adam 0.01
            batch = 4
            epochs = 3
            seed = 7 }

    let classification (data: Dataset) =
        { regression data with loss = Loss.crossEntropy; optimizer = Optimizer.momentum 0.01 0.5 }

    let ofPixels (data: Dataset) =
        { classification data with
            model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear data.Columns data.Outputs ] }

    /// Settings and data of a few kinds.
    let problems rows columns seed =
        let a, b, c = numbers rows columns seed, classes (max 3 rows) columns seed, pixels (max 3 rows) columns seed
        [ regression a, a
          { regression a with
              model = Model.compose [ Preprocess.layer (Preprocess.standardise a); Model.linear columns 1 ] },
          a
          classification b, b
          { classification b with shuffle = false; lossAfterEpoch = true }, b
          ofPixels c, c ]

    let same (expected: Fitted) (actual: Fitted) =
        Fixture.sameBitsEach expected.parameters actual.parameters
        List.iter2 Fixture.sameBitsEach expected.state.slots actual.state.slots
        Assert.That(actual.steps, Is.EqualTo expected.steps)
        Assert.That(actual.rule, Is.EqualTo expected.rule)
        let bits (fitted: Fitted) =
            [ for report in fitted.history ->
                  report.Epoch, report.Running.Loss, report.Running.Metric, report.LearningRate, report.After, report.Validation ]
        Assert.That(bits actual, Is.EqualTo(box (bits expected)))

    /// Batches of uneven sizes.
    let batches (data: Dataset) =
        seq {
            let mutable at, size = 0, 1
            while at < data.Rows do
                let count = min size (data.Rows - at)
                yield data.Slice(at, count)
                at <- at + count
                size <- size % 7 + 2
        }

    /// The rows of a stream's epoch, window by window, as the stream visits them.
    let visited (stream: DataStream) batch epoch isShuffled =
        use windows = stream.Windows(batch, 3, isShuffled, CancellationToken.None)
        [ for window in windows.Pass(epoch, 0L) -> [ for row in window.order -> window.number row, window.data.Row(row)[0] ] ]

    /// Row numbers as the only feature.
    let counted rows = Dataset.From(Array2D.init rows 1 (fun i _ -> float i), Array.zeroCreate<float> rows)

    [<Law(MaxTest = 30)>]
    member _.``a window that covers the data gives the bits of a fit in memory``(case: Case) =
        inFolder (fun folder ->
            for settings, data in problems (1 + case.rows * case.columns) case.columns case.seed do
                for rule in [ Some Rule.Fused; Some Rule.ClosedForm ] do
                    let settings = { settings with rule = rule; batch = 1 + case.classes }
                    let expected = Fit.run settings data
                    same expected (Fit.stream settings ((stored folder data).WithWindow data.Rows))
                    same expected (Fit.stream settings ((stored folder data).WithWindow(data.Rows + 5)))
                    let once = (batches data).GetEnumerator()
                    let taken =
                        seq {
                            while once.MoveNext() do
                                yield once.Current
                        }
                    same expected (Fit.stream settings (DataStream.FromBatches taken)))

    [<Law(MaxTest = 30)>]
    member _.``without shuffling any window gives the bits of a fit in memory``(case: Case) =
        inFolder (fun folder ->
            for settings, data in problems (5 * case.rows) case.columns case.seed do
                let settings = { settings with shuffle = false; lossAfterEpoch = false; batch = case.classes }
                let expected = Fit.run settings data
                same expected (Fit.stream settings ((stored folder data).WithWindow(1 + case.seed % 20)))
                same expected (Fit.stream settings (DataStream.FromBatches(batches data).WithWindow(1 + case.seed % 20))))

    [<Law(MaxTest = 30)>]
    member _.``an epoch visits every row once, in whole minibatches, and each epoch in another order``(case: Case) =
        inFolder (fun folder ->
            // More than one block of a mebibyte would be more than a test wants: rows are wide instead.
            let rows, batch, window = 20 * case.rows, case.classes, 1 + 3 * case.columns
            let stream = (stored folder (counted rows)).WithWindow window
            let first, second = visited stream batch 1 true, visited stream batch 2 true
            for windows in [ first; second ] do
                Assert.That(windows |> List.concat |> List.sort, Is.EqualTo(box [ for i in 0 .. rows - 1 -> int64 i, float i ]))
                for window in List.take (windows.Length - 1) windows do
                    Assert.That(window.Length % batch, Is.EqualTo 0)
            if rows > 20 && window >= 4 then Assert.That((first = second), Is.False)
            Assert.That((visited stream batch 1 true = first), Is.True))

    [<Test>]
    member _.``blocks of a file come in random order``() =
        inFolder (fun folder ->
            // Rows of 64 KiB: 16 in a block.
            let rows, columns = 100, 8192
            let data =
                Dataset.From(Array2D.init rows columns (fun i j -> if j = 0 then float i else 0.0), Array.zeroCreate<float> rows)
            let stream = (stored folder data).WithWindow 10
            let windows = visited stream 5 1 true
            Assert.That(windows |> List.map _.Length |> List.distinct, Is.EqualTo(box [ 10 ]))
            let all = List.concat windows
            Assert.That(all |> List.map fst |> List.sort, Is.EqualTo(box [ 0L .. 99L ]))
            for number, value in all do
                Assert.That(value, Is.EqualTo(float number))
            let firsts = windows |> List.map (List.map fst >> List.min)
            Assert.That((firsts = List.sort firsts), Is.False))

    [<Test>]
    member _.``all types of value are read as they are in memory``() =
        inFolder (fun folder ->
            let x, y = Path.Combine(folder, "x.npy"), Path.Combine(folder, "y.npy")
            let rows = 37
            let shaped (columns: int) values : StoredArray =
                { shape = (if columns = 1 then [| rows |] else [| rows; columns |]); values = values }
            let value i = (i * 7) % 101
            for columns in [ 1; 3 ] do
                let n = rows * columns
                for stored in
                    [ StoredValues.Bytes(Array.init n (value >> byte))
                      StoredValues.SignedBytes(Array.init n (value >> sbyte))
                      StoredValues.Shorts(Array.init n (value >> int16))
                      StoredValues.Ints(Array.init n value)
                      StoredValues.Longs(Array.init n (value >> int64))
                      StoredValues.Singles(Array.init n (value >> float32))
                      StoredValues.Doubles(Array.init n (value >> float)) ] do
                    for path in [ x; y ] do
                        Npy.save path (shaped columns stored)
                    let data, stream = Dataset.FromNpy(x, y), DataStream.FromNpy(x, y).WithWindow 10
                    Assert.That(stream.Columns, Is.EqualTo data.Columns)
                    Assert.That(Seq.toList stream.ClassNames, Is.EqualTo(box (Seq.toList data.ClassNames)))
                    use windows = stream.Windows(1, 0, false, CancellationToken.None)
                    let mutable at = 0
                    for window in windows.Pass(Windows.InOrder, 0L) do
                        Assert.That(Data.dtype window.data, Is.EqualTo(Data.dtype data))
                        for row in 0 .. window.data.Rows - 1 do
                            Assert.That(window.data.Row row, Is.EqualTo(box (data.Row(at + row))))
                            Assert.That(window.data.Target row, Is.EqualTo(box (data.Target(at + row))))
                        at <- at + window.data.Rows
                    Assert.That(at, Is.EqualTo rows))

    [<Test>]
    member _.``a CSV file in parts is the data set that it is in memory``() =
        inFolder (fun folder ->
            let path = Path.Combine(folder, "rows.csv")
            // 9 MB, in parts of 4 MB; the last part alone has the word "late".
            let rows = 150_000
            let city i =
                if i % 3 = 0 then "rome"
                elif i = rows - 1 then "late"
                else "oslo"
            File.WriteAllLines(
                path,
                seq {
                    "a,b,city,kind"
                    for i in 0 .. rows - 1 do
                        let kind = if i % 2 = 0 then "even" else "odd"
                        $"{i},{float i / 7.0:R},{city i},{kind}{String('x', 20)}"
                }
            )
            let settings = CsvSettings(OneHot = [| "city" |])
            let data = Dataset.FromCsv(path, settings)
            let stream = DataStream.FromCsv(path, settings).WithWindow 40_000
            use windows = stream.Windows(32, 0, false, CancellationToken.None)
            let mutable at = 0
            for window in windows.Pass(Windows.InOrder, 0L) do
                Assert.That(Seq.toList window.data.ClassNames, Is.EqualTo(box (Seq.toList data.ClassNames)))
                Assert.That(Seq.toList window.data.FeatureNames, Is.EqualTo(box (Seq.toList data.FeatureNames)))
                for row in 0..97 .. window.data.Rows - 1 do
                    Assert.That(window.data.Row row, Is.EqualTo(box (data.Row(at + row))))
                    Assert.That(window.data.Target row, Is.EqualTo(box (data.Target(at + row))))
                at <- at + window.data.Rows
            Assert.That(at, Is.EqualTo rows)
            File.AppendAllText(path, "1,2,paris,evenxxxxxxxxxxxxxxxxxxxx\n1,2,three,\n1,x,rome,oddxxxxxxxxxxxxxxxxxxxx\n")
            Check.fails<DataException> [ "rows.csv, line 150003" ] (fun () ->
                Fit.stream Fit.defaults (DataStream.FromCsv(path, settings).WithWindow 40_000) |> ignore)
            Check.fails<SettingsException> [ "Missing"; "mean" ] (fun () ->
                DataStream.FromCsv(path, CsvSettings(Missing = MissingValues.Mean)) |> ignore))

    // ---- what goes on with more rows ------------------------------------------------------------------------------

    [<Law(MaxTest = 30)>]
    member _.``partial fits on the minibatches of an epoch are that epoch``(case: Case) =
        for settings, data in problems (3 * case.rows) case.columns case.seed do
            for rule in [ None; Some Rule.ClosedForm ] do
                let settings =
                    { settings with shuffle = false; lossAfterEpoch = false; epochs = 2; batch = case.classes; rule = rule }
                let expected = Fit.run settings data
                let start = Fit.run { settings with epochs = 1 } data
                let parts = [| 0 .. data.Rows - 1 |] |> Array.chunkBySize settings.batch
                let actual = (start, parts) ||> Array.fold (fun fitted rows -> Fit.partialFit (data.Pick rows) fitted)
                Fixture.sameBitsEach expected.parameters actual.parameters
                List.iter2 Fixture.sameBitsEach expected.state.slots actual.state.slots
                Assert.That(actual.steps, Is.EqualTo expected.steps)
                Assert.That(actual.history.Count, Is.EqualTo(1 + parts.Length))
                Assert.That(start.history.Count, Is.EqualTo 1)

    [<Test>]
    member _.``a partial fit refuses rows of another kind``() =
        let data = classes 20 3 1
        let fitted = Fit.run (classification data) data
        Check.fails<SettingsException> [ "4" ] (fun () ->
            Fit.partialFit (data.WithClassNames("a", "b", "c", "d")) fitted |> ignore)
        Check.fails<SettingsException> [ "2" ] (fun () -> Fit.partialFit (data.Select(0, 1)) fitted |> ignore)
        Check.fails<SettingsException> [ "Float64" ] (fun () ->
            Fit.partialFit (Dataset.From(Array2D.zeroCreate<float> 3 3, [| 0; 1; 2 |])) fitted |> ignore)

    // ---- readers that fail ----------------------------------------------------------------------------------------

    [<Test>]
    member _.``what a source throws comes out of the fit, and the source is disposed``() =
        let data = numbers 100 2 1
        let mutable disposed = 0
        let throwing =
            seq {
                try
                    yield! Seq.truncate 10 (batches data)
                    invalidOp "the wire was cut"
                finally
                    disposed <- disposed + 1
            }
        let settings = regression data
        Check.fails<InvalidOperationException> [ "the wire was cut" ] (fun () ->
            Fit.stream settings (DataStream.FromBatches(throwing).WithWindow 8) |> ignore)
        Assert.That(disposed, Is.EqualTo 1)

    [<Test>]
    member _.``a slow source that is cancelled stops, and is disposed``() =
        let data = numbers 8 2 1
        use cancel = new CancellationTokenSource()
        let mutable disposed, given = 0, 0
        let slow =
            seq {
                try
                    while true do
                        given <- given + 1
                        if given = 5 then cancel.CancelAfter 20
                        if given > 5 then Thread.Sleep 5
                        yield data
                finally
                    disposed <- disposed + 1
            }
        let settings = { regression data with cancellation = cancel.Token }
        Check.caught<OperationCanceledException>(fun () ->
            Fit.stream settings (DataStream.FromBatches(slow).WithWindow 8) |> ignore)
        |> ignore
        Assert.That(disposed, Is.EqualTo 1)

    [<Test>]
    member _.``the first look through a text is cancelled``() =
        inFolder (fun folder ->
            let path = Path.Combine(folder, "long.csv")
            File.WriteAllLines(path, Seq.append [ "a,y" ] (Seq.init 1_000_000 (fun i -> $"{i % 10},word{i % 7}")))
            let stream = DataStream.FromCsv(path, CsvSettings())
            let settings = { classification (classes 8 1 1) with model = Model.linear 1 7; batch = 4096 }
            for milliseconds in [ 0; 2; 10 ] do
                use cancel = new CancellationTokenSource()
                if milliseconds = 0 then cancel.Cancel() else cancel.CancelAfter milliseconds
                Check.caught<OperationCanceledException>(fun () ->
                    Fit.stream { settings with cancellation = cancel.Token; epochs = 1000 } stream |> ignore)
                |> ignore
            // Not a byte of the text is looked at then.
            let rows = Csv.streamed path (CsvSettings()) (CancellationToken true)
            Check.caught<OperationCanceledException>(fun () -> Seq.head rows |> ignore) |> ignore)

    [<Test>]
    member _.``a fit that stops in the middle of an epoch stops its reader``() =
        let data = numbers 40 2 1
        let mutable disposed = 0
        let endless =
            seq {
                try
                    while true do
                        yield data
                finally
                    disposed <- disposed + 1
            }
        let settings = { regression data with onStep = fun report -> if report.step = 30 then invalidOp "enough" }
        Check.fails<InvalidOperationException> [ "enough" ] (fun () ->
            Fit.stream settings (DataStream.FromBatches(endless).WithWindow 16) |> ignore)
        Assert.That(disposed, Is.EqualTo 1)

    [<Test>]
    member _.``batches that are waited for are the same``() =
        let data = numbers 50 2 1
        let later (batches: seq<Dataset>) =
            { new IAsyncEnumerable<Dataset> with
                member _.GetAsyncEnumerator _ =
                    let batches = batches.GetEnumerator()
                    { new IAsyncEnumerator<Dataset> with
                        member _.Current = batches.Current
                        member _.MoveNextAsync() =
                            ValueTask<bool>(
                                task {
                                    do! Task.Delay 1
                                    return batches.MoveNext()
                                }
                            )
                        member _.DisposeAsync() = ValueTask.CompletedTask } }
        let settings = regression data
        same (Fit.run settings data) (Fit.stream settings (DataStream.FromBatches(later (batches data))))
        same
            (Fit.stream settings (DataStream.FromBatches(batches data).WithWindow 12))
            (Fit.stream settings (DataStream.FromBatches(later (batches data)).WithWindow 12))

    [<Test>]
    member _.``batches that are unlike are refused by their number``() =
        let data = numbers 20 3 1
        let settings = regression data
        let refuses (words: string list) (other: Dataset) =
            let batches = [ data; data; other ]
            Check.fails<DataException> ("Batch 2" :: words) (fun () ->
                Fit.stream settings (DataStream.FromBatches(batches).WithWindow 8) |> ignore)
        refuses [ "columns"; "2"; "3" ] (data.Select(0, 1))
        refuses [ "32-bit" ] (Dataset.From(Array2D.zeroCreate<float32> 3 3, [| 1.0f; 2.0f; 3.0f |]))
        refuses [ "classes" ] (Dataset.From(Array2D.zeroCreate<float> 3 3, [| 0; 1; 2 |]))
        refuses [ "weights" ] (data.WithWeights(Array.create 20 2.0))
        refuses [ "null" ] null
        let bad = Dataset.From(array2D [ [ 1.0; 2.0; 3.0 ]; [ 4.0; nan; 6.0 ] ], [| 1.0; 2.0 |])
        Check.fails<DataException> [ "batch 1"; "row 1"; "x2" ] (fun () ->
            Fit.stream settings (DataStream.FromBatches([ data; bad ]).WithWindow 8) |> ignore)
        let named = (classes 9 3 1).WithClassNames("a", "b", "c")
        Check.fails<DataException> [ "Batch 1"; "'b'"; "'d'" ] (fun () ->
            let other = named.WithClassNames("a", "d", "c")
            Fit.stream (classification named) (DataStream.FromBatches([ named; other ]).WithWindow 4) |> ignore)

    [<Test>]
    member _.``a later batch may have more classes, as many as the model has outputs``() =
        let data = classes 30 2 1
        let two = data.Pick [| 0; 1 |]
        let two = Dataset.From(Array2D.init 2 2 (fun i j -> float32 (two.Row(i)[j])), [| 0; 1 |])
        let settings = classification data
        let fitted = Fit.stream settings (DataStream.FromBatches([ two; two; data ]).WithWindow 4)
        Assert.That(fitted.epoch, Is.EqualTo 3)
        let small = { settings with model = Model.linear 2 2 }
        Check.fails<SettingsException> [ "3" ] (fun () ->
            Fit.stream small (DataStream.FromBatches([ two; two; data ]).WithWindow 4) |> ignore)

    [<Test>]
    member _.``rows of weight 0 are left out``() =
        let data = (numbers 30 2 1).WithWeights(Array.init 30 (fun i -> float (i % 3)))
        let settings = regression data
        same (Fit.run settings data) (Fit.stream settings (DataStream.FromBatches(batches data)))
        let without = { settings with shuffle = false }
        same (Fit.run without data) (Fit.stream without (DataStream.FromBatches(batches data).WithWindow 8))

    [<Test>]
    member _.``a stream without rows, or without rows in a later epoch, is refused``() =
        let data = numbers 40 2 1
        Check.fails<DataException> [ "stream" ] (fun () -> Fit.stream (regression data) (DataStream.FromBatches []) |> ignore)
        let once = (batches data).GetEnumerator()
        let taken =
            seq {
                while once.MoveNext() do
                    yield once.Current
            }
        Check.fails<DataException> [ "epoch 2" ] (fun () ->
            Fit.stream (regression data) (DataStream.FromBatches(taken).WithWindow 8) |> ignore)

    [<Test>]
    member _.``files that change are refused, by the row where they end``() =
        inFolder (fun folder ->
            let rows, columns = 64, 8192
            let data = Dataset.From(Array2D.zeroCreate<float> rows columns, Array.zeroCreate<float> rows)
            let stream = (stored folder data).WithWindow 8
            let x = Path.Combine(folder, "x.npy")
            let settings = { regression data with shuffle = false }
            let shorten length =
                (use file = new FileStream(x, FileMode.Open, FileAccess.Write, FileShare.ReadWrite) in file.SetLength length)
            // While it is read: at the first step the reader has two windows, of 64.
            let shrinking =
                { settings with onStep = fun report -> if report.epoch = 1 && report.step = 1 then shorten 2_000_000L }
            Check.fails<DataException> [ "x.npy"; "row "; "shorter" ] (fun () -> Fit.stream shrinking stream |> ignore)
            Check.fails<DataException> [ "x.npy"; "2000000" ] (fun () -> Fit.stream settings stream |> ignore)
            Check.fails<DataException> [ "x.npy"; "byte 2000000" ] (fun () ->
                DataStream.FromNpy(x, Path.Combine(folder, "y.npy")) |> ignore)
            File.Delete x
            Check.fails<DataException> [ "x.npy" ] (fun () -> Fit.stream settings stream |> ignore))

    [<Test>]
    member _.``a number that is not finite is found by its row in the file``() =
        inFolder (fun folder ->
            let features = Array2D.init 100 3 (fun i j -> if i = 77 && j = 1 then nan else 0.01 * float i)
            let data = Dataset.From(features, Array.zeroCreate<float> 100)
            for rule in [ Rule.Fused; Rule.ClosedForm ] do
                for shuffle in [ true; false ] do
                    let settings = { regression data with rule = Some rule; shuffle = shuffle }
                    Check.fails<DataException> [ "row 77"; "x2" ] (fun () ->
                        Fit.stream settings ((stored folder data).WithWindow 16) |> ignore))

    [<Test>]
    member _.``headers that lie take no memory, and arrays without places are refused``() =
        inFolder (fun folder ->
            let x, y = Path.Combine(folder, "x.npy"), Path.Combine(folder, "y.npy")
            (numbers 4 2 1).ToNpy(x, y)
            let lie (shape: string) =
                let text = $"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
                let header = [| 0x93uy; yield! "NUMPY"B; 1uy; 0uy; byte (text.Length + 1); 0uy |]
                File.WriteAllBytes(
                    x,
                    [| yield! header; yield! Text.Encoding.ASCII.GetBytes text; 10uy; yield! Array.zeroCreate 64 |]
                )
            for shape in
                [ "(9223372036854775807, 2147483000)"; "(4, 0)"; "(0, 2)"; "(4, 1073741824, 1073741824)"; "(5, 2)"; "(3, 2)" ] do
                lie shape
                Check.caught<DataException>(fun () -> DataStream.FromNpy(x, y) |> ignore) |> ignore
            lie "()"
            Check.caught<DataException>(fun () -> DataStream.FromNpy(x, y) |> ignore) |> ignore
            let text = File.ReadAllText(y).Replace("False", "True ")
            ignore text
            let packed = Path.Combine(folder, "x.gz")
            using (new Compression.GZipStream(File.Create packed, Compression.CompressionMode.Compress)) (fun gzip ->
                gzip.WriteByte 0uy)
            Check.fails<DataException> [ "x.gz"; "gzip"; "Unpack" ] (fun () -> DataStream.FromIdx(packed, packed) |> ignore))

    // ---- what is asked for besides --------------------------------------------------------------------------------

    [<Test>]
    member _.``validation, early stopping and evaluation go on as in memory``() =
        inFolder (fun folder ->
            let data, validation = classes 60 3 1, classes 20 3 2
            let settings =
                { classification data with
                    validation = Some validation
                    earlyStopping = Some { patience = 1; minDelta = 0.0 }
                    epochs = 20
                    optimizer = Optimizer.sgd 0.5 }
            let expected = Fit.run settings data
            same expected (Fit.stream settings (stored folder data))
            let evaluation = Fit.evaluateStream ((stored folder data).WithWindow 7) expected
            let inMemory = Fit.evaluate data expected
            Check.nearNumber 1e-5 inMemory.Loss evaluation.Loss
            Check.nearNumber 1e-12 inMemory.Metric evaluation.Metric
            Check.fails<SettingsException> [ "checkpoint" ] (fun () ->
                let every: CheckpointSettings = { every = CheckpointInterval.Epochs 1; save = ignore }
                Fit.stream { settings with checkpoint = Some every } (stored folder data) |> ignore))

    [<Test>]
    member _.``memory follows the window, not the file``() =
        inFolder (fun folder ->
            // 64 MB of rows of 16 KB, a window of 1 MB.
            let rows, columns = 4096, 2048
            let x, y = Path.Combine(folder, "x.npy"), Path.Combine(folder, "y.npy")
            Npy.save x { shape = [| rows; columns |]; values = StoredValues.Doubles(Array.zeroCreate (rows * columns)) }
            Npy.save y { shape = [| rows |]; values = StoredValues.Doubles(Array.zeroCreate rows) }
            let stream = DataStream.FromNpy(x, y).WithWindow 64
            let settings = { Fit.defaults with model = Model.linear columns 1; epochs = 2; optimizer = Optimizer.sgd 1e-6 }
            let before = GC.GetTotalAllocatedBytes true
            Fit.stream settings stream |> ignore
            let allocated = GC.GetTotalAllocatedBytes true - before
            Assert.That(allocated, Is.LessThan(8L <<< 20)))

    // ---- what belongs to others -----------------------------------------------------------------------------------

    [<Test>]
    member _.``a stream leaves the batches that it was given as they were``() =
        let data = numbers 32 2 1
        let labelled = (classes 32 2 2).WithWeights(Array.init 32 (fun i -> float (1 + i % 3)))
        let leaves settings (data: Dataset) =
            let values (part: Dataset) = [ for row in 0 .. part.Rows - 1 -> part.Row row, part.Target row ]
            for size in [ 4; 8; 16 ] do
                let parts = [ for i in 0 .. 32 / size - 1 -> data.Slice(size * i, size) ]
                let before = List.map values parts
                Fit.stream settings (DataStream.FromBatches(parts).WithWindow 8) |> ignore
                Assert.That(List.map values parts, Is.EqualTo(box before))
        leaves (regression data) data
        leaves (classification labelled) labelled

    [<Test>]
    member _.``classes of a stream and of a partial fit are those of the training, and none is forgotten``() =
        let data = (classes 30 2 1).WithClassNames("a", "b", "c")
        let other, two = data.WithClassNames("a", "x", "c"), (data.Pick [| 0; 1 |])
        let two = Dataset.From(Array2D.init 2 2 (fun i j -> float32 (two.Row(i)[j])), [| 0; 1 |]).WithClassNames("a", "b")
        let settings = classification data
        let fitted = Fit.run settings data
        let names = [ "a"; "b"; "c" ]
        Check.fails<DataException> [ "'x'"; "'b'" ] (fun () ->
            Fit.evaluateStream (DataStream.FromBatches([ other ]).WithWindow 4) fitted |> ignore)
        Check.fails<DataException> [ "'x'"; "'b'" ] (fun () -> Fit.partialFit other fitted |> ignore)
        Assert.That((Fit.partialFit two fitted).classNames, Is.EqualTo(box names))
        let began = Fit.stream settings (DataStream.FromBatches([ two; two; data ]).WithWindow 4)
        Assert.That(began.classNames, Is.EqualTo(box names))
        let fewer = Fit.run { settings with epochs = 1 } two
        Assert.That((Fit.partialFit data fewer).classNames, Is.EqualTo(box names))

    [<Test>]
    member _.``a source whose columns change between two epochs is refused by its batch``() =
        let data = numbers 20 3 1
        let named = (classes 20 3 1).WithClassNames("a", "b", "c")
        let refuses (words: string list) settings (first: Dataset) (then': Dataset) =
            let mutable passes = 0
            let changing =
                seq {
                    passes <- passes + 1
                    yield! Seq.replicate 3 (if passes = 1 then first else then')
                }
            for act in
                [ fun stream -> Fit.stream settings stream |> ignore
                  fun stream -> Fit.stream { settings with lossAfterEpoch = true; epochs = 1 } stream |> ignore ] do
                passes <- 0
                Check.fails<DataException> ("Batch 0" :: words) (fun () -> act (DataStream.FromBatches(changing).WithWindow 8))
        refuses [ "columns"; "2"; "3" ] (regression data) data (data.Select(0, 1))
        refuses [ "columns"; "4"; "3" ] (regression data) data (numbers 20 4 1)
        refuses [ "weights" ] (regression data) data (data.WithWeights(Array.create 20 2.0))
        refuses [ "weights" ] (regression data) (data.WithWeights(Array.create 20 2.0)) data
        refuses [ "'x'"; "'b'" ] (classification named) named (named.WithClassNames("a", "x", "c"))

    [<Test>]
    member _.``a minibatch may be longer than the window, and than the data``() =
        inFolder (fun folder ->
            let data = numbers 50 3 1
            for batch in [ 49; 50; 51; 1_000_000_000; Int32.MaxValue ] do
                let settings = { regression data with batch = batch; shuffle = false }
                let expected = Fit.run settings data
                same expected (Fit.stream settings ((stored folder data).WithWindow 8))
                same expected (Fit.stream settings (DataStream.FromBatches(batches data).WithWindow 8)))

    [<Test>]
    member _.``a part of a CSV file of which no row is left is passed over``() =
        inFolder (fun folder ->
            let path = Path.Combine(folder, "gaps.csv")
            // Parts of 4 MB: rows that miss something are the first, or one in the middle, or the last, or all.
            let rows, long = 300_000, String('7', 20)
            let settings = CsvSettings(Missing = MissingValues.DropRow)
            let write misses =
                File.WriteAllLines(
                    path,
                    seq {
                        "a,b,y"
                        for i in 0 .. rows - 1 do
                            if misses i then $",0.{long}{i:D9},{i % 5}" else $"{i % 10},0.{long}{i:D9},{i % 5}"
                    }
                )
            for misses in [ (fun i -> i < 200_000); (fun i -> i >= 50_000 && i < 290_000); (fun i -> i >= 100_000) ] do
                write misses
                let data = Dataset.FromCsv(path, settings)
                use windows = DataStream.FromCsv(path, settings).WithWindow(40_000).Windows(32, 0, false, CancellationToken.None)
                let seen = [ for window in windows.Pass(Windows.InOrder, 0L) -> window.data.Rows, window.data.Row 0 ]
                Assert.That(List.sumBy fst seen, Is.EqualTo data.Rows)
                Assert.That(snd seen.Head, Is.EqualTo(box (data.Row 0)))
            write (fun _ -> true)
            Check.fails<DataException> [ "gaps.csv"; "none is left" ] (fun () ->
                Fit.stream Fit.defaults (DataStream.FromCsv(path, settings)) |> ignore))

    [<Test>]
    member _.``a schedule is followed over the rows of the stream``() =
        inFolder (fun folder ->
            let data = numbers 64 2 1
            // 16 updates of an epoch, and 2 of a window.
            let settings rate = { regression data with optimizer = { Optimizer.sgd 0.01 with rate = rate }; epochs = 1 }
            let unknown () = DataStream.FromBatches([ for i in 0..7 -> data.Slice(8 * i, 8) ]).WithWindow 8
            let known () = (stored folder data).WithWindow 8
            for bad in [ -0.01; nan; infinity ] do
                for step in [ 2; 9; 15 ] do
                    let mutable updates = 0
                    let wrong =
                        { settings (fun t -> if t = step then bad else 0.01) with onStep = fun _ -> updates <- updates + 1 }
                    let refused = [ $"step {step + 1} "; string bad ]
                    Check.fails<SettingsException> refused (fun () -> Fit.stream wrong (known ()) |> ignore)
                    Assert.That(updates, Is.EqualTo 0)
                    Check.fails<SettingsException> refused (fun () -> Fit.stream wrong (unknown ()) |> ignore)
                    Assert.That(updates, Is.EqualTo(step / 2 * 2))
            // Past the last update nothing is asked; a rate may be 0 for longer than a window.
            for stream in [ known; unknown ] do
                Fit.stream (settings (fun t -> if t >= 16 then nan else 0.01)) (stream ()) |> ignore
                Fit.stream (settings (fun t -> if t < 4 then 0.0 else 0.01)) (stream ()) |> ignore
                Check.fails<SettingsException> [ "learning rate" ] (fun () ->
                    Fit.stream (settings (fun _ -> 0.0)) (stream ()) |> ignore))

    [<Test>]
    member _.``validation data may have the classes of later batches``() =
        let data = (classes 30 2 1).WithClassNames("a", "b", "c")
        let two = Dataset.From(Array2D.init 2 2 (fun i j -> float32 (data.Row(i)[j])), [| 0; 1 |]).WithClassNames("a", "b")
        let stream () = DataStream.FromBatches([ two; two; data ]).WithWindow 4
        let settings = { classification data with validation = Some data }
        Assert.That((Fit.stream settings (stream ())).history[0].Validation.HasValue)
        let four = Dataset.From(Array2D.zeroCreate<float32> 4 2, [| 0; 1; 2; 3 |]).WithClassNames("a", "b", "c", "d")
        Check.fails<SettingsException> [ "validation"; "4 classes"; "3" ] (fun () ->
            Fit.stream { settings with validation = Some four } (stream ()) |> ignore)
        Check.fails<SettingsException> [ "validation"; "'x'" ] (fun () ->
            Fit.stream { settings with validation = Some(data.WithClassNames("a", "b", "x")) } (stream ()) |> ignore)
        // In memory all classes are known.
        Check.fails<SettingsException> [ "validation"; "3 classes"; "2" ] (fun () -> Fit.run settings two |> ignore)
