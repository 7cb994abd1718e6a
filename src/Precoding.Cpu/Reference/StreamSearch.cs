using Precoding.Engines;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <content>Conjugate gradients along the updates of RWMMSE. [noncoherent.md §13]</content>
internal sealed partial class ReferenceEngine
{
    public void StreamGradient(StreamProblem problem, StreamTable streams, Tensor e, Tensor factor, Tensor coefficient, Tensor w, SolveControl control)
    {
        StreamFactors(problem, streams, e, factor, coefficient, control);
        foreach (int r in Running(control))
        {
            var E = EffectiveChannels(problem, streams, e, r);
            var F = BlockFactor(problem, streams, factor, r);
            var W = F * (F.ConjugateTranspose() * E); // own blocks are overwritten
            for (int s = 0; s < streams.S; s++)
            {
                int u = streams.UserOf[s];
                var (own, interference) = Levels(problem, streams, E, u);
                var total = interference + (own * own.ConjugateTranspose());
                W.SetSubMatrix(u * problem.N, s, -total.Cholesky().Solve(E.SubMatrix(u * problem.N, problem.N, s, 1)) * problem.Weight[u]);
            }

            for (int b = 0; b < streams.Branches; b++)
            {
                StoreColumns(W.SubMatrix(0, problem.Rows, b / streams.B, 1), w, r, [b]);
            }

            ClearUnsent(streams, w, r);
        }
    }

    public void RefreshStreams(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            ClearUnsent(streams, x, r);
            ClearUnsent(streams, e, r);
            for (int l = 0; l < problem.L; l++)
            {
                int[] branches = BranchesOf(streams, r, l);
                var X = LoadColumns(x, r, branches);
                var E = Load(problem.Gram, r, l) * X;
                double power = Inner(X, E), scale = power > problem.PowerBudget[l] ? Math.Sqrt(problem.PowerBudget[l] / power) : 1;
                StoreColumns(X * scale, x, r, branches);
                StoreColumns(E * scale, e, r, branches);
            }

            SetExcessOfStreams(problem, streams, x, e, r, control);
        }
    }

    public void StreamDirection(
        StreamProblem problem, StreamTable streams, Tensor x, Tensor e, Tensor w, Tensor multiplier, Tensor update, Tensor updateImage, Tensor gradient, Tensor eta, Tensor d, Tensor dImage,
        Tensor kind, SolveControl control)
    {
        int L = problem.L;
        foreach (int r in Running(control))
        {
            Matrix[] Of(Tensor vectors) => [.. Enumerable.Range(0, L).Select(l => LoadColumns(vectors, r, BranchesOf(streams, r, l)))];
            Matrix[] X = Of(x), E = Of(e), W = Of(w), U = Of(update), oldGradient = Of(gradient), D = Of(d), image = Of(dImage);
            Matrix[] first = [.. U.Select((block, l) => block - X[l])], firstImage = [.. first.Select((block, l) => Load(problem.Gram, r, l) * block)];
            var isTangent = new bool[L];

            for (int l = 0; l < L; l++)
            {
                double budget = problem.PowerBudget[l], power = Inner(X[l], E[l]), outward = Inner(W[l], E[l]) / budget, kappa = Inner(U[l], E[l]) / power;
                if (Real(multiplier, r, l) > 0 && power >= budget * (1 - (outward >= 0 ? 1e-5 : 1e-2)) && kappa > 0.1)
                {
                    var tangent = (U[l] / kappa) - X[l];
                    tangent -= X[l] * (Inner(tangent, E[l]) / power);
                    var tangentImage = Load(problem.Gram, r, l) * tangent;
                    if (Inner(W[l], tangentImage) < 0)
                    {
                        (first[l], firstImage[l], isTangent[l]) = (tangent, tangentImage, true);
                    }
                }

                if (!(Inner(W[l], firstImage[l]) < 0))
                {
                    (first[l], firstImage[l]) = (X[l] * 0, E[l] * 0);
                }
            }

            double newEta = -Enumerable.Range(0, L).Sum(l => Inner(W[l], firstImage[l]));
            double overlap = Enumerable.Range(0, L).Sum(l => Inner(oldGradient[l], firstImage[l]));
            double oldEta = Real(eta, r), beta = Integer(control.Iteration, r) > 0 && oldEta > 0 ? Math.Max(0, (newEta + overlap) / oldEta) : 0;
            for (int l = 0; l < L; l++)
            {
                (D[l], image[l]) = (first[l] + (D[l] * beta), firstImage[l] + (image[l] * beta));
                if (isTangent[l])
                {
                    double outward = Inner(D[l], E[l]) / Inner(X[l], E[l]);
                    (D[l], image[l]) = (D[l] - (X[l] * outward), image[l] - (E[l] * outward));
                }
            }

            if (!(Enumerable.Range(0, L).Sum(l => Inner(W[l], image[l])) < 0))
            {
                (D, image) = (first, firstImage);
            }

            foreach (Tensor vectors in (Tensor[])[update, updateImage, gradient, d, dImage])
            {
                ClearUnsent(streams, vectors, r);
            }

            for (int l = 0; l < L; l++)
            {
                int[] branches = BranchesOf(streams, r, l);
                StoreColumns(first[l], update, r, branches);
                StoreColumns(firstImage[l], updateImage, r, branches);
                StoreColumns(isTangent[l] ? W[l] - (X[l] * (Inner(W[l], E[l]) / Inner(X[l], E[l]))) : W[l], gradient, r, branches);
                StoreColumns(D[l], d, r, branches);
                StoreColumns(image[l], dImage, r, branches);
                Integer(kind, r, l) = isTangent[l] ? 1 : 0;
            }

            Real(eta, r) = newEta;
            if (!(newEta > 8 * (Math.BitIncrement(1.0) - 1) * Math.Max(1, Math.Abs(Real(control.Objective, r)))))
            {
                Integer(control.SearchState, r) = (int)LineSearchState.Stationary;
            }
        }
    }

    public void StreamSearch(
        StreamProblem problem, StreamTable streams, int bothUntil, Tensor first, Tensor firstImage, Tensor kind, Tensor d, Tensor dImage, Tensor x, Tensor e, SolveControl control)
    {
        foreach (int r in Running(control).Where(r => Integer(control.SearchState, r) == (int)LineSearchState.Searching))
        {
            var conjugate = SearchAlong(problem, streams, d, dImage, kind, x, e, r, control);
            var (best, fromFirst) = (conjugate, false);
            if (conjugate is null || Integer(control.Iteration, r) < bothUntil)
            {
                var alongFirst = SearchAlong(problem, streams, first, firstImage, kind, x, e, r, control);
                if (alongFirst is not null && (conjugate is null || !(conjugate.Value.Loss < alongFirst.Value.Loss)))
                {
                    (best, fromFirst) = (alongFirst, true);
                }
            }

            if (best is not var (alpha, loss))
            {
                Real(control.Objective, r) = -LossOfStreams(problem, streams, EffectiveChannels(problem, streams, e, r));
                Integer(control.SearchState, r) = (int)LineSearchState.Exhausted;
                continue;
            }

            for (int l = 0; l < problem.L; l++)
            {
                int[] branches = BranchesOf(streams, r, l);
                if (fromFirst)
                {
                    StoreColumns(LoadColumns(first, r, branches), d, r, branches);
                    StoreColumns(LoadColumns(firstImage, r, branches), dImage, r, branches);
                }

                Matrix X = LoadColumns(x, r, branches), E = LoadColumns(e, r, branches), D = LoadColumns(d, r, branches), image = LoadColumns(dImage, r, branches);
                double scale = Retraction(problem.PowerBudget[l], X + (D * alpha), E + (image * alpha), Integer(kind, r, l) != 0);
                StoreColumns((X + (D * alpha)) * scale, x, r, branches);
                StoreColumns((E + (image * alpha)) * scale, e, r, branches);
            }

            Real(control.StepSize, r) = alpha;
            Real(control.Objective, r) = -loss;
            Integer(control.SearchState, r) = (int)LineSearchState.Accepted;
            SetExcessOfStreams(problem, streams, x, e, r, control);
        }
    }

    /// <summary>Step and −f along a direction, null where nothing is better than x as it is.</summary>
    private static (double Alpha, double Loss)? SearchAlong(
        StreamProblem problem, StreamTable streams, Tensor d, Tensor dImage, Tensor kind, Tensor x, Tensor e, int r, SolveControl control)
    {
        int[][] branches = [.. Enumerable.Range(0, problem.L).Select(l => BranchesOf(streams, r, l))];
        Matrix[] Of(Tensor vectors) => [.. branches.Select(list => LoadColumns(vectors, r, list))];
        Matrix[] X = Of(x), E = Of(e), D = Of(d), image = Of(dImage);
        double Loss(double alpha)
        {
            var moved = Matrix.Build.Dense(problem.Rows, Math.Max(1, streams.S));
            for (int l = 0; l < problem.L; l++)
            {
                var images = E[l] + (image[l] * alpha);
                images *= Retraction(problem.PowerBudget[l], X[l] + (D[l] * alpha), images, Integer(kind, r, l) != 0);
                for (int i = 0; i < branches[l].Length; i++)
                {
                    int s = branches[l][i] / streams.B;
                    moved.SetColumn(s, moved.Column(s) + images.Column(i));
                }
            }

            return LossOfStreams(problem, streams, moved);
        }

        double step = Real(control.StepSize, r);
        return Search(Loss, LossOfStreams(problem, streams, EffectiveChannels(problem, streams, e, r)), step == 0 ? 1 : step);
    }

    /// <summary>c_l: back onto the budget where the direction was tangent or the power is above it; infinite where rounding left a tangent one no power.</summary>
    private static double Retraction(double budget, Matrix x, Matrix e, bool isTangent)
    {
        double moved = Math.Max(0, Inner(x, e));
        return moved > budget || isTangent ? Math.Sqrt(budget / moved) : 1;
    }

    /// <summary>−Σ_k α_k (ln det J_k − ln det Ω_k), infinite where that is no number.</summary>
    private static double LossOfStreams(StreamProblem problem, StreamTable streams, Matrix E)
    {
        double objective = 0;
        for (int k = 0; k < problem.K; k++)
        {
            var (own, interference) = Levels(problem, streams, E, k);
            try
            {
                objective += problem.Weight[k] * (LogDeterminant(interference + (own * own.ConjugateTranspose())) - LogDeterminant(interference));
            }
            catch (ArgumentException)
            {
                return double.PositiveInfinity; // so far out that rounding leaves no positive definite matrix
            }
        }

        return double.IsFinite(objective) ? -objective : double.PositiveInfinity;
    }

    private static void SetExcessOfStreams(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, int r, SolveControl control) =>
        Real(control.PowerExcess, r) = WorstExcess(problem.PowerBudget, l => StreamPower(streams, x, e, r, l));
}
