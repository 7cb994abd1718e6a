using Precoding.Engines;

namespace Precoding.Benchmarks.Ops;

/// <summary>A step in the reduced coordinates, after the first half of a conjugate gradient iteration from maximum ratio.</summary>
public abstract class ReducedStepBenchmark : StepBenchmark
{
    /// <summary>γ, the Hamiltonian's default.</summary>
    protected const double Damping = 0.4;

    /// <summary>L complex products of K × K × K per realization.</summary>
    protected double ProductFlops => 8 * Extents.R * Extents.L * Math.Pow(Extents.K, 3);

    /// <summary>X_l, [realization, accessPoint, k, u].</summary>
    protected Tensor X { get; private set; } = null!;

    /// <summary>S_l = G_l X_l, shaped like X.</summary>
    protected Tensor S { get; private set; } = null!;

    protected Tensor Best { get; private set; } = null!;

    protected Tensor Momentum { get; private set; } = null!;

    /// <summary>W, [realization, k, u].</summary>
    protected Tensor W { get; private set; } = null!;

    protected Tensor PreviousW { get; private set; } = null!;

    protected Tensor SignalWeight { get; private set; } = null!;

    protected Tensor Multiplier { get; private set; } = null!;

    protected Tensor Regularizer { get; private set; } = null!;

    protected Tensor Q { get; private set; } = null!;

    protected Tensor QImage { get; private set; } = null!;

    protected Tensor Tangent { get; private set; } = null!;

    protected Tensor MovedPower { get; private set; } = null!;

    protected Tensor Eta { get; private set; } = null!;

    protected Tensor D { get; private set; } = null!;

    protected Tensor DImage { get; private set; } = null!;

    protected Tensor Power { get; private set; } = null!;

    protected Tensor Rates { get; private set; } = null!;

    /// <summary>[realization, accessPoint, stream, antenna].</summary>
    protected Tensor Precoders { get; private set; } = null!;

    protected override void Prepare()
    {
        int K = Problem.K, L = Problem.L;
        (X, S, Best, Momentum) = (Complex(L, K, K), Complex(L, K, K), Complex(L, K, K), Complex(L, K, K));
        (QImage, D, DImage) = (Complex(L, K, K), Complex(L, K, K), Complex(L, K, K));
        (W, PreviousW, Q) = (Complex(K, K), Complex(K, K), Complex(K, K));
        (SignalWeight, Multiplier, Regularizer, Eta, Power, Rates, Tangent, MovedPower) = (Reals(K), Reals(L), Reals(), Reals(), Reals(L), Reals(K), Reals(L), Reals(L, 3));
        Precoders = Complex(L, K, Problem.M);
        Engine.MatchedCoordinates(Problem, X, S, Control);
        Engine.RateWeights(Problem, S, W, SignalWeight, Control);
        Engine.TangentMultipliers(Problem, S, W, Multiplier, Regularizer, Control);
        Engine.PreconditionGradient(Problem, S, W, SignalWeight, Multiplier, Regularizer, Q, Control);
        Engine.PreconditionedGradient(Problem, S, Q, QImage, Tangent, Control);
        Engine.ConjugateDirection(Problem, X, S, W, W, Q, QImage, Tangent, Multiplier, Multiplier, Eta, D, DImage, MovedPower, Control);
        Engine.ForceChange(Problem, W, PreviousW, Control);
    }
}
