using System.Numerics;
using MathNet.Numerics.LinearAlgebra.Factorization;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>
/// Coherent joint transmission to the same users: serving access points send the same streams, V_i is M × S with columns of zeros where i does not serve the stream's user,
/// G_k = Σ_i H_ki V_i. Block Gauss–Seidel over the access points, U and W once per iteration. [noncoherent.md §7]
/// </summary>
internal sealed class NonCoherentCjt(NonCoherentScenario scenario, bool[,] serve, int[] user)
{
    /// <summary>Weighted sum rate after each iteration, bit/s/Hz; entry 0 is the start.</summary>
    public List<double> WeightedSumRate { get; } = [];

    /// <summary>V_i after the last iteration.</summary>
    public Matrix[] V { get; private set; } = [];

    /// <summary>A non-coherent precoder as a coherent one: streams by user, each column from its own access point only.</summary>
    public static (int[] User, Matrix[] V) FromNonCoherent(NonCoherentScenario scenario, NonCoherentStreams streams, Matrix V)
    {
        int[] order = [.. Enumerable.Range(0, streams.Count).OrderBy(s => streams.User[s])];
        var blocks = new Matrix[scenario.I];
        for (int i = 0; i < scenario.I; i++)
        {
            blocks[i] = Matrix.Build.Dense(scenario.M, streams.Count, (row, s) => streams.AccessPoint[order[s]] == i ? V[row, order[s]] : 0);
        }

        return ([.. order.Select(s => streams.User[s])], blocks);
    }

    /// <summary>Leading right singular vectors of the serving access points' channels side by side, every access point at full power.</summary>
    public Matrix[] Start()
    {
        Matrix[] blocks = [.. Enumerable.Range(0, scenario.I).Select(_ => Matrix.Build.Dense(scenario.M, user.Length))];
        for (int k = 0; k < scenario.K; k++)
        {
            int[] serving = [.. Enumerable.Range(0, scenario.I).Where(i => serve[i, k])], own = [.. Enumerable.Range(0, user.Length).Where(s => user[s] == k)];
            if (serving.Length == 0 || own.Length == 0)
            {
                continue;
            }

            Svd<Complex> svd = serving.Select(i => scenario.H[k, i]).Aggregate((left, right) => left.Append(right)).Svd();
            for (int m = 0; m < own.Length; m++)
            {
                for (int block = 0; block < serving.Length; block++)
                {
                    blocks[serving[block]].SetColumn(own[m], svd.VT.Row(m).Conjugate().SubVector(block * scenario.M, scenario.M));
                }
            }
        }

        return [.. blocks.Select((block, i) => block.FrobeniusNorm() > 0 ? block * (Math.Sqrt(scenario.Power[i]) / block.FrobeniusNorm()) : block)];
    }

    public NonCoherentCjt Run(Matrix[] V0, int iterationCount)
    {
        V = [.. V0];
        Matrix[] H = [.. Enumerable.Range(0, scenario.I).Select(scenario.Stacked)];
        WeightedSumRate.Add(Receive().WeightedSumRate);
        for (int iteration = 0; iteration < iterationCount; iteration++)
        {
            NonCoherentReception reception = Receive();
            Matrix F = reception.Factor(), C0 = reception.Target();
            Matrix[] heard = [.. H.Select((stacked, i) => stacked * V[i])];
            for (int i = 0; i < scenario.I; i++)
            {
                int[] streams = [.. Enumerable.Range(0, user.Length).Where(s => serve[i, user[s]])];
                if (streams.Length == 0)
                {
                    continue;
                }

                Matrix others = heard.Aggregate((a, b) => a + b) - heard[i];
                Matrix C = NonCoherentStreams.Choose(C0 - (F.ConjugateTranspose() * others), streams);
                Matrix image = H[i].ConjugateTranspose() * F;
                (Matrix solution, _) = NonCoherentPower.Solve(image.ConjugateTranspose() * image, C, scenario.Power[i], MultiplierSearch.Secular, reduced: true);
                Matrix P = image * solution;
                var next = Matrix.Build.Dense(scenario.M, user.Length);
                for (int column = 0; column < streams.Length; column++)
                {
                    next.SetColumn(streams[column], P.Column(column));
                }

                V[i] = next;
                heard[i] = H[i] * next;
            }

            WeightedSumRate.Add(Receive().WeightedSumRate);
        }

        return this;
    }

    private NonCoherentReception Receive() => new(scenario, user, [.. Enumerable.Range(0, scenario.K).Select(k =>
        Enumerable.Range(0, scenario.I).Select(i => scenario.H[k, i] * V[i]).Aggregate((a, b) => a + b))]);
}
