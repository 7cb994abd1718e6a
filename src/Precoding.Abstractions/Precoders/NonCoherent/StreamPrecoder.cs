using Precoding.Engines;

namespace Precoding;

/// <summary>What a method of streams makes access points and central unit send each other. [NCJT Table I]</summary>
internal enum Exchange
{
    /// <summary>Every access point by itself.</summary>
    Nothing,

    /// <summary>Channels up, precoders down.</summary>
    Antennas,

    /// <summary>Gram matrices up, coordinates down.</summary>
    Coordinates,
}

/// <summary>A method for users with several antennas and streams, non-coherent unless it says otherwise.</summary>
public abstract class StreamPrecoder : Precoder
{
    private protected StreamPrecoder(StreamOptions options)
        : base(options)
    {
    }

    internal sealed override bool NeedsPlan => true;

    /// <summary>What access points and central unit send each other.</summary>
    internal abstract Exchange Exchange { get; }

    /// <summary>Users of weight 0 have streams, which an update ends; where a search would have to, they are sent nothing.</summary>
    private protected virtual bool SendsToWeightZero => true;

    private protected StreamOptions StreamOptions => (StreamOptions)Options;

    internal override StreamPlan Plan(ChannelBatch channels)
    {
        int[,,] streams = StreamCounts(channels);
        return new StreamPlan(StreamPlan.Separate(channels.Shape, (r, l, k) => SendsToWeightZero || channels.Network.Users[k].Weight > 0 ? streams[r, l, k] : 0));
    }

    internal sealed override Algorithm CreateAlgorithm(IEngine engine, SolveControl control, Network network, ChannelShape shape, StreamPlan? plan)
    {
        var problem = new StreamProblem(engine, network, shape, control.Capacity);
        try
        {
            return CreateAlgorithm(new StreamContext(engine, problem, control) { WordBits = (Options as ExchangeOptions)?.FronthaulBits }, plan!);
        }
        catch
        {
            problem.Dispose();
            throw;
        }
    }

    internal sealed override PrecoderBatch CreatePrecoders(ChannelShape shape, Precision precision, StreamPlan? plan)
    {
        StreamLayout layout = plan!.Streams;
        int[] streamUser = [.. layout.StreamsOfUser.SelectMany((count, user) => Enumerable.Repeat(user, count))];
        return new PrecoderBatch(shape, precision, streamUser, layout.Branches, (int[])layout.AccessPoints.Clone());
    }

    internal sealed override Interaction InteractionOf(PrecoderBatch precoders, int realization)
    {
        int branches = 0;
        for (int i = 0; i < precoders.StreamCount * precoders.BranchCount; i++)
        {
            branches += precoders.AccessPointOf(realization, i / precoders.BranchCount, i % precoders.BranchCount) >= 0 ? 1 : 0;
        }

        return Exchange switch
        {
            Exchange.Nothing => Interaction.None,
            Exchange.Antennas => Interaction.InAntennas(precoders.Shape, branches),
            _ => Interaction.InCoordinates(precoders.Shape, branches),
        };
    }

    internal override int PieceSize(IEngine engine, int asked, int available)
    {
        int group = engine.RealizationGroup;
        return Math.Min((asked + group - 1) / group * group, available);
    }

    /// <summary>
    /// Gram matrices, vectors and beams of branches, factors of an update and of the evaluation; and in double, which counts twice: systems of order q and their vectors with three rows
    /// beside each, coordinates and right sides, receivers, directions of links with a row beside each.
    /// </summary>
    internal override long ComplexNumbersPerRealization(ChannelShape shape)
    {
        long L = shape.AccessPointCount, K = shape.UserCount, N = shape.UserAntennaCount, n = K * N, S = StreamsAtMost(shape), branches = S * BranchesAtMost(shape), q = Math.Min(n, S);
        long most = StreamOptions.Streams is StreamRule.Table ? S : S / K; // of a user
        long kept = (L * n * n) + (branches * ((VectorsOfBranches * n) + shape.AntennaCount)) + (2 * N * (q + S));
        return kept + (2 * ((L * ((2 * q * q) + (3 * q) + 2)) + (branches * ((2 * (n + q)) + 1)) + (n * ((5 * N) + most)) + (L * n * (N + 1))));
    }

    /// <summary>Vectors of n numbers that a method keeps for each branch.</summary>
    private protected virtual int VectorsOfBranches => 5;

    /// <summary>Streams at most, whatever the serving map; candidates included.</summary>
    private protected virtual long StreamsAtMost(ChannelShape shape)
    {
        long links = (long)shape.UserCount * shape.AccessPointCount;
        long byRule = StreamOptions.Streams switch
        {
            StreamRule.PerLink perLink => links * perLink.Count,
            StreamRule.Table table => table.Counts.Cast<int>().Sum(count => (long)Math.Max(0, count)),
            _ => links * shape.UserAntennaCount,
        };
        return StreamOptions.MaxStreams is { } limit ? Math.Min(byRule, (long)shape.UserCount * limit) : byRule;
    }

    /// <summary>Branches of a stream at most.</summary>
    private protected virtual long BranchesAtMost(ChannelShape shape) => 1;

    /// <summary>The algorithm with its memory; it disposes of the problem.</summary>
    internal abstract StreamAlgorithm CreateAlgorithm(StreamContext context, StreamPlan plan);

    private protected override void RequireSupported(Network network, ChannelShape shape)
    {
        if (network.LimitsAntennas)
        {
            throw new ValidationException($"{Name} knows no power limits of single antennas, but the network has some. Remove AntennaPowerLimitsWatts (--antenna-limit-db), or choose a coherent precoder of single-antenna users, such as reduced-cg.");
        }
    }

    /// <summary>d of (realization, access point, user) by the rule, or every problem with it.</summary>
    private protected int[,,] StreamCounts(ChannelBatch channels)
    {
        ChannelShape shape = channels.Shape;
        var counts = new int[shape.RealizationCount, shape.AccessPointCount, shape.UserCount];
        double[,,]? gains = StreamOptions.Streams is StreamRule.Average ? ChannelNormalization.LinkGains(channels) : null;
        var problems = new List<string>();
        if (StreamOptions.Streams is StreamRule.Table { Counts: var given } && (given.GetLength(0) != shape.AccessPointCount || given.GetLength(1) != shape.UserCount))
        {
            throw new ValidationException($"{Name}: the stream table is [{given.GetLength(0)}, {given.GetLength(1)}], expected [{shape.AccessPointCount}, {shape.UserCount}] [accessPoint, user].");
        }

        for (int r = 0; r < shape.RealizationCount && problems.Count == 0; r++)
        {
            for (int k = 0; k < shape.UserCount; k++)
            {
                int[] servers = [.. Enumerable.Range(0, shape.AccessPointCount).Where(l => channels.Serving[r, l, k])];
                int[] ranked = gains is null ? servers : [.. servers.OrderByDescending(l => gains[r, k, l])];
                int sum = 0;
                for (int l = 0; l < shape.AccessPointCount; l++)
                {
                    int place = Array.IndexOf(ranked, l);
                    int count = StreamOptions.Streams switch
                    {
                        StreamRule.Table table => table.Counts[l, k],
                        _ when place < 0 => 0,
                        StreamRule.PerLink perLink => perLink.Count,
                        _ => (MaxStreamsOf(channels, k) / ranked.Length) + (place < MaxStreamsOf(channels, k) % ranked.Length ? 1 : 0),
                    };
                    if (count < 0 || (count > 0 && place < 0))
                    {
                        problems.Add($"{Name}: {count} streams from access point {l} to user {k}, which it does {(place < 0 ? "not " : "")}serve in realization {r}; expected {(place < 0 ? "0" : "0 or more")}.");
                    }

                    counts[r, l, k] = count;
                    sum += count;
                }

                if (sum > (LimitOf(channels, k) ?? int.MaxValue))
                {
                    problems.Add($"{Name}: user {k} would receive {sum} streams in realization {r}, its limit is {LimitOf(channels, k)}. Ask for fewer streams, or raise the limit.");
                }
            }
        }

        ValidationException.ThrowIfAny(problems);
        return counts;
    }

    /// <summary>Dmax_k as somebody set it; null where nobody did.</summary>
    private protected int? LimitOf(ChannelBatch channels, int user) => StreamOptions.MaxStreams ?? channels.Network.Users[user].MaxStreams;

    /// <summary>Dmax_k; N where nobody set it.</summary>
    private protected int MaxStreamsOf(ChannelBatch channels, int user) => LimitOf(channels, user) ?? channels.Shape.UserAntennaCount;
}
