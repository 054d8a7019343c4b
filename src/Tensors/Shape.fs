// Shapes: sizes by dimension, row-major. [] is a scalar, [n] a vector, [n; d] a matrix.

namespace LinearNets.Tensors

open System
open LinearNets

module internal Shape =

    /// The number of values; an overflow is an error, not a small buffer.
    let count (shape: int[]) =
        let mutable n = 1L

        for size in shape do
            if size < 0 then Errors.rank "shape" shape "sizes of 0 or more" "Check the sizes."

            n <- min (n * int64 size) (1L <<< 31) // enough to be too many; a size of 0 may follow

        if n > int64 System.Array.MaxLength then
            Errors.rank "shape" shape (say $"at most {System.Array.MaxLength} values") "Work in parts."

        int n

    /// The sizes before, at and after a dimension, multiplied up: x is (outer, n, inner).
    let around dim (shape: int[]) = struct (count shape[.. dim - 1], shape[dim], count shape[dim + 1 ..])

    /// Whether a shape becomes another by repeating sizes of 1 and adding dimensions on the left.
    let expandsTo (target: int[]) (shape: int[]) =
        shape.Length <= target.Length
        && Seq.forall2 (fun have want -> have = want || have = 1) (Seq.rev shape) (Seq.rev target)

    /// The shape of an element-wise operation on two; one of them must expand to the other.
    let broadcast operation (a: int[]) (b: int[]) =
        if a.AsSpan().SequenceEqual(b.AsSpan()) || expandsTo a b then a
        elif expandsTo b a then b
        else Errors.broadcast operation a b

    let without dim (shape: int[]) = Array.removeAt dim shape

    let withSize dim size (shape: int[]) = Array.updateAt dim size shape

    let check operation dim (shape: int[]) = if dim < 0 || dim >= shape.Length then Errors.dimension operation dim shape
