// The same package in fewer bytes: dotnet fsi Smallest.fsx PACKAGE.nupkg
//
// NuGet compresses in a hurry, and so do compilers: in an assembly lie the debugging symbols, and what F# says of its types, compressed.
// This writes the same files with the same names and times, compressed as far as deflate goes. A stream in an assembly stays where
// it is, and zeros follow it to where it ended: nothing else in the assembly moves, and zeros cost next to nothing.
// All that was compressed is unpacked again and compared.

#load "Deflate.fsx"

open System
open System.IO
open System.IO.Compression
open System.Reflection.PortableExecutable
open System.Reflection.Metadata
open System.Text

let readAll (source: Stream) =
    use source = source
    use bytes = new MemoryStream()
    source.CopyTo bytes
    bytes.ToArray()

let inflate (packed: byte[]) = readAll (new DeflateStream(new MemoryStream(packed), CompressionMode.Decompress))

let deflate bytes =
    let packed = Deflate.squeeze bytes
    if inflate packed <> bytes then failwith "What was compressed does not unpack to what it was."
    packed

/// Where compressed streams lie in an assembly: the debugging symbols, and the resources of the F# compiler.
let compressedStreams (assembly: byte[]) =
    use reader = new PEReader(new MemoryStream(assembly))
    let metadata = reader.GetMetadataReader()

    [ for entry in reader.ReadDebugDirectory() do
          // Before the stream are a name of four letters and the length when unpacked.
          if entry.Type = DebugDirectoryEntryType.EmbeddedPortablePdb then entry.DataPointer + 8, entry.DataSize - 8

      match reader.PEHeaders.TryGetDirectoryOffset reader.PEHeaders.CorHeader.ResourcesDirectory with
      | true, start ->
          for handle in metadata.ManifestResources do
              let resource = metadata.GetManifestResource handle
              let name, at = metadata.GetString resource.Name, start + int resource.Offset

              if name.StartsWith "FSharp" && name.Contains "CompressedData" then at + 4, BitConverter.ToInt32(assembly, at)
      | _ -> () ]

let smallerAssembly (assembly: byte[]) =
    let smaller = Array.copy assembly

    for at, length in compressedStreams assembly do
        let packed = deflate (inflate assembly[at .. at + length - 1])

        if packed.Length < length then
            Array.Clear(smaller, at, length)
            packed.CopyTo(smaller, at)

    smaller

let crc32 (bytes: byte[]) =
    let turn rest _ = if rest &&& 1u = 0u then rest >>> 1 else (rest >>> 1) ^^^ 0xEDB88320u
    let table = [| for n in 0u .. 255u -> Seq.fold turn n (seq { 1..8 }) |]
    ~~~(Array.fold (fun crc b -> (crc >>> 8) ^^^ table[int (byte crc ^^^ b)]) ~~~0u bytes)

/// Writes a zip archive: each file behind a header, and at the end all headers again, with where they are.
let writeArchive path (files: (string * DateTimeOffset * byte[]) list) =
    use target = new BinaryWriter(File.Create path)
    use directory = new MemoryStream()
    use entries = new BinaryWriter(directory)
    let position () = int target.BaseStream.Position
    let shorts (values: int list) =
        [| for value in values do
               yield! BitConverter.GetBytes(uint16 value) |]

    for name, time, bytes in files do
        let packed = deflate bytes
        let method, kept = if packed.Length < bytes.Length then 8, packed else 0, bytes
        let name = Encoding.UTF8.GetBytes name
        let day = (time.Year - 1980 <<< 9) ||| (time.Month <<< 5) ||| time.Day
        let second = (time.Hour <<< 11) ||| (time.Minute <<< 5) ||| time.Second / 2

        // Version 2.0 unpacks it; names are UTF-8; no further fields.
        let header =
            [| shorts [ 20; 0x800; method; second; day ]
               BitConverter.GetBytes(crc32 bytes)
               BitConverter.GetBytes kept.Length
               BitConverter.GetBytes bytes.Length
               shorts [ name.Length; 0 ] |]
            |> Array.concat

        entries.Write 0x02014B50
        entries.Write(shorts [ 20 ])
        entries.Write header
        entries.Write(shorts [ 0; 0; 0; 0; 0 ])
        entries.Write(position ())
        entries.Write name
        target.Write 0x04034B50
        target.Write header
        target.Write name
        target.Write kept

    let start, headers = position (), directory.ToArray()
    target.Write headers
    target.Write 0x06054B50
    target.Write(shorts [ 0; 0; files.Length; files.Length ])
    target.Write headers.Length
    target.Write start
    target.Write(shorts [ 0 ])

let package = fsi.CommandLineArgs[1]
let smaller = package + ".smaller"

let files =
    use before = ZipFile.OpenRead package

    [ for entry in before.Entries do
          let bytes = readAll (entry.Open())
          let isAssembly = entry.Name.EndsWith ".dll"
          entry.FullName, entry.LastWriteTime, (if isAssembly then smallerAssembly bytes else bytes) ]

writeArchive smaller files

using (ZipFile.OpenRead smaller) (fun written ->
    for (name, time, bytes), entry in List.zip files (List.ofSeq written.Entries) do
        if entry.FullName <> name || entry.LastWriteTime <> time || readAll (entry.Open()) <> bytes then
            failwith $"{name} was not written as it was.")

File.Move(smaller, package, true)
