using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Couplings, rates and gradient in the beam domain. [BSP (35), (45)]</content>
internal sealed partial class GpuEngine
{
    public void MatchedBeams(CoherentProblem problem, Tensor table, BeamSupport support, Tensor u, SolveControl control) =>
        Launch(
            "matchedBeams", Links(problem, control), problem.K, problem.L, support.N, support.SlotCapacity, table, support.Start, support.Beam, u, control.Status);

    public void UnitBeams(CoherentProblem problem, BeamSupport support, Tensor u, SolveControl control) =>
        Launch(
            "unitBeams", new Groups(GroupsFor(support.SlotCapacity), 1, control.RealizationCount), problem.K * problem.L, support.SlotCapacity, support.Start, u, control.Status);

    public void Couplings(CoherentProblem problem, Tensor table, BeamSupport support, Tensor u, EvaluationOrder order, Tensor sT, SolveControl control)
    {
        (int L, int M, int K) = (problem.L, problem.M, problem.K);
        (Tensor? gathered, Tensor? dense) = OrdersOf(problem, support, order, control);
        if (gathered is not null)
        {
            Launch(
                "gatherCouplings", new Groups(GroupsFor(K), K, control.RealizationCount), K, L, support.N, support.SlotCapacity, table, support.Start, support.Beam, u, sT, gathered);
        }

        if (dense is not null)
        {
            GpuTensor p = Antennas("antennas", problem, control);
            Synthesize(problem, support, u, p, control, dense);
            Product(Reading.AdjointRight, K, K, M, Blocks.Of(p, K * M), Blocks.Of(problem.H, K * M), Blocks.Shared(sT), control, segments: L, mask: dense);
        }
    }

    public void StreamRateWeights(CoherentProblem problem, Tensor sT, Tensor wT, SolveControl control)
    {
        int K = problem.K, users = Math.Min(Shapes.Group, 32);
        GpuTensor levels = Scratch("levels", ElementKind.Control, control, K, 2), parts = Scratch("rateParts", ElementKind.Control, control, K);
        GpuTensor weight = Constants(problem).Weight;
        Launch("streamLevels", new Groups((K + users - 1) / users, 1, control.RealizationCount), K, sT, weight, levels, parts, control.Status);
        Launch("streamWeights", new Groups(GroupsFor(K), K, control.RealizationCount), K, sT, weight, levels, wT, control.Status);
        SumObjective(parts, K, control);
    }

    public void Gradient(CoherentProblem problem, Tensor table, BeamSupport support, Tensor wT, EvaluationOrder order, Tensor gradient, SolveControl control)
    {
        (int L, int M, int K) = (problem.L, problem.M, problem.K);
        (Tensor? gathered, Tensor? dense) = OrdersOf(problem, support, order, control);
        if (gathered is not null)
        {
            Launch(
                "gatherGradient", new Groups(GroupsFor(support.SlotCapacity / K), K, control.RealizationCount), K, L, support.N, support.SlotCapacity, table, support.Start,
                support.Beam, wT, gradient, gathered);
        }

        if (dense is not null)
        {
            GpuTensor force = Antennas("antennas", problem, control);
            Product(Reading.Plain, K, M, K, Blocks.Shared(wT), Blocks.Of(problem.H, K * M), Blocks.Of(force, K * M), control, blocks: L, mask: dense);
            Project(problem, support, force, null, gradient, control, dense);
        }
    }

    public void BeamCurvature(CoherentProblem problem, Tensor table, BeamSupport support, Tensor sT, CurvatureKind kind, Tensor curvature, SolveControl control)
    {
        int K = problem.K, users = Math.Min(Shapes.Group, 32);
        GpuTensor levels = Scratch("levels", ElementKind.Control, control, K, 2), parts = Scratch("rateParts", ElementKind.Control, control, K);
        GpuTensor weight = Constants(problem).Weight;
        KernelArgument curvatureWeight = Reals("curvatureWeights", control, K * K);
        Launch("streamLevels", new Groups((K + users - 1) / users, 1, control.RealizationCount), K, sT, weight, levels, parts, control.Status);
        Launch(
            "curvatureWeights", new Groups(GroupsFor(K), K, control.RealizationCount), K, kind == CurvatureKind.Positive ? 1 : 0, sT, weight, levels, curvatureWeight, control.Status);
        Launch(
            "gatherCurvature", new Groups(GroupsFor(support.SlotCapacity / K), K, control.RealizationCount), K, problem.L, support.N, support.SlotCapacity, table, support.Start,
            support.Beam, curvatureWeight, curvature, control.Status);
    }

    /// <summary>
    /// Masks, Running where an order is to be taken; null where no realization takes it. Left to itself the engine gathers up to a number of slots that
    /// follows from the sizes, realization by realization; where there is no transform in shared memory, always.
    /// </summary>
    private (Tensor? Gathered, Tensor? Dense) OrdersOf(CoherentProblem problem, BeamSupport support, EvaluationOrder order, SolveControl control)
    {
        double mostSlots = MostGatheredSlots(problem, support);
        if (order == EvaluationOrder.Gathered || (order == EvaluationOrder.Auto && mostSlots >= support.SlotCapacity))
        {
            return (control.Status, null);
        }

        if (order == EvaluationOrder.Dense || mostSlots < 1)
        {
            return (null, control.Status);
        }

        GpuTensor gathered = Scratch("gathered", ElementKind.Integer, control), dense = Scratch("dense", ElementKind.Integer, control);
        Launch(
            "evaluationOrder", new Groups(GroupsFor(control.RealizationCount)), control.RealizationCount, problem.K * problem.L, (int)mostSlots, support.Start, gathered, dense,
            control.Status);
        return (gathered, dense);
    }

    /// <summary>
    /// Slots up to which K multiplications a slot cost less than a product K × M × K per access point and a transform, 5/8 N log₂ N multiplications, per link.
    /// </summary>
    private double MostGatheredSlots(CoherentProblem problem, BeamSupport support)
    {
        double L = problem.L, M = problem.M, K = problem.K, N = support.N;
        return IsTransformed(support.N) ? ((L * M * K * K) + (Shapes.TransformCost * 0.625 * L * K * N * Math.Log2(N))) / (Shapes.GatherCost * K) : double.PositiveInfinity;
    }
}
