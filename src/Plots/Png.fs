// Pixels as PNG: a header, the rows compressed, an end; each of these a length, a name, bytes and their checksum.
//
//   a row of pixels is a 0, for "as it is", and its bytes: red, green, blue and opacity of each pixel

namespace LinearNets.FSharp

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression
open System.Text
open LinearNets.Kernels

/// The colour of a pixel, and how much of what is under it it hides.
[<Struct; NoEquality; NoComparison>]
type internal Pixel = { red: byte; green: byte; blue: byte; opacity: byte }

module internal Png =

    let private chunk (file: Stream) (name: string) (bytes: byte[]) =
        let whole = Array.append (Encoding.ASCII.GetBytes name) bytes
        let number = Array.zeroCreate<byte> 4
        BinaryPrimitives.WriteUInt32BigEndian(number.AsSpan(), uint32 bytes.Length)
        file.Write(number, 0, 4)
        file.Write(whole, 0, whole.Length)
        BinaryPrimitives.WriteUInt32BigEndian(number.AsSpan(), Crc32.Append(0u, ReadOnlySpan whole))
        file.Write(number, 0, 4)

    /// A picture of so many columns and rows of pixels.
    let write width height (pixel: int -> int -> Pixel) =
        let rows = Array.zeroCreate<byte>(height * (1 + 4 * width))
        for row in 0 .. height - 1 do
            for column in 0 .. width - 1 do
                let at = row * (1 + 4 * width) + 1 + 4 * column
                let pixel = pixel column row
                rows[at] <- pixel.red
                rows[at + 1] <- pixel.green
                rows[at + 2] <- pixel.blue
                rows[at + 3] <- pixel.opacity
        use packed = new MemoryStream()
        do
            use zlib = new ZLibStream(packed, CompressionLevel.Optimal, true)
            zlib.Write(rows, 0, rows.Length)
        let header = Array.zeroCreate<byte> 13
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(0), width)
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height)
        // 8 bits each of red, green, blue and opacity.
        header[8] <- 8uy
        header[9] <- 6uy
        use file = new MemoryStream()
        file.Write([| 0x89uy; 0x50uy; 0x4Euy; 0x47uy; 0x0Duy; 0x0Auy; 0x1Auy; 0x0Auy |], 0, 8)
        chunk file "IHDR" header
        chunk file "IDAT" (packed.ToArray())
        chunk file "IEND" [||]
        file.ToArray()
