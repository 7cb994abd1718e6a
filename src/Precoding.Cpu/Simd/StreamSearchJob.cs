using System.Numerics;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <content>The line search over trial sets along directions of streams.</content>
internal sealed unsafe partial class SimdEngine<T>
{
    private const int StreamTrialSets = 40, StreamTrials = 5;

    public void StreamSearch(
        StreamProblem problem, StreamTable streams, int bothUntil, Tensor first, Tensor firstImage, Tensor kind, Tensor d, Tensor dImage, Tensor x, Tensor e, SolveControl control)
    {
        int count = Active(control, out int* active), searching = 0;
        int* state = Of(control.SearchState).Integers;
        for (int i = 0; i < count; i++)
        {
            if (state[active[i]] == (int)LineSearchState.Searching)
            {
                active[searching++] = active[i];
            }
        }

        double* memory = scratch.PerWorker<double>(StreamSearchJob.MemorySize(problem, streams), out nint stride);
        pool.Run((searching + LaneMatrix.Lanes - 1) / LaneMatrix.Lanes, new StreamSearchJob
        {
            Problem = problem, Streams = streams, BothUntil = bothUntil, First = MatricesOf(first), FirstImage = MatricesOf(firstImage), D = MatricesOf(d), DImage = MatricesOf(dImage),
            X = MatricesOf(x), E = MatricesOf(e), AccessPoints = Of(streams.AccessPoint).Integers, Kind = Of(kind).Integers, StepSize = ControlOf(control.StepSize),
            Objective = ControlOf(control.Objective), PowerExcess = ControlOf(control.PowerExcess), Iteration = Of(control.Iteration).Integers, SearchState = state,
            Memory = memory, Stride = stride, Active = active, ActiveCount = searching,
        });
    }

    /// <summary>One group of realizations, as many as there are lanes in double precision.</summary>
    private readonly struct StreamSearchJob : IJob
    {
        public required StreamProblem Problem { get; init; }

        public required StreamTable Streams { get; init; }

        public required int BothUntil { get; init; }

        public required Matrices<T> First { get; init; }

        public required Matrices<T> FirstImage { get; init; }

        public required Matrices<T> D { get; init; }

        public required Matrices<T> DImage { get; init; }

        public required Matrices<T> X { get; init; }

        public required Matrices<T> E { get; init; }

        public required int* AccessPoints { get; init; }

        public required int* Kind { get; init; }

        public required double* StepSize { get; init; }

        public required double* Objective { get; init; }

        public required double* PowerExcess { get; init; }

        public required int* Iteration { get; init; }

        public required int* SearchState { get; init; }

        public required double* Memory { get; init; }

        public required nint Stride { get; init; }

        public required int* Active { get; init; }

        public required int ActiveCount { get; init; }

        private static int Lanes => LaneMatrix.Lanes;

        public static nint MemorySize(StreamProblem problem, StreamTable streams) =>
            RateTrials.MemorySize(problem, streams) + (2 * Group.MemorySize(problem)) + ((Math.Max(1, streams.S) + (2 * problem.Rows)) * (nint)Lanes);

        public void Execute(int index, int worker)
        {
            int from = index * Lanes, lanes = Math.Min(Lanes, ActiveCount - from);
            int* realizations = Active + from;
            double* memory = Memory + (worker * Stride);
            var trials = new RateTrials(memory, Problem, Streams);
            memory += RateTrials.MemorySize(Problem, Streams);
            var straight = new Group(memory, Problem);
            var conjugate = new Group(memory + Group.MemorySize(Problem), Problem);
            double* scales = memory + (2 * Group.MemorySize(Problem)), rows = scales + (Math.Max(1, Streams.S) * (nint)Lanes);
            double* zero = stackalloc double[Lanes], before = stackalloc double[Lanes];
            bool* takesPart = stackalloc bool[Lanes];
            Pack(E, trials.Base, rows, realizations, lanes);
            Pack(E, trials.Direction, rows, realizations, lanes);
            new Span<double>(zero, Lanes).Clear();
            new Span<double>(scales, Streams.S * Lanes).Fill(1);
            trials.Evaluate(zero, scales, before);

            for (int lane = 0; lane < lanes; lane++)
            {
                takesPart[lane] = true;
            }

            Search(trials, DImage, D, conjugate, before, takesPart, scales, rows, realizations, lanes);
            bool any = false;
            for (int lane = 0; lane < lanes; lane++)
            {
                takesPart[lane] = Iteration[realizations[lane]] < BothUntil || !conjugate.Found(lane);
                any |= takesPart[lane];
            }

            straight.Forget();
            if (any)
            {
                Search(trials, FirstImage, First, straight, before, takesPart, scales, rows, realizations, lanes);
            }

            for (int lane = 0; lane < lanes; lane++)
            {
                int r = realizations[lane];
                bool isStraight = straight.Found(lane) && !(conjugate.Found(lane) && conjugate.Best[lane] > straight.Best[lane]);
                if (isStraight || conjugate.Found(lane))
                {
                    if (isStraight)
                    {
                        CopyDirection(r);
                    }

                    Group used = isStraight ? straight : conjugate;
                    Retract(r, used, lane);
                    (StepSize[r], Objective[r], SearchState[r]) = (used.Step[lane], used.Best[lane], (int)LineSearchState.Accepted);
                }
                else
                {
                    (Objective[r], SearchState[r]) = (before[lane], (int)LineSearchState.Exhausted);
                }
            }
        }

        /// <summary>Trial sets until every lane that takes part has an inner best one or has had enough.</summary>
        private void Search(
            RateTrials trials, Matrices<T> image, Matrices<T> d, Group group, double* before, bool* takesPart, double* scales, double* rows, int* realizations, int lanes)
        {
            double* centre = stackalloc double[Lanes], alpha = stackalloc double[Lanes], values = stackalloc double[Lanes * StreamTrials];
            bool* isOpen = stackalloc bool[Lanes];
            group.Forget();
            Pack(image, trials.Direction, rows, realizations, lanes);
            for (int lane = 0; lane < Lanes; lane++)
            {
                isOpen[lane] = lane < lanes && takesPart[lane];
                centre[lane] = lane < lanes && StepSize[realizations[lane]] > 0 ? StepSize[realizations[lane]] : 1;
                if (lane < lanes)
                {
                    MovedPowers(realizations[lane], d, image, group, lane);
                }
            }

            for (int set = 0; set < StreamTrialSets && IsAny(isOpen, lanes); set++)
            {
                for (int trial = 0; trial < StreamTrials; trial++)
                {
                    for (int lane = 0; lane < Lanes; lane++)
                    {
                        alpha[lane] = centre[lane] * (1 << trial) / 4;
                    }

                    Evaluate(trials, group, alpha, values + (trial * Lanes), scales, realizations, lanes);
                }

                for (int lane = 0; lane < lanes; lane++)
                {
                    if (isOpen[lane])
                    {
                        isOpen[lane] = !group.Judge(lane, values, before[lane], ref centre[lane]);
                    }
                }
            }

            // one parabola
            for (int lane = 0; lane < Lanes; lane++)
            {
                alpha[lane] = lane < lanes && group.Found(lane) ? group.Vertex[lane] : 0;
            }

            Evaluate(trials, group, alpha, values, scales, realizations, lanes);
            for (int lane = 0; lane < lanes; lane++)
            {
                if (group.Found(lane) && values[lane] > group.Best[lane])
                {
                    (group.Best[lane], group.Step[lane]) = (values[lane], alpha[lane]);
                }
            }
        }

        private static bool IsAny(bool* flags, int count)
        {
            for (int i = 0; i < count; i++)
            {
                if (flags[i])
                {
                    return true;
                }
            }

            return false;
        }

        private void Evaluate(RateTrials trials, Group group, double* alpha, double* values, double* scales, int* realizations, int lanes)
        {
            int S = Streams.S, L = Problem.L;
            double* retraction = stackalloc double[L];
            for (int lane = 0; lane < lanes; lane++)
            {
                int r = realizations[lane];
                for (int l = 0; l < L; l++)
                {
                    retraction[l] = Retraction(r, group, l, lane, alpha[lane]);
                }

                for (int s = 0; s < S; s++)
                {
                    int l = AccessPoints[((nint)r * S) + s];
                    scales[(s * Lanes) + lane] = l >= 0 ? retraction[l] : 1;
                }
            }

            trials.Evaluate(alpha, scales, values);
        }

        /// <summary>c_l(α).</summary>
        private double Retraction(int r, Group group, int l, int lane, double alpha)
        {
            double* power = group.Power(l, lane);
            double moved = power[0] + (alpha * power[1]) + (alpha * alpha * Math.Max(0, power[2])), budget = Problem.PowerBudget[l];
            return moved > 0 && (Kind[((nint)r * Problem.L) + l] != 0 || moved > budget) ? Math.Sqrt(budget / moved) : 1;
        }

        /// <summary>⟨x,e⟩, ⟨x,e(D)⟩ + ⟨D,e⟩ and ⟨D,e(D)⟩ of every access point.</summary>
        private void MovedPowers(int r, Matrices<T> d, Matrices<T> image, Group group, int lane)
        {
            int L = Problem.L, n = Problem.Rows, S = Streams.S;
            int* accessPoints = AccessPoints + ((nint)r * S);
            double* sums = stackalloc double[4 * L];
            InnerProducts(r, X, E, accessPoints, S, n, sums, L);
            InnerProducts(r, X, image, accessPoints, S, n, sums + L, L);
            InnerProducts(r, d, E, accessPoints, S, n, sums + (2 * L), L);
            InnerProducts(r, d, image, accessPoints, S, n, sums + (3 * L), L);
            for (int l = 0; l < L; l++)
            {
                double* power = group.Power(l, lane);
                (power[0], power[1], power[2]) = (sums[l], sums[L + l] + sums[(2 * L) + l], sums[(3 * L) + l]);
            }
        }

        /// <summary>D := D⁰ and its image.</summary>
        private void CopyDirection(int r)
        {
            for (int s = 0; s < Streams.S; s++)
            {
                Reals<T>.Copy(First.Row(r, 0, s), D.Row(r, 0, s), 2 * Problem.Rows);
                Reals<T>.Copy(FirstImage.Row(r, 0, s), DImage.Row(r, 0, s), 2 * Problem.Rows);
            }
        }

        /// <summary>x := c (x + αD), e := c (e + αe(D)).</summary>
        private void Retract(int r, Group group, int lane)
        {
            int L = Problem.L, n = Problem.Rows, S = Streams.S;
            int* accessPoints = AccessPoints + ((nint)r * S);
            double alpha = group.Step[lane];
            for (int s = 0; s < S; s++)
            {
                int l = accessPoints[s];
                if (l >= 0)
                {
                    double c = Retraction(r, group, l, lane, alpha);
                    Reals<T>.Combine(X.Row(r, 0, s), Narrow(c), D.Row(r, 0, s), Narrow(c * alpha), X.Row(r, 0, s), 2 * n);
                    Reals<T>.Combine(E.Row(r, 0, s), Narrow(c), DImage.Row(r, 0, s), Narrow(c * alpha), E.Row(r, 0, s), 2 * n);
                }
            }

            PowerExcess[r] = KeepWithinBudgets(Problem, Streams, X, E, r);
        }

        /// <summary>(stream, row) of every lane in double precision.</summary>
        private void Pack(Matrices<T> tensor, LaneMatrix to, double* memory, int* realizations, int lanes)
        {
            int n = Problem.Rows;
            double** rows = stackalloc double*[Lanes];
            for (int s = 0; s < Streams.S; s++)
            {
                for (int lane = 0; lane < lanes; lane++)
                {
                    T* from = tensor.Row(realizations[lane], 0, s);
                    if (typeof(T) == typeof(double))
                    {
                        rows[lane] = (double*)from;
                        continue;
                    }

                    rows[lane] = memory + (lane * 2 * n);
                    for (int i = 0; i < 2 * n; i++)
                    {
                        rows[lane][i] = Wide(from[i]);
                    }
                }

                LaneMatrix.Pack(rows, lanes, n, to.At(s, 0), to.Column);
            }
        }

        /// <summary>What a search along one direction found in every lane.</summary>
        private readonly struct Group(double* memory, StreamProblem problem)
        {
            /// <summary>α.</summary>
            public double* Step => memory;

            /// <summary>f(α); −∞ where nothing was found.</summary>
            public double* Best => memory + Lanes;

            /// <summary>Of the parabola through the best trial and its neighbours; the best itself where it lies outside of them.</summary>
            public double* Vertex => memory + (2 * Lanes);

            public static nint MemorySize(StreamProblem problem) => (nint)Lanes * (3 + (3 * problem.L));

            /// <summary>Moved power as a polynomial in α.</summary>
            public double* Power(int l, int lane) => memory + (3 * Lanes) + (((l * Lanes) + lane) * 3);

            public bool Found(int lane) => Best[lane] > double.NegativeInfinity;

            public void Forget()
            {
                new Span<double>(Best, Lanes).Fill(double.NegativeInfinity);
                new Span<double>(memory + (3 * Lanes), 3 * Lanes * problem.L).Clear();
            }

            /// <summary>Looks at a set of trials.</summary>
            /// <param name="centre">Of the set; becomes the next one's.</param>
            /// <returns>The best lies inside and is better.</returns>
            public bool Judge(int lane, double* values, double before, ref double centre)
            {
                int best = 0;
                for (int trial = 1; trial < StreamTrials; trial++)
                {
                    best = Value(trial) > Value(best) || !(Value(best) > double.NegativeInfinity) ? trial : best;
                }

                if (!(Value(best) > before) || best == 0)
                {
                    centre /= 8;
                    return false;
                }

                if (best == StreamTrials - 1)
                {
                    centre *= 8;
                    return false;
                }

                double middle = centre * (1 << best) / 4, low = middle / 2, high = middle * 2, fLow = -Value(best - 1), fMiddle = -Value(best), fHigh = -Value(best + 1);
                double numerator = ((middle - low) * (middle - low) * (fMiddle - fHigh)) - ((middle - high) * (middle - high) * (fMiddle - fLow));
                double denominator = ((middle - low) * (fMiddle - fHigh)) - ((middle - high) * (fMiddle - fLow)), vertex = middle - (numerator / (2 * denominator));
                (Step[lane], Best[lane], Vertex[lane]) = (middle, Value(best), vertex > low && vertex < high ? vertex : middle);
                return true;

                double Value(int trial) => values[(trial * Lanes) + lane];
            }
        }
    }
}
