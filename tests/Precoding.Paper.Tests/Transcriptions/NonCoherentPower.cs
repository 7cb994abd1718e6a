using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>How the scalar power equation is solved.</summary>
public enum MultiplierSearch
{
    Secular,
    Bisection,
}

/// <summary>q(λ) = Σ_m b_m/(μ_m + λ)² ≤ budget with the smallest λ ≥ 0. [noncoherent.md §4.3]</summary>
internal sealed class NonCoherentPower(double[] mu, double[] b, double budget)
{
    /// <summary>Eigenvalues up to here are zeros of the pseudo-inverse at λ = 0.</summary>
    private readonly double cut = 4 * mu.Length * Math.Pow(2, -52) * mu.Max();

    /// <summary>Steps the last search took.</summary>
    public int Steps { get; private set; }

    /// <summary>√(Σ b/budget), above the root.</summary>
    public double Upper => Math.Sqrt(b.Sum() / budget);

    public double Power(double lambda) => Enumerable.Range(0, mu.Length).Sum(m => lambda > 0 ? b[m] / ((mu[m] + lambda) * (mu[m] + lambda)) : mu[m] > cut ? b[m] / (mu[m] * mu[m]) : 0);

    /// <summary>1/(μ_m + λ), and at λ = 0 the pseudo-inverse.</summary>
    public double Inverse(int m, double lambda) => lambda > 0 ? 1 / (mu[m] + lambda) : mu[m] > cut ? 1 / mu[m] : 0;

    public double Multiplier(MultiplierSearch search) => b.Sum() == 0 || budget == 0 || Power(0) <= budget ? 0 : search == MultiplierSearch.Secular ? Secular() : Bisected(Power, budget, Upper);

    /// <summary>Newton on 1/√q − 1/√budget from the lower end of [max(0, r − μ_max), r], inside the bracket.</summary>
    public double Secular()
    {
        (double low, double high) = (Math.Max(0, Upper - mu.Max()), Upper);
        double lambda = low;
        for (Steps = 0; Steps < 200; Steps++)
        {
            double q = lambda > 0 ? Power(lambda) : double.PositiveInfinity;
            if (Math.Abs(q - budget) <= 1e-13 * budget)
            {
                break;
            }

            (low, high) = q > budget ? (lambda, high) : (low, lambda);
            double slope = -2 * Enumerable.Range(0, mu.Length).Sum(m => b[m] / Math.Pow(mu[m] + lambda, 3));
            double next = lambda + (2 * q / slope * (1 - Math.Sqrt(q / budget)));
            next = next >= low && next <= high ? next : (low + high) / 2;
            if (next == lambda)
            {
                break;
            }

            lambda = next;
        }

        return lambda;
    }

    /// <summary>Bisection for any decreasing power(λ) that is at most the budget at the upper end; the feasible end is the result.</summary>
    public static double Bisected(Func<double, double> power, double budget, double upper)
    {
        (double low, double high) = (0, upper);
        for (int halving = 0; halving < 200 && high - low > 1e-15 * high; halving++)
        {
            double middle = (low + high) / 2;
            double q = power(middle);
            (low, high) = q > budget ? (middle, high) : (low, middle);
            if (q <= budget && budget - q <= 1e-12 * budget)
            {
                break;
            }
        }

        return high;
    }

    /// <summary>
    /// (A + λ I)⁻¹ B with the λ that holds tr(Pᴴ P) to the budget, P the solution itself (reduced = false: q sums |QᴴB|²/(μ+λ)²), or tr(XᴴAX) for the solution X
    /// (reduced = true: q sums μ|QᴴB|²/(μ+λ)²).
    /// </summary>
    public static (Matrix Solution, double Multiplier) Solve(Matrix A, Matrix B, double budget, MultiplierSearch search, bool reduced)
    {
        Evd<Complex> evd = ((A + A.ConjugateTranspose()) / 2).Evd(Symmetricity.Hermitian);
        double[] mu = [.. evd.EigenValues.Select(value => Math.Max(0, value.Real))];
        Matrix turned = evd.EigenVectors.ConjugateTranspose() * B;
        var equation = new NonCoherentPower(mu, [.. mu.Select((value, m) => (reduced ? value : 1) * turned.Row(m).Sum(Scenario.Square))], budget);
        double lambda = equation.Multiplier(search);
        return budget == 0
            ? (B * 0, 0)
            : (evd.EigenVectors * Matrix.Build.Dense(B.RowCount, B.ColumnCount, (m, s) => turned[m, s] * equation.Inverse(m, lambda)), lambda);
    }
}
