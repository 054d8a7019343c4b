// Preprocessing: functions of a row that are fitted on the training set and are then part of the model.
//
//   rescaled      xⱼ ↦ (xⱼ − shiftⱼ)/scaleⱼ     standardised: the mean and the standard deviation; to 0 … 1: the least value
//                                               and the distance to the greatest; a constant column has the scale 1
//   polynomial    x ↦ all products of 1, 2 … p of its columns, a column more than once or only once
//   one-hot       a column of codes c₁ … c_k ↦ k columns, 1 in the one of its code
//   chained       one after the other
//
// A transform is a value. `Preprocess.layer` makes it a model without parameters, so that whoever predicts hands in what was
// measured; it is defined once, on tensors, and `Apply` runs that definition over the rows of a data set.
//
// What comes before an affine model depends on the data alone. A fit applies it once, not in every minibatch, and trains the
// affine model on the result: the parameters are the composition's, and the kernel knows nothing of transforms. The other way,
// a shift and a scale for each column in the kernel, would be paid in every pass and would serve one transform of four.
// `Preprocess.tryFold` gives the affine model on measured units that is the same function, where there is one:
//
//   ((x − s)/c)·W + b = x·W′ + b′         W′ⱼ = Wⱼ/cⱼ,   b′ = b − s·W′

namespace LinearNets.FSharp

open System
open System.Collections.Generic
open LinearNets
open LinearNets.Tensors

/// <summary>What becomes of a column: (x − shift)/scale.</summary>
[<RequireQualifiedAccess; NoComparison>]
type RescaledColumn =
    {
        /// <summary>The name of the column.</summary>
        name: string
        /// <summary>What is subtracted.</summary>
        shift: float
        /// <summary>What the rest is divided by.</summary>
        scale: float
        /// <summary>Whether it had one value in all rows it was fitted on; its scale is then 1.</summary>
        isConstant: bool
    }

/// <summary>A column of codes, and the codes there were in the rows it was fitted on.</summary>
[<RequireQualifiedAccess; NoComparison>]
type CodedColumn =
    {
        /// <summary>The name of the column.</summary>
        name: string
        /// <summary>The codes in increasing order; empty for a column that stays as it is.</summary>
        codes: int list
    }

/// <summary>A function of a row, fitted on a data set: a value that prints, can be compared, and can be part of a model.</summary>
[<RequireQualifiedAccess; NoComparison; StructuredFormatDisplay("{Text}")>]
type Transform =
    /// <summary>A shift and a scale for each column; what it was fitted for is its name.</summary>
    | Rescaled of name: string * columns: RescaledColumn list
    /// <summary>Products of up to so many columns, with or without powers of one.</summary>
    | Polynomial of features: string list * degree: int * powers: bool
    /// <summary>A column of 0 and 1 for each code of the columns that have codes.</summary>
    | OneHot of columns: CodedColumn list
    /// <summary>One after the other.</summary>
    | Chained of transforms: Transform list

    /// <summary>The names of the columns it takes.</summary>
    member transform.Inputs: string list =
        match transform with
        | Rescaled(_, columns) -> columns |> List.map _.name
        | Polynomial(features, _, _) -> features
        | OneHot columns -> columns |> List.map _.name
        | Chained [] -> []
        | Chained(first :: _) -> first.Inputs

    /// <summary>What it does, in a line or two.</summary>
    override transform.ToString() =
        let count n = if n = 1 then "1 column" else say $"{n} columns"
        let shown (all: string list) =
            let most = 6
            String.concat ", " (List.truncate most all) + (if all.Length > most then ", …" else "")
        match transform with
        | Rescaled(name, columns) ->
            let one (column: RescaledColumn) =
                say $"({column.name} − {TextTable.number column.shift})/{TextTable.number column.scale}"
            let constant = columns |> List.filter _.isConstant |> List.map _.name
            let constant = if constant.IsEmpty then "" else say $"; constant: {shown constant}"
            (say $"{name} {count columns.Length}: {shown (List.map one columns)}{constant}")
        | Polynomial(features, degree, powers) ->
            let what = if powers then "polynomial" else "interactions"
            (say $"{what} of degree {degree} of {count features.Length}")
        | OneHot columns ->
            let coded = columns |> List.filter (fun column -> not column.codes.IsEmpty)
            let one (column: CodedColumn) = say $"{column.name} ({column.codes.Length} codes)"
            (say $"one-hot {shown (List.map one coded)}")
        | Chained transforms -> transforms |> List.map string |> String.concat ", then "

    member private transform.Text = transform.ToString()

/// The functions that transforms stand for.
module private Transforms =

    let shortName transform =
        match transform with
        | Transform.Rescaled(name, _) -> name
        | Transform.Polynomial(_, degree, powers) ->
            (if powers then "polynomial of degree " else "interactions of degree ") + string degree
        | Transform.OneHot _ -> "one-hot"
        | Transform.Chained _ -> "chained"

    /// The products of k factors after those of k − 1, each a list of columns that do not decrease: by the first factor.
    let private longer columns powers (shorter: int list list) =
        [ for first in 0 .. columns - 1 do
              for product in shorter do
                  if product.Head > first || powers && product.Head = first then first :: product ]

    /// The products of 1, 2 … factors.
    let private products columns degree powers =
        List.scan (fun shorter _ -> longer columns powers shorter) (List.init columns List.singleton) [ 2..degree ]

    let private superscript power =
        match power with
        | 1 -> ""
        | 2 -> "²"
        | 3 -> "³"
        | power -> "^" + string power

    let rec names (transform: Transform) : string list =
        match transform with
        | Transform.Rescaled _ -> transform.Inputs
        | Transform.Polynomial(features, degree, powers) ->
            let features = List.toArray features
            let name product =
                List.countBy id product
                |> List.map (fun (column, power) -> features[column] + superscript power)
                |> String.concat "·"
            products features.Length degree powers |> List.concat |> List.map name
        | Transform.OneHot columns ->
            columns
            |> List.collect (fun column ->
                if column.codes.IsEmpty then
                    [ column.name ]
                else
                    column.codes |> List.map (fun code -> column.name + "=" + string code))
        | Transform.Chained transforms -> names (List.last transforms)

    let private column j (x: Tensor) = x.[0.., j..j]

    let private rescale (columns: RescaledColumn list) =
        let values dtype =
            let tensor part = dsharp.tensor (columns |> List.map part |> List.toArray, dtype = dtype)
            tensor _.shift, tensor _.scale
        let singles, doubles = lazy (values Dtype.Float32), lazy (values Dtype.Float64)
        fun (x: Tensor) ->
            let shift, scale = if x.dtype = Dtype.Float32 then singles.Value else doubles.Value
            (x - shift) / scale

    /// With the products of k − 1 factors by their first, those of k are each column times the end of them that begins with it.
    let private multiply columns degree powers =
        let starts (shorter: int list list) =
            [ for first in 0 .. columns - 1 ->
                  shorter
                  |> List.takeWhile (fun (product: int list) -> product.Head < (if powers then first else first + 1))
                  |> List.length,
                  shorter.Length ]
        let blocks = products columns degree powers |> List.map starts
        fun (x: Tensor) ->
            let next (shorter: Tensor) starts : Tensor list =
                [ for first, (start, length) in List.indexed starts do
                      if start < length then column first x * shorter.[0.., start..] ]
            let rec all (shorter: Tensor) blocks =
                match blocks with
                | starts :: rest when rest <> [] ->
                    match next shorter starts with
                    | [] -> [ shorter ]
                    | parts -> shorter :: all (dsharp.cat (parts, 1)) rest
                | _ -> [ shorter ]
            dsharp.cat (all x blocks, 1)

    let private code (columns: CodedColumn list) =
        let known = columns |> List.map (fun column -> HashSet<float>(List.map float column.codes)) |> List.toArray
        let check j (column: CodedColumn) (values: Tensor) =
            let values = (values.noDiff().view [ values.nelement ]).toArray1D<float>()
            match values |> Array.tryFindIndex (known[j].Contains >> not) with
            | Some row -> Errors.unknownCode row column.name values[row] column.codes
            | None -> ()
        fun (x: Tensor) ->
            let one j (coded: CodedColumn) : Tensor list =
                let values = column j x
                if coded.codes.IsEmpty then
                    [ values ]
                else
                    check j coded values
                    [ for code in coded.codes -> values.eq(values.zerosLike () + float code).cast x.dtype ]
            dsharp.cat (List.mapi one columns |> List.concat, 1)

    /// The transform as a function of rows.
    let rec onRows (transform: Transform) : Tensor -> Tensor =
        let width = transform.Inputs.Length
        let own =
            match transform with
            | Transform.Rescaled(_, columns) -> rescale columns
            | Transform.Polynomial(_, degree, powers) -> multiply width degree powers
            | Transform.OneHot columns -> code columns
            | Transform.Chained transforms -> transforms |> List.map onRows |> List.reduce (>>)
        let name = shortName transform
        fun x ->
            if x.dim <> 2 || x.shape[1] <> width then Errors.inputs name x.shape width
            if x.dtype = Dtype.Int32 then
                Errors.dtype (say $"model '{name}'") (string x.dtype) "Float32 or Float64" "Use cast."
            own x

    let private values<'T> (rows: Dataset) width (f: Tensor -> Tensor) =
        let all = Array.zeroCreate<'T>(rows.Rows * width)
        let memory = Memory(true, 1)
        let transform () (indices: int[]) =
            let made = f (Data.featuresIn memory indices rows)
            let made = (made.view [ made.nelement ]).toArray1D<'T>()
            indices |> Array.iteri (fun i row -> Array.Copy(made, i * width, all, row * width, width))
        Data.foldChunks transform () rows
        all

    /// What each column is divided by, where that is all: zeros stay zeros then.
    let rec private tryDivisors transform =
        match transform with
        | Transform.Rescaled(_, columns) when columns |> List.forall (fun column -> column.shift = 0.0) ->
            Some(columns |> List.map _.scale |> List.toArray)
        | Transform.Chained transforms ->
            let all = transforms |> List.map tryDivisors
            if List.forall Option.isSome all then
                Some(all |> List.map Option.get |> List.reduce (Array.map2 (*)))
            else
                None
        | _ -> None

    let private ofSparse transform (data: Dataset) =
        match tryDivisors transform, data.Table.features with
        | Some by, Features.SparseSingles x when by.Length = x.Width -> Features.SparseSingles(x.Divide(ReadOnlySpan by))
        | Some by, Features.SparseDoubles x when by.Length = x.Width -> Features.SparseDoubles(x.Divide(ReadOnlySpan by))
        | Some by, _ -> Errors.inputs (shortName transform) [| data.Rows; data.Columns |] by.Length
        | None, _ ->
            Errors.sparse
                (say $"preprocessing '{shortName transform}'")
                "It would make zeros other numbers: scale by Preprocess.maxAbs, which keeps them, or make the rows dense by ToDense."

    /// The rows of a data set, transformed; those of weight 0, which nobody looks at, become 0.
    let onData (transform: Transform) (data: Dataset) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        let names = names transform |> List.toArray
        let f = onRows transform
        let features =
            if data.IsSparse then ofSparse transform data
            elif Data.dtype data = Dtype.Float64 then Features.Doubles(values<float> data names.Length f)
            else Features.Singles(values<float32> data names.Length f)
        let keepsColumns = names.Length = data.Columns && transform.IsRescaled
        Dataset
            { data.Table with
                Table.columns = names.Length
                features = features
                featureNames = (if keepsColumns then data.Table.featureNames else names)
                image = (if keepsColumns then data.Table.image else Nullable())
                source = Table.from data.Table (shortName transform) }

/// <summary>Preprocessing that is fitted on a training set and is then part of a model.</summary>
/// <example><code>
/// let standardised = Preprocess.standardise data
/// let model = Model.compose [ Preprocess.layer standardised; Model.linear data.Columns 1 ]
/// </code></example>
[<RequireQualifiedAccess>]
module Preprocess =

    // ---- fitting ------------------------------------------------------------------------------------------------

    let private summaries (data: Dataset) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        data.CheckFeatures "data to fit preprocessing on"
        Table.featureSummaries (Data.kept data) data.Table |> List.ofArray

    let private rescaled name (bounds: ColumnSummary -> float * float) data =
        let column (summary: ColumnSummary) : RescaledColumn =
            let shift, scale = bounds summary
            if not (Double.IsFinite shift && Double.IsFinite scale) then Errors.spread summary.Name
            let isConstant = not (scale > 0.0)
            { name = summary.Name; shift = shift; scale = (if isConstant then 1.0 else scale); isConstant = isConstant }
        Transform.Rescaled(name, summaries data |> List.map column)

    /// <summary>Columns with the mean 0 and the standard deviation 1. A column that is constant becomes 0, and is named where the
    /// transform prints. Rows of weight 0 are not looked at; every other row counts as one.</summary>
    /// <exception cref="T:LinearNets.DataException">A value is not finite, or values are too far apart.</exception>
    let standardise (data: Dataset) = data |> rescaled "standardised" (fun summary -> summary.Mean, summary.StandardDeviation)

    /// <summary>Columns from 0, their least value, to 1, their greatest. A column that is constant becomes 0.</summary>
    /// <exception cref="T:LinearNets.DataException">A value is not finite, or values are too far apart.</exception>
    let minMax (data: Dataset) =
        data |> rescaled "from 0 to 1" (fun summary -> summary.Minimum, summary.Maximum - summary.Minimum)

    /// <summary>Columns from −1 to 1: divided by their value farthest from 0. Zeros stay zeros, so that sparse rows stay sparse.</summary>
    /// <exception cref="T:LinearNets.DataException">A value is not finite.</exception>
    let maxAbs (data: Dataset) =
        data |> rescaled "from −1 to 1" (fun summary -> 0.0, max (abs summary.Minimum) (abs summary.Maximum))

    /// How many products of 1 to p of d columns there are: C(d + p, p) − 1, or Σ C(d, k) where each is taken once.
    let private countProducts degree powers (d: int) =
        let choose n k = Seq.fold (fun product i -> product * float (n - k + i) / float i) 1.0 (seq { 1..k })
        if powers then
            choose (d + degree) degree - 1.0
        else
            Seq.sumBy (choose d) (seq { 1 .. min d degree })

    let private mostProducts = 65536

    /// Whether products up to a degree, of so many columns, are no more than there may be.
    let internal canMultiply degree powers columns =
        degree >= 1 && degree <= 16 && countProducts degree powers columns < float mostProducts + 0.5

    let private products degree powers (data: Dataset) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        Errors.require "The degree of a polynomial" (degree >= 1 && degree <= 16) degree "1 to 16"
        let count = countProducts degree powers data.Columns
        Errors.require
            "The number of products"
            (count < float mostProducts + 0.5)
            (say $"{count:G6}")
            (say $"{mostProducts} or fewer: select columns, or take a lower degree")
        Transform.Polynomial(List.ofSeq data.FeatureNames, degree, powers)

    /// <summary>All products of up to so many columns, powers among them: of degree 2 from a and b are a, b, a², a·b and b².</summary>
    /// <exception cref="T:LinearNets.SettingsException">The degree is not from 1 to 16, or there are more than 65536 products.</exception>
    let polynomial degree (data: Dataset) = products degree true data

    /// <summary>All products of up to so many different columns: of degree 2 from a and b are a, b and a·b.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The degree is not from 1 to 16, or there are more than 65536 products.</exception>
    let interactions degree (data: Dataset) = products degree false data

    /// Beyond this 32-bit numbers skip whole numbers.
    let internal largestCode = 1 <<< 24

    let internal mostCodes = 1024

    /// <summary>A column of 0 and 1 for each code of the named columns, in their place. A code that was not there when it was
    /// fitted is refused.</summary>
    /// <exception cref="T:LinearNets.DataException">A code is not a whole number of 24 bits or fewer.</exception>
    /// <exception cref="T:LinearNets.SettingsException">There is no such column, or one of them has more than 1024 codes.</exception>
    let oneHot (names: seq<string>) (data: Dataset) =
        ArgumentNullException.ThrowIfNull(names, nameof names)
        ArgumentNullException.ThrowIfNull(data, nameof data)
        let coded = HashSet<int>(names |> Seq.map (Table.column data.Table))
        let codes column =
            let found = HashSet<int>()
            for row in Data.kept data do
                let value = data.Feature(row, column)
                if not (Double.IsInteger value && abs value <= float largestCode) then
                    Errors.notCode row data.FeatureNames[column] value
                found.Add(int value) |> ignore
            Errors.require
                (say $"The number of codes of '{data.FeatureNames[column]}'")
                (found.Count <= mostCodes)
                found.Count
                (say $"{mostCodes} or fewer")
            List.sort (List.ofSeq found)
        let column i name : CodedColumn = { name = name; codes = (if coded.Contains i then codes i else []) }
        Transform.OneHot(List.mapi column (List.ofSeq data.FeatureNames))

    /// <summary>One transform after the other, each fitted on what those before it make:
    /// <c>Preprocess.chain [ Preprocess.polynomial 2; Preprocess.standardise ]</c>.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There are none.</exception>
    let chain (fits: (Dataset -> Transform) list) (data: Dataset) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        Errors.atLeast1 "The number of transforms to chain" fits.Length
        let fit data (fit: Dataset -> Transform) =
            let transform = fit data
            transform, Transforms.onData transform data
        Transform.Chained(List.mapFold fit data fits |> fst)

    // ---- applying -----------------------------------------------------------------------------------------------

    /// <summary>A data set of what a transform makes of the rows: in Float64 if they were, otherwise in Float32.</summary>
    /// <exception cref="T:LinearNets.ShapeException">The data have another number of columns than those it was fitted on.</exception>
    /// <exception cref="T:LinearNets.DataException">A code was not there when the transform was fitted.</exception>
    let apply (transform: Transform) (data: Dataset) = Transforms.onData transform data

    /// <summary>The transform as a model without parameters: a layer to compose others with.</summary>
    let layer (transform: Transform) : Model =
        let f = Transforms.onRows transform
        let apply (_: Tensor list) x = f x
        { name = Transforms.shortName transform
          layers = []
          parameters = []
          apply = Formula.known2 (ModelFormula.Prepared([ box transform ], None)) apply
          pullback = Some(fun _ x -> f x, (fun g -> [], lazy (dsharp.jacobianTv f x (g.Force())))) }

    /// <summary>The transform that undoes shifts and scales. A constant column gets its value back.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The transform does more than shift and scale.</exception>
    let rec inverse (transform: Transform) =
        match transform with
        | Transform.Rescaled(name, columns) ->
            let back (column: RescaledColumn) = { column with shift = -column.shift / column.scale; scale = 1.0 / column.scale }
            Transform.Rescaled("back from " + name, List.map back columns)
        | Transform.Chained transforms -> Transform.Chained(transforms |> List.map inverse |> List.rev)
        | other ->
            Errors.settings [ say $"The transform is '{other}'; expected one that shifts and scales, which can be undone." ]

    /// What comes before an affine model, and that model.
    let internal before (model: Model) : (Transform * Model) option =
        match Formula.tryFind2 model.apply with
        | Some(ModelFormula.Prepared(transforms, Some(ModelFormula.Affine(factor, inputs, outputs)))) ->
            let linear = Model.linear inputs outputs
            let transforms = transforms |> List.map unbox<Transform>
            Some(Transform.Chained transforms, if factor = 1.0 then linear else Model.compose [ Model.scale factor; linear ])
        | _ -> None

    /// (x − s)/c as a whole: ((x − s₁)/c₁ − s₂)/c₂ = (x − (s₁ + c₁s₂))/(c₁c₂).
    let rec private shiftsAndScales transform : (float * float) list option =
        match transform with
        | Transform.Rescaled(_, columns) -> Some(columns |> List.map (fun column -> column.shift, column.scale))
        | Transform.Chained transforms ->
            let both first second =
                match first, shiftsAndScales second with
                | Some first, Some second -> Some(List.map2 (fun (s1, c1) (s2, c2) -> s1 + c1 * s2, c1 * c2) first second)
                | _ -> None
            List.fold both (shiftsAndScales transforms.Head) transforms.Tail
        | _ -> None

    /// <summary>The affine model on measured units that is the same function as an affine model after shifts and scales, with its
    /// parameters; nothing for any other model.</summary>
    /// <exception cref="T:LinearNets.ShapeException">The parameters are not the model's.</exception>
    let tryFold (model: Model) (parameters: Tensor list) : (Model * Tensor list) option =
        Model.named model parameters |> ignore
        match Formula.tryFind2 model.apply, before model with
        | Some(ModelFormula.Prepared(_, Some(ModelFormula.Affine(factor, inputs, outputs)))), Some(transform, _) ->
            shiftsAndScales transform
            |> Option.map (fun columns ->
                let dtype = parameters.Head.dtype
                let wide (values: float list) = dsharp.tensor (List.toArray values, dtype = Dtype.Float64)
                let w, b = parameters[0].cast Dtype.Float64, parameters[1].cast Dtype.Float64
                let w = factor * w / (wide (List.map snd columns)).view [ inputs; 1 ]
                let b = b - ((wide (List.map fst columns)).view([ 1; inputs ]).matmul w).view [ outputs ]
                Model.linear inputs outputs, [ w.cast dtype; b.cast dtype ])
        | _ -> None

type Transform with

    /// <summary>The names of the columns it makes.</summary>
    member transform.Outputs = Transforms.names transform

    /// <summary>A data set of what it makes of the rows.</summary>
    /// <exception cref="T:LinearNets.ShapeException">The data have another number of columns than those it was fitted on.</exception>
    /// <exception cref="T:LinearNets.DataException">A code was not there when the transform was fitted.</exception>
    member transform.Apply(data: Dataset) = Preprocess.apply transform data
