namespace Precoding;

/// <summary>How many streams the access points serving a user send it.</summary>
public abstract record StreamRule
{
    /// <summary>d streams from every serving access point.</summary>
    public sealed record PerLink(int Count) : StreamRule
    {
        public override string ToString() => Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>The user's limit Dmax_k shared evenly by the access points serving it, what is left over going to the strongest. [NCJT VI-F]</summary>
    public sealed record Average : StreamRule
    {
        public override string ToString() => "average";
    }

    /// <summary>d_{l,k} as given, [accessPoint, user]; 0 where the access point does not serve the user.</summary>
    public sealed record Table(int[,] Counts) : StreamRule
    {
        public override string ToString() => "table";
    }
}

/// <summary>What the precoders of streams understand.</summary>
public abstract record StreamOptions : PrecoderOptions
{
    protected StreamOptions() => (MaxIterations, Starts) = (100, [new InitialPrecoder.LocalEigenZeroForcing()]);

    public StreamRule Streams { get; init; } = new StreamRule.PerLink(1);

    /// <summary>Dmax_k of every user; null for what the network says, and as many as the user has antennas where it says nothing.</summary>
    public int? MaxStreams { get; init; }

    protected override void CollectProblems(List<string> problems)
    {
        base.CollectProblems(problems);
        Require(problems, Streams is not StreamRule.PerLink { Count: < 1 }, nameof(Streams), Streams, "it must be at least 1");
        Require(problems, MaxStreams is null or >= 1, nameof(MaxStreams), MaxStreams!, "it must be at least 1, or absent");
        Require(problems, Starts.All(IsStart), nameof(Starts), string.Join(",", Starts), $"this precoder starts from {StartNames}");
    }

    private protected virtual string StartNames => "local-ezf, matched or random";

    private protected virtual bool IsStart(InitialPrecoder start) =>
        start is InitialPrecoder.LocalEigenZeroForcing or InitialPrecoder.Matched or InitialPrecoder.Random;
}

/// <summary>Options of <see cref="LocalEigenZeroForcing"/>: nothing to iterate.</summary>
public sealed record LocalEigenZeroForcingOptions : StreamOptions
{
    private protected override string StartNames => "local-ezf, which it is";

    private protected override bool IsStart(InitialPrecoder start) => start is InitialPrecoder.LocalEigenZeroForcing;
}

/// <summary>Options of methods whose access points and central unit exchange something.</summary>
public abstract record ExchangeOptions : StreamOptions
{
    /// <summary>b: bits of a real number in what is exchanged, rounded with an exponent per row or vector; null for no rounding. [noncoherent.md §9]</summary>
    public int? FronthaulBits { get; init; }

    protected override void CollectProblems(List<string> problems)
    {
        base.CollectProblems(problems);
        Require(
            problems, FronthaulBits is null or (>= BlockFloatingPoint.LeastWordBits and <= BlockFloatingPoint.MostWordBits), nameof(FronthaulBits), FronthaulBits!,
            $"it must be from {BlockFloatingPoint.LeastWordBits} to {BlockFloatingPoint.MostWordBits}, or absent for no rounding");
    }
}

/// <summary>Options of <see cref="NonCoherentWmmse"/>.</summary>
public sealed record NonCoherentWmmseOptions : ExchangeOptions;

/// <summary>Options of <see cref="ReducedWmmse"/>.</summary>
public sealed record ReducedWmmseOptions : ExchangeOptions;

/// <summary>Options of <see cref="StreamSelection"/>.</summary>
public sealed record StreamSelectionOptions : ExchangeOptions
{
    /// <summary>RWMMSE iterations with all candidate streams before the selection.</summary>
    public int SelectionIterations { get; init; } = 5;

    protected override void CollectProblems(List<string> problems)
    {
        base.CollectProblems(problems);
        Require(problems, SelectionIterations is >= 1 and <= 1000, nameof(SelectionIterations), SelectionIterations, "it must be from 1 to 1000");
    }
}

/// <summary>Options of <see cref="SuccessiveConvexApproximation"/>; an iteration is a sub-problem.</summary>
public sealed record SuccessiveConvexApproximationOptions : StreamOptions
{
    public SuccessiveConvexApproximationOptions() => MaxIterations = 30;

    /// <summary>Trial steps in one sub-problem; what is left then is in the certificate.</summary>
    public int PassLimit { get; init; } = 2000;

    /// <summary>A sub-problem ends when its gap is at most this, relative to its value; not below 20 times the spacing of the precision at 1.</summary>
    public double GapTolerance { get; init; } = 1e-6;

    /// <summary>A sub-problem also ends when its gap is at most this share of what it has gained; 0 for every one to <see cref="GapTolerance"/>.</summary>
    public double GapShare { get; init; } = 0.1;

    protected override void CollectProblems(List<string> problems)
    {
        base.CollectProblems(problems);
        Require(problems, PassLimit is >= 1 and <= 1_000_000, nameof(PassLimit), PassLimit, "it must be from 1 to 1000000");
        Require(problems, GapTolerance >= 0 && double.IsFinite(GapTolerance), nameof(GapTolerance), GapTolerance, "it must be finite and not negative");
        Require(problems, GapShare is >= 0 and < 1, nameof(GapShare), GapShare, "it must be from 0 to below 1");
    }
}

/// <summary>Options of <see cref="CoherentStreamWmmse"/>.</summary>
public sealed record CoherentStreamWmmseOptions : ExchangeOptions
{
    public CoherentStreamWmmseOptions() => Starts = [new InitialPrecoder.Singular()];

    private protected override string StartNames => "svd, matched, local-ezf, ncjt:N or random";

    private protected override bool IsStart(InitialPrecoder start) => base.IsStart(start) || start is InitialPrecoder.Singular or InitialPrecoder.NonCoherent;
}
