// What a data set needs of the garments; Garments.fs says how they are drawn. The drawing, which is most of that file, is kept out
// of what compilers read of this assembly: in the package a private function costs as much there as its code does.

namespace LinearNets.FSharp

open System

/// Pictures of ten kinds of garments, each a pure function of a key and an index.
[<RequireQualifiedAccess>]
module internal Garments =

    /// The height and the width of a picture in pixels.
    val side: int

    /// The names of the ten classes.
    val names: string[]

    /// The names of the ten classes in Chinese.
    val chineseNames: string[]

    /// The class of the picture at an index. Each block of ten indices has every class once, in an order of its own.
    val label: key: Key -> index: int -> int

    /// Draws the picture at an index into 784 pixels, row after row, 0 being the background.
    val draw: key: Key -> index: int -> pixels: Span<byte> -> unit

    /// So many pictures from the first on, one after another, and their classes; drawn in parallel.
    val many: key: Key -> first: int -> count: int -> byte[] * int[]
