using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    public void LoadChannels(ChannelBatch channels, int first, CoherentProblem problem, SolveControl control)
    {
        Matrices<T> h = MatricesOf(problem.H);
        double* scale = scratch.Partials(problem.K);
        for (int k = 0; k < problem.K; k++)
        {
            scale[k] = 1 / Math.Sqrt(problem.NoisePower[k]);
        }

        long skip = first * channels.Shape.CoefficientsPerRealization;
        fixed (ComplexF* single = channels.AsSingle())
        fixed (Complex* @double = channels.AsDouble())
        {
            pool.Run(
                control.RealizationCount * problem.K,
                new LoadJob(single is null ? null : single + skip, @double is null ? null : @double + skip, scale, h, problem.K, problem.L, problem.M));
        }
    }

    public void GramMatrices(CoherentProblem problem, SolveControl control)
    {
        int count = Active(control, out int* active);
        Matrices<T> h = MatricesOf(problem.H), gram = MatricesOf(problem.Gram);
        new Product<T>
        {
            A = h, ReadA = Simd.Read.Conjugate, B = h, ReadB = Simd.Read.Transpose, C = gram, Rows = problem.K, Columns = problem.K, Inner = problem.M, Blocks = problem.L, Hermitian = true,
        }.Run(pool, scratch, active, count);
        pool.Run(count * Parts(problem.K), new SumBlocksJob(gram, MatricesOf(problem.GramSum), problem.L, problem.K, active));
    }

    public void SynthesizePrecoders(CoherentProblem problem, Tensor x, Tensor precoders, SolveControl control)
    {
        int count = Active(control, out int* active, all: true);
        new Product<T>
        {
            A = MatricesOf(x), ReadA = Simd.Read.Transpose, B = MatricesOf(problem.H), C = MatricesOf(precoders), Rows = problem.K, Columns = problem.M, Inner = problem.K, Blocks = problem.L,
        }.Run(pool, scratch, active, count);

        // where rounding and drift of the coordinates put a block above its budget
        double* powers = scratch.Partials((nint)count * problem.L * (problem.K + 1));
        BlockPowers(problem, MatricesOf(precoders), count, powers + ((nint)count * problem.L), powers);
        for (int block = 0; block < count * problem.L; block++)
        {
            double budget = problem.PowerBudget[block % problem.L];
            powers[block] = powers[block] > budget ? Math.Sqrt(budget / powers[block]) : 1;
        }

        pool.Run(count * problem.L * Parts(problem.K), new ScalePrecodersJob(MatricesOf(precoders), powers, problem.K, problem.L, problem.M));
    }

    public void EvaluatePrecoders(CoherentProblem problem, Tensor precoders, Tensor rates, Tensor power, SolveControl control)
    {
        int count = Active(control, out int* active, all: true), K = problem.K, L = problem.L;
        Matrices<T> p = MatricesOf(precoders);
        var couplings = new Matrices<T>(scratch.Held<T>((nint)control.RealizationCount * 2 * K * K), 2 * (nint)K * K, 0, K);
        new Product<T>
        {
            A = MatricesOf(problem.H), ReadA = Simd.Read.Conjugate, B = p, ReadB = Simd.Read.Transpose, C = couplings, Rows = K, Columns = K, Inner = problem.M, Blocks = L,
        }.Run(pool, scratch, active, count);
        pool.Run(count * Parts(K), new RatesJob(couplings, ControlOf(rates), K));
        BlockPowers(problem, p, count, scratch.Partials((nint)count * L * K), ControlOf(power));
    }

    /// <summary>powers[r·L + l] = Σ_u ‖p_{u,l}‖² of the first <paramref name="count"/> realizations.</summary>
    private void BlockPowers(CoherentProblem problem, Matrices<T> precoders, int count, double* partials, double* powers)
    {
        pool.Run(count * problem.L * Parts(problem.K), new RowPowersJob(precoders, partials, problem.K, problem.L, problem.M));
        for (int block = 0; block < count * problem.L; block++)
        {
            powers[block] = Reals<T>.Sum(partials + ((nint)block * problem.K), problem.K);
        }
    }

    public void BeginControl(double initialStepSize, SolveControl control)
    {
        for (int r = 0; r < control.Capacity; r++)
        {
            Of(control.Status).Integers[r] = (int)SolveStatus.Running;
            Of(control.Iteration).Integers[r] = 0;
            Of(control.CalmIterations).Integers[r] = 0;
            Of(control.RootMissing).Integers[r] = 0;
            Of(control.SearchState).Integers[r] = (int)LineSearchState.Searching;
            ControlOf(control.Objective)[r] = 0;
            ControlOf(control.PreviousObjective)[r] = 0;
            ControlOf(control.BestObjective)[r] = double.NegativeInfinity;
            ControlOf(control.StepSize)[r] = initialStepSize;
            ControlOf(control.ForceChange)[r] = 0;
            ControlOf(control.PowerExcess)[r] = 0;
        }
    }

    public void ClearComplex(Tensor values, SolveControl control)
    {
        nint stride = Of(values).RealizationStride;
        for (int r = 0; r < control.RealizationCount; r++)
        {
            NativeMemory.Clear(Of(values).Data + (r * stride), checked((nuint)(stride * sizeof(T))));
        }
    }

    public void ClearWhereNotFinite(Tensor values, SolveControl control)
    {
        int count = Active(control, out int* active);
        nint stride = Of(values).RealizationStride;
        for (int i = 0; i < count; i++)
        {
            if (!double.IsFinite(ControlOf(control.Objective)[active[i]]))
            {
                NativeMemory.Clear(Of(values).Data + (active[i] * stride), checked((nuint)(stride * sizeof(T))));
            }
        }
    }

    public void RecordStart(SolveControl control)
    {
        for (int r = 0; r < control.RealizationCount; r++)
        {
            ControlOf(control.PreviousObjective)[r] = ControlOf(control.Objective)[r];
            RecordTrace(control, r, 0);
        }
    }

    public void AdvanceControl(SolveControl control)
    {
        int count = Active(control, out int* active);
        Advance(active, count, control);
    }

    private static void Advance(int* active, int count, SolveControl control)
    {
        int* status = Of(control.Status).Integers, iteration = Of(control.Iteration).Integers;
        int* calm = Of(control.CalmIterations).Integers, search = Of(control.SearchState).Integers;
        double* objective = ControlOf(control.Objective), previous = ControlOf(control.PreviousObjective);
        for (int i = 0; i < count; i++)
        {
            int r = active[i];
            iteration[r]++;
            RecordTrace(control, r, iteration[r]);
            double rate = objective[r] / double.Log(2), change = Math.Abs(rate - (previous[r] / double.Log(2)));
            calm[r] = change <= control.Tolerance * Math.Max(1, rate) ? calm[r] + 1 : 0;
            status[r] = (int)(!double.IsFinite(objective[r]) ? SolveStatus.Diverged
                : calm[r] >= control.Patience || search[r] == (int)LineSearchState.Stationary ? SolveStatus.Converged
                : search[r] == (int)LineSearchState.Exhausted ? SolveStatus.Stalled
                : iteration[r] >= control.MaxIterations ? SolveStatus.IterationLimit
                : SolveStatus.Running);
            previous[r] = objective[r];
            search[r] = (int)LineSearchState.Searching;
        }
    }

    public void AdaptStepSize(double reference, double exponent, SolveControl control)
    {
        int count = Active(control, out int* active);
        double* step = ControlOf(control.StepSize), change = ControlOf(control.ForceChange);
        int* missing = Of(control.RootMissing).Integers;
        for (int i = 0; i < count; i++)
        {
            int r = active[i];
            if (missing[r] != 0)
            {
                step[r] /= 2;
                missing[r] = 0;
            }
            else if (change[r] > 0)
            {
                step[r] *= Math.Pow(reference / change[r], exponent / 2);
            }
        }
    }

    public void KeepBest(Tensor current, Tensor best, SolveControl control)
    {
        int count = Active(control, out int* active), improved = 0;
        double* objective = ControlOf(control.Objective), bestObjective = ControlOf(control.BestObjective);
        for (int i = 0; i < count; i++)
        {
            int r = active[i];
            if (double.IsFinite(objective[r]) && objective[r] > bestObjective[r])
            {
                bestObjective[r] = objective[r];
                active[improved++] = r;
            }
        }

        const int parts = 16;
        nint stride = Of(current).RealizationStride;
        pool.Run(improved * parts, new CopyJob(Of(current).Data, Of(best).Data, stride, parts, active));
    }

    private static void RecordTrace(SolveControl control, int realization, int iteration)
    {
        double* row = ControlOf(control.Trace) + ((((nint)realization * (control.MaxIterations + 1)) + iteration) * SolveControl.TraceColumns);
        row[0] = ControlOf(control.Objective)[realization] / double.Log(2);
        row[1] = ControlOf(control.PowerExcess)[realization];
        row[2] = ControlOf(control.StepSize)[realization];
    }

    private readonly struct LoadJob(ComplexF* single, Complex* @double, double* scale, Matrices<T> h, int K, int L, int M) : IJob
    {
        private readonly Matrices<T> h = h;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int realization = index / K, user = index % K;
            for (int l = 0; l < L; l++)
            {
                T* re = h.Row(realization, l, user), im = re + M;
                nint from = ((nint)index * L * M) + (l * M);
                double factor = scale[user];
                if (single is not null)
                {
                    for (int m = 0; m < M; m++)
                    {
                        re[m] = Narrow(single[from + m].Real * factor);
                        im[m] = Narrow(single[from + m].Imaginary * factor);
                    }
                }
                else
                {
                    for (int m = 0; m < M; m++)
                    {
                        re[m] = Narrow(@double[from + m].Real * factor);
                        im[m] = Narrow(@double[from + m].Imaginary * factor);
                    }
                }
            }
        }
    }

    /// <summary>sum = Σ_l blocks_l, row by row.</summary>
    private readonly struct SumBlocksJob(Matrices<T> blocks, Matrices<T> sum, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> blocks = blocks, sum = sum;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int realization = active[index / Parts(K)], first = index % Parts(K) * RowsPerPart;
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                SumRow(blocks, realization, k, L, K, sum.Row(realization, 0, k));
            }
        }
    }

    /// <summary>to = Σ_l of one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumRow(in Matrices<T> blocks, int realization, int row, int L, int K, T* to)
    {
        Reals<T>.Copy(blocks.Row(realization, 0, row), to, 2 * K);
        for (int l = 1; l < L; l++)
        {
            Reals<T>.Combine(to, T.One, blocks.Row(realization, l, row), T.One, to, 2 * K);
        }
    }

    /// <summary>int_k − 1 = Σ_{u≠k}|S_ku|² without the cancellation of tot − |S_kk|²; the diagonal is set aside and put back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double InterferenceOfRow(T* row, int k, int K, out double signalRe, out double signalIm)
    {
        T re = row[k], im = row[K + k];
        row[k] = row[K + k] = T.Zero;
        double interference = Reals<T>.Dot(row, row, 2 * K);
        row[k] = re;
        row[K + k] = im;
        signalRe = Wide(re);
        signalIm = Wide(im);
        return interference;
    }

    private readonly struct RatesJob(Matrices<T> couplings, double* rates, int K) : IJob
    {
        private readonly Matrices<T> couplings = couplings;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int realization = index / Parts(K), first = index % Parts(K) * RowsPerPart;
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                double interference = 1 + InterferenceOfRow(couplings.Row(realization, 0, k), k, K, out double re, out double im);
                rates[((nint)realization * K) + k] = Math.Log2(1 + (((re * re) + (im * im)) / interference));
            }
        }
    }

    private readonly struct RowPowersJob(Matrices<T> p, double* partials, int K, int L, int M) : IJob
    {
        private readonly Matrices<T> p = p;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K);
            for (int u = first; u < Math.Min(first + RowsPerPart, K); u++)
            {
                T* row = p.Row(block / L, block % L, u);
                partials[((nint)block * K) + u] = Reals<T>.Dot(row, row, 2 * M);
            }
        }
    }

    private readonly struct ScalePrecodersJob(Matrices<T> p, double* scales, int K, int L, int M) : IJob
    {
        private readonly Matrices<T> p = p;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K);
            if (scales[block] != 1)
            {
                T* rows = p.Row(block / L, block % L, first);
                Reals<T>.Scale(rows, Narrow(scales[block]), rows, 2 * (nint)M * Math.Min(RowsPerPart, K - first));
            }
        }
    }

    private readonly struct CopyJob(T* from, T* to, nint stride, int parts, int* active) : IJob
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            nint start = active[index / parts] * stride, size = (stride + parts - 1) / parts, first = index % parts * size;
            Reals<T>.Copy(from + start + first, to + start + first, Math.Max(0, Math.Min(size, stride - first)));
        }
    }
}
