namespace Precoding.Simulation;

/// <summary>What a study runs with.</summary>
/// <param name="Device">Stays the caller's.</param>
/// <param name="Progress">Told what begins; null where nobody asks.</param>
public sealed record StudyContext(ReproductionProfile Profile, IDevice Device, ulong Seed, Action<string>? Progress, CancellationToken CancellationToken)
{
    /// <summary>The profile's choice.</summary>
    public T Choose<T>(T smoke, T workstation, T paper) => Profile switch
    {
        ReproductionProfile.Smoke => smoke,
        ReproductionProfile.Workstation => workstation,
        _ => paper,
    };

    /// <summary>Solves all drops; a solver that fails on one of them fails the figure, because means would be of other drops.</summary>
    public PrecodingResult Solve(IPrecoder precoder, ChannelBatch channels, string what)
    {
        CancellationToken.ThrowIfCancellationRequested();
        Progress?.Invoke($"{what}: {precoder.Name}");
        using ISolver solver = precoder.CreateSolver(channels.Network, channels.Shape, Device);
        PrecodingResult result = solver.Solve(channels, cancellationToken: CancellationToken);
        CancellationToken.ThrowIfCancellationRequested();
        int bad = result.Status.ToArray().ToList().FindIndex(status => status == SolveStatus.Diverged);
        return bad < 0 ? result : throw new ValidationException($"{precoder.Name}, {what}: drop {bad} diverged, so a mean over drops would compare different drops. Change the seed, or report it.");
    }

    /// <summary>Sum rates of a method at every place of an axis, [place][drop].</summary>
    public double[][] SumRates<T>(IEnumerable<T> places, Func<T, ChannelBatch> channels, Func<T, string> what, Func<IPrecoder> method) =>
        [.. places.Select(place => Solve(method(), channels(place), what(place)).WeightedSumRate.ToArray())];
}
