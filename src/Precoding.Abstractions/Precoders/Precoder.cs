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
        if (network.Transmission != JointTransmission.Coherent || shape.UserAntennaCount != 1)
        {
            throw new ValidationException(
                $"{Name} precodes coherent joint transmission to single-antenna users; got {network.Transmission} with {shape.UserAntennaCount} user antennas. " +
                "Choose JointTransmission.Coherent and one antenna per user.");
        }

        if (network.AccessPoints.Count != shape.AccessPointCount || network.Users.Count != shape.UserCount)
        {
            throw new ValidationException(
                $"{Name}: the network has {network.AccessPoints.Count} access points and {network.Users.Count} users, expected those of the channels {shape}.");
        }

        return new CoherentSolver(this, network, shape, device);
    }

    public PrecodingResult Solve(ChannelBatch channels, IDevice device, CancellationToken cancellationToken = default)
    {
        using ISolver solver = CreateSolver(channels.Network, channels.Shape, device);
        return solver.Solve(channels, cancellationToken: cancellationToken);
    }

    /// <summary>The algorithm on an engine, with its memory.</summary>
    internal abstract CoherentAlgorithm CreateAlgorithm(IEngine engine, CoherentProblem problem, SolveControl control);

    /// <summary>The arithmetic an algorithm needs on channels of this shape, when the device was opened for <paramref name="asked"/>.</summary>
    internal virtual Precision PrecisionFor(ChannelShape shape, Precision asked) => asked;

    /// <summary>Complex numbers an algorithm keeps per realization beside channels and precoders; it sizes batches, nothing else.</summary>
    internal abstract long ComplexNumbersPerRealization(ChannelShape shape);
}
