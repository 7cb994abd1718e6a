using System.Numerics;
using Precoding.Engines;

namespace Precoding;

/// <summary>What a central unit answers.</summary>
/// <param name="Commands">One for each access point, in their order; without streams where it is to send nothing.</param>
/// <param name="WeightedSumRate">Σ_k α_k R_k that it expects, bit/s/Hz: on the Gram matrices that it was told, before its answer is rounded.</param>
/// <param name="Status">How the iterations ended.</param>
/// <param name="Iterations">How many there were.</param>
/// <param name="Interaction">What went up and down.</param>
public sealed record CentralUnitAnswer(IReadOnlyList<AccessPointCommand> Commands, double WeightedSumRate, SolveStatus Status, int Iterations, Interaction Interaction);

/// <summary>
/// The central unit of a distributed precoder: iterates on what the access points report, and sees no channel. Starts that need channels take a factor of G_l in their place, which has
/// the same singular values and left singular vectors. One realization at a time; random starts are those of realization 0. [NCJT Remark 5; noncoherent.md §4.1]
/// </summary>
/// <param name="precoder">A method in coordinates: ncjt-rwmmse, ncjt-cg, ncjt-lsa, ncjt-lus or cjt-wmmse. Its word length holds for the answer; access points round their reports themselves.</param>
/// <param name="network">Budgets, weights and stream limits; noise is in the reports.</param>
/// <param name="serving">Of one realization.</param>
public sealed class CentralUnit(StreamPrecoder precoder, Network network, ServingMap serving)
{
    /// <param name="reports">One of each access point, in any order.</param>
    public CentralUnitAnswer Decide(IReadOnlyList<AccessPointReport> reports, IDevice device, CancellationToken cancellationToken = default)
    {
        AccessPointReport[] ordered = Ordered(reports);
        int L = ordered.Length, K = network.Users.Count, n = RowsOf(ordered), N = n / K;
        var shape = new ChannelShape(1, K, L, n, N); // factors of n columns stand for channels
        var grams = new Complex[L * n * n];
        var channels = new Complex[L * n * n];
        for (int l = 0; l < L; l++)
        {
            Span<Complex> gram = grams.AsSpan(l * n * n, n * n);
            GramMatrix.Unpack([.. ordered[l].Upper], n, gram);
            if (ordered[l].WordBits is not null)
            {
                GramMatrix.ProjectToPositive(gram, n);
            }

            int rank = Math.Min(n, ordered[l].AntennaCount);
            Complex[] factor = GramMatrix.Factor(gram, n, rank);
            for (int row = 0; row < n; row++)
            {
                for (int c = 0; c < rank; c++)
                {
                    Complex h = factor[(row * rank) + c];
                    channels[(((((row / N) * L) + l) * N) + (row % N)) * n + c] = N == 1 ? Complex.Conjugate(h) : h;
                }
            }
        }

        Network noiseless = network with
        {
            NoisePowerWatts = 1,
            AccessPoints = [.. network.AccessPoints.Select(a => a with { Array = new UniformLinearArray(n) })],
            Users = [.. network.Users.Select(u => u with { NoisePowerWatts = null })],
        };
        ChannelBatch told = ChannelBatch.FromArray(noiseless, shape, channels).WithServing(serving);
        return Answer(new OnReports(precoder, grams).Solve(told, device, cancellationToken), ordered, n);
    }

    private CentralUnitAnswer Answer(PrecodingResult result, AccessPointReport[] reports, int n)
    {
        PrecoderBatch X = result.Precoders;
        List<StreamCommand>[] commands = [.. network.AccessPoints.Select(_ => new List<StreamCommand>())];
        for (int stream = 0; stream < X.StreamCount; stream++)
        {
            for (int branch = 0; branch < X.BranchCount; branch++)
            {
                int l = X.AccessPointOf(0, stream, branch);
                if (l >= 0)
                {
                    var x = new Complex[n];
                    X.CopyTo(0, stream, branch, x);
                    if (WordBits is { } bits)
                    {
                        GramMatrix.RoundCoordinates(x, GramMatrix.Scales([.. reports[l].Upper], n), bits);
                    }

                    commands[l].Add(new StreamCommand(stream, X.StreamUser[stream], x));
                }
            }
        }

        return new CentralUnitAnswer(
            [.. commands.Select((list, l) => new AccessPointCommand(l, list))], result.WeightedSumRate[0], result.Status[0], result.Iterations[0], result.Interaction(0)!);
    }

    private int? WordBits => (precoder.Options as ExchangeOptions)?.FronthaulBits;

    private AccessPointReport[] Ordered(IReadOnlyList<AccessPointReport> reports)
    {
        int L = network.AccessPoints.Count;
        if (precoder.Exchange != Exchange.Coordinates)
        {
            throw new ValidationException($"CentralUnit: {precoder.Name} does not iterate on Gram matrices; choose ncjt-rwmmse, ncjt-cg, ncjt-lsa, ncjt-lus or cjt-wmmse.");
        }

        AccessPointReport[] ordered = [.. reports.OrderBy(r => r.AccessPoint)];
        return ordered.Select(r => r.AccessPoint).SequenceEqual(Enumerable.Range(0, L))
            ? ordered
            : throw new ValidationException($"CentralUnit: got reports of the access points {string.Join(", ", ordered.Select(r => r.AccessPoint))}; expected one of each, 0 to {L - 1}.");
    }

    private int RowsOf(AccessPointReport[] reports)
    {
        int entries = reports[0].Upper.Count, n = (int)Math.Sqrt(2.0 * entries), K = network.Users.Count;
        return n * (n + 1) / 2 == entries && n > 0 && n % K == 0 && reports.All(r => r.Upper.Count == entries)
            ? n
            : throw new ValidationException(
                $"CentralUnit: the reports have {string.Join(", ", reports.Select(r => r.Upper.Count).Distinct())} entries; expected n(n + 1)/2 in each, n a multiple of the {K} users.");
    }

    /// <summary>The precoder on Gram matrices that were reported; its result holds coordinates in place of antennas.</summary>
    private sealed class OnReports(StreamPrecoder precoder, Complex[] grams) : StreamPrecoder((StreamOptions)precoder.Options)
    {
        public override string Name => precoder.Name;

        internal override Exchange Exchange => precoder.Exchange;

        internal override StreamPlan Plan(ChannelBatch channels) => precoder.Plan(channels);

        internal override StreamAlgorithm CreateAlgorithm(StreamContext context, StreamPlan plan) =>
            precoder.CreateAlgorithm(context with { ReportedGrams = grams, WordBits = null }, plan);
    }
}
