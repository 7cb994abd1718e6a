using System.Numerics;
using Precoding.Testing;

namespace Precoding.Paper.Tests;

/// <summary>The best linear precoder of a tiny problem by random restarts and random steps: no gradient, no duality, nothing in common with the methods.</summary>
internal static class PrecoderSearch
{
    private const int Restarts = 24;
    private const int Steps = 6000;

    /// <summary>Weighted sum rate, bit/s/Hz, of realization 0.</summary>
    public static double BestRate(ChannelBatch channels, ulong seed)
    {
        (int K, int L, int M) = (channels.Shape.UserCount, channels.Shape.AccessPointCount, channels.Shape.AntennaCount);
        var H = new Complex[K, L * M];
        var link = new Complex[M];
        for (int i = 0; i < K * L; i++)
        {
            channels.CopyLink(0, i / L, i % L, link);
            for (int m = 0; m < M; m++)
            {
                H[i / L, (i % L * M) + m] = link[m];
            }
        }

        int size = K * L * M;
        double best = 0;
        for (int restart = 0; restart < Restarts; restart++)
        {
            Complex[] numbers = RandomProblem.Normals(size * (Steps + 1), seed + (1000 * (ulong)(restart + 1)));
            var P = numbers[..size];
            Scale(P);
            double rate = Rate(P), width = 0.5;
            for (int step = 1; step <= Steps; step++)
            {
                Complex[] trial = [.. P.Select((p, i) => p + (width * Spread(i) * numbers[(step * size) + i]))];
                Scale(trial);
                double reached = Rate(trial);
                if (reached > rate)
                {
                    (P, rate) = (trial, reached);
                    width = Math.Min(1, 1.5 * width);
                }
                else
                {
                    width = Math.Max(1e-7, 0.97 * width);
                }
            }

            best = Math.Max(best, rate);
        }

        return best;

        double Budget(int l) => channels.Network.AccessPoints[l].PowerBudgetWatts;

        double Spread(int i) => Math.Sqrt(Budget(i / M % L));

        // [user, access point, antenna], every access point within its budget
        void Scale(Complex[] P)
        {
            for (int l = 0; l < L; l++)
            {
                int[] own = [.. Enumerable.Range(0, size).Where(i => i / M % L == l)];
                double power = own.Sum(i => P[i].Magnitude * P[i].Magnitude);
                if (power > Budget(l))
                {
                    Array.ForEach(own, i => P[i] *= Math.Sqrt(Budget(l) / power));
                }
            }
        }

        double Rate(Complex[] P)
        {
            double sum = 0;
            for (int k = 0; k < K; k++)
            {
                double signal = 0, level = channels.Network.NoisePowerOf(k);
                for (int u = 0; u < K; u++)
                {
                    Complex heard = 0;
                    for (int i = 0; i < L * M; i++)
                    {
                        heard += Complex.Conjugate(H[k, i]) * P[(u * L * M) + i];
                    }

                    double power = heard.Magnitude * heard.Magnitude;
                    (signal, level) = u == k ? (power, level) : (signal, level + power);
                }

                sum += channels.Network.Users[k].Weight * Math.Log2(1 + (signal / level));
            }

            return sum;
        }
    }
}
