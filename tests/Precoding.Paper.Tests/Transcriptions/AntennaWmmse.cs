using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>Centralised WMMSE: M × M systems, P_i = (A_i + λ_i I)⁻¹ B_i, the access points in parallel. [NCJT Alg.1 (13)–(17)]</summary>
internal static class AntennaWmmse
{
    public static NonCoherentIterates Run(
        NonCoherentScenario scenario, NonCoherentStreams streams, Matrix V0, int iterationCount, MultiplierSearch search = MultiplierSearch.Secular) =>
        NonCoherentIterates.Run(scenario, streams, V0, iterationCount, (reception, i) =>
            NonCoherentPower.Solve(Hessian(scenario, reception, i), Linear(scenario, streams, reception, i), scenario.Power[i], search, reduced: false));

    /// <summary>A_i = Σ_k α_k H_kiᴴ U_k W_k U_kᴴ H_ki over all users, M × M.</summary>
    public static Matrix Hessian(NonCoherentScenario scenario, NonCoherentReception reception, int i) =>
        reception.Served.Aggregate(Matrix.Build.Dense(scenario.M, scenario.M), (sum, k) =>
        {
            Matrix heard = scenario.H[k, i].ConjugateTranspose() * reception.Receiver(k);
            return sum + (heard * reception.Weight(k) * heard.ConjugateTranspose() * scenario.Weight[k]);
        });

    /// <summary>B_i: column s is α_k H_kiᴴ (U_k W_k)[:, s], M × S_i.</summary>
    public static Matrix Linear(NonCoherentScenario scenario, NonCoherentStreams streams, NonCoherentReception reception, int i)
    {
        int[] sent = streams.SentBy(i);
        return NonCoherentStreams.Columns(sent.Length, column =>
        {
            int k = streams.User[sent[column]];
            Matrix full = scenario.H[k, i].ConjugateTranspose() * reception.Receiver(k) * reception.Weight(k) * scenario.Weight[k];
            return full.Column(Array.IndexOf(reception.Own[k], sent[column]));
        });
    }
}
