using System.Runtime.CompilerServices;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    public void TangentMultipliers(CoherentProblem problem, Tensor s, Tensor w, Tensor multiplier, Tensor regularizer, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        double* sums = scratch.Partials((nint)count * L * (K + 1));
        BlockDots(MatricesOf(s), MatricesOf(w), active, count, L, K, sums + ((nint)count * L), sums);
        double budgetSum = problem.PowerBudget.Sum();
        for (int i = 0; i < count; i++)
        {
            double* c = ControlOf(multiplier) + ((nint)active[i] * L);
            double mean = 0, all = 0;
            for (int l = 0; l < L; l++)
            {
                c[l] = sums[((nint)i * L) + l] / problem.PowerBudget[l];
                mean += c[l] / L;
                all += sums[((nint)i * L) + l];
            }

            ControlOf(regularizer)[active[i]] = Math.Max(-mean, -all / budgetSum);
        }
    }

    public void PreconditionGradient(
        CoherentProblem problem, Tensor s, Tensor w, Tensor signalWeight, Tensor multiplier, Tensor regularizer, Tensor q, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        Matrices<T> Q = MatricesOf(q);
        nint vectors = (nint)control.Capacity * K;
        HermitianSystem<T>* systems = SystemsFor(count, K, K, 3 * vectors, out T* panels, out T* roots);
        T* before = roots + vectors, after = before + vectors;                       // Ω^½, then the scalings of right-hand sides and solutions
        double* shifts = scratch.Partials(count);
        for (int i = 0; i < count; i++)
        {
            double lambda = ControlOf(regularizer)[active[i]];
            shifts[i] = lambda > 0 ? lambda : 1;
            for (int k = 0; k < K; k++)
            {
                nint at = ((nint)active[i] * K) + k;
                double root = Math.Sqrt(ControlOf(signalWeight)[at]);
                bool decoupled = root < SmallestRoot;                                // row k is then its right-hand side over λ
                roots[at] = decoupled ? T.Zero : Narrow(root);
                before[at] = lambda > 0 ? Narrow(decoupled ? 1 : 1 / root) : T.Zero;
                after[at] = Narrow(decoupled ? 1 : root);
            }
        }

        pool.Run(count * Parts(K), new RightHandSideJob(MatricesOf(s), MatricesOf(w), ControlOf(signalWeight), ControlOf(multiplier), ControlOf(regularizer), Q, L, K, active));
        pool.Run(count * systems->N, new FillSystemsJob(systems, MatricesOf(problem.GramSum), 0, roots, shifts, active));
        SolveSystems(systems, count, panels, K, new ColumnsOf(Q, before), new FirstBlockOf(Q, after), active);
    }

    /// <summary>Below it √ω could not be inverted in single precision without leaving its range.</summary>
    private const double SmallestRoot = 1e-15;

    public void PreconditionedGradient(
        CoherentProblem problem, Tensor x, Tensor s, Tensor q, Tensor multiplier, Tensor regularizer, Tensor y, Tensor yImage, SolveControl control)
    {
        // y_l = Q − (c_l/λ + τ_l) X_l, image G_l Q − (c_l/λ + τ_l) S_l: the products share their right-hand side
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        MultiplyByGram(problem, MatricesOf(q), MatricesOf(yImage), active, count);
        double* scales = scratch.Partials((nint)count * L * (K + 2)), sums = scales + ((nint)count * L);
        BlockDots(MatricesOf(s), MatricesOf(q), active, count, L, K, sums + ((nint)count * L), sums);
        for (nint block = 0; block < (nint)count * L; block++)
        {
            scales[block] = -sums[block] / problem.PowerBudget[(int)(block % L)];    // Re⟨S_l, y_l⟩ = 0 with Re⟨S_l, X_l⟩ = P_l fixes c_l/λ + τ_l
        }

        pool.Run(
            count * L * Parts(K), new TangentGradientJob(MatricesOf(x), MatricesOf(s), MatricesOf(q), MatricesOf(y), MatricesOf(yImage), scales, L, K, active));
    }

    public void ConjugateDirection(
        CoherentProblem problem, Tensor x, Tensor s, Tensor w, Tensor multiplier, Tensor y, Tensor yImage, Tensor xi, Tensor eta, Tensor d, Tensor dImage, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        nint rows = (nint)count * L * K;
        double* partials = scratch.Partials((rows * DirectionSums) + ((nint)count * (L + 1)));
        double* coefficients = partials + (rows * DirectionSums);
        var operands = new DirectionOperands(
            MatricesOf(x), MatricesOf(s), MatricesOf(w), MatricesOf(y), MatricesOf(yImage), MatricesOf(xi), MatricesOf(d), MatricesOf(dImage), ControlOf(multiplier), L, K, active);
        pool.Run(count * L * Parts(K), new DirectionDotsJob(operands, partials));
        for (int i = 0; i < count; i++)
        {
            int r = active[i];
            double newEta = 0, crossEta = 0, oldSlope = 0;
            double* tangent = coefficients + ((nint)i * (L + 1)) + 1;
            for (int l = 0; l < L; l++)
            {
                double* sums = partials + ((((nint)i * L) + l) * K * DirectionSums);
                newEta += Reals<T>.Sum(sums, K, DirectionSums);
                crossEta += Reals<T>.Sum(sums + 1, K, DirectionSums);
                oldSlope += Reals<T>.Sum(sums + 2, K, DirectionSums);
                tangent[l] = Reals<T>.Sum(sums + 3, K, DirectionSums) / problem.PowerBudget[l];
            }

            double oldEta = ControlOf(eta)[r];
            double beta = Of(control.Iteration).Integers[r] == 0 || !(oldEta > 0) ? 0 : Math.Max(0, (newEta - crossEta) / oldEta);
            // slope Σ Re⟨ξ, G D⟩ of −y + βD made tangent; Re⟨ξ_l, S_l⟩ = 0, so the projection does not change it
            beta = -newEta + (beta * oldSlope) < 0 ? beta : 0;
            coefficients[(nint)i * (L + 1)] = beta;
            for (int l = 0; l < L; l++)
            {
                tangent[l] *= -beta;
            }

            ControlOf(eta)[r] = newEta;
            if (newEta <= 8 * Epsilon * Math.Max(1, Math.Abs(ControlOf(control.Objective)[r])))
            {
                Of(control.SearchState).Integers[r] = (int)LineSearchState.Stationary;
            }
        }

        pool.Run(count * L * Parts(K), new DirectionUpdateJob(operands, coefficients));
    }

    public void SteepestDirection(CoherentProblem problem, Tensor y, Tensor yImage, Tensor d, Tensor dImage, SolveControl control)
    {
        int count = InSearchState(control, Active(control, out int* active), active, retryOnly: true), K = problem.K, L = problem.L;
        pool.Run(count * L * Parts(K), new NegateJob(MatricesOf(y), MatricesOf(d), L, K, active));
        pool.Run(count * L * Parts(K), new NegateJob(MatricesOf(yImage), MatricesOf(dImage), L, K, active));
    }

    /// <summary>Keeps the realizations whose line search is still to be done.</summary>
    private static int InSearchState(SolveControl control, int count, int* active, bool retryOnly)
    {
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            var state = (LineSearchState)Of(control.SearchState).Integers[active[i]];
            if (state == LineSearchState.Retry || (!retryOnly && state == LineSearchState.Searching))
            {
                active[kept++] = active[i];
            }
        }

        return kept;
    }

    /// <summary>W + Ω Σ_l c_l S_l/λ.</summary>
    private readonly struct RightHandSideJob(
        Matrices<T> s, Matrices<T> w, double* signalWeight, double* multiplier, double* regularizer, Matrices<T> q, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> s = s, w = w, q = q;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, r = active[index / Parts(K)];
            double inverse = regularizer[r] > 0 ? 1 / regularizer[r] : 0;
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                T* row = q.Row(r, 0, k);
                Reals<T>.Copy(w.Row(r, 0, k), row, 2 * K);
                for (int l = 0; l < L; l++)
                {
                    Reals<T>.Combine(row, T.One, s.Row(r, l, k), Narrow(signalWeight[((nint)r * K) + k] * inverse * multiplier[((nint)r * L) + l]), row, 2 * K);
                }
            }
        }
    }

    /// <summary>y = Q + scale X and its image alike.</summary>
    private readonly struct TangentGradientJob(
        Matrices<T> x, Matrices<T> s, Matrices<T> q, Matrices<T> y, Matrices<T> yImage, double* scales, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> x = x, s = s, q = q, y = y, yImage = yImage;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), r = active[block / L], l = block % L;
            nint size = 2 * (nint)K * Math.Min(RowsPerPart, K - first);
            T scale = Narrow(scales[block]);
            Reals<T>.Combine(q.Row(r, 0, first), T.One, x.Row(r, l, first), scale, y.Row(r, l, first), size);
            T* image = yImage.Row(r, l, first);
            Reals<T>.Combine(image, T.One, s.Row(r, l, first), scale, image, size);
        }
    }

    /// <summary>Dots per row of <see cref="DirectionDotsJob"/>.</summary>
    private const int DirectionSums = 4;

    private readonly struct DirectionOperands(
        Matrices<T> x, Matrices<T> s, Matrices<T> w, Matrices<T> y, Matrices<T> yImage, Matrices<T> xi, Matrices<T> d, Matrices<T> dImage, double* multiplier, int L, int K, int* active)
    {
        public readonly Matrices<T> X = x, S = s, W = w, Y = y, YImage = yImage, Xi = xi, D = d, DImage = dImage;
        public readonly double* Multiplier = multiplier;
        public readonly int L = L, K = K;
        public readonly int* Active = active;
    }

    /// <summary>Per row: Re⟨ξ,Gy⟩, Re⟨ξ_old,Gy⟩, Re⟨ξ,GD_old⟩, Re⟨S,D_old⟩; then ξ_old := ξ = W − cX.</summary>
    private readonly struct DirectionDotsJob(DirectionOperands operands, double* partials) : IJob
    {
        private readonly DirectionOperands o = operands;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(o.K) * RowsPerPart, block = index / Parts(o.K), r = o.Active[block / o.L], l = block % o.L, size = 2 * o.K;
            T c = Narrow(-o.Multiplier[((nint)r * o.L) + l]);
            for (int k = first; k < Math.Min(first + RowsPerPart, o.K); k++)
            {
                double* sums = partials + ((((nint)block * o.K) + k) * DirectionSums);
                T* xi = o.Xi.Row(r, l, k), image = o.YImage.Row(r, l, k);
                sums[1] = Reals<T>.Dot(xi, image, size);
                Reals<T>.Combine(o.W.Row(r, 0, k), T.One, o.X.Row(r, l, k), c, xi, size);
                sums[0] = Reals<T>.Dot(xi, image, size);
                sums[2] = Reals<T>.Dot(xi, o.DImage.Row(r, l, k), size);
                sums[3] = Reals<T>.Dot(o.S.Row(r, l, k), o.D.Row(r, l, k), size);
            }
        }
    }

    /// <summary>D := −y + βD + tangent·X, image alike; β = 0 forgets D.</summary>
    private readonly struct DirectionUpdateJob(DirectionOperands operands, double* coefficients) : IJob
    {
        private readonly DirectionOperands o = operands;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(o.K) * RowsPerPart, block = index / Parts(o.K), i = block / o.L, r = o.Active[i], l = block % o.L;
            nint size = 2 * (nint)o.K * Math.Min(RowsPerPart, o.K - first);
            double* c = coefficients + ((nint)i * (o.L + 1));
            T beta = Narrow(c[0]), tangent = Narrow(c[1 + l]);
            T* d = o.D.Row(r, l, first), dImage = o.DImage.Row(r, l, first);
            if (c[0] == 0)
            {
                Reals<T>.Scale(o.Y.Row(r, l, first), -T.One, d, size);
                Reals<T>.Scale(o.YImage.Row(r, l, first), -T.One, dImage, size);
                return;
            }

            Reals<T>.Combine(o.Y.Row(r, l, first), -T.One, d, beta, o.X.Row(r, l, first), tangent, d, size);
            Reals<T>.Combine(o.YImage.Row(r, l, first), -T.One, dImage, beta, o.S.Row(r, l, first), tangent, dImage, size);
        }
    }

    private readonly struct NegateJob(Matrices<T> from, Matrices<T> to, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> from = from, to = to;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), r = active[block / L], l = block % L;
            Reals<T>.Scale(from.Row(r, l, first), -T.One, to.Row(r, l, first), 2 * (nint)K * Math.Min(RowsPerPart, K - first));
        }
    }
}
