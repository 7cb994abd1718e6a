using Precoding.Cli.Verbs;
using Precoding.Simulation;

namespace Precoding.Cli.Solving;

/// <summary>A request on the channels that it is for: what is to be solved, by what.</summary>
/// <param name="Request">With the precoder that these channels get by default, where none was named.</param>
/// <param name="Channels">Normalised, with the budgets, noise and serving sets that hold.</param>
/// <param name="Streams">For precoders that have streams, or null.</param>
internal sealed record SolveProblem(SolveRequest Request, ChannelBatch Channels, StreamSetup? Streams, IReadOnlyList<IPrecoder> Precoders)
{
    /// <summary>What the precoders are designed on: the channels, or estimates of them.</summary>
    public ChannelBatch KnownChannels => Request.CsiNmseDb is { } nmse ? Channels.Estimate(nmse, Request.Precoders.Seed, Request.CsiError) : Channels;

    /// <param name="precoders">Of an earlier problem, whose options and streams are the same; null to make them.</param>
    public static SolveProblem Of(SolveRequest request, ChannelFileContent file, IReadOnlyList<IPrecoder>? precoders = null)
    {
        if (request.Precoders.IsDefault && file.Channels.Shape.UserAntennaCount > 1)
        {
            request = request with
            {
                Precoders = request.Precoders with { Entries = PrecoderChoice.ParseNames(PrecoderCatalog.DefaultStreamName) },
                SnrRule = request.SnrDb is null ? null : request.SnrRule ?? SnrRule.GeometricIsotropic,
            };
        }

        RequireAntennas(request, file.Channels.Shape);
        request.Precoders.RequireSequences(file.Channels.Shape);
        StreamSetup? streams = request.Precoders.HaveStreams ? request.Streams.For(file) : null;
        precoders ??= request.Precoders.Create(streams);
        ChannelBatch channels = LinkBudget.Apply(
            file.Channels.Normalize(request.Normalization, request.Precoders.Blocks ?? 1), file.PowerWatts is not null, request.SnrDb, request.PowerWatts, request.NoiseWatts, request.SnrRule, request.AntennaLimitDb, request.Weights);
        return new(request, streams is null ? channels : channels.WithServing(streams.Serving), streams, precoders);
    }

    private static void RequireAntennas(SolveRequest request, ChannelShape shape)
    {
        if (shape.UserAntennaCount > 1 && request.Certificate)
        {
            throw new ValidationException(
                $"--certificate bounds the sum rate of users with one antenna; these channels have {shape.UserAntennaCount} antennas per user. Leave it out.");
        }

        request.Precoders.Entries.RequireAntennas(shape);
    }
}
