namespace Precoding.Cli.Solving;

/// <summary>What the command line must know of a precoder to read its options and write its results.</summary>
internal static class PrecoderFamily
{
    /// <summary>For users with any number of antennas, by streams and serving sets; the others are for single-antenna users.</summary>
    public static bool HasStreams(this PrecoderEntry entry) => entry.DefaultOptions is StreamOptions;

    /// <summary>Nothing to iterate.</summary>
    public static bool IsClosedForm(this PrecoderEntry entry) => entry.DefaultOptions is ClosedFormOptions or LocalEigenZeroForcingOptions;

    /// <summary>Every stream leaves one access point.</summary>
    public static bool IsNonCoherent(this PrecoderEntry entry) => entry.HasStreams() && entry.DefaultOptions is not CoherentStreamWmmseOptions;

    public static IReadOnlyList<PrecoderEntry> SingleAntenna { get; } = [.. PrecoderCatalog.Entries.Where(e => !e.HasStreams())];

    /// <summary>Throws where precoders for single-antenna users are to serve users with several.</summary>
    public static void RequireAntennas(this IReadOnlyList<PrecoderEntry> entries, ChannelShape shape)
    {
        if (shape.UserAntennaCount > 1 && entries.Any(e => !e.HasStreams()))
        {
            throw new ValidationException(
                $"{entries.Where(e => !e.HasStreams()).Names()} can precode for single-antenna users only; these channels have {shape.UserAntennaCount} antennas per user. " +
                $"Choose --precoder {PrecoderCatalog.DefaultStreamName} (every stream from one access point) or cjt-wmmse (all serving ones in phase).");
        }
    }

    public static string Names(this IEnumerable<PrecoderEntry> entries) => string.Join(", ", entries.Select(e => e.Name));
}
