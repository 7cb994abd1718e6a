using System.Numerics;
using Precoding.Engines;
using ComplexVector = MathNet.Numerics.LinearAlgebra.Vector<System.Numerics.Complex>;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>Channels of users with N antennas in, Gram matrices, precoders of streams out. [noncoherent.md §1]</content>
internal sealed partial class ReferenceEngine
{
    public int RealizationGroup => 1;

    public void LoadUserChannels(ChannelBatch channels, int first, StreamProblem problem, SolveControl control)
    {
        var row = new Complex[problem.M];
        for (int r = 0; r < control.RealizationCount; r++)
        {
            for (int l = 0; l < problem.L; l++)
            {
                for (int k = 0; k < problem.K; k++)
                {
                    for (int a = 0; a < problem.N; a++)
                    {
                        channels.CopyLink(first + r, k, l, row, a);
                        for (int m = 0; m < problem.M; m++)
                        {
                            Element(problem.H, r, l, (k * problem.N) + a, m) = (problem.N == 1 ? Complex.Conjugate(row[m]) : row[m]) / Math.Sqrt(problem.NoisePower[k]);
                        }
                    }
                }
            }
        }
    }

    public void UserGramMatrices(StreamProblem problem, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                var H = Load(problem.H, r, l);
                Store(H * H.ConjugateTranspose(), problem.Gram, r, l);
            }
        }
    }

    public void SynthesizeStreams(StreamProblem problem, StreamTable streams, Tensor x, Tensor precoders, SolveControl control)
    {
        for (int r = 0; r < control.RealizationCount; r++)
        {
            ClearUnsent(streams, precoders, r);
            for (int l = 0; l < problem.L; l++)
            {
                int[] branches = BranchesOf(streams, r, l);
                var P = Load(problem.H, r, l).ConjugateTranspose() * LoadColumns(x, r, branches);
                StoreColumns(P * ScaleWithin(problem.PowerBudget[l], Inner(P, P)), precoders, r, branches);
            }
        }
    }

    public void EvaluateStreams(StreamProblem problem, StreamTable streams, Tensor precoders, Tensor rates, Tensor power, SolveControl control)
    {
        for (int r = 0; r < control.RealizationCount; r++)
        {
            var E = Matrix.Build.Dense(problem.Rows, Math.Max(1, streams.S));
            for (int l = 0; l < problem.L; l++)
            {
                int[] branches = BranchesOf(streams, r, l);
                var P = LoadColumns(precoders, r, branches);
                var images = Load(problem.H, r, l) * P;
                Real(power, r, l) = Inner(P, P);
                for (int i = 0; i < branches.Length; i++)
                {
                    int s = branches[i] / streams.B;
                    E.SetColumn(s, E.Column(s) + images.Column(i));
                }
            }

            for (int k = 0; k < problem.K; k++)
            {
                var (own, interference) = Levels(problem, streams, E, k);
                var total = interference + (own * own.ConjugateTranspose());
                Real(rates, r, k) = (LogDeterminant(total) - LogDeterminant(interference)) / Math.Log(2);
            }
        }
    }

    /// <summary>Ē_k, N × D_k (one column of zeros where the user has no stream), and Ω_k added up from I and the streams of the others.</summary>
    /// <param name="E">Effective channels, n × S.</param>
    private static (Matrix Own, Matrix Interference) Levels(StreamProblem problem, StreamTable streams, Matrix E, int k)
    {
        int N = problem.N;
        var own = Matrix.Build.Dense(N, Math.Max(1, streams.First[k + 1] - streams.First[k]));
        var interference = Identity(N);
        for (int s = 0; s < streams.S; s++)
        {
            var block = E.SubMatrix(k * N, N, s, 1);
            if (streams.UserOf[s] == k)
            {
                own.SetSubMatrix(0, s - streams.First[k], block);
            }
            else
            {
                interference += block * block.ConjugateTranspose();
            }
        }

        return (own, interference);
    }

    /// <summary>ln det of a Hermitian positive definite matrix.</summary>
    private static double LogDeterminant(Matrix a)
    {
        var factor = a.Cholesky().Factor;
        return Enumerable.Range(0, a.RowCount).Sum(i => 2 * Math.Log(factor[i, i].Real));
    }

    /// <summary>Effective channels e_s, n × S (one column of zeros where there is no stream).</summary>
    private static Matrix EffectiveChannels(StreamProblem problem, StreamTable streams, Tensor e, int r)
    {
        var E = Matrix.Build.Dense(problem.Rows, Math.Max(1, streams.S));
        for (int b = 0; b < streams.Branches; b++)
        {
            int s = b / streams.B;
            E.SetColumn(s, E.Column(s) + Row(e, r, b));
        }

        return E;
    }

    /// <summary>The branches that access point l sends.</summary>
    private static int[] BranchesOf(StreamTable streams, int r, int l) =>
        [.. Enumerable.Range(0, streams.Branches).Where(b => AccessPointOf(streams, r, b) == l)];

    private static int AccessPointOf(StreamTable streams, int r, int b) => Integer(streams.AccessPoint, r, b / streams.B, b % streams.B);

    /// <summary>Sets the branches that nobody sends to zero.</summary>
    private static void ClearUnsent(StreamTable streams, Tensor vectors, int r)
    {
        foreach (int b in BranchesOf(streams, r, -1))
        {
            for (int i = 0; i < vectors.Shape[^1]; i++)
            {
                Element(vectors, r, b, i) = 0;
            }
        }
    }

    /// <summary>The vector of branch b of a tensor [realization, branch, row].</summary>
    private static ComplexVector Row(Tensor vectors, int r, int b) =>
        ComplexVector.Build.Dense(vectors.Shape[^1], i => Element(vectors, r, b, i));

    /// <summary>Vectors of these branches side by side; a column of zeros where there are none.</summary>
    private static Matrix LoadColumns(Tensor vectors, int r, int[] branches)
    {
        var columns = Matrix.Build.Dense(vectors.Shape[^1], Math.Max(1, branches.Length));
        for (int i = 0; i < branches.Length; i++)
        {
            columns.SetColumn(i, Row(vectors, r, branches[i]));
        }

        return columns;
    }

    private static void StoreColumns(Matrix columns, Tensor vectors, int r, int[] branches)
    {
        for (int i = 0; i < branches.Length; i++)
        {
            for (int row = 0; row < columns.RowCount; row++)
            {
                Element(vectors, r, branches[i], row) = columns[row, i];
            }
        }
    }
}
