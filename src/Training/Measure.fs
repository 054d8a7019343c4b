// Metrics of a fit: means over rows, in which weights play no part: a metric of one's own is a function of scores and targets, which
// gives one number for many rows, and what it is of the kernel's is the same.

namespace LinearNets.FSharp

open LinearNets

/// <summary>The names of what F# and C# share, for whoever opens <c>LinearNets.FSharp</c>.</summary>
[<AutoOpen>]
module TrainingNames =
    /// <summary>How a gradient is computed.</summary>
    type Rule = LinearNets.Rule
    /// <summary>What an epoch of training gave.</summary>
    type EpochReport = LinearNets.EpochReport

/// <summary>A metric of rows that is averaged over them.</summary>
[<NoEquality; NoComparison; StructuredFormatDisplay("{name}")>]
[<RequireQualifiedAccess>]
type Measure =
    {
        /// <summary>What it is called.</summary>
        name: string
        /// <summary>Its mean over the rows of scores and targets. Scores that are to be kept have to be a <c>clone()</c>.</summary>
        mean: Tensor -> Tensor -> float
    }

    /// <summary>The name.</summary>
    override measure.ToString() = measure.name

/// <summary>Metrics of rows.</summary>
[<RequireQualifiedAccess>]
module Measure =
    /// <summary>The share of rows that have their highest score at their label.</summary>
    let accuracy: Measure = { name = "accuracy"; mean = Metric.accuracy }
    /// <summary>The share of rows whose label is among the k highest scores.</summary>
    let topK k : Measure = { name = say $"top-{k} accuracy"; mean = Metric.topK k }
    /// <summary>The mean squared error.</summary>
    let mse: Measure = { name = "mse"; mean = Metric.mse }
    /// <summary>The mean absolute error.</summary>
    let mae: Measure = { name = "mae"; mean = Metric.mae }
    /// <summary>No metric: NaN.</summary>
    let none: Measure = { name = "no metric"; mean = fun _ _ -> nan }
