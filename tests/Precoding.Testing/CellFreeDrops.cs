using System.Numerics;
using Precoding.Simulation;

namespace Precoding.Testing;

/// <summary>Seeded drops of the cell-free scenario, each user served by its nearest access points: near ones and far ones, unlike <see cref="RandomStreams"/>.</summary>
/// <param name="L">Access points.</param>
/// <param name="K">Users.</param>
/// <param name="M">Antennas per access point.</param>
/// <param name="N">Antennas per user.</param>
/// <param name="Serving">Access points serving a user.</param>
/// <param name="SnrDb">Mean over the users, in dB, of Σ_l P_l‖H_{k,l}‖²/(N·M) over noise, at budgets of 1.</param>
/// <param name="IsUnequal">Budgets, noise and weights differ.</param>
public sealed record CellFreeDrops(int L, int K, int M, int N, int Serving, double SnrDb, bool IsUnequal = false)
{
    /// <summary>One drop per realization, a pure function of the seed.</summary>
    public ChannelBatch Create(int count, ulong seed)
    {
        var shape = new ChannelShape(count, K, L, M, N);
        var coefficients = new Complex[count * shape.CoefficientsPerRealization];
        var serving = new ServingMap[count];
        var link = new Complex[M];
        for (int r = 0, at = 0; r < count; r++)
        {
            Network drop = CellFreeRayleighChannelModel.CreateNetwork(L, M, K, N, seed, r);
            ChannelBatch channels = new CellFreeRayleighChannelModel().Generate(drop, 1, seed + (ulong)r);
            serving[r] = ServingMap.Nearest([.. drop.AccessPoints.Select(a => a.Position)], [.. drop.Users.Select(u => u.Position)], Serving);
            double[,,] gains = ChannelNormalization.LinkGains(channels);
            double meanDb = Enumerable.Range(0, K).Average(k => 10 * Math.Log10(Enumerable.Range(0, L).Sum(l => gains[0, k, l])));
            double scale = Math.Pow(10, (SnrDb - meanDb) / 20);
            for (int k = 0; k < K; k++)
            {
                for (int l = 0; l < L; l++)
                {
                    for (int a = 0; a < N; a++)
                    {
                        channels.CopyLink(0, k, l, link, a);
                        foreach (Complex h in link)
                        {
                            coefficients[at++] = h * scale;
                        }
                    }
                }
            }
        }

        double[] power = [.. Enumerable.Range(0, L).Select(l => IsUnequal ? Math.Pow(3, (l % 3) - 1) : 1)];
        double[] noise = [.. Enumerable.Range(0, K).Select(k => IsUnequal ? 0.5 + (0.25 * (k % 5)) : 1)];
        double[] weight = [.. Enumerable.Range(0, K).Select(k => IsUnequal ? 0.5 + (0.5 * (k % 4)) : 1)];
        return ChannelBatch.FromArray(Network.WithoutGeometry(shape, power, noise, weight), shape, coefficients).WithServing(ServingMap.Create(serving.Length, L, K, (r, l, k) => serving[r][0, l, k]));
    }

    public override string ToString() => $"L{L}_K{K}_M{M}_N{N}_S{Serving}_{SnrDb}dB{(IsUnequal ? "_unequal" : string.Empty)}";
}
