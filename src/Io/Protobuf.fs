// Messages in the wire format of protobuf, written.
//
//   message   fields, one after the other, in any order      field    a tag, then a value
//   varint    a whole number of 64 bits, 7 to a byte, the lowest first; a byte's highest bit says that another one follows
//   tag       the varint of 8·(number of the field) + (kind of the value)
//
//   kind 0    a varint; a number below 0 is the one of its two's complement
//   kind 2    a varint, and then so many bytes: text as UTF-8, a message, or numbers
//
// A message within another one is written by itself first, because its length comes before it.

namespace LinearNets.FSharp

open System
open System.Buffers
open System.Text

/// A message in the making.
[<Sealed>]
type internal Protobuf() =
    let buffer = ArrayBufferWriter<byte>()

    let varint (value: uint64) =
        let room = buffer.GetSpan 10
        let mutable rest = value
        let mutable length = 0
        while rest >= 0x80UL do
            room[length] <- byte rest ||| 0x80uy
            rest <- rest >>> 7
            length <- length + 1
        room[length] <- byte rest
        buffer.Advance(length + 1)

    let tag field kind = varint (uint64 field <<< 3 ||| kind)

    let header field (length: int64) =
        tag field 2UL
        varint (uint64 length)

    /// What is written so far.
    member _.Written = buffer.WrittenSpan

    member _.Integer(field: int, value: int64) =
        tag field 0UL
        varint (uint64 value)

    member _.Text(field: int, value: string) =
        header field (int64 (Encoding.UTF8.GetByteCount value))
        Encoding.UTF8.GetBytes(value.AsSpan(), buffer) |> ignore

    member _.Message(field: int, value: Protobuf) =
        let bytes = value.Written
        header field (int64 bytes.Length)
        buffer.Write bytes

    /// The bytes of an array of numbers.
    member _.Values(field: int, values: Array) =
        header field (Bytes.count values)
        Bytes.each (SpanAction(fun piece -> buffer.Write(Span.op_Implicit piece: ReadOnlySpan<byte>))) values
