using System.Numerics;
using Precoding.Engines;

namespace Precoding;

/// <summary>
/// RZF weighted by the rates of maximum ratio: one WMMSE iteration from MRT over all access points together, with the one budget Σ_l ‖P_l‖²/c_l ≤ Σ_l P_l/c_l, whose multiplier has a closed
/// form; then each block on its own budget. With S = Σ_l c_l G_l of MRT, X_l ∝ c_l (ΩS + λI)⁻¹ diag(w∘a), λ = Σ_k ω_k/tr S. Where K &gt; M some users must be turned off, and three such
/// iterations find out which, all with the S of MRT. [coherent.md §6]
/// </summary>
internal sealed class WeightedForcing : IDisposable
{
    private const int OverloadedIterationCount = 3;

    private readonly IEngine engine;
    private readonly CoherentProblem problem, joint;
    private readonly SolveControl control;
    private readonly Tensor w, q, transposed, identity, momentum, signalWeight, trace, multiplier, regularizer;
    private readonly double[] omega, share, lambda, c;

    public WeightedForcing(IEngine engine, CoherentProblem problem, SolveControl control)
    {
        (this.engine, this.problem, this.control) = (engine, problem, control);
        (int capacity, int K, int L) = (problem.Capacity, problem.K, problem.L);
        joint = problem.Joint(engine);
        w = engine.Create("startW", ElementKind.Complex, capacity, K, K);
        q = engine.Create("startQ", ElementKind.Complex, capacity, K, K);
        transposed = engine.Create("startTransposed", ElementKind.Complex, capacity, 1, K, K);
        identity = engine.Create("startIdentity", ElementKind.Complex, capacity, K, K);
        momentum = engine.Create("startMomentum", ElementKind.Complex, capacity, L, K, K);
        signalWeight = engine.Create("startSignalWeight", ElementKind.Control, capacity, K);
        trace = engine.Create("startTrace", ElementKind.Control, capacity, L);
        multiplier = engine.Create("startMultiplier", ElementKind.Control, capacity, 1);
        regularizer = engine.Create("startRegularizer", ElementKind.Control, capacity);
        (omega, share, lambda, c) = (new double[capacity * K], new double[capacity * L], new double[capacity], new double[capacity]);
        var ones = new Complex[capacity * K * K];
        for (int i = 0; i < capacity * K; i++)
        {
            ones[(i * K) + (i % K)] = Complex.One;
        }

        identity.Write(ones);
    }

    public void Begin(Tensor x, Tensor s)
    {
        engine.MatchedCoordinates(problem, x, s, control);                                                    // S_l = c_l G_l
        engine.TangentMultipliers(problem, s, identity, trace, regularizer, control);                         // tr S_l/P_l
        trace.Read(share);
        Sum(s, joint.GramSum);                                                                                // S, the metric of the joint problem
        Iterate(x, s, joint.GramSum);
        for (int iteration = 1; problem.K > problem.M && iteration < OverloadedIterationCount; iteration++)
        {
            Sum(s, joint.Gram);
            Iterate(x, s, joint.Gram);
        }
    }

    public void Dispose()
    {
        foreach (IDisposable owned in (IDisposable[])[joint, w, q, transposed, identity, momentum, signalWeight, trace, multiplier, regularizer])
        {
            owned.Dispose();
        }
    }

    /// <param name="sum">Σ_l S_l.</param>
    private void Iterate(Tensor x, Tensor s, Tensor sum)
    {
        engine.RateWeights(problem, s, w, signalWeight, control);                                             // W = ΩΣ_l S_l − diag(w∘a), ω
        WriteMultipliers();                                                                                   // λ, −λ
        engine.PreconditionGradient(joint, sum, w, signalWeight, multiplier, regularizer, q, control);  // Q = (ΩS + λI)⁻¹ (W − ΩΣ_l S_l), because its multiplier is −λ
        engine.ClearComplex(x, control);
        engine.ClearComplex(momentum, control);
        engine.ProjectedMomentumStep(problem, q, stepSize: 1, retention: 0, momentum, x, s, control);         // X_l = −Q, on its budget
    }

    /// <summary>Σ_l S_l, by two transpositions.</summary>
    private void Sum(Tensor s, Tensor sum)
    {
        engine.StreamCouplings(problem, s, transposed, control);
        engine.StreamCouplings(joint, transposed, sum, control);
    }

    /// <summary>λ = Σ_k ω_k/tr S, the multiplier of the one budget; 0 without any channel, which leaves X = 0.</summary>
    private void WriteMultipliers()
    {
        (int K, int L) = (problem.K, problem.L);
        signalWeight.Read(omega);
        for (int r = 0; r < control.RealizationCount; r++)
        {
            double weights = 0, sum = 0;
            for (int k = 0; k < K; k++)
            {
                weights += omega[(r * K) + k];
            }

            for (int l = 0; l < L; l++)
            {
                sum += problem.PowerBudget[l] * share[(r * L) + l];
            }

            lambda[r] = sum > 0 ? weights / sum : 0;
            c[r] = -lambda[r];
        }

        multiplier.Write(c);
        regularizer.Write(lambda);
    }
}
