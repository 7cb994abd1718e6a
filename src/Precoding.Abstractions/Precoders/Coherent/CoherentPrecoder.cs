using Precoding.Engines;

namespace Precoding;

/// <summary>A method for coherent joint transmission to single-antenna users, one stream each.</summary>
public abstract class CoherentPrecoder : Precoder
{
    private protected CoherentPrecoder(PrecoderOptions options)
        : base(options)
    {
    }

    internal sealed override Algorithm CreateAlgorithm(IEngine engine, SolveControl control, Network network, ChannelShape shape, StreamPlan? plan)
    {
        var problem = new CoherentProblem(engine, network, shape, control.Capacity);
        try
        {
            return CreateAlgorithm(engine, problem, control);
        }
        catch
        {
            problem.Dispose();
            throw;
        }
    }

    internal sealed override PrecoderBatch CreatePrecoders(ChannelShape shape, Precision precision, StreamPlan? plan) => new(shape, precision);

    /// <summary>The algorithm on an engine, with its memory; it disposes of the problem.</summary>
    internal abstract CoherentAlgorithm CreateAlgorithm(IEngine engine, CoherentProblem problem, SolveControl control);

    private protected sealed override void RequireSupported(Network network, ChannelShape shape)
    {
        if (network.Transmission != JointTransmission.Coherent || shape.UserAntennaCount != 1)
        {
            throw new ValidationException(
                $"{Name} precodes coherent joint transmission to single-antenna users; got {network.Transmission} with {shape.UserAntennaCount} user antennas. " +
                "Choose ncjt-rwmmse or cjt-wmmse for users with several antennas.");
        }
    }
}
