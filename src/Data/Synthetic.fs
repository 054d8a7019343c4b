// Data made from a seed, with known answers.
//
//   linear    X ~ N(0, 1),  y = X·w + b + ε,  ε ~ N(0, noise²)
//   classes   a row of class c is N(μ_c, spread²),  with centres μ_c ~ N(0, 1)
//   garments  images 28×28 of ten kinds of clothes, drawn by Garments.fs

namespace LinearNets.FSharp

open LinearNets

/// <summary>What <c>Synthetic.linear</c> makes.</summary>
[<RequireQualifiedAccess>]
type SyntheticLinear =
    {
        /// <summary>The true weights, one per feature.</summary>
        w: float list
        /// <summary>The true bias.</summary>
        b: float
        /// <summary>The standard deviation of the noise.</summary>
        noise: float
        /// <summary>The number of rows.</summary>
        n: int
        /// <summary>The seed.</summary>
        seed: int
        /// <summary>Float32 or Float64.</summary>
        dtype: Dtype
    }

/// <summary>What <c>Synthetic.classes</c> makes.</summary>
[<RequireQualifiedAccess>]
type SyntheticClasses =
    {
        /// <summary>The number of classes.</summary>
        classes: int
        /// <summary>The number of features.</summary>
        columns: int
        /// <summary>The standard deviation of the rows around the centre of their class; the centres themselves have 1.</summary>
        spread: float
        /// <summary>The number of rows; the classes are as equal as this allows.</summary>
        n: int
        /// <summary>The seed.</summary>
        seed: int
    }

/// <summary>Data made from a seed, with known answers.</summary>
[<RequireQualifiedAccess>]
module Synthetic =

    let private key seed = Random.split (Random.key seed) Streams.synthetic

    let private source what (seed: int) = what + " of seed " + string seed

    let private checkSize rows columns =
        if int64 rows * int64 columns > int64 System.Array.MaxLength then
            Errors.require
                "The size of the data"
                false
                (say $"{rows} × {columns}")
                (say $"{System.Array.MaxLength} values at most")

    /// <summary>The book's data: y = 2·x1 − 3.4·x2 + 4.2 with noise of 0.01, 1000 rows in Float32.</summary>
    let defaults: SyntheticLinear = { w = [ 2.0; -3.4 ]; b = 4.2; noise = 0.01; n = 1000; seed = 0; dtype = Dtype.Float32 }

    /// <summary>y = X·w + b + noise, with standard normal features.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There are no weights or no rows, they are too many, a number is not finite, the noise is negative, or the type is Int32.</exception>
    let linear (settings: SyntheticLinear) =
        let d, n = settings.w.Length, settings.n
        Errors.atLeast1 "The number of weights" d
        Errors.atLeast1 "The number of rows" n
        checkSize n d
        for value in settings.b :: settings.w do
            Errors.require "A true weight or bias" (abs value < infinity) value "a finite number"
        Errors.notNegative "The noise" settings.noise
        Errors.require "The type of number" (settings.dtype <> Dtype.Int32) settings.dtype "Float32 or Float64"
        let key = key settings.seed
        let x = Random.normals (n * d) (Random.split key 0)
        let noise = Random.normals n (Random.split key 1)
        let w = List.toArray settings.w
        let y =
            Array.init n (fun i ->
                let mutable sum = settings.b + settings.noise * noise[i]
                for j in 0 .. d - 1 do
                    sum <- sum + x[i * d + j] * w[j]
                sum)
        let rounded = Array.map (float32 >> float)
        let table =
            if settings.dtype = Dtype.Float32 then
                Table.create d (Features.Singles(Array.map float32 x)) (Targets.Numbers(rounded y, 1))
            else
                Table.create d (Features.Doubles x) (Targets.Numbers(y, 1))
        Dataset(table).WithSource(source "linear regression" settings.seed)

    /// <summary>Three classes of points in the plane, some of which overlap.</summary>
    let classDefaults: SyntheticClasses = { classes = 3; columns = 2; spread = 0.5; n = 300; seed = 0 }

    /// <summary>Rows around a random centre for each class, in random order.</summary>
    /// <exception cref="T:LinearNets.SettingsException">There are fewer than two classes, fewer rows than classes, or no columns, or
    /// the spread is negative.</exception>
    let classes (settings: SyntheticClasses) =
        let k, d, n = settings.classes, settings.columns, settings.n
        Errors.require "The number of classes" (k >= 2) k "2 or more"
        Errors.atLeast1 "The number of columns" d
        if n < k then Errors.require "The number of rows" false n (say $"{k} or more, as there are classes")
        checkSize n d
        Errors.notNegative "The spread" settings.spread
        let key = key settings.seed
        let centres = Random.normals (k * d) (Random.split key 0)
        let around = Random.normals (n * d) (Random.split key 1)
        let labels = Random.permutation n (Random.split key 2) |> Array.map (fun i -> i % k)
        let x = Array.init (n * d) (fun at -> float32 (centres[labels[at / d] * d + at % d] + settings.spread * around[at]))
        Dataset(Table.create d (Features.Singles x) (Targets.Classes labels)).WithSource(source "classes" settings.seed)

    /// <summary>The names of the garments.</summary>
    let garmentNames = System.Array.AsReadOnly Garments.names

    /// <summary>The names of the garments in Chinese.</summary>
    let garmentNamesChinese = System.Array.AsReadOnly Garments.chineseNames

    /// <summary>Grey images, 28×28 bytes, of ten kinds of clothes, drawn from a seed: a stand-in for Fashion-MNIST, with its classes
    /// in its order, that is there without a download. 70,000 take a few seconds.</summary>
    /// <returns>A data set to train on and one to test on, of so many rows each.</returns>
    /// <exception cref="T:LinearNets.SettingsException">One of the two would have no rows.</exception>
    let garments (train: int) (test: int) (seed: int) =
        Errors.atLeast1 "The number of images to train on" train
        Errors.atLeast1 "The number of images to test on" test
        checkSize train (Garments.side * Garments.side)
        checkSize test (Garments.side * Garments.side)
        let draw first count =
            let pixels, labels = Garments.many (key seed) first count
            Dataset(Table.create (Garments.side * Garments.side) (Features.Bytes pixels) (Targets.Classes labels))
                .WithClassNames(Garments.names)
                .WithImageShape(Garments.side, Garments.side)
                .WithSource(source (say $"garments {first}–{first + count - 1}") seed)
        draw 0 train, draw train test
