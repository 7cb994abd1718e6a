using System.Numerics;
using System.Runtime.CompilerServices;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <content>Power limits of single antennas.</content>
internal sealed unsafe partial class SimdEngine<T>
{
    private const double LeastAntennaWeight = 1e-3;

    /// <summary>Steps of Newton's method; each takes all antennas that reach their limits, so a handful is usual.</summary>
    private const int LevelSteps = 64;

    public void AntennaPowers(CoherentProblem problem, Tensor precoders, Tensor antennaPower, SolveControl control)
    {
        int count = Active(control, out int* active);
        pool.Run(count * problem.L * AntennaPowersJob.Parts(problem.M), new AntennaPowersJob(MatricesOf(precoders), ControlOf(antennaPower), problem.K, problem.L, problem.M, active));
    }

    public void LimitAntennas(CoherentProblem problem, Tensor antennaPower, Tensor gain, Tensor factor, SolveControl control)
    {
        int count = Active(control, out int* active);
        fixed (double* limit = problem.AntennaPowerLimit, budget = problem.PowerBudget)
        {
            pool.Run(
                count * problem.L,
                new LimitAntennasJob(ControlOf(antennaPower), ControlOf(gain), ControlOf(factor), scratch.Partials((nint)count * problem.L * problem.M), limit, budget, problem.L, problem.M, active));
        }
    }

    public void ScaleAntennas(CoherentProblem problem, Tensor factor, Tensor vectors, Tensor scaled, SolveControl control)
    {
        int count = Active(control, out int* active), M = problem.M;
        T* narrow = scratch.Held<T>((nint)count * problem.L * M);
        for (int i = 0; i < count; i++)
        {
            double* from = ControlOf(factor) + ((nint)active[i] * problem.L * M);
            for (int j = 0; j < problem.L * M; j++)
            {
                narrow[((nint)i * problem.L * M) + j] = Narrow(from[j]);
            }
        }

        pool.Run(count * problem.L * Parts(problem.K), new ScaleAntennasJob(narrow, MatricesOf(vectors), MatricesOf(scaled), problem.K, problem.L, M, active));
    }

    public void TakeRates(CoherentProblem problem, Tensor rates, Tensor power, Tensor designed, SolveControl control)
    {
        int count = Active(control, out int* active);
        for (int i = 0; i < count; i++)
        {
            int r = active[i];
            double sum = 0, excess = double.NegativeInfinity;
            for (int k = 0; k < problem.K; k++)
            {
                sum += problem.Weight[k] * ControlOf(rates)[((nint)r * problem.K) + k];
            }

            for (int l = 0; l < problem.L; l++)
            {
                excess = Math.Max(excess, (ControlOf(power)[((nint)r * problem.L) + l] / problem.PowerBudget[l]) - 1);
            }

            double own = ControlOf(designed)[r];
            ControlOf(control.Objective)[r] = double.IsFinite(own) ? double.Log(2) * sum : own;
            ControlOf(control.PowerExcess)[r] = excess;
        }
    }

    /// <summary>Some antennas of a block at a time, over its rows; a few rows are summed in lanes, then in double.</summary>
    private readonly struct AntennaPowersJob(Matrices<T> p, double* power, int K, int L, int M, int* active) : IJob
    {
        private const int AntennasPerPart = 128;

        private readonly Matrices<T> p = p;

        public static int Parts(int antennas) => (antennas + AntennasPerPart - 1) / AntennasPerPart;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int block = index / Parts(M), r = active[block / L], l = block % L, w = Vector<T>.Count;
            int first = index % Parts(M) * AntennasPerPart, size = Math.Min(AntennasPerPart, M - first);
            T* rows = stackalloc T[AntennasPerPart];
            double* sums = power + ((((nint)r * L) + l) * M) + first;
            new Span<double>(sums, size).Clear();
            for (int start = 0; start < K; start += RowsPerPart)
            {
                new Span<T>(rows, size).Clear();
                for (int k = start; k < Math.Min(start + RowsPerPart, K); k++)
                {
                    T* re = p.Row(r, l, k) + first, im = re + M;
                    int m = 0;
                    for (; m <= size - w; m += w)
                    {
                        Vector<T> x = Vector.Load(re + m), y = Vector.Load(im + m);
                        (Vector.Load(rows + m) + (x * x) + (y * y)).Store(rows + m);
                    }

                    for (; m < size; m++)
                    {
                        rows[m] += (re[m] * re[m]) + (im[m] * im[m]);
                    }
                }

                for (int m = 0; m < size; m++)
                {
                    sums[m] += Wide(rows[m]);
                }
            }
        }
    }

    /// <summary>The limits of one access point of one realization.</summary>
    private readonly struct LimitAntennasJob(double* antennaPower, double* gain, double* factor, double* weights, double* limits, double* budgets, int L, int M, int* active) : IJob
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int l = index % L;
            nint at = (((nint)active[index / L] * L) + l) * M;
            double* a = antennaPower + at, g = gain + at, t = factor + at, w = weights + ((nint)index * M), limit = limits + ((nint)l * M);
            for (int m = 0; m < M; m++)
            {
                w[m] = a[m] * g[m] * g[m];
            }

            double s = Math.Sqrt(Math.Min(1, Level(w, limit, budgets[l])));
            for (int m = 0; m < M; m++)
            {
                t[m] = g[m] * (w[m] > 0 ? Math.Min(s, Math.Sqrt(limit[m] / w[m])) : s);
                w[m] = a[m] / (g[m] * g[m]);
            }

            double nu = 1 / Math.Sqrt(Level(w, limit, budgets[l])), mean = 0, used = 0;
            for (int m = 0; m < M; m++)
            {
                mean += Math.Max(nu, Math.Sqrt(w[m] / limit[m])) / M;
            }

            for (int m = 0; m < M; m++)
            {
                double x = Math.Max(Math.Max(nu, Math.Sqrt(w[m] / limit[m])), LeastAntennaWeight * mean);
                used += x * Math.Min(w[m] / (x * x), limit[m]);
                w[m] = x;
            }

            for (int m = 0; m < M && used > 0 && double.IsFinite(used); m++)
            {
                g[m] = Math.Sqrt(used / (w[m] * budgets[l]));
            }
        }

        /// <summary>The σ with Σ_m min(σ v_m, p_m) = T from below, by Newton's method on a function that is concave: every antenna found beyond its limit stays there.</summary>
        private double Level(double* v, double* p, double T)
        {
            double level = 0;
            for (int step = 0; step < LevelSteps; step++)
            {
                double limited = 0, free = 0;
                for (int m = 0; m < M; m++)
                {
                    bool isLimited = level * v[m] > p[m];
                    limited += isLimited ? p[m] : 0;
                    free += isLimited ? 0 : v[m];
                }

                double next = free > 0 ? (T - limited) / free : double.PositiveInfinity;
                if (!(next > level))
                {
                    break;
                }

                level = next;
            }

            return level;
        }
    }

    private readonly struct ScaleAntennasJob(T* factor, Matrices<T> vectors, Matrices<T> scaled, int K, int L, int M, int* active) : IJob
    {
        private readonly Matrices<T> vectors = vectors, scaled = scaled;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), r = active[block / L], l = block % L, w = Vector<T>.Count;
            T* f = factor + ((nint)block * M);
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                for (int part = 0; part < 2; part++)
                {
                    T* from = vectors.Row(r, l, k) + (part * M), to = scaled.Row(r, l, k) + (part * M);
                    int m = 0;
                    for (; m <= M - w; m += w)
                    {
                        (Vector.Load(from + m) * Vector.Load(f + m)).Store(to + m);
                    }

                    for (; m < M; m++)
                    {
                        to[m] = from[m] * f[m];
                    }
                }
            }
        }
    }
}
