using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    /// <summary>Share of all (user, access point, antenna) triples above which the dense order is faster; see docs/decisions/0004.</summary>
    private const double DenseDensity = 0.5;

    /// <summary>Rows of the table that are walked at a time: they stay in the second-level cache while all users pass.</summary>
    private const nint TableChunkBytes = 512 << 10;

    public void Couplings(CoherentProblem problem, Tensor table, BeamSupport support, Tensor u, EvaluationOrder order, Tensor sT, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        int gathered = GatheredFirst(problem, support, order, active, count);
        int userParts = GatherParts(K, gathered);
        int* cursors = scratch.PerWorker<int>(K, out nint stride);
        pool.Run(gathered * userParts, new GatherCouplingsJob(MatricesOf(table), SlotsOf(support, u, L), MatricesOf(sT), cursors, stride, userParts, support.N, K, active));
        int dense = count - gathered;
        if (dense > 0)
        {
            active += gathered;
            nint block = 2 * (nint)K * problem.M;
            var p = new Matrices<T>(scratch.Held<T>(control.Capacity * L * block), L * block, block, problem.M);
            Synthesize(problem, support, u, p, active, dense);
            new Product<T>
            {
                A = p, B = MatricesOf(problem.H), ReadB = Simd.Read.Adjoint, C = MatricesOf(sT), Rows = K, Columns = K, Inner = problem.M, Blocks = L,
            }.Run(pool, scratch, active, dense);
        }
    }

    public void Gradient(CoherentProblem problem, Tensor table, BeamSupport support, Tensor wT, EvaluationOrder order, Tensor gradient, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        int gathered = GatheredFirst(problem, support, order, active, count);
        int userParts = GatherParts(K, gathered);
        int* cursors = scratch.PerWorker<int>(K, out nint stride);
        pool.Run(gathered * userParts, new GatherGradientJob(MatricesOf(table), SlotsOf(support, gradient, L), MatricesOf(wT), cursors, stride, userParts, support.N, K, active));
        int dense = count - gathered;
        if (dense > 0)
        {
            active += gathered;
            nint block = 2 * (nint)K * problem.M;
            var force = new Matrices<T>(scratch.Held<T>(control.Capacity * L * block), L * block, block, problem.M);
            new Product<T>
            {
                A = MatricesOf(wT), B = MatricesOf(problem.H), C = force, Rows = K, Columns = problem.M, Inner = K, Blocks = L,
            }.Run(pool, scratch, active, dense);
            Project(problem, force, support, gradient, active, dense);
        }
    }

    public void StreamRateWeights(CoherentProblem problem, Tensor sT, Tensor wT, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K;
        double* partials = scratch.Partials((nint)count * K);
        int parts = (K + StreamRateJob.UserCount - 1) / StreamRateJob.UserCount;
        fixed (double* alpha = problem.Weight)
        {
            pool.Run(count * parts, new StreamRateJob(MatricesOf(sT), MatricesOf(wT), alpha, partials, parts, K, active));
        }

        SumObjective(partials, K, active, count, control);
    }

    /// <summary>Reorders the active realizations: those to gather first; returns how many.</summary>
    private int GatheredFirst(CoherentProblem problem, BeamSupport support, EvaluationOrder order, int* active, int count)
    {
        int gathered = 0;
        double limit = DenseDensity * problem.K * problem.L * problem.M;
        for (int i = 0; i < count; i++)
        {
            int slots = Of(support.Start).Integers[((nint)active[i] * support.Start.Shape[1]) + (problem.K * problem.L)];
            if (order == EvaluationOrder.Gathered || (order == EvaluationOrder.Auto && slots <= limit))
            {
                (active[gathered], active[i]) = (active[i], active[gathered]);
                gathered++;
            }
        }

        return gathered;
    }

    /// <summary>Every part walks the whole table once, so no more parts than keep the workers busy.</summary>
    private int GatherParts(int K, int realizations) =>
        realizations == 0 ? 1 : Math.Clamp(((2 * pool.ThreadCount) + realizations - 1) / realizations, 1, (K + 7) / 8);

    private static int RowsPerChunk(int K) => (int)Math.Max(16, TableChunkBytes / (2 * K * sizeof(T)));

    /// <summary>S[:,u] = Σ over the slots of u of conj(Y[row, :]) u.</summary>
    private readonly struct GatherCouplingsJob(
        Matrices<T> table, Slots u, Matrices<T> sT, int* cursors, nint stride, int userParts, int N, int K, int* active) : IJob
    {
        private readonly Matrices<T> table = table, sT = sT;
        private readonly Slots u = u;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            if (SimdLevel.Has512)
            {
                Run<Simd512<T>, Vector512<T>>(index, worker);
            }
            else if (SimdLevel.Has256)
            {
                Run<Simd256<T>, Vector256<T>>(index, worker);
            }
            else
            {
                Run<Simd128<T>, Vector128<T>>(index, worker);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Run<S, V>(int index, int worker)
            where S : struct, ISimd<T, V>
            where V : struct
        {
            int r = active[index / userParts], part = index % userParts, first = (int)((long)K * part / userParts), last = (int)((long)K * (part + 1) / userParts);
            int* cursor = cursors + (worker * stride), beams = u.Beams(r);
            T* re = u.Re(r), im = u.Im(r);
            int chunk = RowsPerChunk(K), slab = 8 * S.Width;
            for (int k = first; k < last; k++)
            {
                new Span<T>(sT.Row(r, 0, k), 2 * K).Clear();
            }

            for (int l = 0; l < u.L; l++)
            {
                T* rows = table.Row(r, 0, l * N);
                for (int k = first; k < last; k++)
                {
                    cursor[k] = u.First(r, k, l);
                }

                for (int chunkEnd = Math.Min(chunk, N); ; chunkEnd = Math.Min(chunkEnd + chunk, N))
                {
                    for (int k = first; k < last; k++)
                    {
                        int begin = cursor[k], stop = u.First(r, k, l + 1), end = begin;
                        while (end < stop && beams[end] < chunkEnd)
                        {
                            end++;
                        }

                        cursor[k] = end;
                        if (end == begin)
                        {
                            continue;
                        }

                        T* to = sT.Row(r, 0, k);
                        int column = 0;
                        for (; column <= K - slab; column += slab)
                        {
                            AddRows8<S, V>(rows + column, beams, begin, end, re, im, to + column);
                        }

                        for (; column <= K - S.Width; column += S.Width)
                        {
                            AddRows1<S, V>(rows + column, beams, begin, end, re, im, to + column);
                        }

                        for (int slot = begin; slot < end && column < K; slot++)
                        {
                            T* row = rows + ((nint)beams[slot] * 2 * K);
                            for (int j = column; j < K; j++)
                            {
                                to[j] += (row[j] * re[slot]) + (row[K + j] * im[slot]);
                                to[K + j] += (row[j] * im[slot]) - (row[K + j] * re[slot]);
                            }
                        }
                    }

                    if (chunkEnd == N)
                    {
                        break;
                    }
                }
            }
        }

        /// <summary>Eight vectors of columns, sixteen accumulators.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddRows8<S, V>(T* rows, int* beams, int begin, int end, T* re, T* im, T* to)
            where S : struct, ISimd<T, V>
            where V : struct
        {
            int w = S.Width;
            T* toIm = to + K;
            V r0 = S.Load(to), r1 = S.Load(to + w), r2 = S.Load(to + (2 * w)), r3 = S.Load(to + (3 * w));
            V r4 = S.Load(to + (4 * w)), r5 = S.Load(to + (5 * w)), r6 = S.Load(to + (6 * w)), r7 = S.Load(to + (7 * w));
            V i0 = S.Load(toIm), i1 = S.Load(toIm + w), i2 = S.Load(toIm + (2 * w)), i3 = S.Load(toIm + (3 * w));
            V i4 = S.Load(toIm + (4 * w)), i5 = S.Load(toIm + (5 * w)), i6 = S.Load(toIm + (6 * w)), i7 = S.Load(toIm + (7 * w));
            for (int slot = begin; slot < end; slot++)
            {
                T* yRe = rows + ((nint)beams[slot] * 2 * K), yIm = yRe + K;
                V a = S.Broadcast(re[slot]), b = S.Broadcast(im[slot]);
                V x = S.Load(yRe), y = S.Load(yIm);
                r0 = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, r0));
                i0 = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, i0));
                x = S.Load(yRe + w);
                y = S.Load(yIm + w);
                r1 = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, r1));
                i1 = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, i1));
                x = S.Load(yRe + (2 * w));
                y = S.Load(yIm + (2 * w));
                r2 = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, r2));
                i2 = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, i2));
                x = S.Load(yRe + (3 * w));
                y = S.Load(yIm + (3 * w));
                r3 = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, r3));
                i3 = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, i3));
                x = S.Load(yRe + (4 * w));
                y = S.Load(yIm + (4 * w));
                r4 = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, r4));
                i4 = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, i4));
                x = S.Load(yRe + (5 * w));
                y = S.Load(yIm + (5 * w));
                r5 = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, r5));
                i5 = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, i5));
                x = S.Load(yRe + (6 * w));
                y = S.Load(yIm + (6 * w));
                r6 = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, r6));
                i6 = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, i6));
                x = S.Load(yRe + (7 * w));
                y = S.Load(yIm + (7 * w));
                r7 = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, r7));
                i7 = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, i7));
            }

            S.Store(r0, to);
            S.Store(r1, to + w);
            S.Store(r2, to + (2 * w));
            S.Store(r3, to + (3 * w));
            S.Store(r4, to + (4 * w));
            S.Store(r5, to + (5 * w));
            S.Store(r6, to + (6 * w));
            S.Store(r7, to + (7 * w));
            S.Store(i0, toIm);
            S.Store(i1, toIm + w);
            S.Store(i2, toIm + (2 * w));
            S.Store(i3, toIm + (3 * w));
            S.Store(i4, toIm + (4 * w));
            S.Store(i5, toIm + (5 * w));
            S.Store(i6, toIm + (6 * w));
            S.Store(i7, toIm + (7 * w));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddRows1<S, V>(T* rows, int* beams, int begin, int end, T* re, T* im, T* to)
            where S : struct, ISimd<T, V>
            where V : struct
        {
            V real = S.Load(to), imaginary = S.Load(to + K);
            for (int slot = begin; slot < end; slot++)
            {
                T* row = rows + ((nint)beams[slot] * 2 * K);
                V a = S.Broadcast(re[slot]), b = S.Broadcast(im[slot]), x = S.Load(row), y = S.Load(row + K);
                real = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, real));
                imaginary = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, imaginary));
            }

            S.Store(real, to);
            S.Store(imaginary, to + K);
        }
    }

    /// <summary>∇f on a slot of u = Σ_k Y[row, k] W[k, u]; four slots share the loads of W.</summary>
    private readonly struct GatherGradientJob(
        Matrices<T> table, Slots gradient, Matrices<T> wT, int* cursors, nint stride, int userParts, int N, int K, int* active) : IJob
    {
        private readonly Matrices<T> table = table, wT = wT;
        private readonly Slots gradient = gradient;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            if (SimdLevel.Has512)
            {
                Run<Simd512<T>, Vector512<T>>(index, worker);
            }
            else if (SimdLevel.Has256)
            {
                Run<Simd256<T>, Vector256<T>>(index, worker);
            }
            else
            {
                Run<Simd128<T>, Vector128<T>>(index, worker);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Run<S, V>(int index, int worker)
            where S : struct, ISimd<T, V>
            where V : struct
        {
            int r = active[index / userParts], part = index % userParts, first = (int)((long)K * part / userParts), last = (int)((long)K * (part + 1) / userParts);
            int* cursor = cursors + (worker * stride), beams = gradient.Beams(r);
            T* re = gradient.Re(r), im = gradient.Im(r);
            int chunk = RowsPerChunk(K);
            for (int l = 0; l < gradient.L; l++)
            {
                T* rows = table.Row(r, 0, l * N);
                for (int k = first; k < last; k++)
                {
                    cursor[k] = gradient.First(r, k, l);
                }

                for (int chunkEnd = Math.Min(chunk, N); ; chunkEnd = Math.Min(chunkEnd + chunk, N))
                {
                    for (int k = first; k < last; k++)
                    {
                        T* w = wT.Row(r, 0, k);
                        int slot = cursor[k], stop = gradient.First(r, k, l + 1);
                        for (; slot + 3 < stop && beams[slot + 3] < chunkEnd; slot += 4)
                        {
                            Dot4<S, V>(rows, beams + slot, w, re + slot, im + slot);
                        }

                        // what is left of the chunk waits for the next one, unless this is the last
                        for (; chunkEnd == N && slot < stop; slot++)
                        {
                            Dot1<S, V>(rows + ((nint)beams[slot] * 2 * K), w, re + slot, im + slot);
                        }

                        cursor[k] = slot;
                    }

                    if (chunkEnd == N)
                    {
                        break;
                    }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Dot4<S, V>(T* rows, int* beams, T* w, T* re, T* im)
            where S : struct, ISimd<T, V>
            where V : struct
        {
            T* y0 = rows + ((nint)beams[0] * 2 * K), y1 = rows + ((nint)beams[1] * 2 * K), y2 = rows + ((nint)beams[2] * 2 * K), y3 = rows + ((nint)beams[3] * 2 * K);
            V p0 = default, p1 = default, p2 = default, p3 = default, m0 = default, m1 = default, m2 = default, m3 = default;
            V s0 = default, s1 = default, s2 = default, s3 = default, t0 = default, t1 = default, t2 = default, t3 = default;
            int j = 0;
            for (; j <= K - S.Width; j += S.Width)
            {
                V a = S.Load(w + j), b = S.Load(w + K + j);
                V x = S.Load(y0 + j), y = S.Load(y0 + K + j);
                p0 = S.MultiplyAdd(x, a, p0);
                m0 = S.MultiplyAdd(y, b, m0);
                s0 = S.MultiplyAdd(x, b, s0);
                t0 = S.MultiplyAdd(y, a, t0);
                x = S.Load(y1 + j);
                y = S.Load(y1 + K + j);
                p1 = S.MultiplyAdd(x, a, p1);
                m1 = S.MultiplyAdd(y, b, m1);
                s1 = S.MultiplyAdd(x, b, s1);
                t1 = S.MultiplyAdd(y, a, t1);
                x = S.Load(y2 + j);
                y = S.Load(y2 + K + j);
                p2 = S.MultiplyAdd(x, a, p2);
                m2 = S.MultiplyAdd(y, b, m2);
                s2 = S.MultiplyAdd(x, b, s2);
                t2 = S.MultiplyAdd(y, a, t2);
                x = S.Load(y3 + j);
                y = S.Load(y3 + K + j);
                p3 = S.MultiplyAdd(x, a, p3);
                m3 = S.MultiplyAdd(y, b, m3);
                s3 = S.MultiplyAdd(x, b, s3);
                t3 = S.MultiplyAdd(y, a, t3);
            }

            re[0] = S.Sum(S.Subtract(p0, m0));
            re[1] = S.Sum(S.Subtract(p1, m1));
            re[2] = S.Sum(S.Subtract(p2, m2));
            re[3] = S.Sum(S.Subtract(p3, m3));
            im[0] = S.Sum(S.Add(s0, t0));
            im[1] = S.Sum(S.Add(s1, t1));
            im[2] = S.Sum(S.Add(s2, t2));
            im[3] = S.Sum(S.Add(s3, t3));
            for (; j < K; j++)
            {
                for (int slot = 0; slot < 4; slot++)
                {
                    T* row = rows + ((nint)beams[slot] * 2 * K);
                    re[slot] += (row[j] * w[j]) - (row[K + j] * w[K + j]);
                    im[slot] += (row[j] * w[K + j]) + (row[K + j] * w[j]);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Dot1<S, V>(T* row, T* w, T* re, T* im)
            where S : struct, ISimd<T, V>
            where V : struct
        {
            V p = default, m = default, s = default, t = default;
            int j = 0;
            for (; j <= K - S.Width; j += S.Width)
            {
                V a = S.Load(w + j), b = S.Load(w + K + j), x = S.Load(row + j), y = S.Load(row + K + j);
                p = S.MultiplyAdd(x, a, p);
                m = S.MultiplyAdd(y, b, m);
                s = S.MultiplyAdd(x, b, s);
                t = S.MultiplyAdd(y, a, t);
            }

            *re = S.Sum(S.Subtract(p, m));
            *im = S.Sum(S.Add(s, t));
            for (; j < K; j++)
            {
                *re += (row[j] * w[j]) - (row[K + j] * w[K + j]);
                *im += (row[j] * w[K + j]) + (row[K + j] * w[j]);
            }
        }
    }

    /// <summary>Rates and weights by stream: sums over u run down the columns of sT, some users k at a time.</summary>
    private readonly struct StreamRateJob(Matrices<T> sT, Matrices<T> wT, double* alpha, double* partials, int parts, int K, int* active) : IJob
    {
        public const int UserCount = 64;

        private readonly Matrices<T> sT = sT, wT = wT;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int position = index / parts, r = active[position], first = index % parts * UserCount, count = Math.Min(UserCount, K - first);
            T* interference = stackalloc T[UserCount];
            T* scale = stackalloc T[UserCount];
            new Span<T>(interference, UserCount).Clear();
            for (int u = 0; u < K; u++)
            {
                T* row = sT.Row(r, 0, u) + first;
                int own = u - first;
                if (own >= 0 && own < count)
                {
                    AddSquares(row, interference, 0, own);
                    AddSquares(row, interference, own + 1, count);
                }
                else
                {
                    AddSquares(row, interference, 0, count);
                }
            }

            for (int j = 0; j < count; j++)
            {
                int k = first + j;
                T* row = sT.Row(r, 0, k);
                double re = Wide(row[k]), im = Wide(row[K + k]), others = 1 + Wide(interference[j]), signal = (re * re) + (im * im), total = others + signal;
                partials[((nint)position * K) + k] = alpha[k] * Math.Log(1 + (signal / others));
                scale[j] = Narrow(alpha[k] * signal / (total * others)); // 1/int − 1/tot
            }

            for (int u = 0; u < K; u++)
            {
                T* from = sT.Row(r, 0, u) + first, to = wT.Row(r, 0, u) + first;
                MultiplyBy(from, scale, to, count);
                MultiplyBy(from + K, scale, to + K, count);
                int own = u - first;
                if (own >= 0 && own < count)
                {
                    double re = Wide(from[own]), im = Wide(from[K + own]), total = 1 + Wide(interference[own]) + (re * re) + (im * im);
                    to[own] = Narrow(-alpha[u] * re / total);
                    to[K + own] = Narrow(-alpha[u] * im / total);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddSquares(T* row, T* sums, int from, int to)
        {
            int w = Vector<T>.Count, j = from;
            for (; j <= to - w; j += w)
            {
                Vector<T> re = Vector.Load(row + j), im = Vector.Load(row + K + j);
                (Vector.Load(sums + j) + (re * re) + (im * im)).Store(sums + j);
            }

            for (; j < to; j++)
            {
                sums[j] += (row[j] * row[j]) + (row[K + j] * row[K + j]);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void MultiplyBy(T* from, T* scale, T* to, int count)
        {
            int w = Vector<T>.Count, j = 0;
            for (; j <= count - w; j += w)
            {
                (Vector.Load(from + j) * Vector.Load(scale + j)).Store(to + j);
            }

            for (; j < count; j++)
            {
                to[j] = from[j] * scale[j];
            }
        }
    }
}
