using System.Runtime.CompilerServices;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <content>Conjugate gradients in the beam domain. [coherent.md §3.7]</content>
internal sealed unsafe partial class SimdEngine<T>
{
    /// <summary>Of Σ_l λ_l P_l/Σ_l P_l: the least shift of the preconditioner.</summary>
    private const double LeastShift = 0.1;

    public void BeamImages(CoherentProblem problem, BeamSupport support, Tensor u, Tensor images, Tensor normals, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        nint block = 2 * (nint)K * problem.M;
        var p = new Matrices<T>(scratch.Held<T>(control.Capacity * L * block), L * block, block, problem.M);
        Synthesize(problem, support, u, p, active, count);
        new Product<T>
        {
            A = MatricesOf(problem.H), ReadA = Simd.Read.Conjugate, B = p, ReadB = Simd.Read.Transpose, C = MatricesOf(images), Rows = K, Columns = K, Inner = problem.M, Blocks = L,
        }.Run(pool, scratch, active, count);
        Project(problem, p, support, normals, active, count);
    }

    public void StreamCouplings(CoherentProblem problem, Tensor s, Tensor sT, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K;
        T* rows = scratch.PerWorker<T>(2 * K, out nint stride);
        pool.Run(count * Parts(K), new StreamCouplingsJob(MatricesOf(s), MatricesOf(sT), rows, stride, problem.L, K, active));
    }

    public void PreconditionBeams(
        CoherentProblem problem, BeamSupport support, Tensor u, Tensor gradient, Tensor constraintGradient, Tensor curvature, Tensor multiplier, Tensor y, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        Slots point = SlotsOf(support, u, L), f = point.With(Of(gradient).Data), g = point.With(Of(constraintGradient).Data), c = point.With(Of(curvature).Data), result = point.With(Of(y).Data);
        nint blocks = (nint)count * L;
        double* sums = scratch.Partials((blocks * K * 2) + (blocks * 2)), shifts = sums + (blocks * K * 2), mu = shifts + blocks;
        pool.Run(count * UserParts(K), new SlotDotsJob(point, f, g, g, sums, K, active));
        for (int i = 0; i < count; i++)
        {
            double* lambda = ControlOf(multiplier) + ((nint)active[i] * L);
            double all = 0, budgets = 0;
            for (int l = 0; l < L; l++)
            {
                double along = -Reals<T>.Sum(sums + ((((nint)i * L) + l) * K * 2), K, 2);
                lambda[l] = along / problem.PowerBudget[l];
                all += along;
                budgets += problem.PowerBudget[l];
            }

            for (int l = 0; l < L; l++)
            {
                shifts[(i * L) + l] = Math.Max(lambda[l], LeastShift * all / budgets);
            }
        }

        pool.Run(count * UserParts(K), new PreconditionDotsJob(f, g, c, shifts, sums, K, active));
        for (nint block = 0; block < blocks; block++)
        {
            double norm = Reals<T>.Sum(sums + (block * K * 2) + 1, K, 2);
            mu[block] = norm > 0 ? -Reals<T>.Sum(sums + (block * K * 2), K, 2) / norm : 0;
        }

        pool.Run(count * UserParts(K), new PreconditionSlotsJob(f, g, c, shifts, mu, result, K, active));
    }

    public void BeamConjugateDirection(
        CoherentProblem problem, BeamSupport support, BeamPoint point, Tensor gradient, Tensor previousGradient, Tensor multiplier, Tensor previousMultiplier, Tensor eta,
        BeamDirection direction, Tensor movedPower, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        nint blocks = (nint)count * L;
        Slots f = SlotsOf(support, gradient, L), y = f.With(Of(direction.Y).Data), d = f.With(Of(direction.D).Data);
        double* first = scratch.Partials((blocks * K * 6) + (blocks * 2)), second = first + (blocks * K * 2), third = second + (blocks * K * 2), coefficients = third + (blocks * K * 2);
        pool.Run(count * UserParts(K), new SlotDotsJob(f, y, f.With(Of(previousGradient).Data), y, first, K, active));
        pool.Run(count * UserParts(K), new SlotDotsJob(f.With(Of(direction.DNormal).Data), y, f, d, second, K, active));
        pool.Run(count * UserParts(K), new SlotDotsJob(f.With(Of(point.Normal).Data), d, d, d, third, K, active));
        for (int i = 0; i < count; i++)
        {
            int r = active[i];
            double newEta = 0, overlap = 0, oldSlope = 0;
            for (int l = 0; l < L; l++)
            {
                nint from = (((nint)i * L) + l) * K * 2, at = ((nint)r * L) + l;
                double outward = Reals<T>.Sum(third + from, K, 2);                   // Re⟨∇ψ,D⟩
                newEta += Reals<T>.Sum(first + from, K, 2);
                overlap += Reals<T>.Sum(first + from + 1, K, 2) - (ControlOf(previousMultiplier)[at] * ControlOf(control.StepSize)[r] * Reals<T>.Sum(second + from, K, 2));
                oldSlope += Reals<T>.Sum(second + from + 1, K, 2) + (ControlOf(multiplier)[at] * outward);
                coefficients[((((nint)i * L) + l) * 2) + 1] = outward / problem.PowerBudget[l];
            }

            double oldEta = ControlOf(eta)[r];
            double beta = Of(control.Iteration).Integers[r] == 0 || !(oldEta > 0) ? 0 : Math.Max(0, (newEta - overlap) / oldEta);
            beta = -newEta + (beta * oldSlope) < 0 ? beta : 0;
            for (int l = 0; l < L; l++)
            {
                double* c = coefficients + ((((nint)i * L) + l) * 2);
                (c[0], c[1]) = (beta, beta == 0 ? 0 : -beta * c[1]);
            }

            ControlOf(eta)[r] = newEta;
            if (newEta <= 8 * Epsilon * Math.Max(1, Math.Abs(ControlOf(control.Objective)[r])))
            {
                Of(control.SearchState).Integers[r] = (int)LineSearchState.Stationary;
            }
        }

        MoveBeams(problem, support, point, direction, coefficients, first, movedPower, active, count);
    }

    public void BeamSteepestDirection(CoherentProblem problem, BeamSupport support, BeamPoint point, BeamDirection direction, Tensor movedPower, SolveControl control)
    {
        int count = InSearchState(control, Active(control, out int* active), active, retryOnly: true);
        nint blocks = (nint)count * problem.L;
        double* sums = scratch.Partials((blocks * problem.K * 6) + (blocks * 2)), coefficients = sums + (blocks * problem.K * 6);
        new Span<double>(coefficients, checked((int)(blocks * 2))).Clear();          // no part of the old direction
        MoveBeams(problem, support, point, direction, coefficients, sums, movedPower, active, count);
    }

    public void BeamLineSearch(CoherentProblem problem, BeamSupport support, BeamDirection direction, Tensor movedPower, BeamPoint point, SolveControl control)
    {
        int K = problem.K, L = problem.L;
        FoundSteps found = SearchLines(problem, direction.DImage, movedPower, point.S, control);
        Slots u = SlotsOf(support, point.U, L), g = u.With(Of(point.Normal).Data), d = u.With(Of(direction.D).Data), dNormal = u.With(Of(direction.DNormal).Data);
        pool.Run(found.Count * L * Parts(K), new RetractImagesJob(MatricesOf(point.S), MatricesOf(direction.DImage), found, L, K));
        pool.Run(found.Count * UserParts(K), new RetractSlotsJob(u, g, d, dNormal, found, K));
        SetPowerExcess(problem, found, control);
    }

    /// <summary>D := −y + c₀D + c₁u and its images, then the moved power. c₀ = 0 forgets D.</summary>
    /// <param name="coefficients">c₀, c₁ of a block.</param>
    /// <param name="sums">Room for 6 sums a (block, user).</param>
    private void MoveBeams(
        CoherentProblem problem, BeamSupport support, BeamPoint point, BeamDirection direction, double* coefficients, double* sums, Tensor movedPower, int* active, int count)
    {
        int K = problem.K, L = problem.L;
        nint size = (nint)count * L * K * 2;
        Slots u = SlotsOf(support, point.U, L), g = u.With(Of(point.Normal).Data), d = u.With(Of(direction.D).Data), dNormal = u.With(Of(direction.DNormal).Data);
        pool.Run(count * UserParts(K), new MoveSlotsJob(u.With(Of(direction.Y).Data), d, u, coefficients, K, active));
        pool.Run(count * UserParts(K), new MoveSlotsJob(u.With(Of(direction.YNormal).Data), dNormal, g, coefficients, K, active));
        pool.Run(count * L * Parts(K), new MoveImagesJob(MatricesOf(direction.YImage), MatricesOf(direction.DImage), MatricesOf(point.S), coefficients, L, K, active));
        pool.Run(count * UserParts(K), new SlotDotsJob(u, g, g, d, sums, K, active));
        pool.Run(count * UserParts(K), new SlotDotsJob(u, dNormal, d, dNormal, sums + size, K, active));
        for (nint block = 0; block < (nint)count * L; block++)
        {
            double* power = ControlOf(movedPower) + ((((nint)active[block / L] * L) + (block % L)) * MovedPowerSums), part = sums + (block * K * 2);
            power[0] = Reals<T>.Sum(part, K, 2);
            power[1] = Reals<T>.Sum(part + 1, K, 2) + Reals<T>.Sum(part + size, K, 2);
            power[2] = Reals<T>.Sum(part + size + 1, K, 2);
        }
    }

    /// <summary>Columns k of sT from rows k of Σ_l S_l.</summary>
    private readonly struct StreamCouplingsJob(Matrices<T> s, Matrices<T> sT, T* rows, nint stride, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> s = s, sT = sT;

        public void Execute(int index, int worker)
        {
            int r = active[index / Parts(K)], first = index % Parts(K) * RowsPerPart;
            T* row = rows + (worker * stride);
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                SumRow(s, r, k, L, K, row);
                for (int u = 0; u < K; u++)
                {
                    T* to = sT.Row(r, 0, u);
                    (to[k], to[K + k]) = (row[u], row[K + u]);
                }
            }
        }
    }

    /// <summary>sums[((i·L + l)·K + k)·2 + …] = Re⟨g,M⁻¹f⟩ and Re⟨g,M⁻¹g⟩ with M = c + shift.</summary>
    private readonly struct PreconditionDotsJob(Slots f, Slots g, Slots c, double* shifts, double* sums, int K, int* active) : IJob
    {
        private readonly Slots f = f, g = g, c = c;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            UsersOf(index, K, active, out int r, out int first, out int last);
            T* fRe = f.Re(r), fIm = f.Im(r), gRe = g.Re(r), gIm = g.Im(r), curvature = c.Re(r);
            for (int k = first; k < last; k++)
            {
                for (int l = 0; l < f.L; l++)
                {
                    nint block = ((nint)(index / UserParts(K)) * f.L) + l;
                    double shift = shifts[block], force = 0, norm = 0;
                    for (int slot = f.First(r, k, l); slot < f.First(r, k, l + 1); slot++)
                    {
                        double inverse = InverseOf(Wide(curvature[slot]) + shift), x = Wide(gRe[slot]), y = Wide(gIm[slot]);
                        force += inverse * ((x * Wide(fRe[slot])) + (y * Wide(fIm[slot])));
                        norm += inverse * ((x * x) + (y * y));
                    }

                    (sums[((block * K) + k) * 2], sums[(((block * K) + k) * 2) + 1]) = (force, norm);
                }
            }
        }
    }

    private static double InverseOf(double mass) => mass == 0 ? 0 : 1 / mass;

    /// <summary>y = M⁻¹(f + μ_l g).</summary>
    private readonly struct PreconditionSlotsJob(Slots f, Slots g, Slots c, double* shifts, double* mu, Slots y, int K, int* active) : IJob
    {
        private readonly Slots f = f, g = g, c = c, y = y;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            UsersOf(index, K, active, out int r, out int first, out int last);
            T* fRe = f.Re(r), fIm = f.Im(r), gRe = g.Re(r), gIm = g.Im(r), curvature = c.Re(r), re = y.Re(r), im = y.Im(r);
            for (int k = first; k < last; k++)
            {
                for (int l = 0; l < f.L; l++)
                {
                    nint block = ((nint)(index / UserParts(K)) * f.L) + l;
                    double shift = shifts[block], multiple = mu[block];
                    for (int slot = f.First(r, k, l); slot < f.First(r, k, l + 1); slot++)
                    {
                        double inverse = InverseOf(Wide(curvature[slot]) + shift);
                        re[slot] = Narrow(inverse * (Wide(fRe[slot]) + (multiple * Wide(gRe[slot]))));
                        im[slot] = Narrow(inverse * (Wide(fIm[slot]) + (multiple * Wide(gIm[slot]))));
                    }
                }
            }
        }
    }

    /// <summary>d := −y + c₀d + c₁u; c₀ = 0 forgets d.</summary>
    private readonly struct MoveSlotsJob(Slots y, Slots d, Slots u, double* coefficients, int K, int* active) : IJob
    {
        private readonly Slots y = y, d = d, u = u;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            UsersOf(index, K, active, out int r, out int first, out int last);
            for (int k = first; k < last; k++)
            {
                for (int l = 0; l < y.L; l++)
                {
                    int from = y.First(r, k, l), size = y.First(r, k, l + 1) - from;
                    double* c = coefficients + ((((nint)(index / UserParts(K)) * y.L) + l) * 2);
                    Move(y.Re(r) + from, c, d.Re(r) + from, u.Re(r) + from, size);
                    Move(y.Im(r) + from, c, d.Im(r) + from, u.Im(r) + from, size);
                }
            }
        }
    }

    private static void Move(T* y, double* c, T* d, T* u, int size)
    {
        if (c[0] == 0)
        {
            Reals<T>.Scale(y, -T.One, d, size);
        }
        else
        {
            Reals<T>.Combine(y, -T.One, d, Narrow(c[0]), u, Narrow(c[1]), d, size);
        }
    }

    private readonly struct MoveImagesJob(Matrices<T> yImage, Matrices<T> dImage, Matrices<T> s, double* coefficients, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> yImage = yImage, dImage = dImage, s = s;

        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), r = active[block / L], l = block % L;
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                Move(yImage.Row(r, l, k), coefficients + (2 * (nint)block), dImage.Row(r, l, k), s.Row(r, l, k), 2 * K);
            }
        }
    }

    private readonly struct RetractImagesJob(Matrices<T> s, Matrices<T> dImage, FoundSteps found, int L, int K) : IJob
    {
        private readonly Matrices<T> s = s, dImage = dImage;
        private readonly FoundSteps found = found;

        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), r = found.RealizationOf(block / L), l = block % L;
            double* weight = found.Weight(block / L, l);
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                T* S = s.Row(r, l, k);
                Reals<T>.Combine(S, Narrow(weight[0]), dImage.Row(r, l, k), Narrow(weight[1]), S, 2 * K);
            }
        }
    }

    /// <summary>u := c u + cα D, ∇ψ likewise; Re⟨u,∇ψ⟩ of every (block, user).</summary>
    private readonly struct RetractSlotsJob(Slots u, Slots g, Slots d, Slots dNormal, FoundSteps found, int K) : IJob
    {
        private readonly Slots u = u, g = g, d = d, dNormal = dNormal;
        private readonly FoundSteps found = found;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int step = index / UserParts(K), r = found.RealizationOf(step), first = index % UserParts(K) * UsersPerPart, last = Math.Min(first + UsersPerPart, K);
            for (int k = first; k < last; k++)
            {
                for (int l = 0; l < u.L; l++)
                {
                    int from = u.First(r, k, l), size = u.First(r, k, l + 1) - from;
                    double* weight = found.Weight(step, l);
                    T c = Narrow(weight[0]), move = Narrow(weight[1]);
                    T* re = u.Re(r) + from, im = u.Im(r) + from, gRe = g.Re(r) + from, gIm = g.Im(r) + from;
                    Reals<T>.Combine(re, c, d.Re(r) + from, move, re, size);
                    Reals<T>.Combine(im, c, d.Im(r) + from, move, im, size);
                    Reals<T>.Combine(gRe, c, dNormal.Re(r) + from, move, gRe, size);
                    Reals<T>.Combine(gIm, c, dNormal.Im(r) + from, move, gIm, size);
                    found.Partials[((((nint)step * u.L) + l) * K) + k] = Reals<T>.Dot(re, gRe, size) + Reals<T>.Dot(im, gIm, size);
                }
            }
        }
    }
}
