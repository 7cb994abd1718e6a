namespace Precoding;

/// <summary>A generator of channel realizations; realization r of the series of a seed depends on (network, seed, r) only, never on which others are asked for.</summary>
public interface IChannelModel
{
    /// <summary>Realizations firstRealization … firstRealization + realizationCount − 1 of the series.</summary>
    ChannelBatch Generate(Network network, int realizationCount, ulong seed, int firstRealization = 0);
}
