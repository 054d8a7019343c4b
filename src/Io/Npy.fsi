// NumPy's arrays in files; Npy.fs says how they are read and written.

namespace LinearNets.FSharp

open System.IO

/// Arrays in NumPy's files: one in a file, or some with names in an archive.
module internal Npy =

    /// What stands before the values.
    val header: incoming: Incoming -> StoredHeader

    /// The array of a stream.
    val readStream: path: string -> stream: Stream -> StoredArray

    /// The array of a file.
    val read: path: string -> StoredArray

    /// A file of an array, written whole or not at all.
    val save: path: string -> array: StoredArray -> unit

    /// The arrays of an archive by their names.
    val readEntries: path: string -> names: string list -> stream: Stream -> StoredArray list

    /// The arrays of a file by their names.
    val readNpz: path: string -> names: string list -> StoredArray list

    /// A file of arrays by their names, written whole or not at all.
    val saveNpz: path: string -> arrays: (string * StoredArray) list -> unit
