using Precoding.Engines;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>The line search over trial sets. [coherent.md §6]</content>
internal sealed partial class ReferenceEngine
{
    private const int TrialSetLimit = 40;

    public void LineSearch(CoherentProblem problem, Tensor d, Tensor dImage, Tensor movedPower, Tensor x, Tensor s, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            if (SearchAlong(problem, dImage, movedPower, s, r, control) is not double alpha)
            {
                continue;
            }

            for (int l = 0; l < problem.L; l++)
            {
                double c = Retraction(problem, movedPower, r, l, alpha);
                Store((Load(x, r, l) + (Load(d, r, l) * alpha)) * c, x, r, l);
                Store((Load(s, r, l) + (Load(dImage, r, l) * alpha)) * c, s, r, l);
            }

            SetExcessOfCoordinates(problem, x, s, r, control);
        }
    }

    /// <summary>The step of one realization along the direction, or null; sets state, step size and objective.</summary>
    private static double? SearchAlong(CoherentProblem problem, Tensor dImage, Tensor movedPower, Tensor s, int r, SolveControl control)
    {
        var state = (LineSearchState)Integer(control.SearchState, r);
        if (state is not (LineSearchState.Searching or LineSearchState.Retry))
        {
            return null;
        }

        Matrix[] S = [.. Blocks(problem.L, l => Load(s, r, l))];
        Matrix[] image = [.. Blocks(problem.L, l => Load(dImage, r, l))];
        double Loss(double alpha)
        {
            Matrix sum = Blocks(problem.L, l => (S[l] + (image[l] * alpha)) * Retraction(problem, movedPower, r, l, alpha)).Aggregate((a, b) => a + b);
            double objective = Objective(problem, sum);
            return double.IsFinite(objective) ? -objective : double.PositiveInfinity;
        }

        if (Search(Loss, -Real(control.Objective, r), Real(control.StepSize, r)) is not var (alpha, loss))
        {
            Integer(control.SearchState, r) = (int)(state == LineSearchState.Searching ? LineSearchState.Retry : LineSearchState.Exhausted);
            return null;
        }

        Real(control.StepSize, r) = alpha;
        Real(control.Objective, r) = -loss;
        Integer(control.SearchState, r) = (int)LineSearchState.Accepted;
        return alpha;
    }

    /// <summary>c_l(α) = √(P_l/moved power), 1 where that is not positive.</summary>
    private static double Retraction(CoherentProblem problem, Tensor movedPower, int r, int l, double alpha)
    {
        (double power, double outward, double norm) = (Real(movedPower, r, l, 0), Real(movedPower, r, l, 1), Real(movedPower, r, l, 2));
        double moved = power + (alpha * outward) + (alpha * alpha * Math.Max(0, norm));
        return moved > 0 ? Math.Sqrt(problem.PowerBudget[l] / moved) : 1;
    }

    /// <summary>The step and its loss, or null when no trial set has an interior minimum below <paramref name="f"/>.</summary>
    private static (double Alpha, double Loss)? Search(Func<double, double> loss, double f, double centre)
    {
        for (int set = 0; set < TrialSetLimit; set++)
        {
            double[] alpha = [centre / 4, centre / 2, centre, centre * 2, centre * 4];
            double[] value = [.. alpha.Select(loss)];
            int best = Array.IndexOf(value, value.Min());
            if (!(value[best] < f) || best == 0)
            {
                centre = alpha[0] / 2;
            }
            else if (best == alpha.Length - 1)
            {
                centre = alpha[best] * 2;
            }
            else
            {
                return Refine(loss, alpha.AsSpan(best - 1, 3), value.AsSpan(best - 1, 3));
            }
        }

        return null;
    }

    /// <summary>The minimum of the parabola through three points where it lies between them and is better than the middle one.</summary>
    private static (double Alpha, double Loss) Refine(Func<double, double> loss, ReadOnlySpan<double> a, ReadOnlySpan<double> f)
    {
        double numerator = ((a[1] - a[0]) * (a[1] - a[0]) * (f[1] - f[2])) - ((a[1] - a[2]) * (a[1] - a[2]) * (f[1] - f[0]));
        double denominator = ((a[1] - a[0]) * (f[1] - f[2])) - ((a[1] - a[2]) * (f[1] - f[0]));
        double vertex = a[1] - (numerator / (2 * denominator)); // not finite on a line: fails the comparison
        if (vertex > a[0] && vertex < a[2] && loss(vertex) is var value && value < f[1])
        {
            return (vertex, value);
        }

        return (a[1], f[1]);
    }
}
