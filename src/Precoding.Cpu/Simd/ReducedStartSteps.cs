using System.Runtime.CompilerServices;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    public void MatchedCoordinates(CoherentProblem problem, Tensor x, Tensor s, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K;
        Matrices<T> X = MatricesOf(x), gram = MatricesOf(problem.Gram);
        for (int i = 0; i < count; i++)
        {
            for (int l = 0; l < problem.L; l++)
            {
                new Span<T>(X.At(active[i], l), 2 * K * K).Clear();
                T one = TraceOf(gram, active[i], l, K) > 0 ? T.One : T.Zero;
                for (int k = 0; k < K; k++)
                {
                    X.Row(active[i], l, k)[k] = one;
                }
            }
        }

        ScaleCoordinatesToBudget(problem, x, s, control);
    }

    public void RegularizedCoordinates(CoherentProblem problem, Tensor x, Tensor s, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K;
        double regularizer = K / problem.PowerBudget.Sum();
        SystemsMemory systems = SystemsFor(count, K, 0, out _);
        double* shifts = scratch.Partials(count);
        new Span<double>(shifts, count).Fill(regularizer);
        var matrices = new ShiftedGram(MatricesOf(problem.GramSum), 0, null, shifts);
        SolveSystems(systems, count, matrices, new IdentityColumns(), new FirstBlockOf(MatricesOf(x)), active);
        // the same coordinates for every access point; the scales differ
        Matrices<T> X = MatricesOf(x);
        for (int i = 0; i < count; i++)
        {
            for (int l = 1; l < problem.L; l++)
            {
                Reals<T>.Copy(X.At(active[i], 0), X.At(active[i], l), 2 * (nint)K * K);
            }
        }

        ScaleCoordinatesToBudget(problem, x, s, control);
    }

    public void CoordinatesOfPrecoders(CoherentProblem problem, Tensor precoders, Tensor x, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        // H_lᴴ P_l goes to x first, then (G_l + ridge)⁻¹ is applied in place
        new Product<T>
        {
            A = MatricesOf(problem.H), ReadA = Simd.Read.Conjugate, B = MatricesOf(precoders), ReadB = Simd.Read.Transpose, C = MatricesOf(x), Rows = K, Columns = K, Inner = problem.M, Blocks = L,
        }.Run(pool, scratch, active, count);
        Matrices<T> gram = MatricesOf(problem.Gram), X = MatricesOf(x);
        SystemsMemory systems = SystemsFor(count, K, 0, out _);
        double* shifts = scratch.Partials(count);
        for (int l = 0; l < L; l++)
        {
            for (int i = 0; i < count; i++)
            {
                shifts[i] = Math.Max((Precision == Precision.Single ? 1e-6 : 1e-12) * TraceOf(gram, active[i], l, K) / K, 1e-30);
            }

            var block = new Matrices<T>(X.At(0, l), X.RealizationStride, 0, K);
            SolveSystems(systems, count, new ShiftedGram(gram, l, null, shifts), new ColumnsOf(block, null), new FirstBlockOf(block), active);
        }
    }

    public void ScaleCoordinatesToBudget(CoherentProblem problem, Tensor x, Tensor s, SolveControl control)
    {
        RefreshImages(problem, x, s, control);
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        double* sums = scratch.Partials((nint)count * L * (K + 1)), partials = sums + ((nint)count * L);
        BlockDots(MatricesOf(x), MatricesOf(s), active, count, L, K, partials, sums);
        double* excess = ControlOf(control.PowerExcess);
        for (int i = 0; i < count; i++)
        {
            excess[active[i]] = -1;
            for (int l = 0; l < L; l++)
            {
                double power = sums[(i * L) + l], scale = power > 0 ? Math.Sqrt(problem.PowerBudget[l] / power) : 1;
                sums[(i * L) + l] = scale;
                excess[active[i]] = Math.Max(excess[active[i]], power > 0 ? (power * scale * scale / problem.PowerBudget[l]) - 1 : -1);
            }
        }

        pool.Run(count * L * Parts(K), new ScaleBlocksJob(MatricesOf(x), MatricesOf(s), sums, L, K, active));
    }

    public void RefreshImages(CoherentProblem problem, Tensor x, Tensor s, SolveControl control)
    {
        int count = Active(control, out int* active);
        MultiplyByGram(problem, MatricesOf(x), MatricesOf(s), active, count);
    }

    /// <summary>images_l = G_l x_l; x without blocks is shared by all l.</summary>
    private void MultiplyByGram(CoherentProblem problem, Matrices<T> x, Matrices<T> images, int* active, int count) => new Product<T>
    {
        A = MatricesOf(problem.Gram), ReadA = Simd.Read.Adjoint, B = x, C = images, Rows = problem.K, Columns = problem.K, Inner = problem.K, Blocks = problem.L, // G_l = G_lᴴ, and its rows pack faster so
    }.Run(pool, scratch, active, count);

    /// <summary>sums[i·L + l] = Re⟨a_l, b_l⟩ of active realization i; a b without blocks is shared by all l.</summary>
    private void BlockDots(Matrices<T> a, Matrices<T> b, int* active, int count, int L, int K, double* partials, double* sums)
    {
        pool.Run(count * L * Parts(K), new RowDotsJob(a, b, partials, L, K, active));
        for (int block = 0; block < count * L; block++)
        {
            sums[block] = Reals<T>.Sum(partials + ((nint)block * K), K);
        }
    }

    private static double TraceOf(in Matrices<T> matrices, int realization, int block, int K)
    {
        double trace = 0;
        for (int k = 0; k < K; k++)
        {
            trace += Wide(matrices.Row(realization, block, k)[k]);
        }

        return trace;
    }

    private readonly struct RowDotsJob(Matrices<T> a, Matrices<T> b, double* partials, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> a = a, b = b;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), realization = active[block / L];
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                partials[((nint)block * K) + k] = Reals<T>.Dot(a.Row(realization, block % L, k), b.Row(realization, block % L, k), 2 * K);
            }
        }
    }

    private readonly struct ScaleBlocksJob(Matrices<T> x, Matrices<T> s, double* scales, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> x = x, s = s;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), realization = active[block / L];
            nint size = 2 * (nint)K * Math.Min(RowsPerPart, K - first);
            T scale = Narrow(scales[block]);
            T* rows = x.Row(realization, block % L, first), images = s.Row(realization, block % L, first);
            Reals<T>.Scale(rows, scale, rows, size);
            Reals<T>.Scale(images, scale, images, size);
        }
    }
}
