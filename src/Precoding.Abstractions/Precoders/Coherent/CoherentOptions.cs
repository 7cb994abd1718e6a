namespace Precoding;

/// <summary>What the coherent precoders of single-antenna users understand.</summary>
public abstract record CoherentOptions : PrecoderOptions
{
    /// <summary>A uniform beam vector means nothing to methods that work on coordinates.</summary>
    private protected virtual bool StartsUniformly => false;

    protected override void CollectProblems(List<string> problems)
    {
        base.CollectProblems(problems);
        bool known = Starts.All(s => s is InitialPrecoder.MaximumRatio or InitialPrecoder.RegularizedZeroForcing or InitialPrecoder.WeightedZeroForcing or InitialPrecoder.Wmmse
            or InitialPrecoder.Random or InitialPrecoder.WarmStart or InitialPrecoder.Uniform);
        Require(problems, known, nameof(Starts), string.Join(",", Starts), "this precoder starts from mrt, rzf, wrzf, wmmse:N, random or warm");
        Require(
            problems, StartsUniformly || !Starts.Any(s => s is InitialPrecoder.Uniform), nameof(Starts), "uniform", "that start exists in the beam domain only; use mrt, rzf, wrzf, wmmse:N, random or warm");
    }

    private protected void RequireBeams(List<string> problems, BeamSettings beams)
    {
        RequireFineFactor(problems, beams.FineFactor);
        Require(problems, beams.PursuitResidual is > 0 and < 1, nameof(beams.PursuitResidual), beams.PursuitResidual, "it must lie between 0 and 1, both excluded");
    }

    private protected void RequireFineFactor(List<string> problems, int fineFactor) =>
        Require(problems, fineFactor is >= 1 and <= 16, "FineFactor", fineFactor, "it must be from 1 to 16");
}

/// <summary>Closed-form precoders have nothing to iterate.</summary>
public record ClosedFormOptions : CoherentOptions;

/// <summary>Options of <see cref="DftCodebook"/>.</summary>
public sealed record DftCodebookOptions : ClosedFormOptions
{
    /// <summary>F: beams per antenna in the codebook, N = F·M.</summary>
    public int FineFactor { get; init; } = 2;

    protected override void CollectProblems(List<string> problems)
    {
        base.CollectProblems(problems);
        RequireFineFactor(problems, FineFactor);
    }
}

/// <summary>Options of <see cref="Wmmse"/>.</summary>
public sealed record WmmseOptions : CoherentOptions
{
    /// <summary>
    /// Complex multiplications that a design may cost by <see cref="Complexity"/>, that of another precoder for a comparison at matched complexity: ends after as many iterations
    /// as fit, which is never more than <see cref="PrecoderOptions.MaxIterations"/> and at least 1; rounded up to whole rounds under power limits of single antennas. [BSP Fig. 5]
    /// </summary>
    public double? ComplexityLimit { get; init; }

    protected override void CollectProblems(List<string> problems)
    {
        base.CollectProblems(problems);
        Require(problems, ComplexityLimit is null or > 0, nameof(ComplexityLimit), ComplexityLimit!, "it must be positive, or absent for no limit");
    }
}

/// <summary>Constants of the damped RATTLE integrator, shared by the beam-structured and the reduced Hamiltonian; defaults are [BSP §V]'s.</summary>
public abstract record HamiltonianOptions : CoherentOptions
{
    /// <summary>γ in [BSP (44b)].</summary>
    public double Damping { get; init; } = 0.4;

    /// <summary>h⁰.</summary>
    public double InitialStepSize { get; init; } = 0.07;

    /// <summary>r of the step rule h⁺ = (r/δ)^{θ/2} h.</summary>
    public double StepReference { get; init; } = 2;

    /// <summary>θ of the step rule; 0 keeps the step size fixed.</summary>
    public double StepExponent { get; init; } = 0.1;

    protected override void CollectProblems(List<string> problems)
    {
        base.CollectProblems(problems);
        Require(problems, Damping > 0 && double.IsFinite(Damping), nameof(Damping), Damping, "it must be positive (0 conserves energy and never settles)");
        Require(problems, InitialStepSize > 0 && double.IsFinite(InitialStepSize), nameof(InitialStepSize), InitialStepSize, "it must be positive and finite");
        Require(problems, StepReference > 0 && double.IsFinite(StepReference), nameof(StepReference), StepReference, "it must be positive and finite");
        Require(problems, StepExponent is >= 0 and <= 2, nameof(StepExponent), StepExponent, "it must be from 0 (fixed step) to 2");
    }
}

/// <summary>Options of <see cref="ReducedHamiltonian"/>.</summary>
public sealed record ReducedHamiltonianOptions : HamiltonianOptions;

/// <summary>How the integrator meets the power budgets. [coherent.md §3.2]</summary>
public enum PositionConstraint
{
    /// <summary>RATTLE's own multiplier from a scalar quadratic: every iterate is feasible to rounding.</summary>
    Exact,

    /// <summary>The acceleration-level multiplier printed as [BSP (56)], then scaling back to the budget.</summary>
    Printed,
}

/// <summary>The factor in the velocity multiplier μ. [coherent.md §3.3]</summary>
public enum VelocityMultiplier
{
    /// <summary>2/h, what makes the momentum tangent before damping.</summary>
    Tangent,

    /// <summary>γ/2, as printed in [BSP].</summary>
    Printed,
}

/// <summary>The mass matrix M of the flow. [coherent.md §3.8]</summary>
public enum MassMatrix
{
    Identity,

    /// <summary>The diagonal of the Hessian of f, not below a floor. [BSP Fig. 7]</summary>
    DiagonalHessian,
}

/// <summary>How the beams a user may use are chosen. [coherent.md §2]</summary>
public enum SupportSelector
{
    /// <summary>Orthogonal matching pursuit of the channel.</summary>
    Pursuit,

    /// <summary>[BSP (3)] literally: beams into whose bin a path falls; needs channels with path parameters.</summary>
    PathBinning,

    /// <summary>Every beam.</summary>
    Full,
}

/// <summary>Options of <see cref="BeamStructuredHamiltonian"/>.</summary>
public sealed record BeamStructuredHamiltonianOptions : HamiltonianOptions
{
    /// <summary>F: beams per antenna, N = F·M. [BSP §V] uses 2.</summary>
    public int FineFactor { get; init; } = 2;

    public SupportSelector Support { get; init; } = SupportSelector.Pursuit;

    /// <summary>ε of the pursuit: residual energy relative to the link's.</summary>
    public double PursuitResidual { get; init; } = 0.03;

    public PositionConstraint PositionConstraint { get; init; } = PositionConstraint.Exact;

    public VelocityMultiplier VelocityMultiplier { get; init; } = VelocityMultiplier.Tangent;

    public MassMatrix Mass { get; init; } = MassMatrix.Identity;

    /// <summary>The diagonal of the Hessian is computed anew every so many iterations; [BSP Fig. 7] has 1 and 5.</summary>
    public int MassRefreshInterval { get; init; } = 1;

    /// <summary>No entry of the mass is below this share of their mean: a Hessian's are small or negative where f is flat or concave.</summary>
    public double MassFloor { get; init; } = 0.5;

    /// <summary>h⁰ with <see cref="MassMatrix.DiagonalHessian"/>, in place of <see cref="HamiltonianOptions.InitialStepSize"/>: M gives h its scale.
    /// By default 1 with a mass anew every iteration, 0.5 with an older one, which the first, long steps outrun.</summary>
    public double? HessianInitialStepSize { get; init; }

    /// <summary>Forces an evaluation order; by default the engine chooses.</summary>
    public EvaluationOrder EvaluationOrder { get; init; } = EvaluationOrder.Auto;

    internal BeamSettings Beams => new(FineFactor, Support, PursuitResidual);

    private protected override bool StartsUniformly => true;

    protected override void CollectProblems(List<string> problems)
    {
        base.CollectProblems(problems);
        RequireBeams(problems, Beams);
        Require(problems, MassRefreshInterval >= 1, nameof(MassRefreshInterval), MassRefreshInterval, "it must be at least 1");
        Require(problems, MassFloor > 0 && double.IsFinite(MassFloor), nameof(MassFloor), MassFloor, "it must be positive and finite");
        Require(
            problems, HessianInitialStepSize is null || (HessianInitialStepSize > 0 && double.IsFinite(HessianInitialStepSize.Value)), nameof(HessianInitialStepSize),
            HessianInitialStepSize!, "it must be positive and finite, or absent for the default");
    }
}

/// <summary>Options of <see cref="BeamConjugateGradient"/>.</summary>
public sealed record BeamConjugateGradientOptions : CoherentOptions
{
    public BeamConjugateGradientOptions() => MaxIterations = 60;

    /// <summary>F: beams per antenna, N = F·M. [BSP §V] uses 2.</summary>
    public int FineFactor { get; init; } = 2;

    public SupportSelector Support { get; init; } = SupportSelector.Pursuit;

    /// <summary>ε of the pursuit: residual energy relative to the link's.</summary>
    public double PursuitResidual { get; init; } = 0.03;

    /// <summary>Images are recomputed from u, and the blocks put back on their budgets, every so many iterations, against the drift of incremental updates.</summary>
    public int RefreshInterval { get; init; } = 10;

    /// <summary>Forces an evaluation order of the gradient; by default the engine chooses.</summary>
    public EvaluationOrder EvaluationOrder { get; init; } = EvaluationOrder.Auto;

    internal BeamSettings Beams => new(FineFactor, Support, PursuitResidual);

    private protected override bool StartsUniformly => true;

    protected override void CollectProblems(List<string> problems)
    {
        base.CollectProblems(problems);
        RequireBeams(problems, Beams);
        Require(problems, RefreshInterval >= 1, nameof(RefreshInterval), RefreshInterval, "it must be at least 1");
    }
}

/// <summary>Options of <see cref="ReducedConjugateGradient"/>.</summary>
public sealed record ReducedConjugateGradientOptions : CoherentOptions
{
    public ReducedConjugateGradientOptions() => (MaxIterations, Starts) = (30, [new InitialPrecoder.WeightedZeroForcing()]);

    /// <summary>
    /// Images S_l = G_l X_l are recomputed, and the blocks put back on their budgets, every so many iterations, against the drift of incremental updates.
    /// Measured over 2 … 16 in single precision, loads K/M from 0.1 to 1 and 0 – 35 dB: no difference beyond rounding.
    /// </summary>
    public int RefreshInterval { get; init; } = 10;

    protected override void CollectProblems(List<string> problems)
    {
        base.CollectProblems(problems);
        Require(problems, RefreshInterval >= 1, nameof(RefreshInterval), RefreshInterval, "it must be at least 1");
    }
}

/// <summary>Options of <see cref="UnfoldedProjectedGradient"/>; MaxIterations beyond the number of layers means all of them.</summary>
public sealed record UnfoldedProjectedGradientOptions : CoherentOptions
{
    public UnfoldedProjectedGradientOptions() => Starts = [new InitialPrecoder.RegularizedZeroForcing()];

    /// <summary>What the layers have learned; by default what comes with the library.</summary>
    public UnfoldedWeights Weights { get; init; } = UnfoldedWeights.Shipped;
}
