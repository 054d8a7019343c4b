// What the bits of a fit depend on, each by a name and a text: two fits with the same texts are the same fit.
//
// A model, a loss and an optimizer are functions, which cannot be compared. Models and losses are known by their names and
// shapes; an optimizer also by what two updates of it make of ones, and by its rates so far, so that another schedule is another
// fit only where it has been followed. Data and first parameters are known by their SHA-256.

namespace LinearNets.FSharp

open System
open System.Globalization
open LinearNets
open LinearNets.Kernels

/// The learning rates of the steps so far, in a few words and a hash that goes on where it was asked last.
[<Sealed>]
type internal Rates(rate: Schedule) =
    let mutable count = 0
    let mutable hash = 0UL

    static member Number(value: float) = value.ToString("R", CultureInfo.InvariantCulture)

    member _.Until steps =
        if steps < count then
            count <- 0
            hash <- 0UL
        while count < steps do
            let mixed = (hash ^^^ BitConverter.DoubleToUInt64Bits(rate count)) * 0x9E3779B97F4A7C15UL
            hash <- mixed ^^^ (mixed >>> 32)
            count <- count + 1
        if steps = 0 then
            "none"
        else
            say $"{Rates.Number(rate 0)} to {Rates.Number(rate (steps - 1))}, {hash:x16}"

module internal Fingerprint =

    /// The name that the metric goes by.
    let metric = "metric"

    let private number = Rates.Number

    let private numbers values = if Seq.isEmpty values then "none" else values |> Seq.map number |> String.concat ", "

    let private shapes (tensors: Tensor list) =
        if tensors.IsEmpty then
            "none"
        else
            tensors |> List.map (fun t -> say $"{Print.shape t.shape} {t.dtype}") |> String.concat ", "

    /// So many digits of a hash as tell apart what nobody made alike on purpose.
    let private hash arrays = (Bytes.hash arrays).Substring(0, 16)

    let private values (tensors: Tensor list) = tensors |> Seq.map _.Raw.ToHost() |> hash

    let private rows (data: Dataset) =
        let table = data.Table
        hash
            [ match table.features with
              | Features.Bytes x -> x :> Array
              | Features.Singles x -> x
              | Features.Doubles x -> x
              | Features.SparseSingles x -> yield! [ x.Starts :> Array; x.Columns; x.Values ]
              | Features.SparseDoubles x -> yield! [ x.Starts :> Array; x.Columns; x.Values ]
              match table.targets with
              | Targets.Numbers(y, _) -> y
              | Targets.Classes labels -> labels
              if not (isNull table.weights) then table.weights ]

    let private dataset name (data: Dataset option) =
        match data with
        | None -> [ say $"size of the {name}", "none"; (say $"hash of the {name}"), "none" ]
        | Some data ->
            let targets = if data.HasClasses then say $"{data.Outputs} classes" else say $"{data.Outputs} targets"
            let weighted = if data.HasWeights then ", weighted" else ""
            [ say $"size of the {name}", (say $"{data.Rows} × {data.Columns}, {targets}{weighted}")
              (say $"hash of the {name}"), rows data ]

    /// The first values of parameters and slots after two updates by 1e-6 from ones: small, so that an ε beside it is seen.
    let private twoUpdates (optimizer: Optimizer) (parameters: Tensor list) =
        let filled (value: float) = parameters |> List.map (fun p -> p.zerosLike () + value)
        let update (parameters, state) = optimizer.update (filled 1e-6) state parameters
        let parameters, state = (filled 1.0, optimizer.init (filled 1.0)) |> update |> update
        numbers
            [ for t in List.concat (parameters :: state.slots) do
                  if t.nelement > 0 then float (t.view([ t.nelement ]).[0]) ]

    /// What does not change while a fit goes on. It looks at all data.
    let create (settings: FitSettings) data (first: Training) (rule: Rule) (measure: Measure) =
        [ "model", string settings.model
          "loss", settings.loss.name
          "penalty", (say $"l1 {number settings.penalty.l1}, l2 {number settings.penalty.l2}")
          "class weights", numbers settings.classWeights
          "optimizer", settings.optimizer.name
          "result of two updates", twoUpdates settings.optimizer first.parameters
          "batch size", string settings.batch
          "shuffling", string settings.shuffle
          "seed", string settings.seed
          "hash of the first parameters", values first.parameters
          "rule", string rule
          "type of number", string (Data.dtype data)
          "SIMD width", string Simd.Chosen
          metric, measure.name
          "early stopping",
          (match settings.earlyStopping with
           | None -> "none"
           | Some stopping -> say $"patience {stopping.patience}, least improvement {number stopping.minDelta}")
          yield! dataset "training data" (Some data)
          yield! dataset "validation data" settings.validation ]

    /// The same with what depends on how far the fit is.
    let at (rates: Rates) (training: Training) fingerprint =
        ("learning rates so far", rates.Until training.state.step) :: fingerprint

    /// Refuses a checkpoint of a fit with other settings or data.
    let check (settings: FitSettings) steps (start: Training) rule rates fingerprint (checkpoint: Checkpoint) =
        let progress = checkpoint.Progress
        let now = at rates progress.training fingerprint
        let was = Map.ofList checkpoint.Fingerprint
        // What a file can have that no fit has made.
        let made (training: Training) =
            shapes (training.parameters @ if rule = Rule.Fused then List.concat training.state.slots else [])
        let place = int64 checkpoint.epochs * int64 steps + int64 progress.step
        Errors.otherFit
            [ for name, text in now do
                  let before = was |> Map.tryFind name |> Option.defaultValue "none"
                  if before <> text then name, before, text
              for training in progress.training :: [ for best in Option.toList progress.best -> best.training ] do
                  if made training <> made start then "shape of the state", made training, made start
              if progress.step < 0 || progress.step >= steps || int64 progress.training.state.step <> place then
                  "number of updates", string progress.training.state.step, string place ]
        let least = checkpoint.epochs + if progress.step > 0 then 1 else 0
        Errors.require
            "The number of epochs"
            (settings.epochs >= least)
            settings.epochs
            (say $"{least} or more, as the checkpoint has")
