/// CSV: what is written is read, whatever the dialect; the bits do not depend on threads or chunks; what is wrong is told by its place.
module LinearNets.Tests.CsvLaws

open System
open System.Globalization
open System.IO
open System.Text
open NUnit.Framework
open LinearNets
open LinearNets.FSharp
open LinearNets.Kernels

let private invariant = CultureInfo.InvariantCulture

let private equalTo (expected: 'a seq) = Is.EqualTo(box (Seq.toArray expected))

// ---- what is written is read --------------------------------------------------------------------------------------

/// How a table is written.
type private Style = { delimiter: char; newline: string; bom: bool; header: bool; last: bool; quoteAll: bool; blanks: bool }

let private styleOf (case: Case) =
    let pick stream count = Random.below count (Random.split (Random.key case.seed) stream) 0L
    { delimiter = ",;\t|"[pick 1 4]
      newline = [| "\n"; "\r\n"; "\r" |][pick 2 3]
      bom = pick 3 2 = 0
      header = pick 4 2 = 0
      last = pick 5 2 = 0
      quoteAll = pick 6 3 = 0
      blanks = pick 7 3 = 0 }

let private write style (rows: string list list) =
    let field (text: string) =
        if style.quoteAll || Seq.exists (fun c -> c = style.delimiter || c = '"' || c = '\n' || c = '\r') text then
            "\"" + text.Replace("\"", "\"\"") + "\""
        else
            text
    let pad text = if style.blanks && style.delimiter <> '\t' then " " + text + " " else text
    let line fields = String.Join(style.delimiter, fields |> List.map (field >> pad))
    let lines = rows |> List.map line
    let empty = if style.blanks then style.newline else ""
    String.Join(style.newline + empty, lines) + (if style.last then style.newline else "")

let private bytesOf style (text: string) =
    Array.append (if style.bom then [| 0xEFuy; 0xBBuy; 0xBFuy |] else [||]) (Encoding.UTF8.GetBytes text)

let private ofBytes (bytes: byte[]) settings =
    use stream = new MemoryStream(bytes)
    Dataset.FromCsv(stream, settings)

let private rowsOf (data: Dataset) = [| for i in 0 .. data.Rows - 1 -> data.Row i |]

let private targetsOf (data: Dataset) = [| for i in 0 .. data.Rows - 1 -> (data.Target i)[0] |]

let private bits (values: float seq) = values |> Seq.map BitConverter.DoubleToInt64Bits |> Seq.toArray

/// Numbers of all sizes, as text that stands for exactly them.
let private numbersOf (case: Case) stream count =
    let key = Random.split (Random.key case.seed) stream
    Random.normals count key
    |> Array.mapi (fun i z ->
        let scaled = z * Math.Pow(10.0, float (Random.below 40 key (int64 i + 1000L) - 20))
        if i % 5 = 0 then Math.Round z else scaled)

[<Law>]
let ``numbers come back to the bit, in any dialect`` (case: Case) =
    let style = styleOf case
    let values = numbersOf case 10 (case.rows * (case.columns + 1)) |> Array.chunkBySize (case.columns + 1)
    let text (x: float) = x.ToString("R", invariant)
    let names = [ for i in 1 .. case.columns + 1 -> $"the \"{i}\"th, so{style.delimiter}to\nsay" ]
    let rows = [ for row in values -> [ for x in row -> text x ] ]
    let bytes = write style (if style.header then names :: rows else rows) |> bytesOf style
    let data = ofBytes bytes (CsvSettings(Delimiter = Nullable style.delimiter))
    Assert.That(
        bits (Seq.concat (rowsOf data)),
        equalTo (
            bits
                [ for row in values do
                      yield! Array.truncate case.columns row ]
        )
    )
    Assert.That(bits (targetsOf data), equalTo (bits (Array.map Array.last values)))
    let expected = if style.header then List.truncate case.columns names else [ for i in 1 .. case.columns -> $"x{i}" ]
    Assert.That(data.FeatureNames, equalTo expected)
    // What is found out is what it was: the names have every delimiter in quotes.
    let found = ofBytes bytes (CsvSettings())
    Assert.That(bits (Seq.concat (rowsOf found)), equalTo (bits (Seq.concat (rowsOf data))))

[<Law>]
let ``32-bit numbers are rounded once`` (case: Case) =
    let values = numbersOf case 10 (2 * case.rows)
    let text =
        String.Join(
            "\n",
            values
            |> Array.chunkBySize 2
            |> Array.map (fun row -> String.Join(",", [ for x in row -> x.ToString("R", invariant) ]))
        )
    let data = Dataset.ParseCsv(text, CsvSettings(Numbers = NumberType.Single))
    let expected = [ for row in Array.chunkBySize 2 values -> float (Single.Parse(row[0].ToString("R", invariant), invariant)) ]
    Assert.That(bits (Array.map Array.head (rowsOf data)), equalTo (bits expected))

/// The same number, written as files write it.
let private spellings (random: Random) (x: float) =
    let text = x.ToString("F6", invariant)
    match random.Next 12 with
    | 0 -> x.ToString("R", invariant)
    | 1 -> x.ToString("E16", invariant)
    | 2 -> "\"" + text + "\""
    | 3 -> " " + text
    | 4 -> string (Math.Round x)
    | _ -> text

[<Test>]
let ``rows of usual numbers are read among rows of others, however many fields they have`` () =
    for columns in [ 2; 3; 7; 9; 40; 600; 1100; 3000 ] do
        for newline in [ "\n"; "\r\n"; "\r" ] do
            let random = Random columns
            // Rows without a word are not asked field by field.
            let hasWords = random.Next 2 = 0
            let word () = [| "Oslo"; "\"a,b\""; "\"two\nlines\""; "Rome" |][random.Next 4]
            let rows =
                [| for i in 0 .. 20_000 / columns + 4 ->
                       [| for j in 0..columns ->
                              if hasWords && j = 1 then word ()
                              elif i % 3 = 0 then (random.NextDouble() - 0.5).ToString("F6", invariant)
                              else spellings random (1e3 * (random.NextDouble() - 0.5)) |] |]
            let text =
                String.Join(
                    newline,
                    [ for i, row in Array.indexed rows -> (if i % 5 = 4 then newline else "") + String.Join(",", row) ]
                )
            let settings =
                CsvSettings(Delimiter = Nullable ',', Header = CsvHeader.Absent, OneHot = if hasWords then [| "x2" |] else [||])
            let data = Dataset.ParseCsv(text, settings)
            let number (field: string) = Double.Parse(field.Trim('"', ' '), invariant)
            let expected =
                [ for row in rows do
                      for j in 0 .. columns - 1 do
                          if not (hasWords && j = 1) then yield number row[j] ]
            let words = if hasWords then data.Columns - columns + 1 else 0
            let got =
                [ for row in rowsOf data do
                      yield! Array.append [| row[0] |] row[1 + words ..] ]
            Assert.That(data.Rows, Is.EqualTo rows.Length)
            Assert.That(bits got, equalTo (bits expected))
            Assert.That(bits (targetsOf data), equalTo (bits [ for row in rows -> number row[columns] ]))

[<Test>]
let ``the float that is wrong when it is rounded twice`` () =
    let data = Dataset.ParseCsv("5.074913740158081,1", CsvSettings(Numbers = NumberType.Single))
    Assert.That((data.Row 0)[0], Is.EqualTo(float (Single.Parse("5.074913740158081", invariant))))

[<Law>]
let ``words come back as classes and as columns of 0 and 1`` (case: Case) =
    let style = { styleOf case with header = true; blanks = false }
    let words = [| "Oslo"; "São Paulo"; "say \"hi\""; "a,b;c\td|e"; "two\nlines"; " blanks "; "日本"; "x" |]
    let word stream row = words[Random.below words.Length (Random.split (Random.key case.seed) stream) (int64 row)]
    let style = { style with quoteAll = true } // or blanks were lost
    let rows = [ for i in 0 .. case.rows - 1 -> [ word 20 i; string i; word 21 i ] ]
    let data = ofBytes (write style ([ "city"; "n"; "kind" ] :: rows) |> bytesOf style) (CsvSettings(OneHot = [| "city" |]))
    let sorted column =
        rows |> List.map (List.item column) |> List.distinct |> List.sortWith (fun a b -> String.CompareOrdinal(a, b))
    let cities = sorted 0
    Assert.That(data.FeatureNames, equalTo ([ for city in cities -> $"city={city}" ] @ [ "n" ]))
    Assert.That(data.ClassNames, equalTo (sorted 2))
    rows
    |> List.iteri (fun i row ->
        let expected = [ for city in cities -> (if city = row[0] then 1.0 else 0.0) ] @ [ float i ]
        Assert.That(data.Row i, equalTo expected)
        Assert.That(data.ClassName i, Is.EqualTo(row[2])))
    // A later file has the same columns, whatever occurs in it.
    let later =
        ofBytes
            (write style [ [ "kind"; "n"; "city" ]; [ rows[0][2]; "7"; rows[0][0] ] ] |> bytesOf style)
            (CsvSettings(Schema = data.Schema))
    Assert.That(later.FeatureNames, equalTo data.FeatureNames)
    Assert.That(later.ClassNames, equalTo data.ClassNames)
    Assert.That((later.Row 0)[.. cities.Length - 1], equalTo ((data.Row 0)[.. cities.Length - 1]))
    Assert.That(later.ClassName 0, Is.EqualTo(rows[0][2]))

[<Law>]
let ``the first of several words is left out on request`` (case: Case) =
    let words = [| "a"; "b"; "c"; "d" |]
    let word row = words[Random.below (1 + case.seed % 4) (Random.key case.seed) (int64 row)]
    let rows = [ for i in 0 .. case.rows - 1 -> word i ]
    let text = String.concat "\n" ("city,n,y" :: [ for i, word in List.indexed rows -> $"{word},{i},1" ])
    let all = Dataset.ParseCsv(text, CsvSettings(OneHot = [| "city" |]))
    let fewer = Dataset.ParseCsv(text, CsvSettings(OneHot = [| "city" |], DropFirst = true))
    let dropped = if (List.distinct rows).Length > 1 then 1 else 0
    Assert.That(fewer.FeatureNames, equalTo (Seq.skip dropped all.FeatureNames))
    for i in 0 .. rows.Length - 1 do
        Assert.That(fewer.Row i, equalTo (Seq.skip dropped (all.Row i)))
    let later = Dataset.ParseCsv(text, CsvSettings(Schema = fewer.Schema))
    Assert.That(later.FeatureNames, equalTo fewer.FeatureNames)
    Assert.That(fewer.Schema.WordsOf "city", equalTo (all.Schema.WordsOf "city"))
    // With a bias, what is left is not dependent.
    if dropped = 1 && rows.Length > 6 then
        Assert.That((Exact.run Exact.defaults (fewer.Select(fewer.FeatureNames[0]))).rank, Is.EqualTo 2)

[<Test>]
let ``a row that lacks a word is dropped where the first word has no feature`` () =
    let settings = CsvSettings(OneHot = [| "city" |], DropFirst = true, Missing = MissingValues.DropRow)
    for text in [ "city,y\na,1\n,2\nb,3\n"; "city,y\na,1\n,2\na,3\n" ] do
        Assert.That(Dataset.ParseCsv(text, settings).Rows, Is.EqualTo 2)

/// A file of many chunks with long texts in quotes, of which chunks begin within.
let private long (seed: int) rows =
    let random = Random(seed)
    let text = StringBuilder("id,note,x,y\n")
    for i in 0 .. rows - 1 do
        let note = String.Join("\n", [ for _ in 0 .. random.Next 40 -> String(',', random.Next 60) + "\"\"" + string i ])
        text.Append(i).Append(",\"").Append(note).Append("\",").Append(random.NextDouble()).Append(',').Append(i % 7).Append('\n')
        |> ignore
        if i % 100 = 0 then text.Append("\r\n# \"comment\n") |> ignore
    text.ToString()

[<Test>]
let ``chunks that begin within quotes change nothing, nor do threads`` () =
    let rows = 3000
    let text = long 1 rows
    Assert.That(text.Length, Is.GreaterThan(6 * TextScan.ChunkBytes))
    let read threads =
        Dataset.ParseCsv(text, CsvSettings(Without = [| "note" |], Comment = Nullable '#', Threads = Nullable threads))
    let one = read 1
    Assert.That(one.Rows, Is.EqualTo rows)
    Assert.That(Array.map Array.head (rowsOf one), equalTo [ for i in 0 .. rows - 1 -> float i ])
    Assert.That(targetsOf one, equalTo [ for i in 0 .. rows - 1 -> float (i % 7) ])
    for threads in 2..4 do
        Assert.That(bits (Seq.concat (rowsOf (read threads))), equalTo (bits (Seq.concat (rowsOf one))))

[<Test>]
let ``a row that is longer than chunks is read`` () =
    let columns = 200_000
    let row i = String.Join(",", [| for j in 0..columns -> string ((i + j) % 1000) |])
    let data = Dataset.ParseCsv(String.Join("\n", [ for i in 0..2 -> row i ]))
    Assert.That((data.Rows, data.Columns), Is.EqualTo((3, columns)))
    Assert.That((data.Row 2)[columns - 1], Is.EqualTo(float ((2 + columns - 1) % 1000)))

// ---- which columns -------------------------------------------------------------------------------------------------

let private houses = "area,age,city,price\n120,7,Oslo,350\n80,30,Rome,210\n95,12,Oslo,260\n"

[<Test>]
let ``columns are taken and left by name, the target by name or place`` () =
    let read settings = Dataset.ParseCsv(houses, settings)
    let data = read (CsvSettings(Without = [| "city" |]))
    Assert.That(data.FeatureNames, equalTo [ "area"; "age" ])
    Assert.That(data.TargetNames, equalTo [ "price" ])
    let data = read (CsvSettings(Target = "age", Columns = [| "price"; "area" |]))
    Assert.That(data.FeatureNames, equalTo [ "price"; "area" ])
    Assert.That(data.Row 0, equalTo [ 350.0; 120.0 ])
    Assert.That(targetsOf data, equalTo [ 7.0; 30.0; 12.0 ])
    for index in [ 2; -2 ] do
        let data = read (CsvSettings(TargetIndex = index))
        Assert.That(data.ClassNames, equalTo [ "Oslo"; "Rome" ])
        Assert.That(targetsOf data, equalTo [ 0.0; 1.0; 0.0 ])
    let data = read (CsvSettings(Without = [| "city" |], TargetKind = CsvTarget.Classes))
    Assert.That(data.ClassNames, equalTo [ "210"; "260"; "350" ])

[<Test>]
let ``classes that are numbers are in the order of numbers`` () =
    let data = Dataset.ParseCsv("1,10\n1,9\n1,-2\n", CsvSettings(TargetKind = CsvTarget.Classes))
    Assert.That(data.ClassNames, equalTo [ "-2"; "9"; "10" ])

[<Test>]
let ``a header is found out, or told`` () =
    Assert.That(Dataset.ParseCsv("a,b\n1,2").Rows, Is.EqualTo 1)
    Assert.That(Dataset.ParseCsv("3,4\n1,2").Rows, Is.EqualTo 2)
    Assert.That(Dataset.ParseCsv("5.1,setosa\n1,virginica").Rows, Is.EqualTo 2)
    Assert.That(Dataset.ParseCsv("2019,2020\n1,2", CsvSettings(Header = CsvHeader.Present)).FeatureNames, equalTo [ "2019" ])
    let data = Dataset.ParseCsv("a,b\nc,d", CsvSettings(Header = CsvHeader.Absent, OneHot = [| "x1" |]))
    Assert.That((data.Rows, data.TargetNames[0], data.FeatureNames[1]), Is.EqualTo((2, "y", "x1=c")))

[<Test>]
let ``semicolons are found, and bars, and tabs, before commas`` () =
    for delimiter in ";|\t," do
        let text = $"a{delimiter}b{delimiter}c\n1{delimiter}2{delimiter}3\n"
        Assert.That(Dataset.ParseCsv(text).Columns, Is.EqualTo 2)

// ---- what is missing -------------------------------------------------------------------------------------------------

let private gaps = "a,b,y\n1,,1\n,5,2\n3,7,3\nNA,9,4\n"

[<Test>]
let ``rows that lack a value are dropped, or have the mean, which later files have too`` () =
    let dropped = Dataset.ParseCsv(gaps, CsvSettings(Missing = MissingValues.DropRow))
    Assert.That(rowsOf dropped, equalTo [ [| 3.0; 7.0 |] ])
    Assert.That(targetsOf dropped, equalTo [ 3.0 ])
    let filled = Dataset.ParseCsv(gaps, CsvSettings(Missing = MissingValues.Mean))
    Assert.That(rowsOf filled, equalTo [ [| 1.0; 7.0 |]; [| 2.0; 5.0 |]; [| 3.0; 7.0 |]; [| 2.0; 9.0 |] ])
    let later = Dataset.ParseCsv("a,b,y\n,100,1\n50,,2", CsvSettings(Schema = filled.Schema, Missing = MissingValues.Mean))
    Assert.That(rowsOf later, equalTo [ [| 2.0; 100.0 |]; [| 50.0; 7.0 |] ])

[<Test>]
let ``a marker that is a number is not taken for it`` () =
    let settings = CsvSettings(MissingMarkers = [| "-999" |], Missing = MissingValues.Mean)
    let data = Dataset.ParseCsv("1,1\n-999,2\n3,3\n", settings)
    Assert.That(Array.concat (rowsOf data), equalTo [ 1.0; 2.0; 3.0 ])

[<Test>]
let ``rows that lack a word or a class are dropped`` () =
    let text = "city,y\nOslo,a\nNA,b\nRome,?\nRome,a\n"
    let data = Dataset.ParseCsv(text, CsvSettings(OneHot = [| "city" |], Missing = MissingValues.DropRow))
    Assert.That(rowsOf data, equalTo [ [| 1.0; 0.0 |]; [| 0.0; 1.0 |] ])
    Assert.That([| for i in 0..1 -> data.ClassName i |], equalTo [ "a"; "a" ])

// ---- what is wrong -----------------------------------------------------------------------------------------------------

let private hostile: (string * string * CsvSettings * string list) list =
    let usual = CsvSettings()
    let mean = CsvSettings(Missing = MissingValues.Mean)
    let huge = String('1', 10_000_000)
    [ "nothing", "", usual, [ "the text: there is nothing" ]
      "empty lines", "\n\r\n\n", usual, [ "there is nothing" ]
      "only a header", "a,b\n", usual, [ "has a header and no rows" ]
      "a header without a newline", "a,b", usual, [ "has a header and no rows" ]
      "too few fields", "a,b,c\n1,2,3\n4,5\n", usual, [ "line 3:"; "2 fields; expected 3" ]
      "too many fields", "a,b\n1,2\n3,4,5\n", usual, [ "line 3:"; "more than 2 fields" ]
      "a quote within a field", "a,b\n1,2\n3,4\"5\n", usual, [ "line 3, column 'b'"; "quote stands within" ]
      "text behind a quote", "a,b\n\"1\"2,3\n", usual, [ "line 2, column 'a'"; "follows the quoted field '1'" ]
      "a quote that is not closed", "a,b\n1,2\n3,\"4\n5,6\n", usual, [ "line 3, column 'b'"; "never closed" ]
      "a zero byte", "a,b\n1,2\n3,\0004\n", usual, [ "line 3:"; "byte 0" ]
      "two points", "a,b\n1,2\n1.2.3,4\n", usual, [ "line 3, column 'a'"; "'1.2.3'"; "expected a number" ]
      "a comma for a point", "a;b\n1,5;2\n", usual, [ "line 2, column 'a'"; "'1,5'"; "with a point" ]
      "words", "city,y\nOslo,1\n", usual, [ "line 2, column 'city'"; "'Oslo'"; "OneHot" ]
      "words among target numbers", "a,y\n1,1\n1,cat\n", usual, [ "line 3, column 'y'"; "'cat'"; "TargetKind" ]
      "10 MB of digits", $"a,b\n1,2\n{huge},4\n", usual, [ "line 3, column 'a'"; "more than 1048576 bytes" ]
      "10 MB in the header",
      huge + "x,b\n1,2\n",
      CsvSettings(Header = CsvHeader.Present),
      [ "line 1, column 1"; "more than 4096 bytes" ]
      "10 MB in a class", $"a,b\n1,{huge}x\n", usual, [ "line 2, column 'b'"; "more than 4096 bytes" ]
      "beyond doubles", "a,b\n1,2\n1e400,4\n", usual, [ "line 3, column 'a'"; "'1e400'"; "beyond" ]
      "beyond floats, in digits",
      "a,b\n1000000000000000000e21,2\n",
      CsvSettings(Numbers = NumberType.Single),
      [ "line 2, column 'a'"; "64-bit" ]
      "beyond floats", "a,b\n1e39,2\n", CsvSettings(Numbers = NumberType.Single), [ "line 2, column 'a'"; "'1e39'"; "64-bit" ]
      "infinity", "a,b\n1,2\ninf,4\n", usual, [ "line 3, column 'a'"; "'inf'"; "expected a number" ]
      "nothing there", "a,b\n1,2\n,4\n", usual, [ "line 3, column 'a'"; "got nothing, a missing value"; "DropRow" ]
      "a marker", "a,b\n1,2\n3,NA\n", usual, [ "line 3, column 'b'"; "'NA'" ]
      "names that are there twice", "a,b,a\n1,2,3\n", usual, [ "columns 1 and 3"; "'a'" ]
      "a target that is not there",
      "area,age,price\n1,2,3\n",
      CsvSettings(Target = "prise"),
      [ "no column 'prise'"; "'price', 'area', 'age'." ]
      "a column that is not there", "a,b\n1,2\n", CsvSettings(Without = [| "c" |]), [ "no column 'c'" ]
      "a place that is not there", "a,b\n1,2\n", CsvSettings(TargetIndex = 2), [ "no column 2"; "from 0 to 1" ]
      "one column", "a\n1\n2\n", usual, [ "nothing is left beside the target" ]
      "a carriage return alone", "a,b\n1\r5,2\n", usual, [ "line 2, column 'a'"; "carriage return" ]
      "no mean of a target", "a,b\n1,NA\n2,1\n", mean, [ "target is missing" ]
      "no mean of nothing", "a,b\nNA,1\n,1\n", mean, [ "column 'a'"; "every value is missing" ]
      "nothing left", "a,b\nNA,1\n1,\n", CsvSettings(Missing = MissingValues.DropRow), [ "none is left" ]
      "too many words",
      "a,b\n" + String.Join("\n", [ for i in 0..2000 -> $"w{i},1" ]),
      CsvSettings(OneHot = [| "a" |]),
      [ "column 'a'"; "more than 1024 different words" ] ]

[<Test>]
let ``what is wrong is told by line and column, and what to do`` () =
    Fixture.each (fun (name, _, _, _) -> name) hostile (fun (_, text, settings: CsvSettings, words) ->
        for threads in [ 1; 2 ] do
            settings.Threads <- Nullable threads
            let e = Check.caught<DataException>(fun () -> Dataset.ParseCsv(text, settings) |> ignore)
            for word in words do
                Assert.That(e.Message, Does.Contain word)
            Assert.That(e.Message, Does.StartWith e.Where)
            Assert.That(e.Message.Length, Is.LessThan 1000))

[<Test>]
let ``bytes that are not UTF-8 are refused where they are read`` () =
    let bytes (text: string) = Encoding.Latin1.GetBytes text
    let fails text settings words = Check.fails<DataException> words (fun () -> ofBytes (bytes text) settings |> ignore)
    fails "caf\233,y\n1,2\n" (CsvSettings()) [ "the stream, line 1"; "not UTF-8" ]
    fails "a,y\n1,2\n3,4\n5,caf\233\n" (CsvSettings(TargetKind = CsvTarget.Classes)) [ "line 4, column 'y'"; "not UTF-8" ]
    fails "a,y\n1,2\ncaf\233,4\n" (CsvSettings()) [ "line 3, column 'a'"; "expected a number" ]
    let utf16 = Array.append [| 0xFFuy; 0xFEuy |] (Encoding.Unicode.GetBytes "a,b\n1,2\n")
    Check.fails<DataException> [ "UTF-16" ] (fun () -> ofBytes utf16 (CsvSettings()) |> ignore)

[<Test>]
let ``the first fault of a file is told, whichever thread is faster`` () =
    let lines = [| for i in 0..200_000 -> $"{i},1" |]
    lines[70_000] <- "first,1"
    lines[150_000] <- "second,1"
    for threads in 1..4 do
        for _ in 1..3 do
            Check.fails<DataException> [ "line 70001"; "'first'" ] (fun () ->
                Dataset.ParseCsv(String.Join("\n", lines), CsvSettings(Threads = Nullable threads)) |> ignore)

[<Test>]
let ``settings that cannot be used are all told`` () =
    let settings =
        CsvSettings(Delimiter = Nullable 'x', Comment = Nullable '1', Threads = Nullable 0, OneHot = null, Header = enum 9)
    let e = Check.caught<SettingsException>(fun () -> Dataset.ParseCsv(houses, settings) |> ignore)
    Assert.That(e.Problems, Has.Count.EqualTo 5)
    Check.fails<ArgumentNullException> [ "settings" ] (fun () -> Dataset.ParseCsv(houses, null) |> ignore)

let private withFile (bytes: byte[]) action =
    let path = Path.Combine(TestContext.CurrentContext.WorkDirectory, Guid.NewGuid().ToString "N" + ".csv")
    File.WriteAllBytes(path, bytes)
    try
        action path
    finally
        File.Delete path

[<Test>]
let ``files are read as text is, and told by name`` () =
    withFile (Encoding.UTF8.GetBytes(long 2 500)) (fun path ->
        let settings = CsvSettings(Without = [| "note" |], Comment = Nullable '#')
        let ours, text = Dataset.FromCsv(path, settings), Dataset.ParseCsv(long 2 500, settings)
        Assert.That(bits (Seq.concat (rowsOf ours)), equalTo (bits (Seq.concat (rowsOf text))))
        Check.fails<DataException> [ path; "line 2, column 'note'" ] (fun () -> Dataset.FromCsv(path) |> ignore))
    Check.fails<DataException> [ "nowhere.csv"; "Check the path" ] (fun () -> Dataset.FromCsv("nowhere.csv") |> ignore)
    Check.fails<DataException> [ "cannot be read" ] (fun () ->
        Dataset.FromCsv(TestContext.CurrentContext.WorkDirectory) |> ignore)

/// A source that has fewer bytes, or others, from some read on.
type private Unsteady(bytes: byte[], reads: int, later: byte[]) =
    inherit ByteSource()
    let mutable count = 0
    override _.Length = bytes.LongLength
    override _.Read(at, into) =
        count <- count + 1
        let now = if count > reads then later else bytes
        if at + int64 into.Length > now.LongLength then raise (EndOfStreamException "It had more.")
        now.AsSpan(int at, into.Length).CopyTo into
    override _.Dispose() = ()

[<Test>]
let ``a file that shrinks or changes while it is read is refused, at every read`` () =
    let bytes = Encoding.UTF8.GetBytes("a,b\n" + String.Join("\n", [ for i in 0..99_999 -> $"{i},1" ]))
    let shorter = bytes[..20]
    let fewer = bytes |> Array.map (fun b -> if b = 10uy then byte ',' else b)
    let more = bytes |> Array.map (fun b -> if b = byte '7' then 10uy else b)
    for later, words in [ shorter, [ "shorter while it was read" ]; fewer, []; more, [] ] do
        for reads in 1..6 do
            for threads in [ 1; 2 ] do
                Check.fails<DataException> words (fun () ->
                    TextInput.ofSource { name = "unsteady"; source = new Unsteady(bytes, reads, later) } (fun input ->
                        Csv.readInput input (CsvSettings(Threads = Nullable threads)))
                    |> ignore)

// ---- anything at all ---------------------------------------------------------------------------------------------------

/// A file with up to four accidents: bytes changed, put in, left out, doubled, or the end missing.
let damage (random: Random) (bytes: byte[]) =
    let telling = Array.append "\000\n\r\"',;\t|#+-.eE:0919 x"B [| 0xA0uy; 0xFFuy |]
    let once (bytes: byte[]) =
        let at = random.Next(bytes.Length + 1)
        let length = random.Next(min 8 (bytes.Length - at) + 1)
        let before, piece, after = bytes[.. at - 1], bytes[at .. at + length - 1], bytes[at + length ..]
        match random.Next 6 with
        | 0 -> Array.concat [ before; after ]
        | 1 -> Array.concat [ before; piece; piece; after ]
        | 2 -> Array.concat [ before; [| telling[random.Next telling.Length] |]; piece; after ]
        | 3 -> Array.concat [ before; Array.map (fun _ -> telling[random.Next telling.Length]) piece; after ]
        | 4 -> Array.concat [ before; Array.map (fun _ -> byte (random.Next 256)) piece; after ]
        | _ -> if random.Next 4 = 0 then before else Array.concat [ after; piece; before ]
    Seq.fold (fun bytes _ -> once bytes) bytes [ 0 .. random.Next 4 ]

[<Test>]
let ``of 20,000 damaged files, each is read or refused as data`` () =
    let files: (string * CsvSettings) list =
        [ houses, CsvSettings(OneHot = [| "city" |])
          gaps, CsvSettings(Missing = MissingValues.Mean, Numbers = NumberType.Single)
          "\"a \"\"quoted\"\" name\";b;kind\r\n1.5e3;-.5;\"x;y\"\r\n# note\r\n;7;\"two\r\nlines\"\r\n",
          CsvSettings(Missing = MissingValues.DropRow, Comment = Nullable '#')
          "a\tb\tc\r1\t2\t3\r4\t5\t6\r", CsvSettings(Threads = Nullable 1) ]
    let random = Random 7
    for i in 0..19_999 do
        let text, settings = files[i % files.Length]
        let damaged = damage random (Encoding.UTF8.GetBytes text)
        try
            let data = ofBytes damaged settings
            Assert.That(data.Rows, Is.GreaterThan 0)
        with
        | :? DataException -> ()
        | e -> Assert.Fail $"{Convert.ToBase64String damaged}: {e}"
