using System.Runtime.CompilerServices;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    public void BlendRegularizer(CoherentProblem problem, Tensor signalWeight, double scale, double exponent, Tensor regularizer, SolveControl control)
    {
        int count = Active(control, out int* active), K = problem.K;
        Matrices<T> gram = MatricesOf(problem.GramSum);
        for (int i = 0; i < count; i++)
        {
            double* omega = ControlOf(signalWeight) + ((nint)active[i] * K);
            ref double lambda = ref ControlOf(regularizer)[active[i]];
            double tau = 0;
            for (int k = 0; k < K; k++)
            {
                tau += omega[k] * Wide(gram.Row(active[i], 0, k)[k]) / K;
            }

            if (lambda > 0 && tau > 0)
            {
                lambda *= scale * Math.Pow(tau / lambda, exponent);
            }
        }
    }

    public void ProjectedMomentumStep(CoherentProblem problem, Tensor q, double stepSize, double retention, Tensor momentum, Tensor x, Tensor s, SolveControl control)
    {
        int count = Active(control, out int* active);
        pool.Run(
            count * problem.L * Parts(problem.K),
            new MomentumStepJob(MatricesOf(q), MatricesOf(momentum), MatricesOf(x), Narrow(stepSize), Narrow(retention), problem.L, problem.K, active));
        ScaleCoordinatesToBudget(problem, x, s, control);
    }

    /// <summary>ν := βν − αQ, X := X + ν.</summary>
    private readonly struct MomentumStepJob(Matrices<T> q, Matrices<T> nu, Matrices<T> x, T stepSize, T retention, int L, int K, int* active) : IJob
    {
        private readonly Matrices<T> q = q, nu = nu, x = x;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            int first = index % Parts(K) * RowsPerPart, block = index / Parts(K), r = active[block / L], l = block % L;
            nint size = 2 * (nint)K * Math.Min(RowsPerPart, K - first);
            T* momentum = nu.Row(r, l, first), coordinates = x.Row(r, l, first);
            Reals<T>.Combine(momentum, retention, q.Row(r, 0, first), -stepSize, momentum, size);
            Reals<T>.Combine(coordinates, T.One, momentum, T.One, coordinates, size);
        }
    }
}
