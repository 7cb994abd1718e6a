using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Where streams begin: singular directions of links, Local EZF, matched beams. [noncoherent.md §5, §6.4, §7]</content>
internal sealed partial class GpuEngine
{
    /// <summary>Links at most that are decomposed at the same time, each in memory of its own.</summary>
    private const int LinkGroups = 8192;

    private const double DoubleEpsilon = 2.220446049250313e-16;

    /// <summary>Directions below this share of the strongest are dropped.</summary>
    private double WeakestDirection => Math.Max(1e-10, 16 * Epsilon);

    /// <summary>RᴴR is regularised where its eigenvalues span more than this.</summary>
    private double LargestSpread => Precision == Precision.Single ? 1e5 : 1e8;

    public void LocalEigenZeroForcing(StreamProblem problem, StreamTable streams, Tensor x, SolveControl control)
    {
        (int L, int K, int N, int q, int S, int B) = (problem.L, problem.K, problem.N, streams.Rank, streams.S, streams.B);
        StreamNumbers numbers = Numbers(streams);
        Directions links = DirectionsOfLinks(problem, streams, isJoint: false, control);
        GpuTensor unused = Scratch("unusedMultiplier", ElementKind.Control, control, L), marked = MarkSenders(problem, streams, 0, L, unused, control);
        GpuTensor used = Scratch("usedDirections", ElementKind.Integer, control, L), list = Scratch("listedStreams", ElementKind.Integer, control, L, Math.Max(1, q));
        GpuTensor places = Scratch("listedPlaces", ElementKind.Integer, control, L, Math.Max(1, q));
        StreamSystems systems = SystemsOf(q, L, control);
        var perRealization = new Groups(1, 1, control.RealizationCount);
        Launch(
            "listDirections", perRealization, L, K, N, B, S, q, links.Most, WeakestDirection, numbers.First, numbers.UserOf, streams.AccessPoint, links.Singular, used, list, places, control.Status);
        Launch("directionGrams", EntriesOf(q, L, control), L, K, N, q, numbers.UserOf, used, list, places, links.Vectors, links.Singular, problem.Gram, systems.Matrices, marked);
        GpuTensor vectors = EigenVectors(q, L, systems.Matrices, systems.Values, marked, control);
        Launch("invertSpectra", perRealization, L, problem.M, q, LargestSpread, Math.Max(16 * DoubleEpsilon, Epsilon), used, systems.Values, marked);
        Launch(
            "zeroForcing", PerBranch(streams, control), L, K, N, B, S, q, numbers.UserOf, streams.AccessPoint, used, list, places, links.Vectors, links.Singular, vectors, systems.Values, x,
            control.Status);
        PutOnBudgets(problem, streams, x, control);
    }

    public void MatchedStreams(StreamProblem problem, StreamTable streams, bool unit, Tensor x, SolveControl control)
    {
        StreamNumbers numbers = Numbers(streams);
        bool isJoint = streams.B > 1;
        Directions links = DirectionsOfLinks(problem, streams, isJoint, control);
        Launch(
            "matchedStreams", PerBranch(streams, control), problem.K, problem.N, streams.B, streams.S, isJoint ? 1 : problem.L, links.Most, unit ? 1 : 0, WeakestDirection, numbers.First, numbers.UserOf,
            streams.AccessPoint, links.Vectors, links.Singular, x, control.Status);
        PutOnBudgets(problem, streams, x, control);
    }

    public void EmbedStreams(StreamProblem problem, StreamTable from, Tensor fromX, StreamTable streams, Tensor x, SolveControl control) =>
        Launch("embedStreams", PerBranch(streams, control), streams.B, streams.S, problem.Rows, from.AccessPoint, fromX, streams.AccessPoint, x, control.Status);

    /// <summary>Singular directions of every link, or of every user's links together.</summary>
    /// <param name="Vectors">Columns of A, [realization, user, link, m, N, 2] in double.</param>
    /// <param name="Singular">s, [realization, user, link, m].</param>
    /// <param name="Most">Directions at most.</param>
    private readonly record struct Directions(GpuTensor Vectors, GpuTensor Singular, int Most);

    private Directions DirectionsOfLinks(StreamProblem problem, StreamTable streams, bool isJoint, SolveControl control)
    {
        (int L, int K, int N, int M, int count) = (problem.L, problem.K, problem.N, problem.M, control.RealizationCount);
        int points = isJoint ? 1 : L, width = isJoint ? checked(M * streams.B) : M, slice = checked(2 * N * (width + N));
        int groups = Math.Min((int)Math.Clamp(MemoryPlan.EigenBytes / (sizeof(double) * (long)slice), 1, LinkGroups), checked(count * K * points));
        GpuTensor vectors = Scratch("directions", ElementKind.Control, control, K * points, N, N, 2), singular = Scratch("singularValues", ElementKind.Control, control, K * points, N);
        Launch(
            "linkDirections", new Groups(groups), count, groups, L, K, N, M, isJoint ? streams.B : 1, streams.S, points, Numbers(streams).First, streams.AccessPoint, problem.H,
            Scratch("links", ElementKind.Control, groups, slice), vectors, singular, control.Status);
        return new Directions(vectors, singular, Math.Min(N, width));
    }

    /// <summary>Every access point that sends anything at its budget.</summary>
    private void PutOnBudgets(StreamProblem problem, StreamTable streams, Tensor x, SolveControl control) =>
        ScaleStreams(
            problem, streams, x, Scratch("unusedE", ElementKind.Complex, control, Math.Max(1, streams.Branches), problem.Rows), BudgetRule.WhereSending,
            Scratch("unusedExcess", ElementKind.Control, control), control);
}
