using System.Diagnostics;
using System.Numerics;
using Precoding.Engines;

namespace Precoding;

/// <summary>How far <see cref="SumRateCertificate"/> goes; none of it decides whether the bounds hold, only how tight they are.</summary>
public sealed record SumRateCertificateOptions
{
    /// <summary>Iteration limit.</summary>
    public int MaxIterations { get; init; } = 100;

    /// <summary>ε: a realization settles when its bound U changes by at most ε·max(1, U), U in bit/s/Hz, on three consecutive iterations.</summary>
    public double Tolerance { get; init; } = 1e-6;

    /// <summary>Throws with every problem at once.</summary>
    public void Validate()
    {
        var problems = new List<string>();
        if (MaxIterations is < 1 or > 1_000_000)
        {
            problems.Add(FormattableString.Invariant($"SumRateCertificateOptions.MaxIterations is {MaxIterations}; it must be from 1 to 1000000."));
        }

        if (!(Tolerance >= 0) || !double.IsFinite(Tolerance))
        {
            problems.Add(FormattableString.Invariant($"SumRateCertificateOptions.Tolerance is {Tolerance}; it must be finite and not negative."));
        }

        ValidationException.ThrowIfAny(problems);
    }
}

/// <summary>
/// A number that the weighted sum rate of no transmit scheme exceeds, linear or not, under the budgets of the access points, users having one antenna: the capacity of the
/// dual uplink with noise λ_l at access point l, made a bound at any powers q of its users by Lagrange duality. Each iteration is a bound by itself, so it may end
/// at any time. Computed in double precision whatever the device's, with a margin for rounding. [coherent.md §9; YU07, VJG03]
/// </summary>
public sealed class SumRateCertificate
{
    private const int Patience = 3;
    private const int CheckInterval = 5;

    private readonly SumRateCertificateOptions options;

    public SumRateCertificate(SumRateCertificateOptions? options = null)
    {
        this.options = options ?? new SumRateCertificateOptions();
        this.options.Validate();
    }

    /// <summary>
    /// Bounds on every realization. Cancelling ends the realizations in hand with the bounds they have, after one iteration at least; later ones are bounded by +∞.
    /// </summary>
    /// <param name="channels">True channels of users with one antenna, and the network with budgets, noise and weights.</param>
    /// <param name="device">Its engine computes in double precision.</param>
    /// <param name="progress">Told on the calling thread.</param>
    /// <exception cref="ValidationException">Users have several antennas.</exception>
    public SumRateBounds Bound(ChannelBatch channels, IDevice device, IProgress<SolveProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        long began = Stopwatch.GetTimestamp();
        ChannelShape shape = channels.Shape;
        if (shape.UserAntennaCount != 1)
        {
            throw new ValidationException(
                $"SumRateCertificate: the channels are {shape}; it bounds the rates of users with one antenna. Nothing here bounds those of users with several.");
        }

        channels.Network.Validate();
        int[] order = DecodingOrder(channels.Network);
        Network network = channels.Network.WithinAntennaLimits() with { Users = [.. order.Select(k => channels.Network.Users[k])] };
        using IEngine engine = device.CreateEngine(Precision.Double);
        int capacity = Math.Clamp(engine.RealizationsAtOnce(shape, BytesPerRealization(shape)), 1, shape.RealizationCount);
        using var problem = new CoherentProblem(engine, network, shape, capacity);
        using var uplink = new UplinkState(engine, problem);
        using var control = new SolveControl(engine, capacity, options.MaxIterations, options.Tolerance, Patience);
        var bounds = new SumRateBounds(shape.RealizationCount);
        for (int first = 0; first < shape.RealizationCount && !(first > 0 && cancellationToken.IsCancellationRequested); first += capacity)
        {
            control.RealizationCount = Math.Min(capacity, shape.RealizationCount - first);
            engine.BeginControl(0, control);
            Load(channels, order, first, network, engine, problem, control);
            engine.GramMatrices(problem, control);
            uplink.Begin();
            Iterate(engine, problem, uplink, control, iteration => Report(first, iteration), cancellationToken);
            bounds.Collect(first, uplink, control);
        }

        bounds.Seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return bounds;

        void Report(int done, int iteration) => progress?.Report(new SolveProgress(done, shape.RealizationCount, 0, 1, iteration, options.MaxIterations));
    }

    /// <summary>Users by falling weight: the last are decoded first.</summary>
    private static int[] DecodingOrder(Network network) => [.. Enumerable.Range(0, network.Users.Count).OrderByDescending(k => network.Users[k].Weight)];

    private static long BytesPerRealization(ChannelShape shape) =>
        16 * (shape.CoefficientsPerRealization + ((shape.AccessPointCount + 1L) * shape.UserCount * shape.UserCount));

    private static void Load(ChannelBatch channels, int[] order, int first, Network network, IEngine engine, CoherentProblem problem, SolveControl control)
    {
        if (order.SequenceEqual(Enumerable.Range(0, order.Length)))
        {
            engine.LoadChannels(channels, first, problem, control);
            return;
        }

        (int K, int L, int M) = (problem.K, problem.L, problem.M);
        var reordered = new Complex[control.RealizationCount * channels.Shape.CoefficientsPerRealization];
        for (int link = 0; link < control.RealizationCount * K * L; link++)
        {
            (int r, int k, int l) = (link / (K * L), link / L % K, link % L);
            channels.CopyLink(first + r, order[k], l, reordered.AsSpan(link * M, M));
        }

        engine.LoadChannels(ChannelBatch.FromArray(network, channels.Shape with { RealizationCount = control.RealizationCount }, reordered), 0, problem, control);
    }

    private void Iterate(IEngine engine, CoherentProblem problem, UplinkState uplink, SolveControl control, Action<int> report, CancellationToken stop)
    {
        var status = new int[control.RealizationCount];
        for (int iteration = 1; iteration <= options.MaxIterations && !(iteration > 1 && stop.IsCancellationRequested); iteration++)
        {
            engine.UplinkCapacity(problem, uplink, control);
            engine.AdvanceUplink(problem, uplink, control);
            engine.AdvanceControl(control);
            if (iteration % CheckInterval == 0)
            {
                control.Status.Read(status);
                report(iteration);
                if (Array.TrueForAll(status, s => s != (int)SolveStatus.Running))
                {
                    break;
                }
            }
        }
    }
}
