namespace Precoding.Engines;

/// <summary>
/// Steps of successive convex approximation for single-antenna users, streams of one branch: E = (E_ks), E_ks = e_s[k] what user k hears of stream s, u(s) its user,
/// i(s) its access point; ξ_k(E) = 1 + Σ_{u(s)≠k} |E_ks|², always added up; Re⟨A, B⟩_i = Σ_{s of i} Re a_sᴴ b_s. The sum rate has the concave minorant at E⁰
/// f(E) = Σ_k α_k log2(1 + γ_k(E)), γ_k(E) = 2 Re Σ_{s to k} a_s* E_ks − b_k ξ_k(E), with a_s = E⁰_us/ξ_u(E⁰), u = u(s), b_k = Σ_{s to k} |a_s|²; users with
/// α_k = 0 are left out, and f = −∞ where another has 1 + γ_k ≤ 0. Every realization maximises its minorant over the power balls by accelerated projected gradients, a pass
/// with one trial step at a time (<see cref="MinorantGradient"/>, <see cref="MinorantStep"/>), until it decides that its sub-problem has ended (<see cref="ScaState.Outcome"/>); then
/// it begins the next (<see cref="MinorantTangent"/>, <see cref="AdvanceSubproblems"/>) while others go on. Rates and f in bit/s/Hz. [noncoherent.md §8]
/// </summary>
public interface IScaOps
{
    /// <summary>
    /// Where Outcome is not Improving: X_i and E_i times √(P_i/Re⟨X, E⟩_i) where rounding put them above the budget; sets PowerExcess.
    /// Then the minorant at E: a, b; τ_i = 1/Σ_k w_k b_k G_i[k,k], 0 where the sum is 0, with w_k = α_k/((1 + γ_k) ln 2);
    /// Y := X, E_Y := E, f := f_Y := f_0 := the sum rate Σ_k α_k log2(1 + Σ_{s to k} |E_ks|²/ξ_k), U := +∞, θ := 1, PassCount := 0, IsBest := 1.
    /// Objective = f_0 ln 2. Outcome and StepSize stay.
    /// </summary>
    /// <param name="x">X, updated.</param>
    /// <param name="e">E, its images, updated.</param>
    void MinorantTangent(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, ScaState state, SolveControl control);

    /// <summary>
    /// W of df = 2 Re tr(Wᴴ dE) at E_Y: W_ks = w_k a_s where u(s) = k, −w_k b_k E_Y,ks elsewhere, w_k = α_k/((1 + γ_k(E_Y)) ln 2); and its images G_i(s) w_s,
    /// the only product of a pass. 0 for streams of no access point.
    /// </summary>
    void MinorantGradient(StreamProblem problem, StreamTable streams, ScaState state, SolveControl control);

    /// <summary>
    /// A pass from Y; Passes + 1. Per access point yy = Re⟨Y, E_Y⟩, yw = Re⟨W, E_Y⟩, ww = max(Re⟨W, GW⟩, 0).
    /// <para>Bound, valid for every Y: U := min(U, f_Y + 2 Σ_i (√(P_i ww_i) − yw_i)), Gap = U − f; Stationarity = Gap in the first pass, where Y = X = X⁰.
    /// Outcome := Solved where Gap ≤ max(δ max(1, |f|), κ (f − f_0)), δ = max(GapTolerance, 20ε), ε the engine's, κ = GapShare; Stalled where f is not finite;
    /// PassLimit where PassCount = PassLimit. Nothing else happens then; elsewhere PassCount + 1 and a trial.</para>
    /// <para>Trial, h = StepSize: t_i = h τ_i, q_i = yy + 2t_i yw + t_i² ww, c_i = √(P_i/q_i) where q_i > P_i, 1 elsewhere;
    /// X₁ = c_i (Y + t_i W), E₁ = c_i (E_Y + t_i GW), f₁ = f(E₁). Rejected, h := h/2, unless
    /// f₁ ≥ f_Y + 2 Σ_i ((c_i − 1) yw + c_i t_i ww) − Σ_{t_i>0} ((c_i − 1)² yy + 2(c_i − 1)c_i t_i yw + (c_i t_i)² ww)/t_i − ρ max(1, |f_Y|),
    /// ρ = 10⁻¹⁴ (single precision: 5·10⁻⁷). Otherwise h := 1.1 h and one of these.</para>
    /// <para>f₁ ≤ f with IsBest: Outcome := Stalled.</para>
    /// <para>f₁ &lt; f, back to the best: Y := X, E_Y := E, f_Y := f, θ := 1, IsBest := 1.</para>
    /// <para>Else, with θ⁺ = (1 + √(1 + 4θ²))/2 and β = (θ − 1)/θ⁺: Y := X₁ + β(X₁ − X), E_Y := E₁ + β(E₁ − E), f_Y := f(E_Y), θ := θ⁺, IsBest := 0; but Y := X₁, E_Y := E₁,
    /// f_Y := f₁, θ := 1, IsBest := 1 where Re⟨W, E₁⟩ &lt; Re⟨W, E⟩, downhill, or f(E_Y) would be −∞. Then X := X₁, E := E₁, f := f₁.</para>
    /// </summary>
    /// <param name="x">X, the best so far, within the budgets up to rounding, updated.</param>
    /// <param name="e">E = its images, updated alike.</param>
    void MinorantStep(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, ScaState state, SolveControl control);

    /// <summary>
    /// Where Outcome is not Improving: all that <see cref="ICommonOps.AdvanceControl"/> does, with Objective as <see cref="MinorantTangent"/> left it, so that an iteration is a sub-problem;
    /// PassesAt[Iteration] := Passes; Outcome := Improving.
    /// </summary>
    void AdvanceSubproblems(ScaState state, SolveControl control);
}
