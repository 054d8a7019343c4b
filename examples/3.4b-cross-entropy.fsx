(**
# 3.4 Cross-entropy

The loss of softmax regression, beside others. *y* is the one-hot row of the true class, *ŷ* the softmax of the scores *o*.

$$\ell(\mathbf y, \hat{\mathbf y}) = -\sum_j y_j \ln \hat y_j = \ln \sum_k e^{o_k} - \sum_j y_j o_j$$
*)
#load "_load.fsx"

open LinearNets.FSharp

(**
## The gradient

$$\frac{\partial \ell}{\partial o_j} = \hat y_j - y_j$$

The difference between the probabilities and the truth, as in linear regression. Differentiation finds the same.
*)
let o, truth = dsharp.tensor [ [ 1.0; 2.0; 0.5 ] ], dsharp.tensor [ 1 ]
let ŷ, y = Softmax.softmax o, Softmax.oneHot o truth
let gradient = dsharp.grad (fun o -> (Loss.crossEntropy.rows o truth).sum()) o
printfn "ŷ = %A\ny = %A\nŷ − y = %A\ngradient = %A" ŷ y (ŷ - y) gradient
claim "the gradient is ŷ − y" (float ((gradient - (ŷ - y)).abs().max()) < 1e-6)

(**
## Why not the squared loss?

The third class is the true one and has 0.6 both times. How the rest is shared out does not matter for the decision; the
squared loss minds, the cross-entropy does not.
*)
let p = dsharp.tensor [ [ 0.2; 0.2; 0.6 ]; [ 0.0; 0.4; 0.6 ] ]
let r = p - dsharp.tensor [ 0.0; 0.0; 1.0 ]
let squared, cross = (r * r).sum 1 / 2.0, Loss.crossEntropyOfProbabilities.rows p (dsharp.tensor [ 2; 2 ])
printfn "squared loss %A\ncross-entropy %A" squared cross
claim "the squared losses are 0.12 and 0.16" (float ((squared - dsharp.tensor [ 0.12; 0.16 ]).abs().max()) < 1e-6)
claim "the cross-entropies are both −ln 0.6" (float ((cross + log 0.6).abs().max()) < 1e-6)

(**
## A large margin

By how much is the score of the true class ahead of the other one? Where it is ahead the decision is right, and the perceptron
is content. The cross-entropy ln(1 + e⁻ᵐ) goes on falling: it wants a large margin.
*)
let byMargin (loss: Loss) m = float (loss.rows (dsharp.tensor [ [ m; 0.0 ] ]) (dsharp.tensor [ 0 ]))
let graph name = Series.graph name -4.0 4.0

Plot.ofSeries
    "Losses by the margin"
    [ graph "cross-entropy" (byMargin Loss.crossEntropy)
      graph "squared loss" (byMargin Loss.squaredSoftmax)
      graph "perceptron" (fun m -> max 0.0 -m) ]
|> Plot.labels "o_true − o_other" ""
|> figure "3.4-margin"
(** ![Three losses by the margin](3.4-margin.svg) *)
claim "the cross-entropy falls on" (byMargin Loss.crossEntropy 4.0 < byMargin Loss.crossEntropy 2.0 / 5.0)
