namespace Precoding.Engines;

/// <summary>
/// Steps for power limits of single antennas, Σ_u |p_{u,l,m}|² ≤ P_{l,m} beside Σ_u ‖p_{u,l}‖² ≤ P_l. Precoders are designed on channels weighted by gains
/// g_{l,m}, h̃_{k,l,m} = g_{l,m} h_{k,l,m}, under the budgets alone, and are P = g∘P̃ then: Hᴴ P = H̃ᴴ P̃. [coherent.md §10]
/// </summary>
public interface IAntennaOps
{
    /// <summary>Σ_u |p_{u,l,m}|².</summary>
    /// <param name="precoders">[realization, accessPoint, stream, antenna].</param>
    /// <param name="antennaPower">[realization, accessPoint, antenna], control kind, written.</param>
    void AntennaPowers(CoherentProblem problem, Tensor precoders, Tensor antennaPower, SolveControl control);

    /// <summary>
    /// The nearest precoder within limits and budget to P = g∘P̃ is that with row m times t_m = min(s, √(P_{l,m}/q_m)), q_m = g_m² a_m, and the largest s ≤ 1 with
    /// Σ_m t_m² q_m ≤ P_l: factor_m := g_m t_m. And the weights of the antennas under which P̃/g, the same directions, would use limits and budget to the full:
    /// w_m = max(ν, √(a_m/P_{l,m})/g_m, 10⁻³ w̄), w̄ the mean of what stands before it, ν ≥ 0 smallest with Σ_m min(a_m/(g_m ν)², P_{l,m}) ≤ P_l, scaled so that
    /// Σ_m w_m min(a_m/(g_m w_m)², P_{l,m}) = P_l: g_m := 1/√w_m. g stays where that sum is 0 or not finite.
    /// </summary>
    /// <param name="antennaPower">a of P̃, [realization, accessPoint, antenna].</param>
    /// <param name="gain">g, [realization, accessPoint, antenna], control kind, updated.</param>
    /// <param name="factor">g∘t with the g before, [realization, accessPoint, antenna], control kind, written.</param>
    void LimitAntennas(CoherentProblem problem, Tensor antennaPower, Tensor gain, Tensor factor, SolveControl control);

    /// <summary>scaled_{l,k,m} = factor_{l,m} vectors_{l,k,m}: channels by gains, precoders by factors.</summary>
    /// <param name="factor">[realization, accessPoint, antenna], control kind.</param>
    /// <param name="vectors">[realization, accessPoint, k, antenna].</param>
    /// <param name="scaled">As <paramref name="vectors"/>, another tensor, written.</param>
    void ScaleAntennas(CoherentProblem problem, Tensor factor, Tensor vectors, Tensor scaled, SolveControl control);

    /// <summary>
    /// Objective = ln 2·Σ_k α_k R_k and PowerExcess = max_l (power_l/P_l − 1) of what <see cref="ICommonOps.EvaluatePrecoders"/> found; Objective = <paramref name="designed"/> where
    /// that is not finite: the method has diverged, whatever its last precoder achieves.
    /// </summary>
    /// <param name="rates">R_k, bit/s/Hz, [realization, user].</param>
    /// <param name="power">watts, [realization, accessPoint].</param>
    /// <param name="designed">Objective of the method on the weighted channels, nats, [realization].</param>
    void TakeRates(CoherentProblem problem, Tensor rates, Tensor power, Tensor designed, SolveControl control);
}
