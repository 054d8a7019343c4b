module LinearNets.Tests.RandomLaws

open System
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

let private bitsOf (x: float) = BitConverter.DoubleToInt64Bits x

/// Σ (seen − expected)²/expected over equally likely outcomes.
let private chiSquare (outcomes: int) (draws: int[]) =
    let expected = float draws.Length / float outcomes
    let seen = Array.zeroCreate<int> outcomes

    for draw in draws do
        seen[draw] <- seen[draw] + 1

    seen |> Array.sumBy (fun n -> (float n - expected) ** 2.0 / expected)

// ---- bits -----------------------------------------------------------------------------------------------------------

[<Test>]
let ``the bits of seed 0 are those of SplitMix64`` () =
    let known = [ 0xe220a8397b1dcdafUL; 0x6e789e6aa1b965f4UL; 0x06c45d188009454fUL; 0xf88bb8a8724c81ecUL ]
    let bits = [ for i in 0L .. 3L -> Random.bits (Random.key 0) i ]
    Assert.That(bits, Is.EqualTo(box known))

[<Test>]
let ``the bits of seed 1234567 are those of SplitMix64`` () =
    // The first outputs that Vigna's splitmix64.c gives for this state.
    let known = [ 6457827717110365317UL; 3203168211198807973UL; 9817491932198370423UL; 4593380528125082431UL ]
    let bits = [ for i in 0L .. 3L -> Random.bits (Random.key 1234567) i ]
    Assert.That(bits, Is.EqualTo(box known))

[<Law>]
let ``a position has the same number whatever was asked before`` (case: Case) =
    let key = Random.key case.seed
    let count = 10 * case.rows
    let forwards = Random.normals count key
    let backwards = [| for i in count - 1 .. -1 .. 0 -> Random.normal key (int64 i) |] |> Array.rev
    Assert.That(Array.map bitsOf backwards, Is.EqualTo(box (Array.map bitsOf forwards)))
    let uniforms n = Random.uniforms n key |> Array.map bitsOf
    Assert.That(uniforms (count / 2), Is.EqualTo(box (Array.truncate (count / 2) (uniforms count))))

[<Law>]
let ``split keys and their parent have no number in common`` (case: Case) =
    // 64-bit numbers: among 550 a repetition by chance has a probability of 10⁻¹⁴.
    let parent = Random.key case.seed
    let keys = parent :: [ for stream in 0..9 -> Random.split parent stream ]
    let bits =
        [ for key in keys do
              for i in 0L .. 49L -> Random.bits key i ]
    Assert.That(bits, Is.Unique)

[<Law>]
let ``splitting is a function, and of a split key gives others`` (case: Case) =
    let parent = Random.key case.seed
    let first key = Random.bits key 0L
    Assert.That(first (Random.split parent case.rows), Is.EqualTo(first (Random.split parent case.rows)))
    let keys =
        [ for i in 0..4 do
              for j in 0..4 -> Random.split (Random.split parent i) j ]
    Assert.That(List.map first keys, Is.Unique)

[<Test>]
let ``negative seeds and streams are seeds and streams too`` () =
    let firsts = [ for seed in [ Int32.MinValue; -2; -1; 0; 1; Int32.MaxValue ] -> Random.bits (Random.key seed) 0L ]
    Assert.That(firsts, Is.Unique)
    let firsts =
        [ for stream in [ Int32.MinValue; -1; 0; Int32.MaxValue ] -> Random.bits (Random.split (Random.key 1) stream) 0L ]
    Assert.That(firsts, Is.Unique)

// ---- uniforms and whole numbers -------------------------------------------------------------------------------------

[<Law>]
let ``uniforms lie in 0..1, the 1 excluded, and are multiples of 2⁻⁵³`` (case: Case) =
    for u in Random.uniforms 100 (Random.key case.seed) do
        Assert.That(u >= 0.0 && u < 1.0, $"{u:R}")
        Assert.That(u * 9007199254740992.0 % 1.0, Is.EqualTo 0.0)

[<Test>]
let ``uniforms are spread evenly`` () =
    let draws = Random.uniforms 100_000 (Random.key 7) |> Array.map (fun u -> int (u * 100.0))
    // 99 degrees of freedom: 1 in 1000 sequences is above 148.2. The seed is fixed, so this one is always below.
    Assert.That(chiSquare 100 draws, Is.LessThan 148.2)

[<Law>]
let ``a number below a bound is below it and not negative`` (case: Case) =
    let key = Random.key case.seed

    for bound in [ 1; 2; case.rows; 1000; Int32.MaxValue ] do
        for i in 0L .. 20L do
            Assert.That(Random.below bound key i, Is.InRange(0, bound - 1))

[<Test>]
let ``numbers below a bound are spread evenly`` () =
    let draws = Array.init 70_000 (fun i -> Random.below 7 (Random.key 11) (int64 i))
    // 6 degrees of freedom: 1 in 1000 sequences is above 22.46.
    Assert.That(chiSquare 7 draws, Is.LessThan 22.46)

[<Test>]
let ``neighbouring positions and neighbouring seeds have nothing to do with each other`` () =
    let pairs =
        Array.init 40_000 (fun i -> 4 * Random.below 4 (Random.key 3) (int64 i) + Random.below 4 (Random.key 3) (int64 i + 1L))
    let seeds =
        Array.init 40_000 (fun seed -> 4 * Random.below 4 (Random.key seed) 0L + Random.below 4 (Random.key (seed + 1)) 0L)
    // 15 degrees of freedom: 1 in 1000 is above 37.70.
    Assert.That(chiSquare 16 pairs, Is.LessThan 37.70)
    Assert.That(chiSquare 16 seeds, Is.LessThan 37.70)

[<Test>]
let ``a bound below 1 is refused`` () =
    for bound in [ 0; -3 ] do
        Check.fails<SettingsException> [ "bound of a random number"; string bound; "1 or more" ] (fun () ->
            Random.below bound (Random.key 0) 0L |> ignore)

// ---- permutations ---------------------------------------------------------------------------------------------------

[<Law>]
let ``a permutation has every number once`` (case: Case) =
    for n in [ 0; 1; case.rows; 100 ] do
        let order = Random.permutation n (Random.key case.seed)
        Assert.That(Array.sort order, Is.EqualTo(box [| 0 .. n - 1 |]))

[<Test>]
let ``every order of four is about equally likely`` () =
    let orders = System.Collections.Generic.Dictionary<string, int>()

    let draws =
        Array.init 24_000 (fun seed ->
            let order = String.Join(",", Random.permutation 4 (Random.split (Random.key 5) seed))

            match orders.TryGetValue order with
            | true, number -> number
            | _ ->
                orders[order] <- orders.Count
                orders.Count - 1)

    Assert.That(orders.Count, Is.EqualTo 24)
    // 23 degrees of freedom: 1 in 1000 is above 49.73.
    Assert.That(chiSquare 24 draws, Is.LessThan 49.73)

// ---- normals --------------------------------------------------------------------------------------------------------

// p and Φ⁻¹(p) to 17 digits, by bisection of Φ with 60-digit arithmetic (mpmath.erfc).
let private quantiles =
    [ 0.5, 0.0
      0.975, 1.95996398454005386
      0.6, 0.253347103135799741
      0.9, 1.28155156554460059
      0.075, -1.43953147093845593
      0.999, 3.09023230616781328
      1e-10, -6.3613409024040562
      1e-15, -7.94134532617099677
      1e-300, -37.0470962993611992 ]

[<Test>]
let ``quantiles of the normal distribution are right to a few units in the last place`` () =
    for p, expected in quantiles do
        // AS 241 promises 1 part in 10¹⁶ of its rational functions; evaluating them rounds some 20 times.
        Check.nearNumber (2e-15 * max 1.0 (abs expected)) expected (Random.normalQuantile p)

[<Law>]
let ``quantiles are symmetric`` (case: Case) =
    for i in 0L .. 20L do
        // A multiple of 2⁻⁵², so that 1 − p is exact and the two results are the same computation.
        let p = float ((Random.bits (Random.key case.seed) i >>> 12) + 1UL) * 2.220446049250313e-16

        if p < 1.0 then Assert.That(Random.normalQuantile (1.0 - p), Is.EqualTo(-(Random.normalQuantile p)))

[<Law>]
let ``quantiles grow with the probability`` (case: Case) =
    // Also across the borders of the three approximations (0.075, 0.925 and e⁻²⁵), which lie on this grid.
    let near =
        [ for border in [ 0.075; 0.925; 1.388794386496402e-11 ] do
              for i in -20.0 .. 20.0 -> border * (1.0 + i * 1e-3) ]
    let some = near @ List.ofArray (Random.uniforms 50 (Random.key case.seed)) |> List.filter (fun p -> p > 0.0) |> List.sort

    for p, q in List.pairwise some do
        if q > p * (1.0 + 1e-12) then
            Assert.That(Random.normalQuantile p, Is.LessThan(Random.normalQuantile q), $"{p:R} {q:R}")

[<Test>]
let ``a probability of 0, 1 or no number has no quantile`` () =
    for p in [ 0.0; 1.0; -0.1; 1.5; nan ] do
        Check.fails<SettingsException> [ "probability of a quantile"; "above 0 and below 1" ] (fun () ->
            Random.normalQuantile p |> ignore)

[<Test>]
let ``normals have the moments of the normal distribution`` () =
    let z = Random.normals 100_000 (Random.key 2024)
    let n = float z.Length
    let mean = Array.average z
    let moment k = (z |> Array.sumBy (fun x -> (x - mean) ** k)) / n
    let sd = sqrt (moment 2.0)
    // Four standard errors each: 1/√n, 1/√(2n), √(6/n), √(24/n).
    Check.nearNumber (4.0 / sqrt n) 0.0 mean
    Check.nearNumber (4.0 / sqrt (2.0 * n)) 1.0 sd
    Check.nearNumber (4.0 * sqrt (6.0 / n)) 0.0 (moment 3.0 / sd ** 3.0)
    Check.nearNumber (4.0 * sqrt (24.0 / n)) 3.0 (moment 4.0 / sd ** 4.0)

[<Test>]
let ``the first normals of key 42 have these bits, on every machine`` () =
    // AS 241 in another implementation (Python's statistics.NormalDist) gives these numbers to the last or last but one unit.
    let frozen = [ 0x3FE4BDDE731D47A2L; 0xBFEFD59DD259CCC3L; 0xBFE2C8B8BD68B7A1L; 0xBFD9AAD852DB488EL; 0xBFFC625FA87782F6L ]
    let bits = [ for z in Random.normals 5 (Random.key 42) -> bitsOf z ]
    Assert.That(bits, Is.EqualTo(box frozen), String.Join("; ", [ for b in bits -> $"0x%016X{b}L" ]))

[<Test>]
let ``a number of random numbers below 0 is refused, and none are none`` () =
    let key = Random.key 0
    for n in [ -1; Int32.MinValue ] do
        let words = [ $"The number of random numbers is {n}; expected 0 or more." ]
        Check.fails<SettingsException> words (fun () -> Random.normals n key |> ignore)
        Check.fails<SettingsException> words (fun () -> Random.uniforms n key |> ignore)
        Check.fails<SettingsException> words (fun () -> Random.permutation n key |> ignore)
    Assert.That(Random.normals 0 key, Is.Empty)
    Assert.That(Random.uniforms 0 key, Is.Empty)
    Assert.That(Random.permutation 0 key, Is.Empty)
