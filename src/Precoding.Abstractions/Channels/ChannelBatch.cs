using System.Numerics;

namespace Precoding;

/// <summary>
/// Channels of many realizations, H[realization, user, accessPoint, userAntenna, antenna], kept in the precision they came in, so that every
/// engine starts from the same bits. One receive antenna: the entries are h and y = hᴴp [BSP (7)]. Immutable.
/// </summary>
public sealed class ChannelBatch
{
    private readonly ComplexF[]? single;
    private readonly Complex[]? @double;

    private ChannelBatch(Network network, ChannelShape shape, ComplexF[]? single, Complex[]? @double, PropagationPaths? paths)
    {
        (Network, Shape, this.single, this.@double, Paths) = (network, shape, single, @double, paths);
        Serving = ServingMap.All(Math.Max(1, shape.AccessPointCount), Math.Max(1, shape.UserCount));
        long expected = shape.RealizationCount * shape.CoefficientsPerRealization;
        long got = single?.LongLength ?? @double!.LongLength;
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
        RequireFinite();
    }

    public Network Network { get; }

    public ChannelShape Shape { get; }

    /// <summary>Number of realization 0 in the series that the batch is a part of. What is random for a realization belongs to its number there, however the series is cut into batches.</summary>
    public int FirstRealization { get; private init; }

    /// <summary>Path parameters, when the source gave them; the path-binning support selector needs them.</summary>
    public PropagationPaths? Paths { get; }

    /// <summary>Which access points serve which users; all of them where the source did not say.</summary>
    public ServingMap Serving { get; private init; }

    /// <summary>Precision the coefficients are kept in.</summary>
    public Precision Precision => single is not null ? Precision.Single : Precision.Double;

    /// <summary>Takes ownership of the array.</summary>
    public static ChannelBatch FromArray(Network network, ChannelShape shape, ComplexF[] coefficients, PropagationPaths? paths = null) =>
        new(network, shape, coefficients, null, paths);

    /// <summary>Takes ownership of the array.</summary>
    public static ChannelBatch FromArray(Network network, ChannelShape shape, Complex[] coefficients, PropagationPaths? paths = null) =>
        new(network, shape, null, coefficients, paths);

    public static ChannelBatch FromSpan(Network network, ChannelShape shape, ReadOnlySpan<ComplexF> coefficients) =>
        new(network, shape, coefficients.ToArray(), null, null);

    /// <summary>The same coefficients under another network (budgets, noise, weights).</summary>
    public ChannelBatch WithNetwork(Network network) => new(network, Shape, single, @double, Paths) { Serving = Serving, FirstRealization = FirstRealization };

    /// <summary>The same coefficients as realizations <paramref name="firstRealization"/>, … of a series.</summary>
    public ChannelBatch StartingAt(int firstRealization)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRealization);
        return new(Network, Shape, single, @double, Paths) { Serving = Serving, FirstRealization = firstRealization };
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

        return new(Network, Shape, single, @double, Paths) { Serving = serving, FirstRealization = FirstRealization };
    }

    /// <summary>h of one link: the M coefficients of one receive antenna.</summary>
    public void CopyLink(int realization, int user, int accessPoint, Span<Complex> destination, int userAntenna = 0)
    {
        int start = LinkStart(realization, user, accessPoint, userAntenna);
        for (int m = 0; m < Shape.AntennaCount; m++)
        {
            destination[m] = single is not null ? single[start + m] : @double![start + m];
        }
    }

    /// <summary>The coefficients as kept, row-major; empty when they are kept in double.</summary>
    public ReadOnlySpan<ComplexF> AsSingle() => single;

    /// <summary>The coefficients as kept, row-major; empty when they are kept in single.</summary>
    public ReadOnlySpan<Complex> AsDouble() => @double;

    /// <summary>Realizations <paramref name="first"/> … first + count − 1.</summary>
    public ChannelBatch Slice(int first, int count)
    {
        ChannelShape shape = Shape with { RealizationCount = count };
        int start = checked((int)(first * Shape.CoefficientsPerRealization));
        int length = checked((int)(count * Shape.CoefficientsPerRealization));
        return new(Network, shape, single?.AsSpan(start, length).ToArray(), @double?.AsSpan(start, length).ToArray(), Paths?.Slice(first, count))
        {
            Serving = Serving.Slice(first, count), FirstRealization = FirstRealization + first,
        };
    }

    /// <summary>Every link multiplied by a positive factor of its own: a new batch in the same precision.</summary>
    public ChannelBatch Scaled(Func<int, int, int, double> scaleOfLink)
    {
        ComplexF[]? scaledSingle = single is null ? null : new ComplexF[single.Length];
        Complex[]? scaledDouble = @double is null ? null : new Complex[@double.Length];
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
                        if (scaledSingle is not null)
                        {
                            scaledSingle[index] = new ComplexF((float)(single![index].Real * scale), (float)(single[index].Imaginary * scale));
                        }
                        else
                        {
                            scaledDouble![index] = @double![index] * scale;
                        }
                    }
                }
            }
        }

        return new(Network, Shape, scaledSingle, scaledDouble, Paths?.Scaled(scaleOfLink)) { Serving = Serving, FirstRealization = FirstRealization };
    }

    private int LinkStart(int realization, int user, int accessPoint, int userAntenna) => checked((int)
        ((((((long)realization * Shape.UserCount) + user) * Shape.AccessPointCount + accessPoint) * Shape.UserAntennaCount + userAntenna) * Shape.AntennaCount));

    private void RequireFinite()
    {
        long bad = -1;
        if (single is not null)
        {
            bad = Array.FindIndex(single, c => !float.IsFinite(c.Real) || !float.IsFinite(c.Imaginary));
        }
        else
        {
            bad = Array.FindIndex(@double!, c => !double.IsFinite(c.Real) || !double.IsFinite(c.Imaginary));
        }

        if (bad >= 0)
        {
            long antenna = bad % Shape.AntennaCount, rest = bad / Shape.AntennaCount / Shape.UserAntennaCount;
            throw new ValidationException(
                $"ChannelBatch: H[realization {rest / Shape.AccessPointCount / Shape.UserCount}, user {rest / Shape.AccessPointCount % Shape.UserCount}, " +
                $"access point {rest % Shape.AccessPointCount}, antenna {antenna}] is not finite; expected finite numbers. Remove or repair that realization.");
        }
    }
}
