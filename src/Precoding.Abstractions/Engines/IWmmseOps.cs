namespace Precoding.Engines;

/// <summary>Steps of the coherent WMMSE in reduced form. [coherent.md §4; SHI11]</summary>
public interface IWmmseOps
{
    /// <summary>
    /// a_k = S_kk/tot_k and w_k = α_k tot_k/int_k with S = Σ_l S_l. Once per iteration, not per block.
    /// </summary>
    /// <param name="s">[realization, accessPoint, k, u].</param>
    /// <param name="receiver">a, [realization, k], complex, written.</param>
    /// <param name="weight">w, [realization, k], control kind, written.</param>
    void Receivers(CoherentProblem problem, Tensor s, Tensor receiver, Tensor weight, SolveControl control);

    /// <summary>
    /// X_l = (Ω G_l + λ_l I)⁻¹ T_l, T_l = diag(w∘a) − Ω Σ_{r≠l} S_r, Ω = diag(w|a|²), S_l = G_l X_l; λ_l ≥ 0 smallest with tr(X_lᴴ G_l X_l) ≤ P_l, to
    /// 10⁻¹² (double) or 2·10⁻⁶ (single) of P_l or the rounding of tr(X_lᴴ G_l X_l) where that is larger, after which a block with λ_l > 0 may be scaled onto P_l; at λ = 0
    /// the eigenvalues of Ω^½ G_l Ω^½ at or below 4Kε·max are dropped. Entries of S_l below 10⁻¹⁸ (double) or 10⁻¹² (single) of the noise
    /// amplitude, and of X_l below that share of √(P_l/tr G_l), may be zeroed. Sets PowerExcess for the block (max with what is there when l > 0).
    /// </summary>
    /// <param name="accessPoint">l.</param>
    /// <param name="powerMultiplier">λ_l, [realization, accessPoint], control kind: warm start on entry (0: none), written.</param>
    void UpdateBlock(
        CoherentProblem problem, int accessPoint, Tensor receiver, Tensor weight, Tensor x, Tensor s, Tensor powerMultiplier, SolveControl control);

    /// <summary>Objective = Σ_k α_k ln(tot_k/int_k) of S = Σ_l S_l, summed in double.</summary>
    void SumRate(CoherentProblem problem, Tensor s, SolveControl control);
}
