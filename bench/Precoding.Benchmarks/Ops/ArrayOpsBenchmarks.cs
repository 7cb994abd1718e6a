using Precoding.Engines;

namespace Precoding.Benchmarks.Ops;

/// <summary>Responses to 400 rays a link.</summary>
public class ArrayResponsesBenchmarks : StepBenchmark
{
    private const int RayCount = 400;

    private Tensor rays = null!, responses = null!;

    /// <summary>A complex multiplication and addition for every ray and antenna.</summary>
    public override double? FlopsPerCall => 8 * RayCount * Extents.R * Extents.K * Extents.L * Extents.M;

    protected override void Prepare()
    {
        int links = Problem.K * Problem.L;
        (rays, responses) = (Reals(links, RayCount, 4), Complex(links, Problem.M));
        var random = new Random(3);
        var values = new double[rays.Length];
        for (int at = 0; at < values.Length; at += 4)
        {
            (values[at], values[at + 1]) = (random.NextDouble() - 0.5, random.NextDouble() - 0.5);
            (values[at + 3], values[at + 2]) = Math.SinCos(Math.PI * random.NextDouble());
        }

        rays.Write(values);
    }

    protected override void Step() => Engine.ArrayResponses(rays, responses, Control);
}
