namespace Precoding.Simulation;

/// <summary>The methods of [BSP §V] with the limits of a profile. Converged: a relative change below 10⁻⁶ three times, or the limit.</summary>
internal static class CoherentMethods
{
    private const double Converged = 1e-6;

    /// <summary>Iterations that WMMSE is given to converge.</summary>
    public static int WmmseLimit(StudyContext context) => context.Choose(300, 1500, 1500);

    /// <summary>Likewise the Hamiltonian flow, which the paper sees converged at 200.</summary>
    public static int FlowLimit(StudyContext context) => context.Choose(200, 400, 400);

    public static IPrecoder Wmmse(StudyContext context) => new Wmmse(new() { MaxIterations = WmmseLimit(context), Tolerance = Converged });

    public static IPrecoder BeamStructured(StudyContext context, Func<BeamStructuredHamiltonianOptions, BeamStructuredHamiltonianOptions>? change = null)
    {
        var options = new BeamStructuredHamiltonianOptions { MaxIterations = FlowLimit(context), Tolerance = Converged, Seed = context.Seed };
        return new BeamStructuredHamiltonian(change is null ? options : change(options));
    }

    /// <summary>N_avg of every drop, mean number of beams of a (user, access point).</summary>
    public static double[] BeamsPerLink(StudyContext context, CoherentDrops drops) => [.. Enumerable.Range(0, drops.Drops).Select(r =>
    {
        var options = new BeamStructuredHamiltonianOptions();
        return drops.Antennas * BeamSparsity.UserRatios(drops.Raw, r, context.Device, options.FineFactor, options.PursuitResidual).Average();
    })];

    /// <summary>WMMSE as far as it comes for what a design by another method costs, in each drop: read off its trace.</summary>
    public static double[] MatchedWmmse(PrecodingResult wmmse, double[] complexity, ChannelShape shape)
    {
        Complexity cost = Complexity.Of(new Wmmse(), shape);
        return [.. complexity.Select((c, r) => Traces.At(wmmse, r, Math.Max(1, cost.IterationsWithin(c))))];
    }
}
