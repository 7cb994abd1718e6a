using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    private static readonly EvaluationCost Cost = EvaluationCost.Of<T>();

    /// <summary>Rows of the table that are walked at a time: they stay in the second-level cache while all users pass.</summary>
    private const nint TableChunkBytes = 512 << 10;

    public void Couplings(CoherentProblem problem, Tensor table, BeamSupport support, Tensor u, EvaluationOrder order, Tensor sT, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        int gathered = GatheredFirst(problem, support, order, Cost.MostSlots<T>(Cost.Couplings, problem, support), active, count);
        Gather(new GatherCouplings(MatricesOf(sT), K), problem, table, support, u, active, gathered);
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
        int gathered = GatheredFirst(problem, support, order, Cost.MostSlots<T>(Cost.Gradient, problem, support), active, count);
        Gather(new GatherGradient(MatricesOf(wT), K), problem, table, support, gradient, active, gathered);
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

    private void Gather<TWork>(TWork work, CoherentProblem problem, Tensor table, BeamSupport support, Tensor slots, int* active, int count)
        where TWork : struct, IRowWork
    {
        // every part walks the whole table once, so no more parts than keep the workers busy
        int userParts = count == 0 ? 1 : Math.Clamp(((2 * pool.ThreadCount) + count - 1) / count, 1, (problem.K + 7) / 8);
        int* cursors = scratch.PerWorker<int>(problem.K, out nint stride);
        pool.Run(
            count * userParts, new GatherJob<TWork>(work, MatricesOf(table), SlotsOf(support, slots, problem.L), cursors, stride, userParts, support.N, problem.K, active));
    }

    /// <summary>Reorders the active realizations: those to gather first; returns how many.</summary>
    private static int GatheredFirst(CoherentProblem problem, BeamSupport support, EvaluationOrder order, double mostSlots, int* active, int count)
    {
        int gathered = 0;
        for (int i = 0; i < count; i++)
        {
            int slots = Of(support.Start).Integers[((nint)active[i] * support.Start.Shape[1]) + (problem.K * problem.L)];
            if (order == EvaluationOrder.Gathered || (order == EvaluationOrder.Auto && slots <= mostSlots))
            {
                (active[gathered], active[i]) = (active[i], active[gathered]);
                gathered++;
            }
        }

        return gathered;
    }

    private static int RowsPerChunk(int K) => (int)Math.Max(16, TableChunkBytes / (2 * K * sizeof(T)));

    /// <summary>What is done with the table rows of a user's slots.</summary>
    private interface IRowWork
    {
        /// <summary>Before the first row of a user.</summary>
        void Begin(int realization, int user);

        /// <summary>Slots from <paramref name="begin"/> on whose rows lie before <paramref name="chunkEnd"/>; returns the first one left for the next chunk.</summary>
        /// <param name="rows">Row 0 of the access point in hand.</param>
        int Take<S, V>(T* rows, int* beams, int begin, int stop, int chunkEnd, bool isLast, T* re, T* im, int realization, int user)
            where S : struct, ISimd<T, V>
            where V : struct;
    }

    /// <summary>Walks the table in chunks of rows that stay in the cache, all users of the part passing each chunk.</summary>
    private readonly struct GatherJob<TWork>(TWork work, Matrices<T> table, Slots slots, int* cursors, nint stride, int userParts, int N, int K, int* active) : IJob
        where TWork : struct, IRowWork
    {
        private readonly TWork work = work;
        private readonly Matrices<T> table = table;
        private readonly Slots slots = slots;

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
            int* cursor = cursors + (worker * stride), beams = slots.Beams(r);
            T* re = slots.Re(r), im = slots.Im(r);
            int chunk = RowsPerChunk(K);
            for (int k = first; k < last; k++)
            {
                work.Begin(r, k);
            }

            for (int l = 0; l < slots.L; l++)
            {
                T* rows = table.Row(r, 0, l * N);
                for (int k = first; k < last; k++)
                {
                    cursor[k] = slots.First(r, k, l);
                }

                for (int begin = 0; begin < N; begin += chunk)
                {
                    int chunkEnd = Math.Min(begin + chunk, N);
                    for (int k = first; k < last; k++)
                    {
                        cursor[k] = work.Take<S, V>(rows, beams, cursor[k], slots.First(r, k, l + 1), chunkEnd, chunkEnd == N, re, im, r, k);
                    }
                }
            }
        }
    }
}
