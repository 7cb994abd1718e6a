using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace Precoding.Paper.Tests;

/// <summary>
/// Non-coherent joint transmission to single-antenna users, one stream s = (access point i, user k) per serving pair: R_k = log2(1 + Σ_{s to k} |z_ks|²/ξ_k),
/// z_ks = h_{k,i(s)} v_s, ξ_k = σ_k² + Σ_{s to others} |z_ks|². H[k][i] is the row h_{k,i}. In reduced coordinates v_s = H_iᴴ x_s (K numbers a stream),
/// the images are E = (z_ks) with columns G_i x_s, G_i = H_i H_iᴴ, and ‖v_s‖² = x_sᴴ G_i x_s. [arXiv:2402.18231, Theorem 2]
/// </summary>
internal sealed class NonCoherentScaProblem
{
    private readonly Complex[][,] gram;

    public NonCoherentScaProblem(Complex[][][] h, double[] power, double[] noise, double[] weight, (int AccessPoint, int User)[] streams)
    {
        (H, Power, Noise, Weight, Streams) = (h, power, noise, weight, streams);
        gram = new Complex[I][,];
        for (int i = 0; i < I; i++)
        {
            gram[i] = new Complex[K, K];
            for (int k = 0; k < K; k++)
            {
                for (int j = 0; j < K; j++)
                {
                    gram[i][k, j] = H[k][i].Zip(H[j][i], (a, b) => a * Complex.Conjugate(b)).Aggregate(Complex.Zero, (a, b) => a + b);
                }
            }
        }
    }

    public Complex[][][] H { get; }

    public double[] Power { get; }

    public double[] Noise { get; }

    public double[] Weight { get; }

    public (int AccessPoint, int User)[] Streams { get; }

    public int I => Power.Length;

    public int K => Noise.Length;

    public int S => Streams.Length;

    /// <summary>Those streams alone, with the Gram matrices of the channels as they are now.</summary>
    public NonCoherentScaProblem WithStreams(Func<(int AccessPoint, int User), bool> isKept) => new(H, Power, Noise, Weight, [.. Streams.Where(isKept)]);

    public double Gain(int i, int k) => gram[i][k, k].Real;

    /// <summary>E, K × S: column s is G_i(s) x_s.</summary>
    public Complex[,] Images(Complex[,] X)
    {
        var E = new Complex[K, S];
        for (int s = 0; s < S; s++)
        {
            Complex[,] G = gram[Streams[s].AccessPoint];
            for (int k = 0; k < K; k++)
            {
                for (int j = 0; j < K; j++)
                {
                    E[k, s] += G[k, j] * X[j, s];
                }
            }
        }

        return E;
    }

    /// <summary>Σ_{s of i} Re aᴴ b per access point: ⟨a, b⟩ of precoders when one of them is given by its images.</summary>
    public double[] Inner(Complex[,] a, Complex[,] b)
    {
        var sums = new double[I];
        for (int s = 0; s < S; s++)
        {
            for (int k = 0; k < K; k++)
            {
                sums[Streams[s].AccessPoint] += (a[k, s].Real * b[k, s].Real) + (a[k, s].Imaginary * b[k, s].Imaginary);
            }
        }

        return sums;
    }

    public double Signal(Complex[,] E, int k) => Enumerable.Range(0, S).Where(s => Streams[s].User == k).Sum(s => Square(E[k, s]));

    /// <summary>ξ_k.</summary>
    public double Interference(Complex[,] E, int k) => Noise[k] + Enumerable.Range(0, S).Where(s => Streams[s].User != k).Sum(s => Square(E[k, s]));

    /// <summary>Σ_k α_k R_k, bit/s/Hz.</summary>
    public double SumRate(Complex[,] E) => Enumerable.Range(0, K).Sum(k => Weight[k] * Math.Log2(1 + (Signal(E, k) / Interference(E, k))));

    /// <summary>Local EZF: X_i ∝ (G_i restricted to the served users)⁻¹ diag(‖h‖), on budget; a ridge where the served channels are nearly dependent.</summary>
    public Complex[,] LocalZeroForcing()
    {
        var X = new Complex[K, S];
        for (int i = 0; i < I; i++)
        {
            int[] streams = [.. Enumerable.Range(0, S).Where(s => Streams[s].AccessPoint == i && Gain(i, Streams[s].User) > 0)];
            int[] users = [.. streams.Select(s => Streams[s].User)];
            if (users.Length == 0)
            {
                continue;
            }

            double[] norm = [.. users.Select(k => Math.Sqrt(Gain(i, k)))];
            Matrix<Complex> R = Matrix<Complex>.Build.Dense(users.Length, users.Length, (m, n) => gram[i][users[m], users[n]] / (norm[m] * norm[n]));
            double[] e = [.. R.Evd(Symmetricity.Hermitian).EigenValues.Select(value => value.Real)];
            double ridge = users.Length > H[0][i].Length || e.Min() < 1e-8 * e.Max() ? 1e-3 * e.Max() : 0;
            Matrix<Complex> inverse = (R + (Matrix<Complex>.Build.DenseIdentity(users.Length) * ridge)).Inverse();
            for (int m = 0; m < users.Length; m++)
            {
                for (int n = 0; n < users.Length; n++)
                {
                    X[users[m], streams[n]] = inverse[m, n] / norm[m];
                }
            }
        }

        double[] power = Inner(X, Images(X));
        return Combine(X, X, [.. power.Select((p, i) => p > 0 ? Math.Sqrt(Power[i] / p) : 0)], new double[I]);
    }

    /// <summary>c_i a + d_i b.</summary>
    public Complex[,] Combine(Complex[,] a, Complex[,] b, double[] c, double[] d)
    {
        var sum = new Complex[K, S];
        for (int s = 0; s < S; s++)
        {
            int i = Streams[s].AccessPoint;
            for (int k = 0; k < K; k++)
            {
                sum[k, s] = (c[i] * a[k, s]) + (d[i] * b[k, s]);
            }
        }

        return sum;
    }

    public double[] Everywhere(double value) => [.. Enumerable.Repeat(value, I)];

    public static double Square(Complex value) => (value.Real * value.Real) + (value.Imaginary * value.Imaginary);
}

/// <summary>
/// The concave minorant of the weighted sum rate at E⁰: |z|²/ξ ≥ 2 Re(z⁰* z)/ξ⁰ − |z⁰|² ξ/ξ⁰², summed over the streams of a user, that is
/// γ_k(E) = 2 Re Σ_{s to k} a_ks* z_ks − b_k ξ_k with a_ks = z⁰_ks/ξ⁰_k, b_k = Σ_{s to k} |a_ks|², and f(E) = Σ_k α_k log2(1 + γ_k(E)).
/// </summary>
internal sealed class NonCoherentScaMinorant
{
    private readonly NonCoherentScaProblem problem;
    private readonly Complex[,] a;
    private readonly double[] b;

    public NonCoherentScaMinorant(NonCoherentScaProblem problem, Complex[,] E0)
    {
        this.problem = problem;
        a = new Complex[problem.K, problem.S];
        b = new double[problem.K];
        for (int s = 0; s < problem.S; s++)
        {
            int k = problem.Streams[s].User;
            a[k, s] = E0[k, s] / problem.Interference(E0, k);
            b[k] += NonCoherentScaProblem.Square(a[k, s]);
        }

        double[] w = Slopes(E0);
        InverseCurvature = [.. Enumerable.Range(0, problem.I).Select(i =>
            Enumerable.Range(0, problem.K).Sum(k => w[k] * b[k] * problem.Gain(i, k)) is > 0 and double trace ? 1 / trace : 0)];
    }

    /// <summary>τ_i = 1/Σ_k w_k b_k G_i[k,k]: the trace of the curvature from interference at E⁰, per access point.</summary>
    public double[] InverseCurvature { get; }

    public double Sinr(Complex[,] E, int k)
    {
        Complex own = Complex.Zero;
        for (int s = 0; s < problem.S; s++)
        {
            own += Complex.Conjugate(a[k, s]) * E[k, s];
        }

        return (2 * own.Real) - (b[k] * problem.Interference(E, k));
    }

    /// <summary>f, bit/s/Hz; −∞ where a user with weight has 1 + γ_k ≤ 0.</summary>
    public double Value(Complex[,] E)
    {
        double value = 0;
        foreach (int k in Enumerable.Range(0, problem.K).Where(k => problem.Weight[k] > 0))
        {
            double argument = 1 + Sinr(E, k);
            value += argument > 0 ? problem.Weight[k] * Math.Log2(argument) : double.NegativeInfinity;
        }

        return value;
    }

    /// <summary>W of df = 2 Re tr(Wᴴ dE): w_k a_ks in a user's own streams, −w_k b_k z_ks in those of others.</summary>
    public Complex[,] Gradient(Complex[,] E)
    {
        double[] w = Slopes(E);
        var W = new Complex[problem.K, problem.S];
        for (int s = 0; s < problem.S; s++)
        {
            for (int k = 0; k < problem.K; k++)
            {
                W[k, s] = w[k] * (problem.Streams[s].User == k ? a[k, s] : -b[k] * E[k, s]);
            }
        }

        return W;
    }

    /// <summary>w_k = α_k/((1 + γ_k) ln 2).</summary>
    private double[] Slopes(Complex[,] E) =>
        [.. Enumerable.Range(0, problem.K).Select(k => problem.Weight[k] > 0 ? problem.Weight[k] / ((1 + Sinr(E, k)) * Math.Log(2)) : 0)];
}

internal enum ScaInnerStatus
{
    /// <summary>The gap is at most max(tolerance · max(1, |f|), share · gain).</summary>
    Solved,

    /// <summary>A step from the best point itself gains less than rounding.</summary>
    Stalled,

    PassLimit,
}

/// <summary>One outer iteration: rate and minorant at its end, both bit/s/Hz; the minorant is the rate at its start.</summary>
/// <param name="Start">f(X⁰) = sum rate before the iteration.</param>
/// <param name="Value">f(X).</param>
/// <param name="Gap">max f over the balls is at most Value + Gap.</param>
/// <param name="SumRate">Sum rate at X, at least Value.</param>
/// <param name="Stationarity">The gap at X⁰: max over feasible Y of the slope of the sum rate towards Y.</param>
internal sealed record ScaOuter(double Start, double Value, double Gap, double SumRate, double Stationarity, int PassCount, ScaInnerStatus Status);

/// <param name="Tolerance">Of the gap, relative to the minorant.</param>
/// <param name="GainShare">The gap may also be this share of what the iteration has gained; 0: every sub-problem to Tolerance.</param>
/// <param name="OuterTolerance">The iterations end when one gains at most this, relatively.</param>
internal sealed record ScaOptions(double Tolerance = 1e-6, double GainShare = 0.1, double OuterTolerance = 1e-9, int MaxOuter = 100, int MaxPasses = 2000);

/// <summary>
/// Successive convex approximation with accelerated projected gradients inside. A pass takes one gradient and one trial step; a rejected trial halves the step
/// and costs a pass. The projection on an access point's ball is a scaling, so that a trial needs no product with the Gram matrices.
/// The sub-problem is concave: every point Y of its domain, feasible or not, gives max f ≤ f(Y) + 2 Σ_i (√P_i ‖W_i‖ − Re⟨W_i, Y_i⟩), the bound of the gap.
/// </summary>
internal sealed class NonCoherentSca(NonCoherentScaProblem problem, ScaOptions options)
{
    private const double Growth = 1.1; // of the step after a trial that was accepted; one trial in eight is then rejected
    private const double Shrink = 0.5;
    private const double Rounding = 1e-14; // of f, relative: what the test for ascent forgives

    private double step = 1; // in units of τ_i; kept from one sub-problem to the next

    public List<ScaOuter> Outers { get; } = [];

    public Complex[,] X { get; private set; } = new Complex[0, 0];

    public Complex[,] E { get; private set; } = new Complex[0, 0];

    /// <summary>Called after every pass with f, the best bound so far and the powers.</summary>
    public Action<double, double, double[]>? Observer { get; init; }

    public double SumRate => problem.SumRate(E);

    public static NonCoherentSca Run(NonCoherentScaProblem problem, ScaOptions options)
    {
        var sca = new NonCoherentSca(problem, options);
        sca.Run(problem.LocalZeroForcing());
        return sca;
    }

    /// <summary>From a feasible start.</summary>
    public void Run(Complex[,] start)
    {
        X = (Complex[,])start.Clone();
        for (int s = 0; s < problem.S; s++)
        {
            for (int k = 0; problem.Weight[problem.Streams[s].User] == 0 && k < problem.K; k++)
            {
                X[k, s] = 0; // without weight a stream only disturbs: gradients would take it to 0 slowly
            }
        }

        E = problem.Images(X);
        while (Outers.Count < options.MaxOuter)
        {
            double before = SumRate;
            Outers.Add(Maximize(new NonCoherentScaMinorant(problem, E)));
            if (SumRate - before <= options.OuterTolerance * Math.Max(1, SumRate))
            {
                break;
            }
        }
    }

    /// <summary>Moves X towards the maximum of a minorant whose point is X.</summary>
    private ScaOuter Maximize(NonCoherentScaMinorant minorant)
    {
        double[] tau = minorant.InverseCurvature;
        (Complex[,] Y, Complex[,] EY) = (X, E);
        double start = minorant.Value(E), f = start, fY = start;
        double theta = 1, bound = double.PositiveInfinity, stationarity = double.PositiveInfinity;
        for (int pass = 0; ; pass++)
        {
            Complex[,] W = minorant.Gradient(EY), GW = problem.Images(W);
            double[] yy = problem.Inner(Y, EY), yw = problem.Inner(W, EY), ww = [.. problem.Inner(W, GW).Select(v => Math.Max(v, 0))];
            bound = Math.Min(bound, fY + (2 * Sum(i => Math.Sqrt(problem.Power[i] * ww[i]) - yw[i])));
            stationarity = pass == 0 ? bound - start : stationarity;
            double gap = bound - f;
            Observer?.Invoke(f, bound, problem.Inner(X, E));
            if (gap <= Math.Max(options.Tolerance * Math.Max(1, Math.Abs(f)), options.GainShare * (f - start)))
            {
                return Outer(ScaInnerStatus.Solved);
            }

            if (pass == options.MaxPasses)
            {
                return Outer(ScaInnerStatus.PassLimit);
            }

            // X⁺ = the projection of Y + t τ_i W: c_i (Y + t τ_i W), its images c_i (E_Y + t τ_i G W).
            double[] t = [.. tau.Select(v => step * v)];
            double[] power = [.. t.Select((v, i) => yy[i] + (2 * v * yw[i]) + (v * v * ww[i]))];
            double[] c = [.. power.Select((p, i) => p > problem.Power[i] ? Math.Sqrt(problem.Power[i] / p) : 1)];
            double[] ct = [.. c.Zip(t, (x, y) => x * y)];
            Complex[,] E1 = problem.Combine(EY, GW, c, ct);
            double f1 = minorant.Value(E1);
            double slope = 2 * Sum(i => ((c[i] - 1) * yw[i]) + (ct[i] * ww[i]));
            double square = Sum(i => t[i] > 0
                ? (((c[i] - 1) * (c[i] - 1) * yy[i]) + (2 * (c[i] - 1) * ct[i] * yw[i]) + (ct[i] * ct[i] * ww[i])) / t[i]
                : 0);
            if (!(f1 >= fY + slope - square - (Rounding * Math.Max(1, Math.Abs(fY)))))
            {
                step *= Shrink;
                continue;
            }

            step *= Growth;
            bool fromBest = ReferenceEquals(Y, X);
            if (fromBest && f1 <= f)
            {
                return Outer(ScaInnerStatus.Stalled);
            }

            if (f1 < f)
            {
                (Y, EY, fY, theta) = (X, E, f, 1);
                continue;
            }

            Complex[,] X1 = problem.Combine(Y, W, c, ct);
            double turn = problem.Inner(W, E1).Sum() - problem.Inner(W, E).Sum();
            double next = (1 + Math.Sqrt(1 + (4 * theta * theta))) / 2, beta = (theta - 1) / next;
            Complex[,] extrapolated = Extrapolate(E1, E, beta);
            double fExtrapolated = turn < 0 ? double.NegativeInfinity : minorant.Value(extrapolated);
            if (fExtrapolated == double.NegativeInfinity) // the momentum points downhill or out of the domain
            {
                (X, E, f) = (X1, E1, f1);
                (Y, EY, fY, theta) = (X, E, f, 1);
            }
            else
            {
                (Y, EY, fY, theta) = (Extrapolate(X1, X, beta), extrapolated, fExtrapolated, next);
                (X, E, f) = (X1, E1, f1);
            }

            ScaOuter Outer(ScaInnerStatus status) => new(start, f, gap, SumRate, stationarity, pass, status);
        }
    }

    private Complex[,] Extrapolate(Complex[,] next, Complex[,] last, double beta) =>
        problem.Combine(next, last, problem.Everywhere(1 + beta), problem.Everywhere(-beta));

    private double Sum(Func<int, double> term) => Enumerable.Range(0, problem.I).Sum(term);
}
