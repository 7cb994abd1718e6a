namespace Precoding.Engines;

/// <summary>
/// Steps of the upper bound on the weighted sum rate: the dual uplink with noise λ_l at access point l and powers q_k of the users, Σ_k q_k = Σ_l λ_l P_l.
/// G = Σ_l G_l/λ_l, D = diag(q), A = I + D^½GD^½ = LLᴴ, T = L⁻ᴴ diag(α) L⁻¹. Users are decoded from the last to the first: the capacity is a bound where
/// their weights do not rise with their number. [coherent.md §9]
/// </summary>
public interface IUplinkOps
{
    /// <summary>
    /// C = Σ_k α_k ln L_kk² = Σ_i (α_i − α_{i+1}) ln det(I + G_iD_i) over the leading minors;
    /// g_k = ∂C/∂q_k = (α_k G_kk + Σ_{m≠k} √(q_m/q_k) Re(G_km T_mk))/(1 + q_k G_kk); c_l = ∂C/∂(1/λ_l) = Re tr(G_l D^½TD^½);
    /// the sizes that rounding is relative to, with W_k = Σ_{m≠k} |T_mk|√(A_mm/q_k) and α⁺ the smallest positive weight:
    /// e_k = 2W_k(W_k + √G_kk T_kk)/α⁺ + 2√G_kk(α_k√G_kk + W_k)/A_kk, s = |C| + Σ_{mk} |T_mk|√(A_mm A_kk) + Σ_k q_k e_k. q_k must be positive.
    /// </summary>
    void UplinkCapacity(CoherentProblem problem, UplinkState uplink, SolveControl control);

    /// <summary>
    /// U = C + δs − Σ_k q_k g_k + Σ_l λ_l P_l · max(0, max_k (g_k + δe_k)), a bound on the weighted sum rate at any λ and q; Objective := U, Bound := min(Bound, U) (U that is no number does not count).
    /// Then both move to the optimum of a surrogate: λ_l ∝ max(√(c_l/P_l), 10⁻⁹·largest), so that Σ_l λ_l P_l = Σ_l P_l; q_k ∝ max(q_k g_k, 10⁻¹²·Σ q g/K), so that Σ_k q_k = Σ_l P_l.
    /// λ stays where every c_l is 0, q where Σ q g is not positive.
    /// </summary>
    void AdvanceUplink(CoherentProblem problem, UplinkState uplink, SolveControl control);
}
