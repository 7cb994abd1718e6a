using Precoding.Engines;

namespace Precoding;

/// <summary>A precoding method with its options: stateless, reusable, safe to share.</summary>
public abstract class Precoder : IPrecoder
{
    private protected Precoder(PrecoderOptions options)
    {
        options.Validate();
        Options = options;
    }

    public abstract string Name { get; }

    public PrecoderOptions Options { get; }

    public ISolver CreateSolver(Network network, ChannelShape shape, IDevice device)
    {
        network.Validate();
        RequireSupported(network, shape);

        if (network.AccessPoints.Count != shape.AccessPointCount || network.Users.Count != shape.UserCount)
        {
            throw new ValidationException(
                $"{Name}: the network has {network.AccessPoints.Count} access points and {network.Users.Count} users, expected those of the channels {shape}.");
        }

        if (network.LimitsAntennas && network.AccessPoints[0].Array.AntennaCount != shape.AntennaCount)
        {
            throw new ValidationException(
                $"{Name}: the network limits {network.AccessPoints[0].Array.AntennaCount} antennas of each access point, the channels {shape} have {shape.AntennaCount}. Give one limit for each.");
        }

        return new BatchSolver(this, network, shape, device);
    }

    public PrecodingResult Solve(ChannelBatch channels, IDevice device, CancellationToken cancellationToken = default)
    {
        using ISolver solver = CreateSolver(channels.Network, channels.Shape, device);
        return solver.Solve(channels, cancellationToken: cancellationToken);
    }

    /// <summary>Who sends which streams is decided from the channels, before the algorithm is created.</summary>
    internal virtual bool NeedsPlan => false;

    internal virtual StreamPlan? Plan(ChannelBatch channels) => null;

    /// <summary>The algorithm on an engine, with its memory.</summary>
    internal abstract Algorithm CreateAlgorithm(IEngine engine, SolveControl control, Network network, ChannelShape shape, StreamPlan? plan);

    /// <summary>Room for the precoders of a solve.</summary>
    internal abstract PrecoderBatch CreatePrecoders(ChannelShape shape, Precision precision, StreamPlan? plan);

    /// <summary>Room for the same precoders as beams; null for methods that know none.</summary>
    internal virtual BeamPrecoderBatch? CreateBeams(ChannelShape shape) => null;

    /// <summary>What access points and central unit exchange for a realization; null for methods that nobody distributes.</summary>
    internal virtual Interaction? InteractionOf(PrecoderBatch precoders, int realization) => null;

    /// <summary>Realizations to hold at once, when <paramref name="asked"/> would do and there are <paramref name="available"/>.</summary>
    internal virtual int PieceSize(IEngine engine, int asked, int available) => asked;

    /// <summary>The arithmetic an algorithm needs on channels of this shape, when the device was opened for <paramref name="asked"/>.</summary>
    internal virtual Precision PrecisionFor(ChannelShape shape, Precision asked) => asked;

    /// <summary>Iteration limit on channels of this shape.</summary>
    /// <param name="limitsAntennas">Antennas have power limits of their own.</param>
    internal virtual int IterationLimit(ChannelShape shape, bool limitsAntennas) => Options.MaxIterations;

    /// <summary>Complex numbers an algorithm keeps per realization beside channels and precoders; it sizes batches, nothing else.</summary>
    internal abstract long ComplexNumbersPerRealization(ChannelShape shape);

    /// <summary>Complex numbers more where antennas have power limits of their own.</summary>
    internal virtual long ComplexNumbersOfLimits(ChannelShape shape) => 0;

    /// <summary>Throws where the network's transmission or the users' antennas are not this method's, naming one that can.</summary>
    private protected abstract void RequireSupported(Network network, ChannelShape shape);
}
