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
            return network.LimitsAntennas
                ? new AntennaLimitedAlgorithm(this, network, shape, engine, problem, control)
                : CreateAlgorithm(engine, problem, control);
        }
        catch
        {
            problem.Dispose();
            throw;
        }
    }

    internal sealed override PrecoderBatch CreatePrecoders(ChannelShape shape, Precision precision, StreamPlan? plan) => new(shape, precision);

    /// <summary>Iterations between two weightings of antennas that have power limits of their own.</summary>
    internal virtual int IterationsPerRound => 4;

    /// <summary>Iterations of the method itself.</summary>
    internal virtual int OwnIterationLimit(ChannelShape shape) => Options.MaxIterations;

    internal sealed override int IterationLimit(ChannelShape shape, bool limitsAntennas)
    {
        int limit = OwnIterationLimit(shape), round = IterationsPerRound;
        return limitsAntennas ? (limit + round - 1) / round : limit;
    }

    /// <summary>Weighted channels with their Gram matrices, precoders of the method and of the round.</summary>
    internal sealed override long ComplexNumbersOfLimits(ChannelShape shape) =>
        (3 * shape.CoefficientsPerRealization) + ((shape.AccessPointCount + 1L) * shape.UserCount * shape.UserCount) + (2L * shape.AccessPointCount * shape.AntennaCount);

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
