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

    public static string Names(this IEnumerable<PrecoderEntry> entries) => string.Join(", ", entries.Select(e => e.Name));
}
