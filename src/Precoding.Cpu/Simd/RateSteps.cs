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
}
