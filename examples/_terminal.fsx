// What a terminal can show of a fit: a bar while it runs, and grey images.

#load "_load.fsx"

open System
open LinearNets
open LinearNets.FSharp

/// A bar that is drawn over itself, where there is a terminal; nothing where the output goes elsewhere.
module Bar =
    let private width = 30
    let private shown = not Console.IsOutputRedirected

    let private write (text: string) = if shown then Console.Write("\r" + text.PadRight 70 + "\r")

    let clear () = write ""

    let draw (s: StepReport) =
        if s.step % 5 = 0 then
            let filled = width * s.step / s.steps
            write $"epoch {s.epoch}/{s.epochs} [{String('█', filled)}{String('·', width - filled)}] loss {s.loss:F4}"

/// Images side by side, a title over each: a character for 2×4 pixels, which is about a square.
let images (data: Dataset) (titled: (int * string) list) =
    let image = data.ImageShape.Value
    let columns, lines = image.Width / 2, image.Height / 4
    let ink = " .:-=+*%@█"

    let line row y =
        let pixels = data.Row row

        String.init columns (fun x ->
            let sum =
                Seq.sum (
                    seq {
                        for j in 0..3 do
                            for i in 0..1 -> pixels[(4 * y + j) * image.Width + 2 * x + i]
                    }
                )
            string ink[min (ink.Length - 1) (int (sum / 8.0 / 256.0 * float ink.Length))])

    let side (cells: string list) = cells |> List.map _.PadRight(columns + 4) |> String.concat "" |> _.TrimEnd()

    [ for row in List.chunkBySize 4 titled do
          for title in 0..1 do
              side [ for _, text in row -> text.Split('\n')[title] ]

          for y in 0 .. lines - 1 do
              side [ for i, _ in row -> line i y ]

          "" ]
    |> String.concat "\n"
