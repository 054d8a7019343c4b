// What the properties are written with.
//
// A law is a property over a `Case`: sizes (1 row, 1 column and 1 class included), a scale, a type of number, and a seed.
// Tensors are made from the case's seed, so a failing case is printed in a line and shrinks to small sizes.
// Tolerances are multiples of the rounding unit of the case's type of number; each law says which multiple and why.

namespace LinearNets.Tests

open System
open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open LinearNets.FSharp

type Case =
    { rows: int
      columns: int
      classes: int
      scale: float
      dtype: Dtype
      seed: int }

    /// The distance from 1 to the next number: 2⁻²³ or 2⁻⁵².
    member case.Eps = if case.dtype = Dtype.Float32 then 1.1920929e-7 else 2.220446049250313e-16

    member private case.Key stream = Random.split (Random.key case.seed) stream

    /// Any values in a shape, in the case's type of number.
    member case.Tensor(values: float[], shape: int list) = dsharp.tensor(values, dtype = case.dtype).view shape

    /// Normal values times the scale; another stream gives other values.
    member case.Normal(stream, shape: int list) =
        case.Tensor(Random.normals (List.fold (*) 1 shape) (case.Key stream) |> Array.map (fun z -> z * case.scale), shape)

    /// Uniform values between two bounds.
    member case.Uniform(stream, low, high, shape: int list) =
        case.Tensor(
            Random.uniforms (List.fold (*) 1 shape) (case.Key stream) |> Array.map (fun u -> low + (high - low) * u),
            shape
        )

    /// Labels below the number of classes.
    member case.Labels(stream, rows, classes) =
        dsharp.tensor (Array.init rows (fun i -> Random.below classes (case.Key stream) (int64 i)))

    /// Rows that are distributions.
    member case.Distributions(stream, rows, classes) =
        let p = case.Uniform(stream, 0.01, 1.0, [ rows; classes ])
        p / p.sum (1, keepDim = true)

type Cases =
    static member Case() =
        let size = Gen.frequency [ 1, Gen.constant 1; 5, Gen.choose (1, 9) ]

        let make rows columns classes scale dtype seed =
            { rows = rows; columns = columns; classes = classes; scale = scale; dtype = dtype; seed = seed }

        let gen =
            gen {
                let! rows = size
                let! columns = size
                let! classes = size
                let! scale = Gen.elements [ 0.1; 1.0; 30.0 ]
                let! dtype = Gen.elements [ Dtype.Float32; Dtype.Float64 ]
                let! seed = Gen.choose (0, 1_000_000)
                return make rows columns classes scale dtype seed
            }

        let shrink case =
            seq {
                if case.rows > 1 then { case with rows = case.rows - 1 }

                if case.columns > 1 then { case with columns = case.columns - 1 }

                if case.classes > 1 then { case with classes = case.classes - 1 }

                if case.scale <> 1.0 then { case with scale = 1.0 }
            }

        Arb.fromGenShrink (gen, shrink)

/// A property over generated cases: 250, or as many as LINEARNETS_CASES says.
[<AttributeUsage(AttributeTargets.Method)>]
type LawAttribute() as law =
    inherit FsCheck.NUnit.PropertyAttribute()

    do
        let law = law :> FsCheck.NUnit.PropertyAttribute

        law.MaxTest <-
            match Environment.GetEnvironmentVariable "LINEARNETS_CASES" with
            | null
            | "" -> 250
            | cases -> int cases

        law.Arbitrary <- [| typeof<Cases> |]
        law.QuietOnSuccess <- true

module Check =

    let values (t: Tensor) = t.view([ t.nelement ]).toArray1D<float>()

    let largest (t: Tensor) = values t |> Array.fold (fun m v -> max m (abs v)) 0.0

    /// Equal shapes, and every pair of values within a tolerance; a NaN is near nothing, an infinity near itself.
    let near (tolerance: float) (expected: Tensor) (actual: Tensor) =
        Assert.That(Array.toList actual.shape, Is.EqualTo(box (Array.toList expected.shape)), "shapes")

        Array.zip (values expected) (values actual)
        |> Array.iteri (fun i (e, a) ->
            if not (e = a || abs (e - a) <= tolerance) then
                Assert.Fail $"value {i}: expected {e:R}, got {a:R}, difference {abs (e - a):E2}, tolerance {tolerance:E2}")

    /// Near, with a tolerance relative to the largest expected value (or 1, if that is smaller).
    let nearRelative (tolerance: float) (expected: Tensor) (actual: Tensor) =
        near (tolerance * max 1.0 (largest expected)) expected actual

    let nearNumber (tolerance: float) (expected: float) (actual: float) =
        if not (expected = actual || abs (expected - actual) <= tolerance) then
            Assert.Fail $"expected {expected:R}, got {actual:R}, tolerance {tolerance:E2}"

    /// The error of an action, which must be of the given type.
    let caught<'error when 'error :> exn> (action: unit -> unit) : 'error =
        let error =
            try
                action ()
                null
            with e ->
                e

        match error with
        | :? 'error as e -> e
        | null -> failwith $"expected {typeof<'error>.Name}, but nothing was thrown"
        | e -> failwith $"expected {typeof<'error>.Name}, got {e.GetType().Name}: {e.Message}"

    /// The type of error, and every one of the words its message must have.
    let fails<'error when 'error :> exn> (words: string list) (action: unit -> unit) =
        let error = caught<'error> action

        for word in words do
            Assert.That(error.Message, Does.Contain word)

/// Tools that some tests compare with. Where one is missing the test is not run, and says so by name; where
/// LINEARNETS_REQUIRE_TOOLS is 1 that is a failure.
module Tool =

    let missing (tool: string) =
        if Environment.GetEnvironmentVariable "LINEARNETS_REQUIRE_TOOLS" = "1" then
            Assert.Fail $"{tool} is missing, and LINEARNETS_REQUIRE_TOOLS is 1"
        else
            Assert.Ignore $"not run: {tool} is missing"

/// The files of the repository this was built in.
module Repository =

    let private root =
        let rec find (folder: System.IO.DirectoryInfo) =
            if isNull folder then
                invalidOp "The tests run inside the repository."
            elif System.IO.File.Exists(System.IO.Path.Combine(folder.FullName, "LinearNets.sln")) then
                folder.FullName
            else
                find folder.Parent

        find (System.IO.DirectoryInfo AppContext.BaseDirectory)

    let file (name: string) = System.IO.Path.Combine(root, name)
