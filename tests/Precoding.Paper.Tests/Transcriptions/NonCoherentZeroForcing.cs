using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using ComplexVector = MathNet.Numerics.LinearAlgebra.Vector<System.Numerics.Complex>;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>
/// Local eigen zero forcing: every access point inverts the strongest right singular vectors of its channels to the users it serves, R_i = [v …], Z_i = R_i (R_iᴴ R_i)⁻¹,
/// P_i = γ_i Z_i at full power. [NCJT Alg.3 (31)–(36), noncoherent.md §5]
/// </summary>
internal static class NonCoherentZeroForcing
{
    private const double SmallestGain = 1e-10, SmallestEigenvalue = 1e-8, Ridge = 1e-3;

    public static Matrix Start(NonCoherentScenario scenario, NonCoherentStreams streams) => OverAccessPoints(scenario, streams, scenario.M, directions =>
        Columns(directions, d => d.Right) * InverseGram(scenario, directions));

    /// <summary>X_i with P_i = H_iᴴ X_i, KN × S. [NCJT (34)–(36)]</summary>
    public static Matrix StartCoordinates(NonCoherentScenario scenario, NonCoherentStreams streams) => OverAccessPoints(scenario, streams, scenario.K * scenario.N, directions =>
        Columns(directions, d => InRowsOf(scenario, d.User, d.Left / d.Gain)) * InverseGram(scenario, directions), coordinates: true);

    /// <summary>Matched beams: the column of stream (i, k, m) is H_iᴴ with A_ki[:, m] in the rows of user k, one scale per access point. [noncoherent.md §6.4]</summary>
    public static Matrix Matched(NonCoherentScenario scenario, NonCoherentStreams streams) => OverAccessPoints(scenario, streams, scenario.M, directions =>
        Columns(directions, d => d.Right * d.Gain));

    /// <summary>s of every link, descending: [accessPoint, user][m].</summary>
    public static double[] Gains(NonCoherentScenario scenario, int i, int k) => [.. scenario.H[k, i].Svd().S.Select(s => s.Real)];

    /// <summary>Triples (left, s, right) of the channel, the right one's largest entry real and positive.</summary>
    private static Direction Decompose(NonCoherentScenario scenario, int i, int k, int m)
    {
        Svd<Complex> svd = scenario.H[k, i].Svd();
        ComplexVector right = svd.VT.Row(m).Conjugate();
        Complex largest = right.MaxBy(value => value.Magnitude);
        Complex turn = Complex.Conjugate(largest) / largest.Magnitude;
        return new Direction(k, svd.S[m].Real, svd.S[0].Real, svd.U.Column(m) * turn, right * turn);
    }

    private static Matrix OverAccessPoints(
        NonCoherentScenario scenario, NonCoherentStreams streams, int rowCount, Func<Direction[], Matrix> columns, bool coordinates = false)
    {
        var all = Matrix.Build.Dense(rowCount, streams.Count);
        for (int i = 0; i < scenario.I; i++)
        {
            var live = (from s in streams.SentBy(i)
                        where streams.Number[s] < Math.Min(scenario.N, scenario.M)
                        let direction = Decompose(scenario, i, streams.User[s], streams.Number[s])
                        where direction.Gain > SmallestGain * direction.LargestGain
                        select (s, direction)).ToArray();
            if (live.Length == 0)
            {
                continue;
            }

            Matrix Z = columns([.. live.Select(l => l.direction)]);
            double norm = (coordinates ? scenario.Stacked(i).ConjugateTranspose() * Z : Z).FrobeniusNorm();
            for (int column = 0; column < live.Length; column++)
            {
                all.SetColumn(live[column].s, Z.Column(column) * (Math.Sqrt(scenario.Power[i]) / norm));
            }
        }

        return all;
    }

    /// <summary>(RᴴR)⁻¹, with a ridge where R has more columns than rows or they are nearly parallel.</summary>
    private static Matrix InverseGram(NonCoherentScenario scenario, Direction[] directions)
    {
        Matrix R = Columns(directions, d => d.Right), gram = R.ConjugateTranspose() * R;
        double[] e = [.. gram.Evd(Symmetricity.Hermitian).EigenValues.Select(value => value.Real)];
        bool singular = directions.Length > scenario.M || e.Min() < SmallestEigenvalue * e.Max();
        return (gram + (Matrix.Build.DenseIdentity(directions.Length) * (singular ? Ridge * e.Max() : 0))).Inverse();
    }

    private static ComplexVector InRowsOf(NonCoherentScenario scenario, int k, ComplexVector values)
    {
        ComplexVector full = ComplexVector.Build.Dense(scenario.K * scenario.N);
        full.SetSubVector(k * scenario.N, scenario.N, values);
        return full;
    }

    private static Matrix Columns(Direction[] directions, Func<Direction, ComplexVector> column) => NonCoherentStreams.Columns(directions.Length, s => column(directions[s]));

    private sealed record Direction(int User, double Gain, double LargestGain, ComplexVector Left, ComplexVector Right);
}
