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
        SystemsMemory systems = SystemsFor(count, K, 3 * vectors, out T* roots);
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
        var matrices = new ShiftedGram(MatricesOf(problem.GramSum), 0, roots, shifts);
        SolveSystems(systems, count, matrices, new ColumnsOf(Q, before), new FirstBlockOf(Q, after), active);
    }

    /// <summary>Below it √ω could not be inverted in single precision without leaving its range.</summary>
    private const double SmallestRoot = 1e-15;

    public void PreconditionedGradient(CoherentProblem problem, Tensor s, Tensor q, Tensor qImage, Tensor tangent, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        MultiplyByGram(problem, MatricesOf(q), MatricesOf(qImage), active, count);
        double* sums = scratch.Partials((nint)count * L * (K + 1));
        BlockDots(MatricesOf(s), MatricesOf(q), active, count, L, K, sums + ((nint)count * L), sums);
        for (int block = 0; block < count * L; block++)
        {
            ControlOf(tangent)[((nint)active[block / L] * L) + (block % L)] = -sums[block] / problem.PowerBudget[block % L];
        }
    }

    public void ConjugateDirection(
        CoherentProblem problem, Tensor x, Tensor s, Tensor w, Tensor previousW, Tensor q, Tensor qImage, Tensor tangent, Tensor multiplier, Tensor previousMultiplier,
        Tensor eta, Tensor d, Tensor dImage, Tensor movedPower, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        nint rows = (nint)count * L * K;
        double* partials = scratch.Partials((rows * DirectionSums) + ((nint)count * L * DirectionCoefficients));
        double* coefficients = partials + (rows * DirectionSums);
        var operands = new DirectionOperands(
            MatricesOf(x), MatricesOf(s), MatricesOf(q), MatricesOf(qImage), ControlOf(tangent), MatricesOf(d), MatricesOf(dImage), L, K, active);
        T* images = scratch.PerWorker<T>(2 * K, out nint stride);
        pool.Run(count * L * Parts(K), new DirectionDotsJob(operands, MatricesOf(w), MatricesOf(previousW), images, stride, partials));
        for (int i = 0; i < count; i++)
        {
            int r = active[i];
            double newEta = 0, overlap = 0, oldSlope = 0;
            double* outward = coefficients + ((nint)i * L * DirectionCoefficients);
            for (int l = 0; l < L; l++)
            {
                double* sums = partials + ((((nint)i * L) + l) * K * DirectionSums);
                nint at = ((nint)r * L) + l;
                double moved = Reals<T>.Sum(sums + 4, K, DirectionSums);             // Re⟨S,D⟩ = Re⟨X,GD⟩
                newEta += Reals<T>.Sum(sums, K, DirectionSums);
                overlap += Reals<T>.Sum(sums + 1, K, DirectionSums) + (ControlOf(previousMultiplier)[at] * ControlOf(control.StepSize)[r] * Reals<T>.Sum(sums + 2, K, DirectionSums));
                oldSlope += Reals<T>.Sum(sums + 3, K, DirectionSums) - (ControlOf(multiplier)[at] * moved);
                outward[l * DirectionCoefficients] = moved / problem.PowerBudget[l];
            }

            double oldEta = ControlOf(eta)[r];
            double beta = Of(control.Iteration).Integers[r] == 0 || !(oldEta > 0) ? 0 : Math.Max(0, (newEta - overlap) / oldEta);
            // slope Σ Re⟨ξ, G D⟩ of −y + βD made tangent; Re⟨ξ_l, S_l⟩ = 0, so the projection does not change it
            beta = -newEta + (beta * oldSlope) < 0 ? beta : 0;
            for (int l = 0; l < L; l++)
            {
                double* c = coefficients + ((((nint)i * L) + l) * DirectionCoefficients);
                (c[0], c[1]) = (beta, beta == 0 ? 0 : -beta * c[0]);
            }

            ControlOf(eta)[r] = newEta;
            if (newEta <= 8 * Epsilon * Math.Max(1, Math.Abs(ControlOf(control.Objective)[r])))
            {
                Of(control.SearchState).Integers[r] = (int)LineSearchState.Stationary;
            }
        }

        UpdateDirection(operands, coefficients, partials, ControlOf(movedPower), count);
    }

    public void SteepestDirection(
        CoherentProblem problem, Tensor x, Tensor s, Tensor q, Tensor qImage, Tensor tangent, Tensor d, Tensor dImage, Tensor movedPower, SolveControl control)
    {
        int count = InSearchState(control, Active(control, out int* active), active, retryOnly: true), K = problem.K, L = problem.L;
        nint rows = (nint)count * L * K, coefficientCount = (nint)count * L * DirectionCoefficients;
        double* partials = scratch.Partials((rows * MovedPowerSums) + coefficientCount), coefficients = partials + (rows * MovedPowerSums);
        new Span<double>(coefficients, checked((int)coefficientCount)).Clear();      // no part of the old direction
        var operands = new DirectionOperands(
            MatricesOf(x), MatricesOf(s), MatricesOf(q), MatricesOf(qImage), ControlOf(tangent), MatricesOf(d), MatricesOf(dImage), L, K, active);
        UpdateDirection(operands, coefficients, partials, ControlOf(movedPower), count);
    }

    private void UpdateDirection(DirectionOperands operands, double* coefficients, double* partials, double* movedPower, int count)
    {
        int K = operands.K, L = operands.L;
        pool.Run(count * L * Parts(K), new DirectionUpdateJob(operands, coefficients, partials));
        for (int block = 0; block < count * L; block++)
        {
            double* power = movedPower + ((((nint)operands.Active[block / L] * L) + (block % L)) * MovedPowerSums);
            for (int sum = 0; sum < MovedPowerSums; sum++)
            {
                power[sum] = Reals<T>.Sum(partials + ((nint)block * K * MovedPowerSums) + sum, K, MovedPowerSums);
            }
        }
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

    /// <summary>Dots per row of <see cref="DirectionDotsJob"/>, at least <see cref="MovedPowerSums"/>.</summary>
    private const int DirectionSums = 5;

    /// <summary>Per block: β and the multiple of X that makes βD tangent.</summary>
    private const int DirectionCoefficients = 2;

    /// <summary>Coefficients of Re⟨X + αD, S + αGD⟩ in α.</summary>
    private const int MovedPowerSums = 3;

    private readonly struct DirectionOperands(
        Matrices<T> x, Matrices<T> s, Matrices<T> q, Matrices<T> qImage, double* tangent, Matrices<T> d, Matrices<T> dImage, int L, int K, int* active)
    {
        public readonly Matrices<T> X = x, S = s, Q = q, QImage = qImage, D = d, DImage = dImage;
        public readonly double* Tangent = tangent;
        public readonly int L = L, K = K;
        public readonly int* Active = active;
    }

    /// <summary>Per row, with Gy = GQ + tS: Re⟨W,Gy⟩, Re⟨W_old,Gy⟩, Re⟨D,Gy⟩, Re⟨W,GD⟩, Re⟨S,D⟩.</summary>
    private readonly struct DirectionDotsJob(DirectionOperands operands, Matrices<T> w, Matrices<T> previousW, T* images, nint stride, double* partials) : IJob
    {
        private readonly DirectionOperands o = operands;
        private readonly Matrices<T> w = w, previousW = previousW;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(o.K) * RowsPerPart, block = index / Parts(o.K), r = o.Active[block / o.L], l = block % o.L, size = 2 * o.K;
            T tangent = Narrow(o.Tangent[((nint)r * o.L) + l]);
            T* image = images + (worker * stride);
            for (int k = first; k < Math.Min(first + RowsPerPart, o.K); k++)
            {
                double* sums = partials + ((((nint)block * o.K) + k) * DirectionSums);
                T* W = w.Row(r, 0, k), S = o.S.Row(r, l, k), D = o.D.Row(r, l, k);
                Reals<T>.Combine(o.QImage.Row(r, l, k), T.One, S, tangent, image, size);
                sums[0] = Reals<T>.Dot(W, image, size);
                sums[1] = Reals<T>.Dot(previousW.Row(r, 0, k), image, size);
                sums[2] = Reals<T>.Dot(D, image, size);
                sums[3] = Reals<T>.Dot(W, o.DImage.Row(r, l, k), size);
                sums[4] = Reals<T>.Dot(S, D, size);
            }
        }
    }

    /// <summary>D := −Q + βD + (outward − t)X, image alike, β = 0 forgets D; then per row the dots of the moved power.</summary>
    private readonly struct DirectionUpdateJob(DirectionOperands operands, double* coefficients, double* partials) : IJob
    {
        private readonly DirectionOperands o = operands;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(o.K) * RowsPerPart, block = index / Parts(o.K), r = o.Active[block / o.L], l = block % o.L, size = 2 * o.K;
            double* c = coefficients + ((nint)block * DirectionCoefficients);
            T beta = Narrow(c[0]), ofX = Narrow(c[1] - o.Tangent[((nint)r * o.L) + l]);
            for (int k = first; k < Math.Min(first + RowsPerPart, o.K); k++)
            {
                T* X = o.X.Row(r, l, k), S = o.S.Row(r, l, k), D = o.D.Row(r, l, k), image = o.DImage.Row(r, l, k), Q = o.Q.Row(r, 0, k), qImage = o.QImage.Row(r, l, k);
                if (c[0] == 0)
                {
                    Reals<T>.Combine(Q, -T.One, X, ofX, D, size);
                    Reals<T>.Combine(qImage, -T.One, S, ofX, image, size);
                }
                else
                {
                    Reals<T>.Combine(Q, -T.One, D, beta, X, ofX, D, size);
                    Reals<T>.Combine(qImage, -T.One, image, beta, S, ofX, image, size);
                }

                double* sums = partials + ((((nint)block * o.K) + k) * MovedPowerSums);
                sums[0] = Reals<T>.Dot(X, S, size);
                sums[1] = Reals<T>.Dot(S, D, size) + Reals<T>.Dot(X, image, size);
                sums[2] = Reals<T>.Dot(D, image, size);
            }
        }
    }
}
