namespace Precoding;

/// <summary>What every precoder understands.</summary>
public abstract record PrecoderOptions
{
    /// <summary>Iteration limit; reaching it is a status, not a failure.</summary>
    public int MaxIterations { get; init; } = 200;

    /// <summary>ε: a realization settles when |R⁽ᵈ⁾ − R⁽ᵈ⁻¹⁾| ≤ ε·max(1, R) on <see cref="Patience"/> consecutive iterations. 0 settles only when the rate stays the same to the last bit.</summary>
    public double Tolerance { get; init; } = 1e-5;

    /// <summary>Consecutive iterations with a small change before a realization is settled.</summary>
    public int Patience { get; init; } = 3;

    /// <summary>The host looks at the statuses every so many iterations; results do not depend on it.</summary>
    public int CheckInterval { get; init; } = 10;

    /// <summary>Starts; with several, each realization keeps the best outcome.</summary>
    public IReadOnlyList<InitialPrecoder> Starts { get; init; } = [new InitialPrecoder.MaximumRatio()];

    /// <summary>One of them is given precoders.</summary>
    internal bool StartsWarm => Starts.Any(start => start is InitialPrecoder.WarmStart);

    /// <summary>Seed of the random starts.</summary>
    public ulong Seed { get; init; }

    /// <summary>Wall-clock limit of a solve; realizations not settled by then have the status TimeLimit and their best iterate. Looked at between iterations; a large batch is solved in pieces, and each has its share of the time left.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Throws with every problem at once.</summary>
    public void Validate()
    {
        var problems = new List<string>();
        CollectProblems(problems);
        ValidationException.ThrowIfAny(problems);
    }

    /// <summary>Adds a sentence per problem: name, value, rule.</summary>
    protected virtual void CollectProblems(List<string> problems)
    {
        Require(problems, MaxIterations is >= 1 and <= 1_000_000, nameof(MaxIterations), MaxIterations, "it must be from 1 to 1000000");
        Require(problems, Tolerance >= 0 && double.IsFinite(Tolerance), nameof(Tolerance), Tolerance, "it must be finite and not negative (0 settles only when the rate stays the same to the last bit)");
        Require(problems, Patience >= 1, nameof(Patience), Patience, "it must be at least 1");
        Require(problems, CheckInterval >= 1, nameof(CheckInterval), CheckInterval, "it must be at least 1");
        Require(problems, Starts.Count >= 1, nameof(Starts), "empty", "at least one start is needed");
        Require(problems, TimeLimit is null || TimeLimit > TimeSpan.Zero, nameof(TimeLimit), TimeLimit!, "it must be positive, or absent for no limit");
    }

    protected void Require(List<string> problems, bool holds, string name, object value, string rule)
    {
        if (!holds)
        {
            problems.Add(FormattableString.Invariant($"{GetType().Name}.{name} is {value}; {rule}."));
        }
    }

    /// <summary>For precoders that work on coordinates, where a uniform beam vector means nothing.</summary>
    protected void RequireNoUniformStart(List<string> problems) => Require(
        problems, !Starts.Any(s => s is InitialPrecoder.Uniform), nameof(Starts), "uniform", "that start exists in the beam domain only; use mrt, rzf, wmmse:N, random or warm");
}

/// <summary>Closed-form precoders have nothing to iterate.</summary>
public sealed record ClosedFormOptions : PrecoderOptions;

/// <summary>Options of <see cref="Wmmse"/>.</summary>
public sealed record WmmseOptions : PrecoderOptions
{
    protected override void CollectProblems(List<string> problems)
    {
        base.CollectProblems(problems);
        RequireNoUniformStart(problems);
    }
}

/// <summary>Constants of the damped RATTLE integrator, shared by the beam-structured and the reduced Hamiltonian; defaults are [BSP §V]'s.</summary>
public abstract record HamiltonianOptions : PrecoderOptions
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
public sealed record ReducedHamiltonianOptions : HamiltonianOptions
{
    protected override void CollectProblems(List<string> problems)
    {
        base.CollectProblems(problems);
        RequireNoUniformStart(problems);
    }
}

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

    /// <summary>Forces an evaluation order; by default the engine chooses.</summary>
    public EvaluationOrder EvaluationOrder { get; init; } = EvaluationOrder.Auto;

    protected override void CollectProblems(List<string> problems)
    {
        base.CollectProblems(problems);
        Require(problems, FineFactor is >= 1 and <= 16, nameof(FineFactor), FineFactor, "it must be from 1 to 16");
        Require(problems, PursuitResidual is > 0 and < 1, nameof(PursuitResidual), PursuitResidual, "it must lie between 0 and 1, both excluded");
    }
}

/// <summary>Options of <see cref="ReducedConjugateGradient"/>.</summary>
public sealed record ReducedConjugateGradientOptions : PrecoderOptions
{
    public ReducedConjugateGradientOptions() => MaxIterations = 30;

    /// <summary>
    /// Images S_l = G_l X_l are recomputed, and the blocks put back on their budgets, every so many iterations, against the drift of incremental updates.
    /// Measured over 2 … 16 in single precision, loads K/M from 0.1 to 1 and 0 – 35 dB: no difference beyond rounding.
    /// </summary>
    public int RefreshInterval { get; init; } = 10;

    protected override void CollectProblems(List<string> problems)
    {
        base.CollectProblems(problems);
        RequireNoUniformStart(problems);
        Require(problems, RefreshInterval >= 1, nameof(RefreshInterval), RefreshInterval, "it must be at least 1");
    }
}
