using Precoding.Engines;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>Starts in the coordinates P_l = H_l X_l.</content>
internal sealed partial class ReferenceEngine
{
    public void MatchedCoordinates(CoherentProblem problem, Tensor x, Tensor s, SolveControl control) =>
        StartFrom(problem, x, s, control, (r, l) => Load(problem.Gram, r, l).Trace().Real > 0 ? Identity(problem.K) : Identity(problem.K) * 0);

    public void RegularizedCoordinates(CoherentProblem problem, Tensor x, Tensor s, SolveControl control) =>
        StartFrom(problem, x, s, control, (r, _) => (Load(problem.GramSum, r) + (Identity(problem.K) * (problem.K / problem.PowerBudget.Sum()))).Inverse());

    public void ScaleCoordinatesToBudget(CoherentProblem problem, Tensor x, Tensor s, SolveControl control) =>
        StartFrom(problem, x, s, control, (r, l) => Load(x, r, l));

    public void CoordinatesOfPrecoders(CoherentProblem problem, Tensor precoders, Tensor x, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                var G = Load(problem.Gram, r, l);
                double trace = G.Trace().Real;
                var X = trace > 0
                    ? (G + (Identity(problem.K) * (1e-12 * trace / problem.K))).Solve(Channel(problem, r, l).ConjugateTranspose() * Precoder(precoders, r, l))
                    : Identity(problem.K) * 0;
                Store(X, x, r, l);
            }
        }
    }

    public void RefreshImages(CoherentProblem problem, Tensor x, Tensor s, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                Store(Load(problem.Gram, r, l) * Load(x, r, l), s, r, l);
            }
        }
    }

    /// <summary>Stores c_l X and its image with c_l so that Re⟨X_l, S_l⟩ = P_l; c_l = 1 where the power is 0.</summary>
    private static void StartFrom(CoherentProblem problem, Tensor x, Tensor s, SolveControl control, Func<int, int, Matrix> coordinates)
    {
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                var X = coordinates(r, l);
                var S = Load(problem.Gram, r, l) * X;
                double power = Inner(X, S);
                double scale = power > 0 ? Math.Sqrt(problem.PowerBudget[l] / power) : 1;
                Store(X * scale, x, r, l);
                Store(S * scale, s, r, l);
            }

            SetExcessOfCoordinates(problem, x, s, r, control);
        }
    }

    private static void SetExcessOfCoordinates(CoherentProblem problem, Tensor x, Tensor s, int r, SolveControl control) =>
        Real(control.PowerExcess, r) = WorstExcess(problem.PowerBudget, l => Inner(Load(x, r, l), Load(s, r, l)));
}
