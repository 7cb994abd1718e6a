using System.Numerics;

using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>
/// [BSP Alg.1] with explicit V and masks: vectors u are N × K per access point, zero outside the support. Exact: RATTLE's own position multiplier; printed: [BSP (56)] and
/// scaling back. [coherent.md §3]
/// </summary>
/// <param name="massInterval">The mass is the diagonal of the Hessian, not below half its mean, anew every so many iterations, and h⁰ = 1, or 0.5 if not every one; 0: the identity, h⁰ = 0.07. [coherent.md §3.8]</param>
internal sealed class BspHamiltonian(
    Scenario scenario, int fineFactor, int[][] support, bool exactPosition = true, bool printedVelocity = false, Matrix? beamMatrix = null, int massInterval = 0)
{
    private const double Gamma = 0.4, R = 2, Theta = 0.1, MassFloor = 0.5;

    /// <summary>V[m,n] = M^{−1/2} exp(−jπ m (2n − N)/N).</summary>
    public Matrix V { get; } = beamMatrix ?? Matrix.Build.Dense(scenario.M, fineFactor * scenario.M, (m, n) =>
        Complex.Exp(new Complex(0, -Math.PI * m * ((2.0 * n / (fineFactor * scenario.M)) - 1))) / Math.Sqrt(scenario.M));

    /// <summary>u after each iteration, as [user, accessPoint, beam].</summary>
    public List<Complex[]> U { get; } = [];

    /// <summary>∂f/∂u* at the start, as [user, accessPoint, beam].</summary>
    public Complex[] StartGradient { get; private set; } = [];

    /// <summary>How many times a position constraint had no real root.</summary>
    public int MissingRoots { get; private set; }

    public Matrix[] Start() => OnEllipsoid(scenario.PerBlock(l => Mask(V.ConjugateTranspose() * scenario.H[l], l)));

    public Iterates Run(int iterationCount) => Run(Start(), iterationCount);

    public Iterates Run(Matrix[] u, int iterationCount)
    {
        var iterates = new Iterates();
        double h = massInterval switch { 0 => 0.07, 1 => 1, _ => 0.5 };
        Matrix[] inverseMass = scenario.PerBlock(_ => Matrix.Build.Dense(V.ColumnCount, scenario.K, Complex.One));
        Matrix[] n = scenario.PerBlock(_ => Matrix.Build.Dense(V.ColumnCount, scenario.K));
        Matrix[] gradient = Gradient(u), normal = Normal(u);
        StartGradient = Iterates.Flat(gradient);
        Record(iterates, u, h);
        for (int iteration = 0; iteration < iterationCount; iteration++)
        {
            if (massInterval > 0 && iteration % massInterval == 0)
            {
                inverseMass = InverseMass(u);
            }

            Matrix[] light = Lightened(normal);
            double decay = Math.Exp(-Gamma * h / 2);
            double[] lambda = [.. Enumerable.Range(0, scenario.L).Select(l => exactPosition || Psi(u, l) <= -1e-6 * scenario.Power[l]
                ? 0
                : (Energy(Lightened(n)[l]) - (2 * Scenario.Inner(light[l], gradient[l]))) / (2 * Scenario.Inner(normal[l], light[l])))];
            n = scenario.PerBlock(l => (n[l] * decay) - ((gradient[l] + (normal[l] * lambda[l])) * (h / 2)));     // [BSP Alg.1 l.3]
            Matrix[] next = scenario.PerBlock(l => u[l] + (Lightened(n)[l] * (h / 2)));                           // l.4
            bool rootMissing = false;
            for (int l = 0; l < scenario.L; l++)
            {
                if (Psi(next, l) > 0)
                {
                    rootMissing |= !Constrain(next, n, normal, light, l, h);
                }
            }

            Matrix[] nextGradient = Gradient(next), nextNormal = Normal(next);
            Matrix[] nextLight = Lightened(nextNormal);
            double delta = h / 2 * Math.Sqrt(scenario.SumOverBlocks(l => Scenario.Inner(gradient[l] - nextGradient[l], gradient[l] - nextGradient[l])));
            for (int l = 0; l < scenario.L; l++)
            {
                double factor = printedVelocity ? Gamma / 2 : 2 / h;
                double mu = Psi(next, l) > -1e-6 * scenario.Power[l]
                    ? ((factor * Scenario.Inner(nextLight[l], n[l])) - Scenario.Inner(nextLight[l], nextGradient[l])) / Scenario.Inner(nextNormal[l], nextLight[l])
                    : 0;                                                                                          // l.6
                n[l] = (n[l] - ((nextGradient[l] + (nextNormal[l] * mu)) * (h / 2))) * decay;                     // l.7
            }

            h = rootMissing ? h / 2 : h * Math.Pow(R / delta, Theta / 2);
            (u, gradient, normal) = (next, nextGradient, nextNormal);
            Record(iterates, u, h);
        }

        return iterates;

        Matrix[] Lightened(Matrix[] values) => scenario.PerBlock(l => values[l].PointwiseMultiply(inverseMass[l]));
    }

    /// <summary>Φᵀ Vᴴ H_l W, N × K per access point.</summary>
    public Matrix[] Gradient(Matrix[] u)
    {
        Matrix W = scenario.GradientWeights(scenario.Couplings(Precoders(u)));
        return scenario.PerBlock(l => Mask(V.ConjugateTranspose() * (scenario.H[l] * W), l));
    }

    public Matrix[] Precoders(Matrix[] u) => scenario.PerBlock(l => V * u[l]);

    /// <summary>1/max(c, floor · mean of c), c the diagonal of the Hessian: ∂²f/∂u_n∂u_n* from those of ln int_k and ln tot_k.</summary>
    private Matrix[] InverseMass(Matrix[] u)
    {
        Matrix S = scenario.Couplings(Precoders(u));
        Matrix q = Matrix.Build.Dense(scenario.K, scenario.K, (k, stream) =>
        {
            double energy = Scenario.Square(S[k, stream]), total = scenario.Total(S, k), interference = scenario.Interference(S, k);
            double ofInterference = k == stream ? 0 : (1 / interference) - (energy / (interference * interference));
            return scenario.Weight[k] * (ofInterference - ((1 / total) - (energy / (total * total))));
        });
        Matrix[] curvature = scenario.PerBlock(l => (V.ConjugateTranspose() * scenario.H[l]).Map(y => new Complex(Scenario.Square(y), 0)) * q);
        double least = MassFloor * scenario.SumOverBlocks(l => Mask(curvature[l], l).Enumerate().Sum(c => c.Real)) / support.Sum(beams => beams.Length);
        return scenario.PerBlock(l => curvature[l].Map(c => (Complex)(1 / Math.Max(c.Real, least))));
    }

    /// <summary>Each block scaled to its budget.</summary>
    public Matrix[] OnEllipsoid(Matrix[] u) => scenario.PerBlock(l => u[l] * Math.Sqrt(scenario.Power[l] / Energy(u[l])));

    /// <summary>Nothing outside the support.</summary>
    public Matrix Mask(Matrix full, int l)
    {
        var masked = Matrix.Build.Dense(full.RowCount, full.ColumnCount);
        for (int k = 0; k < scenario.K; k++)
        {
            foreach (int n in support[(k * scenario.L) + l])
            {
                masked[n, k] = full[n, k];
            }
        }

        return masked;
    }

    private bool Constrain(Matrix[] next, Matrix[] n, Matrix[] normal, Matrix[] light, int l, double h)
    {
        double? root = null;
        if (exactPosition)
        {
            (double c2, double c1) = (Energy(light[l]), -2 * Scenario.Inner(V * next[l], V * light[l]));
            root = Scenario.NearestRoot(c2, c1, Psi(next, l));
            double t = root ?? -c1 / (2 * c2);
            next[l] -= light[l] * t;
            n[l] -= normal[l] * (2 * t / h);
        }

        if (root is null)
        {
            next[l] *= Math.Sqrt(scenario.Power[l] / Energy(next[l]));
        }

        MissingRoots += exactPosition && root is null ? 1 : 0;
        return !exactPosition || root is not null;
    }

    /// <summary>∇ψ_l = Φᵀ Vᴴ V u_l.</summary>
    public Matrix[] Normal(Matrix[] u) => scenario.PerBlock(l => Mask(V.ConjugateTranspose() * (V * u[l]), l));

    private double Energy(Matrix u) => Scenario.Inner(V * u, V * u);

    private double Psi(Matrix[] u, int l) => Energy(u[l]) - scenario.Power[l];

    private void Record(Iterates iterates, Matrix[] u, double h)
    {
        iterates.Add(scenario, Precoders(u), h);
        U.Add(Iterates.Flat(u));
    }
}
