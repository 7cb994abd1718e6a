using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>The damped RATTLE flow in the beam domain. [BSP Alg. 1; coherent.md §3]</content>
internal sealed partial class GpuEngine
{
    public void ScaleBeamsToBudget(CoherentProblem problem, BeamSupport support, Tensor u, Tensor constraintGradient, Tensor power, SolveControl control)
    {
        (int L, int K, int size) = (problem.L, problem.K, problem.K * problem.M);
        GpuTensor p = Antennas("antennas", problem, control), scale = Scratch("blockScale", ElementKind.Control, control, L);
        Synthesize(problem, support, u, p, control, control.Status);
        GpuTensor sums = Dots("dots", Blocks.Of(p, size), Blocks.Of(p, size), L, size, control);
        Launch("budgetTotals", new Groups(1, 1, control.RealizationCount), L, ChunksOf(size), sums, Constants(problem).Budget, scale, power, control.Status);
        Launch("scaleBeams", Links(problem, control), K, L, support.SlotCapacity, support.Start, scale, u, control.Status);
        Project(problem, support, p, scale, constraintGradient, control, control.Status);
        SetPowerExcess(problem, power, control);
    }

    public void PrintedMultipliers(
        CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor normal, Tensor velocity, Tensor power, Tensor lambda, SolveControl control)
    {
        (int L, int K, int size) = (problem.L, problem.K, problem.K * problem.M);
        GpuTensor moved = Antennas("antennas", problem, control);
        Synthesize(problem, support, velocity, moved, control, control.Status);
        GpuTensor speeds = Dots("dots", Blocks.Of(moved, size), Blocks.Of(moved, size), L, size, control);
        GpuTensor sums = ConstraintDots(problem, support, gradient, constraintGradient, normal, velocity, control); // the first of its numbers is not needed
        Launch(
            "printedMultipliers", new Groups(L, 1, control.RealizationCount), K, L, ChunksOf(size), speeds, sums, power, Constants(problem).Budget, lambda, control.Status);
    }

    public void BeamDampThenKick(
        CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor lambda, double damping, Tensor momentum, SolveControl control) =>
        KickBeams(problem, support, gradient, constraintGradient, lambda, damping, dampLast: false, momentum, control);

    /// <summary>
    /// V is linear: of ã = V ũ and b = V M⁻¹∇ψ the root needs three numbers, and ã − t b is V of the new u, so that two transforms to antennas and one back are all.
    /// </summary>
    public void DriftOntoPowerEllipsoid(
        CoherentProblem problem, BeamSupport support, bool exact, Tensor velocity, Tensor normal, Tensor u, Tensor momentum, Tensor constraintGradient, Tensor power, SolveControl control)
    {
        (int L, int K, int size, int links) = (problem.L, problem.K, problem.K * problem.M, problem.K * problem.L);
        int chunks = ChunksOf(size);
        GpuTensor a = Antennas("antennas", problem, control), b = a;
        GpuTensor sums = Scratch("driftSums", ElementKind.Control, control, L, 3, chunks), totals = Scratch("driftTotals", ElementKind.Control, control, L, 3);
        GpuTensor root = Scratch("root", ElementKind.Control, control, L, 2), scale = Scratch("blockScale", ElementKind.Control, control, L);
        GpuTensor budget = Constants(problem).Budget;
        var perChunk = new Groups(chunks, L, control.RealizationCount);
        var perRealization = new Groups(1, 1, control.RealizationCount);
        Launch(
            "driftBeams", new Groups(GroupsFor(support.SlotCapacity), 1, control.RealizationCount), links, support.SlotCapacity, support.Start, control.StepSize, velocity, u,
            control.Status);
        Synthesize(problem, support, u, a, control, control.Status);
        if (exact)
        {
            b = Antennas("normals", problem, control);
            Synthesize(problem, support, normal, b, control, control.Status);
            Launch("driftDots", perChunk, L, size, chunks, b, b, a, a, sums, control.Status);
            Launch("driftTotals", perRealization, L, chunks, sums, budget, totals, root, control.RootMissing, control.Status);
            Launch("returnAntennas", perChunk, L, size, chunks, root, b, a, sums, control.Status);
        }
        else
        {
            Launch("noRoots", perRealization, L, root, control.Status);
            sums = Dots("dots", Blocks.Of(a, size), Blocks.Of(a, size), L, size, control);
        }

        Launch("sphereTotals", perRealization, L, chunks, sums, budget, root, scale, power, control.Status);
        Launch(
            "returnBeams", Links(problem, control), K, L, support.SlotCapacity, support.Start, root, scale, control.StepSize, constraintGradient, normal, u, momentum, control.Status);
        Project(problem, support, a, scale, constraintGradient, control, control.Status);
        SetPowerExcess(problem, power, control);
    }

    public void BeamForceChange(CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor previousGradient, SolveControl control)
    {
        int chunks = ChunksOf(support.SlotCapacity);
        GpuTensor sums = Scratch("beamChange", ElementKind.Control, control, chunks);
        Launch(
            "beamChange", new Groups(chunks, 1, control.RealizationCount), problem.K * problem.L, support.SlotCapacity, chunks, support.Start, gradient, previousGradient, sums,
            control.Status);
        SetForceChange(sums, 1, chunks, control);
    }

    public void BeamKickThenDamp(
        CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor normal, Tensor power, double damping, bool printedMultiplier, Tensor momentum, SolveControl control)
    {
        (int L, int K) = (problem.L, problem.K);
        GpuTensor sums = ConstraintDots(problem, support, gradient, constraintGradient, normal, momentum, control), mu = Scratch("multipliers", ElementKind.Control, control, L);
        Launch(
            "velocityMultipliers", new Groups(L, 1, control.RealizationCount), K, L, printedMultiplier ? 1 : 0, damping / 2, sums, power, Constants(problem).Budget, control.StepSize, mu,
            control.Status);
        KickBeams(problem, support, gradient, constraintGradient, mu, damping, dampLast: true, momentum, control);
    }

    public void InverseMass(CoherentProblem problem, BeamSupport support, double floor, Tensor mass, SolveControl control)
    {
        int links = problem.K * problem.L, capacity = support.SlotCapacity, chunks = ChunksOf(capacity);
        GpuTensor sums = Scratch("beamChange", ElementKind.Control, control, chunks);
        Launch("massSums", new Groups(chunks, 1, control.RealizationCount), links, capacity, chunks, support.Start, mass, sums, control.Status);
        Launch("inverseMass", new Groups(GroupsFor(capacity), 1, control.RealizationCount), links, capacity, chunks, floor, support.Start, sums, mass, control.Status);
    }

    public void ApplyInverseMass(CoherentProblem problem, BeamSupport support, Tensor inverseMass, Tensor values, Tensor result, SolveControl control) =>
        Launch(
            "applyInverseMass", new Groups(GroupsFor(support.SlotCapacity), 1, control.RealizationCount), problem.K * problem.L, support.SlotCapacity, support.Start, inverseMass, values,
            result, control.Status);

    /// <summary>Re⟨M⁻¹∇ψ_l, n⟩, Re⟨M⁻¹∇ψ_l, ∇f⟩ and Re⟨M⁻¹∇ψ_l, ∇ψ_l⟩, link by link.</summary>
    private GpuTensor ConstraintDots(
        CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor normal, Tensor momentum, SolveControl control)
    {
        GpuTensor sums = Scratch("constraintDots", ElementKind.Control, control, problem.L, 3, problem.K);
        Launch(
            "constraintDots", Links(problem, control), problem.K, problem.L, support.SlotCapacity, support.Start, gradient, constraintGradient, normal, momentum, sums, control.Status);
        return sums;
    }

    private void KickBeams(
        CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor multiplier, double damping, bool dampLast, Tensor momentum, SolveControl control) =>
        Launch(
            "kickBeams", Links(problem, control), problem.K, problem.L, support.SlotCapacity, dampLast ? 1 : 0, damping, support.Start, control.StepSize, multiplier, gradient,
            constraintGradient, momentum, control.Status);
}
