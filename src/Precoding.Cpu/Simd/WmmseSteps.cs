using System.Runtime.CompilerServices;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    private const int MaxSecularSteps = 100;

    /// <summary>How exactly a block meets its budget before it is scaled onto it.</summary>
    private static double SecularTolerance => typeof(T) == typeof(float) ? 2e-6 : 1e-12;

    /// <summary>Multipliers below this share of the mean eigenvalue are left to the eigendecomposition.</summary>
    private static double SmallestMultiplier => typeof(T) == typeof(float) ? 1e-6 : 1e-13;

    public void Receivers(CoherentProblem problem, Tensor s, Tensor receiver, Tensor weight, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K;
        T* rows = scratch.PerWorker<T>(2 * K, out nint stride);
        fixed (double* alpha = problem.Weight)
        {
            pool.Run(count * Parts(K), new ReceiversJob(MatricesOf(s), Of(receiver).Data, ControlOf(weight), alpha, rows, stride, problem.L, K, active));
        }
    }

    public void UpdateBlock(
        CoherentProblem problem, int accessPoint, Tensor receiver, Tensor weight, Tensor x, Tensor s, Tensor powerMultiplier, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L, panelCount = HermitianSystem<T>.PanelCount(problem.K);
        double budget = problem.PowerBudget[accessPoint];
        nint square = 2 * (nint)K * K;
        SystemsMemory systems = SystemsFor(count, K, control.Capacity * (K + square), out T* roots);
        var target = new Matrices<T>(roots + ((nint)control.Capacity * K), square, 0, K);                        // Ω^{−½} T_l
        double* doubles = scratch.Partials((nint)count * ((panelCount * SolutionSums) + 2 + (sizeof(SecularState) / sizeof(double))));
        double* partials = doubles, shifts = partials + ((nint)count * panelCount * SolutionSums);
        var states = (SecularState*)(shifts + count);
        int* openList = (int*)(states + count), openRealizations = openList + count;
        Matrices<T> gram = MatricesOf(problem.Gram), X = MatricesOf(x), S = MatricesOf(s);
        int openCount = 0;
        for (int i = 0; i < count; i++)
        {
            int r = active[i];
            double trace = 0;
            for (int k = 0; k < K; k++)
            {
                T* a = Of(receiver).Data + ((nint)r * 2 * K);
                double magnitude = ((Wide(a[k]) * Wide(a[k])) + (Wide(a[K + k]) * Wide(a[K + k]))) * ControlOf(weight)[((nint)r * K) + k];
                roots[((nint)r * K) + k] = Narrow(Math.Sqrt(magnitude));                                          // Ω^½
                trace += magnitude * Wide(gram.Row(r, accessPoint, k)[k]);
            }

            states[i] = SecularState.Begin(ControlOf(powerMultiplier)[((nint)r * L) + accessPoint], trace / K);
            if (!states[i].NeedsEigenvalues)
            {
                openList[openCount++] = i;
            }
        }

        pool.Run(count * Parts(K), new TargetJob(S, Of(receiver).Data, ControlOf(weight), roots, target, accessPoint, L, K, active));

        // systems are rebuilt for the realizations still open, always in the front of the list
        for (int step = 0; step < MaxSecularSteps && openCount > 0; step++)
        {
            for (int j = 0; j < openCount; j++)
            {
                openRealizations[j] = active[openList[j]];
                shifts[j] = states[openList[j]].Lambda;
            }

            var block = new Matrices<T>(X.At(0, accessPoint), X.RealizationStride, 0, K);
            var matrices = new ShiftedGram(gram, accessPoint, roots, shifts);
            SolveSystems(systems, openCount, matrices, new ColumnsOf(target, null), new FirstBlockOf(block, roots), openRealizations, partials);
            int still = 0;
            for (int j = 0; j < openCount; j++)
            {
                double* sums = partials + ((nint)j * panelCount * SolutionSums);
                bool settled = states[openList[j]].Advance(
                    Reals<T>.Sum(sums, panelCount, SolutionSums), Reals<T>.Sum(sums + 1, panelCount, SolutionSums), Reals<T>.Sum(sums + 2, panelCount, SolutionSums), budget);
                if (!settled)
                {
                    openList[still++] = openList[j];
                }
            }

            openCount = still;
        }

        for (int i = 0; i < count; i++)
        {
            if (states[i].NeedsEigenvalues)
            {
                states[i].Lambda = SolveByEigenvalues(gram, target, roots, X, active[i], accessPoint, budget, K);
            }

            ControlOf(powerMultiplier)[((nint)active[i] * L) + accessPoint] = states[i].Lambda;
        }

        FinishBlock(problem, accessPoint, X, S, powerMultiplier, active, count, control);
    }

    /// <summary>S_l = G_l X_l; a block with an active budget is scaled onto it, which removes the rounding left by the root finder.</summary>
    private void FinishBlock(CoherentProblem problem, int accessPoint, Matrices<T> X, Matrices<T> S, Tensor powerMultiplier, int* active, int count, SolveControl control)
    {
        int K = problem.K, L = problem.L;
        var block = new Matrices<T>(X.At(0, accessPoint), X.RealizationStride, 0, K);
        var image = new Matrices<T>(S.At(0, accessPoint), S.RealizationStride, 0, K);
        Matrices<T> gram = MatricesOf(problem.Gram);
        new Product<T>
        {
            A = new Matrices<T>(gram.At(0, accessPoint), gram.RealizationStride, 0, K), ReadA = Simd.Read.Adjoint, B = block, C = image, Rows = K, Columns = K, Inner = K, Blocks = 1,
        }.Run(pool, scratch, active, count);
        double* sums = scratch.Partials((nint)count * (K + 1));
        BlockDots(block, image, active, count, 1, K, sums + count, sums);
        double budget = problem.PowerBudget[accessPoint];
        for (int i = 0; i < count; i++)
        {
            int r = active[i];
            bool onBudget = (ControlOf(powerMultiplier)[((nint)r * L) + accessPoint] > 0 || sums[i] > budget) && sums[i] > 0;
            double excess = onBudget ? 0 : (Math.Max(0, sums[i]) / budget) - 1;
            sums[i] = onBudget ? Math.Sqrt(budget / sums[i]) : 1;
            ControlOf(control.PowerExcess)[r] = accessPoint == 0 ? excess : Math.Max(excess, ControlOf(control.PowerExcess)[r]);
        }

        for (int i = 0; i < count; i++)
        {
            double trace = TraceOf(gram, active[i], accessPoint, K);
            sums[count + i] = trace > 0 ? Negligible * Math.Sqrt(budget / trace) : 0;
        }

        pool.Run(count * Parts(K), new FinishBlockJob(block, image, sums, count, K, active));
    }

    /// <summary>
    /// Users that WMMSE switches off decay for ever, and products of numbers below the normal range are a hundred times slower. Amplitudes this far below
    /// the noise, and coordinates this far below maximum ratio's, are zero.
    /// </summary>
    private static double Negligible => typeof(T) == typeof(float) ? 1e-12 : 1e-18;


    /// <summary>X and S times their scale, without what is negligible.</summary>
    private readonly struct FinishBlockJob(Matrices<T> x, Matrices<T> s, double* scales, int count, int K, int* active) : IJob
    {
        private readonly Matrices<T> x = x, s = s;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, i = index / Parts(K), r = active[i];
            nint size = 2 * (nint)K * Math.Min(RowsPerPart, K - first);
            Reals<T>.ScaleAndFlush(x.Row(r, 0, first), Narrow(scales[i]), Narrow(scales[count + i]), size);
            Reals<T>.ScaleAndFlush(s.Row(r, 0, first), Narrow(scales[i]), Narrow(Negligible), size);
        }
    }

    /// <summary>The block by the eigendecomposition of Ω^½ G_l Ω^½, exactly as coherent.md §4 writes it; returns λ_l.</summary>
    private double SolveByEigenvalues(Matrices<T> gram, Matrices<T> target, T* roots, Matrices<T> X, int r, int l, double budget, int K)
    {
        int size = K * K;
        nint eigenSize = (HermitianEigen<double>.MemorySize(K) + 63) / 64 * 8;
        double* memory = scratch.Shared<double>(eigenSize + (4 * (nint)size) + (2 * K)), eigenvectors = memory + eigenSize, eigenvalues = eigenvectors + (4 * size);
        Span<double> uRe = new(eigenvectors, size), uIm = new(eigenvectors + size, size), e = new(eigenvalues, K);
        Span<double> yRe = new(eigenvectors + (2 * size), size), yIm = new(eigenvectors + (3 * size), size), norm = new(eigenvalues + K, K);
        T* root = roots + ((nint)r * K);
        var eigen = new HermitianEigen<double>(memory, K);
        for (int i = 0; i < K; i++)
        {
            T* row = gram.Row(r, l, i);
            double* re = eigen.MatrixRow(i), im = re + eigen.N;
            for (int j = 0; j <= i; j++)
            {
                re[j] = Wide(row[j]) * Wide(root[i]) * Wide(root[j]);
                im[j] = Wide(row[K + j]) * Wide(root[i]) * Wide(root[j]);
            }
        }

        if (!eigen.Decompose(pool, eigenvalues, new Planes<double>(eigenvectors, eigenvectors + size, K)))
        {
            X.Row(r, l, 0)[0] = Narrow(double.NaN); // nothing finite came in: the realization diverges and says so
            return 0;
        }

        yRe.Clear();
        yIm.Clear();
        norm.Clear();
        double largest = 0;
        for (int i = 0; i < K; i++)
        {
            for (int k = 0; k < K; k++)
            {
                T* row = target.Row(r, 0, k);
                double a = uRe[(i * K) + k], b = -uIm[(i * K) + k];
                for (int u = 0; u < K; u++)
                {
                    yRe[(i * K) + u] += (a * Wide(row[u])) - (b * Wide(row[K + u]));
                    yIm[(i * K) + u] += (a * Wide(row[K + u])) + (b * Wide(row[u]));
                }
            }

            for (int u = 0; u < K; u++)
            {
                norm[i] += (yRe[(i * K) + u] * yRe[(i * K) + u]) + (yIm[(i * K) + u] * yIm[(i * K) + u]);
            }

            largest = Math.Max(largest, e[i]);
        }

        double threshold = 4 * K * Epsilon * largest, lambda = 0;
        if (PowerAt(e, norm, 0, threshold) > budget)
        {
            double low = 0, high = 0;
            for (int i = 0; i < K; i++)
            {
                high += Math.Max(0, e[i]) * norm[i];
            }

            high = Math.Sqrt(high / budget);
            for (int step = 0; step < 200 && high - low > 1e-16 * high; step++)
            {
                lambda = (low + high) / 2;
                (low, high) = PowerAt(e, norm, lambda, 0) > budget ? (lambda, high) : (low, lambda);
            }

            lambda = high;
        }

        for (int k = 0; k < K; k++)
        {
            T* row = X.Row(r, l, k);
            new Span<T>(row, 2 * K).Clear();
            for (int u = 0; u < K; u++)
            {
                double sumRe = 0, sumIm = 0;
                for (int i = 0; i < K; i++)
                {
                    if (lambda > 0 ? e[i] > 0 : e[i] > threshold)
                    {
                        double f = 1 / (e[i] + lambda), a = uRe[(i * K) + k] * f, b = uIm[(i * K) + k] * f;
                        sumRe += (a * yRe[(i * K) + u]) - (b * yIm[(i * K) + u]);
                        sumIm += (a * yIm[(i * K) + u]) + (b * yRe[(i * K) + u]);
                    }
                }

                row[u] = Narrow(sumRe * Wide(root[k]));
                row[K + u] = Narrow(sumIm * Wide(root[k]));
            }
        }

        return lambda;

        static double PowerAt(ReadOnlySpan<double> e, ReadOnlySpan<double> norm, double lambda, double threshold)
        {
            double power = 0;
            for (int i = 0; i < e.Length; i++)
            {
                if (e[i] > threshold)
                {
                    power += e[i] * norm[i] / ((e[i] + lambda) * (e[i] + lambda));
                }
            }

            return power;
        }
    }

    /// <summary>
    /// Newton's method on 1/√power(λ), which is nearly straight and concave: from the left it climbs monotonically to the root. Bracketed; a multiplier that
    /// becomes negligible, or a factorization that fails, is handed to the eigendecomposition.
    /// </summary>
    private struct SecularState
    {
        private double low, high, smallest;

        public double Lambda { get; set; }

        public bool NeedsEigenvalues { get; private set; }

        public static SecularState Begin(double warmStart, double meanEigenvalue) => new()
        {
            Lambda = warmStart > 0 ? warmStart : Math.Max(meanEigenvalue * 0.1, 1e-300),
            low = 0,
            high = double.PositiveInfinity,
            smallest = SmallestMultiplier * meanEigenvalue,
            NeedsEigenvalues = !(meanEigenvalue > 0), // a link without any channel, or no user left on
        };

        /// <param name="forward">‖L⁻¹Y‖² = Re⟨Z,(A + λ)Z⟩; not a number where the factorization failed.</param>
        /// <param name="solution">‖Z‖².</param>
        /// <param name="twice">‖L⁻¹Z‖².</param>
        public bool Advance(double forward, double solution, double twice, double budget)
        {
            double power = forward - (Lambda * solution), slope = -2 * (solution - (Lambda * twice));
            if (!double.IsFinite(power) || !double.IsFinite(slope))
            {
                NeedsEigenvalues = true;
                return true;
            }

            // the power is a difference: nothing below its rounding can be asked for, and the block is scaled onto the budget anyway
            if (Math.Abs(power - budget) <= Math.Max(SecularTolerance * budget, 8 * Epsilon * forward))
            {
                return true;
            }

            (low, high) = power > budget ? (Lambda, high) : (low, Lambda);
            double next = power > 0 && slope < 0 ? Lambda + (2 * power * (1 - Math.Sqrt(power / budget)) / slope) : double.NaN;
            if (!(next > low && next < high))
            {
                next = double.IsInfinity(high) ? 8 * low : low > 0 ? Math.Sqrt(low * high) : high / 16;
            }

            if (next < smallest)
            {
                NeedsEigenvalues = true;
                return true;
            }

            bool stuck = Math.Abs(next - Lambda) <= 1e-15 * Lambda || (double.IsFinite(high) && high - low <= 4e-16 * high);
            Lambda = stuck ? Lambda : next;
            return stuck;
        }
    }

    private readonly struct ReceiversJob(Matrices<T> s, T* receiver, double* weight, double* alpha, T* rows, nint stride, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> s = s;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int r = active[index / Parts(K)], first = index % Parts(K) * RowsPerPart;
            T* row = rows + (worker * stride);
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                SumRow(s, r, k, L, K, row);
                double interference = 1 + InterferenceOfRow(row, k, K, out double re, out double im);
                double total = interference + (re * re) + (im * im);
                receiver[((nint)r * 2 * K) + k] = Narrow(re / total);
                receiver[((nint)r * 2 * K) + K + k] = Narrow(im / total);
                weight[((nint)r * K) + k] = alpha[k] * total / interference;
            }
        }
    }

    /// <summary>Ω^{−½} T_l = diag(√w a/|a|) − Ω^½ Σ_{r≠l} S_r; row 0 where a_k = 0.</summary>
    private readonly struct TargetJob(Matrices<T> s, T* receiver, double* weight, T* roots, Matrices<T> target, int block, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> s = s, target = target;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int r = active[index / Parts(K)], first = index % Parts(K) * RowsPerPart;
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                T* row = target.Row(r, 0, k);
                T root = roots[((nint)r * K) + k];
                new Span<T>(row, 2 * K).Clear();
                for (int other = 0; other < L && root > T.Zero; other++)
                {
                    if (other != block)
                    {
                        Reals<T>.Combine(row, T.One, s.Row(r, other, k), -root, row, 2 * K);
                    }
                }

                double re = Wide(receiver[((nint)r * 2 * K) + k]), im = Wide(receiver[((nint)r * 2 * K) + K + k]), magnitude = Math.Sqrt((re * re) + (im * im));
                if (root > T.Zero && magnitude > 0)
                {
                    double w = Math.Sqrt(weight[((nint)r * K) + k]);
                    row[k] += Narrow(w * re / magnitude);
                    row[K + k] += Narrow(w * im / magnitude);
                }
            }
        }
    }
}
