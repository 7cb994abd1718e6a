namespace Precoding.Engines;

/// <summary>
/// Steps that turn the update of RWMMSE into a direction of conjugate gradients, streams of one branch. Inner products of an access point are
/// ⟨a, e(b)⟩_l = Σ_b Re a_bᴴ e(b) over its branches, a coordinates and e(b) images; without index the sum over all. [noncoherent.md §13]
/// </summary>
public interface IStreamSearchOps
{
    /// <summary>
    /// As <see cref="IStreamOps.StreamFactors"/>, and the gradient of −Σ_k α_k ln det W_k in coordinates: for a stream of user u, block row k,
    /// w_b[k] = α_k(Ω_k⁻¹ − J_k⁻¹) e_s[k] = F_kF_kᴴ e_s[k] for k ≠ u, w_b[u] = −α_u J_u⁻¹ e_s[u] = −√α_u F_u L_u⁻¹ (its column), without a difference. The gradient with respect to p_b* is
    /// H_lᴴ w_b. 0 for branches of no access point.
    /// </summary>
    /// <param name="w">[realization, branch, row], written.</param>
    void StreamGradient(StreamProblem problem, StreamTable streams, Tensor e, Tensor factor, Tensor coefficient, Tensor w, SolveControl control);

    /// <summary>
    /// e_b = G_l x_b, both scaled to P_l where an access point is above it. Sets PowerExcess.
    /// </summary>
    void RefreshStreams(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, SolveControl control);

    /// <summary>
    /// D⁰ from what <see cref="IStreamOps.UpdateStreams"/> made of the point x, e with multiplier λ: for each access point with p_l = ⟨x, e⟩_l, c_l = ⟨w, e⟩_l/P_l and
    /// κ_l = ⟨update, e⟩_l/p_l, where λ_l &gt; 0, p_l ≥ P_l(1 − 10⁻²) (c_l ≥ 0: 1 − 10⁻⁵) and κ_l &gt; 0.1 the tangent D⁰ = update/κ_l − x, made tangent, if ⟨w, e(D⁰)⟩_l &lt; 0;
    /// otherwise the chord D⁰ = update − x if ⟨w, e(D⁰)⟩_l &lt; 0; otherwise 0. Then Polak–Ribière+: ξ = w − (⟨w, e⟩_l/p_l where tangent, else 0) x, η = −⟨w, e(D⁰)⟩,
    /// β = max(0, (η + ⟨ξ_old, e(D⁰)⟩)/η_old), 0 in the first iteration (Iteration = 0) and where η_old is not positive; D = D⁰ + βD_old, made tangent where D⁰ is; D = D⁰ if not ⟨w, e(D)⟩ &lt; 0.
    /// Made tangent: D − (⟨D, e⟩_l/p_l) x, image alike. The image of D⁰ is G_l D⁰ afresh: e(update) − e would multiply what e has drifted from G_l x by 1 − α in every
    /// iteration, and steps reach thousands. Where η ≤ 8ε·max(1, |Objective|) (single: 0.1ε), SearchState := Stationary.
    /// </summary>
    /// <param name="multiplier">λ, [realization, accessPoint].</param>
    /// <param name="update">The updated x on entry, D⁰ on return.</param>
    /// <param name="updateImage">e(D⁰), written.</param>
    /// <param name="gradient">ξ_old on entry, ξ on return, [realization, branch, row].</param>
    /// <param name="eta">η_old on entry, η on return, [realization], control kind.</param>
    /// <param name="d">D_old on entry, D on return; likewise its image.</param>
    /// <param name="kind">1 where the access point's direction is tangent, else 0, [realization, accessPoint], integers, written.</param>
    void StreamDirection(
        StreamProblem problem, StreamTable streams, Tensor x, Tensor e, Tensor w, Tensor multiplier, Tensor update, Tensor updateImage, Tensor gradient, Tensor eta, Tensor d, Tensor dImage,
        Tensor kind, SolveControl control);

    /// <summary>
    /// Where SearchState is Searching: along D⁰ and D (Iteration &lt; <paramref name="bothUntil"/>, the better counts, D⁰ where they are level) or along D, then,
    /// where that found nothing, D⁰: f(α) = Σ_k α_k (ln det J_k − ln det Ω_k) of e(α)_b = c_l(α)(e_b + α e(D)_b), c_l(α) = √(P_l/m_l(α)) where D is tangent at l or
    /// m_l(α) &gt; P_l, else 1, m_l(α) = ⟨x + αD, e + αe(D)⟩_l, at least 0, always in double; what is no number, m_l = 0 of a tangent l included, is worse than all that is.
    /// Trials centre·2^j, j = −2…2, centre = StepSize (0: 1); nothing better or the smallest is best: centre = smallest/2; the largest is best: centre = largest·2; up to
    /// 40 sets; then one parabola through the best and its neighbours, kept if inside them and better. Better than f of e as it stands, all c_l = 1: a tangent access
    /// point may be up to 10⁻² below P_l, and what was not accepted is not retracted. Success: x, e retracted, D and its image the direction used, StepSize = α,
    /// Objective = f(α), PowerExcess, Accepted. Failure: Objective = f of e as it stands, Exhausted, the rest unchanged.
    /// </summary>
    /// <param name="first">D⁰ of <see cref="StreamDirection"/>; likewise its image.</param>
    /// <param name="d">D; the direction used on return; likewise its image.</param>
    void StreamSearch(
        StreamProblem problem, StreamTable streams, int bothUntil, Tensor first, Tensor firstImage, Tensor kind, Tensor d, Tensor dImage, Tensor x, Tensor e, SolveControl control);
}
