using System.Runtime.InteropServices;
using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Channels in, precoders out, control.</content>
internal sealed partial class GpuEngine
{
    public void LoadChannels(ChannelBatch channels, int first, CoherentProblem problem, SolveControl control) =>
        Load(channels, first, (problem.K, problem.L, 1, problem.M), conjugate: false, Constants(problem).Noise, problem.H, control);

    public void GramMatrices(CoherentProblem problem, SolveControl control)
    {
        (int L, int M, int K) = (problem.L, problem.M, problem.K);
        Product(Reading.ConjugateGram, K, K, M, Blocks.Of(problem.H, K * M), Blocks.Of(problem.H, K * M), Blocks.Of(problem.Gram, K * K), control, blocks: L);
        Launch("sumAccessPoints", new Groups(GroupsFor(K * K), 1, control.RealizationCount), L, K * K, problem.Gram, problem.GramSum, control.Status);
    }

    public void SynthesizePrecoders(CoherentProblem problem, Tensor x, Tensor precoders, SolveControl control)
    {
        (int L, int M, int K) = (problem.L, problem.M, problem.K);
        Product(Reading.TransposedLeft, K, M, K, Blocks.Of(x, K * K), Blocks.Of(problem.H, K * M), Blocks.Of(precoders, K * M), control, blocks: L, everyStatus: true);
        GpuTensor sums = Powers(precoders, L, K * M, control);
        int chunks = ChunksOf(K * M);
        Launch("scaleToBudget", new Groups(chunks, L, control.RealizationCount), L, K * M, chunks, sums, Constants(problem).Budget, precoders);
    }

    public void EvaluatePrecoders(CoherentProblem problem, Tensor precoders, Tensor rates, Tensor power, SolveControl control)
    {
        (int L, int M, int K) = (problem.L, problem.M, problem.K);
        GpuTensor S = Scratch("couplings", ElementKind.Complex, control, K, K);
        Product(
            Reading.ConjugatedLeftTransposedRight, K, K, M, Blocks.Of(problem.H, K * M), Blocks.Of(precoders, K * M), Blocks.Shared(S), control, segments: L, everyStatus: true);
        Launch("userRates", new Groups(K, 1, control.RealizationCount), K, S, rates);
        GpuTensor sums = Powers(precoders, L, K * M, control);
        Launch("totalPowers", new Groups(1, 1, control.RealizationCount), L, ChunksOf(K * M), sums, power);
    }

    public void BeginControl(double initialStepSize, SolveControl control) =>
        Launch(
            "beginControl", new Groups(GroupsFor(control.Capacity)), control.Capacity, initialStepSize, control.Status, control.Iteration, control.CalmIterations,
            control.RootMissing, control.SearchState, control.Objective, control.PreviousObjective, control.BestObjective, control.StepSize, control.ForceChange, control.PowerExcess);

    public void ClearComplex(Tensor values, SolveControl control) =>
        Launch("clearComplex", new Groups(GroupsFor(Elements(values)), 1, control.RealizationCount), Elements(values), values);

    public void ClearWhereNotFinite(Tensor values, SolveControl control) =>
        Launch("clearWhereNotFinite", new Groups(GroupsFor(Elements(values)), 1, control.RealizationCount), Elements(values), control.Objective, values, control.Status);

    public void RecordStart(SolveControl control) =>
        Launch(
            "recordStart", new Groups(GroupsFor(control.RealizationCount)), control.RealizationCount, control.MaxIterations + 1, control.Objective, control.PowerExcess,
            control.StepSize, control.Iteration, control.PreviousObjective, control.Trace);

    public void AdvanceControl(SolveControl control) =>
        Launch(
            "advanceControl", new Groups(GroupsFor(control.RealizationCount)), control.RealizationCount, control.MaxIterations, control.Patience, control.Tolerance, control.Objective,
            control.PowerExcess, control.StepSize, control.PreviousObjective, control.Status, control.Iteration, control.CalmIterations, control.SearchState, control.Trace);

    public void AdaptStepSize(double reference, double exponent, SolveControl control) =>
        Launch(
            "adaptStepSize", new Groups(GroupsFor(control.RealizationCount)), control.RealizationCount, reference, exponent, control.ForceChange, control.RootMissing, control.StepSize,
            control.Status);

    public void KeepBest(Tensor current, Tensor best, SolveControl control)
    {
        Launch(
            "keepBest", new Groups(GroupsFor(Elements(current)), 1, control.RealizationCount), Elements(current), control.Objective, control.BestObjective, current, best, control.Status);
        Launch("keepBestObjective", new Groups(GroupsFor(control.RealizationCount)), control.RealizationCount, control.Objective, control.BestObjective, control.Status);
    }

    /// <summary>‖P_l‖² in chunks, whatever the status.</summary>
    private GpuTensor Powers(Tensor precoders, int L, int size, SolveControl control) =>
        Dots("powerSums", Blocks.Of(precoders, size), Blocks.Of(precoders, size), L, size, control, everyStatus: true);

    /// <summary>Channels over their noise, through staging memory.</summary>
    private void Load(ChannelBatch channels, int first, (int K, int L, int N, int M) extents, bool conjugate, GpuTensor noise, Tensor h, SolveControl control)
    {
        (int K, int L, int N, int M) = extents;
        bool isSingle = channels.Precision == Precision.Single;
        int coefficients = checked(L * M * K * N), atOnce = (int)Math.Clamp(MemoryPlan.UploadBytes / ((long)coefficients * (isSingle ? 8 : 16)), 1, control.RealizationCount);
        IDeviceMemory staging = Staging((long)atOnce * coefficients * (isSingle ? 8 : 16));
        var values = KernelArgument.Of(staging, isSingle ? ParameterType.FloatMemory : ParameterType.DoubleMemory);
        for (int done = 0; done < control.RealizationCount; done += atOnce)
        {
            int count = Math.Min(atOnce, control.RealizationCount - done), from = checked((first + done) * coefficients), length = checked(count * coefficients);
            queue.Write(staging, 0, isSingle ? MemoryMarshal.AsBytes(channels.AsSingle().Slice(from, length)) : MemoryMarshal.AsBytes(channels.AsDouble().Slice(from, length)));
            Launch(isSingle ? "loadChannelsSingle" : "loadChannelsDouble", new Groups(K * L * N, GroupsFor(M), count), K, L, N, M, conjugate ? 1 : 0, done, values, noise, h);
        }
    }

    private IDeviceMemory Staging(long bytes)
    {
        if (staging is null || staging.Bytes < bytes)
        {
            queue.Finish(); // what reads the old one
            staging?.Dispose();
            staging = backend.Allocate(bytes);
        }

        return staging;
    }
}
