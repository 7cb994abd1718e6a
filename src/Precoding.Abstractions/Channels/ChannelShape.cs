namespace Precoding;

/// <summary>Extents of a channel batch, [realization, user, accessPoint, userAntenna, antenna].</summary>
public readonly record struct ChannelShape(int RealizationCount, int UserCount, int AccessPointCount, int AntennaCount, int UserAntennaCount = 1)
{
    /// <summary>Number of complex coefficients of one realization.</summary>
    public long CoefficientsPerRealization => (long)UserCount * AccessPointCount * UserAntennaCount * AntennaCount;

    public override string ToString() => UserAntennaCount == 1
        ? $"[{RealizationCount}, {UserCount}, {AccessPointCount}, {AntennaCount}] [realization, user, accessPoint, antenna]"
        : $"[{RealizationCount}, {UserCount}, {AccessPointCount}, {UserAntennaCount}, {AntennaCount}] [realization, user, accessPoint, userAntenna, antenna]";
}
