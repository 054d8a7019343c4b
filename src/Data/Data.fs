// Data sets as the tensors that a model takes: all rows, some, or minibatches.
//
//   x  [m; d]  the features of m rows: bytes and 32-bit numbers as Float32, 64-bit numbers as Float64
//   y  [m; q]  target numbers in the same type, or labels [m] as Int32
//
// An epoch visits the rows in the order of a permutation that is a function of a seed and of the epoch's number.

namespace LinearNets.FSharp

open System
open LinearNets
open LinearNets.Kernels
open LinearNets.Tensors

/// <summary>The names of what F# and C# share, for whoever opens <c>LinearNets.FSharp</c>.</summary>
[<AutoOpen>]
module DataNames =
    /// <summary>Rows of numbers, and what is to be predicted of each.</summary>
    type Dataset = LinearNets.Dataset

/// <summary>Data sets as tensors.</summary>
[<RequireQualifiedAccess>]
module Data =

    /// Keys of orders must not meet those that `Model.init` splits off the same seed, which counts up from 0.
    let private orders = -1

    let private tensor (shape: int list) (values: 'T[]) = C(CpuTensor<'T>(List.toArray shape, values))

    /// <summary>The type of number that a data set's tensors have.</summary>
    let dtype (data: Dataset) =
        match data.Table.features with
        | Features.Bytes _
        | Features.Singles _ -> Dtype.Float32
        | Features.Doubles _ -> Dtype.Float64

    let private pick (indices: int[]) columns (values: 'T[]) =
        let picked = GC.AllocateUninitializedArray<'T>(indices.Length * columns)
        PickRows.Copy(ReadOnlySpan values, columns, ReadOnlySpan indices, picked.AsSpan())
        tensor [ indices.Length; columns ] picked

    let private check (indices: int[]) (data: Dataset) =
        if indices.Length = 0 then Errors.empty "batch"
        for row in indices do
            if row < 0 || row >= data.Rows then Errors.row "batch" row data.Rows

    /// The features of some rows.
    let internal features (indices: int[]) (data: Dataset) =
        check indices data
        match data.Table.features with
        | Features.Bytes x ->
            let picked = GC.AllocateUninitializedArray<float32>(indices.Length * data.Columns)
            PickRows.Widen(ReadOnlySpan x, data.Columns, ReadOnlySpan indices, picked.AsSpan())
            tensor [ indices.Length; data.Columns ] picked
        | Features.Singles x -> pick indices data.Columns x
        | Features.Doubles x -> pick indices data.Columns x

    /// The targets of some rows.
    let internal targets (indices: int[]) (data: Dataset) =
        check indices data
        match data.Table.targets with
        | Targets.Numbers(y, outputs) -> (pick indices outputs y).cast(dtype data)
        | Targets.Classes labels -> (pick indices 1 labels).view [ indices.Length ]

    /// <summary>Some of the rows, in the order given.</summary>
    /// <exception cref="T:LinearNets.DataException">A row does not exist, or none is taken.</exception>
    let rows (indices: int[]) (data: Dataset) = Batch.create (features indices data) (targets indices data)

    /// <summary>All rows, in order.</summary>
    let all (data: Dataset) = rows [| 0 .. data.Rows - 1 |] data

    /// <summary>The order in which an epoch of training visits the rows: another one for each seed and each epoch.</summary>
    let order seed epoch (data: Dataset) =
        Random.permutation data.Rows (Random.split (Random.split (Random.key seed) orders) epoch)

    /// <summary>Minibatches of a size, in a given order of rows; the last may be smaller. Each is made when it is asked for.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The size is below 1.</exception>
    let minibatches size (order: int[]) data =
        Errors.atLeast1 "The size of a minibatch" size
        order |> Array.chunkBySize size |> Seq.map (fun indices -> rows indices data)

    /// <summary>Minibatches of rows in random order: <c>data |> Data.shuffled 10 42 |> Seq.head</c> is a look at the first.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The size is below 1.</exception>
    let shuffled size seed data = minibatches size (order seed 1 data) data

    /// <summary>Minibatches of rows in the order they have in the data set.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The size is below 1.</exception>
    let inOrder size (data: Dataset) = minibatches size [| 0 .. data.Rows - 1 |] data

    /// Data are evaluated so many rows at a time: enough to keep a processor busy, few enough to stay in its cache.
    let internal chunkSize = 512

    /// A fold over the numbers of all rows, so many at a time. A value that is refused is refused by its row in its chunk; to
    /// name the row among all of them, the fold is then done again in one piece.
    let internal foldChunks fold start (data: Dataset) =
        let chunks size = seq { for first in 0..size .. data.Rows - 1 -> [| first .. min data.Rows (first + size) - 1 |] }
        try
            Seq.fold fold start (chunks chunkSize)
        with :? DataException when data.Rows > chunkSize ->
            Seq.fold fold start (chunks data.Rows)
