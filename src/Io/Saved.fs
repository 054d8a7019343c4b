// Models in files, for F#: a trained model and its data ──► a value ──► a file ──► the same value.

namespace LinearNets.FSharp

open System
open LinearNets
open LinearNets.Tensors

/// <summary>A trained model with its names and what is known of its training: what a file has.</summary>
[<Sealed; StructuredFormatDisplay("{Text}")>]
type Saved internal (fit: SavedFit, model: Model, parameters: Tensor list) =

    member internal _.Fit = fit

    /// <summary>The model. Of a file, its layers are one after the other, without compositions within compositions.</summary>
    member _.model = model

    /// <summary>The parameters, in the order the model takes them.</summary>
    member _.parameters = parameters

    /// <summary>What its outputs are: regression, logistic, perceptron or softmax.</summary>
    member _.kind = fit.model.kind.Name

    /// <summary>The names of the features, in the order in which rows give them.</summary>
    member _.featureNames = fit.model.features

    /// <summary>The names of the targets, or of the classes.</summary>
    member _.outputNames = fit.model.outputs

    /// <summary>What each epoch gave.</summary>
    member _.history = TrainingHistory fit.history

    /// <summary>What is known of the training, each by a name: the seed, the rows, where they are from.</summary>
    member _.about = fit.model.about

    /// <summary>The model, its kind and its outputs.</summary>
    override saved.ToString() =
        let outputs = String.Join(", ", List.truncate 8 saved.outputNames) + (if saved.outputNames.Length > 8 then ", …" else "")
        (say $"{model}, {saved.kind} of {saved.featureNames.Length} features → {outputs}")

    member private saved.Text = saved.ToString()

/// <summary>Trained models in files, of the format safetensors, which any program can read: docs/models.md has the layout.</summary>
/// <example><code>
/// let data = Synthetic.linear Synthetic.defaults
/// let fitted = data |> Fit.run { Fit.defaults with model = Model.linear 2 1 }
/// fitted |> Saved.ofFitted data |> Saved.save "model.safetensors"
/// let again = Saved.load "model.safetensors"
/// let scores = Scores.regressionOf again.model again.parameters data
/// </code></example>
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Saved =

    let private noConvergence = Unchecked.defaultof<Convergence>

    let private make (data: Dataset) (loss: Loss) model parameters history convergence inferences about =
        let layers = ModelFile.describe model parameters
        let columns =
            List.rev layers
            |> List.tryPick (function
                | SavedLayer.Affine(weights, _) -> Some weights.shape[1]
                | _ -> None)
        let kind =
            match Formula.tryFind2 loss.rows with
            | Some LossFormula.Perceptron when defaultArg columns 1 = 1 -> SavedKind.Perceptron
            | Some(LossFormula.Logistic | LossFormula.SquaredSigmoid) when columns = Some 1 -> SavedKind.Logistic
            // A model of fewer scores than classes, with a loss of one's own, says nothing of each class.
            | _ when data.HasClasses && defaultArg columns Int32.MaxValue >= max 2 data.ClassNames.Count -> SavedKind.Softmax
            | _ -> SavedKind.Regression
        let outputs =
            match kind with
            | SavedKind.Regression ->
                let names = List.ofSeq data.TargetNames
                let count = defaultArg columns names.Length
                if names.Length = count then names else List.ofArray (Table.numbered "y" count)
            | SavedKind.Perceptron -> [ "-1"; "1" ]
            | SavedKind.Logistic -> [ "0"; "1" ]
            | SavedKind.Softmax ->
                // A model may have more classes than there were in the data.
                let names = List.ofSeq data.ClassNames
                names @ [ for c in names.Length .. defaultArg columns 0 - 1 -> say $"class {c}" ]
        Saved(
            { model =
                { kind = kind
                  layers = layers
                  features = List.ofSeq data.FeatureNames
                  outputs = outputs
                  about = ("loss", loss.name) :: about }
              history = Seq.toArray history
              convergence = convergence
              inferences = inferences },
            model,
            parameters
        )

    /// <summary>A trained model, with the names of the data it was trained on.</summary>
    let ofFitted (data: Dataset) (fitted: Fitted) : Saved =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        let settings = fitted.settings
        let rule = say $"{settings.optimizer.name}, {fitted.rule}"
        [ "rule", rule
          "batch", string settings.batch
          "epochs", string settings.epochs
          if settings.penalty <> Penalty.none then "penalty", string settings.penalty
          Facts.seed, string settings.seed
          yield! Facts.ofData data ]
        |> make data settings.loss fitted.model fitted.parameters fitted.history noConvergence [||]

    /// <summary>What a solver found for a loss, with the names of the data it was found on.</summary>
    let ofSolved (loss: Loss) (data: Dataset) (solved: Solved) : Saved =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        let converged = "converged", (if solved.convergence.Converged then "true" else "false")
        converged :: Facts.ofData data
        |> make data loss solved.model solved.parameters (TrainingHistory [||]) solved.convergence [||]

    /// <summary>A least squares solution, with the names of the data it was found on.</summary>
    /// <exception cref="T:LinearNets.SettingsException">It is of powers of features: fit a linear model of their transform.</exception>
    let ofExact (data: Dataset) (fit: ExactFit) : Saved =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        let powers = fit.settings.powers
        Errors.require "The powers of a solution to save" (powers = 1) powers "1: fit a linear model after Preprocess.polynomial"
        let w = fit.parameters.Head
        ("rule", say $"least squares, {fit.path}") :: Facts.ofData data
        |> make
            data
            Loss.squared
            (Model.linear w.shape[0] w.shape[1])
            fit.parameters
            (TrainingHistory [||])
            noConvergence
            (ModelFile.inferences w.shape[1] fit.inferenceOf)

    /// <summary>Writes a model to a file, which is the old one or the new one whatever happens meanwhile.</summary>
    /// <exception cref="T:LinearNets.ModelFileException">The file cannot be written; what was there is as it was.</exception>
    let save (path: string) (saved: Saved) : unit =
        ArgumentNullException.ThrowIfNull(saved, nameof saved)
        ModelFile.write path saved.Fit

    let private loadWith verify (path: string) =
        let fit = ModelFile.read path verify
        match ModelFile.tryModel fit.model.layers with
        | Some(model, parameters) -> Saved(fit, model, parameters)
        | None -> Errors.ownModel path (ModelFile.words fit.model.layers)

    /// <summary>The model of a file.</summary>
    /// <exception cref="T:LinearNets.ModelFileException">There is no such file, or it has no model, or a damaged one, or one of a newer
    /// version, or one of your own, for which there is <c>loadInto</c>.</exception>
    let load (path: string) : Saved = loadWith true path

    /// <summary>The same without a look at the hash, for a file that was edited on purpose.</summary>
    /// <exception cref="T:LinearNets.ModelFileException">There is no such file, or it has no model.</exception>
    let loadEdited (path: string) : Saved = loadWith false path

    /// <summary>The parameters of a file for a model of one's own, by their names.</summary>
    /// <exception cref="T:LinearNets.ModelFileException">The file cannot be used, or its parameters have other names or shapes than the
    /// model's, or its layers are others.</exception>
    let loadInto (model: Model) (path: string) : Saved =
        let fit = ModelFile.read path true
        let stored, own = ModelFile.parameters fit.model.layers, ModelFile.names fit.model.layers model
        let shown (all: (string * int list) list) =
            String.Join(", ", all |> List.map (fun (name, shape) -> say $"{name} [{String.Join(';', shape)}]"))
        let there = [ for name, tensor in stored -> name, List.ofArray tensor.shape ]
        if List.sort there <> List.sort own then Errors.otherModel path (shown there) (shown own)
        let tensors = Map stored
        let parameters = own |> List.map (fun (name, _) -> tensors[name])
        let layers = ModelFile.describe model parameters
        let words = ModelFile.words layers
        match layers, fit.model.layers with
        | [ SavedLayer.Own _ ], _
        | _, [ SavedLayer.Own _ ] -> ()
        | _, others -> if words <> ModelFile.words others then Errors.otherModel path (ModelFile.words others) words
        Saved(fit, model, parameters)

/// <summary>Trained models for other runtimes, in the format ONNX.</summary>
[<RequireQualifiedAccess>]
module Onnx =

    /// <summary>Writes a model with its preprocessing as an ONNX file (opset 13), which other programs can run. The input
    /// <c>features</c> [rows; d] has the type of number of the parameters and takes rows in the units they were measured in. The
    /// outputs are <c>prediction</c> [rows; q] for numbers; <c>probabilities</c> [rows; k], <c>class</c> [rows] and <c>label</c>
    /// [rows], its name, for cross-entropy and losses of sigmoids; <c>score</c> instead of probabilities for the perceptron's loss.
    /// A file that was there is replaced only by a whole one.</summary>
    /// <remarks>A code that a one-hot column has never seen is an error here; there it is a row of zeros.</remarks>
    /// <exception cref="T:LinearNets.ModelFileException">The model has a part of one's own, or the file cannot be written.</exception>
    /// <example><code>
    /// let data = Synthetic.linear Synthetic.defaults
    /// let fitted = data |> Fit.run { Fit.defaults with model = Model.linear 2 1 }
    /// fitted |> Saved.ofFitted data |> Onnx.export "houses.onnx"
    /// </code></example>
    let export (path: string) (saved: Saved) : unit =
        ArgumentException.ThrowIfNullOrEmpty(path, nameof path)
        ArgumentNullException.ThrowIfNull(saved, nameof saved)
        OnnxFile.write path saved.Fit.model
