// IDX, the format of MNIST:
//
//   00 00            two bytes of nothing
//   type             08 byte, 09 signed byte, 0B 16 bits, 0C 32 bits, 0D float32, 0E float64
//   k                the number of dimensions
//   d1 … dk          32 bits each, the highest byte first
//   the rest         d1·…·dk values, the last index fastest, the highest byte first

namespace LinearNets.FSharp

open System
open System.Buffers.Binary
open System.IO
open LinearNets

module internal Idx =

    /// What stands before the values.
    let header (incoming: Incoming) : StoredHeader =
        let magic = BinaryPrimitives.ReadUInt32BigEndian(ReadOnlySpan(incoming.Take 4))
        let dimensions = int (magic &&& 0xffu)
        if magic >>> 16 <> 0u || dimensions = 0 then Errors.notIdx incoming.Path magic
        let sizes = incoming.Take(4 * dimensions)
        { kind =
            (match (magic >>> 8) &&& 0xffu with
             | 0x08u -> StoredKind.Bytes
             | 0x09u -> StoredKind.SignedBytes
             | 0x0Bu -> StoredKind.Shorts
             | 0x0Cu -> StoredKind.Ints
             | 0x0Du -> StoredKind.Singles
             | 0x0Eu -> StoredKind.Doubles
             | _ -> Errors.notIdx incoming.Path magic)
          isReversed = BitConverter.IsLittleEndian
          isFortran = false
          shape = Array.init dimensions (fun i -> int64 (BinaryPrimitives.ReadUInt32BigEndian(ReadOnlySpan(sizes, 4 * i, 4))))
          shapeAt = 4L }

    let private take incoming = Incoming.array incoming (header incoming)

    /// The array of a stream, as it is or packed by gzip; what is read is handed to one that watches.
    let readStream path (stream: Stream) watch = Incoming.ofStream path stream watch take

    /// The array of a file.
    let read path = Incoming.file path (fun stream -> readStream path stream null)
