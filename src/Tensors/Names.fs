namespace LinearNets.FSharp

/// <summary>The names of the tensors, for whoever opens <c>LinearNets.FSharp</c>.</summary>
[<AutoOpen>]
module TensorNames =
    /// <summary>A differentiable tensor.</summary>
    type Tensor = LinearNets.Tensors.Tensor
    /// <summary>Makes tensors, and takes derivatives of functions on them.</summary>
    type dsharp = LinearNets.Tensors.dsharp
    /// <summary>The type of number a tensor holds.</summary>
    type Dtype = LinearNets.Tensors.Dtype
    /// <summary>Where tensors live and work is done.</summary>
    type Device = LinearNets.Device
