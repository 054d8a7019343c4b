// Data sets as the tensors that a model takes: all rows, some, or minibatches.
//
//   x  [m; d]  the features of m rows: bytes and 32-bit numbers as Float32, 64-bit numbers as Float64
//   y  [m; q]  target numbers in the same type, or labels [m] as Int32
//
// An epoch visits the rows in the order of a permutation that is a function of a seed and of the epoch's number.

namespace LinearNets.FSharp

open System
open System.Diagnostics
open System.Runtime.ExceptionServices
open LinearNets
open LinearNets.Kernels
open LinearNets.Tensors

/// <summary>The names of what F# and C# share, for whoever opens <c>LinearNets.FSharp</c>.</summary>
[<AutoOpen>]
module DataNames =
    /// <summary>Rows of numbers, and what is to be predicted of each.</summary>
    type Dataset = LinearNets.Dataset

/// Keys split off a seed must not meet those that `Model.init` splits off the same one, which counts up from 0: data and
/// parameters of one seed would be the same random numbers.
module internal Streams =
    let orders, synthetic, folds = -1, -2, -3

/// Memory that rows are copied into: new each time, or the same again for whoever is done with a minibatch before asking for
/// the next, as a fit is. New memory for 256 images takes longer to get than to fill. So many threads fill it.
[<Sealed>]
type internal Memory(reused: bool, threads: int) =
    let mutable last: Array = null

    static member val New = Memory(false, Workers.Usual)

    member _.Threads = threads

    member _.Take<'T> length =
        match last with
        | :? ('T[]) as values when values.Length >= length -> values
        | _ ->
            let values = GC.AllocateUninitializedArray<'T> length
            if reused then last <- values
            values

/// <summary>Data sets as tensors.</summary>
[<RequireQualifiedAccess>]
module Data =

    let private tensor (shape: int list) (values: 'T[]) = C(CpuTensor<'T>(List.toArray shape, values))

    /// A tensor of an array's values, which are the tensor's from now on.
    let internal ofArray shape (values: Array) : Tensor =
        match values with
        | :? (float32[]) as x -> tensor shape x
        | :? (float[]) as x -> tensor shape x
        | :? (int[]) as x -> tensor shape x
        | other -> invalidOp (say $"{other.GetType()}")

    /// <summary>The type of number that a data set's tensors have.</summary>
    let dtype (data: Dataset) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        match data.Table.features with
        | Features.Bytes _
        | Features.Singles _
        | Features.SparseSingles _ -> Dtype.Float32
        | Features.Doubles _
        | Features.SparseDoubles _ -> Dtype.Float64

    let private pick (memory: Memory) (indices: int[]) columns (values: 'T[]) =
        let length = indices.Length * columns
        let picked = memory.Take<'T> length
        PickRows.Copy(ReadOnlySpan values, columns, ReadOnlySpan indices, picked.AsSpan(0, length), memory.Threads)
        tensor [ indices.Length; columns ] picked

    let private check (indices: int[]) (data: Dataset) =
        ArgumentNullException.ThrowIfNull(indices, nameof indices)
        ArgumentNullException.ThrowIfNull(data, nameof data)
        if indices.Length = 0 then Errors.empty "batch"
        for row in indices do
            if row < 0 || row >= data.Rows then Errors.row "batch" row data.Rows

    /// Sparse rows with their zeros, for definitions, which know of no other.
    let private densify (memory: Memory) (indices: int[]) (x: CompressedRows<'T>) =
        SparseTable.checkDense indices.Length x.Width
        let length = indices.Length * x.Width
        let picked = memory.Take<'T> length
        x.Densify(ReadOnlySpan indices, picked.AsSpan(0, length))
        tensor [ indices.Length; x.Width ] picked

    /// The features of some rows.
    let internal featuresIn (memory: Memory) (indices: int[]) (data: Dataset) =
        check indices data
        match data.Table.features with
        | Features.Bytes x ->
            let length = indices.Length * data.Columns
            let picked = memory.Take<float32> length
            PickRows.Widen(ReadOnlySpan x, data.Columns, ReadOnlySpan indices, picked.AsSpan(0, length), memory.Threads)
            tensor [ indices.Length; data.Columns ] picked
        | Features.Singles x -> pick memory indices data.Columns x
        | Features.Doubles x -> pick memory indices data.Columns x
        | Features.SparseSingles x -> densify memory indices x
        | Features.SparseDoubles x -> densify memory indices x

    /// The same rows made dense for a solver that needs them all so.
    let internal denseFor who (data: Dataset) =
        if not data.IsSparse then
            data
        else
            let values = int64 data.Rows * int64 data.Columns
            if values > int64 Table.mostDense then
                Errors.sparse
                    (say $"{who}, of {values} values with their zeros and more than {Table.mostDense},")
                    "Lbfgs, Fista and CoordinateDescent take them as they are."
            data.ToDense()

    let internal features indices data = featuresIn Memory.New indices data

    /// The targets of some rows.
    let internal targets (indices: int[]) (data: Dataset) =
        check indices data
        match data.Table.targets with
        | Targets.Numbers(y, outputs) -> (pick Memory.New indices outputs y).cast(dtype data)
        | Targets.Classes labels -> (pick Memory.New indices 1 labels).view [ indices.Length ]

    let internal weights (indices: int[]) (data: Dataset) =
        match data.Table.weights with
        | null -> None
        | weights -> Some((pick Memory.New indices 1 weights).view([ indices.Length ]).cast(dtype data))

    let internal rowsIn memory indices data =
        { Batch.create (featuresIn memory indices data) (targets indices data) with weights = weights indices data }

    /// The rows that a fit visits and an evaluation counts.
    let internal kept (data: Dataset) =
        match Table.kept data.Table with
        | [||] -> Errors.noWeight ()
        | rows -> rows

    /// <summary>Some of the rows, in the order given.</summary>
    /// <exception cref="T:LinearNets.DataException">A row does not exist, or none is taken.</exception>
    let rows (indices: int[]) (data: Dataset) = rowsIn Memory.New indices data

    /// <summary>All rows, in order.</summary>
    let all (data: Dataset) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        rows [| 0 .. data.Rows - 1 |] data

    let internal orderKey seed epoch = Random.split (Random.split (Random.key seed) Streams.orders) epoch

    /// <summary>The order in which an epoch of training visits the rows, but for those of weight 0: another one for each seed and
    /// each epoch.</summary>
    let order seed epoch (data: Dataset) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        let key = orderKey seed epoch
        if data.HasWeights then
            let kept = kept data
            Array.map (fun place -> kept[place]) (Random.permutation kept.Length key)
        else
            Random.permutation data.Rows key

    let internal minibatchesIn memory size (order: int[]) data =
        Errors.atLeast1 "The size of a minibatch" size
        ArgumentNullException.ThrowIfNull(order, nameof order)
        order |> Array.chunkBySize size |> Seq.map (fun indices -> rowsIn memory indices data)

    /// <summary>Minibatches of a size, in a given order of rows; the last may be smaller. Each is made when it is asked for.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The size is below 1.</exception>
    let minibatches size (order: int[]) data = minibatchesIn Memory.New size order data

    /// <summary>Minibatches of rows in random order: <c>data |> Data.shuffled 10 42 |> Seq.head</c> is a look at the first.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The size is below 1.</exception>
    let shuffled size seed data = minibatches size (order seed 1 data) data

    /// <summary>The minibatches of <c>Data.shuffled</c>, in half the time, for whoever is done with each before asking for the next: the
    /// features of all of them lie in the same memory, one over the other. Keep what is computed from them, not them.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The size is below 1.</exception>
    let shuffledInPlace size seed data =
        Errors.atLeast1 "The size of a minibatch" size
        let order = order seed 1 data
        // Whoever goes over them once more, or twice at once, has other memory.
        Seq.delay (fun () -> minibatchesIn (Memory(true, Workers.Usual)) size order data)

    /// <summary>Minibatches of rows in the order they have in the data set.</summary>
    /// <exception cref="T:LinearNets.SettingsException">The size is below 1.</exception>
    let inOrder size (data: Dataset) =
        ArgumentNullException.ThrowIfNull(data, nameof data)
        minibatches size (kept data) data

    /// <summary>How many seconds it takes to go through minibatches once:
    /// <c>train |> Data.shuffled 256 0 |> Data.seconds</c> is the book's timed pass.</summary>
    let seconds (batches: Batch seq) =
        ArgumentNullException.ThrowIfNull(batches, nameof batches)
        let clock = Stopwatch.StartNew()
        batches |> Seq.iter ignore
        clock.Elapsed.TotalSeconds

    /// Data are evaluated so many rows at a time: enough to keep a processor busy, few enough to stay in its cache.
    let internal chunkSize = 512

    /// Of wide sparse rows, which are made dense for it, they are fewer.
    let internal chunkSizeOf (data: Dataset) =
        if data.IsSparse then max 1 (min chunkSize ((1 <<< 21) / data.Columns)) else chunkSize

    /// A fold over the numbers of the rows that count, so many at a time. A value that is refused is refused by its row in its chunk; to
    /// name the row among all of them, the fold is then done again in one piece.
    let internal foldChunksOf size fold start (data: Dataset) =
        let rows = kept data
        try
            Seq.fold fold start (Array.chunkBySize size rows)
        with :? DataException as e when rows.Length > chunkSize && not data.IsSparse ->
            fold start rows |> ignore
            ExceptionDispatchInfo.Throw e
            start

    let internal foldChunks fold start data = foldChunksOf (chunkSizeOf data) fold start data
