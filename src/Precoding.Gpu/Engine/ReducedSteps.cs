using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Reduced coordinates: starts, rates, the damped RATTLE flow. [coherent.md §5]</content>
internal sealed partial class GpuEngine
{
    public void MatchedCoordinates(CoherentProblem problem, Tensor x, Tensor s, SolveControl control)
    {
        GpuTensor power = Scratch("blockPower", ElementKind.Control, control, problem.L);
        Launch(
            "matchedCoordinates", new Groups(problem.K, problem.L, control.RealizationCount), problem.L, problem.K, problem.Gram, Constants(problem).Budget, x, s, power, control.Status);
        SetPowerExcess(problem, power, control);
    }

    public void RegularizedCoordinates(CoherentProblem problem, Tensor x, Tensor s, SolveControl control)
    {
        (int L, int K) = (problem.L, problem.K);
        GpuTensor inverse = Scratch("rightHandSides", ElementKind.Complex, control, K, K);
        Launch("identity", new Groups(K, 1, control.RealizationCount), K, inverse, control.Status);
        SystemMemory system = ShiftedSystem(problem.GramSum, K, K / problem.PowerBudget.Sum(), control);
        SolveSystems(system, inverse, K, control);
        Launch("copyBlocks", new Groups(GroupsFor(K * K), L, control.RealizationCount), L, K * K, inverse, x, control.Status);
        ScaleCoordinatesToBudget(problem, x, s, control);
    }

    public void CoordinatesOfPrecoders(CoherentProblem problem, Tensor precoders, Tensor x, SolveControl control)
    {
        (int L, int M, int K) = (problem.L, problem.M, problem.K);
        Product(Reading.ConjugatedLeftTransposedRight, K, K, M, Blocks.Of(problem.H, K * M), Blocks.Of(precoders, K * M), Blocks.Of(x, K * K), control, blocks: L); // H_lᴴ P_l
        for (int l = 0; l < L; l++)
        {
            SystemMemory systems = RidgeSystem(problem.Gram, K, l, Precision == Precision.Single ? 1e-6 : 1e-12, control);
            SolveSystems(systems, x, K, control, block: l); // a link without any channel has H_lᴴ P_l = 0 already
        }
    }

    public void ScaleCoordinatesToBudget(CoherentProblem problem, Tensor x, Tensor s, SolveControl control)
    {
        (int L, int K) = (problem.L, problem.K);
        RefreshImages(problem, x, s, control);
        GpuTensor sums = Dots("dots", Blocks.Of(x, K * K), Blocks.Of(s, K * K), L, K * K, control), scale = Scratch("blockScale", ElementKind.Control, control, L), power = Scratch("blockPower", ElementKind.Control, control, L);
        Launch("budgetTotals", new Groups(1, 1, control.RealizationCount), L, ChunksOf(K * K), sums, Constants(problem).Budget, scale, power, control.Status);
        ScaleBlocks(x, s, scale, L, K * K, control);
        SetPowerExcess(problem, power, control);
    }

    public void RefreshImages(CoherentProblem problem, Tensor x, Tensor s, SolveControl control) =>
        Images(problem, Blocks.Of(x, problem.K * problem.K), s, control);

    public void RateWeights(CoherentProblem problem, Tensor s, Tensor w, Tensor signalWeight, SolveControl control)
    {
        GpuTensor parts = Scratch("rateParts", ElementKind.Control, control, problem.K);
        Launch(
            "rateWeights", new Groups(problem.K, 1, control.RealizationCount), problem.L, problem.K, s, Constants(problem).Weight, w, signalWeight, parts, control.Status);
        SumObjective(parts, problem.K, control);
    }

    public void SumRate(CoherentProblem problem, Tensor s, SolveControl control)
    {
        GpuTensor parts = Scratch("rateParts", ElementKind.Control, control, problem.K);
        Launch("rateParts", new Groups(problem.K, 1, control.RealizationCount), problem.L, problem.K, s, Constants(problem).Weight, parts, control.Status);
        SumObjective(parts, problem.K, control);
    }

    public void DampThenKick(CoherentProblem problem, Tensor w, double damping, Tensor momentum, SolveControl control) =>
        Launch(
            "dampThenKick", new Groups(GroupsFor(problem.K * problem.K), problem.L, control.RealizationCount), problem.L, problem.K * problem.K, damping, w, control.StepSize, momentum,
            control.Status);

    public void DriftOntoPowerSphere(CoherentProblem problem, Tensor x, Tensor s, Tensor momentum, Tensor power, SolveControl control)
    {
        (int L, int size) = (problem.L, problem.K * problem.K);
        int chunks = ChunksOf(size);
        GpuTensor moved = Scratch("moved", ElementKind.Complex, control, L, size), image = Scratch("movedImage", ElementKind.Complex, control, L, size);
        GpuTensor sums = Scratch("driftSums", ElementKind.Control, control, L, 3, chunks), totals = Scratch("driftTotals", ElementKind.Control, control, L, 3);
        GpuTensor root = Scratch("root", ElementKind.Control, control, L, 2), scale = Scratch("blockScale", ElementKind.Control, control, L);
        var perChunk = new Groups(chunks, L, control.RealizationCount);
        var perRealization = new Groups(1, 1, control.RealizationCount);
        Launch("drift", new Groups(GroupsFor(size), L, control.RealizationCount), L, size, x, momentum, control.StepSize, moved, control.Status);
        Images(problem, Blocks.Of(moved, size), image, control);
        Launch("driftDots", perChunk, L, size, chunks, x, s, moved, image, sums, control.Status);
        Launch("driftTotals", perRealization, L, chunks, sums, Constants(problem).Budget, totals, root, control.RootMissing, control.Status);
        Launch("returnToSphere", perChunk, L, size, chunks, root, moved, image, control.StepSize, x, s, momentum, sums, control.Status);
        Launch("sphereTotals", perRealization, L, chunks, sums, Constants(problem).Budget, root, scale, power, control.Status);
        ScaleBlocks(x, s, scale, L, size, control);
        SetPowerExcess(problem, power, control);
    }

    public void ForceChange(CoherentProblem problem, Tensor w, Tensor previousW, SolveControl control)
    {
        int K = problem.K, size = K * K;
        GpuTensor change = Scratch("change", ElementKind.Complex, control, size), image = Scratch("changeImage", ElementKind.Complex, control, size);
        Launch("difference", new Groups(GroupsFor(size), 1, control.RealizationCount), size, w, previousW, change, control.Status);
        Product(Reading.Plain, K, K, K, Blocks.Shared(problem.GramSum), Blocks.Shared(change), Blocks.Shared(image), control);
        SetForceChange(Dots("dots", Blocks.Shared(change), Blocks.Shared(image), 1, size, control), 1, ChunksOf(size), control);
    }

    public void KickThenDamp(CoherentProblem problem, Tensor x, Tensor s, Tensor w, Tensor power, double damping, Tensor momentum, SolveControl control)
    {
        (int L, int size) = (problem.L, problem.K * problem.K);
        int chunks = ChunksOf(size);
        GpuTensor sums = Scratch("driftSums", ElementKind.Control, control, L, 3, chunks);
        var perChunk = new Groups(chunks, L, control.RealizationCount);
        Launch("kickDots", perChunk, L, size, chunks, x, s, w, momentum, sums, control.Status);
        Launch("kickThenDamp", perChunk, L, size, chunks, damping, sums, power, Constants(problem).Budget, control.StepSize, x, w, momentum, control.Status);
    }

    /// <summary>image_l = G_l X_l.</summary>
    private void Images(CoherentProblem problem, Blocks x, Tensor image, SolveControl control)
    {
        int K = problem.K;
        Product(Reading.Plain, K, K, K, Blocks.Of(problem.Gram, K * K), x, Blocks.Of(image, K * K), control, blocks: problem.L);
    }

    /// <summary>Re⟨A_l, B_l⟩ of so many blocks of so many elements, in chunks, [realization, block, chunk].</summary>
    private GpuTensor Dots(string name, Blocks a, Blocks b, int blocks, int size, SolveControl control, bool everyStatus = false)
    {
        int chunks = ChunksOf(size);
        GpuTensor sums = Scratch(name, ElementKind.Control, control, blocks, chunks);
        Launch(
            "blockDots", new Groups(chunks, blocks, control.RealizationCount), blocks, size, chunks, a.Offset, a.Realization, a.Stride, b.Offset, b.Realization, b.Stride, a.Tensor, b.Tensor,
            sums, everyStatus ? 1 : 0, control.Status);
        return sums;
    }

    private void ScaleBlocks(Tensor x, Tensor s, GpuTensor scale, int L, int size, SolveControl control) =>
        Launch("scaleBlocks", new Groups(ChunksOf(size), L, control.RealizationCount), L, size, scale, x, s, control.Status);

    private void SetPowerExcess(CoherentProblem problem, Tensor power, SolveControl control) =>
        Launch(
            "worstExcess", new Groups(GroupsFor(control.RealizationCount)), control.RealizationCount, problem.L, power, Constants(problem).Budget, control.PowerExcess, control.Status);

    private void SetForceChange(GpuTensor sums, int blocks, int chunks, SolveControl control)
    {
        GpuTensor totals = Scratch("forceTotals", ElementKind.Control, control, blocks);
        Launch("forceTotals", new Groups(1, 1, control.RealizationCount), blocks, chunks, sums, control.StepSize, totals, control.ForceChange, control.Status);
    }

    private void SumObjective(GpuTensor parts, int K, SolveControl control) =>
        Launch("sumObjective", new Groups(1, 1, control.RealizationCount), K, parts, control.Objective, control.Status);
}
