// Random numbers as a function of a key and a position: no hidden state, the same bits on every machine.
//
//   bits(key, i)    = mix(key + (i + 1)·φ),   φ = 2⁶⁴ / golden ratio     (SplitMix64 read at any position)
//   uniform(key, i) = ⌊bits / 2¹¹⌋ · 2⁻⁵³                                 in [0, 1)
//   normal(key, i)  = Φ⁻¹((⌊bits / 2¹²⌋ + ½) · 2⁻⁵²)                      Wichura's algorithm AS 241
//
// A normal is made with + − × ÷ √ only, each of which IEEE 754 rounds correctly, so it too is the same everywhere;
// the logarithm that the tails of Φ⁻¹ need is therefore our own, not the C library's, which differs between platforms.

namespace LinearNets.FSharp

open System

/// <summary>Names one sequence of random numbers.</summary>
[<Struct>]
type Key = internal { state: uint64 }

/// <summary>Random numbers as pure functions of a key and a position.</summary>
[<RequireQualifiedAccess>]
module Random =

    let private golden = 0x9E3779B97F4A7C15UL

    /// A permutation of the 64-bit numbers in which every input bit stirs every output bit.
    let private mix (z: uint64) =
        let z = (z ^^^ (z >>> 30)) * 0xBF58476D1CE4E5B9UL
        let z = (z ^^^ (z >>> 27)) * 0x94D049BB133111EBUL
        z ^^^ (z >>> 31)

    /// <summary>The key of a seed.</summary>
    let key (seed: int) = { state = uint64 seed }

    /// <summary>64 random bits at a position of the key's sequence.</summary>
    let bits (key: Key) (position: int64) = mix (key.state + (uint64 position + 1UL) * golden)

    /// <summary>An independent key, made from this one and a number: for each layer, epoch or part its own.</summary>
    let split (key: Key) (stream: int) =
        // Mixed twice with the bits complemented between, so that no child's sequence is a shift of its parent's.
        { state = mix (~~~(bits key (int64 stream))) }

    /// <summary>A uniform number in [0, 1) with 53 random bits.</summary>
    let uniform key position = float (bits key position >>> 11) * 1.1102230246251565e-16

    /// <summary>A whole number from 0 to below the bound; the bias is less than bound/2⁶⁴.</summary>
    let below (bound: int) key position =
        LinearNets.Errors.require "The bound of a random number" (bound > 0) bound "1 or more"
        int (Math.BigMul(bits key position, uint64 bound) >>> 64)

    /// ln x for a normal x > 0: x = m·2ᵉ with m in [√½, √2), ln m = 2·artanh s, s = (m − 1)/(m + 1), |s| < 0.1716.
    let private logarithm (x: float) =
        let bits = BitConverter.DoubleToInt64Bits x
        let exponent = int ((bits >>> 52) &&& 0x7FFL) - 1023
        let mantissa = BitConverter.Int64BitsToDouble((bits &&& 0xFFFFFFFFFFFFFL) ||| 0x3FF0000000000000L)
        let m, e = if mantissa > 1.4142135623730951 then mantissa / 2.0, exponent + 1 else mantissa, exponent
        let s = (m - 1.0) / (m + 1.0)
        let s2 = s * s
        let mutable series = 0.0

        for n in 10..-1..0 do
            series <- series * s2 + 1.0 / float (2 * n + 1)

        float e * 0.6931471805599453 + 2.0 * s * series

    let inline private polynomial ([<InlineIfLambda>] coefficient: int -> float) x =
        let mutable value = coefficient 7

        for n in 6..-1..0 do
            value <- value * x + coefficient n

        value

    // The coefficients of AS 241 (PPND16), lowest power first: numerators, then denominators.
    let private centre =
        [| 3.3871328727963666080e0
           1.3314166789178437745e2
           1.9715909503065514427e3
           1.3731693765509461125e4
           4.5921953931549871457e4
           6.7265770927008700853e4
           3.3430575583588128105e4
           2.5090809287301226727e3 |],
        [| 1.0
           4.2313330701600911252e1
           6.8718700749205790830e2
           5.3941960214247511077e3
           2.1213794301586595867e4
           3.9307895800092710610e4
           2.8729085735721942674e4
           5.2264952788528545610e3 |]

    let private tail =
        [| 1.42343711074968357734e0
           4.63033784615654529590e0
           5.76949722146069140550e0
           3.64784832476320460504e0
           1.27045825245236838258e0
           2.41780725177450611770e-1
           2.27238449892691845833e-2
           7.74545014278341407640e-4 |],
        [| 1.0
           2.05319162663775882187e0
           1.67638483018380384940e0
           6.89767334985100004550e-1
           1.48103976427480074590e-1
           1.51986665636164571966e-2
           5.47593808499534494600e-4
           1.05075007164441684324e-9 |]

    let private farTail =
        [| 6.65790464350110377720e0
           5.46378491116411436990e0
           1.78482653991729133580e0
           2.96560571828504891230e-1
           2.65321895265761230930e-2
           1.24266094738807843860e-3
           2.71155556874348757815e-5
           2.01033439929228813265e-7 |],
        [| 1.0
           5.99832206555887937690e-1
           1.36929880922735805310e-1
           1.48753612908506148525e-2
           7.86869131145613259100e-4
           1.84631831751005468180e-5
           1.42151175831644588870e-7
           2.04426310338993978564e-15 |]

    let private ratio (numerator: float[], denominator: float[]) x =
        polynomial (fun n -> numerator[n]) x / polynomial (fun n -> denominator[n]) x

    /// <summary>Φ⁻¹: the number below which a standard normal variable lies with probability p, 0 &lt; p &lt; 1.</summary>
    let normalQuantile (p: float) =
        LinearNets.Errors.require "The probability of a quantile" (p > 0.0 && p < 1.0) p "a number above 0 and below 1"
        let q = p - 0.5

        if abs q <= 0.425 then
            q * ratio centre (0.180625 - q * q)
        else
            let r = sqrt (-(logarithm (if q < 0.0 then p else 1.0 - p)))
            let x = if r <= 5.0 then ratio tail (r - 1.6) else ratio farTail (r - 5.0)
            if q < 0.0 then -x else x

    /// <summary>A standard normal number.</summary>
    let normal key position = normalQuantile ((float (bits key position >>> 12) + 0.5) * 2.220446049250313e-16)

    let private count (n: int) = LinearNets.Errors.require "The number of random numbers" (n >= 0) n "0 or more"

    /// <summary>The first n standard normal numbers of the key.</summary>
    let normals n key =
        count n
        Array.init n (fun i -> normal key (int64 i))

    /// <summary>The first n uniform numbers of the key.</summary>
    let uniforms n key =
        count n
        Array.init n (fun i -> uniform key (int64 i))

    /// <summary>The numbers 0 to n − 1 in random order (Fisher–Yates), every order equally likely.</summary>
    let permutation n key =
        count n
        let order = Array.init n id

        for i in n - 1 .. -1 .. 1 do
            let j = below (i + 1) key (int64 i)
            let kept = order[i]
            order[i] <- order[j]
            order[j] <- kept

        order
