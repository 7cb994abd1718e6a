using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>All streams in one row, sorted by access point, user and number: their beams are the columns of V, M × S. [noncoherent.md §1.2]</summary>
internal sealed record NonCoherentStreams(int[] AccessPoint, int[] User, int[] Number)
{
    public int Count => User.Length;

    /// <summary>From d[i, k], how many streams access point i sends to user k.</summary>
    public static NonCoherentStreams Of(int[,] d)
    {
        var streams = (from i in Enumerable.Range(0, d.GetLength(0)) from k in Enumerable.Range(0, d.GetLength(1)) from m in Enumerable.Range(0, d[i, k]) select (i, k, m)).ToArray();
        return new NonCoherentStreams([.. streams.Select(s => s.i)], [.. streams.Select(s => s.k)], [.. streams.Select(s => s.m)]);
    }

    /// <summary>d streams from every serving access point.</summary>
    public static NonCoherentStreams Of(bool[,] serve, int d)
    {
        var table = new int[serve.GetLength(0), serve.GetLength(1)];
        for (int i = 0; i < table.GetLength(0); i++)
        {
            for (int k = 0; k < table.GetLength(1); k++)
            {
                table[i, k] = serve[i, k] ? d : 0;
            }
        }

        return Of(table);
    }

    /// <summary>Streams of access point i, ascending.</summary>
    public int[] SentBy(int i) => [.. Enumerable.Range(0, Count).Where(s => AccessPoint[s] == i)];

    /// <summary>d[i, k].</summary>
    public int[,] Extents(int I, int K)
    {
        var d = new int[I, K];
        for (int s = 0; s < Count; s++)
        {
            d[AccessPoint[s], User[s]]++;
        }

        return d;
    }

    /// <summary>G_k, N × S per user: column s is H[k, i] v_s with i the access point of stream s.</summary>
    public Matrix[] Heard(NonCoherentScenario scenario, Matrix V) =>
        [.. Enumerable.Range(0, scenario.K).Select(k => Columns(Count, s => scenario.H[k, AccessPoint[s]] * V.Column(s)))];

    public NonCoherentReception Receive(NonCoherentScenario scenario, Matrix V) => new(scenario, User, Heard(scenario, V));

    /// <summary>‖P_i‖².</summary>
    public double PowerOf(int i, Matrix V) => SentBy(i).Sum(s => V.Column(s).Sum(Scenario.Square));

    /// <summary>P_i, M × S_i; of an access point that sends something.</summary>
    public Matrix BlockOf(int i, Matrix V) => Choose(V, SentBy(i));

    public static Matrix Choose(Matrix full, int[] columns) => Columns(columns.Length, s => full.Column(columns[s]));

    public static Matrix Columns(int count, Func<int, MathNet.Numerics.LinearAlgebra.Vector<System.Numerics.Complex>> column) =>
        Matrix.Build.DenseOfColumnVectors(Enumerable.Range(0, count).Select(column));
}
