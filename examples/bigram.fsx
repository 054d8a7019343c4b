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

// How often j comes after i, and 0.01 more: no probability is then 0, and no score −∞.
let seen = Array.pairwise words |> Array.countBy id |> dict
let count i j =
    0.01
    + (match seen.TryGetValue((vocabulary[i], vocabulary[j])) with
       | true, times -> float times
       | _ -> 0.0)

/// Every pair of words is a row, and its count is the weight of the row.
let pairs = Array.allPairs [| 0 .. v - 1 |] [| 0 .. v - 1 |]
let weights = [| for i, j in pairs -> count i j |]
let data = Dataset.From([| for i, _ in pairs -> oneHot i |], Array.map snd pairs).WithWeights weights
let settings = { Lbfgs.defaults with model = Model.linear v v; loss = Loss.crossEntropy; tolerance = Some 1e-9 }
let solved = data |> Lbfgs.run settings
printfn "%O" solved.convergence

let trained =
    let words = dsharp.tensor (Array.init v oneHot, dtype = Dtype.Float64)
    (Softmax.softmax (solved.model.apply solved.parameters words)).toArray2D<float>()

let counted = Array2D.init v v (fun i j -> count i j / Seq.sum (Seq.init v (count i)))
let difference = pairs |> Array.map (fun (i, j) -> abs (trained[i, j] - counted[i, j])) |> Array.max
printfn "softmax regression and counting differ by %.1e" difference
claim "the probabilities are the counts" (difference < 1e-7)

// The least loss is the entropy of the next word, given the word: what nobody can know.
let entropy = (pairs |> Array.sumBy (fun (i, j) -> -(count i j) * log counted[i, j])) / Array.sum weights
printfn "the loss is %.4f nats, as if there were %.2f words to choose from" solved.convergence.Objective (exp entropy)
claim "the loss is the entropy" (abs (solved.convergence.Objective - entropy) < 1e-9)

let rounded = trained |> Array2D.map (fun p -> round (100.0 * p) / 100.0)
Plot.heatMap "The next word" vocabulary vocabulary rounded |> figure "bigram"
(** ![For each word the probability of the next](bigram.svg) *)

/// The first word at which the probabilities add up to more than a number drawn from 0 to 1.
let next key i word =
    let sums = trained[number word, *] |> Array.scan (+) 0.0 |> Array.tail
    vocabulary[sums |> Array.findIndex (fun sum -> sum > Random.uniform key i)]

let sentence seed =
    Seq.initInfinite int64
    |> Seq.scan (fun word i -> next (Random.key seed) i word) "."
    |> Seq.tail
    |> Seq.takeWhile (fun word -> word <> ".")
    |> String.concat " "

for seed in 1..8 do
    printfn "%s." (sentence seed)
