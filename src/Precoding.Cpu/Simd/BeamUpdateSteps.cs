using System.Numerics;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <content>The centralised WMMSE update in the antennas: the yardstick, one eigendecomposition of order M per access point. [NCJT (15)–(17)]</content>
internal sealed unsafe partial class SimdEngine<T>
{
    public void UpdateBeams(
        StreamProblem problem, StreamTable streams, Tensor factor, Tensor coefficient, Tensor precoders, Tensor e, Tensor multiplier, SolveControl control)
    {
        int count = Active(control, out int* active);
        double* memory = scratch.PerWorker<double>(UpdateBeamsJob.MemorySize(problem, streams), out nint stride);
        double* excess = scratch.Partials((nint)control.Capacity * problem.L);
        pool.Run(count * problem.L, new UpdateBeamsJob
        {
            Problem = problem, Streams = streams, H = MatricesOf(problem.H), Factor = MatricesOf(factor), Coefficient = MatricesOf(coefficient), P = MatricesOf(precoders), E = MatricesOf(e),
            AccessPoints = Of(streams.AccessPoint).Integers, Multiplier = ControlOf(multiplier), Excess = excess, Memory = memory, Stride = stride, Active = active,
        });
        SetPowerExcess(problem, excess, 0, problem.L, active, count, control);
    }

    /// <summary>One access point of one realization, in double precision. Vectors are rows, [re | im].</summary>
    private readonly struct UpdateBeamsJob : IJob
    {
        public required StreamProblem Problem { get; init; }

        public required StreamTable Streams { get; init; }

        public required Matrices<T> H { get; init; }

        public required Matrices<T> Factor { get; init; }

        public required Matrices<T> Coefficient { get; init; }

        public required Matrices<T> P { get; init; }

        public required Matrices<T> E { get; init; }

        /// <summary>[realization][branch]</summary>
        public required int* AccessPoints { get; init; }

        public required double* Multiplier { get; init; }

        /// <summary>[realization][access point]</summary>
        public required double* Excess { get; init; }

        public required double* Memory { get; init; }

        public required nint Stride { get; init; }

        public required int* Active { get; init; }

        public static nint MemorySize(StreamProblem problem, StreamTable streams) =>
            (2 * (nint)problem.M * (problem.M + streams.Rank + 2)) + (4 * (nint)problem.M * Math.Max(1, streams.S)) + (3 * problem.M) + EigenSize(problem.M);

        public void Execute(int index, int worker)
        {
            int r = Active[index / Problem.L], l = index % Problem.L, M = Problem.M, q = Streams.Rank, S = Math.Max(1, Streams.S);
            double* memory = Memory + (worker * Stride), vectors = memory + EigenSize(M), images = vectors + (2 * (nint)M * M), right = images + (2 * (nint)M * q);
            double* rotated = right + (2 * (nint)M * S), values = rotated + (2 * (nint)M * S), weights = values + M, vector = weights + M;
            nint at = ((nint)r * Problem.L) + l;
            int* accessPoints = AccessPoints + ((nint)r * Streams.Branches);
            (Multiplier[at], Excess[at], double guess) = (0, -1, Multiplier[at]);
            int* branches = stackalloc int[S];
            int count = 0;
            for (int branch = 0; branch < Streams.Branches; branch++)
            {
                if (accessPoints[branch] == l)
                {
                    branches[count++] = branch;
                }
            }

            if (count == 0)
            {
                return;
            }

            Images(r, l, images);
            var eigen = new HermitianEigen<double>(memory, M);
            for (int i = 0; i < M; i++)
            {
                Row(images, q, i, eigen.MatrixRow(i), eigen.MatrixRow(i) + eigen.N);
            }

            eigen.Decompose(null, values, new Planes<double>(vectors, vectors + M, 2 * M));
            new Span<double>(weights, M).Clear();
            for (int b = 0; b < count; b++)
            {
                RightSide(r, branches[b], images, right + (2 * (nint)b * M));
                for (int m = 0; m < M; m++)
                {
                    double* u = vectors + (2 * (nint)m * M), x = right + (2 * (nint)b * M), y = rotated + (2 * (nint)b * M);
                    y[m] = Reals<double>.Dot(u, x, M) + Reals<double>.Dot(u + M, x + M, M);
                    y[M + m] = Reals<double>.Dot(u, x + M, M) - Reals<double>.Dot(u + M, x, M);
                    weights[m] += (y[m] * y[m]) + (y[M + m] * y[M + m]);
                }
            }

            for (int m = 0; m < M; m++)
            {
                values[m] = Math.Max(0, values[m]);
            }

            double lambda = PowerEquation.Solve(values, weights, M, Problem.PowerBudget[l], guess, SecularTolerance, DoubleEpsilon);
            Multiplier[at] = lambda;
            double cut = lambda > 0 ? -1 : PowerEquation.Cut(values, M, DoubleEpsilon), power = 0;
            for (int b = 0; b < count; b++)
            {
                double* y = rotated + (2 * (nint)b * M);
                new Span<double>(vector, 2 * M).Clear();
                for (int m = 0; m < M; m++)
                {
                    double inverse = values[m] <= cut ? 0 : 1 / (values[m] + lambda);
                    AddScaled(vectors + (2 * (nint)m * M), y[m] * inverse, y[M + m] * inverse, vector);
                }

                power += Reals<double>.SquaredNorm(vector, 2 * M);
                Reals<double>.Copy(vector, right + (2 * (nint)b * M), 2 * M);
            }

            bool onBudget = (lambda > 0 || power > Problem.PowerBudget[l]) && power > 0;
            double scale = onBudget ? Math.Sqrt(Problem.PowerBudget[l] / power) : 1;
            Excess[at] = onBudget ? 0 : (power / Problem.PowerBudget[l]) - 1;
            for (int b = 0; b < count; b++)
            {
                Store(r, l, branches[b], right + (2 * (nint)b * M), scale);
            }
        }

        /// <summary>Doubles of working memory of a decomposition.</summary>
        private static nint EigenSize(int M) => (HermitianEigen<double>.MemorySize(M) + 63) / 64 * 8;

        /// <summary>Columns of H_lᴴF as rows.</summary>
        private void Images(int r, int l, double* images)
        {
            int M = Problem.M, N = Problem.N;
            for (int k = 0; k < Problem.K; k++)
            {
                for (int j = Streams.RankFirst[k]; j < Streams.RankFirst[k + 1]; j++)
                {
                    double* to = images + (2 * (nint)j * M);
                    T* f = Factor.Row(r, 0, j);
                    new Span<double>(to, 2 * M).Clear();
                    for (int a = 0; a < N; a++)
                    {
                        T* h = H.Row(r, l, (k * N) + a);
                        double x = Wide(f[a]), y = Wide(f[N + a]);
                        for (int m = 0; m < M; m++)
                        {
                            double u = Wide(h[m]), v = Wide(h[M + m]);
                            to[m] += (u * x) + (v * y);
                            to[M + m] += (u * y) - (v * x);
                        }
                    }
                }
            }
        }

        /// <summary>Entries 0…i of row i of Σ_j g_j g_jᴴ.</summary>
        private void Row(double* images, int count, int i, double* re, double* im)
        {
            int M = Problem.M;
            new Span<double>(re, i + 1).Clear();
            new Span<double>(im, i + 1).Clear();
            for (int j = 0; j < count; j++)
            {
                double* g = images + (2 * (nint)j * M);
                double x = g[i], y = g[M + i];
                int w = Vector<double>.Count, m = 0;
                var wideX = new Vector<double>(x);
                var wideY = new Vector<double>(y);
                for (; m <= i + 1 - w; m += w)
                {
                    Vector<double> u = Vector.Load(g + m), v = Vector.Load(g + M + m);
                    (Vector.Load(re + m) + (wideX * u) + (wideY * v)).Store(re + m);
                    (Vector.Load(im + m) + (wideY * u) - (wideX * v)).Store(im + m);
                }

                for (; m <= i; m++)
                {
                    re[m] += (x * g[m]) + (y * g[M + m]);
                    im[m] += (y * g[m]) - (x * g[M + m]);
                }
            }

            im[i] = 0;
        }

        /// <summary>H_lᴴF c of a branch.</summary>
        private void RightSide(int r, int branch, double* images, double* to)
        {
            int M = Problem.M, user = Streams.UserOf[branch / Streams.B];
            T* c = Coefficient.Row(r, 0, branch / Streams.B);
            new Span<double>(to, 2 * M).Clear();
            for (int j = Streams.RankFirst[user]; j < Streams.RankFirst[user + 1]; j++)
            {
                int i = j - Streams.RankFirst[user];
                AddScaled(images + (2 * (nint)j * M), Wide(c[i]), Wide(c[Coefficient.Columns + i]), to);
            }
        }

        /// <summary>to += vector (x + iy).</summary>
        private void AddScaled(double* vector, double x, double y, double* to)
        {
            int M = Problem.M, w = Vector<double>.Count, m = 0;
            var wideX = new Vector<double>(x);
            var wideY = new Vector<double>(y);
            for (; m <= M - w; m += w)
            {
                Vector<double> u = Vector.Load(vector + m), v = Vector.Load(vector + M + m);
                (Vector.Load(to + m) + (u * wideX) - (v * wideY)).Store(to + m);
                (Vector.Load(to + M + m) + (u * wideY) + (v * wideX)).Store(to + M + m);
            }

            for (; m < M; m++)
            {
                to[m] += (vector[m] * x) - (vector[M + m] * y);
                to[M + m] += (vector[m] * y) + (vector[M + m] * x);
            }
        }

        /// <summary>p_b and e_b = H_l p_b.</summary>
        private void Store(int r, int l, int branch, double* vector, double scale)
        {
            int M = Problem.M, n = Problem.Rows;
            T* p = P.Row(r, 0, branch), e = E.Row(r, 0, branch);
            for (int m = 0; m < 2 * M; m++)
            {
                p[m] = Narrow(vector[m] * scale);
            }

            for (int row = 0; row < n; row++)
            {
                T* h = H.Row(r, l, row);
                e[row] = Narrow(Reals<T>.Dot(h, p, M) - Reals<T>.Dot(h + M, p + M, M));
                e[n + row] = Narrow(Reals<T>.Dot(h, p + M, M) + Reals<T>.Dot(h + M, p, M));
            }
        }
    }
}
