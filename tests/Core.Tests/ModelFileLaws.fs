/// Models in files: what is loaded is what was saved, and what is in a file is not believed.
module LinearNets.Tests.ModelFileLaws

open System
open System.Diagnostics
open System.IO
open System.Text
open System.Text.Json.Nodes
open System.Threading
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

/// An action on a new folder, in memory where that can be: on a disk most of the time is spent waiting until it has written.
let private inFolder (act: string -> 'a) =
    if Directory.Exists "/dev/shm" then
        let folder = Directory.CreateDirectory($"/dev/shm/linearnets-{Guid.NewGuid():N}").FullName
        try
            act folder
        finally
            Directory.Delete(folder, true)
    else
        FileLaws.inFolder act

let private inFile (act: string -> 'a) = inFolder (fun folder -> act (Path.Combine(folder, "model.safetensors")))

// ---- saved and loaded ------------------------------------------------------------------------------------------------

/// Data of a case: numbers for features, a column of codes among them, and numbers or classes for targets.
let private dataOf (case: Case) hasClasses =
    let rows, columns = case.rows + 2, case.columns + 1
    let key = Random.key case.seed
    let value row j =
        if j = 0 then
            float (row % 3)
        else
            (Random.normals (rows * columns) key)[row * columns + j] * case.scale
    let x = Array2D.init rows columns value
    let data: Dataset =
        match hasClasses, case.dtype with
        | true, Dtype.Float64 -> Dataset.From(x, Array.init rows (fun row -> $"class {row % 2}"))
        | true, _ -> Dataset.From(Array2D.map float32 x, Array.init rows (fun row -> row % 2))
        | false, Dtype.Float64 -> Dataset.From(x, Array.init rows float)
        | false, _ -> Dataset.From(Array2D.map float32 x, Array.init rows float32)
    data.WithFeatureNames([| for j in 0 .. columns - 1 -> $"ŷ \"{j}\"" |]).WithSource "a law"

/// Transforms that begin a model: none, one, some one after the other, and chains.
let private transforms (data: Dataset) =
    let first = Seq.head data.FeatureNames
    [ []
      [ Preprocess.standardise data ]
      [ Preprocess.chain [ Preprocess.oneHot [ first ]; Preprocess.minMax ] data ]
      [ Preprocess.polynomial 2 data ]
      [ let coded = Preprocess.oneHot [ first ] data in
        coded
        Preprocess.maxAbs (coded.Apply data) ]
      [ Preprocess.interactions 2 (data.WithFeatureNames([| for name in data.FeatureNames -> name + " of others" |])) ] ]

let private saved (case: Case) : Saved list =
    [ for hasClasses in [ false; true ] do
          let data = dataOf case hasClasses
          for i, transforms in List.indexed (transforms data) do
              let columns = if transforms.IsEmpty then data.Columns else (List.last transforms).Outputs.Length
              let outputs = if hasClasses then 2 else 1
              let tail =
                  match i % 3 with
                  | 0 -> [ Model.linear columns outputs ]
                  | 1 -> [ Model.compose [ Model.flatten; Model.scale 0.1 ]; Model.linear columns outputs ]
                  | _ ->
                      [ Model.linear columns 3
                        Model.sigmoid
                        Model.linear 3 outputs
                        (if hasClasses then Model.softmax else Model.flatten) ]
              let model =
                  match List.map Preprocess.layer transforms @ tail with
                  | [ one ] -> one
                  | all -> Model.compose all
              let fitted =
                  Fit.untrained
                      { Fit.defaults with
                          model = model
                          seed = case.seed
                          loss = (if hasClasses then Loss.crossEntropy else Loss.squared) }
                      data
              Saved.ofFitted data fitted ]

let private bits (t: Tensor) =
    match t.Raw.ToHost() with
    | :? (float32[]) as values -> values |> Array.map (BitConverter.SingleToInt32Bits >> int64)
    | values -> values :?> float[] |> Array.map BitConverter.DoubleToInt64Bits

let private reports (history: TrainingHistory) = string history

[<Law>]
let ``what is loaded scores the same bits as what was saved`` (case: Case) =
    let case = { case with rows = min case.rows 4; columns = min case.columns 3 }
    inFile (fun path ->
        for i, model in List.indexed (saved case) do
            Saved.save path model
            let loaded = Saved.load path
            let data = dataOf case (i >= 6)
            let x = Data.features (Data.kept data) data
            let score (saved: Saved) : Tensor = saved.model.apply saved.parameters x
            Assert.That(bits (score loaded), Is.EqualTo(box (bits (score model))), string model)
            Assert.That(
                (loaded.kind, loaded.featureNames, loaded.outputNames, reports loaded.history),
                Is.EqualTo((model.kind, model.featureNames, model.outputNames, reports model.history))
            )
            Assert.That(Map loaded.about, Is.EqualTo(box (Map model.about)))
            // The same file again, and the same model in the one that was defined.
            let bytes = File.ReadAllBytes path
            Saved.save path loaded
            Assert.That(File.ReadAllBytes path, Is.EqualTo(box bytes))
            Assert.That(bits (score (Saved.loadInto model.model path)), Is.EqualTo(box (bits (score model)))))

[<Test>]
let ``fits, solvers and least squares are saved with what is known of them`` () =
    inFile (fun path ->
        let data = Synthetic.linear { Synthetic.defaults with n = 50 }
        let fitted =
            data
            |> Fit.run { Fit.defaults with model = Model.linear 2 1; epochs = 2; lossAfterEpoch = true; validation = Some data }
        Saved.ofFitted data fitted |> Saved.save path
        let loaded = Saved.load path
        Assert.That(reports loaded.history, Is.EqualTo(reports fitted.history))
        Assert.That(Map(loaded.about)["source"], Is.EqualTo data.Source)
        let solved = Lbfgs.run { Lbfgs.defaults with model = Model.linear 2 1 } data
        Saved.ofSolved Loss.squared data solved |> Saved.save path
        let loaded = Saved.load path
        Assert.That(string loaded.Fit.convergence, Is.EqualTo(string solved.convergence))
        Assert.That(bits loaded.parameters[0], Is.EqualTo(box (bits solved.parameters[0])))
        let exact = Exact.run Exact.defaults data
        Saved.ofExact data exact |> Saved.save path
        Assert.That(string (Inference((Saved.load path).Fit.inferences[0])), Is.EqualTo(string exact.inference))
        let powers = Exact.polynomial 2 [| 1.0; 2.0; 3.0; 4.0 |] [| 1.0; 4.0; 9.0; 17.0 |]
        Check.fails<SettingsException> [ "Preprocess.polynomial" ] (fun () -> Saved.ofExact data powers |> ignore)
        let logistic = Saved.ofSolved Loss.binaryCrossEntropy data solved
        Assert.That((logistic.kind, logistic.outputNames), Is.EqualTo(("logistic", [ "0"; "1" ]))))

let private quadratic =
    Model.define "a·x² + b" [ Parameter.weight "a" [ 1 ]; Parameter.bias "b" [ 1 ] ] (fun p x -> p[0] * x * x + p[1])

[<Test>]
let ``a model of one's own is loaded into its definition, and into no other`` () =
    inFile (fun path ->
        let data = Synthetic.linear { Synthetic.defaults with n = 20; w = [ 2.0 ] }
        let fitted = data |> Fit.run { Fit.defaults with model = quadratic; epochs = 1 }
        Saved.ofFitted data fitted |> Saved.save path
        Check.fails<ModelFileException> [ path; "a·x² + b"; "Saved.loadInto" ] (fun () -> Saved.load path |> ignore)
        let loaded = Saved.loadInto quadratic path
        Assert.That([ for t in loaded.parameters -> bits t ], Is.EqualTo(box [ for t in fitted.parameters -> bits t ]))
        Assert.That(loaded.featureNames, Is.EqualTo(box (List.ofSeq data.FeatureNames)))
        let other = Model.define "a" [ Parameter.weight "a" [ 2 ]; Parameter.bias "b" [ 1 ] ] (fun p x -> p[0] * x + p[1])
        Check.fails<ModelFileException> [ path; "a [1]"; "a [2]" ] (fun () -> Saved.loadInto other path |> ignore)
        Check.fails<ModelFileException> [ path; "weight [1;1]" ] (fun () -> Saved.loadInto (Model.linear 1 1) path |> ignore)
        // Known layers are compared, too.
        let scaled factor = Model.compose [ Model.scale factor; Model.linear 1 1 ]
        let fit model = data |> Fit.run { Fit.defaults with model = model; epochs = 1 } |> Saved.ofFitted data |> Saved.save path
        fit (Model.compose [ Model.linear 1 1; Model.sigmoid ])
        Check.fails<ModelFileException> [ "linear, sigmoid" ] (fun () ->
            Saved.loadInto (Model.compose [ Model.linear 1 1; Model.softmax ]) path |> ignore)
        fit (scaled 0.5)
        Check.fails<ModelFileException> [ "scale" ] (fun () -> Saved.loadInto (scaled 0.25) path |> ignore))

// ---- what is refused -------------------------------------------------------------------------------------------------

let private put name shape (values: Array) : StoredTensor = { name = name; shape = shape; values = values }

let private texts = Map [ "format", "LinearNets model 1"; "kind", "regression" ]

let private weights = [ put "weight" [ 2; 1 ] [| 1.0; 2.0 |]; put "bias" [ 1 ] [| 3.0 |] ]

/// Metadata and tensors of files that no model is, and a word of what is said of each.
let private refused: (Map<string, string> * StoredTensor list * string) list =
    let w at d q = [ put (at + "weight") [ d; q ] (Array.create (d * q) 1.0); put (at + "bias") [ q ] (Array.create q 1.0) ]
    let layers words tensors word = texts.Add("layers", words), tensors, word
    let shifts at d = [ put (at + "shift") [ d ] (Array.zeroCreate<float> d); put (at + "scale") [ d ] (Array.create d 1.0) ]
    [ Map.empty, weights, "it has no 'format'; expected 'LinearNets model 1'"
      texts.Add("format", "pt"), weights, "its 'format' is 'pt'"
      texts.Add("format", "LinearNets checkpoint 1"), weights, "its 'format' is 'LinearNets checkpoint 1'"
      texts.Add("format", "LinearNets model 2"), weights, "it is of format version 2; expected 1"
      texts.Add("format", "LinearNets model 0"), weights, "expected 'LinearNets model 1'"
      texts.Remove "kind", weights, "its 'kind' is ''; expected one of regression, logistic, perceptron, softmax"
      texts.Add("kind", "tree"), weights, "its 'kind' is 'tree'"
      texts, [], "it has no 'weight'"
      texts, [ weights[0] ], "it has no 'bias'"
      texts, put "biases" [ 1 ] [| 1.0 |] :: weights, "a tensor 'biases', which has no place"
      texts, [ put "weight" [ 2; 1 ] [| 1; 2 |]; weights[1] ], "its 'weight' are Int32"
      texts, [ put "weight" [ 2; 1 ] [| 1.0f; 2.0f |]; weights[1] ], "its 'bias' are Double"
      texts, [ put "weight" [ 2 ] [| 1.0; 2.0 |]; weights[1] ], "of 1 dimensions; expected Double of 2"
      texts, [ put "weight" [ 0; 1 ] (Array.zeroCreate<float> 0); weights[1] ], "none of length 0"
      texts, [ put "weight" [ 2; 1 ] [| 1.0; nan |]; weights[1] ], "its 'weight' has NaN at [1, 0]"
      texts, [ put "weight" [ 2; 1 ] [| -infinity; 1.0 |]; weights[1] ], "its 'weight' has -Infinity at [0, 0]"
      texts, [ weights[0]; put "bias" [ 1 ] [| infinity |] ], "its 'bias' has"
      texts, [ put "weight" [ 2; 1 ] [| 1.0f; nanf |]; put "bias" [ 1 ] [| 1.0f |] ], "its 'weight' has NaN at [1, 0]"
      texts, [ weights[0]; put "bias" [ 2 ] [| 1.0; 1.0 |] ], "its 'bias' has 2 values; expected 1"
      texts.Add("features", "[\"a\"]"), weights, "its 'weight' has 2 rows; expected 1"
      texts.Add("features", "[\"a\",\"a\"]"), weights, "not one or more different texts"
      texts.Add("features", "[\"a\",null]"), weights, "not one or more different texts"
      texts.Add("features", "[]"), weights, "not one or more different texts"
      texts.Add("features", "[\"a\",1]"), weights, "no JSON array"
      texts.Add("features", "a"), weights, "no JSON array"
      texts.Add("outputs", "[\"a\",\"b\"]"), weights, "1 columns of scores and 2 names"
      texts.Add("kind", "softmax"), weights, "1 columns of scores"
      texts.Add("kind", "logistic").Add("outputs", "[\"a\"]"), weights, "1 columns of scores and 1 names"
      texts.Add("kind", "perceptron"), w "" 2 2, "2 columns of scores"
      layers "convolution" weights "a layer 'convolution'; expected linear, scale"
      layers "" weights "a layer ''"
      layers "flatten, flatten" [] "no linear layer"
      layers "flatten" [] "no linear layer"
      layers (String.replicate 32 "flatten, " + "linear") (w "32." 2 1) "33 layers"
      layers "linear, linear" (w "0." 2 3 @ w "1." 2 1) "its '1.weight' has 2 rows; expected 3"
      layers
          "linear, linear"
          (w "0." 2 1 @ [ put "1.weight" [ 1; 1 ] [| 1.0f |]; put "1.bias" [ 1 ] [| 1.0f |] ])
          "some of F32 and some of F64"
      layers "scale, linear" (w "1." 2 1) "no '0.factor'"
      layers "scale, linear" (put "0.factor" [] [| 0.0 |] :: w "1." 2 1) "no '0.factor'"
      layers "scale, linear" (put "0.factor" [] [| nan |] :: w "1." 2 1) "no '0.factor'"
      layers "scale, linear" (put "0.factor" [ 2 ] [| 1.0; 1.0 |] :: w "1." 2 1) "no '0.factor'"
      layers "rescaled, linear" (shifts "0." 3 @ w "1." 2 1) "its '1.weight' has 2 rows; expected 3"
      layers "rescaled, linear" (put "0.shift" [ 2 ] [| 0.0; nan |] :: w "1." 2 1) "its '0.shift' has NaN at [0, 1]"
      layers "rescaled, linear" (List.head (shifts "0." 2) :: w "1." 2 1) "it has no '0.scale'"
      layers
          "rescaled, linear"
          (put "0.scale" [ 2 ] [| 1.0; 0.0 |] :: List.tail (List.rev (shifts "0." 2)) @ w "1." 2 1)
          "has a 0"
      layers "rescaled, linear" (put "0.constant" [ 1 ] [| 1uy |] :: shifts "0." 2 @ w "1." 2 1) "its '0.constant'"
      layers "polynomial 2, linear" (w "1." 5 1) "not of features that are named"
      layers "one-hot, linear" (put "0.codes" [ 2 ] [| 1L; 1L |] :: put "0.counts" [ 1 ] [| 2L |] :: w "1." 2 1) "increasing"
      layers "one-hot, linear" (put "0.codes" [ 1 ] [| 1L <<< 25 |] :: put "0.counts" [ 1 ] [| 1L |] :: w "1." 1 1) "24 bits"
      layers "one-hot, linear" (put "0.codes" [ 1 ] [| 1L |] :: put "0.counts" [ 1 ] [| 2L |] :: w "1." 1 1) "'0.counts' have 2"
      layers "one-hot, linear" (put "0.codes" [ 1 ] [| 1L |] :: put "0.counts" [ 1 ] [| -1L |] :: w "1." 1 1) "'0.counts' have -1"
      layers
          "one-hot, linear"
          (put "0.codes" [ 2 ] [| 1L; 2L |] :: put "0.counts" [ 1 ] [| 1L |] :: w "1." 1 1)
          "expected 1, one or more"
      (texts.Add("features", "[\"a\",\"b\"]").Add("layers", "polynomial 17, linear")), w "1." 5 1, "degree 1 to 16"
      (texts.Add("features", "[\"a\",\"b\"]").Add("layers", "polynomial 0, linear")), w "1." 5 1, "degree 1 to 16"
      (texts.Add("features", "[\"a\",\"b\"]").Add("layers", "polynomial 2, linear")), w "1." 4 1, "4 rows; expected 5"
      (texts
          .Add("features", "[" + String.Join(",", [ for i in 1..2000 -> $"\"{i}\"" ]) + "]")
          .Add("layers", "polynomial 3, linear")),
      w "1." 4 1,
      "too many products"
      texts, put "history" [ 1; 6 ] (Array.zeroCreate<float> 6) :: weights, "its 'history' has 6 columns"
      texts.Add("seconds", "1 2"), put "history" [ 1; 7 ] (Array.zeroCreate<float> 7) :: weights, "its 'seconds' are 2 numbers"
      texts.Add("seconds", "x"), put "history" [ 1; 7 ] (Array.zeroCreate<float> 7) :: weights, "epoch 1 are no number"
      texts, put "convergence" [ 7 ] (Array.create 7 -1.0) :: weights, "its 'convergence'"
      texts, put "convergence" [ 2 ] (Array.create 2 1.0) :: weights, "its 'convergence'"
      texts, put "convergence" [ 7 ] (Array.create 7 6.0) :: weights, "its 'convergence'"
      texts, put "inference" [ 1; 4 ] (Array.zeroCreate<float> 4) :: weights, "it has no 'inference.0'"
      texts,
      put "inference.0" [ 5; 2 ] (Array.zeroCreate<float> 10)
      :: put "inference" [ 1; 4 ] (Array.zeroCreate<float> 4)
      :: weights,
      "of 5 coefficients" ]

[<Test>]
let ``a file that is no model is refused, and said why`` () =
    inFile (fun path ->
        Fixture.each (fun (_, _, word) -> word) refused (fun (metadata, tensors, word) ->
            Safetensors.writeContent path metadata tensors
            Check.fails<ModelFileException> [ path; word ] (fun () -> ModelFile.read path true |> ignore)))

[<Test>]
let ``a file of another program needs no more than weights and a kind`` () =
    inFile (fun path ->
        let load metadata tensors =
            FileLaws.plain path metadata tensors
            Saved.load path
        let model = load texts weights
        Assert.That((model.featureNames, model.outputNames), Is.EqualTo(([ "x1"; "x2" ], [ "y" ])))
        let logistic = load (texts.Add("kind", "logistic").Add("mine", "kept")) weights
        Assert.That((logistic.outputNames, logistic.about), Is.EqualTo(([ "0"; "1" ], [ "mine", "kept" ])))
        // A wrong hash is one that somebody wrote.
        let wrong = texts.Add("content_sha256", String('0', 64))
        Check.fails<ModelFileException> [ path; "hash is another"; "verify: false" ] (fun () -> load wrong weights |> ignore)
        Assert.That((Saved.loadEdited path).outputNames, Is.EqualTo(box [ "y" ]))
        // Of what this library wrote, the hash is not lost by chance.
        Check.fails<ModelFileException> [ "missing" ] (fun () ->
            load (texts.Add("library", "LinearNets 1.0.0")) weights |> ignore))

/// A small file of every part that there is.
let private small path =
    let data = Synthetic.classes { Synthetic.classDefaults with n = 12 }
    let transform = Preprocess.chain [ Preprocess.standardise; Preprocess.interactions 2 ] data
    let model = Model.compose [ Preprocess.layer transform; Model.scale 0.5; Model.linear 3 3 ]
    data
    |> Fit.run { Fit.defaults with model = model; loss = Loss.crossEntropy; epochs = 2; batch = 5 }
    |> Saved.ofFitted data
    |> Saved.save path
    Saved.load path, File.ReadAllBytes path

let private exactly (saved: Saved) =
    let layers = saved.Fit.model.layers
    let history = [ for e in saved.history -> e.Running, e.LearningRate ]
    ModelFile.words layers,
    [ for name, t in ModelFile.parameters layers -> name, bits t ],
    saved.kind,
    saved.featureNames,
    saved.outputNames,
    saved.about,
    string history

[<Test>]
let ``every byte changed, and every length: refused, or the same model`` () =
    inFile (fun path ->
        let model, bytes = small path
        let mutable loads = 0
        let attempt (changed: byte[]) (what: string) =
            File.WriteAllBytes(path, changed)
            let loaded =
                try
                    Some(Saved.load path)
                with :? ModelFileException ->
                    None
            match loaded with
            | Some loaded ->
                loads <- loads + 1
                Assert.That((exactly loaded = exactly model), what)
            | None -> ()
        for i in 0 .. bytes.Length - 1 do
            attempt bytes[.. i - 1] $"length {i}"
            for bit in [ 1uy; 4uy; 16uy; 128uy; 255uy ] do
                let changed = Array.copy bytes
                changed[i] <- changed[i] ^^^ bit
                attempt changed $"byte {i}"
        // The seconds are no part of the hash.
        Assert.That(loads, Is.InRange(1, 200)))

let private judge (e: exn) = (e :? ModelFileException), null

[<Test>]
let ``a model's file, changed at random, is refused or the same`` () =
    inFile (fun path ->
        let model, bytes = small path
        let expected = exactly model
        Fuzz.runFor judge [ bytes ] 1_000_000L (fun stream ->
            File.WriteAllBytes(path, (stream :?> MemoryStream).ToArray())
            Assert.That((exactly (Saved.load path) = expected))))

[<Test>]
let ``a model's file, changed at random and hashed again, is refused or a model`` () =
    inFile (fun path ->
        let _, bytes = small path
        let row = dsharp.tensor [ [ 0.5; -1.0 ] ]
        Fuzz.runFor judge [ bytes ] 5_000_000L (fun stream ->
            File.WriteAllBytes(path, (stream :?> MemoryStream).ToArray())
            // Not to look at the hash is to have it right.
            let saved = Saved.loadEdited path
            Assert.That(saved.outputNames, Is.Not.Empty)
            if saved.featureNames.Length = 2 && saved.parameters.Head.dtype = Dtype.Float32 then
                Assert.That((saved.model.apply saved.parameters row).shape[0], Is.EqualTo 1)))

// ---- disks, kills and rivals -----------------------------------------------------------------------------------------

/// A folder with so many bytes, where that can be had.
let private onSmallDisk (act: string -> unit) =
    FileLaws.inFolder (fun folder ->
        match Python.run "mount" [ "-t"; "tmpfs"; "-o"; "size=64k"; "tmpfs"; folder ] "" with
        | Some(0, _, _) ->
            try
                act folder
            finally
                Python.run "umount" [ folder ] "" |> ignore
        | _ -> Tool.missing "a file system to mount")

[<Test>]
let ``a full disk, a folder that is a file and one that takes no files leave the old file`` () =
    FileLaws.inFolder (fun folder ->
        let model, bytes = small (Path.Combine(folder, "small"))
        for place in [ Path.Combine(folder, "small", "model"); "/proc/linearnets"; Path.Combine(folder, "none", "model") ] do
            Check.fails<ModelFileException> [ place; "not written"; "as it was" ] (fun () -> Saved.save place model)
        Assert.That(File.ReadAllBytes(Path.Combine(folder, "small")), Is.EqualTo(box bytes)))
    onSmallDisk (fun folder ->
        let path = Path.Combine(folder, "model")
        let model, bytes = small path
        // 8 times 10 columns of 1000 values do not fit.
        let large =
            { model.Fit.model with
                layers = [ SavedLayer.Affine(dsharp.zeros [ 8000; 3 ], dsharp.zeros [ 3 ]) ]
                features = [ for i in 1..8000 -> string i ] }
        Check.fails<ModelFileException> [ path; "not written"; "space" ] (fun () ->
            ModelFile.write path { model.Fit with model = large })
        Assert.That(File.ReadAllBytes path, Is.EqualTo(box bytes))
        Assert.That(Directory.GetFiles folder, Has.Length.EqualTo 1))

[<Test>]
let ``processes that save to one path, and are killed, leave one of the models whole`` () =
    FileLaws.inFolder (fun folder ->
        let path = Path.Combine(folder, "model.safetensors")
        let hashes =
            [ for number in 1..2 ->
                  Saved.save path (Jobs.model number)
                  File.ReadAllBytes path ]
        let contents () = (Saved.load path).parameters |> List.map bits
        let expected =
            [ for bytes in hashes ->
                  File.WriteAllBytes(path, bytes)
                  contents () ]
        Assert.That(expected[0], Is.Not.EqualTo(box expected[1]))
        for time in 0..5 do
            let processes =
                [ for number in 1..2 ->
                      Process.Start(
                          ProcessStartInfo(
                              "dotnet",
                              [ CheckpointLaws.killed; $"model {number}"; path ],
                              RedirectStandardOutput = true
                          )
                      ) ]
            for one in processes do
                Assert.That(one.StandardOutput.ReadLine(), Is.EqualTo "begun")
            // Read while both write.
            for _ in 0..20 do
                Assert.That(List.contains (contents ()) expected)
            Thread.Sleep(Random.below 40 (Random.key 9) (int64 time))
            for one in processes do
                one.Kill()
                one.WaitForExit()
                one.Dispose()
            Assert.That(List.contains (contents ()) expected))

// ---- other programs --------------------------------------------------------------------------------------------------

let private oracle (arguments: string list) =
    match Python.having "numpy, sklearn" with
    | None ->
        Tool.missing "python3 with numpy and scikit-learn"
        null
    | Some python ->
        let script = Path.Combine(AppContext.BaseDirectory, "oracle", "model_oracle.py")
        match Python.run python (script :: arguments) "" with
        | Some(0, output, _) -> JsonNode.Parse output
        | other -> failwith $"{other}"

let private numbers (node: JsonNode) = [| for value in node.AsArray() -> value.GetValue<float>() |]

[<Test>]
let ``Python predicts the same from a file, and its hash is ours`` () =
    inFolder (fun folder ->
        let cases =
            [ for dtype in [ Dtype.Float32; Dtype.Float64 ] do
                  let case = { rows = 6; columns = 3; classes = 2; scale = 1.0; dtype = dtype; seed = 7 }
                  for i, model in List.indexed (saved case) do
                      let path = Path.Combine(folder, $"{dtype} {i}")
                      let data = dataOf case (i >= 6)
                      Saved.save path model
                      data.ToNpy(path + ".npy", path + ".y.npy")
                      let ours: Tensor = model.model.apply model.parameters (Data.features (Data.kept data) data)
                      path, ours, 64.0 * case.Eps ]
        let theirs = oracle ("predict" :: [ for path, _, _ in cases -> path ])
        for i, (_, ours, tolerance) in List.indexed cases do
            let theirs =
                [| for row in (theirs[i]).AsArray() do
                       yield! numbers row |]
            Check.nearRelative tolerance (dsharp.tensor(theirs, dtype = Dtype.Float64).view ours.shape) (ours.cast Dtype.Float64))

[<Test>]
let ``models of scikit-learn are loaded and predict the same`` () =
    inFolder (fun folder ->
        for made in (oracle [ "make"; folder ]).AsArray() do
            let name, kind = (made["name"]).GetValue<string>(), (made["kind"]).GetValue<string>()
            let model = Saved.load (Path.Combine(folder, name + ".safetensors"))
            Assert.That(model.kind, Is.EqualTo kind)
            let rows = [| for row in (made["x"]).AsArray() -> numbers row |]
            let x = dsharp.tensor (array2D rows, dtype = Dtype.Float64)
            let scores: Tensor = model.model.apply model.parameters x
            let expected = numbers made["expected"]
            match kind with
            | "regression" ->
                Check.nearRelative 1e-9 (dsharp.tensor (expected, dtype = Dtype.Float64)) (scores.view [ expected.Length ])
            | "softmax" -> Assert.That((Softmax.argmax scores).toArray1D<int>(), Is.EqualTo(box (Array.map int expected)))
            | _ ->
                let z = (scores.view [ expected.Length ]).toArray1D<float>()
                Assert.That(z |> Array.map (fun z -> if z > 0.0 then 1.0 else 0.0), Is.EqualTo(box expected)))

// ---- for ever --------------------------------------------------------------------------------------------------------

/// A row of features in the type of number of a model.
let private rowFor (model: Saved) (values: float[]) : Tensor =
    dsharp.tensor (array2D [| values |], dtype = model.parameters.Head.dtype)

/// For files that are to be kept: those of F#, and what all score that say nothing of it yet. Once a file is there it is not
/// written again, because it is to load for ever.
let private keep () =
    let folder = Repository.file "tests/models"
    let case = { rows = 6; columns = 3; classes = 2; scale = 1.0; dtype = Dtype.Float64; seed = 7 }
    for i, model in List.indexed (saved case) do
        let path = Path.Combine(folder, $"fsharp-{i}.safetensors")
        if not (File.Exists path) then Saved.save path model
    for file in Directory.GetFiles(folder, "*.safetensors") do
        let text = Path.ChangeExtension(file, ".txt")
        if not (File.Exists text) then
            let model = Saved.load file
            let row = [| for j in 0 .. model.featureNames.Length - 1 -> float (j % 5) |]
            let scores: Tensor = model.model.apply model.parameters (rowFor model row)
            let print (values: float[]) =
                String.Join(
                    " ",
                    values |> Array.map (fun value -> value.ToString("R", Globalization.CultureInfo.InvariantCulture))
                )
            let scores = ((scores.cast Dtype.Float64).view [ scores.nelement ]).toArray1D<float>()
            File.WriteAllText(text, String.Join("\n", [ print row; print scores; String.Join(" ", model.outputNames); "" ]))

[<Test>]
let ``files that were written by versions of this library load, and score what they scored`` () =
    let folder = Repository.file "tests/models"
    if Environment.GetEnvironmentVariable "LINEARNETS_KEEP_MODELS" = "1" then keep ()
    let files = Directory.GetFiles(folder, "*.safetensors") |> Array.sort
    Assert.That(files.Length, Is.GreaterThanOrEqualTo 8)
    for file in files do
        let model = Saved.load file
        // As they were written: a line of features, a line of scores.
        let lines = File.ReadAllLines(Path.ChangeExtension(file, ".txt"))
        let parse (line: string) =
            line.Split ' ' |> Array.map (fun text -> Double.Parse(text, Globalization.CultureInfo.InvariantCulture))
        let scores: Tensor = model.model.apply model.parameters (rowFor model (parse lines[0]))
        let expected = dsharp.tensor (parse lines[1], dtype = Dtype.Float64)
        Check.nearRelative 1e-5 expected ((scores.cast Dtype.Float64).view [ expected.nelement ])
        Assert.That(String.Join("\n", lines[2..]), Is.EqualTo(String.Join(" ", model.outputNames)), file)
