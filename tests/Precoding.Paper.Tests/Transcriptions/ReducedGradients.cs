using System.Numerics;

using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>
/// reduced-cg in the spatial domain: the same directions written as M × K matrices of precoders, so that no image is ever updated incrementally.
/// ξ_l = H_l W − c_l P_l, and (HΩHᴴ + λI)⁻¹ on the joint space by an (LM) × (LM) inverse. [coherent.md §6]
/// </summary>
internal static class ReducedGradients
{
    /// <param name="lossNoise">Relative rounding put on every evaluation of a line search, to see what it does.</param>
    public static Iterates Run(Scenario scenario, Matrix[] start, int iterationCount, double lossNoise = 0)
    {
        var noise = new CounterRandom(1, RandomPurpose.StartPrecoder, 0);
        uint evaluation = 0;
        double Noisy(double loss) => lossNoise == 0 ? loss : loss * (1 + (lossNoise * noise.Normal(evaluation++)));
        var iterates = new Iterates();
        (int L, int M) = (scenario.L, scenario.M);
        Matrix H = Stack(scenario.H);
        Matrix[] P = start;
        Matrix[]? D = null, oldXi = null;
        double alpha = 1, oldEta = 0;
        iterates.Add(scenario, P, alpha);
        for (int iteration = 0; iteration < iterationCount; iteration++)
        {
            Matrix S = scenario.Couplings(P);
            double f = scenario.Loss(S);
            Matrix W = scenario.GradientWeights(S);
            double[] outward = [.. Enumerable.Range(0, L).Select(l => Scenario.Inner(P[l], scenario.H[l] * W))];
            double[] c = [.. outward.Select((value, l) => value / scenario.Power[l])];
            double lambda = Math.Max(-c.Average(), -outward.Sum() / scenario.Power.Sum());
            Matrix[] xi = scenario.PerBlock(l => (scenario.H[l] * W) - (P[l] * c[l]));
            Matrix omega = Matrix.Build.DenseDiagonal(scenario.K, scenario.K, k =>
                scenario.Weight[k] * Scenario.Square(S[k, k]) / (scenario.Total(S, k) * scenario.Interference(S, k)));
            Matrix hessian = (H * omega * H.ConjugateTranspose()) + (Matrix.Build.DenseIdentity(L * M) * lambda);
            iterates.Condition.Add(hessian.L2Norm() / lambda);
            Matrix joint = hessian.Inverse() * Stack(xi);
            Matrix[] y = Tangent(scenario, P, scenario.PerBlock(l => joint.SubMatrix(l * M, M, 0, scenario.K)));
            double eta = scenario.SumOverBlocks(l => Scenario.Inner(xi[l], y[l]));
            if (D is not null)
            {
                double beta = Math.Max(0, (eta - scenario.SumOverBlocks(l => Scenario.Inner(oldXi![l], y[l]))) / oldEta);
                Matrix[] old = D;
                D = Tangent(scenario, P, scenario.PerBlock(l => (old[l] * beta) - y[l]));
            }

            if (D is null || scenario.SumOverBlocks(l => Scenario.Inner(xi[l], D[l])) >= 0)
            {
                D = scenario.PerBlock(l => -y[l]);
            }

            (oldXi, oldEta) = (xi, eta);
            double? step = Search(scenario, P, D, f, alpha, Noisy);
            if (step is null)
            {
                D = scenario.PerBlock(l => -y[l]);
                step = Search(scenario, P, D, f, alpha, Noisy);
            }

            if (step is null)
            {
                break; // settled
            }

            alpha = step.Value;
            P = Moved(scenario, P, D, alpha);
            iterates.Add(scenario, P, alpha);
        }

        return iterates;
    }

    /// <summary>The accepted step along D, or null.</summary>
    internal static double? Search(Scenario scenario, Matrix[] P, Matrix[] D, double f, double centre, Func<double, double> noisy)
    {
        Matrix[] images = scenario.PerBlock(l => scenario.H[l].ConjugateTranspose() * D[l]), own = scenario.PerBlock(l => scenario.H[l].ConjugateTranspose() * P[l]);
        double Loss(double a) => noisy(scenario.Loss(scenario.PerBlock(l => (own[l] + (images[l] * a)) * Retraction(scenario, D, l, a)).Aggregate((x, y) => x + y)));
        for (int set = 0; set < 40; set++)
        {
            double[] a = [.. Enumerable.Range(-2, 5).Select(j => centre * Math.Pow(2, j))];
            double[] value = [.. a.Select(Loss)];
            int best = Array.IndexOf(value, value.Min());
            if (!(value[best] < f) || best == 0)
            {
                centre = a[0] / 2;
            }
            else if (best == 4)
            {
                centre = a[4] * 2;
            }
            else
            {
                (double x0, double x1, double x2) = (a[best - 1], a[best], a[best + 1]);
                (double f0, double f1, double f2) = (value[best - 1], value[best], value[best + 1]);
                double vertex = x1 - (0.5 * (((x1 - x0) * (x1 - x0) * (f1 - f2)) - ((x1 - x2) * (x1 - x2) * (f1 - f0))) / (((x1 - x0) * (f1 - f2)) - ((x1 - x2) * (f1 - f0))));
                return vertex > x0 && vertex < x2 && Loss(vertex) < f1 ? vertex : x1;
            }
        }

        return null;
    }

    private static Matrix[] Moved(Scenario scenario, Matrix[] P, Matrix[] D, double a) => scenario.PerBlock(l => (P[l] + (D[l] * a)) * Retraction(scenario, D, l, a));

    private static double Retraction(Scenario scenario, Matrix[] D, int l, double a) =>
        Math.Sqrt(scenario.Power[l] / (scenario.Power[l] + (a * a * Scenario.Inner(D[l], D[l]))));

    private static Matrix[] Tangent(Scenario scenario, Matrix[] P, Matrix[] D) => scenario.PerBlock(l => D[l] - (P[l] * (Scenario.Inner(P[l], D[l]) / scenario.Power[l])));

    private static Matrix Stack(Matrix[] blocks) => blocks.Aggregate((a, b) => a.Stack(b));
}
