// Data sets that have a name: where they are published, what they are made of, and where they may be already.
//
//   a folder that is given ──► the cache ──► their home, into the cache
//
// A file may be there packed or unpacked. Either way its content must have the MD5 that is known: mirrors pack again, so that
// only a download is held to the MD5 of what is packed, too. A damaged file in a folder that was given is an error; one in
// the cache is downloaded again.

namespace LinearNets.FSharp

open System
open System.IO
open System.Security.Cryptography
open System.Threading
open System.Threading.Tasks
open LinearNets

/// A set of images: the files to train on and to test on, images before labels.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal NamedSet = { name: string; folder: string; home: string; files: PublishedFile list }

module internal NamedSets =

    let private file name size md5 unpackedSize unpackedMd5 : PublishedFile =
        { name = name; size = size; md5 = md5; unpackedSize = unpackedSize; unpackedMd5 = unpackedMd5 }

    let private trainImages, trainLabels = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
    let private testImages, testLabels = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"

    let fashionMnist: NamedSet =
        { name = "Fashion-MNIST"
          folder = "fashion-mnist"
          home = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
          files =
            [ file trainImages 26421880L "8d4fb7e6c68d591d4c3dfef9ec88bf0d" 47040016L "f4a8712d7a061bf5bd6d2ca38dc4d50a"
              file trainLabels 29515L "25c81989df183df01b3e8a0aad5dffbe" 60008L "9018921c3c673c538a1fc5bad174d6f9"
              file testImages 4422102L "bef4ecab320f06d8554ea6380940ec79" 7840016L "8181f5470baa50b63fa0f6fddb340f0a"
              file testLabels 5148L "bb300cfdad3c16e7a12a480ee83cd310" 10008L "15d484375f8d13e6eb1aabb0c3f46965" ] }

    let mnist: NamedSet =
        { name = "MNIST"
          folder = "mnist"
          home = "https://ossci-datasets.s3.amazonaws.com/mnist/"
          files =
            [ file trainImages 9912422L "f68b3c2dcbeaaa9fbdd348bbdeb94873" 47040016L "6bbc9ace898e44ae57da46a324031adb"
              file trainLabels 28881L "d53e105ee54ea40749a09fcbcd1e9432" 60008L "a25bea736e30d166cdddb491f175f624"
              file testImages 1648877L "9fb629c4189551a2d022fa330f9573f3" 7840016L "2646ac647ad5339dbf082846283269ea"
              file testLabels 4542L "ec29112dd5afa0611ce80d1b7f02629c" 10008L "27ae3e4e09519cfbb04c329615203637" ] }

    /// Where downloads are kept.
    let cache () =
        match Environment.GetEnvironmentVariable "LINEARNETS_CACHE" with
        | null
        | "" ->
            let data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            Path.Combine((if data = "" then Path.GetTempPath() else data), "LinearNets")
        | folder -> folder

    /// The file of a folder, packed or not; null if it is not there.
    let private find (folder: string) (file: PublishedFile) =
        [ file.name; Path.GetFileNameWithoutExtension file.name ]
        |> List.map (fun name -> Path.Combine(folder, name))
        |> List.tryFind File.Exists
        |> Option.toObj

    /// The array of a file whose content is that of the set.
    let private read (set: NamedSet) (file: PublishedFile) path =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.MD5
        let watch = SpanAction(fun bytes -> hash.AppendData(Span.op_Implicit bytes: ReadOnlySpan<byte>))
        let array = Incoming.file path (fun stream -> Idx.readStream path stream watch)
        let got = Convert.ToHexStringLower(hash.GetHashAndReset())
        if got <> file.unpackedMd5 then Errors.otherContent path set.name got file.unpackedMd5
        array

    /// The arrays of a set, and the files they are of, in the order of its files.
    let load (set: NamedSet) (settings: DownloadSettings) cache (folder: string) progress (cancellation: CancellationToken) =
        backgroundTask {
            let cache = Path.Combine(cache, set.folder)
            let arrays = Array.zeroCreate<struct (string * StoredArray)> set.files.Length
            /// Whether a file is there and right; if so, it is kept.
            let take (folder: string) (file: PublishedFile) =
                cancellation.ThrowIfCancellationRequested()
                let at = List.findIndex (fun (other: PublishedFile) -> other.name = file.name) set.files
                let path = find folder file
                if not (isNull path) then arrays[at] <- struct (path, read set file path)
                not (isNull path)
            let takeFromCache file =
                try
                    take cache file
                with :? DataException ->
                    false
            let missing =
                set.files
                |> List.filter (fun file -> (String.IsNullOrEmpty folder || not (take folder file)) && not (takeFromCache file))
            if not missing.IsEmpty then
                let refuse reason = Errors.notDownloaded set.name settings.home reason cache (Seq.map string missing)
                try
                    do! Download.files settings missing cache takeFromCache progress cancellation
                with
                | NotDownloaded reason -> refuse reason
                | :? IOException as e -> refuse e.Message
                | :? UnauthorizedAccessException as e -> refuse e.Message
                for file in missing do
                    if not (take cache file) then refuse (say $"{file.name} is gone.")
            return arrays
        }
