// Files of tensors, in the format safetensors; Safetensors.fs says what is in them.

namespace LinearNets.FSharp

open System

/// A tensor of a file. The values are an array of float32, float, int, int64 or byte.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal StoredTensor = { name: string; shape: int list; values: Array }

/// What a file of tensors has. Whether it was checked: other programs write no hash.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal StoredTensors = { tensors: StoredTensor list; metadata: Map<string, string>; isChecked: bool }

/// Files of tensors.
module internal Safetensors =

    /// The key of the hash of what a file says.
    val contentName: string

    /// The keys of the metadata that are no part of what a file says.
    val secondsName: string
    val fitSecondsName: string

    /// The tensors of a file no longer than it may be, in the order of their places.
    val read: path: string -> most: int64 -> StoredTensors

    /// The hash of what a file says.
    val contentHash: metadata: Map<string, string> -> tensors: StoredTensor list -> string

    /// A file of tensors, written whole or not at all. Each has a name of its own, and values for its shape.
    val write: path: string -> metadata: Map<string, string> -> tensors: StoredTensor list -> unit

    /// The same with the hash of what it says.
    val writeContent: path: string -> metadata: Map<string, string> -> tensors: StoredTensor list -> unit
