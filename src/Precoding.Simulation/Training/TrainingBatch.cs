using System.Numerics;

namespace Precoding.Simulation;

/// <summary>Drops of one shape, and what reduced-cg reaches on them.</summary>
/// <param name="Channels">Budgets 1 W and noise 1 W: the SNR of a drop is in its gains.</param>
/// <param name="Reference">f_ref, Σ_k ln(tot_k/int_k) after 30 iterations of reduced-cg from regularised zero forcing, [realization].</param>
internal sealed record TrainingBatch(ChannelBatch Channels, double[] Reference)
{
    /// <summary>
    /// Urban macro drops without line of sight; by turns the mean user gain is 1, or every user's. SNR_r = low + (high − low)·(r + v_r)/R, v_r uniform: every batch has all levels.
    /// </summary>
    public static TrainingBatch Create(ChannelShape shape, TrainingOptions options, ulong seed, IDevice device)
    {
        Network network = PaperScenario.CreateNetwork(shape.UserCount, shape.AntennaCount, shape.AccessPointCount, seed);
        ChannelBatch drops = PaperScenario.CreateModel(shape.UserCount, seed, keepPaths: false).Generate(network, shape.RealizationCount, seed);
        ChannelBatch byMean = drops.Normalize(Normalization.Mean), byUser = drops.Normalize(Normalization.User);
        var values = new Complex[shape.RealizationCount * shape.CoefficientsPerRealization];
        var random = new CounterRandom(seed, RandomPurpose.Training, 0);
        int at = 0;
        for (int r = 0; r < shape.RealizationCount; r++)
        {
            double snrDb = options.LowestSnrDb + ((options.HighestSnrDb - options.LowestSnrDb) * (r + random.Uniform((uint)r)) / shape.RealizationCount);
            for (int k = 0; k < shape.UserCount; k++)
            {
                for (int l = 0; l < shape.AccessPointCount; l++)
                {
                    Span<Complex> link = values.AsSpan(at, shape.AntennaCount);
                    (r % 2 == 0 ? byMean : byUser).CopyLink(r, k, l, link);
                    foreach (ref Complex h in link)
                    {
                        h *= Math.Pow(10, snrDb / 20);
                    }

                    at += shape.AntennaCount;
                }
            }
        }

        ChannelBatch channels = ChannelBatch.FromArray(network, shape, values);
        var reference = new ReducedConjugateGradient(new() { Starts = [new InitialPrecoder.RegularizedZeroForcing()] });
        PrecodingResult result = reference.Solve(channels, device);
        return new TrainingBatch(channels, [.. result.WeightedSumRate.ToArray().Select(rate => rate * Math.Log(2))]);
    }
}
