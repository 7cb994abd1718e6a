using System.Numerics;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>U of <see cref="IUplinkOps.AdvanceUplink"/> without rounding to speak of: 28 decimal digits, elimination minor by minor, logarithms alone in double.</summary>
internal static class ExactUplink
{
    private readonly record struct Number(decimal Re, decimal Im)
    {
        public static Number operator +(Number a, Number b) => new(a.Re + b.Re, a.Im + b.Im);

        public static Number operator -(Number a, Number b) => new(a.Re - b.Re, a.Im - b.Im);

        public static Number operator *(Number a, Number b) => new((a.Re * b.Re) - (a.Im * b.Im), (a.Re * b.Im) + (a.Im * b.Re));

        public static Number operator /(Number a, Number b)
        {
            decimal energy = (b.Re * b.Re) + (b.Im * b.Im);
            return new(((a.Re * b.Re) + (a.Im * b.Im)) / energy, ((a.Im * b.Re) - (a.Re * b.Im)) / energy);
        }
    }

    /// <param name="h">[user, access point, antenna], noise 1.</param>
    /// <param name="noise">λ.</param>
    /// <param name="power">q.</param>
    public static double Bound(Complex[] h, ProblemShape shape, double[] noise, double[] power, CoherentProblem problem)
    {
        (int L, int M, int K) = (shape.L, shape.M, shape.K);
        Number[,] G = new Number[K, K];
        for (int i = 0; i < K * K * L * M; i++)
        {
            (int k, int u, int at) = (i / (K * L * M), i / (L * M) % K, i % (L * M));
            Complex a = h[(k * L * M) + at], b = h[(u * L * M) + at];
            G[k, u] += new Number((decimal)a.Real, -(decimal)a.Imaginary) * new Number((decimal)b.Real / (decimal)noise[at / M], (decimal)b.Imaginary / (decimal)noise[at / M]);
        }

        decimal[] g = new decimal[K];
        double capacity = 0;
        for (int n = 1; n <= K; n++)
        {
            double step = problem.Weight[n - 1] - (n < K ? problem.Weight[n] : 0);
            capacity += step * Eliminate(G, power, n, (k, marginal) => g[k] += (decimal)step * marginal);
        }

        decimal used = g.Zip(power, (a, b) => a * (decimal)b).Sum(), budget = noise.Zip(problem.PowerBudget, (a, b) => (decimal)a * (decimal)b).Sum();
        return capacity + (double)((budget * Math.Max(0, g.Max())) - used);
    }

    /// <summary>(I + G_nD_n)⁻¹G_n by Gauss–Jordan elimination: its diagonal is told, ln det(I + G_nD_n) returned.</summary>
    private static double Eliminate(Number[,] G, double[] power, int n, Action<int, decimal> tell)
    {
        var rows = new Number[n][];
        for (int i = 0; i < n; i++)
        {
            rows[i] = new Number[2 * n];
            for (int j = 0; j < n; j++)
            {
                rows[i][j] = new Number((G[i, j].Re * (decimal)power[j]) + (i == j ? 1 : 0), G[i, j].Im * (decimal)power[j]);
                rows[i][n + j] = G[i, j];
            }
        }

        double logarithm = 0;
        for (int p = 0; p < n; p++)
        {
            Number pivot = rows[p][p];
            logarithm += Math.Log((double)pivot.Re); // a ratio of determinants of positive definite matrices: real
            for (int i = 0; i < n; i++)
            {
                if (i != p)
                {
                    Number factor = rows[i][p] / pivot;
                    for (int j = p; j < 2 * n; j++)
                    {
                        rows[i][j] -= factor * rows[p][j];
                    }
                }
            }
        }

        for (int k = 0; k < n; k++)
        {
            tell(k, (rows[k][n + k] / rows[k][k]).Re);
        }

        return logarithm;
    }
}
