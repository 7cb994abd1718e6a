namespace Precoding.Engines;

/// <summary>
/// Steps for users with N antennas, streams and their branches (see <see cref="StreamTable"/>). Precoders of branches in reduced coordinates are
/// p_b = H_lᴴ x_b, l the access point of branch b, with x_b of n = K·N numbers; the image e_b = H_l p_b = G_l x_b is what all users hear of the branch, and the
/// power of access point l is Σ_b Re⟨x_b, e_b⟩ over its branches. e_s = Σ_b e_b over the branches of stream s, its effective channel; E_k the block row of
/// user k, its own columns Ē_k and the others: Ω_k = I + Σ_{s not of k} e_s[k] e_s[k]ᴴ, J_k = Ω_k + Ē_k Ē_kᴴ.
/// Branches of no access point have x_b = e_b = p_b = 0 after every step that writes them.
/// Shapes: x and e [realization, branch, row]; precoders [realization, branch, antenna]. [noncoherent.md §1, §4]
/// </summary>
public interface IStreamOps
{
    /// <summary>Realizations that cost as much as one when solved together.</summary>
    int RealizationGroup { get; }

    /// <summary>
    /// H[r, l, k·N + a, :] = row a of H_{k,l}/σ_k of realizations <paramref name="first"/> … first + control.RealizationCount − 1, whatever their status. A batch of
    /// one-antenna users holds h: its row is hᴴ.
    /// </summary>
    void LoadUserChannels(ChannelBatch channels, int first, StreamProblem problem, SolveControl control);

    /// <summary>G_l = H_l H_lᴴ, Hermitian, both triangles written. [NCJT (18)]</summary>
    void UserGramMatrices(StreamProblem problem, SolveControl control);

    /// <summary>
    /// Local EZF: H_{k,l} = A diag(s) Vᴴ, descending; the m-th stream of user k that access point l sends (its first branch counts only) has direction V[:,m];
    /// R_l the directions of l, Z_l = R_l (R_lᴴR_l)⁻¹, P_l = Z_l √P_l/‖Z_l‖, all as coordinates: the column of V[:,m] is A[:,m]/s_m in block row k.
    /// Where l has more than M streams, or the eigenvalues of R_lᴴR_l span more than 10⁸ (single precision: 10⁵), (R_lᴴR_l + 10⁻³ e_max I)⁻¹ instead.
    /// Directions with m ≥ min(N, M) or s_m ≤ max(10⁻¹⁰, 16ε) s_1 are 0, as are second and later branches. Phases: the largest entry of V[:,m] is real and positive.
    /// [NCJT (31)–(36); noncoherent.md §5]
    /// </summary>
    void LocalEigenZeroForcing(StreamProblem problem, StreamTable streams, Tensor x, SolveControl control);

    /// <summary>
    /// Matched beams: with the singular vectors of [H_{k,l}] over the access points l of a stream of user k, H = A diag(s) Vᴴ, the m-th stream of user k with
    /// the same access points sends p = H_{k,l}ᴴ A[:,m] (<paramref name="unit"/>: the block of V[:,m], A[:,m]/s_m) from each, all branches of an access point
    /// times one number so that its power is P_l. Directions are dropped as in <see cref="LocalEigenZeroForcing"/>. [noncoherent.md §6.4, §7]
    /// </summary>
    void MatchedStreams(StreamProblem problem, StreamTable streams, bool unit, Tensor x, SolveControl control);

    /// <summary>x_b, or e_b, of another table's streams, those of the same number sent by the same access point, 0 for the other branches: a non-coherent precoder as a coherent one.</summary>
    /// <param name="from">One branch per stream.</param>
    void EmbedStreams(StreamProblem problem, StreamTable from, Tensor fromX, StreamTable streams, Tensor x, SolveControl control);

    /// <summary>e_b = G_l x_b, then both times c_l so that the power of l is P_l (unchanged where it is 0). Sets PowerExcess.</summary>
    void ScaleStreamsToBudget(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, SolveControl control);

    /// <summary>
    /// F_k (N × q_k) and C_k (q_k × D_k) with F_k F_kᴴ = α_k U_kW_kU_kᴴ = α_k (Ω_k⁻¹ − J_k⁻¹) and F_k C_k = α_k U_kW_k = α_k Ω_k⁻¹Ē_k, for the MMSE receiver U_k = J_k⁻¹Ē_k and
    /// W_k = I + Ē_kᴴΩ_k⁻¹Ē_k. With Ω_k = RRᴴ, B = R⁻¹Ē_k and I + BᴴB = LLᴴ: F_k = √α_k R⁻ᴴ B L⁻ᴴ, C_k = √α_k Lᴴ; where D_k &gt; N, B = B′Qᴴ first, and C_k = √α_k L′ᴴQᴴ. Determined up to
    /// a unitary q_k × q_k matrix. Objective = Σ_k α_k ln det W_k = Σ_k α_k (ln det J_k − ln det Ω_k), Ω_k added up, never a difference. [NCJT (13)–(14); noncoherent.md §2, §4.2]
    /// </summary>
    /// <param name="factor">Column j of F_k, [realization, RankFirst[k] + j, N], written.</param>
    /// <param name="coefficient">Column of C_k for a stream, [realization, stream, MaxRank], its first q_k entries, 0 beyond; written.</param>
    void StreamFactors(StreamProblem problem, StreamTable streams, Tensor e, Tensor factor, Tensor coefficient, SolveControl control);

    /// <summary>
    /// x_b = F (FᴴG_lF + λ_l I)⁻¹ c_b for the branches b of access point l, F = blkdiag(F_k), c_b = C's column of the stream (in block k) − Fᴴ Σ e over the stream's other
    /// branches; e_b = G_l x_b; λ_l ≥ 0 smallest with Σ_b Re⟨x_b, e_b⟩ ≤ P_l, to 10⁻¹² (double) or 2·10⁻⁶ (single) of it; at λ_l = 0 the eigenvalues at or below
    /// 4qε·max are dropped. Sets PowerExcess of l (max with what is there when l &gt; 0). [NCJT (28)–(29); noncoherent.md §4.2, §4.3, §7]
    /// </summary>
    /// <param name="accessPoint">l; −1 for all of them, side by side: right where streams have one branch.</param>
    /// <param name="multiplier">λ, [realization, accessPoint], control kind: warm start on entry (0: none), written.</param>
    void UpdateStreams(
        StreamProblem problem, StreamTable streams, int accessPoint, Tensor factor, Tensor coefficient, Tensor x, Tensor e, Tensor multiplier, SolveControl control);

    /// <summary>
    /// As <see cref="UpdateStreams"/> for all access points in the M antennas: p_b = (H_lᴴFFᴴH_l + λ_l I)⁻¹ H_lᴴF c_b, e_b = H_l p_b, by an
    /// eigendecomposition of order M; one branch per stream. [NCJT (15)–(17)]
    /// </summary>
    void UpdateBeams(
        StreamProblem problem, StreamTable streams, Tensor factor, Tensor coefficient, Tensor precoders, Tensor e, Tensor multiplier, SolveControl control);

    /// <summary>
    /// c_s = ‖Fᴴe_s‖² − 2 Re⟨c, Fᴴe_s⟩ (c the stream's column of C): what the stream takes off Σ_k α_k tr(W_kE_k) after an update that used F and C. 0 for streams of no
    /// access point. [noncoherent.md §6.2, step 3]
    /// </summary>
    /// <param name="scores">[realization, stream], control kind, written.</param>
    void StreamScores(StreamProblem problem, StreamTable streams, Tensor factor, Tensor coefficient, Tensor e, Tensor scores, SolveControl control);

    /// <summary>
    /// For each user the candidates of the smallest negative scores, as many as the other table has room for, ties by number: their access points in
    /// ascending order into that table's AccessPoint, −1 beyond. [NCJT Alg. 4; noncoherent.md §6.2, step 4]
    /// </summary>
    /// <param name="selected">One branch per stream; its AccessPoint is written.</param>
    void SelectStreams(StreamProblem problem, StreamTable candidates, Tensor scores, StreamTable selected, SolveControl control);

    /// <summary>p_b = H_lᴴ x_b, all branches of l scaled to P_l where they are above, for every realization whatever its status. [NCJT (19)]</summary>
    void SynthesizeStreams(StreamProblem problem, StreamTable streams, Tensor x, Tensor precoders, SolveControl control);

    /// <summary>
    /// On the true channel, for every realization whatever its status: e_b = H_l p_b, R_k = log2 det(I + Ē_kᴴΩ_k⁻¹Ē_k) and Σ_b ‖p_b‖² of each access point. [noncoherent.md §1]
    /// </summary>
    /// <param name="rates">R_k, bit/s/Hz, [realization, user], control kind, written.</param>
    /// <param name="power">watts, [realization, accessPoint], control kind, written.</param>
    void EvaluateStreams(StreamProblem problem, StreamTable streams, Tensor precoders, Tensor rates, Tensor power, SolveControl control);
}
