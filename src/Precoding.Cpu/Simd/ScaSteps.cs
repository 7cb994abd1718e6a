using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <content>Successive convex approximation: a realization is a lane, what it decides is its own. [noncoherent.md §8]</content>
internal sealed unsafe partial class SimdEngine<T>
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

    /// <summary>Panel (stream, row) of every lane back; rows of lanes that have nowhere to go are dropped.</summary>
    /// <param name="wanted">Which lanes; null for all.</param>
    /// <param name="trash">Room for a row, where not all are wanted.</param>
    private static void UnpackPanel(LaneMatrix from, int S, Matrices<T> panel, int* realizations, int lanes, bool* wanted = null, T* trash = null)
    {
        T** rows = stackalloc T*[LaneMatrix.Lanes];
        for (int s = 0; s < S; s++)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                rows[lane] = wanted == null || wanted[lane] ? panel.Row(realizations[lane], 0, s) : trash;
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
                ControlOf(control.PowerExcess)[realizations[lane]] = KeepWithinBudgets(problem, streams, x, e, realizations[lane]);
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
    }

    /// <summary>W and its images of one group of realizations.</summary>
    private readonly struct GradientJob(StreamProblem problem, StreamTable streams, ScaState state, double* memory, nint stride, int* active, int activeCount) : IJob
    {
        public static nint MemorySize(StreamProblem problem, StreamTable streams) =>
            (2 * (nint)Math.Max(1, streams.S) * problem.K * LaneMatrix.Step) + MinorantLanes.MemorySize(streams.S, problem.K);

        public void Execute(int index, int worker)
        {
            int first = index * LaneMatrix.Lanes, lanes = Math.Min(LaneMatrix.Lanes, activeCount - first), K = problem.K, S = streams.S;
            int* realizations = active + first, accessPoints = Of(streams.AccessPoint).Integers;
            nint size = (nint)Math.Max(1, S) * K * LaneMatrix.Step;
            double* own = memory + (worker * stride);
            LaneMatrix ey = LaneMatrix.Dense(own, K), w = LaneMatrix.Dense(own + size, K);
            Matrices<T> gradient = MatricesOf(state.W), images = MatricesOf(state.GW), gram = MatricesOf(problem.Gram);
            var minorant = new MinorantLanes(own + (2 * size), streams, problem.Weight);
            minorant.Load(MatricesOf(state.Slope), ControlOf(state.Curvature), realizations, lanes);
            PackPanel(MatricesOf(state.EY), S, ey, realizations, lanes);
            minorant.Gradient(ey, w);
            UnpackPanel(w, S, gradient, realizations, lanes);
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
}
