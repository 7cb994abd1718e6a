namespace Precoding.Engines;

/// <summary>
/// The data of a problem with users of N antennas on an engine. Channels are divided by σ_k, so the noise power is 1 at every antenna. Tensors have
/// room for <see cref="Capacity"/> realizations.
/// </summary>
public sealed class StreamProblem : IDisposable
{
    public StreamProblem(IEngine engine, Network network, ChannelShape shape, int capacity)
    {
        (L, M, N, K, Capacity) = (shape.AccessPointCount, shape.AntennaCount, shape.UserAntennaCount, shape.UserCount, capacity);
        Rows = checked(K * N);
        PowerBudget = [.. network.AccessPoints.Select(a => a.PowerBudgetWatts)];
        Weight = [.. network.Users.Select(u => u.Weight)];
        NoisePower = [.. Enumerable.Range(0, K).Select(network.NoisePowerOf)];
        H = engine.Create("H", ElementKind.Complex, capacity, L, Rows, M);
        Gram = engine.Create("gram", ElementKind.Complex, capacity, L, Rows, Rows);
    }

    /// <summary>Access points.</summary>
    public int L { get; }

    /// <summary>Antennas per access point.</summary>
    public int M { get; }

    /// <summary>Antennas per user.</summary>
    public int N { get; }

    /// <summary>Users.</summary>
    public int K { get; }

    /// <summary>Receive antennas in all, n = K·N; those of user k are k·N … k·N + N − 1.</summary>
    public int Rows { get; }

    public int Capacity { get; }

    /// <summary>P_l, watts, [accessPoint].</summary>
    public double[] PowerBudget { get; }

    /// <summary>α_k, [user]; those of the channels in hand.</summary>
    public double[] Weight { get; }

    /// <summary>σ_k², watts, [user].</summary>
    public double[] NoisePower { get; }

    /// <summary>H_l: the rows of H_{1,l}/σ_1, …, H_{K,l}/σ_K, [realization, accessPoint, row, antenna]. [NCJT (18)]</summary>
    public Tensor H { get; }

    /// <summary>G_l = H_l H_lᴴ, [realization, accessPoint, row, row].</summary>
    public Tensor Gram { get; }

    /// <summary>The weights of another solve. Budgets and noise stay.</summary>
    internal void TakeWeights(Network network)
    {
        for (int k = 0; k < K; k++)
        {
            Weight[k] = network.Users[k].Weight;
        }
    }

    public void Dispose()
    {
        H.Dispose();
        Gram.Dispose();
    }
}

/// <summary>
/// Which streams there are and who sends them. Streams are numbered by user. A branch of a stream is one of the access points that send it: one in
/// non-coherent transmission, all serving ones, in ascending order, in coherent. Vectors of branches are [realization, stream·B + branch, …].
/// </summary>
public sealed class StreamTable : IDisposable
{
    /// <param name="streamsOfUser">Room for streams of each user; a realization may use fewer.</param>
    /// <param name="branches">B, most access points of one stream.</param>
    public StreamTable(IEngine engine, StreamProblem problem, IReadOnlyList<int> streamsOfUser, int branches)
    {
        (First, RankFirst) = (new int[problem.K + 1], new int[problem.K + 1]);
        for (int k = 0; k < problem.K; k++)
        {
            First[k + 1] = First[k] + streamsOfUser[k];
            RankFirst[k + 1] = RankFirst[k] + Math.Min(problem.N, streamsOfUser[k]);
            MaxStreams = Math.Max(MaxStreams, streamsOfUser[k]);
        }

        MaxRank = Math.Min(problem.N, MaxStreams);
        UserOf = [.. Enumerable.Range(0, problem.K).SelectMany(k => Enumerable.Repeat(k, streamsOfUser[k]))];
        B = branches;
        AccessPoint = engine.Create("accessPoint", ElementKind.Integer, problem.Capacity, Math.Max(1, S), B);
    }

    /// <summary>Streams in all.</summary>
    public int S => First[^1];

    /// <summary>Branches per stream.</summary>
    public int B { get; }

    /// <summary>Branches in all, S·B.</summary>
    public int Branches => S * B;

    /// <summary>First stream of a user; one more entry closes the list. [user]</summary>
    public int[] First { get; }

    /// <summary>The user of a stream. [stream]</summary>
    public int[] UserOf { get; }

    /// <summary>q_k = min(N, streams of user k) as the difference of neighbours, [user]; q = Σ_k q_k is the order of the systems. </summary>
    public int[] RankFirst { get; }

    /// <summary>q = Σ_k q_k.</summary>
    public int Rank => RankFirst[^1];

    /// <summary>Room for streams of the user that has most.</summary>
    public int MaxStreams { get; }

    /// <summary>max_k q_k.</summary>
    public int MaxRank { get; }

    /// <summary>Who sends a branch, −1 for nobody; the branches of one stream ascend. [realization, stream, branch]</summary>
    public Tensor AccessPoint { get; }

    public void Dispose() => AccessPoint.Dispose();
}
