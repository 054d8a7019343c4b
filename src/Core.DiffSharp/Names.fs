// The names that src/Tensors/Names.fs has for the tensors of LinearNets, here for DiffSharp's.

namespace LinearNets.FSharp

/// <summary>The names of the tensors, for whoever opens <c>LinearNets.FSharp</c>.</summary>
[<AutoOpen>]
module TensorNames =
    /// <summary>A differentiable tensor.</summary>
    type Tensor = DiffSharp.Tensor
    /// <summary>Makes tensors, and takes derivatives of functions on them.</summary>
    type dsharp = DiffSharp.dsharp
    /// <summary>The type of number a tensor holds.</summary>
    type Dtype = DiffSharp.Dtype
    /// <summary>Where tensors live and work is done.</summary>
    type Device = DiffSharp.Device
