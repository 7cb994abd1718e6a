using System.Numerics;
using System.Runtime.CompilerServices;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <content>Channels of users with several antennas in, Gram matrices, selection of streams, precoders and what they achieve.</content>
internal sealed unsafe partial class SimdEngine<T>
{
    public void LoadUserChannels(ChannelBatch channels, int first, StreamProblem problem, SolveControl control)
    {
        Matrices<T> h = MatricesOf(problem.H);
        fixed (ComplexF* single = channels.AsSingle())
        fixed (Complex* @double = channels.AsDouble())
        {
            pool.Run(control.RealizationCount * problem.K, new LoadUsersJob(single, @double, first, problem, h));
        }
    }

    public void UserGramMatrices(StreamProblem problem, SolveControl control)
    {
        int count = Active(control, out int* active);
        Matrices<T> h = MatricesOf(problem.H);
        new Product<T>
        {
            A = h, B = h, ReadB = Simd.Read.Adjoint, C = MatricesOf(problem.Gram), Rows = problem.Rows, Columns = problem.Rows, Inner = problem.M, Blocks = problem.L, Hermitian = true,
        }.Run(pool, scratch, active, count);
    }

    public void StreamScores(StreamProblem problem, StreamTable streams, Tensor factor, Tensor coefficient, Tensor e, Tensor scores, SolveControl control)
    {
        int count = Active(control, out int* active);
        T* memory = scratch.PerWorker<T>(2 * problem.Rows, out nint stride);
        pool.Run(count, new ScoresJob(problem, streams, MatricesOf(factor), MatricesOf(coefficient), MatricesOf(e), Of(streams.AccessPoint).Integers, ControlOf(scores), memory, stride, active));
    }

    public void SelectStreams(StreamProblem problem, StreamTable candidates, Tensor scores, StreamTable selected, SolveControl control)
    {
        int count = Active(control, out int* active);
        var taken = new bool[candidates.S];
        for (int i = 0; i < count; i++)
        {
            int* from = Of(candidates.AccessPoint).Integers + ((nint)active[i] * candidates.S), to = Of(selected.AccessPoint).Integers + ((nint)active[i] * selected.S);
            double* score = ControlOf(scores) + ((nint)active[i] * candidates.S);
            Array.Clear(taken);
            for (int k = 0; k < problem.K; k++)
            {
                int room = selected.First[k + 1] - selected.First[k], at = selected.First[k];
                for (int n = 0; n < room; n++)
                {
                    int best = -1;
                    for (int s = candidates.First[k]; s < candidates.First[k + 1]; s++)
                    {
                        best = !taken[s] && score[s] < 0 && (best < 0 || score[s] < score[best]) ? s : best;
                    }

                    if (best >= 0)
                    {
                        taken[best] = true;
                    }
                }

                for (int s = candidates.First[k]; s < candidates.First[k + 1]; s++)
                {
                    if (taken[s])
                    {
                        to[at++] = from[s];
                    }
                }

                new Span<int>(to + at, selected.First[k + 1] - at).Fill(-1);
                new Span<int>(to + selected.First[k], at - selected.First[k]).Sort();
            }
        }
    }

    public void SynthesizeStreams(StreamProblem problem, StreamTable streams, Tensor x, Tensor precoders, SolveControl control)
    {
        int count = Active(control, out int* active, all: true);
        Matrices<T> p = MatricesOf(precoders);
        int* accessPoints = Of(streams.AccessPoint).Integers;
        pool.Run(count * streams.Branches, new SynthesizeBranchJob(streams, MatricesOf(problem.H), MatricesOf(x), p, accessPoints, problem.Rows, problem.M));
        double* powers = scratch.Partials(problem.L);
        for (int r = 0; r < count; r++)
        {
            Powers(streams, p, accessPoints, r, powers, problem.L);
            for (int branch = 0; branch < streams.Branches; branch++)
            {
                int l = accessPoints[((nint)r * streams.Branches) + branch];
                if (l >= 0 && powers[l] > problem.PowerBudget[l])
                {
                    T* row = p.Row(r, 0, branch);
                    Reals<T>.Scale(row, Narrow(Math.Sqrt(problem.PowerBudget[l] / powers[l])), row, 2 * problem.M);
                }
            }
        }
    }

    public void EvaluateStreams(StreamProblem problem, StreamTable streams, Tensor precoders, Tensor rates, Tensor power, SolveControl control)
    {
        int count = Active(control, out int* active, all: true), n = problem.Rows;
        Matrices<T> p = MatricesOf(precoders);
        int* accessPoints = Of(streams.AccessPoint).Integers;
        nint size = 2 * (nint)n * Math.Max(1, streams.Branches);
        var images = new Matrices<T>(scratch.Held<T>(count * size), size, 0, n);
        pool.Run(count * streams.Branches, new BranchImagesJob(streams, MatricesOf(problem.H), p, images, accessPoints, n, problem.M));
        double* memory = scratch.PerWorker<double>(StreamFactorsJob.MemorySize(problem, streams), out nint stride);
        pool.Run(LaneGroups(count), new StreamRatesJob(problem, streams, images, ControlOf(rates), memory, stride, active, count));
        for (int r = 0; r < count; r++)
        {
            Powers(streams, p, accessPoints, r, ControlOf(power) + ((nint)r * problem.L), problem.L);
        }
    }

    /// <summary>Σ ‖p_b‖² of each access point.</summary>
    private static void Powers(StreamTable streams, Matrices<T> precoders, int* accessPoints, int r, double* powers, int L)
    {
        new Span<double>(powers, L).Clear();
        for (int branch = 0; branch < streams.Branches; branch++)
        {
            int l = accessPoints[((nint)r * streams.Branches) + branch];
            if (l >= 0)
            {
                powers[l] += Reals<T>.SquaredNorm(precoders.Row(r, 0, branch), 2 * precoders.Columns);
            }
        }
    }

    /// <summary>The rows of one user: divided by σ, conjugated where the batch holds h of one-antenna users.</summary>
    private readonly struct LoadUsersJob(ComplexF* single, Complex* @double, int firstRealization, StreamProblem problem, Matrices<T> h) : IJob
    {
        private readonly Matrices<T> h = h;

        public void Execute(int index, int worker)
        {
            int r = index / problem.K, user = index % problem.K, L = problem.L, N = problem.N, M = problem.M;
            double scale = 1 / Math.Sqrt(problem.NoisePower[user]), sign = N == 1 ? -scale : scale;
            for (int l = 0; l < L; l++)
            {
                for (int a = 0; a < N; a++)
                {
                    nint from = (((((((nint)(firstRealization + r) * problem.K) + user) * L) + l) * N) + a) * M;
                    T* row = h.Row(r, l, (user * N) + a);
                    for (int m = 0; m < M; m++)
                    {
                        (double re, double im) = single is not null ? (single[from + m].Real, single[from + m].Imaginary) : (@double[from + m].Real, @double[from + m].Imaginary);
                        (row[m], row[M + m]) = (Narrow(re * scale), Narrow(im * sign));
                    }
                }
            }
        }
    }

    /// <summary>Scores of one realization, ‖Fᴴe‖² − 2 Re⟨c, Fᴴe⟩.</summary>
    private readonly struct ScoresJob(
        StreamProblem problem, StreamTable streams, Matrices<T> factor, Matrices<T> coefficient, Matrices<T> e, int* accessPoints, double* scores, T* memory, nint stride,
        int* active) : IJob
    {
        private readonly Matrices<T> factor = factor, coefficient = coefficient, e = e;

        public void Execute(int index, int worker)
        {
            int r = active[index], N = problem.N, n = problem.Rows;
            for (int s = 0; s < streams.S; s++)
            {
                double score = 0;
                T* heard = memory + (worker * stride), c = coefficient.Row(r, 0, s);
                Reals<T>.Copy(e.Row(r, 0, s * streams.B), heard, 2 * n);
                for (int b = 1; b < streams.B; b++)
                {
                    Reals<T>.Combine(heard, T.One, e.Row(r, 0, (s * streams.B) + b), T.One, heard, 2 * n);
                }

                for (int k = 0; k < problem.K; k++)
                {
                    for (int j = streams.RankFirst[k]; j < streams.RankFirst[k + 1]; j++)
                    {
                        T* f = factor.Row(r, 0, j);
                        double re = 0, im = 0;
                        for (int a = 0; a < N; a++)
                        {
                            double x = Wide(heard[(k * N) + a]), y = Wide(heard[n + (k * N) + a]), u = Wide(f[a]), v = Wide(f[N + a]);
                            re += (u * x) + (v * y);
                            im += (u * y) - (v * x);
                        }

                        score += (re * re) + (im * im);
                        if (k == streams.UserOf[s])
                        {
                            int i = j - streams.RankFirst[k];
                            score -= 2 * ((Wide(c[i]) * re) + (Wide(c[coefficient.Columns + i]) * im));
                        }
                    }
                }

                scores[((nint)r * streams.S) + s] = accessPoints[((nint)r * streams.Branches) + (s * streams.B)] < 0 ? 0 : score;
            }
        }
    }

    /// <summary>p_b = H_lᴴ x_b of one branch.</summary>
    private readonly struct SynthesizeBranchJob(StreamTable streams, Matrices<T> h, Matrices<T> x, Matrices<T> p, int* accessPoints, int n, int M) : IJob
    {
        private readonly Matrices<T> h = h, x = x, p = p;

        public void Execute(int index, int worker)
        {
            int r = index / streams.Branches, branch = index % streams.Branches, l = accessPoints[index];
            T* to = p.Row(r, 0, branch), from = x.Row(r, 0, branch);
            new Span<T>(to, 2 * M).Clear();
            for (int row = 0; l >= 0 && row < n; row++)
            {
                T* channel = h.Row(r, l, row);
                AddConjugate(channel, channel + M, from[row], from[n + row], to, to + M, M);
            }
        }

        /// <summary>to += conj(h) (x + iy).</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void AddConjugate(T* hRe, T* hIm, T x, T y, T* re, T* im, int count)
        {
            int w = Vector<T>.Count, m = 0;
            var wideX = new Vector<T>(x);
            var wideY = new Vector<T>(y);
            for (; m <= count - w; m += w)
            {
                Vector<T> u = Vector.Load(hRe + m), v = Vector.Load(hIm + m);
                (Vector.Load(re + m) + (u * wideX) + (v * wideY)).Store(re + m);
                (Vector.Load(im + m) + (u * wideY) - (v * wideX)).Store(im + m);
            }

            for (; m < count; m++)
            {
                re[m] += (hRe[m] * x) + (hIm[m] * y);
                im[m] += (hRe[m] * y) - (hIm[m] * x);
            }
        }
    }

    /// <summary>e_b = H_l p_b of one branch.</summary>
    private readonly struct BranchImagesJob(StreamTable streams, Matrices<T> h, Matrices<T> p, Matrices<T> images, int* accessPoints, int n, int M) : IJob
    {
        private readonly Matrices<T> h = h, p = p, images = images;

        public void Execute(int index, int worker)
        {
            int r = index / streams.Branches, branch = index % streams.Branches, l = accessPoints[index];
            T* to = images.Row(r, 0, branch), from = p.Row(r, 0, branch);
            for (int row = 0; row < n; row++)
            {
                (to[row], to[n + row]) = (T.Zero, T.Zero);
                if (l >= 0)
                {
                    T* channel = h.Row(r, l, row);
                    double re = Reals<T>.Dot(channel, from, M) - Reals<T>.Dot(channel + M, from + M, M);
                    double im = Reals<T>.Dot(channel, from + M, M) + Reals<T>.Dot(channel + M, from, M);
                    (to[row], to[n + row]) = (Narrow(re), Narrow(im));
                }
            }
        }
    }

    /// <summary>R_k of one group of realizations.</summary>
    private readonly struct StreamRatesJob(StreamProblem problem, StreamTable streams, Matrices<T> e, double* rates, double* memory, nint stride, int* active, int activeCount) : IJob
    {
        private readonly Matrices<T> e = e;

        public void Execute(int index, int worker)
        {
            int first = index * LaneMatrix.Lanes, lanes = Math.Min(LaneMatrix.Lanes, activeCount - first), n = problem.Rows;
            double* own = memory + (worker * stride), sum = own + ((nint)streams.S * n * LaneMatrix.Step);
            var channels = new LaneMatrix(own, (nint)n * LaneMatrix.Step, LaneMatrix.Step);
            var receiver = new ReceiverLanes(sum + ((nint)n * LaneMatrix.Step), problem.N, Math.Max(1, streams.MaxStreams));
            double* logDeterminants = stackalloc double[LaneMatrix.Lanes];
            EffectiveChannels(e, n, streams, active + first, lanes, channels, sum);
            for (int k = 0; k < problem.K; k++)
            {
                new Span<double>(logDeterminants, LaneMatrix.Lanes).Clear();
                receiver.Run(channels.From(0, k * problem.N), streams.First[k], streams.First[k + 1] - streams.First[k], streams.S, 1, logDeterminants);
                for (int lane = 0; lane < lanes; lane++)
                {
                    rates[((nint)active[first + lane] * problem.K) + k] = logDeterminants[lane] / Math.Log(2);
                }
            }
        }
    }
}
