using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Layers of the unfolded projected gradient. [bln-pgp.md §1]</content>
internal sealed partial class GpuEngine
{
    public void BlendRegularizer(CoherentProblem problem, Tensor signalWeight, double scale, double exponent, Tensor regularizer, SolveControl control) =>
        Launch(
            "blendRegularizer", new Groups(GroupsFor(control.RealizationCount)), control.RealizationCount, problem.K, scale, exponent, problem.GramSum, signalWeight, regularizer, control.Status);

    public void ProjectedMomentumStep(CoherentProblem problem, Tensor q, double stepSize, double retention, Tensor momentum, Tensor x, Tensor s, SolveControl control)
    {
        int size = problem.K * problem.K;
        Launch("momentumStep", new Groups(GroupsFor(size), problem.L, control.RealizationCount), problem.L, size, stepSize, retention, q, momentum, x, control.Status);
        ScaleCoordinatesToBudget(problem, x, s, control);
    }
}
