using System.Numerics;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>
/// bsp-cg with explicit V and masks, N × K per access point as in <see cref="BspHamiltonian"/>; couplings and ∇ψ are computed anew from every point, and lines are searched with the
/// precoders V u. [coherent.md §3.7]
/// </summary>
internal static class BeamGradients
{
    public static Iterates Run(Scenario scenario, BspHamiltonian beams, int iterationCount)
    {
        var iterates = new Iterates();
        Matrix[] u = beams.Start();
        Matrix[]? D = null, oldXi = null;
        double alpha = 1, oldEta = 0;
        iterates.Add(scenario, beams.Precoders(u), alpha);
        for (int iteration = 0; iteration < iterationCount; iteration++)
        {
            Matrix[] f = beams.Gradient(u), psi = beams.Normal(u), curvature = Curvature(scenario, beams, u);
            double[] lambda = [.. Enumerable.Range(0, scenario.L).Select(l => -Scenario.Inner(u[l], f[l]) / scenario.Power[l])];
            double least = 0.1 * scenario.SumOverBlocks(l => lambda[l] * scenario.Power[l]) / scenario.Power.Sum();
            Matrix[] inverse = scenario.PerBlock(l => curvature[l].Map(c => 1 / (c + Math.Max(lambda[l], least))));
            Matrix[] y = scenario.PerBlock(l =>
            {
                Matrix light = psi[l].PointwiseMultiply(inverse[l]);
                double mu = -Scenario.Inner(light, f[l]) / Scenario.Inner(light, psi[l]);
                return f[l].PointwiseMultiply(inverse[l]) + (light * mu);
            });
            Matrix[] xi = scenario.PerBlock(l => f[l] + (psi[l] * lambda[l]));
            double eta = scenario.SumOverBlocks(l => Scenario.Inner(xi[l], y[l]));
            if (D is not null)
            {
                double beta = Math.Max(0, (eta - scenario.SumOverBlocks(l => Scenario.Inner(oldXi![l], y[l]))) / oldEta);
                Matrix[] old = D;
                D = scenario.PerBlock(l => (old[l] * beta) - y[l]);
                D = scenario.PerBlock(l => D[l] - (u[l] * (Scenario.Inner(psi[l], D[l]) / scenario.Power[l])));
            }

            if (D is null || scenario.SumOverBlocks(l => Scenario.Inner(xi[l], D[l])) >= 0)
            {
                D = scenario.PerBlock(l => -y[l]);
            }

            (oldXi, oldEta) = (xi, eta);
            Matrix[] P = beams.Precoders(u);
            double loss = scenario.Loss(scenario.Couplings(P));
            double? step = ReducedGradients.Search(scenario, P, beams.Precoders(D), loss, alpha, value => value);
            if (step is null)
            {
                D = scenario.PerBlock(l => -y[l]);
                step = ReducedGradients.Search(scenario, P, beams.Precoders(D), loss, alpha, value => value);
            }

            if (step is null)
            {
                break; // settled
            }

            alpha = step.Value;
            u = beams.OnEllipsoid(scenario.PerBlock(l => u[l] + (D[l] * alpha)));
            iterates.Add(scenario, beams.Precoders(u), alpha);
        }

        return iterates;
    }

    /// <summary>Σ_k |v_nᴴh_k|² q⁺[k,u].</summary>
    private static Matrix[] Curvature(Scenario scenario, BspHamiltonian beams, Matrix[] u)
    {
        Matrix S = scenario.Couplings(beams.Precoders(u));
        Matrix q = Matrix.Build.Dense(scenario.K, scenario.K, (k, stream) =>
        {
            double energy = Scenario.Square(S[k, stream]), total = scenario.Total(S, k), interference = scenario.Interference(S, k);
            return scenario.Weight[k] * (k == stream
                ? energy / (total * interference)
                : Math.Max(0, (1 / interference) - (1 / total) - (energy * ((1 / (interference * interference)) - (1 / (total * total))))));
        });
        return scenario.PerBlock(l => (beams.V.ConjugateTranspose() * scenario.H[l]).Map(y => new Complex(Scenario.Square(y), 0)) * q);
    }
}
