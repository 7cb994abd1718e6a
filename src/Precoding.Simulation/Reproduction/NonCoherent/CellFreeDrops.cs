namespace Precoding.Simulation;

/// <summary>Drops of [NCJT VI-A]: Rayleigh fading over a square of 500 m, the nearest access points serve, average SNR of users without beamforming. [noncoherent.md §10]</summary>
/// <param name="Serving">Access points that serve a user.</param>
internal sealed record CellFreeDrops(int AccessPoints, int Users, int Antennas, int UserAntennas, int Serving, int Drops, ulong Seed)
{
    private readonly Lazy<ChannelBatch> raw = new(() =>
    {
        ChannelBatch channels = new CellFreeRayleighChannelModel { DropSideMetres = CellFreeRayleighChannelModel.DefaultSideMetres }.Generate(
            CellFreeRayleighChannelModel.CreateNetwork(AccessPoints, Antennas, Users, UserAntennas, Seed), Drops, Seed);
        return channels.WithServing(ServingMap.Nearest(
            CellFreeRayleighChannelModel.AccessPointPositionTable(AccessPoints, Seed, 0, Drops), CellFreeRayleighChannelModel.UserPositionTable(Users, Seed, 0, Drops), Serving));
    });

    /// <summary>Four access points, two of them serving; the sizes that fit the numbers that the paper prints. Its own table is not known.</summary>
    public static CellFreeDrops Of(StudyContext context, int users = 8, int antennas = 64, int userAntennas = 4) =>
        new(4, users, antennas, userAntennas, 2, context.Choose(4, 40, 100), context.Seed);

    public ChannelBatch At(double snrDb) => raw.Value.ScaleToSnr(SnrRule.GeometricIsotropic, snrDb);

    public override string ToString() =>
        $"I = {AccessPoints}, K = {Users}, M = {Antennas}, N = {UserAntennas}, {Serving} serving, {Drops} Rayleigh drops, seed {Seed}, SNR geometric-isotropic";
}
