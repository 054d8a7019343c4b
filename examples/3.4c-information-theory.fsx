(**
# 3.4 Information theory

How surprising is what happens? An event of probability *p* carries −ln *p* nats. The entropy is what it carries on average.

$$H(p) = -\sum_j p_j \ln p_j \qquad H(p, q) = -\sum_j p_j \ln q_j \qquad D(p \,\|\, q) = H(p, q) - H(p)$$
*)
#load "_load.fsx"

open LinearNets.FSharp

let close a (b: Tensor) = abs (a - float b) < 1e-6
let nats (p: float list) = Information.entropy (dsharp.tensor p)
let bits p = Information.bits (nats p)

(**
## Entropy in nats and bits

A bit is ln 2 = 0.693 nats. A fair coin has one bit, and a byte that may be anything eight. What is certain has none.
*)
let print name p = printfn "%-26s %8.4f nats %8.4f bits" name (float (nats p)) (float (bits p))
let coin, unfair, die, byte = [ 0.5; 0.5 ], [ 0.9; 0.1 ], List.replicate 6 (1.0 / 6.0), List.replicate 256 (1.0 / 256.0)
print "a fair coin" coin
print "a coin, heads 9 of 10" unfair
print "a die" die
print "a byte" byte
print "almost certain, 99 of 100" [ 0.99; 0.01 ]
claim "a coin has ln 2 nats, which is one bit" (close (log 2.0) (nats coin) && close 1.0 (bits coin))
claim "a die has log₂ 6 bits, a byte 8" (close (System.Math.Log2 6.0) (bits die) && abs (float (bits byte) - 8.0) < 1e-5)
claim
    "what is certain has none, and an unfair coin less than a fair one"
    (close 0.0 (nats [ 1.0; 0.0 ]) && float (nats unfair) < log 2.0)

Plot.ofSeries
    "The entropy of a coin"
    [ Series.graph "in bits" 0.0 1.0 (fun p -> float (bits [ p; 1.0 - p ]))
      Series.graph "in nats" 0.0 1.0 (fun p -> float (nats [ p; 1.0 - p ])) ]
|> Plot.labels "probability of heads" ""
|> figure "3.4-entropy"
(** ![The entropy of a coin is highest where it is fair](3.4-entropy.svg) *)

(**
## Cross-entropy

What happens follows *p*, and somebody expects *q*. The surprise is then at least the entropy of *p*, and no more where *q* = *p*.
The difference is the Kullback–Leibler divergence.
*)
let p = dsharp.tensor [ 0.5; 0.3; 0.2 ]
let q = dsharp.tensor [ 0.2; 0.3; 0.5 ]
let entropy, cross, more = Information.entropy p, Information.crossEntropy p q, Information.kl p q
printfn "H(p) = %A\nH(p, q) = %A\nD(p ‖ q) = %A" entropy cross more
claim "H(p, q) is above H(p), by D(p ‖ q)" (float cross > float entropy && close (float cross) (entropy + more))
claim "H(p, p) = H(p)" (Information.crossEntropy p p = entropy)

(**
## Two readings of one loss

The label of a row is certain: *p* has a 1 at it. The cross-entropy with the probabilities *ŷ* is then −ln *ŷ* of the label. To make
it small is to be little surprised, and to make the labels likely: e to the power of −Σℓ is the probability of all of them.
*)
let scores, labels = dsharp.tensor [ [ 2.0; 1.0; 0.0 ]; [ 0.0; 0.5; 1.0 ] ], dsharp.tensor [ 0; 2 ]
let ŷ = Softmax.softmax scores
let losses = Loss.crossEntropy.rows scores labels
let likelihood = float (ŷ[0, 0]) * float (ŷ[1, 2])
printfn "losses %A\nprobability of both labels %.6f" losses likelihood
let certain = Information.crossEntropy (Softmax.oneHot ŷ labels) ŷ
claim "the losses are cross-entropies with what is certain" (float ((losses - certain).abs().max()) < 1e-6)
claim "the likelihood is e^(−Σℓ)" (close likelihood ((-losses.sum()).exp()))
