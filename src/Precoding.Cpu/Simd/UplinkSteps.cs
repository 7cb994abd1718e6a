using System.Runtime.CompilerServices;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    public void UplinkCapacity(CoherentProblem problem, UplinkState uplink, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L, sumCount = UplinkSums(L);
        nint square = 2 * (nint)K * K, vectors = (nint)control.Capacity * K;
        SystemsMemory systems = SystemsFor(count, K, (2 * control.Capacity * square) + vectors + K, out T* memory);
        var gram = new Matrices<T>(memory, square, 0, K);                                   // G of λ
        var inverse = new Matrices<T>(memory + (control.Capacity * square), square, 0, K);  // T
        T* roots = memory + (2 * control.Capacity * square), weights = roots + vectors;
        double* shifts = scratch.Partials(count + vectors + ((nint)count * K * sumCount)), reciprocals = shifts + count, sums = reciprocals + vectors;
        new Span<double>(shifts, count).Fill(1);
        for (int k = 0; k < K; k++)
        {
            weights[k] = Narrow(problem.Weight[k]);
        }

        for (int i = 0; i < count * K; i++)
        {
            nint at = ((nint)active[i / K] * K) + (i % K);
            roots[at] = Narrow(Math.Sqrt(ControlOf(uplink.Power)[at]));
        }

        pool.Run(count * Parts(K), new UplinkGramJob(MatricesOf(problem.Gram), ControlOf(uplink.Noise), gram, L, active));
        var system = new ShiftedGram(gram, 0, roots, shifts);
        SolveSystems(systems, count, system, new IdentityColumns(), new FirstBlockOf(inverse), active, between: new RowWeights(weights, reciprocals) { Order = K });
        fixed (double* alpha = problem.Weight)
        {
            pool.Run(count * Parts(K), new UplinkMarginalJob(MatricesOf(problem.Gram), gram, inverse, roots, alpha, ControlOf(uplink.Power), sums, L, active)
            {
                Marginal = ControlOf(uplink.Marginal), MarginalSize = ControlOf(uplink.MarginalSize), SmallestWeight = uplink.SmallestWeight,
            });
        }

        for (int i = 0; i < count; i++)
        {
            nint r = active[i];
            double capacity = 0;
            for (int k = 0; k < K; k++)
            {
                capacity -= 2 * problem.Weight[k] * Math.Log(reciprocals[(r * K) + k]);
            }

            double* own = sums + ((nint)i * K * sumCount);
            ControlOf(uplink.Capacity)[r] = capacity;
            ControlOf(uplink.CapacitySize)[r] = Math.Abs(capacity) + Reals<T>.Sum(own + L, K, sumCount);
            for (int l = 0; l < L; l++)
            {
                ControlOf(uplink.GainMarginal)[(r * L) + l] = Reals<T>.Sum(own + l, K, sumCount);
            }
        }
    }

    public void AdvanceUplink(CoherentProblem problem, UplinkState uplink, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K, L = problem.L;
        double delta = uplink.Rounding, total = problem.PowerBudget.Sum();
        for (int i = 0; i < count; i++)
        {
            nint r = active[i];
            var g = new ReadOnlySpan<double>(ControlOf(uplink.Marginal) + (r * K), K);
            var size = new ReadOnlySpan<double>(ControlOf(uplink.MarginalSize) + (r * K), K);
            var q = new Span<double>(ControlOf(uplink.Power) + (r * K), K);
            double price = 0, used = 0;
            for (int k = 0; k < K; k++)
            {
                price = Math.Max(price, g[k] + (delta * size[k]));
                used += q[k] * g[k];
            }

            double power = AdvanceNoise(problem.PowerBudget, total, new ReadOnlySpan<double>(ControlOf(uplink.GainMarginal) + (r * L), L), new Span<double>(ControlOf(uplink.Noise) + (r * L), L));
            double bound = ControlOf(uplink.Capacity)[r] + (delta * ControlOf(uplink.CapacitySize)[r]) - used + (power * price);
            ControlOf(control.Objective)[r] = bound;
            if (bound < ControlOf(uplink.Bound)[r])
            {
                ControlOf(uplink.Bound)[r] = bound;
            }

            if (used > 0)
            {
                double sum = 0;
                for (int k = 0; k < K; k++)
                {
                    q[k] = Math.Max(q[k] * g[k], SmallestUplinkShare * used / K);
                    sum += q[k];
                }

                for (int k = 0; k < K; k++)
                {
                    q[k] *= total / sum;
                }
            }
        }
    }

    /// <summary>q_k is at least this share of Σ q g/K before it is scaled, so that no marginal is 0/0.</summary>
    private const double SmallestUplinkShare = 1e-12;

    /// <summary>λ_l is at least this share of the largest.</summary>
    private const double SmallestUplinkNoise = 1e-9;

    /// <summary>c_l of every access point, and what CapacitySize is made of, from one row.</summary>
    private static int UplinkSums(int L) => L + 1;

    /// <summary>λ_l := max(√(c_l/P_l), 10⁻⁹·largest), scaled so that Σ_l λ_l P_l is the budgets' sum; returns Σ_l λ_l P_l of the λ before.</summary>
    private static double AdvanceNoise(double[] budget, double total, ReadOnlySpan<double> gainMarginal, Span<double> noise)
    {
        double before = 0, largest = 0, sum = 0;
        for (int l = 0; l < budget.Length; l++)
        {
            before += noise[l] * budget[l];
            largest = Math.Max(largest, gainMarginal[l] / budget[l]);
        }

        if (!(largest > 0))
        {
            return before;
        }

        for (int l = 0; l < budget.Length; l++)
        {
            noise[l] = Math.Max(Math.Sqrt(Math.Max(0, gainMarginal[l] / budget[l])), SmallestUplinkNoise * Math.Sqrt(largest));
            sum += noise[l] * budget[l];
        }

        for (int l = 0; l < budget.Length; l++)
        {
            noise[l] *= total / sum;
        }

        return before;
    }

    /// <summary>Rows of G = Σ_l G_l/λ_l.</summary>
    private readonly struct UplinkGramJob(Matrices<T> gram, double* noise, Matrices<T> to, int L, int* active) : IJob
    {
        private readonly Matrices<T> gram = gram, to = to;

        public void Execute(int index, int worker)
        {
            int K = to.Columns, parts = Parts(K), r = active[index / parts], first = index % parts * RowsPerPart;
            double* lambda = noise + ((nint)r * L);
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                T* row = to.Row(r, 0, k);
                Reals<T>.Scale(gram.Row(r, 0, k), Narrow(1 / lambda[0]), row, 2 * K);
                for (int l = 1; l < L; l++)
                {
                    Reals<T>.Combine(row, T.One, gram.Row(r, l, k), Narrow(1 / lambda[l]), row, 2 * K);
                }
            }
        }
    }

    /// <summary>g_k, e_k and a row's share of the sums, from rows k of G, T and G_l: T is Hermitian, so Re(G_km T_mk) is the product of two rows.</summary>
    /// <param name="sums">[i][k][c of every l, share of s].</param>
    private readonly struct UplinkMarginalJob(
        Matrices<T> ofPoint, Matrices<T> gram, Matrices<T> inverse, T* roots, double* alpha, double* power, double* sums, int L, int* active) : IJob
    {
        private readonly Matrices<T> ofPoint = ofPoint, gram = gram, inverse = inverse;

        public required double* Marginal { private get; init; }

        public required double* MarginalSize { private get; init; }

        public required double SmallestWeight { private get; init; }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int K = gram.Columns, parts = Parts(K), i = index / parts, r = active[i], first = index % parts * RowsPerPart;
            for (int k = first; k < Math.Min(first + RowsPerPart, K); k++)
            {
                Row(r, k, K, sums + ((((nint)i * K) + k) * UplinkSums(L)));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Row(int r, int k, int K, double* sum)
        {
            T* g = gram.Row(r, 0, k), t = inverse.Row(r, 0, k), root = roots + ((nint)r * K);
            double rootK = Wide(root[k]), gainK = Wide(g[k]), diagonal = 1 + (rootK * rootK * gainK), value = 0, others = 0;
            for (int m = 0; m < K; m++)
            {
                double gRe = Wide(g[m]), gIm = Wide(g[K + m]), tRe = Wide(t[m]), tIm = Wide(t[K + m]), rootM = Wide(root[m]);
                if (m != k)
                {
                    value += rootM * ((gRe * tRe) + (gIm * tIm));
                    others += Math.Sqrt(((tRe * tRe) + (tIm * tIm)) * (1 + (rootM * rootM * Wide(gram.Row(r, 0, m)[m]))));
                }
            }

            nint at = ((nint)r * K) + k;
            Marginal[at] = ((alpha[k] * gainK) + (value / rootK)) / diagonal;
            double gain = Math.Sqrt(gainK), w = others / rootK, own = Wide(t[k]);
            MarginalSize[at] = (2 * w * (w + (gain * own)) / SmallestWeight) + (2 * gain * ((alpha[k] * gain) + w) / diagonal);
            sum[L] = (Math.Sqrt(diagonal) * (others + (own * Math.Sqrt(diagonal)))) + (power[at] * MarginalSize[at]);
            for (int l = 0; l < L; l++)
            {
                T* row = ofPoint.Row(r, l, k);
                double marginal = 0;
                for (int m = 0; m < K; m++)
                {
                    marginal += Wide(root[m]) * ((Wide(row[m]) * Wide(t[m])) + (Wide(row[K + m]) * Wide(t[K + m])));
                }

                sum[l] = rootK * marginal;
            }
        }
    }
}
