using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <content>Successive convex approximation: a realization is a lane, what it decides is its own. [noncoherent.md §8]</content>
internal sealed unsafe partial class SimdEngine<T> : IScaOps
{
    private const double StepGrowth = 1.1; // after a trial that was accepted: one trial in eight is then rejected
    private const double StepShrink = 0.5;

    /// <summary>What a trial may lack of its promised ascent, relative to f.</summary>
    private static double AscentRounding => typeof(T) == typeof(float) ? 5e-7 : 1e-14;

    public void MinorantTangent(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, ScaState state, SolveControl control)
    {
        int count = Ended(state, control, out int* ended);
        double* memory = scratch.PerWorker<double>(TangentJob.MemorySize(problem, streams), out nint stride);
        double* partials = scratch.Partials((nint)LaneGroups(count) * TangentJob.PartialsSize(problem));
        pool.Run(LaneGroups(count), new TangentJob(problem, streams, state, control, MatricesOf(x), MatricesOf(e), memory, stride, partials, ended, count));
    }

    public void MinorantGradient(StreamProblem problem, StreamTable streams, ScaState state, SolveControl control)
    {
        int count = Active(control, out int* active);
        double* memory = scratch.PerWorker<double>(GradientJob.MemorySize(problem, streams), out nint stride);
        pool.Run(LaneGroups(count), new GradientJob(problem, streams, state, memory, stride, active, count));
    }

    public void MinorantStep(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, ScaState state, SolveControl control)
    {
        int count = Active(control, out int* active);
        double* memory = scratch.PerWorker<double>(StepJob.MemorySize(problem, streams), out nint stride);
        double* partials = scratch.Partials((nint)LaneGroups(count) * StepJob.PartialsSize(problem));
        pool.Run(LaneGroups(count), new StepJob(problem, streams, state, control, MatricesOf(x), MatricesOf(e), memory, stride, partials, active, count));
    }

    public void AdvanceSubproblems(ScaState state, SolveControl control)
    {
        int count = Ended(state, control, out int* ended), rows = control.MaxIterations + 1;
        Advance(ended, count, control);
        for (int i = 0; i < count; i++)
        {
            int r = ended[i];
            Of(state.PassesAt).Integers[((nint)r * rows) + Of(control.Iteration).Integers[r]] = Of(state.Passes).Integers[r];
            Of(state.Outcome).Integers[r] = (int)ScaOutcome.Improving;
        }
    }

    /// <summary>The realizations that still run and whose sub-problem has ended.</summary>
    private int Ended(ScaState state, SolveControl control, out int* ended)
    {
        int running = Active(control, out ended), count = 0;
        int* outcome = Of(state.Outcome).Integers;
        for (int i = 0; i < running; i++)
        {
            if (outcome[ended[i]] != (int)ScaOutcome.Improving)
            {
                ended[count++] = ended[i];
            }
        }

        return count;
    }

    /// <summary>Panel (stream, row) of every lane.</summary>
    private static void PackPanel(Matrices<T> panel, int S, LaneMatrix to, int* realizations, int lanes) => PackRows(panel, S, panel.Columns, to, realizations, lanes);

    /// <summary>Rows of lanes that have nowhere to go are dropped.</summary>
    /// <param name="wanted">Which lanes.</param>
    /// <param name="trash">Room for a row.</param>
    private static void UnpackPanel(LaneMatrix from, int S, Matrices<T> panel, int* realizations, int lanes, bool* wanted, T* trash)
    {
        T** rows = stackalloc T*[LaneMatrix.Lanes];
        for (int s = 0; s < S; s++)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                rows[lane] = wanted[lane] ? panel.Row(realizations[lane], 0, s) : trash;
            }

            LaneMatrix.Unpack(from.At(s, 0), from.Column, panel.Columns, rows, lanes);
        }
    }

    /// <summary>Re⟨a, b⟩ of row s of two panels in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V RowDot<S, V>(double* a, double* b, int count)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V sum = S.Broadcast(0);
        for (nint i = 0; i < 2 * (nint)count * S.Width; i += S.Width)
        {
            sum = S.MultiplyAdd(S.Load(a + i), S.Load(b + i), sum);
        }

        return sum;
    }

    /// <summary>to = a·x + b·y in rows s of panels, x and y of each lane.</summary>
    private static void CombinePanels(LaneMatrix a, double* x, LaneMatrix b, double* y, LaneMatrix to, int S, int K, nint scaleStep)
    {
        if (SimdLevel.Has512)
        {
            CombinePanels<Simd512<double>, Vector512<double>>(a, x, b, y, to, S, K, scaleStep);
        }
        else if (SimdLevel.Has256)
        {
            CombinePanels<Simd256<double>, Vector256<double>>(a, x, b, y, to, S, K, scaleStep);
        }
        else
        {
            CombinePanels<Simd128<double>, Vector128<double>>(a, x, b, y, to, S, K, scaleStep);
        }
    }

    /// <param name="scaleStep">From the scales of one stream to those of the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CombinePanels<S, V>(LaneMatrix a, double* x, LaneMatrix b, double* y, LaneMatrix to, int streamCount, int K, nint scaleStep)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        for (int s = 0; s < streamCount; s++)
        {
            V u = S.Load(x + (s * scaleStep)), v = S.Load(y + (s * scaleStep));
            double* p = a.At(s, 0), q = b.At(s, 0), result = to.At(s, 0);
            for (nint i = 0; i < 2 * (nint)K * S.Width; i += S.Width)
            {
                S.Store(S.MultiplyAdd(u, S.Load(p + i), S.Multiply(v, S.Load(q + i))), result + i);
            }
        }
    }

    /// <summary>The minorant of one group of realizations whose sub-problem has ended.</summary>
    private readonly struct TangentJob(
        StreamProblem problem, StreamTable streams, ScaState state, SolveControl control, Matrices<T> x, Matrices<T> e, double* memory, nint stride, double* partials, int* active, int activeCount) : IJob
    {
        private readonly Matrices<T> x = x, e = e;

        public static nint MemorySize(StreamProblem problem, StreamTable streams) =>
            ((nint)Math.Max(1, streams.S) * problem.K * LaneMatrix.Step) + MinorantLanes.MemorySize(streams.S, problem.K);

        public static nint PartialsSize(StreamProblem problem) => 2 * (nint)problem.K * LaneMatrix.Lanes;

        public void Execute(int index, int worker)
        {
            int first = index * LaneMatrix.Lanes, lanes = Math.Min(LaneMatrix.Lanes, activeCount - first), K = problem.K, S = streams.S;
            int* realizations = active + first;
            double* own = memory + (worker * stride);
            LaneMatrix panel = LaneMatrix.Dense(own, K);
            var minorant = new MinorantLanes(own + ((nint)Math.Max(1, S) * K * LaneMatrix.Step), streams, problem.Weight);
            double* b = partials + (index * PartialsSize(problem)), bent = b + ((nint)K * LaneMatrix.Lanes);
            double* rates = stackalloc double[LaneMatrix.Lanes];
            T** slopes = stackalloc T*[LaneMatrix.Lanes];
            for (int lane = 0; lane < lanes; lane++)
            {
                KeepWithinBudget(realizations[lane]);
            }

            PackPanel(e, S, panel, realizations, lanes);
            minorant.Touch(panel, b, bent, rates);
            for (int lane = 0; lane < lanes; lane++)
            {
                int r = realizations[lane];
                slopes[lane] = MatricesOf(state.Slope).Row(r, 0, 0);
                for (int k = 0; k < K; k++)
                {
                    ControlOf(state.Curvature)[((nint)r * K) + k] = b[(k * LaneMatrix.Lanes) + lane];
                }

                Begin(r, rates[lane]);
                SetSteps(r, bent + lane);
            }

            LaneMatrix.Unpack(minorant.Slope.Data, LaneMatrix.Step, S, slopes, lanes);
        }

        /// <summary>Y := X and the numbers of a new sub-problem.</summary>
        private void Begin(int r, double rate)
        {
            nint size = 2 * (nint)streams.S * problem.K;
            Reals<T>.Copy(x.At(r, 0), MatricesOf(state.Y).At(r, 0), size);
            Reals<T>.Copy(e.At(r, 0), MatricesOf(state.EY).At(r, 0), size);
            ControlOf(state.Value)[r] = ControlOf(state.ValueAtY)[r] = ControlOf(state.StartValue)[r] = rate;
            ControlOf(state.Bound)[r] = double.PositiveInfinity;
            ControlOf(state.Momentum)[r] = 1;
            Of(state.PassCount).Integers[r] = 0;
            Of(state.IsBest).Integers[r] = 1;
            ControlOf(control.Objective)[r] = rate * double.Log(2);
        }

        /// <summary>τ.</summary>
        /// <param name="bent">w_k b_k of this lane, a number of lanes apart.</param>
        private void SetSteps(int r, double* bent)
        {
            Matrices<T> gram = MatricesOf(problem.Gram);
            for (int l = 0; l < problem.L; l++)
            {
                double trace = 0;
                for (int k = 0; k < problem.K; k++)
                {
                    trace += bent[k * LaneMatrix.Lanes] * Wide(gram.Row(r, l, k)[k]);
                }

                ControlOf(state.InverseCurvature)[((nint)r * problem.L) + l] = trace > 0 ? 1 / trace : 0;
            }
        }

        /// <summary>What rounding put above a budget onto it, and PowerExcess.</summary>
        private void KeepWithinBudget(int r)
        {
            int size = 2 * problem.K;
            int* accessPoints = Of(streams.AccessPoint).Integers + ((nint)r * streams.S);
            double worst = double.NegativeInfinity;
            for (int l = 0; l < problem.L; l++)
            {
                double power = 0, budget = problem.PowerBudget[l];
                for (int s = 0; s < streams.S; s++)
                {
                    power += accessPoints[s] == l ? Reals<T>.Dot(x.Row(r, 0, s), e.Row(r, 0, s), size) : 0;
                }

                for (int s = 0; power > budget && s < streams.S; s++)
                {
                    if (accessPoints[s] == l)
                    {
                        T scale = Narrow(Math.Sqrt(budget / power));
                        Reals<T>.Scale(x.Row(r, 0, s), scale, x.Row(r, 0, s), size);
                        Reals<T>.Scale(e.Row(r, 0, s), scale, e.Row(r, 0, s), size);
                    }
                }

                worst = Math.Max(worst, power > budget ? 0 : (power / budget) - 1);
            }

            ControlOf(control.PowerExcess)[r] = worst;
        }
    }

    /// <summary>W and its images of one group of realizations.</summary>
    private readonly struct GradientJob(StreamProblem problem, StreamTable streams, ScaState state, double* memory, nint stride, int* active, int activeCount) : IJob
    {
        public static nint MemorySize(StreamProblem problem, StreamTable streams) =>
            (2 * (nint)Math.Max(1, streams.S) * problem.K * LaneMatrix.Step) + MinorantLanes.MemorySize(streams.S, problem.K) + (2 * (nint)problem.K);

        public void Execute(int index, int worker)
        {
            int first = index * LaneMatrix.Lanes, lanes = Math.Min(LaneMatrix.Lanes, activeCount - first), K = problem.K, S = streams.S;
            int* realizations = active + first, accessPoints = Of(streams.AccessPoint).Integers;
            nint size = (nint)Math.Max(1, S) * K * LaneMatrix.Step;
            double* own = memory + (worker * stride), rest = own + (2 * size);
            T* trash = (T*)(rest + MinorantLanes.MemorySize(S, K));
            LaneMatrix ey = LaneMatrix.Dense(own, K), w = LaneMatrix.Dense(own + size, K);
            Matrices<T> gradient = MatricesOf(state.W), images = MatricesOf(state.GW), gram = MatricesOf(problem.Gram);
            var minorant = new MinorantLanes(rest, streams, problem.Weight);
            bool* all = stackalloc bool[LaneMatrix.Lanes];
            new Span<bool>(all, LaneMatrix.Lanes).Fill(true);
            minorant.Load(MatricesOf(state.Slope), ControlOf(state.Curvature), realizations, lanes);
            PackPanel(MatricesOf(state.EY), S, ey, realizations, lanes);
            minorant.Gradient(ey, w);
            UnpackPanel(w, S, gradient, realizations, lanes, all, trash);
            for (int i = 0; i < lanes * S; i++)
            {
                int r = realizations[i / S], s = i % S, l = accessPoints[((nint)r * S) + s];
                T* from = gradient.Row(r, 0, s), to = images.Row(r, 0, s);
                if (l >= 0)
                {
                    HermitianImage(gram.At(r, l), K, from, to);
                }
                else
                {
                    new Span<T>(from, 2 * K).Clear();
                    new Span<T>(to, 2 * K).Clear();
                }
            }
        }

        /// <summary>to = G w by rows of G, (Gw)_i = Σ_j conj(G_ji) w_j: without lanes, because few streams share a G.</summary>
        /// <param name="gram">Rows [re | im].</param>
        private static void HermitianImage(T* gram, int K, T* w, T* to)
        {
            int i = 0;
            if (SimdLevel.Has512)
            {
                HermitianImage<Simd512<T>, Vector512<T>>(gram, K, w, to, ref i);
            }

            if (SimdLevel.Has256)
            {
                HermitianImage<Simd256<T>, Vector256<T>>(gram, K, w, to, ref i);
            }

            HermitianImage<Simd128<T>, Vector128<T>>(gram, K, w, to, ref i);
            for (; i < K; i++)
            {
                T re = T.Zero, im = T.Zero;
                for (int j = 0; j < K; j++)
                {
                    T g = gram[(j * 2 * K) + i], h = gram[(j * 2 * K) + K + i];
                    re += (g * w[j]) + (h * w[K + j]);
                    im += (g * w[K + j]) - (h * w[j]);
                }

                (to[i], to[K + i]) = (re, im);
            }
        }

        /// <summary>Entries from i on, as far as whole vectors go.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void HermitianImage<S, V>(T* gram, int K, T* w, T* to, ref int i)
            where S : struct, ISimd<T, V>
            where V : struct
        {
            for (; i + S.Width <= K; i += S.Width)
            {
                V re = S.Broadcast(T.Zero), im = re;
                T* row = gram + i;
                for (int j = 0; j < K; j++, row += 2 * K)
                {
                    V g = S.Load(row), h = S.Load(row + K), u = S.Broadcast(w[j]), v = S.Broadcast(w[K + j]);
                    re = S.MultiplyAdd(h, v, S.MultiplyAdd(g, u, re));
                    im = S.NegatedMultiplyAdd(h, u, S.MultiplyAdd(g, v, im));
                }

                S.Store(re, to + i);
                S.Store(im, to + K + i);
            }
        }
    }

    /// <summary>The pass of one group of realizations.</summary>
    private readonly struct StepJob(
        StreamProblem problem, StreamTable streams, ScaState state, SolveControl control, Matrices<T> x, Matrices<T> e, double* memory, nint stride, double* partials, int* active, int activeCount) : IJob
    {
        private readonly Matrices<T> x = x, e = e;

        public static nint MemorySize(StreamProblem problem, StreamTable streams)
        {
            nint K = problem.K, S = Math.Max(1, streams.S);
            return (6 * S * K * LaneMatrix.Step) + (4 * S * LaneMatrix.Lanes) + MinorantLanes.MemorySize(streams.S, problem.K) + (4 * K);
        }

        /// <summary>yy, yw, ww, c, c·t of every access point and lane.</summary>
        public static nint PartialsSize(StreamProblem problem) => 5 * (nint)problem.L * LaneMatrix.Lanes;

        public void Execute(int index, int worker)
        {
            int first = index * LaneMatrix.Lanes, lanes = Math.Min(LaneMatrix.Lanes, activeCount - first), width = LaneMatrix.Lanes, K = problem.K, S = streams.S;
            int* realizations = active + first;
            nint size = (nint)Math.Max(1, S) * K * LaneMatrix.Step;
            double* own = memory + (worker * stride), scales = own + (6 * size), rest = scales + (4 * (nint)Math.Max(1, S) * width);
            T* trash = (T*)(rest + MinorantLanes.MemorySize(S, K));
            LaneMatrix y = LaneMatrix.Dense(own, K), ey = LaneMatrix.Dense(own + size, K), w = LaneMatrix.Dense(own + (2 * size), K);
            LaneMatrix gw = LaneMatrix.Dense(own + (3 * size), K), old = LaneMatrix.Dense(own + (4 * size), K), trial = LaneMatrix.Dense(own + (5 * size), K);
            double* wOld = stackalloc double[width], f1 = stackalloc double[width], promised = stackalloc double[width], ahead = stackalloc double[width], beta = stackalloc double[width];
            bool* tries = stackalloc bool[width], accepts = stackalloc bool[width], leaps = stackalloc bool[width];
            double* sums = partials + (index * PartialsSize(problem));
            PackPanel(MatricesOf(state.Y), S, y, realizations, lanes);
            PackPanel(MatricesOf(state.EY), S, ey, realizations, lanes);
            PackPanel(MatricesOf(state.W), S, w, realizations, lanes);
            PackPanel(MatricesOf(state.GW), S, gw, realizations, lanes);
            PackPanel(e, S, old, realizations, lanes);
            InnerProducts(y, ey, w, gw, old, scales, realizations, lanes, sums, wOld);
            bool any = false;
            for (int lane = 0; lane < lanes; lane++)
            {
                tries[lane] = BoundAndPrepare(realizations[lane], sums + lane, out promised[lane]);
                any |= tries[lane];
            }

            if (!any)
            {
                return;
            }

            double* c = scales, ct = scales + ((nint)S * width);
            SpreadScales(sums, c, ct, realizations, lanes);
            var minorant = new MinorantLanes(rest, streams, problem.Weight);
            minorant.Load(MatricesOf(state.Slope), ControlOf(state.Curvature), realizations, lanes);
            CombinePanels(ey, c, gw, ct, trial, S, K, width);
            minorant.Value(trial, f1);
            any = false;
            for (int lane = 0; lane < width; lane++)
            {
                accepts[lane] = lane < lanes && tries[lane] && Accepts(realizations[lane], f1[lane], promised[lane]);
                leaps[lane] = accepts[lane] && Leaps(realizations[lane], sums + lane, wOld[lane], out beta[lane]);
                beta[lane] = leaps[lane] ? beta[lane] : 0;
                any |= accepts[lane];
            }

            if (!any)
            {
                return;
            }

            double* one = ct + ((nint)S * width), minus = one + width; // 1 + β and −β of every lane
            for (int lane = 0; lane < width; lane++)
            {
                (one[lane], minus[lane]) = (1 + beta[lane], -beta[lane]);
            }

            CombinePanels(trial, one, old, minus, y, S, K, 0); // E₁ + β(E₁ − E) where Y was
            minorant.Value(y, ahead);
            for (int lane = 0; lane < lanes; lane++)
            {
                leaps[lane] &= !double.IsNegativeInfinity(ahead[lane]);
            }

            UnpackPanel(trial, S, e, realizations, lanes, accepts, trash);
            UnpackPanel(y, S, MatricesOf(state.EY), realizations, lanes, leaps, trash);
            for (int lane = 0; lane < lanes; lane++)
            {
                if (accepts[lane])
                {
                    Move(realizations[lane], lane, c, ct, leaps[lane], one[lane], minus[lane], f1[lane], ahead[lane], trash);
                }
            }
        }

        /// <summary>yy, yw and ww of every access point, and Re⟨W, E⟩ of all; row by row.</summary>
        /// <param name="rows">Room for four numbers of every stream and lane.</param>
        private void InnerProducts(
            LaneMatrix y, LaneMatrix ey, LaneMatrix w, LaneMatrix gw, LaneMatrix old, double* rows, int* realizations, int lanes, double* sums, double* wOld)
        {
            if (SimdLevel.Has512)
            {
                RowDots<Simd512<double>, Vector512<double>>(y, ey, w, gw, old, rows);
            }
            else if (SimdLevel.Has256)
            {
                RowDots<Simd256<double>, Vector256<double>>(y, ey, w, gw, old, rows);
            }
            else
            {
                RowDots<Simd128<double>, Vector128<double>>(y, ey, w, gw, old, rows);
            }

            int width = LaneMatrix.Lanes;
            nint of = (nint)problem.L * width;
            new Span<double>(sums, (int)(3 * of)).Clear();
            for (int lane = 0; lane < lanes; lane++)
            {
                int* accessPoints = Of(streams.AccessPoint).Integers + ((nint)realizations[lane] * streams.S);
                wOld[lane] = 0;
                for (int s = 0; s < streams.S; s++)
                {
                    if (accessPoints[s] is >= 0 and int l)
                    {
                        double* row = rows + (4 * (nint)s * width) + lane;
                        double* sum = sums + ((nint)l * width) + lane;
                        sum[0] += row[0];
                        sum[of] += row[width];
                        sum[2 * of] += row[2 * width];
                        wOld[lane] += row[3 * width];
                    }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void RowDots<S, V>(LaneMatrix y, LaneMatrix ey, LaneMatrix w, LaneMatrix gw, LaneMatrix old, double* rows)
            where S : struct, ISimd<double, V>
            where V : struct
        {
            for (int s = 0; s < streams.S; s++)
            {
                double* row = rows + (4 * (nint)s * S.Width);
                S.Store(RowDot<S, V>(y.At(s, 0), ey.At(s, 0), problem.K), row);
                S.Store(RowDot<S, V>(w.At(s, 0), ey.At(s, 0), problem.K), row + S.Width);
                S.Store(RowDot<S, V>(w.At(s, 0), gw.At(s, 0), problem.K), row + (2 * S.Width));
                S.Store(RowDot<S, V>(w.At(s, 0), old.At(s, 0), problem.K), row + (3 * S.Width));
            }
        }

        /// <summary>Bound and gap; false where the sub-problem ends. Otherwise c and c·t of every access point, and what f₁ must reach.</summary>
        /// <param name="sums">Of this lane.</param>
        private bool BoundAndPrepare(int r, double* sums, out double promised)
        {
            int width = LaneMatrix.Lanes, L = problem.L;
            nint of = (nint)L * width;
            double f = ControlOf(state.Value)[r], fY = ControlOf(state.ValueAtY)[r], h = ControlOf(control.StepSize)[r], rise = 0, slope = 0, square = 0;
            double* tau = ControlOf(state.InverseCurvature) + ((nint)r * L);
            for (int l = 0; l < L; l++)
            {
                double* sum = sums + ((nint)l * width);
                double yy = sum[0], yw = sum[of], ww = sum[2 * of] = Math.Max(sum[2 * of], 0), P = problem.PowerBudget[l];
                rise += Math.Sqrt(P * ww) - yw;
                double t = h * tau[l], q = yy + (2 * t * yw) + (t * t * ww), c = q > P ? Math.Sqrt(P / q) : 1, ct = c * t;
                slope += ((c - 1) * yw) + (ct * ww);
                square += t > 0 ? (((c - 1) * (c - 1) * yy) + (2 * (c - 1) * ct * yw) + (ct * ct * ww)) / t : 0;
                (sum[3 * of], sum[4 * of]) = (c, ct);
            }

            promised = fY + (2 * slope) - square - (AscentRounding * Math.Max(1, Math.Abs(fY)));
            double bound = ControlOf(state.Bound)[r] = Math.Min(ControlOf(state.Bound)[r], fY + (2 * rise)), gap = ControlOf(state.Gap)[r] = bound - f;
            int* passCount = Of(state.PassCount).Integers + r;
            if (*passCount == 0)
            {
                ControlOf(state.Stationarity)[r] = gap;
            }

            Of(state.Passes).Integers[r]++;
            double enough = Math.Max(Math.Max(state.GapTolerance, 20 * Epsilon) * Math.Max(1, Math.Abs(f)), state.GapShare * (f - ControlOf(state.StartValue)[r]));
            ScaOutcome outcome = gap <= enough ? ScaOutcome.Solved
                : !double.IsFinite(f) ? ScaOutcome.Stalled
                : *passCount >= state.PassLimit ? ScaOutcome.PassLimit
                : ScaOutcome.Improving;
            Of(state.Outcome).Integers[r] = (int)outcome;
            *passCount += outcome == ScaOutcome.Improving ? 1 : 0;
            return outcome == ScaOutcome.Improving;
        }

        /// <summary>c and c·t of every stream and lane; 1 and 0 where nobody sends.</summary>
        private void SpreadScales(double* sums, double* c, double* ct, int* realizations, int lanes)
        {
            int width = LaneMatrix.Lanes;
            nint of = (nint)problem.L * width;
            for (int lane = 0; lane < width; lane++)
            {
                int* accessPoints = Of(streams.AccessPoint).Integers + ((nint)realizations[Math.Min(lane, lanes - 1)] * streams.S);
                for (int s = 0; s < streams.S; s++)
                {
                    double* sum = sums + ((nint)accessPoints[s] * width) + lane;
                    bool isSent = lane < lanes && accessPoints[s] >= 0;
                    c[(s * width) + lane] = isSent ? sum[3 * of] : 1;
                    ct[(s * width) + lane] = isSent ? sum[4 * of] : 0;
                }
            }
        }

        /// <summary>The next step size; whether X₁ is the new best, or Y goes back to the best, or nothing is left to gain.</summary>
        private bool Accepts(int r, double f1, double promised)
        {
            double* step = ControlOf(control.StepSize) + r;
            int* isBest = Of(state.IsBest).Integers + r;
            double f = ControlOf(state.Value)[r];
            bool rises = f1 >= promised; // not where f₁ is no number
            *step *= rises ? StepGrowth : StepShrink;
            if (!rises)
            {
                return false;
            }

            if (*isBest != 0 && f1 <= f)
            {
                Of(state.Outcome).Integers[r] = (int)ScaOutcome.Stalled;
                return false;
            }

            if (f1 < f)
            {
                nint size = 2 * (nint)streams.S * problem.K;
                Reals<T>.Copy(x.At(r, 0), MatricesOf(state.Y).At(r, 0), size);
                Reals<T>.Copy(e.At(r, 0), MatricesOf(state.EY).At(r, 0), size);
                (ControlOf(state.ValueAtY)[r], ControlOf(state.Momentum)[r], *isBest) = (f, 1, 1);
                return false;
            }

            return true;
        }

        /// <summary>Whether the momentum points uphill, Re⟨W, E₁⟩ ≥ Re⟨W, E⟩, and β.</summary>
        private bool Leaps(int r, double* sums, double wOld, out double beta)
        {
            int width = LaneMatrix.Lanes;
            nint of = (nint)problem.L * width;
            double theta = ControlOf(state.Momentum)[r], next = NextMomentum(theta), wTrial = 0;
            for (int l = 0; l < problem.L; l++)
            {
                double* sum = sums + ((nint)l * width);
                wTrial += (sum[3 * of] * sum[of]) + (sum[4 * of] * sum[2 * of]);
            }

            beta = (theta - 1) / next;
            return !(wTrial < wOld);
        }

        private static double NextMomentum(double theta) => (1 + Math.Sqrt(1 + (4 * theta * theta))) / 2;

        /// <summary>X := X₁, and Y := X₁ + β(X₁ − X) or X₁; E is written already, and E_Y where Y leaps.</summary>
        /// <param name="row">Room for one.</param>
        private void Move(int r, int lane, double* c, double* ct, bool leaps, double one, double minus, double f1, double ahead, T* row)
        {
            Matrices<T> y = MatricesOf(state.Y), ey = MatricesOf(state.EY), w = MatricesOf(state.W);
            int size = 2 * problem.K, width = LaneMatrix.Lanes;
            for (int s = 0; s < streams.S; s++)
            {
                T* best = x.Row(r, 0, s), point = y.Row(r, 0, s);
                Reals<T>.Combine(point, Narrow(c[(s * width) + lane]), w.Row(r, 0, s), Narrow(ct[(s * width) + lane]), row, size);
                if (leaps)
                {
                    Reals<T>.Combine(row, Narrow(one), best, Narrow(minus), point, size);
                }
                else
                {
                    Reals<T>.Copy(row, point, size);
                    Reals<T>.Copy(e.Row(r, 0, s), ey.Row(r, 0, s), size);
                }

                Reals<T>.Copy(row, best, size);
            }

            double* theta = ControlOf(state.Momentum) + r;
            ControlOf(state.Value)[r] = f1;
            (ControlOf(state.ValueAtY)[r], *theta, Of(state.IsBest).Integers[r]) = leaps ? (ahead, NextMomentum(*theta), 0) : (f1, 1, 1);
        }
    }
}
