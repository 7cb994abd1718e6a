using Precoding.Cli.Output;
using Precoding.Simulation;

namespace Precoding.Python;

/// <summary>Results as named arrays: those of the --out file, and what --json and --trace say beside them.</summary>
internal sealed class ResultArrays
{
    private const int TraceColumns = 5;

    private readonly IReadOnlyList<PrecodingResult> results;
    private readonly SumRateBounds? bounds;
    private readonly Beside[] beside;

    /// <param name="results">With the wall time of each solve, evaluation included.</param>
    public ResultArrays(List<(PrecodingResult Result, double Seconds)> results, SumRateBounds? bounds)
    {
        this.results = [.. results.Select(r => r.Result)];
        this.bounds = bounds;
        beside = [.. results.Select(r => new Beside(r.Result, r.Seconds))];
    }

    public void AddTo(IArrayWriter writer)
    {
        ResultArchive.AddAll(writer, results, results.Count > 1, bounds);
        for (int i = 0; i < results.Count; i++)
        {
            beside[i].AddTo(writer, ResultArchive.Prefix(results[i], results.Count > 1));
        }

        writer.AddText("precoder", results[0].PrecoderName);
    }

    /// <summary>What the file has not got of one result.</summary>
    private sealed class Beside
    {
        private readonly PrecodingResult result;
        private readonly double[] power, excess, timings, trace;
        private readonly int[] traceLength;
        private readonly string starts;

        public Beside(PrecodingResult result, double seconds)
        {
            int R = result.Status.Length, L = result.Network.AccessPoints.Count;
            this.result = result;
            (power, excess, traceLength) = (new double[R * L], new double[R], new int[R]);
            for (int r = 0; r < R; r++)
            {
                result.AccessPointPower(r).CopyTo(power.AsSpan(r * L));
                excess[r] = result.WorstPowerExcess(r);
                traceLength[r] = result.Trace(r).Count;
            }

            timings = [result.Timings.Setup, result.Timings.Upload, result.Timings.Solve, result.Timings.Download, seconds];
            trace = Traces(result, traceLength.Sum());
            starts = string.Join(',', Enumerable.Range(0, R).Select(result.Start));
        }

        public void AddTo(IArrayWriter writer, string prefix)
        {
            int R = excess.Length;
            writer.Add<double>($"{prefix}power", [R, power.Length / R], power);
            writer.Add<double>($"{prefix}powerExcess", [R], excess);
            writer.Add($"{prefix}seconds", [R], result.SecondsSolve);
            writer.Add<double>($"{prefix}timings", [timings.Length], timings);
            writer.Add<int>($"{prefix}traceLength", [R], traceLength);
            writer.Add<double>($"{prefix}trace", [trace.Length / TraceColumns, TraceColumns], trace);
            if (!result.DesignedSumRate.IsEmpty)
            {
                writer.Add($"{prefix}designedSumRate", [R], result.DesignedSumRate);
            }

            if (result.Interaction(0) is not null)
            {
                writer.Add<long>($"{prefix}exchanged", [R, 2], [.. Enumerable.Range(0, R).SelectMany(r => new[] { result.Interaction(r)!.ComplexUp, result.Interaction(r)!.ComplexDown })]);
            }

            if (result.Certificate(0) is not null)
            {
                writer.Add<double>($"{prefix}gap", [R], [.. Enumerable.Range(0, R).Select(r => result.Certificate(r)?.Gap ?? double.PositiveInfinity)]);
            }

            writer.AddText($"{prefix}starts", starts);
        }

        /// <summary>[point of all realizations, column]: iteration, seconds, sum rate, worst power excess, step size.</summary>
        private static double[] Traces(PrecodingResult result, int points)
        {
            var table = new double[points * TraceColumns];
            int at = 0;
            for (int r = 0; r < result.Status.Length; r++)
            {
                foreach (TracePoint point in result.Trace(r))
                {
                    table[at++] = point.Iteration;
                    table[at++] = point.Seconds;
                    table[at++] = point.SumRate;
                    table[at++] = point.WorstPowerExcess;
                    table[at++] = point.StepSize;
                }
            }

            return table;
        }
    }
}
