using System;
using System.Linq;
using System.Runtime.Intrinsics;
using LinearNets.Kernels;
using NUnit.Framework;

namespace LinearNets.Tests;

internal sealed class SimdWidthTests
{
    [Test]
    public void The_widest_is_what_the_machine_has() => Assert.That(
        Simd.Widest,
        Is.EqualTo(
            Vector512.IsHardwareAccelerated ? SimdWidth.Avx512 : Vector256.IsHardwareAccelerated ? SimdWidth.Avx2 : SimdWidth.Portable));

    [Test]
    public void Nothing_forced_is_the_widest([Values(null, "")] string? forced) => Assert.That(Simd.Choose(forced), Is.EqualTo(Simd.Widest));

    [Test]
    public void A_width_is_forced_by_its_name_in_any_case()
    {
        foreach (SimdWidth width in Enum.GetValues<SimdWidth>().Where(width => width <= Simd.Widest))
        {
            string name = width.ToString();
            foreach (string forced in new[] { name, name.ToLowerInvariant(), name.ToUpperInvariant() })
                Assert.That(Simd.Choose(forced), Is.EqualTo(width), forced);
        }
    }

    [Test]
    public void Another_name_is_refused_and_told([Values("avx", "sse2", "avx1024", "fast", "1", "3", "-1", "widest", "portable, avx2")] string forced) => Assert.That(
        () => Simd.Choose(forced),
        Throws.ArgumentException.With.Message.Contains(Simd.Variable).And.Message.Contains($"'{forced}'").And.Message.Contains(Simd.Widest.ToString()));

    [Test]
    public void What_this_machine_has_not_got_is_refused()
    {
        SimdWidth[] wider = [.. Enum.GetValues<SimdWidth>().Where(width => width > Simd.Widest)];
        if (wider.Length == 0)
            Assert.Ignore("not run: this machine has all widths");
        foreach (SimdWidth width in wider)
            Assert.Throws<ArgumentException>(() => Simd.Choose(width.ToString()));
    }

    [Test]
    public void What_is_used_is_what_the_variable_says() =>
        Assert.That(Simd.Chosen, Is.EqualTo(Simd.Choose(Environment.GetEnvironmentVariable(Simd.Variable))));
}
