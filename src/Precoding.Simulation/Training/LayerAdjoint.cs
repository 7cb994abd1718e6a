using System.Numerics;
using Precoding.Engines;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Simulation;

/// <summary>
/// Derivatives of f at the last layer by what goes into a layer, one realization, from the last layer back. Z̄ stands for ∂f/∂Re Z + j ∂f/∂Im Z, so that
/// df = Σ Re⟨Z̄, dZ⟩. [bln-pgp.md §2]
/// </summary>
internal sealed class LayerAdjoint
{
    private readonly int r, L, K;
    private readonly double[] budget, weight;
    private readonly Matrix[] G;
    private readonly Matrix gramSum;
    private Matrix[] xBar, momentumBar;

    /// <param name="gram">G_l, [realization, accessPoint, k, j].</param>
    /// <param name="gramSum">G, [realization, k, j].</param>
    /// <param name="realization">Of the tapes.</param>
    /// <param name="last">What the last layer left.</param>
    public LayerAdjoint(CoherentProblem problem, Complex[] gram, Complex[] gramSum, int realization, LayerTape last)
    {
        (r, L, K, budget, weight) = (realization, problem.L, problem.K, problem.PowerBudget, problem.Weight);
        G = Blocks(gram);
        this.gramSum = Block(gramSum, r);
        Matrix sBar = Block(last.W, r) * -2; // ∂f/∂S = −2W [BSP (45)]
        xBar = [.. G.Select(block => block * sBar)];
        momentumBar = [.. G.Select(_ => Matrix.Build.Dense(K, K))];
    }

    /// <summary>Through one layer: its input's derivatives take the place of its output's.</summary>
    /// <param name="layer">Its weights.</param>
    /// <param name="tape">Its input.</param>
    /// <param name="next">Its output.</param>
    public LayerGradient Step(UnfoldedLayer layer, LayerTape tape, LayerTape next)
    {
        Matrix[] x = Blocks(tape.X), s = Blocks(tape.S), momentum = Blocks(tape.Momentum), xNext = Blocks(next.X), sNext = Blocks(next.S), momentumNext = Blocks(next.Momentum);
        Matrix w = Block(tape.W, r), q = Block(tape.Q, r), qBar = Matrix.Build.Dense(K, K);
        double[] omega = tape.SignalWeight[(r * K)..((r + 1) * K)], c = tape.Multiplier[(r * L)..((r + 1) * L)];
        double stepBar = 0, retentionBar = 0;

        // X⁺ = a(X + ν⁺) with Re⟨X⁺, G_l X⁺⟩ = P_l;  ν⁺ = βν − αQ
        for (int l = 0; l < L; l++)
        {
            Matrix moved = x[l] + momentumNext[l];
            double norm = moved.FrobeniusNorm(), scale = norm > 0 ? xNext[l].FrobeniusNorm() / norm : 1;
            xBar[l] = (xBar[l] - (sNext[l] * (Inner(xBar[l], xNext[l]) / budget[l]))) * scale;
            momentumBar[l] += xBar[l];
            retentionBar += Inner(momentumBar[l], momentum[l]);
            stepBar -= Inner(momentumBar[l], q);
            qBar -= momentumBar[l] * layer.StepSize;
            momentumBar[l] *= layer.Retention;
        }

        // AQ = W + ΩC/λ, A = ΩG + λI, C = Σ c_l S_l
        double lambda = tape.Regularizer[r];
        Matrix outward = Sum(l => s[l] * c[l]), omegaMatrix = Diagonal(omega);
        Matrix sideBar = ((omegaMatrix * gramSum) + (Matrix.Build.DenseIdentity(K) * lambda)).ConjugateTranspose().Solve(qBar), wBar = sideBar, gramQ = gramSum * q;
        Matrix outwardBar = omegaMatrix * sideBar / lambda;
        double[] omegaBar = [.. Enumerable.Range(0, K).Select(k => (Inner(sideBar, outward, k) / lambda) - Inner(sideBar, gramQ, k))];
        double lambdaBar = -Inner(sideBar, q) - (Inner(sideBar, omegaMatrix * outward) / (lambda * lambda));

        // λ = κ μ^{1−p} τ^p, τ = Σ ω_k G_kk/K, μ = max(−mean c_l, −Σ P_l c_l/Σ P_l)
        double byMean = -c.Average(), byPower = -c.Zip(budget, (a, b) => a * b).Sum() / budget.Sum(), mu = Math.Max(byMean, byPower);
        double tau = Enumerable.Range(0, K).Sum(k => omega[k] * gramSum[k, k].Real) / K;
        double logBar = lambdaBar * lambda, exponentBar = logBar * Math.Log(tau / mu), muBar = logBar * (1 - layer.RegularizerExponent) / mu, tauBar = logBar * layer.RegularizerExponent / tau;
        for (int k = 0; k < K; k++)
        {
            omegaBar[k] += tauBar * gramSum[k, k].Real / K;
        }

        // c_l = Re⟨S_l, W⟩/P_l, and C
        var sBar = new Matrix[L];
        for (int l = 0; l < L; l++)
        {
            double cBar = Inner(outwardBar, s[l]) - (muBar * (byMean >= byPower ? 1.0 / L : budget[l] / budget.Sum()));
            sBar[l] = (outwardBar * c[l]) + (w * (cBar / budget[l]));
            wBar += s[l] * (cBar / budget[l]);
        }

        Matrix sumBar = ThroughRates(Sum(l => s[l]), wBar, omegaBar);
        for (int l = 0; l < L; l++)
        {
            xBar[l] += G[l] * (sBar[l] + sumBar); // S_l = G_l X_l
        }

        return new LayerGradient(stepBar, retentionBar, logBar / layer.RegularizerScale, exponentBar);
    }

    /// <summary>S̄ from W̄ and ω̄: W_ku = α_k S_ku(1/int_k − 1/tot_k), W_kk = −α_k S_kk/tot_k, ω_k = α_k |S_kk|²/(tot_k int_k).</summary>
    private Matrix ThroughRates(Matrix s, Matrix wBar, double[] omegaBar)
    {
        Matrix sBar = Matrix.Build.Dense(K, K);
        for (int k = 0; k < K; k++)
        {
            double alpha = weight[k], interference = 1, signal = Energy(s[k, k]);
            for (int u = 0; u < K; u++)
            {
                interference += u == k ? 0 : Energy(s[k, u]);
            }

            double total = interference + signal, factor = (1 / interference) - (1 / total), factorBar = 0, ownBar = alpha * Inner(wBar[k, k], s[k, k]);
            for (int u = 0; u < K; u++)
            {
                factorBar += u == k ? 0 : alpha * Inner(wBar[k, u], s[k, u]);
            }

            double omegaOver = alpha * omegaBar[k] / (total * interference);
            double totalBar = ((factorBar + ownBar) / (total * total)) - (omegaOver * signal / total);
            double interferenceBar = -(factorBar / (interference * interference)) - (omegaOver * signal / interference);
            for (int u = 0; u < K; u++)
            {
                sBar[k, u] = u == k
                    ? (-alpha / total * wBar[k, k]) + (2 * (omegaOver + totalBar) * s[k, k])
                    : (alpha * factor * wBar[k, u]) + (2 * (totalBar + interferenceBar) * s[k, u]);
            }
        }

        return sBar;
    }

    private Matrix[] Blocks(Complex[] values) => [.. Enumerable.Range(0, L).Select(l => Block(values, (r * L) + l))];

    private Matrix Block(Complex[] values, int block) => Matrix.Build.Dense(K, K, (k, u) => values[(((block * K) + k) * K) + u]);

    private Matrix Sum(Func<int, Matrix> block) => Enumerable.Range(0, L).Select(block).Aggregate((a, b) => a + b);

    private static Matrix Diagonal(double[] values) => Matrix.Build.DenseOfDiagonalArray([.. values.Select(v => (Complex)v)]);

    private static double Energy(Complex value) => (value.Real * value.Real) + (value.Imaginary * value.Imaginary);

    private static double Inner(Complex a, Complex b) => (a.Real * b.Real) + (a.Imaginary * b.Imaginary);

    private static double Inner(Matrix a, Matrix b) => Enumerable.Range(0, a.RowCount).Sum(k => Inner(a, b, k));

    /// <summary>Of row k.</summary>
    private static double Inner(Matrix a, Matrix b, int k)
    {
        double sum = 0;
        for (int u = 0; u < a.ColumnCount; u++)
        {
            sum += Inner(a[k, u], b[k, u]);
        }

        return sum;
    }
}
