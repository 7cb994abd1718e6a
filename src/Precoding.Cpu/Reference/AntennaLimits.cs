using Precoding.Engines;

namespace Precoding.Cpu;

/// <content>Power limits of single antennas. [coherent.md §10]</content>
internal sealed partial class ReferenceEngine
{
    private const double LeastAntennaWeight = 1e-3;

    public void AntennaPowers(CoherentProblem problem, Tensor precoders, Tensor antennaPower, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                var P = Precoder(precoders, r, l);
                for (int m = 0; m < problem.M; m++)
                {
                    Real(antennaPower, r, l, m) = P.Row(m).Sum(Energy);
                }
            }
        }
    }

    public void LimitAntennas(CoherentProblem problem, Tensor antennaPower, Tensor gain, Tensor factor, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                double[] a = [.. Enumerable.Range(0, problem.M).Select(m => Real(antennaPower, r, l, m))];
                double[] g = [.. Enumerable.Range(0, problem.M).Select(m => Real(gain, r, l, m))];
                double[] limit = problem.AntennaPowerLimit[(l * problem.M)..((l + 1) * problem.M)];
                double budget = problem.PowerBudget[l];

                double[] power = [.. a.Zip(g, (x, y) => x * y * y)];
                double s = Math.Sqrt(Math.Min(1, Level(power, limit, budget)));
                for (int m = 0; m < problem.M; m++)
                {
                    Real(factor, r, l, m) = g[m] * Math.Min(s, Math.Sqrt(limit[m] / power[m])); // ∞ where the power is 0
                }

                double[] unweighted = [.. a.Zip(g, (x, y) => x / (y * y))];
                double nu = 1 / Math.Sqrt(Level(unweighted, limit, budget));
                double[] w = [.. unweighted.Zip(limit, (v, p) => Math.Max(nu, Math.Sqrt(v / p)))];
                double least = LeastAntennaWeight * w.Average();
                w = [.. w.Select(x => Math.Max(x, least))];
                double used = Enumerable.Range(0, problem.M).Sum(m => w[m] * Math.Min(unweighted[m] / (w[m] * w[m]), limit[m]));
                for (int m = 0; m < problem.M && used > 0 && double.IsFinite(used); m++)
                {
                    Real(gain, r, l, m) = 1 / Math.Sqrt(w[m] * budget / used);
                }
            }
        }
    }

    public void ScaleAntennas(CoherentProblem problem, Tensor factor, Tensor vectors, Tensor scaled, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            for (int i = 0; i < problem.L * problem.K * problem.M; i++)
            {
                (int l, int k, int m) = (i / problem.M / problem.K, i / problem.M % problem.K, i % problem.M);
                Element(scaled, r, l, k, m) = Real(factor, r, l, m) * Element(vectors, r, l, k, m);
            }
        }
    }

    public void TakeRates(CoherentProblem problem, Tensor rates, Tensor power, Tensor designed, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            double sum = Enumerable.Range(0, problem.K).Sum(k => problem.Weight[k] * Real(rates, r, k));
            Real(control.Objective, r) = double.IsFinite(Real(designed, r)) ? Math.Log(2) * sum : Real(designed, r);
            Real(control.PowerExcess, r) = Enumerable.Range(0, problem.L).Max(l => (Real(power, r, l) / problem.PowerBudget[l]) - 1);
        }
    }

    /// <summary>The σ with Σ_m min(σ v_m, p_m) = T, from the antennas in the order in which they reach their limits; ∞ where they cannot use T.</summary>
    private static double Level(double[] v, double[] p, double T)
    {
        int[] order = [.. Enumerable.Range(0, v.Length).Where(m => v[m] > 0).OrderBy(m => p[m] / v[m])];
        double limited = 0;
        for (int i = 0; i < order.Length; i++)
        {
            int m = order[i];
            double level = (T - limited) / order[i..].Sum(n => v[n]);
            if (level * v[m] <= p[m])
            {
                return level; // the first of the others does not reach its limit, so none does
            }

            limited += p[m];
        }

        return double.PositiveInfinity;
    }
}
