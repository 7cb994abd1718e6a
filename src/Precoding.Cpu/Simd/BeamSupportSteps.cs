using System.Runtime.CompilerServices;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    public void PursuitSupport(CoherentProblem problem, double residual, BeamSupport support, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        int maxAtoms = Math.Max(1, problem.M / 2), links = K * L;
        using var pursuits = new Pursuits(pool.ThreadCount, problem.M, support, maxAtoms);
        int* found = (int*)scratch.Held<int>((nint)count * links * (maxAtoms + 1)); // per link: how many, then which
        pool.Run(
            count * links, new ChooseJob(pursuits, MatricesOf(problem.H), found, maxAtoms + 1, residual, K, L, problem.M, active));
        for (int i = 0; i < count; i++)
        {
            int* start = Of(support.Start).Integers + ((nint)active[i] * (links + 1)), beams = Of(support.Beam).Integers + ((nint)active[i] * support.SlotCapacity);
            int slot = 0;
            for (int link = 0; link < links; link++)
            {
                start[link] = slot;
                int* list = found + ((((nint)i * links) + link) * (maxAtoms + 1));
                for (int j = 1; j <= list[0]; j++)
                {
                    beams[slot++] = list[j];
                }
            }

            start[links] = slot;
        }
    }

    public void LeastSquaresBeams(CoherentProblem problem, Tensor precoders, BeamSupport support, Tensor u, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        using var pursuits = new Pursuits(pool.ThreadCount, problem.M, support, 1);
        pool.Run(count * K * L, new LeastSquaresJob(pursuits, MatricesOf(precoders), SlotsOf(support, u, L), K, L, problem.M, active));
    }

    /// <summary>Working state of pursuits and correlations, one per worker.</summary>
    private sealed class Pursuits : IDisposable
    {
        private readonly BeamTransform<double> transform;
        private readonly BeamPursuit[] pursuits;
        private readonly Scratch memory;
        private readonly nint stride;
        private readonly double* buffers;

        public Pursuits(int workerCount, int antennaCount, BeamSupport support, int maxAtoms)
        {
            transform = new BeamTransform<double>(antennaCount, support.FineFactor);
            pursuits = new BeamPursuit[workerCount];
            for (int i = 0; i < workerCount; i++)
            {
                pursuits[i] = new BeamPursuit(antennaCount, support.N, maxAtoms);
            }

            memory = new Scratch(workerCount);
            buffers = memory.PerWorker<double>((3 * transform.BeamsSize) + (2 * support.N), out stride);
        }

        public BeamPursuit this[int worker] => pursuits[worker];

        /// <summary>v_nᴴ x of one vector, [n] real parts then imaginary parts; returns ‖x‖².</summary>
        public double Correlate(T* re, T* im, int M, int worker, out double* correlations)
        {
            int width = BeamTransform<double>.Lanes, F = transform.F;
            double* beams = buffers + (worker * stride), work = beams + transform.BeamsSize, x = work + transform.BeamsSize;
            correlations = x + transform.BeamsSize;
            double energy = 0;
            new Span<double>(x, 2 * width * M).Clear();
            for (int m = 0; m < M; m++)
            {
                double a = Wide(re[m]), b = Wide(im[m]);
                x[m * 2 * width] = a;
                x[(m * 2 * width) + width] = b;
                energy += (a * a) + (b * b);
            }

            transform.ToBeams(x, work, beams);
            for (int n = 0; n < M * F; n++)
            {
                double* at = beams + transform.Places[n];
                correlations[n] = at[0];
                correlations[(M * F) + n] = at[width];
            }

            return energy;
        }

        public void Dispose()
        {
            memory.Dispose();
            transform.Dispose();
        }
    }

    private readonly struct ChooseJob(Pursuits pursuits, Matrices<T> h, int* found, int size, double residual, int K, int L, int M, int* active) : IJob
    {
        private readonly Matrices<T> h = h;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int link = index % (K * L), r = active[index / (K * L)];
            T* row = h.Row(r, link % L, link / L);
            double energy = pursuits.Correlate(row, row + M, M, worker, out double* correlations);
            ReadOnlySpan<int> beams = pursuits[worker].Choose(correlations, 1, pursuits[worker].N, energy, residual);
            int* list = found + ((nint)index * size);
            list[0] = beams.Length;
            beams.CopyTo(new Span<int>(list + 1, beams.Length));
        }
    }

    private readonly struct LeastSquaresJob(Pursuits pursuits, Matrices<T> precoders, Slots u, int K, int L, int M, int* active) : IJob
    {
        private readonly Matrices<T> precoders = precoders;
        private readonly Slots u = u;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int link = index % (K * L), r = active[index / (K * L)], user = link / L, l = link % L;
            int first = u.First(r, user, l), count = u.First(r, user, l + 1) - first;
            T* row = precoders.Row(r, l, user);
            pursuits.Correlate(row, row + M, M, worker, out double* correlations);
            double[] solution = new double[2 * count];
            pursuits[worker].LeastSquares(new ReadOnlySpan<int>(u.Beams(r) + first, count), correlations, 1, pursuits[worker].N, 1e-10, solution);
            for (int i = 0; i < count; i++)
            {
                u.Re(r)[first + i] = Narrow(solution[i]);
                u.Im(r)[first + i] = Narrow(solution[count + i]);
            }
        }
    }
}
