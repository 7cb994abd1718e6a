using Precoding.Engines;

namespace Precoding;

/// <summary>Upper bounds on the weighted sum rate, one per realization. [coherent.md §9]</summary>
public sealed class SumRateBounds
{
    private readonly double[] upperBound;
    private readonly int[] iterations;
    private readonly SolveStatus[] status;

    internal SumRateBounds(int realizationCount)
    {
        upperBound = new double[realizationCount];
        iterations = new int[realizationCount];
        status = new SolveStatus[realizationCount];
        Array.Fill(upperBound, double.PositiveInfinity);
        Array.Fill(status, SolveStatus.Cancelled);
    }

    /// <summary>
    /// bit/s/Hz: Σ_k α_k R_k of no scheme within the budgets is larger, [realization]. +∞ where there was no time for any, or the numbers overflow double precision.
    /// </summary>
    public ReadOnlySpan<double> UpperBound => upperBound;

    /// <summary>[realization]</summary>
    public ReadOnlySpan<int> Iterations => iterations;

    /// <summary>How the iterations ended; the bound holds whatever it says. [realization]</summary>
    public ReadOnlySpan<SolveStatus> Status => status;

    /// <summary>Wall time of all realizations.</summary>
    public double Seconds { get; internal set; }

    /// <summary>
    /// Weighted sum rate of a realization over its bound: at least so large a part of what is possible. Rates that were computed in single precision carry its rounding, some
    /// 10⁻⁶, and where nothing is left to gain may exceed 1 by it.
    /// </summary>
    public double ShareOf(PrecodingResult result, int realization) => result.WeightedSumRate[realization] / upperBound[realization];

    internal void Collect(int first, UplinkState uplink, SolveControl control)
    {
        int count = control.RealizationCount;
        var outcome = new int[count];
        control.Status.Read(outcome);
        control.Iteration.Read(iterations.AsSpan(first, count));
        uplink.Bound.Read(upperBound.AsSpan(first, count));
        for (int r = 0; r < count; r++)
        {
            upperBound[first + r] /= Math.Log(2);
            status[first + r] = outcome[r] == (int)SolveStatus.Running ? SolveStatus.Cancelled : (SolveStatus)outcome[r];
        }
    }
}
