using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Choosing beams and fitting them, in double. [coherent.md §2]</content>
internal sealed partial class GpuEngine
{
    /// <summary>Groups at work at once there.</summary>
    private const int MostGroupsAtWork = 512;

    /// <summary>Added to the unit diagonal of the least-squares start.</summary>
    private const double Ridge = 1e-10;

    public void PursuitSupport(CoherentProblem problem, double residual, BeamSupport support, SolveControl control)
    {
        (int L, int M, int K, int N) = (problem.L, problem.M, problem.K, support.N);
        int links = K * L, mostAtoms = Math.Max(1, M / 2), length = checked((2 * N) + (2 * mostAtoms) + Triangle(mostAtoms));
        int groups = GroupsAtWork(links, length, control);
        GpuTensor working = Scratch("pursuit", ElementKind.Control, [groups, length]), chosen = Scratch("chosen", ElementKind.Integer, [groups, mostAtoms]);
        GpuTensor found = Scratch("foundBeams", ElementKind.Integer, control, links, mostAtoms), counts = Scratch("foundCounts", ElementKind.Integer, control, links);
        Launch(
            "pursuit", new Groups(groups), control.RealizationCount, K, L, M, N, groups, mostAtoms, residual, BeamConstantsOf(problem, support).Atoms, problem.H, working, chosen, found,
            counts, control.Status);
        Launch("supportStarts", new Groups(1, 1, control.RealizationCount), links, counts, support.Start, control.Status);
        Launch("supportBeams", new Groups(links, 1, control.RealizationCount), links, mostAtoms, support.SlotCapacity, found, support.Start, support.Beam, control.Status);
    }

    public void LeastSquaresBeams(CoherentProblem problem, Tensor precoders, BeamSupport support, Tensor u, SolveControl control)
    {
        (int L, int M, int K, int N) = (problem.L, problem.M, problem.K, support.N);
        int links = K * L, most = support.SlotCapacity / links, length = checked((2 * most) + Triangle(most)), groups = GroupsAtWork(links, length, control);
        GpuTensor working = Scratch("leastSquares", ElementKind.Control, [groups, length]);
        Launch(
            "leastSquares", new Groups(groups), control.RealizationCount, K, L, M, N, groups, most, support.SlotCapacity, Ridge, BeamConstantsOf(problem, support).Atoms, precoders,
            support.Start, support.Beam, working, u, control.Status);
    }

    private static int Triangle(int order) => checked((int)((long)order * (order + 1) / 2));

    /// <summary>How many groups share the links of a batch, each with so many numbers of its own. Which group works on a link changes nothing.</summary>
    private static int GroupsAtWork(int links, int length, SolveControl control)
    {
        long fitting = Math.Clamp(MemoryPlan.PursuitBytes / ((long)length * sizeof(double)), 1, MostGroupsAtWork);
        return (int)Math.Min(fitting, (long)links * control.RealizationCount);
    }
}
