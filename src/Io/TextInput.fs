// Where rows of text come from: a file, a stream, or a string; and what is said when it cannot be read.

namespace LinearNets

open System
open System.IO
open System.Text
open LinearNets.Kernels

/// <summary>The type of number that features are kept in.</summary>
type NumberType =
    /// <summary>32 bits: half the memory, and about 7 digits.</summary>
    | Single = 0
    /// <summary>64 bits: about 16 digits.</summary>
    | Double = 1

/// What is read, and how it is called in messages.
[<NoEquality; NoComparison>]
type internal TextInput = { name: string; source: ByteSource }

module internal TextInput =

    /// The line of a place, counted from 1.
    let private line (input: TextInput) (newline: byte) (place: int64) =
        let buffer = Array.zeroCreate (1 <<< 16)
        let rec count at lines =
            if at >= place then
                lines
            else
                let length = int (min (int64 buffer.Length) (place - at))
                input.source.Read(at, buffer.AsSpan(0, length))
                count (at + int64 length) (lines + MemoryExtensions.Count(ReadOnlySpan<byte>(buffer, 0, length), newline))
        count 0L 1

    /// The name and the line of a place.
    let at input newline place = say $"{input.name}, line {line input newline place}"

    /// What goes wrong with a file, in our words; a thread's exception comes wrapped.
    let private guard name (read: unit -> 'a) : 'a =
        let rec say (e: exn) =
            match e with
            | :? AggregateException as all -> say all.InnerException
            | :? OperationCanceledException as cancelled ->
                raise (OperationCanceledException(cancelled.Message, cancelled.CancellationToken))
            | :? EndOfStreamException -> Errors.shrunkText name e.Message
            | :? IOException
            | :? UnauthorizedAccessException
            | :? NotSupportedException -> Errors.unreadableText name e.Message
            | _ -> ()
        try
            read ()
        with e ->
            say e
            reraise ()

    let ofSource input (read: TextInput -> 'a) = guard input.name (fun () -> read input)

    let ofFile (path: string) (read: TextInput -> 'a) =
        ArgumentException.ThrowIfNullOrEmpty(path, nameof path)
        guard path (fun () ->
            use source = ByteSource.OfFile path
            read { name = path; source = source })

    let private ofMemory name (bytes: ReadOnlyMemory<byte>) (read: TextInput -> 'a) =
        use source = ByteSource.OfMemory bytes
        ofSource { name = name; source = source } read

    let ofText (text: string) (read: TextInput -> 'a) =
        ArgumentNullException.ThrowIfNull(text, nameof text)
        ofMemory "the text" (ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes text)) read

    /// All of a stream from where it is; room is made as bytes arrive.
    let private drain name (stream: Stream) =
        let memory = new MemoryStream()
        let buffer = Array.zeroCreate<byte>(1 <<< 16)
        let rec copy () =
            match stream.Read(buffer, 0, buffer.Length) with
            | 0 -> ()
            | count ->
                let most = int64 Array.MaxLength
                if memory.Length + int64 count > most then Errors.longText name most
                memory.Write(buffer, 0, count)
                copy ()
        copy ()
        ReadOnlyMemory<byte>(memory.GetBuffer(), 0, int memory.Length)

    let ofStream (stream: Stream) (read: TextInput -> 'a) =
        ArgumentNullException.ThrowIfNull(stream, nameof stream)
        let name = "the stream"
        ofMemory name (guard name (fun () -> drain name stream)) read
