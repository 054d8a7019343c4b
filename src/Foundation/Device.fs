namespace LinearNets

open System

/// <summary>Where tensors live and work is done.</summary>
[<Sealed; AllowNullLiteral>]
type Device private (kind: string, index: int) =

    /// <summary>The machine's processors.</summary>
    static member val CPU = Device("CPU", 0)

    /// <summary>The first graphics processor.</summary>
    static member val GPU = Device("GPU", 0)

    member internal _.Kind = kind

    /// <summary>Which of several devices of a kind, counted from 0.</summary>
    member _.Index = index

    /// <summary>Two devices are equal when they are the same one.</summary>
    override _.Equals(other) =
        match other with
        | :? Device as d -> d.Kind = kind && d.Index = index
        | _ -> false

    /// <summary>A hash that agrees with <c>Equals</c>.</summary>
    override _.GetHashCode() = HashCode.Combine(kind, index)

    /// <summary>The device's name.</summary>
    override _.ToString() = if kind = "CPU" then "CPU" else $"{kind} {index}"
