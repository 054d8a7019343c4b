// The seam to devices: values without derivatives. Each device implements these operations and nothing else.
// Shapes, ranks and types of number are checked above the seam, in Tensor.fs.

namespace LinearNets.Tensors

open System
open LinearNets
open LinearNets.Kernels

/// <summary>The type of number a tensor holds.</summary>
[<RequireQualifiedAccess>]
type Dtype =
    /// <summary>32-bit floating point: the default.</summary>
    | Float32
    /// <summary>64-bit floating point.</summary>
    | Float64
    /// <summary>32-bit whole numbers: labels, indices and counts.</summary>
    | Int32

    /// <summary>The name.</summary>
    override dtype.ToString() =
        match dtype with
        | Float32 -> "Float32"
        | Float64 -> "Float64"
        | Int32 -> "Int32"

/// <summary>The engine that computes. There is one; the type exists for programs written for several.</summary>
[<RequireQualifiedAccess>]
type Backend =
    /// <summary>The engine of this library.</summary>
    | Reference

    /// <summary>The name.</summary>
    override _.ToString() = "Reference"

/// <summary>How much of a tensor is printed.</summary>
[<RequireQualifiedAccess>]
type Printer =
    /// <summary>The ends of dimensions longer than 12, six digits (ten for Float64).</summary>
    | Default
    /// <summary>The ends of dimensions longer than 6, three digits.</summary>
    | Short
    /// <summary>Every value, with every digit.</summary>
    | Full

    /// <summary>The name.</summary>
    override printer.ToString() =
        match printer with
        | Default -> "Default"
        | Short -> "Short"
        | Full -> "Full"

[<AbstractClass>]
type internal RawTensor(shape: int[], dtype: Dtype, device: Device) =
    member val Count = Shape.count shape
    member _.Shape = shape
    member _.Dtype = dtype
    member _.Device = device

    /// The values in row-major order, as an array of this tensor's type of number; the caller's to keep.
    abstract ToHost: unit -> Array
    /// One value everywhere, in this tensor's type of number.
    abstract Fill: value: float * shape: int[] -> RawTensor
    /// The row-major place of the first value that is NaN or infinite; −1 if there is none.
    abstract FirstNotFinite: unit -> int
    abstract Cast: Dtype -> RawTensor
    /// The same values under another shape; nothing is copied.
    abstract Reshape: shape: int[] -> RawTensor
    abstract Expand: shape: int[] -> RawTensor
    abstract Unary: UnaryOp -> RawTensor
    /// scale·x + shift
    abstract Affine: scale: float * shift: float -> RawTensor
    abstract Divide: divisor: float -> RawTensor
    abstract Clamp: low: float * high: float -> RawTensor
    /// 1 where low ≤ x ≤ high, 0 elsewhere.
    abstract Between: low: float * high: float -> RawTensor
    abstract Binary: BinaryOp * other: RawTensor * shape: int[] -> RawTensor
    /// 1 where equal, 0 elsewhere, as Int32.
    abstract Equal: RawTensor -> RawTensor
    abstract Sum: unit -> RawTensor
    /// Sums over a dimension, which disappears.
    abstract SumDim: dim: int -> RawTensor
    /// The first place of the largest value along a dimension, which disappears.
    abstract MaxIndex: dim: int -> RawTensor
    abstract Gather: dim: int * indices: RawTensor -> RawTensor
    abstract Scatter: dim: int * indices: RawTensor * shape: int[] -> RawTensor
    abstract Slice: start: int[] * size: int[] -> RawTensor
    /// The adjoint of Slice: zero outside.
    abstract Unslice: start: int[] * shape: int[] -> RawTensor
    /// This tensor and others, one after the other along a dimension.
    abstract Cat: others: RawTensor[] * dim: int -> RawTensor
    /// Rows become columns; nothing is copied until somebody needs the values in order.
    abstract Transpose: unit -> RawTensor
    abstract MatMul: RawTensor -> RawTensor
    /// X with A·X = B, for square A and B a matrix.
    abstract Solve: RawTensor -> RawTensor
