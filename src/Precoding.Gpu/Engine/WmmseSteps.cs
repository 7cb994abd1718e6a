using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>WMMSE in reduced form. [coherent.md §4]</content>
internal sealed partial class GpuEngine
{
    /// <summary>
    /// Newton steps that a block's multiplier gets; what is not settled then is left to the eigendecomposition. Counted on the SIMD engine over the golden cases, the
    /// random problems of the conformance tests and single blocks (2200 in double, 1700 in single): from a warm start 3 or 4 as a rule and 9 at most in double, 8 in
    /// single; from none 6 as a rule and 8 at most, 7 in single; a multiplier of 0 is given up after 10 in double, 5 in single.
    /// </summary>
    private const int SecularRounds = 12;

    /// <summary>Groups at most that decompose matrices at the same time, each in memory of its own.</summary>
    private const int EigenGroups = 64;

    /// <summary>How exactly a block meets its budget before it is scaled onto it.</summary>
    private double SecularTolerance => Precision == Precision.Single ? 2e-6 : 1e-12;

    /// <summary>Multipliers below this share of the mean eigenvalue are left to the eigendecomposition.</summary>
    private double SmallestMultiplier => Precision == Precision.Single ? 1e-6 : 1e-13;

    /// <summary>Amplitudes this far below the noise, and coordinates this far below maximum ratio's, are zero.</summary>
    private double Negligible => Precision == Precision.Single ? 1e-12 : 1e-18;

    public void Receivers(CoherentProblem problem, Tensor s, Tensor receiver, Tensor weight, SolveControl control) =>
        Launch(
            "receivers", new Groups(problem.K, 1, control.RealizationCount), problem.L, problem.K, s, Constants(problem).Weight, receiver, weight, control.Status);

    public void UpdateBlock(
        CoherentProblem problem, int accessPoint, Tensor receiver, Tensor weight, Tensor x, Tensor s, Tensor powerMultiplier, SolveControl control)
    {
        (int L, int K, int l, int count) = (problem.L, problem.K, accessPoint, control.RealizationCount);
        int panels = (K + Shapes.Block - 1) / Shapes.Block;
        double budget = problem.PowerBudget[l];
        GpuTensor target = Scratch("target", ElementKind.Complex, control, K, K), solution = Scratch("rightHandSides", ElementKind.Complex, control, K, K);
        GpuTensor again = Scratch("solvedAgain", ElementKind.Complex, control, K, K), sums = Scratch("squares", ElementKind.Control, control, panels, 3);
        GpuTensor lambda = Scratch("multiplierTried", ElementKind.Control, control), state = Scratch("secularState", ElementKind.Control, control, 3);
        GpuTensor marked = Scratch("marked", ElementKind.Integer, control);
        KernelArgument roots = Reals("roots", control, K);
        SystemMemory systems = Systems(K, control);
        var rows = new Groups(K, 1, count);
        Launch(
            "beginSecular", new Groups(1, 1, count), L, K, l, SmallestMultiplier, problem.Gram, receiver, weight, powerMultiplier, roots, lambda, state, systems.Open, marked,
            control.Status);
        Launch("blockTargets", rows, L, K, l, s, receiver, weight, roots, target, control.Status);
        for (int round = 1; round <= SecularRounds; round++)
        {
            Launch("weightedSystem", rows, K, Elements(problem.Gram), l * K * K, lambda, roots, problem.Gram, systems.Matrix, systems.Open);
            Factor(systems, control);
            Launch("choleskySolveSquares", new Groups(panels, 1, count), K, K, systems.Matrix, systems.Inverses, target, solution, again, sums, systems.Open);
            Launch(
                "secularAdvance", new Groups(GroupsFor(count)), count, panels, round == SecularRounds ? 1 : 0, SecularTolerance, Epsilon, budget, sums, lambda, state, systems.Open,
                marked);
        }

        Launch("blockCoordinates", rows, L, K, l, solution, roots, lambda, marked, x, powerMultiplier, control.Status);
        GpuTensor memory = EigenMemory(K, control);
        int groups = Math.Min(memory.Shape[0], count);
        Launch("blockByEigenvalues", new Groups(groups), L, K, l, count, groups, Epsilon, budget, problem.Gram, roots, target, memory, x, powerMultiplier, marked);
        FinishBlock(problem, l, powerMultiplier, x, s, control);
    }

    /// <summary>S_l = G_l X_l; a block with an active budget is scaled onto it.</summary>
    private void FinishBlock(CoherentProblem problem, int l, Tensor powerMultiplier, Tensor x, Tensor s, SolveControl control)
    {
        (int L, int K, int size) = (problem.L, problem.K, problem.K * problem.K);
        int chunks = ChunksOf(size);
        Product(Reading.Plain, K, K, K, Blocks.One(problem.Gram, size, l), Blocks.One(x, size, l), Blocks.One(s, size, l), control);
        GpuTensor sums = Dots("ownDots", Blocks.One(x, size, l), Blocks.One(s, size, l), 1, size, control);
        Launch("finishBlock", new Groups(chunks, 1, control.RealizationCount), L, K, l, chunks, Negligible, problem.PowerBudget[l], problem.Gram, sums, powerMultiplier, x, s, control.PowerExcess, control.Status);
    }

    /// <summary>[group, slice] doubles for eigendecompositions of order n: as many groups as <see cref="MemoryPlan.EigenBytes"/> hold, at least one.</summary>
    private GpuTensor EigenMemory(int n, SolveControl control)
    {
        int slice = checked((4 * n * n) + (2 * n) + (4 * ((n + 1) / 2)));
        int groups = Math.Clamp((int)(MemoryPlan.EigenBytes / (sizeof(double) * (long)slice)), 1, Math.Min(EigenGroups, control.Capacity));
        return Scratch("eigen", ElementKind.Control, groups, slice);
    }
}
