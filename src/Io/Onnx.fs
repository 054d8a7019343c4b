// A model as a file in the format ONNX, which other runtimes execute.
//
//   features [rows; d] ──► Sub, Div │ Gather, Mul, Concat │ Gather, Equal, Where │ Mul ──► Gemm ──► scores [rows; q]
//
//   Regression    prediction [rows; q]
//   Softmax       probabilities [rows; k] = Softmax     class [rows] = ArgMax     label [rows] = names[class]
//   Logistic      probabilities [rows; 2] = σ(−z), σ(z)     class [rows] = z > 0     label [rows]
//   Perceptron    score [rows] = z     class [rows] = z > 0     label [rows]
//
// Rows come in the units they were measured in, and as many as one likes. Numbers have the type that the parameters have:
// where features are far from 0, most of a score cancels, and float would lose what double keeps. Layers are written as they
// are and not folded into one, so that the file rounds where the model does.
//
// Operators are those of opset 13, file format 7: the first opset in which Softmax is over one axis and not over all that come
// after it, and old enough for every runtime since 2021. Its operators take double where the runtime implements them.
//
// The fields of ONNX's messages that are used, by their numbers:
//
//   model      1 format, 2 producer, 3 its version, 6 text, 7 graph, 8 opset (2 version), 14 metadata (1 key, 2 value)
//   graph      1 node, 2 name, 5 constant, 11 input, 12 output
//   node       1 input, 2 output, 3 name, 4 operator, 5 attribute (1 name, 3 whole number, 20 kind: 2 for such a number)
//   constant   1 size, 2 type, 6 text, 8 name, 9 bytes
//   value      1 name, 2 type (1 tensor (1 type of its elements, 2 shape (1 dimension (1 size or 2 name))))

namespace LinearNets.FSharp

open System
open System.Buffers
open System.Collections.Generic
open System.Text
open System.Text.Json
open LinearNets
open LinearNets.Tensors

/// The types of elements, by their codes.
module private OnnxType =
    let float, int64, text, double = 1L, 7L, 8L, 11L

/// A graph in the making, and the type of its numbers.
[<Sealed>]
type private OnnxGraph(dtype: Dtype) =
    let message = Protobuf()
    let isSingle = (dtype = Dtype.Float32)
    let mutable count = 0

    let next (what: string) =
        count <- count + 1
        what + string count

    member _.Message = message

    member _.Type = if isSingle then OnnxType.float else OnnxType.double

    member _.Constant(shape: int list, values: Array) =
        let tensor, name = Protobuf(), next "constant"
        for size in shape do
            tensor.Integer(1, size)
        match values with
        | :? (string[]) as texts ->
            tensor.Integer(2, OnnxType.text)
            for text in texts do
                tensor.Text(6, text)
        | _ ->
            let code =
                match values with
                | :? (float32[]) -> OnnxType.float
                | :? (float[]) -> OnnxType.double
                | _ -> OnnxType.int64
            tensor.Integer(2, code)
            tensor.Values(9, values)
        tensor.Text(8, name)
        message.Message(5, tensor)
        name

    /// Numbers in the type of the graph.
    member graph.Numbers(shape, values: float list) =
        let values = List.toArray values
        graph.Constant(shape, (if isSingle then Array.map float32 values :> Array else values))

    member graph.Tensor(values: Tensor) =
        let flat = values.view [ values.nelement ]
        let shape = List.ofArray values.shape
        graph.Constant(shape, (if isSingle then flat.toArray1D<float32>() :> Array else flat.toArray1D<float>()))

    member graph.Indices(values: List<int64>) = graph.Constant([ values.Count ], values.ToArray())

    /// A node whose result has a name.
    member _.Result(output: string, operator: string, inputs: string list, attributes: (string * int64) list) =
        let node = Protobuf()
        for input in inputs do
            node.Text(1, input)
        node.Text(2, output)
        node.Text(3, next (operator.ToLowerInvariant()))
        node.Text(4, operator)
        for name, value in attributes do
            let attribute = Protobuf()
            attribute.Text(1, name)
            attribute.Integer(3, value)
            attribute.Integer(20, 2L)
            node.Message(5, attribute)
        message.Message(1, node)

    member graph.Node(operator, inputs, attributes) =
        let output = next "value"
        graph.Result(output, operator, inputs, attributes)
        output

    /// Columns by their places.
    member graph.Columns(x: string, places: List<int64>) = graph.Node("Gather", [ x; graph.Indices places ], [ "axis", 1L ])

    /// An input or output: rows, of so many numbers where there is a width.
    member _.Value(field: int, name: string, code: int64, width: int voption) =
        let value, kind, tensor, shape = Protobuf(), Protobuf(), Protobuf(), Protobuf()
        let rows = Protobuf()
        rows.Text(2, "rows")
        shape.Message(1, rows)
        if width.IsSome then
            let columns = Protobuf()
            columns.Integer(1, width.Value)
            shape.Message(1, columns)
        tensor.Integer(1, code)
        tensor.Message(2, shape)
        kind.Message(1, tensor)
        value.Text(1, name)
        value.Message(2, kind)
        message.Message(field, value)

module internal OnnxFile =

    let private opset, format = 13L, 7L

    /// A file has at most 2³¹ bytes.
    let private mostBytes = 2_000_000_000L

    // ---- preprocessing --------------------------------------------------------------------------------------------

    /// Products of k factors are each column times the products of k − 1 whose first factor is that column or a later one.
    let private products (graph: OnnxGraph) x columns degree powers =
        let mutable blocks, shorter = [ x ], x
        let mutable heads = Array.init columns int64
        for _ in 2..degree do
            let firsts, rests = List<int64>(), List<int64>()
            for first in 0L .. int64 columns - 1L do
                for i in 0 .. heads.Length - 1 do
                    if heads[i] > first || powers && heads[i] = first then
                        firsts.Add first
                        rests.Add i
            heads <- firsts.ToArray()
            if heads.Length > 0 then
                shorter <- graph.Node("Mul", [ graph.Columns(x, firsts); graph.Columns(shorter, rests) ], [])
                blocks <- shorter :: blocks
        graph.Node("Concat", List.rev blocks, [ "axis", 1L ])

    /// Every column that comes out is one that goes in, or whether that is a code.
    let private codes (graph: OnnxGraph) x (columns: CodedColumn list) =
        let sources, isCoded = List<int64>(), List<float>()
        let mutable codes = []
        for place, column in List.indexed columns do
            for code in (if column.codes.IsEmpty then [ 0 ] else column.codes) do
                sources.Add place
                isCoded.Add(if column.codes.IsEmpty then 0.0 else 1.0)
                codes <- float code :: codes
        let row (values: float list) = graph.Numbers([ values.Length ], values)
        let values = graph.Columns(x, sources)
        let isCode = graph.Node("Equal", [ values; row (List.rev codes) ], [])
        let ones = graph.Node("Cast", [ isCode ], [ "to", graph.Type ])
        let isCoded = graph.Node("Cast", [ row (List.ofSeq isCoded) ], [ "to", 9L ])
        graph.Node("Where", [ isCoded; ones; values ], [])

    let rec private prepared (graph: OnnxGraph) x transform =
        match transform with
        | Transform.Rescaled(_, columns) ->
            let row part = graph.Numbers([ columns.Length ], List.map part columns)
            graph.Node("Div", [ graph.Node("Sub", [ x; row _.shift ], []); row _.scale ], [])
        | Transform.Polynomial(features, degree, powers) -> products graph x features.Length degree powers
        | Transform.OneHot columns -> codes graph x columns
        | Transform.Chained transforms -> List.fold (prepared graph) x transforms

    let private layer path (graph: OnnxGraph) x layer =
        match layer with
        | SavedLayer.Prepared transform -> prepared graph x transform
        | SavedLayer.Scaled factor -> graph.Node("Mul", [ x; graph.Numbers([], [ factor ]) ], [])
        | SavedLayer.Flattened -> x // rows come as vectors
        | SavedLayer.Affine(weights, biases) -> graph.Node("Gemm", [ x; graph.Tensor weights; graph.Tensor biases ], [])
        | SavedLayer.Sigmoid -> graph.Node("Sigmoid", [ x ], [])
        | SavedLayer.Softmax -> graph.Node("Softmax", [ x ], [ "axis", 1L ])
        | SavedLayer.Own(name, _) -> Errors.notExported path (say $"The model '{name}' is a function of one's own.")

    // ---- results --------------------------------------------------------------------------------------------------

    let private outputs (graph: OnnxGraph) (model: SavedModel) scores =
        let float (name: string) width = graph.Value(12, name, graph.Type, width)
        let score () =
            let flat = graph.Constant([ 1 ], [| -1L |])
            graph.Node("Reshape", [ scores; flat ], [])
        let positive z =
            let isPositive = graph.Node("Greater", [ z; graph.Numbers([], [ 0.0 ]) ], [])
            graph.Result("class", "Cast", [ isPositive ], [ "to", OnnxType.int64 ])
        match model.kind with
        | SavedKind.Regression ->
            graph.Result("prediction", "Identity", [ scores ], [])
            float "prediction" (ValueSome model.outputs.Length)
        | SavedKind.Softmax ->
            graph.Result("probabilities", "Softmax", [ scores ], [ "axis", 1L ])
            graph.Result("class", "ArgMax", [ scores ], [ "axis", 1L; "keepdims", 0L ])
            float "probabilities" (ValueSome model.outputs.Length)
        | SavedKind.Logistic ->
            let first = graph.Node("Sigmoid", [ graph.Node("Neg", [ scores ], []) ], [])
            let second = graph.Node("Sigmoid", [ scores ], [])
            graph.Result("probabilities", "Concat", [ first; second ], [ "axis", 1L ])
            positive (score ())
            float "probabilities" (ValueSome 2)
        | SavedKind.Perceptron ->
            let z = score ()
            graph.Result("score", "Identity", [ z ], [])
            positive z
            float "score" ValueNone
        if not model.kind.IsRegression then
            let names = graph.Constant([ model.outputs.Length ], List.toArray model.outputs)
            graph.Result("label", "Gather", [ names; "class" ], [])
            graph.Value(12, "label", OnnxType.text, ValueNone)
            graph.Value(12, "class", OnnxType.int64, ValueNone)

    // ---- the file -------------------------------------------------------------------------------------------------

    let private json (texts: string list) =
        let buffer = ArrayBufferWriter<byte>()
        do
            use writer = new Utf8JsonWriter(buffer)
            writer.WriteStartArray()
            for text in texts do
                writer.WriteStringValue text
            writer.WriteEndArray()
        Encoding.UTF8.GetString buffer.WrittenSpan

    let private message path (model: SavedModel) (dtype: Dtype) =
        let graph = OnnxGraph dtype
        graph.Message.Text(2, "model")
        graph.Value(11, "features", graph.Type, ValueSome model.features.Length)
        model.layers |> List.fold (layer path graph) "features" |> outputs graph model
        let message, operators = Protobuf(), Protobuf()
        operators.Integer(2, opset)
        let entry (key: string) (value: string) =
            let entry = Protobuf()
            entry.Text(1, key)
            entry.Text(2, value)
            message.Message(14, entry)
        let kind =
            match model.kind with
            | SavedKind.Regression -> "regression"
            | SavedKind.Logistic -> "logistic"
            | SavedKind.Perceptron -> "perceptron"
            | SavedKind.Softmax -> "softmax"
        message.Integer(1, format)
        message.Text(2, "LinearNets")
        message.Text(3, (typeof<Dataset>.Assembly.GetName().Version.ToString 3))
        message.Text(6, (say $"A model of {model.features.Length} features in the units they were measured in: {kind}."))
        message.Message(7, graph.Message)
        message.Message(8, operators)
        entry "kind" kind
        entry "features" (json model.features)
        entry (if model.kind.IsRegression then "targets" else "classes") (json model.outputs)
        for key, value in model.about do
            entry ("about." + key) value
        message

    /// A file of a model, written whole or not at all.
    let write (path: string) (model: SavedModel) =
        let mutable dtype, bytes = Dtype.Float32, 0L
        for layer in model.layers do
            match layer with
            | SavedLayer.Affine(weights, _) ->
                dtype <- weights.dtype
                bytes <- bytes + int64 weights.nelement * (if dtype = Dtype.Float64 then 8L else 4L)
            | _ -> ()
        if bytes > mostBytes then
            Errors.notExported path (say $"Its weights have {bytes} bytes; expected {mostBytes} or fewer.")
        let message = message path model dtype
        Files.write path (fun stream -> stream.Write message.Written)
