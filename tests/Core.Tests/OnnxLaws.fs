/// Models as ONNX files: their bytes by a reader of our own, what they compute by a runtime that is not ours.
module LinearNets.Tests.OnnxLaws

open System
open System.Collections.Generic
open System.IO
open System.Text
open System.Text.Json.Nodes
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

let private isEqual (expected: 'T) (actual: 'T) = if expected <> actual then Assert.Fail $"expected %A{expected}, got %A{actual}"

let private bytesOf (values: Array) =
    let bytes = Array.zeroCreate<byte>(Buffer.ByteLength values)
    Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length)
    bytes

// ---- messages --------------------------------------------------------------------------------------------------------

let private written (write: Protobuf -> unit) =
    let message = Protobuf()
    write message
    message.Written.ToArray()

[<Test>]
let ``messages have the bytes that protobuf's own description gives`` () =
    let hex bytes = Convert.ToHexStringLower(bytes: byte[])
    let inner = Protobuf()
    inner.Integer(1, 150L)
    for expected, write in
        [ "089601", (fun (m: Protobuf) -> m.Integer(1, 150L))
          "120774657374696e67", (fun m -> m.Text(2, "testing"))
          "1a03089601", (fun m -> m.Message(3, inner))
          "0800", (fun m -> m.Integer(1, 0L))
          "087f", (fun m -> m.Integer(1, 127L))
          "088001", (fun m -> m.Integer(1, 128L))
          "08feffffffffffffffff01", (fun m -> m.Integer(1, -2L))
          "08ffffffffffffffff7f", (fun m -> m.Integer(1, Int64.MaxValue))
          "7a00", (fun m -> m.Text(15, ""))
          "820100", (fun m -> m.Message(16, Protobuf()))
          "f8ffffff0f01", (fun m -> m.Integer((1 <<< 29) - 1, 1L))
          "4a080000803f000000c0", (fun m -> m.Values(9, [| 1.0f; -2.0f |])) ] do
        isEqual expected (hex (written write))

/// A message in the making and what is to be read of it, of a case.
let rec private random (case: Case) (depth: int) (seed: int) : Protobuf * (int * Wire.Value) list =
    let key = Random.split (Random.key (case.seed + seed)) depth
    let below most (index: int) = Random.below most key (int64 index)
    let message, fields = Protobuf(), List<int * Wire.Value>()
    for i in 0 .. below 5 0 do
        let field = 1 + (below 20 (4 * i + 1) <<< below 20 (4 * i + 2))
        match below (if depth < 3 then 4 else 3) (4 * i + 3) with
        | 0 ->
            let value = int64 (below 1024 (4 * i + 4) - 512) <<< below 60 (4 * i + 2)
            message.Integer(field, value)
            fields.Add(field, Wire.Number(uint64 value))
        | 1 ->
            let text = String.replicate (below 200 (4 * i + 4)) "aß日🙂"
            message.Text(field, text)
            fields.Add(field, Wire.Bytes(Encoding.UTF8.GetBytes text))
        | 2 ->
            let values = Random.uniforms (below 50 (4 * i + 4)) key
            message.Values(field, values)
            fields.Add(field, Wire.Bytes(bytesOf values))
        | _ ->
            let inner, read = random case (depth + 1) (seed + 31 * i)
            message.Message(field, inner)
            isEqual read (Wire.read (inner.Written.ToArray()))
            fields.Add(field, Wire.Bytes(inner.Written.ToArray()))
    message, List.ofSeq fields

[<Law>]
let ``what is written is read, field by field`` (case: Case) =
    let message, fields = random case 0 0
    isEqual fields (Wire.read (message.Written.ToArray()))

// ---- models of every kind, after everything that may come before them ------------------------------------------------

let private kinds =
    [ "regression", Loss.squared, 1
      "several outputs", Loss.mse, 3
      "softmax", Loss.crossEntropy, 4
      "logistic", Loss.binaryCrossEntropy, 1
      "squared on sigmoid", Loss.squaredSigmoid, 1
      "perceptron", Loss.perceptron, 1 ]

let private codes = [| -3.0; 0.0; 1.0; 7.0 |]

/// Rows of a number, one far from 0, a code and a byte.
let private measured dtype (loss: string) rows =
    let z = Random.normals (2 * rows) (Random.key rows)
    let row i =
        [| z[2 * i]
           1e5 + 10.0 * z[2 * i + 1]
           codes[Random.below 4 (Random.key 1) (int64 i)]
           float (Random.below 256 (Random.key 2) (int64 i)) |]
    let x = Array.init rows row
    let narrow = Array.map (Array.map float32)
    let isSingle = (dtype = Dtype.Float32)
    let data: Dataset =
        match loss with
        | "cross-entropy" ->
            let labels = Array.init rows (fun i -> [| "ant"; "größe"; "日本"; "a \"b\"" |][i % 4])
            if isSingle then Dataset.From(narrow x, labels) else Dataset.From(x, labels)
        | "mse" ->
            let y = Array.init rows (fun i -> [| float i; 1.0; 2.0 |])
            if isSingle then Dataset.From(narrow x, narrow y) else Dataset.From(x, y)
        | "perceptron"
        | _ ->
            let no = if loss = "perceptron" then -1.0 else 0.0
            let y = Array.init rows (fun i -> if i % 2 = 0 then 1.0 else no)
            if isSingle then Dataset.From(narrow x, Array.map float32 y) else Dataset.From(x, y)
    data.WithFeatureNames("a", "far", "code", "byte")

/// Everything that may come before an affine model.
let private preparations: (string * (Dataset -> Transform) list) list =
    [ "nothing", []
      "standardised", [ Preprocess.standardise ]
      "from 0 to 1", [ Preprocess.minMax ]
      "from -1 to 1", [ Preprocess.maxAbs ]
      "one-hot", [ Preprocess.oneHot [ "code" ] ]
      "two one-hot", [ Preprocess.oneHot [ "byte"; "code" ] ]
      "polynomial", [ Preprocess.polynomial 3 ]
      "of degree 1", [ Preprocess.polynomial 1 ]
      "interactions", [ Preprocess.interactions 3 ]
      "more interactions than columns", [ Preprocess.interactions 6 ]
      "chained", [ Preprocess.oneHot [ "code" ]; Preprocess.interactions 2; Preprocess.standardise ]
      "chained the other way", [ Preprocess.standardise; Preprocess.polynomial 2; Preprocess.minMax ] ]

/// A model after preparations and a scale, with parameters that make scores of about 1.
[<NoEquality; NoComparison>]
type private Example = { name: string; fitted: Fitted; data: Dataset; transform: Transform option; scale: float }

let private example name (loss: Loss) q (fits: (Dataset -> Transform) list) scale (data: Dataset) =
    let transform = if fits.IsEmpty then None else Some(Preprocess.chain fits data)
    let prepared = transform |> Option.fold (fun (data: Dataset) transform -> transform.Apply data) data
    let d, dtype = prepared.Columns, Data.dtype data
    let model =
        Model.compose
            [ yield! transform |> Option.map Preprocess.layer |> Option.toList
              if scale <> 1.0 then Model.scale scale
              Model.flatten
              Model.linear d q ]
    let sizes = [| for f in prepared.Describe().Features -> scale * max 1.0 (max (abs f.Minimum) (abs f.Maximum)) |]
    let w = Random.normals (d * q) (Random.key 5) |> Array.mapi (fun i v -> v / sizes[i / q])
    let initial =
        [ dsharp.tensor(w, dtype = dtype).view [ d; q ]
          dsharp.tensor (Random.normals q (Random.key 6), dtype = dtype) ]
    { name = $"{name}, {dtype}"
      fitted = Fit.untrained { Fit.defaults with model = model; loss = loss; initial = Some initial } data
      data = data
      transform = transform
      scale = scale }

/// How far two ways to round may put a score of each row and output from the true one: as many rounding units as there are
/// operations, of what is added up, every value by its absolute value.
let private rounding (example: Example) =
    let wide (t: Tensor) = t.cast Dtype.Float64
    let rec size (x: Tensor) transform =
        match transform with
        | Transform.Rescaled(_, columns) ->
            let row part = dsharp.tensor (columns |> List.map part |> List.toArray, dtype = Dtype.Float64)
            (x.abs () + (row _.shift).abs()) / row _.scale
        | Transform.Chained transforms -> List.fold size x transforms
        | other -> ((Preprocess.layer other).apply [] x).abs()
    let x = wide (Data.all example.data).x
    let x = example.transform |> Option.fold size x
    let w, b = wide example.fitted.parameters[0], wide example.fitted.parameters[1]
    let eps = if Data.dtype example.data = Dtype.Float32 then 1.2e-7 else 2.3e-16
    eps * float (w.shape[0] + 24) * (example.scale * x.abs().matmul(w.abs ()) + b.abs ())

let private script = Repository.file "tests/onnx/judge.mjs"

/// What the judge says of files and rows for them.
let private ask (problems: (string * string * int) list) =
    let problem (model: string, rows: string, count: int) =
        JsonObject(
            [ KeyValuePair("model", JsonValue.Create model :> JsonNode)
              KeyValuePair("rows", JsonValue.Create rows :> JsonNode)
              KeyValuePair("count", JsonValue.Create count :> JsonNode) ]
        )
        :> JsonNode
    let problems = JsonArray [| for p in problems -> problem p |]
    match Python.run "node" [ script ] (problems.ToJsonString()) with
    | Some(0, output, _) -> [ for answer in (JsonNode.Parse output).AsArray() -> answer ]
    | Some(code, _, error) -> failwith $"node ended with exit code {code}: {error}"
    | None -> failwith "node did not start"

/// Whether there is a judge; where there is none, the test is not run.
let private hasJudge () =
    let isThere =
        Directory.Exists(Repository.file "tests/onnx/node_modules/onnxruntime-web")
        && (Python.run "node" [ "--version" ] "").IsSome
    if not isThere then Tool.missing "node with onnxruntime-web (`npm ci` in tests/onnx)"
    isThere

/// What an answer has under names, one within the other; its text, and its values.
let private at (names: string list) (answer: JsonNode) =
    List.fold (fun (node: JsonNode) (name: string) -> node[name]) answer names

let private said names answer = (at names answer).GetValue<string>()
let private json names answer = (at names answer).ToJsonString()

let private numbers (answer: JsonNode) name =
    [| for value in (at [ "outputs"; name; "data" ] answer).AsArray() -> value.GetValue<float>() |]

let private putRows (path: string) (data: Dataset) = File.WriteAllBytes(path, bytesOf (Check.values (Data.all data).x))

/// Holds what the judge computes to what we do: the largest difference, and how many labels could be compared.
let private hold (example: Example) (answer: JsonNode) =
    let fitted, rows = example.fitted, example.data.Rows
    if not (isNull (at [ "error" ] answer)) then Assert.Fail(said [ "error" ] answer)
    let isSingle = (Data.dtype example.data = Dtype.Float32)
    let input = (at [ "inputs" ] answer).[0]
    isEqual (if isSingle then "float32" else "float64") (said [ "type" ] input)
    isEqual $"""["rows",{example.data.Columns}]""" (json [ "shape" ] input)
    let z = (Fit.scores example.data fitted).cast Dtype.Float64
    let q = z.shape[1]
    let z, bound = Check.values z, Check.values (rounding example)
    let mutable largest, compared = 0.0, 0
    let near tolerance (expected: float) (actual: float) =
        let difference = abs (expected - actual)
        if not (difference <= tolerance) then
            Assert.Fail $"expected {expected:R}, got {actual:R}, tolerance {tolerance:E2}"
        if difference > largest then largest <- difference
    /// The row's class by us and by the judge, and its name, where it is certain.
    let classes (names: string list) (ours: int[]) (isCertain: int -> bool) =
        isEqual "string" (said [ "outputs"; "label"; "type" ] answer)
        isEqual "int64" (said [ "outputs"; "class"; "type" ] answer)
        let theirs = numbers answer "class" |> Array.map int
        let labels = [| for label in (at [ "outputs"; "label"; "data" ] answer).AsArray() -> said [] label |]
        for row in 0 .. rows - 1 do
            isEqual names[theirs[row]] labels[row]
            if isCertain row then
                compared <- compared + 1
                isEqual ours[row] theirs[row]
    let twoClasses names =
        classes names (Array.map (fun z -> if z > 0.0 then 1 else 0) z) (fun row -> abs z[row] > 2.0 * bound[row])
    let probabilities (p: float[]) k tolerance =
        let theirs = numbers answer "probabilities"
        isEqual $"[{rows},{k}]" (json [ "outputs"; "probabilities"; "dims" ] answer)
        Array.iteri2 (fun i a b -> near (tolerance (i / k)) a b) p theirs
    // A probability moves no further than the scores.
    let allowed row =
        let most = Seq.max (seq { for c in 0 .. q - 1 -> bound[row * q + c] })
        if isSingle then max 2e-5 (2.0 * most) else 1e-12 + 2.0 * most
    match fitted.settings.loss.name with
    | "cross-entropy" ->
        let names = fitted.classNames
        let p = Check.values (Softmax.softmax (dsharp.tensor(z, dtype = Dtype.Float64).view [ rows; q ]))
        probabilities p q allowed
        let top row = Array.sub p (row * q) q |> Array.sortDescending
        classes names (Fit.classes example.data fitted) (fun row -> (let top = top row in top[0] - top[1] > 2.0 * allowed row))
    | "perceptron" ->
        Array.iteri2 (fun i a b -> near (2.0 * bound[i]) a b) z (numbers answer "score")
        twoClasses [ "-1"; "1" ]
    | name when name = Loss.binaryCrossEntropy.name || name = Loss.squaredSigmoid.name ->
        let p =
            [| for z in z do
                   yield! [ 1.0 / (1.0 + exp z); 1.0 / (1.0 + exp -z) ] |]
        probabilities p 2 allowed
        twoClasses [ "0"; "1" ]
    | _ ->
        isEqual $"[{rows},{q}]" (json [ "outputs"; "prediction"; "dims" ] answer)
        Array.iteri2 (fun i a b -> near (2.0 * bound[i]) a b) z (numbers answer "prediction")
    largest, compared

let private many, few = 10_000, 500

let private examples =
    lazy
        [ for dtype in [ Dtype.Float32; Dtype.Float64 ] do
              for kind, loss, q in kinds do
                  for preparation, fits in preparations do
                      let rows = if fits.IsEmpty then many else few
                      measured dtype loss.name rows |> example $"{kind}, {preparation}" loss q fits 1.0
                  measured dtype loss.name few |> example $"{kind}, scaled" loss q [] 0.125
                  measured dtype loss.name few
                  |> example $"{kind}, standardised and scaled" loss q [ Preprocess.standardise ] 3.0
          let pixels = Array.init (many * 16) (fun at -> byte (Random.below 256 (Random.key 9) (int64 at)))
          Dataset.From(pixels, 16, Array.init many (fun row -> row % 3))
          |> example "softmax, bytes" Loss.crossEntropy 3 [] (1.0 / 255.0) ]

/// The bytes of a file that was exported.
let private exported (fitted: Fitted) =
    FileLaws.inFolder (fun folder ->
        let path = Path.Combine(folder, "a.onnx")
        Onnx.export path fitted
        File.ReadAllBytes path)

let private metadata model = [ for entry in Wire.messages 14 model -> Wire.textOf 1 entry, Wire.textOf 2 entry ]

/// The name of an input or output, the type of its elements, and its shape.
let private value message =
    let tensor = message |> Wire.message 2 |> Wire.message 1
    let size dimension =
        if (Wire.texts 2 dimension).IsEmpty then
            string (Wire.numberOf 1 dimension)
        else
            Wire.textOf 2 dimension
    Wire.textOf 1 message, Wire.numberOf 1 tensor, tensor |> Wire.message 2 |> Wire.messages 1 |> List.map size

[<Test>]
let ``a file is a graph of the operators of opset 13, with any number of rows, and the parameters to the bit`` () =
    examples.Value |> Fixture.each _.name
    <| (fun example ->
        let model = exported example.fitted |> Wire.read
        isEqual 7L (Wire.numberOf 1 model)
        isEqual "LinearNets" (Wire.textOf 2 model)
        isEqual [ [ 2, Wire.Number 13UL ] ] (Wire.messages 8 model)
        let graph = Wire.message 7 model
        let isSingle = (Data.dtype example.data = Dtype.Float32)
        let code, size = if isSingle then 1L, 4 else 11L, 8
        isEqual [ "features", code, [ "rows"; string example.data.Columns ] ] (Wire.messages 11 graph |> List.map value)
        // Whatever is used was there before, and no name is twice.
        let known = HashSet<string> [ "features" ]
        let learn name = if not (known.Add name) then Assert.Fail $"'{name}' is there twice"
        let constants = Wire.messages 5 graph
        for constant in constants do
            learn (Wire.textOf 8 constant)
            let count = Wire.all 1 constant |> List.fold (fun n size -> n * int (Wire.number size)) 1
            match Wire.numberOf 2 constant with
            | 8L -> isEqual count (Wire.all 6 constant).Length
            | other ->
                let size = if other = 7L then 8 else size
                isEqual (count * size) (Wire.all 9 constant |> List.exactlyOne |> Wire.bytes).Length
        for node in Wire.messages 1 graph do
            for input in Wire.texts 1 node do
                if not (known.Contains input) then Assert.Fail $"'{input}' is not there yet"
            learn (Wire.textOf 2 node)
        for name, _, shape in Wire.messages 12 graph |> List.map value do
            isEqual true (known.Contains name)
            isEqual "rows" shape.Head
        let raw = constants |> List.collect (Wire.all 9) |> List.map Wire.bytes
        for parameter in example.fitted.parameters do
            let flat = parameter.view [ parameter.nelement ]
            let expected = bytesOf (if isSingle then flat.toArray1D<float32>() :> Array else flat.toArray1D<float>())
            isEqual true (List.contains expected raw))

[<Test>]
let ``names, outputs and what is known of the training are in the file`` () =
    let outputsOf loss q =
        let example = measured Dtype.Float32 (loss: Loss).name 20 |> example "" loss q [ Preprocess.standardise ] 1.0
        let model = exported example.fitted |> Wire.read
        Wire.messages 12 (Wire.message 7 model) |> List.map value, metadata model
    let features = "features", """["a","far","code","byte"]"""
    let outputs, known = outputsOf Loss.mse 3
    isEqual [ "prediction", 1L, [ "rows"; "3" ] ] outputs
    isEqual
        [ "kind", "regression"
          features
          "targets", """["y1","y2","y3"]"""
          "about.model", "chained, flatten, linear 4 → 3"
          "about.loss", "mse"
          "about.optimizer", Fit.defaults.optimizer.name
          "about.seed", "0"
          "about.updates", "0" ]
        known
    let classes = [ "label", 8L, [ "rows" ]; "class", 7L, [ "rows" ] ]
    let outputs, known = outputsOf Loss.crossEntropy 4
    isEqual (("probabilities", 1L, [ "rows"; "4" ]) :: classes) outputs
    isEqual [ "kind", "softmax"; features ] (List.take 2 known)
    let names = JsonNode.Parse(Map known |> Map.find "classes").AsArray()
    isEqual [ "a \"b\""; "ant"; "größe"; "日本" ] [ for name in names -> said [] name ]
    let outputs, known = outputsOf Loss.binaryCrossEntropy 1
    isEqual (("probabilities", 1L, [ "rows"; "2" ]) :: classes) outputs
    isEqual [ "kind", "logistic"; features; "classes", """["0","1"]""" ] (List.take 3 known)
    let outputs, known = outputsOf Loss.perceptron 1
    isEqual (("score", 1L, [ "rows" ]) :: classes) outputs
    isEqual [ "kind", "perceptron"; features; "classes", """["-1","1"]""" ] (List.take 3 known)

[<Test>]
let ``what has no formula is refused, and the file that was there is as it was`` () =
    let data = Synthetic.linear Synthetic.defaults
    let own = Model.define "square" [ Parameter.weight "w" [ 2; 1 ] ] (fun p x -> (x * x).matmul p[0])
    let defaults = { Fit.defaults with model = own }
    FileLaws.inFolder (fun folder ->
        let path = Path.Combine(folder, "a.onnx")
        File.WriteAllText(path, "old")
        let refused words settings data =
            Check.fails<ModelFileException> ("it was not written" :: words) (fun () ->
                Fit.untrained settings data |> Onnx.export path)
            isEqual "old" (File.ReadAllText path)
        refused [ "The model 'square'"; "one Model.linear" ] defaults data
        refused
            [ "The model 'linear 2 → 2, linear 2 → 1'" ]
            { defaults with model = Model.compose [ Model.linear 2 2; Model.linear 2 1 ] }
            data
        let three = Dataset.From([| [| 1.0 |]; [| 2.0 |] |], [| [| 0.0; 1.0; 1.0 |]; [| 1.0; 0.0; 1.0 |] |])
        refused
            [ "The loss 'binary cross-entropy' has 3 outputs; expected 1" ]
            { defaults with model = Model.linear 1 3; loss = Loss.binaryCrossEntropy }
            three
        let fitted = Fit.untrained { defaults with model = Model.linear 2 1 } data
        Check.fails<ModelFileException> [ "nowhere" ] (fun () -> Onnx.export (Path.Combine(folder, "nowhere", "a.onnx")) fitted)
        Onnx.export path fitted
        isEqual [| path |] (Directory.GetFiles folder))

[<Test>]
let ``a runtime that is not ours computes what we compute, for every kind, preparation and type of number`` () =
    if hasJudge () then
        FileLaws.inFolder (fun folder ->
            let files (i: int) = Path.Combine(folder, $"{i}.onnx"), Path.Combine(folder, $"{i}.rows")
            let problem i example =
                let model, rows = files i
                Onnx.export model example.fitted
                putRows rows example.data
                model, rows, example.data.Rows
            let answers = examples.Value |> List.mapi problem |> ask
            let mutable largest, compared, labels = 0.0, 0, 0
            List.zip examples.Value answers |> Fixture.each (fun (example, _) -> example.name)
            <| (fun (example, answer) ->
                let difference, certain = hold example answer
                if difference > largest && Data.dtype example.data = Dtype.Float32 then largest <- difference
                compared <- compared + certain
                if not (isNull (at [ "outputs"; "label" ] answer)) then labels <- labels + example.data.Rows)
            TestContext.Out.WriteLine $"{answers.Length} models, largest difference {largest:E2}; {compared} of {labels} labels"
            // Rows with two classes as likely as each other are few.
            Assert.That(float compared, Is.GreaterThan(0.98 * float labels)))

[<Test>]
let ``in a file a code that was never seen is a row of zeros, equal scores are the first class, and no rows give none`` () =
    if hasJudge () then
        let data = measured Dtype.Float64 "squared" few
        let known = (data |> example "" Loss.squared 1 [ Preprocess.oneHot [ "code" ] ] 1.0).fitted
        let unseen = Dataset.From([| [| 1.0; 200.0; 5.0; 3.0 |] |], [| 0.0 |])
        let w, b = Check.values known.parameters[0], Check.values known.parameters[1]
        Check.fails<DataException> [ "code" ] (fun () -> Fit.scores unseen known |> ignore)
        let equal loss q =
            let example = measured Dtype.Float32 (loss: Loss).name 20 |> example "" loss q [] 1.0
            { example.fitted with parameters = example.fitted.parameters |> List.map (fun p -> 0.0 * p) }
        FileLaws.inFolder (fun folder ->
            let problem name fitted (data: Dataset) count =
                let model, rows = Path.Combine(folder, name + ".onnx"), Path.Combine(folder, name + ".rows")
                Onnx.export model fitted
                if count = 0 then File.WriteAllBytes(rows, [||]) else putRows rows data
                model, rows, count
            let answers =
                ask
                    [ problem "unseen" known unseen 1
                      problem "softmax" (equal Loss.crossEntropy 4) unseen 1
                      problem "logistic" (equal Loss.binaryCrossEntropy 1) unseen 1
                      problem "perceptron" (equal Loss.perceptron 1) unseen 1
                      problem "none" (equal Loss.crossEntropy 4) unseen 0 ]
            let expected = w[0] + 200.0 * w[1] + 3.0 * w[w.Length - 1] + b[0]
            isEqual 1 (numbers answers[0] "prediction").Length
            Check.nearNumber 1e-12 expected (Array.head (numbers answers[0] "prediction"))
            for answer in answers[1..3] do
                isEqual [| 0.0 |] (numbers answer "class")
            isEqual [| 0.25; 0.25; 0.25; 0.25 |] (numbers answers[1] "probabilities")
            isEqual [| 0.5; 0.5 |] (numbers answers[2] "probabilities")
            isEqual [| 0.0 |] (numbers answers[3] "score")
            isEqual "[0,4]" (json [ "outputs"; "probabilities"; "dims" ] answers[4])
            isEqual [||] (numbers answers[4] "class"))
