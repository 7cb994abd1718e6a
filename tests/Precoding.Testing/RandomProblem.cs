using System.Numerics;

namespace Precoding.Testing;

/// <summary>Extents of a problem.</summary>
/// <param name="R">Realizations.</param>
/// <param name="L">Access points.</param>
/// <param name="M">Antennas per access point.</param>
/// <param name="K">Users.</param>
public readonly record struct ProblemShape(int R, int L, int M, int K)
{
    public ChannelShape Channels => new(R, K, L, M);

    public override string ToString() => $"R{R}_L{L}_M{M}_K{K}";
}

/// <summary>Seeded random problems: a pure function of shape, seed and options.</summary>
public static class RandomProblem
{
    /// <summary>
    /// Channels of a few random paths per link (so that beams are few), user gains spread over <paramref name="spreadDb"/>; equal budgets, noise 1.
    /// </summary>
    public static ChannelBatch Create(ProblemShape shape, ulong seed, double powerWatts = 20, double spreadDb = 6, int pathCount = 3) =>
        Create(shape, seed, Network.WithoutGeometry(shape.Channels, [.. Enumerable.Repeat(powerWatts, shape.L)]), spreadDb, pathCount);

    /// <summary>The same channels under unequal budgets, noise powers and weights (one weight is 0 from three users on).</summary>
    public static ChannelBatch CreateUnequal(ProblemShape shape, ulong seed, double powerWatts = 20, double spreadDb = 6, int pathCount = 3)
    {
        double[] power = [.. Enumerable.Range(0, shape.L).Select(l => powerWatts * Math.Pow(3, (l % 3) - 1))];
        double[] noise = [.. Enumerable.Range(0, shape.K).Select(k => 0.5 + (0.25 * (k % 5)))];
        double[] weight = [.. Enumerable.Range(0, shape.K).Select(k => k == 2 ? 0 : 0.5 + (0.5 * (k % 4)))];
        return Create(shape, seed, Network.WithoutGeometry(shape.Channels, power, noise, weight), spreadDb, pathCount);
    }

    /// <summary>The same network with unequal limits of antennas: all together less than the budget, more than it, and none, access point after access point.</summary>
    public static Network WithUnequalAntennaLimits(this Network network) => network with
    {
        AccessPoints = [.. network.AccessPoints.Select((a, l) => l % 3 == 2 ? a : a with
        {
            AntennaPowerLimitsWatts = [.. Enumerable.Range(0, a.Array.AntennaCount).Select(m => a.PowerBudgetWatts / a.Array.AntennaCount * (l % 3 == 0 ? 0.5 + (0.2 * (m % 2)) : 1.1 + (0.4 * (m % 3))))],
        })],
    };

    /// <summary>The batch with the links that <paramref name="isZero"/>(realization, user, access point) names set to zero.</summary>
    public static ChannelBatch WithZeroLinks(this ChannelBatch channels, Func<int, int, int, bool> isZero) =>
        channels.Scaled((r, k, l) => isZero(r, k, l) ? 0 : 1);

    /// <summary>CN(0,1) numbers.</summary>
    public static Complex[] Normals(int count, ulong seed)
    {
        var random = new CounterRandom(seed, RandomPurpose.StartPrecoder, 0);
        return [.. Enumerable.Range(0, count).Select(i => random.ComplexNormal((uint)i))];
    }

    private static ChannelBatch Create(ProblemShape shape, ulong seed, Network network, double spreadDb, int pathCount)
    {
        var coefficients = new Complex[shape.R * shape.K * shape.L * shape.M];
        int at = 0;
        for (int r = 0; r < shape.R; r++)
        {
            for (int k = 0; k < shape.K; k++)
            {
                double gain = Math.Pow(10, spreadDb / 20 * new CounterRandom(seed, RandomPurpose.LargeScale, r, k).Normal(0));
                for (int l = 0; l < shape.L; l++, at += shape.M)
                {
                    AddPaths(coefficients.AsSpan(at, shape.M), new CounterRandom(seed, RandomPurpose.Cluster, r, k, l), gain, pathCount);
                }
            }
        }

        return ChannelBatch.FromArray(network, shape.Channels, coefficients);
    }

    /// <summary>h_m = Σ_p c_p exp(−jπ m cos_p), with ‖h‖² = M·gain² on average.</summary>
    private static void AddPaths(Span<Complex> link, CounterRandom random, double gain, int pathCount)
    {
        for (uint path = 0; path < pathCount; path++)
        {
            Complex amplitude = random.ComplexNormal(2 * path) * (gain / Math.Sqrt(pathCount));
            double cosine = (2 * random.Uniform((2 * path) + 1)) - 1;
            for (int m = 0; m < link.Length; m++)
            {
                link[m] += amplitude * Complex.FromPolarCoordinates(1, -Math.PI * m * cosine);
            }
        }
    }
}
