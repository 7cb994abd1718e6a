namespace Precoding.Engines;

/// <summary>Steps that every coherent precoder uses.</summary>
public interface ICommonOps
{
    /// <summary>H[r, l, k, :] = h_{k,l}/σ_k of realizations <paramref name="first"/> … first + control.RealizationCount − 1, whatever their status.</summary>
    void LoadChannels(ChannelBatch channels, int first, CoherentProblem problem, SolveControl control);

    /// <summary>G_l = H_lᴴ H_l and G = Σ_l G_l (Hermitian, both triangles written). [coherent.md §4]</summary>
    void GramMatrices(CoherentProblem problem, SolveControl control);

    /// <summary>
    /// P_l = H_l X_l, scaled to P_l where rounding and drift of the coordinates put it above, for every realization whatever its status. [coherent.md §4]
    /// </summary>
    /// <param name="x">[realization, accessPoint, user k, stream u].</param>
    /// <param name="precoders">P_l by streams, [realization, accessPoint, stream u, antenna], written.</param>
    void SynthesizePrecoders(CoherentProblem problem, Tensor x, Tensor precoders, SolveControl control);

    /// <summary>
    /// S = Hᴴ P on the true channel, R_k = log2(tot_k/int_k) and Σ_u ‖p_{u,l}‖², for every realization whatever its status. [BSP (7)–(14)]
    /// </summary>
    /// <param name="precoders">[realization, accessPoint, stream, antenna].</param>
    /// <param name="rates">R_k, bit/s/Hz, [realization, user], control kind, written.</param>
    /// <param name="power">watts, [realization, accessPoint], control kind, written.</param>
    void EvaluatePrecoders(CoherentProblem problem, Tensor precoders, Tensor rates, Tensor power, SolveControl control);

    /// <summary>
    /// Begins a solve, for the whole capacity: status Running, search state Searching, counters, Objective, PreviousObjective, ForceChange, PowerExcess and
    /// RootMissing 0, StepSize = <paramref name="initialStepSize"/>, BestObjective = −∞. The only step that looks at no status.
    /// </summary>
    void BeginControl(double initialStepSize, SolveControl control);

    /// <summary>values := 0 for every realization in use, whatever its status.</summary>
    void ClearComplex(Tensor values, SolveControl control);

    /// <summary>values := 0 where Objective is not finite.</summary>
    /// <param name="values">[realization, …], complex.</param>
    void ClearWhereNotFinite(Tensor values, SolveControl control);

    /// <summary>Writes row 0 of the trace from Objective, PowerExcess and StepSize: the start. PreviousObjective := Objective. For every realization in use,
    /// whatever its status.</summary>
    void RecordStart(SolveControl control);

    /// <summary>
    /// Ends an iteration: Iteration + 1, a row of the trace, then the stopping rules in this order: an objective that is not finite, Diverged;
    /// |R⁽ᵈ⁾ − R⁽ᵈ⁻¹⁾| ≤ ε·max(1, R) on <see cref="SolveControl.Patience"/> consecutive iterations, or search state Stationary, Converged; search state Exhausted, Stalled;
    /// the limit, IterationLimit. PreviousObjective := Objective. SearchState := Searching.
    /// </summary>
    void AdvanceControl(SolveControl control);

    /// <summary>
    /// h⁺ = (r/δ)^{θ/2} h with δ = ForceChange ([BSP] step rule); h/2 instead where RootMissing is set (and it is cleared); h unchanged where δ is 0.
    /// </summary>
    void AdaptStepSize(double reference, double exponent, SolveControl control);

    /// <summary>best := current and BestObjective := Objective where Objective is finite and larger than BestObjective.</summary>
    /// <param name="current">[realization, …], complex.</param>
    /// <param name="best">Same shape, written.</param>
    void KeepBest(Tensor current, Tensor best, SolveControl control);
}
