// Differentiable tensors.
//
//   forward   (x, ẋ)  ↦  (f(x), f′(x)·ẋ)          the tangent travels with the value
//   reverse   ȳ ↦ x̄ = f′(x)ᵀ·ȳ                    each result remembers how to send its cotangent to its parents
//
// A derivative rule is written with tensors, so it can itself be differentiated: nesting (Hessians, reverse over reverse)
// needs no further code. Every differentiation has a tag of its own; where tensors of different tags meet, the highest
// is the innermost differentiation, and all others are constants to it. That is what keeps perturbations apart.

namespace LinearNets.Tensors

open System
open System.Collections.Generic
open System.Globalization
open System.Runtime.InteropServices
open System.Threading
open LinearNets
open LinearNets.Kernels

/// <summary>A number: any of .NET's.</summary>
type scalar = IConvertible

/// Tags of nested differentiations, drawn for the whole process, so that many may run at once. They begin anew after 2³²
/// draws; only a differentiation that lasts so long would notice.
[<AbstractClass; Sealed>]
type internal Nesting private () =
    static let mutable last = 0

    [<ThreadStatic; DefaultValue>]
    static val mutable private current: uint32

    static member Draw() = uint32 (Interlocked.Increment(&last))
    /// Draws a tag and makes it the one that this thread's `reverseDiff` and `forwardDiff` use when none is given.
    static member Enter() = Nesting.current <- Nesting.Draw()
    static member Current = Nesting.current

/// <summary>An immutable array of numbers in up to any number of dimensions that can be differentiated.</summary>
/// <remarks>
/// Shapes never stretch silently: in an operation on two tensors one shape must expand to the other. Types of number never
/// mix silently: use <c>cast</c>. Values follow IEEE 754, so an operation may give an infinity or NaN.
/// </remarks>
[<CustomEquality; NoComparison; StructuredFormatDisplay("{Text}")>]
type Tensor =
    internal
    | C of RawTensor
    | F of primal: Tensor * tangent: Tensor * tag: uint32
    | R of primal: Tensor * node: Node * tag: uint32

    // ---- what a tensor is ---------------------------------------------------------------------------------------

    member internal t.Raw =
        match t with
        | C raw -> raw
        | F(p, _, _)
        | R(p, _, _) -> p.Raw

    /// The tag of the innermost differentiation this tensor takes part in; −1 for a constant.
    member internal t.Level =
        match t with
        | C _ -> -1L
        | F(_, _, tag)
        | R(_, _, tag) -> int64 tag

    /// This tensor as the differentiation of a level sees its value: without the wrapper of that level.
    member internal t.Below level = if t.Level = level then t.primal else t

    member internal t.Shape = t.Raw.Shape

    /// <summary>The sizes, by dimension.</summary>
    member t.shape = Array.copy t.Shape

    /// <summary>The number of dimensions.</summary>
    member t.dim = t.Shape.Length

    /// <summary>The number of values.</summary>
    member t.nelement = t.Raw.Count

    /// <summary>The type of number.</summary>
    member t.dtype = t.Raw.Dtype

    /// <summary>Where the values are.</summary>
    member t.device = t.Raw.Device

    // ---- how operations are differentiated ----------------------------------------------------------------------

    /// f element by element; `slope x y` is f′(x), given x and y = f(x). One derivative serves both modes.
    static member internal Elementwise(x: Tensor, f: RawTensor -> RawTensor, slope: Tensor -> Tensor -> Tensor) =
        match x with
        | C raw -> C(f raw)
        | F(p, tangent, tag) ->
            let y = Tensor.Elementwise(p, f, slope)
            F(y, tangent * slope p y, tag)
        | R(p, node, tag) ->
            let y = Tensor.Elementwise(p, f, slope)
            R(y, Node([| node |], (fun g -> [| g * slope p y |])), tag)

    /// A linear map: a tangent goes the same way as the value, a cotangent goes back by the adjoint.
    static member internal Linear(x: Tensor, f: RawTensor -> RawTensor, map: Tensor -> Tensor, adjoint: Tensor -> Tensor) =
        match x with
        | C raw -> C(f raw)
        | F(p, tangent, tag) -> F(Tensor.Linear(p, f, map, adjoint), map tangent, tag)
        | R(p, node, tag) -> R(Tensor.Linear(p, f, map, adjoint), Node([| node |], (fun g -> [| adjoint g |])), tag)

    /// An operation on two tensors, with its rules for either side: `push` sends a tangent on, `pull` a cotangent back.
    static member internal Binary
        (a: Tensor, b: Tensor, f: RawTensor -> RawTensor -> RawTensor, pushA: Rule, pushB: Rule, pullA: Rule, pullB: Rule)
        =
        let level = max a.Level b.Level

        if level < 0L then
            C(f a.Raw b.Raw)
        else
            let p, q = a.Below level, b.Below level
            let y = Tensor.Binary(p, q, f, pushA, pushB, pullA, pullB)
            let tag = uint32 level

            match a, b with
            | F(_, da, s), F(_, db, t) when s = t -> F(y, pushA.Invoke(p, q, y, da) + pushB.Invoke(p, q, y, db), tag)
            | R(_, m, s), R(_, n, t) when s = t ->
                R(y, Node([| m; n |], (fun g -> [| pullA.Invoke(p, q, y, g); pullB.Invoke(p, q, y, g) |])), tag)
            | F(_, _, s), R(_, _, t)
            | R(_, _, s), F(_, _, t) when s = t -> Errors.mixedModes ()
            | F(_, da, s), _ when s = tag -> F(y, pushA.Invoke(p, q, y, da), tag)
            | R(_, m, s), _ when s = tag -> R(y, Node([| m |], (fun g -> [| pullA.Invoke(p, q, y, g) |])), tag)
            | _, F(_, db, _) -> F(y, pushB.Invoke(p, q, y, db), tag)
            | _, R(_, n, _) -> R(y, Node([| n |], (fun g -> [| pullB.Invoke(p, q, y, g) |])), tag)
            | C _, C _
            | (F _ | R _), C _ -> Errors.notDifferentiable "an operation on two constants"

    static member private Arithmetic(name, op, a: Tensor, b: Tensor, pushA, pushB, pullA, pullB) =
        Tensor.CheckTogether(name, a, b)
        let shape = Shape.broadcast name a.Shape b.Shape
        Tensor.Binary(a, b, (fun x y -> x.Binary(op, y, shape)), pushA, pushB, pullA, pullB)

    static member private CheckTogether(operation, a: Tensor, b: Tensor) =
        if a.dtype <> b.dtype then Errors.mixedDtypes operation a.dtype b.dtype

    static member private CheckFloating(operation, t: Tensor) =
        if t.dtype = Dtype.Int32 then Errors.dtype operation "Int32" "Float32 or Float64" "Use cast."

    static member private Number(operation, t: Tensor, value: scalar) =
        if value :? string then Errors.dtype operation "a string" "a number" "Parse the text first."
        let value = value.ToDouble CultureInfo.InvariantCulture

        if
            t.dtype = Dtype.Int32
            && (value <> Math.Floor value || value < float Int32.MinValue || value > float Int32.MaxValue)
        then
            Errors.wholeNumber operation value

        value

    /// Sums over the dimensions in which a shape was expanded: the adjoint of expand.
    member internal t.sumTo(shape: int[]) : Tensor =
        if t.Shape.AsSpan().SequenceEqual(shape.AsSpan()) then
            t
        elif shape.Length = 0 then
            t.sum ()
        else
            let extra = t.dim - shape.Length
            let mutable sum = t

            for _ in 1..extra do
                sum <- sum.sum 0

            for dim in 0 .. shape.Length - 1 do
                if sum.Shape[dim] <> shape[dim] then sum <- sum.sum (dim, keepDim = true)

            sum

    // ---- arithmetic ---------------------------------------------------------------------------------------------

    /// <summary>Adds element by element; one shape must expand to the other.</summary>
    static member (+)(a: Tensor, b: Tensor) : Tensor =
        Tensor.Arithmetic("+", BinaryOp.Add, a, b, Rules.expand, Rules.expand, Rules.toFirst, Rules.toSecond)

    /// <summary>Adds a number to every element.</summary>
    static member (+)(a: Tensor, b: scalar) : Tensor =
        let b = Tensor.Number("+", a, b)
        Tensor.Linear(a, (fun x -> x.Affine(1.0, b)), id, id)

    /// <summary>Adds a number to every element.</summary>
    static member (+)(a: scalar, b: Tensor) : Tensor = b + a

    /// <summary>Subtracts element by element; one shape must expand to the other.</summary>
    static member (-)(a: Tensor, b: Tensor) : Tensor =
        Tensor.Arithmetic("-", BinaryOp.Subtract, a, b, Rules.expand, Rules.expandNegated, Rules.toFirst, Rules.toSecondNegated)

    /// <summary>Subtracts a number from every element.</summary>
    static member (-)(a: Tensor, b: scalar) : Tensor =
        let b = Tensor.Number("-", a, b)
        Tensor.Linear(a, (fun x -> x.Affine(1.0, -b)), id, id)

    /// <summary>Subtracts every element from a number.</summary>
    static member (-)(a: scalar, b: Tensor) : Tensor =
        let a = Tensor.Number("-", b, a)
        Tensor.Linear(b, (fun x -> x.Affine(-1.0, a)), (~-), (~-))

    /// <summary>Multiplies element by element; one shape must expand to the other.</summary>
    static member (*)(a: Tensor, b: Tensor) : Tensor =
        Tensor.Arithmetic(
            "*",
            BinaryOp.Multiply,
            a,
            b,
            Rules.timesSecond,
            Rules.timesFirst,
            Rules.timesSecondToFirst,
            Rules.timesFirstToSecond
        )

    /// <summary>Multiplies every element by a number.</summary>
    static member (*)(a: Tensor, b: scalar) : Tensor =
        let factor = Tensor.Number("*", a, b)
        let times (t: Tensor) = t * b
        Tensor.Linear(a, (fun x -> x.Affine(factor, 0.0)), times, times)

    /// <summary>Multiplies every element by a number.</summary>
    static member (*)(a: scalar, b: Tensor) : Tensor = b * a

    /// <summary>Divides element by element; one shape must expand to the other.</summary>
    static member (/)(a: Tensor, b: Tensor) : Tensor =
        Tensor.CheckFloating("/", a)

        Tensor.Arithmetic(
            "/",
            BinaryOp.Divide,
            a,
            b,
            Rules.overSecond,
            Rules.quotientTimes,
            Rules.overSecondToFirst,
            Rules.quotientToSecond
        )

    /// <summary>Divides every element by a number.</summary>
    static member (/)(a: Tensor, b: scalar) : Tensor =
        Tensor.CheckFloating("/", a)
        let divisor = Tensor.Number("/", a, b)
        let over (t: Tensor) = t / b
        Tensor.Linear(a, (fun x -> x.Divide divisor), over, over)

    /// <summary>Divides a number by every element.</summary>
    static member (/)(a: scalar, b: Tensor) : Tensor = C(b.Raw.Fill(Tensor.Number("/", b, a), [||])) / b

    /// <summary>The negative of every element.</summary>
    static member (~-)(a: Tensor) : Tensor = Tensor.Linear(a, (fun x -> x.Affine(-1.0, 0.0)), (~-), (~-))

    /// <summary>The value of a tensor of one element.</summary>
    static member op_Explicit(t: Tensor) : float = Tensor.OnlyValue<float> t

    /// <summary>The value of a tensor of one element.</summary>
    static member op_Explicit(t: Tensor) : float32 = Tensor.OnlyValue<float32> t

    /// <summary>The value of a tensor of one element, without its fraction; NaN or too large a value is an error.</summary>
    static member op_Explicit(t: Tensor) : int = Tensor.OnlyValue<int> t

    static member private OnlyValue<'T>(t: Tensor) : 'T =
        if t.nelement <> 1 then
            Errors.rank "a tensor as a number" t.Shape "one element" "Use sum, mean or an index to choose one."

        let values: 'T[] = t.ToArray()
        values[0]

    // ---- functions of every element -----------------------------------------------------------------------------

    static member private Function(operation, op: UnaryOp, t: Tensor, slope) =
        Tensor.CheckFloating(operation, t)
        Tensor.Elementwise(t, (fun x -> x.Unary op), slope)

    /// <summary>eˣ of every element.</summary>
    member t.exp() = Tensor.Function("exp", UnaryOp.Exp, t, fun _ y -> y)

    /// <summary>The natural logarithm of every element.</summary>
    member t.log() = Tensor.Function("log", UnaryOp.Log, t, fun x _ -> 1.0 / x)

    /// <summary>The square root of every element.</summary>
    member t.sqrt() = Tensor.Function("sqrt", UnaryOp.Sqrt, t, fun _ y -> 0.5 / y)

    /// <summary>The absolute value of every element; its derivative at 0 is 0.</summary>
    member t.abs() = Tensor.Elementwise(t, (fun x -> x.Unary UnaryOp.Abs), fun x _ -> x.sign ())

    /// <summary>−1, 0 or 1; its derivative is 0.</summary>
    member t.sign() = Tensor.Elementwise(t, (fun x -> x.Unary UnaryOp.Sign), fun x _ -> x.zerosLike ())

    /// <summary>ln(1 + eˣ), without overflow.</summary>
    member t.softplus() = Tensor.Function("softplus", UnaryOp.Softplus, t, fun x _ -> x.sigmoid ())

    /// <summary>1/(1 + e⁻ˣ).</summary>
    member t.sigmoid() = Tensor.Function("sigmoid", UnaryOp.Sigmoid, t, fun _ y -> y * (1.0 - y))

    /// <summary>max(x, 0); its derivative at 0 is 0.</summary>
    member t.relu() = Tensor.Elementwise(t, (fun x -> x.Unary UnaryOp.Relu), fun _ y -> y.sign ())

    /// <summary>The hyperbolic tangent of every element.</summary>
    member t.tanh() = Tensor.Function("tanh", UnaryOp.Tanh, t, fun _ y -> 1.0 - y * y)

    /// <summary>The nearest value within the bounds; its derivative is 1 within them, bounds included, and 0 outside.</summary>
    member t.clamp([<Optional>] low: scalar, [<Optional>] high: scalar) : Tensor =
        let low = if isNull low then Double.NegativeInfinity else Tensor.Number("clamp", t, low)
        let high = if isNull high then Double.PositiveInfinity else Tensor.Number("clamp", t, high)
        Tensor.CheckFloating("clamp", t)
        if not (low <= high) then
            Errors.settings
                [ say $"The interval of clamp is {low} to {high}; expected a low bound that is not above the high one." ]

        Tensor.Elementwise(t, (fun x -> x.Clamp(low, high)), fun x _ -> C(x.Raw.Between(low, high)))

    // ---- sums and maxima ----------------------------------------------------------------------------------------

    /// <summary>The sum of all elements, pairwise in a fixed order.</summary>
    /// <param name="dtype">Casts first, to sum in a wider type.</param>
    member t.sum([<Optional>] dtype: Dtype) : Tensor =
        let t = if isNull (box dtype) then t else t.cast dtype
        let shape = t.Shape
        Tensor.Linear(t, (fun x -> x.Sum()), (fun tangent -> tangent.sum ()), (fun g -> g.expand shape))

    /// <summary>Sums over one dimension, pairwise in a fixed order.</summary>
    /// <param name="dim">The dimension, counted from 0.</param>
    /// <param name="keepDim">Whether the dimension stays, with size 1.</param>
    /// <param name="dtype">Casts first, to sum in a wider type.</param>
    member t.sum(dim: int, [<Optional; DefaultParameterValue(false)>] keepDim: bool, [<Optional>] dtype: Dtype) : Tensor =
        Shape.check "sum" dim t.Shape
        let t = if isNull (box dtype) then t else t.cast dtype
        let shape = t.Shape
        let kept = Shape.withSize dim 1 shape

        let sum =
            Tensor.Linear(t, (fun x -> x.SumDim dim), (fun tangent -> tangent.sum dim), (fun g -> g.view(kept).expand shape))

        if keepDim then sum.view kept else sum

    /// <summary>The mean of all elements.</summary>
    member t.mean() : Tensor =
        if t.nelement = 0 then Errors.empty "mean"

        t.sum () / t.nelement

    member private t.Largest(operation, dim) =
        Shape.check operation dim t.Shape
        if t.Shape[dim] = 0 then Errors.empty operation
        C(t.Raw.MaxIndex dim)

    /// <summary>The place of the largest element along a dimension, the first of equals, as Int32; NaN counts as largest.</summary>
    member t.argmax(dim: int, [<Optional; DefaultParameterValue(false)>] keepDim: bool) : Tensor =
        let place = t.Largest("argmax", dim)
        if keepDim then place.unsqueeze dim else place

    /// <summary>The largest element along a dimension.</summary>
    member t.max(dim: int, [<Optional; DefaultParameterValue(false)>] keepDim: bool) : Tensor =
        let largest = t.gather (dim, t.Largest("max", dim).unsqueeze dim)
        if keepDim then largest else largest.view (Shape.without dim t.Shape)

    /// <summary>The largest element; NaN if there is one.</summary>
    member t.max() : Tensor = t.view([| t.nelement |]).max(0)

    // ---- shapes -------------------------------------------------------------------------------------------------

    /// <summary>Repeats sizes of 1, and adds dimensions on the left, up to a shape.</summary>
    member t.expand(newShape: seq<int>) : Tensor =
        let target = Array.ofSeq newShape
        let shape = t.Shape

        if shape.AsSpan().SequenceEqual(target.AsSpan()) then
            t
        else
            if not (Shape.expandsTo target shape) then
                Errors.shape
                    "expand"
                    (Print.shape shape)
                    (say $"a shape that expands to {Print.shape target}")
                    "Only sizes of 1 are repeated; new dimensions are added on the left."

            Tensor.Linear(t, (fun x -> x.Expand target), (fun tangent -> tangent.expand target), (fun g -> g.sumTo shape))

    /// <summary>The same elements under another shape; one size may be −1 and is then worked out.</summary>
    member t.view(shape: seq<int>) : Tensor =
        let wanted = Array.ofSeq shape
        let own = t.Shape

        let target =
            match Array.tryFindIndex ((=) -1) wanted with
            | Some unknown ->
                let known = Shape.count (Array.removeAt unknown wanted)
                Array.updateAt unknown (if known = 0 then 0 else t.nelement / known) wanted
            | None -> wanted

        if Array.contains -1 target || Shape.count target <> t.nelement then
            Errors.shape
                "view"
                (Print.shape own)
                (say $"a shape with as many elements as {Print.shape wanted}")
                "A view keeps every element."

        if own.AsSpan().SequenceEqual(target.AsSpan()) then
            t
        else
            Tensor.Linear(t, (fun x -> x.Reshape target), (fun tangent -> tangent.view target), (fun g -> g.view own))

    /// <summary>Without its dimensions of size 1.</summary>
    member t.squeeze() : Tensor = t.view (Array.filter ((<>) 1) t.Shape)

    /// <summary>Without a dimension, if its size is 1.</summary>
    member t.squeeze(dim: int) : Tensor =
        Shape.check "squeeze" dim t.Shape
        if t.Shape[dim] = 1 then t.view (Shape.without dim t.Shape) else t

    /// <summary>With a new dimension of size 1.</summary>
    member t.unsqueeze(dim: int) : Tensor =
        if dim < 0 || dim > t.dim then Errors.dimension "unsqueeze" dim (Array.append t.Shape [| 1 |])

        t.view (Array.insertAt dim 1 t.Shape)

    /// <summary>The rows as columns.</summary>
    member t.transpose() : Tensor =
        if t.dim <> 2 then
            Errors.rank "transpose" t.Shape "a matrix, shape [rows; columns]" "Use view to make it one."

        let transpose (x: Tensor) = x.transpose ()
        Tensor.Linear(t, (fun x -> x.Transpose()), transpose, transpose)

    member internal t.slice(start: int[], size: int[]) : Tensor =
        let shape = t.Shape

        Tensor.Linear(
            t,
            (fun x -> x.Slice(start, size)),
            (fun tangent -> tangent.slice (start, size)),
            (fun g -> g.unslice (start, shape))
        )

    member internal t.unslice(start: int[], shape: int[]) : Tensor =
        let size = t.Shape

        Tensor.Linear(
            t,
            (fun x -> x.Unslice(start, shape)),
            (fun tangent -> tangent.unslice (start, shape)),
            (fun g -> g.slice (start, size))
        )

    /// Bounds of leading dimensions, the last included; absent ones reach to the edge.
    member private t.Bounded(bounds: struct (int option * int option)[]) : Tensor =
        if bounds.Length > t.dim then
            Errors.rank "slice" t.Shape (say $"a tensor of at least {bounds.Length} dimensions") "Give fewer bounds."

        let start = Array.zeroCreate t.dim
        let size = t.shape

        bounds
        |> Array.iteri (fun dim (struct (first, last)) ->
            let first, last = defaultArg first 0, defaultArg last (size[dim] - 1)
            let whole = first = 0 && last = size[dim] - 1

            if not whole && (first < 0 || last >= size[dim] || first > last) then
                Errors.slice dim first last size[dim] t.Shape

            start[dim] <- first
            size[dim] <- last - first + 1)

        t.slice (start, size)

    /// <summary>The elements from one place to another, both included, along the first dimension: <c>t.[i..j]</c>.</summary>
    member t.GetSlice(first: int option, last: int option) : Tensor = t.Bounded [| struct (first, last) |]

    /// <summary>A block of rows and columns: <c>t.[i..j, k..l]</c>.</summary>
    member t.GetSlice(first0: int option, last0: int option, first1: int option, last1: int option) : Tensor =
        t.Bounded [| struct (first0, last0); struct (first1, last1) |]

    /// <summary>A part of one row: <c>t.[i, k..l]</c>.</summary>
    member t.GetSlice(index0: int, first1: int option, last1: int option) : Tensor =
        let part = t.Bounded [| struct (Some index0, Some index0); struct (first1, last1) |]
        part.squeeze 0

    /// <summary>A part of one column: <c>t.[i..j, k]</c>.</summary>
    member t.GetSlice(first0: int option, last0: int option, index1: int) : Tensor =
        let part = t.Bounded [| struct (first0, last0); struct (Some index1, Some index1) |]
        part.squeeze 1

    /// <summary>The element, row or block at a place of the first dimension, which disappears.</summary>
    member t.Item
        with get (index: int): Tensor =
            if t.dim = 0 then Errors.rank "index" t.Shape "a tensor of at least 1 dimension" "A scalar has no parts."
            if index < 0 || index >= t.Shape[0] then Errors.index0 0 index t.Shape[0] t.Shape
            let part = t.Bounded [| struct (Some index, Some index) |]
            part.squeeze 0

    /// <summary>The element at a row and a column.</summary>
    member t.Item
        with get (row: int, column: int): Tensor = t[row][column]

    /// <summary>For C#: the elements of a range of the first dimension, its end excluded: <c>t[1..3]</c>, <c>t[^2..]</c>.</summary>
    member t.Item
        with get (range: Range): Tensor =
            if t.dim = 0 then Errors.rank "index" t.Shape "a tensor of at least 1 dimension" "A scalar has no parts."
            let first, last = range.Start.GetOffset t.Shape[0], range.End.GetOffset t.Shape[0] - 1
            t.Bounded [| struct (Some first, Some last) |]

    // ---- gathering ----------------------------------------------------------------------------------------------

    static member private CheckIndices(operation, dim, t: Tensor, indices: Tensor) =
        Shape.check operation dim t.Shape

        if indices.dtype <> Dtype.Int32 then
            Errors.dtype operation (say $"{indices.dtype} indices") "Int32 indices" "Use cast."

        if indices.dim <> t.dim || Shape.without dim indices.Shape <> Shape.without dim t.Shape then
            Errors.shape
                operation
                (say $"indices {Print.shape indices.Shape} for {Print.shape t.Shape}")
                (say $"indices of the same sizes in every dimension but {dim}")
                "Use view or expand on the indices."

    /// <summary>Along a dimension, the elements at the given places, each place at most once: y[i, j] = t[i, indices[i, j]] for dimension 1.</summary>
    member t.gather(dim: int, indices: Tensor) : Tensor =
        Tensor.CheckIndices("gather", dim, t, indices)
        let shape, places = t.Shape, indices.Raw

        Tensor.Linear(
            t,
            (fun x -> x.Gather(dim, places)),
            (fun tangent -> tangent.gather (dim, indices)),
            (fun g -> g.scatter (dim, indices, shape))
        )

    /// <summary>The adjoint of gather: puts each element at its place along a dimension of a tensor of zeros.</summary>
    member t.scatter(dim: int, indices: Tensor, destinationShape: seq<int>) : Tensor =
        let target = Array.ofSeq destinationShape
        Tensor.CheckIndices("scatter", dim, t, indices)

        if indices.Shape[dim] <> t.Shape[dim] then Errors.sameShape "scatter" t.Shape indices.Shape

        if target.Length <> t.dim || Shape.without dim target <> Shape.without dim t.Shape then
            Errors.shape
                "scatter"
                (Print.shape target)
                (say $"the sizes of {Print.shape t.Shape} in every dimension but {dim}")
                "Give the shape of the result."

        let places = indices.Raw

        Tensor.Linear(
            t,
            (fun x -> x.Scatter(dim, places, target)),
            (fun tangent -> tangent.scatter (dim, indices, target)),
            (fun g -> g.gather (dim, indices))
        )

    /// <summary>1 where two tensors of one shape are equal, 0 elsewhere, as Int32.</summary>
    member t.eq(b: Tensor) : Tensor =
        Tensor.CheckTogether("eq", t, b)

        if t.Shape <> b.Shape then Errors.sameShape "eq" t.Shape b.Shape

        C(t.Raw.Equal b.Raw)

    /// Tensors of equal shapes but for one dimension, one after the other along it.
    static member internal Concatenate(tensors: Tensor[], dim: int) : Tensor =
        if tensors.Length = 0 then Errors.noTensors "cat"

        let first = tensors[0]
        Shape.check "cat" dim first.Shape

        for t in tensors do
            Tensor.CheckTogether("cat", first, t)

            if t.dim <> first.dim || Shape.without dim t.Shape <> Shape.without dim first.Shape then
                Errors.shape
                    "cat"
                    (say $"{Print.shape first.Shape} and {Print.shape t.Shape}")
                    (say $"equal sizes in every dimension but {dim}")
                    "Use view to make them so."

        let level = tensors |> Array.map _.Level |> Array.max

        if level < 0L then
            C(first.Raw.Cat(tensors[1..] |> Array.map _.Raw, dim))
        else
            let y = Tensor.Concatenate(tensors |> Array.map _.Below(level), dim)
            let sizes = tensors |> Array.map _.Shape
            let starts = sizes |> Array.scan (fun start size -> start + size[dim]) 0

            let here =
                [| for i in 0 .. tensors.Length - 1 do
                       if tensors[i].Level = level then i |]

            let tangents =
                tensors
                |> Array.choose (fun t ->
                    match t with
                    | F(_, tangent, tag) when int64 tag = level -> Some tangent
                    | R _ when t.Level = level -> None
                    | _ -> Some(t.zerosLike ()))

            let nodes =
                here
                |> Array.choose (fun i ->
                    match tensors[i] with
                    | R(_, node, _) -> Some node
                    | _ -> None)

            if nodes.Length = 0 then
                F(y, Tensor.Concatenate(tangents, dim), uint32 level)
            elif nodes.Length < here.Length then
                Errors.mixedModes ()
            else
                let part (g: Tensor) i = g.slice (Array.init g.dim (fun d -> if d = dim then starts[i] else 0), sizes[i])

                R(y, Node(nodes, (fun g -> Array.map (part g) here)), uint32 level)

    // ---- linear algebra -----------------------------------------------------------------------------------------

    /// <summary>The matrix product. A transposed factor is used as it lies; it is not copied.</summary>
    member a.matmul(b: Tensor) : Tensor =
        Tensor.CheckTogether("matmul", a, b)
        Tensor.CheckFloating("matmul", a)

        if a.dim <> 2 || b.dim <> 2 || a.Shape[1] <> b.Shape[0] then
            Errors.shape
                "matmul"
                (say $"{Print.shape a.Shape} times {Print.shape b.Shape}")
                "[n; k] times [k; m]"
                "The columns of the first must be as many as the rows of the second; use view, unsqueeze or transpose."

        Tensor.Binary(
            a,
            b,
            (fun x y -> x.MatMul y),
            Rules.tangentBySecond,
            Rules.firstByTangent,
            Rules.cotangentBySecond,
            Rules.firstByCotangent
        )

    /// <summary>The sum of the products of two vectors.</summary>
    member a.dot(b: Tensor) : Tensor =
        if a.dim <> 1 || b.dim <> 1 || a.Shape[0] <> b.Shape[0] then
            Errors.shape
                "dot"
                (say $"{Print.shape a.Shape} and {Print.shape b.Shape}")
                "two vectors of one length"
                "Use view to make them vectors."

        (a * b).sum()

    /// <summary>x with a·x = b, for a square matrix a and a vector or matrix b; a singular matrix is an error.</summary>
    member a.solve(b: Tensor) : Tensor =
        Tensor.CheckTogether("solve", a, b)
        Tensor.CheckFloating("solve", a)

        if a.dim <> 2 || a.Shape[0] <> a.Shape[1] || b.dim < 1 || b.dim > 2 || b.Shape[0] <> a.Shape[0] then
            Errors.shape
                "solve"
                (say $"{Print.shape a.Shape} and {Print.shape b.Shape}")
                "[n; n] and [n] or [n; m]"
                "For more equations than unknowns use least squares."

        if b.dim = 1 then
            a.solve(b.unsqueeze 1).squeeze 1
        else
            Tensor.Binary(
                a,
                b,
                (fun x y -> x.Solve y),
                Rules.solvePushMatrix,
                Rules.solvePushRight,
                Rules.solvePullMatrix,
                Rules.solvePullRight
            )

    // ---- types of number, and tensors like this one -------------------------------------------------------------

    /// <summary>The same values as another type of number. Whole numbers carry no derivative.</summary>
    member t.cast(dtype: Dtype) : Tensor =
        let own = t.dtype

        if dtype = own then
            t
        elif dtype = Dtype.Int32 then
            C(t.Raw.Cast dtype)
        else
            Tensor.Linear(t, (fun x -> x.Cast dtype), (fun tangent -> tangent.cast dtype), (fun g -> g.cast own))

    /// <summary>Zeros, with this tensor's shape, type of number and device unless others are given.</summary>
    member t.zerosLike
        ([<Optional>] shape: seq<int>, [<Optional>] device: Device, [<Optional>] dtype: Dtype, [<Optional>] backend: Backend)
        : Tensor =
        Host.onCpu device
        ignore backend
        let raw = t.Raw
        let zeros = raw.Fill(0.0, (if isNull shape then raw.Shape else Array.ofSeq shape))
        C(if isNull (box dtype) then zeros else zeros.Cast dtype)

    /// <summary>A vector of zeros with a 1 at one place.</summary>
    member t.onehotLike(length: int, hot: int) : Tensor =
        if hot < 0 || hot >= length then Errors.index "onehotLike" 0 hot length

        C(t.Raw.Fill(1.0, [| 1 |]).Unslice([| hot |], [| length |]))

    // ---- differentiation ----------------------------------------------------------------------------------------

    /// <summary>The value, one differentiation outwards.</summary>
    member t.primal =
        match t with
        | C _ -> t
        | F(p, _, _)
        | R(p, _, _) -> p

    /// <summary>The value as a constant: no differentiation sees through it.</summary>
    member t.noDiff() : Tensor =
        match t with
        | C _ -> t
        | _ -> C t.Raw

    /// <summary>The tangent of a forward derivative, or what <c>reverse</c> has left at an input.</summary>
    /// <exception cref="T:LinearNets.DerivativeException">There is none: nothing was differentiated, or no result used this input.</exception>
    member t.derivative: Tensor =
        match t with
        | F(_, tangent, _) -> tangent
        | R(_, node, _) when not (isNull (box node.Derivative)) -> node.Derivative
        | _ -> Errors.noDerivative ()

    static member private TagFor(operation, t: Tensor, tag: Nullable<uint32>) =
        if t.dtype = Dtype.Int32 then Errors.integerDerivative operation t.dtype
        let tag = if tag.HasValue then tag.Value else Nesting.Current
        // An inner differentiation with the older tag would be taken for the outer one, and its derivative be wrong.
        if int64 tag <= t.Level then Errors.staleTag tag
        tag

    /// <summary>This value as an input of a forward differentiation in the direction of a tangent.</summary>
    /// <param name="derivative">The direction: a tensor of the same shape.</param>
    /// <param name="nestingTag">Which differentiation; the thread's current one if absent.</param>
    member t.forwardDiff(derivative: Tensor, [<Optional>] nestingTag: Nullable<uint32>) : Tensor =
        Tensor.CheckTogether("forwardDiff", t, derivative)

        if derivative.Shape <> t.Shape then Errors.sameShape "forwardDiff" t.Shape derivative.Shape
        let tag = Tensor.TagFor("forwardDiff", t, nestingTag)
        if int64 tag <= derivative.Level then Errors.staleTag tag
        F(t, derivative, tag)

    /// <summary>This value as an input of a reverse differentiation.</summary>
    /// <param name="derivative">A first value of the derivative, to which <c>reverse(zeroDerivatives = false)</c> adds.</param>
    /// <param name="nestingTag">Which differentiation; the thread's current one if absent.</param>
    member t.reverseDiff([<Optional>] derivative: Tensor, [<Optional>] nestingTag: Nullable<uint32>) : Tensor =
        let node = Node([||], Unchecked.defaultof<_>)
        node.Derivative <- derivative
        R(t, node, Tensor.TagFor("reverseDiff", t, nestingTag))

    /// <summary>Sends the derivative of this result back to the inputs it was computed from.</summary>
    /// <param name="value">The cotangent of this result; absent, 1 for a scalar.</param>
    /// <param name="zeroDerivatives">Whether the inputs forget earlier derivatives; otherwise they add up.</param>
    member t.reverse([<Optional>] value: Tensor, [<Optional; DefaultParameterValue(true)>] zeroDerivatives: bool) : unit =
        match t with
        | R(p, node, _) ->
            let cotangent =
                if not (isNull (box value)) then
                    Tensor.CheckTogether("reverse", t, value)

                    if value.Shape <> t.Shape then Errors.sameShape "reverse" t.Shape value.Shape

                    value
                elif t.nelement = 1 then
                    C(p.Raw.Fill(1.0, t.Shape))
                else
                    Errors.scalarFunction "reverse" t.Shape

            node.SendBack(cotangent, zeroDerivatives)
        | _ -> Errors.notDifferentiable "reverse"

    // ---- reading and printing -----------------------------------------------------------------------------------

    member private t.ToArray<'T>() : 'T[] = t.Raw.Cast(Host.dtypeOf typeof<'T>).ToHost() :?> 'T[]

    /// <summary>The elements of a vector, as float32, float or int.</summary>
    member t.toArray1D<'T>() : 'T[] =
        if t.dim <> 1 then Errors.rank "toArray1D" t.Shape "a vector, shape [n]" "Use view to make it one."

        t.ToArray<'T>()

    /// <summary>The elements of a matrix, as float32, float or int.</summary>
    member t.toArray2D<'T>() : 'T[,] =
        if t.dim <> 2 then Errors.rank "toArray2D" t.Shape "a matrix, shape [n; d]" "Use view to make it one."

        let values = t.ToArray<'T>()
        Array2D.init t.Shape[0] t.Shape[1] (fun i j -> values[i * t.Shape[1] + j])

    /// The form FSI prints.
    member private t.Text = t.ToString()

    /// <summary>Shape, type of number and values; the middle of long dimensions is left out.</summary>
    override t.ToString() =
        let values = t.ToArray<float>()

        let kind =
            match t with
            | C _ -> ""
            | F _ -> ", with a forward derivative"
            | R _ -> ", differentiable"

        (say $"{Print.shape t.Shape} {t.dtype}{kind}{TensorText.values t.Shape t.dtype values}")

    /// <summary>Whether shape, type of number and every value are equal; NaN equals nothing.</summary>
    override t.Equals(other) =
        match other with
        | :? Tensor as o ->
            t.dtype = o.dtype
            && t.Shape = o.Shape
            && (let same = t.Raw.Equal o.Raw in same.Count = 0 || Array.forall ((=) 1) (same.ToHost() :?> int[]))
        | _ -> false

    /// <summary>A hash that agrees with <c>Equals</c>.</summary>
    override t.GetHashCode() = HashCode.Combine(t.dtype, Print.shape t.Shape)

/// One recorded operation: how a cotangent of its result becomes cotangents of its parents. An input has no parents.
and [<AllowNullLiteral; Sealed>] internal Node(parents: Node[], pull: Tensor -> Tensor[]) =
    static let mutable count = 0L
    let id = Interlocked.Increment(&count)

    member _.Id = id
    member _.Parents = parents
    member _.Pull cotangent = pull cotangent
    member val Derivative: Tensor = Unchecked.defaultof<Tensor> with get, set

    /// Walks from the result to the inputs. A node is made after its parents, so descending ids visit each node when all
    /// its cotangents have arrived; each is dropped as soon as it has been sent on.
    member result.SendBack(cotangent: Tensor, zeroDerivatives: bool) =
        let arrived = Dictionary<Node, Tensor>(HashIdentity.Reference)
        let waiting = PriorityQueue<Node, int64>()

        let send (node: Node) (g: Tensor) =
            match arrived.TryGetValue node with
            | true, sum -> arrived[node] <- sum + g
            | false, _ ->
                arrived[node] <- g
                waiting.Enqueue(node, -node.Id)

        send result cotangent

        while waiting.Count > 0 do
            let node = waiting.Dequeue()
            let g = arrived[node]
            arrived.Remove node |> ignore

            if node.Parents.Length = 0 then
                let forget = zeroDerivatives || isNull (box node.Derivative)
                node.Derivative <- if forget then g else node.Derivative + g
            else
                Array.iter2 send node.Parents (node.Pull g)

/// A rule for one side of an operation y = f(a, b): it takes a, b, y and a tangent (or a cotangent of y).
and internal Rule = delegate of a: Tensor * b: Tensor * y: Tensor * d: Tensor -> Tensor

and [<AbstractClass; Sealed>] internal Rules private () =
    // y = a ± b
    static member val expand = Rule(fun _ _ y d -> d.expand y.Shape)
    static member val expandNegated = Rule(fun _ _ y d -> -(d.expand y.Shape))
    static member val toFirst = Rule(fun a _ _ g -> g.sumTo a.Shape)
    static member val toSecond = Rule(fun _ b _ g -> g.sumTo b.Shape)
    static member val toSecondNegated = Rule(fun _ b _ g -> -(g.sumTo b.Shape))
    // y = a·b, element by element
    static member val timesSecond = Rule(fun _ b _ d -> d * b)
    static member val timesFirst = Rule(fun a _ _ d -> a * d)
    static member val timesSecondToFirst = Rule(fun a b _ g -> (g * b).sumTo a.Shape)
    static member val timesFirstToSecond = Rule(fun a b _ g -> (g * a).sumTo b.Shape)
    // y = a/b:  ∂y/∂a = 1/b,  ∂y/∂b = −y/b
    static member val overSecond = Rule(fun _ b _ d -> d / b)
    static member val quotientTimes = Rule(fun _ b y d -> -(y * d / b))
    static member val overSecondToFirst = Rule(fun a b _ g -> (g / b).sumTo a.Shape)
    static member val quotientToSecond = Rule(fun _ b y g -> -(g * y / b).sumTo b.Shape)
    // Y = A·B:  Ẏ = Ȧ·B + A·Ḃ,  Ā = Ȳ·Bᵀ,  B̄ = Aᵀ·Ȳ
    static member val tangentBySecond = Rule(fun _ b _ d -> d.matmul b)
    static member val firstByTangent = Rule(fun a _ _ d -> a.matmul d)
    static member val cotangentBySecond = Rule(fun _ b _ g -> g.matmul (b.transpose ()))
    static member val firstByCotangent = Rule(fun a _ _ g -> a.transpose().matmul g)
    // A·Y = B:  Ẏ = A⁻¹(Ḃ − Ȧ·Y),  B̄ = A⁻ᵀ·Ȳ,  Ā = −B̄·Yᵀ
    static member val solvePushMatrix = Rule(fun a _ y d -> -(a.solve (d.matmul y)))
    static member val solvePushRight = Rule(fun a _ _ d -> a.solve d)
    static member val solvePullRight = Rule(fun a _ _ g -> a.transpose().solve g)
    static member val solvePullMatrix = Rule(fun a _ y g -> -(a.transpose().solve(g).matmul(y.transpose ())))
