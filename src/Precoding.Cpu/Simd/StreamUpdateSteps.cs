using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <content>RWMMSE for streams: receivers as factors, then access points; a realization is a lane. [NCJT Alg. 2; noncoherent.md §4]</content>
internal sealed unsafe partial class SimdEngine<T> : IStreamOps, IStreamSearchOps
{
    public int RealizationGroup => LaneMatrix<T>.Lanes;

    public void StreamFactors(StreamProblem problem, StreamTable streams, Tensor e, Tensor factor, Tensor coefficient, SolveControl control)
    {
        int count = Active(control, out int* active);
        T* memory = scratch.PerWorker<T>(StreamFactorsJob.MemorySize(problem, streams), out nint stride);
        pool.Run(LaneGroups(count), new StreamFactorsJob(problem, streams, MatricesOf(e), MatricesOf(factor), MatricesOf(coefficient), null, ControlOf(control.Objective), memory, stride, active, count));
    }

    public void UpdateStreams(
        StreamProblem problem, StreamTable streams, int accessPoint, Tensor factor, Tensor coefficient, Tensor x, Tensor e, Tensor multiplier, SolveControl control)
    {
        int count = Active(control, out int* active), points = accessPoint < 0 ? problem.L : 1;
        T* memory = scratch.PerWorker<T>(UpdateStreamsJob.MemorySize(problem, streams), out nint stride);
        double* excess = scratch.Partials((nint)control.Capacity * problem.L);
        pool.Run(LaneGroups(count) * points, new UpdateStreamsJob
        {
            Problem = problem, Streams = streams, Gram = MatricesOf(problem.Gram), Factor = MatricesOf(factor), Coefficient = MatricesOf(coefficient), X = MatricesOf(x), E = MatricesOf(e),
            AccessPoints = Of(streams.AccessPoint).Integers, Multiplier = ControlOf(multiplier), Excess = excess, First = Math.Max(0, accessPoint), Points = points,
            Memory = memory, Stride = stride, Active = active, ActiveCount = count,
        });
        SetPowerExcess(problem, excess, Math.Max(0, accessPoint), points, active, count, control);
    }

    /// <summary>Groups of as many realizations as there are lanes.</summary>
    private static int LaneGroups(int count) => (count + LaneMatrix<T>.Lanes - 1) / LaneMatrix<T>.Lanes;

    private static void SetPowerExcess(StreamProblem problem, double* excess, int first, int points, int* active, int count, SolveControl control)
    {
        for (int i = 0; i < count; i++)
        {
            double worst = first == 0 ? double.NegativeInfinity : ControlOf(control.PowerExcess)[active[i]];
            for (int l = first; l < first + points; l++)
            {
                worst = Math.Max(worst, excess[((nint)active[i] * problem.L) + l]);
            }

            ControlOf(control.PowerExcess)[active[i]] = worst;
        }
    }

    /// <summary>One group of realizations: effective channels, then user by user.</summary>
    private readonly struct StreamFactorsJob(
        StreamProblem problem, StreamTable streams, Matrices<T> e, Matrices<T> factor, Matrices<T> coefficient, Matrices<T>? gradient, double* objective, T* memory, nint stride, int* active,
        int activeCount) : IJob
    {
        private readonly Matrices<T> e = e, factor = factor, coefficient = coefficient;
        private readonly Matrices<T>? gradient = gradient;

        public static nint MemorySize(StreamProblem problem, StreamTable streams) =>
            ((((2 * (nint)streams.S) + 1) * problem.Rows) + ((nint)problem.N * streams.S)) * LaneMatrix<T>.Step + ReceiverLanes<T>.MemorySize(problem.N, Math.Max(1, MostStreams(streams)));

        public static int MostStreams(StreamTable streams)
        {
            int most = 0;
            for (int k = 0; k + 1 < streams.First.Length; k++)
            {
                most = Math.Max(most, streams.First[k + 1] - streams.First[k]);
            }

            return most;
        }

        public void Execute(int index, int worker)
        {
            int first = index * LaneMatrix<T>.Lanes, lanes = Math.Min(LaneMatrix<T>.Lanes, activeCount - first), S = streams.S, n = problem.Rows;
            int* realizations = active + first;
            T* own = memory + (worker * stride);
            var channels = new LaneMatrix<T>(own, (nint)n * LaneMatrix<T>.Step, LaneMatrix<T>.Step);
            T* sum = own + ((nint)S * n * LaneMatrix<T>.Step);
            var slopes = new LaneMatrix<T>(sum + ((nint)n * LaneMatrix<T>.Step), channels.Row, channels.Column);
            LaneMatrix<T> heard = LaneMatrix<T>.Dense(slopes.At(S, 0), S);
            var receiver = new ReceiverLanes<T>(heard.Data + ((nint)problem.N * S * LaneMatrix<T>.Step), problem.N, Math.Max(1, MostStreams(streams)));
            double* logDeterminants = stackalloc double[LaneMatrix<T>.Lanes];
            double* sums = stackalloc double[LaneMatrix<T>.Lanes];
            EffectiveChannels(e, n, streams, realizations, lanes, channels, sum);
            new Span<double>(sums, LaneMatrix<T>.Lanes).Clear();
            for (int k = 0; k < problem.K; k++)
            {
                int from = streams.First[k], streamCount = streams.First[k + 1] - from, rank = streams.RankFirst[k + 1] - streams.RankFirst[k];
                new Span<double>(logDeterminants, LaneMatrix<T>.Lanes).Clear();
                receiver.Run(channels.From(0, k * problem.N), from, streamCount, S, problem.Weight[k], logDeterminants);
                for (int lane = 0; lane < lanes; lane++)
                {
                    sums[lane] += problem.Weight[k] * logDeterminants[lane];
                }

                UnpackRows(receiver.Factor, factor, streams.RankFirst[k], rank, problem.N, realizations, lanes);
                UnpackRows(receiver.Coefficient, coefficient, from, streamCount, rank, realizations, lanes);
                if (gradient is not null)
                {
                    Slopes(receiver, k, channels.From(0, k * problem.N), slopes.From(0, k * problem.N), heard);
                }
            }

            for (int lane = 0; lane < lanes; lane++)
            {
                objective[realizations[lane]] = sums[lane];
            }

            if (gradient is { } target)
            {
                UnpackGradient(slopes, target, realizations, lanes);
            }
        }

        /// <summary>Block row k of the gradient for all streams: F_k F_kᴴ e_s, and −F_k R for the user's own.</summary>
        /// <param name="heard">Room for N rows of all streams.</param>
        private void Slopes(ReceiverLanes<T> receiver, int k, LaneMatrix<T> channels, LaneMatrix<T> slopes, LaneMatrix<T> heard)
        {
            int S = streams.S, N = problem.N, first = streams.First[k], count = streams.First[k + 1] - first, rank = streams.RankFirst[k + 1] - streams.RankFirst[k], step = LaneMatrix<T>.Step;
            LaneMatrix<T>.Multiply(receiver.Factor, conjugate: true, channels.Transpose, heard, rank, N, S);
            receiver.ReceiverColumns(count, problem.Weight[k]);
            for (int d = 0; d < count; d++)
            {
                for (int j = 0; j < rank; j++)
                {
                    T* from = receiver.Receiver.At(d, j), to = heard.At(j, first + d);
                    for (int i = 0; i < step; i++)
                    {
                        to[i] = -from[i];
                    }
                }
            }

            LaneMatrix<T>.Multiply(receiver.Factor.Transpose, conjugate: false, heard, slopes.Transpose, N, rank, S);
        }

        private void UnpackGradient(LaneMatrix<T> slopes, Matrices<T> target, int* realizations, int lanes)
        {
            T** rows = stackalloc T*[LaneMatrix<T>.Lanes];
            for (int s = 0; s < streams.S; s++)
            {
                for (int lane = 0; lane < lanes; lane++)
                {
                    rows[lane] = target.Row(realizations[lane], 0, s);
                }

                LaneMatrix<T>.Unpack(slopes.At(s, 0), slopes.Column, problem.Rows, rows, lanes);
            }
        }
    }

    /// <summary>e_s = Σ_b e_b as (stream, row).</summary>
    /// <param name="branch">Room for the rows of one branch.</param>
    private static void EffectiveChannels(Matrices<T> e, int n, StreamTable streams, int* realizations, int lanes, LaneMatrix<T> channels, T* branch)
    {
        T** rows = stackalloc T*[LaneMatrix<T>.Lanes];
        for (int i = 0; i < streams.Branches; i++)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                rows[lane] = e.Row(realizations[lane], 0, i);
            }

            T* to = channels.At(i / streams.B, 0);
            LaneMatrix<T>.Pack(rows, lanes, n, i % streams.B == 0 ? to : branch, LaneMatrix<T>.Step);
            if (i % streams.B != 0)
            {
                Reals<T>.Combine(to, T.One, branch, T.One, to, (nint)n * LaneMatrix<T>.Step);
            }
        }
    }

    /// <summary>Rows of a lane matrix into rows of a tensor [realization, row, columns], zeros beyond count.</summary>
    private static void UnpackRows(LaneMatrix<T> from, Matrices<T> tensor, int firstRow, int rowCount, int count, int* realizations, int lanes)
    {
        for (int i = 0; i < rowCount; i++)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                T* row = tensor.Row(realizations[lane], 0, firstRow + i);
                for (int j = 0; j < count; j++)
                {
                    row[j] = from.At(i, j)[lane];
                    row[tensor.Columns + j] = from.At(i, j)[LaneMatrix<T>.Lanes + lane];
                }

                new Span<T>(row + count, tensor.Columns - count).Clear();
                new Span<T>(row + tensor.Columns + count, tensor.Columns - count).Clear();
            }
        }
    }

    /// <summary>One access point of one group of realizations: FᴴGF, its eigenvectors, the multiplier of every lane, x and e.</summary>
    private readonly struct UpdateStreamsJob : IJob
    {
        public required StreamProblem Problem { get; init; }

        public required StreamTable Streams { get; init; }

        public required Matrices<T> Gram { get; init; }

        public required Matrices<T> Factor { get; init; }

        public required Matrices<T> Coefficient { get; init; }

        public required Matrices<T> X { get; init; }

        public required Matrices<T> E { get; init; }

        /// <summary>[realization][branch]</summary>
        public required int* AccessPoints { get; init; }

        public required double* Multiplier { get; init; }

        /// <summary>[realization][access point]</summary>
        public required double* Excess { get; init; }

        /// <summary>First access point, and how many.</summary>
        public required int First { get; init; }

        public required int Points { get; init; }

        public required T* Memory { get; init; }

        public required nint Stride { get; init; }

        public required int* Active { get; init; }

        public required int ActiveCount { get; init; }

        public static nint MemorySize(StreamProblem problem, StreamTable streams)
        {
            nint n = problem.Rows, q = streams.Rank, S = Math.Max(1, streams.S), N = problem.N, step = LaneMatrix<T>.Step;
            nint complexes = (n * n) + (q * N) + HermitianEigenLanes<T>.TriangleSize(streams.Rank) + (2 * q * S) + (2 * n * S) + (2 * N * N);
            nint integers = ((BranchColumns<T>.MemorySize(streams) * sizeof(int)) + sizeof(T) - 1) / sizeof(T);
            return (complexes * step) + HermitianEigenLanes<T>.LanesVectorsSize(streams.Rank) + HermitianEigenLanes<T>.LanesMemorySize(streams.Rank) + (q * LaneMatrix<T>.Lanes) + (4 * n) + integers;
        }

        public void Execute(int index, int worker)
        {
            int first = index / Points * LaneMatrix<T>.Lanes, l = First + (index % Points), lanes = Math.Min(LaneMatrix<T>.Lanes, ActiveCount - first);
            int n = Problem.Rows, q = Streams.Rank, S = Math.Max(1, Streams.S), N = Problem.N, step = LaneMatrix<T>.Step;
            int* realizations = Active + first;
            T* memory = Memory + (worker * Stride);
            LaneMatrix<T> gram = Take(n, n), factor = Take(q, N), triangle = Take(1, (int)HermitianEigenLanes<T>.TriangleSize(q));
            LaneMatrix<T> c = Take(q, S), z = Take(q, S), x = Take(n, S), e = Take(n, S), small = Take(N, N), small2 = Take(N, N);
            T* vectors = memory, eigenMemory = vectors + HermitianEigenLanes<T>.LanesVectorsSize(q), values = eigenMemory + HermitianEigenLanes<T>.LanesMemorySize(q);
            T* zeros = values + ((nint)q * LaneMatrix<T>.Lanes), trash = zeros + (2 * n);
            var columns = new BranchColumns<T>((int*)(trash + (2 * n)), Streams, AccessPoints, l, realizations, lanes);
            if (columns.Count == 0)
            {
                for (int lane = 0; lane < lanes; lane++)
                {
                    (Multiplier[((nint)realizations[lane] * Problem.L) + l], Excess[((nint)realizations[lane] * Problem.L) + l]) = (0, -1);
                }

                return;
            }

            new Span<T>(zeros, 2 * n).Clear();
            PackGram(Gram, l, realizations, lanes, n, gram);
            PackRows(Factor, q, N, factor, realizations, lanes);
            Reduced(gram, factor, triangle.Data, small, small2);
            HermitianEigenLanes<T>.DecomposeLanes(q, triangle.Data, values, vectors, eigenMemory);
            var U = new LaneMatrix<T>(vectors, (nint)q * step, step); // row m is eigenvector m
            Targets(columns, factor, c, x, e, zeros);
            LaneMatrix<T>.Multiply(U, conjugate: true, c, z, q, q, columns.Count);
            Solve(columns, l, values, z);
            LaneMatrix<T>.Multiply(U.Transpose, conjugate: false, z, c, q, q, columns.Count);
            for (int k = 0; k < Problem.K; k++)
            {
                int rank = Streams.RankFirst[k + 1] - Streams.RankFirst[k];
                LaneMatrix<T>.Multiply(factor.From(Streams.RankFirst[k], 0).Transpose, conjugate: false, c.From(Streams.RankFirst[k], 0), x.From(k * N, 0), N, rank, columns.Count);
            }

            LaneMatrix<T>.Multiply(gram, conjugate: false, x, e, n, n, columns.Count);
            double* powers = stackalloc double[LaneMatrix<T>.Lanes];
            PanelPowers(x, e, n, columns.Count, powers);
            PutOnBudget(x, e, columns, l, powers);
            columns.Unpack(x, n, X, trash);
            columns.Unpack(e, n, E, trash);

            LaneMatrix<T> Take(int rows, int width)
            {
                LaneMatrix<T> matrix = LaneMatrix<T>.Dense(memory, width);
                memory += (nint)rows * width * step;
                return matrix;
            }
        }

        /// <summary>Lower triangle of FᴴGF, block by block: block (k, u) is F_kᴴ G_ku F_u.</summary>
        private void Reduced(LaneMatrix<T> gram, LaneMatrix<T> factor, T* triangle, LaneMatrix<T> image, LaneMatrix<T> block)
        {
            int N = Problem.N, step = LaneMatrix<T>.Step;
            for (int k = 0; k < Problem.K; k++)
            {
                int row = Streams.RankFirst[k], rows = Streams.RankFirst[k + 1] - row;
                for (int u = 0; u <= k; u++)
                {
                    int column = Streams.RankFirst[u], columns = Streams.RankFirst[u + 1] - column;
                    LaneMatrix<T>.Multiply(gram.From(k * N, u * N), conjugate: false, factor.From(column, 0).Transpose, image, N, N, columns);
                    LaneMatrix<T>.Multiply(factor.From(row, 0), conjugate: true, image, block, rows, N, columns);
                    for (int i = 0; i < rows; i++)
                    {
                        T* to = triangle + ((HermitianEigenLanes<T>.TriangleSize(row + i) + column) * step);
                        int count = Math.Min(columns, row + i + 1 - column);
                        new Span<T>(block.At(i, 0), count * step).CopyTo(new Span<T>(to, count * step));
                    }
                }
            }
        }

        /// <summary>c_b: C's column of the stream minus what the stream's other branches already deliver, Fᴴ Σ e.</summary>
        /// <param name="others">Room for a panel of n rows.</param>
        /// <param name="rows">Room for n complex numbers of every lane.</param>
        private void Targets(BranchColumns<T> columns, LaneMatrix<T> factor, LaneMatrix<T> c, LaneMatrix<T> others, LaneMatrix<T> rows, T* zeros)
        {
            int n = Problem.Rows, B = Streams.B, lanes = LaneMatrix<T>.Lanes;
            c.Clear(Streams.Rank, columns.Count);
            for (int column = 0; column < columns.Count; column++)
            {
                for (int lane = 0; lane < columns.Lanes; lane++)
                {
                    if (columns[lane, column] is >= 0 and int branch)
                    {
                        int stream = branch / B, user = Streams.UserOf[stream], rank = Streams.RankFirst[user + 1] - Streams.RankFirst[user];
                        T* from = Coefficient.Row(columns.Realization(lane), 0, stream);
                        for (int i = 0; i < rank; i++)
                        {
                            T* to = c.At(Streams.RankFirst[user] + i, column) + lane;
                            (to[0], to[lanes]) = (from[i], from[Coefficient.Columns + i]);
                        }
                    }
                }
            }

            if (B == 1)
            {
                return;
            }

            T** sums = stackalloc T*[lanes];
            for (int column = 0; column < columns.Count; column++)
            {
                for (int lane = 0; lane < columns.Lanes; lane++)
                {
                    sums[lane] = zeros;
                    if (columns[lane, column] is >= 0 and int branch)
                    {
                        sums[lane] = rows.Data + ((nint)lane * 2 * n);
                        new Span<T>(sums[lane], 2 * n).Clear();
                        for (int other = branch / B * B; other < (branch / B * B) + B; other++)
                        {
                            if (other != branch)
                            {
                                Reals<T>.Combine(sums[lane], T.One, E.Row(columns.Realization(lane), 0, other), T.One, sums[lane], 2 * n);
                            }
                        }
                    }
                }

                LaneMatrix<T>.Pack(sums, columns.Lanes, n, others.At(0, column), others.Row);
            }

            for (int k = 0; k < Problem.K; k++)
            {
                int rank = Streams.RankFirst[k + 1] - Streams.RankFirst[k];
                LaneMatrix<T>.Multiply(
                    factor.From(Streams.RankFirst[k], 0), conjugate: true, others.From(k * Problem.N, 0), c.From(Streams.RankFirst[k], 0), rank, Problem.N, columns.Count, subtract: true);
            }
        }

        /// <summary>λ of every lane, and z := z/(μ + λ), or the pseudo-inverse where λ is 0.</summary>
        private void Solve(BranchColumns<T> columns, int l, T* values, LaneMatrix<T> z)
        {
            int q = Streams.Rank, lanes = LaneMatrix<T>.Lanes;
            double* mu = stackalloc double[q], weights = stackalloc double[q];
            T* inverse = stackalloc T[lanes];
            T* factors = stackalloc T[lanes * q];
            double* energies = stackalloc double[lanes * q];
            RowEnergies(z, q, columns.Count, energies);
            for (int lane = 0; lane < columns.Lanes; lane++)
            {
                for (int m = 0; m < q; m++)
                {
                    mu[m] = Math.Max(0, Wide(values[(m * lanes) + lane])); // what is no number stays none
                    weights[m] = mu[m] * energies[(m * lanes) + lane];
                }

                double* lambda = Multiplier + ((nint)columns.Realization(lane) * Problem.L) + l;
                *lambda = PowerEquation.Solve(mu, weights, q, Problem.PowerBudget[l], *lambda, SecularTolerance, Epsilon);
                double cut = *lambda > 0 ? -1 : PowerEquation.Cut(mu, q, Epsilon);
                for (int m = 0; m < q; m++)
                {
                    factors[(m * lanes) + lane] = mu[m] <= cut ? T.Zero : Narrow(1 / (mu[m] + *lambda));
                }
            }

            for (int lane = columns.Lanes; lane < lanes; lane++)
            {
                for (int m = 0; m < q; m++)
                {
                    factors[(m * lanes) + lane] = T.Zero;
                }
            }

            for (int m = 0; m < q; m++)
            {
                ScaleRow(z, m, columns.Count, factors + (m * lanes));
            }
        }

        /// <summary>Where the multiplier is active, or rounding is above the budget, the power is the budget.</summary>
        private void PutOnBudget(LaneMatrix<T> x, LaneMatrix<T> e, BranchColumns<T> columns, int l, double* powers)
        {
            int lanes = LaneMatrix<T>.Lanes;
            double budget = Problem.PowerBudget[l];
            T* scales = stackalloc T[lanes];
            for (int lane = 0; lane < lanes; lane++)
            {
                scales[lane] = T.One;
            }

            for (int lane = 0; lane < columns.Lanes; lane++)
            {
                nint at = ((nint)columns.Realization(lane) * Problem.L) + l;
                bool onBudget = (Multiplier[at] > 0 || powers[lane] > budget) && powers[lane] > 0;
                Excess[at] = onBudget ? 0 : (Math.Max(0, powers[lane]) / budget) - 1;
                scales[lane] = onBudget ? Narrow(Math.Sqrt(budget / powers[lane])) : T.One;
            }

            for (int i = 0; i < Problem.Rows; i++)
            {
                ScaleRow(x, i, columns.Count, scales);
                ScaleRow(e, i, columns.Count, scales);
            }
        }
    }

    /// <summary>Rows of a tensor [realization, row, columns] into lanes.</summary>
    private static void PackRows(Matrices<T> tensor, int rowCount, int columns, LaneMatrix<T> to, int* realizations, int lanes)
    {
        T** rows = stackalloc T*[LaneMatrix<T>.Lanes];
        for (int i = 0; i < rowCount; i++)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                rows[lane] = tensor.Row(realizations[lane], 0, i);
            }

            LaneMatrix<T>.Pack(rows, lanes, columns, to.At(i, 0), to.Column);
        }
    }

    /// <summary>powers[lane] = Σ Re(x̄ e) over a panel, rows summed in the engine's precision, their sums in double.</summary>
    private static void PanelPowers(LaneMatrix<T> x, LaneMatrix<T> e, int rows, int columns, double* powers)
    {
        if (SimdLevel.Has512)
        {
            PanelPowers<Simd512<T>, Vector512<T>>(x, e, rows, columns, powers);
        }
        else if (SimdLevel.Has256)
        {
            PanelPowers<Simd256<T>, Vector256<T>>(x, e, rows, columns, powers);
        }
        else
        {
            PanelPowers<Simd128<T>, Vector128<T>>(x, e, rows, columns, powers);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PanelPowers<S, V>(LaneMatrix<T> x, LaneMatrix<T> e, int rows, int columns, double* powers)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        T* ofRow = stackalloc T[S.Width];
        new Span<double>(powers, S.Width).Clear();
        for (int i = 0; i < rows; i++)
        {
            V sum = S.Broadcast(T.Zero);
            for (int c = 0; c < columns; c++)
            {
                T* a = x.At(i, c), b = e.At(i, c);
                sum = S.MultiplyAdd(S.Load(a + S.Width), S.Load(b + S.Width), S.MultiplyAdd(S.Load(a), S.Load(b), sum));
            }

            S.Store(sum, ofRow);
            for (int lane = 0; lane < S.Width; lane++)
            {
                powers[lane] += Wide(ofRow[lane]);
            }
        }
    }

    /// <summary>energies[row·lanes + lane] = Σ |z|² over a row.</summary>
    private static void RowEnergies(LaneMatrix<T> z, int rows, int columns, double* energies)
    {
        for (int i = 0; i < rows; i++)
        {
            PanelPowers(z.From(i, 0), z.From(i, 0), 1, columns, energies + (i * LaneMatrix<T>.Lanes));
        }
    }

    /// <summary>Row i of a panel times a number of each lane.</summary>
    private static void ScaleRow(LaneMatrix<T> panel, int i, int columns, T* scales)
    {
        if (SimdLevel.Has512)
        {
            ScaleRow<Simd512<T>, Vector512<T>>(panel, i, columns, scales);
        }
        else if (SimdLevel.Has256)
        {
            ScaleRow<Simd256<T>, Vector256<T>>(panel, i, columns, scales);
        }
        else
        {
            ScaleRow<Simd128<T>, Vector128<T>>(panel, i, columns, scales);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaleRow<S, V>(LaneMatrix<T> panel, int i, int columns, T* scales)
        where S : struct, ISimd<T, V>
        where V : struct
    {
        V scale = S.Load(scales);
        for (int c = 0; c < columns; c++)
        {
            (ComplexWide<T, S, V>.Load(panel.At(i, c)) * scale).Store(panel.At(i, c));
        }
    }
}
