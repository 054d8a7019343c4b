// Checkpoints in files, and fits that go on from one.
//
//   a fit ──► Progress, fingerprint ──► tensors and texts (Safetensors.fs) ──► a file, whole or not at all (Files.fs)
//   a file ──► checked ──► settings and data the same? ──► the rest of the fit
//
//   parameters.i        the parameters, in the model's order            best.parameters.i, best.slots.i.j   the same of the best
//   slots.i.j           slot i of the optimizer for parameter j         epoch, if early stopping has one
//   lengths             how many parameters, and tensors in each slot   best.lengths   the same of the best epoch
//   counts              the step in the epoch, and in all               best.counts    the best epoch, and its step in all
//   numbers             the sums of the epoch under way (rows, weights, losses, metrics), the first loss and the last, the
//                       seconds in all and of the epoch               best           its validation loss
//   history             [epochs; 8] F64: running loss and metric, the same after the epoch and of the validation data, learning
//                       rate, seconds; a loss that was not asked for is NaN
//   metadata            "format", and a "fit: …" for each text of the fingerprint

namespace LinearNets.FSharp

open System
open System.IO
open LinearNets

/// What a checkpoint's file must have, by name; anything else is refused.
[<Sealed>]
type private Stored(path: string, tensors: StoredTensor list) =
    let tensors = Map [ for t in tensors -> t.name, t ]
    let refuse problem = Errors.damagedFile path problem

    let find name =
        match tensors.TryFind name with
        | Some t -> t
        | None -> refuse (say $"it has no '{name}', as a checkpoint has.")

    member _.Has name = tensors.ContainsKey name

    member _.Tensor name =
        let t = find name
        match t.values with
        | :? (float[])
        | :? (float32[])
        | :? (int[]) -> Data.ofArray t.shape t.values
        | _ -> refuse (say $"its '{name}' is of another type than a checkpoint's.")

    /// The values of a tensor of a type, so many if that is known.
    member _.Values<'T>(name, length: int option) : 'T[] =
        match (find name).values with
        | :? ('T[]) as values when values.Length = defaultArg length values.Length -> values
        | _ -> refuse (say $"its '{name}' has another type or length than a checkpoint's.")

    /// Numbers that count something.
    member stored.Counts(name, length) =
        [ for value in stored.Values<int64>(name, length) do
              if value < 0L || value > int64 Int32.MaxValue then refuse (say $"its '{name}' has the count {value}.")
              int value ]

    member stored.Training(prefix, step) : Training =
        match stored.Counts(prefix + "lengths", None) with
        | [] -> refuse (say $"its '{prefix}lengths' are empty.")
        | parameters :: slots ->
            let slot i length = List.init length (fun j -> stored.Tensor(say $"{prefix}slots.{i}.{j}"))
            { parameters = List.init parameters (fun i -> stored.Tensor(say $"{prefix}parameters.{i}"))
              state = { step = step; slots = List.mapi slot slots } }

/// Checkpoints as tensors and texts.
module internal CheckpointFile =

    let private format = "LinearNets checkpoint 1"
    let private formatName, prefix = "format", "fit: "

    /// Beyond what any kernel trains, with slots and the best of them: 2³⁴ bytes.
    let private longest = 1L <<< 34

    let private columns = 8

    // ---- written ------------------------------------------------------------------------------------------------

    let private put name shape (values: Array) : StoredTensor = { name = name; shape = shape; values = values }

    let private ofTensor name (t: Tensor) = put name (List.ofArray t.shape) (t.Raw.ToHost())

    let private ofTraining prefix (training: Training) =
        [ for i, t in List.indexed training.parameters -> ofTensor (say $"{prefix}parameters.{i}") t
          for i, slot in List.indexed training.state.slots do
              for j, t in List.indexed slot -> ofTensor (say $"{prefix}slots.{i}.{j}") t ]

    let private lengths (training: Training) =
        [| yield int64 training.parameters.Length
           for slot in training.state.slots do
               yield int64 slot.Length |]

    let private vector name (values: 'T[]) = put name [ values.Length ] values

    let private row (report: EpochReport) =
        let pair (evaluation: Nullable<Evaluation>) =
            if evaluation.HasValue then [ evaluation.Value.Loss; evaluation.Value.Metric ] else [ nan; nan ]
        [ yield! pair (Nullable report.Running)
          yield! pair report.After
          yield! pair report.Validation
          report.LearningRate
          report.Seconds ]

    let write path (checkpoint: Checkpoint) =
        let progress = checkpoint.Progress
        let texts = checkpoint.Fingerprint |> List.map (fun (name, text) -> prefix + name, text)
        Safetensors.write
            path
            (Map((formatName, format) :: texts))
            [ yield! ofTraining "" progress.training
              vector "lengths" (lengths progress.training)
              vector "counts" [| int64 progress.step; int64 progress.training.state.step |]
              vector
                  "numbers"
                  [| progress.seen.rows
                     progress.seen.weight
                     progress.seen.lossSum
                     progress.seen.metricSum
                     progress.firstLoss
                     progress.lastLoss
                     progress.seconds
                     progress.epochSeconds |]
              put
                  "history"
                  [ progress.reports.Length; columns ]
                  (progress.reports |> List.rev |> List.collect row |> List.toArray)
              for best in Option.toList progress.best do
                  vector "best" [| best.loss |]
                  vector "best.counts" [| int64 best.epoch; int64 best.training.state.step |]
                  vector "best.lengths" (lengths best.training)
                  yield! ofTraining "best." best.training ]

    // ---- read ---------------------------------------------------------------------------------------------------

    let read path =
        let file = Safetensors.read path longest
        if file.metadata.TryFind formatName <> Some format || not file.isChecked then
            Errors.damagedFile path (say $"it is not a '{format}' with a hash.")
        let stored = Stored(path, file.tensors)
        let fingerprint =
            [ for KeyValue(name, text) in file.metadata do
                  if name.StartsWith(prefix, StringComparison.Ordinal) then name.Substring prefix.Length, text ]
        let metric = fingerprint |> List.tryPick (fun (name, text) -> if name = Fingerprint.metric then Some text else None)
        let history = stored.Values<float>("history", None)
        if history.Length % columns <> 0 then
            Errors.damagedFile path (say $"its 'history' is not {columns} numbers for each epoch.")
        let report i (row: float[]) =
            let evaluation at : Nullable<Evaluation> =
                if Double.IsNaN row[at] then
                    Nullable()
                else
                    Nullable { Loss = row[at]; Metric = row[at + 1]; MetricName = defaultArg metric "" }
            { Epoch = i + 1
              Running = { Loss = row[0]; Metric = row[1]; MetricName = defaultArg metric "" }
              After = evaluation 2
              Validation = evaluation 4
              LearningRate = row[6]
              Seconds = row[7] }
        let counts = stored.Counts("counts", Some 2)
        let numbers = stored.Values<float>("numbers", Some 8)
        let best: Best option =
            if stored.Has "best" then
                let counts = stored.Counts("best.counts", Some 2)
                Some
                    { epoch = counts[0]
                      loss = stored.Values<float>("best", Some 1)[0]
                      training = stored.Training("best.", counts[1]) }
            else
                None
        Checkpoint(
            { training = stored.Training("", counts[1])
              step = counts[0]
              seen = { rows = numbers[0]; weight = numbers[1]; lossSum = numbers[2]; metricSum = numbers[3] }
              firstLoss = numbers[4]
              lastLoss = numbers[5]
              best = best
              reports = history |> Array.chunkBySize columns |> Array.mapi report |> Array.rev |> List.ofArray
              seconds = numbers[6]
              epochSeconds = numbers[7] },
            fingerprint
        )

/// <summary>Checkpoints: where a fit stands, kept in files, so that training survives a kill.</summary>
/// <example><code>
/// open System.IO
///
/// let path = "run.safetensors"
/// let settings = { settings with checkpoint = Some(Checkpoint.every (CheckpointInterval.Seconds 60.0) path) }
/// let fitted =
///     if File.Exists path then Checkpoint.load path |> Checkpoint.resume settings data else Fit.run settings data
/// </code></example>
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Checkpoint =

    /// <summary>Writes a checkpoint to a file, which is the old one or the new one whatever happens meanwhile.</summary>
    /// <remarks>The file is in the format safetensors. It is written beside the target, flushed to the disk, and renamed.</remarks>
    /// <exception cref="T:LinearNets.ModelFileException">The file cannot be written; what was there is as it was.</exception>
    let save (path: string) (checkpoint: Checkpoint) = CheckpointFile.write path checkpoint

    /// <summary>The checkpoint of a file.</summary>
    /// <exception cref="T:LinearNets.ModelFileException">There is no such file, it is no checkpoint, or a byte of it is not as
    /// it was written.</exception>
    let load (path: string) : Checkpoint = CheckpointFile.read path

    /// <summary>For <c>FitSettings.checkpoint</c>: writes a checkpoint to a file, the same one every time.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The folder of the file does not exist.</exception>
    let every (interval: CheckpointInterval) (path: string) : CheckpointSettings =
        ArgumentException.ThrowIfNullOrEmpty(path, nameof path)
        let folder = Path.GetDirectoryName(Path.GetFullPath path)
        Errors.require "The folder of the checkpoint" (Directory.Exists folder) (say $"'{folder}'") "one that exists"
        { every = interval; save = save path }

    /// <summary>Goes on with a fit from a checkpoint and gives the same bits as if it had never been interrupted.</summary>
    /// <remarks>Settings and data have to be those of the checkpoint. Others are allowed for what the bits do not depend on:
    /// threads, callbacks, checkpoints, cancellation, the loss after each epoch; and there may be more epochs. Of a model, a loss
    /// or an optimizer of your own its name, its shapes and two updates are compared: if you change what it computes, change its
    /// name, too.</remarks>
    /// <exception cref="T:LinearNets.SettingsException">The checkpoint is of other settings or data: every difference is listed.</exception>
    let resume (settings: FitSettings) (data: Dataset) (checkpoint: Checkpoint) : Fitted =
        ArgumentNullException.ThrowIfNull(checkpoint, nameof checkpoint)
        Fit.from (Some checkpoint) settings data
