// Sentences out of values, in the invariant culture. F#'s own interpolation goes through printf, which reflects: it is slow at a
// program's start, and what it needs cannot be trimmed.

namespace LinearNets

open System
open System.Globalization

[<AutoOpen>]
module internal Saying =

    let say (text: FormattableString) = text.ToString CultureInfo.InvariantCulture
