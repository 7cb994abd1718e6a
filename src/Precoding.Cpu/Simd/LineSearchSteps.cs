using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    private const int TrialCount = 5;
    private const int MaxTrialSets = 40;

    public void LineSearch(CoherentProblem problem, Tensor d, Tensor dImage, Tensor movedPower, Tensor x, Tensor s, SolveControl control)
    {
        FoundSteps found = SearchLines(problem, dImage, movedPower, s, control);
        pool.Run(found.Count * problem.L * Parts(problem.K), new RetractJob(MatricesOf(x), MatricesOf(s), MatricesOf(d), MatricesOf(dImage), found, problem.L, problem.K));
        SetPowerExcess(problem, found, control);
    }

    /// <summary>PowerExcess from the powers of the blocks in parts, K a block.</summary>
    private static void SetPowerExcess(CoherentProblem problem, FoundSteps found, SolveControl control)
    {
        for (int j = 0; j < found.Count; j++)
        {
            double worst = -1;
            for (int l = 0; l < problem.L; l++)
            {
                worst = Math.Max(worst, (Reals<T>.Sum(found.Partials + ((((nint)j * problem.L) + l) * problem.K), problem.K) / problem.PowerBudget[l]) - 1);
            }

            ControlOf(control.PowerExcess)[found.Active[found.Open[j]]] = worst;
        }
    }

    /// <summary>Steps that a search accepted.</summary>
    /// <param name="open">Positions of their realizations in <paramref name="active"/>.</param>
    /// <param name="weights">[position, trial, 2L]: c_l and c_l α of the accepted step are those of trial 0.</param>
    /// <param name="partials">Room for [step, block, user].</param>
    private readonly struct FoundSteps(int count, int* open, int* active, double* weights, int perRealization, double* partials)
    {
        public readonly int Count = count;
        public readonly int* Open = open;
        public readonly int* Active = active;
        public readonly double* Partials = partials;

        public int RealizationOf(int step) => Active[Open[step]];

        /// <summary>c_l and c_l α.</summary>
        public double* Weight(int step, int l) => weights + ((nint)Open[step] * perRealization) + (2 * l);
    }

    /// <summary>Trial sets and parabola for every realization to be searched; sets state, step size and objective.</summary>
    private FoundSteps SearchLines(CoherentProblem problem, Tensor dImage, Tensor movedPower, Tensor s, SolveControl control)
    {
        int count = InSearchState(control, Active(control, out int* active), active, retryOnly: false), K = problem.K, L = problem.L;
        if (count == 0)
        {
            return default;
        }

        Matrices<T> DImage = MatricesOf(dImage), S = MatricesOf(s);
        nint blocks = (nint)count * L;
        int perRealization = TrialCount + (TrialCount * 2 * L);
        double* partials = scratch.Partials((blocks * K) + ((nint)count * (perRealization + SearchSlots)) + ((nint)count * K * TrialCount) + count); // [block, row]
        double* weights = partials + (blocks * K);                                // [realization, trial, 2L]: c_l and c_l α
        double* states = weights + ((nint)count * perRealization);                // [realization, SearchSlots]
        double* values = states + ((nint)count * SearchSlots);                    // [realization, row, trial]
        int* open = (int*)(values + ((nint)count * K * TrialCount));              // positions still searching
        int openCount = count;
        for (int i = 0; i < count; i++)
        {
            open[i] = i;
            states[(nint)i * SearchSlots] = ControlOf(control.StepSize)[active[i]];
            states[((nint)i * SearchSlots) + 1] = 0;                              // accepted α; 0 none
        }

        for (int set = 0; set < MaxTrialSets && openCount > 0; set++)
        {
            Evaluate(TrialCount, openCount);
            int still = 0;
            for (int j = 0; j < openCount; j++)
            {
                if (!JudgeTrialSet(states + ((nint)open[j] * SearchSlots), -ControlOf(control.Objective)[active[open[j]]]))
                {
                    open[still++] = open[j];
                }
            }

            openCount = still;
        }

        // the parabola's vertex, one more trial for those that have one
        openCount = 0;
        for (int i = 0; i < count; i++)
        {
            if (states[((nint)i * SearchSlots) + 1] > 0 && states[((nint)i * SearchSlots) + 3] > 0)
            {
                open[openCount++] = i;
            }
        }

        Evaluate(1, openCount);
        for (int j = 0; j < openCount; j++)
        {
            double* state = states + ((nint)open[j] * SearchSlots);
            if (state[FirstValue] < state[2])
            {
                (state[1], state[2]) = (state[3], state[FirstValue]);
            }
        }

        int accepted = 0;
        for (int i = 0; i < count; i++)
        {
            int r = active[i];
            double* state = states + ((nint)i * SearchSlots);
            ref int searchState = ref Of(control.SearchState).Integers[r];
            if (!(state[1] > 0))
            {
                searchState = (int)(searchState == (int)LineSearchState.Searching ? LineSearchState.Retry : LineSearchState.Exhausted);
                continue;
            }

            searchState = (int)LineSearchState.Accepted;
            ControlOf(control.StepSize)[r] = state[1];
            ControlOf(control.Objective)[r] = -state[2];
            SetWeights(state[1], i, 0);
            open[accepted++] = i;
        }

        return new FoundSteps(accepted, open, active, weights, perRealization, partials);

        void SetWeights(double alpha, int i, int trial)
        {
            double* weight = weights + ((nint)i * perRealization) + (trial * 2 * L);
            for (int l = 0; l < L; l++)
            {
                double* power = ControlOf(movedPower) + ((((nint)active[i] * L) + l) * MovedPowerSums);
                double moved = power[0] + (alpha * power[1]) + (alpha * alpha * Math.Max(0, power[2]));
                double c = moved > 0 ? Math.Sqrt(problem.PowerBudget[l] / moved) : 1;
                weight[2 * l] = c;
                weight[(2 * l) + 1] = c * alpha;
            }
        }

        // f at the trial points (TrialCount of them: centre·2^j; one: the vertex), into each state from FirstValue on
        void Evaluate(int trials, int positions)
        {
            for (int j = 0; j < positions; j++)
            {
                double* state = states + ((nint)open[j] * SearchSlots);
                for (int trial = 0; trial < trials; trial++)
                {
                    SetWeights(trials == 1 ? state[3] : Math.ScaleB(state[0], trial - 2), open[j], trial);
                }
            }

            fixed (double* alpha = problem.Weight)
            {
                pool.Run(positions * Parts(K), new TrialJob(S, DImage, weights, perRealization, trials, alpha, values, L, K, open, active));
            }

            for (int j = 0; j < positions; j++)
            {
                for (int trial = 0; trial < trials; trial++)
                {
                    double loss = -Reals<T>.Sum(values + ((nint)j * K * TrialCount) + trial, K, TrialCount);
                    states[((nint)open[j] * SearchSlots) + FirstValue + trial] = double.IsFinite(loss) ? loss : double.PositiveInfinity;
                }
            }
        }
    }

    // a state: centre, accepted α (0: none), its value, the parabola's vertex (0: none), then the values of the trial set
    private const int FirstValue = 4;
    private const int SearchSlots = FirstValue + TrialCount;

    /// <summary>The rule of coherent.md §6 for one trial set; true when a point was accepted.</summary>
    private static bool JudgeTrialSet(double* state, double current)
    {
        double* value = state + FirstValue;
        int best = 0;
        for (int trial = 1; trial < TrialCount; trial++)
        {
            if (value[trial] < value[best])
            {
                best = trial;
            }
        }

        double centre = state[0];
        if (!(value[best] < current) || best == 0)
        {
            state[0] = centre / 8;
            return false;
        }

        if (best == TrialCount - 1)
        {
            state[0] = centre * 8;
            return false;
        }

        double x0 = Math.ScaleB(centre, best - 3), x1 = 2 * x0, x2 = 4 * x0;
        double f0 = value[best - 1], f1 = value[best], f2 = value[best + 1];
        state[1] = x1;
        state[2] = f1;
        double numerator = ((x1 - x0) * (x1 - x0) * (f1 - f2)) - ((x1 - x2) * (x1 - x2) * (f1 - f0));
        double denominator = ((x1 - x0) * (f1 - f2)) - ((x1 - x2) * (f1 - f0));
        double vertex = x1 - (0.5 * numerator / denominator);
        state[3] = vertex > x0 && vertex < x2 ? vertex : 0;
        return true;
    }

    /// <summary>α_k ln(tot/int) of a row for every trial: S(α) = Σ_l (c_l S_l + c_l α G_l D_l).</summary>
    private readonly struct TrialJob(
        Matrices<T> s, Matrices<T> dImage, double* weights, int perRealization, int trials, double* alpha, double* values, int L, int K, int* open, int* active) : IJob
    {
        private readonly Matrices<T> s = s, dImage = dImage;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int position = index / Parts(K), first = index % Parts(K) * RowsPerPart, r = active[open[position]];
            double* weight = weights + ((nint)open[position] * perRealization);
            T* narrow = stackalloc T[2 * TrialCount * L];                          // [block][of S, of the image][trial]; 0 for trials left out
            new Span<T>(narrow, 2 * TrialCount * L).Clear();
            for (int trial = 0; trial < trials; trial++)
            {
                for (int i = 0; i < 2 * L; i++)
                {
                    narrow[(i * TrialCount) + trial] = Narrow(weight[(trial * 2 * L) + i]);
                }
            }

            T** rows = stackalloc T*[2 * L];
            T* diagonal = stackalloc T[4 * L];
            double* interference = stackalloc double[TrialCount];
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                for (int l = 0; l < L; l++)
                {
                    rows[2 * l] = s.Row(r, l, k);
                    rows[(2 * l) + 1] = dImage.Row(r, l, k);
                }

                // the diagonal is set aside and put back: no cancellation of tot − |S_kk|²
                for (int i = 0; i < 2 * L; i++)
                {
                    (diagonal[2 * i], diagonal[(2 * i) + 1]) = (rows[i][k], rows[i][K + k]);
                    rows[i][k] = rows[i][K + k] = T.Zero;
                }

                SquaredNorms(rows, narrow, interference, L, 2 * K);
                for (int i = 0; i < 2 * L; i++)
                {
                    (rows[i][k], rows[i][K + k]) = (diagonal[2 * i], diagonal[(2 * i) + 1]);
                }

                for (int trial = 0; trial < trials; trial++)
                {
                    double re = 0, im = 0;
                    for (int i = 0; i < 2 * L; i++)
                    {
                        double scale = weight[(trial * 2 * L) + i];
                        re += scale * Wide(diagonal[2 * i]);
                        im += scale * Wide(diagonal[(2 * i) + 1]);
                    }

                    values[((((nint)position * K) + k) * TrialCount) + trial] = alpha[k] * Math.Log(1 + (((re * re) + (im * im)) / (1 + interference[trial])));
                }
            }
        }

        private static void SquaredNorms(T** rows, T* weights, double* sums, int L, int count)
        {
            if (SimdLevel.Has512)
            {
                SquaredNorms<Simd512<T>, Vector512<T>>(rows, weights, sums, L, count);
            }
            else if (SimdLevel.Has256)
            {
                SquaredNorms<Simd256<T>, Vector256<T>>(rows, weights, sums, L, count);
            }
            else
            {
                SquaredNorms<Simd128<T>, Vector128<T>>(rows, weights, sums, L, count);
            }
        }

        /// <summary>sums[trial] = Σ_i (Σ_j weights[j, trial] rows[j][i])²: every row is read once for all trials.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void SquaredNorms<S, V>(T** rows, T* weights, double* sums, int L, int count)
            where S : struct, ISimd<T, V>
            where V : struct
        {
            V sum0 = default, sum1 = default, sum2 = default, sum3 = default, sum4 = default;
            int i = 0;
            for (; i <= count - S.Width; i += S.Width)
            {
                V v0 = default, v1 = default, v2 = default, v3 = default, v4 = default;
                T* weight = weights;
                for (int j = 0; j < 2 * L; j++, weight += TrialCount)
                {
                    V row = S.Load(rows[j] + i);
                    v0 = S.MultiplyAdd(row, S.Broadcast(weight[0]), v0);
                    v1 = S.MultiplyAdd(row, S.Broadcast(weight[1]), v1);
                    v2 = S.MultiplyAdd(row, S.Broadcast(weight[2]), v2);
                    v3 = S.MultiplyAdd(row, S.Broadcast(weight[3]), v3);
                    v4 = S.MultiplyAdd(row, S.Broadcast(weight[4]), v4);
                }

                sum0 = S.MultiplyAdd(v0, v0, sum0);
                sum1 = S.MultiplyAdd(v1, v1, sum1);
                sum2 = S.MultiplyAdd(v2, v2, sum2);
                sum3 = S.MultiplyAdd(v3, v3, sum3);
                sum4 = S.MultiplyAdd(v4, v4, sum4);
            }

            sums[0] = Wide(S.Sum(sum0));
            sums[1] = Wide(S.Sum(sum1));
            sums[2] = Wide(S.Sum(sum2));
            sums[3] = Wide(S.Sum(sum3));
            sums[4] = Wide(S.Sum(sum4));
            for (; i < count; i++)
            {
                for (int trial = 0; trial < TrialCount; trial++)
                {
                    T v = T.Zero;
                    for (int j = 0; j < 2 * L; j++)
                    {
                        v += weights[(j * TrialCount) + trial] * rows[j][i];
                    }

                    sums[trial] += Wide(v * v);
                }
            }
        }
    }

    /// <summary>X := c X + cα D, S := c S + cα G D; partial powers per row.</summary>
    private readonly struct RetractJob(Matrices<T> x, Matrices<T> s, Matrices<T> d, Matrices<T> dImage, FoundSteps found, int L, int K) : IJob
    {
        private readonly Matrices<T> x = x, s = s, d = d, dImage = dImage;
        private readonly FoundSteps found = found;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), r = found.RealizationOf(block / L), l = block % L;
            double* weight = found.Weight(block / L, l);
            T c = Narrow(weight[0]), step = Narrow(weight[1]);
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                T* X = x.Row(r, l, k), S = s.Row(r, l, k);
                Reals<T>.Combine(X, c, d.Row(r, l, k), step, X, 2 * K);
                Reals<T>.Combine(S, c, dImage.Row(r, l, k), step, S, 2 * K);
                found.Partials[((nint)block * K) + k] = Reals<T>.Dot(X, S, 2 * K);
            }
        }
    }
}
