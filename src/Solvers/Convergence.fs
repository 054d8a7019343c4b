// How a solver ended: at a minimum as far as a stated tolerance, or why not.
//
//   gradient norm   ‖∂J/∂θ‖∞ over all parameters, of J as it is defined: a mean over rows, with the penalty
//   gap             P(θ) − D(ν) ≥ P(θ) − min P: an upper bound on how far the objective is above the best there is

namespace LinearNets

open System
open System.Globalization

/// <summary>Why a solver stopped.</summary>
type Criterion =
    /// <summary>No component of the gradient is greater than the tolerance.</summary>
    | GradientNorm = 0
    /// <summary>The duality gap is within the tolerance.</summary>
    | Gap = 1
    /// <summary>The tolerance was not reached, but no step lowers the objective by more than its rounding errors.</summary>
    | Rounding = 2
    /// <summary>No step lowers the objective, though the gradient says that one should.</summary>
    | LineSearch = 3
    /// <summary>The iterations ran out.</summary>
    | Iterations = 4
    /// <summary>There is no minimum: the loss falls for ever as the parameters grow.</summary>
    | NoMinimum = 5

/// <summary>How a solver ended.</summary>
[<NoComparison>]
[<RequireQualifiedAccess>]
type Convergence =
    {
        /// <summary>Why it stopped.</summary>
        Criterion: Criterion
        /// <summary>What the gradient's norm, or the gap, was to be.</summary>
        Tolerance: float
        /// <summary>The iterations: steps, or for coordinate descent sweeps.</summary>
        Iterations: int
        /// <summary>How often the objective and its gradient were computed, the search along a direction included.</summary>
        Evaluations: int
        /// <summary>The objective at the end, with the penalty.</summary>
        Objective: float
        /// <summary>The greatest magnitude in the gradient at the end; with an L1 penalty, how far 0 is from the subgradients.</summary>
        GradientNorm: float
        /// <summary>The duality gap at the end; NaN for a solver that has none.</summary>
        Gap: float
    }

    /// <summary>Whether a minimum was reached: to the tolerance, or as far as the numbers can tell.</summary>
    member report.Converged =
        match report.Criterion with
        | Criterion.GradientNorm
        | Criterion.Gap
        | Criterion.Rounding -> true
        | _ -> false

    /// <summary>The whole report, in a line, with what to do where a minimum was not reached.</summary>
    override report.ToString() =
        let print (value: float) = value.ToString("G3", CultureInfo.InvariantCulture)
        let tolerance = print report.Tolerance
        let why =
            match report.Criterion with
            | Criterion.GradientNorm -> say $"converged: the gradient is within {tolerance}"
            | Criterion.Gap -> say $"converged: the duality gap is within {tolerance}"
            | Criterion.Rounding ->
                say
                    $"converged as far as rounding allows, not to the tolerance of {tolerance}; 64-bit features, or features of one scale, allow more"
            | Criterion.LineSearch ->
                "not converged: no step lowers the objective; look whether the loss is smooth and its derivative right"
            | Criterion.Iterations -> "not converged: the iterations ran out; allow more, or scale the features"
            | _ ->
                "not converged: there is no minimum, because the loss falls for ever as the weights grow: the classes are separable, or one has no rows; add an L2 penalty"
        let plural count name = if count = 1 then say $"1 {name}" else say $"{count} {name}s"
        let gap = if Double.IsNaN report.Gap then "" else say $", gap {print report.Gap}"
        let objective = report.Objective.ToString("G9", CultureInfo.InvariantCulture)
        let work = plural report.Iterations "iteration" + ", " + plural report.Evaluations "evaluation"
        (say $"{why} ({work}, objective {objective}, gradient {print report.GradientNorm}{gap})")

namespace LinearNets.FSharp

open LinearNets

/// <summary>The names of what F# and C# share, for whoever opens <c>LinearNets.FSharp</c>.</summary>
[<AutoOpen>]
module SolverNames =
    /// <summary>Why a solver stopped.</summary>
    type Criterion = LinearNets.Criterion
    /// <summary>How a solver ended.</summary>
    type Convergence = LinearNets.Convergence

/// <summary>What a solver found.</summary>
[<NoEquality; NoComparison; StructuredFormatDisplay("{Text}")>]
[<RequireQualifiedAccess>]
type Solved =
    {
        /// <summary>The model.</summary>
        model: Model
        /// <summary>The parameters, in the data's type of number.</summary>
        parameters: Tensor list
        /// <summary>How the solver ended.</summary>
        convergence: Convergence
        /// <summary>The objective before the first iteration and after each.</summary>
        history: float list
        /// <summary>How long it took.</summary>
        seconds: float
    }

    /// <summary>The model, and how the solver ended.</summary>
    override solved.ToString() = say $"{solved.model}: {solved.convergence}"

    member private solved.Text = solved.ToString()
