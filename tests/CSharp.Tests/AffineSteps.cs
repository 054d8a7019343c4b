using LinearNets.Kernels;

namespace LinearNets.Tests;

/// <summary>Single updates, where a test wants to look at each.</summary>
internal static class AffineSteps
{
    public static AffineSums Step(
        this AffineTrainer trainer, int[] order, int first, int count, UpdateFormula update, int step, out bool finite)
    {
        var run = new AffineRun { Row = first, Step = step - 1 };
        trainer.Steps(order, ref run, count, 1, update, default);
        finite = run.GradientIsFinite;
        return run.Sums;
    }
}
