// What to train and how, and what is checked of it before anything is computed: every problem is said, not only the first.

namespace LinearNets.FSharp

open System
open System.Threading
open LinearNets
open LinearNets.Kernels

/// <summary>When to stop before the last epoch, by the loss on the validation data.</summary>
type EarlyStopping =
    {
        /// <summary>How many epochs in a row may pass without a better loss.</summary>
        patience: int
        /// <summary>By how much a loss must be lower to be better.</summary>
        minDelta: float
    }

/// <summary>Where a fit stands after an update.</summary>
[<Struct; NoComparison>]
[<RequireQualifiedAccess>]
type StepReport =
    {
        /// <summary>The epoch, from 1.</summary>
        epoch: int
        /// <summary>How many epochs are planned.</summary>
        epochs: int
        /// <summary>The update within the epoch, from 1.</summary>
        step: int
        /// <summary>The updates of an epoch.</summary>
        steps: int
        /// <summary>The mean loss of the update's minibatch.</summary>
        loss: float
    }

/// <summary>How often a fit says where it stands. It does after the last update, too.</summary>
[<RequireQualifiedAccess>]
type CheckpointInterval =
    /// <summary>After so many epochs.</summary>
    | Epochs of int
    /// <summary>After so many updates.</summary>
    | Steps of int
    /// <summary>After so many seconds, between two updates.</summary>
    | Seconds of float

    /// <summary>The interval in words.</summary>
    override interval.ToString() =
        match interval with
        | Epochs n -> say $"every {n} epochs"
        | Steps n -> say $"every {n} updates"
        | Seconds s -> say $"every {s} seconds"

/// <summary>When a fit says where it stands, and to whom. <c>Checkpoint.every</c> makes one that writes a file.</summary>
[<NoEquality; NoComparison>]
[<RequireQualifiedAccess>]
type CheckpointSettings =
    {
        /// <summary>How often.</summary>
        every: CheckpointInterval
        /// <summary>What is done with a checkpoint: <c>Checkpoint.save path</c>, say.</summary>
        save: Checkpoint -> unit
    }

/// <summary>What to train and how. Begin with <c>Fit.defaults</c>.</summary>
[<NoEquality; NoComparison>]
[<RequireQualifiedAccess>]
type FitSettings =
    {
        /// <summary>The model.</summary>
        model: Model
        /// <summary>The loss.</summary>
        loss: Loss
        /// <summary>The penalty on the weights.</summary>
        penalty: Penalty
        /// <summary>A weight for each class; empty for none.</summary>
        classWeights: float list
        /// <summary>The optimizer, with its learning rate or schedule.</summary>
        optimizer: Optimizer
        /// <summary>The rows of a minibatch; at least the number of rows for full-batch descent.</summary>
        batch: int
        /// <summary>How often to go through the data.</summary>
        epochs: int
        /// <summary>Whether to visit the rows in another random order in each epoch.</summary>
        shuffle: bool
        /// <summary>The seed of the first parameters and of the orders: the same settings and data give the same bits.</summary>
        seed: int
        /// <summary>The parameters to begin with; drawn from the seed if there are none.</summary>
        initial: Tensor list option
        /// <summary>The rule for the gradient. If there is none, it is chosen by the settings and the kind of the data: <c>Fused</c> where
        /// a kernel knows all of them, else <c>ClosedForm</c> where model and loss have one, else <c>Autodiff</c>.</summary>
        rule: Rule option
        /// <summary>How many threads may be used; as many as there are processors if there is none. The result is the same, bit for
        /// bit.</summary>
        threads: int option
        /// <summary>The metric. If there is none: accuracy for classes, the mean squared error for numbers, and none for a model
        /// whose outputs are neither scores of the classes nor predictions of the numbers.</summary>
        measure: Measure option
        /// <summary>Whether to compute the loss on all training data after each epoch, too.</summary>
        lossAfterEpoch: bool
        /// <summary>Data to evaluate the model on after each epoch.</summary>
        validation: Dataset option
        /// <summary>Whether to stop when the validation loss stops falling. The parameters of the best epoch are then the result.</summary>
        earlyStopping: EarlyStopping option
        /// <summary>Whether to say now and then where the fit stands, so that it can go on from there. All data are hashed once for
        /// it, so that a checkpoint knows its own.</summary>
        checkpoint: CheckpointSettings option
        /// <summary>Called after each update.</summary>
        onStep: StepReport -> unit
        /// <summary>Called after each epoch.</summary>
        onEpoch: EpochReport -> unit
        /// <summary>Stops the fit before the next minibatch, with an <c>OperationCanceledException</c>.</summary>
        cancellation: CancellationToken
    }

module internal Settings =

    /// Who is told of no update.
    let nobody: StepReport -> unit = ignore

    let objective (settings: FitSettings) =
        { model = settings.model
          loss = settings.loss
          penalty = settings.penalty
          classWeights = settings.classWeights }

    // ---- what is checked before anything is computed ------------------------------------------------------------

    let private outputs (data: Dataset) =
        if data.HasClasses then
            say $"{data.Outputs} classes"
        else
            say $"{data.Outputs} target numbers per row"

    let private ruleProblems (settings: FitSettings) =
        // Whether Fused can be used is asked when model, loss and data are known to fit.
        let missing =
            [ if settings.model.pullback.IsNone then say $"the model '{settings.model.name}' has no pullback"
              if settings.loss.adjoint.IsNone then say $"the loss '{settings.loss.name}' has no adjoint" ]
        match settings.rule with
        | Some rule when not (Enum.IsDefined rule) -> [ say $"The rule is {rule}; expected Autodiff, ClosedForm or Fused." ]
        | Some Rule.ClosedForm when not missing.IsEmpty ->
            [ "The rule ClosedForm cannot be used: "
              + String.concat ", and " missing
              + ". Leave the rule out, or use Autodiff." ]
        | _ -> []

    /// A schedule is followed as far as this before training; Int32.MaxValue epochs are a way to say "until it stops by itself".
    let private stepsLookedAt = 1_000_000L

    let private isUsable rate = rate >= 0.0 && rate < infinity

    let private unusableRate (settings: FitSettings) step =
        say $"The learning rate of step {step + 1} is {settings.optimizer.rate step}; expected a finite number, 0 or more."

    /// Where nobody knows how many rows there are, there are at least those at hand; the steps after theirs are checked as they come.
    let private rateProblems (settings: FitSettings) (rows: int64 voption) (data: Dataset) =
        let least = ValueOption.defaultValue (int64 (Table.keptCount data.Table)) rows
        let ofEpoch = min stepsLookedAt ((least - 1L) / int64 (max 1 settings.batch) + 1L)
        let planned = int (min stepsLookedAt (ofEpoch * int64 (max 1 settings.epochs)))
        let rate = settings.optimizer.rate
        let rec first holds steps step = if step = steps || holds (rate step) then step else first holds steps (step + 1)
        let wrong = first (isUsable >> not) planned 0
        if wrong > 0 && wrong < planned then
            [ unusableRate settings wrong ]
        else
            let steps = if rows.IsSome then planned else int stepsLookedAt
            let works = wrong = planned && first (fun rate -> rate > 0.0) steps 0 < steps
            Problem.unless works "The learning rate" (rate 0) "a finite number above 0"

    /// Refuses a rate of some steps, from one on, that cannot be used.
    let checkRates (settings: FitSettings) first count =
        for step in first .. first + count - 1 do
            if not (isUsable (settings.optimizer.rate step)) then Errors.settings [ unusableRate settings step ]

    let private penaltyProblems (settings: FitSettings) =
        let problem name factor = Problem.unless (factor >= 0.0 && factor < infinity) name factor "a finite number, 0 or more"
        problem "The L1 penalty's factor" settings.penalty.l1 @ problem "The L2 penalty's factor" settings.penalty.l2

    let private classWeightProblems (settings: FitSettings) (data: Dataset) =
        if settings.classWeights.IsEmpty then
            []
        elif not data.HasClasses then
            [ "There are class weights, but the targets are numbers." ]
        elif settings.classWeights.Length < data.Outputs then
            [ say $"There are {settings.classWeights.Length} class weights; expected {data.Outputs}, one per class." ]
        else
            [ for i, weight in List.indexed settings.classWeights do
                  yield!
                      Problem.unless
                          (weight > 0.0 && weight < infinity)
                          (say $"The weight of class {i}")
                          weight
                          "a finite number above 0" ]

    /// A class where the training had another. Where either has only a number for a name, it may be the same one.
    let private otherClass (ours: seq<string>) (theirs: seq<string>) =
        Seq.zip ours theirs
        |> Seq.indexed
        |> Seq.tryFind (fun (i, (a, b)) -> a <> b && a <> string i && b <> string i)
        |> Option.map snd

    /// Refuses data that have other classes than those of the training, where they are known.
    let checkClasses (ours: seq<string>) (data: Dataset) =
        otherClass ours data.ClassNames |> Option.iter (Errors.otherClasses "data")

    let otherKind validation data =
        say $"The validation data have {outputs validation}; expected {outputs data}, as the training data have."

    let private validationProblems (settings: FitSettings) (rows: int64 voption) (data: Dataset) =
        match settings.validation with
        | None -> Problem.unless settings.earlyStopping.IsNone "The validation data of early stopping" "missing" "some rows"
        | Some null -> [ "The validation data are null; expected some rows, or None." ]
        | Some validation when validation.HasClasses <> data.HasClasses -> [ otherKind validation data ]
        | Some validation ->
            // Of rows that nobody knows yet some may be of other classes; what the model has outputs for is asked later.
            let fits =
                if data.HasClasses then
                    rows.IsNone || validation.Outputs <= data.Outputs
                else
                    validation.Outputs = data.Outputs
            [ yield!
                  Problem.unless
                      (validation.Columns = data.Columns)
                      "The width of the validation data"
                      validation.Columns
                      (say $"{data.Columns}, as the training data have")
              yield!
                  Problem.unless
                      (Data.dtype validation = Data.dtype data)
                      "The type of number of the validation data"
                      (Data.dtype validation)
                      (say $"{Data.dtype data}, as the training data have")
              yield!
                  otherClass data.ClassNames validation.ClassNames
                  |> Option.map (Problem.otherClass "validation data")
                  |> Option.toList
              yield!
                  Problem.unless
                      fits
                      "The targets of the validation data"
                      (outputs validation)
                      (say $"{outputs data}, as the training data have") ]

    let private earlyStoppingProblems (settings: FitSettings) =
        match settings.earlyStopping with
        | None -> []
        | Some stopping ->
            [ yield! Problem.unless (stopping.patience >= 1) "The patience of early stopping" stopping.patience "1 or more"
              yield!
                  Problem.unless
                      (stopping.minDelta >= 0.0 && stopping.minDelta < infinity)
                      "The least improvement of early stopping"
                      stopping.minDelta
                      "a finite number, 0 or more" ]

    let private checkpointProblems (settings: FitSettings) =
        match settings.checkpoint |> Option.map _.every with
        | None -> []
        | Some(CheckpointInterval.Epochs n) -> Problem.unless (n >= 1) "The number of epochs between checkpoints" n "1 or more"
        | Some(CheckpointInterval.Steps n) -> Problem.unless (n >= 1) "The number of steps between checkpoints" n "1 or more"
        | Some(CheckpointInterval.Seconds s) ->
            Problem.unless (s > 0.0 && s < infinity) "The number of seconds between checkpoints" s "a finite number above 0"

    let private initialProblems (settings: FitSettings) data =
        let expected = settings.model.parameters
        match settings.initial with
        | Some initial when initial.Length <> expected.Length ->
            [ say $"There are {initial.Length} parameters to begin with; expected {expected.Length}, as the model has." ]
        | Some initial ->
            [ for p, value in List.zip expected initial do
                  yield!
                      Problem.unless
                          (List.ofArray value.shape = p.shape)
                          (say $"The first value of '{p.name}'")
                          (Print.shape value.shape)
                          (say $"the shape {Print.shape p.shape}")
                  yield!
                      Problem.unless
                          (value.dtype = Data.dtype data)
                          (say $"The first value of '{p.name}'")
                          value.dtype
                          (say $"{Data.dtype data}, as the data are")
                  if value.Raw.FirstNotFinite() >= 0 then say $"The first value of '{p.name}' is not finite." ]
        | None -> []

    let first (settings: FitSettings) data =
        settings.initial |> Option.defaultWith (fun () -> Model.initAs (Data.dtype data) settings.seed settings.model)

    /// How many outputs the model has, found by its scores of a row.
    let private ownOutputs (settings: FitSettings) (data: Dataset) =
        match Formula.tryFind2 settings.model.apply with
        | Some(ModelFormula.Affine(_, inputs, outputs)) when inputs = data.Columns -> outputs
        | _ -> (settings.model.apply (first settings data) (Data.features [| 0 |] data)).nelement

    let private fits own (data: Dataset) = if data.HasClasses then own >= data.Outputs else own = data.Outputs

    let measure (settings: FitSettings) (data: Dataset) =
        match settings.measure with
        | Some measure -> measure
        | None when not (fits (ownOutputs settings data) data) -> Measure.none
        | None -> if data.HasClasses then Measure.accuracy else Measure.mse

    let fused (settings: FitSettings) (data: Dataset) =
        Fused.plan (objective settings) settings.optimizer (measure settings data) data

    /// Whether the loss takes such targets, seen by a row; what their values may be is seen later, and is about the data.
    let private lossProblems (settings: FitSettings) (data: Dataset) =
        try
            Objective.forward (objective settings) (first settings data) (Data.rows [| 0 |] data) |> ignore
            []
        with
        | :? DataException -> []
        | :? LinearNetsException as e ->
            let takes = if data.HasClasses then "Cross-entropy takes labels" else "The squared loss takes numbers"
            [ say $"The loss '{settings.loss.name}' does not take these targets, {outputs data}. {takes}. ({e.Message})" ]

    /// Whether the model takes such rows, and whether its outputs fit the targets. A loss of a user's own may take other
    /// outputs: two for a mean and a spread, say.
    let private modelProblems (settings: FitSettings) (data: Dataset) =
        try
            let own = ownOutputs settings data
            let misfit = settings.validation |> Option.filter (fits own >> not)
            if settings.loss.adjoint.IsNone || fits own data && misfit.IsNone then
                if (fused settings data).IsOk then [] else lossProblems settings data
            else
                let what, data =
                    match misfit with
                    | Some validation when fits own data -> "validation data", validation
                    | _ -> "data", data
                Problem.unless
                    false
                    "The number of the model's outputs"
                    own
                    (say $"{data.Outputs}: the {what} have {outputs data}")
        with :? LinearNetsException as e ->
            [ e.Message ]

    let private fusedProblems (settings: FitSettings) (data: Dataset) =
        match settings.rule with
        | Some Rule.Fused ->
            match fused settings data with
            | Ok _ -> []
            | Error reasons ->
                [ "The rule Fused cannot be used: "
                  + String.concat ", and " reasons
                  + ". Leave the rule out, or use ClosedForm or Autodiff." ]
        | _ -> []

    /// Every reason that something cannot be trained, where so many rows are known to come and these are the first.
    let private problemsOf (rows: int64 voption) (settings: FitSettings) (data: Dataset) =
        let own =
            [ if settings.model.parameters.IsEmpty then
                  say $"The model is '{settings.model.name}', without parameters; expected one that can learn."
              yield! Problem.unless (settings.batch >= 1) "The batch size" settings.batch "1 or more"
              yield! Problem.unless (settings.epochs >= 1) "The number of epochs" settings.epochs "1 or more"
              yield! ruleProblems settings
              match settings.threads with
              | Some threads when threads < 1 || threads > Workers.MostThreads ->
                  say $"The number of threads is {threads}; expected 1 to {Workers.MostThreads}."
              | _ -> ()
              yield! rateProblems settings rows data
              yield! penaltyProblems settings
              yield! classWeightProblems settings data
              yield! earlyStoppingProblems settings
              yield! validationProblems settings rows data
              yield! checkpointProblems settings
              yield! initialProblems settings data ]
        match own with
        | [] ->
            match modelProblems settings data with
            | [] -> fusedProblems settings data
            | problems -> problems
        | problems -> problems

    /// The same where these are all rows.
    let problems (settings: FitSettings) (data: Dataset) =
        problemsOf (ValueSome(int64 (Table.keptCount data.Table))) settings data

    /// Refuses what cannot be trained, with every reason; a stream's rows may be known to be so many.
    let check (rows: int64 voption) (settings: FitSettings) (data: Dataset) =
        match problemsOf rows settings data with
        | [] -> ()
        | problems -> Errors.settings problems

    /// Refuses values that are not finite. Features are not looked at for a kernel: one that is not finite makes a gradient that
    /// is not, and an update is seen to have none anyway; the features are then looked at for the reason.
    let checkWindow (window: Window) rule =
        if rule <> Rule.Fused then window.CheckFeatures "training data"
        window.CheckTargets "training data"

    /// The same for the first window, and for the validation data.
    let checkValues (settings: FitSettings) window rule =
        checkWindow window rule
        for validation in Option.toList settings.validation do
            validation.CheckFeatures "validation data"
            validation.CheckTargets "validation data"

    /// The same fit without preprocessing, which depends on the data alone: the affine model after it, and windows to whose rows
    /// it is applied. None where there is nothing before an affine model, where no kernel trains it, or where the data do not
    /// fit, which the check of the whole then says.
    let prepared (settings: FitSettings) (windows: Windows) =
        match Preprocess.before settings.model with
        | Some(transform, model) when settings.rule.IsNone || settings.rule = Some Rule.Fused ->
            let width = transform.Inputs.Length
            let fits (data: Dataset) = not (isNull data) && data.Columns = width
            if fits windows.First.data && Option.forall fits settings.validation then
                let apply what data =
                    try
                        transform.Apply data
                    with :? DataException as e ->
                        Errors.within what e
                let first = apply "training data" windows.First.data
                let settings =
                    { settings with model = model; validation = settings.validation |> Option.map (apply "validation data") }
                if (fused settings first).IsOk then
                    Some(settings, windows.Map(apply "training data", first))
                else
                    None
            else
                None
        | _ -> None
