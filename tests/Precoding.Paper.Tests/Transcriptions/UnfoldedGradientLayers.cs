using System.Numerics;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>
/// The layers of bln-pgp in the antennas, from regularised zero forcing: the gradient on the power spheres, preconditioned with (HΩHᴴ + λI)⁻¹ over all antennas,
/// momentum, and every block back on its budget. [bln-pgp.md §1]
/// </summary>
internal static class UnfoldedGradientLayers
{
    public static Iterates Run(Scenario scenario, IReadOnlyList<UnfoldedLayer> layers)
    {
        var iterates = new Iterates();
        (int K, int M) = (scenario.K, scenario.M);
        Matrix H = Stack(scenario.H), gram = H.ConjugateTranspose() * H;
        Matrix[] P = scenario.RegularizedZeroForcing(), momentum = scenario.PerBlock(_ => Matrix.Build.Dense(M, K));
        iterates.Add(scenario, P, 0);
        foreach (UnfoldedLayer layer in layers)
        {
            Matrix S = scenario.Couplings(P), W = scenario.GradientWeights(S);
            double[] c = [.. Enumerable.Range(0, scenario.L).Select(l => Scenario.Inner(P[l], scenario.H[l] * W) / scenario.Power[l])];
            double mu = Math.Max(-c.Average(), -scenario.SumOverBlocks(l => c[l] * scenario.Power[l]) / scenario.Power.Sum());
            double[] omega = [.. Enumerable.Range(0, K).Select(k => scenario.Weight[k] * Scenario.Square(S[k, k]) / (scenario.Total(S, k) * scenario.Interference(S, k)))];
            double tau = omega.Select((value, k) => value * gram[k, k].Real).Average();
            double lambda = layer.RegularizerScale * Math.Pow(mu, 1 - layer.RegularizerExponent) * Math.Pow(tau, layer.RegularizerExponent);

            Matrix Omega = Matrix.Build.DenseOfDiagonalArray([.. omega.Select(value => (Complex)value)]);
            Matrix gradient = Stack(scenario.PerBlock(l => (scenario.H[l] * W) - (P[l] * c[l])));
            Matrix y = ((H * Omega * H.ConjugateTranspose()) + (Matrix.Build.DenseIdentity(H.RowCount) * lambda)).Solve(gradient);
            Matrix[] outward = scenario.PerBlock(l => P[l] * (c[l] / lambda)); // what the coordinates' Q holds beside the tangent y
            momentum = scenario.PerBlock(l => (momentum[l] * layer.Retention) - ((y.SubMatrix(l * M, M, 0, K) + outward[l]) * layer.StepSize));
            P = scenario.OnBudget(scenario.PerBlock(l => P[l] + momentum[l]));
            iterates.Add(scenario, P, 0);
        }

        return iterates;
    }

    private static Matrix Stack(Matrix[] blocks) => blocks.Aggregate((a, b) => a.Stack(b));
}
