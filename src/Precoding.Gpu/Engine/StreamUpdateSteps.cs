using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>RWMMSE for streams: receivers as factors, then access points, all in double; the choice of streams. [NCJT Alg. 2, 4; noncoherent.md §4, §6]</content>
internal sealed partial class GpuEngine
{
    public void StreamFactors(StreamProblem problem, StreamTable streams, Tensor e, Tensor factor, Tensor coefficient, SolveControl control)
    {
        GpuTensor parts = Factors(problem, streams, e, factor, coefficient, receiver: null, Constants(problem).Weight, everyStatus: false, control);
        SumObjective(parts, problem.K, control);
    }

    public void UpdateStreams(
        StreamProblem problem, StreamTable streams, int accessPoint, Tensor factor, Tensor coefficient, Tensor x, Tensor e, Tensor multiplier, SolveControl control)
    {
        (int L, int K, int N, int n, int q, int B, int branches) = (problem.L, problem.K, problem.N, problem.Rows, streams.Rank, streams.B, streams.Branches);
        int from = Math.Max(0, accessPoint), points = accessPoint < 0 ? L : 1;
        StreamNumbers numbers = Numbers(streams);
        GpuTensor marked = MarkSenders(problem, streams, from, points, multiplier, control), parts = BranchParts(streams, control);
        StreamSystems systems = SystemsOf(q, points, control);
        GpuTensor c = OfBranches("targets", streams, q, control), z = OfBranches("rotatedTargets", streams, q, control);
        GpuTensor xs = OfBranches("newX", streams, n, control), es = OfBranches("newE", streams, n, control);
        Launch("reducedSystems", EntriesOf(q, points, control), L, from, points, n, N, q, numbers.RankUser, problem.Gram, factor, systems.Matrices, marked);
        GpuTensor vectors = EigenVectors(q, points, systems.Matrices, systems.Values, marked, control);
        Launch(
            "streamTargets", PerBranch(streams, control), from, points, K, N, B, branches, q, coefficient.Shape[^1], numbers.RankFirst, numbers.UserOf, numbers.RankUser, streams.AccessPoint, factor,
            coefficient, e, vectors, c, z, marked);
        SolveMultipliers(problem, streams, systems, from, points, inAntennas: false, z, multiplier, marked, control);
        Launch(
            "streamCoordinates", PerBranch(streams, control), L, from, points, K, N, branches, q, numbers.RankFirst, streams.AccessPoint, problem.Gram, factor, vectors, systems.Values, z, c, xs, es,
            parts, marked);
        GpuTensor scale = Budgets(problem, streams, from, points, BudgetRule.WhereActive, multiplier, control.PowerExcess, control);
        Launch("storeStreams", PerBranch(streams, control), L, branches, n, from, points, streams.AccessPoint, scale, xs, es, x, e, control.Status);
    }

    public void UpdateBeams(
        StreamProblem problem, StreamTable streams, Tensor factor, Tensor coefficient, Tensor precoders, Tensor e, Tensor multiplier, SolveControl control)
    {
        (int L, int M, int N, int n, int q, int S) = (problem.L, problem.M, problem.N, problem.Rows, streams.Rank, streams.S);
        StreamNumbers numbers = Numbers(streams);
        StreamSystems systems = SystemsOf(M, 1, control);
        GpuTensor images = Scratch("beamImages", ElementKind.Control, control, Math.Max(1, q), M, 2), parts = BranchParts(streams, control);
        GpuTensor c = OfBranches("targets", streams, M, control), z = OfBranches("rotatedTargets", streams, M, control);
        for (int l = 0; l < L; l++)
        {
            GpuTensor marked = MarkSenders(problem, streams, l, 1, multiplier, control);
            Launch("beamImages", new Groups(q, 1, control.RealizationCount), L, l, n, N, M, q, numbers.RankUser, problem.H, factor, images, marked);
            Launch("beamSystems", EntriesOf(M, 1, control), M, q, images, systems.Matrices, marked);
            GpuTensor vectors = EigenVectors(M, 1, systems.Matrices, systems.Values, marked, control);
            Launch(
                "beamTargets", PerBranch(streams, control), l, M, S, q, coefficient.Shape[^1], numbers.RankFirst, numbers.UserOf, streams.AccessPoint, coefficient, images, vectors, c, z, marked);
            SolveMultipliers(problem, streams, systems, l, 1, inAntennas: true, z, multiplier, marked, control);
            Launch("beamsOfTargets", PerBranch(streams, control), l, M, S, streams.AccessPoint, vectors, systems.Values, z, c, parts, marked);
            GpuTensor scale = Budgets(problem, streams, l, 1, BudgetRule.WhereActive, multiplier, control.PowerExcess, control);
            Launch("storeBeams", PerBranch(streams, control), L, l, M, S, streams.AccessPoint, scale, c, precoders, control.Status);
        }

        Launch("heardBeams", PerBranch(streams, control), L, streams.Branches, n, M, problem.H, streams.AccessPoint, precoders, e, parts, 0, control.Status);
    }

    public void StreamScores(StreamProblem problem, StreamTable streams, Tensor factor, Tensor coefficient, Tensor e, Tensor scores, SolveControl control)
    {
        StreamNumbers numbers = Numbers(streams);
        Launch(
            "streamScores", new Groups(streams.S, 1, control.RealizationCount), problem.K, problem.N, streams.B, streams.S, streams.Rank, coefficient.Shape[^1], numbers.RankFirst, numbers.UserOf,
            numbers.RankUser, streams.AccessPoint, factor, coefficient, e, scores, control.Status);
    }

    public void SelectStreams(StreamProblem problem, StreamTable candidates, Tensor scores, StreamTable selected, SolveControl control) =>
        Launch(
            "selectStreams", new Groups(1, 1, control.RealizationCount), problem.K, candidates.S, selected.S, Numbers(candidates).First, Numbers(selected).First, candidates.AccessPoint, scores,
            Scratch("taken", ElementKind.Integer, control, Math.Max(1, candidates.S)), selected.AccessPoint, control.Status);

    /// <summary>Factors and α_k ln det W_k, [realization, user].</summary>
    /// <param name="receiver">[realization, stream, MaxRank, 2] in double; written where it is asked for.</param>
    private GpuTensor Factors(
        StreamProblem problem, StreamTable streams, Tensor e, Tensor factor, Tensor coefficient, GpuTensor? receiver, GpuTensor weights, bool everyStatus, SolveControl control)
    {
        (int K, int N, int most) = (problem.K, problem.N, Math.Max(1, streams.MaxStreams));
        int rank = Math.Min(N, most), numbers = (2 * N * N) + (N * most) + (2 * N * rank) + (rank * rank);
        GpuTensor memory = Scratch("receivers", ElementKind.Control, control, K, numbers, 2), parts = Scratch("rateParts", ElementKind.Control, control, K);
        Launch(
            "streamFactors", new Groups(K, 1, control.RealizationCount), K, N, streams.B, streams.S, streams.Rank, coefficient.Shape[^1], most, receiver is null ? 0 : 1, Numbers(streams).First,
            Numbers(streams).RankFirst, weights, e, memory, factor, coefficient, receiver ?? memory, parts, everyStatus ? 1 : 0, control.Status);
        return parts;
    }

    /// <summary>Which access points send something, and 0 for the multipliers of those that do not.</summary>
    private GpuTensor MarkSenders(StreamProblem problem, StreamTable streams, int from, int points, Tensor multiplier, SolveControl control)
    {
        GpuTensor marked = Scratch("senders", ElementKind.Integer, control, points);
        Launch("markSenders", new Groups(1, 1, control.RealizationCount), problem.L, streams.Branches, from, points, streams.AccessPoint, marked, multiplier, control.Status);
        return marked;
    }

    /// <summary>Hermitian systems in double.</summary>
    /// <param name="Order">Of each.</param>
    /// <param name="Matrices">[realization, point, order, order, 2].</param>
    /// <param name="Values">Eigenvalues, [realization, point, order].</param>
    private readonly record struct StreamSystems(int Order, GpuTensor Matrices, GpuTensor Values);

    private StreamSystems SystemsOf(int order, int points, SolveControl control)
    {
        int extent = Math.Max(1, order);
        return new StreamSystems(
            order, Scratch("streamSystems", ElementKind.Control, control, points, extent, extent, 2), Scratch("streamValues", ElementKind.Control, control, points, extent));
    }

    /// <summary>Multipliers, and 1/(μ + λ) in place of the eigenvalues.</summary>
    private void SolveMultipliers(
        StreamProblem problem, StreamTable streams, StreamSystems systems, int from, int points, bool inAntennas, GpuTensor z, Tensor multiplier, GpuTensor marked, SolveControl control) =>
        Launch(
            "streamMultipliers", new Groups(points, 1, control.RealizationCount), problem.L, from, points, streams.Branches, systems.Order, inAntennas ? 1 : 0, SecularTolerance, streams.AccessPoint,
            Constants(problem).Budget, z, systems.Values, Scratch("streamEnergies", ElementKind.Control, control, points, Math.Max(1, systems.Order)), multiplier, marked);

    /// <summary>A thread for each entry of such matrices.</summary>
    private Groups EntriesOf(int order, int points, SolveControl control) => new(((order * order) + Shapes.StreamGroup - 1) / Shapes.StreamGroup, points, control.RealizationCount);
}
