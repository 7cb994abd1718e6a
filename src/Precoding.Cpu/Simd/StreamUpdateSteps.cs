using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <content>RWMMSE for streams: receivers as factors, then access points; a realization is a lane. [NCJT Alg. 2; noncoherent.md §4]</content>
internal sealed unsafe partial class SimdEngine<T>
{
    public int RealizationGroup => LaneMatrix.Lanes;

    public void StreamFactors(StreamProblem problem, StreamTable streams, Tensor e, Tensor factor, Tensor coefficient, SolveControl control)
    {
        int count = Active(control, out int* active);
        double* memory = scratch.PerWorker<double>(StreamFactorsJob.MemorySize(problem, streams), out nint stride);
        pool.Run(LaneGroups(count), new StreamFactorsJob(problem, streams, MatricesOf(e), MatricesOf(factor), MatricesOf(coefficient), null, ControlOf(control.Objective), memory, stride, active, count));
    }

    public void UpdateStreams(
        StreamProblem problem, StreamTable streams, int accessPoint, Tensor factor, Tensor coefficient, Tensor x, Tensor e, Tensor multiplier, SolveControl control)
    {
        int count = Active(control, out int* active), points = accessPoint < 0 ? problem.L : 1;
        double* memory = scratch.PerWorker<double>(UpdateStreamsJob.MemorySize(problem, streams), out nint stride);
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
    private static int LaneGroups(int count) => (count + LaneMatrix.Lanes - 1) / LaneMatrix.Lanes;

    /// <summary>Lanes are in double precision on either engine.</summary>
    private const double DoubleEpsilon = 2.220446049250313e-16;

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

    /// <summary>What rounding put above a budget, onto it; streams of one branch.</summary>
    /// <returns>The power excess then.</returns>
    private static double KeepWithinBudgets(StreamProblem problem, StreamTable streams, Matrices<T> x, Matrices<T> e, int r)
    {
        int size = 2 * problem.Rows;
        int* accessPoints = Of(streams.AccessPoint).Integers + ((nint)r * streams.S);
        double* power = stackalloc double[problem.L];
        InnerProducts(r, x, e, accessPoints, streams.S, problem.Rows, power, problem.L);
        for (int s = 0; s < streams.S; s++)
        {
            int l = accessPoints[s];
            if (l >= 0 && power[l] > problem.PowerBudget[l])
            {
                T scale = Narrow(Math.Sqrt(problem.PowerBudget[l] / power[l]));
                Reals<T>.Scale(x.Row(r, 0, s), scale, x.Row(r, 0, s), size);
                Reals<T>.Scale(e.Row(r, 0, s), scale, e.Row(r, 0, s), size);
            }
        }

        double worst = double.NegativeInfinity;
        for (int l = 0; l < problem.L; l++)
        {
            worst = Math.Max(worst, Math.Min(0, (power[l] / problem.PowerBudget[l]) - 1));
        }

        return worst;
    }

    /// <summary>One group of realizations: effective channels, then user by user.</summary>
    private readonly struct StreamFactorsJob(
        StreamProblem problem, StreamTable streams, Matrices<T> e, Matrices<T> factor, Matrices<T> coefficient, Matrices<T>? gradient, double* objective, double* memory, nint stride, int* active,
        int activeCount) : IJob
    {
        private readonly Matrices<T> e = e, factor = factor, coefficient = coefficient;
        private readonly Matrices<T>? gradient = gradient;

        public static nint MemorySize(StreamProblem problem, StreamTable streams) =>
            ((((2 * (nint)streams.S) + 1) * problem.Rows) + ((nint)problem.N * streams.S)) * LaneMatrix.Step + ReceiverLanes.MemorySize(problem.N, Math.Max(1, streams.MaxStreams));

        public void Execute(int index, int worker)
        {
            int first = index * LaneMatrix.Lanes, lanes = Math.Min(LaneMatrix.Lanes, activeCount - first), S = streams.S, n = problem.Rows;
            int* realizations = active + first;
            double* own = memory + (worker * stride);
            var channels = new LaneMatrix(own, (nint)n * LaneMatrix.Step, LaneMatrix.Step);
            double* sum = own + ((nint)S * n * LaneMatrix.Step);
            var slopes = new LaneMatrix(sum + ((nint)n * LaneMatrix.Step), channels.Row, channels.Column);
            LaneMatrix heard = LaneMatrix.Dense(slopes.At(S, 0), S);
            var receiver = new ReceiverLanes(heard.Data + ((nint)problem.N * S * LaneMatrix.Step), problem.N, Math.Max(1, streams.MaxStreams));
            double* logDeterminants = stackalloc double[LaneMatrix.Lanes];
            double* sums = stackalloc double[LaneMatrix.Lanes];
            EffectiveChannels(e, n, streams, realizations, lanes, channels, sum);
            new Span<double>(sums, LaneMatrix.Lanes).Clear();
            for (int k = 0; k < problem.K; k++)
            {
                int from = streams.First[k], streamCount = streams.First[k + 1] - from, rank = streams.RankFirst[k + 1] - streams.RankFirst[k];
                new Span<double>(logDeterminants, LaneMatrix.Lanes).Clear();
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
                UnpackPanel(slopes, streams.S, target, realizations, lanes);
            }
        }

        /// <summary>Block row k of the gradient for all streams: F_k F_kᴴ e_s, and −F_k R for the user's own.</summary>
        /// <param name="heard">Room for N rows of all streams.</param>
        private void Slopes(ReceiverLanes receiver, int k, LaneMatrix channels, LaneMatrix slopes, LaneMatrix heard)
        {
            int S = streams.S, N = problem.N, first = streams.First[k], count = streams.First[k + 1] - first, rank = streams.RankFirst[k + 1] - streams.RankFirst[k], step = LaneMatrix.Step;
            LaneMatrix.Multiply(receiver.Factor, conjugate: true, channels.Transpose, heard, rank, N, S);
            receiver.ReceiverColumns(count, problem.Weight[k]);
            for (int d = 0; d < count; d++)
            {
                for (int j = 0; j < rank; j++)
                {
                    double* from = receiver.Receiver.At(d, j), to = heard.At(j, first + d);
                    for (int i = 0; i < step; i++)
                    {
                        to[i] = -from[i];
                    }
                }
            }

            LaneMatrix.Multiply(receiver.Factor.Transpose, conjugate: false, heard, slopes.Transpose, N, rank, S);
        }
    }

    /// <summary>e_s = Σ_b e_b as (stream, row).</summary>
    /// <param name="branch">Room for the rows of one branch.</param>
    private static void EffectiveChannels(Matrices<T> e, int n, StreamTable streams, int* realizations, int lanes, LaneMatrix channels, double* branch)
    {
        T** rows = stackalloc T*[LaneMatrix.Lanes];
        for (int i = 0; i < streams.Branches; i++)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                rows[lane] = e.Row(realizations[lane], 0, i);
            }

            double* to = channels.At(i / streams.B, 0);
            LaneMatrix.Pack(rows, lanes, n, i % streams.B == 0 ? to : branch, LaneMatrix.Step);
            if (i % streams.B != 0)
            {
                Reals<double>.Combine(to, 1, branch, 1, to, (nint)n * LaneMatrix.Step);
            }
        }
    }

    /// <summary>Rows of a lane matrix into rows of a tensor [realization, row, columns], zeros beyond count.</summary>
    private static void UnpackRows(LaneMatrix from, Matrices<T> tensor, int firstRow, int rowCount, int count, int* realizations, int lanes)
    {
        for (int i = 0; i < rowCount; i++)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                T* row = tensor.Row(realizations[lane], 0, firstRow + i);
                for (int j = 0; j < count; j++)
                {
                    row[j] = Narrow(from.At(i, j)[lane]);
                    row[tensor.Columns + j] = Narrow(from.At(i, j)[LaneMatrix.Lanes + lane]);
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

        public required double* Memory { get; init; }

        public required nint Stride { get; init; }

        public required int* Active { get; init; }

        public required int ActiveCount { get; init; }

        public static nint MemorySize(StreamProblem problem, StreamTable streams)
        {
            nint n = problem.Rows, q = streams.Rank, S = Math.Max(1, streams.S), N = problem.N, step = LaneMatrix.Step;
            nint complexes = (n * n) + (q * N) + HermitianEigenLanes<double>.TriangleSize(streams.Rank) + (2 * q * S) + (2 * n * S) + (2 * N * N);
            nint integers = (BranchColumns<T>.MemorySize(streams) + 1) / 2;
            return (complexes * step) + HermitianEigenLanes<double>.LanesVectorsSize(streams.Rank) + HermitianEigenLanes<double>.LanesMemorySize(streams.Rank) + (q * LaneMatrix.Lanes) + (4 * n) + integers;
        }

        public void Execute(int index, int worker)
        {
            int first = index / Points * LaneMatrix.Lanes, l = First + (index % Points), lanes = Math.Min(LaneMatrix.Lanes, ActiveCount - first);
            int n = Problem.Rows, q = Streams.Rank, S = Math.Max(1, Streams.S), N = Problem.N, step = LaneMatrix.Step;
            int* realizations = Active + first;
            double* memory = Memory + (worker * Stride);
            LaneMatrix gram = Take(n, n), factor = Take(q, N), triangle = Take(1, (int)HermitianEigenLanes<double>.TriangleSize(q));
            LaneMatrix c = Take(q, S), z = Take(q, S), x = Take(n, S), e = Take(n, S), small = Take(N, N), small2 = Take(N, N);
            double* vectors = memory, eigenMemory = vectors + HermitianEigenLanes<double>.LanesVectorsSize(q), values = eigenMemory + HermitianEigenLanes<double>.LanesMemorySize(q);
            T* zeros = (T*)(values + ((nint)q * LaneMatrix.Lanes)), trash = zeros + (2 * n);
            var columns = new BranchColumns<T>((int*)(values + ((nint)q * LaneMatrix.Lanes) + (4 * n)), Streams, AccessPoints, l, realizations, lanes);
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
            HermitianEigenLanes<double>.DecomposeLanes(q, triangle.Data, values, vectors, eigenMemory);
            var U = new LaneMatrix(vectors, (nint)q * step, step); // row m is eigenvector m
            Targets(columns, factor, c, x, e, zeros);
            LaneMatrix.Multiply(U, conjugate: true, c, z, q, q, columns.Count);
            Solve(columns, l, values, z);
            LaneMatrix.Multiply(U.Transpose, conjugate: false, z, c, q, q, columns.Count);
            for (int k = 0; k < Problem.K; k++)
            {
                int rank = Streams.RankFirst[k + 1] - Streams.RankFirst[k];
                LaneMatrix.Multiply(factor.From(Streams.RankFirst[k], 0).Transpose, conjugate: false, c.From(Streams.RankFirst[k], 0), x.From(k * N, 0), N, rank, columns.Count);
            }

            LaneMatrix.Multiply(gram, conjugate: false, x, e, n, n, columns.Count);
            double* powers = stackalloc double[LaneMatrix.Lanes];
            PanelPowers(x, e, n, columns.Count, powers);
            PutOnBudget(x, e, columns, l, powers);
            columns.Unpack(x, n, X, trash);
            columns.Unpack(e, n, E, trash);

            LaneMatrix Take(int rows, int width)
            {
                LaneMatrix matrix = LaneMatrix.Dense(memory, width);
                memory += (nint)rows * width * step;
                return matrix;
            }
        }

        /// <summary>Lower triangle of FᴴGF, block by block: block (k, u) is F_kᴴ G_ku F_u.</summary>
        private void Reduced(LaneMatrix gram, LaneMatrix factor, double* triangle, LaneMatrix image, LaneMatrix block)
        {
            int N = Problem.N, step = LaneMatrix.Step;
            for (int k = 0; k < Problem.K; k++)
            {
                int row = Streams.RankFirst[k], rows = Streams.RankFirst[k + 1] - row;
                for (int u = 0; u <= k; u++)
                {
                    int column = Streams.RankFirst[u], columns = Streams.RankFirst[u + 1] - column;
                    LaneMatrix.Multiply(gram.From(k * N, u * N), conjugate: false, factor.From(column, 0).Transpose, image, N, N, columns);
                    LaneMatrix.Multiply(factor.From(row, 0), conjugate: true, image, block, rows, N, columns);
                    for (int i = 0; i < rows; i++)
                    {
                        double* to = triangle + ((HermitianEigenLanes<double>.TriangleSize(row + i) + column) * step);
                        int count = Math.Min(columns, row + i + 1 - column);
                        new Span<double>(block.At(i, 0), count * step).CopyTo(new Span<double>(to, count * step));
                    }
                }
            }
        }

        /// <summary>c_b: C's column of the stream minus what the stream's other branches already deliver, Fᴴ Σ e.</summary>
        /// <param name="others">Room for a panel of n rows.</param>
        /// <param name="rows">Room for n complex numbers of every lane.</param>
        private void Targets(BranchColumns<T> columns, LaneMatrix factor, LaneMatrix c, LaneMatrix others, LaneMatrix rows, T* zeros)
        {
            int n = Problem.Rows, B = Streams.B, lanes = LaneMatrix.Lanes;
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
                            double* to = c.At(Streams.RankFirst[user] + i, column) + lane;
                            (to[0], to[lanes]) = (Wide(from[i]), Wide(from[Coefficient.Columns + i]));
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
                        sums[lane] = (T*)rows.Data + ((nint)lane * 2 * n);
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

                LaneMatrix.Pack(sums, columns.Lanes, n, others.At(0, column), others.Row);
            }

            for (int k = 0; k < Problem.K; k++)
            {
                int rank = Streams.RankFirst[k + 1] - Streams.RankFirst[k];
                LaneMatrix.Multiply(
                    factor.From(Streams.RankFirst[k], 0), conjugate: true, others.From(k * Problem.N, 0), c.From(Streams.RankFirst[k], 0), rank, Problem.N, columns.Count, subtract: true);
            }
        }

        /// <summary>λ of every lane, and z := z/(μ + λ), or the pseudo-inverse where λ is 0.</summary>
        private void Solve(BranchColumns<T> columns, int l, double* values, LaneMatrix z)
        {
            int q = Streams.Rank, lanes = LaneMatrix.Lanes;
            double* mu = stackalloc double[q], weights = stackalloc double[q];
            double* factors = stackalloc double[lanes * q];
            double* energies = stackalloc double[lanes * q];
            RowEnergies(z, q, columns.Count, energies);
            for (int lane = 0; lane < columns.Lanes; lane++)
            {
                for (int m = 0; m < q; m++)
                {
                    mu[m] = Math.Max(0, values[(m * lanes) + lane]); // what is no number stays none
                    weights[m] = mu[m] * energies[(m * lanes) + lane];
                }

                double* lambda = Multiplier + ((nint)columns.Realization(lane) * Problem.L) + l;
                *lambda = PowerEquation.Solve(mu, weights, q, Problem.PowerBudget[l], *lambda, SecularTolerance, DoubleEpsilon);
                double cut = *lambda > 0 ? -1 : PowerEquation.Cut(mu, q, DoubleEpsilon);
                for (int m = 0; m < q; m++)
                {
                    factors[(m * lanes) + lane] = mu[m] <= cut ? 0 : 1 / (mu[m] + *lambda);
                }
            }

            for (int lane = columns.Lanes; lane < lanes; lane++)
            {
                for (int m = 0; m < q; m++)
                {
                    factors[(m * lanes) + lane] = 0;
                }
            }

            for (int m = 0; m < q; m++)
            {
                ScaleRow(z, m, columns.Count, factors + (m * lanes));
            }
        }

        /// <summary>Where the multiplier is active, or rounding is above the budget, the power is the budget.</summary>
        private void PutOnBudget(LaneMatrix x, LaneMatrix e, BranchColumns<T> columns, int l, double* powers)
        {
            int lanes = LaneMatrix.Lanes;
            double budget = Problem.PowerBudget[l];
            double* scales = stackalloc double[lanes];
            for (int lane = 0; lane < lanes; lane++)
            {
                scales[lane] = 1;
            }

            for (int lane = 0; lane < columns.Lanes; lane++)
            {
                nint at = ((nint)columns.Realization(lane) * Problem.L) + l;
                bool onBudget = (Multiplier[at] > 0 || powers[lane] > budget) && powers[lane] > 0;
                Excess[at] = onBudget ? 0 : (Math.Max(0, powers[lane]) / budget) - 1;
                scales[lane] = onBudget ? Math.Sqrt(budget / powers[lane]) : 1;
            }

            for (int i = 0; i < Problem.Rows; i++)
            {
                ScaleRow(x, i, columns.Count, scales);
                ScaleRow(e, i, columns.Count, scales);
            }
        }
    }

    /// <summary>Rows of a tensor [realization, row, columns] into lanes.</summary>
    private static void PackRows(Matrices<T> tensor, int rowCount, int columns, LaneMatrix to, int* realizations, int lanes)
    {
        T** rows = stackalloc T*[LaneMatrix.Lanes];
        for (int i = 0; i < rowCount; i++)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                rows[lane] = tensor.Row(realizations[lane], 0, i);
            }

            LaneMatrix.Pack(rows, lanes, columns, to.At(i, 0), to.Column);
        }
    }

    /// <summary>powers[lane] = Σ Re(x̄ e) over a panel, row by row.</summary>
    private static void PanelPowers(LaneMatrix x, LaneMatrix e, int rows, int columns, double* powers)
    {
        if (SimdLevel.Has512)
        {
            PanelPowers<Simd512<double>, Vector512<double>>(x, e, rows, columns, powers);
        }
        else if (SimdLevel.Has256)
        {
            PanelPowers<Simd256<double>, Vector256<double>>(x, e, rows, columns, powers);
        }
        else
        {
            PanelPowers<Simd128<double>, Vector128<double>>(x, e, rows, columns, powers);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PanelPowers<S, V>(LaneMatrix x, LaneMatrix e, int rows, int columns, double* powers)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        double* ofRow = stackalloc double[S.Width];
        new Span<double>(powers, S.Width).Clear();
        for (int i = 0; i < rows; i++)
        {
            V sum = S.Broadcast(0);
            for (int c = 0; c < columns; c++)
            {
                double* a = x.At(i, c), b = e.At(i, c);
                sum = S.MultiplyAdd(S.Load(a + S.Width), S.Load(b + S.Width), S.MultiplyAdd(S.Load(a), S.Load(b), sum));
            }

            S.Store(sum, ofRow);
            for (int lane = 0; lane < S.Width; lane++)
            {
                powers[lane] += ofRow[lane];
            }
        }
    }

    /// <summary>energies[row·lanes + lane] = Σ |z|² over a row.</summary>
    private static void RowEnergies(LaneMatrix z, int rows, int columns, double* energies)
    {
        for (int i = 0; i < rows; i++)
        {
            PanelPowers(z.From(i, 0), z.From(i, 0), 1, columns, energies + (i * LaneMatrix.Lanes));
        }
    }

    /// <summary>Row i of a panel times a number of each lane.</summary>
    private static void ScaleRow(LaneMatrix panel, int i, int columns, double* scales)
    {
        if (SimdLevel.Has512)
        {
            ScaleRow<Simd512<double>, Vector512<double>>(panel, i, columns, scales);
        }
        else if (SimdLevel.Has256)
        {
            ScaleRow<Simd256<double>, Vector256<double>>(panel, i, columns, scales);
        }
        else
        {
            ScaleRow<Simd128<double>, Vector128<double>>(panel, i, columns, scales);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaleRow<S, V>(LaneMatrix panel, int i, int columns, double* scales)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V scale = S.Load(scales);
        for (int c = 0; c < columns; c++)
        {
            (ComplexWide<S, V>.Load(panel.At(i, c)) * scale).Store(panel.At(i, c));
        }
    }
}
