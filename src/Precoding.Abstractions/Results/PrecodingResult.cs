using System.Numerics;

namespace Precoding;

/// <summary>One point of a convergence trace.</summary>
/// <param name="Iteration">0 is the start.</param>
/// <param name="Seconds">Wall time since the batch's iterations began.</param>
/// <param name="SumRate">Weighted sum rate of this iterate, bit/s/Hz.</param>
/// <param name="WorstPowerExcess">max_l (power_l/P_l − 1); at most rounding above 0.</param>
/// <param name="StepSize">h of the integrators, α of the line searches, 0 where there is none.</param>
public readonly record struct TracePoint(int Iteration, double Seconds, double SumRate, double WorstPowerExcess, double StepSize);

/// <summary>Wall times of a solve, seconds; where engines work side by side, the mean over them.</summary>
/// <param name="Setup">Allocation of the solver's memory.</param>
/// <param name="Upload">Channels to the engine and Gram matrices or beam tables.</param>
/// <param name="Solve">Starts and iterations.</param>
/// <param name="Download">Final precoders, their rates on the true channel, and the copy back.</param>
public readonly record struct SolveTimings(double Setup, double Upload, double Solve, double Download)
{
    public double Total => Setup + Upload + Solve + Download;

    internal SolveTimings Plus(SolveTimings other) => new(Setup + other.Setup, Upload + other.Upload, Solve + other.Solve, Download + other.Download);
}

/// <summary>Precoders with what they achieve, one entry per realization.</summary>
public sealed class PrecodingResult
{
    private readonly SolveStatus[] status;
    private readonly int[] iterations;
    private readonly double[] weightedSumRate;
    private readonly double[] secondsSolve;
    private readonly double[,] rates;
    private readonly double[,] power;
    private readonly TracePoint[][] traces;
    private readonly string[] starts;
    private readonly OptimalityCertificate?[] certificates;
    private double[] designedSumRate = [];
    private double[]?[] weights = [];

    internal PrecodingResult(string precoder, DeviceInfo device, Network network, PrecoderBatch precoders)
    {
        (PrecoderName, Device, Network) = (precoder, device, network);
        Precoders = precoders;
        ChannelShape shape = precoders.Shape;
        int count = shape.RealizationCount;
        status = new SolveStatus[count];
        iterations = new int[count];
        weightedSumRate = new double[count];
        secondsSolve = new double[count];
        rates = new double[count, shape.UserCount];
        power = new double[count, shape.AccessPointCount];
        traces = new TracePoint[count][];
        starts = new string[count];
        certificates = new OptimalityCertificate?[count];
        Array.Fill(status, SolveStatus.Cancelled);
        Array.Fill(traces, []);
        Array.Fill(starts, string.Empty);
    }

    public string PrecoderName { get; }

    public DeviceInfo Device { get; }

    public Network Network { get; }

    /// <summary>P[realization, stream, branch, antenna]; [realization, user, accessPoint, antenna] for single-antenna users.</summary>
    public PrecoderBatch Precoders { get; }

    /// <summary>The same precoders as beams, for a transmitter that works in the beam domain; null for methods that know none, and under power limits of single antennas.</summary>
    public BeamPrecoderBatch? Beams { get; internal init; }

    /// <summary>[realization]</summary>
    public ReadOnlySpan<SolveStatus> Status => status;

    /// <summary>[realization]</summary>
    public ReadOnlySpan<int> Iterations => iterations;

    /// <summary>Σ_k α_k R_k of the returned precoder on the true channel, bit/s/Hz, [realization].</summary>
    public ReadOnlySpan<double> WeightedSumRate => weightedSumRate;

    /// <summary>
    /// Σ_k α_k R_k on the channels that the precoders were designed on, where these are not the true ones; empty where they are. [realization]
    /// </summary>
    public ReadOnlySpan<double> DesignedSumRate => designedSumRate;

    /// <summary>Wall time attributed to a realization: its share of its batch, seconds, [realization].</summary>
    public ReadOnlySpan<double> SecondsSolve => secondsSolve;

    public SolveTimings Timings { get; internal set; }

    /// <summary>b, bits of a real number in what access points and central unit exchange; null where nothing was rounded, or nothing is exchanged.</summary>
    public int? FronthaulBits { get; internal init; }

    internal Func<PrecoderBatch, int, Interaction?> InteractionOf { get; init; } = (_, _) => null;

    /// <summary>Whether realizations were solved with weights of their own, under <see cref="BlockFadingOptions.FairnessWindow"/>.</summary>
    public bool HasOwnWeights => weights.Length > 0;

    /// <summary>α_k that a realization was solved with.</summary>
    public double Weight(int realization, int user) => weights.Length > 0 && weights[realization] is { } own ? own[user] : Network.Users[user].Weight;

    /// <summary>R_k, bit/s/Hz, [user].</summary>
    public ReadOnlySpan<double> Rates(int realization) => Row(rates, realization);

    /// <summary>Σ_u ‖p_{u,l}‖², watts, [accessPoint].</summary>
    public ReadOnlySpan<double> AccessPointPower(int realization) => Row(power, realization);

    /// <summary>Σ_u |p_{u,l,m}|² of the returned precoder, watts, [antenna].</summary>
    public double[] AntennaPower(int realization, int accessPoint)
    {
        var power = new double[Precoders.Shape.AntennaCount];
        var p = new Complex[power.Length];
        for (int stream = 0; stream < Precoders.StreamCount; stream++)
        {
            for (int branch = 0; branch < Precoders.BranchCount; branch++)
            {
                if (Precoders.AccessPointOf(realization, stream, branch) == accessPoint)
                {
                    Precoders.CopyTo(realization, stream, branch, p);
                    for (int m = 0; m < p.Length; m++)
                    {
                        power[m] += (p[m].Real * p[m].Real) + (p[m].Imaginary * p[m].Imaginary);
                    }
                }
            }
        }

        return power;
    }

    /// <summary>max_l (power_l/P_l − 1) of the returned precoder, and max_{l,m} (power_{l,m}/P_{l,m} − 1) where antennas have limits.</summary>
    public double WorstPowerExcess(int realization)
    {
        double worst = double.NegativeInfinity;
        for (int l = 0; l < Network.AccessPoints.Count; l++)
        {
            worst = Math.Max(worst, (power[realization, l] / Network.AccessPoints[l].PowerBudgetWatts) - 1);
            if (Network.AccessPoints[l].AntennaPowerLimitsWatts is { } limits)
            {
                worst = Math.Max(worst, AntennaPower(realization, l).Zip(limits, (sent, limit) => (sent / limit) - 1).Max());
            }
        }

        return worst;
    }

    /// <summary>
    /// What access points and central unit exchange for the realization, counted for the streams it has; null for methods of single-antenna users, which are not distributed. [NCJT Table I]
    /// </summary>
    public Interaction? Interaction(int realization) => InteractionOf(Precoders, realization);

    /// <summary>Iterates of the start that was best; point 0 is the start itself.</summary>
    public IReadOnlyList<TracePoint> Trace(int realization) => traces[realization];

    /// <summary>The start that led to the returned precoder.</summary>
    public string Start(int realization) => starts[realization];

    /// <summary>A bound on what the returned precoder leaves; null where the method gives none.</summary>
    public OptimalityCertificate? Certificate(int realization) => certificates[realization];

    internal void Set(
        int realization, string start, SolveStatus realizationStatus, int iterationCount, double seconds, double sumRate, ReadOnlySpan<double> userRates, ReadOnlySpan<double> accessPointPower, TracePoint[] trace,
        OptimalityCertificate? certificate)
    {
        status[realization] = realizationStatus;
        starts[realization] = start;
        iterations[realization] = iterationCount;
        secondsSolve[realization] = seconds;
        weightedSumRate[realization] = sumRate;
        traces[realization] = trace;
        certificates[realization] = certificate;
        for (int k = 0; k < userRates.Length; k++)
        {
            rates[realization, k] = userRates[k];
        }

        for (int l = 0; l < accessPointPower.Length; l++)
        {
            power[realization, l] = accessPointPower[l];
        }
    }

    /// <summary>Takes a realization of another result of the same precoder.</summary>
    internal void Take(int realization, PrecodingResult other, int otherRealization)
    {
        Set(
            realization, other.starts[otherRealization], other.status[otherRealization], other.iterations[otherRealization], other.secondsSolve[otherRealization], other.weightedSumRate[otherRealization],
            other.Rates(otherRealization), other.AccessPointPower(otherRealization), other.traces[otherRealization], other.certificates[otherRealization]);
        Precoders.Take(realization, other.Precoders, otherRealization);
        Beams?.Take(realization, other.Beams!, otherRealization);
        if (!ReferenceEquals(other.Network, Network))
        {
            weights = weights.Length > 0 ? weights : new double[status.Length][];
            weights[realization] = [.. other.Network.Users.Select(user => user.Weight)];
        }
    }

    /// <summary>A copy whose rates <see cref="SetRates"/> replaces.</summary>
    internal PrecodingResult ForEvaluation(Network network)
    {
        var copy = new PrecodingResult(PrecoderName, Device, network, Precoders)
        {
            Timings = Timings, Beams = Beams, FronthaulBits = FronthaulBits, InteractionOf = InteractionOf, designedSumRate = [.. weightedSumRate], weights = weights,
        };
        status.CopyTo(copy.status, 0);
        iterations.CopyTo(copy.iterations, 0);
        secondsSolve.CopyTo(copy.secondsSolve, 0);
        traces.CopyTo(copy.traces, 0);
        starts.CopyTo(copy.starts, 0);
        certificates.CopyTo(copy.certificates, 0);
        return copy;
    }

    /// <summary>R_k and the powers of the access points of one realization.</summary>
    internal void SetRates(int realization, ReadOnlySpan<double> userRates, ReadOnlySpan<double> accessPointPower)
    {
        weightedSumRate[realization] = 0;
        for (int k = 0; k < userRates.Length; k++)
        {
            rates[realization, k] = userRates[k];
            weightedSumRate[realization] += Weight(realization, k) * userRates[k];
        }

        for (int l = 0; l < accessPointPower.Length; l++)
        {
            power[realization, l] = accessPointPower[l];
        }
    }

    /// <summary>What was left undone was left by the time limit, not by the caller.</summary>
    internal void NameTimeLimit() => status.AsSpan().Replace(SolveStatus.Cancelled, SolveStatus.TimeLimit);

    internal void AddSeconds(int realization, double seconds) => secondsSolve[realization] += seconds;

    private static ReadOnlySpan<double> Row(double[,] matrix, int row)
    {
        int columns = matrix.GetLength(1);
        return System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpan(ref matrix[row, 0], columns);
    }
}
