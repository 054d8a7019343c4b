// Models as ONNX graphs; Onnx.fs says how a graph is made.

namespace LinearNets.FSharp

/// Models as files of ONNX.
module internal OnnxFile =

    /// A file of a model, written whole or not at all.
    val write: path: string -> model: SavedModel -> unit
