// Where a fit stands between two updates, as a value: whoever has it, the settings and the data can go on as if nothing had
// been in between.
//
//   parameters, the optimizer's state      what the updates so far have made
//   epochs done, updates of the next one   orders of rows are functions of seed and epoch, so that this is the place in them
//   sums of the epoch under way            the losses and metrics of its report
//   the first loss and the last            what a loss is compared with, to see whether training has diverged
//   the best epoch, the reports            early stopping, the history

namespace LinearNets.FSharp

open LinearNets

/// Sums over rows that were seen.
[<Struct; NoEquality; NoComparison>]
type internal Sums =
    { rows: float
      weight: float
      lossSum: float
      metricSum: float }

    static member Zero = { rows = 0.0; weight = 0.0; lossSum = 0.0; metricSum = 0.0 }

    member a.Plus(b: Sums) =
        { rows = a.rows + b.rows
          weight = a.weight + b.weight
          lossSum = a.lossSum + b.lossSum
          metricSum = a.metricSum + b.metricSum }

    member sums.Evaluation(measure: Measure) : Evaluation =
        { Loss = sums.lossSum / sums.weight; Metric = sums.metricSum / sums.rows; MetricName = measure.name }

/// The best that a fit under way has learnt: the epoch, its validation loss, and where training stood.
[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal Best = { epoch: int; loss: float; training: Training }

[<NoEquality; NoComparison; RequireQualifiedAccess>]
type internal Progress =
    {
        training: Training
        /// The updates of the epoch under way, the one after those that have a report.
        step: int
        seen: Sums
        /// NaN before there is one.
        firstLoss: float
        lastLoss: float
        /// None before there is one, and without early stopping.
        best: Best option
        /// The last one first.
        reports: EpochReport list
        /// How long the fit took so far, and of that the epoch under way.
        seconds: float
        epochSeconds: float
    }

    static member Start training : Progress =
        { training = training
          step = 0
          seen = Sums.Zero
          firstLoss = nan
          lastLoss = nan
          best = None
          reports = []
          seconds = 0.0
          epochSeconds = 0.0 }

/// <summary>Where a fit stands between two updates: with the same settings and data it goes on to the same bits.</summary>
[<Sealed; StructuredFormatDisplay("{Text}")>]
type Checkpoint internal (progress: Progress, fingerprint: (string * string) list) =

    member internal _.Progress = progress

    /// What the fit was made with, by name.
    member internal _.Fingerprint = fingerprint

    /// <summary>The number of whole epochs.</summary>
    member _.epochs = progress.reports.Length

    /// <summary>The number of updates in the epoch after those.</summary>
    member _.step = progress.step

    /// <summary>The parameters.</summary>
    member _.parameters = progress.training.parameters

    /// <summary>The optimizer's state that goes with them.</summary>
    member _.state = progress.training.state

    /// <summary>What each epoch gave.</summary>
    member _.history = TrainingHistory(progress.reports |> List.rev |> List.toArray)

    /// <summary>How far the fit is.</summary>
    override checkpoint.ToString() =
        say $"{checkpoint.epochs} epochs and {progress.step} steps, {progress.training.state.step} in all"

    member private checkpoint.Text = checkpoint.ToString()
