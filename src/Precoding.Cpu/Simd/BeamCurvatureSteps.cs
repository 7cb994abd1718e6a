using System.Numerics;
using System.Runtime.CompilerServices;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <content>The diagonal of the Hessian in the beam domain, and masses made of it. [coherent.md §3.7, §3.8]</content>
internal sealed unsafe partial class SimdEngine<T>
{
    public void BeamCurvature(CoherentProblem problem, Tensor table, BeamSupport support, Tensor sT, CurvatureKind kind, Tensor curvature, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, parts = (K + CurvatureWeightsJob.UserCount - 1) / CurvatureWeightsJob.UserCount;
        T* weights = scratch.Held<T>((nint)control.Capacity * K * K);
        fixed (double* alpha = problem.Weight)
        {
            pool.Run(count * parts, new CurvatureWeightsJob(MatricesOf(sT), weights, alpha, kind, parts, K, active));
        }

        Gather(new GatherCurvature(weights, K), problem, table, support, curvature, active, count);
    }

    public void InverseMass(CoherentProblem problem, BeamSupport support, double floor, Tensor mass, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, parts = UserParts(K);
        Slots slots = SlotsOf(support, mass, problem.L);
        double* sums = scratch.Partials((nint)count * (parts + 1)), least = sums + ((nint)count * parts);
        pool.Run(count * parts, new SlotSumJob(slots, sums, K, active));
        for (int i = 0; i < count; i++)
        {
            least[i] = floor * Reals<T>.Sum(sums + ((nint)i * parts), parts) / slots.First(active[i], K, 0);
        }

        pool.Run(count * parts, new InverseMassJob(slots, least, K, active));
    }

    public void ApplyInverseMass(CoherentProblem problem, BeamSupport support, Tensor inverseMass, Tensor values, Tensor result, SolveControl control)
    {
        int count = Active(control, out int* active);
        Slots mass = SlotsOf(support, inverseMass, problem.L);
        pool.Run(count * UserParts(problem.K), new ApplyInverseMassJob(mass, mass.With(Of(values).Data), mass.With(Of(result).Data), problem.K, active));
    }

    /// <summary>q[u][k] by stream from sT, some users k at a time: sums over u run down its columns.</summary>
    private readonly struct CurvatureWeightsJob(Matrices<T> sT, T* weights, double* alpha, CurvatureKind kind, int parts, int K, int* active) : IJob
    {
        public const int UserCount = 64;

        private readonly Matrices<T> sT = sT;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int r = active[index / parts], first = index % parts * UserCount, count = Math.Min(UserCount, K - first);
            double* interference = stackalloc double[UserCount], scale = stackalloc double[UserCount], slope = stackalloc double[UserCount], own = stackalloc double[UserCount];
            new Span<double>(interference, UserCount).Fill(1);
            for (int u = 0; u < K; u++)
            {
                T* row = sT.Row(r, 0, u) + first;
                for (int j = 0; j < count; j++)
                {
                    double energy = Wide(row[j] * row[j]) + Wide(row[K + j] * row[K + j]);
                    interference[j] += u == first + j ? 0 : energy;
                }
            }

            for (int j = 0; j < count; j++)
            {
                int k = first + j;
                T* row = sT.Row(r, 0, k);
                double re = Wide(row[k]), im = Wide(row[K + k]), signal = (re * re) + (im * im), others = interference[j], total = others + signal;
                scale[j] = alpha[k] * signal / (total * others);                     // 1/int − 1/tot
                slope[j] = (1 / others) + (1 / total);                               // (1/int² − 1/tot²)/(1/int − 1/tot)
                own[j] = kind == CurvatureKind.Hessian ? -alpha[k] * others / (total * total) : scale[j];
            }

            for (int u = 0; u < K; u++)
            {
                T* row = sT.Row(r, 0, u) + first, to = weights + ((((nint)r * K) + u) * K) + first;
                for (int j = 0; j < count; j++)
                {
                    double energy = Wide(row[j] * row[j]) + Wide(row[K + j] * row[K + j]), q = scale[j] * (1 - (energy * slope[j]));
                    to[j] = Narrow(u == first + j ? own[j] : kind == CurvatureKind.Hessian ? q : Math.Max(0, q));
                }
            }
        }
    }

    /// <summary>c on a slot of u = Σ_k |Y[row, k]|² q[u][k].</summary>
    private readonly struct GatherCurvature(T* weights, int K) : IRowWork
    {
        public void Begin(int realization, int user)
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public int Take<S, V>(T* rows, int* beams, int begin, int stop, int chunkEnd, bool isLast, T* re, T* im, int realization, int user)
            where S : struct, ISimd<T, V>
            where V : struct
        {
            T* q = weights + ((((nint)realization * K) + user) * K);
            int slot = begin;
            for (; slot < stop && beams[slot] < chunkEnd; slot++)
            {
                T* row = rows + ((nint)beams[slot] * 2 * K);
                V a = default, b = default;
                int j = 0;
                for (; j <= K - S.Width; j += S.Width)
                {
                    V weight = S.Load(q + j), x = S.Load(row + j), y = S.Load(row + K + j);
                    a = S.MultiplyAdd(S.Multiply(x, x), weight, a);
                    b = S.MultiplyAdd(S.Multiply(y, y), weight, b);
                }

                T sum = S.Sum(S.Add(a, b));
                for (; j < K; j++)
                {
                    sum += ((row[j] * row[j]) + (row[K + j] * row[K + j])) * q[j];
                }

                (re[slot], im[slot]) = (sum, T.Zero);
            }

            return slot;
        }
    }

    /// <summary>sums[part] = Σ of the real parts over the users of a part.</summary>
    private readonly struct SlotSumJob(Slots values, double* sums, int K, int* active) : IJob
    {
        private readonly Slots values = values;

        public void Execute(int index, int worker)
        {
            UsersOf(index, K, active, out int r, out int first, out int last);
            T* re = values.Re(r);
            double sum = 0;
            for (int slot = values.First(r, first, 0); slot < values.First(r, last, 0); slot++)
            {
                sum += Wide(re[slot]);
            }

            sums[index] = sum;
        }
    }

    private readonly struct InverseMassJob(Slots mass, double* least, int K, int* active) : IJob
    {
        private readonly Slots mass = mass;

        public void Execute(int index, int worker)
        {
            UsersOf(index, K, active, out int r, out int first, out int last);
            double floor = least[index / UserParts(K)]; // of the sign of the mean
            T* re = mass.Re(r);
            for (int slot = mass.First(r, first, 0); slot < mass.First(r, last, 0); slot++)
            {
                re[slot] = floor > 0 ? Narrow(1 / Math.Max(Wide(re[slot]), floor)) : T.One;
            }
        }
    }

    private readonly struct ApplyInverseMassJob(Slots mass, Slots values, Slots result, int K, int* active) : IJob
    {
        private readonly Slots mass = mass, values = values, result = result;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            UsersOf(index, K, active, out int r, out int first, out int last);
            int from = mass.First(r, first, 0), size = mass.First(r, last, 0) - from;
            Multiply(mass.Re(r) + from, values.Re(r) + from, result.Re(r) + from, size);
            Multiply(mass.Re(r) + from, values.Im(r) + from, result.Im(r) + from, size);
        }

        private static void Multiply(T* a, T* b, T* to, int size)
        {
            int w = Vector<T>.Count, i = 0;
            for (; i <= size - w; i += w)
            {
                (Vector.Load(a + i) * Vector.Load(b + i)).Store(to + i);
            }

            for (; i < size; i++)
            {
                to[i] = a[i] * b[i];
            }
        }
    }
}
