// How good a trained model is on data: its scores of the rows, some at a time, beside their targets.

namespace LinearNets.FSharp

open System
open System.Numerics
open LinearNets
open LinearNets.Kernels

/// <summary>How good a trained model is on data.</summary>
/// <example><code>
/// let train, test = Synthetic.garments 1000 200 1
/// let model = Model.compose [ Model.scale (1.0 / 255.0); Model.linear 784 10 ]
/// let fitted = train |> Fit.run { Fit.defaults with model = model; loss = Loss.crossEntropy; batch = 256 }
/// let scores = fitted |> Scores.classification test
/// printfn $"{scores.Accuracy}\n{scores.ConfusionMatrix}"
/// </code></example>
[<RequireQualifiedAccess>]
module Scores =

    /// What the outputs of a model with a loss are.
    let private kindOf (loss: Loss) =
        if obj.ReferenceEquals(loss.rows, Loss.crossEntropyOfProbabilities.rows) then
            ScoreKind.Probabilities
        else
            match Formula.tryFind2 loss.rows with
            | Some LossFormula.Perceptron -> ScoreKind.Margins
            | _ -> ScoreKind.Scores

    /// So many rows are scored by the kernel at a time: enough for all threads, few enough to stay in the cache.
    let private rowsAtOnce outputs = max 64 (min 4096 ((1 <<< 18) / outputs))

    /// The outputs of an affine model for all rows, those of no weight too, by the kernel.
    let private byKernel<'X, 'T
        when 'X: unmanaged
        and 'X: struct
        and 'X: (new: unit -> 'X)
        and 'X :> ValueType
        and 'X :> INumber<'X>
        and 'T: unmanaged
        and 'T: struct
        and 'T: (new: unit -> 'T)
        and 'T :> ValueType
        and 'T :> INumber<'T>>
        (x: 'X[])
        (weights: 'T[])
        (biases: 'T[])
        factor
        see
        =
        let q = biases.Length
        let d = weights.Length / q
        let byClass = Array.init weights.Length (fun i -> weights[i % d * q + i / d])
        let model = AffinePrediction<'X, 'T>(d, ReadOnlySpan byClass, ReadOnlySpan biases, factor, Workers.Usual, Simd.Chosen)
        let rows, size = x.Length / d, rowsAtOnce q
        for first in 0..size .. rows - 1 do
            let count = min size (rows - first)
            let outputs, wide = Array.zeroCreate<'T>(count * q), Array.zeroCreate<float>(count * q)
            model.Scores(ReadOnlySpan(x, first * d, count * d), count, outputs.AsSpan())
            for i in 0 .. wide.Length - 1 do
                wide[i] <- Double.CreateTruncating outputs[i]
            see wide q [| first .. first + count - 1 |]

    /// The outputs by the definition, of rows that count.
    let private byDefinition (model: Model) parameters (data: Dataset) see =
        let memory = Memory(true, 1)
        let chunk () (indices: int[]) =
            let outputs: Tensor = model.apply parameters (Data.featuresIn memory indices data)
            let n = indices.Length
            if outputs.dim < 1 || outputs.dim > 2 || outputs.shape[0] <> n then
                Errors.classes (say $"model '{model.name}'") outputs.shape 1
            see (Flat.ofTensors [ outputs ]) (outputs.nelement / n) indices
        Data.foldChunks chunk () data

    /// The outputs of sparse rows that count.
    let private bySparseKernel affine parameters (data: Dataset) see =
        for indices in Array.chunkBySize 16384 (Data.kept data) do
            let outputs = (Fused.sparseScores affine parameters Workers.Usual indices data).Value
            see (Flat.ofTensors [ outputs ]) (outputs.nelement / indices.Length) indices

    /// The outputs for rows, some at a time: [m; q] one row after the other, q, and which rows they are.
    let private eachChunk (model: Model) (parameters: Tensor list) (data: Dataset) see =
        data.CheckFeatures "data"
        data.CheckTargets "data"
        let affine, prepared =
            match Preprocess.before model with
            | Some(transform, affine) when transform.Inputs.Length = data.Columns -> affine, transform.Apply data
            | _ -> model, data
        match Flat.tryAffine affine prepared, parameters with
        | Some(factor, _), [ w; b ] when w.dtype = Data.dtype prepared && b.dtype = w.dtype ->
            match prepared.Table.features, w.Raw.ToHost(), b.Raw.ToHost() with
            | Features.Bytes x, (:? (float32[]) as w), (:? (float32[]) as b) -> byKernel x w b factor see
            | Features.Singles x, (:? (float32[]) as w), (:? (float32[]) as b) -> byKernel x w b factor see
            | Features.Doubles x, (:? (float[]) as w), (:? (float[]) as b) -> byKernel x w b factor see
            | _ -> bySparseKernel affine parameters prepared see
        | _ -> byDefinition model parameters data see

    /// The rows that count.
    let internal counted (data: Dataset) =
        data.CheckFeatures "data"
        let kept = Data.kept data
        if kept.Length < data.Rows then data.Pick kept else data

    /// The outputs for rows that all count, one row after the other, in the parameters' type of number.
    let internal outputs (model: Model) (parameters: Tensor list) (data: Dataset) : float[] =
        let all = ResizeArray<float>()
        let model =
            match parameters with
            | first :: _ when first.dtype <> Data.dtype data ->
                { model with apply = fun p x -> model.apply p (x.cast first.dtype) }
            | _ -> model
        eachChunk model parameters data (fun some _ _ -> all.AddRange some)
        all.ToArray()

    let private weightsOf (data: Dataset) (indices: int[]) : float[] =
        match data.Table.weights with
        | null -> [||]
        | weights -> Array.map (fun row -> weights[row]) indices

    /// <summary>How good predictions of numbers are, by a model and parameters that a solver found.</summary>
    /// <exception cref="T:LinearNets.DataException">The targets are classes, or a value is not finite; its row is named.</exception>
    /// <exception cref="T:LinearNets.SettingsException">The model has another number of outputs than the data.</exception>
    /// <exception cref="T:LinearNets.ShapeException">The data have another width than those the model was trained on.</exception>
    /// <exception cref="T:LinearNets.DtypeException">The data have 64-bit numbers and the model 32-bit ones, or the other way round.</exception>
    let regressionOf (model: Model) (parameters: Tensor list) (data: Dataset) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        match data.Table.targets with
        | Targets.Classes _ -> Errors.noNumbers ()
        | Targets.Numbers(y, q) ->
            let tally = RegressionTally data.Table.targetNames
            eachChunk model parameters data (fun outputs width indices ->
                Errors.require "The number of the model's outputs" (width = q) width (say $"{q}, as the data have")
                let targets = Array.init outputs.Length (fun i -> y[indices[i / q] * q + i % q])
                tally.Add(outputs, targets, weightsOf data indices, indices))
            RegressionScores.From tally

    /// <summary>How good the predictions of a trained model are, where they are numbers.</summary>
    /// <exception cref="T:LinearNets.DataException">The targets are classes, or a value is not finite; its row is named.</exception>
    /// <exception cref="T:LinearNets.SettingsException">The model has another number of outputs than the data.</exception>
    /// <exception cref="T:LinearNets.ShapeException">The data have another width than those the model was trained on.</exception>
    /// <exception cref="T:LinearNets.DtypeException">The data have 64-bit numbers and the model 32-bit ones, or the other way round.</exception>
    let regression (data: Dataset) (fitted: Fitted) = regressionOf fitted.model fitted.parameters data

    /// Labels of targets that are one of two numbers.
    let private answers (kind: ScoreKind) (values: float[]) : int[] * string[] =
        let no = if kind = ScoreKind.Margins then -1.0 else 0.0
        let label row value =
            if value = no then 0
            elif value = 1.0 then 1
            else Errors.answer row value no
        Array.mapi label values, [| string no; "1" |]

    /// The class of each row by its place among names; of two classes as numbers, too.
    let internal labels kind (names: string[]) (data: Dataset) : int[] =
        match data.Table.targets with
        | Targets.Classes labels -> Labels.renamed labels data.Table.classNames names
        | Targets.Numbers(values, 1) when names.Length = 2 -> fst (answers kind values)
        | Targets.Numbers _ -> Errors.noClasses ()

    /// <summary>How good predictions of classes are, by a model and parameters that a solver found. The loss says what the model's
    /// outputs are: scores whose softmax are probabilities, or for two classes one score; of a perceptron, no probabilities.</summary>
    /// <param name="classNames">The names of the classes that the model was trained on; empty for those of the data.</param>
    /// <param name="model">The model.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="loss">The loss it was trained with.</param>
    /// <param name="data">Rows with classes; or, for one output, with the numbers 0 and 1 (−1 and 1 for a perceptron).</param>
    /// <exception cref="T:LinearNets.DataException">The targets are no classes, or other ones; or a value is not finite; its row is
    /// named.</exception>
    /// <exception cref="T:LinearNets.ShapeException">The data have another width than those the model was trained on.</exception>
    /// <exception cref="T:LinearNets.DtypeException">The data have 64-bit numbers and the model 32-bit ones, or the other way round.</exception>
    let classificationOf (classNames: string list) (model: Model) (parameters: Tensor list) (loss: Loss) (data: Dataset) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        let kind = kindOf loss
        let labels, own =
            match data.Table.targets with
            | Targets.Classes labels ->
                Settings.checkClasses classNames data
                labels, data.Table.classNames
            | Targets.Numbers(values, 1) -> answers kind values
            | Targets.Numbers _ -> Errors.noClasses ()
        let names = if classNames.IsEmpty then own else List.toArray classNames
        data.CheckFeatures "data"
        let width = (model.apply parameters (Data.features [| (Data.kept data)[0] |] data)).nelement
        if width > 1 && not data.HasClasses then Errors.noClasses ()
        let name c = if c < names.Length then names[c] else string c
        let tally = ClassificationTally(kind, Array.init (max 2 width) name)
        eachChunk model parameters data (fun outputs _ indices ->
            let own: int[] = Array.map (fun row -> labels[row]) indices
            tally.Add(outputs, own, weightsOf data indices, indices))
        ClassificationScores.From tally

    /// <summary>How good the predictions of a trained model are, where they are classes: by a score for each class, or for two classes
    /// by one.</summary>
    /// <exception cref="T:LinearNets.DataException">The targets are no classes, or other ones than those of the training; or a value
    /// is not finite; its row is named.</exception>
    /// <exception cref="T:LinearNets.ShapeException">The data have another width than those the model was trained on.</exception>
    /// <exception cref="T:LinearNets.DtypeException">The data have 64-bit numbers and the model 32-bit ones, or the other way round.</exception>
    let classification (data: Dataset) (fitted: Fitted) =
        classificationOf fitted.classNames fitted.model fitted.parameters fitted.settings.loss data
