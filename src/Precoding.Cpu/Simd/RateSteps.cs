using System.Numerics;
using System.Runtime.CompilerServices;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    public void RateWeights(CoherentProblem problem, Tensor s, Tensor w, Tensor signalWeight, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K;
        double* partials = scratch.Partials((nint)count * K);
        fixed (double* alpha = problem.Weight)
        {
            pool.Run(count * Parts(K), new RateWeightsJob(MatricesOf(s), MatricesOf(w), ControlOf(signalWeight), alpha, partials, problem.L, K, active));
        }

        SumObjective(partials, K, active, count, control);
    }

    public void SumRate(CoherentProblem problem, Tensor s, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K;
        double* partials = scratch.Partials((nint)count * K);
        T* rows = scratch.PerWorker<T>(2 * K, out nint stride);
        fixed (double* alpha = problem.Weight)
        {
            pool.Run(count * Parts(K), new SumRateJob(MatricesOf(s), alpha, partials, rows, stride, problem.L, K, active));
        }

        SumObjective(partials, K, active, count, control);
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

    private static void SumObjective(double* partials, int K, int* active, int count, SolveControl control)
    {
        for (int i = 0; i < count; i++)
        {
            ControlOf(control.Objective)[active[i]] = Reals<T>.Sum(partials + ((nint)i * K), K);
        }
    }

    private readonly struct RateWeightsJob(Matrices<T> s, Matrices<T> w, double* signalWeight, double* alpha, double* partials, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> s = s, w = w;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int position = index / Parts(K), realization = active[position], first = index % Parts(K) * RowsPerPart;
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                T* row = w.Row(realization, 0, k);
                SumRow(s, realization, k, L, K, row);
                double interference = 1 + InterferenceOfRow(row, k, K, out double re, out double im);
                double signal = (re * re) + (im * im), total = interference + signal;
                partials[((nint)position * K) + k] = alpha[k] * Math.Log(1 + (signal / interference));
                signalWeight[((nint)realization * K) + k] = alpha[k] * signal / (total * interference);
                Reals<T>.Scale(row, Narrow(alpha[k] * signal / (total * interference)), row, 2 * K); // 1/int − 1/tot
                row[k] = Narrow(-alpha[k] * re / total);
                row[K + k] = Narrow(-alpha[k] * im / total);
            }
        }
    }

    private readonly struct SumRateJob(Matrices<T> s, double* alpha, double* partials, T* rows, nint stride, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> s = s;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int position = index / Parts(K), realization = active[position], first = index % Parts(K) * RowsPerPart;
            T* row = rows + (worker * stride);
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                SumRow(s, realization, k, L, K, row);
                double interference = 1 + InterferenceOfRow(row, k, K, out double re, out double im);
                partials[((nint)position * K) + k] = alpha[k] * Math.Log(1 + (((re * re) + (im * im)) / interference));
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
