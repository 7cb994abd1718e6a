namespace Precoding.Simulation;

/// <summary>Drops of [BSP §V] at the sizes of a profile: three access points, K/(L·M) as in the paper.</summary>
/// <param name="KeepsPaths">For supports by path binning.</param>
internal sealed record CoherentDrops(int Antennas, int Users, int Drops, ulong Seed, bool KeepsPaths = false)
{
    private const int AccessPoints = 3;
    private readonly Lazy<ChannelBatch> raw = new(() => PaperScenario.CreateModel(Users, Seed, keepPaths: KeepsPaths).Generate(
        PaperScenario.CreateNetwork(Users, Antennas, AccessPoints, Seed), Drops, Seed));

    /// <summary>The paper leaves open how its channels are normalised, and its ratios depend on it: every figure of rates is tried with both.</summary>
    public static IReadOnlyList<Normalization> Normalizations { get; } = [Normalization.Mean, Normalization.User];

    /// <summary>512 antennas and 256 users in the paper.</summary>
    public static CoherentDrops Of(StudyContext context, int? antennas = null, int? users = null, bool keepsPaths = false) => new(
        antennas ?? context.Choose(32, 128, 512), users ?? context.Choose(16, 64, 256), context.Choose(3, 8, 100), context.Seed, keepsPaths);

    public ChannelShape Shape => new(Drops, Users, AccessPoints, Antennas);

    /// <summary>As generated, σ² = 1: gains with path loss.</summary>
    public ChannelBatch Raw => raw.Value;

    /// <summary>Normalised, σ² = 1, P_l = SNR.</summary>
    public ChannelBatch At(Normalization normalization, double snrDb) =>
        Raw.Normalize(normalization).WithNetwork(Raw.Network.WithPowerBudget(Math.Pow(10, snrDb / 10)));

    /// <summary>"normalisation mean", as the command line names it.</summary>
    public static string Describe(Normalization normalization) => $"normalisation {normalization.ToString().ToLowerInvariant()}";

    public override string ToString() => $"L = {AccessPoints}, M = {Antennas}, K = {Users}, {Drops} drops of 3GPP TR 38.901 UMa NLOS, seed {Seed}";
}
