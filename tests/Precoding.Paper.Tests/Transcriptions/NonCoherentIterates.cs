using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>One iteration is U and W from all streams, then every access point's precoder by itself; entry 0 is the start. [NCJT Alg.1, Alg.2]</summary>
internal sealed class NonCoherentIterates
{
    /// <summary>Weighted sum rate after each iteration, bit/s/Hz.</summary>
    public List<double> WeightedSumRate { get; } = [];

    public List<double[]> Rates { get; } = [];

    /// <summary>V after each iteration.</summary>
    public List<Matrix> V { get; } = [];

    /// <summary>λ_i of iteration n at n − 1.</summary>
    public List<double[]> Multipliers { get; } = [];

    public Matrix Last => V[^1];

    /// <param name="update">P_i, M × S_i, and λ_i from what all users receive.</param>
    public static NonCoherentIterates Run(
        NonCoherentScenario scenario, NonCoherentStreams streams, Matrix V0, int iterationCount, Func<NonCoherentReception, int, (Matrix P, double Multiplier)> update)
    {
        var iterates = new NonCoherentIterates();
        NonCoherentReception reception = iterates.Add(streams.Receive(scenario, V0), V0);
        for (int iteration = 0; iteration < iterationCount; iteration++)
        {
            (Matrix V, var multipliers) = (Matrix.Build.Dense(scenario.M, streams.Count), new double[scenario.I]);
            for (int i = 0; i < scenario.I; i++)
            {
                int[] sent = streams.SentBy(i);
                if (sent.Length == 0)
                {
                    continue;
                }

                (Matrix P, multipliers[i]) = update(reception, i);
                double excess = P.Enumerate().Sum(Scenario.Square) / scenario.Power[i];
                P = excess > 1 ? P / Math.Sqrt(excess) : P;
                for (int column = 0; column < sent.Length; column++)
                {
                    V.SetColumn(sent[column], P.Column(column));
                }
            }

            iterates.Multipliers.Add(multipliers);
            reception = iterates.Add(streams.Receive(scenario, V), V);
        }

        return iterates;
    }

    private NonCoherentReception Add(NonCoherentReception reception, Matrix V)
    {
        Rates.Add(reception.Rates);
        WeightedSumRate.Add(reception.WeightedSumRate);
        this.V.Add(V);
        return reception;
    }
}
