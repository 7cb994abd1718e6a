using Precoding.Engines;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>Directions of the preconditioned conjugate gradients in reduced coordinates. [coherent.md §6]</content>
internal sealed partial class ReferenceEngine
{
    public void TangentMultipliers(CoherentProblem problem, Tensor s, Tensor w, Tensor multiplier, Tensor regularizer, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            var W = Load(w, r);
            double[] outward = [.. Enumerable.Range(0, problem.L).Select(l => Inner(Load(s, r, l), W))];
            double[] c = [.. outward.Select((value, l) => value / problem.PowerBudget[l])];
            for (int l = 0; l < problem.L; l++)
            {
                Real(multiplier, r, l) = c[l];
            }

            Real(regularizer, r) = Math.Max(-c.Average(), -outward.Sum() / problem.PowerBudget.Sum());
        }
    }

    public void PreconditionGradient(
        CoherentProblem problem, Tensor s, Tensor w, Tensor signalWeight, Tensor multiplier, Tensor regularizer, Tensor q, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            double lambda = Real(regularizer, r);
            int realization = r;
            var omega = Diagonal(Enumerable.Range(0, problem.K).Select(k => Real(signalWeight, realization, k)));
            var outward = Blocks(problem.L, l => Load(s, realization, l) * Real(multiplier, realization, l)).Aggregate((a, b) => a + b);
            Store(
                lambda == 0
                    ? outward * 0
                    : ((omega * Load(problem.GramSum, r)) + (Identity(problem.K) * lambda)).Solve(Load(w, r) + (omega * outward / lambda)),
                q,
                r);
        }
    }

    public void PreconditionedGradient(
        CoherentProblem problem, Tensor x, Tensor s, Tensor q, Tensor multiplier, Tensor regularizer, Tensor y, Tensor yImage, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                var X = Load(x, r, l);
                double lambda = Real(regularizer, r);
                var Y = lambda == 0 ? X * 0 : Load(q, r) - (X * (Real(multiplier, r, l) / lambda));
                Y -= X * (Inner(Load(s, r, l), Y) / problem.PowerBudget[l]);
                Store(Y, y, r, l);
                Store(Load(problem.Gram, r, l) * Y, yImage, r, l);
            }
        }
    }

    public void ConjugateDirection(
        CoherentProblem problem, Tensor x, Tensor s, Tensor w, Tensor multiplier, Tensor y, Tensor yImage, Tensor xi, Tensor eta, Tensor d, Tensor dImage, SolveControl control)
    {
        int L = problem.L;
        foreach (int r in Running(control))
        {
            var W = Load(w, r);
            Matrix[] newXi = [.. Blocks(L, l => W - (Load(x, r, l) * Real(multiplier, r, l)))];
            double newEta = Enumerable.Range(0, L).Sum(l => Inner(newXi[l], Load(yImage, r, l)));
            bool conjugate = false;
            if (Integer(control.Iteration, r) > 0)
            {
                double overlap = Enumerable.Range(0, L).Sum(l => Inner(Load(xi, r, l), Load(yImage, r, l)));
                double beta = Math.Max(0, (newEta - overlap) / Real(eta, r));
                Matrix[] D = [.. Blocks(L, l => (Load(d, r, l) * beta) - Load(y, r, l))];
                Matrix[] image = [.. Blocks(L, l => (Load(dImage, r, l) * beta) - Load(yImage, r, l))];
                for (int l = 0; l < L; l++)
                {
                    double outward = Inner(Load(s, r, l), D[l]) / problem.PowerBudget[l];
                    D[l] -= Load(x, r, l) * outward;
                    image[l] -= Load(s, r, l) * outward;
                }

                conjugate = Enumerable.Range(0, L).Sum(l => Inner(newXi[l], image[l])) < 0;
                if (conjugate)
                {
                    StoreBlocks(D, d, r);
                    StoreBlocks(image, dImage, r);
                }
            }

            if (!conjugate)
            {
                PointAlongSteepest(L, r, y, yImage, d, dImage);
            }

            StoreBlocks(newXi, xi, r);
            Real(eta, r) = newEta;
            if (newEta <= 8 * (Math.BitIncrement(1.0) - 1) * Math.Max(1, Math.Abs(Real(control.Objective, r))))
            {
                Integer(control.SearchState, r) = (int)LineSearchState.Stationary;
            }
        }
    }

    public void SteepestDirection(CoherentProblem problem, Tensor y, Tensor yImage, Tensor d, Tensor dImage, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            if (Integer(control.SearchState, r) == (int)LineSearchState.Retry)
            {
                PointAlongSteepest(problem.L, r, y, yImage, d, dImage);
            }
        }
    }

    private static void PointAlongSteepest(int L, int r, Tensor y, Tensor yImage, Tensor d, Tensor dImage)
    {
        StoreBlocks([.. Blocks(L, l => -Load(y, r, l))], d, r);
        StoreBlocks([.. Blocks(L, l => -Load(yImage, r, l))], dImage, r);
    }

    private static IEnumerable<Matrix> Blocks(int L, Func<int, Matrix> block) => Enumerable.Range(0, L).Select(block);

    private static void StoreBlocks(Matrix[] blocks, Tensor tensor, int r)
    {
        for (int l = 0; l < blocks.Length; l++)
        {
            Store(blocks[l], tensor, r, l);
        }
    }
}
