// The front of the tensors, under the names of DiffSharp: making tensors, and derivatives of functions.

namespace LinearNets.Tensors

open System
open System.Collections
open System.Globalization
open System.Runtime.InteropServices
open System.Threading
open LinearNets
open LinearNets.FSharp

/// What a tensor is made of when nothing else is said, and the state of `randn`: the only state there is, for scripts.
module internal Defaults =
    let mutable dtype = Dtype.Float32
    let mutable key = Random.key 0
    let mutable drawn = 0L

/// Arrays, sequences and numbers as flat values with a shape.
module internal FromHost =

    /// By the exact type of element: .NET takes an array of uint32 for one of int, and of sbyte for one of byte.
    let private cpu (shape: int[]) (values: Array) : RawTensor =
        match values.GetType().GetElementType() with
        | t when t = typeof<float32> -> CpuTensor<float32>(shape, (values :?> float32[]))
        | t when t = typeof<float> -> CpuTensor<float>(shape, (values :?> float[]))
        | t when t = typeof<int> -> CpuTensor<int>(shape, (values :?> int[]))
        | t when t = typeof<byte> -> CpuTensor<int>(shape, Array.map int (values :?> byte[]))
        | t -> Errors.dtype "tensor" t.Name "Single, Double, Int32 or Byte" "Convert the values first."

    /// The numbers of nested sequences in order; every sequence of a level must have the same length.
    let rec private flatten (value: obj) : int list * IConvertible list =
        match value with
        | :? Tensor as t ->
            List.ofArray t.Shape, [ for v in (t.Raw.Cast(Dtype.Float64).ToHost() :?> float[]) -> v :> IConvertible ]
        | :? string -> Errors.dtype "tensor" "a string" "numbers" "Parse the text first."
        | :? IEnumerable as items ->
            let parts = [ for item in items -> flatten item ]

            match parts with
            | [] -> [ 0 ], []
            | (shape, _) :: _ ->
                match List.tryFindIndex (fun (other, _) -> other <> shape) parts with
                | Some i ->
                    Errors.shape
                        "tensor"
                        (say $"{Print.shape (fst parts[i])} as item {i}")
                        (say $"{Print.shape shape}, the shape of item 0")
                        "All rows must have the same length."
                | None -> parts.Length :: shape, List.collect snd parts
        | :? int
        | :? byte
        | :? float32
        | :? float -> [], [ value :?> IConvertible ]
        | null -> Errors.dtype "tensor" "null" "numbers" "Check where the value comes from."
        | other ->
            Errors.dtype
                "tensor"
                (other.GetType().Name)
                "Single, Double, Int32 or Byte, or arrays or sequences of them"
                "Convert the values first."

    let private nested value =
        let shape, numbers = flatten value
        let culture = CultureInfo.InvariantCulture
        let shape = List.toArray shape

        if not numbers.IsEmpty && numbers |> List.forall (fun n -> n :? int || n :? byte) then
            cpu shape [| for n in numbers -> n.ToInt32 culture |]
        elif numbers |> List.forall (fun n -> n :? float32) then
            cpu shape [| for n in numbers -> n.ToSingle culture |]
        else
            cpu shape [| for n in numbers -> n.ToDouble culture |]

    /// A copy of the values: a tensor never changes, whatever becomes of the array.
    let raw (value: obj) : RawTensor =
        match value with
        | :? Array as array when array.GetType().GetElementType().IsPrimitive ->
            let shape = Array.init array.Rank array.GetLength
            let flat = Array.CreateInstance(array.GetType().GetElementType(), array.Length)
            Buffer.BlockCopy(array, 0, flat, 0, Buffer.ByteLength array)
            cpu shape flat
        | _ -> nested value

/// <summary>Makes tensors, and takes derivatives of functions on them.</summary>
[<AbstractClass; Sealed>]
type dsharp private () =

    static member private Make(raw: RawTensor, device, dtype: Dtype) =
        Host.onCpu device
        C(raw.Cast(if isNull (box dtype) then Defaults.dtype else dtype))

    static member private Filled(value, shape: seq<int>, device, dtype) =
        let one: RawTensor = CpuTensor<float32>([||], [| 0f |])
        let one = one.Cast(if isNull (box dtype) then Defaults.dtype else dtype)
        dsharp.Make(one.Fill(value, Array.ofSeq shape), device, one.Dtype)

    // ---- making tensors -----------------------------------------------------------------------------------------

    /// <summary>A tensor of a number, of an array of any number of dimensions, or of nested sequences of numbers.</summary>
    /// <param name="value">The numbers; they are copied.</param>
    /// <param name="device">Where to put them.</param>
    /// <param name="dtype">The type of number; absent, whole numbers become Int32 and all others Float32.</param>
    /// <param name="backend">The engine; there is one.</param>
    /// <remarks>float (double) values become Float32 unless dtype says otherwise, as F#'s literals are doubles.</remarks>
    static member tensor
        (value: obj, [<Optional>] device: Device, [<Optional>] dtype: Dtype, [<Optional>] backend: Backend)
        : Tensor =
        ignore backend

        match value with
        | :? Tensor as t when isNull (box dtype) || dtype = t.dtype ->
            Host.onCpu device
            t.noDiff ()
        | _ ->
            let raw = FromHost.raw value
            dsharp.Make(raw, device, (if isNull (box dtype) && raw.Dtype = Dtype.Int32 then Dtype.Int32 else dtype))

    /// <summary>A tensor of zeros.</summary>
    static member zeros
        (shape: seq<int>, [<Optional>] device: Device, [<Optional>] dtype: Dtype, [<Optional>] backend: Backend)
        : Tensor =
        ignore backend
        dsharp.Filled(0.0, shape, device, dtype)

    /// <summary>A tensor of ones.</summary>
    static member ones
        (shape: seq<int>, [<Optional>] device: Device, [<Optional>] dtype: Dtype, [<Optional>] backend: Backend)
        : Tensor =
        ignore backend
        dsharp.Filled(1.0, shape, device, dtype)

    /// <summary>Standard normal numbers from the state that <c>dsharp.seed</c> sets. For reproducible programs take numbers from
    /// <c>Random</c>, whose state is explicit.</summary>
    static member randn
        (shape: seq<int>, [<Optional>] device: Device, [<Optional>] dtype: Dtype, [<Optional>] backend: Backend)
        : Tensor =
        ignore backend
        let shape = Array.ofSeq shape
        let count = Shape.count shape
        let first = Interlocked.Add(&Defaults.drawn, int64 count) - int64 count
        let key = Defaults.key
        let values = Array.init count (fun i -> Random.normal key (first + int64 i))
        dsharp.Make(CpuTensor<float>(shape, values), device, dtype)

    /// <summary>A matrix with ones on the diagonal.</summary>
    static member eye
        (
            rows: int,
            [<Optional>] cols: Nullable<int>,
            [<Optional>] device: Device,
            [<Optional>] dtype: Dtype,
            [<Optional>] backend: Backend
        ) : Tensor =
        ignore backend
        let cols = if cols.HasValue then cols.Value else rows
        Shape.count [| rows; cols |] |> ignore
        let values = Array2D.init rows cols (fun i j -> if i = j then 1f else 0f)
        dsharp.Make(FromHost.raw values, device, dtype)

    /// <summary>Tensors one after the other along a dimension.</summary>
    static member cat(tensors: seq<Tensor>, [<Optional; DefaultParameterValue(0)>] dim: int) : Tensor =
        Tensor.Concatenate(Array.ofSeq tensors, dim)

    // ---- state, for scripts -------------------------------------------------------------------------------------

    /// <summary>Starts <c>dsharp.randn</c> anew.</summary>
    static member seed(seed: int) : unit =
        Defaults.key <- Random.key seed
        Volatile.Write(&Defaults.drawn, 0L)

    /// <summary>Sets what is used when a tensor is made without saying so.</summary>
    static member config
        ([<Optional>] device: Device, [<Optional>] dtype: Dtype, [<Optional>] backend: Backend, [<Optional>] printer: Printer)
        : unit =
        ignore backend
        Host.onCpu device

        if not (isNull (box dtype)) then Defaults.dtype <- dtype

        if not (isNull (box printer)) then TensorText.printer <- printer

    // ---- derivatives --------------------------------------------------------------------------------------------

    /// <summary>Opens a new differentiation on this thread: <c>nestLevel</c> is its tag.</summary>
    static member nest() : unit = Nesting.Enter()

    /// <summary>The tag of this thread's newest differentiation; to be passed as <c>nestingTag</c>.</summary>
    static member nestLevel() : uint32 = Nesting.Current

    /// f(x) and, by reverse mode, the function from cotangents of f(x) to cotangents of x.
    static member private Recorded (f: Tensor -> Tensor) (x: Tensor) =
        let tag = Nesting.Draw()
        let input = x.reverseDiff (nestingTag = tag)
        let y = f input

        let back (cotangent: Tensor) =
            if y.Level <> int64 tag then
                x.zerosLike () // a function that does not use its input
            else
                match input with
                | R(_, node, _) ->
                    node.Derivative <- x.zerosLike ()
                    y.reverse (cotangent)
                    node.Derivative
                | _ -> x.zerosLike ()

        y.Below(int64 tag), back

    static member private Scalar operation (y: Tensor) = if y.dim <> 0 then Errors.scalarFunction operation y.Shape

    static member private Vector operation (x: Tensor) =
        if x.dim <> 1 then
            Errors.rank operation x.Shape "a vector, shape [n]" "Use view inside the function to give parameters other shapes."

    /// f(x) and the derivative of f along a tangent, by forward mode.
    static member private Pushed (f: Tensor -> Tensor) (x: Tensor) (tangent: Tensor) =
        let tag = Nesting.Draw()

        match f (x.forwardDiff (tangent, nestingTag = tag)) with
        | F(y, dy, t) when t = tag -> y, dy
        | y -> y, y.zerosLike ()

    /// <summary>The derivative of a function of one number: <c>f′(x)</c>.</summary>
    static member diff (f: Tensor -> Tensor) (x: Tensor) : Tensor =
        if x.dim <> 0 then
            Errors.rank "diff" x.Shape "a scalar, shape []" "Use grad or jacobian for a function of a vector."

        dsharp.Pushed f x (x.zerosLike () + 1.0) |> snd

    /// <summary>The gradient of a scalar function, of the shape of x.</summary>
    static member grad (f: Tensor -> Tensor) (x: Tensor) : Tensor =
        let y, back = dsharp.Recorded f x
        dsharp.Scalar "grad" y
        back (y.zerosLike () + 1.0)

    /// <summary>The derivative of a scalar function in the direction v: ∇f(x)·v.</summary>
    static member gradv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor =
        let y, dy = dsharp.Pushed f x v
        dsharp.Scalar "gradv" y
        dy

    /// <summary>The derivatives of a vector function of a vector: a row for each value of f.</summary>
    static member jacobian (f: Tensor -> Tensor) (x: Tensor) : Tensor =
        dsharp.Vector "jacobian, input" x
        let y, back = dsharp.Recorded f x
        dsharp.Vector "jacobian, value" y

        if y.nelement = 0 then
            x.zerosLike [ 0; x.nelement ]
        else
            dsharp.cat [ for i in 0 .. y.nelement - 1 -> (back (y.onehotLike (y.nelement, i))).unsqueeze 0 ]

    /// <summary>The Jacobian of f at x times v.</summary>
    static member jacobianv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor = dsharp.Pushed f x v |> snd

    /// <summary>The transposed Jacobian of f at x times v.</summary>
    static member jacobianTv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor =
        let y, back = dsharp.Recorded f x

        if v.Shape <> y.Shape then Errors.sameShape "jacobianTv" y.Shape v.Shape

        back v

    /// <summary>The second derivatives of a scalar function of a vector.</summary>
    static member hessian (f: Tensor -> Tensor) (x: Tensor) : Tensor =
        dsharp.Vector "hessian" x
        dsharp.jacobian (dsharp.grad f) x

    /// <summary>The Hessian of f at x times v, without forming the Hessian.</summary>
    static member hessianv (f: Tensor -> Tensor) (x: Tensor) (v: Tensor) : Tensor = dsharp.Pushed (dsharp.grad f) x v |> snd

    /// <summary>The gradient and the Hessian of a scalar function of a vector.</summary>
    static member gradhessian (f: Tensor -> Tensor) (x: Tensor) : Tensor * Tensor = dsharp.grad f x, dsharp.hessian f x

/// <summary>Derivatives of C# functions.</summary>
/// <example><code>Tensor slope = Differentiate.Gradient(t => (t * t).sum(), dsharp.tensor(new[] { 1.0, 2.0 }));</code></example>
[<AbstractClass; Sealed>]
type Differentiate private () =

    /// <summary>The gradient of a scalar function, of the shape of x.</summary>
    static member Gradient(f: Func<Tensor, Tensor>, x: Tensor) : Tensor = dsharp.grad f.Invoke x

    /// <summary>The derivatives of a vector function of a vector: a row for each value of f.</summary>
    static member Jacobian(f: Func<Tensor, Tensor>, x: Tensor) : Tensor = dsharp.jacobian f.Invoke x

    /// <summary>The second derivatives of a scalar function of a vector.</summary>
    static member Hessian(f: Func<Tensor, Tensor>, x: Tensor) : Tensor = dsharp.hessian f.Invoke x

    /// <summary>The derivative of a function along a direction v: the Jacobian times v.</summary>
    static member Along(f: Func<Tensor, Tensor>, x: Tensor, v: Tensor) : Tensor = dsharp.jacobianv f.Invoke x v

    /// <summary>The transposed Jacobian times v.</summary>
    static member Back(f: Func<Tensor, Tensor>, x: Tensor, v: Tensor) : Tensor = dsharp.jacobianTv f.Invoke x v

    /// <summary>The Hessian of a scalar function times v, without forming the Hessian.</summary>
    static member HessianAlong(f: Func<Tensor, Tensor>, x: Tensor, v: Tensor) : Tensor = dsharp.hessianv f.Invoke x v
