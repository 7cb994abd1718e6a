using System.Runtime.CompilerServices;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    private readonly Dictionary<(int M, int F), BeamTransform<T>> transforms = [];

    public void BeamTable(CoherentProblem problem, BeamSupport support, Tensor table, SolveControl control)
    {
        int count = Active(control, out int* active);
        RunTransform(problem, support, count, new TableSink(MatricesOf(table), support.N, problem.K), new SpatialSource(MatricesOf(problem.H)), active);
    }

    public void ProjectedBeams(CoherentProblem problem, Tensor precoders, BeamSupport support, Tensor u, SolveControl control)
    {
        int count = Active(control, out int* active);
        Project(problem, MatricesOf(precoders), support, u, active, count);
    }

    public void PrecodersOfBeams(CoherentProblem problem, BeamSupport support, Tensor u, Tensor precoders, SolveControl control)
    {
        int count = Active(control, out int* active, all: true);
        Synthesize(problem, support, u, MatricesOf(precoders), active, count);
    }

    /// <summary>u = Φᵀ V̄ᴴ P.</summary>
    private void Project(CoherentProblem problem, Matrices<T> precoders, BeamSupport support, Tensor u, int* active, int count) =>
        RunTransform(problem, support, count, new SlotSink(SlotsOf(support, u, problem.L)), new SpatialSource(precoders), active);

    /// <summary>P = V̄ Φ u.</summary>
    private void Synthesize(CoherentProblem problem, BeamSupport support, Tensor u, Matrices<T> precoders, int* active, int count)
    {
        BeamTransform<T> transform = TransformFor(problem.M, support.FineFactor);
        T* buffers = scratch.PerWorker<T>((2 * transform.BeamsSize) + (transform.BeamsSize / transform.F), out nint stride);
        pool.Run(count * problem.L * Groups(problem.K), new SynthesizeJob(transform, SlotsOf(support, u, problem.L), precoders, buffers, stride, problem.K, problem.L, active));
    }

    /// <summary>to = Φᵀ Vᴴ V Φ from and powers[(i·L + l)·groups + group] = Σ over the group's users of ‖V from‖².</summary>
    private void RoundTrip(CoherentProblem problem, BeamSupport support, Slots from, Slots to, double* powers, int* active, int count)
    {
        BeamTransform<T> transform = TransformFor(problem.M, support.FineFactor);
        T* buffers = scratch.PerWorker<T>((2 * transform.BeamsSize) + (transform.BeamsSize / transform.F), out nint stride);
        pool.Run(count * problem.L * Groups(problem.K), new RoundTripJob(transform, from, to, powers, buffers, stride, problem.K, problem.L, active));
    }

    private void RunTransform<TSink, TSource>(CoherentProblem problem, BeamSupport support, int count, TSink sink, TSource source, int* active)
        where TSink : struct, IBeamSink
        where TSource : struct, IAntennaSource
    {
        BeamTransform<T> transform = TransformFor(problem.M, support.FineFactor);
        T* buffers = scratch.PerWorker<T>((2 * transform.BeamsSize) + (transform.BeamsSize / transform.F), out nint stride);
        pool.Run(count * problem.L * Groups(problem.K), new ToBeamsJob<TSink, TSource>(transform, sink, source, buffers, stride, problem.K, problem.L, active));
    }

    private BeamTransform<T> TransformFor(int antennaCount, int fineFactor)
    {
        if (!transforms.TryGetValue((antennaCount, fineFactor), out BeamTransform<T>? transform))
        {
            transforms[(antennaCount, fineFactor)] = transform = new BeamTransform<T>(antennaCount, fineFactor);
        }

        return transform;
    }

    private void DisposeTransforms()
    {
        foreach (BeamTransform<T> transform in transforms.Values)
        {
            transform.Dispose();
        }
    }

    /// <summary>Users are transformed in groups of as many as there are lanes.</summary>
    private static int Groups(int K) => (K + BeamTransform<T>.Lanes - 1) / BeamTransform<T>.Lanes;

    private static Slots SlotsOf(BeamSupport support, Tensor values, int L) => SlotsOf(support, Of(values).Data, L);

    private static Slots SlotsOf(BeamSupport support, T* values, int L) =>
        new(Of(support.Start).Integers, support.Start.Shape[1], Of(support.Beam).Integers, support.SlotCapacity, values, L);

    /// <summary>A beam vector with its support: per realization [re of all slots | im of all slots].</summary>
    private readonly struct Slots(int* start, int links, int* beam, int capacity, T* values, int L)
    {
        public readonly int Capacity = capacity;
        public readonly int L = L;

        public int First(int realization, int user, int accessPoint) => start[((nint)realization * links) + (user * L) + accessPoint];

        public int* Beams(int realization) => beam + ((nint)realization * Capacity);

        public T* Re(int realization) => values + (2 * (nint)realization * Capacity);

        public T* Im(int realization) => Re(realization) + Capacity;

        public Slots With(T* other) => new(start, links, beam, Capacity, other, L);

        /// <summary>Writes the slots of user k at l into lane <paramref name="lane"/> of a cleared buffer of beams.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Scatter(int realization, int user, int accessPoint, int* places, T* buffer, int lane)
        {
            int width = BeamTransform<T>.Lanes;
            int* beams = Beams(realization);
            T* re = Re(realization), im = Im(realization);
            int end = First(realization, user, accessPoint + 1);
            for (int slot = First(realization, user, accessPoint); slot < end; slot++)
            {
                T* at = buffer + places[beams[slot]] + lane;
                at[0] = re[slot];
                at[width] = im[slot];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Gather(int realization, int user, int accessPoint, int* places, T* buffer, int lane)
        {
            int width = BeamTransform<T>.Lanes;
            int* beams = Beams(realization);
            T* re = Re(realization), im = Im(realization);
            int end = First(realization, user, accessPoint + 1);
            for (int slot = First(realization, user, accessPoint); slot < end; slot++)
            {
                T* at = buffer + places[beams[slot]] + lane;
                re[slot] = at[0];
                im[slot] = at[width];
            }
        }
    }

    private interface IAntennaSource
    {
        /// <summary>Row of user (or stream) <paramref name="user"/> at an access point: M real parts; imaginary parts follow.</summary>
        T* Row(int realization, int accessPoint, int user);
    }

    private readonly struct SpatialSource(Matrices<T> rows) : IAntennaSource
    {
        private readonly Matrices<T> rows = rows;

        public T* Row(int realization, int accessPoint, int user) => rows.Row(realization, accessPoint, user);
    }

    private interface IBeamSink
    {
        void Take(int realization, int accessPoint, int firstUser, int userCount, int* places, T* beams);
    }

    /// <summary>All beams, to rows l·N + n of the table.</summary>
    private readonly struct TableSink(Matrices<T> table, int N, int K) : IBeamSink
    {
        private readonly Matrices<T> table = table;

        public void Take(int realization, int accessPoint, int firstUser, int userCount, int* places, T* beams)
        {
            int width = BeamTransform<T>.Lanes;
            for (int n = 0; n < N; n++)
            {
                T* from = beams + places[n], to = table.Row(realization, 0, (accessPoint * N) + n) + firstUser;
                Reals<T>.Copy(from, to, userCount);
                Reals<T>.Copy(from + width, to + K, userCount);
            }
        }
    }

    /// <summary>The beams of each user's own support.</summary>
    private readonly struct SlotSink(Slots slots) : IBeamSink
    {
        private readonly Slots slots = slots;

        public void Take(int realization, int accessPoint, int firstUser, int userCount, int* places, T* beams)
        {
            for (int lane = 0; lane < userCount; lane++)
            {
                slots.Gather(realization, firstUser + lane, accessPoint, places, beams, lane);
            }
        }
    }

    private readonly struct ToBeamsJob<TSink, TSource>(BeamTransform<T> transform, TSink sink, TSource source, T* buffers, nint stride, int K, int L, int* active) : IJob
        where TSink : struct, IBeamSink
        where TSource : struct, IAntennaSource
    {
        private readonly TSink sink = sink;
        private readonly TSource source = source;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int width = BeamTransform<T>.Lanes, M = transform.M;
            int first = index % Groups(K) * width, l = index / Groups(K) % L, r = active[index / Groups(K) / L], users = Math.Min(width, K - first);
            T* beams = buffers + (worker * stride), work = beams + transform.BeamsSize, x = work + transform.BeamsSize;
            if (users < width)
            {
                new Span<T>(x, 2 * width * M).Clear();
            }

            for (int lane = 0; lane < users; lane++)
            {
                T* re = source.Row(r, l, first + lane), im = re + M, to = x + lane;
                for (int m = 0; m < M; m++, to += 2 * width)
                {
                    to[0] = re[m];
                    to[width] = im[m];
                }
            }

            transform.ToBeams(x, work, beams);
            sink.Take(r, l, first, users, transform.Places, beams);
        }
    }

    private readonly struct SynthesizeJob(BeamTransform<T> transform, Slots u, Matrices<T> precoders, T* buffers, nint stride, int K, int L, int* active) : IJob
    {
        private readonly Slots u = u;
        private readonly Matrices<T> precoders = precoders;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int width = BeamTransform<T>.Lanes, M = transform.M;
            int first = index % Groups(K) * width, l = index / Groups(K) % L, r = active[index / Groups(K) / L], users = Math.Min(width, K - first);
            T* beams = buffers + (worker * stride), work = beams + transform.BeamsSize, p = work + transform.BeamsSize;
            new Span<T>(beams, (int)transform.BeamsSize).Clear();
            for (int lane = 0; lane < users; lane++)
            {
                u.Scatter(r, first + lane, l, transform.Places, beams, lane);
            }

            transform.ToAntennas(beams, work, p);
            for (int lane = 0; lane < users; lane++)
            {
                T* re = precoders.Row(r, l, first + lane), im = re + M, from = p + lane;
                for (int m = 0; m < M; m++, from += 2 * width)
                {
                    re[m] = from[0];
                    im[m] = from[width];
                }
            }
        }
    }

    private readonly struct RoundTripJob(BeamTransform<T> transform, Slots from, Slots to, double* powers, T* buffers, nint stride, int K, int L, int* active) : IJob
    {
        private readonly Slots from = from, to = to;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int width = BeamTransform<T>.Lanes, M = transform.M;
            int first = index % Groups(K) * width, l = index / Groups(K) % L, r = active[index / Groups(K) / L], users = Math.Min(width, K - first);
            T* beams = buffers + (worker * stride), work = beams + transform.BeamsSize, p = work + transform.BeamsSize;
            new Span<T>(beams, (int)transform.BeamsSize).Clear();
            for (int lane = 0; lane < users; lane++)
            {
                from.Scatter(r, first + lane, l, transform.Places, beams, lane);
            }

            transform.ToAntennas(beams, work, p);
            powers[index] = Reals<T>.SquaredNorm(p, 2 * (nint)width * M);
            transform.ToBeams(p, work, beams);
            for (int lane = 0; lane < users; lane++)
            {
                to.Gather(r, first + lane, l, transform.Places, beams, lane);
            }
        }
    }
}
