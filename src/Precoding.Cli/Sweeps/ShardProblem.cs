using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Sweeps;

/// <summary>Realizations of a shard from one source, normalised, before there is power.</summary>
internal sealed record ShardProblem(ChannelFileContent Content)
{
    /// <summary>One for every file that the realizations lie in.</summary>
    public static IReadOnlyList<ShardProblem> Of(SweepPlan plan, int first, int count) =>
        [.. plan.Drops.Read(first, count).Select(content => new ShardProblem(content with { Channels = content.Channels.Normalize(plan.Normalization) }))];

    /// <summary>The channels at one SNR of the plan, with serving sets and what is known of them.</summary>
    public UnitProblem At(SweepPlan plan, int snr)
    {
        StreamSetup? streams = plan.Precoders.Any(p => p.Entry.HasStreams()) ? plan.Streams.For(Content) : null;
        double? snrDb = double.IsNaN(plan.SnrDb[snr]) ? null : plan.SnrDb[snr];
        ChannelBatch channels = LinkBudget.Apply(Content.Channels, plan.Drops.HavePower, snrDb, plan.PowerWatts, plan.NoiseWatts, plan.SnrRule, plan.AntennaLimitDb);
        channels = streams is null ? channels : channels.WithServing(streams.Serving);
        return new UnitProblem(channels, plan.CsiNmseDb is { } nmse ? channels.Estimate(nmse, plan.Seed, plan.CsiError) : channels, streams);
    }
}

/// <summary>What units of one SNR solve.</summary>
/// <param name="Channels">The truth.</param>
/// <param name="Known">What precoders are designed on.</param>
internal sealed record UnitProblem(ChannelBatch Channels, ChannelBatch Known, StreamSetup? Streams);
