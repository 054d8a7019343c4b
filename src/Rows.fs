// What the definitions of Core.fs ask of their arguments: a row per example, classes in columns, labels that are classes.
// Written against the same tensor contract as Core.fs.

namespace LinearNets.FSharp

open LinearNets
#if DIFFSHARP
open DiffSharp
#else
open LinearNets.Tensors
#endif

module internal Rows =

    let count operation (t: Tensor) =
        if t.dim = 0 then Errors.rank operation t.shape "a row each, shape [n; …]" "Use view to give it rows."

        if t.shape[0] = 0 then Errors.empty operation

        t.shape[0]

    /// The sum over everything in a row.
    let sum (t: Tensor) =
        let n = t.shape[0]
        if t.dim = 1 then t else t.view([ n; t.nelement / n ]).sum 1

    /// A number per row [n], shaped to multiply every value of that row of another tensor.
    let column (like: Tensor) (perRow: Tensor) = perRow.view (perRow.shape[0] :: List.replicate (like.dim - 1) 1)

    let sameShape operation (a: Tensor) (b: Tensor) = if a.shape <> b.shape then Errors.sameShape operation a.shape b.shape

    let same operation (a: Tensor) (b: Tensor) =
        count operation a |> ignore
        sameShape operation a b
        if a.dtype <> b.dtype then Errors.mixedDtypes operation a.dtype b.dtype

    /// Scores [n; k], a column per class.
    let classes operation least (scores: Tensor) =
        count operation scores |> ignore

        if scores.dim <> 2 || scores.shape[1] < least then Errors.classes operation scores.shape least

        scores.shape[1]

    /// Labels [n], each one of the classes that the columns of the scores are.
    let private areClasses operation (scores: Tensor) (labels: Tensor) =
        let n, k = scores.shape[0], scores.shape[1]
        if labels.dim <> 1 || labels.shape[0] <> n then Errors.labels operation labels.shape n
        if labels.dtype <> Dtype.Int32 then
            Errors.dtype operation (say $"{labels.dtype} labels") "Int32 labels" "Labels are class numbers: use cast."
        labels.toArray1D<int>()
        |> Array.iteri (fun row label -> if label < 0 || label >= k then Errors.label row label k)

    let labels operation scores classLabels =
        classes operation 1 scores |> ignore
        areClasses operation scores classLabels

    /// The same where one class makes no sense.
    let labelled operation scores classLabels =
        classes operation 2 scores |> ignore
        areClasses operation scores classLabels

    let distributed operation scores targets =
        classes operation 2 scores |> ignore
        same operation scores targets

    /// Probabilities, in the last dimension of a tensor.
    let distributions operation (p: Tensor) =
        let size = if p.dim = 0 then 0 else p.shape[p.dim - 1]

        if size = 0 then
            Errors.rank operation p.shape "probabilities, shape [k] or [n; k]" "Use view to give them a last dimension."

        p.view([ p.nelement ]).toArray1D<float>()
        |> Array.chunkBySize size
        |> Array.iteri (fun row values ->
            match Array.tryFindIndex (fun v -> not (v >= 0.0 && v <= 1.001)) values with
            | Some i -> Errors.probability operation (row * size + i) values[i]
            | None -> if abs (Array.sum values - 1.0) > 1e-3 then Errors.probabilitySum operation row (Array.sum values))

    /// Every value of a tensor; one that does not hold is named by its row.
    let private every operation holds expected (t: Tensor) =
        let values = t.view([ t.nelement ]).toArray1D<float>()
        match Array.tryFindIndex (holds >> not) values with
        | Some i -> Errors.target operation (if t.dim = 0 then 0 else i / (t.nelement / t.shape[0])) values[i] expected
        | None -> ()

    /// Targets of a yes/no loss: shaped as the scores, and each one that the loss is made for.
    let private answers holds expected operation scores targets =
        same operation scores targets
        every operation holds expected targets

    let signs operation scores targets = answers (fun t -> abs t = 1.0) "-1 or 1" operation scores targets
    let unitInterval operation scores targets =
        answers (fun t -> t >= 0.0 && t <= 1.0) "a number from 0 to 1" operation scores targets
    let probabilities operation p = every operation (fun v -> v >= 0.0 && v <= 1.0) "a probability" p

    /// Row weights [n]: finite, none negative, and not all 0.
    let weights (values: Tensor) (weights: Tensor) =
        same "row weights" values weights
        let host = weights.toArray1D<float>()
        match Array.tryFindIndex (fun w -> not (w >= 0.0 && w < infinity)) host with
        | Some row -> Errors.weight row host[row]
        | None -> if Array.forall ((=) 0.0) host then Errors.noWeight ()

    /// Inputs, targets and weights with a row each.
    let aligned (x: Tensor) (y: Tensor) (weights: Tensor option) =
        let n = count "batch" x
        let rows (t: Tensor) = if t.dim = 0 then 0 else t.shape[0]
        if rows y <> n then Errors.unaligned "batch" "targets" x.shape y.shape
        weights
        |> Option.iter (fun s -> if s.dim <> 1 || rows s <> n then Errors.unaligned "batch" "row weights" x.shape s.shape)
        n

    /// The places whose weight is not 0; one that is no row at all stays, to be named as such.
    let weighted (weights: Tensor option) (places: int[]) =
        match weights with
        | None -> places
        | Some weights ->
            let host = weights.toArray1D<float>()
            places |> Array.filter (fun i -> i < 0 || i >= host.Length || host[i] <> 0.0)

    /// The reverse pass from what is minimised with a loss.
    let reverse lossName (total: Tensor) =
        try
            total.reverse ()
        with :? DerivativeException ->
            Errors.constantLoss lossName

    /// What a reverse pass has left at a parameter.
    let derivative name (parameter: Tensor) =
        let derivative =
            try
                parameter.derivative
            with :? DerivativeException ->
                Errors.unusedParameter name
        // Where nothing came back, DiffSharp has a tensor of shape [0].
        if derivative.shape <> parameter.shape then Errors.unusedParameter name
        derivative

    let sumLast (t: Tensor) = t.sum (t.dim - 1)
