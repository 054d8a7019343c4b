// A model as data: what a file of it holds, and what an exported one computes.
//
//   rows in the units they were measured in ──► layer ──► … ──► layer ──► scores [n; q] ──► what the kind makes of them
//
//   Regression    the scores themselves, one for each target
//   Logistic      one score z: P(second class) = σ(z); the second class where z > 0
//   Perceptron    one score z, of no probability; the second class where z > 0
//   Softmax       softmax of the scores; the class of the highest, the first of equals
//
// Where the last layer is a link, the scores are what it makes of them: probabilities, to which the kind adds nothing.

namespace LinearNets.FSharp

open LinearNets.Tensors

/// A part of a model, with its parameters.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal SavedLayer =
    /// A function of the rows alone.
    | Prepared of Transform
    /// factor·x
    | Scaled of factor: float
    /// Each row as one vector.
    | Flattened
    /// x·W + b, with W [d; q] and b [q] in one type of number.
    | Affine of weights: Tensor * biases: Tensor
    /// A link: σ of every score.
    | Sigmoid
    /// A link: the softmax of every row.
    | Softmax
    /// A function of one's own, which no file has: its name, and the parameters by their names. It is then the only layer.
    | Own of name: string * parameters: (string * Tensor) list

/// What is made of the scores.
[<RequireQualifiedAccess; NoComparison>]
type internal SavedKind =
    | Regression
    | Logistic
    | Perceptron
    | Softmax

/// A model as data.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal SavedModel =
    {
        kind: SavedKind
        layers: SavedLayer list
        /// The names of the features of the first layer; none of a function of one's own that says nothing of them.
        features: string list
        /// The names of the targets, or of the classes.
        outputs: string list
        /// What is known of its training, each by a name.
        about: (string * string) list
    }
