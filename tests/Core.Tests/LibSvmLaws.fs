/// Sparse rows: what is written is read; what is wrong is told by its line.
module LinearNets.Tests.LibSvmLaws

open System
open System.Globalization
open System.IO
open System.Text
open NUnit.Framework
open LinearNets
open LinearNets.FSharp
open LinearNets.Kernels

let private text (x: float) = x.ToString("R", CultureInfo.InvariantCulture)

let private equalTo (expected: 'a) = Is.EqualTo(box expected)

/// Labels, and the columns and values of each row.
let private rowsOf (sparse: SparseRows) =
    let value (at: int) =
        match sparse.values with
        | :? (float32[]) as x -> float x[at]
        | x -> (x :?> float[])[at]
    [ for i in 0 .. sparse.rows - 1 ->
          sparse.labels[i], [ for at in sparse.starts[i] .. sparse.starts[i + 1] - 1 -> sparse.columns[at], value at ] ]

[<Law>]
let ``what is written is read`` (case: Case) =
    let key = Random.key case.seed
    let pick stream count i = Random.below count (Random.split key stream) (int64 i)
    let values = Random.normals (case.rows * case.columns) (Random.split key 1)
    let rows =
        [ for i in 0 .. case.rows - 1 ->
              float (pick 2 5 i - 2),
              [ for j in 0 .. case.columns - 1 do
                    if pick 3 2 (i * case.columns + j) = 0 then yield 3 * j, values[i * case.columns + j] * case.scale ] ]
    let first, newline, gap = pick 4 2 0, [| "\n"; "\r\n" |][pick 5 2 0], [| " "; "\t"; "  " |][pick 6 3 0]
    let line (label, pairs) =
        let comment = if label > 1.0 then $"{gap}# \"it's: 5:1" else ""
        let query = if label < 0.0 then gap + "qid:3" else ""
        let label = if label > 0.0 then "+" + text label else text label
        label
        + query
        + String.Join("", [ for column, value in pairs -> $"{gap}{column + first}:{text value}" ])
        + comment
    let written = "# made by a test" + newline + newline + String.Join(newline, List.map line rows)
    let settings = LibSvmSettings(FirstIndex = first, IgnoreQueries = true)
    let sparse = LibSvm.parse written settings
    Assert.That(rowsOf sparse, equalTo rows)
    let widest = rows |> List.collect snd |> List.map fst |> List.fold max -1
    Assert.That(sparse.width, equalTo (widest + 1))
    settings.Columns <- Nullable 100
    settings.Numbers <- NumberType.Single
    let single = LibSvm.parse written settings
    let rounded =
        [ for label, pairs in rows ->
              label,
              [ for column, value in pairs -> column, float (float32 (Single.Parse(text value, CultureInfo.InvariantCulture))) ] ]
    Assert.That(rowsOf single, equalTo rounded)
    Assert.That(single.width, equalTo 100)

[<Test>]
let ``threads change nothing`` () =
    let random = Random 1
    let line i =
        $"{i} "
        + String.Join(" ", [ for j in 1..20 -> $"{20 * random.Next 50 + j * 1000}:{text (random.NextDouble())}" ])
    let written = String.Join("\n", [ for i in 0..4999 -> line i ])
    Assert.That(written.Length, Is.GreaterThan(6 * TextScan.ChunkBytes))
    let read threads = LibSvm.parse written (LibSvmSettings(Threads = Nullable threads))
    let one = read 1
    Assert.That(one.labels, equalTo [| for i in 0..4999 -> float i |])
    for threads in 2..4 do
        let many = read threads
        Assert.That(many.starts, equalTo one.starts)
        Assert.That(many.columns, equalTo one.columns)
        Assert.That(many.values, equalTo one.values)

[<Test>]
let ``indices are sorted on request`` () =
    let sparse = LibSvm.parse "1 3:3 1:1 2:2\n2 5:5" (LibSvmSettings(SortIndices = true))
    Assert.That(rowsOf sparse, equalTo [ 1.0, [ 0, 1.0; 1, 2.0; 2, 3.0 ]; 2.0, [ 4, 5.0 ] ])

let private hostile: (string * string * LibSvmSettings * string list) list =
    let usual = LibSvmSettings()
    [ "nothing", "", usual, [ "there is nothing" ]
      "comments alone", "# a\n\n#b", usual, [ "there is nothing" ]
      "no label", "1 1:1\n2:3 4:5\n", usual, [ "line 2:"; "'2:3'"; "expected a number" ]
      "several labels", "1,2 1:1\n", usual, [ "line 1:"; "'1,2'" ]
      "unsorted", "1 1:1\n1 3:1 2:1\n", usual, [ "line 2:"; "'2:1'"; "SortIndices" ]
      "twice", "1 2:1 2:1\n", usual, [ "line 1:"; "not above" ]
      "twice, sorted", "1 2:1 1:1 2:1\n", LibSvmSettings(SortIndices = true), [ "line 1:"; "index 2 is there twice" ]
      "negative", "1 -2:1\n", usual, [ "line 1:"; "'-2:1'"; "below 1" ]
      "zero", "1 0:1\n", usual, [ "below 1"; "FirstIndex to 0" ]
      "huge", "1 99999999999999999999:1\n", usual, [ "'99999999999999999999:1'"; "above" ]
      "beyond the columns", "1 5:1\n", LibSvmSettings(Columns = Nullable 4), [ "'5:1'"; "above 4" ]
      "no colon", "1 5\n", usual, [ "'5'"; "index:number" ]
      "no index", "1 :5\n", usual, [ "':5'" ]
      "no value", "1 5:\n", usual, [ "'5:'"; "expected a number" ]
      "two colons", "1 5:1:2\n", usual, [ "'5:1:2'" ]
      "no number", "1 5:x\n", usual, [ "'5:x'" ]
      "not finite", "1 5:1e400\n", usual, [ "'5:1e400'"; "beyond" ]
      "a query", "1 qid:4 5:1\n", usual, [ "'qid:4'"; "IgnoreQueries" ]
      "two queries", "1 qid:4 qid:5 5:1\n", LibSvmSettings(IgnoreQueries = true), [ "'qid:5'" ]
      "a zero byte", "1 1:1\n1 \0001:1\n", usual, [ "line 2:"; "byte 0" ] ]

[<Test>]
let ``what is wrong is told by line, and what to do`` () =
    Fixture.each (fun (name, _, _, _) -> name) hostile (fun (_, text, settings, words) ->
        Check.fails<DataException> words (fun () -> LibSvm.parse text settings |> ignore))
    Check.fails<DataException> [ "nowhere.svm" ] (fun () -> LibSvm.read "nowhere.svm" (LibSvmSettings()) |> ignore)
    let settings = LibSvmSettings(FirstIndex = 2, Columns = Nullable 0, Threads = Nullable 0, Numbers = enum 5)
    Assert.That(Check.caught<SettingsException>(fun () -> LibSvm.parse "1 1:1" settings |> ignore).Problems, Has.Count.EqualTo 4)

[<Test>]
let ``an index that would want names of gigabytes is refused by its line`` () =
    let error = Check.caught<DataException>(fun () -> Dataset.ParseLibSvm("1 1:1\n1 2000000000:1\n") |> ignore)
    Assert.That(error.Message, Does.Contain("line 2").And.Contain "2000000000")
    Check.fails<SettingsException> [ "33554433"; "33554432 or fewer" ] (fun () ->
        Dataset.FromSparse([| 0; 0 |], [||], ([||]: float[]), (1 <<< 25) + 1, [| 1.0 |]) |> ignore)

[<Test>]
let ``of 20,000 damaged files, each is read or refused as data`` () =
    let written = Encoding.UTF8.GetBytes "# text\n+1 1:0.5 7:-2e3 # good\r\n-1 qid:12 2:.25\n\n0\n3.5 1:1 2:2 3:3 4:4"
    let random = Random 8
    for i in 0..19_999 do
        let damaged = CsvLaws.damage random written
        let settings = LibSvmSettings(FirstIndex = i % 2, IgnoreQueries = (i % 3 > 0), SortIndices = (i % 5 = 0))
        try
            use stream = new MemoryStream(damaged)
            let sparse = LibSvm.readStream stream settings
            for at in 0 .. sparse.columns.Length - 1 do
                if sparse.columns[at] < 0 || sparse.columns[at] >= sparse.width then failwith "a column that is not there"
        with
        | :? DataException -> ()
        | e -> Assert.Fail $"{Convert.ToBase64String damaged}: {e}"
