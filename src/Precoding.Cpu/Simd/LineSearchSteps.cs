using System.Runtime.CompilerServices;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    private const int TrialCount = 5;
    private const int MaxTrialSets = 40;

    public void LineSearch(CoherentProblem problem, Tensor d, Tensor dImage, Tensor x, Tensor s, SolveControl control)
    {
        int count = InSearchState(control, Active(control, out int* active), active, retryOnly: false), K = problem.K, L = problem.L;
        if (count == 0)
        {
            return;
        }

        Matrices<T> D = MatricesOf(d), DImage = MatricesOf(dImage), X = MatricesOf(x), S = MatricesOf(s);
        nint blocks = (nint)count * L;
        int perRealization = TrialCount + (TrialCount * 2 * L);
        double* powers = scratch.Partials((blocks * (K + 1) * MovedPowerSums) + ((nint)count * (perRealization + SearchSlots)) + ((nint)count * K * TrialCount) + count);
        double* partials = powers + (blocks * MovedPowerSums);                    // [block, row] of the inner products
        double* weights = partials + (blocks * K * MovedPowerSums);               // [realization, trial, 2L]: c_l and c_l α
        double* states = weights + ((nint)count * perRealization);                // [realization, SearchSlots]
        double* values = states + ((nint)count * SearchSlots);                    // [realization, row, trial]
        int* open = (int*)(values + ((nint)count * K * TrialCount));              // positions still searching
        pool.Run(count * L * Parts(K), new MovedPowerJob(X, S, D, DImage, partials, L, K, active));
        for (nint block = 0; block < blocks; block++)
        {
            for (int sum = 0; sum < MovedPowerSums; sum++)
            {
                powers[(block * MovedPowerSums) + sum] = Reals<T>.Sum(partials + (block * K * MovedPowerSums) + sum, K, MovedPowerSums);
            }
        }

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

        pool.Run(accepted * L * Parts(K), new RetractJob(X, S, D, DImage, weights, perRealization, partials, L, K, open, active));
        for (int j = 0; j < accepted; j++)
        {
            double worst = -1;
            for (int l = 0; l < L; l++)
            {
                worst = Math.Max(worst, (Reals<T>.Sum(partials + ((((nint)j * L) + l) * K), K) / problem.PowerBudget[l]) - 1);
            }

            ControlOf(control.PowerExcess)[active[open[j]]] = worst;
        }

        void SetWeights(double alpha, int i, int trial)
        {
            double* weight = weights + ((nint)i * perRealization) + (trial * 2 * L);
            for (int l = 0; l < L; l++)
            {
                double* power = powers + ((((nint)i * L) + l) * MovedPowerSums);
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

            T* rows = scratch.PerWorker<T>(2 * K, out nint stride);
            fixed (double* alpha = problem.Weight)
            {
                pool.Run(positions * Parts(K), new TrialJob(S, DImage, weights, perRealization, trials, alpha, values, rows, stride, L, K, open, active));
            }

            for (int j = 0; j < positions; j++)
            {
                for (int trial = 0; trial < trials; trial++)
                {
                    states[((nint)open[j] * SearchSlots) + FirstValue + trial] = -Reals<T>.Sum(values + ((nint)j * K * TrialCount) + trial, K, TrialCount);
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

    /// <summary>Inner products per row of <see cref="MovedPowerJob"/>.</summary>
    private const int MovedPowerSums = 3;

    /// <summary>Per row: Re⟨X,S⟩, Re⟨S,D⟩ + Re⟨X,GD⟩, Re⟨D,GD⟩, so that Re⟨X + αD, S + αGD⟩ is a polynomial in α.</summary>
    private readonly struct MovedPowerJob(Matrices<T> x, Matrices<T> s, Matrices<T> d, Matrices<T> dImage, double* partials, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> x = x, s = s, d = d, dImage = dImage;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), r = active[block / L], l = block % L;
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                T* X = x.Row(r, l, k), S = s.Row(r, l, k), D = d.Row(r, l, k), image = dImage.Row(r, l, k);
                double* sums = partials + ((((nint)block * K) + k) * MovedPowerSums);
                sums[0] = Reals<T>.Dot(X, S, 2 * K);
                sums[1] = Reals<T>.Dot(S, D, 2 * K) + Reals<T>.Dot(X, image, 2 * K);
                sums[2] = Reals<T>.Dot(D, image, 2 * K);
            }
        }
    }

    /// <summary>Σ over a row of α_k ln(tot/int) for every trial: S(α) = Σ_l (c_l S_l + c_l α G_l D_l).</summary>
    private readonly struct TrialJob(
        Matrices<T> s, Matrices<T> dImage, double* weights, int perRealization, int trials, double* alpha, double* values, T* rows, nint stride, int L, int K, int* open, int* active) : IJob
    {
        private readonly Matrices<T> s = s, dImage = dImage;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int position = index / Parts(K), first = index % Parts(K) * RowsPerPart, r = active[open[position]];
            T* row = rows + (worker * stride);
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                for (int trial = 0; trial < trials; trial++)
                {
                    double* weight = weights + ((nint)open[position] * perRealization) + (trial * 2 * L);
                    Reals<T>.Combine(s.Row(r, 0, k), Narrow(weight[0]), dImage.Row(r, 0, k), Narrow(weight[1]), row, 2 * K);
                    for (int l = 1; l < L; l++)
                    {
                        Reals<T>.Combine(row, T.One, s.Row(r, l, k), Narrow(weight[2 * l]), dImage.Row(r, l, k), Narrow(weight[(2 * l) + 1]), row, 2 * K);
                    }

                    double interference = 1 + InterferenceOfRow(row, k, K, out double re, out double im);
                    values[((((nint)position * K) + k) * TrialCount) + trial] = alpha[k] * Math.Log(1 + (((re * re) + (im * im)) / interference));
                }
            }
        }
    }

    /// <summary>X := c X + cα D, S := c S + cα G D; partial powers per row.</summary>
    private readonly struct RetractJob(
        Matrices<T> x, Matrices<T> s, Matrices<T> d, Matrices<T> dImage, double* weights, int perRealization, double* partials, int L, int K, int* open, int* active) : IJob
    {
        private readonly Matrices<T> x = x, s = s, d = d, dImage = dImage;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), position = open[block / L], r = active[position], l = block % L;
            double* weight = weights + ((nint)position * perRealization) + (2 * l);
            T c = Narrow(weight[0]), step = Narrow(weight[1]);
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                T* X = x.Row(r, l, k), S = s.Row(r, l, k);
                Reals<T>.Combine(X, c, d.Row(r, l, k), step, X, 2 * K);
                Reals<T>.Combine(S, c, dImage.Row(r, l, k), step, S, 2 * K);
                partials[((nint)block * K) + k] = Reals<T>.Dot(X, S, 2 * K);
            }
        }
    }
}
