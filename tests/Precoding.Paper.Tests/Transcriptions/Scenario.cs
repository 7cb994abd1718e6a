using System.Numerics;
using ComplexVector = MathNet.Numerics.LinearAlgebra.Vector<System.Numerics.Complex>;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>One realization as the papers write it: H_l is M × K with the channels h_{k,l}/σ_k as columns, so that σ² = 1.</summary>
internal sealed record Scenario(Matrix[] H, double[] Power, double[] Weight)
{
    public int L => H.Length;

    public int M => H[0].RowCount;

    public int K => H[0].ColumnCount;

    public static Scenario Of(ChannelBatch channels, int realization = 0)
    {
        (ChannelShape shape, Network network) = (channels.Shape, channels.Network);
        var link = new Complex[shape.AntennaCount];
        Matrix[] H = [.. Enumerable.Range(0, shape.AccessPointCount).Select(l => Matrix.Build.Dense(shape.AntennaCount, shape.UserCount))];
        for (int k = 0; k < shape.UserCount; k++)
        {
            for (int l = 0; l < shape.AccessPointCount; l++)
            {
                channels.CopyLink(realization, k, l, link);
                H[l].SetColumn(k, ComplexVector.Build.Dense([.. link]) / Math.Sqrt(network.NoisePowerOf(k)));
            }
        }

        return new Scenario(H, [.. network.AccessPoints.Select(a => a.PowerBudgetWatts)], [.. network.Users.Select(u => u.Weight)]);
    }

    /// <summary>S = Σ_l H_lᴴ P_l: S[k,u] is what user k hears of user u's stream.</summary>
    public Matrix Couplings(Matrix[] P) => PerBlock(l => H[l].ConjugateTranspose() * P[l]).Aggregate((a, b) => a + b);

    /// <summary>A matrix for every access point.</summary>
    public Matrix[] PerBlock(Func<int, Matrix> block) => [.. Enumerable.Range(0, L).Select(block)];

    public double SumOverBlocks(Func<int, double> term) => Enumerable.Range(0, L).Sum(term);

    public double Total(Matrix S, int k) => 1 + S.Row(k).Sum(Square);

    public double Interference(Matrix S, int k) => Total(S, k) - Square(S[k, k]);

    /// <summary>f = −Σ_k α_k ln(tot_k/int_k).</summary>
    public double Loss(Matrix S) => -Enumerable.Range(0, K).Sum(k => Weight[k] * Math.Log(Total(S, k) / Interference(S, k)));

    /// <summary>Σ_k α_k R_k, bit/s/Hz.</summary>
    public double SumRate(Matrix S) => -Loss(S) / Math.Log(2);

    /// <summary>W of ∂f/∂P_l* = H_l W. [BSP (45), ᵀ read as ᴴ]</summary>
    public Matrix GradientWeights(Matrix S) => Matrix.Build.Dense(K, K, (k, u) => Weight[k] * (u == k
        ? -S[k, k] / Total(S, k)
        : S[k, u] * ((1 / Interference(S, k)) - (1 / Total(S, k)))));

    /// <summary>Each block scaled to its budget.</summary>
    public Matrix[] OnBudget(Matrix[] P) => PerBlock(l => P[l] * Math.Sqrt(Power[l] / Inner(P[l], P[l])));

    /// <summary>P_l ∝ H_l.</summary>
    public Matrix[] MaximumRatio() => OnBudget(H);

    /// <summary>P_l ∝ block l of H(HᴴH + (K/Σ P_l) I)⁻¹. [BSP ref 51]</summary>
    public Matrix[] RegularizedZeroForcing()
    {
        Matrix inverse = (Couplings(H) + (Matrix.Build.DenseIdentity(K) * (K / Power.Sum()))).Inverse();
        return OnBudget(PerBlock(l => H[l] * inverse));
    }

    /// <summary>
    /// C^{−½}P ∝ (ĤΩĤᴴ + λI)⁻¹ Ĥ diag(w∘a) over the antennas of all access points, Ĥ = C^½H, C = diag(c_l I), c_l H_l maximum ratio, whose receivers are a and weights w; Ω = diag(w|a|²),
    /// λ = tr Ω/Σ_l(P_l/c_l). Where K &gt; M three times, receivers and weights from the time before. [coherent.md §6]
    /// </summary>
    public Matrix[] WeightedZeroForcing()
    {
        Matrix[] P = MaximumRatio();
        double[] c = [.. Enumerable.Range(0, L).Select(l => Math.Sqrt(Power[l] / Inner(H[l], H[l])))];
        Matrix scaled = PerBlock(l => H[l] * Math.Sqrt(c[l])).Aggregate((upper, lower) => upper.Stack(lower));
        for (int iteration = 0; iteration < (K > M ? 3 : 1); iteration++)
        {
            Matrix S = Couplings(P);
            Complex[] a = [.. Enumerable.Range(0, K).Select(k => S[k, k] / Total(S, k))];
            double[] w = [.. Enumerable.Range(0, K).Select(k => Weight[k] * Total(S, k) / Interference(S, k))];
            Matrix Omega = Matrix.Build.DenseDiagonal(K, K, k => w[k] * Square(a[k])), target = scaled * Matrix.Build.DenseDiagonal(K, K, k => w[k] * a[k]);
            Matrix ridge = Matrix.Build.DenseIdentity(L * M) * (Omega.Trace() / SumOverBlocks(l => Power[l] / c[l]));
            Matrix joint = ((scaled * Omega * scaled.ConjugateTranspose()) + ridge).Solve(target);
            P = OnBudget(PerBlock(l => joint.SubMatrix(l * M, M, 0, K)));
        }

        return P;
    }

    /// <summary>Re tr(AᴴB).</summary>
    public static double Inner(Matrix a, Matrix b) => (a.Conjugate().PointwiseMultiply(b)).Enumerate().Sum(v => v.Real);

    public static double Square(Complex value) => (value.Real * value.Real) + (value.Imaginary * value.Imaginary);

    /// <summary>The solution of c2 t² + c1 t + c0 = 0 nearest to 0.</summary>
    public static double? NearestRoot(double c2, double c1, double c0)
    {
        double discriminant = (c1 * c1) - (4 * c2 * c0);
        if (discriminant < 0)
        {
            return null;
        }

        double plus = (-c1 + Math.Sqrt(discriminant)) / (2 * c2), minus = (-c1 - Math.Sqrt(discriminant)) / (2 * c2);
        return Math.Abs(plus) < Math.Abs(minus) ? plus : minus;
    }
}

/// <summary>Iterates of a transcription: sum rate and step size per iteration (entry 0 is the start), and P where asked for.</summary>
internal sealed class Iterates
{
    public List<double> SumRate { get; } = [];

    public List<double> StepSize { get; } = [];

    /// <summary>Condition numbers of the systems solved, one per iteration, where the method solves one.</summary>
    public List<double> Condition { get; } = [];

    /// <summary>P_l after each iteration.</summary>
    public List<Matrix[]> P { get; } = [];

    /// <summary>max_l (‖P_l‖²/P_l − 1) over all iterates.</summary>
    public double WorstPowerExcess { get; private set; } = double.NegativeInfinity;

    public void Add(Scenario scenario, Matrix[] P, double stepSize)
    {
        SumRate.Add(scenario.SumRate(scenario.Couplings(P)));
        StepSize.Add(stepSize);
        this.P.Add(P);
        for (int l = 0; l < scenario.L; l++)
        {
            WorstPowerExcess = Math.Max(WorstPowerExcess, (Scenario.Inner(P[l], P[l]) / scenario.Power[l]) - 1);
        }
    }

    /// <summary>P of one iteration as [user, accessPoint, antenna], the order of the golden files.</summary>
    public Complex[] Precoders(int iteration) => Flat(P[iteration]);

    public static Complex[] Flat(Matrix[] P) =>
        [.. from k in Enumerable.Range(0, P[0].ColumnCount) from block in P from value in block.Column(k) select value];
}
