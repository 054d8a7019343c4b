(**
# Tensors and derivatives in two minutes

A tensor is a block of numbers with a shape. It never changes: every operation makes a new one.
*)
#load "_load.fsx"

open LinearNets.FSharp

let x = dsharp.tensor [ [ 1.0; 2.0; 3.0 ]; [ 4.0; 5.0; 6.0 ] ]
printfn "x = %A" x
printfn "first row = %A\nlast two columns = %A" x[0] x.[0.., 1..2]

(**
Arithmetic goes element by element. Where a shape is smaller, it is repeated: a row of three is added to both rows of *x*.
Sums go over all elements, down the columns (0) or along the rows (1).
*)
let row = dsharp.tensor [ 10.0; 20.0; 30.0 ]
printfn "2x + row = %A" (2.0 * x + row)
printfn "sum = %A\nof columns = %A\nof rows = %A" (x.sum ()) (x.sum 0) (x.sum 1)

(** Two matrices are multiplied by `matmul`; here *x* and its transpose make a 2×2 matrix. *)
let product = x.matmul (x.transpose ())
printfn "x·xᵀ = %A" product
claim "x·xᵀ = [14 32; 32 77]" (product.toArray2D<float>() = array2D [ [ 14.0; 32.0 ]; [ 32.0; 77.0 ] ])

(**
## Derivatives

$$f(w) = \sum_i w_i^3 \qquad \frac{\partial f}{\partial w_i} = 3 w_i^2 \qquad \frac{\partial^2 f}{\partial w_i^2} = 6 w_i$$

`dsharp.grad` takes a function and a place, and gives the gradient there. `dsharp.hessian` gives the second derivatives.
*)
let f (w: Tensor) = (w * w * w).sum()
let w = dsharp.tensor [ 1.0; 2.0 ]
printfn "gradient = %A\nHessian = %A" (dsharp.grad f w) (dsharp.hessian f w)
claim "the gradient is 3w²" (dsharp.grad f w = 3.0 * w * w)
claim "the Hessian is 6w on the diagonal" ((dsharp.hessian f w).toArray2D<float>() = array2D [ [ 6.0; 0.0 ]; [ 0.0; 12.0 ] ])

(** The same in steps, as a training loop does it: watch the parameter, compute, go back, and read the derivative. *)
let watched = w.reverseDiff ()
(f watched).reverse()
printfn "gradient = %A" watched.derivative
claim "both ways give the same gradient" (watched.derivative = dsharp.grad f w)

(** A derivative is a function, too, and can be differentiated again. Here are the sigmoid, its slope, and the slope of that. *)
let sigmoid (z: Tensor) = z.sigmoid ()
let slope = dsharp.diff sigmoid
let graph name f = Series.graph name -6.0 6.0 (fun z -> float (f (dsharp.tensor z)))
claim "the sigmoid is steepest in the middle, by 1/4" (float (slope (dsharp.tensor 0.0)) = 0.25)

Plot.ofSeries "The sigmoid and its derivatives" [ graph "σ" sigmoid; graph "σ′" slope; graph "σ″" (dsharp.diff slope) ]
|> Plot.labels "z" ""
|> figure "tensors-sigmoid"
(** ![The sigmoid, its derivative and its second derivative](tensors-sigmoid.svg) *)
