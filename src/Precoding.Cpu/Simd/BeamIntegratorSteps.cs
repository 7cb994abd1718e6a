using System.Runtime.CompilerServices;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    private const int UsersPerPart = 8;

    public void MatchedBeams(CoherentProblem problem, Tensor table, BeamSupport support, Tensor u, SolveControl control)
    {
        int count = Active(control, out int* active);
        pool.Run(count * UserParts(problem.K), new MatchedBeamsJob(MatricesOf(table), SlotsOf(support, u, problem.L), support.N, problem.K, active));
    }

    public void UnitBeams(CoherentProblem problem, BeamSupport support, Tensor u, SolveControl control)
    {
        int count = Active(control, out int* active);
        pool.Run(count * UserParts(problem.K), new UnitBeamsJob(SlotsOf(support, u, problem.L), problem.K, active));
    }

    public void ScaleBeamsToBudget(CoherentProblem problem, BeamSupport support, Tensor u, Tensor constraintGradient, Tensor power, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L, groups = Groups(problem.K);
        Slots slots = SlotsOf(support, u, L), gradient = slots.With(Of(constraintGradient).Data);
        double* sums = scratch.Partials(((nint)count * L * groups) + ((nint)count * L)), scales = sums + ((nint)count * L * groups);
        RoundTrip(problem, support, slots, gradient, sums, active, count);
        for (int i = 0; i < count; i++)
        {
            double worst = -1;
            for (int l = 0; l < L; l++)
            {
                nint block = ((nint)i * L) + l;
                double found = Reals<T>.Sum(sums + (block * groups), groups), budget = problem.PowerBudget[l];
                scales[block] = found > 0 ? Math.Sqrt(budget / found) : 1;
                double reached = found > 0 ? found * scales[block] * scales[block] : 0;
                ControlOf(power)[((nint)active[i] * L) + l] = reached;
                worst = Math.Max(worst, (reached / budget) - 1);
            }

            ControlOf(control.PowerExcess)[active[i]] = worst;
        }

        pool.Run(count * UserParts(K), new ScaleSlotsJob(slots, scales, K, active));
        pool.Run(count * UserParts(K), new ScaleSlotsJob(gradient, scales, K, active));
    }

    public void PrintedMultipliers(
        CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor normal, Tensor velocity, Tensor power, Tensor lambda, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L, groups = Groups(problem.K);
        Slots v = SlotsOf(support, velocity, L), g = v.With(Of(constraintGradient).Data), m = v.With(Of(normal).Data), f = v.With(Of(gradient).Data);
        Slots unused = v.With(scratch.Held<T>(2 * (nint)control.Capacity * support.SlotCapacity));
        nint blocks = (nint)count * L;
        double* speeds = scratch.Partials((blocks * groups) + (blocks * K * 2)), sums = speeds + (blocks * groups);
        RoundTrip(problem, support, v, unused, speeds, active, count);                          // b_l = ‖V M⁻¹n_l‖²
        pool.Run(count * UserParts(K), new SlotDotsJob(m, f, g, m, sums, K, active));
        for (int i = 0; i < count; i++)
        {
            for (int l = 0; l < L; l++)
            {
                nint block = ((nint)i * L) + l, at = ((nint)active[i] * L) + l;
                double norm = Reals<T>.Sum(sums + (block * K * 2) + 1, K, 2), force = Reals<T>.Sum(sums + (block * K * 2), K, 2);
                bool isActive = ControlOf(power)[at] - problem.PowerBudget[l] > -1e-6 * problem.PowerBudget[l] && norm > 0;
                ControlOf(lambda)[at] = isActive ? (Reals<T>.Sum(speeds + (block * groups), groups) - (2 * force)) / (2 * norm) : 0;
            }
        }
    }

    public void BeamDampThenKick(
        CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor lambda, double damping, Tensor momentum, SolveControl control)
    {
        int count = Active(control, out int* active), L = problem.L;
        Slots n = SlotsOf(support, momentum, L);
        pool.Run(
            count * UserParts(problem.K),
            new KickSlotsJob(n, n.With(Of(gradient).Data), n.With(Of(constraintGradient).Data), ControlOf(lambda), ControlOf(control.StepSize), damping, false, problem.K, active));
    }

    public void DriftOntoPowerEllipsoid(
        CoherentProblem problem, BeamSupport support, bool exact, Tensor velocity, Tensor normal, Tensor u, Tensor momentum, Tensor constraintGradient, Tensor power, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L, groups = Groups(problem.K);
        nint length = 2 * (nint)control.Capacity * support.SlotCapacity, blocks = (nint)count * L;
        T* held = scratch.Held<T>(3 * length);
        Slots x = SlotsOf(support, u, L), n = x.With(Of(momentum).Data), g = x.With(Of(constraintGradient).Data), v = x.With(Of(velocity).Data), m = x.With(Of(normal).Data);
        Slots free = x.With(held), freeGradient = x.With(held + length), curvature = x.With(held + (2 * length)); // ũ, ΦᵀVᴴVũ, ΦᵀVᴴVM⁻¹∇ψ
        double* step = ControlOf(control.StepSize);
        double* freePower = scratch.Partials((2 * blocks * groups) + (blocks * K * 2) + (blocks * 3)), gradientPower = freePower + (blocks * groups);
        double* dots = gradientPower + (blocks * groups), scales = dots + (blocks * K * 2);
        pool.Run(count * UserParts(K), new FreeDriftSlotsJob(x, v, free, step, K, active));
        RoundTrip(problem, support, free, freeGradient, freePower, active, count);
        if (exact)
        {
            RoundTrip(problem, support, m, curvature, gradientPower, active, count);
            pool.Run(count * UserParts(K), new SlotDotsJob(freeGradient, m, g, m, dots, K, active));
        }

        for (int i = 0; i < count; i++)
        {
            int r = active[i];
            double worst = -1;
            for (int l = 0; l < L; l++)
            {
                nint block = ((nint)i * L) + l;
                double budget = problem.PowerBudget[l], found = Reals<T>.Sum(freePower + (block * groups), groups);
                PowerRoot root;
                if (exact)
                {
                    root = PowerRoot.Solve(found, -2 * Reals<T>.Sum(dots + (block * K * 2), K, 2), Reals<T>.Sum(gradientPower + (block * groups), groups), budget);
                    if (root.Missing)
                    {
                        Of(control.RootMissing).Integers[r] = 1;
                    }
                }
                else
                {
                    root = found > budget ? new PowerRoot(0, Math.Sqrt(budget / found), budget, false) : new PowerRoot(0, 1, found, false);
                }

                scales[block * 3] = root.Scale;
                scales[(block * 3) + 1] = -root.Scale * root.T;
                scales[(block * 3) + 2] = -2 * root.T / step[r];
                ControlOf(power)[((nint)r * L) + l] = root.Power;
                worst = Math.Max(worst, (root.Power / budget) - 1);
            }

            ControlOf(control.PowerExcess)[r] = worst;
        }

        pool.Run(count * UserParts(K), new ConstrainSlotsJob(x, n, g, m, free, freeGradient, curvature, scales, K, active));
        int large = KeepLargeSteps(freePower, groups, 1, active, count, problem);
        if (large > 0)
        {
            double* sums = scratch.Partials((nint)large * L * (groups + 1)), partials = sums + ((nint)large * L);
            RoundTrip(problem, support, x, g, partials, active, large);
            for (nint block = 0; block < (nint)large * L; block++)
            {
                sums[block] = Reals<T>.Sum(partials + (block * groups), groups);
            }

            ScalesIntoBudget(problem, sums, power, active, large, control);
            pool.Run(large * UserParts(K), new ScaleSlotsJob(x, sums, K, active));
            pool.Run(large * UserParts(K), new ScaleSlotsJob(g, sums, K, active));
        }
    }

    public void BeamForceChange(CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor previousGradient, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K;
        double* sums = scratch.Partials((nint)count * K);
        Slots now = SlotsOf(support, gradient, problem.L);
        pool.Run(count * UserParts(K), new SlotChangeJob(now, now.With(Of(previousGradient).Data), sums, K, active));
        for (int i = 0; i < count; i++)
        {
            ControlOf(control.ForceChange)[active[i]] = ControlOf(control.StepSize)[active[i]] / 2 * Math.Sqrt(Reals<T>.Sum(sums + ((nint)i * K), K));
        }
    }

    public void BeamKickThenDamp(
        CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor normal, Tensor power, double damping, bool printedMultiplier, Tensor momentum, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        Slots n = SlotsOf(support, momentum, L), g = n.With(Of(constraintGradient).Data), m = n.With(Of(normal).Data), f = n.With(Of(gradient).Data);
        nint blocks = (nint)count * L;
        double* velocity = scratch.Partials((blocks * K * 4) + ((nint)control.Capacity * L)), force = velocity + (blocks * K * 2), mu = force + (blocks * K * 2);
        double* step = ControlOf(control.StepSize);
        pool.Run(count * UserParts(K), new SlotDotsJob(m, n, g, m, velocity, K, active));
        pool.Run(count * UserParts(K), new SlotDotsJob(m, f, g, m, force, K, active));
        for (int i = 0; i < count; i++)
        {
            for (int l = 0; l < L; l++)
            {
                nint block = (((nint)i * L) + l) * K * 2, at = ((nint)active[i] * L) + l;
                double norm = Reals<T>.Sum(velocity + block + 1, K, 2), budget = problem.PowerBudget[l];
                double factor = printedMultiplier ? damping / 2 : 2 / step[active[i]];
                mu[at] = ControlOf(power)[at] - budget > -1e-6 * budget && norm > 0
                    ? ((factor * Reals<T>.Sum(velocity + block, K, 2)) - Reals<T>.Sum(force + block, K, 2)) / norm
                    : 0;
            }
        }

        pool.Run(count * UserParts(K), new KickSlotsJob(n, f, g, mu, step, damping, true, K, active));
    }

    private static int UserParts(int K) => (K + UsersPerPart - 1) / UsersPerPart;

    private static void UsersOf(int index, int K, int* active, out int realization, out int first, out int last)
    {
        realization = active[index / UserParts(K)];
        first = index % UserParts(K) * UsersPerPart;
        last = Math.Min(first + UsersPerPart, K);
    }

    /// <summary>u := Y[l·N + n, k] on the slots of user k.</summary>
    private readonly struct MatchedBeamsJob(Matrices<T> table, Slots u, int N, int K, int* active) : IJob
    {
        private readonly Matrices<T> table = table;
        private readonly Slots u = u;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            UsersOf(index, K, active, out int r, out int first, out int last);
            int* beams = u.Beams(r);
            for (int k = first; k < last; k++)
            {
                for (int l = 0; l < u.L; l++)
                {
                    for (int slot = u.First(r, k, l); slot < u.First(r, k, l + 1); slot++)
                    {
                        T* row = table.Row(r, 0, (l * N) + beams[slot]);
                        u.Re(r)[slot] = row[k];
                        u.Im(r)[slot] = row[K + k];
                    }
                }
            }
        }
    }

    /// <summary>u := u/|u|, in double: a square may leave the range of single precision.</summary>
    private readonly struct UnitBeamsJob(Slots u, int K, int* active) : IJob
    {
        private readonly Slots u = u;

        public void Execute(int index, int worker)
        {
            UsersOf(index, K, active, out int r, out int first, out int last);
            T* re = u.Re(r), im = u.Im(r);
            for (int slot = u.First(r, first, 0); slot < u.First(r, last, 0); slot++)
            {
                double x = Wide(re[slot]), y = Wide(im[slot]), magnitude = Math.Sqrt((x * x) + (y * y));
                if (magnitude != 0)
                {
                    (re[slot], im[slot]) = (Narrow(x / magnitude), Narrow(y / magnitude));
                }
            }
        }
    }

    private readonly struct ScaleSlotsJob(Slots u, double* scales, int K, int* active) : IJob
    {
        private readonly Slots u = u;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            UsersOf(index, K, active, out int r, out int first, out int last);
            for (int k = first; k < last; k++)
            {
                for (int l = 0; l < u.L; l++)
                {
                    int from = u.First(r, k, l), size = u.First(r, k, l + 1) - from;
                    T scale = Narrow(scales[((nint)(index / UserParts(K)) * u.L) + l]);
                    Reals<T>.Scale(u.Re(r) + from, scale, u.Re(r) + from, size);
                    Reals<T>.Scale(u.Im(r) + from, scale, u.Im(r) + from, size);
                }
            }
        }
    }

    /// <summary>ũ = u + (h/2) v.</summary>
    private readonly struct FreeDriftSlotsJob(Slots u, Slots v, Slots free, double* step, int K, int* active) : IJob
    {
        private readonly Slots u = u, v = v, free = free;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            UsersOf(index, K, active, out int r, out int first, out int last);
            int from = u.First(r, first, 0), size = u.First(r, last, 0) - from;
            T half = Narrow(step[r] / 2);
            Reals<T>.Combine(u.Re(r) + from, T.One, v.Re(r) + from, half, free.Re(r) + from, size);
            Reals<T>.Combine(u.Im(r) + from, T.One, v.Im(r) + from, half, free.Im(r) + from, size);
        }
    }

    /// <summary>n := d·n − d'·(h/2)(∇f + μ_l ∇ψ_l): damping before the kick (d' = 1) or after it (d' = d).</summary>
    private readonly struct KickSlotsJob(Slots n, Slots f, Slots g, double* multiplier, double* step, double damping, bool dampLast, int K, int* active) : IJob
    {
        private readonly Slots n = n, f = f, g = g;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            UsersOf(index, K, active, out int r, out int first, out int last);
            double damp = Math.Exp(-damping * step[r] / 2), kick = -step[r] / 2 * (dampLast ? damp : 1);
            for (int k = first; k < last; k++)
            {
                for (int l = 0; l < n.L; l++)
                {
                    int from = n.First(r, k, l), size = n.First(r, k, l + 1) - from;
                    T constraint = Narrow(kick * multiplier[((nint)r * n.L) + l]);
                    Reals<T>.Combine(n.Re(r) + from, Narrow(damp), f.Re(r) + from, Narrow(kick), g.Re(r) + from, constraint, n.Re(r) + from, size);
                    Reals<T>.Combine(n.Im(r) + from, Narrow(damp), f.Im(r) + from, Narrow(kick), g.Im(r) + from, constraint, n.Im(r) + from, size);
                }
            }
        }
    }

    /// <summary>sums[((i·L + l)·K + k)·2 + …] = Re⟨a,b⟩ and Re⟨c,d⟩ over the slots of user k at l.</summary>
    private readonly struct SlotDotsJob(Slots a, Slots b, Slots c, Slots d, double* sums, int K, int* active) : IJob
    {
        private readonly Slots a = a, b = b, c = c, d = d;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            UsersOf(index, K, active, out int r, out int first, out int last);
            for (int k = first; k < last; k++)
            {
                for (int l = 0; l < a.L; l++)
                {
                    int from = a.First(r, k, l), size = a.First(r, k, l + 1) - from;
                    double* sum = sums + (((((nint)(index / UserParts(K)) * a.L) + l) * K + k) * 2);
                    sum[0] = Reals<T>.Dot(a.Re(r) + from, b.Re(r) + from, size) + Reals<T>.Dot(a.Im(r) + from, b.Im(r) + from, size);
                    sum[1] = Reals<T>.Dot(c.Re(r) + from, d.Re(r) + from, size) + Reals<T>.Dot(c.Im(r) + from, d.Im(r) + from, size);
                }
            }
        }
    }

    /// <summary>sums[i·K + k] = ‖a − b‖² over the slots of user k.</summary>
    private readonly struct SlotChangeJob(Slots a, Slots b, double* sums, int K, int* active) : IJob
    {
        private readonly Slots a = a, b = b;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            UsersOf(index, K, active, out int r, out int first, out int last);
            for (int k = first; k < last; k++)
            {
                int from = a.First(r, k, 0), size = a.First(r, k + 1, 0) - from;
                sums[((nint)(index / UserParts(K)) * K) + k] =
                    Reals<T>.SquaredDistance(a.Re(r) + from, b.Re(r) + from, size) + Reals<T>.SquaredDistance(a.Im(r) + from, b.Im(r) + from, size);
            }
        }
    }

    /// <summary>n += scale₂ g, u := scale₀ ũ + scale₁ m, g := scale₀ ΦᵀVᴴVũ + scale₁ ΦᵀVᴴVm; m may be g.</summary>
    private readonly struct ConstrainSlotsJob(Slots u, Slots n, Slots g, Slots m, Slots free, Slots freeGradient, Slots curvature, double* scales, int K, int* active) : IJob
    {
        private readonly Slots u = u, n = n, g = g, m = m, free = free, freeGradient = freeGradient, curvature = curvature;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            UsersOf(index, K, active, out int r, out int first, out int last);
            for (int k = first; k < last; k++)
            {
                for (int l = 0; l < u.L; l++)
                {
                    int from = u.First(r, k, l), size = u.First(r, k, l + 1) - from;
                    double* scale = scales + ((((nint)(index / UserParts(K)) * u.L) + l) * 3);
                    Apply(n.Re(r) + from, g.Re(r) + from, m.Re(r) + from, u.Re(r) + from, free.Re(r) + from, freeGradient.Re(r) + from, curvature.Re(r) + from, scale, size);
                    Apply(n.Im(r) + from, g.Im(r) + from, m.Im(r) + from, u.Im(r) + from, free.Im(r) + from, freeGradient.Im(r) + from, curvature.Im(r) + from, scale, size);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Apply(T* n, T* g, T* m, T* u, T* free, T* freeGradient, T* curvature, double* scale, int size)
        {
            if (scale[1] == 0)
            {
                Reals<T>.Scale(free, Narrow(scale[0]), u, size);
                Reals<T>.Scale(freeGradient, Narrow(scale[0]), g, size);
                return;
            }

            Reals<T>.Combine(n, T.One, g, Narrow(scale[2]), n, size);
            Reals<T>.Combine(free, Narrow(scale[0]), m, Narrow(scale[1]), u, size);
            Reals<T>.Combine(freeGradient, Narrow(scale[0]), curvature, Narrow(scale[1]), g, size);
        }
    }
}
