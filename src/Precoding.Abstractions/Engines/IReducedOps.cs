namespace Precoding.Engines;

/// <summary>
/// Steps in the reduced (K-space) coordinates P_l = H_l X_l, whose image is S_l = H_lᴴ P_l = G_l X_l; the metric is G_l, so the power of access
/// point l is Re⟨X_l, S_l⟩. Shapes: x and s [realization, accessPoint, k, u]; W [realization, k, u]; inner products are Re tr(AᴴB). [coherent.md §5, §6]
/// </summary>
public interface IReducedOps
{
    /// <summary>Maximum ratio: X_l = c_l I, S_l = c_l G_l, c_l = √(P_l/tr G_l); X_l = 0 where G_l = 0. Sets PowerExcess.</summary>
    void MatchedCoordinates(CoherentProblem problem, Tensor x, Tensor s, SolveControl control);

    /// <summary>Normalised regularised zero forcing: X_l = c_l (G + (K/Σ_l P_l) I)⁻¹ with c_l so that the power is P_l; S_l = G_l X_l. [BSP ref 51]</summary>
    void RegularizedCoordinates(CoherentProblem problem, Tensor x, Tensor s, SolveControl control);

    /// <summary>S_l = G_l X_l, then both times c_l so that Re⟨X_l, S_l⟩ = P_l (unchanged where the power is 0). Sets PowerExcess.</summary>
    void ScaleCoordinatesToBudget(CoherentProblem problem, Tensor x, Tensor s, SolveControl control);

    /// <summary>X_l of a given spatial precoder: the least-squares coordinates (G_l + 10⁻¹²·tr(G_l)/K·I in double, 10⁻⁶ in single)⁻¹ H_lᴴ P_l.</summary>
    /// <param name="precoders">[realization, accessPoint, stream, antenna].</param>
    void CoordinatesOfPrecoders(CoherentProblem problem, Tensor precoders, Tensor x, SolveControl control);

    /// <summary>S_l = G_l X_l again: removes the drift of images that were updated incrementally.</summary>
    void RefreshImages(CoherentProblem problem, Tensor x, Tensor s, SolveControl control);

    /// <summary>
    /// S = Σ_l S_l; int_k = 1 + Σ_{u≠k}|S_ku|², tot_k = int_k + |S_kk|²; Objective = Σ_k α_k ln(tot_k/int_k), summed in double;
    /// W[k,u] = α_k S_ku (1/int_k − 1/tot_k) for u ≠ k, W[k,k] = −α_k S_kk/tot_k [BSP (45), ᵀ read as ᴴ]; ω_k = α_k |S_kk|²/(tot_k int_k).
    /// </summary>
    /// <param name="w">[realization, k, u], written.</param>
    /// <param name="signalWeight">ω, [realization, k], control kind, written.</param>
    void RateWeights(CoherentProblem problem, Tensor s, Tensor w, Tensor signalWeight, SolveControl control);

    /// <summary>ν_l := e^{−γh/2} ν_l − (h/2) W for every l. [coherent.md §5; BSP Alg.1 l.3 with λ = 0]</summary>
    void DampThenKick(CoherentProblem problem, Tensor w, double damping, Tensor momentum, SolveControl control);

    /// <summary>
    /// X̃ = X_l + (h/2)ν_l, S̃ = G_l X̃; where Re⟨X̃,S̃⟩ > P_l the root t nearest 0 of c2 t² + c1 t + c0 = 0, c0 = Re⟨X̃,S̃⟩ − P_l, c1 = −2Re⟨S_l,X̃⟩,
    /// c2 = Re⟨X_l,S_l⟩, then X_l := X̃ − tX_l, S_l := S̃ − tS_l, ν_l −= (2t/h)X_l(old). No real root: t = −c1/(2c2), then the block is scaled to
    /// P_l, it counts as active and RootMissing is set. A block still above P_l, by rounding, is scaled to it. Sets PowerExcess. [BSP Alg.1 l.4 with RATTLE's own multiplier, coherent.md §5]
    /// </summary>
    /// <param name="power">Re⟨X_l,S_l⟩ after the step, [realization, accessPoint], control kind, written.</param>
    void DriftOntoPowerSphere(CoherentProblem problem, Tensor x, Tensor s, Tensor momentum, Tensor power, SolveControl control);

    /// <summary>ForceChange = (h/2)√tr(dWᴴ G dW), dW = W − W_previous. [coherent.md §5]</summary>
    void ForceChange(CoherentProblem problem, Tensor w, Tensor previousW, SolveControl control);

    /// <summary>
    /// μ_l = ((2/h)Re⟨S_l,ν_l⟩ − Re⟨S_l,W⟩)/Re⟨X_l,S_l⟩ where power_l − P_l > −10⁻⁹ P_l, else 0;
    /// ν_l := e^{−γh/2}(ν_l − (h/2)(W + μ_l X_l)). [BSP Alg.1 l.6–7]
    /// </summary>
    void KickThenDamp(CoherentProblem problem, Tensor x, Tensor s, Tensor w, Tensor power, double damping, Tensor momentum, SolveControl control);

    /// <summary>
    /// c_l = Re⟨S_l,W⟩/P_l of the Riemannian gradient ξ_l = W − c_l X_l; λ = max(−mean_l c_l, −Σ_l Re⟨S_l,W⟩/Σ_l P_l). [coherent.md §6]
    /// </summary>
    /// <param name="multiplier">c, [realization, accessPoint], control kind, written.</param>
    /// <param name="regularizer">λ, [realization], control kind, written.</param>
    void TangentMultipliers(CoherentProblem problem, Tensor s, Tensor w, Tensor multiplier, Tensor regularizer, SolveControl control);

    /// <summary>
    /// Q = (ΩG + λI)⁻¹ (W + Ω Σ_l c_l S_l/λ) = Ω^½ (Ω^½ G Ω^½ + λI)⁻¹ Ω^{−½} (…): one Hermitian Cholesky factorization and K right-hand sides; row k is
    /// that of the right-hand side over λ where ω_k = 0. It equals (W − (ΩG + λI)⁻¹ΩΓ)/λ with Γ = G W − Σ_l c_l S_l of coherent.md §6, without that
    /// difference's cancellation and without the product G W. 0 where λ = 0.
    /// </summary>
    /// <param name="q">[realization, k, u], written.</param>
    void PreconditionGradient(
        CoherentProblem problem, Tensor s, Tensor w, Tensor signalWeight, Tensor multiplier, Tensor regularizer, Tensor q, SolveControl control);

    /// <summary>
    /// The preconditioned gradient y_l = Q + t_l X_l with t_l = −Re⟨S_l,Q⟩/P_l, tangent because Re⟨S_l,X_l⟩ = P_l (the −(c_l/λ)X_l of coherent.md §6 is a
    /// multiple of X_l and drops out). Only t_l and G_l Q are formed, the only L products of an iteration: G_l y_l = G_l Q + t_l S_l. y_l = 0 where Q is.
    /// </summary>
    /// <param name="qImage">G_l Q, [realization, accessPoint, k, u], written.</param>
    /// <param name="tangent">t, [realization, accessPoint], control kind, written.</param>
    void PreconditionedGradient(CoherentProblem problem, Tensor s, Tensor q, Tensor qImage, Tensor tangent, SolveControl control);

    /// <summary>
    /// Polak–Ribière+: η = Σ_l Re⟨ξ_l, G_l y_l⟩ = Σ_l Re⟨W, G_l y_l⟩ (y_l is tangent), the overlap with the gradient before,
    /// Σ_l Re⟨ξ_l^old, G_l y_l⟩ = Σ_l Re⟨W^old, G_l y_l⟩ + c_l^old α Re⟨D_l, G_l y_l⟩ since X_l = c(X_l^old + αD_l) with α = StepSize,
    /// β = max(0, (η − overlap)/η_old), D_l := −y_l + β D_l made tangent (image alike); D_l := −y_l in the first iteration (Iteration = 0) and where D
    /// is not a descent direction. Then η_old := η.
    /// Where η ≤ 8ε·max(1, |Objective|), ε the engine's, a step could gain nothing that its arithmetic resolves: SearchState := Stationary. [coherent.md §6]
    /// </summary>
    /// <param name="previousW">W^old, [realization, k, u].</param>
    /// <param name="previousMultiplier">c^old, [realization, accessPoint].</param>
    /// <param name="eta">η_old on entry, η on return, [realization], control kind.</param>
    /// <param name="d">D, [realization, accessPoint, k, u], updated.</param>
    /// <param name="dImage">G_l D_l, updated.</param>
    /// <param name="movedPower">Re⟨X_l + αD_l, S_l + αG_lD_l⟩ as a polynomial in α, [realization, accessPoint, 3]: Re⟨X_l,S_l⟩, Re⟨S_l,D_l⟩ + Re⟨X_l,G_lD_l⟩, Re⟨D_l,G_lD_l⟩; control kind, written.</param>
    void ConjugateDirection(
        CoherentProblem problem, Tensor x, Tensor s, Tensor w, Tensor previousW, Tensor q, Tensor qImage, Tensor tangent, Tensor multiplier, Tensor previousMultiplier,
        Tensor eta, Tensor d, Tensor dImage, Tensor movedPower, SolveControl control);

    /// <summary>D_l := −y_l, image and moved power, where SearchState is Retry.</summary>
    void SteepestDirection(
        CoherentProblem problem, Tensor x, Tensor s, Tensor q, Tensor qImage, Tensor tangent, Tensor d, Tensor dImage, Tensor movedPower, SolveControl control);

    /// <summary>
    /// Where SearchState is Searching or Retry: f on the trial set centre·2^j, j = −2…2, S(α) = Σ_l c_l(α)(S_l + αG_lD_l),
    /// c_l(α) = √(P_l/Re⟨X_l + αD_l, S_l + αG_lD_l⟩), 1 where that is not positive, by the moved power's polynomial: equal to √(P_l/(P_l + α²‖D_l‖²)) of
    /// coherent.md §6 where D is tangent, and still on the budget at a stationary point, where D is rounding and not tangent. Centre = StepSize; nothing better or the smallest is best: centre = smallest/2; the largest is best: centre = largest·2; up to 40 sets; then
    /// one parabola through the best and its neighbours, kept if inside them and better. Success: X_l, S_l retracted, StepSize = α, Objective,
    /// PowerExcess from Re⟨X_l,S_l⟩, Accepted. Failure: all that unchanged, Retry from Searching, Exhausted from Retry. Sums of f in double.
    /// </summary>
    void LineSearch(CoherentProblem problem, Tensor d, Tensor dImage, Tensor movedPower, Tensor x, Tensor s, SolveControl control);

    /// <summary>
    /// λ := κ λ (τ/λ)^p with τ = tr(ΩG)/K, the mean eigenvalue of ΩG: between λ (p = 0) and τ (p = 1), and scaled. λ stays where it or τ is not
    /// positive. [bln-pgp.md §1]
    /// </summary>
    /// <param name="signalWeight">ω, [realization, k], control kind.</param>
    /// <param name="scale">κ.</param>
    /// <param name="exponent">p.</param>
    /// <param name="regularizer">λ, [realization], control kind, updated.</param>
    void BlendRegularizer(CoherentProblem problem, Tensor signalWeight, double scale, double exponent, Tensor regularizer, SolveControl control);

    /// <summary>
    /// ν_l := βν_l − αQ, X_l := X_l + ν_l, S_l = G_l X_l, then X_l and S_l times c_l so that Re⟨X_l, S_l⟩ = P_l (unchanged where the power is 0): a gradient
    /// step with momentum, projected onto the power sphere. Sets PowerExcess. [bln-pgp.md §1]
    /// </summary>
    /// <param name="q">Q, [realization, k, u].</param>
    /// <param name="stepSize">α.</param>
    /// <param name="retention">β.</param>
    /// <param name="momentum">ν, [realization, accessPoint, k, u], updated.</param>
    /// <param name="x">Updated.</param>
    /// <param name="s">Written.</param>
    void ProjectedMomentumStep(CoherentProblem problem, Tensor q, double stepSize, double retention, Tensor momentum, Tensor x, Tensor s, SolveControl control);
}
