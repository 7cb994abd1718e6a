using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Precoding.Engines;
using ComplexVector = MathNet.Numerics.LinearAlgebra.Vector<System.Numerics.Complex>;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>An iteration of RWMMSE and of WMMSE in the antennas, and the choice of streams. [NCJT Alg. 1, 2, 4; noncoherent.md §2, §4, §6, §7]</content>
internal sealed partial class ReferenceEngine
{
    public void StreamFactors(StreamProblem problem, StreamTable streams, Tensor e, Tensor factor, Tensor coefficient, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            var E = EffectiveChannels(problem, streams, e, r);
            double objective = 0;
            for (int k = 0; k < problem.K; k++)
            {
                var (own, interference) = Levels(problem, streams, E, k);
                double alpha = problem.Weight[k];
                var R = interference.Cholesky().Factor;
                var (U, values, V) = SingularVectors(R.Solve(own)); // B = UΣVᴴ
                objective += alpha * values.Sum(s => Math.Log(1 + (s * s)));
                if (streams.First[k] == streams.First[k + 1])
                {
                    continue;
                }

                var F = R.ConjugateTranspose().Solve(U * Diagonal(values.Select(s => Math.Sqrt(alpha) * s / Math.Sqrt(1 + (s * s)))));
                var C = Diagonal(values.Select(s => Math.Sqrt(alpha) * Math.Sqrt(1 + (s * s)))) * V.ConjugateTranspose();
                for (int j = 0; j < F.ColumnCount; j++)
                {
                    for (int a = 0; a < problem.N; a++)
                    {
                        Element(factor, r, streams.RankFirst[k] + j, a) = F[a, j];
                    }
                }

                for (int s = streams.First[k]; s < streams.First[k + 1]; s++)
                {
                    for (int j = 0; j < coefficient.Shape[^1]; j++)
                    {
                        Element(coefficient, r, s, j) = j < C.RowCount ? C[j, s - streams.First[k]] : 0;
                    }
                }
            }

            Real(control.Objective, r) = objective;
        }
    }

    public void UpdateStreams(
        StreamProblem problem, StreamTable streams, int accessPoint, Tensor factor, Tensor coefficient, Tensor x, Tensor e, Tensor multiplier, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            var F = BlockFactor(problem, streams, factor, r);
            Complex[] before = [.. ((ReferenceTensor)e).Complexes]; // all access points move side by side
            ComplexVector Before(int b) => ComplexVector.Build.Dense(problem.Rows, i => before[((ReferenceTensor)e).Offset(r, b, i)]);
            foreach (int l in accessPoint >= 0 ? [accessPoint] : Enumerable.Range(0, problem.L))
            {
                int[] branches = BranchesOf(streams, r, l);
                var others = Matrix.Build.Dense(problem.Rows, Math.Max(1, branches.Length));
                for (int i = 0; i < branches.Length; i++)
                {
                    int first = branches[i] / streams.B * streams.B;
                    others.SetColumn(i, Enumerable.Range(first, streams.B).Where(b => b != branches[i]).Aggregate(others.Column(i), (sum, b) => sum + Before(b)));
                }

                var G = Load(problem.Gram, r, l);
                var C = Coefficients(streams, coefficient, r, branches) - (F.ConjugateTranspose() * others);
                var (mu, Q) = Eigen(F.ConjugateTranspose() * G * F);
                var rotated = Q.ConjugateTranspose() * C;
                double lambda = PowerMultiplier(mu, [.. mu.Select((value, i) => value * rotated.Row(i).Sum(Energy))], problem.PowerBudget[l]);
                var X = F * Q * Diagonal(Inverses(mu, lambda)) * rotated;
                X *= ScaleWithin(problem.PowerBudget[l], Inner(X, G * X));
                StoreColumns(X, x, r, branches);
                StoreColumns(G * X, e, r, branches);
                Real(multiplier, r, l) = lambda;
                RaiseExcess(problem, l, StreamPower(streams, x, e, r, l), r, control);
            }

            if (accessPoint < 0)
            {
                ClearUnsent(streams, x, r);
                ClearUnsent(streams, e, r);
            }
        }
    }

    public void UpdateBeams(
        StreamProblem problem, StreamTable streams, Tensor factor, Tensor coefficient, Tensor precoders, Tensor e, Tensor multiplier, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            var F = BlockFactor(problem, streams, factor, r);
            for (int l = 0; l < problem.L; l++)
            {
                int[] branches = BranchesOf(streams, r, l);
                var H = Load(problem.H, r, l);
                var HF = H.ConjugateTranspose() * F;
                var (mu, Q) = Eigen(HF * HF.ConjugateTranspose());
                var rotated = Q.ConjugateTranspose() * (HF * Coefficients(streams, coefficient, r, branches));
                double lambda = PowerMultiplier(mu, [.. mu.Select((_, i) => rotated.Row(i).Sum(Energy))], problem.PowerBudget[l]);
                var P = Q * Diagonal(Inverses(mu, lambda)) * rotated;
                P *= ScaleWithin(problem.PowerBudget[l], Inner(P, P));
                StoreColumns(P, precoders, r, branches);
                StoreColumns(H * P, e, r, branches);
                Real(multiplier, r, l) = lambda;
                RaiseExcess(problem, l, branches.Length > 0 ? Inner(P, P) : 0, r, control);
            }

            ClearUnsent(streams, precoders, r);
            ClearUnsent(streams, e, r);
        }
    }

    public void StreamScores(StreamProblem problem, StreamTable streams, Tensor factor, Tensor coefficient, Tensor e, Tensor scores, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            var heard = BlockFactor(problem, streams, factor, r).ConjugateTranspose() * EffectiveChannels(problem, streams, e, r);
            for (int s = 0; s < streams.S; s++)
            {
                var c = Coefficients(streams, coefficient, r, [s * streams.B]).Column(0);
                bool isSent = Enumerable.Range(s * streams.B, streams.B).Any(b => AccessPointOf(streams, r, b) >= 0);
                Real(scores, r, s) = isSent ? Inner(heard.Column(s), heard.Column(s)) - (2 * Inner(c, heard.Column(s))) : 0;
            }
        }
    }

    public void SelectStreams(StreamProblem problem, StreamTable candidates, Tensor scores, StreamTable selected, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            for (int k = 0; k < problem.K; k++)
            {
                int first = selected.First[k], room = selected.First[k + 1] - first;
                int[] accessPoints = [.. Enumerable.Range(candidates.First[k], candidates.First[k + 1] - candidates.First[k])
                    .Where(s => Real(scores, r, s) < 0)
                    .OrderBy(s => Real(scores, r, s)) // stable: ties by number
                    .Take(room)
                    .Select(s => AccessPointOf(candidates, r, s))
                    .Order()];
                for (int i = 0; i < room; i++)
                {
                    Integer(selected.AccessPoint, r, first + i) = i < accessPoints.Length ? accessPoints[i] : -1;
                }
            }
        }
    }

    /// <summary>F = blkdiag(F_k), n × q (one column of zeros where there is no stream).</summary>
    private static Matrix BlockFactor(StreamProblem problem, StreamTable streams, Tensor factor, int r)
    {
        var F = Matrix.Build.Dense(problem.Rows, Math.Max(1, streams.Rank));
        for (int k = 0; k < problem.K; k++)
        {
            for (int j = streams.RankFirst[k]; j < streams.RankFirst[k + 1]; j++)
            {
                for (int a = 0; a < problem.N; a++)
                {
                    F[(k * problem.N) + a, j] = Element(factor, r, j, a);
                }
            }
        }

        return F;
    }

    /// <summary>C's columns of the streams of these branches, each in the block of its user, q × branches.</summary>
    private static Matrix Coefficients(StreamTable streams, Tensor coefficient, int r, int[] branches)
    {
        var C = Matrix.Build.Dense(Math.Max(1, streams.Rank), Math.Max(1, branches.Length));
        for (int i = 0; i < branches.Length; i++)
        {
            int s = branches[i] / streams.B, k = streams.UserOf[s];
            for (int j = streams.RankFirst[k]; j < streams.RankFirst[k + 1]; j++)
            {
                C[j, i] = Element(coefficient, r, s, j - streams.RankFirst[k]);
            }
        }

        return C;
    }

    /// <summary>Eigenvalues, what rounding made negative set to 0, and eigenvectors.</summary>
    private static (double[] Values, Matrix Vectors) Eigen(Matrix hermitian)
    {
        var evd = ((hermitian + hermitian.ConjugateTranspose()) / 2).Evd(Symmetricity.Hermitian);
        return ([.. evd.EigenValues.Select(value => Math.Max(0, value.Real))], evd.EigenVectors);
    }

    /// <summary>1/(μ_i + λ); at λ = 0 only of what is not rounding.</summary>
    private static IEnumerable<double> Inverses(double[] mu, double lambda)
    {
        double floor = DroppedBelow(mu);
        return mu.Select(value => lambda > 0 ? 1 / (value + lambda) : value > floor ? 1 / value : 0);
    }

    /// <summary>What brings vectors of this power within the budget, where rounding has put them above: far beyond 100 dB. [noncoherent.md §4.3, step 8]</summary>
    private static double ScaleWithin(double budget, double power) => power > budget ? Math.Sqrt(budget / power) : 1;

    /// <summary>PowerExcess of access point 0, then the larger of what is there and that of the next.</summary>
    private static void RaiseExcess(StreamProblem problem, int l, double power, int r, SolveControl control)
    {
        double excess = (power / problem.PowerBudget[l]) - 1;
        Real(control.PowerExcess, r) = l == 0 ? excess : Math.Max(excess, Real(control.PowerExcess, r));
    }
}
