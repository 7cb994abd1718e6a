namespace Precoding.Simulation;

/// <summary>[NCJT Fig. 6]: time of WMMSE and RWMMSE over the antennas of an access point.</summary>
internal sealed class TimeFigure() : FigureStudy("ncjt", 6, "time of WMMSE and RWMMSE over antennas")
{
    private const double SnrDb = 10;
    private const int Iterations = 10, Drops = 4;

    private protected override StudyOutcome Compute(StudyContext context)
    {
        int[] antennas = context.Choose<int[]>([16, 32, 64], [16, 32, 64, 128, 256], [16, 32, 64, 128, 256]);
        var seconds = new double[2][];
        (string Name, Func<IPrecoder> Create)[] methods =
        [
            ("WMMSE", () => new NonCoherentWmmse(new() { MaxIterations = Iterations, Tolerance = 0 })),
            ("RWMMSE", () => new ReducedWmmse(new() { MaxIterations = Iterations, Tolerance = 0 })),
        ];
        for (int m = 0; m < 2; m++)
        {
            seconds[m] = [.. antennas.Select(M =>
            {
                ChannelBatch channels = new CellFreeDrops(3, 4, M, 2, 2, Drops, context.Seed).At(SnrDb);
                context.Solve(methods[m].Create(), channels, $"M = {M}, to warm up");
                return Enumerable.Range(0, 3).Min(_ => context.Solve(methods[m].Create(), channels, $"M = {M}").Timings.Total) / Drops;
            })];
        }

        double[] exponents = [.. seconds.Select(s => Math.Log(s[^1] / s[^2]) / Math.Log((double)antennas[^1] / antennas[^2]))];
        Chart chart = new(
            $"a drop, {Iterations} iterations, best of three", new ChartAxis("antennas per access point, M", ChartScale.Logarithmic), new ChartAxis("seconds", ChartScale.Logarithmic),
            [.. methods.Select((m, i) => new ChartSeries(m.Name, [.. antennas.Select((M, j) => ChartPoint.Of(M, seconds[i][j]))]))]);
        bool isSmall = context.Profile == ReproductionProfile.Smoke;
        return new StudyOutcome($"I = 3, K = 4, N = 2, two serving, {Drops} Rayleigh drops, seed {context.Seed}", [chart],
        [
            new("WMMSE takes more time than RWMMSE, the more so the more antennas", "", $"WMMSE over RWMMSE {seconds[0][0] / seconds[1][0]:0.#} at M = {antennas[0]}, {seconds[0][^1] / seconds[1][^1]:0.#} at M = {antennas[^1]}",
                seconds[0][^1] / seconds[1][^1] > seconds[0][0] / seconds[1][0] ? Verdict.Agrees : isSmall ? Verdict.Open : Verdict.Differs),
            new("WMMSE is cubic in M, RWMMSE linear", $"M from {antennas[^2]} to {antennas[^1]}", $"exponents {exponents[0]:0.0} and {exponents[1]:0.0}",
                exponents[0] > 2 && exponents[1] < 1.3 ? Verdict.Agrees : isSmall ? Verdict.Open : Verdict.Differs, "the paper's text names them the other way round, its figure does not"),
        ]);
    }
}
