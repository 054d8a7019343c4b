// A first guess at the inverse Hessian of an affine model's objective, from the second moments of the features.
//
//   x̃ = factor·(x − μ)      C = (1/Σs) Σ sᵢ x̃ᵢx̃ᵢᵀ  [d; d]      c  the loss's curvature by a score where scores are 0
//
//   In (W, b′) with b′ = b + factor·μᵀW the Hessian is near  c·C + λ₂I  for each output and  c  for its bias; so
//
//   H₀ = T·diag((c·C + λ₂I)⁻¹, 1/c)·Tᵀ,     T (U, β) = (U, β − factor·μᵀU)
//
// To precondition is a change of variables: the objective, its gradient and its minimum are what they were, only the way
// there is shorter. So nothing has to be exact. A sample of the rows will do, and where there are many features their
// variances alone.

namespace LinearNets.FSharp

open System
open LinearNets
open LinearNets.Kernels

/// A symmetric positive definite guess at the inverse Hessian.
[<AbstractClass>]
type internal InverseHessian() =
    /// Its product with a vector.
    abstract Apply: v: float[] * result: float[] -> unit
    /// Whether its scale is that of the objective, so that a first step of 1 is right.
    abstract IsScaled: bool

module internal Curvature =

    /// Nothing is known.
    let none =
        { new InverseHessian() with
            member _.Apply(v, result) = Array.Copy(v, result, v.Length)
            member _.IsScaled = false }

    /// With more features than this, or than rows, features are taken one by one.
    let private mostFeatures = 1024

    /// Rows looked at: at least so many, and eight for each feature.
    let private leastRows = 4096

    /// So much of a variance is added to it: for what a sample of the rows has not seen; and where all rows are, so that
    /// features that depend on one another can be told from rounding.
    let private unseenBySample, unseenByAll = 0.1, 1e-6

    /// ∂²ℓ/∂z² where scores are 0, of q outputs.
    let private ofLoss (loss: Loss) q =
        match Formula.tryFind2 loss.rows with
        | Some LossFormula.Mse -> 2.0 / float q
        | Some(LossFormula.Gaussian sigma) -> 1.0 / (sigma * sigma)
        | Some LossFormula.Logistic -> 0.25
        | Some LossFormula.SquaredSigmoid -> 0.0625
        | Some LossFormula.CrossEntropy -> (1.0 - 1.0 / float q) / float q
        | _ -> 1.0

    /// Sums of products of [X 1 0] over rows, their weights included.
    let gram (table: Table) (weights: float[]) threads : float[] =
        let n, d = table.rows, table.columns
        let size = d + 2
        let sums = Array.zeroCreate (size * size)
        let zeros = Array.zeroCreate<float> n
        match table.features with
        | Features.Bytes x -> Gram.Sum(GramRows<byte>(x, zeros, weights, n, d, 1), sums.AsSpan(), threads)
        | Features.Singles x -> Gram.Sum(GramRows<float32>(x, zeros, weights, n, d, 1), sums.AsSpan(), threads)
        | Features.Doubles x -> Gram.Sum(GramRows<float>(x, zeros, weights, n, d, 1), sums.AsSpan(), threads)
        | Features.SparseSingles x -> SparseGram.Sum(x, zeros, weights, 1, sums, threads)
        | Features.SparseDoubles x -> SparseGram.Sum(x, zeros, weights, 1, sums, threads)
        sums

    let private sample rows (table: Table) =
        if table.rows <= rows then
            [| 0 .. table.rows - 1 |]
        else
            Array.init rows (fun i -> int (int64 i * int64 table.rows / int64 rows))

    /// Means and variances, feature by feature.
    let private moments (rows: int[]) (weights: float[]) (table: Table) =
        let d = table.columns
        let first, second = Array.zeroCreate<float> d, Array.zeroCreate<float> d
        let add (value: int -> float) =
            let mutable total = 0.0
            // Twice, because a mean square less the square of a mean has few digits.
            for pass in 1..2 do
                total <- 0.0
                for row in rows do
                    let weight = if isNull weights then 1.0 else weights[row]
                    total <- total + weight
                    for j in 0 .. d - 1 do
                        let x = value (row * d + j)
                        if pass = 1 then
                            first[j] <- first[j] + weight * x
                        else
                            second[j] <- second[j] + weight * (x - first[j]) * (x - first[j])
                let sums = if pass = 1 then first else second
                if total > 0.0 then
                    for j in 0 .. d - 1 do
                        sums[j] <- sums[j] / total
        let inline ofSparse (x: CompressedRows< ^T >) =
            // A guess needs no more digits than this.
            let struct (total, means, squares) = x.RoughMoments(ReadOnlySpan rows, weights)
            means, squares |> Array.map (fun square -> if total > 0.0 then square / total else 0.0)
        let ofDense value =
            add value
            first, second
        match table.features with
        | Features.Bytes x -> ofDense (fun i -> float x[i])
        | Features.Singles x -> ofDense (fun i -> float x[i])
        | Features.Doubles x -> ofDense (fun i -> x[i])
        | Features.SparseSingles x -> ofSparse x
        | Features.SparseDoubles x -> ofSparse x

    /// Variances for dividing by: where a feature does not vary, in the rows looked at, the mean of the others'.
    let private usable (variances: float[]) =
        let above = variances |> Array.filter (fun v -> v > 0.0)
        let usual = if above.Length = 0 then 1.0 else Array.average above
        variances |> Array.map (fun v -> if v > 0.0 then v else usual)

    /// 1/(c·σ² + λ₂), σ² the variances of factor·x.
    let private ofVariances factor c l2 (variances: float[]) =
        usable variances |> Array.map (fun v -> 1.0 / (c * factor * factor * v + l2))

    /// The means of the features, and by λ₂ the diagonal of H₀ in (W, b′): for FISTA, whose steps are by coordinates.
    let diagonal (loss: Loss) factor q (weights: float[]) (data: Dataset) =
        let d = data.Columns
        let means, variances = moments [| 0 .. data.Rows - 1 |] weights data.Table
        let c = ofLoss loss q
        let ofL2 l2 =
            let inverses = ofVariances factor c l2 variances
            Array.init ((d + 1) * q) (fun at -> if at < d * q then inverses[at / q] else 1.0 / c)
        means, ofL2

    /// H₀ from P [d; d], or its diagonal, and the means.
    let private around factor (means: float[]) (p: float[]) c q =
        let d = means.Length
        let rows, products = Array.zeroCreate<float>(d * q), Array.zeroCreate<float>(d * q)
        { new InverseHessian() with
            member _.IsScaled = true
            member _.Apply(v, result) =
                for j in 0 .. d - 1 do
                    for k in 0 .. q - 1 do
                        rows[j * q + k] <- v[j * q + k] - factor * means[j] * v[d * q + k]
                if p.Length = d then
                    for j in 0 .. d - 1 do
                        for k in 0 .. q - 1 do
                            products[j * q + k] <- p[j] * rows[j * q + k]
                else
                    MatMul.Run(ReadOnlySpan p, false, ReadOnlySpan rows, false, products.AsSpan(), d, q, d)
                Array.Copy(products, result, d * q)
                for k in 0 .. q - 1 do
                    let mutable shift = 0.0
                    for j in 0 .. d - 1 do
                        shift <- shift + means[j] * products[j * q + k]
                    result[d * q + k] <- v[d * q + k] / c - factor * shift }

    /// (c·C + λ₂I)⁻¹ of correlated features; nothing where it is not to be had.
    let private whitened factor (means: float[]) (sums: float[]) unseen c l2 =
        let d = means.Length
        let size = d + 2
        let total = sums[d * size + d]
        let entry i j = factor * factor * (sums[i * size + j] / total - means[i] * means[j])
        let variances = usable (Array.init d (fun j -> max 0.0 (entry j j)))
        let scales = variances |> Array.map (fun v -> 1.0 / sqrt (c * v + l2))
        let a = Array.zeroCreate<float>(d * d)
        for i in 0 .. d - 1 do
            for j in 0..i do
                a[i * d + j] <- scales[i] * scales[j] * c * entry i j
            a[i * d + i] <- scales[i] * scales[i] * (c * (1.0 + unseen) * max (entry i i) (unseenByAll * variances[i]) + l2)
        if Cholesky.Factor(a.AsSpan(), d) >= 0 then
            None
        else
            let inverse = Cholesky.InvertFactor(ReadOnlySpan a, d)
            for i in 0 .. d - 1 do
                for j in 0..i do
                    inverse[i * d + j] <- inverse[i * d + j] * scales[j]
            let p = Array.zeroCreate<float>(d * d)
            MatMul.Run(ReadOnlySpan inverse, true, ReadOnlySpan inverse, false, p.AsSpan(), d, d, d)
            Some p

    /// H₀ for an affine model of q outputs.
    let ofAffine (objective: Objective) factor q (weights: float[]) threads (data: Dataset) : InverseHessian =
        let table = data.Table
        let d = table.columns
        let c, l2 = ofLoss objective.loss q, objective.penalty.l2
        let rows = sample (max leastRows (8 * d)) table
        let full =
            if d <= mostFeatures && rows.Length >= d then
                let isAll = rows.Length = table.rows
                let some, unseen = if isAll then table, unseenByAll else Table.pick rows table, unseenBySample
                let own = if isNull weights then null else rows |> Array.map (fun row -> weights[row])
                let sums = gram some own threads
                let size = d + 2
                let total = sums[d * size + d]
                let means = Array.init d (fun j -> sums[d * size + j] / total)
                if total > 0.0 then
                    whitened factor means sums unseen c l2 |> Option.map (fun p -> around factor means p c q)
                else
                    None
            else
                None
        match full with
        | Some found -> found
        | None ->
            let means, variances = moments rows weights table
            around factor means (ofVariances factor c l2 variances) c q
