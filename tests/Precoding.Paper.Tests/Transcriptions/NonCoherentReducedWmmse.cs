using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>Three ways to the stationary point (G T G + λ G) X = G E. [noncoherent.md §4.2]</summary>
public enum ReducedForm
{
    /// <summary>X = F (FᴴGF + λ I)⁻¹ C.</summary>
    Factor,

    /// <summary>X = (T G + λ I)⁻¹ E, for λ > 0.</summary>
    PushThrough,

    /// <summary>X = (G T G + λ G)⁺ G E, for λ > 0. [NCJT (29)]</summary>
    Direct,
}

/// <summary>RWMMSE: P_i = H_iᴴ X_i, the iterations know only G_i = H_i H_iᴴ. [NCJT Alg.2]</summary>
internal static class NonCoherentReducedWmmse
{
    /// <summary>Singular values below this share of the largest are zeros of a pseudo-inverse.</summary>
    private const double RankTolerance = 1e-13;

    public static NonCoherentIterates Run(
        NonCoherentScenario scenario, NonCoherentStreams streams, Matrix V0, int iterationCount, ReducedForm form = ReducedForm.Factor, MultiplierSearch search = MultiplierSearch.Secular)
    {
        Matrix[] H = [.. Enumerable.Range(0, scenario.I).Select(scenario.Stacked)];
        Matrix[] G = [.. H.Select(stacked => stacked * stacked.ConjugateTranspose())];
        return NonCoherentIterates.Run(scenario, streams, V0, iterationCount, (reception, i) =>
        {
            (Matrix X, double lambda) = Coordinates(reception, G[i], streams.SentBy(i), scenario.Power[i], form, search);
            return (H[i].ConjugateTranspose() * X, lambda);
        });
    }

    /// <summary>X_i, KN × S_i, and λ_i from what is received, G_i and the streams of access point i.</summary>
    public static (Matrix X, double Multiplier) Coordinates(NonCoherentReception reception, Matrix G, int[] sent, double budget, ReducedForm form, MultiplierSearch search)
    {
        Matrix F = reception.Factor(), C = NonCoherentStreams.Choose(reception.Target(), sent);
        if (form == ReducedForm.Factor)
        {
            (Matrix solution, double lambda) = NonCoherentPower.Solve(F.ConjugateTranspose() * G * F, C, budget, search, reduced: true);
            return (F * solution, lambda);
        }

        Matrix T = reception.T(), E = NonCoherentStreams.Choose(reception.E(), sent), GE = G * E, identity = Matrix.Build.DenseIdentity(G.RowCount);
        Matrix At(double lambda) => form == ReducedForm.PushThrough ? ((T * G) + (identity * lambda)).Solve(E) : PseudoInverse((G * T * G) + (G * lambda)) * GE;
        double PowerOf(Matrix X) => Scenario.Inner(X, G * X);
        double upper = Math.Sqrt(Scenario.Inner(E, GE) / budget); // Σ b = tr(Eᴴ G E)
        double multiplier = NonCoherentPower.Bisected(value => PowerOf(At(value)), budget, upper);
        return (At(multiplier), multiplier);
    }

    public static Matrix PseudoInverse(Matrix A)
    {
        Svd<Complex> svd = A.Svd();
        double largest = svd.S[0].Real;
        Matrix inverse = Matrix.Build.DenseDiagonal(A.RowCount, A.RowCount, m => svd.S[m].Real > RankTolerance * largest ? 1 / svd.S[m].Real : 0);
        return svd.VT.ConjugateTranspose() * inverse * svd.U.ConjugateTranspose();
    }
}
