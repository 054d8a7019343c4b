// Trained models for other runtimes.

namespace LinearNets.FSharp

open System
open LinearNets
open LinearNets.Tensors

/// <summary>Trained models for other runtimes, in the format ONNX.</summary>
[<RequireQualifiedAccess>]
module Onnx =

    let private names prefix count = List.ofArray (Table.numbered prefix count)

    /// What was trained, as data; `None` for a function of one's own.
    let private layersOf (fitted: Fitted) : (SavedLayer list * string list * int) option =
        let affine factor =
            [ if factor <> 1.0 then SavedLayer.Scaled factor
              SavedLayer.Affine(fitted.parameters[0], fitted.parameters[1]) ]
        match Formula.tryFind2 fitted.model.apply with
        | Some(ModelFormula.Affine(factor, inputs, outputs)) -> Some(affine factor, names "x" inputs, outputs)
        | Some(ModelFormula.Prepared(transforms, Some(ModelFormula.Affine(factor, _, outputs)))) ->
            let transforms = transforms |> List.map unbox<Transform>
            Some(List.map SavedLayer.Prepared transforms @ affine factor, transforms.Head.Inputs, outputs)
        | _ -> None

    /// <summary>Writes a trained model with its preprocessing as an ONNX file (opset 13), which other programs can run. The input
    /// <c>features</c> [rows; d] has the type of number of the parameters and takes rows in the units they were measured in. The
    /// outputs are <c>prediction</c> [rows; q] for numbers; <c>probabilities</c> [rows; k], <c>class</c> [rows] and <c>label</c>
    /// [rows], its name, for cross-entropy and losses of sigmoids; <c>score</c> instead of probabilities for the perceptron's loss.
    /// A file that was there is replaced only by a whole one.</summary>
    /// <remarks>A code that a one-hot column has never seen is an error here; there it is a row of zeros.</remarks>
    /// <exception cref="T:LinearNets.ModelFileException">The model has a part of one's own, or the file cannot be written.</exception>
    /// <example><code>
    /// let data = Synthetic.linear Synthetic.defaults
    /// let fitted = data |> Fit.run { Fit.defaults with model = Model.linear 2 1 }
    /// fitted |> Onnx.export "houses.onnx"
    /// </code></example>
    let export (path: string) (fitted: Fitted) : unit =
        ArgumentException.ThrowIfNullOrEmpty(path, nameof path)
        let loss = fitted.settings.loss
        match layersOf fitted with
        | None ->
            Errors.notExported path (say $"The model '{fitted.model.name}' has a function of one's own, or not one linear layer.")
        | Some(layers, features, q) ->
            let twoClasses = if q = 1 then Some [ "0"; "1" ] else None
            let kind, outputs =
                match Formula.tryFind2 loss.rows with
                | Some LossFormula.Logistic
                | Some LossFormula.SquaredSigmoid -> SavedKind.Logistic, twoClasses
                | Some LossFormula.Perceptron -> SavedKind.Perceptron, twoClasses |> Option.map (fun _ -> [ "-1"; "1" ])
                | _ when fitted.classNames.IsEmpty -> SavedKind.Regression, Some(names "y" q)
                // Rows that come later may have classes that had none before.
                | _ ->
                    SavedKind.Softmax,
                    Some [ for c in 0 .. q - 1 -> List.tryItem c fitted.classNames |> Option.defaultValue (string c) ]
            match outputs with
            | None -> Errors.notExported path (say $"The loss '{loss.name}' has {q} outputs; expected 1, for two classes.")
            | Some outputs ->
                OnnxFile.write
                    path
                    { kind = kind
                      layers = layers
                      features = features
                      outputs = outputs
                      about =
                        [ "model", fitted.model.name
                          "loss", loss.name
                          "optimizer", fitted.settings.optimizer.name
                          "seed", string fitted.settings.seed
                          "updates", string fitted.steps ] }
