/// Messages of protobuf, read: by a reader of the tests' own, which shares nothing with the writer.
module LinearNets.Tests.Wire

open System
open System.Text

type Value =
    | Number of uint64
    | Bytes of byte[]

/// The fields of a message, in their order. Anything that is no message is refused.
let read (bytes: byte[]) : (int * Value) list =
    let mutable at = 0
    let next () =
        if at = bytes.Length then failwith "The message ends within a field."
        at <- at + 1
        bytes[at - 1]
    let varint () =
        let mutable value, shift, more = 0UL, 0, true
        while more do
            let part = next ()
            if shift = 63 && part > 1uy then failwith "A varint has more than 64 bits."
            value <- value ||| (uint64 (part &&& 0x7Fuy) <<< shift)
            shift <- shift + 7
            more <- part >= 0x80uy
        value
    let taken length =
        if length > uint64 (bytes.Length - at) then failwith "The message ends within a field."
        at <- at + int length
        bytes[at - int length .. at - 1]
    [ while at < bytes.Length do
          let tag = varint ()
          let value =
              match tag &&& 7UL with
              | 0UL -> Number(varint ())
              | 1UL -> Bytes(taken 8UL)
              | 2UL -> Bytes(taken (varint ()))
              | 5UL -> Bytes(taken 4UL)
              | kind -> failwith $"There is no kind of value {kind}."
          int (tag >>> 3), value ]

let all field (message: (int * Value) list) = message |> List.filter (fun (number, _) -> number = field) |> List.map snd

let bytes value =
    match value with
    | Bytes bytes -> bytes
    | Number number -> failwith $"expected bytes, got {number}"

let text value = Encoding.UTF8.GetString(bytes value)

let number value =
    match value with
    | Number number -> int64 number
    | Bytes bytes -> failwith $"expected a number, got {bytes.Length} bytes"

/// The messages of a field, the one of it, its texts, its one text and its one number.
let messages field message = all field message |> List.map (bytes >> read)
let message field outer = messages field outer |> List.exactlyOne
let texts field message = all field message |> List.map text
let textOf field message = texts field message |> List.exactlyOne
let numberOf field message = all field message |> List.exactlyOne |> number
