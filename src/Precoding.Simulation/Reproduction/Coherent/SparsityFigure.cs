namespace Precoding.Simulation;

/// <summary>[BSP Fig. 3]: density of the share of beams that users have, for several fine factors.</summary>
internal sealed class SparsityFigure() : FigureStudy("bsp", 3, "beams of a user per antenna")
{
    private const int Bins = 40;

    private protected override StudyOutcome Compute(StudyContext context)
    {
        CoherentDrops drops = CoherentDrops.Of(context);
        int[] factors = [1, 2, 3, 4];
        double[][] ratios = [.. factors.Select(F =>
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            context.Progress?.Invoke($"beams of users, F = {F}");
            return (double[])[.. Enumerable.Range(0, drops.Drops).SelectMany(r => BeamSparsity.UserRatios(drops.Raw, r, context.Device, F, new BeamStructuredHamiltonianOptions().PursuitResidual))];
        })];
        double most = ratios.Max(r => r.Max()) * 1.0001, width = most / Bins;
        Chart chart = new(
            "density over users and drops", new ChartAxis("non-zero beams per antenna, Ñ/(ML)", FromZero: true), new ChartAxis("probability density", FromZero: true),
            [.. factors.Select((F, i) => new ChartSeries($"F = {F}, mean {ratios[i].Average():0.000}", Density(ratios[i], width), IsSteps: true))]);
        double[][] perDrop = [.. ratios.Select(r => r.Chunk(drops.Users).Select(drop => drop.Average()).ToArray())];
        Estimate[] means = [.. perDrop.Select(r => Estimate.Of(r))];
        double further = means[1].Mean - means[3].Mean, first = means[0].Mean - means[1].Mean;
        return new StudyOutcome(drops.ToString(), [chart],
        [
            new("With F = 1 the mean ratio is about 0.3", drops.ToString(), means[0].ToString("0.000"), Near(means[0], 0.3), "pursuit to a residual of 3 % of a link; the paper does not say how beams are chosen"),
            new("With F ≥ 2 it drops to about 0.2", drops.ToString(), $"F = 2: {means[1].ToString("0.000")}; F = 3: {means[2].ToString("0.000")}; F = 4: {means[3].ToString("0.000")}", Near(means[1], 0.2),
                drops.Antennas == 512 ? "" : "the ratio falls with the number of antennas"),
            new("Beyond F = 2 the gain is marginal", drops.ToString(), $"F from 1 to 2 takes {first:0.000}, from 2 to 4 another {further:0.000}", Judgement.Below(Estimate.Of([.. perDrop[1].Zip(perDrop[3], (b, d) => b - d).Zip(perDrop[0].Zip(perDrop[1], (a, b) => a - b), (later, earlier) => later - earlier)]), 0)),
        ]);
    }

    /// <summary>The paper's numbers are read off a figure: within 0.05.</summary>
    private static Verdict Near(Estimate mean, double printed) => Judgement.Within(mean, printed - 0.05, printed + 0.05);

    private static ChartPoint[] Density(double[] ratios, double width)
    {
        var counts = new int[Bins + 1];
        foreach (double ratio in ratios)
        {
            counts[(int)(ratio / width)]++;
        }

        return [.. counts.Select((count, bin) => ChartPoint.Of(bin * width, count / (ratios.Length * width)))];
    }
}
