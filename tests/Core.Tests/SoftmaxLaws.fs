module LinearNets.Tests.SoftmaxLaws

open NUnit.Framework
open LinearNets.FSharp

[<Law>]
let ``every row of a softmax sums to one and lies in 0..1`` (case: Case) =
    let p = Softmax.softmax (case.Normal(0, [ case.rows; case.classes ]))
    // A sum of k rounded quotients: each is off by at most one unit, their sum by k more.
    Check.near (2.0 * float case.classes * case.Eps) (p.zerosLike [ case.rows ] + 1.0) (p.sum 1)
    Assert.That(Check.values p, Is.All.InRange(0.0, 1.0))
