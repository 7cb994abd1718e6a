using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Channels of users with several antennas in, Gram matrices, precoders of streams and what they achieve. [noncoherent.md §1]</content>
internal sealed partial class GpuEngine
{
    public int RealizationGroup => 1;

    public void LoadUserChannels(ChannelBatch channels, int first, StreamProblem problem, SolveControl control) =>
        Load(channels, first, (problem.K, problem.L, problem.N, problem.M), conjugate: problem.N == 1, Constants(problem).Noise, problem.H, control);

    public void UserGramMatrices(StreamProblem problem, SolveControl control)
    {
        (int n, int M) = (problem.Rows, problem.M);
        Product(Reading.Gram, n, n, M, Blocks.Of(problem.H, n * M), Blocks.Of(problem.H, n * M), Blocks.Of(problem.Gram, n * n), control, blocks: problem.L);
    }

    public void ScaleStreamsToBudget(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, SolveControl control) =>
        ScaleStreams(problem, streams, x, e, BudgetRule.WhereSending, control.PowerExcess, control);

    public void SynthesizeStreams(StreamProblem problem, StreamTable streams, Tensor x, Tensor precoders, SolveControl control)
    {
        (int L, int M, int n) = (problem.L, problem.M, problem.Rows);
        GpuTensor parts = BranchParts(streams, control);
        Launch("synthesizeStreams", PerBranch(streams, control), L, streams.Branches, n, M, problem.H, streams.AccessPoint, x, precoders, parts);
        GpuTensor scale = Budgets(problem, streams, 0, L, BudgetRule.WhereAbove, null, Scratch("unusedExcess", ElementKind.Control, control), control, everyStatus: true);
        Launch("scaleStreams", PerBranch(streams, control), L, streams.Branches, M, streams.AccessPoint, scale, precoders);
    }

    public void EvaluateStreams(StreamProblem problem, StreamTable streams, Tensor precoders, Tensor rates, Tensor power, SolveControl control)
    {
        (int L, int M, int K, int n) = (problem.L, problem.M, problem.K, problem.Rows);
        GpuTensor e = Scratch("heard", ElementKind.Complex, control, Math.Max(1, streams.Branches), n), parts = BranchParts(streams, control);
        Launch("heardBeams", PerBranch(streams, control), L, streams.Branches, n, M, problem.H, streams.AccessPoint, precoders, e, parts, 1, control.Status);
        GpuTensor factor = Scratch("unusedFactor", ElementKind.Complex, control, Math.Max(1, streams.Rank), problem.N);
        GpuTensor coefficient = Scratch("unusedCoefficient", ElementKind.Complex, control, Math.Max(1, streams.S), Math.Max(1, streams.MaxRank));
        GpuTensor nats = Factors(problem, streams, e, factor, coefficient, receiver: null, Constants(problem).Ones, everyStatus: true, control);
        Launch("sentPowers", new Groups(1, 1, control.RealizationCount), L, K, streams.Branches, streams.AccessPoint, parts, nats, rates, power);
    }

    /// <summary>When an access point is put on its budget. By number in kernel streamBudgets.</summary>
    private enum BudgetRule
    {
        /// <summary>It sends anything.</summary>
        WhereSending,

        /// <summary>It is above it.</summary>
        WhereAbove,

        /// <summary>Its multiplier is active, or rounding has put it above.</summary>
        WhereActive,
    }

    /// <summary>A group per branch and realization.</summary>
    private static Groups PerBranch(StreamTable streams, SolveControl control) => new(streams.Branches, 1, control.RealizationCount);

    /// <summary>A number for each branch.</summary>
    private GpuTensor BranchParts(StreamTable streams, SolveControl control) => Scratch("branchParts", ElementKind.Control, control, Math.Max(1, streams.Branches));

    /// <summary>Complex numbers in double for each branch.</summary>
    private GpuTensor OfBranches(string name, StreamTable streams, int count, SolveControl control) =>
        Scratch(name, ElementKind.Control, control, Math.Max(1, streams.Branches), Math.Max(1, count), 2);

    /// <summary>c_l of access points from … from + points − 1 by <see cref="BranchParts"/>.</summary>
    private GpuTensor Budgets(
        StreamProblem problem, StreamTable streams, int from, int points, BudgetRule rule, Tensor? multiplier, Tensor powerExcess, SolveControl control, bool everyStatus = false)
    {
        GpuTensor scale = Scratch("budgetScale", ElementKind.Control, control, problem.L), excess = Scratch("budgetExcess", ElementKind.Control, control, problem.L);
        Launch(
            "streamBudgets", new Groups(1, 1, control.RealizationCount), problem.L, streams.Branches, from, points, (int)rule, BranchParts(streams, control), streams.AccessPoint,
            Constants(problem).Budget, multiplier ?? scale, scale, excess, powerExcess, everyStatus ? 1 : 0, control.Status);
        return scale;
    }

    /// <summary>e_b = G_l x_b, then both onto the budgets.</summary>
    private void ScaleStreams(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, BudgetRule rule, Tensor powerExcess, SolveControl control)
    {
        (int L, int n) = (problem.L, problem.Rows);
        GpuTensor xs = OfBranches("newX", streams, n, control), es = OfBranches("newE", streams, n, control);
        Launch("streamImages", PerBranch(streams, control), L, streams.Branches, n, problem.Gram, streams.AccessPoint, x, xs, es, BranchParts(streams, control), control.Status);
        GpuTensor scale = Budgets(problem, streams, 0, L, rule, null, powerExcess, control);
        Launch("storeStreams", PerBranch(streams, control), L, streams.Branches, n, 0, L, streams.AccessPoint, scale, xs, es, x, e, control.Status);
    }
}
