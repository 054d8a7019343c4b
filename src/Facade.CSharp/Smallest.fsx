// The same package in fewer bytes: dotnet fsi Smallest.fsx PACKAGE.nupkg
//
// NuGet compresses in a hurry. This writes the same files with the same names and times, compressed as far as deflate goes.

open System.IO
open System.IO.Compression

let package = fsi.CommandLineArgs[1]
let smaller = package + ".smaller"

let copy () =
    use before = ZipFile.OpenRead package
    use after = new ZipArchive(File.Create smaller, ZipArchiveMode.Create)

    for entry in before.Entries do
        let copied = after.CreateEntry(entry.FullName, CompressionLevel.SmallestSize)
        copied.LastWriteTime <- entry.LastWriteTime
        use source = entry.Open()
        use target = copied.Open()
        source.CopyTo target

copy ()
File.Move(smaller, package, true)
