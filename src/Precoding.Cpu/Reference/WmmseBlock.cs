using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Precoding.Engines;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>WMMSE in reduced form. [coherent.md §4]</content>
internal sealed partial class ReferenceEngine
{
    /// <summary>ε of double.</summary>
    private const double MachineEpsilon = 2.220446049250313e-16;

    public void Receivers(CoherentProblem problem, Tensor s, Tensor receiver, Tensor weight, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            var S = SumOverAccessPoints(problem, s, r);
            var (total, interference) = Levels(S);
            for (int k = 0; k < problem.K; k++)
            {
                Element(receiver, r, k) = S[k, k] / total[k];
                Real(weight, r, k) = problem.Weight[k] * total[k] / interference[k];
            }
        }
    }

    public void UpdateBlock(
        CoherentProblem problem, int accessPoint, Tensor receiver, Tensor weight, Tensor x, Tensor s, Tensor powerMultiplier, SolveControl control)
    {
        (int K, int l) = (problem.K, accessPoint);
        double budget = problem.PowerBudget[l];
        foreach (int r in Running(control))
        {
            Complex[] a = [.. Enumerable.Range(0, K).Select(k => Element(receiver, r, k))];
            double[] w = [.. Enumerable.Range(0, K).Select(k => Real(weight, r, k))];
            var root = Diagonal(Enumerable.Range(0, K).Select(k => Math.Sqrt(w[k]) * a[k].Magnitude)); // Ω^½
            var own = Matrix.Build.DenseDiagonal(K, K, k => a[k] == 0 ? 0 : Math.Sqrt(w[k]) * a[k] / a[k].Magnitude);
            var G = Load(problem.Gram, r, l);
            var others = Enumerable.Range(0, problem.L).Where(other => other != l).Aggregate(Identity(K) * 0, (sum, other) => sum + Load(s, r, other));
            var evd = (root * G * root).Evd(Symmetricity.Hermitian);
            var U = evd.EigenVectors;
            double[] e = [.. evd.EigenValues.Select(value => Math.Max(0, value.Real))];
            var Y = U.ConjugateTranspose() * (own - (root * others)); // Uᴴ Ω^{−½} T
            double[] energy = [.. Enumerable.Range(0, K).Select(i => Y.Row(i).Sum(Energy))];
            double lambda = PowerMultiplier(e, [.. e.Zip(energy, (value, part) => value * part)], budget);
            double floor = lambda > 0 ? -1 : DroppedBelow(e);
            var inverse = Diagonal(e.Select(value => value > floor ? 1 / (value + lambda) : 0));
            var X = root * U * inverse * Y;
            Store(X, x, r, l);
            Store(G * X, s, r, l);
            Real(powerMultiplier, r, l) = lambda;
            double excess = (Inner(X, Load(s, r, l)) / budget) - 1;
            Real(control.PowerExcess, r) = l == 0 ? excess : Math.Max(excess, Real(control.PowerExcess, r));
        }
    }

    /// <summary>Smallest λ ≥ 0 with Σ_i b_i/(e_i + λ)² ≤ P; the sum falls strictly in λ. Bisection until neighbouring doubles.</summary>
    private static double PowerMultiplier(double[] e, double[] b, double budget)
    {
        double floor = DroppedBelow(e);
        if (e.Zip(b).Where(p => p.First > floor).Sum(p => p.Second / p.First / p.First) <= budget)
        {
            return 0;
        }

        double Power(double lambda) => e.Zip(b).Sum(p => p.Second / ((p.First + lambda) * (p.First + lambda)));
        double low = 0, high = Math.Sqrt(b.Sum() / budget);
        while (low + ((high - low) / 2) is var middle && middle > low && middle < high)
        {
            (low, high) = Power(middle) <= budget ? (low, middle) : (middle, high);
        }

        return high;
    }

    /// <summary>Eigenvalues at or below this are rounding.</summary>
    private static double DroppedBelow(double[] e) => 4 * e.Length * MachineEpsilon * e.Max();
}
