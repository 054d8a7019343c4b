// Models in files: what docs/models.md describes, which any program can read and write.
//
//   a model as data, and how it was found ──► tensors and texts ──► Safetensors.fs ──► a file, whole or not at all
//   a file ──► tensors and texts, with the right hash if with one ──► every layer fits the one before, every name has its place
//
//   weight, bias            of an affine layer: [d; q] and [q]; in a model of several layers 2.weight, of the third
//   0.factor                of a scale
//   0.shift, 0.scale        [d] of rescaled columns; 0.constant [d] U8 marks those that were constant
//   0.codes, 0.counts       I64: the codes of all columns, one column after the other, and how many each has; 0 of one as it is
//   history                 [epochs; 7]: loss and metric over the minibatches, after the epoch and of the validation data, rate
//   convergence             criterion, tolerance, iterations, evaluations, objective, norm of the gradient, gap
//   inference               [q; 4]: squares of the residuals, of the target, degrees of freedom, condition
//   inference.0             [p; 2] of the first output: coefficients, and their standard errors where σ̂ is 1
//
// Nothing is believed: numbers of the model are finite, shapes follow from one another, and a tensor that has no place is refused.

namespace LinearNets.FSharp

open System
open System.Buffers
open System.Collections.Generic
open System.Globalization
open System.Text
open System.Text.Json
open LinearNets
open LinearNets.Kernels
open LinearNets.Tensors

/// A model, and how it was found.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal SavedFit =
    {
        model: SavedModel
        history: EpochReport[]
        /// Null where there is none.
        convergence: Convergence
        /// One for each output, or none.
        inferences: Estimate[]
    }

/// The names and texts of files.
module private Named =

    let formatName, kindName, layersName, featuresName, outputsName, metricName, ownName, libraryName =
        "format", "kind", "layers", "features", "outputs", "metric", "model", "library"

    let format, version = "LinearNets model ", 1

    let kinds =
        [ "regression", SavedKind.Regression
          "logistic", SavedKind.Logistic
          "perceptron", SavedKind.Perceptron
          "softmax", SavedKind.Softmax ]

    let historyColumns, convergenceNumbers, inferenceColumns = 7, 7, 4

    /// Names as a JSON array.
    let ofList (names: string list) =
        let buffer = ArrayBufferWriter<byte>()
        do
            use writer = new Utf8JsonWriter(buffer)
            writer.WriteStartArray()
            List.iter (fun (name: string) -> writer.WriteStringValue name) names
            writer.WriteEndArray()
        Encoding.UTF8.GetString buffer.WrittenSpan

/// Tensors and texts that gather.
[<Sealed>]
type private Writing() =
    let tensors, texts = ResizeArray<StoredTensor>(), ResizeArray<string * string>()
    member _.Tensors = List.ofSeq tensors
    member _.Texts = Map texts
    member _.Text(name: string, text: string) = texts.Add(name, text)
    member _.Put(name, shape, values) = tensors.Add { name = name; shape = shape; values = values }
    member writing.Vector(name, values: 'T list) = writing.Put(name, [ values.Length ], List.toArray values)
    member writing.Tensor(name, tensor: Tensor) = writing.Put(name, List.ofArray tensor.shape, tensor.Raw.ToHost())

    /// The word for a transform, whose numbers have names that begin so; the columns it should take are known.
    member writing.Transform(at: string, features: string list, transform: Transform) =
        if transform.Inputs <> features then writing.Text(at + Named.featuresName, Named.ofList transform.Inputs)
        match transform with
        | Transform.Rescaled(name, columns) ->
            writing.Text(at + "name", name)
            writing.Vector(at + "shift", columns |> List.map _.shift)
            writing.Vector(at + "scale", columns |> List.map _.scale)
            writing.Vector(at + "constant", columns |> List.map (fun column -> if column.isConstant then 1uy else 0uy))
            "rescaled"
        | Transform.Polynomial(_, degree, powers) -> (if powers then "polynomial " else "interactions ") + string degree
        | Transform.OneHot columns ->
            writing.Vector(at + "codes", columns |> List.collect _.codes |> List.map int64)
            writing.Vector(at + "counts", columns |> List.map (fun column -> int64 column.codes.Length))
            "one-hot"
        | Transform.Chained _ -> invalidOp "A chain is written link by link."

/// What is in a file, taken out of it by name; what is left at the end has no place in a model.
[<Sealed>]
type private Reading(path: string, stored: StoredTensors) =
    let tensors = Dictionary<string, StoredTensor>()
    do
        for tensor in stored.tensors do
            tensors[tensor.name] <- tensor
    let known = HashSet<string>()
    let refuse problem = Errors.damagedFile path problem

    member _.Refuse problem : 'a = refuse problem

    /// The texts that nobody asked for.
    member _.About =
        [ for KeyValue(name, text) in stored.metadata do
              if not (known.Contains name) then name, text ]

    /// The tensors that nobody took.
    member _.Left =
        [ for tensor in stored.tensors do
              if tensors.ContainsKey tensor.name then tensor ]

    member _.Text name =
        known.Add name |> ignore
        stored.metadata.TryFind name

    member reading.Names name : string list option =
        reading.Text name
        |> Option.map (fun text ->
            let names = List<string>()
            try
                use document = JsonDocument.Parse text
                for item in document.RootElement.EnumerateArray() do
                    names.Add(item.GetString())
            with
            | :? JsonException
            | :? InvalidOperationException -> refuse (say $"its '{name}' are no JSON array of texts.")
            if names.Contains null || names.Count = 0 || HashSet(names).Count < names.Count then
                refuse (say $"its '{name}' are not one or more different texts.")
            List.ofSeq names)

    member _.TryTake name : StoredTensor option =
        let mutable tensor = Unchecked.defaultof<_>
        if tensors.Remove(name, &tensor) then Some tensor else None

    /// A tensor's values, which are of a type.
    member reading.TryValues<'T>(name: string, dimensions: int) : (int list * 'T[]) option =
        reading.TryTake name
        |> Option.map (fun tensor ->
            match tensor.values with
            | :? ('T[]) as values when tensor.shape.Length = dimensions && not (List.contains 0 tensor.shape) ->
                tensor.shape, values
            | values ->
                refuse (
                    say
                        $"its '{name}' are {values.GetType().GetElementType().Name} of {tensor.shape.Length} dimensions; expected {typeof<'T>.Name} of {dimensions}, and none of length 0."
                ))

    member reading.Values<'T>(name, dimensions) : int list * 'T[] =
        match reading.TryValues<'T>(name, dimensions) with
        | Some values -> values
        | None -> refuse (say $"it has no '{name}'.")

    /// Numbers of the model.
    member _.Finite(name: string, values: 'T[], columns: int) =
        match Finite.FirstNot(ReadOnlySpan values) with
        | -1 -> ()
        | i -> refuse (say $"its '{name}' has {values[i]} at [{i / columns}, {i % columns}]; expected finite numbers.")

    member reading.Numbers(name, length: int) =
        let _, values = reading.Values<float>(name, 1)
        if length > 0 && values.Length <> length then
            refuse (say $"its '{name}' has {values.Length} values; expected {length}.")
        reading.Finite(name, values, Int32.MaxValue)
        values

    /// Weights [d; q] and biases [q], both of one type.
    member reading.Affine(at: string) : SavedLayer =
        let weight, bias = at + "weight", at + "bias"
        let read isSingle =
            let pair (rows: 'T[]) (shape: int list) (other: int list * 'T[]) =
                if fst other <> shape.Tail then
                    refuse (say $"its '{bias}' has {(snd other).Length} values; expected {shape[1]}, as '{weight}' has columns.")
                reading.Finite(weight, rows, shape[1])
                reading.Finite(bias, snd other, Int32.MaxValue)
                SavedLayer.Affine(Data.ofArray shape rows, Data.ofArray shape.Tail (snd other))
            if isSingle then
                let shape, values = reading.Values<float32>(weight, 2)
                pair values shape (reading.Values<float32>(bias, 1))
            else
                let shape, values = reading.Values<float>(weight, 2)
                pair values shape (reading.Values<float>(bias, 1))
        match tensors.TryGetValue weight with
        | true, tensor -> read (tensor.values :? (float32[]))
        | _ -> read false

    /// The transform of a word, for columns that may be known by name.
    member reading.Transform(at: string, word: string, known: string list option) : Transform =
        let features = Option.orElse known (reading.Names(at + Named.featuresName))
        match features, known with
        | Some names, Some known when names.Length <> known.Length ->
            refuse (say $"its layer '{at}{word}' has {names.Length} columns; expected {known.Length}.")
        | _ -> ()
        let named count =
            match features with
            | None -> List.ofArray (Table.numbered "x" count)
            | Some names when names.Length = count -> names
            | Some names -> refuse (say $"its layer '{at}{word}' has {count} columns; expected {names.Length}.")
        match word.Split ' ' with
        | [| "rescaled" |] ->
            let shift = reading.Numbers(at + "shift", 0)
            let scale = reading.Numbers(at + "scale", shift.Length)
            if Array.contains 0.0 scale then refuse (say $"its '{at}scale' has a 0.")
            let constant =
                match reading.TryValues<byte>(at + "constant", 1) with
                | None -> Array.zeroCreate shift.Length
                | Some(_, constant) when constant.Length = shift.Length -> constant
                | Some _ -> refuse (say $"its '{at}constant' has another length than its '{at}shift'.")
            let column i name : RescaledColumn =
                { name = name; shift = shift[i]; scale = scale[i]; isConstant = constant[i] <> 0uy }
            Transform.Rescaled(defaultArg (reading.Text(at + "name")) "rescaled", List.mapi column (named shift.Length))
        | [| "one-hot" |] ->
            let _, codes = reading.Values<int64>(at + "codes", 1)
            let _, counts = reading.Values<int64>(at + "counts", 1)
            let mutable first = 0
            let column i name : CodedColumn =
                let count = counts[i]
                let own =
                    if count >= 0L && count <= int64 (min Preprocess.mostCodes (codes.Length - first)) then
                        codes.AsSpan(first, int count).ToArray()
                    else
                        refuse (
                            say
                                $"its '{at}counts' have {count} at [{i}]; expected 0 to {Preprocess.mostCodes}, as there are codes."
                        )
                first <- first + own.Length
                let isCode i code = abs (float code) <= float Preprocess.largestCode && (i = 0 || own[i - 1] < code)
                if not (Array.forall id (Array.mapi isCode own)) then
                    refuse (say $"its '{at}codes' of '{name}' are not whole numbers of 24 bits or fewer in increasing order.")
                { name = name; codes = [ for code in own -> int code ] }
            let columns = List.mapi column (named counts.Length)
            if first <> codes.Length || first = 0 then
                refuse (say $"its '{at}codes' has {codes.Length} values; expected {first}, one or more.")
            Transform.OneHot columns
        | [| ("polynomial" | "interactions") as products; degree |] ->
            match Int32.TryParse(degree, NumberStyles.None, CultureInfo.InvariantCulture), features with
            | (true, degree), Some features when Preprocess.canMultiply degree (products = "polynomial") features.Length ->
                Transform.Polynomial(features, degree, (products = "polynomial"))
            | _ ->
                refuse (
                    say
                        $"its layer '{at}{word}' is not of degree 1 to 16, or not of features that are named, or has too many products."
                )
        | _ ->
            refuse (
                say
                    $"it has a layer '{word}'; expected linear, scale, flatten, sigmoid, softmax, rescaled, one-hot, polynomial or interactions."
            )

/// Models as tensors and texts.
module internal ModelFile =

    open Named

    /// 2³⁴ bytes, as a checkpoint's.
    let private longest = 1L <<< 34

    /// Transforms within chains count, too.
    let private mostLayers = 32

    let private linear, scale, flatten, sigmoid, softmax, own = "linear", "scale", "flatten", "sigmoid", "softmax", "own"

    let nameOf (kind: SavedKind) = kinds |> List.pick (fun (name, own) -> if own = kind then Some name else None)

    /// How the names of a layer's tensors begin.
    let private place count (i: int) = if count > 1 then say $"{i}." else ""

    let rec private links transform =
        match transform with
        | Transform.Chained transforms -> List.collect links transforms
        | one -> [ one ]

    /// The layers in words.
    let words (layers: SavedLayer list) =
        let word layer =
            match layer with
            | SavedLayer.Prepared transform -> string transform
            | SavedLayer.Scaled factor -> say $"scale {factor:R}"
            | SavedLayer.Flattened -> flatten
            | SavedLayer.Affine _ -> linear
            | SavedLayer.Sigmoid -> sigmoid
            | SavedLayer.Softmax -> softmax
            | SavedLayer.Own(name, _) -> name
        layers |> List.map word |> String.concat ", "

    // ---- written ------------------------------------------------------------------------------------------------

    let private layer (writing: Writing) (at: string) features layer =
        match layer with
        | SavedLayer.Prepared transform ->
            match links transform with
            | [ one ] -> writing.Transform(at, features, one), transform.Outputs
            | all ->
                let link features (i, link: Transform) = writing.Transform(say $"{at}{i}.", features, link), link.Outputs
                let words, features = List.mapFold link features (List.indexed all)
                String.Join(" + ", words), features
        | SavedLayer.Scaled factor ->
            writing.Put(at + "factor", [], [| factor |])
            scale, features
        | SavedLayer.Flattened -> flatten, features
        | SavedLayer.Affine(weights, biases) ->
            writing.Tensor(at + "weight", weights)
            writing.Tensor(at + "bias", biases)
            linear, []
        | SavedLayer.Sigmoid -> sigmoid, features
        | SavedLayer.Softmax -> softmax, features
        | SavedLayer.Own(name, parameters) ->
            writing.Text(ownName, name)
            for name, tensor in parameters do
                writing.Tensor(name, tensor)
            own, features

    let private row (report: EpochReport) =
        let pair (evaluation: Nullable<Evaluation>) =
            if evaluation.HasValue then [ evaluation.Value.Loss; evaluation.Value.Metric ] else [ nan; nan ]
        pair (Nullable report.Running) @ pair report.After @ pair report.Validation @ [ report.LearningRate ]

    let write (path: string) (fit: SavedFit) =
        let writing, model = Writing(), fit.model
        for name, text in model.about do
            writing.Text(name, text)
        writing.Text(formatName, format + string version)
        writing.Text(kindName, nameOf model.kind)
        if not model.features.IsEmpty then writing.Text(featuresName, ofList model.features)
        writing.Text(outputsName, ofList model.outputs)
        let words =
            List.mapFold
                (fun features (i, one) -> layer writing (place model.layers.Length i) features one)
                model.features
                (List.indexed model.layers)
            |> fst
        writing.Text(layersName, String.Join(", ", words))
        if fit.history.Length > 0 then
            writing.Text(metricName, fit.history[0].Running.MetricName)
            writing.Text(
                Safetensors.secondsName,
                String.Join(" ", fit.history |> Array.map (fun report -> say $"{report.Seconds:R}"))
            )
            writing.Put(
                "history",
                [ fit.history.Length; historyColumns ],
                [| for report in fit.history do
                       yield! row report |]
            )
        match fit.convergence with
        | report when isNull (box report) -> ()
        | report ->
            writing.Vector(
                "convergence",
                [ float (int report.Criterion)
                  report.Tolerance
                  float report.Iterations
                  float report.Evaluations
                  report.Objective
                  report.GradientNorm
                  report.Gap ]
            )
        if fit.inferences.Length > 0 then
            let row (e: Estimate) = [| e.squares; e.total; e.freedom; e.condition.Value |]
            writing.Put("inference", [ fit.inferences.Length; inferenceColumns ], Array.collect row fit.inferences)
            for i, e in Array.indexed fit.inferences do
                writing.Put(
                    say $"inference.{i}",
                    [ e.coefficients.Length; 2 ],
                    [| for c, unit in Array.zip e.coefficients e.units do
                           yield! [ c; unit ] |]
                )
        Safetensors.writeContent path writing.Texts writing.Tensors

    // ---- read ---------------------------------------------------------------------------------------------------

    /// What is of one layer, and the names of the columns after it if they are known.
    let private readLayer (reading: Reading) (at: string) (word: string) (known: string list option) =
        match word.Split " + " with
        | [| "linear" |] ->
            match reading.Affine at with
            | SavedLayer.Affine(weights, _) as affine ->
                let inputs, outputs = weights.shape[0], weights.shape[1]
                match known with
                | Some names when names.Length <> inputs ->
                    reading.Refuse(
                        say $"its '{at}weight' has {inputs} rows; expected {names.Length}, as there are columns before it."
                    )
                | _ -> affine, Some(List.ofArray (Table.numbered "y" outputs)), inputs
            | _ -> invalidOp word
        | [| "scale" |] ->
            let factor =
                match reading.TryTake(at + "factor") with
                | Some { StoredTensor.values = :? (float[]) as values } when
                    values.Length = 1 && Double.IsFinite values[0] && values[0] <> 0.0
                    ->
                    values[0]
                | _ -> reading.Refuse(say $"it has no '{at}factor' that is one finite number of 64 bits other than 0.")
            SavedLayer.Scaled factor, known, 0
        | [| "flatten" |] -> SavedLayer.Flattened, known, 0
        | [| "sigmoid" |] -> SavedLayer.Sigmoid, known, 0
        | [| "softmax" |] -> SavedLayer.Softmax, known, 0
        | [| one |] ->
            let transform = reading.Transform(at, one, known)
            SavedLayer.Prepared transform, Some transform.Outputs, transform.Inputs.Length
        | all ->
            let link known (i, word) =
                let transform: Transform = reading.Transform(say $"{at}{i}.", word, known)
                transform, Some transform.Outputs
            let transforms, known = List.mapFold link known (List.indexed (List.ofArray all))
            SavedLayer.Prepared(Transform.Chained transforms), known, transforms.Head.Inputs.Length

    /// The layers, the number of columns of the first that says it, and the names of the last.
    let private readLayers (reading: Reading) features =
        let words = (defaultArg (reading.Text layersName) linear).Split ", "
        let links = words |> Array.sumBy _.Split(" + ").Length
        if links > mostLayers then
            reading.Refuse(say $"it has {links} layers and links of chains; expected {mostLayers} or fewer.")
        if words = [| own |] then
            let parameter (tensor: StoredTensor) =
                match reading.TryTake tensor.name with
                | Some { values = (:? (float[]) | :? (float32[])) } -> tensor.name, Data.ofArray tensor.shape tensor.values
                | _ -> reading.Refuse(say $"its '{tensor.name}' are not numbers of 32 or 64 bits.")
            [ SavedLayer.Own(defaultArg (reading.Text ownName) own, List.map parameter reading.Left) ], 0, None
        else
            let mutable known, inputs = features, 0
            let layers =
                [ for i, word in Array.indexed words do
                      let layer, after, width = readLayer reading (place words.Length i) word known
                      known <- after
                      if inputs = 0 then inputs <- width
                      layer ]
            if not (layers |> List.exists _.IsAffine) then reading.Refuse "it has no linear layer."
            layers, inputs, known

    let private readHistory (reading: Reading) =
        match reading.TryValues<float>("history", 2) with
        | None -> [||]
        | Some(shape, values) ->
            if shape[1] <> historyColumns then
                reading.Refuse(say $"its 'history' has {shape[1]} columns; expected {historyColumns}.")
            let metric = defaultArg (reading.Text metricName) ""
            let seconds =
                (defaultArg (reading.Text Safetensors.secondsName) (String.replicate (shape[0] - 1) "0 " + "0")).Split ' '
            if seconds.Length <> shape[0] then
                reading.Refuse(say $"its 'seconds' are {seconds.Length} numbers; expected {shape[0]}, one for each epoch.")
            let report i (row: float[]) : EpochReport =
                let evaluation at : Evaluation = { Loss = row[at]; Metric = row[at + 1]; MetricName = metric }
                let asked at = if Double.IsNaN row[at] then Nullable() else Nullable(evaluation at)
                let mutable time = 0.0
                if
                    not (Double.TryParse(seconds[i], NumberStyles.Float, CultureInfo.InvariantCulture, &time))
                    || not (time >= 0.0 && time < infinity)
                then
                    reading.Refuse(say $"its 'seconds' of epoch {i + 1} are no number.")
                { Epoch = i + 1
                  Running = evaluation 0
                  After = asked 2
                  Validation = asked 4
                  LearningRate = row[6]
                  Seconds = time }
            values |> Array.chunkBySize historyColumns |> Array.mapi report

    let private readConvergence (reading: Reading) : Convergence =
        match reading.TryValues<float>("convergence", 1) with
        | None -> Unchecked.defaultof<Convergence>
        | Some(_, values) ->
            let count i most =
                if values.Length = convergenceNumbers && values[i] >= 0.0 && values[i] <= most && Double.IsInteger values[i] then
                    int values[i]
                else
                    reading.Refuse(say $"its 'convergence' are not {convergenceNumbers} numbers, with counts at 0, 2 and 3.")
            { Criterion = enum (count 0 (float (int Criterion.NoMinimum)))
              Tolerance = values[1]
              Iterations = count 2 (float Int32.MaxValue)
              Evaluations = count 3 (float Int32.MaxValue)
              Objective = values[4]
              GradientNorm = values[5]
              Gap = values[6] }

    let private readInferences (reading: Reading) =
        match reading.TryValues<float>("inference", 2) with
        | None -> [||]
        | Some(shape, values) ->
            if shape[1] <> inferenceColumns then
                reading.Refuse(say $"its 'inference' has {shape[1]} columns; expected {inferenceColumns}.")
            let estimate i (row: float[]) : Estimate =
                let shape, table = reading.Values<float>(say $"inference.{i}", 2)
                if shape[1] <> 2 then reading.Refuse(say $"its 'inference.{i}' has {shape[1]} columns; expected 2.")
                { names = [||]
                  coefficients = Array.init shape[0] (fun j -> table[2 * j])
                  units = Array.init shape[0] (fun j -> table[2 * j + 1])
                  condition = Lazy<float>(row[3])
                  squares = row[0]
                  total = row[1]
                  freedom = row[2]
                  data = None }
            values |> Array.chunkBySize inferenceColumns |> Array.mapi estimate

    let private check path verify (stored: StoredTensors) =
        let mutable number = 0
        match stored.metadata.TryFind formatName with
        | Some text when text = format + string version -> ()
        | Some text when
            text.StartsWith(format, StringComparison.Ordinal)
            && Int32.TryParse(text.AsSpan format.Length, NumberStyles.None, CultureInfo.InvariantCulture, &number)
            && number > version
            ->
            Errors.newerFile path number version
        | other ->
            let got =
                match other with
                | Some text -> say $"its 'format' is '{text}'"
                | None -> "it has no 'format'"
            Errors.damagedFile path (say $"{got}; expected '{format}{version}'.")
        match stored.metadata.TryFind Safetensors.contentName with
        | Some hash when verify && hash <> Safetensors.contentHash stored.metadata stored.tensors -> Errors.editedFile path
        // Of a file that this library wrote, the hash was lost.
        | None when verify && stored.metadata.ContainsKey libraryName -> Errors.editedFile path
        | _ -> ()

    /// The model of a file. With a hash that is another than that of what the file says, only where that is not to be looked at.
    let read (path: string) (verify: bool) : SavedFit =
        let stored = Safetensors.read path longest
        check path verify stored
        let reading = Reading(path, stored)
        for name in [ formatName; Safetensors.contentName; Safetensors.secondsName ] do
            reading.Text name |> ignore
        let kind =
            let name = defaultArg (reading.Text kindName) ""
            match List.tryFind (fun (own, _) -> own = name) kinds with
            | Some(_, kind) -> kind
            | None ->
                let all = kinds |> List.map fst |> String.concat ", "
                reading.Refuse(say $"its 'kind' is '{name}'; expected one of {all}.")
        let history, convergence, inferences = readHistory reading, readConvergence reading, readInferences reading
        let features = reading.Names featuresName
        let layers, inputs, last = readLayers reading features
        match reading.Left with
        | [] -> ()
        | tensor :: _ -> reading.Refuse(say $"it has a tensor '{tensor.name}', which has no place in its model.")
        let features =
            match features with
            | Some names -> names
            | None -> List.ofArray (Table.numbered "x" inputs)
        let classes count = List.init count string
        let outputs = reading.Names outputsName
        let outputs =
            match last, kind with
            | None, _ -> defaultArg outputs []
            | Some last, _ ->
                let expected, usual =
                    match kind with
                    | SavedKind.Regression -> last.Length, last
                    | SavedKind.Softmax -> last.Length, classes last.Length
                    | _ -> (if last.Length = 1 then 2 else 0), classes 2
                let names = defaultArg outputs usual
                if names.Length <> expected || kind.IsSoftmax && expected < 2 then
                    reading.Refuse(
                        say
                            $"it has {last.Length} columns of scores and {names.Length} names of outputs, which do not fit its kind."
                    )
                names
        let named (e: Estimate) =
            match e.coefficients.Length - features.Length with
            | 0 -> { e with names = List.toArray features }
            | 1 -> { e with names = List.toArray ("intercept" :: features) }
            | _ ->
                reading.Refuse(
                    say
                        $"its inference is of {e.coefficients.Length} coefficients; expected one for each feature, with an intercept or without."
                )
        { model = { kind = kind; layers = layers; features = features; outputs = outputs; about = reading.About }
          history = history
          convergence = convergence
          inferences = Array.map named inferences }

    // ---- models -------------------------------------------------------------------------------------------------

    /// What is known of the data of a fit, and of the library.
    let provenance (seed: int) (data: Dataset) =
        [ "seed", string seed
          "source", data.Source
          "rows", string data.Rows
          libraryName, say $"LinearNets {typeof<SavedModel>.Assembly.GetName().Version.ToString 3}" ]

    /// What is known of the coefficients of every output; nothing where something about one cannot be known.
    let inferences outputs (inferenceOf: int -> Inference) : Estimate[] =
        try
            Array.init outputs (fun i -> (inferenceOf i).Estimate)
        with :? LinearNetsException ->
            [||]

    let rec private parts (model: Model) = if model.layers.IsEmpty then [ model ] else List.collect parts model.layers

    /// The parameters of layers, by the names that files have for them.
    let parameters (layers: SavedLayer list) =
        let one i layer =
            let at = place layers.Length i
            match layer with
            | SavedLayer.Affine(weights, biases) -> [ at + "weight", weights; at + "bias", biases ]
            | SavedLayer.Own(_, parameters) -> parameters
            | _ -> []
        layers |> List.mapi one |> List.concat

    /// The names and shapes of a model's parameters in a file of such layers.
    let names (layers: SavedLayer list) (model: Model) =
        let parts =
            match layers with
            | [ SavedLayer.Own _ ] -> [ model ]
            | _ -> parts model
        let own i (part: Model) =
            part.parameters |> List.map (fun parameter -> place parts.Length i + parameter.name, parameter.shape)
        parts |> List.mapi own |> List.concat

    /// The layers of a model, with their parameters; those of a model of one's own by name.
    let describe (model: Model) (parameters: Tensor list) : SavedLayer list =
        let named = Model.named model parameters
        let is (one: Model) (other: Model) = obj.ReferenceEquals(one, other)
        let describe rest (layer: Model) =
            let own, rest = List.splitAt layer.parameters.Length rest
            let described =
                if is layer Model.flatten then
                    Some SavedLayer.Flattened
                elif is layer Model.sigmoid then
                    Some SavedLayer.Sigmoid
                elif is layer Model.softmax then
                    Some SavedLayer.Softmax
                else
                    match Formula.tryFind2 layer.apply with
                    | Some(ModelFormula.Scaling factor) -> Some(SavedLayer.Scaled factor)
                    | Some(ModelFormula.Affine(1.0, _, _)) -> Some(SavedLayer.Affine(own[0], own[1]))
                    | Some(ModelFormula.Prepared([ transform ], None)) -> Some(SavedLayer.Prepared(unbox transform))
                    | _ -> None
            described, rest
        let layers = List.mapFold describe parameters (parts model) |> fst
        if List.forall Option.isSome layers && layers |> List.exists _.Value.IsAffine then
            List.map Option.get layers
        else
            [ SavedLayer.Own(model.name, named) ]

    /// The model of layers, and its parameters; nothing of a function of one's own.
    let tryModel (layers: SavedLayer list) : (Model * Tensor list) option =
        let one layer =
            match layer with
            | SavedLayer.Prepared transform -> Preprocess.layer transform, []
            | SavedLayer.Scaled factor -> Model.scale factor, []
            | SavedLayer.Flattened -> Model.flatten, []
            | SavedLayer.Affine(weights, biases) -> Model.linear weights.shape[0] weights.shape[1], [ weights; biases ]
            | SavedLayer.Sigmoid -> Model.sigmoid, []
            | SavedLayer.Softmax -> Model.softmax, []
            | SavedLayer.Own(name, _) -> Model.define name [] (fun _ x -> x), []
        match layers with
        | [ SavedLayer.Own _ ] -> None
        | [ layer ] -> Some(one layer)
        | _ ->
            let models, parameters = List.unzip (List.map one layers)
            Some(Model.compose models, List.concat parameters)
