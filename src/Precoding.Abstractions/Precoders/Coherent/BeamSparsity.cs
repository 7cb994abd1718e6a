using Precoding.Engines;

namespace Precoding;

/// <summary>How few beams carry a channel.</summary>
public static class BeamSparsity
{
    /// <summary>Ñ_k/(M·L) of one realization, [user]: the beams that pursuit gives a user, per antenna. [BSP Fig. 3]</summary>
    /// <param name="fineFactor">F.</param>
    /// <param name="pursuitResidual">Share of a link's energy that pursuit leaves.</param>
    public static double[] UserRatios(ChannelBatch channels, int realization, IDevice device, int fineFactor, double pursuitResidual)
    {
        ChannelShape shape = channels.Shape;
        int L = shape.AccessPointCount;
        using IEngine engine = device.CreateEngine();
        using var problem = new CoherentProblem(engine, channels.Network, shape, capacity: 1);
        using var control = new SolveControl(engine, capacity: 1, maxIterations: 1, tolerance: 0, patience: 1) { RealizationCount = 1 };
        using var support = new BeamSupport(engine, problem, fineFactor, Math.Max(1, shape.AntennaCount / 2));
        engine.BeginControl(0, control);
        engine.LoadChannels(channels, realization, problem, control);
        engine.PursuitSupport(problem, pursuitResidual, support, control);
        var start = new int[(shape.UserCount * L) + 1];
        support.Start.Read(start);
        return [.. Enumerable.Range(0, shape.UserCount).Select(k => (double)(start[(k + 1) * L] - start[k * L]) / (L * shape.AntennaCount))];
    }
}
