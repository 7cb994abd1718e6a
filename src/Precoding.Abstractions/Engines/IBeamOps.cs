namespace Precoding.Engines;

/// <summary>
/// Which beams each user may use at each access point, Φ. Slots are numbered by user, then access point, then beam ascending; a beam vector is
/// u[realization, slot].
/// </summary>
public sealed class BeamSupport : IDisposable
{
    /// <param name="beamsPerLink">Most beams any (user, access point) may have.</param>
    public BeamSupport(IEngine engine, CoherentProblem problem, int fineFactor, int beamsPerLink)
    {
        FineFactor = fineFactor;
        N = checked(fineFactor * problem.M);
        SlotCapacity = checked(problem.K * problem.L * beamsPerLink);
        Start = engine.Create("supportStart", ElementKind.Integer, problem.Capacity, (problem.K * problem.L) + 1);
        Beam = engine.Create("supportBeam", ElementKind.Integer, problem.Capacity, SlotCapacity);
    }

    /// <summary>F.</summary>
    public int FineFactor { get; }

    /// <summary>Beams per access point, N = F·M.</summary>
    public int N { get; }

    public int SlotCapacity { get; }

    /// <summary>First slot of (user k, access point l) at index k·L + l; one more entry closes the list. [realization, K·L + 1]</summary>
    public Tensor Start { get; }

    /// <summary>Beam number n of a slot, 0…N−1. [realization, slot]</summary>
    public Tensor Beam { get; }

    public void Dispose()
    {
        Start.Dispose();
        Beam.Dispose();
    }
}

/// <summary>Which diagonal of the Hessian of f. [coherent.md §3.7, §3.8]</summary>
public enum CurvatureKind
{
    /// <summary>Its own, which may be negative.</summary>
    Hessian,

    /// <summary>Term by term not negative: a preconditioner.</summary>
    Positive,
}

/// <summary>
/// Steps in the beam domain: p_{u,l} = V u_{u,l} with V[m,n] = M^{-1/2} exp(−jπ m Ω_n), Ω_n = (2n − N)/N. ψ_l(u) = ‖V u_l‖² − P_l.
/// Beam vectors [realization, slot]; couplings are kept by stream: sT[realization, u, k] = S[k,u] and wT likewise. [coherent.md §2, §3]
/// </summary>
public interface IBeamOps
{
    /// <summary>Y = V̄ᴴ H: Y[realization, l·N + n, k] = v_nᴴ h_{k,l}.</summary>
    void BeamTable(CoherentProblem problem, BeamSupport support, Tensor table, SolveControl control);

    /// <summary>
    /// Orthogonal matching pursuit of every h_{k,l} in the columns of V, with a least-squares refit of all chosen atoms at each step, until the residual
    /// energy is ≤ <paramref name="residual"/>·‖h_{k,l}‖² or max(1, ⌊M/2⌋) atoms are taken; a zero link has none. In double on every engine. [coherent.md §2]
    /// </summary>
    void PursuitSupport(CoherentProblem problem, double residual, BeamSupport support, SolveControl control);

    /// <summary>u = Φᵀ V̄ᴴ H: each slot takes Y[l·N + n, its user]. (Maximum ratio.)</summary>
    void MatchedBeams(CoherentProblem problem, Tensor table, BeamSupport support, Tensor u, SolveControl control);

    /// <summary>u := u/|u| on every slot; 0 stays 0. (Codebooks.) [coherent.md §7]</summary>
    void UnitBeams(CoherentProblem problem, BeamSupport support, Tensor u, SolveControl control);

    /// <summary>u = Φᵀ V̄ᴴ P of a spatial precoder [realization, accessPoint, stream, antenna]. (RZF start.)</summary>
    void ProjectedBeams(CoherentProblem problem, Tensor precoders, BeamSupport support, Tensor u, SolveControl control);

    /// <summary>u = argmin ‖p − V Φ u‖ per (user, access point), normal equations with a ridge of 10⁻¹⁰ (double) on the unit diagonal. (Warm start.)</summary>
    void LeastSquaresBeams(CoherentProblem problem, Tensor precoders, BeamSupport support, Tensor u, SolveControl control);

    /// <summary>u_l times c_l so that ‖V u_l‖² = P_l (unchanged where it is 0), and ∇ψ_l = Φᵀ Vᴴ V u_l at the result. Sets PowerExcess.</summary>
    /// <param name="power">‖V u_l‖² at the result, [realization, accessPoint], control kind, written.</param>
    void ScaleBeamsToBudget(CoherentProblem problem, BeamSupport support, Tensor u, Tensor constraintGradient, Tensor power, SolveControl control);

    /// <summary>S[k,u] = h_kᴴ V̄ Φ_u u_u. [BSP (35)]</summary>
    /// <param name="sT">[realization, u, k], written.</param>
    void Couplings(CoherentProblem problem, Tensor table, BeamSupport support, Tensor u, EvaluationOrder order, Tensor sT, SolveControl control);

    /// <summary>As <see cref="IReducedOps.RateWeights"/>, by stream: Objective and wT[realization, u, k] = W[k,u]. [BSP (35), (45)]</summary>
    void StreamRateWeights(CoherentProblem problem, Tensor sT, Tensor wT, SolveControl control);

    /// <summary>∇f(u)_u = Φ_uᵀ V̄ᴴ (H W)_u, a gather of Y·W. [BSP (45), ᵀ read as ᴴ]</summary>
    void Gradient(CoherentProblem problem, Tensor table, BeamSupport support, Tensor wT, EvaluationOrder order, Tensor gradient, SolveControl control);

    /// <summary>
    /// A diagonal of the Hessian of f: on beam n of user u at l, Σ_k |Y[l·N + n, k]|² q[k,u]. With Hessian, q[k,u] = α_k{[k≠u](1/int_k − |S_ku|²/int_k²)
    /// − (1/tot_k − |S_ku|²/tot_k²)}; with Positive, max(0, that) for k ≠ u and α_k|S_kk|²/(tot_k int_k), WMMSE's, for k = u. [BSP ref 53; coherent.md §3.7, §3.8]
    /// </summary>
    /// <param name="curvature">[realization, slot], the numbers in the real parts, imaginary parts 0; written.</param>
    void BeamCurvature(CoherentProblem problem, Tensor table, BeamSupport support, Tensor sT, CurvatureKind kind, Tensor curvature, SolveControl control);

    /// <summary>Real parts c of the slots := 1/max(c, floor·c̄), c̄ their mean over the realization; 1 where c̄ ≤ 0. (M⁻¹ of a diagonal Hessian.) [coherent.md §3.8]</summary>
    void InverseMass(CoherentProblem problem, BeamSupport support, double floor, Tensor mass, SolveControl control);

    /// <summary>result = M⁻¹ values on every slot, M⁻¹ the real parts of <paramref name="inverseMass"/>. [BSP (44)]</summary>
    void ApplyInverseMass(CoherentProblem problem, BeamSupport support, Tensor inverseMass, Tensor values, Tensor result, SolveControl control);

    /// <summary>
    /// λ_l = (‖V M⁻¹n_l‖² − 2Re⟨∇ψ_l,M⁻¹∇f⟩)/(2⟨∇ψ_l,M⁻¹∇ψ_l⟩) where power_l − P_l > −10⁻⁶ P_l, else 0: on the budget up to rounding, because a block scaled
    /// to it lands on either side. [BSP (56), the printed variant]
    /// </summary>
    /// <param name="normal">M⁻¹∇ψ; with the identity the same tensor as <paramref name="constraintGradient"/>.</param>
    /// <param name="velocity">M⁻¹n.</param>
    /// <param name="lambda">[realization, accessPoint], control kind, written.</param>
    void PrintedMultipliers(
        CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor normal, Tensor velocity, Tensor power, Tensor lambda, SolveControl control);

    /// <summary>n := e^{−γh/2} n − (h/2)(∇f + λ_l ∇ψ_l). [BSP Alg.1 l.3]</summary>
    /// <param name="lambda">[realization, accessPoint]; all zero in the exact variant.</param>
    void BeamDampThenKick(
        CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor lambda, double damping, Tensor momentum, SolveControl control);

    /// <summary>
    /// Exact: ũ = u + (h/2)M⁻¹n; where ‖Vũ_l‖² > P_l the root t nearest 0 of ‖V(ũ_l − tM⁻¹∇ψ_l)‖² = P_l, u_l := ũ_l − tM⁻¹∇ψ_l, n_l −= (2t/h)∇ψ_l. No real root:
    /// t = −c1/(2c2), the block is then scaled to P_l, counts as active, and RootMissing is set. Printed: u := ũ, an offending block is scaled to P_l.
    /// A block still above P_l, by rounding, is scaled to it too.
    /// Then ∇ψ_l := Φᵀ Vᴴ V u_l. Sets PowerExcess. [BSP Alg.1 l.4; coherent.md §3.2]
    /// </summary>
    /// <param name="velocity">M⁻¹n; with the identity the same tensor as <paramref name="momentum"/>, which is then overwritten.</param>
    /// <param name="normal">M⁻¹∇ψ at the old u; with the identity the same tensor as <paramref name="constraintGradient"/>, likewise.</param>
    /// <param name="constraintGradient">∇ψ at the old u on entry, at the new one on return.</param>
    void DriftOntoPowerEllipsoid(
        CoherentProblem problem, BeamSupport support, bool exact, Tensor velocity, Tensor normal, Tensor u, Tensor momentum, Tensor constraintGradient, Tensor power, SolveControl control);

    /// <summary>ForceChange = ‖(h/2)(∇f − ∇f_previous)‖. [BSP step rule]</summary>
    void BeamForceChange(CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor previousGradient, SolveControl control);

    /// <summary>
    /// μ_l = (s·Re⟨∇ψ_l,M⁻¹n⟩ − Re⟨∇ψ_l,M⁻¹∇f⟩)/Re⟨∇ψ_l,M⁻¹∇ψ_l⟩ where power_l − P_l > −10⁻⁶ P_l, else 0, with s = 2/h, or γ/2 as printed;
    /// n := e^{−γh/2}(n − (h/2)(∇f + μ_l ∇ψ_l)). [BSP Alg.1 l.6–7; coherent.md §3.3]
    /// </summary>
    /// <param name="normal">M⁻¹∇ψ; with the identity the same tensor as <paramref name="constraintGradient"/>.</param>
    void BeamKickThenDamp(
        CoherentProblem problem, BeamSupport support, Tensor gradient, Tensor constraintGradient, Tensor normal, Tensor power, double damping, bool printedMultiplier, Tensor momentum, SolveControl control);

    /// <summary>p_{u,l} = V Φ_{u,l} u_{u,l} by FFT, for every realization whatever its status. [BSP (2)]</summary>
    void PrecodersOfBeams(CoherentProblem problem, BeamSupport support, Tensor u, Tensor precoders, SolveControl control);
}
