// Tensors as a C# program uses them. That this file compiles is the first test: optional arguments can be left out or named,
// operators and lambdas read as in F#, and no FSharpOption or FSharpFunc is in sight.

using System;
using LinearNets.Tensors;
using NUnit.Framework;

namespace LinearNets.Tests;

[TestFixture]
public class TensorsFromCSharpTests
{
    private static readonly Tensor s_x = dsharp.tensor(new[] { 1.0, 2.0, 3.0 }, dtype: Dtype.Float64);

    private static float[] Values(Tensor t) => t.view([t.nelement]).toArray1D<float>();

    [Test]
    public void A_lambda_of_tensors_is_differentiated()
    {
        Func<Tensor, Tensor> sumOfSquares = t => (t * t).sum();

        Assert.That(Differentiate.Gradient(sumOfSquares, s_x).toArray1D<double>(), Is.EqualTo(new[] { 2.0, 4.0, 6.0 }));
        Assert.That(Differentiate.Gradient(t => (t * t).sum(), s_x), Is.EqualTo(2.0 * s_x));
    }

    [Test]
    public void Hessians_and_Jacobians_take_lambdas_too()
    {
        Tensor hessian = Differentiate.Hessian(t => (t * t * t).sum(), s_x);
        Tensor jacobian = Differentiate.Jacobian(t => 2 * t - 1.0f, s_x);

        Assert.That((double)hessian[1, 1], Is.EqualTo(12));
        Assert.That((double)hessian[0, 1], Is.Zero);
        Assert.That(jacobian, Is.EqualTo(2 * dsharp.eye(3, dtype: Dtype.Float64)));
    }

    [Test]
    public void Operators_take_any_number_on_either_side()
    {
        Tensor t = dsharp.tensor(new float[,] { { 1, 2 }, { 3, 4 } });

        Assert.That(Values(t + 1), Is.EqualTo(new[] { 2f, 3f, 4f, 5f }));
        Assert.That(Values(10.0 - t), Is.EqualTo(new[] { 9f, 8f, 7f, 6f }));
        Assert.That(Values(t / 2f), Is.EqualTo(new[] { 0.5f, 1f, 1.5f, 2f }));
        Assert.That(Values(12m / t), Is.EqualTo(new[] { 12f, 6f, 4f, 3f }));
        Assert.That(Values(-t * t), Is.EqualTo(new[] { -1f, -4f, -9f, -16f }));
    }

    [Test]
    public void Optional_arguments_are_left_out_or_named()
    {
        Tensor t = dsharp.zeros([2, 3]) + 1;

        Assert.That((double)t.sum(), Is.EqualTo(6));
        Assert.That(t.sum(1).shape, Is.EqualTo(new[] { 2 }));
        Assert.That(t.sum(1, keepDim: true).shape, Is.EqualTo(new[] { 2, 1 }));
        Assert.That(t.sum(dtype: Dtype.Float64).dtype, Is.EqualTo(Dtype.Float64));
        Assert.That(t.max(0).shape, Is.EqualTo(new[] { 3 }));
        Assert.That(t.unsqueeze(0).squeeze().shape, Is.EqualTo(new[] { 2, 3 }));
        Assert.That(Values(t.clamp(high: 0.5)), Is.All.EqualTo(0.5f));
        Assert.That(t.zerosLike(dtype: Dtype.Int32).dtype, Is.EqualTo(Dtype.Int32));
        Assert.That(dsharp.ones([1], device: Device.CPU).device, Is.EqualTo(Device.CPU));
        Assert.That(dsharp.cat([t, t]).shape, Is.EqualTo(new[] { 4, 3 }));
    }

    [Test]
    public void Reverse_mode_by_hand()
    {
        Tensor w = s_x.reverseDiff();
        (w * w).sum().reverse();

        Assert.That(w.derivative, Is.EqualTo(2 * s_x));

        Tensor direction = s_x.forwardDiff(s_x, nestingTag: 7);
        Assert.That((direction * direction).derivative, Is.EqualTo(2 * s_x * s_x));
    }

    [Test]
    public void Errors_are_typed_and_say_what_came_and_what_was_expected()
    {
        ShapeException shape = Assert.Throws<ShapeException>(() => _ = s_x + dsharp.zeros([2], dtype: Dtype.Float64))!;
        Assert.That(shape.Got, Is.EqualTo("[3] and [2]"));
        Assert.That(shape.Message, Does.Contain(shape.Expected));

        DtypeException dtype = Assert.Throws<DtypeException>(() => _ = s_x + dsharp.zeros([3]))!;
        Assert.That(dtype.Got, Is.EqualTo("Float64 and Float32"));

        Assert.Throws<DeviceException>(() => dsharp.zeros([1], device: Device.GPU));
        Assert.Throws<DerivativeException>(() => _ = s_x.derivative);
    }

    [Test]
    public void Ranges_take_part_of_the_first_dimension()
    {
        Tensor t = dsharp.tensor(new float[,] { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 } });

        Assert.That(t[1..3], Is.EqualTo(dsharp.tensor(new float[,] { { 3, 4 }, { 5, 6 } })));
        Assert.That(t[^1..], Is.EqualTo(dsharp.tensor(new float[,] { { 7, 8 } })));
        Assert.That(t[..^2], Is.EqualTo(dsharp.tensor(new float[,] { { 1, 2 }, { 3, 4 } })));
        Assert.That(t[..], Is.EqualTo(t));
        Assert.That(t[2..3].shape, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(t[2].shape, Is.EqualTo(new[] { 2 }));
        Assert.That(Values(s_x[1..].cast(Dtype.Float32)), Is.EqualTo(new[] { 2f, 3f }));

        // A range is differentiated as the slice that it is.
        Assert.That(Differentiate.Gradient(x => (x[1..] * x[1..]).sum(), s_x).toArray1D<double>(), Is.EqualTo(new[] { 0.0, 4, 6 }));
    }

    [Test]
    public void Ranges_and_indices_out_of_range_are_refused()
    {
        ShapeException beyond = Assert.Throws<ShapeException>(() => _ = s_x[1..4])!;
        Assert.That((beyond.Got, beyond.Expected), Is.EqualTo(("1..3", "0..2")));
        Assert.Throws<ShapeException>(() => _ = s_x[^4..]);
        Assert.Throws<ShapeException>(() => _ = s_x[3..]);
        Assert.Throws<ShapeException>(() => _ = s_x[1..1]);
        Assert.Throws<ShapeException>(() => _ = s_x[2..1]);

        ShapeException index = Assert.Throws<ShapeException>(() => _ = s_x[3])!;
        Assert.That((index.Got, index.Expected), Is.EqualTo(("3", "0..2")));
        Assert.Throws<ShapeException>(() => _ = s_x[-1]);

        ShapeException scalar = Assert.Throws<ShapeException>(() => _ = s_x.sum()[..])!;
        Assert.That(scalar.Message, Does.Contain("A scalar has no parts."));
    }

    [Test]
    public void Derivatives_along_directions_take_lambdas_too()
    {
        Tensor v = dsharp.tensor(new[] { 1.0, 0.0, -1.0 }, dtype: Dtype.Float64);

        // J is diagonal, 3x²: 3, 12, 27, so both products are the same; then one that is not square.
        Assert.That(Differentiate.Along(t => t * t * t, s_x, v).toArray1D<double>(), Is.EqualTo(new[] { 3.0, 0, -27 }));
        Assert.That(Differentiate.Back(t => t * t * t, s_x, v).toArray1D<double>(), Is.EqualTo(new[] { 3.0, 0, -27 }));

        // f = (x₀x₁, x₂²), J = [x₁ x₀ 0; 0 0 2x₂] = [2 1 0; 0 0 6]
        Func<Tensor, Tensor> f = t => dsharp.cat([t[..1] * t[1..2], t[2..] * t[2..]]);
        Tensor w = dsharp.tensor(new[] { 1.0, 10.0 }, dtype: Dtype.Float64);
        Assert.That(Differentiate.Along(f, s_x, v).toArray1D<double>(), Is.EqualTo(new[] { 2.0, -6 }));
        Assert.That(Differentiate.Back(f, s_x, w).toArray1D<double>(), Is.EqualTo(new[] { 2.0, 1, 60 }));

        // Σx³ has the Hessian diag(6x), so along v it is 6, 0, −18.
        Func<Tensor, Tensor> cubes = t => (t * t * t).sum();
        Assert.That(Differentiate.HessianAlong(cubes, s_x, v).toArray1D<double>(), Is.EqualTo(new[] { 6.0, 0, -18 }));
        Assert.That(Differentiate.HessianAlong(cubes, s_x, v), Is.EqualTo(Differentiate.Hessian(cubes, s_x).matmul(v.unsqueeze(1)).squeeze(1)));
    }

    [Test]
    public void A_tensor_prints_its_shape_type_and_values()
    {
        Assert.That(s_x.ToString(), Is.EqualTo("[3] Float64 [1  2  3]"));
    }
}
