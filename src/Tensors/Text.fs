// How a tensor reads in FSI and in messages: aligned columns, the middle of long dimensions left out.

namespace LinearNets.Tensors

open System
open System.Globalization

module internal TensorText =

    /// Set by `dsharp.config`.
    let mutable printer = Printer.Default

    /// Dimensions longer than the first number show as many places as the second at each end.
    let private limits () =
        match printer with
        | Printer.Default -> 12, 5
        | Printer.Short -> 6, 2
        | Printer.Full -> Int32.MaxValue, 0

    let private number (dtype: Dtype) (value: float) =
        let format =
            match dtype, printer with
            | Dtype.Int32, _ -> "F0"
            | Dtype.Float32, Printer.Default -> "G6"
            | Dtype.Float64, Printer.Default -> "G10"
            | _, Printer.Short -> "G3"
            | Dtype.Float32, Printer.Full -> "G9"
            | Dtype.Float64, Printer.Full -> "R"

        value.ToString(format, CultureInfo.InvariantCulture)

    /// What is shown of a dimension: its places, with `elided` for those left out.
    let private places size (show: int -> 'a) (elided: 'a) =
        let longest, atEachEnd = limits ()

        if size <= longest then
            List.init size show
        else
            List.init atEachEnd show @ [ elided ] @ List.init atEachEnd (fun i -> show (size - atEachEnd + i))

    /// The values of a tensor after its shape: on the same line for a scalar or a vector, in lines of its own otherwise.
    let values (shape: int[]) dtype (values: float[]) =
        let show = number dtype

        let stride dim = Array.fold (*) 1 shape[dim + 1 ..]

        let rec widest dim offset =
            if dim = shape.Length then
                (show values[offset]).Length
            else
                places shape[dim] (fun i -> widest (dim + 1) (offset + i * stride dim)) 0 |> List.fold max 0

        let width = widest 0 0

        let rec text dim offset indent =
            if dim = shape.Length then
                (show values[offset]).PadLeft width
            else
                let parts = places shape[dim] (fun i -> text (dim + 1) (offset + i * stride dim) (indent + " ")) "…"
                let separator = if dim = shape.Length - 1 then "  " else "\n" + indent + " "
                "[" + String.Join(separator, parts) + "]"

        (if shape.Length < 2 then " " else "\n") + text 0 0 ""
