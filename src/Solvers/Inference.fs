// What a least squares solution says about the coefficients that made the data.
//
//   σ̂² = Σ s·r² / ν     ν = rows − p; rows are those of a weight above 0, or, of frequency weights, Σs
//   coefficient i is a product tᵢᵀu with the unknowns;   its standard error is σ̂·√vᵢ,   vᵢ = tᵢᵀ(X̂ᵀ·diag(s)·X̂)⁻¹tᵢ = ‖R⁻ᵀtᵢ‖²
//   t = coefficient / error     p = I(ν/2, ½; ν/(ν + t²)), the incomplete beta: right down to the smallest numbers, as 1 − CDF is not
//   R² = 1 − Σs·r² / Σs·(y − ȳ)², and without an intercept 1 − Σs·r² / Σs·y²
//   a row x, as unknowns see it x̂:  h = ‖R⁻ᵀx̂‖²;  the mean of y there ± q·σ̂√h, a new y there ± q·σ̂√(1 + h)
//   leverage of row i: sᵢ·hᵢ; the leverages have the sum p
//
// The distributions are those of MathNet.Numerics, which is loaded when one is asked for.

namespace LinearNets

open System
open System.Collections.Generic
open System.Globalization
open System.Runtime.CompilerServices
open LinearNets.FSharp

/// <summary>What the weight of a row means.</summary>
type WeightKind =
    /// <summary>How much the row counts in the mean loss; it stays one row.</summary>
    | Importance = 0
    /// <summary>How many rows there are like it.</summary>
    | Frequency = 1

/// <summary>Two bounds.</summary>
[<Struct>]
type Interval =
    {
        /// <summary>The lower bound.</summary>
        Lower: float
        /// <summary>The upper bound.</summary>
        Upper: float
    }

    /// <summary>[lower, upper]</summary>
    override interval.ToString() =
        let print (x: float) = x.ToString("G6", CultureInfo.InvariantCulture)
        (say $"[{print interval.Lower}, {print interval.Upper}]")

/// Student's t with ν degrees of freedom.
module internal StudentT =

    /// The probability of a greater |t|: what a beta distribution has below x = ν/(ν + t²). Where t is small x is rounded to 1, and p is
    /// no small number, so that it is what the rest leaves.
    [<MethodImpl(MethodImplOptions.NoInlining)>]
    let twoSided (nu: float) (t: float) =
        if Double.IsNaN t then
            nan
        elif t * t = infinity then
            0.0
        elif t * t < 1.0 then
            1.0 - MathNet.Numerics.SpecialFunctions.BetaRegularized(0.5, 0.5 * nu, t * t / (nu + t * t))
        else
            MathNet.Numerics.SpecialFunctions.BetaRegularized(0.5 * nu, 0.5, nu / (nu + t * t))

    /// The |t| that is exceeded with a probability, by halving an interval until there is no number between its ends.
    let quantile (nu: float) (p: float) =
        let rec above t = if twoSided nu t > p then above (2.0 * t) else t
        let rec halve low high =
            let middle = 0.5 * (low + high)
            if middle <= low || middle >= high then high
            elif twoSided nu middle > p then halve middle high
            else halve low middle
        halve 0.0 (above 1.0)

/// The rows that an inference was made from, for what depends on them.
[<NoEquality; NoComparison>]
[<RequireQualifiedAccess>]
type internal EstimateRows =
    {
        factor: Factor
        rows: int
        columns: int
        /// A row of features, as the unknowns see it.
        seen: float[] -> float[]
        predict: float[] -> float
        row: int -> float[]
        weight: int -> float
    }

/// What an inference is made from; for one target.
[<NoEquality; NoComparison>]
[<RequireQualifiedAccess>]
type internal Estimate =
    {
        names: string[]
        coefficients: float[]
        /// The standard error of each coefficient where σ̂ is 1.
        units: float[]
        condition: Lazy<float>
        squares: float
        total: float
        freedom: float
        /// None of a model from a file.
        data: EstimateRows option
    }

/// <summary>Standard errors, tests and intervals of a least squares solution, for one target. The intercept, where there is one,
/// is the first coefficient.</summary>
[<Sealed>]
type Inference internal (estimate: Estimate) =

    let nu = estimate.freedom
    let sigma = sqrt (estimate.squares / nu)
    let errors = estimate.units |> Array.map (fun unit -> sigma * unit)
    let data () =
        match estimate.data with
        | Some data -> data
        | None -> Errors.noRowsOfInference ()
    // An error of 0 is that of a perfect fit: every coefficient but 0 is infinitely many of them away.
    let ts = Array.map2 (fun (c: float) e -> if c = 0.0 && e = 0.0 then 0.0 else c / e) estimate.coefficients errors

    let quantile (level: float) =
        Errors.require "The level of an interval" (level > 0.0 && level < 1.0) level "a number above 0 and below 1"
        StudentT.quantile nu (1.0 - level)

    let interval (row: float[]) level extra =
        ArgumentNullException.ThrowIfNull(row, nameof row)
        let data = data ()
        if row.Length <> data.columns then
            Errors.shape
                "interval"
                (say $"[{row.Length}]")
                (say $"[{data.columns}]")
                "Give a row as many numbers as the data have columns."
        let h = Factor.length (Factor.half data.factor (data.seen row))
        let mean, half = data.predict row, quantile level * sigma * sqrt (extra + h * h)
        { Lower = mean - half; Upper = mean + half }

    member internal _.Estimate = estimate

    /// <summary>The names of the coefficients.</summary>
    member _.Names = Array.AsReadOnly estimate.names :> IReadOnlyList<string>

    /// <summary>The coefficients.</summary>
    member _.Coefficients = Array.AsReadOnly estimate.coefficients :> IReadOnlyList<float>

    /// <summary>The standard error of each coefficient.</summary>
    member _.StandardErrors = Array.AsReadOnly errors :> IReadOnlyList<float>

    /// <summary>Each coefficient in standard errors.</summary>
    member _.TValues = Array.AsReadOnly ts :> IReadOnlyList<float>

    /// <summary>The two-sided p of each coefficient: how probable a t as far from 0 would be if the coefficient were 0.</summary>
    member _.PValues = ts |> Array.map (fun t -> StudentT.twoSided nu t) |> Array.AsReadOnly :> IReadOnlyList<float>

    /// <summary>An interval for each coefficient that holds the true one with a probability, as 0.95.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The level is not above 0 and below 1.</exception>
    member _.ConfidenceIntervals(level: float) =
        let q = quantile level
        Array.map2 (fun c e -> { Lower = c - q * e; Upper = c + q * e }) estimate.coefficients errors
        |> Array.AsReadOnly
        :> IReadOnlyList<Interval>

    /// <summary>An interval for the mean of the target at a row of features.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The level is not above 0 and below 1, or the model is from a file, which
    /// does not have the data.</exception>
    /// <exception cref="T:LinearNets.ShapeException">The row has not as many numbers as the data have columns.</exception>
    member _.MeanInterval(row: float[], level: float) = interval row level 0.0

    /// <summary>An interval for a new target, of weight 1, at a row of features.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The level is not above 0 and below 1, or the model is from a file, which
    /// does not have the data.</exception>
    /// <exception cref="T:LinearNets.ShapeException">The row has not as many numbers as the data have columns.</exception>
    member _.PredictionInterval(row: float[], level: float) = interval row level 1.0

    /// <summary>How much each row of the data pulls the fit to itself, from 0 to 1.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The model is from a file, which does not have the data.</exception>
    member _.Leverage() =
        let data = data ()
        Array.init data.rows (fun i ->
            match data.weight i with
            | 0.0 -> 0.0
            | weight ->
                let h = Factor.length (Factor.half data.factor (data.seen (data.row i)))
                weight * h * h)

    /// <summary>The share of the target's variation that is explained; without an intercept, of its squares.</summary>
    member _.RSquared = 1.0 - estimate.squares / estimate.total

    /// <summary>The standard deviation of the residuals, with the degrees of freedom for divisor.</summary>
    member _.ResidualStandardDeviation = sigma

    /// <summary>Rows less coefficients.</summary>
    member _.DegreesOfFreedom = nu

    /// <summary>The condition of the columns, centred where there is an intercept and at length 1: how far
    /// relative errors of the data may grow.</summary>
    member _.ConditionNumber = estimate.condition.Value

    /// <summary>A line for each coefficient with its 95 % interval, and a line for the fit.</summary>
    override inference.ToString() =
        let print (x: float) = x.ToString("G6", CultureInfo.InvariantCulture)
        let intervals, ps = inference.ConfidenceIntervals 0.95, inference.PValues
        let lines =
            [ [ ""; "coefficient"; "error"; "t"; "p"; "95 %" ]
              for i, name in Array.indexed estimate.names do
                  [ name; print estimate.coefficients[i]; print errors[i]; print ts[i]; print ps[i]; string intervals[i] ] ]
        let widths = lines |> List.transpose |> List.map (List.map String.length >> List.max)
        let table = lines |> List.map (List.map2 (fun width (cell: string) -> cell.PadLeft width) widths >> String.concat "  ")
        let fit =
            say
                $"R² {print inference.RSquared}, residual standard deviation {print sigma} with {print nu} degrees of freedom, condition {print estimate.condition.Value}"
        String.concat "\n" (table @ [ fit ])
