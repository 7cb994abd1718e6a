using System.Numerics;
using Precoding.Engines;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>The dual uplink and its bound, minor by minor from the definitions. [coherent.md §9]</content>
internal sealed partial class ReferenceEngine
{
    public void UplinkCapacity(CoherentProblem problem, UplinkState uplink, SolveControl control)
    {
        (int K, int L) = (problem.K, problem.L);
        foreach (int r in Running(control))
        {
            double[] q = UplinkPowers(problem, uplink, r);
            Matrix[] own = [.. Enumerable.Range(0, L).Select(l => Load(problem.Gram, r, l))];
            var G = own.Select((gram, l) => gram / Real(uplink.Noise, r, l)).Aggregate((a, b) => a + b);
            var root = Diagonal(q.Select(Math.Sqrt));
            var A = Identity(K) + (root * G * root);
            var T = Matrix.Build.Dense(K, K);
            double capacity = 0;
            double[] g = new double[K], c = new double[L];
            for (int i = 1; i <= K; i++)
            {
                double step = problem.Weight[i - 1] - (i < K ? problem.Weight[i] : 0);  // α_i − α_{i+1}
                Matrix minor = G.SubMatrix(0, i, 0, i), D = Diagonal(q[..i]);
                var system = (Identity(i) + (minor * D)).LU();
                var marginal = system.Solve(minor);                                     // (I + G_iD_i)⁻¹G_i
                capacity += step * system.U.Diagonal().Sum(pivot => Math.Log(pivot.Magnitude)); // not a number where numbers overflow
                for (int k = 0; k < i; k++)
                {
                    g[k] += step * marginal[k, k].Real;
                }

                for (int l = 0; l < L; l++)
                {
                    c[l] += step * (D * system.Solve(own[l].SubMatrix(0, i, 0, i))).Trace().Real;
                }

                T.SetSubMatrix(0, 0, T.SubMatrix(0, i, 0, i) + (A.SubMatrix(0, i, 0, i).Inverse() * step));
            }

            double size = Math.Abs(capacity);
            for (int k = 0; k < K; k++)
            {
                double W = 0, gain = Math.Sqrt(G[k, k].Real);
                for (int m = 0; m < K; m++)
                {
                    W += m == k ? 0 : T[m, k].Magnitude * Math.Sqrt(A[m, m].Real / q[k]);
                    size += T[m, k].Magnitude * Math.Sqrt(A[m, m].Real * A[k, k].Real);
                }

                Real(uplink.Marginal, r, k) = g[k];
                Real(uplink.MarginalSize, r, k) =
                    (2 * W * (W + (gain * T[k, k].Magnitude)) / uplink.SmallestWeight) + (2 * gain * ((problem.Weight[k] * gain) + W) / A[k, k].Real);
                size += q[k] * Real(uplink.MarginalSize, r, k);
            }

            Real(uplink.Capacity, r) = capacity;
            Real(uplink.CapacitySize, r) = size;
            for (int l = 0; l < L; l++)
            {
                Real(uplink.GainMarginal, r, l) = c[l];
            }
        }
    }

    public void AdvanceUplink(CoherentProblem problem, UplinkState uplink, SolveControl control)
    {
        (int K, int L) = (problem.K, problem.L);
        double[] P = problem.PowerBudget;
        double delta = uplink.Rounding, total = P.Sum();
        foreach (int r in Running(control))
        {
            double[] q = UplinkPowers(problem, uplink, r);
            double[] g = [.. Enumerable.Range(0, K).Select(k => Real(uplink.Marginal, r, k))];
            double[] c = [.. Enumerable.Range(0, L).Select(l => Real(uplink.GainMarginal, r, l))];
            double price = Enumerable.Range(0, K).Max(k => g[k] + (delta * Real(uplink.MarginalSize, r, k)));
            double used = q.Zip(g, (a, b) => a * b).Sum(), power = P.Select((budget, l) => budget * Real(uplink.Noise, r, l)).Sum();
            double bound = Real(uplink.Capacity, r) + (delta * Real(uplink.CapacitySize, r)) - used + (power * Math.Max(0, price));
            Real(control.Objective, r) = bound;
            if (bound < Real(uplink.Bound, r))
            {
                Real(uplink.Bound, r) = bound;
            }

            double[] noise = [.. c.Zip(P, (marginal, budget) => Math.Sqrt(Math.Max(0, marginal) / budget))];
            if (noise.Max() > 0)
            {
                noise = [.. noise.Select(value => Math.Max(value, 1e-9 * noise.Max()))];
                double sum = noise.Zip(P, (a, b) => a * b).Sum();
                for (int l = 0; l < L; l++)
                {
                    Real(uplink.Noise, r, l) = noise[l] * total / sum;
                }
            }

            if (used > 0)
            {
                double[] next = [.. q.Zip(g, (a, b) => Math.Max(a * b, 1e-12 * used / K))];
                for (int k = 0; k < K; k++)
                {
                    Real(uplink.Power, r, k) = next[k] * total / next.Sum();
                }
            }
        }
    }

    private static double[] UplinkPowers(CoherentProblem problem, UplinkState uplink, int r) => [.. Enumerable.Range(0, problem.K).Select(k => Real(uplink.Power, r, k))];
}
