namespace Precoding.Simulation;

/// <summary>How large a study is.</summary>
public enum ReproductionProfile
{
    /// <summary>Every figure in a minute: shows that everything works, not what the paper's sizes give.</summary>
    Smoke,

    /// <summary>Reduced sizes, an hour for all figures on two cores.</summary>
    Workstation,

    /// <summary>The papers' sizes and drops; for a GPU or a cluster.</summary>
    Paper,
}

/// <summary>What a study says of a statement of the paper.</summary>
public enum Verdict
{
    Agrees,
    Differs,

    /// <summary>The profile is too small, or the paper says too little, to tell.</summary>
    Open,
}

/// <summary>A statement of the paper beside what was found.</summary>
/// <param name="Statement">In our words, with the number that the paper prints where it prints one.</param>
/// <param name="Setting">Normalisation or sizes that it was tried at.</param>
/// <param name="Found">Our value, with a 95 % interval over drops where it is a mean.</param>
/// <param name="Why">For a verdict that is not plain from the numbers.</param>
public sealed record Claim(string Statement, string Setting, string Found, Verdict Verdict, string Why = "");

/// <summary>A figure computed: what is drawn and judged. Pictures and tables are made from this alone.</summary>
/// <param name="Paper">bsp or ncjt; ours for what neither paper shows.</param>
/// <param name="Sizes">Sizes, drops and seed, for people.</param>
public sealed record FigureResult(
    string Paper, int Number, string Title, ReproductionProfile Profile, string Sizes, string Device, string Version, double Seconds, IReadOnlyList<Chart> Panels, IReadOnlyList<Claim> Claims,
    IReadOnlyList<ReportTable> Tables)
{
    /// <summary>bsp-fig5.</summary>
    public string Id => $"{Paper}-fig{Number}";
}
