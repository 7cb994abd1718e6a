using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Conjugate gradients along the updates of RWMMSE. [noncoherent.md §13]</content>
internal sealed partial class GpuEngine
{
    /// <summary>TRIALS of the kernels.</summary>
    private const int StreamTrials = 5;

    public void StreamGradient(StreamProblem problem, StreamTable streams, Tensor e, Tensor factor, Tensor coefficient, Tensor w, SolveControl control)
    {
        StreamNumbers numbers = Numbers(streams);
        int maxRank = coefficient.Shape[^1];
        GpuTensor receiver = Scratch("receiverColumns", ElementKind.Control, control, Math.Max(1, streams.S), maxRank, 2);
        SumObjective(Factors(problem, streams, e, factor, coefficient, receiver, Constants(problem).Weight, everyStatus: false, control), problem.K, control);
        Launch(
            "streamSlopes", PerBranch(streams, control), problem.K, problem.N, streams.S, streams.Rank, maxRank, numbers.RankFirst, numbers.UserOf, streams.AccessPoint, factor, receiver, e, w,
            control.Status);
    }

    public void RefreshStreams(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, SolveControl control) =>
        ScaleStreams(problem, streams, x, e, BudgetRule.WhereAbove, control.PowerExcess, control);

    public void StreamDirection(
        StreamProblem problem, StreamTable streams, Tensor x, Tensor e, Tensor w, Tensor multiplier, Tensor update, Tensor updateImage, Tensor gradient, Tensor eta, Tensor d, Tensor dImage,
        Tensor kind, SolveControl control) =>
        Launch(
            "streamDirection", new Groups(1, 1, control.RealizationCount), problem.L, streams.S, problem.Rows, (Precision == Precision.Single ? 0.1 : 8) * Epsilon, Constants(problem).Budget, problem.Gram,
            streams.AccessPoint, x, e, w, multiplier, update, updateImage, gradient, eta, d, dImage, kind,
            Scratch("directionSums", ElementKind.Control, control, (2 * streams.S) + (6 * problem.L)), control.Objective, control.Iteration, control.SearchState, control.Status);

    public void StreamSearch(
        StreamProblem problem, StreamTable streams, int bothUntil, Tensor first, Tensor firstImage, Tensor kind, Tensor d, Tensor dImage, Tensor x, Tensor e, SolveControl control)
    {
        (int L, int K, int N) = (problem.L, problem.K, problem.N);
        int numbers = streams.S + (3 * L) + (StreamTrials * (L + K + (4 * K * N * N)));
        Launch(
            "streamSearch", new Groups(1, 1, control.RealizationCount), L, K, N, streams.S, bothUntil, Numbers(streams).First, Constants(problem).Weight, Constants(problem).Budget,
            streams.AccessPoint, kind, first, firstImage, d, dImage, x, e, Even("trials", numbers, control), control.StepSize, control.Objective,
            control.PowerExcess, control.Iteration, control.SearchState, control.Status);
    }
}
