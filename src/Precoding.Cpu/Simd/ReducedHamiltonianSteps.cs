using System.Runtime.CompilerServices;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    public void DampThenKick(CoherentProblem problem, Tensor w, double damping, Tensor momentum, SolveControl control)
    {
        int count = Active(control, out int* active);
        pool.Run(count * problem.L * Parts(problem.K), new DampThenKickJob(MatricesOf(w), MatricesOf(momentum), ControlOf(control.StepSize), damping, problem.L, problem.K, active));
    }

    public void DriftOntoPowerSphere(CoherentProblem problem, Tensor x, Tensor s, Tensor momentum, Tensor power, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        nint square = 2 * (nint)K * K;
        T* held = scratch.Held<T>(2 * control.Capacity * L * square);
        var free = new Matrices<T>(held, L * square, square, K);                                     // X̃
        var freeImage = new Matrices<T>(held + (control.Capacity * L * square), L * square, square, K); // S̃
        Matrices<T> X = MatricesOf(x), S = MatricesOf(s), nu = MatricesOf(momentum);
        double* step = ControlOf(control.StepSize);
        pool.Run(count * L * Parts(K), new FreeDriftJob(X, nu, free, step, L, K, active));
        MultiplyByGram(problem, free, freeImage, active, count);

        nint blocks = (nint)count * L;
        double* partials = scratch.Partials((blocks * K * 3) + (blocks * 3));
        double* scales = partials + (blocks * K * 3);
        pool.Run(count * L * Parts(K), new DriftDotsJob(X, S, free, freeImage, partials, L, K, active));
        for (int i = 0; i < count; i++)
        {
            int r = active[i];
            double worst = -1;
            for (int l = 0; l < L; l++)
            {
                double* sums = partials + (((nint)i * L) + l) * K * 3;
                PowerRoot root = PowerRoot.Solve(
                    Reals<T>.Sum(sums, K, 3), -2 * Reals<T>.Sum(sums + 1, K, 3), Reals<T>.Sum(sums + 2, K, 3), problem.PowerBudget[l]);
                if (root.Missing)
                {
                    Of(control.RootMissing).Integers[r] = 1;
                }

                double* scale = scales + ((((nint)i * L) + l) * 3);
                scale[0] = root.Scale;
                scale[1] = -root.Scale * root.T;
                scale[2] = -2 * root.T / step[r];
                ControlOf(power)[((nint)r * L) + l] = root.Power;
                worst = Math.Max(worst, (root.Power / problem.PowerBudget[l]) - 1);
            }

            ControlOf(control.PowerExcess)[r] = worst;
        }

        pool.Run(count * L * Parts(K), new ConstrainJob(X, S, free, freeImage, nu, scales, L, K, active));
        RestoreLargeSteps(problem, x, s, power, active, KeepLargeSteps(partials, 3 * K, 3, active, count, problem), control);
    }

    /// <summary>A free step to more than this multiple of the budget cancels against the way back: the result is measured again.</summary>
    private const double LargeStep = 4;

    /// <summary>Keeps the realizations whose free step was large; the free power of a block is the sum of <paramref name="count"/> partials.</summary>
    private static int KeepLargeSteps(double* partials, int perBlock, int stride, int* active, int count, CoherentProblem problem)
    {
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            bool large = false;
            for (int l = 0; l < problem.L; l++)
            {
                large |= !(Reals<T>.Sum(partials + ((((nint)i * problem.L) + l) * perBlock), perBlock / stride, stride) <= LargeStep * problem.PowerBudget[l]);
            }

            if (large)
            {
                active[kept++] = active[i];
            }
        }

        return kept;
    }

    private void RestoreLargeSteps(CoherentProblem problem, Tensor x, Tensor s, Tensor power, int* active, int count, SolveControl control)
    {
        int K = problem.K, L = problem.L;
        if (count == 0)
        {
            return;
        }

        MultiplyByGram(problem, MatricesOf(x), MatricesOf(s), active, count);
        double* sums = scratch.Partials((nint)count * L * (K + 1));
        BlockDots(MatricesOf(x), MatricesOf(s), active, count, L, K, sums + ((nint)count * L), sums);
        ScalesIntoBudget(problem, sums, power, active, count, control);
        pool.Run(count * L * Parts(K), new ScaleBlocksJob(MatricesOf(x), MatricesOf(s), sums, L, K, active));
    }

    /// <summary>Powers in, factors that bring those above their budget back to it out; Power and PowerExcess follow.</summary>
    private static void ScalesIntoBudget(CoherentProblem problem, double* sums, Tensor power, int* active, int count, SolveControl control)
    {
        for (int i = 0; i < count; i++)
        {
            double worst = -1;
            for (int l = 0; l < problem.L; l++)
            {
                double budget = problem.PowerBudget[l], found = sums[((nint)i * problem.L) + l];
                sums[((nint)i * problem.L) + l] = found > budget ? Math.Sqrt(budget / found) : 1;
                ControlOf(power)[((nint)active[i] * problem.L) + l] = Math.Min(found, budget);
                worst = Math.Max(worst, (Math.Min(found, budget) / budget) - 1);
            }

            ControlOf(control.PowerExcess)[active[i]] = worst;
        }
    }

    public void ForceChange(CoherentProblem problem, Tensor w, Tensor previousW, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K;
        nint square = 2 * (nint)K * K;
        T* held = scratch.Held<T>(2 * control.Capacity * square);
        var change = new Matrices<T>(held, square, 0, K);
        var image = new Matrices<T>(held + (control.Capacity * square), square, 0, K);
        pool.Run(count * Parts(K), new DifferenceJob(MatricesOf(w), MatricesOf(previousW), change, K, active));
        MultiplyByGramSum(problem, change, image, active, count);
        double* sums = scratch.Partials((nint)count * (K + 1));
        BlockDots(change, image, active, count, 1, K, sums + count, sums);
        for (int i = 0; i < count; i++)
        {
            ControlOf(control.ForceChange)[active[i]] = ControlOf(control.StepSize)[active[i]] / 2 * Math.Sqrt(Math.Max(0, sums[i]));
        }
    }

    public void KickThenDamp(CoherentProblem problem, Tensor x, Tensor s, Tensor w, Tensor power, double damping, Tensor momentum, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        nint blocks = (nint)count * L;
        double* partials = scratch.Partials((blocks * K * 3) + blocks), mu = partials + (blocks * K * 3);
        Matrices<T> X = MatricesOf(x), S = MatricesOf(s), W = MatricesOf(w), nu = MatricesOf(momentum);
        double* step = ControlOf(control.StepSize);
        pool.Run(count * L * Parts(K), new VelocityDotsJob(X, S, W, nu, partials, L, K, active));
        for (int i = 0; i < count; i++)
        {
            for (int l = 0; l < L; l++)
            {
                nint block = ((nint)i * L) + l;
                double* sums = partials + (block * K * 3);
                double budget = problem.PowerBudget[l], norm = Reals<T>.Sum(sums + 2, K, 3);
                bool isActive = ControlOf(power)[((nint)active[i] * L) + l] - budget > -1e-9 * budget && norm > 0;
                mu[block] = isActive ? ((2 / step[active[i]] * Reals<T>.Sum(sums, K, 3)) - Reals<T>.Sum(sums + 1, K, 3)) / norm : 0;
            }
        }

        pool.Run(count * L * Parts(K), new KickThenDampJob(X, W, nu, mu, step, damping, L, K, active));
    }

    private void MultiplyByGramSum(CoherentProblem problem, Matrices<T> x, Matrices<T> image, int* active, int count) => new Product<T>
    {
        A = MatricesOf(problem.GramSum), ReadA = Simd.Read.Adjoint, B = x, C = image, Rows = problem.K, Columns = problem.K, Inner = problem.K, Blocks = 1,
    }.Run(pool, scratch, active, count);

    /// <summary>ν := e^{−γh/2} ν − (h/2) W.</summary>
    private readonly struct DampThenKickJob(Matrices<T> w, Matrices<T> nu, double* step, double damping, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> w = w, nu = nu;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), r = active[block / L];
            nint size = 2 * (nint)K * Math.Min(RowsPerPart, K - first);
            T* momentum = nu.Row(r, block % L, first);
            Reals<T>.Combine(momentum, Narrow(Math.Exp(-damping * step[r] / 2)), w.Row(r, 0, first), Narrow(-step[r] / 2), momentum, size);
        }
    }

    /// <summary>X̃ = X + (h/2) ν.</summary>
    private readonly struct FreeDriftJob(Matrices<T> x, Matrices<T> nu, Matrices<T> free, double* step, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> x = x, nu = nu, free = free;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), r = active[block / L], l = block % L;
            nint size = 2 * (nint)K * Math.Min(RowsPerPart, K - first);
            Reals<T>.Combine(x.Row(r, l, first), T.One, nu.Row(r, l, first), Narrow(step[r] / 2), free.Row(r, l, first), size);
        }
    }

    /// <summary>Per row: Re⟨X̃,S̃⟩, Re⟨S,X̃⟩, Re⟨X,S⟩.</summary>
    private readonly struct DriftDotsJob(Matrices<T> x, Matrices<T> s, Matrices<T> free, Matrices<T> freeImage, double* partials, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> x = x, s = s, free = free, freeImage = freeImage;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), r = active[block / L], l = block % L;
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                double* sums = partials + ((((nint)block * K) + k) * 3);
                sums[0] = Reals<T>.Dot(free.Row(r, l, k), freeImage.Row(r, l, k), 2 * K);
                sums[1] = Reals<T>.Dot(s.Row(r, l, k), free.Row(r, l, k), 2 * K);
                sums[2] = Reals<T>.Dot(x.Row(r, l, k), s.Row(r, l, k), 2 * K);
            }
        }
    }

    /// <summary>ν += scale₂ X, X := scale₀ X̃ + scale₁ X, S likewise.</summary>
    private readonly struct ConstrainJob(
        Matrices<T> x, Matrices<T> s, Matrices<T> free, Matrices<T> freeImage, Matrices<T> nu, double* scales, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> x = x, s = s, free = free, freeImage = freeImage, nu = nu;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), r = active[block / L], l = block % L;
            nint size = 2 * (nint)K * Math.Min(RowsPerPart, K - first);
            double* scale = scales + ((nint)block * 3);
            T* X = x.Row(r, l, first), S = s.Row(r, l, first), momentum = nu.Row(r, l, first);
            if (scale[2] != 0)
            {
                Reals<T>.Combine(momentum, T.One, X, Narrow(scale[2]), momentum, size);
            }

            Reals<T>.Combine(free.Row(r, l, first), Narrow(scale[0]), X, Narrow(scale[1]), X, size);
            Reals<T>.Combine(freeImage.Row(r, l, first), Narrow(scale[0]), S, Narrow(scale[1]), S, size);
        }
    }

    private readonly struct DifferenceJob(Matrices<T> a, Matrices<T> b, Matrices<T> difference, int K, int* active) : IJob
    {
        private readonly Matrices<T> a = a, b = b, difference = difference;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, r = active[index / Parts(K)];
            Reals<T>.Combine(a.Row(r, 0, first), T.One, b.Row(r, 0, first), -T.One, difference.Row(r, 0, first), 2 * (nint)K * Math.Min(RowsPerPart, K - first));
        }
    }

    /// <summary>Per row: Re⟨S,ν⟩, Re⟨S,W⟩, Re⟨X,S⟩.</summary>
    private readonly struct VelocityDotsJob(Matrices<T> x, Matrices<T> s, Matrices<T> w, Matrices<T> nu, double* partials, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> x = x, s = s, w = w, nu = nu;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), r = active[block / L], l = block % L;
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                double* sums = partials + ((((nint)block * K) + k) * 3);
                T* row = s.Row(r, l, k);
                sums[0] = Reals<T>.Dot(row, nu.Row(r, l, k), 2 * K);
                sums[1] = Reals<T>.Dot(row, w.Row(r, 0, k), 2 * K);
                sums[2] = Reals<T>.Dot(row, x.Row(r, l, k), 2 * K);
            }
        }
    }

    /// <summary>ν := e^{−γh/2}(ν − (h/2)(W + μ X)).</summary>
    private readonly struct KickThenDampJob(Matrices<T> x, Matrices<T> w, Matrices<T> nu, double* mu, double* step, double damping, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> x = x, w = w, nu = nu;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), r = active[block / L], l = block % L;
            nint size = 2 * (nint)K * Math.Min(RowsPerPart, K - first);
            double damp = Math.Exp(-damping * step[r] / 2), kick = -damp * step[r] / 2;
            T* momentum = nu.Row(r, l, first);
            Reals<T>.Combine(momentum, Narrow(damp), w.Row(r, 0, first), Narrow(kick), x.Row(r, l, first), Narrow(kick * mu[block]), momentum, size);
        }
    }
}

/// <summary>The step back onto ‖ũ − t g‖² = P along g: c2 t² + c1 t + (free − P) = 0, root nearest 0; what is still above P, by rounding too, is scaled. [coherent.md §3.2]</summary>
internal readonly record struct PowerRoot(double T, double Scale, double Power, bool Missing)
{
    /// <param name="free">Power after the unconstrained step.</param>
    /// <param name="c1">−2 times the inner product of the free step and g.</param>
    /// <param name="c2">‖g‖².</param>
    /// <param name="budget">P.</param>
    public static PowerRoot Solve(double free, double c1, double c2, double budget)
    {
        double c0 = free - budget;
        if (!(c0 > 0))
        {
            return new PowerRoot(0, 1, free, false);
        }

        double discriminant = (c1 * c1) - (4 * c2 * c0);
        bool missing = !(discriminant >= 0) || c1 == 0;
        double t = !missing ? -2 * c0 / (c1 + Math.CopySign(Math.Sqrt(discriminant), c1))
            : c2 > 0 ? -c1 / (2 * c2)
            : 0;
        double power = free + (t * (c1 + (c2 * t)));
        return missing || power > budget ? new PowerRoot(t, Math.Sqrt(budget / power), budget, missing) : new PowerRoot(t, 1, power, false);
    }
}
