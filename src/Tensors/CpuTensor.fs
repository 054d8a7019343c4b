// The operations of the seam on the CPU: shapes here, loops in LinearNets.Kernels.

namespace LinearNets.Tensors

open System
open System.Numerics
open LinearNets
open LinearNets.Kernels

module internal Host =
    let dtypeOf (t: Type) =
        if t = typeof<float32> then Dtype.Float32
        elif t = typeof<float> then Dtype.Float64
        elif t = typeof<int> then Dtype.Int32
        else Errors.dtype "tensor" t.Name "Single, Double or Int32" "Convert the values first."

    let onCpu (device: Device) = if not (isNull device || device.Equals Device.CPU) then Errors.noBackend device

    /// Runs a kernel; what it refuses about values becomes an error that says which operation refused.
    let inline guard (operation: obj) ([<InlineIfLambda>] kernel: unit -> unit) =
        try
            kernel ()
        with
        | :? OverflowException -> Errors.notWhole (string operation)
        | :? DivideByZeroException -> Errors.wholeDivision (string operation)

    /// Runs a kernel that follows indices from 0 to size − 1.
    let inline indexed operation (indices: RawTensor) size ([<InlineIfLambda>] kernel: unit -> unit) =
        try
            kernel ()
        with
        | :? ArgumentOutOfRangeException ->
            let indices = indices.ToHost() :?> int[]
            let position = indices |> Array.findIndex (fun i -> i < 0 || i >= size)
            Errors.index operation position indices[position] size
        | :? ArgumentException as e -> Errors.repeatedIndex operation e.Message

/// A matrix may be `transposed`: its values then lie column by column, as the matrix it was transposed from has them.
/// Matrix products take it so; every other operation reads `Values`, which puts the values in order once.
[<Sealed>]
type internal CpuTensor<'T when 'T: unmanaged and 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType and 'T :> INumber<'T>>
    (shape: int[], stored: 'T[], offset: int, transposed: bool) =
    inherit RawTensor(shape, Host.dtypeOf typeof<'T>, Device.CPU)

    let mutable ordered: 'T[] = if transposed then null else stored

    static let from (value: float) = 'T.CreateChecked value

    static member inline private create(shape: int[], [<InlineIfLambda>] write: 'T[] -> unit) : RawTensor =
        let values = GC.AllocateUninitializedArray<'T>(Shape.count shape)
        write values
        CpuTensor<'T>(shape, values, 0, false)

    new(shape, values) = CpuTensor<'T>(shape, values, 0, false)

    member x.Stored = ReadOnlySpan<'T>(stored, offset, x.Count)
    member _.Transposed = transposed

    /// The values in row-major order: an array, and where they begin in it.
    member private x.Ordered =
        if isNull ordered then
            let values = GC.AllocateUninitializedArray<'T> x.Count
            Indexing.Transpose(x.Stored, shape[1], shape[0], values.AsSpan())
            ordered <- values // two threads may both do this; both write the same values

        struct (ordered, (if transposed then 0 else offset))

    member x.Values: ReadOnlySpan<'T> =
        let struct (values, start) = x.Ordered
        ReadOnlySpan<'T>(values, start, x.Count)

    member private _.Of(other: RawTensor) = other :?> CpuTensor<'T>

    override x.ToHost() = x.Values.ToArray()

    override _.Fill(value, shape) =
        let value = from value
        CpuTensor<'T>.create(shape, fun y -> Array.Fill(y, value))

    override x.FirstNotFinite() = Finite.FirstNot x.Values

    override x.Cast target =
        match target with
        | _ when target = x.Dtype -> x
        | Dtype.Float32 ->
            let values = GC.AllocateUninitializedArray<float32> x.Count
            Elementwise.Cast(x.Values, values.AsSpan())
            CpuTensor<float32>(shape, values)
        | Dtype.Float64 ->
            let values = GC.AllocateUninitializedArray<float> x.Count
            Elementwise.Cast(x.Values, values.AsSpan())
            CpuTensor<float>(shape, values)
        | Dtype.Int32 ->
            let values = GC.AllocateUninitializedArray<int> x.Count
            Host.guard "cast" (fun () -> Elementwise.Cast(x.Values, values.AsSpan()))
            CpuTensor<int>(shape, values)

    override x.Reshape shape =
        let struct (values, start) = x.Ordered
        CpuTensor<'T>(shape, values, start, false)

    override x.Expand target =
        CpuTensor<'T>.create(target, fun y -> Broadcast.Expand(x.Values, ReadOnlySpan shape, y.AsSpan(), ReadOnlySpan target))

    override x.Unary op =
        CpuTensor<'T>.create(shape, fun y -> Host.guard "abs" (fun () -> Elementwise.Unary(op, x.Values, y.AsSpan())))

    override x.Affine(scale, shift) =
        let scale, shift = from scale, from shift

        CpuTensor<'T>
            .create(
                shape,
                fun y -> Host.guard "scale and shift" (fun () -> Elementwise.Affine(x.Values, scale, shift, y.AsSpan()))
            )

    override x.Divide divisor =
        let divisor = from divisor
        CpuTensor<'T>.create(shape, fun y -> Elementwise.Divide(x.Values, divisor, y.AsSpan()))

    override x.Clamp(low, high) =
        CpuTensor<'T>.create(shape, fun y -> Elementwise.Clamp(x.Values, from low, from high, y.AsSpan()))

    override x.Between(low, high) =
        CpuTensor<'T>.create(shape, fun y -> Elementwise.Between(x.Values, from low, from high, y.AsSpan()))

    override x.Binary(op, other, target) =
        let b = x.Of other

        CpuTensor<'T>
            .create(
                target,
                fun y ->
                    Host.guard op (fun () ->
                        Broadcast.Binary(
                            op,
                            x.Values,
                            ReadOnlySpan shape,
                            b.Values,
                            ReadOnlySpan b.Shape,
                            y.AsSpan(),
                            ReadOnlySpan target
                        ))
            )

    override x.Equal other = CpuTensor<int>.create(shape, fun y -> Elementwise.Equal(x.Values, x.Of(other).Values, y.AsSpan()))

    override x.Sum() = CpuTensor<'T>.create([||], fun y -> Host.guard "sum" (fun () -> y[0] <- Reduce.Sum x.Values))

    override x.SumDim dim =
        let struct (outer, n, inner) = Shape.around dim shape

        CpuTensor<'T>
            .create(
                Shape.without dim shape,
                fun y -> Host.guard "sum" (fun () -> Reduce.SumMiddle(x.Values, outer, n, inner, y.AsSpan()))
            )

    override x.MaxIndex dim =
        let struct (outer, n, inner) = Shape.around dim shape
        CpuTensor<int>.create(Shape.without dim shape, fun y -> Reduce.ArgMaxMiddle(x.Values, outer, n, inner, y.AsSpan()))

    override x.Gather(dim, indices) =
        let struct (outer, n, inner) = Shape.around dim shape
        let at = indices :?> CpuTensor<int>

        CpuTensor<'T>
            .create(
                at.Shape,
                fun y ->
                    Host.indexed "gather" at n (fun () ->
                        Indexing.Gather(x.Values, outer, n, inner, at.Values, at.Shape[dim], y.AsSpan()))
            )

    override x.Scatter(dim, indices, target) =
        let struct (outer, n, inner) = Shape.around dim target
        let at = indices :?> CpuTensor<int>

        CpuTensor<'T>
            .create(
                target,
                fun y ->
                    Host.indexed "scatter" at n (fun () ->
                        Indexing.Scatter(x.Values, at.Values, outer, shape[dim], inner, n, y.AsSpan()))
            )

    override x.Slice(start, size) =
        // Whole rows, as minibatches are, need no copy: a tensor's values never change.
        if shape.Length > 0 && Array.forall2 (=) shape[1..] size[1..] then
            let struct (values, first) = x.Ordered
            CpuTensor<'T>(size, values, first + start[0] * Shape.count shape[1..], false)
        else
            CpuTensor<'T>
                .create(
                    size,
                    fun y -> Indexing.Slice(x.Values, ReadOnlySpan shape, ReadOnlySpan start, ReadOnlySpan size, y.AsSpan())
                )

    override x.Unslice(start, target) =
        CpuTensor<'T>
            .create(
                target,
                fun y -> Indexing.Unslice(x.Values, ReadOnlySpan target, ReadOnlySpan start, ReadOnlySpan shape, y.AsSpan())
            )

    override x.Cat(others, dim) =
        let parts = Array.append [| x |] (Array.map x.Of others)
        let target = Shape.withSize dim (parts |> Array.sumBy (fun part -> part.Shape[dim])) shape
        let struct (outer, n, inner) = Shape.around dim target

        CpuTensor<'T>
            .create(
                target,
                fun y ->
                    let mutable start = 0

                    for part in parts do
                        let run = part.Shape[dim] * inner

                        for o in 0 .. outer - 1 do
                            part.Values.Slice(o * run, run).CopyTo(y.AsSpan(o * n * inner + start, run))

                        start <- start + run
            )

    override _.Transpose() = CpuTensor<'T>(Array.rev shape, stored, offset, not transposed)

    override x.MatMul other =
        let b = x.Of other
        let m, n, k = shape[0], b.Shape[1], shape[1]

        CpuTensor<'T>.create([| m; n |], fun y -> MatMul.Run(x.Stored, transposed, b.Stored, b.Transposed, y.AsSpan(), m, n, k))

    override x.Solve other =
        let b = x.Of other
        let factors, solution = x.Values.ToArray(), b.Values.ToArray()

        match Lu.Solve(factors.AsSpan(), solution.AsSpan(), shape[0], b.Shape[1]) with
        | -1 -> CpuTensor<'T>(b.Shape, solution)
        | column -> Errors.singular column shape[0]
