using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Conjugate gradients in the beam domain. [coherent.md §3.7]</content>
internal sealed partial class GpuEngine
{
    public void BeamImages(CoherentProblem problem, BeamSupport support, Tensor u, Tensor images, Tensor normals, SolveControl control)
    {
        (int L, int M, int K) = (problem.L, problem.M, problem.K);
        GpuTensor p = Antennas("antennas", problem, control);
        Synthesize(problem, support, u, p, control, control.Status);
        Product(Reading.ConjugatedLeftTransposedRight, K, K, M, Blocks.Of(problem.H, K * M), Blocks.Of(p, K * M), Blocks.Of(images, K * K), control, blocks: L);
        Project(problem, support, p, null, normals, control, control.Status);
    }

    public void StreamCouplings(CoherentProblem problem, Tensor s, Tensor sT, SolveControl control) =>
        Launch("streamCouplings", new Groups(GroupsFor(problem.K), problem.K, control.RealizationCount), problem.L, problem.K, s, sT, control.Status);

    public void PreconditionBeams(
        CoherentProblem problem, BeamSupport support, Tensor u, Tensor gradient, Tensor constraintGradient, Tensor curvature, Tensor multiplier, Tensor y, SolveControl control)
    {
        (int L, int K, int capacity) = (problem.L, problem.K, support.SlotCapacity);
        GpuTensor sums = Scratch("beamPairs", ElementKind.Control, control, L, 2, K), totals = Scratch("beamPairTotals", ElementKind.Control, control, L, 2);
        GpuTensor shift = Scratch("blockScale", ElementKind.Control, control, L), mu = Scratch("multipliers", ElementKind.Control, control, L);
        Launch("beamPairs", Links(problem, control), K, L, capacity, support.Start, u, gradient, u, gradient, sums, control.Status);
        Launch("beamShifts", new Groups(1, 1, control.RealizationCount), K, L, sums, Constants(problem).Budget, totals, multiplier, shift, control.Status);
        Launch("preconditionDots", Links(problem, control), K, L, capacity, support.Start, shift, gradient, constraintGradient, curvature, sums, control.Status);
        Launch("tangentBeams", new Groups(L, 1, control.RealizationCount), K, L, sums, mu, control.Status);
        Launch("preconditionBeams", Links(problem, control), K, L, capacity, support.Start, shift, mu, gradient, constraintGradient, curvature, y, control.Status);
    }

    public void BeamConjugateDirection(
        CoherentProblem problem, BeamSupport support, BeamPoint point, Tensor gradient, Tensor previousGradient, Tensor multiplier, Tensor previousMultiplier, Tensor eta,
        BeamDirection direction, Tensor movedPower, SolveControl control)
    {
        (int L, int K) = (problem.L, problem.K);
        GpuTensor sums = Scratch("beamDirectionSums", ElementKind.Control, control, L, 5, K), totals = Scratch("beamDirectionTotals", ElementKind.Control, control, L, 5);
        Launch(
            "beamDirectionDots", Links(problem, control), K, L, support.SlotCapacity, support.Start, gradient, previousGradient, point.Normal, direction.Y, direction.D,
            direction.DNormal, sums, control.Iteration, control.Status);
        Launch(
            "beamDirectionTotals", new Groups(1, 1, control.RealizationCount), K, L, Epsilon, sums, Constants(problem).Budget, multiplier, previousMultiplier, control.StepSize,
            control.Objective, control.Iteration, totals, DirectionCoefficients(L, control), eta, control.SearchState, control.Status);
        MoveBeams(problem, support, point, direction, movedPower, onlyRetry: false, control);
    }

    public void BeamSteepestDirection(CoherentProblem problem, BeamSupport support, BeamPoint point, BeamDirection direction, Tensor movedPower, SolveControl control) =>
        MoveBeams(problem, support, point, direction, movedPower, onlyRetry: true, control);

    public void BeamLineSearch(CoherentProblem problem, BeamSupport support, BeamDirection direction, Tensor movedPower, BeamPoint point, SolveControl control)
    {
        (int L, int K) = (problem.L, problem.K);
        SearchMemory memory = SearchLines(problem, direction.DImage, movedPower, point.S, control);
        Launch(
            "retract", new Groups(K, 1, control.RealizationCount), L, K, 0, Constants(problem).Weight, control.StepSize, memory.Retraction, direction.DImage, direction.DImage, point.S,
            point.S, memory.Parts, memory.Powers, memory.Found, control.Status);
        Launch(
            "retractBeams", Links(problem, control), K, L, support.SlotCapacity, support.Start, control.StepSize, memory.Retraction, direction.D, direction.DNormal, point.U,
            point.Normal, memory.Powers, memory.Found, control.Status);
        RetractTotals(problem, memory, control);
    }

    private void MoveBeams(
        CoherentProblem problem, BeamSupport support, BeamPoint point, BeamDirection direction, Tensor movedPower, bool onlyRetry, SolveControl control)
    {
        (int L, int K, int retry) = (problem.L, problem.K, onlyRetry ? 1 : 0);
        GpuTensor sums = Scratch("constraintDots", ElementKind.Control, control, L, 3, K), coefficients = DirectionCoefficients(L, control);
        Launch(
            "moveBeams", Links(problem, control), K, L, support.SlotCapacity, retry, support.Start, coefficients, point.U, point.Normal, direction.Y, direction.YNormal, direction.D,
            direction.DNormal, sums, control.SearchState, control.Status);
        Launch(
            "moveImages", new Groups(GroupsFor(K * K), L, control.RealizationCount), L, K * K, retry, coefficients, point.S, direction.YImage, direction.DImage, control.SearchState,
            control.Status);
        Launch("movedPowerTotals", new Groups(1, 1, control.RealizationCount), L, K, retry, sums, movedPower, control.SearchState, control.Status);
    }
}
