using System.Numerics;
using Precoding.Engines;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>Successive convex approximation. Panels are K × S here, column s belonging to stream s. [noncoherent.md §8]</content>
internal sealed partial class ReferenceEngine
{
    private const double StepGrowth = 1.1; // after a trial that was accepted
    private const double StepShrink = 0.5;
    private const double AscentRounding = 1e-14;

    public void MinorantTangent(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, ScaState state, SolveControl control)
    {
        foreach (int r in Running(control).Where(r => Integer(state.Outcome, r) != (int)ScaOutcome.Improving))
        {
            var (X, E) = (LoadPanel(x, r, streams), LoadPanel(e, r, streams));
            double[] powers = InnerByAccessPoint(problem, streams, r, X, E), P = problem.PowerBudget, zeros = new double[problem.L];
            double[] onBudget = [.. powers.Select((power, l) => power > P[l] ? Math.Sqrt(P[l] / power) : 1)];
            (X, E) = (Combine(streams, r, X, onBudget, X, zeros), Combine(streams, r, E, onBudget, E, zeros));
            StorePanel(X, x, r, streams);
            StorePanel(E, e, r, streams);
            Real(control.PowerExcess, r) = WorstExcess(P, l => powers[l] > P[l] ? P[l] : powers[l]);
            double rate = 0;
            var weight = new double[problem.K]; // w_k b_k
            for (int k = 0; k < problem.K; k++)
            {
                double xi = Interference(streams, E, k), b = 0;
                foreach (int s in StreamsOf(streams, k))
                {
                    Complex a = E[k, s] / xi;
                    Element(state.Slope, r, s) = a;
                    b += Energy(a);
                }

                Real(state.Curvature, r, k) = b;
                double gamma = StreamsOf(streams, k).Sum(s => Energy(E[k, s])) / xi;
                if (problem.Weight[k] > 0)
                {
                    rate += problem.Weight[k] * Math.Log2(1 + gamma);
                    weight[k] = problem.Weight[k] / ((1 + gamma) * Math.Log(2)) * b;
                }
            }

            for (int l = 0; l < problem.L; l++)
            {
                double trace = Enumerable.Range(0, problem.K).Sum(k => weight[k] * Element(problem.Gram, r, l, k, k).Real);
                Real(state.InverseCurvature, r, l) = trace > 0 ? 1 / trace : 0;
            }

            StorePanel(X, state.Y, r, streams);
            StorePanel(E, state.EY, r, streams);
            Real(state.Value, r) = Real(state.ValueAtY, r) = Real(state.StartValue, r) = rate;
            Real(state.Bound, r) = double.PositiveInfinity;
            Real(state.Momentum, r) = 1;
            Integer(state.PassCount, r) = 0;
            Integer(state.IsBest, r) = 1;
            Real(control.Objective, r) = rate * Math.Log(2);
        }
    }

    public void MinorantGradient(StreamProblem problem, StreamTable streams, ScaState state, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            var EY = LoadPanel(state.EY, r, streams);
            Matrix W = EY * 0, GW = EY * 0;
            for (int k = 0; k < problem.K; k++)
            {
                double w = problem.Weight[k] > 0 ? problem.Weight[k] / ((1 + Sinr(streams, state, r, EY, k)) * Math.Log(2)) : 0;
                for (int s = 0; s < streams.S; s++)
                {
                    W[k, s] = streams.UserOf[s] == k ? w * Element(state.Slope, r, s) : -w * Real(state.Curvature, r, k) * EY[k, s];
                }
            }

            for (int s = 0; s < streams.S; s++)
            {
                int l = AccessPointOf(streams, r, s);
                if (l < 0)
                {
                    W.ClearColumn(s);
                }
                else
                {
                    GW.SetColumn(s, Load(problem.Gram, r, l) * W.Column(s));
                }
            }

            StorePanel(W, state.W, r, streams);
            StorePanel(GW, state.GW, r, streams);
        }
    }

    public void MinorantStep(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, ScaState state, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            int realization = r;
            double F(Matrix E) => MinorantValue(problem, streams, state, realization, E);
            double Sum(Func<int, double> term) => Enumerable.Range(0, problem.L).Sum(term);
            Matrix X = LoadPanel(x, r, streams), E = LoadPanel(e, r, streams), Y = LoadPanel(state.Y, r, streams), EY = LoadPanel(state.EY, r, streams);
            Matrix W = LoadPanel(state.W, r, streams), GW = LoadPanel(state.GW, r, streams);
            double[] yy = InnerByAccessPoint(problem, streams, r, Y, EY), yw = InnerByAccessPoint(problem, streams, r, W, EY);
            double[] ww = [.. InnerByAccessPoint(problem, streams, r, W, GW).Select(v => Math.Max(v, 0))];
            double[] P = problem.PowerBudget;
            double f = Real(state.Value, r), fY = Real(state.ValueAtY, r), gained = f - Real(state.StartValue, r);

            double bound = Real(state.Bound, r) = Math.Min(Real(state.Bound, r), fY + (2 * Sum(l => Math.Sqrt(P[l] * ww[l]) - yw[l])));
            double gap = Real(state.Gap, r) = bound - f;
            int passCount = Integer(state.PassCount, r);
            Real(state.Stationarity, r) = passCount == 0 ? gap : Real(state.Stationarity, r);
            Integer(state.Passes, r)++;
            double tolerance = Math.Max(state.GapTolerance, 20 * (Math.BitIncrement(1.0) - 1));
            ScaOutcome outcome = gap <= Math.Max(tolerance * Math.Max(1, Math.Abs(f)), state.GapShare * gained) ? ScaOutcome.Solved
                : !double.IsFinite(f) ? ScaOutcome.Stalled
                : passCount >= state.PassLimit ? ScaOutcome.PassLimit
                : ScaOutcome.Improving;
            Integer(state.Outcome, r) = (int)outcome;
            if (outcome != ScaOutcome.Improving)
            {
                continue;
            }

            Integer(state.PassCount, r)++;
            double[] t = [.. Enumerable.Range(0, problem.L).Select(l => Real(control.StepSize, realization) * Real(state.InverseCurvature, realization, l))];
            double[] q = [.. t.Select((v, l) => yy[l] + (2 * v * yw[l]) + (v * v * ww[l]))];
            double[] c = [.. q.Select((power, l) => power > P[l] ? Math.Sqrt(P[l] / power) : 1)];
            double[] ct = [.. c.Zip(t, (a, b) => a * b)];
            var E1 = Combine(streams, r, EY, c, GW, ct);
            double f1 = F(E1);
            double slope = 2 * Sum(l => ((c[l] - 1) * yw[l]) + (ct[l] * ww[l]));
            double square = Sum(l => t[l] > 0
                ? (((c[l] - 1) * (c[l] - 1) * yy[l]) + (2 * (c[l] - 1) * ct[l] * yw[l]) + (ct[l] * ct[l] * ww[l])) / t[l]
                : 0);
            if (!(f1 >= fY + slope - square - (AscentRounding * Math.Max(1, Math.Abs(fY)))))
            {
                Real(control.StepSize, r) *= StepShrink;
                continue;
            }

            Real(control.StepSize, r) *= StepGrowth;
            bool isBest = Integer(state.IsBest, r) != 0;
            if (isBest && f1 <= f)
            {
                Integer(state.Outcome, r) = (int)ScaOutcome.Stalled;
                continue;
            }

            if (f1 < f)
            {
                SetPoint(X, E, f, 1, true);
                continue;
            }

            var X1 = Combine(streams, r, Y, c, W, ct);
            double theta = Real(state.Momentum, r), next = (1 + Math.Sqrt(1 + (4 * theta * theta))) / 2, beta = (theta - 1) / next;
            var ahead = (E1 * (1 + beta)) - (E * beta);
            bool isDownhill = Inner(W, E1) < Inner(W, E);
            double fAhead = isDownhill ? double.NegativeInfinity : F(ahead);
            if (double.IsNegativeInfinity(fAhead))
            {
                SetPoint(X1, E1, f1, 1, true);
            }
            else
            {
                SetPoint((X1 * (1 + beta)) - (X * beta), ahead, fAhead, next, false);
            }

            StorePanel(X1, x, r, streams);
            StorePanel(E1, e, r, streams);
            Real(state.Value, r) = f1;

            void SetPoint(Matrix point, Matrix images, double value, double momentum, bool best)
            {
                StorePanel(point, state.Y, realization, streams);
                StorePanel(images, state.EY, realization, streams);
                Real(state.ValueAtY, realization) = value;
                Real(state.Momentum, realization) = momentum;
                Integer(state.IsBest, realization) = best ? 1 : 0;
            }
        }
    }

    public void AdvanceSubproblems(ScaState state, SolveControl control)
    {
        foreach (int r in Running(control).Where(r => Integer(state.Outcome, r) != (int)ScaOutcome.Improving))
        {
            Advance(r, control);
            Integer(state.PassesAt, r, Integer(control.Iteration, r)) = Integer(state.Passes, r);
            Integer(state.Outcome, r) = (int)ScaOutcome.Improving;
        }
    }

    /// <summary>f(E); −∞ outside its domain.</summary>
    private static double MinorantValue(StreamProblem problem, StreamTable streams, ScaState state, int r, Matrix E)
    {
        double value = 0;
        foreach (int k in Enumerable.Range(0, problem.K).Where(k => problem.Weight[k] > 0))
        {
            double argument = 1 + Sinr(streams, state, r, E, k);
            value += argument > 0 ? problem.Weight[k] * Math.Log2(argument) : double.IsNaN(argument) ? double.NaN : double.NegativeInfinity;
        }

        return value;
    }

    /// <summary>γ_k(E) of the minorant.</summary>
    private static double Sinr(StreamTable streams, ScaState state, int r, Matrix E, int k) =>
        (2 * StreamsOf(streams, k).Sum(s => (Complex.Conjugate(Element(state.Slope, r, s)) * E[k, s]).Real)) - (Real(state.Curvature, r, k) * Interference(streams, E, k));

    /// <summary>ξ_k(E).</summary>
    private static double Interference(StreamTable streams, Matrix E, int k) => 1 + Enumerable.Range(0, streams.S).Where(s => streams.UserOf[s] != k).Sum(s => Energy(E[k, s]));

    private static IEnumerable<int> StreamsOf(StreamTable streams, int k) => Enumerable.Range(streams.First[k], streams.First[k + 1] - streams.First[k]);

    /// <summary>Re⟨A, B⟩_i of every access point.</summary>
    private static double[] InnerByAccessPoint(StreamProblem problem, StreamTable streams, int r, Matrix a, Matrix b) =>
        [.. Enumerable.Range(0, problem.L).Select(l => BranchesOf(streams, r, l).Sum(s => Inner(a.Column(s), b.Column(s))))];

    /// <summary>c_i a + d_i b; streams of no access point stay zero.</summary>
    private static Matrix Combine(StreamTable streams, int r, Matrix a, double[] c, Matrix b, double[] d)
    {
        var sum = a * 0;
        for (int s = 0; s < streams.S; s++)
        {
            if (AccessPointOf(streams, r, s) is >= 0 and int l)
            {
                sum.SetColumn(s, (a.Column(s) * c[l]) + (b.Column(s) * d[l]));
            }
        }

        return sum;
    }

    /// <summary>[realization, stream, row] of one realization; one column of zeros where there is no stream.</summary>
    private static Matrix LoadPanel(Tensor panel, int r, StreamTable streams) => LoadColumns(panel, r, [.. Enumerable.Range(0, streams.S)]);

    private static void StorePanel(Matrix values, Tensor panel, int r, StreamTable streams) => StoreColumns(values, panel, r, [.. Enumerable.Range(0, streams.S)]);
}
