namespace Precoding.Simulation;

/// <summary>The methods of [NCJT VI] with the limits of a profile.</summary>
internal static class NonCoherentMethods
{
    private const double Tolerance = 1e-6;

    public static int Limit(StudyContext context) => context.Choose(100, 300, 500);

    public static IPrecoder Reduced(StudyContext context, StreamRule? streams = null, int? limit = null, int? mostStreams = null) =>
        new ReducedWmmse(new() { MaxIterations = limit ?? Limit(context), Tolerance = Tolerance, Streams = streams ?? new StreamRule.PerLink(1), MaxStreams = mostStreams });

    public static IPrecoder Wmmse(StudyContext context, int? limit = null) => new NonCoherentWmmse(new() { MaxIterations = limit ?? Limit(context), Tolerance = Tolerance });

    public static IPrecoder ZeroForcing() => new LocalEigenZeroForcing();

    public static IPrecoder Coherent(StudyContext context) => new CoherentStreamWmmse(new() { MaxIterations = Limit(context), Tolerance = Tolerance });

    public static IPrecoder Selection(StudyContext context, StreamCandidates candidates, int mostStreams) =>
        new StreamSelection(candidates, new() { MaxIterations = Limit(context), Tolerance = Tolerance, MaxStreams = mostStreams });
}
