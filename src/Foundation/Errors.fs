// Every exception of the library, and every message.
//
// A message says what was got, what was expected, where, and what to do. The types are for `catch`; the module `Errors`
// below holds the words, so that they can be read, corrected and translated in one place.

namespace LinearNets

open System
open System.Collections.Generic

/// <summary>The base of every exception this library throws on purpose.</summary>
type LinearNetsException(message: string, inner: exn) =
    inherit Exception(message, inner)

    /// <summary>An exception with a message alone.</summary>
    new(message: string) = LinearNetsException(message, null)

/// <summary>A value in the data cannot be used: not finite, out of range, missing, or of no rows at all.</summary>
[<Sealed>]
type DataException(message: string, where: string) =
    inherit LinearNetsException(message)

    /// <summary>The place of the value: a row, a column, a file and its line.</summary>
    member _.Where = where

/// <summary>Two shapes do not fit each other.</summary>
[<Sealed>]
type ShapeException(message: string, got: string, expected: string) =
    inherit LinearNetsException(message)

    /// <summary>The shape (or shapes) that came, printed as <c>[2; 3]</c>.</summary>
    member _.Got = got

    /// <summary>The shape that would have fitted.</summary>
    member _.Expected = expected

/// <summary>A tensor has another type of number than the operation wants, or two tensors have different ones.</summary>
[<Sealed>]
type DtypeException(message: string, got: string, expected: string) =
    inherit LinearNetsException(message)

    /// <summary>The type of number that came.</summary>
    member _.Got = got

    /// <summary>The type of number that would have fitted.</summary>
    member _.Expected = expected

/// <summary>A derivative was asked for that does not exist.</summary>
[<Sealed>]
type DerivativeException(message: string) =
    inherit LinearNetsException(message)

/// <summary>Settings that cannot be used; every problem is listed, not only the first.</summary>
[<Sealed>]
type SettingsException(problems: IReadOnlyList<string>) =
    inherit LinearNetsException(String.Join(Environment.NewLine, problems))

    /// <summary>Each problem, a sentence each.</summary>
    member _.Problems = problems

/// <summary>Training stopped because the loss or the gradient stopped being finite, or the loss exploded.</summary>
[<Sealed>]
type DivergedException(epoch: int, step: int, lastFiniteLoss: float, advice: string, suggestedRate: Nullable<float>) =
    inherit
        LinearNetsException(
            if Double.IsNaN lastFiniteLoss then
                say $"Training diverged in epoch {epoch} at step {step}; no loss was finite. {advice}"
            else
                say $"Training diverged in epoch {epoch} at step {step}; the last finite loss was {lastFiniteLoss:R}. {advice}"
        )

    /// <summary>The epoch, counted from 1.</summary>
    member _.Epoch = epoch

    /// <summary>The optimizer's step, counted from 1 over all epochs.</summary>
    member _.Step = step

    /// <summary>The last loss that was a finite number; NaN if there was none.</summary>
    member _.LastFiniteLoss = lastFiniteLoss

    /// <summary>What to try.</summary>
    member _.Advice = advice

    /// <summary>The learning rate to try, where the rate is to blame.</summary>
    member _.SuggestedRate = suggestedRate

/// <summary>A model file cannot be read: damaged, foreign, or of a newer format.</summary>
[<Sealed>]
type ModelFileException(path: string, problem: string, advice: string) =
    inherit LinearNetsException(say $"The model file '{path}' cannot be used: {problem} {advice}")

    /// <summary>The file.</summary>
    member _.Path = path

/// <summary>A device is not there or cannot do the work.</summary>
[<Sealed>]
type DeviceException(device: string, problem: string, advice: string) =
    inherit LinearNetsException(say $"{device} cannot be used: {problem} {advice}")

    /// <summary>The device that was asked for.</summary>
    member _.Device = device

/// Shapes as people write them.
module internal Print =
    let shape (shape: seq<int>) = "[" + String.Join("; ", shape) + "]"

/// Settings that cannot be used, each a sentence; a list, so that all can be said at once.
module internal Problem =
    let unless holds name (value: obj) expected = if holds then [] else [ say $"{name} is {value}; expected {expected}." ]

    /// That data have a class where those of the training have another.
    let otherClass what (ours: string, theirs: string) =
        say
            $"The {what} have the class '{theirs}' where the training data have '{ours}'; expected the same classes. Give them these by WithClassesOf."

    let notNumberTargets =
        "The targets are classes; expected numbers. Use SoftmaxClassifier or LogisticRegression for classes, or make the data set from floating-point targets."

    let notClassTargets (got: string) =
        say
            $"The data have {got}; expected two or more classes. Make the data set from labels, or use LinearRegression for numbers."

    let notTwoClasses (got: string) = say $"The data have {got}; expected two classes. Use SoftmaxClassifier for more."

    let noBackend (device: obj) =
        DeviceException(string device, "this build computes on the CPU only.", "Use Device.CPU, or leave the device out.")

/// Every message of the library, by what went wrong.
module internal Errors =

    // ---- settings -----------------------------------------------------------------------------------------------

    let settings (problems: string list) = raise (SettingsException(List.toArray problems))

    /// The value if the check holds; otherwise the setting's name, what it was and what it may be.
    let require name holds value expected = if not holds then settings (Problem.unless holds name value expected)

    let atLeast1 name (value: int) = require name (value >= 1) value "1 or more"

    let positive name (value: float) = require name (value > 0.0 && value < infinity) value "a finite number above 0"

    let notNegative name (value: float) = require name (value >= 0.0 && value < infinity) value "a finite number, 0 or more"

    let fraction name (value: float) = require name (value >= 0.0 && value < 1.0) value "a number from 0 to below 1"

    // ---- shapes -------------------------------------------------------------------------------------------------

    /// One shape came where another was wanted.
    let shape operation got expected advice =
        raise (ShapeException(say $"{operation}: got shape {got}, expected {expected}. {advice}", got, expected))

    let broadcast operation (a: int[]) (b: int[]) =
        let a, b = Print.shape a, Print.shape b

        shape
            operation
            (say $"{a} and {b}")
            "equal shapes, or one that expands to the other"
            "Sizes are compared from the right; a size of 1 expands. Use view, unsqueeze or expand to say which rows meet which."

    let sameShape operation (a: int[]) (b: int[]) =
        shape operation (say $"{Print.shape a} and {Print.shape b}") "equal shapes" "Use view or expand to make them equal."

    let rank operation (got: int[]) expected advice = shape operation (Print.shape got) expected advice

    let dimension operation dim (got: int[]) =
        let expected =
            if got.Length = 0 then
                "a tensor with a dimension"
            else
                say $"a dimension from 0 to {got.Length - 1}"

        raise (
            ShapeException(
                say $"{operation}: dimension {dim} of a tensor of shape {Print.shape got} does not exist; expected {expected}.",
                string dim,
                expected
            )
        )

    let slice (dim: int) (first: int) (last: int) (size: int) (got: int[]) =
        raise (
            ShapeException(
                say
                    $"slice: {first}..{last} of dimension {dim} leaves a tensor of shape {Print.shape got}; expected bounds within 0..{size - 1}, the first not above the last.",
                (say $"{first}..{last}"),
                (say $"0..{size - 1}")
            )
        )

    let index0 (dim: int) (index: int) (size: int) (got: int[]) =
        raise (
            ShapeException(
                say $"index: {index} of dimension {dim} is outside a tensor of shape {Print.shape got}; expected 0..{size - 1}.",
                string index,
                (say $"0..{size - 1}")
            )
        )

    let inputs model (got: int[]) (width: int) =
        shape
            (say $"model '{model}'")
            (Print.shape got)
            (say $"[n; {width}], a row each and {width} columns")
            "Give the model as many inputs as the data have columns; flatten makes rows of images."

    let unaligned operation what (x: int[]) (other: int[]) =
        shape
            operation
            (say $"inputs {Print.shape x} with {what} {Print.shape other}")
            "as many rows of each"
            "Check that neither has a header row or a filter that the other lacks."

    let lossRows name (got: int[]) (rows: int) =
        shape
            (say $"loss '{name}'")
            (Print.shape got)
            (say $"[{rows}], one value per row")
            "Sum or average over the outputs of a row, not over the rows: weighting and reducing are the library's work."

    let parameterShape name (got: int[]) (expected: int list) =
        shape (say $"parameter '{name}'") (Print.shape got) (Print.shape expected) "Return a tensor of the parameter's shape."

    let parameters model (got: int) (expected: int) =
        shape
            (say $"model '{model}'")
            (say $"{got} parameters")
            (say $"{expected} parameters")
            "Make them with Model.init, and keep their order."

    let accumulator (got: int) (expected: int) =
        settings [ say $"The accumulator has {expected} sums and got {got} values; expected one for each." ]

    let state name (parameters: int) =
        settings
            [ say
                  $"The state is not one of the optimizer '{name}' for {parameters} parameters. Make it with the optimizer's init, from the same parameters." ]

    let noParameter model name (names: string list) =
        let names = String.Join(", ", names)
        settings [ say $"Model '{model}' has no parameter '{name}'; it has {names}." ]

    let noFeature (name: string) (names: string[]) =
        let shown = String.Join(", ", Array.truncate 10 names) + (if names.Length > 10 then ", …" else "")
        settings [ say $"There is no feature '{name}'; the data set has {shown}." ]

    let gradients (got: int) (expected: int) =
        shape
            "optimizer"
            (say $"{got} gradients")
            (say $"{expected} gradients, one per parameter")
            "Take them of the same parameters, in the same order."

    let classes operation (got: int[]) least =
        let advice =
            if least > 1 then
                "With one class a softmax is always 1 and there is nothing to learn; for a yes/no target use binary cross-entropy."
            else
                "Use view to give the scores a row each and a column per class."

        shape operation (Print.shape got) (say $"[n; k], a row each and {least} or more classes") advice

    let labels operation (got: int[]) (rows: int) =
        shape
            operation
            (say $"labels {Print.shape got}")
            (say $"[{rows}], one label per row")
            "Labels are class numbers, not one-hot rows."

    let noColumns what = shape "dataset" (say $"{what} without columns") "one column or more" "Check which columns are taken."

    let ragged what (row: int) (got: int) (expected: int) =
        shape
            "dataset"
            (say $"{what} with {got} values in row {row}")
            (say $"{expected}, as row 0 has")
            "Check that no row has a value too many or too few."

    let noRow what (row: int) =
        shape "dataset" (say $"{what} with no row {row}") "an array of numbers for each row" "Leave the row out, or fill it."

    let pixels (values: int) (columns: int) =
        shape "dataset" (say $"{values} values") (say $"a multiple of {columns} columns") "Check how many values a row has."

    let leastSquares (x: int[]) (y: int[]) =
        shape
            "least squares"
            (say $"{Print.shape x} and {Print.shape y}")
            "[n; d] and [n] or [n; q]"
            "Inputs and targets have a row each."

    // ---- types of number ----------------------------------------------------------------------------------------

    let dtype operation got expected advice =
        raise (DtypeException(say $"{operation}: got {got}, expected {expected}. {advice}", got, expected))

    let mixedDtypes operation (a: obj) (b: obj) =
        dtype operation (say $"{a} and {b}") "one type of number" "Nothing is converted silently: use cast."

    let wholeNumber operation (value: float) =
        dtype
            operation
            (say $"an Int32 tensor and the number {value:R}")
            "a whole number that fits 32 bits"
            "Cast the tensor to Float32 or Float64 first."

    // ---- derivatives --------------------------------------------------------------------------------------------

    let staleTag (tag: uint32) =
        raise (
            DerivativeException(
                say
                    $"The nesting tag {tag} is not newer than that of the tensor. Call dsharp.nest() first and pass nestingTag = dsharp.nestLevel(), so that the inner differentiation has a tag of its own."
            )
        )

    let unusedParameter name =
        raise (
            DerivativeException(
                say $"The loss does not use the parameter '{name}', so it has no gradient. Use it, or leave it out of the model."
            )
        )

    let constantLoss name =
        raise (
            DerivativeException(
                say
                    $"The loss '{name}' depends neither on the predictions nor on the parameters, so it has no gradient. Compute it from the predictions, the first argument of the loss."
            )
        )

    let noDerivative () =
        raise (
            DerivativeException
                "This tensor has no derivative. It has one after t.forwardDiff(…), or after t.reverseDiff() and reverse() on a scalar that was computed from it; a parameter that the loss does not use never gets one."
        )

    let notDifferentiable operation =
        raise (
            DerivativeException(
                say
                    $"{operation}: this tensor is a constant, nothing was recorded. Call reverseDiff() on the inputs before computing with them."
            )
        )

    let mixedModes () =
        raise (
            DerivativeException
                "A forward and a reverse derivative of the same nesting level meet. Call dsharp.nest() between the two, and give each its own nestingTag."
        )

    let scalarFunction operation (got: int[]) =
        shape operation (Print.shape got) "a function with a scalar value, shape []" "End the function with sum() or mean()."

    let integerDerivative operation dtype =
        raise (
            DtypeException(
                say
                    $"{operation}: got an {dtype} tensor, expected Float32 or Float64. Whole numbers have no derivative: use cast.",
                string dtype,
                "Float32 or Float64"
            )
        )

    // ---- data ---------------------------------------------------------------------------------------------------

    let data message where = raise (DataException(message, where))

    let empty operation =
        data (say $"{operation}: got no rows, expected at least one. Check the filter or the file the data came from.") "row 0"

    let label (row: int) (label: int) (classes: int) =
        data
            (say
                $"Label {label} in row {row} is outside 0..{classes - 1}: with {classes} classes, labels are the numbers 0 to {classes - 1}. Renumber the labels, or give the model as many outputs as there are classes.")
            (say $"row {row}")

    let classNumber (row: int) (label: int) (largest: int) =
        data
            (say $"Label {label} in row {row}: expected a class number from 0 to {largest}. Number the classes from 0.")
            (say $"row {row}")

    let tooManyClasses (classes: int) (most: int) =
        data
            (say
                $"Labels: got {classes} different ones, expected {most} or fewer. Numbers to predict are float targets, not labels.")
            "labels"

    let noLabel (row: int) =
        data
            (say $"The label in row {row} is missing: expected the name of a class. Leave the row out, or name its class.")
            (say $"row {row}")

    let labelType (got: string) =
        settings
            [ say
                  $"The labels are of the type {got}; expected Int32, String, Boolean or an enumeration. Convert them, or use LinearRegression for numbers." ]

    let unknownLabel (row: int) (label: string) (classes: string[]) =
        let shown = String.Join(", ", Array.truncate 10 classes) + (if classes.Length > 10 then ", …" else "")
        data (say $"Label '{label}' in row {row}: expected one of {shown}. Correct it, or leave the row out.") (say $"row {row}")

    let noValue (row: int) part (name: string) =
        data
            (say
                $"rows: got no value in row {row}, {part} '{name}'; expected one. Leave the row out, or put a value in its place.")
            (say $"row {row}, {part} '{name}'")

    let spread (name: string) =
        data
            (say
                $"The values of '{name}' are too far apart for their spread to be a number. Scale the column down, or leave it out.")
            (say $"column '{name}'")

    let notCode (row: int) (name: string) (value: float) =
        data
            (say
                $"one-hot: got {value:R} in row {row}, feature '{name}'; expected a code, a whole number of 24 bits or fewer. Leave the column as it is, or round it.")
            (say $"row {row}, column '{name}'")

    let unknownCode (row: int) (name: string) (value: float) (codes: int list) =
        let shown = String.Join(", ", Seq.truncate 10 codes) + (if codes.Length > 10 then ", …" else "")
        data
            (say
                $"one-hot: got {value:R} in row {row}, feature '{name}'; expected one of the codes it was fitted on, {shown}. Fit it on rows with all codes, or leave the row out.")
            (say $"row {row}, column '{name}'")

    let noClasses () =
        data "The targets of this data set are numbers, so there are no classes. Make it from whole-number labels." "targets"

    let sparseRows (row: int) (got: string) (expected: string) =
        data (say $"sparse rows: got {got} in row {row}; expected {expected}.") (say $"row {row}")

    let sparse (who: string) (instead: string) = settings [ say $"The rows are sparse, which {who} does not take. {instead}" ]

    let manyDense (rows: int) (columns: int) (most: int) =
        settings
            [ say
                  $"{rows} × {columns} sparse rows made dense would be {int64 rows * int64 columns} numbers; expected {most} at most. Take a smaller minibatch, or a model, loss and optimizer that a kernel trains on sparse rows: an affine model by Fit, Lbfgs, CoordinateDescent or Fista." ]

    let notFinite what part (row: int64) (column: string) (value: float) =
        data
            (say
                $"{what}: got {value:R} in row {row}, {part} '{column}'; expected a finite number. Leave the row out, or put a number in its place.")
            (say $"row {row}, column '{column}'")

    let index operation (position: int) (index: int) (size: int) =
        data
            (say $"{operation}: index {index} at position {position} is outside 0..{size - 1}. Indices count from 0.")
            (say $"position {position}")

    let repeatedIndex operation (message: string) =
        data
            (say
                $"{operation}: {message} Gather and scatter take each place of a slice once; to repeat rows, take them one by one.")
            "indices"

    let singular (column: int) (size: int) =
        data
            (say
                $"solve: the {size}×{size} matrix is singular to working precision: column {column} is a combination of the columns before it. Remove the column, or add a penalty.")
            (say $"column {column}")

    let tooFewRows (rows: int) (coefficients: int) =
        data
            (say
                $"least squares: {rows} rows cannot determine {coefficients} coefficients, the bias among them; expected at least {coefficients} rows. Add rows, or take columns out.")
            (say $"row {rows}")

    /// The place is that of `singular`; the last column is the one of ones that least squares append.
    let dependentColumns (where: string) (ones: int) =
        if where = say $"column {ones}" then
            data
                "least squares: the column of ones for the bias is a combination of the columns of X: one is constant, or several have a constant sum. Remove the column that is, or one of those."
                where
        else
            data
                (say $"least squares: {where} is a combination of the columns before it. Remove the column, or add a penalty.")
                where

    let noNumbers () = data "The targets of this data set are classes, expected numbers. Make it from numbers." "targets"

    let underdetermined (rows: int) (coefficients: int) =
        data
            (say
                $"least squares: {rows} rows cannot determine {coefficients} coefficients; expected at least {coefficients} rows. Add rows, take columns out, add an L2 penalty, or ask for the minimum norm.")
            (say $"row {rows}")

    let outOfRange (column: string) =
        data
            (say
                $"least squares: the squares of column '{column}' are no longer numbers of double precision; expected values between 1e-140 and 1e150. Scale the column.")
            (say $"column '{column}'")

    /// A column that is a combination of others, the others, and further columns that are combinations.
    let dependentColumn (column: string) (others: string list) (more: string list) (tolerance: float) =
        let few (names: string list) =
            String.Join(", ", List.truncate 6 names)
            + (if names.Length > 6 then say $" and {names.Length - 6} more" else "")
        let further = if more.IsEmpty then "" else say $" So are {few more}."
        data
            (say
                $"least squares: column {column} is a combination of {few others}: less than {tolerance:E1} of its length is left beside them.{further} Remove it, add an L2 penalty, or ask for the minimum norm.")
            (say $"column {column}")

    let constantColumn (column: string) =
        data
            (say
                $"least squares: column {column} is the same in every row, as the intercept is. Remove it, add an L2 penalty, or ask for the minimum norm.")
            (say $"column {column}")

    let zeroColumn (column: string) =
        data
            (say $"least squares: column {column} is 0 in every row. Remove it, add an L2 penalty, or ask for the minimum norm.")
            (say $"column {column}")

    let notRefined (passes: int) (correction: float) =
        data
            (say
                $"least squares: after {passes} passes corrections are still {correction:E1} of the coefficients: the columns are too close to combinations of one another. Remove a column, or add an L2 penalty.")
            "columns"

    let inferenceOfRank (rank: int) (coefficients: int) =
        data
            (say
                $"inference: the data determine {rank} of {coefficients} coefficients, so that single ones have no standard error. Remove the columns that are combinations of others.")
            "columns"

    let noFreedom (rows: float) (coefficients: int) =
        data
            (say
                $"inference: {rows:R} rows with {coefficients} coefficients leave nothing to estimate the noise from; expected more rows than coefficients. Add rows.")
            "rows"

    let inferenceOfPenalty () =
        settings
            [ "inference: the fit has an L2 penalty, which biases the coefficients; expected none. Standard errors exist for unpenalised least squares." ]

    let notWhole operation =
        data
            (say
                $"{operation}: a value is NaN, infinite or too large for a 32-bit whole number. Check the values, or compute in Float64.")
            "value"

    let wholeDivision operation = data (say $"{operation}: a whole number is divided by zero. Check the divisor.") "value"

    let noTensors operation = data (say $"{operation}: got no tensors, expected at least one. Check the sequence.") "tensors"

    let weight (row: int) (value: float) =
        data
            (say $"Row weight {value:R} in row {row}: expected a finite number, 0 or more. A weight of 0 removes a row.")
            (say $"row {row}")

    let noWeight () =
        data
            "Row weights: got weights that are all 0, expected at least one above 0. A weight of 0 removes a row, and these leave none."
            "row 0"

    let target operation (row: int) (value: float) expected =
        data
            (say $"{operation}: got {value:R} in row {row}, expected {expected}. Recode the values, or choose another loss.")
            (say $"row {row}")

    let row operation (row: int) (rows: int) =
        data (say $"{operation}: got row {row}, expected one from 0 to {rows - 1}. Rows count from 0.") (say $"row {row}")

    let constantTarget (column: int) =
        data
            (say
                $"R²: the target in column {column} is the same in every row, so there is no variation to explain. Use the mean squared error.")
            (say $"column {column}")

    let probabilitySum operation (row: int) (sum: float) =
        data
            (say $"{operation}: the probabilities in row {row} have the sum {sum:R}, expected 1. Divide each row by its sum.")
            (say $"row {row}")

    let probability operation (index: int) (value: float) =
        data
            (say $"{operation}: got {value:R} at position {index}, expected probabilities: finite, not below 0, with the sum 1.")
            (say $"position {index}")

    // ---- text files -----------------------------------------------------------------------------------------------

    /// What is wrong at a place of a text, which the place names: a file, a line, a column.
    let text place problem advice = data (say $"{place}: {problem} {advice}") place

    let noText file = text file "there is nothing in it; expected a row of numbers or more." "Check that it was written."

    let onlyHeader file =
        text
            file
            "it has a header and no rows; expected a row or more."
            "If the first line is a row, say that there is no header."

    let notUtf8Text file =
        text file "it is UTF-16 text; expected UTF-8." "Save it as UTF-8, or convert it with iconv -f UTF-16 -t UTF-8."

    let unreadableText file (reason: string) = text file (say $"it cannot be read. {reason}") "Check the path and the rights."

    let shrunkText file (reason: string) =
        text file (say $"it became shorter while it was read. {reason}") "Read it when nobody writes it."

    let changedText place =
        text
            place
            "there were other rows here a moment ago: the file was written while it was read."
            "Read it when nobody writes it."

    let longText file (most: int64) =
        text
            file
            (say $"it has more than {most} bytes, the most that are read from a stream.")
            "Write it to a file, and give the path."

    let fewerFields place (got: int) (expected: int) =
        text
            place
            (say $"the row has {got} fields; expected {expected}, as the first row has.")
            "Add what is missing, or check the quotes and the delimiter."

    let moreFields place (expected: int) =
        text
            place
            (say $"the row has more than {expected} fields; expected {expected}, as the first row has.")
            "Put quotes around a field that has the delimiter in it."

    let quoteInField place =
        text
            place
            "a quote stands within a field that does not begin with one."
            "Put quotes around the whole field, and double those within."

    let textBehindQuote place (got: string) =
        text
            place
            (say $"text follows the quoted field '{got}'; expected a delimiter or the end of the line.")
            "Double the quotes within a quoted field."

    let openQuote place = text place "the quote that opens this field is never closed." "Close it, or remove it."

    let carriageReturn place =
        text
            place
            "a carriage return stands within the field; the lines of this text end otherwise."
            "Remove it, or put the field in quotes."

    let longField place (most: int) =
        text place (say $"the field has more than {most} bytes.") "Leave the column out, or look for a quote that is not closed."

    let longRow place (most: int) = text place (say $"the row has more than {most} bytes.") "Look for a quote that is not closed."

    let zeroByte place = text place "got a byte 0, which no text has." "Check that it is a text file, in UTF-8, and not damaged."

    let notUtf8 place (got: string) = text place (say $"'{got}' is not UTF-8.") "Save the file as UTF-8."

    let notANumber place (got: string) =
        text
            place
            (say $"got '{got}'; expected a number, with a point where it has decimals.")
            "Correct it, or name it as a marker of missing values; words become columns by OneHot, and Without leaves a column out."

    let targetNotANumber place (got: string) =
        text
            place
            (say $"got '{got}'; expected a number, as in the rows before.")
            "Correct it; if the words are classes, set TargetKind to Classes."

    let beyondRange place (got: string) =
        text
            place
            (say $"got '{got}', which is beyond the largest number of its type.")
            "Use 64-bit numbers, or leave the row out."

    let missingValue place (got: string) =
        let shown = if got = "" then "nothing" else say $"'{got}'"
        text
            place
            (say $"got {shown}, a missing value; expected a value.")
            "Set Missing to DropRow, which leaves such rows out, or to Mean."

    let noMean place (what: string) =
        text place (say $"{what} is missing; only numbers among the features have a mean.") "Set Missing to DropRow."

    let nothingButMissing place = text place "every value is missing, so there is no mean." "Leave the column out."

    let noRowsLeft file = text file "every row has a missing value, so none is left." "Leave columns out, or set Missing to Mean."

    let unknownWord place (got: string) (known: string) =
        text
            place
            (say $"got '{got}'; expected one of {known}, as in the data that made the schema.")
            "Correct it, or leave the row out."

    let manyWords place (most: int) =
        text
            place
            (say $"the column has more than {most} different words.")
            "Leave it out: what differs in nearly every row is no category."

    let noColumnNamed file name (nearest: string) =
        text file (say $"there is no column '{name}'; there are {nearest}.") "Check the name, or whether there is a header."

    let noColumnAt file (index: int) (columns: int) =
        text
            file
            (say $"there is no column {index}; expected one from 0 to {columns - 1}, or from -1 for the last to -{columns}.")
            "Columns count from 0."

    let noFeatures file (columns: int) =
        text
            file
            (say $"nothing is left beside the target; expected a column of features. Columns in the file: {columns}.")
            "Check the delimiter, and which columns are taken."

    let repeatedName file name (first: int) (second: int) =
        text
            file
            (say $"columns {first} and {second}, counted from 1, are both named '{name}'.")
            "Rename one, or say that there is no header."

    let manyColumns file (most: int) = text file (say $"the first row has more than {most} fields.") "Check the delimiter."

    let manyValues file (rows: int64) (columns: int) =
        text
            file
            (say $"{rows} rows of {columns} features are more than an array can have.")
            "Take fewer columns, or read it in pieces."

    let notASparseNumber place (got: string) =
        text place (say $"got '{got}'; expected a number, or index:number behind the first one.") "Correct it."

    let notAPair place (got: string) = text place (say $"got '{got}'; expected index:number, as in 3:0.5.") "Correct it."

    let smallIndex place (got: string) (first: int) =
        text
            place
            (say $"got '{got}', whose index is below {first}; expected {first} or more.")
            "If indices count from 0, set FirstIndex to 0."

    let largeIndex place (got: string) (most: int64) =
        text place (say $"got '{got}', whose index is above {most}.") "Correct it, or the number of columns."

    let notAscending place (got: string) isSorted =
        if isSorted then
            text place (say $"the index {got} is there twice.") "Remove one of them."
        else
            text
                place
                (say $"got '{got}', whose index is not above that of the one before it.")
                "Set SortIndices, or sort them; an index may be there once."

    let query place (got: string) =
        text
            place
            (say $"got '{got}', the number of a query; ranking within queries is not what is trained here.")
            "Set IgnoreQueries to pass over one whole number in each row, or remove it."

    let manySparseValues file (values: int64) =
        text file (say $"it has {values} values, more than an array can have.") "Read it in pieces."

    // ---- training -------------------------------------------------------------------------------------------------

    let diverged epoch step lastFiniteLoss (rate: float) (advised: float) =
        let advice =
            say
                $"The learning rate was up to {rate:R}: try {advised:R}. Features of one scale allow larger ones: standardise them (Preprocess.standardise; in C# Scaling.Standardize)."
        raise (DivergedException(epoch, step, lastFiniteLoss, advice, Nullable advised))

    let neverFinite epoch step becauseOfTargets =
        let smaller = if becauseOfTargets then "targets" else "features"
        let advice = say $"The loss is not finite before any update: scale the {smaller} down, or begin with smaller parameters."
        raise (DivergedException(epoch, step, nan, advice, Nullable()))

    let evaluationNotFinite what epoch step lastFiniteLoss =
        let advice =
            say
                $"After the epoch the loss on the {what} is not finite: look for values far beyond those trained on, or lower the learning rate."
        raise (DivergedException(epoch, step, lastFiniteLoss, advice, Nullable()))

    let otherClasses what (ours, theirs) = data (Problem.otherClass what (ours, theirs)) (say $"class '{theirs}'")

    /// What was said of data, and which data they are.
    let within what (e: DataException) = raise (DataException(say $"{what}: {e.Message}", e.Where))

    let scheduledChanges name (step: int) =
        settings
            [ say
                  $"The optimizer '{name}' is of another kind at step {step}; expected one kind throughout, or the rule ClosedForm." ]

    let streamCheckpoint () =
        settings
            [ "A checkpoint of a fit on a stream cannot be kept: the rows after it cannot be known to be the same. Leave checkpoint out, keep the parameters after each epoch yourself, and begin with them as the initial ones." ]

    /// A checkpoint of another fit: what differs, what it was, and what it is.
    let otherFit (differences: (string * string * string) list) =
        if not differences.IsEmpty then
            settings
                [ for name, was, now in differences ->
                      say
                          $"The {name} of the checkpoint: {was}; expected {now}, as these settings and data have. Change them back, or begin anew." ]

    // ---- models of C# ---------------------------------------------------------------------------------------------

    let rowToPredict (got: int) (expected: int) =
        shape
            "prediction"
            (say $"[{got}]")
            (say $"[{expected}], a value for each feature")
            "Give the features that the model was trained on, in their order."

    let rowsToPredict (got: int) (expected: int) =
        shape
            "prediction"
            (say $"[n; {got}]")
            (say $"[n; {expected}], a column for each feature")
            "Give the features that the model was trained on, in their order."

    let placeForResults (got: int) (expected: int) =
        shape "prediction" (say $"[{got}]") (say $"a place [{expected}]") "Make the span as long as there are results."

    let severalOutputs (outputs: int) =
        settings
            [ say
                  $"The model has {outputs} outputs, and a single number was asked for; expected one output. Use PredictOutputs, WeightMatrix and Biases." ]

    let noInference (rule: string) =
        settings
            [ say
                  $"inference: the model was fitted by {rule}, of which no standard errors are known; expected least squares. Use Solver.LeastSquares with the squared loss and no penalty." ]

    // ---- evaluation and selection ---------------------------------------------------------------------------------

    let scoreRows what (values: int) (width: int) =
        shape
            what
            (say $"{values} values")
            (say $"a row of {width} for each row of the data")
            "Check the number of classes or targets."

    let scoresOverflow (name: string) =
        data
            (say
                $"scores: the squares of '{name}' are no longer numbers of double precision; expected values below 1e150. Scale the targets down.")
            (say $"output '{name}'")

    let answer (row: int) (value: float) (no: float) =
        data
            (say
                $"scores: got the target {value:R} in row {row}; expected {no:R} or 1, as one output for two classes has them. Make two classes of the targets, or take Scores.regression.")
            (say $"row {row}")

    let classProbability (row: int) (name: string) (value: float) =
        data
            (say
                $"probabilities: got {value:R} in row {row}, class '{name}'; expected a number from 0 to 1. Scores that are no probabilities are taken by OfScores.")
            (say $"row {row}, class '{name}'")

    let noScore (name: string) (names: seq<string>) =
        let names = String.Join("', '", names)
        settings [ say $"There is no score '{name}'; there are '{names}'." ]

    let noCandidate () = settings [ "The search has no candidates; expected one or more. Vary a setting, or add one." ]

    let everyCandidateFailed (failures: seq<string>) =
        settings
            [ yield "Every candidate failed, so that none is the best. Correct the settings they share."
              for failure in failures -> failure ]

    let foldRow (fold: int) (row: int) (rows: int) =
        settings
            [ say
                  $"Fold {fold} has the row {row}; expected rows from 0 to {rows - 1}, none of them both to train and to validate on." ]

    // ---- files ----------------------------------------------------------------------------------------------------

    let notWritten path (reason: string) =
        let advice = "A file that was there is as it was. Check the folder, the rights and the space."
        raise (ModelFileException(path, (say $"it was not written. {reason}"), advice))

    let notExported path (reason: string) =
        let advice = "Compose it of Preprocess.layer, Model.scale, flatten, linear, sigmoid and softmax."
        raise (ModelFileException(path, (say $"it was not written. {reason}"), advice))

    let notRead path (reason: string) =
        raise (ModelFileException(path, (say $"it was not read. {reason}"), "Check the path and the rights."))

    let fileTooLong path (length: int64) (most: int64) =
        let problem = say $"it has {length} bytes; expected {most} or fewer."
        raise (ModelFileException(path, problem, "Check that it is the file that was meant."))

    /// What a file has that it should not have, or the other way round.
    let damagedFile path (problem: string) =
        raise (ModelFileException(path, problem, "Take another copy of it, or write it again."))

    let newerFile path (version: int) (known: int) =
        let problem = say $"it is of format version {version}; expected {known}, which is what this version of LinearNets reads."
        raise (ModelFileException(path, problem, "Load it with a newer version of LinearNets, or save it with this one."))

    let editedFile path =
        let problem = "what it says is not what was written: its hash is another, or is missing."
        raise (
            ModelFileException(
                path,
                problem,
                "Take another copy of it; if it was edited on purpose, load it with verify: false, or in F# by Saved.loadEdited."
            )
        )

    let otherKind path (kind: string) (loads: string) =
        raise (ModelFileException(path, (say $"it has a model of the kind '{kind}'."), (say $"Load it by {loads}.")))

    let notAffine path (layers: string) =
        let problem = say $"its layers are {layers}; expected a linear one after shifts and scales."
        raise (ModelFileException(path, problem, "Load it in F#, by Saved.load."))

    let ownModel path (name: string) =
        let problem = say $"it has a model of one's own, '{name}', of which no file has the function."
        raise (ModelFileException(path, problem, "Load it by Saved.loadInto, with that model."))

    let otherModel path (got: string) (expected: string) =
        let problem = say $"it has {got}; expected {expected}, as the model has."
        raise (ModelFileException(path, problem, "Load it into the model that was saved."))

    let noRowsOfInference () =
        settings
            [ "The model is from a file, which does not have the rows it was fitted on; expected a model that was fitted here, for intervals at a row and for leverage. Fit it again." ]

    let savedSolver (solver: string) =
        settings
            [ say
                  $"The solver is '{solver}' as the file of a model has it, by name; expected one with its settings. Make one by new." ]

    // ---- files of data --------------------------------------------------------------------------------------------

    let dataNotRead (path: string) (reason: string) =
        data (say $"'{path}' was not read. {reason} Check the path and the rights.") path

    let dataNotWritten (path: string) (reason: string) =
        data
            (say
                $"'{path}' was not written. {reason} A file that was there is as it was. Check the folder, the rights and the space.")
            path

    /// What is wrong at a place of a file of bytes.
    let bytes (path: string) (at: int64) (problem: string) =
        data (say $"'{path}', byte {at}: {problem}") (say $"{path}, byte {at}")

    let bytesEnd path at (missing: int64) =
        bytes
            path
            at
            (say $"the data end here; expected {missing} bytes more, as the header says. Take another copy of the file.")

    let bytesGoOn path at =
        bytes path at "the data go on; expected their end, as the header says. Write the file again with a header that fits."

    let bytesPacked path at (reason: string) =
        bytes path at (say $"what is packed cannot be unpacked. {reason} Take another copy of the file.")

    let bytesChecksum path at (got: uint32) (expected: uint32) =
        bytes
            path
            at
            (say $"the checksum of what was unpacked is {got:X8}; expected {expected:X8}. Take another copy of the file.")

    let bytesShape path at (shape: seq<int64>) =
        let shape = "[" + String.Join("; ", shape) + "]"
        bytes
            path
            at
            (say $"got values of the shape {shape}; expected 1 to {Array.MaxLength} of them. Split the file, or write it again.")

    let notIdx path (magic: uint32) =
        bytes
            path
            0L
            (say
                $"got {magic:X8}; expected 0000 for IDX, the type of the values (08, 09, 0B, 0C, 0D or 0E) and the number of their dimensions (01 or more). Check that it is the file that was meant.")

    let notNpy path =
        bytes path 0L "expected the bytes 93 'NUMPY', with which a NumPy array begins. Check that it is the file that was meant."

    let npyVersion path (major: byte) (minor: byte) =
        bytes
            path
            6L
            (say $"got version {major}.{minor} of the format; expected 1.0, 2.0 or 3.0. Write the file again with numpy.save.")

    let npyHeaderLength path at (length: uint32) (most: int) =
        bytes path at (say $"got a header of {length} bytes; expected {most} or fewer. Write the file again with numpy.save.")

    let npyHeader path at (got: string) (expected: string) =
        bytes path at (say $"the header has {got}; expected {expected}. Write the file again with numpy.save.")

    let npyPickle path at (descr: string) =
        bytes
            path
            at
            (say
                $"got the type '{descr}', Python objects: they are pickled, and to read them is to run code that is in the file. Write numbers instead, as in numpy.save(path, array.astype('f8')).")

    let npyType path at (descr: string) =
        bytes
            path
            at
            (say
                $"got the type '{descr}'; expected b1, u1, i1, i2, i4, i8, f4 or f8. Convert it before, as in numpy.save(path, array.astype('f8')).")

    let npyBool path at (value: byte) =
        bytes path at (say $"got {value} for a Boolean; expected 0 or 1. Take another copy of the file, or save the array as u1.")

    let npzEntry (path: string) (name: string) (names: seq<string>) =
        let names = String.Join(", ", names)
        data (say $"'{path}' has no array '{name}'; it has: {names}. Name one of those.") path

    let noRowsStored (path: string) =
        data
            (say
                $"'{path}' has one value without dimensions; expected a row for each example. Write an array of one dimension or more.")
            path

    let rowsStored (path: string) (rows: int64) (other: string) (others: int64) =
        data
            (say
                $"'{path}' has {rows} rows and '{other}' has {others}; expected as many in both. Check that both are of the same set.")
            (say $"{other}, row {min rows others}")

    let inexactStored (path: string) (row: int64) (value: int64) =
        data
            (say
                $"'{path}', row {row}: got {value}, which may have no 64-bit floating-point number; expected 2⁵³ at most. Subtract a constant, or divide, before it is written.")
            (say $"{path}, row {row}")

    let labelStored (path: string) (row: int64) (label: int64) (largest: int) =
        data
            (say
                $"'{path}', row {row}: got the label {label}; expected a class number from 0 to {largest}. Number the classes from 0, or write targets that are no classes as floating-point numbers.")
            (say $"{path}, row {row}")

    let packedRows (path: string) =
        data
            (say
                $"'{path}' is packed by gzip: its rows have no places of their own to be read from. Unpack it first, or read it into memory by Dataset.")
            path

    let fortranRows (path: string) =
        data
            (say
                $"'{path}' is in Fortran's order: a row of it is scattered over the whole file. Write it again row after row, as in numpy.save(path, numpy.ascontiguousarray(array)).")
            path

    let changedRows (path: string) (before: int64) (now: int64) =
        data
            (say
                $"'{path}' had {before} bytes when its header was read, and now has {now}. Read it when nobody writes it, or open it again.")
            path

    let shrunkRows (path: string) (row: int64) (reason: string) =
        data
            (say $"'{path}', row {row}: the file became shorter while it was read. {reason} Read it when nobody writes it.")
            (say $"{path}, row {row}")

    /// A batch of a stream that is unlike those before it.
    let batchKind (number: int64) what (got: obj) (expected: obj) =
        data
            (say
                $"Batch {number} of the stream: {what} is {got}; expected {expected}, as in the batches before it. Make all batches alike.")
            (say $"batch {number}")

    let noBatch (number: int64) =
        data (say $"Batch {number} of the stream is null; expected a data set. Check the sequence.") (say $"batch {number}")

    let emptyPass (epoch: int) =
        data
            (say
                $"The stream has no rows in epoch {epoch}; it had some before. Its source can be gone through once: take one epoch, a window that has all rows, or a sequence that begins anew each time.")
            "stream"

    // ---- data sets by name ----------------------------------------------------------------------------------------

    let otherContent (path: string) (name: string) (got: string) (expected: string) =
        data
            (say
                $"'{path}' is not that of {name}, or damaged: what is in it has the MD5 {got}, expected {expected}. Remove the file, or name another folder.")
            path

    let notDownloaded (name: string) (address: string) (reason: string) (folder: string) (files: seq<string>) =
        let files = String.Join(Environment.NewLine, files)
        data
            (say
                $"{name} is neither in a folder that was given nor in the cache, and was not downloaded from {address}. {reason} Try again with a network, or put these files into '{folder}', or name the folder that has them:{Environment.NewLine}{files}")
            address

    // ---- plots ----------------------------------------------------------------------------------------------------

    let noEpochs () =
        data
            "The history has no epochs: a solution that is found at once has none. Plot that of a solver that takes steps."
            "history"

    let plotEnding (ending: string) =
        settings [ say $"The ending of a plot's file is '{ending}'; expected .svg, .html or .htm. Name the file so." ]

    let reportEnding (ending: string) =
        settings [ say $"The ending of a report's file is '{ending}'; expected .html or .htm. Name the file so." ]

    let plotWithout (what: string) (other: string) = settings [ say $"A plot without {what} has no {other}. Leave it out." ]

    let notImages () = settings [ "The rows to plot are not images. Say their height and width with WithImageShape." ]

    let noWeights (model: string) =
        settings [ say $"The model '{model}' has no layer with weights; expected one to draw. Take a model of linear layers." ]

    // ---- devices -------------------------------------------------------------------------------------------------

    let noBackend (device: obj) = raise (Problem.noBackend device)
