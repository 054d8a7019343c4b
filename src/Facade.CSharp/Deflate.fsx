// Deflate (RFC 1951) in as few bits as patience finds: squeeze: byte[] -> byte[]
//
// A text is a path: from position i one goes on by a literal to i + 1, or to i + length by a copy of what stands `distance` before.
// A step costs the bits of its symbols, -log2 of their shares in the block, and so the cheapest path is one of dynamic programming.
// Shares depend on the path and blocks on the shares: both are found in turns, and a few turns are enough.
//
// Compressors in a hurry take the longest copy at once, and blocks of a fixed length: theirs are 5 % longer.

open System
open System.Collections.Generic

/// The least of each symbol of copies: those of lengths begin at symbol 257, and extra bits tell what lies between.
let leastLength =
    [| 3
       4
       5
       6
       7
       8
       9
       10
       11
       13
       15
       17
       19
       23
       27
       31
       35
       43
       51
       59
       67
       83
       99
       115
       131
       163
       195
       227
       258 |]
let lengthExtra = [| for n in 0..28 -> if n < 8 || n = 28 then 0 else n / 4 - 1 |]
let distanceExtra = [| for n in 0..29 -> max 0 (n / 2 - 1) |]
let leastDistance = [| for n in 0..29 -> if n < 4 then n + 1 else (2 + n % 2 <<< distanceExtra[n]) + 1 |]

let symbols (least: int[]) most =
    [| for n in 0..most -> (let found = Array.BinarySearch(least, n) in if found < 0 then ~~~found - 1 else found) |]

let lengthSymbol, distanceSymbol = symbols leastLength 258, symbols leastDistance 32768

/// A step of the path: a literal has distance 0, and its value for a length.
[<Struct>]
type Step = { length: int; distance: int }

/// Copies that can begin at each position: of each length the nearest. Those of position i are found.[first.[i] .. first.[i + 1] - 1].
let findCopies (text: byte[]) =
    let first, found = Array.zeroCreate<int>(text.Length + 1), List<Step>()
    let newest, before = Array.create 65536 -1, Array.create text.Length -1

    for i in 0 .. text.Length - 1 do
        first[i] <- found.Count

        if i + 2 < text.Length then
            let hash = int text[i] ^^^ (int text[i + 1] <<< 4) ^^^ (int text[i + 2] <<< 8)
            let most = min 258 (text.Length - i)
            let mutable candidate, longest, patience = newest[hash], 2, 2000
            before[i] <- candidate
            newest[hash] <- i

            while candidate >= 0 && i - candidate <= 32768 && longest < most && patience > 0 do
                if text[candidate + longest] = text[i + longest] then
                    let mutable length = 0
                    while length < most && text[candidate + length] = text[i + length] do
                        length <- length + 1

                    if length > longest then
                        found.Add { length = length; distance = i - candidate }
                        longest <- length

                candidate <- before[candidate]
                patience <- patience - 1

    first[text.Length] <- found.Count
    first, found.ToArray()

/// How often each symbol is in a block: of literals, the end and lengths; of distances.
type Counts = { literals: int[]; distances: int[] }

let count (steps: ArraySegment<Step>) =
    let counts = { literals = Array.zeroCreate 286; distances = Array.zeroCreate 30 }
    counts.literals[256] <- 1

    for step in steps do
        let symbol = if step.distance = 0 then step.length else 257 + lengthSymbol[step.length]
        counts.literals[symbol] <- counts.literals[symbol] + 1

        if step.distance > 0 then
            let symbol = distanceSymbol[step.distance]
            counts.distances[symbol] <- counts.distances[symbol] + 1

    counts

/// Bits of each symbol, a fraction; of one that was not seen as if it had been once.
let costs (counts: int[]) =
    let total = log (float (max 1 (Array.sum counts)))
    counts |> Array.map (fun n -> (total - log (float (max 1 n))) / log 2.)

/// About the bits of a block, without the extra bits of its copies, which do not depend on where it ends.
let blockCost counts =
    let cost all = Array.fold2 (fun sum n bits -> if n = 0 then sum else sum + 4. + float n * bits) 0. all (costs all)
    100. + cost counts.literals + cost counts.distances

/// Cuts a path into the blocks that cost least: neighbours are joined while that saves bits. Gives where each begins, and the end.
let cut (path: Step[]) =
    let merge a b = { literals = Array.map2 (+) a.literals b.literals; distances = Array.map2 (+) a.distances b.distances }
    let starts = List<int>(seq { 0..512 .. max 0 (path.Length - 1) })
    let counts = List(starts |> Seq.map (fun s -> count (ArraySegment(path, s, min 512 (path.Length - s)))))
    let cost = List(counts |> Seq.map blockCost)
    let joined = List(Seq.pairwise counts |> Seq.map (fun (a, b) -> blockCost (merge a b)))
    let saved k = cost[k] + cost[k + 1] - joined[k]
    let best () = if joined.Count = 0 then -1 else Seq.maxBy saved (seq { 0 .. joined.Count - 1 })
    let mutable k = best ()

    while k >= 0 && saved k > 0. do
        counts[k] <- merge counts[k] counts[k + 1]
        cost[k] <- joined[k]
        starts.RemoveAt(k + 1)
        counts.RemoveAt(k + 1)
        cost.RemoveAt(k + 1)
        joined.RemoveAt k
        if k > 0 then joined[k - 1] <- blockCost (merge counts[k - 1] counts[k])
        if k < joined.Count then joined[k] <- blockCost (merge counts[k] counts[k + 1])
        k <- best ()

    starts.Add path.Length
    starts

/// The cheapest path from one position to another, given what each symbol costs.
let cheapest (text: byte[]) (first: int[], found: Step[]) start finish (literalCost: float[]) (distanceCost: float[]) =
    let n = finish - start
    let ofLength =
        [| for n in 0..258 -> if n < 3 then infinity else literalCost[257 + lengthSymbol[n]] + float lengthExtra[lengthSymbol[n]] |]
    let ofDistance = Array.map2 (fun bits (extra: int) -> bits + float extra) distanceCost distanceExtra
    let least, last = Array.create (n + 1) infinity, Array.zeroCreate<Step>(n + 1)
    least[0] <- 0.

    for i in 0 .. n - 1 do
        let literal = int text[start + i]
        let cost = least[i] + literalCost[literal]

        if cost < least[i + 1] then
            least[i + 1] <- cost
            last[i + 1] <- { length = literal; distance = 0 }

        let mutable length = 3

        for k in first[start + i] .. first[start + i + 1] - 1 do
            let step = found[k]
            let before = least[i] + ofDistance[distanceSymbol[step.distance]]

            while length <= min step.length (n - i) do
                let cost = before + ofLength[length]

                if cost < least[i + length] then
                    least[i + length] <- cost
                    last[i + length] <- { step with length = length }

                length <- length + 1

    let path = List<Step>()
    let mutable i = n

    while i > 0 do
        path.Add last[i]
        i <- i - (if last[i].distance = 0 then 1 else last[i].length)

    path.Reverse()
    path

/// Lengths of the best prefix code with words of `most` bits at most, by packages: each turn pairs the cheapest, and puts the symbols
/// themselves beside the pairs; a symbol's length is the number of packages of the last turn that it is in.
let codeLengths most (counts: int[]) =
    let used =
        [| for symbol in 0 .. counts.Length - 1 do
               if counts[symbol] > 0 then symbol |]
    let lengths = Array.zeroCreate<int> counts.Length
    let single = used |> Array.map (fun symbol -> counts[symbol], [ symbol ]) |> Array.sortBy fst

    let pair packages =
        Array.chunkBySize 2 packages
        |> Array.filter (fun two -> two.Length = 2)
        |> Array.map (fun two -> fst two[0] + fst two[1], snd two[0] @ snd two[1])

    match used with
    | [||] -> ()
    | [| symbol |] -> lengths[symbol] <- 1
    | _ ->
        let packages =
            Seq.fold (fun packages _ -> Array.sortBy fst (Array.append single (pair packages))) single (seq { 2..most })

        for _, symbols in Array.truncate (2 * used.Length - 2) packages do
            for symbol in symbols do
                lengths[symbol] <- lengths[symbol] + 1

    lengths

/// The words of a code, from their lengths: in order of length, then of symbol; the first bit of a word is its lowest here.
let codeWords (lengths: int[]) =
    let words = Array.zeroCreate<int> lengths.Length
    let mutable next = 0

    for length in 1..15 do
        next <- next <<< 1

        for symbol in 0 .. lengths.Length - 1 do
            if lengths[symbol] = length then
                words[symbol] <-
                    Seq.fold (fun word bit -> word ||| ((next >>> bit &&& 1) <<< length - 1 - bit)) 0 (seq { 0 .. length - 1 })
                next <- next + 1

    words

/// Lengths as the head of a block says them: 16 repeats the last 3 to 6 times, 17 and 18 are 3 to 10 and 11 to 138 zeros.
let runs (lengths: int[]) =
    let said = List<struct (int * int * int)>()
    let mutable i = 0

    while i < lengths.Length do
        let value = lengths[i]
        let mutable run = 1
        while i + run < lengths.Length && lengths[i + run] = value do
            run <- run + 1
        i <- i + run

        if value > 0 then
            said.Add(struct (value, 0, 0))
            run <- run - 1

        while run > 0 do
            let most, symbol, bits, least =
                if value > 0 then 6, 16, 2, 3
                elif run > 10 then 138, 18, 7, 11
                else 10, 17, 3, 3
            let part = if run < 3 then 1 else min run most
            said.Add(if run < 3 then struct (value, 0, 0) else struct (symbol, bits, part - least))
            run <- run - part

    said

/// The cheapest path found: paths and blocks in turns, from symbols that all cost the same.
let pathOf (text: byte[]) =
    let copies = findCopies text
    let parse start finish counts = cheapest text copies start finish (costs counts.literals) (costs counts.distances)
    let size (step: Step) = if step.distance = 0 then 1 else step.length
    let even = { literals = Array.create 286 1; distances = Array.create 30 1 }

    let again (path: Step[]) _ =
        let better = List<Step>()
        let mutable position = 0

        for start, finish in Seq.pairwise (cut path) do
            let block = ArraySegment(path, start, finish - start)
            let finish = position + Seq.sumBy size block
            better.AddRange(parse position finish (count block))
            position <- finish

        better.ToArray()

    Seq.fold again ((parse 0 text.Length even).ToArray()) (seq { 1..8 })

/// The stream: of each block a head with the lengths of its words, which are themselves in words, then its symbols.
let squeeze (text: byte[]) =
    let path, bytes = pathOf text, List<byte>()
    let mutable held, bits = 0UL, 0

    let put width value =
        held <- held ||| (uint64 value <<< bits)
        bits <- bits + width

        while bits >= 8 do
            bytes.Add(byte held)
            held <- held >>> 8
            bits <- bits - 8

    for start, finish in Seq.pairwise (cut path) do
        let block = ArraySegment(path, start, finish - start)
        let counts = count block
        let literals, distances = codeLengths 15 counts.literals, codeLengths 15 counts.distances
        let used least (all: int[]) = max least (1 + Array.FindLastIndex(all, fun length -> length > 0))
        let nLiterals, nDistances = used 257 literals, used 1 distances
        let head = runs (Array.append literals[.. nLiterals - 1] distances[.. nDistances - 1])
        let order = [| 16; 17; 18; 0; 8; 7; 9; 6; 10; 5; 11; 4; 12; 3; 13; 2; 14; 1; 15 |]
        let headCounts = Array.zeroCreate 19
        for struct (symbol, _, _) in head do
            headCounts[symbol] <- headCounts[symbol] + 1
        let headLengths = codeLengths 7 headCounts
        let nHead = used 4 (order |> Array.map (fun symbol -> headLengths[symbol]))
        put 3 (if finish = path.Length then 5 else 4)
        put 5 (nLiterals - 257)
        put 5 (nDistances - 1)
        put 4 (nHead - 4)
        for symbol in order[.. nHead - 1] do
            put 3 headLengths[symbol]
        let headWords, literalWords, distanceWords = codeWords headLengths, codeWords literals, codeWords distances

        for struct (symbol, width, extra) in head do
            put headLengths[symbol] headWords[symbol]
            put width extra

        let putLiteral symbol = put literals[symbol] literalWords[symbol]

        for step in block do
            if step.distance = 0 then
                putLiteral step.length
            else
                let symbol = lengthSymbol[step.length]
                putLiteral (257 + symbol)
                put lengthExtra[symbol] (step.length - leastLength[symbol])
                let symbol = distanceSymbol[step.distance]
                put distances[symbol] distanceWords[symbol]
                put distanceExtra[symbol] (step.distance - leastDistance[symbol])

        putLiteral 256

    put 7 0
    bytes.ToArray()
