namespace Precoding.Engines;

/// <summary>
/// Steps of the conjugate gradients in the beam domain, bsp-cg: beam vectors [realization, slot] with two images that are linear in them, the couplings
/// S_l[k,u] = h_{k,l}ᴴ V Φ_u u_u, [realization, accessPoint, k, u], and ∇ψ_l = Φᵀ Vᴴ V u_l. Re⟨u_l, ∇ψ_l⟩ = ‖V u_l‖². [coherent.md §3.7]
/// </summary>
public interface IBeamSearchOps
{
    /// <summary>Both images of a beam vector, by way of the antennas: S_l = H_lᴴ P_l and Φᵀ Vᴴ P_l with P_l = V Φ u_l.</summary>
    /// <param name="images">S, [realization, accessPoint, k, u], written.</param>
    /// <param name="normals">ΦᵀVᴴVu, [realization, slot], written.</param>
    void BeamImages(CoherentProblem problem, BeamSupport support, Tensor u, Tensor images, Tensor normals, SolveControl control);

    /// <summary>sT[u,k] = Σ_l S_l[k,u].</summary>
    void StreamCouplings(CoherentProblem problem, Tensor s, Tensor sT, SolveControl control);

    /// <summary>
    /// λ_l = −Re⟨u_l,∇f⟩/P_l of the gradient ∇f + λ_l∇ψ_l on the power ellipsoids; M = c + max(λ_l, 0.1 Σ_l λ_l P_l/Σ_l P_l) with c ≥ 0;
    /// y_l = M⁻¹(∇f + μ_l∇ψ_l), μ_l = −Re⟨∇ψ_l,M⁻¹∇f⟩/Re⟨∇ψ_l,M⁻¹∇ψ_l⟩: tangent, Re⟨∇ψ_l,y_l⟩ = 0. y = 0 where M is; μ_l = 0 where ∇ψ_l is 0.
    /// </summary>
    /// <param name="curvature">c, real parts, [realization, slot].</param>
    /// <param name="multiplier">λ, [realization, accessPoint], control kind, written.</param>
    /// <param name="y">[realization, slot], written.</param>
    void PreconditionBeams(
        CoherentProblem problem, BeamSupport support, Tensor u, Tensor gradient, Tensor constraintGradient, Tensor curvature, Tensor multiplier, Tensor y, SolveControl control);

    /// <summary>
    /// Polak–Ribière+: η = Re⟨∇f,y⟩, the overlap with the gradient before Re⟨∇f^old,y⟩ − Σ_l λ_l^old α Re⟨ΦᵀVᴴVD_l,y_l⟩ (y is tangent, and
    /// ∇ψ = c(∇ψ^old + αΦᵀVᴴVD) with α = StepSize), β = max(0, (η − overlap)/η_old), D_l := −y_l + βD_l made tangent along u_l, its images alike; D := −y in the
    /// first iteration (Iteration = 0) and where that is no direction of descent. Then η_old := η. Where η ≤ 8ε·max(1, |Objective|): SearchState := Stationary.
    /// </summary>
    /// <param name="direction">y and D with their images.</param>
    /// <param name="eta">η_old on entry, η on return, [realization], control kind.</param>
    /// <param name="movedPower">‖V(u_l + αD_l)‖² as a polynomial in α, [realization, accessPoint, 3], control kind, written.</param>
    void BeamConjugateDirection(
        CoherentProblem problem, BeamSupport support, BeamPoint point, Tensor gradient, Tensor previousGradient, Tensor multiplier, Tensor previousMultiplier, Tensor eta,
        BeamDirection direction, Tensor movedPower, SolveControl control);

    /// <summary>D := −y, images and moved power, where SearchState is Retry.</summary>
    void BeamSteepestDirection(CoherentProblem problem, BeamSupport support, BeamPoint point, BeamDirection direction, Tensor movedPower, SolveControl control);

    /// <summary>The trial sets of <see cref="IReducedOps.LineSearch"/> along D; on success u_l, S_l and ∇ψ_l are retracted, PowerExcess from Re⟨u_l,∇ψ_l⟩.</summary>
    void BeamLineSearch(CoherentProblem problem, BeamSupport support, BeamDirection direction, Tensor movedPower, BeamPoint point, SolveControl control);
}

/// <summary>A point of the search.</summary>
/// <param name="U">u, [realization, slot].</param>
/// <param name="S">S_l, [realization, accessPoint, k, u].</param>
/// <param name="Normal">∇ψ, [realization, slot].</param>
public readonly record struct BeamPoint(Tensor U, Tensor S, Tensor Normal);

/// <summary>The preconditioned gradient y and the direction D, each with its images.</summary>
/// <param name="Y">[realization, slot].</param>
/// <param name="YImage">[realization, accessPoint, k, u].</param>
/// <param name="YNormal">[realization, slot].</param>
/// <param name="D">As Y.</param>
/// <param name="DImage">As YImage.</param>
/// <param name="DNormal">As YNormal.</param>
public readonly record struct BeamDirection(Tensor Y, Tensor YImage, Tensor YNormal, Tensor D, Tensor DImage, Tensor DNormal);
