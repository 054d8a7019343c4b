// What a fit says of itself, in terms that F# and C# share.

namespace LinearNets

open System
open System.Collections
open System.Collections.Generic
open System.Globalization

/// <summary>How a gradient is computed. All rules are the same mathematics.</summary>
type Rule =
    /// <summary>Reverse-mode differentiation of the loss of the model's output: any model, any loss.</summary>
    | Autodiff = 0
    /// <summary>The loss's adjoint and the model's pullback, where both have one.</summary>
    | ClosedForm = 1
    /// <summary>A kernel that computes loss, gradient and update in one pass: affine models with the library's own losses, the usual
    /// optimizers, and the usual metrics.</summary>
    | Fused = 2

/// <summary>How good a model is on a data set.</summary>
[<Struct; NoComparison>]
type Evaluation =
    {
        /// <summary>The mean loss, without the penalty.</summary>
        Loss: float
        /// <summary>The metric: accuracy, say. NaN if there is none. Every row of a weight above 0 counts as one in it, whereas scores
        /// of predictions, <c>ClassificationScores</c> say, count rows by their weights.</summary>
        Metric: float
        /// <summary>What the metric is called.</summary>
        MetricName: string
    }

    /// <summary>The loss and the metric.</summary>
    override e.ToString() =
        let metric = if Double.IsNaN e.Metric then "" else ", {1} {2:G4}"
        String.Format(CultureInfo.InvariantCulture, "loss {0:G4}" + metric, e.Loss, e.MetricName, e.Metric)

/// <summary>What an epoch of training gave.</summary>
[<NoComparison; StructuredFormatDisplay("{Text}")>]
type EpochReport =
    {
        /// <summary>The number of the epoch, from 1.</summary>
        Epoch: int
        /// <summary>The mean loss and the metric over the minibatches, each taken just before its update.</summary>
        Running: Evaluation
        /// <summary>The loss and the metric on all training data after the epoch, if they were asked for; otherwise null.</summary>
        After: Nullable<Evaluation>
        /// <summary>The loss and the metric on the validation data after the epoch, if there are any; otherwise null.</summary>
        Validation: Nullable<Evaluation>
        /// <summary>The learning rate of the epoch's last update.</summary>
        LearningRate: float
        /// <summary>How long the epoch took.</summary>
        Seconds: float
    }

    /// <summary>The mean loss over the minibatches: that of <c>Running</c>.</summary>
    member report.Loss = report.Running.Loss

    /// <summary>The metric over the minibatches, accuracy for classes: that of <c>Running</c>.</summary>
    member report.Metric = report.Running.Metric

    /// <summary>The numbers of the epoch in a line.</summary>
    override report.ToString() =
        let part (name: string) (evaluation: Nullable<Evaluation>) =
            if evaluation.HasValue then [ say $"{name} {evaluation.Value}" ] else []
        String.concat
            "; "
            [ say $"epoch {report.Epoch}: {report.Running}"
              yield! part "after it" report.After
              yield! part "validation" report.Validation
              String.Format(CultureInfo.InvariantCulture, "{0:F2} s", report.Seconds) ]

    member private report.Text = report.ToString()

/// <summary>The reports of all epochs of a fit, the first first.</summary>
[<Sealed; StructuredFormatDisplay("{Text}")>]
type TrainingHistory internal (reports: EpochReport[]) =

    /// <summary>The history of a training of one's own.</summary>
    /// <param name="reports">The reports of the epochs, the first first.</param>
    new(reports: EpochReport seq) =
        ArgumentNullException.ThrowIfNull(reports, nameof reports)
        TrainingHistory(Seq.toArray reports)

    /// <summary>The number of epochs.</summary>
    member _.Count = reports.Length

    /// <summary>The report of an epoch, at its number less 1.</summary>
    /// <exception cref="T:System.ArgumentOutOfRangeException">There is no such epoch.</exception>
    member _.Item
        with get (index: int) =
            ArgumentOutOfRangeException.ThrowIfNegative(index, nameof index)
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, reports.Length, nameof index)
            reports[index]

    /// <summary>A line for each epoch.</summary>
    override _.ToString() = reports |> Array.map string |> String.concat "\n"

    member private history.Text = history.ToString()

    interface IReadOnlyList<EpochReport> with
        member _.Count = reports.Length
        member history.Item
            with get index = history[index]
        member _.GetEnumerator() : IEnumerator<EpochReport> = (reports :> seq<EpochReport>).GetEnumerator()
        member _.GetEnumerator() : IEnumerator = reports.GetEnumerator()
