/// Every exception has its properties, and its message says what was got, what was expected, where, and what to do.
module LinearNets.Tests.ErrorLaws

open System
open System.Reflection
open NUnit.Framework
open LinearNets
open LinearNets.FSharp

let private errorTypes =
    [ for t in typeof<LinearNetsException>.Assembly.GetExportedTypes() do
          if t.IsSubclassOf typeof<Exception> then t ]

// ---- the types ------------------------------------------------------------------------------------------------------

[<Test>]
let ``every exception of the assembly is a LinearNetsException in namespace LinearNets`` () =
    Assert.That(errorTypes.Length, Is.GreaterThanOrEqualTo 9)

    for t in errorTypes do
        Assert.That(typeof<LinearNetsException>.IsAssignableFrom t, t.FullName)
        Assert.That(t.Namespace, Is.EqualTo "LinearNets")
        Assert.That(t.Name, Does.EndWith "Exception")

        if t <> typeof<LinearNetsException> then Assert.That(t.IsSealed, t.FullName)

[<Test>]
let ``every exception type is tested here`` () =
    let tested =
        [ typeof<LinearNetsException>
          typeof<DataException>
          typeof<ShapeException>
          typeof<DtypeException>
          typeof<DerivativeException>
          typeof<SettingsException>
          typeof<DivergedException>
          typeof<ModelFileException>
          typeof<DeviceException> ]

    Assert.That([ for t in errorTypes -> t.Name ], Is.EquivalentTo [ for t in tested -> t.Name ])

[<Test>]
let ``LinearNetsException has a message, and perhaps a cause`` () =
    Assert.That(LinearNetsException("what").Message, Is.EqualTo "what")
    Assert.That(LinearNetsException("what").InnerException, Is.Null)
    let cause = InvalidOperationException "why"
    Assert.That(LinearNetsException("what", cause).InnerException, Is.SameAs cause)

[<Test>]
let ``DataException says where`` () =
    let e = DataException("The value is missing.", "row 3, column 'age'")
    Assert.That(e.Message, Is.EqualTo "The value is missing.")
    Assert.That(e.Where, Is.EqualTo "row 3, column 'age'")

[<Test>]
let ``ShapeException and DtypeException say what they got and what would have fitted`` () =
    let e = ShapeException("message", "[2; 3]", "[3]")
    Assert.That((e.Message, e.Got, e.Expected), Is.EqualTo(("message", "[2; 3]", "[3]")))
    let e = DtypeException("message", "Int32", "Float32")
    Assert.That((e.Message, e.Got, e.Expected), Is.EqualTo(("message", "Int32", "Float32")))

[<Test>]
let ``DerivativeException has its message`` () = Assert.That(DerivativeException("none").Message, Is.EqualTo "none")

[<Test>]
let ``SettingsException lists every problem, a line each`` () =
    let problems = [| "epochs is 0; expected 1 or more."; "rate is NaN; expected a number." |]
    let e = SettingsException problems
    Assert.That(e.Problems, Is.EqualTo(box problems))
    Assert.That(e.Message, Is.EqualTo(String.Join(Environment.NewLine, problems)))

[<Test>]
let ``DivergedException says when, what was last right, and what to try`` () =
    let e = DivergedException(3, 120, 0.1, "Lower the learning rate.", Nullable 0.5)
    Assert.That((e.Epoch, e.Step, e.LastFiniteLoss, e.Advice), Is.EqualTo((3, 120, 0.1, "Lower the learning rate.")))
    Assert.That(e.SuggestedRate, Is.EqualTo(Nullable 0.5))
    Assert.That(
        e.Message,
        Is.EqualTo "Training diverged in epoch 3 at step 120; the last finite loss was 0.1. Lower the learning rate."
    )

[<Test>]
let ``ModelFileException names the file, the problem and what to do`` () =
    let e = ModelFileException("models/a.safetensors", "it ends after 12 bytes.", "Copy it again.")
    Assert.That(e.Path, Is.EqualTo "models/a.safetensors")
    Assert.That(
        e.Message,
        Is.EqualTo "The model file 'models/a.safetensors' cannot be used: it ends after 12 bytes. Copy it again."
    )

[<Test>]
let ``DeviceException names the device, the problem and what to do`` () =
    let e = DeviceException("GPU 0", "no driver was found.", "Use Device.CPU.")
    Assert.That(e.Device, Is.EqualTo "GPU 0")
    Assert.That(e.Message, Is.EqualTo "GPU 0 cannot be used: no driver was found. Use Device.CPU.")

// ---- the messages ---------------------------------------------------------------------------------------------------

/// Every function of the list of messages, with arguments as they come, and what its message must say.
let private messages: (string * (unit -> unit) * Type * string) list =
    [ "settings",
      (fun () -> Errors.settings [ "a is 1."; "b is 2." ]),
      typeof<SettingsException>,
      $"a is 1.{Environment.NewLine}b is 2."

      "require",
      (fun () -> Errors.require "epochs" false 0 "1 or more"),
      typeof<SettingsException>,
      "epochs is 0; expected 1 or more."

      "atLeast1", (fun () -> Errors.atLeast1 "steps" 0), typeof<SettingsException>, "steps is 0; expected 1 or more."

      "positive",
      (fun () -> Errors.positive "rate" 0.0),
      typeof<SettingsException>,
      "rate is 0; expected a finite number above 0."

      "notNegative",
      (fun () -> Errors.notNegative "decay" nan),
      typeof<SettingsException>,
      "decay is NaN; expected a finite number, 0 or more."

      "fraction",
      (fun () -> Errors.fraction "beta" 1.0),
      typeof<SettingsException>,
      "beta is 1; expected a number from 0 to below 1."

      "shape",
      (fun () -> Errors.shape "op" "[2]" "[3]" "Do this."),
      typeof<ShapeException>,
      "op: got shape [2], expected [3]. Do this."

      "broadcast",
      (fun () -> Errors.broadcast "+" [| 3; 1 |] [| 1; 4 |] |> ignore),
      typeof<ShapeException>,
      "+: got shape [3; 1] and [1; 4], expected equal shapes, or one that expands to the other. Sizes are compared from the right; a size of 1 expands. Use view, unsqueeze or expand to say which rows meet which."

      "sameShape",
      (fun () -> Errors.sameShape "eq" [| 2 |] [| 3 |]),
      typeof<ShapeException>,
      "eq: got shape [2] and [3], expected equal shapes. Use view or expand to make them equal."

      "rank",
      (fun () -> Errors.rank "transpose" [| 2 |] "a matrix" "Use view."),
      typeof<ShapeException>,
      "transpose: got shape [2], expected a matrix. Use view."

      "dimension",
      (fun () -> Errors.dimension "sum" 2 [| 4; 5 |]),
      typeof<ShapeException>,
      "sum: dimension 2 of a tensor of shape [4; 5] does not exist; expected a dimension from 0 to 1."

      "dimension",
      (fun () -> Errors.dimension "sum" 0 [||]),
      typeof<ShapeException>,
      "sum: dimension 0 of a tensor of shape [] does not exist; expected a tensor with a dimension."

      "slice",
      (fun () -> Errors.slice 1 2 5 4 [| 3; 4 |]),
      typeof<ShapeException>,
      "slice: 2..5 of dimension 1 leaves a tensor of shape [3; 4]; expected bounds within 0..3, the first not above the last."

      "index0",
      (fun () -> Errors.index0 1 7 4 [| 3; 4 |]),
      typeof<ShapeException>,
      "index: 7 of dimension 1 is outside a tensor of shape [3; 4]; expected 0..3."

      "unaligned",
      (fun () -> Errors.unaligned "batch" "targets" [| 4; 2 |] [| 3 |]),
      typeof<ShapeException>,
      "batch: got shape inputs [4; 2] with targets [3], expected as many rows of each. Check that neither has a header row or a filter that the other lacks."

      "lossRows",
      (fun () -> Errors.lossRows "mine" [||] 8),
      typeof<ShapeException>,
      "loss 'mine': got shape [], expected [8], one value per row. Sum or average over the outputs of a row, not over the rows: weighting and reducing are the library's work."

      "parameters",
      (fun () -> Errors.parameters "affine" 1 2),
      typeof<ShapeException>,
      "model 'affine': got shape 1 parameters, expected 2 parameters. Make them with Model.init, and keep their order."

      "accumulator",
      (fun () -> Errors.accumulator 3 2),
      typeof<SettingsException>,
      "The accumulator has 2 sums and got 3 values; expected one for each."

      "state",
      (fun () -> Errors.state "adam" 2),
      typeof<SettingsException>,
      "The state is not one of the optimizer 'adam' for 2 parameters. Make it with the optimizer's init, from the same parameters."

      "noParameter",
      (fun () -> Errors.noParameter "affine" "w" [ "weight"; "bias" ]),
      typeof<SettingsException>,
      "Model 'affine' has no parameter 'w'; it has weight, bias."

      "gradients",
      (fun () -> Errors.gradients 1 2),
      typeof<ShapeException>,
      "optimizer: got shape 1 gradients, expected 2 gradients, one per parameter. Take them of the same parameters, in the same order."

      "classes",
      (fun () -> Errors.classes "crossEntropy" [| 4; 1 |] 2),
      typeof<ShapeException>,
      "crossEntropy: got shape [4; 1], expected [n; k], a row each and 2 or more classes. With one class a softmax is always 1 and there is nothing to learn; for a yes/no target use binary cross-entropy."

      "classes",
      (fun () -> Errors.classes "softmax" [| 4 |] 1),
      typeof<ShapeException>,
      "softmax: got shape [4], expected [n; k], a row each and 1 or more classes. Use view to give the scores a row each and a column per class."

      "labels",
      (fun () -> Errors.labels "accuracy" [| 4; 3 |] 4),
      typeof<ShapeException>,
      "accuracy: got shape labels [4; 3], expected [4], one label per row. Labels are class numbers, not one-hot rows."

      "leastSquares",
      (fun () -> Errors.leastSquares [| 4; 3 |] [| 5 |]),
      typeof<ShapeException>,
      "least squares: got shape [4; 3] and [5], expected [n; d] and [n] or [n; q]. Inputs and targets have a row each."

      "dtype",
      (fun () -> Errors.dtype "log" "Int32" "Float32 or Float64" "Use cast."),
      typeof<DtypeException>,
      "log: got Int32, expected Float32 or Float64. Use cast."

      "mixedDtypes",
      (fun () -> Errors.mixedDtypes "+" Dtype.Float32 Dtype.Int32),
      typeof<DtypeException>,
      "+: got Float32 and Int32, expected one type of number. Nothing is converted silently: use cast."

      "wholeNumber",
      (fun () -> Errors.wholeNumber "*" 0.5),
      typeof<DtypeException>,
      "*: got an Int32 tensor and the number 0.5, expected a whole number that fits 32 bits. Cast the tensor to Float32 or Float64 first."

      "staleTag",
      (fun () -> Errors.staleTag 7u),
      typeof<DerivativeException>,
      "The nesting tag 7 is not newer than that of the tensor. Call dsharp.nest() first and pass nestingTag = dsharp.nestLevel(), so that the inner differentiation has a tag of its own."

      "unusedParameter",
      (fun () -> Errors.unusedParameter "idle"),
      typeof<DerivativeException>,
      "The loss does not use the parameter 'idle', so it has no gradient. Use it, or leave it out of the model."

      "constantLoss",
      (fun () -> Errors.constantLoss "of nothing"),
      typeof<DerivativeException>,
      "The loss 'of nothing' depends neither on the predictions nor on the parameters, so it has no gradient. Compute it from the predictions, the first argument of the loss."

      "noDerivative",
      (fun () -> Errors.noDerivative () |> ignore),
      typeof<DerivativeException>,
      "This tensor has no derivative. It has one after t.forwardDiff(…), or after t.reverseDiff() and reverse() on a scalar that was computed from it; a parameter that the loss does not use never gets one."

      "notDifferentiable",
      (fun () -> Errors.notDifferentiable "reverse"),
      typeof<DerivativeException>,
      "reverse: this tensor is a constant, nothing was recorded. Call reverseDiff() on the inputs before computing with them."

      "mixedModes",
      (fun () -> Errors.mixedModes () |> ignore),
      typeof<DerivativeException>,
      "A forward and a reverse derivative of the same nesting level meet. Call dsharp.nest() between the two, and give each its own nestingTag."

      "scalarFunction",
      (fun () -> Errors.scalarFunction "grad" [| 2 |]),
      typeof<ShapeException>,
      "grad: got shape [2], expected a function with a scalar value, shape []. End the function with sum() or mean()."

      "integerDerivative",
      (fun () -> Errors.integerDerivative "reverseDiff" Dtype.Int32),
      typeof<DtypeException>,
      "reverseDiff: got an Int32 tensor, expected Float32 or Float64. Whole numbers have no derivative: use cast."

      "data", (fun () -> Errors.data "The message." "row 1"), typeof<DataException>, "The message."

      "empty",
      (fun () -> Errors.empty "mean"),
      typeof<DataException>,
      "mean: got no rows, expected at least one. Check the filter or the file the data came from."

      "label",
      (fun () -> Errors.label 7 10 3),
      typeof<DataException>,
      "Label 10 in row 7 is outside 0..2: with 3 classes, labels are the numbers 0 to 2. Renumber the labels, or give the model as many outputs as there are classes."

      "index",
      (fun () -> Errors.index "gather" 4 9 3),
      typeof<DataException>,
      "gather: index 9 at position 4 is outside 0..2. Indices count from 0."

      "repeatedIndex",
      (fun () -> Errors.repeatedIndex "gather" "index 2 at position 5 occurs before in its slice."),
      typeof<DataException>,
      "gather: index 2 at position 5 occurs before in its slice. Gather and scatter take each place of a slice once; to repeat rows, take them one by one."

      "singular",
      (fun () -> Errors.singular 1 3),
      typeof<DataException>,
      "solve: the 3×3 matrix is singular to working precision: column 1 is a combination of the columns before it. Remove the column, or add a penalty."

      "parameterShape",
      (fun () -> Errors.parameterShape "weight" [| 2 |] [ 2; 1 ]),
      typeof<ShapeException>,
      "parameter 'weight': got shape [2], expected [2; 1]. Return a tensor of the parameter's shape."

      "tooFewRows",
      (fun () -> Errors.tooFewRows 2 3),
      typeof<DataException>,
      "least squares: 2 rows cannot determine 3 coefficients, the bias among them; expected at least 3 rows. Add rows, or take columns out."

      "dependentColumns",
      (fun () -> Errors.dependentColumns "column 1" 3),
      typeof<DataException>,
      "least squares: column 1 is a combination of the columns before it. Remove the column, or add a penalty."

      "dependentColumns",
      (fun () -> Errors.dependentColumns "column 3" 3),
      typeof<DataException>,
      "least squares: the column of ones for the bias is a combination of the columns of X: one is constant, or several have a constant sum. Remove the column that is, or one of those."

      "noNumbers",
      (fun () -> Errors.noNumbers ()),
      typeof<DataException>,
      "The targets of this data set are classes, expected numbers. Make it from numbers."

      "underdetermined",
      (fun () -> Errors.underdetermined 2 3),
      typeof<DataException>,
      "least squares: 2 rows cannot determine 3 coefficients; expected at least 3 rows. Add rows, take columns out, add an L2 penalty, or ask for the minimum norm."

      "outOfRange",
      (fun () -> Errors.outOfRange "mass"),
      typeof<DataException>,
      "least squares: the squares of column 'mass' are no longer numbers of double precision; expected values between 1e-140 and 1e150. Scale the column."

      "dependentColumn",
      (fun () -> Errors.dependentColumn "'x3'" [ "'x1'"; "the intercept" ] [] 1e-14),
      typeof<DataException>,
      "least squares: column 'x3' is a combination of 'x1', the intercept: less than 1.0E-014 of its length is left beside them. Remove it, add an L2 penalty, or ask for the minimum norm."

      "dependentColumn",
      (fun () -> Errors.dependentColumn "'a'" [ for i in 1..8 -> $"'x{i}'" ] [ "'b'"; "'c'" ] 1e-14),
      typeof<DataException>,
      "least squares: column 'a' is a combination of 'x1', 'x2', 'x3', 'x4', 'x5', 'x6' and 2 more: less than 1.0E-014 of its length is left beside them. So are 'b', 'c'. Remove it, add an L2 penalty, or ask for the minimum norm."

      "constantColumn",
      (fun () -> Errors.constantColumn "'x3'"),
      typeof<DataException>,
      "least squares: column 'x3' is the same in every row, as the intercept is. Remove it, add an L2 penalty, or ask for the minimum norm."

      "zeroColumn",
      (fun () -> Errors.zeroColumn "'x3'"),
      typeof<DataException>,
      "least squares: column 'x3' is 0 in every row. Remove it, add an L2 penalty, or ask for the minimum norm."

      "notRefined",
      (fun () -> Errors.notRefined 5 0.1),
      typeof<DataException>,
      "least squares: after 5 passes corrections are still 1.0E-001 of the coefficients: the columns are too close to combinations of one another. Remove a column, or add an L2 penalty."

      "inferenceOfRank",
      (fun () -> Errors.inferenceOfRank 2 3),
      typeof<DataException>,
      "inference: the data determine 2 of 3 coefficients, so that single ones have no standard error. Remove the columns that are combinations of others."

      "noFreedom",
      (fun () -> Errors.noFreedom 3.0 3),
      typeof<DataException>,
      "inference: 3 rows with 3 coefficients leave nothing to estimate the noise from; expected more rows than coefficients. Add rows."

      "inferenceOfPenalty",
      (fun () -> Errors.inferenceOfPenalty ()),
      typeof<SettingsException>,
      "inference: the fit has an L2 penalty, which biases the coefficients; expected none. Standard errors exist for unpenalised least squares."

      "notWhole",
      (fun () -> Errors.notWhole "cast"),
      typeof<DataException>,
      "cast: a value is NaN, infinite or too large for a 32-bit whole number. Check the values, or compute in Float64."

      "wholeDivision",
      (fun () -> Errors.wholeDivision "Divide"),
      typeof<DataException>,
      "Divide: a whole number is divided by zero. Check the divisor."

      "noTensors",
      (fun () -> Errors.noTensors "cat"),
      typeof<DataException>,
      "cat: got no tensors, expected at least one. Check the sequence."

      "inputs",
      (fun () -> Errors.inputs "linear 3 → 1" [| 10; 2 |] 3),
      typeof<ShapeException>,
      "model 'linear 3 → 1': got shape [10; 2], expected [n; 3], a row each and 3 columns. Give the model as many inputs as the data have columns; flatten makes rows of images."

      "noColumns",
      (fun () -> Errors.noColumns "features"),
      typeof<ShapeException>,
      "dataset: got shape features without columns, expected one column or more. Check which columns are taken."

      "ragged",
      (fun () -> Errors.ragged "features" 3 2 5),
      typeof<ShapeException>,
      "dataset: got shape features with 2 values in row 3, expected 5, as row 0 has. Check that no row has a value too many or too few."

      "noRow",
      (fun () -> Errors.noRow "features" 4),
      typeof<ShapeException>,
      "dataset: got shape features with no row 4, expected an array of numbers for each row. Leave the row out, or fill it."

      "pixels",
      (fun () -> Errors.pixels 10 3),
      typeof<ShapeException>,
      "dataset: got shape 10 values, expected a multiple of 3 columns. Check how many values a row has."

      "classNumber",
      (fun () -> Errors.classNumber 2 -1 65535),
      typeof<DataException>,
      "Label -1 in row 2: expected a class number from 0 to 65535. Number the classes from 0."

      "tooManyClasses",
      (fun () -> Errors.tooManyClasses 70000 65536 |> ignore),
      typeof<DataException>,
      "Labels: got 70000 different ones, expected 65536 or fewer. Numbers to predict are float targets, not labels."

      "noLabel",
      (fun () -> Errors.noLabel 3 |> ignore),
      typeof<DataException>,
      "The label in row 3 is missing: expected the name of a class. Leave the row out, or name its class."

      "labelType",
      (fun () -> Errors.labelType "Double"),
      typeof<SettingsException>,
      "The labels are of the type Double; expected Int32, String, Boolean or an enumeration. Convert them, or use LinearRegression for numbers."

      "unknownLabel",
      (fun () -> Errors.unknownLabel 3 "bird" [| "cat"; "dog" |] |> ignore),
      typeof<DataException>,
      "Label 'bird' in row 3: expected one of cat, dog. Correct it, or leave the row out."

      "unknownLabel",
      (fun () -> Errors.unknownLabel 0 "x" (Array.init 11 string) |> ignore),
      typeof<DataException>,
      "Label 'x' in row 0: expected one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …. Correct it, or leave the row out."

      "noValue",
      (fun () -> Errors.noValue 4 "feature" "Age" |> ignore),
      typeof<DataException>,
      "rows: got no value in row 4, feature 'Age'; expected one. Leave the row out, or put a value in its place."

      "noFeature",
      (fun () -> Errors.noFeature "wide" [| "area"; "age" |] |> ignore),
      typeof<SettingsException>,
      "There is no feature 'wide'; the data set has area, age."

      "spread",
      (fun () -> Errors.spread "area" |> ignore),
      typeof<DataException>,
      "The values of 'area' are too far apart for their spread to be a number. Scale the column down, or leave it out."

      "notCode",
      (fun () -> Errors.notCode 2 "zone" 1.5 |> ignore),
      typeof<DataException>,
      "one-hot: got 1.5 in row 2, feature 'zone'; expected a code, a whole number of 24 bits or fewer. Leave the column as it is, or round it."

      "unknownCode",
      (fun () -> Errors.unknownCode 2 "zone" 7.0 [ 1; 2 ] |> ignore),
      typeof<DataException>,
      "one-hot: got 7 in row 2, feature 'zone'; expected one of the codes it was fitted on, 1, 2. Fit it on rows with all codes, or leave the row out."

      "noClasses",
      (fun () -> Errors.noClasses ()),
      typeof<DataException>,
      "The targets of this data set are numbers, so there are no classes. Make it from whole-number labels."

      "sparseRows",
      (fun () -> Errors.sparseRows 3 "column 9" "0 to 4" |> ignore),
      typeof<DataException>,
      "sparse rows: got column 9 in row 3; expected 0 to 4."

      "sparse",
      (fun () -> Errors.sparse "polynomial" "Make them dense by ToDense." |> ignore),
      typeof<SettingsException>,
      "The rows are sparse, which polynomial does not take. Make them dense by ToDense."

      "manyDense",
      (fun () -> Errors.manyDense 3 2000000000 33554432 |> ignore),
      typeof<SettingsException>,
      "3 × 2000000000 sparse rows made dense would be 6000000000 numbers; expected 33554432 at most. Take a smaller minibatch, or a model, loss and optimizer that a kernel trains on sparse rows: an affine model by Fit, Lbfgs, CoordinateDescent or Fista."

      "notFinite",
      (fun () -> Errors.notFinite "validation data" "feature" 7L "age" nan),
      typeof<DataException>,
      "validation data: got NaN in row 7, feature 'age'; expected a finite number. Leave the row out, or put a number in its place."

      "weight",
      (fun () -> Errors.weight 2 -1.0),
      typeof<DataException>,
      "Row weight -1 in row 2: expected a finite number, 0 or more. A weight of 0 removes a row."

      "noWeight",
      (fun () -> Errors.noWeight ()),
      typeof<DataException>,
      "Row weights: got weights that are all 0, expected at least one above 0. A weight of 0 removes a row, and these leave none."

      "target",
      (fun () -> Errors.target "loss 'perceptron'" 4 0.5 "-1 or 1"),
      typeof<DataException>,
      "loss 'perceptron': got 0.5 in row 4, expected -1 or 1. Recode the values, or choose another loss."

      "row",
      (fun () -> Errors.row "batch" 3 3),
      typeof<DataException>,
      "batch: got row 3, expected one from 0 to 2. Rows count from 0."

      "constantTarget",
      (fun () -> Errors.constantTarget 0),
      typeof<DataException>,
      "R²: the target in column 0 is the same in every row, so there is no variation to explain. Use the mean squared error."

      "probabilitySum",
      (fun () -> Errors.probabilitySum "entropy" 1 1.5),
      typeof<DataException>,
      "entropy: the probabilities in row 1 have the sum 1.5, expected 1. Divide each row by its sum."

      "probability",
      (fun () -> Errors.probability "entropy" 3 -0.5),
      typeof<DataException>,
      "entropy: got -0.5 at position 3, expected probabilities: finite, not below 0, with the sum 1."

      "text", (fun () -> Errors.text "data.csv, line 3" "a." "b."), typeof<DataException>, "data.csv, line 3: a. b."

      "noText",
      (fun () -> Errors.noText "data.csv"),
      typeof<DataException>,
      "data.csv: there is nothing in it; expected a row of numbers or more. Check that it was written."

      "onlyHeader",
      (fun () -> Errors.onlyHeader "data.csv"),
      typeof<DataException>,
      "data.csv: it has a header and no rows; expected a row or more. If the first line is a row, say that there is no header."

      "notUtf8Text",
      (fun () -> Errors.notUtf8Text "data.csv"),
      typeof<DataException>,
      "data.csv: it is UTF-16 text; expected UTF-8. Save it as UTF-8, or convert it with iconv -f UTF-16 -t UTF-8."

      "unreadableText",
      (fun () -> Errors.unreadableText "data.csv" "It is a folder."),
      typeof<DataException>,
      "data.csv: it cannot be read. It is a folder. Check the path and the rights."

      "shrunkText",
      (fun () -> Errors.shrunkText "data.csv" "It had 10 bytes and now ends after 4."),
      typeof<DataException>,
      "data.csv: it became shorter while it was read. It had 10 bytes and now ends after 4. Read it when nobody writes it."

      "changedText",
      (fun () -> Errors.changedText "data.csv, line 3"),
      typeof<DataException>,
      "data.csv, line 3: there were other rows here a moment ago: the file was written while it was read. Read it when nobody writes it."

      "longText",
      (fun () -> Errors.longText "the stream" 100L),
      typeof<DataException>,
      "the stream: it has more than 100 bytes, the most that are read from a stream. Write it to a file, and give the path."

      "fewerFields",
      (fun () -> Errors.fewerFields "data.csv, line 3" 2 4),
      typeof<DataException>,
      "data.csv, line 3: the row has 2 fields; expected 4, as the first row has. Add what is missing, or check the quotes and the delimiter."

      "moreFields",
      (fun () -> Errors.moreFields "data.csv, line 3" 4),
      typeof<DataException>,
      "data.csv, line 3: the row has more than 4 fields; expected 4, as the first row has. Put quotes around a field that has the delimiter in it."

      "quoteInField",
      (fun () -> Errors.quoteInField "data.csv, line 3, column 'a'"),
      typeof<DataException>,
      "data.csv, line 3, column 'a': a quote stands within a field that does not begin with one. Put quotes around the whole field, and double those within."

      "textBehindQuote",
      (fun () -> Errors.textBehindQuote "data.csv, line 3, column 'a'" "b"),
      typeof<DataException>,
      "data.csv, line 3, column 'a': text follows the quoted field 'b'; expected a delimiter or the end of the line. Double the quotes within a quoted field."

      "openQuote",
      (fun () -> Errors.openQuote "data.csv, line 3, column 'a'"),
      typeof<DataException>,
      "data.csv, line 3, column 'a': the quote that opens this field is never closed. Close it, or remove it."

      "carriageReturn",
      (fun () -> Errors.carriageReturn "data.csv, line 3, column 'a'"),
      typeof<DataException>,
      "data.csv, line 3, column 'a': a carriage return stands within the field; the lines of this text end otherwise. Remove it, or put the field in quotes."

      "longField",
      (fun () -> Errors.longField "data.csv, line 3, column 'a'" 100),
      typeof<DataException>,
      "data.csv, line 3, column 'a': the field has more than 100 bytes. Leave the column out, or look for a quote that is not closed."

      "longRow",
      (fun () -> Errors.longRow "data.csv, line 3" 100),
      typeof<DataException>,
      "data.csv, line 3: the row has more than 100 bytes. Look for a quote that is not closed."

      "zeroByte",
      (fun () -> Errors.zeroByte "data.csv, line 3"),
      typeof<DataException>,
      "data.csv, line 3: got a byte 0, which no text has. Check that it is a text file, in UTF-8, and not damaged."

      "notUtf8",
      (fun () -> Errors.notUtf8 "data.csv, line 3, column 'a'" "b"),
      typeof<DataException>,
      "data.csv, line 3, column 'a': 'b' is not UTF-8. Save the file as UTF-8."

      "notANumber",
      (fun () -> Errors.notANumber "data.csv, line 3, column 'a'" "1.2.3"),
      typeof<DataException>,
      "data.csv, line 3, column 'a': got '1.2.3'; expected a number, with a point where it has decimals. Correct it, or name it as a marker of missing values; words become columns by OneHot, and Without leaves a column out."

      "targetNotANumber",
      (fun () -> Errors.targetNotANumber "data.csv, line 3, column 'a'" "cat"),
      typeof<DataException>,
      "data.csv, line 3, column 'a': got 'cat'; expected a number, as in the rows before. Correct it; if the words are classes, set TargetKind to Classes."

      "beyondRange",
      (fun () -> Errors.beyondRange "data.csv, line 3, column 'a'" "1e400"),
      typeof<DataException>,
      "data.csv, line 3, column 'a': got '1e400', which is beyond the largest number of its type. Use 64-bit numbers, or leave the row out."

      "missingValue",
      (fun () -> Errors.missingValue "data.csv, line 3, column 'a'" "NA"),
      typeof<DataException>,
      "data.csv, line 3, column 'a': got 'NA', a missing value; expected a value. Set Missing to DropRow, which leaves such rows out, or to Mean."

      "noMean",
      (fun () -> Errors.noMean "data.csv, column 'a'" "a word"),
      typeof<DataException>,
      "data.csv, column 'a': a word is missing; only numbers among the features have a mean. Set Missing to DropRow."

      "nothingButMissing",
      (fun () -> Errors.nothingButMissing "data.csv, column 'a'"),
      typeof<DataException>,
      "data.csv, column 'a': every value is missing, so there is no mean. Leave the column out."

      "noRowsLeft",
      (fun () -> Errors.noRowsLeft "data.csv"),
      typeof<DataException>,
      "data.csv: every row has a missing value, so none is left. Leave columns out, or set Missing to Mean."

      "unknownWord",
      (fun () -> Errors.unknownWord "data.csv, line 3, column 'a'" "Rome" "Oslo, Paris"),
      typeof<DataException>,
      "data.csv, line 3, column 'a': got 'Rome'; expected one of Oslo, Paris, as in the data that made the schema. Correct it, or leave the row out."

      "manyWords",
      (fun () -> Errors.manyWords "data.csv, column 'a'" 100),
      typeof<DataException>,
      "data.csv, column 'a': the column has more than 100 different words. Leave it out: what differs in nearly every row is no category."

      "noColumnNamed",
      (fun () -> Errors.noColumnNamed "data.csv" "prise" "'price', 'area'"),
      typeof<DataException>,
      "data.csv: there is no column 'prise'; there are 'price', 'area'. Check the name, or whether there is a header."

      "noColumnAt",
      (fun () -> Errors.noColumnAt "data.csv" 7 3),
      typeof<DataException>,
      "data.csv: there is no column 7; expected one from 0 to 2, or from -1 for the last to -3. Columns count from 0."

      "noFeatures",
      (fun () -> Errors.noFeatures "data.csv" 1),
      typeof<DataException>,
      "data.csv: nothing is left beside the target; expected a column of features. Columns in the file: 1. Check the delimiter, and which columns are taken."

      "repeatedName",
      (fun () -> Errors.repeatedName "data.csv" "a" 1 3),
      typeof<DataException>,
      "data.csv: columns 1 and 3, counted from 1, are both named 'a'. Rename one, or say that there is no header."

      "manyColumns",
      (fun () -> Errors.manyColumns "data.csv, line 1" 100),
      typeof<DataException>,
      "data.csv, line 1: the first row has more than 100 fields. Check the delimiter."

      "manyValues",
      (fun () -> Errors.manyValues "data.csv" 3000000000L 5),
      typeof<DataException>,
      "data.csv: 3000000000 rows of 5 features are more than an array can have. Take fewer columns, or read it in pieces."

      "notASparseNumber",
      (fun () -> Errors.notASparseNumber "data.svm, line 3" "cat"),
      typeof<DataException>,
      "data.svm, line 3: got 'cat'; expected a number, or index:number behind the first one. Correct it."

      "notAPair",
      (fun () -> Errors.notAPair "data.svm, line 3" "x:1"),
      typeof<DataException>,
      "data.svm, line 3: got 'x:1'; expected index:number, as in 3:0.5. Correct it."

      "smallIndex",
      (fun () -> Errors.smallIndex "data.svm, line 3" "0:1" 1),
      typeof<DataException>,
      "data.svm, line 3: got '0:1', whose index is below 1; expected 1 or more. If indices count from 0, set FirstIndex to 0."

      "largeIndex",
      (fun () -> Errors.largeIndex "data.svm, line 3" "9:1" 8L),
      typeof<DataException>,
      "data.svm, line 3: got '9:1', whose index is above 8. Correct it, or the number of columns."

      "notAscending",
      (fun () -> Errors.notAscending "data.svm, line 3" "2:1" false),
      typeof<DataException>,
      "data.svm, line 3: got '2:1', whose index is not above that of the one before it. Set SortIndices, or sort them; an index may be there once."

      "notAscending",
      (fun () -> Errors.notAscending "data.svm, line 3" "2" true),
      typeof<DataException>,
      "data.svm, line 3: the index 2 is there twice. Remove one of them."

      "query",
      (fun () -> Errors.query "data.svm, line 3" "qid:1"),
      typeof<DataException>,
      "data.svm, line 3: got 'qid:1', the number of a query; ranking within queries is not what is trained here. Set IgnoreQueries to pass over one whole number in each row, or remove it."

      "manySparseValues",
      (fun () -> Errors.manySparseValues "data.svm" 3000000000L),
      typeof<DataException>,
      "data.svm: it has 3000000000 values, more than an array can have. Read it in pieces."

      "diverged",
      (fun () -> Errors.diverged 2 17 2.5 10.0 0.03),
      typeof<DivergedException>,
      "Training diverged in epoch 2 at step 17; the last finite loss was 2.5. The learning rate was up to 10: try 0.03. Features of one scale allow larger ones: standardise them (Preprocess.standardise; in C# Scaling.Standardize)."

      "neverFinite",
      (fun () -> Errors.neverFinite 1 1 false),
      typeof<DivergedException>,
      "Training diverged in epoch 1 at step 1; no loss was finite. The loss is not finite before any update: scale the features down, or begin with smaller parameters."

      "evaluationNotFinite",
      (fun () -> Errors.evaluationNotFinite "validation data" 2 17 2.5),
      typeof<DivergedException>,
      "Training diverged in epoch 2 at step 17; the last finite loss was 2.5. After the epoch the loss on the validation data is not finite: look for values far beyond those trained on, or lower the learning rate."

      "scheduledChanges",
      (fun () -> Errors.scheduledChanges "scheduled sgd" 12),
      typeof<SettingsException>,
      "The optimizer 'scheduled sgd' is of another kind at step 12; expected one kind throughout, or the rule ClosedForm."

      "within",
      (fun () -> Errors.within "validation data" (DataException("entropy: got 2 in row 1.", "row 1"))),
      typeof<DataException>,
      "validation data: entropy: got 2 in row 1."

      "streamCheckpoint",
      (fun () -> Errors.streamCheckpoint ()),
      typeof<SettingsException>,
      "A checkpoint of a fit on a stream cannot be kept: the rows after it cannot be known to be the same. Leave checkpoint out, keep the parameters after each epoch yourself, and begin with them as the initial ones."

      "otherFit",
      (fun () -> Errors.otherFit [ "loss", "squared", "huber"; "seed", "1", "2" ]),
      typeof<SettingsException>,
      $"The loss of the checkpoint: squared; expected huber, as these settings and data have. Change them back, or begin anew.{Environment.NewLine}The seed of the checkpoint: 1; expected 2, as these settings and data have. Change them back, or begin anew."

      "notWritten",
      (fun () -> Errors.notWritten "a.safetensors" "No space left on device."),
      typeof<ModelFileException>,
      "The model file 'a.safetensors' cannot be used: it was not written. No space left on device. A file that was there is as it was. Check the folder, the rights and the space."

      "notExported",
      (fun () -> Errors.notExported "a.onnx" "The model 'square' is a function of one's own."),
      typeof<ModelFileException>,
      "The model file 'a.onnx' cannot be used: it was not written. The model 'square' is a function of one's own. Compose it of Preprocess.layer, Model.scale, flatten, linear, sigmoid and softmax."

      "notRead",
      (fun () -> Errors.notRead "a.safetensors" "Could not find it."),
      typeof<ModelFileException>,
      "The model file 'a.safetensors' cannot be used: it was not read. Could not find it. Check the path and the rights."

      "fileTooLong",
      (fun () -> Errors.fileTooLong "a.safetensors" 5L 4L),
      typeof<ModelFileException>,
      "The model file 'a.safetensors' cannot be used: it has 5 bytes; expected 4 or fewer. Check that it is the file that was meant."

      "damagedFile",
      (fun () -> Errors.damagedFile "a.safetensors" "its header has 'x' twice."),
      typeof<ModelFileException>,
      "The model file 'a.safetensors' cannot be used: its header has 'x' twice. Take another copy of it, or write it again."

      "newerFile",
      (fun () -> Errors.newerFile "a.safetensors" 2 1),
      typeof<ModelFileException>,
      "The model file 'a.safetensors' cannot be used: it is of format version 2; expected 1, which is what this version of LinearNets reads. Load it with a newer version of LinearNets, or save it with this one."

      "editedFile",
      (fun () -> Errors.editedFile "a.safetensors"),
      typeof<ModelFileException>,
      "The model file 'a.safetensors' cannot be used: what it says is not what was written: its hash is another, or is missing. Take another copy of it; if it was edited on purpose, load it with verify: false, or in F# by Saved.loadEdited."

      "otherKind",
      (fun () -> Errors.otherKind "a.safetensors" "softmax" "SoftmaxModel.Load"),
      typeof<ModelFileException>,
      "The model file 'a.safetensors' cannot be used: it has a model of the kind 'softmax'. Load it by SoftmaxModel.Load."

      "notAffine",
      (fun () -> Errors.notAffine "a.safetensors" "linear, sigmoid"),
      typeof<ModelFileException>,
      "The model file 'a.safetensors' cannot be used: its layers are linear, sigmoid; expected a linear one after shifts and scales. Load it in F#, by Saved.load."

      "ownModel",
      (fun () -> Errors.ownModel "a.safetensors" "a·x² + b"),
      typeof<ModelFileException>,
      "The model file 'a.safetensors' cannot be used: it has a model of one's own, 'a·x² + b', of which no file has the function. Load it by Saved.loadInto, with that model."

      "otherModel",
      (fun () -> Errors.otherModel "a.safetensors" "a [1]" "b [1]"),
      typeof<ModelFileException>,
      "The model file 'a.safetensors' cannot be used: it has a [1]; expected b [1], as the model has. Load it into the model that was saved."

      "noRowsOfInference",
      (fun () -> Errors.noRowsOfInference ()),
      typeof<SettingsException>,
      "The model is from a file, which does not have the rows it was fitted on; expected a model that was fitted here, for intervals at a row and for leverage. Fit it again."

      "savedSolver",
      (fun () -> Errors.savedSolver "Lbfgs { Memory = 3 }"),
      typeof<SettingsException>,
      "The solver is 'Lbfgs { Memory = 3 }' as the file of a model has it, by name; expected one with its settings. Make one by new."

      "dataNotRead",
      (fun () -> Errors.dataNotRead "x.npy" "There is no such file."),
      typeof<DataException>,
      "'x.npy' was not read. There is no such file. Check the path and the rights."

      "dataNotWritten",
      (fun () -> Errors.dataNotWritten "x.npy" "No space is left."),
      typeof<DataException>,
      "'x.npy' was not written. No space is left. A file that was there is as it was. Check the folder, the rights and the space."

      "bytes", (fun () -> Errors.bytes "x.npy" 12L "the end."), typeof<DataException>, "'x.npy', byte 12: the end."

      "bytesEnd",
      (fun () -> Errors.bytesEnd "images.gz" 100L 684L),
      typeof<DataException>,
      "'images.gz', byte 100: the data end here; expected 684 bytes more, as the header says. Take another copy of the file."

      "bytesGoOn",
      (fun () -> Errors.bytesGoOn "images.gz" 800L),
      typeof<DataException>,
      "'images.gz', byte 800: the data go on; expected their end, as the header says. Write the file again with a header that fits."

      "bytesPacked",
      (fun () -> Errors.bytesPacked "images.gz" 16L "A block is of no known type."),
      typeof<DataException>,
      "'images.gz', byte 16: what is packed cannot be unpacked. A block is of no known type. Take another copy of the file."

      "bytesChecksum",
      (fun () -> Errors.bytesChecksum "images.gz" 800L 1u 0xCBF43926u),
      typeof<DataException>,
      "'images.gz', byte 800: the checksum of what was unpacked is 00000001; expected CBF43926. Take another copy of the file."

      "bytesShape",
      (fun () -> Errors.bytesShape "images" 4L [ 2147483648L; 28L ]),
      typeof<DataException>,
      "'images', byte 4: got values of the shape [2147483648; 28]; expected 1 to 2147483591 of them. Split the file, or write it again."

      "otherClasses",
      (fun () -> Errors.otherClasses "data" ("ant", "bee")),
      typeof<DataException>,
      "The data have the class 'bee' where the training data have 'ant'; expected the same classes. Give them these by WithClassesOf."

      "scoreRows",
      (fun () -> Errors.scoreRows "scores" 7 3),
      typeof<ShapeException>,
      "scores: got shape 7 values, expected a row of 3 for each row of the data. Check the number of classes or targets."

      "scoresOverflow",
      (fun () -> Errors.scoresOverflow "price"),
      typeof<DataException>,
      "scores: the squares of 'price' are no longer numbers of double precision; expected values below 1e150. Scale the targets down."

      "answer",
      (fun () -> Errors.answer 3 0.5 0.0),
      typeof<DataException>,
      "scores: got the target 0.5 in row 3; expected 0 or 1, as one output for two classes has them. Make two classes of the targets, or take Scores.regression."

      "classProbability",
      (fun () -> Errors.classProbability 3 "bee" 1.5),
      typeof<DataException>,
      "probabilities: got 1.5 in row 3, class 'bee'; expected a number from 0 to 1. Scores that are no probabilities are taken by OfScores."

      "noScore",
      (fun () -> Errors.noScore "F2" [ "accuracy"; "log-loss" ]),
      typeof<SettingsException>,
      "There is no score 'F2'; there are 'accuracy', 'log-loss'."

      "noCandidate",
      (fun () -> Errors.noCandidate ()),
      typeof<SettingsException>,
      "The search has no candidates; expected one or more. Vary a setting, or add one."

      "everyCandidateFailed",
      (fun () -> Errors.everyCandidateFailed [ "rate=1: it diverged."; "rate=2: it diverged." ]),
      typeof<SettingsException>,
      $"Every candidate failed, so that none is the best. Correct the settings they share.{Environment.NewLine}rate=1: it diverged.{Environment.NewLine}rate=2: it diverged."

      "foldRow",
      (fun () -> Errors.foldRow 2 7 7),
      typeof<SettingsException>,
      "Fold 2 has the row 7; expected rows from 0 to 6, none of them both to train and to validate on."

      "noEpochs",
      (fun () -> Errors.noEpochs ()),
      typeof<DataException>,
      "The history has no epochs: a solution that is found at once has none. Plot that of a solver that takes steps."

      "plotEnding",
      (fun () -> Errors.plotEnding ".png"),
      typeof<SettingsException>,
      "The ending of a plot's file is '.png'; expected .svg, .html or .htm. Name the file so."

      "reportEnding",
      (fun () -> Errors.reportEnding ".pdf"),
      typeof<SettingsException>,
      "The ending of a report's file is '.pdf'; expected .html or .htm. Name the file so."

      "plotWithout",
      (fun () -> Errors.plotWithout "axes" "axis of powers"),
      typeof<SettingsException>,
      "A plot without axes has no axis of powers. Leave it out."

      "notImages",
      (fun () -> Errors.notImages ()),
      typeof<SettingsException>,
      "The rows to plot are not images. Say their height and width with WithImageShape."

      "noWeights",
      (fun () -> Errors.noWeights "square"),
      typeof<SettingsException>,
      "The model 'square' has no layer with weights; expected one to draw. Take a model of linear layers."

      "notIdx",
      (fun () -> Errors.notIdx "images" 0x89504E47u),
      typeof<DataException>,
      "'images', byte 0: got 89504E47; expected 0000 for IDX, the type of the values (08, 09, 0B, 0C, 0D or 0E) and the number of their dimensions (01 or more). Check that it is the file that was meant."

      "notNpy",
      (fun () -> Errors.notNpy "x.npy"),
      typeof<DataException>,
      "'x.npy', byte 0: expected the bytes 93 'NUMPY', with which a NumPy array begins. Check that it is the file that was meant."

      "npyVersion",
      (fun () -> Errors.npyVersion "x.npy" 4uy 1uy),
      typeof<DataException>,
      "'x.npy', byte 6: got version 4.1 of the format; expected 1.0, 2.0 or 3.0. Write the file again with numpy.save."

      "npyHeaderLength",
      (fun () -> Errors.npyHeaderLength "x.npy" 8L 70000u 65535),
      typeof<DataException>,
      "'x.npy', byte 8: got a header of 70000 bytes; expected 65535 or fewer. Write the file again with numpy.save."

      "npyHeader",
      (fun () -> Errors.npyHeader "x.npy" 60L "'['" "'('"),
      typeof<DataException>,
      "'x.npy', byte 60: the header has '['; expected '('. Write the file again with numpy.save."

      "npyPickle",
      (fun () -> Errors.npyPickle "x.npy" 20L "|O"),
      typeof<DataException>,
      "'x.npy', byte 20: got the type '|O', Python objects: they are pickled, and to read them is to run code that is in the file. Write numbers instead, as in numpy.save(path, array.astype('f8'))."

      "npyType",
      (fun () -> Errors.npyType "x.npy" 20L "<c8"),
      typeof<DataException>,
      "'x.npy', byte 20: got the type '<c8'; expected b1, u1, i1, i2, i4, i8, f4 or f8. Convert it before, as in numpy.save(path, array.astype('f8'))."

      "npyBool",
      (fun () -> Errors.npyBool "x.npy" 130L 7uy),
      typeof<DataException>,
      "'x.npy', byte 130: got 7 for a Boolean; expected 0 or 1. Take another copy of the file, or save the array as u1."

      "npzEntry",
      (fun () -> Errors.npzEntry "d.npz" "x" [ "a"; "b" ]),
      typeof<DataException>,
      "'d.npz' has no array 'x'; it has: a, b. Name one of those."

      "noRowsStored",
      (fun () -> Errors.noRowsStored "x.npy"),
      typeof<DataException>,
      "'x.npy' has one value without dimensions; expected a row for each example. Write an array of one dimension or more."

      "rowsStored",
      (fun () -> Errors.rowsStored "images" 10L "labels" 9L),
      typeof<DataException>,
      "'images' has 10 rows and 'labels' has 9; expected as many in both. Check that both are of the same set."

      "inexactStored",
      (fun () -> Errors.inexactStored "x.npy" 3L 9007199254740993L),
      typeof<DataException>,
      "'x.npy', row 3: got 9007199254740993, which may have no 64-bit floating-point number; expected 2⁵³ at most. Subtract a constant, or divide, before it is written."

      "labelStored",
      (fun () -> Errors.labelStored "labels" 3L 70000L 65535),
      typeof<DataException>,
      "'labels', row 3: got the label 70000; expected a class number from 0 to 65535. Number the classes from 0, or write targets that are no classes as floating-point numbers."

      "packedRows",
      (fun () -> Errors.packedRows "x.gz"),
      typeof<DataException>,
      "'x.gz' is packed by gzip: its rows have no places of their own to be read from. Unpack it first, or read it into memory by Dataset."

      "fortranRows",
      (fun () -> Errors.fortranRows "x.npy"),
      typeof<DataException>,
      "'x.npy' is in Fortran's order: a row of it is scattered over the whole file. Write it again row after row, as in numpy.save(path, numpy.ascontiguousarray(array))."

      "changedRows",
      (fun () -> Errors.changedRows "x.npy" 208L 128L),
      typeof<DataException>,
      "'x.npy' had 208 bytes when its header was read, and now has 128. Read it when nobody writes it, or open it again."

      "shrunkRows",
      (fun () -> Errors.shrunkRows "x.npy" 7L "It had 208 bytes and now ends after 128."),
      typeof<DataException>,
      "'x.npy', row 7: the file became shorter while it was read. It had 208 bytes and now ends after 128. Read it when nobody writes it."

      "batchKind",
      (fun () -> Errors.batchKind 3L "the number of columns" 2 4),
      typeof<DataException>,
      "Batch 3 of the stream: the number of columns is 2; expected 4, as in the batches before it. Make all batches alike."

      "noBatch",
      (fun () -> Errors.noBatch 3L),
      typeof<DataException>,
      "Batch 3 of the stream is null; expected a data set. Check the sequence."

      "emptyPass",
      (fun () -> Errors.emptyPass 2),
      typeof<DataException>,
      "The stream has no rows in epoch 2; it had some before. Its source can be gone through once: take one epoch, a window that has all rows, or a sequence that begins anew each time."

      "otherContent",
      (fun () -> Errors.otherContent "images.gz" "MNIST" "00ff" "ff00"),
      typeof<DataException>,
      "'images.gz' is not that of MNIST, or damaged: what is in it has the MD5 00ff, expected ff00. Remove the file, or name another folder."

      "notDownloaded",
      (fun () ->
          Errors.notDownloaded
              "MNIST"
              "http://home/"
              "Connection refused."
              "cache/mnist"
              [ "images.gz (1 byte)"; "labels.gz (2 bytes)" ]),
      typeof<DataException>,
      "MNIST is neither in a folder that was given nor in the cache, and was not downloaded from http://home/. Connection refused. Try again with a network, or put these files into 'cache/mnist', or name the folder that has them:"
      + Environment.NewLine
      + "images.gz (1 byte)"
      + Environment.NewLine
      + "labels.gz (2 bytes)"

      "rowToPredict",
      (fun () -> Errors.rowToPredict 3 2),
      typeof<ShapeException>,
      "prediction: got shape [3], expected [2], a value for each feature. Give the features that the model was trained on, in their order."

      "rowsToPredict",
      (fun () -> Errors.rowsToPredict 3 2),
      typeof<ShapeException>,
      "prediction: got shape [n; 3], expected [n; 2], a column for each feature. Give the features that the model was trained on, in their order."

      "placeForResults",
      (fun () -> Errors.placeForResults 3 2),
      typeof<ShapeException>,
      "prediction: got shape [3], expected a place [2]. Make the span as long as there are results."

      "severalOutputs",
      (fun () -> Errors.severalOutputs 2),
      typeof<SettingsException>,
      "The model has 2 outputs, and a single number was asked for; expected one output. Use PredictOutputs, WeightMatrix and Biases."

      "noInference",
      (fun () -> Errors.noInference "sgd, Fused"),
      typeof<SettingsException>,
      "inference: the model was fitted by sgd, Fused, of which no standard errors are known; expected least squares. Use Solver.LeastSquares with the squared loss and no penalty."

      "noBackend",
      (fun () -> Errors.noBackend Device.GPU),
      typeof<DeviceException>,
      "GPU 0 cannot be used: this build computes on the CPU only. Use Device.CPU, or leave the device out." ]

[<Test>]
let ``every message is of its type and says this`` () =
    for name, action, errorType, message in messages do
        let e = Check.caught<LinearNetsException> action
        Assert.That(e.GetType(), Is.EqualTo errorType, name)
        Assert.That(e.Message, Is.EqualTo message, name)

[<Test>]
let ``every function of the list of messages is among those`` () =
    let errors = typeof<LinearNetsException>.Assembly.GetType("LinearNets.Errors", true)
    let flags = BindingFlags.Static ||| BindingFlags.Public ||| BindingFlags.NonPublic ||| BindingFlags.DeclaredOnly

    let functions =
        [ for m in errors.GetMethods flags do
              if not (m.Name.Contains '@') then m.Name ]

    let tested = messages |> List.map (fun (name, _, _, _) -> name) |> List.distinct
    Assert.That(List.distinct functions, Is.SubsetOf tested)

[<Test>]
let ``a setting that may be so is let through`` () =
    let settings () =
        Errors.require "epochs" true 1 "1 or more"
        Errors.atLeast1 "steps" 1
        Errors.positive "rate" 1e-300
        Errors.notNegative "decay" 0.0
        Errors.fraction "beta" 0.0
    Assert.DoesNotThrow(Action settings)

[<Test>]
let ``the properties of an error are those of its message`` () =
    let e = Check.caught<ShapeException>(fun () -> dsharp.ones [ 3; 1 ] + dsharp.ones [ 1; 4 ] |> ignore)
    Assert.That((e.Got, e.Expected), Is.EqualTo(("[3; 1] and [1; 4]", "equal shapes, or one that expands to the other")))
    let e = Check.caught<ShapeException>(fun () -> (dsharp.ones [ 3 ]).[0..3] |> ignore)
    Assert.That((e.Got, e.Expected), Is.EqualTo(("0..3", "0..2")))
    let e = Check.caught<ShapeException>(fun () -> (dsharp.ones [ 3; 4 ]).[1].[4] |> ignore)
    Assert.That((e.Got, e.Expected), Is.EqualTo(("4", "0..3")))
    let e = Check.caught<ShapeException>(fun () -> Batch.create (dsharp.ones [ 3; 4 ]) (dsharp.ones [ 2 ]) |> ignore)
    Assert.That((e.Got, e.Expected), Is.EqualTo(("inputs [3; 4] with targets [2]", "as many rows of each")))
    let e = Check.caught<ShapeException>(fun () -> (dsharp.ones [ 3 ]).sum 1 |> ignore)
    Assert.That((e.Got, e.Expected), Is.EqualTo(("1", "a dimension from 0 to 0")))
    let e = Check.caught<DtypeException>(fun () -> dsharp.ones [ 1 ] + dsharp.tensor [ 1 ] |> ignore)
    Assert.That((e.Got, e.Expected), Is.EqualTo(("Float32 and Int32", "one type of number")))
    let e = Check.caught<DtypeException>(fun () -> (dsharp.tensor [ 1 ]).reverseDiff() |> ignore)
    Assert.That((e.Got, e.Expected), Is.EqualTo(("Int32", "Float32 or Float64")))
    let e = Check.caught<DataException>(fun () -> (dsharp.zeros [ 3; 3 ]).solve(dsharp.ones [ 3 ]) |> ignore)
    Assert.That(e.Where, Is.EqualTo "column 0")
    let e = Check.caught<DataException>(fun () -> (dsharp.ones [ 1; 2 ]).gather(1, dsharp.tensor [ [ 1; 2 ] ]) |> ignore)
    Assert.That(e.Where, Is.EqualTo "position 1")
    let e =
        Check.caught<DataException>(fun () -> LeastSquares.normalEquations (dsharp.ones [ 2; 2 ]) (dsharp.ones [ 2 ]) |> ignore)
    Assert.That(e.Where, Is.EqualTo "row 2")
    let e =
        Check.caught<DataException>(fun () -> LeastSquares.normalEquations (dsharp.zeros [ 4; 2 ]) (dsharp.ones [ 4 ]) |> ignore)
    Assert.That(e.Where, Is.EqualTo "column 0")
    let e =
        Check.caught<DataException>(fun () ->
            Batch.rows [| 0; 5 |] (Batch.create (dsharp.ones [ 3 ]) (dsharp.ones [ 3 ])) |> ignore)
    Assert.That(e.Where, Is.EqualTo "row 5")
    let e = Check.caught<DataException>(fun () -> (dsharp.zeros [ 0 ]).mean() |> ignore)
    Assert.That(e.Where, Is.EqualTo "row 0")
    let e = Check.caught<DeviceException>(fun () -> dsharp.ones ([ 1 ], device = Device.GPU) |> ignore)
    Assert.That(e.Device, Is.EqualTo "GPU 0")
    let e = Check.caught<SettingsException>(fun () -> Random.below 0 (Random.key 0) 0L |> ignore)
    Assert.That(e.Problems, Is.EqualTo(box [| "The bound of a random number is 0; expected 1 or more." |]))

// ---- wrong uses of tensors ------------------------------------------------------------------------------------------

let private square = dsharp.ones [ 2; 2 ]

/// Wrong uses with the words that their errors must say. What a use does wrong beside others is in TensorLaws, with what
/// it does right.
let private wrongUses: (string * (unit -> unit) * Type * string list) list =
    let wrong name (action: unit -> Tensor) errorType words = name, (fun () -> action () |> ignore), errorType, words
    let shape, dtype = typeof<ShapeException>, typeof<DtypeException>
    let data, settings = typeof<DataException>, typeof<SettingsException>
    let sumOfAll (x: Tensor) = x.sum ()
    let vector: Tensor = dsharp.ones [ 2 ]
    let double = dsharp.ones ([ 2 ], dtype = Dtype.Float64)

    [ wrong
          "matmul of shapes that do not fit"
          (fun () -> square.matmul (dsharp.ones [ 3; 2 ]))
          shape
          [ "matmul"; "[2; 2] times [3; 2]"; "[n; k] times [k; m]"; "transpose" ]
      wrong "matmul of a vector" (fun () -> square.matmul vector) shape [ "matmul"; "[2; 2] times [2]"; "unsqueeze" ]
      wrong
          "dot of two lengths"
          (fun () -> vector.dot (dsharp.ones [ 3 ]))
          shape
          [ "dot"; "[2] and [3]"; "two vectors of one length"; "view" ]
      wrong "dot of matrices" (fun () -> square.dot square) shape [ "dot"; "[2; 2] and [2; 2]" ]
      wrong "dot of two types" (fun () -> vector.dot double) dtype [ "Float32 and Float64"; "use cast" ]
      wrong
          "solve of a matrix that is not square"
          (fun () -> (dsharp.ones [ 3; 2 ]).solve(dsharp.ones [ 3 ]))
          shape
          [ "solve"; "[3; 2] and [3]"; "[n; n]"; "least squares" ]
      wrong
          "solve with a wrong right side"
          (fun () -> square.solve (dsharp.ones [ 3 ]))
          shape
          [ "solve"; "[2; 2] and [3]"; "[n] or [n; m]" ]
      wrong "solve with a cube" (fun () -> square.solve (dsharp.ones [ 2; 2; 2 ])) shape [ "solve"; "[2; 2; 2]" ]
      wrong
          "forwardDiff along another shape"
          (fun () -> vector.forwardDiff (dsharp.ones [ 3 ]))
          shape
          [ "forwardDiff"; "[2] and [3]"; "equal shapes" ]
      wrong "forwardDiff along another type" (fun () -> vector.forwardDiff double) dtype [ "forwardDiff"; "Float32 and Float64" ]
      wrong
          "grad of a vector function"
          (fun () -> dsharp.grad id vector)
          shape
          [ "grad"; "[2]"; "scalar value, shape []"; "sum() or mean()" ]
      wrong "gradv of a vector function" (fun () -> dsharp.gradv id vector vector) shape [ "gradv"; "[2]"; "sum() or mean()" ]
      wrong "gradv along another shape" (fun () -> dsharp.gradv sumOfAll vector (dsharp.ones [ 3 ])) shape [ "[2] and [3]" ]
      wrong "diff of a vector" (fun () -> dsharp.diff id vector) shape [ "diff"; "[2]"; "a scalar, shape []"; "grad or jacobian" ]
      wrong
          "jacobian of a matrix"
          (fun () -> dsharp.jacobian id square)
          shape
          [ "jacobian, input"; "[2; 2]"; "a vector, shape [n]"; "view" ]
      wrong
          "jacobian of a matrix function"
          (fun () -> dsharp.jacobian (fun x -> x.unsqueeze 0) vector)
          shape
          [ "jacobian, value"; "[1; 2]"; "a vector" ]
      wrong
          "jacobianTv with another shape"
          (fun () -> dsharp.jacobianTv id vector (dsharp.ones [ 3 ]))
          shape
          [ "jacobianTv"; "[2] and [3]" ]
      wrong "hessian of a matrix" (fun () -> dsharp.hessian sumOfAll square) shape [ "hessian"; "[2; 2]"; "a vector" ]
      wrong
          "clamp between bounds in the wrong order"
          (fun () -> vector.clamp (2.0, 1.0))
          settings
          [ "interval of clamp is 2 to 1"; "not above" ]
      wrong "clamp with a bound that is no number" (fun () -> vector.clamp (low = nan)) settings [ "interval of clamp"; "NaN" ]
      wrong "abs of a number without an opposite" (fun () -> (dsharp.tensor [ Int32.MinValue ]).abs()) data [ "abs" ]
      wrong "eye of a negative size" (fun () -> dsharp.eye -2) shape [ "[-2; -2]"; "sizes of 0 or more" ] ]

[<Test>]
let ``wrong uses of tensors say what was got, what was expected, where, and what to do`` () =
    use _ = Assert.EnterMultipleScope()

    for name, action, errorType, words in wrongUses do
        let error =
            try
                action ()
                null
            with e ->
                e

        match error with
        | null -> Assert.Fail $"{name}: nothing was thrown"
        | error when error.GetType() <> errorType -> Assert.Fail $"{name}: {error.GetType().Name}: {error.Message}"
        | error ->
            for word in words do
                Assert.That(error.Message, Does.Contain word, name)
