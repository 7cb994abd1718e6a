using System.Numerics;
using System.Runtime.CompilerServices;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <content>Where streams begin: singular directions of links, Local EZF, budgets. [noncoherent.md §5, §6.4, §7]</content>
internal sealed unsafe partial class SimdEngine<T>
{
    /// <summary>Directions below this share of the strongest are dropped.</summary>
    private static double WeakestDirection => Math.Max(1e-10, 16 * Epsilon);

    /// <summary>RᴴR is regularised where its eigenvalues span more than this.</summary>
    private static double LargestSpread => typeof(T) == typeof(float) ? 1e5 : 1e8;

    public void LocalEigenZeroForcing(StreamProblem problem, StreamTable streams, Tensor x, SolveControl control)
    {
        int count = Active(control, out int* active);
        DirectionsTable directions = Decompose(problem, streams, joint: false, active, count, control.Capacity);
        ClearActive(x, active, count);
        double* memory = scratch.PerWorker<double>(ZeroForcingJob.MemorySize(problem, streams), out nint stride);
        pool.Run(LaneGroups(count) * problem.L, new ZeroForcingJob
        {
            Problem = problem, Streams = streams, Gram = MatricesOf(problem.Gram), X = MatricesOf(x), AccessPoints = Of(streams.AccessPoint).Integers, Directions = directions,
            Memory = memory, Stride = stride, Active = active, ActiveCount = count,
        });
    }

    public void MatchedStreams(StreamProblem problem, StreamTable streams, bool unit, Tensor x, SolveControl control)
    {
        int count = Active(control, out int* active), N = problem.N;
        bool joint = streams.B > 1;
        DirectionsTable directions = Decompose(problem, streams, joint, active, count, control.Capacity);
        ClearActive(x, active, count);
        Matrices<T> X = MatricesOf(x);
        int* accessPoints = Of(streams.AccessPoint).Integers;
        for (int i = 0; i < count; i++)
        {
            int r = active[i];
            for (int branch = 0; branch < streams.Branches; branch++)
            {
                int stream = branch / streams.B, user = streams.UserOf[stream], l = accessPoints[((nint)r * streams.Branches) + branch];
                if (l >= 0)
                {
                    int m = joint ? stream - streams.First[user] : Place(streams, accessPoints + ((nint)r * streams.Branches), stream);
                    directions.Column(r, joint ? 0 : l, user, m, unit, X.Row(r, 0, branch) + (user * N), X.Columns);
                }
            }
        }

        ScaleStreams(problem, streams, x, null, active, count);
    }

    public void ScaleStreamsToBudget(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, SolveControl control)
    {
        int count = Active(control, out int* active);
        double* excess = ScaleStreams(problem, streams, x, e, active, count);
        SetPowerExcess(problem, excess, 0, problem.L, active, count, control);
    }

    public void EmbedStreams(StreamProblem problem, StreamTable from, Tensor fromX, StreamTable streams, Tensor x, SolveControl control)
    {
        int count = Active(control, out int* active), B = streams.B;
        ClearActive(x, active, count);
        for (int i = 0; i < count; i++)
        {
            int r = active[i];
            for (int branch = 0; branch < streams.Branches; branch++)
            {
                int source = Of(from.AccessPoint).Integers[((nint)r * from.S) + (branch / B)], target = Of(streams.AccessPoint).Integers[((nint)r * streams.Branches) + branch];
                if (source >= 0 && source == target)
                {
                    Reals<T>.Copy(MatricesOf(fromX).Row(r, 0, branch / B), MatricesOf(x).Row(r, 0, branch), 2 * problem.Rows);
                }
            }
        }
    }

    /// <summary>How many earlier streams of the user the same access point sends.</summary>
    private static int Place(StreamTable streams, int* accessPoints, int stream)
    {
        int place = 0;
        for (int other = streams.First[streams.UserOf[stream]]; other < stream; other++)
        {
            place += accessPoints[other * streams.B] == accessPoints[stream * streams.B] ? 1 : 0;
        }

        return place;
    }

    private static void ClearActive(Tensor values, int* active, int count)
    {
        nint stride = Of(values).RealizationStride;
        for (int i = 0; i < count; i++)
        {
            new Span<T>(Of(values).Data + (active[i] * stride), (int)stride).Clear();
        }
    }

    /// <returns>Excess of [realization, access point].</returns>
    private double* ScaleStreams(StreamProblem problem, StreamTable streams, Tensor x, Tensor? e, int* active, int count, StreamScaling scaling = StreamScaling.ToBudget)
    {
        double* excess = scratch.Partials((nint)streams.AccessPoint.Shape[0] * problem.L);
        double* memory = scratch.PerWorker<double>(ScaleStreamsJob.MemorySize(problem, streams), out nint stride);
        pool.Run(LaneGroups(count) * problem.L, new ScaleStreamsJob
        {
            Problem = problem, Streams = streams, Gram = MatricesOf(problem.Gram), X = MatricesOf(x), E = e is null ? null : MatricesOf(e), AccessPoints = Of(streams.AccessPoint).Integers,
            Excess = excess, Scaling = scaling, Memory = memory, Stride = stride, Active = active, ActiveCount = count,
        });
        if (e is not null)
        {
            ClearUnsent(streams, x, active, count);
            ClearUnsent(streams, e, active, count);
        }

        return excess;
    }

    /// <summary>Rows of branches that nobody sends.</summary>
    private static void ClearUnsent(StreamTable streams, Tensor values, int* active, int count)
    {
        Matrices<T> rows = MatricesOf(values);
        for (int i = 0; i < count; i++)
        {
            for (int branch = 0; branch < streams.Branches; branch++)
            {
                if (Of(streams.AccessPoint).Integers[((nint)active[i] * streams.Branches) + branch] < 0)
                {
                    new Span<T>(rows.Row(active[i], 0, branch), 2 * rows.Columns).Clear();
                }
            }
        }
    }

    /// <summary>Singular directions of every link, or of every user's joint channel, for the realizations in hand.</summary>
    private DirectionsTable Decompose(StreamProblem problem, StreamTable streams, bool joint, int* active, int count, int capacity)
    {
        int points = joint ? 1 : problem.L;
        nint size = DirectionsTable.LinkSize(problem.N) * points * problem.K;
        var directions = new DirectionsTable(scratch.Held<double>(capacity * size), size, points, problem.N, Math.Min(problem.N, problem.M * (joint ? streams.B : 1)), WeakestDirection);
        int width = joint ? problem.M * streams.B : problem.M;
        double* memory = scratch.PerWorker<double>(((nint)problem.N * width * LaneMatrix.Step) + SingularLanes.MemorySize(problem.N) + (2 * width), out nint stride);
        pool.Run(
            LaneGroups(count) * points * problem.K,
            new DirectionsJob(problem, streams, MatricesOf(problem.H), Of(streams.AccessPoint).Integers, joint, directions, memory, stride, active, count));
        return directions;
    }

    /// <summary>A and s of links, [realization][access point][user][m][column of A | s].</summary>
    private readonly struct DirectionsTable(double* data, nint realizationSize, int points, int N, int most, double weakest)
    {
        public static nint LinkSize(int N) => (nint)N * ((2 * N) + 1);

        public double* Link(int realization, int l, int user) => data + (realization * realizationSize) + (((user * points) + l) * LinkSize(N));

        /// <summary>A[:,m], over s_m when asked for unit length of V[:,m]; zeros for a direction that is dropped.</summary>
        /// <returns>The direction is used.</returns>
        public bool Column(int realization, int l, int user, int m, bool unit, T* re, nint toImaginary)
        {
            if (m >= most)
            {
                return false;
            }

            double* link = Link(realization, l, user), column = link + (m * ((2 * N) + 1));
            double s = column[2 * N], strongest = link[2 * N];
            if (!(s > weakest * strongest))
            {
                return false;
            }

            double scale = unit ? 1 / s : 1;
            for (int a = 0; a < N; a++)
            {
                re[a] = Narrow(column[a] * scale);
                re[toImaginary + a] = Narrow(column[N + a] * scale);
            }

            return true;
        }
    }

    private readonly struct DirectionsJob(
        StreamProblem problem, StreamTable streams, Matrices<T> h, int* accessPoints, bool joint, DirectionsTable directions, double* memory, nint stride, int* active, int activeCount) : IJob
    {
        private readonly Matrices<T> h = h;
        private readonly DirectionsTable directions = directions;

        public void Execute(int index, int worker)
        {
            int points = joint ? 1 : problem.L, user = index % problem.K, l = index / problem.K % points, first = index / problem.K / points * LaneMatrix.Lanes;
            int lanes = Math.Min(LaneMatrix.Lanes, activeCount - first), N = problem.N, M = problem.M, blocks = joint ? streams.B : 1;
            double* own = memory + (worker * stride);
            T* zeros = (T*)(own + ((nint)N * M * blocks * LaneMatrix.Step) + SingularLanes.MemorySize(N));
            LaneMatrix matrix = LaneMatrix.Dense(own, M * blocks);
            T** rows = stackalloc T*[LaneMatrix.Lanes];
            double** ofLane = stackalloc double*[LaneMatrix.Lanes];
            new Span<T>(zeros, 2 * M).Clear();
            for (int block = 0; block < blocks; block++)
            {
                for (int a = 0; a < N; a++)
                {
                    for (int lane = 0; lane < lanes; lane++)
                    {
                        int r = active[first + lane], from = joint ? JointAccessPoint(r, user, block) : l;
                        rows[lane] = from >= 0 ? h.Row(r, from, (user * N) + a) : zeros;
                    }

                    LaneMatrix.Pack(rows, lanes, M, matrix.At(a, (nint)block * M), matrix.Column);
                }
            }

            for (int lane = 0; lane < lanes; lane++)
            {
                ofLane[lane] = directions.Link(active[first + lane], l, user);
            }

            SingularLanes.Decompose(matrix, N, M * blocks, ofLane, lanes, own + ((nint)N * M * blocks * LaneMatrix.Step));
        }

        /// <summary>The access points of a user's first stream are those of all its streams.</summary>
        private int JointAccessPoint(int realization, int user, int block) => streams.First[user + 1] > streams.First[user]
            ? accessPoints[((nint)realization * streams.Branches) + (streams.First[user] * streams.B) + block]
            : -1;
    }

    /// <summary>Local EZF of one access point of one group of realizations.</summary>
    private readonly struct ZeroForcingJob : IJob
    {
        private const double Ridge = 1e-3;

        public required StreamProblem Problem { get; init; }

        public required StreamTable Streams { get; init; }

        public required Matrices<T> Gram { get; init; }

        public required Matrices<T> X { get; init; }

        public required int* AccessPoints { get; init; }

        public required DirectionsTable Directions { get; init; }

        public required double* Memory { get; init; }

        public required nint Stride { get; init; }

        public required int* Active { get; init; }

        public required int ActiveCount { get; init; }

        public static nint MemorySize(StreamProblem problem, StreamTable streams)
        {
            nint n = problem.Rows, S = Math.Max(1, streams.S), step = LaneMatrix.Step;
            nint integers = (BranchColumns<T>.MemorySize(streams) + 1) / 2;
            return (((n * n) + (3 * n * S) + (3 * S * S)) * step) + HermitianEigenLanes<double>.LanesVectorsSize((int)S) + HermitianEigenLanes<double>.LanesMemorySize((int)S) + (S * LaneMatrix.Lanes) + (2 * n) + integers;
        }

        public void Execute(int index, int worker)
        {
            int first = index / Problem.L * LaneMatrix.Lanes, l = index % Problem.L, lanes = Math.Min(LaneMatrix.Lanes, ActiveCount - first), n = Problem.Rows, S = Math.Max(1, Streams.S);
            int* realizations = Active + first;
            double* memory = Memory + (worker * Stride);
            LaneMatrix gram = Take(n, n), b = Take(n, S), image = Take(n, S), x = Take(n, S), product = Take(S, S), inverse = Take(S, S), triangle = Take(S, S);
            double* vectors = memory, eigenMemory = vectors + HermitianEigenLanes<double>.LanesVectorsSize(S), values = eigenMemory + HermitianEigenLanes<double>.LanesMemorySize(S);
            T* trash = (T*)(values + ((nint)S * LaneMatrix.Lanes));
            var columns = new BranchColumns<T>((int*)(values + ((nint)S * LaneMatrix.Lanes) + (2 * n)), Streams, AccessPoints, l, realizations, lanes);
            int count = columns.Count, step = LaneMatrix.Step;
            if (count == 0)
            {
                return;
            }

            PackGram(Gram, l, realizations, lanes, n, gram);
            int* used = stackalloc int[lanes];
            FillDirections(columns, l, b, used);
            LaneMatrix.Multiply(gram, conjugate: false, b, image, n, n, count);
            LaneMatrix.Multiply(b.Transpose, conjugate: true, image, product, count, n, count);
            for (int i = 0; i < count; i++)
            {
                new Span<double>(product.At(i, 0), (i + 1) * step).CopyTo(new Span<double>(triangle.Data + (HermitianEigenLanes<double>.TriangleSize(i) * step), (i + 1) * step));
                double* diagonal = triangle.Data + ((HermitianEigenLanes<double>.TriangleSize(i) + i) * step);
                for (int lane = 0; lane < LaneMatrix.Lanes; lane++)
                {
                    diagonal[lane] = diagonal[lane] == 0 ? 1 : diagonal[lane]; // a column of zeros stays one
                }
            }

            HermitianEigenLanes<double>.DecomposeLanes(count, triangle.Data, values, vectors, eigenMemory);
            InvertSpectrum(values, count, lanes, used);

            // X = B U diag(1/e) Uᴴ, columns of U are the rows of vectors
            var U = new LaneMatrix(vectors, (nint)count * step, step);
            for (int i = 0; i < count; i++)
            {
                for (int j = 0; j < count; j++)
                {
                    ScaleByLane(U.At(i, j), values + ((nint)i * LaneMatrix.Lanes), product.At(i, j));
                }
            }

            LaneMatrix.Multiply(U.Transpose, conjugate: true, product, inverse, count, count, count); // (RᴴR)⁻¹ transposed
            LaneMatrix.Multiply(inverse, conjugate: false, b.Transpose, x.Transpose, count, count, n);
            LaneMatrix.Multiply(gram, conjugate: false, x, image, n, n, count);
            double* powers = stackalloc double[LaneMatrix.Lanes];
            PanelPowers(x, image, n, count, powers);
            ScaleToBudget(Problem.PowerBudget[l], powers, lanes, x, null, n, count);
            columns.Unpack(x, n, X, trash);

            LaneMatrix Take(int rows, int width)
            {
                LaneMatrix matrix = LaneMatrix.Dense(memory, width);
                memory += (nint)rows * width * LaneMatrix.Step;
                return matrix;
            }
        }

        /// <summary>B: A[:,m]/s_m in the block of the user.</summary>
        /// <param name="used">Directions of each lane; written.</param>
        private void FillDirections(BranchColumns<T> columns, int l, LaneMatrix b, int* used)
        {
            int N = Problem.N, lanes = LaneMatrix.Lanes;
            T* column = stackalloc T[2 * N];
            b.Clear(Problem.Rows, columns.Count);
            for (int lane = 0; lane < columns.Lanes; lane++)
            {
                used[lane] = 0;
                int r = columns.Realization(lane);
                for (int c = 0; c < columns.Count; c++)
                {
                    if (columns[lane, c] is >= 0 and int branch && branch % Streams.B == 0)
                    {
                        int stream = branch / Streams.B, user = Streams.UserOf[stream];
                        int m = Place(Streams, AccessPoints + ((nint)r * Streams.Branches), stream);
                        if (Directions.Column(r, l, user, m, unit: true, column, N))
                        {
                            used[lane]++;
                            for (int a = 0; a < N; a++)
                            {
                                double* to = b.At((user * N) + a, c) + lane;
                                (to[0], to[lanes]) = (Wide(column[a]), Wide(column[N + a]));
                            }
                        }
                    }
                }
            }
        }

        /// <summary>1/e, or 1/(e + 10⁻³ e_max) where that is needed.</summary>
        private void InvertSpectrum(double* values, int count, int lanes, int* used)
        {
            int width = LaneMatrix.Lanes;
            for (int lane = 0; lane < width; lane++)
            {
                double largest = 0, smallest = double.PositiveInfinity;
                for (int i = 0; i < count; i++)
                {
                    double e = values[(i * width) + lane];
                    (largest, smallest) = (Math.Max(largest, e), Math.Min(smallest, e));
                }

                bool needsRidge = !(smallest * LargestSpread >= largest) || (lane < lanes && used[lane] > Problem.M);
                double ridge = needsRidge ? Ridge * largest : 0, nothing = count * Math.Max(16 * DoubleEpsilon, Epsilon) * largest;
                for (int i = 0; i < count; i++)
                {
                    // a combination of directions that is no beam at all would only blow the coordinates up
                    double e = values[(i * width) + lane];
                    values[(i * width) + lane] = e <= nothing ? 0 : 1 / (e + ridge);
                }
            }
        }
    }

    private enum StreamScaling
    {
        /// <summary>Every access point sends its budget, or nothing.</summary>
        ToBudget,

        /// <summary>Powers below the budget stay.</summary>
        WhereAbove,

        /// <summary>Images only.</summary>
        None,
    }

    /// <summary>One access point of one group of realizations.</summary>
    private readonly struct ScaleStreamsJob : IJob
    {
        public required StreamProblem Problem { get; init; }

        public required StreamTable Streams { get; init; }

        public required Matrices<T> Gram { get; init; }

        public required Matrices<T> X { get; init; }

        public required Matrices<T>? E { get; init; }

        public required int* AccessPoints { get; init; }

        public required double* Excess { get; init; }

        public required StreamScaling Scaling { get; init; }

        public required double* Memory { get; init; }

        public required nint Stride { get; init; }

        public required int* Active { get; init; }

        public required int ActiveCount { get; init; }

        public static nint MemorySize(StreamProblem problem, StreamTable streams)
        {
            nint n = problem.Rows, S = Math.Max(1, streams.S);
            nint integers = (BranchColumns<T>.MemorySize(streams) + 1) / 2;
            return (((n * n) + (2 * n * S)) * LaneMatrix.Step) + (4 * n) + integers;
        }

        public void Execute(int index, int worker)
        {
            int first = index / Problem.L * LaneMatrix.Lanes, l = index % Problem.L, lanes = Math.Min(LaneMatrix.Lanes, ActiveCount - first), n = Problem.Rows, S = Math.Max(1, Streams.S);
            int* realizations = Active + first;
            double* memory = Memory + (worker * Stride), panels = memory + ((nint)n * n * LaneMatrix.Step), rest = panels + (2 * (nint)n * S * LaneMatrix.Step);
            T* zeros = (T*)rest, trash = zeros + (2 * n);
            LaneMatrix gram = LaneMatrix.Dense(memory, n), x = LaneMatrix.Dense(panels, S), e = LaneMatrix.Dense(panels + ((nint)n * S * LaneMatrix.Step), S);
            var columns = new BranchColumns<T>((int*)(rest + (4 * n)), Streams, AccessPoints, l, realizations, lanes);
            double* powers = stackalloc double[LaneMatrix.Lanes];
            double* below = stackalloc double[LaneMatrix.Lanes];
            new Span<double>(powers, LaneMatrix.Lanes).Clear();
            new Span<double>(below, LaneMatrix.Lanes).Clear();
            if (columns.Count > 0)
            {
                new Span<T>(zeros, 2 * n).Clear();
                PackGram(Gram, l, realizations, lanes, n, gram);
                columns.Pack(X, n, x, zeros);
                LaneMatrix.Multiply(gram, conjugate: false, x, e, n, n, columns.Count);
                PanelPowers(x, e, n, columns.Count, powers);
                for (int lane = 0; Scaling == StreamScaling.WhereAbove && lane < lanes; lane++)
                {
                    below[lane] = powers[lane] < Problem.PowerBudget[l] ? powers[lane] / Problem.PowerBudget[l] : 1;
                    powers[lane] = powers[lane] < Problem.PowerBudget[l] ? 0 : powers[lane];
                }

                if (Scaling != StreamScaling.None)
                {
                    ScaleToBudget(Problem.PowerBudget[l], powers, lanes, x, e, n, columns.Count);
                    columns.Unpack(x, n, X, trash);
                }

                if (E is { } images)
                {
                    columns.Unpack(e, n, images, trash);
                }
            }

            for (int lane = 0; lane < lanes; lane++)
            {
                Excess[((nint)realizations[lane] * Problem.L) + l] = powers[lane] > 0 ? 0 : powers[lane] - powers[lane] + below[lane] - 1; // not a number stays none
            }
        }
    }

    /// <summary>G_l of every lane.</summary>
    private static void PackGram(Matrices<T> gram, int l, int* realizations, int lanes, int n, LaneMatrix to)
    {
        T** rows = stackalloc T*[LaneMatrix.Lanes];
        for (int i = 0; i < n; i++)
        {
            for (int lane = 0; lane < lanes; lane++)
            {
                rows[lane] = gram.Row(realizations[lane], l, i);
            }

            LaneMatrix.Pack(rows, lanes, n, to.At(i, 0), to.Column);
        }
    }

    /// <summary>Panels times √(P/power) of each lane; unchanged where the power is 0.</summary>
    private static void ScaleToBudget(double budget, double* powers, int lanes, LaneMatrix x, LaneMatrix? e, int rows, int columns)
    {
        double* scales = stackalloc double[LaneMatrix.Lanes];
        for (int lane = 0; lane < LaneMatrix.Lanes; lane++)
        {
            scales[lane] = lane >= lanes || powers[lane] <= 0 ? 1 : Math.Sqrt(budget / powers[lane]);
        }

        for (int i = 0; i < rows; i++)
        {
            ScaleRow(x, i, columns, scales);
            if (e is { } images)
            {
                ScaleRow(images, i, columns, scales);
            }
        }
    }

    /// <summary>to = from · scale for one complex number of every lane.</summary>
    private static void ScaleByLane(double* from, double* scales, double* to)
    {
        int lanes = LaneMatrix.Lanes;
        for (int lane = 0; lane < lanes; lane++)
        {
            to[lane] = from[lane] * scales[lane];
            to[lanes + lane] = from[lanes + lane] * scales[lane];
        }
    }
}
