using System.Numerics;

namespace Precoding;

/// <summary>
/// Channels of many realizations, H[realization, user, accessPoint, userAntenna, antenna], kept in the precision they came in, so that every
/// engine starts from the same bits. One receive antenna: the entries are h and y = hᴴp [BSP (7)]. Immutable.
/// </summary>
public sealed class ChannelBatch
{
    private readonly ReadOnlyMemory<ComplexF> single;
    private readonly ReadOnlyMemory<Complex> @double;

    /// <param name="single">The coefficients in single precision, or empty for <paramref name="double"/>.</param>
    private ChannelBatch(Network network, ChannelShape shape, Precision precision, ReadOnlyMemory<ComplexF> single, ReadOnlyMemory<Complex> @double, PropagationPaths? paths)
    {
        (Network, Shape, Precision, this.single, this.@double, Paths) = (network, shape, precision, single, @double, paths);
        Serving = ServingMap.All(Math.Max(1, shape.AccessPointCount), Math.Max(1, shape.UserCount));
        long expected = shape.RealizationCount * shape.CoefficientsPerRealization;
        long got = precision == Precision.Single ? single.Length : @double.Length;
        var problems = new List<string>();
        if (shape.RealizationCount < 1 || shape.UserCount < 1 || shape.AccessPointCount < 1 || shape.AntennaCount < 1 || shape.UserAntennaCount < 1)
        {
            problems.Add($"ChannelBatch: shape is {shape}; every extent must be at least 1.");
        }
        else if (got != expected)
        {
            problems.Add($"ChannelBatch: got {got} coefficients, expected {expected} for {shape}.");
        }

        if (network.AccessPoints.Count != shape.AccessPointCount || network.Users.Count != shape.UserCount)
        {
            problems.Add($"ChannelBatch: the network has {network.AccessPoints.Count} access points and {network.Users.Count} users, " +
                $"the channels are {shape}.");
        }

        if (paths is not null && paths.Shape != shape)
        {
            problems.Add($"ChannelBatch: the paths are for {paths.Shape}, the channels are {shape}.");
        }

        ValidationException.ThrowIfAny(problems);
    }

    public Network Network { get; }

    public ChannelShape Shape { get; }

    /// <summary>Number of realization 0 in the series that the batch is a part of. What is random for a realization belongs to its number there, however the series is cut into batches.</summary>
    public int FirstRealization { get; private init; }

    /// <summary>From one realization's number to the next's.</summary>
    private int RealizationStep { get; init; } = 1;

    /// <summary>Number of a realization in that series.</summary>
    internal int NumberOf(int realization) => FirstRealization + (realization * RealizationStep);

    /// <summary>Path parameters, when the source gave them; the path-binning support selector needs them.</summary>
    public PropagationPaths? Paths { get; }

    /// <summary>Which access points serve which users; all of them where the source did not say.</summary>
    public ServingMap Serving { get; private init; }

    /// <summary>Precision the coefficients are kept in.</summary>
    public Precision Precision { get; }

    /// <summary>Takes ownership of the array.</summary>
    public static ChannelBatch FromArray(Network network, ChannelShape shape, ComplexF[] coefficients, PropagationPaths? paths = null) =>
        FromMemory(network, shape, coefficients, paths);

    /// <summary>Takes ownership of the array.</summary>
    public static ChannelBatch FromArray(Network network, ChannelShape shape, Complex[] coefficients, PropagationPaths? paths = null) =>
        FromMemory(network, shape, coefficients, paths);

    public static ChannelBatch FromSpan(Network network, ChannelShape shape, ReadOnlySpan<ComplexF> coefficients) =>
        FromArray(network, shape, coefficients.ToArray());

    /// <summary>Reads the memory where it lies, as long as the batch is used; nobody may write to it or free it meanwhile.</summary>
    public static ChannelBatch FromMemory(Network network, ChannelShape shape, ReadOnlyMemory<ComplexF> coefficients, PropagationPaths? paths = null) =>
        new ChannelBatch(network, shape, Precision.Single, coefficients, default, paths).RequireFinite();

    /// <summary>Reads the memory where it lies, as long as the batch is used; nobody may write to it or free it meanwhile.</summary>
    public static ChannelBatch FromMemory(Network network, ChannelShape shape, ReadOnlyMemory<Complex> coefficients, PropagationPaths? paths = null) =>
        new ChannelBatch(network, shape, Precision.Double, default, coefficients, paths).RequireFinite();

    /// <summary>The same coefficients under another network (budgets, noise, weights).</summary>
    public ChannelBatch WithNetwork(Network network) => new(network, Shape, Precision, single, @double, Paths) { Serving = Serving, FirstRealization = FirstRealization, RealizationStep = RealizationStep };

    /// <summary>The same coefficients as realizations <paramref name="firstRealization"/>, … of a series.</summary>
    public ChannelBatch StartingAt(int firstRealization)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRealization);
        return new(Network, Shape, Precision, single, @double, Paths) { Serving = Serving, FirstRealization = firstRealization };
    }

    /// <summary>The same coefficients with other serving sets.</summary>
    public ChannelBatch WithServing(ServingMap serving)
    {
        if (serving.AccessPointCount != Shape.AccessPointCount || serving.UserCount != Shape.UserCount ||
            (serving.RealizationCount != 1 && serving.RealizationCount != Shape.RealizationCount))
        {
            throw new ValidationException(
                $"ChannelBatch: the serving map is [{serving.RealizationCount}, {serving.AccessPointCount}, {serving.UserCount}] [realization, accessPoint, user], " +
                $"expected [1 or {Shape.RealizationCount}, {Shape.AccessPointCount}, {Shape.UserCount}].");
        }

        return new(Network, Shape, Precision, single, @double, Paths) { Serving = serving, FirstRealization = FirstRealization, RealizationStep = RealizationStep };
    }

    /// <summary>h of one link: the M coefficients of one receive antenna.</summary>
    public void CopyLink(int realization, int user, int accessPoint, Span<Complex> destination, int userAntenna = 0)
    {
        int start = LinkStart(realization, user, accessPoint, userAntenna);
        ReadOnlySpan<ComplexF> singles = single.Span;
        ReadOnlySpan<Complex> doubles = @double.Span;
        for (int m = 0; m < Shape.AntennaCount; m++)
        {
            destination[m] = Precision == Precision.Single ? singles[start + m] : doubles[start + m];
        }
    }

    /// <summary>The coefficients as kept, row-major; empty when they are kept in double.</summary>
    public ReadOnlySpan<ComplexF> AsSingle() => single.Span;

    /// <summary>The coefficients as kept, row-major; empty when they are kept in single.</summary>
    public ReadOnlySpan<Complex> AsDouble() => @double.Span;

    /// <summary>Realizations <paramref name="first"/> … first + count − 1.</summary>
    public ChannelBatch Slice(int first, int count) => Select(first, 1, count);

    /// <summary>Realizations first, first + step, …</summary>
    internal ChannelBatch Select(int first, int step, int count)
    {
        ChannelShape shape = Shape with { RealizationCount = count };
        int size = checked((int)Shape.CoefficientsPerRealization);
        bool isSingle = Precision == Precision.Single;
        return new(
            Network, shape, Precision, isSingle ? single.Span.EveryRow(size, first, step, count) : default, isSingle ? default : @double.Span.EveryRow(size, first, step, count), Paths?.Select(first, step, count))
        {
            Serving = Serving.Select(first, step, count), FirstRealization = NumberOf(first), RealizationStep = RealizationStep * step,
        };
    }

    /// <summary>Every link multiplied by a positive factor of its own: a new batch in the same precision.</summary>
    public ChannelBatch Scaled(Func<int, int, int, double> scaleOfLink)
    {
        ReadOnlySpan<ComplexF> singles = single.Span;
        ReadOnlySpan<Complex> doubles = @double.Span;
        var scaledSingle = new ComplexF[singles.Length];
        var scaledDouble = new Complex[doubles.Length];
        for (int realization = 0; realization < Shape.RealizationCount; realization++)
        {
            for (int user = 0; user < Shape.UserCount; user++)
            {
                for (int accessPoint = 0; accessPoint < Shape.AccessPointCount; accessPoint++)
                {
                    double scale = scaleOfLink(realization, user, accessPoint);
                    int start = LinkStart(realization, user, accessPoint, 0);
                    int length = Shape.UserAntennaCount * Shape.AntennaCount;
                    for (int index = start; index < start + length; index++)
                    {
                        if (Precision == Precision.Single)
                        {
                            scaledSingle[index] = new ComplexF((float)(singles[index].Real * scale), (float)(singles[index].Imaginary * scale));
                        }
                        else
                        {
                            scaledDouble[index] = doubles[index] * scale;
                        }
                    }
                }
            }
        }

        return new ChannelBatch(Network, Shape, Precision, scaledSingle, scaledDouble, Paths?.Scaled(scaleOfLink)) { Serving = Serving, FirstRealization = FirstRealization, RealizationStep = RealizationStep }.RequireFinite();
    }

    private int LinkStart(int realization, int user, int accessPoint, int userAntenna) => checked((int)
        ((((((long)realization * Shape.UserCount) + user) * Shape.AccessPointCount + accessPoint) * Shape.UserAntennaCount + userAntenna) * Shape.AntennaCount));

    /// <summary>Once for coefficients that are new; what shares them need not look again.</summary>
    private ChannelBatch RequireFinite()
    {
        long bad = -1;
        ReadOnlySpan<ComplexF> singles = single.Span;
        for (int i = 0; bad < 0 && i < singles.Length; i++)
        {
            bad = float.IsFinite(singles[i].Real) && float.IsFinite(singles[i].Imaginary) ? -1 : i;
        }

        ReadOnlySpan<Complex> doubles = @double.Span;
        for (int i = 0; bad < 0 && i < doubles.Length; i++)
        {
            bad = double.IsFinite(doubles[i].Real) && double.IsFinite(doubles[i].Imaginary) ? -1 : i;
        }

        if (bad >= 0)
        {
            long antenna = bad % Shape.AntennaCount, rest = bad / Shape.AntennaCount / Shape.UserAntennaCount;
            throw new ValidationException(
                $"ChannelBatch: H[realization {rest / Shape.AccessPointCount / Shape.UserCount}, user {rest / Shape.AccessPointCount % Shape.UserCount}, " +
                $"access point {rest % Shape.AccessPointCount}, antenna {antenna}] is not finite; expected finite numbers. Remove or repair that realization.");
        }

        return this;
    }
}
