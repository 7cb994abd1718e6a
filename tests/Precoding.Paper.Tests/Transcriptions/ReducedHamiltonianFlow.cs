using System.Numerics;

using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>The damped RATTLE flow in the coordinates P_l = H_l X_l, from maximum ratio. [coherent.md §5]</summary>
internal static class ReducedHamiltonianFlow
{
    private const double Gamma = 0.4, InitialStep = 0.07, R = 2, Theta = 0.1;

    public static Iterates Run(Scenario scenario, int iterationCount)
    {
        var iterates = new Iterates();
        double h = InitialStep;
        Matrix[] G = scenario.PerBlock(l => scenario.H[l].ConjugateTranspose() * scenario.H[l]);
        Matrix gramSum = G.Aggregate((a, b) => a + b);
        Matrix[] X = scenario.PerBlock(l => Matrix.Build.DenseIdentity(scenario.K) * Math.Sqrt(scenario.Power[l] / G[l].Trace().Real));
        Matrix[] nu = scenario.PerBlock(_ => Matrix.Build.Dense(scenario.K, scenario.K));
        Matrix W = scenario.GradientWeights(Sum(scenario.PerBlock(l => G[l] * X[l])));
        iterates.Add(scenario, scenario.PerBlock(l => scenario.H[l] * X[l]), h);
        for (int iteration = 0; iteration < iterationCount; iteration++)
        {
            double decay = Math.Exp(-Gamma * h / 2);
            nu = scenario.PerBlock(l => (nu[l] * decay) - (W * (h / 2)));
            Matrix[] next = scenario.PerBlock(l => X[l] + (nu[l] * (h / 2)));
            bool rootMissing = false;
            for (int l = 0; l < scenario.L; l++)
            {
                double c0 = Scenario.Inner(next[l], G[l] * next[l]) - scenario.Power[l];
                if (c0 > 0)
                {
                    (double c1, double c2) = (-2 * Scenario.Inner(G[l] * X[l], next[l]), Scenario.Inner(X[l], G[l] * X[l]));
                    double? root = Scenario.NearestRoot(c2, c1, c0);
                    double t = root ?? -c1 / (2 * c2);
                    next[l] -= X[l] * t;
                    nu[l] -= X[l] * (2 * t / h);
                    if (root is null)
                    {
                        next[l] *= Math.Sqrt(scenario.Power[l] / Scenario.Inner(next[l], G[l] * next[l]));
                        rootMissing = true;
                    }
                }
            }

            Matrix[] S = scenario.PerBlock(l => G[l] * next[l]);
            Matrix nextW = scenario.GradientWeights(Sum(S));
            double delta = h / 2 * Math.Sqrt(Scenario.Inner(nextW - W, gramSum * (nextW - W)));
            for (int l = 0; l < scenario.L; l++)
            {
                double power = Scenario.Inner(next[l], S[l]);
                double mu = power - scenario.Power[l] > -1e-9 * scenario.Power[l] ? ((2 / h * Scenario.Inner(S[l], nu[l])) - Scenario.Inner(S[l], nextW)) / power : 0;
                nu[l] = (nu[l] - ((nextW + (next[l] * mu)) * (h / 2))) * decay;
            }

            h = rootMissing ? h / 2 : h * Math.Pow(R / delta, Theta / 2);
            (X, W) = (next, nextW);
            iterates.Add(scenario, scenario.PerBlock(l => scenario.H[l] * X[l]), h);
        }

        return iterates;
    }

    private static Matrix Sum(Matrix[] blocks) => blocks.Aggregate((a, b) => a + b);
}
