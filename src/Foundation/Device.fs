namespace LinearNets

open System
open System.Collections.Generic

/// <summary>Where tensors live and work is done.</summary>
/// <example><code>
/// foreach (DeviceStatus status in Device.Available) Console.WriteLine(status);
/// var settings = new LinearRegression { Device = Device.Cpu };
/// </code></example>
[<Sealed; AllowNullLiteral>]
type Device private (kind: string, index: int) =

    /// <summary>The machine's processors.</summary>
    static member val CPU = Device("CPU", 0)

    /// <summary>The machine's processors.</summary>
    static member Cpu = Device.CPU

    /// <summary>Whichever device suits the size of the work, by a fixed rule: this build has the processors alone.</summary>
    static member val Auto = Device("Auto", 0)

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
    override _.ToString() = if kind = "GPU" then say $"{kind} {index}" else kind

    /// <summary>Each device that there could be, and whether it is there or why it is not.</summary>
    static member Available: IReadOnlyList<DeviceStatus> =
        [| { Device = Device.CPU; IsAvailable = true; Detail = say $"processors: {Environment.ProcessorCount}" }
           { Device = Device.GPU; IsAvailable = false; Detail = "this build computes on the CPU only" } |]
        |> Array.AsReadOnly
        :> IReadOnlyList<DeviceStatus>

/// <summary>Whether a device can be used.</summary>
and DeviceStatus =
    {
        /// <summary>The device.</summary>
        Device: Device
        /// <summary>Whether it can be used here.</summary>
        IsAvailable: bool
        /// <summary>What there is, or why there is nothing.</summary>
        Detail: string
    }

    /// <summary>The device, and what there is or why not.</summary>
    override status.ToString() =
        let there = if status.IsAvailable then "" else "not available: "
        (say $"{status.Device}: {there}{status.Detail}")
