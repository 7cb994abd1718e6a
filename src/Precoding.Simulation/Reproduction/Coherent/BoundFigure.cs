using System.Globalization;

namespace Precoding.Simulation;

/// <summary>What no paper shows: the share of a bound on any transmit scheme that methods reach, with what they cost. [coherent.md §9]</summary>
internal sealed class BoundFigure() : FigureStudy("ours", 1, "share of the certified bound")
{
    private protected override StudyOutcome Compute(StudyContext context)
    {
        CoherentDrops drops = CoherentDrops.Of(context);
        double[] snrs = context.Choose<double[]>([0, 20], [0, 10, 20, 30], [0, 10, 20, 30]), beams = CoherentMethods.BeamsPerLink(context, drops);
        double beamsPerLink = beams.Average();
        var panels = new List<Chart>();
        var rows = new List<IReadOnlyList<string>>();
        foreach (Normalization normalization in CoherentDrops.Normalizations)
        {
            string setting = CoherentDrops.Describe(normalization);
            var shares = new List<(string Name, double[][] Shares)>();
            PrecodingResult[] converged = [.. snrs.Select(snr => context.Solve(CoherentMethods.Wmmse(context), drops.At(normalization, snr), $"{snr} dB, {setting}"))];
            double[][] bounds = [.. snrs.Select(snr =>
            {
                context.Progress?.Invoke($"bound, {snr} dB, {setting}");
                return new SumRateCertificate().Bound(drops.At(normalization, snr), context.Device, cancellationToken: context.CancellationToken).UpperBound.ToArray();
            })];
            IPrecoder flow = CoherentMethods.BeamStructured(context, o => o with { MaxIterations = 100, Tolerance = 0 });
            Complexity flowCost = Complexity.Of(flow, drops.Shape, beamsPerLink), wmmseCost = Complexity.Of(new Wmmse(), drops.Shape);
            int matchedIterations = Math.Max(1, wmmseCost.IterationsWithin(flowCost.Design(100)));
            (string Name, IPrecoder Precoder, int Iterations)[] methods =
            [
                ("BSP-Hamiltonian, 100 iterations", flow, 100),
                ("reduced-hamiltonian, 100 iterations", new ReducedHamiltonian(new() { MaxIterations = 100, Tolerance = 0 }), 100),
                ("reduced-cg, 10 iterations", new ReducedConjugateGradient(new() { MaxIterations = 10, Tolerance = 0 }), 10),
                ("reduced-cg, 100 iterations", new ReducedConjugateGradient(new() { MaxIterations = 100, Tolerance = 0 }), 100),
                ($"WMMSE, {matchedIterations} iterations (matched to BSP)", new Wmmse(new() { MaxIterations = matchedIterations, Tolerance = 0 }), matchedIterations),
                ("normalised RZF", new RegularizedZeroForcing(), 0),
            ];
            foreach (var (name, precoder, iterations) in methods)
            {
                PrecodingResult[] results = [.. snrs.Select(snr => context.Solve(precoder, drops.At(normalization, snr), $"{snr} dB, {setting}"))];
                shares.Add((name, [.. results.Select((r, i) => (double[])[.. r.WeightedSumRate.ToArray().Select((rate, d) => 100 * rate / bounds[i][d])])]));
                for (int i = 0; i < snrs.Length; i++)
                {
                    rows.Add([
                        setting["normalisation ".Length..], Text(snrs[i], "0"), name, Estimate.Of(results[i].WeightedSumRate.ToArray()).ToString("0.0"), Estimate.Of(shares[^1].Shares[i]).ToString("0.0"),
                        Estimate.Of([.. results[i].WeightedSumRate.ToArray().Select((rate, d) => 100 * rate / converged[i].WeightedSumRate[d])]).ToString("0.0"),
                        Text(Complexity.Of(precoder, drops.Shape, beamsPerLink).Design(iterations), "0.0e+0"), Text(1e3 * (results[i].Timings.Upload + results[i].Timings.Solve) / drops.Drops, "0.0")]);
                }
            }

            panels.Add(new Chart(
                setting, new ChartAxis("SNR, dB"), new ChartAxis("share of the bound, %"),
                [.. shares.Select(s => new ChartSeries(s.Name, [.. snrs.Select((snr, i) => ChartPoint.Of(snr, Estimate.Of(s.Shares[i])))]))]));
        }

        return new StudyOutcome(drops.ToString(), panels, [])
        {
            Tables =
            [
                new ReportTable(
                    $"The bound holds for every transmit scheme, dirty-paper coding included. Time: channels on the device to precoders, a drop in a batch of {drops.Drops}. Complexity as [BSP §4.3] counts.",
                    ["normalisation", "SNR, dB", "method", "bit/s/Hz", "% of the bound", "% of converged WMMSE", "complex multiplications", "ms"], rows),
            ],
        };
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
