using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>reduced-cg: preconditioner, conjugate direction, line search. [coherent.md §6]</content>
internal sealed partial class GpuEngine
{
    /// <summary>Sums per block that the conjugate direction needs, DIRECTION_NUMBERS of its kernels.</summary>
    private const int DirectionNumbers = 10;

    private double Epsilon => Precision == Precision.Single ? 1.1920928955078125e-7 : 2.220446049250313e-16;

    public void TangentMultipliers(CoherentProblem problem, Tensor s, Tensor w, Tensor multiplier, Tensor regularizer, SolveControl control)
    {
        (int L, int size) = (problem.L, problem.K * problem.K);
        GpuTensor sums = Dots("dots", Blocks.Of(s, size), Blocks.Shared(w), L, size, control);
        Launch("tangentTotals", new Groups(1, 1, control.RealizationCount), L, ChunksOf(size), sums, Constants(problem).Budget, multiplier, regularizer, control.Status);
    }

    public void PreconditionGradient(
        CoherentProblem problem, Tensor s, Tensor w, Tensor signalWeight, Tensor multiplier, Tensor regularizer, Tensor q, SolveControl control)
    {
        (int L, int K) = (problem.L, problem.K);
        GpuTensor sides = Scratch("rightHandSides", ElementKind.Complex, control, K, K);
        KernelArgument roots = Reals("roots", control, K);
        SystemMemory systems = Systems(K, control);
        var rows = new Groups(K, 1, control.RealizationCount);
        OpenRunning(systems, control);
        Launch("preconditionSides", rows, L, K, s, w, signalWeight, multiplier, regularizer, roots, sides, control.Status);
        Launch("weightedSystem", rows, K, Elements(problem.GramSum), 0, regularizer, roots, problem.GramSum, systems.Matrix, systems.Open);
        SolveSystems(systems, sides, K, control);
        Launch("preconditionResult", rows, K, sides, roots, regularizer, q, control.Status);
    }

    public void PreconditionedGradient(CoherentProblem problem, Tensor s, Tensor q, Tensor qImage, Tensor tangent, SolveControl control)
    {
        (int L, int size) = (problem.L, problem.K * problem.K);
        Images(problem, Blocks.Shared(q), qImage, control);
        GpuTensor sums = Dots("dots", Blocks.Of(s, size), Blocks.Shared(q), L, size, control);
        Launch("tangentOfPreconditioned", new Groups(1, 1, control.RealizationCount), L, ChunksOf(size), sums, Constants(problem).Budget, tangent, control.Status);
    }

    public void ConjugateDirection(
        CoherentProblem problem, Tensor x, Tensor s, Tensor w, Tensor previousW, Tensor q, Tensor qImage, Tensor tangent, Tensor multiplier, Tensor previousMultiplier,
        Tensor eta, Tensor d, Tensor dImage, Tensor movedPower, SolveControl control)
    {
        (int L, int size) = (problem.L, problem.K * problem.K);
        int chunks = ChunksOf(size);
        GpuTensor sums = Scratch("directionSums", ElementKind.Control, control, L, DirectionNumbers, chunks), totals = Scratch("directionTotals", ElementKind.Control, control, L, DirectionNumbers);
        GpuTensor coefficients = DirectionCoefficients(L, control);
        Launch(
            "directionDots", new Groups(chunks, L, control.RealizationCount), L, size, chunks, x, s, w, previousW, qImage, d, dImage, sums, control.Iteration, control.Status);
        Launch(
            "directionTotals", new Groups(1, 1, control.RealizationCount), L, chunks, Epsilon, sums, Constants(problem).Budget, tangent, multiplier, previousMultiplier, control.StepSize,
            control.Objective, control.Iteration, totals, coefficients, eta, control.SearchState, control.Status);
        MoveDirection(problem, x, s, q, qImage, tangent, d, dImage, movedPower, onlyRetry: false, control);
    }

    public void SteepestDirection(
        CoherentProblem problem, Tensor x, Tensor s, Tensor q, Tensor qImage, Tensor tangent, Tensor d, Tensor dImage, Tensor movedPower, SolveControl control) =>
        MoveDirection(problem, x, s, q, qImage, tangent, d, dImage, movedPower, onlyRetry: true, control);

    public void LineSearch(CoherentProblem problem, Tensor d, Tensor dImage, Tensor movedPower, Tensor x, Tensor s, SolveControl control)
    {
        SearchMemory memory = SearchLines(problem, dImage, movedPower, s, control);
        Launch(
            "retract", new Groups(problem.K, 1, control.RealizationCount), problem.L, problem.K, 1, Constants(problem).Weight, control.StepSize, memory.Retraction, d, dImage, x, s,
            memory.Parts, memory.Powers, memory.Found, control.Status);
        RetractTotals(problem, memory, control);
    }

    /// <summary>Trial sets, parabola and decision; sets state and step size.</summary>
    private SearchMemory SearchLines(CoherentProblem problem, Tensor dImage, Tensor movedPower, Tensor s, SolveControl control)
    {
        (int L, int K, int n) = (problem.L, problem.K, (2 * problem.L) + 1);
        GpuTensor forms = Scratch("forms", ElementKind.Control, control, K, n * (n + 1) / 2), own = Scratch("ownForms", ElementKind.Control, control, K, n, 2);
        GpuTensor coefficients = Scratch("searchCoefficients", ElementKind.Control, control, n);
        var memory = new SearchMemory(
            Scratch("retraction", ElementKind.Control, control, L), Scratch("found", ElementKind.Integer, control), Scratch("rateParts", ElementKind.Control, control, K),
            Scratch("rowPowers", ElementKind.Control, control, L, K));
        ProblemConstants constant = Constants(problem);
        Launch("searchForms", new Groups(K, 1, control.RealizationCount), L, K, s, dImage, forms, own, control.SearchState, control.Status);
        Launch(
            "searchStep", new Groups(1, 1, control.RealizationCount), L, K, constant.Weight, constant.Budget, movedPower, forms, own, control.Objective, coefficients,
            control.StepSize, memory.Retraction, memory.Found, control.SearchState, control.Status);
        return memory;
    }

    /// <summary>Objective and PowerExcess of what moved.</summary>
    private void RetractTotals(CoherentProblem problem, SearchMemory memory, SolveControl control) =>
        Launch(
            "retractTotals", new Groups(1, 1, control.RealizationCount), problem.L, problem.K, memory.Parts, memory.Powers, Constants(problem).Budget, control.Objective,
            control.PowerExcess, memory.Found, control.Status);

    /// <summary>What a search leaves for the retraction.</summary>
    /// <param name="Retraction">c_l, [realization, accessPoint].</param>
    /// <param name="Found">1 where a better point was found, [realization].</param>
    /// <param name="Parts">Of the objective, [realization, user].</param>
    /// <param name="Powers">[realization, accessPoint, user].</param>
    private readonly record struct SearchMemory(GpuTensor Retraction, GpuTensor Found, GpuTensor Parts, GpuTensor Powers);

    private void MoveDirection(
        CoherentProblem problem, Tensor x, Tensor s, Tensor q, Tensor qImage, Tensor tangent, Tensor d, Tensor dImage, Tensor movedPower, bool onlyRetry, SolveControl control)
    {
        (int L, int size) = (problem.L, problem.K * problem.K);
        int chunks = ChunksOf(size), retry = onlyRetry ? 1 : 0;
        GpuTensor sums = Scratch("driftSums", ElementKind.Control, control, L, 3, chunks);
        Launch(
            "moveDirection", new Groups(chunks, L, control.RealizationCount), L, size, chunks, retry, DirectionCoefficients(L, control), tangent, x, s, q, qImage, d, dImage, sums,
            control.SearchState, control.Status);
        Launch("movedPowerTotals", new Groups(1, 1, control.RealizationCount), L, chunks, retry, sums, movedPower, control.SearchState, control.Status);
    }

    private GpuTensor DirectionCoefficients(int L, SolveControl control) => Scratch("directionCoefficients", ElementKind.Control, control, L, 2);

    /// <summary>Scratch of real numbers in the engine's precision: two to a complex one.</summary>
    private KernelArgument Reals(string name, SolveControl control, int count) =>
        KernelArgument.Of(Scratch(name, ElementKind.Complex, control, (count + 1) / 2).Memory, ParameterType.RealMemory);
}
