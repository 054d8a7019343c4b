(**
# A bigram language model is softmax regression on one-hot words

$$P(\text{next} = j \mid \text{word} = i) = \mathrm{softmax}(x_i W + b)_j = \frac{\text{count}(i, j)}{\text{count}(i)}$$

A word as a one-hot row picks a row of $W$, which is free to be any scores. So cross-entropy is least where the probabilities are the
shares that were counted: a model that was trained, and one that needs no training, are the same.
*)

#load "_load.fsx"

open LinearNets
open LinearNets.FSharp

let text =
    "the cat sees the dog . the dog sees the cat . the cat runs . the dog runs to the house . the cat sleeps in the house . \
     the dog sleeps . a bird sees the cat . the bird sings . a cat sees a bird ."

let words = text.Split ' '
let vocabulary = Array.distinct words
let v = vocabulary.Length
let number word = Array.findIndex ((=) word) vocabulary
let oneHot i = Array.init v (fun j -> if i = j then 1.0 else 0.0)

// Every pair is counted 0.01 times more than it is seen: no probability is then 0, and no score −∞.
let seen = [| for i, j in Array.pairwise words -> number i, number j, 1.0 |]
let pairs =
    Array.append
        seen
        [| for i in 0 .. v - 1 do
               for j in 0 .. v - 1 -> i, j, 0.01 |]

let data =
    Dataset
        .From([| for i, _, _ in pairs -> oneHot i |], [| for _, j, _ in pairs -> j |])
        .WithWeights([| for _, _, weight in pairs -> weight |])
        .WithFeatureNames(vocabulary)
        .WithClassNames(vocabulary)

let solved =
    data
    |> Lbfgs.run { Lbfgs.defaults with model = Model.linear v v; loss = Loss.crossEntropy; tolerance = Some 1e-9 }
printfn "%O" solved.convergence

/// A row for each word: the probabilities of the next one.
let probabilities =
    let words = dsharp.tensor (Array.init v oneHot, dtype = Dtype.Float64)
    (Softmax.softmax (solved.model.apply solved.parameters words)).toArray2D<float>()

let counts = Array2D.zeroCreate v v
for i, j, weight in pairs do
    counts[i, j] <- counts[i, j] + weight

let counted = Array2D.init v v (fun i j -> counts[i, j] / Array.sum counts[i, *])
let every f =
    [ for i in 0 .. v - 1 do
          for j in 0 .. v - 1 -> f i j ]
let difference = every (fun i j -> abs (probabilities[i, j] - counted[i, j])) |> List.max
printfn "softmax regression and counting differ by %.1e" difference
claim "the probabilities are the counts" (difference < 1e-7)

// The least loss is the entropy of the next word, given the word: what nobody can know.
let entropy =
    every (fun i j -> -counts[i, j] * log counted[i, j])
    |> List.sum
    |> fun sum -> sum / Seq.sum (Seq.cast<float> counts)
printfn "the loss is %.4f nats, as if there were %.2f words to choose from" solved.convergence.Objective (exp entropy)
claim "the loss is the entropy" (abs (solved.convergence.Objective - entropy) < 1e-9)

Plot.heatMap "The next word" vocabulary vocabulary (probabilities |> Array2D.map (fun p -> round (100.0 * p) / 100.0))
|> figure "bigram"
(** ![For each word the probability of the next](bigram.svg) *)

/// The first word whose probabilities add up to more than a number drawn from 0 to 1.
let next key i word =
    let sums = Array.scan (+) 0.0 probabilities[number word, *] |> Array.tail
    vocabulary[Array.findIndex (fun sum -> sum > Random.uniform key i) sums]

let sentence seed =
    let words = (".", Seq.initInfinite int64) ||> Seq.scan (fun word i -> next (Random.key seed) i word) |> Seq.tail
    Seq.append (words |> Seq.takeWhile ((<>) ".")) [ "." ] |> String.concat " "

for seed in 1..8 do
    printfn "%s" (sentence seed)

claim
    "what is sampled is drawn by the probabilities"
    (let draws = [ for i in 0L .. 9999L -> next (Random.key 1) i "." ]
     let share = float (List.length (List.filter ((=) "the") draws)) / 10000.0
     abs (share - counted[number ".", number "the"]) < 0.015)
