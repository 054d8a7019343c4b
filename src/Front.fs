// What the front door for C# asks of the core: a linear model of a data set, by one of the solvers.
//
//   data ──► features scaled ──► a solver ──► W [d; q], b [q] ──► factor·x·W + b on measured units
//
//   scaled by a factor      the solver's model is factor·x·W + b, and its parameters are kept as they are
//   scaled by a transform   it is applied once; ((x − s)/c)·W + b = x·W′ + b′ is folded, W′ = W/c, b′ = b − s·W′
//   a start                 the other way: W = c·W′/factor, b = b′ + s·W′
//
// Nothing is decided here: which solver, which loss and which scale are arguments.
//
//   request ──► outline: targets of the right kind, nothing scaled ──► every problem of the settings, in one exception
//           ──► prepared: validation data with the classes of the others, features scaled ──► the solver
//
// What settings, shapes and kinds tell is said first, all of it; what values tell comes after. Where the targets are of another
// kind, zeros of the right one stand for them, so that the other problems are found, too.

namespace LinearNets.FSharp

open System
open System.Collections.Generic
open System.Diagnostics
open System.Threading
open LinearNets
open LinearNets.Tensors

/// Which targets an estimator takes.
type internal Takes =
    | Anything = 0
    | Numbers = 1
    | Classes = 2
    | TwoClasses = 3

/// A model, and how it was found.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal Trained =
    {
        /// One's own on measured units, and its parameters.
        model: Model
        parameters: Tensor list
        /// Scores are factor·x·weights + biases; nothing of a model of one's own.
        factor: float
        weights: Tensor
        biases: Tensor
        history: TrainingHistory
        rule: string
        converged: bool
        /// Null for epochs of minibatches and for least squares, which do not iterate towards a tolerance.
        convergence: Convergence
        /// Null where the fit says nothing about the coefficients.
        inference: Func<int, Inference>
        /// What is known of the fit, each by a name: see Facts.
        about: Lazy<(string * string) list>
    }

/// A model of a file.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal Loaded =
    {
        trained: Trained
        kind: SavedKind
        features: string[]
        outputs: string[]
        /// The solver, as it printed itself, and its settings as JSON.
        solver: string
        solverSettings: string
    }

/// What is to be trained.
[<Sealed>]
type internal Request(data: Dataset) =

    member val Validation: Dataset = null with get, set
    member val Loss = Loss.squared with get, set
    member val Penalty = Penalty.none with get, set
    /// By class; empty for none.
    member val ClassWeights: float[] = [||] with get, set
    /// A model of one's own; null for the linear one.
    member val Own = Unchecked.defaultof<Model> with get, set
    member request.IsOwn = not (isNull (box request.Own))
    member val Intercept = true with get, set
    member val Factor = 1.0 with get, set
    /// Null where there is none.
    member val Transform: Func<Dataset, Transform> = null with get, set
    member val Takes = Takes.Anything with get, set
    /// Whether the targets are what is taken.
    member val Suits = true with get, set
    /// The number that stands for the first of two classes; the second is 1.
    member val No = 0.0 with get, set
    /// A device that is not there, or null.
    member val NoDevice: Device = null with get, set
    member val Seed = 0 with get, set
    member val Threads = Nullable<int>() with get, set
    /// Weights [d; q] and biases [q] on measured units, or the parameters of one's own model; null where there is no start.
    member val Start: Tensor[] = null with get, set
    member val Progress: IProgress<EpochReport> = null with get, set
    member val Cancellation = CancellationToken.None with get, set
    /// Makes the settings JSON.
    member val Settings: Func<string> = null with get, set
    member val Began = Stopwatch.GetTimestamp()
    member _.Data = data
    /// Of settings out of which nothing could be made.
    member val Problems = ResizeArray<string>()

/// The model and the data that a solver is given, and the way back.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type private Prepared =
    { model: Model
      factor: float
      data: Dataset
      validation: Dataset option
      start: Tensor list option
      transform: Transform option }

module internal Front =

    /// What is known of a fit that ends now. The data are looked at here and not kept; JSON is made when somebody asks.
    let private about (request: Request) : Lazy<(string * string) list> =
        let known = Facts.ofData request.Data
        let own, key, isWarm = request.Settings, request.Seed, not (isNull request.Start)
        let took = Stopwatch.GetElapsedTime request.Began
        lazy
            [ yield! known
              Facts.settings, own.Invoke()
              Facts.seed, string key
              if isWarm then Facts.start, "another model"
              Facts.seconds, TextTable.number took.TotalSeconds ]

    let private withoutIntercept inputs outputs =
        Model.define
            (say $"linear {inputs} → {outputs} without intercept")
            [ Parameter.weight "weight" [ inputs; outputs ] ]
            (fun p x -> x.matmul p[0])

    let private linear (request: Request) inputs outputs =
        let linear =
            if request.IsOwn then request.Own
            elif request.Intercept then Model.linear inputs outputs
            else withoutIntercept inputs outputs
        if request.Factor = 1.0 then linear else Model.compose [ Model.scale request.Factor; linear ]

    let private wide (values: float list) (shape: int list) = dsharp.tensor(List.toArray values, dtype = Dtype.Float64).view shape

    /// s and c of a transform that shifts and scales.
    let private shiftsAndScales (transform: Transform) =
        match transform with
        | Transform.Rescaled(_, columns) -> columns |> List.map _.shift, columns |> List.map _.scale
        | other -> invalidOp (say $"{other}")

    /// Parameters as the solver sees them, of those on measured units.
    let private start (request: Request) (transform: Transform option) : Tensor list option =
        match request.Start with
        | null -> None
        | _ when not request.Suits -> None
        | start when request.IsOwn -> Some [ for value in start -> value.cast (Data.dtype request.Data) ]
        | start ->
            let w, b = start[0].cast Dtype.Float64, start[1].cast Dtype.Float64
            let inputs, outputs = w.shape[0], w.shape[1]
            let w, b =
                match transform with
                | Some transform when transform.Inputs.Length = inputs ->
                    let shifts, scales = shiftsAndScales transform
                    w * wide scales [ inputs; 1 ], b + ((wide shifts [ 1; inputs ]).matmul w).view [ outputs ]
                | _ -> w / request.Factor, b
            let dtype = Data.dtype request.Data
            Some [ w.cast dtype; if request.Intercept then b.cast dtype ]

    /// Validation data with the classes of those to train on.
    let private sameClasses (data: Dataset) (validation: Dataset) =
        if data.HasClasses && validation.HasClasses && Seq.toList data.ClassNames <> Seq.toList validation.ClassNames then
            try
                validation.WithClassesOf data
            with :? DataException as e ->
                Errors.within "validation data" e
        else
            validation

    /// A data set of two classes as one of numbers; the weights of the classes become those of the rows.
    let private binary (request: Request) (data: Dataset) =
        let table = data.Table
        match table.targets with
        | Targets.Classes labels ->
            let byClass = request.ClassWeights
            let weights =
                if byClass.Length = 0 then
                    table.weights
                else
                    labels |> Array.mapi (fun row label -> byClass[label] * data.Weight row)
            Dataset
                { table with
                    Table.targets = Targets.Numbers(labels |> Array.map (fun label -> if label = 0 then request.No else 1.0), 1)
                    classNames = [||]
                    schema = null
                    weights = weights }
        | Targets.Numbers _ -> Errors.noClasses ()

    /// The same rows with targets of 0: the first of some classes, or without these numbers.
    let private zeros (classNames: string[]) (data: Dataset) =
        let targets =
            if classNames.Length = 0 then
                Targets.Numbers(Array.zeroCreate data.Rows, 1)
            else
                Targets.Classes(Array.zeroCreate data.Rows)
        Dataset { data.Table with Table.targets = targets; classNames = classNames; schema = null }

    let private ofData (request: Request) transform (data: Dataset) validation : Prepared =
        { model = linear request data.Columns data.Outputs
          factor = request.Factor
          data = data
          validation = validation
          start = start request transform
          transform = transform }

    /// What the settings are checked with.
    let private outline (request: Request) : Prepared =
        let data, validation = request.Data, Option.ofObj request.Validation
        let like classNames = ofData request None (zeros classNames data) (Option.map (zeros classNames) validation)
        match request.Takes with
        | Takes.TwoClasses -> like [||]
        | Takes.Numbers when not request.Suits -> like [||]
        | Takes.Classes when not request.Suits -> like [| "0"; "1" |]
        | _ ->
            // Classes are found by their names later, which is about labels.
            let isOther (other: Dataset) = data.HasClasses && other.HasClasses
            validation
            |> Option.map (fun other -> if isOther other then zeros data.Table.classNames other else other)
            |> ofData request None data

    let private prepare (request: Request) : Prepared =
        let change = if request.Takes = Takes.TwoClasses then binary request else id
        let data = change request.Data
        let validation = request.Validation |> Option.ofObj |> Option.map (sameClasses request.Data >> change)
        let transform = request.Transform |> Option.ofObj |> Option.map (fun fit -> fit.Invoke data)
        let apply (transform: Transform) (other: Dataset) = if other.Columns = data.Columns then transform.Apply other else other
        let scaled = Option.foldBack apply transform
        ofData request transform (scaled data) (Option.map scaled validation)

    let private trained
        (request: Request)
        (prepared: Prepared)
        rule
        history
        converged
        convergence
        (parameters: Tensor list)
        : Trained =
        let model =
            match prepared.transform with
            | Some transform when request.IsOwn -> Model.compose [ Preprocess.layer transform; prepared.model ]
            | _ -> prepared.model
        let weights, biases =
            if request.IsOwn then
                Unchecked.defaultof<Tensor>, Unchecked.defaultof<Tensor>
            else
                let weights = parameters.Head
                let biases =
                    if request.Intercept then
                        parameters[1]
                    else
                        dsharp.zeros ([ weights.shape[1] ], dtype = weights.dtype)
                match prepared.transform with
                | None -> weights, biases
                | Some transform ->
                    let model = Model.compose [ Preprocess.layer transform; Model.linear weights.shape[0] weights.shape[1] ]
                    // In doubles: where features are far from 0, much of a bias and of the scores cancels.
                    match Preprocess.tryFold model [ weights.cast Dtype.Float64; biases.cast Dtype.Float64 ] with
                    | Some(_, folded) -> folded[0], folded[1]
                    | None -> invalidOp (say $"{transform}")
        { model = model
          parameters = parameters
          factor = prepared.factor
          weights = weights
          biases = biases
          history = history
          rule = rule
          converged = converged
          convergence = convergence
          inference = null
          about = about request }

    /// Refuses a request with the problems found before and those that a solver would find; it is asked where there were some, or
    /// where it would look only after the values. A device that is not there has an exception of its own where it is all.
    let private check (request: Request) (problems: unit -> string list) =
        let isLate = not (isNull request.Validation && isNull request.Transform && isNull request.NoDevice)
        if isLate || request.Problems.Count > 0 then
            match List.distinct (List.ofSeq request.Problems @ problems ()), request.NoDevice with
            | [], null -> ()
            | [], device -> Errors.noBackend device
            | all, null -> Errors.settings all
            | all, device -> Errors.settings (all @ [ (Problem.noBackend device).Message ])

    let private noConvergence = Unchecked.defaultof<Convergence>

    let private threads (request: Request) = Option.ofNullable request.Threads

    /// Those of two classes are weights of rows.
    let private classWeights (request: Request) =
        if request.Takes = Takes.TwoClasses then [] else List.ofArray request.ClassWeights

    // ---- the solvers ----------------------------------------------------------------------------------------------

    let private fitSettings (request: Request) (prepared: Prepared) optimizer batch epochs shuffle : FitSettings =
        { Fit.defaults with
            model = prepared.model
            loss = request.Loss
            penalty = request.Penalty
            classWeights = classWeights request
            optimizer = optimizer
            batch = batch
            epochs = epochs
            shuffle = shuffle
            seed = request.Seed
            initial = prepared.start
            threads = threads request
            // Of two classes as numbers no metric of numbers says anything.
            measure = (if request.Takes = Takes.TwoClasses then Some Measure.none else None)
            validation = prepared.validation
            onEpoch = (if isNull request.Progress then ignore else request.Progress.Report)
            cancellation = request.Cancellation }

    /// Epochs of minibatches; without early stopping the patience is null.
    let sgd (request: Request) optimizer batch epochs shuffle (patience: Nullable<int>) minDelta : Trained =
        let stopping = patience |> Option.ofNullable |> Option.map (fun patience -> { patience = patience; minDelta = minDelta })
        let settings prepared = { fitSettings request prepared optimizer batch epochs shuffle with earlyStopping = stopping }
        let outline = outline request
        check request (fun () -> Settings.problems (settings outline) outline.data)
        let prepared = prepare request
        let fitted = Fit.run (settings prepared) prepared.data
        let stopped =
            match stopping with
            | Some stopping -> fitted.history.Count - fitted.epoch >= stopping.patience
            | None -> false
        trained request prepared (say $"{optimizer.name}, {fitted.rule}") fitted.history stopped noConvergence fitted.parameters

    /// Whether every row is on its side: t·z > 0.
    let private separates (model: Model) (data: Dataset) parameters =
        let worst greatest indices =
            let z, t = model.apply parameters (Data.features indices data), Data.targets indices data
            max greatest (float ((-(z * t)).max()))
        Data.foldChunks worst -infinity data < 0.0

    exception private Separated of Checkpoint

    /// The perceptron's rule, a row at a time from 0, until no row is on the wrong side at the end of an epoch.
    let perceptron (request: Request) rate epochs shuffle : Trained =
        if request.Data.HasWeights && Array.exists (fun s -> s <> 0.0 && s <> 1.0) request.Data.Table.weights then
            request.Problems.Add
                "The rows have weights, of which the perceptron's rule knows only 0 and 1. Use LogisticRegression."
        let outline = outline request
        check request (fun () -> Settings.problems (fitSettings request outline rate 1 epochs shuffle) outline.data)
        let prepared = prepare request
        let zeros = prepared.model.parameters |> List.map (fun p -> dsharp.zeros (p.shape, dtype = Data.dtype prepared.data))
        let stop (checkpoint: Checkpoint) =
            if separates prepared.model prepared.data checkpoint.parameters then raise (Separated checkpoint)
        let settings =
            { fitSettings request prepared rate 1 epochs shuffle with
                initial = Some(defaultArg prepared.start zeros)
                checkpoint = Some { every = CheckpointInterval.Epochs 1; save = stop } }
        let parameters, history, separated =
            try
                let fitted = Fit.run settings prepared.data
                fitted.parameters, fitted.history, false
            with Separated checkpoint ->
                checkpoint.parameters, checkpoint.history, true
        trained request prepared "perceptron" history separated noConvergence parameters

    let private solved request prepared rule (solved: Solved) =
        trained request prepared rule (TrainingHistory [||]) solved.convergence.Converged solved.convergence solved.parameters

    /// Problems of validation data too, which solvers have no use for but which a caller should have right.
    let private alsoOf (request: Request) (prepared: Prepared) own () =
        let fit = fitSettings request prepared Fit.defaults.optimizer 1 1 false
        Settings.problems fit prepared.data @ own

    let lbfgs (request: Request) tolerance iterations memory : Trained =
        let outline = outline request
        let settings: LbfgsSettings =
            { Lbfgs.defaults with
                model = outline.model
                loss = request.Loss
                penalty = request.Penalty
                classWeights = classWeights request
                tolerance = Option.ofNullable tolerance
                iterations = iterations
                memory = memory
                initial = outline.start
                threads = threads request
                cancellation = request.Cancellation }
        check request (alsoOf request outline (Lbfgs.problems settings))
        let prepared = prepare request
        let settings = { settings with initial = prepared.start }
        let fit = fitSettings request prepared Fit.defaults.optimizer 1 1 false
        let found = Lbfgs.run settings prepared.data
        let rule =
            if (Settings.fused { fit with measure = Some Measure.none } prepared.data).IsOk then Rule.Fused
            elif prepared.model.pullback.IsSome && request.Loss.adjoint.IsSome then Rule.ClosedForm
            else Rule.Autodiff
        solved request prepared (say $"L-BFGS, {rule}") found

    let newton (request: Request) tolerance iterations : Trained =
        let outline = outline request
        let settings: NewtonSettings =
            { Newton.defaults with
                model = outline.model
                loss = request.Loss
                penalty = request.Penalty
                classWeights = classWeights request
                tolerance = tolerance
                iterations = iterations
                initial = outline.start
                threads = threads request
                cancellation = request.Cancellation }
        check request (alsoOf request outline (Newton.problems settings outline.data))
        let prepared = prepare request
        let settings = { settings with initial = prepared.start }
        solved request prepared "Newton" (Newton.run settings prepared.data)

    let coordinateDescent (request: Request) tolerance sweeps : Trained =
        let outline = outline request
        let settings: CoordinateDescentSettings =
            { CoordinateDescent.defaults with
                model = outline.model
                loss = request.Loss
                penalty = request.Penalty
                tolerance = tolerance
                sweeps = sweeps
                initial = outline.start
                threads = threads request
                cancellation = request.Cancellation }
        check request (alsoOf request outline (CoordinateDescent.problems settings outline.data))
        let prepared = prepare request
        let settings = { settings with initial = prepared.start }
        solved request prepared "coordinate descent" (CoordinateDescent.run settings prepared.data)

    let fista (request: Request) tolerance iterations : Trained =
        let outline = outline request
        let settings: FistaSettings =
            { Fista.defaults with
                model = outline.model
                loss = request.Loss
                penalty = request.Penalty
                classWeights = classWeights request
                tolerance = Option.ofNullable tolerance
                iterations = iterations
                initial = outline.start
                threads = threads request
                cancellation = request.Cancellation }
        check request (alsoOf request outline (Fista.problems settings))
        let prepared = prepare request
        let settings = { settings with initial = prepared.start }
        solved request prepared "FISTA" (Fista.run settings prepared.data)

    /// Least squares need no scale. A penalty does: λ/2‖W‖² of factor·x·W is λ/factor² of the weights on measured units.
    let leastSquares (request: Request) rankDeficiency weightKind : Trained =
        if request.Penalty = Penalty.none then request.Transform <- null
        let outline = outline request
        let settings: ExactSettings =
            { Exact.defaults with
                intercept = request.Intercept
                penalty = { request.Penalty with l2 = request.Penalty.l2 / (request.Factor * request.Factor) }
                rankDeficiency = rankDeficiency
                weightKind = weightKind
                threads = threads request
                cancellation = request.Cancellation }
        request.Problems.AddRange
            [ match Formula.tryFind2 request.Loss.rows with
              | Some LossFormula.Squared -> ()
              | _ ->
                  say
                      $"The loss '{request.Loss.name}' is not the squared one, which is all that least squares know. Use Lbfgs for smooth losses, or Sgd."
              if request.IsOwn then
                  say
                      $"The model is '{request.Own.name}', one of your own, and least squares know linear ones. Use Lbfgs, or Sgd."
              yield! Exact.problems settings outline.data ]
        check request (alsoOf request outline [])
        let prepared = { prepare request with factor = 1.0 }
        request.Cancellation.ThrowIfCancellationRequested()
        let fit = Exact.run settings prepared.data
        let parameters = if request.Intercept then fit.parameters else fit.parameters |> List.truncate 1
        { trained request prepared (say $"least squares, {fit.path}") (TrainingHistory [||]) true noConvergence parameters with
            inference = Func<int, Inference>(fun output -> fit.inferenceOf output) }

    // ---- models of one's own --------------------------------------------------------------------------------------

    /// A model by its name, its parameters and its function. Those of two dimensions or more are weights.
    let own name (names: string[]) (shapes: int[][]) (scores: Func<IReadOnlyList<Tensor>, Tensor, Tensor>) =
        let parameter name (shape: int[]) =
            (if shape.Length < 2 then Parameter.bias else Parameter.weight) name (List.ofArray shape)
        Model.define name (List.ofArray (Array.map2 parameter names shapes)) (fun p x -> scores.Invoke(p, x))

    /// Its scores of all rows of a data set, row after row.
    let scores (trained: Trained) (data: Dataset) : float[] =
        data.CheckFeatures "prediction"
        let dtype = trained.parameters.Head.dtype
        let some rows : Tensor = trained.model.apply trained.parameters ((Data.features rows data).cast dtype)
        let parts = [| 0 .. data.Rows - 1 |] |> Array.chunkBySize (Data.chunkSizeOf data) |> Array.map some
        let all = dsharp.cat parts
        (all.cast(Dtype.Float64).view [ all.nelement ]).toArray1D()

    // ---- two classes ----------------------------------------------------------------------------------------------

    /// Weights by which every class counts the same: a row counts as one on average.
    let balancedClasses (data: Dataset) : float[] =
        let sums = Array.zeroCreate<float> data.Outputs
        match data.Table.targets with
        | Targets.Classes labels -> labels |> Array.iteri (fun row label -> sums[label] <- sums[label] + data.Weight row)
        | Targets.Numbers _ -> Errors.noClasses ()
        let filled = sums |> Array.filter (fun sum -> sum > 0.0)
        let each = Array.sum filled / float filled.Length
        sums |> Array.map (fun sum -> if sum > 0.0 then each / sum else 1.0)

    // ---- rows of C# ------------------------------------------------------------------------------------------------

    /// How many rows there are of so many values.
    let wholeRows values columns =
        if columns < 1 then Errors.noColumns "features"
        if values % columns <> 0 then Errors.pixels values columns
        values / columns

    let numbered features columns (targets: float[]) outputs =
        Dataset(Table.create columns features (Targets.Numbers(targets, outputs)))

    let labelled features columns (labels: 'label[]) = Dataset(Table.createLabelled columns features (Labels.ofAny labels))

    // ---- files ----------------------------------------------------------------------------------------------------

    let private solverName, solverSettingsName, ruleName, convergedName = "solver", "solver_settings", "rule", "converged"

    /// A model as data: what files and others are made of.
    let describe
        kind
        (trained: Trained)
        (solver: string)
        (solverSettings: string)
        (features: string[])
        (outputs: string[])
        : SavedModel =
        let affine = SavedLayer.Affine(trained.weights, trained.biases)
        { kind = kind
          layers = if trained.factor = 1.0 then [ affine ] else [ SavedLayer.Scaled trained.factor; affine ]
          features = List.ofArray features
          outputs = List.ofArray outputs
          about =
            [ yield! trained.about.Value
              solverName, solver
              // Another program said none.
              if solverSettings <> "" then solverSettingsName, solverSettings
              ruleName, trained.rule
              convergedName, (if trained.converged then "true" else "false") ] }

    let private found (trained: Trained) (model: SavedModel) : SavedFit =
        { model = model
          history = Seq.toArray trained.history
          convergence = trained.convergence
          inferences =
            (if isNull trained.inference then
                 [||]
             else
                 ModelFile.inferences trained.biases.nelement trained.inference.Invoke) }

    let save path (trained: Trained) (model: SavedModel) : unit = ModelFile.write path (found trained model)

    /// A page of what a card says, and of outputs for data.
    let report
        title
        (facts: KeyValuePair<string, string> seq)
        settings
        limits
        trained
        model
        (outputs: Func<Dataset, float[]>)
        data
        =
        let facts = [ for fact in facts -> fact.Key, fact.Value ]
        Report.make title facts settings (List.ofSeq<string> limits) (found trained model) outputs.Invoke data

    /// The same of a model of one's own, by its name.
    let reportOwn
        (trained: Trained)
        solver
        (features: string seq)
        (outputs: string[])
        (scores: Func<Dataset, float[]>)
        (data: Dataset)
        =
        let model: SavedModel =
            { kind = (if data.HasClasses then SavedKind.Softmax else SavedKind.Regression)
              layers = [ SavedLayer.Own(trained.model.name, []) ]
              features = List.ofSeq features
              outputs = List.ofArray outputs
              about = (solverName, solver) :: (ruleName, trained.rule) :: trained.about.Value }
        Report.ofFit (string trained.model) (found trained model) scores.Invoke data

    let load path verify : Loaded =
        let fit = ModelFile.read path verify
        let factor, weights, biases =
            let refuse () = Errors.notAffine path (ModelFile.words fit.model.layers)
            match ModelFile.tryModel fit.model.layers with
            | Some(model, [ w; b ]) ->
                match Formula.tryFind2 model.apply with
                | Some(ModelFormula.Affine(factor, _, _)) -> factor, w, b
                | _ ->
                    // In doubles, as a fit folds.
                    match Preprocess.tryFold model [ w.cast Dtype.Float64; b.cast Dtype.Float64 ] with
                    | Some(_, [ w; b ]) when Double.IsFinite(float ((0.0 * w).sum() + (0.0 * b).sum())) -> 1.0, w, b
                    | _ -> refuse ()
            | _ -> refuse ()
        let texts = Map fit.model.about
        // What another program wrote need not say how it was found.
        let text name usual = defaultArg (texts.TryFind name) usual
        let own = set [ solverName; solverSettingsName; ruleName; convergedName ]
        { trained =
            { model = Model.linear weights.shape[0] weights.shape[1]
              parameters = [ weights; biases ]
              factor = factor
              weights = weights
              biases = biases
              history = TrainingHistory fit.history
              rule = text ruleName "from a file"
              converged = text convergedName "true" = "true"
              convergence = fit.convergence
              inference =
                (if fit.inferences.Length = 0 then
                     null
                 else
                     Func<int, Inference>(fun output ->
                         let outputs = fit.inferences.Length
                         Errors.require
                             "The output"
                             (output >= 0 && output < outputs)
                             output
                             (say $"a number from 0 to {outputs - 1}")
                         Inference fit.inferences[output]))
              about = lazy (fit.model.about |> List.filter (fun (name, _) -> not (own.Contains name))) }
          kind = fit.model.kind
          features = List.toArray fit.model.features
          outputs = List.toArray fit.model.outputs
          solver = text solverName "from a file"
          solverSettings = text solverSettingsName "" }

    let otherKind path (kind: SavedKind) (loads: string) : unit = Errors.otherKind path (kind.Name) loads
    let savedSolver (solver: string) : Trained = Errors.savedSolver solver

    // ---- what the models of C# refuse -----------------------------------------------------------------------------

    let rowToPredict got expected : unit = Errors.rowToPredict got expected
    let rowsToPredict got expected : unit = Errors.rowsToPredict got expected
    let placeForResults got expected : unit = Errors.placeForResults got expected
    let severalOutputs outputs : unit = Errors.severalOutputs outputs
    let noInference rule : unit = Errors.noInference rule
    let noFeature name names : unit = Errors.noFeature name names
    let noRows () : unit = Errors.empty "dataset"
    let notFinite (row: int) name value : unit = Errors.notFinite "prediction" "feature" (int64 row) name value

    let private targets (data: Dataset) =
        if not data.HasClasses then "numbers for targets"
        elif data.Outputs = 1 then "1 class"
        else say $"{data.Outputs} classes"

    /// Of labels 1 and 2 the class 0 has no rows and is left out.
    let twoClasses (data: Dataset) = if data.HasClasses && data.Outputs > 2 then data.WithoutEmptyClasses() else data

    /// Which targets a request wants, and whether they are there. A problem is kept.
    let takes (request: Request) (takes: Takes) =
        let data = request.Data
        request.Takes <- takes
        let problem =
            match takes with
            | Takes.Numbers when data.HasClasses -> Problem.notNumberTargets
            | Takes.Classes when not data.HasClasses || data.Outputs < 2 -> Problem.notClassTargets (targets data)
            | Takes.TwoClasses when not data.HasClasses || data.Outputs <> 2 -> Problem.notTwoClasses (targets data)
            | _ -> null
        request.Suits <- isNull problem
        if not request.Suits then
            request.Problems.Add problem
        elif takes = Takes.TwoClasses && not (isNull request.Validation) && not request.Validation.HasClasses then
            request.Problems.Add(Settings.otherKind request.Validation data)
        request.Suits

    // ---- how good they are ----------------------------------------------------------------------------------------

    let counted (data: Dataset) = Scores.counted data

    let private weightsOf (data: Dataset) = ReadOnlySpan<float> data.Table.weights

    let regressionScores (predictions: float[]) (outputs: int) (data: Dataset) =
        match data.Table.targets with
        | Targets.Classes _ -> Errors.noNumbers ()
        | Targets.Numbers(y, q) ->
            Errors.require "The number of targets" (q = outputs) q (say $"{outputs}, as the model has outputs")
            RegressionScores.Of(ReadOnlySpan predictions, ReadOnlySpan y, data.TargetNames, weightsOf data)

    /// Scores of one number for two classes or one for each; `isMargin` of those that stand for no probability.
    let classificationScores (scores: float[]) (classNames: string[]) isMargin (data: Dataset) =
        match data.Table.targets with
        | Targets.Numbers _ -> Errors.noClasses ()
        | Targets.Classes labels ->
            let labels = ReadOnlySpan(Labels.renamed labels data.Table.classNames classNames)
            if isMargin then
                ClassificationScores.OfMargins(ReadOnlySpan scores, labels, classNames, weightsOf data)
            else
                ClassificationScores.OfScores(ReadOnlySpan scores, labels, classNames, weightsOf data)
