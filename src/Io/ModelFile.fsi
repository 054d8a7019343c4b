// Models in files; ModelFile.fs says what is in them, and docs/models.md says it to other programs.

namespace LinearNets.FSharp

open LinearNets
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

/// Models as tensors and texts.
module internal ModelFile =

    /// The layers in words.
    val words: layers: SavedLayer list -> string

    /// A file of a model, written whole or not at all.
    val write: path: string -> fit: SavedFit -> unit

    /// The model of a file. With a hash that is another than that of what the file says, only where that is not to be looked at.
    val read: path: string -> verify: bool -> SavedFit

    /// What is known of the coefficients of every output; nothing where something about one cannot be known.
    val inferences: outputs: int -> inferenceOf: (int -> Inference) -> Estimate[]

    /// The parameters of layers, by the names that files have for them.
    val parameters: layers: SavedLayer list -> (string * Tensor) list

    /// The names and shapes of a model's parameters in a file of such layers.
    val names: layers: SavedLayer list -> model: Model -> (string * int list) list

    /// The layers of a model, with their parameters; those of a model of one's own by name.
    val describe: model: Model -> parameters: Tensor list -> SavedLayer list

    /// The model of layers, and its parameters; nothing of a function of one's own.
    val tryModel: layers: SavedLayer list -> (Model * Tensor list) option
