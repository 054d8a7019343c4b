/// Images of another size: the definition, and what follows from it.
module LinearNets.Tests.ResizeLaws

open System
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

/// The weights of the pixels of a side for one pixel of the result, by the definition.
let private weights before after i =
    let scale = float before / float after
    let centre = (float i + 0.5) * scale
    let near = Array.init before (fun u -> max 0.0 (1.0 - abs (float u + 0.5 - centre) / max 1.0 scale))
    Array.map (fun weight -> weight / Array.sum near) near

/// One image by the definition.
let private defined (height, width) (newHeight, newWidth) (image: float[]) =
    [| for i in 0 .. newHeight - 1 do
           for j in 0 .. newWidth - 1 do
               let a, b = weights height newHeight i, weights width newWidth j
               Seq.sum
                   [ for u in 0 .. height - 1 do
                         for v in 0 .. width - 1 -> a[u] * b[v] * image[u * width + v] ] |]

/// Sizes before and after, and more images than a thread takes at once.
let private sizes (case: Case) =
    let size stream = 1 + Random.below 12 (Random.split (Random.key case.seed) stream) 0L
    (size 0, size 1), (size 2, size 3), if case.seed % 10 = 0 then 70 else case.rows

let private pixels (case: Case) count = Random.uniforms count (Random.key case.seed) |> Array.map (fun u -> byte (256.0 * u))

let private images (height, width) (pixels: byte[]) =
    Dataset.From(pixels, height * width, Array.zeroCreate<int>(pixels.Length / (height * width))).WithImageShape(height, width)

let private doubles (height, width) (values: float[]) =
    let rows = values.Length / (height * width)
    let matrix = Array2D.init rows (height * width) (fun i j -> values[i * height * width + j])
    Dataset.From(matrix, Array.zeroCreate<int> rows).WithImageShape(height, width)

[<Law>]
let ``images of another size are those of the definition, in every type of number`` (case: Case) =
    let before, after, count = sizes case
    let columns = fst before * snd before
    let pixels = pixels case (count * columns)
    let resized = (images before pixels).Resize after
    Assert.That(resized.ImageShape, Is.EqualTo(Nullable { Height = fst after; Width = snd after }))
    Assert.That(resized.ToString(), Does.Contain "bytes")
    let exact = (doubles before (Array.map float pixels)).Resize after
    let singles = Array2D.init count columns (fun i j -> float32 pixels[i * columns + j])
    let singles =
        Dataset.From(singles, Array.zeroCreate<int> count).WithImageShape(fst before, snd before).Resize(fst after, snd after)
    for row in 0 .. count - 1 do
        let expected = defined before after (Array.map float pixels[row * columns .. (row + 1) * columns - 1])
        for at in 0 .. expected.Length - 1 do
            Check.nearNumber 1e-11 expected[at] (exact.Row(row)[at])
            Check.nearNumber 1e-3 expected[at] (singles.Row(row)[at])
            // Half, and what 32-bit sums may be off.
            Check.nearNumber 0.501 expected[at] (resized.Row(row)[at])

[<Law>]
let ``images of the same size are the same, and grey ones stay as grey`` (case: Case) =
    let before, after, count = sizes case
    let columns = fst before * snd before
    let pixels = pixels case (count * columns)
    let same = (images before pixels).Resize before
    for row in 0 .. count - 1 do
        Assert.That(same.Row row, Is.EqualTo(box [| for at in 0 .. columns - 1 -> float pixels[row * columns + at] |]))
    let grey = (images before (Array.create (count * columns) pixels[0])).Resize after
    for row in 0 .. count - 1 do
        Assert.That(Array.distinct (grey.Row row), Is.EqualTo(box [| float pixels[0] |]))

[<Test>]
let ``a fine pattern becomes grey where it shrinks`` () =
    let stripes = Array.init (28 * 28) (fun at -> if at % 2 = 0 then 0uy else 255uy)
    let half = ((images (28, 28) stripes).Resize(14, 14)).Row 0
    for i in 1..12 do
        for j in 1..12 do
            Check.nearNumber 1.0 127.5 half[i * 14 + j]

[<Test>]
let ``sizes that cannot be are refused`` () =
    let data = images (2, 3) [| 0uy .. 11uy |]
    Check.fails<SettingsException> [ "height of an image is 0" ] (fun () -> data.Resize(0, 3) |> ignore)
    Check.fails<SettingsException> [ "width of an image is -1" ] (fun () -> data.Resize(3, -1) |> ignore)
    Check.fails<SettingsException> [ "2 × 40000 × 40000"; "2147483591 values" ] (fun () -> data.Resize(40000, 40000) |> ignore)
    Check.fails<SettingsException> [ "2147483647 × 2147483647" ] (fun () -> data.Resize(Int32.MaxValue, Int32.MaxValue) |> ignore)
    let rows = Dataset.From([| 0uy .. 11uy |], 6, [| 0; 0 |])
    Check.fails<SettingsException> [ "one of rows"; "WithImageShape" ] (fun () -> rows.Resize(2, 3) |> ignore)
