using System.Numerics;
using Precoding.Engines;

namespace Precoding;

/// <summary>What precoders achieve on channels that they may not have been designed for.</summary>
public static class PrecoderEvaluation
{
    /// <summary>
    /// The same result with the rates of its precoders on other channels: R_k = log2 det(I + Ē_kᴴΩ_k⁻¹Ē_k) there, streams of a user decoded jointly, powers as they are. Precoders, statuses, iterations
    /// and traces stay those of the design, whose rates <see cref="PrecodingResult.DesignedSumRate"/> keeps.
    /// </summary>
    /// <param name="result">Of a design.</param>
    /// <param name="channels">The truth, of the same shape.</param>
    /// <param name="device">Computes; any device will do.</param>
    /// <exception cref="ValidationException">The shapes differ.</exception>
    public static PrecodingResult EvaluatedOn(this PrecodingResult result, ChannelBatch channels, IDevice device)
    {
        PrecoderBatch precoders = result.Precoders;
        ChannelShape shape = channels.Shape;
        if (shape != precoders.Shape)
        {
            throw new ValidationException($"EvaluatedOn: the channels are {shape}, the precoders were designed for {precoders.Shape}. Evaluate on channels of the same shape.");
        }

        int B = precoders.BranchCount, S = precoders.StreamCount, M = shape.AntennaCount;
        long bytes = 16 * ((2 * shape.CoefficientsPerRealization) + (2L * S * B * M) + ((long)shape.AccessPointCount * shape.UserCount * shape.UserAntennaCount * shape.UserCount * shape.UserAntennaCount));
        using IEngine engine = device.CreateEngine();
        int capacity = Math.Clamp(engine.RealizationsAtOnce(shape, bytes), 1, shape.RealizationCount);
        using var problem = new StreamProblem(engine, channels.Network, shape, capacity);
        using var streams = new StreamTable(engine, problem, [.. Enumerable.Range(0, shape.UserCount).Select(k => precoders.StreamUser.Count(user => user == k))], B);
        using var control = new SolveControl(engine, capacity, maxIterations: 1, tolerance: 0, patience: 1);
        using Tensor p = engine.Create("precoders", ElementKind.Complex, capacity, Math.Max(1, S * B), M);
        using Tensor rates = engine.Create("rates", ElementKind.Control, capacity, shape.UserCount), power = engine.Create("accessPointPower", ElementKind.Control, capacity, shape.AccessPointCount);
        PrecodingResult evaluated = result.ForEvaluation(channels.Network);
        for (int first = 0; first < shape.RealizationCount; first += capacity)
        {
            int count = Math.Min(capacity, shape.RealizationCount - first);
            control.RealizationCount = count;
            engine.BeginControl(0, control);
            engine.LoadUserChannels(channels, first, problem, control);
            Write(precoders, first, count, streams, p);
            engine.EvaluateStreams(problem, streams, p, rates, power, control);
            var rateOf = new double[count * shape.UserCount];
            var powerOf = new double[count * shape.AccessPointCount];
            rates.Read(rateOf);
            power.Read(powerOf);
            for (int r = 0; r < count; r++)
            {
                evaluated.SetRates(first + r, rateOf.AsSpan(r * shape.UserCount, shape.UserCount), powerOf.AsSpan(r * shape.AccessPointCount, shape.AccessPointCount));
            }
        }

        return evaluated;
    }

    private static void Write(PrecoderBatch precoders, int first, int count, StreamTable streams, Tensor p)
    {
        int B = precoders.BranchCount, branches = precoders.StreamCount * B, M = precoders.Shape.AntennaCount;
        var accessPoints = new int[count * branches];
        var values = new Complex[count * branches * M];
        for (int i = 0; i < count * branches; i++)
        {
            int r = first + (i / branches), stream = i % branches / B, branch = i % B;
            accessPoints[i] = precoders.AccessPointOf(r, stream, branch);
            precoders.CopyTo(r, stream, branch, values.AsSpan(i * M, M));
        }

        streams.AccessPoint.Write(accessPoints);
        p.Write(values);
    }
}
