// When training has diverged, and which learning rate to try instead.
//
//   diverged   a loss, a gradient or a parameter is not finite, or the mean loss of an epoch is above 10·max(ℓ₀, ℓ₁), where
//              ℓ₀ is the loss of a model that scores 0 whatever it sees, and ℓ₁ that of the first minibatch before any update
//   advice     descent is stable below 2/λ, where λ is the largest curvature of the objective: try 1/λ, at most a tenth of
//              the rate that was too much; for other optimizers, whose steps are not as long as the gradient, the tenth
//
// The bound is for losses that stay finite whatever the rate, as cross-entropy does: a fit that is worse than knowing nothing
// over a whole epoch has not been learning. ℓ₁ is there for models that begin far away on purpose. Descent that is beyond
// the bound does not come back; Adam may, so there it counts after the last epoch only.

namespace LinearNets.FSharp

open System
open System.Globalization
open LinearNets

module internal Divergence =

    let private tolerated = 10.0

    let isFinite (t: Tensor) = t.Raw.FirstNotFinite() < 0

    /// Whether an optimizer's steps are along the gradient and as long as it is.
    let isDescent (optimizer: Optimizer) =
        match Formula.tryFind3 optimizer.update with
        | Some(formulas: UpdateFormulas) -> formulas.At 0 |> Option.exists _.IsDescent
        | None -> false

    /// ℓ₀: ln k for k classes, half the mean square of targets; NaN where a user's own loss has none.
    /// It looks at every target, so one that the loss refuses is refused here with its row, before any training.
    let lossOfKnowingNothing (settings: FitSettings) parameters (data: Dataset) =
        let objective = { Settings.objective settings with model = Model.flatten }
        let scores = settings.model.apply parameters (Data.features [| 0 |] data)
        let add (sum, weight) (indices: int[]) =
            let zeros = scores.zerosLike (indices.Length :: List.tail (List.ofArray scores.shape))
            let batch = { Batch.create zeros (Data.targets indices data) with weights = Data.weights indices data }
            let pass = Objective.forward objective [] batch
            sum + pass.weight * float pass.meanLoss, weight + pass.weight
        let sum, weight =
            try
                // No features are looked at, whatever they would take.
                Data.foldChunksOf Data.chunkSize add (0.0, 0.0) data
            with _ when settings.loss.adjoint.IsNone ->
                nan, nan // a user's own loss need not take scores of 0
        sum / weight

    /// Whether the loss takes any finite number or any class for a target, so that none has to be looked at before training.
    let takesAllTargets (settings: FitSettings) =
        match Formula.tryFind2 settings.loss.rows with
        | Some LossFormula.Logistic
        | Some LossFormula.Perceptron
        | None -> false
        | Some _ -> true

    /// Refuses targets that the loss does not take, by their row.
    let checkTargets (settings: FitSettings) parameters (data: Dataset) =
        if not (takesAllTargets settings) then lossOfKnowingNothing settings parameters data |> ignore

    /// Above which mean loss of an epoch training has diverged; NaN, above which nothing is, where ℓ₀ says nothing.
    let bound lossOfKnowingNothing firstLoss =
        let says = lossOfKnowingNothing > 0.0 && lossOfKnowingNothing < infinity
        if says then tolerated * max lossOfKnowingNothing firstLoss else nan

    /// λ near some parameters, by power iteration on differences of gradients.
    let private curvature (gradient: Gradient) (parameters: Tensor list) batch =
        let nearby, iterations = 1e-3, 8
        let here = (gradient parameters batch).gradient
        let length (v: Tensor list) = v |> List.sumBy (fun t -> float ((t * t).sum())) |> sqrt
        let along (v: Tensor list) =
            let unit = v |> List.map (fun t -> t / length v)
            let there = (gradient (List.map2 (fun (p: Tensor) d -> p + nearby * d) parameters unit) batch).gradient
            List.map2 (fun (a: Tensor) b -> (b - a) / nearby) here there
        Seq.replicate iterations along |> Seq.fold (|>) here |> length

    /// A rate that should be stable on some batches, instead of one that was not; rounded down to a digit.
    let advisedRate optimizer gradient parameters batches rate =
        let largest =
            if isDescent optimizer then
                batches |> Seq.map (curvature gradient parameters) |> Seq.filter Double.IsFinite |> Seq.fold max 0.0
            else
                0.0
        let advised = if largest > 0.0 then min (rate / 10.0) (1.0 / largest) else rate / 10.0
        let digit = 10.0 ** floor (log10 advised)
        // By way of text, or 3 · 0.1 would be printed as 0.30000000000000004.
        let rounded = (digit * floor (advised / digit)).ToString("G1", CultureInfo.InvariantCulture)
        Double.Parse(rounded, CultureInfo.InvariantCulture)
