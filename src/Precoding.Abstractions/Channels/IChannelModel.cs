namespace Precoding;

/// <summary>A generator of channel realizations; realization r depends on (network, seed, r) only, never on how many are asked for.</summary>
public interface IChannelModel
{
    ChannelBatch Generate(Network network, int realizationCount, ulong seed);
}
