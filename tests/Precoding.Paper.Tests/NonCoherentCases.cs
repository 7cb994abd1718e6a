using NUnit.Framework;
using Precoding.Testing;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>A problem with its streams and start, by a name that tests print.</summary>
internal sealed record NonCoherentProblem(NonCoherentScenario Scenario, NonCoherentStreams Streams)
{
    public Matrix Start => NonCoherentZeroForcing.Start(Scenario, Streams);
}

/// <summary>Random problems of several kinds: I, K, M, N, serving access points, streams of each, SNR.</summary>
public sealed record NonCoherentCase(int I, int K, int M, int N, int L, int D, double SnrDb, ulong Seed)
{
    /// <summary>KN below M, equal to it, above it; one antenna; everybody served by everybody.</summary>
    public static NonCoherentCase[] All =>
    [
        new(3, 3, 8, 2, 2, 1, 10, 1), new(2, 3, 6, 2, 2, 2, 20, 2), new(3, 4, 6, 2, 2, 1, 10, 3), new(3, 4, 6, 1, 2, 1, 0, 4), new(2, 5, 4, 3, 1, 1, 10, 5),
    ];

    /// <summary>Where the Gram matrices are regular.</summary>
    public static NonCoherentCase[] Regular => [.. All.Where(c => c.K * c.N <= c.M)];

    internal NonCoherentProblem Create()
    {
        NonCoherentScenario scenario = NonCoherentScenario.RandomUnequal(I, K, M, N, Seed, SnrDb);
        return new NonCoherentProblem(scenario, NonCoherentStreams.Of(scenario.Strongest(L), D));
    }

    public override string ToString() => $"I{I}_K{K}_M{M}_N{N}_L{L}_d{D}_{SnrDb}dB";
}
