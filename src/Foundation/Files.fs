// Files that are there wholly or not at all, and files that are not believed.
//
//   write   beside the target ──► flushed to the disk ──► renamed over it: a crash leaves the old file or the new one
//   read    a file that is longer than it may be is refused before any room is made for it
//
// What is written beside has a name of its own each time, so that any number may write one target: the last rename stays.
// It is locked as long as it is written; what is beside a target and not locked was left by a crash.

namespace LinearNets.FSharp

open System
open System.IO
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Security.Cryptography
open LinearNets

type internal SpanAction = delegate of Span<byte> -> unit

/// The bytes of arrays of numbers, in the order the machine has them: the lowest first.
module internal Bytes =

    /// A span has at most 2³¹ bytes and an array may have more, so they are taken so many at a time.
    let private most = 1 <<< 20

    let private size (values: Array) =
        // Signed bytes are bytes to the runtime.
        match values with
        | :? (byte[]) -> 1L
        | :? (int16[]) -> 2L
        | :? (int[])
        | :? (float32[]) -> 4L
        | :? (int64[])
        | :? (float[]) -> 8L
        | other -> invalidOp (say $"{other.GetType()}")

    /// How many bytes an array has.
    let count (values: Array) = values.LongLength * size values

    /// An action on the bytes of an array, piece after piece.
    let each (act: SpanAction) (values: Array) =
        let count = count values
        let mutable at = 0L
        while at < count do
            let length = int (min (int64 most) (count - at))
            let first = &Unsafe.AddByteOffset(&MemoryMarshal.GetArrayDataReference values, nativeint at)
            act.Invoke(MemoryMarshal.CreateSpan(&first, length))
            at <- at + int64 length

    /// The SHA-256 of arrays, as 64 hexadecimal digits.
    let hash (arrays: Array seq) =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
        for values in arrays do
            each (SpanAction(fun bytes -> hash.AppendData(Span.op_Implicit bytes: ReadOnlySpan<byte>))) values
        Convert.ToHexStringLower(hash.GetHashAndReset())

module internal Files =

    let private ending = ".tmp"

    /// Whether a file is beside the target and nobody writes it. It is locked as soon as it is there, but not at the same
    /// instant, so that very young ones are left alone.
    let private abandoned (target: string) (file: string) =
        let own = file.Length - target.Length - ending.Length - 1
        let isBeside = own = 32 && file.StartsWith(target + ".", StringComparison.Ordinal)
        let isOld () = DateTime.UtcNow - File.GetLastWriteTimeUtc file > TimeSpan.FromSeconds 1.0
        let isFree () =
            use _ = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None)
            true
        isBeside && isOld () && isFree ()

    let private tidy (target: string) =
        for file in Directory.EnumerateFiles(Path.GetDirectoryName target, "*" + ending) do
            try
                if abandoned target file then File.Delete file
            with
            | :? IOException
            | :? UnauthorizedAccessException -> () // it is somebody else's, or gone

    /// What went wrong with a file, in the words of the system.
    let guard (refuse: string -> 'a) (act: unit -> 'a) =
        try
            act ()
        with
        | :? IOException as e -> refuse e.Message
        | :? UnauthorizedAccessException as e -> refuse e.Message

    /// A file with what is written to the stream; where anything fails, the file is as it was, and the reason is refused.
    let writeOr refuse (path: string) (write: Stream -> unit) =
        ArgumentException.ThrowIfNullOrEmpty(path, nameof path)
        guard refuse (fun () ->
            let target = Path.GetFullPath path
            if not (Directory.Exists(Path.GetDirectoryName target)) then
                raise (DirectoryNotFoundException(say $"The folder '{Path.GetDirectoryName target}' does not exist."))
            tidy target
            let beside = target + "." + Guid.NewGuid().ToString "N" + ending
            // Others may rename or delete it, as is done here while it is open and so locked, but not write it.
            use stream = new FileStream(beside, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete)
            try
                write stream
                stream.Flush true
                File.Move(beside, target, true)
            with _ ->
                File.Delete beside
                reraise ())

    /// The same for a file of a model.
    let write (path: string) (write: Stream -> unit) = writeOr (Errors.notWritten path) path write

    /// What is read of a file that is no longer than it may be.
    let read (path: string) (most: int64) (read: Stream -> 'a) =
        ArgumentException.ThrowIfNullOrEmpty(path, nameof path)
        guard (Errors.notRead path) (fun () ->
            let share = FileShare.ReadWrite ||| FileShare.Delete
            use stream = new FileStream(path, FileMode.Open, FileAccess.Read, share)
            if stream.Length > most then Errors.fileTooLong path stream.Length most
            read stream)
