namespace Precoding;

/// <summary>One entry of the catalog.</summary>
/// <param name="Name">As the command line spells it.</param>
/// <param name="Summary">One line for people.</param>
/// <param name="DefaultOptions">The paper's or our defaults.</param>
/// <param name="Create">A precoder from options of the type of <paramref name="DefaultOptions"/>.</param>
public sealed record PrecoderEntry(string Name, string Summary, PrecoderOptions DefaultOptions, Func<PrecoderOptions, IPrecoder> Create);

/// <summary>Every precoder by name, in the order they are shown.</summary>
public static class PrecoderCatalog
{
    /// <summary>For users with one antenna.</summary>
    public const string DefaultName = "reduced-cg";

    /// <summary>For streams to users with several.</summary>
    public const string DefaultStreamName = "ncjt-cg";

    public static IReadOnlyList<PrecoderEntry> Entries { get; } =
    [
        new("mrt", "maximum ratio transmission", new ClosedFormOptions(), _ => new MaximumRatio()),
        new("rzf", "normalised regularised zero forcing", new ClosedFormOptions { Starts = [new InitialPrecoder.RegularizedZeroForcing()] }, _ => new RegularizedZeroForcing()),
        new("dft-codebook", "the best beam of a DFT codebook per user and access point", new DftCodebookOptions(), o => new DftCodebook((DftCodebookOptions)o)),
        new("wmmse", "weighted MMSE, reduced form, exact multiplier per access point", new WmmseOptions(), o => new Wmmse((WmmseOptions)o)),
        new("bsp-hamiltonian", "beam-structured precoding by a Hamiltonian flow", new BeamStructuredHamiltonianOptions(), o => new BeamStructuredHamiltonian((BeamStructuredHamiltonianOptions)o)),
        new("bsp-cg", "beam-structured precoding by preconditioned conjugate gradients", new BeamConjugateGradientOptions(), o => new BeamConjugateGradient((BeamConjugateGradientOptions)o)),
        new("reduced-hamiltonian", "the Hamiltonian flow in K-space", new ReducedHamiltonianOptions(), o => new ReducedHamiltonian((ReducedHamiltonianOptions)o)),
        new("reduced-cg", "preconditioned conjugate gradients in K-space (default)", new ReducedConjugateGradientOptions(), o => new ReducedConjugateGradient((ReducedConjugateGradientOptions)o)),
        new("bln-pgp", "unfolded projected gradient in K-space, learned layers", new UnfoldedProjectedGradientOptions(), o => new UnfoldedProjectedGradient((UnfoldedProjectedGradientOptions)o)),
        new("local-ezf", "non-coherent: local eigen-zero-forcing", new LocalEigenZeroForcingOptions(), o => new LocalEigenZeroForcing((LocalEigenZeroForcingOptions)o)),
        new("ncjt-wmmse", "non-coherent: centralised WMMSE in the antennas", new NonCoherentWmmseOptions(), o => new NonCoherentWmmse((NonCoherentWmmseOptions)o)),
        new("ncjt-rwmmse", "non-coherent: WMMSE in reduced form", new ReducedWmmseOptions(), o => new ReducedWmmse((ReducedWmmseOptions)o)),
        new("ncjt-cg", "non-coherent: conjugate gradients along the updates of RWMMSE", new StreamConjugateGradientOptions(), o => new StreamConjugateGradient((StreamConjugateGradientOptions)o)),
        new("ncjt-sca", "non-coherent to single-antenna users: successive convex approximation, certified", new SuccessiveConvexApproximationOptions(), o => new SuccessiveConvexApproximation((SuccessiveConvexApproximationOptions)o)),
        new("ncjt-lsa", "non-coherent: RWMMSE with stream allocation among the serving access points", new StreamSelectionOptions(), o => new StreamSelection(StreamCandidates.ServingAccessPoints, (StreamSelectionOptions)o)),
        new("ncjt-lus", "non-coherent: RWMMSE with user scheduling, streams from any access point", new StreamSelectionOptions(), o => new StreamSelection(StreamCandidates.AllAccessPoints, (StreamSelectionOptions)o)),
        new("cjt-wmmse", "coherent to users with several antennas: WMMSE in reduced form", new CoherentStreamWmmseOptions(), o => new CoherentStreamWmmse((CoherentStreamWmmseOptions)o)),
    ];

    /// <summary>The entry of that name; the error lists the names there are.</summary>
    public static PrecoderEntry Find(string name) => Entries.FirstOrDefault(e => e.Name == name)
        ?? throw new ValidationException($"Precoder '{name}' is not known; expected one of {string.Join(", ", Entries.Select(e => e.Name))}.");
}
