using System.Numerics;
using Precoding.Engines;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>Starts of streams. [NCJT Alg. 3; noncoherent.md §5, §6.4, §7]</content>
internal sealed partial class ReferenceEngine
{
    /// <summary>max(10⁻¹⁰, 16ε): singular values at or below this share of the largest have no direction.</summary>
    private const double SmallestSingularValue = 1e-10;

    public void LocalEigenZeroForcing(StreamProblem problem, StreamTable streams, Tensor x, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            Clear(streams, x, r);
            for (int l = 0; l < problem.L; l++)
            {
                var directions = new List<(int Branch, Matrix V, Matrix Coordinates)>();
                var sent = new int[problem.K];
                for (int s = 0; s < streams.S; s++)
                {
                    if (AccessPointOf(streams, r, s * streams.B) == l)
                    {
                        int k = streams.UserOf[s];
                        var (A, values, V) = SingularVectors(UserChannel(problem, r, k, l));
                        int m = sent[k]++;
                        if (HasDirection(values, m))
                        {
                            directions.Add((s * streams.B, V.SubMatrix(0, problem.M, m, 1), InBlock(problem, k, A.SubMatrix(0, problem.N, m, 1) / values[m])));
                        }
                    }
                }

                if (directions.Count == 0)
                {
                    continue;
                }

                var R = SideBySide(directions.Select(d => d.V));
                var inverse = InverseOrRidge(R.ConjugateTranspose() * R, directions.Count > problem.M);
                var Z = R * inverse;
                var X = SideBySide(directions.Select(d => d.Coordinates)) * inverse * Math.Sqrt(problem.PowerBudget[l] / Inner(Z, Z));
                StoreColumns(X, x, r, [.. directions.Select(d => d.Branch)]);
            }
        }
    }

    public void MatchedStreams(StreamProblem problem, StreamTable streams, bool unit, Tensor x, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            Clear(streams, x, r);
            int[][] senders = [.. Enumerable.Range(0, streams.S).Select(s =>
                Enumerable.Range(s * streams.B, streams.B).Select(b => AccessPointOf(streams, r, b)).Where(l => l >= 0).ToArray())];
            for (int s = 0; s < streams.S; s++)
            {
                if (senders[s].Length == 0)
                {
                    continue;
                }

                int k = streams.UserOf[s];
                int m = Enumerable.Range(streams.First[k], s - streams.First[k]).Count(other => senders[other].SequenceEqual(senders[s]));
                var (A, values, _) = SingularVectors(SideBySide(senders[s].Select(l => UserChannel(problem, r, k, l))));
                if (HasDirection(values, m))
                {
                    var coordinates = InBlock(problem, k, A.SubMatrix(0, problem.N, m, 1) / (unit ? values[m] : 1));
                    foreach (int b in Enumerable.Range(s * streams.B, streams.B).Where(b => AccessPointOf(streams, r, b) >= 0))
                    {
                        StoreColumns(coordinates, x, r, [b]);
                    }
                }
            }

            for (int l = 0; l < problem.L; l++)
            {
                int[] branches = BranchesOf(streams, r, l);
                var X = LoadColumns(x, r, branches);
                StoreColumns(X * ScaleToBudget(problem, r, l, X), x, r, branches);
            }
        }
    }

    public void EmbedStreams(StreamProblem problem, StreamTable from, Tensor fromX, StreamTable streams, Tensor x, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            Clear(streams, x, r);
            for (int b = 0; b < streams.Branches; b++)
            {
                int s = b / streams.B, l = AccessPointOf(streams, r, b);
                if (l >= 0 && AccessPointOf(from, r, s) == l)
                {
                    StoreColumns(LoadColumns(fromX, r, [s]), x, r, [b]);
                }
            }
        }
    }

    public void ScaleStreamsToBudget(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            ClearUnsent(streams, x, r);
            ClearUnsent(streams, e, r);
            for (int l = 0; l < problem.L; l++)
            {
                int[] branches = BranchesOf(streams, r, l);
                var X = LoadColumns(x, r, branches);
                double scale = ScaleToBudget(problem, r, l, X);
                StoreColumns(X * scale, x, r, branches);
                StoreColumns(Load(problem.Gram, r, l) * X * scale, e, r, branches);
            }

            Real(control.PowerExcess, r) = WorstExcess(problem.PowerBudget, l => StreamPower(streams, x, e, r, l));
        }
    }

    /// <summary>Σ_b Re⟨x_b, e_b⟩ over the branches of access point l.</summary>
    private static double StreamPower(StreamTable streams, Tensor x, Tensor e, int r, int l)
    {
        int[] branches = BranchesOf(streams, r, l);
        return Inner(LoadColumns(x, r, branches), LoadColumns(e, r, branches));
    }

    /// <summary>c with tr((cX)ᴴG_l(cX)) = P_l; 1 where the power is 0.</summary>
    private static double ScaleToBudget(StreamProblem problem, int r, int l, Matrix X)
    {
        double power = Inner(X, Load(problem.Gram, r, l) * X);
        return power > 0 ? Math.Sqrt(problem.PowerBudget[l] / power) : 1;
    }

    /// <summary>H_{k,l}/σ_k, N × M.</summary>
    private static Matrix UserChannel(StreamProblem problem, int r, int k, int l) => Load(problem.H, r, l).SubMatrix(k * problem.N, problem.N, 0, problem.M);

    /// <summary>H = A diag(s) Vᴴ, descending, min(rows, columns) of each; the largest entry of every column of V is real and positive.</summary>
    private static (Matrix A, double[] Values, Matrix V) SingularVectors(Matrix h)
    {
        var svd = h.Svd(computeVectors: true);
        int count = Math.Min(h.RowCount, h.ColumnCount);
        var A = svd.U.SubMatrix(0, h.RowCount, 0, count);
        var V = svd.VT.ConjugateTranspose().SubMatrix(0, h.ColumnCount, 0, count);
        for (int m = 0; m < count; m++)
        {
            Complex largest = V.Column(m).MaxBy(v => v.Magnitude);
            Complex turn = Complex.Conjugate(largest) / largest.Magnitude;
            A.SetColumn(m, A.Column(m) * turn);
            V.SetColumn(m, V.Column(m) * turn);
        }

        return (A, [.. svd.S.Take(count).Select(value => value.Real)], V);
    }

    private static bool HasDirection(double[] values, int m) => m < values.Length && values[m] > SmallestSingularValue * values[0];

    /// <summary>(RᴴR)⁻¹, or with a ridge of 10⁻³ of the largest eigenvalue where that is asked for or the eigenvalues span more than 10⁸.</summary>
    private static Matrix InverseOrRidge(Matrix gram, bool needsRidge)
    {
        double[] e = [.. gram.Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Hermitian).EigenValues.Select(value => value.Real)];
        needsRidge |= e.Max() > 1e8 * e.Min();
        return (needsRidge ? gram + (Identity(gram.RowCount) * (1e-3 * e.Max())) : gram).Inverse();
    }

    /// <summary>A column of zeros with a vector of N numbers in block row k.</summary>
    private static Matrix InBlock(StreamProblem problem, int k, Matrix block)
    {
        var column = Matrix.Build.Dense(problem.Rows, 1);
        column.SetSubMatrix(k * problem.N, 0, block);
        return column;
    }

    private static Matrix SideBySide(IEnumerable<Matrix> matrices) => matrices.Aggregate((a, b) => a.Append(b));

    private static void Clear(StreamTable streams, Tensor vectors, int r) =>
        StoreColumns(Matrix.Build.Dense(vectors.Shape[^1], Math.Max(1, streams.Branches)), vectors, r, [.. Enumerable.Range(0, streams.Branches)]);
}
